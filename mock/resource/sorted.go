package resource

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts/inference"
	"understudy/mock/store"
)

// Lists that are sorted by a member come from an index of it, once a scope holds so many items that the index pays: it is
// built by the first request that asks for it, and kept by every write from then on. A scope has at most mostSorted of them.
const (
	leastSorted = 256
	mostSorted  = 8
	sortedChunk = 4096 // items that one transaction brings into an index, so that none is large and writers do not wait long
)

// A sortIndex is one index of one scope.
type sortIndex struct {
	property string
	turned   bool // items that compare alike stand in it in the opposite order of creation
	ready    bool // false: it is being built
}

// sortIndexFor is the index for an order; the list's own order, which decides among items that compare alike, is part of it.
func (a *act) sortIndexFor(o *ordering) (sortIndex, bool) {
	if a.unknown || o == nil || len(o.keys) != 1 || !a.st.sortable {
		return sortIndex{}, false
	}
	k := o.keys[0]
	if schemaAt(a.c.Item, pointerOf(k.property)) == nil || strings.ContainsAny(k.property, "\x00\x01") {
		return sortIndex{}, false
	}
	return sortIndex{property: k.property, turned: k.descending != a.c.Newest}, true
}

// encodeSorts and decodeSorts are the record at keySort: which indexes a scope has.
func encodeSorts(list []sortIndex) []byte {
	var out []byte
	for _, ix := range list {
		flags := byte('0')
		if ix.turned {
			flags |= 1
		}
		if ix.ready {
			flags |= 2
		}
		out = append(append(append(out, flags), ix.property...), 0)
	}
	return out
}

func decodeSorts(value []byte) []sortIndex {
	var list []sortIndex
	for part := range strings.SplitSeq(strings.TrimSuffix(string(value), "\x00"), "\x00") {
		if part != "" {
			list = append(list, sortIndex{property: part[1:], turned: part[0]&1 != 0, ready: part[0]&2 != 0})
		}
	}
	return list
}

func sortsOf(tx store.Tx, base string) []sortIndex {
	value, err := tx.Get(base + keySort)
	if err != nil || len(value) == 0 {
		return nil
	}
	return decodeSorts(value)
}

// valued is what the keys of the items begin with that have the member, lacking of those that have not: they come last,
// whatever the direction.
func (ix sortIndex) valued(base string) string {
	if ix.turned {
		return base + keySort + ix.property + "\x00v"
	}
	return base + keySort + ix.property + "\x00w"
}

func (ix sortIndex) lacking(base string) string {
	if ix.turned {
		return base + keySort + ix.property + "\x00x"
	}
	return base + keySort + ix.property + "\x00y"
}

func (ix sortIndex) key(base string, rec *record) string {
	text, ok := orderText(rec, ix.property)
	if !ok {
		return ix.lacking(base) + digits(rec.seq)
	}
	seq := rec.seq
	if ix.turned {
		seq = ^seq
	}
	return ix.valued(base) + sortKey(text) + "\x00" + digits(seq)
}

// sortKey gives a text of which the order of bytes is the order of values: numbers first, then times, then other texts,
// which count by their first bytes.
func sortKey(text string) string {
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		bits := math.Float64bits(n + 0) // -0 is 0
		if bits>>63 != 0 {
			bits = ^bits
		} else {
			bits |= 1 << 63
		}
		return "n" + orderKey(bits)[1:]
	}
	if t, ok := timeOf(text); ok {
		return "t" + orderKey(uint64(t.Unix()) ^ 1<<63)[1:] + orderKey(uint64(t.Nanosecond()))[9:]
	}
	const longest = 200
	return "u" + strings.ReplaceAll(text[:min(len(text), longest)], "\x00", "\x01")
}

// eachSorted calls f with the keys of an item in the scope's indexes.
func (st *collectionState) eachSorted(tx store.Tx, base string, rec *record, f func(key string) error) error {
	if !st.sortable {
		return nil
	}
	for _, ix := range sortsOf(tx, base) {
		if err := f(ix.key(base, rec)); err != nil {
			return err
		}
	}
	return nil
}

// ensureSorted builds the index for an order where that pays. The list is sorted without one where it does not, and while
// another request builds it.
func (a *act) ensureSorted(o *ordering) error {
	ix, ok := a.sortIndexFor(o)
	if !ok {
		return nil
	}
	base := a.st.base(a.scope)
	wanted := false
	err := a.store.View(a.ctx, func(tx store.Tx) error {
		list := sortsOf(tx, base)
		at := slices.IndexFunc(list, ix.same)
		if at >= 0 && list[at].ready || at < 0 && len(list) >= mostSorted {
			return nil
		}
		n, err := tx.Count(base + keyItem)
		wanted = n >= leastSorted
		return err
	})
	if err != nil || !wanted || !a.st.sorting.TryLock() {
		return err
	}
	defer a.st.sorting.Unlock()
	return a.buildSorted(base, ix)
}

func (ix sortIndex) same(other sortIndex) bool {
	return ix.property == other.property && ix.turned == other.turned
}

// buildSorted brings all items into an index, some at a time. From the first transaction on, every write keeps its own item
// there; an index that is left half built is begun again by who asks for it next.
func (a *act) buildSorted(base string, ix sortIndex) error {
	for after, first := "", true; ; first = false {
		last, more := "", false
		err := a.store.Update(a.ctx, func(tx store.Tx) (err error) { // perhaps called again, so it changes nothing but these two
			last, more, err = a.bringIn(tx, base, ix, after, first)
			return err
		})
		if err != nil || !more {
			return err
		}
		after = last
	}
}

// bringIn brings the next items into an index, and the index into the list of the scope. It gives the key of the last item,
// and whether there are more.
func (a *act) bringIn(tx store.Tx, base string, ix sortIndex, after string, first bool) (last string, more bool, err error) {
	list := sortsOf(tx, base)
	at := slices.IndexFunc(list, ix.same)
	switch {
	case at < 0 && (!first || len(list) >= mostSorted):
		return "", false, nil // everything was taken away meanwhile, or others have come first
	case at < 0:
		list, at = append(list, ix), len(list)
	}
	n := 0
	for key, id := range tx.Scan(base+keyOrder, store.Scan{After: after}) {
		if n++; n > sortedChunk {
			more = true
			break
		}
		value, err := tx.Get(base + keyItem + string(id))
		if err != nil {
			return "", false, fmt.Errorf("read the item %s of %s: %w", id, a.c.Path, err)
		}
		if err := tx.Put(ix.key(base, decodeRecord(string(id), a.scope, value)), id); err != nil {
			return "", false, err
		}
		last = key
	}
	list[at].ready = !more
	return last, more, tx.Put(base+keySort, encodeSorts(list))
}

// sortedPage reads a page of a sorted list by position; nil where there is no index for it.
func (a *act) sortedPage(tx store.Tx, want wantedPage) (*page, error) {
	ix, ok := a.sortIndexFor(want.sort)
	if !ok || want.beside {
		return nil, nil
	}
	base := a.st.base(a.scope)
	list := sortsOf(tx, base)
	if at := slices.IndexFunc(list, ix.same); at < 0 || !list[at].ready {
		return nil, nil
	}
	valued, err := tx.Count(ix.valued(base))
	if err != nil {
		return nil, err
	}
	total, err := tx.Count(base + keyItem)
	if err != nil {
		return nil, err
	}
	p := &page{total: total, offset: min(want.offset, total), limit: want.limit}
	for _, part := range []struct {
		prefix string
		from   store.Scan
	}{
		{ix.valued(base), store.Scan{Skip: p.offset, Reverse: want.sort.keys[0].descending}},
		{ix.lacking(base), store.Scan{Skip: max(0, p.offset-valued), Reverse: a.c.Newest}},
	} {
		for _, id := range tx.Scan(part.prefix, part.from) {
			if p.limit > 0 && len(p.records) == p.limit {
				break
			}
			value, err := tx.Get(base + keyItem + string(id))
			if err != nil {
				return nil, fmt.Errorf("read the item %s of %s: %w", id, a.c.Path, err)
			}
			p.records = append(p.records, decodeRecord(string(id), a.scope, value))
		}
	}
	p.bounds()
	return p, nil
}

// narrowest is what the keys begin with of the fewest items among which all are that the conditions let pass: those of the
// index of one condition, or all of the scope. The order of both is that of creation.
func (a *act) narrowest(tx store.Tx, base string, conditions []condition) (prefix string, rest []condition, err error) {
	prefix, rest, least := base+keyOrder, conditions, -1
	for i, c := range conditions {
		if c.op != inference.Equals || len(c.values) != 1 || !contains(a.st.indexed, c.property) {
			continue
		}
		under := indexPrefix(base, c.property, c.values[0])
		n, err := tx.Count(under)
		if err != nil {
			return "", nil, err
		}
		if least < 0 || n < least {
			prefix, least = under, n
			rest = slices.Delete(slices.Clone(conditions), i, i+1)
		}
	}
	return prefix, rest, nil
}

// enough is how many of the items that pass an unsorted list needs: those up to the page and one more, where the answer does
// not tell how many there are; 0: all of them.
func (a *act) enough(want wantedPage) int {
	pg := a.b.Page
	if pg == nil || want.limit == 0 || want.sort != nil || want.beside || a.unknown || pg.Total != "" || pg.Pages != "" || pg.Link && pg.Page != "" {
		return 0
	}
	return want.offset + want.limit + 1
}
