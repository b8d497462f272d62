package main

import (
	"slices"
	"strconv"
	"time"
)

// tooManyRequests is ECOSIRE's answer to a request that a limit refuses.
const tooManyRequests = `{"statusCode":429,"error":"Too Many Requests","message":"Rate limit exceeded"}`

const (
	limitHeader     = "header X-RateLimit-Limit"
	remainingHeader = "header X-RateLimit-Remaining"
	resetHeader     = "header X-RateLimit-Reset"
	retryHeader     = "header Retry-After"
)

// ninth is 09:00 of the day on which stories begin, in Unix seconds; midnight is when that day ends.
const (
	ninth    = 1772442000
	midnight = 1772496000
)

// ecosireLimitStories are about the limits a minute: those of routes, and the one of credentials.
func ecosireLimitStories() []story {
	return []story{
		{
			contract: "ecosire", tells: "the limits of six public routes", setting: setting{limits: true},
			steps: slices.Concat(
				ecosireRoute(0, "ECOSIRE-88", "/support", `{"email":"a@b.example","subject":"Invoice","message":"The number is wrong."}`, 5, 201),
				ecosireRoute(1, "ECOSIRE-89", "/crm/capture", `{"email":"a@b.example","name":"Ada Lovelace"}`, 10, 201),
				ecosireRoute(2, "ECOSIRE-90", "/ecosire-ai/ask", `{"question":"Which modules do I need?"}`, 20, 200),
				ecosireRoute(3, "ECOSIRE-91", "/licenses/validate", `{"key":"ECO-AAAA-BBBB-CCCC","domain":"example.com"}`, 30, 200),
				ecosireRoute(4, "ECOSIRE-92", "/licenses/activate", `{"key":"ECO-AAAA-BBBB-CCCC","domain":"shop.example.com"}`, 10, 200),
				ecosireRoute(5, "ECOSIRE-93", "/newsletter/subscribe", `{"email":"noor.haddad@cedarfoods.example"}`, 5, 200),
				[]step{{
					tells: "what was counted belongs to the address", to: management, method: "GET", path: "/limits?limit=newsletter", status: 200,
					proves: []string{"ECOSIRE-G10"},
					wants:  seen{"/total": 1, "/counters/0/subject": "address:127.0.0.1", "/counters/0/used": 1, "/counters/0/reset_at": "2026-03-02T09:07:00Z"},
				}},
			),
		},
		{
			contract: "ecosire", tells: "100 a minute for a credential, over all routes that ask for one", setting: setting{limits: true},
			steps: []step{
				{
					tells: "a 401 is counted for nobody and shows no limit", advance: 20250 * time.Millisecond, method: "GET", path: "/contacts", as: nobody, status: 401,
					proves: []string{"ECOSIRE-G10"}, wants: seen{limitHeader: absent, remainingHeader: absent, resetHeader: absent, retryHeader: absent},
				},
				{
					tells: "a key", to: management, method: "POST", path: "/keys", body: `{"name":"Counted","scopes":["read-write"]}`, status: 201,
					keep: kept{"key": "/text", "id": "/id"}, wants: seen{"/good": true},
				},
				{
					tells: "its first request", method: "GET", path: "/contacts", as: "key", status: 200,
					proves: []string{"ECOSIRE-94", "ECOSIRE-95", "ECOSIRE-96", "ECOSIRE-97", "ECOSIRE-98", "COMMON-03"},
					wants:  seen{limitHeader: "100", remainingHeader: "99", resetHeader: strconv.Itoa(ninth + 60), retryHeader: absent},
				},
				{
					tells: "404 counts and shows it", method: "GET", path: "/contacts/con_0000000000", as: "key", status: 404, proves: []string{"ECOSIRE-95", "ECOSIRE-96"},
					wants: seen{limitHeader: "100", remainingHeader: "98", resetHeader: strconv.Itoa(ninth + 60), retryHeader: absent},
				},
				{
					tells: "so does 422", method: "POST", path: "/contacts", as: "key", body: `{}`, status: 422, proves: []string{"ECOSIRE-95", "ECOSIRE-96"},
					wants: seen{limitHeader: "100", remainingHeader: "97", retryHeader: absent},
				},
				{
					tells: "and 403", method: "GET", path: "/api-keys", as: "key", status: 403, proves: []string{"ECOSIRE-95", "ECOSIRE-96"},
					wants: seen{limitHeader: "100", remainingHeader: "96", retryHeader: absent},
				},
				{
					tells: "the other 96, spread over two routes", method: "GET", path: "/contacts", as: "key", status: 200,
					proves: []string{"ECOSIRE-94", "ECOSIRE-95", "ECOSIRE-96", "ECOSIRE-97", "ECOSIRE-98", "ECOSIRE-G10", "COMMON-03"},
					series: &series{
						times: 96, apart: 250 * time.Millisecond, paths: []string{"/contacts?limit=1", "/orders?limit=1"}, counts: "X-RateLimit-Remaining",
						each: seen{limitHeader: "100", resetHeader: strconv.Itoa(ninth + 60), retryHeader: absent},
					},
					wants: seen{remainingHeader: "0"},
				},
				{
					tells: "number 101", method: "GET", path: "/contacts", as: "key", status: 429,
					proves: []string{"ECOSIRE-83", "ECOSIRE-94", "ECOSIRE-95", "ECOSIRE-96", "ECOSIRE-97", "ECOSIRE-98", "COMMON-03"},
					wants: seen{ // it is 09:00:44: 20.25 s, and 95 times 0.25 s
						"": same(tooManyRequests), limitHeader: "100", remainingHeader: "0", resetHeader: strconv.Itoa(ninth + 60), retryHeader: "16",
						"header Content-Type": has("application/json"),
					},
				},
				{
					tells: "on a third route as well", method: "GET", path: "/licenses", as: "key", status: 429, proves: []string{"ECOSIRE-83", "ECOSIRE-94", "ECOSIRE-G10"},
					wants: seen{"": same(tooManyRequests), remainingHeader: "0"},
				},
				{
					tells: "for those who prefer RFC 7807", method: "GET", path: "/licenses", as: "key", accept: problemJSON, status: 429, proves: []string{"ECOSIRE-83"},
					wants: seen{
						"header Content-Type": has("application/problem+json"), "/status": 429, "/title": "Too Many Requests", "/code": "RATE_LIMIT_EXCEEDED",
						"/statusCode": 429, retryHeader: like(`^[1-9]\d*$`),
					},
				},
				{
					tells: "its use tells limited requests from other errors", to: management, method: "GET", path: "/keys/{id}", status: 200,
					proves: []string{"ECOSIRE-40"}, wants: seen{"/usage/requests": 103, "/usage/errors": 6, "/usage/limited": 3, "/usage/server_errors": 0},
				},
				{
					tells: "another credential of the account has its own 100", method: "GET", path: "/contacts", status: 200, proves: []string{"ECOSIRE-94", "ECOSIRE-G10"},
					wants: seen{limitHeader: "100", remainingHeader: "99"},
				},
				{
					tells: "rotate the key", to: management, method: "POST", path: "/keys/{id}/rotate", status: 201, keep: kept{"next": "/key/text"},
					wants: seen{"/key/text": other("{key}")},
				},
				{
					tells: "the new one counts with the old one", method: "GET", path: "/contacts", as: "next", status: 429, proves: []string{"ECOSIRE-G10"},
					wants: seen{"": same(tooManyRequests), remainingHeader: "0", retryHeader: "16"},
				},
				{
					tells: "routes with a limit of their own do not count here", method: "POST", path: "/licenses/validate", as: "next",
					body: `{"key":"ECO-AAAA-BBBB-CCCC"}`, status: 200, proves: []string{"ECOSIRE-G10"}, wants: seen{limitHeader: "30", remainingHeader: "29"},
				},
				{
					tells: "a second before the minute ends", advance: 15 * time.Second, method: "GET", path: "/contacts", as: "next", status: 429,
					proves: []string{"ECOSIRE-98", "ECOSIRE-G10", "COMMON-03"}, wants: seen{retryHeader: "1", resetHeader: strconv.Itoa(ninth + 60)},
				},
				{
					tells: "half a second before, it is still 1", advance: 500 * time.Millisecond, method: "GET", path: "/contacts", as: "next", status: 429,
					proves: []string{"COMMON-03"}, wants: seen{retryHeader: "1"},
				},
				{
					tells: "who waited that long passes", advance: time.Second, method: "GET", path: "/contacts", as: "next", status: 200,
					proves: []string{"ECOSIRE-98", "ECOSIRE-G10", "COMMON-03"}, wants: seen{remainingHeader: "99", resetHeader: strconv.Itoa(ninth + 120), retryHeader: absent},
				},
				{
					tells: "the old one takes from the same 100", method: "GET", path: "/contacts", as: "key", status: 200, proves: []string{"ECOSIRE-G10"},
					wants: seen{remainingHeader: "98"},
				},
			},
		},
		{
			contract: "ecosire", tells: "429 in its place: behind the credential, before permission, body and state", setting: setting{limits: true},
			steps: []step{
				{
					tells: "a key that only reads", to: management, method: "POST", path: "/keys", body: `{"name":"Reader","scopes":["read-only"]}`, status: 201,
					keep: kept{"reader": "/text"}, wants: seen{"/good": true},
				},
				{
					tells: "uses its minute up", method: "GET", path: "/contacts?limit=1", as: "reader", status: 200,
					series: &series{times: 100, counts: "X-RateLimit-Remaining"}, wants: seen{remainingHeader: "0"},
				},
				{
					tells: "unknown route: 404", method: "GET", path: "/nothing", as: "reader", status: 404, proves: []string{"COMMON-04"}, wants: seen{"/statusCode": 404},
				},
				{
					tells: "wrong method: 405", method: "PUT", path: "/contacts", as: "reader", body: `{`, status: 405, proves: []string{"COMMON-04"},
					wants: seen{"header Allow": has("GET")},
				},
				{
					tells: "scope too small, broken body: 429", method: "POST", path: "/contacts", as: "reader", body: `{`, status: 429,
					proves: []string{"COMMON-04"}, wants: seen{"": same(tooManyRequests)},
				},
				{
					tells: "unknown id: 429", method: "GET", path: "/contacts/con_0000000000", as: "reader", status: 429, proves: []string{"COMMON-04"},
					wants: seen{"": same(tooManyRequests)},
				},
				{
					tells: "a parameter that cannot be read: 429", method: "GET", path: "/contacts?limit=many", as: "reader", status: 429,
					proves: []string{"COMMON-04"}, wants: seen{"": same(tooManyRequests)},
				},
				{
					tells: "with room, the scope decides: 403", advance: time.Minute, method: "POST", path: "/contacts", as: "reader", body: `{`, status: 403,
					proves: []string{"COMMON-04"}, wants: seen{"/statusCode": 403},
				},
				{
					tells: "a public route, used up", method: "POST", path: "/newsletter/subscribe", as: nobody, body: `{"email":"a@b.example"}`, status: 200,
					series: &series{times: 5, counts: "X-RateLimit-Remaining"}, wants: seen{remainingHeader: "0"},
				},
				{
					tells: "its limit comes before the body: 429", method: "POST", path: "/newsletter/subscribe", as: nobody, body: `{`, status: 429,
					proves: []string{"COMMON-04"}, wants: seen{"": same(tooManyRequests), limitHeader: "5"},
				},
				{
					tells: "and behind a credential that is bad: 401", method: "POST", path: "/newsletter/subscribe", as: nobody, body: `{`,
					headers: head{"Authorization": "Bearer ecos_live_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, status: 401, proves: []string{"COMMON-04"},
					wants: seen{"/statusCode": 401, "header WWW-Authenticate": has("Bearer")},
				},
				{
					tells: "with room, the body decides: 400", advance: time.Minute, method: "POST", path: "/newsletter/subscribe", as: nobody, body: `{`, status: 400,
					proves: []string{"COMMON-04"}, wants: seen{"/statusCode": 400},
				},
			},
		},
	}
}

// ecosireRoute uses the limit of a public route up within the minute of a number, from 12.5 s on, and waits.
func ecosireRoute(minute int, id, path, body string, limit, status int) []step {
	reset, most := strconv.Itoa(ninth+60*(minute+1)), strconv.Itoa(limit)
	pause := 12 * time.Second // half a second more than the minute has passed
	if minute == 0 {
		pause += 500 * time.Millisecond
	}
	shown := []string{id, "ECOSIRE-95", "ECOSIRE-96", "ECOSIRE-97", "ECOSIRE-98", "ECOSIRE-G11", "COMMON-03"}
	return []step{
		{
			tells: "POST " + path + " without a credential", advance: pause, method: "POST", path: path, as: nobody, body: body, status: status, proves: shown,
			wants: seen{limitHeader: most, remainingHeader: strconv.Itoa(limit - 1), resetHeader: reset, retryHeader: absent},
		},
		{
			tells: "as often as its limit allows", method: "POST", path: path, as: nobody, body: body, status: status, proves: shown,
			series: &series{times: limit - 1, counts: "X-RateLimit-Remaining", each: seen{limitHeader: most, resetHeader: reset, retryHeader: absent}},
			wants:  seen{remainingHeader: "0"},
		},
		{
			tells: "once more", method: "POST", path: path, as: nobody, body: body, status: 429,
			proves: []string{id, "ECOSIRE-83", "ECOSIRE-86", "ECOSIRE-87", "ECOSIRE-95", "ECOSIRE-96", "ECOSIRE-97", "ECOSIRE-98", "COMMON-03"},
			wants:  seen{"": same(tooManyRequests), limitHeader: most, remainingHeader: "0", resetHeader: reset, retryHeader: "48"},
		},
		{
			tells: "a key from the same address has no more", method: "POST", path: path, body: body, headers: head{"Authorization": "Bearer {ECOSIRE_API_KEY}"},
			status: 429, proves: []string{id, "ECOSIRE-G10"}, wants: seen{"": same(tooManyRequests), limitHeader: most},
		},
		{
			tells: "48 seconds later it passes", advance: 48 * time.Second, method: "POST", path: path, as: nobody, body: body, status: status,
			proves: []string{id, "ECOSIRE-98", "ECOSIRE-G10", "COMMON-03"}, wants: seen{remainingHeader: strconv.Itoa(limit - 1), retryHeader: absent},
		},
	}
}

// ecosireDayStories are about plans and the day.
func ecosireDayStories() []story {
	return []story{
		{
			contract: "ecosire", tells: "1,000 a day on the free plan", setting: setting{limits: true},
			steps: []step{
				{
					tells: "a second key of the account", to: management, method: "POST", path: "/keys", body: `{"name":"Second","scopes":["read-only"]}`, status: 201,
					keep: kept{"second": "/text"}, wants: seen{"/account": "acc_01HXACCT"},
				},
				{
					tells: "an account with another plan", to: management, method: "POST", path: "/accounts",
					body: `{"id":"acc_business","name":"Alpenrad","plan":"business"}`, status: 201, wants: seen{"/plan": "business"},
				},
				{
					tells: "and its key", to: management, method: "POST", path: "/keys", body: `{"name":"Business","account":"acc_business","scopes":["admin"]}`, status: 201,
					keep: kept{"business": "/text"}, wants: seen{"/account": "acc_business"},
				},
				{
					tells: "100 in one minute", method: "GET", path: "/contacts?limit=1", status: 200, proves: []string{"ECOSIRE-48", "ECOSIRE-X10"},
					series: &series{times: 100, counts: "X-RateLimit-Remaining", each: seen{limitHeader: "100"}}, wants: seen{remainingHeader: "0"},
				},
				{
					tells: "the minute refuses 20, while the day has room", method: "GET", path: "/contacts?limit=1", status: 429,
					proves: []string{"ECOSIRE-X10", "ECOSIRE-G14"}, series: &series{times: 20, each: seen{limitHeader: "100", retryHeader: "60", "": same(tooManyRequests)}},
					wants: seen{remainingHeader: "0"},
				},
				{
					tells: "800 more, never more than 86 a minute", advance: time.Minute, method: "GET", path: "/contacts?limit=1", status: 200,
					proves: []string{"ECOSIRE-48"}, series: &series{times: 800, apart: 700 * time.Millisecond, each: seen{retryHeader: absent}},
					wants: seen{remainingHeader: like(`^\d+$`)},
				},
				{
					tells: "the last 100, with the other key: the day has the fewest left, and is shown", advance: 700 * time.Millisecond,
					method: "GET", path: "/contacts?limit=1", as: "second", status: 200,
					proves: []string{"ECOSIRE-48", "ECOSIRE-95", "ECOSIRE-96", "ECOSIRE-97", "ECOSIRE-X10", "ECOSIRE-G10", "ECOSIRE-G12", "ECOSIRE-G14"},
					series: &series{
						times: 100, apart: 700 * time.Millisecond, counts: "X-RateLimit-Remaining",
						each: seen{limitHeader: "1000", resetHeader: strconv.Itoa(midnight), retryHeader: absent},
					},
					wants: seen{remainingHeader: "0"},
				},
				{
					tells: "number 1,001, though the minute has room", advance: 700 * time.Millisecond, method: "GET", path: "/contacts?limit=1", status: 429,
					proves: []string{"ECOSIRE-48", "ECOSIRE-47", "ECOSIRE-83", "ECOSIRE-97", "ECOSIRE-98", "ECOSIRE-X10", "ECOSIRE-G12", "COMMON-03"},
					wants: seen{ // it is 09:11:30
						"": same(tooManyRequests), limitHeader: "1000", remainingHeader: "0", resetHeader: strconv.Itoa(midnight), retryHeader: "53310",
					},
				},
				{
					tells: "the counter belongs to the account", method: "GET", path: "/contacts?limit=1", as: "second", status: 429, proves: []string{"ECOSIRE-48"},
					wants: seen{"": same(tooManyRequests), limitHeader: "1000"},
				},
				{
					tells: "the other plan has another limit", method: "GET", path: "/contacts?limit=1", as: "business", status: 200,
					proves: []string{"ECOSIRE-47", "ECOSIRE-G09"}, wants: seen{limitHeader: "100", remainingHeader: "99"},
				},
				{
					tells: "and no limit a day", advance: time.Minute, method: "GET", path: "/contacts?limit=1", as: "business", status: 200,
					proves: []string{"ECOSIRE-47", "ECOSIRE-G09"}, series: &series{times: 1001, apart: 700 * time.Millisecond, each: seen{limitHeader: "100"}},
					wants: seen{remainingHeader: like(`^\d+$`)},
				},
				{
					tells: "half a second before midnight", advance: midnightIn(time.Minute + 700*time.Millisecond*1000 + 500*time.Millisecond),
					method: "GET", path: "/contacts?limit=1", status: 429, proves: []string{"ECOSIRE-48", "ECOSIRE-G12", "COMMON-03"},
					wants: seen{limitHeader: "1000", retryHeader: "1", resetHeader: strconv.Itoa(midnight)},
				},
				{
					tells: "at midnight UTC", advance: 500 * time.Millisecond, method: "GET", path: "/contacts?limit=1", status: 200,
					proves: []string{"ECOSIRE-48", "ECOSIRE-G12"}, wants: seen{limitHeader: "100", remainingHeader: "99", resetHeader: strconv.Itoa(midnight + 60)},
				},
			},
		},
	}
}

// midnightIn is how far midnight is from 09:11:30, less what has passed since.
func midnightIn(passed time.Duration) time.Duration {
	return 14*time.Hour + 48*time.Minute + 30*time.Second - passed
}
