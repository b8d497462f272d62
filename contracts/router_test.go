package contracts

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func routed(t testing.TB, bases []string, routes ...string) *Contract {
	t.Helper()
	c := &Contract{}
	for _, route := range routes {
		method, path, _ := strings.Cut(route, " ")
		segments, ok := parsePath(path)
		if !ok {
			t.Fatalf("the path %q cannot be read", path)
		}
		c.Operations = append(c.Operations, &Operation{ID: route, Method: method, Path: path, Segments: segments})
	}
	c.router = newRouter(c.Operations, bases, func(first, second *Operation) {})
	return c
}

func TestMatch(t *testing.T) {
	c := routed(t, []string{"/v1", ""}, "GET /pets", "POST /pets", "GET /pets/{id}", "GET /pets/mine", "GET /pets/{id}/toys/{toy}",
		"GET /{kind}/mine/all", "GET /files/{name}.json", "GET /files/{name}", "GET /files/{a}.{b}", "GET /", "GET /slash/", "POST /jobs/{id}:cancel", "GET /jobs/{id}", "GET /sp ace")
	for _, test := range []struct {
		method, path, want string
		values             []string
		allow              string
	}{
		{"GET", "/pets", "GET /pets", nil, ""},
		{"GET", "/v1/pets", "GET /pets", nil, ""},
		{"HEAD", "/pets", "GET /pets", nil, ""},
		{"GET", "/pets/7", "GET /pets/{id}", []string{"7"}, ""},
		{"GET", "/pets/mine", "GET /pets/mine", nil, ""},
		{"GET", "/pets/a%2Fb", "GET /pets/{id}", []string{"a%2Fb"}, ""},
		{"GET", "/pets/1/toys/2", "GET /pets/{id}/toys/{toy}", []string{"1", "2"}, ""},
		{"GET", "/pets/mine/all", "GET /{kind}/mine/all", []string{"pets"}, ""},
		{"GET", "/files/x.json", "GET /files/{name}.json", []string{"x"}, ""},
		{"GET", "/files/x.yaml", "GET /files/{a}.{b}", []string{"x", "yaml"}, ""},
		{"GET", "/files/plain", "GET /files/{name}", []string{"plain"}, ""},
		{"GET", "/", "GET /", nil, ""},
		{"GET", "/v1", "GET /", nil, ""},
		{"GET", "/slash/", "GET /slash/", nil, ""},
		{"GET", "/slash", "", nil, ""},
		{"POST", "/jobs/5:cancel", "POST /jobs/{id}:cancel", []string{"5"}, ""},
		{"GET", "/jobs/5", "GET /jobs/{id}", []string{"5"}, ""},
		{"GET", "/sp%20ace", "GET /sp ace", nil, ""},
		{"GET", "/pets/", "", nil, ""},
		{"GET", "/v1pets", "", nil, ""},
		{"GET", "/nothing", "", nil, ""},
		{"DELETE", "/pets", "", nil, "GET, HEAD, POST, OPTIONS"},
	} {
		m := c.Match(test.method, test.path)
		got := ""
		if m.Operation != nil {
			got = m.Operation.ID
		}
		if got != test.want || !slices.Equal(m.Values, test.values) {
			t.Errorf("%s %s: got %q %q, want %q %q", test.method, test.path, got, m.Values, test.want, test.values)
		}
		if allow := strings.Join(m.Allow, ", "); allow != test.allow {
			t.Errorf("%s %s: Allow is %q, want %q", test.method, test.path, allow, test.allow)
		}
	}
}

func TestClash(t *testing.T) {
	var clashes []string
	segments := func(path string) []Segment { s, _ := parsePath(path); return s }
	a := &Operation{ID: "a", Method: "GET", Path: "/a/{x}", Segments: segments("/a/{x}")}
	b := &Operation{ID: "b", Method: "GET", Path: "/a/{y}", Segments: segments("/a/{y}")}
	newRouter([]*Operation{a, b}, []string{""}, func(first, second *Operation) { clashes = append(clashes, first.ID+" "+second.ID) })
	if !slices.Equal(clashes, []string{"a b"}) {
		t.Errorf("clashes are %q, want one of a and b", clashes)
	}
}

// TestMatchFindsItself: whatever templates there are, a path made from one of them matches some operation whose
// template fits it, and never panics or finds nothing.
func TestMatchFindsItself(t *testing.T) {
	segment := rapid.SampledFrom([]string{"a", "b", "{x}", "{x}.json", "pre{x}", "{x}:go"})
	rapid.Check(t, func(t *rapid.T) {
		paths := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) string {
			return "/" + strings.Join(rapid.SliceOfN(segment, 1, 4).Draw(t, "segments"), "/")
		}), 1, 8, rapid.ID).Draw(t, "paths")
		c := &Contract{}
		for _, p := range paths {
			s, ok := parsePath(p)
			if !ok {
				t.Fatalf("%q cannot be read", p)
			}
			c.Operations = append(c.Operations, &Operation{ID: p, Method: "GET", Path: p, Segments: s})
		}
		c.router = newRouter(c.Operations, []string{""}, func(_, _ *Operation) {})
		for _, p := range paths {
			request := strings.ReplaceAll(p, "{x}", "value")
			if m := c.Match("GET", request); m.Operation == nil {
				t.Fatalf("%s (of %s) matches nothing among %q", request, p, paths)
			}
		}
	})
}

func FuzzMatch(f *testing.F) {
	f.Add("/pets/{id}", "/pets/7")
	f.Add("/a{b}{c}/d", "/axy/d")
	f.Add("{", "/%zz//")
	f.Fuzz(func(t *testing.T, template, path string) {
		segments, ok := parsePath(template)
		if !ok {
			return
		}
		c := &Contract{Operations: []*Operation{{Method: "GET", Path: template, Segments: segments}}}
		c.router = newRouter(c.Operations, []string{""}, func(_, _ *Operation) {})
		if m := c.Match("GET", path); m.Operation != nil {
			names := 0
			for _, s := range segments {
				names += len(s.Names)
			}
			if len(m.Values) != names {
				t.Errorf("%q on %q gives %d values for %d names", path, template, len(m.Values), names)
			}
		}
	})
}
