package mock_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// A hostileConnection is what a client does with connections, rather than with a request.
type hostileConnection struct {
	comes  string
	answer string
	costs  string
	play   func(*testing.T, *standIn)
}

// TestHostileConnections has clients that hold connections or send frames without end. Others are served meanwhile, and when it
// is over the server keeps no goroutine for them.
func TestHostileConnections(t *testing.T) {
	for _, row := range []hostileConnection{
		{"200 heads that come a byte at a time", "cut 10 s after they began; others are served meanwhile", "a goroutine and at most 64 KiB for each connection", slowHeads},
		{"200 bodies that stop in the middle", "408 two minutes after they began; others are served meanwhile", "a goroutine and what came of the body for each connection", slowBodies},
		{"200 connections that say nothing", "cut 10 s after they began", "a goroutine for each connection", silence},
		{"HTTP/2: 20,000 streams, each reset at once", "GOAWAY, or all are answered", "at most 250 streams at a time", rapidReset},
		{"HTTP/2: CONTINUATION without end", "GOAWAY", "the frames of one head of 64 KiB", continuation},
		{"HTTP/2: 50,000 SETTINGS and PING that want an answer", "GOAWAY, or all are answered", "the answers that were not read yet, 10,000 at most", controlFrames},
		{"HTTP/2: windows that are never opened", "the streams end with the connection", "one answer for each of 250 streams", closedWindows},
	} {
		t.Run(row.comes, func(t *testing.T) {
			t.Parallel()
			s := hostileStandIn(t)
			row.play(t, s)
			if a := s.call("GET /items", ""); a.StatusCode != 200 {
				t.Errorf("afterwards: %d %.200s", a.StatusCode, a.body)
			}
			if log := s.log.String(); strings.Contains(log, "level=ERROR") {
				t.Errorf("the log: %.500s", log)
			}
		})
	}
}

func (s *standIn) dialHostile(t *testing.T) net.Conn {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	return c
}

// hold opens connections, begins each with a text, goes on with a byte now and then, and sees that others are served. It gives
// what the server said last on each when it hung up; cut says that it has to.
func hold(t *testing.T, s *standIn, begin string, drip, cut bool) []string {
	const many = 200
	said := make([]string, many)
	connections := make([]net.Conn, many)
	for i := range connections {
		connections[i] = s.dialHostile(t)
		if _, err := io.WriteString(connections[i], begin); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		if a := s.call("GET /items", ""); a.StatusCode != 200 {
			t.Fatalf("meanwhile: %d", a.StatusCode)
		}
	}
	if !cut {
		return nil
	}
	var group sync.WaitGroup
	for i, c := range connections {
		over := make(chan struct{})
		if drip {
			group.Go(func() {
				tick := time.NewTicker(time.Second)
				defer tick.Stop()
				for {
					select {
					case <-over:
						return
					case <-tick.C:
						if _, err := io.WriteString(c, "x"); err != nil {
							return
						}
					}
				}
			})
		}
		group.Go(func() {
			defer close(over)
			text, err := io.ReadAll(c)
			if n, ok := err.(net.Error); ok && n.Timeout() {
				t.Errorf("connection %d is still open", i)
			}
			said[i], _, _ = strings.Cut(string(text), "\r\n")
		})
	}
	group.Wait()
	return said
}

func slowHeads(t *testing.T, s *standIn) {
	for i, line := range hold(t, s, "GET /items HTTP/1.1\r\nHost: x\r\nX-Slow: ", true, true) {
		if line != "" && !strings.HasPrefix(line, "HTTP/1.1 4") {
			t.Fatalf("connection %d: %s", i, line)
		}
	}
}

func silence(t *testing.T, s *standIn) { hold(t, s, "", false, true) }

// slowBodies are cut after two minutes, which TestSlowBody holds with a shorter time.
func slowBodies(t *testing.T, s *standIn) {
	hold(t, s, "POST /items HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", false, false)
}

// A h2 client speaks HTTP/2 with prior knowledge, frame by frame.
type h2 struct {
	*http2.Framer
	conn net.Conn
	head []byte // a GET of /items
}

func (s *standIn) h2(t *testing.T, settings ...http2.Setting) *h2 {
	t.Helper()
	c := s.dialHostile(t)
	if _, err := io.WriteString(c, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	var head bytes.Buffer
	encoder := hpack.NewEncoder(&head)
	for _, f := range [][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", "x"}, {":path", "/items"}} {
		if err := encoder.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]}); err != nil {
			t.Fatal(err)
		}
	}
	h := &h2{Framer: http2.NewFramer(c, c), conn: c, head: head.Bytes()}
	if err := h.WriteSettings(settings...); err != nil {
		t.Fatal(err)
	}
	return h
}

// end reads until the server hangs up or says GOAWAY, or until enough says that it was enough.
func (h *h2) end(enough func(http2.Frame) bool) (goneAway bool) {
	for {
		f, err := h.ReadFrame()
		if err != nil {
			return true
		}
		if _, ok := f.(*http2.GoAwayFrame); ok {
			return true
		}
		if enough(f) {
			return false
		}
	}
}

func rapidReset(t *testing.T, s *standIn) {
	h := s.h2(t)
	before := runtime.NumGoroutine()
	most := 0
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 20_000 {
			id := uint32(2*i + 1)
			if h.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: h.head, EndHeaders: true, EndStream: true}) != nil || h.WriteRSTStream(id, http2.ErrCodeCancel) != nil {
				return // the server hung up
			}
			if i%100 == 0 {
				most = max(most, runtime.NumGoroutine()-before)
			}
		}
		_ = h.WritePing(false, [8]byte{1})
	}()
	h.end(func(f http2.Frame) bool { p, ok := f.(*http2.PingFrame); return ok && p.IsAck() })
	h.conn.Close()
	<-done
	if most > 2_000 { // other tests run beside this one
		t.Errorf("%d goroutines at a time", most)
	}
}

func continuation(t *testing.T, s *standIn) {
	h := s.h2(t)
	var field bytes.Buffer
	encoder := hpack.NewEncoder(&field)
	if err := encoder.WriteField(hpack.HeaderField{Name: "x-a", Value: strings.Repeat("!", 8_000), Sensitive: true}); err != nil {
		t.Fatal(err)
	}
	sent := 0
	done := make(chan struct{})
	go func() {
		defer close(done)
		if h.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: h.head, EndStream: true}) != nil {
			return
		}
		for sent = 0; sent < 64<<20; sent += field.Len() {
			if h.WriteContinuation(1, false, field.Bytes()) != nil {
				return
			}
		}
	}()
	if !h.end(func(http2.Frame) bool { return false }) {
		t.Error("the server did not go away")
	}
	h.conn.Close()
	<-done
	if sent >= 64<<20 {
		t.Errorf("it took %d bytes of one head", sent)
	}
}

func controlFrames(t *testing.T, s *standIn) {
	h := s.h2(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 50_000 {
			if h.WriteSettings() != nil || h.WritePing(false, [8]byte{byte(i), byte(i >> 8), 1}) != nil {
				return
			}
		}
		_ = h.WritePing(false, [8]byte{0, 0, 2})
	}()
	h.end(func(f http2.Frame) bool { p, ok := f.(*http2.PingFrame); return ok && p.IsAck() && p.Data[2] == 2 })
	h.conn.Close()
	<-done
}

func closedWindows(t *testing.T, s *standIn) {
	h := s.h2(t, http2.Setting{ID: http2.SettingInitialWindowSize, Val: 0})
	for i := range 250 {
		if err := h.WriteHeaders(http2.HeadersFrameParam{StreamID: uint32(2*i + 1), BlockFragment: h.head, EndHeaders: true, EndStream: true}); err != nil {
			t.Fatal(err)
		}
	}
	heads := map[uint32]bool{}
	h.end(func(f http2.Frame) bool {
		if d, ok := f.(*http2.DataFrame); ok && len(d.Data()) > 0 {
			t.Errorf("stream %d: %d bytes through a closed window", d.StreamID, len(d.Data()))
		}
		if _, ok := f.(*http2.HeadersFrame); ok {
			heads[f.Header().StreamID] = true
		}
		return len(heads) == 250
	})
	if err := h.conn.Close(); err != nil {
		t.Error(fmt.Errorf("close: %w", err))
	}
}
