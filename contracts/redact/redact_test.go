package redact_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"understudy/contracts"
	"understudy/contracts/redact"
	"understudy/contracts/schema"
)

const (
	secretKey = "ek_live_a1b2c3d4e5f6g7h8wxyz"
	shownKey  = "ek_live_***wxyz"
)

func secretContract() *contracts.Contract {
	return &contracts.Contract{
		Security: map[string]*contracts.SecurityScheme{
			"header": {Type: "apiKey", In: "header", Name: "X-Shop"},
			"query":  {Type: "apiKey", In: "query", Name: "shopkey"},
			"odd":    {Type: "http", Scheme: "shopauth"},
		},
		Behaviour: contracts.Behaviour{Credentials: []contracts.CredentialBehaviour{
			{Format: "^rt_[a-z0-9]{20}$"}, {Format: "^[a-z]+$"}, {Format: "("},
		}},
	}
}

// TestRedactHeaders names each header with its value and what readers may see of it.
func TestRedactHeaders(t *testing.T) {
	basic := base64.StdEncoding.EncodeToString([]byte("user:open sesame"))
	for _, c := range []struct{ name, value, want string }{
		{"Authorization", "Bearer " + secretKey, "Bearer " + shownKey},
		{"Authorization", "bearer " + secretKey, "bearer " + shownKey},
		{"Authorization", "ShopAuth " + secretKey, "ShopAuth " + shownKey},
		{"Authorization", secretKey, shownKey},
		{"Authorization", "open sesame please", "***"},
		{"Authorization", "Basic " + basic, "Basic ***"},
		{"Authorization", `Digest username="u", response="6629fae49393a05397450978507c4ef1"`, "Digest ***"},
		{"Proxy-Authorization", "Bearer short", "Bearer ***"},
		{"X-Api-Key", secretKey, shownKey},
		{"X-Shop", "0123456789abcdefghij", "***ghij"},
		{"X-Shop", "aB3_dEf_0123456789abcdefghij", "***ghij"},
		{"X-Auth-Token", "0123456789abcdef;\"x\"", "***"},
		{"Cookie", "sid=0123456789abcdefghij; theme=dark", "sid=***ghij; theme=***"},
		{"Set-Cookie", "sid=0123456789abcdefghij; Path=/; HttpOnly", "sid=***ghij; Path=/; HttpOnly"},
		{"Location", "https://app/cb#access_token=0123456789abcdefghij&state=1", "https://app/cb#access_token=***ghij&state=1"},
		{"Referer", "https://me:open-sesame@host/x?client_secret=tiny", "https://me:***@host/x?client_secret=***"},
		{"X-Note", "got rt_0123456789abcdefghij here", "got rt_***ghij here"},
		{"X-Next-Page-Token", "0123456789abcdefghij", "0123456789abcdefghij"},
		{"Access-Control-Allow-Credentials", "true", "true"},
		{"Content-Type", "application/json", "application/json"},
	} {
		r := redact.New(secretContract())
		for side := range 2 {
			x := contracts.Exchange{RequestHeader: http.Header{c.name: {c.value}}}
			if side == 1 {
				x = contracts.Exchange{ResponseHeader: http.Header{c.name: {c.value}}}
			}
			if side == 0 && strings.HasPrefix(c.name, "Access-Control") {
				continue
			}
			clean := r.Exchange(&x)
			if got := (append(clean.RequestHeader[c.name], clean.ResponseHeader[c.name]...))[0]; got != c.want {
				t.Errorf("%s: %s\nis shown as %q, want %q", c.name, c.value, got, c.want)
			}
		}
	}
}

func TestRedactURL(t *testing.T) {
	operation := &contracts.Operation{Path: "/reset/{token}/{n}", Segments: []contracts.Segment{
		{Literal: "reset"}, {Names: []string{"token"}, Parts: []string{"", ""}}, {Names: []string{"n"}, Parts: []string{"", ""}},
	}}
	for _, c := range []struct{ url, want string }{
		{"/pets?limit=3&name=a%20b", "/pets?limit=3&name=a%20b"},
		{"/pets?shopkey=" + secretKey + "&limit=3", "/pets?shopkey=" + shownKey + "&limit=3"},
		{"/pets?SHOPKEY=" + secretKey, "/pets?SHOPKEY=" + shownKey},
		{"/pets?%61ccess_token=0123456789abcdefghij", "/pets?%61ccess_token=***ghij"},
		{"/pets?api_key=%65k_live_a1b2c3d4e5f6g7h8wxyz", "/pets?api_key=" + shownKey},
		{"/pets?user[password]=tiny&card[number]=4242424242424242", "/pets?user[password]=***&card[number]=***4242"},
		{"/pets?next=https%3A%2F%2Fa%2F%3Ftoken%3D0123456789abcdefghij", "/pets?next=https%3A%2F%2Fa%2F%3Ftoken%3D%2A%2A%2Aghij"},
		{"https://u:pw@host/v1/pets?token=%zz", "https://u:***@host/v1/pets?token=***"},
		{"/v1/reset/0123456789abcdefghij/7", "/v1/reset/***ghij/7"},
		{"", ""}, {"*", "*"}, {"?", "?"}, {"/a?b", "/a?b"},
	} {
		x := contracts.Exchange{URL: c.url}
		if strings.Contains(c.url, "/reset/") {
			x.Operation = operation
		}
		if got := redact.New(secretContract()).Exchange(&x).URL; got != c.want {
			t.Errorf("%s\nis shown as %s\nwant        %s", c.url, got, c.want)
		}
	}
}

func TestRedactBodies(t *testing.T) {
	for _, c := range []struct{ name, media, body, want string }{
		{"members", "application/json", `{"name":"n", "password" : "p\"w", "n":1.50}`, `{"name":"n", "password" : "***", "n":1.50}`},
		{"key", "application/json", `{"key":{"api_key":"` + secretKey + `","id":"k_1"}}`, `{"key":{"api_key":"` + shownKey + `","id":"k_1"}}`},
		{"camel case", "application/vnd.x+json", `{"clientSecret":"0123456789abcdefghij"}`, `{"clientSecret":"***ghij"}`},
		{"escaped name", "application/json", `{"p\u0061ssword":"tiny"}`, `{"p\u0061ssword":"***"}`},
		{"card", "application/json", `{"card":{"number":"4242424242424242","cvc":123,"exp":12}}`, `{"card":{"number":"***4242","cvc":"***","exp":12}}`},
		{"card number", "application/json", `{"card":{"number":4242424242424242}}`, `{"card":{"number":"***4242"}}`},
		{"lists", "application/json", `[{"tokens":["0123456789abcdefghij","tiny"]},{"max_tokens":100}]`, `[{"tokens":["***ghij","***"]},{"max_tokens":100}]`},
		{"token object", "application/json", `{"token":{"id":"tok_1","value":"0123456789abcdefghij"}}`, `{"token":{"id":"tok_1","value":"***ghij"}}`},
		{"not secrets", "application/json", `{"password_required":true,"token_type":"bearer","next_page_token":"abcdefgh","secret":null,"password_url":"/x"}`,
			`{"password_required":true,"token_type":"bearer","next_page_token":"abcdefgh","secret":null,"password_url":"/x"}`},
		{"JSON in a string", "application/json", `{"body":"{\"password\":\"tiny\"}"}`, `{"body":"{\"password\":\"***\"}"}`},
		{"no media type", "", ` {"password":"tiny"}`, ` {"password":"***"}`},
		{"lines", "application/x-ndjson", "{\"pin\":1}\n{\"pin\":2}\n", "{\"pin\":\"***\"}\n{\"pin\":\"***\"}\n"},
		{"cut off in a secret", "application/json", `{"a":1,"password":"open ses`, `{"a":1,"password":"***`},
		{"cut off elsewhere", "application/json", `{"password":"open sesame","b":"xy`, `{"password":"***","b":"xy`},
		{"not quite JSON", "application/json", `{"a":1,} {'password': 'tiny'}`, `{"a":1,} {'password': '***'}`},
		{"format", "text/plain", "use rt_0123456789abcdefghij now", "use rt_***ghij now"},
		{"JWT", "text/plain", "x eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2lnbmF0dXJl y", "x ***dXJl y"},
		{"words", "text/plain", "password=tiny; Authorization: Bearer 0123456789abcdefghij", "password=***; Authorization: *** ***ghij"},
		{"XML", "application/xml", `<a><password type="x">tiny</password><b>c</b></a>`, `<a><password type="x">***</password><b>c</b></a>`},
		{"form", "application/x-www-form-urlencoded", "user%5Bpassword%5D=op%65n&grant_type=x&client_secret=0123456789abcdefghij",
			"user%5Bpassword%5D=***&grant_type=x&client_secret=***ghij"},
		{"multipart", "multipart/form-data; boundary=B",
			"--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nti\r\nny\r\n--B\r\nContent-Disposition: form-data; name=\"f\"\r\nContent-Type: application/json\r\n\r\n{\"pin\":1}\r\n--B--\r\n",
			"--B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n***\r\n--B\r\nContent-Disposition: form-data; name=\"f\"\r\nContent-Type: application/json\r\n\r\n{\"pin\":\"***\"}\r\n--B--\r\n"},
		{"binary", "image/png", "\x89PNG\xff\x00", "\x89PNG\xff\x00"},
		{"blank", "application/json", "  ", "  "},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := contracts.Exchange{RequestHeader: http.Header{"Content-Type": {c.media}}, RequestBody: []byte(c.body)}
			clean := redact.New(secretContract()).Exchange(&x)
			if got := string(clean.RequestBody); got != c.want {
				t.Errorf("%s\nis shown as %s\nwant        %s", c.body, got, c.want)
			}
			if string(x.RequestBody) != c.body {
				t.Error("the original was changed")
			}
			again := redact.New(secretContract()).Exchange(&clean)
			if got := string(again.RequestBody); got != c.want {
				t.Errorf("redacted again it is %s", got)
			}
		})
	}
}

// TestRedactBySchema has names that say nothing: only the contract tells that they are secret.
func TestRedactBySchema(t *testing.T) {
	item := &schema.Schema{Properties: []schema.Property{
		{Name: "phrase", Schema: &schema.Schema{Types: schema.String, Format: "password"}},
		{Name: "answer", Schema: &schema.Schema{Types: schema.String, WriteOnly: true}},
		{Name: "open", Schema: &schema.Schema{Types: schema.String}},
	}}
	item.Properties = append(item.Properties, schema.Property{Name: "children", Schema: &schema.Schema{Items: &schema.Schema{Ref: item}}})
	content := []*contracts.MediaType{{Name: "application/json", Schema: &schema.Schema{AllOf: []*schema.Schema{{Ref: item}, {OneOf: []*schema.Schema{item}}}}}}
	operation := &contracts.Operation{
		Body:       &contracts.RequestBody{Content: content},
		Responses:  []*contracts.Response{{Status: "4XX"}, {Status: "default", Content: content}},
		Parameters: []*contracts.Parameter{{Name: "door", In: "query", Schema: &schema.Schema{Format: "password"}}},
	}
	x := contracts.Exchange{
		Operation: operation, Status: 200, URL: "/x?door=tiny&window=1",
		RequestBody:  []byte(`{"phrase":"one","answer":"two","open":"three","children":[{"phrase":"four","children":[{"answer":"five"}]}]}`),
		ResponseBody: []byte(`{"phrase":"one"}`),
	}
	clean := redact.New(&contracts.Contract{}).Exchange(&x)
	if got, want := string(clean.RequestBody), `{"phrase":"***","answer":"***","open":"three","children":[{"phrase":"***","children":[{"answer":"***"}]}]}`; got != want {
		t.Errorf("request %s\nwant    %s", got, want)
	}
	if got := string(clean.ResponseBody); got != `{"phrase":"***"}` {
		t.Errorf("response %s", got)
	}
	if clean.URL != "/x?door=***&window=1" {
		t.Errorf("URL %s", clean.URL)
	}
}

// TestRedactReappearing sends secrets and has them come back in other places and other encodings.
func TestRedactReappearing(t *testing.T) {
	const password = `pass/wörd "7" & more`
	body, _ := json.Marshal(map[string]string{"password": password})
	quoted, _ := json.Marshal(password)
	echo := strings.Join([]string{
		password, string(quoted), url.QueryEscape(password), url.PathEscape(password), strings.ToLower(url.QueryEscape(password)),
		base64.StdEncoding.EncodeToString([]byte(password)), base64.StdEncoding.EncodeToString([]byte("u:" + password)),
		base64.RawURLEncoding.EncodeToString([]byte("me:" + password + ":x")), secretKey,
	}, "\n")
	x := contracts.Exchange{
		URL: "/x/" + url.PathEscape(password), RequestBody: body,
		RequestHeader:  http.Header{"Authorization": {"Bearer " + secretKey}},
		ResponseHeader: http.Header{"X-Echo": {"you are " + secretKey}}, ResponseBody: []byte(echo),
	}
	clean, w := redact.New(nil).Trace(&x)
	told := w.Violations([]contracts.Violation{{In: "body", Violation: schema.Violation{Pointer: "/password", Got: `"pass/w`}}, {In: "header", Name: "X-Api-Key", Violation: schema.Violation{Got: "half of it"}}})
	note := w.Note("the key " + secretKey + " has expired")
	all, err := json.Marshal([]any{clean.URL, clean.RequestHeader, string(clean.RequestBody), clean.ResponseHeader, string(clean.ResponseBody), told, note})
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"wörd", "w%C3", "w%c3", `w\u00f6rd`, "d8O2cmQ", "a1b2c3", "pass/w", "half of it"} {
		if strings.Contains(string(all), part) {
			t.Errorf("%q is still there: %s", part, all)
		}
	}
	for form := range strings.SplitSeq(string(clean.ResponseBody), "\n") {
		if len(form) > 20 {
			t.Errorf("an encoding is left: %s", form)
		}
	}
	if !strings.Contains(note, shownKey) {
		t.Errorf("the note is %q", note)
	}
}

func TestRedactCompressedBody(t *testing.T) {
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write([]byte(`{"password":"tiny"}`))
	w.Close()
	x := contracts.Exchange{ResponseHeader: http.Header{"Content-Encoding": {"gzip"}}, ResponseBody: zipped.Bytes()}
	if got := string(redact.New(nil).Exchange(&x).ResponseBody); !strings.HasSuffix(got, "bytes of gzip left out]") {
		t.Errorf("a compressed body is shown as %q", got)
	}
}

// TestRedactJSONKeepsTheRest draws values: redacting must keep JSON valid and hide each secret.
func TestRedactJSONKeepsTheRest(t *testing.T) {
	r := redact.New(nil)
	rapid.Check(t, func(t *rapid.T) {
		var value func(depth int) any
		value = func(depth int) any {
			kind := rapid.IntRange(0, 5).Draw(t, "kind")
			if depth > 3 {
				kind %= 3
			}
			switch kind {
			case 0:
				return rapid.String().Draw(t, "text")
			case 1:
				return rapid.Float64Range(-1e9, 1e9).Draw(t, "number")
			case 2:
				return rapid.Bool().Draw(t, "bool")
			case 3:
				return []any{value(depth + 1), value(depth + 1)}
			default:
				return map[string]any{
					rapid.String().Draw(t, "name"):                                            value(depth + 1),
					rapid.SampledFrom([]string{"password", "api_key"}).Draw(t, "secret name"): "Canary" + rapid.StringN(0, 30, -1).Draw(t, "secret"),
				}
			}
		}
		body, err := json.Marshal(value(0))
		if err != nil {
			t.Fatal(err)
		}
		x := contracts.Exchange{RequestHeader: http.Header{"Content-Type": {"application/json"}}, RequestBody: body}
		clean := r.Exchange(&x).RequestBody
		if !json.Valid(clean) {
			t.Fatalf("%s\nis no JSON any more: %s", body, clean)
		}
		if bytes.Contains(clean, []byte("Canary")) {
			t.Fatalf("%s\nshows a secret: %s", body, clean)
		}
	})
}

// FuzzRedact looks for panics and for a known secret that comes through.
func FuzzRedact(f *testing.F) {
	f.Add("application/json", `{"a":[1,{"b":"\u00`)
	f.Add("multipart/form-data; boundary=B", "--B\r\n\r\n--B")
	f.Add("application/x-www-form-urlencoded", "a=%&password=%zz")
	f.Add("text/xml", "<token>x</token>")
	r := redact.New(secretContract())
	f.Fuzz(func(t *testing.T, media, body string) {
		x := contracts.Exchange{
			URL: "/" + body, RequestBody: []byte(body + secretKey),
			RequestHeader:  http.Header{"Content-Type": {media}, "Authorization": {"Bearer " + secretKey}},
			ResponseHeader: http.Header{"Content-Type": {media}, "Location": {body}}, ResponseBody: []byte(body),
		}
		clean := r.Exchange(&x)
		if strings.Contains(string(clean.RequestBody)+clean.URL+string(clean.ResponseBody), "a1b2c3d4e5f6g7h8") {
			t.Errorf("the secret shows: %q", clean.RequestBody)
		}
	})
}

func BenchmarkRedact(b *testing.B) {
	r := redact.New(secretContract())
	x := contracts.Exchange{
		URL: "/pets?limit=3", RequestHeader: http.Header{"Authorization": {"Bearer " + secretKey}, "Accept": {"*/*"}},
		ResponseHeader: http.Header{"Content-Type": {"application/json"}},
		ResponseBody:   []byte(`[` + strings.Repeat(`{"id":12,"name":"doggie","tags":["a","b"],"status":"available"},`, 20) + `{}]`),
	}
	b.ReportAllocs()
	for b.Loop() {
		r.Exchange(&x)
	}
}
