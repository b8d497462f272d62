package mock

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// errorWish is what a documented error body should say: its example, and the problem in the members that are
// there for it by their names.
func (s *Server) errorWish(p *Problem, m *contracts.MediaType) any {
	var base any = schema.Absent
	for _, e := range m.Examples {
		if m.Schema.Valid(e.Value, schema.Response) {
			base = e.Value
			break
		}
	}
	return s.wish(m.Schema, base, p, 0)
}

// wish fills one schema of an error body. depth bounds recursive schemas.
func (s *Server) wish(of *schema.Schema, base any, p *Problem, depth int) any {
	if of == nil || depth > 6 {
		return base
	}
	members := objectMembers(of, 0)
	if len(members) == 0 {
		return base
	}
	required := map[string]bool{}
	for _, name := range requiredNames(of, 0) {
		required[name] = true
	}
	object := map[string]any{}
	if given, ok := base.(map[string]any); ok {
		for name, v := range given {
			object[name] = v
		}
	}
	for _, member := range members {
		given, ok := object[member.Name]
		if !ok {
			given = schema.Absent
		}
		if depth > 0 && !required[member.Name] && !ok && !speaks(member.Name) {
			continue
		}
		if v := s.wishMember(member, given, members, p, depth); v != schema.Absent {
			object[member.Name] = v
		}
	}
	return object
}

// speaks says whether a member is there to tell what went wrong, so that it is filled although it may be missing.
func speaks(name string) bool {
	n := wordOf(name)
	for _, word := range []string{"error", "fault", "problem", "message", "detail", "title", "status", "code", "reason", "violation", "description"} {
		if strings.Contains(n, word) {
			return true
		}
	}
	return false
}

// wordOf is a member's name in lower case and without word breaks. It makes no new text for a name that is one already.
func wordOf(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// requiredNames are the names that a schema requires, through references and allOf.
func requiredNames(of *schema.Schema, depth int) []string {
	if of == nil || depth > 6 {
		return nil
	}
	of = of.Resolve()
	names := append([]string(nil), of.Required...)
	for _, part := range of.AllOf {
		names = append(names, requiredNames(part, depth+1)...)
	}
	return names
}

func (s *Server) wishMember(member schema.Property, given any, siblings []schema.Property, p *Problem, depth int) any {
	target := member.Schema.Resolve()
	name := wordOf(member.Name)
	types := target.Types
	if types == 0 && len(objectMembers(target, 0)) > 0 {
		types = schema.Object
	}
	switch {
	case types&(schema.Object|schema.Array) != 0 && given == schema.Absent && !speaks(member.Name):
		return given
	case types&schema.Object != 0:
		return s.wish(target, given, p, depth+1)
	case types&schema.Array != 0:
		return s.wishList(target, given, p, depth)
	case types&(schema.Integer|schema.Number) != 0:
		if strings.Contains(name, "status") || name == "code" || name == "errorcode" && given == schema.Absent {
			return json.Number(strconv.Itoa(p.Status))
		}
	case types == 0 || types&schema.String != 0:
		if len(target.Enum) > 0 {
			return wishWord(target.Enum, given, p)
		}
		if !target.HasConst {
			return wishText(name, given, siblings, p)
		}
	}
	return given
}

// wishWord chooses among the words that a contract has for kinds of errors: the one that has most in common with
// the problem's code and status, and where none has anything, the one for invalid requests.
func wishWord(words []any, given any, p *Problem) any {
	best, most := given, 0
	about := strings.ToLower(strings.ReplaceAll(p.Code, "_", " ") + " " + statusText(p.Status))
	for _, word := range words {
		text, ok := word.(string)
		if !ok {
			continue
		}
		score := 0
		for part := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return r == '_' || r == '-' || r == ' ' || r == '.' }) {
			if len(part) > 2 && strings.Contains(about, part) {
				score += 2
			}
			if part == "invalid" && p.Status < 500 || part == "api" && p.Status >= 500 {
				score++
			}
		}
		if score > most {
			best, most = word, score
		}
	}
	return best
}

// wishText chooses the words for a string member by its name.
func wishText(name string, given any, siblings []schema.Property, p *Problem) any {
	switch name {
	case "message", "detail", "details", "errormessage", "errordescription", "description", "reason", "msg", "errormsg", "summary", "err":
		return p.Detail
	case "title":
		return statusText(p.Status)
	case "status", "statuscode", "httpstatus":
		return strconv.Itoa(p.Status)
	case "code", "errorcode", "error":
		for _, s := range siblings {
			if n := strings.ToLower(s.Name); n == "message" || n == "detail" || n == "error_description" || n == "errormessage" {
				if name == "error" {
					return statusText(p.Status)
				}
				return p.Code
			}
		}
		if name == "error" {
			return p.Detail
		}
		return p.Code
	case "type":
		return "about:blank"
	}
	if given == schema.Absent && len(siblings) == 1 {
		return p.Detail
	}
	return given
}

// wishList shows each violation in a list of errors.
func (s *Server) wishList(list *schema.Schema, given any, p *Problem, depth int) any {
	if list.Items == nil {
		return given
	}
	item := list.Items.Resolve()
	var wished []any
	one := func(q *Problem) {
		if item.Types&schema.String != 0 {
			wished = append(wished, q.Detail)
			return
		}
		wished = append(wished, s.wish(item, schema.Absent, q, depth+1))
	}
	for _, v := range p.Violations {
		q := *p
		q.Detail, q.Violations = s.violationText(v), nil
		one(&q)
		if object, ok := wished[len(wished)-1].(map[string]any); ok {
			nameField(object, objectMembers(item, 0), v)
		}
	}
	if len(wished) == 0 {
		one(p)
	}
	return wished
}

// nameField says which field a violation is about, in the members that are there for it.
func nameField(object map[string]any, members []schema.Property, v contracts.Violation) {
	for _, m := range members {
		switch strings.ToLower(strings.ReplaceAll(m.Name, "_", "")) {
		case "field", "param", "parameter", "property", "attribute", "name", "path", "pointer", "loc", "location":
			object[m.Name] = fieldName(v)
		case "in", "source", "resource":
			if m.Schema.Resolve().Types&schema.String != 0 {
				object[m.Name] = v.In
			}
		}
	}
}

// objectMembers are the properties that a schema declares, through references, allOf and the first branch of oneOf or anyOf.
func objectMembers(s *schema.Schema, depth int) []schema.Property {
	if s == nil || depth > 6 {
		return nil
	}
	s = s.Resolve()
	members := append([]schema.Property(nil), s.Properties...)
	for _, part := range s.AllOf {
		members = append(members, objectMembers(part, depth+1)...)
	}
	if len(members) == 0 {
		for _, branches := range [][]*schema.Schema{s.OneOf, s.AnyOf} {
			for _, b := range branches {
				if found := objectMembers(b, depth+1); len(found) > 0 {
					return found
				}
			}
		}
	}
	return members
}
