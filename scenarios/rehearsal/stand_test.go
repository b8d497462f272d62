package rehearsal_test

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/control"
	"understudy/scenarios"
	"understudy/scenarios/rehearsal"
)

func load(t *testing.T, name string) *contracts.Contract {
	t.Helper()
	c, err := contracts.Load(t.Context(), name, contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// machine is the machine's clock.
type machine struct{}

func (machine) Now() time.Time { return time.Now() }

func (machine) Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A stand is a stand-in with its management API, and a client of it.
type stand struct {
	t        *testing.T
	contract *contracts.Contract
	url      string
	control  *scenarios.Control
	ready    map[string]string
	patience time.Duration // of the client; 0: 30 s
}

func standIn(t *testing.T, name string) *stand {
	t.Helper()
	c := load(t, name)
	k := clock.New(clock.Options{})
	server, err := mock.New(t.Context(), mock.Options{Contract: c, Seed: 1, Clock: k})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := mock.Listen(t.Context(), "127.0.0.1:0", server, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close(context.Background()) })
	base := ""
	if len(c.Servers) > 0 {
		base = c.Servers[0].Base
	}
	handler := control.New(control.Options{Clock: k, Seed: 1})
	handler.Add(c.Name, listener.URL()+base, func() *mock.Server { return server })
	handler.Ready()
	management := httptest.NewServer(handler)
	t.Cleanup(management.Close)
	s := &stand{t: t, contract: c, url: listener.URL() + base, ready: map[string]string{}}
	if s.control, err = scenarios.NewControl(management.URL, "", c.Name, nil); err != nil {
		t.Fatal(err)
	}
	ready, err := s.control.Ready(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range ready {
		s.ready[one.Env] = one.Value
	}
	return s
}

// stopClock lets the stand-in's clock stand still.
func (s *stand) stopClock() {
	s.t.Helper()
	if err := s.control.Do(s.t.Context(), "POST", "/clock", map[string]bool{"freeze": true}, nil); err != nil {
		s.t.Fatal(err)
	}
}

// plan reads a plan from its steps, and begins it.
func (s *stand) plan(steps string) *rehearsal.Course {
	s.t.Helper()
	p, err := rehearsal.Read(strings.NewReader("steps:\n"+steps), "plan.yaml")
	if err != nil {
		s.t.Fatal(err)
	}
	return s.begin(p)
}

func (s *stand) begin(p *rehearsal.Plan) *rehearsal.Course {
	s.t.Helper()
	if err := p.Check([]*contracts.Contract{s.contract}); err != nil {
		s.t.Fatal(err)
	}
	c, err := rehearsal.Begin(s.t.Context(), p, rehearsal.Stage{Contract: s.contract, Control: s.control, Clock: machine{}})
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *stand) end(c *rehearsal.Course) rehearsal.Account {
	s.t.Helper()
	a, err := c.End(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// An answer is one; status 0 is none.
type answer struct {
	status int
	header http.Header
	body   map[string]any
}

// call sends a request on a connection of its own, so that the transport repeats nothing by itself.
func (s *stand) call(method, path, token, body string) answer {
	s.t.Helper()
	q, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	q.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: cmp.Or(s.patience, 30*time.Second)}
	a, err := client.Do(q)
	if err != nil {
		return answer{}
	}
	defer a.Body.Close()
	data, err := io.ReadAll(a.Body)
	if err != nil {
		return answer{}
	}
	one := answer{status: a.StatusCode, header: a.Header}
	_ = json.Unmarshal(data, &one.body) // not every answer is an object
	return one
}

// statuses calls an operation again and again.
func (s *stand) statuses(n int, method, path, token string) []int {
	var list []int
	for range n {
		list = append(list, s.call(method, path, token, "").status)
	}
	return list
}

// login opens a session at EcoEvents.
func (s *stand) login() (access, refresh string) {
	s.t.Helper()
	a := s.call("POST", "/v1/auth/login", "", `{"email":"`+s.ready["ECOEVENTS_USER_EMAIL"]+`","password":"`+s.ready["ECOEVENTS_USER_PASSWORD"]+`"}`)
	access, refresh = tokens(a)
	if access == "" || refresh == "" {
		s.t.Fatalf("the login gave %d %v", a.status, a.body)
	}
	return access, refresh
}

// tokens finds them in the answer to a login or a renewal.
func tokens(a answer) (access, refresh string) {
	for name, value := range a.body {
		text, _ := value.(string)
		switch low := strings.ToLower(strings.ReplaceAll(name, "_", "")); low {
		case "accesstoken", "token":
			access = text
		case "refreshtoken":
			refresh = text
		}
	}
	return access, refresh
}
