package cases

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts/schema"
)

// replaced gives a copy of v in which another value stands where tokens lead; only what lies on the way is copied. It is
// false where the way leads nowhere. A member or item may be added at the end of the way.
func replaced(v any, tokens []string, with any) (any, bool) {
	if len(tokens) == 0 {
		return with, true
	}
	switch at := v.(type) {
	case map[string]any:
		inner, there := at[tokens[0]]
		if !there && len(tokens) > 1 {
			return nil, false
		}
		changed, ok := replaced(inner, tokens[1:], with)
		if !ok {
			return nil, false
		}
		out := maps.Clone(at)
		out[tokens[0]] = changed
		return out, true
	case []any:
		i, err := strconv.Atoi(tokens[0])
		if err != nil || i < 0 || i > len(at) || i == len(at) && len(tokens) > 1 {
			return nil, false
		}
		out := append(slices.Clone(at), nil)
		if i < len(at) {
			out = out[:len(at)]
		}
		changed, ok := replaced(out[i], tokens[1:], with)
		out[i] = changed
		return out, ok
	}
	return nil, false
}

// without gives a copy of v in which what tokens lead to is missing.
func without(v any, tokens []string) (any, bool) {
	if len(tokens) == 0 {
		return nil, false
	}
	inside, ok := schema.At(v, pointerOf(tokens[:len(tokens)-1]))
	if !ok {
		return nil, false
	}
	last := tokens[len(tokens)-1]
	switch at := inside.(type) {
	case map[string]any:
		if _, there := at[last]; !there {
			return nil, false
		}
		out := maps.Clone(at)
		delete(out, last)
		return replaced(v, tokens[:len(tokens)-1], out)
	case []any:
		i, err := strconv.Atoi(last)
		if err != nil || i < 0 || i >= len(at) {
			return nil, false
		}
		return replaced(v, tokens[:len(tokens)-1], slices.Delete(slices.Clone(at), i, i+1))
	}
	return nil, false
}

// reach makes a value of the whole subject in which something stands at the place. It is valid but for what readers of the
// wire may find.
func (w *workshop) reach(p *place) (any, bool) {
	if v, ok := w.made[p]; ok {
		return v, v != nil
	}
	w.made[p] = nil
	want := w.leaf(p)
	for at := p; at.parent != nil; at = at.parent {
		want = w.back(at, want)
	}
	if p.subject.sequence {
		want = []any{want}
	}
	v, err := w.make(p.subject, want)
	if err != nil {
		return nil, false
	}
	inside, ok := schema.At(v, p.pointer())
	if !ok || v == nil || p.alternative() && !p.step.branch.Valid(inside, schema.Request) {
		return nil, false
	}
	w.made[p] = v
	return v, true
}

// leaf makes what shall stand at a place itself, other than null where it can: a wish for anything at all would leave out a
// member that is not required.
func (w *workshop) leaf(p *place) any {
	if p.parent == nil || p.alternative() {
		return schema.Absent
	}
	for try := range 3 {
		maker := w.maker
		maker.Examples = try == 0
		v, err := maker.Make(p.fresh[0], w.key(p.subject)+p.pointer()+tried(try), nil)
		if err != nil {
			return schema.Absent
		}
		if v != nil || try == 2 {
			return v
		}
	}
	return schema.Absent
}

// back wishes, at the parent of a place, for what leads to it.
func (w *workshop) back(p *place, want any) any {
	s := p.step
	switch {
	case s.branch != nil:
		return w.inBranch(p, want)
	case s.member:
		return map[string]any{p.tokens[len(p.tokens)-1]: want}
	}
	list := make([]any, s.item+1)
	for i := range list {
		list[i] = schema.Absent
	}
	list[s.item] = want
	return list
}

// inBranch makes a value of an alternative, so that this one is chosen: with the discriminator's word for it.
func (w *workshop) inBranch(p *place, want any) any {
	s := p.step
	if d := s.owner.Discriminator; d != nil {
		members, ok := want.(map[string]any)
		if word := wordFor(d, s.branch); word != "" && (ok || want == schema.Absent) {
			if _, there := members[d.Property]; !there {
				members = maps.Clone(members)
				if members == nil {
					members = map[string]any{}
				}
				members[d.Property] = word
				want = members
			}
		}
	}
	v, err := w.maker.Make(s.branch, w.key(p.subject)+p.pointer()+"?"+strconv.Itoa(s.number), want)
	if err != nil || v == nil {
		if s.branch.Valid(nil, schema.Request) && want == schema.Absent {
			return nil
		}
		return want
	}
	return v
}

// wordFor gives the discriminator's value that names an alternative, or "".
func wordFor(d *schema.Discriminator, branch *schema.Schema) string {
	target := branch.Resolve()
	word := ""
	for _, value := range slices.Sorted(maps.Keys(d.Mapping)) {
		if t := d.Mapping[value]; t != nil && t.Resolve() == target && (word == "" || word == target.Name) {
			word = value // what a mapping says comes before the implied name of the component
		}
	}
	return word
}

// varied gives the base case with a subject's value changed at a place: change gets what stands there.
func (w *workshop) varied(p *place, change func(v any) (any, bool)) (Case, bool) {
	whole, ok := w.reach(p)
	if !ok {
		return Case{}, false
	}
	inside, _ := schema.At(whole, p.pointer())
	v, ok := change(inside)
	if !ok {
		return Case{}, false
	}
	return w.put(p, v)
}

// put gives the base case with a value at a place.
func (w *workshop) put(p *place, v any) (Case, bool) {
	whole, ok := w.reach(p)
	if !ok {
		return Case{}, false
	}
	changed, ok := replaced(whole, p.tokens, v)
	if !ok {
		return Case{}, false
	}
	c := w.base.Clone()
	c.set(p.subject, changed)
	return c, true
}

// show writes a value for a name of a case, shortened.
func show(v any) string {
	text := string(schema.AppendJSON(nil, v, nil))
	if len(text) > 40 {
		return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(text[:30], ""), len(text))
	}
	return text
}

// solid puts a member or an item into each object and list that has none: forms and their like have no way to write those.
func (w *workshop) solid(s *subject, v any) any {
	for range 8 {
		way, hollow := hollowIn(v, nil)
		if !hollow {
			return v
		}
		i := slices.IndexFunc(w.placesOf(s), func(p *place) bool { return slices.Equal(p.tokens, way) })
		if i < 0 {
			return v
		}
		fuller, ok := w.solidAt(s.places[i], v)
		if !ok || !s.schema.Valid(fuller, schema.Request) {
			return v
		}
		v = fuller
	}
	return v
}

func (w *workshop) solidAt(p *place, v any) (any, bool) {
	inside, _ := schema.At(v, p.pointer())
	if _, isList := inside.([]any); isList {
		item, ok := w.item(p, 0, nil)
		if !ok {
			return nil, false
		}
		return replaced(v, p.tokens, []any{item})
	}
	for _, name := range p.declared() {
		part := p.property(name)
		if slices.ContainsFunc(part, fromServer) {
			continue
		}
		if made, err := w.maker.Make(part[0], w.key(p.subject)+p.pointer()+"/"+name, nil); err == nil && made != nil {
			return replaced(v, p.tokens, map[string]any{name: made})
		}
	}
	return nil, false
}

// hollowIn gives the way to the first object or list without content.
func hollowIn(v any, way []string) ([]string, bool) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if found, is := hollowIn(v[name], append(slices.Clone(way), name)); is {
				return found, true
			}
		}
		return way, len(v) == 0 && len(way) > 0
	case []any:
		for i, item := range v {
			if found, is := hollowIn(item, append(slices.Clone(way), strconv.Itoa(i))); is {
				return found, true
			}
		}
		return way, len(v) == 0 && len(way) > 0
	}
	return nil, false
}
