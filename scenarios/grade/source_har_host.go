package grade

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/redact"
)

// A place is where an API is served: all URLs that begin with it belong to the API.
type servedAt struct {
	scheme, host string // scheme: empty is either
	path         string // without a slash at its end
}

// divide tells the calls to the API from others.
func (h *harReader) divide(targets []string) error {
	places, err := servedPlaces(targets)
	if err != nil {
		return err
	}
	if len(places) == 0 {
		places = h.servers()
	}
	if len(places) == 0 {
		places = h.busiest()
	}
	if len(places) == 0 {
		return fmt.Errorf("read the archive %s: no request in it is one of the contract %s; say with --target where the API is served (it has %s)",
			h.rec.Source, h.rec.Contract.Name, h.hosts())
	}
	h.rec.Host = places[0].host
	for _, c := range h.all {
		at, own := placeOf(places, c.URL)
		if !own {
			h.rec.Foreign = append(h.rec.Foreign, c)
			continue
		}
		match := at.match(h.rec.Contract, c)
		c.Operation = match.Operation
		h.values = put(h.values, c, match.Values)
		if !preflight(&c.Exchange) {
			h.rec.Calls = append(h.rec.Calls, c)
		}
	}
	if len(h.rec.Calls) == 0 {
		return fmt.Errorf("read the archive %s: no request in it goes to %s; it has %s", h.rec.Source, places[0].host, h.hosts())
	}
	h.rec.Browser = h.rec.Browser || h.pages && h.sent < len(h.all)
	h.all = nil
	return nil
}

func servedPlaces(targets []string) ([]servedAt, error) {
	var list []servedAt
	for _, text := range targets {
		if !strings.Contains(text, "://") {
			text = "//" + text
		}
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" {
			return nil, fmt.Errorf("--target: %q is no http or https URL", withoutUser(text))
		}
		list = append(list, servedAt{u.Scheme, usualHost(u.Scheme, u.Host), strings.TrimRight(u.EscapedPath(), "/")})
	}
	return list, nil
}

// withoutUser takes user information out of a URL that cannot be read.
func withoutUser(text string) string {
	if i := strings.LastIndexByte(text, '@'); i >= 0 {
		return text[i+1:]
	}
	return strings.TrimPrefix(text, "//")
}

// servers are those of the contract to which calls went.
func (h *harReader) servers() []servedAt {
	var list []servedAt
	for _, s := range h.rec.Contract.Servers {
		u, err := url.Parse(s.URL)
		if err != nil || u.Host == "" {
			continue
		}
		at := servedAt{"", usualHost(u.Scheme, u.Host), strings.TrimRight(u.EscapedPath(), "/")}
		if slices.ContainsFunc(h.all, func(c *Call) bool { _, own := placeOf([]servedAt{at}, c.URL); return own }) && !slices.Contains(list, at) {
			list = append(list, at)
		}
	}
	return list
}

// busiest is the host to which most calls went that the contract knows. Those that were answered well count first: paths such as
// "/" are on every host.
func (h *harReader) busiest() []servedAt {
	type score struct{ known, good int }
	scores := map[string]score{}
	for _, c := range h.all {
		_, host := hostAndScheme(c.URL)
		start, end := redact.PathOf(c.URL)
		if h.rec.Contract.Match(c.Method, c.URL[start:end]).Operation == nil {
			continue
		}
		s := scores[host]
		s.known++
		if c.Status/100 == 2 {
			s.good++
		}
		scores[host] = s
	}
	best := ""
	for _, host := range slices.Sorted(maps.Keys(scores)) {
		if a, b := scores[host], scores[best]; best == "" || a.good > b.good || a.good == b.good && a.known > b.known {
			best = host
		}
	}
	if best == "" {
		return nil
	}
	return []servedAt{{"", best, ""}}
}

// placeOf gives the place to which a URL leads, the most exact one.
func placeOf(places []servedAt, address string) (at servedAt, found bool) {
	scheme, host := hostAndScheme(address)
	start, end := redact.PathOf(address)
	path := address[start:end]
	for _, p := range places {
		rest, below := strings.CutPrefix(path, p.path)
		if p.host != host || p.scheme != "" && p.scheme != scheme || !below || rest != "" && rest[0] != '/' {
			continue
		}
		if !found || len(p.path) > len(at.path) {
			at, found = p, true
		}
	}
	return at, found
}

// match finds the operation of a call: by its path as it is, or below each of the contract's own base paths in the place of the
// target's.
func (at servedAt) match(contract *contracts.Contract, c *Call) contracts.Match {
	start, end := redact.PathOf(c.URL)
	path := c.URL[start:end]
	match := contract.Match(c.Method, path)
	if match.Operation != nil {
		return match
	}
	for _, base := range contract.BasePaths() {
		if other := contract.Match(c.Method, base+strings.TrimPrefix(path, at.path)); other.Operation != nil {
			return other
		}
	}
	return match
}

// hosts names those of the archive, for people.
func (h *harReader) hosts() string {
	var list []string
	for _, c := range h.all {
		if _, host := hostAndScheme(c.URL); !slices.Contains(list, host) {
			list = append(list, host)
		}
	}
	if len(list) > 5 {
		list = append(list[:5:5], fmt.Sprintf("and %d more", len(list)-5))
	}
	if len(list) == 0 {
		return "no request over HTTP"
	}
	return strings.Join(list, ", ")
}
