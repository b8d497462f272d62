package arazzo

import (
	"encoding/json"
	"fmt"
	"strings"
)

// maxExpression is how many bytes an expression, condition or selector may have.
const maxExpression = 4096

// An expressionParser reads one runtime expression.
type expressionParser struct {
	text    string
	at      int
	version Version
	e       *Expression
}

// ParseExpression reads a runtime expression by the ABNF of the version that the document states, and beyond it the member
// and index accessors that the specification's own examples use ($response.body.items[0]). The error is a *SyntaxError.
func ParseExpression(text string, v Version) (*Expression, error) {
	p := &expressionParser{text: text, version: v, e: &Expression{Text: text}}
	if len(text) > maxExpression {
		return nil, p.fault("the expression is longer than %d bytes", maxExpression)
	}
	if err := p.expression(); err != nil {
		return nil, err
	}
	return p.e, nil
}

func (p *expressionParser) fault(format string, args ...any) *SyntaxError {
	return &SyntaxError{Text: p.text, Offset: p.at, Message: fmt.Sprintf(format, args...)}
}

var roots = []string{"$url", "$method", "$statusCode", "$request", "$response", "$inputs", "$outputs", "$steps", "$workflows",
	"$sourceDescriptions", "$components", "$self"}

func (p *expressionParser) expression() error {
	end := strings.IndexAny(p.text, ".#[")
	if end < 0 {
		end = len(p.text)
	}
	head := p.text[:end]
	p.e.Root = Root(head)
	p.at = end
	switch p.e.Root {
	case RootURL, RootMethod, RootStatusCode:
		return p.nothing()
	case RootSelf:
		if p.version < V11 {
			return p.since("$self")
		}
		return p.nothing()
	case RootRequest, RootResponse:
		return p.messagePart()
	case RootInputs, RootOutputs:
		return p.nameAndPointer()
	case RootSteps:
		return p.step()
	case RootWorkflows:
		return p.workflow()
	case RootSources:
		return p.source()
	case RootComponents:
		return p.component()
	case "$message":
		e := p.fault("$message belongs to AsyncAPI steps, which are not supported")
		e.Offset, e.Unsupported = 0, true
		return e
	}
	e := p.fault("%s begins no runtime expression", quote(head))
	e.Offset, e.Advice = 0, didYouMean(head, roots)
	return e
}

func (p *expressionParser) since(what string) error {
	e := p.fault("%s is of Arazzo 1.1", what)
	e.Offset, e.Advice = 0, "write arazzo: 1.1.0 at the top, or leave it out"
	return e
}

// nothing asks that the expression ends here.
func (p *expressionParser) nothing() error {
	if p.at == len(p.text) {
		return nil
	}
	return p.fault("%s is a single value, and nothing may follow it", p.e.Root)
}

// dot reads the dot that must stand here.
func (p *expressionParser) dot(what string) error {
	if p.at >= len(p.text) || p.text[p.at] != '.' {
		return p.fault("behind %s a dot and %s must stand", p.text[:p.at], what)
	}
	p.at++
	return nil
}

func (p *expressionParser) messagePart() error {
	if err := p.dot("header, query, path or body"); err != nil {
		return err
	}
	start := p.at
	for p.at < len(p.text) && strings.IndexByte(".#[", p.text[p.at]) < 0 {
		p.at++
	}
	part := p.text[start:p.at]
	switch part {
	case "header":
		return p.headerName()
	case "query", "path":
		p.e.Part = part
		if err := p.dot("the name of a parameter"); err != nil {
			return err
		}
		name, err := p.freeName()
		p.e.Name = name
		return err
	case "payload":
		if p.version < V11 {
			p.at = start
			return p.since("the source payload")
		}
	case "body":
	default:
		p.at = start
		e := p.fault("%s has no part %s", p.e.Root, quote(part))
		e.Advice = didYouMean(part, []string{"header", "query", "path", "body"})
		if part == "cookie" {
			e.Advice = "the grammar has no cookies; read " + string(p.e.Root) + ".header.Cookie"
		}
		return e
	}
	p.e.Part = "body"
	if p.at < len(p.text) && p.text[p.at] == '#' {
		return p.pointer()
	}
	access, fault := parseAccess(p.text[p.at:])
	if fault >= 0 {
		p.at += fault
		return p.fault("behind a body #/pointer, .member or [index] may stand")
	}
	p.e.Access = access
	return nil
}

const tokenMarks = "!#$%&'*+-.^_`|~"

func (p *expressionParser) headerName() error {
	p.e.Part = "header"
	if err := p.dot("the name of a header"); err != nil {
		return err
	}
	start := p.at
	for p.at < len(p.text) && (isAlphanumeric(p.text[p.at]) || strings.IndexByte(tokenMarks, p.text[p.at]) >= 0) {
		p.at++
	}
	p.e.Name = p.text[start:p.at]
	switch {
	case p.e.Name == "":
		return p.fault("the name of a header is missing")
	case p.at < len(p.text):
		return p.fault("a header is a single value with a name of RFC 9110's characters, and nothing may follow it")
	}
	return nil
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// freeName reads the rest as a name of CHAR: anything but control characters, with the escapes of JSON, and in 1.1
// without braces.
func (p *expressionParser) freeName() (string, error) {
	rest := p.text[p.at:]
	for i := 0; i < len(rest); i++ {
		if c := rest[i]; c < ' ' || p.version >= V11 && (c == '{' || c == '}') {
			p.at += i
			return "", p.fault("the character %q cannot stand in a name", c)
		}
	}
	if strings.IndexByte(rest, '\\') < 0 {
		return rest, nil
	}
	var name string
	if err := json.Unmarshal([]byte(`"`+strings.ReplaceAll(rest, `"`, `\"`)+`"`), &name); err != nil {
		return "", p.fault("the name has a backslash that begins none of JSON's escapes")
	}
	return name, nil
}

// nameAndPointer reads a dot, the name of an input or output, accessors and a pointer.
func (p *expressionParser) nameAndPointer() error {
	if err := p.dot("a name"); err != nil {
		return err
	}
	end := strings.IndexByte(p.text[p.at:], '#')
	if end < 0 {
		end = len(p.text) - p.at
	}
	p.e.Name = p.text[p.at : p.at+end]
	if p.e.Name == "" {
		return p.fault("a name is missing")
	}
	if i := badName(p.e.Name, p.version); i >= 0 {
		p.at += i
		return p.fault("the character %q cannot stand in the name of an input or output", p.text[p.at])
	}
	p.at += end
	if p.at < len(p.text) {
		return p.pointer()
	}
	return nil
}

// badName gives the place of the first character that a name cannot hold, or -1. 1.1 has letters, digits, . - _ and behind
// them accessors; 1.0 anything but control characters.
func badName(name string, v Version) int {
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case v < V11 && c >= ' ':
		case isAlphanumeric(c) || strings.IndexByte(".-_", c) >= 0:
		case c == '[' && i > 0:
			access, fault := parseAccess(name[i:])
			if fault >= 0 || len(access) == 0 {
				return i + max(fault, 0)
			}
			return -1
		default:
			return i
		}
	}
	return -1
}

// pointer reads # and a JSON Pointer up to the end.
func (p *expressionParser) pointer() error {
	p.at++
	pointer := p.text[p.at:]
	if i := badPointer(pointer); i >= 0 {
		p.at += i
		e := p.fault("what stands behind # is no JSON Pointer")
		if i == 0 {
			e.Advice = "begin it with a slash: #/" + cut(pointer, 40)
		} else {
			e.Advice = "write ~0 for ~ and ~1 for /"
		}
		return e
	}
	if i := strings.IndexAny(pointer, "{}"); i >= 0 && p.version >= V11 {
		p.at += i
		return p.fault("braces cannot stand in a JSON Pointer of an expression")
	}
	p.e.Pointer, p.e.HasPointer = pointer, true
	p.at = len(p.text)
	return nil
}

// badPointer gives the place where a text stops being a JSON Pointer (RFC 6901, 3), or -1.
func badPointer(pointer string) int {
	if pointer != "" && pointer[0] != '/' {
		return 0
	}
	for i := 0; i < len(pointer); i++ {
		if pointer[i] == '~' && (i+1 == len(pointer) || pointer[i+1] != '0' && pointer[i+1] != '1') {
			return i
		}
	}
	return -1
}

// parseAccess reads .member and [index] up to the end; fault is the place of the first character that is neither, or -1.
func parseAccess(text string) (access []Access, fault int) {
	for i := 0; i < len(text); {
		start := i + 1
		switch text[i] {
		case '.':
			for i = start; i < len(text) && (isAlphanumeric(text[i]) || text[i] == '_' || text[i] == '-'); i++ {
			}
			if i == start {
				return nil, i
			}
			access = append(access, Access{Member: text[start:i]})
		case '[':
			end := strings.IndexByte(text[start:], ']')
			if end < 0 {
				return nil, i
			}
			index, ok := arrayIndex(text[start : start+end])
			if !ok {
				return nil, start
			}
			access = append(access, Access{Index: index, At: true})
			i = start + end + 1
		default:
			return nil, i
		}
	}
	return access, -1
}
