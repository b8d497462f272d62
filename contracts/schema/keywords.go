package schema

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// reader reads the keywords of one schema object into s.
type reader struct {
	*Compiler
	s     *Schema
	node  *yaml.Node
	at    Location // of the schema, with its pointer
	in    *resource
	depth int

	tuple            *yaml.Node // items as an array, of drafts before 2020-12
	additionalItems  *yaml.Node
	exclusiveMinimum *yaml.Node
	exclusiveMaximum *yaml.Node
}

func (r *reader) read(members []*yaml.Node) {
	if ref := member(members, "$ref"); r.dialect == OpenAPI30 && isString(ref) {
		r.s.Ref = r.reference(ref)
		r.s.Extension = member(members, "x-understudy")
		if r.s.uses = useRef; r.s.Ref == nil {
			r.s.uses, r.s.Always = 0, true
		}
		return
	}
	if r.dialect != OpenAPI30 {
		if id := member(members, "$id"); isString(id) && !strings.HasPrefix(id.Value, "#") {
			r.in = r.enter(id.Value)
		}
	}
	for i := 0; i+1 < len(members); i += 2 {
		if key, value := members[i], follow(members[i+1]); value != nil {
			r.keyword(key.Value, value)
		}
	}
	r.settle()
}

// keyword reads one member of a schema object.
func (r *reader) keyword(name string, n *yaml.Node) {
	if r.annotation(name, n) || r.assertion(name, n) || r.applicator(name, n) {
		return
	}
	if r.dialect != OpenAPI30 {
		r.later(name, n)
	}
}

// assertion reads what OpenAPI 3.0 and JSON Schema have in common and that holds no schemas.
func (r *reader) assertion(name string, n *yaml.Node) bool {
	s := r.s
	switch name {
	case "type":
		r.types(n)
	case "enum":
		r.enum(n)
	case "nullable":
		r.flag(name, n, &s.Nullable)
	case "multipleOf":
		s.MultipleOf = r.number(name, n, false)
		if s.MultipleOf != nil && s.MultipleOf.Exact.Sign() <= 0 {
			r.ignored(name, n, "a number above 0")
			s.MultipleOf = nil
		}
	case "minimum":
		s.Minimum = tighter(s.Minimum, r.number(name, n, false), 1)
	case "maximum":
		s.Maximum = tighter(s.Maximum, r.number(name, n, false), -1)
	case "exclusiveMinimum":
		r.exclusiveMinimum = n
	case "exclusiveMaximum":
		r.exclusiveMaximum = n
	case "minLength":
		s.MinLength = r.size(name, n)
	case "maxLength":
		s.MaxLength = r.size(name, n)
	case "minItems":
		s.MinItems = r.size(name, n)
	case "maxItems":
		s.MaxItems = r.size(name, n)
	case "minProperties":
		s.MinProperties = r.size(name, n)
	case "maxProperties":
		s.MaxProperties = r.size(name, n)
	case "uniqueItems":
		r.flag(name, n, &s.UniqueItems)
	case "required":
		s.Required = r.names(name, n)
	case "pattern":
		s.Pattern = r.text(name, n)
		s.expression = r.expression(s.Pattern, r.at.child(n, name))
	case "format":
		s.Format = r.text(name, n)
	default:
		return false
	}
	return true
}

// applicator reads what OpenAPI 3.0 and JSON Schema have in common and that holds schemas.
func (r *reader) applicator(name string, n *yaml.Node) bool {
	s := r.s
	switch name {
	case "items":
		if n.Kind == yaml.SequenceNode {
			r.tuple = n
			r.ignored(name, n, "one schema; it is read as prefixItems")
		} else {
			s.Items = r.schema(n, name)
		}
	case "properties":
		s.Properties = r.schemas(name, n)
	case "additionalProperties":
		s.AdditionalProperties = r.schema(n, name)
	case "allOf":
		s.AllOf = r.list(name, n)
	case "anyOf":
		s.AnyOf = r.list(name, n)
	case "oneOf":
		s.OneOf = r.list(name, n)
	case "not":
		s.Not = r.schema(n, name)
	default:
		return false
	}
	return true
}

// later reads what only JSON Schema has.
func (r *reader) later(name string, n *yaml.Node) {
	s := r.s
	switch name {
	case "$ref":
		if isString(n) {
			s.Ref = r.reference(n)
		} else {
			r.ignored(name, n, "a string")
		}
	case "$dynamicRef":
		r.dynamicReference(n)
	case "$dynamicAnchor":
		r.in.anchor(n.Value, s)
	case "$defs", "definitions":
		// Members that nothing refers to may still hold a $dynamicAnchor.
		for _, p := range r.schemas(name, n) {
			_ = p
		}
	case "const":
		if v, ok := r.value(name, n); ok {
			s.Const, s.HasConst = v, true
		}
	case "prefixItems":
		s.PrefixItems = r.list(name, n)
	case "contains":
		s.Contains = r.schema(n, name)
	case "minContains":
		s.MinContains = r.size(name, n)
	case "maxContains":
		s.MaxContains = r.size(name, n)
	case "unevaluatedItems":
		s.UnevaluatedItems = r.schema(n, name)
	case "unevaluatedProperties":
		s.UnevaluatedProperties = r.schema(n, name)
	case "patternProperties":
		r.patternProperties(n)
	case "propertyNames":
		s.PropertyNames = r.schema(n, name)
	case "dependentSchemas":
		s.DependentSchemas = r.schemas(name, n)
	case "dependentRequired":
		r.dependentRequired(n)
	case "dependencies":
		r.dependencies(n)
	case "if":
		s.If = r.schema(n, name)
	case "then":
		s.Then = r.schema(n, name)
	case "else":
		s.Else = r.schema(n, name)
	case "additionalItems":
		r.additionalItems = n
	}
}

// annotation reads what describes a schema without judging values.
func (r *reader) annotation(name string, n *yaml.Node) bool {
	s := r.s
	switch name {
	case "title":
		s.Title = r.words(n)
	case "description":
		s.Description = r.words(n)
	case "default":
		s.Default, s.HasDefault = r.value(name, n)
	case "example":
		if v, ok := r.value(name, n); ok {
			s.Examples = append([]any{v}, s.Examples...)
		}
	case "examples":
		if r.dialect == OpenAPI30 || n.Kind != yaml.SequenceNode {
			return true // a map of Example Objects has no place in a schema
		}
		for i, item := range n.Content {
			if v, ok := r.value(name+"/"+strconv.Itoa(i), item); ok {
				s.Examples = append(s.Examples, v)
			}
		}
	case "deprecated":
		r.flag(name, n, &s.Deprecated)
	case "readOnly":
		r.flag(name, n, &s.ReadOnly)
	case "writeOnly":
		r.flag(name, n, &s.WriteOnly)
	case "contentEncoding":
		s.ContentEncoding = r.text(name, n)
	case "contentMediaType":
		s.ContentMediaType = r.text(name, n)
	case "discriminator":
		r.discriminator(n)
	case "xml":
		r.xml(n)
	case "x-understudy":
		s.Extension = n
	default:
		return false
	}
	return true
}

func (r *reader) types(n *yaml.Node) {
	list := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		list = n.Content
		if r.dialect == OpenAPI30 {
			r.ignored("type", n, "one name in OpenAPI 3.0; it is read as in 3.1")
		}
	}
	for _, item := range list {
		item = follow(item)
		t := Types(0)
		if item != nil && item.Kind == yaml.ScalarNode {
			t = typeNames[item.Value] // null stands unquoted in many YAML documents
		}
		if t == 0 {
			r.ignored("type", n, "one of null, boolean, integer, number, string, array, object, or a list of them; any type is taken")
			r.s.Types = 0
			return
		}
		r.s.Types |= t
	}
}

func (r *reader) enum(n *yaml.Node) {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		r.ignored("enum", n, "a list with at least one value")
		return
	}
	values := make([]any, 0, len(n.Content))
	for i, item := range n.Content {
		if v, ok := r.value("enum/"+strconv.Itoa(i), item); ok {
			values = append(values, v)
		}
	}
	r.s.Enum = values
}

// number reads a limit; nil where there is none to be had.
func (r *reader) number(name string, n *yaml.Node, exclusive bool) *Limit {
	v, err := Decode(n)
	text, isNum := v.(json.Number)
	if s, ok := v.(string); ok && err == nil {
		if _, ok := parseNumber(s); ok {
			r.ignored(name, n, "a number, not a string; its number is used")
			text, isNum = json.Number(s), true
		}
	}
	if err != nil || !isNum {
		r.ignored(name, n, "a number")
		return nil
	}
	l := r.limit(string(text), exclusive)
	if l == nil {
		r.ignored(name, n, "a number within 1e±"+strconv.Itoa(maxLimitExponent))
	}
	return l
}

// size reads a count: a number without a fraction that is not below zero.
func (r *reader) size(name string, n *yaml.Node) *int {
	l := r.number(name, n, false)
	if l == nil {
		return nil
	}
	if !l.Exact.IsInt() || l.Exact.Sign() < 0 {
		r.ignored(name, n, "an integer that is not below 0")
		return nil
	}
	if big := l.Exact.Num(); !big.IsInt64() || big.Int64() > 1<<53 {
		return r.count(1 << 53)
	}
	return r.count(int(l.Exact.Num().Int64()))
}

func (r *reader) flag(name string, n *yaml.Node, to *bool) {
	switch {
	case isBool(n):
		*to = n.Value[0] == 't' || n.Value[0] == 'T'
	case n.Kind == yaml.ScalarNode && (n.Value == "true" || n.Value == "false"):
		r.ignored(name, n, "a boolean, not a string; its meaning is used")
		*to = n.Value == "true"
	default:
		r.ignored(name, n, "a boolean")
	}
}

func (r *reader) text(name string, n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		r.ignored(name, n, "a string")
		return ""
	}
	return r.intern(n.Value)
}

// words reads a text for people.
func (r *reader) words(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		return ""
	}
	text := n.Value
	if len(text) > maxDescription {
		end := maxDescription
		for end > 0 && !utf8.RuneStart(text[end]) {
			end--
		}
		text = strings.Clone(text[:end])
	}
	return r.intern(text)
}

func (r *reader) names(name string, n *yaml.Node) []string {
	if n.Kind != yaml.SequenceNode {
		r.ignored(name, n, "a list of property names")
		return nil
	}
	list := make([]string, 0, len(n.Content))
	for _, item := range n.Content {
		if item = follow(item); item == nil || item.Kind != yaml.ScalarNode {
			r.ignored(name, n, "a list of property names; other entries are left out")
			continue
		}
		list = append(list, r.intern(item.Value))
	}
	return list
}

func (r *reader) value(name string, n *yaml.Node) (any, bool) {
	v, err := Decode(n)
	if err != nil {
		r.warn(r.at.child(n, strings.Split(name, "/")...), "%s is not a JSON value and is ignored: %v", name, err)
		return nil, false
	}
	return v, true
}

func (r *reader) ignored(name string, n *yaml.Node, want string) {
	r.warn(r.at.child(n, name), "%s should be %s; here is %s", name, want, kindOf(n))
}

// member gives the value of a key among pairs, or nil.
func member(members []*yaml.Node, name string) *yaml.Node {
	for i := 0; i+1 < len(members); i += 2 {
		if members[i].Value == name {
			return follow(members[i+1])
		}
	}
	return nil
}
