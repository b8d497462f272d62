package signature

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A Spoiling is one way in which the signature of a delivery is made bad, or odd.
type Spoiling string

// The ways.
const (
	Unsigned        Spoiling = "unsigned"         // there is no signature header at all
	EmptySignature  Spoiling = "empty-signature"  // the header is there and empty
	WrongSecret     Spoiling = "wrong-secret"     // signed with a secret that nobody was given
	OtherBody       Spoiling = "other-body"       // the signature of another delivery
	ChangedByte     Spoiling = "changed-byte"     // one byte of the body changed after signing
	Reserialised    Spoiling = "reserialised"     // the same JSON with other white space, under the old signature
	StaleTimestamp  Spoiling = "stale-timestamp"  // rightly signed, twice the tolerance ago
	FutureTimestamp Spoiling = "future-timestamp" // rightly signed, twice the tolerance ahead
	SecondRight     Spoiling = "second-right"     // two signatures, of which only the second is right
	FakeScheme      Spoiling = "fake-scheme"      // only a scheme that no receiver may believe: v0, v9, sha1, none
	LongHeader      Spoiling = "long-header"      // a signature header of some 12 kB, nothing in it right
	OtherFamily     Spoiling = "other-family"     // the header holds the value of another kind, signed with the right secret
)

// Spoilings lists all ways.
func Spoilings() []Spoiling {
	return []Spoiling{
		Unsigned, EmptySignature, WrongSecret, OtherBody, ChangedByte, Reserialised, StaleTimestamp, FutureTimestamp,
		SecondRight, FakeScheme, LongHeader, OtherFamily,
	}
}

// ErrInapplicable says that a kind has no such way: a timestamp that is not signed cannot be stale.
var ErrInapplicable = errors.New("this kind of signature cannot be spoiled in this way")

// Accepts says whether a correct receiver accepts a delivery spoiled in this way: two signatures of which the second is
// right; of Stripe a timestamp ahead, as its own libraries do; any timestamp where none is judged. All others are to be
// refused.
func (s Scheme) Accepts(what Spoiling) bool {
	switch what {
	case SecondRight:
		return true
	case FutureTimestamp:
		return s.Kind == Stripe || s.Tolerance < 0
	case StaleTimestamp:
		return s.Tolerance < 0
	}
	return false
}

// Spoil gives headers and body of a delivery that is bad in one way and right in all others, ready to send. m and secrets
// are as for Sign. The URL of a Twilio delivery stays Address(m). ErrInapplicable: the kind knows no such way.
func (s Scheme) Spoil(what Spoiling, m Message, secrets ...string) (http.Header, []byte, error) {
	if s.Kind == None || s.Kind == "" {
		return nil, nil, ErrInapplicable
	}
	h, err := s.Sign(m, secrets...)
	if err != nil {
		return nil, nil, err
	}
	name := s.header()
	switch what {
	case Unsigned:
		delete(h, name)
	case EmptySignature:
		h[name] = []string{""}
	case LongHeader:
		h[name] = []string{s.long(h[name][0])}
	case WrongSecret:
		h, err = s.Sign(m, wrongSecret(s.Kind, secrets[0]))
	case OtherBody:
		h, err = s.signOther(m, secrets)
	case ChangedByte:
		return h, changeByte(m.Body), nil
	case Reserialised:
		body, err := reserialise(m.Body)
		return h, body, err
	case StaleTimestamp:
		h, err = s.shifted(m, -2, secrets)
	case FutureTimestamp:
		h, err = s.shifted(m, 2, secrets)
	case SecondRight:
		err = s.second(h, m, secrets[0])
	case FakeScheme:
		err = s.fake(h, m, secrets[0])
	case OtherFamily:
		err = s.otherFamily(h, m, secrets[0])
	default:
		err = fmt.Errorf("there is no way %q to spoil a signature", what)
	}
	if err != nil {
		return nil, nil, err
	}
	return h, m.Body, nil
}

// wrongSecret makes a secret of the right form that nobody has, always the same for one secret.
func wrongSecret(k Kind, secret string) string {
	sum := sha256.Sum256([]byte("not the secret: " + secret))
	return NewSecret(k, sum[:])
}

func (s Scheme) signOther(m Message, secrets []string) (http.Header, error) {
	other := m
	other.Body = []byte(`{"id":"another","type":"another"}`)
	if isForm(m.ContentType) {
		other.Body = []byte("another=delivery")
	}
	if bytes.Equal(other.Body, m.Body) {
		other.Body = append(other.Body, ' ')
	}
	return s.Sign(other, secrets...)
}

// shifted signs with a timestamp that is times the tolerance away.
func (s Scheme) shifted(m Message, times int, secrets []string) (http.Header, error) {
	switch s.Kind {
	case Stripe, StandardWebhooks, Slack:
	default:
		return nil, ErrInapplicable
	}
	tolerance := s.tolerance()
	if tolerance <= 0 {
		tolerance = window
	}
	m.At = m.At.Add(time.Duration(times) * max(tolerance, time.Minute))
	return s.Sign(m, secrets...)
}

// second puts the signature of a wrong secret in front of the right one.
func (s Scheme) second(h http.Header, m Message, secret string) error {
	if s.Kind != Stripe && s.Kind != StandardWebhooks {
		return ErrInapplicable
	}
	both, err := s.Sign(m, wrongSecret(s.Kind, secret), secret)
	maps.Copy(h, both)
	return err
}

// fake replaces the value by one of a scheme that proves nothing: where the header names schemes, the right digits under
// another name, and GitHub's retired SHA-1; else the word none.
func (s Scheme) fake(h http.Header, m Message, secret string) error {
	name := s.header()
	text := h[name][0]
	switch s.Kind {
	case Stripe:
		text = strings.ReplaceAll(text, "v1=", "v0=")
	case StandardWebhooks:
		entries := strings.Split(text, " ")
		for i, entry := range entries {
			_, digits, _ := strings.Cut(entry, ",")
			entries[i] = "v0," + digits
		}
		text = strings.Join(entries, " ")
	case Slack:
		text = "v9" + strings.TrimPrefix(text, slackVersion)
	case GitHub:
		text = "sha1=" + hex.EncodeToString(sum1([]byte(secret), m.Body))
	default:
		text = "none"
	}
	h[name] = []string{text}
	return nil
}

// longSize is the length of a long header: above what careless code expects, below what servers refuse by themselves.
const longSize = 12 << 10

// long repeats a wrong value in the form of the right one.
func (s Scheme) long(text string) string {
	wrong := strings.Repeat("0", 64)
	switch s.Kind {
	case Stripe:
		at, _, _ := strings.Cut(text, ",")
		return at + strings.Repeat(",v1="+wrong, longSize/68)
	case StandardWebhooks:
		return "v1," + strings.TrimSuffix(strings.Repeat(wrong[:44]+" v1,", longSize/48), " v1,")
	case GitHub:
		return githubPrefix + strings.Repeat("0", longSize)
	case Slack:
		return slackVersion + "=" + strings.Repeat("0", longSize)
	}
	return s.Prefix + strings.Repeat("0", longSize)
}

// otherFamily writes what another kind would: Stripe's header for kinds that sign the body alone, and the other way round.
// A sender of two families has the second one's scheme: sign with that to send its own header instead.
func (s Scheme) otherFamily(h http.Header, m Message, secret string) error {
	text := "sha256=" + hex256(secret, m.Body)
	if s.Kind != Stripe && s.Kind != Slack {
		at := strconv.FormatInt(m.At.Unix(), 10)
		text = "t=" + at + ",v1=" + hex256(secret, stripeBase(at), m.Body)
	}
	h[s.header()] = []string{text}
	return nil
}

// changeByte changes one byte so that JSON stays JSON, if it can: a receiver must not be saved by its parser.
func changeByte(body []byte) []byte {
	if len(body) == 0 {
		return []byte(" ")
	}
	out := bytes.Clone(body)
	isJSON := json.Valid(body)
	for tries, i := 0, len(out)-1; i >= 0 && tries < 64; i-- {
		was := out[i]
		next, ok := following(was)
		if !ok {
			continue
		}
		tries++
		if out[i] = next; !isJSON || json.Valid(out) {
			return out
		}
		out[i] = was
	}
	out[len(out)-1] ^= 1
	return out
}

// following gives another letter for a letter and another digit for a digit.
func following(b byte) (byte, bool) {
	switch {
	case b == '9' || b == 'z' || b == 'Z':
		return b - 1, true
	case b >= '1' && b < '9', b >= 'a' && b < 'z', b >= 'A' && b < 'Z':
		return b + 1, true
	}
	return 0, false
}

// reserialise writes the same JSON with other white space.
func reserialise(body []byte) ([]byte, error) {
	if !json.Valid(body) {
		return nil, ErrInapplicable
	}
	var b bytes.Buffer
	if err := json.Indent(&b, body, "", "  "); err != nil {
		return nil, ErrInapplicable
	}
	if bytes.Equal(b.Bytes(), body) {
		b.Reset()
		if err := json.Compact(&b, body); err != nil {
			return nil, ErrInapplicable
		}
	}
	if bytes.Equal(b.Bytes(), body) {
		b.WriteByte('\n')
	}
	return b.Bytes(), nil
}
