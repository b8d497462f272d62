package identity_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock/clock"
	"understudy/mock/credential"
	"understudy/mock/credential/identity"
	"understudy/mock/store"

	"golang.org/x/net/html"
)

// pageDocument is a contract whose provider shows pages. The first %s stands in x-understudy, the second in the flows.
const pageDocument = `
openapi: 3.1.0
info: {title: Northwind Freight, version: 1.0.0}
x-understudy:
  name: northwind
  accounts:
    - id: acc_1
      name: Northwind Trading
      users:
        - {id: usr_amara, name: Amara Okafor, email: amara@northwind.example, role: admin, password: correct-horse}
        - {id: usr_mateo, name: Mateo Rivas, email: mateo@northwind.example, role: member, password: quiet-harbour}
  PROVIDER
paths:
  /shipments:
    get:
      security: [{oauth: ["shipments:read"]}]
      responses: {"200": {description: The shipments}}
components:
  securitySchemes:
    oauth:
      type: oauth2
      flows:
        authorizationCode:
          authorizationUrl: /authorize
          tokenUrl: /token
          scopes:
            shipments:read: See your shipments
            shipments:write: Book <b>shipments</b>
        FLOW
`

const implicitFlow = `implicit: {authorizationUrl: /authorize, scopes: {"shipments:read": See your shipments}}`

// A pageStand is a provider whose clock stands still until it is moved.
type pageStand struct {
	*identity.Provider
	registry *credential.Registry
	clock    *clock.Virtual
}

// pageOptions vary a pageStand.
type pageOptions struct {
	provider string // x-understudy's provider: "{requirePKCE: true}"
	flow     string // one more flow
	auto     bool
	store    store.Store // nil: one in memory
}

func newPageStand(t testing.TB, o pageOptions) *pageStand {
	t.Helper()
	if o.provider != "" {
		o.provider = "provider: " + o.provider
	}
	document := strings.NewReplacer("PROVIDER", o.provider, "FLOW", o.flow).Replace(pageDocument)
	file := filepath.Join(t.TempDir(), "openapi.yaml")
	if err := os.WriteFile(file, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	contract, err := contracts.Load(t.Context(), file, contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if o.store == nil {
		o.store = store.NewMemory()
	}
	c := clock.New(clock.Options{At: time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC), Frozen: true})
	r, err := credential.New(t.Context(), credential.Options{Contract: contract, Store: o.store, Clock: c, Secret: [32]byte{7}})
	if err != nil {
		t.Fatal(err)
	}
	s := &pageStand{identity.New(identity.Options{Registry: r, AutoApprove: o.auto}), r, c}
	for _, known := range []credential.Client{
		{ID: "harbour", Name: "Harbour Dispatch", Public: true, Redirects: []string{"https://harbour.example/cb", "http://127.0.0.1/cb", "com.harbour.app:/cb"}},
		{ID: "local", Name: "Local tool", Public: true, Loopback: true},
		{ID: "single", Name: "Single", Public: true, Redirects: []string{"https://single.example/cb?kept=1"}},
		{ID: "narrow", Name: "Narrow", Public: true, Loopback: true, Scopes: []string{"shipments:read"}, Grants: []string{"client_credentials"}},
	} {
		s.client(t, known)
	}
	return s
}

func (s *pageStand) client(t testing.TB, c credential.Client) (secret string) {
	t.Helper()
	_, secret, err := s.registry.PutClient(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// A browser keeps cookies and follows nothing.
type browser struct {
	t       *testing.T
	stand   *pageStand
	cookies map[string]string
	header  http.Header // sent with every request
}

func (s *pageStand) browser(t *testing.T) *browser {
	return &browser{t: t, stand: s, cookies: map[string]string{}, header: http.Header{}}
}

// A visit is an answer.
type visit struct {
	t      *testing.T
	status int
	header http.Header
	body   string
	page   *html.Node
}

const pageHost = "http://id.northwind.test"

func (b *browser) get(path string, v url.Values) *visit {
	b.t.Helper()
	return b.send(httptest.NewRequestWithContext(b.t.Context(), http.MethodGet, pageHost+path+"?"+v.Encode(), nil))
}

func (b *browser) post(path string, v url.Values) *visit {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), http.MethodPost, pageHost+path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(r)
}

func (b *browser) send(r *http.Request) *visit {
	b.t.Helper()
	maps.Copy(r.Header, b.header)
	for _, name := range slices.Sorted(maps.Keys(b.cookies)) {
		r.AddCookie(&http.Cookie{Name: name, Value: b.cookies[name]})
	}
	w := httptest.NewRecorder()
	b.stand.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Secure {
			b.t.Errorf("cookie %s: %v, want HttpOnly, SameSite=Lax, Path=/, and Secure over TLS only", c.Name, c)
		}
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	page, err := html.Parse(strings.NewReader(w.Body.String()))
	if err != nil {
		b.t.Fatal(err)
	}
	v := &visit{t: b.t, status: w.Code, header: w.Header(), body: w.Body.String(), page: page}
	v.keepsManners()
	return v
}

// keepsManners holds every answer against what all of them must keep.
func (v *visit) keepsManners() {
	v.t.Helper()
	if got := v.header.Get("Cache-Control"); got != "no-store" {
		v.t.Errorf("Cache-Control %q, want no-store", got)
	}
	if !strings.HasPrefix(v.header.Get("Content-Type"), "text/html") {
		return
	}
	policy := v.header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'; style-src 'unsafe-inline'; ", "; frame-ancestors 'none'; base-uri 'none'", "form-action "} {
		if !strings.Contains(policy, part) {
			v.t.Errorf("policy %q lacks %q", policy, part)
		}
	}
	if v.header.Get("Referrer-Policy") == "" || v.header.Get("X-Frame-Options") != "DENY" || v.header.Get("X-Content-Type-Options") != "nosniff" {
		v.t.Errorf("headers %v lack one that keeps pages safe", v.header)
	}
	if lang := v.one("html", "", "").attribute("lang"); lang != "en" || v.text("title") == "" || v.text("h1") == "" {
		v.t.Errorf("lang %q, title %q, h1 %q: each must be there", lang, v.text("title"), v.text("h1"))
	}
	for _, tag := range []string{"link", "img", "iframe", "object", "embed", "base"} {
		if len(v.all(tag, "", "")) > 0 {
			v.t.Errorf("the page has a %s, and may load nothing", tag)
		}
	}
	v.labels()
}

// labels makes sure that whatever can be filled in says what it is for.
func (v *visit) labels() {
	v.t.Helper()
	labelled := map[string]bool{}
	for _, l := range v.all("label", "", "") {
		labelled[l.attribute("for")] = true
		for _, n := range l.all("input", "", "") {
			labelled[n.attribute("value")] = n.attribute("type") == "radio" && strings.TrimSpace(l.text()) != ""
		}
	}
	for _, n := range v.all("input", "", "") {
		if n.attribute("type") != "hidden" && !labelled[n.attribute("id")] && !labelled[n.attribute("value")] {
			v.t.Errorf("the field %q has no label", n.attribute("name"))
		}
	}
}

// An element is one of a page.
type element struct{ *html.Node }

func (v *visit) all(tag, attribute, value string) []element {
	return element{v.page}.all(tag, attribute, value)
}

func (v *visit) one(tag, attribute, value string) element {
	v.t.Helper()
	list := v.all(tag, attribute, value)
	if len(list) == 0 {
		v.t.Fatalf("no <%s %s=%q> in the answer %d %v", tag, attribute, value, v.status, v.header)
	}
	return list[0]
}

func (v *visit) text(tag string) string {
	v.t.Helper()
	return v.one(tag, "", "").text()
}

func (e element) all(tag, attribute, value string) []element {
	var list []element
	for n := range e.Descendants() {
		if d := (element{n}); n.Type == html.ElementNode && n.Data == tag && (attribute == "" || d.attribute(attribute) == value) {
			list = append(list, d)
		}
	}
	return list
}

func (e element) attribute(name string) string {
	for _, a := range e.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func (e element) text() string {
	var b strings.Builder
	for n := range e.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	}
	return b.String()
}

// form gives what the page's form sends when a button is pressed, with what was chosen and typed besides.
func (v *visit) form(button string, typed ...string) url.Values {
	v.t.Helper()
	if button != "" {
		v.one("button", "value", button)
	}
	f := v.one("form", "", "")
	if f.attribute("method") != "post" {
		v.t.Errorf("the form is sent by %q, want post", f.attribute("method"))
	}
	values := url.Values{"action": {button}}
	for _, n := range f.all("input", "", "") {
		_, checked := n.has("checked")
		if kind := n.attribute("type"); kind != "radio" || checked {
			values.Set(n.attribute("name"), n.attribute("value"))
		}
	}
	for i := 0; i+1 < len(typed); i += 2 {
		values.Set(typed[i], typed[i+1])
	}
	return values
}

func (e element) has(name string) (string, bool) {
	for _, a := range e.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// sent gives where a redirect leads and what it says in its query or fragment.
func (v *visit) sent() (to string, said url.Values) {
	v.t.Helper()
	location := v.header.Get("Location")
	to, encoded, ok := strings.Cut(location, "#")
	if !ok {
		to, encoded, _ = strings.Cut(location, "?")
	}
	said, err := url.ParseQuery(encoded)
	if location == "" || err != nil {
		v.t.Fatalf("answer %d with Location %q (%v), want a redirect", v.status, location, err)
	}
	return to, said
}

// alert is what a page says is wrong.
func (v *visit) alert() string {
	v.t.Helper()
	return v.one("p", "role", "alert").text()
}

// shows fails unless the page has a status and, somewhere in its text, all of the words.
func (v *visit) shows(status int, words ...string) {
	v.t.Helper()
	if v.status != status {
		v.t.Errorf("status %d, want %d; %s", v.status, status, v.text("main"))
	}
	text := v.text("main")
	for _, w := range words {
		if !strings.Contains(text, w) {
			v.t.Errorf("the page does not say %q:\n%s", w, text)
		}
	}
}
