package inference

import (
	"sort"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// Infer reads a contract and says what each operation does to which collection.
//
// It goes from evidence to conclusion in one direction: the paths make a tree; each operation's answer is
// read as a list, one thing or neither; the two together make collections; then every operation gets a role.
// Words of the contract's behaviour (x-understudy) come last and win. It knows no vendor, never fails, and
// the same contract always gives the same model.
func Infer(c *contracts.Contract) *Model {
	in := &inference{
		contract: c,
		root:     &node{},
		shapes:   newShapes(),
		sites:    map[*Collection]*site{},
	}
	all := make([]*facts, 0, len(c.Operations))
	for _, o := range c.Operations {
		all = append(all, in.observe(o))
	}
	in.declare()
	in.settle(in.root)
	in.shareLists()
	for _, f := range all {
		in.decide(f)
		in.obey(f)
	}
	in.finish(all)

	m := &Model{Contract: c, bindings: make(map[*contracts.Operation]*Binding, len(all))}
	for _, f := range all {
		m.bindings[f.op] = f.binding
	}
	m.Collections = in.ordered(all)
	return m
}

// An inference is the state of one Infer.
type inference struct {
	contract *contracts.Contract
	root     *node
	shapes   *shapes
	sites    map[*Collection]*site
	sets     []*Collection // in the order of discovery
	byNoun   map[string][]*Collection
}

// A site is what the inference keeps about a collection beside what it publishes.
type site struct {
	at    *node // where the collection or singleton stands
	items *node // where its items stand; nil when no path names one
	query string
	// shared is the collection that owns the items shown here; the site itself is then not published.
	shared *Collection
	known  *schema.Schema // the item as first seen
	param  string         // path parameter that an overlay names as the id
	forced bool           // an overlay speaks of it
}

// finish works out what depends on all roles: items, ids, scopes, pages, filters, confidence.
func (in *inference) finish(all []*facts) {
	for _, f := range all {
		if b := f.binding; b.Collection != nil {
			b.Collection.Bindings = append(b.Collection.Bindings, b)
		}
	}
	byOp := make(map[*Binding]*facts, len(all))
	for _, f := range all {
		byOp[f.binding] = f
	}
	for _, c := range in.sets {
		in.richest(c, byOp)
	}
	for _, c := range in.sets {
		in.parentOf(c)
		in.identify(c, byOp)
	}
	for _, c := range in.sets {
		in.scope(c)
		in.configure(c)
	}
	in.partition()
	for _, f := range all {
		if f.binding.Collection != nil {
			in.params(f)
			in.lists(f)
			in.fill(f)
			in.act(f)
			in.takeOver(f)
		}
		in.pages(f)
		in.obeyLists(f)
	}
	for _, c := range in.sets {
		in.server(c, byOp)
		in.examples(c, byOp)
		in.trust(c)
	}
	for _, f := range all {
		in.override(f)
	}
}

// richest sets a collection's item to the answer's schema that shows most of one.
func (in *inference) richest(c *Collection, byOp map[*Binding]*facts) {
	s := in.sites[c]
	best := s.known
	size := -1
	if best != nil {
		size = len(in.shapes.of(best).members)
	}
	for _, b := range c.Bindings {
		if !b.Shows || b.Shown == nil || b.Role == Delete || b.Role == Clear || b.Role == Action ||
			best != nil && byOp[b].origin != nil {
			continue
		}
		n := len(in.shapes.of(b.Shown).members)
		if n > size && (best == nil || in.shapes.alike(best, b.Shown) >= 0.6) {
			best, size = b.Shown, n
		}
	}
	c.Item = best
}

// ordered gives the collections that operations work on, parents before children, otherwise in the order of
// their first operation.
func (in *inference) ordered(all []*facts) []*Collection {
	first := map[*Collection]int{}
	for i, f := range all {
		if c := f.binding.Collection; c != nil {
			if _, ok := first[c]; !ok {
				first[c] = i
			}
		}
	}
	var used []*Collection
	for _, c := range in.sets {
		if _, ok := first[c]; ok {
			used = append(used, c)
		} else if in.sites[c].forced {
			first[c] = len(all)
			used = append(used, c)
		}
	}
	// A collection whose parent nobody works on hangs on the parent's parent.
	for _, c := range used {
		for c.Parent != nil {
			if _, ok := first[c.Parent]; ok {
				break
			}
			c.Parent = c.Parent.Parent
		}
	}
	sort.SliceStable(used, func(i, j int) bool {
		di, dj := depthOf(used[i]), depthOf(used[j])
		if di != dj {
			return di < dj
		}
		return first[used[i]] < first[used[j]]
	})
	return used
}

func depthOf(c *Collection) int {
	d := 0
	for p := c.Parent; p != nil && d < 64; p = p.Parent {
		d++
	}
	return d
}
