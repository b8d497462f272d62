package arazzo

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/antchfx/xpath"
)

// Limits on XML that comes from a target.
const (
	maxXMLDepth = 200
	maxXMLNodes = 200_000
	maxXMLSteps = 5_000_000 // moves of one evaluation
)

// An xmlNode is a node of the data model of XPath 1.0 (section 5), with the bytes that it comes from, so that a replacement
// can leave the rest of the text alone.
type xmlNode struct {
	kind         xpath.NodeType
	prefix, name string
	chars        strings.Builder // of text and comments
	attributes   []xmlAttribute
	spaces       map[string]string // namespaces declared here, by prefix
	parent       *xmlNode
	index        int // among the parent's children
	children     []*xmlNode

	start, end               int // the whole node in the text
	contentStart, contentEnd int // between the tags
	selfClosing              bool
}

type xmlAttribute struct{ prefix, name, value string }

// parseXML reads a text with limits. Names keep the prefixes that the text writes: an expression names them as the text does.
func parseXML(text string) (*xmlNode, error) {
	root := &xmlNode{kind: xpath.RootNode, end: len(text), contentEnd: len(text)}
	decoder := xml.NewDecoder(strings.NewReader(text))
	decoder.CharsetReader = func(label string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("the XML is encoded as %s; only UTF-8 is read", cut(label, 40))
	}
	at, nodes, depth, elements := root, 0, 0, 0
	for {
		start := int(decoder.InputOffset())
		token, err := decoder.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("not XML: %w", err)
		}
		if nodes++; nodes > maxXMLNodes {
			return nil, fmt.Errorf("the XML has more than %d nodes", maxXMLNodes)
		}
		end := int(decoder.InputOffset())
		switch token := token.(type) {
		case xml.StartElement:
			if depth++; depth > maxXMLDepth {
				return nil, fmt.Errorf("the XML is nested more than %d levels deep", maxXMLDepth)
			}
			if at == root {
				elements++
			}
			at = at.add(newElement(token, start, end, strings.HasSuffix(text[start:end], "/>")))
		case xml.EndElement:
			if at == root || at.prefix != token.Name.Space || at.name != token.Name.Local {
				return nil, fmt.Errorf("not XML: the tag </%s> closes nothing", cut(token.Name.Local, 60))
			}
			at.end = end
			if !at.selfClosing {
				at.contentEnd = start
			}
			at = at.parent
			depth--
		case xml.CharData:
			at.addText(string(token), start, end)
		case xml.Comment:
			comment := at.add(&xmlNode{kind: xpath.CommentNode, start: start, end: end})
			comment.chars.Write(token)
		}
	}
	if at != root || elements != 1 {
		return nil, errors.New("not XML: it must be one element, closed")
	}
	return root, nil
}

func newElement(token xml.StartElement, start, end int, closed bool) *xmlNode {
	n := &xmlNode{
		kind: xpath.ElementNode, prefix: token.Name.Space, name: token.Name.Local,
		start: start, end: end, contentStart: end, contentEnd: end, selfClosing: closed,
	}
	for _, a := range token.Attr {
		switch {
		case a.Name.Space == "" && a.Name.Local == "xmlns":
			n.declare("", a.Value)
		case a.Name.Space == "xmlns":
			n.declare(a.Name.Local, a.Value)
		default:
			n.attributes = append(n.attributes, xmlAttribute{a.Name.Space, a.Name.Local, a.Value})
		}
	}
	return n
}

func (n *xmlNode) declare(prefix, uri string) {
	if n.spaces == nil {
		n.spaces = map[string]string{}
	}
	n.spaces[prefix] = uri
}

func (n *xmlNode) add(child *xmlNode) *xmlNode {
	child.parent, child.index = n, len(n.children)
	n.children = append(n.children, child)
	return child
}

// addText adds characters; what stands side by side, CDATA included, is one text node. White space around the root element
// is no part of the tree.
func (n *xmlNode) addText(text string, start, end int) {
	if n.kind == xpath.RootNode || text == "" {
		return
	}
	if last := len(n.children) - 1; last >= 0 && n.children[last].kind == xpath.TextNode {
		n.children[last].chars.WriteString(text)
		n.children[last].end = end
		return
	}
	n.add(&xmlNode{kind: xpath.TextNode, start: start, end: end}).chars.WriteString(text)
}

// value is the string value of XPath 1.0, section 5.
func (n *xmlNode) value() string {
	switch n.kind {
	case xpath.TextNode, xpath.CommentNode:
		return n.chars.String()
	}
	var b strings.Builder
	n.writeText(&b)
	return b.String()
}

func (n *xmlNode) writeText(b *strings.Builder) {
	for _, child := range n.children {
		switch child.kind {
		case xpath.TextNode:
			b.WriteString(child.chars.String())
		case xpath.ElementNode:
			child.writeText(b)
		}
	}
}

// A cursor walks a tree for the engine. Every move is counted, and too many end the evaluation.
type cursor struct {
	root, at  *xmlNode
	attribute int // -1: not at an attribute
	steps     *int
}

// errSteps leaves an evaluation that takes too long.
var errSteps = errors.New("the XPath expression takes too many steps on this XML")

func (c *cursor) step() {
	if *c.steps++; *c.steps > maxXMLSteps {
		panic(errSteps)
	}
}

func (c *cursor) NodeType() xpath.NodeType {
	if c.attribute >= 0 {
		return xpath.AttributeNode
	}
	return c.at.kind
}

func (c *cursor) LocalName() string {
	if c.attribute >= 0 {
		return c.at.attributes[c.attribute].name
	}
	return c.at.name
}

func (c *cursor) Prefix() string {
	if c.attribute >= 0 {
		return c.at.attributes[c.attribute].prefix
	}
	return c.at.prefix
}

// NamespaceURL serves the function namespace-uri.
func (c *cursor) NamespaceURL() string {
	prefix := c.Prefix()
	if c.attribute >= 0 && prefix == "" {
		return ""
	}
	for n := c.at; n != nil; n = n.parent {
		if uri, ok := n.spaces[prefix]; ok {
			return uri
		}
	}
	return ""
}

func (c *cursor) Value() string {
	c.step()
	text := c.text()
	*c.steps += len(text) / 16
	return text
}

// text is the value of the node, not counted.
func (c *cursor) text() string {
	if c.attribute >= 0 {
		return c.at.attributes[c.attribute].value
	}
	return c.at.value()
}

func (c *cursor) Copy() xpath.NodeNavigator {
	c.step()
	out := *c
	return &out
}

func (c *cursor) MoveToRoot() { c.at, c.attribute = c.root, -1 }

func (c *cursor) MoveToParent() bool {
	c.step()
	if c.attribute >= 0 {
		c.attribute = -1
		return true
	}
	if c.at.parent == nil {
		return false
	}
	c.at = c.at.parent
	return true
}

func (c *cursor) MoveToNextAttribute() bool {
	c.step()
	if c.attribute+1 >= len(c.at.attributes) {
		return false
	}
	c.attribute++
	return true
}

func (c *cursor) MoveToChild() bool {
	c.step()
	if c.attribute >= 0 || len(c.at.children) == 0 {
		return false
	}
	c.at = c.at.children[0]
	return true
}

func (c *cursor) MoveToFirst() bool {
	c.step()
	if c.attribute >= 0 || c.at.parent == nil {
		return false
	}
	c.at = c.at.parent.children[0]
	return true
}

func (c *cursor) MoveToNext() bool     { return c.sibling(+1) }
func (c *cursor) MoveToPrevious() bool { return c.sibling(-1) }

func (c *cursor) sibling(by int) bool {
	c.step()
	if c.attribute >= 0 || c.at.parent == nil {
		return false
	}
	i := c.at.index + by
	if i < 0 || i >= len(c.at.parent.children) {
		return false
	}
	c.at = c.at.parent.children[i]
	return true
}

func (c *cursor) MoveTo(other xpath.NodeNavigator) bool {
	o, ok := other.(*cursor)
	if !ok || o.root != c.root {
		return false
	}
	c.at, c.attribute = o.at, o.attribute
	return true
}
