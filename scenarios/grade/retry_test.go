package grade_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"understudy/scenarios/grade"
)

const ms = time.Millisecond

// connected says on which connection each call came.
func connected(names string, calls []told) []told {
	list := strings.Fields(names)
	for i := range calls {
		calls[i] = with(calls[i], func(c *grade.Call) { c.Connection = list[i] })
	}
	return calls
}

func TestPauses(t *testing.T) {
	list := "GET /v1/sailings"
	keeps(t, "RTY-001",
		trialCase{name: "nothing failed", want: idle, says: "--drill flaky-network", calls: row(list, []int{0, 20, 40}, "200")},
		trialCase{name: "not repeated", want: idle, calls: row(list, []int{0}, "503")},
		trialCase{name: "a clock that stands still", want: idle, says: "clock that was moved or stood still", change: frozen, calls: row(list, []int{0, 0, 0}, "503", "503", "200")},
		trialCase{name: "at once, although a wait was asked for", want: broken, says: "after 2.0 ms", calls: row(list, []int{0, 12}, "429\nRetry-After: 2\n\n", "200")},
		trialCase{name: "at once, twice", want: broken, calls: row(list, []int{0, 12, 24}, "503", "503", "200")},
		trialCase{name: "at once, in two calls", want: broken, calls: append(row(list, []int{0, 12}, "503", "200"), row("GET /v1/map", []int{5000, 5012}, "429", "200")...)},
		trialCase{name: "at once, one time", want: warned, says: "drawn at random", calls: row(list, []int{0, 12}, "429", "200")},
		trialCase{name: "a wait of no time", want: kept, calls: row(list, []int{0, 12}, "429\nRetry-After: 0\n\n", "200")},
		trialCase{name: "with pauses", want: kept, calls: row(list, []int{0, 200, 700}, "503", "503", "200")},
		trialCase{name: "one repeat of a broken connection", want: kept, calls: []told{cut(0, list), ask(15*ms, list, "200")}},
		trialCase{name: "two repeats of a broken connection", want: broken, calls: []told{cut(0, list), cut(15*ms, list), ask(30*ms, list, "200")}},
		trialCase{name: "two repeats of a failing server", want: broken, calls: row(list, []int{0, 12, 24}, "500", "502", "200")},
		trialCase{name: "a client that left and asked again", want: idle, calls: []told{
			with(lasting(ask(0, list, ""), 3*second), func(c *grade.Call) { c.Abandoned = true }), ask(2*second, list, "200"),
		}},
		trialCase{name: "two callers that fail at the same time", want: idle, calls: row(list, []int{0, 2, 12, 14}, "503", "503", "200", "200")},
		trialCase{name: "two callers whose calls do not overlap", want: idle, calls: connected("1 2 1 2", row(list, []int{0, 12, 2000, 2012}, "503", "503", "200", "200"))},
		trialCase{name: "a loop that opens a connection for each attempt", want: broken, calls: connected("1 2 3 4", row(list, []int{0, 12, 24, 36}, "503", "503", "503", "200"))},
		trialCase{name: "the next round of a sequence", want: idle, calls: []told{
			ask(0, list, "503"), ask(15*ms, "GET /v1/map", "200"), ask(30*ms, list, "503"), ask(45*ms, "GET /v1/map", "200"), ask(60*ms, list, "200"),
		}},
		trialCase{name: "another key", want: idle, calls: []told{ask(0, list, "503"), by(2, ask(12*ms, list, "503")), by(3, ask(24*ms, list, "200"))}},
		trialCase{name: "health checks", want: idle, calls: row("GET /v1/health", []int{0, 12, 24, 36}, "503", "503", "503", "200")},
		trialCase{name: "a login in between", want: broken, calls: []told{
			ask(0, list, "503"), ask(12*ms, "POST /v1/login\n\n{}", "200"), ask(24*ms, list, "503"), ask(36*ms, list, "200"),
		}},
	)
}

func TestRetryAfter(t *testing.T) {
	list := "GET /v1/sailings"
	date := func(d time.Duration) string { return noon.Add(d).Format(http.TimeFormat) }
	keeps(t, "RTY-002",
		trialCase{name: "no wait is asked for", want: idle, calls: row(list, []int{0, 500}, "429", "200")},
		trialCase{name: "given up", want: idle, says: "--drill rate-limit", calls: row(list, []int{0}, "429\nRetry-After: 2\n\n")},
		trialCase{name: "a clock that stands still", want: idle, change: frozen, calls: row(list, []int{0, 0}, "429\nRetry-After: 2\n\n", "200")},
		trialCase{name: "too early", want: broken, says: "wait of 2.0 s; the same call came again after 990 ms", calls: row(list, []int{0, 1000}, "429\nRetry-After: 2\n\n", "200")},
		trialCase{name: "too early after 503", want: broken, calls: row(list, []int{0, 1000}, "503\nRetry-After: 2\n\n", "200")},
		trialCase{name: "in time", want: kept, calls: row(list, []int{0, 2011}, "429\nRetry-After: 2\n\n", "200")},
		trialCase{name: "within the tolerance", want: kept, calls: row(list, []int{0, 1800}, "429\nRetry-After: 2\n\n", "200")},
		trialCase{name: "below the tolerance", want: broken, calls: row(list, []int{0, 1700}, "429\nRetry-After: 2\n\n", "200")},
		trialCase{name: "a date, too early", want: broken, calls: row(list, []int{0, 2000}, "503\nRetry-After: "+date(5*second)+"\n\n", "200")},
		trialCase{name: "a date, within its second", want: kept, calls: row(list, []int{0, 4100}, "503\nRetry-After: "+date(5*second)+"\n\n", "200")},
		trialCase{name: "a date of a server whose clock is an hour behind", want: broken, calls: row(list, []int{0, 2000}, "503\nDate: "+date(-time.Hour)+"\nRetry-After: "+date(5*second-time.Hour)+"\n\n", "200")},
		trialCase{name: "a date that is over", want: idle, calls: row(list, []int{0, 500}, "503\nRetry-After: "+date(-5*second)+"\n\n", "200")},
		trialCase{name: "what cannot be read", want: idle, calls: row(list, []int{0, 500}, "503\nRetry-After: soon\n\n", "200")},
		trialCase{name: "long waits count for their whole length", want: broken, calls: row(list, []int{0, 600_000}, "429\nRetry-After: 3600\n\n", "200")},
		trialCase{name: "long after the wait is over", want: idle, calls: row(list, []int{0, 120_000}, "429\nRetry-After: 2\n\n", "200")},
		trialCase{name: "several callers of one key", want: warned, says: "another caller's", calls: row(list, []int{0, 5, 1000, 1005}, "429\nRetry-After: 2\n\n", "429\nRetry-After: 2\n\n", "200", "200")},
		trialCase{name: "several callers that wait", want: kept, calls: row(list, []int{0, 5, 2011, 2016}, "429\nRetry-After: 2\n\n", "429\nRetry-After: 2\n\n", "200", "200")},
		trialCase{name: "the next test of a suite", want: warned, calls: []told{ask(0, list, "429\nRetry-After: 2\n\n"), ask(100*ms, "GET /v1/map", "200"), ask(200*ms, list, "200")}},
		trialCase{name: "an upload with a new boundary", want: broken, calls: []told{
			headed(ask(0, "POST /v1/search\n\n--a\r\n\r\nx\r\n--a--", "503\nRetry-After: 2\n\n"), "Content-Type: multipart/form-data; boundary=a"),
			headed(ask(500*ms, "POST /v1/search\n\n--b\r\n\r\nx\r\n--b--", "200"), "Content-Type: multipart/form-data; boundary=b"),
		}, change: func(rec *grade.Recording) {
			for _, c := range rec.Calls {
				c.RequestHeader["Content-Type"] = c.RequestHeader["Content-Type"][1:]
			}
		}},
	)
}

func TestReset(t *testing.T) {
	list := "GET /v1/sailings"
	at := func(d time.Duration) string { return fmt.Sprint(noon.Add(d).Unix()) }
	keeps(t, "RTY-003",
		trialCase{name: "no header tells it", want: idle, calls: row(list, []int{0, 500}, "429", "200")},
		trialCase{name: "Retry-After tells it", want: idle, calls: row(list, []int{0, 500}, "429\nRetry-After: 2\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: "+at(5*second)+"\n\n", "200")},
		trialCase{name: "a clock that stands still", want: idle, change: frozen, calls: row(list, []int{0, 0}, "429\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 5\n\n", "200")},
		trialCase{name: "an instant, too early", want: broken, says: "the limit's reset", calls: row(list, []int{0, 2000}, "429\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: "+at(5*second)+"\n\n", "200")},
		trialCase{name: "an instant, in time", want: kept, calls: row(list, []int{0, 5020}, "429\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: "+at(5*second)+"\n\n", "200")},
		trialCase{name: "milliseconds since 1970", want: broken, calls: row(list, []int{0, 2000}, "429\nX-RateLimit-Reset: "+at(5*second)+"000\n\n", "200")},
		trialCase{name: "seconds from now", want: broken, calls: row(list, []int{0, 2000}, "429\nRateLimit-Remaining: 0\nRateLimit-Reset: 5\n\n", "200")},
		trialCase{name: "a structured field", want: broken, calls: row(list, []int{0, 2000}, "429\nRateLimit: \"minute\";r=0;t=5\n\n", "200")},
		trialCase{name: "a date", want: broken, calls: row(list, []int{0, 2000}, "429\nX-RateLimit-Reset: "+noon.Add(5*second).Format(time.RFC3339)+"\n\n", "200")},
		trialCase{name: "the contract's own names", want: broken, calls: row(list, []int{0, 2000}, "429\nBerths-Left: 0\nBerths-Reset: 5\n\n", "200")},
		trialCase{name: "another window than the one that refused", want: idle, calls: row(list, []int{0, 2000}, "429\nX-RateLimit-Remaining: 900\nX-RateLimit-Reset: 3000\n\n", "200")},
		trialCase{name: "the last of two windows", want: broken, calls: row(list, []int{0, 3000}, "429\nX-RateLimit-Remaining-Second: 0\nX-RateLimit-Reset-Second: 1\nX-RateLimit-Remaining-Minute: 0\nX-RateLimit-Reset-Minute: 20\n\n", "200")},
		trialCase{name: "a 403 that is a limit", want: broken, calls: row(list, []int{0, 2000}, "403\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 5\n\n", "200")},
	)
}

func TestGrowth(t *testing.T) {
	list := "GET /v1/sailings"
	keeps(t, "RTY-004",
		trialCase{name: "one repeat", want: idle, calls: row(list, []int{0, 500}, "503", "200")},
		trialCase{name: "a clock that stands still", want: idle, change: frozen, calls: row(list, []int{0, 0, 0, 0}, "503")},
		trialCase{name: "always alike", want: warned, says: "490 ms, 490 ms, 490 ms", calls: row(list, []int{0, 500, 1000, 1500}, "503", "503", "503", "200")},
		trialCase{name: "shrinking", want: warned, calls: row(list, []int{0, 1500, 2200, 2500}, "503", "503", "503", "200")},
		trialCase{name: "doubling", want: kept, calls: row(list, []int{0, 500, 1500, 3500}, "503", "503", "503", "200")},
		trialCase{name: "drawn at random", want: kept, calls: row(list, []int{0, 700, 1500, 4100}, "503", "503", "503", "200")},
		trialCase{name: "two pauses of which the second is shorter", want: kept, calls: row(list, []int{0, 1000, 1700}, "503", "503", "200")},
		trialCase{name: "at its bound", want: kept, calls: row(list, []int{0, 30_000, 60_000, 90_000}, "503", "503", "503", "200")},
		trialCase{name: "the service asked for each wait", want: idle, calls: row(list, []int{0, 2020, 4040, 6060}, "503\nRetry-After: 2\n\n", "503\nRetry-After: 2\n\n", "503\nRetry-After: 2\n\n", "200")},
		trialCase{name: "a job that runs every five seconds", want: idle, calls: []told{
			ask(0, list, "503"), ask(20*ms, "GET /v1/map", "200"), ask(5*second, list, "503"), ask(5020*ms, "GET /v1/map", "200"), ask(10*second, list, "503"),
		}},
		trialCase{name: "without any pause", want: idle, calls: row(list, []int{0, 12, 24, 36}, "503", "503", "503", "200")},
		trialCase{name: "health checks", want: idle, calls: row("GET /v1/health", []int{0, 1000, 2000, 3000}, "503")},
	)
}

func TestJitter(t *testing.T) {
	list := "GET /v1/sailings"
	several := func(gaps ...[]int) []told {
		var calls []told
		at := 0
		for i, g := range gaps {
			moments := []int{at}
			for _, d := range g {
				at += 10 + d
				moments = append(moments, at)
			}
			answers := make([]string, len(moments))
			for k := range answers {
				answers[k] = "503"
			}
			answers[len(answers)-1] = "200"
			calls = append(calls, row(fmt.Sprintf("GET /v1/jobs/%d", i), moments, answers...)...)
			at += 10_000
		}
		return calls
	}
	keeps(t, "RTY-005",
		trialCase{name: "three pauses", want: idle, calls: row(list, []int{0, 510, 1520, 3530}, "503")},
		trialCase{name: "a clock that stands still", want: idle, change: frozen, calls: row(list, []int{0, 510, 1520, 3530, 7540}, "503")},
		trialCase{name: "exactly doubling", want: warned, says: "a schedule without chance", calls: row(list, []int{0, 510, 1520, 3530, 7540}, "503")},
		trialCase{name: "doubling up to a bound", want: warned, calls: row(list, []int{0, 510, 1520, 3530, 5540}, "503")},
		trialCase{name: "always alike", want: warned, calls: row(list, []int{0, 510, 1021, 1530, 2041}, "503")},
		trialCase{name: "with chance", want: kept, calls: row(list, []int{0, 473, 1390, 3001, 6800}, "503")},
		trialCase{name: "the same in two calls", want: warned, says: "In different calls", calls: several([]int{500, 1000}, []int{501, 999})},
		trialCase{name: "other ones in two calls", want: kept, calls: several([]int{500, 1000}, []int{431, 822})},
		trialCase{name: "the first alike, the second not", want: kept, calls: several([]int{500, 1000}, []int{501, 822})},
		trialCase{name: "once in four calls", want: warned, calls: several([]int{500}, []int{502}, []int{501}, []int{500})},
		trialCase{name: "the service asked for each wait", want: idle, calls: row(list, []int{0, 2020, 4040, 6060, 8080}, "503\nRetry-After: 2\n\n")},
	)
}

func TestBound(t *testing.T) {
	list := "GET /v1/sailings"
	steps := func(n, step int) []int {
		var moments []int
		for i := range n {
			moments = append(moments, i*step)
		}
		return moments
	}
	keeps(t, "RTY-006",
		trialCase{name: "it succeeded before the end was seen", want: idle, says: "--drill outage", calls: row(list, []int{0, 500}, "503", "200")},
		trialCase{name: "the recording ends before anything can be said", want: idle, calls: row(list, []int{0, 500, 1500}, "503")},
		trialCase{name: "given up", want: kept, change: later(time.Minute), calls: row(list, []int{0, 500, 1500}, "503")},
		trialCase{name: "given up, and the command ended", want: kept, change: exit(1), calls: row(list, []int{0, 500, 1500}, "503")},
		trialCase{name: "ten attempts", want: kept, change: exit(1), calls: row(list, steps(10, 500), "503")},
		trialCase{name: "eleven attempts", want: broken, says: "was tried 11 times", calls: row(list, steps(11, 500), "503")},
		trialCase{name: "eleven attempts, the last of which succeeds", want: broken, calls: row(list, steps(12, 500), "503", "503", "503", "503", "503", "503", "503", "503", "503", "503", "503", "200")},
		trialCase{name: "a queue that waits long", want: kept, calls: row(list, steps(14, 45_000), "503")},
		trialCase{name: "a job that runs again", want: warned, says: "a job that runs again", calls: many(24, func(i int) told {
			at := time.Duration(i) * 500 * ms
			if i%2 == 0 {
				return ask(at, list, "503")
			}
			return ask(at, "GET /v1/map", "200")
		})},
		trialCase{name: "health checks", want: idle, calls: row("GET /v1/health", steps(40, 500), "503")},
	)
}

func TestHopeless(t *testing.T) {
	list, post := "GET /v1/sailings/9", "POST /v1/tickets\n\n{\"name\":1}"
	keeps(t, "RTY-007",
		trialCase{name: "nothing is refused", want: idle, says: "--drill permission", calls: row(list, []int{0, 500}, "503", "200")},
		trialCase{name: "three times", want: broken, says: "made again twice", calls: row(post, []int{0, 500, 1500}, "422")},
		trialCase{name: "three times, then nothing is wrong any more", want: kept, calls: row(post, []int{0, 500, 1500}, "422", "422", "201")},
		trialCase{name: "refusals that were ordered", want: broken, calls: []told{
			fault("status 403", ask(0, list, "403")), fault("status 403", ask(500*ms, list, "403")), fault("status 403", ask(1500*ms, list, "403")), ask(3*second, list, "200"),
		}},
		trialCase{name: "once more", want: noted, says: "Two tests", calls: row(post, []int{0, 15}, "422")},
		trialCase{name: "refused and left alone", want: kept, calls: []told{ask(0, post, "422"), ask(ms*20, "GET /v1/map", "200")}},
		trialCase{name: "in tests with something in between", want: kept, calls: []told{
			ask(0, post, "422"), ask(20*ms, "GET /v1/map", "200"), ask(40*ms, post, "422"), ask(60*ms, "GET /v1/map", "200"), ask(80*ms, post, "422"),
		}},
		trialCase{name: "minutes apart", want: kept, calls: row(post, []int{0, 120_000, 240_000}, "422")},
		trialCase{name: "tests side by side", want: kept, calls: row(post, []int{0, 2, 20, 22, 40}, "422")},
		trialCase{name: "changed each time", want: kept, calls: []told{ask(0, post, "422"), ask(500*ms, post+" ", "422"), ask(1000*ms, post+"  ", "422")}},
		trialCase{name: "with a new credential", want: kept, calls: []told{ask(0, list, "401"), ask(20*ms, "POST /v1/login\n\n{}", "200"), by(2, ask(40*ms, list, "200"))}},
		trialCase{name: "with the refused credential", want: broken, calls: row(list, []int{0, 500, 1000}, "401")},
		trialCase{name: "waiting for it to appear", want: kept, calls: row(list, []int{0, 500, 1000}, "404", "404", "200")},
		trialCase{name: "waiting for what never appears", want: warned, says: "appear", calls: row(list, []int{0, 500, 1000}, "404")},
		trialCase{name: "a conflict", want: warned, calls: row(post, []int{0, 500, 1000}, "409")},
		trialCase{name: "a conflict with the first attempt", want: idle, calls: []told{
			headed(ask(0, post, "409"), "Idempotency-Key: a"), headed(ask(500*ms, post, "409"), "Idempotency-Key: a"), headed(ask(1000*ms, post, "201"), "Idempotency-Key: a"),
		}},
		trialCase{name: "wrong logins", want: warned, says: "wrong logins", calls: row("POST /v1/login\n\n{}", []int{0, 20, 40, 60}, "401")},
		trialCase{name: "what may pass later", want: idle, calls: row(list, []int{0, 500, 1000}, "408", "425", "200")},
		trialCase{name: "a 403 by a limit", want: idle, calls: row(list, []int{0, 2500, 5000}, "403\nRetry-After: 2\n\n")},
	)
}

func TestUnsafe(t *testing.T) {
	post := "POST /v1/tickets\n\n{\"name\":\"Ada\"}"
	keyed := func(key string, one told) told { return headed(one, "Idempotency-Key: "+key) }
	effect := func(one told) told {
		before := one.change
		return with(one, func(c *grade.Call) {
			if before != nil {
				before(c)
			}
			c.Effect = true
		})
	}
	sailing := "POST /v1/sailings\n\n{\"to\":\"Oban\"}"
	keeps(t, "RTY-008",
		trialCase{name: "nothing breaks", want: idle, says: "--drill flaky-network", calls: row(post, []int{0}, "201")},
		trialCase{name: "only reads break", want: idle, calls: []told{cut(0, "GET /v1/map"), ask(second, "GET /v1/map", "200")}},
		trialCase{name: "broken off and sent again", want: broken, says: "the contract has no idempotency key for this operation", calls: []told{cut(0, post), ask(second, post, "201")}},
		trialCase{name: "sent again at once on a connection of the pool", want: broken, calls: connected("2 1 2", []told{ask(0, "GET /v1/map", "200"), cut(second, post), ask(second+15*ms, post, "201")})},
		trialCase{name: "the effect happened twice", want: broken, says: "it happened twice", calls: []told{effect(fault("drop", ask(0, post, ""))), effect(ask(second, post, "201"))}},
		trialCase{name: "500", want: broken, calls: row(post, []int{0, 1000}, "500", "201")},
		trialCase{name: "504", want: broken, calls: row(post, []int{0, 1000}, "504", "201")},
		trialCase{name: "a client that left", want: broken, calls: []told{with(lasting(ask(0, post, ""), 2*second), func(c *grade.Call) { c.Abandoned = true }), ask(second, post, "201")}},
		trialCase{name: "503 comes before any effect", want: idle, calls: row(post, []int{0, 1000}, "503", "201")},
		trialCase{name: "503 after an effect", want: broken, calls: []told{effect(ask(0, post, "503")), ask(second, post, "201")}},
		trialCase{name: "429", want: idle, calls: row(post, []int{0, 1000}, "429", "201")},
		trialCase{name: "with a key", want: kept, calls: []told{keyed("a", cut(0, sailing)), keyed("a", ask(second, sailing, "201"))}},
		trialCase{name: "with a key in one attempt only", want: broken, calls: []told{cut(0, sailing), keyed("a", ask(second, sailing, "201"))}},
		trialCase{name: "given up", want: kept, change: exit(1), calls: []told{cut(0, post)}},
		trialCase{name: "looked at first", want: kept, change: exit(0), calls: []told{cut(0, post), ask(500*ms, "GET /v1/sailings", "200"), ask(second, post, "201")}},
		trialCase{name: "another one", want: kept, change: exit(0), calls: []told{cut(0, post), ask(500*ms, post+" ", "201")}},
		trialCase{name: "PUT", want: idle, calls: []told{cut(0, "PUT /v1/sailings/7\n\n{}"), ask(500*ms, "PUT /v1/sailings/7\n\n{}", "200")}},
		trialCase{name: "a search", want: idle, calls: []told{cut(0, "POST /v1/search\n\n{}"), ask(500*ms, "POST /v1/search\n\n{}", "200")}},
		trialCase{name: "a login", want: idle, calls: []told{cut(0, "POST /v1/login\n\n{}"), ask(500*ms, "POST /v1/login\n\n{}", "200")}},
		trialCase{name: "with a precondition", want: idle, calls: []told{headed(cut(0, post), "If-Match: \"a\""), headed(ask(500*ms, post, "200"), "If-Match: \"a\"")}},
		trialCase{name: "an answer that breaks off", want: broken, calls: []told{fault("truncated-body", ask(0, post, "201")), ask(500*ms, post, "201")}},
	)
}

func TestTriedAgain(t *testing.T) {
	list := "GET /v1/sailings"
	keeps(t, "RTY-009",
		trialCase{name: "nothing failed", want: idle, calls: row(list, []int{0}, "200")},
		trialCase{name: "ordered trouble, given up", want: warned, says: "was not made again", change: exit(1), calls: []told{cut(0, list)}},
		trialCase{name: "ordered 503, given up", want: warned, change: exit(1), calls: []told{fault("status 503", ask(0, list, "503"))}},
		trialCase{name: "given up in other trouble", want: noted, says: "have its reasons", change: exit(1), calls: row(list, []int{0}, "503")},
		trialCase{name: "tried again", want: kept, calls: []told{cut(0, list), ask(second, list, "200")}},
		trialCase{name: "the end was not seen", want: idle, calls: []told{cut(0, list)}},
		trialCase{name: "a long wait was asked for", want: idle, change: exit(1), calls: row(list, []int{0}, "429\nRetry-After: 3600\n\n")},
		trialCase{name: "an unsafe call", want: idle, change: exit(1), calls: []told{cut(0, "POST /v1/tickets\n\n{}")}},
		trialCase{name: "an unsafe call with a key", want: warned, change: exit(1), calls: []told{headed(cut(0, "POST /v1/sailings\n\n{}"), "Idempotency-Key: a")}},
		trialCase{name: "the client left", want: idle, change: exit(1), calls: []told{with(ask(0, list, ""), func(c *grade.Call) { c.Abandoned = true })}},
		trialCase{name: "refused for good", want: idle, change: exit(1), calls: row(list, []int{0}, "404")},
		trialCase{name: "health checks", want: idle, change: exit(1), calls: row("GET /v1/health", []int{0}, "503")},
	)
}
