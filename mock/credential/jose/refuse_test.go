package jose_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"understudy/mock/credential/jose"
)

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func decode(t testing.TB, text string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func number(t testing.TB, text any) *big.Int {
	t.Helper()
	return new(big.Int).SetBytes(decode(t, text.(string)))
}

// signed gives a token with a right signature over whatever stands in its header and payload.
func signed(t testing.TB, k *jose.Key, header, payload string) string {
	t.Helper()
	text := encode([]byte(header)) + "." + encode([]byte(payload))
	signature, err := k.SignBytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + encode(signature)
}

// read parses and verifies.
func read(text string, keys ...*jose.Key) error {
	token, err := jose.Parse(text)
	if err != nil {
		return err
	}
	return token.Verify(keys...)
}

const plainES256, plainClaims = `{"alg":"ES256"}`, `{"sub":"acc_1"}`

// All of these have a right signature over what they hold; only their form is wrong.
func TestParseRefuses(t *testing.T) {
	k := derive(t, "tokens", jose.ES256)
	good := signed(t, k, plainES256, plainClaims)
	if err := read(good, k); err != nil {
		t.Fatal(err)
	}
	part := strings.Split(good, ".")
	deep := func(levels int) string {
		return `{"a":` + strings.Repeat("[", levels-1) + strings.Repeat("]", levels-1) + `}`
	}
	for name, text := range map[string]string{
		"empty":                       "",
		"dots":                        "..",
		"one part":                    part[0],
		"two parts":                   part[0] + "." + part[1],
		"four parts":                  good + ".",
		"five parts":                  good + ".." + part[2],
		"padded header":               part[0] + "=." + part[1] + "." + part[2],
		"padded signature":            good + "==",
		"trailing bits":               good[:len(good)-1] + string(good[len(good)-1]+1),
		"standard alphabet":           part[0] + "." + part[1] + "." + strings.Repeat("+", len(part[2])),
		"blank before":                " " + good,
		"line break behind":           good + "\n",
		"line break in header":        part[0][:4] + "\n" + part[0][4:] + "." + part[1] + "." + part[2],
		"line break in payload":       part[0] + "." + part[1][:4] + "\r\n" + part[1][4:] + "." + part[2],
		"huge":                        signed(t, k, plainES256, `{"a":"`+strings.Repeat("a", 64<<10)+`"}`),
		"deep header":                 signed(t, k, `{"alg":"ES256","x":`+deep(32)+`}`, plainClaims),
		"deep claims":                 signed(t, k, plainES256, deep(33)),
		"header is a list":            signed(t, k, `["ES256"]`, plainClaims),
		"header is no JSON":           signed(t, k, `{"alg":"ES256"`, plainClaims),
		"header with more behind":     signed(t, k, plainES256+`{}`, plainClaims),
		"header with a comma":         signed(t, k, `{"alg":"ES256",}`, plainClaims),
		"header with single quotes":   signed(t, k, `{'alg':'ES256'}`, plainClaims),
		"header with byte order":      signed(t, k, "\ufeff"+plainES256, plainClaims),
		"no alg":                      signed(t, k, `{"typ":"JWT"}`, plainClaims),
		"alg in capitals":             signed(t, k, `{"ALG":"ES256"}`, plainClaims),
		"alg is null":                 signed(t, k, `{"alg":null}`, plainClaims),
		"alg is a list":               signed(t, k, `{"alg":["ES256"]}`, plainClaims),
		"kid is a number":             signed(t, k, `{"alg":"ES256","kid":1}`, plainClaims),
		"typ is a number":             signed(t, k, `{"alg":"ES256","typ":1}`, plainClaims),
		"alg twice":                   signed(t, k, `{"alg":"none","alg":"ES256"}`, plainClaims),
		"alg twice, once escaped":     signed(t, k, `{"alg":"none","\u0061lg":"ES256"}`, plainClaims),
		"a member of jwk twice":       signed(t, k, `{"alg":"ES256","jwk":{"kty":"EC","kty":"EC"}}`, plainClaims),
		"a member in a list twice":    signed(t, k, `{"alg":"ES256","x":[[{"a":1,"a":1}]]}`, plainClaims),
		"a claim twice":               signed(t, k, plainES256, `{"sub":"acc_1","sub":"acc_2"}`),
		"claims are a list":           signed(t, k, plainES256, `["sub"]`),
		"claims are null":             signed(t, k, plainES256, `null`),
		"claims are empty":            signed(t, k, plainES256, ``),
		"claims are no UTF-8":         signed(t, k, plainES256, "{\"sub\":\"\xff\"}"),
		"half a surrogate pair":       signed(t, k, plainES256, `{"sub":"\ud800"}`),
		"wrong half of a pair":        signed(t, k, plainES256, `{"sub":"\ud800\u0041"}`),
		"a number that begins with 0": signed(t, k, plainES256, `{"exp":01}`),
		"a number with a plus":        signed(t, k, plainES256, `{"exp":+1}`),
		"a number that ends":          signed(t, k, plainES256, `{"exp":1.}`),
		"not a number":                signed(t, k, plainES256, `{"exp":NaN}`),
		"a tab in a string":           signed(t, k, plainES256, "{\"sub\":\"a\tb\"}"),
		"a tab behind an escape":      signed(t, k, plainES256, "{\"sub\":\"\\n\tb\"}"),
		"an unknown escape":           signed(t, k, plainES256, `{"sub":"\x41"}`),
		"signs among hex digits":      signed(t, k, plainES256, `{"sub":"\u+041"}`),
		"an open string":              signed(t, k, plainES256, `{"sub":"a`),
		"an open escape":              signed(t, k, plainES256, `{"sub":"a\`),
		"a name without quotes":       signed(t, k, plainES256, `{1:1}`),
		"no colon":                    signed(t, k, plainES256, `{"a" 1}`),
		"no comma":                    signed(t, k, plainES256, `{"a":1 "b":2}`),
		"no comma in a list":          signed(t, k, plainES256, `{"a":[1 2]}`),
		"an open list":                signed(t, k, plainES256, `{"a":[1`),
		"a bad value in a list":       signed(t, k, plainES256, `{"a":[1,]}`),
		"an open name":                signed(t, k, plainES256, `{"a`),
		"an exponent without digits":  signed(t, k, plainES256, `{"a":1e+}`),
		"an open string with escape":  signed(t, k, plainES256, `{"a":"\n`),
		"an escape cut short":         signed(t, k, plainES256, `{"a":"\u00`),
		"a comment":                   signed(t, k, plainES256, `{"sub":/**/1}`),
	} {
		if err := read(text, k); !errors.Is(err, jose.ErrMalformed) {
			t.Errorf("%s: error %v, want %v", name, err, jose.ErrMalformed)
		} else if len(err.Error()) > 300 {
			t.Errorf("%s: an error of %d bytes", name, len(err.Error()))
		}
	}
	for name, text := range map[string]string{
		"at the limit of depth":      signed(t, k, plainES256, deep(32)),
		"a repeated member in claim": signed(t, k, plainES256, `{"act":{"sub":"a","sub":"b"}}`),
		"blanks and an escaped name": signed(t, k, " {\t\"\\u0061lg\" :\r\n\"ES256\" } ", ` { } `),
		"a surrogate pair":           signed(t, k, plainES256, `{"sub":"\ud83d\ude00"}`),
	} {
		if err := read(text, k); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	es, rs, ed, hs := derive(t, "tokens", jose.ES256), derive(t, "tokens", jose.RS256), derive(t, "tokens", jose.EdDSA), derive(t, "tokens", jose.HS256)
	sign := func(k *jose.Key) string {
		token, err := k.Sign("JWT", []byte(plainClaims))
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	replace := func(token string, i int, with []byte) string {
		parts := strings.Split(token, ".")
		parts[i] = encode(with)
		return strings.Join(parts, ".")
	}
	signature := func(token string) []byte { return decode(t, strings.Split(token, ".")[2]) }
	der, err := asn1.Marshal(struct{ R, S *big.Int }{
		new(big.Int).SetBytes(signature(sign(es))[:32]), new(big.Int).SetBytes(signature(sign(es))[32:])})
	if err != nil {
		t.Fatal(err)
	}
	unnamed := func(k *jose.Key) *jose.Key { c := *k; c.ID = ""; return &c }
	as := func(k *jose.Key, a jose.Algorithm) *jose.Key { c := *k; c.Algorithm = a; return &c }
	mac := hmac.New(sha256.New, nil)
	mac.Write([]byte(encode([]byte(`{"alg":"HS256"}`)) + "." + encode([]byte(plainClaims))))
	byNobody := encode([]byte(`{"alg":"HS256"}`)) + "." + encode([]byte(plainClaims)) + "." + encode(mac.Sum(nil))
	for _, c := range []struct {
		name  string
		token string
		keys  []*jose.Key
		want  error
	}{
		{"DER signature", replace(sign(es), 2, der), []*jose.Key{es}, jose.ErrSignature},
		{"signature cut", replace(sign(es), 2, signature(sign(es))[:63]), []*jose.Key{es}, jose.ErrSignature},
		{"signature of zeros", replace(sign(es), 2, make([]byte, 64)), []*jose.Key{es}, jose.ErrSignature},
		{"signature longer", replace(sign(hs), 2, append(signature(sign(hs)), 0)), []*jose.Key{hs}, jose.ErrSignature},
		{"RSA signature with a zero before", replace(sign(rs), 2, append([]byte{0}, signature(sign(rs))...)), []*jose.Key{rs}, jose.ErrSignature},
		{"Ed25519 signature cut", replace(sign(ed), 2, signature(sign(ed))[:63]), []*jose.Key{ed}, jose.ErrSignature},
		{"no signature", replace(sign(hs), 2, nil), []*jose.Key{hs}, jose.ErrSignature},
		{"other payload", replace(sign(es), 1, []byte(`{"sub":"acc_2"}`)), []*jose.Key{es}, jose.ErrSignature},
		{"payload written anew", replace(sign(rs), 1, []byte(`{"sub": "acc_1"}`)), []*jose.Key{rs}, jose.ErrSignature},
		{"other header", replace(sign(ed), 0, []byte(`{"alg":"EdDSA","typ":"at+jwt"}`)), []*jose.Key{ed}, jose.ErrSignature},
		{"tampered", jose.Tamper(sign(hs)), []*jose.Key{hs}, jose.ErrSignature},
		{"unsigned", es.Unsigned("JWT", []byte(plainClaims)), []*jose.Key{es, {}, {Algorithm: jose.None}}, jose.ErrNone},
		{"none with a signature", signed(t, hs, `{"alg":"none"}`, plainClaims), []*jose.Key{hs}, jose.ErrNone},
		{"None in capitals", signed(t, hs, `{"alg":"None"}`, plainClaims), []*jose.Key{hs}, jose.ErrAlgorithm},
		{"alg of another kind", signed(t, hs, `{"alg":"HS512"}`, plainClaims), []*jose.Key{hs}, jose.ErrAlgorithm},
		{"empty alg", signed(t, hs, `{"alg":""}`, plainClaims), []*jose.Key{hs, {}}, jose.ErrSignature},
		{"kid of another key", sign(es), []*jose.Key{derive(t, "sessions", jose.ES256)}, jose.ErrUnknownKey},
		{"no keys", sign(es), nil, jose.ErrUnknownKey},
		{"no key but nil", sign(es), []*jose.Key{nil}, jose.ErrUnknownKey},
		{"right kid, other algorithm", signed(t, hs, `{"alg":"HS256","kid":"`+es.ID+`"}`, plainClaims), []*jose.Key{es}, jose.ErrAlgorithm},
		{"other key without ID", sign(es), []*jose.Key{unnamed(derive(t, "sessions", jose.ES256))}, jose.ErrSignature},
		{"key of another algorithm", sign(hs), []*jose.Key{rs, ed, es}, jose.ErrAlgorithm},
		{"public key as a secret", signed(t, hs, `{"alg":"HS256"}`, plainClaims), []*jose.Key{as(es.Public(), jose.HS256)}, jose.ErrSignature},
		{"ES256 called RS256", signed(t, es, `{"alg":"RS256"}`, plainClaims), []*jose.Key{as(es, jose.RS256)}, jose.ErrSignature},
		{"RS256 called EdDSA", signed(t, rs, `{"alg":"EdDSA"}`, plainClaims), []*jose.Key{as(rs, jose.EdDSA)}, jose.ErrSignature},
		{"EdDSA called ES256", signed(t, ed, `{"alg":"ES256"}`, plainClaims), []*jose.Key{as(ed, jose.ES256)}, jose.ErrSignature},
		{"empty secret", byNobody, []*jose.Key{jose.HMAC(nil), {Algorithm: jose.HS256}}, jose.ErrSignature},
		{"unknown crit", signed(t, hs, `{"alg":"HS256","crit":["exp"],"exp":1}`, plainClaims), []*jose.Key{hs}, jose.ErrCritical},
		{"crit of b64", signed(t, hs, `{"alg":"HS256","crit":["b64"],"b64":false}`, plainClaims), []*jose.Key{hs}, jose.ErrCritical},
		{"crit of alg", signed(t, hs, `{"alg":"HS256","crit":["alg"]}`, plainClaims), []*jose.Key{hs}, jose.ErrCritical},
		{"empty crit", signed(t, hs, `{"alg":"HS256","crit":[]}`, plainClaims), []*jose.Key{hs}, jose.ErrMalformed},
		{"crit of numbers", signed(t, hs, `{"alg":"HS256","crit":[1]}`, plainClaims), []*jose.Key{hs}, jose.ErrMalformed},
		{"crit is null", signed(t, hs, `{"alg":"HS256","crit":null}`, plainClaims), []*jose.Key{hs}, jose.ErrMalformed},
	} {
		if err := read(c.token, c.keys...); !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.want)
		}
	}
	for _, k := range []*jose.Key{es, rs, ed, hs} { // the same tokens without the flaw, among other keys
		if err := read(sign(k), nil, &jose.Key{}, derive(t, "sessions", k.Algorithm), es, rs, ed, hs); err != nil {
			t.Errorf("%v: %v", k, err)
		}
	}
}

func TestSignRefuses(t *testing.T) {
	es := derive(t, "tokens", jose.ES256)
	changed := *es
	changed.Algorithm = jose.RS256
	for name, k := range map[string]*jose.Key{"public": es.Public(), "zero": {}, "none": {Algorithm: jose.None}, "empty secret": jose.HMAC(nil), "changed": &changed} {
		if token, err := k.Sign("JWT", []byte(plainClaims)); err == nil {
			t.Errorf("%s: %s", name, token)
		}
	}
	for _, name := range []string{"alg", "kid", "typ"} {
		if token, err := es.Sign("JWT", []byte(plainClaims), jose.Header{Name: name, Value: "x"}); err == nil {
			t.Errorf("%s twice: %s", name, token)
		}
	}
	if _, err := es.Sign("JWT", nil, jose.Header{Name: "x", Value: func() {}}); err == nil {
		t.Error("a function stands in a header")
	}
}

func TestHeaderIsWrittenInOrder(t *testing.T) {
	k, named := jose.HMAC([]byte("secret")), jose.HMAC([]byte("secret"))
	named.ID = "one"
	header := func(token string, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		return string(decode(t, token[:strings.IndexByte(token, '.')]))
	}
	for want, got := range map[string]string{
		`{"alg":"HS256","typ":"JWT"}`: header(k.Sign("JWT", nil)),
		`{"alg":"HS256"}`:             header(k.Sign("", nil)),
		`{"alg":"HS256","typ":"é\"<&>","z":1,"a":{"b":[true,null]}}`: header(k.Sign(`é"<&>`, nil, jose.Header{Name: "z", Value: 1}, jose.Header{Name: "a", Value: map[string]any{"b": []any{true, nil}}})),
		`{"alg":"none","typ":"JWT"}`:                                 header(k.Unsigned("JWT", nil), nil),
		`{"alg":"HS256","kid":"one","typ":"at+jwt"}`:                 header(named.Sign("at+jwt", nil)),
	} {
		if got != want {
			t.Errorf("header %s, want %s", got, want)
		}
	}
}

// A tampered token is the same each time, as long as the right one, and differs in its signature only.
func TestTamper(t *testing.T) {
	for _, a := range algorithms {
		k := derive(t, "tokens", a)
		good, err := k.Sign("JWT", []byte(plainClaims))
		if err != nil {
			t.Fatal(err)
		}
		bad := jose.Tamper(good)
		dot := strings.LastIndexByte(good, '.')
		if bad == good || bad != jose.Tamper(good) || len(bad) != len(good) || bad[:dot] != good[:dot] {
			t.Errorf("%s: %s", a, bad)
		}
		wantError(t, read(bad, k), jose.ErrSignature)
	}
	for _, odd := range []string{"", "a", "a.b.", "a.b.=", "a.b.\n", strings.Repeat(".", 5)} {
		if bad := jose.Tamper(odd); bad == odd || bad != jose.Tamper(odd) {
			t.Errorf("%q became %q", odd, bad)
		}
	}
}

func TestKeysDoNotShowTheirMaterial(t *testing.T) {
	for _, a := range algorithms {
		k := derive(t, "tokens", a)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
			for _, shown := range []string{fmt.Sprintf(verb, k), fmt.Sprintf(verb, *k)} {
				if want := string(a) + " key " + fmt.Sprintf("%q", k.ID); shown != want {
					t.Errorf("%s: %s, want %s", verb, shown, want)
				}
			}
		}
	}
}
