package mock_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"understudy/mock"
)

func TestModules(t *testing.T) {
	s, _ := library(t, mock.Options{})
	const gone = `{"code":"route_not_found","message":"*"}`
	check := func(when string, want map[string]int) {
		t.Helper()
		for line, status := range want {
			a := s.call(line, "")
			if a.StatusCode != status {
				t.Errorf("%s: %s answers %d, want %d", when, line, a.StatusCode, status)
			}
			if status == 404 && !alike(t, a.body, gone) {
				t.Errorf("%s: %s says %s", when, line, a.body)
			}
		}
	}
	check("from the start", map[string]int{"GET /v1/loans": 200, "GET /v1/reviews": 404, "OPTIONS /v1/reviews": 404, "POST /v1/reviews": 404, "GET /v1/books": 200})
	if err := s.server.SwitchModule("loans", false); err != nil {
		t.Fatal(err)
	}
	if err := s.server.SwitchModule("reviews", true); err != nil {
		t.Fatal(err)
	}
	check("switched", map[string]int{"GET /v1/loans": 404, "GET /v1/reviews": 200, "DELETE /v1/books/b1": 405, "GET /v1/books/b1": 200})
	for _, line := range []string{"OPTIONS /v1/books/b1", "DELETE /v1/books/b1"} {
		if allow := s.call(line, "").Header.Get("Allow"); allow != "GET, HEAD, OPTIONS" {
			t.Errorf("%s allows %s", line, allow)
		}
	}
	if s.server.Owns("GET", "/v1/loans") || !s.server.Owns("GET", "/v1/books") {
		t.Error("Owns does not know of modules")
	}
	list := s.server.Modules()
	if len(list) != 2 || list[0].Name != "loans" || list[0].On || !list[1].On || !slices.Equal(list[0].Operations, []string{"deleteBook", "listLoans"}) || list[0].Description == "" {
		t.Errorf("%+v", list)
	}
	if err := s.server.SwitchModule("loan", true); !errors.Is(err, mock.ErrNoModule) {
		t.Errorf("an unknown module: %v", err)
	}
	box, err := s.server.Sandboxes().Create(t.Context(), mock.SandboxOptions{Name: "blue"})
	if err != nil {
		t.Fatal(err)
	}
	if err := box.Server().SwitchModule("reviews", false); err != nil {
		t.Fatal(err)
	}
	if a := s.call("GET /v1/reviews", "", "Understudy-Sandbox: blue"); a.StatusCode != 404 {
		t.Errorf("in the sandbox: %d", a.StatusCode)
	}
	if a := s.call("GET /v1/loans", "", "Understudy-Sandbox: blue"); a.StatusCode != 404 {
		t.Errorf("the sandbox has not taken over what was off: %d", a.StatusCode)
	}
	check("after the sandbox's switch", map[string]int{"GET /v1/reviews": 200})
	if err := s.server.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("after a reset", map[string]int{"GET /v1/loans": 200, "GET /v1/reviews": 404})
}

// TestModulesOfEckoSpace switches every module of the contract: off 404, on not (ECKOSPACE-09).
func TestModulesOfEckoSpace(t *testing.T) {
	s := serve(t, "eckospace", mock.Options{})
	c := s.server.Contract()
	modules := s.server.Modules()
	if len(modules) != 7 {
		t.Fatalf("there are %d modules", len(modules))
	}
	for _, m := range modules {
		if len(m.Operations) == 0 {
			t.Errorf("%s has no operations", m.Name)
		}
		for _, on := range []bool{false, true} {
			if err := s.server.SwitchModule(m.Name, on); err != nil {
				t.Fatal(err)
			}
			for _, o := range c.Operations {
				if o.Behaviour.Module != m.Name {
					continue
				}
				path := strings.NewReplacer("{document}", "1", "{post}", "1", "{bookmark}", "1", "{listing}", "1", "{job}", "1", "{notification}", "1").Replace(o.Path)
				a := s.call(o.Method+" "+path, "")
				hidden := a.StatusCode == 404 && strings.Contains(a.body, "could not be found")
				if !on && !hidden || on && hidden && !strings.Contains(o.Path, "{") {
					t.Errorf("%s, on: %v: %s %s answers %d %s", m.Name, on, o.Method, path, a.StatusCode, a.body)
				}
			}
		}
	}
}
