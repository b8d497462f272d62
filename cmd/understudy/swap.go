package main

import (
	"net/http"
	"strings"
	"sync/atomic"

	"understudy/mock"
)

// A swapHandler serves one contract's current server, which --watch replaces as a whole.
type swapHandler struct {
	current atomic.Pointer[mock.Server]
}

func newSwapHandler(s *mock.Server) *swapHandler {
	h := &swapHandler{}
	h.current.Store(s)
	return h
}

func (h *swapHandler) server() *mock.Server { return h.current.Load() }

// ServeHTTP lets the current server answer.
func (h *swapHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.current.Load().ServeHTTP(w, r)
}

// dispatcher serves all contracts on one port. A request goes to the contract that has the path; where none has it,
// to the one with the longest base path that fits, so that the refusal has the likeliest shape.
func (h *house) dispatcher() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := mock.BehindSandbox(r.URL.EscapedPath())
		var known, nearest *swapHandler
		length := -1
		for _, st := range h.stands {
			server := st.handler.server()
			if server.Owns(r.Method, path) {
				st.handler.ServeHTTP(w, r)
				return
			}
			if m := server.Contract().Match(r.Method, path); m.Allow != nil && known == nil {
				known = st.handler
			}
			for _, base := range server.Contract().BasePaths() {
				if strings.HasPrefix(path, base) && len(base) > length {
					nearest, length = st.handler, len(base)
				}
			}
		}
		switch {
		case known != nil:
			known.ServeHTTP(w, r)
		case nearest != nil:
			nearest.ServeHTTP(w, r)
		default:
			h.stands[0].handler.ServeHTTP(w, r)
		}
	})
}
