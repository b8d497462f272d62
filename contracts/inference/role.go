package inference

import (
	"strings"

	"understudy/contracts/schema"
)

// decide gives an operation its role, from its method, its place in the tree, and its schemas.
func (in *inference) decide(f *facts) {
	n := f.node
	switch {
	case n.param && n.set != nil && (f.op.Method == "GET" || f.op.Method == "POST"):
		in.onSet(f, n.set)
	case n.param && n.items != nil:
		in.onItem(f, n.items)
	case n.param:
		in.onOther(f)
	case n.set != nil && (n.single == nil || in.meansSet(f)):
		in.onSet(f, n.set)
	case n.single != nil:
		in.onSingle(f, n.single)
	case n.view != nil:
		in.onView(f, n.view)
	default:
		in.onVerb(f)
	}
	if f.binding.Role == None && len(f.binding.Reasons) == 0 {
		f.none(reason(f, "fits no collection, no item and no singleton"), 0.7)
	}
}

// meansSet says, at a path where both a singleton and a collection stand, that an operation is about the latter.
func (in *inference) meansSet(f *facts) bool {
	if f.op.Method != "POST" || f.answer == nil {
		return false
	}
	single, set := in.sites[f.node.single].known, in.sites[f.node.set].known
	p := in.unwrap(f.answer, f.node.noun(), set)
	return in.shapes.alike(p.schema, set) > in.shapes.alike(p.schema, single) || f.created()
}

func (f *facts) none(why string, sure float64) {
	f.binding.Role, f.binding.Collection = None, nil
	f.binding.Confidence = sure
	f.binding.Reasons = append(f.binding.Reasons, why)
	f.binding.Response, f.binding.Media = f.good, f.media
}

// bind gives an operation a role and finds the item in its answer and its request.
func (in *inference) bind(f *facts, role Role, c *Collection, sure float64, why string) {
	b := f.binding
	f.origin = nil
	if to := in.sites[c].shared; to != nil {
		f.origin = c
		b.Reasons = append(b.Reasons, c.Path+" shows items of "+to.Path)
		c, sure = to, sure*0.85
	}
	b.Role, b.Collection, b.Confidence = role, c, sure
	b.Reasons = append([]string{why}, b.Reasons...)
	b.Response, b.Media = f.good, f.media
	in.locate(f, c)
	in.input(f, c)
}

// locate finds the item or the items in an operation's answer.
func (in *inference) locate(f *facts, c *Collection) {
	b := f.binding
	b.Item, b.Shown, b.Shows, b.Array = "", nil, false, false
	known := in.sites[c].known
	if f.answer == nil || b.Role == Download {
		return
	}
	if b.Role == List {
		if f.list == nil {
			return
		}
		b.Item, b.Shown = f.list.pointer, f.list.items
		b.Shows = f.list.items == nil || known == nil || in.shapes.alike(f.list.items, known) >= 0.3
		return
	}
	p := in.unwrap(f.answer, c.Name, known)
	b.Item, b.Shown, b.Array = p.pointer, p.schema, p.array
	least := 0.6
	if b.Role == Read || b.Role == Create {
		least = 0.3 // the place in the tree says most of it
	}
	sh := in.shapes.of(p.schema)
	switch {
	case b.Role == Action:
		b.Shows = p.like >= 0.7 && len(sh.members) > 2
	case b.Role == Delete || b.Role == Clear:
		b.Shows = p.like >= 0.6 && len(sh.members) > 0
	case known == nil:
		b.Shows = len(sh.members) > 0
	default:
		b.Shows = p.like >= least || in.partial(p.schema, known)
	}
	if !b.Shows {
		b.Item, b.Array = "", false
		if b.Shown != f.answer {
			b.Shown = f.answer
		}
	}
}

// partial says that a small answer shows the item's id and nothing that the item lacks but words about the answer.
func (in *inference) partial(x, known *schema.Schema) bool {
	sh, item := in.shapes.of(x), in.shapes.of(known)
	if len(sh.members) == 0 || len(sh.members) > 4 {
		return false
	}
	id := false
	for i := range sh.members {
		f := in.shapes.fold(sh.members[i].name)
		if item.like(f) == nil {
			if !isBeside(f) {
				return false
			}
			continue
		}
		id = id || isOwnID(f) || strings.HasSuffix(f, "id") || f == "name" || f == "key"
	}
	return id
}

// input finds the item's members in an operation's request body.
func (in *inference) input(f *facts, c *Collection) {
	b := f.binding
	b.Input, b.InputArray = "", false
	if f.body == nil || b.Role == List || b.Role == Read || b.Role == Delete || b.Role == Clear {
		return
	}
	known := in.sites[c].known
	sh := in.shapes.of(f.body)
	if sh.isArray() {
		b.InputArray = known == nil || sh.items == nil || len(in.shapes.of(sh.items).members) > 0
		return
	}
	if known == nil || len(sh.members) == 0 {
		return
	}
	direct := in.shapes.carries(known, f.body)
	best, rank := (*member)(nil), direct
	array := false
	noun := fold(c.Name)
	for i := range sh.members {
		m := &sh.members[i]
		if m.schema == nil {
			continue
		}
		p, ok := in.inside(m, known)
		if !ok {
			continue
		}
		r := in.shapes.carries(known, p.schema) * 0.9
		fm := in.shapes.fold(m.name)
		named := sameNoun(fm, noun) || wrappers[fm]
		if named {
			r += 0.2
		}
		if r > rank && (named || p.like >= 0.9) && len(sh.members) <= 8 && r >= 0.5 {
			best, rank, array = m, r, p.array
		}
	}
	if best != nil && in.shapes.of(known).member(best.name) == nil {
		b.Input, b.InputArray = "/"+schema.EscapeToken(best.name), array
	}
}

// onItem decides for the path of an item.
func (in *inference) onItem(f *facts, c *Collection) {
	thing := called(in.sites[c].known, Singular(c.Name))
	switch f.op.Method {
	case "GET", "HEAD":
		in.readItem(f, c, thing)
	case "PUT":
		if f.binaryIn && f.body == nil {
			in.bind(f, Upload, c, 0.8, reason(f, "takes bytes for one item of %s", c.Path))
			return
		}
		in.bind(f, Replace, c, 0.9, reason(f, "writes the item of %s that the path names", c.Path))
	case "PATCH":
		in.bind(f, Update, c, 0.95, reason(f, "changes the item of %s that the path names", c.Path))
		f.binding.Patch = patchKind(f)
	case "DELETE":
		in.bind(f, Delete, c, 0.95, reason(f, "removes the item of %s that the path names", c.Path))
	case "POST":
		in.postItem(f, c, thing)
	}
}

func (in *inference) readItem(f *facts, c *Collection, thing string) {
	switch {
	case f.binaryOut:
		in.bind(f, Download, c, 0.75, reason(f, "answers %s for one item of %s", f.media.Name, c.Path))
	case f.empty():
		in.bind(f, Read, c, 0.6, reason(f, "only says whether the item of %s exists", c.Path))
	default:
		in.bind(f, Read, c, 0.9, reason(f, "answers one %s", thing))
		if !f.binding.Shows {
			f.binding.Confidence = 0.5
		}
	}
}

// postItem decides between the four things that POST on an item's path is used for.
func (in *inference) postItem(f *facts, c *Collection, thing string) {
	n := f.node
	s := in.sites[c]
	creates := s.at.fact("POST") != nil
	shows := f.answer != nil && in.unwrap(f.answer, c.Name, s.known).like >= 0.7
	switch {
	case f.binaryIn && !shows:
		in.bind(f, Upload, c, 0.75, reason(f, "takes bytes for one item of %s", c.Path))
	case f.good != nil && f.good.Code == 201 && !creates && n.fact("PUT") == nil:
		in.bind(f, Create, c, 0.8, reason(f, "answers 201, and nothing else creates in %s: the client names the item", c.Path))
	case shows && !n.writes():
		in.bind(f, Update, c, 0.9, reason(f, "answers one %s and no PUT or PATCH changes it", thing))
	case shows:
		in.bind(f, Update, c, 0.8, reason(f, "answers one %s", thing))
	case !creates && !n.writes() && in.namesItself(f):
		in.bind(f, Create, c, 0.7, reason(f, "takes the item's name in path and body, and nothing else creates in %s", c.Path))
	case f.empty() && !n.writes() && f.body != nil && in.shapes.carries(s.known, f.body) >= 0.5:
		in.bind(f, Update, c, 0.6, reason(f, "takes members of one %s", thing))
	default:
		in.bind(f, Action, c, 0.5, reason(f, "does something with the item of %s that the path names", c.Path))
	}
}

// namesItself says that the request body repeats the last path parameter.
func (in *inference) namesItself(f *facts) bool {
	if f.body == nil || len(f.steps) == 0 {
		return false
	}
	return in.shapes.of(f.body).like(fold(f.steps[len(f.steps)-1].name)) != nil
}

func patchKind(f *facts) PatchKind {
	if f.bodyType != nil && strings.Contains(f.bodyType.Name, "json-patch") {
		return JSONPatch
	}
	if f.op.Body != nil && len(f.op.Body.Content) == 1 && strings.Contains(f.op.Body.Content[0].Name, "json-patch") {
		return JSONPatch
	}
	return Merge
}

// onSingle decides for the path of a singleton.
func (in *inference) onSingle(f *facts, c *Collection) {
	switch f.op.Method {
	case "GET", "HEAD":
		sure := 0.9
		if !f.node.writes() && f.node.fact("POST") == nil {
			sure = 0.6
		}
		in.bind(f, Read, c, sure, reason(f, "answers one object at a path without an id"))
	case "PUT":
		in.bind(f, Replace, c, 0.85, reason(f, "writes what GET at this path shows"))
	case "PATCH":
		in.bind(f, Update, c, 0.9, reason(f, "changes what GET at this path shows"))
		f.binding.Patch = patchKind(f)
	case "DELETE":
		if in.takesOwnBody(f) {
			in.onVerb(f)
			return
		}
		in.bind(f, Delete, c, 0.8, reason(f, "removes what GET at this path shows"))
	case "POST":
		known := in.sites[c].known
		if f.answer != nil && in.unwrap(f.answer, c.Name, known).like >= 0.7 ||
			f.empty() && f.body != nil && in.shapes.carries(known, f.body) >= 0.5 {
			in.bind(f, Update, c, 0.8, reason(f, "answers or takes what GET at this path shows"))
			return
		}
		in.onVerb(f)
	}
}

// onView decides for a path below an item that shows the item itself.
func (in *inference) onView(f *facts, c *Collection) {
	why := reason(f, "shows or writes an item of %s at a path of its own", c.Path)
	switch f.op.Method {
	case "GET":
		in.bind(f, Read, c, 0.7, why)
	case "PUT":
		in.bind(f, Replace, c, 0.7, why)
	case "PATCH":
		in.bind(f, Update, c, 0.7, why)
		f.binding.Patch = patchKind(f)
	default:
		in.onVerb(f)
	}
}

// onOther decides for a path that ends in an expression and is nobody's item, like a revision below an item.
func (in *inference) onOther(f *facts) {
	at, c := f.node.holder()
	if c == nil {
		at, c = above(f.node)
	}
	if c == nil || at == nil {
		return
	}
	known := in.sites[c].known
	shows := f.answer != nil && in.unwrap(f.answer, c.Name, known).like >= 0.9
	if f.op.Method == "GET" && shows {
		in.bind(f, Read, c, 0.4, reason(f, "answers an item of %s under a second name", c.Path))
		return
	}
	if f.op.Method == "POST" || f.op.Method == "PUT" || f.op.Method == "DELETE" {
		in.bind(f, Action, c, 0.4, reason(f, "does something with the item of %s that the path names", c.Path))
	}
}

// above finds an item that stands directly above an expression.
func above(n *node) (*node, *Collection) {
	for at := n.parent; at != nil; at = at.parent {
		if at.items != nil {
			return at, at.items
		}
	}
	return nil, nil
}
