package redact_test

import (
	"net/http"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/contracts/redact"
)

// TestAlso: a credential in the form of another contract is found in exchanges of this one, whatever its member is called.
func TestAlso(t *testing.T) {
	other := &contracts.Contract{Behaviour: contracts.Behaviour{Credentials: []contracts.CredentialBehaviour{{Format: "^ek_live_[a-z0-9]{20}$"}}}}
	x := &contracts.Exchange{Status: 201, ResponseHeader: http.Header{"Content-Type": {"application/json"}}, ResponseBody: []byte(`{"key":{"text":"ek_live_a1b2c3d4e5f6g7h8wxyz"}}`)}
	alone := redact.New(nil).Exchange(x)
	if !strings.Contains(string(alone.ResponseBody), "a1b2c3d4") {
		t.Fatal("it is found without the other contract: the test shows nothing")
	}
	both := redact.New(nil).Also(other).Exchange(x)
	if got := string(both.ResponseBody); strings.Contains(got, "a1b2c3d4") || !strings.Contains(got, "ek_live_***wxyz") {
		t.Errorf("it is shown as %s", got)
	}
}
