package mock

import (
	"errors"
	"fmt"
	"net/http"
	"os"
)

// transport refuses plain HTTP where the contract asks for TLS and the user switched the rule on.
func (s *Server) transport(c *call) *Problem {
	if s.options.HTTPSOnly && s.contract.Behaviour.TLSOnly && c.request.TLS == nil {
		return &Problem{
			Status: http.StatusForbidden, Code: codeHTTPSRequired,
			Detail: "This API is served over HTTPS only. Use the https address.",
			Header: http.Header{"Connection": {"close"}}, // the credential has crossed the wire in clear once: that is enough
		}
	}
	return nil
}

// match finds the operation and reads the body, so that even a refused request stands whole in the journal.
func (s *Server) match(c *call) *Problem {
	c.read(s.options.MaxBody)
	m := s.route(c.request.Method, c.path)
	if page, ok := s.pages[c.path]; ok {
		switch {
		case c.request.Method == http.MethodGet || c.request.Method == http.MethodHead:
			s.servePage(c, page)
			return nil
		case m.Operation == nil && m.Allow == nil:
			m.Allow = []string{http.MethodGet, http.MethodHead, http.MethodOptions}
		}
	}
	if c.asksCORS() {
		if m.Operation != nil {
			m.Allow = s.route("", c.path).Allow // no operation has this method
		}
		if m.Allow != nil {
			s.preflight(c, m.Allow)
			return nil
		}
	}
	c.base = m.Base
	switch {
	case m.Operation != nil:
		c.operation, c.values = m.Operation, m.Values
		c.binding = s.model.Binding(m.Operation)
		c.trace.Operation = m.Operation.ID
		return nil
	case m.Allow == nil:
		return routeNotFound(c.request.Method, c.path, s.contract.BasePaths())
	case c.request.Method == http.MethodOptions:
		s.preflight(c, m.Allow)
		return nil
	}
	return methodNotAllowed(c.request.Method, c.path, m.Allow)
}

// receive refuses a body that is too large or did not come to its end. The rest of it stands on the connection, which
// is therefore of no more use.
func (s *Server) receive(c *call) *Problem {
	if !c.tooLarge && c.readErr == nil {
		return nil
	}
	closing := http.Header{"Connection": {"close"}}
	switch {
	case c.tooLarge:
		return &Problem{
			Status: http.StatusRequestEntityTooLarge, Code: codeTooLarge, Header: closing,
			Detail: fmt.Sprintf("The body is larger than %d bytes.", s.options.MaxBody),
		}
	case errors.Is(c.readErr, os.ErrDeadlineExceeded):
		return &Problem{
			Status: http.StatusRequestTimeout, Code: codeTimeout, Header: closing, Cause: c.readErr,
			Detail: "The body did not arrive in time.",
		}
	}
	return &Problem{
		Status: http.StatusBadRequest, Code: codeMalformed, Header: closing, Cause: c.readErr,
		Detail: "The body could not be read to its end.",
	}
}

// Owns says whether the contract has an operation for a request, a page of its own, or its identity provider an endpoint.
func (s *Server) Owns(method, path string) bool {
	if _, ok := s.pages[path]; ok {
		return true
	}
	if s.identity != nil && s.identity.Owns(method, path) {
		return true
	}
	if _, ok := s.realtimePlace(path); ok {
		return true
	}
	return s.route(method, path).Operation != nil
}
