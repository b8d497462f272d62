package contracts_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"understudy/contracts"
)

func TestLint(t *testing.T) {
	files := fstest.MapFS{
		"openapi.yaml": {Data: []byte(`openapi: 3.0.3
info: {title: T}
paths:
  /a:
    get:
      responses:
        4xx: {description: lower case}
        "200":
          description: d
          content:
            application/json:
              schema: {$ref: pet.yaml}
              example: {$ref: 'https://example.com/data'}
    post:
      parameters:
        - {name: p, in: nowhere, schema: {$ref: '#/components/schemas/A'}}
      responses:
        "200": {$ref: '#/components/responses/Missing'}
components:
  schemas:
    A: {type: object, required: [b], properties: {b: {$ref: '#/components/schemas/B'}}}
    B: {type: object, required: [a], properties: {a: {$ref: '#/components/schemas/A'}}}
`)},
		"pet.yaml": {Data: []byte("type: object\nproperties:\n  name:\n    type: string\n    const: x\n")},
	}
	warnings, err := contracts.Lint(t.Context(), "openapi.yaml", contracts.Options{Files: files})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range warnings {
		got = append(got, fmt.Sprintf("%s:%d #%s %s", w.At.File, w.At.Line, w.At.Pointer, w.Message))
	}
	for _, want := range []string{
		"openapi.yaml:2 #/info this breaks the schema of OpenAPI 3.0.3: missing property 'version'",
		"openapi.yaml:7 #/paths/~1a/get/responses this breaks the schema of OpenAPI 3.0.3: additional properties '4xx' not allowed",
		`openapi.yaml:18 #/paths/~1a/post/responses/200 the reference "#/components/responses/Missing" leads nowhere`,
		"no value can fit these schemas, since each requires the next: ",
		"pet.yaml:4 #/properties/name this breaks the schema of OpenAPI 3.0.3: additional properties 'const' not allowed",
	} {
		found := false
		for _, line := range got {
			found = found || strings.Contains(line, want)
		}
		if !found {
			t.Errorf("not reported: %s", want)
		}
	}
	if t.Failed() {
		t.Logf("reported:\n%s", strings.Join(got, "\n"))
	}
}

func TestLintGoodDocument(t *testing.T) {
	const doc = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {}\n"
	warnings, err := contracts.Lint(t.Context(), "f.yaml", contracts.Options{Files: fstest.MapFS{"f.yaml": {Data: []byte(doc)}}})
	if err != nil || len(warnings) > 0 {
		t.Errorf("got %v, %v", warnings, err)
	}
}

// The library that lints prints nothing and reads nothing of its own.
func TestLintReadsNothing(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"secret.yaml": "type: string\ndescription: secret\n",
		"api/openapi.yaml": "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {}\n" +
			"components: {schemas: {A: {$ref: ../secret.yaml}, B: {default: {$ref: ../secret.yaml}}, C: {$ref: 'http://127.0.0.1:1/x'}}}\n",
	} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stdout := os.Stdout
	file, err := os.Create(filepath.Join(dir, "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout = file
	warnings, err := contracts.Lint(t.Context(), filepath.Join(dir, "api"), contracts.Options{})
	os.Stdout = stdout
	file.Close()
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) != 2 {
		t.Errorf("got %v, want a warning for each of the two references", warnings)
	}
	if printed, _ := os.ReadFile(filepath.Join(dir, "stdout")); len(printed) > 0 {
		t.Errorf("printed %s", printed)
	}
}
