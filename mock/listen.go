package mock

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// The time-outs keep slow clients from holding connections for ever. They are generous: an answer is
// never slow here, but a person may step through a client with a debugger.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 2 * time.Minute
	writeTimeout  = 5 * time.Minute // from the end of the request's head; streams set their own
	idleTimeout   = 2 * time.Minute
	shutdownGrace = 5 * time.Second
	maxHeader     = 64 << 10
)

// A Listener serves a handler on one address.
type Listener struct {
	listener net.Listener
	server   *http.Server
	scheme   string
	done     chan error
	draining atomic.Bool
}

// Listen opens an address and serves HTTP/1.1 and HTTP/2 on it; with a TLS configuration over TLS, else in clear
// (HTTP/2 with prior knowledge). The address is open when Listen returns: a request would be answered. Port 0
// picks a free port.
func Listen(ctx context.Context, address string, handler http.Handler, tlsConfig *tls.Config, logger *slog.Logger) (*Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(tlsConfig == nil)
	l := &Listener{listener: listener, scheme: "http", done: make(chan error, 1)}
	l.server = &http.Server{
		Handler: letGo(handler, &l.draining), Protocols: protocols, TLSConfig: tlsConfig,
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ConnContext: withConnection,
		ErrorLog:    slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
	if tlsConfig != nil {
		l.scheme = "https"
	}
	go func() {
		if tlsConfig != nil {
			l.done <- l.server.ServeTLS(listener, "", "")
		} else {
			l.done <- l.server.Serve(listener)
		}
	}()
	return l, nil
}

// Address is what the listener is bound to: "127.0.0.1:4010".
func (l *Listener) Address() string { return l.listener.Addr().String() }

// URL is scheme and address: "http://127.0.0.1:4010".
func (l *Listener) URL() string { return l.scheme + "://" + l.Address() }

// Done receives the error that ended the serving before Close; it is not nil.
func (l *Listener) Done() <-chan error { return l.done }

// Close lets requests under way end for a few seconds, then cuts them.
func (l *Listener) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	err := l.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return l.server.Close()
	}
	return err
}
