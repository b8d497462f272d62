package main

import "time"

// ecosireKeyStories are about keys as things that are made, changed, counted, rotated and ended.
func ecosireKeyStories() []story {
	return []story{
		{
			contract: "ecosire", tells: "the three scopes, and what each may do",
			steps: []step{
				{
					tells: "a read-only key", method: "POST", path: "/api-keys", body: `{"name":"Reader","scope":"read-only"}`, status: 201,
					proves: []string{"ECOSIRE-33"}, keep: kept{"reader": "/key"}, wants: seen{"/scope": "read-only"},
				},
				{
					tells: "a read-write key", method: "POST", path: "/api-keys", body: `{"name":"Writer","scope":"read-write"}`, status: 201,
					proves: []string{"ECOSIRE-33"}, keep: kept{"writer": "/key", "id": "/id"}, wants: seen{"/scope": "read-write"},
				},
				{
					tells: "an admin key", method: "POST", path: "/api-keys", body: `{"name":"Admin","scope":"admin"}`, status: 201, proves: []string{"ECOSIRE-33"},
					keep: kept{"admin": "/key"}, wants: seen{"/scope": "admin"},
				},
				{
					tells: "a fourth word is refused", method: "POST", path: "/api-keys", body: `{"name":"Odd","scope":"owner"}`, status: 422,
					proves: []string{"ECOSIRE-33"}, wants: seen{"/details": entries(1), "/details/0/field": "scope"},
				},
				{
					tells: "two words are refused", to: management, method: "POST", path: "/keys", body: `{"name":"Odd","scopes":["read-only","admin"]}`,
					status: 422, proves: []string{"ECOSIRE-33"}, wants: seen{"/code": "request_does_not_fit"},
				},

				{
					tells: "read-only reads", method: "GET", path: "/contacts", as: "reader", status: 200, proves: []string{"ECOSIRE-34"},
					wants: seen{"/data": entries(4)},
				},
				{
					tells: "with HEAD too", method: "HEAD", path: "/contacts", as: "reader", status: 200, proves: []string{"ECOSIRE-34"},
					wants: seen{"header Content-Type": has("application/json")},
				},
				{
					tells: "and does not write", method: "POST", path: "/contacts", as: "reader", body: contactAda, status: 403,
					proves: []string{"ECOSIRE-34", "ECOSIRE-77"}, wants: seen{"/statusCode": 403},
				},
				{
					tells: "or change", method: "PATCH", path: "/contacts/con_01HX8QK2V7", as: "reader", body: `{"lastName":"Other"}`, status: 403,
					proves: []string{"ECOSIRE-34"}, wants: seen{"/statusCode": 403},
				},
				{
					tells: "or delete", method: "DELETE", path: "/contacts/con_01HX8QK2V7", as: "reader", status: 403, proves: []string{"ECOSIRE-34"},
					wants: seen{"/statusCode": 403},
				},
				{
					tells: "nothing was created or deleted", method: "GET", path: "/contacts", as: "reader", status: 200, proves: []string{"ECOSIRE-34"},
					wants: seen{"/data": entries(4), "text": lacks("ada@analytical.example")},
				},

				{
					tells: "read-write writes", method: "POST", path: "/contacts", as: "writer", body: contactAda, status: 201, proves: []string{"ECOSIRE-35"},
					keep: kept{"contact": "/id"}, wants: seen{"/email": "ada@analytical.example"},
				},
				{tells: "and deletes", method: "DELETE", path: "/contacts/{contact}", as: "writer", status: 204, proves: []string{"ECOSIRE-35"}},
				{
					tells: "read-write manages no keys", as: "writer", status: 403, proves: []string{"ECOSIRE-35", "ECOSIRE-36", "ECOSIRE-G06a"},
					wants: seen{"/statusCode": 403}, tour: &tour{only: ecosireKeyOperations},
				},
				{
					tells: "nor does read-only", as: "reader", status: 403, proves: []string{"ECOSIRE-36", "ECOSIRE-G06a"}, wants: seen{"/statusCode": 403},
					tour: &tour{only: ecosireKeyOperations},
				},
				{
					tells: "read-write may call all others", as: "writer", proves: []string{"ECOSIRE-35"},
					tour: &tour{except: ecosireKeyOperations, open: []string{"*"}},
				},
				{
					tells: "an admin key lists keys", method: "GET", path: "/api-keys", as: "admin", status: 200, proves: []string{"ECOSIRE-36", "ECOSIRE-G06a"},
					wants: seen{"text": has("{id}")},
				},
				{
					tells: "reads one", method: "GET", path: "/api-keys/{id}", as: "admin", status: 200, proves: []string{"ECOSIRE-36", "ECOSIRE-G06a"},
					wants: seen{"/id": "{id}", "/name": "Writer"},
				},
				{
					tells: "makes one", method: "POST", path: "/api-keys", as: "admin", body: `{"name":"Made by a key","scope":"read-write"}`, status: 201,
					proves: []string{"ECOSIRE-36"}, keep: kept{"made": "/key", "madeID": "/id"}, wants: seen{"/scope": "read-write"},
				},
				{
					tells: "rotates it", method: "POST", path: "/api-keys/{madeID}/rotate", as: "admin", status: 201, proves: []string{"ECOSIRE-36"},
					keep: kept{"next": "/key", "nextID": "/id"}, wants: seen{"/key": other("{made}")},
				},
				{tells: "revokes it", method: "DELETE", path: "/api-keys/{nextID}", as: "admin", status: 204, proves: []string{"ECOSIRE-36"}},
				{
					tells: "which acts at once", method: "GET", path: "/contacts", as: "next", status: 401, proves: []string{"ECOSIRE-36"},
					wants: seen{"/statusCode": 401},
				},

				{
					tells: "scope belongs to the key: take the writer's away", method: "PATCH", path: "/api-keys/{id}", as: "admin", body: `{"scope":"read-only"}`,
					status: 200, proves: []string{"ECOSIRE-38", "ECOSIRE-36"}, wants: seen{"/scope": "read-only"},
				},
				{
					tells: "its next write is refused", method: "POST", path: "/contacts", as: "writer", body: contactGrace, status: 403,
					proves: []string{"ECOSIRE-38"}, wants: seen{"/statusCode": 403},
				},
				{tells: "an admin key is refused nowhere", as: "admin", proves: []string{"ECOSIRE-37"}, tour: &tour{open: []string{"*"}}},
			},
		},
		{
			contract: "ecosire", tells: "names and expiry of keys, shown once",
			steps: []step{
				{
					tells: "an empty name is refused", method: "POST", path: "/api-keys", body: `{"name":"","scope":"admin"}`, status: 422,
					proves: []string{"ECOSIRE-29"}, wants: seen{"/details/0/field": "name"},
				},
				{
					tells: "so is none", method: "POST", path: "/api-keys", body: `{"scope":"admin"}`, status: 422, proves: []string{"ECOSIRE-29"},
					wants: seen{"/details/0/field": "name"},
				},
				{
					tells: "a name, and an expiry date", method: "POST", path: "/api-keys",
					body: `{"name":"Until noon","scope":"read-only","expiresAt":"2026-03-02T12:00:00Z"}`, status: 201,
					proves: []string{"ECOSIRE-29", "ECOSIRE-30", "ECOSIRE-G18"}, keep: kept{"short": "/key", "id": "/id"},
					wants: seen{"/name": "Until noon", "/expiresAt": "2026-03-02T12:00:00Z"},
				},
				{
					tells: "the list shows the name and not the text", method: "GET", path: "/api-keys", status: 200,
					proves: []string{"ECOSIRE-29", "ECOSIRE-G18", "COMMON-06"},
					wants:  seen{"text": all{has("Until noon"), lacks("{short}"), lacks("{ECOSIRE_API_KEY}")}},
				},
				{
					tells: "nor does the key by itself", method: "GET", path: "/api-keys/{id}", status: 200, proves: []string{"ECOSIRE-G18"},
					wants: seen{"text": lacks("{short}"), "/name": "Until noon", "/key": absent},
				},
				{
					tells: "nor the management API, which shows its use beside the name", to: management, method: "GET", path: "/keys/{id}", status: 200,
					proves: []string{"ECOSIRE-29", "ECOSIRE-G18"}, wants: seen{"text": lacks("{short}"), "/name": "Until noon", "/usage/requests": 0},
				},
				{tells: "it works", method: "GET", path: "/contacts", as: "short", status: 200, proves: []string{"ECOSIRE-30"}, wants: seen{"/data": entries(4)}},
				{
					tells: "the audit log has the name, and no text", to: management, method: "GET", path: "/audit", status: 200,
					proves: []string{"ECOSIRE-29", "COMMON-06"}, wants: seen{"text": all{has(`"name":"Until noon"`), lacks("{short}")}},
				},
				{
					tells: "a second before noon it works", advance: 3*time.Hour - time.Second, method: "GET", path: "/contacts", as: "short", status: 200,
					proves: []string{"ECOSIRE-30", "COMMON-01"}, wants: seen{"/data": entries(4)},
				},
				{
					tells: "at noon it does not", advance: time.Second, method: "GET", path: "/contacts", as: "short", status: 401,
					proves: []string{"ECOSIRE-30", "ECOSIRE-76", "COMMON-01"}, wants: seen{"/statusCode": 401},
				},
				{
					tells: "a key without a date never ends", advance: 10 * 365 * 24 * time.Hour, method: "GET", path: "/contacts", as: "ECOSIRE_API_KEY",
					status: 200, proves: []string{"ECOSIRE-30"}, wants: seen{"/data": entries(4)},
				},
			},
		},
		{
			contract: "ecosire", tells: "rotation without downtime, and its 24 hours",
			steps: []step{
				{
					tells: "key A", method: "POST", path: "/api-keys", body: `{"name":"A","scope":"read-only"}`, status: 201, keep: kept{"A": "/key", "idA": "/id"},
					wants: seen{"/status": "active"},
				},
				{
					tells: "rotate it while it is in use: no request fails, of this key or another", method: "POST", path: "/api-keys/{idA}/rotate", status: 201,
					proves:  []string{"ECOSIRE-31"},
					traffic: &traffic{as: []string{"A", "A", "ECOSIRE_API_KEY"}, path: "/contacts?limit=1", times: 150, status: 200},
					keep:    kept{"B": "/key", "idB": "/id"}, wants: seen{"/key": other("{A}"), "/previousKeyValidUntil": like(`^2026-03-03T09:00:00(\.0+)?Z$`)},
				},
				{
					tells: "the new one works at once", method: "GET", path: "/contacts", as: "B", status: 200, proves: []string{"ECOSIRE-31"},
					wants: seen{"/data": entries(4)},
				},
				{
					tells: "an hour later B becomes C", advance: time.Hour, method: "POST", path: "/api-keys/{idB}/rotate", status: 201,
					proves: []string{"ECOSIRE-32"}, keep: kept{"C": "/key", "idC": "/id"}, wants: seen{"/key": other("{B}")},
				},
				{
					tells: "A until a second before its day is over", advance: 23*time.Hour - time.Second, method: "GET", path: "/contacts", as: "A", status: 200,
					proves: []string{"ECOSIRE-32", "COMMON-01"}, wants: seen{"/data": entries(4)},
				},
				{
					tells: "and no longer", advance: time.Second, method: "GET", path: "/contacts", as: "A", status: 401,
					proves: []string{"ECOSIRE-32", "COMMON-01"}, wants: seen{"/statusCode": 401},
				},
				{
					tells: "B has a deadline of its own: a second before", advance: time.Hour - time.Second, method: "GET", path: "/contacts", as: "B", status: 200,
					proves: []string{"ECOSIRE-32"}, wants: seen{"/data": entries(4)},
				},
				{
					tells: "and at it", advance: time.Second, method: "GET", path: "/contacts", as: "B", status: 401, proves: []string{"ECOSIRE-32"},
					wants: seen{"/statusCode": 401},
				},
				{
					tells: "C goes on", method: "GET", path: "/contacts", as: "C", status: 200, proves: []string{"ECOSIRE-31", "ECOSIRE-32"},
					wants: seen{"/data": entries(4)},
				},
				{tells: "rotate C", method: "POST", path: "/api-keys/{idC}/rotate", status: 201, keep: kept{"D": "/key"}, wants: seen{"/key": other("{C}")}},
				{tells: "C is in its grace", method: "GET", path: "/contacts", as: "C", status: 200, wants: seen{"/data": entries(4)}},
				{tells: "revoke C", method: "DELETE", path: "/api-keys/{idC}", status: 204, proves: []string{"ECOSIRE-32"}},
				{
					tells: "which ends it at once", method: "GET", path: "/contacts", as: "C", status: 401, proves: []string{"ECOSIRE-32"},
					wants: seen{"/statusCode": 401},
				},
				{tells: "and D works", method: "GET", path: "/contacts", as: "D", status: 200, proves: []string{"ECOSIRE-32"}, wants: seen{"/data": entries(4)}},
			},
		},
		{
			contract: "ecosire", tells: "the dashboard's part: make, list, change, rotate, revoke",
			steps: []step{
				{
					tells: "make", to: management, method: "POST", path: "/keys", body: `{"name":"Shop","environment":"production","scopes":["read-write"]}`,
					status: 201, proves: []string{"ECOSIRE-28"}, keep: kept{"shop": "/text", "id": "/id"}, wants: seen{"/name": "Shop"},
				},
				{
					tells: "list: it is there with its attributes", to: management, method: "GET", path: "/keys?environment=production", status: 200,
					proves: []string{"ECOSIRE-28"},
					wants: seen{
						"/total": 2, "/keys/1/id": "{id}", "/keys/1/name": "Shop", "/keys/1/scopes": same(`["read-write"]`), "/keys/1/environment": "production",
					},
				},
				{
					tells: "change", to: management, method: "PATCH", path: "/keys/{id}", body: `{"name":"Store"}`, status: 200, proves: []string{"ECOSIRE-28"},
					wants: seen{"/name": "Store"},
				},
				{
					tells: "rotate", to: management, method: "POST", path: "/keys/{id}/rotate", status: 201, proves: []string{"ECOSIRE-28"},
					keep: kept{"next": "/key/text", "nextID": "/key/id"}, wants: seen{"/key/text": other("{shop}"), "/key/name": "Store"},
				},
				{
					tells: "revoke", to: management, method: "DELETE", path: "/keys/{nextID}?confirm=true", status: 200, proves: []string{"ECOSIRE-28"},
					wants: seen{"/key/state": "revoked"},
				},
				{
					tells: "it is refused", method: "GET", path: "/contacts", as: "next", status: 401, proves: []string{"ECOSIRE-28"},
					wants: seen{"/statusCode": 401},
				},
			},
		},
	}
}

// ecosireKeyOperations manage keys.
var ecosireKeyOperations = []string{"listApiKeys", "createApiKey", "getApiKey", "updateApiKey", "revokeApiKey", "rotateApiKey"}
