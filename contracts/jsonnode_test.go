package contracts

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

func TestParseJSONPlaces(t *testing.T) {
	root, faults := parseJSON("{\n  \"a\": [1,\n    {\"b\": \"x\\u00e9\\ud83d\\ude00\\n\"}],\n \"c\":null }", defaultLimits)
	if len(faults) > 0 {
		t.Fatal(faults[0])
	}
	a := field(root, "a")
	b := field(a.Content[1], "b")
	for _, test := range []struct {
		node         *yaml.Node
		tag, value   string
		line, column int
	}{
		{root, "!!map", "", 1, 1},
		{root.Content[0], "!!str", "a", 2, 3},
		{a, "!!seq", "", 2, 8},
		{a.Content[0], "!!int", "1", 2, 9},
		{a.Content[1], "!!map", "", 3, 5},
		{b, "!!str", "xé😀\n", 3, 11},
		{field(root, "c"), "!!null", "null", 4, 6},
	} {
		n := test.node
		if n.Tag != test.tag || n.Value != test.value || n.Line != test.line || n.Column != test.column {
			t.Errorf("got %s %q at %d:%d, want %s %q at %d:%d", n.Tag, n.Value, n.Line, n.Column, test.tag, test.value, test.line, test.column)
		}
	}
}

// Large texts share the nodes of equal keys; the values keep their lines, and places are made of those.
func TestParseJSONSharedKeys(t *testing.T) {
	row := "{\"name\": \"" + strings.Repeat("x", 1000) + "\"},\n"
	root, faults := parseJSON("["+strings.Repeat(row, 1100)+"{\"name\": 1}]", defaultLimits)
	if len(faults) > 0 {
		t.Fatal(faults[0])
	}
	first, second := root.Content[0], root.Content[1]
	if first.Content[0] != second.Content[0] {
		t.Error("equal keys have two nodes")
	}
	if second.Content[1].Line != 2 {
		t.Errorf("the second value is in line %d", second.Content[1].Line)
	}
}

// decode gives what a node means, for comparing with encoding/json.
func decode(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			m[n.Content[i].Value] = decode(n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		l := []any{}
		for _, child := range n.Content {
			l = append(l, decode(child))
		}
		return l
	}
	switch n.Tag {
	case tagNull:
		return nil
	case tagBool:
		return n.Value == "true"
	case tagInt, tagFloat:
		return json.Number(n.Value)
	}
	return n.Value
}

// FuzzJSONNode holds the parser against encoding/json: it accepts the same texts and reads the same values.
func FuzzJSONNode(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-0.5e+3,true,false,null,"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00\ud83d"]}`, `[]`, `{}`, ` 0 `, `""`, `[1,]`, `{"a":1,}`,
		`01`, `-`, `1.`, `1e`, "\"\x01\"", `"\u12"`, `nul`, `{"a" 1}`, `[[[[]]]]`, `{"a":1,"a":2}`, "\ufeff{}", "{}x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		limits := Limits{Depth: 100, Nodes: 10_000}.filled()
		root, faults := parseJSON(text, limits)
		for _, fault := range faults {
			if fault.advice != "" || strings.Contains(fault.message, "more than") {
				return // a duplicate or a limit, which encoding/json does not mind
			}
		}
		valid := json.Valid([]byte(text))
		if valid != (len(faults) == 0) {
			t.Fatalf("encoding/json: valid %v; here: %v", valid, faults)
		}
		if !valid || strings.ToValidUTF8(text, "") != text {
			return
		}
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		var want any
		if err := decoder.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if got := decode(root); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %#v, want %#v", got, want)
		}
		b := newBundler(&document{limits: limits})
		if err := b.object(root, objectShape{}, nil); err != nil {
			t.Fatal(err)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, b.out); err != nil || compact.String() != string(b.out) {
			t.Fatalf("written as %s: %v", b.out, err)
		}
	})
}
