package conformance

import (
	"fmt"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/cases"
	"understudy/contracts/check"
	"understudy/contracts/inference"
	"understudy/contracts/schema"
)

// takesMergePatch says whether an operation's request is a merge patch (RFC 7396).
func takesMergePatch(o *contracts.Operation) bool {
	return o.Body != nil && slices.ContainsFunc(o.Body.Content, func(m *contracts.MediaType) bool { return strings.HasPrefix(m.Name, "application/merge-patch+json") })
}

// A change is one update of an item, with what was there before and afterwards.
type change struct {
	item                          *item
	sent, before, answered, after any
	reply, read                   *answer
	merges                        bool           // what is sent of an object may be put beside what is there of it
	schema                        *schema.Schema // of what a read shows; nil: unknown
}

// update changes an item by a valid case of the trial's operation and reads it before and afterwards. nil: it could not be done.
func (t *trial) update(it *item, one cases.Case, wants ...string) *change {
	o := t.operation()
	b := t.model.Binding(o)
	ch := &change{item: it, before: t.shown(it, t.read(it)), merges: b.Role != inference.Replace}
	one = one.Clone()
	t.put(&one, it)
	if one.Body == nil || one.Body.Raw != nil || ch.before == nil {
		return nil
	}
	ch.sent, _ = schema.At(one.Body.Value, b.Input)
	if read := t.bindingFor(b.Collection, inference.Read); read != nil {
		ch.schema = read.Shown
	}
	c := call{
		Case: one, actor: t.caller(o), items: []*item{it}, intent: check.Valid, quiet: true, purpose: t.planned.check + ": " + one.Name, wants: []string{"$statusCode < 300"},
	}
	ch.reply = t.send(c)
	if !ch.reply.ok() {
		return nil
	}
	t.renamed(&c)
	ch.answered = first(itemsIn(b, ch.reply.content()))
	ch.read = t.readFor(it, t.planned.check+": how it is afterwards", wants...)
	if ch.after = t.shown(it, ch.read); ch.after == nil {
		return nil
	}
	return ch
}

// fits says whether what was sent of a member can be shown as it is.
func (t *trial) fits(name string, v any) bool {
	read := t.bindingFor(t.model.Binding(t.operation()).Collection, inference.Read)
	if read == nil || read.Shown == nil {
		return true
	}
	p := property(read.Shown, name)
	return p != nil && p.Valid(v, schema.Response)
}

// forServer says that the item's schema calls a member readOnly: what the request's says of it is then no promise that it changes.
func (t *trial) forServer(name string) bool {
	p := property(t.model.Binding(t.operation()).Collection.Item, name)
	return p != nil && (p.ReadOnly || p.Resolve().ReadOnly)
}

// seen gives the members that were sent with another value than before and are there now; stale those that still are as before.
func (ch *change) seen() (seen, stale []string) {
	for name, v := range members(ch.sent) {
		was, _ := member(ch.before, "/"+schema.EscapeToken(name))
		now, there := member(ch.after, "/"+schema.EscapeToken(name))
		switch {
		case !there || ch.shows(name, was, v) || name == ch.item.collection.ID.Property || volatile(name, v):
		case ch.shows(name, now, v):
			seen = append(seen, name)
		case same(now, was):
			stale = append(stale, name)
		}
	}
	return seen, stale
}

// shows says whether a member is as it was sent: the whole of it, or what of it an answer has members for.
func (ch *change) shows(name string, now, sent any) bool {
	for _, v := range []any{sent, declared(sent, property(ch.schema, name), 0)} {
		if same(now, v) || ch.merges && holdsAll(now, v) {
			return true
		}
	}
	return false
}

// fuller lists valid cases of an operation that send much, the fullest first.
func (j *judge) fuller(o *contracts.Operation, n uint64) []cases.Case {
	var list []cases.Case
	for _, check := range []string{"POS-003", "POS-002", "POS-001", "POS-004"} {
		for _, c := range j.maker(n).of(o).positive {
			if c.Check == check && c.Body != nil {
				list = append(list, c)
			}
		}
	}
	return list[:min(len(list), 6)]
}

// subject gives an item of the trial's operation that may be changed.
func (t *trial) subject() *item {
	if why := t.unsafe(); why != "" {
		t.skip("%s", why)
		return nil
	}
	it, why := t.item(t.model.Binding(t.operation()).Collection, ownItem)
	if why != "" {
		t.skip("%s", why)
		return nil
	}
	return it
}

// updateIsSeen is RES-003.
func (t *trial) updateIsSeen() {
	it := t.subject()
	if it == nil {
		return
	}
	o := t.operation()
	for n := range uint64(2) {
		for _, one := range t.fuller(o, n) {
			t.mark()
			ch := t.update(it, one, t.expectations(one)...)
			if t.halted != nil {
				return
			}
			if ch == nil {
				continue
			}
			seen, stale := ch.seen()
			if len(seen)+len(stale) == 0 {
				continue
			}
			t.judged++
			for _, name := range stale {
				if !t.fits(name, mustMember(ch.sent, name)) || t.forServer(name) {
					continue
				}
				f := check.Finding{
					Message: fmt.Sprintf("%s answered with %s, and %q still has the value that it had before.", label(o), statusText(ch.reply.status), name),
					Want:    brief(mustMember(ch.sent, name)), Got: brief(mustMember(ch.after, name)), Where: "response body /" + schema.EscapeToken(name) + " of the read afterwards",
					Keyword: "update", Exchange: ch.read.Number,
				}
				if told, there := member(ch.answered, "/"+schema.EscapeToken(name)); len(seen) > 0 || there && !same(told, mustMember(ch.sent, name)) {
					f.Level, f.Certainty = check.Warning, check.Likely
					f.Message += " It may be one that clients cannot change, which the document does not say."
				}
				t.find(f)
			}
			return
		}
	}
	t.skip("no update changed anything that can be read")
}

func mustMember(v any, name string) any {
	got, _ := member(v, "/"+schema.EscapeToken(name))
	return got
}

// expectations are conditions on the read after an update, in the words of a workflow.
func (t *trial) expectations(one cases.Case) []string {
	wants := []string{"$statusCode == 200"}
	if one.Body == nil {
		return wants
	}
	b := t.model.Binding(t.operation())
	read := t.bindingFor(b.Collection, inference.Read)
	sent, _ := schema.At(one.Body.Value, b.Input)
	if read == nil || read.Shown == nil {
		return wants
	}
	for name, v := range members(sent) {
		text, ok := v.(string)
		p := property(read.Shown, name)
		if ok && p != nil && !p.WriteOnly && !p.Resolve().WriteOnly && !strings.ContainsAny(text, "'{}\\") && len(text) < 200 {
			wants = append(wants, fmt.Sprintf("$response.body#%s/%s == '%s'", read.Item, schema.EscapeToken(name), text))
		}
	}
	return wants
}
