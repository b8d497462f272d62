package arazzo

import (
	"strings"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

// A Template is a value that may hold runtime expressions and Selector Objects at any depth: of a parameter, a payload, a
// replacement or an output. A string that is one expression keeps the type of what it stands for; expressions in braces
// inside a string become text.
type Template struct {
	At   Position
	root part
}

// A part is one value of a template; one of its fields says what it is.
type part struct {
	at         Position
	literal    any
	expression *Expression
	text       []piece
	selector   *Selector
	cutting    *cutting
	list       []part
	members    []member
	kind       partKind
}

type partKind int

const (
	partLiteral partKind = iota
	partExpression
	partText
	partSelector
	partCut
	partList
	partObject
)

type member struct {
	name  string
	value part
}

// A piece of a text is a literal, or an expression that stood in braces.
type piece struct {
	literal    string
	expression *Expression
}

// IsText says whether the template is one string, written out or with expressions in braces. Such a payload is the text of
// the body as it stands.
func (t *Template) IsText() bool {
	if t == nil {
		return false
	}
	_, literal := t.root.literal.(string)
	return t.root.kind == partText || t.root.kind == partLiteral && literal
}

// Literal gives the value of a template without expressions; false where it has some.
func (t *Template) Literal() (any, bool) {
	if t == nil || len(t.Expressions()) > 0 {
		return nil, false
	}
	v, err := t.Evaluate(nil)
	return v.Any, err == nil
}

// Evaluate fills the template in. An expression that has no value makes the whole absent where it is all there is, is left
// out as a member of an object, and is null in an array; inside a text it is an error, since no text would be right. The
// names of what was left out stand in Value.Reason even where the value is there.
func (t *Template) Evaluate(s Scope) (Value, error) {
	f := filler{scope: s}
	v, err := f.fill(&t.root)
	if err != nil {
		return Value{}, err
	}
	if !v.Absent && len(f.missing) > 0 {
		v.Reason = "left out: " + strings.Join(f.missing, "; ")
	}
	return v, nil
}

// Expressions gives all expressions of the template, those of selectors included.
func (t *Template) Expressions() []*Expression {
	if t == nil {
		return nil
	}
	var out []*Expression
	t.root.walk(func(_ Position, e *Expression) { out = append(out, e) })
	return out
}

func (p *part) walk(visit func(Position, *Expression)) {
	switch p.kind {
	case partExpression:
		visit(p.at, p.expression)
	case partText:
		for _, piece := range p.text {
			if piece.expression != nil {
				visit(p.at, piece.expression)
			}
		}
	case partSelector:
		p.selector.walk(visit)
	case partCut:
		p.cutting.from.root.walk(visit)
	case partList:
		for i := range p.list {
			p.list[i].walk(visit)
		}
	case partObject:
		for i := range p.members {
			p.members[i].value.walk(visit)
		}
	}
}

// A filler evaluates the parts of a template.
type filler struct {
	scope   Scope
	missing []string
}

func (f *filler) fill(p *part) (Value, error) {
	switch p.kind {
	case partExpression:
		return p.expression.Evaluate(f.scope), nil
	case partText:
		text, err := fillText(p.text, f.scope)
		return Value{Any: text}, err
	case partSelector:
		return p.selector.Evaluate(f.scope)
	case partCut:
		return p.cutting.evaluate(f)
	case partList:
		list := make([]any, len(p.list))
		for i := range p.list {
			v, err := f.fill(&p.list[i])
			if err != nil {
				return Value{}, err
			}
			f.note(v, "null in an array")
			list[i] = v.Any
		}
		return Value{Any: list}, nil
	case partObject:
		object := make(map[string]any, len(p.members))
		for i := range p.members {
			m := &p.members[i]
			v, err := f.fill(&m.value)
			if err != nil {
				return Value{}, err
			}
			if f.note(v, m.name); !v.Absent {
				object[m.name] = v.Any
			}
		}
		return Value{Any: object}, nil
	}
	return Value{Any: p.literal}, nil
}

func (f *filler) note(v Value, what string) {
	if v.Absent && len(f.missing) < 20 {
		f.missing = append(f.missing, what+" ("+v.Reason+")")
	}
}

// fillText puts values into the braces of a text.
func fillText(pieces []piece, s Scope) (string, error) {
	var b strings.Builder
	for _, p := range pieces {
		if p.expression == nil {
			b.WriteString(p.literal)
			continue
		}
		v := p.expression.Evaluate(s)
		if v.Absent {
			return "", &AbsentError{Expression: p.expression.Text, Reason: v.Reason}
		}
		b.WriteString(textOf(v.Any))
	}
	return b.String(), nil
}

// An AbsentError says that an expression inside a text has no value.
type AbsentError struct {
	Expression string
	Reason     string
}

func (e *AbsentError) Error() string { return "{" + e.Expression + "} has no value: " + e.Reason }

// parseText splits a text at the expressions in braces. Only {$ begins one: other braces are what they are, since
// payloads are often JSON. pieces is nil where there is none.
func parseText(text string, v Version) (pieces []piece, err error) {
	for rest, at := text, 0; ; {
		start := strings.Index(rest, "{$")
		if start < 0 {
			if len(pieces) > 0 && rest != "" {
				pieces = append(pieces, piece{literal: rest})
			}
			return pieces, nil
		}
		end := strings.IndexByte(rest[start:], '}')
		if end < 0 {
			return nil, &SyntaxError{Text: text, Offset: at + start, Message: "the brace that opens an expression is not closed"}
		}
		e, err := ParseExpression(rest[start+1:start+end], v)
		if err != nil {
			return nil, err
		}
		if start > 0 {
			pieces = append(pieces, piece{literal: rest[:start]})
		}
		pieces = append(pieces, piece{expression: e})
		rest, at = rest[start+end+1:], at+start+end+1
	}
}

// template compiles the value in n; faults are reported.
func (p *parser) template(n *yaml.Node, pointer string) *Template {
	return &Template{At: p.at(n, pointer), root: p.part(n, pointer)}
}

func (p *parser) part(n *yaml.Node, pointer string) part {
	out := part{at: p.at(n, pointer)}
	switch n.Kind {
	case yaml.SequenceNode:
		out.kind = partList
		for i, entry := range n.Content {
			out.list = append(out.list, p.part(entry, pointer+"/"+itoa(i)))
		}
	case yaml.MappingNode:
		if p.isSelector(n) {
			out.kind, out.selector = partSelector, p.selector(n, pointer)
			return out
		}
		out.kind = partObject
		for i := 0; i+1 < len(n.Content); i += 2 {
			name := n.Content[i].Value
			out.members = append(out.members, member{name, p.part(n.Content[i+1], pointer+"/"+schema.EscapeToken(name))})
		}
	default:
		if isText(n) {
			p.textPart(&out, n.Value)
			break
		}
		out.literal = p.decode(n, pointer)
	}
	return out
}

// textPart compiles a string: one expression, a text with expressions in braces, or a literal.
func (p *parser) textPart(out *part, text string) {
	if e, is := p.wholeExpression(out.at, text); is {
		if e != nil {
			out.kind, out.expression = partExpression, e
		}
		return
	}
	pieces, err := parseText(text, p.version)
	if err != nil {
		p.syntax(out.at, err)
		return
	}
	if pieces == nil {
		out.literal = text
		return
	}
	out.kind, out.text = partText, pieces
}

// wholeExpression reads a string that is one runtime expression. Strings that begin with $ and name none of the roots are
// literals; is then false.
func (p *parser) wholeExpression(at Position, text string) (e *Expression, is bool) {
	if !strings.HasPrefix(text, "$") {
		return nil, false
	}
	e, err := ParseExpression(text, p.version)
	if err == nil {
		return e, true
	}
	head := text
	if i := strings.IndexAny(text, ".#["); i >= 0 {
		head = text[:i]
	}
	for _, root := range append(roots, "$message") {
		if head == root {
			p.syntax(at, err)
			return nil, true
		}
	}
	if strings.Contains(text, ".") && strings.Trim(head[1:], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" && len(head) > 3 {
		if best := nearest(head, roots); best != "" {
			p.warn(at, "did you mean "+best+"?", "%s is taken as a text, since %s begins no runtime expression", quote(text), head)
		}
	}
	return nil, false
}

// syntax reports a fault of an expression, condition or selector.
func (p *parser) syntax(at Position, err error) {
	fault, ok := err.(*SyntaxError)
	if !ok {
		p.fail(at, "", "%v", err)
		return
	}
	advice := fault.Advice
	bare := *fault
	bare.Advice = ""
	p.fail(at, advice, "%s", bare.Error())
}
