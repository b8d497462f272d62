package main

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/mock/telemetry"
)

// An environment reads the variables that OpenTelemetry has for all programs ("Environment Variable Specification", and
// "OpenTelemetry Protocol Exporter"). As they ask for, what cannot be read is warned of and left at its default: the variables
// may be there for other programs. Only files that cannot be used are errors.
type environment struct {
	getenv func(string) string
	logger *slog.Logger
}

// collectorHere is the address of a collector where the user asks for OTLP and names none.
const collectorHere = "http://localhost:4318"

// options makes of the variables what telemetry takes. Nothing is sent unless an address stands there, or OTLP is asked for by
// name: the specification's default would send to this machine without being asked.
func (e *environment) options() (o telemetry.Options, err error) {
	o.Resource = e.resource()
	o.Interval = e.milliseconds("OTEL_METRIC_EXPORT_INTERVAL")
	o.Batch = telemetry.Batch{
		Queue: e.number("OTEL_BSP_MAX_QUEUE_SIZE"), Most: e.number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE"), Delay: e.milliseconds("OTEL_BSP_SCHEDULE_DELAY"),
	}
	o.Sampler = e.sampler()
	o.Apart = e.apart()
	if strings.EqualFold(e.get("OTEL_SDK_DISABLED"), "true") {
		return o, nil
	}
	traces, errTraces := e.export("TRACES", "/v1/traces")
	metrics, errMetrics := e.export("METRICS", "/v1/metrics")
	o.Traces, o.Metrics = traces, metrics
	return o, errors.Join(errTraces, errMetrics)
}

func (e *environment) get(name string) string { return strings.TrimSpace(e.getenv(name)) }

// warn says that a variable cannot be used. It does not show the value, which may be secret.
func (e *environment) warn(name, why string) {
	e.logger.Warn("a variable of the environment is not used", "variable", name, "reason", why)
}

// own gives a variable of a signal, else the one for all signals, and its name.
func (e *environment) own(signal, rest string) (value, name string) {
	for _, name := range []string{"OTEL_EXPORTER_OTLP_" + signal + "_" + rest, "OTEL_EXPORTER_OTLP_" + rest} {
		if value := e.get(name); value != "" {
			return value, name
		}
	}
	return "", ""
}

// export says where a signal goes.
func (e *environment) export(signal, path string) (x telemetry.Export, err error) {
	asked := e.asked("OTEL_" + signal + "_EXPORTER")
	if asked == no {
		return x, nil
	}
	address, name := e.own(signal, "ENDPOINT")
	switch {
	case address == "" && asked == yes:
		address = collectorHere + path
	case address == "":
		return x, nil
	case name == "OTEL_EXPORTER_OTLP_ENDPOINT":
		address = strings.TrimSuffix(address, "/") + path
	}
	switch protocol, name := e.own(signal, "PROTOCOL"); protocol {
	case "", "http/protobuf":
	case "http/json":
		x.JSON = true
	default:
		e.warn(name, "http/protobuf and http/json are spoken; nothing is sent")
		return x, nil
	}
	if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		e.warn(name, "it is no absolute http or https URL; nothing is sent")
		return x, nil
	}
	text, name := e.own(signal, "HEADERS")
	x.Headers = map[string]string{}
	for _, one := range e.pairs(name, text) {
		x.Headers[one.key] = one.value
	}
	if text, name := e.own(signal, "TIMEOUT"); text != "" {
		x.Timeout = e.parseMilliseconds(name, text)
	}
	switch compression, name := e.own(signal, "COMPRESSION"); compression {
	case "", "none":
	case "gzip":
		x.Gzip = true
	default:
		e.warn(name, "gzip and none are known")
	}
	x.URL = address
	x.TLS, err = e.tls(signal)
	return x, err
}

// A wish is yes, no, or nothing.
type wish int

const (
	unsaid wish = iota
	yes
	no
)

// asked says whether a signal's exporter is asked for. Prometheus reads the metrics anyhow.
func (e *environment) asked(name string) wish {
	text := e.get(name)
	if text == "" {
		return unsaid
	}
	list := strings.Split(strings.ReplaceAll(text, " ", ""), ",")
	if slices.Contains(list, "otlp") {
		return yes
	}
	if !slices.Contains(list, "none") && !slices.Contains(list, "prometheus") {
		e.warn(name, "otlp and none are known; nothing is sent")
	}
	return no
}

// tls reads the certificates of the connection to a collector.
func (e *environment) tls(signal string) (*tls.Config, error) {
	authority, authorityName := e.own(signal, "CERTIFICATE")
	certificate, certificateName := e.own(signal, "CLIENT_CERTIFICATE")
	key, _ := e.own(signal, "CLIENT_KEY")
	if authority == "" && certificate == "" {
		return nil, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if authority != "" {
		data, err := os.ReadFile(authority)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", authorityName, err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(data) {
			return nil, fmt.Errorf("%s: %s holds no certificate in PEM", authorityName, authority)
		}
	}
	if certificate != "" {
		pair, err := tls.LoadX509KeyPair(certificate, key)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", certificateName, err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// resource says what sends.
func (e *environment) resource() []telemetry.Attribute {
	instance := make([]byte, 16)
	_, _ = rand.Read(instance) // it never fails (Go 1.24)
	instance[6], instance[8] = instance[6]&0x0f|0x40, instance[8]&0x3f|0x80
	list := []telemetry.Attribute{
		{Key: "service.name", Value: "understudy"}, {Key: "service.version", Value: version()},
		{Key: "service.instance.id", Value: fmt.Sprintf("%x-%x-%x-%x-%x", instance[:4], instance[4:6], instance[6:8], instance[8:10], instance[10:])},
		{Key: "telemetry.sdk.name", Value: "understudy"}, {Key: "telemetry.sdk.language", Value: "go"}, {Key: "telemetry.sdk.version", Value: version()},
	}
	given := e.pairs("OTEL_RESOURCE_ATTRIBUTES", e.get("OTEL_RESOURCE_ATTRIBUTES"))
	if name := e.get("OTEL_SERVICE_NAME"); name != "" {
		given = append(given, pair{"service.name", name})
	}
	for _, one := range given {
		i := slices.IndexFunc(list, func(a telemetry.Attribute) bool { return a.Key == one.key })
		if i < 0 {
			list = append(list, telemetry.Attribute{Key: one.key, Value: one.value})
		} else {
			list[i].Value = one.value
		}
	}
	return list
}

// sampler reads which traces are recorded.
func (e *environment) sampler() (s telemetry.Sampler) {
	name := e.get("OTEL_TRACES_SAMPLER")
	root, based := strings.CutPrefix(name, "parentbased_")
	s.Alone = name != "" && !based
	switch root {
	case "", "always_on":
	case "always_off":
		s.Root = telemetry.Never
	case "traceidratio":
		s.Root, s.Ratio = telemetry.ByRatio, 1
		if text := e.get("OTEL_TRACES_SAMPLER_ARG"); text != "" {
			ratio, err := strconv.ParseFloat(text, 64)
			if err == nil && ratio >= 0 && ratio <= 1 {
				s.Ratio = ratio
			} else {
				e.warn("OTEL_TRACES_SAMPLER_ARG", "it is no number from 0 to 1")
			}
		}
	default:
		e.warn("OTEL_TRACES_SAMPLER", "always_on, always_off, traceidratio, and each behind parentbased_, are known")
		return telemetry.Sampler{}
	}
	return s
}

// apart says that requests' trace contexts are left alone. Of the propagators only tracecontext is known; that for baggage has
// nothing to do here.
func (e *environment) apart() bool {
	text := e.get("OTEL_PROPAGATORS")
	if text == "" {
		return false
	}
	for one := range strings.SplitSeq(text, ",") {
		switch strings.TrimSpace(one) {
		case "tracecontext":
			return false
		case "baggage", "none", "":
		default:
			e.warn("OTEL_PROPAGATORS", "tracecontext, baggage and none are known")
		}
	}
	return true
}

// A pair is one entry of a list such as a=1,b=2.
type pair struct{ key, value string }

// pairs reads a list of keys with percent-encoded values.
func (e *environment) pairs(name, text string) (list []pair) {
	for one := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(one) == "" {
			continue
		}
		key, value, ok := strings.Cut(one, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if key = strings.TrimSpace(key); !ok || key == "" || err != nil || strings.ContainsAny(key+value, "\r\n\x00") {
			e.warn(name, "it is no list such as key=value,key=value with percent-encoded values")
			return nil
		}
		list = append(list, pair{key, value})
	}
	return list
}

// number reads a number above 0; 0: there is none.
func (e *environment) number(name string) int {
	text := e.get(name)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 24)
	if err != nil || n == 0 {
		e.warn(name, "it is no number above 0")
	}
	return int(n)
}

func (e *environment) milliseconds(name string) time.Duration {
	if text := e.get(name); text != "" {
		return e.parseMilliseconds(name, text)
	}
	return 0
}

func (e *environment) parseMilliseconds(name, text string) time.Duration {
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		e.warn(name, "it is no number of milliseconds")
	}
	return time.Duration(n) * time.Millisecond
}
