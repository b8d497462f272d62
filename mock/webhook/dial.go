package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strconv"
	"time"
)

// Bounds of connections, in real time and bytes.
const (
	dialTimeout     = 10 * time.Second
	idleTimeout     = 30 * time.Second
	mostAnswerHeads = 64 << 10
)

// transport makes a client's transport that keeps to the policy. Proxies of the environment are not used: they would connect
// to addresses that nobody judged.
func (p Policy) transport(connections int) *http.Transport {
	return &http.Transport{
		DialContext:            p.dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: p.Authorities},
		TLSHandshakeTimeout:    dialTimeout,
		MaxIdleConns:           connections,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: mostAnswerHeads,
		DisableCompression:     true,
		ForceAttemptHTTP2:      true,
		WriteBufferSize:        8 << 10,
	}
}

// dial connects to an address that was judged, not to a name: between the judgement and the connection no resolver is
// asked again, so that a name cannot be bound anew in between (DNS rebinding).
func (p Policy) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %q is no port", host, port)
	}
	addresses, err := p.addresses(ctx, host, uint16(n))
	if err != nil {
		return nil, err
	}
	dialer := net.Dialer{Timeout: dialTimeout}
	var failed []error
	for _, a := range addresses {
		connection, err := dialer.DialContext(ctx, network, a.String())
		if err == nil {
			if err = p.judgeRemote(host, connection); err == nil {
				return connection, nil
			}
			connection.Close()
		}
		failed = append(failed, err)
		if ctx.Err() != nil {
			break
		}
	}
	return nil, errors.Join(failed...)
}

// judgeRemote judges once more where a connection has led to.
func (p Policy) judgeRemote(host string, c net.Conn) error {
	a, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return fmt.Errorf("connect to %s: the connection's address %s cannot be judged", host, c.RemoteAddr())
	}
	return p.judge(host, a)
}

// guard lets a request go only to paths that may be delivered to where its connection leads, which no URL and no resolver can
// tell for sure: a connection that was opened for another path may be used again.
func (p Policy) guard(ctx context.Context, u *url.URL, refused *error) context.Context {
	if p.Inside == nil {
		return ctx
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		a, err := netip.ParseAddrPort(info.Conn.RemoteAddr().String())
		if err == nil {
			err = p.judgePath(u.Hostname(), a, u.EscapedPath())
		}
		if err != nil {
			*refused = err
			info.Conn.Close() // nothing was written to it yet
		}
	}})
}
