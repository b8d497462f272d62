package rehearsal

import (
	"slices"

	"understudy/contracts"
)

// tokenExpiry ends tokens that the client has obtained by itself, so that it can obtain others: those that were handed over at
// the start stay good.
func tokenExpiry(c *contracts.Contract) Plan {
	logins, renewals := sessionOperations(c, "login"), sessionOperations(c, "refresh")
	grants := slices.ContainsFunc(c.Operations, takesGrant) || c.Behaviour.Provider != nil
	if len(logins)+len(renewals) == 0 && !grants {
		return Plan{Idle: "the contract has no tokens that a login or a grant gives"}
	}
	spent := ids(c, func(o *contracts.Operation) bool { return takesToken(c, o) })
	if len(spent) == 0 {
		return Plan{Idle: "no operation of the contract takes a token"}
	}
	if len(spent) > mostNamed {
		spent = nil
	}
	p := Plan{Steps: []Step{{
		Says:    "the tokens that the client has obtained expire behind its first call that takes one, and again two calls later",
		Trigger: Trigger{Call: &Call{Number: 1, Every: 2, Operations: spent}, Times: 2},
		Then:    []Action{{End: &End{}}},
	}}}
	if len(logins) > 0 && len(renewals) > 0 {
		p.Steps = append(p.Steps, Step{
			Says:    "where the client has logged in by itself, its second renewal is refused with 401: it has to log in again",
			Trigger: Trigger{Call: &Call{Number: 1, Operations: logins}},
			Then:    []Action{{Refuse: &Refusal{What: "refresh", After: 1}}},
		})
	}
	return p
}

// takesGrant says that an operation takes a token of an OAuth 2.0 grant.
func takesGrant(o *contracts.Operation) bool {
	return takes(o, func(s *contracts.SecurityScheme) bool { return s.Type == "oauth2" || s.Type == "openIdConnect" })
}

// takesToken says that an operation takes a token of a login or a grant: of a class that is one, or of a scheme for which the
// contract names no class and that can be nothing else.
func takesToken(c *contracts.Contract, o *contracts.Operation) bool {
	return takes(o, func(s *contracts.SecurityScheme) bool {
		named := false
		for _, class := range c.Behaviour.Credentials {
			if class.Scheme != s.Key {
				continue
			}
			named = true
			if class.Kind == "jwt" || class.Kind == "opaque" && class.Env == "" || class.Provider != "" {
				return true
			}
		}
		return !named && (s.Type == "oauth2" || s.Type == "openIdConnect")
	})
}

func takes(o *contracts.Operation, which func(*contracts.SecurityScheme) bool) bool {
	return slices.ContainsFunc(o.Security, func(a contracts.Alternative) bool {
		return slices.ContainsFunc(a, func(r contracts.Requirement) bool { return which(r.Scheme) })
	})
}
