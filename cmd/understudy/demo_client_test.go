package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// A trying is a server that answers in turn, and remembers what it was asked.
type trying struct {
	mu      sync.Mutex
	answers []int
	asked   []*http.Request
}

func (s *trying) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	status := http.StatusOK
	if n := len(s.asked); n < len(s.answers) {
		status = s.answers[n]
	}
	s.asked = append(s.asked, r)
	w.WriteHeader(status)
}

// TestDemoClient: what is repeated and what is not, and what a repeat carries. That waits are long enough the demo's own grade shows.
func TestDemoClient(t *testing.T) {
	for name, c := range map[string]struct {
		call    demoCall
		answers []int
		asked   int
		fails   error
	}{
		"good":                    {get("/a"), []int{200}, 1, nil},
		"a read that fails once":  {get("/a"), []int{503, 200}, 2, nil},
		"forbidden":               {get("/a"), []int{403}, 1, errDemoForbidden},
		"refused":                 {get("/a"), []int{422}, 1, errDemoRefused},
		"a credential is refused": {get("/a"), []int{401}, 1, errDemoRefused},
		"a write that fails":      {demoCall{method: "POST", path: "/a"}, []int{503}, 1, errDemoDown},
		"a write with a key":      {demoCall{method: "POST", path: "/a", key: true}, []int{503, 201}, 2, nil},
		"a write over the limit":  {demoCall{method: "POST", path: "/a"}, []int{429, 201}, 2, nil},
	} {
		s := &trying{answers: c.answers}
		server := httptest.NewServer(s)
		t.Cleanup(server.Close)
		client := newDemoClient(server.URL, "")
		client.show = (&demoToken{text: "t"}).bearer
		_, err := client.do(t.Context(), c.call)
		if len(s.asked) != c.asked || !errors.Is(err, c.fails) {
			t.Errorf("%s: asked %d times, want %d; %v, want %v", name, len(s.asked), c.asked, err, c.fails)
		}
		keys := map[string]bool{}
		for _, q := range s.asked {
			keys[q.Header.Get("Idempotency-Key")] = true
		}
		if len(keys) != 1 || keys[""] == c.call.key {
			t.Errorf("%s: the attempts carry the keys %v", name, keys)
		}
	}
}

// TestDemoClientRenewal: a token that many calls find refused is renewed once, and one whose renewal does not help ends the client.
func TestDemoClientRenewal(t *testing.T) {
	good := "second"
	asked := 0
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked++
		if strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ") != good {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(server.Close)
	token := &demoToken{text: "first"}
	c := newDemoClient(server.URL, "")
	c.show = token.bearer
	renewals := 0
	c.renew = func(context.Context, string) error {
		renewals++
		token.set("second")
		return nil
	}
	if err := c.together(t.Context(), 4, reads(8, "/a")...); err != nil || renewals != 1 {
		t.Errorf("%d renewals, %v", renewals, err)
	}
	good, asked = "third", 0
	for range 3 {
		if err := c.try(t.Context(), get("/a")); !errors.Is(err, errDemoRefused) {
			t.Errorf("a renewal that does not help: %v", err)
		}
	}
	if asked != 2 { // the first call and its one repeat
		t.Errorf("the server was asked %d times behind a renewal that does not help", asked)
	}
}
