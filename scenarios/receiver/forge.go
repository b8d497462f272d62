package receiver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/contracts/signature"
)

// A forgery is a way in which a delivery is not signed as the vendor would sign it.
type forgery struct {
	way               signature.Spoiling
	check, name, sent string
}

var forgeries = []forgery{
	{signature.Unsigned, "RCV-003", "unsigned", "a delivery without a signature"},
	{signature.EmptySignature, "RCV-003", "empty-signature", "a delivery with an empty signature"},
	{signature.WrongSecret, "RCV-004", "wrong-secret", "a delivery that was signed with a secret that nobody was given"},
	{signature.OtherBody, "RCV-005", "other-body", "a delivery with the signature of another body"},
	{signature.ChangedByte, "RCV-005", "changed-byte", "a delivery of which one byte was changed after signing"},
	{signature.Reserialised, "RCV-006", "reserialised", "a delivery whose JSON was written with other white space after signing"},
	{signature.StaleTimestamp, "RCV-007", "stale-timestamp", "a delivery whose signature is right and too old"},
	{signature.FutureTimestamp, "RCV-008", "future-timestamp", "a delivery whose signature is right and dated too far ahead"},
	{signature.FakeScheme, "RCV-010", "fake-scheme", "a delivery whose signature is of a scheme that proves nothing"},
	{signature.LongHeader, "RCV-011", "long-header", "a delivery with 12 kB of wrong signatures"},
	{signature.OtherFamily, "RCV-012", "other-kind", "a delivery whose signature is of another kind, made with the right secret"},
	{signature.SecondRight, "RCV-009", "second-right", "a delivery with two signatures, of which the second is right"},
}

// forged are the trials of how a family's deliveries are verified: what has to be refused, then what that has changed, then
// what may or must be accepted.
func (s *session) forged(f *family) []planned {
	if !f.signed() {
		return nil
	}
	var hostile, odd []planned
	for _, g := range forgeries {
		h, _, err := f.scheme.Spoil(g.way, sample, f.secret)
		if err != nil || h == nil {
			continue // the kind has no such way
		}
		w := refused
		switch {
		case g.way == signature.SecondRight:
			w = taken
		case f.scheme.Accepts(g.way):
			w = endured // as the vendor's own libraries do; to refuse it is no fault either
		}
		p := planned{check: g.check, name: g.name, title: title(g.sent, w), carry: func(ctx context.Context, t *trial) error { return t.forge(ctx, g, w) }}
		if w == refused {
			hostile = append(hostile, p)
		} else {
			odd = append(odd, p)
		}
	}
	for _, other := range s.others(f) {
		hostile = append(hostile, borrowed(f, other)...)
	}
	if slices.ContainsFunc(f.events, func(e *contracts.Event) bool { return documented(e) != nil }) {
		hostile = append(hostile, planned{check: "RCV-013", name: "refusal-status", title: "Refusals have the documented status", carry: refusalStatus})
	}
	if s.probe != nil {
		hostile = append(hostile, planned{check: "RCV-014", name: "no-effect", title: "What is refused has no effect", carry: refusedWithoutEffect})
	}
	odd = append(odd, planned{check: "RCV-006", name: "reformatted", title: title(reformattedSent, taken), carry: sendReformatted})
	return append(hostile, odd...)
}

// sample stands for any message when it is found out what a kind of signature can do.
var sample = signature.Message{ID: "msg_sample", URL: "http://127.0.0.1/", Body: []byte(`{"sample":1}`)}

// title says what a trial expects.
func title(sent string, w want) string {
	verb := map[want]string{taken: "is accepted", refused: "is refused", endured: "is accepted or refused without harm"}[w]
	return strings.ToUpper(sent[:1]) + sent[1:] + " " + verb
}

// forge sends a delivery with a spoiled signature.
func (t *trial) forge(ctx context.Context, g forgery, w want) error {
	m, err := t.message(t.event)
	if err != nil {
		return err
	}
	h, body, err := t.family.scheme.Spoil(g.way, t.signed(m), t.family.secret)
	if errors.Is(err, signature.ErrInapplicable) {
		return skip("the payload of " + t.event.Name + " cannot be spoiled in this way")
	} else if err != nil {
		return err
	}
	address := t.family.scheme.Address(t.signed(m)) // the hash in Twilio's is of what was signed
	m.body = body
	d := t.envelope(m)
	d.put(h)
	d.url, d.sent, d.forged = address, g.sent, w == refused
	return t.offer(ctx, d, w)
}

// offer sends a delivery of a family, judges the answer, and keeps what the family's other trials want to know.
func (t *trial) offer(ctx context.Context, d *delivery, w want) error {
	f := t.family
	if w == refused && t.probe != nil && !f.watched {
		before, err := t.settle(ctx)
		if err != nil {
			return err
		}
		f.before, f.watched = before, true
	}
	a, err := t.send(ctx, d)
	if err != nil {
		return err
	}
	good := t.judge(a, w, d)
	switch {
	case w == refused && good && t.check != "RCV-011": // servers refuse long headers themselves, with statuses of their own
		f.refusals = append(f.refusals, refusal{a.status, a.number, d.sent})
	case w == refused && !good && !a.late && a.status/100 == 2:
		f.accepted++
	case w == endured:
		t.test.Outputs = map[string]any{"answer": a.String()}
	}
	return nil
}

// borrowed are deliveries of a family that show what is another family's: its secret, or its whole signature.
func borrowed(f, other *family) []planned {
	secret := forgery{"", "RCV-004", "secret-of-" + other.label, "a delivery that was signed with the secret of the deliveries with " + other.label}
	whole := forgery{"", "RCV-012", "signature-of-" + other.label, "a delivery that carries " + other.label + " in place of its own signature, made with the secret for that"}
	list := []planned{}
	if _, err := f.scheme.Sign(sample, other.secret); err == nil {
		list = append(list, planned{check: secret.check, name: secret.name, title: title(secret.sent, refused), carry: func(ctx context.Context, t *trial) error {
			return t.borrow(ctx, secret.sent, f.scheme, other.secret)
		}})
	}
	if !strings.EqualFold(other.scheme.HeaderNames()[0], f.scheme.HeaderNames()[0]) {
		list = append(list, planned{check: whole.check, name: whole.name, title: title(whole.sent, refused), carry: func(ctx context.Context, t *trial) error {
			return t.borrow(ctx, whole.sent, other.scheme, other.secret)
		}})
	}
	return list
}

func (t *trial) borrow(ctx context.Context, sent string, scheme signature.Scheme, secret string) error {
	m, err := t.message(t.event)
	if err != nil {
		return err
	}
	h, err := scheme.Sign(t.signed(m), secret)
	if err != nil {
		return err
	}
	d := t.envelope(m)
	d.put(h)
	d.url, d.sent, d.forged = scheme.Address(t.signed(m)), sent, true
	return t.offer(ctx, d, refused)
}

// refusalStatus holds the statuses of all refusals of a family against the document. It sends nothing.
func refusalStatus(_ context.Context, t *trial) error {
	f := t.family
	wanted := documented(t.event)
	if len(f.refusals) == 0 {
		return skip("nothing was refused")
	}
	var off []refusal
	for _, r := range f.refusals {
		if wanted != nil && !slices.Contains(wanted, r.status) {
			off = append(off, r)
		}
	}
	t.test.Cases = len(f.refusals)
	if off == nil {
		return nil
	}
	first := off[0]
	a := answer{status: first.status, number: first.number}
	t.test.Exchanges = append(t.test.Exchanges, first.number)
	want := strings.TrimSuffix(t.refusal(), ", or another 4xx")
	message := fmt.Sprintf("The receiver refused %d of %d forged deliveries with another status than the documented one; the first of them, %s, with %s.",
		len(off), len(f.refusals), first.sent, a)
	found := t.find("RCV-013", "status", message, want, a)
	if r := t.event.Operation.Response(wanted[0]); r != nil {
		found.At = check.PlaceOf(r.At)
	}
	return nil
}

// refusedWithoutEffect looks at the probe after everything that had to be refused.
func refusedWithoutEffect(ctx context.Context, t *trial) error {
	f := t.family
	switch {
	case !f.watched:
		return skip("no forged delivery was sent")
	case f.accepted > 0:
		return skip("forged deliveries were accepted, so that their effect is no wonder")
	}
	after, err := t.settle(ctx)
	if err != nil {
		return err
	}
	if after != f.before {
		t.find("RCV-014", "effect", "The receiver refused every forged delivery, and yet the probe went from "+f.before.String()+" to "+after.String()+".",
			"the probe stays at "+f.before.String(), answer{}).Got = "the probe shows " + after.String()
	}
	return nil
}

const reformattedSent = "a delivery whose JSON is written with white space, and rightly signed"

// sendReformatted sends what a receiver refuses that verifies JSON as it would write it itself.
func sendReformatted(ctx context.Context, t *trial) error {
	m, err := t.message(t.event)
	if err != nil {
		return err
	}
	body, ok := reformatted(m.body)
	if !ok {
		return skip("the payload of " + t.event.Name + " is not JSON")
	}
	m.body = body
	d, err := t.sign(t.family, m)
	if err != nil {
		return err
	}
	d.sent = reformattedSent
	return t.offer(ctx, d, taken)
}
