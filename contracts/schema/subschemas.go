package schema

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// schema compiles the schema under a keyword.
func (r *reader) schema(n *yaml.Node, tokens ...string) *Schema {
	return r.subschema(n, r.at.child(n, tokens...), r.in, r.depth+1)
}

// list compiles a list of schemas; an empty one is as none.
func (r *reader) list(name string, n *yaml.Node) []*Schema {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		r.ignored(name, n, "a list with at least one schema")
		return nil
	}
	list := make([]*Schema, 0, len(n.Content))
	for i, item := range n.Content {
		if item = follow(item); item != nil {
			list = append(list, r.schema(item, name, strconv.Itoa(i)))
		}
	}
	return list
}

// schemas compiles a map of schemas, in the order of the document. Of two equal names the later counts.
func (r *reader) schemas(name string, n *yaml.Node) []Property {
	if n.Kind != yaml.MappingNode {
		r.ignored(name, n, "an object with a schema for each name")
		return nil
	}
	members := pairs(n)
	list := make([]Property, 0, len(members)/2)
	var seen map[string]int
	for i := 0; i+1 < len(members); i += 2 {
		value := follow(members[i+1])
		if value == nil {
			continue
		}
		p := Property{Name: r.intern(members[i].Value), Schema: r.schema(value, name, members[i].Value)}
		if seen == nil {
			seen = make(map[string]int, len(members)/2)
		}
		if at, ok := seen[p.Name]; ok {
			r.warn(p.Schema.At, "the name %s stands twice under %s; the later one counts", quoteShort(p.Name), name)
			list[at] = p
			continue
		}
		seen[p.Name] = len(list)
		list = append(list, p)
	}
	return list
}

func (r *reader) patternProperties(n *yaml.Node) {
	for _, p := range r.schemas("patternProperties", n) {
		pp := PatternProperty{Pattern: p.Name, Schema: p.Schema}
		pp.expression = r.expression(p.Name, p.Schema.At)
		r.s.PatternProperties = append(r.s.PatternProperties, pp)
	}
}

func (r *reader) dependentRequired(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		r.ignored("dependentRequired", n, "an object with a list of names for each name")
		return
	}
	members := pairs(n)
	for i := 0; i+1 < len(members); i += 2 {
		if value := follow(members[i+1]); value != nil {
			name := members[i].Value
			r.s.DependentRequired = append(r.s.DependentRequired,
				Dependency{Name: r.intern(name), Required: r.names("dependentRequired/"+name, value)})
		}
	}
}

// dependencies reads the keyword of drafts before 2019-09, which 2020-12 split in two.
func (r *reader) dependencies(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		r.ignored("dependencies", n, "an object")
		return
	}
	members := pairs(n)
	for i := 0; i+1 < len(members); i += 2 {
		value, name := follow(members[i+1]), r.intern(members[i].Value)
		switch {
		case value == nil:
		case value.Kind == yaml.SequenceNode:
			r.s.DependentRequired = append(r.s.DependentRequired,
				Dependency{Name: name, Required: r.names("dependencies", value)})
		default:
			r.s.DependentSchemas = append(r.s.DependentSchemas,
				Property{Name: name, Schema: r.schema(value, "dependencies", name)})
		}
	}
}

func (r *reader) xml(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		r.ignored("xml", n, "an object")
		return
	}
	x := &XML{}
	members := pairs(n)
	for i := 0; i+1 < len(members); i += 2 {
		value := follow(members[i+1])
		if value == nil {
			continue
		}
		switch members[i].Value {
		case "name":
			x.Name = r.text("xml/name", value)
		case "namespace":
			x.Namespace = r.text("xml/namespace", value)
		case "prefix":
			x.Prefix = r.text("xml/prefix", value)
		case "attribute":
			r.flag("xml/attribute", value, &x.Attribute)
		case "wrapped":
			r.flag("xml/wrapped", value, &x.Wrapped)
		case "nodeType": // OpenAPI 3.2 has it in place of the two booleans
			x.Attribute = x.Attribute || value.Value == "attribute"
			x.Wrapped = x.Wrapped || value.Value == "element" && r.s.Types&Array != 0
		}
	}
	r.s.XML = x
}

// settle brings together what several members of a schema say about one thing.
func (r *reader) settle() {
	s := r.s
	s.Minimum = r.exclusive("exclusiveMinimum", r.exclusiveMinimum, s.Minimum, 1)
	s.Maximum = r.exclusive("exclusiveMaximum", r.exclusiveMaximum, s.Maximum, -1)
	if r.tuple != nil {
		s.PrefixItems = r.list("items", r.tuple)
		if r.additionalItems != nil {
			s.Items = r.schema(r.additionalItems, "additionalItems")
		}
	}
	if s.Nullable {
		if r.dialect != OpenAPI30 {
			if r.nullables++; r.nullables == 1 {
				r.nullableAt = s.At
			}
		}
		if s.Types != 0 {
			s.Types |= Null
		}
	}
	s.uses = usesOf(s)
	s.format = formatNamed(s.Format)
	s.Always = s.uses == 0 && s.Types == 0
	s.resource = r.in
}

// exclusive applies exclusiveMinimum or exclusiveMaximum: in OpenAPI 3.0 a boolean beside the limit, later a limit of
// its own. Each form is understood in each dialect, since documents mix them. tight is the sign of the tighter side.
func (r *reader) exclusive(name string, n *yaml.Node, beside *Limit, tight int) *Limit {
	switch {
	case n == nil:
		return beside
	case isBool(n):
		if r.dialect != OpenAPI30 {
			r.ignored(name, n, "a number since OpenAPI 3.1; it is read as in 3.0")
		}
		if beside == nil || n.Value[0] == 'f' || n.Value[0] == 'F' {
			return beside
		}
		return r.limit(beside.Text, true)
	}
	if r.dialect == OpenAPI30 {
		r.ignored(name, n, "a boolean in OpenAPI 3.0; it is read as in 3.1")
	}
	return tighter(beside, r.number(name, n, true), tight)
}

// tighter gives the limit that leaves less: the greater one where sign is 1, the smaller one where it is -1.
func tighter(a, b *Limit, sign int) *Limit {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	if order := a.Exact.Cmp(b.Exact) * sign; order > 0 || order == 0 && a.Exclusive {
		return a
	}
	return b
}

// componentRef writes a reference to a component schema.
func componentRef(name string) string {
	return "#/components/schemas/" + EscapeToken(name)
}

// looksLikeName says whether a mapping value of a discriminator may be the name of a component.
func looksLikeName(text string) bool {
	return text != "" && strings.IndexFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_')
	}) < 0
}
