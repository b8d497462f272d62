package cases

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// A Branch is one of the ways that an operation's description leaves open for a request: that an optional part is there or
// missing, a value of an enum, an alternative of oneOf or anyOf, null.
type Branch struct {
	// ID is the same in every run and for every request: "query sort = asc", "body /owner?", "body /pet oneOf 2".
	ID      string
	In      string // as in Fault
	Name    string
	Pointer string          // of the value, * for items
	Kind    string          // "present", "absent", "enum", "oneOf", "anyOf", "null", "media type"
	Value   string          // of the enum as JSON, the number of the alternative from 1, or the media type
	At      schema.Location // the sentence of the contract
}

// watched is a branch with what is needed to see it in a request.
type watched struct {
	Branch
	place *place
	value any // of an enum
}

// Branches lists what requests of an operation can cover, in the order of the document. Long ones are cut at a few hundred
// places for each parameter and body.
func (g *Generator) Branches(o *contracts.Operation) []Branch {
	list := g.watch(o)
	out := make([]Branch, len(list))
	for i := range list {
		out[i] = list[i].Branch
	}
	return out
}

func (g *Generator) watch(o *contracts.Operation) []watched {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if list, ok := g.branches[o]; ok {
		return list
	}
	list := []watched{}
	bodies := bodyMedia(o)
	for _, s := range g.subjects(o) {
		root := &place{subject: s}
		label := s.label
		switch {
		case s.parameter != nil && !s.parameter.Required:
			list = append(list, present(label, root, s.parameter.At)...)
		case s.in == "body" && s.media == bodies[0] && !o.Body.Required:
			list = append(list, present("body", root, o.Body.At)...)
		}
		if s.in == "body" && len(bodies) > 1 {
			list = append(list, watched{Branch: Branch{ID: label, In: "body", Kind: "media type", Value: s.media.Name, At: s.media.At}, place: root})
		}
		for _, p := range g.placesOf(s) {
			list = append(list, g.watchPlace(label, p)...)
		}
	}
	g.branches[o] = unique(list)
	return g.branches[o]
}

// unique leaves out branches that several schemas offer.
func unique(list []watched) []watched {
	seen := map[string]bool{}
	return slices.DeleteFunc(list, func(b watched) bool {
		twice := seen[b.ID]
		seen[b.ID] = true
		return twice
	})
}

// present are the two branches of something that may be missing.
func present(name string, p *place, at schema.Location) []watched {
	b := Branch{In: p.subject.in, Name: p.subject.name, Pointer: patternOf(p), At: at}
	there, missing := b, b
	there.ID, there.Kind = name+" is there", "present"
	missing.ID, missing.Kind = name+" is missing", "absent"
	return []watched{{Branch: there, place: p}, {Branch: missing, place: p}}
}

func (g *Generator) watchPlace(label string, p *place) []watched {
	var list []watched
	b := Branch{In: p.subject.in, Name: p.subject.name, Pointer: patternOf(p)}
	name := label
	if b.Pointer != "" {
		name += " " + b.Pointer
	}
	add := func(kind, id, value string, at schema.Location, v any) {
		b := b
		b.ID, b.Kind, b.Value, b.At = name+" "+id, kind, value, at
		list = append(list, watched{Branch: b, place: p, value: v})
	}
	if p.alternative() {
		add(p.step.choice, chain(p), strconv.Itoa(p.step.number+1), p.step.branch.At, nil)
	} else if p.optional {
		list = append(list, present(name, p, p.fresh[0].At)...)
	}
	for _, a := range p.fresh {
		for _, v := range a.Enum {
			text := string(schema.AppendJSON(nil, v, nil))
			add("enum", "= "+text, text, a.At, v)
		}
		if g.nullable(a) {
			add("null", "is null", "null", a.At, nil)
		}
	}
	return list
}

// patternOf is the pointer of a place with * for items.
func patternOf(p *place) string {
	var steps []*place
	for at := p; at.parent != nil; at = at.parent {
		if !at.alternative() {
			steps = append(steps, at)
		}
	}
	var tokens []string
	if p.subject.sequence {
		tokens = append(tokens, "*")
	}
	for _, at := range slices.Backward(steps) {
		if at.step.member {
			tokens = append(tokens, at.tokens[len(at.tokens)-1])
		} else {
			tokens = append(tokens, "*")
		}
	}
	return pointerOf(tokens)
}

// Covers lists the ids of the branches that a case covers, in the order of Branches. A request that breaks the contract
// covers nothing: what it would have chosen was not looked at.
func (g *Generator) Covers(c Case) []string {
	r, err := g.read(&c)
	if err != nil {
		return nil
	}
	return g.covered(c.Operation, &r)
}

// CoversExchange is Covers for a request that was recorded.
func (g *Generator) CoversExchange(x *contracts.Exchange) []string {
	target, err := url.Parse(x.URL)
	if err != nil {
		return nil
	}
	m := g.contract.Match(x.Method, target.EscapedPath())
	if m.Operation == nil {
		return nil
	}
	var r reading
	r.decode(g, m.Operation, &http.Request{Method: x.Method, URL: target, Header: x.RequestHeader, Host: target.Host}, m.Values, x.RequestBody)
	return g.covered(m.Operation, &r)
}

func (g *Generator) covered(o *contracts.Operation, r *reading) []string {
	if r.err != nil || len(r.violations) > 0 {
		return nil
	}
	var ids []string
	for _, b := range g.watch(o) {
		if b.seen(r) {
			ids = append(ids, b.ID)
		}
	}
	return ids
}

// seen says whether a request takes the branch.
func (b *watched) seen(r *reading) bool {
	var way []*place
	for at := b.place; at != nil; at = at.parent {
		way = append(way, at)
	}
	slices.Reverse(way)
	s := b.place.subject
	v, there := r.value(s)
	if s.in == "body" && (b.Kind == "present" || b.Kind == "absent") && b.Pointer == "" {
		there = r.body.Present // in any media type
	}
	switch {
	case !there:
		return b.Kind == "absent" && b.place.parent == nil
	case b.place.parent == nil && (b.Kind == "present" || b.Kind == "absent" || b.Kind == "media type"):
		return b.Kind != "absent"
	case s.sequence:
		items, _ := v.([]any)
		return slices.ContainsFunc(items, func(item any) bool { return b.meets(item, way[1:]) })
	}
	return b.meets(v, way[1:])
}

// meets follows the rest of the way into a value and judges what stands at its end.
func (b *watched) meets(v any, way []*place) bool {
	if len(way) == 0 {
		switch b.Kind {
		case "absent":
			return false
		case "enum":
			return schema.Equal(v, b.value)
		case "null":
			return v == nil
		}
		return true
	}
	p := way[0]
	if p.alternative() {
		return p.step.branch.Valid(v, schema.Request) && b.meets(v, way[1:])
	}
	switch v := v.(type) {
	case map[string]any:
		if !p.step.member {
			return false
		}
		inner, there := v[p.tokens[len(p.tokens)-1]]
		if !there {
			return b.Kind == "absent" && len(way) == 1
		}
		return b.meets(inner, way[1:])
	case []any:
		if p.step.member || p.step.item >= len(v) {
			return false
		}
		return slices.ContainsFunc(v[p.step.item:], func(item any) bool { return b.meets(item, way[1:]) })
	}
	return false
}
