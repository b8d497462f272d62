package conformance

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/contracts/inference"
)

// location is HDR-003: what Location names after a creation is an operation of the document, and is there.
func (t *trial) location() {
	o := t.operation()
	if !t.ready() {
		return
	}
	t.mark()
	made, a, _ := t.createOne(nil)
	if a == nil {
		return
	}
	if made != nil {
		defer t.remove(made)
	}
	address := a.header("Location")
	if a.status != http.StatusCreated && a.status != http.StatusAccepted || address == "" {
		t.skip("the answer has no Location")
		return
	}
	from, err := url.Parse(a.Exchange.URL)
	if err == nil {
		_, err = from.Parse(address)
	}
	f := check.Finding{Want: "the URL of a documented operation", Got: address, Where: "response header Location", Keyword: "location", Exchange: a.Number}
	if err != nil {
		t.judged++
		f.Message, f.Keyword = fmt.Sprintf("%s sent a Location that is no URL.", label(o)), "location syntax"
		t.find(f)
		return
	}
	if target, ok := t.relative(from, address); !ok || !strings.HasPrefix(target, t.deployment.URL.EscapedPath()) {
		t.skip("Location leads to another host or base path, which is not followed")
		return
	}
	t.judged++
	read, values := t.follow(a, address)
	if read == nil {
		f.Message = fmt.Sprintf("%s sent a Location that leads to no operation of the document.", label(o))
		t.find(f)
		return
	}
	one, ok := t.plain(read)
	if !ok || a.status == http.StatusAccepted {
		return
	}
	for i, name := range templateNames(read) {
		if text, err := url.PathUnescape(values[i]); err == nil {
			one.Arguments.Set("path", name, text)
		}
	}
	r := t.send(call{Case: one, actor: t.caller(read), quiet: true, intent: check.Valid, purpose: "HDR-003: follows Location", unspoken: true})
	if made != nil && fateOf(r.status) == missing && t.read(made).ok() {
		f.Message, f.Got, f.Keyword = fmt.Sprintf("%s sent a Location behind which there is nothing.", label(o)), address+": "+statusText(r.status), "location missing"
		t.find(f)
	}
}

// hasLinks says whether an operation's good answers have links that this run can follow.
func hasLinks(o *contracts.Operation) bool {
	return slices.ContainsFunc(o.Responses, func(r *contracts.Response) bool {
		return r.Code/100 == 2 && slices.ContainsFunc(r.Links, func(l *contracts.Link) bool { return l.Operation != nil })
	})
}

// links is RES-008: a link, filled in from the answer, is a request that the linked operation accepts.
func (t *trial) links() {
	o := t.operation()
	if t.unsafe() != "" && writes(o) {
		t.skip("%s", t.unsafe())
		return
	}
	if !t.ready() {
		return
	}
	t.mark()
	var a *answer
	var arguments contracts.Arguments
	if b := t.model.Binding(o); b.Role == inference.Create && b.Collection != nil {
		made, created, _ := t.createOne(nil)
		if made == nil {
			return
		}
		defer t.remove(made)
		a, arguments = created, made.recipe.Arguments
	} else {
		c, tried, why := t.try(t.base(o).call.Case, true)
		if why != "" {
			t.skip("%s", why)
			return
		}
		a, arguments = tried, c.Arguments
	}
	r := o.Response(a.status)
	if !a.ok() || r == nil {
		t.skip("%s", fateOf(a.status).explain(o, a.status))
		return
	}
	for _, l := range r.Links {
		if l.Operation != nil && !(writes(l.Operation) && t.unsafe() != "") {
			t.link(l, a, arguments)
		}
	}
	t.skip("the answer has no value for the links")
}

func (t *trial) link(l *contracts.Link, a *answer, arguments contracts.Arguments) {
	if writes(l.Operation) {
		t.skip("links to operations that write are not followed")
		return
	}
	one, ok := t.plain(l.Operation)
	if !ok {
		return
	}
	given := map[string]bool{}
	path := map[string]string{}
	for _, name := range templateNames(t.operation()) {
		path[name] = arguments.String("path", name)
	}
	for name, text := range l.Parameters {
		e, err := contracts.ParseExpression(text)
		if err != nil {
			return
		}
		v, err := e.Evaluate(a.Exchange, path)
		if err != nil {
			return // the answer does not have it; its schema says whether it should
		}
		in, short, qualified := strings.Cut(name, ".")
		if !qualified || !one.Arguments.Set(in, short, v) {
			in, short = "", name
			for _, place := range []string{"path", "query", "header", "cookie"} {
				if one.Arguments.Set(place, name, v) {
					in = place
					break
				}
			}
		}
		given[in+"."+short] = true
	}
	for _, name := range templateNames(l.Operation) {
		if !given["path."+name] {
			t.skip("the link %s does not say which %s is meant", l.Name, name)
			return
		}
	}
	r := t.send(call{Case: one, actor: t.caller(l.Operation), quiet: true, intent: check.Valid, purpose: "RES-008: follows the link " + l.Name, unspoken: true})
	switch f := fateOf(r.status); f {
	case accepted:
		t.judged++
	case missing, refused:
		t.judged++
		t.find(check.Finding{
			Message: fmt.Sprintf("The link %s of %s leads to %s, which answered %s.", l.Name, label(t.operation()), label(l.Operation), statusText(r.status)),
			Want:    "success", Got: statusText(r.status), Where: "link " + l.Name, At: check.PlaceOf(l.At), Keyword: "link", Exchange: r.Number,
		})
	default:
		t.skip("%s", f.explain(l.Operation, r.status))
	}
}

// sameKey is RES-009: the same key with the same request gives the same answer and nothing more; with another request it is
// refused.
func (t *trial) sameKey() {
	o := t.operation()
	if !t.ready() {
		return
	}
	header, _ := t.contract.IdempotencyKey(o)
	b := t.model.Binding(o)
	key := fmt.Sprintf("understudy-%016x", t.deployment.Run().Seed()+uint64(t.planned.rank))
	var one, two *answer
	var c call
	t.mark()
	for attempt := range uint64(3) {
		plain, ok := t.maker(attempt).named(o, "POS-002", t.base(o).call.Name)
		if !ok {
			return
		}
		plain = plain.Clone()
		plain.Arguments.Unset("header", header)
		items, why := t.place(&plain, t.needOf(o))
		if why != "" {
			t.skip("%s", why)
			return
		}
		c = call{
			Case: plain, actor: t.caller(o), items: items, header: http.Header{header: {fmt.Sprint(key, "-", attempt)}}, intent: check.Valid, quiet: true,
			purpose: "RES-009: with a key", wants: []string{"$statusCode < 300"},
		}
		if one = t.send(c); fateOf(one.status) != taken {
			break
		}
	}
	if !one.ok() {
		t.skip("%s", fateOf(one.status).explain(o, one.status))
		return
	}
	c.purpose, c.unspoken = "RES-009: the same again", true
	two = t.send(c)
	defer t.discardAll(b, &c, one, two)
	f := check.Finding{Where: "response", Keyword: "repeat", Want: "the same answer", Exchange: two.Number}
	t.judged++
	switch {
	case two.status == 0 || fateOf(two.status) == limited:
		t.judged--
		t.skip("the repeat was answered with %s", statusText(two.status))
		return
	case two.status != one.status:
		f.Message, f.Got = fmt.Sprintf("%s answered a repeat with the same %s with %s, the first with %s.", label(o), header, statusText(two.status), statusText(one.status)), statusText(two.status)
		if fateOf(two.status) == taken {
			f.Level, f.Certainty = check.Warning, check.Likely // it may be how the deployment tells of a repeat
		}
		t.find(f)
		return
	case !same(steady(one.content()), steady(two.content())):
		f.Message, f.Got = fmt.Sprintf("%s answered a repeat with the same %s with other content: it was carried out again.", label(o), header), gist(two)
		t.find(f)
		return
	}
	t.otherRequest(c, header)
}

// otherRequest sends another request with a key that was used.
func (t *trial) otherRequest(c call, header string) {
	other, ok := t.maker(7).named(c.Operation, c.Check, c.Name)
	if !ok || other.Body == nil {
		return
	}
	other = other.Clone()
	other.Arguments.Unset("header", header)
	if c.Body == nil || same(other.Body.Value, c.Body.Value) {
		return
	}
	for _, it := range c.items {
		t.put(&other, it)
	}
	c.Case, c.purpose, c.intent = other, "RES-009: another request with the same key", check.Other
	a := t.send(c)
	if a.ok() {
		t.discard(a, &c.Case)
		t.find(check.Finding{
			Message: fmt.Sprintf("%s accepted another request with a %s that was used before.", label(c.Operation), header),
			Want:    "a refusal with 4xx", Got: statusText(a.status), Where: "request header " + header, Keyword: "other request", Exchange: a.Number,
			Level: check.Warning,
		})
	}
}

func (t *trial) discardAll(b *inference.Binding, c *call, answers ...*answer) {
	if b.Collection == nil {
		return
	}
	seen := ""
	for _, a := range answers {
		if made := t.createdBy(b, c, a); made != nil && strings.Join(made.ids, "/") != seen {
			seen = strings.Join(made.ids, "/")
			t.discard(a, &c.Case)
		}
	}
}

func (t *trial) createdBy(b *inference.Binding, c *call, a *answer) *item {
	if !a.ok() || b.Role != inference.Create {
		return nil
	}
	return t.created(b, a, &c.Case)
}
