package cases

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"understudy/contracts"
)

// uniqueNames are members that hardly any API lets two things share.
var uniqueNames = []string{"email", "username", "user_name", "login", "slug", "handle", "domain", "hostname", "subdomain"}

// uniqueMembers lists the names of members whose values no two things share: those that the contract names, and the usual
// ones.
func uniqueMembers(c *contracts.Contract) map[string]bool {
	names := map[string]bool{}
	for _, name := range uniqueNames {
		names[name] = true
	}
	for _, r := range c.Behaviour.Resources {
		for _, name := range r.Unique {
			names[name] = true
		}
	}
	return names
}

// distinct gives the n-th case values of its own where two requests may not share one: in members that are unique, and as
// the key by which repeats are recognised. It keeps what the case is about, and any value that cannot be changed without
// breaking the contract. Documented examples stay as they are.
func (w *workshop) distinct(c Case, n int) Case {
	switch c.Operation.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
	default:
		return c
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %s %s %d", w.options.Seed, c.Operation.Method, c.Operation.Path, c.Check, n))
	c = w.ownKey(c, sum)
	if c.Check == "POS-001" || c.Body == nil || c.Body.Raw != nil {
		return c
	}
	mark := hex.EncodeToString(sum[:3])
	for _, tokens := range w.uniqueIn(c.Body.Value, nil) {
		at := pointerOf(tokens)
		if c.Fault.Pointer == at || c.Fault.In == "body" && strings.HasPrefix(c.Fault.Pointer, at+"/") {
			continue
		}
		c = w.marked(c, tokens, mark)
	}
	return c
}

// uniqueIn lists the ways to the unique members of an object and of the objects directly inside it.
func (w *workshop) uniqueIn(v any, way []string) [][]string {
	members, ok := v.(map[string]any)
	if !ok || len(way) > 1 {
		return nil
	}
	var list [][]string
	for _, name := range slices.Sorted(maps.Keys(members)) {
		own := append(slices.Clone(way), name)
		if _, isText := members[name].(string); isText && w.unique[name] {
			list = append(list, own)
			continue
		}
		list = append(list, w.uniqueIn(members[name], own)...)
	}
	return list
}

// marked puts a mark into a text of the body, in the first way that keeps the case what it is.
func (w *workshop) marked(c Case, tokens []string, mark string) Case {
	text := textAt(c.Body.Value, tokens)
	var tries []string
	if local, domain, ok := strings.Cut(text, "@"); ok {
		tries = append(tries, mark+"."+local+"@"+domain, mark+"@"+domain)
	} else if first, rest, ok := strings.Cut(text, "."); ok {
		tries = append(tries, first+"-"+mark+"."+rest)
	}
	tries = append(tries, text+"-"+mark, text+mark)
	if len(text) > len(mark) {
		tries = append(tries, text[:len(text)-len(mark)]+mark)
	}
	for _, other := range tries {
		body, ok := replaced(c.Body.Value, tokens, other)
		if !ok {
			continue
		}
		next := c.Clone()
		next.Body.Value = body
		if w.Holds(next) {
			return next
		}
	}
	return c
}

func textAt(v any, tokens []string) string {
	for _, t := range tokens {
		members, ok := v.(map[string]any)
		if !ok {
			return ""
		}
		v = members[t]
	}
	text, _ := v.(string)
	return text
}

// ownKey gives a case an idempotency key of its own where the operation takes one: else its answer could be that of an
// earlier case.
func (w *workshop) ownKey(c Case, sum [sha256.Size]byte) Case {
	header, required := w.contract.IdempotencyKey(c.Operation)
	if header == "" || c.Fault.In == "header" && strings.EqualFold(c.Fault.Name, header) {
		return c
	}
	digits := []byte(hex.EncodeToString(sum[:16]))
	digits[12], digits[16] = '4', '8' // version and variant of RFC 9562
	id := fmt.Sprintf("%s-%s-%s-%s-%s", digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
	if _, there := c.Arguments.Get("header", header); there {
		for _, key := range []string{id, string(digits)} {
			next := c.Clone()
			next.Arguments.Set("header", header, key)
			if w.Holds(next) {
				return next
			}
		}
		return c
	}
	declared := slices.ContainsFunc(c.Operation.Parameters, func(p *contracts.Parameter) bool {
		return p.In == "header" && strings.EqualFold(p.Name, header)
	})
	if required && !declared {
		c = c.Clone()
		if c.Header == nil {
			c.Header = http.Header{}
		}
		c.Header.Set(header, id)
	}
	return c
}
