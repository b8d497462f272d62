package conformance

import (
	"fmt"

	"understudy/contracts/cases"
	"understudy/contracts/check"
	"understudy/contracts/inference"
)

// noTrace is NEG-020: after a refused write everything is as it was.
func (t *trial) noTrace() {
	o := t.operation()
	b := t.model.Binding(o)
	if !t.ready() {
		return
	}
	tried := map[string]bool{}
	for _, one := range t.maker(0).invalid(o) {
		if one.Fault.In != "body" || one.Convention || tried[one.Check] || len(tried) >= 3 || t.halted != nil {
			continue
		}
		tried[one.Check] = true
		t.mark()
		if b.Role == inference.Create {
			t.traceInList(one)
		} else {
			t.traceInItem(one)
		}
	}
	t.skip("there is no invalid content to try")
}

func (t *trial) traceInList(one cases.Case) {
	c := t.model.Binding(t.operation()).Collection
	if _, why := t.item(c, anyItem); t.bindingFor(c, inference.List) == nil && why != "" {
		t.skip("%s", why)
		return
	}
	before, ok := t.everything(c)
	if !ok {
		t.skip("what is there cannot be listed as a whole")
		return
	}
	_, a, why := t.attempt(one, true)
	if why != "" || rule(one, a) != wasRefused {
		t.skip("no invalid request is refused: the NEG checks tell of that")
		return
	}
	after, ok := t.everything(c)
	if !ok {
		return
	}
	t.judged++
	left := without(after, before)
	if len(left) == 0 {
		return
	}
	if again, ok := t.everything(c); !ok || len(without(again, before)) == 0 {
		return
	}
	t.find(check.Finding{
		Message: fmt.Sprintf("%s refused a request with %s and made something all the same.", label(t.operation()), statusText(a.status)),
		Want:    "nothing new in the list", Got: fmt.Sprintf("%d new", len(left)), Where: "list afterwards", Keyword: "trace " + one.Check, Exchange: a.Number,
	})
}

func (t *trial) traceInItem(one cases.Case) {
	it := t.subject()
	if it == nil {
		return
	}
	before := t.shown(it, t.read(it))
	c := one.Clone()
	t.put(&c, it)
	a := t.send(call{Case: c, actor: t.caller(t.operation()), items: []*item{it}, quiet: true, purpose: "NEG-020: " + one.Name, wants: []string{"$statusCode >= 400 && $statusCode < 500"}})
	if before == nil || rule(one, a) != wasRefused {
		if a.ok() {
			t.remove(it)
		}
		t.skip("no invalid request is refused: the NEG checks tell of that")
		return
	}
	r := t.readFor(it, "NEG-020: how it is afterwards", "$statusCode == 200")
	after := t.shown(it, r)
	if after == nil {
		t.skip("how it is afterwards cannot be read")
		return
	}
	t.judged++
	if where, differ := difference(steady(before), steady(after)); differ {
		t.find(check.Finding{
			Message: fmt.Sprintf("%s refused a request with %s and changed something all the same, at %s.", label(t.operation()), statusText(a.status), where),
			Want:    "as before", Got: "something else", Where: "response body " + where + " of the read afterwards", Keyword: "trace " + one.Check, Exchange: r.Number,
		})
	}
}
