package conformance

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/check"
)

// planMethods lists the tests of an operation's path and method.
func (j *judge) planMethods(o *contracts.Operation, firstOfPath bool) []*planned {
	var list []*planned
	if firstOfPath {
		list = append(list, on("MTH-001", o, (*trial).undeclaredMethod))
	}
	if o.Method == http.MethodGet && !j.declares(o.Path, http.MethodHead) {
		list = append(list, on("MTH-004", o, (*trial).head))
	}
	return list
}

// declares says whether the contract has an operation.
func (j *judge) declares(path, method string) bool {
	return slices.ContainsFunc(j.contract.Operations, func(o *contracts.Operation) bool { return o.Path == path && o.Method == method })
}

// undeclaredMethod asks for a method that the path does not have (MTH-001): one that changes nothing where all is well, and
// as little as possible where it is not.
func (t *trial) undeclaredMethod() {
	o := t.operation()
	b := t.base(o)
	if !b.ok && (!b.there || fateOf(b.answer.status) == missing) {
		t.skip("whether the path is there cannot be told: %s", b.why)
		return
	}
	for _, method := range []string{http.MethodPatch, http.MethodPut, http.MethodPost, http.MethodGet} {
		if t.declares(o.Path, method) || t.deployment.Careful() && method != http.MethodGet {
			continue
		}
		one, ok := t.plain(o)
		if !ok {
			return
		}
		items, why := t.place(&one, anyItem)
		if why != "" {
			t.skip("%s", why)
			return
		}
		one.Body = nil
		t.mark()
		a := t.send(call{Case: one, method: method, items: items, intent: check.Other, purpose: "MTH-001: " + method + " is not declared", unspoken: true, dress: t.dressing(o)})
		f := check.Finding{
			Where: "status", Keyword: "undeclared method", Want: "405 Method Not Allowed", Got: statusText(a.status), Method: method, Exchange: a.Number,
		}
		switch {
		case a.status == 0:
			return
		case a.status == http.StatusMethodNotAllowed, a.status == http.StatusNotImplemented, fateOf(a.status) == barred, fateOf(a.status) == limited:
			t.judged++
			return
		case a.ok():
			f.Message = fmt.Sprintf("%s %s is not in the document and was answered with %s.", method, o.Path, statusText(a.status))
		case a.status == http.StatusNotFound && strings.Contains(o.Path, "{"):
			t.judged++ // the item may have gone meanwhile
			return
		default:
			f.Certainty = check.Likely
			f.Message = fmt.Sprintf("%s %s is not in the document and was answered with %s rather than 405.", method, o.Path, statusText(a.status))
		}
		t.judged++
		t.find(f)
		return
	}
	t.skip("every method that may be tried is declared")
}

// head compares HEAD with GET (MTH-004).
func (t *trial) head() {
	o := t.operation()
	b := t.base(o)
	if !b.ok {
		t.skip("there is no answer to GET to compare with: %s", b.why)
		return
	}
	one := b.call.Case.Clone()
	items, why := t.place(&one, anyItem)
	if why != "" {
		t.skip("%s", why)
		return
	}
	get := t.send(call{Case: one, actor: t.caller(o), items: items, quiet: true, purpose: "MTH-004: GET to compare with"})
	t.mark()
	a := t.send(call{Case: one, method: http.MethodHead, actor: t.caller(o), items: items, quiet: true, purpose: "MTH-004: HEAD", unspoken: true})
	if a.status == 0 || fateOf(a.status) == limited || get.status != b.answer.status {
		t.skip("GET and HEAD could not be compared")
		return
	}
	t.judged++
	f := check.Finding{Where: "status", Method: http.MethodHead, Want: statusText(get.status), Got: statusText(a.status), Exchange: a.Number, Keyword: "status"}
	typeOf := func(a *answer) string {
		name, _, _ := strings.Cut(a.header("Content-Type"), ";")
		return strings.TrimSpace(name)
	}
	switch {
	case a.status == http.StatusMethodNotAllowed || a.status == http.StatusNotImplemented:
		f.Level = check.Note
		f.Message = fmt.Sprintf("HEAD %s is refused with %s, although servers support it wherever there is GET (RFC 9110, 9.1).", o.Path, statusText(a.status))
	case a.status != get.status:
		f.Message = fmt.Sprintf("HEAD %s was answered with %s, GET with %s.", o.Path, statusText(a.status), statusText(get.status))
	case typeOf(a) != "" && typeOf(get) != typeOf(a):
		f.Where, f.Keyword, f.Want, f.Got = "response header Content-Type", "type", typeOf(get), typeOf(a)
		f.Message = fmt.Sprintf("HEAD %s names the type %s, GET %s.", o.Path, typeOf(a), typeOf(get))
	default:
		return
	}
	t.find(f)
}

// unknownPath asks for a path that nobody has declared (MTH-005).
func (t *trial) unknownPath() {
	a := t.send(call{path: "/understudy-asks-for-a-path-that-is-not-there", dress: t.dressing(nil), intent: check.Other, purpose: "MTH-005: an unknown path", unspoken: true})
	switch {
	case a.status == 0:
	case a.ok(), a.status >= 500:
		t.judged++
		t.find(check.Finding{
			Message: "A path that is not in the document was answered with " + statusText(a.status) + ".", Want: "404 Not Found", Got: statusText(a.status), Where: "status",
			Method: http.MethodGet, Keyword: "unknown path",
		})
	default:
		t.judged++
	}
}

// dressing gives what puts the usual caller's credential for an operation on a request that is none of that operation's; of
// the first one that takes a credential, where none is given.
func (t *trial) dressing(o *contracts.Operation) func(*http.Request) {
	for _, other := range t.contract.Operations {
		if o != nil && other != o {
			continue
		}
		if a := t.caller(other); a != nil {
			return func(r *http.Request) { a.Dress(r, other) }
		}
	}
	return nil
}

// trace asks for the request to be sent back (MTH-006).
func (t *trial) trace() {
	const mark = "understudy-trace-mark"
	a := t.send(call{
		path: "/", method: http.MethodTrace, header: http.Header{"X-Understudy-Trace": {mark}}, intent: check.Other, quiet: true,
		purpose: "MTH-006: TRACE", unspoken: true,
	})
	if a.status == 0 {
		return
	}
	t.judged++
	if !a.ok() || !strings.Contains(a.header("Content-Type"), "message/http") && !bytes.Contains(a.Exchange.ResponseBody, []byte(mark)) {
		return
	}
	t.find(check.Finding{
		Message: "TRACE is answered with the request, whatever a proxy has added to it included.", Want: "405 Method Not Allowed", Got: statusText(a.status), Where: "status",
		Method: http.MethodTrace, Keyword: "trace",
	})
}
