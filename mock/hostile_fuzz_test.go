package mock_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
)

// FuzzServe sends any request to a stand-in that takes everything: there is an answer, it is no failure of ours, and its header
// can be written.
func FuzzServe(f *testing.F) {
	for _, seed := range []struct{ method, target, header, body string }{
		{"GET", "/items?f[a]=1&ids=1,2", "Cookie: c=1\nX-L: a,b", ""},
		{"POST", "/items", "Content-Type: application/json", `{"name":"a","m":1.10,"tags":["a"],"self":{"either":{}}}`},
		{"POST", "/items", "Content-Type: application/x-www-form-urlencoded", "name=a&tags[0]=b&any[x][y]=1"},
		{"POST", "/items", "Content-Type: multipart/form-data; boundary=B", "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--B--\r\n"},
		{"POST", "/items", "Content-Type: application/xml", "<Item><name>a</name><tags>b</tags></Item>"},
		{"GET", "/items/x", "Prefer: code=200, example=a, dynamic=true\nAccept: */*;q=0.1, application/json", ""},
		{"GET", "/items/%00", "Understudy-Fault: kind=status status=503\nUnderstudy-Seed: 7\nUnderstudy-Sandbox: a", ""},
		{"GET", "/~sandbox/a/items", "If-None-Match: \"a\"\nRange: bytes=0-1\nTraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", ""},
		{"OPTIONS", "/items", "Origin: http://a\nAccess-Control-Request-Method: POST", ""},
	} {
		f.Add(seed.method, seed.target, seed.header, []byte(seed.body))
	}
	contract, err := contracts.Load(f.Context(), "shop.yaml", contracts.Options{Files: fstest.MapFS{"shop.yaml": {Data: []byte(hostileShop)}}})
	if err != nil {
		f.Fatal(err)
	}
	server, err := mock.New(f.Context(), mock.Options{
		Contract: contract, Auth: mock.Ignore, Clock: clock.New(clock.Options{At: noon, Frozen: true}), AutoSandboxes: true, FaultHeader: mock.FaultsFromAll,
		Reasons: true, AnyOrigin: true, SelfCheck: true, Journal: mock.JournalLimits{Entries: 10},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, method, target, header string, body []byte) {
		u, err := url.ParseRequestURI(target)
		if err != nil || !strings.HasPrefix(target, "/") || strings.Contains(header, "latency") || strings.Contains(header, "delay") || strings.Contains(header, "kind") {
			return // net/http refuses such targets, and faults may take their time
		}
		q, err := http.NewRequestWithContext(t.Context(), method, "http://x", bytes.NewReader(body))
		if err != nil {
			return
		}
		q.URL, q.RequestURI, q.RemoteAddr = u, target, "127.0.0.1:1"
		for line := range strings.SplitSeq(header, "\n") {
			name, value, _ := strings.Cut(line, ":")
			if name != "" {
				q.Header.Add(name, strings.TrimSpace(value))
			}
		}
		w := httptest.NewRecorder()
		server.ServeHTTP(w, q)
		if code := problemCode(w.Body.Bytes()); w.Code < 200 || w.Code >= 500 && code != "unsatisfiable_schema" && code != "fault" {
			t.Errorf("%s %s: %d %s", method, target, w.Code, w.Body)
		}
		for name, values := range w.Header() {
			for _, v := range values {
				if strings.ContainsAny(name+v, "\r\n\x00") {
					t.Errorf("%s %s: the header %q is %q", method, target, name, v)
				}
			}
		}
	})
}

func problemCode(body []byte) string {
	_, after, _ := bytes.Cut(body, []byte(`"code":"`))
	code, _, _ := bytes.Cut(after, []byte(`"`))
	return string(code)
}

// FuzzReadBundle: any file is a bundle or an error, and a bundle is written to be read to the same.
func FuzzReadBundle(f *testing.F) {
	s, _ := newServer(f, "shop.yaml", mock.Options{})
	f.Add(bundleOf(f, s))
	f.Add([]byte("{}\n"))
	f.Add([]byte("\x1f\x8b\x08\x00"))
	f.Add([]byte(`{"format":"understudy-bundle","version":1}` + "\n" + strings.Repeat("[", 1000)))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := mock.ReadBundle(t.Context(), bytes.NewReader(data))
		if err != nil {
			return
		}
		again, err := mock.ReadBundle(t.Context(), bytes.NewReader(written(t, b)))
		if err != nil || len(again.Document) != len(b.Document) {
			t.Errorf("a bundle that was read is written to something else: %v", err)
		}
	})
}
