package inference

import (
	"strings"
)

// onSet decides for the path of a collection, and for lists below it.
func (in *inference) onSet(f *facts, c *Collection) {
	s := in.sites[c]
	own := s.at == f.node // not a list below the collection's path
	thing := called(s.known, Singular(c.Name))
	switch f.op.Method {
	case "GET", "HEAD":
		switch {
		case f.list != nil && !f.list.scalar:
			sure := 0.9
			if !own {
				sure = 0.75
			} else if s.items == nil {
				sure = 0.65
			}
			in.bind(f, List, c, sure, reason(f, "answers %s of %s", listed(f.list), thing))
		case s.query != "" && f.answer != nil:
			in.bind(f, Read, c, 0.75, reason(f, "answers one %s that the query parameter %s names", thing, s.query))
		case f.binaryOut:
			f.none(reason(f, "answers bytes for a whole collection"), 0.6)
		}
	case "POST":
		in.postSet(f, c, thing)
	case "PUT":
		in.putSet(f, c, thing)
	case "PATCH":
		if in.bodyNames(f, c) {
			in.bind(f, Update, c, 0.65, reason(f, "takes a %s with its id in the body", thing))
			f.binding.Patch = patchKind(f)
			return
		}
		in.onVerb(f)
	case "DELETE":
		switch {
		case in.takesOwnBody(f):
			in.onVerb(f)
		case !own || !in.choosesItems(f, c):
			in.onVerb(f)
		case f.required():
			in.bind(f, Clear, c, 0.55, reason(f, "removes the items of %s that its query parameters choose", c.Path))
		default:
			in.bind(f, Clear, c, 0.75, reason(f, "removes from %s without naming an item", c.Path))
		}
	}
}

// choosesItems says that every parameter that a DELETE asks for is a condition on the items.
func (in *inference) choosesItems(f *facts, c *Collection) bool {
	item := in.shapes.of(in.sites[c].known)
	for _, q := range f.query {
		if q.Required && in.propertyFor(q.Name, q.Schema, item) == "" {
			return false
		}
	}
	return true
}

func listed(l *listing) string {
	if l.pointer == "" {
		return "an array"
	}
	return "a list at " + l.pointer
}

// postSet decides what POST on a collection's path does.
func (in *inference) postSet(f *facts, c *Collection, thing string) {
	s := in.sites[c]
	listAnswer := f.list != nil && !f.list.scalar && in.shapes.alike(f.list.items, s.known) >= 0.6
	if listAnswer && searching(f.node.label) {
		in.bind(f, List, c, 0.7, reason(f, "answers %s of %s to a search in the body", listed(f.list), thing))
		return
	}
	like, takes := 0.0, 0.0
	if f.answer != nil {
		like = in.unwrap(f.answer, c.Name, s.known).like
	}
	if f.body != nil {
		body := f.body
		if sh := in.shapes.of(body); sh.isArray() {
			body = sh.items
		}
		takes = max(in.shapes.carries(s.known, body), in.shapes.alike(body, s.known))
	}
	switch {
	case f.binaryIn && f.body == nil && like < 0.6:
		in.bind(f, Upload, c, 0.7, reason(f, "takes bytes and makes an item of %s", c.Path))
	case like >= 0.6 && f.created():
		in.bind(f, Create, c, 0.95, reason(f, "answers %d with one %s", f.good.Code, thing))
	case like >= 0.6:
		in.bind(f, Create, c, 0.9, reason(f, "answers one %s", thing))
	case f.created():
		in.bind(f, Create, c, 0.8, reason(f, "answers %d at the path of a collection", f.good.Code))
	case takes >= 0.5:
		in.bind(f, Create, c, 0.8, reason(f, "takes the members of a %s", thing))
	case s.items != nil || s.at.fact("GET") != nil:
		in.bind(f, Create, c, 0.6, reason(f, "posts to the path of a collection"))
	default:
		in.onVerb(f)
	}
}

// putSet decides what PUT on a collection's path does: an item with its id in the body, or a new item where
// the house creates by PUT.
func (in *inference) putSet(f *facts, c *Collection, thing string) {
	s := in.sites[c]
	if f.body == nil {
		in.onVerb(f)
		return
	}
	sh := in.shapes.of(f.body)
	_, listIn := in.listIn(f, c)
	creates := startsWith(f.op.ID, "create", "add", "insert", "post") || s.at.fact("POST") == nil && f.good != nil && f.good.Code == 201
	switch {
	case listIn && creates:
		in.bind(f, Create, c, 0.75, reason(f, "takes a list of %s and is called %s", thing, f.op.ID))
	case listIn || sh.isArray():
		f.none(reason(f, "replaces a whole list at once"), 0.6)
	case creates && in.shapes.carries(s.known, f.body) >= 0.5:
		in.bind(f, Create, c, 0.7, reason(f, "takes a %s and is called %s", thing, f.op.ID))
	case in.bodyNames(f, c):
		in.bind(f, Replace, c, 0.8, reason(f, "takes a whole %s with its id in the body", thing))
	default:
		in.onVerb(f)
	}
}

// listIn says whether the request body is, or holds, a list of the collection's items.
func (in *inference) listIn(f *facts, c *Collection) (string, bool) {
	if l := in.listing(f.body, c.Name, 0); l != nil && !l.scalar && in.shapes.alike(l.items, in.sites[c].known) >= 0.6 {
		return l.pointer, true
	}
	return "", false
}

// bodyNames says whether the request body is an item that carries its id.
func (in *inference) bodyNames(f *facts, c *Collection) bool {
	if f.body == nil {
		return false
	}
	sh := in.shapes.of(f.body)
	id := sh.like("id")
	if id == nil {
		id = sh.like(fold(Singular(c.Name)) + "id")
	}
	return id != nil && in.shapes.carries(in.sites[c].known, f.body) >= 0.6
}

// takesOwnBody says that a DELETE asks for a body that names what to remove.
func (in *inference) takesOwnBody(f *facts) bool {
	if f.op.Body == nil || f.body == nil {
		return false
	}
	return f.op.Body.Required && len(in.shapes.of(f.body).members) > 0 || in.shapes.of(f.body).isArray()
}

// onVerb decides for a path that is neither a collection's nor an item's: something to do with the nearest
// item above, another way to create in the collection above, or nothing that state could carry.
func (in *inference) onVerb(f *facts) {
	n := f.node
	if in.createsAbove(f) || in.createsElsewhere(f) || in.bytes(f) {
		return
	}
	_, c := n.holder()
	if c == nil {
		f.none(reason(f, "names no item that it could work on"), 0.7)
		return
	}
	direct := n.parent.items != nil || n.parent.single != nil
	switch f.op.Method {
	case "POST", "PUT", "DELETE", "PATCH":
		sure := 0.5
		if direct {
			sure = 0.8
		}
		in.bind(f, Action, c, sure, reason(f, "does something with one %s", Singular(c.Name)))
	case "GET", "HEAD":
		switch {
		case f.empty() && direct && f.good != nil && f.good.Code < 300:
			in.bind(f, Read, c, 0.4, reason(f, "answers without a body below an item of %s", c.Path))
		default:
			f.none(reason(f, "answers something that is not kept"), 0.6)
		}
	}
}

// createsAbove recognises a path below a collection's own that creates in it: /user/createWithList,
// /servers/{id}/actions/reboot.
func (in *inference) createsAbove(f *facts) bool {
	up := f.node.parent
	if f.op.Method != "POST" || f.node.param || up == nil || up.set == nil || f.node.set != nil || f.answer == nil {
		return false
	}
	c := up.set
	known := in.sites[c].known
	p := in.unwrap(f.answer, c.Name, known)
	adds := startsWith(f.node.label, "create", "add", "import", "new", "register", "bulk", "batch")
	if p.like < 0.7 && !(adds && in.takesMany(f, c)) {
		return false
	}
	if !f.created() && !adds {
		return false
	}
	in.bind(f, Create, c, 0.65, reason(f, "answers a %s below the path of %s", called(known, Singular(c.Name)), c.Path))
	return true
}

// takesMany says that the request body is an array of things that become items.
func (in *inference) takesMany(f *facts, c *Collection) bool {
	if f.body == nil {
		return false
	}
	sh := in.shapes.of(f.body)
	return sh.isArray() && sh.items != nil && in.shapes.carries(in.sites[c].known, sh.items) >= 0.5
}

// createsElsewhere recognises a POST at a path of its own that answers an item of a collection of the same name:
// POST /models/versions beside /models/{model}/versions.
func (in *inference) createsElsewhere(f *facts) bool {
	if f.op.Method != "POST" || f.node.param || f.answer == nil || verbLike(f.node.label) {
		return false
	}
	noun := in.shapes.fold(f.node.label)
	for _, c := range in.byNoun[strings.TrimRight(fold(Singular(f.node.label)), "es")] {
		s := in.sites[c]
		if s.items == nil || !sameNoun(in.shapes.fold(c.Name), noun) || in.unwrap(f.answer, c.Name, s.known).like < 1 {
			continue
		}
		in.bind(f, Create, c, 0.6, reason(f, "answers a %s, as %s has", called(s.known, Singular(c.Name)), c.Path))
		return true
	}
	return false
}

// bytes recognises uploads and downloads below an item or a singleton.
func (in *inference) bytes(f *facts) bool {
	_, c := f.node.holder()
	if c == nil {
		return false
	}
	switch f.op.Method {
	case "GET":
		if !f.binaryOut {
			return false
		}
		in.bind(f, Download, c, 0.7, reason(f, "answers %s below an item of %s", f.media.Name, c.Path))
	case "POST", "PUT", "PATCH":
		if !f.binaryIn {
			return false
		}
		in.bind(f, Upload, c, 0.7, reason(f, "takes bytes below an item of %s", c.Path))
	default:
		return false
	}
	return true
}

// startsWith says whether a name begins with one of some words.
func startsWith(name string, first ...string) bool {
	low := strings.ToLower(name)
	for _, w := range first {
		if strings.HasPrefix(low, w) {
			return true
		}
	}
	return false
}
