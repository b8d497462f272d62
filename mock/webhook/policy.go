package webhook

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path"
	"strconv"
	"strings"
)

// A Policy says which addresses may be delivered to. The zero value lets public addresses and loopback.
type Policy struct {
	// Private lets all others too: private, link-local, metadata, shared and multicast addresses.
	Private bool
	// Inside gives the only path, and all below it, that may be delivered to at an address: of the stand-in's own management
	// API nothing but the inbox. Empty: any path. Nil: there is no such address.
	Inside func(netip.AddrPort) string
	// Authorities are believed when receivers show certificates; nil: those that the machine believes.
	Authorities *x509.CertPool
	// Resolver finds the addresses of names; nil: the machine's.
	Resolver Resolver
}

// A Resolver finds the addresses of a name, as net.Resolver does.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// PrivateFlag is the flag of the command line that sets Policy.Private; errors name it.
const PrivateFlag = "--allow-private-webhooks"

// An AddressError says that an address may not be delivered to.
type AddressError struct {
	Host    string
	Address string // that the host stands for; the same where it is literal
	Kind    string // "private", "link-local" ...; "own" for one that Policy.Inside closes
}

func (e *AddressError) Error() string {
	what := e.Address
	if literal, err := netip.ParseAddrPort(e.Address); e.Host != e.Address && (err != nil || e.Host != literal.Addr().String()) {
		what = fmt.Sprintf("%s, which %s stands for,", e.Address, e.Host)
	}
	if e.Kind == ownAddress {
		return fmt.Sprintf("the address %s is the stand-in's own and is not delivered to", what)
	}
	return fmt.Sprintf("the address %s is %s and is not delivered to; start with %s to allow it", what, e.Kind, PrivateFlag)
}

const ownAddress = "own"

// kinds of addresses that need Policy.Private, the narrowest first: of two that hold an address the first one names it.
// They are what the registries of special-purpose addresses (RFC 6890) hold, and what wraps an IPv4 address.
var kinds = []struct {
	prefix netip.Prefix
	kind   string
}{
	{netip.MustParsePrefix("169.254.169.254/32"), "the cloud's metadata service"},
	{netip.MustParsePrefix("fd00:ec2::254/128"), "the cloud's metadata service"},
	{netip.MustParsePrefix("100.100.100.200/32"), "the cloud's metadata service"},
	{netip.MustParsePrefix("0.0.0.0/8"), "unspecified"},
	{netip.MustParsePrefix("::/128"), "unspecified"},
	{netip.MustParsePrefix("10.0.0.0/8"), "private"},
	{netip.MustParsePrefix("172.16.0.0/12"), "private"},
	{netip.MustParsePrefix("192.168.0.0/16"), "private"},
	{netip.MustParsePrefix("fc00::/7"), "private"},
	{netip.MustParsePrefix("fec0::/10"), "private"},
	{netip.MustParsePrefix("169.254.0.0/16"), "link-local"},
	{netip.MustParsePrefix("fe80::/10"), "link-local"},
	{netip.MustParsePrefix("100.64.0.0/10"), "shared (carrier-grade NAT)"},
	{netip.MustParsePrefix("224.0.0.0/4"), "multicast"},
	{netip.MustParsePrefix("ff00::/8"), "multicast"},
	{netip.MustParsePrefix("192.0.0.0/24"), "reserved"},
	{netip.MustParsePrefix("192.0.2.0/24"), "reserved"},
	{netip.MustParsePrefix("192.88.99.0/24"), "reserved"},
	{netip.MustParsePrefix("198.18.0.0/15"), "reserved"},
	{netip.MustParsePrefix("198.51.100.0/24"), "reserved"},
	{netip.MustParsePrefix("203.0.113.0/24"), "reserved"},
	{netip.MustParsePrefix("240.0.0.0/4"), "reserved"},
	{netip.MustParsePrefix("64:ff9b::/96"), "a NAT64 address"},
	{netip.MustParsePrefix("64:ff9b:1::/48"), "a NAT64 address"},
	{netip.MustParsePrefix("2002::/16"), "a 6to4 address"},
	{netip.MustParsePrefix("2001::/32"), "a Teredo address"},
	{netip.MustParsePrefix("::/96"), "an IPv4 address in an IPv6 one"},
	{netip.MustParsePrefix("::ffff:0:0:0/96"), "an IPv4 address in an IPv6 one"},
	{netip.MustParsePrefix("100::/64"), "reserved"},
	{netip.MustParsePrefix("2001:db8::/32"), "reserved"},
	{netip.MustParsePrefix("3fff::/20"), "reserved"},
}

// kindOf says what kind of address it is that needs leave; empty: a public one, or loopback. An IPv4 address that is mapped
// into IPv6 (RFC 4291, 2.5.5.2) is that IPv4 address: this is where connections to it go.
func kindOf(a netip.Addr) string {
	if a.Zone() != "" {
		return "link-local"
	}
	a = a.Unmap()
	if a.IsLoopback() {
		return ""
	}
	for _, k := range kinds {
		if k.prefix.Contains(a) {
			return k.kind
		}
	}
	return ""
}

// judge says whether an address may be connected to.
func (p Policy) judge(host string, a netip.AddrPort) error {
	if kind := kindOf(a.Addr()); kind != "" && !p.Private {
		return &AddressError{Host: host, Address: a.Addr().String(), Kind: kind}
	}
	return nil
}

// judgePath says whether a path may be delivered to at an address. A path that is not in its plain form is taken for none of
// those that may.
func (p Policy) judgePath(host string, a netip.AddrPort, escaped string) error {
	if p.Inside == nil {
		return nil
	}
	a = netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
	inside := p.Inside(a)
	if inside == "" {
		return nil
	}
	plain, err := url.PathUnescape(escaped)
	if err == nil && path.Clean(plain) == strings.TrimSuffix(plain, "/") && (plain == inside || strings.HasPrefix(plain, strings.TrimSuffix(inside, "/")+"/")) {
		return nil
	}
	return &AddressError{Host: host, Address: a.String(), Kind: ownAddress}
}

// longestURL bounds what is kept and shown, in bytes.
const longestURL = 2048

// Check judges a URL as it is written, without asking a resolver: it must be absolute, http or https, and hold neither a user nor
// a fragment, and an address that stands in it literally must be allowed. It fails with a *RequestError or an *AddressError.
func (p Policy) Check(raw string) (*url.URL, error) {
	wrong := func(reason string) (*url.URL, error) { return nil, &RequestError{Field: "url", Reason: reason} }
	if len(raw) > longestURL {
		return wrong(fmt.Sprintf("must have at most %d bytes", longestURL))
	}
	u, err := url.Parse(raw)
	if err != nil {
		return wrong("must be an absolute http or https URL")
	}
	port := u.Port()
	switch n, err := strconv.Atoi(port); {
	case u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return wrong("must be an absolute http or https URL")
	case u.User != nil:
		return wrong("must not hold a user or password; give the endpoint a header instead")
	case u.Fragment != "":
		return wrong("must not hold a fragment, which is never sent")
	case strings.ContainsAny(u.Hostname(), "/\\ \t\r\n%"):
		return wrong("must not hold a zone or blanks in its host")
	case port != "" && (err != nil || n < 1 || n > 65535):
		return wrong("must have a port from 1 to 65535")
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil {
		at := netip.AddrPortFrom(a, portOf(u))
		if err := cmp.Or(p.judge(u.Hostname(), at), p.judgePath(u.Hostname(), at, u.EscapedPath())); err != nil {
			return nil, err
		}
	}
	return u, nil
}

func portOf(u *url.URL) uint16 {
	if n, err := strconv.ParseUint(u.Port(), 10, 16); err == nil {
		return uint16(n)
	}
	if u.Scheme == "https" {
		return 443
	}
	return 80
}

// addresses gives those that a host stands for, all of which must be allowed: a name with one forbidden address is not trusted
// to mean the other ones.
func (p Policy) addresses(ctx context.Context, host string, port uint16) ([]netip.AddrPort, error) {
	var found []netip.Addr
	if a, err := netip.ParseAddr(host); err == nil {
		found = []netip.Addr{a}
	} else {
		var resolver Resolver = net.DefaultResolver
		if p.Resolver != nil {
			resolver = p.Resolver
		}
		if found, err = resolver.LookupNetIP(ctx, "ip", host); err != nil {
			return nil, err
		}
	}
	if len(found) == 0 {
		return nil, &net.DNSError{Err: "no addresses", Name: host, IsNotFound: true}
	}
	list := make([]netip.AddrPort, len(found))
	for i, a := range found {
		list[i] = netip.AddrPortFrom(a.Unmap(), port)
		if err := p.judge(host, netip.AddrPortFrom(a, port)); err != nil {
			return nil, err
		}
	}
	return list, nil
}
