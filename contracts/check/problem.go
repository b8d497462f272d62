package check

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// problem judges problem details (ERR-002, ERR-003), and the status that other errors name (ERR-003).
func (p *pass) problem() {
	if !p.decoded || p.x.Status < 400 || !isJSON(bareType(p.contentType)) {
		return
	}
	object, isObject := p.value.(map[string]any)
	if bareType(p.contentType) != problemType {
		if isObject {
			p.otherStatus(object)
		}
		return
	}
	if !isObject {
		p.member("", "an object", shape(p.value), "RFC 9457, 3")
		return
	}
	for _, m := range [...]struct{ name, norm string }{
		{"type", "RFC 9457, 3.1.1"}, {"title", "RFC 9457, 3.1.3"}, {"detail", "RFC 9457, 3.1.4"}, {"instance", "RFC 9457, 3.1.5"},
	} {
		v, there := object[m.name]
		text, isText := v.(string)
		switch {
		case !there:
		case !isText:
			p.member(m.name, "a text", shape(v), m.norm)
		case m.name == "type" || m.name == "instance":
			if _, err := url.Parse(text); err != nil {
				p.member(m.name, "a URI reference", strconv.Quote(cut(text, 80)), m.norm)
			}
		}
	}
	if v, there := object["status"]; there {
		number, isNumber := wholeNumber(v)
		switch {
		case !isNumber:
			p.member("status", "a whole number", shape(v), "RFC 9457, 3.1.2")
		case number != p.x.Status:
			p.otherNumber("status", number, Failure, Certain)
		}
	}
}

// member tells of a member of the wrong type, unless the document's own schema has complained of it.
func (p *pass) member(name, want, got, norm string) {
	where := "response body"
	if name != "" {
		where += " /" + name
	}
	if slices.ContainsFunc(p.found, func(f Finding) bool { return f.Where == where && strings.HasPrefix(f.Check, "SCH-") }) {
		return
	}
	message := fmt.Sprintf("The problem details that %s sent have a %s that is %s instead of %s: clients must pass it over.", p.label(), name, got, want)
	if name == "" {
		message = fmt.Sprintf("The problem details that %s sent are %s instead of %s.", p.label(), got, want)
	}
	p.report("ERR-002", Finding{Message: message, Want: want, Got: got, Where: where, Norm: norm, Keyword: "type " + name})
}

// otherStatus compares the status that an error of another kind names with the one it came with.
func (p *pass) otherStatus(object map[string]any) {
	for _, prefix := range []string{"", "error"} {
		from := object
		if prefix != "" {
			from, _ = object[prefix].(map[string]any)
		}
		for _, name := range []string{"status", "statusCode"} {
			if number, ok := wholeNumber(from[name]); ok && number >= 400 && number <= 599 && number != p.x.Status {
				p.otherNumber(strings.TrimPrefix(prefix+"/"+name, "/"), number, Warning, Likely)
			}
		}
	}
}

func (p *pass) otherNumber(name string, number int, level Level, certainty Certainty) {
	f := Finding{
		Message: fmt.Sprintf("The error that %s sent says %d in %s but came with %s.", p.label(), number, name, statusText(p.x.Status)),
		Want:    strconv.Itoa(p.x.Status), Got: strconv.Itoa(number), Where: "response body /" + name, Keyword: "status", Level: level, Certainty: certainty,
	}
	if level == Warning {
		f.Basis = ByConvention
	}
	p.report("ERR-003", f)
}

// wholeNumber reads a number as an int.
func wholeNumber(v any) (int, bool) {
	text, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(string(text))
	return n, err == nil
}

// shape names a JSON value's type for people; never the value.
func shape(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "a text"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return "a number"
}

// fieldFaults are the faults of requests that have one member to name.
var fieldFaults = []string{
	"NEG-001", "NEG-002", "NEG-003", "NEG-004", "NEG-005", "NEG-006", "NEG-007", "NEG-008", "NEG-009", "NEG-012", "NEG-014",
}

// namesField notes refusals of one wrong member that name none (ERR-006).
func (p *pass) namesField() {
	if p.about.Intent != Invalid || p.x.Status != 400 && p.x.Status != 422 || p.operation == nil || !p.decoded || !slices.Contains(fieldFaults, p.about.Fault) {
		return
	}
	names := p.e.fieldNames(p.operation)
	if len(names) == 0 || len(p.text) > maxScanned || namesAny(strings.ToLower(string(p.text)), names) {
		return
	}
	p.report("ERR-006", Finding{
		Message: fmt.Sprintf("%s refused a request with one wrong member (%s) and did not say which.", p.label(), p.about.Fault),
		Want:    "the name of the parameter or member", Got: statusText(p.x.Status) + " that names none", Where: "response body", At: p.responsePlace(),
		Keyword: "names no field", Certainty: Likely,
	})
}

// fieldNames are the names of an operation's parameters and of the members of its request bodies, in lower case.
func (e *Examination) fieldNames(o *contracts.Operation) []string {
	if known, ok := e.names.Load(o); ok {
		return known.([]string)
	}
	seen := map[string]bool{}
	for _, parameter := range o.Parameters {
		seen[strings.ToLower(parameter.Name)] = true
	}
	if o.Body != nil {
		visited := map[*schema.Schema]bool{}
		for _, m := range o.Body.Content {
			e.gather(m.Schema, seen, visited, 0)
		}
	}
	names := make([]string, 0, len(seen))
	for name := range seen {
		names = append(names, name)
	}
	slices.Sort(names)
	e.names.Store(o, names)
	return names
}

func (e *Examination) gather(s *schema.Schema, names map[string]bool, visited map[*schema.Schema]bool, depth int) {
	if s == nil || visited[s] || depth > 8 || len(names) > 2000 {
		return
	}
	visited[s] = true
	for name, inner := range e.members([]*schema.Schema{s}).declared {
		names[strings.ToLower(name)] = true
		for _, t := range inner {
			e.gather(t, names, visited, depth+1)
		}
	}
	for _, t := range items([]*schema.Schema{s}, 0) {
		e.gather(t, names, visited, depth+1)
	}
}

// namesAny says whether one of the names stands in a text as a word.
func namesAny(text string, names []string) bool {
	for _, name := range names {
		for from := 0; name != ""; {
			i := strings.Index(text[from:], name)
			if i < 0 {
				break
			}
			start, end := from+i, from+i+len(name)
			if (start == 0 || !wordByte(text[start-1])) && (end == len(text) || !wordByte(text[end])) {
				return true
			}
			from = end
		}
	}
	return false
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}
