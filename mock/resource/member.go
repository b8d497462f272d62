package resource

import (
	"strconv"
	"strings"

	"understudy/contracts/schema"
)

// memberText gives a top-level member of an item's JSON as the text that a query parameter would have, without
// decoding the rest: strings unquoted, numbers and booleans as written. Null and structures have none.
func memberText(json []byte, name string) (string, bool) {
	raw, ok := rawMember(json, name)
	if !ok || len(raw) == 0 {
		return "", false
	}
	switch raw[0] {
	case '"':
		if text := raw[1 : len(raw)-1]; !hasEscape(text) {
			return string(text), true
		}
		v, err := schema.ParseJSON(raw)
		if err != nil {
			return "", false
		}
		return v.(string), true
	case '{', '[', 'n':
		return "", false
	}
	return string(raw), true
}

// textAt is memberText for a member or, beginning with a slash, a JSON Pointer.
func textAt(json []byte, place string) (string, bool) {
	if !strings.HasPrefix(place, "/") {
		return memberText(json, place)
	}
	item, err := schema.ParseJSON(json)
	if err != nil {
		return "", false
	}
	v, ok := at(item, place)
	if !ok {
		return "", false
	}
	return textOfValue(v)
}

// canonical writes a number always the same way (1.0 and 1e0 as 1), and leaves every other text alone. Whole numbers
// keep all their digits.
func canonical(text string) string {
	if text == "" || text[0] != '-' && (text[0] < '0' || text[0] > '9') || !strings.ContainsAny(text, ".eE") {
		return text
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !numeric(text) {
		return text
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

func hasEscape(text []byte) bool {
	for _, c := range text {
		if c == '\\' {
			return true
		}
	}
	return false
}

// rawMember finds the value of a top-level member. The JSON is our own encoding: valid, without blanks.
func rawMember(json []byte, name string) ([]byte, bool) {
	if len(json) < 2 || json[0] != '{' {
		return nil, false
	}
	i := 1
	for i < len(json) && json[i] == '"' {
		end := skipValue(json, i)
		key := json[i+1 : end-1]
		start := end + 1
		end = skipValue(json, start)
		if string(key) == name {
			return json[start:end], true
		}
		if end >= len(json) || json[end] != ',' {
			return nil, false
		}
		i = end + 1
	}
	return nil, false
}

// skipValue gives the index behind the value that begins at i.
func skipValue(json []byte, i int) int {
	depth := 0
	for i < len(json) {
		switch json[i] {
		case '"':
			for i++; i < len(json) && json[i] != '"'; i++ {
				if json[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',', ':':
			if depth == 0 {
				return i
			}
		}
		i++
		if depth == 0 && (i >= len(json) || json[i] == ',' || json[i] == ':' || json[i] == '}' || json[i] == ']') {
			return i
		}
	}
	return i
}

// textOfValue writes a scalar as the text of a path or query parameter.
func textOfValue(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case nil, map[string]any, []any:
		return "", false
	}
	return string(schema.AppendJSON(nil, v, nil)), true
}

// at gives what stands at a member name, or at a JSON Pointer when it begins with a slash.
func at(v any, place string) (any, bool) {
	if !strings.HasPrefix(place, "/") {
		object, ok := v.(map[string]any)
		if !ok {
			return nil, false
		}
		member, ok := object[place]
		return member, ok
	}
	return schema.At(v, place)
}

// put sets what stands at a JSON Pointer or member name, making the objects on the way. It gives the root.
func put(root any, place string, value any) any {
	if place == "" {
		return value
	}
	object, ok := root.(map[string]any)
	if !ok {
		object = map[string]any{}
	}
	if !strings.HasPrefix(place, "/") {
		object[place] = value
		return object
	}
	token, rest, deeper := strings.Cut(place[1:], "/")
	name := schema.UnescapeToken(token)
	if !deeper {
		object[name] = value
		return object
	}
	object[name] = put(object[name], "/"+rest, value)
	return object
}

// objectProperties are the properties that a schema declares, through references, allOf and the branches of oneOf
// and anyOf.
func objectProperties(s *schema.Schema, depth int) []schema.Property {
	if s == nil || depth > 8 {
		return nil
	}
	s = s.Resolve()
	list := append([]schema.Property(nil), s.Properties...)
	for _, group := range [][]*schema.Schema{s.AllOf, s.OneOf, s.AnyOf} {
		for _, part := range group {
			list = append(list, objectProperties(part, depth+1)...)
		}
	}
	return list
}

// requiredMembers are the names that a schema requires, through references and allOf.
func requiredMembers(s *schema.Schema, depth int) []string {
	if s == nil || depth > 8 {
		return nil
	}
	s = s.Resolve()
	list := append([]string(nil), s.Required...)
	for _, part := range s.AllOf {
		list = append(list, requiredMembers(part, depth+1)...)
	}
	return list
}

// cloneValue copies a decoded value, so that changing it leaves the original alone.
func cloneValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, member := range v {
			object[name] = cloneValue(member)
		}
		return object
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = cloneValue(item)
		}
		return list
	}
	return v
}
