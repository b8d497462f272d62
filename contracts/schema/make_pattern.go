package schema

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A patternMaker makes texts that match a regular expression, of a wished length. It walks the parsed expression once
// and hands each part a share of the length, so that its cost is bounded by the text it makes.
type patternMaker struct {
	tree  *syntax.Regexp
	sizes map[*syntax.Regexp]sizes
	open  [2]bool // nothing anchors the beginning, the end: other text may stand there
}

type sizes struct{ min, max int } // in code points; max is endless where there is no bound

const (
	endless     = 1 << 20
	longestMade = 1 << 16 // code points of one text made from a pattern
)

// newPatternMaker parses an expression in the syntax of package regexp. It gives nil for what cannot be parsed.
func newPatternMaker(expression string) *patternMaker {
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil
	}
	m := &patternMaker{tree: tree, sizes: make(map[*syntax.Regexp]sizes)}
	m.measure(tree)
	m.open = [2]bool{!anchored(tree, true), !anchored(tree, false)}
	return m
}

// place orders the makers of several patterns: beginning, anywhere, end.
func (m *patternMaker) place() int {
	switch {
	case !m.open[0]:
		return 0
	case m.open[1]:
		return 1
	}
	return 2
}

// anchored says whether every match begins (or ends) at an edge of the text.
func anchored(t *syntax.Regexp, begin bool) bool {
	switch t.Op {
	case syntax.OpBeginText:
		return begin
	case syntax.OpEndText:
		return !begin
	case syntax.OpBeginLine, syntax.OpEndLine:
		return (t.Op == syntax.OpBeginLine) == begin
	case syntax.OpCapture:
		return anchored(t.Sub[0], begin)
	case syntax.OpConcat:
		if len(t.Sub) == 0 {
			return false
		}
		if begin {
			return anchored(t.Sub[0], true)
		}
		return anchored(t.Sub[len(t.Sub)-1], false)
	case syntax.OpAlternate:
		for _, s := range t.Sub {
			if !anchored(s, begin) {
				return false
			}
		}
		return true
	}
	return false
}

// measure finds how short and how long the matches of each part are.
func (m *patternMaker) measure(t *syntax.Regexp) sizes {
	var s sizes
	switch t.Op {
	case syntax.OpLiteral:
		s = sizes{len(t.Rune), len(t.Rune)}
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		s = sizes{1, 1}
	case syntax.OpCapture:
		s = m.measure(t.Sub[0])
	case syntax.OpConcat:
		for _, c := range t.Sub {
			x := m.measure(c)
			s.min, s.max = s.min+x.min, s.max+x.max
		}
	case syntax.OpAlternate:
		s.min = endless
		for _, c := range t.Sub {
			x := m.measure(c)
			s.min, s.max = min(s.min, x.min), max(s.max, x.max)
		}
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		low, high := repeats(t)
		x := m.measure(t.Sub[0])
		s.min = low * x.min
		s.max = endless
		if high >= 0 && x.max < endless {
			s.max = high * x.max
		}
		if x.max == 0 {
			s.max = 0
		}
	}
	s.min, s.max = min(s.min, endless), min(s.max, endless)
	m.sizes[t] = s
	return s
}

// repeats gives the bounds of a repetition; -1 is no upper bound.
func repeats(t *syntax.Regexp) (low, high int) {
	switch t.Op {
	case syntax.OpStar:
		return 0, -1
	case syntax.OpPlus:
		return 1, -1
	case syntax.OpQuest:
		return 0, 1
	}
	return t.Min, t.Max
}

// make gives a text of low to high code points (high -1: no bound). It may miss: the caller matches and tries again.
func (m *patternMaker) make(src *splitmix, low, high int) (string, bool) {
	size := m.sizes[m.tree]
	if high < 0 || high > longestMade {
		high = longestMade
	}
	if size.min > high {
		return "", false
	}
	w := patternWriter{m: m, src: src}
	least, most := max(low, size.min), min(high, size.max)
	target := least
	if most > least {
		// A few characters beyond the least, as one writes by hand; (\d+) is better as 4711 than as 3.
		reach := 4 + least/4
		if low == 0 && size.min <= 2 && size.max >= 12 {
			target = min(most, 6)
		}
		target = src.between(target, min(most, target+reach))
	}
	w.part(m.tree, min(target, size.max))
	text := w.out
	for n := utf8.RuneCountInString(text); n < low; n++ {
		switch c := string("abcdefghijklmnopqrstuvwxyz"[src.below(26)]); {
		case m.open[1]:
			text += c
		case m.open[0]:
			text = c + text
		default:
			return text, false
		}
	}
	return text, true
}

type patternWriter struct {
	m   *patternMaker
	src *splitmix
	out string
	buf strings.Builder
}

// part writes a match of t of about the wished length.
func (w *patternWriter) part(t *syntax.Regexp, length int) {
	w.write(t, length)
	w.out = w.buf.String()
}

func (w *patternWriter) write(t *syntax.Regexp, length int) {
	if w.buf.Len() > 4*longestMade {
		return
	}
	switch t.Op {
	case syntax.OpLiteral:
		for _, r := range t.Rune {
			w.buf.WriteRune(r)
		}
	case syntax.OpCharClass:
		w.buf.WriteRune(pickRune(w.src, t.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		w.buf.WriteRune(rune(anyCharacters[w.src.below(len(anyCharacters))]))
	case syntax.OpCapture:
		w.write(t.Sub[0], length)
	case syntax.OpConcat:
		w.concat(t.Sub, length)
	case syntax.OpAlternate:
		w.write(w.choose(t.Sub, length), length)
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		w.repeat(t, length)
	}
}

// anyCharacters stand for a dot: letters mostly, and some of each kind that look-ahead of passwords asks for.
const anyCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_!"

// concat gives every part its least and shares the rest out from left to right, at random but for the last taker.
func (w *patternWriter) concat(parts []*syntax.Regexp, length int) {
	spare := length
	room := 0
	for _, p := range parts {
		s := w.m.sizes[p]
		spare -= s.min
		room += s.max - s.min
	}
	spare = max(0, min(spare, room))
	for _, p := range parts {
		s := w.m.sizes[p]
		own := s.max - s.min
		room -= own
		extra := min(own, spare)
		if least := max(0, spare-room); least < extra {
			extra = w.src.between(least, extra)
		}
		spare -= extra
		w.write(p, s.min+extra)
	}
}

// choose takes a branch that can have the length, or the one that comes nearest.
func (w *patternWriter) choose(branches []*syntax.Regexp, length int) *syntax.Regexp {
	var fitting [16]*syntax.Regexp
	n := 0
	best, distance := branches[0], endless*2
	for _, b := range branches {
		s := w.m.sizes[b]
		d := max(s.min-length, length-s.max, 0)
		if d == 0 && n < len(fitting) {
			fitting[n] = b
			n++
		}
		if d < distance {
			best, distance = b, d
		}
	}
	if n > 0 {
		return fitting[w.src.below(n)]
	}
	return best
}

func (w *patternWriter) repeat(t *syntax.Regexp, length int) {
	low, high := repeats(t)
	s := w.m.sizes[t.Sub[0]]
	if s.max == 0 || high == 0 {
		return
	}
	most := length / max(1, s.min)
	if high >= 0 {
		most = min(most, high)
	}
	least := max(low, (length+s.max-1)/s.max)
	n := max(low, least)
	if most > n {
		n = w.src.between(n, most)
	}
	spare := max(0, length-n*s.min)
	for i := range n {
		extra := min(s.max-s.min, spare)
		if least := max(0, spare-(n-1-i)*(s.max-s.min)); least < extra {
			extra = w.src.between(least, extra)
		}
		spare -= extra
		w.write(t.Sub[0], s.min+extra)
	}
}

// pickRune takes a character of a class: a letter or digit where there is one, else printable ASCII, else any.
func pickRune(src *splitmix, class []rune) rune {
	for _, among := range [...][]rune{{'0', '9', 'A', 'Z', 'a', 'z'}, {'!', '~'}, {' ', ' '}, {0xa1, 0xd7ff, 0xe000, 0xfffd}} {
		if r, ok := pickFrom(src, class, among); ok {
			return r
		}
	}
	r, ok := pickFrom(src, class, []rune{0, unicode.MaxRune})
	if !ok {
		return utf8.RuneError
	}
	return r
}

func pickFrom(src *splitmix, class, among []rune) (rune, bool) {
	total := 0
	each := func(use func(low, high rune) bool) {
		for i := 0; i+1 < len(class); i += 2 {
			for j := 0; j+1 < len(among); j += 2 {
				low, high := max(class[i], among[j]), min(class[i+1], among[j+1])
				if low <= high && !use(low, high) {
					return
				}
			}
		}
	}
	each(func(low, high rune) bool { total += int(high-low) + 1; return true })
	if total == 0 {
		return 0, false
	}
	n, picked := src.below(total), rune(0)
	each(func(low, high rune) bool {
		if size := int(high-low) + 1; n >= size {
			n -= size
			return true
		}
		picked = low + rune(n)
		return false
	})
	return picked, true
}

// withoutAssertions drops what package regexp cannot parse from an ECMA expression: look-ahead and look-behind. What is
// made from the rest matches the whole by luck, which is checked.
func withoutAssertions(expression string) string {
	var b strings.Builder
	for i := 0; i < len(expression); {
		rest := expression[i:]
		if slices.ContainsFunc([]string{"(?=", "(?!", "(?<=", "(?<!"}, func(s string) bool { return strings.HasPrefix(rest, s) }) {
			i += groupEnd(rest)
			continue
		}
		switch {
		case rest[0] == '\\' && len(rest) >= 6 && rest[1] == 'u' && rest[2] != '{':
			b.WriteString(`\x{` + rest[2:6] + `}`)
			i += 6
		case rest[0] == '\\' && len(rest) > 1:
			if rest[1] != '/' {
				b.WriteByte('\\')
			}
			b.WriteByte(rest[1])
			i += 2
		default:
			b.WriteByte(rest[0])
			i++
		}
	}
	return strings.ReplaceAll(b.String(), "(?<", "(?P<")
}

// groupEnd gives the length of the group at the beginning of a text.
func groupEnd(text string) int {
	depth, class := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case class:
			class = c != ']'
		case c == '[':
			class = true
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}
