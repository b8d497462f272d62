package check_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"understudy/contracts"
	"understudy/contracts/check"
)

// FuzzExamine lets a hostile server answer: nothing may panic, hang, or quote more than a finding may.
func FuzzExamine(f *testing.F) {
	shop, stream := load(f, "shop.yaml"), load(f, "stream.yaml")
	for _, seed := range []struct{ request, header, body string }{
		{"GET /v1/things", "Content-Type: application/json\nX-Total: 1", `{"items":[{"id":7}]}`},
		{"GET /v1/animal", "Content-Type: application/json\nContent-Encoding: gzip", "\x1f\x8b\x08\x00"},
		{"GET /lines", "Content-Type: text/event-stream", "data: x\n\n"},
		{"GET /lines", "Content-Type: application/xml", "<a><b>"},
		{"POST /v1/things", "Content-Type: application/problem+json\nWWW-Authenticate: Basic realm=\"a\\", `{"title":null,"status":"x"}`},
		{"PUT /v1/things", "Allow: GET,,\x00\nRetry-After: -1\nRateLimit: \"a\";r=9\nRateLimit-Policy: 5;w=0\nX-RateLimit-Reset: 1e999", ""},
		{"GET /v1/old", "Deprecation: @9999999999999999\nSunset: x\nServer: 1.1\nCache-Control: public", "\xff"},
		{"GET /v1/note", "Content-Type: multipart/mixed; boundary=\"", "--\r\n"},
	} {
		for _, status := range []int{200, 401, 405, 429, 503} {
			f.Add(seed.request, status, seed.header, []byte(seed.body), uint8(status))
		}
	}
	e := examine(f, check.Options{Contract: shop, Strict: true, Slowest: time.Nanosecond, Percentiles: []check.Percentile{{Rank: 50, Within: 1}}})
	s := examine(f, check.Options{Contract: stream, Strict: true})
	intents := []check.Intent{check.Unknown, check.Valid, check.Invalid, check.Other}
	f.Fuzz(func(t *testing.T, request string, status int, header string, body []byte, mode uint8) {
		method, url, _ := strings.Cut(request, " ")
		x := &contracts.Exchange{Method: method, URL: url, Status: status, ResponseHeader: http.Header{}, ResponseBody: body, Duration: time.Duration(status)}
		for line := range strings.SplitSeq(header, "\n") {
			name, value, _ := strings.Cut(line, ":")
			x.ResponseHeader.Add(name, strings.TrimSpace(value))
		}
		about := check.About{Intent: intents[mode%4], Truncated: mode&4 > 0, Fault: "NEG-003", Actor: url}
		if mode&8 > 0 {
			about.TransportError = header
		}
		for _, one := range []struct {
			*contracts.Contract
			*check.Examination
		}{{shop, e}, {stream, s}} {
			x.Operation = check.Locate(one.Contract, x).Operation
			list := one.Examine(x, about)
			if mode&16 > 0 {
				list = append(list, one.Close()...)
			}
			for _, found := range list {
				if len(found.Got) > 200 || len(found.Want) > 200 || len(found.Where) > 400 || len(found.Message) > 700 {
					t.Fatalf("too much is quoted: %+v", found)
				}
				if !utf8.ValidString(found.Message + found.Got + found.Want + found.Where + found.Keyword) {
					t.Fatalf("not UTF-8: %+v", found)
				}
				if _, err := json.Marshal(found); err != nil {
					t.Fatal(err)
				}
				if found.Fingerprint != check.Fingerprint(found) || found.Title == "" {
					t.Fatalf("not complete: %+v", found)
				}
			}
		}
	})
}

// FuzzBaseline reads hostile files.
func FuzzBaseline(f *testing.F) {
	f.Add("version: 1\nentries:\n- {fingerprint: 0123456789abcdef0123, check: SCH-001, reason: x, until: 2026-01-01}")
	f.Add(`{"version":1,"entries":[{}]}`)
	f.Add("a: &a [*a]\nentries: *a")
	f.Fuzz(func(t *testing.T, text string) {
		b, err := check.ReadBaseline(strings.NewReader(text), today)
		if err != nil {
			return
		}
		var again strings.Builder
		if err := check.WriteBaseline(&again, b); err != nil {
			t.Fatal(err)
		}
		second, err := check.ReadBaseline(strings.NewReader(again.String()), today)
		if err != nil || len(second.Entries) != len(b.Entries) {
			t.Fatalf("%v\n%s", err, again.String())
		}
	})
}

// BenchmarkExamine is a GET of small JSON with all checks.
func BenchmarkExamine(b *testing.B) {
	shop := load(b, "shop.yaml")
	x := answer(b, shop, "GET /v1/things", strings.Replace(page, "X-Total", "X-RateLimit-Limit: 10\nX-RateLimit-Remaining: 3\nX-RateLimit-Reset: 60\nDate: Thu, 01 Jan 2026 00:00:00 GMT\nX-Total", 1)+
		`{"items":[{"id":"7","age":3,"at":"2026-01-01T10:00:00Z","mail":"a@b.example","tags":["xy","zz"]},{"id":"8","age":null}],"counts":{"a":1}}`)
	for _, strict := range []bool{false, true} {
		name := "usual"
		if strict {
			name = "strict"
		}
		b.Run(name, func(b *testing.B) {
			e := examine(b, check.Options{Contract: shop, Strict: strict, Slowest: time.Hour, Percentiles: []check.Percentile{{Rank: 95, Within: time.Hour}}})
			b.ReportAllocs()
			for b.Loop() {
				if found := e.Examine(x, valid); found != nil {
					b.Fatal(ids(found))
				}
			}
		})
	}
}
