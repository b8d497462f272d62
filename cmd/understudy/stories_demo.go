package main

import "time"

// The stories of the demo. They use what the vendors document; what they prove beside that stands in the other files.
func ecosireDemo() *story {
	return &story{
		contract: "ecosire", tells: "Keys with one scope each, a login for browsers and servers, and rotation with a day of grace.",
		steps: []step{
			{
				tells: "Without a credential.", method: "GET", path: "/contacts", as: nobody, status: 401,
				proves: []string{"ECOSIRE-27", "ECOSIRE-76", "ECOSIRE-86", "ECOSIRE-87"},
				wants: seen{
					"header WWW-Authenticate": "Bearer",
					"":                        same(`{"statusCode":401,"error":"Unauthorized","message":"Authentication is required"}`),
				},
			},
			{
				tells: "With the key that is there from the start.", method: "GET", path: "/contacts?limit=1", status: 200,
				proves: []string{"ECOSIRE-01", "ECOSIRE-20", "ECOSIRE-26", "ECOSIRE-27", "ECOSIRE-72", "ECOSIRE-X03"},
				wants:  seen{"/data": entries(1), "/data/0/id": like("^con_"), "header Content-Type": has("application/json")},
			},
			{
				tells: "An admin key makes a key that only reads.", method: "POST", path: "/api-keys", status: 201,
				proves: []string{"ECOSIRE-21", "ECOSIRE-33", "ECOSIRE-36", "ECOSIRE-73", "ECOSIRE-G06a"},
				body:   `{"name":"Reports","scope":"read-only"}`,
				wants:  seen{"/key": like("^ecos_live_[A-Za-z0-9]{32}$"), "/scope": "read-only", "/name": "Reports"},
				keep:   kept{"reader": "/key", "id": "/id"},
			},
			{
				tells: "It reads, and does not write.", method: "POST", path: "/contacts", as: "reader", status: 403,
				proves: []string{"ECOSIRE-34", "ECOSIRE-77", "ECOSIRE-86", "ECOSIRE-87"},
				body:   `{"firstName":"Ada","lastName":"Lovelace","email":"ada@analytical.example"}`,
				wants:  seen{"/statusCode": 403, "/error": "Forbidden", "/message": like(".+")},
			},
			{
				tells: "Log in: a JWT, and the same in a cookie.", method: "POST", path: "/auth/login", status: 200,
				proves: []string{"ECOSIRE-11", "ECOSIRE-15", "ECOSIRE-16", "ECOSIRE-17", "ECOSIRE-18"},
				body:   `{"email":"{ECOSIRE_USER_EMAIL}","password":"{ECOSIRE_USER_PASSWORD}"}`,
				keep:   kept{"token": "/token"},
				wants: seen{
					"jwt /token /header/alg": "RS256", "jwt /token /claims/exp": like(`^\d+$`), "/user/id": "usr_01HXYZ", "/user/email": "{ECOSIRE_USER_EMAIL}",
					"/user/name": like(".+"), "/user/role": like(".+"), "cookie ecosire_auth": "{token}", "attributes ecosire_auth": has("HttpOnly"),
				},
			},
			{
				tells: "The token opens the same doors.", method: "GET", path: "/contacts?limit=1", as: "token", status: 200,
				proves: []string{"ECOSIRE-22", "ECOSIRE-X03"}, wants: seen{"/data": entries(1)},
			},
			{
				tells: "Rotate the reading key.", method: "POST", path: "/api-keys/{id}/rotate", status: 201,
				proves: []string{"ECOSIRE-31", "ECOSIRE-32", "ECOSIRE-36", "ECOSIRE-G06a"},
				wants:  seen{"/key": all{like("^ecos_live_[A-Za-z0-9]{32}$"), other("{reader}")}, "/previousKeyValidUntil": like("^2026-03-03T09:00:00(.0+)?Z$")},
				keep:   kept{"successor": "/key"},
			},
			{
				tells: "One second before its day of grace is over, the old key still works.", advance: 24*time.Hour - time.Second,
				method: "GET", path: "/contacts?limit=1", as: "reader", status: 200, proves: []string{"ECOSIRE-32", "COMMON-01"},
				wants: seen{"/data": entries(1)},
			},
			{
				tells: "Now it is over.", advance: time.Second, method: "GET", path: "/contacts?limit=1", as: "reader", status: 401,
				proves: []string{"ECOSIRE-32", "ECOSIRE-76", "COMMON-01"}, wants: seen{"/error": "Unauthorized", "header WWW-Authenticate": has("Bearer")},
			},
		},
	}
}

func echowinDemo() *story {
	return &story{
		contract: "echowin", tells: "One header, two documented refusals, and two teams that do not see each other.",
		steps: []step{
			{
				tells: "Without the header.", method: "GET", path: "/contacts", as: nobody, status: 401,
				proves: []string{"ECHOWIN-20", "ECHOWIN-22", "ECHOWIN-24", "ECHOWIN-25"},
				wants:  seen{"": same(`{"error":"Missing X-API-Key header"}`), "header Content-Type": has("application/json")},
			},
			{
				tells: "With a key that nobody issued.", method: "GET", path: "/contacts", as: nobody, headers: head{"X-API-Key": "ew_never-issued"}, status: 401,
				proves: []string{"ECHOWIN-21", "ECHOWIN-22", "ECHOWIN-24", "ECHOWIN-25", "ECHOWIN-X04"},
				wants:  seen{"": same(`{"error":"Invalid API key"}`), "header Content-Type": has("application/json")},
			},
			{
				tells: "With the ready key, which belongs to the first team.", method: "GET", path: "/contacts?limit=1", status: 200,
				proves: []string{"ECHOWIN-01", "ECHOWIN-02", "ECHOWIN-03", "ECHOWIN-06"},
				wants:  seen{"/data": entries(1), "header Content-Type": has("application/json")},
			},
			{
				tells: "It adds a contact.", method: "POST", path: "/contacts", body: `{"firstName":"Grace","lastName":"Hopper","phone":"+12025550143"}`,
				status: 201, keep: kept{"contact": "/id"}, wants: seen{"/firstName": "Grace"},
			},
			{
				tells: "A key for the second team.", to: management, method: "POST", path: "/keys", body: `{"name":"Front desk","account":"team_harbor"}`,
				status: 201, proves: []string{"ECHOWIN-09", "ECHOWIN-X04"}, keep: kept{"harbor": "/text", "id": "/id"},
				wants: seen{"/account": "team_harbor", "/text": like("^ew_[A-Za-z0-9]{32}$")},
			},
			{
				tells: "The second team does not find the first one's contact.", method: "GET", path: "/contacts/{contact}", as: "harbor", status: 404,
				proves: []string{"ECHOWIN-11", "ECHOWIN-24"}, wants: seen{"": entries(1), "/error": like(".+")},
			},
			{
				tells: "Revoke its key.", to: management, method: "DELETE", path: "/keys/{id}?confirm=true", status: 200,
				proves: []string{"ECHOWIN-08"}, wants: seen{"/key/state": "revoked"},
			},
			{
				tells: "It ends at once, and the answer does not say that it ever was one.", method: "GET", path: "/contacts", as: "harbor", status: 401,
				proves: []string{"ECHOWIN-08", "ECHOWIN-21"}, wants: seen{"": same(`{"error":"Invalid API key"}`)},
			},
		},
	}
}

func ecoeventsDemo() *story {
	return &story{
		contract: "ecoevents", tells: "Keys with scopes, sandbox and live data, access tokens for a day, refresh tokens for one use.",
		steps: []step{
			{
				tells: "Without the header.", method: "GET", path: "/v1/events", as: nobody, status: 401,
				proves: []string{"ECOEVENTS-02", "ECOEVENTS-56", "ECOEVENTS-G01"},
				wants:  seen{"/error/code": "missing_authorization", "/error/message": like(".+")},
			},
			{
				tells: "A key that only reads events.", to: management, method: "POST", path: "/keys",
				body: `{"name":"Wall display","environment":"live","scopes":["events:read"]}`, status: 201,
				proves: []string{"ECOEVENTS-06", "ECOEVENTS-08", "ECOEVENTS-28", "ECOEVENTS-G08"},
				wants:  seen{"/text": like("^ek_live_[a-z0-9]{20}$"), "/scopes": same(`["events:read"]`)}, keep: kept{"reader": "/text"},
			},
			{
				tells: "Verify says what it is.", method: "GET", path: "/v1/auth/verify", as: "reader", status: 200,
				proves: []string{"ECOEVENTS-07", "ECOEVENTS-31", "ECOEVENTS-32", "ECOEVENTS-34", "ECOEVENTS-36", "ECOEVENTS-66"},
				wants: seen{
					"/valid": true, "/key/id": like("^key_[a-z0-9]{10}$"), "/key/name": "Wall display", "/key/scopes": same(`["events:read"]`),
					"/key/createdAt": "2026-03-02T09:00:00Z", "/account": entries(3), "/account/id": like("^acc_[a-z0-9]{10}$"),
					"/account/name": "Green Events Co.", "/account/tier": "professional",
				},
			},
			{
				tells: "Its scope is too small to write.", method: "POST", path: "/v1/events", as: "reader", body: `{}`, status: 403,
				proves: []string{"ECOEVENTS-14", "ECOEVENTS-59", "ECOEVENTS-G01"},
				wants:  seen{"/error/code": "insufficient_scope", "header WWW-Authenticate": has(`error="insufficient_scope"`)},
			},
			{
				tells: "Log in.", method: "POST", path: "/v1/auth/login", body: `{"email":"{ECOEVENTS_USER_EMAIL}","password":"{ECOEVENTS_USER_PASSWORD}"}`,
				status: 200, proves: []string{"ECOEVENTS-22", "ECOEVENTS-23", "ECOEVENTS-25"},
				wants: seen{
					"": entries(4), "/accessToken": like(`^[\w-]+\.[\w-]+\.[\w-]+$`), "/refreshToken": like("^rt_[a-z0-9]{20}$"), "/expiresIn": 86400,
					"/tokenType": "Bearer", "header Cache-Control": has("no-store"),
				},
				keep: kept{"access": "/accessToken", "refresh": "/refreshToken"},
			},
			{
				tells: "A day later its token has expired.", advance: 24 * time.Hour, method: "GET", path: "/v1/events", as: "access", status: 401,
				proves: []string{"ECOEVENTS-11", "ECOEVENTS-55", "ECOEVENTS-G01", "COMMON-01"}, wants: seen{"/error/code": "expired_token"},
			},
			{
				tells: "Refresh it.", method: "POST", path: "/v1/auth/refresh", body: `{"refreshToken":"{refresh}"}`, status: 200,
				proves: []string{"ECOEVENTS-12", "ECOEVENTS-26", "ECOEVENTS-G02"},
				wants:  seen{"": entries(4), "/refreshToken": all{like("^rt_[a-z0-9]{20}$"), other("{refresh}")}}, keep: kept{"fresh": "/accessToken"},
			},
			{
				tells: "The new token works.", method: "GET", path: "/v1/events?limit=1", as: "fresh", status: 200,
				proves: []string{"ECOEVENTS-01", "ECOEVENTS-26", "ECOEVENTS-29"}, wants: seen{"/data": entries(1)},
			},
			{
				tells: "A refresh token is good for one use.", method: "POST", path: "/v1/auth/refresh", body: `{"refreshToken":"{refresh}"}`, status: 401,
				proves: []string{"ECOEVENTS-62", "ECOEVENTS-G01"}, wants: seen{"/error/code": "refresh_token_used"},
			},
		},
	}
}

func eckospaceDemo() *story {
	return &story{
		contract: "eckospace", tells: "Only approved tokens pass; errors as Laravel words them; a rotated token ends at once.",
		steps: []step{
			{
				tells: "Without a token.", method: "GET", path: "/api/translations/app?locale=en", as: nobody, accept: "application/json", status: 401,
				proves: []string{"ECKOSPACE-04", "ECKOSPACE-G04"}, wants: seen{"": same(`{"message":"Unauthenticated."}`)},
			},
			{
				tells: "The documented request.", method: "GET", path: "/api/translations/app?locale=en", accept: "application/json", status: 200,
				proves: []string{"ECKOSPACE-01", "ECKOSPACE-13", "ECKOSPACE-X04"},
				wants:  seen{"header Content-Type": has("application/json"), "text": like(`^\{("[^"]+":"[^"]*",?)+\}\s*$`)},
			},
			{
				tells: "A token that nobody has approved yet.", to: management, method: "POST", path: "/keys", status: 201,
				body: `{"name":"Dashboard","state":"pending","scopes":["posts:read"]}`, keep: kept{"token": "/text", "id": "/id"},
				proves: []string{"ECKOSPACE-G07"}, wants: seen{"/state": "pending", "/text": like(`^[1-9][0-9]*\|[A-Za-z0-9]{40}$`)},
			},
			{
				tells: "It does not pass.", method: "GET", path: "/api/posts", as: "token", status: 401,
				proves: []string{"ECKOSPACE-03"}, wants: seen{"/message": "Unauthenticated."},
			},
			{
				tells: "Approve it.", to: management, method: "PATCH", path: "/keys/{id}", body: `{"state":"approved"}`, status: 200,
				wants: seen{"/state": "approved"},
			},
			{
				tells: "Now it passes.", method: "GET", path: "/api/posts", as: "token", status: 200,
				proves: []string{"ECKOSPACE-03"}, wants: seen{"/data": entries(3)},
			},
			{
				tells: "It may read posts and not write any.", method: "POST", path: "/api/posts", as: "token", body: `{"title":"Hello","body":"World"}`,
				status: 403, proves: []string{"ECKOSPACE-10", "ECKOSPACE-G04"}, wants: seen{"": same(`{"message":"This action is unauthorized."}`)},
			},
			{
				tells: "Rotate it.", to: management, method: "POST", path: "/keys/{id}/rotate", status: 201,
				proves: []string{"ECKOSPACE-08"}, wants: seen{"/key/text": other("{token}"), "/predecessor/good": false}, keep: kept{"successor": "/key/text"},
			},
			{
				tells: "The old one is refused.", method: "GET", path: "/api/posts", as: "token", status: 401,
				proves: []string{"ECKOSPACE-08", "ECKOSPACE-03"}, wants: seen{"/message": "Unauthenticated."},
			},
		},
	}
}
