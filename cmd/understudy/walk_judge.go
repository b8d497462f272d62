package main

import (
	"context"
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// An expectation is what is to stand at a place. fill puts in what the story has kept; the words are those of the story, so that
// nothing that was kept is shown.
type expectation interface {
	holds(value any, there bool, fill func(string) string) bool
	words() string
}

// The expectations besides plain values.
type (
	like      string                        // a regular expression that its text matches
	has       string                        // its text contains this
	lacks     string                        // its text does not contain this; what is missing contains nothing
	other     string                        // it is there, and another text
	entries   int                           // an array or object with so many
	same      string                        // the same JSON value
	after     struct{ of, seconds string }  // a number that is another one, that was kept, and so many more
	sealed    struct{ secret, text string } // lower-case hex of HMAC-SHA256 over the text, keyed with the secret's text
	signedBy  string                        // a JWT with RS256 that a key of this JWK Set (RFC 7517) has signed
	describes int                           // a whole OpenAPI description, with so many operations and no reference to elsewhere
	missing   struct{}                      // nothing stands there
	all       []any                         // every one of these
	exactly   struct{ value any }           // a plain value
)

// absent says that nothing stands at a place.
var absent missing

// words say what a step looks at.
func (st *step) words() []string {
	return append([]string{"status " + strconv.Itoa(st.status)}, st.wants.words()...)
}

func (s seen) words() []string {
	var list []string
	for _, place := range slices.Sorted(maps.Keys(s)) {
		for _, want := range expectations(s[place]) {
			list = append(list, placeName(place)+" "+want.words())
		}
	}
	return list
}

// judge holds an answer against a step and says what was not as told; empty: all was.
func (w *walk) judge(st *step, a *answer) (problem string) {
	if a.exchange.Status != st.status {
		return fmt.Sprintf("the status is %d, not %d", a.exchange.Status, st.status)
	}
	return w.look(st.wants, a)
}

// look holds an answer against what must stand in it.
func (w *walk) look(wants seen, a *answer) (problem string) {
	for _, place := range slices.Sorted(maps.Keys(wants)) {
		value, there := a.at(place)
		for _, want := range expectations(wants[place]) {
			if want.holds(value, there, w.fill) {
				continue
			}
			got := "it is " + shorten(w.veil(textOf(value)), 200)
			if !there {
				got = "nothing stands there"
			}
			return "not so: " + placeName(place) + " " + want.words() + "; " + got
		}
	}
	return ""
}

// veil hides credentials in a text.
func (w *walk) veil(text string) string {
	for secret, instead := range w.secrets {
		text = strings.ReplaceAll(text, secret, instead)
	}
	return w.server.Redactor().Text(text)
}

func expectations(want any) []expectation {
	switch v := want.(type) {
	case all:
		var list []expectation
		for _, one := range v {
			list = append(list, expectations(one)...)
		}
		return list
	case expectation:
		return []expectation{v}
	}
	return []expectation{exactly{want}}
}

func (e exactly) holds(value any, there bool, fill func(string) string) bool {
	switch want := e.value.(type) {
	case nil, bool:
		return there && value == want
	case int:
		number, ok := value.(json.Number)
		return ok && number.String() == strconv.Itoa(want)
	case string:
		return there && textOf(value) == fill(want)
	}
	return false
}

func (e exactly) words() string {
	if text, ok := e.value.(string); ok {
		return "is " + strconv.Quote(text)
	}
	if e.value == nil {
		return "is null"
	}
	return fmt.Sprint("is ", e.value)
}

func (e like) holds(value any, there bool, fill func(string) string) bool {
	ok, err := regexp.MatchString(fill(string(e)), textOf(value))
	return there && err == nil && ok
}
func (e like) words() string { return "matches " + string(e) }

func (e has) holds(value any, there bool, fill func(string) string) bool {
	return there && strings.Contains(textOf(value), fill(string(e)))
}
func (e has) words() string { return "has " + string(e) }

func (e lacks) holds(value any, there bool, fill func(string) string) bool {
	text := fill(string(e))
	return text != "" && (!there || !strings.Contains(textOf(value), text)) && !reference.MatchString(text)
}
func (e lacks) words() string { return "has no " + string(e) }

func (e other) holds(value any, there bool, fill func(string) string) bool {
	text := fill(string(e))
	return there && textOf(value) != text && !reference.MatchString(text)
}
func (e other) words() string { return "is another than " + string(e) }

func (e entries) holds(value any, _ bool, _ func(string) string) bool {
	switch v := value.(type) {
	case []any:
		return len(v) == int(e)
	case map[string]any:
		return len(v) == int(e)
	}
	return false
}
func (e entries) words() string { return fmt.Sprintf("counts %d", int(e)) }

func (e same) holds(value any, there bool, fill func(string) string) bool {
	var want any
	err := decodeJSON([]byte(fill(string(e))), &want)
	return there && err == nil && reflect.DeepEqual(value, want)
}
func (e same) words() string { return "is " + string(e) }

func (e after) holds(value any, _ bool, fill func(string) string) bool {
	got, err1 := strconv.ParseInt(textOf(value), 10, 64)
	from, err2 := strconv.ParseInt(fill(e.of), 10, 64)
	more, err3 := strconv.ParseInt(e.seconds, 10, 64)
	return err1 == nil && err2 == nil && err3 == nil && got == from+more
}
func (e after) words() string { return "is " + e.of + " and " + e.seconds }

func (missing) holds(_ any, there bool, _ func(string) string) bool { return !there }
func (missing) words() string                                       { return "is absent" }

func (e sealed) holds(value any, there bool, fill func(string) string) bool {
	mac := hmac.New(sha256.New, []byte(fill(e.secret)))
	mac.Write([]byte(fill(e.text)))
	return there && strings.HasSuffix(textOf(value), hex.EncodeToString(mac.Sum(nil)))
}
func (e sealed) words() string { return "ends in the HMAC-SHA256 of " + e.text + " with " + e.secret }

func (e signedBy) holds(value any, _ bool, fill func(string) string) bool {
	text := textOf(value)
	opened, err := openToken(text)
	if err != nil {
		return false
	}
	header := opened["header"].(map[string]any)
	i := strings.LastIndexByte(text, '.')
	signature, err := base64.RawURLEncoding.DecodeString(text[i+1:])
	if err != nil || header["alg"] != "RS256" {
		return false
	}
	var set struct {
		Keys []struct{ Kid, Kty, N, E string }
	}
	if decodeJSON([]byte(fill(string(e))), &set) != nil {
		return false
	}
	kid, _ := header["kid"].(string)
	for _, key := range set.Keys {
		if key.Kty != "RSA" || key.Kid != kid {
			continue
		}
		n, err1 := base64.RawURLEncoding.DecodeString(key.N)
		exponent, err2 := base64.RawURLEncoding.DecodeString(key.E)
		if err1 != nil || err2 != nil {
			return false
		}
		public := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(exponent).Int64())}
		digest := sha256.Sum256([]byte(text[:i]))
		return rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature) == nil
	}
	return false
}
func (e signedBy) words() string { return "is signed by a key of " + string(e) }

// leadsAway is a reference that does not stay within its document.
var leadsAway = regexp.MustCompile(`\$ref["']?\s*:\s*["']?[^#"'\s]`)

func (e describes) holds(value any, there bool, _ func(string) string) bool {
	s := story{contract: "described", setting: setting{document: textOf(value)}}
	c, err := s.load(context.Background()) // which never reaches the network
	return there && err == nil && len(c.Operations) == int(e) && !leadsAway.MatchString(s.setting.document)
}
func (e describes) words() string {
	return fmt.Sprintf("is a whole OpenAPI description of %d operations, without references to elsewhere", int(e))
}
