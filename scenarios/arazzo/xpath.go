package arazzo

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/antchfx/xpath"
)

// functions10 are the functions of XPath 1.0, section 4, and the node tests that are written like functions. The engine
// has others, of later versions, which are refused.
var functions10 = []string{"last", "position", "count", "id", "local-name", "namespace-uri", "name", "string", "concat",
	"starts-with", "contains", "substring-before", "substring-after", "substring", "string-length", "normalize-space",
	"translate", "boolean", "not", "true", "false", "lang", "number", "sum", "floor", "ceiling", "round",
	"node", "text", "comment", "processing-instruction"}

// missing10 are those of them that the engine has not.
var missing10 = []string{"id", "lang", "processing-instruction"}

// checkXPath says whether a text is an expression of XPath 1.0 that can be evaluated here. The error is a *SyntaxError.
func checkXPath(text string) error {
	fault := func(offset int, advice, format string, args ...any) error {
		return &SyntaxError{Text: text, Offset: offset, Message: fmt.Sprintf(format, args...), Advice: advice, Unsupported: advice != ""}
	}
	if len(text) > maxExpression {
		return fault(0, "", "the XPath expression is longer than %d bytes", maxExpression)
	}
	if nesting(text) > maxNesting {
		return fault(0, "", "the XPath expression is nested more than %d deep", maxNesting)
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\'' || c == '"':
			end := strings.IndexByte(text[i+1:], c)
			if end < 0 {
				return fault(i, "", "a string of the XPath expression is not closed")
			}
			i += end + 1
		case c == '$':
			return fault(i, "leave it out", "variables have no meaning in an XPath expression of a workflow")
		case c == '(':
			name := functionBefore(text, i)
			if name != "" && !slices.Contains(functions10, name) {
				return fault(i-len(name), "use the functions of XPath 1.0", "%s() is no function of XPath 1.0", name)
			}
			if slices.Contains(missing10, name) {
				return fault(i-len(name), "write it another way", "%s() is not supported", name)
			}
		}
	}
	if _, err := compileXPath(text); err != nil {
		return fault(0, "", "it is no expression of XPath 1.0: %v", err)
	}
	return nil
}

func nesting(text string) int {
	depth, most := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '(', '[':
			depth++
			most = max(most, depth)
		case ')', ']':
			depth--
		}
	}
	return most
}

// functionBefore gives the name that ends at i, where it is that of a function and not an operator before parentheses.
func functionBefore(text string, i int) string {
	end := i
	for end > 0 && strings.IndexByte(" \t\r\n", text[end-1]) >= 0 {
		end--
	}
	start := end
	for start > 0 && (isAlphanumeric(text[start-1]) || strings.IndexByte("-_:.", text[start-1]) >= 0) {
		start--
	}
	name := text[start:end]
	if j := strings.LastIndex(name, "::"); j >= 0 {
		name = name[j+2:]
	}
	if slices.Contains([]string{"and", "or", "div", "mod"}, name) {
		return ""
	}
	return name
}

// compileXPath compiles an expression; panics of the engine become errors. An expression keeps state while it is
// evaluated, so that each evaluation has its own.
func compileXPath(text string) (e *xpath.Expr, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			e, err = nil, fmt.Errorf("%v", fault)
		}
	}()
	return xpath.Compile(text)
}

// evaluateXPath gives bool, float64, string or []*cursor. The context must be XML text.
func evaluateXPath(text string, context any) (result any, root *xmlNode, err error) {
	source, ok := context.(string)
	if !ok {
		return nil, nil, fmt.Errorf("XPath applies to XML, and the context is %s", kindOf(context))
	}
	if err := checkXPath(text); err != nil {
		return nil, nil, err
	}
	if root, err = parseXML(strings.TrimPrefix(source, "\ufeff")); err != nil {
		return nil, nil, err
	}
	e, err := compileXPath(text)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if fault := recover(); fault != nil {
			if result, err = nil, errSteps; fault != any(errSteps) {
				err = fmt.Errorf("%s cannot be evaluated: %v", quote(text), fault)
			}
		}
	}()
	steps := 0
	result = e.Evaluate(&cursor{root: root, at: root, attribute: -1, steps: &steps})
	iterator, ok := result.(*xpath.NodeIterator)
	if !ok {
		return result, root, nil
	}
	nodes := []*cursor{}
	for iterator.MoveNext() {
		found := *iterator.Current().(*cursor)
		nodes = append(nodes, &found)
	}
	return nodes, root, nil
}

// xpathHolds judges by the effective boolean value of XPath 1.0 (section 4.3, function boolean).
func xpathHolds(text string, context any) (bool, error) {
	result, _, err := evaluateXPath(text, context)
	if err != nil {
		return false, err
	}
	switch r := result.(type) {
	case bool:
		return r, nil
	case float64:
		return r != 0 && !math.IsNaN(r), nil
	case string:
		return r != "", nil
	case []*cursor:
		return len(r) > 0, nil
	}
	return false, errors.New("the XPath expression gave nothing that is true or false")
}

// xpathValue gives what a selector selects: a boolean, a number, a string, the string value of one node, an array of those of
// several.
func xpathValue(text string, context any) (Value, error) {
	result, _, err := evaluateXPath(text, context)
	if err != nil {
		return Value{}, err
	}
	switch r := result.(type) {
	case float64:
		if math.IsNaN(r) || math.IsInf(r, 0) {
			return Value{}, fmt.Errorf("%s is no number that JSON can say", quote(text))
		}
		return Value{Any: json.Number(strconv.FormatFloat(r, 'f', -1, 64))}, nil
	case []*cursor:
		switch len(r) {
		case 0:
			return absent(text + " selects nothing"), nil
		case 1:
			return Value{Any: r[0].text()}, nil
		}
		list := make([]any, len(r))
		for i, node := range r {
			list[i] = node.text()
		}
		return Value{Any: list}, nil
	}
	return Value{Any: result}, nil
}
