package schema

import (
	"regexp"
)

// maxPattern is how many bytes a pattern may have.
const maxPattern = 64 << 10

// compilePattern reads a regular expression of ECMA-262, as pattern, patternProperties and the format regex have it.
// It becomes one of Go's package regexp, which takes time in proportion to the text only. What that package
// cannot do (look-around, back-references, counts above 1000) goes to a matcher of our own with a limit on steps.
// Patterns that are no ECMA-262 but that Go reads, as those written for other languages, are taken as Go does.
func compilePattern(text string) (*regexp.Regexp, *ecmaProgram, error) {
	if len(text) > maxPattern {
		return nil, nil, errTooLong
	}
	tree, groups, err := parseECMA(text)
	if err != nil {
		if re, other := regexp.Compile(text); other == nil {
			return re, nil, nil
		}
		return nil, nil, err
	}
	if source, ok := tree.source(); ok {
		if re, err := regexp.Compile(source); err == nil {
			return re, nil, nil
		}
	}
	program, err := tree.program(groups)
	return nil, program, err
}

// expression compiles a pattern once for all places that have it.
func (r *reader) expression(text string, at Location) (*regexp.Regexp, *ecmaProgram) {
	if text == "" {
		return nil, nil
	}
	p, ok := r.patterns[text]
	if !ok {
		p.regexp, p.matcher, p.err = compilePattern(text)
		r.patterns[text] = p
	}
	if p.err != nil {
		r.warn(at, "the pattern %s cannot be read and is not asserted: %v", quoteShort(text), p.err)
	}
	return p.regexp, p.matcher
}
