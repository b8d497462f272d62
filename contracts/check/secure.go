package check

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"understudy/contracts"
)

// bannerNames are headers that tell of the software behind them.
var bannerNames = []string{"Server", "X-Powered-By", "X-Aspnet-Version", "X-Aspnetmvc-Version", "X-Generator", "X-Runtime-Version"}

var version = regexp.MustCompile(`\d+\.\d+`)

// banners tells of headers that name the version of software (SEC-003). It is one finding for the deployment.
func (p *pass) banners() {
	for _, name := range bannerNames {
		for _, line := range p.x.ResponseHeader[name] {
			if !version.MatchString(line) {
				continue
			}
			p.reportWide("SEC-003", Finding{
				Message: fmt.Sprintf("The header %s names the version of the software: %q.", name, cut(line, 80)),
				Want:    "no version", Got: line, Where: "response header " + name, Keyword: strings.ToLower(name),
			})
		}
	}
}

// clear tells of a credential that went over plain HTTP and was taken (SEC-001). Targets on the same machine are left out.
func (p *pass) clear() {
	if p.operation == nil || p.x.Status/100 != 2 || !p.credentialShown() {
		return
	}
	u, err := url.Parse(p.x.URL)
	if err != nil || u.Scheme != "http" {
		return
	}
	if a, err := netip.ParseAddr(u.Hostname()); err == nil && a.Unmap().IsLoopback() || u.Hostname() == "localhost" || strings.HasSuffix(u.Hostname(), ".localhost") {
		return
	}
	p.reportWide("SEC-001", Finding{
		Message: fmt.Sprintf("%s takes a credential over plain HTTP, so that it travels readably.", p.label()),
		Want:    "https only", Got: "http", Where: "request scheme", Keyword: "http",
	})
}

// caching judges what answers to requests with a credential say of caches (SEC-004).
func (p *pass) caching() {
	if p.operation == nil || p.x.Status/100 != 2 || !p.e.selected.Has("SEC-004") {
		return
	}
	directives := strings.ToLower(strings.Join(p.x.ResponseHeader["Cache-Control"], ","))
	if p.e.tokens[p.operation] && p.decoded {
		p.tokenCaching(directives)
		return
	}
	if p.x.Method != http.MethodGet && p.x.Method != http.MethodHead || !p.credentialShown() {
		return
	}
	f := Finding{Where: "response header Cache-Control", Certainty: Likely, Got: directives, Want: "no-store or private"}
	switch {
	case hasDirective(directives, "no-store") || hasDirective(directives, "private") || hasDirective(directives, "no-cache"):
	case (hasDirective(directives, "public") || hasDirective(directives, "s-maxage")) && documentsShared(p.response): // for everybody, by the document
	case hasDirective(directives, "public") || hasDirective(directives, "s-maxage"):
		f.Message = fmt.Sprintf("%s answers a request with a credential and lets shared caches keep the answer: %q.", p.label(), cut(directives, 80))
		f.Keyword = "shared"
		p.report("SEC-004", f)
	case directives == "" && p.header("Pragma") == "" && p.header("Expires") == "":
		f.Message = "Answers to requests with a credential say nothing of caches, which only hold back by themselves for Authorization."
		f.Level, f.Keyword, f.Got = Note, "unsaid", "no Cache-Control"
		p.reportWide("SEC-004", f)
	}
}

// documentsShared says that a document itself shows an answer that shared caches keep.
func documentsShared(r *contracts.Response) bool {
	if r == nil {
		return false
	}
	for _, h := range r.Headers {
		if !strings.EqualFold(h.Name, "Cache-Control") {
			continue
		}
		var shown []any
		for _, e := range h.Examples {
			shown = append(shown, e.Value)
		}
		if s := h.Schema; s != nil {
			s = s.Resolve()
			shown = append(append(shown, s.Examples...), s.Enum...)
			shown = append(shown, s.Const, s.Default)
		}
		for _, v := range shown {
			text, _ := v.(string)
			if text = strings.ToLower(text); hasDirective(text, "public") || hasDirective(text, "s-maxage") {
				return true
			}
		}
	}
	return false
}

// tokenCaching wants tokens to be kept by nobody (RFC 6749, 5.1).
func (p *pass) tokenCaching(directives string) {
	object, _ := p.value.(map[string]any)
	if _, ok := object["access_token"]; !ok || hasDirective(directives, "no-store") {
		return
	}
	p.report("SEC-004", Finding{
		Message: fmt.Sprintf("%s sent a token without Cache-Control: no-store.", p.label()), Basis: ByNorm, Norm: "RFC 6749, 5.1", Level: Failure,
		Want: "no-store", Got: orNone(directives), Where: "response header Cache-Control", Keyword: "token",
		Advice: "Send Cache-Control: no-store with every token.",
	})
}

func orNone(text string) string {
	if text == "" {
		return "no Cache-Control"
	}
	return text
}

// hasDirective looks for a directive among those of Cache-Control, in lower case.
func hasDirective(directives, name string) bool {
	for d := range strings.SplitSeq(directives, ",") {
		d, _, _ = strings.Cut(strings.TrimSpace(d), "=")
		if d == name {
			return true
		}
	}
	return false
}

// credentialShown says that the operation asks for a credential and the request had one.
func (p *pass) credentialShown() bool {
	o := p.operation
	if o.Anonymous || slices.ContainsFunc(o.Security, func(a contracts.Alternative) bool { return len(a) == 0 }) {
		return false
	}
	if p.about.Actor != "" || len(p.x.RequestHeader["Authorization"]) > 0 {
		return true
	}
	for _, alternative := range o.Security {
		for _, r := range alternative {
			if s := r.Scheme; s.Type == "apiKey" && s.In == "header" && p.x.RequestHeader.Get(s.Name) != "" {
				return true
			}
		}
	}
	return false
}

// tokenOperations finds the operations that are the token endpoint of an OAuth flow of the contract.
func tokenOperations(c *contracts.Contract) map[*contracts.Operation]bool {
	found := map[*contracts.Operation]bool{}
	for _, s := range c.Security {
		for _, flow := range s.Flows {
			for _, address := range []string{flow.TokenURL, flow.RefreshURL} {
				if address == "" {
					continue
				}
				x := contracts.Exchange{Method: http.MethodPost, URL: address}
				if m := Locate(c, &x, ""); m.Operation != nil {
					found[m.Operation] = true
				}
			}
		}
	}
	return found
}
