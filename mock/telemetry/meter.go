package telemetry

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/webhook"
)

// Bounds on how many series there are. OpenTelemetry's own limit for one metric is 2,000.
const (
	mostSeries      = 2000 // of durations of one contract
	mostReasons     = 64
	mostOutcomes    = 64
	mostCollections = 200
)

// A contractMeter counts what the servers of one contract do.
type contractMeter struct {
	name string

	came        atomic.Uint64 // requests
	replays     atomic.Uint64
	ordinary    atomic.Pointer[[]*course]
	outcomes    *counters
	limited     *counters
	credentials *counters
	faults      *counters
	deliveries  *counters
	attempts    [5]durations // by outcome

	operations atomic.Pointer[map[*contracts.Operation]*operationMeter] // that have been called
	unmatched  atomic.Pointer[[]*series]                                // of requests that are of no operation
	series     atomic.Int64
	overflow   series // of operations that came too late for series of their own

	mu     sync.Mutex // held while operations and series are added
	byID   map[string]*operationMeter
	server func() *mock.Server // nil: nobody watches the gauges

	tally tally
}

// An operationMeter is one operation's part.
type operationMeter struct {
	id, method, route string
	list              atomic.Pointer[[]*series]
}

// A series is one distribution.
type series struct {
	method string // of requests that are of no operation
	status int
	tls    bool
	durations
}

func newContractMeter(name string) *contractMeter {
	m := &contractMeter{
		name: name, byID: map[string]*operationMeter{},
		outcomes: newCounters(requestOutcomes, mostOutcomes), limited: newCounters(limitRequests, 8),
		credentials: newCounters(credentialFailures, mostReasons), faults: newCounters(faultsActed, mostOutcomes),
		deliveries: newCounters(deliveriesEnded, 8),
	}
	m.operations.Store(&map[*contracts.Operation]*operationMeter{})
	m.unmatched.Store(&[]*series{})
	m.ordinary.Store(&[]*course{})
	return m
}

// A course is how ordinary requests go: they pass all stages up to the one that answers them. Their notes are the same slice, by
// which a course is known without a look at them.
type course struct {
	notes              *mock.StageNote // the first of them
	length             int
	outcome, admission *atomic.Uint64
}

// mostCourses is more than there are stages.
const mostCourses = 64

// count counts a request. An ordinary one costs a few comparisons and additions.
func (m *contractMeter) count(e *mock.Entry, limited bool) {
	m.durationOf(e).observe(e.Took)
	if e.Trace.Source == "idempotency" {
		m.replays.Add(1)
	}
	for i := range e.Trace.Faults {
		if f := &e.Trace.Faults[i]; !f.Vain {
			m.faults.at(key{f.Kind}).Add(1)
		}
	}
	if c := m.courseOf(e.Trace.Stages); c != nil {
		c.outcome.Add(1)
		if limited {
			c.admission.Add(1)
		}
		return
	}
	m.countStages(e, limited)
}

// courseOf gives the course of an ordinary request; nil: it is none.
func (m *contractMeter) courseOf(stages []mock.StageNote) *course {
	n := len(stages)
	if n == 0 {
		return nil
	}
	for _, c := range *m.ordinary.Load() {
		if c.notes == &stages[0] && c.length == n {
			return c
		}
	}
	if stages[n-1].Verdict != "answered" || slices.ContainsFunc(stages[:n-1], func(s mock.StageNote) bool { return s.Verdict != "passed" }) {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	c := &course{&stages[0], n, m.outcomes.at(key{stages[n-1].Name, "answered"}), m.limited.at(key{"admitted"})}
	if list := *m.ordinary.Load(); len(list) < mostCourses {
		list = append(slices.Clip(list), c)
		m.ordinary.Store(&list)
	}
	return c
}

// countStages counts what the stages say of a request that is not ordinary.
func (m *contractMeter) countStages(e *mock.Entry, limited bool) {
	if limited {
		m.limited.at(key{limitVerdict(e.Trace.Stages)}).Add(1)
	}
	last := len(e.Trace.Stages) - 1
	for i := range e.Trace.Stages {
		n := &e.Trace.Stages[i]
		if i == last && n.Verdict != "observed" {
			m.outcomes.at(key{n.Name, n.Verdict}).Add(1)
		}
		if n.Verdict == "refused" || n.Verdict == "observed" {
			m.countRefusal(n)
		}
	}
}

// countRefusal counts what was wrong with a credential.
func (m *contractMeter) countRefusal(n *mock.StageNote) {
	switch n.Name {
	case "authenticate", "permit", "verify", "provide":
		m.credentials.at(key{n.Name, n.Note, n.Verdict}).Add(1)
	}
}

// limitVerdict says what the limits came to, for a request that they counted.
func limitVerdict(stages []mock.StageNote) string {
	for i := range stages {
		if n := &stages[i]; n.Name == "admit" && n.Verdict != "passed" {
			return n.Verdict
		}
	}
	return "admitted"
}

// durationOf finds where the duration of an exchange belongs.
func (m *contractMeter) durationOf(e *mock.Entry) *durations {
	tls := strings.HasPrefix(e.URL, "https:")
	if e.Operation == nil {
		method := knownMethod(e.Method)
		for _, s := range *m.unmatched.Load() {
			if s.status == e.Status && s.tls == tls && s.method == method {
				return &s.durations
			}
		}
		return m.addSeries(&m.unmatched, method, e.Status, tls)
	}
	o := (*m.operations.Load())[e.Operation]
	if o == nil {
		o = m.addOperation(e.Operation)
	}
	for _, s := range *o.list.Load() {
		if s.status == e.Status && s.tls == tls {
			return &s.durations
		}
	}
	return m.addSeries(&o.list, "", e.Status, tls)
}

// knownMethod is a method, or what stands for all that are not known: anybody can send any.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodTrace, http.MethodConnect, "QUERY":
		return method
	}
	return other
}

// addOperation makes the place of an operation that is called for the first time. One of a contract that was loaded again goes
// on with the counts of its namesake, and what is found by the old contract's operations is forgotten.
func (m *contractMeter) addOperation(of *contracts.Operation) *operationMeter {
	m.mu.Lock()
	defer m.mu.Unlock()
	have := *m.operations.Load()
	if o := have[of]; o != nil {
		return o
	}
	id := of.Method + " " + of.Path + " " + of.ID
	known := m.byID[id]
	next := make(map[*contracts.Operation]*operationMeter, len(have)+1)
	for operation, o := range have {
		if o != known {
			next[operation] = o
		}
	}
	if known == nil {
		known = &operationMeter{id: of.ID, method: of.Method, route: of.Path}
		known.list.Store(&[]*series{})
		m.byID[id] = known
	}
	next[of] = known
	m.operations.Store(&next)
	return known
}

func (m *contractMeter) addSeries(to *atomic.Pointer[[]*series], method string, status int, tls bool) *durations {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := *to.Load()
	for _, one := range list {
		if one.status == status && one.tls == tls && one.method == method {
			return &one.durations
		}
	}
	if m.series.Load() >= mostSeries {
		return &m.overflow.durations
	}
	m.series.Add(1)
	one := &series{method: method, status: status, tls: tls}
	list = append(slices.Clip(list), one)
	to.Store(&list)
	return &one.durations
}

// outcomes are those of an attempt, in the order of contractMeter.attempts.
var outcomes = [...]webhook.Outcome{webhook.Taken, webhook.Answered, webhook.TimedOut, webhook.Unreachable, webhook.Refused}

func (m *contractMeter) countAttempt(d *webhook.Delivery, a *webhook.Attempt) {
	if a != nil {
		if i := slices.Index(outcomes[:], a.Outcome); i >= 0 {
			m.attempts[i].observe(a.Duration)
		}
	}
	if d != nil && d.State.Finished() {
		m.deliveries.at(key{string(d.State)}).Add(1)
	}
}

// A tally is how many items there are, counted now and then: a large state takes its time.
type tally struct {
	mu     sync.Mutex
	points []point
	of     *mock.Server
	due    time.Time
}
