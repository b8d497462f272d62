package arazzo

import (
	"encoding/xml"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/antchfx/xpath"
)

// plainXPath is a path of names, positions and at its end an attribute, which all versions of XPath read alike. Targets of
// replacements are such paths where no version is stated, since the default, XPath 3.1, has no engine here.
var plainXPath = regexp.MustCompile(`^(/{1,2}([A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*(\[[1-9][0-9]{0,5}\])?)+(/@([A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*|/text\(\))?$`)

// replaceXML sets the text of what a path selects: the content of elements, the value of attributes, texts themselves. All
// else stays as it is written.
func replaceXML(text, target string, plain bool, value string) (string, error) {
	if plain && !plainXPath.MatchString(target) {
		return "", errors.New("it is more than a path that all versions of XPath read alike")
	}
	result, _, err := evaluateXPath(target, text)
	if err != nil {
		return "", err
	}
	nodes, ok := result.([]*cursor)
	switch {
	case !ok:
		return "", errors.New("it selects no nodes, but gives a value")
	case len(nodes) == 0:
		return "", errors.New("it selects nothing in the payload")
	}
	var edits []edit
	for _, node := range nodes {
		e, err := editOf(text, node, value)
		if err != nil {
			return "", err
		}
		edits = append(edits, e)
	}
	slices.SortFunc(edits, func(a, b edit) int { return a.start - b.start })
	var b strings.Builder
	at := 0
	for _, e := range edits {
		if e.start < at {
			return "", errors.New("it selects nodes inside one another")
		}
		b.WriteString(text[at:e.start])
		b.WriteString(e.text)
		at = e.end
	}
	b.WriteString(text[at:])
	return b.String(), nil
}

// An edit replaces some bytes of a text.
type edit struct {
	start, end int
	text       string
}

func editOf(text string, c *cursor, value string) (edit, error) {
	n := c.at
	switch {
	case c.attribute >= 0:
		return attributeEdit(text, n, n.attributes[c.attribute], value)
	case n.kind == xpath.TextNode:
		return edit{n.start, n.end, escapeXML(value)}, nil
	case n.kind != xpath.ElementNode:
		return edit{}, errors.New("it selects what has no text to set")
	case n.selfClosing:
		open := strings.TrimRight(strings.TrimSuffix(text[n.start:n.end], "/>"), " \t\r\n")
		return edit{n.start, n.end, fmt.Sprintf("%s>%s</%s>", open, escapeXML(value), n.qualified())}, nil
	}
	return edit{n.contentStart, n.contentEnd, escapeXML(value)}, nil
}

func (n *xmlNode) qualified() string {
	if n.prefix == "" {
		return n.name
	}
	return n.prefix + ":" + n.name
}

// attributeEdit finds the value of an attribute between the brackets of its tag.
func attributeEdit(text string, n *xmlNode, a xmlAttribute, value string) (edit, error) {
	name := a.name
	if a.prefix != "" {
		name = a.prefix + ":" + name
	}
	for i := n.start + 1 + len(n.qualified()); i < n.contentStart || n.selfClosing && i < n.end; {
		equals := strings.IndexByte(text[i:], '=')
		if equals < 0 {
			break
		}
		found := strings.TrimSpace(text[i : i+equals])
		quoteAt := i + equals + 1
		for quoteAt < len(text) && text[quoteAt] != '"' && text[quoteAt] != '\'' {
			quoteAt++
		}
		if quoteAt >= len(text) {
			break
		}
		end := strings.IndexByte(text[quoteAt+1:], text[quoteAt])
		if end < 0 {
			break
		}
		if found == name {
			return edit{quoteAt + 1, quoteAt + 1 + end, escapeXML(value)}, nil
		}
		i = quoteAt + end + 2
	}
	return edit{}, fmt.Errorf("the attribute %s cannot be found in the text", cut(name, 60))
}

func escapeXML(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder does not fail
	return b.String()
}
