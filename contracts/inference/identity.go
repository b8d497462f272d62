package inference

import (
	"slices"
	"strings"

	"understudy/contracts/schema"
)

// parentOf finds the collection whose items a collection's items belong to.
func (in *inference) parentOf(c *Collection) {
	for at := in.sites[c].at; at != nil; at = at.parent {
		if at.items != nil && at.items != c {
			c.Parent = in.owner(at.items)
			if c.Parent == c {
				c.Parent = nil
			}
			return
		}
	}
}

// owner gives the collection that stands for another after lists were shared.
func (in *inference) owner(c *Collection) *Collection {
	if to := in.sites[c].shared; to != nil {
		return to
	}
	return c
}

// identify finds out where a collection's items keep their id.
func (in *inference) identify(c *Collection, byOp map[*Binding]*facts) {
	s := in.sites[c]
	if c.Singleton {
		return
	}
	if s.query != "" {
		c.ID.Params = []string{s.query}
		c.ID.Property = in.matchID(s.query, nil, c.Name, c.Item)
		in.idSchema(c, byOp)
		return
	}
	f := in.itemFacts(s)
	if f == nil {
		c.ID.Property = in.matchID("id", nil, c.Name, c.Item)
		in.idSchema(c, byOp)
		return
	}
	for _, st := range f.steps {
		if st.node != s.at && st.node.under(s.at) && s.items.under(st.node) {
			c.ID.Params = append(c.ID.Params, st.name)
		}
	}
	if n := len(c.ID.Params); n > 0 {
		last := c.ID.Params[n-1]
		if s.param != "" {
			last = s.param
		}
		c.ID.Property = in.matchID(last, in.paramSchema(f, last), c.Name, c.Item)
		for _, name := range s.items.names { // other paths may call it by its true name: {ref}, {commit_sha}
			if c.ID.Property == "" && name != last {
				c.ID.Property = in.matchID(name, nil, c.Name, c.Item)
			}
		}
		for _, name := range c.ID.Params[:n-1] {
			c.ID.Others = append(c.ID.Others, in.matchOther(name, c))
		}
	}
	in.idSchema(c, byOp)
}

// itemFacts gives the operation whose parameter names a collection's items: GET if there is one, at the path
// that most operations share.
func (in *inference) itemFacts(s *site) *facts {
	if s.items == nil {
		return nil
	}
	var best *facts
	most := -1
	for _, f := range s.items.facts { // one path may stand in a document under several names
		n := 0
		for _, other := range s.items.facts {
			if other.op.Path == f.op.Path {
				n++
			}
		}
		if f.op.Method == "GET" {
			n++
		}
		if n > most {
			best, most = f, n
		}
	}
	if best != nil {
		return best
	}
	return firstBelow(s.items, 0)
}

func firstBelow(n *node, depth int) *facts {
	for _, c := range n.children {
		if len(c.facts) > 0 {
			return c.facts[0]
		}
		if depth < 8 {
			if f := firstBelow(c, depth+1); f != nil {
				return f
			}
		}
	}
	return nil
}

func (in *inference) paramSchema(f *facts, name string) *schema.Schema {
	if f == nil {
		return nil
	}
	for _, p := range f.op.Parameters {
		if p.In == "path" && p.Name == name {
			return p.Schema
		}
	}
	return nil
}

// idWords are members that hold an id, the most telling first.
var idWords = [...]string{"id", "uuid", "uid", "guid", "sid", "pk", "key", "number", "slug", "code", "name", "login", "username"}

// matchID finds the member of an item that a path parameter names: by its own name, by what remains of it
// without the item's noun (petId, issue_number), by the words for ids, or inside a metadata object. The answer
// is a member's name, a JSON Pointer when it begins with "/", or "" when the item does not show it.
func (in *inference) matchID(param string, typ *schema.Schema, label string, item *schema.Schema) string {
	if item == nil || param == "" {
		return ""
	}
	sh := in.shapes.of(item)
	if i := strings.LastIndexByte(param, '.'); i >= 0 {
		param = param[i+1:]
	}
	candidates, loose := idCandidates(param, label)
	if name := in.universal(sh, candidates, typ); name != "" && loose {
		return name
	}
	for _, name := range candidates { // {org} is a text: login rather than a number called id
		if m := sh.like(name); loose && m != nil && in.canHold(m.schema, typ) && in.textual(m.schema) && in.textual(typ) {
			return m.name
		}
	}
	for _, name := range candidates {
		if m := sh.like(name); m != nil && in.canHold(m.schema, typ) {
			return m.name
		}
	}
	return in.held(sh, candidates, func(x *schema.Schema) bool { return in.canHold(x, typ) })
}

// universal finds the member that a UUID names: no text that people choose is one. {tenant} is the metadata's id rather than a slug.
func (in *inference) universal(sh *shape, candidates []string, typ *schema.Schema) string {
	if typ == nil || typ.Resolve().Format != "uuid" {
		return ""
	}
	uuid := func(x *schema.Schema) bool { return in.canHold(x, typ) && x.Resolve().Format == "uuid" }
	for _, name := range candidates {
		if m := sh.like(name); m != nil && m.schema != nil && uuid(m.schema) {
			return m.name
		}
	}
	ids := slices.DeleteFunc(slices.Clone(candidates), func(name string) bool {
		return slices.Contains([]string{"slug", "login", "name", "key", "code", "number"}, name)
	})
	if slices.ContainsFunc(ids, func(name string) bool { return sh.like(name) != nil }) {
		return ""
	}
	return in.held(sh, ids, func(x *schema.Schema) bool { return in.canHold(x, typ) })
}

// held finds a member inside an object that speaks of the item.
func (in *inference) held(sh *shape, candidates []string, fits func(*schema.Schema) bool) string {
	for _, holder := range [...]string{"metadata", "meta", "sys"} {
		m := sh.like(holder)
		if m == nil || m.schema == nil {
			continue
		}
		inner := in.shapes.of(m.schema)
		for _, name := range candidates {
			if got := inner.like(name); got != nil && got.schema != nil && fits(got.schema) {
				return "/" + schema.EscapeToken(m.name) + "/" + schema.EscapeToken(got.name)
			}
		}
	}
	return ""
}

// textual says that a schema's values are texts, as far as it says anything.
func (in *inference) textual(x *schema.Schema) bool {
	types := in.shapes.of(x).types
	return types == 0 || types&schema.String != 0
}

// idCandidates gives the folded member names that a parameter may stand for, in the order of their
// likelihood. loose says that the parameter is only the item's noun, so that any kind of name may be meant.
func idCandidates(param, label string) (out []string, loose bool) {
	f := fold(param)
	noun := fold(Singular(label))
	out = []string{f}
	add := func(names ...string) {
		for _, n := range names {
			if n != "" {
				out = append(out, n)
			}
		}
	}
	w := words(param)
	last := ""
	switch {
	case len(w) > 1:
		last = w[len(w)-1]
	case f != "username":
		for _, id := range idWords {
			if rest, ok := strings.CutSuffix(f, id); ok && rest != "" && (sameNoun(rest, noun) || len(id) > 3) {
				last = id
				break
			}
		}
	}
	isID := f == "id" || last == "id" || strings.HasSuffix(f, "id") && len(f) <= 4
	switch {
	case isID:
		add("id", noun+"id", fold(label)+"id", "uuid", "uid", "pk", "guid", "sid", "key", "arn", "name", "slug", "code")
	case last == "uuid" || f == "uuid" || last == "guid":
		add(last, "uuid", "pk", "id", noun+"uuid", noun+"id", "uid")
	case last != "":
		add(last, noun+last)
		if last == "name" || last == "username" {
			add("login", "username", "slug", "id")
		} else {
			add("id", "name")
		}
	case f == "username" || f == "user" || f == "login":
		add("login", "username", "name", "id")
	case f == "name" || f == "slug" || f == "key" || f == "code" || f == "number":
		add(noun+f, "id")
		if f != "name" {
			add("name")
		}
	default:
		loose = true
		add("id", noun+"id", "uuid", "uid", "sid", "pk", "slug", "login", "name", "key", "code", "number", f+"name", f+"code")
	}
	return out, loose
}

// canHold says whether a member can hold a path parameter's value.
func (in *inference) canHold(m, param *schema.Schema) bool {
	if m == nil {
		return false
	}
	sh := in.shapes.of(m)
	if len(sh.members) > 0 || sh.isArray() || sh.types == schema.Boolean || sh.types == schema.Object {
		return false
	}
	if param == nil || sh.types == 0 {
		return true
	}
	p := param.Resolve()
	numeric := schema.Integer | schema.Number
	if p.Types&numeric != 0 && p.Types&schema.String == 0 {
		return sh.types&numeric != 0
	}
	if p.Format == "uuid" && sh.types&schema.String == 0 {
		return false
	}
	if p.Types&schema.String != 0 && sh.types&(schema.String|numeric) == 0 {
		return false
	}
	return true
}

// matchOther finds how an item shows one of its earlier parameters: owner of "/repos/{owner}/{repo}".
func (in *inference) matchOther(param string, c *Collection) string {
	sh := in.shapes.of(c.Item)
	m := sh.like(fold(param))
	if m == nil {
		if w := words(param); len(w) > 1 {
			m = sh.like(w[len(w)-1])
		}
	}
	if m == nil || m.schema == nil {
		return ""
	}
	if in.canHold(m.schema, nil) {
		return "/" + schema.EscapeToken(m.name)
	}
	inner := in.shapes.of(m.schema)
	for _, name := range [...]string{"login", "slug", "name", "username", "id", "key"} {
		if got := inner.like(name); got != nil && in.canHold(got.schema, nil) {
			return "/" + schema.EscapeToken(m.name) + "/" + schema.EscapeToken(got.name)
		}
	}
	return ""
}

// property gives the schema that an ID's or a filter's property has in an item, or nil.
func (in *inference) property(item *schema.Schema, name string) *schema.Schema {
	if name == "" {
		return nil
	}
	if !strings.HasPrefix(name, "/") {
		if m := in.shapes.of(item).member(name); m != nil {
			return m.schema
		}
		return nil
	}
	at := item
	for token := range strings.SplitSeq(name[1:], "/") {
		m := in.shapes.of(at).member(schema.UnescapeToken(token))
		if m == nil {
			return nil
		}
		at = m.schema
	}
	return at
}
