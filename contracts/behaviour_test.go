package contracts_test

import (
	"os"
	"strings"
	"testing"

	"understudy/contracts"
)

// TestUnknownWords: a word that nobody reads is an error with its place and the nearest known word.
func TestUnknownWords(t *testing.T) {
	for _, c := range []struct{ name, document, want string }{
		{"root", "x-understudy: {nmae: x}", `unknown word "nmae" in x-understudy (at #/x-understudy/nmae): did you mean name?`},
		{"operation", "paths: {/a: {get: {x-understudy: {rol: read}, responses: {}}}}", `unknown word "rol"`},
		{"schema", "components: {schemas: {A: {type: string, x-understudy: {mak: email}}}}", `unknown word "mak"`},
		{"kind of value", "components: {schemas: {A: {type: string, x-understudy: {make: emial}}}}", `make cannot be "emial"`},
		{"role", "paths: {/a: {get: {x-understudy: {role: reed}, responses: {}}}}", `role cannot be "reed"`},
		{"number", "x-understudy: {validationStatus: many}", `"many" is not a whole number`},
		{"limit", "paths: {/a: {get: {x-understudy: {limit: [none]}, responses: {}}}}", `the limit "none" is not defined`},
		{"security", "security: [{nobody: []}]\npaths: {/a: {get: {responses: {}}}}", `the security scheme "nobody" is not defined`},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := t.TempDir() + "/openapi.yaml"
			if err := os.WriteFile(file, []byte("openapi: 3.1.0\ninfo: {title: t, version: '1'}\n"+c.document+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := contracts.Load(t.Context(), file, contracts.Options{})
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "openapi.yaml:3") {
				t.Errorf("got %v\nwant it to contain %q and the line 3", err, c.want)
			}
		})
	}
}

// TestSameShape: two templates of one shape, which OpenAPI forbids and real documents have, are told apart by what
// their path parameters take.
func TestSameShape(t *testing.T) {
	file := t.TempDir() + "/openapi.yaml"
	document := `openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /files/{id}:
    get: {operationId: byID, parameters: [{name: id, in: path, required: true, schema: {type: integer}}], responses: {}}
  /files/{name}:
    get: {operationId: byName, parameters: [{name: name, in: path, required: true, schema: {type: string}}], responses: {}}
`
	if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := contracts.Load(t.Context(), file, contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/files/12": "byID", "/files/notes.txt": "byName"} {
		if got := c.Match("GET", path).Operation; got == nil || got.ID != want {
			t.Errorf("%s is served by %v, want %s", path, got, want)
		}
	}
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0].Message, "same shape") {
		t.Errorf("the warnings are %v, want one about the shape", c.Warnings)
	}
}
