package check

import (
	"cmp"
	"errors"
	"strings"
	"sync"
	"time"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// Options says how exchanges are examined.
type Options struct {
	Contract *contracts.Contract
	// Only and Skip choose checks as Select reads them; both empty: all that can be carried out.
	Only, Skip []string
	// Strict carries out SCH-002 as well: members that nobody declared are noted.
	Strict bool
	// Targets are the addresses under which the contract is served. They are needed only to tell which path a request
	// meant that fits no operation (MTH-003); without one its path is taken as it is.
	Targets []string

	Slowest     time.Duration // PRF-001: the longest that an answer may take; 0: it is not judged
	Percentiles []Percentile  // PRF-002
}

// A Percentile is a bound on a share of a run's answers.
type Percentile struct {
	Rank   float64       // per cent, above 0 and up to 100
	Within time.Duration // the longest that this share of the answers may take
}

// An Examination judges exchanges with one deployment of one contract. It is safe for concurrent use.
type Examination struct {
	contract *contracts.Contract
	selected Selection
	options  Options
	shapes   sync.Map // *schema.Schema → *membersOf
	tagged   sync.Map // *schema.Schema → bool: a discriminator may be met inside
	names    sync.Map // *contracts.Operation → []string: what errors of validation may name
	tokens   map[*contracts.Operation]bool

	mu  sync.Mutex // guards what the run leaves behind
	run runState
}

// New starts an examination. The error names words in Only and Skip that name no check, and bounds that cannot be kept.
func New(o Options) (*Examination, error) {
	if o.Contract == nil {
		return nil, errors.New("examine: there is no contract")
	}
	selected, err := Select(o.Only, o.Skip)
	if err != nil {
		return nil, err
	}
	for _, p := range o.Percentiles {
		if !(p.Rank > 0 && p.Rank <= 100) || p.Within <= 0 {
			return nil, errors.New("examine: a percentile needs a rank above 0 and up to 100, and a time above 0")
		}
	}
	e := &Examination{contract: o.Contract, selected: selected, options: o, tokens: tokenOperations(o.Contract)}
	e.run.init()
	return e, nil
}

// Has says whether a check is carried out.
func (e *Examination) Has(id string) bool { return e.selected.Has(id) }

// Limits on what one exchange may cost.
const (
	maxFindings = 100
	maxShown    = 200 // bytes of Want and Got
	maxMessage  = 700
)

// A pass is the examination of one exchange.
type pass struct {
	e         *Examination
	x         *contracts.Exchange
	about     About
	operation *contracts.Operation
	response  *contracts.Response // the documented answer; nil: there is none
	broken    bool                // the answer did not arrive whole: its body is not judged
	template  string              // the path's, where only the method fits no operation
	at        Place               // of that path

	contentType string // the one that counts; empty: none
	text        []byte // the content without its codings; nil where it could not be had
	textOK      bool
	value       any // the content, decoded
	decoded     bool
	whole       bool // value was judged and fits its schema, or none is documented

	found []Finding
}

// looks are the passive checks of one exchange, in the order in which their findings are told.
var looks = [...]func(*pass){
	(*pass).status, (*pass).fitting, (*pass).length,
	(*pass).content, (*pass).headers, (*pass).lifetime,
	(*pass).allow, (*pass).challenge,
	(*pass).problem, (*pass).leaks, (*pass).namesField,
	(*pass).limits, (*pass).retryAfter,
	(*pass).banners, (*pass).clear, (*pass).caching,
	(*pass).speed,
}

// Examine judges one exchange by every passive check and gives the findings, nil where there are none. The caller has put
// the operation that was meant into x.Operation, nil where the request matches none (see Locate); neither x nor what it holds
// is changed. What can only be told over a run is kept for Close.
func (e *Examination) Examine(x *contracts.Exchange, about About) []Finding {
	p := pass{e: e, x: x, about: about, operation: x.Operation}
	if about.TransportError != "" {
		p.transport()
		p.broken = true
	}
	if x.Status == 0 {
		return p.found
	}
	if p.operation != nil {
		p.response = p.operation.Response(x.Status)
	}
	for _, look := range looks {
		look(&p)
	}
	e.remember(&p)
	return p.found
}

// report adds a finding about the operation, unless its check was not asked for or it has been told of this exchange. The
// check fills in what f leaves empty; without a place of its own, the finding stands at the operation.
func (p *pass) report(id string, f Finding) {
	switch {
	case p.operation == nil:
		f.Method, f.Path = cut(p.x.Method, 40), p.template
		if f.At == (Place{}) {
			f.At = p.at
		}
	default:
		f.Operation, f.Method, f.Path = p.operation.ID, p.operation.Method, p.operation.Path
		if f.At == (Place{}) {
			f.At = PlaceOf(p.operation.At)
		}
	}
	p.reportWide(id, f)
}

// reportWide adds a finding about the deployment as a whole: it is the same whichever operation shows it.
func (p *pass) reportWide(id string, f Finding) {
	if len(p.found) >= maxFindings || !p.e.selected.Has(id) {
		return
	}
	f.Exchange = p.about.Number
	p.e.complete(id, &f)
	for i := range p.found {
		if p.found[i].Fingerprint == f.Fingerprint {
			return
		}
	}
	p.found = append(p.found, f)
}

// complete fills in what the catalogue and the contract know of a finding, and bounds what it quotes.
func (e *Examination) complete(id string, f *Finding) {
	c := byID[id]
	f.Check, f.Title, f.Contract = id, c.Title, e.contract.Name
	f.Basis = cmp.Or(f.Basis, c.Basis)
	f.Norm = cmp.Or(f.Norm, c.Norm)
	f.Level = cmp.Or(f.Level, c.Level)
	f.Certainty = cmp.Or(f.Certainty, Certain)
	f.Advice = cmp.Or(f.Advice, c.Advice)
	f.Message = cut(f.Message, maxMessage)
	f.Want, f.Got, f.Where = cut(f.Want, maxShown), cut(f.Got, maxShown), cut(f.Where, 2*maxShown)
	f.Fingerprint = Fingerprint(*f)
}

// label names the operation for people: "GET /pets/{id}".
func (p *pass) label() string {
	if p.operation != nil {
		return p.operation.Method + " " + p.operation.Path
	}
	return cut(p.x.Method, 40) + " on a path that fits no operation"
}

// header gives a field of the answer.
func (p *pass) header(name string) string {
	if lines := p.x.ResponseHeader[name]; len(lines) > 0 {
		return lines[0]
	}
	return ""
}

// forgiving says that the documented answer may not be meant for this status: it is default's, and the document describes no
// success beside it, so that it may well describe success only.
func (p *pass) forgiving() bool {
	if p.response == nil || p.response.Status != "default" || p.x.Status < 400 {
		return false
	}
	for _, r := range p.operation.Responses {
		if r.Code/100 == 2 || r.Status == "2XX" {
			return false
		}
	}
	return true
}

// doubt lowers a finding that rests on such a description.
func (p *pass) doubt(f Finding) Finding {
	if p.forgiving() {
		f.Level, f.Certainty = Warning, Likely
		f.Message += " The document describes this status only by default, which here may be meant for success."
	}
	return f
}

// responsePlace is where the documented answer stands, or the operation.
func (p *pass) responsePlace() Place {
	if p.response != nil {
		return PlaceOf(p.response.At)
	}
	return placeOfOperation(p.operation)
}

func placeOfOperation(o *contracts.Operation) Place {
	if o == nil {
		return Place{}
	}
	return PlaceOf(o.At)
}

// below is a place under another one.
func below(at Place, tokens ...string) Place {
	for _, t := range tokens {
		at.Pointer += "/" + schema.EscapeToken(t)
	}
	return at
}

// path is the template of the path that was asked, for people; what it is where no template fits.
func (p *pass) path() string {
	switch {
	case p.operation != nil:
		return p.operation.Path
	case p.template != "":
		return p.template
	}
	return "on a path that fits no operation"
}

// pathOf finds the template of a path that has no operation for the method.
func (p *pass) pathOf(match contracts.Match) {
	if p.operation != nil || len(match.Allow) == 0 {
		return
	}
	other := *p.x
	other.Method = match.Allow[0]
	if m := Locate(p.e.contract, &other, p.e.options.Targets...); m.Operation != nil {
		p.template, p.at = m.Operation.Path, PlaceOf(m.Operation.At)
		p.at.Pointer = p.at.Pointer[:max(0, strings.LastIndexByte(p.at.Pointer, '/'))]
	}
}
