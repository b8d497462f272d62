package redact_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"understudy/contracts"
	"understudy/contracts/redact"
)

// text writes an exchange down as a whole.
func whole(t testing.TB, x *contracts.Exchange) string {
	t.Helper()
	data, err := json.Marshal(map[string]any{
		"url": x.URL, "q": x.RequestHeader, "qb": string(x.RequestBody), "a": x.ResponseHeader, "ab": string(x.ResponseBody),
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// encodings are the forms in which a secret may be hiding in a text.
func encodings(secret string) []string {
	quoted, _ := json.Marshal(secret) // a string
	list := []string{secret, string(quoted[1 : len(quoted)-1]), url.QueryEscape(secret), url.PathEscape(secret)}
	for before := range 3 {
		padded := append(make([]byte, before), secret...)
		from, to := (before*8+5)/6, len(padded)*8/6
		list = append(list, base64.RawStdEncoding.EncodeToString(padded)[from:to], base64.RawURLEncoding.EncodeToString(padded)[from:to])
	}
	return list
}

const (
	markKey  = "one server's secret"
	token    = "dvTqJ5nB2ZcXw8yKpL0a"
	refresh  = "9rT_vUq-3MzP1sYd6wXe"
	client   = "client/secret+7fQ2=x"
	password = "violin-anchor-42"
)

func marking() (*redact.Marking, *redact.Marker) {
	m := redact.NewMarker([]byte(markKey))
	return redact.New(secretContract()).Marking(m), m
}

// TestMarkPlaces names each place of a secret with what stands there afterwards.
func TestMarkPlaces(t *testing.T) {
	m := redact.NewMarker([]byte(markKey))
	form := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	part := "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n" + password + "\r\n--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--b--\r\n"
	for _, c := range []struct {
		name string
		x    contracts.Exchange
		get  func(contracts.Exchange) string
		want string
	}{
		{"bearer", contracts.Exchange{RequestHeader: http.Header{"Authorization": {"Bearer " + token}}}, authorization, "Bearer " + m.Mark(token)},
		{"bare key", contracts.Exchange{RequestHeader: http.Header{"Authorization": {secretKey}}}, authorization, m.Mark(secretKey)},
		{"basic", contracts.Exchange{RequestHeader: http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte("me:"+password))}}}, authorization, "Basic me:" + m.Mark(password)},
		{"basic, escaped", contracts.Exchange{RequestHeader: http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte("me:"+url.QueryEscape(client)))}}}, authorization, "Basic me:" + m.Mark(client)},
		{"basic, not escaped", contracts.Exchange{RequestHeader: http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte("me:"+client))}}}, authorization, "Basic me:" + m.Mark(client)},
		{"basic, the name is the key", contracts.Exchange{RequestHeader: http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(secretKey+":"))}}}, authorization, "Basic " + m.Mark(secretKey) + ":"},
		{"cookie", contracts.Exchange{RequestHeader: http.Header{"Cookie": {"session=" + token + "; theme=dark"}}}, func(x contracts.Exchange) string { return x.RequestHeader.Get("Cookie") }, "session=" + m.Mark(token) + "; theme=" + m.Mark("dark")},
		{"query", contracts.Exchange{URL: "https://h/a?shopkey=" + url.QueryEscape(client) + "&q=x"}, func(x contracts.Exchange) string { return x.URL }, "https://h/a?shopkey=" + m.Mark(client) + "&q=x"},
		{"code handed back", contracts.Exchange{ResponseHeader: http.Header{"Location": {"http://127.0.0.1:9/cb?code=" + token + "&state=s1"}}}, func(x contracts.Exchange) string { return x.ResponseHeader.Get("Location") }, "http://127.0.0.1:9/cb?code=" + m.Mark(token) + "&state=s1"},
		{"a country", contracts.Exchange{URL: "https://h/a?code=US&state=CA"}, func(x contracts.Exchange) string { return x.URL }, "https://h/a?code=US&state=CA"},
		{"json", contracts.Exchange{RequestBody: []byte(`{"refresh_token":"` + refresh + `","pin":1234,"code":"E1"}`)}, body, `{"refresh_token":"` + m.Mark(refresh) + `","pin":"` + m.Mark("1234") + `","code":"E1"}`},
		{"json grant", contracts.Exchange{RequestBody: []byte(`{"grant_type":"authorization_code","code":"short1"}`)}, body, `{"grant_type":"authorization_code","code":"` + m.Mark("short1") + `"}`},
		{"form", contracts.Exchange{RequestHeader: form, RequestBody: []byte("grant_type=authorization_code&code=" + token + "&client_secret=" + url.QueryEscape(client))}, body, "grant_type=authorization_code&code=" + m.Mark(token) + "&client_secret=" + m.Mark(client)},
		{"multipart", contracts.Exchange{RequestHeader: http.Header{"Content-Type": {"multipart/form-data; boundary=b"}}, RequestBody: []byte(part)}, body, strings.Replace(part, password, m.Mark(password), 1)},
		{"idempotency key", contracts.Exchange{RequestHeader: http.Header{"Idempotency-Key": {"8e03978e-40d5-43dd-bc93-6894a57f9324"}}}, func(x contracts.Exchange) string { return x.RequestHeader.Get("Idempotency-Key") }, "8e03978e-40d5-43dd-bc93-6894a57f9324"},
	} {
		k, _ := marking()
		clean, _ := k.Exchange(&c.x)
		if got := c.get(clean); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func authorization(x contracts.Exchange) string { return x.RequestHeader.Get("Authorization") }
func body(x contracts.Exchange) string          { return string(x.RequestBody) }

// TestMarksMeetAcrossExchanges: what one exchange shows to be a secret has the same mark in another, also in a place that says nothing.
func TestMarksMeetAcrossExchanges(t *testing.T) {
	k, m := marking()
	login := contracts.Exchange{ResponseHeader: http.Header{"Content-Type": {"application/json"}}, ResponseBody: []byte(`{"access_token":"` + token + `","refresh_token":"` + refresh + `"}`)}
	use := contracts.Exchange{URL: "https://h/events?t=" + token, RequestHeader: http.Header{"Authorization": {"Bearer " + token}, "X-Trace": {base64.StdEncoding.EncodeToString([]byte("u:" + refresh))}}}
	k.Learn(&use)
	k.Learn(&login)
	first, _ := k.Exchange(&login)
	second, _ := k.Exchange(&use)
	if got := redact.Marks(string(first.ResponseBody)); len(got) != 2 || got[0] != m.Mark(token) || got[1] != m.Mark(refresh) {
		t.Errorf("the answer has the marks %q", got)
	}
	if got := redact.Marks(second.URL + second.RequestHeader.Get("Authorization")); len(got) != 2 || got[0] != got[1] || got[0] != m.Mark(token) {
		t.Errorf("the call has the marks %q in URL and header", got)
	}
	for _, form := range append(encodings(token), encodings(refresh)...) {
		if text := whole(t, &first) + whole(t, &second); strings.Contains(text, form) {
			t.Errorf("%q is still in %s", form, text)
		}
	}
	if again := m.Mark(m.Mark(token)); again != m.Mark(token) {
		t.Errorf("the mark of a mark is %q", again)
	}
	if other := redact.NewMarker([]byte("another")).Mark(token); other == m.Mark(token) {
		t.Error("marks do not depend on the key")
	}
}

// TestWordsStayWords: what is secret only where it stands is not marked in other places, where a rule would take it for a credential.
func TestWordsStayWords(t *testing.T) {
	k, m := marking()
	x := contracts.Exchange{
		URL:           "https://h/german/8f14e45f-ceea-467f-a8d5-22c9e0c1a7b1?next=/events/list-1",
		RequestHeader: http.Header{"Cookie": {"lang=german; last=8f14e45f-ceea-467f-a8d5-22c9e0c1a7b1; to=/events/list-1"}},
		RequestBody:   []byte(`{"password":"german"}`),
	}
	k.Learn(&x)
	clean, _ := k.Exchange(&x)
	if clean.URL != x.URL {
		t.Errorf("the URL became %s", clean.URL)
	}
	if want := `{"password":"` + m.Mark("german") + `"}`; string(clean.RequestBody) != want {
		t.Errorf("the body became %s, want %s", clean.RequestBody, want)
	}
}

// TestNothingSurvivesMarks plants random secrets in random known places and looks for all their encodings.
func TestNothingSurvivesMarks(t *testing.T) {
	secrets := rapid.StringMatching(`[A-Za-z][0-9][A-Za-z0-9_+/=. "\\%~-]{14,30}[A-Za-z0-9]`)
	rapid.Check(t, func(t *rapid.T) {
		k, _ := marking()
		secret := secrets.Draw(t, "secret")
		quoted, _ := json.Marshal(secret) // a string
		x := contracts.Exchange{
			URL:           "https://h/a?shopkey=" + url.QueryEscape(secret),
			RequestHeader: http.Header{"Content-Type": {"application/json"}}, ResponseHeader: http.Header{"Content-Type": {"application/json"}},
		}
		switch rapid.IntRange(0, 4).Draw(t, "place") {
		case 0:
			x.RequestHeader.Set("X-Shop", secret)
		case 1:
			x.RequestBody = []byte(`{"a":[{"client_secret":` + string(quoted) + `}]}`)
		case 2:
			x.ResponseBody = []byte(`{"token":{"value":` + string(quoted) + `},"echo":` + string(quoted) + `}`)
		case 3:
			x.RequestHeader.Set("Content-Type", "application/x-www-form-urlencoded")
			x.RequestBody = []byte("x=1&api_key=" + url.QueryEscape(secret))
		case 4:
			x.RequestHeader.Set("X-Other", base64.URLEncoding.EncodeToString([]byte("12"+secret)))
		}
		k.Learn(&x)
		clean, _ := k.Exchange(&x)
		text := clean.URL + clean.RequestHeader.Get("X-Shop") + clean.RequestHeader.Get("X-Other") + string(clean.RequestBody) + string(clean.ResponseBody)
		for _, form := range encodings(secret) {
			if strings.Contains(text, form) {
				t.Fatalf("%q is still in %s", form, text)
			}
		}
		for _, mark := range redact.Marks(text) {
			if mark != redact.NewMarker([]byte(markKey)).Mark(secret) {
				t.Fatalf("there is another mark %s in %s", mark, text)
			}
		}
	})
}
