package mock

import (
	"errors"
	"fmt"
	"net/http"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// example answers what has no state: from the document's examples, and last from the schema. The same request always
// gets the same answer.
func (s *Server) example(c *call) *Problem {
	status := statusOf(c.chosen, c.binding.Role, c.prefer.code)
	if c.chosen == nil {
		c.trace.Source = "none"
		s.leave(c, status, nil)
		return nil
	}
	if c.prefer.example != "" && (c.media == nil || findExample(c.media, c.prefer.example) == nil) {
		return &Problem{
			Status: http.StatusNotFound, Code: codePreferred,
			Detail: fmt.Sprintf("There is no example %q for the status %d of %s.", c.prefer.example, status, c.operation.ID),
		}
	}
	s.documentedHeaders(c, c.chosen)
	if h := c.response.Header(); status == http.StatusUnauthorized && h["Www-Authenticate"] == nil {
		if challenges := s.credentials.Challenges(c.operation); len(challenges) > 0 { // RFC 9110, 15.5.2, wants one
			h["Www-Authenticate"] = challenges
		}
	}
	if c.media == nil {
		c.trace.Source = "description"
		s.leave(c, status, nil)
		return nil
	}
	if e, ok := s.exampleBody(c); ok {
		c.trace.Source = "example"
		c.response.Header()["Content-Type"] = []string{e.contentType}
		s.leave(c, status, e.body)
		return nil
	}
	if c.prefer.code >= 400 && !c.prefer.dynamic {
		return &Problem{Status: status, Code: codePreferred, Detail: fmt.Sprintf("The status %d was asked for.", status)}
	}
	return s.invent(c, status)
}

// invent makes the answer up from its schema. What the request says about members of the answer stays true. A schema that
// nothing can fit was reported when the contract was loaded; the client gets what comes nearest.
func (s *Server) invent(c *call, status int) *Problem {
	c.trace.Source = "schema"
	value, err := s.inventValue(c, c.media, c.operation.ID+" "+c.path, c.echo())
	if err != nil {
		if value == nil {
			return unsatisfiable(err)
		}
		c.trace.Detail = err.Error()
		s.logger.Warn("an answer cannot keep its schema", "contract", s.contract.Name, "operation", c.operation.ID, "error", err)
	}
	return s.sendValue(c, status, c.media, value)
}

func (s *Server) inventValue(c *call, m *contracts.MediaType, key string, want any) (any, error) {
	if m.Schema == nil && m.Item != nil {
		item, err := c.maker().Make(m.Item, key, schema.Absent)
		return []any{item}, err
	}
	if m.Schema == nil {
		return inventUntyped(m.Name), nil
	}
	value, err := c.maker().Make(m.Schema, key, want)
	var bad *schema.Unsatisfiable
	if value != nil && errors.As(err, &bad) {
		// It was reported when the contract was loaded; what comes nearest is a better answer than none.
		return value, nil
	}
	return value, err
}

// inventUntyped is the body of a media type that says nothing about its value.
func inventUntyped(media string) any {
	if contracts.JSONMedia(media) {
		return map[string]any{}
	}
	return ""
}

func unsatisfiable(err error) *Problem {
	var bad *schema.Unsatisfiable
	if errors.As(err, &bad) {
		return &Problem{
			Status: http.StatusInternalServerError, Code: codeUnsatisfiable, Cause: err,
			Detail: "No value can fit the schema of this answer; the contract has to be mended (" + err.Error() + ").",
		}
	}
	return internalProblem(err)
}

// echo is what the request says that an answer may repeat: path parameters and the members of a JSON or form body.
func (c *call) echo() any {
	wish := map[string]any{}
	if body, ok := c.body.Value.(map[string]any); ok {
		for name, v := range body {
			wish[name] = v
		}
	}
	for i, p := range c.operation.Parameters {
		if p.In != "path" {
			continue
		}
		if v, ok := c.arguments.At(i); ok {
			wish[p.Name] = v
		}
	}
	if len(wish) == 0 {
		return schema.Absent
	}
	return wish
}

// A preparedExample is an example as it is sent; ok is false where there is none that can be.
type preparedExample struct {
	contentType string
	body        []byte
	ok          bool
}

// exampleBody gives the named example, or the first that keeps its schema, as bytes; that one is prepared once.
func (s *Server) exampleBody(c *call) (preparedExample, bool) {
	if c.prefer.dynamic {
		return preparedExample{}, false
	}
	name := c.prefer.example
	if name == "" && c.prefer.code == 0 {
		name = c.operation.Behaviour.Example
	}
	if name != "" {
		if e := findExample(c.media, name); e != nil {
			p := prepareExample(c.media, e)
			return p, p.ok
		}
	}
	if p, ok := s.ready.Load(c.media); ok {
		p := p.(preparedExample)
		return p, p.ok
	}
	var p preparedExample
	for i := range c.media.Examples {
		e := &c.media.Examples[i]
		if c.media.Schema != nil && !c.media.Schema.Valid(e.Value, schema.Response) {
			continue
		}
		if p = prepareExample(c.media, e); p.ok {
			break
		}
	}
	s.ready.Store(c.media, p)
	return p, p.ok
}

func prepareExample(m *contracts.MediaType, e *contracts.Example) preparedExample {
	if e.Raw != "" {
		return preparedExample{concreteType(m.Name), []byte(e.Raw), true}
	}
	contentType, body, err := contracts.EncodeBody(m, e.Value)
	return preparedExample{contentType, body, err == nil}
}

func findExample(m *contracts.MediaType, name string) *contracts.Example {
	for i := range m.Examples {
		if m.Examples[i].Name == name {
			return &m.Examples[i]
		}
	}
	return nil
}
