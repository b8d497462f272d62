package arazzo

import (
	"strings"
)

const sourcePrefix = "$sourceDescriptions."

// sourceReference splits $sourceDescriptions.<name>.<id>; ok is false, and reported, where the source is unknown.
func (p *parser) sourceReference(at Position, text string) (source *Source, id string, ok bool) {
	e, err := ParseExpression(text, p.version)
	if err != nil {
		p.syntax(at, err)
		return nil, "", false
	}
	if e.Root != RootSources {
		p.fail(at, "write $sourceDescriptions.<name>.<id>", "%s names no source description", quote(text))
		return nil, "", false
	}
	source = p.knownSource(at, e.ID)
	return source, e.Name, source != nil
}

func (p *parser) knownSource(at Position, name string) *Source {
	source := p.doc.Source(name)
	if source == nil {
		var names []string
		for _, s := range p.doc.Sources {
			names = append(names, s.Name)
		}
		p.fail(at, didYouMean(name, names), "there is no source description %q", cut(name, 60))
	}
	return source
}

// operationReference reads an operationId. With several sources that are no Arazzo documents it must name one.
func (p *parser) operationReference(at Position, text string) *Reference {
	if strings.HasPrefix(text, "$") {
		source, id, ok := p.sourceReference(at, text)
		if !ok {
			return nil
		}
		if source.Type == "arazzo" {
			p.fail(at, "call its workflows with workflowId", "the source %q is an Arazzo document and has no operations", source.Name)
			return nil
		}
		return &Reference{At: at, Text: text, Source: source.Name, ID: id}
	}
	apis := 0
	for _, s := range p.doc.Sources {
		if s.Type != "arazzo" {
			apis++
		}
	}
	switch {
	case apis > 1:
		p.fail(at, "write $sourceDescriptions.<name>."+cut(text, 60), "with several sources an operationId must say whose it is")
	case apis == 0 && len(p.doc.Sources) > 0:
		p.fail(at, "add a source of type openapi", "no source of this document has operations")
	}
	return &Reference{At: at, Text: text, ID: text}
}

// operationPath reads {$sourceDescriptions.<name>.url}#<pointer>, and the form without braces and url that official
// documents use as well.
func (p *parser) operationPath(at Position, text string) *Reference {
	const advice = "write '{$sourceDescriptions.<name>.url}#/paths/~1pets/get'"
	head, pointer, found := strings.Cut(text, "#")
	name, braced := strings.CutPrefix(head, "{"+sourcePrefix)
	if braced {
		name, braced = strings.CutSuffix(name, ".url}")
	} else {
		name, braced = strings.CutPrefix(head, sourcePrefix)
		name = strings.TrimSuffix(name, ".url")
	}
	if !found || !braced || strictID(name) == 0 || strictID(name) < len(name) {
		p.fail(at, advice, "%s is no operationPath: it must name a source by an expression and an operation by a JSON Pointer", quote(text))
		return nil
	}
	if p.knownSource(at, name) == nil {
		return nil
	}
	tokens := strings.Split(pointer, "/")
	switch {
	case badPointer(pointer) >= 0 || pointer == "":
		p.fail(at, advice, "what stands behind # in %s is no JSON Pointer to an operation", quote(text))
		return nil
	case tokens[1] != "paths" || len(tokens) > 4 || len(tokens) < 3:
		p.warn(at, advice, "the pointer of %s does not lead to a method of a path", quote(text))
	case len(tokens) == 3:
		p.warn(at, "add the method: "+cut(pointer, 60)+"/get", "the pointer of %s leads to a path, which has several operations", quote(text))
	}
	return &Reference{At: at, Text: text, Source: name, Pointer: pointer}
}

// workflowReference reads a workflowId: of this document, or $sourceDescriptions.<name>.<id> of another. Whether a local
// one exists is verified when all have been read.
func (p *parser) workflowReference(at Position, text string) *Reference {
	if !strings.HasPrefix(text, "$") {
		return &Reference{At: at, Text: text, ID: text}
	}
	source, id, ok := p.sourceReference(at, text)
	if !ok {
		return nil
	}
	if source.Type == "openapi" {
		p.fail(at, "name a source of type arazzo", "the source %q is an OpenAPI document and has no workflows", source.Name)
		return nil
	}
	return &Reference{At: at, Text: text, Source: source.Name, ID: id}
}

// stepReference reads an entry of a step's dependsOn (Arazzo 1.1, Step Object).
func (p *parser) stepReference(s *Step, at Position, text string) {
	const advice = "write <stepId>, $workflows.<workflowId>.steps.<stepId> or $sourceDescriptions.<name>.<workflowId>.steps.<stepId>"
	ref := StepReference{At: at}
	way := strings.Split(text, ".")
	switch {
	case !strings.HasPrefix(text, "$"):
		ref.Step = text
	case way[0] == "$workflows" && len(way) == 4 && way[2] == "steps":
		ref.Workflow, ref.Step = way[1], way[3]
	case way[0] == "$sourceDescriptions" && len(way) == 5 && way[3] == "steps":
		ref.Source, ref.Workflow, ref.Step = way[1], way[2], way[4]
		if p.knownSource(at, way[1]) == nil {
			return
		}
	default:
		p.fail(at, advice, "%s names no step", quote(text))
		return
	}
	if ref.Step == "" {
		p.fail(at, advice, "%s names no step", quote(text))
		return
	}
	s.DependsOn = append(s.DependsOn, ref)
}
