package contracts

import (
	"net/http"
	"strings"

	"understudy/contracts/schema"
)

// Idempotency says how a repeated unsafe request is recognised. At the document's root it switches the rule on for
// operations that do not declare the header themselves.
type Idempotency struct {
	Header  string `yaml:"header"`  // empty: Idempotency-Key
	Variant string `yaml:"variant"` // draft (default) or stripe: what a repeat with another payload gets, and which methods take a key
	Keep    string `yaml:"keep"`    // Go duration for which an answer is kept; empty: 24h
	// Concurrent says what a repeat gets while the first request is being carried out: wait (default) for its answer, or
	// conflict: 409.
	Concurrent string `yaml:"concurrent"`
	// Errors says what becomes of an answer of 5xx: replay (default) keeps it like any other, retry carries the request out
	// again.
	Errors   string `yaml:"errors"`
	Required bool   `yaml:"required"` // a request without a key is refused where the root switches the rule on

	At schema.Location `yaml:"-"`
}

// The variants of Idempotency.
const (
	IdempotencyDraft  = "draft"
	IdempotencyStripe = "stripe"
)

// idempotencyHeader is the field of draft-ietf-httpapi-idempotency-key-header, section 2.
const idempotencyHeader = "Idempotency-Key"

// IdempotencyKey gives the request header that makes repeats of an operation recognisable, and whether a request must have
// it; "" where there is none. The operation's own word comes first, then a header parameter that it declares, then what
// the contract switches on for all: POST, in the draft's variant PATCH too, but no logins and no inbound webhooks.
func (c *Contract) IdempotencyKey(o *Operation) (header string, required bool) {
	switch o.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return "", false // safe: repeating them has no effect (RFC 9110, 9.2.1)
	}
	root := c.Behaviour.Idempotency
	header = idempotencyHeader
	if root != nil && root.Header != "" {
		header = root.Header
	}
	own := o.Behaviour.Idempotency
	switch own {
	case "none":
		return "", false
	case "":
	default:
		header = own
	}
	for _, p := range o.Parameters {
		if p.In == "header" && strings.EqualFold(p.Name, header) {
			return header, p.Required
		}
	}
	switch {
	case own != "":
		return header, root != nil && root.Required
	case root == nil || o.Behaviour.Session != "" || o.Behaviour.Verify != "":
		return "", false
	case o.Method == http.MethodPost, o.Method == http.MethodPatch && root.Variant != IdempotencyStripe:
		return header, root.Required
	}
	return "", false
}

func (c *compiler) checkIdempotency() error {
	i := c.contract.Behaviour.Idempotency
	if i == nil {
		return nil
	}
	for _, check := range []struct {
		word, value string
		known       []string
	}{
		{"variant", i.Variant, []string{IdempotencyDraft, IdempotencyStripe}},
		{"concurrent", i.Concurrent, []string{"wait", "conflict"}}, {"errors", i.Errors, []string{"replay", "retry"}},
	} {
		if err := oneOf(i.At, "idempotency: "+check.word, check.known, check.value); err != nil {
			return err
		}
	}
	return checkDurations(i.At, "idempotency", map[string]string{"keep": i.Keep})
}
