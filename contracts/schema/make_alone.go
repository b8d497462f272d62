package schema

// A rejection is a value that met its plan as far as that goes but not all keywords of its place.
type rejection struct {
	pointer uint64 // of the place; 0 where nothing was rejected
	value   any
}

// Limits on the search for a value that fits exactly one branch of oneOf. Where all branches accept nearly everything
// there is none, and each round costs as much as a value.
const (
	maxRounds     = 8  // for the most promising branches, of which there are
	maxHard       = 3  // so many,
	otherRounds   = 2  // for each of the rest,
	maxRoundsMake = 32 // and in one call of Make
)

// alone makes a value that fits one branch of oneOf and no other. It starts from a value that was rejected, sees which other
// branches that fits, forbids what these ask for or allow, and tries again. used is what the rejected value cost.
func (k *making) alone(p *plan, i int, at place, want, sample wish, rounds, used int) (any, bool) {
	list := p.groups[0].key.owner.OneOf
	ways := make([]int, len(list)) // how often each branch had to be shut out
	var extra []*Schema
	nodes := k.limit
	defer func() { k.limit = nodes }()
	for round := range rounds {
		if k.rounds++; k.rounds > maxRoundsMake {
			return nil, false
		}
		found, last, before := false, k.rejected, len(extra)
		for j, other := range list {
			if j == i || !k.valid(other, k.rejected.value) {
				continue
			}
			n, ok := p.shutOut(i, other, extra, ways[j])
			ways[j]++
			if ok {
				extra, found = append(extra, n), true
			}
		}
		if !found {
			return nil, false
		}
		if round >= rounds/2 {
			at.lean = true
		}
		k.rejected = rejection{}
		k.limit = min(nodes, k.nodes+2*used+64)
		if q := p.take(i, extra); q.reason == "" {
			if v, ok := k.value(q, at, want, sample); ok {
				return v, true
			}
		}
		if k.rejected.pointer != at.pointer { // what was forbidden leaves nothing: another way, from the same value
			k.rejected, extra = last, extra[:before]
		}
	}
	return nil, false
}

// shutOut finds a way to keep values of a branch from fitting another schema, besides what is forbidden already: the
// way-th that is not plainly in contradiction.
func (p *plan) shutOut(i int, other *Schema, extra []*Schema, way int) (*Schema, bool) {
	for _, n := range negate(other, 0) {
		if q := p.take(i, append(extra[:len(extra):len(extra)], n)); !q.leaves(n) {
			continue
		}
		if way--; way < 0 {
			return n, true
		}
	}
	return nil, false
}

// leaves says whether a plan has values left after n was added to it, as far as one look shows.
func (p *plan) leaves(n *Schema) bool {
	if p.reason != "" {
		return false
	}
	for _, forced := range n.Properties {
		if p.object == nil {
			continue
		}
		for i := range p.object.props {
			q := &p.object.props[i]
			if q.name == forced.Name && q.required && !q.values().open() {
				return false
			}
		}
	}
	return true
}

// open says whether some branch of the first choice is not plainly in contradiction.
func (p *plan) open() bool {
	if p.reason != "" {
		return false
	}
	if len(p.groups) == 0 {
		return true
	}
	for i := range p.groups[0].branches {
		if p.option(i).reason == "" {
			return true
		}
	}
	return false
}
