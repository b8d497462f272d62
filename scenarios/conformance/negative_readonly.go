package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts/cases"
	"understudy/contracts/check"
	"understudy/contracts/inference"
	"understudy/contracts/schema"
)

// chances is how often a member that has a few values only is tried before it is said that the client's word counts: the deployment
// may have each of them by itself.
const chances = 10

// readOnlySent tries a readOnly member in a request (NEG-015): to refuse it is as good as to pass it over. Only a deployment
// that took it is told of, with one value and with another one: the first it may have by itself.
func (t *trial) readOnlySent(one cases.Case) {
	b := t.model.Binding(one.Operation)
	member := schemaBelow(one.Body.Media.Schema, one.Fault.Pointer)
	rounds := 2
	if few(member) {
		rounds = chances
	}
	pointer := trimInput(one.Fault.Pointer, b.Input)
	last, tried := any(nil), 0
	for n := uint64(0); n < 20*chances; n++ {
		v, there := schema.At(one.Body.Value, one.Fault.Pointer)
		shown := one.Clone()
		if n > 0 && member != nil {
			v = t.ourValue(one.Operation, one.Fault.Pointer, member, n)
			if shown.Body.Value, there = withAt(one.Body.Value, one.Fault.Pointer, v); there {
				there = t.maker(0).Holds(shown)
			}
		}
		if !there || tried == 1 && same(v, last) || t.saysItself(b, pointer, v) {
			t.judged++ // it could not be told from what the deployment says by itself
			continue
		}
		last = v
		t.mark()
		a := t.readOnlyKept(shown)
		if a == nil {
			return
		}
		if tried++; tried == rounds {
			t.tellReadOnly(shown, a)
			return
		}
	}
}

// withAt gives a copy of a value with another one where a JSON Pointer leads; false where it leads nowhere.
func withAt(v any, pointer string, with any) (any, bool) {
	if pointer == "" {
		return with, true
	}
	token, rest, more := strings.Cut(pointer[1:], "/")
	if more {
		rest = "/" + rest
	}
	switch v := v.(type) {
	case map[string]any:
		name := schema.UnescapeToken(token)
		inner, ok := withAt(v[name], rest, with)
		object := maps.Clone(v)
		object[name] = inner
		return object, ok
	case []any:
		i, err := strconv.Atoi(token)
		if err != nil || i < 0 || i >= len(v) {
			return nil, false
		}
		inner, ok := withAt(v[i], rest, with)
		list := slices.Clone(v)
		list[i] = inner
		return list, ok
	}
	return nil, false
}

// schemaBelow finds the schema of a place in a value; nil where nothing is said of it.
func schemaBelow(s *schema.Schema, pointer string) *schema.Schema {
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if s == nil {
			return nil
		}
		if p := property(s, schema.UnescapeToken(token)); p != nil {
			s = p
		} else {
			s = s.Resolve().Items
		}
	}
	return s
}

// readOnlyKept sends a readOnly member and gives the answer that shows it as it was sent; nil: none does.
func (t *trial) readOnlyKept(one cases.Case) *answer {
	sent, ok := schema.At(one.Body.Value, one.Fault.Pointer)
	if !ok {
		return nil
	}
	_, a, why := t.attempt(one, false)
	if why != "" {
		t.skip("%s", why)
		return nil
	}
	switch f := fateOf(a.status); f {
	case refused, taken:
		t.judged++
		return nil
	case accepted:
	default:
		t.skip("%s", f.explain(one.Operation, a.status))
		return nil
	}
	t.judged++
	b := t.model.Binding(one.Operation)
	pointer := trimInput(one.Fault.Pointer, b.Input)
	if showsAt(b, a, pointer, sent) && telling(sent) {
		return a
	}
	return nil
}

func (t *trial) tellReadOnly(one cases.Case, a *answer) {
	f := check.Finding{
		Message: fmt.Sprintf("%s took the readOnly member %s from the request: it answered with the value that was sent.", label(one.Operation), one.Fault.Pointer),
		Want:    "the member is refused or passed over", Got: "the value that was sent", Where: "request " + placeName(one.Fault), At: check.PlaceOf(one.Fault.At),
		Keyword: "readOnly", Exchange: a.Number, Level: check.Warning,
	}
	pointer := trimInput(one.Fault.Pointer, t.model.Binding(one.Operation).Input)
	if name := pointer[strings.LastIndexByte(pointer, '/')+1:]; strings.Count(pointer, "/") > 1 && (namesThing(name) || strings.HasSuffix(name, "ID")) {
		f.Level, f.Certainty = check.Note, check.Likely
		f.Message += " It may name a thing that the request refers to."
	}
	t.find(f)
}

// showsAt says that an answer's item has a value at a place.
func showsAt(b *inference.Binding, a *answer, pointer string, value any) bool {
	return slices.ContainsFunc(itemsIn(b, a.content()), func(shown any) bool {
		got, there := schema.At(shown, pointer)
		return there && schema.Equal(got, value)
	})
}

// saysItself says that the deployment shows the value also where nobody has sent it.
func (t *trial) saysItself(b *inference.Binding, pointer string, sent any) bool {
	base := t.base(b.Operation)
	return base.answer != nil && base.ok && showsAt(b, base.answer, pointer, sent)
}

// trimInput gives a pointer into a request's body as one into the item that it holds.
func trimInput(pointer, input string) string {
	if len(pointer) >= len(input) && pointer[:len(input)] == input {
		return pointer[len(input):]
	}
	return pointer
}

// telling says whether a value is one that a server would hardly have by itself.
func telling(v any) bool {
	switch v := v.(type) {
	case nil, bool:
		return false
	case string:
		return len(v) > 2
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	n := idText(v)
	return n != "0" && n != "1" && n != ""
}
