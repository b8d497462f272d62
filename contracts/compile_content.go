package contracts

import (
	"fmt"
	"strconv"
	"strings"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

func (c *compiler) parameterList(n *yaml.Node, at schema.Location) ([]*Parameter, error) {
	list, there := c.child(n, at, "parameters")
	if list == nil || list.Kind != yaml.SequenceNode {
		return nil, nil
	}
	if len(list.Content) > maxParameters {
		return nil, &DocumentError{At: there, Message: fmt.Sprintf("there are more than %d parameters", maxParameters), Advice: "leave some of them out"}
	}
	var parameters []*Parameter
	for i, item := range list.Content {
		p, err := c.parameter(item, c.doc.locate(there, item, strconv.Itoa(i)))
		if err != nil {
			return nil, err
		}
		if p != nil {
			parameters = append(parameters, p)
		}
	}
	return mergeParameters(nil, parameters), nil
}

func (c *compiler) parameter(n *yaml.Node, at schema.Location) (*Parameter, error) {
	if n, at = c.object(n, at); n == nil {
		return nil, nil
	}
	if p, ok := c.parameters[n]; ok {
		return p, nil
	}
	p := &Parameter{
		Name: text(n, "name"), In: text(n, "in"), Required: truth(n, "required", false), Deprecated: truth(n, "deprecated", false),
		Style: text(n, "style"), AllowReserved: truth(n, "allowReserved", false), AllowEmptyValue: truth(n, "allowEmptyValue", false),
		Description: text(n, "description"), At: at,
	}
	if p.Name == "" || !knownPlace(p.In) {
		c.warn(at, "a parameter needs a name and one of path, query, header, cookie as its place; it is left out")
		return nil, nil
	}
	if p.Style == "" {
		p.Style = defaultStyle(p.In)
	}
	p.Explode = truth(n, "explode", p.Style == "form" || p.Style == "cookie" || p.Style == "deepObject")
	if p.In == "path" {
		p.Required = true
	}
	var err error
	if p.Schema, p.Media, err = c.schemaOrContent(n, at); err != nil {
		return nil, err
	}
	p.Examples = c.examples(n, at)
	c.parameters[n] = p
	return p, nil
}

func knownPlace(in string) bool {
	switch in {
	case "path", "query", "header", "cookie", "querystring":
		return true
	}
	return false
}

// defaultStyle is the style of OpenAPI's Parameter Object where none is written.
func defaultStyle(in string) string {
	switch in {
	case "path", "header":
		return "simple"
	}
	return "form"
}

// schemaOrContent reads the two ways in which parameters and headers describe their value.
func (c *compiler) schemaOrContent(n *yaml.Node, at schema.Location) (*schema.Schema, *MediaType, error) {
	if s, err := c.schemaMember(n, at, "schema"); s != nil || err != nil {
		return s, nil, err
	}
	content, err := c.content(n, at)
	if err != nil || len(content) == 0 {
		return nil, nil, err
	}
	return nil, content[0], nil
}

func (c *compiler) requestBody(n *yaml.Node, at schema.Location) (*RequestBody, error) {
	if n, at = c.object(n, at); n == nil {
		return nil, nil
	}
	if b, ok := c.bodies[n]; ok {
		return b, nil
	}
	content, err := c.content(n, at)
	b := &RequestBody{Required: truth(n, "required", false), Description: text(n, "description"), Content: content, At: at}
	c.bodies[n] = b
	return b, err
}

func (c *compiler) content(n *yaml.Node, at schema.Location) ([]*MediaType, error) {
	list, there := c.child(n, at, "content")
	var content []*MediaType
	err := c.members(list, there, func(name string, v *yaml.Node, at schema.Location) error {
		if extension(name) {
			return nil
		}
		m, err := c.mediaType(name, v, at)
		if m != nil {
			content = append(content, m)
		}
		return err
	})
	return content, err
}

func (c *compiler) mediaType(name string, n *yaml.Node, at schema.Location) (*MediaType, error) {
	if n, at = c.object(n, at); n == nil {
		return nil, nil
	}
	if m, ok := c.media[n]; ok && m.Name == name {
		return m, nil
	}
	m := &MediaType{Name: name, Examples: c.examples(n, at), At: at}
	c.media[n] = m
	var err error
	if m.Schema, err = c.schemaMember(n, at, "schema"); err != nil {
		return nil, err
	}
	if m.Item, err = c.schemaMember(n, at, "itemSchema"); err != nil {
		return nil, err
	}
	encodings, there := c.child(n, at, "encoding")
	err = c.members(encodings, there, func(property string, v *yaml.Node, at schema.Location) error {
		e := &Encoding{ContentType: text(v, "contentType"), Style: text(v, "style"), AllowReserved: truth(v, "allowReserved", false)}
		// Any of the three switches to the serialisation of query parameters (Encoding Object).
		if e.Style == "" && (field(v, "explode") != nil || field(v, "allowReserved") != nil) {
			e.Style = "form"
		}
		e.Explode = truth(v, "explode", e.Style == "form" || e.Style == "deepObject")
		headers, err := c.headerList(v, at)
		e.Headers = headers
		if m.Encoding == nil {
			m.Encoding = map[string]*Encoding{}
		}
		m.Encoding[property] = e
		return err
	})
	return m, err
}

// schemaMember compiles the schema that stands at key, or gives nil.
func (c *compiler) schemaMember(n *yaml.Node, at schema.Location, key string) (*schema.Schema, error) {
	v, there := c.child(n, at, key)
	if v == nil {
		return nil, nil
	}
	return c.schemas.Compile(v, there)
}

func (c *compiler) responseList(n *yaml.Node, at schema.Location, o *Operation) error {
	list, there := c.child(n, at, "responses")
	return c.members(list, there, func(status string, v *yaml.Node, at schema.Location) error {
		if extension(status) {
			return nil
		}
		r, err := c.response(v, at)
		if err != nil || r == nil {
			return err
		}
		own := *r
		own.Status = status
		if len(status) == 3 && strings.HasSuffix(strings.ToUpper(status), "XX") {
			own.Status = strings.ToUpper(status)
		} else if code, err := strconv.Atoi(status); err == nil && code >= 100 && code <= 599 {
			own.Code = code
		} else if status != "default" {
			c.warn(at, "%q is not a status code, a range such as 4XX, or default; it is left out", status)
			return nil
		}
		o.Responses = append(o.Responses, &own)
		return nil
	})
}

func (c *compiler) response(n *yaml.Node, at schema.Location) (*Response, error) {
	if n, at = c.object(n, at); n == nil {
		return nil, nil
	}
	if r, ok := c.responses[n]; ok {
		return r, nil
	}
	r := &Response{Description: text(n, "description"), At: at}
	c.responses[n] = r
	var err error
	if r.Headers, err = c.headerList(n, at); err != nil {
		return nil, err
	}
	if r.Content, err = c.content(n, at); err != nil {
		return nil, err
	}
	return r, c.links(n, at, r)
}

func (c *compiler) headerList(n *yaml.Node, at schema.Location) ([]*Header, error) {
	list, there := c.child(n, at, "headers")
	var headers []*Header
	err := c.members(list, there, func(name string, v *yaml.Node, at schema.Location) error {
		if extension(name) || strings.EqualFold(name, "Content-Type") {
			return nil
		}
		if v, at = c.object(v, at); v == nil {
			return nil
		}
		if h, ok := c.headers[v]; ok && h.Name == name {
			headers = append(headers, h)
			return nil
		}
		h := &Header{Name: name, Required: truth(v, "required", false), Explode: truth(v, "explode", false), At: at}
		var err error
		h.Schema, h.Media, err = c.schemaOrContent(v, at)
		h.Examples = c.examples(v, at)
		c.headers[v] = h
		headers = append(headers, h)
		return err
	})
	return headers, err
}

func (c *compiler) links(n *yaml.Node, at schema.Location, r *Response) error {
	list, there := c.child(n, at, "links")
	return c.members(list, there, func(name string, v *yaml.Node, at schema.Location) error {
		if v, at = c.object(v, at); v == nil || extension(name) {
			return nil
		}
		l := &Link{Name: name, OperationID: text(v, "operationId"), OperationRef: text(v, "operationRef"), At: at}
		parameters, parametersAt := c.child(v, at, "parameters")
		err := c.members(parameters, parametersAt, func(key string, p *yaml.Node, _ schema.Location) error {
			if l.Parameters == nil {
				l.Parameters = map[string]string{}
			}
			l.Parameters[key] = p.Value
			return nil
		})
		if body := field(v, "requestBody"); body != nil && err == nil {
			l.Body, err = schema.Decode(body)
		}
		r.Links = append(r.Links, l)
		c.pending = append(c.pending, l)
		return err
	})
}

// examples reads example and examples. What cannot be read is left out with a warning: an example is no rule.
func (c *compiler) examples(n *yaml.Node, at schema.Location) []Example {
	var list []Example
	add := func(name, summary string, v *yaml.Node, at schema.Location) {
		value, err := schema.Decode(v)
		if err != nil {
			c.warn(at, "the example cannot be read and is left out: %v", err)
			return
		}
		list = append(list, Example{Name: name, Summary: summary, Value: value, At: at})
	}
	if v, there := c.child(n, at, "example"); v != nil {
		add("", "", v, there)
	}
	named, there := c.child(n, at, "examples")
	_ = c.members(named, there, func(name string, v *yaml.Node, at schema.Location) error {
		if v, at = c.object(v, at); v == nil {
			return nil
		}
		summary := text(v, "summary")
		for _, key := range []string{"dataValue", "value"} {
			if value, there := c.child(v, at, key); value != nil {
				add(name, summary, value, there)
				return nil
			}
		}
		if field(v, "serializedValue") != nil {
			raw := text(v, "serializedValue")
			list = append(list, Example{Name: name, Summary: summary, Value: raw, Raw: raw, At: at})
		}
		return nil
	})
	return list
}
