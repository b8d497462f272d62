package contracts

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"understudy/contracts/schema"
)

func newReader(s string) *bufio.Reader { return bufio.NewReader(strings.NewReader(s)) }

// listOperation is a list as GitHub's: two path and five query parameters.
func listOperation(t testing.TB) *Operation {
	return operation("/repos/{owner}/{repo}/issues",
		parameter(t, "path", "owner", "", "{type: string}"),
		parameter(t, "path", "repo", "", "{type: string}"),
		parameter(t, "query", "state", "", "{type: string, enum: [open, closed, all]}"),
		parameter(t, "query", "labels", "", "{type: string}"),
		parameter(t, "query", "sort", "", "{type: string, enum: [created, updated, comments]}"),
		parameter(t, "query", "per_page", "", "{type: integer, minimum: 1, maximum: 100}"),
		parameter(t, "query", "page", "", "{type: integer}"),
	)
}

func BenchmarkDecodeParameters(b *testing.B) {
	list := listOperation(b)
	cases := []struct {
		name  string
		o     *Operation
		query string
		path  []string
	}{
		{"none", operation("/x"), "", nil},
		{"path", operation("/x/{id}", parameter(b, "path", "id", "", "{type: integer}")), "", []string{"12345"}},
		{"list", list, "state=open&labels=bug&sort=updated&per_page=30&page=2", []string{"octo", "hello"}},
		{"list without query", list, "", []string{"octo", "hello"}},
		{"deepObject", operation("/x", parameter(b, "query", "filter", "deepObject*", "{type: object, properties: {a: {type: integer}, b: {type: string}}}")), "filter[a]=1&filter[b]=x", nil},
	}
	for _, c := range cases {
		b.Run(c.name, func(b *testing.B) {
			r := request(c.query, http.Header{"Accept": {"*/*"}})
			b.ReportAllocs()
			for b.Loop() {
				if _, violations := c.o.DecodeParameters(r, c.path); len(violations) > 0 {
					b.Fatal(violations)
				}
			}
		})
	}
}

func BenchmarkDecodeForm(b *testing.B) {
	body := formBody(b, nil, `{type: object, properties: {amount: {type: integer}, currency: {type: string},
  metadata: {type: object, additionalProperties: {type: string}}, expand: {type: array, items: {type: string}}, capture: {type: boolean}}}`)
	raw := []byte("amount=2000&currency=usd&metadata[order]=6735&expand[]=customer&capture=true")
	b.ReportAllocs()
	for b.Loop() {
		decoded, violations, err := body.Decode(formType, raw)
		if err != nil || len(violations) > 0 || len(decoded.Validate(schema.Request)) > 0 {
			b.Fatal(violations, err)
		}
	}
}

func BenchmarkNegotiate(b *testing.B) {
	offered := offer("application/json", "application/xml", "text/plain")
	for _, accept := range []string{"", "*/*", "application/json", "text/html,application/xml;q=0.9,*/*;q=0.8"} {
		b.Run(accept, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := Negotiate(accept, offered); !ok {
					b.Fatal("not acceptable")
				}
			}
		})
	}
}

// BenchmarkMatch finds the operation of a path among many, and that there is none.
func BenchmarkMatch(b *testing.B) {
	var routes []string
	for i := range 500 {
		routes = append(routes, fmt.Sprintf("GET /v1/things%d", i), fmt.Sprintf("GET /v1/things%d/{id}", i), fmt.Sprintf("POST /v1/things%d/{id}/parts/{part}", i))
	}
	c := routed(b, []string{"/api"}, routes...)
	for _, one := range []struct {
		name, method, path string
		there              bool
	}{
		{"one", "GET", "/api/v1/things250/thing_1a2b3c4d", true},
		{"deep", "POST", "/api/v1/things499/thing_1a2b3c4d/parts/7", true},
		{"none", "GET", "/api/v1/nothing/7", false},
	} {
		b.Run(one.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if m := c.Match(one.method, one.path); (m.Operation != nil) != one.there {
					b.Fatal(m)
				}
			}
		})
	}
}
