package arazzo

// EffectiveParameters are the parameters that the step passes on: those of the workflow, each in its place, replaced by the
// step's own where name and in are the same, and then the step's others. A step that calls a workflow passes inputs,
// which have names only, so there the name alone decides.
func (s *Step) EffectiveParameters() []*Parameter {
	same := func(a, b *Parameter) bool { return a.Name == b.Name && (a.In == b.In || s.Workflow != nil) }
	var out []*Parameter
	if s.workflow != nil {
		out = append(out, s.workflow.Parameters...)
	}
	for _, own := range s.Parameters {
		replaced := false
		for i, p := range out {
			if same(p, own) && !replaced {
				out[i], replaced = own, true
			}
		}
		if !replaced {
			out = append(out, own)
		}
	}
	return out
}

// EffectiveOnSuccess are the actions to try when the step succeeds, in order: the step's own, then those of the workflow
// whose names the step does not use. The specification does not order the two; the narrower goes first.
func (s *Step) EffectiveOnSuccess() []*Action {
	if s.workflow == nil {
		return s.OnSuccess
	}
	return mergeActions(s.OnSuccess, s.workflow.SuccessActions)
}

// EffectiveOnFailure are the actions to try when the step fails, ordered as those of EffectiveOnSuccess.
func (s *Step) EffectiveOnFailure() []*Action {
	if s.workflow == nil {
		return s.OnFailure
	}
	return mergeActions(s.OnFailure, s.workflow.FailureActions)
}

func mergeActions(own, inherited []*Action) []*Action {
	out := append([]*Action(nil), own...)
	for _, a := range inherited {
		overridden := false
		for _, o := range own {
			overridden = overridden || o.Name == a.Name
		}
		if !overridden {
			out = append(out, a)
		}
	}
	return out
}

// Order gives the steps in the order in which they are to run when no action says otherwise: that of the file, except that a
// step comes after those it depends on, by dependsOn or by reading their outputs (Arazzo 1.1, Step Dependencies).
func (w *Workflow) Order() []*Step {
	out := make([]*Step, 0, len(w.Steps))
	done := make([]bool, len(w.Steps))
	var add func(i int)
	add = func(i int) {
		if done[i] {
			return
		}
		done[i] = true
		if w.joins() {
			for _, before := range w.Steps[i].after {
				add(before)
			}
		}
		out = append(out, w.Steps[i])
	}
	for i := range w.Steps {
		add(i)
	}
	return out
}

// joins says whether some step uses dependsOn. Without it the order is that of the file.
func (w *Workflow) joins() bool {
	for _, s := range w.Steps {
		if len(s.DependsOn) > 0 {
			return true
		}
	}
	return false
}

// InputSchema gives the schema of a workflow's inputs with a $ref at its top followed, as long as it leads into
// #/components/inputs; nil where there is none.
func (d *Document) InputSchema(w *Workflow) any {
	return d.followInputs(w.Inputs)
}

func (d *Document) followInputs(schema any) any {
	for range 20 {
		object, ok := schema.(map[string]any)
		if !ok {
			return schema
		}
		ref, ok := object["$ref"].(string)
		if !ok {
			return schema
		}
		name, ok := componentInput(ref)
		if !ok {
			return schema
		}
		next, ok := d.Components.Inputs[name]
		if !ok {
			return schema
		}
		schema = next
	}
	return nil
}

// inputProperties gives the properties that the schema of a workflow's inputs declares; known is false where the schema is
// of a form (allOf, anyOf, patterns) in which other names may be meant.
func (d *Document) inputProperties(w *Workflow) (properties map[string]any, known bool) {
	schema, ok := d.InputSchema(w).(map[string]any)
	if !ok {
		return nil, false
	}
	for _, keyword := range []string{"$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "if", "patternProperties", "dependentSchemas"} {
		if _, open := schema[keyword]; open {
			return nil, false
		}
	}
	properties, ok = schema["properties"].(map[string]any)
	return properties, ok
}
