package identity

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"understudy/contracts"
)

// Paths are where the provider's endpoints are found, without scheme and host. An empty one is not served.
type Paths struct {
	Issuer              string // of the provider's identifier: empty, or "/application/o/acme/"
	Discovery           string // OpenID Connect Discovery 1.0, 4
	Metadata            string // RFC 8414, 3
	Authorize           string
	Token               string
	JWKS                string
	UserInfo            string
	Introspect          string
	Revoke              string
	DeviceAuthorization string
	DevicePage          string // where users type the code of a device
	Pushed              string // RFC 9126
	EndSession          string
	// Document gives for each URL in the document's security schemes the path at which it is served.
	Document map[string]string
}

// An endpoint is one of the provider's tasks.
type endpoint int

const (
	authorizeEndpoint endpoint = iota + 1
	tokenEndpoint
	keysEndpoint
	userinfoEndpoint
	introspectEndpoint
	revokeEndpoint
	deviceEndpoint
	devicePageEndpoint
	pushedEndpoint
	endSessionEndpoint
	discoveryEndpoint
	applicationEndpoint // redirects to discovery
)

// methods gives the methods of an endpoint; HEAD goes with GET.
func (e endpoint) methods() []string {
	switch e {
	case tokenEndpoint, introspectEndpoint, revokeEndpoint, deviceEndpoint, pushedEndpoint:
		return []string{"POST"}
	case keysEndpoint, discoveryEndpoint, applicationEndpoint:
		return []string{"GET"}
	}
	return []string{"GET", "POST"}
}

// A route is an endpoint at a path.
type route struct {
	endpoint endpoint
	named    bool // the document names the URL: it goes before an operation at the same place
}

// routes finds endpoints. The keys of exact are paths as they are sent, those of the maps in it methods.
type routes struct {
	exact     map[string]map[string]route
	templates []template
}

// A template is a path of the document with expressions: "/{tenant}/oauth2/token".
type template struct {
	segments []string // "" stands for any text
	methods  map[string]route
}

// at gives the endpoints at a path by their methods; nil when there are none.
func (t *routes) at(path string) map[string]route {
	if methods := t.exact[path]; methods != nil {
		return methods
	}
	for _, one := range t.templates {
		if matches(one.segments, path) {
			return one.methods
		}
	}
	return nil
}

func matches(segments []string, path string) bool {
	i := 0
	for part := range strings.SplitSeq(path, "/") {
		if i == len(segments) || part == "" && segments[i] == "" && i > 0 || segments[i] != "" && segments[i] != part {
			return false
		}
		i++
	}
	return i == len(segments)
}

func (t *routes) add(path string, r route) {
	var methods map[string]route
	if strings.Contains(path, "{") {
		segments := strings.Split(path, "/")
		for i, s := range segments {
			if strings.Contains(s, "{") {
				segments[i] = ""
			}
		}
		at := slices.IndexFunc(t.templates, func(o template) bool { return slices.Equal(o.segments, segments) })
		if at < 0 {
			at = len(t.templates)
			t.templates = append(t.templates, template{segments: segments, methods: map[string]route{}})
		}
		methods = t.templates[at].methods
	} else {
		if t.exact[path] == nil {
			t.exact[path] = map[string]route{}
		}
		methods = t.exact[path]
	}
	for _, m := range r.endpoint.methods() {
		if known, taken := methods[m]; !taken || known.endpoint == authorizeEndpoint && m == "POST" && r.endpoint == tokenEndpoint {
			methods[m] = r // one URL for both: pages are asked for with GET, tokens with POST
		}
	}
}

// newRoutes lays the endpoints out: first where the document says, then at the paths of the flavour.
func newRoutes(c *contracts.Contract, s settings) (routes, Paths) {
	b := layout{contract: c, routes: routes{exact: map[string]map[string]route{}}, paths: Paths{Document: map[string]string{}}}
	for _, scheme := range providerSchemes(c) {
		for _, f := range scheme.Flows {
			b.named(authorizeEndpoint, f.AuthorizationURL, &b.paths.Authorize)
			b.named(tokenEndpoint, f.TokenURL, &b.paths.Token)
			b.named(tokenEndpoint, f.RefreshURL, &b.paths.Token)
			b.named(deviceEndpoint, f.DeviceURL, &b.paths.DeviceAuthorization)
		}
		b.named(discoveryEndpoint, scheme.OpenIDURL, &b.paths.Discovery)
	}
	switch s.flavour {
	case flavourAuthentik:
		b.authentik(s.slug)
	case flavourGoogle:
		b.google()
	default:
		b.standard()
	}
	return b.routes, b.paths
}

// A layout is routes being made.
type layout struct {
	contract *contracts.Contract
	routes   routes
	paths    Paths
}

// named serves an endpoint at the path of a URL of the document; a relative URL counts from the root and from the
// servers' base paths, since documents mean both.
func (b *layout) named(e endpoint, address string, primary *string) {
	path, absolute := pathOf(address)
	if path == "" {
		return
	}
	b.routes.add(path, route{endpoint: e, named: true})
	b.paths.Document[address] = path
	if !strings.Contains(path, "{") { // a template is served, but nobody can be sent there
		*primary = cmp.Or(*primary, path)
	}
	if absolute {
		return
	}
	for _, base := range b.contract.BasePaths() {
		if base != "" && !strings.HasPrefix(path, base+"/") {
			b.routes.add(base+path, route{endpoint: e, named: true})
		}
	}
}

// pathOf is the path of a URL of the document, as requests send it; empty where there is no URL.
func pathOf(address string) (path string, absolute bool) {
	if address == "" {
		return "", false
	}
	rest, _, _ := strings.Cut(address, "#")
	rest, _, _ = strings.Cut(rest, "?")
	if _, behind, ok := strings.Cut(rest, "://"); ok {
		_, rest, _ = strings.Cut(behind, "/")
		absolute = true
	}
	rest = "/" + strings.TrimLeft(strings.TrimPrefix(rest, "./"), "/")
	if !strings.Contains(rest, "{") {
		if u, err := url.Parse(rest); err == nil && u.Host == "" {
			rest = u.EscapedPath()
		}
	}
	return rest, absolute
}

// own serves an endpoint at a path of the flavour, unless an operation of the contract is there.
func (b *layout) own(e endpoint, path string, primary *string) {
	if b.operation(path) {
		return
	}
	b.routes.add(path, route{endpoint: e})
	if primary != nil {
		*primary = cmp.Or(*primary, path)
	}
}

func (b *layout) operation(path string) bool {
	return b.contract.Match("", path).Allow != nil
}

const (
	wellKnownOpenID = "/.well-known/openid-configuration"
	wellKnownOAuth  = "/.well-known/oauth-authorization-server"
)

// standard lays out the flavour rfc. The issuer's path is that of the document's openIdConnectUrl; otherwise the
// issuer is the host itself, or a path of our own where the contract's operations take the places.
func (b *layout) standard() {
	base := ""
	for _, path := range []string{"/oauth2/authorize", "/oauth2/token", "/oauth2/jwks"} {
		if b.operation(path) {
			base = "/understudy"
		}
	}
	if issuer, ok := strings.CutSuffix(b.paths.Discovery, wellKnownOpenID); ok {
		b.paths.Issuer = issuer
	} else if b.operation(wellKnownOpenID) {
		b.paths.Issuer = base
	}
	p := &b.paths
	b.own(authorizeEndpoint, base+"/oauth2/authorize", &p.Authorize)
	b.own(tokenEndpoint, base+"/oauth2/token", &p.Token)
	b.own(keysEndpoint, base+"/oauth2/jwks", &p.JWKS)
	b.own(userinfoEndpoint, base+"/oauth2/userinfo", &p.UserInfo)
	b.own(introspectEndpoint, base+"/oauth2/introspect", &p.Introspect)
	b.own(revokeEndpoint, base+"/oauth2/revoke", &p.Revoke)
	b.own(deviceEndpoint, base+"/oauth2/device_authorization", &p.DeviceAuthorization)
	b.own(devicePageEndpoint, base+"/oauth2/device", &p.DevicePage)
	b.own(pushedEndpoint, base+"/oauth2/par", &p.Pushed)
	b.own(endSessionEndpoint, base+"/oauth2/logout", &p.EndSession)
	b.discovery()
}

// discovery serves the metadata at the three places where clients look for an issuer's: appended (OpenID Connect
// Discovery 1.0, 4) and inserted (RFC 8414, 3 and 5).
func (b *layout) discovery() {
	issuer := strings.TrimSuffix(b.paths.Issuer, "/")
	b.own(discoveryEndpoint, issuer+wellKnownOpenID, &b.paths.Discovery)
	b.own(discoveryEndpoint, wellKnownOAuth+issuer, &b.paths.Metadata)
	if issuer != "" {
		b.own(discoveryEndpoint, issuer+wellKnownOAuth, &b.paths.Metadata)
		b.own(discoveryEndpoint, wellKnownOpenID+issuer, nil)
	}
}

// authentik lays out Authentik's paths. All applications share most of them; the issuer, its keys and the end of a
// session are the application's own.
func (b *layout) authentik(slug string) {
	p := &b.paths
	application := "/application/o/" + url.PathEscape(slug) + "/"
	p.Issuer, p.Discovery = application, ""
	b.own(authorizeEndpoint, "/application/o/authorize/", &p.Authorize)
	b.own(tokenEndpoint, "/application/o/token/", &p.Token)
	b.own(userinfoEndpoint, "/application/o/userinfo/", &p.UserInfo)
	b.own(introspectEndpoint, "/application/o/introspect/", &p.Introspect)
	b.own(revokeEndpoint, "/application/o/revoke/", &p.Revoke)
	b.own(deviceEndpoint, "/application/o/device/", &p.DeviceAuthorization)
	b.own(devicePageEndpoint, "/device", &p.DevicePage)
	b.own(keysEndpoint, application+"jwks/", &p.JWKS)
	b.own(endSessionEndpoint, application+"end-session/", &p.EndSession)
	b.own(applicationEndpoint, application, nil)
	b.discovery()
}

// google lays out the paths of Google's endpoints, which are on several hosts there.
func (b *layout) google() {
	p := &b.paths
	b.own(authorizeEndpoint, "/o/oauth2/v2/auth", &p.Authorize)
	b.own(tokenEndpoint, "/token", &p.Token)
	b.own(keysEndpoint, "/oauth2/v3/certs", &p.JWKS)
	b.own(userinfoEndpoint, "/v1/userinfo", &p.UserInfo)
	b.own(revokeEndpoint, "/revoke", &p.Revoke)
	b.own(deviceEndpoint, "/device/code", &p.DeviceAuthorization)
	b.own(devicePageEndpoint, "/device", &p.DevicePage)
	b.discovery()
}
