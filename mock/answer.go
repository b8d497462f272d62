package mock

import (
	"fmt"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// matchAnswer finds the first answer of the behaviour whose conditions the request meets.
func matchAnswer(c *call) *contracts.Answer {
	for i := range c.operation.Behaviour.Answers {
		a := &c.operation.Behaviour.Answers[i]
		if c.meets(a.When) {
			return a
		}
	}
	return nil
}

func (c *call) meets(when map[string]*contracts.Condition) bool {
	for place, want := range when {
		if got, there := c.said(place); !want.Holds(got, there) {
			return false
		}
	}
	return true
}

// said gives what the request says at a place such as "query.locale", "header.X-Test" or "body./user/email", as text.
func (c *call) said(place string) (string, bool) {
	v, ok := c.given(place)
	if !ok {
		return "", false
	}
	return textOf(v), true
}

// given is said with the value's own type.
func (c *call) given(place string) (any, bool) {
	in, name, _ := strings.Cut(place, ".")
	switch in {
	case "header":
		v := c.request.Header.Get(name)
		return v, v != ""
	case "body":
		return schema.At(c.body.Value, name)
	}
	if v, ok := c.arguments.Get(in, name); ok || in != "query" {
		return v, ok
	}
	values := c.request.URL.Query()[name] // one that the contract does not declare
	return strings.Join(values, ","), len(values) > 0
}

// givesAnswer says that an answer is more than what else becomes of the item.
func givesAnswer(a *contracts.Answer) bool { return a.Status != 0 || a.Example != "" || a.Body != nil }

func (s *Server) answerHeaders(c *call, a *contracts.Answer) {
	for name, value := range a.Headers {
		c.response.Header().Set(name, cleanHeader(s.fillText(value, c, nil)))
	}
}

// giveAnswer sends an answer that the behaviour chose.
func (s *Server) giveAnswer(c *call, a *contracts.Answer) *Problem {
	c.trace.Source = "behaviour"
	status := a.Status
	if status == 0 {
		status = statusOf(c.chosen, c.binding.Role, 0)
	}
	h := c.response.Header()
	s.answerHeaders(c, a)
	if status >= 400 && a.Body == nil && a.Example == "" {
		return &Problem{Status: status, Code: codeBadRequest, Detail: "The contract answers such a request with " + strings.TrimSpace(fmt.Sprint(status, " ", statusText(status))) + "."}
	}
	r := c.operation.Response(status)
	if r == nil || len(r.Content) == 0 {
		return s.sendValue(c, status, nil, s.fillValue(a.Body, c, nil))
	}
	offered := r.Content
	if a.Example != "" {
		offered = withExample(offered, a.Example)
	}
	media, ok := contracts.Negotiate(c.accept(), offered)
	if !ok {
		media = offered[0]
	}
	c.chosen, c.media = r, media
	s.documentedHeaders(c, r)
	switch {
	case a.Example != "":
		e := findExample(media, a.Example)
		if e == nil {
			return internalProblem(fmt.Errorf("the behaviour of %s names the example %q, which the status %d does not have", c.operation.ID, a.Example, status))
		}
		p := prepareExample(media, e)
		h["Content-Type"] = []string{p.contentType}
		s.leave(c, status, p.body)
		return nil
	case a.Body == nil:
		return s.invent(c, status)
	}
	return s.sendValue(c, status, media, s.fillValue(a.Body, c, nil))
}
