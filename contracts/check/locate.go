package check

import (
	"net/url"
	"strings"

	"understudy/contracts"
)

// Locate finds the operation that an exchange belongs to, by its method and the path of its URL; the caller puts it into
// Exchange.Operation. The targets are addresses under which the contract is served, with or without the contract's own base
// path: their paths are taken off first. Without one, the path is taken as it is. Match.Allow tells a known path with
// another method from an unknown path.
func Locate(contract *contracts.Contract, x *contracts.Exchange, targets ...string) contracts.Match {
	path := pathOf(x.URL)
	var near contracts.Match
	try := func(path string) bool {
		m := contract.Match(x.Method, path)
		if m.Operation != nil || near.Allow == nil && m.Allow != nil {
			near = m
		}
		return m.Operation != nil
	}
	for _, target := range targets {
		prefix := strings.TrimRight(pathOf(target), "/")
		rest, ok := strings.CutPrefix(path, prefix)
		if !ok || rest != "" && rest[0] != '/' {
			continue
		}
		if withBases(contract, rest, try) {
			return near
		}
	}
	try(path)
	return near
}

// withBases tries a path behind each base path of the contract, and as it is.
func withBases(contract *contracts.Contract, path string, try func(string) bool) bool {
	for _, base := range contract.BasePaths() {
		if try(base + path) {
			return true
		}
	}
	return try(path)
}

// pathOf gives the path of a URL as it was sent, percent-encoded; of one that cannot be read, what stands before the query.
func pathOf(address string) string {
	if strings.HasPrefix(address, "/") {
		path, _, _ := strings.Cut(address, "?")
		path, _, _ = strings.Cut(path, "#")
		return path
	}
	u, err := url.Parse(address)
	if err != nil {
		path, _, _ := strings.Cut(address, "?")
		return path
	}
	if path := u.EscapedPath(); path != "" {
		return path
	}
	return "/"
}
