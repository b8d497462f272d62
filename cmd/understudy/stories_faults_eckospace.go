package main

import "strings"

// longKey is one character longer than an idempotency key may be.
var longKey = strings.Repeat("k", 256)

const (
	listingTrailer = `{"title":"Cargo bike trailer","description":"Up to 60 kg.","category":"vehicles","price_cents":18500,"currency":"EUR","city":"Utrecht"}`
	routeUnknown   = `^The route .+ could not be found\.$`
)

// order is a step that orders a fault.
func order(tells, fault string) step {
	return step{tells: tells, to: management, method: "POST", path: "/faults", body: fault, status: 201, wants: seen{"/state": "active"}}
}

// eckospaceFaultStories are about trouble on command, and about modules that are switched off.
func eckospaceFaultStories() []story {
	return []story{
		{
			contract: "eckospace", tells: "trouble on command",
			steps: []step{
				order("twice 429, then 500, 503 and a reset", `{"kind":"status","status":429,"headers":{"Retry-After":"7"},"times":2}`),
				order("500", `{"kind":"status","status":500,"times":1}`),
				order("503", `{"kind":"status","status":503,"headers":{"Retry-After":"30"},"times":1}`),
				order("a connection that is reset", `{"kind":"reset","times":1}`),
				{
					tells: "429", method: "GET", path: "/api/posts", status: 429, proves: []string{"ECKOSPACE-36"},
					wants: seen{"": same(tooManyAttempts), retryHeader: "7"},
				},
				{tells: "429 again", method: "GET", path: "/api/posts", status: 429, proves: []string{"ECKOSPACE-36"}, wants: seen{retryHeader: "7"}},
				{
					tells: "500", method: "GET", path: "/api/posts", status: 500, proves: []string{"ECKOSPACE-36", "ECKOSPACE-38", "ECKOSPACE-G04"},
					wants: seen{"": same(`{"message":"Server Error"}`)},
				},
				{
					tells: "503", method: "GET", path: "/api/posts", status: 503, proves: []string{"ECKOSPACE-36", "ECKOSPACE-38"},
					wants: seen{"": same(`{"message":"Service Unavailable"}`), retryHeader: "30"},
				},
				{tells: "nothing", method: "GET", path: "/api/posts", breaks: true, proves: []string{"ECKOSPACE-36", "ECKOSPACE-38"}},
				{tells: "then all is well", method: "GET", path: "/api/posts", status: 200, proves: []string{"ECKOSPACE-36"}, wants: seen{"/data": entries(3)}},
				order("JSON that breaks off", `{"kind":"malformed-json","times":1}`),
				{
					tells: "200, and no JSON", method: "GET", path: "/api/posts", status: 200, proves: []string{"ECKOSPACE-38"},
					wants: seen{"header Content-Type": has("application/json"), "text": like(`^\{.*,$`), "": absent},
				},
				order("an HTML page", `{"kind":"status","status":502,"media_type":"text/html","body":"<h1>Bad Gateway</h1>","times":1}`),
				{
					tells: "502 with a page", method: "GET", path: "/api/posts", status: 502, proves: []string{"ECKOSPACE-38"},
					wants: seen{"header Content-Type": has("text/html"), "text": "<h1>Bad Gateway</h1>"},
				},
				order("an empty body", `{"kind":"status","status":500,"body":"","media_type":"application/json","times":1}`),
				{
					tells: "500 with nothing in it", method: "GET", path: "/api/posts", status: 500, proves: []string{"ECKOSPACE-38"}, wants: seen{"text": like(`^$`)},
				},
				order("a body that is cut", `{"kind":"truncated-body","times":1}`),
				{tells: "200 and half a body", method: "GET", path: "/api/posts", status: 200, breaks: true, proves: []string{"ECKOSPACE-38"}},
				order("a connection that is closed without a byte", `{"kind":"empty","times":1}`),
				{tells: "nothing at all", method: "GET", path: "/api/posts", breaks: true, proves: []string{"ECKOSPACE-38"}},
				order("each error class", `{"kind":"status","status":400,"times":1}`),
				{tells: "400", method: "GET", path: "/api/posts", status: 400, proves: []string{"ECKOSPACE-38"}, wants: seen{"/message": like(`.`)}},
				order("401", `{"kind":"status","status":401,"times":1}`),
				{tells: "401", method: "GET", path: "/api/posts", status: 401, proves: []string{"ECKOSPACE-38"}, wants: unauthenticated},
				order("403", `{"kind":"status","status":403,"times":1}`),
				{
					tells: "403", method: "GET", path: "/api/posts", status: 403, proves: []string{"ECKOSPACE-38"},
					wants: seen{"": same(`{"message":"This action is unauthorized."}`)},
				},
				order("404", `{"kind":"status","status":404,"times":1}`),
				{tells: "404", method: "GET", path: "/api/posts", status: 404, proves: []string{"ECKOSPACE-38"}, wants: seen{"/message": like(routeUnknown)}},
				order("419", `{"kind":"status","status":419,"times":1}`),
				{
					tells: "419", method: "GET", path: "/api/posts", status: 419, proves: []string{"ECKOSPACE-38"}, wants: seen{"": same(`{"message":"CSRF token mismatch."}`)},
				},
				order("422", `{"kind":"status","status":422,"times":1}`),
				{tells: "422", method: "GET", path: "/api/posts", status: 422, proves: []string{"ECKOSPACE-38"}, wants: seen{"/message": like(`.`)}},
				{tells: "and all is well again", method: "GET", path: "/api/posts", status: 200, proves: []string{"ECKOSPACE-38"}, wants: seen{"/data": entries(3)}},
				{
					tells: "the journal says that it was ordered", to: management, method: "GET", path: "/journal?status=502", status: 200, proves: []string{"ECKOSPACE-38"},
					wants: seen{"/entries": entries(1), "/entries/0/trace/source": "fault"},
				},
			},
		},
		{
			contract: "eckospace", tells: "modules that are switched off, and on again",
			steps: moduleSteps([][3]string{
				{"translations", "GET", "/api/translations/app?locale=en"},
				{"posts-media", "GET", "/api/posts"},
				{"chat-notifications", "GET", "/api/notifications"},
				{"marketplace-jobs", "GET", "/api/jobs"},
				{"analytics-ads", "GET", "/api/analytics/summary"},
				{"payments", "POST", "/payment/stripe/webhook"},
				{"social-login", "GET", "/social-login/redirect/google"},
			}),
		},
	}
}

// moduleSteps switch modules off and on; {module, method, path}.
func moduleSteps(modules [][3]string) []step {
	list := []step{{
		tells: "there are seven", to: management, method: "GET", path: "/modules", status: 200, proves: []string{"ECKOSPACE-09"},
		wants: seen{"/modules": entries(7), "text": lacks(`"on":false`)},
	}}
	for i, m := range modules {
		name, method, path := m[0], m[1], m[2]
		others := modules[(i+1)%len(modules)]
		route, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "?")
		status := map[string]int{"payments": 403, "social-login": 302}
		on := status[name]
		if on == 0 {
			on = 200
		}
		list = append(list,
			step{
				tells: name + " is on", method: method, path: path, status: on, proves: []string{"ECKOSPACE-09"}, wants: seen{"text": lacks("could not be found")},
			},
			step{
				tells: "switch " + name + " off", to: management, method: "PUT", path: "/modules/" + name, body: `{"on":false}`, status: 200,
				proves: []string{"ECKOSPACE-09"}, wants: seen{"/on": false},
			},
			step{
				tells: name + " is off", method: method, path: path, headers: head{"Authorization": "Bearer {ECKOSPACE_TOKEN}"}, status: 404, proves: []string{"ECKOSPACE-09", "ECKOSPACE-G04"},
				wants: seen{"": same(`{"message":"The route ` + route + ` could not be found."}`), "header Content-Type": has("application/json")},
			},
			step{
				tells: "for nobody too", method: method, path: path, as: nobody, status: 404, proves: []string{"ECKOSPACE-09"},
				wants: seen{"": same(`{"message":"The route ` + route + ` could not be found."}`)},
			},
			step{
				tells: "the others are there", method: "OPTIONS", path: others[2], status: 204, proves: []string{"ECKOSPACE-09"}, wants: seen{"header Allow": has(others[1])},
			},
			step{
				tells: "switch " + name + " on", to: management, method: "PUT", path: "/modules/" + name, body: `{"on":true}`, status: 200,
				proves: []string{"ECKOSPACE-09"}, wants: seen{"/on": true},
			},
			step{
				tells: name + " is back", method: method, path: path, status: on, proves: []string{"ECKOSPACE-09"}, wants: seen{"text": lacks("could not be found")},
			},
		)
	}
	return list
}
