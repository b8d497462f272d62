package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

// deliver sends a signed message and gives the status of the answer.
func deliver(t *testing.T, url, id string, at time.Time, secret string, body []byte) int {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, seconds, body)
	q, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), "POST", url, bytes.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0
	}
	q.Header.Set("webhook-id", id)
	q.Header.Set("webhook-timestamp", seconds)
	q.Header.Set("webhook-signature", "v1,c2hvcnQ= v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Error(err)
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

// TestHook delivers good and bad messages, twice and out of order.
func TestHook(t *testing.T) {
	noon := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	calendar := &Calendar{}
	hook, err := NewHook(tinySecret, func() time.Time { return noon }, calendar)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(hook)
	defer s.Close()
	message := func(kind, id, name string, updated int) string {
		return fmt.Sprintf(`{"type":%q,"timestamp":"2026-03-02T11:%02d:00Z","data":{"id":%q,"name":%q,"updatedAt":"2026-03-02T11:%02d:00Z"}}`, kind, updated, id, name, updated)
	}
	for _, c := range []struct {
		name, id, secret, body string
		off                    time.Duration
		status                 int
		want                   string // names in the calendar
	}{
		{"created", "msg_1", tinySecret, message("event.created", "evt_1", "Fair", 1), 0, 204, "Fair"},
		{"once more", "msg_1", tinySecret, message("event.created", "evt_1", "Fair!", 9), 0, 204, "Fair"},
		{"changed", "msg_2", tinySecret, message("event.updated", "evt_1", "Big Fair", 3), 0, 204, "Big Fair"},
		{"an older change comes late", "msg_3", tinySecret, message("event.updated", "evt_1", "Small Fair", 2), 0, 204, "Big Fair"},
		{"another secret", "msg_4", "whsec_YW5vdGhlcg==", message("event.deleted", "evt_1", "", 4), 0, 401, "Big Fair"},
		{"too old", "msg_5", tinySecret, message("event.deleted", "evt_1", "", 4), -301 * time.Second, 401, "Big Fair"},
		{"from the future", "msg_5", tinySecret, message("event.deleted", "evt_1", "", 4), 301 * time.Second, 401, "Big Fair"},
		{"of a kind that we do not know", "msg_6", tinySecret, message("vendor.updated", "ven_1", "Power", 4), 0, 204, "Big Fair"},
		{"no JSON", "msg_7", tinySecret, "{", 0, 400, "Big Fair"},
		{"deleted", "msg_8", tinySecret, message("event.deleted", "evt_1", "", 5), 0, 204, ""},
		{"changed before it was deleted", "msg_9", tinySecret, message("event.updated", "evt_1", "Ghost", 4), 0, 204, ""},
		{"no JSON at first, now it is", "msg_7", tinySecret, message("event.created", "evt_2", "Walk", 1), 0, 204, "Walk"},
	} {
		if status := deliver(t, s.URL, c.id, noon.Add(c.off), c.secret, []byte(c.body)); status != c.status {
			t.Errorf("%s: %d, want %d", c.name, status, c.status)
		}
		var names []string
		for _, e := range calendar.Events() {
			names = append(names, e.Name)
		}
		if got := strings.Join(names, ", "); got != c.want {
			t.Errorf("%s: the calendar has %q, want %q", c.name, got, c.want)
		}
	}
	if answer, err := http.Get(s.URL); err != nil || answer.StatusCode != 405 {
		t.Errorf("GET: %v %v", answer, err)
	}
	if _, err := NewHook("s3cret", time.Now, calendar); err == nil {
		t.Error("a secret of another form is taken")
	}
}
