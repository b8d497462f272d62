package conformance

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"understudy/contracts"
	"understudy/contracts/cases"
	"understudy/contracts/inference"
	"understudy/scenarios"
)

// make creates an item. Where the request that asks for least is refused, the documented examples and the one with
// everything are tried; where a value is taken, other values.
func (t *trial) make(c *inference.Collection) (*item, string) {
	b := t.bindingFor(c, inference.Create, inference.Upload)
	if b == nil {
		return nil, "no operation makes one"
	}
	if t.deployment.Careful() {
		return nil, scenarios.ErrSafe.Error()
	}
	s := t.stock(c)
	if s.making {
		return nil, "making one needs one"
	}
	s.making = true
	defer func() { s.making = false }()
	why := "no request can be made up"
	for range 4 {
		taken := false
		s.count++
		for _, one := range t.recipes(b.Operation, s.recipe, s.count) {
			made, status := t.makeBy(b, one)
			switch {
			case made != nil && made.lost():
				return nil, label(b.Operation) + " does not say where it put what it made"
			case made != nil:
				s.recipe = one.Check + " " + one.Name
				t.verify(s, made)
				return made, ""
			case t.halted != nil:
				return nil, whyHalted(t.halted)
			case status == http.StatusConflict:
				taken = true
			}
			why = fmt.Sprintf("%s answered %s", label(b.Operation), statusText(status))
			if status/100 == 2 {
				return nil, why + " and does not say what it made"
			}
		}
		if !taken {
			break
		}
	}
	return nil, why
}

// recipes are the cases by which an item may be made.
func (t *trial) recipes(o *contracts.Operation, known string, n uint64) []cases.Case {
	var list []cases.Case
	for _, check := range []string{"POS-002", "POS-001", "POS-003"} {
		for _, c := range t.itemMaker(n).of(o).positive {
			if c.Check == check && (known == "" || known == c.Check+" "+c.Name) {
				list = append(list, c)
			}
		}
	}
	return list[:min(len(list), 4)]
}

func (t *trial) makeBy(b *inference.Binding, one cases.Case) (*item, int) {
	one = one.Clone()
	parents, why := t.place(&one, anyItem)
	if why != "" {
		return nil, 0
	}
	c := call{Case: one, actor: t.caller(b.Operation), items: parents, quiet: true, purpose: "an item to work on"}
	a := t.send(c)
	if !a.ok() {
		return nil, a.status
	}
	made := t.created(b, a, &one)
	if made == nil {
		return nil, a.status
	}
	t.register(made, &c, b, a)
	return made, a.status
}

// verify looks once whether what is made is there.
func (t *trial) verify(s *stock, made *item) {
	if s.verified {
		return
	}
	s.verified = true
	if a := t.read(made); a != nil && (a.status == http.StatusNotFound || a.status == http.StatusGone) {
		s.unread = true
	}
}

// remove deletes an item that was made here, as far as that can be.
func (t *trial) remove(it *item) {
	if it.gone || it.recipe == nil {
		return
	}
	if it.gone = true; it.lost() {
		return
	}
	b := t.bindingFor(it.collection, inference.Delete)
	if b == nil {
		return
	}
	c, ok := t.plain(b.Operation)
	if !ok {
		return
	}
	t.put(&c, it)
	t.send(call{Case: c, actor: t.caller(b.Operation), items: []*item{it}, quiet: true, purpose: "to clean up"})
}

// discard removes what an accepted request of a creating operation has made.
func (t *trial) discard(a *answer, c *cases.Case) {
	b := t.model.Binding(c.Operation)
	if b.Collection == nil || b.Role != inference.Create && b.Role != inference.Upload || !a.ok() {
		return
	}
	made := t.created(b, a, c)
	if made == nil {
		return
	}
	t.register(made, &call{Case: *c}, b, a)
	t.remove(made)
}

// clean removes what the lane made, the last first. It is no failure when that cannot be done.
func (l *lane) clean(ctx context.Context) {
	if len(l.made) == 0 {
		return
	}
	t := &trial{lane: l, planned: &planned{check: "clean"}, ctx: ctx, test: &scenarios.Test{}}
	for _, it := range slices.Backward(l.made) {
		t.remove(it)
	}
}
