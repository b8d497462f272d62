package resource

import (
	"errors"
	"strings"

	"understudy/mock/store"
)

// timeFormat is RFC 3339 in whole seconds.
const timeFormat = "2006-01-02T15:04:05Z07:00"

func (a *act) read() (*Result, error) {
	rec, invented, err := a.lookup()
	if err != nil {
		return nil, err
	}
	return a.showRead(rec, invented)
}

// showRead answers a read with an item, or says that the client has it already.
func (a *act) showRead(rec *record, invented bool) (*Result, error) {
	result := &Result{Source: source(invented), ETag: etag(rec.json)}
	if a.q.IfMatch != "" && !matches(a.q.IfMatch, result.ETag) {
		return nil, &PreconditionError{Header: "If-Match", Want: a.q.IfMatch, Have: result.ETag}
	}
	if a.q.IfNoneMatch != "" && matches(a.q.IfNoneMatch, result.ETag) {
		result.NotModified = true
		return result, nil
	}
	return result, a.showItem(rec, result)
}

func source(invented bool) string {
	if invented {
		return "invented"
	}
	return "state"
}

// etag is a strong validator (RFC 9110, 8.8.3): it changes with every change of the item.
func etag(json []byte) string {
	h := uint64(14695981039346656037) // FNV-1a
	for _, c := range json {
		h = (h ^ uint64(c)) * 1099511628211
	}
	const digits = "0123456789abcdef"
	tag := [18]byte{0: '"', 17: '"'}
	for i := 16; i > 0; i-- {
		tag[i] = digits[h&15]
		h >>= 4
	}
	return string(tag[:])
}

// matches says whether a conditional header's list names the validator. Weak marks are passed over, as
// If-None-Match compares (RFC 9110, 13.1.2) and as clients that got their tag through a cache need for If-Match.
func matches(list, tag string) bool {
	for item := range strings.SplitSeq(list, ",") {
		item = strings.TrimPrefix(strings.TrimSpace(item), "W/")
		if item == "*" || item == tag {
			return true
		}
	}
	return false
}

// condition holds the conditional headers of a write against the item that is there, nil for none.
func (a *act) condition(rec *record) error {
	have := "no item"
	if rec != nil {
		have = etag(rec.json)
	}
	if a.q.IfMatch != "" && (rec == nil || !matches(a.q.IfMatch, have)) {
		return &PreconditionError{Header: "If-Match", Want: a.q.IfMatch, Have: have}
	}
	if a.q.IfNoneMatch != "" && rec != nil && matches(a.q.IfNoneMatch, have) {
		return &PreconditionError{Header: "If-None-Match", Want: a.q.IfNoneMatch, Have: have}
	}
	return nil
}

// checkParent makes sure that the item's parent exists, as far as parents can exist: where nothing makes them, any
// parent is welcome. In the mode Invent a missing parent is made up.
func (a *act) checkParent(tx store.Tx) error {
	if a.unknown || len(a.scope) == 0 {
		return nil
	}
	parent := a.c.Parent
	if parent == nil {
		return nil
	}
	st := a.stateOf(parent)
	scope, ids, ok := a.st.parentIn(a.scope)
	if !ok {
		return nil
	}
	up := &act{holdings: a.holdings, ctx: a.ctx, q: a.q, b: a.b, c: parent, in: a.in, now: a.now, st: st, scope: scope}
	up.id = strings.Join(ids, idSeparator)
	if err := up.checkParent(tx); err != nil {
		return err
	}
	if parent.Singleton {
		return nil
	}
	if err := up.populate(tx); err != nil {
		return err
	}
	_, err := tx.Get(st.itemKey(up.scope, up.id))
	if err == nil || !errors.Is(err, store.ErrNotFound) {
		return err
	}
	missing := up.missing()
	missing.Parent = true
	if _, gone := tx.Get(st.base(up.scope) + keyGone + up.id); gone == nil {
		return missing
	}
	switch {
	case a.mode == Invent:
		_, _, err := up.findOrMake(tx)
		return err
	case st.populated && len(a.initial(parent)) == 0:
		return nil
	}
	return missing
}

// lasting says that a deleted item has to be remembered, since it would come back by being asked for.
func (a *act) lasting() bool { return a.mode == Invent || a.c.Singleton || a.st.populated }
