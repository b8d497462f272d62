package signature

import (
	"net/http"
	"slices"
	"strings"
)

// Kinds lists all kinds, None first.
func Kinds() []Kind {
	return []Kind{None, Stripe, StandardWebhooks, GitHub, Shopify, Slack, Twilio, HMACHex, HMACBase64}
}

// NeedsSecret says whether deliveries of this kind are signed: all but None, the empty kind and unknown ones.
func (k Kind) NeedsSecret() bool { return k != None && slices.Contains(Kinds(), k) }

// HeaderNames lists the headers that Sign sets, the one with the signature first. It is empty for None.
func (s Scheme) HeaderNames() []string {
	name := s.header()
	switch s.Kind {
	case StandardWebhooks:
		id, at := s.companions()
		return []string{name, id, at}
	case Slack:
		return []string{name, slackTimestamp}
	}
	if name == "" {
		return nil
	}
	return []string{name}
}

const (
	slackTimestamp = "X-Slack-Request-Timestamp"
	slackVersion   = "v0"
	githubPrefix   = "sha256="
)

// header is the name of the header that carries the signature; empty where nothing is signed.
func (s Scheme) header() string {
	if s.Header != "" && s.Kind.NeedsSecret() {
		return s.Header
	}
	switch s.Kind {
	case Stripe:
		return "Stripe-Signature"
	case StandardWebhooks:
		return "webhook-signature"
	case GitHub:
		return "X-Hub-Signature-256"
	case Shopify:
		return "X-Shopify-Hmac-SHA256"
	case Slack:
		return "X-Slack-Signature"
	case Twilio:
		return "X-Twilio-Signature"
	case HMACHex, HMACBase64:
		return "X-Signature"
	}
	return ""
}

// companions names the headers beside the signature of Standard Webhooks: "svix-signature" has svix-id and svix-timestamp
// beside it. A signature header that does not end so has the specification's own.
func (s Scheme) companions() (id, timestamp string) {
	stem := strings.TrimSuffix(strings.ToLower(s.header()), "signature")
	if len(stem) == len(s.header()) || stem == "" {
		return "webhook-id", "webhook-timestamp"
	}
	stem = s.header()[:len(stem)]
	return stem + "id", stem + "timestamp"
}

// value finds a header whatever the spelling of its key is: net/http makes keys canonical, Sign does not.
func value(h http.Header, name string) string {
	if list := h[http.CanonicalHeaderKey(name)]; len(list) > 0 {
		return list[0]
	}
	var near []string
	for key, list := range h {
		if len(list) > 0 && strings.EqualFold(key, name) {
			near = append(near, key)
		}
	}
	if near == nil {
		return ""
	}
	return h[slices.Min(near)][0]
}

// Infer tells the scheme from the name of a header that a document declares for a webhook: the kinds with a name of their
// own, in any spelling, which is kept. ok is false for a header that belongs to none.
func Infer(header string) (s Scheme, ok bool) {
	for _, kind := range []Kind{Stripe, StandardWebhooks, GitHub, Shopify, Slack, Twilio} {
		if strings.EqualFold(header, Scheme{Kind: kind}.header()) {
			return Scheme{Kind: kind, Header: header}, true
		}
	}
	if strings.EqualFold(header, "svix-signature") {
		return Scheme{Kind: StandardWebhooks, Header: header}, true
	}
	return Scheme{}, false
}
