package telemetry

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"understudy/mock/clock"
)

// An Export says where OTLP requests go (OTLP/HTTP). The zero value sends nothing.
type Export struct {
	URL     string            // whole: "http://localhost:4318/v1/traces"; empty: nothing is sent
	Headers map[string]string // of each request; they may hold secrets, and are not logged
	JSON    bool              // in JSON; false: in protobuf
	Gzip    bool
	Timeout time.Duration // of one try; 0: 10 s
	TLS     *tls.Config   // nil: the system's authorities
	// Transport carries requests out in place of a client of our own.
	Transport http.RoundTripper
}

// Bounds of sending.
const (
	sendTimeout  = 10 * time.Second
	longestRetry = time.Minute // in all, of one request
	firstPause   = time.Second
	longestPause = 30 * time.Second
	mostAnswer   = 64 << 10 // bytes of an answer that are read
	quietFor     = time.Minute
)

// A sender carries OTLP requests to one address.
type sender struct {
	export Export
	shown  string // the address without what may be secret
	client *http.Client
	logger *slog.Logger
	quiet  time.Time // no failure is logged before; only the goroutine that sends uses it
}

func newSender(e Export, logger *slog.Logger) (*sender, error) {
	u, err := url.Parse(e.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("telemetry: the address of the collector must be an absolute http or https URL")
	}
	if e.Timeout <= 0 {
		e.Timeout = sendTimeout
	}
	s := &sender{export: e, shown: u.Scheme + "://" + u.Host + u.EscapedPath(), logger: logger}
	transport := e.Transport
	if transport == nil {
		transport = &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: e.TLS, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 1, IdleConnTimeout: 90 * time.Second}
	}
	s.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return s, nil
}

// errRetry is a failure behind which the same request may be taken.
type errRetry struct {
	error
	after time.Duration // that the collector asked for; 0: it did not
}

// send carries a request out, again and again with growing pauses where the collector is away or asks for it.
func (s *sender) send(ctx context.Context, body []byte) error {
	if s.export.Gzip {
		body = compressed(body)
	}
	var waited time.Duration
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := s.try(ctx, body)
		var again *errRetry
		if !errors.As(err, &again) {
			return err
		}
		wait := max(pause, again.after)
		if waited += wait; waited > longestRetry || !sleep(ctx, wait) {
			return err
		}
	}
}

func (s *sender) try(ctx context.Context, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, s.export.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.export.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("send telemetry to %s: the request cannot be made", s.shown)
	}
	for name, value := range s.export.Headers {
		request.Header.Set(name, value)
	}
	request.Header.Set("User-Agent", "understudy")
	request.Header.Set("Content-Type", "application/x-protobuf")
	if s.export.JSON {
		request.Header.Set("Content-Type", "application/json")
	}
	if s.export.Gzip {
		request.Header.Set("Content-Encoding", "gzip")
	}
	response, err := s.client.Do(request)
	if err != nil {
		return &errRetry{error: fmt.Errorf("send telemetry to %s: %w", s.shown, withoutURL(err))}
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, mostAnswer)) // so that the connection can be used again
	err = fmt.Errorf("send telemetry to %s: the collector answered %d", s.shown, response.StatusCode)
	switch response.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout: // OTLP, "Retryable Response Codes"
		return &errRetry{err, retryAfter(response.Header.Get("Retry-After"))}
	}
	if response.StatusCode/100 == 2 {
		return nil
	}
	return err
}

// withoutURL leaves out of an error of net/http the address, which may hold secrets.
func withoutURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// retryAfter reads the pause that a collector asks for: seconds, or a date (RFC 9110, 10.2.3).
func retryAfter(text string) time.Duration {
	text = strings.TrimSpace(text)
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(clock.Real{}.Now()))
	}
	return 0
}

// report logs a failure, at most one a minute.
func (s *sender) report(err error) {
	now := clock.Real{}.Now()
	if err == nil || now.Before(s.quiet) {
		return
	}
	s.quiet = now.Add(quietFor)
	s.logger.Warn("telemetry was not sent; further failures are not logged for a minute", "error", err)
}

func compressed(body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(body) // into memory
	_ = w.Close()
	return b.Bytes()
}

// sleep lets real time pass: collectors know no other. It is false when ctx ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	over := make(chan struct{})
	stop := clock.Real{}.AfterFunc(d, func() { close(over) })
	defer stop()
	select {
	case <-over:
		return true
	case <-ctx.Done():
		return false
	}
}
