package resource

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/inference"
	"understudy/contracts/schema"
)

// A machine is what the engine prepared of a collection's states.
type machine struct {
	field       string
	schema      *schema.Schema // of the field; nil where nothing is said about it
	initial     []string
	transitions []transition
	by          map[string]bool // ids of the operations that bring transitions about
	timed       bool
}

// A transition is one of the contract's, ready for use.
type transition struct {
	*contracts.Transition
	after time.Duration
}

// leaves says whether the transition begins in a state.
func (t *transition) leaves(state string) bool {
	return len(t.From) == 0 || slices.Contains(t.From, state)
}

// free says that every operation which may write the member brings the transition about.
func (t *transition) free() bool { return len(t.By) == 0 && !t.Timed() }

// prepareStates makes the machines, and refuses words that fit no collection, member, state or operation.
func (h *holdings) prepareStates() error {
	if err := checkCollections(h.model); err != nil {
		return err
	}
	for _, c := range h.model.Collections {
		if c.States == nil {
			continue
		}
		m, err := newMachine(h.model, c)
		if err != nil {
			return err
		}
		h.home.states[c].machine = m
		if m.timed {
			h.timed = append(h.timed, c)
		}
	}
	return nil
}

// checkCollections refuses words about states and derived members at a path where nothing is kept.
func checkCollections(m *inference.Model) error {
	if m.Contract == nil {
		return nil
	}
	resources := m.Contract.Behaviour.Resources
	for _, path := range slices.Sorted(maps.Keys(resources)) {
		r := resources[path]
		if r.States == nil && len(r.Derive) == 0 || slices.ContainsFunc(m.Collections, func(c *inference.Collection) bool { return inference.SamePath(c.Path, path) }) {
			continue
		}
		return wordError(m.Contract.Behaviour.At, "resources: "+path+" is no collection of the contract", contracts.Nearest(path, m.Paths()), m.Paths())
	}
	return nil
}

// wordError is an error of the document about a word that stands for nothing.
func wordError(at schema.Location, message, near string, known []string) error {
	advice := "known are " + strings.Join(known, ", ")
	if near != "" {
		advice = "did you mean " + near + "? " + strings.ToUpper(advice[:1]) + advice[1:]
	}
	return &contracts.DocumentError{At: at, Message: "x-understudy: " + message, Advice: advice}
}

func newMachine(model *inference.Model, c *inference.Collection) (*machine, error) {
	words := c.States
	m := &machine{field: words.Field, initial: words.Initial, by: map[string]bool{}}
	what := "resources: " + c.Path + ": states"
	var err error
	if m.schema, err = memberOf(c, words.At, what+": field", m.field); err != nil {
		return nil, err
	}
	for _, state := range m.initial {
		if err := m.knows(words.At, what+": initial", state); err != nil {
			return nil, err
		}
	}
	for i := range words.Transitions {
		t := transition{Transition: &words.Transitions[i]}
		where := fmt.Sprintf("%s: transitions[%d]", what, i)
		for _, state := range append(slices.Clone(t.From), t.To) {
			if err := m.knows(t.At, where, state); err != nil {
				return nil, err
			}
		}
		if t.After != "" {
			if t.after, err = time.ParseDuration(t.After); err != nil {
				return nil, wordError(t.At, where+": "+err.Error(), "", []string{"durations such as 30m"})
			}
		}
		if t.DueAt != "" {
			if _, err := memberOf(c, t.At, where+": dueAt", t.DueAt); err != nil {
				return nil, err
			}
		}
		if err := m.take(model, c, where, &t); err != nil {
			return nil, err
		}
		m.transitions = append(m.transitions, t)
	}
	return m, nil
}

// take holds what brings a transition about against the collection's operations.
func (m *machine) take(model *inference.Model, c *inference.Collection, where string, t *transition) error {
	m.timed = m.timed || t.Timed()
	for place := range t.Set {
		if _, err := memberOf(c, t.At, where+": set", place); err != nil {
			return err
		}
		if t.Timed() && contains(c.Unique, place) {
			return wordError(t.At, where+": set: the clock cannot set "+place+", of which each item has its own", "", []string{"the other members"})
		}
	}
	for _, id := range t.By {
		m.by[id] = true
		b := bindingOf(model, id)
		if b == nil || b.Collection != c {
			return wordError(t.At, fmt.Sprintf("%s: by: the operation %s does not work on %s", where, id, c.Path), "", changers(c))
		}
		switch b.Role {
		case inference.Delete:
			if t.To != "" {
				return wordError(t.At, fmt.Sprintf("%s: by: the operation %s deletes, and to names a state", where, id), "", []string{"role: action for an operation that keeps the item", "no to"})
			}
		case inference.Update, inference.Replace, inference.Action, inference.Upload:
			if t.To == "" {
				return wordError(t.At, where+": to is missing", "", []string{"the states of " + m.field})
			}
		default:
			return wordError(t.At, fmt.Sprintf("%s: by: the operation %s has the role %s, which changes no item", where, id, b.Role), "", changers(c))
		}
	}
	return nil
}

func bindingOf(model *inference.Model, id string) *inference.Binding {
	for _, o := range model.Contract.Operations {
		if o.ID == id {
			return model.Binding(o)
		}
	}
	return nil
}

// changers are the operations that change items of a collection.
func changers(c *inference.Collection) []string {
	var list []string
	for _, b := range c.Bindings {
		switch b.Role {
		case inference.Update, inference.Replace, inference.Action, inference.Upload, inference.Delete:
			list = append(list, b.Operation.ID)
		}
	}
	return list
}

// memberOf finds a member that the behaviour names in the items' schema; an item without a schema may have any.
func memberOf(c *inference.Collection, at schema.Location, what, place string) (*schema.Schema, error) {
	if c.Item == nil {
		return nil, nil
	}
	if found := schemaAt(c.Item, pointerOf(place)); found != nil {
		return found, nil
	}
	var known []string
	for _, p := range objectProperties(c.Item, 0) {
		known = append(known, p.Name)
	}
	if len(known) == 0 || welcomesOthers(c.Item, 0) || strings.HasPrefix(place, "/") && len(known) > 0 && schemaAt(c.Item, firstToken(place)) != nil {
		return nil, nil
	}
	slices.Sort(known)
	return nil, wordError(at, fmt.Sprintf("%s: an item of %s has no member %q", what, c.Path, place), contracts.Nearest(place, known), slices.Compact(known))
}

// firstToken is a JSON Pointer's first step.
func firstToken(pointer string) string {
	if i := strings.IndexByte(pointer[1:], '/'); i >= 0 {
		return pointer[:i+1]
	}
	return pointer
}

// knows refuses a state that the member's schema does not take.
func (m *machine) knows(at schema.Location, what, state string) error {
	if state == "" || m.schema == nil || m.schema.Valid(m.value(state), schema.Response) {
		return nil
	}
	known := []string{"what its schema allows"}
	if values := m.schema.Resolve().Enum; len(values) > 0 {
		known = nil
		for _, v := range values {
			if text, ok := textOfValue(v); ok {
				known = append(known, text)
			}
		}
	}
	return wordError(at, fmt.Sprintf("%s: %s cannot be %q", what, m.field, state), contracts.Nearest(state, known), known)
}

// value is a state as the member has it.
func (m *machine) value(state string) any {
	if m.schema != nil && m.schema.Resolve().Types == schema.Boolean && (state == "true" || state == "false") {
		return state == "true"
	}
	return wishFor(m.schema, state)
}

// state reads an item's state.
func (m *machine) state(rec *record) string {
	text, _ := textAt(rec.json, m.field)
	return text
}
