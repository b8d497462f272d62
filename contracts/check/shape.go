package check

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// errorShape is one way in which errors of the run were written.
type errorShape struct {
	operations map[*contracts.Operation]bool
	answers    int
	own        bool // the document describes no such answer: its author did not mean it
	exchange   int  // the first one that the document does not describe
	operation  *contracts.Operation
	status     int
}

// carriers are the members in which errors hold their message, the most telling first.
var carriers = []string{"error", "message", "title", "detail", "errors", "msg", "err", "reason", "description", "code"}

// errorShape gives the shape of an error, "" where there is nothing to compare: no content, a refusal by HTTP alone, or OAuth's
// errors (RFC 6749, 5.2), which have a shape of their own. described says that the document describes the answer.
func (p *pass) errorShape() (shape string, described bool) {
	if p.x.Status < 400 || p.operation == nil || !p.textOK || !p.e.selected.Has("ERR-004") || p.x.Method == http.MethodHead {
		return "", false
	}
	described = p.response != nil && p.whole && slices.ContainsFunc(p.response.Content, func(m *contracts.MediaType) bool { return m.Schema != nil })
	name := bareType(p.contentType)
	switch {
	case !p.decoded || !isJSON(name):
		return name, described && p.decoded
	case name == problemType:
		return "problem details", described
	}
	object, ok := p.value.(map[string]any)
	if !ok {
		return "JSON that is " + jsonShape(p.value), described
	}
	if _, ok := object["error_description"]; ok {
		return "", false
	}
	for _, carrier := range carriers {
		if v, ok := object[carrier]; ok {
			return fmt.Sprintf("JSON whose %s is %s", carrier, jsonShape(v)), described
		}
	}
	return "JSON without a message", described
}

// jsonShape names a type, taking null for what a text would be.
func jsonShape(v any) string {
	if v == nil {
		return "a text"
	}
	return shape(v)
}

func (r *runState) addShape(p *pass, shape string, described bool) {
	s := r.errors[shape]
	if s == nil {
		if len(r.errors) >= maxFindings {
			return
		}
		s = &errorShape{operations: map[*contracts.Operation]bool{}}
		r.errors[shape] = s
	}
	s.answers++
	s.operations[p.operation] = true
	if !described && !s.own {
		s.own, s.exchange, s.operation, s.status = true, p.about.Number, p.operation, p.x.Status
	}
}

// documentedShapes are those that the document describes for some error: where it has several, an answer that it does not
// describe may take any of them.
func (e *Examination) documentedShapes() map[string]bool {
	shapes := map[string]bool{}
	for _, o := range e.contract.Operations {
		for _, r := range o.Responses {
			if r.Code != 0 && r.Code < 400 || r.Code == 0 && (r.Status == "2XX" || r.Status == "3XX") {
				continue
			}
			for _, m := range r.Content {
				e.addDocumented(shapes, m)
			}
		}
	}
	return shapes
}

func (e *Examination) addDocumented(shapes map[string]bool, m *contracts.MediaType) {
	name := bareType(m.Name)
	switch {
	case name == problemType:
		shapes["problem details"] = true
		return
	case !isJSON(name):
		shapes[name] = true
		return
	case m.Schema == nil:
		return
	}
	declared := e.members([]*schema.Schema{m.Schema}).declared
	for _, carrier := range carriers {
		for _, s := range declared[carrier] {
			for t, words := range typeWords {
				if types := s.Resolve().Types; types == 0 || types&t != 0 {
					shapes[fmt.Sprintf("JSON whose %s is %s", carrier, words)] = true
				}
			}
		}
	}
}

// typeWords are the words of shape for the types of schemas.
var typeWords = map[schema.Types]string{
	schema.Boolean: "a boolean", schema.String: "a text", schema.Array: "a list", schema.Object: "an object", schema.Integer: "a number", schema.Number: "a number",
}

// otherShapes tells of shapes of errors that are not the usual one and that the document does not describe (ERR-004).
func (e *Examination) otherShapes() []Finding {
	if len(e.run.errors) < 2 || !e.selected.Has("ERR-004") {
		return nil
	}
	var names []string
	for name := range e.run.errors {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		x, y := e.run.errors[a], e.run.errors[b]
		if n := len(y.operations) - len(x.operations); n != 0 {
			return n
		}
		if x.own != y.own { // of two as frequent ones the described is the usual
			if y.own {
				return -1
			}
			return 1
		}
		return strings.Compare(a, b)
	})
	var list []Finding
	documented := e.documentedShapes()
	for _, name := range names[1:] {
		s := e.run.errors[name]
		if !s.own || documented[name] {
			continue
		}
		f := e.about("ERR-004", nil, Finding{
			Message: fmt.Sprintf("Errors are %s, but %s of %s %s is %s, and so in %d operations in all.",
				shown(names[0]), statusText(s.status), s.operation.Method, s.operation.Path, shown(name), len(s.operations)),
			Want: shown(names[0]), Got: shown(name), Where: "response body of errors", Keyword: name, Exchange: s.exchange, Certainty: Likely,
		})
		list = append(list, f)
	}
	return list
}

func shown(shape string) string {
	if shape == "" {
		return "without a media type"
	}
	return cut(shape, 80)
}
