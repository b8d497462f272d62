package schemas_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"understudy/docs/schemas"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestSchemas: each file is listed, each one listed is there, and each is a schema that editors understand: it has words for
// people, and its expressions are of the part that Go and JavaScript read alike.
func TestSchemas(t *testing.T) {
	files, err := filepath.Glob("*.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if name := strings.TrimSuffix(file, ".schema.json"); !slices.ContainsFunc(schemas.Schemas, func(s schemas.Schema) bool { return s.Name == name }) {
			t.Errorf("%s is not listed", file)
		}
	}
	for _, s := range schemas.Schemas {
		t.Run(s.Name, func(t *testing.T) {
			text, err := schemas.Text(s.Name)
			if err != nil {
				t.Fatal(err)
			}
			if published, err := os.ReadFile(s.Name + ".schema.json"); err != nil || string(published) != string(text) {
				t.Errorf("it is not the published one: %v", err)
			}
			var schema map[string]any
			if err := json.Unmarshal(text, &schema); err != nil {
				t.Fatal(err)
			}
			if schema["$schema"] != "https://json-schema.org/draft/2020-12/schema" || schema["title"] == "" || schema["description"] == "" {
				t.Errorf("the head is %v, %v, %v", schema["$schema"], schema["title"], schema["description"])
			}
			c := jsonschema.NewCompiler()
			if err := c.AddResource("urn:schema", any(schema)); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Compile("urn:schema"); err != nil {
				t.Error(err)
			}
			look(t, "", schema)
		})
	}
}

// perl is what Go reads and JavaScript does not, or otherwise.
var perl = regexp.MustCompile(`\(\?[^:]|\\[AzZQEpP]|\[\[:`)

func look(t *testing.T, at string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			if text, ok := member.(string); ok && name == "pattern" && perl.MatchString(text) {
				t.Errorf("%s: editors do not read the expression %s", at, text)
			}
			if text, ok := member.(string); ok && name == "$ref" && !strings.HasPrefix(text, "#") {
				t.Errorf("%s: it leads to another file: %s", at, text)
			}
			look(t, at+"/"+name, member)
		}
	case []any:
		for _, item := range v {
			look(t, at, item)
		}
	}
}

func TestText(t *testing.T) {
	if _, err := schemas.Text("../x-understudy"); err == nil || !strings.Contains(err.Error(), "there are x-understudy, seed") {
		t.Errorf("got %v, want the names that there are", err)
	}
}
