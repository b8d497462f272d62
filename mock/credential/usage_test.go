package credential_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock/credential"
)

func TestUsage(t *testing.T) {
	w := settle(t, written(t, plain), 1)
	if got := w.Usage("key_a"); !reflect.DeepEqual(got, credential.Usage{}) {
		t.Errorf("before the first use it is %+v", got)
	}
	at := noon
	for _, status := range []int{200, 201, 204, 302, 400, 401, 403, 404, 429, 500, 503, 0} {
		w.Used(credential.Use{Credential: "key_a", Status: status, At: at, Address: "192.0.2.1"})
		at = at.Add(time.Second)
	}
	w.Used(credential.Use{Status: 401, At: at, Address: "192.0.2.1"})                      // nothing known was shown
	w.Used(credential.Use{Credential: "key_b", Status: 200, At: at, Address: "192.0.2.2"}) // another one
	if _, err := w.clock.Advance(time.Minute); err != nil {
		t.Fatal(err)
	}
	want := credential.Usage{
		Requests: 12, Errors: 7, ClientErrors: 5, ServerErrors: 2, Limited: 1, Refused: 2, ErrorRate: 7.0 / 12,
		DayRequests: 12, DayErrors: 7, DayErrorRate: 7.0 / 12, LastUsed: noon.Add(11 * time.Second), Addresses: []string{"192.0.2.1"},
	}
	if got := w.Usage("key_a"); !reflect.DeepEqual(got, want) {
		t.Errorf("it is\n%+v, want\n%+v", got, want)
	}
	if got := w.Usage("key_b"); got.Requests != 1 || got.ErrorRate != 0 {
		t.Errorf("the other is %+v", got)
	}
	if err := w.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.Usage("key_a"); got.Requests != 0 {
		t.Errorf("after a reset it is %+v", got)
	}
}

// TestUsageOfOneDay: 3 good and 1 failing call are a quarter (ECOSIRE-40), and the day's figures forget by the hour.
func TestUsageOfOneDay(t *testing.T) {
	w := settle(t, written(t, plain), 1)
	use := func(status int) {
		w.Used(credential.Use{Credential: "k", Status: status, At: w.clock.Now()})
	}
	type day struct {
		requests, errors uint64
		rate             float64
	}
	expect := func(want day) {
		t.Helper()
		if u := w.Usage("k"); (day{u.DayRequests, u.DayErrors, u.DayErrorRate}) != want {
			t.Errorf("at %v the day has %d, %d, %v, want %v", w.clock.Now(), u.DayRequests, u.DayErrors, u.DayErrorRate, want)
		}
	}
	advance := func(d time.Duration) {
		t.Helper()
		if _, err := w.clock.Advance(d); err != nil {
			t.Fatal(err)
		}
	}
	use(200)
	use(200)
	use(200)
	use(404)
	expect(day{4, 1, 0.25})
	if u := w.Usage("k"); u.ErrorRate != 0.25 {
		t.Errorf("the rate is %v", u.ErrorRate)
	}
	advance(12 * time.Hour)
	use(500)
	expect(day{5, 2, 0.4})
	advance(12*time.Hour - time.Second)
	expect(day{5, 2, 0.4})
	advance(time.Second) // noon of the next day: the hour from noon to one has gone
	expect(day{1, 1, 1})
	use(200)
	expect(day{2, 1, 0.5})
	advance(24 * time.Hour)
	expect(day{})
	if u := w.Usage("k"); u.Requests != 6 || u.Errors != 2 || !u.LastUsed.Equal(noon.Add(24*time.Hour)) {
		t.Errorf("the whole is %+v", u)
	}
	advance(-48 * time.Hour) // turned back: what is ahead does not count, what was overwritten is forgotten
	use(200)
	if u := w.Usage("k"); u.Requests != 7 || u.DayRequests != 1 || !u.LastUsed.Equal(noon) {
		t.Errorf("after turning back it is %+v", u)
	}
	advance(-100 * 365 * 24 * time.Hour) // before 1970
	use(200)
	expect(day{1, 0, 0})
}

// TestLastUsed: of requests that end in another order than they came the latest counts.
func TestLastUsed(t *testing.T) {
	w := settle(t, written(t, plain), 1)
	w.Used(credential.Use{Credential: "k", At: noon})
	w.Used(credential.Use{Credential: "k", At: noon.Add(-10 * time.Second)})
	if got := w.Usage("k").LastUsed; !got.Equal(noon) {
		t.Errorf("last used at %v", got)
	}
	w.Used(credential.Use{Credential: "now"})
	if got := w.Usage("now").LastUsed; !got.Equal(noon) {
		t.Errorf("without a time it is last used at %v", got)
	}
}

func TestAddresses(t *testing.T) {
	w := settle(t, written(t, plain), 1)
	var want []string
	for i := range 12 {
		address := fmt.Sprintf("192.0.2.%d", i)
		w.Used(credential.Use{Credential: "k", At: noon, Address: address})
		want = append([]string{address}, want...)
	}
	if got := w.Usage("k").Addresses; !slices.Equal(got, want[:10]) {
		t.Errorf("the addresses are %q, want %q", got, want[:10])
	}
	w.Used(credential.Use{Credential: "k", At: noon, Address: "192.0.2.5"})
	w.Used(credential.Use{Credential: "k", At: noon})
	got := w.Usage("k").Addresses
	if len(got) != 10 || got[0] != "192.0.2.5" || got[1] != "192.0.2.11" || got[9] != "192.0.2.2" {
		t.Errorf("after another use of 192.0.2.5 they are %q", got)
	}
	slices.Sort(got)
	if len(slices.Compact(got)) != 10 {
		t.Errorf("an address stands there twice: %q", got)
	}
}

func TestScopesUsed(t *testing.T) {
	w := settle(t, written(t, plain), 1)
	security := func(scopes ...string) []contracts.Alternative {
		return []contracts.Alternative{{{Scopes: scopes}}, {}}
	}
	for _, o := range []*contracts.Operation{
		nil, {}, {Security: security("b:read", "c:read")}, {Security: security("b:read")},
		{Behaviour: contracts.OperationBehaviour{Scopes: []string{"a:write", "admin"}}},
	} {
		w.Used(credential.Use{Credential: "k", At: noon, Operation: o, Scopes: []string{"z:never", "b:read", "a:write"}})
	}
	w.Used(credential.Use{Credential: "none", At: noon, Operation: &contracts.Operation{Security: security("b:read")}})
	if got := w.Usage("k").ScopesUsed; !slices.Equal(got, []string{"a:write", "b:read"}) {
		t.Errorf("the scopes are %q", got)
	}
	if got := w.Usage("none").ScopesUsed; len(got) != 0 {
		t.Errorf("without scopes they are %q", got)
	}
}

// TestUsageIsBounded: of more than 100,000 credentials the least recently used are dropped, whatever their ids.
func TestUsageIsBounded(t *testing.T) {
	w := settle(t, written(t, plain), 1)
	const most = 100_000
	use := func(i int) { w.Used(credential.Use{Credential: fmt.Sprint("key_", i), Status: 200, At: noon}) }
	for i := range most {
		use(i)
	}
	for i := range most {
		if w.Usage(fmt.Sprint("key_", i)).Requests != 1 {
			t.Fatalf("key_%d was dropped early", i)
		}
	}
	expect := func(upTo int, gone func(i int) bool) {
		t.Helper()
		for i := range upTo {
			if kept := w.Usage(fmt.Sprint("key_", i)).Requests > 0; kept == gone(i) {
				t.Errorf("of %d key_%d is kept: %t", upTo, i, kept)
			}
		}
	}
	use(0)
	use(1)
	for i := most; i < most+10; i++ {
		use(i)
	}
	expect(most+10, func(i int) bool { return i >= 2 && i < 12 })
	use(20) // it would have been dropped soon
	for i := most + 10; i < most+30; i++ {
		use(i)
	}
	expect(most+30, func(i int) bool { return i >= 2 && i < 33 && i != 20 })
}

// TestUsedAtOnce: nothing is lost when many use the same credentials, and resets do no harm.
func TestUsedAtOnce(t *testing.T) {
	w := settle(t, written(t, plain), 1)
	const workers, uses = 8, 2000
	work := func(reset bool) {
		var all sync.WaitGroup
		for g := range workers {
			all.Go(func() {
				random := rand.New(rand.NewPCG(uint64(g), 1))
				for i := range uses {
					id := fmt.Sprint("key_", random.IntN(5))
					w.Used(credential.Use{Credential: id, Status: 200 + 200*(i%2), At: noon, Address: fmt.Sprint("192.0.2.", random.IntN(20)), Audited: i%10 == 0})
					if i%50 == 0 {
						w.Usage(id)
						w.Audit(uint64(i), 5)
					}
					if reset && i == uses/2 {
						if err := w.Reset(t.Context()); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		all.Wait()
	}
	work(true)
	if err := w.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	work(false)
	sum, failed := uint64(0), uint64(0)
	for i := range 5 {
		u := w.Usage(fmt.Sprint("key_", i))
		sum, failed = sum+u.Requests, failed+u.Errors
		if u.DayRequests != u.Requests || len(u.Addresses) != 10 {
			t.Errorf("key_%d is %+v", i, u)
		}
	}
	if entries, _ := w.Audit(0, 0); sum != workers*uses || failed != workers*uses/2 || len(entries) != workers*uses/10 {
		t.Errorf("%d requests, %d errors and %d entries were counted", sum, failed, len(entries))
	}
}

// TestUsedAllocatesNothing holds for a credential that was used before, by the same client.
func TestUsedAllocatesNothing(t *testing.T) {
	w := settle(t, written(t, plain), 1)
	u := ordinaryUse()
	w.Used(u)
	if n := testing.AllocsPerRun(100, func() { w.Used(u) }); n != 0 {
		t.Errorf("a use allocates %v times", n)
	}
}

func ordinaryUse() credential.Use {
	return credential.Use{
		Credential: "key_1a2b3c4d5e", Operation: &contracts.Operation{Security: []contracts.Alternative{{{Scopes: []string{"events:read"}}}}},
		Scopes: []string{"events:read", "events:write"}, Method: "GET", Path: "/v1/events", Status: 200, Address: "192.0.2.1", At: noon,
	}
}

func BenchmarkUsed(b *testing.B) {
	w := settle(b, written(b, plain), 1)
	b.Run("one", func(b *testing.B) {
		u := ordinaryUse()
		b.ReportAllocs()
		for b.Loop() {
			w.Used(u)
		}
	})
	uses := make([]credential.Use, 10_000)
	for i := range uses {
		uses[i] = ordinaryUse()
		uses[i].Credential = fmt.Sprint("key_", i)
	}
	b.Run("many", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			w.Used(uses[i%len(uses)])
		}
	})
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(p *testing.PB) {
			for i := 0; p.Next(); i++ {
				w.Used(uses[i%len(uses)])
			}
		})
	})
	b.Run("audited", func(b *testing.B) {
		u := ordinaryUse()
		u.Audited = true
		b.ReportAllocs()
		for b.Loop() {
			w.Used(u)
		}
	})
	b.Run("new", func(b *testing.B) {
		u := ordinaryUse()
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			u.Credential = fmt.Sprint("new_", i)
			w.Used(u)
		}
	})
}
