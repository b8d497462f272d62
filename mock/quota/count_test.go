package quota_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"understudy/mock/clock"
	"understudy/mock/quota"
)

// TestWhoIsCountedTogether: each line is a limit of two requests, what was asked before, and whether another one passes.
func TestWhoIsCountedTogether(t *testing.T) {
	someone := quota.Subject{Credential: "key_1", Account: "acc_1", User: "usr_1", Plan: "free", Address: "192.0.2.1"}
	with := func(change func(*quota.Subject)) quota.Subject { s := someone; change(&s); return s }
	sibling := with(func(s *quota.Subject) { s.Credential = "key_2" })
	stranger := quota.Subject{Credential: "key_9", Account: "acc_9", User: "usr_9", Address: "192.0.2.1"}
	anonymous := quota.Subject{Address: "192.0.2.1"}
	elsewhere := quota.Subject{Address: "192.0.2.2"}
	for _, c := range []struct {
		words             string
		first, next       quota.Subject
		operation, behind string
		passes            bool
	}{
		{"", someone, someone, "things", "things", false},
		{"", someone, someone, "things", "others", false}, // over all routes together
		{"", someone, sibling, "things", "things", true},
		{"", someone, someone, "things", "open", true}, // it takes no credential
		{"", someone, someone, "maybe", "things", false},
		{"", anonymous, anonymous, "maybe", "maybe", true}, // it takes one, and none was shown
		{"", anonymous, anonymous, "things", "things", false},
		{"", anonymous, elsewhere, "things", "things", true},
		{"", anonymous, someone, "things", "things", true},
		{"per: account", someone, sibling, "things", "things", false},
		{"per: account", someone, stranger, "things", "things", true},
		{"per: account", anonymous, anonymous, "things", "things", true},
		{"per: user", someone, with(func(s *quota.Subject) { s.Credential, s.Account = "key_5", "acc_5" }), "things", "things", false},
		{"per: address", someone, stranger, "things", "open", false},
		{"per: address", someone, elsewhere, "things", "things", true},
		{"per: route", someone, elsewhere, "things", "things", false},
		{"per: route", someone, someone, "things", "others", true},
		{"per: all", someone, elsewhere, "things", "open", false},
		{"per: 'credential, route'", someone, someone, "things", "things", false},
		{"per: 'credential, route'", someone, someone, "things", "others", true},
		{"per: 'credential, route'", someone, sibling, "things", "things", true},
		{"per: 'account, route'", anonymous, anonymous, "things", "things", true},
		{"routes: [things]", someone, someone, "things", "things", false},
		{"routes: [things]", someone, someone, "things", "others", true},
		{"routes: [things, open]", anonymous, anonymous, "things", "open", false}, // who is named is counted, by address
		{"routes: [maybe]", anonymous, anonymous, "maybe", "maybe", false},
		{"plan: free", someone, someone, "things", "things", false},
		{"plan: free", stranger, stranger, "things", "things", true},
	} {
		f := open(t, "plans: {free: {}, gold: {limits: []}}\nlimits: [{name: one, limit: 3, window: 1m, "+c.words+"}]")
		for range 3 {
			f.limits.Take(quota.Ask{Operation: f.operation(c.operation), Subject: c.first})
		}
		if got := f.limits.Take(quota.Ask{Operation: f.operation(c.behind), Subject: c.next}).Refused() == nil; got != c.passes {
			t.Errorf("%q: %+v on %s, then %+v on %s: passes %t, want %t", c.words, c.first, c.operation, c.next, c.behind, got, c.passes)
		}
	}
}

// TestRulesOfRoutesAndPlans: which limits count which operation.
func TestRulesOfRoutesAndPlans(t *testing.T) {
	f := open(t, `
plans:
  free: {limits: [daily]}
  pro: {limits: [fast]}
limits:
  - {name: general, limit: 10, window: 1m}
  - {name: daily, limit: 100, window: day, per: account}
  - {name: fast, limit: 50, window: 1m, replaces: [general]}
  - {name: narrow, limit: 5, window: 1m, per: address, routes: [others], replaces: [general]}
  - {name: wide, limit: 1000, window: 1s, per: all}`)
	for _, c := range []struct{ operation, plan, want string }{
		{"things", "", "general wide"},
		{"things", "free", "general daily wide"},
		{"things", "pro", "fast wide"},
		{"things", "unheard-of", "general wide"},
		{"others", "free", "daily narrow wide"},
		{"others", "pro", "fast narrow wide"},
		{"open", "free", "wide"},
	} {
		var names []string
		for _, l := range f.contract.LimitsOf(f.operation(c.operation), c.plan) {
			names = append(names, l.Name)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%s of plan %q is counted by %s, want %s", c.operation, c.plan, got, c.want)
		}
		_, _ = f.limits.Clear("", "")
		f.limits.Take(quota.Ask{Operation: f.operation(c.operation), Subject: quota.Subject{Credential: "k", Account: "a", Plan: c.plan}})
		names = nil
		for _, counter := range f.limits.Counters("", "") {
			names = append(names, counter.Limit)
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%s of plan %q was counted by %s, want %s", c.operation, c.plan, got, c.want)
		}
	}
}

func TestWeights(t *testing.T) {
	f := open(t, "limits: [{name: one, limit: 7, window: 1m}]")
	if n := f.passing(5, "heavy", "k"); n != 3 {
		t.Errorf("%d requests of weight 2 passed, want 3", n)
	}
	if n := f.passing(5, "left", "k"); n != 5 {
		t.Errorf("%d requests without weight passed, want all", n)
	}
	if n := f.passing(5, "things", "k"); n != 1 {
		t.Errorf("%d requests passed, want the one that is left", n)
	}
}

// TestCountRefused: with that word, who goes on asking stays out.
func TestCountRefused(t *testing.T) {
	for _, words := range []string{"algorithm: sliding-log", "algorithm: sliding-counter", "algorithm: token-bucket", "algorithm: gcra"} {
		for _, counted := range []bool{false, true} {
			f := open(t, fmt.Sprintf("limits: [{name: one, limit: 3, window: 10s, %s, countRefused: %t}]", words, counted))
			later := 0
			f.passing(3, "things", "k")
			for range 100 {
				f.advance(time.Second)
				if f.passes("things", "k") {
					later++
				}
			}
			if counted && later > 5 || !counted && later < 15 {
				t.Errorf("%s, countRefused %t: %d of 100 passed later", words, counted, later)
			}
			if size := len(f.limits.Export()[0].Log); size > 3 {
				t.Errorf("%s: the log holds %d entries", words, size)
			}
		}
	}
	f := open(t, "limits: [{name: one, limit: 3, window: 10s, countRefused: true}]")
	f.passing(9, "things", "k")
	if c := f.limits.Counters("", ""); c[0].Used != 3 || c[0].Remaining != 0 {
		t.Errorf("%+v", c)
	}
}

// TestDays: a day begins where the contract says, has another length where clocks are put forward or back, and a month
// has its own.
func TestDays(t *testing.T) {
	for _, c := range []struct{ words, at, reset string }{
		{"window: day", "2026-03-10T23:59:59.5Z", "2026-03-11T00:00:00Z"},
		{"window: day", "2026-03-11T00:00:00Z", "2026-03-12T00:00:00Z"},
		{"window: day, timezone: '+05:30'", "2026-03-10T18:29:59Z", "2026-03-10T18:30:00Z"},
		{"window: day, timezone: '-08:00'", "2026-03-10T08:00:00Z", "2026-03-11T08:00:00Z"},
		{"window: day, timezone: Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-29T22:00:00Z"},     // 23 hours
		{"window: day, timezone: Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-25T23:00:00Z"},     // 25 hours
		{"window: day, timezone: America/Sao_Paulo", "2018-11-04T02:30:00Z", "2018-11-04T03:00:00Z"}, // the next day has no midnight
		{"window: day, timezone: America/Sao_Paulo", "2018-11-04T03:30:00Z", "2018-11-05T02:00:00Z"},
		{"window: day, timezone: America/Havana", "2026-11-01T04:30:00Z", "2026-11-02T05:00:00Z"}, // midnight comes twice
		{"window: day, timezone: America/Havana", "2026-11-01T05:30:00Z", "2026-11-02T05:00:00Z"},
		{"window: day, timezone: America/Havana", "2026-11-01T03:59:59Z", "2026-11-01T04:00:00Z"},
		{"window: month", "2028-02-29T23:00:00Z", "2028-03-01T00:00:00Z"},
		{"window: month", "2026-12-31T23:00:00Z", "2027-01-01T00:00:00Z"},
		{"window: month, timezone: Europe/Berlin", "2026-12-31T23:00:00Z", "2027-01-31T23:00:00Z"},
		{"window: 24h", "1969-12-31T23:00:00Z", "1970-01-01T00:00:00Z"},
	} {
		f := open(t, "limits: [{name: one, limit: 3, "+c.words+"}]")
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		f.set(at)
		f.passing(4, "things", "k")
		got := f.limits.Counters("", "")
		if len(got) != 1 || got[0].ResetAt.Format(time.RFC3339) != c.reset {
			t.Errorf("%s at %s: %v, want the reset at %s", c.words, c.at, got, c.reset)
			continue
		}
		f.set(got[0].ResetAt.Add(-1))
		if f.passes("things", "k") {
			t.Errorf("%s at %s: the window ended early", c.words, c.at)
		}
		f.advance(1)
		if !f.passes("things", "k") {
			t.Errorf("%s at %s: the window did not end", c.words, c.at)
		}
	}
}

// TestClockTurnedBack: what was counted in a future that is none any more is forgotten, and a small correction is not such.
func TestClockTurnedBack(t *testing.T) {
	for _, words := range algorithms {
		f := open(t, "limits: [{name: one, "+words+"}]")
		quota := int(f.limits.Policies()[0].Quota)
		f.advance(500 * time.Millisecond)
		f.passing(10, "things", "k")
		f.advance(-100 * time.Millisecond)
		if f.passes("things", "k") {
			t.Errorf("%s: a corrected clock gives a new quota", words)
		}
		f.advance(-time.Hour)
		if n := f.passing(10, "things", "k"); n != quota {
			t.Errorf("%s: %d pass after the clock was turned back, want %d", words, n, quota)
		}
	}
}

// TestEndsOfTime: a clock beyond the years that are counted in does no harm.
func TestEndsOfTime(t *testing.T) {
	for _, words := range append(algorithms, "algorithm: fixed-window, limit: 4, window: month", "algorithm: gcra, limit: 4, window: 87600h") {
		for _, year := range []int{1, 1699, 1970, 2199, 2200, 2300, 9999} {
			f := open(t, "limits: [{name: one, "+words+"}]\nlimitHeaders: {profile: ietf}")
			f.set(time.Date(year, 12, 31, 23, 59, 59, 999_999_999, time.UTC))
			quota := int(f.limits.Policies()[0].Quota)
			if n := f.passing(10, "things", "k"); n != quota {
				t.Errorf("%s in the year %d: %d pass, want %d", words, year, n, quota)
			}
		}
	}
}

// TestBound: there are never more counters than allowed; those without effect go first, and who is forgiven is told.
func TestBound(t *testing.T) {
	k, err := compile(t, "limits: [{name: one, limit: 3, window: 1m}]")
	if err != nil {
		t.Fatal(err)
	}
	now := clock.New(clock.Options{At: begin, Frozen: true})
	limits, err := quota.New(context.Background(), quota.Options{Contract: k, Clock: now, Counters: 64})
	if err != nil {
		t.Fatal(err)
	}
	take := func(n int) bool {
		return limits.Take(quota.Ask{Operation: k.Operations[0], Subject: quota.Subject{Credential: fmt.Sprint("key_", n)}}).Refused() == nil
	}
	for n := range 64 {
		take(n)
	}
	if limits.Dropped() != 0 || len(limits.Export()) != 64 {
		t.Errorf("%d counters, %d forgiven", len(limits.Export()), limits.Dropped())
	}
	if _, err := now.Advance(time.Minute); err != nil {
		t.Fatal(err)
	}
	for n := range 64 {
		take(100 + n)
	}
	if limits.Dropped() != 0 || len(limits.Export()) != 64 {
		t.Errorf("those without effect did not make room: %d counters, %d forgiven", len(limits.Export()), limits.Dropped())
	}
	for n := range 1000 {
		take(1000 + n)
		if size := len(limits.Export()); size > 64 {
			t.Fatalf("%d counters", size)
		}
	}
	if limits.Dropped() == 0 {
		t.Error("nobody is told that some were forgiven")
	}
}

// TestNoLimits: without limits there is nothing, and every method takes that.
func TestNoLimits(t *testing.T) {
	f := open(t, "name: none")
	if f.limits != nil {
		t.Fatal("limits of a contract without any")
	}
	v := f.limits.Take(quota.Ask{Operation: f.operation("things")})
	v.WriteHeaders(nil, 429)
	v.Release()
	f.limits.Nobody(nil).WriteHeaders(nil, 429)
	forked := f.limits.Fork(f.store, f.clock)
	if v.Refused() != nil || forked != nil || f.limits.Save(t.Context()) != nil || f.limits.Load(t.Context()) != nil || f.limits.Reset(t.Context()) != nil ||
		f.limits.Import(nil) != nil || len(f.limits.Export())+len(f.limits.Counters("", ""))+len(f.limits.Policies()) != 0 {
		t.Error("nothing says something")
	}
	if _, err := f.limits.Leave("one", "", 3); err == nil {
		t.Error("something is left of a limit that is none")
	}
}
