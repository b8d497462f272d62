package resource

import (
	"slices"
	"strings"
	"sync"

	"understudy/contracts/inference"
	"understudy/contracts/schema"
)

// A collectionState is what the engine prepared about one collection in one world. What does not go with the world is
// shared by the states of all worlds.
type collectionState struct {
	collection *inference.Collection
	world      World  // what separates its items from other worlds'; zero for the default world and for what is shared
	root       string // what the keys of all worlds begin with
	prefix     string // of all its keys
	mark       string // tells inventions in this world from those in others; "" in the default world
	bare       bool   // another account's: nothing exists in it from the start
	children   []childScope
	parentAt   []int       // where in the scope the values of the parent's scope and id stand; nil: at its beginning
	indexed    []string    // properties with an index, for filters that compare for equality
	sortable   bool        // some list can be sorted by members
	sorting    *sync.Mutex // held by who builds an index for it
	anywhere   bool        // some operation names an item without all of its scope: keep an index over all scopes
	populated  bool        // nothing creates items: a few are made up where there are no examples
	readOnly   []string    // members that clients cannot write
	idNumber   bool
	locator    *locator                // of new items; nil: no operation reads them
	machine    *machine                // nil: nobody watches over states
	derived    []*derivation           // members worked out from others, those that others need first
	feeds      []*inference.Collection // whose items have members that follow from this one's
}

// A childScope is a collection whose items belong to this one's.
type childScope struct {
	collection *inference.Collection
	depth      int   // number of scope values that name the parent, its own id included
	at         []int // where they stand, when that is not the beginning (collectionState.parentAt)
}

func newCollectionState(m *inference.Model, c *inference.Collection) *collectionState {
	name := ""
	if m.Contract != nil {
		name = m.Contract.Name // contracts may share a store, and have a path in common
	}
	st := &collectionState{collection: c, root: "resource/" + name + c.Path, locator: newLocator(c), parentAt: placeParent(c), sorting: new(sync.Mutex)}
	st.prefix = st.root + "\x00"
	for _, p := range ownProperties(c.Item, 0) {
		if isReadOnly(p.Schema) {
			st.readOnly = append(st.readOnly, p.Name)
		}
	}
	creates := false
	for _, b := range c.Bindings {
		switch b.Role {
		case inference.Create, inference.Upload, inference.Replace:
			creates = true
		}
		st.sortable = st.sortable || b.Sort != nil
		for _, name := range b.ScopeParams {
			st.anywhere = st.anywhere || name == ""
		}
		for _, f := range b.Filters {
			if f.Op == inference.Equals && st.indexable(f.Property) && !contains(st.indexed, f.Property) {
				st.indexed = append(st.indexed, f.Property)
			}
		}
	}
	st.populated = !creates && !c.Singleton
	if s := c.ID.Schema; s != nil {
		t := s.Resolve().Types
		st.idNumber = t&(schema.Integer|schema.Number) != 0 && t&schema.String == 0
	}
	return st
}

// placeParent finds out where in a collection's scope its parent stands, when that is not the beginning: a parent whose items
// lie elsewhere than in the path ("/customers/{customer}/subscriptions/{subscription}/discount", where subscriptions are kept at
// "/subscriptions"). It is empty where the scope does not tell which parent is meant.
func placeParent(c *inference.Collection) []int {
	p := c.Parent
	if p == nil || len(p.ID.Params) == 0 {
		return nil
	}
	n, m := len(p.Scope), len(p.ID.Params)
	if n+m <= len(c.Scope) && (c.Scope[n+m-1].Collection == p || c.Scope[n+m-1].Collection == nil) {
		return nil
	}
	end := -1
	for i, s := range c.Scope {
		if s.Collection == p {
			end = i
		}
	}
	begin := end - m + 1
	if begin < 0 {
		return []int{}
	}
	var at []int
	for _, wanted := range p.Scope {
		i := slices.IndexFunc(c.Scope[:begin], func(s inference.ScopeParameter) bool {
			return s.Name == wanted.Name || s.Collection != nil && s.Collection == wanted.Collection
		})
		if i < 0 {
			return []int{}
		}
		at = append(at, i)
	}
	for i := begin; i <= end; i++ {
		at = append(at, i)
	}
	return at
}

// parentIn takes the parent's own scope and id out of a scope; false where it does not tell which parent is meant.
func (st *collectionState) parentIn(scope []string) (own, ids []string, ok bool) {
	p := st.collection.Parent
	n, m := len(p.Scope), len(p.ID.Params)
	if st.parentAt == nil {
		if n+m > len(scope) {
			return nil, nil, false
		}
		return scope[:n], scope[n : n+m], true
	}
	values := make([]string, 0, n+m)
	for _, i := range st.parentAt {
		values = append(values, scope[i])
	}
	if len(values) != n+m {
		return nil, nil, false
	}
	return values[:n], values[n:], true
}

// indexable says whether every value of a member can be one key of an index: lists and objects are looked into.
func (st *collectionState) indexable(property string) bool {
	if property == "" || strings.ContainsAny(property, "/\"\\") {
		return false
	}
	s := schemaAt(st.collection.Item, pointerOf(property))
	return s != nil && plain(s)
}

func contains(list []string, text string) bool { return slices.Contains(list, text) }
