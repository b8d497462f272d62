package main

import "time"

const (
	eventCafe = `{"name":"Repair Café","format":"in_person","startsAt":"2027-03-05T10:00:00Z","endsAt":"2027-03-05T16:00:00Z","timezone":"Europe/Berlin",` +
		`"venue":{"name":"Kesselhaus","address":"Knaackstraße 97","city":"Berlin","country":"DE"},"capacity":120}`
)

// What each scope opens besides what needs none: logins, refresh and verify.
var (
	scopeless    = []string{"login", "refreshTokens", "verifyCredential"}
	eventsRead   = append([]string{"listEvents", "getEvent"}, scopeless...)
	eventsWrite  = append([]string{"createEvent", "replaceEvent", "updateEvent"}, scopeless...)
	eventsDelete = append([]string{"deleteEvent"}, scopeless...)
	analytics    = append([]string{"getAnalytics"}, scopeless...)
	vendorsRead  = append([]string{"listVendors", "getVendor"}, scopeless...)
	vendorsWrite = append([]string{"createVendor", "replaceVendor", "updateVendor", "deleteVendor"}, scopeless...)
	webhooks     = append([]string{"listWebhooks", "createWebhook", "getWebhook", "updateWebhook", "deleteWebhook"}, scopeless...)
	tooSmall     = seen{"/error/code": "insufficient_scope", "header WWW-Authenticate": has("insufficient_scope")}
)

// ecoeventsStories are about keys, scopes and the verification endpoint.
func ecoeventsStories() []story {
	return []story{
		{
			contract: "ecoevents", tells: "eight scopes, each opening what it says and nothing else",
			steps: []step{
				{
					tells: "events:read", to: management, method: "POST", path: "/keys", body: `{"name":"s1","scopes":["events:read"]}`, status: 201,
					keep: kept{"s1": "/text"}, wants: seen{"/scopes": same(`["events:read"]`)},
				},
				{
					tells: "opens reading events", as: "s1", tour: &tour{open: eventsRead}, status: 403, wants: tooSmall,
					proves: []string{"ECOEVENTS-13", "ECOEVENTS-20", "ECOEVENTS-31", "ECOEVENTS-59"},
				},
				{
					tells: "events:write", to: management, method: "POST", path: "/keys", body: `{"name":"s2","scopes":["events:write"]}`, status: 201,
					keep: kept{"s2": "/text"}, wants: seen{"/scopes": same(`["events:write"]`)},
				},
				{
					tells: "opens creating and updating events, and not reading them", as: "s2", tour: &tour{open: eventsWrite}, status: 403, wants: tooSmall,
					proves: []string{"ECOEVENTS-13", "ECOEVENTS-14", "ECOEVENTS-20", "ECOEVENTS-31", "ECOEVENTS-59"},
				},
				{
					tells: "it does not suffice to delete", method: "DELETE", path: "/v1/events/evt_7k2m9p4q1r", as: "s2", status: 403, wants: tooSmall,
					proves: []string{"ECOEVENTS-15"},
				},
				{
					tells: "the event is still there", method: "GET", path: "/v1/events/evt_7k2m9p4q1r", as: "s1", status: 200,
					wants: seen{"/name": "Nordic Climate Summit"}, proves: []string{"ECOEVENTS-13", "ECOEVENTS-15"},
				},
				{
					tells: "it creates", method: "POST", path: "/v1/events", as: "s2", body: eventCafe, status: 201, keep: kept{"event": "/id"},
					wants: seen{"/name": "Repair Café"}, proves: []string{"ECOEVENTS-14"},
				},
				{
					tells: "and updates", method: "PATCH", path: "/v1/events/{event}", as: "s2", body: `{"capacity":80}`, status: 200, wants: seen{"/capacity": 80},
					proves: []string{"ECOEVENTS-14"},
				},
				{
					tells: "events:delete", to: management, method: "POST", path: "/keys", body: `{"name":"s3","scopes":["events:delete"]}`, status: 201,
					keep: kept{"s3": "/text"}, wants: seen{"/scopes": same(`["events:delete"]`)},
				},
				{tells: "deletes", method: "DELETE", path: "/v1/events/{event}", as: "s3", status: 204, proves: []string{"ECOEVENTS-15"}},
				{
					tells: "and nothing else", as: "s3", tour: &tour{open: eventsDelete}, status: 403, wants: tooSmall,
					proves: []string{"ECOEVENTS-15", "ECOEVENTS-20", "ECOEVENTS-31"},
				},
				{
					tells: "analytics:read", to: management, method: "POST", path: "/keys", body: `{"name":"s4","scopes":["analytics:read"]}`, status: 201,
					keep: kept{"s4": "/text"}, wants: seen{"/scopes": same(`["analytics:read"]`)},
				},
				{
					tells: "reads analytics", method: "GET", path: "/v1/analytics?from=2026-01-01&to=2026-02-01", as: "s4", status: 200,
					wants: seen{"/totals/events": like(`^\d+$`)}, proves: []string{"ECOEVENTS-16"},
				},
				{
					tells: "and nothing else", as: "s4", tour: &tour{open: analytics}, status: 403, wants: tooSmall,
					proves: []string{"ECOEVENTS-16", "ECOEVENTS-20", "ECOEVENTS-31"},
				},
				{
					tells: "vendors:read", to: management, method: "POST", path: "/keys", body: `{"name":"s5","scopes":["vendors:read"]}`, status: 201,
					keep: kept{"s5": "/text"}, wants: seen{"/scopes": same(`["vendors:read"]`)},
				},
				{
					tells: "reads vendors", method: "GET", path: "/v1/vendors", as: "s5", status: 200, wants: seen{"/data": like(`^\[\{`)},
					proves: []string{"ECOEVENTS-17"},
				},
				{
					tells: "and nothing else", as: "s5", tour: &tour{open: vendorsRead}, status: 403, wants: tooSmall,
					proves: []string{"ECOEVENTS-17", "ECOEVENTS-20", "ECOEVENTS-31"},
				},
				{
					tells: "vendors:write", to: management, method: "POST", path: "/keys", body: `{"name":"s6","scopes":["vendors:write"]}`, status: 201,
					keep: kept{"s6": "/text"}, wants: seen{"/scopes": same(`["vendors:write"]`)},
				},
				{
					tells: "creates vendors", method: "POST", path: "/v1/vendors", as: "s6",
					body: `{"name":"Rot","category":"catering","contactEmail":"a@b.example","country":"DE"}`, status: 201, keep: kept{"vendor": "/id"},
					wants: seen{"/name": "Rot"}, proves: []string{"ECOEVENTS-18"},
				},
				{tells: "and deletes them", method: "DELETE", path: "/v1/vendors/{vendor}", as: "s6", status: 204, proves: []string{"ECOEVENTS-18"}},
				{
					tells: "and nothing else", as: "s6", tour: &tour{open: vendorsWrite}, status: 403, wants: tooSmall,
					proves: []string{"ECOEVENTS-18", "ECOEVENTS-20", "ECOEVENTS-31"},
				},
				{
					tells: "webhooks:manage", to: management, method: "POST", path: "/keys", body: `{"name":"s7","scopes":["webhooks:manage"]}`, status: 201,
					keep: kept{"s7": "/text"}, wants: seen{"/scopes": same(`["webhooks:manage"]`)},
				},
				{
					tells: "configures webhooks", method: "GET", path: "/v1/webhooks", as: "s7", status: 200, wants: seen{"/data": like(`^\[\{`)},
					proves: []string{"ECOEVENTS-19", "ECOEVENTS-X07"},
				},
				{
					tells: "and nothing else", as: "s7", tour: &tour{open: webhooks}, status: 403, wants: tooSmall,
					proves: []string{"ECOEVENTS-19", "ECOEVENTS-20", "ECOEVENTS-31"},
				},
				{
					tells: "full_access", to: management, method: "POST", path: "/keys", body: `{"name":"s8","scopes":["full_access"]}`, status: 201,
					keep: kept{"s8": "/text"}, wants: seen{"/scopes": same(`["full_access"]`)},
				},
				{tells: "opens everything", as: "s8", tour: &tour{open: []string{"*"}}, proves: []string{"ECOEVENTS-20", "ECOEVENTS-31", "ECOEVENTS-G06"}},
				{
					tells: "two scopes open what each of them does", to: management, method: "POST", path: "/keys",
					body: `{"name":"s9","scopes":["vendors:write","events:read"]}`, status: 201, keep: kept{"s9": "/text"},
					wants: seen{"/scopes": same(`["vendors:write","events:read"]`)},
				},
				{
					tells: "in the order of their creation", method: "GET", path: "/v1/auth/verify", as: "s9", status: 200,
					wants: seen{"/key/scopes": same(`["vendors:write","events:read"]`), "/key/name": "s9"}, proves: []string{"ECOEVENTS-34"},
				},
				{
					tells: "the list shows scopes, so that the remedy can be found", to: management, method: "GET", path: "/keys?class=api-key", status: 200,
					wants: seen{"/keys/1/scopes": same(`["events:read"]`), "/keys/2/scopes": same(`["events:write"]`)}, proves: []string{"ECOEVENTS-60"},
				},
				{
					tells: "too small for this", method: "POST", path: "/v1/webhooks", as: "s1", body: `{}`, status: 403, wants: tooSmall,
					proves: []string{"ECOEVENTS-60"},
				},
				{
					tells: "a new key with the right scope", method: "POST", path: "/v1/webhooks", as: "s7",
					body: `{"url":"https://hooks.greenevents.example/new","events":["event.created"]}`, status: 201, wants: seen{"/id": like(`^wh_`)},
					proves: []string{"ECOEVENTS-60"},
				},
			},
		},
		{
			contract: "ecoevents", tells: "a key: made, shown once, verified, and where it is sent",
			steps: []step{
				{
					tells: "with a name and scopes", to: management, method: "POST", path: "/keys",
					body: `{"name":"Production Server","environment":"live","scopes":["events:read","events:write","analytics:read"]}`, status: 201,
					proves: []string{"ECOEVENTS-06", "ECOEVENTS-08", "ECOEVENTS-09", "ECOEVENTS-28", "ECOEVENTS-G08"}, keep: kept{"key": "/text", "id": "/id"},
					wants: seen{"/text": like(`^ek_live_[a-z0-9]{20}$`), "/id": like(`^key_[a-z0-9]{10}$`), "/expires_at": absent},
				},
				{
					tells: "an unknown scope is refused", to: management, method: "POST", path: "/keys", body: `{"name":"Odd","scopes":["events:burn"]}`,
					status: 422, proves: []string{"ECOEVENTS-08"}, wants: seen{"/code": "request_does_not_fit", "text": has("events:burn")},
				},
				{
					tells: "verify: never used before", method: "GET", path: "/v1/auth/verify", as: "key", status: 200,
					proves: []string{
						"ECOEVENTS-07", "ECOEVENTS-31", "ECOEVENTS-32", "ECOEVENTS-33", "ECOEVENTS-34", "ECOEVENTS-35", "ECOEVENTS-36", "ECOEVENTS-66",
						"ECOEVENTS-G05",
					},
					wants: seen{
						"": entries(3), "/valid": true, "/key": entries(5), "/key/id": "{id}", "/key/name": "Production Server",
						"/key/scopes": same(`["events:read","events:write","analytics:read"]`), "/key/createdAt": "2026-03-02T09:00:00Z", "/key/lastUsed": nil,
						"/account": entries(3), "/account/id": like(`^acc_[a-z0-9]{10}$`), "/account/name": "Green Events Co.", "/account/tier": "professional",
					},
				},
				{
					tells: "verify a minute later: the same id, and the call before this one", advance: time.Minute, method: "GET", path: "/v1/auth/verify",
					as: "key", status: 200, proves: []string{"ECOEVENTS-33", "ECOEVENTS-35"},
					wants: seen{"/key/id": "{id}", "/key/createdAt": "2026-03-02T09:00:00Z", "/key/lastUsed": "2026-03-02T09:00:00Z"},
				},
				{
					tells: "and it grows", advance: time.Minute, method: "GET", path: "/v1/auth/verify", as: "key", status: 200, proves: []string{"ECOEVENTS-35"},
					wants: seen{"/key/lastUsed": "2026-03-02T09:01:00Z", "text": lacks("{key}")},
				},
				{
					tells: "verify of a bad key is 401", method: "GET", path: "/v1/auth/verify", as: nobody,
					headers: head{"Authorization": "Bearer ek_live_aaaaaaaaaaaaaaaaaaaa"}, status: 401, proves: []string{"ECOEVENTS-G05", "ECOEVENTS-53"},
					wants: seen{"/valid": absent, "/error/code": "invalid_api_key"},
				},
				{
					tells: "the list has no text, but its ends", to: management, method: "GET", path: "/keys", status: 200,
					proves: []string{"ECOEVENTS-09", "ECOEVENTS-10", "COMMON-06"}, wants: seen{"text": all{lacks("{key}"), has(`"masked":"ek_live_…`)}},
				},
				{
					tells: "nor has the key by itself", to: management, method: "GET", path: "/keys/{id}", status: 200,
					proves: []string{"ECOEVENTS-09", "ECOEVENTS-10"}, wants: seen{"text": lacks("{key}"), "/text": absent},
				},
				{
					tells: "nor the export of the state", to: management, method: "GET", path: "/state/export", status: 200, proves: []string{"ECOEVENTS-09"},
					wants: seen{"text": lacks("{key}")},
				},
				{
					tells: "nor the audit log", to: management, method: "GET", path: "/audit", status: 200, proves: []string{"ECOEVENTS-09", "ECOEVENTS-48"},
					wants: seen{"text": all{has("{id}"), lacks("{key}")}},
				},
				{
					tells: "as bearer token it works", method: "GET", path: "/v1/events", as: "key", status: 200,
					proves: []string{"ECOEVENTS-01", "ECOEVENTS-27", "ECOEVENTS-29", "ECOEVENTS-30"}, wants: seen{"/data": entries(4)},
				},
				{
					tells: "not in the query", method: "GET", path: "/v1/events?api_key={key}&access_token={key}", as: nobody, status: 401,
					proves: []string{"ECOEVENTS-27", "ECOEVENTS-56"}, wants: seen{"/error/code": "missing_authorization"},
				},
				{
					tells: "nor in another header", method: "GET", path: "/v1/events", as: nobody, headers: head{"X-API-Key": "{key}"}, status: 401,
					proves: []string{"ECOEVENTS-27"}, wants: seen{"/error/code": "missing_authorization"},
				},
				{
					tells: "ten years later it is good", advance: 10 * 365 * 24 * time.Hour, method: "GET", path: "/v1/events", as: "key", status: 200,
					proves: []string{"ECOEVENTS-05", "ECOEVENTS-X02"}, wants: seen{"/data": entries(4)},
				},
				{
					tells: "its age is shown, with the advice to rotate it", to: management, method: "GET", path: "/keys/{id}", status: 200,
					proves: []string{"ECOEVENTS-39"}, wants: seen{"/age_days": 3650, "/warnings/0": has("rotate it")},
				},
			},
		},
		{
			contract: "ecoevents", tells: "sandbox and live data",
			steps: []step{
				{
					tells: "a test key", to: management, method: "POST", path: "/keys", body: `{"name":"Laptop","environment":"sandbox","scopes":["full_access"]}`,
					status: 201, proves: []string{"ECOEVENTS-43", "ECOEVENTS-G08"}, keep: kept{"test": "/text"},
					wants: seen{"/text": like(`^ek_test_[a-z0-9]{20}$`), "/environment": "sandbox"},
				},
				{
					tells: "makes an event", method: "POST", path: "/v1/events", as: "test", body: eventCafe, status: 201, proves: []string{"ECOEVENTS-43"},
					keep: kept{"trial": "/id"}, wants: seen{"/name": "Repair Café"},
				},
				{
					tells: "which it sees", method: "GET", path: "/v1/events/{trial}", as: "test", status: 200, proves: []string{"ECOEVENTS-44"},
					wants: seen{"/id": "{trial}"},
				},
				{
					tells: "and a live key does not", method: "GET", path: "/v1/events/{trial}", as: "ECOEVENTS_API_KEY", status: 404,
					proves: []string{"ECOEVENTS-44"}, wants: seen{"/error/code": like(`.`)},
				},
				{
					tells: "nor in its list", method: "GET", path: "/v1/events", as: "ECOEVENTS_API_KEY", status: 200, proves: []string{"ECOEVENTS-44"},
					wants: seen{"text": lacks("Repair Café")},
				},
				{
					tells: "a live event", method: "POST", path: "/v1/events", as: "ECOEVENTS_API_KEY", body: eventCafe, status: 201, keep: kept{"live": "/id"},
					wants: seen{"/name": "Repair Café"},
				},
				{
					tells: "is not in the sandbox", method: "GET", path: "/v1/events/{live}", as: "test", status: 404, proves: []string{"ECOEVENTS-44"},
					wants: seen{"/error/code": like(`.`)},
				},
				{
					tells: "nor in its list", method: "GET", path: "/v1/events?limit=100", as: "test", status: 200, proves: []string{"ECOEVENTS-44"},
					wants: seen{"text": lacks("{live}")},
				},
				{
					tells: "a login", method: "POST", path: "/v1/auth/login", body: ecoeventsLogin, status: 200, keep: kept{"jwt": "/accessToken"},
					wants: seen{"/tokenType": "Bearer"},
				},
				{
					tells: "sees live data", method: "GET", path: "/v1/events/{live}", as: "jwt", status: 200, proves: []string{"ECOEVENTS-G11"},
					wants: seen{"/id": "{live}"},
				},
				{
					tells: "and no other", method: "GET", path: "/v1/events/{trial}", as: "jwt", status: 404, proves: []string{"ECOEVENTS-G11"},
					wants: seen{"/error/code": like(`.`)},
				},
			},
		},
	}
}

const ecoeventsLogin = `{"email":"{ECOEVENTS_USER_EMAIL}","password":"{ECOEVENTS_USER_PASSWORD}"}`
