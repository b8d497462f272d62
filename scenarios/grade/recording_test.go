package grade_test

import (
	"bufio"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/inference"
	"understudy/scenarios/grade"
)

// noon is when the recordings of tests begin.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// a call of a test's recording: when it began behind noon, the request and the answer as HTTP would write them, without the
// version: "POST /auth/login\nContent-Type: application/json\n\n{}" and "429\nRetry-After: 3\n\n". change may set the rest.
type told struct {
	at      time.Duration
	request string
	answer  string
	took    time.Duration // 0: 10 ms
	change  func(*grade.Call)
}

// record makes a recording of calls to a contract.
func record(t *testing.T, c *contracts.Contract, calls ...told) *grade.Recording {
	t.Helper()
	rec := &grade.Recording{Contract: c, Model: inference.Infer(c), Source: "a test", Host: "api.test", Wall: true}
	for i, one := range calls {
		x := &grade.Call{Index: i, ID: strconv.Itoa(i + 1)}
		head, body, _ := strings.Cut(one.request, "\n\n")
		line, fields, _ := strings.Cut(head, "\n")
		q, err := http.ReadRequest(bufio.NewReader(strings.NewReader(line + " HTTP/1.1\r\nHost: api.test\r\n" + strings.ReplaceAll(fields, "\n", "\r\n") + "\r\n\r\n")))
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		x.Method, x.URL, x.Proto, x.RequestHeader, x.RequestBody = q.Method, q.RequestURI, "HTTP/1.1", q.Header, []byte(body)
		head, body, _ = strings.Cut(one.answer, "\n\n")
		status, fields, _ := strings.Cut(head, "\n")
		if status != "" {
			a, err := http.ReadResponse(bufio.NewReader(strings.NewReader("HTTP/1.1 "+status+" X\r\n"+strings.ReplaceAll(fields, "\n", "\r\n")+"\r\n\r\n")), nil)
			if err != nil {
				t.Fatalf("%s: %v", status, err)
			}
			_, _ = io.Copy(io.Discard, a.Body)
			x.Status, x.ResponseHeader, x.ResponseBody = a.StatusCode, a.Header, []byte(body)
		}
		x.Start, x.Duration = noon.Add(one.at), one.took
		if one.took == 0 {
			x.Duration = 10 * time.Millisecond
		}
		path, _, _ := strings.Cut(x.URL, "?")
		x.Operation = c.Match(x.Method, path).Operation
		if one.change != nil {
			one.change(x)
		}
		rec.Calls = append(rec.Calls, x)
	}
	return rec
}
