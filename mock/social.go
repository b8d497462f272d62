package mock

import (
	"errors"
	"net/http"
	"net/url"

	"understudy/contracts"
	"understudy/mock/credential"
)

// loginCookie binds a login at the identity provider to the browser that began it.
const loginCookie = "understudy_login_attempt"

// startLogin sends a browser to the identity provider, on behalf of the vendor's own application: authorization code with
// PKCE, the state bound to a cookie.
func (s *Server) startLogin(c *call) *Problem {
	back := s.callbackOperation()
	if s.identity == nil || back == nil {
		return internalProblem(errors.New("the contract has no identity provider, or no operation with session: callback"))
	}
	attempt, err := s.credentials.BeginLogin(c.request.Context(), c.origin()+c.base+back.Path)
	if err != nil {
		return internalProblem(err)
	}
	client, err := s.credentials.OwnClient(c.request.Context(), attempt.Redirect)
	if err != nil {
		return internalProblem(err)
	}
	query := url.Values{
		"response_type": {"code"}, "client_id": {client.ID}, "redirect_uri": {attempt.Redirect}, "scope": {"openid email profile"},
		"state": {attempt.State}, "code_challenge": {credential.CodeChallenge(attempt.Verifier)}, "code_challenge_method": {"S256"},
	}
	h := c.response.Header()
	h.Add("Set-Cookie", (&http.Cookie{
		Name: loginCookie, Value: attempt.Browser, Path: "/", HttpOnly: true, Secure: c.request.TLS != nil, SameSite: http.SameSiteLaxMode, MaxAge: 600,
	}).String())
	h.Set("Location", c.origin()+s.identity.Paths().Authorize+"?"+query.Encode())
	h.Set("Cache-Control", "no-store")
	c.trace.Source = "credentials"
	s.leave(c, redirectStatus(c.operation), nil)
	return nil
}

// callbackOperation is where the identity provider sends browsers back to.
func (s *Server) callbackOperation() *contracts.Operation {
	for _, o := range s.contract.Operations {
		if o.Behaviour.Session == "callback" {
			return o
		}
	}
	return nil
}

// redirectStatus is the redirect that an operation documents, else 302.
func redirectStatus(o *contracts.Operation) int {
	for _, r := range o.Responses {
		if r.Code >= 300 && r.Code < 400 {
			return r.Code
		}
	}
	return http.StatusFound
}

// finishLogin takes a browser back from the identity provider: it checks the state, buys the code, opens a session and sends the
// browser on. A login that the user has declined is left to the contract's own answers.
func (s *Server) finishLogin(c *call) *Problem {
	query := c.request.URL.Query()
	browser := ""
	if cookie, err := c.request.Cookie(loginCookie); err == nil {
		browser = cookie.Value
	}
	attempt, err := s.credentials.FinishLogin(c.request.Context(), query.Get("state"), browser)
	if err != nil {
		return s.sessionProblem(c, err)
	}
	if query.Get("error") != "" {
		return nil
	}
	client, err := s.credentials.OwnClient(c.request.Context(), attempt.Redirect)
	if err != nil {
		return internalProblem(err)
	}
	user, err := s.identity.Redeem(c.request.Context(), client.ID, query.Get("code"), attempt.Redirect, attempt.Verifier)
	if err != nil {
		return &Problem{Status: http.StatusForbidden, Code: credential.CodeStateMismatch, Detail: "The identity provider does not take the code: " + sentence(err.Error())}
	}
	session, err := s.credentials.Open(c.request.Context(), user, c.request.TLS != nil)
	if err != nil {
		return s.sessionProblem(c, err)
	}
	h := c.response.Header()
	for _, cookie := range session.Cookies {
		h.Add("Set-Cookie", cookie.String())
	}
	h.Add("Set-Cookie", (&http.Cookie{Name: loginCookie, Path: "/", HttpOnly: true, MaxAge: -1}).String())
	status := redirectStatus(c.operation)
	h.Set("Location", s.afterLogin(c.operation, status))
	s.documentedHeaders(c, c.operation.Response(status))
	c.trace.Source = "credentials"
	s.leave(c, status, nil)
	return nil
}

// afterLogin is where a browser goes after a login: where the document's example of Location says, else home.
func (s *Server) afterLogin(o *contracts.Operation, status int) string {
	if r := o.Response(status); r != nil {
		for _, header := range r.Headers {
			if header.Name != "Location" {
				continue
			}
			for _, e := range header.Examples {
				if text, ok := e.Value.(string); ok {
					return text
				}
			}
		}
	}
	return "/"
}
