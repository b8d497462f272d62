package conformance

import (
	"cmp"
	"fmt"
	"mime"
	"net/http"

	"understudy/contracts"
	"understudy/contracts/cases"
	"understudy/contracts/check"
	"understudy/contracts/inference"
)

// negative sends the invalid cases of the trial's check (NEG-001 to NEG-015, CTY-005, CTY-006). They are sent only where the
// base case, from which each differs by one fault, is accepted, or refused for who or what it names; in the second case only
// another refusal tells anything.
func (t *trial) negative() {
	o := t.operation()
	b := t.base(o)
	if !b.there {
		t.skip("whether it is refused for its fault cannot be told: %s", b.why)
		return
	}
	for _, one := range t.maker(0).invalid(o) {
		if one.Check != t.planned.check || t.halted != nil {
			continue
		}
		t.mark()
		switch one.Check {
		case "CTY-006":
			t.otherType(one, b)
		case "NEG-015":
			t.readOnlySent(one)
		default:
			t.invalid(one)
		}
	}
}

// attempt sends an invalid case. The item that it names is one to be changed, since it should not come to that.
func (t *trial) attempt(one cases.Case, quiet bool) (call, *answer, string) {
	one = one.Clone()
	n := t.needOf(one.Operation)
	if n == freshItem {
		n = ownItem
	}
	if t.model.Binding(one.Operation).Role == inference.Clear && !t.deployment.Disruptive() {
		return call{}, nothing(), "it might empty the whole collection: --disruptive allows it"
	}
	items, why := t.place(&one, n)
	if why != "" {
		return call{}, nothing(), why
	}
	c := call{Case: one, actor: t.caller(one.Operation), items: items, quiet: quiet, purpose: one.Check + ": " + one.Name, wants: []string{"$statusCode >= 400 && $statusCode < 500"}}
	a := t.send(c)
	if a.ok() {
		t.spoilt(&c, a)
	}
	return c, a, ""
}

// spoilt takes note of what a request did that should have been refused.
func (t *trial) spoilt(c *call, a *answer) {
	t.settleItems(c, a)
	if writes(c.Operation) && t.model.Binding(c.Operation).Role != inference.Create {
		for _, it := range c.items {
			t.remove(it) // it has been changed
		}
	}
}

// A ruling is what an answer says of an invalid request.
type ruling int

const (
	unclear ruling = iota
	wasRefused
	wasAccepted
)

func rule(one cases.Case, a *answer) ruling {
	switch f := fateOf(a.status); f {
	case accepted:
		return wasAccepted
	case refused, taken:
		return wasRefused
	case missing:
		if one.Fault.In == "path" && a.status != http.StatusMethodNotAllowed {
			return wasRefused
		}
	}
	return unclear
}

// invalid tries one invalid case.
func (t *trial) invalid(one cases.Case) {
	for attempt := uint64(0); attempt < 3; attempt++ {
		if attempt > 0 {
			if other, ok := t.maker(attempt).named(one.Operation, one.Check, one.Name); ok {
				one = other
			}
		}
		_, a, why := t.attempt(one, attempt > 0)
		if why != "" {
			t.skip("%s", why)
			return
		}
		switch rule(one, a) {
		case wasRefused:
			if b := t.base(one.Operation); fateOf(a.status) == taken && (attempt < 2 || !b.ok) {
				if attempt < 2 {
					continue // for another reason, perhaps
				}
				t.skip("whether it is refused for its fault cannot be told: %s", b.why)
				return
			}
			t.judged++
			return
		case unclear:
			t.skip("%s", fateOf(a.status).explain(one.Operation, a.status))
			return
		}
		t.judged++
		t.tellAccepted(one, a)
		return
	}
}

// tellAccepted reports an invalid case that is accepted, in the smallest form that still is.
func (t *trial) tellAccepted(one cases.Case, first *answer) {
	left := mostSends
	small := t.maker(0).Minimise(one, func(c cases.Case) bool {
		if left--; left < 0 {
			return false
		}
		_, a, why := t.attempt(c, true)
		return why == "" && rule(c, a) == wasAccepted
	})
	t.mark()
	_, a, why := t.attempt(small, true)
	if why != "" || rule(small, a) != wasAccepted {
		a = first
	}
	f := check.Finding{
		Message: fmt.Sprintf("%s accepted an invalid request with %s: %s.", label(one.Operation), statusText(a.status), one.Name),
		Want:    "a refusal with 4xx", Got: statusText(a.status), Where: "request " + placeName(one.Fault), At: check.PlaceOf(one.Fault.At),
		Keyword: keyOf(one), Exchange: a.Number,
	}
	t.doubt(&f, one)
	t.find(f)
}

// doubt lowers a finding about a case of which the contract says nothing, or of which something else may be true.
func (t *trial) doubt(f *check.Finding, one cases.Case) {
	if one.Convention {
		f.Basis, f.Level = check.ByConvention, check.Warning
	}
	if one.Certainty == cases.Likely {
		f.Level, f.Certainty = check.Warning, check.Likely
		f.Message += " Another explanation: " + one.Doubt + "."
	}
}

// otherType tries a request that takes none of the documented types (CTY-006): 406 or a documented type is right.
func (t *trial) otherType(one cases.Case, b *base) {
	if documentedType(one.Operation, b.answer) == nil {
		t.skip("answers have no documented type to compare with")
		return
	}
	_, a, why := t.attempt(one, true)
	if why != "" {
		t.skip("%s", why)
		return
	}
	switch f := fateOf(a.status); {
	case f == refused || f == accepted && (len(a.Exchange.ResponseBody) == 0 || documentedType(one.Operation, a) != nil):
		t.judged++
	case f == accepted || f == failed:
		t.judged++
		got := statusText(a.status) + " with " + cmp.Or(a.header("Content-Type"), "no media type")
		t.find(check.Finding{
			Message: fmt.Sprintf("%s answered a client that accepts only %s with %s.", label(one.Operation), one.Header.Get("Accept"), got),
			Want:    "406, or a documented type", Got: got, Where: "response header Content-Type", At: check.PlaceOf(one.Fault.At), Keyword: "accept",
		})
	default:
		t.skip("%s", f.explain(one.Operation, a.status))
	}
}

// documentedType gives the entry of content that an answer's type belongs to.
func documentedType(o *contracts.Operation, a *answer) *contracts.MediaType {
	if a == nil || a.status == 0 {
		return nil
	}
	r := o.Response(a.status)
	if r == nil {
		return nil
	}
	if _, _, err := mime.ParseMediaType(a.header("Content-Type")); err != nil {
		return nil
	}
	return contracts.MatchMedia(a.header("Content-Type"), r.Content)
}
