package control_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/control"
)

// FuzzControl sends any call to the management API: there is an answer, and it is no failure of ours.
func FuzzControl(f *testing.F) {
	document, err := ownDocument()
	if err != nil {
		f.Fatal(err)
	}
	for _, o := range document.Operations {
		f.Add(o.Method, strings.NewReplacer("{contract}", "petstore", "{", "", "}", "").Replace(o.Path), `{"name":"a","by":"1h","at":"2026-01-31T12:00:00Z","url":"http://127.0.0.1:1/"}`)
	}
	c, err := contracts.Load(f.Context(), "testdata/petstore.yaml", contracts.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, method, target, body string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || !strings.HasPrefix(target, "/") || len(body) > 10_000 || strings.Contains(target, "pprof") {
			return
		}
		// A server of its own, since calls move its clock and change what it is.
		server, err := mock.New(t.Context(), mock.Options{Contract: c, Clock: clock.New(clock.Options{At: noon, Frozen: true}), Auth: mock.Ignore, Journal: mock.JournalLimits{Entries: 8}})
		if err != nil {
			t.Fatal(err)
		}
		h := control.New(control.Options{Clock: server.Clock()})
		defer h.Close()
		h.Add("petstore", "http://127.0.0.1:1/v1", func() *mock.Server { return server })
		h.Ready()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond) // some calls wait for what may come
		defer cancel()
		q, err := http.NewRequestWithContext(ctx, method, "http://localhost", strings.NewReader(body))
		if err != nil {
			return
		}
		q.URL, q.RequestURI, q.Host = u, target, "localhost"
		q.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, q)
		if w.Code >= 500 && ctx.Err() == nil && w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s %s %q: %d %s", method, target, body, w.Code, w.Body)
		}
	})
}
