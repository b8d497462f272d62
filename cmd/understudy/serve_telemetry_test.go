package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/mock/telemetry"
)

// TestTelemetryEnvironment goes through the variables, and what they come to.
func TestTelemetryEnvironment(t *testing.T) {
	const all, traces, metrics = "OTEL_EXPORTER_OTLP_ENDPOINT=", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT="
	for _, c := range []struct {
		name    string
		lines   []string
		traces  string
		metrics string
		warned  string // a variable that is warned of
		check   func(telemetry.Options) bool
	}{
		{name: "nothing"},
		{name: "nothing that names a collector", lines: []string{"OTEL_SERVICE_NAME=x", "OTEL_EXPORTER_OTLP_HEADERS=a=b", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_TRACES_SAMPLER=always_on"}},
		{name: "one for both", lines: []string{all + "http://c:4318/base/"}, traces: "http://c:4318/base/v1/traces", metrics: "http://c:4318/base/v1/metrics"},
		{name: "one each", lines: []string{traces + "https://t/x", metrics + "https://m/"}, traces: "https://t/x", metrics: "https://m/"},
		{name: "own goes before", lines: []string{all + "http://c", traces + "http://t/"}, traces: "http://t/", metrics: "http://c/v1/metrics"},
		{name: "asked for by name", lines: []string{"OTEL_TRACES_EXPORTER=otlp"}, traces: "http://localhost:4318/v1/traces"},
		{name: "only traces", lines: []string{all + "http://c", "OTEL_METRICS_EXPORTER=none"}, traces: "http://c/v1/traces"},
		{name: "prometheus", lines: []string{all + "http://c", "OTEL_METRICS_EXPORTER=prometheus"}, traces: "http://c/v1/traces"},
		{name: "another exporter", lines: []string{all + "http://c", "OTEL_TRACES_EXPORTER=zipkin"}, metrics: "http://c/v1/metrics", warned: "OTEL_TRACES_EXPORTER"},
		{name: "off", lines: []string{all + "http://c", "OTEL_SDK_DISABLED=TRUE"}},
		{name: "grpc", lines: []string{all + "http://c:4317", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}, warned: "OTEL_EXPORTER_OTLP_PROTOCOL"},
		{name: "no URL", lines: []string{all + "c:4318"}, warned: "OTEL_EXPORTER_OTLP_ENDPOINT"},
		{name: "all of a signal's settings", lines: []string{
			traces + "http://t/", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/json", "OTEL_EXPORTER_OTLP_HEADERS=api-key=a%20b, x=y", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT=250",
			"OTEL_EXPORTER_OTLP_COMPRESSION=gzip", "OTEL_BSP_MAX_QUEUE_SIZE=7", "OTEL_BSP_SCHEDULE_DELAY=10", "OTEL_METRIC_EXPORT_INTERVAL=5000",
		}, traces: "http://t/", check: func(o telemetry.Options) bool {
			x := o.Traces
			return x.JSON && x.Gzip && x.Headers["api-key"] == "a b" && x.Headers["x"] == "y" && x.Timeout == 250*time.Millisecond && o.Batch.Queue == 7 && o.Batch.Delay == 10*time.Millisecond && o.Interval == 5*time.Second
		}},
		{name: "headers that are none", lines: []string{all + "http://c", "OTEL_EXPORTER_OTLP_HEADERS=secret-token"}, traces: "http://c/v1/traces", metrics: "http://c/v1/metrics", warned: "OTEL_EXPORTER_OTLP_HEADERS"},
		{name: "a header of two lines", lines: []string{all + "http://c", "OTEL_EXPORTER_OTLP_HEADERS=a=b%0d%0ac: d"}, traces: "http://c/v1/traces", metrics: "http://c/v1/metrics", warned: "OTEL_EXPORTER_OTLP_HEADERS"},
		{name: "resource", lines: []string{"OTEL_RESOURCE_ATTRIBUTES=service.name=a,team=b%2Cc", "OTEL_SERVICE_NAME=mine"}, check: func(o telemetry.Options) bool {
			return attributeOf(o, "service.name") == "mine" && attributeOf(o, "team") == "b,c" && attributeOf(o, "service.instance.id") != ""
		}},
		{name: "no resource", check: func(o telemetry.Options) bool { return attributeOf(o, "service.name") == "understudy" }},
		{name: "a ratio", lines: []string{"OTEL_TRACES_SAMPLER=parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG=0.25"}, check: func(o telemetry.Options) bool {
			return o.Sampler == telemetry.Sampler{Root: telemetry.ByRatio, Ratio: 0.25}
		}},
		{name: "never", lines: []string{"OTEL_TRACES_SAMPLER=always_off"}, check: func(o telemetry.Options) bool {
			return o.Sampler == telemetry.Sampler{Root: telemetry.Never, Alone: true}
		}},
		{name: "no such sampler", lines: []string{"OTEL_TRACES_SAMPLER=parentbased_jaeger_remote"}, warned: "OTEL_TRACES_SAMPLER", check: func(o telemetry.Options) bool { return o.Sampler == telemetry.Sampler{} }},
		{name: "no ratio", lines: []string{"OTEL_TRACES_SAMPLER=traceidratio", "OTEL_TRACES_SAMPLER_ARG=2"}, warned: "OTEL_TRACES_SAMPLER_ARG"},
		{name: "no number", lines: []string{"OTEL_BSP_MAX_QUEUE_SIZE=many"}, warned: "OTEL_BSP_MAX_QUEUE_SIZE"},
		{name: "propagators", lines: []string{"OTEL_PROPAGATORS=baggage, tracecontext"}, check: func(o telemetry.Options) bool { return !o.Apart }},
		{name: "no propagators", lines: []string{"OTEL_PROPAGATORS=none"}, check: func(o telemetry.Options) bool { return o.Apart }},
		{name: "another propagator", lines: []string{"OTEL_PROPAGATORS=b3"}, warned: "OTEL_PROPAGATORS", check: func(o telemetry.Options) bool { return o.Apart }},
	} {
		set := map[string]string{}
		for _, line := range c.lines {
			name, value, _ := strings.Cut(line, "=")
			set[name] = value
		}
		var log bytes.Buffer
		e := environment{getenv: func(name string) string { return set[name] }, logger: slog.New(slog.NewTextHandler(&log, nil))}
		o, err := e.options()
		if err != nil || o.Traces.URL != c.traces || o.Metrics.URL != c.metrics {
			t.Errorf("%s: traces to %q, metrics to %q, %v", c.name, o.Traces.URL, o.Metrics.URL, err)
		}
		if c.check != nil && !c.check(o) {
			t.Errorf("%s: %+v", c.name, o)
		}
		if warned := strings.Contains(log.String(), "variable="+c.warned+" "); c.warned != "" && !warned || c.warned == "" && log.Len() > 0 || strings.Contains(log.String(), "secret") {
			t.Errorf("%s: the log says %s", c.name, log.String())
		}
	}
}

func attributeOf(o telemetry.Options, key string) any {
	for _, a := range o.Resource {
		if a.Key == key {
			return a.Value
		}
	}
	return nil
}

// TestTelemetryCertificates fails where a file cannot be used: the user named it for a collector that would not be believed.
func TestTelemetryCertificates(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"OTEL_EXPORTER_OTLP_CERTIFICATE": file, "OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE": file, "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE": file + ".none"} {
		set := map[string]string{name: value, "OTEL_EXPORTER_OTLP_ENDPOINT": "https://c"}
		e := environment{getenv: func(name string) string { return set[name] }, logger: slog.New(slog.DiscardHandler)}
		if _, err := e.options(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestShownAddress hides what may be secret in the address of a collector.
func TestShownAddress(t *testing.T) {
	for address, want := range map[string]string{
		"http://c:4318/v1/traces": "http://c:4318/v1/traces", "https://user:pass@c/v1/traces?key=x": "https://c/v1/traces", "http://a@b@c?x=/y": "http://c/",
	} {
		if got := shownAddress(address); got != want {
			t.Errorf("%s is shown as %s", address, got)
		}
	}
}
