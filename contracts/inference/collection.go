package inference

import (
	"fmt"
	"strings"

	"understudy/contracts/schema"
)

// settle decides for every node, parents first, whether a collection or a singleton stands there.
func (in *inference) settle(n *node) {
	if n.items == nil || in.isSetOfItsOwn(n) {
		in.consider(n)
	}
	for _, c := range n.children {
		in.settle(c)
	}
}

// isSetOfItsOwn says that an expression, although it names an item, is itself where a collection stands:
// "/objects/{entity}" with a list, beside "/objects/{entity}/{objectId}".
func (in *inference) isSetOfItsOwn(n *node) bool {
	get := n.fact("GET")
	if !n.param || get == nil || get.list == nil || get.list.scalar {
		return false
	}
	return n.below() != nil && in.itemsEvident(n.below()) || in.listsByName(n)
}

// consider looks for a collection at one node.
func (in *inference) consider(n *node) {
	if n.parent == nil || n.set != nil || n.single != nil || n.view != nil {
		return
	}
	get := n.fact("GET")
	var list *listing
	if get != nil && get.list != nil && !get.list.scalar {
		list = get.list
	}
	items := n.below()
	if items != nil && in.isSetOfItsOwn(items) && (list == nil || in.shapes.alike(list.items, items.fact("GET").list.items) < 0.6) {
		items = nil
	}
	evident := in.itemsEvident(items)
	switch {
	case n.param && list == nil:
		return
	case list != nil && list.pointer != "" && !evident && !n.param && n.fact("PUT") != nil && n.fact("POST") == nil:
		in.singleton(n) // {"rules": […]} that is read and written as a whole
		return
	case list == nil && !evident:
		if in.byQuery(n) || in.bySearch(n) || in.bornHere(n, items) {
			return
		}
		in.singleton(n)
		return
	case list != nil && !evident && in.partOf(n, list):
		return
	}
	if list == nil && get != nil && !get.empty() && !get.binaryOut {
		in.singleton(n) // "/user" beside "/user/{id}"
	}
	c := in.found(n, items)
	s := in.sites[c]
	if list != nil {
		s.known = list.items
	}
	in.learn(c, list)
}

// itemsEvident says that paths of items show the items or write them.
func (in *inference) itemsEvident(items *node) bool {
	if items == nil {
		return false
	}
	for _, f := range items.facts {
		switch f.op.Method {
		case "PUT", "PATCH", "DELETE":
			return true
		case "POST":
			if f.created() {
				return true
			}
		case "GET":
			if !in.listsByName(items) {
				return true
			}
		}
	}
	return false
}

// listsByName says that an expression does not name an item but chooses a list: GET /zones/{zone} with an
// array, where nothing else happens and nobody lists above.
func (in *inference) listsByName(n *node) bool {
	get := n.fact("GET")
	if get == nil || len(n.facts) != 1 || get.list == nil || get.list.scalar || get.list.score < 0.85 || !n.param {
		return false
	}
	for up := n.parent; up != nil && (up.param || up == n.parent); up = up.parent {
		if g := up.fact("GET"); g != nil && g.list != nil || up.fact("POST") != nil {
			return false
		}
		if !up.param {
			break
		}
	}
	return true
}

// found makes a collection at a node.
func (in *inference) found(n, items *node) *Collection {
	c := &Collection{Path: n.path, Name: n.noun()}
	in.sites[c] = &site{at: n, items: items}
	in.sets = append(in.sets, c)
	n.set, n.itemNode = c, items
	if items != nil {
		items.items = c
	}
	return c
}

// learn finds the schema of a new collection's item from its list, its item's path and its creation.
func (in *inference) learn(c *Collection, list *listing) {
	s := in.sites[c]
	if get := s.items.fact("GET"); get != nil && get.answer != nil {
		p := in.unwrap(get.answer, c.Name, s.known)
		if p.schema != nil && len(in.shapes.of(p.schema).members) > 0 {
			s.known = p.schema
		}
		return
	}
	if s.known != nil {
		return
	}
	for _, f := range []*facts{s.items.fact("PUT"), s.items.fact("PATCH"), s.items.fact("POST"), s.at.fact("POST")} {
		if f == nil || f.answer == nil || f.list != nil && f.list.pointer == "" {
			continue
		}
		p := in.unwrap(f.answer, c.Name, nil)
		if sh := in.shapes.of(p.schema); len(sh.members) > 1 {
			s.known = p.schema
			return
		}
	}
}

// partOf recognises a list below a collection's path that shows that collection's items: /pet/findByStatus,
// /charges/search, /gists/public.
func (in *inference) partOf(n *node, list *listing) bool {
	p := n.parent
	for p != nil && p.set == nil && !p.param && p.single == nil && len(p.facts) == 0 {
		p = p.parent
	}
	if p == nil || p.set == nil || p.param && p.items != nil && p.set == nil {
		return false
	}
	owner := p.set
	known := in.sites[owner].known
	if known == nil || in.shapes.alike(list.items, known) < 0.7 {
		return false
	}
	n.set = owner
	return true
}

// byQuery recognises a collection whose items are read by a query parameter: GET /animal?uid=1.
func (in *inference) byQuery(n *node) bool {
	get := n.fact("GET")
	if get == nil || get.answer == nil || n.writes() {
		return false
	}
	p := in.unwrap(get.answer, n.noun(), nil)
	sh := in.shapes.of(p.schema)
	for _, q := range get.query {
		f := in.shapes.fold(q.Name)
		if !queryIDs[f] && !(strings.HasSuffix(f, "id") && q.Required) {
			continue
		}
		m := sh.like(f)
		if m == nil || !in.shapes.of(m.schema).isScalar() {
			continue
		}
		if !q.Required && !in.listBelow(n, p.schema) {
			continue
		}
		c := in.found(n, nil)
		in.sites[c].query, in.sites[c].known = q.Name, p.schema
		return true
	}
	return false
}

var queryIDs = map[string]bool{"id": true, "uid": true, "uuid": true, "guid": true, "key": true, "sid": true}

// listBelow says that a path below shows a list of things alike.
func (in *inference) listBelow(n *node, item *schema.Schema) bool {
	for _, c := range n.children {
		if get := c.fact("GET"); get != nil && get.list != nil && in.shapes.alike(get.list.items, item) >= 0.6 {
			return true
		}
	}
	return false
}

// bySearch recognises a search by POST below a collection's path that has no GET: POST /pets/search.
func (in *inference) bySearch(n *node) bool {
	if n.parent == nil || n.parent.set == nil || n.param {
		return false
	}
	post := n.fact("POST")
	if post == nil || post.list == nil || post.list.scalar || n.fact("GET") != nil || !searching(n.label) {
		return false
	}
	return in.partOf(n, post.list)
}

// bornHere recognises a collection that nobody lists or reads but that something is created in: POST with
// 201 and an item with an id, or POST beside paths below an item.
func (in *inference) bornHere(n, items *node) bool {
	post := n.fact("POST")
	if post == nil || n.param || n.fact("GET") != nil || post.answer == nil || post.list != nil && post.list.pointer == "" {
		return false
	}
	p := in.unwrap(post.answer, n.noun(), nil)
	sh := in.shapes.of(p.schema)
	hasID := sh.like("id") != nil || sh.like("uuid") != nil || sh.like("sid") != nil ||
		sh.like(fold(Singular(n.noun()))+"id") != nil
	below := items != nil && len(items.children)+len(items.facts) > 0
	if !hasID || !below && (post.good.Code != 201 || verbLike(n.label)) {
		return false
	}
	h, owner := n.holder()
	if h != nil && !below && !strings.HasSuffix(n.label, "s") {
		return false // something to do with the item above
	}
	if h != nil && owner != nil && !below && in.shapes.alike(p.schema, in.sites[owner].known) >= 0.7 {
		return false // an action that shows its item
	}
	if up := n.parent; up.set != nil && in.shapes.alike(p.schema, in.sites[up.set].known) >= 0.7 {
		return false // another way to create in the collection above
	}
	c := in.found(n, items)
	in.sites[c].known = p.schema
	return true
}

// singleton looks for one thing at a literal path.
func (in *inference) singleton(n *node) {
	get := n.fact("GET")
	if n.param || get == nil || get.answer == nil || get.binaryOut || get.list != nil && !get.list.scalar && get.list.pointer == "" {
		return
	}
	sh := in.shapes.of(get.answer)
	if !sh.isObject() {
		return
	}
	writes := n.writes() || n.fact("POST") != nil && in.answersLike(n.fact("POST"), get.answer)
	if !writes && (len(sh.members) == 0 || get.required() || computed(n.label)) {
		return
	}
	p := in.unwrap(get.answer, n.noun(), nil)
	if owner := n.parent.items; owner != nil {
		known := in.sites[owner].known
		if known != nil && in.shapes.alike(known, in.unwrap(get.answer, owner.Name, known).schema) == 1 {
			n.view = owner // /status of an item shows the item
			return
		}
	}
	c := &Collection{Path: n.path, Name: n.noun(), Singleton: true}
	in.sites[c] = &site{at: n, known: p.schema}
	in.sets = append(in.sets, c)
	n.single = c
}

func (in *inference) answersLike(f *facts, x *schema.Schema) bool {
	return f.answer != nil && in.shapes.alike(in.unwrap(f.answer, f.node.noun(), x).schema, x) >= 0.7
}

// searching says that a label names a search.
func searching(label string) bool {
	f := fold(label)
	return strings.HasPrefix(f, "search") || strings.HasSuffix(f, "search") || strings.HasPrefix(f, "find") ||
		strings.HasPrefix(f, "query") || strings.HasPrefix(f, "filter") || f == "list" || f == "lookup"
}

// computed says that a label names a result that is worked out for each request and kept nowhere.
func computed(label string) bool {
	w := words(label)
	if len(w) == 0 {
		return false
	}
	switch w[0] {
	case "search", "query", "preview", "validate", "check", "lookup", "calculate", "estimate", "compare", "test",
		"verify", "login", "logout", "authorize", "ping", "health", "healthz", "ready", "callback", "export", "download":
		return true
	}
	switch w[len(w)-1] {
	case "preview", "search", "lookup", "ping", "health", "metrics", "callback":
		return true
	}
	return false
}

// verbLike says that a label reads like something to do and not like a set of things.
func verbLike(label string) bool {
	w := words(label)
	if len(w) == 0 {
		return false
	}
	switch w[0] {
	case "add", "create", "set", "get", "send", "run", "start", "stop", "cancel", "import", "export", "bulk", "batch",
		"login", "logout", "refresh", "sync", "generate", "validate", "verify", "check", "register", "search", "query",
		"change", "enable", "disable", "attach", "detach", "assign", "unassign", "apply", "request", "mark", "close", "open",
		"lock", "unlock", "activate", "deactivate", "upload", "download", "rotate", "switch", "convert", "clone",
		"preview", "test", "merge", "move", "copy", "transfer", "remove", "delete", "update", "confirm", "approve", "reject",
		"revoke", "restore", "retry", "replay", "reset", "resend", "introspect", "token", "authorize", "exchange":
		return true
	}
	return false
}

// reason writes one sentence about an operation: "GET /pets/{petId} answers one Pet".
func reason(f *facts, format string, args ...any) string {
	return f.op.Method + " " + f.op.Path + " " + fmt.Sprintf(format, args...)
}

// called gives a schema's name for a reason.
func called(x *schema.Schema, otherwise string) string {
	if x == nil {
		return otherwise
	}
	if x.Name != "" {
		return x.Name
	}
	if r := x.Resolve(); r.Name != "" {
		return r.Name
	}
	return otherwise
}
