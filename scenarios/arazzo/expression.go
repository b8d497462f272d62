package arazzo

import (
	"encoding/json"
	"strconv"
	"strings"
)

// A Root is what a runtime expression begins with.
type Root string

// The roots of runtime expressions.
const (
	RootURL        Root = "$url"
	RootMethod     Root = "$method"
	RootStatusCode Root = "$statusCode"
	RootRequest    Root = "$request"
	RootResponse   Root = "$response"
	RootInputs     Root = "$inputs"
	RootOutputs    Root = "$outputs"
	RootSteps      Root = "$steps"
	RootWorkflows  Root = "$workflows"
	RootSources    Root = "$sourceDescriptions"
	RootComponents Root = "$components"
	RootSelf       Root = "$self" // Arazzo 1.1
)

// An Expression is a parsed runtime expression. It is read-only and safe for concurrent use.
type Expression struct {
	Text string // as it was written
	Root Root
	Part string // of $request and $response: header, query, path or body
	ID   string // of a step, workflow or source; of $components the kind: parameters, successActions, failureActions
	// Field is inputs or outputs, of $workflows.
	Field string
	// Name is that of a header, parameter, input, output or component, or what stands behind the name of a source. In
	// inputs and outputs it may end with member and index accessors, since names may hold dots: which it is shows only when
	// the names are known. It is empty for all outputs of a step.
	Name       string
	Pointer    string // JSON Pointer behind #
	HasPointer bool
	Access     []Access // .member and [index] behind a body

	nowhere bool // it fits the loose grammar of 1.0 and names no outputs
}

// An Access is one step of navigation: .member or [index].
type Access struct {
	Member string
	Index  int
	At     bool // it is an index
}

func (a Access) String() string {
	if a.At {
		return "[" + strconv.Itoa(a.Index) + "]"
	}
	return "." + a.Member
}

// Evaluate gives the value of the expression, with its type kept. Nothing is an error: what is not there is absent, and
// Value.Reason says why.
func (e *Expression) Evaluate(s Scope) Value {
	v := e.base(s)
	if v.Absent {
		return v
	}
	if e.HasPointer {
		return point(v.Any, e.Pointer)
	}
	return navigate(v.Any, e.Access)
}

func (e *Expression) base(s Scope) Value {
	switch e.Root {
	case RootURL, RootMethod:
		return e.requestLine(s.Request())
	case RootStatusCode:
		if m := s.Response(); m != nil && m.Status > 0 {
			return Value{Any: json.Number(strconv.Itoa(m.Status))}
		}
		return absent("there is no response in this step; a step that calls a workflow has none of its own")
	case RootRequest:
		return e.message(s.Request(), "request")
	case RootResponse:
		return e.message(s.Response(), "response")
	case RootInputs:
		return named(s.Inputs(), e.Name, "the workflow has no input ")
	case RootOutputs:
		return named(s.Outputs(), e.Name, "the workflow has no output ")
	case RootSteps:
		if e.nowhere {
			return absent(e.Text + " names no outputs of a step")
		}
		outputs, ran := s.Step(e.ID)
		if !ran {
			return absent("the step " + e.ID + " has not run")
		}
		return named(outputs, e.Name, "the step "+e.ID+" has no output ")
	case RootWorkflows:
		inputs, outputs, ran := s.Workflow(e.ID)
		if !ran {
			return absent("the workflow " + e.ID + " has not run")
		}
		if e.Field == "inputs" {
			outputs = inputs
		}
		return named(outputs, e.Name, "the workflow "+e.ID+" has among its "+e.Field+" no ")
	}
	return e.fromDocument(s)
}

func (e *Expression) fromDocument(s Scope) Value {
	switch e.Root {
	case RootSources:
		if v, ok := s.Source(e.ID, e.Name); ok {
			return Value{Any: v}
		}
		return absent("the source " + e.ID + " has no operation, workflow or field " + e.Name)
	case RootComponents:
		if v, ok := s.Component(e.ID, e.Name); ok {
			return Value{Any: v}
		}
		return absent("there is no component " + e.Name + " among the " + e.ID)
	}
	if self := s.Self(); self != "" {
		return Value{Any: self}
	}
	return absent("the document has no $self")
}

func (e *Expression) requestLine(m *Message) Value {
	switch {
	case m == nil:
		return absent("there is no request in this step")
	case e.Root == RootURL:
		return Value{Any: m.URL}
	}
	return Value{Any: m.Method}
}

func (e *Expression) message(m *Message, which string) Value {
	if m == nil {
		return absent("there is no " + which + " in this step")
	}
	switch e.Part {
	case "header":
		v := m.header(e.Name)
		if v.Absent {
			v.Reason = "the " + which + " has no header " + e.Name
		}
		return v
	case "query":
		return m.query(e.Name)
	case "path":
		if v, ok := m.Path[e.Name]; ok {
			return Value{Any: v}
		}
		return absent("the request has no path parameter " + e.Name)
	}
	if !m.HasBody {
		return absent("the " + which + " has no body")
	}
	return Value{Any: m.Body}
}

// named looks a name up: first as it is, then, since names may hold dots, its longest beginning that is a name, with the rest
// as member and index accessors.
func named(values map[string]any, name, complaint string) Value {
	if name == "" {
		all := make(map[string]any, len(values))
		for k, v := range values {
			all[k] = v
		}
		return Value{Any: all}
	}
	if v, ok := values[name]; ok {
		return Value{Any: v}
	}
	for i := len(name) - 1; i > 0; i-- {
		if name[i] != '.' && name[i] != '[' {
			continue
		}
		if v, ok := values[name[:i]]; ok {
			if access, fault := parseAccess(name[i:]); fault < 0 {
				return navigate(v, access)
			}
		}
	}
	return absent(complaint + name)
}

// navigate follows member and index accessors.
func navigate(v any, access []Access) Value {
	for i, a := range access {
		var next any
		ok := false
		if list, isList := v.([]any); a.At && isList && a.Index < len(list) {
			next, ok = list[a.Index], true
		} else if object, isObject := v.(map[string]any); !a.At && isObject {
			next, ok = object[a.Member]
		}
		if !ok {
			var way strings.Builder
			for _, before := range access[:i] {
				way.WriteString(before.String())
			}
			where := "the value"
			if way.Len() > 0 {
				where = "the value at " + way.String()
			}
			return absent(a.String() + " leads nowhere: " + where + " is " + kindOf(v))
		}
		v = next
	}
	return Value{Any: v}
}
