package schema

import (
	"go.yaml.in/yaml/v4"
)

// follow goes through document and alias nodes to the node that holds the value. A chain that does not end gives nil.
func follow(n *yaml.Node) *yaml.Node {
	for range 64 {
		switch {
		case n == nil:
			return nil
		case n.Kind == yaml.DocumentNode:
			if len(n.Content) == 0 {
				return nil
			}
			n = n.Content[0]
		case n.Kind == yaml.AliasNode:
			n = n.Alias
		default:
			return n
		}
	}
	return nil
}

// isMerge says whether a key is the << of YAML 1.1, written plainly.
func isMerge(key *yaml.Node) bool {
	return key.Kind == yaml.ScalarNode && key.Value == "<<" && (key.Tag == "" || key.ShortTag() == "!!merge")
}

// pairs gives keys and values of a mapping in turn, as Content does, with merge keys carried out: what the mapping says
// itself wins over what it merges, and an earlier merged mapping over a later one.
func pairs(n *yaml.Node) []*yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if isMerge(n.Content[i]) {
			m := merger{have: make(map[string]bool), budget: maxMerged}
			m.add(n, 0)
			return m.out
		}
	}
	return n.Content
}

// maxMerged bounds the members that are looked at to carry out the merge keys of one mapping.
const maxMerged = 10_000

type merger struct {
	out    []*yaml.Node
	have   map[string]bool
	budget int
}

func (m *merger) add(n *yaml.Node, depth int) {
	if depth > 32 { // a mapping that merges itself ends here
		return
	}
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content) && m.budget > 0; i += 2 {
		m.budget--
		key, value := n.Content[i], n.Content[i+1]
		if isMerge(key) {
			merges = append(merges, value)
		} else if !m.have[key.Value] {
			m.have[key.Value] = true
			m.out = append(m.out, key, value)
		}
	}
	for _, from := range merges {
		from = follow(from)
		if from == nil {
			continue
		}
		sources := []*yaml.Node{from}
		if from.Kind == yaml.SequenceNode {
			sources = from.Content
		}
		for _, source := range sources {
			if m.budget--; m.budget <= 0 {
				return
			}
			if source = follow(source); source != nil && source.Kind == yaml.MappingNode {
				m.add(source, depth+1)
			}
		}
	}
}

func isBool(n *yaml.Node) bool {
	return n != nil && n.Kind == yaml.ScalarNode && n.Value != "" && n.ShortTag() == "!!bool"
}

func isNull(n *yaml.Node) bool {
	return n == nil || n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}

func isString(n *yaml.Node) bool {
	if n == nil || n.Kind != yaml.ScalarNode {
		return false
	}
	switch n.ShortTag() {
	case "!!null", "!!bool", "!!int", "!!float":
		return false
	}
	return true
}

func isNumber(n *yaml.Node) bool {
	if n == nil || n.Kind != yaml.ScalarNode {
		return false
	}
	tag := n.ShortTag()
	return tag == "!!int" || tag == "!!float"
}

// kindOf says what a node holds, in the words of JSON, for messages.
func kindOf(n *yaml.Node) string {
	switch {
	case n == nil || isNull(n):
		return "null"
	case n.Kind == yaml.MappingNode:
		return "an object"
	case n.Kind == yaml.SequenceNode:
		return "an array"
	case isBool(n):
		return "the boolean " + n.Value
	case isNumber(n):
		return "the number " + cut(n.Value, maxShown)
	}
	return "the string " + quoteShort(n.Value)
}
