package inference_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/contracts/inference"
)

// specs gives the folder of real documents, or skips; with CI=true it must be there.
func specs(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("SPECS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "specs")
	}
	if _, err := os.Stat(filepath.Join(dir, "index.tsv")); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the folder of real documents is missing: set SPECS: %v", err)
		}
		t.Skip("no folder of real documents: set SPECS to run this test")
	}
	return dir
}

func loadSpec(t testing.TB, file string) *contracts.Contract {
	t.Helper()
	c, err := contracts.Load(t.Context(), filepath.Join(specs(t), file), contracts.Options{})
	if err != nil {
		t.Fatalf("load %s: %v", file, err)
	}
	return c
}

func find(t testing.TB, c *contracts.Contract, operation string) *contracts.Operation {
	t.Helper()
	for _, o := range c.Operations {
		if o.Method+" "+o.Path == operation {
			return o
		}
	}
	t.Fatalf("no operation %s", operation)
	return nil
}

func TestRolesOfRealDocuments(t *testing.T) {
	specs(t)
	table, err := os.ReadFile(filepath.Join("testdata", "roles.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][][]string{}
	var files []string
	for line := range strings.Lines(string(table)) {
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if len(f) != 4 {
			t.Fatalf("roles.tsv: %d columns in %q", len(f), line)
		}
		if rows[f[0]] == nil {
			files = append(files, f[0])
		}
		rows[f[0]] = append(rows[f[0]], f)
	}
	for i, file := range files {
		if raced && i%4 != 0 {
			continue
		}
		t.Run(filepath.Base(file), func(t *testing.T) {
			c := loadSpec(t, file)
			m := inference.Infer(c)
			for _, row := range rows[file] {
				b := m.Binding(find(t, c, row[1]))
				path := "-"
				if b.Collection != nil {
					path = b.Collection.Path
				}
				if string(b.Role) != row[2] || path != row[3] {
					t.Errorf("%s: %s of %s, want %s of %s (%s)", row[1], b.Role, path, row[2], row[3], strings.Join(b.Reasons, "; "))
				}
			}
		})
	}
}

// TestIDsOfRealDocuments looks at ids, scopes and envelopes where they differ most.
func TestIDsOfRealDocuments(t *testing.T) {
	tests := []struct {
		file, operation    string
		property           string   // of the id
		params             []string // of this operation
		scope              []string // of this operation
		item               string
		array, server, not bool // not: does not show the item
	}{
		{"single/petstore.yaml", "GET /pet/{petId}", "id", []string{"petId"}, nil, "", false, true, false},
		{"single/petstore.yaml", "GET /user/{username}", "username", []string{"username"}, nil, "", false, false, false},
		{"single/petstore.yaml", "PUT /pet", "id", []string{""}, nil, "", false, true, false},
		{"single/stripe-spec3.json", "GET /v1/customers/{customer}/tax_ids/{id}", "id", []string{"id"}, []string{"customer"}, "", false, true, false},
		{"single/stripe-spec3.json", "GET /v1/customers/search", "id", []string{""}, nil, "/data", false, true, false},
		{"single/hetzner-hcloud.json", "GET /servers/{id}", "id", []string{"id"}, nil, "/server", false, true, false},
		{"single/hetzner-hcloud.json", "POST /servers", "id", []string{""}, nil, "/server", false, true, false},
		{"single/kubernetes-apps-v1.json", "PUT /apis/apps/v1/namespaces/{namespace}/deployments/{name}", "/metadata/name", []string{"name"}, []string{"namespace"}, "", false, false, false},
		{"single/kubernetes-apps-v1.json", "GET /apis/apps/v1/deployments", "/metadata/name", []string{""}, []string{""}, "/items", false, false, false},
		{"single/twilio-twilio-api-v2010.yaml", "GET /2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json", "sid", []string{"Sid"}, []string{"AccountSid"}, "", false, true, false},
		{"single/xero-xero-accounting.yaml", "GET /Contacts/{ContactID}", "ContactID", []string{"ContactID"}, nil, "/Contacts", true, true, false},
		{"single/readme-30-star-trek.json", "GET /animal", "uid", []string{"uid"}, nil, "/animal", false, true, false},
		{"single/github-api-2026.json", "GET /repos/{owner}/{repo}", "name", []string{"owner", "repo"}, nil, "", false, false, false},
		{"single/github-api-2026.json", "GET /repos/{owner}/{repo}/issues/{issue_number}", "number", []string{"issue_number"}, []string{"owner", "repo"}, "", false, true, false},
		{"single/github-api-2026.json", "GET /users/{username}", "login", []string{"username"}, nil, "", false, true, false},
		{"single/github-api-2026.json", "GET /orgs/{org}/repos", "name", []string{"", ""}, nil, "", false, false, false},
		{"single/github-api-2026.json", "PUT /gists/{gist_id}/star", "id", []string{"gist_id"}, nil, "", false, true, true},
	}
	models := map[string]*inference.Model{}
	for _, tt := range tests {
		t.Run(filepath.Base(tt.file)+" "+tt.operation, func(t *testing.T) {
			m := models[tt.file]
			if m == nil {
				m = inference.Infer(loadSpec(t, tt.file))
				models[tt.file] = m
			}
			b := m.Binding(find(t, m.Contract, tt.operation))
			if b.Collection == nil {
				t.Fatalf("has no collection: %v", b.Reasons)
			}
			id := b.Collection.ID
			if id.Property != tt.property || id.Server != tt.server {
				t.Errorf("the id is %q, chosen by the server: %v, want %q, %v", id.Property, id.Server, tt.property, tt.server)
			}
			if got, want := strings.Join(b.ItemParams, " "), strings.Join(tt.params, " "); got != want {
				t.Errorf("parameters of the item are %q, want %q", got, want)
			}
			if got, want := strings.Join(b.ScopeParams, " "), strings.Join(tt.scope, " "); got != want {
				t.Errorf("parameters of the scope are %q, want %q", got, want)
			}
			if b.Item != tt.item || b.Array != tt.array || b.Shows == tt.not {
				t.Errorf("the item is at %q (array %v, shown %v), want %q (%v, %v)", b.Item, b.Array, b.Shows, tt.item, tt.array, !tt.not)
			}
		})
	}
}

// TestInferIsDeterministic compares all that two runs over a large document say.
func TestInferIsDeterministic(t *testing.T) {
	c := loadSpec(t, "single/stripe-spec3.json")
	if first, second := modelText(inference.Infer(c)), modelText(inference.Infer(c)); first != second {
		t.Error("two runs over one contract differ")
	}
}

// modelText writes a model down.
func modelText(m *inference.Model) string {
	var y strings.Builder
	for _, c := range m.Collections {
		id, scope := c.ID, ""
		for _, p := range c.Scope {
			scope += p.Name + "=" + p.Property + " "
		}
		fmt.Fprintln(&y, c.Path, c.ItemName(), id.Params, id.Property, id.Others, id.Prefix, id.Server, scope, c.Unique, c.Examples, c.Confidence, c.Reasons)
	}
	for _, o := range m.Contract.Operations {
		b := m.Binding(o)
		fmt.Fprintln(&y, told(b), b.ItemParams, b.ScopeParams, pagingText(b.Page), b.Filters, restText(b), b.Set, b.Requires, b.Fill, b.Confidence, b.Reasons, b.Override)
	}
	return y.String()
}

// TestEveryOperationIsBound walks all documents: every operation has a binding that keeps the model's promises.
func TestEveryOperationIsBound(t *testing.T) {
	dir := specs(t)
	for _, pattern := range []string{"single/*.*", "multi/digitalocean/DigitalOcean-public.v2.yaml", "multi/hatchet/openapi.yaml"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for i, file := range files {
			if raced && i%4 != 0 {
				continue
			}
			t.Run(filepath.Base(file), func(t *testing.T) {
				c, err := contracts.Load(t.Context(), file, contracts.Options{})
				if err != nil {
					t.Skipf("cannot be loaded: %v", err)
				}
				m := inference.Infer(c)
				known := map[*inference.Collection]bool{}
				for _, x := range m.Collections {
					if x.Parent != nil && !known[x.Parent] {
						t.Errorf("%s comes before its parent %s", x.Path, x.Parent.Path)
					}
					known[x] = true
				}
				for _, o := range c.Operations {
					checkBinding(t, m.Binding(o), known)
				}
			})
		}
	}
}

func checkBinding(t *testing.T, b *inference.Binding, known map[*inference.Collection]bool) {
	t.Helper()
	name := b.Operation.Method + " " + b.Operation.Path
	if len(b.Reasons) == 0 || b.Confidence <= 0 || b.Confidence > 1 || b.Override == "" {
		t.Errorf("%s: reasons %v, confidence %v, override %q", name, b.Reasons, b.Confidence, b.Override)
	}
	if b.Role == inference.None {
		if b.Collection != nil {
			t.Errorf("%s: no role, but the collection %s", name, b.Collection.Path)
		}
		return
	}
	c := b.Collection
	if c == nil || !known[c] {
		t.Errorf("%s: %s without a collection of the model", name, b.Role)
		return
	}
	if len(b.ItemParams) != len(c.ID.Params) || len(b.ScopeParams) != len(c.Scope) {
		t.Errorf("%s: parameters %v %v are not aligned with %v %v", name, b.ItemParams, b.ScopeParams, c.ID.Params, c.Scope)
	}
	if len(c.ID.Params) > 0 && len(c.ID.Others) != len(c.ID.Params)-1 {
		t.Errorf("%s: %d parameters and %d others", c.Path, len(c.ID.Params), len(c.ID.Others))
	}
}

func BenchmarkInfer(b *testing.B) {
	for _, file := range []string{"single/petstore.yaml", "single/stripe-spec3.json", "single/github-api-2026.json"} {
		b.Run(filepath.Base(file), func(b *testing.B) {
			c := loadSpec(b, file)
			b.ReportAllocs()
			for b.Loop() {
				inference.Infer(c)
			}
		})
	}
}
