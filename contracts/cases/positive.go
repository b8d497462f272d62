package cases

import (
	"fmt"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// positives lists the trials of valid cases, one list for each check, in the order of their worth.
func (w *workshop) positives() [][]trial {
	return [][]trial{w.minimal(), w.examples(), w.full(), w.choices(), w.boundaries(), w.styles()}
}

// valid says whether a case keeps the contract on the wire; where it tries a value of a subject, whether that value arrives.
func (w *workshop) valid(c *Case, s *subject) bool {
	r, err := w.read(c)
	if err != nil || !r.clean() {
		return false
	}
	if s == nil {
		return true
	}
	sent, _ := c.get(s)
	got, ok := r.value(s)
	return ok && schema.Equal(sent, got)
}

// accepted finishes a valid case.
func (w *workshop) accepted(check, name string, c Case, f Fault, s *subject) (Case, bool) {
	c.Check, c.Name, c.Valid, c.Fault, c.Certainty = check, name, true, f, Certain
	if c.Body != nil && c.Body.Media != nil && opaque(c.Body.Media) {
		c.Certainty, c.Doubt = Likely, "the content is made up and need not be what "+c.Body.Media.Name+" asks for"
	}
	return c, w.valid(&c, s)
}

// minimal is POS-002: no more than is required, then the same with a body of each type.
func (w *workshop) minimal() []trial {
	list := []trial{func() (Case, bool) {
		return w.accepted("POS-002", "only what is required", w.base.Clone(), Fault{In: w.somewhere()}, nil)
	}}
	for _, s := range w.bodies() {
		list = append(list, func() (Case, bool) {
			v, err := w.make(s, schema.Absent)
			if err != nil {
				return Case{}, false
			}
			c := w.base.Clone()
			c.set(s, v)
			return w.accepted("POS-002", "only what is required, body as "+s.media.Name, c, Fault{In: "body", At: s.media.At}, nil)
		})
	}
	return list
}

// somewhere says where in the base case most of it stands.
func (w *workshop) somewhere() string {
	if w.base.Body != nil {
		return "body"
	}
	for _, in := range []string{"query", "path", "header", "cookie", "querystring"} {
		for i, p := range w.operation.Parameters {
			if _, there := w.base.Arguments.At(i); there && p.In == in {
				return in
			}
		}
	}
	return "path"
}

// examples is POS-001: each documented example of a parameter or body, with what is required beside it.
func (w *workshop) examples() []trial {
	var list []trial
	for _, s := range w.subjects {
		for i, e := range s.examples() {
			list = append(list, func() (Case, bool) {
				name := "documented example"
				if e.Name != "" {
					name += " " + e.Name
				} else if i > 0 {
					name += fmt.Sprintf(" %d", i+1)
				}
				c := w.base.Clone()
				f := Fault{In: s.in, Name: s.name, Keyword: "example", At: e.At}
				if e.Raw != "" {
					c.Body = &contracts.Body{Media: s.media, ContentType: s.media.Name, Raw: []byte(e.Raw), Present: true}
				} else {
					c.set(s, e.Value)
				}
				return w.accepted("POS-001", s.label+": "+name, c, f, nil)
			})
		}
	}
	return list
}

// examples lists what the document shows of a subject: its own examples, then those of its schema.
func (s *subject) examples() []contracts.Example {
	var list []contracts.Example
	own := s.parameterExamples()
	for _, e := range own {
		if e.Raw == "" || s.parameter == nil && !strings.Contains(s.media.Name, "*") && !strings.HasPrefix(s.media.Name, "multipart/") {
			list = append(list, e)
		}
	}
	if s.schema == nil || s.sequence {
		return list
	}
	for _, a := range conjuncts(s.schema) {
		for _, v := range a.Examples {
			list = append(list, contracts.Example{Value: v, At: a.At})
		}
	}
	return list
}

func (s *subject) parameterExamples() []contracts.Example {
	if s.parameter == nil {
		return s.media.Examples
	}
	if s.media != nil {
		return append(s.parameter.Examples[:len(s.parameter.Examples):len(s.parameter.Examples)], s.media.Examples...)
	}
	return s.parameter.Examples
}

// full is POS-003: all parameters and all properties, down to the depth that the maker goes, for each type of body.
func (w *workshop) full() []trial {
	maker := w.maker
	maker.Optional = schema.AllOptional
	finish := func(c Case, f Fault, as string) (Case, bool) {
		c = w.withParameters(c, &maker)
		c, ok := w.accepted("POS-003", "everything that may be sent"+as, c, f, nil)
		if c.Certainty == Certain {
			c.Certainty, c.Doubt = Likely, "the contract cannot say which parameters and properties exclude each other"
		}
		return c, ok
	}
	bodies := w.bodies()
	if len(bodies) == 0 {
		return []trial{func() (Case, bool) { return finish(w.base.Clone(), Fault{In: "query"}, "") }}
	}
	var list []trial
	for _, s := range bodies {
		list = append(list, func() (Case, bool) {
			c := w.base.Clone()
			v, err := w.wholeBody(&maker, s)
			if err != nil {
				return c, false
			}
			c.set(s, v)
			return finish(c, Fault{In: "body", At: s.media.At}, ", body as "+s.media.Name)
		})
	}
	return list
}

// withParameters sets all parameters, structured ones with all their members.
func (w *workshop) withParameters(c Case, maker *schema.Maker) Case {
	for _, s := range w.subjects {
		if s.parameter == nil {
			continue
		}
		if _, there := c.get(s); there && (!structured(s) || s.in == "path") {
			continue
		}
		v, err := w.argument(s, 0)
		if structured(s) {
			v, err = maker.Make(s.schema, w.key(s), nil)
		}
		if err != nil {
			continue
		}
		next := c.Clone()
		next.set(s, v)
		if w.valid(&next, nil) { // else it cannot be sent, or takes another parameter's place
			c = next
		}
	}
	return c
}

func (w *workshop) wholeBody(maker *schema.Maker, s *subject) (any, error) {
	if s.schema == nil {
		return w.make(s, schema.Absent)
	}
	want := any(nil)
	if w.options.Wish != nil {
		want = w.options.Wish(w.operation, s.media)
	}
	v, err := maker.Make(s.schema, w.key(s), want)
	if s.sequence {
		return []any{v}, err
	}
	return v, err
}

// structured says whether a parameter may be an array or an object.
func structured(s *subject) bool {
	return s.schema != nil && typesOf(conjuncts(s.schema))&(schema.Array|schema.Object) != 0 && !s.schema.Always
}
