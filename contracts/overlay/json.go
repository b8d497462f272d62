package overlay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"

	"go.yaml.in/yaml/v4"
)

// jsonReader turns a JSON text into nodes. YAML is nearly a superset of JSON, but the YAML reader refuses "\/"
// and surrogate pairs, which JSON writers emit.
type jsonReader struct {
	decoder *json.Decoder
	data    []byte
	lines   []int // offsets at which lines begin
}

// looksLikeJSON says whether data is to be read as JSON. An overlay is an object, and YAML flow mappings with
// unquoted keys begin with the same brace, hence the second condition.
func looksLikeJSON(data []byte) bool {
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	return len(trimmed) > 0 && trimmed[0] == '{' && json.Valid(data)
}

// readJSON gives the tree of a JSON text.
func readJSON(data []byte) (*yaml.Node, error) {
	r := &jsonReader{decoder: json.NewDecoder(bytes.NewReader(data)), data: data, lines: []int{0}}
	r.decoder.UseNumber()
	for i, c := range data {
		if c == '\n' {
			r.lines = append(r.lines, i+1)
		}
	}
	token, err := r.decoder.Token()
	if err != nil {
		return nil, err
	}
	root, err := r.value(token, 0)
	if err != nil {
		return nil, err
	}
	if _, err := r.decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is text after the end of the document")
	}
	return root, nil
}

// place gives the line and column of the token that ends at the decoder's offset.
func (r *jsonReader) place() (line, column int) {
	offset := int(r.decoder.InputOffset()) - 1
	line = sort.SearchInts(r.lines, offset+1)
	return line, offset - r.lines[line-1] + 1
}

func (r *jsonReader) value(token json.Token, depth int) (*yaml.Node, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	n := &yaml.Node{Kind: yaml.ScalarNode}
	n.Line, n.Column = r.place()
	switch t := token.(type) {
	case nil:
		n.Tag, n.Value = "!!null", "null"
	case bool:
		n.Tag, n.Value = "!!bool", fmt.Sprint(t)
	case json.Number:
		n.Tag, n.Value = "!!int", t.String()
		if strings.ContainsAny(n.Value, ".eE") {
			n.Tag = "!!float"
		}
	case string:
		n.Tag, n.Value, n.Style = "!!str", t, yaml.DoubleQuotedStyle
	case json.Delim:
		n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
		if t == '{' {
			n.Kind, n.Tag = yaml.MappingNode, "!!map"
		}
		return n, r.content(n, depth)
	}
	return n, nil
}

// content reads names and values up to the closing bracket; a name is read like any other string.
func (r *jsonReader) content(n *yaml.Node, depth int) error {
	for {
		token, err := r.decoder.Token()
		if err != nil {
			return err
		}
		if token == json.Delim('}') || token == json.Delim(']') {
			return nil
		}
		child, err := r.value(token, depth+1)
		if err != nil {
			return err
		}
		n.Content = append(n.Content, child)
	}
}
