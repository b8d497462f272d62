package contracts

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"understudy/contracts/schema"
)

// A FaultBehaviour is trouble ordered beforehand: which requests it is for, and what becomes of them or of their answers.
// The management API, the command line and the header Understudy-Fault take the same words; CheckFault judges them.
type FaultBehaviour struct {
	Name string `yaml:"name" json:"name,omitempty"` // each fault has its own; it stands in the journal and in the status document
	Kind string `yaml:"kind" json:"kind"`           // latency, status, reset, empty, drop, truncated-body, malformed-json, malformed-chunk, slow-body, content-type, schema, stale
	Off  bool   `yaml:"off" json:"off,omitempty"`   // it acts only where a request asks for it by name

	// Which requests; what is empty fits all.
	Operations []string `yaml:"operations" json:"operations,omitempty"` // operation ids
	Methods    []string `yaml:"methods" json:"methods,omitempty"`       // upper case
	Path       string   `yaml:"path" json:"path,omitempty"`             // pattern of the path as sent, base path included: * is a segment or a part of one, ** any number of segments
	Credential string   `yaml:"credential" json:"credential,omitempty"` // id of the caller's credential
	Account    string   `yaml:"account" json:"account,omitempty"`       // id of the caller's account
	Sandbox    string   `yaml:"sandbox" json:"sandbox,omitempty"`       // name of the sandbox

	// How often and when. Only requests that fit are counted.
	After       int     `yaml:"after" json:"after,omitempty"`             // so many requests are spared first
	Times       int     `yaml:"times" json:"times,omitempty"`             // then it acts on so many; 0: on all that follow
	Every       int     `yaml:"every" json:"every,omitempty"`             // after and times begin anew after so many requests; 0: never
	Probability float64 `yaml:"probability" json:"probability,omitempty"` // above 0 up to 1, drawn by the seed; 0: always
	From        string  `yaml:"from" json:"from,omitempty"`               // instant of RFC 3339, or a duration behind the moment of ordering; empty: at once
	Until       string  `yaml:"until" json:"until,omitempty"`             // the same, and at that instant it acts no more; empty: until it is removed

	// What happens. Each kind knows some of these; FaultKinds says which.
	Delay     string            `yaml:"delay" json:"delay,omitempty"`          // latency: as ParseDelay reads it
	Real      bool              `yaml:"real" json:"real,omitempty"`            // latency, slow-body: by the machine's time instead of the server's clock, which may stand still
	Status    Statuses          `yaml:"status" json:"status,omitempty"`        // status: one, or several of which the seed chooses; empty: 500
	Code      string            `yaml:"code" json:"code,omitempty"`            // status: reason by which error templates are chosen, and the journal tells it; empty: fault
	Message   string            `yaml:"message" json:"message,omitempty"`      // status: the text in the error's shape, unless the shape has one of its own; empty: the phrase of the status
	Headers   map[string]string `yaml:"headers" json:"headers,omitempty"`      // status: further ones, such as Retry-After
	Body      any               `yaml:"body" json:"body,omitempty"`            // status: instead of the documented one; a text is sent as it is
	MediaType string            `yaml:"mediaType" json:"media_type,omitempty"` // status: of body; content-type: the wrong one
	Bytes     *int              `yaml:"bytes" json:"bytes,omitempty"`          // truncated-body: so many are sent; nil: half of the body
	Rate      int               `yaml:"rate" json:"rate,omitempty"`            // slow-body: bytes a second; 0: 1,024
	Member    string            `yaml:"member" json:"member,omitempty"`        // schema: JSON Pointer of the member to break; empty: the seed chooses
	Effect    bool              `yaml:"effect" json:"effect,omitempty"`        // latency, status, reset, empty: the request is carried out first

	// Outage makes it an incident of the status document and says what it is called; empty: it is none.
	Outage string `yaml:"outage" json:"outage,omitempty"`
	Impact string `yaml:"impact" json:"impact,omitempty"` // of an outage: degraded or outage; empty: outage where every request fails, else degraded

	At schema.Location `yaml:"-" json:"-"`
}

// Statuses are HTTP status codes. In JSON one may stand alone, without a list.
type Statuses []int

// UnmarshalJSON reads a number or a list of numbers.
func (s *Statuses) UnmarshalJSON(text []byte) error {
	var one int
	if err := json.Unmarshal(text, &one); err == nil {
		*s = Statuses{one}
		return nil
	}
	var list []int
	if err := json.Unmarshal(text, &list); err != nil {
		return &json.UnmarshalTypeError{Value: "value", Type: reflect.TypeFor[[]int]()}
	}
	*s = list
	return nil
}

// A FaultKind is one kind of trouble.
type FaultKind struct {
	Name    string
	Does    string   // what it does, for lists
	Main    string   // the word that the text form takes behind the kind: status=503; empty: none
	Members []string // which of the words of effect it knows
}

// FaultKinds is every kind of fault, in the order in which they act on one request.
var FaultKinds = []FaultKind{
	{"latency", "the answer waits", "delay", []string{"delay", "real", "effect"}},
	{"status", "another status, in the contract's shape or with a given body", "status", []string{"status", "code", "message", "headers", "body", "mediaType", "effect"}},
	{"reset", "the connection is reset", "", []string{"effect"}},
	{"empty", "the connection is closed without an answer", "", []string{"effect"}},
	{"drop", "the request is carried out, then the connection is reset", "", nil},
	{"stale", "the previous answer to the same request", "", nil},
	{"schema", "one member of the answer breaks its schema", "member", []string{"member"}},
	{"malformed-json", "the body is no JSON", "", nil},
	{"content-type", "the answer says that it is of another media type", "mediaType", []string{"mediaType"}},
	{"truncated-body", "the connection ends inside the body", "bytes", []string{"bytes"}},
	{"malformed-chunk", "the body comes in chunks, the second of which is none", "", nil},
	{"slow-body", "the body comes slowly", "rate", []string{"rate", "real"}},
}

// FindFaultKind gives the kind of a name, or nil.
func FindFaultKind(name string) *FaultKind {
	for i := range FaultKinds {
		if FaultKinds[i].Name == name {
			return &FaultKinds[i]
		}
	}
	return nil
}

// A FaultError says which word of a fault cannot be carried out, and why.
type FaultError struct {
	Name   string // of the fault; empty where it has none
	Member string // the word, as overlays spell it; empty: the fault as a whole
	Reason string // what to write instead: "must be a status from 200 to 599"
}

func (e *FaultError) Error() string {
	text := "fault"
	if e.Name != "" {
		text += fmt.Sprintf(" %.80q", e.Name)
	}
	if e.Member != "" {
		text += ": " + e.Member
	}
	return text + ": " + e.Reason
}

// checkFaults judges the faults that exist from the start.
func (c *compiler) checkFaults() {
	b := &c.contract.Behaviour
	names := map[string]bool{}
	if len(b.Faults) > MaxFaults {
		c.collect(behaviourError(b.At, fmt.Sprintf("there are %d faults", len(b.Faults)), fmt.Sprintf("order at most %d", MaxFaults)).on("faults"))
		return
	}
	for i := range b.Faults {
		f := &b.Faults[i]
		if f.Name == "" || names[f.Name] {
			c.collect(behaviourError(f.At, fmt.Sprintf("faults[%d]: the name %q is empty or taken", i, f.Name), "give each fault a name of its own").on("name"))
		}
		names[f.Name] = true
		if err := c.contract.CheckFault(f); err != nil {
			wrong := behaviourError(f.At, err.Error(), "docs/faults.md lists what each kind of fault takes")
			if member := (*FaultError)(nil); errors.As(err, &member) {
				wrong.on(member.Member)
			}
			c.collect(wrong)
		}
	}
	if path := b.Serve.Status; path != "" && !strings.HasPrefix(path, "/") {
		c.collect(behaviourError(b.At, fmt.Sprintf("serve: status: %q is not a path", path), "begin it with a slash: \"/status\"").on("serve", "status"))
	}
}
