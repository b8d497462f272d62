package mock

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"understudy/contracts"
	"understudy/contracts/inference"
	"understudy/mock/resource"
)

// act gives the answer that the behaviour has for such a request, or carries the operation out on the state and shows
// what came of it.
func (s *Server) act(c *call) *Problem {
	if c.prefer.given() {
		return nil
	}
	if c.inbound != nil {
		if p := s.takeEvent(c); p != nil || c.inbound.repeat {
			return p
		}
	}
	chosen := matchAnswer(c)
	if chosen != nil && chosen.Then == nil {
		return s.giveAnswer(c, chosen)
	}
	if c.binding.Role == inference.None || s.options.State == resource.Off {
		if chosen != nil && givesAnswer(chosen) {
			return s.giveAnswer(c, chosen)
		}
		return nil
	}
	q := s.resourceRequest(c)
	if chosen != nil {
		q.Set = chosen.Then.Set
	}
	result, err := s.resources.Do(c.request.Context(), q)
	if err != nil {
		return stateProblem(err)
	}
	if p := s.followEndpoint(c, result); p != nil {
		return p
	}
	c.trace.Source, c.changes = result.Source, result.Changes
	for i := range result.Changes {
		change := &result.Changes[i]
		c.trace.Changes = append(c.trace.Changes, Change{Kind: change.Kind, Key: change.Collection + "/" + change.ID})
		if change.To != "" {
			c.trace.Changes = append(c.trace.Changes, transitionOf(change))
		}
	}
	if chosen != nil {
		if givesAnswer(chosen) {
			return s.giveAnswer(c, chosen)
		}
		s.answerHeaders(c, chosen)
	}
	return s.show(c, result)
}

// resourceRequest is the request as the state takes it, in the world that the caller sees.
func (s *Server) resourceRequest(c *call) resource.Request {
	return resource.Request{
		Binding: c.binding, Arguments: c.arguments, Body: c.body, Media: c.media,
		IfMatch: c.request.Header.Get("If-Match"), IfNoneMatch: c.request.Header.Get("If-None-Match"),
		URL: c.prefix + c.path, Query: c.request.URL.RawQuery, Origin: c.origin(),
		Account: c.account(), Environment: c.holder().Environment,
	}
}

// stateProblem translates what the state refused.
func stateProblem(err error) *Problem {
	var notFound *resource.NotFoundError
	var conflict *resource.ConflictError
	var precondition *resource.PreconditionError
	var request *resource.RequestError
	switch {
	case errors.As(err, &notFound):
		return &Problem{Status: http.StatusNotFound, Code: codeNotFound, Detail: sentence(notFound.Error())}
	case errors.As(err, &conflict):
		return &Problem{
			Status: http.StatusConflict, Code: codeConflict, Detail: sentence(conflict.Error()),
			Violations: conflictViolations(conflict),
		}
	case errors.As(err, &precondition):
		return &Problem{Status: http.StatusPreconditionFailed, Code: codePrecondition, Detail: sentence(precondition.Error())}
	case errors.As(err, &request):
		v := contracts.Violation{In: request.In, Name: request.Name}
		v.Want = request.Reason
		return &Problem{Status: http.StatusBadRequest, Code: codeBadRequest, Detail: sentence(request.Error()), Violations: []contracts.Violation{v}}
	}
	return internalProblem(err)
}

func conflictViolations(e *resource.ConflictError) []contracts.Violation {
	if e.Property == "" {
		return nil
	}
	v := contracts.Violation{In: "body"}
	v.Pointer, v.Keyword, v.Want, v.Got = "/"+e.Property, "unique", "unique", "one that exists already"
	if len(e.Allowed) > 0 {
		v.Keyword, v.Want, v.Got = "enum", strings.Join(e.Allowed, " or "), e.Value
	}
	return []contracts.Violation{v}
}

// show sends the result of an act in the form that the contract documents.
func (s *Server) show(c *call, result *resource.Result) *Problem {
	h := c.response.Header()
	if result.ETag != "" && (documents(c.chosen, "ETag") || c.request.Header["If-None-Match"] != nil) {
		h["Etag"] = []string{result.ETag}
	}
	if result.NotModified {
		c.answer(http.StatusNotModified, nil) // never documented, always in order where the client asked (RFC 9110, 15.4.5)
		return nil
	}
	status := s.resultStatus(c, result)
	// Location names what was made (RFC 9110, 10.2.2); beside a 200 it would mean nothing.
	if result.Location != "" && (status == http.StatusCreated || status == http.StatusAccepted || documents(c.chosen, "Location")) {
		h["Location"] = []string{result.Location}
	}
	if len(result.Links) > 0 {
		h["Link"] = []string{linkHeader(result.Links)}
	}
	s.documentedHeaders(c, c.chosen)
	switch {
	case result.ContentType != "" || result.Raw != nil:
		h["Content-Type"] = []string{uploadedType(c, result)}
		s.leave(c, status, result.Raw)
		return nil
	case c.media == nil:
		s.leave(c, status, nil)
		return nil
	case result.Body == nil || result.Value != nil:
		// A text says nothing of the state that a program could have put there: the document's own is the better one.
		if _, text := result.Value.(string); text {
			if e, ok := s.exampleBody(c); ok {
				c.trace.Source = "example"
				h["Content-Type"] = []string{e.contentType}
				s.leave(c, status, e.body)
				return nil
			}
		}
		return s.sendValue(c, status, c.media, result.Value)
	}
	h["Content-Type"] = []string{concreteType(c.media.Name)}
	s.leave(c, status, result.Body)
	return nil
}

// uploadedType is the type of bytes as somebody uploaded them, where the contract documents it, else the documented one: what
// is downloaded keeps the contract, whatever was put in.
func uploadedType(c *call, result *resource.Result) string {
	if c.chosen != nil && c.media != nil && contracts.MatchMedia(result.ContentType, c.chosen.Content) == nil {
		return concreteType(c.media.Name)
	}
	return cmp.Or(result.ContentType, "application/octet-stream")
}

// resultStatus lets a PUT that made an item answer 201 where the contract documents it (RFC 9110, 9.3.4).
func (s *Server) resultStatus(c *call, result *resource.Result) int {
	if result.Created && c.binding.Role == inference.Replace {
		if r := c.operation.Response(http.StatusCreated); r != nil && r.Code == http.StatusCreated {
			return http.StatusCreated
		}
	}
	return statusOf(c.chosen, c.binding.Role, 0)
}

func linkHeader(links []resource.Link) string {
	var b strings.Builder
	for i, l := range links {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("<" + l.URL + `>; rel="` + l.Rel + `"`)
	}
	return b.String()
}

// sentence makes an error text one that a client can show.
func sentence(text string) string {
	if text == "" {
		return text
	}
	text = strings.ToUpper(text[:1]) + text[1:]
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}
