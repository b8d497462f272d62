package main

import "time"

// keyExchange shows a key where a token is to be exchanged (RFC 8693, 2.1).
const keyExchange = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange" +
	"&subject_token={ECOSIRE_API_KEY|form}&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token" +
	"&client_id={ECOSIRE_CLIENT_ID|form}&client_secret={ECOSIRE_CLIENT_SECRET|form}"

// ecosireFaultStories are about trouble on command, and the page that tells of it.
func ecosireFaultStories() []story {
	return []story{
		{
			contract: "ecosire", tells: "trouble on command",
			steps: []step{
				order("a 429 that says how long to wait", `{"kind":"status","status":429,"headers":{"Retry-After":"7"},"times":1}`),
				{
					tells: "429", method: "GET", path: "/contacts", status: 429, proves: []string{"ECOSIRE-13", "ECOSIRE-83"},
					wants: seen{"": same(tooManyRequests), retryHeader: "7"},
				},
				order("a failure", `{"kind":"status","status":500,"times":1}`),
				{
					tells: "500, in the same shape, without what is inside", method: "GET", path: "/contacts", status: 500, proves: []string{"ECOSIRE-13", "ECOSIRE-84"},
					wants: seen{
						"": same(`{"statusCode":500,"error":"Internal Server Error","message":"Internal server error"}`), "header Content-Type": has("application/json"),
					},
				},
				order("a failure for one operation", `{"name":"create","kind":"status","status":500,"operations":["createContact"],"times":1}`),
				{tells: "others are spared", method: "GET", path: "/contacts", status: 200, proves: []string{"ECOSIRE-84"}, wants: seen{"/data": entries(4)}},
				{
					tells: "500 for those who prefer RFC 7807", method: "POST", path: "/contacts", body: contactAda, accept: problemJSON, status: 500,
					proves: []string{"ECOSIRE-84"}, wants: seen{"header Content-Type": has("application/problem+json"), "/status": 500, "/code": "INTERNAL_ERROR"},
				},
				{tells: "it was not carried out", method: "GET", path: "/contacts", status: 200, proves: []string{"ECOSIRE-84"}, wants: seen{"/data": entries(4)}},
				order("a connection that breaks", `{"kind":"reset","times":1}`),
				{tells: "no answer", method: "GET", path: "/contacts", breaks: true, proves: []string{"ECOSIRE-13"}},
				order("one that breaks behind the effect", `{"kind":"drop","times":1}`),
				{tells: "no answer", method: "POST", path: "/contacts", body: contactAda, breaks: true, proves: []string{"ECOSIRE-13"}},
				{tells: "it was carried out", method: "GET", path: "/contacts", status: 200, proves: []string{"ECOSIRE-13"}, wants: seen{"/data": entries(5)}},
			},
		},
		{
			contract: "ecosire", tells: "an outage, from its begin to its end",
			steps: []step{
				{
					tells: "all is well", method: "GET", path: "/status", as: nobody, status: 200, proves: []string{"ECOSIRE-101"},
					wants: seen{"": same(`{"incidents":[],"status":"operational","updated_at":"2026-03-02T09:00:00Z"}`), "header Content-Type": has("application/json")},
				},
				{
					tells: "order an outage of ten minutes, in one minute", to: management, method: "POST", path: "/faults", status: 201, proves: []string{"ECOSIRE-101"},
					body:  `{"name":"down","kind":"status","status":503,"headers":{"Retry-After":"600"},"outage":"The API is down","from":"1m","until":"11m"}`,
					wants: seen{"/state": "waiting"},
				},
				{
					tells: "before it", advance: 59 * time.Second, method: "GET", path: "/contacts", status: 200, proves: []string{"ECOSIRE-101"}, wants: seen{"/data": entries(4)},
				},
				{
					tells: "nothing is told", method: "GET", path: "/status", as: nobody, status: 200, proves: []string{"ECOSIRE-101"},
					wants: seen{"/status": "operational", "/incidents": entries(0)},
				},
				{
					tells: "it begins", advance: time.Second, method: "GET", path: "/contacts", status: 503, proves: []string{"ECOSIRE-101"},
					wants: seen{"/statusCode": 503, "/message": like(`.`), retryHeader: "600"},
				},
				{
					tells: "and is told", method: "GET", path: "/status", as: nobody, status: 200, proves: []string{"ECOSIRE-101"},
					wants: seen{
						"/status": "outage", "/incidents": entries(1), "/incidents/0/title": "The API is down", "/incidents/0/impact": "outage",
						"/incidents/0/began_at": "2026-03-02T09:01:00Z", "/incidents/0/ended_at": nil,
					},
				},
				{
					tells: "a second before its end", advance: 10*time.Minute - time.Second, method: "GET", path: "/contacts", status: 503, proves: []string{"ECOSIRE-101"},
					wants: seen{"/statusCode": 503},
				},
				{
					tells: "it is over", advance: time.Second, method: "GET", path: "/contacts", status: 200, proves: []string{"ECOSIRE-101"}, wants: seen{"/data": entries(4)},
				},
				{
					tells: "and stays in the history", method: "GET", path: "/status", as: nobody, status: 200, proves: []string{"ECOSIRE-101"},
					wants: seen{
						"/status": "operational", "/incidents": entries(1), "/incidents/0/began_at": "2026-03-02T09:01:00Z", "/incidents/0/ended_at": "2026-03-02T09:11:00Z",
					},
				},
				order("an outage without an end, of one operation", `{"name":"slow","kind":"status","status":500,"operations":["listOrders"],"outage":"Orders fail"}`),
				{
					tells: "the service is degraded", method: "GET", path: "/status", as: nobody, status: 200, proves: []string{"ECOSIRE-101"},
					wants: seen{
						"/status": "degraded", "/incidents": entries(2), "/incidents/0/title": "Orders fail", "/incidents/0/operations": same(`["listOrders"]`),
						"/incidents/0/ended_at": nil,
					},
				},
				{tells: "take it back", advance: time.Minute, to: management, method: "DELETE", path: "/faults/slow", status: 204, proves: []string{"ECOSIRE-101"}},
				{
					tells: "which closes it", method: "GET", path: "/status", as: nobody, status: 200, proves: []string{"ECOSIRE-101"},
					wants: seen{"/status": "operational", "/incidents": entries(2), "/incidents/0/ended_at": "2026-03-02T09:12:00Z"},
				},
			},
		},
	}
}

// ecosirePageStories are about the description, the page to try it, and what keys are not exchanged for.
func ecosirePageStories() []story {
	return []story{
		{
			contract: "ecosire", tells: "the description, and the page to try it",
			steps: []step{
				{
					tells: "the whole description", method: "GET", path: "/openapi.json", as: nobody, status: 200,
					proves: []string{"ECOSIRE-05", "ECOSIRE-06", "ECOSIRE-07", "ECOSIRE-G01"}, keep: kept{"server": "/servers/0/url"},
					wants: seen{
						"text": describes(22), "header Content-Type": has("application/json"), "/openapi": like(`^3\.0\.`), "/info/title": like(`.`), "/paths": entries(16),
						"/paths/~1auth~1login/post/operationId": like(`.`), "/paths/~1contacts/get/operationId": like(`.`),
						"/paths/~1support/post/operationId": like(`.`), "/paths/~1crm~1capture/post/operationId": like(`.`),
						"/paths/~1ecosire-ai~1ask/post/operationId": like(`.`), "/paths/~1licenses~1validate/post/operationId": like(`.`),
						"/paths/~1licenses~1activate/post/operationId": like(`.`), "/paths/~1newsletter~1subscribe/post/operationId": like(`.`),
						"/paths/~1api-keys~1{id}~1rotate/post/operationId": like(`.`),
						"/servers/0/url": like(`^http://127\.0\.0\.1:\d+/api$`),
					},
				},
				{
					tells: "the page loads it, and nothing from other hosts", method: "GET", path: "/docs", as: nobody, status: 200, proves: []string{"ECOSIRE-07", "ECOSIRE-G01"},
					wants: seen{
						"header Content-Type": has("text/html"),
						"text": all{
							has(`"/api/openapi.json"`), has(`src="/api/docs/swagger-ui-bundle.js"`), has(`tryItOutEnabled`), lacks(`="https://`), lacks(`="http://`),
							lacks(`="//`),
						},
					},
				},
				{
					tells: "what makes it a page comes from here", method: "HEAD", path: "/docs/swagger-ui-bundle.js", as: nobody, status: 200, proves: []string{"ECOSIRE-07"},
					wants: seen{"header Content-Type": has("javascript")},
				},
				{
					tells: "its style too", method: "GET", path: "/docs/swagger-ui.css", as: nobody, status: 200, proves: []string{"ECOSIRE-07"},
					wants: seen{"header Content-Type": has("css")},
				},
				{
					tells: "the address that it sends to is its own origin: a browser asks for nothing before", to: wherever, method: "OPTIONS", path: "{server}/contacts",
					as: nobody, status: 204, proves: []string{"ECOSIRE-08"}, wants: seen{"header Allow": all{has("GET"), has("POST")}},
				},
				{
					tells: "try it: a live request, as the page sends it", to: wherever, method: "POST", path: "{server}/contacts", as: nobody, body: contactAda,
					headers: head{"Authorization": "Bearer {ECOSIRE_API_KEY}", "Referer": "{server}/docs", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"},
					status:  201, proves: []string{"ECOSIRE-08"}, keep: kept{"id": "/id"}, wants: seen{"/email": "ada@analytical.example"},
				},
				{
					tells: "it had its effect", method: "GET", path: "/contacts/{id}", status: 200, proves: []string{"ECOSIRE-08"}, wants: seen{"/firstName": "Ada"},
				},
				{
					tells: "and stands in the journal", to: management, method: "GET", path: "/journal?operation=createContact", status: 200, proves: []string{"ECOSIRE-08"},
					wants: seen{
						"/entries": entries(1), "/entries/0/request/method": "POST", "/entries/0/request/url": has("/api/contacts"), "/entries/0/response/status": 201,
						"/entries/0/request/headers/Referer/0": has("/docs"), "text": lacks("{ECOSIRE_API_KEY}"),
					},
				},
			},
		},
		{
			contract: "ecosire", tells: "a key is used as it is: nothing exchanges it for a token",
			steps: []step{
				{
					tells: "the key itself", method: "GET", path: "/contacts", as: "ECOSIRE_API_KEY", status: 200, proves: []string{"ECOSIRE-X02"}, wants: seen{"/data": entries(4)},
				},
				{
					tells: "no route for it", method: "POST", path: "/auth/token", body: `{"apiKey":"{ECOSIRE_API_KEY}"}`, status: 404, proves: []string{"ECOSIRE-X02"},
					wants: seen{"/statusCode": 404, "/token": absent},
				},
				{
					tells: "nor this one", method: "POST", path: "/auth/api-key", body: `{"apiKey":"{ECOSIRE_API_KEY}"}`, status: 404, proves: []string{"ECOSIRE-X02"},
					wants: seen{"/statusCode": 404, "/token": absent},
				},
				{
					tells: "the login takes no key", method: "POST", path: "/auth/login", body: `{"apiKey":"{ECOSIRE_API_KEY}"}`, status: 422, proves: []string{"ECOSIRE-X02"},
					wants: seen{"/details": entries(2), "/token": absent},
				},
				{
					tells: "nor does the provider, which exchanges tokens", to: atRoot, method: "POST", path: "/application/o/token/", as: nobody, contentType: "application/x-www-form-urlencoded",
					body:   keyExchange,
					status: 400, proves: []string{"ECOSIRE-X02"},
					wants: seen{"/error": "invalid_request", "/error_description": has("subject_token is unknown"), "/access_token": absent},
				},
				{
					tells: "a token comes from the login", method: "POST", path: "/auth/login", body: ecosireLogin, status: 200, proves: []string{"ECOSIRE-X02"},
					wants: seen{"/token": like(threeParts)},
				},
			},
		},
	}
}
