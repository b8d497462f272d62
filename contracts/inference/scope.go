package inference

import (
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// idSchema chooses the tighter of the schemas that describe an id and looks for a prefix.
func (in *inference) idSchema(c *Collection, byOp map[*Binding]*facts) {
	s := in.sites[c]
	prop := in.property(c.Item, c.ID.Property)
	var param *schema.Schema
	var examples []contracts.Example
	if f := in.itemFacts(s); f != nil && len(c.ID.Params) > 0 {
		last := c.ID.Params[len(c.ID.Params)-1]
		for _, p := range f.op.Parameters {
			if p.In == "path" && p.Name == last {
				param, examples = p.Schema, p.Examples
			}
		}
	}
	c.ID.Schema = prop
	if prop == nil || param != nil && tightness(param) > tightness(prop) && sameType(param, prop) {
		c.ID.Schema = param
	}
	in.strictest(c)
	var seen []any
	for _, x := range [...]*schema.Schema{prop, param} {
		if x == nil {
			continue
		}
		r := x.Resolve()
		if p := patternPrefix(r.Pattern); p != "" {
			c.ID.Prefix = p
			return
		}
		seen = append(append(seen, x.Examples...), r.Examples...)
	}
	for _, e := range examples {
		seen = append(seen, e.Value)
	}
	c.ID.Prefix = commonPrefix(seen)
}

// strictest lets an id be one that every operation takes which names the item in its path: some ask for more than others
// ("/broadcasts/{id}" for a text, "/broadcasts/{id}/cancel" for a UUID). A parameter that names a few things is none of them.
func (in *inference) strictest(c *Collection) {
	s := in.sites[c]
	if s.items == nil || c.ID.Schema == nil || len(c.ID.Params) != 1 {
		return
	}
	for _, x := range s.items.values {
		if len(x.Enum) == 0 && !x.HasConst && (x.Format != "" || x.Pattern != "") && tightness(x) > tightness(c.ID.Schema) && sameType(x, c.ID.Schema) {
			c.ID.Schema = x
		}
	}
}

// tightness says how much a schema of an id forbids.
func tightness(x *schema.Schema) int {
	x = x.Resolve()
	n := 0
	if x.Types != 0 {
		n++
	}
	if x.Format != "" {
		n += 2
	}
	if x.Pattern != "" {
		n += 4
	}
	if x.MinLength != nil || x.MaxLength != nil || x.Minimum != nil || x.Maximum != nil {
		n++
	}
	if len(x.Enum) > 0 {
		n += 4
	}
	return n
}

func sameType(a, b *schema.Schema) bool {
	x, y := a.Resolve().Types&^schema.Null, b.Resolve().Types&^schema.Null
	return x == y || y == 0
}

// prefixed is a text that begins with a prefix of letters and a separator and goes on as an id does.
var prefixed = lazily(`^([A-Za-z]{1,12}(?:_[a-z]{2,8})?_)[A-Za-z0-9]{4,}$`)

// commonPrefix gives the prefix that all examples of an id have, or "".
func commonPrefix(examples []any) string {
	prefix := ""
	for _, e := range examples {
		text, ok := e.(string)
		if !ok {
			continue
		}
		if !strings.Contains(text, "_") {
			return ""
		}
		m := prefixed().FindStringSubmatch(text)
		if m == nil || prefix != "" && prefix != m[1] || !strings.ContainsAny(text[len(m[1]):], "0123456789") {
			return ""
		}
		prefix = m[1]
	}
	return prefix
}

// literalStart is the fixed text at the beginning of an anchored pattern.
var literalStart = lazily(`^\^([A-Za-z]{1,12}[_-]?)(?:[\[(\\.]|$)`)

func patternPrefix(pattern string) string {
	if !strings.HasPrefix(pattern, "^") || strings.Contains(pattern, "|") {
		return ""
	}
	m := literalStart().FindStringSubmatch(pattern)
	if m == nil {
		return ""
	}
	return m[1]
}

// scope lists the expressions above a collection and how its items show them.
func (in *inference) scope(c *Collection) {
	s := in.sites[c]
	var steps []step
	for _, st := range in.anySteps(s) {
		if s.at.under(st.node) {
			steps = append(steps, st)
		}
	}
	for _, st := range steps {
		p := ScopeParameter{Name: st.name, Collection: in.rowOwner(st.node)}
		p.Property = in.matchScope(st.name, p.Collection, c)
		c.Scope = append(c.Scope, p)
	}
}

// anySteps gives the expressions of some operation at or below a site.
func (in *inference) anySteps(s *site) []step {
	if len(s.at.facts) > 0 {
		return s.at.facts[0].steps
	}
	if f := in.itemFacts(s); f != nil {
		return f.steps
	}
	if f := firstBelow(s.at, 0); f != nil {
		return f.steps
	}
	return nil
}

// rowOwner gives the collection that an expression names an item of, alone or in a row of several.
func (in *inference) rowOwner(n *node) *Collection {
	for at := n; at != nil && at.param; {
		if at.items != nil {
			return in.owner(at.items)
		}
		if len(at.children) != 1 {
			return nil
		}
		at = at.children[0]
	}
	return nil
}

// matchScope finds the member of an item that says which parent it belongs to: customer, app_id, /metadata/namespace.
func (in *inference) matchScope(param string, parent, c *Collection) string {
	if c.Item == nil {
		return ""
	}
	sh := in.shapes.of(c.Item)
	names := []string{fold(param)}
	if parent != nil {
		noun, f := fold(Singular(parent.Name)), fold(param)
		if id := fold(parent.ID.Property); id != "" {
			names = append(names, noun+id)
		}
		for _, w := range [...]string{"id", "uuid", "sid", "slug", "name", "number", "key"} {
			if strings.HasSuffix(f, w) {
				names = append(names, noun+w)
			}
		}
		if sameNoun(f, noun) {
			names = append(names, noun+"id")
		}
		names = append(names, noun)
	} else if f := fold(param); !strings.HasSuffix(f, "id") {
		names = append(names, f+"id", f+"name")
	}
	for _, name := range names {
		if name == "id" || name == "name" || name == "uuid" || name == c.ID.Property {
			continue
		}
		if m := sh.like(name); m != nil && (in.canHold(m.schema, nil) || in.refers(m.schema)) {
			return m.name
		}
	}
	if m := sh.like("metadata"); m != nil && m.schema != nil {
		if got := in.shapes.of(m.schema).like(fold(param)); got != nil && in.canHold(got.schema, nil) {
			if p := "/" + schema.EscapeToken(m.name) + "/" + schema.EscapeToken(got.name); p != c.ID.Property {
				return p
			}
		}
	}
	return ""
}

// refers says that a member is a reference that may be written as an id or shown as a whole object.
func (in *inference) refers(m *schema.Schema) bool {
	sh := in.shapes.of(m)
	return len(sh.members) > 0 && sh.types&(schema.String|schema.Integer) != 0
}

// params aligns an operation's own parameter names with its collection's.
func (in *inference) params(f *facts) {
	b, c := f.binding, f.binding.Collection
	s := in.sites[c]
	used := map[string]bool{}
	for i, name := range c.ID.Params {
		own := ""
		switch n := in.idNode(s, i); {
		case s.query != "":
			own = queryNamed(f, name)
		case f.origin != nil:
			own = in.nameFrom(f, i, len(c.ID.Params))
		case n != nil:
			own = f.nameAt(n.node, n.nth)
		}
		b.ItemParams = append(b.ItemParams, own)
		used[own] = own != ""
	}
	scopeSteps := in.scopeNodes(s)
	for i, p := range c.Scope {
		own := ""
		if i < len(scopeSteps) {
			own = f.nameAt(scopeSteps[i].node, scopeSteps[i].nth)
		}
		if own == "" && !f.node.under(s.at) { // another path to the same items
			own = in.sameParameter(f, p, used)
		}
		b.ScopeParams = append(b.ScopeParams, own)
		used[own] = own != ""
	}
	if f.origin != nil {
		in.belongs(f, used)
	}
}

// nameFrom gives, on another path to the same items, the parameter that stands for the i-th of n parts of an id.
func (in *inference) nameFrom(f *facts, i, n int) string {
	o := in.sites[f.origin]
	if o.items == nil {
		return ""
	}
	own := in.occurrences(f.steps, func(x *node) bool { return x != o.at && x.under(o.at) && o.items.under(x) })
	if i -= n - len(own); i < 0 || i >= len(own) {
		return ""
	}
	return f.nameAt(own[i].node, own[i].nth)
}

// belongs finds, on another path to the same items, the parameters that say what the items belong to: a list
// shows those of one owner only, and what is created there belongs to it.
func (in *inference) belongs(f *facts, used map[string]bool) {
	b := f.binding
	if b.Role != List && b.Role != Create && b.Role != Clear {
		return
	}
	for _, st := range f.steps {
		if used[st.name] || st.node.items != nil && st.node.items == f.origin {
			continue
		}
		owner := in.rowOwner(st.node)
		p := in.matchScope(st.name, owner, b.Collection)
		if p == "" && st.node.items != nil {
			p = in.throughMember(b.Collection.Item, st.node.items)
		}
		switch {
		case p == "":
		case b.Role == Create:
			in.set(b, p, "{path."+st.name+"}")
		default:
			b.Filters = append(b.Filters, Filter{Param: st.name, Property: p, Op: Equals, Path: true})
		}
	}
}

func queryNamed(f *facts, name string) string {
	for _, q := range f.query {
		if q.Name == name {
			return name
		}
	}
	return ""
}

// An occurrence is one name of an expression: nth counts the names in a segment that holds several.
type occurrence struct {
	node *node
	nth  int
}

func (in *inference) idNode(s *site, i int) *occurrence {
	f := in.itemFacts(s)
	if f == nil {
		return nil
	}
	all := in.occurrences(f.steps, func(n *node) bool { return n != s.at && n.under(s.at) && s.items.under(n) })
	if i < len(all) {
		return &all[i]
	}
	return nil
}

func (in *inference) scopeNodes(s *site) []occurrence {
	return in.occurrences(in.anySteps(s), func(n *node) bool { return s.at.under(n) })
}

func (in *inference) occurrences(steps []step, keep func(*node) bool) []occurrence {
	var out []occurrence
	var last *node
	nth := 0
	for _, st := range steps {
		if st.node == last {
			nth++
		} else {
			nth, last = 0, st.node
		}
		if keep(st.node) {
			out = append(out, occurrence{st.node, nth})
		}
	}
	return out
}

// sameParameter finds an operation's parameter that means the same as a scope's: the same name, or an item
// of the same collection.
func (in *inference) sameParameter(f *facts, p ScopeParameter, used map[string]bool) string {
	for _, st := range f.steps {
		if used[st.name] {
			continue
		}
		if st.name == p.Name || p.Collection != nil && in.rowOwner(st.node) == p.Collection {
			return st.name
		}
	}
	return ""
}

// server says who chooses an id: the client where it must send it, or where only the item's own path creates.
func (in *inference) server(c *Collection, byOp map[*Binding]*facts) {
	if c.Singleton {
		return
	}
	c.ID.Server = true
	created, replaced := false, false
	for _, b := range c.Bindings {
		f := byOp[b]
		switch b.Role {
		case Create, Upload:
			created = true
			if f.node.items != nil || in.clientSends(c, f) {
				c.ID.Server = false
			}
		case Replace:
			replaced = replaced || f.node.items != nil
		}
	}
	if !created && replaced {
		c.ID.Server = false
	}
}

// clientSends says that the body of a creation names the item: it requires the id, or the id is a name.
func (in *inference) clientSends(c *Collection, f *facts) bool {
	if f.body == nil || c.ID.Property == "" {
		return false
	}
	body := f.body
	if at := f.binding.Input; at != "" {
		body = in.property(body, at)
	}
	if sh := in.shapes.of(body); sh.isArray() {
		body = sh.items
	}
	id := in.property(body, c.ID.Property)
	if id == nil || id.ReadOnly || id.Resolve().ReadOnly {
		return false
	}
	if m := in.shapes.of(body).member(c.ID.Property); m != nil && m.required {
		return true
	}
	name := in.shapes.fold(c.ID.Property)
	for _, w := range [...]string{"name", "login", "slug", "key", "code", "email"} {
		if strings.HasSuffix(name, w) {
			return true
		}
	}
	return false
}
