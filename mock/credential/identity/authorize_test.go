package identity_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"understudy/mock/credential"
	"understudy/mock/store"
)

// Verifier and challenge of RFC 7636, Appendix B.
const (
	someVerifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	someChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// asking is a good authorization request with some parameters changed; an empty value takes one out.
func asking(change ...string) url.Values {
	v := url.Values{
		"response_type": {"code"}, "client_id": {"harbour"}, "redirect_uri": {"https://harbour.example/cb"}, "scope": {"openid shipments:read"},
		"state": {"s-1"}, "code_challenge": {someChallenge}, "code_challenge_method": {"S256"},
	}
	for i := 0; i+1 < len(change); i += 2 {
		if v.Set(change[i], change[i+1]); change[i+1] == "" {
			v.Del(change[i])
		}
	}
	return v
}

// twice adds a second value of a parameter.
func twice(v url.Values, name, value string) url.Values {
	v.Add(name, value)
	return v
}

// redeem buys tokens with a code and gives the members of the answer.
func (s *pageStand) redeem(t *testing.T, v url.Values) map[string]any {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, pageHost+"/token", strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var answer map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatalf("token endpoint: %d %s: %v", w.Code, w.Body, err)
	}
	return answer
}

func redeeming(code string) url.Values {
	return url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "client_id": {"harbour"}, "redirect_uri": {"https://harbour.example/cb"},
		"code_verifier": {someVerifier},
	}
}

func TestAuthorizeShowsWhatMustNotBeSent(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	for name, test := range map[string]struct {
		ask  url.Values
		word string
	}{
		"no client":                    {asking("client_id", ""), "client_id is missing"},
		"unknown client":               {asking("client_id", "nobody"), "No application has this client_id"},
		"client twice":                 {twice(asking(), "client_id", "harbour"), "client_id more than once"},
		"no redirect URI, several":     {asking("redirect_uri", ""), "redirect_uri is missing"},
		"no redirect URI with openid":  {asking("redirect_uri", "", "client_id", "single"), "redirect_uri is missing"},
		"redirect URI twice":           {twice(asking(), "redirect_uri", "https://harbour.example/cb"), "redirect_uri more than once"},
		"foreign redirect URI":         {asking("redirect_uri", "https://evil.example/cb"), "not one of its own"},
		"longer path":                  {asking("redirect_uri", "https://harbour.example/cb/"), "not one of its own"},
		"other case":                   {asking("redirect_uri", "https://HARBOUR.example/cb"), "not one of its own"},
		"added query":                  {asking("redirect_uri", "https://harbour.example/cb?x=1"), "not one of its own"},
		"fragment":                     {asking("redirect_uri", "https://harbour.example/cb#x"), "not one of its own"},
		"other port":                   {asking("redirect_uri", "https://harbour.example:444/cb"), "not one of its own"},
		"user before the host":         {asking("redirect_uri", "https://harbour.example@evil.example/cb"), "not one of its own"},
		"loopback, other path":         {asking("redirect_uri", "http://127.0.0.1:9/other"), "not one of its own"},
		"loopback, other host":         {asking("redirect_uri", "http://localhost/cb"), "not one of its own"},
		"loopback flag, other host":    {asking("client_id", "local", "redirect_uri", "http://10.0.0.1/cb"), "not one of its own"},
		"loopback flag, like loopback": {asking("client_id", "local", "redirect_uri", "http://127.0.0.1.evil.example/cb"), "not one of its own"},
		"loopback flag, user":          {asking("client_id", "local", "redirect_uri", "http://127.0.0.1@evil.example/cb"), "not one of its own"},
		"loopback flag, user of it":    {asking("client_id", "local", "redirect_uri", "http://me:secret@127.0.0.1/cb"), "not one of its own"},
		"loopback flag, fragment":      {asking("client_id", "local", "redirect_uri", "http://127.0.0.1/cb#x"), "not one of its own"},
		"loopback flag, backslash":     {asking("client_id", "local", "redirect_uri", `http://127.0.0.1\@evil.example/cb`), "not one of its own"},
		"loopback flag, other scheme":  {asking("client_id", "local", "redirect_uri", "javascript://127.0.0.1/%0aalert(1)"), "not one of its own"},
		"pushed request not there":     {url.Values{"client_id": {"harbour"}, "request_uri": {"urn:ietf:params:oauth:request_uri:none"}}, "sent ahead is unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, prompt := range []string{"", "none"} {
				if prompt != "" {
					test.ask.Set("prompt", prompt)
				}
				v := s.browser(t).get("/authorize", test.ask)
				v.shows(http.StatusBadRequest)
				if !strings.Contains(v.alert(), test.word) || v.header.Get("Location") != "" {
					t.Errorf("page says %q with Location %q, want %q and none", v.alert(), v.header.Get("Location"), test.word)
				}
			}
		})
	}
}

func TestAuthorizeRefusesByRedirect(t *testing.T) {
	s := newPageStand(t, pageOptions{flow: implicitFlow})
	for name, test := range map[string]struct {
		ask  url.Values
		code string
	}{
		"no response_type":           {asking("response_type", ""), "invalid_request"},
		"unknown response_type":      {asking("response_type", "cod"), "unsupported_response_type"},
		"response_type twice":        {twice(asking(), "response_type", "code"), "invalid_request"},
		"response_type none":         {asking("response_type", "none"), "unsupported_response_type"},
		"unknown response_mode":      {asking("response_mode", "smoke"), "invalid_request"},
		"form_post to an app":        {asking("response_mode", "form_post", "redirect_uri", "com.harbour.app:/cb"), "invalid_request"},
		"unknown scope":              {asking("scope", "openid shipments:burn"), "invalid_scope"},
		"scope with a quote":         {asking("scope", `shipments:read "`), "invalid_scope"},
		"scope with a line break":    {asking("scope", "openid\nprofile"), "invalid_scope"},
		"scope twice":                {twice(asking(), "scope", "openid"), "invalid_request"},
		"nonce twice":                {twice(asking("nonce", "a"), "nonce", "b"), "invalid_request"},
		"long nonce":                 {asking("nonce", strings.Repeat("n", 8<<10+1)), "invalid_request"},
		"plain not allowed":          {asking("code_challenge_method", "plain"), "invalid_request"},
		"no method is plain":         {asking("code_challenge_method", ""), "invalid_request"},
		"unknown method":             {asking("code_challenge_method", "S512"), "invalid_request"},
		"method in lower case":       {asking("code_challenge_method", "s256"), "invalid_request"},
		"method without challenge":   {asking("code_challenge", ""), "invalid_request"},
		"short challenge":            {asking("code_challenge", someChallenge[:42]), "invalid_request"},
		"long challenge":             {asking("code_challenge", someChallenge+"A"), "invalid_request"},
		"challenge with padding":     {asking("code_challenge", someChallenge[:42]+"="), "invalid_request"},
		"challenge with spare bits":  {asking("code_challenge", someChallenge[:42]+"N"), "invalid_request"},
		"challenge with line break":  {asking("code_challenge", someChallenge[:20]+"\n"+someChallenge[20:]), "invalid_request"},
		"prompt none and login":      {asking("prompt", "none login"), "invalid_request"},
		"unknown prompt":             {asking("prompt", "sing"), "invalid_request"},
		"nobody signed in":           {asking("prompt", "none"), "login_required"},
		"max_age no number":          {asking("max_age", "soon"), "invalid_request"},
		"max_age negative":           {asking("max_age", "-1"), "invalid_request"},
		"max_age huge":               {asking("max_age", "99999999999999999999"), "invalid_request"},
		"request object":             {asking("request", "e30.e30."), "request_not_supported"},
		"foreign request_uri":        {asking("request_uri", "https://harbour.example/r.jwt"), "request_uri_not_supported"},
		"unknown pushed request":     {asking("request_uri", "urn:ietf:params:oauth:request_uri:none"), "invalid_request_uri"},
		"registration":               {asking("registration", "{}"), "registration_not_supported"},
		"claims no JSON":             {asking("claims", "{"), "invalid_request"},
		"claims no object":           {asking("claims", "null"), "invalid_request"},
		"id_token_hint no token":     {asking("id_token_hint", "a.b.c"), "invalid_request"},
		"dpop_jkt malformed":         {asking("dpop_jkt", "short"), "invalid_request"},
		"resource relative":          {asking("resource", "/api"), "invalid_target"},
		"resource with fragment":     {asking("resource", "https://a.example/#x"), "invalid_target"},
		"two resources":              {twice(asking("resource", "https://a.example"), "resource", "https://b.example"), "invalid_target"},
		"grant not the client's":     {asking("client_id", "narrow", "redirect_uri", "http://localhost:9/", "scope", "shipments:read"), "unauthorized_client"},
		"implicit not the client's":  {asking("client_id", "narrow", "redirect_uri", "http://localhost:9/", "scope", "shipments:read", "response_type", "token"), "unauthorized_client"},
		"token in a query":           {asking("response_type", "token", "response_mode", "query"), "invalid_request"},
		"id_token without nonce":     {asking("response_type", "id_token"), "invalid_request"},
		"id_token without openid":    {asking("response_type", "id_token", "nonce", "n", "scope", "shipments:read"), "invalid_request"},
		"hybrid without nonce":       {asking("response_type", "code id_token"), "invalid_request"},
		"id_token token, no nonce":   {asking("response_type", "token id_token"), "invalid_request"},
		"form_post of control state": {asking("response_mode", "form_post", "state", "a\nb"), "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			v := s.browser(t).get("/authorize", test.ask)
			if strings.HasPrefix(test.ask.Get("response_mode"), "form_post") && test.ask.Get("redirect_uri") == "https://harbour.example/cb" {
				if got := v.form("").Get("error"); got != test.code {
					t.Errorf("error %q, want %s", got, test.code)
				}
				return
			}
			to, said := v.sent()
			if v.status != http.StatusFound || to != test.ask.Get("redirect_uri") {
				t.Errorf("answer %d to %s, want 302 to %s", v.status, to, test.ask.Get("redirect_uri"))
			}
			if said.Get("error") != test.code || said.Get("state") != "s-1" || said.Get("iss") != pageHost || said.Has("code") {
				t.Errorf("said %v, want error=%s with state and iss", said, test.code)
			}
			if d := said.Get("error_description"); d == "" || strings.ContainsFunc(d, func(r rune) bool { return r < 0x20 || r > 0x7e || r == '"' || r == '\\' }) {
				t.Errorf("error_description %q: empty, or not of the characters that RFC 6749 allows", d)
			}
			if fragment := strings.Contains(test.ask.Get("response_type"), "token"); fragment != strings.Contains(v.header.Get("Location"), "#") {
				t.Errorf("Location %s: tokens' errors go in the fragment, codes' in the query", v.header.Get("Location"))
			}
		})
	}
}

func TestAuthorizeStateTwice(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	_, said := s.browser(t).get("/authorize", twice(asking(), "state", "s-2")).sent()
	if said.Get("error") != "invalid_request" || said.Has("state") {
		t.Errorf("said %v, want invalid_request without a state: nobody knows which", said)
	}
}

func TestAuthorizeWithoutImplicit(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	for _, kind := range []string{"token", "id_token", "id_token token", "code id_token", "code token", "code id_token token"} {
		_, said := s.browser(t).get("/authorize", asking("response_type", kind, "nonce", "n")).sent()
		if said.Get("error") != "unsupported_response_type" {
			t.Errorf("%s: said %v, want unsupported_response_type", kind, said)
		}
	}
}

func TestAuthorizePKCE(t *testing.T) {
	for name, test := range map[string]struct {
		provider string
		ask      url.Values
		code     string // empty: the page is shown
	}{
		"required and missing": {"{requirePKCE: true}", asking("code_challenge", "", "code_challenge_method", ""), "invalid_request"},
		"required and there":   {"{requirePKCE: true}", asking(), ""},
		"not required":         {"{}", asking("code_challenge", "", "code_challenge_method", ""), ""},
		"plain allowed":        {"{allowPlain: true}", asking("code_challenge_method", "plain", "code_challenge", someVerifier), ""},
		"plain by default":     {"{allowPlain: true}", asking("code_challenge_method", "", "code_challenge", someVerifier), ""},
		"plain too short":      {"{allowPlain: true}", asking("code_challenge_method", "plain", "code_challenge", someVerifier[:42]), "invalid_request"},
		"plain too long":       {"{allowPlain: true}", asking("code_challenge_method", "plain", "code_challenge", strings.Repeat("a", 129)), "invalid_request"},
		"plain, longest":       {"{allowPlain: true}", asking("code_challenge_method", "plain", "code_challenge", strings.Repeat("a", 128)), ""},
		"plain of other signs": {"{allowPlain: true}", asking("code_challenge_method", "plain", "code_challenge", someVerifier+"+"), "invalid_request"},
		"authentik allows it":  {"{flavour: authentik}", asking("code_challenge_method", "plain", "code_challenge", someVerifier), ""},
	} {
		t.Run(name, func(t *testing.T) {
			v := newPageStand(t, pageOptions{provider: test.provider}).browser(t).get("/authorize", test.ask)
			if test.code == "" {
				v.shows(http.StatusOK, "Harbour Dispatch")
				return
			}
			if _, said := v.sent(); said.Get("error") != test.code {
				t.Errorf("said %v, want %s", said, test.code)
			}
		})
	}
}

func TestAuthorizeAuthentikIgnoresUnknownScopes(t *testing.T) {
	s := newPageStand(t, pageOptions{provider: "{flavour: authentik}", auto: true})
	_, said := s.browser(t).get("/authorize", asking("scope", "openid shipments:burn")).sent()
	if answer := s.redeem(t, redeeming(said.Get("code"))); answer["scope"] != "openid" {
		t.Errorf("scope %v, want openid alone", answer["scope"])
	}
}

func TestAuthorizeRedirects(t *testing.T) {
	s := newPageStand(t, pageOptions{auto: true})
	for name, ask := range map[string]url.Values{
		"registered":             asking(),
		"an app's scheme":        asking("redirect_uri", "com.harbour.app:/cb"),
		"loopback, as is":        asking("redirect_uri", "http://127.0.0.1/cb"),
		"loopback, any port":     asking("redirect_uri", "http://127.0.0.1:51234/cb"),
		"flag, any path":         asking("client_id", "local", "redirect_uri", "http://localhost:3000/a/b"),
		"flag, IPv6":             asking("client_id", "local", "redirect_uri", "http://[::1]:3000/"),
		"flag, other of 127/8":   asking("client_id", "local", "redirect_uri", "http://127.0.0.2:80/x"),
		"flag, over TLS":         asking("client_id", "local", "redirect_uri", "https://localhost:8443/"),
		"POST instead of GET":    asking("state", "by-post"),
		"other parameters twice": twice(asking("utm", "1"), "utm", "2"),
	} {
		t.Run(name, func(t *testing.T) {
			b, status := s.browser(t), http.StatusFound
			v := b.get("/authorize", ask)
			if ask.Get("state") == "by-post" {
				v, status = b.post("/authorize", ask), http.StatusSeeOther
			}
			to, said := v.sent()
			if v.status != status || to != ask.Get("redirect_uri") || said.Get("code") == "" || said.Get("iss") != pageHost {
				t.Errorf("%d to %s with %v, want %d with code and iss", v.status, to, said, status)
			}
		})
	}
}

// The query of a redirect URI stays (RFC 6749, 3.1.2), and a single one need not be named.
func TestAuthorizeOnlyRedirect(t *testing.T) {
	s := newPageStand(t, pageOptions{auto: true})
	v := s.browser(t).get("/authorize", asking("client_id", "single", "redirect_uri", "", "scope", "shipments:read", "code_challenge", "", "code_challenge_method", ""))
	_, said := v.sent()
	if !strings.HasPrefix(v.header.Get("Location"), "https://single.example/cb?kept=1&code=") {
		t.Fatalf("Location %s, want the client's only URI with its query", v.header.Get("Location"))
	}
	ask := redeeming(said.Get("code"))
	ask.Set("client_id", "single")
	ask.Del("redirect_uri")
	ask.Del("code_verifier")
	if answer := s.redeem(t, ask); answer["access_token"] == nil {
		t.Errorf("token endpoint said %v, want a token without redirect_uri", answer)
	}
}

func TestAuthorizeKeepsState(t *testing.T) {
	s := newPageStand(t, pageOptions{auto: true, flow: implicitFlow})
	for _, state := range []string{
		"plain", "a b+c%20d", "ü–世", `"><script>alert(1)</script>`, "\x00\r\nSet-Cookie: a=b", "\xff\xfe", "&error=x#y?z=1;", strings.Repeat("s", 8<<10), " ",
	} {
		for _, kind := range []string{"code", "token"} {
			_, said := s.browser(t).get("/authorize", asking("state", state, "response_type", kind)).sent()
			if said.Get("state") != state || len(said["state"]) != 1 || said.Has("error") {
				t.Errorf("%s: state %.40q came back as %.40q (%s)", kind, state, said.Get("state"), said.Get("error"))
			}
		}
	}
	if _, said := s.browser(t).get("/authorize", asking("state", "")).sent(); said.Has("state") {
		t.Errorf("said %v, want no state where none was sent", said)
	}
}

func TestAuthorizeAnswersEveryResponseType(t *testing.T) {
	s := newPageStand(t, pageOptions{auto: true, flow: implicitFlow})
	for kind, want := range map[string][]string{
		"code":                {"code"},
		"token":               {"access_token", "token_type", "expires_in"},
		"id_token":            {"id_token"},
		"id_token token":      {"access_token", "id_token"},
		"token id_token":      {"access_token", "id_token"},
		"code token":          {"code", "access_token"},
		"code id_token":       {"code", "id_token"},
		"code id_token token": {"code", "id_token", "access_token"},
	} {
		for _, mode := range []string{"", "fragment", "form_post"} {
			v := s.browser(t).get("/authorize", asking("response_type", kind, "nonce", "n-1", "response_mode", mode))
			var said url.Values
			if mode == "form_post" {
				said = v.form("")
			} else if _, said = v.sent(); strings.Contains(v.header.Get("Location"), "#") != (mode == "fragment" || kind != "code") {
				t.Errorf("%s %s: Location %s", kind, mode, v.header.Get("Location"))
			}
			for _, name := range append(want, "state", "iss") {
				if said.Get(name) == "" {
					t.Errorf("%s %s: said %v, want %s", kind, mode, said, name)
				}
			}
			if said.Has("access_token") != strings.Contains(" "+kind, " token") || said.Has("code") != strings.HasPrefix(kind, "code") || said.Has("refresh_token") {
				t.Errorf("%s %s: said too much: %v", kind, mode, said)
			}
			if id := said.Get("id_token"); id != "" {
				claims, err := s.registry.VerifySigned(id)
				if err != nil || claims["nonce"] != "n-1" || claims["aud"] != "harbour" || (claims["c_hash"] != nil) != said.Has("code") || (claims["at_hash"] != nil) != said.Has("access_token") {
					t.Errorf("%s %s: ID token %v (%v)", kind, mode, claims, err)
				}
			}
		}
	}
}

func TestAuthorizePushed(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	b := s.browser(t)
	push := func() string {
		v := b.post("/oauth2/par", asking("state", "pushed"))
		var answer struct {
			URI string `json:"request_uri"`
		}
		if err := json.Unmarshal([]byte(v.body), &answer); err != nil || answer.URI == "" {
			t.Fatalf("pushed: %d %s", v.status, v.body)
		}
		return answer.URI
	}
	uri := push()
	page := b.get("/authorize", url.Values{"client_id": {"harbour"}, "request_uri": {uri}, "state": {"beside"}, "redirect_uri": {"https://evil.example"}})
	page.shows(http.StatusOK, "Harbour Dispatch")
	if to, said := b.post("/authorize", page.form("approve")).sent(); to != "https://harbour.example/cb" || said.Get("state") != "pushed" || said.Get("code") == "" {
		t.Errorf("to %s with %v, want what was pushed and nothing that came beside it", to, said)
	}
	b.get("/authorize", url.Values{"client_id": {"harbour"}, "request_uri": {uri}}).shows(http.StatusBadRequest, "invalid_request_uri")
	b.get("/authorize", url.Values{"client_id": {"local"}, "request_uri": {push()}}).shows(http.StatusBadRequest, "invalid_request_uri")
	b.get("/authorize", url.Values{"request_uri": {push()}}).shows(http.StatusBadRequest, "client_id is missing")
}

func TestAuthorizeUnreadable(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	b := s.browser(t)
	for name, r := range map[string]*http.Request{
		"bad escape": httptest.NewRequest(http.MethodGet, pageHost+"/authorize?client_id=%zz", nil),
		"long query": httptest.NewRequest(http.MethodGet, pageHost+"/authorize?client_id="+strings.Repeat("a", 70<<10), nil),
		"JSON":       httptest.NewRequest(http.MethodPost, pageHost+"/authorize", strings.NewReader("{}")),
		"long form":  posting(strings.Repeat("a", 70<<10)),
		"bad form":   posting("client_id=%zz"),
	} {
		want := http.StatusBadRequest
		if name == "JSON" {
			want = http.StatusUnsupportedMediaType
		}
		if v := b.send(r); v.status != want || v.alert() == "" {
			t.Errorf("%s: %d, want %d with a reason", name, v.status, want)
		}
	}
}

func posting(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, pageHost+"/authorize", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func TestAutoApprove(t *testing.T) {
	s := newPageStand(t, pageOptions{auto: true})
	for hint, want := range map[string]string{"": "usr_amara", "usr_mateo": "usr_mateo", "MATEO@northwind.example": "usr_mateo", "nobody": "usr_amara"} {
		for _, prompt := range []string{"", "none", "login", "consent"} {
			_, said := s.browser(t).get("/authorize", asking("login_hint", hint, "prompt", prompt)).sent()
			answer := s.redeem(t, redeeming(said.Get("code")))
			claims, err := s.registry.VerifySigned(text(answer["id_token"]))
			if err != nil || claims["sub"] != want {
				t.Errorf("login_hint=%s prompt=%s: sub %v (%v), want %s", hint, prompt, claims["sub"], err, want)
			}
		}
	}
	if _, said := s.browser(t).get("/authorize", asking("login_hint", "deny")).sent(); said.Get("error") != "access_denied" || said.Get("state") != "s-1" {
		t.Errorf("login_hint=deny: said %v, want access_denied", said)
	}
}

func text(value any) string {
	s, _ := value.(string)
	return s
}

// The same secret, clock and requests give the same bytes.
func TestAuthorizeRepeats(t *testing.T) {
	run := func() []string {
		s := newPageStand(t, pageOptions{})
		b := s.browser(t)
		page := b.get("/authorize", asking())
		location := b.post("/authorize", page.form("approve")).header.Get("Location")
		return []string{page.body, location, b.cookies["understudy_login"], b.cookies["understudy_browser"]}
	}
	one, two := run(), run()
	for i := range one {
		if one[i] == "" || one[i] != two[i] {
			t.Errorf("%d: %.80q, then %.80q", i, one[i], two[i])
		}
	}
}

// A client that changed while its page was open is held against the rules again.
func TestAuthorizeChecksAgain(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	b := s.browser(t)
	page := b.get("/authorize", asking())
	s.client(t, credential.Client{ID: "harbour", Name: "Harbour Dispatch", Public: true, Redirects: []string{"https://elsewhere.example/cb"}})
	v := b.post("/authorize", page.form("approve"))
	v.shows(http.StatusBadRequest, "not one of its own")
	if v.header.Get("Location") != "" {
		t.Errorf("Location %s, want none", v.header.Get("Location"))
	}
	if err := s.registry.DeleteClient(t.Context(), "harbour"); err != nil {
		t.Fatal(err)
	}
	b.post("/authorize", page.form("deny")).shows(http.StatusBadRequest, "No application has this client_id")
}

// A brokenStore reads, and fails to write when it is told to.
type brokenStore struct {
	store.Store
	broken bool
}

func (s *brokenStore) Update(ctx context.Context, f func(store.Tx) error) error {
	if s.broken {
		return errors.New("the disk of /secret/place is full")
	}
	return s.Store.Update(ctx, f)
}

// What breaks inside is said without its reason, which is for the log: to the client where it is known, else on a page.
func TestPagesOfABrokenStore(t *testing.T) {
	broken := &brokenStore{Store: store.NewMemory()}
	s := newPageStand(t, pageOptions{store: broken})
	b := s.browser(t)
	page := b.get("/authorize", asking())
	broken.broken = true
	for name, v := range map[string]*visit{"new": b.get("/authorize", asking()), "approved": b.post("/authorize", page.form("approve")), "denied": b.post("/authorize", page.form("deny"))} {
		if _, said := v.sent(); said.Get("error") != "server_error" || strings.Contains(v.header.Get("Location"), "secret") {
			t.Errorf("%s: said %v, want server_error without the reason", name, said)
		}
	}
	v := b.get(devicePath, nil)
	v.shows(http.StatusInternalServerError, "Something broke")
	if err := broken.Close(); err != nil {
		t.Fatal(err)
	}
	for _, v := range []*visit{v, b.get("/authorize", asking()), b.post("/authorize", page.form("approve")), b.get(logoutPath, url.Values{"client_id": {"harbour"}})} {
		if v.shows(http.StatusInternalServerError, "Something broke"); strings.Contains(v.body, "closed") || strings.Contains(v.body, "secret") {
			t.Errorf("the page says too much: %s", v.text("main"))
		}
	}
}

func changed(v url.Values, name, value string) url.Values {
	v = maps.Clone(v)
	v.Set(name, value)
	return v
}
