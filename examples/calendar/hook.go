package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Hook takes EcoEvents' webhooks and brings a calendar up to date. Deliveries are signed as Standard Webhooks prescribes, may
// come twice and in any order.
type Hook struct {
	key      []byte
	now      func() time.Time
	calendar *Calendar

	mu    sync.Mutex
	taken map[string]time.Time // ids of messages, and when they came
}

// tolerance is how far the signed time may be off, and how long ids are remembered: an older message is refused by its time.
const tolerance = 5 * time.Minute

// NewHook makes one for a secret such as whsec_MfKQ…; now is the clock by which the age of messages is judged.
func NewHook(secret string, now func() time.Time, calendar *Calendar) (*Hook, error) {
	text, found := strings.CutPrefix(secret, "whsec_")
	key, err := base64.StdEncoding.DecodeString(text)
	if !found || err != nil || len(key) == 0 {
		return nil, errors.New("the webhook secret is not of the form whsec_ and base64")
	}
	return &Hook{key: key, now: now, calendar: calendar, taken: map[string]time.Time{}}, nil
}

// ServeHTTP answers 204 to what it took or had taken before, 401 to what it cannot verify. Whoever sends us something we do not
// know yet gets a 204 too: there is nothing that sending it again would change.
func (h *Hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	id := r.Header.Get("webhook-id")
	if !h.genuine(id, r.Header.Get("webhook-timestamp"), r.Header.Get("webhook-signature"), body) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if !h.first(id) {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if err := h.take(body); err != nil {
		h.forget(id)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// genuine verifies a signature in constant time, over the bytes as they came.
func (h *Hook) genuine(id, timestamp, signatures string, body []byte) bool {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || id == "" {
		return false
	}
	if off := h.now().Sub(time.Unix(seconds, 0)); off > tolerance || off < -tolerance {
		return false
	}
	mac := hmac.New(sha256.New, h.key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	want := mac.Sum(nil)
	for one := range strings.FieldsSeq(signatures) {
		text, found := strings.CutPrefix(one, "v1,")
		got, err := base64.StdEncoding.DecodeString(text)
		if found && err == nil && hmac.Equal(got, want) {
			return true
		}
	}
	return false
}

// first tells whether a message is new, and remembers it for as long as another copy of it could be believed.
func (h *Hook) first(id string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.now()
	for old, at := range h.taken {
		if now.Sub(at) > 2*tolerance {
			delete(h.taken, old)
		}
	}
	if _, known := h.taken[id]; known {
		return false
	}
	h.taken[id] = now
	return true
}

func (h *Hook) forget(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.taken, id)
}

// take brings the calendar up to date.
func (h *Hook) take(body []byte) error {
	var message struct {
		Type      string
		Timestamp time.Time
		Data      json.RawMessage
	}
	if err := json.Unmarshal(body, &message); err != nil {
		return err
	}
	var e Event
	switch message.Type {
	case "event.created", "event.updated", "event.deleted":
		if err := json.Unmarshal(message.Data, &e); err != nil {
			return err
		}
	default:
		return nil
	}
	if message.Type == "event.deleted" {
		h.calendar.Remove(e.ID, message.Timestamp)
	} else {
		h.calendar.Put(e)
	}
	return nil
}
