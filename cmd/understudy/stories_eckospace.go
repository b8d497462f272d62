package main

import "time"

const (
	documentUpload = "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"notes.txt\"\r\nContent-Type: text/plain\r\n\r\nbyte for byte\r\n--cut--\r\n"
	cutMedia       = "multipart/form-data; boundary=cut"
	loginCallback  = "/social-login/callback/google"
)

var unauthenticated = seen{"": same(`{"message":"Unauthenticated."}`)}

// eckospaceStories are about approved tokens, uploads and the login of browsers.
func eckospaceStories() []story {
	return []story{
		{
			contract: "eckospace", tells: "the documented request, and where a token is a token",
			steps: []step{
				{
					tells: "as documented", method: "GET", path: "/api/translations/app?locale=en", as: "ECKOSPACE_TOKEN", accept: "application/json", status: 200,
					proves: []string{"ECKOSPACE-01", "ECKOSPACE-02", "ECKOSPACE-04", "ECKOSPACE-13", "ECKOSPACE-X04", "ECKOSPACE-G02"},
					keep:   kept{"english": "text"}, wants: seen{"header Content-Type": has("application/json"), "text": like(`^\{("[^"]+":"[^"]*",?)+\}\s*$`)},
				},
				{
					tells: "another locale has other texts", method: "GET", path: "/api/translations/app?locale=de", accept: "application/json", status: 200,
					proves: []string{"ECKOSPACE-02", "ECKOSPACE-G02"}, wants: seen{"text": all{other("{english}"), like(`^\{("[^"]+":"[^"]*",?)+\}\s*$`)}},
				},
				{
					tells: "no locale is English", method: "GET", path: "/api/translations/app", accept: "application/json", status: 200,
					proves: []string{"ECKOSPACE-G02"}, wants: seen{"text": "{english}"},
				},
				{
					tells: "an unknown one is 422", method: "GET", path: "/api/translations/app?locale=xx", accept: "application/json", status: 422,
					proves: []string{"ECKOSPACE-G02", "ECKOSPACE-G04"},
					wants:  seen{"": entries(2), "/message": like(`.`), "/errors/locale": entries(1), "/errors/locale/0": "{message}"},
					keep:   kept{"message": "/message"},
				},
				{
					tells: "JSON without Accept too", method: "GET", path: "/api/translations/app?locale=en", status: 200, proves: []string{"ECKOSPACE-G03"},
					wants: seen{"header Content-Type": has("application/json"), "text": "{english}"},
				},
				{
					tells: "and when HTML is wanted", method: "GET", path: "/api/translations/app?locale=en", accept: "text/html", status: 200,
					proves: []string{"ECKOSPACE-G03"}, wants: seen{"header Content-Type": has("application/json"), "text": "{english}"},
				},
				{
					tells: "nobody is redirected to a login", method: "GET", path: "/api/translations/app?locale=en", as: nobody, status: 401,
					proves: []string{"ECKOSPACE-G03"}, wants: unauthenticated,
				},
				{
					tells: "a token in the query", method: "GET", path: "/api/posts?api_token={ECKOSPACE_TOKEN|form}&access_token={ECKOSPACE_TOKEN|form}",
					as: nobody, status: 401, proves: []string{"ECKOSPACE-04"}, wants: unauthenticated,
				},
				{
					tells: "in the cookie", method: "GET", path: "/api/posts", as: nobody, headers: head{"Cookie": "eckospace_session={ECKOSPACE_TOKEN|form}"},
					status: 401, proves: []string{"ECKOSPACE-04"}, wants: unauthenticated,
				},
				{
					tells: "in another header", method: "GET", path: "/api/posts", as: nobody, headers: head{"X-API-Key": "{ECKOSPACE_TOKEN}"}, status: 401,
					proves: []string{"ECKOSPACE-04"}, wants: unauthenticated,
				},
			},
		},
		{
			contract: "eckospace", tells: "states and permissions of tokens",
			steps: []step{
				{
					tells: "a token that waits for approval", to: management, method: "POST", path: "/keys",
					body: `{"name":"New","state":"pending","scopes":["posts:read","analytics:read"]}`, status: 201,
					proves: []string{"ECKOSPACE-03", "ECKOSPACE-G07", "ECKOSPACE-X01"}, keep: kept{"token": "/text", "id": "/id"},
					wants: seen{"/state": "pending", "/text": like(`^[1-9][0-9]*\|[A-Za-z0-9]{40}$`), "/user": absent},
				},
				{
					tells: "pending: refused", method: "GET", path: "/api/posts", as: "token", status: 401, proves: []string{"ECKOSPACE-03", "ECKOSPACE-G04"},
					wants: unauthenticated,
				},
				{
					tells: "approve it", to: management, method: "PATCH", path: "/keys/{id}", body: `{"state":"approved"}`, status: 200,
					proves: []string{"ECKOSPACE-03"}, wants: seen{"/state": "approved"},
				},
				{
					tells: "approved: passes", method: "GET", path: "/api/posts", as: "token", status: 200, proves: []string{"ECKOSPACE-03", "ECKOSPACE-10"},
					wants: seen{"/data": entries(3)},
				},
				{
					tells: "a permission that it has", method: "GET", path: "/api/analytics/summary?from=2026-01-01&to=2026-02-01", as: "token", status: 200,
					proves: []string{"ECKOSPACE-21"}, wants: seen{"": like(`^\{`)},
				},
				{
					tells: "one that it lacks", method: "POST", path: "/api/posts", as: "token", body: `{"title":"Hello","body":"World"}`, status: 403,
					proves: []string{"ECKOSPACE-10", "ECKOSPACE-G04"}, wants: seen{"": same(`{"message":"This action is unauthorized."}`)},
				},
				{
					tells: "take the report's away", to: management, method: "PATCH", path: "/keys/{id}", body: `{"scopes":["posts:read"]}`, status: 200,
					proves: []string{"ECKOSPACE-21"}, wants: seen{"/scopes": same(`["posts:read"]`)},
				},
				{
					tells: "no report any more", method: "GET", path: "/api/analytics/summary?from=2026-01-01&to=2026-02-01", as: "token", status: 403,
					proves: []string{"ECKOSPACE-10", "ECKOSPACE-21"}, wants: seen{"": same(`{"message":"This action is unauthorized."}`)},
				},
				{
					tells: "rotate it", to: management, method: "POST", path: "/keys/{id}/rotate", status: 201, proves: []string{"ECKOSPACE-08"},
					keep: kept{"next": "/key/text", "nextID": "/key/id"}, wants: seen{"/key/text": other("{token}")},
				},
				{
					tells: "the new one is good at once", method: "GET", path: "/api/posts", as: "next", status: 200, proves: []string{"ECKOSPACE-08"},
					wants: seen{"/data": entries(3)},
				},
				{
					tells: "the old one bad at once", method: "GET", path: "/api/posts", as: "token", status: 401, proves: []string{"ECKOSPACE-08"},
					wants: unauthenticated,
				},
				{
					tells: "revoke the new one", to: management, method: "DELETE", path: "/keys/{nextID}?confirm=true", status: 200,
					proves: []string{"ECKOSPACE-03"}, wants: seen{"/key/state": "revoked"},
				},
				{tells: "revoked: refused", method: "GET", path: "/api/posts", as: "next", status: 401, proves: []string{"ECKOSPACE-03"}, wants: unauthenticated},
			},
		},
		{
			contract: "eckospace", tells: "uploads, and Laravel's errors",
			steps: []step{
				{
					tells: "a small file", method: "POST", path: "/api/post/editor/media/document/upload", contentType: cutMedia, body: documentUpload, status: 201,
					proves: []string{"ECKOSPACE-14", "ECKOSPACE-G09"}, keep: kept{"id": "/id"},
					wants: seen{"": entries(5), "/id": like(`.`), "/url": like(`^http`), "/name": "notes.txt", "/mime": has("text/plain"), "/size": 13},
				},
				{
					tells: "comes back byte for byte", method: "GET", path: "/api/post/editor/media/document/{id}", accept: "*/*", status: 200,
					proves: []string{"ECKOSPACE-14"}, wants: seen{"text": "byte for byte"},
				},
				{
					tells: "no file: 422 for the field", method: "POST", path: "/api/post/editor/media/document/upload", contentType: cutMedia, body: "--cut--\r\n",
					status: 422, proves: []string{"ECKOSPACE-14", "ECKOSPACE-G04"}, wants: seen{"/message": like(`.`), "/errors/file": entries(1)},
				},
				{
					tells: "no token: 401", method: "POST", path: "/api/post/editor/media/document/upload", as: nobody, contentType: cutMedia, body: documentUpload,
					status: 401, proves: []string{"ECKOSPACE-14", "ECKOSPACE-G04", "COMMON-05"}, wants: unauthenticated,
				},
				{
					tells: "404", method: "GET", path: "/api/nothing", accept: "application/json", status: 404, proves: []string{"ECKOSPACE-G04"},
					wants: seen{"": same(`{"message":"The route api/nothing could not be found."}`)},
				},
				{
					tells: "405", method: "PATCH", path: "/api/jobs", body: `{}`, status: 405, proves: []string{"ECKOSPACE-G04"},
					wants: seen{"/message": like(`^The PATCH method is not supported for route api/jobs\. Supported methods: .*\.$`)},
				},
				{
					tells: "422 with the number of further errors", method: "POST", path: "/api/posts", body: `{}`, status: 422, proves: []string{"ECKOSPACE-G04"},
					wants: seen{
						"/message": "The title field is required. (and 1 more error)",
						"/errors":  same(`{"title":["The title field is required."],"body":["The body field is required."]}`),
					},
				},
				{
					tells: "429", method: "GET", path: "/api/posts", headers: head{"Prefer": "code=429"}, status: 429, proves: []string{"ECKOSPACE-G04"},
					wants: seen{"": same(`{"message":"Too Many Attempts."}`)},
				},
				{
					tells: "500", method: "GET", path: "/api/posts", headers: head{"Prefer": "code=500"}, status: 500, proves: []string{"ECKOSPACE-G04"},
					wants: seen{"": same(`{"message":"Server Error"}`)},
				},
			},
		},
		{
			contract: "eckospace", tells: "the login at Google, and the session of a browser",
			steps: []step{
				{
					tells: "the way to Google", method: "GET", path: "/social-login/redirect/google", as: nobody, status: 302,
					proves: []string{"ECKOSPACE-16", "ECKOSPACE-G11"},
					keep:   kept{"google": "header Location", "state": "location state", "browser": "cookie understudy_login_attempt"},
					wants: seen{
						"location response_type": "code", "location code_challenge_method": "S256", "location code_challenge": like(`^[A-Za-z0-9_-]{43}$`),
						"location redirect_uri": has(loginCallback), "attributes understudy_login_attempt": has("HttpOnly"),
					},
				},
				{
					tells: "Google sends the browser back", to: wherever, method: "GET", path: "{google}", as: nobody, status: 302,
					proves: []string{"ECKOSPACE-16"}, keep: kept{"back": "header Location", "code": "location code"},
					wants: seen{"location state": "{state}", "header Location": has(loginCallback)},
				},
				{
					tells: "a wrong state: no session", method: "GET", path: loginCallback + "?code={code|form}&state=another", as: nobody,
					headers: head{"Cookie": "understudy_login_attempt={browser}"}, status: 403, proves: []string{"ECKOSPACE-16", "ECKOSPACE-G11"},
					wants: seen{"cookie eckospace_session": absent, "/message": "Invalid state."},
				},
				{
					tells: "no state: no session", method: "GET", path: loginCallback + "?code={code|form}", as: nobody,
					headers: head{"Cookie": "understudy_login_attempt={browser}"}, status: 403, proves: []string{"ECKOSPACE-16"},
					wants: seen{"cookie eckospace_session": absent},
				},
				{
					tells: "another browser: no session", method: "GET", path: loginCallback + "?code={code|form}&state={state|form}", as: nobody,
					headers: head{"Cookie": "understudy_login_attempt=somebody"}, status: 403, proves: []string{"ECKOSPACE-G11"},
					wants: seen{"cookie eckospace_session": absent},
				},
				{
					tells: "a good pair: a session", to: wherever, method: "GET", path: "{back}", as: nobody,
					headers: head{"Cookie": "understudy_login_attempt={browser}"}, status: 302, proves: []string{"ECKOSPACE-16", "ECKOSPACE-G11"},
					keep: kept{"session": "cookie eckospace_session", "csrf": "cookie XSRF-TOKEN"},
					wants: seen{
						"attributes eckospace_session": all{has("HttpOnly"), has("SameSite=Lax")}, "attributes XSRF-TOKEN": lacks("HttpOnly"),
						"header Location": like(`^/`),
					},
				},
				{
					tells: "the same code and state again are refused", to: wherever, method: "GET", path: "{back}", as: nobody,
					headers: head{"Cookie": "understudy_login_attempt={browser}"}, status: 403, proves: []string{"ECKOSPACE-16", "ECKOSPACE-G11"},
					wants: seen{"cookie eckospace_session": absent},
				},
				{
					tells: "the session reads", method: "GET", path: "/api/posts", as: nobody, headers: head{"Cookie": "eckospace_session={session}"}, status: 200,
					proves: []string{"ECKOSPACE-16", "ECKOSPACE-X03"}, wants: seen{"/data": entries(3)},
				},
				{
					tells: "without its CSRF token it does not write", method: "POST", path: "/api/posts", as: nobody,
					headers: head{"Cookie": "eckospace_session={session}"}, body: `{"title":"Hello","body":"World"}`, status: 419,
					proves: []string{"ECKOSPACE-X03", "ECKOSPACE-G04"}, wants: seen{"": same(`{"message":"CSRF token mismatch."}`)},
				},
				{
					tells: "with it, it does", method: "POST", path: "/api/posts", as: nobody,
					headers: head{"Cookie": "eckospace_session={session}; XSRF-TOKEN={csrf}", "X-XSRF-TOKEN": "{csrf}"}, body: `{"title":"Hello","body":"World"}`,
					status: 201, proves: []string{"ECKOSPACE-X03"}, wants: seen{"text": has("Hello")},
				},
				{
					tells: "what only browsers use takes no bearer token", method: "POST", path: "/broadcasting/auth", as: nobody,
					headers: head{"Authorization": "Bearer {ECKOSPACE_TOKEN}"}, body: `{"socket_id":"123.456","channel_name":"private-user.7"}`, status: 401,
					proves: []string{"ECKOSPACE-X03"}, wants: unauthenticated,
				},
				{
					tells: "another attempt", method: "GET", path: "/social-login/redirect/google", as: nobody, status: 302,
					keep: kept{"state": "location state", "browser": "cookie understudy_login_attempt"}, wants: seen{"location state": like(`.`)},
				},
				{
					tells: "that the user declines: back to the login, no session", method: "GET", path: loginCallback + "?error=access_denied&state={state|form}",
					as: nobody, headers: head{"Cookie": "understudy_login_attempt={browser}"}, status: 302, proves: []string{"ECKOSPACE-16"},
					wants: seen{"header Location": has("access_denied"), "cookie eckospace_session": absent},
				},
				{
					tells: "and one that takes ten minutes", method: "GET", path: "/social-login/redirect/google", as: nobody, status: 302,
					keep: kept{"google": "header Location", "browser": "cookie understudy_login_attempt"}, wants: seen{"location state": like(`.`)},
				},
				{
					tells: "Google's part", advance: 9*time.Minute + 59*time.Second, to: wherever, method: "GET", path: "{google}", as: nobody, status: 302,
					keep: kept{"back": "header Location"}, wants: seen{"location code": like(`.`)},
				},
				{
					tells: "is over", advance: time.Second, to: wherever, method: "GET", path: "{back}", as: nobody,
					headers: head{"Cookie": "understudy_login_attempt={browser}"}, status: 403, proves: []string{"ECKOSPACE-G11"},
					wants: seen{"cookie eckospace_session": absent},
				},
			},
		},
	}
}
