package jose_test

import (
	"errors"
	"testing"
	"time"

	"understudy/mock/credential/jose"
)

func TestCheckTimes(t *testing.T) {
	k := jose.HMAC([]byte("secret"))
	const ms, us = time.Millisecond, time.Microsecond
	const today = 1767225600*time.Second - 1000*time.Second
	for _, c := range []struct {
		claims string
		after  time.Duration // now, after second 1000
		skew   time.Duration
		want   error
	}{
		{`{}`, 0, 0, nil},
		{`{"exp":1000}`, -1, 0, nil},
		{`{"exp":1000}`, 0, 0, jose.ErrExpired},
		{`{"exp":1000}`, 59 * time.Second, time.Minute, nil},
		{`{"exp":1000}`, 60 * time.Second, time.Minute, jose.ErrExpired},
		{`{"exp":1000}`, -1, -time.Hour, nil},
		{`{"exp":1000.5}`, 499 * ms, 0, nil},
		{`{"exp":1000.5}`, 500 * ms, 0, jose.ErrExpired},
		{`{"exp":1000.7}`, 700*ms - us, 0, nil},
		{`{"exp":1000.7}`, 700 * ms, 0, jose.ErrExpired},
		{`{"exp":1767225600.7}`, today + 700*ms - us, 0, nil}, // as a double it is 47 ns more
		{`{"exp":1767225600.7}`, today + 700*ms, 0, jose.ErrExpired},
		{`{"exp":1.0005e3}`, 499 * ms, 0, nil},
		{`{"exp":-1}`, 0, 0, jose.ErrExpired},
		{`{"exp":"2000"}`, 0, 0, jose.ErrMalformed},
		{`{"exp":null}`, 0, 0, jose.ErrMalformed},
		{`{"exp":true}`, 0, 0, jose.ErrMalformed},
		{`{"exp":[2000]}`, 0, 0, jose.ErrMalformed},
		{`{"exp":1767312000000}`, 0, 0, jose.ErrMalformed}, // milliseconds
		{`{"exp":1e400}`, 0, 0, jose.ErrMalformed},
		{`{"exp":1e999999999}`, 0, 0, jose.ErrMalformed},
		{`{"nbf":1000}`, 0, 0, nil},
		{`{"nbf":1000}`, -1, 0, jose.ErrNotYetValid},
		{`{"nbf":1060}`, 0, time.Minute, nil},
		{`{"nbf":1061}`, 0, time.Minute, jose.ErrNotYetValid},
		{`{"nbf":"1000"}`, 0, 0, jose.ErrMalformed},
		{`{"iat":1000}`, 0, 0, nil},
		{`{"iat":1001}`, 0, 0, jose.ErrNotYetValid},
		{`{"iat":1001}`, 0, time.Second, nil},
		{`{"iat":"1000"}`, 0, 0, jose.ErrMalformed},
		{`{"iat":900,"nbf":950,"exp":1001}`, 0, 0, nil},
	} {
		text, err := k.Sign("JWT", []byte(c.claims))
		if err != nil {
			t.Fatal(err)
		}
		token, err := jose.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := token.CheckTimes(time.Unix(1000, 0).Add(c.after), c.skew); !errors.Is(err, c.want) {
			t.Errorf("%s at 1000s%+v, skew %v: error %v, want %v", c.claims, c.after, c.skew, err, c.want)
		}
	}
}
