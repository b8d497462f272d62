package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/cases"
	"understudy/contracts/check"
	"understudy/contracts/inference"
	"understudy/contracts/schema"
)

// forbidden lists the members of a collection's items that a request of an operation has no say in, with values of our own:
// those that are readOnly, and those that its schema does not have.
func (t *trial) forbidden(o *contracts.Operation, c *inference.Collection, media *contracts.MediaType) map[string]any {
	if c.Item == nil || media == nil || media.Schema == nil {
		return nil
	}
	values := map[string]any{}
	for _, name := range propertyNames(c.Item) {
		item, sent := property(c.Item, name), property(media.Schema, name)
		if sent != nil || name == c.ID.Property && !c.ID.Server {
			continue // NEG-015 tries what the request declares as readOnly
		}
		if v := t.ourValue(o, name, item, 0); telling(v) {
			values[name] = v
		}
	}
	return values
}

// ourValue is the n-th value of our own for a member; nil where none can be made.
func (t *trial) ourValue(o *contracts.Operation, name string, s *schema.Schema, n uint64) any {
	maker := schema.Maker{Seed: t.deployment.Run().Seed() + 11 + n, Direction: schema.Response, Nodes: 50, Depth: 3}
	v, err := maker.Make(s, "PRP-001 "+o.Path+" "+name, nil)
	if err != nil {
		return nil
	}
	return v
}

// otherValues gives some of the members other values of our own than the last ones, so that what a server says by itself is not
// taken for what was sent; of a few values any, since a server may well go round them in turn. A member that can have no other one is
// left out.
func (t *trial) otherValues(names []string, last map[string]any, round uint64) map[string]any {
	o := t.operation()
	others := map[string]any{}
	for _, name := range names {
		member := property(t.model.Binding(o).Collection.Item, name)
		for n := 20 * round; n < 20*round+20; n++ {
			if v := t.ourValue(o, name, member, n); telling(v) && (!same(v, last[name]) || few(member) && round > 1) {
				others[name] = v
				break
			}
		}
	}
	return others
}

// propertyNames lists the members that a schema declares, behind references and allOf.
func propertyNames(s *schema.Schema) []string {
	seen := map[*schema.Schema]bool{}
	names := map[string]bool{}
	var gather func(s *schema.Schema)
	gather = func(s *schema.Schema) {
		if s == nil || seen[s] {
			return
		}
		seen[s] = true
		for _, p := range s.Properties {
			names[p.Name] = true
		}
		gather(s.Ref)
		for _, part := range s.AllOf {
			gather(part)
		}
	}
	gather(s)
	return slices.Sorted(maps.Keys(names))
}

// massAssignment is PRP-001: members that a client has no say in are sent along, each by itself. To refuse them is as good as
// to pass them over; what is there afterwards decides.
func (t *trial) massAssignment() {
	o := t.operation()
	b := t.model.Binding(o)
	if !t.ready() {
		return
	}
	one, ok := t.plain(o)
	object, isObject := any(nil), false
	if ok && one.Body != nil {
		at, _ := schema.At(one.Body.Value, b.Input)
		object, isObject = at, isMap(at)
	}
	if !isObject || one.Body.Media == nil {
		t.skip("the request is no object")
		return
	}
	values := t.forbidden(o, b.Collection, one.Body.Media)
	if len(values) == 0 {
		t.skip("clients have a say in every member")
		return
	}
	usual := t.usual(b.Collection)
	open := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		t.mark()
		if was, there := member(usual, "/"+schema.EscapeToken(name)); there && same(was, values[name]) {
			continue // the server says the same by itself
		}
		if p := property(b.Collection.Item, name); !p.ReadOnly && !p.Resolve().ReadOnly {
			open[name] = values[name]
			continue
		}
		t.assignAgain(one, object.(map[string]any), map[string]any{name: values[name]})
		if t.halted != nil {
			return
		}
	}
	if len(open) > 0 {
		t.mark()
		t.assignAgain(one, object.(map[string]any), open)
	}
}

// assignAgain tells of members that were taken with one value and with another one. Of a few values the server may have each by
// chance: there it is tried more often.
func (t *trial) assignAgain(one cases.Case, object, ours map[string]any) {
	names, a := t.assign(one, object, ours)
	for round := uint64(1); len(names) > 0; round++ {
		scarce := slices.ContainsFunc(names, func(name string) bool { return few(property(t.model.Binding(t.operation()).Collection.Item, name)) })
		if round == chances || round > 1 && !scarce {
			t.tellAssigned(names, ours, a)
			return
		}
		if ours = t.otherValues(names, ours, round); len(ours) == 0 {
			return
		}
		t.mark()
		names, a = t.assign(one, object, ours)
	}
}

// few says that a member has a few values only.
func few(s *schema.Schema) bool {
	if s == nil {
		return false
	}
	s = s.Resolve()
	return len(s.Enum) > 0 || slices.ContainsFunc(slices.Concat(s.AllOf, s.OneOf, s.AnyOf), few)
}

// usual is how an item looks of which nothing special was asked.
func (t *trial) usual(c *inference.Collection) any {
	it, why := t.item(c, anyItem)
	if why != "" {
		return nil
	}
	return t.now(it)
}

// now is how an item looks; nil: nobody knows.
func (t *trial) now(it *item) any {
	if it == nil {
		return nil
	}
	return t.shown(it, t.read(it))
}

func isMap(v any) bool { _, ok := v.(map[string]any); return ok }

// assign sends members too many and gives those that are there afterwards as they were sent.
func (t *trial) assign(plain cases.Case, object, ours map[string]any) (kept []string, a *answer) {
	o := t.operation()
	b := t.model.Binding(o)
	one := plain.Clone()
	with := maps.Clone(object)
	maps.Copy(with, ours)
	name := strings.Join(slices.Sorted(maps.Keys(ours)), ", ")
	body, ok := placed(one.Body.Value, b.Input, with)
	if !ok {
		return nil, nil
	}
	one.Body.Value = body
	items, why := t.place(&one, ownItem)
	if why != "" {
		t.skip("%s", why)
		return nil, nil
	}
	before := t.now(firstItem(items))
	c := call{Case: one, actor: t.caller(o), items: items, intent: check.Other, quiet: true, purpose: cut("PRP-001: "+name+" is not for clients to set", 200), unspoken: true}
	a = t.send(c)
	if !a.ok() {
		if f := fateOf(a.status); f == refused || f == taken {
			t.judged++
		} else {
			t.skip("%s", f.explain(o, a.status))
		}
		return nil, a
	}
	it := firstItem(items)
	if b.Role == inference.Create {
		if it = t.created(b, a, &one); it == nil {
			t.skip("the answer does not say what was made")
			return nil, a
		}
		t.register(it, &c, b, a)
		defer t.remove(it)
	} else if it != nil {
		defer t.remove(it)
	}
	if it == nil {
		return nil, a
	}
	r := t.read(it)
	shown := t.shown(it, r)
	if shown == nil {
		t.skip("how it is afterwards cannot be read")
		return nil, a
	}
	t.judged++
	for _, name := range slices.Sorted(maps.Keys(ours)) {
		got, there := member(shown, "/"+schema.EscapeToken(name))
		if was, _ := member(before, "/"+schema.EscapeToken(name)); there && same(got, ours[name]) && (b.Role == inference.Create || !same(was, got)) {
			kept = append(kept, name)
		}
	}
	return kept, a
}

// tellAssigned tells of members that were taken.
func (t *trial) tellAssigned(taken []string, ours map[string]any, a *answer) {
	b := t.model.Binding(t.operation())
	f := check.Finding{
		Message: fmt.Sprintf("%s took what is not for clients to set: %s.", label(t.operation()), strings.Join(taken, ", ")),
		Want:    "the member is refused or passed over", Got: brief(ours[taken[0]]), Where: "request body " + b.Input + "/" + schema.EscapeToken(taken[0]), Keyword: "assigned",
		Exchange: a.Number,
	}
	p := property(b.Collection.Item, taken[0])
	f.At = check.PlaceOf(p.At)
	if !p.Resolve().ReadOnly && !p.ReadOnly {
		f.Level, f.Certainty = check.Note, check.Likely
		f.Message += " The document does not call it readOnly, and does not forbid it; it is missing in the request's schema."
	}
	t.find(f)
}

func firstItem(items []*item) *item {
	if len(items) == 0 {
		return nil
	}
	return items[0]
}

// placed puts a value where a JSON Pointer leads in a copy of another one.
func placed(v any, pointer string, with any) (any, bool) {
	if pointer == "" {
		return with, true
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, false
	}
	token, rest := pointer[1:], ""
	for i := 1; i < len(pointer); i++ {
		if pointer[i] == '/' {
			token, rest = pointer[1:i], pointer[i:]
			break
		}
	}
	inner, ok := placed(object[schema.UnescapeToken(token)], rest, with)
	if !ok {
		return nil, false
	}
	out := maps.Clone(object)
	out[schema.UnescapeToken(token)] = inner
	return out, true
}
