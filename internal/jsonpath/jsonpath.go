// Package jsonpath parses JSONPath expressions (RFC 9535) with the library that we use, and corrects what that library gets
// wrong. Overlays and the criteria of workflows both need it; what an evaluation may cost is each room's own affair.
//
// docs/decisions/001-jsonpath.md says why the library and what is corrected.
package jsonpath

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/theory/jsonpath"
	"github.com/theory/jsonpath/registry"
	"github.com/theory/jsonpath/spec"
)

// Options say what is taken besides what the RFC allows.
type Options struct {
	// Hyphens takes names with a hyphen without brackets, $.x-internal: the RFC has no such shorthand and gives it no other
	// meaning, and examples of the Overlay specification use it.
	Hyphens bool
}

// Parse compiles an expression. The error says what is wrong with it, in the library's words.
func Parse(text string, o Options) (*jsonpath.Path, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("it is not valid UTF-8")
	}
	functions, err := guardedFunctions()
	if err != nil {
		return nil, err
	}
	parsed, err := jsonpath.NewParser(jsonpath.WithRegistry(functions)).Parse(o.adapt(text))
	if err != nil {
		return nil, errors.New(strings.ReplaceAll(strings.TrimPrefix(err.Error(), "jsonpath: "), guard, ""))
	}
	return parsed, nil
}

// Syntax empties the quoted strings of an expression in the library's normal form, so that what remains is syntax.
func Syntax(normal string) string {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(normal); i++ {
		switch c := normal[i]; {
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

// guard is put before the names of functions that the library cannot be trusted with.
const guard = "guarded_"

// guardedFunctions gives the functions of RFC 9535, with match and search once more under guarded names. The library's own
// dereference a nil pointer when an argument selects nothing; the answer is then false (2.4.6, 2.4.7).
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

// adapt rewrites what the library gets wrong, or stricter than is of use. The shorthand names .true, .false and .null, which
// RFC 9535 allows (member-name-shorthand) and the parser takes for literals, become ['true'] and so on, and with Hyphens
// .x-internal becomes ['x-internal']. match and search become their guarded forms. Blanks before && and || go: the parser
// takes them only once in a row of them.
func (o Options) adapt(text string) string {
	var b strings.Builder
	var quote byte
	for i := 0; i < len(text); i++ {
		c := text[i]
		if quote == 0 {
			if written, read := o.adaptAt(text, i); read > 0 {
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
func (o Options) adaptAt(text string, i int) (written string, read int) {
	if rest := strings.TrimLeft(text[i:], " \t\r\n"); len(rest) < len(text)-i {
		if strings.HasPrefix(rest, "&&") || strings.HasPrefix(rest, "||") {
			return "", len(text) - i - len(rest)
		}
		return "", 0
	}
	if text[i] == '.' {
		word := o.shorthand(text[i+1:])
		switch {
		case word != "true" && word != "false" && word != "null" && !strings.Contains(word, "-"):
			return "", 0
		case i > 0 && text[i-1] == '.': // the second dot of a descendant segment stays
			return ".['" + word + "']", 1 + len(word)
		}
		return "['" + word + "']", 1 + len(word)
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

// inName says whether a byte can stand in a shorthand or function name.
func inName(c byte) bool {
	return c >= utf8.RuneSelf || c == '_' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// shorthand gives the name that text begins with; "" if there is none.
func (o Options) shorthand(text string) string {
	end := 0
	for end < len(text) && (inName(text[end]) || o.Hyphens && end > 0 && text[end] == '-') {
		end++
	}
	if end > 0 && '0' <= text[0] && text[0] <= '9' {
		return ""
	}
	return text[:end]
}
