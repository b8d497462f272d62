package webhook_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"understudy/mock/webhook"
)

// A hostileReceiver is what somebody does with a delivery.
type hostileReceiver struct {
	comes  string
	answer webhook.Outcome
	costs  string
	play   func(net.Conn, <-chan struct{})
}

// TestHostileReceivers delivers to receivers that speak as they like, on bare connections. Each attempt ends with its timeout
// and keeps a bounded part of what came; redirections lead nowhere; and a receiver beside it gets its deliveries.
func TestHostileReceivers(t *testing.T) {
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
	const ok = "HTTP/1.1 200 OK\r\n"
	for _, row := range []hostileReceiver{
		{"nothing, for ever", webhook.TimedOut, "the attempt's timeout", func(_ net.Conn, over <-chan struct{}) { <-over }},
		{"a head that comes a byte at a time", webhook.TimedOut, "the attempt's timeout", drip(ok+"X-Slow: ", "x")},
		{"a body that comes a byte at a time", webhook.TimedOut, "the attempt's timeout", drip(ok+"Content-Length: 1000000\r\n\r\n", "x")},
		{"a body without end", webhook.Taken, "64 KiB are read", endless(ok+"\r\n", "x")},
		{"a chunked body without end", webhook.Taken, "64 KiB are read", endless(ok+"Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n")},
		{"headers without end", webhook.Unreachable, "64 KiB are read", endless(ok, "X-A: b\r\n")},
		{"one header without end", webhook.Unreachable, "64 KiB are read", endless(ok+"X-A: ", "b")},
		{"interim answers without end", webhook.Unreachable, "64 KiB are read", endless("", "HTTP/1.1 103 Early Hints\r\n\r\n")},
		{"a redirection to the metadata address", webhook.Answered, "one request; it is not followed", say("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://169.254.169.254/latest/meta-data/\r\nContent-Length: 0\r\n\r\n")},
		{"50 MB in gzip", webhook.Taken, "it is kept as it is, never unpacked", say(ok + "Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + bomb.String())},
		{"less than its Content-Length", webhook.Unreachable, "what came", say(ok + "Content-Length: 100\r\n\r\nshort")},
		{"two Content-Lengths", webhook.Unreachable, "the head", say(ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx")},
		{"Retry-After of 3,000 years", webhook.Answered, "the next attempt is a day away at most", say("HTTP/1.1 503 No\r\nRetry-After: 99999999999\r\nContent-Length: 0\r\n\r\n")},
		{"a protocol of its own", webhook.Unreachable, "the first line", say("220 mail.example ESMTP\r\n")},
		{"garbage where TLS is spoken", webhook.Unreachable, "the first record", say("\x16\x03\x01\xff\xff")},
		{"nothing but the end", webhook.Unreachable, "nothing", say("")},
	} {
		t.Run(row.comes, func(t *testing.T) {
			address := receiveBare(t, row.play)
			scheme := "http://"
			if strings.Contains(row.comes, "TLS") {
				scheme = "https://"
			}
			f, good := open(t, webhook.Options{}), receive(t)
			one := f.register(webhook.EndpointRequest{URL: scheme + address + "/hook", Delivery: webhook.Manner{Timeout: 250 * time.Millisecond, Waits: []time.Duration{0, time.Second}}})
			f.register(webhook.EndpointRequest{URL: good.URL})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, list, err := f.Emit(t.Context(), webhook.Emission{Type: "order.created"})
			if err != nil || len(list) != 2 {
				t.Fatalf("%d deliveries, %v", len(list), err)
			}
			f.wait()
			runtime.ReadMemStats(&after)
			for _, d := range list {
				attempts := f.attempts(d.ID)
				if len(attempts) != 1 {
					t.Fatalf("%d attempts to %s", len(attempts), d.URL)
				}
				a := attempts[0]
				if d.Endpoint != one.ID {
					if a.Outcome != webhook.Taken {
						t.Errorf("the receiver beside it: %s %s", a.Outcome, a.Error)
					}
					continue
				}
				kept := 0
				for name, values := range a.ResponseHeaders {
					kept += len(name) + len(strings.Join(values, ""))
				}
				if a.Outcome != row.answer || len(a.ResponseBody) > 64<<10 || kept > 8<<10 || len(a.Error) > 600 {
					t.Errorf("%s (%s), %d bytes of the body and %d of the head were kept; want %s", a.Outcome, a.Error, len(a.ResponseBody), kept, row.answer)
				}
				if until := a.NextAt.Sub(a.At); until > 24*time.Hour+time.Minute {
					t.Errorf("the next attempt is %s away", until)
				}
			}
			if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; spent > 32 {
				t.Errorf("%d MiB were allocated", spent)
			}
		})
	}
}

// receiveBare takes connections on loopback and lets somebody speak on them once the head of a request is there.
func receiveBare(t *testing.T, play func(net.Conn, <-chan struct{})) string {
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
