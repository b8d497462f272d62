package cases

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"understudy/contracts/schema"
)

const number1_5 = json.Number("1.5")

// wrongValues is NEG-004: a value of the right type that is none of those listed.
func (w *workshop) wrongValues(p *place) []flaw {
	a := p.first(func(a *schema.Schema) bool { return len(a.Enum) > 0 || a.HasConst })
	if a == nil {
		return nil
	}
	listed := a.Enum
	if a.HasConst {
		listed = []any{a.Const}
	}
	keywords := []string{"enum", "const", "discriminator"}
	return []flaw{w.spoil(p, aim{check: "NEG-004", name: p.String() + " is none of the listed values", pointer: p.pointer(), keywords: keywords},
		func(any) (any, bool) {
			for _, v := range unlisted(listed) {
				if only(p.breaks(v), keywords) {
					return v, true
				}
			}
			return nil, false
		})}
}

// unlisted gives values like those of a list that are not in it. They do not differ by case or white space alone, which
// some readers pass over.
func unlisted(listed []any) []any {
	var list []any
	for _, v := range listed {
		switch v := v.(type) {
		case string:
			list = append(list, "not-"+v, padded("unlisted", max(len(v), 1)), "unlisted")
		case json.Number:
			list = append(list, json.Number("987654321"), json.Number("87"), json.Number("-1"))
		case bool:
			list = append(list, !v)
		case []any, map[string]any:
			list = append(list, map[string]any{"unlisted": true}, []any{"unlisted"})
		}
		if len(list) > 12 {
			break
		}
	}
	return list
}

// only says whether at least one keyword is broken and all that are, are among those wanted.
func only(broken, wanted []string) bool {
	return len(broken) > 0 && !slices.ContainsFunc(broken, func(k string) bool { return !slices.Contains(wanted, k) })
}

// faulty gives, for each format about which all agree, texts that do not have it. What other formats mean differs from one
// reader to the next: whether a URI may have a space, how exactly a hostname is judged.
var faulty = map[string][]string{
	"date": {"not-a-date", "2024-02-30"}, "date-time": {"not-a-date-time", "2024-02-30T25:61:00Z"}, "uuid": {"not-a-uuid"},
	"email": {"address-without-at.example.com"}, "ipv4": {"not-an-address", "999.999.999.999"},
}

// wrongTexts is NEG-007.
func (w *workshop) wrongTexts(p *place) []flaw {
	var list []flaw
	at := p.String()
	if a := p.first(func(a *schema.Schema) bool { return faulty[a.Format] != nil }); a != nil && p.types()&^schema.Null == schema.String {
		list = append(list, w.spoil(p, aim{"NEG-007", at + " has not the format " + a.Format, p.pointer(), []string{"format"}, Likely,
			"format need not be asserted (JSON Schema 2020-12, Validation 7.2.1)"},
			func(v any) (any, bool) { return p.choose(faulty[a.Format], []string{"format"}) }))
	}
	if a := p.first(func(a *schema.Schema) bool { return a.Pattern != "" }); a != nil {
		list = append(list, w.spoil(p, aim{check: "NEG-007", name: at + " does not match its pattern", pointer: p.pointer(), keywords: []string{"pattern"}},
			func(v any) (any, bool) {
				text, ok := v.(string)
				if !ok {
					return nil, false
				}
				return p.choose(unmatched(text), []string{"pattern"})
			}))
	}
	return list
}

// choose gives the first text that breaks the keywords wanted and no other.
func (p *place) choose(texts, keywords []string) (any, bool) {
	for _, text := range texts {
		if only(p.breaks(text), keywords) {
			return text, true
		}
	}
	return nil, false
}

// unmatched gives texts that are likely not to match a pattern which the given text matches, in ASCII and of the same length
// as far as possible.
func unmatched(text string) []string {
	n := max(len([]rune(text)), 1)
	return []string{
		strings.Repeat("!", n), text + "!", "!" + text, padded(text, n-1) + "!", strings.Repeat("-", n), strings.Repeat("a", n),
		strings.Repeat("0", n), strings.Repeat("~", n), text + "\x7e\x7e", "!", "x",
	}
}

// noAlternative is the first half of NEG-014: a value that fits none of the alternatives of oneOf or anyOf.
func (w *workshop) noAlternative(p *place) []flaw {
	var list []flaw
	for _, a := range p.fresh {
		for _, c := range choicesOf(a) {
			if len(c.branches) > 1 {
				list = append(list, flaw{"NEG-014", func() (Case, bool) { return w.fittingNone(p, a, c) }})
			}
		}
	}
	return list
}

// fittingNone tries values that keep everything else that is said of the place.
func (w *workshop) fittingNone(p *place, owner *schema.Schema, c choice) (Case, bool) {
	whole, _ := w.reach(p)
	inside, _ := schema.At(whole, p.pointer())
	fits := func(b *schema.Schema, v any) bool { return b.Valid(v, schema.Request) }
	for _, v := range []any{
		bereft(inside, c), map[string]any{}, map[string]any{"unexpected": true}, "unexpected", json.Number("987654321"), true, []any{},
	} {
		_, isText := v.(string)
		_, isObject := v.(map[string]any)
		if v == nil || p.subject.textual() && !isText && !isObject || slices.ContainsFunc(p.atoms, func(a *schema.Schema) bool { return !keeps(a, v) }) ||
			slices.ContainsFunc(c.branches, func(b *schema.Schema) bool { return fits(b, v) }) {
			continue
		}
		made, ok := w.put(p, v)
		made.Check, made.Valid, made.Certainty = "NEG-014", false, Certain
		made.Name = p.String() + " fits none of the alternatives of " + c.keyword
		made.Fault = w.tried(p, c.keyword, owner.At)
		if ok && w.Holds(made) {
			return made, true
		}
	}
	return Case{}, false
}

// bereft gives an object without the members that alternatives require; nil where that is no object with members.
func bereft(v any, c choice) any {
	members, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	less := maps.Clone(members)
	for _, b := range c.branches {
		for _, a := range conjuncts(b) {
			for _, name := range a.Required {
				delete(less, name)
			}
		}
	}
	if len(less) == 0 {
		return nil
	}
	return less
}

// keeps says whether a value keeps what a schema says beside its alternatives: of those that noAlternative tries.
func keeps(a *schema.Schema, v any) bool {
	members, isObject := v.(map[string]any)
	if a.Types != 0 && a.Types&typeOf(v) == 0 || a.HasConst || len(a.Enum) > 0 {
		return false
	}
	if !isObject {
		return true
	}
	if a.MinProperties != nil && len(members) < *a.MinProperties {
		return false
	}
	closed := a.AdditionalProperties != nil && a.AdditionalProperties.Never
	for name := range members {
		if closed && a.Property(name) == nil {
			return false
		}
	}
	return !slices.ContainsFunc(a.Required, func(name string) bool { _, there := members[name]; return !there })
}

// typeOf gives the types that a value has.
func typeOf(v any) schema.Types {
	switch v.(type) {
	case nil:
		return schema.Null
	case bool:
		return schema.Boolean
	case string:
		return schema.String
	case []any:
		return schema.Array
	case map[string]any:
		return schema.Object
	}
	return schema.Number | schema.Integer
}

// severalAlternatives is the second half of NEG-014: a value that fits two alternatives of oneOf.
func (w *workshop) severalAlternatives(p *place) []flaw {
	if p.subject.textual() {
		return nil
	}
	var list []flaw
	for _, a := range p.fresh {
		if len(a.OneOf) < 2 {
			continue
		}
		aim := aim{"NEG-014", p.String() + " fits two alternatives of oneOf", p.pointer(), []string{"oneOf"}, Likely,
			"a reader that takes the first alternative that fits, or asks the discriminator, sees no fault"}
		list = append(list, w.spoil(p, aim, func(any) (any, bool) { return w.fittingTwo(p, a) }))
	}
	return list
}

// fittingTwo looks for a value that fits two of the alternatives: the members of both together, or a value of the one that
// happens to fit the other.
func (w *workshop) fittingTwo(p *place, a *schema.Schema) (any, bool) {
	branches := a.OneOf[:min(len(a.OneOf), 6)]
	made := make([]any, len(branches))
	for i, b := range branches {
		if v, err := w.maker.Make(b, w.key(p.subject)+p.pointer(), nil); err == nil {
			made[i] = v
		}
	}
	for i := range made {
		for j := i + 1; j < len(made); j++ {
			for _, v := range []any{joined(made[i], made[j]), joined(made[j], made[i]), made[i], made[j]} {
				if v != nil && branches[i].Valid(v, schema.Request) && branches[j].Valid(v, schema.Request) {
					return v, true
				}
			}
		}
	}
	return nil, false
}

// joined gives an object with the members of both, those of the first where they share a name; nil for other values.
func joined(a, b any) any {
	first, ok := a.(map[string]any)
	second, is := b.(map[string]any)
	if !ok || !is {
		return nil
	}
	out := maps.Clone(second)
	maps.Copy(out, first)
	return out
}
