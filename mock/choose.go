package mock

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"understudy/contracts"
	"understudy/contracts/inference"
)

// negotiate settles which documented answer is given if all goes well and in which media type, and gives an answer
// that the client asked for by name.
func (s *Server) negotiate(c *call) *Problem {
	if c.prefer.bad != "" {
		return &Problem{
			Status: http.StatusBadRequest, Code: codePreferred,
			Detail: "The preference " + c.prefer.bad + " is not a status code from 200 to 599.",
		}
	}
	if c.prefer.code >= 400 && c.operation.Response(c.prefer.code) == nil {
		return &Problem{
			Status: c.prefer.code, Code: codePreferred,
			Detail: fmt.Sprintf("The status %d was asked for; the contract does not document it for %s.", c.prefer.code, c.operation.ID),
		}
	}
	c.chosen = s.chooseResponse(c)
	if c.chosen == nil || len(c.chosen.Content) == 0 {
		return nil
	}
	offered := c.chosen.Content
	if c.prefer.example != "" {
		offered = withExample(offered, c.prefer.example)
	}
	media, ok := contracts.Negotiate(c.accept(), offered)
	switch {
	case ok:
		c.media = media
	case statusOf(c.chosen, c.binding.Role, c.prefer.code) >= 400:
		c.media = s.shapes.pick(c, c.chosen) // an error in the wrong type says more than that there is none in the right one
	case takesProblems(c.accept()), s.contract.Behaviour.Accept == "ignore":
		c.media = offered[0]
	default:
		return notAcceptable(offered)
	}
	return nil
}

// problemTypes are what RFC 9457 registers for errors.
var problemTypes = []*contracts.MediaType{{Name: "application/problem+json"}, {Name: "application/problem+xml"}}

// takesProblems says whether the client names a type of which only errors can be. It speaks of errors, then, and is
// given the good answer as it is (RFC 9110, 15.5.7, leaves that to the server).
func takesProblems(accept string) bool {
	_, ok := contracts.Negotiate(accept, problemTypes)
	return ok && strings.Contains(strings.ToLower(accept), "application/problem+")
}

func notAcceptable(offered []*contracts.MediaType) *Problem {
	names := make([]string, len(offered))
	for i, m := range offered {
		names[i] = m.Name
	}
	return &Problem{
		Status: http.StatusNotAcceptable, Code: codeNotAcceptable,
		Detail: "The answer is available as " + strings.Join(names, ", ") + ", none of which the Accept header takes.",
	}
}

// withExample gives the media types that have an example of a name, or all where none has it.
func withExample(content []*contracts.MediaType, name string) []*contracts.MediaType {
	var list []*contracts.MediaType
	for _, m := range content {
		if findExample(m, name) != nil {
			list = append(list, m)
		}
	}
	if list == nil {
		return content
	}
	return list
}

// chooseResponse finds the documented answer: the preferred one, the one whose example was named, the behaviour's,
// or the good one.
func (s *Server) chooseResponse(c *call) *contracts.Response {
	if c.prefer.code != 0 {
		return c.operation.Response(c.prefer.code)
	}
	if c.prefer.example != "" {
		for _, r := range c.operation.Responses {
			if namedExample(r, c.prefer.example) {
				return r
			}
		}
	}
	if c.binding.Response != nil {
		return c.binding.Response
	}
	return goodResponse(c.operation)
}

func namedExample(r *contracts.Response, name string) bool {
	for _, m := range r.Content {
		if findExample(m, name) != nil {
			return true
		}
	}
	return false
}

// goodResponse is the answer that an operation gives when all goes well: the status that the behaviour names, the
// lowest 2xx, 2XX, default, a redirect, or whatever there is.
func goodResponse(o *contracts.Operation) *contracts.Response {
	if o.Behaviour.Status != 0 {
		if r := o.Response(o.Behaviour.Status); r != nil {
			return r
		}
	}
	var best *contracts.Response
	rank := func(r *contracts.Response) int {
		switch {
		case r.Code >= 200 && r.Code < 300:
			return r.Code
		case r.Status == "2XX":
			return 300
		case r.Status == "default":
			return 301
		case r.Code >= 300 && r.Code < 400:
			return 400 + r.Code
		case r.Code >= 100 && r.Code < 200:
			return 900 + r.Code
		}
		return 2000 + r.Code
	}
	for _, r := range o.Responses {
		if best == nil || rank(r) < rank(best) {
			best = r
		}
	}
	return best
}

// statusOf is the number that goes out for a documented answer: for ranges and default the usual one.
func statusOf(r *contracts.Response, role inference.Role, wanted int) int {
	switch {
	case wanted != 0:
		return wanted
	case r == nil:
		return http.StatusOK
	case r.Code != 0:
		return r.Code
	case r.Status == "default" || r.Status == "2XX":
		if role == inference.Create {
			return http.StatusCreated
		}
		return http.StatusOK
	}
	class, err := strconv.Atoi(r.Status[:1])
	if err != nil {
		return http.StatusOK
	}
	return class * 100
}
