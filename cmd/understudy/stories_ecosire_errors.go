package main

// The answer to a login that breaks two rules, as documented.
const twoFaults = `{"statusCode":422,"error":"Unprocessable Entity","message":"Validation failed",` +
	`"details":[{"field":"email","message":"Invalid email address"},{"field":"password","message":"Must be at least 8 characters"}]}`

const problemJSON = "application/problem+json, application/json;q=0.5"

// ecosireErrorStories are about statuses, the bodies of errors, and which of several faults is told.
func ecosireErrorStories() []story {
	return []story{
		{
			contract: "ecosire", tells: "statuses and the documented error body",
			steps: []step{
				{
					tells: "201 with what was created", method: "POST", path: "/contacts", body: contactAda, status: 201, proves: []string{"ECOSIRE-73"},
					keep:  kept{"id": "/id"},
					wants: seen{"/id": like(`^con_`), "/firstName": "Ada", "/email": "ada@analytical.example", "header Location": has("{id}")},
				},
				{tells: "200 for a read", method: "GET", path: "/contacts/{id}", status: 200, proves: []string{"ECOSIRE-72"}, wants: seen{"/firstName": "Ada"}},
				{
					tells: "200 for a change", method: "PATCH", path: "/contacts/{id}", body: `{"lastName":"King"}`, status: 200, proves: []string{"ECOSIRE-72"},
					wants: seen{"/lastName": "King", "/firstName": "Ada"},
				},
				{
					tells: "409 for the same unique value", method: "POST", path: "/contacts", body: contactAda, status: 409,
					proves: []string{"ECOSIRE-79", "ECOSIRE-86", "ECOSIRE-87"}, wants: seen{"/statusCode": 409, "/error": "Conflict", "/message": like(`.`)},
				},
				{
					tells: "204 without body and media type", method: "DELETE", path: "/contacts/{id}", status: 204, proves: []string{"ECOSIRE-74"},
					wants: seen{"text": like(`^$`), "header Content-Type": absent},
				},
				{
					tells: "404 for an unknown id", method: "GET", path: "/contacts/{id}", status: 404, proves: []string{"ECOSIRE-78", "ECOSIRE-86", "ECOSIRE-87"},
					wants: seen{"/statusCode": 404, "/error": "Not Found", "/message": like(`.`)},
				},
				{
					tells: "404 for an unknown route", method: "GET", path: "/nothing/here", status: 404, proves: []string{"ECOSIRE-78"},
					wants: seen{"/statusCode": 404},
				},
				{
					tells: "400 for JSON that cannot be read", method: "POST", path: "/contacts", body: `{`, status: 400,
					proves: []string{"ECOSIRE-75", "ECOSIRE-86", "ECOSIRE-87"}, wants: seen{"/statusCode": 400, "/error": "Bad Request", "/message": like(`.`)},
				},
				{
					tells: "400 for a parameter that cannot be read", method: "GET", path: "/contacts?limit=many", status: 400, proves: []string{"ECOSIRE-75"},
					wants: seen{"/statusCode": 400},
				},
				{
					tells: "422: two faults, the documented body", method: "POST", path: "/auth/login", body: `{"email":"nobody","password":"short"}`, status: 422,
					proves: []string{
						"ECOSIRE-80", "ECOSIRE-81", "ECOSIRE-82", "ECOSIRE-85", "ECOSIRE-86", "ECOSIRE-87", "ECOSIRE-X01", "ECOSIRE-X06", "ECOSIRE-X08",
					},
					wants: seen{"": same(twoFaults), "header Content-Type": has("application/json")},
				},
				{
					tells: "seven characters are too few", method: "POST", path: "/auth/login", body: `{"email":"ada@analytical.example","password":"1234567"}`,
					status: 422, proves: []string{"ECOSIRE-82"}, wants: seen{"/details": same(`[{"field":"password","message":"Must be at least 8 characters"}]`)},
				},
				{
					tells: "eight are enough, though wrong", method: "POST", path: "/auth/login", body: `{"email":"ada@analytical.example","password":"12345678"}`,
					status: 401, proves: []string{"ECOSIRE-82"}, wants: seen{"/details": absent, "/message": "Invalid email or password"},
				},
				{
					tells: "500 on command, without what is inside", method: "GET", path: "/contacts", headers: head{"Prefer": "code=500"}, status: 500,
					proves: []string{"ECOSIRE-84", "ECOSIRE-86", "ECOSIRE-87"},
					wants:  seen{"": same(`{"statusCode":500,"error":"Internal Server Error","message":"Internal server error"}`)},
				},
			},
		},
		{
			contract: "ecosire", tells: "the same errors for clients that prefer RFC 7807",
			steps: []step{
				{
					tells: "401", method: "GET", path: "/contacts", as: nobody, accept: problemJSON, status: 401,
					proves: []string{"ECOSIRE-85", "ECOSIRE-X01", "ECOSIRE-X06"},
					wants: seen{
						"header Content-Type": has("application/problem+json"), "/type": "about:blank", "/title": "Unauthorized", "/status": 401,
						"/detail": like(`.`), "/code": "UNAUTHORIZED", "/statusCode": 401, "/error": "Unauthorized",
					},
				},
				{
					tells: "404", method: "GET", path: "/contacts/con_0000000000", accept: problemJSON, status: 404,
					proves: []string{"ECOSIRE-85", "ECOSIRE-X01", "ECOSIRE-X06"},
					wants: seen{
						"header Content-Type": has("application/problem+json"), "/title": "Not Found", "/status": 404, "/detail": like(`.`), "/code": "NOT_FOUND",
						"/message": like(`.`),
					},
				},
				{
					tells: "422", method: "POST", path: "/auth/login", body: `{"email":"nobody","password":"short"}`, accept: problemJSON, status: 422,
					proves: []string{"ECOSIRE-85", "ECOSIRE-X01", "ECOSIRE-X06", "ECOSIRE-X08"},
					wants: seen{
						"header Content-Type": has("application/problem+json"), "/title": "Unprocessable Entity", "/status": 422, "/code": "VALIDATION_FAILED",
						"/error": "Unprocessable Entity", "/details": entries(2),
					},
				},
			},
		},
		{
			contract: "ecosire", tells: "of several faults, the first in the order of checks is told", setting: setting{twice: true},
			steps: []step{
				{
					tells: "a key that only reads", method: "POST", path: "/api-keys", body: `{"name":"Reader","scope":"read-only"}`, status: 201,
					keep: kept{"reader": "/key"}, wants: seen{"/scope": "read-only"},
				},
				{
					tells: "unknown route, no credential: 404", method: "POST", path: "/nothing", as: nobody, body: `{`, status: 404, proves: []string{"COMMON-04"},
					wants: seen{"/statusCode": 404},
				},
				{
					tells: "wrong method, no credential: 405", method: "PUT", path: "/contacts", as: nobody, body: `{`, status: 405, proves: []string{"COMMON-04"},
					wants: seen{"header Allow": has("GET")},
				},
				{
					tells: "no credential, broken body: 401", method: "POST", path: "/contacts", as: nobody, body: `{`, status: 401,
					proves: []string{"COMMON-04", "COMMON-05"}, wants: seen{"/statusCode": 401},
				},
				{
					tells: "scope too small, broken body: 403", method: "POST", path: "/contacts", as: "reader", body: `{`, status: 403,
					proves: []string{"COMMON-04"}, wants: seen{"/statusCode": 403},
				},
				{
					tells: "broken body, unknown id: 400", method: "PATCH", path: "/contacts/con_0000000000", body: `{`, status: 400, proves: []string{"COMMON-04"},
					wants: seen{"/statusCode": 400},
				},
				{
					tells: "field rules broken, unknown id: 422", method: "PATCH", path: "/contacts/con_0000000000", body: `{"email":"nobody"}`, status: 422,
					proves: []string{"COMMON-04"}, wants: seen{"/statusCode": 422},
				},
				{
					tells: "good body, unknown id: 404", method: "PATCH", path: "/contacts/con_0000000000", body: `{"lastName":"King"}`, status: 404,
					proves: []string{"COMMON-04"}, wants: seen{"/statusCode": 404},
				},
				{
					tells: "no credential: nothing is created", method: "POST", path: "/contacts", as: nobody, body: contactAda, status: 401,
					proves: []string{"COMMON-05"}, wants: seen{"/statusCode": 401},
				},
				{
					tells: "nothing changed", method: "PATCH", path: "/contacts/con_01HX8QK2V7", as: nobody, body: `{"lastName":"Other"}`, status: 401,
					proves: []string{"COMMON-05"}, wants: seen{"/statusCode": 401},
				},
				{
					tells: "nothing deleted", method: "DELETE", path: "/contacts/con_01HX8QK2V7", as: nobody, status: 401, proves: []string{"COMMON-05"},
					wants: seen{"/statusCode": 401},
				},
				{
					tells: "all is as before", method: "GET", path: "/contacts", status: 200, proves: []string{"COMMON-05"},
					wants: seen{"/data": entries(4), "text": all{has(`"lastName":"Okafor"`), lacks("ada@analytical.example"), lacks(`"lastName":"Other"`)}},
				},
				{
					tells: "the journal hides what was sent and issued", to: management, method: "GET", path: "/journal?bodies=true", status: 200,
					proves: []string{"COMMON-06"}, wants: seen{"text": all{has("/api/api-keys"), lacks("{ECOSIRE_API_KEY}"), lacks("{reader}")}},
				},
			},
		},
	}
}
