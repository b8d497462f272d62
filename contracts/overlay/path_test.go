package overlay

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// suites gives a file or folder of the official suites, which are kept outside the repository.
func suites(t *testing.T, name string) string {
	t.Helper()
	root := os.Getenv("SUITES")
	if root == "" {
		root = "../shared/suites"
	}
	if !filepath.IsAbs(root) {
		root = filepath.Join("../..", root)
	}
	full := filepath.Join(root, name)
	if _, err := os.Stat(full); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the official suites are needed with CI=true: %v", err)
		}
		t.Skipf("no official suites; set SUITES to their folder: %v", err)
	}
	return full
}

type complianceCase struct {
	Name        string
	Selector    string
	Document    json.RawMessage
	Result      []any
	Results     [][]any
	ResultPaths []string   `json:"result_paths"`
	AllPaths    [][]string `json:"results_paths"`
	Invalid     bool       `json:"invalid_selector"`
}

// TestJSONPathCompliance runs the official compliance suite of RFC 9535.
func TestJSONPathCompliance(t *testing.T) {
	data, err := os.ReadFile(suites(t, "jsonpath/cts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var suite struct{ Tests []complianceCase }
	if err := json.Unmarshal(data, &suite); err != nil {
		t.Fatal(err)
	}
	if len(suite.Tests) < 700 {
		t.Fatalf("%d cases, want at least 700", len(suite.Tests))
	}
	for _, c := range suite.Tests {
		t.Run(c.Name, func(t *testing.T) { c.run(t) })
	}
}

func (c complianceCase) run(t *testing.T) {
	p, err := compilePath(c.Selector)
	if c.Invalid {
		if err == nil {
			t.Fatalf("%s was accepted", c.Selector)
		}
		return
	}
	if err != nil {
		t.Fatalf("%s: %v", c.Selector, err)
	}
	root, err := readJSON(c.Document)
	if err != nil {
		t.Fatal(err)
	}
	found, err := p.selectNodes(root)
	if err != nil {
		t.Fatal(err)
	}
	got, paths := []any{}, []string{}
	for _, l := range found {
		steps := 0
		value, err := newValues(&steps).of(l.node, 0)
		if err != nil {
			t.Fatal(err)
		}
		got, paths = append(got, value), append(paths, normalized(l))
	}
	wantAny, wantPaths := c.Results, c.AllPaths
	if c.Results == nil {
		wantAny, wantPaths = [][]any{c.Result}, [][]string{c.ResultPaths}
	}
	for i, want := range wantAny {
		if reflect.DeepEqual(got, want) && slices.Equal(paths, wantPaths[i]) {
			return
		}
	}
	t.Errorf("%s selects %v at %q, want one of %v at %q", c.Selector, got, paths, wantAny, wantPaths)
}

// normalized gives the normalized path of RFC 9535, 2.7.
func normalized(l *location) string {
	if l.parent == nil {
		return "$"
	}
	if kindOf(l.parent.node) == array {
		return fmt.Sprintf("%s[%d]", normalized(l.parent), l.index)
	}
	var b strings.Builder
	named := map[rune]string{'\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '\'': `\'`, '\\': `\\`}
	for _, r := range l.name {
		switch {
		case named[r] != "":
			b.WriteString(named[r])
		case r < ' ':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return normalized(l.parent) + "['" + b.String() + "']"
}

// Filters run in a library without limits, so what could take forever must be refused by its form or its estimate.
func TestExpensiveExpressions(t *testing.T) {
	for name, expression := range map[string]string{
		"too long":              "$" + strings.Repeat(".a", maxExpression),
		"nested filters":        "$[?@[?@[?@[?@[?@.a]]]]]",
		"descendants in filter": "$[?@..a..b..c]",
		"lists in filter":       "$[?@" + strings.Repeat("[*,*]", 20) + "]",
		"not UTF-8":             "$.\xff",
	} {
		if _, err := compilePath(expression); err == nil {
			t.Errorf("%s: %s was accepted", name, shorten(expression))
		}
	}

	wide := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
	for range 2000 {
		inner := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for range 10 {
			inner.Content = append(inner.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: "1"})
		}
		wide.Content = append(wide.Content, inner)
	}
	for _, expression := range []string{
		"$" + strings.Repeat("..["+strings.Repeat("*,", 30)+"*]", 2),
		"$" + strings.Repeat("["+strings.Repeat("*,", 30)+"*]", 2),
		"$..[?$..[?@ == 2]]",
		"$[?$[?$[?@ == 2]]]",
	} {
		p, err := compilePath(expression)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		_, err = p.selectNodes(wide)
		if !errors.Is(err, errTooWide) {
			t.Errorf("%s: error %v, want %v", expression, err, errTooWide)
		}
	}
}

func TestQueryThroughAliasesAndMergeKeys(t *testing.T) {
	var document yaml.Node
	text := "base: &b {x: 1, y: 2}\nuse: *b\nmerged: {<<: *b, y: 3}\nlist: [*b, {<<: [*b, {z: 4}]}]\n"
	if err := yaml.Load([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	for expression, want := range map[string]string{
		"$.use.x":                   `[1]`,
		"$.merged.x":                `[1]`,
		"$.merged.y":                `[3]`,
		"$.list[1].z":               `[4]`,
		"$.list[*].x":               `[1,1]`,
		"$.merged.*":                `[3,1]`,
		"$[?@.y == 2]":              `[{"x":1,"y":2},{"x":1,"y":2}]`,
		"$.merged['<<']":            `[]`,
		"$[?match(@.none, 'a')]":    `[]`,
		"$[?search('a', @.none)]":   `[]`,
		"$[?!match(@.none, 'a')].z": `[]`,
		"$[?length(@.none) == 1]":   `[]`,
		"$[?value(@.none) == 1]":    `[]`,
		"$.list[?@.x==$.base.x].z":  `[4]`,
	} {
		p, err := compilePath(expression)
		if err != nil {
			t.Fatal(err)
		}
		found, err := p.selectNodes(document.Content[0])
		if err != nil {
			t.Fatal(err)
		}
		got := []any{}
		for _, l := range found {
			steps := 0
			value, _ := newValues(&steps).of(l.node, 0)
			got = append(got, value)
		}
		if encoded, _ := json.Marshal(got); string(encoded) != want {
			t.Errorf("%s selects %s, want %s", expression, encoded, want)
		}
	}
}
