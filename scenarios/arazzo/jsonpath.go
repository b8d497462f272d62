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

	"github.com/theory/jsonpath"
	"github.com/theory/jsonpath/registry"
	"github.com/theory/jsonpath/spec"
)

// maxWork bounds the estimated work of one JSONPath expression on one value, in nodes visited.
const maxWork = 20_000_000

// A jsonPath is a compiled expression of RFC 9535. docs/decisions/001-jsonpath.md says why the library and what is
// corrected in it.
type jsonPath struct {
	text       string
	path       *jsonpath.Path
	singular   bool // at most one node, whatever the value (RFC 9535, 2.3.5.1)
	rootFilter bool // the first segment filters what stands directly in the root
	bare       string
}

// guard is put before the names of functions that the library cannot be trusted with: match and search dereference a nil
// pointer when an argument selects nothing. The answer is then false (RFC 9535, 2.4.6 and 2.4.7).
const guard = "guarded_"

func guardedFunctions() (*registry.Registry, error) {
	functions := registry.New()
	for _, name := range []string{"match", "search"} {
		original := functions.Get(name)
		err := functions.Register(guard+name, spec.FuncLogical, original.Validate, func(args []spec.PathValue) spec.PathValue {
			for _, arg := range args {
				if spec.ValueFrom(arg) == nil {
					return spec.LogicalFalse
				}
			}
			return original.Evaluate(args)
		})
		if err != nil {
			return nil, err
		}
	}
	return functions, nil
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
	functions, err := guardedFunctions()
	if err != nil {
		return nil, err
	}
	parsed, err := jsonpath.NewParser(jsonpath.WithRegistry(functions)).Parse(adapt(text))
	if err != nil {
		advice := "begin it with $, as $.pets[*]"
		switch {
		case hyphenName.MatchString(text):
			advice = "names with a hyphen stand in brackets: $['x-name']"
		case strings.HasPrefix(text, "$"):
			advice = "conditions stand in filters: $[?@.status == 'ok']"
		}
		return nil, fault(advice, "it is no JSONPath of RFC 9535: %s", cut(strings.ReplaceAll(strings.TrimPrefix(err.Error(), "jsonpath: "), guard, ""), 200))
	}
	p := &jsonPath{text: text, path: parsed, singular: parsed.Query().Singular() != nil, bare: blankStrings(parsed.String())}
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

// adapt rewrites what the library gets wrong: the names .true, .false and .null, which it takes for literals, match and
// search, which become their guarded forms, and blanks before && and ||, which it takes only once in a row of them.
func adapt(text string) string {
	var b strings.Builder
	var quote byte
	for i := 0; i < len(text); i++ {
		c := text[i]
		if quote == 0 {
			if written, read := adaptAt(text, i); read > 0 {
				b.WriteString(written)
				i += read - 1
				continue
			}
		}
		b.WriteByte(c)
		switch {
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case quote != 0 && c == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		case c == quote:
			quote = 0
		}
	}
	return b.String()
}

// adaptAt gives what is to stand for the next bytes of text at i, and how many they are; 0 for leaving them.
func adaptAt(text string, i int) (written string, read int) {
	inName := func(c byte) bool { return c >= utf8.RuneSelf || c == '_' || isAlphanumeric(c) }
	if rest := strings.TrimLeft(text[i:], " \t\r\n"); len(rest) < len(text)-i {
		if strings.HasPrefix(rest, "&&") || strings.HasPrefix(rest, "||") {
			return "", len(text) - i - len(rest)
		}
		return "", 0
	}
	if text[i] == '.' {
		end := i + 1
		for end < len(text) && inName(text[end]) {
			end++
		}
		switch word := text[i+1 : end]; {
		case word != "true" && word != "false" && word != "null":
			return "", 0
		case i > 0 && text[i-1] == '.': // the second dot of a descendant segment stays
			return ".['" + word + "']", end - i
		default:
			return "['" + word + "']", end - i
		}
	}
	if i > 0 && (text[i-1] == '.' || inName(text[i-1])) {
		return "", 0
	}
	for _, name := range []string{"match", "search"} {
		if strings.HasPrefix(text[i:], name+"(") {
			return guard + name, len(name)
		}
	}
	return "", 0
}

// blankStrings empties the quoted strings of an expression in the library's normal form, so that what remains is syntax.
func blankStrings(text string) string {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
			b.WriteByte(c)
		case !quoted:
			b.WriteByte(c)
		}
	}
	return b.String()
}

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
