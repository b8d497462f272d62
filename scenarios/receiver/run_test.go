package receiver_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"understudy/contracts/check"
	"understudy/scenarios"
	"understudy/scenarios/receiver"
)

// TestMain lets the test be a receiver of its own process, which can really end.
func TestMain(m *testing.M) {
	if os.Getenv("RECEIVER_UNDER_TEST") == "" {
		goleak.VerifyTestMain(m) // which ends the process
	}
	shop := newShop("standard", faults{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if bytes.Contains(body, []byte("unheard_of")) {
			os.Exit(3)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		shop.ServeHTTP(w, r)
	}))
	fmt.Println(server.URL)
	_, _ = io.Copy(io.Discard, os.Stdin) // until the test ends
}

// TestReceiverThatEnds judges a process that ends on an unknown event: that is found, and that it is gone.
func TestReceiverThatEnds(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "RECEIVER_UNDER_TEST=yes")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	}()
	address, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	result := judge(t, receiver.Options{Contract: contractOf(t, "eckospace"), URL: strings.TrimSpace(address) + "/hook"})
	if got := found(result); got != "018 027" {
		t.Errorf("found %q\n%s", got, complaints(result))
	}
	last := result.Suites[0].Tests[len(result.Suites[0].Tests)-1]
	if last.Outcome != scenarios.Failed || !strings.Contains(last.Reason, "eckospace/receiver/webhook-signature/unknown-event") {
		t.Errorf("the last test is %s: %s", last.Outcome, last.Reason)
	}
}

// TestRequirements names what a correct receiver proves, and of a wrong one only what it fails (ECOSIRE-69, -70, ECKOSPACE-24,
// -25).
func TestRequirements(t *testing.T) {
	for _, c := range []struct {
		contract, kind string
		faults         faults
		options        receiver.Options
		proven, failed string
	}{
		{"ecosire", "ecosire", faults{}, receiver.Options{}, "ECOSIRE-69 ECOSIRE-70", ""},
		{"ecosire", "ecosire", faults{refuse: 403}, receiver.Options{}, "ECOSIRE-69", ""},
		{"ecosire", "ecosire", faults{trusting: "license"}, receiver.Options{}, "", "ECOSIRE-69 ECOSIRE-70"},
		{"ecosire", "ecosire", faults{}, receiver.Options{Events: []string{"license.*"}}, "", ""},
		{"ecosire", "ecosire", faults{}, receiver.Options{Skip: []string{"RCV-007"}}, "", ""},
		{"eckospace", "standard", faults{refuse: 403}, receiver.Options{}, "ECKOSPACE-24 ECKOSPACE-25", ""},
		{"eckospace", "standard", faults{unknown: 500}, receiver.Options{}, "ECKOSPACE-24", "ECKOSPACE-25"},
	} {
		server := httptest.NewServer(newShop(c.kind, c.faults))
		o := c.options
		o.Contract, o.URL = contractOf(t, c.contract), server.URL+"/hook"
		result := judge(t, o)
		server.Close()
		var proven, failed []string
		for _, test := range result.Suites[0].Tests {
			list := &proven
			if test.Outcome == scenarios.Failed {
				list = &failed
			} else if test.Outcome != scenarios.Passed && test.Requirements != nil {
				t.Errorf("%s is %s and names requirements", test.ID, test.Outcome)
			}
			for _, id := range test.Requirements {
				if !slices.Contains(*list, id) {
					*list = append(*list, id)
				}
			}
		}
		slices.Sort(proven)
		slices.Sort(failed)
		if p, f := strings.Join(proven, " "), strings.Join(failed, " "); p != c.proven || f != c.failed {
			t.Errorf("%s with %+v: proven %q and failed %q, want %q and %q", c.contract, c.faults, p, f, c.proven, c.failed)
		}
	}
}

// TestEvidence holds what a finding gives a reader: the exact request as curl, its place in the contract, and no secret.
func TestEvidence(t *testing.T) {
	server := httptest.NewServer(newShop("ecosire", faults{ageless: true}))
	defer server.Close()
	result := judge(t, receiver.Options{Contract: contractOf(t, "ecosire"), URL: server.URL + "/hook?shop=7", KeepAll: true})
	var stale *check.Finding
	for i, test := range result.Suites[0].Tests {
		for j, f := range test.Findings {
			if f.Check == "RCV-007" {
				stale = &result.Suites[0].Tests[i].Findings[j]
			}
		}
	}
	if stale == nil {
		t.Fatalf("nothing was found\n%s", complaints(result))
	}
	if stale.Want != "401, or another 4xx" || stale.Got != "200 OK" || stale.At.Line == 0 || !strings.HasSuffix(stale.At.File, "openapi.yaml") || stale.Advice == "" {
		t.Errorf("the finding is %+v", stale)
	}
	exchange := result.Exchanges[stale.Exchange-1]
	if exchange.Number != stale.Exchange || exchange.Operation != "onCheckoutSessionCompleted" || exchange.Purpose == "" {
		t.Errorf("the exchange is %+v", exchange)
	}
	signature := exactly(exchange.Header, "stripe-signature")
	if len(signature) < 80 || !strings.Contains(stale.Curl, "'stripe-signature: "+signature+"'") && !strings.Contains(stale.Curl, "stripe-signature: "+signature) ||
		!strings.Contains(stale.Curl, exchange.Body.Text) || !strings.Contains(stale.Curl, "/hook?shop=7") {
		t.Errorf("the command is %s", stale.Curl)
	}
	text, err := json.Marshal(result)
	if err != nil {
		t.Fatal(err)
	}
	for name, secret := range secrets {
		bare := strings.TrimPrefix(secret, "whsec_")
		for _, form := range []string{secret, bare, base64.StdEncoding.EncodeToString([]byte(secret))} {
			if bytes.Contains(text, []byte(form)) {
				t.Errorf("%s stands in the result", name)
			}
		}
	}
	// The fingerprint is the same in another run, with other ids and another witness.
	again := judge(t, receiver.Options{Contract: contractOf(t, "ecosire"), URL: server.URL + "/hook", Events: []string{"charge.*"}, Only: []string{"RCV-007"}})
	if findings := again.Findings(); len(findings) != 1 || findings[0].Fingerprint != stale.Fingerprint {
		t.Errorf("found again: %+v", findings)
	}
	if gaps := again.Coverage.Dimensions[0]; gaps.Total != 8 || gaps.Covered != 1 || len(gaps.Gaps) != 7 {
		t.Errorf("the coverage is %+v", gaps)
	}
}

// exactly gives a header by its own spelling, which is the vendor's.
func exactly(h http.Header, name string) string { return strings.Join(h[name], "") }

// TestBaseline lets what is known fail nothing.
func TestBaseline(t *testing.T) {
	server := httptest.NewServer(newShop("ecosire", faults{ageless: true}))
	defer server.Close()
	o := receiver.Options{Contract: contractOf(t, "ecosire"), URL: server.URL + "/hook", Events: []string{"charge.*"}, Only: []string{"RCV-007"}}
	first := judge(t, o)
	b, err := check.ReadBaseline(strings.NewReader("version: 1\nentries: []\n"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Add(first.Findings(), "moved next week", ""); err != nil {
		t.Fatal(err)
	}
	o.Settle = func(run *scenarios.Run, result *scenarios.Result) error {
		run.Settle(result, scenarios.Settlement{Baseline: b})
		return nil
	}
	o.Require = []scenarios.Gate{{Name: "webhooks", Want: 10}}
	second := judge(t, o)
	if first.Clean() || !second.Clean() || second.Baseline.Known != 1 || len(second.Gates) != 1 || !second.Gates[0].Passed {
		t.Errorf("clean: %v, then %v with %+v", first.Clean(), second.Clean(), second.Baseline)
	}
}

// TestRefusals are the orders that cannot be carried out.
func TestRefusals(t *testing.T) {
	good := func() receiver.Options {
		return receiver.Options{Contract: contractOf(t, "ecosire"), URL: "http://127.0.0.1:1/hook", Secrets: secrets, Clock: wallClock{1}}
	}
	for _, c := range []struct {
		change func(*receiver.Options)
		want   string
	}{
		{func(o *receiver.Options) { o.Clock = nil }, "a clock are needed"},
		{func(o *receiver.Options) { o.URL = "127.0.0.1:8080" }, "no http or https URL"},
		{func(o *receiver.Options) { o.URL = "http://user:word@127.0.0.1/" }, "--header"},
		{func(o *receiver.Options) { o.URL = "https://hooks.example.com/in" }, "--allow-remote"},
		{func(o *receiver.Options) { o.Contract = contractOf(t, "echowin") }, "has no webhooks"},
		{func(o *receiver.Options) { o.Events = []string{"licence.*"} }, `no event "licence.*"; there are checkout`},
		{func(o *receiver.Options) { o.Secrets = map[string]string{"STRIPE_WEBHOOK_SECRET": "whsec_x"} }, "the secret ECOSIRE_LICENSE_SECRET is missing"},
		{func(o *receiver.Options) {
			o.Secrets = map[string]string{"STRIPE_WEBHOOK_SECRET": "sk_test_abcdef", "ECOSIRE_LICENSE_SECRET": "x"}
		}, "the endpoint's own signing secret is wanted"},
		{func(o *receiver.Options) { o.Only = []string{"STS"} }, "no check of a receiver"},
		{func(o *receiver.Options) { o.Only = []string{"RVC"} }, "did you mean"},
		{func(o *receiver.Options) { o.Probe = "ftp://x/" }, "the probe is no http"},
		{func(o *receiver.Options) { o.Probe = "http://127.0.0.1/#count" }, "write #/count"},
		{func(*receiver.Options) {}, "cannot be reached: no connection"},
	} {
		o := good()
		c.change(&o)
		_, err := receiver.Judge(t.Context(), o)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
		if c.want == "cannot be reached: no connection" && !errors.Is(err, receiver.ErrUnreachable) {
			t.Error("it is not ErrUnreachable")
		}
		if err != nil && strings.Contains(err.Error(), "word") && strings.Contains(err.Error(), "user:") {
			t.Errorf("the password is shown: %v", err)
		}
	}
}

// TestHostileReceivers judges receivers that never come to an end. All bounds hold.
func TestHostileReceivers(t *testing.T) {
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for piece := bytes.Repeat([]byte("x"), 1<<16); ; {
			if _, err := w.Write(piece); err != nil {
				return
			}
		}
	}))
	defer endless.Close()
	result := judge(t, receiver.Options{Contract: contractOf(t, "eckospace"), URL: endless.URL, Events: []string{"payment.updated"}, Only: []string{"RCV-003"}, KeepAll: true})
	if got := found(result); got != "003" {
		t.Errorf("found %q in an endless answer\n%s", got, complaints(result))
	}
	for _, x := range result.Exchanges {
		if x.Answer.Size > 64<<10 {
			t.Errorf("%d bytes were read", x.Answer.Size)
		}
	}
	stop := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-stop }))
	defer hanging.Close()
	defer close(stop)
	result = judge(t, receiver.Options{Contract: contractOf(t, "ecosire"), URL: hanging.URL, Timeout: 50 * time.Millisecond})
	if n := result.Requests; n != 4 || found(result) != "002" {
		t.Errorf("%d deliveries to a receiver that hangs; found %q", n, found(result))
	}
	moved := httptest.NewServer(http.RedirectHandler("http://127.0.0.1:1/elsewhere", http.StatusPermanentRedirect))
	defer moved.Close()
	result = judge(t, receiver.Options{Contract: contractOf(t, "eckospace"), URL: moved.URL})
	if found(result) != "001" || !strings.Contains(result.Suites[0].Tests[0].Findings[0].Advice, "redirects") {
		t.Errorf("found %q in redirects\n%s", found(result), complaints(result))
	}
}

// TestInterrupted gives what was judged until then.
func TestInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	n := 0
	shop := newShop("standard", faults{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n++; n == 6 {
			stop()
		}
		shop.ServeHTTP(w, r)
	}))
	defer server.Close()
	result, err := receiver.Judge(ctx, receiver.Options{Contract: contractOf(t, "ecoevents"), URL: server.URL, Secrets: secrets, Clock: wallClock{1}})
	if err != nil {
		t.Fatal(err)
	}
	if result.Stopped != "interrupted" || result.Count().Passed < 4 || result.Count().Skipped < 10 {
		t.Errorf("stopped: %q, %+v", result.Stopped, result.Count())
	}
	bounded, err := receiver.Judge(t.Context(), receiver.Options{Contract: contractOf(t, "ecoevents"), URL: server.URL, Secrets: secrets, Clock: wallClock{1}, MaxRequests: 5})
	if err != nil || bounded.Requests != 5 || bounded.Stopped != "max-requests" {
		t.Errorf("%v, %d requests, stopped: %q", err, bounded.Requests, bounded.Stopped)
	}
}
