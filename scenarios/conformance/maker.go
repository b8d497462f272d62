package conformance

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"sync"

	"understudy/contracts"
	"understudy/contracts/cases"
	"understudy/contracts/schema"
)

// A maker makes cases of one seed and keeps them.
type maker struct {
	*cases.Generator
	judge *judge
	made  sync.Map // *contracts.Operation → *made
}

type made struct {
	once, invalid sync.Once
	positive      []cases.Case
	negative      []cases.Case // see maker.invalid
	err           error
}

// maker gives the n-th maker: the same cases as those of the others by name, with other values.
func (j *judge) maker(n uint64) *maker { return j.makerOf(n, j.options.PerOperation) }

// itemMaker gives the n-th maker of items: their values are those of no case and of no other item.
func (j *judge) itemMaker(n uint64) *maker { return j.makerOf(1<<32+n, 4) }

func (j *judge) makerOf(n uint64, most int) *maker {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.makers[n] == nil {
		// The multiplier is that of Knuth's MMIX generator: neighbouring seeds of runs shall not share makers.
		seed := j.deployment.Run().Seed() + n*6364136223846793005
		o := cases.Options{Seed: seed, PerOperation: most}
		if n > 0 {
			o.Wish = wishes(seed)
		}
		j.makers[n] = &maker{judge: j, Generator: cases.New(j.contract, o)}
	}
	return j.makers[n]
}

func (m *maker) of(o *contracts.Operation) *made {
	v, _ := m.made.LoadOrStore(o, &made{})
	one := v.(*made)
	one.once.Do(func() {
		one.positive, one.err = m.Positive(o)
		one.positive = slices.DeleteFunc(one.positive, func(c cases.Case) bool { return m.given(o, c.Fault.In, c.Fault.Name) })
		for i := range one.positive {
			c := &one.positive[i]
			for k, p := range o.Parameters {
				if _, there := c.Arguments.At(k); there && !p.Required && m.given(o, p.In, p.Name) {
					*c = c.Clone()
					c.Arguments.Unset(p.In, p.Name)
				}
			}
		}
	})
	return one
}

// invalid gives the invalid cases of an operation; none where no valid one can be made.
func (m *maker) invalid(o *contracts.Operation) []cases.Case {
	one := m.of(o)
	one.invalid.Do(func() {
		if one.err == nil {
			one.negative, _ = m.Negative(o) // it fails as Positive does
		}
	})
	return one.negative
}

// given says that a parameter takes only what the deployment has given out: the id of a thing, the place in a list. Other
// values are valid, and name nothing.
func (m *maker) given(o *contracts.Operation, in, name string) bool {
	b := m.judge.model.Binding(o)
	switch {
	case name == "":
		return false
	case in == "path":
		return b.Collection != nil && (slices.Contains(b.ItemParams, name) || slices.Contains(b.ScopeParams, name))
	case in != "query":
		return false
	case b.Page != nil && (name == b.Page.Cursor || name == b.Page.Before), slices.Contains(b.ItemParams, name):
		return true
	}
	lower := strings.ToLower(name)
	return slices.ContainsFunc([]string{"cursor", "page_token", "pagetoken", "starting_after", "ending_before", "continuation", "marker"}, func(word string) bool {
		return strings.Contains(lower, word)
	})
}

// wishes gives whole numbers and texts that a body must have other values than the document's examples, so that a repeat does
// not name the same thing.
func wishes(seed uint64) func(*contracts.Operation, *contracts.MediaType) any {
	return func(o *contracts.Operation, m *contracts.MediaType) any {
		if m == nil || m.Schema == nil {
			return nil
		}
		s := m.Schema.Resolve()
		wish := map[string]any{}
		for _, name := range s.Required {
			p := s.Property(name)
			if p == nil {
				continue
			}
			h := fnv.New64a()
			_, _ = fmt.Fprintf(h, "%d %s %s", seed, o.ID, name)
			var v any
			switch p = p.Resolve(); {
			case len(p.Enum) > 0 || p.HasConst:
				continue
			case p.Types == schema.Integer:
				v = json.Number(strconv.FormatUint(1000+h.Sum64()%900_000, 10))
			case p.Types == schema.String && p.Format == "" && p.Pattern == "":
				v = fmt.Sprintf("understudy %x", h.Sum64()%0xffffff)
			}
			if v != nil && p.Valid(v, schema.Request) {
				wish[name] = v
			}
		}
		if len(wish) == 0 {
			return nil
		}
		return wish
	}
}

// kinds are the checks for which there are cases of an operation. Where none can be made a valid one is still asked for, so
// that the reason is told.
func (m *maker) kinds(o *contracts.Operation, valid bool) map[string]bool {
	one := m.of(o)
	list := one.positive
	if !valid {
		list = m.invalid(o)
	}
	has := map[string]bool{}
	for i := range list {
		has[list[i].Check] = true
	}
	if valid && one.err != nil {
		has["POS-002"] = true
	}
	return has
}

// named gives the case of a check and a name; false where this maker has none.
func (m *maker) named(o *contracts.Operation, check, name string) (cases.Case, bool) {
	list := m.of(o).positive
	if !strings.HasPrefix(check, "POS-") {
		list = m.invalid(o)
	}
	for i := range list {
		if list[i].Check == check && list[i].Name == name {
			return list[i], true
		}
	}
	return cases.Case{}, false
}
