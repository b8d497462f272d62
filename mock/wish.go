package mock

import (
	"encoding/json"
	"slices"
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
	plan := s.wishPlan(of)
	if len(plan.members) == 0 {
		return base
	}
	object := make(map[string]any, len(plan.members))
	if given, ok := base.(map[string]any); ok {
		for name, v := range given {
			object[name] = v
		}
	}
	for i := range plan.members {
		member := &plan.members[i]
		given, ok := object[member.Name]
		if !ok {
			given = schema.Absent
		}
		if depth > 0 && !member.required && !ok && !member.speaks {
			continue
		}
		if v := s.wishMember(member, given, plan, p, depth); v != schema.Absent {
			object[member.Name] = v
		}
	}
	return object
}

// A wishPlan is what has to be known of an error's schema to fill it: found once, since to walk through references and
// names for each error would cost more than the rest of it.
type wishPlan struct{ members []wishPart }

// A wishPart is one member.
type wishPart struct {
	schema.Property
	target   *schema.Schema // the member's schema behind its references
	types    schema.Types   // of target; an object where it only has members
	word     string         // the name as wordOf has it
	lower    string         // the name in lower case
	required bool
	speaks   bool
}

// wishKey is that of Server.ready for plans.
type wishKey struct{ *schema.Schema }

// wishPlan gives the plan of a schema. It must not be changed.
func (s *Server) wishPlan(of *schema.Schema) *wishPlan {
	of = of.Resolve()
	if known, ok := s.ready.Load(wishKey{of}); ok {
		return known.(*wishPlan)
	}
	plan := &wishPlan{}
	required := requiredNames(of, 0)
	for _, p := range objectMembers(of, 0) {
		part := wishPart{
			Property: p, target: p.Schema.Resolve(), word: wordOf(p.Name), lower: strings.ToLower(p.Name),
			required: slices.Contains(required, p.Name), speaks: speaks(p.Name),
		}
		if part.types = part.target.Types; part.types == 0 && len(objectMembers(part.target, 0)) > 0 {
			part.types = schema.Object
		}
		plan.members = append(plan.members, part)
	}
	known, _ := s.ready.LoadOrStore(wishKey{of}, plan)
	return known.(*wishPlan)
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

func (s *Server) wishMember(member *wishPart, given any, plan *wishPlan, p *Problem, depth int) any {
	target, name, types := member.target, member.word, member.types
	switch {
	case types&(schema.Object|schema.Array) != 0 && given == schema.Absent && !member.speaks:
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
			return wishText(name, given, plan.members, p)
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
func wishText(name string, given any, siblings []wishPart, p *Problem) any {
	switch name {
	case "message", "detail", "details", "errormessage", "errordescription", "description", "reason", "msg", "errormsg", "summary", "err":
		return p.Detail
	case "title":
		return statusText(p.Status)
	case "status", "statuscode", "httpstatus":
		return strconv.Itoa(p.Status)
	case "code", "errorcode", "error":
		for i := range siblings {
			if n := siblings[i].lower; n == "message" || n == "detail" || n == "error_description" || n == "errormessage" {
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
	wished := make([]any, 0, max(len(p.Violations), 1))
	one := func(q *Problem) {
		if item.Types&schema.String != 0 {
			wished = append(wished, q.Detail)
			return
		}
		wished = append(wished, s.wish(item, schema.Absent, q, depth+1))
	}
	q := *p
	q.Violations = nil
	for i := range p.Violations {
		v := &p.Violations[i]
		q.Detail = s.violationText(*v)
		one(&q)
		if object, ok := wished[len(wished)-1].(map[string]any); ok {
			nameField(object, s.wishPlan(item), v)
		}
	}
	if len(wished) == 0 {
		one(p)
	}
	return wished
}

// nameField says which field a violation is about, in the members that are there for it.
func nameField(object map[string]any, plan *wishPlan, v *contracts.Violation) {
	for i := range plan.members {
		m := &plan.members[i]
		switch strings.ReplaceAll(m.lower, "_", "") {
		case "field", "param", "parameter", "property", "attribute", "name", "path", "pointer", "loc", "location":
			object[m.Name] = fieldName(*v)
		case "in", "source", "resource":
			if m.target.Types&schema.String != 0 {
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
