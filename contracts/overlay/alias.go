package overlay

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v4"
)

// prepare notes which aliases there are in the tree and refuses trees that cannot be walked.
func (a *application) prepare() error {
	a.aliases = map[*yaml.Node][]*yaml.Node{}
	if err := a.note(a.root, 0); err != nil {
		return err
	}
	if len(a.aliases) == 0 {
		return nil
	}
	return checkAcyclic(a.root)
}

func (a *application) note(n *yaml.Node, depth int) error {
	if n == nil || n.Kind == yaml.ScalarNode {
		return nil
	}
	if depth > maxDepth {
		return errTooDeep
	}
	if n.Kind == yaml.AliasNode {
		target := resolve(n)
		if target == nil {
			return fmt.Errorf("line %d: the alias %q refers to nothing", n.Line, shorten(n.Value))
		}
		a.aliases[target] = append(a.aliases[target], n)
		return nil
	}
	for _, child := range n.Content {
		if err := a.note(child, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// private makes a node safe to change in place. An alias becomes a copy of what it refers to; where aliases refer to
// the node, they become copies of what it is now.
func (a *application) private(n *yaml.Node) error {
	if n.Kind == yaml.AliasNode {
		return a.expand(n)
	}
	for _, alias := range a.aliases[n] {
		if alias.Kind == yaml.AliasNode {
			if err := a.expand(alias); err != nil {
				return err
			}
		}
	}
	delete(a.aliases, n)
	return nil
}

// expand turns an alias node into a copy of what it refers to. The copy keeps the lines of the original.
func (a *application) expand(alias *yaml.Node) error {
	made, err := a.clone(alias, "", a.applied.Origin, a.applied.Origin, 0)
	if err != nil {
		return err
	}
	if file, ok := a.applied.Origin[made]; ok {
		delete(a.applied.Origin, made)
		a.applied.Origin[alias] = file
	}
	*alias = *made
	return nil
}

// release expands the aliases that refer into a subtree which is about to go.
func (a *application) release(n *yaml.Node) error {
	if len(a.aliases) == 0 || n.Kind == yaml.AliasNode {
		return nil
	}
	if err := a.private(n); err != nil {
		return err
	}
	for _, child := range n.Content {
		if err := a.release(child); err != nil {
			return err
		}
	}
	return nil
}

// flatten writes out what merge keys bring into a mapping.
func (a *application) flatten(n *yaml.Node) error {
	flat, err := a.pairs(n, "", a.applied.Origin, a.applied.Origin, 0, false)
	if err != nil {
		return err
	}
	n.Content = flat
	return nil
}

// own makes the node at l, and all on the way to it, safe to change in place, and gives the node.
func (a *application) own(l *location) (*yaml.Node, error) {
	if l.parent == nil {
		return a.root, a.private(a.root)
	}
	_, child, err := a.slot(l)
	if err != nil {
		return nil, err
	}
	return child, a.private(child)
}

// slot gives the container of l, safe to change, and what stands in it at l, which may be an alias.
func (a *application) slot(l *location) (container, child *yaml.Node, err error) {
	container, err = a.own(l.parent)
	if err != nil {
		return nil, nil, err
	}
	if container.Kind == yaml.SequenceNode {
		if l.index >= len(container.Content) {
			return nil, nil, errVanished
		}
		return container, container.Content[l.index], nil
	}
	if hasMerge(container) {
		if err := a.flatten(container); err != nil {
			return nil, nil, err
		}
	}
	child = member(container, l.name)
	if child == nil {
		return nil, nil, errVanished
	}
	return container, child, nil
}

// errVanished cannot happen as long as selecting and changing see the tree alike.
var errVanished = errors.New("it is no longer there")
