package resource

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/mock/store"
)

// derive works the members out that follow from others.
func (a *act) derive(tx store.Tx, rec *record, item map[string]any) error {
	for _, d := range a.st.derived {
		var found []found
		for _, s := range d.sources {
			if s.child == nil {
				found = d.within(found, item, s)
				continue
			}
			var err error
			if found, err = a.below(tx, found, d, rec, s); err != nil {
				return err
			}
		}
		v, ok := d.result(found)
		if ok {
			put(item, d.place, fitted(v, d.schema))
		} else if d.schema != nil && d.schema.Valid(nil, schema.Response) {
			put(item, d.place, nil)
		} else {
			take(item, pointerOf(d.place))
		}
	}
	return nil
}

// A found is one value that a derivation looks at, with the entry that holds it.
type found struct {
	value, entry any
	less         bool
}

// within collects what stands at a path, through lists, in the entries that meet the derivation's conditions.
func (d *derivation) within(list []found, root any, s reading) []found {
	var walk func(v, entry any, path []string)
	walk = func(v, entry any, path []string) {
		if elements, ok := v.([]any); ok {
			for _, e := range elements {
				walk(e, e, path)
			}
			return
		}
		if len(path) == 0 {
			if v != nil && d.looksAt(entry) {
				list = append(list, found{v, entry, s.less})
			}
			return
		}
		if object, ok := v.(map[string]any); ok {
			walk(object[path[0]], object, path[1:])
		}
	}
	walk(root, root, s.path)
	return list
}

func (d *derivation) looksAt(entry any) bool {
	for place, want := range d.Where {
		v, there := at(entry, place)
		text, _ := textOfValue(v)
		if !want.Holds(text, there && v != nil) {
			return false
		}
	}
	return true
}

// below collects from the items of a child collection, in the order of creation.
func (a *act) below(tx store.Tx, list []found, d *derivation, rec *record, s reading) ([]found, error) {
	values := append(slices.Clone(rec.scope), strings.Split(rec.id, idSeparator)...)
	states, err := a.childStates(tx, s.child)
	if err != nil {
		return nil, err
	}
	for _, st := range states {
		base := st.base(values)
		for _, id := range tx.Scan(base+keyOrder, store.Scan{}) {
			value, err := tx.Get(base + keyItem + string(id))
			if err != nil {
				return nil, fmt.Errorf("read the item %s of %s: %w", id, s.child.Path, err)
			}
			json := decodeRecord("", nil, value).json
			if len(s.path) == 1 && len(d.Where) == 0 && d.Times == "" { // one member is enough: the rest need not be read
				json, _ = rawMember(json, s.path[0])
				if v, err := schema.ParseJSON(json); err == nil && v != nil {
					list = d.within(list, v, reading{less: s.less})
				}
				continue
			}
			entry, err := schema.ParseJSON(json)
			if err != nil {
				return nil, fmt.Errorf("read the item %s of %s: %w", id, s.child.Path, err)
			}
			list = d.within(list, entry, s)
		}
	}
	return list, nil
}

// result is what the function makes of the values; false where there is nothing to tell.
func (d *derivation) result(list []found) (any, bool) {
	switch d.word {
	case "sum":
		return d.sum(list), true
	case "count":
		return jsonNumber(fmt.Sprint(len(list))), true
	case "concat":
		var texts []string
		for _, f := range list {
			if text, ok := textOfValue(f.value); ok {
				texts = append(texts, text)
			}
		}
		return strings.Join(texts, d.Separator), true
	}
	if len(list) == 0 {
		return nil, false
	}
	best := list[0].value
	switch d.word {
	case "last":
		best = list[len(list)-1].value
	case "min", "max":
		for _, f := range list[1:] {
			x, _ := textOfValue(f.value)
			y, _ := textOfValue(best)
			if n := compareTexts(x, y); n < 0 && d.word == "min" || n > 0 && d.word == "max" {
				best = f.value
			}
		}
	}
	return cloneValue(best), true
}

// sum adds exactly, so that 0.1 and 0.2 are 0.3, and keeps as many decimals as the numbers have.
func (d *derivation) sum(list []found) any {
	total, decimals := new(big.Rat), 0
	for _, f := range list {
		text, _ := textOfValue(f.value)
		n, ok := contracts.Decimal(text)
		if !ok {
			continue
		}
		places := decimalsOf(text)
		if d.Times != "" {
			v, _ := at(f.entry, d.Times)
			factor, _ := textOfValue(v)
			m, ok := contracts.Decimal(factor)
			if !ok {
				continue
			}
			n.Mul(n, m)
			places += decimalsOf(factor)
		}
		if f.less {
			n.Neg(n)
		}
		total.Add(total, n)
		decimals = max(decimals, places)
	}
	if total.IsInt() && d.Times != "" {
		decimals = 0
	}
	return jsonNumber(total.FloatString(decimals))
}

// decimalsOf counts the digits behind the point.
func decimalsOf(text string) int {
	mantissa, exponent, scientific := strings.Cut(strings.ToLower(text), "e")
	_, decimals, _ := strings.Cut(mantissa, ".")
	if !scientific {
		return len(decimals)
	}
	shift := 0
	_, _ = fmt.Sscan(exponent, &shift)
	return max(0, len(decimals)-shift)
}

// fitted gives a value in the type of the member: a sum as text where texts hold amounts, a whole number where there is
// nothing behind the point.
func fitted(v any, s *schema.Schema) any {
	if s == nil || s.Valid(v, schema.Response) {
		return v
	}
	text, ok := textOfValue(v)
	if !ok {
		return v
	}
	tries := []any{text}
	if n, ok := contracts.Decimal(text); ok {
		tries = append(tries, jsonNumber(text))
		if n.IsInt() {
			tries = append(tries, jsonNumber(n.FloatString(0)))
		}
		tries = append(tries, n.FloatString(2))
	}
	for _, other := range tries {
		if s.Valid(other, schema.Response) {
			return other
		}
	}
	return v
}

// refresh works the derived members of a scope's parents out again, after something below them has changed.
func (a *act) refresh(tx store.Tx, scope []string) error {
	for _, parent := range a.st.feeds {
		n := len(parent.Scope)
		if n+len(parent.ID.Params) > len(scope) {
			continue
		}
		up := &act{holdings: a.holdings, ctx: a.ctx, q: &Request{}, b: a.b, c: parent, in: a.in, now: a.now, st: a.stateOf(parent), scope: scope[:n]}
		up.id = strings.Join(scope[n:n+len(parent.ID.Params)], idSeparator)
		if err := up.rederive(tx); err != nil {
			return err
		}
		a.changes = append(a.changes, up.changes...)
	}
	return nil
}

// rederive is refresh for one parent and those above it. One that does not exist has no members.
func (a *act) rederive(tx store.Tx) error {
	value, err := tx.Get(a.st.itemKey(a.scope, a.id))
	if err != nil {
		return nil // nothing makes parents here, or it is being removed
	}
	old := decodeRecord(a.id, a.scope, value)
	decoded, err := schema.ParseJSON(old.json)
	item, ok := decoded.(map[string]any)
	if err != nil || !ok {
		return fmt.Errorf("read the item %s of %s: %w", a.id, a.c.Path, err)
	}
	rec := *old
	if rec.json, err = a.build(tx, &rec, item); err != nil {
		return err
	}
	if string(rec.json) == string(old.json) {
		return nil
	}
	if err := a.st.put(tx, &rec, old); err != nil {
		return err
	}
	a.changes = append(a.changes, Change{Kind: "updated", Collection: a.c.Path, ID: a.plainID(rec.id), Before: old.json, After: rec.json})
	return a.refresh(tx, a.scope)
}

// refreshAll is refresh for the scopes of several items.
func (a *act) refreshAll(tx store.Tx, gone []*record) error {
	if len(a.st.feeds) == 0 {
		return nil
	}
	seen := map[string]bool{}
	for _, rec := range gone {
		if scope := joinScope(rec.scope); !seen[scope] {
			seen[scope] = true
			if err := a.refresh(tx, rec.scope); err != nil {
				return err
			}
		}
	}
	return nil
}
