package redact_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/contracts/redact"
)

// TestWith: a text that is named as a secret is hidden wherever it stands, in every encoding, although neither its place nor
// its form tells that it is one.
func TestWith(t *testing.T) {
	const secret = `plain/words "and" more+signs`
	r := redact.New(nil).With(secret, "tiny")
	x := &contracts.Exchange{
		Method: "POST", URL: "https://api.example.com/find?q=" + url.QueryEscape(secret), Status: 200,
		RequestHeader:  http.Header{"X-Trace": {"before " + secret + " behind"}, "X-Proof": {base64.StdEncoding.EncodeToString([]byte("me:" + secret))}},
		RequestBody:    []byte(`{"note":"plain/words \"and\" more+signs"}`),
		ResponseHeader: http.Header{"Content-Type": {"text/plain"}},
		ResponseBody:   []byte("you sent " + secret + ", tiny as it is"),
	}
	clean := r.Exchange(x)
	all := clean.URL + clean.RequestHeader.Get("X-Trace") + clean.RequestHeader.Get("X-Proof") + string(clean.RequestBody) + string(clean.ResponseBody)
	for _, form := range []string{secret, url.QueryEscape(secret), "more+signs", "cGxhaW4vd29yZHM"} {
		if strings.Contains(all, form) {
			t.Errorf("%q is still to be seen in %s", form, all)
		}
	}
	if !strings.Contains(all, "tiny as it is") {
		t.Errorf("a text of four bytes was hidden: %s", all)
	}
	if got := r.Text("it was " + secret); strings.Contains(got, "more+signs") {
		t.Errorf("Text shows it: %s", got)
	}
	if got := redact.New(nil).Text("it was " + secret); !strings.Contains(got, "more+signs") {
		t.Error("With changed the redactor that it was called on")
	}
}
