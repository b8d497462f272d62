package schema

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// escape reads what follows a backslash outside of a class.
func (p *ecmaParser) escape() (*ecmaNode, error) {
	if p.at >= len(p.text) {
		return nil, p.errorf("a backslash stands at the end")
	}
	switch c := p.text[p.at]; {
	case c == 'b' || c == 'B':
		p.at++
		if c == 'b' {
			return &ecmaNode{op: ecmaWord}, nil
		}
		return &ecmaNode{op: ecmaNotWord}, nil
	case c == 'A':
		p.at++
		return &ecmaNode{op: ecmaBegin}, nil
	case c == 'z' || c == 'Z':
		p.at++
		return &ecmaNode{op: ecmaEnd}, nil
	case c >= '1' && c <= '9':
		end := skipDigits(p.text, p.at)
		group, err := strconv.Atoi(p.text[p.at:end])
		if err != nil {
			return nil, p.errorf("there is no such group")
		}
		p.at = end
		return &ecmaNode{op: ecmaBack, group: group, fold: p.fold}, nil
	case c == 'k' && strings.HasPrefix(p.text[p.at:], "k<"):
		name, rest, ok := strings.Cut(p.text[p.at+2:], ">")
		if !ok {
			return nil, p.errorf("the name of the group is not closed")
		}
		p.at = len(p.text) - len(rest)
		n := &ecmaNode{op: ecmaBack, fold: p.fold}
		p.refs = append(p.refs, ecmaRef{n, name})
		return n, nil
	}
	set, err := p.escapedSet()
	return &ecmaNode{op: ecmaSet, set: set, fold: p.fold}, err
}

// escapedSet reads an escape that stands for one or more characters.
func (p *ecmaParser) escapedSet() (runeSet, error) {
	if p.at >= len(p.text) {
		return nil, p.errorf("a backslash stands at the end")
	}
	switch c := p.next(); c {
	case 'd':
		return digitSet, nil
	case 'D':
		return digitSet.not(), nil
	case 'w':
		return wordSet, nil
	case 'W':
		return wordSet.not(), nil
	case 's':
		return spaceSet, nil
	case 'S':
		return spaceSet.not(), nil
	case 'p', 'P':
		set, err := p.property()
		if c == 'P' && err == nil {
			set = set.not()
		}
		return set, err
	case 't':
		return runeSet{'\t', '\t'}, nil
	case 'n':
		return runeSet{'\n', '\n'}, nil
	case 'v':
		return runeSet{'\v', '\v'}, nil
	case 'f':
		return runeSet{'\f', '\f'}, nil
	case 'r':
		return runeSet{'\r', '\r'}, nil
	case '0':
		return runeSet{0, 0}, nil
	case 'c':
		if p.at < len(p.text) && isLetterOrDigit(p.text[p.at]) && p.text[p.at] > '9' {
			r := rune(p.text[p.at] & 31)
			p.at++
			return runeSet{r, r}, nil
		}
		return nil, p.errorf("\\c needs a letter")
	case 'x':
		r, ok := p.hex(2)
		if !ok {
			return nil, p.errorf("\\x needs two hexadecimal digits")
		}
		return runeSet{r, r}, nil
	case 'u':
		return p.unicodeEscape()
	default:
		return runeSet{c, c}, nil
	}
}

func (p *ecmaParser) hex(digits int) (rune, bool) {
	if p.at+digits > len(p.text) {
		return 0, false
	}
	v, err := strconv.ParseUint(p.text[p.at:p.at+digits], 16, 32)
	if err != nil || v > utf8.MaxRune {
		return 0, false
	}
	p.at += digits
	return rune(v), true
}

func (p *ecmaParser) unicodeEscape() (runeSet, error) {
	if p.take("{") {
		end := strings.IndexByte(p.text[p.at:], '}')
		if end > 0 && end < 9 {
			if r, ok := p.hex(end); ok {
				p.at++
				return runeSet{r, r}, nil
			}
		}
		return nil, p.errorf("\\u{…} needs a code point")
	}
	r, ok := p.hex(4)
	if !ok {
		return nil, p.errorf("\\u needs four hexadecimal digits")
	}
	if utf16.IsSurrogate(r) && p.peek(`\u`) {
		before := p.at
		p.at += 2
		if low, ok := p.hex(4); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
			r = utf16.DecodeRune(r, low)
		} else {
			p.at = before
		}
	}
	return runeSet{r, r}, nil
}

// property reads the braces of \p.
func (p *ecmaParser) property() (runeSet, error) {
	name := ""
	if p.take("{") {
		end := strings.IndexByte(p.text[p.at:], '}')
		if end < 0 {
			return nil, p.errorf("\\p{…} is not closed")
		}
		name = p.text[p.at : p.at+end]
		p.at += end + 1
	} else if p.at < len(p.text) { // \pL, of other languages
		name = string(p.next())
	}
	set, ok := propertySet(name)
	if !ok {
		return nil, p.errorf("the Unicode property %s is not known", quoteShort(name))
	}
	return set, nil
}

// class reads what follows [.
func (p *ecmaParser) class() (runeSet, error) {
	negative := p.take("^")
	var ranges []rune
	for {
		if p.at >= len(p.text) {
			return nil, p.errorf("a class of characters is not closed")
		}
		if p.take("]") {
			break
		}
		low, err := p.classAtom()
		if err != nil {
			return nil, err
		}
		if !p.peek("-") || p.peek("-]") || p.at+1 >= len(p.text) {
			ranges = append(ranges, low...)
			continue
		}
		p.at++
		high, err := p.classAtom()
		switch {
		case err != nil:
			return nil, err
		case !low.single() || !high.single(): // [\w-.], where the hyphen can only mean itself
			ranges = append(append(append(ranges, low...), '-', '-'), high...)
		case high[0] < low[0]:
			return nil, p.errorf("the range in a class is the wrong way round")
		default:
			ranges = append(ranges, low[0], high[0])
		}
	}
	set := newRuneSet(ranges)
	if negative {
		set = set.not()
	}
	return set, nil
}

func (p *ecmaParser) classAtom() (runeSet, error) {
	if !p.take(`\`) {
		r := p.next()
		return runeSet{r, r}, nil
	}
	if p.take("b") {
		return runeSet{'\b', '\b'}, nil
	}
	set, err := p.escapedSet()
	return slices.Clone(set), err
}
