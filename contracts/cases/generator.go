package cases

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// Options say how cases are made. The zero value is ready for use.
type Options struct {
	Seed uint64    // another seed gives other values; 0 is a seed like any other
	Now  time.Time // the instant near which made-up dates lie; zero: the start of 2025

	// PerOperation is how many valid cases an operation gets at most, and how many invalid ones; 0: 40 of each. The most
	// valuable come first.
	PerOperation int
	// Depth is the nesting down to which parts of a value are tried; 0: 4.
	Depth int

	// Values gives what a parameter should be, such as the id of something that exists. What does not fit the parameter's
	// schema is passed over. nil: everything is made up.
	Values func(*contracts.Operation, *contracts.Parameter) (any, bool)
	// Wish gives what a body should hold as far as it fits, as schema.Maker takes it. nil, or nil given: nothing is wished.
	Wish func(*contracts.Operation, *contracts.MediaType) any
}

// A Generator makes the cases of one contract. It is safe for concurrent use, as far as the functions in its options are.
type Generator struct {
	contract *contracts.Contract
	options  Options
	maker    schema.Maker
	unique   map[string]bool // members whose values no two items share

	mutex    sync.Mutex
	branches map[*contracts.Operation][]watched
}

// New makes a generator. The contract is only read.
func New(c *contracts.Contract, o Options) *Generator {
	if o.PerOperation <= 0 {
		o.PerOperation = 40
	}
	if o.Depth <= 0 {
		o.Depth = 4
	}
	return &Generator{
		contract: c, options: o, unique: uniqueMembers(c), branches: map[*contracts.Operation][]watched{},
		maker: schema.Maker{
			Seed: o.Seed, Now: o.Now, Direction: schema.Request, Optional: schema.RequiredOnly, Examples: true, Nodes: 300, Depth: 5,
		},
	}
}

// Positive gives requests that an operation must accept, the most valuable first: POS-001 to POS-006. The error says why no
// valid request can be made.
func (g *Generator) Positive(o *contracts.Operation) ([]Case, error) {
	w, err := g.workshop(o)
	if err != nil {
		return nil, err
	}
	w.run(w.positives())
	return w.list, nil
}

// Negative gives requests with one fault each, which an operation must refuse: NEG-001 to NEG-015, CTY-005 and CTY-006.
// The error says why no valid request can be made, from which an invalid one differs.
func (g *Generator) Negative(o *contracts.Operation) ([]Case, error) {
	w, err := g.workshop(o)
	if err != nil {
		return nil, err
	}
	w.run(w.negatives())
	return w.list, nil
}

// A workshop makes the cases of one operation, of one kind.
type workshop struct {
	*Generator
	operation *contracts.Operation
	subjects  []*subject
	base      Case // valid, with no more than is required
	made      map[*place]any
	seen      map[[sha256.Size]byte]bool
	list      []Case
}

func (g *Generator) workshop(o *contracts.Operation) (*workshop, error) {
	w := &workshop{Generator: g, operation: o, made: map[*place]any{}, seen: map[[sha256.Size]byte]bool{}}
	w.subjects = g.subjects(o)
	if err := w.makeBase(); err != nil {
		return nil, fmt.Errorf("no valid request of %s %s can be made: %w", o.Method, o.Path, err)
	}
	return w, nil
}

// A trial makes one case and says whether it is what it should be.
type trial func() (Case, bool)

// run carries out trials, one of each list in turn, until there are enough cases.
func (w *workshop) run(lists [][]trial) {
	most := w.options.PerOperation
	for tried := 0; tried < 10*most && len(w.list) < most; {
		left := false
		for i := range lists {
			// A list goes on until it has given one case, so that trials which come to nothing cost it no turn.
			for len(lists[i]) > 0 && tried < 10*most {
				try := lists[i][0]
				lists[i] = lists[i][1:]
				tried++
				if c, ok := try(); ok && w.keep(c) {
					break
				}
			}
			left = left || len(lists[i]) > 0
			if len(w.list) == most {
				return
			}
		}
		if !left {
			return
		}
	}
}

// keep adds a case unless the same bytes are there already.
func (w *workshop) keep(c Case) bool {
	seen, err := w.read(&c)
	if err != nil {
		return false
	}
	sum := sha256.Sum256(seen.wire)
	if w.seen[sum] {
		return false
	}
	w.seen[sum] = true
	w.list = append(w.list, w.distinct(c, len(w.list)))
	return true
}

// A subject is one value in a request that a schema describes: a parameter, or the body in one media type.
type subject struct {
	in, name  string
	label     string               // for people: "query limit", "body", "body as application/xml"
	parameter *contracts.Parameter // nil for a body
	media     *contracts.MediaType // of a body, or of a parameter with content
	schema    *schema.Schema       // nil: anything
	sequence  bool                 // a body that is a list of values, each described by schema
	places    []*place             // filled on first use
}

// textual says whether everything in the subject is text on the wire, so that a text which looks like a number is both.
func (s *subject) textual() bool { return s.media == nil || !contracts.JSONMedia(s.media.Name) }

// subjectOf gives the subject that a parameter is.
func subjectOf(p *contracts.Parameter) *subject {
	s := &subject{in: p.In, name: p.Name, label: p.In + " " + p.Name, parameter: p, schema: p.Schema, media: p.Media}
	if p.Media != nil {
		s.schema = p.Media.Schema
	}
	return s
}

// subjects lists what may be varied of an operation: its parameters, then its body in each media type, JSON first.
func (g *Generator) subjects(o *contracts.Operation) []*subject {
	var list []*subject
	for _, p := range o.Parameters {
		if g.isCredential(o, p) || p.In == "header" && reservedHeader(p.Name) {
			continue
		}
		list = append(list, subjectOf(p))
	}
	media := bodyMedia(o)
	for _, m := range media {
		s := &subject{in: "body", label: "body", media: m, schema: m.Schema}
		if len(media) > 1 {
			s.label += " as " + m.Name
		}
		if m.Schema == nil && m.Item != nil {
			s.schema, s.sequence = m.Item, true
		}
		list = append(list, s)
	}
	return list
}

// bodyMedia lists the media types of an operation's request body, JSON first. The content of GET, HEAD and their like has
// no meaning (RFC 9110, 9.3), and is dropped on the way by some: it is sent only where the contract requires it.
func bodyMedia(o *contracts.Operation) []*contracts.MediaType {
	if o.Body == nil || o.Method == http.MethodTrace || meaningless(o) && !o.Body.Required {
		return nil
	}
	list := slices.Clone(o.Body.Content)
	slices.SortStableFunc(list, func(a, b *contracts.MediaType) int { return mediaRank(a.Name) - mediaRank(b.Name) })
	return list
}

// meaningless says whether RFC 9110 gives content in the operation's requests no meaning.
func meaningless(o *contracts.Operation) bool {
	switch o.Method {
	case http.MethodGet, http.MethodHead, http.MethodDelete, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}

// mediaRank orders media types by how surely a value made up by a schema is content of the type.
func mediaRank(name string) int {
	switch name, _, _ := strings.Cut(strings.ToLower(name), ";"); {
	case contracts.JSONMedia(name):
		return 0
	case name == "application/x-www-form-urlencoded":
		return 1
	case name == "multipart/form-data":
		return 2
	case strings.HasSuffix(name, "xml"):
		return 3
	case name == "text/plain":
		return 4
	}
	return 5
}

// opaque says that nothing made up by a schema is sure to be content of a type: an image, an archive.
func opaque(m *contracts.MediaType) bool { return mediaRank(m.Name) == 5 }
