package rehearsal

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"understudy/contracts"

	"go.yaml.in/yaml/v4"
)

// actions reads one action, or a list of them.
func (r *reader) actions(n *yaml.Node) []Action {
	if n.Kind != yaml.SequenceNode {
		return []Action{r.action(n)}
	}
	if len(n.Content) == 0 || len(n.Content) > mostActions {
		r.fail(n, "then must be one action, or a list of 1 to %d", mostActions)
		return nil
	}
	var list []Action
	for _, one := range n.Content {
		list = append(list, r.action(one))
	}
	return list
}

func (r *reader) action(n *yaml.Node) Action {
	a := Action{line: n.Line}
	ok := r.members(n, "an action",
		word{"fault", func(v *yaml.Node) { a.Fault = r.fault(v) }},
		word{"outage", func(v *yaml.Node) { a.Outage = r.outage(v) }},
		word{"clock", func(v *yaml.Node) { a.Clock = r.clock(v) }},
		word{"tokens", func(v *yaml.Node) { a.Tokens = r.tokens(v) }},
		word{"expire", func(v *yaml.Node) { a.End = r.end(v, "expire", false) }},
		word{"revoke", func(v *yaml.Node) { a.End = r.end(v, "revoke", true) }},
		word{"refuse", func(v *yaml.Node) { a.Refuse = r.refuse(v) }},
		word{"deliveries", func(v *yaml.Node) { a.Deliveries = r.deliveries(v) }},
		word{"forge", func(v *yaml.Node) { a.Forge = r.forge(v) }},
		word{"limit", func(v *yaml.Node) { a.Limit = r.limit(v) }},
		word{"event", func(v *yaml.Node) { a.Event = r.event(v) }},
	)
	if ok && len(n.Content) != 2 {
		r.fail(n, "an action is one word with what it needs; several are a list")
	}
	return a
}

// faultWords are the words of faults that a plan takes: all but those by which faults are ordered by name, or of other sandboxes.
var faultWords = []string{
	"kind", "operations", "methods", "path", "credential", "account", "after", "times", "every", "probability", "from", "until", "delay", "real",
	"status", "code", "message", "headers", "body", "mediaType", "bytes", "rate", "member", "effect",
}

func (r *reader) fault(n *yaml.Node) *contracts.FaultBehaviour {
	spec := &contracts.FaultBehaviour{}
	var words []word
	timed := false
	for _, name := range faultWords {
		words = append(words, word{name, func(v *yaml.Node) {
			timed = timed || name == "times"
			if name == "status" && v.Kind == yaml.ScalarNode { // one may stand alone
				alone := *v
				*v = yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: v.Line, Column: v.Column, Content: []*yaml.Node{&alone}}
			}
		}})
	}
	if !r.members(n, "a fault", words...) {
		return spec
	}
	if err := n.Decode(spec); err != nil {
		r.fail(n, "the fault cannot be read: %s", plainError(err))
		return spec
	}
	if !timed {
		spec.Times = 1
	}
	if !writable(spec.Body) {
		r.fail(n, "body must be a text, or a value of JSON")
	}
	if contracts.FindFaultKind(spec.Kind) == nil {
		var known []string
		for _, k := range contracts.FaultKinds {
			known = append(known, k.Name)
		}
		r.fail(n, "kind must be one of %s", strings.Join(known, ", "))
	}
	return spec
}

// writable says whether a value can be written as JSON: YAML has keys that are no texts, and numbers without end.
func writable(v any) bool {
	_, err := json.Marshal(v)
	return err == nil
}

// plainError is an error of the YAML library in one line.
func plainError(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

func (r *reader) outage(n *yaml.Node) *Outage {
	o := &Outage{}
	r.members(n, "an outage",
		word{"for", func(v *yaml.Node) { o.For = r.wait(v, "for") }},
		word{"status", func(v *yaml.Node) { o.Status = r.number(v, "status", 400, 599) }},
		word{"retryAfter", func(v *yaml.Node) { o.RetryAfter = r.number(v, "retryAfter", 1, 86400) }},
		word{"operations", func(v *yaml.Node) { o.Operations = r.texts(v, "operations") }},
	)
	if n.Kind == yaml.MappingNode && o.For == 0 {
		r.fail(n, "an outage says how long it lasts: for: 20s")
	}
	return o
}

func (r *reader) clock(n *yaml.Node) *Clock {
	c := &Clock{}
	ok := r.members(n, "clock",
		word{"advance", func(v *yaml.Node) { c.Advance = r.length(v, "advance") }},
		word{"set", func(v *yaml.Node) {
			if _, err := time.Parse(time.RFC3339, v.Value); v.Kind != yaml.ScalarNode || err != nil {
				r.fail(v, "set must be an instant such as 2026-01-31T12:00:00Z")
			}
			c.Set = v.Value
		}},
		word{"rate", func(v *yaml.Node) {
			var rate float64
			if err := v.Decode(&rate); err != nil || !(rate >= 0 && rate <= 100_000) {
				r.fail(v, "rate must be a number from 0, which stands still, to 100000")
			}
			c.Rate = &rate
		}},
	)
	if ok && len(n.Content) != 2 {
		r.fail(n, "clock has one of advance, set and rate")
	}
	return c
}

func (r *reader) tokens(n *yaml.Node) *Lifetime {
	l := &Lifetime{}
	r.members(n, "tokens",
		word{"live", func(v *yaml.Node) { l.Live = r.length(v, "live") }},
		word{"class", func(v *yaml.Node) { l.Class = r.text(v, "class") }},
	)
	if n.Kind == yaml.MappingNode && l.Live == "" {
		r.fail(n, "tokens says how long they live: live: 5s")
	}
	return l
}

// end reads what ends: the tokens that the client has obtained ("tokens"), a class, or one by its name in the environment.
func (r *reader) end(n *yaml.Node, what string, revoke bool) *End {
	e := &End{Revoke: revoke}
	if n.Kind == yaml.ScalarNode {
		r.oneOf(n, what, "tokens")
		return e
	}
	ok := r.members(n, what,
		word{"class", func(v *yaml.Node) { e.Class = r.text(v, "class") }},
		word{"credential", func(v *yaml.Node) { e.Env = r.text(v, "credential") }},
	)
	if ok && (e.Class == "") == (e.Env == "") {
		r.fail(n, "%s is tokens, or has either class, or credential with a name of the environment", what)
	}
	return e
}

func (r *reader) refuse(n *yaml.Node) *Refusal {
	f := &Refusal{}
	if n.Kind == yaml.ScalarNode {
		f.What = r.oneOf(n, "refuse", "refresh", "login")
		return f
	}
	r.members(n, "refuse",
		word{"what", func(v *yaml.Node) { f.What = r.oneOf(v, "what", "refresh", "login") }},
		word{"status", func(v *yaml.Node) { f.Status = r.number(v, "status", 400, 599) }},
		word{"times", func(v *yaml.Node) { f.Times = r.number(v, "times", 1, mostCount) }},
		word{"after", func(v *yaml.Node) { f.After = r.number(v, "after", 0, mostCount) }},
	)
	if n.Kind == yaml.MappingNode && f.What == "" {
		r.fail(n, "refuse says what is refused: what: refresh")
	}
	return f
}

// troubleKinds are the kinds of misbehaviour that deliveries know; forgeries those of them that a receiver must not take for an event.
var (
	troubleKinds = append([]string{"duplicate", "out-of-order", "delayed", "slow-sender", "second-right", "future-timestamp", "long-header"}, forgeries...)
	forgeries    = []string{"unknown-event", "huge-body", "unsigned", "empty-signature", "wrong-secret", "other-body", "changed-byte", "reserialised", "stale-timestamp", "fake-scheme", "other-family"}
)

func (r *reader) deliveries(n *yaml.Node) *Trouble {
	t := &Trouble{}
	if n.Kind == yaml.ScalarNode {
		t.Kind = r.oneOf(n, "deliveries", troubleKinds...)
		return t
	}
	r.members(n, "deliveries",
		word{"kind", func(v *yaml.Node) { t.Kind = r.oneOf(v, "kind", troubleKinds...) }},
		word{"types", func(v *yaml.Node) { t.Types = r.texts(v, "types") }},
		word{"after", func(v *yaml.Node) { t.After = r.number(v, "after", 0, mostCount) }},
		word{"times", func(v *yaml.Node) { t.Times = r.number(v, "times", 1, mostCount) }},
		word{"attempts", func(v *yaml.Node) { t.Attempts = r.number(v, "attempts", -1, mostCount) }},
		word{"for", func(v *yaml.Node) { t.For = r.length(v, "for") }},
		word{"bytes", func(v *yaml.Node) { t.Bytes = r.number(v, "bytes", 1, 16<<20) }},
	)
	if n.Kind == yaml.MappingNode && t.Kind == "" && !slices.ContainsFunc(n.Content, func(k *yaml.Node) bool { return k.Value == "kind" }) {
		r.fail(n, "deliveries says what is wrong with them: kind: duplicate")
	}
	return t
}

func (r *reader) forge(n *yaml.Node) *Forgery {
	f := &Forgery{Kinds: r.texts(n, "forge")}
	for _, kind := range f.Kinds {
		if kind != "" && !slices.Contains(forgeries, kind) {
			r.fail(n, "forge cannot be %q: write one or more of %s", cut(kind), strings.Join(forgeries, ", "))
		}
	}
	return f
}

func (r *reader) limit(n *yaml.Node) *Limit {
	l := &Limit{}
	ok := r.members(n, "limit",
		word{"name", func(v *yaml.Node) { l.Name = r.text(v, "name") }},
		word{"left", func(v *yaml.Node) { left := r.number(v, "left", 0, mostCount); l.Left = &left }},
		word{"drain", func(v *yaml.Node) { l.Drain = r.truth(v, "drain") }},
		word{"reset", func(v *yaml.Node) { l.Reset = r.truth(v, "reset") }},
	)
	ways := 0
	for _, way := range []bool{l.Left != nil, l.Drain, l.Reset} {
		if way {
			ways++
		}
	}
	switch {
	case !ok:
	case ways != 1:
		r.fail(n, "limit has one of left, drain: true and reset: true")
	case l.Left != nil && l.Name == "":
		r.fail(n, "left goes with the name of a limit")
	}
	return l
}

func (r *reader) event(n *yaml.Node) *Event {
	e := &Event{}
	if n.Kind == yaml.ScalarNode {
		e.Type = r.text(n, "event")
		return e
	}
	r.members(n, "event",
		word{"type", func(v *yaml.Node) { e.Type = r.text(v, "type") }},
		word{"to", func(v *yaml.Node) { e.To = r.text(v, "to") }},
		word{"data", func(v *yaml.Node) {
			if err := v.Decode(&e.Data); v.Kind != yaml.MappingNode || err != nil || !writable(e.Data) {
				r.fail(v, "data must be an object of JSON")
			}
		}},
	)
	if n.Kind == yaml.MappingNode && e.Type == "" {
		r.fail(n, "event says which: type: NAME")
	}
	return e
}
