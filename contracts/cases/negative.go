package cases

import (
	"fmt"
	"slices"
	"strings"

	"understudy/contracts/schema"
)

// negatives lists the trials of invalid cases, one list for each check.
func (w *workshop) negatives() [][]trial {
	lists := map[string][]trial{"NEG-001": w.missingParameters(), "NEG-013": w.duplicates(), "CTY-006": w.accepts()}
	for _, s := range w.subjects {
		if s.in == "body" && meaningless(w.operation) {
			continue // who ignores such a body is right
		}
		for _, p := range w.placesOf(s) {
			for _, f := range w.faultsAt(p) {
				lists[f.check] = append(lists[f.check], f.try)
			}
		}
	}
	if !meaningless(w.operation) {
		lists["NEG-010"], lists["NEG-011"], lists["CTY-005"] = w.malformed(), w.emptyBodies(), w.undeclaredMedia()
	}
	var ordered [][]trial
	for _, check := range []string{"NEG-002", "NEG-001", "NEG-003", "NEG-010", "NEG-004", "NEG-007", "NEG-005", "NEG-006", "NEG-008",
		"NEG-009", "NEG-012", "NEG-014", "NEG-011", "CTY-005", "NEG-015", "NEG-013", "CTY-006"} {
		if len(lists[check]) > 0 {
			ordered = append(ordered, lists[check])
		}
	}
	return ordered
}

// A flaw is one way to spoil a valid request at a place.
type flaw struct {
	check string
	try   trial
}

// An aim is what a spoilt request should be found guilty of.
type aim struct {
	check, name string
	pointer     string   // of the fault
	keywords    []string // any of which will do
	certainty   Certainty
	doubt       string
}

// refused finishes an invalid case: it reads it back, and keeps it where the one fault that is found is the one that was put
// in.
func (w *workshop) refused(c Case, ok bool, p *place, a aim) (Case, bool) {
	if !ok {
		return c, false
	}
	r, err := w.read(&c)
	if err != nil || r.err != nil {
		return c, false
	}
	f, one := r.fault(c.Operation)
	s := p.subject
	if !one || f.In != s.in || f.Name != s.name {
		return c, false
	}
	c.Check, c.Name, c.Valid, c.Fault = a.check, a.name, false, f
	c.Certainty, c.Doubt = a.certainty, a.doubt
	switch {
	case f.Pointer == a.pointer && slices.Contains(a.keywords, f.Keyword):
		return c, true
	case (f.Keyword == "oneOf" || f.Keyword == "anyOf") && (f.Pointer == a.pointer || strings.HasPrefix(a.pointer, f.Pointer+"/")):
		// The fault stands in an alternative and keeps all of them from fitting.
		if a.check != "NEG-003" && a.check != "NEG-012" || f.Pointer != a.pointer {
			c.Check = "NEG-014"
			c.Name = "no alternative fits: " + a.name
		}
		return c, true
	}
	return c, false
}

// spoil makes a trial of a change at a place.
func (w *workshop) spoil(p *place, a aim, change func(v any) (any, bool)) flaw {
	if a.certainty == "" {
		a.certainty = Certain
	}
	return flaw{a.check, func() (Case, bool) {
		c, ok := w.varied(p, change)
		return w.refused(c, ok, p, a)
	}}
}

// faultsAt lists the ways to spoil the value at a place.
func (w *workshop) faultsAt(p *place) []flaw {
	list := w.missingMembers(p)
	list = append(list, w.wrongTypes(p)...)
	list = append(list, w.wrongValues(p)...)
	list = append(list, w.wrongTexts(p)...)
	for _, l := range w.limitsAt(p) {
		doubt, certainty := "", Certain
		if l.keyword == "minLength" && l.text == "1" && p.subject.textual() {
			certainty, doubt = Likely, "an empty text may be read as none at all"
		}
		name := fmt.Sprintf("%s is beyond its %s %s", p.String(), l.keyword, l.text)
		pointer := p.pointer()
		if l.keyword == "uniqueItems" {
			name = p.String() + " holds an item twice"
			list = append(list, w.spoilTwice(p, l, name))
			continue
		}
		list = append(list, w.spoil(p, aim{l.check, name, pointer, []string{l.keyword}, certainty, doubt}, l.outside))
	}
	list = append(list, w.undeclared(p)...)
	list = append(list, w.noAlternative(p)...)
	list = append(list, w.severalAlternatives(p)...)
	return append(list, w.readOnly(p)...)
}

// spoilTwice is spoil for uniqueItems, whose fault stands at the later of two items.
func (w *workshop) spoilTwice(p *place, l limit, name string) flaw {
	return flaw{"NEG-008", func() (Case, bool) {
		last := 0
		c, ok := w.varied(p, func(v any) (any, bool) {
			v, ok := l.outside(v)
			if list, is := v.([]any); is {
				last = len(list) - 1
			}
			return v, ok
		})
		a := aim{"NEG-008", name, fmt.Sprintf("%s/%d", p.pointer(), last), []string{"uniqueItems"}, Certain, ""}
		return w.refused(c, ok, p, a)
	}}
}

// missingMembers is NEG-002.
func (w *workshop) missingMembers(p *place) []flaw {
	var list []flaw
	for _, a := range p.fresh {
		for _, name := range a.Required {
			certainty, doubt := Certain, ""
			if slices.ContainsFunc(p.property(name), hasDefault) {
				certainty, doubt = Likely, "the member has a default, which may be taken"
			}
			pointer := p.pointer() + "/" + schema.EscapeToken(name)
			list = append(list, w.spoil(p, aim{"NEG-002", p.memberName(name) + " is missing", pointer, []string{"required", "dependentRequired"}, certainty, doubt},
				func(v any) (any, bool) { return w.lacking(p, v, name) }))
		}
	}
	return list
}

// lacking takes a member away. Where it is the last one, and an object without members has no form on the wire, another one
// that may be there takes its place.
func (w *workshop) lacking(p *place, v any, name string) (any, bool) {
	less, ok := without(v, []string{name})
	members, isObject := less.(map[string]any)
	if !ok || !isObject || len(members) > 0 || !p.subject.textual() {
		return less, ok
	}
	for _, other := range p.declared() {
		if part := p.property(other); other != name && !slices.ContainsFunc(part, fromServer) {
			if made, err := w.maker.Make(part[0], w.key(p.subject)+p.pointer()+"/"+other, nil); err == nil {
				return map[string]any{other: made}, true
			}
		}
	}
	return less, true
}

func hasDefault(s *schema.Schema) bool {
	return slices.ContainsFunc(conjuncts(s), func(a *schema.Schema) bool { return a.HasDefault })
}

// wrongTypes is NEG-003 and NEG-012. On the wire everything in a query, a form or a path is text, so that a text is never of
// the wrong type there and null is no value of its own.
func (w *workshop) wrongTypes(p *place) []flaw {
	types := p.types()
	if types == 0 || types == anyType || p.alternative() {
		return nil
	}
	var list []flaw
	at := p.String()
	add := func(check, name string, v any) {
		keywords := []string{"type"}
		if check == "NEG-012" {
			keywords = []string{"type", "enum", "const"}
		}
		list = append(list, w.spoil(p, aim{check: check, name: name, pointer: p.pointer(), keywords: keywords}, func(any) (any, bool) { return v, true }))
	}
	for _, wrong := range wrongOfType(types, p.subject.textual()) {
		add("NEG-003", at+" is "+describe(wrong)+", not "+typeNames(types), wrong)
	}
	if types&schema.Null == 0 && !p.subject.textual() && len(p.tokens) > 0 {
		add("NEG-012", at+" is null", nil)
	}
	return list
}

// wrongOfType gives values of other types, such that no reader takes them for the right one: no "5" for a number, no single
// item for a list.
func wrongOfType(types schema.Types, textual bool) []any {
	var list []any
	if types&schema.String == 0 && (textual || types&(schema.Number|schema.Integer|schema.Boolean|schema.Object) != 0) {
		list = append(list, "no "+strings.ReplaceAll(typeNames(types&^schema.Null), " ", "-"))
	}
	if textual {
		return list
	}
	if types&schema.Object == 0 && len(list) == 0 {
		list = append(list, map[string]any{"unexpected": true})
	}
	if types&(schema.Array|schema.Object) == schema.Object && len(list) == 0 {
		list = append(list, []any{})
	}
	if types&(schema.Integer|schema.Number) == schema.Integer {
		list = append(list, number1_5)
	}
	return list
}

func describe(v any) string {
	switch v.(type) {
	case string:
		return "a text"
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	}
	return show(v)
}

// undeclared is NEG-009.
func (w *workshop) undeclared(p *place) []flaw {
	forbids := p.first(func(a *schema.Schema) bool {
		return a.AdditionalProperties != nil && a.AdditionalProperties.Never || a.UnevaluatedProperties != nil && a.UnevaluatedProperties.Never
	})
	if forbids == nil {
		return nil
	}
	const name = "undeclaredMember"
	pointer := p.pointer() + "/" + name
	a := aim{check: "NEG-009", name: p.memberName(name) + " is not declared", pointer: pointer, keywords: []string{"additionalProperties", "unevaluatedProperties"}}
	return []flaw{w.spoil(p, a, func(v any) (any, bool) {
		if _, ok := v.(map[string]any); !ok {
			return nil, false
		}
		return replaced(v, []string{name}, "value")
	})}
}

// readOnly is NEG-015. The contract does not forbid it: what is sent should be passed over or refused. It is never what the
// document shows, or the only value that there is: the deployment may well have that by itself.
func (w *workshop) readOnly(p *place) []flaw {
	if p.subject.in != "body" {
		return nil
	}
	var list []flaw
	for _, a := range p.fresh {
		for _, q := range a.Properties {
			if !slices.ContainsFunc(conjuncts(q.Schema), func(s *schema.Schema) bool { return s.ReadOnly }) {
				continue
			}
			list = append(list, flaw{"NEG-015", func() (Case, bool) { return w.sendReadOnly(p, q) }})
		}
	}
	return list
}

func (w *workshop) sendReadOnly(p *place, q schema.Property) (Case, bool) {
	maker := w.maker
	maker.Direction, maker.Examples = schema.Response, false
	pointer := p.pointer() + "/" + schema.EscapeToken(q.Name)
	c, ok := w.varied(p, func(v any) (any, bool) {
		if _, ok := v.(map[string]any); !ok {
			return nil, false
		}
		made, err := maker.Make(q.Schema, w.key(p.subject)+pointer, nil)
		if err != nil || expected(q.Schema, made) {
			return nil, false
		}
		return replaced(v, []string{q.Name}, made)
	})
	if !ok {
		return c, false
	}
	c.Check, c.Name, c.Valid, c.Convention = "NEG-015", p.memberName(q.Name)+" is sent although it is readOnly", false, true
	c.Fault = Fault{In: "body", Pointer: pointer, Keyword: "readOnly", At: q.Schema.At}
	c.Certainty, c.Doubt = Likely, "the member may be passed over instead"
	return c, w.Holds(c)
}

// expected says that a document shows a value of a member, or lets it have no other one.
func expected(s *schema.Schema, v any) bool {
	return slices.ContainsFunc(conjuncts(s), func(part *schema.Schema) bool {
		same := func(other any) bool { return schema.Equal(other, v) }
		return part.HasConst || len(part.Enum) == 1 || part.HasDefault && same(part.Default) || slices.ContainsFunc(part.Examples, same)
	})
}
