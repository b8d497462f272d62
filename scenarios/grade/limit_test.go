package grade_test

import (
	"fmt"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/scenarios/grade"
)

// spread makes n calls of a line, a step apart; %d in the line is their number.
func spread(n int, step time.Duration, line string, answer string) []told {
	return many(n, func(i int) told {
		text := line
		if at := fmt.Sprintf("/%d", i); len(line) > 0 && line[len(line)-1] == '/' {
			text = line[:len(line)-1] + at
		}
		return ask(time.Duration(i)*step, text, answer)
	})
}

func TestConcurrency(t *testing.T) {
	open := func(n int) []told {
		return many(n, func(i int) told { return lasting(ask(time.Duration(i)*10*ms, "GET /v1/decks/7", "200"), second) })
	}
	keeps(t, "QTA-001",
		trialCase{name: "one after the other", want: idle, calls: spread(5, 50*ms, "GET /v1/decks/", "200")},
		trialCase{name: "two at once", want: kept, calls: open(2)},
		trialCase{name: "three at once", want: broken, says: "3 calls were open at once where the limit decks allows 2", calls: open(3)},
		trialCase{name: "three at once that another limit counts", want: idle, calls: many(3, func(i int) told { return lasting(ask(0, "GET /v1/map", "200"), second) })},
		trialCase{name: "three keys", want: idle, calls: many(3, func(i int) told { return by(i+1, lasting(ask(0, "GET /v1/decks/7", "200"), second)) })},
		trialCase{name: "three one after the other within a second", want: kept, calls: []told{
			lasting(ask(0, "GET /v1/decks/7", "200"), 100*ms), lasting(ask(50*ms, "GET /v1/decks/7", "200"), 100*ms), lasting(ask(150*ms, "GET /v1/decks/7", "200"), 100*ms),
		}},
	)
}

func TestBursts(t *testing.T) {
	small := func(rec *grade.Recording) {
		for _, c := range rec.Calls {
			c.Account = "acc_1"
		}
	}
	keeps(t, "QTA-002",
		trialCase{name: "few calls", want: idle, says: "the busiest window had 9 of 20 (limit minute)", calls: spread(9, 50*ms, "GET /v1/sailings", "200")},
		trialCase{name: "no limited call", want: idle, calls: spread(90, 50*ms, "GET /v1/jobs/", "200")},
		trialCase{name: "within the limit", want: kept, calls: spread(20, 50*ms, "GET /v1/sailings", "200")},
		trialCase{name: "over the limit", want: warned, says: "21 calls were sent where the limit minute allows 20", calls: spread(21, 50*ms, "GET /v1/sailings", "200")},
		trialCase{name: "far over it", want: broken, calls: spread(60, 50*ms, "GET /v1/sailings", "200")},
		trialCase{name: "refusals included", want: warned, calls: append(spread(20, 50*ms, "GET /v1/sailings", "200"), ask(2*second, "GET /v1/sailings", "429"))},
		trialCase{name: "several operations of one limit", want: warned, calls: append(spread(15, 50*ms, "GET /v1/sailings", "200"), spread(15, 60*ms, "GET /v1/sailings/", "200")...)},
		trialCase{name: "over the turn of a minute", want: kept, calls: many(30, func(i int) told { return ask(50*second+time.Duration(i)*700*ms, "GET /v1/sailings", "200") })},
		trialCase{name: "two keys", want: kept, calls: many(30, func(i int) told { return by(1+i%2, ask(time.Duration(i)*50*ms, "GET /v1/sailings", "200")) })},
		trialCase{name: "any ten seconds", want: warned, calls: many(12, func(i int) told { return ask(55*second+time.Duration(i)*800*ms, "GET /v1/ropes/1", "200") })},
		trialCase{name: "ten in each ten seconds", want: kept, calls: spread(30, 1010*ms, "GET /v1/ropes/1", "200")},
		trialCase{name: "a bucket that overflows", want: warned, says: "10 (at once, 1 more in 1s", calls: spread(14, 100*ms, "GET /v1/buoys/1", "200")},
		trialCase{name: "a bucket that keeps up", want: idle, calls: spread(60, 1000*ms, "GET /v1/buoys/1", "200")},
		trialCase{name: "a day of a plan", want: warned, says: "a day, counted by account", change: small, calls: spread(31, time.Minute, "GET /v1/map", "200")},
		trialCase{name: "a day that ends at ten in the evening", want: kept, change: small, calls: spread(31, 30*time.Minute, "GET /v1/map", "200")},
		trialCase{name: "an account that is not known has no plan", want: idle, calls: spread(31, time.Minute, "GET /v1/map", "200")},
	)
}

// TestNoLimits: a contract without limits cannot be put to the test.
func TestNoLimits(t *testing.T) {
	c, err := contracts.Load(t.Context(), "testdata/keeper.yaml", contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"QTA-001", "QTA-002", "NET-005"} {
		j := grade.Grade(record(t, c, get(0, "/v1/lamps", live(1), 200)), grade.Options{Only: []string{id}})
		if got := j.Suite.Tests[0].Reason; got == "" || len(j.Score.Missing) != 0 {
			t.Errorf("%s: %q, missing %v", id, got, j.Score.Missing)
		}
	}
}

func TestHeadroom(t *testing.T) {
	keeps(t, "QTA-003",
		trialCase{name: "few calls", want: idle, says: "only 5 calls under a limit", calls: spread(5, 50*ms, "GET /v1/sailings", "200")},
		trialCase{name: "twenty calls, none refused", want: kept, calls: spread(20, second, "GET /v1/sailings", "200")},
		trialCase{name: "one refused", want: noted, says: "1 of 20", calls: append(spread(19, second, "GET /v1/sailings", "200"), ask(time.Minute, "GET /v1/sailings", "429"))},
		trialCase{name: "two of five refused", want: noted, calls: append(spread(3, second, "GET /v1/sailings", "200"), spread(2, second, "GET /v1/sailings", "429")...)},
		trialCase{name: "many refused", want: warned, says: "3 of 22", calls: append(spread(19, second, "GET /v1/sailings", "200"), spread(3, second, "GET /v1/sailings", "429")...)},
		trialCase{name: "refusals that were ordered", want: kept, calls: append(spread(20, second, "GET /v1/sailings", "200"),
			many(5, func(i int) told { return fault("status 429", ask(time.Minute, "GET /v1/sailings", "429")) })...)},
	)
}

func TestHoldBack(t *testing.T) {
	const closed = "429\nRetry-After: 5\n\n"
	others := func(n int, from time.Duration, answer string) []told {
		calls := []told{ask(0, "GET /v1/sailings", closed)}
		return append(calls, many(n, func(i int) told {
			return ask(from+time.Duration(i)*200*ms, fmt.Sprintf("GET /v1/sailings/%d", i), answer)
		})...)
	}
	keeps(t, "QTA-004",
		trialCase{name: "nothing follows", want: idle, says: "--drill rate-limit", calls: others(0, 0, "")},
		trialCase{name: "a clock that stands still", want: idle, change: frozen, calls: others(5, second, closed)},
		trialCase{name: "held back", want: kept, calls: others(3, 5100*ms, "200")},
		trialCase{name: "went on", want: broken, says: "4 other calls", calls: others(4, second, closed)},
		trialCase{name: "one more", want: warned, calls: others(1, second, closed)},
		trialCase{name: "calls that were on their way", want: kept, calls: many(8, func(i int) told { return ask(time.Duration(i)*5*ms, fmt.Sprintf("GET /v1/sailings/%d", i), closed) })},
		trialCase{name: "calls that pass are another limit's", want: kept, calls: others(4, second, "200")},
		trialCase{name: "calls of another limit", want: idle, calls: append([]told{ask(0, "GET /v1/sailings", closed)}, spread(2, second, "GET /v1/ropes/", closed)[1:]...)},
		trialCase{name: "another key", want: idle, calls: []told{ask(0, "GET /v1/sailings", closed), by(2, ask(second, "GET /v1/sailings/1", "429")), by(3, ask(2*second, "GET /v1/sailings/2", "429")), by(4, ask(3*second, "GET /v1/sailings/3", "429"))}},
		trialCase{name: "repeats of the same call are another rule's", want: kept, calls: row("GET /v1/sailings", []int{0, 1000, 2000, 3000}, closed)},
	)
}

func TestUsedUp(t *testing.T) {
	const empty = "200\nX-RateLimit-Remaining: 0\nX-RateLimit-Reset: 5\n\n"
	next := func(at time.Duration, answer string) []told {
		return []told{ask(0, "GET /v1/sailings", empty), ask(at, "GET /v1/sailings/1", answer)}
	}
	keeps(t, "QTA-005",
		trialCase{name: "something is left", want: idle, calls: []told{ask(0, "GET /v1/sailings", "200\nX-RateLimit-Remaining: 3\nX-RateLimit-Reset: 5\n\n"), ask(second, "GET /v1/sailings", "429")}},
		trialCase{name: "a clock that stands still", want: idle, change: frozen, calls: next(0, "429")},
		trialCase{name: "nothing follows", want: idle, calls: []told{ask(0, "GET /v1/sailings", empty)}},
		trialCase{name: "waited out", want: kept, calls: next(5100*ms, "200")},
		trialCase{name: "ran into it", want: warned, says: "sent 990 ms later and refused", calls: next(second, "429")},
		trialCase{name: "it passed: the headers are of another window", want: kept, calls: next(second, "200")},
		trialCase{name: "a call that was on its way", want: idle, calls: next(20*ms, "429")},
		trialCase{name: "another key", want: idle, calls: []told{ask(0, "GET /v1/sailings", empty), by(2, ask(second, "GET /v1/sailings", "429"))}},
		trialCase{name: "a refusal that was ordered", want: kept, calls: []told{ask(0, "GET /v1/sailings", empty), fault("status 429", ask(second, "GET /v1/sailings", "429"))}},
	)
}

func TestPolling(t *testing.T) {
	job := "GET /v1/jobs/7"
	keeps(t, "QTA-006",
		trialCase{name: "four looks", want: idle, calls: spread(4, 20*ms, job, "202")},
		trialCase{name: "a clock that stands still", want: idle, change: frozen, calls: spread(20, 0, job, "202")},
		trialCase{name: "hasty looks", want: warned, says: "A test may have shortened the pause", calls: spread(12, 20*ms, job, "202")},
		trialCase{name: "nine of them", want: kept, calls: spread(9, 20*ms, job, "202")},
		trialCase{name: "with pauses", want: kept, calls: spread(12, second, job, "202")},
		trialCase{name: "hasty at the end only", want: warned, calls: append(spread(5, second, job, "202"), many(12, func(i int) told { return ask(5*second+time.Duration(i)*20*ms, job, "202") })...)},
		trialCase{name: "earlier than the answer says", want: broken, says: "with Retry-After 3.0 s; the next look came after 990 ms", calls: spread(2, second, job, "202\nRetry-After: 3\n\n")},
		trialCase{name: "when the answer says", want: kept, calls: spread(3, 3020*ms, job, "202\nRetry-After: 3\n\n")},
		trialCase{name: "with other calls in between", want: idle, calls: many(30, func(i int) told {
			if i%2 == 0 {
				return ask(time.Duration(i)*20*ms, job, "200")
			}
			return ask(time.Duration(i)*20*ms, "GET /v1/map", "200")
		})},
		trialCase{name: "from several places at once", want: idle, calls: many(30, func(i int) told { return lasting(ask(time.Duration(i)*20*ms, job, "200"), 100*ms) })},
		trialCase{name: "pages, one after the other", want: idle, calls: many(30, func(i int) told {
			return ask(time.Duration(i)*20*ms, fmt.Sprintf("GET /v1/sailings?page=%d", i), "200")
		})},
		trialCase{name: "health checks", want: idle, calls: spread(30, 20*ms, "GET /v1/health", "200")},
	)
}
