package signature_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"understudy/contracts/signature"
)

// refused wants a refusal for this reason, or none at all where the reason is empty.
func refused(t *testing.T, err error, want signature.Reason) {
	t.Helper()
	var r *signature.Refusal
	switch {
	case want == "" && err != nil:
		t.Errorf("refused: %v", err)
	case want != "" && !errors.As(err, &r):
		t.Errorf("got %v, want a refusal: %s", err, want)
	case want != "" && (r.Reason != want || r.Detail == ""):
		t.Errorf("refused as %s (%s), want %s", r.Reason, r.Detail, want)
	}
}

const (
	stripeSecret   = "whsec_stripe_secret_of_the_test"
	standardSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	privateSecret  = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
	publicSecret   = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
)

func secretOf(k signature.Kind) string {
	if k == signature.StandardWebhooks {
		return standardSecret
	}
	return stripeSecret
}

func TestRefusals(t *testing.T) {
	now := at(1_700_000_000)
	body := []byte(`{"id":"evt_1"}`)
	for _, c := range []struct {
		name   string
		scheme signature.Scheme
		header http.Header
		want   signature.Reason
	}{
		{"stripe, none", signature.Scheme{Kind: signature.Stripe}, http.Header{}, signature.Missing},
		{"stripe, no t", signature.Scheme{Kind: signature.Stripe}, http.Header{"Stripe-Signature": {"v1=00"}}, signature.Malformed},
		{"stripe, t beyond numbers", signature.Scheme{Kind: signature.Stripe}, http.Header{"Stripe-Signature": {"t=99999999999999999999,v1=00"}}, signature.Malformed},
		{"stripe, t at the end of time", signature.Scheme{Kind: signature.Stripe}, http.Header{"Stripe-Signature": {"t=-9223372036854775808,v1=00"}}, signature.TooOld},
		{"stripe, t far ahead", signature.Scheme{Kind: signature.Stripe}, http.Header{"Stripe-Signature": {"t=9223372036854775807,v1=00"}}, signature.Mismatch},
		{"stripe, very long", signature.Scheme{Kind: signature.Stripe}, http.Header{"Stripe-Signature": {strings.Repeat("t", 1<<20)}}, signature.Malformed},
		{"standard, none", signature.Scheme{Kind: signature.StandardWebhooks}, http.Header{}, signature.Missing},
		{"standard, no id", signature.Scheme{Kind: signature.StandardWebhooks}, http.Header{"Webhook-Timestamp": {"1700000000"}, "Webhook-Signature": {"v1,AA"}}, signature.Missing},
		{"standard, mixed sets", signature.Scheme{Kind: signature.StandardWebhooks}, http.Header{"Svix-Id": {"a"}, "Webhook-Timestamp": {"1700000000"}, "Webhook-Signature": {"v1,AA"}}, signature.Missing},
		{"standard, time in words", signature.Scheme{Kind: signature.StandardWebhooks}, http.Header{"Webhook-Id": {"a"}, "Webhook-Timestamp": {"now"}, "Webhook-Signature": {"v1,AA"}}, signature.Malformed},
		{"standard, only v2", signature.Scheme{Kind: signature.StandardWebhooks}, http.Header{"Webhook-Id": {"a"}, "Webhook-Timestamp": {"1700000000"}, "Webhook-Signature": {"v2,AA"}}, signature.Mismatch},
		{"slack, no time", signature.Scheme{Kind: signature.Slack}, http.Header{"X-Slack-Signature": {"v0=00"}}, signature.Missing},
		{"slack, other version", signature.Scheme{Kind: signature.Slack}, http.Header{"X-Slack-Signature": {"v1=00"}, "X-Slack-Request-Timestamp": {"1700000000"}}, signature.Malformed},
		{"github, no prefix", signature.Scheme{Kind: signature.GitHub}, http.Header{"X-Hub-Signature-256": {strings.Repeat("0", 64)}}, signature.Malformed},
		{"github, only sha1", signature.Scheme{Kind: signature.GitHub}, http.Header{"X-Hub-Signature": {"sha1=00"}}, signature.Missing},
		{"hmac, other header", signature.Scheme{Kind: signature.HMACHex, Header: "X-License-Signature"}, http.Header{"X-Signature": {"00"}}, signature.Missing},
		{"twilio, no hash", signature.Scheme{Kind: signature.Twilio}, http.Header{"X-Twilio-Signature": {"AA"}}, signature.Mismatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := signature.Message{Body: body, URL: "https://example.com/hook"}
			refused(t, c.scheme.Verify(c.header, m, now, secretOf(c.scheme.Kind)), c.want)
		})
	}
}

// TestUnusable keeps refusals of deliveries apart from schemes and secrets that cannot be used, and secrets out of texts.
func TestUnusable(t *testing.T) {
	m := signature.Message{ID: "msg_1", At: at(1), Body: []byte("x")}
	standard := signature.Scheme{Kind: signature.StandardWebhooks}
	good, err := standard.Sign(m, standardSecret)
	if err != nil {
		t.Fatal(err)
	}
	const bad = "whsec_this is not base64!"
	for name, err := range map[string]error{
		"unknown kind":  signature.Scheme{Kind: "sha3"}.Verify(good, m, at(1), "secret"),
		"no secret":     standard.Verify(good, m, at(1)),
		"empty secret":  standard.Verify(good, m, at(1), standardSecret, ""),
		"broken secret": standard.Verify(good, m, at(1), bad),
		"sign: kind":    second(signature.Scheme{Kind: "sha3"}.Sign(m, "secret")),
		"sign: none":    second(standard.Sign(m)),
		"sign: empty":   second(standard.Sign(m, standardSecret, "")),
		"sign: broken":  second(standard.Sign(m, bad)),
		"sign: public":  second(standard.Sign(m, publicSecret)),
		"sign: no id":   second(standard.Sign(signature.Message{At: at(1)}, standardSecret)),
		"sign: bad id":  second(standard.Sign(signature.Message{ID: "a\nb", At: at(1)}, standardSecret)),
	} {
		var r *signature.Refusal
		if err == nil || errors.As(err, &r) || strings.Contains(err.Error(), bad[6:]) {
			t.Errorf("%s: %v", name, err)
		}
	}
	nothing, err := signature.Scheme{}.Sign(m)
	if err != nil || len(nothing) != 0 {
		t.Errorf("the zero scheme signs: %v, %v", nothing, err)
	}
	refused(t, signature.Scheme{Kind: signature.None}.Verify(nil, m, time.Time{}), "")
}

func second(_ http.Header, err error) error { return err }

// TestTolerance sets other windows than the usual one.
func TestTolerance(t *testing.T) {
	m := signature.Message{ID: "msg_1", At: at(1_700_000_000), Body: []byte(`{}`)}
	for _, k := range []signature.Kind{signature.Stripe, signature.StandardWebhooks, signature.Slack} {
		for tolerance, reasons := range map[time.Duration][2]signature.Reason{
			-1: {"", ""}, 10 * time.Second: {"", signature.TooOld}, 0: {"", ""}, time.Hour: {"", ""},
		} {
			s := signature.Scheme{Kind: k, Tolerance: tolerance}
			h, err := s.Sign(m, secretOf(k))
			if err != nil {
				t.Fatal(err)
			}
			for i, age := range []time.Duration{10 * time.Second, 11 * time.Second} {
				refused(t, s.Verify(h, m, m.At.Add(age), secretOf(k)), reasons[i])
			}
		}
	}
}

// TestSpellingOfHeaders keeps the scheme's spelling when signing and takes any when verifying.
func TestSpellingOfHeaders(t *testing.T) {
	m := signature.Message{ID: "msg_1", At: at(1_700_000_000), Body: []byte(`{}`)}
	for header, want := range map[string][]string{
		"stripe-signature": {"stripe-signature"},
		"Stripe-Signature": {"Stripe-Signature"},
	} {
		checkHeaders(t, signature.Scheme{Kind: signature.Stripe, Header: header}, m, want)
	}
	for header, want := range map[string][]string{
		"":                  {"webhook-signature", "webhook-id", "webhook-timestamp"},
		"Webhook-Signature": {"Webhook-Signature", "Webhook-id", "Webhook-timestamp"},
		"svix-signature":    {"svix-signature", "svix-id", "svix-timestamp"},
		"X-Signed":          {"X-Signed", "webhook-id", "webhook-timestamp"},
	} {
		checkHeaders(t, signature.Scheme{Kind: signature.StandardWebhooks, Header: header}, m, want)
	}
	checkHeaders(t, signature.Scheme{Kind: signature.Slack}, m, []string{"X-Slack-Signature", "X-Slack-Request-Timestamp"})
	svix := signature.Scheme{Kind: signature.StandardWebhooks, Header: "svix-signature"}
	h, err := svix.Sign(m, standardSecret)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, signature.Scheme{Kind: signature.StandardWebhooks}.Verify(h, m, m.At, standardSecret), "")
}

// TestOddHeaders takes names in a spelling that nobody uses, and refuses a signature that is right behind more than anybody
// reads.
func TestOddHeaders(t *testing.T) {
	m := signature.Message{ID: "msg_1", At: at(1_700_000_000), Body: []byte(`{}`)}
	standard := signature.Scheme{Kind: signature.StandardWebhooks}
	h, err := standard.Sign(m, standardSecret)
	if err != nil {
		t.Fatal(err)
	}
	odd := http.Header{}
	for name, values := range h {
		odd[strings.ToUpper(name)] = values
	}
	refused(t, standard.Verify(odd, m, m.At, standardSecret), "")

	stripe := signature.Scheme{Kind: signature.Stripe}
	if h, err = stripe.Sign(m, stripeSecret); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("v0=00,", 11_000) + h.Get("Stripe-Signature")
	refused(t, stripe.Verify(http.Header{"Stripe-Signature": {long}}, m, m.At, stripeSecret), signature.Malformed)
	long = strings.Repeat("v0=00,", 1_000) + h.Get("Stripe-Signature")
	refused(t, stripe.Verify(http.Header{"Stripe-Signature": {long}}, m, m.At, stripeSecret), "")
}

// TestRepeatedFields signs each value of a repeated field of a form once, sorted, as Twilio's libraries do.
func TestRepeatedFields(t *testing.T) {
	s := signature.Scheme{Kind: signature.Twilio}
	var want string
	for _, body := range []string{"a=1&a=2&b=3", "b=3&a=2&a=1&a=2"} {
		m := signature.Message{URL: "https://example.com/", ContentType: "application/x-www-form-urlencoded; charset=utf-8", Body: []byte(body)}
		got := sign(t, s, "X-Twilio-Signature", m, "12345")
		if want == "" {
			want = got
		}
		expect(t, got, want)
	}
}

func checkHeaders(t *testing.T, s signature.Scheme, m signature.Message, want []string) {
	t.Helper()
	h, err := s.Sign(m, secretOf(s.Kind))
	if err != nil {
		t.Fatal(err)
	}
	names := s.HeaderNames()
	if strings.Join(names, ",") != strings.Join(want, ",") || len(h) != len(want) {
		t.Errorf("headers %v of %v, want %v", names, h, want)
	}
	canonical := http.Header{}
	for name, values := range h {
		canonical.Set(name, values[0])
	}
	for _, form := range []http.Header{h, canonical} {
		refused(t, s.Verify(form, m, m.At, secretOf(s.Kind)), "")
	}
}

func TestInfer(t *testing.T) {
	for header, want := range map[string]signature.Kind{
		"stripe-signature": signature.Stripe, "Webhook-Signature": signature.StandardWebhooks, "svix-signature": signature.StandardWebhooks,
		"x-hub-signature-256": signature.GitHub, "X-Shopify-Hmac-Sha256": signature.Shopify, "X-Slack-Signature": signature.Slack,
		"X-Twilio-Signature": signature.Twilio, "X-Signature": "", "webhook-id": "", "": "",
	} {
		s, ok := signature.Infer(header)
		if s.Kind != want || ok != (want != "") || ok && s.Header != header {
			t.Errorf("%s: %+v, %v", header, s, ok)
		}
	}
}

// BenchmarkSign shows what a delivery's signature costs.
func BenchmarkSign(b *testing.B) {
	m := signature.Message{ID: "msg_1", At: at(1_700_000_000), Body: []byte(strings.Repeat("x", 1000))}
	for _, k := range []signature.Kind{signature.Stripe, signature.StandardWebhooks} {
		b.Run(string(k), func(b *testing.B) {
			for b.Loop() {
				if _, err := (signature.Scheme{Kind: k}).Sign(m, secretOf(k)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
