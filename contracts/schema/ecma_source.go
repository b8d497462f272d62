package schema

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// source writes the expression in the syntax of Go's regexp; ok is false where it has what that package has not.
func (n *ecmaNode) source() (text string, ok bool) {
	var b strings.Builder
	ok = n.write(&b)
	return b.String(), ok
}

func (n *ecmaNode) write(b *strings.Builder) bool {
	switch n.op {
	case ecmaSet:
		n.writeSet(b)
	case ecmaConcat:
		for _, sub := range n.subs {
			grouped := sub.op == ecmaChoice || sub.op == ecmaConcat && len(sub.subs) > 0 && sub.subs[0].op == ecmaChoice
			if grouped {
				b.WriteString("(?:")
			}
			if !sub.write(b) {
				return false
			}
			if grouped {
				b.WriteByte(')')
			}
		}
	case ecmaChoice:
		for i, sub := range n.subs {
			if i > 0 {
				b.WriteByte('|')
			}
			if !sub.write(b) {
				return false
			}
		}
	case ecmaGroup:
		b.WriteByte('(')
		if !n.subs[0].write(b) {
			return false
		}
		b.WriteByte(')')
	case ecmaRepeat:
		return n.writeRepeat(b)
	case ecmaBegin:
		b.WriteByte('^')
	case ecmaEnd:
		b.WriteByte('$') // of the text: the flag m is never set
	case ecmaWord:
		b.WriteString(`\b`)
	case ecmaNotWord:
		b.WriteString(`\B`)
	case ecmaLook, ecmaBack:
		return false
	}
	return true
}

func (n *ecmaNode) writeRepeat(b *strings.Builder) bool {
	sub := n.subs[0]
	if sub.op == ecmaSet || sub.op == ecmaGroup {
		if !sub.write(b) {
			return false
		}
	} else {
		b.WriteString("(?:")
		if !sub.write(b) {
			return false
		}
		b.WriteByte(')')
	}
	switch {
	case n.min == 0 && n.max == unlimited:
		b.WriteByte('*')
	case n.min == 1 && n.max == unlimited:
		b.WriteByte('+')
	case n.min == 0 && n.max == 1:
		b.WriteByte('?')
	case n.max == unlimited:
		fmt.Fprintf(b, "{%d,}", n.min)
	case n.min == n.max:
		fmt.Fprintf(b, "{%d}", n.min)
	default:
		fmt.Fprintf(b, "{%d,%d}", n.min, n.max)
	}
	if n.lazy {
		b.WriteByte('?')
	}
	return true
}

func (n *ecmaNode) writeSet(b *strings.Builder) {
	if n.fold {
		b.WriteString("(?i:")
		defer b.WriteByte(')')
	}
	set := n.set
	switch {
	case len(set) == 0:
		b.WriteString(`[^\x00-\x{10FFFF}]`)
		return
	case set.single() && set[0] > ' ' && set[0] != 0x7f:
		b.WriteString(regexp.QuoteMeta(string(set[0])))
		return
	}
	b.WriteByte('[')
	if set[0] == 0 && set[len(set)-1] == utf8.MaxRune && len(set) > 2 {
		b.WriteByte('^')
		set = set.not()
	}
	for i := 0; i+1 < len(set); i += 2 {
		writeRune(b, set[i])
		if set[i+1] > set[i] {
			b.WriteByte('-')
			writeRune(b, set[i+1])
		}
	}
	b.WriteByte(']')
}

func writeRune(b *strings.Builder, r rune) {
	if r < utf8.RuneSelf && isLetterOrDigit(byte(r)) {
		b.WriteByte(byte(r))
		return
	}
	fmt.Fprintf(b, `\x{%X}`, r)
}
