package scan

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// A form is the format of a credential, made ready to be found inside other texts.
type form struct {
	literal string // that every text of the form holds
	leads   bool   // it begins with the literal
	least   int    // bytes of the shortest text
	most    int    // of the longest that is looked for
	expr    *regexp.Regexp

	// What follows the literal, which is quickly told: so many bytes, each of a class.
	behind      [256]bool
	behindLeast int
}

const (
	leastForm    = 12  // bytes of a credential: shorter texts stand everywhere by chance
	mostForm     = 512 // bytes of one that are looked at where the format has no end
	leastLiteral = 3   // bytes of a literal by which a form is told from other texts
	longLiteral  = 6   // bytes of one that tells it wherever it stands
)

// newForm reads a format; nil when it has no letters of its own by which to find it: it is then known by its place only.
func newForm(format string) *form {
	inner := strings.TrimSuffix(strings.TrimPrefix(format, "^"), "$")
	tree, err := syntax.Parse(inner, syntax.Perl)
	if inner == "" || err != nil {
		return nil
	}
	f := &form{}
	f.least, f.most = lengths(tree)
	f.most = min(f.most, mostForm)
	f.literal, f.leads = literalOf(tree)
	f.follow(tree)
	enough := f.leads && len(f.literal) >= leastLiteral || f.literal != "" && f.least >= 32
	if !enough || f.least < leastForm || f.least > f.most {
		return nil
	}
	if f.expr, err = regexp.Compile(inner); err != nil {
		return nil
	}
	if f.leads {
		f.expr = regexp.MustCompile(`\A(?:` + inner + `)`)
	}
	return f
}

// wholeOf makes of a format what a text whose ends are known has to match; nil where there is no format.
func wholeOf(format string) *regexp.Regexp {
	if format == "" {
		return nil
	}
	expr, err := regexp.Compile(`\A(?:` + strings.TrimSuffix(strings.TrimPrefix(format, "^"), "$") + `)\z`)
	if err != nil {
		return nil
	}
	return expr
}

// literalOf gives the letters that every text begins with, or else the longest that stand inside every text.
func literalOf(tree *syntax.Regexp) (literal string, leads bool) {
	for i, part := range parts(tree) {
		if part.Op != syntax.OpLiteral || part.Flags&syntax.FoldCase != 0 {
			continue
		}
		if i == 0 {
			return string(part.Rune), true
		}
		if text := string(part.Rune); len(text) > len(literal) {
			literal = text
		}
	}
	return literal, false
}

// follow finds out what comes behind the literal, where it is characters of one class.
func (f *form) follow(tree *syntax.Regexp) {
	list := parts(tree)
	for i, part := range list[:len(list)-1] {
		if part.Op != syntax.OpLiteral || string(part.Rune) != f.literal {
			continue
		}
		class, least := list[i+1], 1
		switch class.Op {
		case syntax.OpRepeat:
			class, least = class.Sub[0], class.Min
		case syntax.OpPlus:
			class = class.Sub[0]
		}
		if class.Op != syntax.OpCharClass {
			return
		}
		for r := 0; r+1 < len(class.Rune); r += 2 {
			for c := class.Rune[r]; c <= min(class.Rune[r+1], 255); c++ {
				f.behind[c] = true
			}
		}
		f.behindLeast = least
		return
	}
}

// goesOn says that what stands behind the literal can be a text of the form.
func (f *form) goesOn(text []byte, end int) bool {
	if len(text)-end < f.behindLeast {
		return false
	}
	for _, b := range text[end : end+f.behindLeast] {
		if !f.behind[b] && b < 0x80 {
			return false
		}
	}
	return true
}

// parts gives what follows each other in an expression, groups opened.
func parts(tree *syntax.Regexp) []*syntax.Regexp {
	switch tree.Op {
	case syntax.OpConcat, syntax.OpCapture:
		var list []*syntax.Regexp
		for _, sub := range tree.Sub {
			list = append(list, parts(sub)...)
		}
		return list
	}
	return []*syntax.Regexp{tree}
}

// lengths bounds the length of what an expression matches, in characters; most is large where there is no bound.
func lengths(tree *syntax.Regexp) (least, most int) {
	const endless = 1 << 20
	repeated := func(from, to int) (int, int) {
		l, m := lengths(tree.Sub[0])
		if to < 0 {
			return l * from, endless
		}
		return l * from, min(m*to, endless)
	}
	switch tree.Op {
	case syntax.OpLiteral:
		return len(tree.Rune), len(tree.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1, 1
	case syntax.OpStar:
		return 0, endless
	case syntax.OpPlus:
		return repeated(1, -1)
	case syntax.OpQuest:
		return repeated(0, 1)
	case syntax.OpRepeat:
		return repeated(tree.Min, tree.Max)
	case syntax.OpCapture:
		return lengths(tree.Sub[0])
	case syntax.OpConcat:
		for _, sub := range tree.Sub {
			l, m := lengths(sub)
			least, most = least+l, min(most+m, endless)
		}
	case syntax.OpAlternate:
		least = endless
		for _, sub := range tree.Sub {
			l, m := lengths(sub)
			least, most = min(least, l), max(most, m)
		}
	}
	return least, most
}

// at finds a text of the form whose literal ends at a place of a text. In binary data other texts may follow without anything
// between, in text they may not: what goes on is something else.
func (f *form) at(text []byte, end int, binary bool) (from, to int, ok bool) {
	start := end - len(f.literal)
	if !f.goesOn(text, end) {
		return 0, 0, false
	}
	if f.leads {
		if len(f.literal) < longLiteral && !begins(text, start) {
			return 0, 0, false
		}
		found := f.expr.FindIndex(text[start:min(start+f.most, len(text))])
		if found == nil {
			return 0, 0, false
		}
		from, to = start, start+found[1]
	} else {
		low := max(start-f.most, 0)
		for _, found := range f.expr.FindAllIndex(text[low:min(start+f.most, len(text))], -1) {
			if low+found[0] <= start && start < low+found[1] {
				from, to = low+found[0], low+found[1]
			}
		}
		if to == 0 || !begins(text, from) {
			return 0, 0, false
		}
	}
	if ends(text, to) || binary && len(f.literal) >= longLiteral {
		return from, to, true
	}
	return 0, 0, false
}

// begins says that a text can begin at a place: no word stands in front of it, or only the end of an escape does, such as \n and %20.
func begins(text []byte, at int) bool {
	if at == 0 || !wordByte(text[at-1]) {
		return true
	}
	before := text[max(0, at-6):at]
	n := len(before)
	switch {
	case n >= 2 && before[n-2] == '\\' && strings.IndexByte("nrtbfv", before[n-1]) >= 0:
		return n < 3 || before[n-3] != '\\'
	case n >= 3 && before[n-3] == '%' && isHex(before[n-2:]):
		return true
	}
	return n == 6 && before[0] == '\\' && before[1] == 'u' && isHex(before[2:])
}

// ends says that a text can end in front of a place.
func ends(text []byte, at int) bool { return at == len(text) || !wordByte(text[at]) }

func wordByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_'
}

func isHex(text []byte) bool {
	for _, b := range text {
		if !(b >= '0' && b <= '9' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F') {
			return false
		}
	}
	return true
}
