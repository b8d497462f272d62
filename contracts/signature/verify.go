package signature

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxHeader bounds the signature header that is read, in bytes: hundreds of signatures fit.
const maxHeader = 64 << 10

// window is how far a timestamp may be off where the scheme does not say.
const window = 5 * time.Minute

// Verify judges the signature of a delivery: nil, or a *Refusal that says why it is not believed. Any other error is of a
// scheme or secret that cannot be used. Of m it reads the body, and for Twilio the URL and the content type; time and id
// are taken from the headers. now is the receiver's time. Any of the secrets will do, so that both the old and the new one
// are believed during a rotation.
//
// It takes what real receivers take, and where these differ the more lenient reading, so that nothing valid is refused:
// hex in upper case, elements of a Stripe header that are not understood, Svix's header names. An age of exactly the
// tolerance is accepted. Of Stripe any timestamp ahead is accepted, as its own libraries do; Standard Webhooks and Slack
// refuse one further ahead than the tolerance. Time is judged before the signature. All comparisons of
// secret values take constant time.
func (s Scheme) Verify(h http.Header, m Message, now time.Time, secrets ...string) error {
	if s.Kind == None || s.Kind == "" {
		return nil
	}
	if !s.Kind.NeedsSecret() {
		return fmt.Errorf("verify: there is no kind of signature %q", s.Kind)
	}
	if len(secrets) == 0 || slices.Contains(secrets, "") {
		return ErrNoSecret
	}
	name := s.header()
	given := value(h, name)
	if s.Kind == StandardWebhooks {
		return s.verifyStandard(h, m, now, secrets)
	}
	if err := readable(name, given); err != nil {
		return err
	}
	switch s.Kind {
	case Stripe:
		return s.verifyStripe(given, m, now, secrets)
	case Slack:
		return s.verifySlack(given, value(h, slackTimestamp), m, now, secrets)
	case Twilio:
		return verifyTwilio(given, m, secrets)
	}
	return s.verifyPlain(given, m, secrets)
}

// readable refuses what is not there, and what is too long to be read.
func readable(name, given string) error {
	switch {
	case given == "":
		return refuse(Missing, "the delivery is not signed: there is no header %s", name)
	case len(given) > maxHeader:
		return refuse(Malformed, "the header %s has %d bytes; no more than %d are read", name, len(given), maxHeader)
	}
	return nil
}

func refuse(why Reason, format string, args ...any) error {
	return &Refusal{Reason: why, Detail: fmt.Sprintf(format, args...)}
}

// mismatch is the refusal of a signature that fits nothing.
func mismatch() error {
	return refuse(Mismatch, "no signature fits: the body was changed on the way, or was signed with another secret")
}

// judgeTime holds a signed timestamp against now, in whole seconds.
func (s Scheme) judgeTime(at int64, now time.Time, ahead bool) error {
	tolerance := s.tolerance()
	if tolerance < 0 {
		return nil
	}
	limit := int64(tolerance / time.Second)
	switch {
	case at < now.Unix()-limit:
		return refuse(TooOld, "the signed timestamp is more than %d seconds old", limit)
	case ahead && at > now.Unix()+limit:
		return refuse(TooNew, "the signed timestamp is more than %d seconds ahead", limit)
	}
	return nil
}

func (s Scheme) tolerance() time.Duration {
	if s.Tolerance == 0 {
		return window
	}
	return s.Tolerance
}

// verifyStripe reads Stripe's header: elements between commas, of which t and v1 count. The last t holds; v0 is a scheme of
// test mode that proves nothing.
func (s Scheme) verifyStripe(given string, m Message, now time.Time, secrets []string) error {
	var at int64
	var timed bool
	var signatures []string
	for element := range strings.SplitSeq(given, ",") {
		name, v, _ := strings.Cut(element, "=")
		switch name {
		case "t":
			n, err := strconv.ParseInt(v, 10, 64)
			if err != nil {
				return refuse(Malformed, "the timestamp t of the signature is not a number")
			}
			at, timed = n, true
		case "v1":
			signatures = append(signatures, strings.ToLower(v))
		}
	}
	switch {
	case !timed:
		return refuse(Malformed, "the signature has no timestamp: an element t=… is missing")
	case len(signatures) == 0:
		return refuse(Mismatch, "the signature has no element v1=…, the only scheme that proves anything")
	}
	if err := s.judgeTime(at, now, false); err != nil {
		return err
	}
	base := stripeBase(strconv.FormatInt(at, 10))
	for _, secret := range secrets {
		if among(signatures, hex256(secret, base, m.Body)) {
			return nil
		}
	}
	return mismatch()
}

// among compares with all of them, whether one was found or not.
func among(signatures []string, want string) bool {
	found := 0
	for _, given := range signatures {
		found |= same(given, want)
	}
	return found == 1
}

func same(given, want string) int { return subtle.ConstantTimeCompare([]byte(given), []byte(want)) }

func (s Scheme) verifySlack(given, at string, m Message, now time.Time, secrets []string) error {
	if at == "" {
		return refuse(Missing, "the header %s is missing", slackTimestamp)
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return refuse(Malformed, "the header %s is not a number of seconds", slackTimestamp)
	}
	if err := s.judgeTime(seconds, now, true); err != nil {
		return err
	}
	digits, ok := strings.CutPrefix(given, slackVersion+"=")
	if !ok {
		return refuse(Malformed, "the signature does not begin with %s=", slackVersion)
	}
	for _, secret := range secrets {
		if same(strings.ToLower(digits), hex256(secret, slackBase(at), m.Body)) == 1 {
			return nil
		}
	}
	return mismatch()
}

func verifyTwilio(given string, m Message, secrets []string) error {
	if !hashMatches(m) {
		return refuse(Mismatch, "the body is not the one whose hash the query parameter %s gives", bodyHash)
	}
	for _, address := range twilioAddresses(m.URL) {
		text, err := twilioText(address, m)
		if err != nil {
			return refuse(Malformed, "%s", err)
		}
		for _, secret := range secrets {
			if same(given, base64.StdEncoding.EncodeToString(sum1([]byte(secret), []byte(text)))) == 1 {
				return nil
			}
		}
	}
	return mismatch()
}

// verifyPlain judges the kinds that sign the body alone.
func (s Scheme) verifyPlain(given string, m Message, secrets []string) error {
	prefix := s.Prefix
	switch s.Kind {
	case GitHub:
		prefix = githubPrefix
	case Shopify:
		prefix = ""
	}
	text, ok := strings.CutPrefix(given, prefix)
	if !ok {
		return refuse(Malformed, "the signature does not begin with %s", prefix)
	}
	inHex := s.Kind == GitHub || s.Kind == HMACHex
	if inHex {
		text = strings.ToLower(text)
	}
	for _, secret := range secrets {
		want := ""
		if inHex {
			want = hex256(secret, m.Body)
		} else {
			want = base256([]byte(secret), m.Body)
		}
		if same(text, want) == 1 {
			return nil
		}
	}
	return mismatch()
}
