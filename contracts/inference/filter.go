package inference

import (
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// lists finds the filters, the sorting, the search and the choice of members of a list's query parameters.
// A Clear has filters too: they say which items go.
func (in *inference) lists(f *facts) {
	b := f.binding
	if b.Role != List && b.Role != Clear {
		return
	}
	item := in.shapes.of(b.Collection.Item)
	for _, q := range f.query {
		if b.Role == List && (in.sorts(f, q, item) || in.searches(f, q, item) || fieldNames[in.shapes.fold(q.Name)]) {
			continue
		}
		in.filter(f, q, item)
	}
	if b.Sort != nil && b.Sort.By == "" {
		b.Sort = nil // a direction of nothing
	}
}

// fieldNames are parameters that choose members, folded. They are no conditions on items.
var fieldNames = map[string]bool{"fields": true, "select": true, "includefields": true, "onlyfields": true, "fl": true}

var searchNames = map[string]bool{"q": true, "query": true, "search": true, "keyword": true, "keywords": true, "term": true,
	"searchterm": true, "searchtext": true, "text": true, "fulltext": true, "searchquery": true, "searchstring": true,
	"searchkeyword": true, "terms": true}

// searches recognises a parameter of free text.
func (in *inference) searches(f *facts, q *contracts.Parameter, item *shape) bool {
	name := in.shapes.fold(q.Name)
	if !searchNames[name] || item.like(name) != nil {
		return false
	}
	if sh := in.shapes.of(q.Schema); sh.types != 0 && sh.types&schema.String == 0 {
		return false
	}
	f.binding.Search = append(f.binding.Search, SearchParameter{Param: q.Name})
	return true
}

// An ending is a part of a parameter's name that says how to compare.
type ending struct {
	text string // folded, or as written where it has signs
	op   FilterOp
	time bool // only beside a point in time or a number that grows with it
}

var (
	suffixes = [...]ending{
		{"__gte", AtLeast, false}, {"__lte", AtMost, false}, {"__gt", More, false}, {"__lt", Less, false},
		{"__icontains", Contains, false}, {"__contains", Contains, false}, {"__startswith", Contains, false},
		{"__istartswith", Contains, false}, {"__iexact", Equals, false}, {"__exact", Equals, false}, {"__in", Equals, false},
		{"__ne", NotEquals, false}, {"[gte]", AtLeast, false}, {"[lte]", AtMost, false}, {"[gt]", More, false},
		{"[lt]", Less, false}, {"[eq]", Equals, false}, {"[ne]", NotEquals, false}, {"[like]", Contains, false},
		{"[contains]", Contains, false}, {"[after]", More, true}, {"[before]", Less, true}, {">=", AtLeast, false},
		{"<=", AtMost, false}, {">", AtLeast, false}, {"<", AtMost, false}, {"[in]", Equals, false}, {"[]", Equals, false},
	}
	wordEnds = [...]ending{
		{"after", More, true}, {"before", Less, true}, {"since", AtLeast, true}, {"until", AtMost, true},
		{"from", AtLeast, false}, {"to", AtMost, false}, {"min", AtLeast, false}, {"max", AtMost, false},
		{"gte", AtLeast, false}, {"lte", AtMost, false}, {"gt", More, false}, {"lt", Less, false},
		{"contains", Contains, false}, {"substring", Contains, false}, {"like", Contains, false}, {"ne", NotEquals, false},
		{"not", NotEquals, false}, {"eq", Equals, false}, {"start", AtLeast, true}, {"end", AtMost, true},
	}
	wordStarts = [...]ending{
		{"min", AtLeast, false}, {"max", AtMost, false}, {"minimum", AtLeast, false}, {"maximum", AtMost, false},
		{"from", AtLeast, true}, {"to", AtMost, true}, {"after", More, true}, {"before", Less, true},
		{"since", AtLeast, true}, {"until", AtMost, true}, {"not", NotEquals, false}, {"start", AtLeast, true},
		{"end", AtMost, true},
	}
)

// filter turns one query parameter into a comparison with a property of the item, where one is meant.
func (in *inference) filter(f *facts, q *contracts.Parameter, item *shape) {
	sh := in.shapes.of(q.Schema)
	if q.Style == "deepObject" || len(sh.members) > 0 {
		in.deepFilter(f, q, item, sh)
		return
	}
	if in.isPaging(q) || len(item.members) == 0 {
		return
	}
	name := q.Name
	if inner, ok := strings.CutPrefix(name, "filter["); ok {
		name = strings.Replace(inner, "]", "", 1)
	}
	if p := in.propertyFor(name, q.Schema, item); p != "" {
		if every, ok := in.valuesMeet(q.Schema, in.property(item.schema, p)); ok {
			in.addFilter(f, Filter{Param: q.Name, Property: p, Op: Equals, Any: every})
		}
		return
	}
	for _, e := range suffixes {
		if base, ok := strings.CutSuffix(name, e.text); ok && base != "" {
			in.compare(f, q, base, e, item)
			return
		}
	}
	in.wordFilter(f, q, name, item)
}

// valuesMeet says whether a parameter's values can be a property's at all, where the document lists both, and
// gives the value that stands for all of them.
func (in *inference) valuesMeet(param, property *schema.Schema) (every string, ok bool) {
	if items := in.shapes.of(param).items; items != nil {
		param = items
	}
	asked, held := enumTexts(param), enumTexts(property)
	meets := len(asked) == 0 || len(held) == 0
	for _, v := range asked {
		switch {
		case slices.Contains(held, v):
			meets = true
		case every == "" && (v == "all" || v == "any" || v == "both" || v == "*"):
			every = v
		}
	}
	return every, meets
}

// wordFilter recognises comparisons in words: created_after, min_price, since, start_date.
func (in *inference) wordFilter(f *facts, q *contracts.Parameter, name string, item *shape) {
	w := words(name)
	if len(w) == 0 {
		return
	}
	last, first := w[len(w)-1], w[0]
	if len(w) > 1 {
		for _, e := range wordEnds {
			if last == e.text && in.compare(f, q, strings.Join(w[:len(w)-1], "_"), e, item) {
				return
			}
		}
		for _, e := range wordStarts {
			if first == e.text && in.compare(f, q, strings.Join(w[1:], "_"), e, item) {
				return
			}
		}
		return
	}
	for _, e := range wordEnds {
		if last == e.text && e.time && e.text != "start" && e.text != "end" && dateLike(q.Schema) {
			in.compare(f, q, "", e, item)
			return
		}
	}
}

// compare adds a filter for a base name, and says whether a property was found for it.
func (in *inference) compare(f *facts, q *contracts.Parameter, base string, e ending, item *shape) bool {
	p := ""
	if base != "" {
		p = in.propertyFor(base, q.Schema, item)
	}
	if p == "" {
		p = in.timeProperty(base, item)
	}
	if p == "" {
		return false
	}
	in.addFilter(f, Filter{Param: q.Name, Property: p, Op: e.op})
	return true
}

// timeProperty finds a property that holds a time: created gives created_at, createdAt, date_created.
func (in *inference) timeProperty(base string, item *shape) string {
	base = fold(base)
	var names []string
	switch base {
	case "", "time", "timestamp", "datetime":
		names = []string{"updatedat", "createdat", "updated", "created", "timestamp", "date", "time", "datecreated", "createdon"}
	case "date":
		names = []string{"date", "createdat", "created", "timestamp", "dates"}
	default:
		names = []string{base + "at", base + "on", base + "date", base + "time", "date" + base, base + "datetime",
			base + "timestamp", base + "attime", base + "dateutc"}
	}
	for _, n := range names {
		if m := item.like(n); m != nil && !in.shapes.of(m.schema).isArray() {
			return m.name
		}
	}
	return ""
}

func dateLike(x *schema.Schema) bool {
	if x == nil {
		return false
	}
	return strings.HasPrefix(x.Resolve().Format, "date")
}

// propertyFor finds the property that a query parameter's name stands for.
func (in *inference) propertyFor(name string, typ *schema.Schema, item *shape) string {
	f := in.shapes.fold(name)
	if f == "" {
		return ""
	}
	if m := item.like(f); m != nil {
		return in.comparable(m, typ)
	}
	sh := in.shapes.of(typ)
	if sh.isArray() || strings.HasSuffix(f, "s") {
		for i := range item.members { // ids → id, statuses → status, tag → tags
			if mf := in.shapes.fold(item.members[i].name); mf != "" && pluralOf(f, mf) {
				return in.comparable(&item.members[i], typ)
			}
		}
	}
	if m := item.like(f + "s"); m != nil && in.shapes.of(m.schema).isArray() {
		return m.name
	}
	for _, id := range [...]string{"id", "uuid", "name", "login", "slug", "sid"} {
		if base, ok := strings.CutSuffix(f, id); ok && base != "" { // owner_id → owner, or /owner/id
			if m := item.like(base); m != nil {
				inner := in.shapes.of(m.schema)
				if got := inner.like(id); got != nil {
					return "/" + schema.EscapeToken(m.name) + "/" + schema.EscapeToken(got.name)
				}
				if inner.isScalar() && id != "name" {
					return m.name
				}
			}
			if m := item.like(base + "s"); m != nil && in.textList(m.schema) { // tag_name → tags
				return m.name
			}
		} else if m := item.like(f + id); m != nil && id != "id" && in.canHold(m.schema, nil) && len(f) > 3 {
			return m.name
		}
	}
	if m := item.like(f + "id"); m != nil && in.canHold(m.schema, nil) {
		return m.name
	}
	if m := item.like("is" + f); m != nil {
		return m.name
	}
	if rest, ok := strings.CutPrefix(f, "is"); ok && len(rest) > 3 {
		if m := item.like(rest); m != nil {
			return in.comparable(m, typ)
		}
	}
	return ""
}

// comparable gives the property under a member that a parameter's value can be compared with: the member
// itself, its items, or the id of an object.
func (in *inference) comparable(m *member, typ *schema.Schema) string {
	inner := in.shapes.of(m.schema)
	if len(inner.members) == 0 {
		if inner.isArray() && inner.items != nil && len(in.shapes.of(inner.items).members) > 0 {
			return ""
		}
		return m.name
	}
	if inner.types&(schema.String|schema.Integer) != 0 {
		return m.name // an expandable reference: an id, or the object
	}
	for _, id := range [...]string{"id", "login", "slug", "name", "uuid"} {
		if got := inner.like(id); got != nil && in.canHold(got.schema, typ) {
			return "/" + schema.EscapeToken(m.name) + "/" + schema.EscapeToken(got.name)
		}
	}
	return ""
}

// textList says that a member is a list of texts or numbers.
func (in *inference) textList(m *schema.Schema) bool {
	sh := in.shapes.of(m)
	return sh.isArray() && sh.items != nil && in.shapes.of(sh.items).isScalar()
}

// deepKeys are the members of a deepObject parameter that compare.
var deepKeys = map[string]FilterOp{"gt": More, "gte": AtLeast, "lt": Less, "lte": AtMost, "eq": Equals, "ne": NotEquals,
	"neq": NotEquals, "not": NotEquals, "contains": Contains, "like": Contains, "in": Equals, "min": AtLeast, "max": AtMost,
	"from": AtLeast, "to": AtMost, "after": More, "before": Less, "since": AtLeast, "until": AtMost}

// deepFilter reads a parameter with members: created[gte], or filter[status].
func (in *inference) deepFilter(f *facts, q *contracts.Parameter, item, sh *shape) {
	whole := in.propertyFor(q.Name, nil, item)
	if whole == "" {
		whole = in.timeProperty(q.Name, item)
	}
	for i := range sh.members {
		key := sh.members[i].name
		if op, ok := deepKeys[in.shapes.fold(key)]; ok && whole != "" {
			in.addFilter(f, Filter{Param: q.Name, Property: whole, Op: op, Key: key})
			continue
		}
		if n := in.shapes.fold(q.Name); n == "filter" || n == "filters" || n == "where" {
			if p := in.propertyFor(key, sh.members[i].schema, item); p != "" {
				in.addFilter(f, Filter{Param: q.Name, Property: p, Op: Equals, Key: key})
			}
			continue
		}
		if m := item.like(in.shapes.fold(q.Name)); m != nil && m.schema != nil {
			if got := in.shapes.of(m.schema).member(key); got != nil {
				in.addFilter(f, Filter{Param: q.Name, Property: "/" + schema.EscapeToken(m.name) + "/" + schema.EscapeToken(got.name), Op: Equals, Key: key})
			}
		}
	}
	if whole != "" && sh.types&(schema.String|schema.Integer|schema.Number) != 0 {
		in.addFilter(f, Filter{Param: q.Name, Property: whole, Op: Equals})
	}
}

func (in *inference) addFilter(f *facts, x Filter) {
	if len(f.binding.Filters) < 200 {
		f.binding.Filters = append(f.binding.Filters, x)
	}
}

// isPaging says that a parameter cuts pages; its name may be a property's name too ("page", "limit").
func (in *inference) isPaging(q *contracts.Parameter) bool {
	name := in.shapes.fold(q.Name)
	if pageNames[name] && name != "p" || name == "limit" || name == "offset" || name == "perpage" || name == "pagesize" || name == "cursor" {
		return true
	}
	return (cursorNames[name] || beforeNames[name] || offsetNames[name] || limitNames[name]) && !dateLike(q.Schema)
}
