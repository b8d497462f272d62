package arazzo

import (
	"errors"
	"net/url"
	"strings"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

// compileInputs compiles the schemas of all workflows' inputs with one compiler (JSON Schema 2020-12; $ref by pointer and by
// $anchor, within the document).
func (p *parser) compileInputs(d *Document) {
	resolve := func(from schema.Location, ref string) (*yaml.Node, schema.Location, error) {
		fragment, ok := strings.CutPrefix(ref, "#")
		if !ok {
			return nil, schema.Location{}, errors.New("it leads out of the document; write the schema out")
		}
		pointer, err := url.PathUnescape(fragment)
		if err != nil || badPointer(pointer) >= 0 {
			return nil, schema.Location{}, errors.New("it is no JSON Pointer")
		}
		n := nodeAt(d.root, pointer)
		if n == nil {
			return nil, schema.Location{}, errors.New("nothing stands there")
		}
		return n, schema.Location{File: from.File, Line: n.Line, Pointer: pointer}, nil
	}
	compiler := schema.NewCompiler(schema.JSONSchema202012, resolve)
	for _, w := range d.Workflows {
		if w.InputsNode == nil {
			continue
		}
		compiled, err := compiler.Compile(w.InputsNode, schema.Location{File: p.file, Line: w.InputsAt.Line, Pointer: w.InputsAt.Pointer})
		if err != nil {
			p.fail(w.InputsAt, "", "the inputs of the workflow %q are no JSON Schema: %v", cut(w.ID, 60), err)
			return
		}
		w.Schema = compiled
	}
	if err := compiler.Finish(); err != nil {
		p.fail(d.At, "", "the inputs cannot be compiled: %v", err)
		return
	}
	for _, warning := range compiler.Warnings() {
		p.warn(Position{File: p.file, Line: warning.At.Line, Pointer: warning.At.Pointer}, "", "%s", warning.Message)
	}
}

// nodeAt gives the node at a JSON Pointer, or nil.
func nodeAt(n *yaml.Node, pointer string) *yaml.Node {
	if pointer == "" {
		return n
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		token = schema.UnescapeToken(token)
		var next *yaml.Node
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				if n.Content[i].Value == token {
					next = n.Content[i+1]
				}
			}
		case yaml.SequenceNode:
			if i, ok := arrayIndex(token); ok && i < len(n.Content) {
				next = n.Content[i]
			}
		}
		if next == nil {
			return nil
		}
		n = next
	}
	return n
}
