package arazzo

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// A Selector is a Selector Object (Arazzo 1.1): a place inside what an expression stands for.
type Selector struct {
	At       Position
	Context  *Expression
	Selector string
	Type     string // jsonpath, xpath, jsonpointer
	Version  string // rfc9535, xpath-10, rfc6901

	path *jsonPath
}

// Evaluate gives what is selected. A JSONPath that can select one node only gives its value; any other gives an array,
// however many nodes it selects, so that the type does not hang on the data. XPath gives the string value of one node and an
// array of those of several. What is not there is absent. The error says why the selector cannot be applied.
func (x *Selector) Evaluate(s Scope) (Value, error) {
	context := x.Context.Evaluate(s)
	if context.Absent || context.Any == nil && x.Type != "jsonpointer" {
		if !context.Absent {
			context = absent(x.Context.Text + " is null")
		}
		return context, nil
	}
	switch x.Type {
	case "jsonpointer":
		return point(context.Any, x.Selector), nil
	case "xpath":
		return xpathValue(x.Selector, context.Any)
	}
	nodes, err := x.path.selectNodes(context.Any)
	if err != nil {
		return Value{}, err
	}
	if !x.path.singular {
		list := make([]any, len(nodes))
		for i, node := range nodes {
			list[i] = node.value
		}
		return Value{Any: list}, nil
	}
	if len(nodes) == 0 {
		return absent(x.Selector + " selects nothing in " + kindOf(context.Any)), nil
	}
	return Value{Any: nodes[0].value}, nil
}

func (x *Selector) walk(visit func(Position, *Expression)) {
	if x.Context != nil {
		visit(x.At, x.Context)
	}
}

// isSelector says whether an object inside a value is a Selector Object: it has context, selector and type, of the right
// form, and nothing else but extensions. Any other object is what it is, since payloads may have such members.
func (p *parser) isSelector(n *yaml.Node) bool {
	if p.version < V11 || n.Kind != yaml.MappingNode {
		return false
	}
	found := 0
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		switch {
		case key == "context" && isText(value) && strings.HasPrefix(value.Value, "$"):
		case key == "selector" && isText(value):
		case key == "type" && (isText(value) || value.Kind == yaml.MappingNode):
		case strings.HasPrefix(key, "x-"):
			continue
		default:
			return false
		}
		found++
	}
	return found == 3
}

// selector reads a Selector Object.
func (p *parser) selector(n *yaml.Node, pointer string) *Selector {
	x := &Selector{At: p.at(n, pointer), Type: "jsonpointer"}
	o := p.object(n, pointer, "a selector", "context", "selector", "type")
	if o == nil {
		return x
	}
	o.noExtension()
	before := len(p.problems)
	if o.require("context", "add context: $response.body") {
		e, err := ParseExpression(o.text("context"), p.version)
		if err != nil {
			p.syntax(o.place("context"), err)
		}
		x.Context = e
	}
	o.require("selector", "add the selector, such as $.items[0].id")
	x.Selector = o.text("selector")
	if o.require("type", "add type: jsonpath, xpath or jsonpointer") {
		x.Type, x.Version = p.language(o.fields["type"], pointer+"/type", "jsonpath", "xpath", "jsonpointer")
	}
	if len(p.problems) > before {
		return x
	}
	x.path = p.compileSelector(o.place("selector"), x.Type, x.Selector)
	return x
}

// compileSelector checks the text of a selector in its language, and compiles a JSONPath.
func (p *parser) compileSelector(at Position, kind, text string) *jsonPath {
	switch kind {
	case "jsonpath":
		path, err := compileJSONPath(text)
		if err != nil {
			p.syntax(at, err)
			return nil
		}
		return path
	case "xpath":
		if err := checkXPath(text); err != nil {
			p.syntax(at, err)
		}
	default:
		if badPointer(text) >= 0 {
			p.fail(at, "begin it with a slash, and write ~0 for ~ and ~1 for /", "%s is no JSON Pointer", quote(text))
		}
	}
	return nil
}
