package resource

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"understudy/contracts/inference"
	"understudy/mock/store"
)

// fastPage reads a page by position: no sorting, and no filter or one that has an index. It gives nil where that
// cannot be done.
func (a *act) fastPage(tx store.Tx, want wantedPage, conditions []condition) (*page, error) {
	if a.unknown || want.sort != nil || len(conditions) > 1 {
		return nil, nil
	}
	prefix := a.st.base(a.scope) + keyOrder
	if len(conditions) == 1 {
		c := conditions[0]
		if c.op != inference.Equals || len(c.values) != 1 || !contains(a.st.indexed, c.property) {
			return nil, nil
		}
		prefix = indexPrefix(a.st.base(a.scope), c.property, c.values[0])
	}
	total, err := tx.Count(prefix)
	if err != nil {
		return nil, err
	}
	p := &page{total: total, offset: min(want.offset, total), limit: want.limit}
	from := store.Scan{Skip: want.offset, Reverse: a.c.Newest}
	if want.beside {
		from = store.Scan{After: prefix + digits(want.seq), Reverse: a.c.Newest != want.back}
	}
	items := a.st.base(a.scope) + keyItem
	records := make([]record, min(cmp.Or(p.limit, total), total, 1000)) // one piece of memory for an ordinary page
	p.records = make([]*record, 0, len(records))
	var keys strings.Builder // and one for their keys: what was taken out of it stays as it is when more is written
	keys.Grow(len(records) * (len(items) + usualID))
	for _, id := range tx.Scan(prefix, from) {
		if p.limit > 0 && len(p.records) == p.limit {
			break
		}
		start := keys.Len()
		keys.WriteString(items)
		keys.Write(id)
		key := keys.String()[start:]
		value, err := tx.Get(key)
		if err != nil {
			return nil, fmt.Errorf("read the item %s of %s: %w", id, a.c.Path, err)
		}
		rec := new(record)
		if len(records) > 0 {
			rec, records = &records[0], records[1:]
		}
		rec.decode(key[len(items):], a.scope, value)
		p.records = append(p.records, rec)
	}
	if !want.beside {
		p.bounds()
		return p, nil
	}
	if want.back {
		slices.Reverse(p.records)
	}
	first, last := want.seq, want.seq
	if n := len(p.records); n > 0 {
		first, last = p.records[0].seq, p.records[n-1].seq
	}
	p.previous = anyBeyond(tx, prefix, first, !a.c.Newest)
	p.more = anyBeyond(tx, prefix, last, a.c.Newest)
	return p, nil
}

// usualID is how many bytes an id has, about.
const usualID = 24

func digits(seq uint64) string { return orderKey(seq)[len(keyOrder):] }

// anyBeyond says whether there is an item behind a number, in one direction.
func anyBeyond(tx store.Tx, prefix string, seq uint64, reverse bool) bool {
	for range tx.Scan(prefix, store.Scan{After: prefix + digits(seq), Reverse: reverse}) {
		return true
	}
	return false
}

func (p *page) bounds() {
	p.previous = p.offset > 0 && p.total > 0
	p.more = p.offset+len(p.records) < p.total
}

// cutPage sorts the items that the filters let pass, which come in the order of the list, and cuts the page out.
func (a *act) cutPage(all []*record, want wantedPage) (*page, error) {
	if want.sort != nil {
		want.sort.order(all)
	}
	p := &page{total: len(all), offset: min(want.offset, len(all)), limit: want.limit}
	end := len(all)
	if want.beside {
		var err error
		if p.offset, end, err = a.around(all, want); err != nil {
			return nil, err
		}
	}
	if p.limit > 0 && p.offset+p.limit < end {
		if want.beside && want.back {
			p.offset = end - p.limit
		} else {
			end = p.offset + p.limit
		}
	}
	p.records = all[p.offset:end]
	p.bounds()
	return p, nil
}

// findBeside looks up the number of the item that the cursor names.
func (a *act) findBeside(tx store.Tx, want *wantedPage) error {
	if !want.beside || want.besideID == "" {
		return nil
	}
	named := *a
	named.id = want.besideID
	rec, err := named.find(tx)
	if err != nil {
		return a.lostPlace(want)
	}
	want.seq = rec.seq
	return nil
}

func (a *act) lostPlace(want *wantedPage) error {
	name, id := a.b.Page.Cursor, want.besideID
	if want.back && a.b.Page.Before != "" {
		name = a.b.Page.Before
	}
	if id == "" {
		id = "item"
	}
	return &RequestError{In: "query", Name: name, Reason: fmt.Sprintf("there is no %s %s to continue from", inference.Singular(a.c.Name), id)}
}

// around finds where a page behind or before a given item begins and ends. In the order of creation the item itself may
// be gone; in any other its place cannot be told then.
func (a *act) around(all []*record, want wantedPage) (from, to int, err error) {
	at := slices.IndexFunc(all, func(rec *record) bool { return rec.seq == want.seq })
	switch {
	case at >= 0 && want.back:
		return 0, at, nil
	case at >= 0:
		return at + 1, len(all), nil
	case want.sort != nil:
		return 0, 0, a.lostPlace(&want)
	}
	at = slices.IndexFunc(all, func(rec *record) bool { return rec.seq > want.seq != a.c.Newest })
	if at < 0 {
		at = len(all)
	}
	if want.back {
		return 0, at, nil
	}
	return at, len(all), nil
}

// matching gives the items of the scope that the filters let pass, in the order of creation: no more than most, where that
// is not 0.
func (a *act) matching(tx store.Tx, conditions []condition, most int) ([]*record, error) {
	var all []*record
	prefix := a.st.prefix
	if !a.unknown {
		var err error
		if prefix, conditions, err = a.narrowest(tx, a.st.base(a.scope), conditions); err != nil {
			return nil, err
		}
	}
	for key, id := range tx.Scan(prefix, store.Scan{Reverse: a.c.Newest}) {
		scope := a.scope
		if a.unknown {
			var ok bool
			if scope, ok = a.orderScope(key); !ok {
				continue
			}
		}
		value, err := tx.Get(a.st.itemKey(scope, string(id)))
		if err != nil {
			return nil, fmt.Errorf("read the item %s of %s: %w", id, a.c.Path, err)
		}
		rec := decodeRecord(string(id), scope, value)
		if allHold(conditions, rec) {
			if all = append(all, rec); len(all) == most {
				break
			}
		}
	}
	if a.unknown {
		slices.SortFunc(all, func(x, y *record) int {
			if a.c.Newest {
				x, y = y, x
			}
			return cmp.Compare(x.seq, y.seq)
		})
	}
	return all, nil
}

// orderScope tells a key of the order of some scope from all others, and which scope it is. Values that the request's
// path does say must agree.
func (a *act) orderScope(key string) (scope []string, ok bool) {
	scope, rest, ok := a.st.splitKey(key)
	if !ok || !isOrder(rest) {
		return nil, false
	}
	for i, said := range a.scope {
		if said != "" && said != scope[i] {
			return nil, false
		}
	}
	return scope, true
}
