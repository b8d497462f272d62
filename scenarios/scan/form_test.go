package scan_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/scenarios/scan"
)

// TestOtherForms is about credentials without a prefix, behind names, tokens and payment keys, contract by contract.
func TestOtherForms(t *testing.T) {
	sanctum := "12|" + key("", mixed, 40, 1)
	bare := key("", "0123456789abcdef", 40, 2)
	pay := key("sk_"+"test_", mixed, 24, 3)
	shop := key("shop_", mixed, 20, 4)
	token := func(claims string) string {
		part := base64.RawURLEncoding.EncodeToString
		return part([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + part([]byte(claims)) + "." + key("", mixed, 43, 5)
	}
	for _, c := range []struct{ contract, text, want string }{
		{"eckospace", "token: " + sanctum, "SCN-001"},
		{"eckospace", "| 12 | " + sanctum[3:] + " |", ""},
		{"eckospace", "x12|" + sanctum[3:], ""},
		{"eckospace", pay, "SCN-011"},
		{"eckospace", "pk_" + pay[3:], ""},
		{"ecosire", key("rk_"+"live_", mixed, 30, 3), "SCN-011"},
		{"ecosire", "ECOSIRE_LICENSE_SECRET=" + key("", mixed, 32, 6), "SCN-010"},
		{"ecosire", `{"STRIPE_WEBHOOK_SECRET": "` + key("whsec_", mixed, 32, 6) + `"}`, "SCN-010"},
		{"ecosire", "kind: Deployment\n- name: ECOSIRE_LICENSE_SECRET\n  value: " + key("", mixed, 32, 6), "SCN-010"},
		{"echowin", "X-API-Key: " + key("a", mixed, 31, 7), "SCN-001"},
		{"echowin", `headers.set("X-API-Key", "` + key("a", mixed, 31, 7) + `")`, "SCN-001"},
		{"echowin", `'x-api-key': '` + key("ew_", mixed, 32, 7) + `'`, "SCN-001"},
		{"echowin", `headers.set("X-API-Key", process.env.ECHOWIN_API_KEY)`, ""},
		{"echowin", `"X-API-Key": config.keys.first2.production`, ""},
		{"echowin", `X-API-Key: YOUR_API_KEY_GOES_HERE_1234`, ""},
		{"echowin", "new_" + key("", mixed, 32, 7), ""},
		{"echowin", "ew_thisIsTheNameOfSomethingElseHere", ""},
		{"shop", "SHOP_BARE=" + bare, "SCN-001"},
		{"shop", "sha1 = " + bare, ""},
		{"shop", "SHOP_BARE=" + bare + "00", ""},
		{"shop", shop, "SCN-001"},
		{"shop", "shop_q8Zr5LwKx2Vd7NfTb3Hy", ""}, // it stands in the document
		{"shop", "t = " + token(`{"iss":"https://id.shop.example","sub":"1"}`), "SCN-001"},
		{"shop", "t = " + token(`{"iss":"https://id.other.example","sub":"1"}`), ""},
		{"shop", "t = " + token(`not JSON`), ""},
		{"ecoevents", "t = " + token(`{"sub":"1","jti":"2","iat":1,"exp":2}`), "SCN-001"},
		{"ecoevents", "t = " + token(`{"sub":"1","name":"John Doe","iat":1516239022}`), ""},
	} {
		source := c.contract
		if source == "shop" {
			source = "testdata/shop.yaml"
		}
		r := examine(t, load(t, source), files("some/file.txt", "\n"+c.text+"\n"))
		var got []string
		for _, f := range findings(r) {
			got = append(got, f.Check)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %s: got %s, want %s", c.contract, c.text, got, c.want)
		}
	}
}

// TestWhose is about secrets whose form several contracts have.
func TestWhose(t *testing.T) {
	hook := key("whsec_", mixed, 32, 1)
	all := load(t, contracts.Builtins()...)
	for _, c := range []struct{ text, want string }{
		{"ECKOSPACE_WEBHOOK_SECRET=" + hook, "eckospace"},
		{"api.ecoevents.com " + hook, "ecoevents"},
		{"the ecosire shop " + hook, "ecosire"},
		{"STRIPE_WEBHOOK_SECRET=" + hook + " # ecosire", "ecosire"},
		{hook, "eckospace ecoevents ecosire"},
	} {
		for _, chosen := range []bool{true, false} {
			r := examine(t, all, files("a.txt", c.text), func(o *scan.Options) { o.Chosen = chosen })
			var got []string
			for _, f := range findings(r) {
				got = append(got, f.Contract)
				if f.Check != "SCN-010" {
					t.Errorf("%s: %s", c.text, f.Check)
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%s: got %s, want %s", c.text, got, c.want)
			}
		}
	}
}

// TestUnnamed passes over contracts that nobody named and no file names.
func TestUnnamed(t *testing.T) {
	all := load(t, contracts.Builtins()...)
	r := examine(t, all, files("a.js", "fetch('https://api.ecoevents.com/v1/events')"), func(o *scan.Options) { o.Chosen = false })
	for _, s := range r.Suites {
		passed := 0
		for _, one := range s.Tests {
			if one.Outcome == "passed" {
				passed++
			} else if s.Contract != "ecoevents" && one.Check != "SCN-007" && !strings.Contains(one.Reason, "--contract "+s.Contract) {
				t.Errorf("%s: %s", one.ID, one.Reason)
			}
		}
		if (passed > 0) != (s.Contract == "ecoevents") {
			t.Errorf("%s: %d tests passed", s.Contract, passed)
		}
	}
}

// TestNothingKnown says so where a contract tells nothing by which its credentials could be known.
func TestNothingKnown(t *testing.T) {
	list := load(t, "testdata/bare.yaml")
	r := examine(t, list, files("a.go", "x"))
	for _, id := range []string{"SCN-001", "SCN-009", "SCN-010", "SCN-011", "SCN-012"} {
		if o := outcome(r, id+"/"+list[0].Name); o.Outcome != "skipped" || o.Reason == "" {
			t.Errorf("%s: %s %s", id, o.Outcome, o.Reason)
		}
	}
}

// TestExcerpt hides the secrets beside one another, whole and before anything is cut.
func TestExcerpt(t *testing.T) {
	a, b := liveKey(1), liveKey(2)
	pad := strings.Repeat("x ", 21)
	text := fmt.Sprintf("{\"one\": %q, %s\"two\": %q, \"password\": \"hunter-two-three\"}", a, pad, b)
	list := findings(examine(t, load(t, "ecoevents"), files("a.json", text)))
	if len(list) != 2 {
		t.Fatalf("%d findings", len(list))
	}
	for _, f := range list {
		for _, secret := range []string{a, b} {
			for n := 8; n+6 < len(secret)-4; n++ {
				if strings.Contains(f.Got, secret[n:n+6]) {
					t.Errorf("%q holds a part of %s", f.Got, secret)
				}
			}
		}
		if strings.Contains(f.Got, "hunter") || !strings.Contains(f.Got, "ek_live_***"+a[len(a)-4:]) && !strings.Contains(f.Got, "ek_live_***"+b[len(b)-4:]) {
			t.Errorf("the excerpt is %q", f.Got)
		}
	}
	if list[0].Fingerprint == list[1].Fingerprint {
		t.Error("two keys in one file have one fingerprint")
	}
	moved := findings(examine(t, load(t, "ecoevents"), files("a.json", "\n\n\n"+strings.ReplaceAll(text, ", ", ",\n"))))
	if len(moved) != 2 || moved[0].Fingerprint != list[0].Fingerprint || moved[1].Fingerprint != list[1].Fingerprint {
		t.Error("the fingerprints changed with the lines")
	}
}
