package arazzo

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

// prefix is the one extension field that is read; docs/arazzo.md lists its words.
const prefix = "x-understudy"

// An object is one object of the specification while it is read.
type object struct {
	*parser
	node       *yaml.Node
	pointer    string
	what       string // "a step"
	fields     map[string]*yaml.Node
	extensions map[string]any
	understudy *yaml.Node
}

// object reads the members of n. allowed are the fields that it may have; one that begins with "1.1 " is not of 1.0. It
// gives nil, and has reported it, where n is no object.
func (p *parser) object(n *yaml.Node, pointer, what string, allowed ...string) *object {
	if n.Kind != yaml.MappingNode {
		p.fail(p.at(n, pointer), "write an object", "%s is %s and not an object", what, describe(n))
		return nil
	}
	o := &object{parser: p, node: n, pointer: pointer, what: what, fields: map[string]*yaml.Node{}}
	var names, later []string
	for _, name := range allowed {
		if newer, ok := strings.CutPrefix(name, "1.1 "); ok {
			if p.version < V11 {
				later = append(later, newer)
				continue
			}
			name = newer
		}
		names = append(names, name)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		o.field(key, value, names, later)
	}
	return o
}

func (o *object) field(key, value *yaml.Node, names, later []string) {
	name := key.Value
	at := o.at(key, o.pointer+"/"+schema.EscapeToken(name))
	switch {
	case name == prefix:
		o.understudy = value
	case strings.HasPrefix(name, "x-"):
		if o.extensions == nil {
			o.extensions = map[string]any{}
		}
		o.extensions[name] = o.decode(value, at.Pointer)
		if best := nearest(name, []string{prefix}); best != "" && len(name) > 8 {
			o.warn(at, "did you mean "+prefix+"?", "the extension %q is not read", cut(name, 60))
		}
	case slices.Contains(names, name):
		o.fields[name] = value
	case slices.Contains(later, name):
		o.fail(at, "write arazzo: 1.1.0 at the top, or leave it out", "the field %q is of Arazzo 1.1, and this document is of %s", name, o.version)
	default:
		o.fail(at, didYouMean(name, append(slices.Clone(names), "x-…")), "%s has no field %q", o.what, cut(name, 60))
	}
}

// noExtension refuses x-understudy where it is not read.
func (o *object) noExtension() map[string]any {
	if o.understudy != nil {
		o.fail(o.at(o.understudy, o.pointer+"/"+prefix), "move it to the document, a workflow or a step", "%s is not read on %s", prefix, o.what)
	}
	return o.extensions
}

func (o *object) here() Position { return o.at(o.node, o.pointer) }

// place is where a field's value stands, or the object when the field is absent.
func (o *object) place(field string) Position {
	if n := o.fields[field]; n != nil {
		return o.at(n, o.pointer+"/"+schema.EscapeToken(field))
	}
	return o.here()
}

// require reports that a field is missing; false then.
func (o *object) require(field, advice string) bool {
	if o.fields[field] == nil {
		o.fail(o.here(), advice, "%s has no %s", o.what, field)
		return false
	}
	return true
}

// text gives a string field; "" where it is absent.
func (o *object) text(field string) string {
	n := o.fields[field]
	if n == nil {
		return ""
	}
	if !isText(n) {
		advice := "write a string"
		if n.Kind == yaml.ScalarNode {
			advice = "put it in quotes: " + field + ": \"" + cut(n.Value, 40) + "\""
		}
		o.fail(o.place(field), advice, "%s of %s is %s and not a string", field, o.what, describe(n))
		return ""
	}
	return n.Value
}

// name gives a string field that must be there and not empty.
func (o *object) name(field, advice string) string {
	if !o.require(field, advice) {
		return ""
	}
	text := o.text(field)
	if text == "" && isText(o.fields[field]) {
		o.fail(o.place(field), advice, "%s of %s is empty", field, o.what)
	}
	return text
}

// word gives a string field that is one of words; "" where it is absent or another.
func (o *object) word(field string, words ...string) string {
	text := o.text(field)
	if text == "" || slices.Contains(words, text) {
		return text
	}
	o.fail(o.place(field), didYouMean(text, words), "%s of %s is %q, which is none of its values", field, o.what, cut(text, 60))
	return ""
}

// list gives the entries of an array field; least is how many it must have where it is there.
func (o *object) list(field string, least int) []*yaml.Node {
	n := o.fields[field]
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		o.fail(o.place(field), "write a list", "%s of %s is %s and not an array", field, o.what, describe(n))
		return nil
	}
	if len(n.Content) < least {
		o.fail(o.place(field), "add an entry or leave the field out", "%s of %s is empty", field, o.what)
	}
	return n.Content
}

// texts gives an array of strings, each once.
func (o *object) texts(field string, least int) []string {
	var out []string
	for i, n := range o.list(field, least) {
		at := o.at(n, o.pointer+"/"+field+"/"+itoa(i))
		switch {
		case !isText(n):
			o.fail(at, "write a string", "an entry of %s is %s and not a string", field, describe(n))
		case slices.Contains(out, n.Value):
			o.fail(at, "remove one of them", "%q stands twice in %s", cut(n.Value, 60), field)
		default:
			out = append(out, n.Value)
		}
	}
	return out
}

// keyed gives the members of an object field whose names are keys of ^[a-zA-Z0-9.\-_]+$.
func (o *object) keyed(field string, visit func(name string, key, value *yaml.Node, pointer string)) {
	n := o.fields[field]
	if n == nil {
		return
	}
	if n.Kind != yaml.MappingNode {
		o.fail(o.place(field), "write an object", "%s of %s is %s and not an object", field, o.what, describe(n))
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		pointer := o.pointer + "/" + field + "/" + schema.EscapeToken(key.Value)
		if !isKey(key.Value) {
			o.fail(o.at(key, pointer), "use letters, digits, dots, - and _", "%q cannot be a name in %s", cut(key.Value, 60), field)
			continue
		}
		visit(key.Value, key, n.Content[i+1], pointer)
	}
}

func isKey(name string) bool {
	for i := range len(name) {
		if !isAlphanumeric(name[i]) && strings.IndexByte(".-_", name[i]) < 0 {
			return false
		}
	}
	return name != ""
}

// isText says whether a node is a string, as YAML 1.2's core schema has it, in which dates are.
func isText(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && (n.ShortTag() == "!!str" || n.ShortTag() == "!!timestamp" || n.ShortTag() == "!!merge")
}

// decode gives the plain value of a node.
func (p *parser) decode(n *yaml.Node, pointer string) any {
	v, err := schema.Decode(n)
	if err != nil {
		p.fail(p.at(n, pointer), "", "the value cannot be read: %v", err)
		return nil
	}
	return v
}

// uriReference reports a text that is no URI reference (RFC 3986, 4.1).
func (o *object) uriReference(field, text string) {
	if _, err := url.Parse(text); err != nil || strings.ContainsAny(text, " <>\"\\^`{|}") {
		o.fail(o.place(field), "write a path or a URL", "%s of %s is no URI reference", field, o.what)
	}
}

func itoa(i int) string { return strconv.Itoa(i) }
