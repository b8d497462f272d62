package mock_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"understudy/mock"

	"golang.org/x/net/html"
)

// TestTryPage looks at the page and its files as they are sent, at a path of hostile names.
func TestTryPage(t *testing.T) {
	handler := mock.TryPage(`</title><script>alert("&")</script>`, `/a</script>.json`, "/try/")
	get := func(method, path string, header ...string) *http.Response {
		r := httptest.NewRequest(method, path, nil)
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Result()
	}
	page, err := html.Parse(get("GET", "/try").Body)
	if err != nil {
		t.Fatal(err)
	}
	title, scripts := "", []string{}
	for n := range page.Descendants() {
		switch {
		case n.Type == html.ElementNode && n.Data == "title":
			title = n.FirstChild.Data
		case n.Type == html.ElementNode && n.Data == "script" && n.FirstChild != nil:
			scripts = append(scripts, n.FirstChild.Data)
		}
	}
	if title != `</title><script>alert("&")</script> - Swagger UI` || len(scripts) != 1 || !strings.Contains(scripts[0], `"url": "/a\u003c/script\u003e.json"`) {
		t.Errorf("names became markup: title %q, scripts %q", title, scripts)
	}

	plain, packed := get("GET", "/try/swagger-ui.css"), get("GET", "/try/swagger-ui.css", "Accept-Encoding", "br, GZIP;q=0.5")
	text, err := io.ReadAll(plain.Body)
	if err != nil || plain.Header.Get("Content-Encoding") != "" || !strings.HasPrefix(plain.Header.Get("Content-Type"), "text/css") || !strings.Contains(string(text), ".swagger-ui") {
		t.Errorf("for who cannot unpack: %v %v, %d bytes", err, plain.Header, len(text))
	}
	unpacked, err := gzip.NewReader(packed.Body)
	if err != nil || packed.Header.Get("Content-Encoding") != "gzip" || packed.Header.Get("Vary") != "Accept-Encoding" {
		t.Fatalf("for who can: %v %v", err, packed.Header)
	}
	if again, err := io.ReadAll(unpacked); err != nil || string(again) != string(text) {
		t.Errorf("packed it is another file: %v, %d and %d bytes", err, len(again), len(text))
	}
	tag := packed.Header.Get("ETag")
	for _, c := range []struct {
		method, path, name, value string
		status                    int
	}{
		{"GET", "/try/swagger-ui.css", "If-None-Match", plain.Header.Get("ETag"), 304},
		{"GET", "/try/swagger-ui.css", "If-None-Match", tag, 200}, // which is that of the packed one
		{"HEAD", "/try/favicon-16x16.png", "", "", 200},
		{"GET", "/try/swagger-ui.css.gz", "", "", 404},
		{"GET", "/try/embed.go", "", "", 404},
		{"GET", "/try/../page.go", "", "", 404},
		{"POST", "/try", "", "", 405},
	} {
		if a := get(c.method, c.path, c.name, c.value); a.StatusCode != c.status {
			t.Errorf("%s %s %s %s: %d, want %d", c.method, c.path, c.name, c.value, a.StatusCode, c.status)
		}
	}
	for _, refused := range []string{"gzip;q=0", "gzip; q=0.00", "identity", "x-gzip"} {
		if a := get("GET", "/try/swagger-ui.css", "Accept-Encoding", refused); a.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: the file comes packed", refused)
		}
	}
}
