package contracts

import (
	"slices"
	"strconv"
	"strings"
)

// A query of more pairs than this is refused: it costs more to read than any operation needs.
const maxPairs = 10_000

// A pair is one name=value of a query or of the Cookie header.
type pair struct {
	name string // decoded
	raw  string // value as sent
	of   int    // index of the parameter that claims it; -1 for none
}

func (d *parameterReader) readQuery(query string) {
	var space [12]pair // enough for most requests without a heap allocation
	pairs, ok := splitPairs(space[:0], query)
	if !ok {
		d.violations = append(d.violations, tooManyPairs("query"))
	}
	claimed := d.claimQuery(pairs)
	for _, i := range d.plan.query {
		d.readPairs(i, pairs)
	}
	if !claimed {
		d.collectUndeclared(pairs)
	}
}

func tooManyPairs(in string) Violation {
	v := Violation{In: in}
	v.Keyword, v.Limit = "limit", strconv.Itoa(maxPairs)
	v.Want, v.Got = "at most "+v.Limit+" parameters", "more"
	return v
}

// splitPairs parts a query string. It tells whether there were few enough pairs.
func splitPairs(pairs []pair, query string) ([]pair, bool) {
	for query != "" {
		part := query
		if i := strings.IndexByte(query, '&'); i >= 0 {
			part, query = query[:i], query[i+1:]
		} else {
			query = ""
		}
		if part == "" {
			continue
		}
		if len(pairs) >= maxPairs {
			return pairs, false
		}
		name, value, _ := strings.Cut(part, "=")
		if plain, err := unescape(name, true); err == nil {
			name = plain
		}
		pairs = append(pairs, pair{name: name, raw: value, of: -1})
	}
	return pairs, true
}

// claimQuery finds the parameter of each pair and tells whether all have one. Exact names come first, then
// "name[…]" of deep objects, then the members of exploded objects.
func (d *parameterReader) claimQuery(pairs []pair) bool {
	all := true
	for at := range pairs {
		p := &pairs[at]
		p.of = d.queryNamed(p.name)
		if p.of < 0 {
			p.of = d.queryClaiming(p.name)
		}
		all = all && p.of >= 0
	}
	return all
}

func (d *parameterReader) queryNamed(name string) int {
	if d.plan.names != nil {
		if i, ok := d.plan.names[name]; ok && !d.spreadOnly(i) {
			return i
		}
		return -1
	}
	for _, i := range d.plan.query {
		if d.plan.codecs[i].Name == name && !d.spreadOnly(i) {
			return i
		}
	}
	return -1
}

// spreadOnly tells of an exploded object, whose own name never stands in a query.
func (d *parameterReader) spreadOnly(i int) bool {
	c := &d.plan.codecs[i]
	return c.shape == record && c.spreads()
}

func (d *parameterReader) queryClaiming(name string) int {
	if len(d.plan.deep) > 0 {
		if head, _, ok := strings.Cut(name, "["); ok {
			for _, i := range d.plan.deep {
				if d.plan.codecs[i].Name == head {
					return i
				}
			}
		}
	}
	for _, i := range d.plan.spread {
		if d.plan.codecs[i].claims(name) {
			return i
		}
	}
	return -1
}

func (d *parameterReader) collectUndeclared(pairs []pair) {
	var seen map[string]bool
	for _, p := range pairs {
		if p.of >= 0 {
			continue
		}
		if len(pairs) <= scanNames {
			if slices.Contains(d.args.Undeclared, p.name) {
				continue
			}
		} else if seen[p.name] {
			continue
		} else {
			if seen == nil {
				seen = make(map[string]bool)
			}
			seen[p.name] = true
		}
		d.args.Undeclared = append(d.args.Undeclared, p.name)
	}
}

// readPairs decodes one parameter from the pairs that it claims.
func (d *parameterReader) readPairs(i int, pairs []pair) {
	first, count := -1, 0
	for at := range pairs {
		if pairs[at].of == i {
			if count == 0 {
				first = at
			}
			count++
		}
	}
	c := &d.plan.codecs[i]
	switch {
	case count == 0:
		d.missing(i)
	case c.In == "query" && c.Style == "deepObject":
		d.readTree(i, pairs, c.shape == scalar)
	case c.shape == mixed && c.spreads() && (count > 1 || pairs[first].name != c.Name):
		d.readMixedPairs(i, pairs)
	case c.spreads() && c.shape == record:
		d.readTree(i, pairs, false)
	case c.Explode && (c.shape == list && (count > 1 || c.delimiter() == ',') || c.shape == mixed && count > 1):
		d.readExploded(i, pairs, count)
	case count > 1:
		d.repeated(i, count)
	case pairs[first].raw == "" && c.AllowEmptyValue:
		// The empty value stands for itself; no schema is asked about it.
		d.args.values[i] = argument{"", true}
	default:
		d.readText(i, pairs[first].raw)
	}
}

// readExploded decodes an array whose items are pairs of the same name. A single empty value is the empty
// array.
func (d *parameterReader) readExploded(i int, pairs []pair, count int) {
	c := &d.plan.codecs[i]
	tokens := make([]string, 0, count)
	for _, p := range pairs {
		if p.of == i {
			tokens = append(tokens, p.raw)
		}
	}
	if count == 1 && tokens[0] == "" {
		tokens = nil
	}
	value, fault := c.items(tokens)
	if fault != nil {
		d.violations = append(d.violations, *fault)
		return
	}
	d.keep(i, value)
}

// readMixedPairs decodes a parameter that may be an exploded array or an exploded object.
func (d *parameterReader) readMixedPairs(i int, pairs []pair) {
	c := &d.plan.codecs[i]
	own := 0
	for _, p := range pairs {
		if p.of == i && p.name == c.Name {
			own++
		}
	}
	if own > 0 {
		d.readExploded(i, slices.DeleteFunc(slices.Clone(pairs), func(p pair) bool { return p.name != c.Name }), own)
		return
	}
	d.readTree(i, pairs, false)
}

// readTree decodes a parameter whose members stand in the names of its pairs: name[a][b]=1 of a deep object,
// a=1 of an exploded one.
func (d *parameterReader) readTree(i int, pairs []pair, single bool) {
	c := &d.plan.codecs[i]
	if single {
		d.readScalarPairs(i, pairs)
		return
	}
	form := newFormReader(c.In, c.Name)
	root := form.node()
	for _, p := range pairs {
		if p.of != i {
			continue
		}
		l := leaf{raw: p.raw, encoded: true, plus: c.In == "query", verbatim: c.Style == "cookie"}
		if c.Style == "deepObject" {
			form.add(root, p.name[len(c.Name):], true, l)
		} else {
			form.add(root, p.name, false, l)
		}
	}
	value := form.value(root, c.view)
	d.violations = append(d.violations, form.violations...)
	if len(form.violations) == 0 {
		d.keep(i, value)
	}
}

// readScalarPairs decodes a parameter of a structured style whose schema allows no structure.
func (d *parameterReader) readScalarPairs(i int, pairs []pair) {
	count, raw := 0, ""
	for _, p := range pairs {
		if p.of == i {
			count++
			raw = p.raw
		}
	}
	if count > 1 {
		d.repeated(i, count)
		return
	}
	d.readText(i, raw)
}

// readWhole decodes the parameter that is the query string as a whole.
func (d *parameterReader) readWhole(i int, query string) {
	if query == "" {
		d.missing(i)
		return
	}
	d.readText(i, query)
}
