package grade_test

import (
	"testing"
	"time"

	"understudy/contracts/check"
	"understudy/scenarios/grade"
)

const hook = "http://127.0.0.1:3000/hooks"

// deliveries are what was sent to the integration; what is left out is a good delivery of lamp.lit that was taken.
func deliveries(list ...grade.Message) func(*grade.Recording) {
	return func(rec *grade.Recording) {
		for i := range list {
			m := list[i]
			if m.Event == "" {
				m.Event = "lamp.lit"
			}
			if m.URL == "" {
				m.URL = hook
			}
			if m.Attempt == 0 {
				m.Attempt = 1
			}
			if m.TimeLimit == 0 {
				m.TimeLimit = 5 * second
			}
			if m.Took == 0 {
				m.Took = 20 * time.Millisecond
			}
			m.At = noon.Add(time.Duration(i) * 10 * second)
			rec.Messages = append(rec.Messages, &m)
		}
	}
}

func TestReceiverAnswers(t *testing.T) {
	holds(t, "DLV-001",
		ruleCase{name: "in time", want: kept, change: deliveries(grade.Message{EventID: "1", Status: 204})},
		ruleCase{name: "late", want: broken, says: "within 5s", change: deliveries(grade.Message{EventID: "1", Took: 5 * second, Error: "the receiver did not answer in time"})},
		ruleCase{name: "an answer behind the limit", want: broken, change: deliveries(grade.Message{EventID: "1", Took: 6 * second, Status: 200})},
		ruleCase{name: "sent slowly on purpose", want: idle, change: deliveries(grade.Message{EventID: "1", Took: 6 * second, Status: 200, Trouble: "slow-sender"})},
		ruleCase{name: "nothing listened", want: idle, change: deliveries(grade.Message{EventID: "1", Error: "connection refused"})},
		ruleCase{name: "no deliveries", want: idle, says: "--drill webhook-attack"},
	)
	holds(t, "DLV-002",
		ruleCase{name: "taken", want: kept, change: deliveries(grade.Message{Delivery: "1", Status: 204})},
		ruleCase{name: "refused", want: broken, says: "status 401", change: deliveries(grade.Message{Delivery: "1", Status: 401}, grade.Message{Delivery: "1", Attempt: 2, Status: 401})},
		ruleCase{name: "taken at the second try", want: kept, change: deliveries(grade.Message{Delivery: "1", Status: 500}, grade.Message{Delivery: "1", Attempt: 2, Status: 200})},
		ruleCase{name: "a redirect", want: broken, says: "status 301", change: deliveries(grade.Message{Delivery: "1", Status: 301})},
		ruleCase{name: "nobody there", want: warned, sure: check.Likely, says: "A program that had ended", change: deliveries(grade.Message{Delivery: "1", Error: "connection refused"})},
		ruleCase{name: "a bad one may be refused", want: idle, change: deliveries(grade.Message{Delivery: "1", Status: 401, Trouble: "wrong-secret"})},
		ruleCase{name: "two signatures, the second right", want: broken, change: deliveries(grade.Message{Delivery: "1", Status: 401, Trouble: "second-right"})},
	)
}

func TestReceiverRefuses(t *testing.T) {
	bad := func(trouble string, status int) func(*grade.Recording) {
		return deliveries(grade.Message{EventID: "1", Trouble: trouble, Status: status})
	}
	for _, trouble := range []string{"bad-signature", "unsigned", "empty-signature", "wrong-secret", "other-body", "changed-byte", "reserialised", "fake-scheme", "long-header", "other-family"} {
		holds(t, "DLV-003",
			ruleCase{name: trouble + " believed", want: broken, says: trouble, change: bad(trouble, 200)},
			ruleCase{name: trouble + " refused", want: kept, change: bad(trouble, 401)},
		)
	}
	holds(t, "DLV-003",
		ruleCase{name: "fell over", want: warned, says: "met a fault", change: bad("unsigned", 500)},
		ruleCase{name: "400 is a refusal, too", want: kept, change: bad("unsigned", 400)},
		ruleCase{name: "good ones", want: idle, says: "webhook-attack", change: deliveries(grade.Message{EventID: "1", Status: 200})},
		ruleCase{name: "two signatures, the second right", want: idle, change: bad("second-right", 200)},
	)
	holds(t, "DLV-004",
		ruleCase{name: "stale and believed", want: broken, change: bad("stale-timestamp", 200)},
		ruleCase{name: "stale and refused", want: kept, change: bad("stale-timestamp", 400)},
		ruleCase{name: "ahead and believed", want: broken, change: bad("future-timestamp", 200)},
		ruleCase{name: "ahead, as Stripe's libraries take it", contract: "ecosire", want: idle, change: deliveries(grade.Message{Event: "invoice.paid", EventID: "1", Trouble: "future-timestamp", Status: 200})},
		ruleCase{name: "unsigned is another rule's matter", want: idle, change: bad("unsigned", 200)},
	)
}

func TestReceiverRepeats(t *testing.T) {
	twice := func(status int, trouble string) func(*grade.Recording) {
		return deliveries(grade.Message{EventID: "1", Delivery: "a", Status: 200}, grade.Message{EventID: "1", Delivery: "b", Status: status, Trouble: trouble})
	}
	signal := func(at time.Duration, text string) told {
		return post(at, "/v1/signals", live(1), `{"text":"`+text+`"}`, 201)
	}
	holds(t, "DLV-005",
		ruleCase{name: "taken twice", want: kept, change: twice(200, "duplicate")},
		ruleCase{name: "refused the second time", want: broken, says: "status 409", change: twice(409, "duplicate")},
		ruleCase{name: "the same calls behind both", want: broken, sure: check.Likely, says: "POST /signals with the same content", change: twice(200, "duplicate"), calls: []told{signal(second, "x"), signal(11*second, "x")}},
		ruleCase{name: "a call behind the first only", want: kept, change: twice(200, "duplicate"), calls: []told{signal(second, "x")}},
		ruleCase{name: "other calls", want: kept, change: twice(200, "duplicate"), calls: []told{signal(second, "x"), signal(11*second, "y")}},
		ruleCase{name: "reading again is no effect", want: kept, change: twice(200, "duplicate"), calls: []told{get(second, "/v1/lamps", live(1), 200), get(11*second, "/v1/lamps", live(1), 200)}},
		ruleCase{name: "a retry of what had failed", want: idle, change: deliveries(grade.Message{EventID: "1", Status: 500}, grade.Message{EventID: "1", Attempt: 2, Status: 200})},
		ruleCase{name: "two events", want: idle, change: deliveries(grade.Message{EventID: "1", Status: 200}, grade.Message{EventID: "2", Status: 200})},
	)
	holds(t, "DLV-006",
		ruleCase{name: "taken", want: kept, change: deliveries(grade.Message{EventID: "2", Sequence: 2, Status: 200}, grade.Message{EventID: "1", Sequence: 1, Status: 200, Trouble: "out-of-order"})},
		ruleCase{name: "refused", want: broken, says: "came behind that of a later event", change: deliveries(grade.Message{EventID: "2", Sequence: 2, Status: 200}, grade.Message{EventID: "1", Sequence: 1, Status: 409, Trouble: "out-of-order"})},
		ruleCase{name: "in order", want: idle, change: deliveries(grade.Message{EventID: "1", Sequence: 1, Status: 200}, grade.Message{EventID: "2", Sequence: 2, Status: 409})},
		ruleCase{name: "held, but nothing overtook it", want: idle, change: deliveries(grade.Message{EventID: "1", Sequence: 1, Status: 409, Trouble: "out-of-order"})},
		ruleCase{name: "another receiver", want: idle, change: deliveries(grade.Message{EventID: "2", Sequence: 2, Status: 200}, grade.Message{EventID: "1", Sequence: 1, Status: 409, URL: "http://127.0.0.1:3000/other"})},
	)
}

func TestReceiverOddities(t *testing.T) {
	one := func(trouble string, status int) func(*grade.Recording) {
		return deliveries(grade.Message{EventID: "1", Trouble: trouble, Status: status})
	}
	holds(t, "DLV-007",
		ruleCase{name: "ignored", want: kept, change: one("unknown-event", 204)},
		ruleCase{name: "refused", want: noted, says: "tries it again", change: one("unknown-event", 400)},
		ruleCase{name: "fell over", want: broken, says: "status 500", change: one("unknown-event", 500)},
		ruleCase{name: "no answer", want: broken, change: one("unknown-event", 0)},
		ruleCase{name: "none", want: idle, change: one("", 200)},
	)
	holds(t, "DLV-009",
		ruleCase{name: "taken", want: kept, change: one("huge-body", 200)},
		ruleCase{name: "too large", want: kept, change: one("huge-body", 413)},
		ruleCase{name: "fell over", want: warned, change: one("huge-body", 502)},
		ruleCase{name: "none", want: idle, change: one("", 200)},
	)
	at := func(url string) func(*grade.Recording) {
		return deliveries(grade.Message{EventID: "1", Status: 200, URL: url})
	}
	holds(t, "DLV-008",
		ruleCase{name: "https", want: kept, change: at("https://hooks.example.org/in")},
		ruleCase{name: "http", want: broken, says: "to hooks.example.org without TLS", change: at("http://hooks.example.org/in")},
		ruleCase{name: "a container", want: noted, change: at("http://app:3000/in")},
		ruleCase{name: "user information", want: warned, change: at("https://user:pass@hooks.example.org/in")},
		ruleCase{name: "the machine", want: idle, says: "the machine itself", change: at(hook)},
		ruleCase{name: "no deliveries", want: idle, says: "needs deliveries"},
	)
}
