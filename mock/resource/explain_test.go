package resource_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"understudy/contracts"
	"understudy/contracts/inference"
	"understudy/mock/resource"
)

var update = flag.Bool("update", false, "write the golden files anew")

// shelter is what is inferred of a document with most of what can be explained: pages, filters, an order, an action,
// a singleton, an operation without a role.
func shelter(t *testing.T) *inference.Model {
	t.Helper()
	c, err := contracts.Load(t.Context(), filepath.Join("testdata", "shelter.yaml"), contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return inference.Infer(c)
}

func TestExplainGolden(t *testing.T) {
	m := shelter(t)
	for format, ending := range map[string]string{"text": "txt", "json": "json", "markdown": "md"} {
		t.Run(format, func(t *testing.T) {
			var got bytes.Buffer
			if err := resource.Explain(&got, m, format); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", "shelter.explain."+ending)
			if *update {
				if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("%s differs; run with -update and look at the difference:\n%s", file, got.String())
			}
			if format == "text" {
				for line := range strings.Lines(got.String()) {
					if len(strings.TrimRight(line, "\n")) > 100 && !strings.Contains(line, "target:") {
						t.Errorf("a line of more than 100 columns: %s", line)
					}
				}
			}
		})
	}
}

func TestExplainRefusesUnknownFormats(t *testing.T) {
	err := resource.Explain(&bytes.Buffer{}, shelter(t), "pdf")
	if !errors.Is(err, resource.ErrFormat) || !strings.Contains(err.Error(), "markdown") {
		t.Errorf("the error is %v, want one that wraps ErrFormat and names the formats", err)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestExplainReturnsWriteErrors(t *testing.T) {
	m := shelter(t)
	for _, format := range []string{"text", "json", "markdown"} {
		if err := resource.Explain(brokenWriter{}, m, format); err == nil {
			t.Errorf("%s: no error from a writer that fails", format)
		}
	}
}

func explainSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "..", "docs", "schemas", "explain.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func checkExplanation(t *testing.T, s *jsonschema.Schema, m *inference.Model) {
	t.Helper()
	var out bytes.Buffer
	if err := resource.Explain(&out, m, "json"); err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(&out)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("the explanation breaks its schema: %v", err)
	}
}

func TestExplanationKeepsItsSchema(t *testing.T) {
	s := explainSchema(t)
	checkExplanation(t, s, shelter(t))
	var broken any
	if err := json.Unmarshal([]byte(`{"contract":{},"summary":{},"collections":[],"operations":[{}]}`), &broken); err != nil {
		t.Fatal(err)
	}
	if s.Validate(broken) == nil {
		t.Error("the schema accepts an operation without members")
	}
}

// realDocument loads a document of others, or skips; with CI=true the folder must be there.
func realDocument(t *testing.T, file string) *contracts.Contract {
	t.Helper()
	folder := cmp.Or(os.Getenv("SPECS"), filepath.Join("..", "..", "..", "shared", "specs"))
	if _, err := os.Stat(folder); err != nil && os.Getenv("CI") != "true" {
		t.Skipf("no folder of real documents: set SPECS to run this test: %v", err)
	}
	c, err := contracts.Load(t.Context(), filepath.Join(folder, file), contracts.Options{})
	if err != nil {
		t.Fatalf("load %s: %v", file, err)
	}
	return c
}

func TestExplanationsOfRealDocumentsKeepTheSchema(t *testing.T) {
	s := explainSchema(t)
	for _, file := range []string{"single/petstore.yaml", "single/hetzner-hcloud.json", "single/stripe-spec3.json", "single/xero-xero-accounting.yaml", "single/github-api-2026.json"} {
		t.Run(filepath.Base(file), func(t *testing.T) { checkExplanation(t, s, inference.Infer(realDocument(t, file))) })
	}
}

// TestExplanationsAreTheSame compares two explanations of a large document byte by byte.
func TestExplanationsAreTheSame(t *testing.T) {
	c := realDocument(t, "single/stripe-spec3.json")
	var texts [2]strings.Builder
	for i := range texts {
		if err := resource.Explain(&texts[i], inference.Infer(c), "json"); err != nil {
			t.Fatal(err)
		}
	}
	if texts[0].String() != texts[1].String() {
		t.Error("two explanations of one contract differ")
	}
}
