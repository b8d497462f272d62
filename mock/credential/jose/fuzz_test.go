package jose_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"understudy/mock/credential/jose"
)

// FuzzParse holds what Parse lets through against encoding/json, and what Verify believes against the one way to write it.
func FuzzParse(f *testing.F) {
	keys := make([]*jose.Key, len(algorithms))
	for i, a := range algorithms {
		keys[i] = derive(f, "tokens", a)
		token, err := keys[i].Sign("JWT", []byte(plainClaims))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(token)
		f.Add(jose.Tamper(token))
	}
	for _, list := range []string{"jose", "jose_traps", "oauth"} {
		for _, v := range vectors(f, list) {
			f.Add(v.Token + v.Proof)
		}
	}
	for _, header := range []string{`{"alg":"HS256","crit":["b64"]}`, `{"alg":"HS256","x":[1.5e3,{"y":null}]}`, `{"alg":"\u0048S256"}`} {
		f.Add(signed(f, keys[3], header, `{"exp":1e9,"a":{"b":1,"b":2},"c":"\ud83d\ude00"}`))
	}
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := jose.ParseProof(text); err == nil && (p.ID == "" || p.Thumbprint == "" || !p.Covers(p.Method, p.URL)) {
			t.Errorf("proof %+v", p)
		}
		token, err := jose.Parse(text)
		if err != nil {
			if !errors.Is(err, jose.ErrMalformed) || token != nil {
				t.Errorf("token %v, error %v", token, err)
			}
			return
		}
		parts := strings.Split(text, ".")
		for _, part := range parts {
			if encode(decode(t, part)) != part {
				t.Errorf("%q is not the only spelling of its bytes", part)
			}
		}
		if want := object(t, token.Payload); !reflect.DeepEqual(token.Claims, want) {
			t.Errorf("claims %v, want %v", token.Claims, want)
		}
		if want := object(t, decode(t, parts[0])); !reflect.DeepEqual(token.Header, want) {
			t.Errorf("header %v, want %v", token.Header, want)
		}
		_ = token.CheckTimes(time.Unix(1767225600, 0), time.Minute)
		for _, k := range keys {
			if token.Verify(k) != nil {
				continue
			}
			again, err := k.SignBytes([]byte(parts[0] + "." + parts[1]))
			if err != nil || k.Algorithm != jose.ES256 && encode(again) != parts[2] {
				t.Errorf("%v believes %s, it would sign %s, %v", k, parts[2], encode(again), err)
			}
		}
	})
}

// FuzzParseSet wants that the keys of a set can be written and read again, and that no private part gets through.
func FuzzParseSet(f *testing.F) {
	set := &jose.Set{}
	for _, a := range algorithms {
		k := derive(f, "tokens", a)
		set.Keys = append(set.Keys, k)
		private, err := json.Marshal(map[string]any{"keys": []any{k.JWK(false)}})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(private)
	}
	text, err := json.Marshal(set)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"keys":[{"kty":"AKP"},{"kty":"EC","crv":"P-256","x":"","y":""}]}`))
	token, err := set.Keys[1].Sign("JWT", []byte(plainClaims))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var raw struct{ Keys []json.RawMessage }
		if json.Unmarshal(data, &raw) == nil {
			for _, jwk := range raw.Keys[:min(4, len(raw.Keys))] {
				if k, err := jose.ParseKey(jwk); err == nil {
					_, _ = k.Sign("JWT", []byte(plainClaims))
				}
			}
		}
		set, err := jose.ParseSet(data)
		if err != nil {
			return
		}
		_ = read(token, set.Keys...)
		text, err := json.Marshal(set)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
			if bytes.Contains(text, []byte(`"`+name+`":`)) {
				t.Errorf("%s was let through: %s", name, text)
			}
		}
		back, err := jose.ParseSet(text)
		if err != nil || len(back.Keys) != len(set.Keys) {
			t.Fatalf("%s: %v", text, err)
		}
		for i, k := range back.Keys {
			if !reflect.DeepEqual(k.JWK(true), set.Keys[i].JWK(true)) {
				t.Errorf("%v became %v", set.Keys[i].JWK(true), k.JWK(true))
			}
		}
	})
}
