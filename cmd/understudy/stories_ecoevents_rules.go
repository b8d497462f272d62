package main

import "time"

// ecoeventsRuleStories are about refusals, revocation, what is logged, and HTTPS.
func ecoeventsRuleStories() []story {
	return []story{
		{
			contract: "ecoevents", tells: "the causes of 401 and 403, each with a code of its own",
			steps: []step{
				{
					tells: "no operation without credential, but login and refresh", as: nobody, tour: &tour{except: []string{"login", "refreshTokens"}},
					status: 401, proves: []string{"ECOEVENTS-02", "ECOEVENTS-56", "ECOEVENTS-G01"},
					wants: seen{"/error/code": "missing_authorization", "header WWW-Authenticate": has("Bearer")},
				},
				{
					tells: "those two refuse nobody for it", as: nobody, tour: &tour{only: []string{"login", "refreshTokens"}, open: []string{"*"}},
					proves: []string{"ECOEVENTS-02", "ECOEVENTS-X01"},
				},
				{
					tells: "an empty header is none", method: "GET", path: "/v1/events", as: nobody, headers: head{"Authorization": ""}, status: 401,
					proves: []string{"ECOEVENTS-56"}, wants: seen{"/error/code": "missing_authorization"},
				},
				{
					tells: "a well-formed key that nobody issued", method: "GET", path: "/v1/events", as: nobody,
					headers: head{"Authorization": "Bearer ek_live_aaaaaaaaaaaaaaaaaaaa"}, status: 401, proves: []string{"ECOEVENTS-53", "ECOEVENTS-G01"},
					wants: seen{"/error/code": "invalid_api_key", "text": lacks("ek_live_aaaa")},
				},
				{
					tells: "one of another length", method: "GET", path: "/v1/events", as: nobody, headers: head{"Authorization": "Bearer ek_live_aaa"},
					status: 401, proves: []string{"ECOEVENTS-53", "ECOEVENTS-G08"}, wants: seen{"/error/code": "invalid_api_key"},
				},
				{
					tells: "without the word Bearer", method: "GET", path: "/v1/events", as: nobody, headers: head{"Authorization": "{ECOEVENTS_API_KEY}"},
					status: 401, proves: []string{"ECOEVENTS-57", "ECOEVENTS-G01"}, wants: seen{"/error/code": "malformed_authorization"},
				},
				{
					tells: "with Basic", method: "GET", path: "/v1/events", as: nobody, headers: head{"Authorization": "Basic {ECOEVENTS_API_KEY|base64}"},
					status: 401, proves: []string{"ECOEVENTS-57"}, wants: seen{"/error/code": "malformed_authorization"},
				},
				{
					tells: "with Token", method: "GET", path: "/v1/events", as: nobody, headers: head{"Authorization": "Token {ECOEVENTS_API_KEY}"}, status: 401,
					proves: []string{"ECOEVENTS-57"}, wants: seen{"/error/code": "malformed_authorization"},
				},
				{
					tells: "with two blanks", method: "GET", path: "/v1/events", as: nobody, headers: head{"Authorization": "Bearer  {ECOEVENTS_API_KEY}"},
					status: 401, proves: []string{"ECOEVENTS-57"}, wants: seen{"/error/code": "malformed_authorization"},
				},
				{
					tells: "in quotes", method: "GET", path: "/v1/events", as: nobody, headers: head{"Authorization": `Bearer "{ECOEVENTS_API_KEY}"`}, status: 401,
					proves: []string{"ECOEVENTS-57"}, wants: seen{"/error/code": "malformed_authorization"},
				},
				{
					tells: "bearer in lower case passes", method: "GET", path: "/v1/events", as: nobody,
					headers: head{"Authorization": "bearer {ECOEVENTS_API_KEY}"}, status: 200, proves: []string{"ECOEVENTS-57", "COMMON-02"},
					wants: seen{"/data": entries(4)},
				},
				{
					tells: "a key whose end is forced", to: management, method: "POST", path: "/keys", body: `{"name":"Old","scopes":["events:read"]}`, status: 201,
					keep: kept{"old": "/text", "id": "/id"}, wants: seen{"/expires_at": absent},
				},
				{
					tells: "by the management API only", to: management, method: "PATCH", path: "/keys/{id}", body: `{"state":"expired"}`, status: 200,
					proves: []string{"ECOEVENTS-54", "ECOEVENTS-X02"}, wants: seen{"/state": "expired"},
				},
				{
					tells: "is refused as expired", method: "GET", path: "/v1/events", as: "old", status: 401,
					proves: []string{"ECOEVENTS-54", "ECOEVENTS-X02", "ECOEVENTS-G01"}, wants: seen{"/error/code": "expired_api_key"},
				},
				{
					tells: "a login of somebody who may only look", method: "POST", path: "/v1/auth/login",
					body: `{"email":"tove.ahlgren@greenevents.example","password":"juniper-window-kettle"}`, status: 200, keep: kept{"viewer": "/accessToken"},
					wants: seen{"": entries(4)},
				},
				{tells: "looks", method: "GET", path: "/v1/events", as: "viewer", status: 200, proves: []string{"ECOEVENTS-X05"}, wants: seen{"/data": entries(4)}},
				{
					tells: "and does not write: 403 for the role", method: "POST", path: "/v1/events", as: "viewer", body: eventCafe, status: 403,
					proves: []string{"ECOEVENTS-58", "ECOEVENTS-X05", "ECOEVENTS-G01"}, wants: seen{"/error/code": "insufficient_permission"},
				},
				{
					tells: "change the role", to: management, method: "PUT", path: "/users/usr_8d6f4h2j0k",
					body: `{"name":"Tove Ahlgren","email":"tove.ahlgren@greenevents.example","role":"member"}`, status: 200, proves: []string{"ECOEVENTS-58"},
					wants: seen{"/role": "member"},
				},
				{
					tells: "and it writes", method: "POST", path: "/v1/events", as: "viewer", body: eventCafe, status: 201, proves: []string{"ECOEVENTS-58"},
					wants: seen{"/name": "Repair Café"},
				},
				{
					tells: "429 has its code", method: "GET", path: "/v1/events", headers: head{"Prefer": "code=429"}, status: 429,
					proves: []string{"ECOEVENTS-G01"}, wants: seen{"/error/code": "rate_limit_exceeded"},
				},
			},
		},
		{
			contract: "ecoevents", tells: "revoking: confirmed, final, immediate",
			steps: []step{
				{
					tells: "a key", to: management, method: "POST", path: "/keys", body: `{"name":"K","scopes":["events:read"]}`, status: 201,
					keep: kept{"K": "/text", "id": "/id"}, wants: seen{"/good": true},
				},
				{
					tells: "in use", method: "GET", path: "/v1/events", as: "K", status: 200, proves: []string{"ECOEVENTS-49", "ECOEVENTS-50"},
					wants: seen{"/data": entries(4)},
				},
				{
					tells: "without the confirmation nothing changes", advance: time.Hour, to: management, method: "DELETE", path: "/keys/{id}", status: 400,
					proves: []string{"ECOEVENTS-49"}, wants: seen{"/code": "confirmation_required"},
				},
				{
					tells: "it still works", method: "GET", path: "/v1/events", as: "K", status: 200, proves: []string{"ECOEVENTS-49"},
					wants: seen{"/data": entries(4)},
				},
				{
					tells: "with it the key ends, with a warning: it was used today", to: management, method: "DELETE", path: "/keys/{id}?confirm=true",
					status: 200, proves: []string{"ECOEVENTS-49", "ECOEVENTS-50", "ECOEVENTS-51", "ECOEVENTS-X06"},
					wants: seen{"/key/state": "revoked", "/warnings/0": has("last 24 hours")},
				},
				{
					tells: "in the same second it is refused", method: "GET", path: "/v1/events", as: "K", status: 401,
					proves: []string{"ECOEVENTS-50", "ECOEVENTS-G01"}, wants: seen{"/error/code": "revoked_api_key"},
				},
				{
					tells: "and cannot be brought back", to: management, method: "PATCH", path: "/keys/{id}", body: `{"state":"active"}`, status: 422,
					proves: []string{"ECOEVENTS-49"}, wants: seen{"text": has("revoked")},
				},
				{
					tells: "nor rotated", to: management, method: "POST", path: "/keys/{id}/rotate", status: 422, proves: []string{"ECOEVENTS-49"},
					wants: seen{"/key": absent},
				},
				{
					tells: "all requests are refused", method: "GET", path: "/v1/auth/verify", as: "K", status: 401, proves: []string{"ECOEVENTS-50"},
					wants: seen{"/error/code": "revoked_api_key"},
				},
			},
		},
		{
			contract: "ecoevents", tells: "what is counted and written down",
			steps: []step{
				{
					tells: "a key", to: management, method: "POST", path: "/keys", body: `{"name":"Watched","scopes":["events:read"]}`, status: 201,
					keep: kept{"watched": "/text", "id": "/id"}, wants: seen{"/usage/requests": 0},
				},
				{
					tells: "the log so far", to: management, method: "GET", path: "/audit?limit=1", status: 200, keep: kept{"last": "/entries/0/id"},
					wants: seen{"/entries": entries(1)},
				},
				{tells: "a good call", method: "GET", path: "/v1/events", as: "watched", status: 200, wants: seen{"/data": entries(4)}},
				{tells: "another", method: "GET", path: "/v1/events/evt_7k2m9p4q1r", as: "watched", status: 200, wants: seen{"/id": "evt_7k2m9p4q1r"}},
				{tells: "a refused one", advance: time.Minute, method: "DELETE", path: "/v1/events/evt_7k2m9p4q1r", as: "watched", status: 403, wants: tooSmall},
				{
					tells: "three requests, one refusal, from here, at 09:01", to: management, method: "GET", path: "/keys/{id}", status: 200,
					proves: []string{"ECOEVENTS-40"},
					wants: seen{
						"/usage/requests": 3, "/usage/refused": 1, "/usage/errors": 1, "/usage/last_used": "2026-03-02T09:01:00Z",
						"/usage/addresses": same(`["127.0.0.1"]`), "/usage/scopes_used": same(`["events:read"]`),
					},
				},
				{
					tells: "a login", method: "POST", path: "/v1/auth/login", body: ecoeventsLogin, status: 200, keep: kept{"refresh": "/refreshToken"},
					wants: seen{"": entries(4)},
				},
				{
					tells: "a failed one", method: "POST", path: "/v1/auth/login", body: `{"email":"{ECOEVENTS_USER_EMAIL}","password":"guessed"}`, status: 401,
					wants: seen{"/error/code": like(`.`)},
				},
				{
					tells: "a failed refresh", method: "POST", path: "/v1/auth/refresh", as: nobody, body: `{"refreshToken":"rt_aaaaaaaaaaaaaaaaaaaa"}`,
					status: 401, wants: seen{"/error/code": like(`.`)},
				},
				{
					tells: "one entry for each, with result, reason and source, and no secret", to: management, method: "GET", path: "/audit?after={last}",
					status: 200, proves: []string{"ECOEVENTS-48", "COMMON-06"},
					wants: seen{
						"/entries": entries(6), "/entries/0/kind": "request", "/entries/0/credential": "{id}", "/entries/0/result": "ok",
						"/entries/0/at": "2026-03-02T09:00:00Z", "/entries/0/address": "127.0.0.1", "/entries/2/status": 403,
						"/entries/2/result": "scope_insufficient", "/entries/2/at": "2026-03-02T09:01:00Z", "/entries/3/kind": "login", "/entries/3/result": "ok",
						"/entries/3/user": "usr_4m2k8p0q6r", "/entries/3/address": "127.0.0.1", "/entries/4/kind": "login", "/entries/4/result": "login_failed",
						"/entries/5/kind": "refresh", "/entries/5/result": "refresh_invalid",
						"text": all{lacks("{watched}"), lacks("{refresh}"), lacks("guessed"), lacks("{ECOEVENTS_USER_PASSWORD}")},
					},
				},
				{
					tells: "an attempt with a key that nobody issued", method: "GET", path: "/v1/events", as: nobody,
					headers: head{"Authorization": "Bearer ek_live_aaaaaaaaaaaaaaaaaaaa"}, status: 401, wants: seen{"/error/code": "invalid_api_key"},
				},
				{
					tells: "is written down as well", to: management, method: "GET", path: "/audit?limit=1", status: 200, proves: []string{"ECOEVENTS-48"},
					wants: seen{"/entries/0/result": "credential_unknown", "/entries/0/status": 401, "text": lacks("ek_live_aaaa")},
				},
			},
		},
		{
			contract: "ecoevents", tells: "a key wants a name",
			steps: []step{
				{
					tells: "no name is refused", to: management, method: "POST", path: "/keys", body: `{"scopes":["events:read"]}`, status: 422,
					proves: []string{"ECOEVENTS-07"}, wants: seen{"text": has("name")},
				},
				{
					tells: "no scope is refused", to: management, method: "POST", path: "/keys", body: `{"name":"No scope"}`, status: 422,
					proves: []string{"ECOEVENTS-08"}, wants: seen{"text": has("scopes")},
				},
			},
		},
		{
			contract: "ecoevents", tells: "HTTPS only", setting: setting{tls: true, httpsOnly: true},
			steps: []step{
				{
					tells: "over TLS the key works", to: overTLS, method: "GET", path: "/v1/events", as: "ECOEVENTS_API_KEY", status: 200,
					proves: []string{"ECOEVENTS-38"}, wants: seen{"/data": entries(4)},
				},
				{
					tells: "in clear it is refused, and not redirected", method: "POST", path: "/v1/events", body: eventCafe, status: 403,
					proves: []string{"ECOEVENTS-38", "ECOEVENTS-X03", "ECOEVENTS-G09", "ECOEVENTS-G01"},
					wants:  seen{"/error/code": "https_required", "header Location": absent},
				},
				{
					tells: "the journal notes the credential that went in clear", to: management, method: "GET", path: "/journal?status=403", status: 200,
					proves: []string{"ECOEVENTS-38"},
					wants:  seen{"/entries": entries(1), "/entries/0/client/tls": false, "/entries/0/request/headers/Authorization/0": like(`^Bearer ek_live_\*\*\*`)},
				},
				{
					tells: "whatever is asked", as: nobody, tour: &tour{}, status: 403, proves: []string{"ECOEVENTS-38", "ECOEVENTS-G09"},
					wants: seen{"/error/code": "https_required"},
				},
				{
					tells: "even what is not there: TLS comes first", method: "GET", path: "/v1/nothing", as: nobody, status: 403, proves: []string{"COMMON-04"},
					wants: seen{"/error/code": "https_required"},
				},
				{
					tells: "nothing was carried out", to: overTLS, method: "GET", path: "/v1/events", as: "ECOEVENTS_API_KEY", status: 200,
					proves: []string{"ECOEVENTS-38"}, wants: seen{"/data": entries(4), "text": lacks("Repair Café")},
				},
			},
		},
	}
}
