package grade_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/inference"
	"understudy/scenarios"
	"understudy/scenarios/grade"
)

// strange are values that a header, a path or a body may hold.
var strange = []string{
	"", " ", "0", "-1", "1", "3", "99999999999999999999", "1e309", "NaN", "soon", "Mon, 02 Mar 2026 12:00:05 GMT", "2026-03-02T12:00:05Z", "1772452860", "1772452860000", "6m0s",
	`"default";r=0;t=5`, `;;;=,,`, "no-store, max-age=60", "max-age=-5", "close", "gzip", "*", "secret~fk_live_~00000000000a", "secret~~", "Bearer secret~fk_live_~00000000000b", "\xff\xfe",
	"multipart/form-data; boundary=", "multipart/form-data; boundary=x", "application/json", "text/event-stream", "//", "%zz", "http://[::1", "https://ferry.example/v1/map", "/v1/map", "undefined",
}

var fields = []string{
	"Retry-After", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-RateLimit-Limit-Hour", "RateLimit", "RateLimit-Policy", "Berths-Left", "Berths-Reset", "ETag", "Last-Modified", "Cache-Control",
	"Age", "Location", "Content-Type", "Connection", "Date", "Authorization", "Idempotency-Key", "If-Match", "If-None-Match", "User-Agent", "Accept-Encoding", "Range", "Vary", "Cookie",
}

// chance makes a recording of anything, the same for the same seed.
func chance(c *contracts.Contract, seed uint64, n int) *grade.Recording {
	r := rand.New(rand.NewPCG(seed, 1))
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	header := func() http.Header {
		h := http.Header{}
		for range r.IntN(5) {
			h.Add(pick(fields), pick(strange))
		}
		return h
	}
	paths := []string{"/v1/sailings", "/v1/sailings/7", "/v1/tickets", "/v1/map", "/v1/decks/1", "/v1/ropes/1", "/v1/buoys/1", "/v1/search", "/v1/login", "/v1/health", "/nowhere", "", "*", "/v1/sailings/undefined?x=%zz"}
	rec := &grade.Recording{Contract: c, Model: inference.Infer(c), Source: "chance", Host: pick([]string{"", "ferry.example", "127.0.0.1:80", "[::1]"}), Wall: r.IntN(4) > 0, Truncated: r.IntN(2) > 0}
	if r.IntN(2) > 0 {
		code := r.IntN(3)
		rec.ExitCode = &code
	}
	at := noon
	for i := range n {
		at = at.Add(time.Duration(r.Int64N(int64(3*time.Second) >> r.IntN(12))))
		x := &grade.Call{Index: i, ID: "x", Connection: pick([]string{"", "1", "2", "3"}), Credential: pick([]string{"", "", "key_1"}), Account: pick([]string{"", "acc_1"}), Abandoned: r.IntN(20) == 0, Effect: r.IntN(2) > 0}
		x.Method, x.URL, x.Proto = pick([]string{"GET", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", ""}), pick(paths), "HTTP/1.1"
		x.RequestHeader, x.ResponseHeader = header(), header()
		x.RequestBody, x.ResponseBody = []byte(pick(strange)), []byte(pick(strange))
		x.Status = []int{0, 100, 101, 200, 200, 200, 201, 202, 204, 302, 304, 400, 401, 403, 404, 409, 422, 429, 429, 500, 501, 503, 503, 999}[r.IntN(24)]
		x.Start, x.Duration = at, time.Duration(r.Int64N(int64(40*time.Second)>>r.IntN(20)))
		x.Fault = pick([]string{"", "", "", "reset", "status 503", "truncated-body", "latency and status 403", " "})
		x.Operation = c.Match(x.Method, x.URL).Operation
		rec.Calls = append(rec.Calls, x)
	}
	return rec
}

// TestAnyRecording: whatever was recorded, there is a verdict on each rule that holds together, and it is the same each time.
func TestAnyRecording(t *testing.T) {
	c := ferry(t)
	for seed := range uint64(60) {
		rec := chance(c, seed, 20+int(seed)*4)
		j := grade.Grade(rec, grade.Options{})
		if len(j.Suite.Tests) != len(grade.Rules()) || j.Score.Exercised()+j.Score.NotExercised != len(j.Suite.Tests) {
			t.Fatalf("seed %d: %d tests, %+v", seed, len(j.Suite.Tests), j.Score)
		}
		for _, test := range j.Suite.Tests {
			names := map[string]bool{}
			for _, f := range test.Findings {
				if names[f.Fingerprint] || f.Message == "" || f.Exchange > len(j.Exchanges) {
					t.Errorf("seed %d, %s: %+v", seed, test.ID, f)
				}
				names[f.Fingerprint] = true
			}
			for _, n := range test.Exchanges {
				if n < 1 || n > len(j.Exchanges) {
					t.Errorf("seed %d, %s: there is no exchange %d", seed, test.ID, n)
				}
			}
			if (test.Outcome == scenarios.Skipped) != (len(test.Exchanges) == 0) {
				t.Errorf("seed %d, %s: %s with %d exchanges", seed, test.ID, test.Outcome, len(test.Exchanges))
			}
		}
		first, err := json.Marshal(j)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := json.Marshal(grade.Grade(chance(c, seed, 20+int(seed)*4), grade.Options{})) // it could be written before
		if !bytes.Equal(first, again) {
			t.Errorf("seed %d: two verdicts", seed)
		}
	}
}

// BenchmarkGrade is what a long recording costs: twenty thousand calls before all rules.
func BenchmarkGrade(b *testing.B) {
	c, err := contracts.Load(b.Context(), "testdata/ferry.yaml", contracts.Options{})
	if err != nil {
		b.Fatal(err)
	}
	rec := chance(c, 1, 20_000)
	for b.Loop() {
		grade.Grade(rec, grade.Options{})
	}
}
