package conformance

import (
	"fmt"
	"slices"
	"strings"

	"understudy/contracts/cases"
	"understudy/contracts/check"
	"understudy/contracts/schema"
)

// positive sends the valid cases of the trial's check (POS-001 to POS-006). One that is refused counts where the operation's
// base case is accepted before and after, and other values of the same case are refused as well.
func (t *trial) positive() {
	o := t.operation()
	b := t.base(o)
	if t.planned.check == "POS-002" {
		t.minimal(b)
	}
	if !b.ok && t.planned.check != "POS-002" {
		t.skip("%s", b.why)
		return
	}
	for _, one := range t.maker(0).of(o).positive {
		if one.Check != t.planned.check || b.answer != nil && one.Check == b.call.Check && one.Name == b.call.Name || !b.ok {
			continue
		}
		t.oneOf(one)
		if t.halted != nil {
			return
		}
	}
}

// oneOf tries one valid case.
func (t *trial) oneOf(one cases.Case) {
	t.mark()
	var last *answer
	conflicts := 0
	for attempt := uint64(0); attempt < 3; attempt++ {
		if attempt > 0 {
			other, ok := t.maker(attempt).named(one.Operation, one.Check, one.Name)
			if !ok {
				break
			}
			one = other
		}
		c, a, why := t.try(one, attempt > 0)
		if why != "" {
			t.skip("%s", why)
			return
		}
		f := fateOf(a.status)
		switch f {
		case accepted:
			t.judged++
			t.covers(&c.Case)
			return
		case refused:
			last = a
		case taken:
			conflicts++
		default:
			t.skip("%s", f.explain(one.Operation, a.status))
			return
		}
	}
	if last == nil {
		t.skip("%s", taken.explain(one.Operation, 409))
		return
	}
	if conflicts > 0 || t.outerRefused(one) || !t.stillAccepted() {
		t.skip("a valid case was refused, and so were others that it is a part of")
		return
	}
	t.judged++
	t.tellRefused(one, last)
}

// outerRefused says whether the alternative that the case's place lies in, or the list or object that its parameter is, is
// refused as such: another check tells of that.
func (t *trial) outerRefused(one cases.Case) bool {
	for _, outer := range t.maker(0).of(one.Operation).positive {
		alternative := outer.Fault.Keyword == "oneOf" || outer.Fault.Keyword == "anyOf"
		within := outer.Fault.Pointer == one.Fault.Pointer || strings.HasPrefix(one.Fault.Pointer, outer.Fault.Pointer+"/")
		form := outer.Check == "POS-006" && outer.Fault.In != "body"
		if outer.Check == one.Check || outer.Fault.In != one.Fault.In || outer.Fault.Name != one.Fault.Name || !(alternative && within || form) {
			continue
		}
		if alternative && !sameBranch(outer.Name, one.Name) {
			continue
		}
		if _, a, why := t.try(outer, true); why == "" && fateOf(a.status) == refused {
			return true
		}
	}
	return false
}

// sameBranch says whether the names of cases speak of the same alternative, or the inner one of none.
func sameBranch(outer, inner string) bool {
	_, one, ok := strings.Cut(outer, "(")
	if !ok {
		return true
	}
	one, _, _ = strings.Cut(one, ")")
	return !strings.Contains(inner, "(oneOf") && !strings.Contains(inner, "(anyOf") || strings.Contains(inner, "("+one+")")
}

// stillAccepted says whether the base case is accepted now, too.
func (t *trial) stillAccepted() bool {
	for attempt := range uint64(3) {
		one, ok := t.maker(attempt).named(t.operation(), "POS-002", t.base(t.operation()).call.Name)
		if !ok {
			return false
		}
		_, a, why := t.try(one, true)
		if why != "" {
			return false
		}
		if f := fateOf(a.status); f != taken {
			return f == accepted
		}
	}
	return false
}

// tellRefused reports a valid case that is refused.
func (t *trial) tellRefused(one cases.Case, last *answer) {
	g := t.maker(0)
	left := mostSends
	shown, number := one, last.Number
	small := g.Minimise(one, func(c cases.Case) bool {
		if left--; left < 0 {
			return false
		}
		// A smaller one that no longer tries anything is the base case, which is accepted.
		_, a, why := t.try(c, true)
		return why == "" && fateOf(a.status) == refused
	})
	if small.Size() < one.Size() {
		shown = small
	}
	t.mark()
	_, a, why := t.try(shown, true)
	if why == "" && fateOf(a.status) == refused {
		number, last = a.Number, a
	}
	f := check.Finding{
		Message: fmt.Sprintf("%s refused a valid request with %s: %s. What asks for no more than is required is accepted.", label(one.Operation), statusText(last.status), one.Name),
		Want:    "success", Got: statusText(last.status) + gist(last),
		Where: "request " + placeName(one.Fault), At: check.PlaceOf(one.Fault.At), Keyword: keyOf(one),
		Exchange: number, Certainty: check.Certain,
	}
	if one.Certainty == cases.Likely && !names(last, one.Fault) {
		f.Certainty, f.Level = check.Likely, check.Warning
		f.Message += " Another explanation: " + one.Doubt + "."
	}
	if one.Check == "POS-006" && one.Fault.Keyword == "present" && madeUpText(one) {
		f.Certainty, f.Level = check.Likely, check.Warning
		f.Message += " Another explanation: the text is made up and need not mean anything to the operation."
	}
	t.find(f)
}

// madeUpText says that what a case tries is a text about which the contract says too little.
func madeUpText(c cases.Case) bool {
	v, _ := c.Arguments.Get(c.Fault.In, c.Fault.Name)
	_, isText := v.(string)
	for _, p := range c.Operation.Parameters {
		if p.In == c.Fault.In && p.Name == c.Fault.Name {
			return isText && len(p.Examples) == 0 && (p.Schema == nil || len(p.Schema.Resolve().Enum) == 0 && len(p.Schema.Resolve().Examples) == 0)
		}
	}
	return false
}

// mostSends bounds the requests that go into making a failure smaller.
const mostSends = 10

// names says whether an answer names what a case tries.
func names(a *answer, f cases.Fault) bool {
	name := f.Name
	if i := strings.LastIndexByte(f.Pointer, '/'); i >= 0 {
		name = schema.UnescapeToken(f.Pointer[i+1:])
	}
	return len(name) > 2 && strings.Contains(string(a.Exchange.ResponseBody), name)
}

// gist is the beginning of a refusal's content.
func gist(a *answer) string {
	if len(a.Exchange.ResponseBody) == 0 {
		return ""
	}
	text := strings.Join(strings.Fields(string(a.Exchange.ResponseBody)), " ")
	return ": " + cut(strings.ToValidUTF8(text, "?"), 140)
}

// placeName names the place of a fault, free of what changes from run to run.
func placeName(f cases.Fault) string {
	tokens := strings.Split(f.Pointer, "/")
	for i, token := range tokens {
		if token != "" && strings.Trim(token, "0123456789") == "" {
			tokens[i] = "*"
		}
	}
	return strings.TrimSpace(strings.Join(slices.DeleteFunc([]string{f.In, f.Name, strings.Join(tokens, "/")}, func(s string) bool { return s == "" }), " "))
}

// keyOf tells findings at one place apart.
func keyOf(c cases.Case) string {
	if c.Fault.Keyword == "" {
		return c.Name
	}
	return c.Fault.Keyword + " " + c.Name
}

// minimal judges the base case itself (POS-002). Where it is refused, one of the fuller cases being accepted shows that
// the deployment asks for more than the contract does.
func (t *trial) minimal(b *base) {
	o := t.operation()
	switch {
	case b.answer == nil || b.answer.status == 0:
		t.skip("%s", b.why)
		return
	case b.ok:
		t.judged++
		t.covers(&b.call.Case)
		t.showBase(b)
		return
	case !b.refuse:
		t.skip("%s", b.why)
		return
	}
	t.judged++
	t.showBase(b)
	var better string
	for _, one := range t.maker(0).of(o).positive {
		if one.Check == "POS-002" {
			continue
		}
		if _, a, why := t.try(one, true); why == "" && a.ok() {
			better = one.Check + " " + one.Name
			break
		}
		if t.halted != nil {
			return
		}
	}
	t.mark()
	_, a, why := t.try(b.call.Case, true)
	if why != "" || fateOf(a.status) != refused {
		a = b.answer
	}
	f := check.Finding{
		Message: fmt.Sprintf("%s refused a request that has all that is required with %s.", label(o), statusText(a.status)),
		Want:    "success", Got: statusText(a.status) + gist(a), Where: "request", Keyword: "minimal", Exchange: a.Number,
	}
	if better != "" {
		f.Message += " It accepted a request with more in it (" + better + ")."
	} else {
		f.Level, f.Certainty = check.Warning, check.Likely
		f.Message += " No other valid request was accepted either: what is made up may not mean anything to the deployment."
	}
	t.find(f)
}

// showBase lets the test show the exchange of the base case, which another test may have sent.
func (t *trial) showBase(b *base) {
	if !slices.Contains(t.test.Exchanges, b.answer.Number) {
		t.test.Exchanges = append(t.test.Exchanges, b.answer.Number)
	}
	if b.shared != t {
		t.test.Cases += b.tries
	}
}

// covers takes note of the branches that an accepted case took.
func (t *trial) covers(c *cases.Case) {
	if !t.options.Branches {
		return
	}
	ids := t.maker(0).Covers(*c)
	for i := range ids {
		ids[i] = branchID(c.Operation, ids[i])
	}
	t.deployment.Cover(nil, ids)
}
