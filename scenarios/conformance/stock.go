package conformance

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/cases"
	"understudy/contracts/inference"
	"understudy/contracts/schema"
)

// A stock is what a lane knows of the items of a collection.
type stock struct {
	pig      *item   // made for trying things out; nil: none yet
	listed   []*item // that were there before
	looked   bool    // for listed
	recipe   string  // name of the case by which items can be made
	failed   string  // why none can be made; empty: they can, or nobody has tried
	unread   bool    // what was made could not be read again, so that it is no good for anything else
	verified bool    // what was made was looked for once
	count    uint64  // how many were tried to be made
	making   bool    // an item is being made: making it must not need one
}

// A need is what an item is wanted for.
type need int

const (
	anyItem   need = iota // to be read
	ownItem               // to be changed: one that was made here, where that can be
	freshItem             // to be used up
)

func (l *lane) stock(c *inference.Collection) *stock {
	s := l.stocks[c]
	if s == nil {
		s = &stock{}
		l.stocks[c] = s
	}
	return s
}

// item gives an item of a collection, or why there is none.
func (t *trial) item(c *inference.Collection, n need) (*item, string) {
	if c == nil {
		return nil, "the contract does not tell what the operation works on"
	}
	if c.Singleton {
		scope, parents, why := t.scopeOf(c, anyItem)
		return &item{collection: c, scope: scope, parents: parents}, why
	}
	s := t.stock(c)
	if n != freshItem && s.pig != nil && !s.pig.gone {
		return s.pig, ""
	}
	if s.failed == "" && !s.unread {
		made, why := t.make(c)
		if made != nil && !s.unread {
			if n != freshItem {
				s.pig = made
			}
			return made, ""
		}
		if t.halted != nil {
			return nil, whyHalted(t.halted)
		}
		if !s.unread {
			s.failed = why
		}
	}
	t.look(c)
	s.listed = slices.DeleteFunc(s.listed, func(i *item) bool { return i.gone })
	switch {
	case len(s.listed) == 0:
		return nil, fmt.Sprintf("there is no item of %s, and none can be made: %s", c.Path, orElse(s.failed, "what is made cannot be read"))
	case n == freshItem && (!t.deployment.Disruptive() || t.manages(c)):
		return nil, fmt.Sprintf("it would use up an item of %s that was there before: --disruptive allows it", c.Path)
	case n == freshItem:
		return s.listed[len(s.listed)-1], ""
	}
	return s.listed[0], ""
}

// manages says that items of a collection are credentials or endpoints, on which the run itself may depend.
func (j *judge) manages(c *inference.Collection) bool {
	return slices.ContainsFunc(c.Bindings, func(b *inference.Binding) bool {
		return b.Operation.Behaviour.Keys != "" || b.Operation.Behaviour.Session != "" || b.Operation.Behaviour.Webhook != ""
	})
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// scopeOf gives the values of the parameters before a collection's own, and the items that they name.
func (t *trial) scopeOf(c *inference.Collection, n need) (scope []string, parents []*item, why string) {
	for i, s := range c.Scope {
		if s.Collection == nil || s.Collection == c {
			scope = append(scope, "") // nobody knows: the case's own value stands
			continue
		}
		var parent *item
		if len(parents) > 0 && parents[len(parents)-1].collection == s.Collection {
			parent = parents[len(parents)-1]
		} else if parent, why = t.item(s.Collection, n); why != "" {
			return nil, nil, why
		} else {
			parents = append(parents, parent)
		}
		scope = append(scope, parent.named(s.Name, c.Scope[:i]))
	}
	return scope, parents, ""
}

// named gives the id of an item that a parameter of a path below it stands for: by its name, else by its turn.
func (i *item) named(name string, before []inference.ScopeParameter) string {
	if k := slices.Index(i.collection.ID.Params, name); k >= 0 && k < len(i.ids) {
		return i.ids[k]
	}
	turn := 0
	for _, s := range before {
		if s.Collection == i.collection {
			turn++
		}
	}
	if turn < len(i.ids) {
		return i.ids[turn]
	}
	return ""
}

// place puts the ids of items into a case's path, and into the query where that names the item. It gives the items, and
// why it could not be done.
func (t *trial) place(c *cases.Case, n need) (items []*item, why string) {
	b := t.model.Binding(c.Operation)
	if b.Collection == nil {
		return nil, ""
	}
	if !namesItem(b) && !t.namesInBody(c) {
		scope, parents, why := t.scopeOf(b.Collection, anyItem)
		if why == "" {
			t.setScope(c, b, scope)
		}
		return parents, why
	}
	it, why := t.item(b.Collection, n)
	if why != "" {
		return nil, why
	}
	t.put(c, it)
	return []*item{it}, ""
}

// namesItem says that an operation's path or query names an item of its collection.
func namesItem(b *inference.Binding) bool {
	return slices.ContainsFunc(b.ItemParams, func(name string) bool { return name != "" })
}

// put lets a case name an item.
func (t *trial) put(c *cases.Case, it *item) {
	b := t.model.Binding(c.Operation)
	t.setScope(c, b, it.scope)
	for i, name := range b.ItemParams {
		if name == "" || i >= len(it.ids) || c.Fault.Name == name && (c.Fault.In == "path" || c.Fault.In == "query") {
			continue
		}
		if !c.Arguments.Set("path", name, it.ids[i]) {
			c.Arguments.Set("query", name, it.ids[i])
		}
	}
	if t.namesInBody(c) && len(it.ids) > 0 {
		t.putInBody(c, it.ids[len(it.ids)-1])
	}
}

// namesInBody says that an operation names the item that it changes by a member of its request: PUT /pet.
func (j *judge) namesInBody(c *cases.Case) bool {
	b := j.model.Binding(c.Operation)
	if b.Role != inference.Update && b.Role != inference.Replace || len(b.ItemParams) == 0 || namesItem(b) || b.Collection.ID.Property == "" {
		return false
	}
	if c.Body == nil || c.Body.Raw != nil || c.Body.Media == nil || c.Body.Media.Schema == nil || b.InputArray {
		return false
	}
	at, ok := schema.At(c.Body.Value, b.Input)
	return ok && isMap(at) && property(c.Body.Media.Schema, b.Collection.ID.Property) != nil && b.Input == ""
}

// putInBody writes an id into the member that names the item, unless that is what is tried.
func (j *judge) putInBody(c *cases.Case, id string) {
	name := j.model.Binding(c.Operation).Collection.ID.Property
	pointer := "/" + schema.EscapeToken(name)
	if c.Fault.In == "body" && (c.Fault.Pointer == pointer || strings.HasPrefix(c.Fault.Pointer, pointer+"/")) {
		return
	}
	member := property(c.Body.Media.Schema, name)
	for _, v := range []any{json.Number(id), id} {
		if _, number := v.(json.Number); number && !json.Valid([]byte(id)) || !member.Valid(v, schema.Request) {
			continue
		}
		if body, ok := placed(c.Body.Value, pointer, v); ok {
			c.Body.Value = body
		}
		return
	}
}

func (t *trial) setScope(c *cases.Case, b *inference.Binding, scope []string) {
	for i, name := range b.ScopeParams {
		if name != "" && i < len(scope) && scope[i] != "" && (c.Fault.In != "path" || c.Fault.Name != name) {
			c.Arguments.Set("path", name, scope[i])
		}
	}
}

// read reads an item as its owner; nil where no operation does.
func (t *trial) read(it *item) *answer {
	b := t.bindingFor(it.collection, inference.Read)
	if b == nil || it.lost() {
		return nil
	}
	c, ok := t.plain(b.Operation)
	if !ok {
		return nil
	}
	t.put(&c, it)
	actor := it.actor
	if actor == nil || !actor.Can(b.Operation) {
		actor = t.caller(b.Operation)
	}
	return t.send(call{Case: c, actor: actor, items: []*item{it}, quiet: true, purpose: "how it is now"})
}

// shown gives what a read answered of an item; nil where it did not.
func (t *trial) shown(it *item, a *answer) any {
	if a == nil || !a.ok() {
		return nil
	}
	b := t.bindingFor(it.collection, inference.Read)
	for _, v := range itemsIn(b, a.content()) {
		return v
	}
	return nil
}

// plain is the request of an operation that asks for least.
func (j *judge) plain(o *contracts.Operation) (cases.Case, bool) {
	for _, c := range j.maker(0).of(o).positive {
		if c.Check == "POS-002" {
			return c.Clone(), true
		}
	}
	return cases.Case{}, false
}

// look lists the items that are there already, once.
func (t *trial) look(c *inference.Collection) {
	s := t.stock(c)
	if s.looked || t.halted != nil {
		return
	}
	s.looked = true
	b := t.bindingFor(c, inference.List)
	if b == nil {
		return
	}
	one, ok := t.plain(b.Operation)
	if !ok {
		return
	}
	parents, why := t.place(&one, anyItem)
	if why != "" {
		return
	}
	a := t.send(call{Case: one, actor: t.caller(b.Operation), items: parents, quiet: true, purpose: "what is there"})
	if !a.ok() {
		return
	}
	scope, _, _ := t.scopeOf(c, anyItem)
	for i, name := range b.ScopeParams {
		if i < len(scope) && scope[i] == "" && name != "" {
			scope[i] = one.Arguments.String("path", name)
		}
	}
	if slices.Contains(scope, "") {
		return
	}
	for _, v := range itemsIn(b, a.content()) {
		if ids := identify(c, v); ids != nil && len(s.listed) < 50 {
			s.listed = append(s.listed, &item{collection: c, ids: ids, scope: scope, parents: parents, value: v})
		}
	}
}
