package scenarios

import (
	"net/url"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/scenarios/arazzo"
)

var _ arazzo.Scope = (*execution)(nil)

// Request implements arazzo.Scope.
func (e *execution) Request() *arazzo.Message { return e.request }

// Response implements arazzo.Scope.
func (e *execution) Response() *arazzo.Message { return e.response }

// Inputs implements arazzo.Scope.
func (e *execution) Inputs() map[string]any { return e.inputs }

// Outputs implements arazzo.Scope.
func (e *execution) Outputs() map[string]any {
	if e.calling {
		return e.called
	}
	return e.outputs
}

// Step implements arazzo.Scope.
func (e *execution) Step(id string) (outputs map[string]any, ran bool) {
	outputs, ran = e.steps[id]
	return outputs, ran
}

// Workflow implements arazzo.Scope.
func (e *execution) Workflow(id string) (inputs, outputs map[string]any, ran bool) {
	if id == e.workflow.ID {
		return e.inputs, e.outputs, true
	}
	f := e.course.ran[key(e.script, id)]
	if f == nil {
		f = e.player.finishedOf(e.script, id)
	}
	if f == nil {
		return nil, nil, false
	}
	return f.inputs, f.outputs, true
}

// Source implements arazzo.Scope.
func (e *execution) Source(name, reference string) (any, bool) {
	s := e.script.Document.Source(name)
	if s == nil {
		return nil, false
	}
	if d, err := e.player.bind(e.script, s); err == nil {
		for _, o := range d.Contract.Operations {
			if o.ID == reference {
				return "{$sourceDescriptions." + name + ".url}#/paths/" + schema.EscapeToken(o.Path) + "/" + strings.ToLower(o.Method), true
			}
		}
	}
	switch reference {
	case "url":
		return s.URL, true
	case "name":
		return s.Name, true
	case "type":
		return s.Type, s.Type != ""
	}
	return nil, false
}

// Self implements arazzo.Scope.
func (e *execution) Self() string { return e.script.Document.Self }

// Component implements arazzo.Scope.
func (e *execution) Component(kind, name string) (any, bool) {
	if p := e.script.Document.Components.Parameters[name]; kind == "parameters" && p != nil {
		v, err := p.Value.Evaluate(e)
		return v.Any, err == nil && !v.Absent
	}
	return nil, false
}

// requestMessage shows a request to expressions, as it went out.
func requestMessage(q *prepared, x *contracts.Exchange) *arazzo.Message {
	m := &arazzo.Message{Method: x.Method, URL: x.URL, Header: x.RequestHeader, Path: q.path, Body: q.body, HasBody: q.has}
	if u, err := url.Parse(x.URL); err == nil {
		m.Query = u.Query()
	}
	return m
}

// responseMessage shows an answer to expressions.
func responseMessage(x *contracts.Exchange) *arazzo.Message {
	if x.Status == 0 {
		return nil // there was none
	}
	m := &arazzo.Message{Method: x.Method, URL: x.URL, Status: x.Status, Header: x.ResponseHeader}
	if len(x.ResponseBody) == 0 {
		return m
	}
	m.HasBody, m.Body = true, string(x.ResponseBody)
	if strings.Contains(strings.ToLower(x.ResponseHeader.Get("Content-Type")), "json") {
		if v, err := schema.ParseJSON(x.ResponseBody); err == nil {
			m.Body = v
		}
	}
	return m
}
