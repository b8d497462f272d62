package mocktest

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"understudy/contracts/inference"
	"understudy/contracts/schema"
	"understudy/mock/resource"
)

// Items are what a collection holds, the oldest first. The collection is named by its path as clients call it behind the base
// URL's ("/v1/events", "/repos/ada/engine/issues"), or with the names of the document in place of parents ("/repos/{owner}/{repo}/issues"),
// which then are any.
func (s *StandIn) Items(collection string) []map[string]any {
	s.t.Helper()
	c, scope, id := s.place(collection)
	if id != "" {
		s.t.Fatalf("mocktest: %s is an item of %s; ask for it with Item", collection, c.Path)
	}
	items, err := s.server.Resources().Items(s.t.Context(), c, scope)
	if err != nil {
		s.fail("read "+collection, err)
	}
	list := make([]map[string]any, len(items))
	for i, item := range items {
		list[i] = s.object(item)
	}
	return list
}

// Item is what exists at a path ("/v1/events/evt_1"), past all rules of the contract; nil where nothing does.
func (s *StandIn) Item(path string) map[string]any {
	s.t.Helper()
	c, scope, id := s.place(path)
	item, err := s.server.Resources().Item(s.t.Context(), c, scope, id)
	if _, missing := err.(*resource.NotFoundError); missing {
		return nil
	}
	if err != nil {
		s.fail("read "+path, err)
	}
	return s.object(item)
}

// Put writes an item whole, past all rules of the contract but its schema, and gives it as it is then: at the path of an
// item ("/v1/events/evt_1"), new or not, or into a collection ("/v1/events") under an id that is made up. The value is a map,
// or anything that becomes a JSON object. What the schema requires and it lacks is made up; what the schema does not allow
// ends the test.
func (s *StandIn) Put(path string, value any) map[string]any {
	s.t.Helper()
	c, scope, id := s.place(path)
	object, err := plain(value)
	if err != nil {
		s.fail("put "+path, err)
	}
	item, err := s.server.Resources().Put(s.t.Context(), c, scope, id, object)
	if err != nil {
		s.fail("put "+path, err)
	}
	got, err := plain(item.Value)
	if err != nil {
		s.fail("put "+path, err)
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if kept, ok := got[name]; !ok {
			s.t.Fatalf("mocktest: put %s: the schema of %s has no place for the member %s", path, c.Path, name)
		} else if !schema.Equal(kept, object[name]) {
			s.t.Fatalf("mocktest: put %s: %s can not be %.100v by the schema of %s, or as an item at this path", path, name, object[name], c.Path)
		}
	}
	return s.object(item)
}

// Remove deletes an item with its children, and nobody is told.
func (s *StandIn) Remove(path string) {
	s.t.Helper()
	c, scope, id := s.place(path)
	if err := s.server.Resources().Remove(s.t.Context(), c, scope, id); err != nil {
		s.fail("remove "+path, err)
	}
}

// Reset takes everything back to the start: state, credentials, limits, endpoints, faults, and the journal. The clock stays
// where it is.
func (s *StandIn) Reset() {
	s.t.Helper()
	if _, err := s.server.StartOver(s.t.Context()); err != nil {
		s.fail("reset the stand-in", err)
	}
}

// object is an item as encoding/json reads it.
func (s *StandIn) object(item resource.Item) map[string]any {
	s.t.Helper()
	data, err := json.Marshal(item.Value)
	if err != nil {
		s.fail("read an item", err)
	}
	var object map[string]any
	if err := json.Unmarshal(data, &object); err != nil {
		s.fail("read an item", err)
	}
	return object
}

// place finds what a path names: a collection, with the parents that it has, or an item of one.
func (s *StandIn) place(path string) (found *inference.Collection, scope map[string]string, id string) {
	s.t.Helper()
	segments := strings.Split(strings.Trim(path, "/"), "/")
	best := -1
	var known []string
	for _, c := range s.server.Model().Collections {
		known = append(known, c.Path)
		template := strings.Split(strings.Trim(c.Path, "/"), "/")
		parents, literal, ok := fit(template, segments)
		if ok && literal > best {
			found, scope, id, best = c, parents, strings.Join(segments[len(template):], "/"), literal
		}
	}
	if found == nil {
		s.t.Fatalf("mocktest: %s has no collection to which %s belongs; known are %s", s.server.Contract().Name, path, clip(strings.Join(known, ", ")))
	}
	return found, scope, id
}

// fit says whether a path begins as a template does, and counts the segments that are the same in both. A path may have the
// template's own names in place of parents, which leaves them open.
func fit(template, path []string) (parents map[string]string, literal int, ok bool) {
	if len(path) < len(template) {
		return nil, 0, false
	}
	parents = map[string]string{}
	for i, segment := range template {
		name, isName := strings.CutPrefix(segment, "{")
		switch {
		case segment == path[i]:
			literal++
		case !isName || !strings.HasSuffix(name, "}"):
			return nil, 0, false
		default:
			parents[strings.TrimSuffix(name, "}")] = path[i]
		}
	}
	return parents, literal, true
}
