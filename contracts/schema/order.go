package schema

// maxOrdered bounds the members that the order of one combined schema holds.
const maxOrdered = 4_000

// memberOrder is the order of members for a schema that is combined of several.
type memberOrder struct {
	list   []Property // each name once
	sorted []int32
	prefix []*Schema
	items  *Schema
	others *Schema // additionalProperties of the first part that has it
}

// memberOrder gives the declared members of an object in order, and the schema that knows them.
func (s *Schema) memberOrder() (*Schema, []Property) {
	s = s.Resolve()
	if s.order != nil {
		return s, s.order.list
	}
	return s, s.Properties
}

// itemOrder gives the schemas of an array's items.
func (s *Schema) itemOrder() ([]*Schema, *Schema) {
	s = s.Resolve()
	if s.order != nil {
		return s.order.prefix, s.order.items
	}
	return s.PrefixItems, s.Items
}

// orders says whether memberOrder has the name.
func (s *Schema) orders(name string) bool {
	if s.order != nil {
		return find(s.order.list, s.order.sorted, name) >= 0
	}
	return s.indexOf(name) >= 0
}

// orderOf gathers the members that a schema declares through others; nil where its own fields say it all.
func orderOf(s *Schema) *memberOrder {
	if s.uses&(useApply|useDynamic) == 0 && (s.Ref == nil || s.uses == useRef) {
		return nil
	}
	g := gatherer{}
	g.add(s, 0)
	o := &memberOrder{prefix: g.prefix, items: g.items, others: g.others}
	switch {
	case len(g.lists) == 1: // share what is there
		o.list = g.lists[0]
	default:
		o.list = g.merge()
	}
	o.sorted = sortedIndex(o.list)
	return o
}

type gatherer struct {
	seen   []*Schema
	lists  [][]Property
	prefix []*Schema
	items  *Schema
	others *Schema
	total  int
}

// add gathers a schema and what it applies to the same value, its own members first.
func (g *gatherer) add(s *Schema, depth int) {
	if s == nil || depth > 64 || len(g.seen) > 1000 || g.total > maxOrdered {
		return
	}
	for _, before := range g.seen {
		if before == s {
			return
		}
	}
	g.seen = append(g.seen, s)
	if len(s.Properties) > 0 {
		g.lists = append(g.lists, s.Properties)
		g.total += len(s.Properties)
	}
	if g.items == nil && g.prefix == nil {
		g.items, g.prefix = s.Items, s.PrefixItems
	}
	if g.others == nil {
		g.others = s.AdditionalProperties
	}
	g.add(s.Ref, depth+1)
	g.add(s.DynamicRef, depth+1)
	for _, branches := range [][]*Schema{s.AllOf, s.OneOf, s.AnyOf} {
		for _, b := range branches {
			g.add(b, depth+1)
		}
	}
	g.add(s.Then, depth+1)
	g.add(s.Else, depth+1)
	for _, p := range s.DependentSchemas {
		g.add(p.Schema, depth+1)
	}
}

func (g *gatherer) merge() []Property {
	list := make([]Property, 0, min(g.total, maxOrdered))
	index := make(map[string]int, cap(list))
	for _, props := range g.lists {
		for _, p := range props {
			if at, ok := index[p.Name]; ok {
				// A part that only says {} or requires the name must not hide one that says how it is made up.
				if list[at].Schema.Always {
					list[at].Schema = p.Schema
				}
				continue
			}
			if len(list) < maxOrdered {
				index[p.Name] = len(list)
				list = append(list, p)
			}
		}
	}
	return list
}

// otherOrder gives the schema of members that are not declared.
func (s *Schema) otherOrder() *Schema {
	if s.order != nil {
		return s.order.others
	}
	return s.AdditionalProperties
}
