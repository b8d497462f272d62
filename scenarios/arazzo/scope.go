package arazzo

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"understudy/contracts/schema"
)

// A Scope is what has happened when an expression is evaluated. The runner implements it; nothing here keeps it.
type Scope interface {
	// Request is the request of the current step; nil before it was made, and in steps that call a workflow.
	Request() *Message
	// Response is the answer to it; nil where there is none.
	Response() *Message
	// Inputs are those of the current workflow, by name.
	Inputs() map[string]any
	// Outputs are those of the current workflow; in a step that has called a workflow, those of the called one.
	Outputs() map[string]any
	// Step gives the outputs of a step of the current workflow; false where it has not run.
	Step(id string) (outputs map[string]any, ran bool)
	// Workflow gives inputs and outputs of a workflow of this document that has run.
	Workflow(id string) (inputs, outputs map[string]any, ran bool)
	// Source resolves $sourceDescriptions.<name>.<reference>: an operationId or workflowId of the source first, a field
	// of the Source Description Object (url, type, name) second.
	Source(name, reference string) (any, bool)
	// Self is the URI of the document; empty where it has none.
	Self() string
	// Component gives a component of the document: kind is parameters, successActions or failureActions.
	Component(kind, name string) (any, bool)
}

// A Message is one half of an exchange, as expressions see it.
type Message struct {
	Method string // of the request
	URL    string // of the request, complete, as it was sent
	Status int    // of the response; 0: there is none
	Header http.Header
	Query  url.Values        // of the request
	Path   map[string]string // path parameters of the request, decoded
	// Body is what a JSON body parses to, and the text of any other body as a string; an XML body is a string. It counts
	// only where HasBody is true, so that the body null and no body differ.
	Body    any
	HasBody bool
}

// A Value is what an expression came to. An absent value is not null: nothing stands at the place that was asked for.
type Value struct {
	Any    any
	Absent bool
	Reason string // why it is absent, as a sentence without its end
}

func absent(reason string) Value { return Value{Absent: true, Reason: reason} }

// Describe shows a value: its JSON text, or "absent (why)". It is not cut, so that a redactor finds whole secrets.
func (v Value) Describe() string {
	if v.Absent {
		return "absent (" + v.Reason + ")"
	}
	return jsonText(v.Any)
}

// jsonText writes a value as JSON, members sorted.
func jsonText(v any) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return "(a value that JSON cannot say)"
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// textOf is how a value looks inside a string: scalars as they are, structures as JSON (Arazzo 1.1, Runtime Expressions).
func textOf(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	return jsonText(v)
}

// header gives a header field whatever the case of its name. Several lines of one field are joined as RFC 9110, 5.2 has it.
func (m *Message) header(name string) Value {
	var lines []string
	for _, key := range sortedKeys(m.Header) {
		if strings.EqualFold(key, name) {
			lines = append(lines, m.Header[key]...)
		}
	}
	if len(lines) == 0 {
		return absent("there is no header " + name)
	}
	return Value{Any: strings.Join(lines, ", ")}
}

// query gives a query parameter: a string, or an array of strings where it stands several times.
func (m *Message) query(name string) Value {
	switch values := m.Query[name]; len(values) {
	case 0:
		return absent("the request has no query parameter " + name)
	case 1:
		return Value{Any: values[0]}
	default:
		list := make([]any, len(values))
		for i, v := range values {
			list[i] = v
		}
		return Value{Any: list}
	}
}

// point follows a JSON Pointer and says where it ends when it leads nowhere.
func point(v any, pointer string) Value {
	if pointer == "" {
		return Value{Any: v}
	}
	walked := "#"
	for token := range strings.SplitSeq(pointer[1:], "/") {
		next, ok := child(v, schema.UnescapeToken(token))
		if !ok {
			return absent("the pointer " + pointer + " ends at " + walked + ", which is " + kindOf(v))
		}
		v = next
		walked += "/" + token
	}
	return Value{Any: v}
}

// child gives the member or entry of a value; entries are counted from 0 without leading zeros (RFC 6901, 4).
func child(v any, token string) (any, bool) {
	switch at := v.(type) {
	case map[string]any:
		member, ok := at[token]
		return member, ok
	case []any:
		i, ok := arrayIndex(token)
		if !ok || i >= len(at) {
			return nil, false
		}
		return at[i], true
	}
	return nil, false
}

func arrayIndex(token string) (int, bool) {
	if token == "" || len(token) > 9 || len(token) > 1 && token[0] == '0' {
		return 0, false
	}
	n := 0
	for _, c := range []byte(token) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, true
}

// kindOf names the type of a value, and of a structure what is in it.
func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case []any:
		if len(v) == 0 {
			return "an empty array"
		}
		return "an array of " + countOf(len(v), "entry", "entries")
	case map[string]any:
		names := sortedKeys(v)
		if len(names) == 0 {
			return "an empty object"
		}
		more := ""
		if len(names) > 8 {
			names, more = names[:8], ", …"
		}
		for i, name := range names {
			names[i] = cut(name, 40)
		}
		return "an object with the members " + strings.Join(names, ", ") + more
	}
	return "a number"
}

func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return jsonText(n) + " " + many
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
