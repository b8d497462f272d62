package main

import "time"

// What a contact is made of in the stories.
const (
	contactAda   = `{"firstName":"Ada","lastName":"Lovelace","email":"ada@analytical.example"}`
	contactGrace = `{"firstName":"Grace","lastName":"Hopper","email":"grace@compiler.example"}`
	ecosireLogin = `{"email":"{ECOSIRE_USER_EMAIL}","password":"{ECOSIRE_USER_PASSWORD}"}`
	anyObject    = `{"whatever":[1,2],"nested":{"a":null}}`
	threeParts   = `^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$`
)

// ecosireStories are about who may call: logins, cookies, tokens, and where a key is a key.
func ecosireStories() []story {
	return []story{
		{
			contract: "ecosire", tells: "the login, its token and its cookie",
			steps: []step{
				{
					tells: "before the login a client uses its key", method: "GET", path: "/contacts", status: 200, proves: []string{"ECOSIRE-12"},
					wants: seen{"/data": entries(4)},
				},
				{
					tells: "a good pair: token, user, cookie", method: "POST", path: "/auth/login", body: ecosireLogin, status: 200,
					proves: []string{"ECOSIRE-15", "ECOSIRE-16", "ECOSIRE-17", "ECOSIRE-18", "ECOSIRE-72", "ECOSIRE-X04", "ECOSIRE-G02"},
					keep:   kept{"token": "/token", "cookie": "cookie ecosire_auth", "iat": "jwt /token /claims/iat"},
					wants: seen{
						"": entries(2), "/token": like(threeParts), "/user/id": like(`^usr_`), "/user/email": "{ECOSIRE_USER_EMAIL}", "/user/name": like(`.`),
						"/user/role": like(`.`), "jwt /token /header/alg": "RS256", "jwt /token /claims/exp": after{"{iat}", "3600"},
						"jwt /token /claims/sub": "usr_01HXYZ", "jwt /token /claims/email": "{ECOSIRE_USER_EMAIL}", "jwt /token /claims/role": "admin",
						"jwt /token /claims/iss": like(`^https://`), "jwt /token /claims/jti": like(`.`), "cookie ecosire_auth": like(threeParts),
						"attributes ecosire_auth": all{has("HttpOnly"), has("SameSite=Lax"), has("Path=/")},
					},
				},
				{
					tells: "a wrong password: 401, and no cookie", method: "POST", path: "/auth/login",
					body: `{"email":"{ECOSIRE_USER_EMAIL}","password":"not-this-one"}`, status: 401, proves: []string{"ECOSIRE-15", "ECOSIRE-17"},
					wants: seen{"header Set-Cookie": absent, "/message": "Invalid email or password", "/token": absent},
				},
				{
					tells: "an unknown address gets the same answer", method: "POST", path: "/auth/login",
					body: `{"email":"nobody@analytical.example","password":"not-this-one"}`, status: 401, proves: []string{"ECOSIRE-15", "ECOSIRE-17"},
					wants: seen{"header Set-Cookie": absent, "/message": "Invalid email or password"},
				},
				{
					tells: "no e-mail: 422 that names the field", method: "POST", path: "/auth/login", body: `{"password":"long-enough"}`, status: 422,
					proves: []string{"ECOSIRE-15"}, wants: seen{"/details": entries(1), "/details/0/field": "email", "header Set-Cookie": absent},
				},
				{
					tells: "there is no refresh", method: "POST", path: "/auth/refresh", body: `{}`, status: 404, proves: []string{"ECOSIRE-G02"},
					wants: seen{"/statusCode": 404},
				},
				{
					tells: "and no logout", method: "POST", path: "/auth/logout", body: `{}`, status: 404, proves: []string{"ECOSIRE-G02"},
					wants: seen{"/statusCode": 404},
				},
				{
					tells: "after the login the token decides, in mid-run", method: "GET", path: "/contacts", as: "token", status: 200,
					proves: []string{"ECOSIRE-12", "ECOSIRE-22"}, wants: seen{"/data": entries(4)},
				},
				{
					tells: "the request was counted for the login's token, not for the key", to: management, method: "GET", path: "/credentials?user=usr_01HXYZ",
					status: 200, proves: []string{"ECOSIRE-12"}, wants: seen{"/total": 1, "/keys/0/usage/requests": 1, "/keys/0/kind": "jwt"},
				},
				{
					tells: "the cookie alone authenticates", method: "GET", path: "/contacts", as: nobody, headers: head{"Cookie": "ecosire_auth={cookie}"},
					status: 200, proves: []string{"ECOSIRE-19", "ECOSIRE-X03"}, wants: seen{"/data": entries(4)},
				},
				{
					tells: "an altered cookie does not", method: "GET", path: "/contacts", as: nobody, headers: head{"Cookie": "ecosire_auth={cookie|cut}"},
					status: 401, proves: []string{"ECOSIRE-19", "ECOSIRE-76"}, wants: seen{"/statusCode": 401},
				},
				{
					tells: "of cookie and header the header decides: good cookie, bad header", method: "GET", path: "/contacts", as: nobody,
					headers: head{"Cookie": "ecosire_auth={cookie}", "Authorization": "Bearer ecos_live_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, status: 401,
					proves: []string{"ECOSIRE-G17"}, wants: seen{"/statusCode": 401},
				},
				{
					tells: "and the other way round", method: "GET", path: "/contacts", as: "token", headers: head{"Cookie": "ecosire_auth=rubbish"}, status: 200,
					proves: []string{"ECOSIRE-G17"}, wants: seen{"/data": entries(4)},
				},
				{
					tells: "the token may call each operation", as: "token", tour: &tour{open: []string{"*"}}, status: 200, proves: []string{"ECOSIRE-22"},
				},
				{
					tells: "an altered signature is refused", method: "GET", path: "/contacts", as: nobody, headers: head{"Authorization": "Bearer {token|cut}"},
					status: 401, proves: []string{"ECOSIRE-22", "ECOSIRE-76"}, wants: seen{"header WWW-Authenticate": has("Bearer")},
				},
				{
					tells: "a token without signature algorithm", to: management, method: "POST", path: "/tokens",
					body: `{"class":"session-token","user":"usr_01HXYZ","defect":"alg-none"}`, status: 201, keep: kept{"none": "/text"},
					wants: seen{"jwt /text /header/alg": "none"},
				},
				{tells: "is refused", method: "GET", path: "/contacts", as: "none", status: 401, proves: []string{"ECOSIRE-22"}, wants: seen{"/statusCode": 401}},
				{
					tells: "one second before its hour is over it is good", advance: time.Hour - time.Second, method: "GET", path: "/contacts", as: "token",
					status: 200, proves: []string{"ECOSIRE-22", "COMMON-01"}, wants: seen{"/data": like(`^\[`)},
				},
				{
					tells: "then it is not", advance: time.Second, method: "GET", path: "/contacts", as: "token", status: 401,
					proves: []string{"ECOSIRE-22", "COMMON-01"}, wants: seen{"/statusCode": 401},
				},
				{
					tells: "nor is the cookie", method: "GET", path: "/contacts", as: nobody, headers: head{"Cookie": "ecosire_auth={cookie}"}, status: 401,
					proves: []string{"ECOSIRE-19"}, wants: seen{"/statusCode": 401},
				},
			},
		},
		{
			contract: "ecosire", tells: "the cookie of browsers, and requests of other sites", setting: setting{tls: true},
			steps: []step{
				{
					tells: "over TLS the cookie is Secure", to: overTLS, method: "POST", path: "/auth/login", body: ecosireLogin, status: 200,
					proves: []string{"ECOSIRE-02", "ECOSIRE-18", "ECOSIRE-G03"}, keep: kept{"cookie": "cookie ecosire_auth"},
					wants: seen{"attributes ecosire_auth": all{has("HttpOnly"), has("Secure"), has("SameSite=Lax"), has("Path=/")}},
				},
				{
					tells: "a page of another origin cannot write with it", to: overTLS, method: "POST", path: "/contacts", as: nobody, body: contactAda,
					headers: head{"Cookie": "ecosire_auth={cookie}", "Origin": "https://elsewhere.example"}, status: 403, proves: []string{"ECOSIRE-G03"},
					wants: seen{"/error": "Forbidden"},
				},
				{
					tells: "nor one that the browser calls cross-site", to: overTLS, method: "POST", path: "/contacts", as: nobody, body: contactAda,
					headers: head{"Cookie": "ecosire_auth={cookie}", "Sec-Fetch-Site": "cross-site"}, status: 403, proves: []string{"ECOSIRE-G03"},
					wants: seen{"/error": "Forbidden"},
				},
				{
					tells: "nothing was created", to: overTLS, method: "GET", path: "/contacts", status: 200, proves: []string{"ECOSIRE-G03"},
					wants: seen{"/data": entries(4)},
				},
				{
					tells: "its own page can", to: overTLS, method: "POST", path: "/contacts", as: nobody, body: contactAda,
					headers: head{"Cookie": "ecosire_auth={cookie}", "Sec-Fetch-Site": "same-origin"}, status: 201, proves: []string{"ECOSIRE-19", "ECOSIRE-G03"},
					wants: seen{"/email": "ada@analytical.example"},
				},
			},
		},
		{
			contract: "ecosire", tells: "where a key is a key, and which texts are one",
			steps: []step{
				{
					tells: "as bearer token", method: "GET", path: "/contacts", as: "ECOSIRE_API_KEY", status: 200, proves: []string{"ECOSIRE-20", "ECOSIRE-26"},
					wants: seen{"/data": entries(4)},
				},
				{
					tells: "in the query", method: "GET", path: "/contacts?api_key={ECOSIRE_API_KEY}&access_token={ECOSIRE_API_KEY}", as: nobody, status: 401,
					proves: []string{"ECOSIRE-20"}, wants: seen{"/statusCode": 401},
				},
				{
					tells: "in another header", method: "GET", path: "/contacts", as: nobody, headers: head{"X-API-Key": "{ECOSIRE_API_KEY}"}, status: 401,
					proves: []string{"ECOSIRE-20"}, wants: seen{"/statusCode": 401},
				},
				{
					tells: "in HTTP Basic", method: "GET", path: "/contacts", as: nobody, headers: head{"Authorization": "Basic {ECOSIRE_API_KEY|base64}"},
					status: 401, proves: []string{"ECOSIRE-20"}, wants: seen{"/statusCode": 401},
				},
				{
					tells: "in the cookie", method: "GET", path: "/contacts", as: nobody, headers: head{"Cookie": "ecosire_auth={ECOSIRE_API_KEY}"}, status: 401,
					proves: []string{"ECOSIRE-20"}, wants: seen{"/statusCode": 401},
				},
				{
					tells: "with 31 characters", method: "GET", path: "/contacts", as: nobody, headers: head{"Authorization": "Bearer {ECOSIRE_API_KEY|cut}"},
					status: 401, proves: []string{"ECOSIRE-21"}, wants: seen{"/statusCode": 401},
				},
				{
					tells: "with 33 characters", method: "GET", path: "/contacts", as: nobody, headers: head{"Authorization": "Bearer {ECOSIRE_API_KEY}x"},
					status: 401, proves: []string{"ECOSIRE-21"}, wants: seen{"/statusCode": 401},
				},
				{
					tells: "well formed and unknown", method: "GET", path: "/contacts", as: nobody,
					headers: head{"Authorization": "Bearer ecos_live_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, status: 401, proves: []string{"ECOSIRE-76", "COMMON-06"},
					wants: seen{"/error": "Unauthorized", "header WWW-Authenticate": has("Bearer"), "text": lacks("ecos_live_aaaa")},
				},
				{
					tells: "the header's name and the scheme in lower case", method: "GET", path: "/contacts", as: nobody,
					headers: head{"authorization": "bearer {ECOSIRE_API_KEY}"}, status: 200, proves: []string{"COMMON-02"}, wants: seen{"/data": entries(4)},
				},
				{
					tells: "an issued text is ecos_live_ and 32 characters", method: "POST", path: "/api-keys", body: `{"name":"Plain","scope":"admin"}`,
					status: 201, proves: []string{"ECOSIRE-21", "ECOSIRE-G04"}, wants: seen{"/key": like(`^ecos_live_[A-Za-z0-9]{32}$`), "/prefix": "ecos_live_"},
				},
			},
		},
		{
			contract: "ecosire", tells: "a fresh state, and its first key", setting: setting{noCredentials: true},
			steps: []step{
				{
					tells: "any bearer is refused", method: "GET", path: "/contacts", as: nobody,
					headers: head{"Authorization": "Bearer ecos_live_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, status: 401, proves: []string{"ECOSIRE-45"},
					wants: seen{"/statusCode": 401},
				},
				{tells: "there is no key", to: management, method: "GET", path: "/keys", status: 200, proves: []string{"ECOSIRE-45"}, wants: seen{"/total": 0}},
				{
					tells: "one step makes one", to: management, method: "POST", path: "/keys", body: `{"name":"First","scopes":["admin"]}`, status: 201,
					proves: []string{"ECOSIRE-45", "ECOSIRE-28"}, keep: kept{"first": "/text"}, wants: seen{"/good": true},
				},
				{
					tells: "and it works", method: "GET", path: "/contacts", as: "first", status: 200, proves: []string{"ECOSIRE-45"},
					wants: seen{"/data": entries(4)},
				},
			},
		},
		{
			contract: "ecosire", tells: "API access is part of each plan",
			steps: []step{
				{
					tells: "the ready key is of the free plan", to: management, method: "GET", path: "/accounts/acc_01HXACCT", status: 200,
					proves: []string{"ECOSIRE-46"}, wants: seen{"/plan": "free"},
				},
				{tells: "which may call", method: "GET", path: "/contacts", status: 200, proves: []string{"ECOSIRE-46"}, wants: seen{"/data": entries(4)}},
				{
					tells: "an account of the business plan", to: management, method: "POST", path: "/accounts",
					body: `{"id":"acc_business","name":"Cedar Foods","plan":"business"}`, status: 201, proves: []string{"ECOSIRE-46"},
					wants: seen{"/plan": "business"},
				},
				{
					tells: "gets a key", to: management, method: "POST", path: "/keys", body: `{"name":"Business","account":"acc_business","scopes":["admin"]}`, status: 201,
					keep: kept{"business": "/text"}, wants: seen{"/account": "acc_business"},
				},
				{
					tells: "which may call", method: "GET", path: "/contacts", as: "business", status: 200, proves: []string{"ECOSIRE-46"},
					wants: seen{"/data": like(`^\[`)},
				},
			},
		},
		{
			contract: "ecosire", tells: "operations that need no credential, and what only reads",
			steps: []step{
				{
					tells: "six operations are public", as: nobody, status: 0, proves: []string{"ECOSIRE-G11"},
					tour: &tour{only: ecosirePublic, open: []string{"*"}},
				},
				{
					tells: "a credential that is sent must be good", as: nobody,
					headers: head{"Authorization": "Bearer ecos_live_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, status: 401, proves: []string{"ECOSIRE-G11"},
					tour: &tour{only: ecosirePublic}, wants: seen{"/statusCode": 401},
				},
				{
					tells: "any JSON object will do: for support", method: "POST", path: "/support", as: nobody, body: anyObject, status: 201,
					proves: []string{"ECOSIRE-G15"}, wants: seen{"/id": like(`^tkt_`)},
				},
				{
					tells: "for leads", method: "POST", path: "/crm/capture", as: nobody, body: anyObject, status: 201, proves: []string{"ECOSIRE-G15"},
					wants: seen{"/id": like(`.`)},
				},
				{
					tells: "for questions", method: "POST", path: "/ecosire-ai/ask", as: nobody, body: anyObject, status: 200, proves: []string{"ECOSIRE-G15"},
					wants: seen{"": like(`^\{`)},
				},
				{
					tells: "and for the newsletter", method: "POST", path: "/newsletter/subscribe", as: nobody, body: anyObject, status: 200,
					proves: []string{"ECOSIRE-G15"}, wants: seen{"": like(`^\{`)},
				},
				{
					tells: "a licence is asked about by key and domain", method: "POST", path: "/licenses/validate", as: nobody,
					body: `{"key":"ECO-AAAA-BBBB-CCCC","domain":"example.com"}`, status: 200, proves: []string{"ECOSIRE-G15"}, wants: seen{"/valid": true},
				},
				{
					tells: "a key that only reads", method: "POST", path: "/api-keys", body: `{"name":"Reader","scope":"read-only"}`, status: 201,
					keep: kept{"reader": "/key"}, wants: seen{"/scope": "read-only"},
				},
				{
					tells: "may validate a licence, which is a POST", method: "POST", path: "/licenses/validate", as: "reader",
					body: `{"key":"ECO-AAAA-BBBB-CCCC"}`, status: 200, proves: []string{"ECOSIRE-G05"}, wants: seen{"/valid": true},
				},
				{
					tells: "may ask the assistant", method: "POST", path: "/ecosire-ai/ask", as: "reader", body: `{"question":"Which modules?"}`, status: 200,
					proves: []string{"ECOSIRE-G05"}, wants: seen{"": like(`^\{`)},
				},
				{
					tells: "may not activate one", method: "POST", path: "/licenses/activate", as: "reader",
					body: `{"key":"ECO-AAAA-BBBB-CCCC","domain":"example.com"}`, status: 403, proves: []string{"ECOSIRE-G05"}, wants: seen{"/error": "Forbidden"},
				},
			},
		},
	}
}

// ecosirePublic are the operations with limits of their own.
var ecosirePublic = []string{"createSupportRequest", "captureLead", "askAssistant", "subscribeToNewsletter", "validateLicense", "activateLicense"}
