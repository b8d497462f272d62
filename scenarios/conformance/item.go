package conformance

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/cases"
	"understudy/contracts/inference"
	"understudy/contracts/schema"
	"understudy/scenarios"
)

// An item is a thing of a collection that the deployment has, or had.
type item struct {
	collection *inference.Collection
	ids        []string // of the collection's own parameters (inference.ID.Params)
	scope      []string // of the parameters before them (Collection.Scope)
	value      any      // as it was last shown; nil: unknown
	parents    []*item  // that scope names

	recipe *call // that made it; nil: it was there before
	maker  *inference.Binding
	actor  *scenarios.Actor
	born   int // number of the exchange that made it
	gone   bool
}

// register completes an item that was just made: where it lies, and how it was made.
func (t *trial) register(it *item, c *call, b *inference.Binding, a *answer) {
	it.scope, it.parents, _ = t.scopeOf(b.Collection, anyItem)
	for i, name := range b.ScopeParams {
		switch {
		case i >= len(it.scope):
		case name == "": // the path does not say in what it was put
			v, _ := member(it.value, b.Collection.Scope[i].Property)
			it.scope[i] = idText(v)
		case it.scope[i] == "":
			it.scope[i] = c.Arguments.String("path", name)
		}
	}
	it.recipe, it.maker, it.actor, it.born = c, b, c.actor, a.Number
	t.made = append(t.made, it)
}

// lost says that the item cannot be named again: a parameter that lies before its own is not known.
func (it *item) lost() bool { return slices.Contains(it.scope, "") }

// member reads what a property names: a member, or a JSON Pointer.
func member(v any, property string) (any, bool) {
	if property == "" {
		return nil, false
	}
	if !strings.HasPrefix(property, "/") {
		property = "/" + schema.EscapeToken(property)
	}
	return schema.At(v, property)
}

// idText writes an id as it stands in a path.
func idText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// itemsIn reads the items that an answer shows.
func itemsIn(b *inference.Binding, content any) []any {
	if !b.Shows || content == nil {
		return nil
	}
	at, ok := schema.At(content, b.Item)
	if !ok {
		return nil
	}
	if list, ok := at.([]any); ok {
		return list
	}
	return []any{at}
}

// identify reads the ids of an item of a collection from how it is shown; nil where they are not there.
func identify(c *inference.Collection, shown any) []string {
	if len(c.ID.Params) == 0 || shown == nil {
		return nil
	}
	ids := make([]string, len(c.ID.Params))
	for i := range ids {
		property := c.ID.Property
		if i < len(ids)-1 {
			property = ""
			if i < len(c.ID.Others) {
				property = c.ID.Others[i]
			}
		}
		v, _ := member(shown, property)
		if ids[i] = idText(v); ids[i] == "" {
			return nil
		}
	}
	return ids
}

// created finds out which item a request made: by what the answer shows, by Location, or by what was sent.
func (l *lane) created(b *inference.Binding, a *answer, c *cases.Case) *item {
	made := &item{collection: b.Collection}
	for _, shown := range itemsIn(b, a.content()) {
		if made.ids = identify(b.Collection, shown); made.ids != nil {
			made.value = shown
			return made
		}
	}
	if made.ids = l.located(b.Collection, a); made.ids != nil {
		return made
	}
	if !b.Collection.ID.Server && c.Body != nil {
		sent, _ := schema.At(c.Body.Value, b.Input)
		if made.ids = identify(b.Collection, sent); made.ids != nil {
			return made
		}
	}
	return nil
}

// located reads ids from the path that Location names.
func (l *lane) located(c *inference.Collection, a *answer) []string {
	address := a.header("Location")
	if address == "" {
		return nil
	}
	o, values := l.follow(a, address)
	if o == nil || l.model.Binding(o).Collection != c {
		return nil
	}
	b := l.model.Binding(o)
	var ids []string
	names := templateNames(o)
	for _, name := range b.ItemParams {
		i := slices.Index(names, name)
		if i < 0 || i >= len(values) {
			return nil
		}
		text, err := url.PathUnescape(values[i])
		if err != nil || text == "" {
			return nil
		}
		ids = append(ids, text)
	}
	return ids
}

// follow finds the operation that reads what an address names, and the texts of its path's expressions.
func (l *lane) follow(a *answer, address string) (*contracts.Operation, []string) {
	from, err := url.Parse(a.Exchange.URL)
	if err != nil {
		return nil, nil
	}
	target, ok := l.relative(from, address)
	if !ok {
		return nil, nil
	}
	path, _, _ := strings.Cut(target, "?")
	rest, ok := strings.CutPrefix(path, l.deployment.URL.EscapedPath())
	for _, base := range append([]string{""}, l.contract.BasePaths()...) {
		if m := l.contract.Match("GET", base+rest); ok && m.Operation != nil {
			return m.Operation, m.Values
		}
	}
	return nil, nil
}

// templateNames lists the expressions of an operation's path in their order.
func templateNames(o *contracts.Operation) []string {
	var names []string
	for _, s := range o.Segments {
		names = append(names, s.Names...)
	}
	return names
}

// bindingFor gives the operation of a role on a collection that this run may use, the one with the shortest path first.
func (l *lane) bindingFor(c *inference.Collection, roles ...inference.Role) *inference.Binding {
	var best *inference.Binding
	for _, role := range roles {
		for _, b := range c.Bindings {
			if b.Role != role || b.Operation.Deprecated || l.deployment.Careful() && writes(b.Operation) {
				continue
			}
			if best == nil || len(b.Operation.Path) < len(best.Operation.Path) && slices.Contains(b.ItemParams, "") == slices.Contains(best.ItemParams, "") {
				best = b
			}
		}
		if best != nil {
			return best
		}
	}
	return nil
}
