package grade_test

import (
	"fmt"
	"testing"
	"time"

	"understudy/scenarios/grade"
)

func TestUnauthorized(t *testing.T) {
	list := "GET /v1/sailings"
	items := func(n int, line string) []told {
		return many(n, func(i int) told { return ask(second+time.Duration(i)*second, fmt.Sprintf(line, i), "401") })
	}
	good := ask(0, "GET /v1/map", "200")
	keeps(t, "END-001",
		trialCase{name: "no 401", want: idle, says: "--drill permission", calls: []told{good}},
		trialCase{name: "nothing was shown", want: idle, calls: []told{{request: list, answer: "401"}}},
		trialCase{name: "twice", want: kept, calls: append([]told{good}, items(2, "GET /v1/sailings/%d")...)},
		trialCase{name: "three times", want: broken, says: "3 times in a row", calls: append([]told{good}, items(3, "GET /v1/sailings/%d")...)},
		trialCase{name: "a success in between", want: kept, calls: []told{
			good, ask(second, list, "401"), ask(2*second, list, "401"), ask(3*second, list, "200"), ask(4*second, list, "401"), ask(5*second, list, "401"),
		}},
		trialCase{name: "a new credential each time", want: kept, calls: many(9, func(i int) told { return by(i+1, ask(time.Duration(i)*second, list, "401")) })},
		trialCase{name: "once a day", want: kept, calls: append([]told{good}, many(9, func(i int) told { return ask(time.Duration(i+1)*24*time.Hour, list, "401") })...)},
		trialCase{name: "a made-up key of a test, three times", want: kept, calls: items(3, "GET /v1/sailings/%d")},
		trialCase{name: "a wrong key, on and on", want: broken, says: "5 times in a row", calls: items(6, "GET /v1/sailings/%d")},
		trialCase{name: "over several operations", want: warned, says: "Tests of a revoked credential", calls: append([]told{good},
			ask(second, list, "401"), ask(2*second, "GET /v1/map", "401"), ask(3*second, "GET /v1/jobs/1", "401"), ask(4*second, "GET /v1/ropes/1", "401"), ask(5*second, "GET /v1/decks/1", "401"))},
		trialCase{name: "a made-up key over all operations", want: kept, calls: []told{
			ask(second, list, "401"), ask(2*second, "GET /v1/map", "401"), ask(3*second, "GET /v1/jobs/1", "401"), ask(4*second, "GET /v1/ropes/1", "401"), ask(5*second, "GET /v1/decks/1", "401"),
		}},
		trialCase{name: "wrong logins", want: idle, calls: spread(9, second, "POST /v1/login", "401")},
	)
}

func TestForbidden(t *testing.T) {
	item := "DELETE /v1/sailings/7"
	keeps(t, "END-002",
		trialCase{name: "no 403", want: idle, says: "--drill permission", calls: row(item, []int{0}, "204")},
		trialCase{name: "twice", want: kept, calls: row(item, []int{0, 1000}, "403")},
		trialCase{name: "three times", want: broken, says: "answered 403", calls: row(item, []int{0, 1000, 2000}, "403")},
		trialCase{name: "three times with other calls in between", want: broken, calls: []told{
			ask(0, item, "403"), ask(second, "GET /v1/map", "200"), ask(2*second, item, "403"), ask(3*second, "GET /v1/map", "200"), ask(4*second, item, "403"),
		}},
		trialCase{name: "a success in between", want: kept, calls: row(item, []int{0, 1000, 2000, 3000}, "403", "403", "204", "403")},
		trialCase{name: "other keys", want: kept, calls: many(5, func(i int) told { return by(i+1, ask(time.Duration(i)*second, item, "403")) })},
		trialCase{name: "one item after another", want: warned, says: "A test of permissions", calls: spread(10, second, "DELETE /v1/sailings/", "403")},
		trialCase{name: "nine items", want: kept, calls: spread(9, second, "DELETE /v1/sailings/", "403")},
		trialCase{name: "once an hour", want: kept, calls: spread(9, time.Hour, item, "403")},
		trialCase{name: "a limit", want: idle, calls: row(item, []int{0, 2000, 4000}, "403\nRetry-After: 1\n\n")},
	)
}

func TestLoop(t *testing.T) {
	keeps(t, "END-003",
		trialCase{name: "two failures", want: idle, says: "--drill outage", calls: spread(2, second, "GET /v1/map", "503")},
		trialCase{name: "three failures", want: kept, calls: spread(3, second, "GET /v1/map", "503")},
		trialCase{name: "more than twenty", want: warned, says: "more than 20 times in a row", calls: spread(40, second, "GET /v1/map", "503")},
		trialCase{name: "with other content each time", want: warned, calls: many(22, func(i int) told {
			return ask(time.Duration(i)*second, fmt.Sprintf("POST /v1/tickets\n\n{\"at\":%d}", i), "422")
		})},
		trialCase{name: "successes in between", want: kept, calls: many(60, func(i int) told {
			return ask(time.Duration(i)*second, "GET /v1/map", []string{"503", "503", "503", "200"}[i%4])
		})},
		trialCase{name: "a job that runs each minute", want: idle, calls: spread(40, time.Minute, "GET /v1/map", "503")},
		trialCase{name: "different things", want: idle, calls: spread(40, second, "GET /v1/sailings/", "404")},
		trialCase{name: "health checks", want: idle, calls: spread(40, second, "GET /v1/health", "503")},
	)
}

func TestSilence(t *testing.T) {
	down := fault("status 503", ask(second, "GET /v1/map", "503"))
	keeps(t, "END-004",
		trialCase{name: "no command", want: idle, says: "no command was rehearsed", calls: []told{down}},
		trialCase{name: "no trouble", want: idle, change: exit(0), calls: row("GET /v1/map", []int{0}, "200")},
		trialCase{name: "trouble that nobody ordered", want: idle, change: exit(0), calls: row("GET /v1/map", []int{0}, "503")},
		trialCase{name: "ended as if all were well", want: warned, says: "A test may expect the failure", change: exit(0), calls: []told{ask(0, "GET /v1/sailings", "200"), down}},
		trialCase{name: "ended with an error", want: kept, change: exit(1), calls: []told{down}},
		trialCase{name: "went on", want: kept, change: exit(0), calls: []told{down, ask(5*second, "GET /v1/sailings", "200")}},
		trialCase{name: "got over it", want: idle, change: exit(0), calls: []told{down, ask(3*second, "GET /v1/map", "200")}},
	)
}

func TestOutage(t *testing.T) {
	keeps(t, "END-005",
		trialCase{name: "four failures", want: idle, says: "--drill outage", calls: spread(4, 100*ms, "GET /v1/map", "503")},
		trialCase{name: "five failures", want: kept, calls: spread(5, 100*ms, "GET /v1/map", "503")},
		trialCase{name: "a storm", want: warned, says: "40 calls were made within 3.9 s, for 40 different things", calls: spread(40, 100*ms, "GET /v1/sailings/", "503")},
		trialCase{name: "at a slow pace", want: kept, calls: spread(40, 2*second, "GET /v1/sailings/", "503")},
		trialCase{name: "something succeeds", want: kept, calls: many(60, func(i int) told {
			if i%20 == 19 {
				return ask(time.Duration(i)*100*ms, "GET /v1/map", "200")
			}
			return ask(time.Duration(i)*100*ms, fmt.Sprintf("GET /v1/sailings/%d", i), "503")
		})},
		trialCase{name: "refusals are no outage", want: idle, calls: spread(40, 100*ms, "GET /v1/sailings/", "404")},
		trialCase{name: "limits are no outage", want: idle, calls: spread(40, 100*ms, "GET /v1/sailings/", "429")},
	)
}

func TestRedirects(t *testing.T) {
	hop := func(i int, from, to string) told {
		return ask(time.Duration(i)*20*ms, "GET "+from, "302\nLocation: "+to+"\n\n")
	}
	keeps(t, "END-006",
		trialCase{name: "no redirect", want: idle, calls: row("GET /v1/map", []int{0}, "200")},
		trialCase{name: "not followed", want: idle, calls: []told{hop(0, "/v1/map", "/v1/sailings")}},
		trialCase{name: "followed", want: kept, calls: []told{hop(0, "/v1/map", "/v1/sailings"), ask(20*ms, "GET /v1/sailings", "200")}},
		trialCase{name: "an absolute address", want: kept, calls: []told{hop(0, "/v1/map", "http://ferry.example/v1/sailings#top"), ask(20*ms, "GET /v1/sailings", "200")}},
		trialCase{name: "in a circle", want: broken, says: "over 2 addresses", calls: many(8, func(i int) told {
			return hop(i, []string{"/v1/map", "/v1/sailings"}[i%2], []string{"/v1/sailings", "/v1/map"}[i%2])
		})},
		trialCase{name: "ever further", want: broken, says: "11 redirects", calls: many(12, func(i int) told { return hop(i, fmt.Sprintf("/v1/jobs/%d", i), fmt.Sprintf("%d", i+1)) })},
		trialCase{name: "ten of them", want: kept, calls: many(11, func(i int) told { return hop(i, fmt.Sprintf("/v1/jobs/%d", i), fmt.Sprintf("%d", i+1)) })},
		trialCase{name: "the same one again and again, each by itself", want: kept, calls: many(20, func(i int) told {
			if i%2 == 0 {
				return hop(i, "/v1/map", "/v1/sailings")
			}
			return ask(time.Duration(i)*20*ms, "GET /v1/sailings", "200")
		})},
	)
}

func TestAbsent(t *testing.T) {
	failure := ask(0, "POST /v1/tickets\n\n{}", "500")
	keeps(t, "END-007",
		trialCase{name: "nothing failed", want: idle, says: "--drill outage", calls: row("GET /v1/sailings/7", []int{0}, "200")},
		trialCase{name: "nothing filled in", want: idle, calls: []told{failure, ask(second, "GET /v1/map", "200")}},
		trialCase{name: "a value", want: kept, calls: []told{failure, ask(second, "GET /v1/sailings/7", "200")}},
		trialCase{name: "undefined", want: warned, says: "Before it, POST /tickets was answered 500", calls: []told{failure, ask(second, "GET /v1/sailings/undefined", "404")}},
		trialCase{name: "null", want: warned, calls: []told{failure, ask(second, "DELETE /v1/sailings/null", "404")}},
		trialCase{name: "an object", want: warned, calls: []told{failure, ask(second, "GET /v1/sailings/[object%20Object]", "404")}},
		trialCase{name: "a template that was not filled in", want: warned, calls: []told{failure, ask(second, "GET /v1/sailings/%7Bid%7D", "404")}},
		trialCase{name: "without a failure before it", want: warned, calls: []told{ask(second, "GET /v1/sailings?after=undefined", "200")}},
		trialCase{name: "a word of a query", want: kept, calls: []told{failure, ask(second, "GET /v1/sailings?filter=none&sort=null", "200")}},
		trialCase{name: "a part of a word", want: kept, calls: []told{failure, ask(second, "GET /v1/sailings/nullarbor-none", "200")}},
		trialCase{name: "an id in braces", want: kept, calls: []told{failure, ask(second, "GET /v1/sailings?q=%7B%22a%22:1%7D", "200")}, change: func(rec *grade.Recording) {}},
	)
}
