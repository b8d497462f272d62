package reports

import (
	"io"
	"strings"
	"unicode/utf8"
)

// The styles of a terminal that is told to show colours (ECMA-48, 8.3.117).
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

// A paper is what text is written on. Whoever writes makes texts visible first; the paper sees to width, blanks at line
// ends and commands of CI systems.
type paper struct {
	w      io.Writer
	width  int
	colour bool
	err    error
}

func newPaper(o Options, w io.Writer) *paper {
	p := &paper{w: w, width: o.Width, colour: o.Colour}
	if p.width <= 0 {
		p.width = 80
	}
	p.width = max(p.width, 64) // bars and their figures do not break
	return p
}

func (p *paper) style(code, text string) string {
	if !p.colour {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (p *paper) line(text string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, noCommand(strings.TrimRight(text, " "))+"\n")
	}
}

func (p *paper) heading(text string) {
	p.line("")
	p.line(p.style(bold, shorten(text, p.width)))
}

// wrap writes text in lines, the first behind one prefix, the others behind another. A word that is longer than a line is
// cut into pieces.
func (p *paper) wrap(first, others, text string) {
	prefix, line := first, ""
	room := func() int { return max(p.width-columns(prefix), 10) }
	flush := func() {
		p.line(prefix + line)
		prefix, line = others, ""
	}
	for _, word := range strings.Fields(text) {
		for {
			space := room() - columns(line)
			if line != "" {
				space--
			}
			if columns(word) <= space {
				break
			}
			if line != "" {
				flush()
				continue
			}
			runes := []rune(word)
			line = string(runes[:room()])
			word = string(runes[room():])
			flush()
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" || prefix == first {
		flush()
	}
}

// block writes text line by line, wrapping those that are too long.
func (p *paper) block(first, others, text string) {
	for i, l := range visibleLines(text) {
		prefix := others
		if i == 0 {
			prefix = first
		}
		indent := l[:len(l)-len(strings.TrimLeft(l, " "))]
		if len(indent) > 24 {
			indent = indent[:24]
		}
		p.wrap(prefix+indent, others+indent, l)
	}
}

// columns counts characters, leaving out styles.
func columns(s string) int {
	n := 0
	for {
		i := strings.IndexByte(s, '\x1b')
		if i < 0 {
			return n + utf8.RuneCountInString(s)
		}
		n += utf8.RuneCountInString(s[:i])
		end := strings.IndexByte(s[i:], 'm')
		if end < 0 {
			return n
		}
		s = s[i+end+1:]
	}
}

// curlLines breaks a command between its words, so that it fits the width where its words do and can be copied as a whole.
// A line end within quotes becomes visible: what follows it would stand where a log looks for commands.
func curlLines(command string, width int) []string {
	var lines []string
	line := ""
	words := shellWords(command)
	for i := 0; i < len(words); i++ {
		word := words[i]
		if strings.HasPrefix(word, "-") && i+1 < len(words) && !strings.HasPrefix(words[i+1], "-") {
			i++ // an option stays with its value
			word += " " + words[i]
		}
		switch {
		case line == "":
			line = word
		case columns(line)+1+columns(word) > width-2:
			lines = append(lines, line+` \`)
			line = "  " + word
		default:
			line += " " + word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// shellWords splits a command at blanks outside of quotes. It keeps the quotes.
func shellWords(command string) []string {
	var words []string
	var word strings.Builder
	quote, escaped := rune(0), false
	end := func() {
		if word.Len() > 0 {
			words = append(words, visible(word.String()))
			word.Reset()
		}
	}
	for _, r := range strings.ReplaceAll(command, "\\\n", " ") {
		switch {
		case escaped:
			escaped = false
		case quote != '\'' && r == '\\':
			escaped = true
		case quote == 0 && (r == '\'' || r == '"'):
			quote = r
		case r == quote:
			quote = 0
		case quote == 0 && (r == ' ' || r == '\n' || r == '\t'):
			end()
			continue
		}
		word.WriteRune(r)
	}
	end()
	return words
}
