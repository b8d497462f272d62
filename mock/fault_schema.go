package mock

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// Bounds on the search for a member whose change breaks its schema.
const (
	mostPlaces = 2000 // members and items that are looked at
	mostTrials = 200  // changed values that are judged
)

// breakSchema changes one member of an answer so that it breaks its schema. Without a result the text says why.
func (s *Server) breakSchema(c *call, a *acting, status int, body []byte) (broken []byte, what string) {
	r := c.operation.Response(status)
	if r == nil {
		return nil, "the status is not documented"
	}
	media := contracts.MatchMedia(c.response.Header().Get("Content-Type"), r.Content)
	if media == nil || media.Schema == nil || !contracts.JSONMedia(media.Name) {
		return nil, "the answer has no JSON with a schema"
	}
	value, err := schema.ParseJSON(body)
	if err != nil {
		return nil, "the answer is no JSON"
	}
	places := placesIn(value, nil, nil)
	if a.spec.Member != "" {
		if _, ok := schema.At(value, a.spec.Member); !ok {
			return nil, "the answer has no member " + a.spec.Member
		}
		places = []string{a.spec.Member}
	} else if len(places) > 0 { // from a place that the seed chooses on
		from := a.draw.below(drawMember, len(places))
		places = slices.Concat(places[from:], places[:from])
	}
	trials := 0
	for _, place := range append(places, "") {
		if place == "" && a.spec.Member != "" {
			break
		}
		old, _ := schema.At(value, place)
		for _, wrong := range wrongValues(old) {
			if trials++; trials > mostTrials {
				return nil, "no member was found whose change breaks it"
			}
			changed := replaceAt(value, tokens(place), wrong)
			if media.Schema.Valid(changed, schema.Response) {
				continue
			}
			return schema.AppendJSON(nil, changed, media.Schema), brokenText(media.Schema.Check(changed, schema.Response))
		}
	}
	return nil, "the schema takes any value there"
}

func brokenText(violations []schema.Violation) string {
	if len(violations) == 0 {
		return "one member breaks its schema"
	}
	v := violations[0]
	place := v.Pointer
	if place == "" {
		place = "the body"
	}
	return fmt.Sprintf("%s: wanted %s, got %s", place, v.Want, v.Got)
}

// removed stands for a member that is to be left out.
type removed struct{}

// wrongValues are values that a member which holds old may not be allowed to have, the likeliest to be refused first.
func wrongValues(old any) []any {
	switch old.(type) {
	case nil:
		return []any{"null", map[string]any{}, removed{}}
	case string:
		return []any{map[string]any{}, nil, "", removed{}}
	case bool:
		return []any{"yes", nil, removed{}}
	case []any:
		return []any{map[string]any{}, nil, removed{}}
	case map[string]any:
		return []any{[]any{}, nil, removed{}}
	}
	return []any{"a few", nil, removed{}} // a number
}

// placesIn lists the JSON Pointers of all members and items of a value, in an order that does not depend on chance.
func placesIn(value any, at []string, list []string) []string {
	add := func(token string, part any) {
		if len(list) >= mostPlaces || len(at) > 32 {
			return
		}
		below := append(slices.Clip(at), strings.NewReplacer("~", "~0", "/", "~1").Replace(token))
		list = append(list, "/"+strings.Join(below, "/"))
		list = placesIn(part, below, list)
	}
	switch v := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			add(name, v[name])
		}
	case []any:
		for i, item := range v {
			add(strconv.Itoa(i), item)
		}
	}
	return list
}

// tokens takes a JSON Pointer apart.
func tokens(pointer string) []string {
	if pointer == "" {
		return nil
	}
	list := strings.Split(pointer[1:], "/")
	for i, token := range list {
		list[i] = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
	}
	return list
}

// replaceAt gives a value with another part at a place; what is on the way there is copied, the rest shared.
func replaceAt(value any, place []string, part any) any {
	if len(place) == 0 {
		if _, gone := part.(removed); gone {
			return nil
		}
		return part
	}
	switch v := value.(type) {
	case map[string]any:
		object := maps.Clone(v)
		if _, gone := part.(removed); gone && len(place) == 1 {
			delete(object, place[0])
		} else {
			object[place[0]] = replaceAt(v[place[0]], place[1:], part)
		}
		return object
	case []any:
		list := slices.Clone(v)
		i, err := strconv.Atoi(place[0])
		switch {
		case err != nil || i < 0 || i >= len(list):
		case part == (removed{}) && len(place) == 1:
			list = slices.Delete(list, i, i+1)
		default:
			list[i] = replaceAt(v[i], place[1:], part)
		}
		return list
	}
	return value
}
