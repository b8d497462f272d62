package conformance

import (
	"maps"
	"slices"
	"strings"
	"time"

	"understudy/contracts/schema"
)

// same compares two values as JSON does.
func same(a, b any) bool { return schema.Equal(a, b) }

// members gives the members of an object in order of their names; none for other values.
func members(v any) func(func(string, any) bool) {
	object, _ := v.(map[string]any)
	return func(yield func(string, any) bool) {
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if !yield(name, object[name]) {
				return
			}
		}
	}
}

// declared gives what of a value a schema has members for: the rest may be taken and not be shown. A schema that declares none shows
// all.
func declared(v any, s *schema.Schema, depth int) any {
	if s == nil || depth > 16 {
		return v
	}
	switch v := v.(type) {
	case map[string]any:
		if !describes(s, 0) {
			return v
		}
		kept := map[string]any{}
		for name, inner := range v {
			if p := property(s, name); p != nil {
				kept[name] = declared(inner, p, depth+1)
			}
		}
		return kept
	case []any:
		kept := make([]any, len(v))
		for i, inner := range v {
			kept[i] = declared(inner, s.Resolve().Items, depth+1)
		}
		return kept
	}
	return v
}

// describes says that a schema declares members, in one of its branches at least.
func describes(s *schema.Schema, depth int) bool {
	if s == nil || depth > 8 {
		return false
	}
	s = s.Resolve()
	return len(s.Properties) > 0 || slices.ContainsFunc(slices.Concat(s.AllOf, s.OneOf, s.AnyOf), func(part *schema.Schema) bool { return describes(part, depth+1) })
}

// holdsAll says whether an object has all members of another one, with the same values.
func holdsAll(whole, part any) bool {
	object, ok := whole.(map[string]any)
	if _, isObject := part.(map[string]any); !ok || !isObject {
		return false
	}
	for name, v := range members(part) {
		got, there := object[name]
		if !there && hollow(v) {
			continue
		}
		if !there || !same(got, v) && !holdsAll(got, v) {
			return false
		}
	}
	return true
}

// hollow says that an object holds nothing but objects that hold nothing: forms have no way to say that.
func hollow(v any) bool {
	object, ok := v.(map[string]any)
	for _, inner := range object {
		ok = ok && hollow(inner)
	}
	return ok
}

func first(list []any) any {
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// brief writes a value for people.
func brief(v any) string { return cut(string(schema.AppendJSON(nil, v, nil)), 120) }

// required says whether a schema asks for a member, behind references and allOf.
func required(s *schema.Schema, name string) bool {
	seen := map[*schema.Schema]bool{}
	var asks func(s *schema.Schema) bool
	asks = func(s *schema.Schema) bool {
		if s == nil || seen[s] {
			return false
		}
		seen[s] = true
		return slices.Contains(s.Required, name) || asks(s.Ref) || slices.ContainsFunc(s.AllOf, asks)
	}
	return asks(s)
}

// restless are parts of names of members that change by themselves: counters, versions and times of use.
var restless = []string{
	"updated", "modified", "changed", "accessed", "seen", "used", "viewed", "views", "hits", "count", "version", "revision", "etag", "nonce", "request", "trace",
	"expires", "remaining", "rate", "usage", "creat", "timestamp", "now", "age", "token", "signature", "cursor",
}

// volatile says whether a member may change although nobody asked for it: by its name, or since it is an instant.
func volatile(name string, v any) bool {
	lower := strings.ToLower(name)
	if slices.ContainsFunc(restless, func(part string) bool { return strings.Contains(lower, part) }) {
		return true
	}
	text, ok := v.(string)
	if !ok {
		return false
	}
	_, err := time.Parse(time.RFC3339, text)
	return err == nil
}

// steady gives a copy of a value without what changes by itself.
func steady(v any) any {
	switch v := v.(type) {
	case map[string]any:
		kept := map[string]any{}
		for name, one := range v {
			if !volatile(name, one) {
				kept[name] = steady(one)
			}
		}
		return kept
	case []any:
		kept := make([]any, len(v))
		for i, one := range v {
			kept[i] = steady(one)
		}
		return kept
	}
	return v
}

// difference gives the first place at which two values differ, with * for items.
func difference(a, b any) (string, bool) {
	switch a := a.(type) {
	case map[string]any:
		other, ok := b.(map[string]any)
		if !ok {
			return "", true
		}
		for name, v := range members(a) {
			if w, there := other[name]; !there {
				return "/" + schema.EscapeToken(name), true
			} else if where, differ := difference(v, w); differ {
				return "/" + schema.EscapeToken(name) + where, true
			}
		}
		for name := range members(other) {
			if _, there := a[name]; !there {
				return "/" + schema.EscapeToken(name), true
			}
		}
		return "", false
	case []any:
		other, ok := b.([]any)
		if !ok || len(a) != len(other) {
			return "", true
		}
		for i := range a {
			if where, differ := difference(a[i], other[i]); differ {
				return "/*" + where, true
			}
		}
		return "", false
	}
	return "", !same(a, b)
}

// without lists what is in the first list and not in the second.
func without(list, other []string) []string {
	var lost []string
	for _, one := range list {
		if !slices.Contains(other, one) {
			lost = append(lost, one)
		}
	}
	return lost
}
