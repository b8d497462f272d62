package contracts

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"

	"understudy/contracts/schema"
)

// encodeXML writes a value as an XML document by the XML Objects of the schema. The root is named by the
// schema's XML Object, else by its name among the components, else "root".
func encodeXML(s *schema.Schema, value any) ([]byte, error) {
	v := viewOf(s)
	name := v.hint().Name
	for at := s; name == "" && at != nil; at = at.Ref {
		name = at.Name
	}
	if name == "" {
		name = "root"
	}
	w := xmlWriter{}
	w.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	err := w.element(name, v, value, 0)
	return w.Bytes(), err
}

type xmlWriter struct{ bytes.Buffer }

// element writes one value as one element.
func (w *xmlWriter) element(name string, v view, value any, depth int) error {
	if depth > maxXMLDepth {
		return fmt.Errorf("write XML: more than %d levels", maxXMLDepth)
	}
	hint := v.hint()
	tag := name
	if hint.Prefix != "" {
		tag = hint.Prefix + ":" + name
	}
	if !isXMLName(tag) {
		return fmt.Errorf("write XML: %q cannot be the name of an element", tag)
	}
	w.WriteString("<" + tag)
	if hint.Namespace != "" {
		attribute := "xmlns"
		if hint.Prefix != "" {
			attribute += ":" + hint.Prefix
		}
		w.attribute(attribute, hint.Namespace)
	}
	object, isObject := value.(map[string]any)
	if isObject {
		if err := w.attributes(v, object); err != nil {
			return err
		}
	}
	if value == nil {
		w.WriteString(` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"`)
	}
	w.WriteByte('>')
	if err := w.content(v, value, depth); err != nil {
		return err
	}
	w.WriteString("</" + tag + ">")
	return nil
}

func (w *xmlWriter) attribute(name, value string) {
	w.WriteString(" " + name + `="`)
	xml.EscapeText(w, []byte(value)) // writes to a buffer: it cannot fail
	w.WriteByte('"')
}

// attributes writes the members of an object that are attributes.
func (w *xmlWriter) attributes(v view, object map[string]any) error {
	for _, name := range orderedNames(v, object) {
		property, _ := v.property(name)
		hint := property.hint()
		if !hint.Attribute {
			continue
		}
		if hint.Name != "" {
			name = hint.Name
		}
		if !isXMLName(name) {
			return fmt.Errorf("write XML: %q cannot be the name of an attribute", name)
		}
		w.attribute(name, plainText(object[name]))
	}
	return nil
}

func (w *xmlWriter) content(v view, value any, depth int) error {
	switch value := value.(type) {
	case nil:
		return nil
	case map[string]any:
		for _, name := range orderedNames(v, value) {
			property, _ := v.property(name)
			if property.hint().Attribute {
				continue
			}
			if err := w.member(name, property, value[name], depth+1); err != nil {
				return err
			}
		}
		return nil
	case []any:
		return w.list("item", v, value, depth+1)
	}
	return xml.EscapeText(w, []byte(plainText(value)))
}

func (w *xmlWriter) member(name string, v view, value any, depth int) error {
	hint := v.hint()
	xmlName := name
	if hint.Name != "" {
		xmlName = hint.Name
	}
	items, ok := value.([]any)
	switch {
	case !ok:
		return w.element(xmlName, v, value, depth)
	case !hint.Wrapped:
		return w.list(name, v, items, depth) // the name of an array that is not wrapped is its items'
	}
	w.WriteString("<" + xmlName + ">")
	if err := w.list(xmlName, v, items, depth+1); err != nil {
		return err
	}
	w.WriteString("</" + xmlName + ">")
	return nil
}

// list writes the items of an array, each under its own hint's name or the given one.
func (w *xmlWriter) list(name string, v view, items []any, depth int) error {
	for i, value := range items {
		item := v.item(i)
		itemName := name
		if hint := item.hint(); hint.Name != "" {
			itemName = hint.Name
		}
		if err := w.element(itemName, item, value, depth); err != nil {
			return err
		}
	}
	return nil
}

// orderedNames lists the members of an object: declared ones in the order of the document, then the rest by
// the alphabet.
func orderedNames(v view, object map[string]any) []string {
	names := make([]string, 0, len(object))
	for _, name := range v.names() {
		if _, ok := object[name]; ok {
			names = append(names, name)
		}
	}
	if len(names) == len(object) {
		return names
	}
	declared := len(names)
	for name := range object {
		if !slices.Contains(names[:declared], name) {
			names = append(names, name)
		}
	}
	slices.Sort(names[declared:])
	return names
}

// isXMLName tells whether a text can name an element, by the ASCII part of the grammar and all letters above.
func isXMLName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0xC0
		if !letter && (i == 0 || !strings.ContainsRune("-.:0123456789", r)) {
			return false
		}
	}
	return s != ""
}
