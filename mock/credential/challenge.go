package credential

import (
	"net/http"
	"slices"
	"strings"

	"understudy/contracts"
)

// Challenges are the values of WWW-Authenticate for an operation's own answer 401 (RFC 9110, 15.5.2); none where it takes no
// credential, or the behaviour says so.
func (r *Registry) Challenges(o *contracts.Operation) []string {
	return r.challenges(o, &Refusal{Status: http.StatusUnauthorized, Code: CodeMissing})
}

// challenges are the values of WWW-Authenticate for a refusal (RFC 9110, 11.6.1): one for each way in which the operation takes
// credentials. Bearer tokens get RFC 6750's errors; a request that showed nothing gets none (3.1).
func (r *Registry) challenges(o *contracts.Operation, refusal *Refusal) []string {
	switch fixed := r.contract.Behaviour.Challenge; {
	case fixed == "none":
		return nil
	case fixed != "" && refusal.Status == http.StatusUnauthorized:
		return []string{fixed}
	}
	if refusal.Status != http.StatusUnauthorized && refusal.Code != CodeScope {
		return nil
	}
	realm := `realm="` + quotable(r.contract.Name) + `"`
	var list []string
	add := func(challenge string) {
		if !slices.Contains(list, challenge) {
			list = append(list, challenge)
		}
	}
	for _, alternative := range o.Security {
		for _, requirement := range alternative {
			s := requirement.Scheme
			bearer := s.Type == "oauth2" || s.Type == "openIdConnect" || s.Type == "http" && s.Scheme == "bearer"
			switch {
			case bearer:
				add("Bearer " + realm + bearerError(refusal))
			case refusal.Status != http.StatusUnauthorized:
			case s.Type == "http" && s.Scheme == "basic":
				add("Basic " + realm + `, charset="UTF-8"`) // RFC 7617, 2.1
			case s.Type == "http":
				add(title(s.Scheme) + " " + realm)
			case s.Type == "apiKey":
				add("ApiKey " + realm + `, in="` + quotable(s.In) + `", name="` + quotable(s.Name) + `"`)
			case s.Type == "mutualTLS":
				add("Certificate " + realm)
			}
		}
	}
	return list
}

// bearerError is the error part of a challenge (RFC 6750, 3 and 3.1).
func bearerError(refusal *Refusal) string {
	switch {
	case refusal.Code == CodeMissing || refusal.Code == CodeUnsupported:
		return ""
	case refusal.Code == CodeScope && len(refusal.scopes) > 0:
		return `, error="insufficient_scope", error_description="` + quotable(refusal.Detail) + `", scope="` + quotable(strings.Join(refusal.scopes, " ")) + `"`
	case refusal.Code == CodeScope:
		return `, error="insufficient_scope", error_description="` + quotable(refusal.Detail) + `"`
	}
	return `, error="invalid_token", error_description="` + quotable(refusal.Detail) + `"`
}

// quotable keeps what may stand in error_description: ASCII without quotes and backslashes (RFC 6750, 3).
func quotable(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return -1
		}
		return c
	}, text)
}
