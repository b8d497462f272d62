package arazzo

import (
	"errors"
	"fmt"
	"strings"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

// A Criterion is a Criterion Object, compiled. It is read-only and safe for concurrent use.
type Criterion struct {
	At         Position
	Context    *Expression // nil: none, as simple conditions have it
	Condition  string      // as it was written
	Type       string      // simple, regex, jsonpath, xpath
	Version    string      // of the language: rfc9535, xpath-10; empty for simple and regex
	Extensions map[string]any

	simple *Condition
	pieces []piece // of a condition with expressions in braces; nil: it has none, and is compiled already
	regex  *schema.Pattern
	path   *jsonPath
	wrap   bool
}

// Expressions gives the runtime expressions of context and condition.
func (c *Criterion) Expressions() []*Expression {
	var out []*Expression
	if c.Context != nil {
		out = append(out, c.Context)
	}
	if c.simple != nil {
		out = append(out, c.simple.Expressions()...)
	}
	for _, p := range c.pieces {
		if p.expression != nil {
			out = append(out, p.expression)
		}
	}
	return out
}

// Evaluate judges the criterion. What cannot be judged fails, with Verdict.Err (Arazzo 1.1, Evaluation Errors).
func (c *Criterion) Evaluate(s Scope) Verdict {
	if c.Type == "simple" {
		return c.simple.Evaluate(s)
	}
	v := Verdict{Type: c.Type, Condition: c.Condition}
	context := c.Context.Evaluate(s)
	v.Context = &context
	if c.pieces != nil {
		filled, err := fillText(c.pieces, s)
		if err != nil {
			v.Err = err
			return v
		}
		v.Condition = filled
	}
	if context.Absent || context.Any == nil {
		v.Notes = append(v.Notes, "a context that is null or absent always fails")
		return v
	}
	switch c.Type {
	case "regex":
		v.Passed, v.Err = c.matches(v.Condition, textOf(context.Any))
	case "jsonpath":
		c.selects(&v, context.Any)
	default:
		v.Passed, v.Err = xpathHolds(v.Condition, context.Any)
	}
	v.Passed = v.Passed && v.Err == nil
	if v.Err != nil && c.pieces != nil {
		// The text holds values, and messages quote and cut it, so that a redactor would not find a secret in them.
		v.Err = fmt.Errorf("filled in, the condition cannot be judged as %s: %w", c.Type, harmless(v.Err))
	}
	return v
}

var errFilled = errors.New("the text is not of its language, or does not fit the context")

// harmless gives an error that holds nothing of a condition's text.
func harmless(err error) error {
	if errors.Is(err, errSteps) || errors.Is(err, schema.ErrPatternSteps) {
		return err
	}
	return errFilled
}

func (c *Criterion) matches(pattern, text string) (bool, error) {
	regex := c.regex
	if regex == nil {
		var err error
		if regex, err = schema.CompilePattern(pattern); err != nil {
			return false, fmt.Errorf("%s is no regular expression: %w", quote(pattern), err)
		}
	}
	return regex.Match(text)
}

func (c *Criterion) selects(v *Verdict, context any) {
	path := c.path
	if path == nil {
		var err error
		if path, err = compileJSONPath(v.Condition); err != nil {
			v.Err = err
			return
		}
	}
	if text, ok := context.(string); ok {
		if len(text) > 0 && text[0] == '<' {
			v.Err = errors.New("JSONPath applies to JSON, and the context is a text that looks like XML; use type xpath")
			return
		}
		v.Notes = append(v.Notes, "the context is a string and not parsed JSON")
	}
	object, isObject := context.(map[string]any)
	if isObject && c.wrap && path.rootFilter {
		context, isObject = []any{context}, false
	}
	nodes, err := path.selectNodes(context)
	v.Passed, v.Err = len(nodes) > 0, err
	if isObject && path.rootFilter && err == nil {
		v.Notes = append(v.Notes, path.diagnose(object, nodes))
	}
}

// criteria reads a list of criteria.
func (p *parser) criteria(o *object, field string, least int) []*Criterion {
	var out []*Criterion
	for i, n := range o.list(field, least) {
		if c := p.criterion(n, o.pointer+"/"+field+"/"+itoa(i)); c != nil {
			out = append(out, c)
		}
	}
	return out
}

func (p *parser) criterion(n *yaml.Node, pointer string) *Criterion {
	o := p.object(n, pointer, "a criterion", "context", "condition", "type")
	if o == nil {
		return nil
	}
	c := &Criterion{At: o.here(), Type: "simple", Extensions: o.noExtension(), wrap: p.opts.WrapObjects}
	before := len(p.problems)
	if n := o.fields["type"]; n != nil {
		c.Type, c.Version = p.language(n, pointer+"/type", "simple", "regex", "jsonpath", "xpath")
	}
	c.Condition = o.name("condition", "add a condition such as $statusCode == 200")
	if text := o.text("context"); text != "" {
		e, err := ParseExpression(text, p.version)
		if err != nil {
			p.syntax(o.place("context"), err)
		}
		c.Context = e
	}
	if len(p.problems) > before || c.Condition == "" {
		return c
	}
	p.compileCriterion(o, c)
	return c
}

func (p *parser) compileCriterion(o *object, c *Criterion) {
	at := o.place("condition")
	if c.Type == "simple" {
		if c.Context != nil {
			p.warn(o.place("context"), "name the value in the condition", "a simple condition has no use for a context")
		} else if o.fields["type"] != nil && p.opts.Strict {
			p.warn(o.place("type"), "leave type out", "with a type the specification also wants a context, which a simple condition has no use for")
		}
		condition, err := ParseCondition(c.Condition, p.version)
		if err != nil {
			p.syntax(at, err)
			return
		}
		c.simple = condition
		if p.opts.Strict {
			p.strictCondition(at, condition)
		}
		return
	}
	if c.Context == nil {
		p.fail(o.here(), "add context: $response.body", "a criterion of type %s has no context", c.Type)
		return
	}
	pieces, err := parseText(c.Condition, p.version)
	if err != nil {
		p.syntax(at, err)
		return
	}
	if c.pieces = pieces; pieces != nil {
		return
	}
	switch c.Type {
	case "regex":
		if c.regex, err = schema.CompilePattern(c.Condition); err != nil {
			p.fail(at, "", "%s is no regular expression: %v", quote(c.Condition), err)
		}
		for _, root := range roots {
			if strings.Contains(c.Condition, root+".") {
				p.warn(at, "write {"+root+".…}", "in a regular expression a runtime expression stands in braces; without them %s is a pattern", root)
			}
		}
	case "jsonpath":
		if c.path, err = compileJSONPath(c.Condition); err != nil {
			p.syntax(at, err)
		}
	case "xpath":
		if err := checkXPath(c.Condition); err != nil {
			p.syntax(at, err)
		}
	}
}

// strictCondition warns of what readers of the specification understand differently.
func (p *parser) strictCondition(at Position, c *Condition) {
	var look func(l logic)
	look = func(l logic) {
		switch l := l.(type) {
		case *junction:
			for _, sub := range l.subs {
				look(sub)
			}
		case *negation:
			look(l.of)
		case *comparison:
			if l.operator == "!=" && (l.left.text == "null" || l.right.text == "null") {
				p.warn(at, "where it must run elsewhere too, test the value itself", "runners differ on != null; here it is true of everything but null and what is absent")
			}
		case *test:
			if l.of.expression != nil {
				p.warn(at, "write == true", "runners differ on bare values; here only the boolean true passes")
			}
		}
	}
	look(c.root)
}

// versions are those of each language, the default first.
var versions = map[string][]string{
	"jsonpath":    {"rfc9535", "draft-goessner-dispatch-jsonpath-00"},
	"xpath":       {"xpath-31", "xpath-30", "xpath-20", "xpath-10"},
	"jsonpointer": {"rfc6901"},
}

// language reads a type: a word, or an Expression Type Object. It refuses languages that are not built here.
func (p *parser) language(n *yaml.Node, pointer string, words ...string) (kind, version string) {
	at := p.at(n, pointer)
	if n.Kind != yaml.MappingNode {
		if !isText(n) || !contains(words, n.Value) {
			p.fail(at, didYouMean(n.Value, words), "type is %s, which is none of its values", describe(n))
			return words[0], ""
		}
		kind = n.Value
		if list := versions[kind]; list != nil {
			version = list[0]
		}
		p.supported(at, version)
		return kind, version
	}
	o := p.object(n, pointer, "an expression type", "type", "version")
	o.noExtension()
	var kinds []string
	for _, word := range words {
		if versions[word] != nil {
			kinds = append(kinds, word)
		}
	}
	if o.require("type", "add type: "+kinds[0]) {
		kind = o.word("type", kinds...)
	}
	if o.require("version", "add the version, or write the type as a plain word") && kind != "" {
		known := versions[kind]
		if p.version < V11 {
			known = versions10[kind]
		}
		version = o.word("version", known...)
	}
	p.supported(o.place("version"), version)
	return kind, version
}

// versions10 are the versions that Arazzo 1.0 has.
var versions10 = map[string][]string{
	"jsonpath": {"draft-goessner-dispatch-jsonpath-00"},
	"xpath":    {"xpath-30", "xpath-20", "xpath-10"},
}

// supported refuses the versions of XPath for which there is no engine.
func (p *parser) supported(at Position, version string) {
	if strings.HasPrefix(version, "xpath-") && version != "xpath-10" {
		p.fail(at, "write type: {type: xpath, version: xpath-10} and an expression of XPath 1.0",
			"XPath %s.%s is not supported; it is what type xpath means unless a version says otherwise", version[6:7], version[7:])
	}
}

func contains(words []string, word string) bool {
	for _, w := range words {
		if w == word {
			return true
		}
	}
	return false
}
