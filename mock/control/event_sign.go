package control

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"understudy/contracts/schema"
	"understudy/contracts/signature"
	"understudy/mock/webhook"
)

// signingRequest is what the bodies of signing and verifying have in common: the scheme, by the name of an event or by itself, and
// the secret, as a text or by its name.
type signingRequest struct {
	Type     string     `json:"type"`   // event of the contract; its scheme and secret
	Scheme   string     `json:"scheme"` // kind of signature, in place of type
	Header   string     `json:"header"` // that carries it, for kinds without a name of their own
	Prefix   string     `json:"prefix"`
	Secret   string     `json:"secret"`   // text
	Env      string     `json:"env"`      // name of one that the stand-in knows
	Endpoint string     `json:"endpoint"` // id; the secrets of this endpoint
	Body     string     `json:"body"`     // exactly
	URL      string     `json:"url"`      // where it goes; for kinds that sign it
	At       *time.Time `json:"at"`       // of the signature, or of the receiver's clock; missing: now
}

// A Signed is the answer of POST /contracts/{contract}/events/sign.
type Signed struct {
	Signature signature.Kind      `json:"signature"`
	Headers   map[string][]string `json:"headers"` // to be sent with the body, those of the signature and Content-Type
	Body      string              `json:"body"`    // to be sent: the given one, unless it was to be spoiled
	URL       string              `json:"url,omitempty"`
	ID        string              `json:"id"` // that was signed, or would be
	At        time.Time           `json:"at"`
}

// A Verified is the answer of POST /contracts/{contract}/events/verify.
type Verified struct {
	Valid     bool             `json:"valid"`
	Signature signature.Kind   `json:"signature"`
	Reason    signature.Reason `json:"reason,omitempty"` // why it is not believed, as a short word
	Detail    string           `json:"detail,omitempty"` // the same for people
	Secret    string           `json:"secret,omitempty"` // name of the one that it was held against
}

// A signing is a scheme with its secrets.
type signing struct {
	scheme      signature.Scheme
	secrets     []string
	name        string // of the secret; empty: it was given as a text
	contentType string
	idAt        string // where the payload tells the event's id; empty: nobody knows
}

// signing reads a scheme and finds its secrets.
func (c *call) signing(q *signingRequest, sent members) (*signing, error) {
	unfit := func(field, format string, args ...any) error {
		return sent.misplaced(&webhook.RequestError{Field: field, Reason: fmt.Sprintf(format, args...)})
	}
	s := &signing{scheme: signature.Scheme{Kind: signature.Kind(q.Scheme)}, contentType: "application/json", name: q.Env}
	switch {
	case (q.Type == "") == (q.Scheme == ""):
		return nil, unfit("type", "give either type, an event of the contract, or scheme, a kind of signature")
	case q.Type != "":
		e, err := c.event(q.Type)
		if err != nil {
			return nil, err
		}
		s.scheme, s.contentType, s.idAt = e.Scheme, e.ContentType(), e.Places.ID
		if s.name == "" {
			s.name = e.Secret
		}
	case !slices.Contains(signature.Kinds(), s.scheme.Kind):
		return nil, unfit("scheme", "must be one of %s", signatureKinds())
	}
	if q.Header != "" {
		s.scheme.Header = q.Header
	}
	if q.Prefix != "" {
		s.scheme.Prefix = q.Prefix
	}
	if !s.scheme.Kind.NeedsSecret() {
		return nil, unfit("type", "is not signed: the contract names no signature for it; give scheme and secret to sign by another kind")
	}
	if q.Secret != "" {
		if err := signature.CheckSecret(s.scheme.Kind, q.Secret); err != nil {
			return nil, unfit("secret", "cannot be used: %s", err)
		}
		s.secrets, s.name = []string{q.Secret}, ""
		return s, nil
	}
	return s, c.findSecrets(q, sent, s)
}

// findSecrets finds those of an endpoint, those of a name, or those by which the contract itself judges deliveries of the kind.
func (c *call) findSecrets(q *signingRequest, sent members, s *signing) error {
	if q.Endpoint != "" {
		known, err := c.hooks().Secrets(c.Context(), q.Endpoint)
		if err != nil {
			return noHook(err, "endpoint", q.Endpoint)
		}
		if s.name == "" || known[s.name] == nil && len(known) == 1 {
			for name := range known {
				s.name = name
			}
		}
		for _, one := range known[s.name] {
			s.secrets = append(s.secrets, one.Text)
		}
	}
	for _, one := range c.server.InboundSecrets() {
		if s.secrets == nil && q.Type == "" && (one.Env == s.name || s.name == "" && one.Kind == s.scheme.Kind) {
			s.secrets, s.name = one.Texts, one.Env
		}
	}
	if s.secrets == nil && slices.Contains(c.hooks().SecretNames(), s.name) {
		s.secrets = []string{c.hooks().SecretText(s.name)}
	}
	if s.secrets != nil {
		return nil
	}
	known := append([]string{}, c.hooks().SecretNames()...)
	for _, one := range c.server.InboundSecrets() {
		if !slices.Contains(known, one.Env) {
			known = append(known, one.Env)
		}
	}
	reason := "must be given, or env with the name of one that the stand-in knows"
	if len(known) > 0 {
		reason += ": " + strings.Join(known, ", ")
	}
	return sent.misplaced(&webhook.RequestError{Field: "secret", Reason: reason})
}

func signatureKinds() string {
	var names []string
	for _, k := range signature.Kinds()[1:] { // behind none, which signs nothing
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

func signEvent(c *call) error {
	var q struct {
		signingRequest
		ID    string `json:"id"`
		Spoil string `json:"spoil"`
	}
	sent, err := c.readUpTo(mostPayload, &q)
	if err != nil {
		return err
	}
	s, err := c.signing(&q.signingRequest, sent)
	if err != nil {
		return err
	}
	m := signature.Message{ID: s.eventID(q.ID, q.Body), At: c.server.Clock().Now(), URL: q.URL, Body: []byte(q.Body), ContentType: s.contentType}
	if q.At != nil {
		m.At = *q.At
	}
	headers, body := http.Header(nil), m.Body
	if q.Spoil == "" {
		headers, err = s.scheme.Sign(m, s.secrets...)
	} else if spoiling := webhook.Trouble(q.Spoil).Spoiling(); spoiling == "" {
		return sent.misplaced(&webhook.RequestError{Field: "spoil", Reason: "must be one of " + spoilingNames()})
	} else {
		headers, body, err = s.scheme.Spoil(spoiling, m, s.secrets...)
	}
	if err != nil {
		return sent.misplaced(&webhook.RequestError{Field: "body", Reason: "cannot be signed so: " + err.Error()})
	}
	answer := Signed{Signature: s.scheme.Kind, Headers: map[string][]string{"Content-Type": {s.contentType}}, Body: string(body), ID: m.ID, At: m.At.UTC()}
	for name, values := range headers {
		answer.Headers[name] = values
	}
	if q.URL != "" {
		answer.URL = s.scheme.Address(m)
	}
	return c.answer(answer)
}

// eventID is the id that is signed: the given one, else the one that the body tells, else one that is made of it.
func (s *signing) eventID(given, body string) string {
	if given != "" {
		return given
	}
	if value, err := schema.ParseJSON([]byte(body)); err == nil && s.idAt != "" {
		if told, ok := schema.At(value, s.idAt); ok {
			if id, ok := told.(string); ok && id != "" {
				return id
			}
		}
	}
	digest := sha256.Sum256([]byte(body))
	return "msg_" + hex.EncodeToString(digest[:12])
}

func spoilingNames() string {
	var names []string
	for _, s := range signature.Spoilings() {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

// headerLines are headers as somebody has written them down: with one value or several.
type headerLines http.Header

// UnmarshalJSON reads an object of strings, or of lists of them.
func (h *headerLines) UnmarshalJSON(text []byte) error {
	var lines map[string]json.RawMessage
	if err := json.Unmarshal(text, &lines); err != nil {
		return err
	}
	*h = headerLines{}
	for name, value := range lines {
		var one string
		var list []string
		if err := json.Unmarshal(value, &one); err == nil {
			list = []string{one}
		} else if err := json.Unmarshal(value, &list); err != nil {
			return errors.New("a header is a string, or an array of strings")
		}
		for _, v := range list {
			http.Header(*h).Add(name, v)
		}
	}
	return nil
}

func verifyEvent(c *call) error {
	var q struct {
		signingRequest
		Headers headerLines `json:"headers"`
	}
	sent, err := c.readUpTo(mostPayload, &q)
	if err != nil {
		return err
	}
	s, err := c.signing(&q.signingRequest, sent)
	if err != nil {
		return err
	}
	now := c.server.Clock().Now()
	if q.At != nil {
		now = *q.At
	}
	headers := http.Header(q.Headers)
	m := signature.Message{URL: q.URL, Body: []byte(q.Body), ContentType: s.contentType}
	if media := headers.Get("Content-Type"); media != "" {
		m.ContentType = media
	}
	answer := Verified{Valid: true, Signature: s.scheme.Kind, Secret: s.name}
	var refusal *signature.Refusal
	err = s.scheme.Verify(headers, m, now, s.secrets...)
	switch {
	case errors.As(err, &refusal):
		answer.Valid, answer.Reason, answer.Detail = false, refusal.Reason, refusal.Detail
	case err != nil:
		return sent.misplaced(&webhook.RequestError{Field: "secret", Reason: "cannot be used: " + err.Error()})
	}
	return c.answer(answer)
}

// A CurlCommand is the answer of GET /contracts/{contract}/events/{type}/curl.
type CurlCommand struct {
	Command string    `json:"command"`
	ID      string    `json:"id"` // of the event in it
	At      time.Time `json:"at"` // of the signature: receivers refuse it when it is some minutes old
}

// curlEvent gives a delivery to be made by hand, signed over the bytes that the command sends.
func curlEvent(c *call) error {
	e, err := c.event(c.PathValue("type"))
	if err != nil {
		return err
	}
	address, err := c.query.required("url", "say where the delivery goes, such as %s=http://localhost:3000/hooks")
	if err != nil {
		return err
	}
	form, err := c.query.choice("format", "json", "text")
	if err != nil {
		return err
	}
	payload, id, err := c.hooks().Sample(e, nil, nil)
	if err != nil {
		return err
	}
	now := c.server.Clock().Now()
	request := webhook.CurlRequest{URL: address, Event: e, ID: id, Payload: payload, At: now}
	if e.Scheme.Kind.NeedsSecret() {
		s, err := c.signing(&signingRequest{Type: e.Name, Endpoint: c.query["endpoint"]}, nil)
		if err != nil {
			return err
		}
		request.Secrets = s.secrets
	}
	command, err := webhook.Curl(request)
	var wrong *webhook.RequestError
	if errors.As(err, &wrong) {
		return badParameter("%s=%.100q: it %s.", wrong.Field, address, wrong.Reason)
	}
	if err != nil {
		return err
	}
	if form == "text" {
		sendBytes(c.response, http.StatusOK, "text/plain; charset=utf-8", []byte(command+"\n"))
		return nil
	}
	return c.answer(CurlCommand{Command: command, ID: id, At: now.UTC()})
}
