package conformance

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/cases"
	"understudy/contracts/check"
	"understudy/scenarios"
)

// planCredentials lists the tests of what an operation takes for a credential.
func (j *judge) planCredentials(o *contracts.Operation) []*planned {
	var list []*planned
	add := func(id string, run func(*trial)) { list = append(list, on(id, o, run)) }
	if len(o.Security) > 1 && slices.ContainsFunc(o.Security, func(a contracts.Alternative) bool { return len(a) > 0 }) {
		add("AUTH-011", (*trial).eachAlternative)
	}
	if optional(o) {
		add("AUTH-013", (*trial).anonymousWelcome)
		return list
	}
	add("AUTH-001", (*trial).noCredential)
	add("AUTH-002", (*trial).malformedCredential)
	add("AUTH-003", (*trial).unknownCredential)
	add("AUTH-004", inState("AUTH-004", scenarios.StateExpired, "an expired credential"))
	add("AUTH-005", inState("AUTH-005", scenarios.StateRevoked, "a revoked credential"))
	if slices.ContainsFunc(o.Security, j.signed) {
		add("AUTH-006", (*trial).tamperedCredential)
		add("AUTH-007", inState("AUTH-007", scenarios.StateForeign, "a token of another issuer or for another audience"))
	}
	add("AUTH-008", (*trial).wrongPlace)
	if slices.ContainsFunc(o.Security, func(a contracts.Alternative) bool { return len(a) > 1 }) {
		add("AUTH-012", (*trial).everyPart)
	}
	add("AUTH-014", (*trial).unknownOrDenied)
	if o.Body != nil && writes(o) {
		add("AUTH-015", (*trial).strangersContent)
	}
	add("AUTH-016", (*trial).inURL)
	return list
}

// optional says that an operation welcomes requests without credential.
func optional(o *contracts.Operation) bool {
	return slices.ContainsFunc(o.Security, func(a contracts.Alternative) bool { return len(a) == 0 })
}

// signed says that an alternative takes signed tokens, by the contract or by what the roster holds.
func (j *judge) signed(a contracts.Alternative) bool {
	return slices.ContainsFunc(a, func(q contracts.Requirement) bool {
		s := q.Scheme
		if s.Type == "openIdConnect" || s.Type == "http" && strings.Contains(strings.ToUpper(s.BearerFormat), "JWT") {
			return true
		}
		return slices.ContainsFunc(j.deployment.Roster.Actors, func(a *scenarios.Actor) bool {
			_, ok := parseJWS(textOf(a, s.Key))
			return ok
		})
	})
}

// textOf is what an actor shows for a scheme; "" where it has nothing.
func textOf(a *scenarios.Actor, scheme string) string {
	if a == nil {
		return ""
	}
	if text, ok := a.Credentials[scheme]; ok {
		return text
	}
	return a.Credentials["*"]
}

// holds says that an actor has something to show for each scheme of an alternative.
func holds(a *scenarios.Actor, alternative contracts.Alternative) bool {
	return a != nil && len(alternative) > 0 && !slices.ContainsFunc(alternative, func(q contracts.Requirement) bool { return textOf(a, q.Scheme.Key) == "" })
}

// showing gives what puts texts on a request for the schemes of an alternative.
func showing(alternative contracts.Alternative, text func(contracts.Requirement) string) func(*http.Request) {
	return func(r *http.Request) {
		for _, q := range alternative {
			scenarios.Show(r, q.Scheme, text(q))
		}
	}
}

// own gives what puts an actor's own credentials on a request for an alternative.
func own(a *scenarios.Actor, alternative contracts.Alternative) func(*http.Request) {
	return showing(alternative, func(q contracts.Requirement) string { return textOf(a, q.Scheme.Key) })
}

// held gives the actor who calls the operation when nothing else is said, and the first alternative that it fulfils.
func (t *trial) held(o *contracts.Operation) (*scenarios.Actor, contracts.Alternative) {
	a := t.caller(o)
	for _, alternative := range o.Security {
		if holds(a, alternative) && t.permits(a, alternative, o) {
			return a, alternative
		}
	}
	return nil, nil
}

// show sends the operation's base case with another credential. It names an item that may be read or changed, since the
// request should be refused; where it is not, what it did is undone.
func (t *trial) show(name, purpose string, dress func(*http.Request), wants ...string) *answer {
	one, ok := t.plain(t.operation())
	if !ok {
		return nothing()
	}
	return t.showCase(one, name, purpose, dress, wants...)
}

func (t *trial) showCase(one cases.Case, name, purpose string, dress func(*http.Request), wants ...string) *answer {
	o := t.operation()
	n := anyItem
	if writes(o) {
		n = ownItem
	}
	items, why := t.place(&one, n)
	if why != "" {
		t.skip("%s", why)
		return nothing()
	}
	c := call{Case: one, items: items, as: name, dress: dress, intent: check.Other, purpose: purpose, wants: wants, unspoken: dress != nil}
	a := t.send(c)
	if a.ok() {
		t.spoilt(&c, a)
	}
	return a
}

// stranger is how the operation answers its base case without a credential, tried once.
func (t *trial) stranger() *answer {
	o := t.operation()
	if a := t.strange[o]; a != nil {
		return a
	}
	a := t.show("", "AUTH-001: no credential", nil, "$statusCode == 401 || $statusCode == 403 || $statusCode == 404")
	if a.status != 0 {
		t.strange[o] = a
	}
	return a
}

// guarded says that the operation accepts its base case with a credential and refuses it without; else the trial is skipped.
func (t *trial) guarded() bool {
	if !t.ready() {
		return false
	}
	a := t.stranger()
	switch {
	case a.status == 0 || fateOf(a.status) == limited || fateOf(a.status) == failed:
		t.skip("how it answers without a credential cannot be told")
		return false
	case a.ok():
		t.skip("it answers without a credential: AUTH-001 tells of that")
		return false
	}
	return true
}

// mustRefuse judges the answer to a credential that must not be believed.
func (t *trial) mustRefuse(a *answer, what, keyword string) {
	switch fateOf(a.status) {
	case accepted:
		t.judged++
		t.find(check.Finding{
			Message: fmt.Sprintf("%s answered %s with %s.", label(t.operation()), what, statusText(a.status)),
			Want:    "401 Unauthorized", Got: statusText(a.status), Where: "status", Keyword: keyword, Exchange: a.Number,
		})
	case barred, missing, refused, taken:
		t.judged++
	default:
		t.skip("%s", fateOf(a.status).explain(t.operation(), a.status))
	}
}

// noCredential is AUTH-001.
func (t *trial) noCredential() {
	if !t.ready() {
		return
	}
	t.mark()
	t.mustRefuse(t.stranger(), "a request without a credential", "none")
}

// alternatives are those that the usual caller can show, each once.
func (t *trial) alternatives() (*scenarios.Actor, []contracts.Alternative) {
	o := t.operation()
	a := t.caller(o)
	var list []contracts.Alternative
	for _, alternative := range o.Security {
		if holds(a, alternative) {
			list = append(list, alternative)
		}
	}
	return a, list
}

// malformedCredential is AUTH-002.
func (t *trial) malformedCredential() {
	if !t.guarded() {
		return
	}
	for _, alternative := range t.operation().Security {
		dress := showing(alternative, func(q contracts.Requirement) string {
			return t.textIn(scenarios.StateMalformed, q.Scheme, "not-a-credential")
		})
		t.mark()
		a := t.show("malformed", "AUTH-002: a malformed credential", dress)
		t.mustRefuse(a, "a malformed credential", "malformed "+namesOf(alternative))
	}
}

// textIn is what an actor in a state shows for a scheme; other where there is none.
func (t *trial) textIn(state string, s *contracts.SecurityScheme, other string) string {
	for _, a := range t.deployment.Roster.Actors {
		if a.State == state && textOf(a, s.Key) != "" {
			return textOf(a, s.Key)
		}
	}
	return other
}

func namesOf(alternative contracts.Alternative) string {
	var keys []string
	for _, q := range alternative {
		keys = append(keys, q.Scheme.Key)
	}
	return strings.Join(keys, "+")
}

// unknownCredential is AUTH-003.
func (t *trial) unknownCredential() {
	if !t.guarded() {
		return
	}
	a, list := t.alternatives()
	for _, alternative := range list {
		dress := showing(alternative, func(q contracts.Requirement) string {
			return t.textIn(scenarios.StateUnknown, q.Scheme, unknownLike(textOf(a, q.Scheme.Key), t.deployment.Run().Seed()))
		})
		t.mark()
		t.mustRefuse(t.show("unknown", "AUTH-003: an unknown credential", dress), "a credential that nobody issued", "unknown "+namesOf(alternative))
	}
	t.skip("there is no credential whose form could be imitated")
}

// inState makes the test of credentials in a state that others made: expired, revoked, of another issuer.
func inState(id, state, what string) func(*trial) {
	return func(t *trial) {
		if !t.guarded() {
			return
		}
		for _, a := range t.deployment.Roster.Actors {
			if a.State != state {
				continue
			}
			for _, alternative := range t.operation().Security {
				if !slices.ContainsFunc(alternative, func(q contracts.Requirement) bool { return textOf(a, q.Scheme.Key) != "" }) {
					continue
				}
				good := t.caller(t.operation())
				if t.suffices(good, lessParts(alternative, func(q contracts.Requirement) bool { return textOf(a, q.Scheme.Key) != "" })) {
					continue
				}
				dress := showing(alternative, func(q contracts.Requirement) string {
					if text := textOf(a, q.Scheme.Key); text != "" {
						return text
					}
					return textOf(good, q.Scheme.Key)
				})
				t.mark()
				t.mustRefuse(t.show(a.Name, id+": "+what, dress), what, state+" "+namesOf(alternative))
			}
		}
		t.skip("the roster has no %s for this operation", strings.TrimPrefix(strings.TrimPrefix(what, "an "), "a "))
	}
}

// lessParts gives an alternative without some of its parts.
func lessParts(alternative contracts.Alternative, drop func(contracts.Requirement) bool) contracts.Alternative {
	return slices.DeleteFunc(slices.Clone(alternative), drop)
}

// suffices says whether the rest of a combination is accepted by itself, so that nothing can be told of the part that is
// missing: AUTH-012 tells of that.
func (t *trial) suffices(a *scenarios.Actor, rest contracts.Alternative) bool {
	if len(rest) == 0 || !t.show(orNobody(a), "AUTH-012: the rest of a combination", own(a, rest)).ok() {
		return false
	}
	t.skip("the rest of the combination suffices by itself: AUTH-012 tells of that")
	return true
}

func orNobody(a *scenarios.Actor) string {
	if a == nil {
		return ""
	}
	return a.Name
}

// tamperedCredential is AUTH-006.
func (t *trial) tamperedCredential() {
	if !t.guarded() {
		return
	}
	a, list := t.alternatives()
	for _, alternative := range list {
		for _, q := range alternative {
			token, ok := parseJWS(textOf(a, q.Scheme.Key))
			if !ok {
				continue
			}
			if t.suffices(a, lessParts(alternative, func(r contracts.Requirement) bool { return r.Scheme == q.Scheme })) {
				continue
			}
			forms := token.tampered()
			for _, how := range slices.Sorted(maps.Keys(forms)) {
				dress := showing(alternative, func(r contracts.Requirement) string {
					if r.Scheme == q.Scheme {
						return forms[how]
					}
					return textOf(a, r.Scheme.Key)
				})
				t.mark()
				t.mustRefuse(t.show("tampered", "AUTH-006: "+how, dress), "a token with "+how, "tampered "+how+" "+q.Scheme.Key)
			}
		}
	}
	if !slices.ContainsFunc(t.deployment.Roster.Actors, func(a *scenarios.Actor) bool { return a.State == scenarios.StateTampered }) {
		t.skip("no credential of this operation is a signed token")
		return
	}
	inState("AUTH-006", scenarios.StateTampered, "a tampered credential")(t)
}
