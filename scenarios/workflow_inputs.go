package scenarios

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"understudy/contracts/schema"
	"understudy/scenarios/arazzo"
)

// inputs are the defaults of the schema, what the user gave, what the caller gives, and the row, the later ones winning. Of what
// the user gave a workflow gets what its schema names.
func (p *player) inputs(s *Script, w *arazzo.Workflow, given, row map[string]any) (map[string]any, error) {
	inputs := map[string]any{}
	properties, open := inputProperties(w.Schema)
	if open {
		maps.Copy(inputs, p.options.Inputs)
		for name, text := range p.options.Texts {
			inputs[name] = text
		}
	}
	for name, property := range properties {
		if d := defaultOf(property); d != nil {
			inputs[name] = d.Default
		}
		if v, ok := p.options.Inputs[name]; ok {
			inputs[name] = v
		}
		if text, ok := p.options.Texts[name]; ok {
			v, err := typed(text, property)
			if err != nil {
				return nil, fmt.Errorf("the input %s: %w", name, err)
			}
			inputs[name] = v
		}
	}
	maps.Copy(inputs, given)
	maps.Copy(inputs, row)
	return inputs, nil
}

// inputProperties gives what a schema of inputs declares, that of its allOf and $ref included; open says that it declares
// nothing, so that every input may be meant.
func inputProperties(s *schema.Schema) (properties map[string]*schema.Schema, open bool) {
	properties = map[string]*schema.Schema{}
	var take func(s *schema.Schema, depth int)
	take = func(s *schema.Schema, depth int) {
		if s == nil || depth > 20 {
			return
		}
		s = s.Resolve()
		for _, q := range s.Properties {
			if properties[q.Name] == nil {
				properties[q.Name] = q.Schema
			}
		}
		for _, part := range slices.Concat(s.AllOf, s.AnyOf, s.OneOf) {
			take(part, depth+1)
		}
		if s.Ref != nil {
			take(s.Ref, depth+1)
		}
	}
	take(s, 0)
	return properties, len(properties) == 0
}

// defaultOf finds the schema that states a default; nil: none does.
func defaultOf(s *schema.Schema) *schema.Schema {
	for range 20 {
		if s == nil || s.HasDefault {
			return s
		}
		s = s.Ref
	}
	return nil
}

// typed reads a text of the command line as what the schema says.
func typed(text string, s *schema.Schema) (any, error) {
	kinds := s.Resolve().Types
	if kinds == 0 || kinds&schema.String != 0 {
		return text, nil
	}
	v, err := schema.ParseJSON([]byte(strings.TrimSpace(text)))
	if err != nil {
		return nil, fmt.Errorf("its schema wants no string, and %q is no JSON", cutText(text, 60))
	}
	return v, nil
}

// judgeInputs judges inputs by the schema of a workflow: names that are required and missing, and everything else that is wrong.
func judgeInputs(w *arazzo.Workflow, inputs map[string]any) (missing []string, wrong string) {
	if w.Schema == nil {
		return nil, ""
	}
	var problems []string
	for _, v := range w.Schema.Check(inputs, schema.Request) {
		place := strings.TrimPrefix(v.Pointer, "/")
		if name := v.Limit; v.Keyword == "required" && v.Pointer == "" && name != "" {
			missing = append(missing, name)
			continue
		}
		text := v.Want
		if v.Got != "" {
			text += ", and it is " + v.Got
		}
		if place != "" {
			text = place + " must be " + text
		}
		problems = append(problems, text)
	}
	return missing, strings.Join(problems, "; ")
}

// hideInputs hides the inputs that are secrets.
func (p *player) hideInputs(s *Script, w *arazzo.Workflow, inputs map[string]any) {
	var secrets []string
	var take func(v any, depth int)
	take = func(v any, depth int) {
		switch v := v.(type) {
		case string:
			secrets = append(secrets, v)
		case map[string]any:
			for _, member := range v {
				take(member, depth+1)
			}
		case []any:
			for _, item := range v {
				take(item, depth+1)
			}
		case nil, bool:
		default:
			secrets = append(secrets, textOf(v))
		}
	}
	for _, name := range s.Document.SecretInputs(w) {
		take(inputs[name], 0)
	}
	secrets = slices.DeleteFunc(secrets, p.run.hides)
	if len(secrets) > 0 {
		p.run.Hide(secrets...)
	}
}

// InputNames are the names of the inputs that a workflow's schema states, sorted; none: it takes any.
func InputNames(w *arazzo.Workflow) []string {
	properties, _ := inputProperties(w.Schema)
	return slices.Sorted(maps.Keys(properties))
}
