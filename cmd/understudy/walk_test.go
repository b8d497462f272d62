package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"understudy/contracts"
)

// told is an answer with everything in it that stories look at.
var told = answer{exchange: contracts.Exchange{
	Status: 200,
	ResponseHeader: http.Header{
		"Set-Cookie": {"sid=abc123; Path=/; HttpOnly"}, "Location": {"/back?state=s%201"}, "X-Two": {"a", "b"},
	},
	// The token is the example of RFC 7519, 3.1.
	ResponseBody: []byte(`{"n":3,"r":0.25,"t":true,"z":null,"s":"text","l":[1,2],"o":{"a":"b"},"token":"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.` +
		`eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}`),
}}

// TestExpectations says of each expectation when it holds and, as important, when it does not.
func TestExpectations(t *testing.T) {
	fill := func(text string) string { return strings.ReplaceAll(text, "{kept}", "text") }
	for _, c := range []struct {
		place string
		want  any
		holds bool
	}{
		{"/n", 3, true}, {"/n", 4, false}, {"/s", 3, false}, {"/nothing", 3, false},
		{"/r", "0.25", true}, {"/t", true, true}, {"/t", false, false}, {"/s", true, false},
		{"/z", nil, true}, {"/s", nil, false}, {"/nothing", nil, false},
		{"/s", "text", true}, {"/s", "{kept}", true}, {"/s", "texts", false}, {"/nothing", "", false},
		{"/s", like("^t"), true}, {"/s", like("^x"), false}, {"/nothing", like("."), false}, {"/nothing", like(""), false},
		{"/s", has("ex"), true}, {"/s", has("xe"), false}, {"/nothing", has(""), false},
		{"/s", lacks("xe"), true}, {"/s", lacks("ex"), false}, {"text", lacks("{kept}"), false}, {"text", lacks("{never kept}"), true}, {"text", lacks("{unknown}"), false},
		{"text", lacks(""), false},
		{"/s", other("thing"), true}, {"/s", other("{kept}"), false}, {"/nothing", other("x"), false}, {"/s", other("{unknown}"), false},
		{"/l", entries(2), true}, {"/l", entries(1), false}, {"/o", entries(1), true}, {"/s", entries(4), false}, {"/nothing", entries(0), false},
		{"/o", same(`{"a":"b"}`), true}, {"/o", same(`{"a":"c"}`), false}, {"/l", same(`[1,2]`), true}, {"/l", same(`[2,1]`), false}, {"/nothing", same(`null`), false},
		{"/n", after{"1", "2"}, true}, {"/n", after{"1", "3"}, false}, {"/s", after{"1", "2"}, false},
		{"/nothing", absent, true}, {"/s", absent, false}, {"/z", absent, false},
		{"/s", all{has("t"), lacks("z")}, true}, {"/s", all{has("t"), lacks("x")}, false},
		{"header x-two", "a, b", true}, {"header X-Three", absent, true},
		{"cookie sid", "abc123", true}, {"cookie other", absent, true}, {"attributes sid", has("HttpOnly"), true}, {"attributes sid", has("Secure"), false},
		{"location state", "s 1", true}, {"location code", absent, true},
		{"jwt /token /header/alg", "HS256", true}, {"jwt /token /claims/iss", "joe", true}, {"jwt /token /claims/exp", 1300819380, true}, {"jwt /s /claims", absent, true},
		{"/token", signedBy(`{"keys":[]}`), false}, {"/s", signedBy(`{"keys":[]}`), false},
		{"text", describes(4), false}, {"/s", describes(0), false}, {"/nothing", describes(0), false},
		{"/s", 3.5, false}, // a kind of value that nobody has taught
	} {
		value, there := told.at(c.place)
		holds := true
		for _, e := range expectations(c.want) {
			holds = holds && e.holds(value, there, fill)
		}
		if holds != c.holds {
			t.Errorf("%s %v: holds is %v", c.place, c.want, holds)
		}
	}
}

// TestSignedBy believes the example of RFC 7515, A.2, and neither another payload nor another key.
func TestSignedBy(t *testing.T) {
	data, err := os.ReadFile("../../fixtures/vectors/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	type vector struct {
		ID, Token string
		JWK       json.RawMessage
	}
	var vectors struct {
		Jose []vector
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(vectors.Jose, func(v vector) bool { return v.ID == "jws-rs256" })
	if i < 0 {
		t.Fatal("there is no vector jws-rs256")
	}
	token, set := vectors.Jose[i].Token, `{"keys":[`+string(vectors.Jose[i].JWK)+`]}`
	parts := strings.Split(token, ".")
	other := base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"jim"}`))
	for _, c := range []struct {
		token, set string
		holds      bool
	}{
		{token, set, true},
		{parts[0] + "." + other + "." + parts[2], set, false},
		{parts[0] + "." + parts[1] + ".AAAA", set, false},
		{token, strings.Replace(set, `"kty"`, `"kid":"1","kty"`, 1), false},
		{token, `{"keys":[]}`, false},
		{token, `no set`, false},
	} {
		if holds := signedBy(c.set).holds(c.token, true, func(text string) string { return text }); holds != c.holds {
			t.Errorf("%.30s… by %.30s…: holds is %v", c.token, c.set, holds)
		}
	}
}

func TestTextOf(t *testing.T) {
	for _, c := range []struct {
		value any
		want  string
	}{
		{"a", "a"}, {json.Number("1.50"), "1.50"}, {nil, "null"}, {true, "true"}, {[]any{"<", json.Number("1")}, `["<",1]`}, {map[string]any{"a": nil}, `{"a":null}`},
	} {
		if got := textOf(c.value); got != c.want {
			t.Errorf("%v: %s, want %s", c.value, got, c.want)
		}
	}
}

// TestDescribes believes a whole description, and neither one with other operations nor one that leads elsewhere.
func TestDescribes(t *testing.T) {
	elsewhere := strings.Replace(ferryDocument, "#/components/responses/Fault", "https://elsewhere.example/fault.yaml", 1)
	for _, c := range []struct {
		text  string
		want  describes
		holds bool
	}{
		{ferryDocument, 4, true}, {ferryDocument, 5, false}, {elsewhere, 4, false}, {"{}", 0, false}, {"", 0, false},
	} {
		if holds := c.want.holds(c.text, true, nil); holds != c.holds {
			t.Errorf("%d operations of %.40q: holds is %v", c.want, c.text, holds)
		}
	}
}
