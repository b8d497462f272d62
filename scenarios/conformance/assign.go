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
		maker := schema.Maker{Seed: t.deployment.Run().Seed() + 11, Direction: schema.Response, Nodes: 50, Depth: 3}
		if v, err := maker.Make(item, "PRP-001 "+o.Path+" "+name, nil); err == nil && telling(v) {
			values[name] = v
		}
	}
	return values
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
		t.assign(one, object.(map[string]any), map[string]any{name: values[name]})
		if t.halted != nil {
			return
		}
	}
	if len(open) > 0 {
		t.mark()
		t.assign(one, object.(map[string]any), open)
	}
}

// usual is how an item looks of which nothing special was asked.
func (t *trial) usual(c *inference.Collection) any {
	it, why := t.item(c, anyItem)
	if why != "" {
		return nil
	}
	return t.shown(it, t.read(it))
}

func isMap(v any) bool { _, ok := v.(map[string]any); return ok }

// assign sends members too many and looks what became of them.
func (t *trial) assign(plain cases.Case, object, ours map[string]any) {
	o := t.operation()
	b := t.model.Binding(o)
	one := plain.Clone()
	with := maps.Clone(object)
	maps.Copy(with, ours)
	name := strings.Join(slices.Sorted(maps.Keys(ours)), ", ")
	body, ok := placed(one.Body.Value, b.Input, with)
	if !ok {
		return
	}
	one.Body.Value = body
	items, why := t.place(&one, ownItem)
	if why != "" {
		t.skip("%s", why)
		return
	}
	c := call{Case: one, actor: t.caller(o), items: items, intent: check.Other, quiet: true, purpose: cut("PRP-001: "+name+" is not for clients to set", 200), unspoken: true}
	a := t.send(c)
	if !a.ok() {
		if f := fateOf(a.status); f == refused || f == taken {
			t.judged++
		} else {
			t.skip("%s", f.explain(o, a.status))
		}
		return
	}
	it := firstItem(items)
	if b.Role == inference.Create {
		if it = t.created(b, a, &one); it == nil {
			t.skip("the answer does not say what was made")
			return
		}
		t.register(it, &c, b, a)
		defer t.remove(it)
	} else if it != nil {
		defer t.remove(it)
	}
	if it == nil {
		return
	}
	r := t.read(it)
	shown := t.shown(it, r)
	if shown == nil {
		t.skip("how it is afterwards cannot be read")
		return
	}
	t.judged++
	t.tellAssigned(shown, ours, a)
}

// tellAssigned tells of members that were taken.
func (t *trial) tellAssigned(shown any, ours map[string]any, a *answer) {
	var taken []string
	for _, name := range slices.Sorted(maps.Keys(ours)) {
		if got, there := member(shown, "/"+schema.EscapeToken(name)); there && same(got, ours[name]) {
			taken = append(taken, name)
		}
	}
	if len(taken) == 0 {
		return
	}
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

// noTrace is NEG-020: after a refused write everything is as it was.
func (t *trial) noTrace() {
	o := t.operation()
	b := t.model.Binding(o)
	if !t.ready() {
		return
	}
	tried := map[string]bool{}
	for _, one := range t.maker(0).invalid(o) {
		if one.Fault.In != "body" || one.Convention || tried[one.Check] || len(tried) >= 3 || t.halted != nil {
			continue
		}
		tried[one.Check] = true
		t.mark()
		if b.Role == inference.Create {
			t.traceInList(one)
		} else {
			t.traceInItem(one)
		}
	}
	t.skip("there is no invalid content to try")
}

func (t *trial) traceInList(one cases.Case) {
	c := t.model.Binding(t.operation()).Collection
	if _, why := t.item(c, anyItem); t.bindingFor(c, inference.List) == nil && why != "" {
		t.skip("%s", why)
		return
	}
	before, ok := t.everything(c)
	if !ok {
		t.skip("what is there cannot be listed as a whole")
		return
	}
	_, a, why := t.attempt(one, true)
	if why != "" || rule(one, a) != wasRefused {
		t.skip("no invalid request is refused: the NEG checks tell of that")
		return
	}
	after, ok := t.everything(c)
	if !ok {
		return
	}
	t.judged++
	left := without(after, before)
	if len(left) == 0 {
		return
	}
	if again, ok := t.everything(c); !ok || len(without(again, before)) == 0 {
		return
	}
	t.find(check.Finding{
		Message: fmt.Sprintf("%s refused a request with %s and made something all the same.", label(t.operation()), statusText(a.status)),
		Want:    "nothing new in the list", Got: fmt.Sprintf("%d new", len(left)), Where: "list afterwards", Keyword: "trace " + one.Check, Exchange: a.Number,
	})
}

func (t *trial) traceInItem(one cases.Case) {
	it := t.subject()
	if it == nil {
		return
	}
	before := t.shown(it, t.read(it))
	c := one.Clone()
	t.put(&c, it)
	a := t.send(call{Case: c, actor: t.caller(t.operation()), items: []*item{it}, quiet: true, purpose: "NEG-020: " + one.Name, wants: []string{"$statusCode >= 400 && $statusCode < 500"}})
	if before == nil || rule(one, a) != wasRefused {
		if a.ok() {
			t.remove(it)
		}
		t.skip("no invalid request is refused: the NEG checks tell of that")
		return
	}
	r := t.readFor(it, "NEG-020: how it is afterwards", "$statusCode == 200")
	after := t.shown(it, r)
	if after == nil {
		t.skip("how it is afterwards cannot be read")
		return
	}
	t.judged++
	if where, differ := difference(steady(before), steady(after)); differ {
		t.find(check.Finding{
			Message: fmt.Sprintf("%s refused a request with %s and changed something all the same, at %s.", label(t.operation()), statusText(a.status), where),
			Want:    "as before", Got: "something else", Where: "response body " + where + " of the read afterwards", Keyword: "trace " + one.Check, Exchange: r.Number,
		})
	}
}
