package signature_test

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"understudy/contracts/signature"
)

// vectors is the part of the file of known answers that is about signatures.
type vectors struct {
	Stripe struct {
		HeaderName string `json:"header_name"`
		Secret     string
		Body       string
		T          int64
		Header     string
		Rotation   struct {
			OldSecret string `json:"old_secret"`
			Header    string `json:"header_during_rotation"`
		}
		Cases []struct {
			ID, Header     string
			Now, Tolerance int64
			Go             string `json:"stripe_go"`
			Node           string `json:"stripe_node"`
		}
	} `json:"stripe_signature"`
	Standard struct {
		HMAC, Ed25519 []standardVector
		Rotation      struct {
			standardVector
			Secrets []string
			Header  string `json:"expected_header"`
		}
		Tolerance struct{ Seconds int64 }
	} `json:"standard_webhooks"`
	GitHub []struct{ ID, Secret, Body, Header, Expected string }
	Slack  []struct {
		ID            string
		SigningSecret string `json:"signing_secret"`
		T, Tolerance  int64
		Body          string
		Headers       map[string]string
	}
	Shopify []struct {
		ID           string
		ClientSecret string `json:"client_secret"`
		Body         string
		Header       string
		Expected     string
	}
	HMAC []struct {
		ID          string
		KeyHex      string `json:"key_hex"`
		MessageHex  string `json:"message_hex"`
		KeyText     string `json:"key_text"`
		MessageText string `json:"message_text"`
		Expected    string `json:"expected_hex"`
	} `json:"hmac_sha256"`
	Documented []struct {
		ID, Secret, Body, Header, Expected string
		T                                  int64
		Default                            string `json:"expected_default"`
		Base64                             string `json:"expected_variant_base64"`
	} `json:"documented_apis"`
}

type standardVector struct {
	ID, Secret, Public string
	WebhookID          string `json:"webhook_id"`
	T                  int64
	Body, Expected     string
}

func load(t *testing.T) vectors {
	t.Helper()
	raw, err := os.ReadFile("../../fixtures/vectors/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// sign gives one header of a signature. It is looked up by its exact spelling.
func sign(t *testing.T, s signature.Scheme, header string, m signature.Message, secrets ...string) string {
	t.Helper()
	h, err := s.Sign(m, secrets...)
	if err != nil {
		t.Fatal(err)
	}
	if len(h[header]) != 1 {
		t.Fatalf("there is no header %s among %v", header, h)
	}
	return h[header][0]
}

func expect(t *testing.T, got, want string) {
	t.Helper()
	if want == "" {
		t.Fatal("the vector expects nothing; it was not read")
	}
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func at(seconds int64) time.Time { return time.Unix(seconds, 0) }

func TestVectorsOfStripe(t *testing.T) {
	v := load(t).Stripe
	s := signature.Scheme{Kind: signature.Stripe}
	m := signature.Message{Body: []byte(v.Body), At: at(v.T)}
	expect(t, sign(t, s, v.HeaderName, m, v.Secret), v.Header)
	expect(t, sign(t, s, v.HeaderName, m, v.Secret, v.Rotation.OldSecret), v.Rotation.Header)
	for _, secret := range []string{v.Secret, v.Rotation.OldSecret} {
		h := http.Header{v.HeaderName: {v.Rotation.Header}}
		if err := s.Verify(h, m, at(v.T), secret); err != nil {
			t.Errorf("during the rotation: %v", err)
		}
	}
	if len(v.Cases) == 0 {
		t.Fatal("no cases were read")
	}
	for _, c := range v.Cases {
		t.Run(c.ID, func(t *testing.T) {
			s := signature.Scheme{Kind: signature.Stripe, Tolerance: time.Duration(c.Tolerance) * time.Second}
			err := s.Verify(http.Header{"Stripe-Signature": {c.Header}}, m, at(c.Now), v.Secret)
			// Where Stripe's own libraries differ, the more lenient one holds.
			if lenient := c.Go == "accept" || c.Node == "accept"; lenient != (err == nil) {
				t.Errorf("got %v; stripe-go: %s, stripe-node: %s", err, c.Go, c.Node)
			}
			if c.Go == "reject:too_old" && c.Node == "reject:too_old" {
				refused(t, err, signature.TooOld)
			}
		})
	}
}

func TestVectorsOfStandardWebhooks(t *testing.T) {
	v := load(t).Standard
	s := signature.Scheme{Kind: signature.StandardWebhooks}
	for _, c := range append(v.HMAC, v.Ed25519...) {
		t.Run(c.ID, func(t *testing.T) {
			m := signature.Message{ID: c.WebhookID, Body: []byte(c.Body), At: at(c.T)}
			expect(t, sign(t, s, "webhook-signature", m, c.Secret), c.Expected)
			h, err := s.Sign(m, c.Secret)
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{c.Secret, c.Public} {
				if secret == "" {
					continue
				}
				for ahead, want := range map[int64]signature.Reason{
					0: "", v.Tolerance.Seconds: "", -v.Tolerance.Seconds: "",
					v.Tolerance.Seconds + 1: signature.TooOld, -v.Tolerance.Seconds - 1: signature.TooNew,
				} {
					refused(t, s.Verify(h, signature.Message{Body: m.Body}, at(c.T+ahead), secret), want)
				}
			}
		})
	}
	if len(v.HMAC) == 0 || len(v.Ed25519) == 0 {
		t.Fatal("no vectors were read")
	}
	r := v.Rotation
	m := signature.Message{ID: r.WebhookID, Body: []byte(r.Body), At: at(r.T)}
	expect(t, sign(t, s, "webhook-signature", m, r.Secrets...), r.Header)
}

func TestVectorsOfPlainKinds(t *testing.T) {
	v := load(t)
	body := func(text string) signature.Message { return signature.Message{Body: []byte(text)} }
	for _, c := range v.GitHub {
		expect(t, sign(t, signature.Scheme{Kind: signature.GitHub}, c.Header, body(c.Body), c.Secret), c.Expected)
	}
	for _, c := range v.Shopify {
		expect(t, sign(t, signature.Scheme{Kind: signature.Shopify}, c.Header, body(c.Body), c.ClientSecret), c.Expected)
	}
	for _, c := range v.Slack {
		s := signature.Scheme{Kind: signature.Slack}
		m := signature.Message{Body: []byte(c.Body), At: at(c.T)}
		h := http.Header{}
		for name, want := range c.Headers {
			expect(t, sign(t, s, name, m, c.SigningSecret), want)
			h.Set(name, want)
		}
		for later, want := range map[int64]signature.Reason{
			0: "", c.Tolerance: "", -c.Tolerance: "", c.Tolerance + 1: signature.TooOld, -c.Tolerance - 1: signature.TooNew,
		} {
			refused(t, s.Verify(h, m, at(c.T+later), c.SigningSecret), want)
		}
	}
	for _, c := range v.HMAC {
		key, message := c.KeyText, c.MessageText
		if c.KeyHex != "" {
			key, message = unhex(t, c.KeyHex), unhex(t, c.MessageHex)
		}
		t.Run(c.ID, func(t *testing.T) {
			expect(t, sign(t, signature.Scheme{Kind: signature.HMACHex}, "X-Signature", body(message), key), c.Expected)
		})
	}
	if len(v.GitHub) == 0 || len(v.Shopify) == 0 || len(v.Slack) == 0 || len(v.HMAC) == 0 {
		t.Fatal("vectors were not read")
	}
}

func unhex(t *testing.T, text string) string {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// TestVectorsOfDocumentedAPIs proves ECOSIRE-64, -66 and -68 on their bytes.
func TestVectorsOfDocumentedAPIs(t *testing.T) {
	seen := 0
	for _, c := range load(t).Documented {
		m := signature.Message{Body: []byte(c.Body), At: at(c.T)}
		switch c.ID {
		case "ecosire-stripe-event":
			seen++
			expect(t, sign(t, signature.Scheme{Kind: signature.Stripe, Header: c.Header}, c.Header, m, c.Secret), c.Expected)
		case "ecosire-license-event":
			seen++
			expect(t, sign(t, signature.Scheme{Kind: signature.HMACHex, Header: c.Header}, c.Header, m, c.Secret), c.Default)
			expect(t, sign(t, signature.Scheme{Kind: signature.HMACBase64, Header: c.Header}, c.Header, m, c.Secret), c.Base64)
			prefixed := signature.Scheme{Kind: signature.HMACHex, Header: c.Header, Prefix: "sha256="}
			expect(t, sign(t, prefixed, c.Header, m, c.Secret), "sha256="+c.Default)
		}
	}
	if seen != 2 {
		t.Errorf("%d of the two vectors were read", seen)
	}
}

// TestVectorsOfTwilio takes the example that Twilio's libraries share; the hash in the query is that of their test of JSON
// bodies.
func TestVectorsOfTwilio(t *testing.T) {
	const token = "12345"
	s := signature.Scheme{Kind: signature.Twilio}
	form := signature.Message{
		URL: "https://mycompany.com/myapp.php?foo=1&bar=2", ContentType: "application/x-www-form-urlencoded",
		Body: []byte("To=%2B18005551212&From=%2B14158675309&Digits=1234&CallSid=CA1234567890ABCDE&Caller=%2B14158675309"),
	}
	expect(t, s.Address(form), form.URL)
	expect(t, sign(t, s, "X-Twilio-Signature", form, token), "RSOYDt4T1cUTdK1PDd93/VVr8B8=")

	inJSON := signature.Message{
		URL: "https://mycompany.com/myapp.php?foo=1&bar=2", ContentType: "application/json",
		Body: []byte(`{"property": "value", "boolean": true}`),
	}
	const hash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
	expect(t, s.Address(inJSON), inJSON.URL+"&bodySHA256="+hash)
	expect(t, sign(t, s, "X-Twilio-Signature", inJSON, token), "a9nBmqA0ju/hNViExpshrM61xv4=")

	for _, m := range []signature.Message{form, inJSON} {
		h, err := s.Sign(m, token)
		if err != nil {
			t.Fatal(err)
		}
		received := m
		for _, host := range []string{"mycompany.com", "mycompany.com:443"} {
			received.URL = strings.Replace(s.Address(m), "mycompany.com", host, 1)
			refused(t, s.Verify(h, received, time.Time{}, token), "")
		}
		received.URL = strings.Replace(s.Address(m), "foo=1", "foo=2", 1)
		refused(t, s.Verify(h, received, time.Time{}, token), signature.Mismatch)
	}
}
