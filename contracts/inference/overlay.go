package inference

import (
	"maps"
	"sort"
	"strings"
)

// declare makes the collections that the behaviour names, so that what is inferred builds on them.
func (in *inference) declare() {
	paths := map[string]bool{}
	for p := range in.contract.Behaviour.Resources {
		paths[p] = true
	}
	for p := range in.contract.Behaviour.Seed {
		paths[p] = true
	}
	for _, o := range in.contract.Operations {
		if p := o.Behaviour.Resource; p != "" && !(SamePath(p, o.Path) && singleRole(o.Behaviour.Role)) {
			paths[p] = true
		}
	}
	names := make([]string, 0, len(paths))
	for p := range paths {
		names = append(names, p)
	}
	sort.Strings(names)
	for _, p := range names {
		n := in.at(in.root, plainSegments(p))
		if n == nil || n.set != nil {
			continue
		}
		get := n.fact("GET")
		items := n.below()
		if items == nil && get != nil && get.list == nil && in.contract.Behaviour.Seed[p] == nil {
			continue // a singleton: found like any other
		}
		c := in.found(n, items)
		s := in.sites[c]
		s.forced = true
		s.param = in.contract.Behaviour.Resources[p].Param
		if get != nil && get.list != nil {
			s.known = get.list.items
		}
		in.learn(c, nil)
	}
}

// plainSegments cuts a path template into the keys of the tree, without the names of expressions.
func plainSegments(path string) []string {
	path = strings.Trim(plainPath(path), "/")
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}

func (in *inference) at(n *node, segments []string) *node {
	for _, s := range segments {
		var next *node
		for _, c := range n.children {
			if c.param && strings.Contains(s, "{}") || !c.param && c.label == s {
				next = c
				break
			}
		}
		if next == nil {
			return nil
		}
		n = next
	}
	return n
}

// obey puts the words of an operation's behaviour over what was inferred.
func (in *inference) obey(f *facts) {
	w := &f.op.Behaviour
	b := f.binding
	c := b.Collection
	path := w.Resource
	if path == "" {
		path = f.op.Path
	}
	single := singleRole(w.Role) && !f.node.param && SamePath(path, f.op.Path)
	if w.Resource != "" || single && c == nil || w.Role == "singleton" {
		if c = in.named(path, single); c == nil {
			c = in.declared(f, path, single)
		}
	}
	role := b.Role
	switch {
	case w.Role == "none":
		b.Reasons = nil
		f.none("x-understudy says role: none", 1)
		return
	case w.Role == "singleton":
		role = methodRole(f.op.Method, true)
	case w.Role != "":
		role = Role(w.Role)
	case w.Resource != "" && role == None:
		role = methodRole(f.op.Method, f.list == nil && f.node.param)
	}
	if c != nil && role != None && (c != b.Collection || role != b.Role) {
		if known := in.sites[c].known; known == nil && f.answer != nil {
			in.sites[c].known = in.unwrap(f.answer, c.Name, nil).schema
			if role == List && f.list != nil {
				in.sites[c].known = f.list.items
			}
		}
		b.Reasons = nil
		in.bind(f, role, c, 1, "x-understudy says so")
		b.Confidence = 1
	}
	if b.Collection != nil {
		in.obeyPointers(f)
	}
}

// obeyPointers applies the words about where the item stands and what is set on it.
func (in *inference) obeyPointers(f *facts) {
	w, b := &f.op.Behaviour, f.binding
	if w.Item != "" {
		b.Item, b.Shows = strings.TrimSuffix(w.Item, "/"), true
		if x := in.property(f.answer, b.Item); x != nil {
			b.Shown = x
			if sh := in.shapes.of(x); sh.isArray() && sh.items != nil {
				b.Shown = sh.items
				b.Array = b.Role != List
			}
		}
		b.Reasons = append(b.Reasons, "x-understudy names the item's place")
	}
	if w.Input != "" && f.body != nil {
		b.Input = strings.TrimSuffix(w.Input, "/")
		x := f.body
		if b.Input != "" {
			x = in.property(f.body, b.Input)
		}
		b.InputArray = x != nil && in.shapes.of(x).isArray()
	}
	b.Set, b.Requires, b.Fill = maps.Clone(w.Set), w.Requires, maps.Clone(w.Fill)
}

// singleRole says that a role at a path without an id means the one thing there: what is read, written or
// removed where nothing is listed or created.
func singleRole(role string) bool {
	switch role {
	case "singleton", string(Read), string(Update), string(Replace), string(Delete):
		return true
	}
	return false
}

// named gives the collection or singleton at a path, or nil.
func (in *inference) named(path string, single bool) *Collection {
	for _, c := range in.sets {
		if c.Singleton == single && SamePath(c.Path, path) {
			return c
		}
	}
	for _, c := range in.sets { // a word about a path means what stands there, if only one thing does
		if SamePath(c.Path, path) {
			return c
		}
	}
	return nil
}

// declared makes a collection that no path shows by itself.
func (in *inference) declared(f *facts, path string, single bool) *Collection {
	n := in.at(in.root, plainSegments(path))
	if n == nil {
		n = f.node
	}
	name := path[strings.LastIndexByte(strings.TrimRight(path, "/"), '/')+1:]
	c := &Collection{Path: path, Name: strings.Trim(name, "/"), Singleton: single}
	in.sites[c] = &site{at: n, forced: true}
	in.sets = append(in.sets, c)
	return c
}

// methodRole gives the role that a method has where only the collection is known.
func methodRole(method string, item bool) Role {
	switch method {
	case "GET", "HEAD":
		if item {
			return Read
		}
		return List
	case "PUT":
		return Replace
	case "PATCH":
		return Update
	case "DELETE":
		if item {
			return Delete
		}
		return Clear
	case "POST":
		if item {
			return Update
		}
		return Create
	}
	return None
}

// configure applies what the behaviour says of a collection as a whole.
func (in *inference) configure(c *Collection) {
	for path, r := range in.contract.Behaviour.Resources {
		if !SamePath(path, c.Path) {
			continue
		}
		if r.ID != "" {
			c.ID.Property = r.ID
			if p := in.property(c.Item, r.ID); p != nil {
				c.ID.Schema = p
			}
		}
		if len(r.Unique) > 0 {
			c.Unique = r.Unique
		}
		c.States, c.Derive = r.States, r.Derive
		c.Newest = r.Order == "newest"
		c.Count = r.Count
		c.Partition, _ = ParsePartition(r.Partition) // the stand-in refuses what it does not know
		c.Reasons = append(c.Reasons, "x-understudy resources describes it")
	}
	for path, items := range in.contract.Behaviour.Seed {
		if SamePath(path, c.Path) {
			c.Seeds = append(c.Seeds, items...)
		}
	}
	for _, b := range c.Bindings {
		if len(b.Operation.Behaviour.Unique) > 0 && len(c.Unique) == 0 {
			c.Unique = b.Operation.Behaviour.Unique
		}
	}
}
