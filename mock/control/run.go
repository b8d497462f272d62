package control

import (
	"context"
	"io"
	"slices"
	"strconv"
	"sync"
	"time"

	"understudy/mock/clock"
)

// A Judge carries out suites. The stand-in never meets what judges it: this is all it knows of it.
type Judge interface {
	// Suites lists what a contract can be judged by; none: nothing.
	Suites(contract string) []Suite
	// Judge carries one suite out until the context ends. It tells how far it is, from any goroutine. An error says that it could
	// not, or not to the end; a verdict may come with it.
	Judge(ctx context.Context, order RunOrder, progress func(RunProgress)) (*RunVerdict, error)
}

// A Suite is what a contract can be judged by.
type Suite struct {
	Name      string          `json:"name"`
	Kind      string          `json:"kind"` // "checks", "workflows"
	Title     string          `json:"title"`
	Workflows []SuiteWorkflow `json:"workflows"` // in their order; none for checks, which are made from the contract
	Command   string          `json:"command"`   // that does the same from a shell, against another deployment
}

// A SuiteWorkflow is one workflow of a suite.
type SuiteWorkflow struct {
	ID      string `json:"id"`
	Summary string `json:"summary,omitempty"`
}

// The targets of runs.
const (
	FreshTarget = "fresh" // a stand-in of the same contract, started for the run, with a world of its own
	WorldTarget = "world" // the world that the request means, which is not the same afterwards
)

// A RunOrder says what is judged, and by what.
type RunOrder struct {
	Contract string
	Suite    string
	Target   string // FreshTarget, WorldTarget
	Sandbox  string // of WorldTarget; empty: the contract's own world
	Seed     uint64 // of invented values and of every order that is not given
}

// A RunProgress is how far a run has come.
type RunProgress struct {
	Done     int    `json:"done"`
	Total    int    `json:"total"` // 0: not known yet
	Failed   int    `json:"failed"`
	Requests int    `json:"requests"`
	Current  string `json:"current,omitempty"` // test that ended last
}

// A RunVerdict is what came of a run.
type RunVerdict struct {
	Clean    bool
	Summary  string // one sentence
	Tests    RunTests
	Findings []RunFinding                                   // the gravest first
	Report   func(w io.Writer, format string) (bool, error) // writes it in a format; false: there is no such format
}

// RunTests counts tests by what became of them.
type RunTests struct {
	Passed  int `json:"passed"`
	Failed  int `json:"failed"`
	Errored int `json:"errored"`
	Skipped int `json:"skipped"`
	Known   int `json:"known"`
}

// A RunFinding is one way in which an answer broke its contract.
type RunFinding struct {
	Check     string `json:"check"`
	Level     string `json:"level"`
	Operation string `json:"operation,omitempty"`
	Message   string `json:"message"`
}

// The states of a run.
const (
	runRunning  = "running"
	runClean    = "clean"
	runFindings = "findings"
	runFailed   = "failed" // it could not be carried out
	runStopped  = "stopped"
)

// A Run is one judgement of a contract's stand-in.
type Run struct {
	ID       string       `json:"id"`
	Contract string       `json:"contract"`
	Suite    string       `json:"suite"`
	Title    string       `json:"title"` // of the suite
	Target   string       `json:"target"`
	Sandbox  string       `json:"sandbox,omitempty"`
	Seed     uint64       `json:"seed"`
	State    string       `json:"state"`
	Started  time.Time    `json:"started_at"` // by the machine's clock, like all that the judge does
	Ended    *time.Time   `json:"ended_at,omitempty"`
	Progress RunProgress  `json:"progress"`
	Summary  string       `json:"summary,omitempty"`
	Error    string       `json:"error,omitempty"`
	Tests    *RunTests    `json:"tests,omitempty"`
	Findings []RunFinding `json:"findings,omitempty"` // the first hundred
	Report   string       `json:"report,omitempty"`   // path of the HTML report, with what stands for the token; missing: there is none
}

// keptRuns are how many runs are remembered, and keptFindings how many findings of one are listed.
const (
	keptRuns     = 20
	keptFindings = 100
)

// A runs is all runs of the process. One is under way at a time: they would count each other's requests.
type runs struct {
	judge Judge

	mu      sync.Mutex
	last    int
	list    []*running
	closing bool
}

// A running is one run with what belongs to it.
type running struct {
	run     Run // guarded by mu of runs
	cancel  context.CancelFunc
	report  func(io.Writer, string) (bool, error)
	changed chan struct{} // closed and replaced at every change
}

// find gives a run of a contract; nil: there is none.
func (s *runs) find(contract, id string) *running {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.list, func(r *running) bool { return r.run.ID == id && r.run.Contract == contract })
	if at < 0 {
		return nil
	}
	return s.list[at]
}

// of lists the runs of a contract, the newest first.
func (s *runs) of(contract string) []Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []Run{}
	for _, r := range slices.Backward(s.list) {
		if r.run.Contract == contract {
			list = append(list, r.run)
		}
	}
	return list
}

// start begins a run, unless another one is under way: then nil.
func (s *runs) start(order RunOrder, title string) *running {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing || slices.ContainsFunc(s.list, func(r *running) bool { return r.run.State == runRunning }) {
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.last++
	r := &running{cancel: cancel, changed: make(chan struct{}), run: Run{
		ID: strconv.Itoa(s.last), Contract: order.Contract, Suite: order.Suite, Title: title, Target: order.Target, Sandbox: order.Sandbox, Seed: order.Seed,
		State: runRunning, Started: clock.Real{}.Now().UTC(),
	}}
	if s.list = append(s.list, r); len(s.list) > keptRuns {
		s.list = slices.Delete(s.list, 0, 1)
	}
	go s.carry(ctx, r, order)
	return r
}

// carry carries a run out.
func (s *runs) carry(ctx context.Context, r *running, order RunOrder) {
	defer r.cancel()
	verdict, err := s.judge.Judge(ctx, order, func(p RunProgress) {
		s.change(r, func(run *Run) { run.Progress = p })
	})
	s.change(r, func(run *Run) {
		ended := clock.Real{}.Now().UTC()
		run.Ended = &ended
		if verdict != nil {
			run.Summary, run.Tests, run.Findings = verdict.Summary, &verdict.Tests, verdict.Findings[:min(len(verdict.Findings), keptFindings)]
			r.report = verdict.Report
		}
		switch {
		case ctx.Err() != nil:
			run.State = runStopped
		case err != nil:
			run.State, run.Error = runFailed, err.Error()
		case verdict.Clean:
			run.State = runClean
		default:
			run.State = runFindings
		}
	})
}

func (s *runs) change(r *running, change func(*Run)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&r.run)
	close(r.changed)
	r.changed = make(chan struct{})
}

// look gives a run as it is, and what is closed when it changes.
func (s *runs) look(r *running) (Run, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return r.run, r.changed
}

// close stops what is under way.
func (s *runs) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing = true
	for _, r := range s.list {
		r.cancel()
	}
}
