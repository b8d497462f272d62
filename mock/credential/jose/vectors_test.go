package jose_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"understudy/mock/credential/jose"
)

// vector is one entry of the vectors, of whichever kind.
type vector struct {
	ID, Alg, Token, Expected, Secret, Proof, JKT, Code string
	JWK                                                json.RawMessage
	Claims, Header                                     json.RawMessage
	KeyPEM                                             string `json:"hmac_key_pem"`
	Verifier                                           string `json:"code_verifier"`
	Challenge                                          string `json:"code_challenge"`
	Method                                             string
	AcceptLengths                                      []int    `json:"accept_lengths"`
	RejectLengths                                      []int    `json:"reject_lengths"`
	RejectExamples                                     []string `json:"reject_examples"`
	AccessToken                                        string   `json:"access_token"`
	AtHash                                             string   `json:"at_hash"`
	CHash                                              string   `json:"c_hash"`
	ATH                                                string
	HeaderJSON                                         string `json:"header_json"`
	PayloadJSON                                        string `json:"payload_json"`
}

// vectors reads one list of the vectors. Entries are read one by one: other lists have members of other types.
func vectors(t testing.TB, list string) map[string]vector {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "fixtures", "vectors", "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	var entries []json.RawMessage
	if err := json.Unmarshal(all[list], &entries); err != nil {
		t.Fatal(err)
	}
	found := map[string]vector{}
	for _, entry := range entries {
		var id struct{ ID string }
		if err := json.Unmarshal(entry, &id); err != nil {
			t.Fatal(err)
		}
		if list == "documented_apis" && id.ID != "ecoevents-jwt" {
			continue // webhooks, whose headers are texts
		}
		var v vector
		if err := json.Unmarshal(entry, &v); err != nil {
			t.Fatalf("%s: %v", id.ID, err)
		}
		found[v.ID] = v
	}
	if len(found) == 0 {
		t.Fatalf("no vectors in %s", list)
	}
	return found
}

// object decodes JSON as tokens are decoded.
func object(t testing.TB, text []byte) map[string]any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var m map[string]any
	if err := d.Decode(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

func wantError(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
}

func TestVectorsOfTokens(t *testing.T) {
	for id, v := range vectors(t, "jose") {
		t.Run(id, func(t *testing.T) {
			if id == "jwt-none" {
				token, err := jose.Parse(v.Token)
				if err != nil {
					t.Fatal(err)
				}
				wantError(t, token.Verify(jose.HMAC([]byte("any")), &jose.Key{Algorithm: jose.None}, &jose.Key{}), jose.ErrNone)
				return
			}
			k, err := jose.ParseKey(v.JWK)
			if err != nil {
				t.Fatal(err)
			}
			if id == "jwk-thumbprint-rsa" {
				if got, err := k.Thumbprint(); got != v.Expected || err != nil {
					t.Errorf("thumbprint %s, %v; want %s", got, err, v.Expected)
				}
				return
			}
			token, err := jose.ParseSigned(v.Token)
			if err != nil {
				t.Fatal(err)
			}
			if err := token.Verify(k); err != nil || token.Algorithm != jose.Algorithm(v.Alg) {
				t.Errorf("alg %s, want %s; %v", token.Algorithm, v.Alg, err)
			}
			tampered, err := jose.ParseSigned(jose.Tamper(v.Token))
			if err != nil {
				t.Fatal(err)
			}
			wantError(t, tampered.Verify(k), jose.ErrSignature)
			if token, err = jose.Parse(v.Token); id == "jws-eddsa" {
				wantError(t, err, jose.ErrMalformed) // its payload is a sentence
				if got, err := k.Sign("", tampered.Payload); got != v.Token || err != nil {
					t.Errorf("signed again:\n%s, %v, want\n%s", got, err, v.Token)
				}
			} else if err != nil {
				t.Fatal(err)
			} else if v.Claims != nil && !reflect.DeepEqual(token.Claims, object(t, v.Claims)) {
				t.Errorf("claims %v, want %s", token.Claims, v.Claims)
			}
		})
	}
}

func TestVectorsOfTraps(t *testing.T) {
	tokens, traps := vectors(t, "jose"), vectors(t, "jose_traps")
	key := func(id string) *jose.Key {
		k, err := jose.ParseKey(tokens[id].JWK)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	for id, v := range traps {
		token, err := jose.Parse(v.Token)
		switch id {
		case "alg-confusion":
			if err != nil {
				t.Fatal(err)
			}
			wantError(t, token.Verify(key("jws-rs256")), jose.ErrAlgorithm)
			if err := token.Verify(jose.HMAC([]byte(v.KeyPEM))); err != nil {
				t.Errorf("%s is no trap: %v", id, err)
			}
		case "hs256-truncated":
			if err == nil {
				err = token.Verify(key("jws-hs256"))
			}
			if !errors.Is(err, jose.ErrMalformed) && !errors.Is(err, jose.ErrSignature) {
				t.Errorf("%s: %v", id, err)
			}
		case "hs256-trailing-bits":
			wantError(t, err, jose.ErrMalformed)
		default:
			t.Errorf("%s is not tested", id)
		}
	}
}

func TestVectorsOfOAuth(t *testing.T) {
	for id, v := range vectors(t, "oauth") {
		switch id {
		case "pkce-s256":
			if got := jose.Challenge(v.Verifier); got != v.Challenge || jose.CheckVerifier(v.Verifier) != nil {
				t.Errorf("challenge %s, want %s", got, v.Challenge)
			}
		case "pkce-plain":
			if err := jose.CheckVerifier(v.Verifier); err != nil {
				t.Error(err)
			}
		case "pkce-verifier-syntax":
			for _, n := range v.AcceptLengths {
				if err := jose.CheckVerifier(strings.Repeat("~", n)); err != nil {
					t.Error(err)
				}
			}
			for _, n := range v.RejectLengths {
				v.RejectExamples = append(v.RejectExamples, strings.Repeat("~", n))
			}
			for _, verifier := range v.RejectExamples {
				err := jose.CheckVerifier(verifier)
				wantError(t, err, jose.ErrMalformed)
				if err != nil && strings.Contains(err.Error(), verifier) {
					t.Errorf("the error shows the verifier: %v", err)
				}
			}
		case "oidc-at-hash":
			if got := jose.LeftHalfHash(jose.Algorithm(v.Alg), v.AccessToken); got != v.AtHash {
				t.Errorf("at_hash %s, want %s", got, v.AtHash)
			}
		case "oidc-c-hash":
			if got := jose.LeftHalfHash(jose.Algorithm(v.Alg), v.Code); got != v.CHash {
				t.Errorf("c_hash %s, want %s", got, v.CHash)
			}
		case "dpop-proof":
			testProofVector(t, v)
		case "dpop-jkt":
			k, err := jose.ParsePublicKey(v.JWK)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := k.Thumbprint(); got != v.JKT || err != nil {
				t.Errorf("jkt %s, %v; want %s", got, err, v.JKT)
			}
		case "dpop-ath":
			if got := jose.TokenHash(v.AccessToken); got != v.ATH {
				t.Errorf("ath %s, want %s", got, v.ATH)
			}
		case "basic-client", "basic-utf8", "basic-form-encoding": // HTTP Basic, which has no tokens
		default:
			t.Errorf("%s is not tested", id)
		}
	}
}

func testProofVector(t *testing.T, v vector) {
	p, err := jose.ParseProof(v.Proof)
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		JTI, HTM, HTU string
		IAT           int64
	}
	if err := json.Unmarshal(v.Claims, &want); err != nil {
		t.Fatal(err)
	}
	if p.ID != want.JTI || p.Method != want.HTM || p.URL != want.HTU || p.IssuedAt.Unix() != want.IAT {
		t.Errorf("proof %+v, want %+v", p, want)
	}
	if jkt := vectors(t, "oauth")["dpop-jkt"].JKT; p.Thumbprint != jkt {
		t.Errorf("thumbprint %s, want %s", p.Thumbprint, jkt)
	}
	token, err := jose.Parse(v.Proof)
	if err != nil {
		t.Fatal(err)
	}
	wantHeader := object(t, v.Header)
	wantHeader["jwk"] = object(t, v.JWK)
	if !reflect.DeepEqual(token.Header, wantHeader) {
		t.Errorf("header %v, want %v", token.Header, wantHeader)
	}
}

func TestVectorOfDocumentedToken(t *testing.T) {
	v := vectors(t, "documented_apis")["ecoevents-jwt"]
	got, err := jose.HMAC([]byte(v.Secret)).Sign("JWT", []byte(v.PayloadJSON))
	if err != nil || got != v.Expected {
		t.Errorf("got\n%s, %v; want\n%s", got, err, v.Expected)
	}
	token, err := jose.Parse(v.Expected)
	if err != nil {
		t.Fatal(err)
	}
	if err := token.Verify(jose.HMAC([]byte(v.Secret))); err != nil || string(token.Payload) != v.PayloadJSON {
		t.Errorf("payload %s, %v", token.Payload, err)
	}
	if !reflect.DeepEqual(token.Header, object(t, []byte(v.HeaderJSON))) {
		t.Errorf("header %v, want %s", token.Header, v.HeaderJSON)
	}
}
