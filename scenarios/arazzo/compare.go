package arazzo

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
	"unicode"

	"understudy/contracts/schema"
)

// compare carries out one comparison. note says what a reader may not expect; err that the two have no order.
func compare(left Value, operator string, right Value) (held bool, note string, err string) {
	if operator == "==" || operator == "!=" {
		equal, note := looselyEqual(left.Any, right.Any)
		return equal == (operator == "=="), note, ""
	}
	if left.Any == nil || right.Any == nil {
		return false, "null is neither less nor greater than anything", ""
	}
	order, note, ok := looseOrder(left.Any, right.Any)
	if !ok {
		return false, "", note
	}
	if note != "" {
		return false, note, ""
	}
	switch operator {
	case "<":
		return order < 0, "", ""
	case "<=":
		return order <= 0, "", ""
	case ">":
		return order > 0, "", ""
	}
	return order >= 0, "", ""
}

// looselyEqual compares as simple conditions do: strings whatever their case, a number with a string that is one as
// numbers, null with nothing but null, structures member by member.
func looselyEqual(a, b any) (equal bool, note string) {
	if a == nil || b == nil {
		return a == nil && b == nil, ""
	}
	x, aText := a.(string)
	y, bText := b.(string)
	if aText && bText {
		return equalFold(x, y), ""
	}
	_, aNumber := a.(json.Number)
	_, bNumber := b.(json.Number)
	switch {
	case aText && bNumber:
		return textIsNumber(x, b)
	case bText && aNumber:
		return textIsNumber(y, a)
	}
	if kind, other := simpleKind(a), simpleKind(b); kind != other {
		return false, kind + " never equals " + other
	}
	return schema.Equal(a, b), ""
}

func textIsNumber(text string, number any) (bool, string) {
	if !isNumber(text) {
		return false, "the string is no number"
	}
	return schema.Equal(json.Number(text), number), ""
}

// looseOrder compares two values of which neither is null. A note means that the comparison is false whichever way it is
// asked; ok is false where the two have no order at all.
func looseOrder(a, b any) (order int, note string, ok bool) {
	x, aText := a.(string)
	y, bText := b.(string)
	if aText && bText && !(isNumber(x) && isNumber(y)) {
		return strings.Compare(fold(x), fold(y)), "", true
	}
	for _, v := range []any{a, b} {
		switch v := v.(type) {
		case string:
			if !isNumber(v) {
				return 0, "the string is no number", true
			}
		case json.Number:
		default:
			return 0, simpleKind(v) + " has no order", false
		}
	}
	return compareNumbers(textOf(a), textOf(b)), "", true
}

// isNumber says whether a text is a number as JSON writes it.
func isNumber(text string) bool {
	return text != "" && len(text) <= 400 && (text[0] == '-' || '0' <= text[0] && text[0] <= '9') && json.Valid([]byte(text))
}

// compareNumbers compares exactly, as long as the exponents are such that it costs little.
func compareNumbers(a, b string) int {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX == nil && errY == nil && x != y {
		return map[bool]int{true: -1, false: 1}[x < y]
	}
	if smallExponent(a) && smallExponent(b) {
		r, okR := new(big.Rat).SetString(a)
		s, okS := new(big.Rat).SetString(b)
		if okR && okS {
			return r.Cmp(s)
		}
	}
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

func smallExponent(text string) bool {
	i := strings.IndexAny(text, "eE")
	if i < 0 {
		return true
	}
	e, err := strconv.Atoi(text[i+1:])
	return err == nil && -400 < e && e < 400
}

// equalFold compares without regard to case, as Unicode's simple folding has it.
func equalFold(a, b string) bool { return strings.EqualFold(a, b) }

// fold brings a text into a form in which case makes no difference.
func fold(text string) string {
	return strings.Map(func(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }, text)
}

func simpleKind(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case []any:
		return "an array"
	case map[string]any:
		return "an object"
	}
	return "a number"
}
