package control_test

import (
	"strings"
	"testing"
	"time"

	"understudy/mock/control"
)

func TestEndpoints(t *testing.T) {
	h := openHarbour(t)
	made := h.endpoint(map[string]any{
		"url": "http://127.0.0.1:9/hooks?token=veryverysecret", "description": "The office", "events": []string{"berth.*"},
		"headers": map[string]string{"X-Office": "brass-key"}, "delivery": map[string]any{"schedule": "fixed", "timeout": "3s", "ordered": true, "breaker": map[string]any{"failures": 3, "pause": "1h"}},
	})
	text := ""
	for _, s := range made.Secrets {
		if s.Text == "" || !strings.HasSuffix(s.Text, s.Shown[len(s.Shown)-4:]) || !strings.Contains(s.Shown, "***") {
			t.Errorf("the secret %s is shown as %q", s.Name, s.Shown)
		}
		if s.Name == "HARBOUR_WEBHOOK_SECRET" {
			text = s.Text
		}
	}
	if len(made.Secrets) != 3 || text != h.server.Webhooks().SecretText("HARBOUR_WEBHOOK_SECRET") {
		t.Errorf("%d secrets", len(made.Secrets))
	}
	if d := made.Delivery; d == nil || d.Schedule != "fixed" || d.Timeout != "3s" || d.Ordered == nil || !*d.Ordered || d.Breaker.Pause != "1h" || d.Breaker.Failures != 3 {
		t.Errorf("the manner is %+v", made.Delivery)
	}
	_, list := h.get(one + "/endpoints")
	for _, secret := range []string{"veryverysecret", "brass-key", text} {
		if strings.Contains(list, secret) {
			t.Errorf("the list shows %q", secret)
		}
	}
	e := h.expect()
	at := one + "/endpoints/" + made.ID
	o := e.PATCH(at).WithJSON(map[string]any{"enabled": false, "events": []string{"*"}, "headers": map[string]string{}, "delivery": map[string]any{"waits": []string{"0s", "1h"}}}).
		Expect().Status(200).JSON().Object()
	o.HasValue("enabled", false).HasValue("description", "The office").HasValue("delivery", map[string]any{"waits": []string{"0s", "1h"}}).NotContainsKey("headers")
	o.Value("disabled").String().NotEmpty()
	e.PATCH(at).WithJSON(map[string]any{"enabled": true, "delivery": map[string]any{}}).Expect().Status(200).JSON().Object().HasValue("enabled", true).NotContainsKey("delivery")
	e.GET(at).Expect().Status(200).JSON().Object().HasValue("enabled", true)
	e.DELETE(at).Expect().Status(204).NoContent()
	e.GET(at).Expect().Status(404).JSON(problemJSON).Object().HasValue("code", "endpoint_not_found")
	e.DELETE(at).Expect().Status(404)
	e.PATCH(at).WithJSON(map[string]any{"enabled": true}).Expect().Status(404)
}

func TestRotatedSecretOfEndpoint(t *testing.T) {
	h := openHarbour(t)
	made := h.endpoint(map[string]any{"url": h.inbox("/a"), "own_secrets": true, "secret_name": "OFFICE_SECRET", "events": []string{"berth.taken"}})
	if len(made.Secrets) != 1 || made.Secrets[0].Name != "OFFICE_SECRET" {
		t.Fatalf("the secrets are %+v", made.Secrets)
	}
	var rotated control.Endpoint
	h.ask("POST", "/endpoints/"+made.ID+"/rotate", `{}`, 200, &rotated)
	if s := rotated.Secrets; len(s) != 2 || s[0].Text == "" || s[0].Text == made.Secrets[0].Text || s[1].Text != "" || s[1].ExpiresAt == nil || !s[1].ExpiresAt.Equal(noon.Add(24*time.Hour)) {
		t.Errorf("the secrets are %+v", s)
	}
	h.event(`{"type":"berth.taken"}`)
	got := h.arrived(1)[0]
	if signed := got.Request.Headers["Webhook-Signature"][0]; strings.Count(signed, "v1,") != 2 || !got.Verdict.Good {
		t.Errorf("it is signed with %q: %+v", signed, got.Verdict)
	}
	h.ask("POST", "/endpoints/"+made.ID+"/rotate", `{"name":"OTHER"}`, 422, nil)
	_, answer := h.send("POST", one+"/endpoints/"+made.ID+"/rotate", `{"text":"hush-hush"}`)
	if !strings.Contains(answer, "text") || strings.Contains(answer, "hush-hush") {
		t.Errorf("a bad secret is answered with %s", answer)
	}
	h.ask("POST", "/endpoints/we_none/rotate", `{}`, 404, nil)
}

// TestEndpointsRefused: what cannot be registered is told with its place, and no secret is repeated.
func TestEndpointsRefused(t *testing.T) {
	h := openHarbour(t)
	for _, c := range []struct {
		body   string
		status int
		detail string
	}{
		{`{}`, 422, `"pointer":"/url"`},
		{`{"url":"ftp://example.com"}`, 422, "url: must be an absolute http or https URL"},
		{`{"url":"http://10.1.2.3/in"}`, 422, "--allow-private-webhooks"},
		{`{"url":"http://169.254.169.254/latest"}`, 422, "metadata"},
		{`{"url":"http://ann:secret@example.com/"}`, 422, "must not hold a user"},
		{`{"url":"http://127.0.0.1/","events":["*","` + strings.Repeat("x", 2000) + `"]}`, 422, `"pointer":"/events/1"`},
		{`{"url":"http://127.0.0.1/","headers":{"Host":"other"}}`, 422, "headers/"},
		{`{"url":"http://127.0.0.1/","delivery":{"schedule":"never"}}`, 422, "delivery/schedule"},
		{`{"url":"http://127.0.0.1/","delivery":{"waits":["0s","soon"]}}`, 422, "delivery/waits/1"},
		{`{"url":"http://127.0.0.1/","delivery":{"shedule":"fixed"}}`, 400, "no member"},
		{`{"url":"http://127.0.0.1/","secrets":{"HARBOUR_WEBHOOK_SECRET":"hush-hush"}}`, 422, "secrets/HARBOUR_WEBHOOK_SECRET"},
		{`{"url":"http://127.0.0.1/","secret":"x"}`, 400, "no member"},
		{`{"url":7}`, 400, "member url is not a string"},
	} {
		status, answer := h.send("POST", one+"/endpoints", c.body)
		if status != c.status || !strings.Contains(answer, c.detail) || strings.Contains(answer, "hush-hush") || strings.Contains(answer, "ann:secret") {
			t.Errorf("%.80s: %d %s, want %d with %s", c.body, status, answer, c.status, c.detail)
		}
	}
	h.expect().GET(one + "/endpoints").Expect().Status(200).JSON().Object().Value("endpoints").Array().IsEmpty()
}
