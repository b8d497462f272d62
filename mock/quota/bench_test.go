package quota_test

import (
	"fmt"
	"net/http"
	"testing"

	"understudy/mock/quota"
)

// BenchmarkTake is a request that two windows count, as echowin has them, with and without its headers.
func BenchmarkTake(b *testing.B) {
	two := `
limits:
  - {name: hour, limit: 1000000000, window: 1h}
  - {name: burst, limit: 1000000000, window: 1m}
limitHeaders: {profile: epoch, window: hour, on: all}`
	for _, headers := range []bool{false, true} {
		b.Run(fmt.Sprintf("headers=%t", headers), func(b *testing.B) {
			f := open(b, two)
			ask := f.ask("things", "key_1")
			h := http.Header{}
			b.ReportAllocs()
			for b.Loop() {
				v := f.limits.Take(ask)
				if headers {
					v.WriteHeaders(h, 200)
				}
			}
		})
	}
}

func BenchmarkTakeParallel(b *testing.B) {
	f := open(b, "limits: [{name: hour, limit: 1000000000, window: 1h}, {name: burst, limit: 1000000000, window: 1m}]")
	b.RunParallel(func(pb *testing.PB) {
		ask := f.ask("things", "key_1")
		for pb.Next() {
			f.limits.Take(ask)
		}
	})
}

// BenchmarkAlgorithms is one limit each.
func BenchmarkAlgorithms(b *testing.B) {
	for _, words := range []string{
		"algorithm: fixed-window, window: 1m", "algorithm: fixed-window, window: day, timezone: Europe/Berlin", "algorithm: sliding-log, window: 1ms",
		"algorithm: sliding-counter, window: 1m", "algorithm: token-bucket, window: 1m", "algorithm: gcra, window: 1m", "algorithm: concurrency",
	} {
		b.Run(words, func(b *testing.B) {
			f := open(b, "limits: [{name: one, limit: 100000, "+words+"}]")
			ask := f.ask("things", "key_1")
			if err := f.clock.Follow(1); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				f.limits.Take(ask).Release()
			}
		})
	}
}

// BenchmarkManySubjects has a subject of its own in nearly every request, so that counters are made and swept.
func BenchmarkManySubjects(b *testing.B) {
	f := open(b, "limits: [{name: hour, limit: 1000, window: 1s}]")
	asks := make([]quota.Ask, 100_000)
	for i := range asks {
		asks[i] = f.ask("things", fmt.Sprint("key_", i))
	}
	if err := f.clock.Follow(10); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		f.limits.Take(asks[i%len(asks)])
		i++
	}
}
