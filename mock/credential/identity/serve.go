package identity

import (
	"net/http"
	"slices"
	"strings"
)

// Paths tells where the endpoints are, for announcements, links and the URLs in a served description.
func (p *Provider) Paths() Paths { return p.paths }

// Owns says whether the provider answers a request: at all of its paths, unless the contract has an operation for the
// request and does not itself name the place as one of its provider's. The path is percent-encoded and whole, as it
// was sent.
func (p *Provider) Owns(method, path string) bool {
	methods := p.routes.at(path)
	if methods == nil {
		return false
	}
	r, ours := methods[asked(method)]
	match := p.contract.Match(method, path)
	if match.Operation != nil {
		return ours && r.named
	}
	return ours || method == http.MethodOptions || match.Allow == nil
}

func asked(method string) string {
	if method == http.MethodHead {
		return http.MethodGet
	}
	return method
}

// serve finds the endpoint and answers.
func (p *Provider) serve(w http.ResponseWriter, r *http.Request) {
	methods := p.routes.at(r.URL.EscapedPath())
	if methods == nil {
		http.NotFound(w, r)
		return
	}
	if crossOrigin(methods) {
		allowOrigins(w.Header())
	}
	if r.Method == http.MethodOptions {
		preflight(w, r, methods)
		return
	}
	at, ok := methods[asked(r.Method)]
	if !ok {
		w.Header().Set("Allow", allowed(methods))
		writeJSON(w, http.StatusMethodNotAllowed, errorBody{Error: codeInvalidRequest, Description: "this endpoint takes " + allowed(methods) + " only"})
		return
	}
	p.handler(at.endpoint)(w, r)
}

func (p *Provider) handler(e endpoint) http.HandlerFunc {
	switch e {
	case authorizeEndpoint:
		return p.serveAuthorize
	case tokenEndpoint:
		return p.serveToken
	case keysEndpoint:
		return p.serveKeys
	case userinfoEndpoint:
		return p.serveUserInfo
	case introspectEndpoint:
		return p.serveIntrospect
	case revokeEndpoint:
		return p.serveRevoke
	case deviceEndpoint:
		return p.serveDeviceAuthorization
	case devicePageEndpoint:
		return p.serveDevicePage
	case pushedEndpoint:
		return p.servePushed
	case endSessionEndpoint:
		return p.serveEndSession
	case applicationEndpoint:
		return func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, p.paths.Discovery, http.StatusFound)
		}
	}
	return p.serveDiscovery
}

// crossOrigin says whether pages of other origins may read an endpoint's answers: those that public clients in browsers
// need, never pages with a login.
func crossOrigin(methods map[string]route) bool {
	for _, r := range methods {
		switch r.endpoint {
		case tokenEndpoint, keysEndpoint, userinfoEndpoint, discoveryEndpoint, revokeEndpoint, deviceEndpoint, pushedEndpoint:
		default:
			return false
		}
	}
	return true
}

// allowOrigins lets pages of all origins read an answer. Nothing here depends on cookies, so that the asterisk will do
// (Fetch standard, "CORS protocol").
func allowOrigins(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "WWW-Authenticate")
}

func preflight(w http.ResponseWriter, r *http.Request, methods map[string]route) {
	h := w.Header()
	h.Set("Allow", allowed(methods))
	if h.Get("Access-Control-Allow-Origin") != "" && r.Header.Get("Access-Control-Request-Method") != "" {
		h.Set("Access-Control-Allow-Methods", allowed(methods))
		if headers := r.Header.Get("Access-Control-Request-Headers"); headers != "" {
			h.Set("Access-Control-Allow-Headers", headers)
		}
		h.Set("Access-Control-Max-Age", "600")
		h.Add("Vary", "Access-Control-Request-Headers")
	}
	w.WriteHeader(http.StatusNoContent)
}

func allowed(methods map[string]route) string {
	list := []string{http.MethodOptions}
	for m := range methods {
		list = append(list, m)
		if m == http.MethodGet {
			list = append(list, http.MethodHead)
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}
