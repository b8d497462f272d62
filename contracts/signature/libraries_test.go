package signature_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stripe/stripe-go/v82"
	"github.com/stripe/stripe-go/v82/webhook"

	"understudy/contracts/signature"
)

// The libraries that vendors publish judge what is signed here. They read the machine's clock, so these tests sign for now.

const libraryBody = `{"id":"evt_1ABCxyz","object":"event","api_version":"` + stripe.APIVersion + `","created":1711000000,"type":"invoice.paid","data":{"object":{"id":"in_1","object":"invoice"}}}`

func message() signature.Message {
	return signature.Message{ID: "msg_p5jXN8AQM9LWM0D4loKWxJek", At: time.Now(), Body: []byte(libraryBody), URL: "https://example.com/hook"}
}

// only gives a header by its exact spelling, which Sign keeps and http.Header.Get would change.
func only(h http.Header, name string) string { return strings.Join(h[name], ", ") }

func byStripe(h http.Header, body []byte, secret string) error {
	header := only(h, "stripe-signature")
	err := webhook.ValidatePayload(body, header, secret)
	if err == nil {
		_, err = webhook.ConstructEvent(body, header, secret)
	}
	return err
}

func byStandard(h http.Header, body []byte, secret string) error {
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return err
	}
	canonical := http.Header{}
	for name, values := range h {
		canonical.Set(name, values[0])
	}
	return verifier.Verify(body, canonical)
}

// families are the kinds that have a published verifier in Go.
var families = []struct {
	scheme  signature.Scheme
	secrets []string
	judge   func(h http.Header, body []byte, secret string) error
}{
	{signature.Scheme{Kind: signature.Stripe, Header: "stripe-signature"}, []string{stripeSecret, "whsec_the_one_before"}, byStripe},
	{signature.Scheme{Kind: signature.StandardWebhooks}, []string{standardSecret, "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}, byStandard},
}

// TestLibrariesAccept covers one secret and the two of a rotation, each of which must do alone.
func TestLibrariesAccept(t *testing.T) {
	for _, f := range families {
		m := message()
		for n := 1; n <= len(f.secrets); n++ {
			h, err := f.scheme.Sign(m, f.secrets[:n]...)
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range f.secrets[:n] {
				if err := f.judge(h, m.Body, secret); err != nil {
					t.Errorf("%s with %d secrets: the library refuses: %v", f.scheme.Kind, n, err)
				}
			}
		}
	}
}

// TestLibrariesAcceptWhatLibrariesSign turns it round: what the published signers make is accepted here.
func TestLibrariesAcceptWhatLibrariesSign(t *testing.T) {
	m := message()
	signed := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: m.Body, Secret: stripeSecret, Timestamp: m.At})
	s := signature.Scheme{Kind: signature.Stripe}
	refused(t, s.Verify(http.Header{"Stripe-Signature": {signed.Header}}, m, m.At, stripeSecret), "")

	signer, err := standardwebhooks.NewWebhook(standardSecret)
	if err != nil {
		t.Fatal(err)
	}
	text, err := signer.Sign(m.ID, m.At, m.Body)
	if err != nil {
		t.Fatal(err)
	}
	s = signature.Scheme{Kind: signature.StandardWebhooks}
	h, err := s.Sign(m, standardSecret)
	if err != nil {
		t.Fatal(err)
	}
	h[s.HeaderNames()[0]] = []string{text}
	refused(t, s.Verify(h, m, m.At, standardSecret), "")
}

// TestLibrariesRefuse holds each way to spoil a signature against the published verifiers and our own.
func TestLibrariesRefuse(t *testing.T) {
	for _, f := range families {
		for _, way := range signature.Spoilings() {
			t.Run(string(f.scheme.Kind)+"/"+string(way), func(t *testing.T) {
				m := message()
				h, body, err := f.scheme.Spoil(way, m, f.secrets[0])
				if err != nil {
					t.Fatal(err)
				}
				theirs := f.judge(h, body, f.secrets[0])
				ours := f.scheme.Verify(h, signature.Message{Body: body}, m.At, f.secrets[0])
				if want := f.scheme.Accepts(way); want != (theirs == nil) || want != (ours == nil) {
					t.Errorf("accepted: want %v; the library says %v, Verify says %v", want, theirs, ours)
				}
			})
		}
	}
}

// TestSecondSignature shows that both signatures of Standard Webhooks stand side by side, and that v1a is verified here with
// either half of the pair, although the published libraries pass it over.
func TestSecondSignature(t *testing.T) {
	s := signature.Scheme{Kind: signature.StandardWebhooks}
	m := message()
	h, err := s.Sign(m, privateSecret, standardSecret)
	if err != nil {
		t.Fatal(err)
	}
	if text := only(h, "webhook-signature"); !strings.HasPrefix(text, "v1a,") || !strings.Contains(text, " v1,") {
		t.Errorf("the header is %s", text)
	}
	for _, secret := range []string{standardSecret, privateSecret, publicSecret} {
		refused(t, s.Verify(h, m, m.At, secret), "")
	}
	if err := byStandard(h, m.Body, standardSecret); err != nil {
		t.Errorf("the library refuses the HMAC beside v1a: %v", err)
	}
	public, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(publicSecret, "whpk_"))
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(only(h, "webhook-signature"), " ")
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, "v1a,"))
	signed := only(h, "webhook-id") + "." + only(h, "webhook-timestamp") + "." + libraryBody
	if err != nil || !ed25519.Verify(public, []byte(signed), raw) {
		t.Errorf("the standard library does not believe the v1a signature (%v)", err)
	}
	m.Body = append(m.Body, ' ')
	refused(t, s.Verify(h, m, m.At, publicSecret), signature.Mismatch)
}

// TestSpoilEveryKind wants of each kind and way a verdict as Accepts says it, or a clear word that there is no such way.
func TestSpoilEveryKind(t *testing.T) {
	for _, k := range signature.Kinds() {
		s := signature.Scheme{Kind: k, Prefix: "sha256="}
		ways := 0
		for _, way := range signature.Spoilings() {
			for _, form := range []string{"application/json", "application/x-www-form-urlencoded"} {
				m := message()
				if m.ContentType = form; form != "application/json" {
					m.Body = []byte("a=1&b=two&b=three")
				}
				h, body, err := s.Spoil(way, m, secretOf(k))
				if errors.Is(err, signature.ErrInapplicable) {
					continue
				}
				ways++
				if err != nil {
					t.Fatalf("%s, %s: %v", k, way, err)
				}
				received := signature.Message{URL: s.Address(m), ContentType: form, Body: body}
				if err := s.Verify(h, received, m.At, secretOf(k)); s.Accepts(way) != (err == nil) {
					t.Errorf("%s, %s, %s: %v", k, way, form, err)
				}
			}
		}
		if want := k.NeedsSecret(); want != (ways >= 8) {
			t.Errorf("%s can be spoiled in %d ways", k, ways)
		}
	}
	if _, _, err := (signature.Scheme{Kind: signature.Stripe}).Spoil("politely", message(), stripeSecret); err == nil || errors.Is(err, signature.ErrInapplicable) {
		t.Errorf("an unknown way: %v", err)
	}
}
