package overlay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// maxProblems is how many problems of one overlay are reported.
const maxProblems = 20

var versionPattern = regexp.MustCompile(`^1\.([01])\.\d+$`)

// Parse reads an Overlay document, JSON or YAML, version 1.0.x or 1.1.x. file names it in messages and in
// Applied.Origin. The error holds an *Error for each problem, the first maxProblems of them.
func Parse(file string, data []byte) (*Document, error) {
	p := &parser{file: file, document: &Document{File: file}}
	if root := p.read(data); root != nil {
		p.root(root)
	}
	if len(p.problems) > 0 {
		return nil, errors.Join(p.problems...)
	}
	return p.document, nil
}

// A parser turns a tree into a Document and collects what is wrong with it.
type parser struct {
	file     string
	document *Document
	problems []error
}

func (p *parser) fail(line int, pointer, message, advice string) {
	if len(p.problems) < maxProblems {
		p.problems = append(p.problems, &Error{File: p.file, Line: line, Pointer: pointer, Message: message, Advice: advice})
	}
}

// read gives the tree of the document without aliases and merge keys, or nil.
func (p *parser) read(data []byte) *yaml.Node {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	switch {
	case len(data) > maxBytes:
		p.fail(0, "", fmt.Sprintf("the overlay is larger than %d MiB", maxBytes>>20), "split it into several")
		return nil
	case !utf8.Valid(data):
		p.fail(0, "", "the overlay is not UTF-8 text", "save it as UTF-8")
		return nil
	case len(bytes.TrimSpace(data)) == 0:
		p.fail(1, "", "the overlay is empty", "write an Overlay document or leave the file out")
		return nil
	}
	raw, err := decode(data)
	if err != nil {
		line, message := yamlFault(err)
		p.fail(line, "", "the overlay is neither YAML nor JSON: "+message, "correct the syntax")
		return nil
	}
	if err := checkAcyclic(raw); err != nil {
		p.fail(raw.Line, "", "the overlay cannot be read: "+err.Error(), "write the value out instead of the alias")
		return nil
	}
	p.names(raw, "", 0)
	if len(p.problems) > 0 {
		return nil
	}
	c := cloner{limit: maxNodes, over: errTooMany}
	flat, err := c.clone(raw, "", nil, nil, 0)
	if err != nil {
		p.fail(raw.Line, "", "the overlay cannot be read: "+err.Error(), "use fewer aliases or split it into several")
		return nil
	}
	return flat
}

func decode(data []byte) (*yaml.Node, error) {
	if looksLikeJSON(data) {
		return readJSON(data)
	}
	var document yaml.Node
	if err := yaml.Load(data, &document); err != nil {
		return nil, err
	}
	if document.Kind == yaml.DocumentNode && len(document.Content) == 1 {
		return document.Content[0], nil
	}
	return &document, nil
}

// yamlFault gives the line of a YAML error, 0 when it does not say, and its message without the position.
func yamlFault(err error) (line int, message string) {
	var fault *yaml.LoadError
	if errors.As(err, &fault) && fault.Mark.Line > 0 {
		return fault.Mark.Line, fault.Message
	}
	return 0, shorten(strings.TrimPrefix(err.Error(), "yaml: "))
}

// names refuses keys that are not names and names that stand twice in one object.
func (p *parser) names(n *yaml.Node, pointer string, depth int) {
	if depth > maxDepth {
		p.fail(n.Line, "", errTooDeep.Error(), "flatten the document")
		return
	}
	if n.Kind == yaml.SequenceNode {
		for i, entry := range n.Content {
			p.names(entry, fmt.Sprintf("%s/%d", pointer, i), depth+1)
		}
		return
	}
	if n.Kind != yaml.MappingNode {
		return
	}
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		text, ok := name(key)
		switch {
		case !ok:
			p.fail(key.Line, pointer, "a key is not a name but "+describe(key), "write a string")
			continue
		case seen[text]:
			p.fail(key.Line, appendPointer(pointer, text), fmt.Sprintf("the member %q stands twice in one object", shorten(text)),
				"remove one of them or rename it")
		}
		seen[text] = true
		p.names(n.Content[i+1], appendPointer(pointer, text), depth+1)
	}
}

// fields gives the members of an object of the Overlay specification. Others than the allowed ones and x- are
// refused, so that a misspelt word does not go unnoticed.
func (p *parser) fields(n *yaml.Node, pointer string, allowed ...string) map[string]*yaml.Node {
	fields := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		text := n.Content[i].Value
		fields[text] = n.Content[i+1]
		if !slices.Contains(allowed, text) && !strings.HasPrefix(text, "x-") {
			p.fail(n.Content[i].Line, appendPointer(pointer, text),
				fmt.Sprintf("Overlay %s has no field %q here", p.document.Version, shorten(text)),
				"known are "+strings.Join(allowed, ", ")+"; own fields begin with x-")
		}
	}
	return fields
}

// text gives a string field, "" when it is absent and may be.
func (p *parser) text(in *yaml.Node, fields map[string]*yaml.Node, pointer, field string, required bool) string {
	n := fields[field]
	if n == nil {
		if required {
			p.fail(in.Line, pointer, fmt.Sprintf("the field %q is missing", field), "add it")
		}
		return ""
	}
	if kindOf(n) != primitive || n.ShortTag() != "!!str" && n.ShortTag() != "!!timestamp" {
		advice := "write a string"
		if kindOf(n) == primitive {
			advice = fmt.Sprintf("put it in quotes: %s: %q", field, shorten(n.Value))
		}
		p.fail(n.Line, appendPointer(pointer, field), fmt.Sprintf("%s is %s and not a string", field, describe(n)), advice)
		return ""
	}
	return n.Value
}

func (p *parser) root(n *yaml.Node) {
	d := p.document
	if kindOf(n) != object {
		p.fail(n.Line, "", "the overlay is "+describe(n)+" and not an object", "write overlay, info and actions at the top level")
		return
	}
	version := member(n, "overlay")
	if version == nil {
		p.fail(n.Line, "", `the field "overlay" is missing, so this is no Overlay document`, "begin with overlay: 1.1.0")
		return
	}
	match := versionPattern.FindStringSubmatch(version.Value)
	if match == nil || kindOf(version) != primitive || version.ShortTag() != "!!str" {
		p.fail(version.Line, "/overlay", "the Overlay version is "+describe(version)+", and only 1.0.x and 1.1.x are read",
			"write overlay: 1.1.0 or overlay: 1.0.0")
		return
	}
	d.Version, d.minor = version.Value, int(match[1][0]-'0')
	fields := p.fields(n, "", "overlay", "info", "extends", "actions")
	p.info(n, fields["info"])
	if d.Extends = p.text(n, fields, "", "extends", false); d.Extends != "" {
		if _, err := url.Parse(d.Extends); err != nil {
			p.fail(fields["extends"].Line, "/extends", "extends is not a URI reference", "write the path or URL of the document to change")
		}
	}
	p.actions(n, fields["actions"])
}

func (p *parser) info(root, n *yaml.Node) {
	switch {
	case n == nil:
		p.fail(root.Line, "", `the field "info" is missing`, "add info with title and version")
		return
	case kindOf(n) != object:
		p.fail(n.Line, "/info", "info is "+describe(n)+" and not an object", "write info with title and version")
		return
	}
	allowed := []string{"title", "version"}
	if p.document.minor >= 1 {
		allowed = append(allowed, "description")
	}
	fields := p.fields(n, "/info", allowed...)
	p.document.Title = p.text(n, fields, "/info", "title", true)
	p.document.InfoVersion = p.text(n, fields, "/info", "version", true)
	if p.document.minor >= 1 {
		p.document.Description = p.text(n, fields, "/info", "description", false)
	}
}

func (p *parser) actions(root, n *yaml.Node) {
	switch {
	case n == nil:
		p.fail(root.Line, "", `the field "actions" is missing`, "add a list of actions")
		return
	case kindOf(n) != array:
		p.fail(n.Line, "/actions", "actions is "+describe(n)+" and not an array", "write a list of actions")
		return
	case len(n.Content) == 0:
		p.fail(n.Line, "/actions", "actions is empty", "add at least one action")
		return
	}
	seen := map[string]int{}
	for i, entry := range n.Content {
		pointer := fmt.Sprintf("/actions/%d", i)
		if kindOf(entry) != object {
			p.fail(entry.Line, pointer, "an action is "+describe(entry)+" and not an object", "write an object with a target")
			continue
		}
		if key := canonical(entry); key != "" {
			if first, ok := seen[key]; ok {
				p.fail(entry.Line, pointer, fmt.Sprintf("the action is the same as /actions/%d", first), "remove one of them")
				continue
			}
			seen[key] = i
		}
		p.action(entry, i, pointer)
	}
}

// canonical gives a text that equal values share (JSON Schema's uniqueItems), "" for one that cannot be written so.
func canonical(n *yaml.Node) string {
	steps := 0
	value, err := newValues(&steps).of(n, 0)
	if err != nil {
		return ""
	}
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}

func (p *parser) action(n *yaml.Node, index int, pointer string) {
	allowed := []string{"target", "description", "update", "remove"}
	if p.document.minor >= 1 {
		allowed = append(allowed, "copy")
	}
	fields := p.fields(n, pointer, allowed...)
	action := Action{Line: n.Line, index: index, update: fields["update"]}
	action.Description = p.text(n, fields, pointer, "description", false)
	action.Target = p.text(n, fields, pointer, "target", true)
	if fields["target"] != nil {
		action.targetLine = fields["target"].Line
		action.target = p.expression(fields["target"], pointer+"/target")
	}
	if fields["copy"] != nil && p.document.minor >= 1 {
		action.Copy = p.text(n, fields, pointer, "copy", false)
		action.copyLine = fields["copy"].Line
		action.source = p.expression(fields["copy"], pointer+"/copy")
	}
	if remove := fields["remove"]; remove != nil {
		value, ok := scalar(remove).(bool)
		if !ok {
			p.fail(remove.Line, pointer+"/remove", "remove is "+describe(remove)+" and not a boolean", "write true or false")
		}
		action.Remove = value
	}
	p.document.Actions = append(p.document.Actions, action)
}

// expression compiles a JSONPath field. What is not a string was reported before.
func (p *parser) expression(n *yaml.Node, pointer string) *path {
	if kindOf(n) != primitive || n.ShortTag() != "!!str" {
		return nil
	}
	compiled, err := compilePath(n.Value)
	if err != nil {
		p.fail(n.Line, pointer, fmt.Sprintf("%q is not a JSONPath expression of RFC 9535: %v", shorten(n.Value), err),
			"write one that begins with $, such as $.paths['/pets'].get")
	}
	return compiled
}
