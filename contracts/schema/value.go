package schema

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Limits on one decoded node.
const (
	maxDepth    = 512     // arrays and objects inside one another, in YAML and in JSON
	maxExpanded = 200_000 // nodes that are reached through aliases
)

// Decode gives the value of a node, as a JSON decoder would: nil, bool, string, json.Number, []any and
// map[string]any. It follows the core schema of YAML 1.2, in which yes, no and dates are strings, and it carries
// out merge keys (<<) as YAML 1.1 has them, since documents use them. Numbers come in JSON syntax: 0x1F is 31, .5 is
// 0.5 and +1 is 1; what JSON cannot say (.inf, .nan) is an error, as are keys that are not scalars. A key that
// stands twice counts as it stands last. Nesting and the expansion of aliases are limited.
func Decode(n *yaml.Node) (any, error) {
	d := decoder{left: maxExpanded}
	return d.value(n, 0, false)
}

type decoder struct {
	left int // nodes that may still be reached through aliases
}

func (d *decoder) value(n *yaml.Node, depth int, aliased bool) (any, error) {
	if n == nil {
		return nil, nil
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("line %d: values are nested more than %d deep", n.Line, maxDepth)
	}
	if aliased {
		if d.left--; d.left < 0 {
			return nil, fmt.Errorf("line %d: aliases expand to more than %d nodes", n.Line, maxExpanded)
		}
	}
	switch n.Kind {
	case yaml.AliasNode:
		return d.value(n.Alias, depth+1, true)
	case yaml.DocumentNode:
		if len(n.Content) == 0 {
			return nil, nil
		}
		return d.value(n.Content[0], depth, aliased)
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			v, err := d.value(item, depth+1, aliased)
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, nil
	case yaml.MappingNode:
		return d.object(n, depth, aliased)
	case yaml.ScalarNode:
		return scalar(n)
	}
	return nil, nil
}

func (d *decoder) object(n *yaml.Node, depth int, aliased bool) (any, error) {
	members := pairs(n)
	object := make(map[string]any, len(members)/2)
	for i := 0; i+1 < len(members); i += 2 {
		key := follow(members[i])
		if key == nil || key.Kind != yaml.ScalarNode {
			return nil, fmt.Errorf("line %d: a key must be a plain value, not %s", members[i].Line, kindOf(key))
		}
		v, err := d.value(members[i+1], depth+1, aliased)
		if err != nil {
			return nil, err
		}
		object[key.Value] = v
	}
	return object, nil
}

func scalar(n *yaml.Node) (any, error) {
	switch n.ShortTag() {
	case "!!null":
		return nil, nil
	case "!!bool":
		switch n.Value {
		case "true", "True", "TRUE":
			return true, nil
		case "false", "False", "FALSE":
			return false, nil
		}
	case "!!int", "!!float":
		text, ok := jsonNumber(n.Value)
		if ok {
			return json.Number(text), nil
		}
		if strings.HasSuffix(strings.ToLower(n.Value), "inf") || strings.EqualFold(n.Value, ".nan") {
			return nil, fmt.Errorf("line %d: %s has no place in JSON", n.Line, n.Value)
		}
	}
	return n.Value, nil
}

// jsonNumber rewrites a number of YAML 1.2 in the syntax of JSON. What only YAML 1.1 takes for a number (1_000, 0b11) is
// not one.
func jsonNumber(text string) (string, bool) {
	if isJSONNumber(text) {
		return text, true
	}
	if digits, ok := strings.CutPrefix(text, "0x"); ok {
		return based(digits, 16)
	}
	if digits, ok := strings.CutPrefix(text, "0o"); ok {
		return based(digits, 8)
	}
	sign := ""
	if text != "" && (text[0] == '+' || text[0] == '-') {
		if text[0] == '-' {
			sign = "-"
		}
		text = text[1:]
	}
	mantissa, exponent := text, ""
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		mantissa, exponent = text[:i], text[i:]
	}
	whole, fraction, point := strings.Cut(mantissa, ".")
	if whole == "" && fraction == "" {
		return "", false
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	text = sign + whole
	if point && fraction != "" {
		text += "." + fraction
	}
	text += exponent
	return text, isJSONNumber(text)
}

func based(digits string, base int) (string, bool) {
	if digits == "" || len(digits) > 256 || strings.ContainsAny(digits, "_+-") {
		return "", false
	}
	n, ok := new(big.Int).SetString(digits, base)
	if !ok {
		return "", false
	}
	return n.String(), true
}

// isJSONNumber says whether text is a number in the grammar of RFC 8259.
func isJSONNumber(text string) bool {
	return len(text) > 0 && scanNumber(text, 0) == len(text)
}
