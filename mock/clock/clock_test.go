package clock_test

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"understudy/mock/clock"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func frozen() *clock.Virtual { return clock.New(clock.Options{At: start, Frozen: true}) }

func advance(t testing.TB, v *clock.Virtual, d time.Duration) []string {
	t.Helper()
	ran, err := v.Advance(d)
	if err != nil {
		t.Fatal(err)
	}
	return labels(ran)
}

func labels(due []clock.Due) []string {
	names := make([]string, len(due))
	for i, d := range due {
		names[i] = d.At.Sub(start).String() + " " + d.Label
	}
	return names
}

func TestReal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c clock.Clock = clock.Real{}
		if now := c.Now(); !now.Equal(time.Now()) || now.Location() != time.UTC {
			t.Errorf("Now is %v, want %v in UTC", now, time.Now())
		}
		var called atomic.Int32
		clock.Schedule(c, time.Hour, "label", func() { called.Add(1) })
		stop := c.AfterFunc(time.Hour, func() { called.Add(10) })
		if !stop() || stop() {
			t.Error("stop must be true once and then false")
		}
		time.Sleep(time.Hour + time.Second)
		if n := called.Load(); n != 1 {
			t.Errorf("called %d, want 1", n)
		}
	})
}

func TestAdvanceRunsInOrder(t *testing.T) {
	v := frozen()
	var saw []string
	at := func(d time.Duration, label string) {
		v.AfterFuncLabel(d, label, func() { saw = append(saw, v.Now().Sub(start).String()+" "+label) })
	}
	at(3*time.Hour, "c")
	at(time.Hour, "a1")
	at(time.Hour, "a2")
	at(2*time.Hour, "b")
	stop := clock.Schedule(v, time.Hour, "stopped", func() { t.Error("a stopped callback ran") })
	if !stop() || stop() {
		t.Error("stop must be true once and then false")
	}
	want := []string{"1h0m0s a1", "1h0m0s a2", "2h0m0s b"}
	if got := labels(v.Pending()); !slices.Equal(got, append(slices.Clone(want), "3h0m0s c")) {
		t.Errorf("pending %q", got)
	}
	if got := advance(t, v, 2*time.Hour); !slices.Equal(got, want) || !slices.Equal(saw, want) {
		t.Errorf("ran %q, callbacks saw %q, want %q", got, saw, want)
	}
	if now := v.Now(); !now.Equal(start.Add(2 * time.Hour)) {
		t.Errorf("the clock stands at %v", now)
	}
	if ran, err := v.Set(start.Add(4 * time.Hour)); err != nil || len(ran) != 1 || ran[0].Label != "c" {
		t.Errorf("Set ran %v, %v", ran, err)
	}
}

func TestCallbacksScheduleMoreAndMoveTheClock(t *testing.T) {
	v := frozen()
	var tick func()
	tick = func() { v.AfterFuncLabel(time.Minute, "tick", tick) }
	tick()
	v.AfterFuncLabel(90*time.Second, "nested", func() {
		ran, err := v.Advance(time.Minute)
		if err != nil || !slices.Equal(labels(ran), []string{"2m0s tick"}) {
			t.Errorf("the nested Advance ran %q, %v", labels(ran), err)
		}
		v.AfterFuncLabel(0, "at once", func() {})
	})
	got := advance(t, v, 3*time.Minute)
	want := []string{"1m0s tick", "1m30s nested", "2m30s at once", "3m0s tick"}
	if !slices.Equal(got, want) {
		t.Errorf("ran %q, want %q", got, want)
	}
}

func TestTurningBack(t *testing.T) {
	v := frozen()
	v.AfterFuncLabel(time.Hour, "x", func() {})
	if ran := advance(t, v, -time.Hour); len(ran) != 0 {
		t.Errorf("turning back ran %q", ran)
	}
	if ran := advance(t, v, 90*time.Minute); len(ran) != 0 {
		t.Errorf("ran %q half an hour early", ran)
	}
	if ran := advance(t, v, 30*time.Minute); !slices.Equal(ran, []string{"1h0m0s x"}) {
		t.Errorf("ran %q", ran)
	}
}

func TestEndlessCallbacksAreCut(t *testing.T) {
	v := frozen()
	var again func()
	var enough atomic.Bool
	again = func() {
		if !enough.Load() {
			v.AfterFunc(0, again)
		}
	}
	v.AfterFunc(time.Second, again)
	ran, err := v.Advance(time.Hour)
	enough.Store(true)
	if err == nil || len(ran) != clock.MaxRun {
		t.Fatalf("ran %d, error %v", len(ran), err)
	}
}

func TestPanicLeavesTheClockUsable(t *testing.T) {
	v := frozen()
	v.AfterFunc(time.Second, func() { panic("bug") })
	v.AfterFuncLabel(time.Minute, "later", func() {})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		advance(t, v, time.Hour)
	}()
	if ran := advance(t, v, time.Hour); !slices.Equal(ran, []string{"1m0s later"}) {
		t.Errorf("ran %q", ran)
	}
}

func TestRates(t *testing.T) {
	for _, rate := range []float64{-1, math.NaN(), math.Inf(1), clock.MaxRate + 1} {
		if err := frozen().Follow(rate); err == nil {
			t.Errorf("Follow takes rate %v", rate)
		}
	}
}

func TestFollowsRealTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := clock.New(clock.Options{})
		if !v.Now().Equal(time.Now()) || v.Rate() != 1 {
			t.Fatalf("the zero Options show %v at rate %v, want %v at 1", v.Now(), v.Rate(), time.Now())
		}
		v = clock.New(clock.Options{At: start})
		ran := make(chan time.Time, 10)
		v.AfterFunc(time.Hour, func() { ran <- v.Now() })
		v.AfterFunc(0, func() { ran <- v.Now() })
		synctest.Wait()
		if at := <-ran; !at.Equal(start) {
			t.Errorf("what is due now ran at %v", at)
		}
		time.Sleep(time.Hour - time.Second)
		if len(ran) != 0 {
			t.Error("the callback ran early")
		}
		time.Sleep(2 * time.Second)
		if at := <-ran; at.Sub(start).Round(time.Millisecond) != time.Hour {
			t.Errorf("ran at %v", at)
		}
	})
}

func TestFollowFreezeAndPush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := clock.New(clock.Options{At: start, Frozen: true})
		ran := make(chan string, 10)
		v.AfterFunc(time.Minute, func() { ran <- "minute" })
		time.Sleep(time.Hour)
		if !v.Now().Equal(start) || v.Rate() != 0 || len(ran) != 0 {
			t.Fatalf("a frozen clock moved to %v at rate %v", v.Now(), v.Rate())
		}
		if err := v.Follow(60); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second + time.Millisecond)
		if <-ran != "minute" || v.Now().Sub(start).Round(time.Second) != time.Minute {
			t.Errorf("after a second at rate 60 it is %v", v.Now().Sub(start))
		}
		before := v.Now()
		v.AfterFunc(time.Hour, func() {
			time.Sleep(time.Minute) // real time, which does not count while the clock is being moved
			ran <- "hour"
		})
		if _, err := v.Advance(2 * time.Hour); err != nil {
			t.Fatal(err)
		}
		if <-ran != "hour" || v.Now().Sub(before) != 2*time.Hour {
			t.Errorf("Advance(2h) moved by %v", v.Now().Sub(before))
		}
		time.Sleep(time.Second)
		if d := v.Now().Sub(before) - 2*time.Hour; d != time.Minute {
			t.Errorf("after Advance the clock goes %v in a second, want a minute", d)
		}
		v.Freeze()
		at := v.Now()
		time.Sleep(time.Hour)
		if !v.Now().Equal(at) {
			t.Error("Freeze does not hold the clock")
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	v := clock.New(clock.Options{At: start})
	var ran, stopped atomic.Int64
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 200 {
				stop := v.AfterFunc(time.Duration(i%7)*time.Minute, func() { ran.Add(1) })
				switch (g + i) % 4 {
				case 0:
					if stop() {
						stopped.Add(1)
					}
				case 1:
					if _, err := v.Advance(time.Minute); err != nil {
						t.Error(err)
					}
				case 2:
					_ = v.Follow(float64(i % 3))
				}
				v.Now()
			}
		})
	}
	all.Wait()
	v.Freeze()
	synced := make(chan struct{})
	v.AfterFunc(10*time.Minute, func() { close(synced) })
	advance(t, v, 10*time.Minute)
	<-synced
	if n := len(v.Pending()); n != 0 {
		t.Errorf("%d callbacks wait still", n)
	}
	for ran.Load()+stopped.Load() < 1600 { // those that ran on goroutines of their own may be on their way
		select {
		case <-t.Context().Done():
			t.Fatalf("%d ran and %d were stopped, want 1600 in all", ran.Load(), stopped.Load())
		default:
		}
	}
}

// TestOrderProperty compares with a stable sort: whatever is scheduled runs by instant, then by registration.
func TestOrderProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := frozen()
		delays := rapid.SliceOf(rapid.IntRange(1, 20)).Draw(t, "delays")
		stops := rapid.SliceOfN(rapid.Bool(), len(delays), len(delays)).Draw(t, "stops")
		var want []clock.Due
		for i, d := range delays {
			due := clock.Due{At: start.Add(time.Duration(d) * time.Second), Label: string(rune('a' + i))}
			stop := v.AfterFuncLabel(due.At.Sub(start), due.Label, func() {})
			if stops[i] && stop() {
				continue
			}
			want = append(want, due)
		}
		slices.SortStableFunc(want, func(a, b clock.Due) int { return a.At.Compare(b.At) })
		var got []clock.Due
		for range 4 {
			ran, err := v.Advance(5 * time.Second)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, ran...)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("ran %v, want %v", got, want)
		}
	})
}

func BenchmarkNow(b *testing.B) {
	v := clock.New(clock.Options{})
	for b.Loop() {
		v.Now()
	}
}
