package main

// The example of RFC 7636, appendix B.
const (
	pkceVerifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	pkceChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

const (
	formMedia   = "application/x-www-form-urlencoded"
	ecosireApp  = "client_id={ECOSIRE_CLIENT_ID|form}&client_secret={ECOSIRE_CLIENT_SECRET|form}"
	ecosireBack = "http://127.0.0.1:9000/callback"
	authorizeAt = "{authorize}?response_type=code&client_id={ECOSIRE_CLIENT_ID|form}&redirect_uri=" + ecosireBack + "&scope=openid+email" +
		"&code_challenge=" + pkceChallenge + "&code_challenge_method=S256&login_hint={ECOSIRE_USER_EMAIL|form}"
)

// ecosireProviderStories are about the identity provider.
func ecosireProviderStories() []story {
	return []story{
		{
			contract: "ecosire", tells: "the identity provider, as Authentik has it",
			steps: []step{
				{
					tells: "discovery is found below the issuer", to: atRoot, method: "GET", path: "/application/o/ecosire/.well-known/openid-configuration",
					as: nobody, status: 200, proves: []string{"ECOSIRE-24"},
					keep: kept{
						"issuer": "/issuer", "authorize": "/authorization_endpoint", "tokenAt": "/token_endpoint", "keysAt": "/jwks_uri",
						"userinfo": "/userinfo_endpoint", "introspect": "/introspection_endpoint", "revoke": "/revocation_endpoint",
						"endSession": "/end_session_endpoint",
					},
					wants: seen{
						"/issuer": like(`/application/o/ecosire/$`), "/authorization_endpoint": like(`/application/o/authorize/$`),
						"/token_endpoint": like(`/application/o/token/$`), "/jwks_uri": like(`/application/o/ecosire/jwks/$`),
						"/userinfo_endpoint": like(`/application/o/userinfo/$`), "/introspection_endpoint": like(`/application/o/introspect/$`),
						"/revocation_endpoint": like(`/application/o/revoke/$`), "/end_session_endpoint": like(`/application/o/ecosire/end-session/$`),
						"/code_challenge_methods_supported": has("S256"),
					},
				},
				{
					tells: "its keys", to: wherever, method: "GET", path: "{keysAt}", as: nobody, status: 200, proves: []string{"ECOSIRE-24", "ECOSIRE-25"},
					keep: kept{"jwks": ""}, wants: seen{"/keys/0/kty": "RSA", "/keys/0/kid": like(`.`), "/keys/0/d": absent},
				},
				{
					tells: "a code, with PKCE", to: wherever, method: "GET", as: nobody, status: 302, proves: []string{"ECOSIRE-24"},
					path: authorizeAt + "&state=s-1",
					keep: kept{"code": "location code"}, wants: seen{"location state": "s-1", "header Location": like(`^http://127\.0\.0\.1:9000/callback\?`)},
				},
				{
					tells: "with another verifier it buys nothing", to: wherever, method: "POST", path: "{tokenAt}", as: nobody, contentType: formMedia,
					status: 400, proves: []string{"ECOSIRE-24"},
					body:  "grant_type=authorization_code&code={code|form}&redirect_uri=" + ecosireBack + "&code_verifier=" + pkceVerifier + "x&" + ecosireApp,
					wants: seen{"/error": "invalid_grant", "/access_token": absent},
				},
				{
					tells: "a code again", to: wherever, method: "GET", as: nobody, status: 302,
					path: authorizeAt + "&state=s-2",
					keep: kept{"code": "location code"}, wants: seen{"location state": "s-2"},
				},
				{
					tells: "with its verifier it buys tokens", to: wherever, method: "POST", path: "{tokenAt}", as: nobody, contentType: formMedia, status: 200,
					proves: []string{"ECOSIRE-24", "ECOSIRE-25"},
					body:   "grant_type=authorization_code&code={code|form}&redirect_uri=" + ecosireBack + "&code_verifier=" + pkceVerifier + "&" + ecosireApp,
					keep:   kept{"access": "/access_token"},
					wants: seen{
						"/access_token": all{like(threeParts), signedBy("{jwks}")}, "/token_type": like(`(?i)^bearer$`), "jwt /access_token /header/kid": like(`.`),
						"jwt /access_token /claims/iss": "{issuer}", "jwt /access_token /claims/exp": like(`^\d+$`), "/id_token": signedBy("{jwks}"),
					},
				},
				{
					tells: "which the API accepts", method: "GET", path: "/contacts", as: "access", status: 200,
					proves: []string{"ECOSIRE-22", "ECOSIRE-24", "ECOSIRE-25", "ECOSIRE-X03"}, wants: seen{"/data": entries(4)},
				},
				{
					tells: "userinfo", to: wherever, method: "GET", path: "{userinfo}", as: nobody, headers: head{"Authorization": "Bearer {access}"}, status: 200,
					proves: []string{"ECOSIRE-24"}, wants: seen{"/sub": like(`.`), "/email": "{ECOSIRE_USER_EMAIL}"},
				},
				{
					tells: "introspection", to: wherever, method: "POST", path: "{introspect}", as: nobody, contentType: formMedia,
					body: "token={access|form}&" + ecosireApp, status: 200, proves: []string{"ECOSIRE-24"},
					wants: seen{"/active": true, "/client_id": "{ECOSIRE_CLIENT_ID}"},
				},
				{
					tells: "revocation", to: wherever, method: "POST", path: "{revoke}", as: nobody, contentType: formMedia,
					body: "token={access|form}&" + ecosireApp, status: 200, proves: []string{"ECOSIRE-24"}, wants: seen{"/error": absent},
				},
				{
					tells: "after it the token is good no more", method: "GET", path: "/contacts", as: "access", status: 401, proves: []string{"ECOSIRE-24"},
					wants: seen{"/statusCode": 401},
				},
				{
					tells: "end of the session answers", to: wherever, method: "GET", path: "{endSession}", as: nobody, status: 200, proves: []string{"ECOSIRE-24"},
					wants: seen{"header Content-Type": has("text/html")},
				},
				{
					tells: "a token without a user", to: wherever, method: "POST", path: "{tokenAt}", as: nobody, contentType: formMedia,
					body: "grant_type=client_credentials&scope=openid&" + ecosireApp, status: 200, proves: []string{"ECOSIRE-23"},
					keep: kept{"machine": "/access_token"}, wants: seen{"/access_token": all{like(threeParts), signedBy("{jwks}")}},
				},
				{
					tells: "serves integrations", method: "GET", path: "/contacts", as: "machine", status: 200, proves: []string{"ECOSIRE-23", "ECOSIRE-25"},
					wants: seen{"/data": entries(4)},
				},
				{
					tells: "description and page stand where they are expected", method: "GET", path: "/openapi.json", as: nobody, status: 200,
					proves: []string{"ECOSIRE-G01"}, wants: seen{"header Content-Type": has("application/json"), "/openapi": like(`^3\.0\.`)},
				},
				{
					tells: "both of them", method: "GET", path: "/docs", as: nobody, status: 200, proves: []string{"ECOSIRE-G01"},
					wants: seen{"header Content-Type": has("text/html")},
				},
			},
		},
	}
}
