package identity_test

import (
	"strings"
	"testing"
	"time"

	"understudy/mock/credential/identity"
)

// attended makes a provider whose users decide for themselves.
func attended(t *testing.T, source string, extra ...string) *world {
	t.Helper()
	w := open(t, source, extra...)
	w.provider = identity.New(identity.Options{Registry: w.registry})
	return w
}

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

func (w *world) device(pairs ...string) answer {
	w.Helper()
	return w.send("POST", w.provider.Paths().DeviceAuthorization, params(append([]string{"client_id", "app", "scope", "openid pets.read"}, pairs...)...))
}

func (w *world) poll(code string) answer {
	w.Helper()
	return w.send("POST", w.provider.Paths().Token, params("client_id", "app", "grant_type", deviceGrant, "device_code", code))
}

func TestDevice(t *testing.T) {
	w := attended(t, vendor)
	a := w.device()
	code, user := a.text("device_code"), a.text("user_code")
	uri := w.server.URL + "/oauth2/device"
	if a.status != 200 || len(user) != 9 || a.text("verification_uri") != uri || a.text("verification_uri_complete") != uri+"?user_code="+user ||
		a.body["expires_in"] != 600.0 || a.body["interval"] != 5.0 || code == "" {
		t.Fatalf("got %d %s", a.status, a.raw)
	}
	if scopes, err := w.provider.DeviceScopes(t.Context(), strings.ToLower(strings.ReplaceAll(user, "-", " "))); err != nil || strings.Join(scopes, " ") != "openid pets.read" {
		t.Errorf("a code typed in another way finds %v, %v", scopes, err)
	}
	w.refused(w.poll(code), 400, "authorization_pending")
	w.advance(5*time.Second - time.Nanosecond)
	w.refused(w.poll(code), 400, "slow_down") // from now on every 10 s
	w.advance(9 * time.Second)
	w.refused(w.poll(code), 400, "slow_down") // 15 s
	w.advance(15 * time.Second)
	w.refused(w.poll(code), 400, "authorization_pending")
	w.refused(w.token("grant_type", deviceGrant, "device_code", code), 400, "invalid_grant")
	if err := w.provider.DecideDevice(t.Context(), user, "usr_2", true); err != nil {
		t.Fatal(err)
	}
	if err := w.provider.DecideDevice(t.Context(), user, "usr_2", false); err == nil {
		t.Error("it can be decided twice")
	}
	tokens := w.poll(code)
	if tokens.status != 200 || w.call("GET", "/v1/pets", tokens.text("access_token")) != 200 || w.claims(tokens.text("id_token"))["sub"] != "usr_2" {
		t.Errorf("got %d %s", tokens.status, tokens.raw)
	}
	w.refused(w.poll(code), 400, "invalid_grant")
}

func TestDeviceRefused(t *testing.T) {
	w := attended(t, vendor)
	a := w.device()
	if err := w.provider.DecideDevice(t.Context(), a.text("user_code"), "usr_1", false); err != nil {
		t.Fatal(err)
	}
	w.refused(w.poll(a.text("device_code")), 400, "access_denied")

	a = w.device()
	w.advance(10*time.Minute - time.Nanosecond)
	w.refused(w.poll(a.text("device_code")), 400, "authorization_pending")
	w.advance(time.Nanosecond)
	w.refused(w.poll(a.text("device_code")), 400, "expired_token")
	if err := w.provider.DecideDevice(t.Context(), a.text("user_code"), "usr_1", true); err == nil {
		t.Error("a code that has expired can be decided on")
	}
	w.refused(w.device("scope", "cats"), 400, "invalid_scope")
	w.refused(w.device("client_id", "nobody"), 401, "invalid_client")
	w.refused(w.device("client_id", "web"), 401, "invalid_client")
}

func TestDeviceWithoutPage(t *testing.T) {
	w := open(t, vendor)
	if a := w.poll(w.device().text("device_code")); a.status != 200 {
		t.Errorf("got %d %s", a.status, a.raw)
	}
}
