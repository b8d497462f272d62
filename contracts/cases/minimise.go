package cases

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts/schema"
)

// mostSteps bounds how often Minimise asks whether a smaller case still fails; each time a request is sent.
const mostSteps = 100

// Minimise looks for a smaller case that fails in the same way: without optional parameters, members and items, with shorter
// values. Each step is read back first, so that a valid case stays valid and an invalid one keeps its one fault; stillFails
// is asked about those only, at most a hundred times. What a valid case tries need not survive.
func (g *Generator) Minimise(c Case, stillFails func(Case) bool) Case {
	m := minimiser{Generator: g, best: c, fails: stillFails, left: mostSteps}
	for again := true; again && m.left > 0; {
		again = m.round()
	}
	return m.best
}

type minimiser struct {
	*Generator
	best  Case
	fails func(Case) bool
	left  int
}

// round tries each way to make the case smaller once and says whether any did.
func (m *minimiser) round() bool {
	smaller := m.header()
	smaller = m.parameters() || smaller
	if m.best.Body == nil || m.best.Body.Raw != nil {
		return smaller
	}
	if m.best.Fault.In != "body" && m.best.Fault.In != "content-type" {
		next := m.best.Clone()
		if next.Body = nil; m.try(next) {
			return true
		}
	}
	return m.body() || smaller
}

// try takes a case for the one before where it still is what it claims, is smaller, and still fails.
func (m *minimiser) try(next Case) bool {
	if m.left <= 0 || next.Size() >= m.best.Size() || !m.Holds(next) {
		return false
	}
	m.left--
	if !m.fails(next) {
		return false
	}
	m.best = next
	return true
}

// header takes away fields that are no parameters.
func (m *minimiser) header() bool {
	smaller := false
	for _, name := range slices.Sorted(maps.Keys(m.best.Header)) {
		next := m.best.Clone()
		next.Header.Del(name)
		smaller = m.try(next) || smaller
	}
	return smaller
}

// parameters takes parameters away, then shortens those that must stay.
func (m *minimiser) parameters() bool {
	smaller := false
	for i, p := range m.best.Operation.Parameters {
		v, there := m.best.Arguments.At(i)
		if !there {
			continue
		}
		next := m.best.Clone()
		if next.Arguments.Unset(p.In, p.Name); m.try(next) {
			smaller = true
			continue
		}
		if p.In == "path" {
			continue // the id of something that exists
		}
		smaller = m.shorten(v, m.held(p.In, p.Name), func(c *Case, v any) { c.Arguments.Set(p.In, p.Name, v) }) || smaller
	}
	return smaller
}

// held is the pointer of what must not be touched in a parameter or body; nil where there is no such thing.
func (m *minimiser) held(in, name string) *string {
	if f := m.best.Fault; !m.best.Valid && f.In == in && f.Name == name {
		return &f.Pointer
	}
	return nil
}

func (m *minimiser) body() bool {
	return m.shorten(m.best.Body.Value, m.held("body", ""), func(c *Case, v any) { c.Body.Value = v })
}

// shorten takes parts of a value away, the outer ones first, and then makes what is left simpler, but for what is held: an
// empty text in its place might be taken for none.
func (m *minimiser) shorten(v any, held *string, set func(*Case, any)) bool {
	smaller := false
	put := func(changed any, ok bool) bool {
		if !ok {
			return false
		}
		next := m.best.Clone()
		set(&next, changed)
		if !m.try(next) {
			return false
		}
		v, smaller = changed, true
		return true
	}
	for _, way := range parts(v, nil, nil) {
		if _, there := schema.At(v, pointerOf(way)); !there || len(way) == 0 {
			continue
		}
		put(without(v, way))
	}
	for _, way := range parts(v, nil, nil) {
		inside, _ := schema.At(v, pointerOf(way))
		if held != nil && (pointerOf(way) == *held || strings.HasPrefix(pointerOf(way)+"/", *held+"/")) {
			continue
		}
		for _, simple := range simpler(inside) {
			if put(replaced(v, way, simple)) {
				break
			}
		}
	}
	return smaller
}

// parts lists the ways to all parts of a value, the outer ones first, the later items of a list before the earlier.
func parts(v any, way []string, list [][]string) [][]string {
	const most = 300
	if len(list) >= most {
		return list
	}
	list = append(list, way)
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			list = parts(v[name], append(slices.Clone(way), name), list)
		}
	case []any:
		for i := range slices.Backward(v) {
			list = parts(v[i], append(slices.Clone(way), strconv.Itoa(i)), list)
		}
	}
	return list
}

// simpler gives values that are shorter than a scalar, the shortest first.
func simpler(v any) []any {
	switch v := v.(type) {
	case string:
		var list []any
		for _, n := range []int{0, 1, len([]rune(v)) / 2} {
			if n < len([]rune(v)) {
				list = append(list, padded(v, n))
			}
		}
		return list
	case json.Number:
		if len(v) > 1 {
			return []any{json.Number("0"), json.Number("1")}
		}
	}
	return nil
}
