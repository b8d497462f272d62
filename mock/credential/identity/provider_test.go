package identity_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"understudy/contracts"
	"understudy/mock/clock"
	"understudy/mock/credential"
	"understudy/mock/credential/identity"
	"understudy/mock/credential/jose"
	"understudy/mock/store"
)

// vendor is a contract with two flows, scopes, and an operation that needs a token.
const vendor = `openapi: 3.1.0
info: {title: Vendor, version: 1.0.0}
servers: [{url: https://api.vendor.example/v1}]
paths:
  /pets:
    get:
      operationId: listPets
      security: [{oauth: [pets.read]}]
      responses: {"200": {description: Pets.}}
    post:
      operationId: createPet
      security: [{oauth: [pets.write]}]
      responses: {"201": {description: A pet.}}
  /oauth2/introspect:
    get:
      operationId: ownIntrospection
      responses: {"200": {description: The vendor's own.}}
components:
  securitySchemes:
    oauth:
      type: oauth2
      flows:
        authorizationCode:
          authorizationUrl: https://login.vendor.example/connect/authorize
          tokenUrl: https://login.vendor.example/connect/token
          refreshUrl: /connect/renew
          scopes: {pets.read: Read pets, pets.write: Change pets}
        clientCredentials:
          tokenUrl: https://login.vendor.example/connect/token
          scopes: {pets.read: Read pets}
x-understudy:
  name: vendor
  accounts:
    - id: acct_1
      name: Northwind
      users:
        - {id: usr_1, name: Amara Okafor, email: amara@northwind.example, password: correct-horse, role: admin}
        - {id: usr_2, name: Lena Vogel, email: lena@northwind.example, password: quiet-harbour}
`

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A world is a provider with everything around it.
type world struct {
	testing.TB
	contract *contracts.Contract
	clock    *clock.Virtual
	registry *credential.Registry
	provider *identity.Provider
	server   *httptest.Server
	web, app credential.Client // confidential, public
	secret   string            // of web
}

// open serves the provider of a document, or of a built-in contract by its name, and tells the contract's operations what
// the registry thinks of a request.
func open(t testing.TB, source string, extra ...string) *world {
	t.Helper()
	o := contracts.Options{}
	name := source
	if strings.Contains(source, "\n") {
		name = "openapi.yaml"
		o.Files = fstest.MapFS{name: {Data: []byte(source + strings.Join(extra, ""))}}
	}
	c, err := contracts.Load(t.Context(), name, o)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, contract: c, clock: clock.New(clock.Options{At: start, Frozen: true})}
	w.registry, err = credential.New(t.Context(), credential.Options{Contract: c, Store: store.NewMemory(), Clock: w.clock, Secret: [32]byte{7}})
	if err != nil {
		t.Fatal(err)
	}
	w.provider = identity.New(identity.Options{Registry: w.registry, AutoApprove: true})
	if w.provider == nil {
		t.Fatal("the contract has no provider")
	}
	w.server = httptest.NewServer(http.HandlerFunc(w.serve))
	t.Cleanup(w.server.Close)
	w.web, w.secret = w.client(credential.Client{ID: "web", Name: "Web application"})
	w.app, _ = w.client(credential.Client{ID: "app", Name: "Public application", Public: true})
	return w
}

const callback = "https://app.example/callback"

func (w *world) client(c credential.Client) (credential.Client, string) {
	w.Helper()
	c.Redirects = []string{callback}
	made, secret, err := w.registry.PutClient(w.Context(), c)
	if err != nil {
		w.Fatal(err)
	}
	return made, secret
}

func (w *world) serve(rw http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	if w.provider.Owns(r.Method, path) {
		w.provider.ServeHTTP(rw, r)
		return
	}
	m := w.contract.Match(r.Method, path)
	if m.Operation == nil {
		http.NotFound(rw, r)
		return
	}
	caller, refusal, err := w.registry.Authenticate(r.Context(), m.Operation, r)
	if refusal == nil && err == nil {
		refusal = w.registry.Permit(caller, m.Operation, r)
	}
	switch {
	case err != nil:
		http.Error(rw, err.Error(), http.StatusInternalServerError)
	case refusal != nil:
		http.Error(rw, refusal.Code, refusal.Status)
	default:
		rw.WriteHeader(http.StatusOK)
	}
}

func (w *world) advance(d time.Duration) {
	w.Helper()
	if _, err := w.clock.Advance(d); err != nil {
		w.Fatal(err)
	}
}

// An answer is what came back.
type answer struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

func (a answer) text(name string) string {
	text, _ := a.body[name].(string)
	return text
}

// send sends a request and reads the answer; redirects are answers.
func (w *world) send(method, path string, form url.Values, headers ...string) answer {
	w.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	address := path
	if strings.HasPrefix(path, "/") {
		address = w.server.URL + path
	}
	r, err := http.NewRequestWithContext(w.Context(), method, address, body)
	if err != nil {
		w.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return w.do(r)
}

func (w *world) do(r *http.Request) answer {
	w.Helper()
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		w.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		w.Fatal(err)
	}
	a := answer{status: response.StatusCode, header: response.Header, raw: string(raw)}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(raw, &a.body); err != nil {
			w.Fatalf("the answer is no JSON object: %v\n%s", err, raw)
		}
	}
	return a
}

// params makes a form of names and values in turn; an empty value takes a name out.
func params(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			v.Del(pairs[i])
		} else {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	return v
}

// token asks the token endpoint as the confidential client, unless the form has a client of its own.
func (w *world) token(pairs ...string) answer {
	w.Helper()
	return w.send("POST", w.provider.Paths().Token, params(append([]string{"client_id", "web", "client_secret", w.secret}, pairs...)...))
}

const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

// code lets the first user agree to a request and gives the code.
func (w *world) code(client string, pairs ...string) string {
	w.Helper()
	q := params(append([]string{
		"response_type", "code", "client_id", client, "redirect_uri", callback, "scope", "openid profile email pets.read offline_access",
		"state", "xyz", "nonce", "n-1", "code_challenge", jose.Challenge(verifier), "code_challenge_method", "S256",
	}, pairs...)...)
	a := w.send("GET", w.provider.Paths().Authorize+"?"+q.Encode(), nil)
	to, err := url.Parse(a.header.Get("Location"))
	if err != nil || to.Query().Get("code") == "" {
		w.Fatalf("no code came: %d %s\n%s", a.status, to, a.raw)
	}
	return to.Query().Get("code")
}

// login gives the confidential client tokens for the first user.
func (w *world) login(pairs ...string) answer {
	w.Helper()
	a := w.token("grant_type", "authorization_code", "code", w.code("web", pairs...), "redirect_uri", callback, "code_verifier", verifier)
	if a.status != http.StatusOK {
		w.Fatalf("no tokens came: %d %s", a.status, a.raw)
	}
	return a
}

func (w *world) refresh(text string, pairs ...string) answer {
	w.Helper()
	return w.token(append([]string{"grant_type", "refresh_token", "refresh_token", text}, pairs...)...)
}

// call calls an operation of the contract and gives the status.
func (w *world) call(method, path, token string) int {
	w.Helper()
	return w.send(method, path, nil, "Authorization", "Bearer "+token).status
}

// claims reads a JWT of the provider, signature and all.
func (w *world) claims(text string) map[string]any {
	w.Helper()
	set, err := w.registry.KeySet(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	keys, err := jose.ParseSet(set)
	if err != nil {
		w.Fatal(err)
	}
	token, err := jose.Parse(text)
	if err == nil {
		err = token.Verify(keys.Keys...)
	}
	if err != nil {
		w.Fatalf("the token is not believed: %v", err)
	}
	return token.Claims
}

// refused says what is wrong with a refusal of the token endpoint.
func (w *world) refused(a answer, status int, code string) {
	w.Helper()
	if a.status != status || a.text("error") != code {
		w.Errorf("got %d %s, want %d %s", a.status, a.raw, status, code)
	}
	if a.header.Get("Cache-Control") != "no-store" {
		w.Errorf("Cache-Control is %q", a.header.Get("Cache-Control"))
	}
}
