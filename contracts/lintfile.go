//go:build !slim

package contracts

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts/schema"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"go.yaml.in/yaml/v4"
)

// LintFile holds a file, YAML or JSON, against a JSON Schema that refers to nothing outside itself. Faults come as warnings
// in the order of the lines; name is what they call the file. The error is that of a file that cannot be read as YAML or
// JSON, or of a text that is no schema.
func LintFile(name string, data, schemaText []byte) ([]Warning, error) {
	text, err := decodeText(name, data)
	if err != nil {
		return nil, err
	}
	root, err := parseYAML(name, text, Limits{}.filled()) // which JSON is, too
	if err != nil {
		return nil, err
	}
	value, err := schema.Decode(root)
	if err != nil {
		return nil, &DocumentError{At: schema.Location{File: name, Line: root.Line}, Message: err.Error()}
	}
	compiled, err := closedSchema(schemaText, true)
	if err != nil {
		return nil, fmt.Errorf("lint %s: %w", name, err)
	}
	fault, broken := compiled.Validate(value).(*jsonschema.ValidationError)
	if !broken {
		return nil, nil
	}
	var list []Warning
	for _, cause := range causes(fault) {
		for _, w := range fileWarnings(name, root, cause) {
			if !slices.Contains(list, w) {
				list = append(list, w)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Warning) int { return a.At.Line - b.At.Line })
	return list[:min(len(list), maxWarnings)], nil
}

// closedSchema compiles a schema that refers to nothing outside itself. formats says whether formats must hold where the schema's dialect
// leaves that open.
func closedSchema(text []byte, formats bool) (*jsonschema.Schema, error) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(jsonschema.SchemeURLLoader{}) // none: nothing outside the text is read
	if formats {
		c.AssertFormat()
	}
	if err := c.AddResource("urn:understudy:schema", document); err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	compiled, err := c.Compile("urn:understudy:schema")
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	return compiled, nil
}

// fileWarnings tells of one cause; of words that are not known, each where it stands.
func fileWarnings(name string, root *yaml.Node, e *jsonschema.ValidationError) []Warning {
	if unknown, ok := e.ErrorKind.(*kind.AdditionalProperties); ok {
		var list []Warning
		for _, word := range slices.Sorted(slices.Values(unknown.Properties)) {
			path := append(slices.Clone(e.InstanceLocation), word)
			list = append(list, Warning{At: placeIn(name, root, path), Message: fmt.Sprintf("unknown word %q", word)})
		}
		return list
	}
	at, reason := placeIn(name, root, e.InstanceLocation), e.ErrorKind.LocalizedString(english())
	switch k := e.ErrorKind.(type) {
	case *kind.PropertyNames:
		at = placeIn(name, root, pathTo(root, e.InstanceLocation, k.Property))
		reason = strconv.Quote(k.Property) + " cannot stand here"
	case *kind.FalseSchema:
		reason = "this word means nothing here"
	case *kind.Not:
		reason = "this cannot stand so here"
	case *kind.Required:
		reason = "missing: " + strings.Join(k.Missing, ", ")
	case *kind.Enum:
		reason = fmt.Sprintf("this cannot be %v", k.Got)
		if text, ok := k.Got.(string); ok {
			reason = "this cannot be " + strconv.Quote(text) + nearest(text, k.Want)
		}
	}
	return []Warning{{At: at, Message: reason}}
}

func nearest(text string, want []any) string {
	var known []string
	for _, w := range want {
		if word, ok := w.(string); ok {
			known = append(known, word)
		}
	}
	advice := ": use one of " + strings.Join(known, ", ")
	if near := Nearest(text, known); near != "" {
		return ": did you mean " + near + "?" + strings.TrimPrefix(advice, ":")
	}
	return advice
}

// pathTo gives the path of a member below a path: the library says of names only what they are in or what is above that.
func pathTo(n *yaml.Node, path []string, name string) []string {
	var find func(n *yaml.Node, path []string) []string
	find = func(n *yaml.Node, path []string) []string {
		for i, child := range n.Content {
			token := strconv.Itoa(i)
			if n.Kind == yaml.MappingNode {
				if i%2 == 0 {
					continue
				}
				if token = n.Content[i-1].Value; token == name {
					return append(path, token)
				}
			}
			if found := find(child, append(path[:len(path):len(path)], token)); found != nil {
				return found
			}
		}
		return nil
	}
	above := n
	for _, token := range path {
		if above.Kind == yaml.SequenceNode {
			if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(above.Content) {
				above = above.Content[i]
			}
		} else if next := field(above, token); next != nil {
			above = next
		}
	}
	if found := find(above, slices.Clone(path)); found != nil {
		return found
	}
	return append(slices.Clone(path), name)
}

// placeIn gives the place of a value: of a member the line of its name.
func placeIn(name string, n *yaml.Node, path []string) schema.Location {
	at := schema.Location{File: name, Line: n.Line, Pointer: pointerOf(path)}
	for _, token := range path {
		n = unalias(n)
		switch {
		case n == nil:
			return at
		case n.Kind == yaml.SequenceNode:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(n.Content) {
				return at
			}
			n = n.Content[i]
			at.Line = n.Line
		case n.Kind == yaml.MappingNode:
			var next *yaml.Node
			for i := 0; i+1 < len(n.Content); i += 2 {
				if n.Content[i].Value == token {
					at.Line, next = n.Content[i].Line, n.Content[i+1]
				}
			}
			n = next
		default:
			return at
		}
	}
	return at
}
