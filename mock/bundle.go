package mock

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"time"

	"understudy/mock/clock"
	"understudy/mock/resource"
	"understudy/mock/store"
	"understudy/mock/webhook"
)

// A Bundle is a recorded run of one world: all that is needed to bring the world up once more and to send it the same
// requests at the same instants. It holds the secret that the stand-in's credentials come from, and no credential of
// anybody else: those are replaced by others of the same form.
type Bundle struct {
	Head     BundleHead
	Document []byte       // the contract with its overlays, as JSON
	Steps    []BundleStep // in the order in which they happened

	start *store.Memory // what the store held before the first step
}

// A BundleHead says what a bundle is of.
type BundleHead struct {
	Format  string `json:"format"` // "understudy-bundle"
	Version int    `json:"version"`
	Holds   string `json:"holds"` // for the person who opens the file
	Program string `json:"program"`

	Contract string `json:"contract"`
	Digest   string `json:"contract_digest"` // of the document with its overlays
	Seed     uint64 `json:"seed"`
	Secret   string `json:"secret"` // hexadecimal: where the stand-in's credentials come from

	Clock    BundleClock    `json:"clock"`
	Sandbox  *BundleSandbox `json:"sandbox,omitempty"` // nil: the server itself
	Settings BundleSettings `json:"settings"`

	Whole bool     `json:"whole"`           // all that happened in the world since Clock.Begin is here
	Notes []string `json:"notes,omitempty"` // what is missing or was changed, for people
}

// A BundleClock says what the clock showed.
type BundleClock struct {
	Opened time.Time `json:"opened"` // when the server was made
	Begin  time.Time `json:"begin"`  // when the recording began
	Rate   float64   `json:"rate"`   // how fast it goes; 0: it stands still. A replay stands still in each step
}

// A BundleSandbox says which sandbox was recorded.
type BundleSandbox struct {
	Name   string `json:"name"`
	Seed   uint64 `json:"seed,omitempty"`
	Seeded bool   `json:"seeded,omitempty"`
	Keyed  bool   `json:"keyed,omitempty"`
}

// BundleSettings are the options of a server that decide on its answers.
type BundleSettings struct {
	State         resource.Mode    `json:"state"`
	Validate      Enforcement      `json:"validate"`
	Auth          Enforcement      `json:"auth"`
	Limits        Enforcement      `json:"limits"`
	Seeds         map[string][]any `json:"seeds,omitempty"`
	NoCredentials bool             `json:"no_credentials,omitempty"`
	AutoApprove   bool             `json:"auto_approve,omitempty"`
	MaxBody       int64            `json:"max_body"`
	KeptBody      int              `json:"kept_body"` // bytes of a body that the journal keeps
	Reasons       bool             `json:"reasons,omitempty"`
	RequestID     bool             `json:"request_id,omitempty"`
	AnyOrigin     bool             `json:"any_origin,omitempty"`
	SelfCheck     bool             `json:"self_check,omitempty"`
	HTTPSOnly     bool             `json:"https_only,omitempty"`
	AutoSandboxes bool             `json:"auto_sandboxes,omitempty"`
	FaultHeader   FaultRule        `json:"fault_header,omitempty"`
	Webhooks      BundleWebhooks   `json:"webhooks,omitzero"`

	Idempotency IdempotencyLimits `json:"idempotency"`
}

// BundleWebhooks are the rules by which endpoints were accepted. A replay tells of the same events and sends them nowhere.
type BundleWebhooks struct {
	Private bool           `json:"private,omitempty"`
	Limits  webhook.Limits `json:"limits,omitzero"`
}

// A BundleStep is one thing that happened: an exchange, or a change that the management API made.
type BundleStep struct {
	Exchange *BundleExchange `json:"exchange,omitempty"`
	Change   *BundleChange   `json:"change,omitempty"`
}

// A BundleExchange is one request, as it came, and the answer that it got.
type BundleExchange struct {
	ID      uint64        `json:"id"` // in the journal
	At      time.Time     `json:"at"`
	From    string        `json:"from,omitempty"` // address of the client
	Method  string        `json:"method"`
	URL     string        `json:"url"` // absolute, as the client addressed it
	Proto   string        `json:"proto"`
	Request BundleMessage `json:"request"`
	Status  int           `json:"status"` // 0: the connection was cut without an answer
	Answer  BundleMessage `json:"answer"`
	// Replaced is how many credentials of others were replaced in it.
	Replaced int `json:"replaced,omitempty"`

	// What follows is for those who judge the client. A replay does not look at it.
	Connection uint64        `json:"connection,omitempty"` // number of the connection; missing: not known
	Abandoned  bool          `json:"abandoned,omitempty"`  // the client went away before the answer was complete
	Repeated   bool          `json:"repeated,omitempty"`   // answered from the record of an earlier request with the same idempotency key
	Changed    bool          `json:"changed,omitempty"`    // the state was changed, whatever was answered
	Problem    string        `json:"problem,omitempty"`    // code of what ended the request early
	Faults     []BundleFault `json:"faults,omitempty"`     // that were ordered and acted on it
	Wall       *time.Time    `json:"wall,omitempty"`       // when it came by the machine's time; missing where the clock stood still
	Took       float64       `json:"took_ms,omitempty"`    // by the machine's time, like wall
}

// A BundleFault is a fault that acted on an exchange.
type BundleFault struct {
	Name string `json:"name,omitempty"`
	Kind string `json:"kind"`
	Note string `json:"note,omitempty"` // what happened
	Vain bool   `json:"vain,omitempty"` // it changed nothing
}

// A BundleMessage is headers and body of a request or an answer. Names of headers are in Go's spelling; they mean the same
// in any (RFC 9110, 5.1).
type BundleMessage struct {
	Headers http.Header `json:"headers,omitempty"`
	Text    string      `json:"text,omitempty"`   // the body, where it is UTF-8
	Base64  []byte      `json:"base64,omitempty"` // else
	Size    int         `json:"size,omitempty"`   // bytes that it had, where only its beginning is here
}

// A BundleChange is a request to the management API that changed the world.
type BundleChange struct {
	At     time.Time `json:"at"`
	Method string    `json:"method"`
	Path   string    `json:"path"` // behind that of the contract: "/keys"
	Query  string    `json:"query,omitempty"`
	Media  string    `json:"media,omitempty"` // its Content-Type
	Body   string    `json:"body,omitempty"`
	Status int       `json:"status"` // of its answer
}

// At is when the step happened, on the world's clock.
func (s *BundleStep) At() time.Time {
	if s.Change != nil {
		return s.Change.At
	}
	return s.Exchange.At
}

const (
	bundleFormat  = "understudy-bundle"
	bundleVersion = 1
	bundleHolds   = "a recorded run of a stand-in, with the secret that the stand-in's own credentials come from; credentials of others were replaced"
)

// ErrNoBundle says that a world cannot be recorded.
var ErrNoBundle = errors.New("only worlds in the memory store can be recorded")

// Bundle gives the recorded run of the world: since it began, or since its journal was cleared. program is the version of the
// program, to be noted.
func (s *Server) Bundle(ctx context.Context, program string) (*Bundle, error) {
	r := s.run
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.start == nil {
		return nil, ErrNoBundle
	}
	b := &Bundle{Document: s.contract.Document(), start: r.start.Fork(), Head: BundleHead{
		Format: bundleFormat, Version: bundleVersion, Holds: bundleHolds, Program: program,
		Contract: s.contract.Name, Digest: s.Digest(), Seed: r.seed, Secret: hex.EncodeToString(s.options.Secret[:]),
		Clock: BundleClock{Opened: r.opened, Begin: r.begin, Rate: rateOf(s.clock)}, Sandbox: r.box, Settings: s.bundleSettings(), Whole: true,
	}}
	entries, newest := s.journal.raw()
	clean := newStandIns(ctx, s)
	changes := r.changes
	number := newest - uint64(len(entries))
	for _, e := range entries {
		if number++; number <= r.after {
			continue
		}
		for len(changes) > 0 && changes[0].after < number {
			b.Steps = append(b.Steps, BundleStep{Change: clean.change(&changes[0])})
			changes = changes[1:]
		}
		b.Steps = append(b.Steps, BundleStep{Exchange: clean.exchange(e)})
	}
	for i := range changes {
		b.Steps = append(b.Steps, BundleStep{Change: clean.change(&changes[i])})
	}
	b.judge(r, newest, clean)
	return b, nil
}

// bundleSettings are the options that a replay needs.
func (s *Server) bundleSettings() BundleSettings {
	o := &s.options
	return BundleSettings{
		State: o.State, Validate: o.Validate, Auth: o.Auth, Limits: o.Limits, Seeds: o.Seeds, NoCredentials: o.NoCredentials, AutoApprove: o.AutoApprove,
		MaxBody: o.MaxBody, KeptBody: s.journal.limits.Body, Reasons: o.Reasons, RequestID: o.RequestID, AnyOrigin: o.AnyOrigin, SelfCheck: o.SelfCheck,
		HTTPSOnly: o.HTTPSOnly, AutoSandboxes: o.AutoSandboxes, FaultHeader: o.FaultHeader, Idempotency: o.Idempotency,
		Webhooks: BundleWebhooks{Private: o.Webhooks.Network.Private, Limits: o.Webhooks.Limits},
	}
}

// options are those of a server that answers as the recorded one did.
func (b *BundleSettings) options() Options {
	return Options{
		State: b.State, Validate: b.Validate, Auth: b.Auth, Limits: b.Limits, Seeds: b.Seeds, NoCredentials: b.NoCredentials, AutoApprove: b.AutoApprove,
		MaxBody: b.MaxBody, Reasons: b.Reasons, RequestID: b.RequestID, AnyOrigin: b.AnyOrigin, SelfCheck: b.SelfCheck, HTTPSOnly: b.HTTPSOnly,
		AutoSandboxes: b.AutoSandboxes, FaultHeader: b.FaultHeader, Idempotency: b.Idempotency,
		Webhooks: WebhookOptions{Network: webhook.Policy{Private: b.Webhooks.Private}, Limits: b.Webhooks.Limits, Silent: true},
		Journal:  JournalLimits{Entries: 2, Bytes: 1 << 30, Body: b.KeptBody},
	}
}

// rateOf is how fast a clock goes; one that cannot say it is the real one.
func rateOf(k clock.Clock) float64 {
	if v, ok := k.(*clock.Virtual); ok {
		return v.Rate()
	}
	return 1
}

// raw gives the journal's entries of this process as they are, secrets included, and the number of the last one: those before it
// have one less each. They must not be changed.
func (j *Journal) raw() (list []*Entry, newest uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for place := j.oldest; place <= j.newest; place++ {
		if e := j.at(place); e != nil && !e.Elsewhere() {
			list = append(list, e)
		}
	}
	if j.share != nil {
		return list, j.share.own
	}
	return list, j.newest
}

// last gives the entry that came last, as it is; nil when there is none.
func (j *Journal) last() *Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.at(j.newest)
}

// canonical gives headers in Go's spelling, without names that have no values.
func canonical(h http.Header) http.Header {
	list := http.Header{}
	for name, values := range h {
		if len(values) > 0 {
			name = http.CanonicalHeaderKey(name)
			list[name] = append(list[name], values...)
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list
}

// differingHeaders names the headers that are not the same in both, in order.
func differingHeaders(a, b http.Header) (different []string) {
	for name, values := range a {
		if !slices.Equal(values, b[name]) {
			different = append(different, name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			different = append(different, name)
		}
	}
	slices.Sort(different)
	return different
}
