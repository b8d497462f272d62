package mock

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// fillValue fills the placeholders in a template of the behaviour. A list with one item that speaks of {field} or
// {violation} is repeated for each violation; a string that is nothing but a placeholder keeps the type of what it stands for.
func (s *Server) fillValue(template any, c *call, p *Problem) any {
	switch t := template.(type) {
	case string:
		if t == "{status}" && p != nil {
			return json.Number(strconv.Itoa(p.Status))
		}
		if t == "{errors}" && p != nil {
			return s.errorsByField(p)
		}
		if place, ok := onlyPlaceholder(t); ok && c.operation != nil {
			if v, ok := c.given(place); ok {
				return v
			}
		}
		return s.fillText(t, c, p)
	case []any:
		if p != nil && len(t) == 1 && speaksOfViolations(t[0]) {
			list := []any{}
			for _, v := range p.Violations {
				list = append(list, s.fillViolation(t[0], v))
			}
			return list
		}
		list := make([]any, len(t))
		for i, item := range t {
			list[i] = s.fillValue(item, c, p)
		}
		return list
	case map[string]any:
		object := make(map[string]any, len(t))
		for name, member := range t {
			object[name] = s.fillValue(member, c, p)
		}
		return object
	}
	return template
}

// onlyPlaceholder gives the place in the request that a text is nothing but a placeholder for: "{body./amount}".
func onlyPlaceholder(text string) (string, bool) {
	inner, ok := strings.CutPrefix(text, "{")
	if !ok {
		return "", false
	}
	inner, ok = strings.CutSuffix(inner, "}")
	return inner, ok && strings.Contains(inner, ".") && !strings.ContainsAny(inner, "{}")
}

// errorsByField groups the violations' texts by field: {"email": ["The email field is required."]}.
func (s *Server) errorsByField(p *Problem) map[string]any {
	fields := map[string]any{}
	for _, v := range p.Violations {
		name := fieldName(v)
		list, _ := fields[name].([]any)
		fields[name] = append(list, s.violationText(v))
	}
	return fields
}

func speaksOfViolations(template any) bool {
	text := string(schema.AppendJSON(nil, template, nil))
	return strings.Contains(text, "{field}") || strings.Contains(text, "{violation}")
}

func (s *Server) fillViolation(template any, v contracts.Violation) any {
	switch t := template.(type) {
	case string:
		return strings.NewReplacer("{field}", fieldName(v), "{violation}", s.violationText(v), "{in}", v.In, "{keyword}", v.Keyword,
			"{pointer}", v.Pointer, "{want}", v.Want, "{got}", v.Got, "{limit}", v.Limit).Replace(t)
	case map[string]any:
		object := make(map[string]any, len(t))
		for name, member := range t {
			object[name] = s.fillViolation(member, v)
		}
		return object
	case []any:
		list := make([]any, len(t))
		for i, item := range t {
			list[i] = s.fillViolation(item, v)
		}
		return list
	}
	return template
}

// violationText is a violation in the contract's own words where it has some, else in ours.
func (s *Server) violationText(v contracts.Violation) string {
	messages := s.contract.Behaviour.Messages
	if len(messages) == 0 {
		return violationSentence(v)
	}
	for _, key := range []string{v.Keyword + ":" + v.Limit, v.Keyword} {
		if text, ok := messages[key]; ok {
			return strings.NewReplacer("{field}", fieldName(v), "{limit}", v.Limit, "{want}", v.Want, "{got}", v.Got).Replace(text)
		}
	}
	return violationSentence(v)
}

// fillText fills the placeholders of one text: those of a problem, of the request, and {now} and {unix}.
func (s *Server) fillText(text string, c *call, p *Problem) string {
	if strings.IndexByte(text, '{') < 0 {
		return text
	}
	var b strings.Builder
	for {
		before, rest, open := strings.Cut(text, "{")
		b.WriteString(before)
		if !open {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			b.WriteString("{" + rest)
			return b.String()
		}
		if value, ok := s.placeholder(name, c, p); ok {
			b.WriteString(value)
		} else {
			b.WriteString("{" + name + "}")
		}
		text = after
	}
}

func (s *Server) placeholder(name string, c *call, p *Problem) (string, bool) {
	switch name {
	case "method":
		return c.request.Method, true
	case "path":
		return c.request.URL.Path, true
	case "route":
		return strings.TrimPrefix(c.request.URL.Path, "/"), true
	case "now":
		return c.now.UTC().Format(time.RFC3339), true
	case "unix":
		return strconv.FormatInt(c.now.Unix(), 10), true
	}
	if p != nil {
		if text, ok := s.problemPlaceholder(name, p); ok {
			return text, true
		}
	}
	if strings.Contains(name, ".") && c.operation != nil {
		return c.said(name)
	}
	return "", false
}

func (s *Server) problemPlaceholder(name string, p *Problem) (string, bool) {
	switch name {
	case "status":
		return strconv.Itoa(p.Status), true
	case "title":
		return statusText(p.Status), true
	case "message":
		return p.Detail, true
	case "code":
		return p.Code, true
	case "allow":
		return p.Header.Get("Allow"), true
	case "field", "violation":
		if len(p.Violations) == 0 {
			return "", true
		}
		if name == "field" {
			return fieldName(p.Violations[0]), true
		}
		return s.violationText(p.Violations[0]), true
	case "more":
		// As Laravel words it: " (and 1 more error)", empty when there is one violation or none.
		switch n := len(p.Violations) - 1; {
		case n == 1:
			return " (and 1 more error)", true
		case n > 1:
			return " (and " + strconv.Itoa(n) + " more errors)", true
		}
		return "", true
	}
	return "", false
}
