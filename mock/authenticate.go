package mock

import (
	"net"
	"net/http"
	"slices"

	"understudy/mock/credential"
)

// authenticate finds out who is calling, by the operation's own security.
func (s *Server) authenticate(c *call) *Problem {
	if s.options.Auth == Ignore {
		return nil
	}
	caller, refusal, err := s.credentials.Authenticate(c.request.Context(), c.operation, c.request)
	if err != nil {
		return internalProblem(err)
	}
	if refusal != nil {
		c.shown = refusal.Credential
		if s.options.Auth == Enforce {
			return refusalProblem(refusal)
		}
		s.observe(c, "authenticate", refusal.Code, refusal.Detail, 0)
		return nil
	}
	c.caller = caller
	if caller.Credential != nil {
		c.shown = caller.Credential.ID
		c.trace.Caller = callerOf(&caller.Holder)
	}
	return nil
}

// permit says whether the caller may do what the operation does.
func (s *Server) permit(c *call) *Problem {
	refusal := s.credentials.Permit(c.caller, c.operation, c.request)
	switch {
	case refusal == nil:
		return nil
	case s.options.Auth == Enforce:
		return refusalProblem(refusal)
	}
	s.observe(c, "permit", refusal.Code, refusal.Detail, 0)
	return nil
}

// refusalProblem translates what the registry refused.
func refusalProblem(r *credential.Refusal) *Problem {
	p := &Problem{Status: r.Status, Code: r.Code, Detail: r.Detail}
	if len(r.Challenges) > 0 {
		p.Header = http.Header{"Www-Authenticate": r.Challenges}
	}
	return p
}

// holder is who is calling; nobody in particular where nobody was asked.
func (c *call) holder() *credential.Holder {
	if c.caller == nil {
		return &nobody
	}
	return &c.caller.Holder
}

// nobody is the holder of requests that showed nothing. It is never changed.
var nobody credential.Holder

// account and environment name the world that the caller sees; empty is the default one.
func (c *call) account() string {
	if h := c.holder(); h.Account != nil {
		return h.Account.ID
	}
	return ""
}

// used counts the request for the credential that it showed.
func (s *Server) used(c *call, id uint64) {
	if c.operation == nil || len(c.operation.Security) == 0 && c.shown == "" {
		return
	}
	u := credential.Use{
		Credential: c.shown, Operation: c.operation, Method: c.request.Method, Path: c.request.URL.Path, Status: c.status,
		Address: address(c.request), Request: id, Reason: c.trace.Problem, At: c.now,
	}
	if c.caller != nil && c.caller.Credential != nil {
		k := c.caller.Credential
		u.Name, u.Account, u.User = k.Name, k.Account, k.User
		if class := s.credentials.Class(k.Class); class != nil {
			u.Audited = class.Audit
		}
		if len(k.Scopes) > 0 {
			u.Scopes = c.caller.ScopesFor(c.operation)
		}
	} else if c.shown != "" {
		s.describeShown(c, &u)
	} else {
		u.Audited = c.status == http.StatusUnauthorized && s.audits()
	}
	s.credentials.Used(u)
}

// audits says that the contract has credentials that are audited: there, tries with unknown ones are written down too.
func (s *Server) audits() bool {
	return slices.ContainsFunc(s.credentials.Classes(), func(c *credential.Class) bool { return c.Audit })
}

// describeShown tells of a credential that was refused whose it was.
func (s *Server) describeShown(c *call, u *credential.Use) {
	k, err := s.credentials.Credential(c.request.Context(), c.shown)
	if err != nil {
		return
	}
	u.Name, u.Account, u.User = k.Name, k.Account, k.User
	if class := s.credentials.Class(k.Class); class != nil {
		u.Audited = class.Audit
	}
}

// address is where a request came from, without the port.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// A Caller is who sent a request, as the journal tells it.
type Caller struct {
	Credential  string // id of the credential that decided
	Name        string // of the credential
	Account     string
	User        string
	Client      string
	Environment string
	Scopes      []string
}

func callerOf(h *credential.Holder) *Caller {
	return &Caller{
		Credential: h.Credential.ID, Name: h.Credential.Name, Account: h.Credential.Account, User: h.Credential.User,
		Client: h.Client, Environment: h.Environment, Scopes: h.Scopes,
	}
}
