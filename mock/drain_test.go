package mock_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"testing"

	"understudy/mock"
)

// TestDrain answers as before, but each answer is the last one on its connection, and new connections are taken.
func TestDrain(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/flushed" {
			w.WriteHeader(http.StatusOK)
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Errorf("flush: %v", err)
			}
		}
		_, _ = io.WriteString(w, "here")
	})
	l, err := mock.Listen(t.Context(), "127.0.0.1:0", handler, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	get := func(path string) *http.Response {
		t.Helper()
		r, err := client.Get(l.URL() + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || string(body) != "here" || r.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %q, %v", path, r.StatusCode, body, err)
		}
		r.Body.Close()
		return r
	}
	if get("/").Close {
		t.Error("the connection is closed without need")
	}
	l.Drain()
	for _, path := range []string{"/", "/flushed", "/"} {
		if !get(path).Close {
			t.Errorf("%s leaves its connection open", path)
		}
	}
	if err := l.Close(context.Background()); err != nil {
		t.Error(err)
	}
}
