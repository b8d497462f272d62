package overlay

import (
	"strconv"

	"go.yaml.in/yaml/v4"
)

// values converts nodes to the plain values that filters are evaluated on, each container once. It is good until
// the tree changes.
type values struct {
	plain map[*yaml.Node]any
	sizes map[*yaml.Node]float64
	steps *int
}

func newValues(steps *int) *values {
	return &values{plain: map[*yaml.Node]any{}, sizes: map[*yaml.Node]float64{}, steps: steps}
}

// of gives the plain value of n: map[string]any, []any, string, float64, bool or nil, as encoding/json would.
func (v *values) of(n *yaml.Node, depth int) (any, error) {
	n = resolve(n)
	if n == nil || n.Kind == yaml.ScalarNode {
		return scalar(n), nil
	}
	if known, ok := v.plain[n]; ok {
		return known, nil
	}
	if depth > 2*maxDepth {
		return nil, errTooDeep
	}
	if *v.steps += 1 + len(n.Content); *v.steps > maxSteps {
		return nil, errTooWide
	}
	if n.Kind == yaml.SequenceNode {
		list := make([]any, len(n.Content))
		for i, entry := range n.Content {
			value, err := v.of(entry, depth+1)
			if err != nil {
				return nil, err
			}
			list[i] = value
		}
		v.plain[n] = list
		return list, nil
	}
	fields := make(map[string]any, len(n.Content)/2)
	for key, entry := range members(n) {
		text, ok := name(key)
		if !ok {
			continue
		}
		value, err := v.of(entry, depth+1)
		if err != nil {
			return nil, err
		}
		fields[text] = value
	}
	v.plain[n] = fields
	return fields, nil
}

// size counts the nodes of a subtree, aliases followed: in floating point, because of what aliases can do.
func (v *values) size(n *yaml.Node, depth int) float64 {
	n = resolve(n)
	if n == nil || n.Kind == yaml.ScalarNode || depth > 2*maxDepth {
		return 1
	}
	if known, ok := v.sizes[n]; ok {
		return known
	}
	total := 1.0
	for _, child := range n.Content {
		total += v.size(child, depth+1)
	}
	v.sizes[n] = total
	return total
}

// scalar gives the JSON value of a scalar. Numbers are float64, which is how JSONPath compares them; dates
// and binary data are the strings that were written.
func scalar(n *yaml.Node) any {
	if n == nil || n.Kind != yaml.ScalarNode {
		return nil
	}
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		var b bool
		if n.Decode(&b) == nil {
			return b
		}
	case "!!int", "!!float":
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil {
			return f
		}
		var f float64
		if n.Decode(&f) == nil {
			return f
		}
	}
	return n.Value
}
