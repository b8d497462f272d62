package control_test

import (
	"io"
	"net/http"
	"testing"

	"understudy/mock/control"
)

// pages stand for the console.
var pages = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, "page "+r.URL.Path)
})

func TestConsoleNeedsNoToken(t *testing.T) {
	s := start(t, control.Options{Token: "tok-123", Console: pages})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, c := range []struct {
		method, path, host, origin string
		status                     int
		location, body             string
	}{
		{"GET", "/", "", "", 303, "/console/", ""},
		{"HEAD", "/", "", "", 303, "/console/", ""},
		{"GET", "/console", "", "", 303, "/console/", ""},
		{"POST", "/", "", "", 405, "", ""},
		{"GET", "/console/", "", "", 200, "", "page /"},
		{"GET", "/console/pages/state.js", "", "", 200, "", "page /pages/state.js"},
		{"GET", "/console/", "evil.example", "", 403, "", ""},
		{"GET", "/console/", "", "https://evil.example", 403, "", ""},
		{"GET", "/consoles", "", "", 401, "", ""},
		{"GET", "/contracts", "", "", 401, "", ""},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, s.url+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Host = c.host; c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != c.status || response.Header.Get("Location") != c.location || c.body != "" && string(body) != c.body {
			t.Errorf("%s %s of %s from %s answered %d to %q with %q (%v), want %d to %q with %q",
				c.method, c.path, c.host, c.origin, response.StatusCode, response.Header.Get("Location"), body, err, c.status, c.location, c.body)
		}
	}
}

func TestWithoutConsole(t *testing.T) {
	s := start(t, control.Options{})
	for _, path := range []string{"/", "/console/"} {
		s.expect().GET(path).Expect().Status(404).JSON(problemJSON).Object().HasValue("code", "route_not_found")
	}
}
