package identity_test

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"

	"understudy/mock/credential"
	"understudy/mock/credential/jose"
)

func signingKey(t *testing.T, name string) *jose.Key {
	t.Helper()
	key, err := jose.Derive([]byte("the secret of a client in a test"), name, jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sign signs claims; nil values leave a claim out.
func sign(t testing.TB, key *jose.Key, typ string, claims map[string]any, extra ...jose.Header) string {
	t.Helper()
	for name, value := range claims {
		if value == nil {
			delete(claims, name)
		}
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	text, err := key.Sign(typ, payload, extra...)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// proof makes a DPoP proof (RFC 9449, 4.2).
func (w *world) proof(key *jose.Key, id, method, path string, more map[string]any) string {
	w.Helper()
	claims := map[string]any{"jti": id, "htm": method, "htu": w.server.URL + path, "iat": w.clock.Now().Unix()}
	for name, value := range more {
		claims[name] = value
	}
	return sign(w.TB, key, "dpop+jwt", claims, jose.Header{Name: "jwk", Value: key.Public().JWK(false)})
}

func TestDPoP(t *testing.T) {
	w := open(t, vendor)
	key, other := signingKey(t, "mine"), signingKey(t, "another")
	paths := w.provider.Paths()
	redeem := func(code string, proofs ...string) answer {
		var headers []string
		for _, one := range proofs {
			headers = append(headers, "DPoP", one)
		}
		return w.send("POST", paths.Token, params("grant_type", "authorization_code", "client_id", "app", "code", code, "redirect_uri", callback, "code_verifier", verifier), headers...)
	}
	code := w.code("app")
	for name, bad := range map[string][]string{
		"nonsense":      {"x"},
		"two":           {w.proof(key, "a", "POST", paths.Token, nil), w.proof(key, "b", "POST", paths.Token, nil)},
		"other method":  {w.proof(key, "c", "GET", paths.Token, nil)},
		"other URL":     {w.proof(key, "d", "POST", paths.UserInfo, nil)},
		"too old":       {w.proof(key, "e", "POST", paths.Token, map[string]any{"iat": start.Add(-5*time.Minute - time.Second).Unix()})},
		"in the future": {w.proof(key, "f", "POST", paths.Token, map[string]any{"iat": start.Add(2 * time.Minute).Unix()})},
		"no jti":        {w.proof(key, "g", "POST", paths.Token, map[string]any{"jti": nil})},
		"no type":       {sign(t, key, "JWT", map[string]any{"jti": "h", "htm": "POST", "htu": w.server.URL + paths.Token, "iat": start.Unix()}, jose.Header{Name: "jwk", Value: key.Public().JWK(false)})},
		"tampered":      {jose.Tamper(w.proof(key, "i", "POST", paths.Token, nil))},
	} {
		a := redeem(code, bad...)
		if a.status != 400 || a.text("error") != "invalid_dpop_proof" {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	proof := w.proof(key, "j", "POST", paths.Token, nil)
	a := redeem(code, proof)
	thumbprint, err := key.Thumbprint()
	if err != nil || a.status != 200 || a.text("token_type") != "DPoP" {
		t.Fatalf("got %d %s, %v", a.status, a.raw, err)
	}
	if cnf, _ := w.claims(a.text("access_token"))["cnf"].(map[string]any); cnf["jkt"] != thumbprint {
		t.Errorf("cnf is %v", cnf)
	}
	w.refused(redeem(w.code("app"), proof), 400, "invalid_dpop_proof") // replayed

	ath := map[string]any{"ath": jose.TokenHash(a.text("access_token"))}
	show := func(scheme, proof string) answer {
		return w.send("GET", paths.UserInfo, nil, "Authorization", scheme+" "+a.text("access_token"), "DPoP", proof)
	}
	if got := show("DPoP", w.proof(key, "k", "GET", paths.UserInfo, ath)); got.status != 200 {
		t.Errorf("userinfo gives %d %s", got.status, got.raw)
	}
	for name, got := range map[string]answer{
		"as Bearer":   show("Bearer", w.proof(key, "l", "GET", paths.UserInfo, ath)),
		"other key":   show("DPoP", w.proof(other, "m", "GET", paths.UserInfo, ath)),
		"no ath":      show("DPoP", w.proof(key, "n", "GET", paths.UserInfo, nil)),
		"replayed":    show("DPoP", w.proof(key, "k", "GET", paths.UserInfo, ath)),
		"other token": show("DPoP", w.proof(key, "o", "GET", paths.UserInfo, map[string]any{"ath": jose.TokenHash("x")})),
	} {
		if got.status != 401 {
			t.Errorf("%s: %d %s", name, got.status, got.raw)
		}
	}

	refresh := func(headers ...string) answer {
		return w.send("POST", paths.Token, params("grant_type", "refresh_token", "client_id", "app", "refresh_token", a.text("refresh_token")), headers...)
	}
	w.refused(refresh(), 400, "invalid_dpop_proof")
	w.refused(refresh("DPoP", w.proof(other, "p", "POST", paths.Token, nil)), 400, "invalid_dpop_proof")
	if got := refresh("DPoP", w.proof(key, "q", "POST", paths.Token, nil)); got.status != 200 || got.text("token_type") != "DPoP" {
		t.Errorf("refreshing gives %d %s", got.status, got.raw)
	}
	bound := w.code("app", "dpop_jkt", thumbprint)
	w.refused(redeem(bound), 400, "invalid_grant")
	w.refused(redeem(bound, w.proof(other, "r", "POST", paths.Token, nil)), 400, "invalid_grant")
	if got := redeem(bound, w.proof(key, "s", "POST", paths.Token, nil)); got.status != 200 {
		t.Errorf("a bound code gives %d %s", got.status, got.raw)
	}
	w.advance(5*time.Minute + 2*time.Second) // the first proof is forgotten, and too old
	w.refused(redeem(w.code("app"), proof), 400, "invalid_dpop_proof")
}

func TestPrivateKeyJWT(t *testing.T) {
	w := open(t, vendor)
	key := signingKey(t, "client")
	set, err := json.Marshal(&jose.Set{Keys: []*jose.Key{key.Public()}})
	if err != nil {
		t.Fatal(err)
	}
	w.client(credential.Client{ID: "signer", Name: "Signer", Keys: string(set)})
	n := 0
	ask := func(change map[string]any, with *jose.Key, pairs ...string) (answer, url.Values) {
		n++
		claims := map[string]any{
			"iss": "signer", "sub": "signer", "aud": w.server.URL + w.provider.Paths().Token, "jti": string(rune('a' + n)),
			"iat": start.Unix(), "exp": start.Add(5 * time.Minute).Unix(),
		}
		for name, value := range change {
			claims[name] = value
		}
		f := params(append([]string{
			"grant_type", "client_credentials", "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
			"client_assertion", sign(t, with, "JWT", claims),
		}, pairs...)...)
		return w.send("POST", w.provider.Paths().Token, f), f
	}
	for name, change := range map[string]map[string]any{
		"token endpoint": {}, "issuer": {"aud": w.server.URL}, "several": {"aud": []string{"https://else.example", w.server.URL}},
	} {
		a, sent := ask(change, key)
		if a.status != 200 {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
		w.refused(w.send("POST", w.provider.Paths().Token, sent), 401, "invalid_client") // jti again
	}
	for name, change := range map[string]map[string]any{
		"other issuer": {"iss": "web"}, "other subject": {"sub": "web"}, "other audience": {"aud": "https://else.example"}, "no audience": {"aud": nil},
		"no jti": {"jti": nil}, "no end": {"exp": nil}, "expired": {"exp": start.Add(-2 * time.Minute).Unix()},
		"too long": {"exp": start.Add(2 * time.Hour).Unix()}, "unknown": {"iss": "nobody", "sub": "nobody"}, "no keys": {"iss": "web", "sub": "web"},
	} {
		if a, _ := ask(change, key); a.status != 401 || a.text("error") != "invalid_client" {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	if a, _ := ask(nil, signingKey(t, "another")); a.text("error") != "invalid_client" {
		t.Errorf("another key: %d %s", a.status, a.raw)
	}
	if a, _ := ask(nil, key, "client_id", "web"); a.text("error") != "invalid_client" {
		t.Errorf("another client_id: %d %s", a.status, a.raw)
	}
	if a, _ := ask(nil, key, "client_assertion_type", "x"); a.text("error") != "invalid_request" {
		t.Errorf("another type: %d %s", a.status, a.raw)
	}
}

func TestTokenExchange(t *testing.T) {
	w := open(t, vendor)
	user := w.login("scope", "openid pets.read pets.write")
	const accessType = "urn:ietf:params:oauth:token-type:access_token"
	ask := func(pairs ...string) answer {
		return w.token(append([]string{
			"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token", user.text("access_token"), "subject_token_type", accessType,
		}, pairs...)...)
	}
	a := ask("scope", "pets.read", "audience", "https://inventory.example")
	if a.status != 200 || a.text("issued_token_type") != accessType || a.text("token_type") != "Bearer" || a.text("refresh_token") != "" {
		t.Fatalf("got %d %s", a.status, a.raw)
	}
	if claims := w.claims(a.text("access_token")); claims["sub"] != "usr_1" || claims["aud"] != "https://inventory.example" || claims["scope"] != "pets.read" {
		t.Errorf("claims are %v", claims)
	}
	w.refused(ask("scope", "email"), 400, "invalid_scope")
	w.refused(ask("subject_token", "x"), 400, "invalid_request")
	w.refused(ask("subject_token", user.text("refresh_token")), 400, "invalid_request")
	w.refused(ask("subject_token_type", "urn:ietf:params:oauth:token-type:saml2"), 400, "invalid_request")
	w.refused(ask("requested_token_type", "urn:ietf:params:oauth:token-type:id_token"), 400, "invalid_request")
	w.refused(ask("actor_token", "x"), 400, "invalid_request")
	w.refused(ask("client_id", "app", "client_secret", ""), 400, "unauthorized_client")
	w.revoke(user.text("refresh_token"))
	if s := w.call("GET", "/v1/pets", a.text("access_token")); s != 401 {
		t.Errorf("after the grant ended the exchanged token gives %d", s)
	}
}

func TestPushedRequest(t *testing.T) {
	w := open(t, vendor)
	push := func(pairs ...string) answer {
		return w.send("POST", w.provider.Paths().Pushed, params(append([]string{
			"client_id", "web", "client_secret", w.secret, "response_type", "code", "redirect_uri", callback, "scope", "openid",
			"code_challenge", jose.Challenge(verifier), "code_challenge_method", "S256",
		}, pairs...)...))
	}
	authorize := func(client, uri string) (string, answer) {
		a := w.send("GET", w.provider.Paths().Authorize+"?"+params("client_id", client, "request_uri", uri).Encode(), nil)
		to, err := url.Parse(a.header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		return to.Query().Get("code"), a
	}
	a := push()
	uri := a.text("request_uri")
	if a.status != 201 || a.body["expires_in"] != 60.0 || uri == "" {
		t.Fatalf("got %d %s", a.status, a.raw)
	}
	if code, got := authorize("app", uri); code != "" {
		t.Errorf("another client gets a code: %d", got.status)
	}
	code, got := authorize("web", uri)
	if code == "" {
		t.Fatalf("got %d %s", got.status, got.raw)
	}
	if a := w.token("grant_type", "authorization_code", "code", code, "redirect_uri", callback, "code_verifier", verifier); a.status != 200 {
		t.Errorf("got %d %s", a.status, a.raw)
	}
	if code, _ := authorize("web", uri); code != "" {
		t.Error("the request is good twice")
	}
	late := push().text("request_uri")
	w.advance(time.Minute)
	if code, _ := authorize("web", late); code != "" {
		t.Error("the request is good at its end")
	}
	w.refused(push("request_uri", uri), 400, "invalid_request")
	w.refused(push("request", "x"), 400, "invalid_request")
	w.refused(push("response_type", ""), 400, "invalid_request")
	w.refused(push("client_secret", "wrong"), 401, "invalid_client")
}
