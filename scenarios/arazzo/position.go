package arazzo

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Position says where something stands in a document.
type Position struct {
	File    string // as the caller named it
	Line    int    // 1 is the first; 0: unknown
	Column  int    // 1 is the first; 0: unknown
	Pointer string // JSON Pointer (RFC 6901); empty: the whole document
}

func (p Position) String() string {
	text := p.File
	if p.Line > 0 {
		text += fmt.Sprintf(":%d", p.Line)
		if p.Column > 0 {
			text += fmt.Sprintf(":%d", p.Column)
		}
	}
	return text
}

// A Problem is one thing that is wrong or doubtful in a document.
type Problem struct {
	At      Position
	Message string // what is wrong
	Advice  string // what to do about it; empty where that is plain
}

func (p *Problem) Error() string {
	text := p.At.String() + ": " + p.Message
	if p.At.Pointer != "" {
		text += " (at #" + p.At.Pointer + ")"
	}
	if p.Advice != "" {
		text += "; " + p.Advice
	}
	return text
}

// Problems is everything that is wrong with a document, in its order.
type Problems []*Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the problems one by one.
func (p Problems) Unwrap() []error {
	out := make([]error, len(p))
	for i, problem := range p {
		out[i] = problem
	}
	return out
}

// tidy orders problems by where they stand and leaves out repetitions: what stands in a component or on a workflow is
// looked at for each step that has it.
func (p Problems) tidy() Problems {
	slices.SortStableFunc(p, func(a, b *Problem) int {
		return cmp.Or(cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.At.Column, b.At.Column), cmp.Compare(a.At.Pointer, b.At.Pointer),
			cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(p, func(a, b *Problem) bool { return *a == *b })
}

// A SyntaxError says where an expression or a condition stops being one.
type SyntaxError struct {
	Text    string // the whole expression or condition
	Offset  int    // bytes before the fault
	Message string // what is wrong
	Advice  string // what to write instead; may be empty
	// Unsupported means that the text is right by the specification but needs what is not built here.
	Unsupported bool
}

func (e *SyntaxError) Error() string {
	text := e.Message
	if e.Offset > 0 && e.Offset <= len(e.Text) {
		text += fmt.Sprintf(" (at character %d of %s)", 1+utf8.RuneCountInString(e.Text[:e.Offset]), quote(e.Text))
	} else {
		text += " in " + quote(e.Text)
	}
	if e.Advice != "" {
		text += "; " + e.Advice
	}
	return text
}

// quote shows a text of the document in a message, cut where it is long.
func quote(text string) string { return fmt.Sprintf("%q", cut(text, 100)) }

// cut shortens a text to a number of bytes, at the border of a character.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most] + "…"
}

// nearest gives the known word that word is most likely a misspelling of, or "".
func nearest(word string, known []string) string {
	best, least := "", len(word)/3+1
	for _, k := range known {
		if strings.EqualFold(k, word) {
			return k
		}
		if d := distance(strings.ToLower(word), strings.ToLower(k), least); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is the number of letters to add, drop, replace or swap to make b of a; most where it is at least that.
func distance(a, b string, most int) int {
	if len(a) > 64 || len(b) > 64 || len(a)-len(b) >= most || len(b)-len(a) >= most {
		return most
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			same := 1
			if a[i-1] == b[j-1] {
				same = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+same)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], most)
}

// didYouMean is advice that names the nearest known word, or lists all.
func didYouMean(word string, known []string) string {
	if best := nearest(word, known); best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	if len(known) == 0 || len(known) > 20 {
		return ""
	}
	return "known are " + strings.Join(known, ", ")
}
