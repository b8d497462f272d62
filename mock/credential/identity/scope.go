package identity

import (
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/mock/credential"
)

// grantable gives the scopes that a client gets when it asks for some (RFC 6749, 3.3). When it asks for none it gets its own, or
// those that the document declares for the flow. What nobody knows, or is not the client's, is invalid_scope; Authentik
// leaves it out.
func (p *Provider) grantable(c *credential.Client, flow string, asked []string) ([]string, error) {
	if len(asked) == 0 {
		if len(c.Scopes) > 0 {
			return slices.Clone(c.Scopes), nil
		}
		return p.declared(flow), nil
	}
	var granted []string
	for _, scope := range asked {
		if p.knows(c, scope) {
			granted = append(granted, scope)
		} else if !p.settings.is(flavourAuthentik) {
			return nil, newError(codeInvalidScope, "a scope is unknown or not the client's")
		}
	}
	return granted, nil
}

func (p *Provider) knows(c *credential.Client, scope string) bool {
	if !scopeToken(scope) || len(c.Scopes) > 0 && !slices.Contains(c.Scopes, scope) {
		return false
	}
	return p.settings.anyScope || slices.Contains(p.settings.scopes, scope)
}

// scopeToken says whether a word is one scope (RFC 6749, 3.3).
func scopeToken(word string) bool {
	return word != "" && len(word) <= 256 && !strings.ContainsFunc(word, func(r rune) bool { return r < 0x21 || r > 0x7e || r == '"' || r == '\\' })
}

// declared gives the scopes that the document's flows of a kind declare, without those that would change the answer's
// form: an ID token and a refresh token are asked for by name.
func (p *Provider) declared(flow string) []string {
	var list []string
	for _, f := range providerFlows(p.contract) {
		for _, s := range f.Scopes {
			if f.Kind == flow && s.Name != scopeOpenID && s.Name != scopeOffline {
				list = appendNew(list, s.Name)
			}
		}
	}
	return list
}

// narrowed gives the scopes of a token that is bought with another one: all of its scopes, or those asked for, none of which may
// be new (RFC 6749, 6).
func narrowed(have, asked []string) ([]string, error) {
	if len(asked) == 0 {
		return have, nil
	}
	for _, scope := range asked {
		if !slices.Contains(have, scope) {
			return nil, newError(codeInvalidScope, "a scope goes beyond what was granted at first")
		}
	}
	return asked, nil
}

// accessClass gives the class of access tokens for a kind of flow and some scopes: of the classes that come from a provider
// the first whose scheme has the flow and declares most of the scopes. It gives nil when the contract has none: then
// tokens are good at the provider only.
func (p *Provider) accessClass(flow string, scopes []string) *credential.Class {
	var best *credential.Class
	most := -1
	for _, class := range p.registry.Classes() {
		if kind := credential.Kind(class.Kind); kind != credential.JWT && kind != credential.Opaque || class.Provider == "" && !providerScheme(class.Security) {
			continue
		}
		if n := p.fitness(class, flow, scopes); n > most {
			best, most = class, n
		}
	}
	return best
}

func (p *Provider) fitness(class *credential.Class, flow string, scopes []string) int {
	n := 0
	if !class.Invented {
		n++ // the contract's own words before what was made up
	}
	if class.Security == nil || class.Security.Type != "oauth2" {
		return n
	}
	at := slices.IndexFunc(class.Security.Flows, func(f contracts.Flow) bool { return f.Kind == flow })
	if at < 0 {
		return n
	}
	n += 1000
	for _, s := range class.Security.Flows[at].Scopes {
		if slices.Contains(scopes, s.Name) {
			n += 2
		}
	}
	return n
}

// refreshClass gives the class of the provider's refresh tokens; nil when the contract has none.
func (p *Provider) refreshClass() *credential.Class {
	for _, class := range p.registry.Classes() {
		if credential.Kind(class.Kind) == credential.Refresh && class.Provider != "" {
			return class
		}
	}
	return nil
}

func ended(c *credential.Credential) bool {
	return c.State == credential.Revoked || c.State == credential.Used || c.State == credential.Expired
}
