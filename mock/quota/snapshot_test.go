package quota_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"understudy/mock/quota"
)

const mixed = `
limits:
  - {name: hour, limit: 40, window: 1h}
  - {name: log, algorithm: sliding-log, limit: 30, window: 10m}
  - {name: counter, algorithm: sliding-counter, limit: 50, window: 10m}
  - {name: bucket, algorithm: token-bucket, limit: 7, window: 1m, burst: 30}
  - {name: both, limit: 90, window: 1h, per: "credential, route"}
  - {name: open, algorithm: concurrency, limit: 100}`

// TestCarried: exported as JSON and imported, saved and loaded, or forked, counters go on where they were.
func TestCarried(t *testing.T) {
	f := open(t, mixed)
	for n := range 30 {
		f.advance(time.Duration(n%7) * 11 * time.Second)
		f.passes([]string{"things", "others", "heavy"}[n%3], []string{"key_1", "key_2", ""}[n%3])
	}
	data, err := json.Marshal(f.limits.Export())
	if err != nil {
		t.Fatal(err)
	}
	var list []quota.Record
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	imported := openContract(t, f.contract)
	imported.set(f.clock.Now())
	if err := imported.limits.Import(list); err != nil {
		t.Fatal(err)
	}
	forked := f.fork()
	begunAgain := openContract(t, f.contract)
	begunAgain.set(f.clock.Now())
	begunAgain.limits, err = quota.New(t.Context(), quota.Options{Contract: f.contract, Clock: begunAgain.clock, Store: forked.store})
	if err != nil {
		t.Fatal(err)
	}
	worlds := map[string]*field{"imported": imported, "forked": forked, "begun again": begunAgain}
	for n := range 60 {
		operation, key := []string{"things", "heavy"}[n%2], []string{"key_1", ""}[n%2]
		f.advance(7 * time.Second)
		want := f.passes(operation, key)
		told := counted(f)
		for name, world := range worlds {
			world.advance(7 * time.Second)
			if got := world.passes(operation, key); got != want || counted(world) != told {
				t.Fatalf("%s, request %d: passes %t %s\nwant %t %s", name, n, got, counted(world), want, told)
			}
		}
	}
	before := counted(f)
	forked.passing(5, "things", "key_7")
	if counted(f) != before {
		t.Error("what a fork counts is seen in its origin")
	}
}

// counted is all counters but those of open requests, which stay where they are.
func counted(f *field) string {
	var list []quota.Counter
	for _, c := range f.limits.Counters("", "") {
		if c.Limit != "open" {
			list = append(list, c)
		}
	}
	return fmt.Sprint(list)
}

// TestLoad: counters follow a store that was taken back, and a clock that was turned back with it.
func TestLoad(t *testing.T) {
	f := open(t, "limits: [{name: hour, limit: 40, window: 1h}]")
	f.passing(10, "things", "key_1")
	if err := f.limits.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept := f.store.Fork()
	f.passing(10, "things", "key_1")
	f.passing(10, "things", "key_2")
	if err := f.limits.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := f.store.Restore(t.Context(), kept); err != nil {
		t.Fatal(err)
	}
	if err := f.limits.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := f.limits.Counters("", ""); len(got) != 1 || got[0].Used != 10 {
		t.Errorf("%v, want ten of key_1", got)
	}
	f.advance(-24 * time.Hour)
	if got := f.limits.Counters("", ""); len(got) != 0 {
		t.Errorf("%v were counted in a future that is none", got)
	}
	f.passing(10, "things", "key_1")
	if err := f.limits.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := f.limits.Load(t.Context()); err != nil || len(f.limits.Counters("", "")) != 0 {
		t.Errorf("after a reset: %v %v", f.limits.Counters("", ""), err)
	}
}

// TestImportOfStrangers: a file that somebody has changed is refused, or does no harm.
func TestImportOfStrangers(t *testing.T) {
	f := open(t, mixed)
	f.passing(3, "things", "key_1")
	before := counted(f)
	at := begin.UnixNano()
	for _, r := range []quota.Record{
		{Limit: "hour", Subject: "account:acc_1", Count: 3, Start: at, End: at + 9},
		{Limit: "hour", Subject: "", Count: 3},
		{Limit: "hour", Subject: "credential:k", Count: -3, Start: at, End: at + 9},
		{Limit: "hour", Subject: "credential:k", Count: 1 << 60, Start: at, End: at + 9},
		{Limit: "hour", Subject: "credential:k", Count: 1, Start: at, End: 1<<63 - 1},
		{Limit: "hour", Subject: "credential:k", Count: 1, Start: -1 << 63, End: at},
		{Limit: "both", Subject: "credential:k", Count: 1, Start: at, End: at + 9},
		{Limit: "bucket", Subject: "credential:k", Count: 1 << 61, Start: at},
		{Limit: "counter", Subject: "credential:k", Count: 1, Start: at, End: at + 9},
		{Limit: "log", Subject: "credential:k", Log: [][2]int64{{at, 31}}},
		{Limit: "log", Subject: "credential:k", Log: [][2]int64{{at, 20}, {at + 1, 20}}},
		{Limit: "log", Subject: "credential:k", Log: [][2]int64{{at, 2}, {at - 1, 2}}},
		{Limit: "log", Subject: "credential:k", Log: [][2]int64{{at, 0}}},
	} {
		if err := f.limits.Import([]quota.Record{{Limit: "hour", Subject: "credential:good", Start: at, End: at + 9, Count: 1}, r}); err == nil {
			t.Errorf("%+v was taken", r)
		}
	}
	if got := counted(f); got != before {
		t.Errorf("an import that failed has changed the counters: %s", got)
	}
	odd := []quota.Record{
		{Limit: "gone", Subject: "credential:k", Count: 1}, {Limit: "open", Subject: "credential:k", Count: 100},
		{Limit: "bucket", Subject: "credential:k", Count: 1 << 30, Start: at + 1<<58}, {Limit: "log", Subject: "credential:k", Log: [][2]int64{{at + 1<<58, 2}}},
	}
	if err := f.limits.Import(odd); err != nil {
		t.Fatal(err)
	}
	f.passing(200, "things", "k")
}

func TestLeave(t *testing.T) {
	f := open(t, mixed)
	for _, limit := range []string{"hour", "log", "counter", "bucket"} {
		for _, left := range []int64{3, 0, 29, 7} {
			_, _ = f.limits.Clear("", "")
			f.passing(2, "things", "key_1")
			list, err := f.limits.Leave(limit, "", left)
			if err != nil || len(list) != 1 || list[0].Remaining != left || list[0].Subject != "credential:key_1" {
				t.Fatalf("%s, leave %d: %v %v", limit, left, list, err)
			}
			if left < 28 {
				if n := f.passing(40, "things", "key_1"); n != int(left) {
					t.Errorf("%s, leave %d: %d passed", limit, left, n)
				}
			}
		}
	}
	_, _ = f.limits.Clear("", "")
	for subject, want := range map[string]string{"key_new": "credential:key_new", "credential:key_two": "credential:key_two", "address:::1": "address:::1"} {
		if list, err := f.limits.Leave("hour", subject, 1); err != nil || len(list) != 1 || list[0].Subject != want {
			t.Errorf("%s: %v %v", subject, list, err)
		}
	}
	if n := f.passing(3, "things", "key_new"); n != 1 {
		t.Errorf("%d passed, want the one that was left", n)
	}
	if list, err := f.limits.Leave("both", "credential:key_1,route:others", 2); err != nil || len(list) != 1 {
		t.Errorf("%v %v", list, err)
	}
	_, _ = f.limits.Clear("hour", "")
	if n := f.passing(9, "others", "key_1"); n != 2 {
		t.Errorf("%d passed, want 2", n)
	}
	for _, c := range []struct {
		limit, subject string
		left           int64
		want           error
	}{
		{"none", "key_1", 1, quota.ErrLimit}, {"hour", "key_1", 41, quota.ErrRemaining}, {"hour", "key_1", -1, quota.ErrRemaining},
		{"open", "key_1", 1, quota.ErrRemaining}, {"hour", "account:acc_1", 1, quota.ErrSubject}, {"both", "key_1", 1, quota.ErrSubject},
	} {
		if _, err := f.limits.Leave(c.limit, c.subject, c.left); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	_, _ = f.limits.Clear("", "")
	if _, err := f.limits.Leave("hour", "", 1); !errors.Is(err, quota.ErrSubject) {
		t.Errorf("nobody was counted: %v", err)
	}
}

func TestEndings(t *testing.T) {
	f := open(t, "limits: [{name: hour, limit: 40, window: 1h}, {name: log, algorithm: sliding-log, limit: 30, window: 10m}]")
	f.passes("things", "key_1")
	f.advance(time.Minute)
	f.passes("things", "key_2")
	var got string
	for _, e := range f.limits.Endings(f.clock.Now(), f.clock.Now().Add(time.Hour)) {
		got += fmt.Sprintf("%s %s %s %d; ", e.At.Format("15:04:05"), e.Counter.Limit, e.Counter.Subject, e.Counter.Remaining)
	}
	want := "22:24:00 log credential:key_1 29; 22:25:00 log credential:key_2 29; 23:00:00 hour credential:key_1 39; 23:00:00 hour credential:key_2 39; "
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if list := f.limits.Endings(f.clock.Now(), f.clock.Now().Add(9*time.Minute)); len(list) != 1 {
		t.Errorf("%v, want the one that is due", list)
	}
}
