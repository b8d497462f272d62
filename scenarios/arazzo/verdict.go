package arazzo

import (
	"fmt"
	"strings"
)

// A Verdict is what a criterion came to, with what a person needs to see why.
type Verdict struct {
	Passed bool
	Type   string // simple, regex, jsonpath, xpath
	// Condition is the condition as it was judged, expressions in braces filled in.
	Condition string
	// Context is what the condition was applied to; nil in simple conditions.
	Context *Value
	// Comparisons are those of a simple condition that were looked at, in their order; what a false && or a true || made
	// needless is not among them.
	Comparisons []Comparison
	// Notes are what a reader may not expect: a filter applied to an object, a condition that holds of nothing.
	Notes []string
	// Err says why the condition could not be judged; it has failed then.
	Err error
}

// A Comparison is one comparison, or one bare value, of a simple condition.
type Comparison struct {
	Left, Right           string // as they were written; Right is empty for a bare value
	Operator              string // empty for a bare value
	LeftValue, RightValue Value
	LeftLiteral           bool
	RightLiteral          bool
	Held                  bool
	Note                  string
}

// Explain says in sentences what was wanted and what was there. show turns the JSON text of a value, whole, into what may be
// shown: a redactor goes here, and cutting comes after it. nil shows all.
func (v *Verdict) Explain(show func(string) string) string {
	if show == nil {
		show = func(text string) string { return text }
	}
	shown := func(value Value) string { return cut(show(value.Describe()), 300) }
	var out []string
	switch {
	case v.Err != nil:
		out = append(out, "the condition cannot be judged: "+show(v.Err.Error()))
	case v.Type == "simple":
		for _, c := range v.Comparisons {
			if !c.Held || v.Passed {
				out = append(out, c.explain(shown))
			}
		}
		if len(out) == 0 {
			for _, c := range v.Comparisons {
				out = append(out, c.explain(shown))
			}
		}
	case v.Context != nil && v.Context.Absent:
		out = append(out, "the context is absent: "+show(v.Context.Reason))
	case v.Context != nil:
		word := map[bool]string{true: "holds", false: "does not hold"}[v.Passed]
		out = append(out, fmt.Sprintf("%s %s of %s", cut(show(v.Condition), 300), word, shown(*v.Context)))
	}
	for _, note := range v.Notes {
		out = append(out, show(note))
	}
	return strings.Join(out, "; ")
}

func (c *Comparison) explain(shown func(Value) string) string {
	var b strings.Builder
	b.WriteString(cut(c.Left, 200))
	if !c.LeftLiteral {
		b.WriteString(" is " + shown(c.LeftValue))
	}
	if c.Operator == "" {
		if !c.Held {
			b.WriteString(", wanted true")
		}
	} else {
		if !c.LeftLiteral {
			b.WriteString(map[bool]string{true: ", as wanted", false: ", wanted"}[c.Held])
		}
		b.WriteString(" " + c.Operator + " " + cut(c.Right, 200))
		if !c.RightLiteral {
			b.WriteString(", which is " + shown(c.RightValue))
		}
		if c.LeftLiteral {
			b.WriteString(map[bool]string{true: " holds", false: " does not hold"}[c.Held])
		}
	}
	if c.Note != "" {
		b.WriteString(" (" + c.Note + ")")
	}
	return b.String()
}

// A run is one evaluation of a simple condition.
type run struct {
	scope   Scope
	verdict *Verdict
}

// Evaluate judges the condition. What is absent counts as null.
func (c *Condition) Evaluate(s Scope) Verdict {
	v := Verdict{Type: "simple", Condition: c.Text}
	held := c.root.evaluate(&run{s, &v})
	v.Passed = held && v.Err == nil
	return v
}

func (r *run) fail(format string, args ...any) bool {
	if r.verdict.Err == nil {
		r.verdict.Err = fmt.Errorf(format, args...)
	}
	return false
}

func (r *run) value(o *operand) Value {
	if o.expression == nil {
		return Value{Any: o.literal}
	}
	return o.expression.Evaluate(r.scope)
}

func (j *junction) evaluate(r *run) bool {
	for _, sub := range j.subs {
		if sub.evaluate(r) != j.and {
			return !j.and
		}
	}
	return j.and
}

func (n *negation) evaluate(r *run) bool {
	t, bare := n.of.(*test)
	if !bare {
		return !n.of.evaluate(r)
	}
	v := r.value(&t.of)
	b, isBool := v.Any.(bool)
	c := Comparison{Left: "!" + t.of.text, LeftValue: v, LeftLiteral: t.of.expression == nil, Held: v.Any == nil || isBool && !b}
	r.verdict.Comparisons = append(r.verdict.Comparisons, c)
	if v.Any != nil && !isBool {
		return r.fail("%s is %s, and ! takes booleans only; compare it with something", t.of.text, simpleKind(v.Any))
	}
	return c.Held
}

func (t *test) evaluate(r *run) bool {
	v := r.value(&t.of)
	held, isBool := v.Any.(bool)
	c := Comparison{Left: t.of.text, LeftValue: v, LeftLiteral: t.of.expression == nil, Held: held}
	if !isBool && v.Any != nil {
		c.Note = "only the boolean true passes on its own; compare " + simpleKind(v.Any) + " with something, such as != null"
	}
	r.verdict.Comparisons = append(r.verdict.Comparisons, c)
	return held
}

func (c *comparison) evaluate(r *run) bool {
	left, right := r.value(&c.left), r.value(&c.right)
	held, note, fault := compare(left, c.operator, right)
	r.verdict.Comparisons = append(r.verdict.Comparisons, Comparison{
		Left: c.left.text, Operator: c.operator, Right: c.right.text, LeftValue: left, RightValue: right,
		LeftLiteral: c.left.expression == nil, RightLiteral: c.right.expression == nil, Held: held, Note: note,
	})
	if fault != "" {
		return r.fail("%s %s %s: %s", c.left.text, c.operator, c.right.text, fault)
	}
	return held
}
