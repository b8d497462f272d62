package contracts

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"understudy/contracts/schema"
)

const (
	maxXMLDepth    = 100
	maxXMLElements = 200_000
)

// An element is one XML element. Namespaces are read and then passed over: names are compared without them.
type element struct {
	name       string
	attributes []xml.Attr
	children   []*element
	text       []byte
}

// decodeXML reads an XML document into a value by the XML Objects of the schema: attributes, renamed elements,
// wrapped arrays. Without a schema, elements become members, and repeated ones lists.
func (m *MediaType) decodeXML(text []byte) (any, error) {
	return decodeXMLValue(text, viewOf(m.Schema))
}

func decodeXMLValue(text []byte, v view) (any, error) {
	root, err := parseXML(text)
	if err != nil {
		return nil, err
	}
	return root.value(v), nil
}

var errDoctype = errors.New("a document type declaration is not allowed")

// parseXML reads a document into elements. Entities other than the five of XML itself are an error, and so are
// document type declarations, which could define them.
func parseXML(text []byte) (*element, error) {
	decoder := xml.NewDecoder(bytes.NewReader(text))
	decoder.CharsetReader = xmlCharset
	p := xmlParser{stack: []*element{{}}}
	top := p.stack[0]
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = p.take(token)
		}
		if err != nil {
			return nil, &textError{at: decoder.InputOffset(), err: err}
		}
	}
	if len(top.children) == 0 {
		return nil, &textError{at: int64(len(text)), err: errors.New("no root element")}
	}
	return top.children[0], nil
}

type xmlParser struct {
	stack []*element // the open elements; the first stands for the document
	count int
}

func (p *xmlParser) take(token xml.Token) error {
	current, outside := p.stack[len(p.stack)-1], len(p.stack) == 1
	switch t := token.(type) {
	case xml.StartElement:
		p.count++
		if p.count > maxXMLElements || len(p.stack) > maxXMLDepth {
			return fmt.Errorf("more than %d elements or %d levels", maxXMLElements, maxXMLDepth)
		}
		if outside && len(current.children) > 0 {
			return errors.New("a second root element")
		}
		child := &element{name: t.Name.Local, attributes: t.Attr}
		current.children = append(current.children, child)
		p.stack = append(p.stack, child)
	case xml.EndElement:
		p.stack = p.stack[:len(p.stack)-1]
	case xml.CharData:
		if !outside {
			current.text = append(current.text, t...)
		} else if len(bytes.TrimSpace(t)) > 0 {
			return errors.New("text outside the root element")
		}
	case xml.Directive:
		return errDoctype
	}
	return nil
}

// xmlCharset reads the encodings that an XML declaration may name besides UTF-8.
func xmlCharset(charset string, in io.Reader) (io.Reader, error) {
	switch strings.ToLower(charset) {
	case "us-ascii", "ascii", "utf8":
		return in, nil
	case "iso-8859-1", "latin1":
		raw, err := io.ReadAll(in)
		return bytes.NewReader(fromLatin1(raw)), err
	}
	return nil, fmt.Errorf("encoding %q is not supported", charset)
}

// hint gives the XML Object that speaks of a value.
func (v view) hint() schema.XML {
	var hint schema.XML
	v.each(func(s *schema.Schema) {
		if s.XML != nil && hint == (schema.XML{}) {
			hint = *s.XML
		}
	})
	return hint
}

func (e *element) value(v view) any {
	types := v.types()
	for _, a := range e.attributes {
		if a.Name.Local == "nil" && a.Value == "true" && strings.Contains(a.Name.Space, "XMLSchema-instance") {
			return nil
		}
	}
	switch {
	case types&schema.Object != 0 && (types&scalars == 0 || len(e.children) > 0):
		return e.object(v)
	case types&schema.Array != 0 && (types&scalars == 0 || len(e.children) > 0):
		return itemsOf(e.children, v)
	case types == 0 && len(e.children) > 0:
		return e.object(v)
	case types&schema.String == 0 && types != 0:
		return v.coerce(strings.TrimSpace(string(e.text)), types)
	}
	return v.coerce(string(e.text), types)
}

func itemsOf(elements []*element, v view) any {
	values := make([]any, len(elements))
	for i, child := range elements {
		values[i] = child.value(v.item(i))
	}
	return values
}

// object reads the declared members by their hints, then what is left by its own names.
func (e *element) object(v view) any {
	object := map[string]any{}
	byName := map[string][]*element{}
	for _, child := range e.children {
		byName[child.name] = append(byName[child.name], child)
	}
	for _, name := range v.names() {
		property, _ := v.property(name)
		hint := property.hint()
		xmlName := name
		if hint.Name != "" {
			xmlName = hint.Name
		}
		if hint.Attribute {
			e.attribute(object, name, xmlName, property)
			continue
		}
		many := property.types()&schema.Array != 0 && !hint.Wrapped
		if item := property.item(0).hint(); many && item.Name != "" {
			xmlName = item.Name
		}
		if found := byName[xmlName]; len(found) > 0 && many {
			object[name] = itemsOf(found, property)
		} else if len(found) > 0 {
			object[name] = found[0].value(property)
		}
		delete(byName, xmlName)
	}
	for name, found := range byName {
		property, _ := v.property(name)
		values := make([]any, len(found))
		for i, child := range found {
			values[i] = child.value(property)
		}
		if object[name] = values; len(values) == 1 {
			object[name] = values[0]
		}
	}
	return object
}

func (e *element) attribute(object map[string]any, name, xmlName string, v view) {
	for _, a := range e.attributes {
		if a.Name.Local == xmlName {
			object[name] = v.coerce(a.Value, v.types())
		}
	}
}
