package cases

import (
	"fmt"
	"strconv"
	"strings"

	"understudy/contracts/schema"
)

// choices is POS-005: each value of an enum, each alternative of oneOf and anyOf, and null where it may stand.
func (w *workshop) choices() []trial {
	var first, rest []trial
	for _, s := range w.subjects {
		for _, p := range w.placesOf(s) {
			own := w.choicesAt(p)
			if len(own) > 0 {
				// One value of each enum comes before the second of any.
				first, rest = append(first, own[0]), append(rest, own[1:]...)
			}
		}
	}
	return append(first, rest...)
}

func (w *workshop) choicesAt(p *place) []trial {
	var list []trial
	at := p.String()
	try := func(keyword, name string, where schema.Location, v any) {
		list = append(list, func() (Case, bool) {
			c, ok := w.put(p, v)
			if !ok {
				return c, false
			}
			return w.accepted("POS-005", name, c, w.tried(p, keyword, where), p.subject)
		})
	}
	if p.alternative() {
		s := p.step
		name := at + " is taken" + called(s.branch)
		list = append(list, func() (Case, bool) {
			c, ok := w.varied(p, func(v any) (any, bool) { return v, true })
			if !ok {
				return c, false
			}
			return w.accepted("POS-005", name, c, w.tried(p, s.choice, s.branch.At), p.subject)
		})
	}
	if a := p.first(func(a *schema.Schema) bool { return len(a.Enum) > 0 }); a != nil {
		for _, v := range a.Enum {
			try("enum", at+" is "+show(v), a.At, v)
		}
	}
	if a := p.first(w.nullable); a != nil && len(p.tokens) > 0 {
		try("null", at+" is null", a.At, nil)
	}
	return list
}

// nullable says whether a schema lets null stand beside other values. The keyword nullable means so in OpenAPI 3.0 only; in
// later documents it is read with the same kindness, but no deployment has to.
func (g *Generator) nullable(s *schema.Schema) bool {
	if s.Nullable && !strings.HasPrefix(g.contract.OpenAPI, "3.0") {
		return false
	}
	return s.Nullable || s.Types&schema.Null != 0 && s.Types != schema.Null
}

func called(s *schema.Schema) string {
	if name := s.Resolve().Name; name != "" {
		return " (" + name + ")"
	}
	return ""
}

// tried says what a valid case is about.
func (w *workshop) tried(p *place, keyword string, at schema.Location) Fault {
	return Fault{In: p.subject.in, Name: p.subject.name, Pointer: p.pointer(), Keyword: keyword, At: at}
}

// boundaries is POS-004: numbers, lengths and sizes at their limits.
func (w *workshop) boundaries() []trial {
	var list []trial
	for _, s := range w.subjects {
		for _, p := range w.placesOf(s) {
			for _, l := range w.limitsAt(p) {
				list = append(list, func() (Case, bool) {
					c, ok := w.varied(p, l.inside)
					if !ok {
						return c, false
					}
					name := fmt.Sprintf("%s at its %s %s", p.String(), l.keyword, l.text)
					return w.accepted("POS-004", name, c, w.tried(p, l.keyword, l.at), s)
				})
			}
		}
	}
	return list
}

// styles is POS-006: each parameter by itself, in the forms that its style has: one text, a list of one and of several, an
// object with the required members and with all; and texts with characters that have to be encoded.
func (w *workshop) styles() []trial {
	var list []trial
	for _, s := range w.subjects {
		if s.parameter == nil || s.schema == nil {
			continue
		}
		list = append(list, w.forms(s)...)
	}
	return list
}

func (w *workshop) forms(s *subject) []trial {
	var list []trial
	p := s.parameter
	try := func(form string, build func() (any, error), certainty Certainty, doubt string) {
		list = append(list, func() (Case, bool) {
			v, err := build()
			if err != nil {
				return Case{}, false
			}
			c := w.base.Clone()
			c.set(s, v)
			f := Fault{In: s.in, Name: s.name, Keyword: "present", At: p.At}
			c, ok := w.accepted("POS-006", fmt.Sprintf("%s (%s) %s", s.label, styleOf(s), form), c, f, s)
			if certainty == Likely {
				c.Certainty, c.Doubt = Likely, doubt
			}
			return c, ok
		})
	}
	all := w.maker
	all.Optional = schema.AllOptional
	types := typesOf(conjuncts(s.schema))
	if types&schema.Object != 0 && types != anyType {
		try("as an object", func() (any, error) { return all.Make(s.schema, w.key(s), map[string]any{}) }, Certain, "")
		try("as an object of what is required", func() (any, error) { return w.maker.Make(s.schema, w.key(s), map[string]any{}) }, Certain, "")
	}
	if types&schema.Array != 0 && types != anyType {
		for _, n := range []int{3, 1} {
			try("as a list of "+strconv.Itoa(n), func() (any, error) { return w.listOf(s, n) }, Certain, "")
		}
	}
	if types&(schema.Object|schema.Array) == 0 || types == anyType {
		try("is there", func() (any, error) { return w.argument(s, 0) }, Certain, "")
	}
	if types == schema.String && (s.in == "query" || s.in == "querystring") {
		try("with characters that must be encoded", func() (any, error) { return `a b&c=d+e%f/ü"`, nil }, Likely,
			"the text is made up and need not mean anything to the operation")
	}
	return list
}

func styleOf(s *subject) string {
	switch p := s.parameter; {
	case p.Media != nil:
		return p.Media.Name
	case p.Explode:
		return p.Style + ", exploded"
	default:
		return p.Style
	}
}

// listOf makes a list of n items for a parameter that may be one.
func (w *workshop) listOf(s *subject, n int) (any, error) {
	want := make([]any, n)
	for i := range want {
		want[i] = schema.Absent
	}
	v, err := w.maker.Make(s.schema, w.key(s), want)
	if list, ok := v.([]any); err == nil && (!ok || len(list) != n) {
		return nil, fmt.Errorf("%s takes no list of %d", s.label, n)
	}
	return v, err
}

// padded gives a text of exactly n characters that is like another one, in ASCII.
func padded(text string, n int) string {
	runes := []rune(text)
	if len(runes) >= n {
		return string(runes[:n])
	}
	last := "a"
	if len(runes) > 0 && runes[len(runes)-1] < 0x7f && runes[len(runes)-1] > ' ' {
		last = string(runes[len(runes)-1])
	}
	return text + strings.Repeat(last, n-len(runes))
}
