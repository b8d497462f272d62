package receiver_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stripe/stripe-go/v82"
	"github.com/stripe/stripe-go/v82/webhook"

	"understudy/scenarios/receiver"
)

// A vendorShop is a receiver as the vendors' pages show it: the published library verifies, ids are remembered, and the rest
// is answered with 200.
func vendorShop(verify func(r *http.Request, body []byte) (id string, err error), refuse int) http.Handler {
	var mu sync.Mutex
	seen := map[string]bool{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /processed", func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		_ = json.NewEncoder(w).Encode(len(seen))
	})
	mux.HandleFunc("POST /hook", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
		if err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		id, err := verify(r, body)
		var event struct {
			Type string
			Data map[string]any
		}
		switch {
		case err != nil:
			w.WriteHeader(refuse)
			return
		case json.Unmarshal(body, &event) != nil:
			w.WriteHeader(http.StatusBadRequest)
			return
		case event.Data == nil || strings.Contains(event.Type, "unheard"):
			return
		}
		mu.Lock()
		defer mu.Unlock()
		seen[id] = true
	})
	return mux
}

func byConstructEvent(o webhook.ConstructEventOptions) func(*http.Request, []byte) (string, error) {
	return func(r *http.Request, body []byte) (string, error) {
		event, err := webhook.ConstructEventWithOptions(body, r.Header.Get("Stripe-Signature"), secrets["STRIPE_WEBHOOK_SECRET"], o)
		return event.ID, err
	}
}

func byValidatePayload(r *http.Request, body []byte) (string, error) {
	var event struct{ ID string }
	_ = json.Unmarshal(body, &event)
	return event.ID, webhook.ValidatePayload(body, r.Header.Get("Stripe-Signature"), secrets["STRIPE_WEBHOOK_SECRET"])
}

func byStandardWebhooks(r *http.Request, body []byte) (string, error) {
	verifier, err := standardwebhooks.NewWebhook(secrets["ECOEVENTS_WEBHOOK_SECRET"])
	if err != nil {
		return "", err
	}
	return r.Header.Get("webhook-id"), verifier.Verify(body, r.Header)
}

// TestPublishedLibraries judges receivers that are built with what vendors publish. They are correct, each with its oddities:
// stripe-go accepts timestamps ahead, ConstructEvent wants the API version of the library.
func TestPublishedLibraries(t *testing.T) {
	strict := webhook.ConstructEventOptions{}
	stripeEvents := []string{"checkout.*", "invoice.*", "customer.*", "charge.*", "payment_intent.*"}
	for _, c := range []struct {
		name, contract string
		verify         func(*http.Request, []byte) (string, error)
		refuse         int
		options        receiver.Options
		want           string
	}{
		{"ValidatePayload", "ecosire", byValidatePayload, 401, receiver.Options{Events: stripeEvents}, ""},
		{"ValidatePayload, 400 as in Stripe's examples", "ecosire", byValidatePayload, 400, receiver.Options{Events: stripeEvents}, "013"},
		{"ConstructEvent, version ignored", "ecosire", byConstructEvent(webhook.ConstructEventOptions{IgnoreAPIVersionMismatch: true}), 401, receiver.Options{Events: stripeEvents}, ""},
		{"ConstructEvent, version given", "ecosire", byConstructEvent(strict), 401, receiver.Options{Events: stripeEvents, APIVersion: stripe.APIVersion}, ""},
		{"ConstructEvent, no version", "ecosire", byConstructEvent(strict), 401, receiver.Options{Events: stripeEvents}, "001"},
		{"Standard Webhooks", "ecoevents", byStandardWebhooks, 401, receiver.Options{}, ""},
		{"Standard Webhooks, 400", "ecoevents", byStandardWebhooks, 400, receiver.Options{}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(vendorShop(c.verify, c.refuse))
			defer server.Close()
			o := c.options
			o.Contract, o.URL, o.Probe = contractOf(t, c.contract), server.URL+"/hook", server.URL+"/processed"
			result := judge(t, o)
			if got := found(result); got != c.want {
				t.Errorf("found %q, want %q\n%s", got, c.want, complaints(result))
			}
			if c.want == "001" {
				advice := result.Suites[0].Tests[0].Findings[0].Advice
				if !strings.Contains(advice, "--api-version") {
					t.Errorf("the advice does not name --api-version: %s", advice)
				}
			}
		})
	}
}
