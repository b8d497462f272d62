package mock_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/cases"
	"understudy/mock"
	"understudy/mock/clock"
)

// recorded are the contracts over which equal runs must be equal to the byte.
var recorded = append(contracts.Builtins(), "recorded.yaml")

// A player walks a session of requests against one server and writes down every answer.
type player struct {
	t      testing.TB
	server *mock.Server
	clock  *clock.Virtual
	lines  []string // headers of every request
	out    bytes.Buffer
	sent   int
}

// newPlayer gives a seed and a secret that goes with it, as serve --seed does.
func newPlayer(t testing.TB, contract string, seed uint64) *player {
	k := clock.New(clock.Options{At: noon, Frozen: true})
	server, _ := newServer(t, contract, mock.Options{Auth: mock.Enforce, Clock: k, Seed: seed, Secret: [32]byte{1, 2, byte(seed)}, Reasons: true, AutoSandboxes: true})
	return &player{t: t, server: server, clock: k}
}

// show sends a request and writes its answer down, headers in alphabetical order.
func (p *player) show(r *http.Request) *httptest.ResponseRecorder {
	for _, line := range p.lines {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	p.server.ServeHTTP(w, r)
	p.sent++
	fmt.Fprintf(&p.out, "%s %s\n%d\n", r.Method, r.URL, w.Code)
	_ = w.Header().Write(&p.out) // to memory
	fmt.Fprintf(&p.out, "\n%s\n\n", w.Body)
	return w
}

// do sends a request and gives a member of its JSON answer; lines are headers.
func (p *player) do(method, path, body, member string, lines ...string) string {
	r := httptest.NewRequestWithContext(p.t.Context(), method, "http://stand-in.example"+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	var answer map[string]any
	_ = json.Unmarshal(p.show(r).Body.Bytes(), &answer) // an answer that is no object has no members
	if inner, ok := answer["data"].(map[string]any); ok {
		answer = inner
	}
	text, _ := answer[member].(string)
	return text
}

// everything calls each operation with a request that keeps the contract, without a credential, and with a body that
// breaks the contract.
func (p *player) everything() {
	requests := cases.New(p.server.Contract(), cases.Options{Seed: 1, Now: noon, PerOperation: 8})
	for _, o := range deletionsLast(p.server.Contract().Operations) {
		for variant := range 3 {
			r, err := validRequest(p.t.Context(), requests, o)
			if err != nil {
				p.t.Fatal(err)
			}
			switch variant {
			case 1:
				if len(o.Security) == 0 {
					continue
				}
			case 2:
				if o.Body == nil {
					continue
				}
				broken := httptest.NewRequestWithContext(p.t.Context(), r.Method, r.URL.String(), strings.NewReader(`{"broken":`))
				broken.Header = r.Header
				r = broken
				fallthrough
			default:
				_ = p.server.Credentials().Authorize(o, r) // where there is none, it is refused, always in the same way
			}
			p.show(r)
			if _, err := p.clock.Advance(1100 * time.Millisecond); err != nil {
				p.t.Fatal(err)
			}
		}
	}
	p.do("GET", "/nowhere", "", "")
	p.do("OPTIONS", "/v1", "", "", "Origin: https://shop.example", "Access-Control-Request-Method: GET")
}

// pets are the things that only the pet shop has: logins, ES256, keys, uploads, conditional requests, limits of pages.
func (p *player) pets() {
	const login = `{"email":"ada@paws.example","password":"kettle-anchor-violin"}`
	p.do("POST", "/v1/login", `{"email":"ada@paws.example","password":"wrong"}`, "")
	refresh := p.do("POST", "/v1/login", login, "refresh_token")
	token := "Authorization: Bearer " + p.do("POST", "/v1/login", login, "access_token")
	if !strings.Contains(p.out.String(), "access_token") || refresh == "" {
		p.t.Fatalf("nobody is logged in:\n%s", p.out.String())
	}
	key := "X-Shop-Key: " + p.do("POST", "/v1/keys", `{"name":"CI"}`, "key", token)
	p.do("GET", "/v1/keys", "", "", key)
	var ids []string
	for _, name := range []string{"Rex", "Tom", "Ünal"} {
		ids = append(ids, p.do("POST", "/v1/pets", `{"name":"`+name+`","kind":"newt"}`, "id", token))
	}
	p.do("POST", "/v1/pets", `{"name":""}`, "", key)
	p.do("GET", "/v1/pets?limit=2&offset=1", "", "", key)
	pet := "/v1/pets/" + ids[0]
	p.do("PATCH", pet, `{"name":"Max"}`, "", token)
	p.do("PUT", pet+"/photo", "\x89PNG\r\n\x1a\n\x00\xff", "", token, "Content-Type: image/png")
	p.do("GET", pet+"/photo", "", "", token)
	p.do("GET", pet, "", "", token, "If-None-Match: *")
	p.do("GET", "/v1/forecast", "", "")
	p.do("GET", "/v1/forecast", "", "", mock.SeedHeader+": 99")
	p.do("GET", "/v1/forecast", "", "", mock.SeedHeader+": many")
	if _, err := p.clock.Advance(time.Hour); err != nil {
		p.t.Fatal(err)
	}
	p.do("GET", pet, "", "", token)
	p.do("POST", "/v1/refresh", `{"refresh_token":"`+refresh+`"}`, "")
	p.do("POST", "/v1/refresh", `{"refresh_token":"`+refresh+`"}`, "")
	p.do("DELETE", pet, "", "", key)
	p.do("GET", pet, "", "", key)
}

func (p *player) play() {
	if p.server.Contract().Name == "recorded" {
		p.pets()
	}
	p.everything()
}

// TestDeterminism plays a session twice over every built-in contract and a pet shop: equal secret, seed, clock and requests
// make equal bytes, headers included; another seed makes others.
func TestDeterminism(t *testing.T) {
	sent := 0
	for _, name := range recorded {
		t.Run(name, func(t *testing.T) {
			first, second, other := newPlayer(t, name, 7), newPlayer(t, name, 7), newPlayer(t, name, 8)
			for _, p := range []*player{first, second, other} {
				p.play()
			}
			sent += first.sent
			if a, b := first.out.String(), second.out.String(); a != b {
				t.Errorf("equal runs differ: %s", whereDifferent(a, b))
			}
			if first.out.String() == other.out.String() {
				t.Error("another seed makes the same answers")
			}
		})
	}
	if sent < 60 {
		t.Errorf("%d requests were sent, want 60 at least", sent)
	}
}

// whereDifferent shows the first line in which two texts differ.
func whereDifferent(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("line %d:\n%.300s\n%.300s\nbehind\n%s", i, x[i], y[i], strings.Join(x[max(0, i-6):i], "\n"))
		}
	}
	return "one is longer"
}

// TestTheSignatureIsES256 makes sure that the session above holds what it is there for.
func TestTheSignatureIsES256(t *testing.T) {
	p := newPlayer(t, "recorded.yaml", 1)
	token := p.do("POST", "/v1/login", `{"email":"ada@paws.example","password":"kettle-anchor-violin"}`, "access_token")
	head, _, _ := strings.Cut(token, ".")
	if data, _ := base64.RawURLEncoding.DecodeString(head); !bytes.Contains(data, []byte(`"ES256"`)) {
		t.Errorf("the token begins with %s", data)
	}
}

// TestOrderAmongSandboxes plays the same session in two sandboxes, one after the other, the other way round, and at once:
// what happens in one says nothing in another.
func TestOrderAmongSandboxes(t *testing.T) {
	for _, name := range recorded {
		t.Run(name, func(t *testing.T) {
			want := inSandboxes(t, name, []string{"a", "b"}, false)
			for _, c := range []struct {
				order  []string
				atOnce bool
			}{{[]string{"b", "a"}, false}, {[]string{"a", "b"}, true}} {
				got := inSandboxes(t, name, c.order, c.atOnce)
				for box := range want {
					if want[box] != got[box] {
						t.Errorf("order %v, at once: %v: the sandbox %s differs: %s", c.order, c.atOnce, box, whereDifferent(want[box], got[box]))
					}
				}
			}
		})
	}
}

// inSandboxes plays the session in sandboxes, whose clocks stand at different instants, and gives what each answered.
func inSandboxes(t *testing.T, contract string, order []string, atOnce bool) map[string]string {
	main := newPlayer(t, contract, 7)
	at := map[string]time.Time{"a": noon.Add(time.Hour), "b": noon.Add(1000 * time.Hour)}
	players := map[string]*player{}
	for _, name := range []string{"a", "b"} {
		box, err := main.server.Sandboxes().Create(t.Context(), mock.SandboxOptions{Name: name, At: at[name], Idle: -1})
		if err != nil {
			t.Fatal(err)
		}
		players[name] = &player{t: t, server: main.server, clock: box.Server().Clock().(*clock.Virtual), lines: []string{mock.SandboxHeader + ": " + name}}
	}
	var all sync.WaitGroup
	for _, name := range order {
		if atOnce {
			all.Go(players[name].play)
			continue
		}
		players[name].play()
	}
	all.Wait()
	return map[string]string{"a": players["a"].out.String(), "b": players["b"].out.String()}
}

// TestSeedHeader makes up the answer to one request from another seed, and refuses what is no seed.
func TestSeedHeader(t *testing.T) {
	p := newPlayer(t, "recorded.yaml", 7)
	usual := p.do("GET", "/v1/forecast", "", "id")
	first := p.do("GET", "/v1/forecast", "", "id", mock.SeedHeader+": 99")
	again := p.do("GET", "/v1/forecast", "", "id", mock.SeedHeader+": 99")
	if first != again || first == usual || p.do("GET", "/v1/forecast", "", "id") != usual {
		t.Errorf("seeds make %s, %s and %s", usual, first, again)
	}
	if got := p.do("GET", "/v1/forecast", "", "id", mock.SeedHeader+": 7"); got != usual {
		t.Errorf("the server's own seed makes %s, want %s", got, usual)
	}
	for _, bad := range []string{"", "-1", "1.5", "0x10", "18446744073709551616", "seven"} {
		r := httptest.NewRequest("GET", "/v1/forecast", nil)
		r.Header[mock.SeedHeader] = []string{bad}
		w := httptest.NewRecorder()
		if p.server.ServeHTTP(w, r); w.Code != http.StatusBadRequest || !strings.Contains(w.Header().Get("Understudy-Reason"), "takes one number") {
			t.Errorf("%q: %d %s", bad, w.Code, w.Body)
		}
	}
	r := httptest.NewRequest("GET", "/v1/forecast", nil)
	r.Header[mock.SeedHeader] = []string{"1", "2"}
	w := httptest.NewRecorder()
	if p.server.ServeHTTP(w, r); w.Code != http.StatusBadRequest {
		t.Errorf("two seeds: %d", w.Code)
	}
}
