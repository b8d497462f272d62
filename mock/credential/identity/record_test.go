package identity_test

import (
	"strings"
	"testing"
	"time"

	"understudy/mock/store"
)

func (w *world) records() (n int, all string) {
	w.Helper()
	err := w.registry.Store().View(w.Context(), func(tx store.Tx) error {
		for key, value := range tx.Scan("identity/", store.Scan{}) {
			n++
			all += key + " " + string(value) + "\n"
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	return n, all
}

// What has run out is thrown away, so that the store does not grow with the number of logins.
func TestRecordsAreSwept(t *testing.T) {
	w := open(t, vendor, "  provider: {refresh: 24h}\n")
	var peak int
	for day := range 16 {
		for range 3 {
			w.login()
		}
		w.advance(24 * time.Hour)
		if n, _ := w.records(); day == 10 {
			peak = n
		} else if day > 10 && n > peak+10 {
			t.Fatalf("day %d: %d records, on day 10 there were %d", day, n, peak)
		}
	}
}

// A store that is looked at gives no code, token or device code away.
func TestRecordsHoldNoSecrets(t *testing.T) {
	w := open(t, vendor)
	code := w.code("web")
	a := w.login()
	device := w.device()
	_, all := w.records()
	for name, secret := range map[string]string{
		"code": code, "access token": a.text("access_token"), "refresh token": a.text("refresh_token"), "client secret": w.secret, "device code": device.text("device_code"),
	} {
		if secret == "" || strings.Contains(all, secret) {
			t.Errorf("the %s stands in the store", name)
		}
	}
}

func TestReset(t *testing.T) {
	w := open(t, vendor)
	code, text := w.code("web"), w.login().text("refresh_token")
	if err := w.provider.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, all := w.records(); n != 0 {
		t.Errorf("%d records are left:\n%s", n, all)
	}
	w.refused(w.token("grant_type", "authorization_code", "code", code, "redirect_uri", callback, "code_verifier", verifier), 400, "invalid_grant")
	w.refused(w.refresh(text), 400, "invalid_grant")
}

// The same secret, clock and requests give the same bytes.
func TestSameSecretSameTokens(t *testing.T) {
	first, second := open(t, vendor), open(t, vendor)
	a, b := first.login("scope", "pets.read"), second.login("scope", "pets.read")
	if a.text("refresh_token") != b.text("refresh_token") || first.code("web") != second.code("web") {
		t.Error("the texts differ")
	}
}
