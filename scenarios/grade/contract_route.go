package grade

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/contracts/schema"
)

func judgeRoutes(rec *Recording, t *Trial) {
	service := newService(rec)
	unknown := map[string][]*Call{}
	var order []string
	for _, c := range rec.Calls {
		if c.Method == http.MethodOptions || service.has(c) {
			continue
		}
		m := rec.Contract.Match(c.Method, pathOf(c))
		t.Exercised(c)
		if c.Operation != nil || m.Operation != nil {
			continue
		}
		key := c.Method + " " + shapeOf(pathOf(c))
		if unknown[key] == nil {
			order = append(order, key)
		}
		unknown[key] = append(unknown[key], c)
	}
	for _, key := range order {
		calls := unknown[key]
		c := calls[0]
		allow := rec.Contract.Match(c.Method, pathOf(c)).Allow
		f := finding{
			message: fmt.Sprintf("%s is not an operation of the contract.", key), want: "an operation of the contract", got: key,
			where: "request path " + shapeOf(pathOf(c)), keyword: "route",
		}
		switch near := nearPath(rec.Contract, c); {
		case len(allow) > 0:
			f.keyword, f.want = "method", "one of the methods "+strings.Join(allow, ", ")
			f.message += " The path is documented for " + strings.Join(allow, ", ") + "."
		case near != "":
			f.message += " Perhaps " + near + " is meant."
		}
		switch works := slices.ContainsFunc(calls, func(c *Call) bool { return c.Status/100 == 2 }); {
		case works:
			f.level = check.Warning
			f.message += " It answered, but nobody has promised that it will do so tomorrow."
		case len(calls) < 2:
			f.level, f.sure = check.Warning, check.Likely
			f.message += onPurpose
		}
		t.breaks(f, calls...)
	}
}

// shapeOf is a path without what looks like ids.
func shapeOf(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if len(part) > 20 || strings.ContainsAny(part, "0123456789~") && !version(part) {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, "/")
}

func version(part string) bool {
	return len(part) >= 2 && len(part) <= 4 && part[0] == 'v' && part[1] >= '0' && part[1] <= '9'
}

// nearPath gives the documented path that was probably meant.
func nearPath(k *contracts.Contract, c *Call) string {
	path := pathOf(c)
	for _, base := range k.BasePaths() {
		if base == "" {
			continue
		}
		if k.Match(c.Method, base+path).Operation != nil {
			return base + path + ", with the base path " + base + " in front,"
		}
		if rest, ok := strings.CutPrefix(path, base); ok && k.Match(c.Method, rest).Operation != nil {
			return rest + ", with the base path once,"
		}
	}
	var known []string
	for _, o := range k.Operations {
		if o.Method == c.Method {
			known = append(known, o.Path)
		}
	}
	for _, base := range k.BasePaths() {
		if rest, ok := strings.CutPrefix(path, base); ok {
			path = rest
			break
		}
	}
	return contracts.Nearest(path, known)
}

// A service knows which paths of the API's host are no operations and need no document: its identity provider, pages, sockets.
type service struct {
	rec   *Recording
	oauth bool
	paths map[string]bool
}

func newService(rec *Recording) *service {
	k := rec.Contract
	s := &service{rec: rec, oauth: k.Behaviour.Provider != nil, paths: map[string]bool{"/": true, "/favicon.ico": true, "/robots.txt": true}}
	for _, base := range append(k.BasePaths(), "") {
		s.paths[base], s.paths[base+"/"] = true, true
		for _, page := range []string{k.Behaviour.Serve.Description, k.Behaviour.Serve.Page, k.Behaviour.Serve.Status} {
			if page != "" {
				s.paths[base+page] = true
			}
		}
	}
	for _, scheme := range k.Security {
		s.oauth = s.oauth || scheme.Type == "oauth2" || scheme.Type == "openIdConnect"
		s.add(scheme.OpenIDURL)
		for _, f := range scheme.Flows {
			for _, address := range flowAddresses(f) {
				s.add(address)
			}
		}
	}
	for _, c := range rec.Calls {
		if c.Status == http.StatusOK && strings.Contains(pathOf(c), "/.well-known/") {
			s.discover(c.ResponseBody)
		}
	}
	return s
}

// add takes in the path of an address, below each base path as well where it has no host.
func (s *service) add(address string) {
	u, err := url.Parse(address)
	if err != nil || u.Path == "" {
		return
	}
	s.paths[u.Path] = true
	if u.Host == "" {
		for _, base := range s.rec.Contract.BasePaths() {
			s.paths[base+"/"+strings.TrimPrefix(u.Path, "/")] = true
		}
	}
}

// discover takes in the endpoints that a provider's configuration names (RFC 8414, 2).
func (s *service) discover(body []byte) {
	value, err := schema.ParseJSON(body)
	if err != nil {
		return
	}
	object, _ := value.(map[string]any)
	for name, v := range object {
		if text, ok := v.(string); ok && (strings.HasSuffix(name, "_endpoint") || name == "jwks_uri") {
			s.add(text)
		}
	}
}

// has says that a call is for the service and for no operation.
func (s *service) has(c *Call) bool {
	if c.Operation != nil {
		return false
	}
	path := pathOf(c)
	if s.paths[path] || strings.Contains(path, "/.well-known/") || strings.EqualFold(c.RequestHeader.Get("Upgrade"), "websocket") || s.socket(path) {
		return true
	}
	if s.rec.Browser && c.Method == http.MethodGet && !strings.Contains(mediaOf(c.ResponseHeader), "json") && c.Status/100 != 4 {
		return true // a page, and what belongs to it
	}
	if !s.oauth {
		return false
	}
	// What a stand-in's identity provider answered met no problem of the contract's.
	if s.rec.Grants != nil && c.Problem == "" && c.Status != http.StatusNotFound && c.Status != http.StatusMethodNotAllowed && c.Status != 0 {
		return true
	}
	sent := membersOf(c.RequestHeader, c.RequestBody)
	for _, p := range query(c) {
		sent.add(p.name, p.value)
	}
	return sent.text("granttype") != "" || sent.text("clientid") != "" && sent.text("responsetype") != ""
}

// socket says that a path is that of the contract's WebSocket endpoint.
func (s *service) socket(path string) bool {
	r := s.rec.Contract.Behaviour.Realtime
	if r == nil {
		return false
	}
	template := r.Path
	if template == "" {
		template = "/app/{key}"
	}
	head, _, _ := strings.Cut(template, "{")
	return strings.HasPrefix(path, head) || slices.ContainsFunc(s.rec.Contract.BasePaths(), func(base string) bool { return strings.HasPrefix(path, base+head) })
}
