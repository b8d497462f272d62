package reports

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// visible shows what a terminal would act on and an eye would not see: control characters, marks of direction, characters
// of no width and bytes that are no UTF-8 become \x1b, \u202e, \xff. A tab is a blank. What it gives is one line.
func visible(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\t':
			b.WriteByte(' ')
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case unicode.IsGraphic(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += n
	}
	return b.String()
}

func plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// visibleLines splits at line ends and makes each line visible.
func visibleLines(s string) []string {
	lines := strings.Split(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	for i := range lines {
		lines[i] = visible(lines[i])
	}
	return lines
}

// oneLine makes text visible, with blanks for line ends and runs of blanks.
func oneLine(s string) string {
	if strings.ContainsAny(s, "\r\n\t") || strings.Contains(s, "  ") {
		s = strings.Join(strings.Fields(s), " ")
	}
	return visible(s)
}

// cut shortens text to about max bytes, at the end of a character, and says that it did.
func cut(s string, max int) string {
	if len(s) <= max {
		return s
	}
	at := max
	for at > 0 && !utf8.RuneStart(s[at]) {
		at--
	}
	return fmt.Sprintf("%s... (%d bytes more)", s[:at], len(s)-at)
}

// shorten fits text into a number of columns.
func shorten(s string, columns int) string {
	if utf8.RuneCountInString(s) <= columns {
		return s
	}
	if columns < 4 {
		return "..."[:max(columns, 0)]
	}
	return string([]rune(s)[:columns-3]) + "..."
}

// noCommand keeps a line from being a command of a CI system, which GitHub (::), Azure and TeamCity (##) take out of any
// line of a log that begins with one, leading blanks apart.
func noCommand(line string) string {
	rest := strings.TrimLeft(line, " ")
	switch blanks := line[:len(line)-len(rest)]; {
	case strings.HasPrefix(rest, "::"):
		return blanks + `\x3a` + rest[1:]
	case strings.HasPrefix(rest, "##"):
		return blanks + `\x23` + rest[1:]
	}
	return line
}
