package schema

// Unsatisfiable says whether the keywords of s, of what it refers to and of what it requires, show that nothing fits:
// where, and why. It is meant for a report at load and never accuses a schema that some value fits; whether a
// pattern and a length go together, for instance, it leaves open.
func (s *Schema) Unsatisfiable() (Location, string, bool) {
	work := maxProofWork
	return s.unsatisfiable(&work, nil)
}

// unsatisfiable is Unsatisfiable with a limit on work, which it lowers by what was needed. What is known to fit is not
// looked at again, and what is found to fit is added; known may be nil.
func (s *Schema) unsatisfiable(work *int, known *Proofs) (Location, string, bool) {
	if s.Always || *work < 0 {
		return Location{}, "", false
	}
	u := prover{yes: make(map[*plan]bool), work: min(*work, maxProofWork), known: known}
	defer func() { *work -= min(*work, maxProofWork) - u.work }()
	defer u.forget()
	root := u.plan([]*Schema{s}, s.planned)
	for {
		u.seen, u.changed, u.at, u.reason = make(map[*plan]bool), false, s.At, ""
		if u.inhabited(root) || u.over {
			if known != nil && !u.over {
				known.plain[s] = true
			}
			return Location{}, "", false
		}
		if !u.changed {
			break
		}
	}
	if u.reason == "" {
		u.reason = "the schema requires itself without end"
	}
	return u.at, u.reason, true
}

// maxProof bounds the places that a proof looks at; where it does not suffice nothing is claimed.
const (
	maxProof     = 512
	maxProofWork = 4_000_000  // steps of a judge, for one schema
	maxAllProofs = 20_000_000 // and for all of one document
)

// A prover finds out whether some finite value fits a plan: it looks for the least set of plans that can be shown to have
// values, going round until nothing new comes.
type prover struct {
	known   *Proofs
	yes     map[*plan]bool // shown to have a value
	seen    map[*plan]bool // looked at in this round
	looked  int
	work    int // steps that are left
	changed bool
	over    bool
	at      Location
	reason  string
	fresh   []*Schema // schemas whose plans were only made for the proof
}

// plan makes a plan and remembers to drop it, so that a proof over a large document leaves no memory behind.
func (u *prover) plan(parts []*Schema, get func() *plan) *plan {
	if len(parts) == 1 {
		if s := parts[0].Resolve(); s.made.Load() == nil {
			u.fresh = append(u.fresh, s)
		}
		if s := parts[0]; s.made.Load() == nil {
			u.fresh = append(u.fresh, s)
		}
	}
	return get()
}

func (u *prover) forget() {
	for _, s := range u.fresh {
		s.made.Store(nil)
	}
}

func (u *prover) inhabited(p *plan) bool {
	if u.yes[p] {
		return true
	}
	if u.seen[p] {
		return false
	}
	u.seen[p] = true
	u.work -= p.cost
	if u.looked++; u.looked > maxProof || u.work < 0 {
		u.over = true
		return true
	}
	if !u.decide(p) {
		return false
	}
	u.yes[p], u.changed = true, true
	return true
}

func (u *prover) decide(p *plan) bool {
	switch {
	case p.reason != "":
		if u.reason == "" {
			u.at, u.reason = p.at, p.reason
		}
		return false
	case p.null || p.enumerated:
		return true
	case len(p.groups) > 0:
		g := &p.groups[0]
		if g.key.what == negation {
			return true // the ways round a not are only those that keywords can say
		}
		for i := range g.branches {
			if u.inhabited(p.option(i)) {
				return true
			}
		}
		return false
	case p.types&Boolean != 0,
		p.types&String != 0 && p.text.reason == "",
		p.types&(Number|Integer) != 0 && p.number.reason == "",
		p.types&Array != 0 && p.array.reason == "" && u.array(p.array):
		return true
	}
	return p.types&Object != 0 && p.object.reason == "" && u.object(p.object)
}

// plain says whether one schema alone holds at a place, and it is known that something fits it.
func (u *prover) plain(parts []*Schema) bool { return len(parts) == 1 && u.known.fits(parts[0], 0) }

func (u *prover) array(a *arrayPlan) bool {
	for i := range min(a.min, len(a.prefix)+1) {
		parts, _ := a.parts(i)
		if !u.plain(parts) && !u.inhabited(u.plan(parts, func() *plan { return a.item(i) })) {
			return false
		}
	}
	return true
}

func (u *prover) object(o *objectPlan) bool {
	for i := range o.props {
		q := &o.props[i]
		if !q.required || q.readOnly || q.writeOnly {
			continue
		}
		if !u.plain(q.parts) && !u.inhabited(u.plan(q.parts, q.values)) {
			return false
		}
	}
	return true
}
