package conformance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/contracts/schema"
	"understudy/scenarios"
	"understudy/scenarios/conformance"
)

// Oddities are a deployment of testdata/oddities.yaml, written by hand. It keeps the document in ways that look like faults, and
// breaks one rule where fault names it.
type oddities struct {
	contract *contracts.Contract
	fault    string

	mu      sync.Mutex
	made    int
	gists   map[string]map[string]any
	pets    map[string]map[string]any
	account bool
	kept    map[string]kept // by idempotency key
}

func (d *oddities) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	raw, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(raw))
	head := r.Method == http.MethodHead
	if head {
		r.Method = http.MethodGet
	}
	m := d.contract.Match(r.Method, r.URL.EscapedPath())
	if m.Operation == nil && m.Allow != nil {
		w.Header().Set("Allow", strings.Join(m.Allow, ", "))
	}
	w.Header().Set("Content-Type", "application/json")
	print, key := r.Method+r.URL.Path+string(raw), r.Header.Get("Idempotency-Key")
	if before, ok := d.kept[key]; ok && key != "" && r.Method != http.MethodGet {
		if before.request != print {
			before.status, before.body = http.StatusBadRequest, []byte(`{"message":"the key was used"}`)
		}
		w.WriteHeader(before.status)
		_, _ = w.Write(before.body)
		return
	}
	status, answer := d.answer(r, m)
	text, _ := json.Marshal(answer)
	if answer == nil {
		w.Header().Del("Content-Type")
		text = nil
	}
	if key != "" && status < 300 {
		d.kept[key] = kept{request: print, status: status, body: text}
	}
	w.WriteHeader(status)
	if !head {
		_, _ = w.Write(text)
	}
}

func refusal(status int) (int, any) {
	return status, map[string]any{"message": http.StatusText(status)}
}

func (d *oddities) answer(r *http.Request, m contracts.Match) (int, any) {
	if m.Operation == nil {
		if m.Allow != nil {
			return refusal(http.StatusMethodNotAllowed)
		}
		return refusal(http.StatusNotFound)
	}
	if _, bad := m.Operation.DecodeParameters(r, m.Values); len(bad) > 0 {
		return refusal(http.StatusBadRequest)
	}
	sent := map[string]any{}
	if m.Operation.Body != nil && r.Method != http.MethodGet {
		if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			return refusal(http.StatusUnsupportedMediaType)
		}
		if json.NewDecoder(r.Body).Decode(&sent) != nil || len(m.Operation.Body.Content[0].Schema.Check(jsonOf(sent), schema.Request)) > 0 {
			return refusal(http.StatusBadRequest)
		}
	}
	id := strings.TrimPrefix(r.URL.Path[strings.LastIndexByte(r.URL.Path, '/'):], "/")
	switch m.Operation.ID {
	case "showAccount", "closeAccount", "verifyAccount":
		return d.accounts(r)
	case "addPet", "updatePet", "getPet":
		return d.pet(r, id, sent)
	case "listStars":
		if d.gists[strings.Split(r.URL.Path, "/")[3]] == nil {
			return refusal(http.StatusNotFound)
		}
		return http.StatusOK, []any{}
	}
	return d.gist(r, id, sent)
}

func (d *oddities) accounts(r *http.Request) (int, any) {
	switch {
	case !d.account:
		return refusal(http.StatusNotFound)
	case r.Method == http.MethodDelete:
		d.account = false
		return http.StatusNoContent, nil
	case r.Method == http.MethodPost:
		return http.StatusNoContent, nil
	}
	return http.StatusOK, map[string]any{"mail": "a@example.com"}
}

// pet takes the id from the body: nothing else says which one PUT means.
func (d *oddities) pet(r *http.Request, id string, sent map[string]any) (int, any) {
	if r.Method != http.MethodGet {
		id = fmt.Sprint(sent["id"])
	}
	if r.Method == http.MethodPost {
		d.made++
		if sent["id"] == nil {
			id = fmt.Sprint(1000 + d.made)
			sent["id"] = 1000 + d.made
		}
		d.pets[id] = sent
		return http.StatusOK, sent
	}
	if d.pets[id] == nil {
		return refusal(http.StatusNotFound)
	}
	if r.Method == http.MethodPut && d.fault != "RES-003 pet" {
		d.pets[id] = sent
	}
	return http.StatusOK, d.pets[id]
}

// gist keeps gists: their files are merged, when they were made stays, and their mood is what it happens to be.
func (d *oddities) gist(r *http.Request, id string, sent map[string]any) (int, any) {
	if r.Method == http.MethodPost {
		d.made++
		id = fmt.Sprint("g", d.made)
		gist := d.plain(id, sent)
		gist["created_on"] = "2026-02-03"
		if sent["created_on"] != nil {
			gist["created_on"] = sent["created_on"]
		}
		d.gists[id] = gist
		return http.StatusCreated, gist
	}
	gist := d.gists[id]
	if gist == nil {
		return refusal(http.StatusNotFound)
	}
	switch r.Method {
	case http.MethodDelete:
		delete(d.gists, id)
		return http.StatusNoContent, nil
	case http.MethodPut:
		next := d.plain(id, sent)
		if next["phase"] = gist["phase"]; next["created_on"] == nil {
			next["created_on"] = gist["created_on"]
		}
		if d.fault != "NEG-015" || sent["mood"] == nil {
			next["mood"] = gist["mood"]
		}
		if d.fault == "RES-010" && next["note"] == nil && gist["note"] != nil {
			next["note"] = gist["note"]
		}
		d.gists[id] = next
	case http.MethodPatch:
		d.patch(gist, sent)
	}
	return http.StatusOK, d.gists[id]
}

func (d *oddities) patch(gist, sent map[string]any) {
	if title := sent["title"]; title != nil {
		gist["title"] = title
	}
	if files, ok := sent["files"].(map[string]any); ok && d.fault != "RES-003 files" {
		together := map[string]any{}
		if before, ok := gist["files"].(map[string]any); ok {
			maps.Copy(together, before)
		}
		maps.Copy(together, files)
		gist["files"] = together
	}
}

// plain is a gist as it begins.
func (d *oddities) plain(id string, sent map[string]any) map[string]any {
	moods, phases := []string{"calm", "glad", "wild"}, []string{"new", "full"}
	gist := map[string]any{"id": id, "object": "gist", "mood": moods[d.made%3], "phase": phases[d.made%2], "files": map[string]any{"first": map[string]any{"content": "one"}}}
	if d.fault == "" { // a patch that names one of the files leaves the other
		gist["files"].(map[string]any)["second"] = map[string]any{"content": "two"}
	}
	for _, name := range []string{"title", "note", "files"} {
		if v := sent[name]; v != nil {
			gist[name] = v
		}
	}
	if v := sent["mood"]; v != nil && d.fault == "NEG-015" {
		gist["mood"] = v
	}
	if v := sent["created_on"]; v != nil {
		gist["created_on"] = v
	}
	return gist
}

func jsonOf(v any) any {
	text, _ := json.Marshal(v)
	value, _ := schema.ParseJSON(text)
	return value
}

// TestOdditiesAreNoFaults: what looks like a fault and is none is not told of, and what is one still is.
func TestOdditiesAreNoFaults(t *testing.T) {
	c, err := contracts.Load(t.Context(), filepath.Join("testdata", "oddities.yaml"), contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range []string{"", "RES-003 pet", "RES-003 files", "RES-010", "NEG-015"} {
		for seed := range uint64(4) {
			d := &oddities{
				contract: c, fault: fault, account: true, kept: map[string]kept{}, gists: map[string]map[string]any{},
				pets: map[string]map[string]any{"10": {"id": 10, "name": "rex"}},
			}
			found := judgeOddities(t, d, seed)
			id, _, _ := strings.Cut(fault, " ")
			for check, findings := range found {
				if check != id {
					t.Errorf("fault %q, seed %d: %s", fault, seed, strings.Join(findings, "\n"))
				}
			}
			if id != "" && len(found[id]) == 0 {
				t.Errorf("fault %q, seed %d: it was not found", fault, seed)
			}
		}
	}
}

func judgeOddities(t *testing.T, d *oddities, seed uint64) map[string][]string {
	t.Helper()
	server := httptest.NewServer(d)
	defer server.Close()
	run, err := scenarios.New(scenarios.Options{Clock: newClock(), Seed: seed, Disruptive: true})
	if err != nil {
		t.Fatal(err)
	}
	checks, err := check.New(check.Options{Contract: d.contract, Targets: []string{server.URL + "/v1"}})
	if err != nil {
		t.Fatal(err)
	}
	deployment, err := run.Deploy(d.contract, server.URL+"/v1", checks, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	suite, err := conformance.Check(t.Context(), deployment, conformance.Options{Skip: []string{"LIM", "SEC"}})
	if err != nil {
		t.Fatal(err)
	}
	return (&trialRun{suite: suite}).found("")
}
