package contracts

import (
	"fmt"
	"regexp"
	"strings"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

var versionPattern = regexp.MustCompile(`^3\.([0-9]+)\.[0-9]+(-[0-9A-Za-z.+-]+)?$`)

// readVersion sets version and dialect from the openapi member.
func (d *document) readVersion() error {
	fail := func(n *yaml.Node, pointer, message, advice string) error {
		return &DocumentError{At: schema.Location{File: d.file, Line: n.Line, Pointer: pointer}, Message: message, Advice: advice}
	}
	if d.root.Kind != yaml.MappingNode {
		return fail(d.root, "", "the document is "+kindText(d.root)+", not a mapping", "an OpenAPI document begins with a member openapi, such as openapi: 3.1.0")
	}
	n := field(d.root, "openapi")
	if n == nil {
		return d.noVersion(fail)
	}
	if n.Kind != yaml.ScalarNode || n.Tag == tagNull {
		return fail(n, "/openapi", "the version of OpenAPI is "+kindText(n)+", not a string", `write openapi: "3.1.0"`)
	}
	version := strings.TrimSpace(n.Value)
	switch {
	case n.Tag == tagFloat && (version == "3.0" || version == "3.1" || version == "3.2"):
		d.warnings = append(d.warnings, Warning{
			At:      schema.Location{File: d.file, Line: n.Line, Pointer: "/openapi"},
			Message: fmt.Sprintf("the version of OpenAPI is the number %s; it is read as the string %q", version, version+".0"),
		})
		version += ".0"
	case version == "3.0" || version == "3.1" || version == "3.2":
		d.warnings = append(d.warnings, Warning{
			At:      schema.Location{File: d.file, Line: n.Line, Pointer: "/openapi"},
			Message: fmt.Sprintf("the version of OpenAPI is %q without its third part; it is read as %q", version, version+".0"),
		})
		version += ".0"
	}
	minor := versionPattern.FindStringSubmatch(version)
	if minor == nil || minor[1] != "0" && minor[1] != "1" && minor[1] != "2" {
		advice := "this program reads 3.0, 3.1 and 3.2"
		if strings.HasPrefix(version, "2") {
			advice = convertAdvice
		}
		return fail(n, "/openapi", fmt.Sprintf("OpenAPI %s is not known", brief(version)), advice)
	}
	d.version, d.dialect = version, schema.JSONSchema202012
	if minor[1] == "0" {
		d.dialect = schema.OpenAPI30
	}
	return nil
}

// convertAdvice says how a Swagger 2.0 document becomes one that can be read.
const convertAdvice = "convert it to OpenAPI 3 first, for example with `npx swagger2openapi FILE -o openapi.yaml` or in editor.swagger.io with Edit, Convert to OpenAPI 3"

// noVersion tells what a document without an openapi member probably is.
func (d *document) noVersion(fail func(n *yaml.Node, pointer, message, advice string) error) error {
	if n := field(d.root, "swagger"); n != nil {
		return fail(n, "/swagger", "the document is Swagger "+brief(n.Value)+", not OpenAPI 3", convertAdvice)
	}
	for _, other := range []struct{ key, name, advice string }{
		{"overlay", "an Overlay document", "give it as --overlay and name the OpenAPI document first"},
		{"arazzo", "an Arazzo document", "name the OpenAPI document that it describes workflows for"},
		{"asyncapi", "an AsyncAPI document", "this program reads OpenAPI 3.0, 3.1 and 3.2"},
		{"raml", "a RAML document", "this program reads OpenAPI 3.0, 3.1 and 3.2"},
	} {
		if n := field(d.root, other.key); n != nil {
			return fail(n, "/"+other.key, "the document is "+other.name+", not OpenAPI 3", other.advice)
		}
	}
	for i := 0; i+1 < len(d.root.Content); i += 2 {
		if key := d.root.Content[i]; strings.EqualFold(strings.TrimSpace(key.Value), "openapi") {
			return fail(d.root.Content[i+1], "/"+escapeToken(key.Value), fmt.Sprintf("the member %q is not written as openapi", key.Value), "write it in lower case")
		}
	}
	return fail(d.root, "", "the document has no member openapi", `add openapi: "3.1.0" if it is an OpenAPI document, or name the root document if this is a part of one`)
}

// kindText names the kind of a node for readers.
func kindText(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Tag == tagNull:
		return "null"
	case n.Tag == tagInt || n.Tag == tagFloat:
		return "a number"
	case n.Tag == tagBool:
		return "a boolean"
	}
	return "a text"
}

// brief bounds text from a document in a message.
func brief(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:77], "") + "…"
	}
	return s
}
