package schema

import (
	"maps"
	"slices"
)

// A groupKey names a choice in a document.
type groupKey struct {
	owner *Schema
	what  choice
	index int
}

type choice uint8

const (
	oneOf choice = iota
	anyOf
	conditional
	negation
	dependent
)

// A group is a choice that is still open.
type group struct {
	key      groupKey
	branches []branch
}

// A branch is what must hold besides when it is taken.
type branch struct {
	roots []*Schema
	extra []*Schema
	tag   []hint // value of the discriminator
}

// group opens the choices that a schema itself offers.
func (b *planner) group(s *Schema, depth int) {
	switch len(s.OneOf) {
	case 0:
	case 1:
		b.spread(s.OneOf[0], s, depth+1)
	default:
		b.open(groupKey{s, oneOf, 0}, func() []branch { return alternatives(s, s.OneOf) })
	}
	switch len(s.AnyOf) {
	case 0:
	case 1:
		b.spread(s.AnyOf[0], s, depth+1)
	default:
		b.open(groupKey{s, anyOf, 0}, func() []branch { return alternatives(s, s.AnyOf) })
	}
	if s.If != nil && (s.Then != nil || s.Else != nil) {
		b.open(groupKey{s, conditional, 0}, func() []branch { return conditions(s) })
	}
	if s.Not != nil {
		b.open(groupKey{s, negation, 0}, func() []branch { return denials(s.Not) })
	}
	for i, d := range s.DependentSchemas {
		b.open(groupKey{s, dependent, i}, func() []branch {
			return []branch{{roots: []*Schema{d.Schema}}, {extra: []*Schema{forbid(d.Name)}}}
		})
	}
	if s.UniqueItems || s.Contains != nil || s.UnevaluatedItems != nil || s.UnevaluatedProperties != nil ||
		s.PropertyNames != nil || s.DependentRequired != nil || s.MinProperties != nil {
		b.p.check, b.p.chance = true, true
	}
}

// maxGroups bounds the choices at one place; those beyond are left to the check of what was made.
const maxGroups = 64

// open adds a choice unless it has been taken already.
func (b *planner) open(key groupKey, branches func() []branch) {
	p := b.p
	p.check = true
	p.chance = p.chance || key.what == conditional || key.what == negation
	if len(p.groups) >= maxGroups || slices.Contains(p.decided, key) {
		return
	}
	if list := branches(); len(list) > 0 {
		p.groups = append(p.groups, group{key: key, branches: list})
	}
}

// alternatives are the branches of oneOf or anyOf.
func alternatives(s *Schema, list []*Schema) []branch {
	branches := make([]branch, len(list))
	tags := tagsOf(s.Discriminator)
	for i, a := range list {
		branches[i] = branch{roots: []*Schema{a}, tag: tags.of(a)}
	}
	return branches
}

// denials are the ways round a not.
func denials(s *Schema) []branch {
	var branches []branch
	for _, n := range negate(s, 0) {
		branches = append(branches, branch{extra: []*Schema{n}})
	}
	return branches
}

// conditions are the two ways through if: both if and then, or one of the ways round if together with else.
func conditions(s *Schema) []branch {
	yes := branch{roots: []*Schema{s.If}}
	if s.Then != nil {
		yes.roots = append(yes.roots, s.Then)
	}
	branches := []branch{yes}
	var no []*Schema
	if s.Else != nil {
		no = []*Schema{s.Else}
	}
	for _, n := range negate(s.If, 0) {
		branches = append(branches, branch{roots: no, extra: []*Schema{n}})
	}
	return append(branches, branch{roots: no})
}

// option gives the plan in which one branch of the first group is taken.
func (p *plan) option(i int) *plan {
	if q := p.options[i].Load(); q != nil {
		return q
	}
	q := p.take(i, nil)
	if p.kept.Add(1) > maxKept {
		return q
	}
	p.options[i].CompareAndSwap(nil, q)
	return p.options[i].Load()
}

// take makes the plan for a branch with further schemas that force it.
func (p *plan) take(i int, more []*Schema) *plan {
	g := &p.groups[0]
	b := &g.branches[i]
	grown := make(map[*Schema]*Schema, len(p.grown)+len(b.roots))
	maps.Copy(grown, p.grown)
	for _, r := range b.roots {
		grown[r] = g.key.owner
	}
	q := newPlan(slices.Concat(p.roots, b.roots), slices.Concat(p.extra, b.extra, more), append(slices.Clone(p.decided), g.key), grown)
	q.tag(b.tag)
	for _, r := range b.roots {
		if name := r.Resolve().Name; name != "" {
			q.name = name
		}
	}
	q.kept = p.kept
	return q
}

// choose takes the branches of the first open choice in the order of their promise until one leads to a value.
func (k *making) choose(p *plan, at place, want, sample wish) (any, bool) {
	for rank, i := range k.order(p, at, want, sample) {
		if k.nodes > k.limit {
			break
		}
		q := p.option(i)
		if q.reason != "" {
			k.fail(q.at, "%s", q.reason)
			continue
		}
		k.rejected = rejection{}
		before := k.nodes
		if v, ok := k.value(q, at, want, sample); ok {
			return v, true
		}
		if p.groups[0].key.what == oneOf && k.rejected.pointer == at.pointer && k.try == 0 {
			rounds := otherRounds
			if rank < maxHard {
				rounds = maxRounds
			}
			if v, ok := k.alone(p, i, at, want, sample, rounds, k.nodes-before); ok {
				return v, true
			}
		}
	}
	if p.null {
		return nil, true
	}
	return nil, false
}

// order sorts the branches of the first open choice, best first.
func (k *making) order(p *plan, at place, want, sample wish) []int {
	g := &p.groups[0]
	order := make([]int, len(g.branches))
	for i := range order {
		order[i] = i
	}
	guide := want
	if guide == Absent {
		guide = sample
	}
	if guide == Absent && (g.key.what == oneOf || g.key.what == anyOf) {
		guide = k.example(p, at)
	}
	scores := make([]int, len(g.branches))
	for i := range g.branches {
		switch {
		case g.key.what == dependent:
			scores[i] += k.dependentScore(p, g, i, guide)
		case g.key.what == conditional && guide == Absent:
		case guide != Absent:
			scores[i] += k.score(p, g, i, guide)
		case at.short:
			scores[i] -= 8 * k.height(p.option(i), 6)
		case k.recursive(p, i):
			scores[i] -= 1 << 20
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return scores[b] - scores[a] })
	if at.walk > 0 && guide == Absent { // items must differ: other branches have other values
		n := at.walk % len(order)
		order = slices.Concat(order[n:], order[:n])
	}
	return order
}

// recursive says whether a branch leads back to something that is being made.
func (k *making) recursive(p *plan, i int) bool {
	for _, s := range p.groups[0].branches[i].roots {
		if slices.Contains(k.stack, s.planned()) {
			return true
		}
	}
	return slices.Contains(k.stack, p.option(i))
}

// dependentScore leaves out a property that asks for more where no more than necessary is to be made.
func (k *making) dependentScore(p *plan, g *group, i int, guide wish) int {
	name := g.key.owner.DependentSchemas[g.key.index].Name
	w, _ := guide.(map[string]any)
	_, there := w[name]
	if p.object != nil && !there {
		for j := range p.object.props {
			if q := &p.object.props[j]; q.name == name {
				there = q.required || k.Optional != RequiredOnly && !q.forbidden
			}
		}
	}
	if there == (i == 0) {
		return 1
	}
	return 0
}

// score says how well a wish goes with a branch.
func (k *making) score(p *plan, g *group, i int, w wish) int {
	fits := len(g.branches[i].roots) > 0
	for _, s := range g.branches[i].roots {
		fits = fits && k.valid(s, w)
	}
	if fits {
		return 1 << 22
	}
	q := p.option(i)
	if q.reason != "" {
		return -(1 << 22)
	}
	if w == nil {
		if q.null {
			return 1 << 21
		}
		return 0
	}
	members, isObject := w.(map[string]any)
	if typesOf(w)&q.types == 0 {
		if convertible(w, q.types) == 0 {
			return -(1 << 16)
		}
		return -1
	}
	if !isObject || q.object == nil {
		return 1
	}
	score := 0
	if d := g.key.owner.Discriminator; d != nil {
		if tag, ok := members[d.Property].(string); ok && leadsTo(d, tag, g.branches[i].roots) {
			score += 1 << 20
		}
	}
	for j := range q.object.props {
		score += k.propertyScore(&q.object.props[j], members)
	}
	for name := range members {
		if _, allowed := q.object.parts(name); !allowed {
			score -= 3
		}
	}
	return score
}

func (k *making) propertyScore(q *propertyPlan, members map[string]any) int {
	w, there := members[q.name]
	switch {
	case !there && q.required:
		return -1
	case !there:
		return 0
	case q.forbidden:
		return -3
	}
	values := q.values()
	switch {
	case values.reason == "" && k.fits(values, w):
		if values.enumerated {
			return 64
		}
		return 4
	case values.enumerated:
		return -64
	}
	return 1
}

// height is about how deeply nested the smallest value of a plan is; limit where it is deeper or endless.
func (k *making) height(p *plan, limit int) int {
	if k.heights == nil {
		k.heights = make(map[levelOf]int)
	}
	at := levelOf{p, limit}
	if h, ok := k.heights[at]; ok {
		return h
	}
	k.heights[at] = 64 // until it is known: a way back here is endless
	h := 64
	if len(k.heights) < 4096 {
		h = k.measureHeight(p, limit)
	}
	k.heights[at] = h
	return h
}

// levelOf is a plan with the nesting that is still looked at.
type levelOf struct {
	p     *plan
	limit int
}

func (k *making) measureHeight(p *plan, limit int) int {
	if p.reason != "" || limit == 0 {
		return 64
	}
	if p.null || p.enumerated {
		return 0
	}
	if len(p.groups) > 0 {
		best := 64
		for i := range min(len(p.groups[0].branches), 32) {
			best = min(best, k.height(p.option(i), limit-1))
			if best == 0 {
				break
			}
		}
		return best
	}
	if p.types&^(Object|Array) != 0 {
		return 0
	}
	least := 64
	if p.object != nil && p.types&Object != 0 {
		worst := 0
		for i := range p.object.props {
			q := &p.object.props[i]
			if !q.required || worst >= 64 {
				continue
			}
			if slices.Contains(k.stack, q.values()) {
				worst = 64
				continue
			}
			worst = max(worst, 1+k.height(q.values(), limit-1))
		}
		least = min(least, worst)
	}
	if p.array != nil && p.types&Array != 0 {
		if p.array.min == 0 && len(p.array.contains) == 0 {
			return 0
		}
		least = min(least, 1+k.height(p.array.item(0), limit-1))
	}
	return least
}
