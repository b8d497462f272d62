// Package workflows_test plays every suite of this folder against the stand-in of its contract.
package workflows_test

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/control"
	"understudy/scenarios"
	"understudy/scenarios/arazzo"
)

// begins is what a stand-in's clock shows at first. It stands still until a workflow moves it.
var begins = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// TestSuites plays the workflows of each folder, file after file, against one fresh stand-in of the folder's contract, with its
// limits enforced, and fails unless all of them pass.
func TestSuites(t *testing.T) {
	folders, err := filepath.Glob("*/*.arazzo.yaml")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no suites were found: %v", err)
	}
	for i := range folders {
		folders[i] = path.Dir(filepath.ToSlash(folders[i]))
	}
	for _, name := range slices.Compact(folders) {
		t.Run(name, func(t *testing.T) { playFolder(t, name) })
	}
}

func playFolder(t *testing.T, name string) {
	scripts := readScripts(t, name)
	s := standIn(t, name)
	suites, err := s.run.Play(t.Context(), scripts, scenarios.WorkflowOptions{Bind: s.bind, Inputs: s.inputs})
	if err != nil {
		t.Fatal(err)
	}
	proven, sent := map[string]bool{}, 0
	for _, suite := range suites {
		for i := range suite.Tests {
			judge(t, &suite.Tests[i], proven)
			sent += len(suite.Tests[i].Exchanges)
		}
	}
	t.Logf("%d files, %d exchanges, proven %d: %s", len(scripts), sent, len(proven), strings.Join(slices.Sorted(maps.Keys(proven)), " "))
}

// readScripts reads the documents of a folder strictly: what is doubtful in one is an error here.
func readScripts(t *testing.T, folder string) []*scenarios.Script {
	t.Helper()
	names, err := filepath.Glob(folder + "/*.arazzo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var list []*scenarios.Script
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		document, err := arazzo.Parse(name, data, arazzo.Options{Strict: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range document.Warnings {
			t.Error(w)
		}
		complete(t, document)
		list = append(list, &scenarios.Script{Name: filepath.ToSlash(name), Document: document, Files: os.DirFS(folder)})
	}
	return list
}

// complete asks of each workflow what a reader needs, and of each step that it asserts something.
func complete(t *testing.T, d *arazzo.Document) {
	t.Helper()
	for _, w := range d.Workflows {
		if w.Summary == "" || w.Description == "" {
			t.Errorf("%s: the workflow %s needs a summary and a description", w.At, w.ID)
		}
		for _, s := range w.Steps {
			if s.Operation != nil && len(s.SuccessCriteria) == 0 {
				t.Errorf("%s: the step %s asserts nothing", s.At, s.ID)
			}
		}
	}
}

// judge takes what a test proves, or tells why it did not pass. Warnings that nobody expects are shown.
func judge(t *testing.T, test *scenarios.Test, proven map[string]bool) {
	t.Helper()
	for i := range test.Findings {
		if f := &test.Findings[i]; f.Level == check.Warning && f.Known == nil {
			t.Logf("%s: %s: %s", test.ID, f.Check, f.Message)
		}
	}
	if test.Outcome != scenarios.Passed {
		t.Errorf("%s (%s:%d): %s: %s", test.ID, test.At.File, test.At.Line, test.Outcome, test.Reason)
		return
	}
	ids := slices.Clone(test.Requirements)
	var look func(steps []scenarios.Step)
	look = func(steps []scenarios.Step) {
		for i := range steps {
			switch s := &steps[i]; s.Outcome {
			case scenarios.Passed:
				ids = append(ids, s.Requirements...)
				look(s.Steps)
			case scenarios.Skipped:
				t.Errorf("%s: the step %s was skipped: %s", test.ID, s.ID, s.Reason)
			}
		}
	}
	look(test.Steps)
	for _, id := range ids {
		proven[id] = true
	}
}

// A deployed stand-in, and what a run needs to judge it.
type deployed struct {
	t        *testing.T
	run      *scenarios.Run
	contract *contracts.Contract
	origin   string // of the API
	other    string // of its other listener: plain where the contract is served over TLS only, else over TLS
	managed  string // address of the management API
	control  *scenarios.Control
	inputs   map[string]any // the stand-in's environment lines, by their names, and addresses: of its other listener, of a receiver
	main     *scenarios.Deployment
	others   map[string]*scenarios.Deployment
}

// standIn starts the stand-in of a built-in contract in this process.
func standIn(t *testing.T, name string) *deployed {
	t.Helper()
	contract, err := contracts.Load(t.Context(), name, contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := clock.New(clock.Options{At: begins, Frozen: true})
	server, err := mock.New(t.Context(), mock.Options{
		Contract: contract, Seed: 1, Secret: [32]byte{1}, Clock: at, SelfCheck: true, AutoApprove: true, HTTPSOnly: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	plain, secure := httptest.NewServer(server), httptest.NewTLSServer(server)
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	api, other, input := plain, secure, "_TLS_URL"
	if contract.Behaviour.TLSOnly {
		api, other, input = secure, plain, "_PLAIN_URL"
	}
	handler := control.New(control.Options{Clock: at, Seed: 1})
	handler.Add(contract.Name, api.URL+base(contract), func() *mock.Server { return server })
	handler.Ready()
	managed := httptest.NewServer(handler)
	t.Cleanup(managed.Close)
	s := &deployed{
		t: t, contract: contract, origin: api.URL, other: other.URL, managed: managed.URL, others: map[string]*scenarios.Deployment{},
		inputs: map[string]any{strings.ToUpper(name) + input: other.URL},
	}
	s.inputs[strings.ToUpper(name)+"_RECEIVER_URL"] = s.receive(at.Now)
	if s.control, err = scenarios.NewControl(managed.URL, "", contract.Name, nil); err != nil {
		t.Fatal(err)
	}
	s.run, err = scenarios.New(scenarios.Options{Tool: scenarios.Tool{Name: "understudy", Version: "test"}, Command: "run", Seed: 1, Clock: patience{t}, Transport: secure.Client().Transport})
	if err != nil {
		t.Fatal(err)
	}
	s.main = s.deploy(contract, s.control, s.roster())
	return s
}

// roster are the ready credentials, and one of each kind that is not ready but can be issued. Each actor has the name of its kind.
func (s *deployed) roster() *scenarios.Roster {
	s.t.Helper()
	ready, err := s.control.Ready(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	texts := map[string]string{}
	for _, line := range ready {
		s.inputs[line.Env] = line.Value
		if line.Class != "" && texts[line.Class] == "" {
			texts[line.Class] = line.Value
		}
	}
	roster := &scenarios.Roster{}
	for _, class := range s.contract.Behaviour.Credentials {
		text := texts[class.Name]
		if text == "" && (class.Kind == "jwt" || class.Kind == "opaque") {
			var token struct{ Text string }
			if err := s.control.Do(s.t.Context(), http.MethodPost, "/tokens", map[string]any{"class": class.Name}, &token); err != nil {
				s.t.Logf("no %s: %v", class.Name, err)
			}
			text = token.Text
		}
		if text != "" && class.Scheme != "" {
			roster.Actors = append(roster.Actors, &scenarios.Actor{Name: class.Name, Credentials: map[string]string{class.Scheme: text}})
		}
	}
	return roster
}

// deploy adds a contract that is served at the stand-in's address, or at that of its management API.
func (s *deployed) deploy(c *contracts.Contract, manages *scenarios.Control, roster *scenarios.Roster) *scenarios.Deployment {
	s.t.Helper()
	address := s.origin + base(c)
	switch c.Name {
	case "control":
		address = s.managed
	case "plain.openapi", "tls.openapi": // what a workflow asks over the other listener
		address = s.other + base(c)
	}
	checks, err := check.New(check.Options{Contract: c, Targets: []string{address}})
	if err != nil {
		s.t.Fatal(err)
	}
	d, err := s.run.Deploy(c, address, checks, manages, roster)
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

// bind finds what serves a source: a built-in contract by the name of its folder, any other document beside the workflows.
func (s *deployed) bind(script *scenarios.Script, source *arazzo.Source) (*scenarios.Deployment, error) {
	name := path.Base(path.Dir(source.URL))
	if name == s.contract.Name {
		return s.main, nil
	}
	file := path.Join(path.Dir(script.Name), source.URL)
	if d := s.others[file]; d != nil {
		return d, nil
	}
	if _, err := fs.Stat(os.DirFS("."), path.Clean(file)); name == "control" {
		file = name
	} else if err != nil {
		return nil, fmt.Errorf("the source %s of %s: %w", source.Name, script.Name, err)
	}
	c, err := contracts.Load(s.t.Context(), file, contracts.Options{})
	if err != nil {
		return nil, err
	}
	c.Name = strings.TrimSuffix(path.Base(file), path.Ext(file))
	s.others[file] = s.deploy(c, nil, s.main.Roster)
	return s.others[file], nil
}

// base is the path in front of a contract's own ones.
func base(c *contracts.Contract) string {
	if len(c.Servers) == 0 {
		return ""
	}
	return strings.TrimSuffix(c.Servers[0].Base, "/")
}

// Patience has no time to lose: whoever waits must move the stand-in's clock.
type patience struct{ t *testing.T }

func (patience) Now() time.Time { return time.Now() }

func (p patience) Wait(ctx context.Context, d time.Duration) error {
	p.t.Errorf("the run waited %s by the machine's clock", d)
	return ctx.Err()
}
