package mock_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/contracts/redact"
	"understudy/contracts/schema"
	"understudy/mock"
)

// TestRedactedEntry: what is told about an exchange hides the same secrets as the exchange itself, and the entry stays as
// it was.
func TestRedactedEntry(t *testing.T) {
	const secret, shown = secretKey, shownKey
	entry := &mock.Entry{
		Exchange: contracts.Exchange{URL: "/x", RequestHeader: http.Header{"Authorization": {"Bearer " + secret}}},
		Trace: mock.Trace{
			Detail:     "the key " + secret + " has expired",
			Stages:     []mock.StageNote{{Name: "authenticate", Verdict: "refused", Note: "expired: " + secret}},
			Changes:    []mock.Change{{Kind: "delete", Key: "/keys/" + secret}},
			Violations: []contracts.Violation{{In: "header", Name: "X-Api-Key", Violation: schema.Violation{Got: "half of it"}}},
		},
	}
	clean := entry.Redacted(redact.New(nil))
	all, err := json.Marshal([]any{clean.RequestHeader, clean.Trace})
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"a1b2c3", "half of it"} {
		if strings.Contains(string(all), part) {
			t.Errorf("%q is still there: %s", part, all)
		}
	}
	if !strings.Contains(clean.Trace.Detail, shown) || entry.Trace.Stages[0].Note != "expired: "+secret {
		t.Errorf("the trace is %+v, the original %+v", clean.Trace, entry.Trace)
	}
	if clean.Redacted(nil) != clean {
		t.Error("a redacted entry is redacted again")
	}
}
