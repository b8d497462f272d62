package mock_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"understudy/mock"
)

// TestExpiryOfNewKey makes keys over a contract whose schema says nothing of how an expiry is written: what can be read
// is kept, what cannot is refused, and nothing becomes "never" in silence.
func TestExpiryOfNewKey(t *testing.T) {
	server, _ := newServer(t, "lockers.yaml", mock.Options{Auth: mock.Enforce})
	ready := server.Credentials().Ready()[0].Value
	at := noon.Add(48 * time.Hour).Truncate(24 * time.Hour)
	for _, c := range []struct {
		expires string
		status  int
		want    time.Time
	}{
		{`"2026-03-01T00:00:00Z"`, 201, at},
		{`"2026-03-01T01:00:00+01:00"`, 201, at},
		{`"2026-03-01"`, 201, at},
		{`1772323200`, 201, at},
		{`null`, 201, time.Time{}},
		{`"tomorrow"`, 422, time.Time{}},
		{`""`, 422, time.Time{}},
		{`-5`, 422, time.Time{}},
		{`true`, 422, time.Time{}},
		{`"2020-01-01"`, 422, time.Time{}},
	} {
		r := httptest.NewRequest(http.MethodPost, "http://stand-in.example/keys", strings.NewReader(`{"label":"door","expires":`+c.expires+`}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Key", ready)
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		var made struct {
			Key struct {
				ID, Label, Token string
				Expires          *int64
			}
		}
		if w.Code != c.status {
			t.Errorf("%s: %d, want %d: %s", c.expires, w.Code, c.status, w.Body)
			continue
		}
		if c.status != 201 {
			continue
		}
		if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil {
			t.Fatal(err)
		}
		kept, err := server.Credentials().Credential(t.Context(), made.Key.ID)
		if err != nil || !kept.ExpiresAt.Equal(c.want) || made.Key.Label != "door" || !strings.HasPrefix(made.Key.Token, "key_") {
			t.Errorf("%s: made %s, which ends %v, %v; want %v", c.expires, w.Body, kept.ExpiresAt, err, c.want)
		}
		if told := made.Key.Expires; (told == nil) != c.want.IsZero() || told != nil && *told != c.want.Unix() {
			t.Errorf("%s: the answer tells %s", c.expires, w.Body)
		}
	}
}
