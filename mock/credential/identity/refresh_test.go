package identity_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/mock/credential"
)

// refreshClass makes the provider's refresh tokens credentials of the contract.
const refreshClass = "  credentials: [{name: refresh-token, kind: refresh, provider: rfc, format: '^vr_[a-z0-9]{20}$', lifetime: 48h}]\n"

func TestRefreshTokensOfAClass(t *testing.T) {
	w := open(t, vendor, refreshClass)
	first := w.login()
	if text := first.text("refresh_token"); !strings.HasPrefix(text, "vr_") || len(text) != 23 || w.call("GET", "/v1/pets", text) != 401 {
		t.Errorf("the token is %s", text)
	}
	second := w.refresh(first.text("refresh_token"))
	old, err := w.registry.ByText(t.Context(), first.text("refresh_token"))
	next, err2 := w.registry.ByText(t.Context(), second.text("refresh_token"))
	if err != nil || err2 != nil || old.State != credential.Used || old.Successor != next.ID || old.Family != next.Family || !old.EndedAt.Equal(start) {
		t.Errorf("the first is %+v, the second %+v, %v, %v", old, next, err, err2)
	}
	w.refused(w.refresh(first.text("refresh_token")), 400, "invalid_grant")
	w.refused(w.refresh(second.text("refresh_token")), 400, "invalid_grant")
	late := w.login().text("refresh_token")
	w.advance(48 * time.Hour)
	w.refused(w.refresh(late), 400, "invalid_grant")
}

func TestRefreshRotates(t *testing.T) {
	w := open(t, vendor)
	first := w.login()
	w.advance(2 * time.Hour) // the access token is over
	second := w.refresh(first.text("refresh_token"))
	if second.status != 200 || second.text("refresh_token") == "" || second.text("refresh_token") == first.text("refresh_token") {
		t.Fatalf("got %d %s", second.status, second.raw)
	}
	if s := w.call("GET", "/v1/pets", second.text("access_token")); s != 200 {
		t.Errorf("the new token gives %d", s)
	}
	before, after := w.claims(first.text("id_token")), w.claims(second.text("id_token"))
	for _, name := range []string{"sub", "iss", "aud", "auth_time", "sid"} {
		if before[name] != after[name] || before[name] == nil {
			t.Errorf("%s was %v and is %v (OpenID Connect Core 1.0, 12.2)", name, before[name], after[name])
		}
	}
	if before["iat"] == after["iat"] {
		t.Error("iat stayed")
	}
	w.refused(w.refresh(second.text("access_token")), 400, "invalid_grant")
}

func TestUsedRefreshTokenEndsTheFamily(t *testing.T) {
	w := open(t, vendor)
	first := w.login()
	bystander := w.login()
	second := w.refresh(first.text("refresh_token"))
	w.refused(w.refresh(first.text("refresh_token")), 400, "invalid_grant")
	w.refused(w.refresh(second.text("refresh_token")), 400, "invalid_grant")
	if s := w.call("GET", "/v1/pets", second.text("access_token")); s != 401 {
		t.Errorf("the access token of the family gives %d", s)
	}
	if a := w.refresh(bystander.text("refresh_token")); a.status != 200 {
		t.Errorf("another family's token gives %d %s", a.status, a.raw)
	}
}

func TestUsedRefreshTokenRejected(t *testing.T) {
	w := open(t, vendor, "  provider: {reuse: reject}\n")
	first := w.login()
	second := w.refresh(first.text("refresh_token"))
	w.refused(w.refresh(first.text("refresh_token")), 400, "invalid_grant")
	if a := w.refresh(second.text("refresh_token")); a.status != 200 {
		t.Errorf("the newer token gives %d %s", a.status, a.raw)
	}
}

func TestRefreshGrace(t *testing.T) {
	w := open(t, vendor, "  provider: {reuseGrace: 10s}\n")
	first := w.login()
	second := w.refresh(first.text("refresh_token"))
	w.advance(10*time.Second - time.Nanosecond)
	if again := w.refresh(first.text("refresh_token")); again.text("refresh_token") != second.text("refresh_token") || again.text("access_token") != second.text("access_token") {
		t.Errorf("inside the grace: %d %s", again.status, again.raw)
	}
	w.advance(time.Nanosecond)
	w.refused(w.refresh(first.text("refresh_token")), 400, "invalid_grant")
	w.refused(w.refresh(second.text("refresh_token")), 400, "invalid_grant")
}

func TestRefreshTokenEndsWithItsSecond(t *testing.T) {
	w := open(t, vendor, "  provider: {refresh: 48h}\n")
	late := w.login()
	w.advance(48 * time.Hour)
	w.refused(w.refresh(late.text("refresh_token")), 400, "invalid_grant")
	text := w.login().text("refresh_token")
	for range 3 { // each has a whole life of its own
		w.advance(48*time.Hour - time.Nanosecond)
		a := w.refresh(text)
		if a.status != 200 {
			t.Fatalf("a nanosecond before its end: %d %s", a.status, a.raw)
		}
		text = a.text("refresh_token")
	}
}

func TestRefreshScopes(t *testing.T) {
	w := open(t, vendor)
	first := w.login("scope", "openid pets.read pets.write")
	w.refused(w.refresh(first.text("refresh_token"), "scope", "pets.read email"), 400, "invalid_scope")
	less := w.refresh(first.text("refresh_token"), "scope", "pets.read")
	if less.text("scope") != "pets.read" || w.call("POST", "/v1/pets", less.text("access_token")) != 403 || less.text("id_token") != "" {
		t.Errorf("fewer scopes: %s", less.raw)
	}
	if all := w.refresh(less.text("refresh_token")); all.text("scope") != "openid pets.read pets.write" || w.call("POST", "/v1/pets", all.text("access_token")) != 200 {
		t.Errorf("all scopes again: %s", all.raw)
	}
}

func TestRefreshTokenIsTheClients(t *testing.T) {
	w := open(t, vendor)
	first := w.login()
	_, secret := w.client(credential.Client{ID: "other", Name: "Other"})
	w.refused(w.refresh(first.text("refresh_token"), "client_id", "other", "client_secret", secret), 400, "invalid_grant")
	if a := w.refresh(first.text("refresh_token")); a.status != 200 {
		t.Errorf("after another client's try: %d %s", a.status, a.raw)
	}
}

func TestRefreshOnlyForOfflineAccess(t *testing.T) {
	w := open(t, vendor, "  provider: {refreshFor: offline_access}\n")
	if a := w.login("scope", "openid"); a.text("refresh_token") != "" {
		t.Errorf("got %s", a.raw)
	}
	if a := w.login("scope", "openid offline_access"); a.text("refresh_token") == "" {
		t.Errorf("got %s", a.raw)
	}
}

// Of many requests with one token at the same time one wins. What the others do to the family is the settings'.
func TestParallelRefresh(t *testing.T) {
	for _, reuse := range []string{"reject", "revoke-family"} {
		t.Run(reuse, func(t *testing.T) {
			w := open(t, vendor, "  provider: {reuse: "+reuse+"}\n")
			text := w.login().text("refresh_token")
			const n = 20
			answers := make([]answer, n)
			var all sync.WaitGroup
			for i := range n {
				all.Go(func() {
					body := params("grant_type", "refresh_token", "refresh_token", text, "client_id", "web", "client_secret", w.secret).Encode()
					r, _ := http.NewRequestWithContext(t.Context(), "POST", w.server.URL+w.provider.Paths().Token, strings.NewReader(body))
					r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
					answers[i] = w.do(r)
				})
			}
			all.Wait()
			var winners []answer
			for _, a := range answers {
				if a.status == 200 {
					winners = append(winners, a)
				} else {
					w.refused(a, 400, "invalid_grant")
				}
			}
			if len(winners) != 1 {
				t.Fatalf("%d of %d won", len(winners), n)
			}
			want := map[string]int{"reject": 200, "revoke-family": 400}[reuse]
			if a := w.refresh(winners[0].text("refresh_token")); a.status != want {
				t.Errorf("the winner's new token gives %d %s", a.status, a.raw)
			}
		})
	}
}

func TestRevokedByTheRegistry(t *testing.T) {
	w := open(t, vendor, refreshClass)
	first := w.login()
	tokens, err := w.registry.Credentials(t.Context(), credential.Filter{Client: "web"})
	if err != nil || len(tokens) == 0 {
		t.Fatalf("the registry has %d tokens, %v", len(tokens), err)
	}
	if _, err := w.registry.RevokeFamily(t.Context(), tokens[0].Family); err != nil {
		t.Fatal(err)
	}
	if s := w.call("GET", "/v1/pets", first.text("access_token")); s != 401 {
		t.Errorf("the access token gives %d", s)
	}
	w.refused(w.refresh(first.text("refresh_token")), 400, "invalid_grant")
}
