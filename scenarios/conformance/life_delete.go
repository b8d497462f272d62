package conformance

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"understudy/contracts/check"
)

// deletedIsGone is RES-001.
func (t *trial) deletedIsGone() {
	o := t.operation()
	if why := t.unsafe(); why != "" {
		t.skip("%s", why)
		return
	}
	it, why := t.item(t.model.Binding(o).Collection, freshItem)
	if why != "" {
		t.skip("%s", why)
		return
	}
	before := t.read(it)
	if before == nil || !before.ok() {
		t.skip("what would be deleted cannot be read before")
		return
	}
	t.mark()
	if !t.deleteItem(it) {
		return
	}
	a := t.readFor(it, "RES-001: what was deleted", "$statusCode == 404 || $statusCode == 410")
	if a.status == 0 || fateOf(a.status) == limited {
		return
	}
	t.judged++
	if !a.ok() {
		return
	}
	f := check.Finding{
		Message: fmt.Sprintf("%s answered with success, and what it deleted can still be read.", label(o)),
		Want:    "404 or 410", Got: statusText(a.status), Where: "status of the read afterwards", Keyword: "deleted", Exchange: a.Number,
	}
	if where, differ := difference(t.shown(it, before), t.shown(it, a)); differ {
		f.Level, f.Certainty = check.Warning, check.Likely
		f.Message += " It reads otherwise than before: it may be archived."
		if stateful(where) {
			f.Level = check.Note
		}
	}
	t.find(f)
}

// stateful says whether a member tells of what has become of a thing.
func stateful(where string) bool {
	lower := strings.ToLower(where)
	return slices.ContainsFunc([]string{"status", "state", "active", "enabled", "disabled", "deleted", "revoked", "archived", "closed", "cancelled", "canceled", "ended"}, func(word string) bool {
		return strings.Contains(lower, word)
	})
}

// deleteItem deletes an item by the trial's operation. It says whether that is done.
func (t *trial) deleteItem(it *item) bool {
	one, ok := t.plain(t.operation())
	if !ok {
		return false
	}
	t.put(&one, it)
	a := t.send(call{Case: one, actor: t.caller(t.operation()), items: []*item{it}, intent: check.Valid, purpose: "deletes what was made for it", wants: []string{"$statusCode < 300"}})
	switch {
	case !a.ok():
		t.skip("%s", fateOf(a.status).explain(t.operation(), a.status))
		return false
	case a.status == http.StatusAccepted:
		t.skip("the deletion takes its time: it was answered with 202")
		return false
	}
	it.gone = true
	return true
}

// deleteTwice is RES-004 for DELETE: the second time nothing else must go.
func (t *trial) deleteTwice() {
	o := t.operation()
	c := t.model.Binding(o).Collection
	if why := t.unsafe(); why != "" {
		t.skip("%s", why)
		return
	}
	it, why := t.item(c, freshItem)
	if why != "" {
		t.skip("%s", why)
		return
	}
	t.mark()
	if !t.deleteItem(it) {
		return
	}
	before, ok := t.everything(c)
	if !ok {
		t.skip("what is there cannot be listed as a whole")
		return
	}
	one, _ := t.plain(o)
	t.put(&one, it)
	a := t.send(call{Case: one, actor: t.caller(o), items: []*item{it}, intent: check.Other, purpose: "RES-004: deletes it again", unspoken: true})
	after, ok := t.everything(c)
	if a.status == 0 || !ok {
		return
	}
	t.judged++
	if lost := without(before, after); len(lost) > 0 {
		t.find(check.Finding{
			Message: fmt.Sprintf("%s for something that was deleted before made something else go: %s.", label(o), strings.Join(lost, ", ")),
			Want:    "nothing more is gone", Got: fmt.Sprintf("%d more", len(lost)), Where: "list afterwards", Keyword: "deleted twice", Exchange: a.Number,
		})
	}
}

// childGoesToo is RES-005: a thing inside one that was deleted.
func (t *trial) childGoesToo() {
	o := t.operation()
	if why := t.unsafe(); why != "" {
		t.skip("%s", why)
		return
	}
	parents := t.model.Binding(o).Collection
	for _, inner := range t.children(parents) {
		parent, why := t.item(parents, freshItem)
		if why != "" || parent.recipe == nil {
			t.skip("%s", orElse(why, "no parent can be made for it"))
			return
		}
		outer, kept := t.stock(parents), t.stock(inner)
		pig, was := outer.pig, *kept
		outer.pig, kept.pig = parent, nil
		child, why := t.make(inner)
		outer.pig = pig
		*kept = was
		if child == nil {
			t.skip("%s", why)
			continue
		}
		if !slices.ContainsFunc(child.scope, func(id string) bool { return slices.Contains(parent.ids, id) }) {
			t.skip("what is made inside cannot be put into a parent of our choice")
			t.remove(child)
			t.remove(parent)
			continue
		}
		t.mark()
		if !t.deleteItem(parent) {
			t.remove(child)
			continue
		}
		child.gone = true
		a := t.readFor(child, "RES-005: what was inside", "$statusCode == 404 || $statusCode == 410")
		if a.status == 0 {
			return
		}
		t.judged++
		if a.ok() {
			t.find(check.Finding{
				Message: fmt.Sprintf("%s answered with success, and something inside what it deleted can still be read at %s.", label(o), inner.Path),
				Want:    "404 or 410", Got: statusText(a.status), Where: "status of the read below it", Keyword: "child " + inner.Path, Exchange: a.Number,
			})
		}
	}
}
