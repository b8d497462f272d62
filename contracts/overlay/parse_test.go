package overlay_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"understudy/contracts/overlay"
)

func TestParse(t *testing.T) {
	const yamlText = `overlay: 1.1.0
info:
  title: Behaviour
  version: '2'
  description: What it does
  x-team: a
extends: ./openapi.yaml
actions:
  - target: $.info
    description: why
    update: {x: 1}
    x-note: {any: thing}
  - target: $.paths['/a']
    copy: $.paths['/b']
  - {target: $.servers, remove: true}
x-more: []
`
	const jsonText = "\ufeff{\"overlay\": \"1.1.0\",\r\n\t\"info\": {\"title\": \"Behaviour\", \"version\": \"2\", \"description\": \"What it does\"},\n" +
		`"extends": ".\/openapi.yaml", "x-smile": "\ud83d\ude00", "x-n": [1.5e3, -2, true, false, null, {}],
"actions": [
 {"target": "$.info", "description": "why",
  "update": {"x": 1}},



 {"target": "$.paths['/a']", "copy": "$.paths['/b']"},

 {"target": "$.servers", "remove": true}]}`
	for name, text := range map[string]string{"YAML": yamlText, "JSON": jsonText} {
		t.Run(name, func(t *testing.T) {
			d, err := overlay.Parse("o", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if d.File != "o" || d.Version != "1.1.0" || d.Title != "Behaviour" || d.InfoVersion != "2" ||
				d.Description != "What it does" || d.Extends != "./openapi.yaml" || len(d.Actions) != 3 {
				t.Errorf("got %+v", d)
			}
			a, b, c := d.Actions[0], d.Actions[1], d.Actions[2]
			if a.Target != "$.info" || a.Description != "why" || b.Copy != "$.paths['/b']" || !c.Remove || a.Remove {
				t.Errorf("got %+v, %+v, %+v", a, b, c)
			}
			if want := map[string][3]int{"YAML": {9, 13, 15}, "JSON": {5, 10, 12}}[name]; [3]int{a.Line, b.Line, c.Line} != want {
				t.Errorf("actions on lines %d, %d, %d; want %v", a.Line, b.Line, c.Line, want)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	head := "overlay: 1.1.0\ninfo: {title: T, version: '1'}\n"
	for _, c := range []struct {
		name, text string
		line       int
		pointer    string
		want       string // part of the text
	}{
		{"empty", " \n", 1, "", "is empty"},
		{"not UTF-8", "overlay: \xff", 0, "", "not UTF-8"},
		{"too large", strings.Repeat(" ", 17<<20), 0, "", "larger than 16 MiB"},
		{"syntax", "overlay: 1.1.0\nactions: [1\ninfo: }", 3, "", "neither YAML nor JSON"},
		{"two documents", "a: 1\n---\nb: 1\n", 0, "", "multiple"},
		{"unknown alias", "a: *b\n", 1, "", "unknown anchor"},
		{"alias in itself", "a: &a [*a]\n", 1, "", "an alias refers to a node that contains it"},
		{"too deep", head + "x-a: " + strings.Repeat("[", 600) + strings.Repeat("]", 600), 3, "", "nested more than"},
		{"array", "- 1\n", 1, "", "an array and not an object"},
		{"OpenAPI document", "openapi: 3.1.0\n", 1, "", "no Overlay document"},
		{"version 2", "overlay: 2.0.0\ninfo: 1\n", 1, "/overlay", "only 1.0.x and 1.1.x are read"},
		{"version 1.2", "overlay: 1.2.0\ninfo: 1\n", 1, "/overlay", "only 1.0.x and 1.1.x are read"},
		{"version is a number", "overlay: 1.1\n", 1, "/overlay", "the number 1.1"},
		{"version without patch", "overlay: '1.1'\n", 1, "/overlay", `the string "1.1"`},
		{"misspelt field", head + "action: []\nactions: [{target: $}]", 3, "/action", `no field "action"`},
		{"misspelt field in info", "overlay: 1.1.0\ninfo: {title: T, version: '1', tilte: x}\nactions: [{target: $}]", 2, "/info/tilte", `no field "tilte"`},
		{"misspelt field in action", head + "actions:\n- target: $\n  updte: 1", 5, "/actions/0/updte", "known are target, description, update, remove, copy"},
		{"copy in 1.0", "overlay: 1.0.0\ninfo: {title: T, version: '1'}\nactions:\n- target: $\n  copy: $.a", 5, "/actions/0/copy", `Overlay 1.0.0 has no field "copy"`},
		{"info.description in 1.0", "overlay: 1.0.1\ninfo: {title: T, version: '1', description: x}\nactions: [{target: $}]", 2, "/info/description", "Overlay 1.0.1 has no field"},
		{"title missing", "overlay: 1.1.0\ninfo: {version: '1'}\nactions: [{target: $}]", 2, "/info", `"title" is missing`},
		{"version of info unquoted", "overlay: 1.1.0\ninfo: {title: T, version: 1.0}\nactions: [{target: $}]", 2, "/info/version", `put it in quotes: version: "1.0"`},
		{"actions empty", head + "actions: []", 3, "/actions", "is empty"},
		{"action twice", head + "actions:\n- {target: $.a, remove: true}\n- {remove: true, target: $.a}", 5, "/actions/1", "the same as /actions/0"},
		{"name twice", head + "actions:\n- target: $.a\n  update: {a: 1, b: 2,\n    a: 3}", 6, "/actions/0/update/a", "stands twice"},
		{"name twice in JSON", "{\"overlay\": \"1.1.0\",\n\"overlay\": \"1.1.0\"}", 2, "/overlay", "stands twice"},
		{"key is an object", head + "actions:\n- {target: $.a, update: {? {b: 1} : 1}}", 4, "/actions/0/update", "a key is not a name"},
		{"target is no JSONPath", head + "actions:\n- target: $.a[", 4, "/actions/0/target", "is not a JSONPath expression"},
		{"target is a JSON Pointer", head + "actions:\n- target: /paths", 4, "/actions/0/target", "begins with $"},
		{"copy is no JSONPath", head + "actions:\n- target: $\n  copy: b", 5, "/actions/0/copy", "is not a JSONPath expression"},
		{"remove is a string", head + "actions:\n- target: $\n  remove: 'true'", 5, "/actions/0/remove", "not a boolean"},
		{"extends is no reference", head + "extends: 'http://[x'\nactions: [{target: $}]", 3, "/extends", "not a URI reference"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := overlay.Parse("o.yaml", []byte(c.text))
			var located *overlay.Error
			if !errors.As(err, &located) {
				t.Fatalf("error is %v, want an *overlay.Error", err)
			}
			if located.File != "o.yaml" || located.Line != c.line || located.Pointer != c.pointer {
				t.Errorf("error is at %s:%d %q, want line %d %q: %v", located.File, located.Line, located.Pointer, c.line, c.pointer, err)
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q lacks %q", err, c.want)
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	_, err := overlay.Parse("my/o.yaml", []byte("overlay: 1.1.0\ninfo: {title: T, version: '1'}\nactions:\n- {target: $.a, remove: 1}"))
	const want = "my/o.yaml:4: remove is the number 1 and not a boolean (at #/actions/0/remove): write true or false"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// All problems are reported, up to a limit.
func TestManyProblems(t *testing.T) {
	var b strings.Builder
	b.WriteString("overlay: 1.1.0\ninfo: {title: T, version: '1'}\nactions:\n")
	for i := range 50 {
		fmt.Fprintf(&b, "- {target: $.a, remove: %d}\n", i)
	}
	_, err := overlay.Parse("o", []byte(b.String()))
	if n := strings.Count(fmt.Sprint(err), "not a boolean"); n != 20 {
		t.Errorf("%d problems are reported, want 20", n)
	}
}

func TestAliasBombInOverlay(t *testing.T) {
	text := "x-a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n"
	for c := 'b'; c <= 'i'; c++ {
		text += fmt.Sprintf("x-%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c, ", c-1), 10), ", "))
	}
	_, err := overlay.Parse("o", []byte(text))
	if err == nil || !strings.Contains(err.Error(), "too many nodes") {
		t.Errorf("error is %v", err)
	}
}
