package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"understudy/contracts/signature"
)

// TestReceiverStatus holds the exit statuses: 0 clean, 1 findings, 2 could not run.
func TestReceiverStatus(t *testing.T) {
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	verifying := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		switch _, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, 64<<10)); {
		case err != nil:
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		case r.Header.Get("X-Tunnel") != "open":
			w.WriteHeader(http.StatusForbidden)
		case signature.Scheme{Kind: signature.StandardWebhooks}.Verify(r.Header, signature.Message{Body: body.Bytes()}, time.Now(), secret) != nil:
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer verifying.Close()
	trusting := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer trusting.Close()
	for _, c := range []struct {
		args   string
		status int
		out    string // in standard output or error
	}{
		{verifying.URL + " --secret-env HOOK", 0, "PASSED"},
		{verifying.URL + " --secret-env ECOEVENTS_WEBHOOK_SECRET=HOOK --require webhooks=100", 0, "webhooks"},
		{verifying.URL + " --secret-env HOOK --event event.* --require webhooks=100", 1, "75"},
		{trusting.URL + " --secret ECOEVENTS_WEBHOOK_SECRET=" + secret, 1, "RCV-007"},
		{trusting.URL + " --secret ECOEVENTS_WEBHOOK_SECRET=" + secret + " --quiet", 1, "tests failed"},
		{trusting.URL + " --secret-env HOOK --only RCV-009", 0, "PASSED"},
		{trusting.URL + " --secret-env HOOK --only RCV-008,STS", 1, "future-timestamp"},
		{"http://127.0.0.1:9/ --secret-env HOOK", 2, "cannot be reached"},
		{"http://127.0.0.1:9/ --secret-env HOOK --secret-env HOOK", 2, "is given twice"},
		{"http://127.0.0.1:9/ --secret ECOEVENTS_WEBHOOK_SECRET", 2, "give NAME=TEXT"},
		{"http://127.0.0.1:9/ --secret ECOEVENTS_WEBHOOK_SECRET=whsec_no", 2, "the secret ECOEVENTS_WEBHOOK_SECRET"},
		{"http://127.0.0.1:9/ --secret-env HOOK --timeout=-1s", 2, "--timeout"},
		{"http://127.0.0.1:9/ --secret-env HOOK --report nonsense=x", 2, "there is no report format"},
		{"http://127.0.0.1:9/ --secret-env HOOK --only RCV-99", 2, "there is no check"},
		{"", 2, "give the address"},
	} {
		var out, err bytes.Buffer
		p := &process{out: &out, err: &err, getenv: func(name string) string { return map[string]string{"HOOK": secret}[name] }}
		args := append([]string{"receiver", "--contract", "ecoevents", "--header", "X-Tunnel: open"}, strings.Fields(c.args)...)
		if status := p.run(t.Context(), args); status != c.status || !strings.Contains(out.String()+err.String(), c.out) {
			t.Errorf("%s: status %d, want %d and %q\n%s%s", c.args, status, c.status, c.out, out.String(), err.String())
		}
		if strings.Contains(out.String()+err.String(), secret) {
			t.Errorf("%s: the secret is shown", c.args)
		}
	}
}
