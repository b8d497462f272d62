package schema

import (
	"encoding/json"
	"math"
	"strings"
)

// typeNames are the words of the keyword type. Number holds every integer.
var typeNames = map[string]Types{
	"null": Null, "boolean": Boolean, "integer": Integer, "number": Number,
	"string": String, "array": Array, "object": Object,
}

// String lists the types in the words of JSON Schema: "string or null". The zero value is "any type".
func (t Types) String() string {
	var names []string
	for _, one := range []struct {
		bit  Types
		name string
	}{
		{Boolean, "boolean"}, {Integer, "integer"}, {Number, "number"}, {String, "string"},
		{Array, "array"}, {Object, "object"}, {Null, "null"},
	} {
		if t&one.bit != 0 {
			names = append(names, one.name)
		}
	}
	if len(names) == 0 {
		return "any type"
	}
	return strings.Join(names, " or ")
}

// typeOf gives the type of a value: Integer for a number without a fraction, Number for another, 0 for what is not a JSON
// value.
func typeOf(v any) Types {
	switch v := v.(type) {
	case nil:
		return Null
	case bool:
		return Boolean
	case string:
		return String
	case []any:
		return Array
	case map[string]any:
		return Object
	case json.Number:
		if text := string(v); plainInteger(text) {
			return Integer
		} else if !isJSONNumber(text) {
			return 0
		} else if splitNumber(text).isWhole() {
			return Integer
		}
		return Number
	case float64:
		switch {
		case math.IsNaN(v) || math.IsInf(v, 0):
			return 0
		case v == math.Trunc(v):
			return Integer
		}
		return Number
	case int, int64:
		return Integer
	}
	return 0
}

// plainInteger says whether a text is an integer without point and exponent.
func plainInteger(text string) bool {
	_, ok := smallInteger(text)
	return ok && (text[0] != '0' || len(text) == 1) && (text[0] != '-' || len(text) > 1 && (text[1] != '0' || len(text) == 2))
}

// allows says whether a value of type t fits the set.
func (t Types) allows(is Types) bool {
	return t == 0 || t&is != 0 || is == Integer && t&Number != 0
}
