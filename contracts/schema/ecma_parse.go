package schema

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

var errTooLong = fmt.Errorf("it is longer than %d bytes", maxPattern)

type ecmaOp uint8

const (
	ecmaEmpty   ecmaOp = iota
	ecmaSet            // one character of set
	ecmaConcat         // subs one after the other
	ecmaChoice         // one of subs
	ecmaRepeat         // subs[0], min to max times
	ecmaGroup          // subs[0], captured as group
	ecmaBegin          // ^
	ecmaEnd            // $
	ecmaWord           // \b
	ecmaNotWord        // \B
	ecmaLook           // subs[0] must stand here (behind: end here), or must not (negative)
	ecmaBack           // what group has captured
)

// unlimited is the maximum of a repetition without one.
const unlimited = -1

// ecmaNode is one part of a regular expression.
type ecmaNode struct {
	op               ecmaOp
	set              runeSet
	fold             bool // ignore case
	min, max         int
	lazy             bool
	behind, negative bool
	group            int
	subs             []*ecmaNode
}

type ecmaParser struct {
	text   string
	at     int
	depth  int
	groups int
	names  map[string]int
	refs   []ecmaRef // named back-references, which may stand before their group
	fold   bool
	dotAll bool
}

type ecmaRef struct {
	node *ecmaNode
	name string
}

// parseECMA reads a pattern in the form with the flag u, more leniently: needless escapes are taken, as are \A, \z, \Z,
// (?i), (?s), possessive and atomic forms of other languages.
func parseECMA(text string) (*ecmaNode, int, error) {
	if !utf8.ValidString(text) {
		return nil, 0, errors.New("it is not valid UTF-8")
	}
	p := &ecmaParser{text: text, names: make(map[string]int)}
	tree, err := p.choice()
	if err == nil && p.at < len(p.text) {
		err = p.errorf("nothing is open that ) could close")
	}
	for _, ref := range p.refs {
		group, ok := p.names[ref.name]
		if !ok && err == nil {
			err = fmt.Errorf("there is no group named %s", quoteShort(ref.name))
		}
		ref.node.group = group
	}
	if err == nil {
		err = tree.checkGroups(p.groups)
	}
	return tree, p.groups, err
}

func (n *ecmaNode) checkGroups(groups int) error {
	if n.op == ecmaBack && n.group > groups {
		return fmt.Errorf("there is no group %d", n.group)
	}
	for _, sub := range n.subs {
		if err := sub.checkGroups(groups); err != nil {
			return err
		}
	}
	return nil
}

func (p *ecmaParser) errorf(format string, args ...any) error {
	return fmt.Errorf("at byte %d: %s", p.at, fmt.Sprintf(format, args...))
}

func (p *ecmaParser) peek(text string) bool { return strings.HasPrefix(p.text[p.at:], text) }

func (p *ecmaParser) take(text string) bool {
	if !p.peek(text) {
		return false
	}
	p.at += len(text)
	return true
}

func (p *ecmaParser) next() rune {
	r, size := utf8.DecodeRuneInString(p.text[p.at:])
	p.at += size
	return r
}

func (p *ecmaParser) choice() (*ecmaNode, error) {
	if p.depth++; p.depth > 200 {
		return nil, p.errorf("groups are nested too deep")
	}
	defer func() { p.depth-- }()
	var branches []*ecmaNode
	for {
		n, err := p.concat()
		if err != nil {
			return nil, err
		}
		branches = append(branches, n)
		if !p.take("|") {
			break
		}
	}
	if len(branches) == 1 {
		return branches[0], nil
	}
	return &ecmaNode{op: ecmaChoice, subs: branches}, nil
}

func (p *ecmaParser) concat() (*ecmaNode, error) {
	n := &ecmaNode{op: ecmaConcat}
	for p.at < len(p.text) && !p.peek("|") && !p.peek(")") {
		sub, err := p.atom()
		if err != nil {
			return nil, err
		}
		if sub, err = p.quantified(sub); err != nil {
			return nil, err
		}
		n.subs = append(n.subs, sub)
	}
	return n, nil
}

func (p *ecmaParser) quantified(n *ecmaNode) (*ecmaNode, error) {
	lowest, highest := 0, unlimited
	switch {
	case p.take("*"):
	case p.take("+"):
		lowest = 1
	case p.take("?"):
		highest = 1
	case p.peek("{"):
		var ok bool
		if lowest, highest, ok = p.braces(); !ok {
			return n, nil
		}
		if highest != unlimited && highest < lowest {
			return nil, p.errorf("the counts are the wrong way round")
		}
	default:
		return n, nil
	}
	switch n.op {
	case ecmaBegin, ecmaEnd, ecmaWord, ecmaNotWord:
		if lowest > 0 { // said once or often is the same
			return n, nil
		}
	}
	n = &ecmaNode{op: ecmaRepeat, min: lowest, max: highest, subs: []*ecmaNode{n}}
	if n.lazy = p.take("?"); !n.lazy {
		p.take("+") // a possessive form, of other languages
	}
	if p.peek("*") || p.peek("+") || p.peek("?") {
		return nil, p.errorf("nothing to repeat")
	}
	return n, nil
}

// braces reads {n}, {n,} or {n,m}; anything else is text that starts with a brace.
func (p *ecmaParser) braces() (lowest, highest int, ok bool) {
	end := strings.IndexByte(p.text[p.at:], '}')
	if end < 0 {
		return 0, 0, false
	}
	from, to, comma := strings.Cut(p.text[p.at+1:p.at+end], ",")
	lowest, err := strconv.Atoi(from)
	if err != nil || from[0] < '0' || from[0] > '9' {
		return 0, 0, false
	}
	highest = lowest
	if comma {
		highest = unlimited
		if to != "" {
			if highest, err = strconv.Atoi(to); err != nil || to[0] < '0' || to[0] > '9' {
				return 0, 0, false
			}
		}
	}
	p.at += end + 1
	return lowest, highest, true
}

func (p *ecmaParser) literal(r rune) *ecmaNode {
	return &ecmaNode{op: ecmaSet, set: runeSet{r, r}, fold: p.fold}
}

func (p *ecmaParser) atom() (*ecmaNode, error) {
	switch {
	case p.take("^"):
		return &ecmaNode{op: ecmaBegin}, nil
	case p.take("$"):
		return &ecmaNode{op: ecmaEnd}, nil
	case p.take("("):
		return p.parenthesis()
	case p.take("["):
		set, err := p.class()
		return &ecmaNode{op: ecmaSet, set: set, fold: p.fold}, err
	case p.take("."):
		if p.dotAll {
			return &ecmaNode{op: ecmaSet, set: runeSet{0, utf8.MaxRune}}, nil
		}
		return &ecmaNode{op: ecmaSet, set: lineEnds.not()}, nil
	case p.take(`\`):
		return p.escape()
	case p.peek("*") || p.peek("+") || p.peek("?"):
		return nil, p.errorf("nothing to repeat")
	}
	return p.literal(p.next()), nil
}

func (p *ecmaParser) parenthesis() (*ecmaNode, error) {
	n := &ecmaNode{op: ecmaConcat}
	fold, dotAll := p.fold, p.dotAll
	restore := func() { p.fold, p.dotAll = fold, dotAll }
	switch {
	case p.take("?:"), p.take("?>"):
	case p.take("?="):
		n = &ecmaNode{op: ecmaLook}
	case p.take("?!"):
		n = &ecmaNode{op: ecmaLook, negative: true}
	case p.take("?<="):
		n = &ecmaNode{op: ecmaLook, behind: true}
	case p.take("?<!"):
		n = &ecmaNode{op: ecmaLook, behind: true, negative: true}
	case p.take("?<"), p.take("?P<"):
		name, rest, ok := strings.Cut(p.text[p.at:], ">")
		if !ok || name == "" || len(name) > 100 {
			return nil, p.errorf("the name of the group is not closed")
		}
		p.at = len(p.text) - len(rest)
		p.groups++
		if _, twice := p.names[name]; twice {
			return nil, p.errorf("two groups are named %s", quoteShort(name))
		}
		p.names[name] = p.groups
		n = &ecmaNode{op: ecmaGroup, group: p.groups}
	case p.take("?"):
		end := strings.IndexAny(p.text[p.at:], ":)")
		if end < 0 || !p.flags(p.text[p.at:p.at+end]) {
			return nil, p.errorf("this kind of group is not known")
		}
		p.at += end
		if p.take(")") { // for the rest of the group that this stands in
			return n, nil
		}
		p.take(":")
	default:
		p.groups++
		n = &ecmaNode{op: ecmaGroup, group: p.groups}
	}
	sub, err := p.choice()
	if err != nil {
		return nil, err
	}
	if !p.take(")") {
		return nil, p.errorf("a group is not closed")
	}
	restore()
	n.subs = []*ecmaNode{sub}
	return n, nil
}

func (p *ecmaParser) flags(text string) bool {
	on := true
	for _, c := range text {
		switch c {
		case '-':
			on = false
		case 'i':
			p.fold = on
		case 's':
			p.dotAll = on
		case 'u': // always so
		default:
			return false
		}
	}
	return true
}
