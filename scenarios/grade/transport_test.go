package grade_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"understudy/scenarios/grade"
)

func TestTimeout(t *testing.T) {
	left := func(d time.Duration) told {
		return with(lasting(ask(0, "GET /v1/map", ""), d), func(c *grade.Call) { c.Abandoned = true })
	}
	keeps(t, "NET-001",
		trialCase{name: "quick answers", want: idle, says: "--drill flaky-network", calls: row("GET /v1/map", []int{0}, "200")},
		trialCase{name: "a slow one that says nothing yet", want: idle, calls: []told{lasting(ask(0, "GET /v1/map", "200"), 10*second)}},
		trialCase{name: "a clock that stands still", want: idle, change: frozen, calls: []told{lasting(ask(0, "GET /v1/map", "200"), 40*second)}},
		trialCase{name: "left", want: kept, calls: []told{left(5 * second), ask(6*second, "GET /v1/map", "200")}},
		trialCase{name: "the program ended while it waited", want: idle, calls: []told{left(5 * second)}},
		trialCase{name: "interrupted at once", want: idle, change: later(time.Minute), calls: []told{left(100 * ms)}},
		trialCase{name: "left very late", want: noted, change: later(time.Hour), calls: []told{left(150 * second)}},
		trialCase{name: "waited", want: warned, says: "still waited for after 31.0 s", calls: []told{lasting(ask(0, "GET /v1/map", "200"), 31*second)}},
		trialCase{name: "a stream of events", want: idle, calls: []told{lasting(ask(0, "GET /v1/map", "200\nContent-Type: text/event-stream\n\n"), 31*second)}},
	)
}

func TestReuse(t *testing.T) {
	on := func(name func(i int) string, change func(*grade.Call)) []told {
		return many(12, func(i int) told {
			return with(ask(time.Duration(i)*200*ms, "GET /v1/map", "200"), func(c *grade.Call) {
				c.Connection = name(i)
				if change != nil {
					change(c)
				}
			})
		})
	}
	fresh := func(i int) string { return fmt.Sprint(i) }
	keeps(t, "NET-002",
		trialCase{name: "not recorded", want: idle, says: "the recording does not tell connections", calls: spread(20, 200*ms, "GET /v1/map", "200")},
		trialCase{name: "too few", want: idle, calls: on(fresh, nil)[:9]},
		trialCase{name: "one connection", want: kept, calls: on(func(int) string { return "1" }, nil)},
		trialCase{name: "a new one each time", want: warned, says: "Of 11 calls", calls: on(fresh, nil)},
		trialCase{name: "two of eleven used again", want: kept, calls: on(func(i int) string { return fmt.Sprint(max(i, 2)) }, nil)},
		trialCase{name: "the answers close them", want: idle, calls: on(fresh, func(c *grade.Call) { c.ResponseHeader.Set("Connection", "close") })},
		trialCase{name: "the client has them closed", want: warned, calls: on(fresh, func(c *grade.Call) {
			c.RequestHeader.Set("Connection", "close")
			c.ResponseHeader.Set("Connection", "close")
		})},
		trialCase{name: "they broke", want: idle, calls: on(fresh, func(c *grade.Call) { c.Status, c.Fault = 0, "reset" })},
		trialCase{name: "side by side", want: idle, calls: on(fresh, func(c *grade.Call) { c.Duration = second })},
		trialCase{name: "long pauses", want: idle, calls: on(fresh, func(c *grade.Call) { c.Start = noon.Add(c.Start.Sub(noon) * 60) })},
	)
}

func TestSecure(t *testing.T) {
	at := func(host string, secure bool) func(*grade.Recording) {
		return func(rec *grade.Recording) {
			rec.Host = host
			for _, c := range rec.Calls {
				c.Secure = secure
			}
		}
	}
	calls := row("GET /v1/map", []int{0}, "200")
	keeps(t, "NET-003",
		trialCase{name: "this machine", want: idle, says: "every call went to this machine", change: at("127.0.0.1:4010", false), calls: calls},
		trialCase{name: "this machine by name", want: idle, change: at("ferry.localhost:4010", false), calls: calls},
		trialCase{name: "this machine over IPv6", want: idle, change: at("[::1]:4010", false), calls: calls},
		trialCase{name: "over TLS", want: kept, change: at("ferry.example", true), calls: calls},
		trialCase{name: "in clear", want: broken, says: "sent to ferry.example in clear", change: at("ferry.example:80", false), calls: calls},
		trialCase{name: "an absolute URL over TLS", want: kept, change: func(rec *grade.Recording) { rec.Calls[0].URL = "https://ferry.example/v1/map" }, calls: calls},
		trialCase{name: "an absolute URL in clear", want: broken, change: func(rec *grade.Recording) { rec.Calls[0].URL = "http://ferry.example/v1/map" }, calls: calls},
	)
}

func TestConditional(t *testing.T) {
	const tagged = "200\nETag: \"a\"\n\n"
	again := func(answers ...string) []told {
		return many(len(answers), func(i int) told { return ask(time.Duration(i)*second, "GET /v1/map", answers[i]) })
	}
	keeps(t, "NET-004",
		trialCase{name: "no validator", want: idle, calls: again("200", "200", "200")},
		trialCase{name: "read once", want: idle, calls: again(tagged)},
		trialCase{name: "read again with it", want: kept, calls: []told{ask(0, "GET /v1/map", tagged), headed(ask(second, "GET /v1/map", "304"), "If-None-Match: \"a\"")}},
		trialCase{name: "read again without it", want: noted, calls: again(tagged, tagged)},
		trialCase{name: "three times", want: warned, says: "brought the same once more", calls: again(tagged, tagged, tagged, tagged)},
		trialCase{name: "it had changed", want: kept, calls: again(tagged, "200\nETag: \"b\"\n\n", "200\nETag: \"c\"\n\n")},
		trialCase{name: "by its date", want: warned, calls: again("200\nLast-Modified: Mon, 02 Mar 2026 11:00:00 GMT\n\n", "200\nLast-Modified: Mon, 02 Mar 2026 11:00:00 GMT\n\n",
			"200\nLast-Modified: Mon, 02 Mar 2026 11:00:00 GMT\n\n", "200\nLast-Modified: Mon, 02 Mar 2026 11:00:00 GMT\n\n")},
		trialCase{name: "not to be stored", want: idle, calls: again("200\nETag: \"a\"\nCache-Control: no-store\n\n", "200\nETag: \"a\"\nCache-Control: no-store\n\n")},
		trialCase{name: "other callers", want: idle, calls: many(5, func(i int) told { return by(i+1, ask(time.Duration(i)*second, "GET /v1/map", tagged)) })},
	)
}

func TestPrecondition(t *testing.T) {
	read := ask(0, "GET /v1/sailings/7", "200\nETag: \"a\"\n\n")
	put := ask(second, "PUT /v1/sailings/7\n\n{}", "200")
	keeps(t, "NET-005",
		trialCase{name: "no ETag", want: idle, calls: []told{ask(0, "GET /v1/sailings/7", "200"), put}},
		trialCase{name: "another resource", want: idle, calls: []told{ask(0, "GET /v1/sailings/8", "200\nETag: \"a\"\n\n"), put}},
		trialCase{name: "an operation that does not take it", want: idle, calls: []told{read, ask(second, "DELETE /v1/sailings/7", "204")}},
		trialCase{name: "without", want: warned, says: "without If-Match", calls: []told{read, put}},
		trialCase{name: "with", want: kept, calls: []told{read, headed(put, "If-Match: \"a\"")}},
	)
}

func TestFresh(t *testing.T) {
	const minute = "200\nCache-Control: private, max-age=60\n\n"
	keeps(t, "NET-006",
		trialCase{name: "no max-age", want: idle, calls: row("GET /v1/map", []int{0, 1000}, "200")},
		trialCase{name: "read again", want: noted, says: "may be kept for 60.0 s", calls: row("GET /v1/map", []int{0, 1000}, minute)},
		trialCase{name: "read again later", want: kept, calls: row("GET /v1/map", []int{0, 61_000}, minute)},
		trialCase{name: "read again on purpose", want: kept, calls: []told{ask(0, "GET /v1/map", minute), headed(ask(second, "GET /v1/map", minute), "Cache-Control: no-cache")}},
		trialCase{name: "after a write", want: idle, calls: []told{ask(0, "GET /v1/map", minute), ask(second, "POST /v1/tickets\n\n{}", "201"), ask(2*second, "GET /v1/map", minute)}},
		trialCase{name: "it was old when it came", want: kept, calls: row("GET /v1/map", []int{0, 10_000}, "200\nCache-Control: max-age=60\nAge: 55\n\n")},
		trialCase{name: "not without asking", want: idle, calls: row("GET /v1/map", []int{0, 1000}, "200\nCache-Control: no-cache, max-age=60\n\n")},
	)
}

func TestCompressed(t *testing.T) {
	large := "200\nContent-Type: application/json; charset=utf-8\n\n\"" + strings.Repeat("x", 20_000) + "\""
	offer := func(coding string) []told {
		return []told{headed(ask(0, "GET /v1/map", large), "Accept-Encoding: "+coding)}
	}
	keeps(t, "NET-007",
		trialCase{name: "small answers", want: idle, calls: row("GET /v1/map", []int{0}, "200\nContent-Type: application/json\n\n{}")},
		trialCase{name: "pictures", want: idle, calls: row("GET /v1/map", []int{0}, strings.Replace(large, "application/json; charset=utf-8", "image/png", 1))},
		trialCase{name: "nothing offered", want: noted, says: "19 KiB", calls: row("GET /v1/map", []int{0}, large)},
		trialCase{name: "gzip", want: kept, calls: offer("gzip, deflate;q=0.5")},
		trialCase{name: "anything", want: kept, calls: offer("*")},
		trialCase{name: "identity", want: noted, calls: offer("identity;q=1.0")},
	)
}

func TestAgent(t *testing.T) {
	named := func(agent string) []told {
		return []told{with(ask(0, "GET /v1/map", "200"), func(c *grade.Call) {
			if c.RequestHeader.Del("User-Agent"); agent != "" {
				c.RequestHeader.Set("User-Agent", agent)
			}
		})}
	}
	keeps(t, "NET-008",
		trialCase{name: "a browser", want: idle, change: func(rec *grade.Recording) { rec.Browser = true }, calls: named("")},
		trialCase{name: "a name of its own", want: kept, calls: named("ledger-sync/1.4 (+https://example.com/contact)")},
		trialCase{name: "a name before the library's", want: kept, calls: named("ledger-sync/1.4 axios/1.7.2")},
		trialCase{name: "a name behind the library's", want: kept, calls: named("python-requests/2.32 ledger-sync/1.4")},
		trialCase{name: "none", want: warned, says: "without User-Agent", calls: named("")},
		trialCase{name: "Go's", want: noted, says: "the default of an HTTP library", calls: named("Go-http-client/1.1")},
		trialCase{name: "Node's", want: noted, calls: named("node")},
		trialCase{name: "axios's", want: noted, calls: named("axios/1.7.2")},
		trialCase{name: "a word that begins like a library", want: kept, calls: named("nodule-watch/2")},
	)
}
