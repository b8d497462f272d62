package schema

import (
	"errors"
	"regexp"
	"regexp/syntax"
)

// Limits on expressions.
const (
	maxPattern  = 64 << 10  // bytes of one
	maxPatterns = 2_000_000 // instructions of all in one document
)

// compilePattern reads a regular expression of ECMA-262, as pattern, patternProperties and the format regex have it.
// It becomes one of Go's package regexp, which takes time in proportion to the text only. What that package
// cannot do (look-around, back-references, counts above 1000) goes to a matcher of our own with a limit on steps.
// Patterns that are no ECMA-262 but that Go reads, as those written for other languages, are taken as Go does.
func compilePattern(text string) (*Pattern, error) {
	if len(text) > maxPattern {
		return nil, errTooLong
	}
	tree, groups, err := parseECMA(text)
	if err != nil {
		if re, other := regexp.Compile(text); other == nil {
			return &Pattern{regexp: re, size: sizeOf(text)}, nil
		}
		return nil, err
	}
	size := tree.size()
	if size > maxInstructions {
		return nil, errPatternSize
	}
	if source, ok := tree.source(); ok {
		if re, err := regexp.Compile(source); err == nil {
			return &Pattern{regexp: re, size: size}, nil
		}
	}
	program, err := tree.program(groups)
	if err != nil {
		return nil, err
	}
	return &Pattern{program: program, size: len(program.code)}, nil
}

var errManyPatterns = errors.New("the patterns of the document are too large together")

// expression compiles a pattern once for all places that have it; nil where it cannot be read, which is warned of.
func (r *reader) expression(text string, at Location) *Pattern {
	if text == "" {
		return nil
	}
	p, ok := r.patterns[text]
	if !ok {
		if p.err = errManyPatterns; r.patternSize <= maxPatterns {
			p.pattern, p.err = compilePattern(text)
		}
		if p.pattern != nil {
			r.patternSize += p.pattern.size
		}
		r.patterns[text] = p
	}
	if p.err != nil {
		r.warn(at, "the pattern %s cannot be read and is not asserted: %v", quoteShort(text), p.err)
	}
	return p.pattern
}

// readPattern says whether a text is a regular expression, without making one: what a request sends costs no more than its
// length.
func readPattern(text string) error {
	if len(text) > maxPattern {
		return errTooLong
	}
	_, _, err := parseECMA(text)
	if err != nil {
		if _, other := syntax.Parse(text, syntax.Perl); other == nil {
			return nil
		}
	}
	return err
}
