package credential_test

import (
	"fmt"
	"testing"
	"time"

	"understudy/mock/credential"
)

// TestClockSkew shows a token of an issuer whose clock is two minutes ahead, where the contract allows none, too little and
// enough of it.
func TestClockSkew(t *testing.T) {
	for _, c := range []struct {
		skew string
		code string
	}{{"", credential.CodeTokenInvalid}, {"119s", credential.CodeTokenInvalid}, {"2m", ""}} {
		word := ""
		if c.skew != "" {
			word = ", skew: " + c.skew
		}
		w := settle(t, written(t, fmt.Sprintf(`info: {title: Skewed, version: '1'}
components: {securitySchemes: {token: {type: http, scheme: bearer, bearerFormat: JWT}}}
paths: {/a: {get: {operationId: a, security: [{token: []}], responses: {}}}}
x-understudy: {credentials: [{name: token, kind: jwt, scheme: token, algorithm: EdDSA, lifetime: 1h%s}]}`, word)), 1)
		issued, err := w.IssueToken(t.Context(), credential.TokenRequest{Defect: credential.ClockSkew})
		if err != nil {
			t.Fatal(err)
		}
		if code := w.ask(t, "a", as("GET", issued.Text)); code != c.code {
			t.Errorf("skew %q: %q, want %q", c.skew, code, c.code)
		}
		w.pass(t, 2*time.Minute)
		if code := w.ask(t, "a", as("GET", issued.Text)); code != "" {
			t.Errorf("skew %q: two minutes later it is refused: %s", c.skew, code)
		}
	}
}
