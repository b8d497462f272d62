package mock

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts/schema"
)

// compare says how an answer differs from the recorded one.
func (x *BundleExchange) compare(status int, answer *BundleMessage) []Difference {
	var list []Difference
	if status != x.Status {
		list = append(list, Difference{Part: "status", Want: strconv.Itoa(x.Status), Got: strconv.Itoa(status)})
	}
	for _, name := range differingHeaders(x.Answer.Headers, answer.Headers) {
		list = append(list, Difference{
			Part: "header " + name, Want: shownValues(x.Answer.Headers[name]), Got: shownValues(answer.Headers[name]),
		})
	}
	want, got := x.Answer.body(), answer.body()
	if !bytes.Equal(want, got) {
		list = append(list, bodyDifference(want, got))
	} else if x.Answer.Size != answer.Size {
		list = append(list, Difference{Part: "body", Want: fmt.Sprint(x.Answer.Size, " bytes"), Got: fmt.Sprint(answer.Size, " bytes")})
	}
	return list
}

func shownValues(values []string) string {
	if len(values) == 0 {
		return "none"
	}
	return excerpt([]byte(strings.Join(values, ", ")), 0)
}

// bodyDifference shows the first place where two bodies differ: in JSON the first value, else the first byte.
func bodyDifference(want, got []byte) Difference {
	x, errX := schema.ParseJSON(want)
	y, errY := schema.ParseJSON(got)
	if errX == nil && errY == nil {
		if pointer, a, b, differs := firstDifference(x, y, ""); differs {
			return Difference{Part: "body at " + pointer, Want: shownValue(a), Got: shownValue(b)}
		}
	}
	at := 0
	for at < len(want) && at < len(got) && want[at] == got[at] {
		at++
	}
	return Difference{Part: fmt.Sprintf("body at byte %d", at), Want: excerpt(want, at), Got: excerpt(got, at)}
}

// firstDifference walks two JSON values and gives the first pair that is not equal, with its JSON Pointer (RFC 6901).
func firstDifference(x, y any, at string) (pointer string, a, b any, differs bool) {
	if schema.Equal(x, y) {
		return "", nil, nil, false
	}
	switch x := x.(type) {
	case map[string]any:
		if y, ok := y.(map[string]any); ok {
			names := slices.Concat(slices.Collect(maps.Keys(x)), slices.Collect(maps.Keys(y)))
			slices.Sort(names)
			for _, name := range slices.Compact(names) {
				inner := at + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
				v, inX := x[name]
				w, inY := y[name]
				if !inX {
					v = schema.Absent
				}
				if !inY {
					w = schema.Absent
				}
				if pointer, a, b, differs = firstDifference(v, w, inner); differs {
					return pointer, a, b, true
				}
			}
		}
	case []any:
		if y, ok := y.([]any); ok {
			for i := range min(len(x), len(y)) {
				if pointer, a, b, differs = firstDifference(x[i], y[i], at+"/"+strconv.Itoa(i)); differs {
					return pointer, a, b, true
				}
			}
			if len(x) != len(y) {
				return at, fmt.Sprintf("%d items", len(x)), fmt.Sprintf("%d items", len(y)), true
			}
		}
	}
	return at, x, y, true
}

func shownValue(v any) string {
	if v == schema.Absent {
		return "nothing"
	}
	return excerpt(schema.AppendJSON(nil, v, nil), 0)
}

// excerpt shows some of a text, from a little before a place on.
func excerpt(text []byte, at int) string {
	const before, longest = 20, 100
	from := max(0, at-before)
	to := min(len(text), from+longest)
	shown := strings.ToValidUTF8(string(text[from:to]), "�")
	if from > 0 {
		shown = "…" + shown
	}
	if to < len(text) {
		shown += "…"
	}
	if shown == "" {
		return "nothing"
	}
	return shown
}
