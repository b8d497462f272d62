package mock

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"understudy/contracts/redact"
)

// standIns puts other texts in place of the credentials in a recorded run that the stand-in did not issue: each always the
// same one, of the same form, so that the requests mean the same to the stand-in. Its own are left as they are; a replay
// issues them again.
type standIns struct {
	ctx    context.Context
	server *Server

	foreign map[string]string // credential of somebody else → what stands for it
	issued  map[string]bool   // what earlier answers gave to clients
	proven  map[string]bool   // code challenges (RFC 7636) that earlier requests sent
	exact   map[string]bool   // what exists from the start, and what stands for others' credentials

	request string // of the exchange at hand, URL and body
	host    string // that it was sent to
	answer  bool   // it is the answer that is looked at
	count   int    // what was replaced in the exchange at hand
}

func newStandIns(ctx context.Context, s *Server) *standIns {
	t := &standIns{ctx: ctx, server: s, foreign: map[string]string{}, issued: map[string]bool{}, proven: map[string]bool{}, exact: map[string]bool{}}
	for _, r := range s.Ready() {
		t.exact[r.Value] = true
	}
	for _, a := range s.contract.Behaviour.Accounts {
		for _, u := range a.Users {
			t.exact[u.Password] = true
		}
	}
	return t
}

var codeChallenge = regexp.MustCompile(`code_challenge=([A-Za-z0-9._~-]{43,128})`)

// exchange gives an entry of the journal as a bundle has it.
func (t *standIns) exchange(e *Entry) *BundleExchange {
	x := &e.Exchange
	t.request, t.count, t.answer = x.URL+"\n"+string(x.RequestBody), 0, false
	_, rest, _ := strings.Cut(x.URL, "://")
	t.host, _, _ = strings.Cut(rest, "/")
	for _, found := range codeChallenge.FindAllStringSubmatch(t.request, -1) {
		t.proven[found[1]] = true
	}
	w := t.server.redactor.Begin(x.Operation, t, t.foreign)
	clean := *x
	clean.URL = w.URL(x.URL)
	clean.RequestHeader = w.Header(canonical(x.RequestHeader), "header")
	clean.RequestBody = w.RequestBody(x.RequestBody, x.RequestHeader)
	t.answer = true
	clean.ResponseHeader = w.Header(canonical(x.ResponseHeader), "answer")
	clean.ResponseBody = w.ResponseBody(x.ResponseBody, x.ResponseHeader, x.Status)
	w.Finish(&clean)
	b := &BundleExchange{
		ID: e.ID, At: x.Start, From: e.From, Method: x.Method, URL: clean.URL, Proto: x.Proto,
		Request: messageOf(clean.RequestHeader, clean.RequestBody, e.RequestSize, e.RequestCut), Status: x.Status,
		Answer: messageOf(clean.ResponseHeader, clean.ResponseBody, e.ResponseSize, e.ResponseCut), Replaced: t.count,
		Connection: e.Connection, Abandoned: e.Abandoned, Repeated: e.Trace.Source == "idempotency", Changed: len(e.Trace.Changes) > 0, Problem: e.Trace.Problem,
	}
	for _, f := range e.Trace.Faults {
		b.Faults = append(b.Faults, BundleFault(f))
	}
	if !standsStill(t.server.clock) && !e.Wall.IsZero() { // runs on a clock that stands still are equal to the byte
		wall := e.Wall.UTC().Round(0)
		b.Wall, b.Took = &wall, float64(e.Took)/float64(time.Millisecond)
	}
	return b
}

// change gives a change of the management API without credentials that somebody brought along.
func (t *standIns) change(k *keptChange) *BundleChange {
	change := k.BundleChange
	t.request, t.count, t.answer = change.Body, 0, false
	w := t.server.redactor.Begin(nil, t, t.foreign)
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(change.Body), &object) == nil {
		for _, name := range revealing {
			var text string
			if json.Unmarshal(object[name], &text) == nil && text != "" {
				w.Take(text, redact.AsCredential)
			}
		}
		change.Body = string(w.RequestBody([]byte(change.Body), http.Header{"Content-Type": {change.Media}}))
	}
	change.Body, change.Query = w.Again(change.Body), w.Again(change.Query)
	return &change
}

// Stand gives what stands in a bundle for a credential: itself, where it is the stand-in's own.
func (t *standIns) Stand(value string, as redact.Secrecy) string {
	if other, ok := t.foreign[value]; ok {
		t.count++
		return other
	}
	if t.Own(value) {
		return value
	}
	t.count++
	other := t.alike(value, as)
	t.foreign[value], t.exact[other] = other, true // what was replaced may be looked at again
	return other
}

// Own says whether a credential is the stand-in's: issued by it, there from the start, or of use nowhere else.
func (t *standIns) Own(value string) bool {
	if t.exact[value] || t.issued[value] {
		return true
	}
	digest := sha256.Sum256([]byte(value))
	run := t.server.run
	switch {
	case run.given[digest]:
		return false
	case run.issued[digest]:
		return true
	case t.answer && !strings.Contains(t.request, value): // a request that knew it would have shown it
		t.issued[value] = true
		return true
	case t.proven[base64.RawURLEncoding.EncodeToString(digest[:])], t.proven[value]: // a code verifier, which was good once
		return true
	}
	if _, err := t.server.credentials.ByText(t.ctx, value); err == nil {
		return true
	}
	if strings.Count(value, ".") != 2 {
		return false
	}
	if _, err := t.server.credentials.VerifySigned(value); err == nil {
		return true
	}
	return t.addressed(value)
}

// addressed says that a JWT was made for this stand-in by a client: as a proof of possession (RFC 9449), or to
// authenticate itself (RFC 7523) at its address.
func (t *standIns) addressed(text string) bool {
	header, claims, ok := jwtParts(text)
	if !ok {
		return false
	}
	if header["typ"] == "dpop+jwt" {
		return true
	}
	list, _ := claims["aud"].([]any)
	for _, one := range append(list, claims["aud"]) {
		if audience, _ := one.(string); strings.Contains(audience, "://"+t.host) {
			return true
		}
	}
	return false
}

// jwtParts reads header and claims of a JWT in its compact form (RFC 7515, 7.1). Nothing is checked.
func jwtParts(text string) (header, claims map[string]any, ok bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, nil, false
	}
	for i, into := range []*map[string]any{&header, &claims} {
		data, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(data, into) != nil {
			return nil, nil, false
		}
	}
	return header, claims, true
}

// alike makes a text up that looks like a credential: what says of what kind it is stays, letters become other letters and
// digits other digits. Nothing of the credential itself goes into it. Of a JWT the signature is replaced, without which the
// rest opens nothing.
func (t *standIns) alike(value string, as redact.Secrecy) string {
	kept := 0
	if as == redact.AsCredential {
		kept = len(redact.Prefix(value))
	}
	if _, _, ok := jwtParts(value); ok {
		kept = strings.LastIndexByte(value, '.') + 1
	}
	var key [32]byte
	binary.BigEndian.PutUint64(key[:], uint64(len(t.foreign)+1))
	copy(key[8:], "understudy stand-in")
	source := rand.New(rand.NewChaCha8(key))
	other := []byte(value)
	for i := kept; i < len(other); i++ {
		switch c := other[i]; {
		case c >= 'a' && c <= 'z':
			other[i] = 'a' + byte(source.IntN(26))
		case c >= 'A' && c <= 'Z':
			other[i] = 'A' + byte(source.IntN(26))
		case c >= '1' && c <= '9':
			other[i] = '1' + byte(source.IntN(9))
		case c >= utf8.RuneSelf:
			other[i] = 'x'
		}
	}
	return string(other)
}

// messageOf gives headers and a body as a bundle has them. size is how long the body was where only its beginning is there.
func messageOf(h http.Header, body []byte, size int, cut bool) BundleMessage {
	m := BundleMessage{Headers: h}
	if utf8.Valid(body) {
		m.Text = string(body)
	} else {
		m.Base64 = body
	}
	if cut {
		m.Size = size
	}
	return m
}

// body is the message's body, as far as it is there.
func (m *BundleMessage) body() []byte {
	if m.Base64 != nil {
		return m.Base64
	}
	return []byte(m.Text)
}
