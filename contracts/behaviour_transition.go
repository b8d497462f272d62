package contracts

import (
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/contracts/schema"
)

// A StateMachine says which states the items of a collection go through, and what takes them from one to the next.
type StateMachine struct {
	Field string `yaml:"field"` // member that holds the state, or a JSON Pointer to it
	// Initial are the states in which a new item may be: the first one unless the client asks for another. Empty: whatever
	// the item says.
	Initial     []string     `yaml:"initial"`
	Transitions []Transition `yaml:"transitions"`

	At schema.Location `yaml:"-"`
}

// A Transition takes an item from one state to another: by an operation, or when its time has come. One that names
// neither is for every operation that may write the member.
type Transition struct {
	From  []string       `yaml:"from"`  // empty: every state
	To    string         `yaml:"to"`    // empty only for deletions: the item is gone
	By    []string       `yaml:"by"`    // operation ids
	After string         `yaml:"after"` // Go duration that the item stays in the state before
	DueAt string         `yaml:"dueAt"` // member with the instant: RFC 3339, or Unix seconds
	Set   map[string]any `yaml:"set"`   // other members that change with it
	Emits []string       `yaml:"emits"` // events

	At schema.Location `yaml:"-"`
}

// Timed says that the clock brings the transition about.
func (t *Transition) Timed() bool { return t.After != "" || t.DueAt != "" }

// A Derivation is a member that the server works out from others, whatever a client sends for it. Exactly one of its
// functions is given. A source names a member of the item ("subtotal"), of each entry of one of its lists
// ("items/amount"), or of each item of a child collection: by the collection's name ("lines/amount"), or by its path with
// a JSON Pointer as fragment ("/orders/{order_id}/lines#/amount").
type Derivation struct {
	Sum    []string `yaml:"sum"`    // numbers; a source with a minus before it is taken off
	Count  []string `yaml:"count"`  // entries
	Min    []string `yaml:"min"`    // the least value
	Max    []string `yaml:"max"`    // the greatest
	First  []string `yaml:"first"`  // in the order of the list, or of creation
	Last   []string `yaml:"last"`   // likewise
	Concat []string `yaml:"concat"` // texts; those that are not there are left out

	Times     string                `yaml:"times"`     // sum: member of the same entry by which each number is multiplied
	Separator string                `yaml:"separator"` // concat: what stands between
	Where     map[string]*Condition `yaml:"where"`     // members that an entry must have to be looked at

	At schema.Location `yaml:"-"`
}

// Function gives the derivation's function by its word, and its sources; "" where there is none, or more than one.
func (d *Derivation) Function() (word string, sources []string) {
	for _, f := range []struct {
		word    string
		sources []string
	}{{"sum", d.Sum}, {"count", d.Count}, {"min", d.Min}, {"max", d.Max}, {"first", d.First}, {"last", d.Last}, {"concat", d.Concat}} {
		if len(f.sources) == 0 {
			continue
		}
		if word != "" {
			return "", nil
		}
		word, sources = f.word, f.sources
	}
	return word, sources
}

// A Condition is what a text must be like; all of its words must hold. A single value instead of a mapping is Equals.
type Condition struct {
	Equals           *string  `yaml:"equals"` // exactly this; "*": any; "": the value is absent
	Prefix           string   `yaml:"prefix"`
	Suffix           string   `yaml:"suffix"`
	Pattern          string   `yaml:"pattern"` // regular expression as Go reads it, found anywhere
	Enum             []string `yaml:"enum"`    // any of these
	Minimum          string   `yaml:"minimum"` // numbers, compared exactly
	Maximum          string   `yaml:"maximum"`
	ExclusiveMinimum string   `yaml:"exclusiveMinimum"`
	ExclusiveMaximum string   `yaml:"exclusiveMaximum"`

	At schema.Location `yaml:"-"`

	pattern *regexp.Regexp
}

// Holds says whether a text meets the condition; there says that anything was given at all.
func (c *Condition) Holds(text string, there bool) bool {
	if c.Equals != nil {
		switch {
		case *c.Equals == "":
			return !there
		case !there || *c.Equals != "*" && text != *c.Equals:
			return false
		}
	}
	return there && strings.HasPrefix(text, c.Prefix) && strings.HasSuffix(text, c.Suffix) &&
		(c.pattern == nil || c.pattern.MatchString(text)) &&
		(len(c.Enum) == 0 || slices.Contains(c.Enum, text)) && c.within(text)
}

// within holds a text against the bounds: what is no number lies within none.
func (c *Condition) within(text string) bool {
	if c.Minimum == "" && c.Maximum == "" && c.ExclusiveMinimum == "" && c.ExclusiveMaximum == "" {
		return true
	}
	n, ok := Decimal(text)
	if !ok {
		return false
	}
	for _, bound := range []struct {
		text string
		ok   func(sign int) bool
	}{
		{c.Minimum, func(sign int) bool { return sign >= 0 }}, {c.Maximum, func(sign int) bool { return sign <= 0 }},
		{c.ExclusiveMinimum, func(sign int) bool { return sign > 0 }}, {c.ExclusiveMaximum, func(sign int) bool { return sign < 0 }},
	} {
		if b, given := Decimal(bound.text); given && !bound.ok(n.Cmp(b)) {
			return false
		}
	}
	return true
}

// decimalText is a JSON number of modest size: larger exponents would make numbers of millions of digits.
var decimalText = lazily(`^-?[0-9]{1,200}(\.[0-9]{1,200})?([eE][+-]?[0-9]{1,2})?$`)

// Decimal reads a number exactly. It is false for what is no number, or has hundreds of digits.
func Decimal(text string) (*big.Rat, bool) {
	if !decimalText().MatchString(text) {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

// A Consequence is what a request brings about beside what its operation does.
type Consequence struct {
	Set map[string]any `yaml:"set"` // members of the item, over those that the operation sets

	At schema.Location `yaml:"-"`
}

// checkTransitions holds what is said of states and derived members against what may be said. What needs the collections
// is checked where they are known.
func (c *compiler) checkTransitions() {
	resources := c.contract.Behaviour.Resources
	for _, path := range slices.Sorted(maps.Keys(resources)) {
		r := resources[path]
		if m := r.States; m != nil {
			if m.Field == "" {
				c.collect(behaviourError(m.At, "resources "+path+": states: field is missing", "name the member that holds the state: field: status"))
			}
			if len(m.Transitions) == 0 && len(m.Initial) == 0 {
				c.collect(behaviourError(m.At, "resources "+path+": states: there is no transition", "write transitions: [{from: pending, to: paid, by: payOrder}]"))
			}
			for i := range m.Transitions {
				c.collect(c.checkTransition(fmt.Sprintf("resources %s: transitions[%d]", path, i), &m.Transitions[i]))
			}
		}
		for _, member := range slices.Sorted(maps.Keys(r.Derive)) {
			c.collect(checkDerivation("resources "+path+": derive "+member, r.Derive[member]))
		}
	}
}

func (c *compiler) checkTransition(what string, t *Transition) error {
	for i, id := range t.By {
		if err := c.checkOperationName(t.At, what+": by", id); err != nil {
			return err.on("by", strconv.Itoa(i))
		}
	}
	switch {
	case t.After != "" && t.DueAt != "":
		return behaviourError(t.At, what+": after and dueAt exclude each other", "keep one of the two").on("dueAt")
	case t.Timed() && len(t.By) > 0:
		return behaviourError(t.At, what+": by and "+timedWord(t)+" exclude each other", "write two transitions, one for the operation and one for the clock").on("by")
	case t.To == "" && len(t.By) == 0:
		return behaviourError(t.At, what+": to is missing", "name the state that the item gets")
	}
	if d, err := time.ParseDuration(t.After); t.After != "" && (err != nil || d < time.Millisecond) { // states that follow each other in no time never rest
		return behaviourError(t.At, fmt.Sprintf("%s: after cannot be %q", what, t.After), "write a duration of a millisecond or more, such as 30m or 24h").on("after")
	}
	if place := requestPlaceholder(t.Set); t.Timed() && place != "" {
		return behaviourError(t.At, fmt.Sprintf("%s: set uses {%s}, and there is no request when the clock brings it about", what, place), "use {item.…}, {id}, {now}, {unix} or {uuid}").on("set")
	}
	if err := c.checkEvents(t.At, what+": ", "emits", t.Emits); err != nil {
		return err
	}
	return nil
}

func timedWord(t *Transition) string {
	if t.After != "" {
		return "after"
	}
	return "dueAt"
}

var requestPlaces = lazily(`\{((path|query|header|cookie|body)\.[^{}]*|origin)\}`)

// requestPlaceholder finds a placeholder that stands for something in a request.
func requestPlaceholder(set map[string]any) string {
	if found := requestPlaces().FindSubmatch(schema.AppendJSON(nil, set, nil)); found != nil {
		return string(found[1])
	}
	return ""
}

// checkOperationName refuses a name that no operation has.
func (c *compiler) checkOperationName(at schema.Location, what, id string) *DocumentError {
	known := make([]string, 0, len(c.contract.Operations))
	for _, o := range c.contract.Operations {
		if o.ID == id {
			return nil
		}
		known = append(known, o.ID)
	}
	advice := "name an operationId of the document"
	if near := Nearest(id, known); near != "" {
		advice = "did you mean " + near + "?"
	}
	return behaviourError(at, fmt.Sprintf("%s names the operation %q, which there is not", what, id), advice)
}

func checkDerivation(what string, d *Derivation) error {
	word, sources := d.Function()
	if word == "" {
		return behaviourError(d.At, what+": exactly one function is wanted", "use one of sum, count, min, max, first, last, concat")
	}
	if d.Times != "" && word != "sum" {
		return behaviourError(d.At, what+": times goes with sum only", "leave times out").on("times")
	}
	if d.Separator != "" && word != "concat" {
		return behaviourError(d.At, what+": separator goes with concat only", "leave separator out").on("separator")
	}
	for i, s := range sources {
		if strings.HasPrefix(s, "-") && word != "sum" {
			return behaviourError(d.At, fmt.Sprintf("%s: only sums take something off, and %q begins with a minus", what, s), "leave the minus out").on(word, strconv.Itoa(i))
		}
		if strings.Trim(s, "-/#") == "" {
			return behaviourError(d.At, fmt.Sprintf("%s: %q names no source", what, s), "name a member, a list with a member of its entries, or a child collection").on(word, strconv.Itoa(i))
		}
	}
	return checkConditions(what+": where", d.Where)
}

// checkAnswers holds the conditions of an operation's answers against what may be said.
func checkAnswers(b *OperationBehaviour) error {
	for i := range b.Answers {
		if err := checkConditions(fmt.Sprintf("answers[%d]: when", i), b.Answers[i].When); err != nil {
			return err
		}
	}
	return nil
}

func checkConditions(what string, conditions map[string]*Condition) error {
	for _, place := range slices.Sorted(maps.Keys(conditions)) {
		c := conditions[place]
		if c.Equals == nil && c.Prefix == "" && c.Suffix == "" && c.Pattern == "" && len(c.Enum) == 0 &&
			c.Minimum == "" && c.Maximum == "" && c.ExclusiveMinimum == "" && c.ExclusiveMaximum == "" {
			return behaviourError(c.At, what+" "+place+": no condition is given", "write a value, or words such as prefix, pattern, minimum")
		}
		for _, word := range [][2]string{{"minimum", c.Minimum}, {"maximum", c.Maximum}, {"exclusiveMinimum", c.ExclusiveMinimum}, {"exclusiveMaximum", c.ExclusiveMaximum}} {
			bound := word[1]
			if _, ok := Decimal(bound); bound != "" && !ok {
				return behaviourError(c.At, fmt.Sprintf("%s %s: %q is not a number", what, place, bound), "write a number such as 100 or 9.99").on(word[0])
			}
		}
		pattern, err := regexp.Compile(c.Pattern)
		if err != nil {
			return behaviourError(c.At, fmt.Sprintf("%s %s: %v", what, place, err), "write a regular expression as Go reads it").on("pattern")
		}
		if c.Pattern != "" {
			c.pattern = pattern
		}
	}
	return nil
}
