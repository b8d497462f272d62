package control

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// open are the paths that need no token: those who watch processes have none, and learn nothing here.
var open = map[string]bool{"/health": true, "/ready": true}

// origins refuses requests that a foreign page made a browser send.
func (h *Handler) origins(r *http.Request) *Problem {
	if !h.knownHost(r) {
		return problem(http.StatusForbidden, "foreign_host",
			"The management API is not called %.100q. Use localhost, 127.0.0.1, [::1] or the address that it listens on.", r.Host)
	}
	if !ownOrigin(r) {
		return problem(http.StatusForbidden, "foreign_origin", "Pages of other origins may not call the management API.")
	}
	return nil
}

// guard refuses requests that a foreign page made a browser send, and callers without the token.
func (h *Handler) guard(r *http.Request) *Problem {
	if p := h.origins(r); p != nil {
		return p
	}
	if h.options.Token == "" || open[r.URL.Path] || h.authorized(r) || h.passes(r) {
		return nil
	}
	p := problem(http.StatusUnauthorized, "token_required",
		"Send the token that the stand-in printed when it started: Authorization: Bearer TOKEN.")
	challenge := `Bearer realm="understudy control"`
	if r.Header.Get("Authorization") != "" {
		p.Code, p.Detail = "token_refused", "This is not the token of this stand-in, which printed it when it started."
		challenge += `, error="invalid_token"` // RFC 6750, 3.1
	}
	p.header = http.Header{"Www-Authenticate": {challenge}}
	return p
}

// knownHost says whether the Host header names loopback, the address that the connection came to, or a name that
// the user gave. A page whose name was made to resolve to loopback (DNS rebinding) still sends its own name.
func (h *Handler) knownHost(r *http.Request) bool {
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") { // RFC 6761, 6.3
		return true
	}
	if slices.ContainsFunc(h.options.Hosts, func(known string) bool { return strings.EqualFold(known, host) }) {
		return true
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	if address = address.Unmap(); address.IsLoopback() {
		return true
	}
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if local == nil {
		return false
	}
	there, err := netip.ParseAddrPort(local.String())
	return err == nil && there.Addr().Unmap().WithZone("") == address.WithZone("")
}

// ownOrigin says whether the request comes from a page of ours, or from no page at all.
func ownOrigin(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		return true
	}
	own := "http://" + r.Host
	if r.TLS != nil {
		own = "https://" + r.Host
	}
	return len(origins) == 1 && strings.EqualFold(origins[0], own)
}

// authorized compares in a time that tells nothing about the token, its length included.
func (h *Handler) authorized(r *http.Request) bool {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	given, want := sha256.Sum256([]byte(strings.TrimSpace(token))), sha256.Sum256([]byte(h.options.Token))
	return subtle.ConstantTimeCompare(given[:], want[:]) == 1 && strings.EqualFold(scheme, "Bearer")
}
