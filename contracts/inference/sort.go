package inference

import (
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

var (
	sortNames = map[string]bool{"sort": true, "orderby": true, "sortby": true, "ordering": true, "sortfield": true,
		"sortkey": true, "sortcolumn": true, "order": true, "orders": true, "sorts": true, "sorting": true, "sorted": true}
	directionNames = map[string]bool{"direction": true, "sortorder": true, "sortdirection": true, "sortdir": true,
		"orderdirection": true, "dir": true, "orderdir": true, "order": true, "orderbydirection": true, "sorttype": true}
)

// sorts recognises the parameters that order a list.
func (in *inference) sorts(f *facts, q *contracts.Parameter, item *shape) bool {
	name := in.shapes.fold(q.Name)
	if !sortNames[name] && !directionNames[name] {
		return false
	}
	x := q.Schema
	sh := in.shapes.of(x)
	if sh.isArray() && sh.items != nil {
		x = sh.items
		sh = in.shapes.of(x)
	}
	if len(sh.members) > 0 || sh.types != 0 && sh.types&schema.String == 0 {
		return false
	}
	values := enumTexts(x)
	b := f.binding
	if b.Sort == nil {
		b.Sort = &Sorting{}
	}
	if directionNames[name] && (onlyDirections(values) || !sortNames[name]) {
		b.Sort.Direction = q.Name
		if d := textDefault(q.Schema); strings.HasPrefix(strings.ToLower(d), "desc") {
			b.Sort.Descending = true
		}
		return true
	}
	if onlyDirections(values) { // sort=asc orders by time of creation
		b.Sort.Direction = q.Name
		return true
	}
	if b.Sort.By != "" {
		return true
	}
	b.Sort.By = q.Name
	b.Sort.Properties = in.sortValues(values, item)
	if d := textDefault(q.Schema); d != "" {
		base, down := sortBase(d)
		b.Sort.Default = base
		b.Sort.Descending = b.Sort.Descending || down
	}
	return true
}

// sortValues maps the accepted values of a sort parameter to properties; nil where the document lists none.
func (in *inference) sortValues(values []string, item *shape) map[string]string {
	if len(values) == 0 {
		return nil
	}
	out := map[string]string{}
	for _, v := range values {
		base, _ := sortBase(v)
		key := strings.ToLower(base)
		if _, ok := out[key]; ok || base == "" {
			continue
		}
		p := ""
		if m := item.like(fold(base)); m != nil {
			p = m.name
		} else {
			p = in.timeProperty(base, item)
		}
		if p != "" {
			out[key] = p
		}
	}
	return out
}

// sortBase takes sign and suffix off a sort value and says whether they ask for descending order.
func sortBase(v string) (base string, down bool) {
	switch {
	case strings.HasPrefix(v, "-"):
		return v[1:], true
	case strings.HasPrefix(v, "+"):
		return v[1:], false
	}
	low := strings.ToLower(v)
	for _, sep := range [...]string{":", " ", "_", "."} {
		if strings.HasSuffix(low, sep+"desc") {
			return v[:len(v)-len(sep)-4], true
		}
		if strings.HasSuffix(low, sep+"asc") {
			return v[:len(v)-len(sep)-3], false
		}
	}
	return v, false
}

func onlyDirections(values []string) bool {
	for _, v := range values {
		switch strings.ToLower(v) {
		case "asc", "desc", "ascending", "descending", "1", "-1":
		default:
			return false
		}
	}
	return len(values) > 0
}

func enumTexts(x *schema.Schema) []string {
	if x == nil {
		return nil
	}
	var out []string
	for _, s := range append([]*schema.Schema{x.Resolve()}, x.Resolve().AllOf...) {
		for _, v := range s.Resolve().Enum {
			if text, ok := v.(string); ok {
				out = append(out, text)
			}
		}
	}
	return out
}

// textDefault gives a schema's default where it is a text, or the first of a list of texts.
func textDefault(x *schema.Schema) string {
	if x == nil {
		return ""
	}
	v, r := x.Default, x.Resolve()
	if !x.HasDefault {
		v = r.Default
	}
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	text, _ := v.(string)
	return text
}
