package signature

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// verifyStandard judges Standard Webhooks, 1.0.0, "Verifying signatures", under its own header names or Svix's.
func (s Scheme) verifyStandard(h http.Header, m Message, now time.Time, secrets []string) error {
	var id, at, given string
	complete := false
	for _, names := range []Scheme{s, {Kind: StandardWebhooks}, {Kind: StandardWebhooks, Header: "svix-signature"}} {
		idName, atName := names.companions()
		id, at, given = value(h, idName), value(h, atName), value(h, names.header())
		if complete = id != "" && at != "" && given != ""; complete {
			break
		}
	}
	_, atName := s.companions()
	switch {
	case !complete:
		return s.missingStandard(h)
	case len(id)+len(at) > maxHeader:
		return refuse(Malformed, "id and timestamp have %d bytes; no more than %d are read", len(id)+len(at), maxHeader)
	}
	if err := readable(s.header(), given); err != nil {
		return err
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return refuse(Malformed, "the header %s is not a number of seconds", atName)
	}
	if err := s.judgeTime(seconds, now, true); err != nil {
		return err
	}
	symmetric, asymmetric := readStandard(given)
	base := standardBase(id, strconv.FormatInt(seconds, 10))
	for _, secret := range secrets {
		k, err := standardKey(secret)
		if err != nil {
			return fmt.Errorf("verify: %w", err)
		}
		if k.hmac != nil && among(symmetric, base256(k.hmac, base, m.Body)) {
			return nil
		}
		if k.public != nil && signedBy(k.public, asymmetric, append(base[:len(base):len(base)], m.Body...)) {
			return nil
		}
	}
	if len(symmetric)+len(asymmetric) == 0 {
		return refuse(Mismatch, "the header %s has no entry v1,… or v1a,…", s.header())
	}
	return mismatch()
}

// missingStandard names the headers that are not there, in a fixed order.
func (s Scheme) missingStandard(h http.Header) error {
	var names []string
	for _, name := range s.HeaderNames() {
		if value(h, name) == "" {
			names = append(names, name)
		}
	}
	return refuse(Missing, "the delivery is not signed: there is no header %s", strings.Join(names, ", "))
}

// maxPublic bounds the Ed25519 signatures that are tried, which cost far more than an HMAC; a rotation needs two.
const maxPublic = 16

// readStandard splits a signature header by versions; other versions are passed over.
func readStandard(given string) (symmetric, asymmetric []string) {
	for entry := range strings.SplitSeq(given, " ") {
		version, text, _ := strings.Cut(entry, ",")
		switch {
		case version == "v1":
			symmetric = append(symmetric, text)
		case version == "v1a" && len(asymmetric) < maxPublic:
			asymmetric = append(asymmetric, text)
		}
	}
	return symmetric, asymmetric
}

func signedBy(public ed25519.PublicKey, signatures []string, signed []byte) bool {
	for _, text := range signatures {
		raw, err := base64.StdEncoding.Strict().DecodeString(text)
		if err == nil && len(raw) == ed25519.SignatureSize && ed25519.Verify(public, signed, raw) {
			return true
		}
	}
	return false
}
