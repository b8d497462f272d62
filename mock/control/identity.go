package control

import "understudy/mock"

// An Identity is the answer of GET /contracts/{contract}/identity.
type Identity struct {
	Provider *Provider `json:"provider,omitempty"` // missing: the contract needs none
}

// A Provider is where the contract's identity provider answers. Every member but the first two may be missing: the document does
// not name it, and the kind of provider has none.
type Provider struct {
	Issuer              string `json:"issuer"`
	Discovery           string `json:"discovery"` // OpenID Connect Discovery 1.0, 4
	Authorize           string `json:"authorize,omitempty"`
	Token               string `json:"token,omitempty"`
	JWKS                string `json:"jwks,omitempty"`
	UserInfo            string `json:"userinfo,omitempty"`
	Introspect          string `json:"introspect,omitempty"`
	Revoke              string `json:"revoke,omitempty"`
	DeviceAuthorization string `json:"device_authorization,omitempty"`
	DevicePage          string `json:"device_page,omitempty"` // where users type the code of a device
	Pushed              string `json:"pushed_authorization,omitempty"`
	EndSession          string `json:"end_session,omitempty"`
}

// getIdentity answers with addresses that clients outside the stand-in can use. Those of a sandbox lie below its path; its issuer
// is what its tokens and its own discovery document say, which know nothing of the way on which a request came.
func getIdentity(c *call) error {
	provider := c.server.Identity()
	if provider == nil {
		return c.answer(Identity{})
	}
	origin := c.contract.origin()
	base := origin
	if c.sandbox != "" {
		base += mock.SandboxPath(c.sandbox)
	}
	at := func(path string) string {
		if path == "" {
			return ""
		}
		return base + path
	}
	p := provider.Paths()
	return c.answer(Identity{Provider: &Provider{
		Issuer: origin + p.Issuer, Discovery: at(p.Discovery), Authorize: at(p.Authorize), Token: at(p.Token), JWKS: at(p.JWKS), UserInfo: at(p.UserInfo),
		Introspect: at(p.Introspect), Revoke: at(p.Revoke), DeviceAuthorization: at(p.DeviceAuthorization), DevicePage: at(p.DevicePage),
		Pushed: at(p.Pushed), EndSession: at(p.EndSession),
	}})
}
