package resource

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"understudy/contracts/inference"
	"understudy/contracts/schema"
	"understudy/mock/store"
)

// madeUp is how many items a collection begins with that nothing fills and no operation creates.
const madeUp = 3

// Keys about a whole collection, before those of any scope.
const (
	keyUnplaced = "\x01p" // → the items without a known parent were given one
	keySeeded   = "\x01s" // → the items from the start with a known parent were written
	keyImported = "\x01i" // of the default world → the items of all worlds were imported, also where nobody has been yet
)

// fill links the collections and writes the items that exist from the start: those whose parents are known.
func (h *holdings) fill(ctx context.Context) error {
	h.linkChildren()
	worlds := make([]*worldState, 0, len(h.start))
	for _, world := range h.start {
		w, err := h.world(world)
		if err != nil {
			return err
		}
		worlds = append(worlds, w)
	}
	if h.mode == Off {
		return nil
	}
	err := h.store.Update(ctx, func(tx store.Tx) error {
		for _, w := range worlds {
			if err := h.fillWorld(ctx, tx, w); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, w := range worlds {
		w.filled.Store(true)
	}
	return nil
}

// fillWorld writes what exists from the start in one world, once in the life of the store.
func (h *holdings) fillWorld(ctx context.Context, tx store.Tx, w *worldState) error {
	for _, c := range h.model.Collections {
		if st := w.states[c]; st != nil {
			if err := h.fillCollection(ctx, tx, w, c); err != nil {
				return fmt.Errorf("fill %s: %w", c.Path, err)
			}
		}
	}
	return nil
}

// linkChildren tells each collection which others' items go with its own.
func (h *holdings) linkChildren() {
	for _, child := range h.model.Collections {
		for depth, p := range child.Scope {
			if p.Collection == nil {
				continue
			}
			st := h.home.states[p.Collection]
			if want := len(p.Collection.Scope) + len(p.Collection.ID.Params); want == depth+1 && st != nil {
				st.children = append(st.children, childScope{collection: child, depth: depth + 1})
			}
		}
		if at := h.home.states[child].parentAt; len(at) > 0 && h.home.states[child.Parent] != nil {
			st := h.home.states[child.Parent]
			st.children = append(st.children, childScope{collection: child, depth: len(at), at: at})
		}
	}
}

// initial lists the items of a collection that exist from the start: seeds win over the document's examples.
func (h *holdings) initial(c *inference.Collection) []any {
	if list := append(append([]any(nil), h.seeds[c]...), c.Seeds...); len(list) > 0 {
		return list
	}
	return c.Examples
}

// initialHere is initial for the act's collection in its world: other accounts begin with nothing.
func (a *act) initialHere() []any {
	if a.st.bare {
		return nil
	}
	return a.initial(a.c)
}

// fillCollection fills a collection in a world that nobody has been in. After an import there is nothing to fill in: what
// was imported is all there is.
func (h *holdings) fillCollection(ctx context.Context, tx store.Tx, w *worldState, c *inference.Collection) error {
	st := h.stateIn(w, c)
	if _, err := tx.Get(st.prefix + keySeeded); err == nil {
		return nil // the store remembers more than one run
	}
	if _, err := tx.Get(h.home.states[c].prefix + keyImported); err == nil {
		return st.close(tx)
	}
	return h.seedCollection(ctx, tx, w, c)
}

// seedCollection writes the items of a collection that exist from the start and whose parents are known.
func (h *holdings) seedCollection(ctx context.Context, tx store.Tx, w *worldState, c *inference.Collection) error {
	a := h.startAct(ctx, w, c, nil)
	if a.b == nil {
		return nil
	}
	if err := tx.Put(a.st.prefix+keySeeded, nil); err != nil {
		return err
	}
	for _, item := range a.initialHere() {
		scope, known := a.scopeOf(item)
		if !known {
			continue
		}
		a.scope = scope
		if err := a.placeItem(tx, item); err != nil {
			return err
		}
	}
	if len(c.Scope) == 0 && !c.Singleton {
		a.scope = nil
		if err := a.populate(tx); err != nil {
			return err
		}
	}
	return nil
}

// startAct is an act of the server itself in a world, for no request.
func (h *holdings) startAct(ctx context.Context, w *worldState, c *inference.Collection, scope []string) *act {
	a := &act{holdings: h, ctx: ctx, q: &Request{}, c: c, in: w, st: h.stateIn(w, c), now: h.clock.Now(), scope: scope}
	for _, b := range c.Bindings {
		if a.b == nil || b.Role == inference.Read {
			a.b = b
		}
		if b.Role == inference.Read {
			break
		}
	}
	return a
}

// scopeOf reads an item's scope from its members; it is known when each value is.
func (a *act) scopeOf(item any) ([]string, bool) {
	if len(a.c.Scope) == 0 {
		return nil, true
	}
	scope := make([]string, len(a.c.Scope))
	for i, p := range a.c.Scope {
		said, ok := at(item, p.Property)
		if p.Property == "" || !ok {
			return nil, false
		}
		text, ok := textOfValue(said)
		if !ok || text == "" || len(text) > nameMax {
			return nil, false
		}
		scope[i] = clean(text)
	}
	return scope, true
}

// placeItem stores an item from the start in the act's scope. One whose id is taken is left out.
func (a *act) placeItem(tx store.Tx, item any) error {
	want, ok := cloneValue(item).(map[string]any)
	if !ok {
		return nil
	}
	seq, err := a.st.nextNumber(tx)
	if err != nil {
		return err
	}
	a.id = ""
	if a.c.Singleton {
		seq = 1
	}
	last := ""
	if said, ok := at(want, a.c.ID.Property); ok && a.c.ID.Property != "" {
		if last, _ = textOfValue(said); len(last) > nameMax {
			last = ""
		}
		last = clean(last)
	}
	if last == "" && !a.c.Singleton {
		if last, err = a.newID(tx, want, seq); err != nil {
			return err
		}
	}
	id := a.joinID(want, last)
	if _, err := tx.Get(a.st.itemKey(a.scope, id)); err == nil {
		return nil
	}
	a.place(want)
	a.showID(want, id)
	rec := &record{id: id, scope: a.scope, seq: seq, start: true, since: a.since()}
	if rec.json, err = a.build(tx, rec, want); err != nil {
		return err
	}
	if err := a.checkUnique(tx, rec); err != nil {
		return nil // two examples of one thing: the first stays
	}
	if a.st.idNumber {
		if err := a.skipNumber(tx, last); err != nil {
			return err
		}
	}
	if err := a.st.put(tx, rec, nil); err != nil {
		return err
	}
	return a.refresh(tx, a.scope)
}

// since is the instant since which an item that is written now has been in its state; 0 where nothing watches over states.
func (a *act) since() int64 {
	if a.st.machine == nil {
		return 0
	}
	return a.now.UnixNano()
}

// skipNumber keeps later whole-number ids above those that exist from the start, as a database's sequence would.
func (a *act) skipNumber(tx store.Tx, id string) error {
	const room = 1 << 20 // ids that have to be left above
	n, err := strconv.ParseUint(id, 10, 52)
	if err != nil || !a.c.ID.Schema.Valid(jsonNumber(strconv.FormatUint(n+room, 10)), schema.Response) {
		return nil // no number that others follow
	}
	if last := a.st.lastNumber(tx); last > 0 && last < n {
		return a.st.setNumber(tx, n)
	}
	return nil
}

// populate fills the act's scope when it is touched for the first time: with the items whose parent nobody named, and
// where nothing creates items and none exist, with a few that are made up.
func (a *act) populate(tx store.Tx) error {
	base := a.st.base(a.scope)
	if _, err := tx.Get(base + keyFilled); err == nil {
		return nil
	}
	if err := tx.Put(base+keyFilled, nil); err != nil {
		return err
	}
	original := !a.st.bare && a.parentFromStart(tx)
	if len(a.scope) > 0 && original {
		if err := a.placeUnplaced(tx); err != nil {
			return err
		}
	}
	if a.c.Singleton {
		return nil
	}
	have, err := tx.Count(base + keyItem)
	if err != nil {
		return err
	}
	n := a.c.Count
	if a.st.bare {
		n = 0
	}
	if n == 0 && have == 0 && original && (a.st.populated || a.mode == Invent) && a.c.Item != nil {
		n = madeUp
	}
	for i := have; i < n; i++ {
		if _, err := a.invent(tx, ""); err != nil {
			return err
		}
	}
	return nil
}

// parentFromStart says whether the scope's parent was there from the start, or can be anything. What a client made
// itself begins empty.
func (a *act) parentFromStart(tx store.Tx) bool {
	parent := a.c.Parent
	if parent == nil || parent.Singleton || len(a.scope) == 0 {
		return true
	}
	st := a.stateOf(parent)
	scope, ids, ok := a.st.parentIn(a.scope)
	if !ok {
		return true
	}
	id := strings.Join(ids, idSeparator)
	value, err := tx.Get(st.itemKey(scope, id))
	return err != nil || decodeRecord(id, nil, value).start
}

func (a *act) placeUnplaced(tx store.Tx) error {
	if _, err := tx.Get(a.st.prefix + keyUnplaced); err == nil {
		return nil
	}
	if err := tx.Put(a.st.prefix+keyUnplaced, nil); err != nil {
		return err
	}
	id := a.id
	defer func() { a.id = id }()
	for _, item := range a.initialHere() {
		if _, known := a.scopeOf(item); known {
			continue
		}
		if err := a.placeItem(tx, item); err != nil {
			return err
		}
	}
	return nil
}

// invent makes an item up: from its id where one is given, the same one each time, else with a new id.
func (a *act) invent(tx store.Tx, id string) (*record, error) {
	// The document's examples are items of their own; taken again, all invented items would look like them.
	fresh := a.fresh
	a.fresh = !a.c.Singleton
	defer func() { a.fresh = fresh }()
	seq, err := a.st.nextNumber(tx)
	if err != nil {
		return nil, err
	}
	wanted := map[string]any{}
	if examples := a.initialHere(); a.c.Singleton && len(examples) > 0 {
		if example, ok := cloneValue(examples[0]).(map[string]any); ok {
			wanted = example
		}
	}
	if id == "" && !a.c.Singleton {
		last, err := a.newID(tx, wanted, seq)
		if err != nil {
			return nil, err
		}
		id = a.joinID(wanted, last)
	}
	rec := &record{id: id, scope: a.scope, seq: seq, start: true, since: a.since()}
	a.place(wanted)
	if id != "" {
		a.showID(wanted, id)
	}
	a.unsent(wanted, a.keyOf(rec), nil)
	if rec.json, err = a.build(tx, rec, wanted); err != nil {
		return nil, err
	}
	if err := a.st.put(tx, rec, nil); err != nil {
		return nil, err
	}
	return rec, a.refresh(tx, a.scope)
}
