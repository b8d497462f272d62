package scenarios_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"understudy/scenarios"
)

// A hostileTarget is what somebody answers to the judge.
type hostileTarget struct {
	comes  string
	answer string // part of the reply's error, or the status
	costs  string
	play   func(net.Conn, <-chan struct{})
}

// TestHostileTargetsOnTheWire judges targets that speak as they like, on bare connections. Each reply ends with its timeout and
// keeps a bounded part of what came, and no credential goes anywhere else.
func TestHostileTargetsOnTheWire(t *testing.T) {
	elsewhere := make(chan string, 8)
	other := answerBare(t, func(c net.Conn, _ <-chan struct{}) {
		elsewhere <- "a request"
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	})
	say := func(text string) func(net.Conn, <-chan struct{}) {
		return func(c net.Conn, _ <-chan struct{}) { _, _ = io.WriteString(c, text) }
	}
	endless := func(head, piece string) func(net.Conn, <-chan struct{}) {
		return func(c net.Conn, _ <-chan struct{}) {
			_, err := io.WriteString(c, head)
			for piece = strings.Repeat(piece, 4096/len(piece)+1); err == nil; {
				_, err = io.WriteString(c, piece)
			}
		}
	}
	drip := func(head, piece string) func(net.Conn, <-chan struct{}) {
		return func(c net.Conn, over <-chan struct{}) {
			tick := time.NewTicker(5 * time.Millisecond)
			defer tick.Stop()
			_, err := io.WriteString(c, head)
			for err == nil {
				select {
				case <-over:
					return
				case <-tick.C:
					_, err = io.WriteString(c, piece)
				}
			}
		}
	}
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	_, _ = w.Write(make([]byte, 50<<20))
	_ = w.Close()
	const ok, js = "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
	for _, row := range []hostileTarget{
		{"a head that comes a byte at a time", "no whole answer came in time", "the request's timeout", drip(ok+"X-Slow: ", "x")},
		{"a body that comes a byte at a time", "no whole answer came in time", "the request's timeout", drip(ok+"Content-Length: 1000000\r\n\r\n", "x")},
		{"a body without end", "200", "1 MiB is read (here; 8 MiB by default)", endless(ok+"\r\n", "x")},
		{"headers without end", "", "256 KiB are read", endless(ok, "X-A: b\r\n")},
		{"interim answers without end", "", "256 KiB are read", endless("", "HTTP/1.1 103 Early Hints\r\n\r\n")},
		{"50 MB in gzip", "200", "32 MiB are unpacked, then it is left as it is", say(ok + "Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + bomb.String())},
		{"a million levels of JSON", "200", "the reader stops at level 512", say(js + strings.Repeat("[", 900_000))},
		{"JSON of 900,000 digits", "200", "linear", say(js + "[" + strings.Repeat("9", 900_000) + "]")},
		{"two Content-Lengths", "", "the head", say(ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx")},
		{"a redirection to another host", "307", "one request; it is not followed, and nobody else sees the credential", say("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://" + other + "/steal\r\nContent-Length: 0\r\n\r\n")},
		{"a redirection to itself", "308", "one request", say("HTTP/1.1 308 Permanent Redirect\r\nLocation: /pets\r\nContent-Length: 0\r\n\r\n")},
		{"a protocol of its own", "", "the first line", say("220 mail.example ESMTP\r\n")},
		{"nothing but the end", "", "nothing", say("")},
		{"a status that is none", "", "the first line", say("HTTP/1.1 99999 What\r\nContent-Length: 0\r\n\r\n")},
		{"control characters and terminal codes in headers", "", "the head", say(ok + "X-A: \x1b[2J\x00\r\nContent-Length: 0\r\n\r\n")},
	} {
		t.Run(row.comes, func(t *testing.T) {
			url := "http://" + answerBare(t, row.play)
			roster := &scenarios.Roster{Actors: []*scenarios.Actor{{Name: "alice", Credentials: map[string]string{"key": "s3cr3t-of-nobody-else"}}}}
			c := pets(t)
			d := deploy(t, scenarios.Options{Clock: newClock(), MaxBody: 1 << 20, Timeout: 500 * time.Millisecond}, c, url, roster)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			q := scenarios.Request{HTTP: request(t, "GET", url+"/pets", ""), Test: "one"}
			q.Actor = roster.Default(c.Operations[0])
			reply, err := d.Send(t.Context(), q)
			runtime.ReadMemStats(&after)
			if err != nil {
				t.Fatal(err)
			}
			status := [...]byte{byte('0' + reply.Exchange.Status/100), byte('0' + reply.Exchange.Status/10%10), byte('0' + reply.Exchange.Status%10)}
			if got := string(status[:]) + " " + reply.Error; !strings.Contains(got, row.answer) || row.answer == "" && reply.Error == "" {
				t.Errorf("got %q, want %q", got, row.answer)
			}
			if n := len(reply.Exchange.ResponseBody); n > 1<<20 || len(reply.Error) > 2_000 {
				t.Errorf("%d bytes of the body were kept, %d of the error", n, len(reply.Error))
			}
			if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; spent > 128 {
				t.Errorf("%d MiB were allocated", spent)
			}
			if strings.ContainsAny(reply.Error, "\x00\x1b") {
				t.Errorf("the error holds terminal codes: %q", reply.Error)
			}
		})
	}
	select {
	case what := <-elsewhere:
		t.Errorf("another host got %s", what)
	default:
	}
}

// answerBare takes connections on loopback and lets somebody speak on them once the head of a request is there.
func answerBare(t *testing.T, play func(net.Conn, <-chan struct{})) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	t.Cleanup(func() { close(over); listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				head := make([]byte, 64<<10)
				if _, err := c.Read(head); err == nil {
					play(c, over)
				}
			}()
		}
	}()
	return listener.Addr().String()
}
