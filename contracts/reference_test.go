package contracts

import (
	"strings"
	"testing"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

func TestResolve(t *testing.T) {
	_, files := unpack(t, "documents/references.txtar")
	d, err := readDocument(t.Context(), "openapi.yaml", Options{Files: files})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		from, ref string
		want      string // title of the target, or part of the error
		file      string
		pointer   string
	}{
		{"openapi.yaml", "#/components/schemas/Pet", "pet", "openapi.yaml", "/components/schemas/Pet"},
		{"openapi.yaml", "#/paths/~1a~1{b}~0c/x-schema", "escaped", "openapi.yaml", "/paths/~1a~1{b}~0c/x-schema"},
		{"openapi.yaml", "#/paths/~1a~1%7Bb%7D~0c/x-schema", "escaped", "openapi.yaml", "/paths/~1a~1{b}~0c/x-schema"},
		{"openapi.yaml", "#/x-list/1", "second", "openapi.yaml", "/x-list/1"},
		{"openapi.yaml", "#/x-list/01", `there is no "01" at #/x-list of openapi.yaml`, "", ""},
		{"openapi.yaml", "#/x-list/2", `there is no "2" at #/x-list of openapi.yaml`, "", ""},
		{"openapi.yaml", "#/x-empty/", "under an empty key", "openapi.yaml", "/x-empty/"},
		{"openapi.yaml", "#", "root", "openapi.yaml", ""},
		{"openapi.yaml", "", "root", "openapi.yaml", ""},
		{"openapi.yaml", "#here", "anchored", "openapi.yaml", "/components/schemas/Anchored"},
		{"openapi.yaml", "#there", "dynamically anchored", "openapi.yaml", "/components/schemas/Anchored/properties/a"},
		{"openapi.yaml", "#in-example", `there is no $anchor "in-example"`, "", ""},
		{"openapi.yaml", "schemas/toy.yaml", "toy", "schemas/toy.yaml", ""},
		{"openapi.yaml", "./schemas/toy.yaml#/properties/size", "size", "schemas/toy.yaml", "/properties/size"},
		{"openapi.yaml", "schemas/my%20toy.json#/My%20Toy", "spaced", "schemas/my toy.json", "/My Toy"},
		{"schemas/toy.yaml", "#/properties/size", "size", "schemas/toy.yaml", "/properties/size"},
		{"schemas/toy.yaml", "toy.yaml#size", "size", "schemas/toy.yaml", "/properties/size"},
		{"schemas/toy.yaml", "../openapi.yaml#/components/schemas/Pet", "pet", "openapi.yaml", "/components/schemas/Pet"},
		// A part of a document that takes itself for the whole.
		{"schemas/toy.yaml", "#/components/schemas/Pet", "pet", "openapi.yaml", "/components/schemas/Pet"},
		// A pointer through a reference.
		{"openapi.yaml", "#/components/schemas/Toy/properties/size", "size", "schemas/toy.yaml", "/properties/size"},
		// Identifiers.
		{"openapi.yaml", "https://example.com/api/openapi.yaml#/components/schemas/Pet", "pet", "openapi.yaml", "/components/schemas/Pet"},
		{"openapi.yaml", "https://example.com/api/schemas/toy.yaml", "toy", "schemas/toy.yaml", ""},
		{"openapi.yaml", "https://example.com/ids/anchored", "anchored", "openapi.yaml", "/components/schemas/Anchored"},
		{"openapi.yaml", "https://example.com/ids/anchored#/properties/a", "dynamically anchored", "openapi.yaml", "/components/schemas/Anchored/properties/a"},
		// Places that no file of the document has count as the root document: overlays.
		{"overlay.yaml", "schemas/toy.yaml", "toy", "schemas/toy.yaml", ""},
		{"openapi.yaml", "schemas/broken.yaml", "schemas/broken.yaml:2: the YAML is broken", "", ""},
		{"openapi.yaml", "#/components/%ZZ", "percent escapes", "", ""},
		{"openapi.yaml", "#/components/schemas/Pet/title/deeper", `there is no "deeper"`, "", ""},
		{"openapi.yaml", ":", "not a URI", "", ""},
	} {
		n, at, err := d.resolve(schema.Location{File: test.from}, test.ref)
		if err != nil {
			if test.file != "" || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s from %s: %v", test.ref, test.from, err)
			}
			continue
		}
		if title := text(n, "title"); title != test.want || at.File != test.file || at.Pointer != test.pointer || at.Line != n.Line {
			t.Errorf("%s from %s: %q at %v, want %q at %s#%s", test.ref, test.from, title, at, test.want, test.file, test.pointer)
		}
	}
}

func TestLocate(t *testing.T) {
	child := &yaml.Node{Kind: yaml.ScalarNode, Line: 7}
	inserted, copied, shared := &yaml.Node{Line: 3}, &yaml.Node{Line: 4}, &yaml.Node{}
	d := &document{file: "openapi.yaml", origin: map[*yaml.Node]string{inserted: "overlay.yaml", copied: ""}}
	parent := schema.Location{File: "openapi.yaml", Line: 5, Pointer: "/paths"}
	for _, test := range []struct {
		parent schema.Location
		node   *yaml.Node
		want   schema.Location
	}{
		{parent, child, schema.Location{File: "openapi.yaml", Line: 7, Pointer: "/paths/~1a~0b"}},
		{parent, inserted, schema.Location{File: "overlay.yaml", Line: 3, Pointer: "/paths/~1a~0b"}},
		{schema.Location{File: "overlay.yaml"}, copied, schema.Location{File: "openapi.yaml", Line: 4, Pointer: "/~1a~0b"}},
		{parent, shared, schema.Location{File: "openapi.yaml", Line: 5, Pointer: "/paths/~1a~0b"}},
	} {
		if got := d.locate(test.parent, test.node, "/a~b"); got != test.want {
			t.Errorf("got %v, want %v", got, test.want)
		}
	}
}

// A $ref in data is not a reference; one among properties, and one that an example is, are.
func TestDataIsNoReference(t *testing.T) {
	_, files := unpack(t, "documents/data.txtar")
	d, err := readDocument(t.Context(), "openapi.yaml", Options{Files: files})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	d.walkReferences(func(s site) { got = append(got, s.ref+" at "+s.at.Pointer) })
	golden(t, "documents/data.golden", strings.Join(got, "\n")+"\n")
}
