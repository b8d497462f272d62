package resource

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"understudy/contracts/schema"
	"understudy/mock/store"
)

func jsonNumber(text string) json.Number { return json.Number(text) }

func pathEscape(id string) string { return url.PathEscape(id) }

// plainID is an id as it is shown: values of several parameters with slashes between them.
func (a *act) plainID(id string) string { return strings.ReplaceAll(id, idSeparator, "/") }

// chooseID gives a new item its id and writes it into the members that show it: the one that the client sent where
// it may choose, else the path's, else a new one that fits the schema.
func (a *act) chooseID(tx store.Tx, want map[string]any, seq uint64, sent map[string]bool) (string, error) {
	spec := &a.c.ID
	if last := a.lastID(); last != "" {
		id := a.joinID(want, last)
		a.showID(want, id)
		return id, nil
	}
	last := ""
	if said, ok := at(want, spec.Property); ok && spec.Property != "" && (!spec.Server || sent[spec.Property] && !a.idReadOnly()) {
		last, _ = textOfValue(said)
		if err := checkName("body", spec.Property, last); err != nil {
			return "", err
		}
		last = clean(last)
	}
	if last == "" {
		made, err := a.newID(tx, want, seq)
		if err != nil {
			return "", err
		}
		last = made
	}
	id := a.joinID(want, last)
	a.showID(want, id)
	return id, nil
}

// lastID is the id, of several parameters the last one, that the request's path or query names; "" when it names none.
func (a *act) lastID() string { return a.id[strings.LastIndex(a.id, idSeparator)+1:] }

// idReadOnly says that the server alone chooses ids: the request's schema has no such member or marks it readOnly.
func (a *act) idReadOnly() bool {
	for _, p := range a.partsOf(a.inputSchema()).all {
		if p.Name == a.c.ID.Property {
			return isReadOnly(p.Schema)
		}
	}
	return true
}

// joinID completes an id of several parameters from the path and the item's members.
func (a *act) joinID(want map[string]any, last string) string {
	n := len(a.c.ID.Params)
	if n < 2 {
		return last
	}
	parts := make([]string, n)
	given := strings.Split(a.id, idSeparator)
	for i := range n - 1 {
		if i < len(given) {
			parts[i] = given[i]
		}
		if parts[i] == "" && i < len(a.c.ID.Others) && a.c.ID.Others[i] != "" {
			if v, ok := schema.At(want, a.c.ID.Others[i]); ok {
				if text, ok := textOfValue(v); ok && len(text) <= nameMax {
					parts[i] = clean(text)
				}
			}
		}
		if parts[i] == "" {
			parts[i] = "default"
		}
	}
	parts[n-1] = last
	return strings.Join(parts, idSeparator)
}

// showID writes an id into the members of the item that show it.
func (a *act) showID(want map[string]any, id string) {
	parts := strings.Split(id, idSeparator)
	last := parts[len(parts)-1]
	if p := a.c.ID.Property; p != "" {
		put(want, p, wishFor(a.schemaAt(a.c.Item, pointerOf(p)), last))
	}
	for i, pointer := range a.c.ID.Others {
		if pointer != "" && i < len(parts)-1 {
			put(want, pointer, wishFor(a.schemaAt(a.c.Item, pointer), parts[i]))
		}
	}
}

// newID makes an id that no item of the scope has: the next number for whole numbers, else a value of the id's schema
// with the prefix that the document shows.
func (a *act) newID(tx store.Tx, want map[string]any, seq uint64) (string, error) {
	spec := a.c.ID.Schema
	taken := func(id string) (bool, error) {
		_, err := tx.Get(a.st.itemKey(a.scope, a.joinID(want, id)))
		if errors.Is(err, store.ErrNotFound) {
			return false, nil
		}
		return err == nil, err
	}
	if a.st.idNumber {
		for _, first := range [...]uint64{seq, 1} {
			for n := first; n < first+1000; n++ {
				id := strconv.FormatUint(n, 10)
				if !spec.Valid(jsonNumber(id), schema.Response) {
					continue
				}
				if used, err := taken(id); err != nil || !used {
					return id, err
				}
			}
		}
	}
	for try := range 100 {
		id := a.madeID(seq, try)
		used, err := taken(id)
		if err != nil || !used && id != "" {
			return id, err
		}
	}
	return "", fmt.Errorf("find a new id in %s: the id's schema has no room for another item", a.c.Path)
}

// madeID makes one id from the seed. Ids without a format or pattern are random letters and digits behind the
// prefix, as long as those of the document's examples usually are.
func (a *act) madeID(seq uint64, try int) string {
	spec := a.c.ID.Schema
	key := fmt.Sprintf("%s\x00%s\x00id %d %d", a.c.Path+a.st.mark, joinScope(a.scope), seq, try)
	if spec != nil {
		s := spec.Resolve()
		if s.Format != "" || s.Pattern != "" || len(s.Enum) > 0 || len(s.AnyOf)+len(s.OneOf)+len(s.AllOf) > 0 {
			maker := a.maker()
			maker.Examples = false // the example of an id is the id of one item
			if v, err := maker.Make(spec, key, schema.Absent); err == nil {
				if text, ok := textOfValue(v); ok && (a.c.ID.Prefix == "" || s.Format != "" || s.Pattern != "" || strings.HasPrefix(text, a.c.ID.Prefix)) {
					return text
				}
			}
		}
	}
	return a.c.ID.Prefix + letters(a.seed, key, a.idLength())
}

func (a *act) idLength() int {
	n := 14
	if s := a.c.ID.Schema; s != nil {
		if r := s.Resolve(); r.MaxLength != nil && *r.MaxLength-len(a.c.ID.Prefix) < n {
			n = max(1, *r.MaxLength-len(a.c.ID.Prefix))
		} else if r.MinLength != nil && *r.MinLength-len(a.c.ID.Prefix) > n {
			n = *r.MinLength - len(a.c.ID.Prefix)
		}
	}
	return n
}
