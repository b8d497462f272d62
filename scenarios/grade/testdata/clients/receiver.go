package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// receive registers a receiver, says on standard output that it is there, and takes events until standard input ends.
func receive(ctx context.Context, c *client) error {
	h := &hook{client: c, seen: map[string]bool{}, known: make(chan struct{})}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	defer server.Close()
	go func() { _ = server.Serve(listener) }()
	got, err := c.do(ctx, call{method: "POST", path: "/hooks", who: "key", body: map[string]any{"url": "http://" + listener.Addr().String() + "/hooks", "events": []string{"booking.created", "booking.changed"}}})
	if err != nil {
		return err
	}
	var made struct{ Secret string }
	if err := got.into(&made); err != nil {
		return err
	}
	if h.key, err = base64.StdEncoding.DecodeString(strings.TrimPrefix(made.Secret, "whsec_")); err != nil {
		return err
	}
	close(h.known)
	_, _ = os.Stdout.WriteString("ready\n")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// A hook takes events and reads the booking that each one is about.
type hook struct {
	*client
	key   []byte
	known chan struct{} // closed when the key is known

	mu     sync.Mutex
	seen   map[string]bool
	latest int // days of the bookings that were told of: each is longer than the one before
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	<-h.known
	most := int64(4 << 20)
	if h.swallows {
		most = 64 << 10
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil && !h.swallows {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	if h.slowReceiver {
		time.Sleep(2500 * time.Millisecond)
	}
	if err != nil || h.failing {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if !h.believesAll && !h.genuine(r.Header, body) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.WriteHeader(h.take(r.Header.Get("webhook-id"), body))
}

// take gives the answer to an event that is to be believed.
func (h *hook) take(id string, body []byte) int {
	var event struct {
		Type string
		Data struct {
			ID   string
			Days int
		}
	}
	if err := json.Unmarshal(body, &event); err != nil {
		return http.StatusBadRequest
	}
	if h.knowsAll && event.Type != "booking.created" && event.Type != "booking.changed" {
		return http.StatusInternalServerError
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	again, late := h.seen[id], event.Data.Days < h.latest
	if h.wantsOrder && late && !again {
		return http.StatusConflict
	}
	h.seen[id] = true
	if !late {
		h.latest = event.Data.Days
	}
	if again && h.refusesTwice {
		return http.StatusConflict
	}
	if !again || h.forgetful {
		go h.work(id, event.Data.ID)
	}
	return http.StatusNoContent
}

// work is what follows from an event: a reminder.
func (h *hook) work(id, booking string) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	intent := "for " + id
	if h.forgetful {
		intent = rand.Text() // one more each time
	}
	_, _ = h.do(ctx, call{method: "POST", path: "/reminders", who: "key", intent: intent, body: map[string]any{"booking": booking}})
}

func (h *hook) genuine(header http.Header, body []byte) bool {
	timestamp := header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if off := time.Since(time.Unix(seconds, 0)).Abs(); err != nil || off > 5*time.Minute && !h.trustsOld {
		return false
	}
	mac := hmac.New(sha256.New, h.key)
	_, _ = io.WriteString(mac, header.Get("webhook-id")+"."+timestamp+".")
	mac.Write(body)
	want := mac.Sum(nil)
	for _, one := range strings.Fields(header.Get("webhook-signature")) {
		got, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(one, "v1,"))
		if err == nil && hmac.Equal(got, want) {
			return true
		}
	}
	return false
}
