package contracts

import (
	"fmt"
	"strconv"
	"strings"
)

// encodePairs writes a query or cookie parameter as name=value pairs, encoded.
func (c *codec) encodePairs(value any) ([]string, error) {
	name := c.escapeName(c.Name)
	if c.shape != content {
		switch v := value.(type) {
		case []any:
			if c.Style == "deepObject" {
				return deepPairs(nil, c.pairWriter(), c.Name, v, c.view, 0)
			}
			if c.Explode && len(v) > 0 && c.delimiter() == ',' {
				texts, err := c.parts(v)
				for i := range texts {
					texts[i] = name + "=" + texts[i]
				}
				return texts, err
			}
		case map[string]any:
			if c.Style == "deepObject" {
				return deepPairs(nil, c.pairWriter(), c.Name, v, c.view, 0)
			}
			if c.Explode && c.delimiter() == ',' {
				return c.memberPairs(v)
			}
		}
	}
	text, err := c.encodeText(value)
	if err != nil {
		return nil, err
	}
	return []string{name + "=" + text}, nil
}

func (c *codec) escapeName(name string) string {
	if c.In == "cookie" {
		return name // names of cookies are tokens and are not encoded
	}
	return escaper{}.escape(name)
}

// memberPairs writes the members of an exploded object under their own names.
func (c *codec) memberPairs(object map[string]any) ([]string, error) {
	var pairs []string
	for _, name := range orderedNames(c.view, object) {
		key := c.escapeName(name)
		if c.In == "cookie" && strings.ContainsAny(name, "=;,& \t\"") || name == "" {
			return nil, fmt.Errorf("%q cannot be a name", name)
		}
		values, isList := object[name].([]any)
		if !isList {
			values = []any{object[name]}
		}
		for _, v := range values {
			text, err := c.part(v)
			if err != nil {
				return nil, err
			}
			pairs = append(pairs, key+"="+text)
		}
	}
	return pairs, nil
}

// pairWriter gives what writes one pair of a query or cookie.
func (c *codec) pairWriter() func(name, text string) string {
	e := c.escaper(false)
	return func(name, text string) string { return c.escapeName(name) + "=" + e.escape(text) }
}

// deepPairs writes a structure as name[a][b]=1. Lists of scalars are written name[]=1, lists of structures
// with their index. Neither is in the norm, which defines one level of scalars only.
func deepPairs(pairs []string, write func(name, text string) string, name string, value any, v view, depth int) ([]string, error) {
	if depth > maxFormDepth {
		return nil, fmt.Errorf("more than %d levels", maxFormDepth)
	}
	var err error
	switch value := value.(type) {
	case map[string]any:
		for _, member := range orderedNames(v, value) {
			if member == "" || strings.ContainsAny(member, "[]") {
				return nil, fmt.Errorf("%q cannot stand in brackets", member)
			}
			property, _ := v.property(member)
			pairs, err = deepPairs(pairs, write, name+"["+member+"]", value[member], property, depth+1)
			if err != nil {
				return nil, err
			}
		}
		return pairs, nil
	case []any:
		for i, item := range value {
			index := ""
			if isStructure(item) {
				index = strconv.Itoa(i)
			}
			pairs, err = deepPairs(pairs, write, name+"["+index+"]", item, v.item(i), depth+1)
			if err != nil {
				return nil, err
			}
		}
		return pairs, nil
	}
	return append(pairs, write(name, plainText(value))), nil
}

func isStructure(value any) bool {
	switch value.(type) {
	case []any, map[string]any:
		return true
	}
	return false
}
