package telemetry_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/telemetry"
)

// stagesPassed is how an ordinary request goes.
var stagesPassed = []mock.StageNote{
	{Name: "transport", Verdict: "passed"}, {Name: "match", Verdict: "passed"}, {Name: "authenticate", Verdict: "passed"},
	{Name: "admit", Verdict: "passed"}, {Name: "permit", Verdict: "passed"}, {Name: "receive", Verdict: "passed"},
	{Name: "validate", Verdict: "passed"}, {Name: "negotiate", Verdict: "passed"}, {Name: "disturb", Verdict: "passed"}, {Name: "act", Verdict: "answered"},
}

func observed(c *contracts.Contract) (*http.Request, mock.Answered) {
	e := &mock.Entry{Exchange: contracts.Exchange{Operation: c.Operations[0], Method: "GET", URL: "http://127.0.0.1/v1/orders", Status: 200}, Took: 80 * time.Microsecond}
	e.Trace.Stages, e.Trace.Source = stagesPassed, "state"
	return httptest.NewRequest("GET", "/v1/orders", nil), mock.Answered{Entry: e, Limited: true}
}

// TestCountingMakesNothing holds the cost of a request's counts at no allocation.
func TestCountingMakesNothing(t *testing.T) {
	watched, err := telemetry.New(telemetry.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o := watched.Observer("shop")
	r, a := observed(load(t))
	var through mock.Observer = o
	if n := testing.AllocsPerRun(1000, func() {
		_, _ = through.Came(r)
		through.Answered(a)
	}); n != 0 {
		t.Errorf("%v allocations a request", n)
	}
}

// BenchmarkCount measures what counting adds to a request when nothing is sent.
func BenchmarkCount(b *testing.B) {
	watched, err := telemetry.New(telemetry.Options{})
	if err != nil {
		b.Fatal(err)
	}
	var o mock.Observer = watched.Observer("shop")
	r, a := observed(load(b))
	b.ReportAllocs()
	for b.Loop() {
		_, _ = o.Came(r)
		o.Answered(a)
	}
}

// BenchmarkCountParallel is BenchmarkCount from all processors at once.
func BenchmarkCountParallel(b *testing.B) {
	watched, err := telemetry.New(telemetry.Options{})
	if err != nil {
		b.Fatal(err)
	}
	var o mock.Observer = watched.Observer("shop")
	r, a := observed(load(b))
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			_, _ = o.Came(r)
			o.Answered(a)
		}
	})
}
