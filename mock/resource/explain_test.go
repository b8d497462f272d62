package resource_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"understudy/contracts"
	"understudy/mock/resource"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestExplainGolden(t *testing.T) {
	c, err := contracts.Load(t.Context(), filepath.Join("testdata", "shelter.yaml"), contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m := resource.Infer(c)
	for format, ending := range map[string]string{"text": "txt", "json": "json", "markdown": "md"} {
		t.Run(format, func(t *testing.T) {
			var got bytes.Buffer
			if err := m.Explain(&got, format); err != nil {
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
	m, _ := infer(t, "GET /pets 200 [@Pet]")
	err := m.Explain(&bytes.Buffer{}, "pdf")
	if !errors.Is(err, resource.ErrFormat) || !strings.Contains(err.Error(), "markdown") {
		t.Errorf("the error is %v, want one that wraps ErrFormat and names the formats", err)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestExplainReturnsWriteErrors(t *testing.T) {
	m, _ := infer(t, "GET /pets 200 [@Pet]")
	for _, format := range []string{"text", "json", "markdown"} {
		if err := m.Explain(brokenWriter{}, format); err == nil {
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

func checkExplanation(t *testing.T, s *jsonschema.Schema, m *resource.Model) {
	t.Helper()
	var out bytes.Buffer
	if err := m.Explain(&out, "json"); err != nil {
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
	m, _ := infer(t, "GET /pets 200 [@Pet] ? page={type: integer}; status=; sort=", "GET /pets/{id} 200 @Pet", "POST /pets/{id}/archive 200 @Pet", "POST /login 200 @Ack")
	checkExplanation(t, s, m)
	var broken any
	if err := json.Unmarshal([]byte(`{"contract":{},"summary":{},"collections":[],"operations":[{}]}`), &broken); err != nil {
		t.Fatal(err)
	}
	if s.Validate(broken) == nil {
		t.Error("the schema accepts an operation without members")
	}
}

func TestExplanationsOfRealDocumentsKeepTheSchema(t *testing.T) {
	s := explainSchema(t)
	for _, file := range []string{"single/petstore.yaml", "single/hetzner-hcloud.json", "single/stripe-spec3.json", "single/xero-xero-accounting.yaml", "single/github-api-2026.json"} {
		t.Run(filepath.Base(file), func(t *testing.T) { checkExplanation(t, s, resource.Infer(loadSpec(t, file))) })
	}
}
