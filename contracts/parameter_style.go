package contracts

import (
	"strings"

	"understudy/contracts/schema"
)

// This file takes the text of one array or object apart, by the styles of the Parameter Object. The norm is
// OpenAPI 3.0.4, Style Examples, and RFC 6570 where it is silent; the slips of OpenAPI 3.0.0 to 3.0.3 (dots
// in a label that is not exploded) are read too.

func (c *codec) decodeList(raw string) (any, *Violation) {
	tokens, fault := c.splitList(raw)
	if fault != nil {
		return nil, fault
	}
	value, fault := c.items(tokens)
	if fault != nil {
		return nil, fault
	}
	if other := c.otherSplit(raw, tokens); other != nil {
		// One text, two readings: the norm's holds unless only the other fits.
		if second, fault := c.items(other); fault == nil && !c.view.valid(value, schema.Request) &&
			c.view.valid(second, schema.Request) {
			return second, nil
		}
	}
	return value, nil
}

// otherSplit gives a second reading of a list that seems to have one item only: clients often encode the
// comma between the items as well.
func (c *codec) otherSplit(raw string, tokens []string) []string {
	if len(tokens) != 1 || c.In == "header" || c.delimiter() != ',' {
		return nil
	}
	upper := strings.ReplaceAll(raw, "%2c", "%2C")
	if c.Style == "label" && !c.Explode || !strings.Contains(upper, "%2C") {
		return nil
	}
	return strings.Split(upper, "%2C")
}

// items decodes the items of an array from their texts.
func (c *codec) items(tokens []string) (any, *Violation) {
	values := make([]any, len(tokens))
	for i, token := range tokens {
		text, fault := c.text(token)
		if fault != nil {
			return nil, fault
		}
		if c.tuple {
			item := c.view.item(i)
			values[i] = item.coerce(text, item.types())
		} else {
			values[i] = c.item.coerce(text, c.itemTypes)
		}
	}
	return values, nil
}

func (c *codec) delimiter() byte {
	switch {
	case c.Style == "spaceDelimited":
		return ' '
	case c.Style == "pipeDelimited":
		return '|'
	case c.Style == "label" && c.Explode:
		return '.'
	case c.Style == "matrix" && c.Explode:
		return ';'
	}
	return ','
}

// splitList gives the texts of an array's items, still percent-encoded. An empty text is an empty array.
func (c *codec) splitList(raw string) ([]string, *Violation) {
	if c.Style == "matrix" && c.Explode {
		return c.splitMatrix(raw)
	}
	text, fault := c.strip(raw)
	if fault != nil || text == "" {
		return nil, fault
	}
	return c.split(text), nil
}

// split parts a text at the style's delimiter.
func (c *codec) split(text string) []string {
	switch delim := c.delimiter(); {
	case delim == ' ':
		return splitEncoded(text, ' ', "%20")
	case delim == '|':
		return splitEncoded(text, '|', "%7C")
	case c.In == "header":
		tokens := strings.Split(text, ",")
		for i := range tokens {
			tokens[i] = strings.Trim(tokens[i], " \t")
		}
		return tokens
	case delim == ',' && c.Style == "label" && strings.IndexByte(text, ',') < 0:
		// Dots are what 3.0.0 to 3.0.3 printed, unless the one item is a number with a fraction.
		if c.itemTypes&schema.Number != 0 && isNumber(text) {
			return []string{text}
		}
		return strings.Split(text, ".")
	default:
		return strings.Split(text, string(delim))
	}
}

// splitEncoded parts at a delimiter that may stand as itself, percent-encoded, or, being a space, as a plus.
func splitEncoded(text string, delim byte, encoded string) []string {
	var tokens []string
	start := 0
	for i := 0; i < len(text); i++ {
		width := 0
		switch {
		case text[i] == delim || delim == ' ' && text[i] == '+':
			width = 1
		case text[i] == '%' && len(text) >= i+3 && strings.EqualFold(text[i:i+3], encoded):
			width = 3
		}
		if width > 0 {
			tokens = append(tokens, text[start:i])
			i += width - 1
			start = i + 1
		}
	}
	return append(tokens, text[start:])
}

// splitMatrix gives the items of ";name=a;name=b".
func (c *codec) splitMatrix(raw string) ([]string, *Violation) {
	if raw == ";"+c.Name || raw == ";"+c.Name+"=" {
		return nil, nil
	}
	var tokens []string
	for i, part := range strings.Split(raw, ";") {
		if i == 0 && part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		if i == 0 || name != c.Name {
			return nil, c.fault("style", `items written as ";`+c.Name+`=…"`, shorten(raw), c.Name)
		}
		tokens = append(tokens, value)
	}
	return tokens, nil
}

func (c *codec) decodeRecord(raw string) (any, *Violation) {
	var tokens []string
	switch {
	case c.Style == "matrix" && c.Explode:
		rest, ok := strings.CutPrefix(raw, ";")
		if !ok {
			return nil, c.fault("style", `members written as ";name=value"`, shorten(raw), ";")
		}
		tokens = strings.Split(rest, ";")
	default:
		text, fault := c.strip(raw)
		if fault != nil {
			return nil, fault
		}
		if text != "" {
			tokens = c.split(text)
		}
	}
	if c.named() {
		return c.members(tokens, raw)
	}
	return c.alternating(tokens, raw)
}

// named tells whether the members of an object are written as name=value inside one text. The styles with other
// delimiters are not defined for exploded objects, and are read and written as if they were not exploded.
func (c *codec) named() bool {
	return c.Explode && (c.Style == "simple" || c.Style == "label" || c.Style == "matrix")
}

// members reads "R=100" texts.
func (c *codec) members(tokens []string, raw string) (any, *Violation) {
	object := make(map[string]any, len(tokens))
	for _, token := range tokens {
		name, value, ok := strings.Cut(token, "=")
		if !ok || name == "" {
			return nil, c.fault("style", "members written as name=value", shorten(raw), "=")
		}
		if fault := c.member(object, name, value); fault != nil {
			return nil, fault
		}
	}
	return object, nil
}

// alternating reads names and values in turn.
func (c *codec) alternating(tokens []string, raw string) (any, *Violation) {
	if len(tokens)%2 != 0 {
		return nil, c.fault("style", "names and values in turn", shorten(raw), "")
	}
	object := make(map[string]any, len(tokens)/2)
	for i := 0; i < len(tokens); i += 2 {
		if fault := c.member(object, tokens[i], tokens[i+1]); fault != nil {
			return nil, fault
		}
	}
	return object, nil
}

func (c *codec) member(object map[string]any, rawName, rawValue string) *Violation {
	name, fault := c.text(rawName)
	if fault != nil {
		return fault
	}
	text, fault := c.text(rawValue)
	if fault != nil {
		return fault
	}
	if _, twice := object[name]; twice {
		return c.fault("repeated", "each member once", shorten(name)+" twice", "1")
	}
	v, _ := c.view.property(name)
	object[name] = v.coerce(text, v.types())
	return nil
}

// decodeMixed tries the shapes that the schema allows and takes the first that fits. A text with a delimiter
// in it is tried as a structure first.
func (c *codec) decodeMixed(raw string) (any, *Violation) {
	type reader = func(string) (any, *Violation)
	var readers []reader
	if c.types&schema.Array != 0 {
		readers = append(readers, c.decodeList)
	}
	if c.types&schema.Object != 0 {
		readers = append(readers, c.decodeRecord)
	}
	if c.types&scalars != 0 {
		single := func(raw string) (any, *Violation) {
			text, fault := c.strip(raw)
			if fault != nil {
				return nil, fault
			}
			return c.decodeScalar(text)
		}
		if strings.IndexByte(raw, c.delimiter()) >= 0 {
			readers = append(readers, single)
		} else {
			readers = append([]reader{single}, readers...)
		}
	}
	var first any
	var fault *Violation
	for i, read := range readers {
		value, bad := read(raw)
		if bad == nil && c.view.valid(value, schema.Request) {
			return value, nil
		}
		if i == 0 {
			first, fault = value, bad
		}
	}
	return first, fault
}
