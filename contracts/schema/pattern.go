package schema

import (
	"errors"
	"regexp"
	"unicode/utf8"
)

// A Pattern is a compiled regular expression of ECMA-262, the dialect of JSON Schema's pattern, for rooms that match texts
// outside a schema. It is safe for concurrent use.
type Pattern struct {
	regexp  *regexp.Regexp
	program *ecmaProgram
}

// ErrPatternSteps says that a text would take a backtracking expression more steps than are allowed.
var ErrPatternSteps = errors.New("the expression takes too many steps on this text")

// CompilePattern reads a regular expression: look-around and back-references included, and also what Go's package regexp reads.
func CompilePattern(text string) (*Pattern, error) {
	re, program, err := compilePattern(text)
	if err != nil {
		return nil, err
	}
	return &Pattern{regexp: re, program: program}, nil
}

// Match says whether the expression stands anywhere in text. Unlike a schema, which refuses nothing that it cannot judge, it
// tells of a text that took too many steps: the error is ErrPatternSteps.
func (p *Pattern) Match(text string) (bool, error) {
	if p.regexp != nil {
		return p.regexp.MatchString(text), nil
	}
	m := ecmaMatcher{ecmaProgram: p.program, text: text, steps: maxMatchSteps, slot: make([]int, p.program.slots)}
	for at := 0; at <= len(text); {
		for i := range m.slot {
			m.slot[i] = -1
		}
		matched := m.run(0, at, -1)
		if m.steps < 0 {
			return false, ErrPatternSteps
		}
		if matched {
			return true, nil
		}
		_, size := utf8.DecodeRuneInString(text[at:])
		at += max(size, 1)
	}
	return false, nil
}
