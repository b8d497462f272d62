package receiver

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"understudy/contracts"
)

// repeated are the trials of deliveries that come more than once, or not in the order of their events.
func (s *session) repeated(*family) []planned {
	list := []planned{
		{check: "RCV-015", name: "twice", title: "A delivery that comes three times takes effect once", carry: sendTwice},
		{check: "RCV-016", name: "same-id-other-body", title: "A known id with another body has no effect", carry: sendOtherBody},
	}
	if s.probe != nil {
		list = append(list, planned{check: "RCV-015", name: "twice-at-once", title: "A delivery that comes ten times at the same moment takes effect once", carry: sendSameAtOnce})
	}
	if w := s.options.Contract.Behaviour.Webhooks; w == nil || !w.Ordered {
		list = append(list, planned{check: "RCV-017", name: "out-of-order", title: "An event that comes after a later one is accepted", carry: sendOutOfOrder})
	}
	return list
}

const noID = "the deliveries carry no id by which they could be known again"

// sendTwice delivers one event three times: as it is, the same bytes again as somebody who has recorded them would, and signed
// anew as a sender does that got no answer.
func sendTwice(ctx context.Context, t *trial) error {
	if !t.hasID(t.event) {
		return skip(noID)
	}
	m, err := t.message(t.event)
	if err != nil {
		return err
	}
	first, err := t.sign(t.family, m)
	if err != nil {
		return err
	}
	first.sent = "a good delivery"
	watch, err := t.watch(ctx)
	if err != nil {
		return err
	}
	a, err := t.send(ctx, first)
	if err != nil || !t.judge(a, taken, first) {
		return err
	}
	if err := watch.first(ctx); err != nil {
		return err
	}
	again := *first
	again.sent = "the same delivery once more, byte by byte"
	b, err := t.send(ctx, &again)
	if err != nil || !t.judge(b, endured, &again) {
		return err
	}
	m.at = t.clock.Now()
	retry, err := t.sign(t.family, m)
	if err != nil {
		return err
	}
	retry.sent = "the same delivery once more, signed anew"
	c, err := t.send(ctx, retry)
	if err != nil || !t.judge(c, endured, retry) {
		return err
	}
	t.test.Outputs = map[string]any{"answers": []any{a.String(), b.String(), c.String()}}
	if t.probe == nil && (b.taken() || c.taken()) {
		return skip(fmt.Sprintf("cannot tell: the answers were %d, %d and %d, which does not say how often it took effect; --probe URL does", a.status, b.status, c.status))
	}
	return watch.once(ctx, "RCV-015", "a delivery that came three times", c)
}

// sendOtherBody delivers two bodies under one id.
func sendOtherBody(ctx context.Context, t *trial) error {
	if !t.hasID(t.event) {
		return skip(noID)
	}
	m, err := t.message(t.event)
	if err != nil {
		return err
	}
	first, err := t.sign(t.family, m)
	if err != nil {
		return err
	}
	first.sent = "a good delivery"
	watch, err := t.watch(ctx)
	if err != nil {
		return err
	}
	a, err := t.send(ctx, first)
	if err != nil || !t.judge(a, taken, first) {
		return err
	}
	if err := watch.first(ctx); err != nil {
		return err
	}
	t.serial++ // the rest of the payload is made up anew
	other, err := t.messageOf(t.event, m.id, t.clock.Now())
	if err != nil {
		return err
	}
	if string(other.body) == string(m.body) {
		other.body = append(other.body, ' ')
	}
	second, err := t.sign(t.family, other)
	if err != nil {
		return err
	}
	second.sent = "another body under an id that was delivered before, rightly signed"
	b, err := t.send(ctx, second)
	if err != nil || !t.judge(b, endured, second) {
		return err
	}
	t.test.Outputs = map[string]any{"answers": []any{a.String(), b.String()}}
	if t.probe == nil && b.taken() {
		return skip(fmt.Sprintf("cannot tell: the answers were %d and %d, which does not say whether the second body took effect; --probe URL does", a.status, b.status))
	}
	return watch.once(ctx, "RCV-016", "a delivery whose id was known and whose body was another", b)
}

// sendSameAtOnce delivers one event ten times at the same moment: a receiver that looks for the id first and stores it later
// works on it more than once.
func sendSameAtOnce(ctx context.Context, t *trial) error {
	if !t.hasID(t.event) {
		return skip(noID)
	}
	d, err := t.good(t.family, t.event)
	if err != nil {
		return err
	}
	d.sent = "one delivery ten times at the same moment"
	watch, err := t.watch(ctx)
	if err != nil {
		return err
	}
	answers, err := t.together(ctx, []*delivery{d, d, d, d, d, d, d, d, d, d})
	if err != nil {
		return err
	}
	// Some of them may well fail, on a unique index for instance: senders repeat those, and only the effect counts.
	if err := watch.first(ctx); err != nil {
		return err
	}
	return watch.once(ctx, "RCV-015", "a delivery that came ten times at the same moment", answers[0])
}

// together sends deliveries at the same moment and gives the answers in their order.
func (t *trial) together(ctx context.Context, list []*delivery) ([]answer, error) {
	answers := make([]answer, len(list))
	there := make([]bool, len(list))
	errs := make([]error, len(list))
	var group sync.WaitGroup
	for i, d := range list {
		group.Go(func() { answers[i], there[i], errs[i] = t.sendOnce(ctx, d) })
	}
	group.Wait()
	for i, a := range answers {
		if errs[i] != nil {
			return nil, errs[i]
		}
		if !there[i] {
			answers[i].why = "no connection"
		}
		t.note(a)
	}
	return answers, nil
}

// sendOutOfOrder delivers an event, and then one that happened before it.
func sendOutOfOrder(ctx context.Context, t *trial) error {
	if t.event.Places.At == contracts.Nowhere {
		return skip("the payload does not tell when the event happened")
	}
	for i, sent := range []string{"a good delivery", "a good delivery of an event that happened before the last one"} {
		t.serial++
		id := t.event.NewID(t.maker(), t.key())
		m, err := t.messageOf(t.event, id, t.clock.Now().Add(-time.Duration(i)*time.Minute))
		if err != nil {
			return err
		}
		d, err := t.sign(t.family, m)
		if err != nil {
			return err
		}
		d.sent = sent
		a, err := t.send(ctx, d)
		if err != nil || !t.judge(a, taken, d) {
			return err
		}
	}
	return nil
}

// A watch looks at the probe around deliveries that may take effect once.
type watch struct {
	t             *trial
	before, after reading // after: the first of them
}

// watch reads the probe before the first delivery. Without a probe it does nothing, here and later.
func (t *trial) watch(ctx context.Context) (*watch, error) {
	w := &watch{t: t}
	if t.probe == nil {
		return w, nil
	}
	var err error
	w.before, err = t.settle(ctx)
	return w, err
}

// first waits for the effect of the first delivery.
func (w *watch) first(ctx context.Context) error {
	if w.t.probe == nil {
		return nil
	}
	var err error
	if w.after, err = w.t.effect(ctx, w.before); err != nil {
		return err
	}
	if w.after == w.before {
		return skip("cannot tell: the probe stayed at " + w.before.String() + " after a good delivery")
	}
	return nil
}

// once finds, when all deliveries have come, that there was another effect than that of the first.
func (w *watch) once(ctx context.Context, id, what string, a answer) error {
	t := w.t
	if t.probe == nil {
		return nil
	}
	now, err := t.settle(ctx)
	if err != nil {
		return err
	}
	n, counts := moved(w.before, now)
	if now == w.after && (!counts || n == 1) {
		return nil
	}
	message := fmt.Sprintf("The probe went from %s to %s for %s.", w.before, now, what)
	wanted, got := "the probe goes on by 1", "it went on by "+strconv.FormatInt(n, 10)
	if !counts {
		wanted, got = "the probe changes once, to "+w.after.String(), "it changed again, to "+now.String()
	}
	t.find(id, "effect", message, wanted, a).Got = got
	return nil
}
