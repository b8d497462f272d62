package conformance

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/contracts/schema"
	"understudy/contracts/signature"
)

// planEvents lists the tests of deliveries. They need a stand-in, whose management API causes events and whose inbox
// receives them; how a real deployment is made to send one, no contract says.
func (j *judge) planEvents() []*planned {
	var list []*planned
	kinds := map[string]bool{}
	for _, e := range j.contract.Events() {
		add := func(id string, run func(*trial, *contracts.Event)) {
			list = append(list, &planned{id: id + "/" + slug(e.Name), check: id, event: e, alone: true, run: func(t *trial) { run(t, e) }})
		}
		add("HOOK-001", (*trial).arrives)
		add("HOOK-002", (*trial).matches)
		if e.Scheme.Kind != signature.None && e.Scheme.Kind != "" {
			add("HOOK-003", (*trial).verifies)
			add("HOOK-004", (*trial).fresh)
		}
		if kind := string(e.Scheme.Kind) + e.Scheme.Header; !kinds[kind] || j.options.Thorough {
			kinds[kind] = true
			add("HOOK-005", (*trial).sameID)
			add("HOOK-006", (*trial).triesAgain)
			add("HOOK-007", (*trial).stops)
			if e.Scheme.Kind == signature.Stripe || e.Scheme.Kind == signature.StandardWebhooks { // others have no room for two
				add("HOOK-008", (*trial).rotates)
			}
		}
	}
	return list
}

// A delivery is one request that came to the inbox.
type delivery struct {
	at      time.Time
	header  http.Header
	body    []byte
	url     string
	address string
}

// A listener is an endpoint in the stand-in's inbox that hears of one event.
type listener struct {
	id      string
	address string
	url     string
	secrets []string
	err     error
}

// deliverWithin is how long a delivery may take, in real time.
const deliverWithin = "5s"

// listen registers an endpoint for an event at an address of the inbox of its own.
func (t *trial) listen(e *contracts.Event, purpose string) *listener {
	c := t.deployment.Control
	if c == nil {
		return &listener{err: errors.New("deliveries need the stand-in's management API (--control)")}
	}
	var inbox struct{ URL string }
	if err := c.Do(t.ctx, http.MethodGet, "/inbox", nil, &inbox); err != nil || inbox.URL == "" {
		return &listener{err: fmt.Errorf("the stand-in has no inbox: %w", err)}
	}
	l := &listener{address: "/judge/" + purpose + "/" + slug(e.Name)}
	l.url = inbox.URL + l.address
	var made struct {
		ID      string
		Secrets []struct{ Text string }
	}
	if err := c.Do(t.ctx, http.MethodPost, "/endpoints", map[string]any{"url": l.url, "events": []string{e.Name}, "own_secrets": true}, &made); err != nil {
		l.err = fmt.Errorf("no endpoint could be registered: %w", err)
		return l
	}
	l.id = made.ID
	for _, s := range made.Secrets {
		if s.Text != "" {
			l.secrets = append(l.secrets, s.Text)
			t.deployment.Run().Hide(s.Text)
		}
	}
	return l
}

// forget takes the endpoint back.
func (t *trial) forget(l *listener) {
	if l.id != "" {
		_ = t.deployment.Control.Do(context.WithoutCancel(t.ctx), http.MethodDelete, "/endpoints/"+url.PathEscape(l.id), nil, nil) // it does no harm
	}
}

// cause lets the stand-in tell of an event to the listener alone.
func (t *trial) cause(e *contracts.Event, l *listener) error {
	return t.deployment.Control.Do(t.ctx, http.MethodPost, "/events", map[string]any{"type": e.Name, "to": l.id, "force": true}, nil)
}

// received waits until so many deliveries have come, and gives those that have.
func (t *trial) received(l *listener, count int) ([]delivery, error) {
	var found struct {
		Requests []struct {
			At      time.Time
			Address string
			Request struct {
				URL     string
				Headers http.Header
				Body    struct{ Text, Base64 string }
			}
		}
	}
	wish := map[string]any{"address": l.address, "count": count, "within": deliverWithin}
	if err := t.deployment.Control.Do(t.ctx, http.MethodPost, "/inbox/wait", wish, &found); err != nil {
		return nil, err
	}
	var list []delivery
	for _, r := range found.Requests {
		d := delivery{at: r.At, header: http.Header{}, body: []byte(r.Request.Body.Text), url: l.url, address: r.Address}
		for name, values := range r.Request.Headers {
			d.header[http.CanonicalHeaderKey(name)] = values
		}
		if r.Request.Body.Base64 != "" {
			d.body, _ = base64.StdEncoding.DecodeString(r.Request.Body.Base64)
		}
		list = append(list, d)
	}
	return list, nil
}

// one gives a delivery of an event, or skips the trial.
func (t *trial) one(e *contracts.Event, purpose string) (*listener, *delivery) {
	l := t.listen(e, purpose)
	if l.err != nil {
		t.skip("%s", l.err)
		return nil, nil
	}
	defer t.forget(l)
	if err := t.cause(e, l); err != nil {
		t.skip("the event could not be caused: %v", err)
		return nil, nil
	}
	list, err := t.received(l, 1)
	if err != nil {
		t.skip("the inbox could not be asked: %v", err)
		return nil, nil
	}
	if len(list) == 0 {
		return l, nil
	}
	t.deployment.Cover([]string{e.Name}, nil)
	return l, &list[0]
}

func (t *trial) hookFinding(e *contracts.Event, keyword, where, message, want, got string) {
	f := check.Finding{Message: message, Want: want, Got: got, Where: where, Keyword: keyword + " " + e.Name, Path: e.Name}
	if e.Operation != nil {
		f.At, f.Operation = check.PlaceOf(e.Operation.At), e.Operation.ID
	} else {
		f.At = check.PlaceOf(e.Behaviour.At)
	}
	t.find(f)
}

// arrives is HOOK-001.
func (t *trial) arrives(e *contracts.Event) {
	l, d := t.one(e, "arrives")
	if l == nil {
		return
	}
	t.judged++
	if d == nil {
		t.hookFinding(e, "arrival", "delivery", fmt.Sprintf("The event %s was caused, and nothing of it arrived within %s.", e.Name, deliverWithin), "a delivery", "none")
	}
}

// matches is HOOK-002.
func (t *trial) matches(e *contracts.Event) {
	_, d := t.one(e, "matches")
	if d == nil {
		t.skip("nothing arrived: HOOK-001 tells of that")
		return
	}
	t.judged++
	if e.Operation != nil {
		for _, p := range e.Operation.Parameters {
			if p.In == "header" && p.Required && d.header.Get(p.Name) == "" {
				t.hookFinding(e, "header "+p.Name, "delivery header "+p.Name, fmt.Sprintf("A delivery of %s has no header %s, which the document requires.", e.Name, p.Name), p.Name, "no such header")
			}
		}
	}
	if e.Media == nil || e.Media.Schema == nil || !contracts.JSONMedia(e.Media.Name) {
		return
	}
	v, err := schema.ParseJSON(d.body)
	if err != nil {
		t.hookFinding(e, "json", "delivery body", fmt.Sprintf("A delivery of %s is no JSON.", e.Name), e.Media.Name, cut(string(d.body), 80))
		return
	}
	for _, broken := range e.Media.Schema.Check(v, schema.Request) {
		t.hookFinding(e, broken.Keyword+" "+broken.Pointer, "delivery body "+broken.Pointer,
			fmt.Sprintf("A delivery of %s breaks its schema at %s: wanted %s, got %s.", e.Name, orElse(broken.Pointer, "the whole"), broken.Want, broken.Got), broken.Want, broken.Got)
		return
	}
}

// refusal says how a delivery's signature fails; empty: it holds.
func refusal(e *contracts.Event, l *listener, d *delivery) (signature.Reason, string) {
	err := e.Scheme.Verify(d.header, signature.Message{Body: d.body, URL: d.url, ContentType: d.header.Get("Content-Type")}, d.at, l.secrets...)
	var refused *signature.Refusal
	switch {
	case err == nil:
		return "", ""
	case errors.As(err, &refused):
		return refused.Reason, refused.Detail
	}
	return signature.Malformed, err.Error()
}

// verifies is HOOK-003.
func (t *trial) verifies(e *contracts.Event) {
	l, d := t.one(e, "verifies")
	if d == nil || len(l.secrets) == 0 {
		t.skip("nothing arrived, or its secret is not told")
		return
	}
	t.judged++
	if why, detail := refusal(e, l, d); why != "" && why != signature.TooOld && why != signature.TooNew {
		t.hookFinding(e, "signature", "delivery header "+e.Scheme.Header, fmt.Sprintf("The signature of a delivery of %s does not verify: %s.", e.Name, detail), "a signature that verifies", string(why))
	}
}

// fresh is HOOK-004.
func (t *trial) fresh(e *contracts.Event) {
	l, d := t.one(e, "fresh")
	if d == nil || len(l.secrets) == 0 {
		t.skip("nothing arrived, or its secret is not told")
		return
	}
	switch why, detail := refusal(e, l, d); why {
	case "":
		t.judged++
	case signature.TooOld, signature.TooNew:
		t.judged++
		t.hookFinding(e, "timestamp", "delivery header "+e.Scheme.Header, fmt.Sprintf("The signed timestamp of a delivery of %s is not that of its sending: %s.", e.Name, detail), "the time of sending", string(why))
	default:
		t.skip("the signature does not verify: HOOK-003 tells of that")
	}
}

// tries gives the deliveries of an event whose first try is answered with a status, after the next try has had its time.
func (t *trial) tries(e *contracts.Event, purpose string, status int) ([]delivery, *listener) {
	l := t.listen(e, purpose)
	if l.err != nil {
		t.skip("%s", l.err)
		return nil, nil
	}
	defer t.forget(l)
	c := t.deployment.Control
	script := map[string]any{"address": l.address, "answers": []any{map[string]any{"status": status}}}
	if err := c.Do(t.ctx, http.MethodPut, "/inbox/answers", script, nil); err != nil {
		t.skip("the inbox cannot be told what to answer: %v", err)
		return nil, nil
	}
	if err := t.cause(e, l); err != nil {
		t.skip("the event could not be caused: %v", err)
		return nil, nil
	}
	if list, err := t.received(l, 1); err != nil || len(list) == 0 {
		t.skip("nothing arrived: HOOK-001 tells of that")
		return nil, nil
	}
	policy := t.contract.DeliveryPolicy()
	if len(policy.Schedule) < 2 {
		t.skip("the contract has no second try")
		return nil, nil
	}
	wait := policy.Schedule[1] + time.Duration(float64(policy.Schedule[1])*policy.Jitter) + time.Second
	if err := c.Advance(t.ctx, wait); err != nil {
		t.skip("the stand-in's clock cannot be moved: %v", err)
		return nil, nil
	}
	count := 2
	if status < 300 || status == http.StatusGone {
		count = 1
	}
	list, err := t.received(l, count)
	if err != nil {
		t.skip("the inbox could not be asked: %v", err)
		return nil, nil
	}
	return list, l
}

// triesAgain is HOOK-006.
func (t *trial) triesAgain(e *contracts.Event) {
	list, l := t.tries(e, "again", http.StatusServiceUnavailable)
	if l == nil {
		return
	}
	t.judged++
	if len(list) < 2 {
		t.hookFinding(e, "retry", "delivery", fmt.Sprintf("A delivery of %s was answered with 503 and not tried again.", e.Name), "another try", "none")
	}
}

// idOf is by what a receiver tells deliveries apart.
func idOf(e *contracts.Event, d *delivery) string {
	for _, name := range []string{"Webhook-Id", "Svix-Id", "X-Github-Delivery", "X-Shopify-Webhook-Id"} {
		if id := d.header.Get(name); id != "" {
			return id
		}
	}
	if v, err := schema.ParseJSON(d.body); err == nil && e.Places.ID != contracts.Nowhere {
		id, _ := schema.At(v, e.Places.ID)
		return idText(id)
	}
	return ""
}

// sameID is HOOK-005.
func (t *trial) sameID(e *contracts.Event) {
	list, l := t.tries(e, "same", http.StatusServiceUnavailable)
	if l == nil {
		return
	}
	if len(list) < 2 || idOf(e, &list[0]) == "" {
		t.skip("there was no second try, or deliveries have no id")
		return
	}
	t.judged++
	if a, b := idOf(e, &list[0]), idOf(e, &list[1]); a != b {
		t.hookFinding(e, "id", "delivery", fmt.Sprintf("The second try of a delivery of %s has another id than the first.", e.Name), a, b)
	}
}

// stops is HOOK-007.
func (t *trial) stops(e *contracts.Event) {
	for _, status := range []int{http.StatusNoContent, http.StatusGone} {
		list, l := t.tries(e, fmt.Sprintf("stops-%d", status), status)
		if l == nil {
			return
		}
		t.judged++
		if len(list) > 1 {
			t.hookFinding(e, fmt.Sprintf("after %d", status), "delivery", fmt.Sprintf("A delivery of %s was answered with %s and sent again.", e.Name, statusText(status)), "no further try", "another one")
		}
	}
}

// rotates is HOOK-008.
func (t *trial) rotates(e *contracts.Event) {
	l := t.listen(e, "rotates")
	if l.err != nil {
		t.skip("%s", l.err)
		return
	}
	defer t.forget(l)
	var made struct{ Secrets []struct{ Text string } }
	if err := t.deployment.Control.Do(t.ctx, http.MethodPost, "/endpoints/"+url.PathEscape(l.id)+"/rotate", map[string]string{"name": e.Secret}, &made); err != nil {
		t.skip("the endpoint's secret could not be replaced: %v", err)
		return
	}
	old := l.secrets
	l.secrets = nil
	for _, s := range made.Secrets {
		if s.Text != "" {
			l.secrets = append(l.secrets, s.Text)
			t.deployment.Run().Hide(s.Text)
		}
	}
	if err := t.cause(e, l); err != nil {
		t.skip("the event could not be caused: %v", err)
		return
	}
	list, err := t.received(l, 1)
	if err != nil || len(list) == 0 || len(old) == 0 || len(l.secrets) == 0 {
		t.skip("nothing arrived, or its secrets are not told")
		return
	}
	fresh, _ := refusal(e, l, &list[0])
	l.secrets = old
	former, _ := refusal(e, l, &list[0])
	if fresh != "" && former != "" {
		t.skip("the signature verifies with neither secret: HOOK-003 tells of that")
		return
	}
	t.judged++
	if fresh != "" || former != "" {
		which, why := "the new one", fresh
		if former != "" {
			which, why = "the one that was replaced a moment ago", former
		}
		t.hookFinding(e, "rotation", "delivery header "+e.Scheme.Header, fmt.Sprintf("A delivery of %s does not verify with %s.", e.Name, which), "a signature for each secret that is valid", string(why))
	}
}
