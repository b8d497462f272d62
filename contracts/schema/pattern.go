package schema

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"unicode/utf8"
)

// A Pattern is a compiled regular expression of ECMA-262, the dialect of JSON Schema's pattern, for rooms that match texts
// outside a schema. It is safe for concurrent use.
type Pattern struct {
	regexp  *regexp.Regexp
	program *ecmaProgram
	size    int // instructions of regexp, about
}

// Limits on matching one text: what an instruction costs for a byte is one unit.
const (
	maxMatchWork = 256 << 20 // units for one text, a few seconds at the very worst
	matchStep    = 64        // units that count as a step of a judge

	backtrackCost = 4 // units of a step of the backtracking matcher
)

// ErrPatternSteps says that a text would take an expression more steps than are allowed.
var ErrPatternSteps = errors.New("the expression takes too many steps on this text")

var errPatternSize = errors.New("its repetitions make it too large")

// CompilePattern reads a regular expression: look-around and back-references included, and also what Go's package regexp reads.
func CompilePattern(text string) (*Pattern, error) { return compilePattern(text) }

// Match says whether the expression stands anywhere in text. Unlike a schema, which refuses nothing that it cannot judge, it
// tells of a text that would take too many steps: the error is ErrPatternSteps.
func (p *Pattern) Match(text string) (bool, error) {
	ok, used := p.match(text, maxMatchWork)
	if used > maxMatchWork || p.program != nil && used > backtrackCost*maxMatchSteps {
		return false, ErrPatternSteps
	}
	return ok, nil
}

// match is Match with a limit on work. It gives what was used; where that is more than the limit nothing was found out, which
// for a backtracking expression counts as a match, since what cannot be judged is not refused.
func (p *Pattern) match(text string, work int) (ok bool, used int) {
	if p.regexp != nil {
		// The machine of Go's package goes through the text once, with at most all instructions at each byte.
		if used = p.size * (len(text) + 1); used > work {
			return false, used
		}
		return p.regexp.MatchString(text), used
	}
	steps := min(maxMatchSteps, work/backtrackCost)
	m := ecmaMatcher{ecmaProgram: p.program, text: text, steps: steps, slot: make([]int, p.program.slots)}
	for at := 0; at <= len(text); {
		for i := range m.slot {
			m.slot[i] = -1
		}
		m.steps -= len(m.slot) / 16
		if m.run(0, at, -1) || m.steps < 0 {
			return true, backtrackCost * (steps - m.steps)
		}
		_, size := utf8.DecodeRuneInString(text[at:])
		at += max(size, 1)
	}
	return false, backtrackCost * (steps - m.steps)
}

// sizeOf counts the instructions of an expression that only Go's package reads.
func sizeOf(text string) int {
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return maxInstructions
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return maxInstructions
	}
	return len(program.Inst)
}

// size is how many instructions a node makes, about; never much more than the limit.
func (n *ecmaNode) size() int {
	total := 1
	for _, sub := range n.subs {
		if total += sub.size(); total > maxInstructions {
			return maxInstructions + 1
		}
	}
	if n.op == ecmaRepeat {
		times := n.max
		if times == unlimited {
			times = n.min + 1
		}
		total = int(min(int64(total)*int64(max(times, 1)), maxInstructions+1))
	}
	return total
}

// Matches says whether a name is one of those that the pattern speaks of; none is where the pattern cannot be read.
func (p *PatternProperty) Matches(name string) bool {
	if p.expression == nil {
		return false
	}
	ok, used := p.expression.match(name, maxMatchWork)
	return ok && used <= maxMatchWork
}
