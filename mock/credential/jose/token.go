package jose

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// A Token is a JWT that was read. Reading says nothing about who made it: see Verify.
type Token struct {
	Header    map[string]any // numbers are json.Number, here and in Claims
	Claims    map[string]any
	Payload   []byte    // the claims as they were signed
	Algorithm Algorithm // "alg" as the token says, known or not
	KeyID     string    // "kid", empty where there is none
	Type      string    // "typ", empty where there is none

	signed    string // what the signature is over: the first two parts, as received
	signature []byte
}

// strict refuses bits behind the last byte that are not zero, so that no two texts stand for the same bytes. The decoder
// skips line breaks even so, which decode refuses.
var strict = base64.RawURLEncoding.Strict()

// decode reads base64url without padding (RFC 7515, 2). Part names the text in errors.
func decode(part, text string) ([]byte, error) {
	if i := strings.IndexAny(text, "\r\n"); i >= 0 {
		return nil, fmt.Errorf("%s: line break at character %d: %w", part, i, ErrMalformed)
	}
	decoded, err := strict.DecodeString(text)
	if corrupt, ok := err.(base64.CorruptInputError); ok {
		return nil, fmt.Errorf("%s: not base64url without padding at character %d: %w", part, int64(corrupt), ErrMalformed)
	}
	return decoded, err
}

func encode(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

// Parse reads a JWT in the compact form (RFC 7519, 7.2; RFC 7515, 7.1). It checks no signature and no times. Member names
// may not be repeated anywhere in the header nor among the claims; inside a claim the last one counts. All errors are
// ErrMalformed.
func Parse(text string) (*Token, error) {
	t, err := parseSigned(text)
	if err != nil {
		return nil, err
	}
	if t.Claims, err = decodeObject(string(t.Payload), 1); err != nil {
		return nil, fmt.Errorf("claims of the token: %w", err)
	}
	return t, nil
}

// parseSigned is Parse for any payload: it leaves Claims nil.
func parseSigned(text string) (*Token, error) {
	if len(text) > maxToken {
		return nil, fmt.Errorf("the token has %d bytes, %d are allowed: %w", len(text), maxToken, ErrMalformed)
	}
	if n := strings.Count(text, ".") + 1; n != 3 {
		return nil, fmt.Errorf("the token has %d parts, a signed one has 3 with dots between them: %w", n, ErrMalformed)
	}
	first, last := strings.IndexByte(text, '.'), strings.LastIndexByte(text, '.')
	header, err := decode("header of the token", text[:first])
	if err != nil {
		return nil, err
	}
	t := &Token{signed: text[:last]}
	if t.Payload, err = decode("payload of the token", text[first+1:last]); err != nil {
		return nil, err
	}
	if t.signature, err = decode("signature of the token", text[last+1:]); err != nil {
		return nil, err
	}
	if t.Header, err = decodeObject(string(header), everyLevel); err != nil {
		return nil, fmt.Errorf("header of the token: %w", err)
	}
	return t, t.readHeader()
}

// readHeader takes out the members that this package goes by. Only alg is required (RFC 7515, 4.1.1).
func (t *Token) readHeader() error {
	if _, ok := t.Header["alg"]; !ok {
		return fmt.Errorf("header of the token: alg is missing: %w", ErrMalformed)
	}
	var alg string
	for _, member := range []struct {
		name string
		into *string
	}{{"alg", &alg}, {"kid", &t.KeyID}, {"typ", &t.Type}} {
		value, present := t.Header[member.name]
		text, ok := value.(string)
		if present && !ok {
			return fmt.Errorf("header of the token: %s must be a string: %w", member.name, ErrMalformed)
		}
		*member.into = text
	}
	t.Algorithm = canonical(alg)
	return nil
}

// canonical is the algorithm of a name. Ed25519 is the newer name of what EdDSA means with the one curve that is supported
// (RFC 9864, 2.2).
func canonical(alg string) Algorithm {
	if alg == "Ed25519" {
		return EdDSA
	}
	return Algorithm(alg)
}

// Verify says whether one of the keys made the token's signature; the error says why none did.
//
// A key is tried when its algorithm is the one that the header names and when its ID is the header's kid, or either has
// none; what the header says never makes a key sign in another way (RFC 8725, 3.1). ErrNone, ErrCritical,
// ErrUnknownKey, ErrAlgorithm and ErrSignature tell how far it came. Times are not looked at.
func (t *Token) Verify(keys ...*Key) error {
	if t.Algorithm == None {
		return fmt.Errorf("the token is not signed, alg is none: %w", ErrNone)
	}
	if err := t.critical(); err != nil {
		return err
	}
	known, tried := false, false
	for _, k := range keys {
		if k == nil || t.KeyID != "" && k.ID != "" && k.ID != t.KeyID {
			continue
		}
		known = true
		if k.Algorithm != t.Algorithm {
			continue
		}
		tried = true
		if k.verify(t.signed, t.signature) {
			return nil
		}
	}
	switch {
	case !known && t.KeyID == "":
		return fmt.Errorf("there is no key to check the token with: %w", ErrUnknownKey)
	case !known:
		return fmt.Errorf("no key has the token's kid %s: %w", brief(t.KeyID), ErrUnknownKey)
	case !tried:
		return fmt.Errorf("the token's alg is %s, the key's is another: %w", brief(string(t.Algorithm)), ErrAlgorithm)
	}
	return fmt.Errorf("the signature of the token is not by the expected key, or the token was altered: %w", ErrSignature)
}

// critical refuses every token with crit: this package understands no extension, and the names that RFC 7515 defines may
// not stand there (RFC 7515, 4.1.11).
func (t *Token) critical() error {
	value, present := t.Header["crit"]
	if !present {
		return nil
	}
	names, ok := value.([]any)
	if !ok || len(names) == 0 || slices.ContainsFunc(names, func(n any) bool { _, text := n.(string); return !text }) {
		return fmt.Errorf("header of the token: crit must be a list of names that is not empty: %w", ErrMalformed)
	}
	return fmt.Errorf("header of the token: crit names %s, which is not understood: %w", brief(names[0].(string)), ErrCritical)
}
