package grade

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/contracts/schema"
)

func judgeQuery(rec *Recording, t *Trial) {
	p := placesOf(rec.Contract)
	for _, c := range rec.Calls {
		if c.Operation == nil || inbound(c) || preflight(&c.Exchange) || len(query(c)) == 0 {
			continue
		}
		args, _, ok := arguments(rec, c)
		if !ok {
			continue
		}
		t.Exercised(c)
		var known []string
		for _, q := range c.Operation.Parameters {
			if q.In == "query" {
				known = append(known, q.Name)
			}
		}
		for _, name := range args.Undeclared {
			if p.queries[name] || ofTools(name) || hidden(name) {
				continue
			}
			f := finding{
				message: fmt.Sprintf("%s %s has no query parameter %q: the API passes it over.", c.Method, told(c), name),
				want:    "parameters that the operation declares", got: "the parameter " + name, where: "request query " + name, keyword: "undeclared",
				at: check.PlaceOf(c.Operation.At),
			}
			if near := contracts.Nearest(name, known); near != "" {
				f.want = "perhaps " + near
				f.message = fmt.Sprintf("%s %s has no query parameter %q: the API passes it over. Perhaps %s is meant.", c.Method, told(c), name, near)
			}
			t.breaks(f, c)
		}
	}
}

// ofTools says that a query parameter comes from tools and not from the integration: against caches, for campaigns, for mocks.
func ofTools(name string) bool {
	return name == "_" || strings.HasPrefix(name, "__") || strings.HasPrefix(name, "utm_")
}

func judgeMembers(rec *Recording, t *Trial) {
	for _, c := range rec.Calls {
		if c.Operation == nil || c.Operation.Body == nil || inbound(c) || !wholeBody(c) {
			continue
		}
		body, _, err := c.Operation.Body.Decode(c.RequestHeader.Get("Content-Type"), c.RequestBody)
		if err != nil || body.Media == nil || body.Media.Schema == nil {
			continue
		}
		if _, ok := body.Value.(map[string]any); !ok {
			continue
		}
		t.Exercised(c)
		w := memberWalk{budget: mostMembers}
		w.walk([]*schema.Schema{body.Media.Schema}, body.Value, "")
		for _, m := range w.found {
			where := "request body " + m.pointer
			f := finding{
				message: fmt.Sprintf("%s %s declares no member %s: most servers pass it over.", c.Method, told(c), m.pointer),
				want:    "members that the schema declares", got: "the member " + m.pointer, where: where, keyword: "undeclared", sure: check.Likely,
				at: check.PlaceOf(body.Media.Schema.At), level: check.Note,
			}
			if m.near != "" {
				f.level = check.Warning
				f.message += fmt.Sprintf(" Perhaps %s is meant, which is missing.", m.near)
				f.want = "perhaps " + m.near
			}
			t.breaks(f, c)
		}
	}
}

// A member is one that nobody declared.
type member struct {
	pointer string // without indexes of lists
	near    string // a declared member that is missing and has nearly this name
}

// mostMembers bounds the walk through one body.
const mostMembers = 5000

type memberWalk struct {
	budget int
	found  []member
}

// walk compares a value with what the schemas that may speak of it declare. Where one of them speaks of further members, be it to
// refuse them, nothing is said: refused ones break the schema.
func (w *memberWalk) walk(list []*schema.Schema, value any, pointer string) {
	if w.budget--; w.budget < 0 {
		return
	}
	switch v := value.(type) {
	case []any:
		var items []*schema.Schema
		eachSchema(list, func(s *schema.Schema) {
			items = append(items, s.PrefixItems...)
			if s.Items != nil {
				items = append(items, s.Items)
			}
		})
		for _, item := range v {
			w.walk(items, item, pointer+"/*")
		}
	case map[string]any:
		w.object(list, v, pointer)
	}
}

func (w *memberWalk) object(list []*schema.Schema, value map[string]any, pointer string) {
	declared := map[string][]*schema.Schema{}
	open := false
	whole := eachSchema(list, func(s *schema.Schema) {
		for _, p := range s.Properties {
			declared[p.Name] = append(declared[p.Name], p.Schema)
		}
		open = open || s.AdditionalProperties != nil || s.UnevaluatedProperties != nil || len(s.PatternProperties) > 0 || s.PropertyNames != nil
	})
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		if _, ok := value[name]; !ok {
			missing = append(missing, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(value)) {
		below := pointer + "/" + schema.EscapeToken(name)
		if schemas, ok := declared[name]; ok {
			w.walk(schemas, value[name], below)
			continue
		}
		if !open && whole && len(declared) > 0 && !hidden(name) {
			w.found = append(w.found, member{pointer: below, near: contracts.Nearest(name, missing)})
		}
	}
}

// eachSchema calls f on all schemas that may speak of the same value. It is false where there were too many to see all.
func eachSchema(list []*schema.Schema, f func(*schema.Schema)) bool {
	budget := 256
	var visit func(*schema.Schema)
	visit = func(s *schema.Schema) {
		if s == nil {
			return
		}
		if budget--; budget < 0 {
			return
		}
		f(s)
		visit(s.Ref)
		visit(s.DynamicRef)
		for _, branches := range [...][]*schema.Schema{s.AllOf, s.AnyOf, s.OneOf, {s.If, s.Then, s.Else}} {
			for _, b := range branches {
				visit(b)
			}
		}
		for _, d := range s.DependentSchemas {
			visit(d.Schema)
		}
	}
	for _, s := range list {
		visit(s)
	}
	return budget >= 0
}

func judgeDeprecatedParts(rec *Recording, t *Trial) {
	for _, c := range rec.Calls {
		if c.Operation == nil || inbound(c) {
			continue
		}
		args, _, ok := arguments(rec, c)
		if !ok {
			continue
		}
		for i, p := range c.Operation.Parameters {
			if !p.Deprecated && (p.Schema == nil || !p.Schema.Resolve().Deprecated) {
				continue
			}
			t.Exercised(c)
			if _, given := args.At(i); given {
				t.breaks(finding{
					message: fmt.Sprintf("%s %s was called with the %s parameter %s, which is deprecated.", c.Method, told(c), p.In, p.Name),
					want:    "a call without it", got: "the parameter " + p.Name, where: "request " + p.In + " " + p.Name, keyword: "deprecated", at: check.PlaceOf(p.At),
				}, c)
			}
		}
		judgeDeprecatedMembers(t, c)
	}
}

func judgeDeprecatedMembers(t *Trial, c *Call) {
	if c.Operation.Body == nil || !wholeBody(c) {
		return
	}
	body, _, err := c.Operation.Body.Decode(c.RequestHeader.Get("Content-Type"), c.RequestBody)
	object, ok := body.Value.(map[string]any)
	if err != nil || !ok || body.Media == nil || body.Media.Schema == nil {
		return
	}
	eachSchema([]*schema.Schema{body.Media.Schema}, func(s *schema.Schema) {
		for _, p := range s.Properties {
			if p.Schema == nil || !p.Schema.Deprecated && !p.Schema.Resolve().Deprecated {
				continue
			}
			t.Exercised(c)
			if _, given := object[p.Name]; given {
				t.breaks(finding{
					message: fmt.Sprintf("%s %s was sent the member %s, which is deprecated.", c.Method, told(c), p.Name),
					want:    "a body without it", got: "the member " + p.Name, where: "request body /" + schema.EscapeToken(p.Name), keyword: "deprecated", at: check.PlaceOf(p.Schema.At),
				}, c)
			}
		}
	})
}
