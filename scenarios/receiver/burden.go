package receiver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// burdens are the trials of the receiver as a whole, with the first family that works.
var burdens = []planned{
	{check: "RCV-024", name: "get", title: "GET is answered without harm", carry: methodTrial(http.MethodGet)},
	{check: "RCV-024", name: "head", title: "HEAD is answered without harm", carry: methodTrial(http.MethodHead)},
	{check: "RCV-022", name: "large", title: "A signed body of a megabyte is accepted or refused without harm", carry: sendLarge},
	{check: "RCV-023", name: "slow", title: "A body that comes in small pieces is accepted or refused without harm", carry: sendSlowly},
	{check: "RCV-025", name: "cut", title: "The next delivery after a broken connection is accepted", carry: breakOff},
	{check: "RCV-026", name: "at-once", title: "Ten deliveries at once are all accepted", carry: sendAtOnce},
	{check: "RCV-027", name: "stays-up", title: "A good delivery is accepted after all that", carry: stillThere},
}

// methodTrial asks with a method that is no delivery.
func methodTrial(method string) func(context.Context, *trial) error {
	return func(ctx context.Context, t *trial) error {
		d := &delivery{method: method, url: t.url, header: http.Header{"User-Agent": {t.options.Tool.Name + "/" + t.options.Tool.Version}}, forged: true}
		d.sent = method
		a, err := t.send(ctx, d)
		if err != nil {
			return err
		}
		t.test.Outputs = map[string]any{"answer": a.String()}
		if a.late || a.status == 0 || a.status >= 500 && a.status != http.StatusNotImplemented { // 501 is RFC 9110's word for a method that a server knows nothing of
			t.judge(answer{status: a.status, number: a.number, late: a.late}, endured, d)
		}
		return nil
	}
}

// sendLarge sends more than any vendor does. A receiver may close the connection while it comes (RFC 9110, 15.5.14), when it
// takes the next delivery.
func sendLarge(ctx context.Context, t *trial) error {
	m, err := t.message(t.event)
	if err != nil {
		return err
	}
	m.body = padded(m.body, m.contentType)
	d, err := t.sign(t.family, m)
	if err != nil {
		return err
	}
	d.sent = "a rightly signed body of a megabyte"
	return t.burden(ctx, d)
}

// slowly is the time over which a slow body comes.
const slowly = 2 * time.Second

func sendSlowly(ctx context.Context, t *trial) error {
	d, err := t.good(t.family, t.event)
	if err != nil {
		return err
	}
	if len(d.body) < pieces {
		return skip("the payload is too short to be sent in pieces")
	}
	d.manner.over = min(slowly, t.timeout/2)
	d.sent = fmt.Sprintf("a good delivery whose body comes in %d pieces", pieces)
	return t.burden(ctx, d)
}

// burden sends what a receiver may answer by closing the connection, as long as that has no consequences.
func (t *trial) burden(ctx context.Context, d *delivery) error {
	a, err := t.send(ctx, d)
	if err != nil {
		return err
	}
	t.test.Outputs = map[string]any{"answer": a.String()}
	if a.status == 0 && !a.late {
		return t.next(ctx, d.sent)
	}
	t.judge(a, endured, d)
	return nil
}

// breakOff ends a connection in the middle of a body.
func breakOff(ctx context.Context, t *trial) error {
	d, err := t.good(t.family, t.event)
	if err != nil {
		return err
	}
	if len(d.body) < 2 {
		return skip("the payload is too short to be cut")
	}
	d.manner.cut = len(d.body) / 2
	d.sent, d.forged = "half of a good delivery", true
	if _, err := t.send(ctx, d); err != nil {
		return err
	}
	for range 2 {
		if err := t.clock.Wait(ctx, noticing); err != nil {
			return err
		}
		if err := t.next(ctx, "a connection that broke in the middle of the body"); err != nil || len(t.findings) > 0 {
			return err
		}
	}
	return nil
}

// noticing is the time that a receiver is given to see that a connection has broken, and to end where it does.
const noticing = 200 * time.Millisecond

// next sends a good delivery that must be taken.
func (t *trial) next(ctx context.Context, after string) error {
	d, err := t.good(t.family, t.event)
	if err != nil {
		return err
	}
	d.sent = "a good delivery after " + after
	a, err := t.send(ctx, d)
	if err == nil {
		t.judge(a, taken, d)
	}
	return err
}

// sendAtOnce sends ten different deliveries at the same moment.
func sendAtOnce(ctx context.Context, t *trial) error {
	var list []*delivery
	for i := range atOnce {
		d, err := t.good(t.family, t.event)
		if err != nil {
			return err
		}
		d.sent = fmt.Sprintf("a good delivery, number %d of %d at once", i+1, atOnce)
		list = append(list, d)
	}
	watch, err := t.watch(ctx)
	if err != nil {
		return err
	}
	answers, err := t.together(ctx, list)
	if err != nil {
		return err
	}
	failed := 0
	var first answer
	for _, a := range answers {
		if !taken.met(a) {
			if failed++; failed == 1 {
				first = a
			}
		}
	}
	if failed > 0 {
		t.find("RCV-026", "2xx", fmt.Sprintf("Of %d good deliveries at once %d were not accepted; the first of these: %s.", atOnce, failed, first), "2xx for each of them", first)
		return nil
	}
	return t.allTookEffect(ctx, watch, answers[0])
}

// allTookEffect holds a probe that counts against the number of deliveries.
func (t *trial) allTookEffect(ctx context.Context, w *watch, a answer) error {
	if t.probe == nil || !w.before.numeric || !t.hasID(t.event) {
		return nil
	}
	if err := w.first(ctx); err != nil {
		return nil // it was all accepted; that a probe tells nothing is said elsewhere
	}
	for waited := time.Duration(0); waited < effectIn; waited += probePause {
		if n, ok := moved(w.before, w.after); !ok || n >= atOnce {
			break
		}
		if err := t.clock.Wait(ctx, probePause); err != nil {
			return err
		}
		now, err := t.read(ctx)
		if err != nil {
			return err
		}
		w.after = now
	}
	if n, ok := moved(w.before, w.after); ok && n != atOnce {
		t.find("RCV-026", "effect", fmt.Sprintf("%d deliveries at once were all accepted, and the probe went from %s to %s.", atOnce, w.before, w.after),
			fmt.Sprintf("the probe goes on by %d", atOnce), a).Got = fmt.Sprintf("it went on by %d", n)
	}
	return nil
}

// stillThere sends the last good delivery, also to a receiver that was gone.
func stillThere(ctx context.Context, t *trial) error {
	err := t.next(ctx, "all other trials")
	if t.gone == "" {
		return err
	}
	if s := skip(""); !errors.As(err, &s) {
		t.gone = "" // it is there again
		return err
	}
	t.find("RCV-027", "gone", "The receiver lets nobody connect any more; the last it answered to was "+t.gone+".", "2xx", answer{}).Got = "no connection"
	return nil
}
