package control_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock/control"
)

// A hostileCall is what somebody sends to every operation of the management API.
type hostileCall struct {
	comes  string
	answer string
	costs  string
	media  string
	name   string // in place of every expression of the path but the contract
	query  string
	body   string
}

// What one call may make the API allocate, in MiB and on average, and what a refusal may say, in bytes.
const (
	mostOfOneCall = 8
	mostOfRefusal = 16 << 10
)

// TestHostileCalls sends each of these to each operation of the management API's own document. None is a failure of ours, none
// hangs, and the API answers afterwards.
func TestHostileCalls(t *testing.T) {
	document, err := ownDocument()
	if err != nil {
		t.Fatal(err)
	}
	const js = "application/json"
	for _, row := range []hostileCall{
		{"200,000 levels of JSON", "4xx", "the reader stops", js, "x", "", strings.Repeat(`{"a":`, 200_000)},
		{"JSON that is an array, a number, null, nothing", "4xx", "its length", js, "x", "", "[1e999,null,{}]"},
		{"two megabytes of blanks", "4xx", "1 MiB is read; of a snapshot what is no snapshot", js, "x", "", strings.Repeat(" ", 2<<20)},
		{"bytes that are not UTF-8", "4xx", "its length", js, "x", "", "{\"name\":\"\xff\xfe\",\"by\":\"\xff\"}"},
		{"members with values of the wrong kind and huge numbers", "4xx", "its length", js, "x", "", `{"name":{"a":[1e999]},"by":1e400,"to":[],"at":1e400,"advance":{},"id":-1,"seed":1e400,"count":99999999999999999999,"text":[],"url":"http://\u0000","events":"*","kind":7,"scopes":"x","times":1e99}`},
		{"a gzip head in place of a snapshot", "4xx", "its length", "application/x-ndjson", "x", "", "\x1f\x8b" + strings.Repeat("\x00", 1000)},
		{"a name of dots and encoded slashes", "4xx", "its length", js, "..%2f..%2fetc%2fpasswd", "", "{}"},
		{"a name with NUL, line breaks and terminal codes", "4xx", "its length", js, "%00%0d%0a%1b%5b2J", "", "{}"},
		{"a name of 30,000 bytes", "4xx", "its length", js, strings.Repeat("a", 30_000), "", "{}"},
		{"parameters that nobody declared, broken and twice", "4xx", "its length", js, "x", "?limit=99999999999999999999&limit=-1&after=%zz&%ff=%00&path=" + strings.Repeat("*", 10_000), "{}"},
	} {
		t.Run(row.comes, func(t *testing.T) {
			s := start(t, control.Options{})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for _, o := range document.Operations {
				if o.ID == "followJournal" || o.ID == "getProfile" || strings.HasPrefix(o.ID, "waitFor") || strings.Contains(o.Path, "stream") {
					continue // these are to go on
				}
				path := strings.ReplaceAll(o.Path, "{contract}", "petstore")
				for {
					before, rest, more := strings.Cut(path, "{")
					if !more {
						break
					}
					_, after, _ := strings.Cut(rest, "}")
					path = before + row.name + after
				}
				s.hostile(t, o, path+row.query, row)
			}
			runtime.ReadMemStats(&after)
			if spent := int((after.TotalAlloc - before.TotalAlloc) >> 20); spent > mostOfOneCall*len(document.Operations) {
				t.Errorf("%d MiB were allocated for %d calls", spent, len(document.Operations))
			}
			if answer, err := http.Get(s.url + "/health"); err != nil || answer.StatusCode != http.StatusOK {
				t.Errorf("afterwards: %v, %v", answer, err)
			} else {
				answer.Body.Close()
			}
		})
	}
}

// hostile sends one call as raw bytes, since clients refuse to send such things.
func (s *stand) hostile(t *testing.T, o *contracts.Operation, target string, row hostileCall) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	head := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", o.Method, target, row.media, len(row.body))
	go func() { _, _ = io.WriteString(c, head+row.body) }()
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Errorf("%s: %v", o.ID, err)
		return
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 64<<20))
	if answer.StatusCode >= 500 && answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%s: %d %.300s", o.ID, answer.StatusCode, text)
	}
	if answer.StatusCode >= 400 && len(text) > mostOfRefusal {
		t.Errorf("%s: the refusal %d has %d bytes", o.ID, answer.StatusCode, len(text))
	}
}
