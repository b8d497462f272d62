package identity

import (
	"net/http"
	"slices"
)

// A metadata is what clients can find out about a provider (OpenID Connect Discovery 1.0, 3; RFC 8414, 2).
type metadata struct {
	Issuer             string   `json:"issuer"`
	Authorization      string   `json:"authorization_endpoint,omitempty"`
	Token              string   `json:"token_endpoint,omitempty"`
	JWKS               string   `json:"jwks_uri,omitempty"`
	UserInfo           string   `json:"userinfo_endpoint,omitempty"`
	Introspection      string   `json:"introspection_endpoint,omitempty"`
	Revocation         string   `json:"revocation_endpoint,omitempty"`
	Device             string   `json:"device_authorization_endpoint,omitempty"`
	Pushed             string   `json:"pushed_authorization_request_endpoint,omitempty"`
	EndSession         string   `json:"end_session_endpoint,omitempty"`
	Scopes             []string `json:"scopes_supported"`
	ResponseTypes      []string `json:"response_types_supported"`
	ResponseModes      []string `json:"response_modes_supported"`
	Grants             []string `json:"grant_types_supported"`
	Subjects           []string `json:"subject_types_supported"`
	IDAlgorithms       []string `json:"id_token_signing_alg_values_supported"`
	TokenMethods       []string `json:"token_endpoint_auth_methods_supported"`
	TokenAlgorithms    []string `json:"token_endpoint_auth_signing_alg_values_supported,omitempty"`
	RevokeMethods      []string `json:"revocation_endpoint_auth_methods_supported,omitempty"`
	RevokeAlgorithms   []string `json:"revocation_endpoint_auth_signing_alg_values_supported,omitempty"`
	IntrospectMethods  []string `json:"introspection_endpoint_auth_methods_supported,omitempty"`
	IntrospectAlgs     []string `json:"introspection_endpoint_auth_signing_alg_values_supported,omitempty"`
	Challenges         []string `json:"code_challenge_methods_supported"`
	Claims             []string `json:"claims_supported"`
	ClaimTypes         []string `json:"claim_types_supported"`
	ACR                []string `json:"acr_values_supported,omitempty"`
	Prompts            []string `json:"prompt_values_supported"`
	DPoPAlgorithms     []string `json:"dpop_signing_alg_values_supported,omitempty"`
	IssuerInAnswer     bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207, 3
	ClaimsParameter    bool     `json:"claims_parameter_supported"`
	RequestParameter   bool     `json:"request_parameter_supported"`
	RequestURI         bool     `json:"request_uri_parameter_supported"`
	RequirePushed      bool     `json:"require_pushed_authorization_requests"`
	BackchannelLogout  bool     `json:"backchannel_logout_supported"`
	FrontchannelLogout bool     `json:"frontchannel_logout_supported"`
}

// serveDiscovery answers with the provider's metadata, by the name under which the request addressed it.
func (p *Provider) serveDiscovery(w http.ResponseWriter, r *http.Request) {
	writePublicJSON(w, http.StatusOK, p.metadata(r))
}

func (p *Provider) metadata(r *http.Request) *metadata {
	at := func(path string) string {
		if path == "" {
			return ""
		}
		return origin(r) + path
	}
	s, paths := &p.settings, &p.paths
	algorithms := []string{"RS256", "ES256", "EdDSA"}
	secret := []string{methodBasic, methodPost}
	strong := append(slices.Clone(secret), methodJWT)
	m := &metadata{
		Issuer: p.issuer(r), Authorization: at(paths.Authorize), Token: at(paths.Token), JWKS: at(paths.JWKS), UserInfo: at(paths.UserInfo),
		Introspection: at(paths.Introspect), Revocation: at(paths.Revoke), Device: at(paths.DeviceAuthorization),
		Pushed: at(paths.Pushed), EndSession: at(paths.EndSession),
		Scopes: s.scopes, ResponseTypes: s.responseTypes, ResponseModes: []string{"query", "fragment", "form_post"},
		Grants: s.grants, Subjects: []string{"public"}, IDAlgorithms: []string{idAlgorithm},
		TokenMethods: append(slices.Clone(strong), methodNone), TokenAlgorithms: algorithms,
		RevokeMethods: append(slices.Clone(strong), methodNone), RevokeAlgorithms: algorithms,
		IntrospectMethods: strong, IntrospectAlgs: algorithms,
		Challenges: []string{"S256"}, Claims: p.claimNames(), ClaimTypes: []string{"normal"},
		Prompts: []string{"none", "login", "consent", "select_account"}, DPoPAlgorithms: algorithms, IssuerInAnswer: true,
	}
	if s.allowPlain {
		m.Challenges = []string{"plain", "S256"}
	}
	if s.is(flavourAuthentik) {
		m.TokenMethods, m.RevokeMethods, m.IntrospectMethods = slices.Clone(secret), nil, nil
		slices.Reverse(m.TokenMethods)
		m.TokenAlgorithms, m.RevokeAlgorithms, m.IntrospectAlgs, m.DPoPAlgorithms = nil, nil, nil, nil
		m.ACR = []string{"goauthentik.io/providers/oauth2/default"}
	}
	if paths.Introspect == "" {
		m.IntrospectMethods, m.IntrospectAlgs = nil, nil
	}
	return m
}

// claimNames lists what ID tokens and userinfo may say.
func (p *Provider) claimNames() []string {
	list := []string{"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "azp", "sid", "at_hash", "c_hash", "name", "given_name", "email", "email_verified"}
	switch p.settings.flavour {
	case flavourAuthentik:
		return append(list, "acr", "amr", "uid", "preferred_username", "nickname", "groups", "entitlements", "roles")
	case flavourGoogle:
		return append(list, "family_name")
	}
	return append(list, "family_name", "preferred_username")
}

// serveKeys answers with the keys that sign tokens now and with those whose tokens may still be good (RFC 7517, 5).
func (p *Provider) serveKeys(w http.ResponseWriter, r *http.Request) {
	set, err := p.registry.KeySet(r.Context())
	if err != nil {
		p.writeError(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-cache") // keys are rotated by command, and a test must not have to wait
	writePublicJSON(w, http.StatusOK, set)
}
