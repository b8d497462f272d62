package receiver

import (
	"context"
	"fmt"
	"slices"

	"understudy/contracts/signature"
)

// plan lists the trials in the order in which they are carried out: good deliveries first, since a receiver that refuses
// everything refuses forged ones as well; what may end the receiver last.
func (s *session) plan() []planned {
	var list []planned
	add := func(p planned) {
		if p.always || s.selected.Has(p.check) {
			list = append(list, p)
		}
	}
	for _, f := range s.families {
		for _, e := range f.events {
			add(planned{check: "RCV-001", name: "good/" + e.Name, title: "A good delivery of " + e.Name + " is accepted", family: f, event: e, carry: goodDelivery, always: true})
		}
	}
	for _, f := range s.families {
		for _, p := range slices.Concat(s.forged(f), s.repeated(f), odd) {
			p.family = f
			add(p)
		}
	}
	for _, p := range burdens {
		add(p)
	}
	return list
}

// goodDelivery sends one good delivery of an event.
func goodDelivery(ctx context.Context, t *trial) error {
	f := t.family
	if f.late >= mostLate {
		return skip(f.trouble)
	}
	d, err := t.good(f, t.event)
	if err != nil {
		return err
	}
	d.sent = "a good delivery of " + t.event.Name
	a, err := t.send(ctx, d)
	switch {
	case err != nil:
		return err
	case a.taken():
		f.taken[t.event.Name] = true
		if f.witness == nil {
			f.witness = t.event
		}
		return nil
	case a.late:
		f.late++
		f.trouble = "its good deliveries are not answered in time, so that nothing else can be told"
		t.find("RCV-002", "late", fmt.Sprintf("To %s the receiver %s.", d.sent, t.did(a)), "2xx within "+t.timeout.String(), a)
		return nil
	}
	f.trouble = "no good delivery signed in " + f.label + " was accepted, so that refusals prove nothing"
	t.judge(a, taken, d)
	t.findings[len(t.findings)-1].Advice = adviceOn(a, f, t.options.APIVersion)
	return nil
}

// mostLate is how many late answers of a family are waited for.
const mostLate = 2

// adviceOn says what is likely to be wrong where a good delivery is not accepted.
func adviceOn(a answer, f *family, apiVersion string) string {
	switch {
	case a.status/100 == 3:
		return "Senders do not follow redirects: give the address that the redirect leads to."
	case a.status == 404 || a.status == 405:
		return "Check the address: deliveries are sent with POST to exactly the one that was given."
	case a.status/100 == 4 && f.scheme.Kind == signature.Stripe && apiVersion == "":
		return "Compare the secret with the one of " + f.name + ", and verify the bytes of the body as they came. A receiver built on stripe-go's ConstructEvent wants the api_version of its library: give it with --api-version."
	case a.status/100 == 4 && f.signed():
		return "Compare the secret with the one of " + f.name + ", and verify the bytes of the body as they came, before any parser."
	}
	return "Look for the exception in the receiver's log."
}
