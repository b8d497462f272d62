package schema

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxWishDepth bounds the nesting of wished values.
const maxWishDepth = 512

// plain copies a value into what a JSON decoder with json.Number gives. ok is false for what is not JSON.
func plain(v any) (any, bool) { return plainAt(v, 0) }

func plainAt(v any, depth int) (any, bool) {
	if depth > maxWishDepth {
		return nil, false
	}
	switch v := v.(type) {
	case nil, bool, string:
		return v, true
	case []any:
		out := make([]any, len(v))
		for i := range v {
			var ok bool
			if out[i], ok = plainAt(v[i], depth+1); !ok {
				return nil, false
			}
		}
		return out, true
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			m, ok := plainAt(member, depth+1)
			if !ok {
				return nil, false
			}
			out[name] = m
		}
		return out, true
	}
	n, ok := plainNumber(v)
	return n, ok
}

func plainNumber(v any) (json.Number, bool) {
	switch v := v.(type) {
	case json.Number:
		return v, validNumber(string(v))
	case int:
		return json.Number(strconv.Itoa(v)), true
	case int64:
		return json.Number(strconv.FormatInt(v, 10)), true
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return "", false
		}
		return json.Number(strconv.FormatFloat(v, 'g', -1, 64)), true
	}
	return "", false
}

// validNumber says whether a text is a number of JSON.
func validNumber(text string) bool {
	if text == "" || text[0] != '-' && (text[0] < '0' || text[0] > '9') || len(text) > 4096 {
		return false
	}
	return json.Valid([]byte(text))
}

// scalarText gives the text that a form would show for a scalar, or "".
func scalarText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return string(v)
	}
	return ""
}

// convertible says which of the allowed types a wish of another type can be turned into.
func convertible(w wish, allowed Types) Types {
	switch w := w.(type) {
	case string:
		if allowed&(Number|Integer) != 0 && (validNumber(w) || looksLikeDate(w)) {
			return allowed & (Number | Integer)
		}
		if _, ok := toBoolean(w); ok && allowed&Boolean != 0 {
			return Boolean
		}
	case json.Number, bool:
		if allowed&String != 0 {
			return String
		}
		if _, ok := toBoolean(w); ok && allowed&Boolean != 0 {
			return Boolean
		}
	}
	if typesOf(w)&(Array|Object) == 0 && allowed&Array != 0 {
		return Array
	}
	return 0
}

func toBoolean(w wish) (b, ok bool) {
	switch w := w.(type) {
	case bool:
		return w, true
	case string:
		switch strings.ToLower(w) {
		case "true", "1", "on", "yes":
			return true, true
		case "false", "0", "off", "no":
			return false, true
		}
	case json.Number:
		return w == "1", w == "0" || w == "1"
	}
	return false, false
}

// toNumber turns a wish into a number that fits.
func (k *making) toNumber(p *plan, w wish) (json.Number, bool) {
	var n json.Number
	switch w := w.(type) {
	case json.Number:
		n = w
	case string:
		n = json.Number(strings.TrimSpace(w))
		if t, err := time.Parse(time.RFC3339, w); err == nil {
			n = json.Number(strconv.FormatInt(t.Unix(), 10))
		}
	default:
		return "", false
	}
	if !validNumber(string(n)) || p.types&Number == 0 && p.types&Integer == 0 {
		return "", false
	}
	if k.fits(p, n) {
		return n, true
	}
	return "", false
}

func looksLikeDate(w string) bool {
	_, err := time.Parse(time.RFC3339, w)
	return err == nil
}

// toText turns a wish into a text that fits.
func (k *making) toText(p *plan, w wish) (string, bool) {
	text, ok := w.(string)
	if !ok {
		switch w := w.(type) {
		case bool:
			text = strconv.FormatBool(w)
		case json.Number:
			text = string(w)
			if p.format == "date-time" || p.format == "date" {
				text = epochText(text, p.format)
			}
		default:
			return "", false
		}
	}
	return text, k.textFits(p, text)
}

// epochText writes epoch seconds (or milliseconds, from the year 5138 on as seconds) as a date.
func epochText(text, format string) string {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return text
	}
	t := time.Unix(n, 0)
	if n > 99_999_999_999 {
		t = time.UnixMilli(n)
	}
	if y := t.UTC().Year(); y < 0 || y > 9999 {
		return text
	}
	if format == "date" {
		return t.UTC().Format(time.DateOnly)
	}
	return t.UTC().Format(time.RFC3339)
}

// names gives the names of a wished object's members in their order.
func names(w map[string]any) []string {
	list := make([]string, 0, len(w))
	for name := range w {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// covers says whether a made value has all that was wished.
func covers(v any, w wish) bool {
	switch w := w.(type) {
	case map[string]any:
		members, ok := v.(map[string]any)
		if !ok {
			return false
		}
		for name, member := range w {
			if have, there := members[name]; !there || !covers(have, member) {
				return false
			}
		}
		return true
	case []any:
		items, ok := v.([]any)
		if !ok || len(items) != len(w) {
			return false
		}
		for i := range w {
			if !covers(items[i], w[i]) {
				return false
			}
		}
		return true
	case *sentinel:
		return true
	}
	return Equal(v, w)
}
