package webhook_test

import (
	"context"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/mock/webhook"
)

// A names resolves names to what they are bound to, and each time to the next.
type names struct {
	mu    sync.Mutex
	bound map[string][][]string
	asked int
}

func (n *names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked++
	list := n.bound[host]
	if len(list) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if len(list) > 1 {
		n.bound[host] = list[1:]
	}
	var found []netip.Addr
	for _, a := range list[0] {
		found = append(found, netip.MustParseAddr(a))
	}
	return found, nil
}

// TestAddressesOfNames: every address that a name stands for is judged before anything is connected to, and what was judged is
// what is connected to.
func TestAddressesOfNames(t *testing.T) {
	r := receive(t)
	u, err := url.Parse(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		bound   [][]string
		policy  webhook.Policy
		arrives bool
		kind    string
	}{
		"loopback":                           {[][]string{{"127.0.0.1"}}, webhook.Policy{}, true, ""},
		"mapped loopback":                    {[][]string{{"::ffff:127.0.0.1"}}, webhook.Policy{}, true, ""},
		"private":                            {[][]string{{"10.1.2.3"}}, webhook.Policy{}, false, "private"},
		"metadata":                           {[][]string{{"169.254.169.254"}}, webhook.Policy{}, false, "metadata"},
		"mapped metadata":                    {[][]string{{"::ffff:169.254.169.254"}}, webhook.Policy{}, false, "metadata"},
		"one of several":                     {[][]string{{"127.0.0.1", "192.168.0.1"}}, webhook.Policy{}, false, "private"},
		"bound anew after it was judged":     {[][]string{{"127.0.0.1"}, {"10.1.2.3"}}, webhook.Policy{}, true, ""},
		"the stand-in's own, in plain words": {[][]string{{"127.0.0.1"}}, webhook.Policy{Private: true, Inside: insideOf("/inbox")}, false, "own"},
		"the inbox of the stand-in's own":    {[][]string{{"127.0.0.1"}}, webhook.Policy{Inside: insideOf("/hook")}, true, ""},
		"nobody":                             {nil, webhook.Policy{}, false, ""},
	} {
		resolver := &names{bound: map[string][][]string{"hooks.example": c.bound}}
		c.policy.Resolver = resolver
		f := open(t, webhook.Options{Network: c.policy})
		f.register(webhook.EndpointRequest{URL: "http://hooks.example:" + u.Port() + "/hook"})
		before := len(r.all())
		d := f.emit("order.created", webhook.Emission{})
		f.wait()
		a := f.attempts(d.ID)[0]
		if arrived := len(r.all()) > before; arrived != c.arrives {
			t.Errorf("%s: arrived: %t; %s %s", name, arrived, a.Outcome, a.Error)
		}
		if resolver.asked != 1 {
			t.Errorf("%s: the resolver was asked %d times, want once", name, resolver.asked)
		}
		switch {
		case c.arrives || c.kind == "":
		case a.Outcome != webhook.Refused || !strings.Contains(a.Error, c.kind) || !strings.Contains(a.Error, "hooks.example"):
			t.Errorf("%s: %s %q", name, a.Outcome, a.Error)
		case c.kind != "own" && !strings.Contains(a.Error, webhook.PrivateFlag):
			t.Errorf("%s: %q does not name the flag", name, a.Error)
		}
		if d := f.delivery(d.ID); c.kind != "" && (d.State != webhook.Dead || !d.NextAt.IsZero()) {
			t.Errorf("%s: what may not be delivered is tried again: %+v", name, d)
		}
	}
}

// TestNewConnectionsAreJudgedAnew: a name that was good and is bound to a private address later is refused later.
func TestNewConnectionsAreJudgedAnew(t *testing.T) {
	r := receive(t)
	u, err := url.Parse(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	resolver := &names{bound: map[string][][]string{"hooks.example": {{"127.0.0.1"}, {"10.1.2.3"}}}}
	f := open(t, webhook.Options{Network: webhook.Policy{Resolver: resolver}})
	f.register(webhook.EndpointRequest{URL: "http://hooks.example:" + u.Port() + "/hook"})
	r.status(500, "Connection: close")
	d := f.emit("order.created", webhook.Emission{})
	f.advance(time.Hour)
	attempts := f.attempts(d.ID)
	if len(attempts) != 2 || attempts[0].Status != 500 || attempts[1].Outcome != webhook.Refused || len(r.all()) != 1 {
		t.Errorf("%+v", attempts)
	}
}

// TestProxiesOfTheEnvironment are not used: they would connect to what nobody judged.
func TestProxiesOfTheEnvironment(t *testing.T) {
	proxy, r := receive(t), receive(t)
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("http_proxy", proxy.URL)
	resolver := &names{bound: map[string][][]string{"hooks.example": {{"127.0.0.1"}}}}
	f := open(t, webhook.Options{Network: webhook.Policy{Resolver: resolver}})
	u, err := url.Parse(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	f.register(webhook.EndpointRequest{URL: "http://hooks.example:" + u.Port()})
	f.emit("order.created", webhook.Emission{})
	f.wait()
	if len(proxy.all()) != 0 || len(r.all()) != 1 {
		t.Errorf("%d requests at the proxy, %d at the receiver", len(proxy.all()), len(r.all()))
	}
}

func TestCallbackAddresses(t *testing.T) {
	f, r := open(t, webhook.Options{}), receive(t)
	for _, url := range []string{"http://10.0.0.1/", "http://169.254.169.254/latest", "ftp://127.0.0.1/", "http://[::ffff:10.0.0.1]/"} {
		if _, _, err := f.Emit(t.Context(), webhook.Emission{Type: "order.created", To: webhook.Target{URL: url}}); err == nil {
			t.Errorf("a callback to %s was taken", url)
		}
	}
	d := f.emit("order.created", webhook.Emission{To: webhook.Target{URL: r.URL + "/callback", Method: "PUT"}})
	f.wait()
	if d := f.delivery(d.ID); d.State != webhook.Delivered || d.Endpoint != "" || d.Method != "PUT" || len(r.all()) != 1 {
		t.Errorf("%+v", d)
	}
}

// insideOf closes loopback but for one path and what is below it.
func insideOf(path string) func(netip.AddrPort) string {
	return func(a netip.AddrPort) string {
		if a.Addr().IsLoopback() {
			return path
		}
		return ""
	}
}

// TestPathsInside: where only one path may be delivered to, no spelling leads to another, also not on a connection that was
// opened for the right one.
func TestPathsInside(t *testing.T) {
	r := receive(t)
	f := open(t, webhook.Options{Network: webhook.Policy{Inside: insideOf("/inbox")}})
	host := strings.Replace(r.URL, "127.0.0.1", "localhost", 1)
	for path, arrives := range map[string]bool{
		"/inbox": true, "/inbox/": true, "/inbox/pets/one": true, "/inbox%2Fpets": true,
		"/inboxes": false, "/reset": false, "/inbox/../reset": false, "/inbox/%2e%2e/reset": false, "/inbox//x": false, "/": false, "": false,
	} {
		e := f.register(webhook.EndpointRequest{URL: host + path})
		before := len(r.all())
		f.emit("order.created", webhook.Emission{To: webhook.Target{Endpoint: e.ID}})
		f.wait()
		if got := len(r.all()) > before; got != arrives {
			t.Errorf("%q: arrived: %t", path, got)
		}
	}
	if _, err := (webhook.Policy{Inside: insideOf("/inbox")}).Check(r.URL + "/reset"); err == nil {
		t.Error("an address that is written out is not judged when it is registered")
	}
}

// TestCertificates: a receiver whose certificate nobody vouches for gets nothing, unless its authority is named.
func TestCertificates(t *testing.T) {
	arrived := 0
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { arrived++ }))
	t.Cleanup(server.Close)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that are meant to fail
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	for _, c := range []struct {
		pool *x509.CertPool
		want webhook.Outcome
	}{{nil, webhook.Unreachable}, {pool, webhook.Taken}} {
		before := arrived
		f := open(t, webhook.Options{Network: webhook.Policy{Authorities: c.pool}})
		f.register(webhook.EndpointRequest{URL: server.URL})
		d := f.emit("order.created", webhook.Emission{})
		f.wait()
		if a := f.attempts(d.ID)[0]; a.Outcome != c.want || (arrived > before) != (c.want == webhook.Taken) {
			t.Errorf("%t: %s %s, arrived %d times", c.pool != nil, a.Outcome, a.Error, arrived-before)
		}
	}
}
