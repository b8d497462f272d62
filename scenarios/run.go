package scenarios

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/contracts/redact"
)

// A Clock tells the machine's time to the judge, and lets it wait. Tests hand in one of their own.
type Clock interface {
	Now() time.Time
	// Wait returns after d, or with the context's error when that ends earlier.
	Wait(ctx context.Context, d time.Duration) error
}

// Options say how a run goes about its work. Only Clock is required.
type Options struct {
	Tool    Tool
	Command string // check, run, receiver
	Seed    uint64 // of all invented values and of every order that is not given
	Clock   Clock

	Transport   http.RoundTripper // nil: one of the run's own, without proxy and without following redirects
	Jobs        int               // requests under way at once; 0: 4
	Rate        float64           // requests a second at most; 0: no bound on loopback, 5 elsewhere
	MaxRequests int               // 0: no bound
	Within      time.Duration     // that sending may take; 0: no bound
	Timeout     time.Duration     // of one request; 0: 30 s
	MaxBody     int64             // bytes of an answer that are read; 0: 8 MiB
	KeepBody    int               // bytes of a body that the result keeps; 0: 64 KiB
	KeepAll     bool              // the result keeps every exchange; else those of failed tests, of workflows, and of one passed case for each test

	// Disruptive allows what uses up quota, changes data or burdens the deployment. A target that is not on loopback is treated
	// with care unless it is set: safe methods only.
	Disruptive bool
	// Safe sends safe methods only, also on loopback.
	Safe     bool
	FailFast bool // stop after the first test that failed

	Header   http.Header // that every request to the target carries besides its own
	Secrets  []string    // hidden wherever they stand, besides what is told to be a secret by its place or form
	Progress func(Progress)
}

// Progress is how far a run has come.
type Progress struct {
	Done, Total int // tests; Total is 0 while it is not known
	Requests    int
	Failed      int
	Current     string // id of the test that was finished last
}

// A Run is one judgement under way: it sends, records and counts for all of its deployments. It is safe for concurrent use.
// Make it with New, end it with Result.
type Run struct {
	options  Options
	client   http.RoundTripper
	pace     *pace
	deployed []*Deployment
	slots    chan struct{}

	sent    atomic.Int64
	failed  atomic.Bool // a test failed
	stopped atomic.Pointer[string]

	mu        sync.Mutex
	started   time.Time
	number    int
	exchanges map[int]*kept
	done      int
	failures  int
	notes     []string
	secrets   []string
}

// Why a run does not send any more.
var (
	ErrMaxRequests = errors.New("the run's number of requests is used up (--max-requests)")
	ErrTimeOver    = errors.New("the run's time is over (--within)")
	ErrFailFast    = errors.New("a test failed (--fail-fast)")
	ErrSafe        = errors.New("only safe methods are sent to this target; --disruptive sends the others too")
)

// New begins a run.
func New(o Options) (*Run, error) {
	if o.Clock == nil {
		return nil, errors.New("new run: no clock was given")
	}
	if o.Jobs <= 0 {
		o.Jobs = 4
	}
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	if o.MaxBody <= 0 {
		o.MaxBody = 8 << 20
	}
	if o.KeepBody <= 0 {
		o.KeepBody = 64 << 10
	}
	r := &Run{options: o, client: o.Transport, exchanges: map[int]*kept{}, started: o.Clock.Now(), slots: make(chan struct{}, o.Jobs), secrets: o.Secrets}
	if r.client == nil {
		r.client = newTransport(o.Jobs)
	}
	r.pace = newPace(o.Clock, r.started, o.Within)
	return r, nil
}

// Seed is the number from which the run's invented values come.
func (r *Run) Seed() uint64 { return r.options.Seed }

// Clock is the run's.
func (r *Run) Clock() Clock { return r.options.Clock }

// Jobs is how many tests may run at once.
func (r *Run) Jobs() int { return r.options.Jobs }

// Note keeps a sentence that a reader of the result must know. The same one is kept once.
func (r *Run) Note(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range r.notes {
		if n == text {
			return
		}
	}
	r.notes = append(r.notes, text)
}

// Hide lets the run hide texts in all that it gives out: credentials that were issued on the way.
func (r *Run) Hide(texts ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secrets = append(r.secrets, texts...)
	for _, d := range r.deployed {
		d.redactor.Store(d.redactor.Load().With(texts...))
	}
}

// hidden lists the texts that are hidden.
func (r *Run) hidden() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.secrets)
}

// hides says that a text is hidden already.
func (r *Run) hides(text string) bool { return slices.Contains(r.hidden(), text) }

// Done counts a finished test and tells of the progress.
func (r *Run) Done(t *Test, total int) {
	r.mu.Lock()
	r.done++
	if t.Outcome == Failed || t.Outcome == Errored {
		r.failures++
		r.failed.Store(true)
	}
	p := Progress{Done: r.done, Total: total, Requests: int(r.sent.Load()), Failed: r.failures, Current: t.ID}
	r.mu.Unlock()
	if r.options.Progress != nil {
		r.options.Progress(p)
	}
}

// Stop ends the run: nothing is sent any more. The first reason stays.
func (r *Run) Stop(reason string) { r.stopped.CompareAndSwap(nil, &reason) }

// Stopped says why the run was stopped; empty: it was not.
func (r *Run) Stopped() string {
	if s := r.stopped.Load(); s != nil {
		return *s
	}
	return ""
}

// A Deployment is one target under judgement: a contract, and where somebody serves it.
type Deployment struct {
	Contract *contracts.Contract
	URL      *url.URL
	Control  *Control // nil: the target is no stand-in, or nobody said where its management API is
	Roster   *Roster  // credentials by the name of their actor; never nil
	Log      string   // of a deployment that the run itself started
	// Sandbox is named by every request: the target is a sandbox of a stand-in. Empty: it is none.
	Sandbox string
	// Management says that this is the management API of a stand-in, called by workflows: it is not judged, and all may be sent.
	Management bool
	// Beside says that its contract only helps workflows to say requests: its answers are judged, and its coverage is nobody's aim.
	Beside bool

	run      *Run
	checks   *check.Examination
	coverage *coverage
	redactor atomic.Pointer[redact.Redactor]
	loopback bool
	pace     *pace
}

// Deploy adds a target to the run.
func (r *Run) Deploy(c *contracts.Contract, address string, checks *check.Examination, control *Control, roster *Roster) (*Deployment, error) {
	u, err := ParseTarget(address)
	if err != nil {
		return nil, err
	}
	if roster == nil {
		roster = &Roster{}
	}
	d := &Deployment{Contract: c, URL: u, Control: control, Roster: roster, run: r, checks: checks, coverage: newCoverage(c), loopback: isLoopback(u.Hostname())}
	r.mu.Lock()
	if word, ok := u.User.Password(); ok {
		r.secrets = append(r.secrets, word)
	}
	first := redact.New(c).With(r.secrets...).With(roster.secrets()...)
	for _, other := range r.deployed { // what one issues may be told by another: a stand-in's key by its management API
		first = first.Also(other.Contract)
		other.redactor.Store(other.redactor.Load().Also(c))
	}
	d.redactor.Store(first)
	r.deployed = append(r.deployed, d)
	r.mu.Unlock()
	rate := r.options.Rate
	if rate == 0 && !d.loopback && !r.options.Disruptive {
		rate = 5
	}
	d.pace = newRate(r.options.Clock, rate)
	return d, nil
}

// ParseTarget reads the address of a target: an http or https URL without query and fragment.
func ParseTarget(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the target %q cannot be read as a URL: give one like https://staging.example.com/v1", redact.New(nil).Text(address))
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, fmt.Errorf("the target %q is no http or https URL: give one like https://staging.example.com/v1", redact.New(nil).Text(address))
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("the target %q has a query or fragment: give the base URL only", redact.New(nil).Text(address))
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	return u, nil
}

// Close gives what the checks see only over the run as a whole, when all requests were sent.
func (d *Deployment) Close() []check.Finding {
	if d.checks == nil {
		return nil
	}
	return d.Clean(d.checks.Close())
}

// Run gives the run that the deployment belongs to.
func (d *Deployment) Run() *Run { return d.run }

// Careful says that only safe methods may be sent.
func (d *Deployment) Careful() bool {
	return !d.Management && (d.run.options.Safe || !d.loopback && !d.run.options.Disruptive)
}

// Disruptive says that what burdens the deployment may be sent: asked for, or the target is a stand-in on loopback.
func (d *Deployment) Disruptive() bool {
	return d.run.options.Disruptive || d.loopback && d.Control != nil && !d.run.options.Safe
}

// Redactor hides the secrets of this deployment's exchanges.
func (d *Deployment) Redactor() *redact.Redactor { return d.redactor.Load() }

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") || strings.HasSuffix(strings.ToLower(host), ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}
