package overlay

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v4"
)

var errTooMuch = fmt.Errorf("the overlay would add more than %d nodes", maxInserted)

// A cloner copies subtrees and counts the nodes it makes.
type cloner struct {
	made  int
	limit int
	over  error // returned above limit
}

// clone copies a subtree. Aliases and merge keys are written out and anchors left out, so that the copy shares
// nothing. It comes from file, but for the nodes that from knows better; those are noted in to.
func (c *cloner) clone(n *yaml.Node, file string, from, to map[*yaml.Node]string, depth int) (*yaml.Node, error) {
	if n = resolve(n); n == nil {
		return nil, errors.New("an alias refers to nothing")
	}
	if c.made++; c.made > c.limit {
		return nil, c.over
	}
	if depth > maxDepth {
		return nil, errTooDeep
	}
	made := new(yaml.Node)
	*made = *n
	made.Anchor, made.Alias, made.Content = "", nil, nil
	if own, ok := from[n]; ok {
		if own != file || depth == 0 {
			to[made] = own
		}
		file = own
	}
	var err error
	if n.Kind == yaml.MappingNode {
		made.Content, err = c.pairs(n, file, from, to, depth, true)
		return made, err
	}
	for _, child := range n.Content {
		copied, err := c.clone(child, file, from, to, depth+1)
		if err != nil {
			return nil, err
		}
		made.Content = append(made.Content, copied)
	}
	return made, nil
}

// pairs gives the content of a mapping with merge keys written out. What merge keys bring in is copied; the
// mapping's own members only if all is true.
func (c *cloner) pairs(n *yaml.Node, file string, from, to map[*yaml.Node]string, depth int, all bool) ([]*yaml.Node, error) {
	var content []*yaml.Node
	if len(n.Content) > 0 {
		content = make([]*yaml.Node, 0, len(n.Content))
	}
	own := 0
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !isMerge(n.Content[i]) {
			own++
		}
	}
	for key, value := range members(n) {
		if own--; own >= 0 && !all {
			content = append(content, key, value)
			continue
		}
		k, err := c.clone(key, file, from, to, depth+1)
		if err != nil {
			return nil, err
		}
		v, err := c.clone(value, file, from, to, depth+1)
		if err != nil {
			return nil, err
		}
		content = append(content, k, v)
	}
	return content, nil
}
