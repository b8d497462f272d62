package contracts

import (
	"slices"
	"strings"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

// methods are the fixed fields of a Path Item Object that hold operations; query is OpenAPI 3.2's.
var methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace", "query"}

func (c *compiler) paths(root *yaml.Node, at schema.Location, security []Alternative) error {
	n, there := c.child(root, at, "paths")
	return c.members(n, there, func(path string, item *yaml.Node, at schema.Location) error {
		if extension(path) {
			return nil
		}
		if !strings.HasPrefix(path, "/") {
			c.warn(at, "the path %q does not begin with a slash; it is served as if it did", path)
		}
		operations, err := c.pathItem(path, item, at, security)
		c.contract.Operations = append(c.contract.Operations, operations...)
		return err
	})
}

// webhooks reads OpenAPI 3.1's webhooks and their 3.0 custom form, x-webhooks.
func (c *compiler) webhooks(root *yaml.Node, at schema.Location) error {
	for _, key := range []string{"webhooks", "x-webhooks"} {
		n, there := c.child(root, at, key)
		err := c.members(n, there, func(name string, item *yaml.Node, at schema.Location) error {
			operations, err := c.pathItem(name, item, at, nil)
			c.contract.Webhooks = append(c.contract.Webhooks, operations...)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// pathItem compiles the operations of one Path Item Object.
func (c *compiler) pathItem(path string, n *yaml.Node, at schema.Location, security []Alternative) ([]*Operation, error) {
	if n, at = c.object(n, at); n == nil {
		return nil, nil
	}
	segments, ok := parsePath(path)
	if !ok {
		c.warn(at, "the path %q cannot be read (braces do not pair, or it is too long) and is left out", path)
		return nil, nil
	}
	shared, err := c.parameterList(n, at)
	if err != nil {
		return nil, err
	}
	item := &Operation{Path: path, Segments: segments, Servers: c.servers(n, at), Parameters: shared, Security: security}
	var list []*Operation
	add := func(method string, v *yaml.Node, at schema.Location) error {
		if v, at = c.object(v, at); v == nil || v.Kind != yaml.MappingNode {
			return nil
		}
		o, err := c.operation(item, strings.ToUpper(method), n, v, at)
		list = append(list, o)
		return err
	}
	err = c.members(n, at, func(key string, v *yaml.Node, at schema.Location) error {
		if slices.Contains(methods, key) {
			return add(key, v, at)
		}
		if key == "additionalOperations" {
			return c.members(v, at, add)
		}
		return nil
	})
	return list, err
}

func (c *compiler) operation(item *Operation, method string, pathItem, n *yaml.Node, at schema.Location) (*Operation, error) {
	o := &Operation{
		ID: text(n, "operationId"), Method: method, Path: item.Path, Segments: item.Segments, At: at,
		Summary: first(text(n, "summary"), text(pathItem, "summary")), Description: text(n, "description"),
		Deprecated: truth(n, "deprecated", false), Servers: item.Servers, Security: item.Security,
	}
	if o.ID == "" {
		o.ID = strings.ToLower(method) + " " + o.Path
	}
	if tags := field(n, "tags"); tags != nil {
		for _, t := range tags.Content {
			o.Tags = append(o.Tags, t.Value)
		}
	}
	if own := c.servers(n, at); own != nil {
		o.Servers = own
	}
	if o.Servers == nil {
		o.Servers = c.contract.Servers
	}
	own, err := c.security(n, at)
	if err != nil {
		return nil, err
	}
	if own != nil {
		o.Security = own
	}
	o.Anonymous = len(o.Security) == 0
	c.extend(pathItem, n, at, o)
	parameters, err := c.parameterList(n, at)
	if err != nil {
		return nil, err
	}
	o.Parameters = mergeParameters(item.Parameters, parameters)
	c.checkPathParameters(o)
	if body, there := c.child(n, at, "requestBody"); body != nil {
		if o.Body, err = c.requestBody(body, there); err != nil {
			return nil, err
		}
	}
	if err := c.responseList(n, at, o); err != nil {
		return nil, err
	}
	return o, c.callbackList(n, at, o)
}

// extend reads x-understudy of the path item and of the operation; the operation's words win.
func (c *compiler) extend(pathItem, n *yaml.Node, at schema.Location, o *Operation) {
	above := at
	above.Pointer = above.Pointer[:max(strings.LastIndexByte(above.Pointer, '/'), 0)]
	for _, holder := range []struct {
		node *yaml.Node
		at   schema.Location
	}{{pathItem, above}, {n, at}} {
		if v, there := c.child(holder.node, holder.at, extensionField); v != nil {
			c.collect(c.doc.decodeStrict(v, there, &o.Behaviour))
		}
	}
}

// mergeParameters puts an operation's parameters over its path's: same name and place replace.
func mergeParameters(shared, own []*Parameter) []*Parameter {
	var list []*Parameter
	for _, p := range shared {
		if !slices.ContainsFunc(own, p.same) {
			list = append(list, p)
		}
	}
	return append(list, own...)
}

func (p *Parameter) same(q *Parameter) bool { return p.Name == q.Name && p.In == q.In }

// checkPathParameters adds a string parameter for every expression that the document does not describe.
func (c *compiler) checkPathParameters(o *Operation) {
	for _, s := range o.Segments {
		for _, name := range s.Names {
			if slices.ContainsFunc(o.Parameters, func(p *Parameter) bool { return p.In == "path" && p.Name == name }) {
				continue
			}
			c.warn(o.At, "the path expression {%s} of %s %s is not described; any text is taken for it", name, o.Method, o.Path)
			o.Parameters = append(o.Parameters, &Parameter{Name: name, In: "path", Required: true, Style: "simple", At: o.At})
		}
	}
}

func (c *compiler) callbackList(n *yaml.Node, at schema.Location, o *Operation) error {
	list, there := c.child(n, at, "callbacks")
	if list == nil || c.callbacks >= 2 {
		return nil
	}
	c.callbacks++
	defer func() { c.callbacks-- }()
	return c.members(list, there, func(name string, v *yaml.Node, at schema.Location) error {
		if extension(name) {
			return nil
		}
		if v, at = c.object(v, at); v == nil {
			return nil
		}
		return c.members(v, at, func(expression string, item *yaml.Node, at schema.Location) error {
			if extension(expression) {
				return nil
			}
			operations, err := c.callbackItem(expression, item, at)
			o.Callbacks = append(o.Callbacks, &Callback{Name: name, Expression: expression, Operations: operations, At: at})
			return err
		})
	})
}

// callbackItem compiles a callback's path item. Its key is a runtime expression, not a path template.
func (c *compiler) callbackItem(expression string, item *yaml.Node, at schema.Location) ([]*Operation, error) {
	operations, err := c.pathItem("/", item, at, nil)
	for _, o := range operations {
		if strings.HasSuffix(o.ID, " /") {
			o.ID = strings.TrimSuffix(o.ID, "/") + expression
		}
		o.Path, o.Segments = expression, nil
	}
	return operations, err
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// Response gives the documented answer for a status: the exact one, the range, or default; nil when there is none.
func (o *Operation) Response(code int) *Response {
	var byRange, byDefault *Response
	for _, r := range o.Responses {
		switch {
		case r.Code == code:
			return r
		case r.Code == 0 && r.Status == "default":
			byDefault = r
		case r.Code == 0 && int(r.Status[0]-'0') == code/100:
			byRange = r
		}
	}
	if byRange != nil {
		return byRange
	}
	return byDefault
}
