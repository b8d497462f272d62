package schema_test

import (
	"errors"
	"strings"
	"testing"

	"understudy/contracts/schema"
)

func TestPattern(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		matched       bool
	}{
		{`^2\d{2}$`, "204", true},
		{`^2\d{2}$`, "2040", false},
		{`^(?!admin)\w+$`, "alice", true}, // look-around, which Go's package has not
		{`^(?!admin)\w+$`, "administrator", false},
		{`^(a+)\1$`, "aaaa", true},
		{`^(a+)\1$`, "aaa", false},
		{``, "", true},
		{`ü$`, "für ü", true},
	} {
		p, err := schema.CompilePattern(c.pattern)
		if err != nil {
			t.Fatalf("%s: %v", c.pattern, err)
		}
		if got, err := p.Match(c.text); got != c.matched || err != nil {
			t.Errorf("%s on %q: %v %v, want %v", c.pattern, c.text, got, err, c.matched)
		}
	}
	if _, err := schema.CompilePattern("(a"); err == nil {
		t.Error("a group that is not closed was taken")
	}
}

// TestPatternSteps: what cannot be judged is an error and not a match.
func TestPatternSteps(t *testing.T) {
	p, err := schema.CompilePattern(`^(?=((a+)+)+b)\w+$`)
	if err != nil {
		t.Fatal(err)
	}
	if matched, err := p.Match(strings.Repeat("a", 40)); matched || !errors.Is(err, schema.ErrPatternSteps) {
		t.Errorf("got %v and %v", matched, err)
	}
}
