package jsonpath_test

import (
	"strings"
	"testing"

	"understudy/internal/jsonpath"
)

// TestParse: what the library would refuse or misread, in the normal form that comes of it.
func TestParse(t *testing.T) {
	for _, c := range []struct{ text, want, wrong string }{
		{`$.true`, `$["true"]`, ""},
		{`$..null`, `$..["null"]`, ""},
		{`$['a.true']`, `$["a.true"]`, ""},
		{`$.x-internal`, `$["x-internal"]`, ""},
		{`$..x-a.b`, `$..["x-a"]["b"]`, ""},
		{`$[?match(@.a, 'x.true')]`, `$[?guarded_match(@["a"], "x.true")]`, ""},
		{"$[?@.a == 1  &&  @.b == 2 \n || @.c]", `$[?@["a"] == 1 && @["b"] == 2 || @["c"]]`, ""},
		{`$[?@.a == '\'&& ']`, `$[?@["a"] == "'&& "]`, ""},
		{`$[?match(@.a)]`, "", "match"},
		{`pets`, "", "unexpected"},
		{"$.\xff", "", "UTF-8"},
	} {
		parsed, err := jsonpath.Parse(c.text, jsonpath.Options{Hyphens: true})
		switch {
		case c.wrong == "" && err != nil:
			t.Errorf("%s: %v", c.text, err)
		case c.wrong == "" && parsed.String() != c.want:
			t.Errorf("%s: %s, want %s", c.text, parsed, c.want)
		case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong) || strings.Contains(err.Error(), "guarded")):
			t.Errorf("%s: the error is %v, want %q", c.text, err, c.wrong)
		}
	}
	if p, err := jsonpath.Parse(`$.x-internal`, jsonpath.Options{}); err == nil {
		t.Errorf("a name with a hyphen is taken without Hyphens: %s", p)
	}
}

// TestNothingSelected: match and search of what is not there are false (RFC 9535, 2.4.6 and 2.4.7).
func TestNothingSelected(t *testing.T) {
	value := []any{map[string]any{"a": "x"}, map[string]any{"b": "x"}}
	for _, text := range []string{`$[?match(@.a, 'x')]`, `$[?search(@.a, 'x')]`} {
		p, err := jsonpath.Parse(text, jsonpath.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(p.Select(value)); n != 1 {
			t.Errorf("%s selects %d nodes, want 1", text, n)
		}
	}
}

func TestSyntax(t *testing.T) {
	if got := jsonpath.Syntax(`$["a\"?"][?@["b"] == ",,"]`); got != `$[""][?@[""] == ""]` {
		t.Errorf("%s", got)
	}
}
