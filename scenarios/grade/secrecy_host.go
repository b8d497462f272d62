package grade

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/check"
)

// ownHosts are the hosts that the contract names as its own: of its servers and of its identity provider.
func ownHosts(rec *Recording) map[string]bool {
	hosts := map[string]bool{strings.ToLower(rec.Host): rec.Host != ""}
	add := func(address string) {
		if u, err := url.Parse(address); err == nil && u.Host != "" {
			hosts[strings.ToLower(u.Host)] = true
		}
	}
	add(rec.Contract.Behaviour.BaseURL)
	for _, s := range rec.Contract.Servers {
		add(s.URL)
	}
	for _, s := range rec.Contract.Security {
		add(s.OpenIDURL)
		for _, f := range s.Flows {
			for _, address := range flowAddresses(f) {
				add(address)
			}
		}
	}
	return hosts
}

func flowAddresses(f contracts.Flow) []string {
	return []string{f.AuthorizationURL, f.TokenURL, f.RefreshURL, f.DeviceURL}
}

func judgeElsewhere(rec *Recording, t *Trial) {
	if len(rec.Foreign) == 0 {
		t.NotExercised("the recording holds no calls to other hosts")
		return
	}
	known := credentialsOf(rec)
	if len(known) == 0 {
		t.NotExercised("the client showed no credential")
		return
	}
	first := map[string]*Call{}
	for _, c := range rec.Calls {
		for _, s := range showings(c) {
			if first[s.mark] == nil {
				first[s.mark] = c
			}
		}
	}
	own := ownHosts(rec)
	for _, c := range rec.Foreign {
		host := hostOf(c)
		if host == "" || own[host] {
			continue
		}
		t.Exercised(c)
		for _, s := range showings(c) {
			if !known[s.mark] {
				continue
			}
			t.breaks(finding{
				message: fmt.Sprintf("The credential %s of %s was sent to %s.", s.mark, rec.Contract.Name, host),
				want:    "the credential at " + displayHost(rec) + " only", got: "the same at " + host, where: normalPlace(s), keyword: "host " + host,
			}, c, first[s.mark])
			break
		}
	}
}

func displayHost(rec *Recording) string {
	if rec.Host == "" {
		return "the API"
	}
	return rec.Host
}

// A reach says how far a host is from the client.
type reach int

const (
	machine reach = iota // the machine itself
	private              // a network that is not public
	public
)

// reachOf judges a host by its name or address.
func reachOf(host string) reach {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.Trim(name, "[]"))
	if ip, err := netip.ParseAddr(name); err == nil {
		switch {
		case ip.IsLoopback() || ip.IsUnspecified():
			return machine
		case ip.IsPrivate() || ip.IsLinkLocalUnicast():
			return private
		}
		return public
	}
	ends := func(list ...string) bool {
		return slices.ContainsFunc(list, func(end string) bool { return strings.HasSuffix(name, end) })
	}
	switch {
	case name == "" || name == "localhost" || ends(".localhost"):
		return machine
	case !strings.Contains(name, ".") || ends(".local", ".internal", ".test", ".lan", ".home.arpa", ".svc", ".invalid"):
		return private // RFC 6762; RFC 6761; RFC 8375; names of containers have one label
	}
	return public
}

func judgeInClear(rec *Recording, t *Trial) {
	p := placesOf(rec.Contract)
	known := credentialsOf(rec)
	near := false
	for _, c := range rec.Calls {
		list := showings(c)
		n := slices.IndexFunc(list, func(s showing) bool { return known[s.mark] || p.fits(s) })
		if n < 0 || inbound(c) {
			continue
		}
		host := hostOf(c)
		if rec.Host != "" {
			host = rec.Host
		}
		if c.Secure || strings.HasPrefix(c.URL, "https:") {
			t.Exercised(c)
			continue
		}
		f := finding{
			message: fmt.Sprintf("The credential %s was sent to %s without TLS.", list[n].mark, host),
			want:    "https", got: "http", where: list[n].where(), keyword: "in clear", whole: true,
		}
		switch reachOf(host) {
		case machine:
			near = true
			continue
		case private:
			f.level, f.sure, f.keyword = check.Note, check.Likely, "in clear, private"
			f.message += " A network of containers on one machine looks the same."
		}
		t.Exercised(c)
		t.breaks(f, c)
	}
	if near {
		t.NotExercised("the API was reached on the machine itself, where nothing travels")
	}
}
