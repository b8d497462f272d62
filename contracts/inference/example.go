package inference

import (
	"fmt"
	"strconv"
	"strings"
	"understudy/contracts/schema"
)

const maxExamples = 20 // items taken from a document for the start of one collection

// examples collects whole items from the examples of a collection's answers, and from its item's schema where
// the answers have none.
func (in *inference) examples(c *Collection, byOp map[*Binding]*facts) {
	seen := map[string]bool{}
	nameless := false // an example showed items without an id: another one probably shows the same ones
	add := func(v any) {
		item, ok := v.(map[string]any)
		if !ok || len(item) == 0 || len(c.Examples) >= maxExamples {
			return
		}
		if c.Singleton && len(c.Examples) > 0 {
			return
		}
		if id, ok := pick(item, c.ID.Property); ok && c.ID.Property != "" {
			key := fmt.Sprint(id)
			if seen[key] {
				return
			}
			seen[key] = true
		} else if nameless {
			return
		}
		c.Examples = append(c.Examples, v)
	}
	// ended ends an example; items without an id that stand side by side in one are several.
	ended := func() {
		nameless = nameless || len(c.Examples) > len(seen)
	}
	for _, wanted := range [...]Role{Read, Create, Replace, Update, List} {
		for _, b := range c.Bindings {
			if b.Role != wanted || !b.Shows || b.Media == nil || wanted == List && c.Item != nil && !in.whole(b, c) {
				continue
			}
			for _, e := range b.Media.Examples {
				v, ok := pick(e.Value, b.Item)
				if !ok {
					continue
				}
				if list, ok := v.([]any); ok {
					for _, one := range list {
						add(one)
					}
				} else {
					add(v)
				}
				ended()
			}
		}
	}
	if len(c.Examples) > 0 || c.Item == nil {
		return
	}
	for _, e := range c.Item.Resolve().Examples {
		add(e)
		ended()
	}
}

// whole says that what a list shows of an item is most of it.
func (in *inference) whole(b *Binding, c *Collection) bool {
	return 10*len(in.shapes.of(b.Shown).members) >= 6*len(in.shapes.of(c.Item).members)
}

// pick gives the value at a JSON Pointer, or at a member's name where there is no slash before it.
func pick(v any, pointer string) (any, bool) {
	if pointer == "" {
		return v, v != nil
	}
	if !strings.HasPrefix(pointer, "/") {
		pointer = "/" + schema.EscapeToken(pointer)
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		switch at := v.(type) {
		case map[string]any:
			next, ok := at[schema.UnescapeToken(token)]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(at) {
				return nil, false
			}
			v = at[i]
		default:
			return nil, false
		}
	}
	return v, v != nil
}
