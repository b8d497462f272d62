package mock

import (
	"errors"
	"net/http"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/mock/credential"
)

// sessionOperation says that an operation opens, renews, ends or examines a session, or manages API keys.
func sessionOperation(o *contracts.Operation) bool {
	return o.Behaviour.Session != "" || o.Behaviour.Keys != ""
}

// session carries out the operations that open, renew, end and examine sessions, and those of API keys.
func (s *Server) session(c *call) *Problem {
	b := &c.operation.Behaviour
	if c.prefer.given() || !sessionOperation(c.operation) {
		return nil
	}
	if b.Keys != "" {
		return s.manageKeys(c)
	}
	switch b.Session {
	case "login":
		return s.login(c)
	case "refresh":
		return s.renew(c)
	case "logout":
		return s.logout(c)
	case "verify":
		return s.sendFacts(c, s.callerFacts(c))
	case "start":
		return s.startLogin(c)
	case "callback":
		return s.finishLogin(c)
	}
	return nil
}

// The names under which request bodies carry what a login needs, the likeliest first.
var (
	identifierNames = []string{"email", "emailaddress", "username", "login", "identifier", "user", "userid", "name", "phone"}
	passwordNames   = []string{"password", "passwd", "pass", "secret", "pin"}
	refreshNames    = []string{"refreshtoken", "token", "refresh"}
)

// textOfBody finds a text member of the request's body by its likely names.
func (c *call) textOfBody(names []string) string {
	object, ok := c.body.Value.(map[string]any)
	if !ok {
		return ""
	}
	for _, name := range names {
		for member, value := range object {
			if text, ok := value.(string); ok && wordOf(member) == name {
				return text
			}
		}
	}
	return ""
}

func (s *Server) login(c *call) *Problem {
	session, err := s.credentials.Login(c.request.Context(), credential.Login{
		Identifier: c.textOfBody(identifierNames), Password: c.textOfBody(passwordNames), Address: address(c.request), Secure: c.request.TLS != nil,
	})
	return s.answerSession(c, session, err)
}

func (s *Server) renew(c *call) *Problem {
	session, err := s.credentials.Renew(c.request.Context(), c.textOfBody(refreshNames), address(c.request), c.request.TLS != nil)
	return s.answerSession(c, session, err)
}

func (s *Server) answerSession(c *call, session *credential.Session, err error) *Problem {
	if err != nil {
		return s.sessionProblem(c, err)
	}
	h := c.response.Header()
	h.Set("Cache-Control", "no-store") // as RFC 6749, 5.1 has it for tokens
	for _, cookie := range session.Cookies {
		h.Add("Set-Cookie", cookie.String())
	}
	return s.sendFacts(c, s.sessionFacts(c, session))
}

// sessionProblem translates what the registry refused.
func (s *Server) sessionProblem(c *call, err error) *Problem {
	var refusal *credential.Refusal
	if !errors.As(err, &refusal) {
		return internalProblem(err)
	}
	p := refusalProblem(refusal)
	if fixed := s.contract.Behaviour.Challenge; p.Status == http.StatusUnauthorized && fixed != "none" {
		if fixed == "" {
			fixed = `Bearer realm="` + s.contract.Name + `"`
		}
		p.Header = http.Header{"Www-Authenticate": {fixed}}
	}
	return p
}

func (s *Server) logout(c *call) *Problem {
	cookies, err := s.credentials.Logout(c.request.Context(), c.holder(), c.request.TLS != nil)
	if err != nil {
		return internalProblem(err)
	}
	for _, cookie := range cookies {
		c.response.Header().Add("Set-Cookie", cookie.String())
	}
	return s.sendFacts(c, facts{"success": true, "ok": true, "message": "Logged out."})
}

// sessionFacts are what a login can tell.
func (s *Server) sessionFacts(c *call, session *credential.Session) facts {
	f := facts{}
	if a := session.Access; a != nil {
		f.put(a.Text, "token", "accesstoken", "jwt", "authtoken", "sessiontoken", "bearertoken", "apitoken", "bearer")
		f.put("Bearer", "tokentype", "type")
		f.put(a.CreatedAt, "issuedat", "createdat")
		if !a.ExpiresAt.IsZero() {
			f.put(int64(a.ExpiresAt.Sub(a.CreatedAt).Seconds()), "expiresin", "expires", "ttl", "lifetime")
			f.put(a.ExpiresAt, "expiresat", "expiry", "expiration", "expirationtime", "validuntil")
		}
		if len(a.Scopes) > 0 {
			f.put(a.Scopes, "scope", "scopes", "permissions")
		}
	}
	if session.Refresh != nil {
		f.put(session.Refresh.Text, "refreshtoken")
	}
	s.peopleFacts(f, session.Account, session.User)
	f.put(true, "success", "ok", "authenticated", "valid")
	return f
}

// peopleFacts tell of an account and a user.
func (s *Server) peopleFacts(f facts, account *credential.Account, user *credential.User) {
	if account != nil {
		a := facts{"id": account.ID, "name": account.Name}
		a.put(words{account.Plan}, "plan", "tier", "subscription")
		f.put(a, "account", "organization", "organisation", "team", "tenant", "workspace", "company")
		f.put(account.ID, "accountid", "organizationid", "teamid", "tenantid")
	}
	if user != nil {
		first, last, _ := strings.Cut(user.Name, " ")
		u := facts{"id": user.ID, "email": user.Email, "emailaddress": user.Email, "username": user.Email, "role": words{user.Role}, "roles": []string{user.Role}}
		u.put(user.Name, "name", "displayname", "fullname")
		u.put(first, "firstname", "givenname")
		u.put(last, "lastname", "familyname", "surname")
		u.put(user.Account, "accountid", "account", "teamid", "organizationid")
		f.put(u, "user", "profile", "me", "owner")
		f.put(user.ID, "userid")
		f.put(user.Email, "email")
	}
}

// callerFacts are what an operation that examines the caller's credential can tell.
func (s *Server) callerFacts(c *call) facts {
	f := facts{}
	f.put(true, "valid", "active", "authenticated", "success", "ok")
	h := c.holder()
	s.peopleFacts(f, h.Account, h.User)
	if k := h.Credential; k != nil {
		if k.Kind == credential.Key || k.Kind == credential.Opaque {
			f.put(s.keyFacts(k, ""), "key", "apikey", "credential")
		}
		if len(k.Scopes) > 0 {
			f.put(k.Scopes, "scope", "scopes", "permissions")
		}
		if !k.ExpiresAt.IsZero() {
			f.put(k.ExpiresAt, "expiresat", "exp")
		}
		f.put(words{k.Environment}, "environment", "env")
	}
	return f
}

// sendFacts answers with what is known, in the shape that the contract documents.
func (s *Server) sendFacts(c *call, f facts) *Problem {
	c.trace.Source = "credentials"
	status := statusOf(c.chosen, c.binding.Role, 0)
	s.documentedHeaders(c, c.chosen)
	if c.media == nil {
		s.leave(c, status, nil)
		return nil
	}
	return s.sendFitting(c, status, c.media, f)
}

func (s *Server) sendFitting(c *call, status int, media *contracts.MediaType, f facts) *Problem {
	value := fitFacts(media.Schema, f, 0)
	if media.Schema != nil && (value == schema.Absent || !media.Schema.Valid(value, schema.Response)) {
		maker := c.maker()
		maker.Optional = schema.RequiredOnly
		made, err := maker.Make(media.Schema, c.operation.ID, value)
		if err != nil {
			return unsatisfiable(err)
		}
		value = made
	}
	if value == schema.Absent {
		return s.invent(c, status)
	}
	return s.sendValue(c, status, media, value)
}
