package main

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"understudy/mock"
	"understudy/mock/telemetry"

	"github.com/spf13/pflag"
)

// observing are the flags about what the process tells of itself.
type observing struct {
	pprof, requestID bool
	logLevel         string
	drain            time.Duration
	telemetry        *telemetry.Telemetry // nil: nothing is counted
}

func (o *observing) flags(f *pflag.FlagSet) {
	f.StringVar(&o.logLevel, "log-level", "info", "least level of what is logged: debug, info (one line a request), warn or error")
	f.BoolVar(&o.requestID, "request-id", false, "show in every answer the id under which the log names its request")
	f.BoolVar(&o.pprof, "pprof", false, "hand out profiles of the process over the management API, at /debug/pprof")
	f.DurationVar(&o.drain, "drain", 0, "time after SIGTERM in which requests are still answered, while GET /ready of the management API says no")
}

// levels are the words of --log-level.
var levels = map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}

// level is the least level of what is logged.
func (o *observing) level(quiet bool) slog.Level {
	level := levels[o.logLevel] // what is no level was refused before
	if quiet && level < slog.LevelWarn {
		return slog.LevelWarn
	}
	return level
}

// openTelemetry begins to count, and to send what the environment asks to be sent.
func (p *process) openTelemetry(o *observing, logger *slog.Logger) error {
	settings := environment{getenv: p.getenv, logger: logger}
	options, err := settings.options()
	if err != nil {
		return err
	}
	options.Version, options.Logger, options.Started = version(), logger, time.Now()
	options.Random = func(b []byte) { _, _ = rand.Read(b) } // it never fails (Go 1.24)
	if o.telemetry, err = telemetry.New(options); err != nil {
		return err
	}
	for signal, export := range map[string]telemetry.Export{"traces": options.Traces, "metrics": options.Metrics} {
		if export.URL != "" {
			logger.Info("telemetry is sent", "signal", signal, "to", shownAddress(export.URL))
		}
	}
	return nil
}

// shownAddress is an address without what may be secret in it.
func shownAddress(address string) string {
	scheme, rest, _ := strings.Cut(address, "://")
	rest, _, _ = strings.Cut(rest, "?")
	authority, path, _ := strings.Cut(rest, "/")
	return scheme + "://" + authority[strings.LastIndexByte(authority, '@')+1:] + "/" + path
}

// flushGrace is how long the last spans and metrics may take when the process ends.
const flushGrace = 5 * time.Second

// closeTelemetry sends what is left.
func (o *observing) closeTelemetry() {
	if o.telemetry == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushGrace)
	defer cancel()
	_ = o.telemetry.Close(ctx) // it was logged
}

// observer is what a server of a contract is made with.
func (o *observing) observer(contract string) mock.Observer {
	if o.telemetry == nil {
		return nil
	}
	return o.telemetry.Observer(contract)
}

// metrics answers GET /metrics.
func (o *observing) metrics() http.Handler {
	if o.telemetry == nil {
		return nil
	}
	return o.telemetry
}

// watched lets the gauges be read from the contracts that are served.
func (o *observing) watched(stands []*stand) {
	if o.telemetry == nil {
		return
	}
	for _, st := range stands {
		o.telemetry.Watch(st.contract.Name, st.handler.server)
	}
}
