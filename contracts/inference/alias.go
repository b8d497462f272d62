package inference

import (
	"strings"

	"understudy/contracts/schema"
)

// shareLists joins collections that show the same items at several paths: lists and creations beside the
// collection that owns the items (/user/repos and /orgs/{org}/repos with /repos/{owner}/{repo}, lists over all
// namespaces), and whole collections that stand twice (/subscriptions and /customers/{customer}/subscriptions).
func (in *inference) shareLists() {
	in.byNoun = map[string][]*Collection{}
	for _, c := range in.sets {
		if noun := in.nounOf(c); noun != "" {
			in.byNoun[noun] = append(in.byNoun[noun], c)
		}
	}
	for _, c := range in.sets {
		s := in.sites[c]
		if c.Singleton || s.known == nil || s.forced || s.query != "" {
			continue
		}
		if s.items != nil && len(s.items.facts) > 0 {
			s.shared = in.twinOf(c)
		}
	}
	for _, c := range in.sets {
		s := in.sites[c]
		if c.Singleton || s.known == nil || s.forced || s.query != "" || s.items != nil && len(s.items.facts) > 0 {
			continue
		}
		if to := in.ownerOf(c); to != nil {
			s.shared = in.owner(to)
		}
	}
}

// nounOf gives the word under which collections of one noun are kept together, whatever their number.
func (in *inference) nounOf(c *Collection) string {
	if c.Singleton || in.sites[c].known == nil {
		return ""
	}
	return strings.TrimRight(fold(Singular(c.Name)), "es")
}

// twinOf finds a collection of the very same items at a shorter path, with the same kind of id. What the longer
// path has more must be a fixed beginning ("/api/v1"), or a parameter that the items show.
func (in *inference) twinOf(c *Collection) *Collection {
	s := in.sites[c]
	long := plainPath(c.Path)
	for _, o := range in.byNoun[in.nounOf(c)] {
		t := in.sites[o]
		if o == c || o.Singleton || t.shared != nil || t.items == nil || t.items.fact("GET") == nil || t.known == nil ||
			t.query != "" || in.shapes.alike(s.known, t.known) < 1 ||
			!sameNoun(in.shapes.fold(o.Name), in.shapes.fold(c.Name)) {
			continue
		}
		short := plainPath(o.Path)
		before, more := len(short) < len(long), strings.Count(long, "/")-strings.Count(short, "/")
		if more < 0 || more == 0 && (s.at.parent != t.at.parent || !before) || in.idOf(c) != in.idOf(o) {
			continue
		}
		if rest, ok := strings.CutSuffix(long, short); ok && !strings.Contains(rest, "{}") || in.saysScope(s, t, o) {
			return o
		}
	}
	return nil
}

// idOf gives the member that a collection's path parameter names, as far as it is known before the roles.
func (in *inference) idOf(c *Collection) string {
	s := in.sites[c]
	f := in.itemFacts(s)
	if f == nil {
		return ""
	}
	name := ""
	n := 0
	for _, st := range f.steps {
		if st.node != s.at && st.node.under(s.at) && s.items.under(st.node) {
			name = st.name
			n++
		}
	}
	return strings.Repeat("/", n) + in.matchID(name, in.paramSchema(f, name), c.Name, s.known)
}

// saysScope says that the items of t show every parameter by which s separates them, and that t separates by none
// that s has not.
func (in *inference) saysScope(s, t *site, o *Collection) bool {
	for p := t.at.parent; p != nil; p = p.parent {
		if (p.param || p.single != nil) && !s.at.under(p) {
			return false
		}
	}
	for _, st := range in.anySteps(s) {
		if !s.at.under(st.node) || t.at.under(st.node) {
			continue
		}
		as := &Collection{Name: o.Name, Item: t.known, ID: o.ID}
		if in.matchScope(st.name, in.rowOwner(st.node), as) == "" {
			return false
		}
	}
	return true
}

// ownerOf finds the collection that owns the items of a list.
func (in *inference) ownerOf(c *Collection) *Collection {
	s := in.sites[c]
	var best *Collection
	rank := 0.0
	searches := strings.HasPrefix(c.Path, "/search/") || searching(s.at.parent.label)
	for _, o := range in.byNoun[in.nounOf(c)] {
		t := in.sites[o]
		if o == c || o.Singleton || t.items == nil || t.items.fact("GET") == nil || t.known == nil {
			continue
		}
		if !sameNoun(in.shapes.fold(o.Name), in.shapes.fold(c.Name)) {
			continue
		}
		like := in.shapes.alike(s.known, t.known)
		if like < 0.8 || like < 0.95 && !searches && len(in.shapes.of(s.known).members) < 6 {
			continue
		}
		fits, shared := in.scopesFit(s.at, t)
		if !fits {
			continue
		}
		if in.shapes.fold(o.Name) == in.shapes.fold(c.Name) {
			like += 0.05
		}
		if t.at.fact("GET") != nil {
			like += 0.05
		}
		for p := t.at.parent; p != nil; p = p.parent {
			if p.param && !s.at.under(p) {
				like -= 0.15 // the owner separates by something that the list does not know
			}
		}
		r := like + 0.1*float64(shared) - 0.01*float64(strings.Count(o.Path, "/"))
		if best == nil || r > rank {
			best, rank = o, r
		}
	}
	return best
}

// scopesFit says whether every expression above a list is one above the owner too or names something that
// the items show ("/orgs/{org}/repos": the owner's login).
func (in *inference) scopesFit(at *node, t *site) (fits bool, shared int) {
	for p := at.parent; p != nil; p = p.parent {
		if !p.param {
			continue
		}
		if t.at.under(p) || t.items.under(p) {
			shared++
			continue
		}
		if p.items == nil || in.throughMember(t.known, p.items) == "" {
			return false, 0
		}
	}
	return true, shared
}

func (n *node) under(top *node) bool {
	for at := n; at != nil; at = at.parent {
		if at == top {
			return true
		}
	}
	return false
}

// throughMember finds how an item shows whose it is: a JSON Pointer to the id of an item of another
// collection, through an object member like owner or organization; "" when it does not.
func (in *inference) throughMember(item *schema.Schema, of *Collection) string {
	other := in.sites[of]
	if other.items == nil || len(other.items.facts) == 0 && other.at.fact("GET") == nil {
		return ""
	}
	param := ""
	for _, f := range other.items.facts {
		if len(f.steps) > 0 {
			param = f.steps[len(f.steps)-1].name
			break
		}
	}
	id := in.matchID(param, nil, of.Name, other.known)
	if id == "" || strings.HasPrefix(id, "/") {
		return ""
	}
	sh := in.shapes.of(item)
	for _, name := range [...]string{fold(Singular(of.Name)), "owner", "user", "account", "organization", "org", "author", "creator"} {
		m := sh.like(name)
		if m == nil || m.schema == nil {
			continue
		}
		if inner := in.shapes.of(m.schema); inner.member(id) != nil {
			return "/" + schema.EscapeToken(m.name) + "/" + schema.EscapeToken(id)
		}
	}
	return ""
}
