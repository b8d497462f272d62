package control_test

import (
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/mock/control"

	"go.yaml.in/yaml/v4"
)

func document(t *testing.T) *contracts.Contract {
	t.Helper()
	c, err := ownDocument()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRoutesAreTheDocuments(t *testing.T) {
	var want []string
	for _, o := range document(t).Operations {
		want = append(want, o.Method+" "+o.Path+" "+o.ID)
	}
	got := control.New(control.Options{}).Routes()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the routes are\n%s\nthe document's operations\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestParametersAreTheDocuments(t *testing.T) {
	known := control.New(control.Options{}).Parameters()
	for _, o := range document(t).Operations {
		var want []string
		for _, p := range o.Parameters {
			if p.In != "query" {
				continue
			}
			name := p.Name
			if p.Style == "deepObject" {
				name += "[]"
			}
			want = append(want, name)
		}
		got := slices.Clone(known[o.ID])
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s knows the parameters %v, its document %v", o.ID, got, want)
		}
	}
}

func TestDocumentIsSound(t *testing.T) {
	c := document(t)
	for _, w := range c.Warnings {
		t.Errorf("%s:%d %s: %s", w.At.File, w.At.Line, w.At.Pointer, w.Message)
	}
	for _, o := range c.Operations {
		if o.Summary == "" || len(o.Tags) != 1 {
			t.Errorf("%s has no summary, or not one tag", o.ID)
		}
		for _, r := range o.Responses {
			for _, m := range r.Content {
				for _, e := range m.Examples {
					if list := m.Schema.Check(e.Value, schema.Response); len(list) > 0 {
						t.Errorf("%s %s: the example breaks its schema at %s: wanted %s, got %s", o.ID, r.Status, list[0].Pointer, list[0].Want, list[0].Got)
					}
				}
			}
		}
	}
	if slices.Contains(contracts.Builtins(), "control") {
		t.Error("the management API is listed among the contracts that can be served")
	}
}

func TestDocumentPassesTheSecondReader(t *testing.T) {
	data, err := contracts.Builtin("control", "openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "openapi.yaml")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	findings, err := contracts.Lint(t.Context(), name, contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		t.Errorf("line %d %s: %s", f.At.Line, f.At.Pointer, f.Message)
	}
}

func TestServedDocumentIsTheEmbeddedOne(t *testing.T) {
	s := start(t, control.Options{})
	_, text := s.get("/openapi.json")
	got, err := schema.ParseJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	data, err := contracts.Builtin("control", "openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	want, err := schema.Decode(root.Content[0])
	if err != nil {
		t.Fatal(err)
	}
	if !schema.Equal(got, want) {
		t.Error("GET /openapi.json is another document than the embedded one")
	}
	if !strings.HasPrefix(text, `{"openapi":"3.1`) {
		t.Errorf("the order of the document is lost: it begins %.40s", text)
	}
}

// TestEveryOperation calls every operation once, so that the judge sees its good answer.
func TestEveryOperation(t *testing.T) {
	s := start(t, control.Options{})
	s.call("POST", "/pets", `{"name":"Ada"}`)
	s.call("POST", "/pets", `{"name":""}`)
	s.settled(2)
	_, dump := s.get("/contracts/petstore/state/export")
	calls := []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/health", "", 200},
		{"GET", "/ready", "", 200},
		{"GET", "/version", "", 200},
		{"GET", "/clock", "", 200},
		{"GET", "/openapi.json", "", 200},
		{"GET", "/contracts", "", 200},
		{"GET", "/contracts/-", "", 200},
		{"GET", "/contracts/petstore/openapi.json", "", 200},
		{"GET", "/contracts/petstore/page", "", 200},
		{"GET", "/contracts/petstore/page/swagger-ui.css", "", 200},
		{"GET", "/contracts/petstore/explain", "", 200},
		{"GET", "/contracts/petstore/explain?format=text", "", 200},
		{"GET", "/contracts/petstore/explain?format=markdown", "", 200},
		{"GET", "/contracts/petstore/journal", "", 200},
		{"GET", "/contracts/petstore/journal/1", "", 200},
		{"GET", "/contracts/petstore/journal.har", "", 200},
		{"HEAD", "/contracts/petstore/journal/follow", "", 200},
		{"GET", "/contracts/petstore/state", "", 200},
		{"GET", "/contracts/petstore/state/items?collection=/pets", "", 200},
		{"GET", "/contracts/petstore/state/item?collection=/pets&id=1", "", 200},
		{"PUT", "/contracts/petstore/state/item?collection=/pets&id=1", `{"name":"Max"}`, 200},
		{"DELETE", "/contracts/petstore/state/item?collection=/pets&id=1", "", 204},
		{"POST", "/contracts/petstore/state/reset", "", 200},
		{"POST", "/contracts/petstore/state/import", dump, 200},
		{"DELETE", "/contracts/petstore/journal", "", 200},
		{"POST", "/reset", "", 200},
	}
	for _, c := range calls {
		r, err := http.NewRequestWithContext(t.Context(), c.method, s.url+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		if c.body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		response, err := s.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != c.status {
			t.Errorf("%s %s answered %d, want %d", c.method, c.path, response.StatusCode, c.status)
		}
	}
	seen := s.client.Transport.(*judge).seen
	for _, o := range document(t).Operations {
		if !seen[o.ID] {
			t.Errorf("nothing called %s", o.ID)
		}
	}
}

// TestEntryHasNoUnknownMembers holds the exported Go form against the document: both describe the same JSON.
func TestEntryHasNoUnknownMembers(t *testing.T) {
	for name, value := range map[string]any{
		"Entry": control.Entry{}, "Contract": control.Contract{}, "Stats": control.Stats{}, "Time": control.Time{},
		"Problem": control.Problem{}, "Body": control.Body{}, "Violation": control.Violation{}, "Trace": control.Trace{},
	} {
		want := map[string]bool{}
		for _, p := range document(t).Schemas {
			if p.Name == name {
				for _, member := range p.Schema.Properties {
					want[member.Name] = true
				}
			}
		}
		got := map[string]bool{}
		form := reflect.TypeOf(value)
		for i := range form.NumField() {
			if tag, _, _ := strings.Cut(form.Field(i).Tag.Get("json"), ","); tag != "" {
				got[tag] = true
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s has the members %v, its schema %v", name, got, want)
		}
	}
}
