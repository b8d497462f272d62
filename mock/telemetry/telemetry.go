// Package telemetry tells the outside how the stand-ins are doing: metrics for Prometheus, and traces and metrics for collectors
// that speak OTLP.
//
// Metrics are counted always, in atomics that a request finds by pointers. Spans are made only where somebody takes them. Nothing
// is sent anywhere unless a URL was given, and nothing leaves with a secret in it. The protocols are OTLP 1.x over HTTP, the
// Prometheus text format 0.0.4 and OpenMetrics 1.0.0, written here with the standard library: docs/decisions/009-telemetry.md
// has the reason.
package telemetry

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"understudy/mock"
	"understudy/mock/clock"
)

// Options are what a Telemetry is made of. The zero value counts and sends nothing.
type Options struct {
	Traces  Export // where spans go; the zero value: nowhere, and none are made
	Metrics Export // where metrics go besides Prometheus; the zero value: nowhere

	// Resource says what sends, by the names of OpenTelemetry's semantic conventions: "service.name" …
	Resource []Attribute
	Version  string // of the program
	Sampler  Sampler
	Batch    Batch
	Interval time.Duration // between two exports of metrics; 0: a minute

	// Apart leaves the trace context of requests unread, and sends none with deliveries: each request begins a trace.
	Apart bool
	// Random fills a slice with bytes that nobody can guess; needed where Traces has a URL.
	Random func([]byte)
	// Started is when the process began, by the machine's time; zero: when New was called.
	Started time.Time
	Logger  *slog.Logger // nil: nothing is logged
}

// A Batch bounds the spans that wait to be sent. Zero members are the defaults, which are OpenTelemetry's.
type Batch struct {
	Queue int           // spans that wait; more are dropped and counted; 0: 2,048
	Bytes int64         // of the exchanges behind them; 0: 32 MiB
	Most  int           // spans in one request; 0: 512
	Delay time.Duration // after which those that wait are sent; 0: 5 s
}

// A Telemetry counts what stand-ins do, and sends it where it was told to. It is safe for concurrent use. Make it with New,
// end it with Close.
type Telemetry struct {
	options Options
	tracer  *tracer   // nil: no spans are made
	reader  *reader   // nil: metrics are sent nowhere
	dropped *counters // spans that could not be sent

	mu        sync.Mutex
	contracts []*contractMeter
}

// New makes a Telemetry. It fails where an address or a certificate cannot be used.
func New(o Options) (*Telemetry, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Interval <= 0 {
		o.Interval = time.Minute
	}
	if o.Started.IsZero() {
		o.Started = clock.Real{}.Now()
	}
	t := &Telemetry{options: o, dropped: newCounters(telemetryDropped, 8)}
	if o.Traces.URL != "" {
		if o.Random == nil {
			return nil, errors.New("new telemetry: spans need a source of random ids")
		}
		sender, err := newSender(o.Traces, o.Logger)
		if err != nil {
			return nil, err
		}
		t.tracer = newTracer(o, sender, t.dropped)
	}
	if o.Metrics.URL != "" {
		sender, err := newSender(o.Metrics, o.Logger)
		if err != nil {
			return nil, errors.Join(err, t.Close(context.Background()))
		}
		t.reader = newReader(t, sender)
	}
	return t, nil
}

// Observer gives what a server of a contract is to be made with, under the name by which the contract is served. Servers that
// follow each other under one name go on with the same counts.
func (t *Telemetry) Observer(name string) *Observer {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, m := range t.contracts {
		if m.name == name {
			return &Observer{meter: m, tracer: t.tracer}
		}
	}
	m := newContractMeter(name)
	t.contracts = append(t.contracts, m)
	return &Observer{meter: m, tracer: t.tracer}
}

// Watch lets the gauges of a contract be read from its current server.
func (t *Telemetry) Watch(name string, server func() *mock.Server) {
	o := t.Observer(name)
	o.meter.mu.Lock()
	defer o.meter.mu.Unlock()
	o.meter.server = server
}

func (t *Telemetry) meters() []*contractMeter {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.contracts[:len(t.contracts):len(t.contracts)]
}

// Close sends what is left, for as long as ctx lasts, and ends. The error says what could not be sent.
func (t *Telemetry) Close(ctx context.Context) error {
	var failures []error
	if t.tracer != nil {
		failures = append(failures, t.tracer.batcher.close(ctx))
	}
	if t.reader != nil {
		failures = append(failures, t.reader.close(ctx))
	}
	return errors.Join(failures...)
}

// ServeHTTP answers with the metrics in the form that Prometheus reads, or in OpenMetrics where the caller asks for it.
func (t *Telemetry) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	open := wantsOpenMetrics(r.Header.Values("Accept"))
	body := appendExposition(nil, t.collect(r.Context()), open)
	h := w.Header()
	h.Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	if open {
		h.Set("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
	}
	h.Add("Vary", "Accept")
	_, _ = w.Write(body) // the caller is gone: nobody to tell
}
