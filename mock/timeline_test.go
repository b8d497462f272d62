package mock_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/credential"
)

// A timeline is a documented lifetime as steps at seconds after the first one.
type timeline struct {
	ID    string         `json:"id"`
	API   string         `json:"api"`
	Steps []timelineStep `json:"steps"`
}

type timelineStep struct {
	T          int    `json:"t"`
	Op         string `json:"op"`
	Method     string `json:"method"`
	Path       string `json:"path"`
	Credential string `json:"credential"`
	Key        string `json:"key"`
	New        string `json:"new"`
	NewAccess  string `json:"new_access"`
	NewRefresh string `json:"new_refresh"`
	Password   string `json:"password"`
	ExpiresIn  int    `json:"expires_in"`
	Status     int    `json:"status"`
	Option     string `json:"option"`
	Do         string `json:"do"`
}

// A traveller walks a timeline.
type traveller struct {
	t      *testing.T
	server *mock.Server
	clock  *clock.Virtual
	base   string
	texts  map[string]string // by the timeline's names
	ids    map[string]string
	mail   string
}

// passwords are what the timelines call "old" and "new".
var passwords = map[string]string{"old": "meadow-compass-lantern", "new": "another-long-password"}

// TestTimelines walks the known answers of fixtures/vectors: rotation, lifetimes, refresh, revocation.
func TestTimelines(t *testing.T) {
	data, err := os.ReadFile("../fixtures/vectors/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Timelines struct {
			List []timeline `json:"list"`
		} `json:"timelines"`
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors.Timelines.List) < 8 {
		t.Fatalf("%d timelines, want all eight", len(vectors.Timelines.List))
	}
	for _, line := range vectors.Timelines.List {
		t.Run(line.ID, func(t *testing.T) { walk(t, line, "") })
	}
}

// TestTimelineReuseRejectOnly is the refresh timeline with the setting reuse: reject.
func TestTimelineReuseRejectOnly(t *testing.T) {
	data, err := os.ReadFile("../fixtures/vectors/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Timelines struct{ List []timeline } `json:"timelines"`
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	for _, line := range vectors.Timelines.List {
		if line.ID == "ecoevents-refresh" {
			walk(t, line, "reject_only")
			return
		}
	}
	t.Fatal("there is no such timeline")
}

func walk(t *testing.T, line timeline, option string) {
	name := strings.ToLower(line.API)
	k := load(t, name)
	if option == "reject_only" {
		for i := range k.Behaviour.Credentials {
			if k.Behaviour.Credentials[i].Kind == "refresh" {
				k.Behaviour.Credentials[i].Reuse = "reject"
			}
		}
	}
	w := &traveller{t: t, clock: clock.New(clock.Options{At: noon, Frozen: true}), texts: map[string]string{}, ids: map[string]string{}}
	server, err := mock.New(t.Context(), mock.Options{Contract: k, Clock: w.clock, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	w.server, w.base = server, k.Servers[0].Base
	for _, ready := range server.Credentials().Ready() {
		if strings.HasSuffix(ready.Env, "_USER_EMAIL") {
			w.mail = ready.Value
		}
	}
	seconds := 0
	for _, step := range line.Steps {
		if step.Option != "" && (option == "reject_only") != strings.Contains(step.Option, "reject_only") {
			continue
		}
		w.clock.Advance(time.Duration(step.T-seconds) * time.Second)
		seconds = step.T
		w.step(step)
	}
}

func (w *traveller) step(s timelineStep) {
	w.t.Helper()
	r := w.server.Credentials()
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatalf("t=%d %s: %v", s.T, s.Do, err)
		}
	}
	status := 0
	switch s.Op {
	case "create_key":
		issued, err := r.CreateKey(w.t.Context(), credential.KeyRequest{Name: s.New})
		must(err)
		w.texts[s.New], w.ids[s.New] = issued.Text, issued.ID
	case "rotate_key":
		issued, err := r.Rotate(w.t.Context(), w.ids[s.Key])
		must(err)
		w.texts[s.New], w.ids[s.New] = issued.Text, issued.ID
	case "revoke_key":
		_, err := r.Revoke(w.t.Context(), w.ids[s.Key])
		must(err)
	case "change_password":
		user, err := r.CheckPassword(w.t.Context(), w.mail, passwords["old"])
		must(err)
		must(r.SetPassword(w.t.Context(), user.ID, passwords[s.Password]))
	case "request":
		status, _ = w.send(s.Method, s.Path, w.texts[s.Credential], "")
	case "login":
		var answer map[string]any
		status, answer = w.send("POST", "/v1/auth/login", "", `{"email":"`+w.mail+`","password":"`+passwords[s.Password]+`"}`)
		w.keep(s, answer)
		if s.Status == 0 {
			s.Status = http.StatusOK
		}
	case "refresh":
		var answer map[string]any
		status, answer = w.send("POST", "/v1/auth/refresh", "", `{"refreshToken":"`+w.texts[s.Credential]+`"}`)
		w.keep(s, answer)
	default:
		w.t.Fatalf("the timeline has an unknown step %q", s.Op)
	}
	if status != s.Status {
		w.t.Errorf("t=%d %s: %d, want %d", s.T, s.Do, status, s.Status)
	}
}

// keep remembers the tokens of an answer under the timeline's names.
func (w *traveller) keep(s timelineStep, answer map[string]any) {
	if s.NewAccess != "" {
		w.texts[s.NewAccess], _ = answer["accessToken"].(string)
	}
	if s.NewRefresh != "" {
		w.texts[s.NewRefresh], _ = answer["refreshToken"].(string)
	}
	if s.ExpiresIn != 0 && answer["expiresIn"] != float64(s.ExpiresIn) {
		w.t.Errorf("t=%d %s: expiresIn is %v, want %d", s.T, s.Do, answer["expiresIn"], s.ExpiresIn)
	}
}

func (w *traveller) send(method, path, token, body string) (int, map[string]any) {
	q := httptest.NewRequest(method, "http://stand-in.example"+w.base+path, strings.NewReader(body))
	if body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		q.Header.Set("Authorization", "Bearer "+token)
	}
	rec := httptest.NewRecorder()
	w.server.ServeHTTP(rec, q)
	var answer map[string]any
	_ = json.Unmarshal(rec.Body.Bytes(), &answer) // an answer that is no object has no tokens
	return rec.Code, answer
}
