package webhook_test

import (
	"bytes"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	stripe "github.com/stripe/stripe-go/v82/webhook"

	"understudy/mock/webhook"
)

// fakeCurl prints its arguments and what it reads, each behind a NUL.
const fakeCurl = `curl() { for a in "$@"; do printf '%s\0' "$a"; done; case "$*" in *--data-binary*) cat;; esac; }
`

// TestCurl has a shell run the command with a curl that tells what it was given.
func TestCurl(t *testing.T) {
	f := open(t, webhook.Options{})
	event := f.Contract().Event("order.created")
	for name, payload := range map[string]string{
		"plain":       `{"id":"evt_1"}`,
		"quotes":      `{"name":"it's $HOME \"x\" ` + "`id`" + ` $(id) \\ !! %s"}`,
		"lines":       "{\n\t\"a\": 1\r\n}\n",
		"a file":      "@/etc/passwd",
		"an option":   "-%s\x00x",
		"binary":      "\x00\x01\xff%d\\n'\x1b[31m",
		"direction":   "a\u202eb",
		"large":       strings.Repeat("it's large ", 20_000),
		"large bytes": strings.Repeat("\x00'", 50_000),
		"empty":       "",
		"umlauts":     "Übergröße 漢字",
	} {
		command, err := webhook.Curl(webhook.CurlRequest{
			URL: "http://127.0.0.1:9000/hook[1]?a='b'&c={d}", Event: event, ID: "evt_1", Payload: []byte(payload), Secrets: []string{"whsec_x'y"}, At: noon,
			Headers: http.Header{"X-Empty": {""}, "X-Odd": {`$(touch x) ' "`}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(command, "\x00\x1b\r\u202e") {
			t.Errorf("%s: control characters are in the command", name)
		}
		shell := exec.Command("sh", "-s")
		shell.Stdin = strings.NewReader(fakeCurl + command + "\n")
		out, err := shell.Output()
		if err != nil {
			t.Fatalf("%s: %v\n%.200s", name, err, command)
		}
		args := strings.Split(string(out), "\x00")
		sent, binary := "", false
		var headers []string
		for i, a := range args {
			switch a {
			case "--data-raw":
				sent = args[i+1]
			case "--data-binary":
				binary = true
			case "--header":
				headers = append(headers, args[i+1])
			}
		}
		if binary {
			_, after, _ := bytes.Cut(out, []byte("--data-binary\x00@-\x00"))
			sent = string(after)
		}
		if sent != payload {
			t.Errorf("%s: sent %.60q, want %.60q", name, sent, payload)
		}
		list := strings.Join(headers, "\n")
		if !strings.Contains(list, "X-Empty;") || !strings.Contains(list, `X-Odd: $(touch x) ' "`) || !strings.Contains(list, "Content-Type: application/json") {
			t.Errorf("%s: %s", name, list)
		}
		_, signature, _ := strings.Cut(list, "Stripe-Signature: ")
		if err := stripe.ValidatePayloadIgnoringTolerance([]byte(payload), signature, "whsec_x'y"); err != nil {
			t.Errorf("%s: %v: %s", name, err, list)
		}
		if args[0] != "--globoff" || !strings.Contains(string(out), "http://127.0.0.1:9000/hook[1]?a='b'&c={d}\x00") {
			t.Errorf("%s: %q", name, args)
		}
	}
	if _, err := webhook.Curl(webhook.CurlRequest{URL: "--output /etc/passwd", Event: event, Secrets: []string{"x"}}); err == nil {
		t.Error("a URL that is an option was taken")
	}
}
