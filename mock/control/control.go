// Package control is the management API of a running stand-in: a listener of its own, where people, tests and the
// command line look at contracts, the journal and the state, and change them.
//
// Its contract is contracts/specs/control/openapi.yaml; a test holds the routes and the document together. It has no
// paths in a vendor's space and knows no vendor.
package control

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/store"
)

// Options are what a Handler is made of. The zero value works.
type Options struct {
	// Token is what callers send as "Authorization: Bearer …"; empty: nothing is asked for, which is fit for
	// loopback addresses only.
	Token string
	// Hosts are names by which callers may reach the API, besides those of loopback and the address that the connection
	// came to. Pages of other names are refused: a browser may have been led here by DNS rebinding.
	Hosts   []string
	Version string        // of the program
	Clock   clock.Clock   // that the stand-ins share; nil: the real time
	Seed    uint64        // that the stand-ins share; shown with the version
	Logger  *slog.Logger  // nil: nothing is logged
	Pulse   time.Duration // real time between signs of life on the event stream; 0: 15 s
	// Metrics answers GET /metrics, in the Prometheus text format; nil: there are none.
	Metrics http.Handler
	// Profiles lets GET /debug/pprof hand out profiles of the process.
	Profiles bool
	Console  http.Handler // pages over this API, mounted at ConsolePath; nil: there are none
	Judge    Judge        // carries out suites for those who ask here; nil: there are none
}

// A Handler serves the management API. Make it with New, Add every contract, then serve it.
type Handler struct {
	options   Options
	contracts []*served
	paths     *http.ServeMux
	state     readiness
	profiling sync.Mutex // held while a profile is recorded
	closing   chan struct{}
	close     sync.Once
	runs      *runs
}

// A served is one contract with its current server.
type served struct {
	name    string
	baseURL string
	server  func() *mock.Server
}

// New gives a handler without contracts.
func New(o Options) *Handler {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Pulse <= 0 {
		o.Pulse = 15 * time.Second
	}
	h := &Handler{options: o, closing: make(chan struct{}), runs: &runs{judge: o.Judge}}
	h.paths = h.mount()
	return h
}

// Add makes a contract reachable under a name. baseURL is what its clients use; server gives its current server, which
// may be another one from one call to the next. Add must not be called once the handler serves.
func (h *Handler) Add(name, baseURL string, server func() *mock.Server) {
	h.contracts = append(h.contracts, &served{name: name, baseURL: baseURL, server: server})
}

// Close ends the event streams, which would otherwise hold up the listener's shutdown, and runs that are under way. It may be
// called again.
func (h *Handler) Close() {
	h.close.Do(func() { close(h.closing) })
	h.runs.close()
}

// A call is one request to the management API.
type call struct {
	*http.Request
	response http.ResponseWriter
	query    query
	contract *served // nil where the path names none
	server   *mock.Server
	sandbox  string // whose world it is; empty: the server's own
}

// ServeHTTP answers one request. A panic in it is a 500 and a logged bug.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		cause := recover()
		if cause == nil {
			return
		}
		if cause == http.ErrAbortHandler {
			panic(cause)
		}
		h.options.Logger.Error("the management API failed; this is a bug", "method", r.Method, "path", r.URL.Path,
			"error", fmt.Sprint(cause), "stack", string(debug.Stack()))
		internalError().write(w)
	}()
	if h.receives(w, r) {
		return
	}
	head := w.Header()
	head.Set("Cache-Control", "no-store")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
	if h.shows(w, r) {
		return
	}
	if p := h.guard(r); p != nil {
		p.write(w)
		return
	}
	h.paths.ServeHTTP(w, r)
}

// serve runs one route.
func (h *Handler) serve(route *route, w http.ResponseWriter, r *http.Request) {
	err := h.run(route, &call{Request: r, response: w})
	if err == nil {
		return
	}
	var p *Problem
	if !errors.As(err, &p) {
		level := slog.LevelError
		if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
			level = slog.LevelDebug // whoever asked did not wait for the answer: nothing of ours failed
		}
		h.options.Logger.Log(context.WithoutCancel(r.Context()), level, "the management API failed", "operation", route.operation, "error", err)
		if p = internalError(); errors.Is(err, store.ErrAway) {
			p = problem(http.StatusServiceUnavailable, "store_away", "The place where state is kept cannot be reached; try again.")
			p.header = http.Header{"Retry-After": {"1"}}
		}
	}
	p.write(w)
}

func (h *Handler) run(route *route, c *call) error {
	var err error
	if c.query, err = parseQuery(c.URL.RawQuery, route.parameters); err != nil {
		return err
	}
	if route.contract {
		if c.contract, err = h.find(c.PathValue("contract")); err != nil {
			return err
		}
		c.server = c.contract.server()
		if err := c.server.Attend(c.Context()); err != nil {
			return err
		}
		if !route.apart {
			main := c.server
			if c.server, err = c.enter(main); err != nil {
				return err
			}
			if c.server != main {
				if err := c.server.Attend(c.Context()); err != nil {
					return err
				}
			}
		}
		if route.changes() {
			if err := c.recording(route.run); err != nil {
				return err
			}
			return c.server.Publish(c.Context())
		}
	}
	return route.run(c)
}
