package conformance

import (
	"fmt"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/contracts/inference"
	"understudy/scenarios"
)

// planAccess lists the tests of who may do what.
func (j *judge) planAccess(o *contracts.Operation) []*planned {
	if o.Anonymous {
		return nil
	}
	var list []*planned
	add := func(id string, run func(*trial)) { list = append(list, on(id, o, run)) }
	if !optional(o) && j.first(o, func(other *contracts.Operation) string { return demand(other) + fmt.Sprint(writes(other)) }) {
		if slices.ContainsFunc(j.deployment.Roster.Actors, func(a *scenarios.Actor) bool { return a.State == scenarios.StateGood && j.short(a, o, j.lacksScope) }) {
			add("AUZ-001", (*trial).scopeMissing)
		}
		if slices.ContainsFunc(j.deployment.Roster.Actors, func(a *scenarios.Actor) bool { return a.State == scenarios.StateGood && j.short(a, o, j.lacksRole) }) {
			add("AUZ-002", (*trial).roleTooLow)
		}
	}
	if writes(o) && !optional(o) && j.leavesTrace(o) && j.first(o, func(other *contracts.Operation) string {
		return demand(other) + string(j.model.Binding(other).Role)
	}) {
		add("AUZ-007", (*trial).anonymousWrite)
	}
	b := j.model.Binding(o)
	if b.Collection == nil || !j.apart(b.Collection) {
		return list
	}
	switch b.Role {
	case inference.Read, inference.Download:
		add("AUZ-003", (*trial).foreignRead)
		add("AUZ-006", (*trial).existenceTold)
	case inference.List:
		add("AUZ-005", (*trial).foreignListed)
	case inference.Update, inference.Replace, inference.Delete:
		add("AUZ-004", (*trial).foreignWrite)
	}
	return list
}

// first says that an operation is the first of its kind, or that all are tried.
func (j *judge) first(o *contracts.Operation, kind func(*contracts.Operation) string) bool {
	if j.options.Thorough {
		return true
	}
	var best *contracts.Operation
	for _, other := range j.contract.Operations {
		if !other.Anonymous && j.chosen[other] && kind(other) == kind(o) && (best == nil || j.effort(other) < j.effort(best)) {
			best = other
		}
	}
	return best == o
}

// leavesTrace says that what an operation does can be seen afterwards.
func (j *judge) leavesTrace(o *contracts.Operation) bool {
	b := j.model.Binding(o)
	if b.Collection == nil {
		return false
	}
	want := inference.Read
	switch b.Role {
	case inference.Create:
		want = inference.List
	case inference.Update, inference.Replace, inference.Delete:
	default:
		return false
	}
	return slices.ContainsFunc(b.Collection.Bindings, func(b *inference.Binding) bool { return b.Role == want })
}

// apart says that the items of a collection are those of one account each.
func (j *judge) apart(c *inference.Collection) bool {
	for depth := 0; c != nil && depth < 64; depth++ {
		if c.Partition.Account {
			return true
		}
		c = c.Parent
	}
	return j.options.Apart
}

// short says that an actor shows enough to be known, and too little for an operation, by one of the two rules.
func (j *judge) short(a *scenarios.Actor, o *contracts.Operation, lacks func(*scenarios.Actor, contracts.Requirement, *contracts.Operation) bool) bool {
	return slices.ContainsFunc(o.Security, func(alternative contracts.Alternative) bool {
		return holds(a, alternative) && slices.ContainsFunc(alternative, func(q contracts.Requirement) bool { return lacks(a, q, o) })
	})
}

// scopeMissing is AUZ-001, roleTooLow AUZ-002.
func (t *trial) scopeMissing() {
	t.tooLittle(t.lacksScope, "a credential without the scope that it asks for")
}

func (t *trial) roleTooLow() { t.tooLittle(t.lacksRole, "a credential of a lesser role") }

func (t *trial) tooLittle(lacks func(*scenarios.Actor, contracts.Requirement, *contracts.Operation) bool, what string) {
	if !t.guarded() {
		return
	}
	o := t.operation()
	for _, a := range t.deployment.Roster.Actors {
		for _, alternative := range o.Security {
			if a.State != scenarios.StateGood || !holds(a, alternative) || !slices.ContainsFunc(alternative, func(q contracts.Requirement) bool { return lacks(a, q, o) }) {
				continue
			}
			t.mark()
			r := t.show(a.Name, t.planned.check+": "+a.Name, own(a, alternative))
			switch f := fateOf(r.status); f {
			case accepted:
				t.judged++
				t.find(check.Finding{
					Message: fmt.Sprintf("%s answered %s (%s, with %s) with %s.", label(o), what, a.Name, strings.Join(a.Scopes, ", "), statusText(r.status)),
					Want:    "403 Forbidden", Got: statusText(r.status), Where: "status", Keyword: "short " + namesOf(alternative), Exchange: r.Number,
				})
			case barred, missing, refused, taken:
				t.judged++
			default:
				t.skip("%s", f.explain(o, r.status))
			}
		}
	}
}

// changedBy tells of an item that somebody changed who must not.
func (t *trial) changedBy(it *item, before any, a, r *answer, keyword, who string) {
	f := check.Finding{Want: "as before", Where: "the read of its owner afterwards", Keyword: keyword, Exchange: a.Number}
	where, differ := difference(steady(before), steady(t.shown(it, r)))
	switch {
	case fateOf(r.status) == missing:
		it.gone = true
		f.Message, f.Got = fmt.Sprintf("%s by %s deleted what is not theirs; it was answered with %s.", label(t.operation()), who, statusText(a.status)), "gone"
	case r.ok() && differ:
		f.Message, f.Got = fmt.Sprintf("%s by %s changed what is not theirs, at %s; it was answered with %s.", label(t.operation()), who, where, statusText(a.status)), "changed"
		t.remove(it)
	default:
		return
	}
	t.find(f)
}

// anonymousWrite is AUZ-007: a write without a credential that is refused has changed nothing.
func (t *trial) anonymousWrite() {
	if !t.guarded() {
		return
	}
	o := t.operation()
	b := t.model.Binding(o)
	one, ok := t.plain(o)
	if !ok {
		return
	}
	if b.Role == inference.Create {
		t.anonymousCreate()
		return
	}
	it, why := t.item(b.Collection, ownItem)
	if why != "" {
		t.skip("%s", why)
		return
	}
	read := t.read(it)
	before := t.shown(it, read)
	if before == nil {
		t.skip("whether it happened cannot be seen: nothing reads the item")
		return
	}
	t.put(&one, it)
	t.mark()
	a := t.send(call{Case: one, items: []*item{it}, intent: check.Other, quiet: true, purpose: "AUZ-007: nobody in particular"})
	if a.status == 0 || a.ok() {
		t.skip("how it is refused cannot be told")
		return
	}
	r := t.readFor(it, "AUZ-007: what its owner sees", "$statusCode == 200")
	t.judged++
	t.changedBy(it, before, a, r, "anonymous write", "nobody in particular")
}

func (t *trial) anonymousCreate() {
	c := t.model.Binding(t.operation()).Collection
	before, ok := t.everything(c)
	if !ok {
		t.skip("what is there cannot be listed as a whole")
		return
	}
	a := t.show("", "AUZ-007: nobody in particular", nil)
	after, ok := t.everything(c)
	if a.status == 0 || a.ok() || !ok {
		t.skip("how it is refused cannot be told")
		return
	}
	t.judged++
	if left := without(after, before); len(left) > 0 {
		t.find(check.Finding{
			Message: fmt.Sprintf("%s refused nobody in particular with %s and made something all the same.", label(t.operation()), statusText(a.status)),
			Want:    "nothing new in the list", Got: fmt.Sprintf("%d new", len(left)), Where: "list afterwards", Keyword: "anonymous write", Exchange: a.Number,
		})
	}
}
