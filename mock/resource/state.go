package resource

import (
	"slices"
	"strings"

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
	indexed    []string // properties with an index, for filters that compare for equality
	anywhere   bool     // some operation names an item without all of its scope: keep an index over all scopes
	populated  bool     // nothing creates items: a few are made up where there are no examples
	readOnly   []string // members that clients cannot write
	idNumber   bool
	machine    *machine                // nil: nobody watches over states
	derived    []*derivation           // members worked out from others, those that others need first
	feeds      []*inference.Collection // whose items have members that follow from this one's
}

// A childScope is a collection whose items belong to this one's.
type childScope struct {
	collection *inference.Collection
	depth      int // number of scope values that name the parent, its own id included
}

func newCollectionState(m *inference.Model, c *inference.Collection) *collectionState {
	name := ""
	if m.Contract != nil {
		name = m.Contract.Name // contracts may share a store, and have a path in common
	}
	st := &collectionState{collection: c, root: "resource/" + name + c.Path}
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

// indexable says whether every value of a member can be one key of an index: lists and objects are looked into.
func (st *collectionState) indexable(property string) bool {
	if property == "" || strings.ContainsAny(property, "/\"\\") {
		return false
	}
	s := schemaAt(st.collection.Item, pointerOf(property))
	return s != nil && plain(s)
}

func contains(list []string, text string) bool { return slices.Contains(list, text) }
