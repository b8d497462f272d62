package schema

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// runeSet is a set of characters: first and last of each range in turn, in order and apart from each other.
type runeSet []rune

var (
	digitSet = runeSet{'0', '9'}
	wordSet  = runeSet{'0', '9', 'A', 'Z', '_', '_', 'a', 'z'}
	spaceSet = runeSet{'\t', '\r', ' ', ' ', 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x202f,
		0x205f, 0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff}
	lineEnds = runeSet{'\n', '\n', '\r', '\r', 0x2028, 0x2029}
)

// newRuneSet orders and joins ranges.
func newRuneSet(ranges []rune) runeSet {
	pairs := make([][2]rune, 0, len(ranges)/2)
	for i := 0; i+1 < len(ranges); i += 2 {
		pairs = append(pairs, [2]rune{ranges[i], ranges[i+1]})
	}
	sort.Slice(pairs, func(i, j int) bool { return pairs[i][0] < pairs[j][0] })
	set := runeSet{}
	for _, p := range pairs {
		if last := len(set) - 1; last > 0 && p[0] <= set[last]+1 {
			set[last] = max(set[last], p[1])
		} else {
			set = append(set, p[0], p[1])
		}
	}
	return set
}

// not gives all other characters.
func (s runeSet) not() runeSet {
	out := runeSet{}
	next := rune(0)
	for i := 0; i+1 < len(s); i += 2 {
		if next < s[i] {
			out = append(out, next, s[i]-1)
		}
		next = s[i+1] + 1
	}
	if next <= utf8.MaxRune {
		out = append(out, next, utf8.MaxRune)
	}
	return out
}

func (s runeSet) single() bool { return len(s) == 2 && s[0] == s[1] }

func (s runeSet) has(r rune) bool {
	i := sort.Search(len(s)/2, func(i int) bool { return s[2*i+1] >= r })
	return 2*i < len(s) && s[2*i] <= r
}

// hasFolded looks for r in any case.
func (s runeSet) hasFolded(r rune) bool {
	if s.has(r) {
		return true
	}
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		if s.has(f) {
			return true
		}
	}
	return false
}

// propertySet finds a Unicode property by what stands in \p{…}: L, Lu, Letter, Script=Greek, sc=Grek is not known.
func propertySet(name string) (runeSet, bool) {
	key, value, pair := strings.Cut(name, "=")
	if !pair {
		value = key
	}
	var table *unicode.RangeTable
	switch {
	case name == "Any":
		return runeSet{0, utf8.MaxRune}, true
	case name == "ASCII":
		return runeSet{0, 0x7f}, true
	case name == "Alphabetic" || name == "Alpha":
		return joined(unicode.L, unicode.Nl, unicode.Other_Alphabetic), true
	case name == "Uppercase":
		return joined(unicode.Lu, unicode.Other_Uppercase), true
	case name == "Lowercase":
		return joined(unicode.Ll, unicode.Other_Lowercase), true
	case pair && (key == "Script" || key == "sc" || key == "Script_Extensions" || key == "scx"):
		table = unicode.Scripts[value]
	case pair && key != "General_Category" && key != "gc":
	default:
		if long, ok := unicode.CategoryAliases[value]; ok {
			value = long
		}
		if table = unicode.Categories[value]; table == nil && !pair {
			if table = unicode.Scripts[value]; table == nil {
				table = unicode.Properties[value]
			}
		}
	}
	if table == nil {
		return nil, false
	}
	return joined(table), true
}

func joined(tables ...*unicode.RangeTable) runeSet {
	var ranges []rune
	add := func(low, high, stride rune) {
		if stride == 1 {
			ranges = append(ranges, low, high)
			return
		}
		for r := low; r <= high; r += stride {
			ranges = append(ranges, r, r)
		}
	}
	for _, t := range tables {
		for _, r := range t.R16 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range t.R32 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
	return newRuneSet(ranges)
}
