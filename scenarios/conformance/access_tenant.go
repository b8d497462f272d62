package conformance

import (
	"fmt"
	"net/http"
	"strings"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/scenarios"
)

// tenant gives an actor of another account who may use an operation.
func (t *trial) tenant(o *contracts.Operation) *scenarios.Actor {
	mine := t.caller(o)
	if mine == nil || mine.Account == "" {
		return nil
	}
	for _, a := range t.deployment.Roster.Actors {
		if a.State == scenarios.StateGood && a.Account != "" && a.Account != mine.Account && a.Can(o) && !t.denied(a, o) {
			return a
		}
	}
	return nil
}

// foreign gives an item of the usual account, and an actor of another one. It has seen that the owner can read it.
func (t *trial) foreign() (*item, *scenarios.Actor, any) {
	o := t.operation()
	if why := t.unsafe(); why != "" && writes(o) {
		t.skip("%s", why)
		return nil, nil, nil
	}
	other := t.tenant(o)
	if other == nil {
		t.skip("the roster has no two actors of different accounts who may use this operation")
		return nil, nil, nil
	}
	it, why := t.item(t.model.Binding(o).Collection, ownItem)
	if why != "" {
		t.skip("%s", why)
		return nil, nil, nil
	}
	if r := t.read(it); r != nil && !r.ok() {
		t.skip("its owner cannot read it")
		return nil, nil, nil
	} else if r != nil {
		return it, other, t.shown(it, r)
	}
	return it, other, nil
}

// asOther sends the operation's base case on an item as an actor of another account.
func (t *trial) asOther(it *item, other *scenarios.Actor, ids []string) *answer {
	o := t.operation()
	one, ok := t.plain(o)
	if !ok {
		return nothing()
	}
	named := *it
	if ids != nil {
		named.ids = ids
	}
	t.put(&one, &named)
	return t.send(call{
		Case: one, actor: other, items: []*item{it}, intent: check.Other, quiet: true, purpose: t.planned.check + ": " + other.Name,
		wants: []string{"$statusCode == 403 || $statusCode == 404"},
	})
}

// foreignRead is AUZ-003.
func (t *trial) foreignRead() {
	it, other, _ := t.foreign()
	if it == nil {
		return
	}
	t.mark()
	a := t.asOther(it, other, nil)
	if a.status == 0 || fateOf(a.status) == limited {
		t.skip("%s", fateOf(a.status).explain(t.operation(), a.status))
		return
	}
	t.judged++
	if a.ok() {
		t.find(check.Finding{
			Message: fmt.Sprintf("%s shows %s of the account %s what belongs to another one.", label(t.operation()), other.Name, other.Account),
			Want:    "404 or 403", Got: statusText(a.status), Where: "status", Keyword: "foreign read", Exchange: a.Number,
		})
	}
}

// existenceTold is AUZ-006.
func (t *trial) existenceTold() {
	it, other, _ := t.foreign()
	if it == nil {
		return
	}
	t.mark()
	there := t.asOther(it, other, nil)
	absent := make([]string, len(it.ids))
	for i, id := range it.ids {
		absent[i] = unknownLike(id, t.deployment.Run().Seed()+3)
	}
	gone := t.asOther(it, other, absent)
	if fateOf(there.status) != barred && fateOf(there.status) != missing || fateOf(gone.status) != barred && fateOf(gone.status) != missing {
		t.skip("a foreign thing or one that is not there was answered with %s", statusText(there.status))
		return
	}
	t.judged++
	if there.status == http.StatusForbidden && gone.status == http.StatusNotFound {
		t.find(check.Finding{
			Message: fmt.Sprintf("%s answers %s for what belongs to another account and %s for what is not there.", label(t.operation()), statusText(there.status), statusText(gone.status)),
			Want:    "the same in both cases", Got: "403 and 404", Where: "status", Keyword: "existence", Exchange: there.Number,
		})
	}
}

// foreignListed is AUZ-005.
func (t *trial) foreignListed() {
	it, other, _ := t.foreign()
	if it == nil {
		return
	}
	o := t.operation()
	one, ok := t.plain(o)
	if !ok {
		return
	}
	if _, why := t.place(&one, anyItem); why != "" {
		t.skip("%s", why)
		return
	}
	b := t.model.Binding(o)
	if b.Page != nil && b.Page.Limit != "" {
		t.wishSize(&one, b.Page, 0)
	}
	t.mark()
	a := t.send(call{Case: one, actor: other, intent: check.Valid, quiet: true, purpose: "AUZ-005: what " + other.Name + " sees", unspoken: true})
	if f := fateOf(a.status); f == barred || f == missing {
		t.judged++
		return
	} else if f != accepted {
		t.skip("%s", f.explain(o, a.status))
		return
	}
	t.judged++
	mine := map[string]bool{strings.Join(it.ids, "/"): true}
	t.look(b.Collection)
	for _, one := range t.stock(b.Collection).listed {
		mine[strings.Join(one.ids, "/")] = true
	}
	for _, v := range itemsIn(b, a.content()) {
		if ids := identify(b.Collection, v); ids != nil && mine[strings.Join(ids, "/")] {
			t.find(check.Finding{
				Message: fmt.Sprintf("%s shows %s of the account %s what belongs to another one.", label(o), other.Name, other.Account),
				Want:    "only what belongs to the account", Got: "an item of another one", Where: "response body " + b.Item, Keyword: "foreign listed", Exchange: a.Number,
			})
			return
		}
	}
}

// foreignWrite is AUZ-004: whether it happened is seen by the owner's eyes.
func (t *trial) foreignWrite() {
	it, other, before := t.foreign()
	if it == nil {
		return
	}
	if before == nil {
		t.skip("whether it happened cannot be seen: nothing reads the item")
		return
	}
	t.mark()
	a := t.asOther(it, other, nil)
	if a.status == 0 || fateOf(a.status) == limited {
		t.skip("%s", fateOf(a.status).explain(t.operation(), a.status))
		return
	}
	r := t.readFor(it, "AUZ-004: what its owner sees", "$statusCode == 200")
	t.judged++
	t.changedBy(it, before, a, r, "foreign write", fmt.Sprintf("%s of the account %s", other.Name, other.Account))
}
