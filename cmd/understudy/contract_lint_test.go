package main

import (
	"os"
	"path/filepath"
	"testing"

	"understudy/contracts"
	"understudy/docs/schemas"
)

// TestSeedSchema: the reader of seed files and their schema take and refuse the same.
func TestSeedSchema(t *testing.T) {
	schema, err := schemas.Text("seed")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text string
		good bool
	}{
		{"resources: {/a: [{id: 1}]}", true},
		{"$schema: seed.schema.json\nresources: {}", true},
		{"contracts: {shop: {resources: {a: [], /b: [{x: null}]}}}", true},
		{`{"resources": {"/a": []}, "contracts": {"b": {"resources": {}}}}`, true},
		{"{}", true},
		{"[]", false},
		{"text", false},
		{"resource: {}", false},
		{"resources: []", false},
		{"resources: {/a: {id: 1}}", false},
		{"resources: {/a: text}", false},
		{"contracts: []", false},
		{"contracts: {shop: {}}", false},
		{"contracts: {shop: [a]}", false},
		{"contracts: {shop: {resources: {}, seed: 1}}", false},
		{"contracts: {shop: {resources: {/a: 1}}}", false},
	} {
		file := filepath.Join(t.TempDir(), "seeds.yaml")
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := readSeedFile(file)
		warnings, linting := contracts.LintFile(file, []byte(c.text), schema)
		if linting != nil || (err == nil) != c.good || (len(warnings) == 0) != c.good {
			t.Errorf("%s: the reader says %v and the schema %v, %v", c.text, err, warnings, linting)
		}
	}
}
