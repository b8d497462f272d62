package arazzo

import (
	"encoding/json"
	"fmt"
	"strings"
)

// maxNesting is how deep parentheses of a condition may stand in one another.
const maxNesting = 50

// A Condition is a parsed condition of type simple. It is read-only and safe for concurrent use.
//
// Its grammar is a logical layer over a flat comparison layer, as RFC 9535, 2.3.5.1 has it for filters:
//
//	or         = and *( "||" and )
//	and        = basic *( "&&" basic )
//	basic      = ["!"] "(" or ")" / comparable op comparable / ["!"] comparable
//	comparable = literal / runtime expression with .member and [index]
//
// so that ! binds tighter than comparisons, comparisons tighter than &&, && tighter than ||, and a < b < c is refused.
type Condition struct {
	Text string
	root logic
}

// A logic is a node of a condition: *junction, *negation, *comparison or *test.
type logic interface {
	evaluate(*run) bool
	visit(func(*operand))
}

type junction struct {
	and  bool
	subs []logic
}

type negation struct{ of logic }

type comparison struct {
	left, right operand
	operator    string
}

type test struct{ of operand }

// An operand is a literal or an expression.
type operand struct {
	text       string
	literal    any
	expression *Expression // nil: it is a literal
}

// Expressions gives the runtime expressions of the condition.
func (c *Condition) Expressions() []*Expression {
	var out []*Expression
	c.root.visit(func(o *operand) {
		if o.expression != nil {
			out = append(out, o.expression)
		}
	})
	return out
}

func (j *junction) visit(f func(*operand)) {
	for _, sub := range j.subs {
		sub.visit(f)
	}
}
func (n *negation) visit(f func(*operand))   { n.of.visit(f) }
func (c *comparison) visit(f func(*operand)) { f(&c.left); f(&c.right) }
func (t *test) visit(f func(*operand))       { f(&t.of) }

type conditionParser struct {
	text    string
	at      int
	depth   int
	version Version
}

// ParseCondition reads a condition of type simple. The error is a *SyntaxError.
func ParseCondition(text string, v Version) (*Condition, error) {
	p := &conditionParser{text: text, version: v}
	if len(text) > maxExpression {
		return nil, p.fault("", "the condition is longer than %d bytes", maxExpression)
	}
	root, err := p.or()
	if err != nil {
		return nil, err
	}
	if p.at < len(p.text) {
		return nil, p.trailing()
	}
	return &Condition{Text: text, root: root}, nil
}

func (p *conditionParser) fault(advice, format string, args ...any) *SyntaxError {
	return &SyntaxError{Text: p.text, Offset: p.at, Message: fmt.Sprintf(format, args...), Advice: advice}
}

// trailing says what is wrong with text behind a complete condition.
func (p *conditionParser) trailing() error {
	rest := p.text[p.at:]
	word := strings.ToLower(rest)
	switch {
	case comparisonAt(rest) != "":
		return p.fault("compare two values at a time and join with &&; ! binds tighter than comparisons, so write !(a == b)", "a comparison cannot be compared again")
	case strings.HasPrefix(word, "and ") || rest[0] == '&':
		return p.fault("write &&", "there is no operator %s", quote(strings.Fields(rest)[0]))
	case strings.HasPrefix(word, "or ") || rest[0] == '|':
		return p.fault("write ||", "there is no operator %s", quote(strings.Fields(rest)[0]))
	case rest[0] == '=':
		return p.fault("write ==", "= is no operator")
	case rest[0] == ')':
		return p.fault("", "nothing is open that ) could close")
	}
	return p.fault("", "the condition ends here, but more follows")
}

func (p *conditionParser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *conditionParser) take(token string) bool {
	p.space()
	if !strings.HasPrefix(p.text[p.at:], token) {
		return false
	}
	p.at += len(token)
	p.space()
	return true
}

func (p *conditionParser) or() (logic, error)  { return p.junction("||", p.and) }
func (p *conditionParser) and() (logic, error) { return p.junction("&&", p.basic) }

func (p *conditionParser) junction(operator string, next func() (logic, error)) (logic, error) {
	first, err := next()
	if err != nil {
		return nil, err
	}
	subs := []logic{first}
	for p.take(operator) {
		sub, err := next()
		if err != nil {
			return nil, err
		}
		subs = append(subs, sub)
	}
	if len(subs) == 1 {
		return first, nil
	}
	return &junction{and: operator == "&&", subs: subs}, nil
}

func (p *conditionParser) basic() (logic, error) {
	p.space()
	negated := false
	if strings.HasPrefix(p.text[p.at:], "!") && !strings.HasPrefix(p.text[p.at:], "!=") {
		negated = p.take("!")
	}
	var out logic
	if p.take("(") {
		if p.depth++; p.depth > maxNesting {
			return nil, p.fault("", "parentheses are nested more than %d deep", maxNesting)
		}
		inside, err := p.or()
		if err != nil {
			return nil, err
		}
		if !p.take(")") {
			if p.at < len(p.text) {
				return nil, p.trailing()
			}
			return nil, p.fault("", "a parenthesis is not closed")
		}
		p.depth--
		out = inside
	} else {
		left, err := p.operand()
		if err != nil {
			return nil, err
		}
		p.space()
		operator := comparisonAt(p.text[p.at:])
		if operator == "" || negated {
			out = &test{left}
		} else {
			p.take(operator)
			right, err := p.operand()
			if err != nil {
				return nil, err
			}
			out = &comparison{left, right, operator}
		}
	}
	p.space()
	if negated {
		out = &negation{out}
	}
	return out, nil
}

// comparisonAt gives the comparison operator that a text begins with, or "".
func comparisonAt(text string) string {
	for _, operator := range []string{"==", "!=", "<=", ">=", "<", ">"} {
		if strings.HasPrefix(text, operator) {
			return operator
		}
	}
	return ""
}

func (p *conditionParser) operand() (operand, error) {
	p.space()
	if p.at >= len(p.text) {
		return operand{}, p.fault("", "a value is missing at the end")
	}
	switch c := p.text[p.at]; {
	case c == '$':
		return p.expressionOperand()
	case c == '\'':
		return p.stringOperand()
	case c == '-' || '0' <= c && c <= '9':
		return p.numberOperand()
	case c == '"':
		return operand{}, p.fault("write '…', with '' for a quote inside", "strings stand in single quotes")
	case c == '{':
		return operand{}, p.fault("leave the braces out: $statusCode == 200", "simple conditions name runtime expressions without braces")
	}
	start := p.at
	for p.at < len(p.text) && (isAlphanumeric(p.text[p.at]) || p.text[p.at] == '_') {
		p.at++
	}
	word := p.text[start:p.at]
	switch word {
	case "true", "false":
		return operand{text: word, literal: word == "true"}, nil
	case "null":
		return operand{text: word}, nil
	}
	p.at = start
	if word == "" {
		return operand{}, p.fault("", "a value must stand here, not %q", []rune(p.text[start:])[0])
	}
	return operand{}, p.fault("write a string in single quotes, or a runtime expression that begins with $", "%s is no value", quote(word))
}

// operandEnds are the characters that end an expression in a condition.
const operandEnds = " \t\r\n!&()<=>{|}"

func (p *conditionParser) expressionOperand() (operand, error) {
	end := strings.IndexAny(p.text[p.at:], operandEnds)
	if end < 0 {
		end = len(p.text) - p.at
	}
	text := p.text[p.at : p.at+end]
	e, err := ParseExpression(text, p.version)
	if err != nil {
		if fault, ok := err.(*SyntaxError); ok {
			moved := *fault
			moved.Text, moved.Offset = p.text, p.at+fault.Offset
			return operand{}, &moved
		}
		return operand{}, err
	}
	p.at += end
	return operand{text: text, expression: e}, nil
}

func (p *conditionParser) stringOperand() (operand, error) {
	start := p.at
	var b strings.Builder
	for i := start + 1; i < len(p.text); i++ {
		if p.text[i] != '\'' {
			b.WriteByte(p.text[i])
			continue
		}
		if strings.HasPrefix(p.text[i:], "''") {
			b.WriteByte('\'')
			i++
			continue
		}
		p.at = i + 1
		return operand{text: p.text[start:p.at], literal: b.String()}, nil
	}
	return operand{}, p.fault("close it with '", "the string is not closed")
}

func (p *conditionParser) numberOperand() (operand, error) {
	start, end := p.at, p.at
	for end < len(p.text) && (isAlphanumeric(p.text[end]) || strings.IndexByte("+-.", p.text[end]) >= 0) {
		end++
	}
	text := p.text[start:end]
	if !json.Valid([]byte(text)) {
		return operand{}, p.fault("write it as JSON does, such as 0.5 or 1e3", "%s is no number", quote(text))
	}
	p.at = end
	return operand{text: text, literal: json.Number(text)}, nil
}
