package grade_test

import (
	"testing"
	"time"

	"understudy/contracts/check"
	"understudy/scenarios/grade"
)

// light creates a lamp, with an idempotency key where one is given.
func light(at time.Duration, key, body string, status int) told {
	one := post(at, "/v1/lamps", live(1), body, status)
	if key != "" {
		one = headed(one, "Idempotency-Key: "+key)
	}
	return one
}

const (
	lamp     = `{"name":"north"}`
	firstKey = "7f9c1f5e-5a0b-4bb5-9c53-7f9be2f0a2a1"
	otherKey = "0e2d9a40-1c6b-4f0e-8a35-3b1f6a7c2d11"
)

// lost takes the answer away, although the call had its effect.
func lost(one told) told {
	return with(one, func(c *grade.Call) { c.Status, c.Fault, c.Effect = 0, "drop", true })
}

func made(one told) told { return with(one, func(c *grade.Call) { c.Effect = true }) }

func TestIdempotencyKeys(t *testing.T) {
	holds(t, "IDM-001",
		ruleCase{name: "neither", want: broken, says: "neither attempt carried", calls: []told{lost(light(0, "", lamp, 201)), light(second, "", lamp, 201)}},
		ruleCase{name: "only the repeat", want: broken, says: "the first attempt did not carry", calls: []told{lost(light(0, "", lamp, 201)), light(second, firstKey, lamp, 201)}},
		ruleCase{name: "only the first", want: broken, says: "the repeat did not carry", calls: []told{light(0, firstKey, lamp, 503), light(second, "", lamp, 201)}},
		ruleCase{name: "both", want: kept, calls: []told{lost(light(0, firstKey, lamp, 201)), light(second, firstKey, lamp, 201)}},
		ruleCase{name: "behind 429 nothing had been done", want: idle, calls: []told{light(0, "", lamp, 429), light(2*second, "", lamp, 201)}},
		ruleCase{name: "behind 422 it is another order", want: idle, calls: []told{light(0, "", lamp, 422), light(second, "", lamp, 422)}},
		ruleCase{name: "the same fixture in two tests", want: idle, says: "--drill flaky-network", calls: []told{light(0, "", lamp, 201), light(second, "", lamp, 201)}},
		ruleCase{name: "an operation without keys", want: idle, calls: []told{lost(post(0, "/v1/signals", live(1), `{"text":"x"}`, 201)), post(second, "/v1/signals", live(1), `{"text":"x"}`, 201)}},
		ruleCase{name: "ECKOSPACE-37", contract: "eckospace", want: broken, calls: []told{
			lost(post(0, "/api/posts", mark("", 1), `{"title":"a","body":"b"}`, 201)), post(second, "/api/posts", mark("", 1), `{"title":"a","body":"b"}`, 201),
		}},
	)
	holds(t, "IDM-002",
		ruleCase{name: "none", want: noted, says: "cannot be repeated safely", calls: []told{light(0, "", lamp, 201)}},
		ruleCase{name: "one", want: kept, calls: []told{light(0, firstKey, lamp, 201)}},
		ruleCase{name: "no such calls", want: idle, says: "needs calls to operations", calls: []told{get(0, "/v1/lamps", live(1), 200)}},
		ruleCase{name: "not offered", contract: "echowin", want: idle, says: "takes an idempotency key", calls: []told{get(0, "/api/v1/contacts", mark("", 1), 200)}},
	)
	holds(t, "IDM-003",
		ruleCase{name: "a new one in each attempt", want: broken, sure: check.Certain, calls: []told{lost(light(0, firstKey, lamp, 201)), light(second, otherKey, lamp, 201)}},
		ruleCase{name: "the same", want: kept, calls: []told{light(0, firstKey, lamp, 500), light(second, firstKey, lamp, 201)}},
		ruleCase{name: "in quotes", want: kept, calls: []told{light(0, firstKey, lamp, 500), light(second, `"`+firstKey+`"`, lamp, 201)}},
		ruleCase{name: "two orders", want: idle, calls: []told{light(0, firstKey, lamp, 201), light(second, otherKey, lamp, 201)}},
	)
	other := `{"name":"south"}`
	holds(t, "IDM-004",
		ruleCase{name: "another body", want: broken, says: "with another body", sure: check.Certain, calls: []told{light(0, firstKey, lamp, 201), light(second, firstKey, other, 422)}},
		ruleCase{name: "blanks and order are no difference", want: kept, calls: []told{light(0, firstKey, `{"name":"a","colour":"red"}`, 500), light(second, firstKey, `{ "colour": "red", "name": "a" }`, 201)}},
		ruleCase{name: "the same order again", want: warned, sure: check.Likely, calls: []told{made(light(0, firstKey, lamp, 201)), with(light(second, firstKey, lamp, 201), func(c *grade.Call) { c.Repeated = true })}},
		ruleCase{name: "a repeat", want: kept, calls: []told{lost(light(0, firstKey, lamp, 201)), with(light(second, firstKey, lamp, 201), func(c *grade.Call) { c.Repeated = true })}},
		ruleCase{name: "another account", want: kept, calls: []told{
			with(light(0, firstKey, lamp, 201), func(c *grade.Call) { c.Account = "a" }), with(light(second, firstKey, other, 201), func(c *grade.Call) { c.Account = "b" }),
		}},
		ruleCase{name: "another key", want: kept, calls: []told{light(0, firstKey, lamp, 201), light(second, otherKey, other, 201)}},
		ruleCase{name: "one call", want: idle, calls: []told{light(0, firstKey, lamp, 201)}},
	)
	holds(t, "IDM-005",
		ruleCase{name: "a UUID", want: kept, calls: []told{light(0, firstKey, lamp, 201)}},
		ruleCase{name: "a counter", want: noted, says: "is a number", calls: []told{light(0, "1", lamp, 201)}},
		ruleCase{name: "a clock", want: noted, calls: []told{light(0, "17723648000000001", lamp, 201)}},
		ruleCase{name: "short", want: noted, says: "6 characters", calls: []told{light(0, "lamp-1", lamp, 201)}},
		ruleCase{name: "none", want: idle, calls: []told{light(0, "", lamp, 201)}},
	)
}

func TestDoubledEffects(t *testing.T) {
	signal := func(at time.Duration) told { return post(at, "/v1/signals", live(1), `{"text":"x"}`, 201) }
	holds(t, "IDM-006",
		ruleCase{name: "carried out twice", want: broken, sure: check.Certain, calls: []told{lost(signal(0)), made(signal(second))}},
		ruleCase{name: "answered from the record", want: kept, calls: []told{lost(light(0, firstKey, lamp, 201)), with(light(second, firstKey, lamp, 201), func(c *grade.Call) { c.Repeated = true })}},
		ruleCase{name: "looked first", want: kept, calls: []told{lost(signal(0)), get(second, "/v1/lamps", live(1), 200)}},
		ruleCase{name: "an error behind the effect", want: broken, calls: []told{with(signal(0), func(c *grade.Call) { c.Status, c.Effect = 502, true }), made(signal(second))}},
		ruleCase{name: "an error without one", want: idle, says: "flaky-network", calls: []told{with(signal(0), func(c *grade.Call) { c.Status = 503 }), made(signal(second))}},
		ruleCase{name: "the same fixture twice", want: idle, calls: []told{made(signal(0)), made(signal(second))}},
		ruleCase{name: "DELETE may be repeated", want: idle, calls: []told{
			lost(told{request: "DELETE /v1/lamps/1\nAuthorization: Bearer " + live(1)}), made(told{at: second, request: "DELETE /v1/lamps/1\nAuthorization: Bearer " + live(1), answer: "204"}),
		}},
		ruleCase{name: "a login", want: idle, calls: []told{lost(login(0, 1)), made(login(second, 2))}},
		ruleCase{name: "many", want: broken, findings: 1, calls: append([]told{lost(signal(0))}, many(3, func(i int) told {
			return with(signal(time.Duration(i+1)*second), func(c *grade.Call) { c.Status, c.Effect = 500, true })
		})...)},
	)
}
