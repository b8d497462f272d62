package mock_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"understudy/mock"
	"understudy/mock/credential"
	"understudy/mock/webhook"
)

// TestEndpointsOverTheAPI manages EcoEvents' endpoints by the contract's own operations (ECOEVENTS-19, -X07, -G06, -G12).
func TestEndpointsOverTheAPI(t *testing.T) {
	s := serve(t, "ecoevents", mock.Options{SelfCheck: true})
	registry := s.server.Webhooks()
	a := s.call("POST /v1/webhooks", `{"url":"https://127.0.0.1:9/in","events":["event.updated"],"description":"ours"}`)
	if a.StatusCode != http.StatusCreated || a.Header.Get("Cache-Control") != "no-store" {
		t.Fatal(a.StatusCode, a.Header, a.body)
	}
	id, secret := memberOf(t, a.body, "id"), memberOf(t, a.body, "secret")
	if !strings.HasPrefix(secret, "whsec_") {
		t.Errorf("the secret is %q", secret)
	}
	one := func() webhook.Endpoint {
		t.Helper()
		list, err := registry.Endpoints(t.Context())
		if err != nil || len(list) != 1 {
			t.Fatalf("%d endpoints, %v", len(list), err)
		}
		return list[0]
	}
	e := one()
	if e.URL != "https://127.0.0.1:9/in" || len(e.Events) != 1 || e.Events[0] != "event.updated" || !e.Enabled || e.Source != webhook.FromOperation || e.Description != "ours" {
		t.Errorf("%+v", e)
	}
	texts, err := registry.Secrets(t.Context(), e.ID)
	if err != nil || len(texts["ECOEVENTS_WEBHOOK_SECRET"]) != 1 || texts["ECOEVENTS_WEBHOOK_SECRET"][0].Text != secret {
		t.Errorf("the endpoint's secrets are not the one that was shown: %v", err)
	}
	if e := s.entry(1); strings.Contains(string(e.ResponseBody), secret) {
		t.Errorf("the journal shows the secret: %s", e.ResponseBody)
	}
	for _, line := range []string{"GET /v1/webhooks", "GET /v1/webhooks/" + id} {
		if a := s.call(line, ""); a.StatusCode != 200 || strings.Contains(a.body, "whsec_") || strings.Contains(a.body, `"secret"`) {
			t.Errorf("%s: %d %s", line, a.StatusCode, a.body)
		}
	}
	a = s.call("PATCH /v1/webhooks/"+id, `{"enabled":false,"url":"https://127.0.0.1:9/other","events":["vendor.updated"]}`)
	if a.StatusCode != 200 || strings.Contains(a.body, "whsec_") {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if e := one(); e.Enabled || e.URL != "https://127.0.0.1:9/other" || e.Events[0] != "vendor.updated" {
		t.Errorf("%+v", e)
	}
	s.call("PATCH /v1/webhooks/"+id, `{"enabled":true}`)
	if !one().Enabled {
		t.Error("it was not enabled again")
	}
	if a := s.call("DELETE /v1/webhooks/"+id, ""); a.StatusCode != http.StatusNoContent {
		t.Error(a.StatusCode, a.body)
	}
	if list, _ := registry.Endpoints(t.Context()); len(list) != 0 {
		t.Errorf("%+v", list)
	}
}

// TestSeededEndpointsHearNothing leaves the contract's own examples alone until somebody gives them an address.
func TestSeededEndpointsHearNothing(t *testing.T) {
	s := serve(t, "ecoevents", mock.Options{})
	if list, _ := s.server.Webhooks().Endpoints(t.Context()); len(list) != 0 {
		t.Fatalf("%+v", list)
	}
	s.call("PATCH /v1/webhooks/wh_2b4d6f8h0j", `{"enabled":false}`)
	s.call("PATCH /v1/webhooks/wh_2b4d6f8h0j", `{"enabled":true}`)
	if list, _ := s.server.Webhooks().Endpoints(t.Context()); len(list) != 0 {
		t.Errorf("%+v", list)
	}
	s.call("PATCH /v1/webhooks/wh_2b4d6f8h0j", `{"url":"https://127.0.0.1:9/mine"}`)
	if list, _ := s.server.Webhooks().Endpoints(t.Context()); len(list) != 1 || list[0].URL != "https://127.0.0.1:9/mine" {
		t.Errorf("%+v", list)
	}
}

// TestRefusedEndpoints asks for addresses that may not be delivered to: nothing is left behind, old values stay.
func TestRefusedEndpoints(t *testing.T) {
	inside := func(a netip.AddrPort) string {
		if a == netip.MustParseAddrPort("127.0.0.1:4011") {
			return "/inbox"
		}
		return ""
	}
	s := serve(t, "ecoevents", mock.Options{Webhooks: mock.WebhookOptions{Network: webhook.Policy{Inside: inside}, Limits: webhook.Limits{Endpoints: 1}}})
	count := func() int {
		var v struct{ Data []json.RawMessage }
		if err := json.Unmarshal([]byte(s.call("GET /v1/webhooks", "").body), &v); err != nil {
			t.Fatal(err)
		}
		return len(v.Data)
	}
	before := count()
	for _, url := range []string{"https://10.1.2.3/in", "https://169.254.169.254/", "https://[fd00::1]/", "https://127.0.0.1:4011/reset"} {
		a := s.call("POST /v1/webhooks", `{"url":"`+url+`","events":["event.created"]}`)
		if a.StatusCode != http.StatusBadRequest || strings.Contains(a.body, "whsec_") {
			t.Errorf("%s: %d %s", url, a.StatusCode, a.body)
		}
	}
	if got := count(); got != before {
		t.Errorf("%d endpoints are shown, were %d", got, before)
	}
	id := memberOf(t, s.call("POST /v1/webhooks", `{"url":"https://127.0.0.1:9/in","events":["event.created"]}`).body, "id")
	if a := s.call("PATCH /v1/webhooks/"+id, `{"url":"https://192.168.0.1/"}`); a.StatusCode != http.StatusBadRequest {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if a := s.call("GET /v1/webhooks/"+id, ""); memberOf(t, a.body, "url") != "https://127.0.0.1:9/in" {
		t.Errorf("%s", a.body)
	}
	if a := s.call("POST /v1/webhooks", `{"url":"https://127.0.0.1:9/second","events":["event.created"]}`); a.StatusCode != http.StatusConflict && a.StatusCode != http.StatusBadRequest {
		t.Errorf("one too many: %d %s", a.StatusCode, a.body)
	}
	if list, _ := s.server.Webhooks().Endpoints(t.Context()); len(list) != 1 || list[0].URL != "https://127.0.0.1:9/in" {
		t.Errorf("%+v", list)
	}
}

// TestEndpointsOfAccounts registers over the API in the world of the caller, and over TLS is delivered to with its secret.
func TestEndpointsOfAccounts(t *testing.T) {
	took := make(chan string, 10)
	receiver := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { took <- r.Header.Get("Webhook-Signature") }))
	defer receiver.Close()
	s := serve(t, "ecoevents", mock.Options{Auth: mock.Enforce})
	issued, err := s.server.Credentials().CreateKey(t.Context(), credential.KeyRequest{Scopes: []string{"full_access"}})
	if err != nil {
		t.Fatal(err)
	}
	key := "Authorization: Bearer " + issued.Text
	if a := s.call("POST /v1/webhooks", `{"url":"`+receiver.URL+`","events":["event.updated"]}`, key); a.StatusCode != http.StatusCreated {
		t.Fatal(a.StatusCode, a.body)
	}
	list, _ := s.server.Webhooks().Endpoints(t.Context())
	if len(list) != 1 || list[0].Account != issued.Account || list[0].Environment == "" {
		t.Fatalf("%+v, the key is of %s", list, issued.Account)
	}
	if a := s.call("PATCH /v1/events/evt_7k2m9p4q1r", `{"name":"Nordic Climate Week"}`, key); a.StatusCode != http.StatusOK {
		t.Fatal(a.StatusCode, a.body)
	}
	settled(t, s.server)
	sent, err := s.server.Webhooks().Deliveries(t.Context(), webhook.Filter{})
	if err != nil || len(sent) != 1 || sent[0].Endpoint != list[0].ID {
		t.Fatalf("%+v %v", sent, err)
	}
	if sent[0].State == webhook.Delivered || len(took) > 0 { // the certificate is nobody's that is known
		t.Errorf("a receiver with an unknown certificate was believed: %+v", sent[0])
	}
}
