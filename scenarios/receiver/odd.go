package receiver

import (
	"context"
	"fmt"

	"understudy/contracts/signature"
)

// odd are rightly signed deliveries that nobody expects. A receiver takes or refuses them, and does not fail.
var odd = []planned{
	{check: "RCV-018", name: "unknown-event", title: "An unknown event is accepted or refused without harm", carry: sendUnknown},
	{check: "RCV-020", name: "other-shape", title: "A signed body of another shape is accepted or refused without harm", carry: sendOtherShape},
	{check: "RCV-020", name: "list", title: "A signed list in place of an object is accepted or refused without harm", carry: contentTrial("a signed list in place of an object", "", func([]byte) []byte { return []byte(`[1,"two",null]`) })},
	{check: "RCV-020", name: "no-json", title: "A signed body that is no JSON is accepted or refused without harm", carry: contentTrial("a signed body that is no JSON", "", func([]byte) []byte { return []byte("{\"id\": \"evt_") })},
	{check: "RCV-020", name: "empty", title: "A signed empty body is accepted or refused without harm", carry: contentTrial("a signed empty body", "", func([]byte) []byte { return nil })},
	{check: "RCV-020", name: "content-type", title: "A signed body under another content type is accepted or refused without harm", carry: contentTrial("a good delivery under the content type text/plain", "text/plain", nil)},
	{check: "RCV-021", name: "gzip", title: "A compressed body is accepted or refused without harm", carry: sendCompressed},
}

// sendUnknown delivers an event of a kind that no contract has.
func sendUnknown(ctx context.Context, t *trial) error {
	m, err := t.message(t.event)
	if err != nil {
		return err
	}
	if !t.rename(m) {
		return skip("neither payload nor headers tell the kind of the event")
	}
	return t.unexpected(ctx, m, "a rightly signed event of the unknown kind "+m.kind)
}

// sendOtherShape delivers an object that has nothing of what the contract describes.
func sendOtherShape(ctx context.Context, t *trial) error {
	m, err := t.message(t.event)
	if err != nil {
		return err
	}
	m.body = fmt.Appendf(nil, `{"id":%q,"unexpected":{"nothing":null,"much":[{}]}}`, m.id)
	return t.unexpected(ctx, m, "a signed body of another shape")
}

// unexpected sends a message that should change nothing, and looks whether it did.
func (t *trial) unexpected(ctx context.Context, m *message, sent string) error {
	d, err := t.sign(t.family, m)
	if err != nil {
		return err
	}
	d.sent = sent
	watch, err := t.watch(ctx)
	if err != nil {
		return err
	}
	a, err := t.send(ctx, d)
	if err != nil || !t.judge(a, endured, d) {
		return err
	}
	t.tell(a, sent)
	if t.probe == nil || !t.selected.Has("RCV-019") {
		return nil
	}
	after, err := t.settle(ctx)
	if err != nil {
		return err
	}
	if after != watch.before {
		t.find("RCV-019", "effect", fmt.Sprintf("The probe went from %s to %s for %s.", watch.before, after, sent), "the probe stays at "+watch.before.String(), a).Got = "the probe shows " + after.String()
	}
	return nil
}

// tell keeps the answer to what may be answered in several ways, so that whoever reads the result sees which it was.
func (t *trial) tell(a answer, sent string) {
	t.test.Outputs = map[string]any{"answer": a.String()}
	if t.check == "RCV-018" {
		t.run.Note(fmt.Sprintf("Unknown events signed in %s are answered with %s.", t.family.label, a))
	}
}

// contentTrial sends a rightly signed message with another body or content type.
func contentTrial(sent, contentType string, change func(body []byte) []byte) func(context.Context, *trial) error {
	return func(ctx context.Context, t *trial) error {
		m, err := t.message(t.event)
		if err != nil {
			return err
		}
		if contentType != "" {
			m.contentType = contentType
		}
		if change != nil {
			m.body = change(m.body)
		}
		return t.endure(ctx, m, sent)
	}
}

func sendCompressed(ctx context.Context, t *trial) error {
	m, err := t.message(t.event)
	if err != nil {
		return err
	}
	m.body, m.encoding = gzipped(m.body), "gzip"
	return t.endure(ctx, m, "a compressed body, signed as it is sent")
}

// endure signs and sends a message that may be accepted or refused.
func (t *trial) endure(ctx context.Context, m *message, sent string) error {
	if t.family.scheme.Kind == signature.Twilio {
		return skip("what Twilio signs is read from a form or JSON")
	}
	d, err := t.sign(t.family, m)
	if err != nil {
		return err
	}
	d.sent = sent
	a, err := t.send(ctx, d)
	if err != nil {
		return err
	}
	t.judge(a, endured, d)
	t.tell(a, sent)
	return nil
}
