package conformance

import (
	"fmt"
	"net/http"
	"slices"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/contracts/inference"
)

// planLives lists the tests of what becomes of the things that an operation works on.
func (j *judge) planLives(o *contracts.Operation) []*planned {
	b := j.model.Binding(o)
	var list []*planned
	add := func(id string, run func(*trial)) { list = append(list, on(id, o, run)) }
	readable := b.Collection != nil && slices.ContainsFunc(b.Collection.Bindings, func(b *inference.Binding) bool { return b.Role == inference.Read })
	listable := b.Collection != nil && slices.ContainsFunc(b.Collection.Bindings, func(b *inference.Binding) bool { return b.Role == inference.List })
	switch b.Role {
	case inference.Create:
		if readable {
			add("RES-002", (*trial).createdIsThere)
		}
		add("HDR-003", (*trial).location)
	case inference.Update, inference.Replace:
		if readable {
			add("RES-003", (*trial).updateIsSeen)
		}
		if b.Role == inference.Replace && readable {
			add("RES-004", (*trial).replaceTwice)
			add("RES-010", (*trial).replaceWhole)
		}
		if b.Role == inference.Update && readable && takesMergePatch(o) {
			add("RES-011", (*trial).mergePatch)
		}
	case inference.Delete:
		if readable && !b.Collection.Singleton {
			add("RES-001", (*trial).deletedIsGone)
		}
		if listable {
			add("RES-004", (*trial).deleteTwice)
		}
		if len(j.children(b.Collection)) > 0 {
			add("RES-005", (*trial).childGoesToo)
		}
	case inference.Read, inference.List:
		add("RES-006", (*trial).readTwice)
		list[len(list)-1].alone = true // what other tests write, it might show
		if b.Role == inference.List && b.Page != nil && b.Page.Style != inference.NoPages {
			add("RES-007", (*trial).allPages)
		}
	}
	if hasLinks(o) {
		add("RES-008", (*trial).links)
		list[len(list)-1].alone = true // where it leads, others might delete
	}
	if header, _ := j.contract.IdempotencyKey(o); header != "" {
		add("RES-009", (*trial).sameKey)
	}
	if conditional(o) {
		add("HDR-005", (*trial).validators)
	}
	if (b.Role == inference.Create || b.Role == inference.Update || b.Role == inference.Replace) && o.Body != nil {
		if readable {
			add("PRP-001", (*trial).massAssignment)
		}
		if readable || b.Role == inference.Create && listable {
			add("NEG-020", (*trial).noTrace)
		}
	}
	return list
}

// children are the collections inside a collection that this run can fill and read.
func (j *judge) children(c *inference.Collection) []*inference.Collection {
	var list []*inference.Collection
	for _, other := range j.model.Collections {
		has := func(role inference.Role) bool {
			return slices.ContainsFunc(other.Bindings, func(b *inference.Binding) bool { return b.Role == role })
		}
		if other.Parent == c && c != nil && !other.Singleton && has(inference.Create) && has(inference.Read) {
			list = append(list, other)
		}
	}
	return list
}

// unsafe says why changes cannot be tried; empty: they can.
func (t *trial) unsafe() string {
	if t.deployment.Careful() {
		return "only safe methods are sent to this target; --disruptive sends the others too"
	}
	return ""
}

// ready says that the operation's base case is accepted; else it says why the trial is skipped.
func (t *trial) ready() bool {
	if why := t.unsafe(); why != "" && writes(t.operation()) {
		t.skip("%s", why)
		return false
	}
	b := t.base(t.operation())
	if !b.ok {
		t.skip("%s", b.why)
	}
	return b.ok
}

// readFor reads an item so that the reproduction does, too.
func (t *trial) readFor(it *item, purpose string, wants ...string) *answer {
	b := t.bindingFor(it.collection, inference.Read)
	if b == nil || it.lost() {
		t.skip("nothing reads it, or it is not known where it lies")
		return nothing()
	}
	c, ok := t.plain(b.Operation)
	if !ok {
		return nothing()
	}
	t.put(&c, it)
	actor := it.actor
	if actor == nil || !actor.Can(b.Operation) {
		actor = t.caller(b.Operation)
	}
	return t.send(call{Case: c, actor: actor, items: []*item{it}, quiet: true, intent: check.Valid, purpose: purpose, wants: wants})
}

// createdIsThere is RES-002.
func (t *trial) createdIsThere() {
	o := t.operation()
	if !t.ready() {
		return
	}
	b := t.model.Binding(o)
	t.mark()
	made, a, sent := t.createOne(nil)
	if made == nil {
		return
	}
	defer t.remove(made)
	if a.status == http.StatusAccepted {
		t.skip("the creation takes its time: it was answered with 202")
		return
	}
	r := t.readFor(made, "RES-002: what was created", "$statusCode == 200")
	if f := fateOf(r.status); f != accepted && f != missing {
		t.skip("what was created cannot be read: %s", f.explain(o, r.status))
		return
	}
	t.judged++
	if !r.ok() {
		t.find(check.Finding{
			Message: fmt.Sprintf("%s answered with %s, and what it created is not there.", label(o), statusText(a.status)),
			Want:    "200", Got: statusText(r.status), Where: "status of the read afterwards", Keyword: "created", Exchange: r.Number,
		})
		return
	}
	shown, answered := t.shown(made, r), first(itemsIn(b, a.content()))
	for name, v := range members(sent) {
		got, there := member(shown, name)
		told, _ := member(answered, name)
		if there && !same(got, v) && same(told, v) && !volatile(name, got) {
			t.find(check.Finding{
				Message: fmt.Sprintf("%s answered with the value of %q that was sent, and reading gives another one.", label(o), name),
				Want:    brief(v), Got: brief(got), Where: "response body /" + name + " of the read afterwards", Keyword: "created differs", Exchange: r.Number,
				Level: check.Warning, Certainty: check.Likely,
			})
		}
	}
}

// createOne makes an item by the trial's operation, with a header if one is given. It gives the item, the answer, and what
// was sent.
func (t *trial) createOne(header http.Header) (*item, *answer, any) {
	o := t.operation()
	b := t.model.Binding(o)
	for attempt := range uint64(4) {
		one, ok := t.maker(attempt).named(o, "POS-002", t.base(o).call.Name)
		if !ok {
			break
		}
		one = one.Clone()
		items, why := t.place(&one, anyItem)
		if why != "" {
			t.skip("%s", why)
			return nil, nil, nil
		}
		c := call{Case: one, actor: t.caller(o), items: items, header: header, intent: check.Valid, purpose: "makes an item", wants: []string{"$statusCode < 300"}}
		a := t.send(c)
		if fateOf(a.status) == taken {
			t.mark()
			continue
		}
		if !a.ok() {
			t.skip("%s", fateOf(a.status).explain(o, a.status))
			return nil, nil, nil
		}
		made := t.created(b, a, &one)
		if made == nil {
			t.skip("the answer does not say what was made")
			return nil, nil, nil
		}
		t.register(made, &c, b, a)
		var sent any
		if one.Body != nil {
			sent, _ = member(one.Body.Value, b.Input)
			if b.Input == "" {
				sent = one.Body.Value
			}
		}
		return made, a, sent
	}
	t.skip("%s", taken.explain(o, http.StatusConflict))
	return nil, nil, nil
}

// readTwice is RES-006: reading the same three times shows whether reading changes anything.
func (t *trial) readTwice() {
	o := t.operation()
	if !t.ready() {
		return
	}
	b := t.model.Binding(o)
	one, ok := t.plain(o)
	if !ok {
		return
	}
	items, why := t.place(&one, anyItem)
	if why != "" {
		t.skip("%s", why)
		return
	}
	t.mark()
	var seen []any
	for range 3 {
		a := t.send(call{Case: one, actor: t.caller(o), items: items, quiet: len(seen) > 0, intent: check.Valid, purpose: "RES-006: reads it again", unspoken: true})
		if !a.ok() || a.content() == nil {
			t.skip("it cannot be read three times")
			return
		}
		seen = append(seen, steady(itemsIn(b, a.content())))
	}
	t.judged++
	if where, differ := difference(seen[0], seen[1]); differ {
		if again, still := difference(seen[1], seen[2]); still && again == where {
			t.find(check.Finding{
				Message: fmt.Sprintf("%s shows something else each time that it is asked, at %s.", label(o), where),
				Want:    "the same", Got: "something else", Where: "response body " + where, Keyword: "changes", Certainty: check.Likely,
			})
		}
	}
}
