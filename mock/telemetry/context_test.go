package telemetry_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"understudy/mock/telemetry"
)

// TestContext goes through what W3C Trace Context says of the two headers: which are continued, and what goes on.
func TestContext(t *testing.T) {
	c := collect(t)
	watched, err := telemetry.New(telemetry.Options{Traces: c.export("traces", false), Random: seeded()})
	if err != nil {
		t.Fatal(err)
	}
	defer watched.Close(t.Context())
	o := watched.Observer("shop")
	const trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	long := strings.Repeat("a=1,", 32)
	for _, one := range []struct {
		name             string
		parents, states  []string
		continued, timed bool
		state            string
	}{
		{"none", nil, nil, false, true, ""},
		{"recorded", []string{callersParent}, nil, true, true, ""},
		{"not recorded", []string{"00-" + trace + "-" + span + "-00"}, nil, true, false, ""},
		{"unknown flags", []string{"00-" + trace + "-" + span + "-ff"}, nil, true, true, ""},
		{"a later version", []string{"cc-" + trace + "-" + span + "-01-what-will-be"}, nil, true, true, ""},
		{"a later version of the same length", []string{"cc-" + trace + "-" + span + "-01"}, nil, true, true, ""},
		{"a later version without a hyphen", []string{"cc-" + trace + "-" + span + "-01.x"}, nil, false, true, ""},
		{"version 00 with more", []string{callersParent + "-more"}, nil, false, true, ""},
		{"version ff", []string{"ff-" + trace + "-" + span + "-01"}, nil, false, true, ""},
		{"upper case", []string{"00-" + strings.ToUpper(trace) + "-" + span + "-01"}, nil, false, true, ""},
		{"a trace of zeros", []string{"00-" + strings.Repeat("0", 32) + "-" + span + "-01"}, nil, false, true, ""},
		{"a span of zeros", []string{"00-" + trace + "-" + strings.Repeat("0", 16) + "-01"}, nil, false, true, ""},
		{"too short", []string{callersParent[:54]}, nil, false, true, ""},
		{"no hexadecimal", []string{"00-" + trace[:31] + "g-" + span + "-01"}, nil, false, true, ""},
		{"two of them", []string{callersParent, callersParent}, nil, false, true, ""},
		{"a state", []string{callersParent}, []string{"a=1,b=2"}, true, true, "a=1,b=2"},
		{"two lines of state", []string{callersParent}, []string{"a=1", "b=2"}, true, true, "a=1,b=2"},
		{"a state alone", nil, []string{"a=1"}, false, true, ""},
		{"a state that is none", []string{callersParent}, []string{"a"}, true, true, ""},
		{"a state of 33", []string{callersParent}, []string{long + "b=2"}, true, true, ""},
		{"a long state", []string{callersParent}, []string{"a=" + strings.Repeat("x", 600)}, true, true, ""},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["Traceparent"], r.Header["Tracestate"] = one.parents, one.states
		got, timed := o.Came(r)
		if continued := strings.Contains(got.Parent, trace); continued != one.continued || timed != one.timed || got.State != one.state {
			t.Errorf("%s: %+v, timed %v", one.name, got, timed)
		}
		if len(got.Parent) != 55 || got.Parent[:3] != "00-" || strings.Contains(got.Parent, span) {
			t.Errorf("%s: the context %q", one.name, got.Parent)
		}
	}
}

// TestApart neither reads nor sends contexts.
func TestApart(t *testing.T) {
	c := collect(t)
	s := open(t, telemetry.Options{Traces: c.export("traces", false), Apart: true})
	s.call("POST /orders", `{"number":"A1"}`, "Traceparent: "+callersParent)
	s.settle()
	spans := c.spans()
	if len(spans) != 2 || spans[0]["traceId"] == callersTrace || spans[0]["traceId"] != spans[1]["traceId"] {
		t.Errorf("%v", spans)
	}
	if got := s.deliveries(); len(got) != 1 || got[0].Get("Traceparent") != "" {
		t.Errorf("the receiver got %v", got)
	}
}

// TestSampler counts what each sampler records of a thousand traces.
func TestSampler(t *testing.T) {
	for _, one := range []struct {
		sampler         telemetry.Sampler
		parent          string
		atLeast, atMost int
	}{
		{telemetry.Sampler{}, "", 1000, 1000},
		{telemetry.Sampler{Root: telemetry.Never}, "", 0, 0},
		{telemetry.Sampler{Root: telemetry.Never}, callersParent, 1000, 1000},
		{telemetry.Sampler{Root: telemetry.Never, Alone: true}, callersParent, 0, 0},
		{telemetry.Sampler{Alone: true}, callersParent[:53] + "00", 1000, 1000},
		{telemetry.Sampler{Root: telemetry.ByRatio, Ratio: 0.25}, "", 200, 300},
		{telemetry.Sampler{Root: telemetry.ByRatio, Ratio: 1}, "", 1000, 1000},
		{telemetry.Sampler{Root: telemetry.ByRatio}, "", 0, 0},
		// 0x8448eb211c80319c without its top bit is 0.033 of the whole.
		{telemetry.Sampler{Root: telemetry.ByRatio, Ratio: 0.03, Alone: true}, callersParent, 0, 0},
		{telemetry.Sampler{Root: telemetry.ByRatio, Ratio: 0.04, Alone: true}, callersParent, 0, 0},
		{telemetry.Sampler{Root: telemetry.ByRatio, Ratio: 0.55, Alone: true}, callersParent, 1000, 1000},
	} {
		watched, err := telemetry.New(telemetry.Options{Traces: telemetry.Export{URL: "http://127.0.0.1:9/"}, Random: seeded(), Sampler: one.sampler})
		if err != nil {
			t.Fatal(err)
		}
		o, recorded := watched.Observer("shop"), 0
		for range 1000 {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			if one.parent != "" {
				r.Header.Set("Traceparent", one.parent)
			}
			if _, timed := o.Came(r); timed {
				recorded++
			}
		}
		if recorded < one.atLeast || recorded > one.atMost {
			t.Errorf("%+v below %q records %d", one.sampler, one.parent, recorded)
		}
		if err := watched.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestAddresses refuses what is none, without showing it.
func TestAddresses(t *testing.T) {
	for _, address := range []string{"localhost:4318", "ftp://host/", "http://", "http://user:pass@%zz/"} {
		_, err := telemetry.New(telemetry.Options{Metrics: telemetry.Export{URL: address}})
		if err == nil || strings.Contains(fmt.Sprint(err), "pass") {
			t.Errorf("%s: %v", address, err)
		}
	}
}
