package main

import (
	"strconv"
	"time"
)

// overLimit is echowin's answer to a request that a limit refuses.
const overLimit = `{"error":"Rate limit exceeded. Please try again later."}`

// untouched is what headers show to whom nothing was counted for: a whole hour, that ends at ten.
var untouched = seen{limitHeader: "1000", remainingHeader: "1000", resetHeader: tenth, retryHeader: absent}

// tenth is 10:00 of the day on which stories begin, in Unix seconds.
var tenth = strconv.Itoa(ninth + 3600)

// echowinLimitStories are about the hour, the minute that headers do not show, and the headers on all answers.
func echowinLimitStories() []story {
	return []story{
		{
			contract: "echowin", tells: "101 requests at the start of each of eleven minutes", setting: setting{limits: true},
			steps: []step{
				{
					tells: "the key of a team", to: management, method: "GET", path: "/keys", status: 200, keep: kept{"id": "/keys/0/id"}, wants: seen{"/total": 1},
				},
				{
					tells: "and a second one", to: management, method: "POST", path: "/keys", body: `{"name":"Second"}`, status: 201,
					keep: kept{"second": "/text"}, wants: seen{"/account": "team_brightside"},
				},
				{
					tells: "request 1", method: "GET", path: "/contacts", status: 200,
					proves: []string{"ECHOWIN-29", "ECHOWIN-30", "ECHOWIN-31", "ECHOWIN-32", "ECHOWIN-G03", "ECHOWIN-G05", "ECHOWIN-G06", "COMMON-03"},
					wants:  seen{limitHeader: "1000", remainingHeader: "999", resetHeader: tenth, retryHeader: absent},
				},
				{
					tells: "up to request 100", advance: time.Millisecond, method: "GET", path: "/contacts", status: 200,
					proves: []string{"ECHOWIN-28", "ECHOWIN-29", "ECHOWIN-30", "ECHOWIN-31", "ECHOWIN-32", "COMMON-03"},
					series: &series{times: 99, apart: time.Millisecond, counts: "X-RateLimit-Remaining", each: seen{limitHeader: "1000", resetHeader: tenth}},
					wants:  seen{remainingHeader: "900"},
				},
				{
					tells: "request 101: refused by the minute, with 900 remaining", advance: time.Millisecond, method: "GET", path: "/contacts", status: 429,
					proves: []string{
						"ECHOWIN-23", "ECHOWIN-24", "ECHOWIN-28", "ECHOWIN-29", "ECHOWIN-30", "ECHOWIN-X02", "ECHOWIN-G01", "ECHOWIN-G03", "ECHOWIN-G05",
						"ECHOWIN-G06",
					},
					wants: seen{
						"": same(overLimit), limitHeader: "1000", remainingHeader: "900", resetHeader: tenth, retryHeader: absent,
						"header WWW-Authenticate": absent, "header Content-Type": has("application/json"),
					},
				},
				{
					tells: "the second key of the team passes", method: "GET", path: "/contacts", as: "second", status: 200,
					proves: []string{"ECHOWIN-27", "ECHOWIN-28"}, wants: seen{remainingHeader: "999"},
				},
				{
					tells: "request 102, in the next minute", advance: 59900 * time.Millisecond, method: "GET", path: "/contacts", status: 200,
					proves: []string{"ECHOWIN-28", "ECHOWIN-31", "ECHOWIN-G05"}, wants: seen{limitHeader: "1000", remainingHeader: "899", resetHeader: tenth},
				},
				{
					tells: "up to request 201", advance: time.Millisecond, method: "GET", path: "/contacts", status: 200, proves: []string{"ECHOWIN-31"},
					series: &series{times: 99, apart: time.Millisecond, counts: "X-RateLimit-Remaining"}, wants: seen{remainingHeader: "800"},
				},
				{
					tells: "request 202", advance: time.Millisecond, method: "GET", path: "/contacts", status: 429, proves: []string{"ECHOWIN-28", "ECHOWIN-X02", "ECHOWIN-G03"},
					wants: seen{"": same(overLimit), remainingHeader: "800"},
				},
				{
					tells: "up to request 908: of each minute the last one is refused, and takes nothing from the hour", advance: 59900 * time.Millisecond,
					method: "GET", path: "/contacts", status: 200, proves: []string{"ECHOWIN-28", "ECHOWIN-30", "ECHOWIN-31", "ECHOWIN-32", "ECHOWIN-G05"},
					series: &series{
						times: 706, apart: time.Millisecond, every: 101, pause: 59900 * time.Millisecond, answers: map[int]int{200: 700, 429: 6},
						counts: "X-RateLimit-Remaining", each: seen{limitHeader: "1000", resetHeader: tenth, retryHeader: absent},
					},
					wants: seen{remainingHeader: "100"},
				},
				{
					tells: "request 909", advance: time.Millisecond, method: "GET", path: "/contacts", status: 429, proves: []string{"ECHOWIN-X02", "ECHOWIN-G03"},
					wants: seen{"": same(overLimit), remainingHeader: "100"},
				},
				{
					tells: "request 910", advance: 59900 * time.Millisecond, method: "GET", path: "/contacts", status: 200, proves: []string{"ECHOWIN-31"},
					wants: seen{remainingHeader: "99"},
				},
				{
					tells: "up to request 1009, the thousandth that passes", advance: time.Millisecond, method: "GET", path: "/contacts", status: 200,
					proves: []string{"ECHOWIN-26", "ECHOWIN-31"}, series: &series{times: 99, apart: time.Millisecond, counts: "X-RateLimit-Remaining"},
					wants: seen{remainingHeader: "0"},
				},
				{
					tells: "request 1010", advance: time.Millisecond, method: "GET", path: "/contacts", status: 429, proves: []string{"ECHOWIN-26"},
					wants: seen{"": same(overLimit), remainingHeader: "0"},
				},
				{
					tells: "request 1011, in the next minute: refused by the hour", advance: 59900 * time.Millisecond, method: "GET", path: "/contacts", status: 429,
					proves: []string{"ECHOWIN-23", "ECHOWIN-26", "ECHOWIN-30", "ECHOWIN-32", "ECHOWIN-G03", "ECHOWIN-G05", "ECHOWIN-G06", "COMMON-03"},
					wants:  seen{"": same(overLimit), limitHeader: "1000", remainingHeader: "0", resetHeader: tenth, retryHeader: absent},
				},
				{
					tells: "request 1012", advance: time.Millisecond, method: "GET", path: "/contacts", status: 429, proves: []string{"ECHOWIN-26"},
					wants: seen{"": same(overLimit), remainingHeader: "0"},
				},
				{
					tells: "what the hour refused took nothing from the minute", to: management, method: "GET", path: "/limits?limit=burst&subject=credential:{id}",
					status: 200, proves: []string{"ECHOWIN-G05"}, wants: seen{"/total": 0},
				},
				{
					tells: "nor from the hour", to: management, method: "GET", path: "/limits?limit=hour&subject=credential:{id}", status: 200,
					proves: []string{"ECHOWIN-G05", "ECHOWIN-26"},
					wants:  seen{"/total": 1, "/counters/0/used": 1000, "/counters/0/remaining": 0, "/counters/0/reset_at": "2026-03-02T10:00:00Z"},
				},
				{
					tells: "the second key has its own hour", method: "GET", path: "/contacts", as: "second", status: 200, proves: []string{"ECHOWIN-26", "ECHOWIN-27"},
					wants: seen{remainingHeader: "998"},
				},
				{
					tells: "a millisecond before the reset", advance: 49*time.Minute + 59998*time.Millisecond, method: "GET", path: "/contacts", status: 429,
					proves: []string{"ECHOWIN-33", "ECHOWIN-32"}, wants: seen{"": same(overLimit), remainingHeader: "0", resetHeader: tenth},
				},
				{
					tells: "at the reset", advance: time.Millisecond, method: "GET", path: "/contacts", status: 200,
					proves: []string{"ECHOWIN-33", "ECHOWIN-26", "ECHOWIN-G05"}, wants: seen{remainingHeader: "999", resetHeader: strconv.Itoa(ninth + 7200)},
				},
				{
					tells: "and it goes on from there", method: "GET", path: "/contacts", status: 200, proves: []string{"ECHOWIN-33", "ECHOWIN-31"},
					wants: seen{remainingHeader: "998"},
				},
			},
		},
		{
			contract: "echowin", tells: "the windows are those of the clock", setting: setting{limits: true},
			steps: []step{
				{
					tells: "100 requests, half way through a minute", advance: 30 * time.Second, method: "GET", path: "/contacts", status: 200,
					proves: []string{"ECHOWIN-G05"}, series: &series{times: 100, counts: "X-RateLimit-Remaining"}, wants: seen{remainingHeader: "900", resetHeader: tenth},
				},
				{
					tells: "a second before it ends", advance: 29 * time.Second, method: "GET", path: "/contacts", status: 429,
					proves: []string{"ECHOWIN-G05"}, wants: seen{remainingHeader: "900"},
				},
				{
					tells: "at the full minute the next 100", advance: time.Second, method: "GET", path: "/contacts", status: 200, proves: []string{"ECHOWIN-G05"},
					series: &series{times: 100, counts: "X-RateLimit-Remaining"}, wants: seen{remainingHeader: "800"},
				},
				{
					tells: "1,000 at a slow pace", advance: time.Minute, method: "GET", path: "/contacts", status: 200, proves: []string{"ECHOWIN-26"},
					series: &series{times: 800, apart: 4 * time.Second, counts: "X-RateLimit-Remaining"}, wants: seen{remainingHeader: "0"},
				},
				{
					tells: "number 1,001, though it came alone in its minute", advance: 2 * time.Minute, method: "GET", path: "/contacts", status: 429,
					proves: []string{"ECHOWIN-26"}, wants: seen{"": same(overLimit), remainingHeader: "0", resetHeader: tenth},
				},
			},
		},
		{
			contract: "echowin", tells: "limit headers on all answers", setting: setting{limits: true},
			steps: []step{
				{
					tells: "401, missing", method: "GET", path: "/contacts", as: nobody, status: 401, proves: []string{"ECHOWIN-29", "ECHOWIN-30", "ECHOWIN-G04"},
					wants: with(untouched, seen{"": same(missingKey)}),
				},
				{
					tells: "401, invalid", method: "GET", path: "/contacts", as: nobody, headers: head{"X-API-Key": "ew_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, status: 401,
					proves: []string{"ECHOWIN-29", "ECHOWIN-30", "ECHOWIN-G04"}, wants: with(untouched, seen{"": same(invalidKey)}),
				},
				{
					tells: "a hundred and one of them count nothing", method: "GET", path: "/contacts", as: nobody, status: 401, proves: []string{"ECHOWIN-G04"},
					series: &series{times: 101, each: untouched}, wants: seen{"": same(missingKey)},
				},
				{
					tells: "404 of a route", method: "GET", path: "/nothing", status: 404, proves: []string{"ECHOWIN-29", "ECHOWIN-30"},
					wants: with(untouched, seen{"": entries(1)}),
				},
				{
					tells: "405", method: "PUT", path: "/contacts", body: `{}`, status: 405, proves: []string{"ECHOWIN-29", "ECHOWIN-30"},
					wants: with(untouched, seen{"": entries(1)}),
				},
				{
					tells: "200", method: "GET", path: "/contacts", status: 200, proves: []string{"ECHOWIN-29", "ECHOWIN-30", "ECHOWIN-31", "ECHOWIN-G04"},
					wants: seen{limitHeader: "1000", remainingHeader: "999", resetHeader: tenth, retryHeader: absent},
				},
				{
					tells: "404 of an id", method: "GET", path: "/contacts/9b2d7f1e-4c3a-4b8e-9a55-0d6c1f2e3a4b", status: 404,
					proves: []string{"ECHOWIN-29", "ECHOWIN-30", "ECHOWIN-31"}, wants: seen{limitHeader: "1000", remainingHeader: "998", resetHeader: tenth},
				},
				{
					tells: "400", method: "POST", path: "/contacts", body: `{`, status: 400, proves: []string{"ECHOWIN-29", "ECHOWIN-30", "ECHOWIN-31"},
					wants: seen{limitHeader: "1000", remainingHeader: "997", resetHeader: tenth},
				},
				{
					tells: "201", method: "POST", path: "/contacts", body: contactPhone, status: 201, proves: []string{"ECHOWIN-29", "ECHOWIN-30", "ECHOWIN-31"},
					keep: kept{"id": "/id"}, wants: seen{limitHeader: "1000", remainingHeader: "996", resetHeader: tenth},
				},
				{
					tells: "204", method: "DELETE", path: "/contacts/{id}", status: 204, proves: []string{"ECHOWIN-29", "ECHOWIN-30", "ECHOWIN-31"},
					wants: seen{limitHeader: "1000", remainingHeader: "995", resetHeader: tenth},
				},
				{
					tells: "order a failure", to: management, method: "POST", path: "/faults", body: `{"kind":"status","status":500,"times":1}`, status: 201,
					wants: seen{"/state": "active"},
				},
				{
					tells: "500", method: "GET", path: "/contacts", status: 500, proves: []string{"ECHOWIN-24", "ECHOWIN-29", "ECHOWIN-30", "ECHOWIN-31"},
					wants: seen{"": same(`{"error":"Internal server error"}`), limitHeader: "1000", remainingHeader: "994", resetHeader: tenth},
				},
				{
					tells: "429", method: "GET", path: "/contacts", status: 429, proves: []string{"ECHOWIN-29", "ECHOWIN-30"},
					series: &series{times: 95, answers: map[int]int{200: 94, 429: 1}, counts: "X-RateLimit-Remaining"},
					wants:  seen{"": same(overLimit), limitHeader: "1000", remainingHeader: "900", resetHeader: tenth},
				},
			},
		},
		{
			contract: "echowin", tells: "no environments, and no need for TLS", setting: setting{tls: true},
			steps: []step{
				{
					tells: "keys can be labelled", to: management, method: "POST", path: "/keys", body: `{"name":"Test","environment":"staging"}`, status: 201,
					keep: kept{"staging": "/text"}, proves: []string{"ECHOWIN-G08"}, wants: seen{"/environment": "staging", "/expires_at": absent},
				},
				{
					tells: "the label keeps no data apart: what this key makes", method: "POST", path: "/contacts", as: "staging", body: contactPhone, status: 201,
					keep: kept{"id": "/id"}, proves: []string{"ECHOWIN-G08"}, wants: seen{"/firstName": "Grace"},
				},
				{
					tells: "the first key sees", method: "GET", path: "/contacts/{id}", status: 200, proves: []string{"ECHOWIN-G08"}, wants: seen{"/id": "{id}"},
				},
				{
					tells: "and the other way round", method: "GET", path: "/contacts/6f1c2b1e-8f0a-4c55-9a57-3d2f0e9b7a11", as: "staging", status: 200,
					proves: []string{"ECHOWIN-G08"}, wants: seen{"/lastName": "Whitfield"},
				},
				{
					tells: "in clear", method: "GET", path: "/contacts", status: 200, proves: []string{"ECHOWIN-G09"}, wants: seen{"/data": entries(5)},
				},
				{
					tells: "over TLS", to: overTLS, method: "GET", path: "/contacts", status: 200, proves: []string{"ECHOWIN-G09"}, wants: seen{"/data": entries(5)},
				},
			},
		},
	}
}

// with is what stands in either of two.
func with(one, two seen) seen {
	all := seen{}
	for _, s := range []seen{one, two} {
		for place, want := range s {
			all[place] = want
		}
	}
	return all
}
