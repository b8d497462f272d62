package resource

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/inference"
	"understudy/contracts/schema"
)

// A derivation is one of the contract's, ready for use.
type derivation struct {
	*contracts.Derivation
	place   string
	word    string
	sources []reading
	schema  *schema.Schema // of the member; nil where nothing is said about it
}

// A reading is where a derivation takes its values from.
type reading struct {
	less  bool                  // they are taken off
	child *inference.Collection // whose items are looked at; nil: the item itself
	path  []string              // from there to the values, through lists
}

// prepareDerived makes the derivations, and refuses words that fit no member or collection.
func (h *holdings) prepareDerived() error {
	for _, c := range h.model.Collections {
		if len(c.Derive) == 0 {
			continue
		}
		what := "resources: " + c.Path + ": derive"
		var list []*derivation
		for _, place := range slices.Sorted(maps.Keys(c.Derive)) {
			d := &derivation{Derivation: c.Derive[place], place: place}
			var err error
			if d.schema, err = memberOf(c, d.At, what, place); err != nil {
				return err
			}
			var texts []string
			d.word, texts = d.Function()
			for _, text := range texts {
				s, err := h.reading(c, d.At, what+" "+place, text)
				if err != nil {
					return err
				}
				d.sources = append(d.sources, s)
			}
			list = append(list, d)
		}
		sorted, err := inOrder(list, what)
		if err != nil {
			return err
		}
		h.home.states[c].derived = sorted
		for _, d := range list {
			for _, s := range d.sources {
				if s.child == nil {
					continue
				}
				if st := h.home.states[s.child]; !slices.Contains(st.feeds, c) {
					st.feeds = append(st.feeds, c)
				}
			}
		}
	}
	return nil
}

// reading reads one source: a member of the item wins over a collection of the same name.
func (h *holdings) reading(c *inference.Collection, at schema.Location, what, text string) (reading, error) {
	rest, less := strings.CutPrefix(text, "-")
	s := reading{less: less}
	if strings.HasPrefix(rest, "/") {
		path, pointer, _ := strings.Cut(rest, "#")
		s.path = steps(strings.TrimPrefix(pointer, "/"))
		for _, child := range childrenOf(h.model, c) {
			if inference.SamePath(child.Path, path) {
				s.child = child
				return s, nil
			}
		}
		return s, h.noSource(c, at, what, path)
	}
	s.path = steps(rest)
	if c.Item == nil || schemaAt(c.Item, pointerOf(s.path[0])) != nil {
		return s, nil
	}
	for _, child := range childrenOf(h.model, c) {
		if child.Name == s.path[0] {
			s.child, s.path = child, s.path[1:]
			return s, nil
		}
	}
	if len(objectProperties(c.Item, 0)) == 0 {
		return s, nil
	}
	return s, h.noSource(c, at, what, s.path[0])
}

func (h *holdings) noSource(c *inference.Collection, at schema.Location, what, name string) error {
	var known []string
	for _, p := range objectProperties(c.Item, 0) {
		known = append(known, p.Name)
	}
	for _, child := range childrenOf(h.model, c) {
		known = append(known, child.Name, child.Path)
	}
	slices.Sort(known)
	return wordError(at, fmt.Sprintf("%s: %q is neither a member of the items nor a collection that belongs to one", what, name), contracts.Nearest(name, known), slices.Compact(known))
}

func steps(text string) []string {
	if text == "" {
		return nil
	}
	list := strings.Split(text, "/")
	for i := range list {
		list[i] = schema.UnescapeToken(list[i])
	}
	return list
}

// childrenOf are the collections that stand right below one item of another.
func childrenOf(m *inference.Model, c *inference.Collection) []*inference.Collection {
	var list []*inference.Collection
	depth := len(c.Scope) + len(c.ID.Params)
	for _, child := range m.Collections {
		if len(child.Scope) == depth && depth > 0 && child.Scope[depth-1].Collection == c {
			list = append(list, child)
		}
	}
	return list
}

// inOrder puts the derivations that others look at before those, and refuses circles.
func inOrder(list []*derivation, what string) ([]*derivation, error) {
	var sorted []*derivation
	state := map[*derivation]int{} // 1: being looked at, 2: done
	var visit func(d *derivation) error
	visit = func(d *derivation) error {
		switch state[d] {
		case 1:
			return wordError(d.At, what+" "+d.place+": it is worked out from itself", "", []string{"sources that do not follow from it"})
		case 2:
			return nil
		}
		state[d] = 1
		for _, s := range d.sources {
			for _, other := range list {
				if s.child == nil && len(s.path) > 0 && steps(strings.TrimPrefix(other.place, "/"))[0] == s.path[0] {
					if err := visit(other); err != nil {
						return err
					}
				}
			}
		}
		state[d] = 2
		sorted = append(sorted, d)
		return nil
	}
	for _, d := range list {
		if err := visit(d); err != nil {
			return nil, err
		}
	}
	return sorted, nil
}
