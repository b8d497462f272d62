package overlay

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v4"
)

// Applied is what applying overlays came to.
type Applied struct {
	Warnings []Warning

	// Origin says where nodes came from that are no longer what the target document said: the File of the
	// overlay for the root of each subtree that an overlay brought in (keys included) and each primitive that it
	// replaced. Such nodes carry the overlay's line numbers. A node that is not in the map comes from where
	// its parent comes from, the root from the target document; an empty name is the target document
	// again, for what a copy action took from there.
	Origin map[*yaml.Node]string
}

// A Warning is something in an overlay that had no effect, though it is no error.
type Warning struct {
	File    string
	Action  int    // index in actions
	Target  string // the action's JSONPath
	Line    int    // in File
	Message string
}

// Apply applies the overlay to a tree, in place; see the function Apply.
func (d *Document) Apply(root *yaml.Node) (Applied, error) {
	return Apply(root, d)
}

// Apply applies overlays to a tree, one after the other, in place. Each action sees the result of the one before.
//
// Nodes that no action touches stay the same nodes with the same lines. What is put in are copies, which share
// nothing with the overlay or each other. An aliased node is never changed in two places: what the action
// touches, or what refers to it, becomes a copy first. Keys are never changed in place, so trees may share them.
//
// An error is an *Error. The tree is then changed in part and no longer of use.
func Apply(root *yaml.Node, overlays ...*Document) (Applied, error) {
	a := &application{root: root, applied: Applied{Origin: map[*yaml.Node]string{}}}
	a.limit, a.over = maxInserted, errTooMuch
	if root != nil && root.Kind == yaml.DocumentNode {
		a.root = nil
		if len(root.Content) > 0 {
			a.root = root.Content[0]
		}
	}
	for i, d := range overlays {
		a.document = d
		if i == 0 {
			if err := a.prepare(); err != nil {
				return a.applied, &Error{File: d.File, Message: "the target document cannot be changed: " + err.Error()}
			}
		}
		for j := range d.Actions {
			if err := a.act(&d.Actions[j]); err != nil {
				return a.applied, err
			}
		}
	}
	return a.applied, nil
}

// An application is one call of Apply.
type application struct {
	cloner
	root     *yaml.Node
	document *Document // the overlay at work
	applied  Applied
	aliases  map[*yaml.Node][]*yaml.Node // by what they refer to
}

// act carries out one action.
func (a *application) act(action *Action) error {
	if action.update == nil && action.source == nil && !action.Remove {
		a.warn(action, action.Line, "the action has neither update, copy nor remove: it does nothing")
		return nil
	}
	targets, err := action.target.selectNodes(a.root)
	if err != nil {
		return action.fail(a.document, "target", action.targetLine, "cannot evaluate the target: "+err.Error(), "")
	}
	if len(targets) == 0 {
		a.warn(action, action.targetLine, "the target selects nothing: the action does nothing")
		return nil
	}
	switch {
	case action.Remove:
		if action.update != nil || action.source != nil {
			a.warn(action, action.Line, "update and copy are ignored because remove is true")
		}
		return a.remove(action, targets)
	case action.update != nil && action.source != nil:
		a.warn(action, action.Line, "update and copy have no effect when both are given: the action does nothing")
		return nil
	case action.source != nil:
		return a.copy(action, targets)
	}
	what := content{node: action.update, file: a.document.File, field: "update", line: action.update.Line}
	return a.update(action, targets, what)
}

// content is what an action puts into its targets.
type content struct {
	node  *yaml.Node // without aliases and merge keys
	file  string     // where node comes from
	from  map[*yaml.Node]string
	field string // of the action that says so: "update" or "copy"
	line  int    // of that field's value in the overlay; 0: each node's own line is meant
}

// update merges content into each target.
func (a *application) update(action *Action, targets []*location, what content) error {
	if err := a.checkKinds(action, targets); err != nil {
		return err
	}
	nodes := make([]*yaml.Node, len(targets))
	for i, l := range targets {
		node, err := a.own(l)
		if err != nil {
			return a.failTarget(action, l, err)
		}
		nodes[i] = node
	}
	m := merger{application: a, action: action, content: what}
	seen := map[*yaml.Node]bool{}
	for i, node := range nodes {
		if seen[node] {
			continue
		}
		seen[node] = true
		if err := m.into(node, targets[i].pointer()); err != nil {
			return err
		}
	}
	return nil
}

// checkKinds refuses targets that cannot be updated together (Overlay 1.1.0, Action Object, target).
func (a *application) checkKinds(action *Action, targets []*location) error {
	if a.document.minor == 0 {
		for _, l := range targets {
			if kindOf(l.node) == primitive {
				return action.fail(a.document, "target", action.targetLine,
					fmt.Sprintf("the target selects %s at %s, and Overlay 1.0 updates objects and arrays only",
						describe(l.node), place(l)),
					"select the object that holds it, or declare overlay: 1.1.0")
			}
		}
		return nil
	}
	first := targets[0]
	for _, l := range targets[1:] {
		if kindOf(l.node) != kindOf(first.node) {
			return action.fail(a.document, "target", action.targetLine,
				fmt.Sprintf("the target selects nodes of different kinds: %s at %s and %s at %s",
					describe(first.node), place(first), describe(l.node), place(l)),
				"use one action for each kind")
		}
	}
	return nil
}

// copy merges the one node that the action's copy selects into each target (Overlay 1.1.0, Action Object, copy).
func (a *application) copy(action *Action, targets []*location) error {
	sources, err := action.source.selectNodes(a.root)
	if err != nil {
		return action.fail(a.document, "copy", action.copyLine, "cannot evaluate copy: "+err.Error(), "")
	}
	if len(sources) != 1 {
		return action.fail(a.document, "copy", action.copyLine,
			fmt.Sprintf("copy selects %d nodes where it must select exactly one", len(sources)),
			"write an expression that names one node, such as $.paths['/pets'].get")
	}
	what := content{from: map[*yaml.Node]string{}, field: "copy"}
	for l := sources[0]; l != nil; l = l.parent {
		if file, ok := a.applied.Origin[l.node]; ok {
			what.file = file
			break
		}
	}
	// The copy is made before anything changes: a target may lie within the source, or around it.
	what.node, err = a.clone(sources[0].node, what.file, a.applied.Origin, what.from, 0)
	if err != nil {
		return action.fail(a.document, "copy", action.copyLine, "cannot copy "+place(sources[0])+": "+err.Error(), "")
	}
	what.line = action.copyLine
	return a.update(action, targets, what)
}

// remove takes the targets out of the objects and arrays they stand in.
func (a *application) remove(action *Action, targets []*location) error {
	doomed := map[*yaml.Node]map[*yaml.Node]bool{} // container → children
	for _, l := range targets {
		if l.parent == nil {
			return action.fail(a.document, "target", action.targetLine, "the target is the whole document, which cannot be removed",
				"select the members to remove, for instance $.servers")
		}
		container, child, err := a.slot(l)
		if err != nil {
			return a.failTarget(action, l, err)
		}
		if doomed[container] == nil {
			doomed[container] = map[*yaml.Node]bool{}
		}
		doomed[container][child] = true
	}
	for container, children := range doomed {
		for child := range children {
			if err := a.release(child); err != nil {
				return action.fail(a.document, "target", action.targetLine, "cannot remove a node with an anchor: "+err.Error(), "")
			}
		}
		container.Content = without(container, children)
	}
	return nil
}

// without gives the content of a container less some children.
func without(container *yaml.Node, children map[*yaml.Node]bool) []*yaml.Node {
	kept := make([]*yaml.Node, 0, len(container.Content))
	if container.Kind == yaml.SequenceNode {
		for _, entry := range container.Content {
			if !children[entry] {
				kept = append(kept, entry)
			}
		}
		return kept
	}
	for i := 0; i+1 < len(container.Content); i += 2 {
		if !children[container.Content[i+1]] {
			kept = append(kept, container.Content[i], container.Content[i+1])
		}
	}
	return kept
}

func (a *application) warn(action *Action, line int, message string) {
	a.applied.Warnings = append(a.applied.Warnings, Warning{
		File: a.document.File, Action: action.index, Target: action.Target, Line: line, Message: message,
	})
}

// fail makes the error for a field of the action.
func (action *Action) fail(d *Document, field string, line int, message, advice string) error {
	return &Error{
		File: d.File, Line: line, Pointer: fmt.Sprintf("/actions/%d/%s", action.index, field), Message: message, Advice: advice,
	}
}

// failTarget makes the error for a target that cannot be changed. An *Error already says where it happened.
func (a *application) failTarget(action *Action, l *location, err error) error {
	var located *Error
	if errors.As(err, &located) {
		return err
	}
	return action.fail(a.document, "target", action.targetLine, "cannot change "+place(l)+": "+err.Error(), "")
}

// place names a node of the target document: its JSON Pointer, and the line where it is known.
func place(l *location) string {
	return placeOf(l.pointer(), l.node)
}

func placeOf(pointer string, n *yaml.Node) string {
	if n.Line > 0 {
		return fmt.Sprintf("#%s (line %d)", shorten(pointer), n.Line)
	}
	return "#" + shorten(pointer)
}
