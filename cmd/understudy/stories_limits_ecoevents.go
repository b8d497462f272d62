package main

import (
	"slices"
	"strconv"
	"time"
)

// aboveTier is EcoEvents' answer to a request that a tier's limit refuses.
const aboveTier = `{"error":{"code":"rate_limit_exceeded","message":"Too many requests. Try again later."}}`

// quiet is what answers show of limits that did not refuse them: nothing.
var quiet = seen{limitHeader: absent, remainingHeader: absent, resetHeader: absent, retryHeader: absent}

// ecoeventsLimitStories are about tiers, and about what a client is to do when its token ends.
func ecoeventsLimitStories() []story {
	return []story{
		{
			contract: "ecoevents", tells: "limits by tier", setting: setting{limits: true},
			steps: slices.Concat(
				[]step{
					{
						tells: "an account of the starter tier", to: management, method: "POST", path: "/accounts",
						body: `{"id":"acc_starter000","name":"Small Stage","plan":"starter"}`, status: 201, wants: seen{"/plan": "starter"},
					},
					{
						tells: "and one of the enterprise tier", to: management, method: "POST", path: "/accounts",
						body: `{"id":"acc_enterprise","name":"Big Stage","plan":"enterprise"}`, status: 201, wants: seen{"/plan": "enterprise"},
					},
				},
				ecoeventsTier("free", "acc_1z2y3x4w5v", 60, 1_000),
				ecoeventsTier("starter", "acc_starter000", 300, 10_000),
				ecoeventsTier("professional", "acc_9i8h7g6f5e", 1_200, 50_000),
				[]step{
					{
						tells: "a key of the enterprise tier", to: management, method: "POST", path: "/keys",
						body: `{"name":"Big","account":"acc_enterprise","scopes":["events:read"]}`, status: 201, keep: kept{"big": "/text"}, wants: seen{"/good": true},
					},
					{
						tells: "has no limit here", method: "GET", path: "/v1/events?limit=1", as: "big", status: 200, proves: []string{"ECOEVENTS-G07"},
						series: &series{times: 1201, each: quiet}, wants: seen{"/data": like(`^\[`)},
					},
				},
			),
		},
		{
			contract: "ecoevents", tells: "1,000 a day on the free tier, for real", setting: setting{limits: true},
			steps: []step{
				{
					tells: "a key", to: management, method: "POST", path: "/keys", body: `{"name":"One","account":"acc_1z2y3x4w5v","scopes":["events:read"]}`, status: 201,
					keep: kept{"one": "/text"}, wants: seen{"/good": true},
				},
				{
					tells: "another of the account", to: management, method: "POST", path: "/keys",
					body: `{"name":"Two","account":"acc_1z2y3x4w5v","scopes":["events:read"]}`, status: 201, keep: kept{"two": "/text"}, wants: seen{"/good": true},
				},
				{
					tells: "1,000, a little less than 60 a minute", method: "GET", path: "/v1/events", as: "one", status: 200,
					proves: []string{"ECOEVENTS-46", "ECOEVENTS-G07"}, series: &series{times: 1000, apart: 1100 * time.Millisecond, each: quiet},
					wants: seen{"/data": like(`^\[`)},
				},
				{
					tells: "number 1,001", advance: 1100 * time.Millisecond, method: "GET", path: "/v1/events", as: "one", status: 429,
					proves: []string{"ECOEVENTS-46", "ECOEVENTS-G07", "ECOEVENTS-G01", "COMMON-03"},
					wants: seen{ // it is 09:18:20
						"": same(aboveTier), limitHeader: "1000", remainingHeader: "0", resetHeader: strconv.Itoa(midnight), retryHeader: "52900",
					},
				},
				{
					tells: "the tier is the account's, and so is the counter", method: "GET", path: "/v1/events", as: "two", status: 429,
					proves: []string{"ECOEVENTS-46"}, wants: seen{"": same(aboveTier), limitHeader: "1000"},
				},
				{
					tells: "after midnight", advance: 52900 * time.Second, method: "GET", path: "/v1/events", as: "two", status: 200,
					proves: []string{"ECOEVENTS-46", "ECOEVENTS-G07"}, wants: with(quiet, seen{"/data": like(`^\[`)}),
				},
			},
		},
		{
			contract: "ecoevents", tells: "tokens that end in mid-run, and 401 on command",
			steps: []step{
				{
					tells: "log in", method: "POST", path: "/v1/auth/login", body: ecoeventsLogin, status: 200,
					keep: kept{"access": "/accessToken", "refresh": "/refreshToken"}, wants: seen{"/expiresIn": 86400},
				},
				{
					tells: "the token works", method: "GET", path: "/v1/events", as: "access", status: 200, wants: seen{"/data": entries(4)},
				},
				{
					tells: "find it", to: management, method: "GET", path: "/credentials?kind=jwt", status: 200, keep: kept{"id": "/keys/0/id"},
					wants: seen{"/keys": entries(1)},
				},
				{
					tells: "let it end, long before its time", to: management, method: "PATCH", path: "/keys/{id}", body: `{"state":"expired"}`, status: 200,
					proves: []string{"ECOEVENTS-41"}, wants: seen{"/state": "expired"},
				},
				{
					tells: "the client meets a 401 that says so", method: "GET", path: "/v1/events", as: "access", status: 401,
					proves: []string{"ECOEVENTS-41"}, wants: seen{"/error/code": like(`^expired_token$`), "header WWW-Authenticate": has("invalid_token")},
				},
				{
					tells: "renews", method: "POST", path: "/v1/auth/refresh", as: nobody, body: refreshBody, status: 200, proves: []string{"ECOEVENTS-41"},
					keep: kept{"renewed": "/accessToken"}, wants: seen{"/accessToken": other("{access}"), "/refreshToken": other("{refresh}")},
				},
				{
					tells: "and goes on", method: "GET", path: "/v1/events", as: "renewed", status: 200, proves: []string{"ECOEVENTS-41"},
					wants: seen{"/data": entries(4)},
				},
				{
					tells: "order two 401", to: management, method: "POST", path: "/faults", body: `{"name":"out","kind":"status","status":401,"times":2}`, status: 201,
					proves: []string{"ECOEVENTS-42"}, wants: seen{"/state": "active"},
				},
				{
					tells: "a good key is refused", method: "GET", path: "/v1/events", status: 401, proves: []string{"ECOEVENTS-42"},
					wants: seen{"/error/code": like(`.`), "/data": absent},
				},
				{
					tells: "a good token too", method: "GET", path: "/v1/events", as: "renewed", status: 401, proves: []string{"ECOEVENTS-42"},
					wants: seen{"/error/code": like(`.`), "header WWW-Authenticate": has("Bearer")},
				},
				{
					tells: "then no more", method: "GET", path: "/v1/events", status: 200, proves: []string{"ECOEVENTS-42"}, wants: seen{"/data": entries(4)},
				},
				{
					tells: "it was counted", to: management, method: "GET", path: "/faults/out", status: 200, proves: []string{"ECOEVENTS-42"},
					wants: seen{"/state": "spent", "/acted": 2},
				},
			},
		},
	}
}

// ecoeventsTier uses up the minute of an account, then the last request of its day.
func ecoeventsTier(tier, account string, minute, day int) []step {
	key, most := "key_"+tier, strconv.Itoa(minute)
	return []step{
		{
			tells: "a key of the " + tier + " tier, at a full minute", advance: time.Minute, to: management, method: "POST", path: "/keys",
			body: `{"name":"` + tier + `","account":"` + account + `","scopes":["events:read"]}`, status: 201, keep: kept{key: "/text"}, wants: seen{"/account": account},
		},
		{
			tells: most + " a minute", method: "GET", path: "/v1/events?limit=1", as: key, status: 200, proves: []string{"ECOEVENTS-46", "ECOEVENTS-G07"},
			series: &series{times: minute, each: quiet}, wants: seen{"/data": like(`^\[`)},
		},
		{
			tells: "and no more", method: "GET", path: "/v1/events?limit=1", as: key, status: 429,
			proves: []string{"ECOEVENTS-46", "ECOEVENTS-G07", "ECOEVENTS-G01", "COMMON-03"},
			wants:  seen{"": same(aboveTier), limitHeader: most, remainingHeader: "0", resetHeader: like(`^17724\d{5}$`), retryHeader: "60"},
		},
		{
			tells: "the day is declared", to: management, method: "GET", path: "/limits?limit=" + tier + "-day&subject=account:" + account, status: 200,
			proves: []string{"ECOEVENTS-G07"},
			wants:  seen{"/counters/0/quota": day, "/counters/0/used": minute, "/counters/0/remaining": day - minute, "/counters/0/reset_at": "2026-03-03T00:00:00Z"},
		},
		{
			tells: "a minute later, one request before the day is used up", advance: time.Minute, to: management, method: "POST", path: "/limits/set",
			body: `{"limit":"` + tier + `-day","subject":"account:` + account + `","remaining":1}`, status: 200, wants: seen{"/counters/0/remaining": 1},
		},
		{
			tells: "it passes", method: "GET", path: "/v1/events?limit=1", as: key, status: 200, proves: []string{"ECOEVENTS-46", "ECOEVENTS-G07"},
			wants: with(quiet, seen{"/data": like(`^\[`)}),
		},
		{
			tells: "the next one is above " + strconv.Itoa(day) + " a day", method: "GET", path: "/v1/events?limit=1", as: key, status: 429,
			proves: []string{"ECOEVENTS-46", "ECOEVENTS-G07", "ECOEVENTS-G01"},
			wants:  seen{"": same(aboveTier), limitHeader: strconv.Itoa(day), remainingHeader: "0", resetHeader: strconv.Itoa(midnight), retryHeader: like(`^5\d{4}$`)},
		},
	}
}
