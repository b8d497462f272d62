package resource

import (
	"maps"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/inference"
)

// ExplainedStates are the states of a collection's items.
type ExplainedStates struct {
	Field       string                `json:"field"`
	Initial     []string              `json:"initial,omitempty"`
	Transitions []ExplainedTransition `json:"transitions"`
}

// An ExplainedTransition takes an item from one state to another.
type ExplainedTransition struct {
	From  []string       `json:"from,omitempty"` // absent: every state
	To    string         `json:"to,omitempty"`   // absent: the item is gone
	By    []string       `json:"by,omitempty"`   // operations; absent with after and due_at: every one that may write the field
	After string         `json:"after,omitempty"`
	DueAt string         `json:"due_at,omitempty"` // member with the instant
	Sets  map[string]any `json:"sets,omitempty"`
	Emits []string       `json:"emits,omitempty"`
}

// An ExplainedDerivation is a member that is worked out from others.
type ExplainedDerivation struct {
	Member   string   `json:"member"`
	Function string   `json:"function"`
	Sources  []string `json:"sources"`
	Times    string   `json:"times,omitempty"`
	Where    []string `json:"where,omitempty"` // members that decide which entries are looked at
}

// An ExplainedKey is the header that makes repeats recognisable.
type ExplainedKey struct {
	Header   string `json:"header"`
	Required bool   `json:"required,omitempty"`
}

func explainStates(m *contracts.StateMachine) *ExplainedStates {
	if m == nil {
		return nil
	}
	x := &ExplainedStates{Field: m.Field, Initial: m.Initial, Transitions: []ExplainedTransition{}}
	for i := range m.Transitions {
		x.Transitions = append(x.Transitions, explainTransition(&m.Transitions[i]))
	}
	return x
}

func explainTransition(t *contracts.Transition) ExplainedTransition {
	return ExplainedTransition{From: t.From, To: t.To, By: t.By, After: t.After, DueAt: t.DueAt, Sets: t.Set, Emits: t.Emits}
}

// explainSteps are the transitions that an operation brings about.
func explainSteps(b *inference.Binding) []ExplainedTransition {
	var list []ExplainedTransition
	if b.Collection == nil || b.Collection.States == nil {
		return nil
	}
	for i := range b.Collection.States.Transitions {
		t := &b.Collection.States.Transitions[i]
		if free := len(t.By) == 0 && !t.Timed() && (b.Role == inference.Update || b.Role == inference.Replace); free || slices.Contains(t.By, b.Operation.ID) {
			list = append(list, explainTransition(t))
		}
	}
	return list
}

func explainDerived(derive map[string]*contracts.Derivation) []ExplainedDerivation {
	var list []ExplainedDerivation
	for _, member := range slices.Sorted(maps.Keys(derive)) {
		d := derive[member]
		word, sources := d.Function()
		list = append(list, ExplainedDerivation{Member: member, Function: word, Sources: sources, Times: d.Times, Where: slices.Sorted(maps.Keys(d.Where))})
	}
	return list
}

func explainKey(c *contracts.Contract, o *contracts.Operation) *ExplainedKey {
	header, required := c.IdempotencyKey(o)
	if header == "" {
		return nil
	}
	return &ExplainedKey{Header: header, Required: required}
}

// transitionText writes "pending → paid by payOrder".
func transitionText(t *ExplainedTransition) string {
	from, to := "any state", "gone"
	if len(t.From) > 0 {
		from = strings.Join(t.From, " or ")
	}
	if t.To != "" {
		to = t.To
	}
	text := from + " → " + to
	switch {
	case t.After != "":
		text += " after " + t.After
	case t.DueAt != "":
		text += " at the instant in " + t.DueAt
	case len(t.By) > 0:
		text += " by " + strings.Join(t.By, " or ")
	}
	if len(t.Sets) > 0 {
		text += ", sets " + valuesText(t.Sets)
	}
	if len(t.Emits) > 0 {
		text += ", emits " + strings.Join(t.Emits, ", ")
	}
	return text
}

func transitionTexts(list []ExplainedTransition) string {
	var parts []string
	for i := range list {
		parts = append(parts, transitionText(&list[i]))
	}
	return strings.Join(parts, "; ")
}

// collectionDetails gives what is told of a collection's states and derived members, as label and text, for people.
func collectionDetails(c *ExplainedCollection) [][2]string {
	var out [][2]string
	if s := c.States; s != nil {
		text := "in " + s.Field
		if len(s.Initial) > 0 {
			text += ", beginning with " + strings.Join(s.Initial, " or ")
		}
		out = append(out, [2]string{"states", text})
		for i := range s.Transitions {
			out = append(out, [2]string{"", transitionText(&s.Transitions[i])})
		}
	}
	for i := range c.Derived {
		d := &c.Derived[i]
		text := d.Member + " = " + d.Function + " of " + strings.Join(d.Sources, ", ")
		if d.Times != "" {
			text += " times " + d.Times
		}
		if len(d.Where) > 0 {
			text += ", by " + strings.Join(d.Where, ", ")
		}
		out = append(out, [2]string{"derived", text})
	}
	return out
}
