package conformance

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/contracts/inference"
	"understudy/scenarios"
)

// A planned test is one check on one operation.
type planned struct {
	id        string
	check     string
	operation *contracts.Operation // nil: the contract as a whole
	event     *contracts.Event     // that is delivered; nil: it is about requests
	alone     bool                 // nothing else may go on meanwhile
	rank      int                  // its place in the suite
	run       func(*trial)
	test      scenarios.Test
	done      bool
}

// A lane holds the tests that must not run beside each other, since one's writes are what another one reads: those of a
// collection, the collections inside it, and the operations on them.
type lane struct {
	*judge
	planned []*planned
	stocks  map[*inference.Collection]*stock
	bases   map[*contracts.Operation]*base
	strange map[*contracts.Operation]*answer // what a request without credential got
	made    []*item                          // in the order in which they were made
	keys    int                              // how many idempotency keys were given
}

func (j *judge) newLane() *lane {
	return &lane{
		judge: j, stocks: map[*inference.Collection]*stock{}, bases: map[*contracts.Operation]*base{},
		strange: map[*contracts.Operation]*answer{},
	}
}

// plan lists all tests, by lane.
func (j *judge) plan() []*lane {
	var lanes []*lane
	by := map[*inference.Collection]*lane{}
	paths := map[string]bool{}
	credentials := j.credentialOperations()
	rank := 0
	for _, o := range j.contract.Operations {
		l := j.newLane()
		if c := top(j.model.Binding(o).Collection); c != nil {
			if by[c] == nil {
				by[c] = l
				lanes = append(lanes, l)
			}
			l = by[c]
		} else {
			lanes = append(lanes, l)
		}
		first := !paths[o.Path]
		paths[o.Path] = true
		if !j.chosen[o] {
			continue
		}
		for _, p := range j.planOperation(o, first, credentials[o]) {
			rank++
			p.rank, p.operation = rank, o
			l.add(p)
		}
	}
	for _, l := range lanes {
		// Of a thing of which there is one only, nothing can be tried once it is deleted.
		slices.SortStableFunc(l.planned, func(a, b *planned) int { return j.ends(a.operation) - j.ends(b.operation) })
	}
	l := j.newLane()
	for _, p := range j.planContract() {
		if rank++; j.options.Shard.Has(p.id) && len(j.options.Operations) == 0 {
			p.rank = rank
			l.add(p)
		}
	}
	return append(lanes, l)
}

// ends is 1 for an operation that deletes what there is one of only.
func (j *judge) ends(o *contracts.Operation) int {
	if b := j.model.Binding(o); b.Role == inference.Delete && b.Collection != nil && b.Collection.Singleton {
		return 1
	}
	return 0
}

// top is the outermost collection that a collection lies in.
func top(c *inference.Collection) *inference.Collection {
	for depth := 0; c != nil && c.Parent != nil && depth < 64; depth++ {
		c = c.Parent
	}
	if c != nil {
		for _, s := range c.Scope { // a parameter of another collection separates its items
			if s.Collection != nil && s.Collection != c {
				return top(s.Collection)
			}
		}
	}
	return c
}

func (l *lane) add(p *planned) {
	if !l.selected.Has(p.check) {
		return
	}
	c, _ := check.Find(p.check)
	p.test = scenarios.Test{ID: l.options.Prefix + p.id, Name: c.Title, Check: p.check}
	if o := p.operation; o != nil {
		p.test.Operation, p.test.At = o.ID, check.PlaceOf(o.At)
		p.test.Name += ": " + o.Method + " " + o.Path
		p.test.Tags = o.Tags
	}
	if p.event != nil {
		p.test.Name += ": " + p.event.Name
		if o := p.event.Operation; o != nil {
			p.test.Operation, p.test.At = o.ID, check.PlaceOf(o.At)
		}
	}
	l.planned = append(l.planned, p)
}

func on(id string, o *contracts.Operation, run func(*trial)) *planned {
	return &planned{id: id + "/" + slug(o.ID), check: id, run: run}
}

// planOperation lists the tests of an operation.
func (j *judge) planOperation(o *contracts.Operation, firstOfPath, credentials bool) []*planned {
	var list []*planned
	g := j.maker(0)
	for _, group := range []struct {
		ids []string
		run func(*trial)
		has map[string]bool
	}{
		{[]string{"POS-002", "POS-001", "POS-003", "POS-004", "POS-005", "POS-006"}, (*trial).positive, g.kinds(o, true)},
		{negativeIDs, (*trial).negative, g.kinds(o, false)},
	} {
		for _, id := range group.ids {
			if group.has[id] {
				list = append(list, on(id, o, group.run))
			}
		}
	}
	list = append(list, j.planMethods(o, firstOfPath)...)
	list = append(list, j.planLives(o)...)
	if credentials {
		list = append(list, j.planCredentials(o)...)
	}
	list = append(list, j.planAccess(o)...)
	return append(list, j.planLoad(o)...)
}

// negativeIDs are the checks of invalid requests, in the order in which they are told.
var negativeIDs = []string{
	"NEG-001", "NEG-002", "NEG-003", "NEG-004", "NEG-005", "NEG-006", "NEG-007", "NEG-008", "NEG-009", "NEG-010", "NEG-011", "NEG-012", "NEG-013", "NEG-014",
	"NEG-015", "CTY-005", "CTY-006",
}

// planContract lists the tests that belong to no operation.
func (j *judge) planContract() []*planned {
	list := []*planned{
		{id: "MTH-005/unknown-path", check: "MTH-005", run: (*trial).unknownPath},
		{id: "MTH-006/trace", check: "MTH-006", run: (*trial).trace},
		{id: "SEC-002/origin", check: "SEC-002", run: (*trial).foreignOrigin},
	}
	return append(list, j.planEvents()...)
}

// carryOut runs the lane's tests, either those that may run beside others or those that may not.
func (l *lane) carryOut(ctx context.Context, alone bool) {
	for _, p := range l.planned {
		if p.done || p.alone != alone {
			continue
		}
		p.done = true
		t := &trial{lane: l, planned: p, ctx: ctx, test: &p.test}
		t.carryOut()
		l.deployment.Run().Done(&p.test, l.total)
	}
}

// writes says that an operation is not safe (RFC 9110, 9.2.1).
func writes(o *contracts.Operation) bool {
	switch o.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, "QUERY":
		return false
	}
	return true
}

// demand names what an operation asks of credentials.
func demand(o *contracts.Operation) string {
	var b strings.Builder
	for _, alternative := range o.Security {
		for _, q := range alternative {
			b.WriteString(q.Scheme.Key + "(" + strings.Join(q.Scopes, " ") + ")&")
		}
		b.WriteByte('|')
	}
	b.WriteString(strings.Join(o.Behaviour.Scopes, " "))
	if o.Behaviour.Admin {
		b.WriteString(" admin")
	}
	return b.String()
}

// credentialOperations chooses the operations on which credentials are tried.
func (j *judge) credentialOperations() map[*contracts.Operation]bool {
	chosen := map[*contracts.Operation]bool{}
	best := map[string]*contracts.Operation{}
	for _, o := range j.contract.Operations {
		if o.Anonymous || !j.chosen[o] {
			continue
		}
		if j.options.Thorough {
			chosen[o] = true
			continue
		}
		key := demand(o)
		if writes(o) {
			key += " writes"
		}
		if before := best[key]; before == nil || j.effort(o) < j.effort(before) {
			best[key] = o
		}
	}
	for _, o := range best {
		chosen[o] = true
	}
	return chosen
}

// effort ranks operations by how much has to be there before one can be called.
func (j *judge) effort(o *contracts.Operation) int {
	n := 10 * strings.Count(o.Path, "{")
	switch j.model.Binding(o).Role {
	case inference.Delete, inference.Clear:
		n += 5
	case inference.Action, inference.Upload:
		n += 3
	case inference.None:
		n += 2
	}
	if o.Behaviour.Session != "" || o.Behaviour.Keys != "" || o.Behaviour.Verify != "" {
		n += 100 // it changes credentials
	}
	if len(j.contract.LimitsOf(o, "")) > 0 || slices.ContainsFunc(o.Responses, func(r *contracts.Response) bool { return r.Code == http.StatusTooManyRequests }) {
		n++
	}
	return n
}
