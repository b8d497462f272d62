package arazzo

import (
	"errors"
	"fmt"
	"mime"
	"strings"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

// A Replacement is a Payload Replacement Object.
type Replacement struct {
	At     Position
	Target string
	Type   string // jsonpointer, jsonpath, xpath; empty: JSON Pointer, or XPath where the body is XML
	Value  *Template

	path *jsonPath
}

// A Body is a request body before it is written.
type Body struct {
	// Value is what is to be sent. Where Text is true it is a string, and the bytes of the body as they stand; else it is
	// to be written in the media type of the request.
	Value  any
	Text   bool
	Absent bool   // there is no payload, or what it stands for is absent
	Reason string // why it is absent, or which members were left out since they have no value
}

// Render makes the body: the payload with its expressions filled in, then the replacements in their order. mediaType is that
// of the request, where the document states none. base is what the replacements work on where there is no payload, such as
// the operation's example; nil: there is nothing to replace in, which is an error.
func (b *RequestBody) Render(s Scope, mediaType string, base any) (Body, error) {
	out := Body{Absent: true, Reason: "the step has no payload"}
	switch {
	case b.Payload != nil:
		v, err := b.Payload.Evaluate(s)
		if err != nil {
			return Body{}, fmt.Errorf("payload: %w", err)
		}
		out = Body{Value: v.Any, Text: b.Payload.IsText(), Absent: v.Absent, Reason: v.Reason}
	case base != nil:
		_, text := base.(string)
		out = Body{Value: base, Text: text}
	}
	if len(b.Replacements) == 0 {
		return out, nil
	}
	if out.Absent {
		return Body{}, fmt.Errorf("there is nothing to replace in: %s", out.Reason)
	}
	if b.ContentType != "" {
		mediaType = b.ContentType
	}
	for _, r := range b.Replacements {
		v, err := r.Value.Evaluate(s)
		if err == nil && v.Absent {
			err = errors.New("its value is absent: " + v.Reason)
		}
		if err == nil {
			err = r.apply(&out, v.Any, mediaType)
		}
		if err != nil {
			return Body{}, fmt.Errorf("replacement at %s: %w", quote(r.Target), err)
		}
	}
	return out, nil
}

// apply puts a value into the body.
func (r *Replacement) apply(body *Body, v any, mediaType string) error {
	kind := r.Type
	text, isText := body.Value.(string)
	if kind == "" {
		kind = "jsonpointer"
		if isXML(mediaType) || mediaType == "" && isText && strings.HasPrefix(strings.TrimSpace(text), "<") {
			kind = "xpath"
		}
	}
	if kind == "xpath" {
		if !isText {
			return fmt.Errorf("XPath applies to XML, and the payload is %s", kindOf(body.Value))
		}
		replaced, err := replaceXML(text, r.Target, r.Type == "", textOf(v))
		body.Value, body.Text = replaced, true
		return err
	}
	if isText {
		parsed, err := schema.ParseJSON([]byte(text))
		if err != nil {
			return fmt.Errorf("the payload is a text that is no JSON: %w", err)
		}
		body.Value, body.Text = parsed, false
	} else {
		body.Value = copyValue(body.Value)
	}
	pointers := []string{r.Target}
	if kind == "jsonpath" {
		nodes, err := r.path.selectNodes(body.Value)
		if err != nil {
			return err
		}
		if len(nodes) == 0 {
			return fmt.Errorf("it selects nothing in %s", kindOf(body.Value))
		}
		pointers = nil
		for _, node := range nodes {
			pointers = append(pointers, node.pointer)
		}
	}
	for _, pointer := range pointers {
		replaced, err := setAt(body.Value, pointer, copyValue(v))
		if err != nil {
			return err
		}
		body.Value = replaced
	}
	return nil
}

// setAt sets what stands at a JSON Pointer. The last token may name a new member, or with - or the length of an array a
// new entry; what is before it must be there.
func setAt(root any, pointer string, v any) (any, error) {
	if pointer == "" {
		return v, nil
	}
	if badPointer(pointer) >= 0 {
		return nil, errors.New("it is no JSON Pointer")
	}
	cutAt := strings.LastIndexByte(pointer, '/')
	parent := point(root, pointer[:cutAt])
	if parent.Absent {
		return nil, errors.New(parent.Reason)
	}
	token := schema.UnescapeToken(pointer[cutAt+1:])
	switch at := parent.Any.(type) {
	case map[string]any:
		at[token] = v
		return root, nil
	case []any:
		i, ok := arrayIndex(token)
		if token == "-" {
			i, ok = len(at), true
		}
		switch {
		case ok && i < len(at):
			at[i] = v
			return root, nil
		case ok && i == len(at):
			return setAt(root, pointer[:cutAt], append(at, v))
		}
	}
	return nil, fmt.Errorf("nothing can be set there: %s is %s", cut(pointer[:cutAt], 100), kindOf(parent.Any))
}

// copyValue copies a value, so that replacing changes neither inputs nor the document.
func copyValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			out[name] = copyValue(member)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, entry := range v {
			out[i] = copyValue(entry)
		}
		return out
	}
	return v
}

// isXML says whether a media type is XML (RFC 7303).
func isXML(mediaType string) bool {
	kind, _, err := mime.ParseMediaType(mediaType)
	return err == nil && (kind == "application/xml" || kind == "text/xml" || strings.HasSuffix(kind, "+xml"))
}

func (p *parser) requestBody(n *yaml.Node, pointer string) *RequestBody {
	o := p.object(n, pointer, "a request body", "contentType", "payload", "replacements")
	if o == nil {
		return nil
	}
	b := &RequestBody{At: o.here(), ContentType: o.text("contentType"), Extensions: o.noExtension()}
	if b.ContentType != "" {
		if _, _, err := mime.ParseMediaType(b.ContentType); err != nil {
			p.fail(o.place("contentType"), "write one such as application/json", "contentType %s is no media type", quote(b.ContentType))
		}
	}
	if n := o.fields["payload"]; n != nil {
		b.Payload = p.template(n, pointer+"/payload")
	}
	for i, n := range o.list("replacements", 0) {
		if r := p.replacement(b, n, pointer+"/replacements/"+itoa(i)); r != nil {
			b.Replacements = append(b.Replacements, r)
		}
	}
	return b
}

func (p *parser) replacement(b *RequestBody, n *yaml.Node, pointer string) *Replacement {
	o := p.object(n, pointer, "a replacement", "target", "value", "1.1 targetSelectorType")
	if o == nil {
		return nil
	}
	o.noExtension()
	r := &Replacement{At: o.here()}
	if o.require("value", "add the value, or null") {
		r.Value = p.template(o.fields["value"], pointer+"/value")
	}
	if !o.require("target", "add a JSON Pointer such as /petId") {
		return r
	}
	r.Target = o.text("target")
	at := o.place("target")
	if n := o.fields["targetSelectorType"]; n != nil {
		before := len(p.problems)
		r.Type, _ = p.language(n, pointer+"/targetSelectorType", "jsonpath", "xpath", "jsonpointer")
		if len(p.problems) == before {
			r.path = p.compileSelector(at, r.Type, r.Target)
		}
		return r
	}
	pointerFits, pathFits := badPointer(r.Target) < 0, plainXPath.MatchString(r.Target)
	advice := "begin it with a slash, and write ~0 for ~ and ~1 for /"
	switch {
	case isXML(b.ContentType) && !pathFits:
		p.fail(at, "write names, positions and attributes, as /order/item[2]/@id, or in Arazzo 1.1 targetSelectorType: {type: xpath, version: xpath-10}",
			"%s is more than a path that all versions of XPath read alike", quote(r.Target))
	case b.ContentType != "" && !isXML(b.ContentType) && !pointerFits, !pointerFits && !pathFits:
		if strings.HasPrefix(r.Target, "$") && p.version >= V11 {
			advice = "add targetSelectorType: jsonpath"
		}
		p.fail(at, advice, "%s is no JSON Pointer", quote(r.Target))
	}
	return r
}
