package schema

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// Limits on what Check gives and on the work it takes.
const (
	maxViolations   = 100
	maxExplainSteps = 400_000
	violationSteps  = 50
)

// Check gives every way in which v breaks the schema, or nil where it fits: exactly where Valid says so. Violations
// come in the order in which the schema declares the members, at most 100 of them. Where alternatives (oneOf, anyOf)
// all fail, those of the one that is clearly meant are given: the discriminator's, or the one that the value's type
// and constant members point to.
func (s *Schema) Check(v any, d Direction) []Violation {
	if s.Valid(v, d) {
		return nil
	}
	x := explainer{judge: judge{direction: d, steps: maxExplainSteps, slow: maxExplainSteps - memoAfter, work: maxMatchWork}, path: make([]byte, 0, 64), found: make([]Violation, 0, 4)}
	x.explain(s, v, nil)
	if len(x.found) == 0 {
		x.add(s, "", "a value that can be judged within the limits on depth and work", describe(v), "")
	}
	return x.found
}

// explainer walks like the judge, but goes on after a fault.
type explainer struct {
	judge
	path  []byte // JSON Pointer of the value that is looked at
	found []Violation
}

func (x *explainer) full() bool { return len(x.found) >= maxViolations || x.steps < 0 }

// add notes a violation of the value that is looked at, unless it has been noted: several parts of a schema may
// ask for the same.
func (x *explainer) add(s *Schema, keyword, want, got, limit string) {
	x.steps -= violationSteps // a violation costs more to write than to find, and most may be the same
	if len(x.found) >= maxViolations {
		return
	}
	v := Violation{Pointer: string(x.path), Keyword: keyword, Want: want, Got: got, Limit: limit, At: s.At}
	for i := range x.found {
		if f := &x.found[i]; f.Pointer == v.Pointer && f.Keyword == v.Keyword && f.Want == v.Want && f.Limit == v.Limit {
			return
		}
	}
	if keyword != "" {
		v.At = s.At.child(nil, keyword)
	}
	x.found = append(x.found, v)
}

// in does something with a part of the value.
func (x *explainer) in(token string, do func()) {
	before := len(x.path)
	x.path = append(x.path, '/')
	x.path = append(x.path, EscapeToken(token)...)
	do()
	x.path = x.path[:before]
}

// part explains a member or an item.
func (x *explainer) part(s *Schema, token string, v any) {
	if s.Always || x.full() {
		return
	}
	x.in(token, func() {
		if x.depth >= maxDepth {
			x.add(s, "", "at most "+strconv.Itoa(maxDepth)+" levels of arrays and objects", "more levels", "")
			return
		}
		base := x.base
		x.base = x.n
		x.depth++
		x.explain(s, v, nil)
		x.depth--
		x.base = base
	})
}

// explain notes how v breaks s, and in e what has been judged of it.
func (x *explainer) explain(s *Schema, v any, e *evaluated) {
	for hops := 0; s.passesOn() && hops < maxInPlace; hops++ {
		s = s.Ref
	}
	if s.Always || v == nil && s.Nullable || x.full() {
		return
	}
	x.steps--
	switch {
	case s.Never:
		x.add(s, "", "nothing: the schema is false", describe(v), "")
		return
	case s.Types != 0 && !s.Types.allows(typeOf(v)):
		x.add(s, "type", s.Types.wanted(), describe(v), s.Types.String())
		return
	case s.uses == 0 || x.n-x.base > maxInPlace:
		return
	}
	x.push(s)
	defer func() { x.n-- }()
	x.explainKeywords(s, v, e)
}

func (x *explainer) explainKeywords(s *Schema, v any, outer *evaluated) {
	if s.uses&useValues != 0 {
		x.explainValues(s, v)
	}
	e := outer
	if s.uses&useUnevaluated != 0 {
		e = &evaluated{}
	}
	switch v := v.(type) {
	case string:
		if s.uses&useString != 0 {
			x.explainText(s, v)
		}
	case json.Number, float64, int, int64:
		if s.uses&useNumber != 0 {
			x.explainNumber(s, v)
		}
	case []any:
		if s.uses&useArray != 0 {
			x.explainArray(s, v, e)
		}
	case map[string]any:
		if s.uses&useObject != 0 {
			x.explainObject(s, v, e)
		}
	}
	if s.uses&(useRef|useDynamic|useApply) != 0 {
		x.explainInPlace(s, v, e)
	}
	if s.uses&useUnevaluated != 0 {
		x.explainUnevaluated(s, v, e, outer)
	}
}

func (x *explainer) explainValues(s *Schema, v any) {
	if s.HasConst && !x.equal(s.Const, v) {
		x.add(s, "const", show(s.Const), describe(v), show(s.Const))
		return
	}
	only := Schema{Enum: s.Enum, enumText: s.enumText, enumDigests: s.enumDigests}
	if !x.values(&only, v) {
		x.add(s, "enum", oneOfValues(s.Enum), describe(v), listValues(s.Enum))
	}
}

func (x *explainer) explainText(s *Schema, v string) {
	n := utf8.RuneCountInString(v)
	if s.MinLength != nil && n < *s.MinLength {
		x.add(s, "minLength", "at least "+counted(*s.MinLength, "character"), counted(n, "character"), strconv.Itoa(*s.MinLength))
	}
	if s.MaxLength != nil && n > *s.MaxLength {
		x.add(s, "maxLength", "at most "+counted(*s.MaxLength, "character"), counted(n, "character"), strconv.Itoa(*s.MaxLength))
	}
	if s.format != noFormat && !s.format.numeric() && !s.format.holds(v) {
		x.add(s, "format", s.format.wanted(s.Format), describe(v), s.Format)
	}
	if !x.matches(s.expression, v) {
		x.add(s, "pattern", "text that matches "+cut(s.Pattern, maxShown), describe(v), s.Pattern)
	}
}

func (x *explainer) explainNumber(s *Schema, v any) {
	text, ok := numberText(v)
	if !ok {
		x.add(s, "type", "a number", describe(v), "number")
		return
	}
	small, isSmall := smallInteger(text)
	if l := s.Minimum; l != nil && !l.allows(text, small, isSmall, 1) {
		if l.Exclusive {
			x.add(s, "exclusiveMinimum", "more than "+cut(l.Text, maxShown), describe(v), l.Text)
		} else {
			x.add(s, "minimum", "at least "+cut(l.Text, maxShown), describe(v), l.Text)
		}
	}
	if l := s.Maximum; l != nil && !l.allows(text, small, isSmall, -1) {
		if l.Exclusive {
			x.add(s, "exclusiveMaximum", "less than "+cut(l.Text, maxShown), describe(v), l.Text)
		} else {
			x.add(s, "maximum", "at most "+cut(l.Text, maxShown), describe(v), l.Text)
		}
	}
	if l := s.MultipleOf; l != nil && !l.divides(text, small, isSmall) {
		x.add(s, "multipleOf", "a multiple of "+cut(l.Text, maxShown), describe(v), l.Text)
	}
	if s.format.numeric() && !s.format.holdsNumber(text) {
		x.add(s, "format", s.format.wanted(s.Format), describe(v), s.Format)
	}
}
