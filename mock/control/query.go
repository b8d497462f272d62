package control

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A query is the parameters of a request, each of which came once and is known to the route.
type query map[string]string

// parseQuery reads a query string. A known name that ends in "[]" stands for an object: scope[owner]=octocat.
func parseQuery(raw string, known []string) (query, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, badParameter("The query cannot be read: %v.", err)
	}
	q := query{}
	for name, list := range values {
		group, member, grouped := strings.Cut(name, "[")
		if grouped && strings.HasSuffix(member, "]") && len(member) > 1 {
			group += "[]"
		} else {
			group = name
		}
		if strings.HasSuffix(name, "[]") || !slices.Contains(known, group) {
			return nil, badParameter("There is no parameter %.100q here. %s", name, knownParameters(known))
		}
		if len(list) != 1 {
			return nil, badParameter("The parameter %s came %d times; send it once.", name, len(list))
		}
		q[name] = list[0]
	}
	return q, nil
}

func knownParameters(known []string) string {
	if len(known) == 0 {
		return "This operation takes none."
	}
	text := strings.Join(slices.Sorted(slices.Values(known)), ", ")
	return "Known are: " + strings.ReplaceAll(text, "[]", "[NAME]") + "."
}

func badParameter(detail string, args ...any) *Problem {
	return problem(http.StatusBadRequest, "bad_parameter", detail, args...)
}

// number reads a number from low to high, or gives what stands for its absence.
func (q query) number(name string, absent, low, high uint64) (uint64, error) {
	text, ok := q[name]
	if !ok {
		return absent, nil
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n < low || n > high {
		return 0, badParameter("%s=%.100q: give a number from %d to %d.", name, text, low, high)
	}
	return n, nil
}

// truth reads true or false, or gives what stands for its absence.
func (q query) truth(name string, absent bool) (bool, error) {
	switch text, ok := q[name]; {
	case !ok:
		return absent, nil
	case text == "true" || text == "false":
		return text == "true", nil
	default:
		return false, badParameter("%s=%.100q: give true or false.", name, text)
	}
}

// instant reads an instant of RFC 3339; the zero time is its absence.
func (q query) instant(name string) (time.Time, error) {
	text, ok := q[name]
	if !ok {
		return time.Time{}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, badParameter("%s=%.100q: give an instant such as 2026-01-31T12:00:00Z.", name, text)
	}
	return at, nil
}

// choice reads one of a few words; the first is what stands for its absence.
func (q query) choice(name string, words ...string) (string, error) {
	text, ok := q[name]
	if !ok {
		return words[0], nil
	}
	if !slices.Contains(words, text) {
		return "", badParameter("%s=%.100q: give one of %s.", name, text, strings.Join(words, ", "))
	}
	return text, nil
}

// object reads the members of name[member]=value.
func (q query) object(name string) map[string]string {
	members := map[string]string{}
	for key, value := range q {
		if rest, ok := strings.CutPrefix(key, name+"["); ok {
			members[strings.TrimSuffix(rest, "]")] = value
		}
	}
	return members
}

// required reads a parameter that must be there.
func (q query) required(name, example string) (string, error) {
	if text := q[name]; text != "" {
		return text, nil
	}
	return "", badParameter("The parameter %s is missing: %s.", name, fmt.Sprintf(example, name))
}
