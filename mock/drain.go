package mock

import (
	"net/http"
	"sync/atomic"
)

// Drain asks clients to let go of their connections: each answer from now on is the last one on its own, and new connections are
// taken as before. Idle connections stay open until Close, since a request may be on its way on them.
func (l *Listener) Drain() { l.draining.Store(true) }

// letGo is a handler whose answers end their connections while draining is set: Connection: close in HTTP/1.1 (RFC 9112, 9.6),
// GOAWAY in HTTP/2, which net/http makes of the same header.
func letGo(next http.Handler, draining *atomic.Bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if draining.Load() {
			w = &lastAnswer{ResponseWriter: w}
		}
		next.ServeHTTP(w, r)
	})
}

// A lastAnswer is the last one on its connection.
type lastAnswer struct {
	http.ResponseWriter
	begun bool
}

// WriteHeader implements http.ResponseWriter.
func (w *lastAnswer) WriteHeader(status int) {
	w.begin(status)
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *lastAnswer) Write(p []byte) (int, error) {
	w.begin(http.StatusOK)
	return w.ResponseWriter.Write(p)
}

func (w *lastAnswer) begin(status int) {
	if !w.begun && status >= http.StatusOK { // not one that is informational, nor a switch of protocols
		w.begun = true
		w.Header()["Connection"] = []string{"close"}
	}
}

// Unwrap lets http.ResponseController reach what is behind.
func (w *lastAnswer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
