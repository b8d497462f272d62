package arazzo

import (
	"bytes"
	"encoding/json"
	"sort"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A jsonReader turns a JSON text into nodes. The YAML reader would nearly do, but it refuses "\/" and surrogate pairs, which
// writers of JSON emit.
type jsonReader struct {
	decoder *json.Decoder
	data    []byte
	lines   []int // offsets at which lines begin
	most    int   // levels
}

// readJSON gives the tree of a text that is known to be JSON, or nil where it is nested deeper than most.
func readJSON(data []byte, most int) *yaml.Node {
	r := &jsonReader{decoder: json.NewDecoder(bytes.NewReader(data)), data: data, lines: []int{0}, most: most}
	r.decoder.UseNumber()
	for i, c := range data {
		if c == '\n' {
			r.lines = append(r.lines, i+1)
		}
	}
	return r.value(0)
}

// value reads the next value; nil is the end of an object or array, a fault, or too deep a nesting.
func (r *jsonReader) value(depth int) *yaml.Node {
	start := r.start()
	token, err := r.decoder.Token()
	if err != nil || depth > r.most {
		r.most = -1
		return nil
	}
	line := sort.SearchInts(r.lines, start+1)
	n := &yaml.Node{Kind: yaml.ScalarNode, Line: line, Column: start - r.lines[line-1] + 1}
	switch t := token.(type) {
	case nil:
		n.Tag, n.Value = "!!null", "null"
	case bool:
		n.Tag, n.Value = "!!bool", "false"
		if t {
			n.Value = "true"
		}
	case json.Number:
		n.Tag, n.Value = "!!int", t.String()
		if strings.ContainsAny(n.Value, ".eE") {
			n.Tag = "!!float"
		}
	case string:
		n.Tag, n.Value, n.Style = "!!str", t, yaml.DoubleQuotedStyle
	case json.Delim:
		return r.container(n, t, depth)
	}
	return n
}

func (r *jsonReader) container(n *yaml.Node, open json.Delim, depth int) *yaml.Node {
	switch open {
	case '{':
		n.Kind, n.Tag = yaml.MappingNode, "!!map"
	case '[':
		n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
	default:
		return nil // the end of what is around
	}
	for {
		child := r.value(depth + 1)
		if r.most < 0 {
			return nil
		}
		if child == nil {
			return n
		}
		n.Content = append(n.Content, child)
	}
}

// start is the offset at which the next token begins.
func (r *jsonReader) start() int {
	at := int(r.decoder.InputOffset())
	for at < len(r.data) && strings.IndexByte(" \t\r\n,:", r.data[at]) >= 0 {
		at++
	}
	return min(at, max(len(r.data)-1, 0))
}
