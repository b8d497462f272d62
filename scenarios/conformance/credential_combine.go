package conformance

import (
	"fmt"
	"net/http"
	"slices"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/scenarios"
)

// eachAlternative is AUTH-011: each alternative that somebody can show works by itself.
func (t *trial) eachAlternative() {
	o := t.operation()
	if !t.ready() {
		return
	}
	if a := t.stranger(); !optional(o) && a.ok() {
		t.skip("it answers without a credential: AUTH-001 tells of that")
		return
	}
	for _, alternative := range o.Security {
		if len(alternative) == 0 {
			continue
		}
		actor := t.fulfils(o, alternative)
		if actor == nil {
			t.skip("nobody in the roster can show %s", namesOf(alternative))
			continue
		}
		t.mark()
		a, why := t.tryAs(actor, alternative)
		if why != "" {
			t.skip("%s", why)
			continue
		}
		name := actor.Name + " " + namesOf(alternative)
		switch f := fateOf(a.status); {
		case f == accepted:
			t.judged++
			t.prove(name)
		case f == barred && writes(o) && slices.ContainsFunc(alternative, func(q contracts.Requirement) bool { return q.Scheme.In == "cookie" }):
			t.skip("a cookie's writes may be protected against forgery by means that the contract does not name")
		case f == barred:
			t.judged++
			finding := check.Finding{
				Message: fmt.Sprintf("%s answered %s of %s with %s, although it is one of the alternatives.", label(o), namesOf(alternative), actor.Name, statusText(a.status)),
				Want:    "success", Got: statusText(a.status), Where: "status", Keyword: "alternative " + namesOf(alternative), Exchange: a.Number,
			}
			if !t.deserves(actor, alternative) {
				finding.Level, finding.Certainty = check.Warning, check.Likely
				finding.Message += " The credential was accepted nowhere: it may be bad."
			}
			t.find(finding)
		default:
			t.skip("%s", f.explain(o, a.status))
		}
	}
}

// prove notes that an actor's credentials for an alternative were accepted somewhere.
func (t *trial) prove(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.proven[name] = true
}

// deserves says whether an actor's credentials for an alternative were accepted elsewhere. Other operations are asked where
// nobody has yet.
func (t *trial) deserves(actor *scenarios.Actor, alternative contracts.Alternative) bool {
	t.mu.Lock()
	known := t.proven[actor.Name+" "+namesOf(alternative)]
	t.mu.Unlock()
	if known {
		return true
	}
	for _, o := range t.contract.Operations {
		if o == t.operation() || writes(o) || len(templateNames(o)) > 0 {
			continue
		}
		for _, other := range o.Security {
			if namesOf(other) != namesOf(alternative) || !t.permits(actor, other, o) {
				continue
			}
			one, ok := t.plain(o)
			if !ok {
				continue
			}
			a := t.send(call{Case: one, as: actor.Name, dress: own(actor, other), quiet: true, intent: check.Other, purpose: "AUTH-011: whether the credential is good elsewhere", unspoken: true})
			if a.ok() {
				t.prove(actor.Name + " " + namesOf(alternative))
				return true
			}
			break
		}
	}
	return false
}

// fulfils gives an actor in good standing who can show an alternative and has the scopes for it, of the usual account first.
func (t *trial) fulfils(o *contracts.Operation, alternative contracts.Alternative) *scenarios.Actor {
	var found *scenarios.Actor
	for _, a := range t.deployment.Roster.Actors {
		if a.State == scenarios.StateGood && holds(a, alternative) && t.permits(a, alternative, o) {
			if a.Account == t.primary {
				return a
			}
			if found == nil {
				found = a
			}
		}
	}
	return found
}

// tryAs sends the operation's base case with an actor's credentials for one alternative, as one that should be accepted.
func (t *trial) tryAs(actor *scenarios.Actor, alternative contracts.Alternative) (*answer, string) {
	o := t.operation()
	for attempt := range uint64(3) {
		one, ok := t.maker(attempt).named(o, "POS-002", t.base(o).call.Name)
		if !ok {
			break
		}
		one = one.Clone()
		items, why := t.place(&one, t.needOf(o))
		if why != "" {
			return nothing(), why
		}
		c := call{
			Case: one, as: actor.Name, dress: own(actor, alternative), items: items, intent: check.Valid, purpose: "AUTH-011: " + namesOf(alternative) + " alone",
			quiet: true, wants: []string{"$statusCode < 400"}, unspoken: true,
		}
		a := t.send(c)
		t.settleItems(&c, a)
		if fateOf(a.status) != taken {
			return a, ""
		}
	}
	return nothing(), "every request went against what is there"
}

// everyPart is AUTH-012: without one of its parts a combination does not suffice.
func (t *trial) everyPart() {
	if !t.guarded() {
		return
	}
	o := t.operation()
	for _, alternative := range o.Security {
		if len(alternative) < 2 {
			continue
		}
		actor := t.fulfils(o, alternative)
		if actor == nil {
			t.skip("nobody in the roster can show %s", namesOf(alternative))
			continue
		}
		for i := range alternative {
			part := slices.Delete(slices.Clone(alternative), i, i+1)
			if slices.ContainsFunc(o.Security, func(other contracts.Alternative) bool { return within(other, part) }) {
				continue // it suffices by another alternative
			}
			t.mark()
			a := t.show(actor.Name, "AUTH-012: without "+alternative[i].Scheme.Key, own(actor, part))
			t.mustRefuse(a, "a request without "+alternative[i].Scheme.Key, "without "+alternative[i].Scheme.Key)
		}
	}
}

// within says whether all schemes of an alternative are among those of another.
func within(a, b contracts.Alternative) bool {
	return !slices.ContainsFunc(a, func(q contracts.Requirement) bool {
		return !slices.ContainsFunc(b, func(r contracts.Requirement) bool { return r.Scheme == q.Scheme })
	})
}

// anonymousWelcome is AUTH-013.
func (t *trial) anonymousWelcome() {
	o := t.operation()
	one, ok := t.plain(o)
	if !ok {
		t.skip("no valid request can be made up")
		return
	}
	if t.unsafe() != "" && writes(o) {
		t.skip("%s", t.unsafe())
		return
	}
	items, why := t.place(&one, t.needOf(o))
	if why != "" {
		t.skip("%s", why)
		return
	}
	t.mark()
	c := call{Case: one, items: items, quiet: true, intent: check.Valid, purpose: "AUTH-013: no credential", wants: []string{"$statusCode != 401 && $statusCode != 403"}}
	a := t.send(c)
	t.settleItems(&c, a)
	switch {
	case a.status == http.StatusUnauthorized || a.status == http.StatusForbidden:
		t.judged++
		t.find(check.Finding{
			Message: fmt.Sprintf("%s refused a request without a credential with %s, although its security is optional.", label(o), statusText(a.status)),
			Want:    "success", Got: statusText(a.status), Where: "status", Keyword: "anonymous", Exchange: a.Number,
		})
	case a.status != 0 && fateOf(a.status) != limited && fateOf(a.status) != failed:
		t.judged++
	default:
		t.skip("%s", fateOf(a.status).explain(o, a.status))
	}
}

// unknownOrDenied is AUTH-014: 401 for who is not known, 403 for who is and may not.
func (t *trial) unknownOrDenied() {
	if !t.guarded() {
		return
	}
	o := t.operation()
	if a, list := t.alternatives(); len(list) > 0 {
		dress := showing(list[0], func(q contracts.Requirement) string {
			return unknownLike(textOf(a, q.Scheme.Key), t.deployment.Run().Seed()+1)
		})
		t.mark()
		r := t.show("unknown", "AUTH-014: an unknown credential", dress)
		t.mixedUp(r, http.StatusForbidden, "a credential that nobody issued", "401 Unauthorized")
	}
	for _, a := range t.deployment.Roster.Actors {
		for _, alternative := range o.Security {
			if a.State != scenarios.StateGood || !holds(a, alternative) || !t.forbids(a, alternative, o) || !t.deserves(a, alternative) {
				continue
			}
			t.mark()
			r := t.show(a.Name, "AUTH-014: a credential that is not enough", own(a, alternative))
			t.mixedUp(r, http.StatusUnauthorized, "a good credential that is not enough", "403 Forbidden")
			return
		}
	}
}

func (t *trial) mixedUp(a *answer, wrong int, what, want string) {
	switch fateOf(a.status) {
	case lost, limited, failed, accepted:
		t.skip("%s was answered with %s", what, statusText(a.status))
		return
	}
	t.judged++
	if a.status == wrong {
		t.find(check.Finding{
			Message: fmt.Sprintf("%s answered %s with %s.", label(t.operation()), what, statusText(a.status)), Want: want, Got: statusText(a.status), Where: "status",
			Keyword: "instead of " + want, Exchange: a.Number,
		})
	}
}

// strangersContent is AUTH-015: who shows no credential is not told what is wrong with the content.
func (t *trial) strangersContent() {
	if !t.guarded() {
		return
	}
	if f := fateOf(t.stranger().status); f != barred {
		t.skip("a valid request without a credential is not answered with 401 or 403")
		return
	}
	for _, one := range t.maker(0).invalid(t.operation()) {
		if one.Fault.In != "body" || one.Convention || one.Fault.Keyword == "malformed" {
			continue
		}
		t.mark()
		a := t.showCase(one.Clone(), "", "AUTH-015: no credential, and "+one.Name, nil, "$statusCode == 401 || $statusCode == 403")
		switch fateOf(a.status) {
		case refused:
			t.judged++
			t.find(check.Finding{
				Message: fmt.Sprintf("%s told a stranger with %s what is wrong with the content.", label(t.operation()), statusText(a.status)),
				Want:    "401 Unauthorized", Got: statusText(a.status), Where: "status", Keyword: "content first", Exchange: a.Number,
			})
		case barred, missing, taken:
			t.judged++
		default:
			t.skip("%s", fateOf(a.status).explain(t.operation(), a.status))
		}
		return
	}
	t.skip("there is no invalid content to try")
}
