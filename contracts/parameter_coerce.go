package contracts

import (
	"encoding/json"
	"strings"

	"understudy/contracts/schema"
)

// A walk over a schema's branches for its types or properties looks at no more subschemas than this: a
// document may nest allOf in ways that never end.
const maxBranches = 256

const scalars = schema.Null | schema.Boolean | schema.Integer | schema.Number | schema.String

// typesOf gives the JSON types that a schema lets through as far as it says so: through references, allOf,
// anyOf and oneOf, and from enum and const where no type is given. Zero means that the schema says nothing.
func typesOf(s *schema.Schema) schema.Types {
	if one := unbranched(s); one != nil {
		return ownTypes(one)
	}
	budget := maxBranches
	return branchTypes(s, &budget)
}

// unbranched gives the one schema that speaks of a value, behind references that have nothing beside them, or nil
// where there are branches. Most schemas have one, and it spares the walk.
func unbranched(s *schema.Schema) *schema.Schema {
	for range maxBranches {
		switch {
		case s == nil || len(s.AllOf)+len(s.AnyOf)+len(s.OneOf) > 0:
			return nil
		case s.Ref == nil:
			return s
		case ownTypes(s) != 0:
			return nil
		}
		s = s.Ref
	}
	return nil
}

func branchTypes(s *schema.Schema, budget *int) schema.Types {
	if s == nil || *budget <= 0 {
		return 0
	}
	*budget--
	types := ownTypes(s)
	meet := func(t schema.Types) {
		switch {
		case t == 0:
		case types == 0:
			types = t
		default:
			types = meetTypes(types, t)
		}
	}
	meet(branchTypes(s.Ref, budget))
	for _, b := range s.AllOf {
		meet(branchTypes(b, budget))
	}
	meet(unionTypes(s.AnyOf, budget))
	meet(unionTypes(s.OneOf, budget))
	return types
}

// meetTypes intersects two sets. Number holds Integer.
func meetTypes(a, b schema.Types) schema.Types {
	both := a & b
	if a&schema.Number != 0 {
		both |= b & schema.Integer
	}
	if b&schema.Number != 0 {
		both |= a & schema.Integer
	}
	return both
}

// unionTypes joins the types of alternatives. An alternative that says nothing beside others that do could be
// text, which every parameter is to begin with.
func unionTypes(branches []*schema.Schema, budget *int) schema.Types {
	var types schema.Types
	open := false
	for _, b := range branches {
		t := branchTypes(b, budget)
		types |= t
		open = open || t == 0
	}
	if types != 0 && open {
		types |= schema.String
	}
	return types
}

func ownTypes(s *schema.Schema) schema.Types {
	switch {
	case s.Types != 0:
		return s.Types
	case s.HasConst:
		return typeOfValue(s.Const)
	case len(s.Enum) > 0:
		var types schema.Types
		for _, v := range s.Enum {
			types |= typeOfValue(v)
		}
		return types
	case len(s.Properties) > 0 || s.AdditionalProperties != nil:
		return schema.Object
	case s.Items != nil || len(s.PrefixItems) > 0:
		return schema.Array
	}
	switch s.Format {
	case "int32", "int64":
		return schema.Integer
	case "float", "double":
		return schema.Number
	case "":
		return 0
	}
	return schema.String
}

func typeOfValue(v any) schema.Types {
	switch v := v.(type) {
	case nil:
		return schema.Null
	case bool:
		return schema.Boolean
	case string:
		return schema.String
	case []any:
		return schema.Array
	case map[string]any:
		return schema.Object
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") {
			return schema.Number
		}
		return schema.Integer
	case int, int64:
		return schema.Integer
	}
	return schema.Number
}

// coerce makes of a text the value that the view's schemas ask for. A text that can be read in several ways
// becomes the first that fits: number, boolean, null, then string. What can be read in no way that is asked
// for stays a string, so that the schema's own check says what is wrong.
func (v view) coerce(text string, types schema.Types) any {
	switch types {
	case 0, schema.String:
		return text
	case schema.Integer, schema.Number, schema.Integer | schema.Number:
		if isNumber(text) {
			return json.Number(text)
		}
		return text
	case schema.Boolean:
		if b, ok := parseBoolean(text); ok {
			return b
		}
		return text
	}
	return v.coerceAmong(text, types)
}

func (v view) coerceAmong(text string, types schema.Types) any {
	var buf [5]any
	readings := buf[:0]
	if types&(schema.Integer|schema.Number) != 0 && isNumber(text) {
		readings = append(readings, json.Number(text))
	}
	if b, ok := parseBoolean(text); ok && types&schema.Boolean != 0 {
		readings = append(readings, b)
	}
	if types&schema.Null != 0 && (text == "null" || text == "" && types&schema.String == 0) {
		readings = append(readings, nil)
	}
	if types&schema.String != 0 {
		readings = append(readings, text)
	} else if types&(schema.Array|schema.Object) != 0 {
		if value, ok := parseStructure(text); ok {
			readings = append(readings, value)
		}
	}
	switch len(readings) {
	case 0:
		return text
	case 1:
		return readings[0]
	}
	for _, r := range readings {
		if v.valid(r, schema.Request) {
			return r
		}
	}
	return readings[0]
}

// parseStructure reads a JSON array or object, the form in which structures are often put where no style
// can hold them.
func parseStructure(text string) (any, bool) {
	if len(text) < 2 || text[0] != '{' && text[0] != '[' {
		return nil, false
	}
	value, err := schema.ParseJSON([]byte(text))
	return value, err == nil
}

func parseBoolean(text string) (value, ok bool) {
	switch text {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

// isNumber tells whether a text is a number by the grammar of RFC 8259, 6.
func isNumber(s string) bool {
	i := 0
	if i < len(s) && s[i] == '-' {
		i++
	}
	start := i
	i = digits(s, i)
	if i == start || s[start] == '0' && i > start+1 {
		return false
	}
	if i < len(s) && s[i] == '.' {
		start = i + 1
		if i = digits(s, start); i == start {
			return false
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		start = i
		if i = digits(s, start); i == start {
			return false
		}
	}
	return i == len(s)
}

// digits gives the index after the digits that begin at i.
func digits(s string, i int) int {
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return i
}
