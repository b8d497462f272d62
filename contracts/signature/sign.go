package signature

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// ErrNoSecret says that a kind that signs was given no secret, or an empty one among others.
var ErrNoSecret = errors.New("there is no secret for the signature, or an empty one")

// Sign gives all headers of a delivery's signature, under keys spelled as HeaderNames gives them; a server sees them in
// any spelling, so set them as they are (http.Header.Set would change "stripe-signature").
//
// The secrets are those that are valid now, newest first. During a rotation there are several: Stripe's header then holds
// one v1 for each, that of Standard Webhooks one entry for each. Where only one value fits, the newest signs alone
// (ECOSIRE-G16). None gives no headers. Errors are of secrets that cannot be used and messages that cannot be signed, and
// never show a secret.
func (s Scheme) Sign(m Message, secrets ...string) (http.Header, error) {
	if s.Kind == None || s.Kind == "" {
		return http.Header{}, nil
	}
	if !s.Kind.NeedsSecret() {
		return nil, fmt.Errorf("sign: there is no kind of signature %q", s.Kind)
	}
	if len(secrets) == 0 || slices.Contains(secrets, "") {
		return nil, ErrNoSecret
	}
	switch s.Kind {
	case Stripe:
		return s.signStripe(m, secrets), nil
	case StandardWebhooks:
		return s.signStandard(m, secrets)
	}
	h := http.Header{}
	newest := secrets[0]
	switch s.Kind {
	case GitHub:
		h[s.header()] = []string{githubPrefix + hex256(newest, m.Body)}
	case Slack:
		at := strconv.FormatInt(m.At.Unix(), 10)
		h[slackTimestamp] = []string{at}
		h[s.header()] = []string{slackVersion + "=" + hex256(newest, slackBase(at), m.Body)}
	case Twilio:
		text, err := twilioText(s.Address(m), m)
		if err != nil {
			return nil, err
		}
		h[s.header()] = []string{base64.StdEncoding.EncodeToString(sum1([]byte(newest), []byte(text)))}
	case HMACHex:
		h[s.header()] = []string{s.Prefix + hex256(newest, m.Body)}
	case HMACBase64:
		h[s.header()] = []string{s.Prefix + base256([]byte(newest), m.Body)}
	case Shopify:
		h[s.header()] = []string{base256([]byte(newest), m.Body)}
	}
	return h, nil
}

func slackBase(at string) []byte { return []byte(slackVersion + ":" + at + ":") }

// signStripe writes the timestamp first, then a v1 for each secret, without blanks: what every reader of the header takes.
func (s Scheme) signStripe(m Message, secrets []string) http.Header {
	at := strconv.FormatInt(m.At.Unix(), 10)
	var b strings.Builder
	b.WriteString("t=" + at)
	for _, secret := range secrets {
		b.WriteString(",v1=" + hex256(secret, stripeBase(at), m.Body))
	}
	return http.Header{s.header(): {b.String()}}
}

func stripeBase(at string) []byte { return []byte(at + ".") }

func (s Scheme) signStandard(m Message, secrets []string) (http.Header, error) {
	if m.ID == "" || strings.ContainsFunc(m.ID, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("sign: Standard Webhooks needs an id of visible ASCII characters, which is part of what is signed")
	}
	at := strconv.FormatInt(m.At.Unix(), 10)
	base := standardBase(m.ID, at)
	var list []string
	for _, secret := range secrets {
		k, err := standardKey(secret)
		switch {
		case err != nil:
			return nil, fmt.Errorf("sign: %w", err)
		case k.hmac != nil:
			list = append(list, "v1,"+base256(k.hmac, base, m.Body))
		case k.private == nil:
			return nil, fmt.Errorf("sign: %w", errSigning)
		default:
			signed := ed25519.Sign(k.private, append(base[:len(base):len(base)], m.Body...))
			list = append(list, "v1a,"+base64.StdEncoding.EncodeToString(signed))
		}
	}
	idName, atName := s.companions()
	return http.Header{idName: {m.ID}, atName: {at}, s.header(): {strings.Join(list, " ")}}, nil
}

func standardBase(id, at string) []byte { return []byte(id + "." + at + ".") }
