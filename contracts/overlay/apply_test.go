package overlay_test

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"

	"understudy/contracts/overlay"

	"go.yaml.in/yaml/v4"
)

// tree parses a target document.
func tree(t testing.TB, text string) *yaml.Node {
	t.Helper()
	n := new(yaml.Node)
	if err := yaml.Load([]byte(text), n); err != nil {
		t.Fatalf("target document: %v", err)
	}
	return n
}

// asJSON gives a tree as data: JSON with sorted names.
func asJSON(t testing.TB, n *yaml.Node) string {
	t.Helper()
	var value any
	if err := n.Decode(&value); err != nil {
		t.Fatalf("result: %v", err)
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatalf("result: %v", err)
	}
	return string(text)
}

// parse reads an overlay of a version that consists of actions, which begin on line 3.
func parse(t testing.TB, version, actions string) *overlay.Document {
	t.Helper()
	d, err := overlay.Parse("overlay.yaml", []byte("overlay: "+version+"\ninfo: {title: Test, version: '1'}\n"+actions))
	if err != nil {
		t.Fatalf("overlay: %v", err)
	}
	return d
}

// TestRules has a case for each rule about actions in Overlay 1.0.0 and 1.1.0, section "Action Object".
func TestRules(t *testing.T) {
	const v10, v11 = "1.0.0", "1.1.0"
	for _, c := range []struct {
		name    string
		version string
		target  string
		actions string
		want    string // the result as JSON
		warning string // part of the one warning; empty: there is none
		err     string // part of the error; empty: there is none
	}{
		{name: "target selects nothing, 1.0: no-op", version: v10, target: "{a: 1}",
			actions: "actions: [{target: $.b, update: {c: 1}}]", want: `{"a":1}`, warning: "selects nothing"},
		{name: "target selects nothing, 1.1: no-op", version: v11, target: "{a: 1}",
			actions: "actions: [{target: $.b, remove: true}]", want: `{"a":1}`, warning: "selects nothing"},
		{name: "action without effect", version: v11, target: "{a: 1}",
			actions: "actions: [{target: $}]", want: `{"a":1}`, warning: "does nothing"},
		{name: "actions run in order, each on the result of the one before", version: v10, target: "{a: {}}",
			actions: "actions: [{target: $.a, update: {b: {}}}, {target: $.a.b, update: {c: 1}}]", want: `{"a":{"b":{"c":1}}}`},

		{name: "object target: new member", version: v10, target: "{a: {x: 1}}",
			actions: "actions: [{target: $.a, update: {y: 2}}]", want: `{"a":{"x":1,"y":2}}`},
		{name: "object target: primitive replaces primitive", version: v10, target: "{a: {x: 1}}",
			actions: "actions: [{target: $.a, update: {x: two}}]", want: `{"a":{"x":"two"}}`},
		{name: "object target: primitive replaces null", version: v11, target: "{a: {x: null}}",
			actions: "actions: [{target: $.a, update: {x: two}}]", want: `{"a":{"x":"two"}}`},
		{name: "object target: objects merge recursively", version: v11, target: "{a: {x: {y: {p: 1}, z: 3}}}",
			actions: "actions: [{target: $, update: {a: {x: {y: {q: 2}}}}}]", want: `{"a":{"x":{"y":{"p":1,"q":2},"z":3}}}`},
		{name: "object target: arrays concatenate, 1.0", version: v10, target: "{a: {x: [1]}}",
			actions: "actions: [{target: $.a, update: {x: [2, 3]}}]", want: `{"a":{"x":[1,2,3]}}`},
		{name: "object target: arrays concatenate, 1.1", version: v11, target: "{a: {x: [1]}}",
			actions: "actions: [{target: $.a, update: {x: [2, 3]}}]", want: `{"a":{"x":[1,2,3]}}`},
		{name: "object target: a number as name is the same as its text", version: v11, target: "{responses: {'200': {a: 1}}}",
			actions: "actions: [{target: $.responses, update: {200: {b: 2}}}]", want: `{"responses":{"200":{"a":1,"b":2}}}`},
		{name: "incompatible: primitive into object", version: v11, target: "{a: {x: {}}}",
			actions: "actions: [{target: $.a, update: {x: 1}}]", err: "the number 1 cannot be merged into an object at #/a/x"},
		{name: "incompatible: null into object", version: v11, target: "{a: {x: {}}}",
			actions: "actions: [{target: $.a, update: {x: null}}]", err: "null does not delete"},
		{name: "incompatible: object into array", version: v10, target: "{a: {x: []}}",
			actions: "actions: [{target: $.a, update: {x: {}}}]", err: "an object cannot be merged into an array at #/a/x"},
		{name: "incompatible: array into object", version: v10, target: "{a: {x: {}}}",
			actions: "actions: [{target: $.a, update: {x: [1]}}]", err: "an array cannot be merged into an object"},
		{name: "incompatible: array into primitive", version: v11, target: "{a: {x: text}}",
			actions: "actions: [{target: $.a, update: {x: [1]}}]", err: `an array cannot be merged into the string "text"`},
		{name: "incompatible: object into primitive", version: v11, target: "{a: {x: true}}",
			actions: "actions: [{target: $.a, update: {x: {}}}]", err: "an object cannot be merged into the boolean true"},
		{name: "incompatible: array updates object target", version: v11, target: "{a: {}}",
			actions: "actions: [{target: $.a, update: [1]}]", err: "an array cannot be merged into an object"},
		{name: "incompatible: primitive updates object target", version: v10, target: "{a: {}}",
			actions: "actions: [{target: $.a, update: 1}]", err: "the number 1 cannot be merged into an object"},

		{name: "array target, update an array, 1.0: one entry", version: v10, target: "{a: [1]}",
			actions: "actions: [{target: $.a, update: [2, 3]}]", want: `{"a":[1,[2,3]]}`},
		{name: "array target, update an array, 1.1: concatenated", version: v11, target: "{a: [1]}",
			actions: "actions: [{target: $.a, update: [2, 3]}]", want: `{"a":[1,2,3]}`},
		{name: "array target, update an object: appended, 1.0", version: v10, target: "{a: [1]}",
			actions: "actions: [{target: $.a, update: {b: 2}}]", want: `{"a":[1,{"b":2}]}`},
		{name: "array target, update an object: appended, 1.1", version: v11, target: "{a: [1]}",
			actions: "actions: [{target: $.a, update: {b: 2}}]", want: `{"a":[1,{"b":2}]}`},
		{name: "array target, update a primitive: appended", version: v11, target: "{a: [1]}",
			actions: "actions: [{target: $.a, update: 2}]", want: `{"a":[1,2]}`},
		{name: "array target, update null: appended", version: v11, target: "{a: [1]}",
			actions: "actions: [{target: $.a, update: null}]", want: `{"a":[1,null]}`},

		{name: "primitive target, 1.0: not possible", version: v10, target: "{a: 1}",
			actions: "actions: [{target: $.a, update: 2}]", err: "Overlay 1.0 updates objects and arrays only"},
		{name: "primitive target, 1.1: replaced", version: v11, target: "{a: 1}",
			actions: "actions: [{target: $.a, update: two}]", want: `{"a":"two"}`},
		{name: "primitive target, 1.1: replaced by null", version: v11, target: "{a: 1}",
			actions: "actions: [{target: $.a, update: null}]", want: `{"a":null}`},
		{name: "primitive target, 1.1: in an array", version: v11, target: "{a: [1, 2]}",
			actions: "actions: [{target: '$.a[1]', update: 3}]", want: `{"a":[1,3]}`},
		{name: "primitive target, 1.1: object is an error", version: v11, target: "{a: 1}",
			actions: "actions: [{target: $.a, update: {b: 1}}]", err: "an object cannot be merged into the number 1 at #/a"},

		{name: "several targets: merged into each", version: v10, target: "{a: {}, b: {}}",
			actions: "actions: [{target: '$.*', update: {x: 1}}]", want: `{"a":{"x":1},"b":{"x":1}}`},
		{name: "several targets of different kinds, 1.0: into each", version: v10, target: "{a: {}, b: []}",
			actions: "actions: [{target: '$.*', update: {x: 1}}]", want: `{"a":{"x":1},"b":[{"x":1}]}`},
		{name: "several targets of different kinds, 1.1: error", version: v11, target: "{a: {}, b: []}",
			actions: "actions: [{target: '$.*', update: {x: 1}}]", err: "nodes of different kinds: an object at #/a (line 1) and an array at #/b"},
		{name: "several primitives of different types are one kind", version: v11, target: "{a: 1, b: text, c: null}",
			actions: "actions: [{target: '$.*', update: same}]", want: `{"a":"same","b":"same","c":"same"}`},
		{name: "several targets of different kinds: remove takes all", version: v11, target: "{a: {}, b: [], c: 1}",
			actions: "actions: [{target: '$.*', remove: true}]", want: `{}`},
		{name: "a node selected twice is updated once", version: v11, target: "{a: []}",
			actions: "actions: [{target: \"$['a','a']\", update: 1}]", want: `{"a":[1]}`},

		{name: "remove a member", version: v10, target: "{a: {b: 1, c: 2}}",
			actions: "actions: [{target: $.a.b, remove: true}]", want: `{"a":{"c":2}}`},
		{name: "remove entries of an array", version: v10, target: "{a: [{n: x}, {n: y}, {n: x}]}",
			actions: "actions: [{target: \"$.a[?@.n == 'x']\", remove: true}]", want: `{"a":[{"n":"y"}]}`},
		{name: "remove a node and one inside it", version: v11, target: "{a: {a: {a: 1}}, b: 1}",
			actions: "actions: [{target: $..a, remove: true}]", want: `{"b":1}`},
		{name: "remove the whole document", version: v11, target: "{a: 1}",
			actions: "actions: [{target: $, remove: true}]", err: "cannot be removed"},
		{name: "remove: false is no removal", version: v11, target: "{a: {}}",
			actions: "actions: [{target: $.a, remove: false, update: {b: 1}}]", want: `{"a":{"b":1}}`},
		{name: "update with remove: only removed, 1.0", version: v10, target: "{a: {}, b: 1}",
			actions: "actions: [{target: $.a, update: {c: 1}, remove: true}]", want: `{"b":1}`, warning: "ignored because remove is true"},
		{name: "copy with remove: only removed", version: v11, target: "{a: {}, b: 1}",
			actions: "actions: [{target: $.a, copy: $.nowhere, remove: true}]", want: `{"b":1}`, warning: "ignored because remove is true"},
		{name: "update with copy: neither has an effect", version: v11, target: "{a: {}, b: {x: 1}}",
			actions: "actions: [{target: $.a, copy: $.b, update: {c: 1}}]", want: `{"a":{},"b":{"x":1}}`, warning: "have no effect when both are given"},

		{name: "copy into an object merges", version: v11, target: "{a: {x: {p: 1}}, b: {x: {q: 2}, y: 3}}",
			actions: "actions: [{target: $.a, copy: $.b}]", want: `{"a":{"x":{"p":1,"q":2},"y":3},"b":{"x":{"q":2},"y":3}}`},
		{name: "copy an array into an array concatenates", version: v11, target: "{a: [1], b: [2]}",
			actions: "actions: [{target: $.a, copy: $.b}]", want: `{"a":[1,2],"b":[2]}`},
		{name: "copy an object into an array appends", version: v11, target: "{a: [1], b: {x: 2}}",
			actions: "actions: [{target: $.a, copy: $.b}]", want: `{"a":[1,{"x":2}],"b":{"x":2}}`},
		{name: "copy a primitive", version: v11, target: "{a: 1, b: text}",
			actions: "actions: [{target: $.a, copy: $.b}]", want: `{"a":"text","b":"text"}`},
		{name: "copy into several targets", version: v11, target: "{a: {}, c: {}, b: {x: 1}}",
			actions: "actions: [{target: \"$['a','c']\", copy: $.b}]", want: `{"a":{"x":1},"b":{"x":1},"c":{"x":1}}`},
		{name: "copy a node into itself", version: v11, target: "{a: [1, 2]}",
			actions: "actions: [{target: $.a, copy: $.a}]", want: `{"a":[1,2,1,2]}`},
		{name: "copy a node into its child", version: v11, target: "{a: {b: {}, c: 1}}",
			actions: "actions: [{target: $.a.b, copy: $.a}]", want: `{"a":{"b":{"b":{},"c":1},"c":1}}`},
		{name: "copy selects nothing", version: v11, target: "{a: {}}",
			actions: "actions: [{target: $.a, copy: $.b}]", err: "copy selects 0 nodes"},
		{name: "copy selects two", version: v11, target: "{a: {}, b: [{}, {}]}",
			actions: "actions: [{target: $.a, copy: '$.b[*]'}]", err: "copy selects 2 nodes"},
		{name: "copy is incompatible", version: v11, target: "{a: {x: 1}, b: {x: []}}",
			actions: "actions: [{target: $.a, copy: $.b}]", err: "an array cannot be merged into the number 1 at #/a/x"},
		{name: "copy with a target that selects nothing", version: v11, target: "{b: 1}",
			actions: "actions: [{target: $.a, copy: $.b}]", want: `{"b":1}`, warning: "selects nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := tree(t, c.target)
			applied, err := parse(t, c.version, c.actions).Apply(root)
			if c.err != "" {
				checkError(t, err, c.err)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := asJSON(t, root); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			checkWarning(t, applied.Warnings, c.warning)
		})
	}
}

// checkError wants an error that says where it happened, in the overlay, and holds text.
func checkError(t *testing.T, err error, text string) {
	t.Helper()
	var located *overlay.Error
	if !errors.As(err, &located) {
		t.Fatalf("error is %T %v, want an *overlay.Error", err, err)
	}
	if !strings.Contains(err.Error(), text) {
		t.Errorf("error %q lacks %q", err, text)
	}
	if located.File != "overlay.yaml" || located.Line != 3 || !strings.HasPrefix(located.Pointer, "/actions/0") {
		t.Errorf("error is at %s:%d %s", located.File, located.Line, located.Pointer)
	}
}

func checkWarning(t *testing.T, warnings []overlay.Warning, text string) {
	t.Helper()
	if text == "" {
		if len(warnings) > 0 {
			t.Errorf("unexpected warnings: %v", warnings)
		}
		return
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0].Message, text) {
		t.Fatalf("warnings are %v, want one with %q", warnings, text)
	}
	if w := warnings[0]; w.File != "overlay.yaml" || w.Line != 3 || w.Action != 0 || w.Target == "" {
		t.Errorf("warning lacks its place: %+v", w)
	}
}

func TestEmptyTarget(t *testing.T) {
	d := parse(t, "1.1.0", "actions: [{target: $, update: {a: 1}}]")
	for _, root := range []*yaml.Node{nil, {Kind: yaml.DocumentNode}} {
		applied, err := d.Apply(root)
		if err != nil || len(applied.Warnings) != 1 {
			t.Errorf("got %v, %v; want a warning", applied.Warnings, err)
		}
	}
}

// Each of these would need more memory than there is, if it were done as written.
func TestExplosions(t *testing.T) {
	var doubling strings.Builder
	doubling.WriteString("actions:\n")
	for i := range 40 {
		doubling.WriteString("- {target: $.a, copy: $.a, x-n: " + strconv.Itoa(i) + "}\n")
	}
	bomb := "a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
	for c := 'b'; c <= 'i'; c++ {
		bomb += string(c) + ": &" + string(c) + " [" + strings.TrimSuffix(strings.Repeat("*"+string(c-1)+", ", 10), ", ") + "]\n"
	}
	bomb += "last: {x: *i}\n"
	for name, c := range map[string]struct{ target, actions string }{
		"copy doubles":        {"a: [1]", doubling.String()},
		"alias bomb expanded": {bomb, "actions: [{target: '$.last.x[0]', update: 1}]"},
		"alias bomb copied":   {bomb, "actions: [{target: $.a, copy: $.last}]"},
		"alias bomb searched": {bomb, "actions: [{target: '$..x..y', update: 1}]"},
		"alias bomb filtered": {bomb, "actions: [{target: '$..[?@..z]', update: 1}]"},
		"alias in itself":     {"a: &a {b: *a}", "actions: [{target: $.a.b.b, update: {c: 1}}]"},
		"too deep":            {strings.Repeat("[", 2000) + strings.Repeat("]", 2000), "actions: [{target: $, update: 1}]"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parse(t, "1.1.0", c.actions).Apply(tree(t, c.target))
			var located *overlay.Error
			if !errors.As(err, &located) {
				t.Fatalf("error is %v, want an *overlay.Error", err)
			}
			t.Log(err)
		})
	}
}
