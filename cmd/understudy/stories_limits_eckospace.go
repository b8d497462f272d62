package main

import (
	"strconv"
	"time"
)

// tooManyAttempts is EckoSpace's answer to a request that is throttled.
const tooManyAttempts = `{"message":"Too Many Attempts."}`

const (
	postAda    = `{"title":"Toolbox","body":"Bring one tool, borrow another."}`
	postAda2   = ` { "body" : "Bring one tool, borrow another.", "title" : "Toolbox" } `
	postOther  = `{"title":"Toolbox","body":"Closed."}`
	postBroken = `{"title":"Toolbox"}`
)

// eckospaceLimitStories are about throttled routes, and about requests that are sent again.
func eckospaceLimitStories() []story {
	return []story{
		{
			contract: "eckospace", tells: "60 a minute for a token on throttled routes, in Laravel's headers", setting: setting{limits: true},
			steps: []step{
				{
					tells: "a token", to: management, method: "POST", path: "/keys", body: `{"name":"Counted","scopes":["posts:read"]}`, status: 201,
					keep: kept{"token": "/text"}, wants: seen{"/good": true},
				},
				{
					tells: "the first request opens the minute, a quarter of a second past nine", advance: 250 * time.Millisecond, method: "GET", path: "/api/posts", as: "token",
					status: 200, proves: []string{"ECKOSPACE-35", "ECKOSPACE-G06", "COMMON-03"},
					wants: seen{limitHeader: "60", remainingHeader: "59", resetHeader: absent, retryHeader: absent},
				},
				{
					tells: "404 and 403 count and show it too", method: "GET", path: "/api/posts/999", as: "token", status: 404, proves: []string{"ECKOSPACE-G06"},
					wants: seen{limitHeader: "60", remainingHeader: "58", resetHeader: absent, retryHeader: absent},
				},
				{
					tells: "over the throttled routes together", method: "GET", path: "/api/posts", as: "token", status: 200,
					proves: []string{"ECKOSPACE-35", "ECKOSPACE-G06", "COMMON-03"},
					series: &series{
						times: 58, apart: 500 * time.Millisecond, paths: []string{"/api/posts", "/api/bookmarks"}, counts: "X-RateLimit-Remaining",
						each: seen{limitHeader: "60", resetHeader: absent, retryHeader: absent},
					},
					wants: seen{remainingHeader: "0"},
				},
				{
					tells: "number 61", method: "GET", path: "/api/posts", as: "token", status: 429,
					proves: []string{"ECKOSPACE-35", "ECKOSPACE-G06", "ECKOSPACE-G04", "COMMON-03"},
					wants: seen{ // it is 09:00:28.75; the minute ends at 09:01:00.25, and whole seconds are rounded up
						"": same(tooManyAttempts), limitHeader: "60", remainingHeader: "0", resetHeader: strconv.Itoa(ninth + 61), retryHeader: "32",
						"header Content-Type": has("application/json"),
					},
				},
				{
					tells: "a route that is free", method: "GET", path: "/api/translations/app?locale=en", as: "token", status: 200,
					proves: []string{"ECKOSPACE-35", "ECKOSPACE-G06"}, series: &series{times: 100, each: quiet}, wants: seen{"": like(`^\{`)},
				},
				{
					tells: "another token has its own 60", method: "GET", path: "/api/posts", status: 200, proves: []string{"ECKOSPACE-G06"},
					wants: seen{limitHeader: "60", remainingHeader: "59"},
				},
				{
					tells: "at the full minute it is too early", advance: 31250 * time.Millisecond, method: "GET", path: "/api/posts", as: "token", status: 429,
					proves: []string{"ECKOSPACE-G06", "COMMON-03"}, wants: seen{retryHeader: "1", resetHeader: strconv.Itoa(ninth + 61)},
				},
				{
					tells: "who waited 32 seconds passes", advance: 750 * time.Millisecond, method: "GET", path: "/api/posts", as: "token", status: 200,
					proves: []string{"ECKOSPACE-35", "ECKOSPACE-G06", "COMMON-03"}, wants: seen{remainingHeader: "59", resetHeader: absent, retryHeader: absent},
				},
			},
		},
		{
			contract: "eckospace", tells: "a request that is sent again with its key has one effect and one answer",
			steps: []step{
				{
					tells: "with a key", method: "POST", path: "/api/posts", headers: head{"Idempotency-Key": "order-1"}, body: postAda, status: 201,
					proves: []string{"ECKOSPACE-G10"}, keep: kept{"first": "text", "id": "/data/id"},
					wants: seen{"/data/title": "Toolbox", "header Idempotent-Replayed": absent},
				},
				{
					tells: "again: the same answer", advance: time.Minute, method: "POST", path: "/api/posts", headers: head{"Idempotency-Key": "order-1"}, body: postAda,
					status: 201, proves: []string{"ECKOSPACE-G10", "ECKOSPACE-37"}, wants: seen{"text": "{first}", "header Idempotent-Replayed": "true"},
				},
				{
					tells: "twenty at once too", method: "POST", path: "/api/posts", headers: head{"Idempotency-Key": "order-1"}, body: postAda2,
					proves: []string{"ECKOSPACE-G10"}, crowd: &crowd{times: 20, atOnce: 8, answers: map[int]int{201: 20}},
				},
				{
					tells: "there is one", method: "GET", path: "/api/posts?search=toolbox", status: 200, proves: []string{"ECKOSPACE-G10", "ECKOSPACE-37"},
					wants: seen{"/data": entries(1), "/data/0/id": "{id}"},
				},
				{
					tells: "what only reads takes no key", method: "GET", path: "/api/posts/{id}", headers: head{"Idempotency-Key": "order-1"}, status: 200,
					proves: []string{"ECKOSPACE-G10"}, wants: seen{"/data/id": like(`^{id}$`), "header Idempotent-Replayed": absent},
				},
				{
					tells: "another payload with the key: 400", method: "POST", path: "/api/posts", headers: head{"Idempotency-Key": "order-1"}, body: postOther, status: 400,
					proves: []string{"ECKOSPACE-G10"}, wants: seen{"/message": like(`.`), "/data": absent},
				},
				{
					tells: "the same key for another route is another", method: "POST", path: "/api/listings", headers: head{"Idempotency-Key": "order-1"},
					body: listingTrailer, status: 201, proves: []string{"ECKOSPACE-G10"}, wants: seen{"/data/title": like(`trailer`), "header Idempotent-Replayed": absent},
				},
				{
					tells: "what was refused before it began is not kept", method: "POST", path: "/api/posts", headers: head{"Idempotency-Key": "order-2"}, body: postBroken,
					status: 422, proves: []string{"ECKOSPACE-G10"}, wants: seen{"/errors/body": entries(1)},
				},
				{
					tells: "so the key is still good", method: "POST", path: "/api/posts", headers: head{"Idempotency-Key": "order-2"}, body: postAda, status: 201,
					proves: []string{"ECKOSPACE-G10"}, wants: seen{"/data/id": other("{id}"), "header Idempotent-Replayed": absent},
				},
				{
					tells: "256 characters are too many", method: "POST", path: "/api/posts", headers: head{"Idempotency-Key": longKey}, body: postAda, status: 422,
					proves: []string{"ECKOSPACE-G10"}, wants: seen{"/message": like(`.`)},
				},
				{
					tells: "let the connection break behind the effect", to: management, method: "POST", path: "/faults",
					body: `{"name":"cut","kind":"drop","operations":["createPost"],"times":1}`, status: 201, wants: seen{"/state": "active"},
				},
				{
					tells: "no answer", method: "POST", path: "/api/posts", headers: head{"Idempotency-Key": "order-3"}, body: postOther, breaks: true,
					proves: []string{"ECKOSPACE-G10", "ECKOSPACE-37"},
				},
				{
					tells: "though it was carried out", method: "GET", path: "/api/posts?search=Closed", status: 200, proves: []string{"ECKOSPACE-G10", "ECKOSPACE-37"},
					keep: kept{"cut": "/data/0/id"}, wants: seen{"/data": entries(1)},
				},
				{
					tells: "the repeat gets its answer", method: "POST", path: "/api/posts", headers: head{"Idempotency-Key": "order-3"}, body: postOther, status: 201,
					proves: []string{"ECKOSPACE-G10", "ECKOSPACE-37"}, wants: seen{"/data/id": "{cut}", "header Idempotent-Replayed": "true"},
				},
				{
					tells: "and makes no second one", method: "GET", path: "/api/posts?search=Closed", status: 200, proves: []string{"ECKOSPACE-G10", "ECKOSPACE-37"},
					wants: seen{"/data": entries(1)},
				},
				{
					tells: "without a key it does", method: "POST", path: "/api/posts", body: postOther, status: 201, proves: []string{"ECKOSPACE-37"},
					wants: seen{"/data/id": other("{cut}")},
				},
				{
					tells: "a day after the first request its key is still kept", advance: 24*time.Hour - time.Minute - time.Second, method: "POST", path: "/api/posts",
					headers: head{"Idempotency-Key": "order-1"}, body: postAda, status: 201, proves: []string{"ECKOSPACE-G10"},
					wants: seen{"text": "{first}", "header Idempotent-Replayed": "true"},
				},
				{
					tells: "and then forgotten", advance: time.Second, method: "POST", path: "/api/posts", headers: head{"Idempotency-Key": "order-1"}, body: postAda,
					status: 201, proves: []string{"ECKOSPACE-G10"}, wants: seen{"/data/id": other("{id}"), "header Idempotent-Replayed": absent},
				},
			},
		},
	}
}
