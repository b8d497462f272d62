package rehearsal_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/scenarios/rehearsal"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

// step is a plan with one step.
func step(text string) string { return "steps:\n- " + text + "\n" }

// TestReadAcceptsWhatTheSchemaDoes: the published schema and the reader agree, on plans that are right and on plans that are not.
func TestReadAgreesWithTheSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../../docs/schemas/plan.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, plan string
		wrong      string // part of the reader's message; empty: it is a good plan
		beyond     bool   // only the reader sees what is wrong: a schema cannot say it
	}{
		{"fault at a call", step("when: {call: 3, operation: listEvents}\n  then: {fault: {kind: status, status: 429, headers: {Retry-After: \"2\"}}}"), "", false},
		{"several actions", step("after: 2s\n  then: [{clock: {advance: 1h}}, {tokens: {live: 5s, class: access-token}}]"), "", false},
		{"again and again", step("every: 500ms\n  times: 3\n  then: {event: {type: event.created, data: {id: evt_1, deep: {a: [1, 2]}}}}"), "", false},
		{"every fourth call", step("when: {call: 1, every: 4, method: [GET, HEAD], path: /v1/**}\n  times: 2\n  then: {expire: tokens}"), "", false},
		{"by status", step("when: {call: 2, status: 4xx}\n  then: {limit: {reset: true}}"), "", false},
		{"a number as a status", step("when: {call: 2, status: 401}\n  then: {limit: {name: burst, left: 0}}"), "", false},
		{"delivery", step("when: {delivery: 2, type: 'event.*'}\n  then: {deliveries: {kind: out-of-order, for: 2s}}"), "", false},
		{"short forms", step("at: start\n  then: [{deliveries: duplicate}, {refuse: refresh}, {event: event.created}, {forge: [unsigned, wrong-secret]}]"), "", false},
		{"long forms", step("at: start\n  then: [{refuse: {what: login, status: 503, times: 2, after: 1}}, {revoke: {class: access-token}}, {expire: {credential: ECOEVENTS_API_KEY}}]"), "", false},
		{"outage", step("name: down\n  says: it is down\n  contract: ecoevents\n  when: {call: 2}\n  then: {outage: {for: 20s, status: 502, retryAfter: 5, operations: [listEvents]}}"), "", false},
		{"everything of a fault", step("at: start\n  then: {fault: {kind: status, operations: [a], methods: [GET], path: /a, credential: k, account: a, after: 1, times: 0, every: 9, probability: 0.5, from: 1s, until: 2s, status: [500, 502], code: c, message: m, headers: {A: b}, body: {a: 1}, mediaType: application/json, effect: true}}"), "", false},
		{"title", "$schema: plan.schema.json\ntitle: Busy\nmayFail: true\nsteps:\n- {at: start, then: {clock: {rate: 60}}}\n", "", false},

		{"empty", "", "the plan is empty", false},
		{"no steps", "title: a\n", "p.yaml:1: the plan has no steps", false},
		{"no list", "steps: {}\n", "steps must be a list", false},
		{"unknown word", "titel: a\nsteps:\n- {at: start, then: {forge: unsigned}}\n", `p.yaml:1: a plan has no word "titel"; did you mean title?`, false},
		{"word of a step", step("at: start\n  thn: {forge: unsigned}"), `p.yaml:3: a step has no word "thn"; did you mean then?`, false},
		{"word of a fault", step("at: start\n  then: {fault: {kind: status, stauts: 500}}"), `p.yaml:3: a fault has no word "stauts"; did you mean status?`, false},
		{"kind of a fault", step("at: start\n  then: {fault: {kind: explode}}"), "kind must be one of latency, status", false},
		{"kind is missing", step("at: start\n  then: {fault: {status: 500}}"), "kind must be one of", false},
		{"two forms", step("at: start\n  after: 2s\n  then: {forge: unsigned}"), "exactly one of at: start, after, every and when", false},
		{"no form", step("then: {forge: unsigned}"), "exactly one of at: start", false},
		{"nothing then", step("at: start"), "a step says what happens: then", false},
		{"times without every", step("at: start\n  times: 2\n  then: {forge: unsigned}"), "p.yaml:3: times is for steps with every", true},
		{"call and delivery", step("when: {call: 1, delivery: 1}\n  then: {forge: unsigned}"), "either call or delivery", false},
		{"call 0", step("when: {call: 0}\n  then: {forge: unsigned}"), "call must be a whole number from 1", false},
		{"call is text", step("when: {call: '1'}\n  then: {forge: unsigned}"), "call must be a whole number", false},
		{"status with delivery", step("when: {delivery: 1, status: 401}\n  then: {forge: unsigned}"), "go with call", false},
		{"type with call", step("when: {call: 1, type: a}\n  then: {forge: unsigned}"), "type goes with delivery", false},
		{"never", step("when: {call: 5, every: 4}\n  then: {forge: unsigned}"), "call 5 never comes", true},
		{"every and status", step("when: {call: 1, every: 4, status: 401}\n  then: {forge: unsigned}"), "do not go together", false},
		{"bad status", step("when: {call: 1, status: 4x}\n  then: {forge: unsigned}"), "status must be one such as 401", false},
		{"two actions in one", step("at: start\n  then: {clock: {rate: 1}, forge: unsigned}"), "an action is one word", false},
		{"unknown action", step("at: start\n  then: {explode: now}"), `an action has no word "explode"`, false},
		{"clock both", step("at: start\n  then: {clock: {rate: 1, advance: 1h}}"), "clock has one of", false},
		{"clock backwards", step("at: start\n  then: {clock: {advance: -1h}}"), "advance must be a length of time", false},
		{"clock set", step("at: start\n  then: {clock: {set: tomorrow}}"), "set must be an instant", true},
		{"rate", step("at: start\n  then: {clock: {rate: -1}}"), "rate must be a number from 0", false},
		{"tokens", step("at: start\n  then: {tokens: {class: a}}"), "tokens says how long they live", false},
		{"expire nothing", step("at: start\n  then: {expire: {}}"), "expire is tokens, or has either class", false},
		{"expire a word", step("at: start\n  then: {expire: keys}"), `expire is "keys"`, false},
		{"outage without end", step("at: start\n  then: {outage: {status: 503}}"), "an outage says how long", false},
		{"refuse what", step("at: start\n  then: {refuse: {status: 401}}"), "refuse says what is refused", false},
		{"deliveries", step("at: start\n  then: {deliveries: {times: 2}}"), "deliveries says what is wrong", false},
		{"misbehaviour", step("at: start\n  then: {deliveries: rude}"), `deliveries is "rude"`, false},
		{"forge what is believed", step("at: start\n  then: {forge: duplicate}"), `forge cannot be "duplicate"`, false},
		{"limit two ways", step("at: start\n  then: {limit: {drain: true, reset: true}}"), "limit has one of", false},
		{"limit false", step("at: start\n  then: {limit: {drain: false}}"), "limit has one of", false},
		{"limit of what", step("at: start\n  then: {limit: {left: 2}}"), "left goes with the name", false},
		{"event", step("at: start\n  then: {event: {to: a}}"), "event says which", false},
		{"wait", step("after: soon\n  then: {forge: unsigned}"), "after must be a length of time above 0", false},
		{"long wait", step("after: 25h\n  then: {forge: unsigned}"), "up to 24h", true},
		{"twice", step("at: start\n  at: start\n  then: {forge: unsigned}"), "", false}, // refused, see below
		{"same name", "steps:\n- {name: a, at: start, then: {forge: unsigned}}\n- {name: a, at: start, then: {forge: unsigned}}\n", `the name "a" is taken`, true},
		{"name", step("name: a b\n  at: start\n  then: {forge: unsigned}"), "name must be of letters", false},
		{"alias", "title: &a b\nsteps:\n- {at: start, says: *a, then: {forge: unsigned}}\n", "no aliases", true},
		{"deep", step("at: start\n  then: {event: {type: a, data: " + strings.Repeat("{a: ", 30) + "1" + strings.Repeat("}", 30) + "}}"), "nested too deeply", true},
		{"no JSON", step("at: start\n  then: {event: {type: a, data: {a: .inf}}}"), "data must be an object of JSON", true},
		{"many steps", "steps:\n" + strings.Repeat("- {at: start, then: {forge: unsigned}}\n", 201), "a list of 1 to 200", false},
		{"large", "# " + strings.Repeat("x", 300_000), "larger than", true},
		{"no YAML", "steps: [", "p.yaml", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := rehearsal.Read(strings.NewReader(c.plan), "p.yaml")
			if c.name == "twice" {
				if err == nil {
					t.Error("a word may stand twice")
				}
				return
			}
			switch {
			case c.wrong == "" && err != nil:
				t.Fatalf("refused: %v", err)
			case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
				t.Fatalf("the message is %v, and should have %q", err, c.wrong)
			}
			if c.beyond {
				return
			}
			if valid := schema.Validate(plain(t, c.plan)) == nil; valid != (c.wrong == "") {
				t.Errorf("the schema takes it: %v, the reader says %v (%v)", valid, err, schema.Validate(plain(t, c.plan)))
			}
		})
	}
}

// plain is a plan as JSON has it.
func plain(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// TestSchemaKnowsEveryFault: a kind that the stand-in learns is in the schema, and so are all of its words.
func TestSchemaKnowsEveryFault(t *testing.T) {
	for _, kind := range contracts.FaultKinds {
		text := step("at: start\n  then: {fault: {kind: " + kind.Name + "}}")
		if _, err := rehearsal.Read(strings.NewReader(text), "p.yaml"); err != nil {
			t.Errorf("%s: %v", kind.Name, err)
		}
		schema, err := jsonschema.NewCompiler().Compile("../../docs/schemas/plan.schema.json")
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(plain(t, text)); err != nil {
			t.Errorf("%s: %v", kind.Name, err)
		}
	}
}

// TestCheckTellsWhatThereIsNot: what a contract has not is told with its line before anything begins.
func TestCheckTellsWhatThereIsNot(t *testing.T) {
	c := load(t, "ecoevents")
	for _, one := range []struct{ plan, wrong string }{
		{step("when: {call: 1, operation: listEvent}\n  then: {clock: {advance: 1h}}"), `p.yaml:2: when: ecoevents has no operation "listEvent"; did you mean listEvents?`},
		{step("at: start\n  then: {fault: {kind: status, operations: [nothing]}}"), `operations: must name operations of the contract, and "nothing" is none`},
		{step("at: start\n  then: {fault: {kind: reset, delay: 1s}}"), "delay"},
		{step("at: start\n  then: {limit: {name: burst, drain: true}}"), `declares no limit "burst"; it has free-minute`},
		{step("at: start\n  then: {event: nothing}"), `tells of no event "nothing"; it has event.created`},
		{step("contract: other\n  at: start\n  then: {clock: {advance: 1h}}"), `the contract "other", which is not served; served are ecoevents`},
		{step("when: {call: 1, path: '[', method: get}\n  then: {clock: {advance: 1h}}"), "when:"},
		{step("at: start\n  then: {outage: {for: 1s, operations: [listEvent]}}"), "did you mean listEvents?"},
	} {
		p, err := rehearsal.Read(strings.NewReader(one.plan), "p.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Check([]*contracts.Contract{c}); err == nil || !strings.Contains(err.Error(), one.wrong) || !strings.Contains(err.Error(), "p.yaml:2") {
			t.Errorf("%s: %v, and should have %q with p.yaml:2", one.plan, err, one.wrong)
		}
	}
	p, err := rehearsal.Read(strings.NewReader(step("at: start\n  then: {refuse: refresh}")), "p.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Check([]*contracts.Contract{c}); err != nil {
		t.Errorf("ecoevents renews sessions: %v", err)
	}
	if err := p.Check([]*contracts.Contract{load(t, "echowin")}); err == nil || !strings.Contains(err.Error(), "no operation of its own for refresh") {
		t.Errorf("echowin renews no sessions: %v", err)
	}
}

// TestTell: what a plan is going to do is told in words.
func TestTell(t *testing.T) {
	p, err := rehearsal.Read(strings.NewReader(`steps:
- {when: {call: 3, operation: listEvents}, then: {fault: {kind: status, status: 429, headers: {Retry-After: "2"}, times: 2}}}
- {after: 2s, then: [{clock: {advance: 24h}}, {tokens: {live: 5s}}]}
- {when: {delivery: 2}, then: {deliveries: duplicate}}
- {when: {call: 1, status: 401}, then: {refuse: refresh}}
- {every: 1s, says: My words., then: {limit: {drain: true}}}
- {at: start, then: [{outage: {for: 20s}}, {expire: tokens}, {revoke: {credential: A_KEY}}, {event: a.b}, {fault: {kind: latency, delay: 2s, effect: true}}]}
`), "p.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"call 3 of listEvents: answered with 429, Retry-After 2, twice",
		"after 2s: the clock goes ahead by 24h, tokens live 5s from now on",
		"delivery 2: duplicate",
		"call 1 answered with 401: the next refresh is refused with 401",
		"My words.",
		"at the start: down with 503 for 20s, the tokens that were obtained expire, A_KEY are revoked, the event a.b, latency of 2s behind the effect",
	}
	if got := p.Tell(); !slices.Equal(got, want) {
		t.Errorf("told is\n%s", strings.Join(got, "\n"))
	}
}
