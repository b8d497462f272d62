package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"understudy/contracts/cases"
	"understudy/contracts/check"
	"understudy/contracts/schema"
)

// replaceTwice is RES-004 for PUT: the second time nothing must change.
func (t *trial) replaceTwice() {
	it := t.subject()
	if it == nil {
		return
	}
	for _, one := range t.fuller(t.operation(), 0) {
		t.mark()
		once := t.update(it, one)
		if once == nil {
			continue
		}
		twice := t.update(it, one)
		if twice == nil {
			t.skip("the same request is not accepted a second time")
			return
		}
		t.judged++
		if where, differ := difference(steady(once.after), steady(twice.after)); differ {
			t.find(check.Finding{
				Message: fmt.Sprintf("%s sent twice left something else behind than sent once, at %s.", label(t.operation()), where),
				Want:    brief(once.after), Got: brief(twice.after), Where: "response body " + where + " of the read afterwards", Keyword: "replaced twice", Exchange: twice.read.Number,
			})
		}
		return
	}
	t.skip("no replacement was accepted")
}

// replaceWhole is RES-010: what the second representation leaves out is gone.
func (t *trial) replaceWhole() {
	it := t.subject()
	if it == nil {
		return
	}
	o := t.operation()
	var full *change
	for _, one := range t.fuller(o, 0) {
		if one.Check == "POS-003" {
			if full = t.update(it, one); full != nil {
				break
			}
		}
	}
	least, ok := t.maker(1).named(o, "POS-002", t.base(o).call.Name)
	if full == nil || !ok {
		t.skip("no full representation was accepted, from which something could be left out")
		return
	}
	t.mark()
	ch := t.update(it, least)
	if ch == nil {
		t.skip("a representation with less was not accepted")
		return
	}
	if seen, _ := ch.seen(); len(seen) == 0 {
		t.skip("the replacement cannot be seen: RES-003 tells of that")
		return
	}
	for name, v := range members(full.sent) {
		_, sent := member(ch.sent, "/"+schema.EscapeToken(name))
		was, shown := member(full.after, "/"+schema.EscapeToken(name))
		if sent || !shown || !same(was, v) || v == nil || volatile(name, v) || required(t.model.Binding(o).Collection.Item, name) {
			continue // what every answer must have, and when something happened, the server fills in
		}
		t.judged++
		if now, there := member(ch.after, "/"+schema.EscapeToken(name)); there && same(now, v) && !t.isDefault(name, v) {
			t.find(check.Finding{
				Message: fmt.Sprintf("%s left %q as it was although the new representation does not have it.", label(o), name),
				Want:    "the member is gone, or has its default", Got: brief(now), Where: "response body /" + schema.EscapeToken(name) + " of the read afterwards",
				Keyword: "replace", Exchange: ch.read.Number,
			})
			return
		}
	}
	t.skip("everything that may be sent is required")
}

// isDefault says whether a value is what the member of the request has when it is left out.
func (t *trial) isDefault(name string, v any) bool {
	for _, m := range t.operation().Body.Content {
		if m.Schema == nil {
			continue
		}
		if p := property(m.Schema, name); p != nil && p.Resolve().HasDefault && same(p.Resolve().Default, v) {
			return true
		}
	}
	return false
}

// property finds a member's schema behind references and allOf.
func property(s *schema.Schema, name string) *schema.Schema {
	seen := map[*schema.Schema]bool{}
	var find func(s *schema.Schema) *schema.Schema
	find = func(s *schema.Schema) *schema.Schema {
		if s == nil || seen[s] {
			return nil
		}
		seen[s] = true
		if p := s.Property(name); p != nil {
			return p
		}
		for _, part := range append([]*schema.Schema{s.Ref}, slices.Concat(s.AllOf, s.OneOf, s.AnyOf)...) {
			if p := find(part); p != nil {
				return p
			}
		}
		return nil
	}
	return find(s)
}

// mergePatch is RES-011: null removes, and what is left out stays.
func (t *trial) mergePatch() {
	it := t.subject()
	if it == nil {
		return
	}
	o := t.operation()
	for _, one := range t.maker(0).of(o).positive {
		if one.Fault.Keyword != "null" || one.Fault.In != "body" {
			continue
		}
		name := strings.TrimPrefix(one.Fault.Pointer, "/")
		if strings.Contains(name, "/") || t.model.Binding(o).Input != "" {
			continue
		}
		filled := t.fillMember(it, one, schema.UnescapeToken(name))
		if filled == nil {
			continue
		}
		nulled := one.Clone()
		nulled.Body.Value = map[string]any{schema.UnescapeToken(name): nil}
		if !t.maker(0).Holds(nulled) {
			nulled = one
		}
		t.mark()
		ch := t.update(it, nulled, "$statusCode == 200")
		if ch == nil {
			t.skip("null was not accepted")
			continue
		}
		t.judged++
		if now := mustMember(ch.after, schema.UnescapeToken(name)); now != nil {
			t.find(check.Finding{
				Message: fmt.Sprintf("%s was sent null for %q, which a merge patch takes for its removal, and it is still there.", label(o), name),
				Want:    "the member is gone, or null", Got: brief(now), Where: "response body /" + name + " of the read afterwards", Keyword: "null", Exchange: ch.read.Number,
			})
		}
		t.untouched(ch)
		return
	}
	t.skip("no member may be null, or none of those could be filled")
}

// fillMember gives a member a value by a patch of its own and sees that it has it.
func (t *trial) fillMember(it *item, one cases.Case, name string) *change {
	for _, full := range t.fuller(t.operation(), 0) {
		object, _ := full.Body.Value.(map[string]any)
		v, there := object[name]
		if !there || v == nil || full.Body.Media != one.Body.Media {
			continue
		}
		if ch := t.update(it, full); ch != nil && same(mustMember(ch.after, name), v) {
			return ch
		}
	}
	return nil
}

// untouched tells of members that a patch did not name and that changed all the same.
func (t *trial) untouched(ch *change) {
	sent, _ := ch.sent.(map[string]any)
	before, _ := steady(ch.before).(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if _, named := sent[name]; named {
			continue
		}
		if now := mustMember(steady(ch.after), name); !same(now, before[name]) {
			t.find(check.Finding{
				Message: fmt.Sprintf("%s changed %q, which the patch does not name.", label(t.operation()), name),
				Want:    brief(before[name]), Got: brief(now), Where: "response body /" + schema.EscapeToken(name) + " of the read afterwards", Keyword: "unnamed",
				Level: check.Warning, Certainty: check.Likely, Exchange: ch.read.Number,
			})
			return
		}
	}
}
