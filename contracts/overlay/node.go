package overlay

import (
	"errors"
	"fmt"
	"iter"
	"strconv"

	"go.yaml.in/yaml/v4"
)

var (
	errTooDeep = fmt.Errorf("it is nested more than %d levels deep, aliases followed", maxDepth)
	errCycle   = errors.New("an alias refers to a node that contains it")
	errTooMany = errors.New("with its aliases expanded it has too many nodes")
)

// resolve follows aliases. It gives nil for an alias that leads nowhere.
func resolve(n *yaml.Node) *yaml.Node {
	for range 8 {
		if n == nil || n.Kind != yaml.AliasNode {
			return n
		}
		n = n.Alias
	}
	return nil
}

// name gives the member name that a key stands for. Keys such as 200 are numbers in YAML and names in JSON. A key
// that is an object or array has no name.
func name(key *yaml.Node) (string, bool) {
	if key = resolve(key); key == nil || key.Kind != yaml.ScalarNode {
		return "", false
	}
	return key.Value, true
}

// isMerge says whether a key is the YAML 1.1 merge key, unquoted.
func isMerge(key *yaml.Node) bool {
	return key.Kind == yaml.ScalarNode && key.Value == "<<" &&
		(key.Tag == "!!merge" || key.Tag == "" && key.Style == 0)
}

func hasMerge(n *yaml.Node) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if isMerge(n.Content[i]) {
			return true
		}
	}
	return false
}

// members gives name, key and value of each member of a mapping. Members that come in by a merge key follow those
// written out, which win over them.
func members(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		merged := false
		for i := 0; i+1 < len(n.Content); i += 2 {
			if isMerge(n.Content[i]) {
				merged = true
			} else if !yield(n.Content[i], n.Content[i+1]) {
				return
			}
		}
		if merged {
			mergedMembers(n, 0, map[string]bool{}, yield)
		}
	}
}

// mergedMembers yields the members that merge keys bring into n, and into what they bring in. Names in seen are
// taken already; n's own names are added to it.
func mergedMembers(n *yaml.Node, depth int, seen map[string]bool, yield func(key, value *yaml.Node) bool) bool {
	if n = resolve(n); n == nil || depth > maxDepth {
		return true
	}
	if n.Kind == yaml.SequenceNode && depth > 0 {
		for _, entry := range n.Content {
			if !mergedMembers(entry, depth+1, seen, yield) {
				return false
			}
		}
		return true
	}
	if n.Kind != yaml.MappingNode {
		return true
	}
	var sources []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if isMerge(key) {
			sources = append(sources, n.Content[i+1])
			continue
		}
		text, ok := name(key)
		if !ok || seen[text] {
			continue
		}
		seen[text] = true
		if depth > 0 && !yield(key, n.Content[i+1]) {
			return false
		}
	}
	for _, source := range sources {
		if !mergedMembers(source, depth+1, seen, yield) {
			return false
		}
	}
	return true
}

// member gives the value of a name in a mapping, not resolved, or nil.
func member(n *yaml.Node, want string) *yaml.Node {
	merged := false
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if isMerge(key) {
			merged = true
		} else if key.Value == want && key.Kind == yaml.ScalarNode {
			return n.Content[i+1]
		} else if key.Kind == yaml.AliasNode {
			if text, ok := name(key); ok && text == want {
				return n.Content[i+1]
			}
		}
	}
	if merged {
		for key, value := range members(n) {
			if text, ok := name(key); ok && text == want {
				return value
			}
		}
	}
	return nil
}

// A kind is what JSON, and with it the Overlay specification, tells apart.
type kind int

const (
	primitive kind = iota
	object
	array
)

func (k kind) String() string { return [...]string{"primitive", "object", "array"}[k] }

func kindOf(n *yaml.Node) kind {
	switch n.Kind {
	case yaml.MappingNode:
		return object
	case yaml.SequenceNode:
		return array
	}
	return primitive
}

// describe names a value for a message: "an object", "the string "x"".
func describe(n *yaml.Node) string {
	switch kindOf(n) {
	case object:
		return "an object"
	case array:
		return "an array"
	}
	switch n.ShortTag() {
	case "!!null":
		return "null"
	case "!!int", "!!float":
		return "the number " + shorten(n.Value)
	case "!!bool":
		return "the boolean " + shorten(n.Value)
	}
	return "the string " + strconv.Quote(shorten(n.Value))
}

// checkAcyclic refuses trees in which an alias stands inside the node it refers to, and trees nested too deep.
func checkAcyclic(root *yaml.Node) error {
	const open, done = 1, 2
	state := map[*yaml.Node]int{}
	var walk func(n *yaml.Node, depth int) error
	walk = func(n *yaml.Node, depth int) error {
		if n == nil || n.Kind == yaml.ScalarNode {
			return nil
		}
		if depth > 2*maxDepth {
			return errTooDeep
		}
		switch state[n] {
		case open:
			return errCycle
		case done:
			return nil
		}
		state[n] = open
		if err := walk(n.Alias, depth+1); err != nil {
			return err
		}
		for _, child := range n.Content {
			if err := walk(child, depth+1); err != nil {
				return err
			}
		}
		state[n] = done
		return nil
	}
	return walk(root, 0)
}
