package arazzo

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// document reads the root of a document.
func (p *parser) document(n *yaml.Node) *Document {
	d := &Document{At: p.at(n, ""), root: n}
	p.doc = d
	if n.Kind != yaml.MappingNode {
		p.fail(d.At, "write arazzo, info, sourceDescriptions and workflows at the top level", "the document is %s and not an object", describe(n))
		return d
	}
	if !p.readVersion(n) {
		return d
	}
	o := p.object(n, "", "the document", "arazzo", "1.1 $self", "info", "sourceDescriptions", "workflows", "components")
	d.Extensions = o.extensions
	d.Extension = o.extension(onDocument)
	if d.Self = o.text("$self"); d.Self != "" {
		o.uriReference("$self", d.Self)
		if strings.Contains(d.Self, "#") {
			o.fail(o.place("$self"), "remove # and what follows it", "$self has a fragment")
		}
	}
	if o.require("info", "add info with title and version") {
		p.info(o.fields["info"])
	}
	p.sources(o)
	if n := o.fields["components"]; n != nil {
		p.components(n)
	}
	if o.require("workflows", "add a list of workflows") {
		p.workflows(o)
	}
	return d
}

// readVersion looks at the field arazzo, on which the reading of all others depends.
func (p *parser) readVersion(n *yaml.Node) bool {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value != "arazzo" {
			continue
		}
		value := n.Content[i+1]
		match := versionPattern.FindStringSubmatch(value.Value)
		if !isText(value) || match == nil {
			p.fail(p.at(value, "/arazzo"), "write arazzo: 1.0.1 or arazzo: 1.1.0", "the version of Arazzo is %s, and only 1.0.x and 1.1.x are read", describe(value))
			return false
		}
		p.version = V10
		if match[1] == "1" {
			p.version = V11
		}
		p.doc.Arazzo, p.doc.Version = value.Value, p.version
		return true
	}
	p.fail(p.at(n, ""), "begin with arazzo: 1.0.1", "the field arazzo is missing, so this is no Arazzo document")
	return false
}

func (p *parser) info(n *yaml.Node) {
	o := p.object(n, "/info", "info", "title", "version", "summary", "description")
	if o == nil {
		return
	}
	o.require("title", "add a title")
	o.require("version", "add the version of this document, not of Arazzo")
	p.doc.Info = Info{
		At: o.here(), Title: o.text("title"), Version: o.text("version"), Summary: o.text("summary"), Description: o.text("description"),
		Extensions: o.noExtension(),
	}
}

func (p *parser) sources(root *object) {
	if !root.require("sourceDescriptions", "add a list with the name and url of an OpenAPI document") {
		return
	}
	for i, n := range root.list("sourceDescriptions", 1) {
		o := p.object(n, "/sourceDescriptions/"+itoa(i), "a source description", "name", "url", "type")
		if o == nil {
			continue
		}
		s := &Source{At: o.here(), Name: o.name("name", "add a name"), URL: o.name("url", "add the path or URL of the source"), Extensions: o.noExtension()}
		o.uriReference("url", s.URL)
		if o.text("type") == "asyncapi" {
			o.fail(o.place("type"), "keep workflows over AsyncAPI in a document of their own", "sources of type asyncapi are not supported")
		} else {
			s.Type = o.word("type", "openapi", "arazzo")
		}
		if before := p.doc.Source(s.Name); before != nil && s.Name != "" {
			o.fail(o.place("name"), "rename one of them", "the name %q is that of another source, in line %d", cut(s.Name, 60), before.At.Line)
		}
		if s.Name != "" && strictID(s.Name) < len(s.Name) {
			o.warn(o.place("name"), "use letters, digits, - and _", "the source %q cannot be named in an expression", cut(s.Name, 60))
		}
		p.doc.Sources = append(p.doc.Sources, s)
	}
}

func (p *parser) components(n *yaml.Node) {
	o := p.object(n, "/components", "components", "inputs", "parameters", "successActions", "failureActions")
	if o == nil {
		return
	}
	c := Components{
		At: o.here(), Inputs: map[string]any{}, Parameters: map[string]*Parameter{},
		SuccessActions: map[string]*Action{}, FailureActions: map[string]*Action{}, Extensions: o.noExtension(),
	}
	p.doc.Components = c
	o.keyed("inputs", func(name string, _, value *yaml.Node, pointer string) {
		p.checkSchema(value, pointer)
		c.Inputs[name] = p.decode(value, pointer)
	})
	o.keyed("parameters", func(name string, _, value *yaml.Node, pointer string) {
		if parameter := p.parameter(value, pointer); parameter != nil {
			c.Parameters[name] = parameter
		}
	})
	o.keyed("successActions", func(name string, _, value *yaml.Node, pointer string) {
		if action := p.action(value, pointer, false); action != nil {
			c.SuccessActions[name] = action
		}
	})
	o.keyed("failureActions", func(name string, _, value *yaml.Node, pointer string) {
		if action := p.action(value, pointer, true); action != nil {
			c.FailureActions[name] = action
		}
	})
}

// checkSchema reports what is no JSON Schema at all. The keywords are the business of who compiles it.
func (p *parser) checkSchema(n *yaml.Node, pointer string) bool {
	if n.Kind == yaml.MappingNode || n.ShortTag() == "!!bool" {
		return true
	}
	p.fail(p.at(n, pointer), "write an object such as {type: object, properties: {…}}", "a JSON Schema is an object or a boolean, not %s", describe(n))
	return false
}

// componentInput gives the name in a $ref to one of the reusable inputs.
func componentInput(ref string) (string, bool) {
	name, ok := strings.CutPrefix(ref, "#/components/inputs/")
	return name, ok && isKey(name)
}
