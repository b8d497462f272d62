package mock_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/contracts/signature"
	"understudy/mock"
	"understudy/mock/clock"
)

// stripeEvent is an event as Stripe sends it.
const stripeEvent = `{"id":"evt_1QEckoPaid","object":"event","type":"payment_intent.succeeded","created":1771075500,"data":{"object":{"id":"pi_1QEckoPaid","amount":4500}}}`

// stripeSigned is the header for a body, at an instant.
func stripeSigned(secret, body string, at time.Time) string {
	return fmt.Sprintf("Stripe-Signature: t=%d,v1=%s", at.Unix(), sum(secret, fmt.Sprintf("%d.%s", at.Unix(), body)))
}

// TestStripeIsVerified sends deliveries to EckoSpace's own route (ECKOSPACE-15, -24, -25).
func TestStripeIsVerified(t *testing.T) {
	k := clock.New(clock.Options{At: noon, Frozen: true})
	s := serve(t, "eckospace", mock.Options{Auth: mock.Enforce, Clock: k, Reasons: true})
	secret := ""
	for _, ready := range s.server.Ready() {
		if ready.Env == "STRIPE_WEBHOOK_SECRET" {
			secret = ready.Value
		}
	}
	if !strings.HasPrefix(secret, "whsec_") {
		t.Fatalf("the secret is %q", secret)
	}
	refused, taken := `{"message":"Invalid signature."}`, `{"received":true}`
	for i, c := range []struct {
		name, body string
		headers    []string
		status     int
		want       string
		reason     string // in the journal
	}{
		{"good", stripeEvent, []string{stripeSigned(secret, stripeEvent, noon)}, 200, taken, ""},
		{"the same again", stripeEvent, []string{stripeSigned(secret, stripeEvent, noon.Add(time.Minute))}, 200, taken, "taken before"},
		{"unsigned", stripeEvent, nil, 403, refused, "missing"},
		{"an empty header", stripeEvent, []string{"Stripe-Signature: "}, 403, refused, "missing"},
		{"no signature at all", stripeEvent, []string{"Stripe-Signature: nonsense"}, 403, refused, "malformed"},
		{"another key", stripeEvent, []string{stripeSigned("whsec_other", stripeEvent, noon)}, 403, refused, "mismatch"},
		{"altered", strings.Replace(stripeEvent, "4500", "450", 1), []string{stripeSigned(secret, stripeEvent, noon)}, 403, refused, "mismatch"},
		{"just fresh", `{"id":"evt_2","type":"x"}`, []string{stripeSigned(secret, `{"id":"evt_2","type":"x"}`, noon.Add(-5*time.Minute))}, 200, taken, ""},
		{"stale", stripeEvent, []string{stripeSigned(secret, stripeEvent, noon.Add(-5*time.Minute-time.Second))}, 403, refused, "too-old"},
		{"a test signature only", stripeEvent, []string{strings.Replace(stripeSigned(secret, stripeEvent, noon), "v1=", "v0=", 1)}, 403, refused, "mismatch"},
		{"the second of two", stripeEvent, []string{stripeSigned(secret, stripeEvent, noon) + ",v1=" + strings.Repeat("0", 64)}, 200, taken, "taken before"},
		{"an unknown type", `{"id":"evt_3","type":"never.heard.of"}`, []string{stripeSigned(secret, `{"id":"evt_3","type":"never.heard.of"}`, noon)}, 200, taken, ""},
		{"an unknown shape", `{"hello":"world"}`, []string{stripeSigned(secret, `{"hello":"world"}`, noon)}, 422, "", ""},
		{"no JSON", `hello`, []string{stripeSigned(secret, `hello`, noon)}, 400, "", ""},
		{"another content type", stripeEvent, []string{stripeSigned(secret, stripeEvent, noon), "Content-Type: text/plain"}, 415, "", ""},
		{"a key of the API in its place", stripeEvent, []string{"Authorization: Bearer " + s.server.Ready()[0].Value}, 403, refused, "missing"},
	} {
		a := s.call("POST /payment/stripe/webhook", c.body, c.headers...)
		if a.StatusCode != c.status {
			t.Errorf("%s: %d %s, want %d", c.name, a.StatusCode, a.body, c.status)
		}
		if c.want != "" {
			same(t, a.body, c.want)
		}
		trace := s.entry(uint64(i + 1)).Trace
		told := trace.Detail
		for _, n := range trace.Stages {
			told += " " + n.Note
		}
		if !strings.Contains(told, c.reason) || c.reason == "" && strings.Contains(told, "taken before") {
			t.Errorf("%s: the journal says %q, want %q", c.name, told, c.reason)
		}
		if strings.Contains(told, secret) || strings.Contains(fmt.Sprint(a.Header), secret) {
			t.Errorf("%s: the secret is shown", c.name)
		}
		if len(trace.Changes) > 0 {
			t.Errorf("%s: it has changed %v", c.name, trace.Changes)
		}
	}
}

// TestInboundSecrets brings the sender's own secret along, and takes the world apart.
func TestInboundSecrets(t *testing.T) {
	s := serve(t, "eckospace", mock.Options{Auth: mock.Enforce})
	own := s.server.InboundSecrets()
	if len(own) != 1 || own[0].Env != "STRIPE_WEBHOOK_SECRET" || own[0].Kind != signature.Stripe || !own[0].Own || len(own[0].Texts) != 1 {
		t.Fatalf("%+v", own)
	}
	if err := s.server.SetInboundSecrets(t.Context(), "STRIPE_WEBHOOK_SECRET", "whsec_mine", "whsec_older"); err != nil {
		t.Fatal(err)
	}
	n := 0
	send := func(secret string) int {
		n++
		body := fmt.Sprintf(`{"id":"evt_%d","type":"x"}`, n)
		return s.call("POST /payment/stripe/webhook", body, stripeSigned(secret, body, noon)).StatusCode
	}
	for secret, want := range map[string]int{"whsec_mine": 200, "whsec_older": 200, own[0].Texts[0]: 403} {
		if got := send(secret); got != want {
			t.Errorf("%d, want %d", got, want)
		}
	}
	box, err := s.server.Sandboxes().Create(t.Context(), mock.SandboxOptions{Name: "box"})
	if err != nil {
		t.Fatal(err)
	}
	if texts := box.Server().InboundSecrets()[0].Texts; !slices.Equal(texts, own[0].Texts) {
		t.Error("a fork of the start has another secret than the start")
	}
	if err := s.server.SetInboundSecrets(t.Context(), "STRIPE_WEBHOOK_SECRET", "sk_test_4eC39HqLyjWDarjtT1zdp7dc"); err == nil || strings.Contains(err.Error(), "4eC39") {
		t.Errorf("an API key as a secret: %v", err)
	}
	if s.server.SetInboundSecrets(t.Context(), "OTHER", "x") == nil {
		t.Error("a name that nothing has is taken")
	}
	if err := s.server.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := send(own[0].Texts[0]); got != 200 {
		t.Errorf("after a reset: %d", got)
	}
}

// TestInboundObserved lets bad signatures pass where credentials are only observed, and asks nobody where they are off.
func TestInboundObserved(t *testing.T) {
	for _, c := range []struct {
		auth mock.Enforcement
		note bool
	}{{mock.Observe, true}, {mock.Ignore, false}} {
		s := serve(t, "eckospace", mock.Options{Auth: c.auth})
		if a := s.call("POST /payment/stripe/webhook", stripeEvent); a.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %s", c.auth, a.StatusCode, a.body)
		}
		noted := slices.ContainsFunc(s.entry(1).Trace.Stages, func(n mock.StageNote) bool { return n.Name == "verify" && n.Verdict == "observed" })
		if noted != c.note {
			t.Errorf("%s: noted is %v", c.auth, noted)
		}
	}
}

// TestInboundEffects takes events that make items, once each, and again what was refused.
func TestInboundEffects(t *testing.T) {
	k := clock.New(clock.Options{At: noon, Frozen: true})
	s := serve(t, "inbound.yaml", mock.Options{Auth: mock.Enforce, Clock: k})
	secret := s.server.InboundSecrets()[0].Texts[0]
	send := func(id, body string) answer {
		h, err := signature.Scheme{Kind: signature.StandardWebhooks}.Sign(signature.Message{ID: id, At: k.Now(), Body: []byte(body)}, secret)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for name, values := range h {
			lines = append(lines, name+": "+values[0])
		}
		return s.call("POST /hooks", body, lines...)
	}
	items := func() int {
		list, err := s.server.Resources().Items(t.Context(), s.server.Model().Collection("/hooks"), nil)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	start := items()
	for _, c := range []struct {
		name, id, body string
		status, more   int
	}{
		{"first", "msg_1", `{"reference":"a"}`, 201, 1},
		{"again", "msg_1", `{"reference":"a"}`, 201, 1},
		{"another", "msg_2", `{"reference":"b"}`, 201, 2},
		{"refused by the state", "msg_3", `{"reference":"b"}`, 409, 2},
		{"and good after all", "msg_3", `{"reference":"c"}`, 201, 3},
		{"refused by its shape", "msg_4", `{}`, 422, 3},
		{"and good after all", "msg_4", `{"reference":"d"}`, 201, 4},
	} {
		if a := send(c.id, c.body); a.StatusCode != c.status {
			t.Errorf("%s: %d %s, want %d", c.name, a.StatusCode, a.body, c.status)
		}
		if got := items() - start; got != c.more {
			t.Errorf("%s: %d items came into being, want %d", c.name, got, c.more)
		}
	}
	if _, err := k.Advance(31 * 24 * time.Hour); err != nil {
		t.Fatal(err)
	}
	if a := send("msg_1", `{"reference":"e"}`); a.StatusCode != 201 || items()-start != 5 {
		t.Errorf("an id is remembered for more than 30 days: %d, %d items", a.StatusCode, items()-start)
	}
	if a := s.call("POST /hooks", `{"reference":"z"}`); a.StatusCode != 401 || a.Header.Get("WWW-Authenticate") == "" {
		t.Errorf("unsigned: %d %v", a.StatusCode, a.Header)
	}
}
