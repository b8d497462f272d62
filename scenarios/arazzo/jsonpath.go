package arazzo

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"understudy/contracts/schema"
	"understudy/internal/jsonpath"

	library "github.com/theory/jsonpath"
	"github.com/theory/jsonpath/spec"
)

// maxWork bounds the estimated work of one JSONPath expression on one value, in nodes visited.
const maxWork = 20_000_000

// A jsonPath is a compiled expression of RFC 9535. docs/decisions/001-jsonpath.md says why the library and what is
// corrected in it.
type jsonPath struct {
	text       string
	path       *library.Path
	singular   bool // at most one node, whatever the value (RFC 9535, 2.3.5.1)
	rootFilter bool // the first segment filters what stands directly in the root
	bare       string
}

// compileJSONPath reads an expression. The error is a *SyntaxError.
func compileJSONPath(text string) (*jsonPath, error) {
	fault := func(advice, format string, args ...any) error {
		return &SyntaxError{Text: text, Message: fmt.Sprintf(format, args...), Advice: advice}
	}
	switch {
	case len(text) > maxExpression:
		return nil, fault("", "the JSONPath expression is longer than %d bytes", maxExpression)
	case !utf8.ValidString(text):
		return nil, fault("", "the JSONPath expression is not UTF-8")
	}
	parsed, err := jsonpath.Parse(text, jsonpath.Options{})
	if err != nil {
		advice := "begin it with $, as $.pets[*]"
		switch {
		case hyphenName.MatchString(text):
			advice = "names with a hyphen stand in brackets: $['x-name']"
		case strings.HasPrefix(text, "$"):
			advice = "conditions stand in filters: $[?@.status == 'ok']"
		}
		return nil, fault(advice, "it is no JSONPath of RFC 9535: %s", cut(err.Error(), 200))
	}
	p := &jsonPath{text: text, path: parsed, singular: parsed.Query().Singular() != nil, bare: jsonpath.Syntax(parsed.String())}
	if segments := parsed.Query().Segments(); len(segments) > 0 && !segments[0].IsDescendant() {
		for _, selector := range segments[0].Selectors() {
			_, filter := selector.(*spec.FilterSelector)
			p.rootFilter = p.rootFilter || filter
		}
	}
	if strings.Count(p.bare, "?") > 6 || strings.Count(p.bare, "..") > 6 || strings.Count(p.bare, ",") > 40 {
		return nil, fault("make it simpler", "the JSONPath expression has too many filters, descents or lists")
	}
	return p, nil
}

var hyphenName = regexp.MustCompile(`\.[A-Za-z_][A-Za-z0-9_]*-[A-Za-z]`)

// work estimates how many nodes an evaluation visits on a value of so many nodes.
func (p *jsonPath) work(nodes float64) float64 {
	work := nodes
	for range strings.Count(p.bare, "..") {
		work *= 8 // a typical depth: nodes are reached once for each ancestor
	}
	for range strings.Count(p.bare, ",") {
		work *= 2
	}
	_, filters, _ := strings.Cut(p.bare, "?")
	if strings.ContainsAny(filters, "*:") || strings.Contains(filters, "..") || strings.Contains(filters, "?") ||
		strings.Count(filters, "@")+strings.Count(filters, "$") > 1 && strings.Contains(filters, "=") {
		for range strings.Count(p.bare, "?") {
			work *= max(nodes/8, 1)
		}
	}
	return work
}

// A selected node is its JSON Pointer and what stands there.
type selected struct {
	pointer string
	value   any
}

// selectNodes evaluates the expression. A panic in the library becomes an error, since expressions come from users.
func (p *jsonPath) selectNodes(v any) (out []selected, err error) {
	count := 0.0
	plain := plainNumbers(v, &count)
	if p.work(count) > maxWork {
		return nil, fmt.Errorf("%s would take too many steps on this value", quote(p.text))
	}
	defer func() {
		if fault := recover(); fault != nil {
			out, err = nil, fmt.Errorf("%s cannot be evaluated: %v", quote(p.text), fault)
		}
	}()
	for _, node := range p.path.SelectLocated(plain) {
		pointer := node.Path.Pointer()
		original, ok := schema.At(v, pointer)
		if !ok {
			return nil, errors.New("a node that was selected cannot be found again")
		}
		out = append(out, selected{pointer, original})
	}
	return out, nil
}

// plainNumbers copies a value with its numbers as float64, which is how JSONPath compares them at any depth.
func plainNumbers(v any, count *float64) any {
	*count++
	switch v := v.(type) {
	case json.Number:
		if f, err := strconv.ParseFloat(string(v), 64); err == nil {
			return f
		}
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plainNumbers(v[i], count)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(v))
		for name := range v {
			object[name] = plainNumbers(v[name], count)
		}
		return object
	}
	return v
}

var filteredName = regexp.MustCompile(`@\["([A-Za-z0-9_-]+)"\]`)

// diagnose says what a filter does that was applied to an object: it looks at each member, not at the object.
func (p *jsonPath) diagnose(object map[string]any, nodes []selected) string {
	names := filteredName.FindAllStringSubmatch(p.path.String(), -1)
	text := "the filter was applied to the members of an object, not to the object itself"
	for _, match := range names {
		name := match[1]
		member, there := object[name]
		switch list, isList := member.([]any); {
		case isList:
			return text + "; did you mean $." + name + "[*] (any entry) or a filter on $." + name + "[?…]?"
		case there && list == nil:
			return text + "; did you mean $." + name + "?"
		}
	}
	if len(nodes) > 0 && strings.Contains(p.bare, "!=") && len(names) > 0 {
		text += "; it holds because " + strconv.Quote(names[0][1]) + " is absent in the member at " + nodes[0].pointer +
			", and what is absent is not equal to null; did you mean $." + names[0][1] + "?"
	}
	return text
}
