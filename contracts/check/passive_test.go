package check_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
)

const (
	page    = "200\nContent-Type: application/json\nX-Total: 1\nCache-Control: no-store\n\n"
	one     = "200\nContent-Type: application/json\nCache-Control: no-store\n\n"
	refused = "422\nContent-Type: application/problem+json\n\n"
	limited = "429\nContent-Type: application/problem+json\n"
	bearer  = "WWW-Authenticate: Bearer realm=\"shop\"\n"
	denied  = "401\nContent-Type: application/problem+json\n" + bearer
)

var (
	valid   = check.About{Intent: check.Valid, Actor: "ada"}
	invalid = check.About{Intent: check.Invalid, Fault: "NEG-003"}
	probe   = check.About{Intent: check.Other}
	traffic = check.About{}
)

// TestPassive shows for every passive check of one exchange an answer that breaks it, and its twin that does not.
func TestPassive(t *testing.T) {
	shop, stream := load(t, "shop.yaml"), load(t, "stream.yaml")
	for _, c := range []struct {
		name     string
		about    check.About
		request  string
		response string
		want     string
	}{
		// STS-001
		{"a documented status", valid, "GET /v1/things", page + `{"items":[]}`, ""},
		{"an undocumented status after a valid request", valid, "DELETE /v1/things/7", "418", "STS-001, STS-004 note"},
		{"an undocumented success", invalid, "POST /v1/things", "202", "STS-001"},
		{"a range is documented", valid, "GET /v1/things", "418\nContent-Type: application/problem+json\n\n{}", "STS-004 note"},
		{"default is documented", valid, "GET /v1/animal", "400", ""},
		{"a refusal that HTTP gives", invalid, "POST /v1/things", "415", "STS-001 note"},
		{"another refusal", invalid, "POST /v1/things", "400", "STS-001 warning"},
		{"a refusal where none is documented", invalid, "DELETE /v1/things/7", "400", "STS-001 note"},
		{"a refusal of traffic", traffic, "POST /v1/things", "409", "STS-001 warning"},
		{"a refusal by HTTP of traffic", traffic, "POST /v1/things", "401\n" + bearer, "STS-001 note"},
		{"a weak credential", valid, "DELETE /v1/things/7", "403", "STS-001 warning"},
		{"an id that is gone", valid, "DELETE /v1/things/7", "410", "STS-001 warning"},
		{"a condition", valid, "GET /v1/things/7", "304\n>If-None-Match: \"a\"", ""},
		{"a failed condition", valid, "DELETE /v1/things/7", "412\n>If-Match: \"a\"", ""},
		{"a part", valid, "GET /v1/things/7", "206\n>Range: bytes=0-1\nContent-Type: application/json\nCache-Control: private\n\n{\"", ""},
		{"HEAD is as GET", valid, "HEAD /v1/things", "200\nContent-Type: application/json\nContent-Length: 12\nCache-Control: private", ""},
		// STS-002
		{"a failure", invalid, "DELETE /v1/things/7", "500", "STS-002"},
		{"a failure under default", valid, "GET /v1/animal", "503", "STS-002"},
		{"a failure that is foreseen", valid, "POST /v1/things", "500", "STS-002 warning"},
		{"a failure that is foreseen, in traffic", traffic, "POST /v1/things", "500", ""},
		// STS-003
		{"a time-out", check.About{Intent: check.Valid, TransportError: "context deadline exceeded"}, "GET /v1/things", "0", "STS-003"},
		{"an answer that breaks off", check.About{TransportError: "unexpected EOF"}, "GET /v1/things", page + `{"ite`, "STS-003"},
		{"less than was announced", valid, "GET /v1/note", "200\nContent-Type: text/plain\nContent-Length: 9\n\nabc", "STS-003"},
		{"as much as was announced", valid, "GET /v1/note", "200\nContent-Type: text/plain\nContent-Length: 3\n\nabc", ""},
		{"written down without content", traffic, "GET /v1/note", "200\nContent-Type: text/plain\nContent-Length: 9\n\nabc", ""},
		{"cut off by us", check.About{Intent: check.Valid, Truncated: true}, "GET /v1/animal", "200\nContent-Type: application/json\nContent-Length: 90\n\n{\"kind", ""},
		// STS-004
		{"201 for GET", probe, "GET /v1/animal", "201", "STS-004 warning"},
		{"content with 204", valid, "DELETE /v1/things/7", "204\nContent-Type: application/json\n\n{}", "STS-004"},
		{"length with 204", valid, "DELETE /v1/things/7", "204\nContent-Length: 12", "STS-004"},
		{"204", valid, "DELETE /v1/things/7", "204\nContent-Length: 0", ""},
		{"content after HEAD", valid, "HEAD /v1/animal", "200\n\nx", "STS-004"},
		{"304 for a write", valid, "POST /v1/animal", "304", "STS-004"},
		{"304 without a condition", valid, "GET /v1/animal", "304", "STS-004"},
		{"206 without a range", valid, "GET /v1/loose", "206\nContent-Type: application/json\n\n{", "STS-004"},
		{"no HTTP status", valid, "GET /v1/animal", "999", "STS-004"},
		{"an interim status", valid, "GET /v1/animal", "103", "STS-004"},
		{"a redirect to nowhere", valid, "GET /v1/animal", "302", "STS-004 warning"},
		{"a redirect", valid, "GET /v1/animal", "302\nLocation: /login", ""},
		// CTY-001
		{"no media type", valid, "GET /v1/animal", "200\n\n{\"kind\":\"cat\",\"purrs\":true}", "CTY-001"},
		{"no media type where none is described", valid, "GET /v1/old", "200\n\nhello", "CTY-001 warning"},
		// CTY-002
		{"another media type", valid, "GET /v1/animal", "200\nContent-Type: text/html\n\n<p>", "CTY-002"},
		{"a parameter", valid, "GET /v1/animal", "200\nContent-Type: application/json;charset=utf-8; v=1\n\n{\"kind\":\"cat\",\"purrs\":true}", ""},
		{"a range of types", valid, "GET /v1/things/7", "200\nContent-Type: application/hal+json\nCache-Control: private\n\n{\"id\":\"7\"}", ""},
		{"content where none is described", valid, "GET /v1/old", "200\nContent-Type: text/plain\n\nhello", "CTY-002 note"},
		{"an error where none is described", valid, "GET /v1/animal", "404\nContent-Type: text/plain\n\nno", ""},
		// CTY-003
		{"a type without subtype", valid, "GET /v1/animal", "404\nContent-Type: json\n\n{}", "CTY-003"},
		{"two types", valid, "GET /v1/animal", "404\nContent-Type: application/json\nContent-Type: text/html\n\n{}", "CTY-003"},
		// CTY-004
		{"no JSON", valid, "GET /v1/animal", "200\nContent-Type: application/json\n\n<html>", "CTY-004"},
		{"no JSON where nothing is described", valid, "GET /v1/animal", "404\nContent-Type: application/json\n\nNot Found", "CTY-004"},
		{"no content", valid, "GET /v1/animal", "200\nContent-Type: application/json", "CTY-004"},
		{"no content in traffic", traffic, "GET /v1/animal", "200\nContent-Type: application/json", ""},
		{"no text", valid, "GET /v1/note", "200\nContent-Type: text/plain", ""},
		{"a charset that is not read", valid, "GET /v1/note", "200\nContent-Type: text/plain; charset=utf-16\n\nabc", ""},
		{"Latin-1", valid, "GET /v1/note", "200\nContent-Type: text/plain; charset=iso-8859-1\n\n\xe9", ""},
		{"a mark before JSON", valid, "GET /v1/animal", "200\nContent-Type: application/json\n\n\xef\xbb\xbf{\"kind\":\"cat\",\"purrs\":true}", ""},
		{"deep JSON is not judged", valid, "GET /v1/animal", "404\nContent-Type: application/json\n\n" + strings.Repeat("[", 600) + strings.Repeat("]", 600), ""},
		// SCH-001
		{"a member of another type", valid, "GET /v1/things", page + `{"items":[{"id":7}]}`, "SCH-001"},
		{"a member that is missing", valid, "GET /v1/things", page + `{"items":[{}]}`, "SCH-001"},
		{"null in 3.0", valid, "GET /v1/things", page + `{"items":[{"id":"7","age":null}]}`, ""},
		{"null where it is not allowed", valid, "GET /v1/things", page + `{"items":[{"id":null}]}`, "SCH-001"},
		{"a readOnly member", valid, "GET /v1/things", page + `{"items":[{"id":"7","made":"x"}]}`, ""},
		{"no alternative", valid, "GET /v1/animal", one + `{"kind":"cat"}`, "SCH-001"},
		{"a text", valid, "GET /v1/note", "200\nContent-Type: text/plain\n\n123456789012345678901", "SCH-001"},
		{"bytes", valid, "GET /v1/note", "200\nContent-Type: application/octet-stream\n\n\x00\xff\xfe", ""},
		{"an object in HTML", valid, "GET /v1/note", "200\nContent-Type: text/html\n\n<p>", ""},
		{"an object in a vendor's type", valid, "GET /v1/note", "200\nContent-Type: application/vnd.shop\n\nabc", ""},
		{"an error judged by a default meant for success", valid, "GET /v1/loose", "404\nContent-Type: application/json\n\n{\"message\":\"no\"}", "SCH-001 warning"},
		{"a success judged by default", valid, "GET /v1/loose", "200\nContent-Type: application/json\n\n{}", "SCH-001"},
		{"XML", valid, "GET /lines", "200\nContent-Type: application/xml\n\n<a><n>x</n></a>", "SCH-001"},
		{"right XML", valid, "GET /lines", "200\nContent-Type: application/xml\n\n<a><n>7</n></a>", ""},
		// SCH-003
		{"a writeOnly member", valid, "GET /v1/things", page + `{"items":[{"id":"7","secret":"x"}]}`, "SCH-003"},
		// SCH-004
		{"a bad date-time", valid, "GET /v1/things", page + `{"items":[{"id":"7","at":"2026-01-01 10:00"}]}`, "SCH-004"},
		{"a good date-time", valid, "GET /v1/things", page + `{"items":[{"id":"7","at":"2026-01-01T10:00:00Z"}]}`, ""},
		{"beyond int32", valid, "GET /v1/things", page + `{"items":[{"id":"7","age":2147483648}]}`, "SCH-004"},
		{"a bad address", valid, "GET /v1/things", page + `{"items":[{"id":"7","mail":"nobody"}]}`, "SCH-004 warning"},
		{"a loose format", valid, "GET /v1/things", page + `{"items":[{"id":"7","wait":"an hour"}]}`, ""},
		{"a discriminator for another schema", valid, "GET /v1/animal", one + `{"kind":"cat","barks":true}`, "SCH-004 warning"},
		{"a discriminator for no schema", valid, "GET /v1/animal", one + `{"kind":"cow","barks":true}`, "SCH-004 warning"},
		{"a discriminator on a parent", valid, "GET /v1/parent", one + `{"kind":"tree"}`, "SCH-004 note"},
		{"the parent itself", valid, "GET /v1/parent", one + `{"kind":"moss"}`, ""},
		{"a child", valid, "GET /v1/parent", one + `{"kind":"tree","height":3}`, ""},
		{"a discriminator", valid, "GET /v1/animal", one + `{"kind":"dog","barks":true}`, ""},
		// SCH-005
		{"an item of JSON lines", valid, "GET /lines", "200\nContent-Type: application/jsonl\n\n{\"n\":1}\n{\"n\":\"x\"}\n{}\n", "SCH-005, SCH-005"},
		{"JSON lines", valid, "GET /lines", "200\nContent-Type: application/jsonl\n\n{\"n\":1}\n{\"n\":2}\n", ""},
		{"JSON lines that we cut", check.About{Truncated: true}, "GET /lines", "200\nContent-Type: application/jsonl\n\n{\"n\":1}\n{\"n\":", ""},
		{"an item before we cut", check.About{Truncated: true}, "GET /lines", "200\nContent-Type: application/jsonl\n\n{\"n\":true}\n{\"n\":", "SCH-005"},
		{"an event", valid, "GET /lines", "200\nContent-Type: text/event-stream\n\ndata: x\n\n", "SCH-005"},
		{"events", valid, "GET /lines", "200\nContent-Type: text/event-stream\n\n: hello\ndata: xy\n\ndata: half", ""},
		{"a stream that is described as one text", valid, "GET /told", "200\nContent-Type: text/event-stream\n\ndata: x\n\n", ""},
		{"a text sequence", valid, "GET /lines", "200\nContent-Type: application/json-seq\n\n\x1e1\n\x1etrue\n", "SCH-005"},
		{"broken JSON lines", valid, "GET /lines", "200\nContent-Type: application/jsonl\n\n{\"n\":1}\n{\n", "CTY-004"},
		// HDR-001, HDR-002
		{"no required header", valid, "GET /v1/things", one + `{"items":[]}`, "HDR-001"},
		{"a bad header", valid, "GET /v1/things", "200\nContent-Type: application/json\nX-Total: many\nCache-Control: no-store\n\n{\"items\":[]}", "HDR-002"},
		{"a header outside its enum", valid, "GET /v1/things", strings.Replace(page, "X-Total", "X-Sort: size\nX-Total", 1) + `{"items":[]}`, "HDR-002"},
		{"HTTP's own date", valid, "GET /v1/things", strings.Replace(page, "X-Total", "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\nX-Total", 1) + `{"items":[]}`, ""},
		{"a bad instant", valid, "GET /v1/things", strings.Replace(page, "X-Total", "X-At: today\nX-Total", 1) + `{"items":[]}`, "HDR-002"},
		{"a list in two lines", valid, "GET /v1/things", strings.Replace(page, "X-Total", "X-Tags: ab, cd\nX-Tags: ef\nX-Total", 1) + `{"items":[]}`, ""},
		{"a short item in a list", valid, "GET /v1/things", strings.Replace(page, "X-Total", "X-Tags: ab, c\nX-Total", 1) + `{"items":[]}`, "HDR-002"},
		// HDR-004
		{"a sunset that is no date", valid, "GET /v1/old", "200\nDeprecation: @1700000000\nSunset: soon", "HDR-004 warning"},
		{"a deprecation that is no date", valid, "GET /v1/old", "200\nDeprecation: yes!", "HDR-004 warning"},
		{"a deprecation of a draft", valid, "GET /v1/old", "200\nDeprecation: true", "HDR-004 note"},
		{"a sunset before the deprecation", valid, "GET /v1/old", "200\nDate: Mon, 01 Jan 2024 00:00:00 GMT\nDeprecation: @1893456000\nSunset: Mon, 01 Jan 2029 00:00:00 GMT", "HDR-004 warning"},
		{"alive after the sunset", valid, "GET /v1/old", "200\nSunset: Mon, 01 Jan 2024 00:00:00 GMT", "HDR-004 warning"},
		{"a good announcement", valid, "GET /v1/old", "200\nDeprecation: @1700000000\nSunset: Mon, 01 Jan 2029 00:00:00 GMT", ""},
		// MTH-002, MTH-003
		{"405 without Allow", probe, "PUT /v1/things", "405", "MTH-002"},
		{"405 with Allow", probe, "PUT /v1/things", "405\nAllow: GET, HEAD, POST", ""},
		{"405 with an empty Allow", probe, "PUT /v1/things/7", "405\nAllow: GET, DELETE, OPTIONS", ""},
		{"Allow with what was refused", probe, "PUT /v1/things", "405\nAllow: GET, POST, PUT", "MTH-003"},
		{"Allow without what is declared", probe, "PUT /v1/things", "405\nAllow: GET", "MTH-003 warning"},
		{"Allow with what is not declared", probe, "PUT /v1/things", "405\nAllow: GET, POST, PATCH", "MTH-003 note"},
		{"405 on a path of nobody", probe, "PUT /elsewhere", "405\nAllow: GET", ""},
		// AUTH-010
		{"401 without a challenge", probe, "GET /v1/things", "401\nContent-Type: application/problem+json\n\n{}", "AUTH-010"},
		{"401 with half a challenge", probe, "GET /v1/things", "401\nContent-Type: application/problem+json\nWWW-Authenticate: error=\"invalid_token\"\n\n{}", "AUTH-010"},
		{"401 with a challenge", probe, "GET /v1/things", denied + "\n{}", ""},
		// ERR-001, ERR-002, ERR-003
		{"a problem under another type", probe, "POST /v1/things", "422\nContent-Type: application/json\n\n{}", "ERR-001"},
		{"a problem whose title is a number", probe, "GET /v1/animal", "404\nContent-Type: application/problem+json\n\n{\"detail\":5}", "ERR-002"},
		{"a problem that is a list", probe, "GET /v1/animal", "404\nContent-Type: application/problem+json\n\n[]", "ERR-002"},
		{"a problem whose type is no reference", probe, "GET /v1/animal", "404\nContent-Type: application/problem+json\n\n{\"type\":\":x y\"}", "ERR-002"},
		{"what the schema says is not said twice", probe, "POST /v1/things", refused + `{"title":7}`, "SCH-001"},
		{"a problem with another status", probe, "POST /v1/things", refused + `{"title":"no","status":400}`, "ERR-003"},
		{"an error with another status", probe, "GET /v1/animal", "404\nContent-Type: application/json\n\n{\"statusCode\":403}", "ERR-003 warning"},
		{"an error with its status", probe, "GET /v1/animal", "404\nContent-Type: application/json\n\n{\"error\":{\"status\":404}}", ""},
		{"a problem", invalid, "POST /v1/things", refused + `{"type":"about:blank","title":"no","status":422,"detail":"age","instance":"/x"}`, ""},
		// ERR-005
		{"a stack trace", probe, "GET /v1/animal", "404\nContent-Type: text/plain\n\nTraceback (most recent call last):\n  File", "ERR-005 warning"},
		{"a path of the request", probe, "GET /v1/animal?f=/app/x.py", "404\nContent-Type: text/plain\n\nno /app/x.py here", ""},
		{"plain words", probe, "GET /v1/animal", "404\nContent-Type: text/plain\n\nThere is no such animal; select another one from the list.", ""},
		// ERR-006
		{"a refusal that names nothing", invalid, "POST /v1/things", refused + `{"title":"bad request"}`, "ERR-006 note"},
		{"a refusal that names the member", invalid, "POST /v1/things", refused + `{"title":"age must be a number"}`, ""},
		{"a refusal of content", check.About{Intent: check.Invalid, Fault: "NEG-010"}, "POST /v1/things", refused + `{"title":"bad request"}`, ""},
		// RATE-001
		{"a limit that is no number", valid, "GET /v1/old", "200\nX-RateLimit-Limit: many\nDeprecation: @1", "RATE-001 warning"},
		{"more left than there is", valid, "GET /v1/old", "200\nX-RateLimit-Limit: 10\nX-RateLimit-Remaining: 11\nDeprecation: @1", "RATE-001 warning"},
		{"a reset that is nothing", valid, "GET /v1/old", "200\nX-Rate-Limit-Reset: soon\nDeprecation: @1", "RATE-001 warning"},
		{"a malformed field", valid, "GET /v1/old", "200\nRateLimit: \"default\";t=30\nDeprecation: @1", "RATE-001 warning"},
		{"a policy of nobody", valid, "GET /v1/old", "200\nRateLimit-Policy: \"hour\";q=10;w=60\nRateLimit: \"day\";r=3\nDeprecation: @1", "RATE-001 warning"},
		{"more left than the policy has", valid, "GET /v1/old", "200\nRateLimit-Policy: \"hour\";q=10;w=60\nRateLimit: \"hour\";r=13\nDeprecation: @1", "RATE-001 warning"},
		{"good limits", valid, "GET /v1/old", "200\nRateLimit-Policy: \"hour\";q=10;w=60\nRateLimit: \"hour\";r=3;t=5\nX-RateLimit-Limit: 10\nX-RateLimit-Remaining: 3\nX-RateLimit-Reset: 1767225600\nDeprecation: @1", ""},
		// RATE-004
		{"429 without Retry-After", probe, "GET /v1/things", limited + "\n{}", "RATE-004 warning"},
		{"429 with nonsense", probe, "GET /v1/things", limited + "Retry-After: soon\n\n{}", "RATE-004"},
		{"429 with seconds", probe, "GET /v1/things", limited + "Retry-After: 5\n\n{}", ""},
		{"429 with a date", probe, "GET /v1/things", limited + "Retry-After: Thu, 01 Jan 2026 00:00:00 GMT\n\n{}", ""},
		{"429 that is not documented", valid, "DELETE /v1/things/7", "429\nRetry-After: 5", "RATE-004 note"},
		// SEC-001
		{"a credential in clear", valid, "GET http://api.example.com/v1/things", page + `{"items":[]}`, "SEC-001 warning"},
		{"a credential over TLS", valid, "GET https://api.example.com/v1/things", page + `{"items":[]}`, ""},
		{"a credential on this machine", valid, "GET http://127.0.0.1:8080/v1/things", page + `{"items":[]}`, ""},
		{"a credential that is refused", valid, "GET http://api.example.com/v1/things", "401\nWWW-Authenticate: Bearer\nContent-Type: application/problem+json\n\n{\"type\":\"about:blank\",\"title\":\"no\",\"status\":401}", ""},
		// SEC-003, SEC-004
		{"a version", valid, "GET /v1/old", "200\nServer: nginx/1.18.0\nDeprecation: @1", "SEC-003 warning"},
		{"no version", valid, "GET /v1/old", "200\nServer: nginx\nDeprecation: @1", ""},
		{"public", valid, "GET /v1/things", strings.Replace(page, "no-store", "public, max-age=60", 1) + `{"items":[]}`, "SEC-004 warning"},
		{"public by the document", valid, "GET /v1/metadata", "200\nCache-Control: public, max-age=600\n\n", ""},
		{"nothing on caches", valid, "GET /v1/things", strings.Replace(page, "Cache-Control: no-store\n", "", 1) + `{"items":[]}`, "SEC-004 note"},
		{"public without a credential", probe, "GET /v1/things", strings.Replace(page, "no-store", "public, max-age=60", 1) + `{"items":[]}`, ""},
		{"a token for caches", valid, "POST /v1/token", "200\nContent-Type: application/json\n\n{\"access_token\":\"x\"}", "SEC-004"},
		{"a token for nobody", valid, "POST /v1/token", "200\nContent-Type: application/json\nCache-Control: no-store\n\n{\"access_token\":\"x\"}", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			contract := shop
			if strings.HasSuffix(c.request, "/lines") || strings.HasSuffix(c.request, "/told") {
				contract = stream
			}
			x := answer(t, contract, c.request, c.response)
			if c.name == "304 for a write" { // the document has no such operation; another one's default is meant
				x.Operation = check.Locate(shop, &contracts.Exchange{Method: "GET", URL: "/v1/animal"}).Operation
			}
			got := examine(t, check.Options{Contract: contract}).Examine(x, c.about)
			if ids(got) != c.want {
				t.Errorf("got %q, want %q", ids(got), c.want)
			}
			for _, f := range got {
				complain(t, f, x.Operation != nil)
				if f.Level == check.Failure || f.Level == check.Warning {
					t.Log(f.Message)
				}
			}
		})
	}
}

// complain checks that a finding says what a reader needs.
func complain(t *testing.T, f check.Finding, placed bool) {
	t.Helper()
	c, ok := check.Find(f.Check)
	switch {
	case !ok || c.Planned:
		t.Errorf("%s is not in the catalogue", f.Check)
	case f.Title == "" || f.Basis == "" || f.Norm == "" || f.Level == "" || f.Certainty == "" || f.Contract == "" || f.Advice == "":
		t.Errorf("%s leaves something out: %+v", f.Check, f)
	case f.Message == "" || f.Want == "" || f.Where == "" || len(f.Fingerprint) != 20:
		t.Errorf("%s leaves something out: %+v", f.Check, f)
	case len(f.Got) > 200 || len(f.Want) > 200:
		t.Errorf("%s quotes too much: %q, %q", f.Check, f.Want, f.Got)
	case placed && f.Operation != "" && (f.At.Line == 0 || f.At.Pointer == ""):
		t.Errorf("%s does not say where in the document: %+v", f.Check, f.At)
	case f.Fingerprint != check.Fingerprint(f):
		t.Errorf("%s: the fingerprint is not that of the finding", f.Check)
	}
}

// TestCodings decodes what was compressed, and passes over what it cannot read.
func TestCodings(t *testing.T) {
	shop := load(t, "shop.yaml")
	cat := []byte(`{"kind":"cat","purrs":true}`)
	var zipped, flated bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write(cat)
	_ = z.Close()
	f := zlib.NewWriter(&flated)
	_, _ = f.Write(cat)
	_ = f.Close()
	for _, c := range []struct {
		name, coding string
		body         []byte
		about        check.About
		want         string
	}{
		{"gzip", "gzip", zipped.Bytes(), valid, ""},
		{"deflate", "deflate", flated.Bytes(), valid, ""},
		{"decoded already", "gzip", cat, valid, ""},
		{"one that is not known", "br", []byte{1, 2, 3}, valid, ""},
		{"broken gzip", "gzip", append(bytes.Clone(zipped.Bytes()[:20]), 0xff, 0xff, 0xff), valid, "CTY-004"},
		{"gzip that we cut", "gzip", zipped.Bytes()[:20], check.About{Truncated: true}, ""},
		{"gzip of what is wrong", "gzip", zip(`{"kind":"cat"}`), valid, "SCH-001"},
		{"twice", "gzip, gzip", zip(zipped.String()), valid, ""},
		{"a bomb", "gzip", zip(strings.Repeat(" ", 40<<20)), valid, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := answer(t, shop, "GET /v1/animal", "200\nContent-Type: application/json\nContent-Encoding: "+c.coding+"\n\n")
			x.ResponseBody = c.body
			if got := ids(examine(t, check.Options{Contract: shop}).Examine(x, c.about)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func zip(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.Bytes()
}

// TestStrict notes undeclared members, only where it is asked for and the schema is silent.
func TestStrict(t *testing.T) {
	shop := load(t, "shop.yaml")
	body := `{"items":[{"id":"1","extra":1,"x-7":2}],"counts":{"any":3},"more":true}`
	x := answer(t, shop, "GET /v1/things", page+body)
	if got := examine(t, check.Options{Contract: shop}).Examine(x, valid); got != nil {
		t.Errorf("without being asked: %s", ids(got))
	}
	got := examine(t, check.Options{Contract: shop, Strict: true}).Examine(x, valid)
	var where []string
	for _, f := range got {
		complain(t, f, true)
		where = append(where, f.Check+" "+f.Where)
	}
	want := "SCH-002 response body /items/*/extra|SCH-002 response body /items/*/*|SCH-002 response body /more"
	if strings.Join(where, "|") != want {
		t.Errorf("got %q, want %q", strings.Join(where, "|"), want)
	}
}

// TestSlow judges durations only where a limit is given.
func TestSlow(t *testing.T) {
	shop := load(t, "shop.yaml")
	x := answer(t, shop, "GET /v1/animal", one+`{"kind":"dog","barks":true}`)
	x.Duration = 1234567 * time.Microsecond
	if got := examine(t, check.Options{Contract: shop}).Examine(x, valid); got != nil {
		t.Errorf("without a limit: %s", ids(got))
	}
	got := examine(t, check.Options{Contract: shop, Slowest: time.Second}).Examine(x, valid)
	if ids(got) != "PRF-001 warning" || got[0].Got != "1.23s" {
		t.Errorf("got %+v", got)
	}
}
