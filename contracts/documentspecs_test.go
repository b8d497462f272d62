package contracts

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// realDocument is one row of index.tsv in the folder of documents that others wrote.
type realDocument struct{ name, file string }

// realDocuments gives the folder's documents and its path. Without the folder the test is skipped, but not where
// CI is true.
func realDocuments(t testing.TB) ([]realDocument, string) {
	t.Helper()
	folder := os.Getenv("SPECS")
	if folder == "" {
		folder = filepath.Join("..", "..", "shared", "specs")
	} else if !filepath.IsAbs(folder) {
		folder = filepath.Join("..", folder)
	}
	index, err := os.ReadFile(filepath.Join(folder, "index.tsv"))
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the folder with real documents is missing: %v", err)
		}
		t.Skipf("no folder with real documents (set SPECS): %v", err)
	}
	var documents []realDocument
	for _, line := range strings.Split(strings.TrimSpace(string(index)), "\n")[1:] {
		columns := strings.Split(line, "\t")
		documents = append(documents, realDocument{columns[0], filepath.Join(folder, filepath.FromSlash(columns[2]))})
	}
	return documents, folder
}

func TestRealDocuments(t *testing.T) {
	documents, _ := realDocuments(t)
	if len(documents) < 58 {
		t.Errorf("only %d documents", len(documents))
	}
	// The faults that are really there: references to components that do not exist, in the second document
	// only in discriminator mappings.
	faults := map[string]int{"grocy": 7, "influxdata-cloud-src": 6}
	for i, doc := range documents {
		if Raced && i%4 != 0 {
			continue
		}
		t.Run(doc.name, func(t *testing.T) {
			d, err := readDocument(t.Context(), doc.file, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer d.close()
			warnings := d.checkReferences()
			if len(warnings) != faults[doc.name] {
				t.Errorf("%d references lead nowhere, want %d: %v", len(warnings), faults[doc.name], warnings)
			}
			for _, w := range warnings {
				if w.At.Line == 0 || w.At.File == "" || w.At.Pointer == "" {
					t.Errorf("a warning without a place: %v", w)
				}
			}
			bundle, err := d.bundle()
			if err != nil {
				t.Fatal(err)
			}
			if !json.Valid(bundle) {
				t.Fatal("the bundle is not JSON")
			}
			checkBundle(t, d, bundle)
		})
	}
}

// FuzzDocument: whatever the bytes are, reading, checking and bundling them ends without a panic.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{
		"openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {/a: {$ref: '#/paths/~1a'}}\n",
		"openapi: 3.0.0\nx: &a [*a]\n", "openapi: 3.0.0\na: &a {b: 1}\nc: {<<: [*a, {d: 2}]}\n",
		`{"openapi": "3.2.0", "components": {"schemas": {"A": {"$ref": "f.yaml#/components/schemas/B"}, "B": {"$ref": "#a"}}}}`,
		"{openapi: 3.1.0, components: {schemas: {A: {$anchor: a, $ref: '#a'}}}}", "\xff\xfeo\x00", "---\n---\n", "? [a]\n: b\n", "openapi: !!binary 3.0.0\n",
		"openapi: 3.1.0\npaths: {/a: {get: {callbacks: {c: {$ref: f.yaml#/paths/~1a/get/callbacks}}}}}\n",
		"openapi: 3.1.0\ncomponents: {$ref: g.yaml}\n", "openapi: 3.1.0\ncomponents: {schemas: {$ref: g.yaml#/schemas}}\npaths: {/a: {$ref: g.yaml}}\n",
	} {
		f.Add([]byte(seed), []byte("schemas: {G: {$ref: f.yaml}, H: {$ref: '#/schemas/G'}}\n"))
	}
	limits := Limits{Bytes: 1 << 16, Total: 1 << 17, Depth: 64, Nodes: 2000, References: 500, Files: 4}
	f.Fuzz(func(t *testing.T, root, other []byte) {
		files := fstest.MapFS{"f.yaml": {Data: root}, "g.yaml": {Data: other}}
		d, err := readDocument(context.Background(), "f.yaml", Options{Files: files, Limits: limits})
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		warnings := d.checkReferences()
		bundle, err := d.bundle()
		if err != nil {
			return
		}
		if !json.Valid(bundle) {
			t.Fatalf("the bundle is not JSON: %s", bundle)
		}
		_ = warnings
	})
}
