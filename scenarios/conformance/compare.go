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

// holdsAll says whether an object has all members of another one, with the same values.
func holdsAll(whole, part any) bool {
	object, ok := whole.(map[string]any)
	if _, isObject := part.(map[string]any); !ok || !isObject {
		return false
	}
	for name, v := range members(part) {
		if got, there := object[name]; !there || !same(got, v) && !holdsAll(got, v) {
			return false
		}
	}
	return true
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
