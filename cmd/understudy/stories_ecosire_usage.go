package main

import "time"

// ecosireUsageStories are about what is counted for a key, whose data it sees, and what is written down.
func ecosireUsageStories() []story {
	return []story{
		{
			contract: "ecosire", tells: "what is counted for a key",
			steps: []step{
				{
					tells: "a new key", method: "POST", path: "/api-keys", body: `{"name":"Counted","scope":"read-write","environment":"staging"}`, status: 201,
					keep: kept{"counted": "/key", "id": "/id"}, wants: seen{"/name": "Counted"},
				},
				{
					tells: "was never used", method: "GET", path: "/api-keys/{id}", status: 200, proves: []string{"ECOSIRE-39", "ECOSIRE-41"},
					wants: seen{"/requestCount": 0, "/errorCount": 0, "/lastUsedAt": nil},
				},
				{tells: "a good call", method: "GET", path: "/contacts", as: "counted", status: 200, wants: seen{"/data": like(`^\[`)}},
				{tells: "another", advance: time.Minute, method: "GET", path: "/contacts", as: "counted", status: 200, wants: seen{"/data": like(`^\[`)}},
				{tells: "a third", advance: time.Minute, method: "GET", path: "/contacts", as: "counted", status: 200, wants: seen{"/data": like(`^\[`)}},
				{
					tells: "and one that fails", advance: time.Minute, method: "GET", path: "/contacts/con_0000000000", as: "counted", status: 404,
					wants: seen{"/statusCode": 404},
				},
				{
					tells: "four requests, a quarter of them errors, the last at 09:03", advance: time.Minute, method: "GET", path: "/api-keys/{id}", status: 200,
					proves: []string{"ECOSIRE-39", "ECOSIRE-40", "ECOSIRE-41", "ECOSIRE-G07a"},
					wants:  seen{"/requestCount": 4, "/errorCount": 1, "/errorRate": "0.25", "/lastUsedAt": like(`^2026-03-02T09:03:00(\.0+)?Z$`)},
				},
				{
					tells: "the listing holds all three for each key", method: "GET", path: "/api-keys?limit=100", status: 200, proves: []string{"ECOSIRE-42"},
					wants: seen{
						"/data": entries(4), "/data/0/requestCount": like(`^\d+$`), "/data/0/errorRate": like(`^[0-9.]+$`), "/data/0/lastUsedAt": like(`.`),
						"text": all{has(`"requestCount":4`), has(`"errorRate":0.25`), has("2026-03-02T09:03:00")},
					},
				},
				{
					tells: "split by kind of error, and for the last day", to: management, method: "GET", path: "/keys/{id}", status: 200,
					proves: []string{"ECOSIRE-40", "ECOSIRE-G07a"},
					wants: seen{
						"/usage/client_errors": 1, "/usage/server_errors": 0, "/usage/limited": 0, "/usage/day_requests": 4, "/usage/day_errors": 1,
						"/usage/day_error_rate": "0.25",
					},
				},
				{
					tells: "a refused call counts as well", method: "GET", path: "/api-keys", as: "counted", status: 403, proves: []string{"ECOSIRE-39"},
					wants: seen{"/statusCode": 403},
				},
				{
					tells: "by exactly one", method: "GET", path: "/api-keys/{id}", status: 200, proves: []string{"ECOSIRE-39"},
					wants: seen{"/requestCount": 5, "/errorCount": 2},
				},
				{
					tells: "a day later the day's figures begin anew", advance: 25 * time.Hour, to: management, method: "GET", path: "/keys/{id}", status: 200,
					proves: []string{"ECOSIRE-G07a"}, wants: seen{"/usage/requests": 5, "/usage/day_requests": 0, "/usage/day_error_rate": 0},
				},
			},
		},
		{
			contract: "ecosire", tells: "environments: keys of their own, data of their own",
			steps: []step{
				{
					tells: "a development key", method: "POST", path: "/api-keys", body: `{"name":"Laptop","scope":"read-write","environment":"development"}`,
					status: 201, proves: []string{"ECOSIRE-43", "ECOSIRE-G04"}, keep: kept{"laptop": "/key"},
					wants: seen{"/environment": "development", "/key": like(`^ecos_test_[A-Za-z0-9]{32}$`)},
				},
				{
					tells: "a staging key", method: "POST", path: "/api-keys", body: `{"name":"Stage","scope":"read-write","environment":"staging"}`, status: 201,
					proves: []string{"ECOSIRE-43", "ECOSIRE-G04"}, keep: kept{"stage": "/key"},
					wants: seen{"/environment": "staging", "/key": like(`^ecos_test_[A-Za-z0-9]{32}$`)},
				},
				{
					tells: "a production key", method: "POST", path: "/api-keys", body: `{"name":"Shop","scope":"read-write","environment":"production"}`,
					status: 201, proves: []string{"ECOSIRE-43", "ECOSIRE-G04"}, keep: kept{"shop": "/key"},
					wants: seen{"/environment": "production", "/key": like(`^ecos_live_[A-Za-z0-9]{32}$`)},
				},
				{
					tells: "something made in development", method: "POST", path: "/contacts", as: "laptop", body: contactAda, status: 201,
					keep: kept{"dev": "/id"}, wants: seen{"/email": "ada@analytical.example"},
				},
				{
					tells: "is there in development", method: "GET", path: "/contacts/{dev}", as: "laptop", status: 200, proves: []string{"ECOSIRE-43"},
					wants: seen{"/id": "{dev}"},
				},
				{
					tells: "and not in production", method: "GET", path: "/contacts/{dev}", as: "shop", status: 404, proves: []string{"ECOSIRE-43"},
					wants: seen{"/statusCode": 404},
				},
				{
					tells: "nor in its list", method: "GET", path: "/contacts", as: "shop", status: 200, proves: []string{"ECOSIRE-43"},
					wants: seen{"text": lacks("ada@analytical.example")},
				},
				{
					tells: "nor in staging", method: "GET", path: "/contacts/{dev}", as: "stage", status: 404, proves: []string{"ECOSIRE-43"},
					wants: seen{"/statusCode": 404},
				},
				{
					tells: "something made in production", method: "POST", path: "/contacts", as: "shop", body: contactGrace, status: 201,
					keep: kept{"live": "/id"}, wants: seen{"/email": "grace@compiler.example"},
				},
				{
					tells: "is not in development", method: "GET", path: "/contacts/{live}", as: "laptop", status: 404, proves: []string{"ECOSIRE-43"},
					wants: seen{"/statusCode": 404},
				},
				{
					tells: "the same address twice is no conflict across environments", method: "POST", path: "/contacts", as: "shop", body: contactAda,
					status: 201, proves: []string{"ECOSIRE-G04"}, wants: seen{"/email": "ada@analytical.example"},
				},
			},
		},
		{
			contract: "ecosire", tells: "the audit log of production keys",
			steps: []step{
				{
					tells: "a production key", to: management, method: "POST", path: "/keys",
					body: `{"name":"Audited","environment":"production","scopes":["read-only"]}`, status: 201, keep: kept{"audited": "/text", "id": "/id"},
					wants: seen{"/environment": "production"},
				},
				{
					tells: "a development key", to: management, method: "POST", path: "/keys", body: `{"name":"Not audited","environment":"development","scopes":["read-only"]}`,
					status: 201, keep: kept{"dev": "/text"}, wants: seen{"/environment": "development"},
				},
				{
					tells: "the log so far", to: management, method: "GET", path: "/audit?limit=1", status: 200, keep: kept{"last": "/entries/0/id"},
					wants: seen{"/entries": entries(1)},
				},
				{tells: "a request", method: "GET", path: "/contacts?limit=1", as: "audited", status: 200, wants: seen{"/data": entries(1)}},
				{tells: "one in development", method: "GET", path: "/contacts?limit=1", as: "dev", status: 200, wants: seen{"/data": entries(1)}},
				{
					tells: "one that finds nothing", advance: time.Minute, method: "GET", path: "/contacts/con_0000000000", as: "audited", status: 404,
					wants: seen{"/statusCode": 404},
				},
				{
					tells: "one that is refused", advance: time.Minute, method: "DELETE", path: "/contacts/con_01HX8QK2V7", as: "audited", status: 403,
					wants: seen{"/statusCode": 403},
				},
				{
					tells: "three entries, in order, without a secret", to: management, method: "GET", path: "/audit?after={last}", status: 200,
					proves: []string{"ECOSIRE-44", "COMMON-06"},
					wants: seen{
						"/entries": entries(3), "text": lacks("{audited}"), "/entries/0/at": "2026-03-02T09:00:00Z", "/entries/0/credential": "{id}",
						"/entries/0/name": "Audited", "/entries/0/method": "GET", "/entries/0/path": "/api/contacts", "/entries/0/status": 200,
						"/entries/0/request": like(`^\d+$`), "/entries/1/at": "2026-03-02T09:01:00Z", "/entries/1/credential": "{id}", "/entries/1/status": 404,
						"/entries/1/path": "/api/contacts/con_0000000000", "/entries/2/at": "2026-03-02T09:02:00Z", "/entries/2/credential": "{id}",
						"/entries/2/status": 403, "/entries/2/method": "DELETE", "/entries/2/result": like(`scope`),
					},
				},
				{tells: "revoke it", to: management, method: "DELETE", path: "/keys/{id}?confirm=true", status: 200, wants: seen{"/key/state": "revoked"}},
				{tells: "its next request is refused", method: "GET", path: "/contacts", as: "audited", status: 401, wants: seen{"/statusCode": 401}},
				{
					tells: "and written down too", to: management, method: "GET", path: "/audit?limit=1", status: 200, proves: []string{"ECOSIRE-44"},
					wants: seen{"/entries/0/credential": "{id}", "/entries/0/status": 401, "/entries/0/name": "Audited"},
				},
				{
					tells: "the log can be taken away, one entry a line", to: management, method: "GET", path: "/audit?format=jsonl", status: 200,
					proves: []string{"ECOSIRE-G18"},
					wants: seen{
						"header Content-Type": "application/x-ndjson", "text": all{like(`(?m)^\{"id":1,.*\}$`), has(`"name":"Audited"`), lacks("{audited}")},
					},
				},
			},
		},
	}
}
