package conformance

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/cases"
	"understudy/contracts/check"
	"understudy/contracts/inference"
	"understudy/contracts/schema"
)

// A base is how an operation answered the valid request that asks for least. What is wrong with another request is told by
// the difference to it.
type base struct {
	call   call
	answer *answer
	ok     bool
	tries  int
	why    string // it was not accepted
	refuse bool   // it was refused for what it says, so that POS-002 tells of it
	there  bool   // it was answered by the operation itself, if not with success: the pair of name and password is unknown, the thing is not there
	shared *trial // the trial that sent it
}

// A fate is what a status says of a request that keeps the contract.
type fate int

const (
	lost     fate = iota // there was no answer
	accepted             // 1xx that ends the exchange, 2xx, 3xx
	refused              // for what it says
	barred               // for who sends it
	missing              // what it names is not there
	taken                // it does not go with what is there
	limited              // later, perhaps
	failed               // the server's own fault
)

// fateOf reads a status.
func fateOf(status int) fate {
	switch {
	case status == 0:
		return lost
	case status < 400:
		return accepted
	case status >= 500:
		return failed
	}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusPaymentRequired, http.StatusProxyAuthRequired, 419:
		return barred
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone:
		return missing
	case http.StatusConflict, http.StatusPreconditionFailed, http.StatusLocked, http.StatusFailedDependency, http.StatusPreconditionRequired, http.StatusRequestTimeout, http.StatusTooEarly:
		return taken
	case http.StatusTooManyRequests:
		return limited
	}
	return refused
}

// explain says what a fate other than accepted means for a trial.
func (f fate) explain(o *contracts.Operation, status int) string {
	switch f {
	case lost:
		return "there was no answer"
	case barred:
		return fmt.Sprintf("credentials: %s answered %s to a valid request; --credentials gives others", label(o), statusText(status))
	case missing:
		return fmt.Sprintf("%s answered %s: what the request names is not there", label(o), statusText(status))
	case taken:
		return fmt.Sprintf("%s answered %s: the request does not go with the state of what is there", label(o), statusText(status))
	case limited:
		return fmt.Sprintf("%s answered %s for longer than is waited", label(o), statusText(status))
	case failed:
		return fmt.Sprintf("%s answered %s, which STS-002 tells of", label(o), statusText(status))
	}
	return fmt.Sprintf("%s refused the valid request that asks for least with %s, which POS-002 tells of", label(o), statusText(status))
}

// needOf says what an operation does to the item that it names.
func (l *lane) needOf(o *contracts.Operation) need {
	switch l.model.Binding(o).Role {
	case inference.Delete, inference.Action:
		return freshItem
	case inference.Update, inference.Replace, inference.Upload:
		return ownItem
	}
	return anyItem
}

// base tries the operation's valid request that asks for least, once in a run.
func (t *trial) base(o *contracts.Operation) *base {
	if b := t.bases[o]; b != nil {
		return b
	}
	b := &base{shared: t}
	one, ok := t.plain(o)
	if !ok {
		b.why = "no valid request can be made up"
		if err := t.maker(0).of(o).err; err != nil {
			b.why = err.Error()
		}
		t.bases[o] = b
		return b
	}
	for attempt := range uint64(3) {
		if attempt > 0 {
			if other, ok := t.maker(attempt).named(o, one.Check, one.Name); ok {
				one = other.Clone()
			}
		}
		var why string
		b.call, b.answer, why = t.try(one, false)
		b.tries++
		if why != "" {
			b.why = why
			break
		}
		f := fateOf(b.answer.status)
		b.ok, b.refuse = f == accepted, f == refused
		b.there = f == accepted || f == taken || f == barred && o.Anonymous || f == missing && b.answer.status != http.StatusMethodNotAllowed && o.Response(b.answer.status) != nil
		if b.why = ""; !b.ok {
			b.why = f.explain(o, b.answer.status)
		}
		if f != refused && f != taken {
			break
		}
	}
	if t.halted == nil {
		t.bases[o] = b
	}
	return b
}

// try sends a valid case with the items that it needs, and removes what it made. why says why it was not sent.
func (t *trial) try(one cases.Case, quiet bool) (call, *answer, string) {
	c, a, items, why := t.tryOnce(one, quiet)
	if why == "" && fateOf(a.status) == missing && t.vanished(items) {
		c, a, _, why = t.tryOnce(one, quiet)
	}
	return c, a, why
}

func (t *trial) tryOnce(one cases.Case, quiet bool) (call, *answer, []*item, string) {
	if t.model.Binding(one.Operation).Role == inference.Clear && !t.deployment.Disruptive() {
		return call{}, nothing(), nil, "it would empty the whole collection: --disruptive allows it"
	}
	one = one.Clone()
	items, why := t.place(&one, t.needOf(one.Operation))
	if why != "" {
		return call{}, nothing(), nil, why
	}
	c := call{
		Case: one, actor: t.caller(one.Operation), items: items, quiet: quiet, intent: t.meant(&one),
		purpose: cmp.Or(one.Check+": "+one.Name, t.planned.check), wants: []string{"$statusCode < 400"},
	}
	a := t.send(c)
	t.settleItems(&c, a)
	return c, a, items, ""
}

// vanished says whether an item that was made here is no longer there, although nobody has asked for that; another one is
// then taken. It is believed once for each item.
func (t *trial) vanished(items []*item) bool {
	for _, it := range items {
		if it.recipe == nil || it.gone {
			continue
		}
		if a := t.read(it); a != nil && (a.status == http.StatusNotFound || a.status == http.StatusGone) {
			it.gone = true
			return true
		}
	}
	return false
}

// renamed follows an item whose id was changed by an accepted request.
func (t *trial) renamed(c *call) {
	b := t.model.Binding(c.Operation)
	if b.Role != inference.Update && b.Role != inference.Replace || c.Body == nil || b.Collection == nil || len(c.items) != 1 {
		return
	}
	sent, _ := schema.At(c.Body.Value, b.Input)
	v, there := member(sent, b.Collection.ID.Property)
	it := c.items[0]
	if id := idText(v); there && id != "" && len(it.ids) > 0 && id != it.ids[len(it.ids)-1] && it.recipe != nil {
		other := *it
		other.ids = append(slices.Clone(it.ids[:len(it.ids)-1]), id)
		t.made = append(t.made, &other) // to be removed in the end, if it is there now
		it.gone = true
	}
}

// meant is what a valid case is to the passive checks: where its path names something that was made up, and not given out
// by the deployment, nobody knows whether it is there.
func (t *trial) meant(c *cases.Case) check.Intent {
	b := t.model.Binding(c.Operation)
	if c.Certainty == cases.Likely {
		return check.Other
	}
	for i, p := range c.Operation.Parameters {
		if _, there := c.Arguments.At(i); there && p.In == "query" && namesThing(p.Name) && len(p.Examples) == 0 && !slices.Contains(b.ItemParams, p.Name) {
			return check.Other
		}
		if p.In != "path" || slices.Contains(b.ItemParams, p.Name) {
			continue
		}
		if i := slices.Index(b.ScopeParams, p.Name); i >= 0 && i < len(b.Collection.Scope) && b.Collection.Scope[i].Collection != nil {
			continue
		}
		if s := p.Schema; len(p.Examples) == 0 && (s == nil || len(s.Resolve().Enum) == 0 && !s.Resolve().HasConst && len(s.Resolve().Examples) == 0) {
			return check.Other
		}
	}
	return check.Valid
}

// namesThing says that a parameter is one by which things are named.
func namesThing(name string) bool {
	lower := strings.ToLower(name)
	return lower == "id" || lower == "ids" || strings.HasSuffix(lower, "_id") || strings.HasSuffix(lower, "_ids") || strings.HasSuffix(name, "Id") || strings.HasSuffix(name, "Ids")
}

// settleItems takes note of what an answered request did to the items that it named.
func (t *trial) settleItems(c *call, a *answer) {
	if !a.ok() || !writes(c.Operation) {
		return
	}
	t.renamed(c)
	switch t.model.Binding(c.Operation).Role {
	case inference.Delete, inference.Action:
		for _, it := range c.items {
			if t.model.Binding(c.Operation).Role == inference.Delete {
				it.gone = true
			} else {
				t.remove(it)
			}
		}
	case inference.Clear:
		for _, s := range t.stocks {
			if s.pig != nil && s.pig.collection == t.model.Binding(c.Operation).Collection {
				s.pig.gone = true
			}
			s.looked, s.listed = false, nil
		}
	default:
		t.discard(a, &c.Case)
	}
}
