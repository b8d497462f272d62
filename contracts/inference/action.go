package inference

import (
	"strings"

	"understudy/contracts/schema"
)

// act finds what an action sets on its item from the verb and the item's own words: archive sets archived to
// true, or status to "archived" where that is one of its values.
func (in *inference) act(f *facts) {
	b := f.binding
	if b.Role != Action || b.Collection.Item == nil || f.node.param || f.op.Behaviour.Set != nil {
		return
	}
	verb := fold(f.node.label)
	item := in.shapes.of(b.Collection.Item)
	undo := f.op.Method == "DELETE"
	forms := participles(verb)
	if undo || f.op.Method == "PUT" { // PUT and DELETE /suspended
		forms = append(forms, verb)
	}
	for _, p := range forms {
		if in.setFlag(b, item, p, !undo) {
			return
		}
	}
	if undo {
		return
	}
	if in.setState(b, item, verb) { // void: the state is called like the verb
		return
	}
	if rest, ok := strings.CutPrefix(verb, "un"); ok {
		for _, p := range participles(rest) {
			if in.setFlag(b, item, p, false) {
				return
			}
		}
	}
	switch verb {
	case "enable", "activate":
		in.setFlag(b, item, "enabled", true)
	case "disable", "deactivate":
		if !in.setFlag(b, item, "enabled", false) {
			in.setFlag(b, item, "active", false)
		}
	}
}

// takeOver finds the members of an action's body that are the item's new values. Most bodies of actions say how it is to be
// done, and a name in common with the item means little: the amount of a partial refund is not the payment's. So a body
// speaks of the item only where at least two of its names are the item's, and at least three in four; a single name
// also where the path is called like it: POST /orders/{id}/status, POST /tasks/{id}/assign with an assignee.
func (in *inference) takeOver(f *facts) {
	b := f.binding
	if b.Role != Action || f.body == nil {
		return
	}
	body := f.body
	if b.Input != "" {
		body = in.property(f.body, b.Input)
	}
	sent, item := in.shapes.of(body), in.shapes.of(b.Collection.Item)
	verb := fold(f.node.label)
	shared, called, others := map[string]bool{}, map[string]bool{}, 0
	for i := range sent.members {
		name := sent.members[i].name
		switch {
		case name == b.Collection.ID.Property:
			continue
		case item.member(name) == nil:
			others++
			continue
		}
		shared[name] = true
		if word := in.shapes.fold(name); !f.node.param && len(verb) > 2 && (strings.HasPrefix(word, verb) || strings.HasSuffix(verb, word)) {
			called[name] = true
		}
	}
	if b.takes = shared; len(shared) < 2 || len(shared) < 3*others {
		b.takes = called
	}
}

// setFlag sets a boolean of a name, or a state of that name.
func (in *inference) setFlag(b *Binding, item *shape, name string, on bool) bool {
	for _, n := range [...]string{name, "is" + name} {
		if m := item.like(n); m != nil && in.shapes.of(m.schema).types == schema.Boolean {
			in.set(b, m.name, on)
			in.stamp(b, item, name, on)
			return true
		}
	}
	return on && in.setState(b, item, name)
}

// setState sets the item's status to the one of its values that has a name.
func (in *inference) setState(b *Binding, item *shape, name string) bool {
	for _, n := range [...]string{"status", "state", "phase"} {
		m := item.like(n)
		if m == nil {
			continue
		}
		for _, v := range enumTexts(m.schema) {
			if fold(v) == name {
				in.set(b, m.name, v)
				in.stamp(b, item, name, true)
				return true
			}
		}
	}
	return false
}

// stamp sets the time at which a state was reached: archived_at.
func (in *inference) stamp(b *Binding, item *shape, name string, on bool) {
	m := item.like(name + "at")
	if m == nil || !on {
		return
	}
	switch types := in.shapes.of(m.schema).types; {
	case types&schema.String != 0:
		in.set(b, m.name, "{now}")
	case types&schema.Integer != 0:
		in.set(b, m.name, "{unix}")
	}
}

func (in *inference) set(b *Binding, name string, value any) {
	if m := b.Collection.States; m != nil && m.Field == name {
		return // the behaviour says what becomes of the state
	}
	if b.Set == nil {
		b.Set = map[string]any{}
	}
	b.Set[name] = value
}

// fill finds members of an answer's envelope that repeat a parameter of the request.
func (in *inference) fill(f *facts) {
	b := f.binding
	if b.Role != List || b.Item == "" || f.answer == nil {
		return
	}
	sh := in.shapes.of(f.answer)
	for i := range sh.members {
		m := &sh.members[i]
		inner := in.shapes.of(m.schema)
		if len(inner.members) > 0 || inner.isArray() || "/"+schema.EscapeToken(m.name) == b.Item {
			continue
		}
		name := in.shapes.fold(m.name)
		if m.schema == nil || isURL(m.schema.Resolve()) {
			continue
		}
		for _, p := range f.op.Parameters {
			if in.shapes.fold(p.Name) != name || p.In != "query" && p.In != "path" || in.isPaging(p) {
				continue
			}
			if b.Fill == nil {
				b.Fill = map[string]any{}
			}
			b.Fill["/"+schema.EscapeToken(m.name)] = "{" + p.In + "." + p.Name + "}"
		}
	}
}
