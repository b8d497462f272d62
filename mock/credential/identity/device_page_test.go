package identity_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// A waitingDevice is a device that asked for tokens.
type waitingDevice struct {
	Code     string `json:"device_code"`
	UserCode string `json:"user_code"`
	Whole    string `json:"verification_uri_complete"`
}

const devicePath = "/oauth2/device"

func (s *pageStand) device(t *testing.T) waitingDevice {
	t.Helper()
	v := s.browser(t).post("/oauth2/device_authorization", url.Values{"client_id": {"local"}, "scope": {"openid shipments:read"}})
	var d waitingDevice
	if err := json.Unmarshal([]byte(v.body), &d); err != nil || d.UserCode == "" {
		t.Fatalf("device authorization: %d %s", v.status, v.body)
	}
	return d
}

// poll is the device's own request for tokens.
func (s *pageStand) poll(t *testing.T, d waitingDevice) map[string]any {
	t.Helper()
	return s.redeem(t, url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {d.Code}, "client_id": {"local"}})
}

func TestDevicePage(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	for name, want := range map[string]string{"approve": "usr_mateo", "deny": "access_denied"} {
		d, b := s.device(t), s.browser(t)
		enter := b.get(devicePath, nil)
		enter.shows(http.StatusOK, "Connect a device", "Sign in as", "no password is needed")
		if enter.one("label", "for", "user_code").text() == "" || enter.form("enter").Get("user_code") != "" {
			t.Error("the field for the code has no label, or something stands in it")
		}
		typed := " " + strings.ToLower(strings.ReplaceAll(d.UserCode, "-", "")) // case, blanks and hyphens do not count
		confirm := b.post(devicePath, enter.form("enter", "user", "usr_mateo", "user_code", typed))
		confirm.shows(http.StatusOK, "Connect Local tool?", d.UserCode, "Signed in as Mateo Rivas", "See your shipments", "Know who you are")
		if got := s.poll(t, d)["error"]; got != "authorization_pending" {
			t.Errorf("%s: before the decision the device hears %v", name, got)
		}
		done := b.post(devicePath, confirm.form(name))
		done.shows(http.StatusOK, map[string]string{"approve": "Device connected", "deny": "Access refused"}[name])
		s.clock.Advance(time.Minute)
		answer := s.poll(t, d)
		got := text(answer["error"])
		if id := text(answer["id_token"]); id != "" {
			claims, err := s.registry.VerifySigned(id)
			if err != nil {
				t.Fatal(err)
			}
			got = text(claims["sub"])
		}
		if got != want {
			t.Errorf("%s: the device gets %v, want %s", name, answer, want)
		}
		b.post(devicePath, confirm.form(name)).shows(http.StatusBadRequest, "answered already")
		b.get(devicePath, url.Values{"user_code": {d.UserCode}}).shows(http.StatusUnprocessableEntity, "No device waits with this code")
	}
}

// A code in the URL saves the typing, and nothing else.
func TestDevicePageWholeURI(t *testing.T) {
	for flavour, name := range map[string]string{"rfc": "user_code", "authentik": "code"} {
		s := newPageStand(t, pageOptions{provider: "{flavour: " + flavour + "}"})
		path := s.Paths().DevicePage
		v := s.browser(t).post(s.Paths().DeviceAuthorization, url.Values{"client_id": {"local"}})
		var d waitingDevice
		if err := json.Unmarshal([]byte(v.body), &d); err != nil || !strings.Contains(d.Whole, "?"+name+"=") {
			t.Fatalf("%s: %s (%v)", flavour, v.body, err)
		}
		b := s.browser(t)
		page := b.get(path, url.Values{name: {d.UserCode}})
		if page.shows(http.StatusOK, "Sign in as"); page.form("enter").Get("user_code") != d.UserCode {
			t.Errorf("%s: the field holds %q, want the code", flavour, page.form("enter").Get("user_code"))
		}
		b.post(path, page.form("enter")).shows(http.StatusOK, d.UserCode, "Signed in as Amara Okafor")
		confirm := b.get(path, url.Values{name: {d.UserCode}})
		confirm.shows(http.StatusOK, d.UserCode, "Signed in as Amara Okafor")
		again := b.post(path, confirm.form("switch"))
		if again.shows(http.StatusOK, "Sign in as"); again.form("enter").Get("user_code") != d.UserCode {
			t.Errorf("%s: the code is gone after switching the user", flavour)
		}
		b.post(path, again.form("enter", "user", "usr_mateo")).shows(http.StatusOK, "Signed in as Mateo Rivas")
	}
}

func TestDevicePageBadCodes(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	d, b := s.device(t), s.browser(t)
	page := b.post(devicePath, b.get(devicePath, nil).form("enter", "user_code", "BCDF-0000"))
	page.shows(http.StatusUnprocessableEntity, "No device waits with this code", "Signed in as Amara Okafor")
	for range 8 {
		page = b.post(devicePath, page.form("enter", "user_code", "BCDF-0000"))
		page.shows(http.StatusUnprocessableEntity, "No device waits with this code")
	}
	page = b.get(devicePath, url.Values{"user_code": {"BCDF-0000"}}) // the tenth
	page.shows(http.StatusTooManyRequests, "Ten wrong codes")
	b.post(devicePath, changed(page.form("switch", "user_code", d.UserCode), "action", "enter")).shows(http.StatusTooManyRequests, "Ten wrong codes")
	b.get(devicePath, url.Values{"user_code": {d.UserCode}}).shows(http.StatusTooManyRequests, "Ten wrong codes")
	again := b.post(devicePath, page.form("switch"))
	again.shows(http.StatusOK, "Sign in as")
	b.post(devicePath, again.form("enter", "user_code", d.UserCode)).shows(http.StatusOK, "Connect Local tool?")
}

func TestDevicePageEnds(t *testing.T) {
	s := newPageStand(t, pageOptions{provider: "{device: 3m}"})
	d, b := s.device(t), s.browser(t)
	confirm := b.post(devicePath, b.get(devicePath, nil).form("enter", "user_code", d.UserCode))
	s.clock.Advance(3 * time.Minute)
	b.post(devicePath, confirm.form("approve")).shows(http.StatusBadRequest, "not good any more")

	d = s.device(t)
	page := b.get(devicePath, nil)
	s.clock.Advance(10 * time.Minute)
	b.post(devicePath, page.form("enter", "user_code", d.UserCode)).shows(http.StatusBadRequest, "longer than ten minutes")
}

func TestDevicePageForgeries(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	d, b, attacker := s.device(t), s.browser(t), s.browser(t)
	enter := b.get(devicePath, nil)
	confirm := b.post(devicePath, enter.form("enter", "user_code", d.UserCode))
	attacker.post(devicePath, confirm.form("approve")).shows(http.StatusForbidden)
	theirs := attacker.post(devicePath, attacker.get(devicePath, nil).form("enter", "user_code", d.UserCode))
	b.post(devicePath, theirs.form("approve")).shows(http.StatusForbidden)
	b.header = http.Header{"Sec-Fetch-Site": {"cross-site"}}
	b.post(devicePath, confirm.form("approve")).shows(http.StatusForbidden)
	b.header = http.Header{}
	fresh := b.get(devicePath, nil)
	b.post(devicePath, changed(fresh.form("enter"), "action", "approve")).shows(http.StatusBadRequest, "approve or to deny")
	b.post(devicePath, fresh.form("enter", "user", "usr_nobody", "user_code", d.UserCode))
	if got := s.poll(t, d)["error"]; got != "authorization_pending" {
		t.Errorf("the device hears %v, want that nobody has decided", got)
	}
	delete(b.cookies, "understudy_login")
	b.post(devicePath, confirm.form("approve")).shows(http.StatusUnprocessableEntity, "signed out in the meantime")
	b.post(devicePath, confirm.form("approve")).shows(http.StatusUnprocessableEntity, "Sign in as")
}

func TestDevicePageUnknownUser(t *testing.T) {
	s := newPageStand(t, pageOptions{})
	b := s.browser(t)
	page := b.post(devicePath, b.get(devicePath, nil).form("enter", "user", "usr_nobody", "user_code", "BCDF"))
	page.shows(http.StatusUnprocessableEntity, "Nobody here has this")
	if page.form("enter").Get("user_code") != "BCDF" || b.cookies["understudy_login"] != "" {
		t.Error("the code is gone, or somebody is signed in")
	}
}

// Where no page is shown the device has its tokens at once; who opens the page all the same may choose who agrees.
func TestDevicePageAutomatically(t *testing.T) {
	s := newPageStand(t, pageOptions{auto: true})
	for hint, want := range map[string]string{"": "usr_amara", "usr_mateo": "usr_mateo", "deny": ""} {
		d := s.device(t)
		v := s.browser(t).get(devicePath, url.Values{"user_code": {d.UserCode}, "login_hint": {hint}})
		v.shows(http.StatusOK, map[bool]string{true: "Device connected", false: "Access refused"}[want != ""])
		answer := s.poll(t, d)
		claims, _ := s.registry.VerifySigned(text(answer["id_token"]))
		if want == "" && answer["error"] != "access_denied" || want != "" && claims["sub"] != want {
			t.Errorf("login_hint=%s: the device gets %v with %v, want %q", hint, answer, claims, want)
		}
		if want != "" {
			s.browser(t).get(devicePath, url.Values{"user_code": {d.UserCode}}).shows(http.StatusBadRequest, "not good any more")
		}
	}
	s.browser(t).get(devicePath, url.Values{"user_code": {"BCDF-0000"}}).shows(http.StatusBadRequest, "not good any more")
	s.browser(t).get(devicePath, nil).shows(http.StatusOK, "Connect a device")
}
