package contracts

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

// yamlLimits stops the YAML reader at the nesting limit. Aliases are counted afterwards, by cleaner.
type yamlLimits struct{ depth int }

var errTooDeep = errors.New("nested too deep")

func (l yamlLimits) CheckDepth(depth int, _ *yaml.DepthContext) error {
	// The reader counts indentation and flow levels; a list in a mapping may take one more of them than it
	// has levels, so the exact check is the cleaner's.
	if depth > 2*l.depth {
		return errTooDeep
	}
	return nil
}

func (yamlLimits) CheckAlias(int, int) error { return nil }

// parseYAML gives the tree of a YAML text, with aliases and merge keys expanded.
func parseYAML(shown, text string, limits Limits) (*yaml.Node, error) {
	// Each line, comma, bracket and dash makes two nodes at most: told before memory is spent on them.
	marks := 0
	for _, mark := range []string{"\n", ",", "[", "{", "- "} {
		marks += strings.Count(text, mark)
	}
	if marks > limits.Nodes {
		return nil, &DocumentError{At: at(shown), Message: fmt.Sprintf("the document has more than %d lines and separators", limits.Nodes), Advice: raiseNodes}
	}
	loader, err := yaml.NewLoader(strings.NewReader(text), yaml.WithUniqueKeys(false), yaml.WithPlugin(yamlLimits{limits.Depth}))
	if err != nil {
		return nil, err
	}
	var doc yaml.Node
	if err := loader.Load(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, &DocumentError{At: at(shown), Message: "the file is empty"}
		}
		return nil, yamlError(shown, text, err, limits)
	}
	if len(doc.Content) == 0 {
		return nil, &DocumentError{At: at(shown), Message: "the file is empty"}
	}
	var second yaml.Node
	if err := loader.Load(&second); !errors.Is(err, io.EOF) {
		if err != nil {
			return nil, yamlError(shown, text, err, limits)
		}
		return nil, &DocumentError{
			At:      schema.Location{File: shown, Line: second.Line},
			Message: "the file holds more than one YAML document", Advice: "put each into a file of its own",
		}
	}
	c := cleaner{file: shown, limits: limits, sizes: map[*yaml.Node]int{}}
	root := doc.Content[0]
	if c.measure(root, 1) > limits.Nodes && len(c.faults) == 0 {
		c.fail(root, "", fmt.Sprintf("the document has more than %d keys and values once its aliases are expanded", limits.Nodes), raiseNodes)
	}
	if len(c.faults) == 0 {
		root = c.clean(root, nil)
	}
	return root, c.faults.join()
}

// yamlError puts the message of the YAML reader into our form.
func yamlError(shown, text string, err error, limits Limits) error {
	var fault *yaml.LoadError
	if !errors.As(err, &fault) {
		return &DocumentError{At: at(shown), Message: "the YAML is broken: " + err.Error()}
	}
	here := schema.Location{File: shown, Line: fault.Mark.Line}
	if errors.Is(err, errTooDeep) || strings.Contains(fault.Message, errTooDeep.Error()) {
		return &DocumentError{At: here, Message: fmt.Sprintf("nested more than %d levels deep", limits.Depth)}
	}
	message := fault.Message
	if fault.ContextMsg != "" {
		message = fault.ContextMsg + " " + message
	}
	advice := ""
	if strings.Contains(message, "cannot start any token") && strings.Contains(indentation(text, fault.Mark.Line), "\t") {
		advice = "indent with spaces, not with tabs"
	}
	return &DocumentError{At: here, Message: "the YAML is broken: " + strings.TrimPrefix(message, "yaml: "), Advice: advice}
}

// indentation gives the white space at the start of a line of a text.
func indentation(text string, line int) string {
	for range line - 1 {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text[:len(text)-len(strings.TrimLeft(text, " \t"))]
}

// cleaner turns what the YAML reader gives into a plain tree: aliases become copies, merge keys members.
type cleaner struct {
	file   string
	limits Limits
	sizes  map[*yaml.Node]int // of anchored nodes, expanded; -1 while they are being measured
	faults documentErrors
	deep   bool // a fault that ends the cleaning, since it would only repeat itself
}

func (c *cleaner) fail(n *yaml.Node, pointer, message, advice string) {
	if len(c.faults) <= maxProblems {
		c.faults = append(c.faults, &DocumentError{At: schema.Location{File: c.file, Line: n.Line, Pointer: pointer}, Message: message, Advice: advice})
	}
}

// measure counts the values that a node comes to with its aliases expanded, without expanding them. It gives a
// number above the limit as soon as one is reached. Nesting is counted through aliases too.
func (c *cleaner) measure(n *yaml.Node, depth int) int {
	if depth > c.limits.Depth && len(n.Content) > 0 {
		if len(c.faults) == 0 {
			c.fail(n, "", fmt.Sprintf("nested more than %d levels deep", c.limits.Depth), "")
		}
		return c.limits.Nodes + 1
	}
	if n.Kind == yaml.AliasNode {
		return c.measureAlias(n, depth)
	}
	if n.Anchor != "" {
		c.sizes[n] = -1
	}
	size := 1
	for _, child := range n.Content {
		if size += c.measure(child, depth+1); size > c.limits.Nodes {
			return c.limits.Nodes + 1
		}
	}
	if n.Anchor != "" {
		c.sizes[n] = size
	}
	return size
}

func (c *cleaner) measureAlias(n *yaml.Node, depth int) int {
	switch size, ok := c.sizes[n.Alias]; {
	case ok && size < 0:
		if len(c.faults) == 0 {
			c.fail(n, "", fmt.Sprintf("the alias *%s stands inside its own anchor", n.Value), "write out what it stands for")
		}
		return c.limits.Nodes + 1
	case ok:
		return size
	}
	return c.measure(n.Alias, depth)
}

// clean gives the plain form of a node. path holds the tokens that lead to it.
func (c *cleaner) clean(n *yaml.Node, path []string) *yaml.Node {
	if c.deep {
		return n
	}
	if n.Kind == yaml.AliasNode {
		return c.clean(copyTree(n.Alias), path)
	}
	n.Anchor, n.HeadComment, n.LineComment, n.FootComment = "", "", "", ""
	if len(path) > c.limits.Depth {
		c.deep = true
		c.fail(n, "", fmt.Sprintf("nested more than %d levels deep", c.limits.Depth), "")
	}
	switch {
	case c.deep:
	case n.Kind == yaml.SequenceNode:
		for i, child := range n.Content {
			n.Content[i] = c.clean(child, append(path, fmt.Sprint(i)))
		}
	case n.Kind == yaml.MappingNode:
		c.cleanMapping(n, path)
	}
	return n
}

func (c *cleaner) cleanMapping(n *yaml.Node, path []string) {
	merges := false
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind == yaml.AliasNode {
			key = copyTree(key.Alias)
			n.Content[i] = key
		}
		key.Anchor, key.HeadComment, key.LineComment, key.FootComment = "", "", "", ""
		if key.Kind != yaml.ScalarNode {
			c.fail(key, pointerOf(path), "a key is "+kindText(key)+", not a text", "")
			continue
		}
		if key.Tag == tagMerge || key.Value == "<<" && key.Style == 0 {
			merges = true
			continue
		}
		n.Content[i+1] = c.clean(n.Content[i+1], append(path, key.Value))
	}
	c.checkDuplicates(n, path)
	if merges {
		c.merge(n, path)
	}
}

func (c *cleaner) checkDuplicates(n *yaml.Node, path []string) {
	var seen map[string]int
	if len(n.Content) > 2*pairwiseNames {
		seen = make(map[string]int, len(n.Content)/2)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		first := -1
		if seen != nil {
			if j, ok := seen[key.Value]; ok {
				first = j
			} else {
				seen[key.Value] = i
			}
		} else {
			for j := 0; j < i; j += 2 {
				if n.Content[j].Value == key.Value && n.Content[j].Kind == yaml.ScalarNode {
					first = j
					break
				}
			}
		}
		if first >= 0 && key.Kind == yaml.ScalarNode {
			c.fail(key, pointerOf(append(path, key.Value)),
				fmt.Sprintf("the key %q stands twice in one mapping, first in line %d", brief(key.Value), n.Content[first].Line), "remove one of them or rename it")
		}
	}
}

// merge replaces the merge key of a mapping by the members that it brings. The mapping's own members win, then
// those of the mappings that are named first.
func (c *cleaner) merge(n *yaml.Node, path []string) {
	have := map[string]bool{}
	var content, sources []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Tag == tagMerge || key.Value == "<<" && key.Style == 0 {
			if value.Kind == yaml.SequenceNode {
				sources = append(sources, value.Content...)
			} else {
				sources = append(sources, value)
			}
			continue
		}
		have[key.Value] = true
		content = append(content, key, value)
	}
	for _, from := range sources {
		from = c.clean(from, path)
		if from.Kind != yaml.MappingNode {
			c.fail(from, pointerOf(append(path, "<<")), "the merge key << names "+kindText(from)+", not a mapping", "")
			continue
		}
		for i := 0; i+1 < len(from.Content); i += 2 {
			if key := from.Content[i]; !have[key.Value] {
				have[key.Value] = true
				content = append(content, key, from.Content[i+1])
			}
		}
	}
	n.Content = content
}

// copyTree copies a node and all below it.
func copyTree(n *yaml.Node) *yaml.Node {
	out := *n
	out.Anchor = ""
	out.Content = make([]*yaml.Node, len(n.Content))
	for i, child := range n.Content {
		out.Content[i] = copyTree(child)
	}
	return &out
}

func pointerOf(path []string) string {
	var b strings.Builder
	for _, token := range path {
		b.WriteByte('/')
		b.WriteString(escapeToken(token))
	}
	return b.String()
}
