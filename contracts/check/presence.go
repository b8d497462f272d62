package check

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"understudy/contracts"
)

// runState is what an examination keeps of a run, bounded by the size of the contract and the number of actors.
type runState struct {
	seen     map[*contracts.Operation]*presence
	withheld []withheld
	ends     map[*contracts.Operation]*announcement
	errors   map[string]*errorShape
	counters map[counterKey]*counter
	speeds   speeds
}

func (r *runState) init() {
	r.seen = map[*contracts.Operation]*presence{}
	r.ends = map[*contracts.Operation]*announcement{}
	r.errors = map[string]*errorShape{}
	r.counters = map[counterKey]*counter{}
}

// presence counts how an operation answered valid requests.
type presence struct {
	valid    int
	missing  map[int]int // by status: 404, 405, 501
	exchange int         // the first one that seemed to show that it is not there
}

// withheld is a finding that waits for the end of the run.
type withheld struct {
	operation *contracts.Operation
	id        string
	finding   Finding
}

// withhold keeps a finding until Close, once for each operation and status.
func (e *Examination) withhold(p *pass, id string, f Finding) {
	if !e.selected.Has(id) {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range e.run.withheld {
		if w := &e.run.withheld[i]; w.operation == p.operation && w.id == id && w.finding.Keyword == f.Keyword {
			w.finding.Repeats++
			return
		}
	}
	f.Exchange = p.about.Number
	e.run.withheld = append(e.run.withheld, withheld{p.operation, id, f})
}

// remember keeps of an exchange what is judged over the run.
func (e *Examination) remember(p *pass) {
	shape, example := p.errorShape()
	left, counted := p.remaining()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.run.speeds.add(p.x.Duration, len(e.options.Percentiles) > 0)
	if p.operation == nil {
		return
	}
	if p.about.Intent == Valid {
		e.run.presence(p)
	}
	if p.operation.Deprecated && p.x.Status/100 == 2 {
		e.run.announced(p)
	}
	if shape != "" {
		e.run.addShape(p, shape, example)
	}
	if counted {
		e.run.count(p, left)
	}
}

func (r *runState) presence(p *pass) {
	s := r.seen[p.operation]
	if s == nil {
		s = &presence{missing: map[int]int{}}
		r.seen[p.operation] = s
	}
	s.valid++
	switch p.x.Status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		if len(s.missing) == 0 {
			s.exchange = p.about.Number
		}
		s.missing[p.x.Status]++
	}
}

// absent gives the findings about operations that are not there (INV-001), and for the others what was withheld.
func (e *Examination) absent() []Finding {
	var list []Finding
	gone := map[*contracts.Operation]bool{}
	for _, o := range e.contract.Operations {
		s := e.run.seen[o]
		if s == nil || !e.selected.Has("INV-001") {
			continue
		}
		if f, ok := s.verdict(o); ok {
			gone[o] = true
			f.Exchange = s.exchange
			list = append(list, e.about("INV-001", o, f))
		}
	}
	for _, w := range e.run.withheld {
		if !gone[w.operation] {
			list = append(list, e.about(w.id, w.operation, w.finding))
		}
	}
	return list
}

// verdict judges the answers that an operation gave to valid requests.
func (s *presence) verdict(o *contracts.Operation) (Finding, bool) {
	missing := 0
	var statuses []string
	for _, status := range []int{http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented} {
		if n := s.missing[status]; n > 0 {
			missing += n
			statuses = append(statuses, fmt.Sprint(status))
			if slices.ContainsFunc(o.Responses, func(r *contracts.Response) bool { return r.Code == status }) {
				return Finding{}, false // the document foresees it: COV-001 tells that nothing else came
			}
		}
	}
	if missing == 0 || missing < s.valid {
		return Finding{}, false
	}
	how := "every valid request"
	if s.valid == 1 {
		how = "the only valid request"
	}
	f := Finding{
		Message: fmt.Sprintf("%s %s is in the document, but %s to it was answered with %s.", o.Method, o.Path, how, strings.Join(statuses, " or ")),
		Want:    "the operation", Got: strings.Join(statuses, ", "), Where: "status", Keyword: "absent",
	}
	if s.missing[http.StatusNotFound] == missing && strings.Contains(o.Path, "{") {
		f.Level, f.Certainty = Warning, Likely
		f.Message += " The paths may have named things that are not there."
	}
	return f, true
}

// about makes a finding of the run about an operation.
func (e *Examination) about(id string, o *contracts.Operation, f Finding) Finding {
	if o != nil {
		f.Operation, f.Method, f.Path = o.ID, o.Method, o.Path
		if f.At == (Place{}) {
			f.At = PlaceOf(o.At)
		}
	}
	e.complete(id, &f)
	return f
}

// Close gives the findings of the checks that look at the whole run, in the order of the catalogue and the document, and
// forgets the run: the same Examination may then examine another one.
func (e *Examination) Close() []Finding {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := e.absent()
	for _, part := range []func() []Finding{e.unannounced, e.standing, e.otherShapes, e.slowest} {
		list = append(list, part()...)
	}
	order := map[string]int{}
	for i := range catalogue {
		order[catalogue[i].ID] = i
	}
	slices.SortStableFunc(list, func(a, b Finding) int { return order[a.Check] - order[b.Check] })
	e.run = runState{}
	e.run.init()
	return list
}
