package schema

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

func (x *explainer) explainInPlace(s *Schema, v any, e *evaluated) {
	if s.Ref != nil {
		x.explain(s.Ref, v, e)
	}
	if s.DynamicRef != nil {
		x.explain(x.dynamic(s), v, e)
	}
	for _, part := range s.AllOf {
		x.explain(part, v, e)
	}
	if s.AnyOf != nil {
		x.explainBranches(s, "anyOf", s.AnyOf, v, e)
	}
	if s.OneOf != nil {
		x.explainBranches(s, "oneOf", s.OneOf, v, e)
	}
	if s.Not != nil && x.valid(s.Not, v, nil) {
		x.add(s, "not", "a value that is not "+s.Not.summary(), describe(v), "")
	}
	if s.If != nil {
		before := e.mark()
		next := s.Then
		if !x.valid(s.If, v, e) {
			e.reset(before)
			next = s.Else
		}
		if next != nil {
			x.explain(next, v, e)
		}
	}
	if object, ok := v.(map[string]any); ok {
		for i := range s.DependentSchemas {
			if _, ok := object[s.DependentSchemas[i].Name]; ok {
				x.explain(s.DependentSchemas[i].Schema, v, e)
			}
		}
	}
}

// explainBranches judges alternatives and says what is wrong with the one that is meant.
func (x *explainer) explainBranches(s *Schema, keyword string, branches []*Schema, v any, e *evaluated) {
	var fits []int
	for i, b := range branches {
		before := e.mark()
		if x.valid(b, v, e) {
			fits = append(fits, i)
		} else {
			e.reset(before)
		}
	}
	switch {
	case len(fits) == 1 || len(fits) > 1 && keyword == "anyOf":
		return
	case len(fits) > 1:
		x.add(s, keyword, "exactly one of "+counted(len(branches), "alternative"),
			"it fits "+strconv.Itoa(len(fits))+" of them: "+x.branchNames(branches, fits), "")
		return
	}
	if e != nil { // nothing is known of what a fitting alternative would have judged
		e.allNames, e.allItems = true, true
	}
	if x.byDiscriminator(s, branches, v) {
		return
	}
	best, rest := x.closest(branches, v)
	if rest {
		x.found = append(x.found, best[:min(len(best), maxViolations-len(x.found))]...)
		return
	}
	x.add(s, keyword, "one of: "+x.branchNames(branches, nil), describe(v), "")
}

// byDiscriminator explains the alternative that the discriminator names.
func (x *explainer) byDiscriminator(s *Schema, branches []*Schema, v any) bool {
	d := s.Discriminator
	object, ok := v.(map[string]any)
	if d == nil || !ok {
		return false
	}
	value, there := object[d.Property]
	text, isText := value.(string)
	target := d.Mapping[text]
	switch {
	case !there && d.Default != nil:
		target = d.Default
	case !there:
		x.add(s, "required", "the member "+quoteShort(d.Property)+", which tells the alternatives apart", "no such member", d.Property)
		return true
	case !isText:
		return false
	case target == nil && d.Default != nil:
		target = d.Default
	case target == nil && len(d.Mapping) == 0:
		return false
	case target == nil:
		names := slices.Sorted(maps.Keys(d.Mapping))
		list := make([]any, len(names))
		for i, name := range names {
			list[i] = name
		}
		x.in(d.Property, func() { x.add(s, "discriminator", oneOfValues(list), describe(value), listValues(list)) })
		return true
	}
	for _, b := range branches {
		if b == target || b.Resolve() == target.Resolve() {
			before := len(x.found)
			x.explain(target, v, nil)
			return len(x.found) > before
		}
	}
	return false
}

// closest explains the alternatives one by one and gives the violations of the one that is clearly closest to the
// value; ok is false where none stands out.
func (x *explainer) closest(branches []*Schema, v any) (best []Violation, ok bool) {
	const many = 24
	bestScore, second := 1<<30, 1<<30
	start := len(x.found)
	for i, b := range branches {
		if i >= many || x.steps < 0 {
			break
		}
		x.found = x.found[:start:start]
		room := x.found
		x.found = nil
		x.explain(b, v, nil)
		score := x.score(x.found)
		switch {
		case score < bestScore:
			best, bestScore, second = x.found, score, bestScore
		case score < second:
			second = score
		}
		x.found = room
	}
	return best, len(best) > 0 && bestScore < farOff && bestScore < second
}

// farOff is the score of an alternative that the value was never meant for.
const farOff = 1000

// score says how far a value is from an alternative: its type counts most, then its constant members, then the number
// of faults.
func (x *explainer) score(list []Violation) int {
	score := len(list)
	for i := range list {
		v := &list[i]
		inside := v.Pointer[len(x.path):]
		switch {
		case inside == "" && (v.Keyword == "type" || v.Keyword == ""):
			score += farOff
		case (v.Keyword == "const" || v.Keyword == "enum") && strings.Count(inside, "/") <= 1:
			score += 40
		case v.Keyword == "type" && strings.Count(inside, "/") <= 1, v.Keyword == "required" && inside == "":
			score += 3
		}
	}
	if len(list) == 0 { // it could not be explained
		score = farOff
	}
	return score
}

// branchNames lists alternatives by their names or by what they ask for.
func (x *explainer) branchNames(branches []*Schema, only []int) string {
	var names []string
	for i, b := range branches {
		if only != nil && !slices.Contains(only, i) {
			continue
		}
		if name := b.summary(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return cut(strings.Join(names, ", "), 2*maxShown)
}
