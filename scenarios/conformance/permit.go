package conformance

import (
	"slices"

	"understudy/contracts"
	"understudy/scenarios"
)

// permits says that nothing in the contract keeps an actor who shows an alternative from using an operation. What is not
// said of an actor is taken for given.
func (j *judge) permits(a *scenarios.Actor, alternative contracts.Alternative, o *contracts.Operation) bool {
	return !j.forbids(a, alternative, o)
}

// forbids says that by the contract an actor who shows an alternative must not use an operation: a scope is missing that the
// document asks for, or what the credential's scopes and role allow (x-understudy credentials) does not cover it.
func (j *judge) forbids(a *scenarios.Actor, alternative contracts.Alternative, o *contracts.Operation) bool {
	return slices.ContainsFunc(alternative, func(q contracts.Requirement) bool {
		return j.lacksScope(a, q, o) || j.lacksRole(a, q, o)
	})
}

// classes are the kinds of credential that satisfy a scheme.
func (j *judge) classes(scheme string) []*contracts.CredentialBehaviour {
	var list []*contracts.CredentialBehaviour
	for i := range j.contract.Behaviour.Credentials {
		if c := &j.contract.Behaviour.Credentials[i]; c.Scheme == scheme {
			list = append(list, c)
		}
	}
	return list
}

func (j *judge) lacksScope(a *scenarios.Actor, q contracts.Requirement, o *contracts.Operation) bool {
	if a.Scopes == nil {
		return false
	}
	allows := map[string]string{}
	scoped := len(q.Scheme.Flows) > 0 || q.Scheme.Type == "openIdConnect" || len(q.Scopes) > 0
	for _, c := range j.classes(q.Scheme.Key) {
		scoped = scoped || len(c.Scopes) > 0
		for scope, word := range c.Allows {
			allows[scope] = word
		}
	}
	has := func(s string) bool { return slices.Contains(a.Scopes, s) }
	if !scoped || slices.ContainsFunc(a.Scopes, func(s string) bool { return allows[s] == "all" }) {
		return false
	}
	if slices.ContainsFunc(q.Scopes, func(s string) bool { return !has(s) }) {
		return true
	}
	if wanted := o.Behaviour.Scopes; len(wanted) > 0 && !slices.ContainsFunc(wanted, has) && len(j.classes(q.Scheme.Key)) > 0 {
		return true
	}
	spoken := false
	for _, s := range a.Scopes {
		if word, ok := allows[s]; ok {
			if spoken = true; covers(word, o) {
				return false
			}
		}
	}
	return spoken || len(allows) > 0 && o.Behaviour.Admin
}

func (j *judge) lacksRole(a *scenarios.Actor, q contracts.Requirement, o *contracts.Operation) bool {
	if a.Role == "" {
		return false
	}
	for _, c := range j.classes(q.Scheme.Key) {
		if word, ok := c.Roles[a.Role]; ok && !covers(word, o) {
			return true
		}
	}
	return false
}

// covers says whether a word of allows or roles covers an operation, as x-understudy has it.
func covers(word string, o *contracts.Operation) bool {
	switch word {
	case "read":
		return (!writes(o) || o.Behaviour.Read) && !o.Behaviour.Admin
	case "write":
		return !o.Behaviour.Admin
	}
	return true
}

// denied says that an actor holds credentials for an operation and that none of them permits it.
func (j *judge) denied(a *scenarios.Actor, o *contracts.Operation) bool {
	held := false
	for _, alternative := range o.Security {
		if !holds(a, alternative) {
			continue
		}
		held = true
		if j.permits(a, alternative, o) {
			return false
		}
	}
	return held
}
