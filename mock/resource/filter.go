package resource

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/contracts/inference"
	"understudy/contracts/schema"
)

// A condition is one filter of a request with the values that it compares with.
type condition struct {
	op       inference.FilterOp
	property string
	values   []string // any of them
	search   []string // properties of a free-text search; nil with searching set: every string
	text     string   // of the search, lower case
}

// conditions are the filters and searches that the request uses.
func (a *act) conditions() []condition {
	var list []condition
	for _, f := range a.b.Filters {
		in := "query"
		if f.Path {
			in = "path"
		}
		v, ok := a.q.Arguments.Get(in, f.Param)
		if !ok || v == nil {
			continue
		}
		if text, isText := textOfValue(v); isText && f.Any != "" && text == f.Any {
			continue
		}
		if object, isObject := v.(map[string]any); isObject {
			if v, ok = object[f.Key]; !ok {
				continue
			}
		} else if f.Key != "" {
			continue
		}
		if values := textsOf(v); len(values) > 0 {
			list = append(list, condition{op: f.Op, property: f.Property, values: values})
		}
	}
	for _, s := range a.b.Search {
		if text := strings.TrimSpace(a.query(s.Param)); text != "" {
			list = append(list, condition{search: s.Properties, text: strings.ToLower(text)})
		}
	}
	return list
}

func textsOf(v any) []string {
	if list, ok := v.([]any); ok {
		var texts []string
		for _, item := range list {
			texts = append(texts, textsOf(item)...)
		}
		return texts
	}
	if text, ok := textOfValue(v); ok && text != "" {
		return []string{text}
	}
	return nil
}

func allHold(conditions []condition, rec *record) bool {
	for i := range conditions {
		if !conditions[i].holds(rec) {
			return false
		}
	}
	return true
}

// holds says whether an item passes. An item without the property fails every comparison but "ne".
func (c *condition) holds(rec *record) bool {
	if c.text != "" {
		return c.found(rec)
	}
	if !strings.HasPrefix(c.property, "/") {
		if have, ok := memberText(rec.json, c.property); ok {
			return c.compare(have) != (c.op == inference.NotEquals)
		}
	}
	item, err := schema.ParseJSON(rec.json)
	if err != nil {
		return false
	}
	v, ok := at(item, c.property)
	if !ok || v == nil {
		return c.op == inference.NotEquals
	}
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	hit := false
	for _, element := range list {
		hit = hit || slices.ContainsFunc(elementTexts(element), c.compare)
	}
	return hit != (c.op == inference.NotEquals)
}

// elementTexts are the texts by which a value is found: its own, or an object's id, name and key.
func elementTexts(v any) []string {
	if text, ok := textOfValue(v); ok {
		return []string{text}
	}
	var texts []string
	if object, ok := v.(map[string]any); ok {
		for _, name := range []string{"id", "name", "key", "slug", "login", "code"} {
			if text, ok := textOfValue(object[name]); ok {
				texts = append(texts, text)
			}
		}
	}
	return texts
}

// compare says whether a text compares with any of the values; for NotEquals, whether it equals one.
func (c *condition) compare(have string) bool {
	for _, want := range c.values {
		hit := false
		switch c.op {
		case inference.Equals, inference.NotEquals, "":
			hit = have == want || canonical(have) == canonical(want)
		case inference.Contains:
			hit = strings.Contains(strings.ToLower(have), strings.ToLower(want))
		case inference.AtLeast:
			hit = compareTexts(have, want) >= 0
		case inference.AtMost:
			hit = compareTexts(have, want) <= 0
		case inference.More:
			hit = compareTexts(have, want) > 0
		case inference.Less:
			hit = compareTexts(have, want) < 0
		}
		if hit {
			return true
		}
	}
	return false
}

// compareTexts orders two texts: as numbers where both are, as times where both are (a number beside a time is one in
// Unix seconds), else as they are.
func compareTexts(a, b string) int {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	t, isTimeA := timeOf(a)
	u, isTimeB := timeOf(b)
	switch {
	case errX == nil && errY == nil:
		return cmp.Compare(x, y)
	case isTimeA && isTimeB:
		return t.Compare(u)
	case isTimeA && errY == nil:
		return cmp.Compare(float64(t.Unix()), y)
	case errX == nil && isTimeB:
		return cmp.Compare(x, float64(u.Unix()))
	}
	return strings.Compare(a, b)
}

func timeOf(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// found says whether the search's text stands in one of its properties, or in any string of the item.
func (c *condition) found(rec *record) bool {
	item, err := schema.ParseJSON(rec.json)
	if err != nil {
		return false
	}
	if len(c.search) == 0 {
		return textIn(item, c.text, 0)
	}
	for _, property := range c.search {
		if v, ok := at(item, property); ok && textIn(v, c.text, 0) {
			return true
		}
	}
	return false
}

func textIn(v any, text string, depth int) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(strings.ToLower(v), text)
	case map[string]any:
		for _, member := range v {
			if depth < 4 && textIn(member, text, depth+1) {
				return true
			}
		}
	case []any:
		for _, item := range v {
			if depth < 4 && textIn(item, text, depth+1) {
				return true
			}
		}
	}
	return false
}

// An ordering sorts a list by properties.
type ordering struct{ keys []orderKeyOf }

type orderKeyOf struct {
	property   string
	descending bool
}

// ordering reads the request's sorting; nil keeps the order of creation.
func (a *act) ordering() *ordering {
	s := a.b.Sort
	if s == nil {
		return nil
	}
	by := a.query(s.By)
	if by == "" {
		by = s.Default
	}
	direction := strings.ToLower(a.query(s.Direction))
	if by == "" && (direction == "" || s.By != "") {
		return nil
	}
	o := &ordering{}
	const most = 8 // keys of one list
	for part := range strings.SplitSeq(by, ",") {
		k := orderKeyOf{descending: s.Descending}
		part = strings.TrimSpace(part)
		if rest, ok := strings.CutPrefix(part, "-"); ok {
			part, k.descending = rest, true
		} else if rest, ok := strings.CutPrefix(part, "+"); ok {
			part, k.descending = rest, false
		}
		for _, mark := range []string{":", " ", "."} {
			if name, way, ok := strings.Cut(part, mark); ok && (strings.EqualFold(way, "desc") || strings.EqualFold(way, "asc")) {
				part, k.descending = name, strings.EqualFold(way, "desc")
				break
			}
		}
		if direction != "" {
			k.descending = strings.HasPrefix(direction, "desc") || direction == "-1" || direction == "-"
		}
		if k.property = s.Properties[strings.ToLower(part)]; k.property == "" && len(s.Properties) == 0 {
			k.property = part
		}
		if k.property != "" && len(o.keys) < most {
			o.keys = append(o.keys, k)
		}
	}
	if len(o.keys) == 0 {
		return nil
	}
	return o
}

// order sorts the items; those that compare alike keep the order of creation, and those without a value come last.
func (o *ordering) order(list []*record) {
	type row struct {
		rec  *record
		keys []string
		has  []bool
	}
	rows := make([]row, len(list))
	for i, rec := range list {
		rows[i] = row{rec: rec}
		for _, k := range o.keys {
			text, ok := orderText(rec, k.property)
			rows[i].keys, rows[i].has = append(rows[i].keys, sortKey(text)), append(rows[i].has, ok)
		}
	}
	slices.SortStableFunc(rows, func(x, y row) int {
		for i, k := range o.keys {
			if x.has[i] != y.has[i] {
				if x.has[i] {
					return -1
				}
				return 1
			}
			n := strings.Compare(x.keys[i], y.keys[i])
			if k.descending {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
	for i := range rows {
		list[i] = rows[i].rec
	}
}

func orderText(rec *record, property string) (string, bool) {
	if !strings.HasPrefix(property, "/") {
		return memberText(rec.json, property)
	}
	item, err := schema.ParseJSON(rec.json)
	if err != nil {
		return "", false
	}
	v, ok := at(item, property)
	if !ok {
		return "", false
	}
	return textOfValue(v)
}
