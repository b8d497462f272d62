package arazzo

import (
	"fmt"
	"slices"
	"strings"
)

// step reads the rest of $steps: .<id>.outputs, and mostly .<name> and a pointer. All outputs together are more than the
// grammar of 1.1 has, but official documents use them.
func (p *expressionParser) step() error {
	if err := p.dot("the id of a step"); err != nil {
		return err
	}
	id, err := p.id("step", ".outputs")
	if err != nil {
		return err
	}
	p.e.ID = id
	if err := p.dot("outputs"); err != nil {
		return err
	}
	return p.outputs()
}

// outputs reads the word outputs and what follows it.
func (p *expressionParser) outputs() error {
	rest := p.text[p.at:]
	if !strings.HasPrefix(rest, "outputs") {
		if p.version < V11 && rest != "" && badName(rest, V10) < 0 {
			p.e.Name, p.e.nowhere = rest, true // an official example has such a one
			return nil
		}
		e := p.fault("behind the id of a step only outputs may stand")
		e.Advice = "write $steps." + p.e.ID + ".outputs.<name>"
		return e
	}
	p.at += len("outputs")
	switch {
	case p.at == len(p.text):
		return nil
	case p.text[p.at] == '#':
		return p.pointer()
	}
	return p.nameAndPointer()
}

// id reads the id of a step, workflow or source. In 1.1 it has letters, digits, - and _; 1.0 lets it hold anything, dots
// too, so that it ends where one of the words that may follow it begins.
func (p *expressionParser) id(what string, follow ...string) (string, error) {
	rest := p.text[p.at:]
	end := strictID(rest)
	if p.version < V11 {
		best := -1
		for _, word := range follow {
			for from := 0; ; {
				i := strings.Index(rest[from:], word)
				if i < 0 {
					break
				}
				i += from
				if after := rest[i+len(word):]; after == "" || strings.IndexByte(".#", after[0]) >= 0 {
					if best < 0 || i < best {
						best = i
					}
					break
				}
				from = i + 1
			}
		}
		if best >= 0 {
			end = best
		}
	}
	if end == 0 {
		return "", p.fault("the id of a %s is missing", what)
	}
	id := rest[:end]
	if i := strings.IndexFunc(id, func(r rune) bool { return r < ' ' }); i >= 0 {
		p.at += i
		return "", p.fault("a control character cannot stand in an id")
	}
	p.at += end
	if p.at < len(p.text) && p.text[p.at] != '.' && p.text[p.at] != '#' {
		return "", p.fault("the character %q cannot stand in the id of a %s", p.text[p.at], what)
	}
	return id, nil
}

// strictID counts the leading bytes that are letters, digits, - and _.
func strictID(text string) int {
	end := 0
	for end < len(text) && (isAlphanumeric(text[end]) || text[end] == '-' || text[end] == '_') {
		end++
	}
	return end
}

func (p *expressionParser) workflow() error {
	if err := p.dot("the id of a workflow"); err != nil {
		return err
	}
	id, err := p.id("workflow", ".inputs", ".outputs")
	if err != nil {
		return err
	}
	p.e.ID = id
	if err := p.dot("inputs or outputs"); err != nil {
		return err
	}
	start := p.at
	for p.at < len(p.text) && strings.IndexByte(".#[", p.text[p.at]) < 0 {
		p.at++
	}
	p.e.Field = p.text[start:p.at]
	if p.e.Field != "inputs" && p.e.Field != "outputs" {
		p.at = start
		e := p.fault("behind the id of a workflow only inputs and outputs may stand")
		if p.e.Field == "steps" {
			e.Advice = fmt.Sprintf("give the workflow %s an output with the step's value and read $workflows.%s.outputs.<name>", id, id)
		} else {
			e.Advice = didYouMean(p.e.Field, []string{"inputs", "outputs"})
		}
		return e
	}
	switch {
	case p.at == len(p.text):
		return nil
	case p.text[p.at] == '#':
		return p.pointer()
	}
	return p.nameAndPointer()
}

// source reads .<name>.<reference>; operationIds have no rules, so the reference is the whole rest.
func (p *expressionParser) source() error {
	if err := p.dot("the name of a source description"); err != nil {
		return err
	}
	end := strictID(p.text[p.at:])
	if end == 0 {
		return p.fault("the name of a source description is missing")
	}
	p.e.ID = p.text[p.at : p.at+end]
	p.at += end
	if err := p.dot("an operationId, a workflowId or a field of the source description"); err != nil {
		return err
	}
	if p.at == len(p.text) {
		return p.fault("behind the name of a source description an operationId, a workflowId or a field must stand")
	}
	name, err := p.freeName()
	p.e.Name = name
	return err
}

var componentKinds = []string{"parameters", "successActions", "failureActions"}

func (p *expressionParser) component() error {
	if err := p.dot("parameters, successActions or failureActions"); err != nil {
		return err
	}
	kind, name, _ := strings.Cut(p.text[p.at:], ".")
	if !slices.Contains(componentKinds, kind) {
		e := p.fault("$components has no %s", quote(kind))
		e.Advice = didYouMean(kind, componentKinds)
		if kind == "inputs" {
			e.Advice = "inputs are reused with $ref: '#/components/inputs/<name>'"
		}
		return e
	}
	p.at += len(kind) + 1
	if name == "" {
		p.at = len(p.text)
		return p.fault("the name of the component is missing")
	}
	for i := range len(name) {
		if c := name[i]; !isAlphanumeric(c) && strings.IndexByte(".-_", c) < 0 {
			p.at += i
			return p.fault("the character %q cannot stand in the name of a component", c)
		}
	}
	p.e.ID, p.e.Name = kind, name
	return nil
}
