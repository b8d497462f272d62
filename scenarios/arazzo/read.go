package arazzo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

var errTooDeep = errors.New("nested too deep")

// depthLimit stops the YAML reader before nesting costs stack. It counts indentation and flow levels, of which a list in
// a mapping may take one more than it has levels; the exact count is the cleaner's.
type depthLimit int

func (l depthLimit) CheckDepth(depth int, _ *yaml.DepthContext) error {
	if depth > 2*int(l) {
		return errTooDeep
	}
	return nil
}

func (depthLimit) CheckAlias(int, int) error { return nil }

// read gives the tree of a document, without aliases and merge keys, or nil when it cannot be read.
func (p *parser) read(data []byte) *yaml.Node {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	at := Position{File: p.file, Line: 1}
	switch {
	case len(data) > p.limits.Bytes:
		p.fail(at, "split it", "the document is larger than %d bytes", p.limits.Bytes)
		return nil
	case !utf8.Valid(data):
		p.fail(at, "save it as UTF-8", "the document is not UTF-8 text")
		return nil
	case len(bytes.TrimSpace(data)) == 0:
		p.fail(at, "", "the document is empty")
		return nil
	}
	var raw *yaml.Node
	if text := bytes.TrimLeft(data, " \t\r\n"); text[0] == '{' && json.Valid(data) {
		raw = readJSON(data, p.limits.Depth)
	} else {
		raw = p.readYAML(string(data))
	}
	if raw == nil {
		if len(p.problems) == 0 {
			p.fail(at, "flatten it", "nested more than %d levels deep", p.limits.Depth)
		}
		return nil
	}
	c := cleaner{parser: p, done: map[*yaml.Node]cleaned{}}
	root := c.clean(raw, "", 1)
	if len(p.problems) == 0 && root.size > p.limits.Nodes {
		p.fail(at, "use fewer aliases, or split the document", "the document has more than %d keys and values once its aliases are expanded", p.limits.Nodes)
	}
	if len(p.problems) > 0 {
		return nil
	}
	return root.node
}

func (p *parser) readYAML(text string) *yaml.Node {
	marks := 0
	for _, mark := range []string{"\n", ",", "[", "{", "- "} {
		marks += strings.Count(text, mark)
	}
	if marks > p.limits.Nodes {
		p.fail(Position{File: p.file}, "split it", "the document has more than %d lines and separators", p.limits.Nodes)
		return nil
	}
	loader, err := yaml.NewLoader(strings.NewReader(text), yaml.WithUniqueKeys(false), yaml.WithPlugin(depthLimit(p.limits.Depth)))
	if err != nil {
		p.fail(Position{File: p.file}, "", "%v", err)
		return nil
	}
	var doc yaml.Node
	if err := loader.Load(&doc); err != nil || len(doc.Content) == 0 {
		p.yamlFault(err)
		return nil
	}
	var second yaml.Node
	if err := loader.Load(&second); !errors.Is(err, io.EOF) {
		if err != nil {
			p.yamlFault(err)
		} else {
			p.fail(Position{File: p.file, Line: second.Line}, "put each into a file of its own", "the file holds more than one YAML document")
		}
		return nil
	}
	return doc.Content[0]
}

// yamlFault puts an error of the YAML reader into our form; nil and the end of the text are an empty document.
func (p *parser) yamlFault(err error) {
	at := Position{File: p.file}
	var fault *yaml.LoadError
	switch {
	case err == nil || errors.Is(err, io.EOF):
		p.fail(at, "", "the document is empty")
	case errors.As(err, &fault):
		at.Line, at.Column = fault.Mark.Line, fault.Mark.Column
		if errors.Is(err, errTooDeep) || strings.Contains(fault.Message, errTooDeep.Error()) {
			p.fail(at, "flatten it", "nested more than %d levels deep", p.limits.Depth)
			return
		}
		advice := ""
		if strings.Contains(fault.Message, "cannot start any token") {
			advice = "indent with spaces, and put values that begin with { [ % @ ` in quotes"
		}
		p.fail(at, advice, "the YAML is broken: %s", strings.TrimPrefix(strings.TrimSpace(fault.ContextMsg+" "+fault.Message), "yaml: "))
	default:
		p.fail(at, "", "the YAML is broken: %s", cut(strings.TrimPrefix(err.Error(), "yaml: "), 200))
	}
}

// A cleaned node has no aliases, anchors or merge keys; what several aliases stand for is shared, not copied.
type cleaned struct {
	node   *yaml.Node
	size   int // nodes, aliases expanded; above the limit it is only known to be above
	height int // levels of objects and arrays
	open   bool
}

type cleaner struct {
	*parser
	done map[*yaml.Node]cleaned // of anchored nodes
}

func (c *cleaner) clean(n *yaml.Node, pointer string, depth int) cleaned {
	if n.Kind == yaml.AliasNode {
		return c.alias(n, pointer, depth)
	}
	if depth > 2*c.limits.Depth {
		c.tooDeep(n, pointer)
		return cleaned{node: n, size: 1}
	}
	if n.Anchor != "" {
		c.done[n] = cleaned{open: true}
	}
	out := cleaned{node: n, size: 1}
	switch n.Kind {
	case yaml.SequenceNode:
		for i, entry := range n.Content {
			sub := c.clean(entry, pointer+"/"+strconv.Itoa(i), depth+1)
			n.Content[i] = sub.node
			out.add(sub, c.limits.Nodes)
		}
		out.height++
	case yaml.MappingNode:
		c.mapping(&out, pointer, depth)
		out.height++
	default:
		c.checkTag(n, pointer)
	}
	if depth+out.height > c.limits.Depth+1 {
		c.tooDeep(n, pointer)
	}
	if n.Anchor != "" {
		c.done[n] = out
	}
	return out
}

func (c *cleaned) add(sub cleaned, most int) {
	c.size = min(c.size+sub.size, most+1)
	c.height = max(c.height, sub.height)
}

func (c *cleaner) tooDeep(n *yaml.Node, pointer string) {
	if len(c.problems) == 0 {
		c.fail(c.at(n, cut(pointer, 200)), "flatten it", "nested more than %d levels deep", c.limits.Depth)
	}
}

func (c *cleaner) alias(n *yaml.Node, pointer string, depth int) cleaned {
	known, ok := c.done[n.Alias]
	switch {
	case ok && known.open:
		c.fail(c.at(n, cut(pointer, 200)), "write out what it stands for", "the alias *%s stands inside its own anchor", cut(n.Value, 60))
		return cleaned{node: &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: n.Line, Column: n.Column}, size: 1}
	case ok:
		if depth+known.height > c.limits.Depth+1 {
			c.tooDeep(n, pointer)
		}
		return known
	}
	return c.clean(n.Alias, pointer, depth)
}

func (c *cleaner) mapping(out *cleaned, pointer string, depth int) {
	n := out.node
	var content, merged []*yaml.Node
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode {
			c.fail(c.at(n.Content[i], pointer), "write a string", "a key is not a text")
			continue
		}
		inside := pointer + "/" + schema.EscapeToken(key.Value)
		sub := c.clean(n.Content[i+1], inside, depth+1)
		out.add(sub, c.limits.Nodes)
		out.size = min(out.size+1, c.limits.Nodes+1)
		if key.Value == "<<" && key.Style == 0 {
			merged = append(merged, sub.node)
			continue
		}
		if first, twice := seen[key.Value]; twice {
			c.fail(c.at(key, inside), "remove one of them or rename it", "the key %q stands twice in one object, first in line %d", cut(key.Value, 60), first)
			continue
		}
		seen[key.Value] = key.Line
		content = append(content, key, sub.node)
	}
	for _, from := range merged {
		content = c.merge(content, seen, from, pointer)
	}
	n.Content = content
}

// merge adds the members that a merge key brings; those that are there already win.
func (c *cleaner) merge(content []*yaml.Node, seen map[string]int, from *yaml.Node, pointer string) []*yaml.Node {
	sources := []*yaml.Node{from}
	if from.Kind == yaml.SequenceNode {
		sources = from.Content
	}
	for _, source := range sources {
		if source.Kind != yaml.MappingNode {
			c.fail(c.at(source, pointer+"/<<"), "", "the merge key << names %s, not an object", describe(source))
			continue
		}
		for i := 0; i+1 < len(source.Content); i += 2 {
			if key := source.Content[i]; seen[key.Value] == 0 {
				seen[key.Value] = key.Line
				content = append(content, key, source.Content[i+1])
			}
		}
	}
	return content
}

// jsonTags are the tags of the JSON schema of YAML 1.2, and that of dates, which are texts.
var jsonTags = []string{"!!null", "!!bool", "!!int", "!!float", "!!str", "!!timestamp", "!!merge", "!!seq", "!!map"}

func (c *cleaner) checkTag(n *yaml.Node, pointer string) {
	if tag := n.ShortTag(); tag != "" && !slices.Contains(jsonTags, tag) {
		c.fail(c.at(n, pointer), "remove the tag", "the tag %s has no meaning in Arazzo", cut(tag, 60))
	}
}

func (p *parser) at(n *yaml.Node, pointer string) Position {
	return Position{File: p.file, Line: n.Line, Column: n.Column, Pointer: pointer}
}

// describe names a node for a message.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "an object"
	case yaml.SequenceNode:
		return "an array"
	}
	switch n.ShortTag() {
	case "!!null":
		return "null"
	case "!!int", "!!float":
		return "the number " + cut(n.Value, 40)
	case "!!bool":
		return "the boolean " + cut(n.Value, 40)
	}
	return fmt.Sprintf("the string %q", cut(n.Value, 40))
}
