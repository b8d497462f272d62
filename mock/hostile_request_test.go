package mock_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
)

// hostileShop takes everything: each form of a body, parameters in each place and style.
const hostileShop = `
openapi: 3.1.0
info: {title: R, version: "1"}
paths:
  /items:
    get:
      parameters:
      - {name: f, in: query, style: deepObject, explode: true, schema: {type: object, additionalProperties: true}}
      - {name: ids, in: query, style: form, explode: false, schema: {type: array, items: {type: integer}}}
      - {name: c, in: cookie, schema: {type: string}}
      - {name: X-L, in: header, schema: {type: array, items: {type: string}}}
      responses: {"200": {description: x, content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Item'}}}}}}
    post:
      requestBody:
        content:
          application/json: {schema: {$ref: '#/components/schemas/Item'}}
          application/x-www-form-urlencoded: {schema: {$ref: '#/components/schemas/Item'}}
          multipart/form-data: {schema: {type: object, properties: {file: {type: string, contentMediaType: application/octet-stream}, a: {type: string}}}}
          application/xml: {schema: {$ref: '#/components/schemas/Item'}}
          application/jsonl: {}
      responses: {"201": {description: x, content: {application/json: {schema: {$ref: '#/components/schemas/Item'}}}}}
  /items/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {responses: {"200": {description: x, content: {application/json: {schema: {$ref: '#/components/schemas/Item'}}}}}}
components:
  schemas:
    Item:
      type: object
      properties:
        id: {type: string, readOnly: true}
        name: {type: string}
        serial: {type: string, pattern: '[a-z]{1,500}X'}
        words: {type: array, items: {type: string, pattern: '^(?=((a+)+)+b)\w+$'}}
        rule: {type: array, items: {type: string, format: regex}}
        m: {type: number, multipleOf: 0.01}
        tags: {type: array, uniqueItems: true, items: {type: string}}
        any: true
        self: {$ref: '#/components/schemas/Item'}
        either: {anyOf: [{$ref: '#/components/schemas/Item'}, {$ref: '#/components/schemas/Item'}, {type: object, required: [never]}]}
`

// A hostileRequest is what somebody writes to a connection.
type hostileRequest struct {
	comes     string
	answer    string // status, and the problem's code where the stand-in made one
	allocates int    // MiB at most
	send      func() string
}

// TestHostileRequests writes each request to a connection of its own. Nothing may panic or hang, no answer may be a failure of
// ours, what is allocated is bounded, and the next request is answered as if nothing had been.
func TestHostileRequests(t *testing.T) {
	const js, form, multi = "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=B"
	const million = 1_000_000
	body := func(media, text string) func() string { return func() string { return posted(media, text) } }
	url := func(target string) func() string {
		return func() string { return "GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n" }
	}
	header := func(lines string) func() string {
		return func() string { return "GET /items HTTP/1.1\r\nHost: x\r\n" + lines + "\r\n" }
	}
	raw := func(text string) func() string {
		return func() string { return strings.ReplaceAll(text, "\n", "\r\n") }
	}
	part := "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n"
	for i, row := range []hostileRequest{
		// JSON.
		{"JSON: two million levels of arrays", "400 malformed_body", 64, body(js, `{"any":`+strings.Repeat("[", 2*million))},
		{"JSON: 500 levels of a schema in itself", "201", 16, body(js, strings.Repeat(`{"self":`, 500)+"{}"+strings.Repeat("}", 500))},
		{"JSON: 500 levels, each of which fits in two ways and fails in a third", "201", 64, body(js, strings.Repeat(`{"either":`, 500)+"{}"+strings.Repeat("}", 500))},
		{"JSON: the same, and wrong at the bottom", "400 validation_failed", 64, body(js, strings.Repeat(`{"either":`, 300)+`{"name":1}`+strings.Repeat("}", 300))},
		{"JSON: one member twice", "201", 16, body(js, `{"name":"a","name":"b"}`)},
		{"JSON: 1e999999999999", "201", 16, body(js, `{"any":1e999999999999}`)},
		{"JSON: a number of five million digits", "201", 300, body(js, `{"any":`+strings.Repeat("9", 5*million)+"}")},
		{"JSON: the same for multipleOf", "201", 300, body(js, `{"m":`+strings.Repeat("9", 5*million)+"}")},
		{"JSON: five million digits behind the point for multipleOf", "400 validation_failed", 300, body(js, `{"m":0.`+strings.Repeat("0", 5*million)+"1}")},
		{"JSON: a lone surrogate", "201", 16, body(js, `{"name":"\ud800"}`)},
		{"JSON: bytes that are not UTF-8", "400 malformed_body", 16, body(js, "{\"name\":\"\xff\xfe\"}")},
		{"JSON: in UTF-16", "400 malformed_body", 16, body(js, "{\x00\"\x00n\x00\"\x00:\x001\x00}\x00")},
		{"JSON: members called __proto__ and constructor", "201", 16, body(js, `{"__proto__":{"a":1},"constructor":{"prototype":1}}`)},
		{"JSON: 300,000 members", "201", 300, func() string { return posted(js, "{"+list(300_000, `"k%d":1`)+"}") }},
		{"JSON: 300,000 strings that must differ", "201", 300, func() string { return posted(js, `{"tags":[`+list(300_000, `"%d"`)+"]}") }},
		{"JSON: a million strings that must differ and do not", "400 validation_failed", 400, body(js, `{"tags":[`+strings.Repeat(`"a",`, million)+`"a"]}`)},
		{"JSON: a string of 15 MB for a pattern of 500 threads", "400 validation_failed", 200, body(js, `{"serial":"`+strings.Repeat("a", 15*million)+`"}`)},
		{"JSON: 100,000 strings that each make a pattern backtrack", "400 validation_failed", 200, body(js, `{"words":[`+strings.Repeat(`"`+strings.Repeat("a", 40)+`",`, 100_000)+`"a"]}`)},
		{"JSON: 100,000 regular expressions of 50,000 instructions", "201", 900, body(js, `{"rule":[`+strings.Repeat(`"(a{900}){50}",`, 100_000)+`"a"]}`)},
		{"JSON: a body that is one byte too large", "413 body_too_large", 64, body(js, strings.Repeat(" ", 16<<20)+"1")},
		{"JSON in gzip, 50 MB of it", "415 unsupported_media_type", 16, func() string {
			var b bytes.Buffer
			w := gzip.NewWriter(&b)
			_, _ = w.Write(make([]byte, 50*million))
			_ = w.Close()
			return strings.Replace(posted(js, b.String()), "\r\n\r\n", "\r\nContent-Encoding: gzip\r\n\r\n", 1)
		}},
		{"JSON Lines: four million values", "400 malformed_body", 300, body("application/jsonl", strings.Repeat("{}\n", 4*million))},
		// XML.
		{"XML: entities", "400 malformed_body", 16, body("application/xml", `<!DOCTYPE a [<!ENTITY b "bbb"><!ENTITY c "&b;&b;">]><a>&c;</a>`)},
		{"XML: two million levels", "400 malformed_body", 64, body("application/xml", strings.Repeat("<a>", 2*million))},
		{"XML: three million elements", "400 malformed_body", 400, body("application/xml", "<a>"+strings.Repeat("<b/>", 3*million)+"</a>")},
		{"XML: 500,000 attributes", "201", 400, func() string { return posted("application/xml", "<a "+list(500_000, `a%d="1"`, " ")+"/>") }},
		{"XML: in another encoding", "400 malformed_body", 16, body("application/xml", `<?xml version="1.0" encoding="utf-7"?><a/>`)},
		// Forms.
		{"form: a million pairs", "400 validation_failed", 300, func() string { return posted(form, list(million, "a%d=1", "&")) }},
		{"form: 16 million ampersands", "201", 200, body(form, strings.Repeat("&", 15*million))},
		{"form: 100,000 brackets", "400 validation_failed", 64, body(form, "any"+strings.Repeat("[a]", 100_000)+"=1")},
		{"form: escapes that are none", "400 validation_failed", 16, body(form, "name=%zz&%ff=%00")},
		{"form: an index of a billion", "400 validation_failed", 16, body(form, "tags[1000000000]=1")},
		{"multipart: 100,000 parts", "400 malformed_body", 100, body(multi, strings.Repeat(part+"\r\n1\r\n", 100_000)+"--B--\r\n")},
		{"multipart: a header of eleven megabytes in a part", "400 malformed_body", 100, body(multi, part+"X: "+strings.Repeat("a", 11*million)+"\r\n\r\n1\r\n--B--\r\n")},
		{"multipart: half a million headers in a part", "400 malformed_body", 100, body(multi, part+strings.Repeat("X: 1\r\n", 500_000)+"\r\n1\r\n--B--\r\n")},
		{"multipart: parts in parts", "400 validation_failed", 16, body(multi, "--B\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\nx\r\n--B--\r\n")},
		{"multipart: no end", "400 malformed_body", 100, body(multi, part+"\r\n"+strings.Repeat("x", 10*million))},
		{"multipart: a boundary of 60,000 bytes", "400 malformed_body", 16, body("multipart/form-data; boundary="+strings.Repeat("b", 60_000), "x")},
		{"multipart: three million boundaries", "400 malformed_body", 100, body(multi, strings.Repeat("--B\r\n", 3*million))},
		{"multipart: a file called ../../etc/passwd", "201", 16, body(multi, "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../../etc/passwd\"\r\n\r\nx\r\n--B--\r\n")},
		{"multipart: deflated, as in a zip file", "400 malformed_body", 16, body(multi, "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!\r\n--B--\r\n")},
		// Parameters.
		{"query: 15,000 brackets for deepObject", "400 validation_failed", 16, url("/items?f" + strings.Repeat("[a]", 15_000) + "=1")},
		{"query: 6,000 members for deepObject", "200", 16, func() string { return url("/items?" + list(6_000, "f[%d]=1", "&"))() }},
		{"query: 20,000 pairs", "400 validation_failed", 32, url("/items?" + strings.Repeat("a&", 20_000))},
		{"query: escapes that are none, and no UTF-8", "400 validation_failed", 16, url("/items?%zz&%ff=%fe&ids=%00")},
		{"cookie: 10,000 times the same", "400 validation_failed", 16, header("Cookie: " + strings.Repeat("c=1; ", 10_000) + "\r\n")},
		{"header: 30,000 commas for a list", "200", 32, header("X-L: " + strings.Repeat(",", 30_000) + "\r\n")},
		// Targets.
		{"path: %2e%2e", "404 route_not_found", 16, url("/%2e%2e/items")},
		{"path: ..", "404 route_not_found", 16, url("/items/1/../2")},
		{"path: //", "404 route_not_found", 16, url("//items")},
		{"path: /./", "404 route_not_found", 16, url("/./items")},
		{"path: an encoded slash", "404 route_not_found", 16, url("/items%2f1")},
		{"path: an encoded slash in an id", "404 not_found", 16, url("/items/..%2f..%2fetc%2fpasswd")},
		{"path: ;parameters", "404 route_not_found", 16, url("/items;a=b")},
		{"path: NUL", "404 not_found", 16, url("/items/%00")},
		{"path: overlong UTF-8", "404 not_found", 16, url("/items/%c0%ae%c0%ae")},
		{"path: an escape that is none", "400", 16, url("/items/%2")},
		{"path: an encoded line break", "404 not_found", 16, url("/items/a%0d%0aX:y")},
		{"path: 20,000 segments", "404 route_not_found", 16, url("/" + strings.Repeat("a/", 20_000))},
		{"path: of 60,000 bytes", "404 not_found", 16, url("/items/" + strings.Repeat("a", 60_000))},
		{"path: of a megabyte", "431", 16, url("/items/" + strings.Repeat("a", million))},
		{"target: another host, absolute", "200", 16, url("http://evil.example/items")},
		{"target: no path", "400", 16, url("items")},
		{"method: of 60,000 bytes", "405 method_not_allowed", 16, func() string { return strings.Repeat("A", 60_000) + " /items HTTP/1.1\r\nHost: x\r\n\r\n" }},
		{"method: TRACE", "405 method_not_allowed", 16, raw("TRACE /items HTTP/1.1\nHost: x\nCookie: c=1\n\n")},
		{"method: CONNECT", "405 method_not_allowed", 16, raw("CONNECT /items HTTP/1.1\nHost: x\n\n")},
		// Framing.
		{"head: five megabytes", "431", 16, header("X: " + strings.Repeat("a", 5*million) + "\r\n")},
		{"head: 100,000 headers", "431", 16, header(strings.Repeat("X: 1\r\n", 100_000))},
		{"head: two Content-Lengths", "400", 16, raw("POST /items HTTP/1.1\nHost: x\nContent-Length: 2\nContent-Length: 3\n\n{}x")},
		{"head: Content-Length 2, 2", "400", 16, raw("POST /items HTTP/1.1\nHost: x\nContent-Length: 2, 2\n\n{}")},
		{"head: Content-Length -1", "400", 16, raw("POST /items HTTP/1.1\nHost: x\nContent-Length: -1\n\n{}")},
		{"head: Content-Length +2", "400", 16, raw("POST /items HTTP/1.1\nHost: x\nContent-Length: +2\n\n{}")},
		{"head: Content-Length beyond 64 bits", "400", 16, raw("POST /items HTTP/1.1\nHost: x\nContent-Length: 99999999999999999999\n\n{}")},
		{"head: Content-Length of 8 exabytes", "413 body_too_large", 16, raw("POST /items HTTP/1.1\nHost: x\nContent-Length: 9223372036854775807\n\n{}")},
		{"head: a coding that is not chunked", "501", 16, raw("POST /items HTTP/1.1\nHost: x\nTransfer-Encoding: xchunked\n\n0\n\n")},
		{"head: two codings", "501", 16, raw("POST /items HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\nTransfer-Encoding: identity\n\n0\n\n")},
		{"head: a blank before the colon", "400", 16, raw("GET /items HTTP/1.1\nHost : x\n\n")},
		{"head: a control character", "400", 16, header("X: a\x01b\r\n")},
		{"head: a blank in a name", "400", 16, header("X Y: a\r\n")},
		{"head: two hosts", "400", 16, raw("GET /items HTTP/1.1\nHost: a\nHost: b\n\n")},
		{"head: no host", "400", 16, raw("GET /items HTTP/1.1\n\n")},
		{"head: a host with a path", "400", 16, raw("GET /items HTTP/1.1\nHost: a/b@c\n\n")},
		{"head: HTTP/9.9", "505", 16, raw("GET /items HTTP/9.9\nHost: x\n\n")},
		{"head: an expectation of nobody", "417", 16, raw("POST /items HTTP/1.1\nHost: x\nExpect: 200-ok\nContent-Length: 0\n\n")},
		{"head: 100-continue for a gigabyte", "413 body_too_large", 16, raw("POST /items HTTP/1.1\nHost: x\nExpect: 100-continue\nContent-Length: 999999999\n\n")},
		{"chunks: an extension of a megabyte", "400 malformed_body", 16, raw("POST /items HTTP/1.1\nHost: x\nContent-Type: application/json\nTransfer-Encoding: chunked\n\n2;" + strings.Repeat("a", million) + "\n{}\n0\n\n")},
		{"chunks: of -1 bytes", "400 malformed_body", 16, raw("POST /items HTTP/1.1\nHost: x\nContent-Type: application/json\nTransfer-Encoding: chunked\n\n-1\n{}\n0\n\n")},
		{"chunks: of more than 64 bits", "400 malformed_body", 16, raw("POST /items HTTP/1.1\nHost: x\nContent-Type: application/json\nTransfer-Encoding: chunked\n\nffffffffffffffffff\n{}\n0\n\n")},
		{"chunks: a million of one byte", "400 malformed_body", 64, raw("POST /items HTTP/1.1\nHost: x\nContent-Type: application/json\nTransfer-Encoding: chunked\n\n" + strings.Repeat("1\n{\n", million) + "0\n\n")},
		{"chunks: 200,000 trailers", "400 malformed_body", 32, raw("POST /items HTTP/1.1\nHost: x\nContent-Type: application/json\nTransfer-Encoding: chunked\n\n2\n{}\n0\n" + strings.Repeat("X: y\n", 200_000) + "\n")},
		// Our own headers.
		{"Prefer: 5,000 wishes", "200", 16, header("Prefer: " + strings.Repeat("code=200, ", 5_000) + "\r\n")},
		{"Prefer: a status beyond all numbers", "400 preferred", 16, header("Prefer: code=99999999999999999999\r\n")},
		{"Understudy-Fault: 60,000 bytes", "400 fault_refused", 16, header("Understudy-Fault: " + strings.Repeat("x", 60_000) + "\r\n")},
		{"Understudy-Fault: a delay of 114 years", "400 fault_refused", 16, header("Understudy-Fault: kind=latency delay=999999h\r\n")},
		{"Understudy-Seed: beyond 64 bits", "400 seed_refused", 16, header("Understudy-Seed: 99999999999999999999999\r\n")},
		{"Understudy-Sandbox: ../../etc", "400 sandbox_not_found", 16, header("Understudy-Sandbox: ../../etc\r\n")},
		{"a sandbox called NUL in the path", "400 sandbox_not_found", 16, url("/~sandbox/%00/items")},
		{"Accept: 4,000 media types", "406 not_acceptable", 16, func() string { return header("Accept: " + list(4_000, "a/b%d;q=0.5") + "\r\n")() }},
		{"Traceparent, X-Request-Id and Idempotency-Key of 15,000 bytes", "200", 16, header("Traceparent: " + strings.Repeat("0", 15_000) + "\r\nX-Request-Id: " + strings.Repeat("a", 15_000) + "\r\nIdempotency-Key: " + strings.Repeat("k", 15_000) + "\r\n")},
	} {
		if raced && i%10 != 0 { // all of them take minutes with the race detector, and are walked without it as well
			continue
		}
		t.Run(row.comes, func(t *testing.T) {
			s := hostileStandIn(t)
			text := row.send()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got := s.writeHostile(text)
			runtime.ReadMemStats(&after)
			if got != row.answer {
				t.Errorf("got %s, want %s", got, row.answer)
			}
			if spent := int((after.TotalAlloc - before.TotalAlloc) >> 20); spent > row.allocates && !raced {
				t.Errorf("%d MiB were allocated, at most %d are allowed", spent, row.allocates)
			}
			if a := s.call("GET /items", ""); a.StatusCode != 200 {
				t.Errorf("afterwards: %d %.200s", a.StatusCode, a.body)
			}
			if log := s.log.String(); strings.Contains(log, "level=ERROR") {
				t.Errorf("the log: %.500s", log)
			}
		})
	}
}

func hostileStandIn(t *testing.T) *standIn {
	t.Helper()
	contract, err := contracts.Load(t.Context(), "shop.yaml", contracts.Options{Files: fstest.MapFS{"shop.yaml": {Data: []byte(hostileShop)}}})
	if err != nil {
		t.Fatal(err)
	}
	log := &logBuffer{}
	server, err := mock.New(t.Context(), mock.Options{
		Contract: contract, Auth: mock.Ignore, Clock: clock.New(clock.Options{At: noon, Frozen: true}), AutoSandboxes: true,
		FaultHeader: mock.FaultsFromAll, Logger: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	s := serveHandler(t, server)
	s.log = log
	return s
}

func posted(media, body string) string {
	return fmt.Sprintf("POST /items HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", media, len(body), body)
}

// writeHostile sends bytes as they are while it reads the answer: status and the problem's code.
func (s *standIn) writeHostile(text string) string {
	s.t.Helper()
	connection, err := (&net.Dialer{}).DialContext(s.t.Context(), "tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		s.t.Fatal(err)
	}
	go func() { _, _ = io.WriteString(connection, text) }() // the server may hang up before the end
	answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(answer.Body, 64<<20))
	var problem struct{ Code string }
	if json.Unmarshal(body, &problem) == nil && problem.Code != "" {
		if len(body) > 64<<10 {
			s.t.Errorf("the refusal has %d bytes", len(body))
		}
		return fmt.Sprintf("%d %s", answer.StatusCode, problem.Code)
	}
	return fmt.Sprint(answer.StatusCode)
}
