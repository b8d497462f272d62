// Package signature signs webhook deliveries and verifies them, by the schemes that vendors use.
//
// A signature is always over the exact bytes that go over the wire (COMMON-08). Both sides need it: the stand-in that
// sends and receives, and the judge that attacks a receiver. So it knows neither of them, and no document.
package signature

import "time"

// A Kind is a family of signature schemes.
type Kind string

// The kinds. The words are those of x-understudy.
const (
	None             Kind = "none"              // nothing is signed
	Stripe           Kind = "stripe"            // Stripe-Signature: t=…,v1=… over "<t>.<body>", keyed with the whole secret text
	StandardWebhooks Kind = "standard-webhooks" // webhook-id, -timestamp, -signature: v1 (HMAC) and v1a (Ed25519), by the secret's prefix
	GitHub           Kind = "github"            // X-Hub-Signature-256: sha256=…
	Shopify          Kind = "shopify"           // X-Shopify-Hmac-SHA256, base64
	Slack            Kind = "slack"             // X-Slack-Signature: v0=… over "v0:<t>:<body>"
	Twilio           Kind = "twilio"            // X-Twilio-Signature: base64 HMAC-SHA1 over the URL and the sorted form, or bodySHA256 in the query for JSON
	HMACHex          Kind = "hmac-hex"          // a named header with lower-case hex of HMAC-SHA256 over the body
	HMACBase64       Kind = "hmac-base64"       // the same in base64
)

// A Scheme says how deliveries are signed. The zero value signs nothing.
type Scheme struct {
	Kind   Kind
	Header string // that carries the signature; empty: the kind's own name
	Prefix string // before the value, for HMACHex and HMACBase64: "sha256="
	// Tolerance is how far a signed timestamp may be from now; 0: what the kind prescribes (5 minutes for Stripe, Standard
	// Webhooks and Slack); negative: timestamps are not judged.
	Tolerance time.Duration
}

// A Message is what is signed.
type Message struct {
	ID   string    // of the event or message; part of what Standard Webhooks signs
	At   time.Time // of the attempt; cut to whole seconds
	URL  string    // where it goes; part of what Twilio signs
	Body []byte
	// ContentType tells forms from other bodies, for Twilio; empty: JSON.
	ContentType string
}

// A Reason is why a signature was refused, as a short word for programs.
type Reason string

// The reasons.
const (
	Missing   Reason = "missing"   // there is no signature header
	Malformed Reason = "malformed" // it cannot be read, or a part of it is missing
	Mismatch  Reason = "mismatch"  // no signature in it fits any of the secrets
	TooOld    Reason = "too-old"
	TooNew    Reason = "too-new" // signed further ahead than the tolerance
)

// A Refusal says why a delivery is not believed. It never holds the secret or the signature that would have been right.
type Refusal struct {
	Reason Reason
	Detail string // a sentence for the person who reads the answer
}

func (r *Refusal) Error() string { return r.Detail }
