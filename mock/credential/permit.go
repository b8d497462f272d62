package credential

import (
	"net/http"
	"slices"
	"strings"

	"understudy/contracts"
)

// Permit says whether the caller may use the operation: scopes, what its scopes and role allow, and CSRF protection of
// cookies. It gives nil or why not.
func (r *Registry) Permit(c *Caller, o *contracts.Operation, q *http.Request) *Refusal {
	if c == nil || len(c.satisfied) == 0 {
		return nil
	}
	var first *Refusal
	for _, s := range c.satisfied {
		refusal := r.permits(s, o)
		if refusal == nil {
			refusal = r.checkCSRF(s, o, q)
		}
		if refusal == nil {
			return nil
		}
		if first == nil {
			first = refusal
		}
	}
	first.Challenges = r.challenges(o, first)
	return first
}

// permits says whether all credentials of an alternative permit the operation.
func (r *Registry) permits(s satisfied, o *contracts.Operation) *Refusal {
	for i, requirement := range s.alternative {
		if refusal := r.permitsOne(&s.holders[i], requirement, o); refusal != nil {
			return refusal
		}
	}
	return nil
}

func (r *Registry) permitsOne(h *Holder, requirement contracts.Requirement, o *contracts.Operation) *Refusal {
	class := r.byName[h.Credential.Class]
	if class == nil {
		return nil
	}
	if len(class.Scopes) > 0 || class.issuedByProvider() { // else it is one that knows no scopes
		if missing := missingScopes(h, class, requirement, o); len(missing) > 0 {
			return &Refusal{
				Status: http.StatusForbidden, Code: CodeScope, Credential: h.Credential.ID,
				Detail: "The credential lacks the scope " + strings.Join(missing, " or ") + ".", scopes: missing,
			}
		}
		if !allowedByScope(h, class, o) {
			return &Refusal{
				Status: http.StatusForbidden, Code: CodeScope, Credential: h.Credential.ID,
				Detail: "The scope " + strings.Join(h.Scopes, ", ") + " does not permit " + what(o) + ".",
			}
		}
	}
	if h.User != nil {
		if word, ok := class.Roles[h.User.Role]; ok && !allows(word, o) {
			return &Refusal{
				Status: http.StatusForbidden, Code: CodePermission, Credential: h.Credential.ID,
				Detail: "The role " + h.User.Role + " does not permit " + what(o) + ".",
			}
		}
	}
	return nil
}

// what names what an operation is to a permission.
func what(o *contracts.Operation) string {
	switch {
	case o.Behaviour.Admin:
		return "an operation for administrators"
	case reads(o):
		return "reading"
	}
	return "changes"
}

// reads says that an operation changes nothing: by its method (RFC 9110, 9.2.1), or because the contract says so.
func reads(o *contracts.Operation) bool {
	switch o.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, "QUERY":
		return true
	}
	return o.Behaviour.Read
}

// allows says whether a word of allows or roles permits an operation.
func allows(word string, o *contracts.Operation) bool {
	switch word {
	case "read":
		return reads(o) && !o.Behaviour.Admin
	case "write":
		return !o.Behaviour.Admin
	}
	return true
}

// missingScopes gives the scopes that the operation asks for and the holder has none of. The document's requirement
// wants all of its scopes (OpenAPI, Security Requirement Object), the behaviour's list any of them.
func missingScopes(h *Holder, class *Class, requirement contracts.Requirement, o *contracts.Operation) []string {
	for _, scope := range h.Scopes {
		if class.Allows[scope] == "all" {
			return nil
		}
	}
	for _, scope := range requirement.Scopes {
		if !slices.Contains(h.Scopes, scope) {
			return []string{scope}
		}
	}
	wanted := o.Behaviour.Scopes
	if len(wanted) == 0 || slices.ContainsFunc(wanted, func(s string) bool { return slices.Contains(h.Scopes, s) }) {
		return nil
	}
	if class.issuedByProvider() && len(class.Scopes) > 0 && !slices.ContainsFunc(wanted, func(s string) bool { return slices.Contains(class.Scopes, s) }) {
		return nil // the provider has no such scopes: they are those of another kind of credential
	}
	if class.issuedByProvider() && len(class.Scopes) == 0 {
		return nil
	}
	return wanted
}

// allowedByScope says whether what the holder's scopes allow as a whole covers the operation. A scope of which nothing is
// said permits what no administrator is needed for.
func allowedByScope(h *Holder, class *Class, o *contracts.Operation) bool {
	if len(class.Allows) == 0 {
		return true
	}
	spoken := false
	for _, scope := range h.Scopes {
		if word, ok := class.Allows[scope]; ok {
			if spoken = true; allows(word, o) {
				return true
			}
		}
	}
	return !spoken && !o.Behaviour.Admin
}

// ScopesFor gives those of a holder's scopes that an operation asks for.
func (h *Holder) ScopesFor(o *contracts.Operation) []string {
	var used []string
	add := func(scopes []string) {
		for _, scope := range scopes {
			if slices.Contains(h.Scopes, scope) && !slices.Contains(used, scope) {
				used = append(used, scope)
			}
		}
	}
	add(o.Behaviour.Scopes)
	for _, alternative := range o.Security {
		for _, requirement := range alternative {
			add(requirement.Scopes)
		}
	}
	return used
}
