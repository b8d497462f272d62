package grade_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/redact"
	"understudy/scenarios/grade"
)

// builtin loads a contract that the program brings along.
func builtin(t testing.TB, name string) *contracts.Contract {
	t.Helper()
	c, err := contracts.Load(t.Context(), name, contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// exchanges opens recorded archives.
func exchanges(t testing.TB, names ...string) (list []grade.Archive) {
	t.Helper()
	for _, name := range names {
		f, err := os.Open(filepath.Join("..", "..", "fixtures", "exchanges", name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() }) // it was only read
		list = append(list, grade.Archive{Name: name, File: f})
	}
	return list
}

var marksKey = []byte("key of the tests")

func fromHAR(t testing.TB, c *contracts.Contract, o grade.HAROptions, files ...grade.Archive) *grade.Recording {
	t.Helper()
	o.Key = marksKey
	rec, err := grade.FromHAR(files, c, o)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// told writes a recording's calls in one line each.
func lines(rec *grade.Recording) (list []string) {
	for _, c := range rec.Calls {
		operation := "-"
		if c.Operation != nil {
			operation = c.Operation.ID
		}
		line := fmt.Sprintf("%s %d", operation, c.Status)
		if c.Abandoned {
			line += " abandoned"
		}
		if n := len(c.Violations); n > 0 {
			line += fmt.Sprintf(" %d wrong", n)
		}
		list = append(list, line)
	}
	return list
}

// TestArchives reads what Chromium, Playwright and Polly recorded of the same API.
func TestArchives(t *testing.T) {
	c := builtin(t, "ecoevents")
	for _, k := range []struct {
		file    string
		browser bool
		calls   []string
		foreign int
	}{
		{"browser-chromium.har", true, []string{"login 200", "listEvents 200", "listVendors 200"}, 3},
		{"browser-playwright.har", true, []string{"login 200", "listEvents 200", "listVendors 200", "getAnalytics 0 abandoned"}, 3},
		{"client-node.har", false, []string{"login 200", "listEvents 200", "listVendors 401", "createEvent 400 6 wrong", "getEvent 404", "getEvent 404", "getEvent 404", "getEvent 404"}, 0},
	} {
		rec := fromHAR(t, c, grade.HAROptions{}, exchanges(t, k.file)...)
		if got := lines(rec); !slices.Equal(got, k.calls) {
			t.Errorf("%s: %q, want %q", k.file, got, k.calls)
		}
		if rec.Browser != k.browser || rec.Host != "127.0.0.1:4710" || len(rec.Foreign) != k.foreign || !rec.Wall || rec.Source != k.file {
			t.Errorf("%s: browser %v, host %s, %d to others, wall %v, source %s", k.file, rec.Browser, rec.Host, len(rec.Foreign), rec.Wall, rec.Source)
		}
		for i, call := range rec.Calls {
			if call.Index != i || call.Start.Year() != 2026 || call.Duration <= 0 && !call.Abandoned || call.Proto != "HTTP/1.1" {
				t.Errorf("%s: call %d is %+v", k.file, i, call)
			}
		}
		token := redact.Marks(string(rec.Calls[0].ResponseBody))
		if used := redact.Marks(rec.Calls[1].RequestHeader.Get("Authorization")); len(token) != 2 || len(used) != 1 || used[0] != token[0] || rec.Calls[1].Credential != token[0] {
			t.Errorf("%s: the answer gave %q, the next call has %q", k.file, token, used)
		}
	}
}

// planted are the secrets in the archives.
var planted = regexp.MustCompile(`eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+|rt_[a-z0-9]{20}|ek_live_[a-z0-9]{20}|meadow-compass-lantern`)

func forms(secret string) []string {
	list := []string{secret, url.QueryEscape(secret)}
	for before := range 3 {
		padded := append(make([]byte, before), secret...)
		from, to := (before*8+5)/6, len(padded)*8/6
		list = append(list, base64.RawStdEncoding.EncodeToString(padded)[from:to], base64.RawURLEncoding.EncodeToString(padded)[from:to])
	}
	return list
}

// all writes everything down that a recording holds.
func all(t testing.TB, rec *grade.Recording) string {
	t.Helper()
	var b strings.Builder
	for _, list := range [][]*grade.Call{rec.Calls, rec.Foreign} {
		for _, c := range list {
			plain := *c
			plain.Operation = nil
			data, err := json.Marshal(plain)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(data)
			b.Write(c.RequestBody)
			b.Write(c.ResponseBody)
		}
	}
	fmt.Fprint(&b, rec.Gaps, rec.Host, rec.Source)
	return b.String()
}

// TestNoSecretFromArchives: no credential of an archive is left in its recording, in any encoding; what a call to somebody else shows of
// them is a mark.
func TestNoSecretFromArchives(t *testing.T) {
	c := builtin(t, "ecoevents")
	for _, name := range []string{"browser-chromium.har", "browser-playwright.har", "client-node.har"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "fixtures", "exchanges", name))
		if err != nil {
			t.Fatal(err)
		}
		secrets := planted.FindAllString(string(data), -1)
		if len(secrets) < 4 {
			t.Fatalf("%s: only %d secrets", name, len(secrets))
		}
		rec := fromHAR(t, c, grade.HAROptions{}, exchanges(t, name)...)
		text := all(t, rec)
		for _, secret := range secrets {
			for _, form := range forms(secret) {
				if strings.Contains(text, form) {
					t.Errorf("%s: %s is left", name, form)
				}
			}
		}
		for _, f := range rec.Foreign {
			if strings.Contains(f.URL, "/collect") && !slices.Equal(redact.Marks(f.URL), redact.Marks(rec.Calls[1].RequestHeader.Get("Authorization"))) {
				t.Errorf("%s: the call to another host is %s", name, f.URL)
			}
			if strings.Contains(f.URL, "fonts") || len(f.ResponseBody) > 0 {
				t.Errorf("%s: of a call that shows no secret is left %s with %d bytes", name, f.URL, len(f.ResponseBody))
			}
		}
	}
}

// entryOf makes an archive of entries.
func archiveOf(head string, entries ...string) grade.Archive {
	return grade.Archive{Name: "made.har", File: strings.NewReader(`{"log":{"version":"1.2",` + head + `"entries":[` + strings.Join(entries, ",\n") + `]}}`)}
}

func entryOf(method, address string, status int, more string) string {
	return fmt.Sprintf(`{"startedDateTime":"2026-03-02T12:00:00.5+01:00","time":12.5,"request":{"method":%q,"url":%q%s},"response":{"status":%d,"headers":[],"content":{}}}`, method, address, more, status)
}

// TestOddArchives reads what recorders do differently.
func TestOddArchives(t *testing.T) {
	c := builtin(t, "ecoevents")
	const api = "https://api.ecoevents.com/v1/events"
	get := func(t *testing.T, a grade.Archive, o grade.HAROptions) *grade.Call {
		t.Helper()
		rec := fromHAR(t, c, o, a)
		if len(rec.Calls) != 1 {
			t.Fatalf("%d calls: %q", len(rec.Calls), lines(rec))
		}
		return rec.Calls[0]
	}
	t.Run("time with a zone", func(t *testing.T) {
		if x := get(t, archiveOf("", entryOf("GET", api, 200, "")), grade.HAROptions{}); !x.Start.Equal(time.Date(2026, 3, 2, 11, 0, 0, 5e8, time.UTC)) || x.Duration != 12500*time.Microsecond {
			t.Errorf("%v, %v", x.Start, x.Duration)
		}
	})
	t.Run("time in parts", func(t *testing.T) {
		e := strings.Replace(entryOf("GET", api, 200, ""), `"time":12.5`, `"time":null,"timings":{"blocked":-1,"send":1,"wait":20,"receive":4}`, 1)
		if x := get(t, archiveOf("", strings.Replace(e, "+01:00", "+0100", 1)), grade.HAROptions{}); x.Duration != 25*time.Millisecond {
			t.Errorf("%v", x.Duration)
		}
	})
	t.Run("HTTP/2", func(t *testing.T) {
		x := get(t, archiveOf("", entryOf("GET", api, 200, `,"httpVersion":"h2","headers":[{"name":":authority","value":"api.ecoevents.com"},{"name":"accept","value":"*/*"},{"name":"accept","value":"*/*"}]`)), grade.HAROptions{})
		if x.Proto != "HTTP/2.0" || len(x.RequestHeader) != 1 || len(x.RequestHeader["Accept"]) != 1 || !x.Secure {
			t.Errorf("%s %v", x.Proto, x.RequestHeader)
		}
	})
	t.Run("bodies", func(t *testing.T) {
		x := get(t, archiveOf("", entryOf("POST", api, 201, `,"postData":{"mimeType":"application/x-www-form-urlencoded","params":[{"name":"a b","value":"1&2"},{"name":"c","value":"d%20e"}]}`)), grade.HAROptions{})
		if string(x.RequestBody) != "a+b=1%262&c=d%2520e" || !x.Effect {
			t.Errorf("%s", x.RequestBody)
		}
		x = get(t, archiveOf("", entryOf("POST", api, 201, `,"postData":{"mimeType":"application/octet-stream","text":"AAEC","_encoding":"base64"}`)), grade.HAROptions{})
		if string(x.RequestBody) != "\x00\x01\x02" || x.RequestHeader.Get("Content-Type") != "application/octet-stream" {
			t.Errorf("%q", x.RequestBody)
		}
		e := strings.Replace(entryOf("GET", api, 200, ""), `"content":{}`, `"content":{"text":"eyJhIjoxfQ==","encoding":"base64"}`, 1)
		if x = get(t, archiveOf("", e), grade.HAROptions{}); string(x.ResponseBody) != `{"a":1}` {
			t.Errorf("%q", x.ResponseBody)
		}
	})
	t.Run("connections", func(t *testing.T) {
		one, two := strings.Replace(entryOf("GET", api, 200, ""), `"time"`, `"connection":"443","time"`, 1), strings.Replace(entryOf("GET", api, 200, ""), `"time"`, `"connection":17,"time"`, 1)
		if rec := fromHAR(t, c, grade.HAROptions{}, archiveOf("", one, one)); rec.Calls[0].Connection != "" || !slices.Contains(rec.Gaps, "which calls shared a connection is not known") {
			t.Errorf("a port is taken for a connection: %q", rec.Calls[0].Connection)
		}
		if rec := fromHAR(t, c, grade.HAROptions{}, archiveOf("", two, two), archiveOf("", two)); rec.Calls[0].Connection == "" || rec.Calls[0].Connection != rec.Calls[1].Connection || rec.Calls[2].Connection == rec.Calls[0].Connection {
			t.Errorf("%q", []string{rec.Calls[0].Connection, rec.Calls[1].Connection, rec.Calls[2].Connection})
		}
	})
	t.Run("what is no call", func(t *testing.T) {
		get(t, archiveOf(`"pages":[],`,
			entryOf("GET", "data:text/plain,x", 200, ""), entryOf("GET", "chrome-extension://abc/x.js", 200, ""),
			entryOf("OPTIONS", api, 204, `,"headers":[{"name":"Access-Control-Request-Method","value":"GET"}]`),
			strings.Replace(entryOf("GET", api, 200, ""), `"time"`, `"_fromCache":"disk","time"`, 1), entryOf("GET", api, 200, "")), grade.HAROptions{})
	})
	t.Run("another base path", func(t *testing.T) {
		x := get(t, archiveOf("", entryOf("GET", "http://proxy.test:8080/eco/v1/events?limit=1#top", 200, ""), entryOf("GET", "http://proxy.test:8080/other", 200, "")),
			grade.HAROptions{Targets: []string{"http://proxy.test:8080/eco"}})
		if x.Operation == nil || x.Operation.ID != "listEvents" || strings.Contains(x.URL, "#") {
			t.Errorf("%v %s", x.Operation, x.URL)
		}
	})
	t.Run("a sandbox", func(t *testing.T) {
		if x := get(t, archiveOf("", entryOf("GET", "http://127.0.0.1:9/~sandbox/a/v1/events", 200, "")), grade.HAROptions{Targets: []string{"127.0.0.1:9"}}); x.Operation == nil {
			t.Error("the sandbox is taken for a part of the path")
		}
	})
	t.Run("taken out", func(t *testing.T) {
		rec := fromHAR(t, c, grade.HAROptions{}, archiveOf("", entryOf("GET", api, 200, "")))
		if !slices.ContainsFunc(rec.Gaps, func(g string) bool { return strings.Contains(g, "has no credentials") }) {
			t.Errorf("%q", rec.Gaps)
		}
	})
	t.Run("a test's own calls", func(t *testing.T) {
		e := strings.Replace(entryOf("GET", api, 200, ""), `"time"`, `"_apiRequest":true,"time"`, 1)
		if rec := fromHAR(t, c, grade.HAROptions{}, archiveOf(`"browser":{"name":"chromium"},`, e)); rec.Browser {
			t.Error("what the test sent is taken for a browser's")
		}
	})
}

// TestWrongArchives: what cannot be read is refused with its place, and without what stood there.
func TestWrongArchives(t *testing.T) {
	c := builtin(t, "ecoevents")
	const api = "https://api.ecoevents.com/v1/events"
	good := entryOf("GET", api, 200, "")
	for _, k := range []struct{ name, file, want string }{
		{"empty", "", "line 1, column 1"},
		{"cut off", `{"log":{"entries":[` + good, "line 1, column"},
		{"something else", `{"logs":[]}`, "it has no /log/entries"},
		{"a list", `[]`, "line 1, column"},
		{"entries are text", `{"log":{"entries":"` + "ek_live_bw2bg2m42x791jkcr3jb" + `"}}`, "/log/entries may not be a string"},
		{"deep", `{"log":{"entries":[` + strings.Repeat("[", 20000), "exceeded max depth"},
		{"no request", `{"log":{"entries":[` + good + `,{"startedDateTime":"2026-03-02T12:00:00Z"}]}}`, "/log/entries/1: /request is missing"},
		{"a status in words", `{"log":{"entries":[` + strings.Replace(good, "200", `"two hundred"`, 1) + `]}}`, "/log/entries/0: /response/status may not be a string"},
		{"a status out of bounds", `{"log":{"entries":[` + strings.Replace(good, "200", `20000`, 1) + `]}}`, "/log/entries/0: /response/status 20000 is no status"},
		{"a method", `{"log":{"entries":[` + strings.Replace(good, "GET", `G E T`, 1) + `]}}`, "/log/entries/0: /request/method is no method"},
		{"an address", `{"log":{"entries":[` + strings.Replace(good, api, "https://u:ek_live_bw2bg2m42x791jkcr3jb@[::1/", 1) + `]}}`, "/log/entries/0: /request/url is no URL"},
		{"a date", `{"log":{"entries":[` + strings.Replace(good, "2026-03-02T12:00:00.5+01:00", "yesterday", 1) + `]}}`, "/log/entries/0: /startedDateTime is no instant"},
		{"base64", `{"log":{"entries":[` + strings.Replace(good, `"content":{}`, `"content":{"text":"%%%","encoding":"base64"}`, 1) + `]}}`, "/response/content/text is no base64"},
		{"headers", `{"log":{"entries":[` + entryOf("GET", api, 200, `,"headers":{"a":"b"}`) + `]}}`, "/log/entries/0: /request/headers may not be a object"},
		{"many headers", `{"log":{"entries":[` + entryOf("GET", api, 200, `,"headers":[`+strings.Repeat(`{},`, 1000)+`{}]`) + `]}}`, "more than 1000 headers"},
		{"nobody's calls", `{"log":{"entries":[` + entryOf("GET", "https://elsewhere.test/x", 200, "") + `]}}`, "say with --target where the API is served (it has elsewhere.test)"},
	} {
		_, err := grade.FromHAR([]grade.Archive{{Name: "bad.har", File: strings.NewReader(k.file)}}, c, grade.HAROptions{Key: marksKey})
		if err == nil || !strings.Contains(err.Error(), k.want) || !strings.Contains(err.Error(), "bad.har") {
			t.Errorf("%s: %v, want %s", k.name, err, k.want)
		} else if strings.Contains(err.Error(), "ek_live_") {
			t.Errorf("%s: the error shows a secret: %v", k.name, err)
		}
	}
	for _, target := range []string{"ftp://x", "http://", "http://me:word@%%"} {
		_, err := grade.FromHAR([]grade.Archive{archiveOf("", good)}, c, grade.HAROptions{Key: marksKey, Targets: []string{target}})
		if err == nil || !strings.Contains(err.Error(), "--target") || strings.Contains(err.Error(), "word") {
			t.Errorf("--target %s: %v", target, err)
		}
	}
	if _, err := grade.FromHAR([]grade.Archive{archiveOf("", good)}, c, grade.HAROptions{Key: marksKey, Targets: []string{"https://staging.test"}}); err == nil || !strings.Contains(err.Error(), "no request in it goes to staging.test") {
		t.Errorf("%v", err)
	}
}

// FuzzArchive: whatever a file holds, reading it ends without a panic.
func FuzzArchive(f *testing.F) {
	c, err := contracts.Load(f.Context(), "ecoevents", contracts.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"log":{"entries":[` + entryOf("GET", "https://api.ecoevents.com/v1/events", 200, `,"headers":[{"name":"authorization","value":"Bearer x"}]`) + `]}}`))
	f.Add([]byte(`{"log":{"entries":[` + entryOf("POST", "https://api.ecoevents.com/v1/auth/login", 200, `,"postData":{"mimeType":"application/json","text":"{\"password\":[[[{\"a\":"}`) + `]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		rec, err := grade.FromHAR([]grade.Archive{{Name: "f", File: strings.NewReader(string(data))}}, c, grade.HAROptions{Key: marksKey, Targets: []string{"https://api.ecoevents.com"}})
		if err == nil && len(rec.Calls) == 0 {
			t.Error("an archive without calls was read")
		}
	})
}
