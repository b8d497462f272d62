package resource

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"understudy/contracts/inference"
	"understudy/contracts/schema"
	"understudy/mock/store"
)

// maxInputs is how many items one request makes at most.
const maxInputs = 10_000

// create makes an item of what the request says, with an id and the members that a server sets.
func (a *act) create() (*Result, error) {
	inputs := a.inputs()
	if len(inputs) == 0 {
		if inputs != nil {
			return nil, &RequestError{In: "body", Name: a.b.Input, Reason: "the list holds no item to make"}
		}
		inputs = []any{nil}
	}
	if len(inputs) > maxInputs {
		return nil, &RequestError{In: "body", Name: a.b.Input, Reason: fmt.Sprintf("the list holds %d items, at most %d can be made at once", len(inputs), maxInputs)}
	}
	var made []*record
	err := a.write(func(tx store.Tx) error {
		made = nil
		if err := a.completeScope(tx, inputs[0]); err != nil {
			return err
		}
		if err := a.checkParent(tx); err != nil {
			return err
		}
		if err := a.populate(tx); err != nil {
			return err
		}
		for _, input := range inputs {
			rec, err := a.createOne(tx, input)
			if err != nil {
				return err
			}
			made = append(made, rec)
		}
		return a.refresh(tx, a.scope)
	})
	if err != nil {
		return nil, err
	}
	rec := made[0]
	result := &Result{Created: true, Source: "state", ETag: etag(rec.json), Changes: a.changes, Location: a.location(rec)}
	if len(made) > 1 && a.b.Array {
		return result, a.showMany(made, result)
	}
	return result, a.showItem(rec, result)
}

// inputs are the items in the request's body.
func (a *act) inputs() []any {
	if !a.q.Body.Present {
		return nil
	}
	input, ok := schema.At(a.q.Body.Value, a.b.Input)
	if !ok {
		return nil
	}
	if list, isList := input.([]any); a.b.InputArray && isList {
		return list
	}
	return []any{input}
}

// completeScope finds the scope that the operation's path does not say: in the item's members, else the first parent
// there is, else a name of our own.
func (a *act) completeScope(tx store.Tx, input any) error {
	if !a.unknown {
		return nil
	}
	for i, p := range a.c.Scope {
		if a.scope[i] != "" {
			continue
		}
		if said, ok := at(input, p.Property); ok && p.Property != "" {
			if text, ok := textOfValue(said); ok && len(text) <= nameMax {
				a.scope[i] = clean(text)
				continue
			}
		}
		if p.Collection != nil && len(p.Collection.Scope) == 0 && len(p.Collection.ID.Params) == 1 {
			for _, id := range tx.Scan(a.stateOf(p.Collection).prefix+keyOrder, store.Scan{}) {
				a.scope[i] = string(id)
				break
			}
		}
		if a.scope[i] == "" {
			a.scope[i] = "default"
		}
	}
	a.unknown = false
	return nil
}

// createOne makes and stores one item.
func (a *act) createOne(tx store.Tx, input any) (*record, error) {
	seq, err := a.st.nextNumber(tx)
	if err != nil {
		return nil, err
	}
	want, _ := input.(map[string]any)
	if want = a.ownCopy(want); want == nil {
		want = map[string]any{}
	}
	a.writable(want)
	item := a.partsOf(a.c.Item)
	sent := a.sentOf(item, want)
	if err := a.begin(want); err != nil {
		return nil, err
	}
	a.defaults(want)
	wanted, _ := item.prune(want).(map[string]any)
	a.place(wanted)
	a.stamp(wanted, item.created, sent)
	a.stamp(wanted, item.updated, sent)
	rec, salt := &record{scope: a.scope, seq: seq}, strconv.FormatUint(seq, 10)
	set := a.sets()
	rec.since = a.since()
	a.apply(wanted, set, rec, salt) // for the parts of an id that lie in other members
	if rec.id, err = a.chooseID(tx, wanted, seq, sent); err != nil {
		return nil, err
	}
	a.apply(wanted, set, rec, salt) // for what holds the id
	a.unsent(wanted, a.keyOf(rec), a.sendable())
	if rec.json, err = a.build(tx, rec, wanted); err != nil {
		return nil, err
	}
	a.followID(rec, sent)
	if _, err := tx.Get(a.st.itemKey(a.scope, rec.id)); err == nil && a.mayRename() {
		// The client sent an id along although the server chooses them, as documents' examples do.
		if rec.id, err = a.freshID(tx, wanted, seq); err != nil {
			return nil, err
		}
		if rec.json, err = a.build(tx, rec, wanted); err != nil {
			return nil, err
		}
	} else if err == nil {
		shown := a.plainID(rec.id)
		return nil, &ConflictError{Collection: a.c.Path, Property: a.c.ID.Property, Value: shown, Reason: fmt.Sprintf("there is already a %s with the id %s", inference.Singular(a.c.Name), shown)}
	}
	if err := a.checkUnique(tx, rec); err != nil {
		return nil, err
	}
	if err := a.st.put(tx, rec, nil); err != nil {
		return nil, err
	}
	a.changes = append(a.changes, Change{Kind: "created", Collection: a.c.Path, ID: a.plainID(rec.id), After: rec.json})
	return rec, nil
}

// ownCopy gives what a client sent as the act may change it: to any depth where something may be changed inside of members,
// else only as deep as it is.
func (a *act) ownCopy(sent map[string]any) map[string]any {
	if sent == nil {
		return nil
	}
	if deep := len(a.sets()) > 0 || len(a.c.Scope) > 0 || len(a.c.ID.Others) > 0 || len(a.st.derived) > 0 || a.st.machine != nil ||
		strings.HasPrefix(a.c.ID.Property, "/") || len(a.deepOf(a.inputSchema())) > 0; deep {
		copied, _ := cloneValue(sent).(map[string]any)
		return copied
	}
	copied := make(map[string]any, len(sent)+max(aroundMembers, a.partsOf(a.c.Item).added))
	for name, v := range sent {
		copied[name] = v
	}
	return copied
}

// sentOf says which of the members that the server would set itself the client has sent; nil: none.
func (a *act) sentOf(item *parts, want map[string]any) map[string]bool {
	var sent map[string]bool
	note := func(name string) {
		if _, there := want[name]; there {
			if sent == nil {
				sent = map[string]bool{}
			}
			sent[name] = true
		}
	}
	note(a.c.ID.Property)
	for i := range item.created {
		note(item.created[i].Name)
	}
	for i := range item.updated {
		note(item.updated[i].Name)
	}
	return sent
}

// aroundMembers is about how many members a server adds to what a client sent.
const aroundMembers = 4

// followID gives a new item the id that it shows, where its schema had no room for the one that the server chose or
// the operation sets the id itself. An id of the client's stays: a request with one that does not fit was invalid.
func (a *act) followID(rec *record, sent map[string]bool) {
	p := a.c.ID.Property
	if p == "" || a.c.Singleton || sent[p] || a.lastID() != "" {
		return
	}
	shown, ok := textAt(rec.json, p)
	if !ok || shown == "" || len(shown) > nameMax {
		return
	}
	parts := strings.Split(rec.id, idSeparator)
	parts[len(parts)-1] = clean(shown)
	rec.id = strings.Join(parts, idSeparator)
}

// build makes the whole item of what is known about it: valid by the collection's schema, encoded. A schema that
// nothing fits was reported when the document was loaded; the item then comes as near to it as can be.
func (a *act) build(tx store.Tx, rec *record, wanted map[string]any) ([]byte, error) {
	if len(a.st.derived) > 0 {
		if err := a.derive(tx, rec, wanted); err != nil {
			return nil, err
		}
	}
	if a.c.Item == nil {
		return schema.AppendJSON(nil, wanted, nil), nil
	}
	value, err := made(a.maker(), a.c.Item, a.keyOf(rec), wanted)
	if err != nil {
		return nil, fmt.Errorf("make an item of %s: %w", a.c.Path, err)
	}
	a.made, a.madeOf = value, rec
	return rec.write(value, a.c.Item), nil
}

// scratch are buffers in which items are written before their size is known.
var scratch = sync.Pool{New: func() any { return new([]byte) }}

// mostScratch is the longest buffer that is kept, in bytes.
const mostScratch = 64 << 10

// write gives an item as JSON, with room in front of it for what a record has besides: see encodeRecord.
func (rec *record) write(value any, s *schema.Schema) []byte {
	buffer := scratch.Get().(*[]byte)
	*buffer = schema.AppendJSON((*buffer)[:0], value, s)
	rec.room = make([]byte, headRoom+len(*buffer))
	copy(rec.room[headRoom:], *buffer)
	keepScratch(buffer)
	return rec.room[headRoom:]
}

func keepScratch(buffer *[]byte) {
	if cap(*buffer) <= mostScratch {
		scratch.Put(buffer)
	}
}

// mayRename says whether an item whose id is taken gets another one: the server chooses ids, and the contract does not
// document a conflict.
func (a *act) mayRename() bool {
	if !a.c.ID.Server || a.id != "" || len(a.c.ID.Params) > 1 {
		return false
	}
	r := a.b.Operation.Response(http.StatusConflict)
	return r == nil || r.Code != http.StatusConflict
}

// freshID gives an item an id of the server's, whatever the client sent.
func (a *act) freshID(tx store.Tx, want map[string]any, seq uint64) (string, error) {
	last, err := a.newID(tx, want, seq)
	if err != nil {
		return "", err
	}
	a.showID(want, last)
	return last, nil
}

// checkUnique refuses an item whose unique members another item of the scope has.
func (a *act) checkUnique(tx store.Tx, rec *record) error {
	if len(a.c.Unique) == 0 {
		return nil
	}
	base := a.st.base(rec.scope)
	return a.st.eachUnique(base, rec, func(key string) error {
		other, err := tx.Get(key)
		if errors.Is(err, store.ErrNotFound) || err == nil && string(other) == rec.id {
			return nil
		}
		if err != nil {
			return err
		}
		property, _, _ := strings.Cut(strings.TrimPrefix(key, base+keyUnique), "\x00")
		value, _ := textAt(rec.json, property)
		return &ConflictError{
			Collection: a.c.Path, Property: property, Value: value,
			Reason: fmt.Sprintf("there is already a %s with this %s", inference.Singular(a.c.Name), property),
		}
	})
}
