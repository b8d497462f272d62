package resource

import (
	"fmt"
	"slices"
	"strings"

	"understudy/contracts/inference"
	"understudy/contracts/schema"
)

// Present answers a request with items that are kept elsewhere, in the form that the contract has for them: values as
// schema.ParseJSON gives them, each a map[string]any, in the order of creation. A list filters, sorts, pages and wraps
// exactly these, as Do would do with stored ones; any other operation shows the one item given, and where none is given
// one without members, as after a deletion. Nothing is read from the state or written to it, and conditional headers are
// heeded on reads only.
//
// Members that the answer's schema does not name are left out; those that it requires and the item lacks are made up. An
// optional member that the item lacks stays away.
//
// Cursors that name no item count the items given: clients lose their place when some of them go.
func (r *Resources) Present(q Request, items []any) (*Result, error) {
	if q.Media == nil {
		q.Media = q.Binding.Media
	}
	a := r.presenting(&q)
	records := make([]*record, len(items))
	for i, item := range items {
		object, ok := item.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("show item %d of %s: it is a %T and no JSON object", i, a.b.Operation.ID, item)
		}
		records[i] = a.givenRecord(object, uint64(i)+1)
	}
	if a.b.Role == inference.List {
		return a.presentList(records)
	}
	if len(records) > 1 {
		return nil, fmt.Errorf("show %d items of %s: its answer has room for one", len(records), a.b.Operation.ID)
	}
	if len(records) == 0 {
		records = append(records, &record{id: a.id, scope: a.scope, seq: 1, json: []byte("{}")})
	}
	return a.presentOne(records[0])
}

// presenting is an act on items that are given. An operation without a collection gets one that knows nothing.
func (r *Resources) presenting(q *Request) *act {
	a := &act{holdings: r.holdings, q: q, b: q.Binding, c: q.Binding.Collection, in: r.home, now: r.clock.Now(), given: true}
	if a.c == nil {
		path := a.b.Operation.Path
		a.c = &inference.Collection{Path: path, Name: path[strings.LastIndexByte(path, '/')+1:], ID: inference.ID{Property: "id"}}
	}
	if a.st = a.stateOf(a.c); a.st == nil {
		a.st = &collectionState{collection: a.c}
	}
	if !a.readScope() {
		a.id = "" // longer than any name: the caller found its item all the same
	}
	return a
}

func (a *act) givenRecord(object map[string]any, seq uint64) *record {
	rec := &record{id: a.id, scope: a.scope, seq: seq, json: schema.AppendJSON(nil, object, a.c.Item)}
	if said, ok := at(object, a.c.ID.Property); ok && a.c.ID.Property != "" {
		if text, ok := textOfValue(said); ok {
			rec.id = a.joinID(object, clean(text))
		}
	}
	return rec
}

// presentList is list over items that are given.
func (a *act) presentList(all []*record) (*Result, error) {
	want, err := a.wantedPage()
	if err != nil {
		return nil, err
	}
	if want.beside && want.besideID != "" {
		at := slices.IndexFunc(all, func(rec *record) bool { return rec.id == want.besideID })
		if at < 0 {
			return nil, a.lostPlace(&want)
		}
		want.seq = all[at].seq
	}
	conditions := a.conditions()
	all = slices.DeleteFunc(all, func(rec *record) bool { return !allHold(conditions, rec) })
	if a.c.Newest {
		slices.Reverse(all)
	}
	p, err := a.cutPage(all, want)
	if err != nil {
		return nil, err
	}
	result := &Result{Source: "state", Links: a.pageLinks(p, want)}
	return result, a.showPage(p, want, result)
}

// presentOne shows one item as the operation's role asks. What made or removed an item has no validator: a new secret
// stands in that answer and in no later one, so that no later validator would be the same.
func (a *act) presentOne(rec *record) (*Result, error) {
	result := &Result{Source: "state"}
	switch a.b.Role {
	case inference.Read:
		return a.showRead(rec, false)
	case inference.Update, inference.Replace, inference.Action:
		result.ETag = etag(rec.json)
	case inference.Create:
		result.Created, result.Location = true, a.location(rec)
	}
	return result, a.showItem(rec, result)
}

// projectGiven is project for an item that is given. It may lack what the schema requires, and nothing of it is
// remembered: a secret that is shown once must not outlive its answer.
func (a *act) projectGiven(rec *record) ([]byte, error) {
	value, err := a.complete(rec, a.b.Shown)
	if err != nil {
		return nil, err
	}
	return schema.AppendJSON(make([]byte, 0, len(rec.json)+64), value, a.b.Shown), nil
}

// complete gives a given item as a schema has it.
func (a *act) complete(rec *record, shown *schema.Schema) (any, error) {
	item, err := schema.ParseJSON(rec.json)
	if err != nil || shown == nil {
		return item, err
	}
	return made(a.lastingMaker(), shown, a.keyOf(rec), a.partsOf(shown).prune(item))
}
