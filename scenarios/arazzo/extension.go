package arazzo

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// This file is the one place where x-understudy is read. It may stand on the document, on workflows and on steps; docs/arazzo.md
// lists the words. Another runner ignores it and still runs the workflows, without what only a stand-in can do.

// An Extension is x-understudy on a document, workflow or step. The zero value is none.
type Extension struct {
	At   Position // empty: there is none
	Tags []string // document, workflow
	Data *Data    // workflow: run once for each row
	// Actor is the name of the credential with which requests go out, "none" for none; empty: as what is around has it.
	Actor        string
	Expect       []Expectation // findings that are right here
	Requirements []string      // ids of documented facts that this proves
	Clock        *Clock        // step: move the stand-in's clock, before the request
	Event        *Event        // step: let the stand-in send an event, before the request
	Wait         *Wait         // step: wait for a delivery, after the request and before the criteria
	Skip         *Skip
	Timeout      time.Duration // 0: none of its own
	Secrets      []string      // document, workflow: names of inputs that must not be shown

	cuts []Output // step: outputs that are pieces of texts; they stand among its Outputs
}

// Data is a table of inputs: a workflow is run once for each row.
type Data struct {
	At   Position
	Rows []map[string]any // written in the document
	File string           // or in a CSV or YAML file beside it; empty: Rows
}

// An Expectation is a finding that is expected and therefore no failure.
type Expectation struct {
	At     Position
	Check  string // id of the check: "NEG-003"
	Reason string // why it is right here; may be empty
}

// A Clock command moves the clock of the stand-in. One of the fields is set.
type Clock struct {
	At      Position
	Advance time.Duration
	Set     time.Time // zero: Advance
}

// An Event command has the stand-in send an event.
type Event struct {
	At   Position
	Send string    // type of the event: "license.activated"
	Data *Template // its data; nil: as the contract has it
}

// A Wait command waits until a delivery of an event has arrived.
type Wait struct {
	At       Position
	Delivery string        // type of the event
	Within   time.Duration // by the clock of the run; 0: as the runner has it
}

// A Skip says why or when something is not run.
type Skip struct {
	At     Position
	Reason string
	// Unless is "control" where it is run when there is a control address; empty: it is never run.
	Unless string
}

// NeedsControl says whether it can only be carried out with the stand-in's management API.
func (e *Extension) NeedsControl() bool {
	return e.Clock != nil || e.Event != nil || e.Wait != nil || e.Skip != nil && e.Skip.Unless == "control"
}

type level int

const (
	onDocument level = 1 << iota
	onWorkflow
	onStep
)

func (l level) String() string {
	return map[level]string{onDocument: "the document", onWorkflow: "a workflow", onStep: "a step"}[l]
}

// words says where each word may stand.
var words = map[string]level{
	"tags": onDocument | onWorkflow, "data": onWorkflow, "actor": onDocument | onWorkflow | onStep,
	"expect": onDocument | onWorkflow | onStep, "requirements": onDocument | onWorkflow | onStep,
	"clock": onStep, "event": onStep, "wait": onStep, "skip": onDocument | onWorkflow | onStep,
	"timeout": onDocument | onWorkflow | onStep, "secrets": onDocument | onWorkflow, "cut": onStep,
}

// extension reads x-understudy of an object.
func (o *object) extension(on level) Extension {
	if o.understudy == nil {
		return Extension{}
	}
	var known []string
	for _, word := range sortedKeys(words) {
		if words[word]&on != 0 {
			known = append(known, word)
		}
	}
	pointer := o.pointer + "/" + prefix
	if o.understudy.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(o.understudy.Content); i += 2 {
			key := o.understudy.Content[i]
			if at, ok := words[key.Value]; ok && at&on == 0 {
				o.fail(o.at(key, pointer+"/"+key.Value), "move it to where docs/arazzo.md says", "%s of %s has no place on %s", key.Value, prefix, on)
				key.Value = "x-" + key.Value // said already
			}
		}
	}
	x := o.parser.object(o.understudy, pointer, prefix+" of "+on.String(), known...)
	if x == nil {
		return Extension{}
	}
	e := Extension{
		At: x.here(), Tags: x.plainTexts("tags"), Data: x.data(), Actor: x.text("actor"), Expect: x.expectations(),
		Requirements: x.plainTexts("requirements"), Timeout: x.duration("timeout"), Secrets: x.plainTexts("secrets"), cuts: x.cuts(),
	}
	x.commands(&e)
	return e
}

// plainTexts gives a list of strings that are not empty; one string may stand for a list of one.
func (o *object) plainTexts(field string) []string {
	if n := o.fields[field]; n != nil && isText(n) {
		o.fields[field] = &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{n}, Line: n.Line, Column: n.Column}
	}
	list := o.texts(field, 1)
	if slices.Contains(list, "") {
		o.fail(o.place(field), "remove it", "an entry of %s is empty", field)
	}
	return list
}

func (o *object) data() *Data {
	n := o.fields["data"]
	if n == nil {
		return nil
	}
	pointer := o.pointer + "/data"
	d := &Data{At: o.place("data")}
	rows := n
	if n.Kind == yaml.MappingNode {
		x := o.parser.object(n, pointer, "data", "rows", "file")
		rows, pointer = x.fields["rows"], pointer+"/rows"
		d.File = x.text("file")
		if (rows == nil) == (d.File == "") {
			o.fail(d.At, "write data: {file: rows.csv} or data: [{name: value}]", "data has either rows or a file")
			return d
		}
		if d.File != "" {
			x.checkFile(d.File)
			return d
		}
	}
	if rows.Kind != yaml.SequenceNode || len(rows.Content) == 0 {
		o.fail(o.at(rows, pointer), "write a list of objects", "data is %s and not a list of rows", describe(rows))
		return d
	}
	for i, row := range rows.Content {
		inside := pointer + "/" + itoa(i)
		if row.Kind != yaml.MappingNode {
			o.fail(o.at(row, inside), "write an object with the inputs by name", "a row of data is %s and not an object", describe(row))
			continue
		}
		if values, ok := o.decode(row, inside).(map[string]any); ok {
			d.Rows = append(d.Rows, values)
		}
	}
	return d
}

func (o *object) expectations() []Expectation {
	var out []Expectation
	n := o.fields["expect"]
	if n == nil {
		return nil
	}
	entries := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		entries = n.Content
	}
	for i, entry := range entries {
		pointer := o.pointer + "/expect/" + itoa(i)
		e := Expectation{At: o.at(entry, pointer)}
		if isText(entry) {
			e.Check = entry.Value
		} else if x := o.parser.object(entry, pointer, "an expectation", "check", "reason"); x != nil {
			e.Check, e.Reason = x.text("check"), x.text("reason")
		}
		if e.Check == "" || strings.ContainsAny(e.Check, " \t\n") {
			o.fail(e.At, "write one such as NEG-003", "an entry of expect names no check")
		}
		out = append(out, e)
	}
	return out
}

// commands reads what only a stand-in can do, and skip.
func (o *object) commands(e *Extension) {
	if n := o.fields["clock"]; n != nil {
		e.Clock = o.clock(n)
	}
	if n := o.fields["event"]; n != nil {
		if x := o.parser.object(n, o.pointer+"/event", "event", "send", "data"); x != nil {
			e.Event = &Event{At: x.here(), Send: x.name("send", "add the type of the event")}
			if n := x.fields["data"]; n != nil {
				e.Event.Data = o.template(n, x.pointer+"/data")
			}
		}
	}
	if n := o.fields["wait"]; n != nil {
		if x := o.parser.object(n, o.pointer+"/wait", "wait", "delivery", "within"); x != nil {
			e.Wait = &Wait{At: x.here(), Delivery: x.name("delivery", "add the type of the event"), Within: x.duration("within")}
		}
	}
	if n := o.fields["skip"]; n != nil {
		e.Skip = o.skip(n)
	}
}

func (o *object) clock(n *yaml.Node) *Clock {
	x := o.parser.object(n, o.pointer+"/clock", "clock", "advance", "set")
	if x == nil {
		return nil
	}
	c := &Clock{At: x.here(), Advance: x.duration("advance")}
	if (x.fields["advance"] == nil) == (x.fields["set"] == nil) {
		o.fail(c.At, "write clock: {advance: 24h} or clock: {set: 2026-01-01T00:00:00Z}", "clock has either advance or set")
		return c
	}
	if text := x.text("set"); text != "" {
		t, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			o.fail(x.place("set"), "write one such as 2026-01-01T00:00:00Z", "set of clock is no time of RFC 3339")
		}
		c.Set = t
	}
	return c
}

func (o *object) skip(n *yaml.Node) *Skip {
	s := &Skip{At: o.place("skip")}
	if isText(n) {
		s.Reason = n.Value
	} else if x := o.parser.object(n, o.pointer+"/skip", "skip", "reason", "unless"); x != nil {
		s.Reason, s.Unless = x.text("reason"), x.word("unless", "control")
	} else {
		return s
	}
	if s.Reason == "" && s.Unless == "" {
		o.fail(s.At, "write skip: <why>, or skip: {unless: control}", "skip has no reason")
	}
	return s
}

var days = regexp.MustCompile(`^([0-9]{1,5})d`)

// duration reads a length of time such as 1.5s, 10m, 24h or 30d12h; 0 where the field is absent.
func (o *object) duration(field string) time.Duration {
	if o.fields[field] == nil {
		return 0
	}
	text := o.text(field)
	rest, sum := text, time.Duration(0)
	if match := days.FindStringSubmatch(text); match != nil {
		n, _ := strconv.Atoi(match[1]) // five digits at most
		sum, rest = time.Duration(n)*24*time.Hour, text[len(match[0]):]
	}
	if rest != "" {
		d, err := time.ParseDuration(rest)
		if err != nil || strings.ContainsAny(rest, "+-") {
			o.fail(o.place(field), "write one such as 1.5s, 10m, 24h or 30d", "%s is %s and not a length of time", field, describe(o.fields[field]))
			return 0
		}
		sum += d
	}
	if sum <= 0 || sum > 10*maxWait {
		o.fail(o.place(field), "write one such as 1.5s, 10m, 24h or 30d", "%s is %s and not a length of time above 0", field, describe(o.fields[field]))
		return 0
	}
	return sum
}

// SecretInputs are the names of a workflow's inputs that must not be shown: those that x-understudy names here or on the
// document, and those of format password (Arazzo, Data Types).
func (d *Document) SecretInputs(w *Workflow) []string {
	out := slices.Concat(d.Extension.Secrets, w.Extension.Secrets)
	if object, ok := d.InputSchema(w).(map[string]any); ok {
		properties, _ := object["properties"].(map[string]any)
		for _, name := range sortedKeys(properties) {
			if property, _ := d.followInputs(properties[name]).(map[string]any); property["format"] == "password" {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// inputType gives the JSON type that the schema of the inputs states for one of them; "" where it states none.
func (d *Document) inputType(w *Workflow, name string) string {
	object, _ := d.InputSchema(w).(map[string]any)
	properties, _ := object["properties"].(map[string]any)
	property, _ := d.followInputs(properties[name]).(map[string]any)
	kind, _ := property["type"].(string)
	return kind
}
