package mock

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// validate decodes parameters and body and holds them against the contract, all violations at once.
func (s *Server) validate(c *call) *Problem {
	c.prefer = preferenceOf(c.request)
	var violations []contracts.Violation
	c.arguments, violations = c.operation.DecodeParameters(c.request, c.values)
	if p := s.decodeBody(c, &violations); p != nil {
		switch s.options.Validate {
		case Enforce:
			return p
		case Observe:
			s.observe(c, "validate", p.Code, p.Detail, 0)
		}
	}
	if len(violations) == 0 || s.options.Validate == Ignore {
		return nil
	}
	s.redactor.HideGot(c.operation, violations)
	c.trace.Violations = violations
	summary := violationSummary(violations)
	if s.options.Validate == Observe {
		s.observe(c, "validate", codeValidation, summary, len(violations))
		return nil
	}
	p := &Problem{Status: s.violationStatus(c.operation, violations), Code: codeValidation, Detail: summary, Violations: violations}
	if p.Status == http.StatusNotFound {
		p.Code = codeNotFound // the contract treats a malformed id as an unknown one
	}
	return p
}

// observe notes what would have been refused.
func (s *Server) observe(c *call, stage, code, detail string, violations int) {
	c.observed = append(c.observed, StageNote{Name: stage, Verdict: observed, Note: code + ": " + detail})
	s.logger.Warn("would have been refused", "contract", s.contract.Name, "operation", c.operation.ID, "code", code, "violations", violations)
}

func (s *Server) decodeBody(c *call, violations *[]contracts.Violation) *Problem {
	if c.operation.Body == nil {
		return nil
	}
	if p := codingProblem(c); p != nil {
		return p
	}
	body, found, err := c.operation.Body.Decode(contentTypeOf(c.request), c.raw)
	if err != nil {
		return s.bodyProblem(c.operation, err)
	}
	c.body = body
	if !body.Present && len(found) > 0 {
		found = missingMembers(c.operation.Body, found)
	}
	*violations = joined(*violations, found)
	if s.options.Validate != Ignore {
		*violations = joined(*violations, c.body.Validate(schema.Request))
	}
	return nil
}

// joined appends to a list, but for the first part of it, which is taken as it is.
func joined(list, more []contracts.Violation) []contracts.Violation {
	if len(list) == 0 {
		return more
	}
	return append(list, more...)
}

// missingMembers says of a body that is not there which members it should have had, as vendors do; what was found stays
// where the body need not have any.
func missingMembers(b *contracts.RequestBody, found []contracts.Violation) []contracts.Violation {
	if len(b.Content) == 0 || b.Content[0].Schema == nil {
		return found
	}
	var list []contracts.Violation
	for _, v := range b.Content[0].Schema.Check(map[string]any{}, schema.Request) {
		if v.Keyword == "required" {
			list = append(list, contracts.Violation{In: "body", Violation: v})
		}
	}
	if len(list) == 0 {
		return found
	}
	return list
}

// contentTypeOf is the request's Content-Type. Of several lines the last counts, as browsers do it (Fetch, "extract a
// MIME type").
func contentTypeOf(r *http.Request) string {
	lines := r.Header["Content-Type"]
	if len(lines) == 0 {
		return ""
	}
	return lines[len(lines)-1]
}

// codingProblem refuses a compressed body (RFC 9110, 15.5.16), unless the contract itself speaks of codings.
func codingProblem(c *call) *Problem {
	coding := c.request.Header.Get("Content-Encoding")
	if coding == "" || strings.EqualFold(coding, "identity") || len(c.raw) == 0 {
		return nil
	}
	for _, p := range c.operation.Parameters {
		if p.In == "header" && strings.EqualFold(p.Name, "Content-Encoding") {
			return nil
		}
	}
	return &Problem{
		Status: http.StatusUnsupportedMediaType, Code: codeUnsupported,
		Detail: "The content coding " + strconv.Quote(coding) + " is not supported: send the body without one.",
		Header: http.Header{"Accept-Encoding": {"identity"}},
	}
}

// bodyProblem tells a body that cannot be read from one whose type nobody declared.
func (s *Server) bodyProblem(o *contracts.Operation, err error) *Problem {
	var media *contracts.UnsupportedMediaError
	if errors.As(err, &media) {
		return &Problem{
			Status: http.StatusUnsupportedMediaType, Code: codeUnsupported,
			Detail: sentence(media.Error()),
			Header: http.Header{"Accept": {strings.Join(media.Accepted, ", ")}},
		}
	}
	return &Problem{Status: s.malformedStatus(o), Code: codeMalformed, Detail: "The body cannot be read: " + sentence(err.Error())}
}

// malformedStatus is the status for a body that cannot be read: 400 (RFC 9110, 15.5.1), unless the operation documents none, and
// one for content that breaks its schema.
func (s *Server) malformedStatus(o *contracts.Operation) int {
	if o.Response(http.StatusBadRequest) != nil {
		return http.StatusBadRequest
	}
	for _, status := range []int{s.contract.Behaviour.Validation, http.StatusUnprocessableEntity} {
		if status != 0 && o.Response(status) != nil {
			return status
		}
	}
	return http.StatusBadRequest
}

// violationStatus is the vendor's status for a request that breaks its schema: what the behaviour says, else 422
// or 400 as the operation documents them, and 404 for a path that no other documented answer fits.
func (s *Server) violationStatus(o *contracts.Operation, violations []contracts.Violation) int {
	body, path := false, true
	for _, v := range violations {
		body = body || v.In == "body"
		path = path && v.In == "path"
	}
	if status := s.contract.Behaviour.ParameterStatus[violations[0].In]; status != 0 && !body {
		return status
	}
	if status := s.contract.Behaviour.Validation; status != 0 {
		return status
	}
	if s.lacksKey(o, violations) {
		return http.StatusBadRequest
	}
	has := func(code int) bool { r := o.Response(code); return r != nil && r.Code == code }
	switch {
	case body && has(http.StatusUnprocessableEntity):
		return http.StatusUnprocessableEntity
	case has(http.StatusBadRequest):
		return http.StatusBadRequest
	case has(http.StatusUnprocessableEntity):
		return http.StatusUnprocessableEntity
	case path && has(http.StatusNotFound):
		return http.StatusNotFound
	}
	return http.StatusBadRequest
}

// violationSummary names the first violations in a sentence.
func violationSummary(list []contracts.Violation) string {
	const most = 3
	var b strings.Builder
	for i, v := range list {
		if i == most {
			fmt.Fprintf(&b, " And %d more.", len(list)-most)
			break
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(violationSentence(v))
	}
	return b.String()
}

func violationSentence(v contracts.Violation) string {
	name := fieldName(v)
	if name != "" {
		name = " " + name
	}
	switch v.Keyword {
	case "required":
		return "The " + v.In + name + " is required."
	case "additionalProperties", "unevaluatedProperties":
		return "The " + v.In + name + " is unknown."
	}
	want := strings.TrimSuffix(v.Want, ".")
	if v.Got == "" {
		return "The " + v.In + name + " must be " + want + "."
	}
	return "The " + v.In + name + " must be " + want + ", not " + v.Got + "."
}

// fieldName is the name of what a violation is about, as people write it: "email", "address.city", "tags.0".
func fieldName(v contracts.Violation) string {
	pointer := v.Pointer
	if v.Keyword == "required" && v.Limit != "" && v.In == "body" {
		pointer += "/" + v.Limit
	}
	name := strings.ReplaceAll(strings.TrimPrefix(pointer, "/"), "/", ".")
	name = strings.ReplaceAll(strings.ReplaceAll(name, "~1", "/"), "~0", "~")
	if v.Name == "" {
		return name
	}
	if name == "" {
		return v.Name
	}
	return v.Name + "." + name
}
