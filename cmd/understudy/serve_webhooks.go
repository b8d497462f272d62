package main

import (
	"crypto/x509"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"sync/atomic"

	"understudy/mock"
	"understudy/mock/control"

	"github.com/spf13/pflag"
)

// delivering are the flags of serve about what others are told.
type delivering struct {
	deliveries   string
	allowPrivate bool
	authorities  string
	management   address
}

func (d *delivering) flags(f *pflag.FlagSet) {
	f.StringVar(&d.deliveries, "deliveries", "on", "webhooks: on, or off (nothing leaves the process, every delivery counts as taken)")
	f.BoolVar(&d.allowPrivate, "allow-private-webhooks", false, "deliver to private, link-local and metadata addresses too, not only to public ones and loopback")
	f.StringVar(&d.authorities, "webhook-ca", "", "file (PEM) of the authorities that receivers' certificates are believed from, in place of the machine's")
}

// options are what the flags say.
func (d *delivering) options() (o mock.WebhookOptions, err error) {
	o.Silent = d.deliveries == "off"
	o.Network.Private, o.Network.Inside = d.allowPrivate, d.management.inside
	if d.authorities == "" {
		return o, nil
	}
	data, err := os.ReadFile(d.authorities)
	if err != nil {
		return o, fmt.Errorf("--webhook-ca: %w", err)
	}
	o.Network.Authorities = x509.NewCertPool()
	if !o.Network.Authorities.AppendCertsFromPEM(data) {
		return o, fmt.Errorf("--webhook-ca %s: it holds no certificate in PEM", d.authorities)
	}
	return o, nil
}

// An address is that of the management API, which is known only once it is open.
type address struct {
	at atomic.Pointer[netip.AddrPort]
}

func (a *address) set(text string) {
	if at, err := netip.ParseAddrPort(text); err == nil {
		a.at.Store(&at)
	}
}

// serves says whether pages of an origin come from the management API.
func (a *address) serves(origin string) bool {
	at := a.at.Load()
	if at == nil {
		return false
	}
	u, err := url.Parse(origin)
	if err != nil || u.Scheme != "http" || u.Port() != strconv.Itoa(int(at.Port())) {
		return false
	}
	if u.Hostname() == "localhost" {
		return at.Addr().IsLoopback() || at.Addr().IsUnspecified()
	}
	host, err := netip.ParseAddr(u.Hostname())
	return err == nil && (host == at.Addr().Unmap() || host.IsLoopback() && at.Addr().IsUnspecified())
}

// inside gives what of the management API may be delivered to: nothing but the inbox. Clients of the stand-in, who can register
// endpoints, could otherwise have it call its own management. Empty: the address is another one.
func (a *address) inside(to netip.AddrPort) string {
	at := a.at.Load()
	if at == nil || to.Port() != at.Port() {
		return ""
	}
	own := at.Addr().Unmap()
	if to.Addr() == own || to.Addr().IsLoopback() {
		return control.InboxPath
	}
	return ""
}
