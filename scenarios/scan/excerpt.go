package scan

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"understudy/contracts/redact"
)

// mask is what may be shown of a secret: its documented prefix and its last four characters, where enough remains hidden.
func mask(f *find) string {
	prefix := redact.Prefix(f.text)
	rest := f.text[len(prefix):]
	if f.how != "" || len(rest) < 16 || strings.ContainsFunc(rest[len(rest)-4:], func(r rune) bool { return r > unicode.MaxASCII || !wordByte(byte(r)) }) {
		return prefix + redact.Hidden
	}
	return prefix + redact.Hidden + rest[len(rest)-4:]
}

const excerptWindow = 4096 // bytes before and behind a find in which other secrets are hidden

// excerpt shows a find with what stands around it on its line, all secrets hidden. Hiding comes before cutting, so that no secret is
// cut into a text that nobody takes for one.
func (s *scanner) excerpt(text []byte, finds []find, f *find) string {
	from, to := max(0, f.from-excerptWindow), min(len(text), f.to+excerptWindow)
	if i := bytes.LastIndexByte(text[from:f.from], '\n'); i >= 0 {
		from += i + 1
	}
	if i := bytes.IndexByte(text[f.to:to], '\n'); i >= 0 {
		to = f.to + i
	}
	before := s.hidden(text, finds, from, f.from)
	behind := s.hidden(text, finds, f.to, to)
	own := mask(f)
	if f.rule != "" {
		own = s.redactor.Text(string(text[f.from:f.to]))
	}
	if len(before) > mostExcerpt {
		before = "…" + before[runeStart(before, len(before)-mostExcerpt):]
	}
	if len(behind) > mostExcerpt {
		behind = behind[:runeStart(behind, mostExcerpt)] + "…"
	}
	return strings.TrimSpace(printable(before + own + behind))
}

// hidden is a part of a text with the secrets in it masked: those that were found, and those that stand behind secret names.
func (s *scanner) hidden(text []byte, finds []find, from, to int) string {
	var b strings.Builder
	for i := range finds {
		f := &finds[i]
		if f.rule != "" || f.to <= from || f.from >= to {
			continue
		}
		if f.from > from {
			b.Write(text[from:f.from])
		}
		b.WriteString(mask(f))
		from = min(f.to, to)
	}
	if from < to {
		b.Write(text[from:to])
	}
	return s.redactor.Text(b.String())
}

func runeStart(text string, at int) int {
	for at > 0 && at < len(text) && !utf8.RuneStart(text[at]) {
		at--
	}
	return at
}

// printable replaces what would disturb a terminal or a report.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r == utf8.RuneError || !unicode.IsPrint(r):
			return '·'
		}
		return r
	}, text)
}
