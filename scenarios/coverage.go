package scenarios

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"understudy/contracts"
	"understudy/contracts/check"
)

// A coverage is what of one contract was seen. It hears of every exchange with the target. It is safe for concurrent use.
type coverage struct {
	contract *contracts.Contract

	mu         sync.Mutex
	operations map[*contracts.Operation]*seen
	events     map[string]bool
	branches   map[string]bool
}

// seen is what was seen of one operation.
type seen struct {
	statuses   map[int]int
	answers    map[string]bool // "200 application/json"
	requests   map[string]bool // media types of requests that were accepted
	parameters map[string]bool // "query limit", in requests that were accepted
	security   map[int]bool    // alternatives in requests that were accepted
}

func newCoverage(c *contracts.Contract) *coverage {
	return &coverage{contract: c, operations: map[*contracts.Operation]*seen{}, events: map[string]bool{}, branches: map[string]bool{}}
}

// exchange takes note of an exchange.
func (v *coverage) exchange(x *contracts.Exchange) {
	o := x.Operation
	if o == nil || x.Status == 0 {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	s := v.operations[o]
	if s == nil {
		s = &seen{statuses: map[int]int{}, answers: map[string]bool{}, requests: map[string]bool{}, parameters: map[string]bool{}, security: map[int]bool{}}
		v.operations[o] = s
	}
	s.statuses[x.Status]++
	if r := o.Response(x.Status); r != nil {
		if m := contracts.MatchMedia(x.ResponseHeader.Get("Content-Type"), r.Content); m != nil {
			s.answers[r.Status+" "+m.Name] = true
		}
	}
	if x.Status/100 != 2 && x.Status/100 != 3 {
		return
	}
	if o.Body != nil && len(x.RequestBody) > 0 {
		if m := contracts.MatchMedia(x.RequestHeader.Get("Content-Type"), o.Body.Content); m != nil {
			s.requests[m.Name] = true
		}
	}
	u, err := url.Parse(x.URL)
	if err != nil {
		return
	}
	query := u.Query()
	for _, p := range o.Parameters {
		if sends(p, x.RequestHeader, query) {
			s.parameters[p.In+" "+p.Name] = true
		}
	}
	for i, alternative := range o.Security {
		if carries(alternative, x.RequestHeader, query) {
			s.security[i] = true
		}
	}
}

// sends says whether a request carries a parameter.
func sends(p *contracts.Parameter, h http.Header, query url.Values) bool {
	switch p.In {
	case "path":
		return true
	case "query", "querystring":
		if query.Has(p.Name) || query.Has(p.Name+"[]") || p.In == "querystring" && len(query) > 0 {
			return true
		}
		for name := range query {
			if strings.HasPrefix(name, p.Name+"[") || p.Style == "form" && p.Explode && p.Schema != nil && p.Schema.Property(name) != nil {
				return true
			}
		}
	case "header":
		return len(h.Values(p.Name)) > 0
	case "cookie":
		return slices.ContainsFunc((&http.Request{Header: h}).Cookies(), func(c *http.Cookie) bool { return c.Name == p.Name })
	}
	return false
}

// carries says whether a request shows what an alternative asks for, as far as can be seen.
func carries(alternative contracts.Alternative, h http.Header, query url.Values) bool {
	authorization := strings.ToLower(h.Get("Authorization"))
	if len(alternative) == 0 {
		return authorization == ""
	}
	for _, q := range alternative {
		s := q.Scheme
		switch {
		case s.Type == "apiKey" && s.In == "header" && h.Get(s.Name) != "":
		case s.Type == "apiKey" && s.In == "query" && query.Has(s.Name):
		case s.Type == "apiKey" && s.In == "cookie" && sends(&contracts.Parameter{In: "cookie", Name: s.Name}, h, nil):
		case s.Type == "http" && strings.HasPrefix(authorization, s.Scheme+" "):
		case (s.Type == "oauth2" || s.Type == "openIdConnect") && strings.HasPrefix(authorization, "bearer "):
		case s.Type == "mutualTLS":
		default:
			return false
		}
	}
	return true
}

// Cover takes note of what an exchange does not show by itself: events that arrived ("license.activated"), and branches of
// schemas by their ids.
func (d *Deployment) Cover(events, branches []string) {
	d.coverage.mu.Lock()
	defer d.coverage.mu.Unlock()
	for _, e := range events {
		d.coverage.events[e] = true
	}
	for _, b := range branches {
		d.coverage.branches[b] = true
	}
}

// A Branch is one branch of a request's schema that cases can take.
type Branch struct {
	ID string
	At check.Place
}

// dimensions counts what was seen. branches are all that there are; why says of an operation that was never called why not.
func (v *coverage) dimensions(branches []Branch, careful bool) []Dimension {
	v.mu.Lock()
	defer v.mu.Unlock()
	list := []Dimension{v.byOperation(careful), v.byStatus(), v.byMedia(), v.byParameter(), v.bySecurity()}
	if len(branches) > 0 {
		d := Dimension{Name: "schema-branches", Contract: v.contract.Name}
		for _, b := range branches {
			d.count(v.branches[b.ID], b.ID, "no request took it", b.At)
		}
		list = append(list, d)
	}
	if events := v.contract.Events(); len(events) > 0 {
		d := Dimension{Name: "webhooks", Contract: v.contract.Name}
		for _, e := range events {
			var at check.Place
			if e.Operation != nil {
				at = check.PlaceOf(e.Operation.At)
			}
			d.count(v.events[e.Name], e.Name, "no delivery of it was seen", at)
		}
		list = append(list, d)
	}
	return list
}

func (d *Dimension) count(covered bool, name, reason string, at check.Place) {
	d.Total++
	if covered {
		d.Covered++
		return
	}
	d.Gaps = append(d.Gaps, Gap{Name: name, Reason: reason, At: at})
}

// label names an operation in gaps.
func label(o *contracts.Operation) string { return o.Method + " " + o.Path }

func (v *coverage) byOperation(careful bool) Dimension {
	d := Dimension{Name: "operations", Contract: v.contract.Name}
	for _, o := range v.contract.Operations {
		s := v.operations[o]
		good, reason := false, "it was never called"
		switch {
		case s != nil:
			for status := range s.statuses {
				good = good || status/100 == 2 || status/100 == 3 || status == http.StatusSwitchingProtocols
			}
			reason = "it never succeeded: " + statusCounts(s.statuses)
		case careful && !safeMethod(o.Method):
			reason = "only safe methods are sent to this target"
		}
		d.count(good, label(o), reason, check.PlaceOf(o.At))
	}
	return d
}

func statusCounts(statuses map[int]int) string {
	var parts []string
	for _, status := range slices.Sorted(maps.Keys(statuses)) {
		parts = append(parts, fmt.Sprintf("%d × %d", statuses[status], status))
	}
	return strings.Join(parts, ", ")
}

// byStatus counts documented statuses. Server errors and default are not counted: no request can provoke them for sure.
func (v *coverage) byStatus() Dimension {
	d := Dimension{Name: "statuses", Contract: v.contract.Name}
	for _, o := range v.contract.Operations {
		s := v.operations[o]
		for _, r := range o.Responses {
			if r.Status == "default" || strings.HasPrefix(r.Status, "5") {
				continue
			}
			covered := false
			if s != nil {
				for status := range s.statuses {
					covered = covered || o.Response(status) == r
				}
			}
			d.count(covered, label(o)+" "+r.Status, "no answer had it", check.PlaceOf(r.At))
		}
	}
	return d
}

func (v *coverage) byMedia() Dimension {
	d := Dimension{Name: "media-types", Contract: v.contract.Name}
	for _, o := range v.contract.Operations {
		s := v.operations[o]
		if o.Body != nil {
			for _, m := range o.Body.Content {
				d.count(s != nil && s.requests[m.Name], label(o)+" request "+m.Name, "no request of it was accepted", check.PlaceOf(m.At))
			}
		}
		for _, r := range o.Responses {
			if r.Status == "default" || strings.HasPrefix(r.Status, "5") {
				continue
			}
			for _, m := range r.Content {
				d.count(s != nil && s.answers[r.Status+" "+m.Name], label(o)+" "+r.Status+" "+m.Name, "no answer was of it", check.PlaceOf(m.At))
			}
		}
	}
	return d
}

func (v *coverage) byParameter() Dimension {
	d := Dimension{Name: "parameters", Contract: v.contract.Name}
	for _, o := range v.contract.Operations {
		s := v.operations[o]
		for _, p := range o.Parameters {
			d.count(s != nil && s.parameters[p.In+" "+p.Name], label(o)+" "+p.In+" "+p.Name, "no request with it was accepted", check.PlaceOf(p.At))
		}
	}
	return d
}

func (v *coverage) bySecurity() Dimension {
	d := Dimension{Name: "security", Contract: v.contract.Name}
	for _, o := range v.contract.Operations {
		s := v.operations[o]
		for i, alternative := range o.Security {
			var keys []string
			for _, q := range alternative {
				keys = append(keys, q.Scheme.Key)
			}
			name := label(o) + " " + cmp.Or(strings.Join(keys, " and "), "anonymous")
			d.count(s != nil && s.security[i], name, "no request that showed it was accepted", check.PlaceOf(o.At))
		}
	}
	return d
}
