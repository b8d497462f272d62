package mock_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"understudy/contracts/redact"
	"understudy/mock"
)

// What answers give away: the texts of members that hold secrets.
var givenAway = regexp.MustCompile(`"(?:access_token|accessToken|refresh_token|refreshToken|id_token|client_secret|secret|key|apiKey|token)":\s*"([A-Za-z0-9._~+/=-]{16,})"`)

// hiding are the forms in which a secret may hide in a text.
func hiding(secret string) []string {
	quoted, _ := json.Marshal(secret) // a string
	list := []string{secret, string(quoted[1 : len(quoted)-1]), url.QueryEscape(secret), url.PathEscape(secret)}
	for before := range 3 {
		padded := append(make([]byte, before), secret...)
		from, to := (before*8+5)/6, len(padded)*8/6
		list = append(list, base64.RawStdEncoding.EncodeToString(padded)[from:to], base64.RawURLEncoding.EncodeToString(padded)[from:to])
	}
	return list
}

// shownTo is all that readers of a journal see of it, in the form of the archive, with the traces.
func shownTo(t *testing.T, j mock.Entries) string {
	t.Helper()
	var b bytes.Buffer
	list := j.List(mock.Query{})
	if err := mock.WriteHAR(&b, list, nil); err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		trace, err := json.Marshal(e.Trace)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(trace)
		b.Write(e.RequestBody)
		b.Write(e.ResponseBody)
	}
	return b.String()
}

// TestNoSecretInMarkedJournals plays sessions over every built-in contract: no credential that was ready, given away or sent stands in
// the journal with marks, in any encoding, while the answers themselves were full of them.
func TestNoSecretInMarkedJournals(t *testing.T) {
	for _, name := range recorded {
		t.Run(name, func(t *testing.T) {
			p := newPlayer(t, name, 7)
			p.play()
			secrets := map[string]bool{}
			for _, r := range p.server.Ready() {
				if r.Secret && len(r.Value) >= 12 {
					secrets[r.Value] = true
					p.do("GET", "/nowhere?q="+url.QueryEscape(r.Value), "", "", "Authorization: Bearer "+r.Value)
					p.do("POST", "/nowhere", `{"note":"`+base64.StdEncoding.EncodeToString([]byte("me:"+r.Value))+`","client_secret":"`+r.Value+`"}`, "")
				}
			}
			for _, m := range givenAway.FindAllStringSubmatch(p.out.String(), -1) {
				if _, err := p.server.Credentials().ByText(t.Context(), m[1]); err == nil {
					secrets[m[1]] = true
				}
			}
			if len(secrets) == 0 {
				t.Fatal("the session has no secret")
			}
			text := shownTo(t, p.server.Marked())
			for _, secret := range slices.Sorted(maps.Keys(secrets)) {
				for _, form := range hiding(secret) {
					if at := strings.Index(text, form); at >= 0 {
						t.Errorf("%s is to be seen in …%s…", form, text[max(0, at-80):min(len(text), at+len(form)+20)])
						break
					}
				}
			}
			if marks := redact.Marks(text); len(marks) < len(secrets) {
				t.Errorf("%d marks stand for %d secrets", len(marks), len(secrets))
			}
		})
	}
}

// TestMarksAreEqual: a token has one mark in the answer that gave it, in the header of the next request, and in the journals of other
// stand-ins with the same secret.
func TestMarksAreEqual(t *testing.T) {
	p := newPlayer(t, "recorded.yaml", 7)
	token := p.do("POST", "/v1/login", `{"email":"ada@paws.example","password":"kettle-anchor-violin"}`, "access_token")
	p.do("GET", "/v1/pets", "", "", "Authorization: Bearer "+token)
	p.do("GET", "/v1/pets?x="+token, "", "", "X-Note: "+token)
	list := p.server.Marked().List(mock.Query{})
	given := regexp.MustCompile(`"access_token":"([^"]+)"`).FindSubmatch(list[0].ResponseBody)
	if given == nil || len(redact.Marks(string(given[1]))) != 1 || string(given[1]) != redact.Marks(string(given[1]))[0] {
		t.Fatalf("the answer says %s", list[0].ResponseBody)
	}
	mark := string(given[1])
	if got := list[1].RequestHeader.Get("Authorization"); got != "Bearer "+mark {
		t.Errorf("the header says %s, the answer %s", got, mark)
	}
	if got := list[2].URL + list[2].RequestHeader.Get("X-Note"); strings.Count(got, mark) != 2 {
		t.Errorf("the third request says %s", got)
	}
	other := newPlayer(t, "recorded.yaml", 7)
	other.do("GET", "/v1/pets", "", "", "Authorization: Bearer "+token)
	if got := other.server.Marked().List(mock.Query{})[0].RequestHeader.Get("Authorization"); got != "Bearer "+mark {
		t.Errorf("another stand-in marks it as %s", got)
	}
	stranger := newPlayer(t, "recorded.yaml", 8)
	stranger.do("GET", "/v1/pets", "", "", "Authorization: Bearer "+token)
	if got := stranger.server.Marked().List(mock.Query{})[0].RequestHeader.Get("Authorization"); got == "Bearer "+mark {
		t.Error("marks do not depend on the secret")
	}
	if e, ok := p.server.Marked().Get(list[1].ID); !ok || e.RequestHeader.Get("Authorization") != "Bearer "+mark {
		t.Errorf("Get shows %v", e)
	}
	for e := range p.server.Marked().Follow(t.Context(), list[0].ID) {
		if got := e.RequestHeader.Get("Authorization"); got != "Bearer "+mark {
			t.Errorf("Follow shows %s", got)
		}
		break
	}
}
