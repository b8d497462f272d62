package conformance

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/check"
)

// conditional says whether an operation declares that it honours validators.
func conditional(o *contracts.Operation) bool {
	for _, r := range o.Responses {
		if r.Code == http.StatusNotModified && o.Method == http.MethodGet || r.Code == http.StatusPreconditionFailed && writes(o) && o.Method != http.MethodPost {
			return true
		}
	}
	return slices.ContainsFunc(o.Parameters, func(p *contracts.Parameter) bool {
		return p.In == "header" && (strings.EqualFold(p.Name, "If-None-Match") && o.Method == http.MethodGet || strings.EqualFold(p.Name, "If-Match"))
	})
}

// validators is HDR-005.
func (t *trial) validators() {
	o := t.operation()
	if writes(o) {
		t.staleMatch()
		return
	}
	if !t.ready() {
		return
	}
	one, _ := t.plain(o)
	items, why := t.place(&one, anyItem)
	if why != "" {
		t.skip("%s", why)
		return
	}
	t.mark()
	c := call{Case: one, actor: t.caller(o), items: items, quiet: true, intent: check.Valid, purpose: "HDR-005: for its ETag", unspoken: true}
	a := t.send(c)
	tag := a.header("ETag")
	if !a.ok() || tag == "" {
		t.skip("the answer has no ETag")
		return
	}
	c.header, c.purpose = http.Header{"If-None-Match": {tag}}, "HDR-005: if it is another one"
	again := t.send(c)
	if !again.ok() || again.status == http.StatusOK && again.header("ETag") != tag {
		t.skip("it was changed meanwhile, or not answered")
		return
	}
	t.judged++
	if again.status != http.StatusNotModified {
		t.find(check.Finding{
			Message: fmt.Sprintf("%s sent an ETag, and answered a request with If-None-Match and that ETag with %s.", label(o), statusText(again.status)),
			Want:    "304 Not Modified", Got: statusText(again.status), Where: "status", Keyword: "if-none-match", Exchange: again.Number,
		})
	}
}

// staleMatch writes on the condition of a validator that nothing has.
func (t *trial) staleMatch() {
	it := t.subject()
	if it == nil {
		return
	}
	if !t.base(t.operation()).ok {
		t.skip("%s", t.base(t.operation()).why)
		return
	}
	if it.gone {
		if it = t.subject(); it == nil {
			return
		}
	}
	one, _ := t.plain(t.operation())
	t.put(&one, it)
	t.mark()
	a := t.send(call{
		Case: one, actor: t.caller(t.operation()), items: []*item{it}, header: http.Header{"If-Match": {`"understudy-never-sent-this"`}}, quiet: true, intent: check.Other,
		purpose: "HDR-005: if it is one that never was", unspoken: true,
	})
	switch {
	case a.ok():
		t.judged++
		t.find(check.Finding{
			Message: fmt.Sprintf("%s was carried out although If-Match names an ETag that the thing does not have.", label(t.operation())),
			Want:    "412 Precondition Failed", Got: statusText(a.status), Where: "status", Keyword: "if-match", Exchange: a.Number,
		})
	case a.status == http.StatusPreconditionFailed:
		t.judged++
	default:
		t.skip("%s", fateOf(a.status).explain(t.operation(), a.status))
	}
}
