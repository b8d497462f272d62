package contracts

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// An objectKind is what an object of a document is: it decides which of its members are objects that may be references,
// and which are data, where $ref is a member like any other.
type objectKind uint8

const (
	kindData  objectKind = iota // examples, defaults, extensions: never looked into
	kindPlain                   // objects without a kind of their own; only a $ref is looked for
	kindRoot
	kindComponents
	kindPathItem
	kindOperation
	kindParameter
	kindHeader
	kindRequestBody
	kindResponse
	kindMediaType
	kindEncoding
	kindExample
	kindLink
	kindCallback
	kindSecurityScheme
	kindSchema
	kindDiscriminator
	kindSchemaName // a scalar that names a schema, perhaps by a URI
)

// An objectShape is a kind, alone or as the members of a mapping.
type objectShape struct {
	kind objectKind
	form grouping
}

type grouping uint8

const (
	alone     grouping = iota // the object itself; a list of them has the same shape
	byName                    // a mapping from names to objects
	byPattern                 // the same, in which names that begin with x- are extensions
)

// objectMembers says which members of an object are objects. All others are data.
var objectMembers = map[objectKind]map[string]objectShape{
	kindRoot: {
		"info": {kind: kindPlain}, "servers": {kind: kindPlain}, "tags": {kind: kindPlain},
		"externalDocs": {kind: kindPlain}, "security": {kind: kindPlain},
		"paths":    {kindPathItem, byPattern},
		"webhooks": {kindPathItem, byName}, "x-webhooks": {kindPathItem, byName},
		"components": {kind: kindComponents},
	},
	kindComponents: {
		"schemas": {kindSchema, byName}, "responses": {kindResponse, byName}, "parameters": {kindParameter, byName},
		"examples": {kindExample, byName}, "requestBodies": {kindRequestBody, byName}, "headers": {kindHeader, byName},
		"securitySchemes": {kindSecurityScheme, byName}, "links": {kindLink, byName}, "callbacks": {kindCallback, byName},
		"pathItems": {kindPathItem, byName}, "mediaTypes": {kindMediaType, byName},
	},
	kindPathItem: {
		"get": {kind: kindOperation}, "put": {kind: kindOperation}, "post": {kind: kindOperation}, "delete": {kind: kindOperation},
		"options": {kind: kindOperation}, "head": {kind: kindOperation}, "patch": {kind: kindOperation}, "trace": {kind: kindOperation},
		"query": {kind: kindOperation}, "additionalOperations": {kindOperation, byName},
		"parameters": {kind: kindParameter}, "servers": {kind: kindPlain},
	},
	kindOperation: {
		"parameters": {kind: kindParameter}, "requestBody": {kind: kindRequestBody}, "responses": {kindResponse, byPattern},
		"callbacks": {kindCallback, byName}, "servers": {kind: kindPlain}, "externalDocs": {kind: kindPlain},
		"description": {kind: kindPlain}, "security": {kind: kindPlain},
	},
	kindParameter: {
		"schema": {kind: kindSchema}, "content": {kindMediaType, byName}, "examples": {kindExample, byName},
	},
	kindHeader: {
		"schema": {kind: kindSchema}, "content": {kindMediaType, byName}, "examples": {kindExample, byName},
	},
	kindRequestBody: {"content": {kindMediaType, byName}},
	kindResponse: {
		"headers": {kindHeader, byName}, "content": {kindMediaType, byName}, "links": {kindLink, byName},
	},
	kindMediaType: {
		"schema": {kind: kindSchema}, "itemSchema": {kind: kindSchema}, "examples": {kindExample, byName},
		"encoding": {kindEncoding, byName}, "prefixEncoding": {kind: kindEncoding}, "itemEncoding": {kind: kindEncoding},
	},
	kindEncoding: {
		"headers": {kindHeader, byName}, "encoding": {kindEncoding, byName},
		"prefixEncoding": {kind: kindEncoding}, "itemEncoding": {kind: kindEncoding},
	},
	kindLink:           {"server": {kind: kindPlain}},
	kindSecurityScheme: {"flows": {kind: kindPlain}},
	kindSchema: {
		"properties": {kindSchema, byName}, "patternProperties": {kindSchema, byName}, "dependentSchemas": {kindSchema, byName},
		"$defs": {kindSchema, byName}, "definitions": {kindSchema, byName},
		"additionalProperties": {kind: kindSchema}, "unevaluatedProperties": {kind: kindSchema}, "propertyNames": {kind: kindSchema},
		"items": {kind: kindSchema}, "prefixItems": {kind: kindSchema}, "additionalItems": {kind: kindSchema},
		"unevaluatedItems": {kind: kindSchema}, "contains": {kind: kindSchema}, "contentSchema": {kind: kindSchema},
		"allOf": {kind: kindSchema}, "anyOf": {kind: kindSchema}, "oneOf": {kind: kindSchema}, "not": {kind: kindSchema},
		"if": {kind: kindSchema}, "then": {kind: kindSchema}, "else": {kind: kindSchema},
		"discriminator": {kind: kindDiscriminator},
	},
	kindDiscriminator: {"mapping": {kindSchemaName, byName}, "defaultMapping": {kind: kindSchemaName}},
}

// member gives the shape of a member of an object of this shape.
func (s objectShape) member(key string) objectShape {
	switch s.form {
	case byName:
		return objectShape{kind: s.kind}
	case byPattern:
		if extension(key) {
			return objectShape{}
		}
		return objectShape{kind: s.kind}
	}
	switch s.kind {
	case kindData:
		return objectShape{}
	case kindPlain:
		if extension(key) {
			return objectShape{}
		}
		return s
	case kindCallback:
		if extension(key) {
			return objectShape{}
		}
		return objectShape{kind: kindPathItem}
	}
	return objectMembers[s.kind][key]
}

// section is where components of this shape stand in a document of the given version; empty where there is no
// such place.
func (s objectShape) section(version string) string {
	if s.form != alone {
		return ""
	}
	switch s.kind {
	case kindSchema, kindSchemaName:
		return "schemas"
	case kindResponse:
		return "responses"
	case kindParameter:
		return "parameters"
	case kindExample:
		return "examples"
	case kindRequestBody:
		return "requestBodies"
	case kindHeader:
		return "headers"
	case kindSecurityScheme:
		return "securitySchemes"
	case kindLink:
		return "links"
	case kindCallback:
		return "callbacks"
	case kindPathItem:
		if !strings.HasPrefix(version, "3.0") {
			return "pathItems"
		}
	case kindMediaType:
		if !strings.HasPrefix(version, "3.0") && !strings.HasPrefix(version, "3.1") {
			return "mediaTypes"
		}
	}
	return ""
}

// leadsOutside says whether a member may lead to another file, if it is what its name says and not data.
func leadsOutside(name string, value *yaml.Node) bool {
	switch name {
	case "$ref":
		return value.Kind == yaml.ScalarNode && !strings.HasPrefix(value.Value, "#")
	case "defaultMapping":
		return foreignName(value)
	case "mapping":
		return foreignName(value) || slices.ContainsFunc(value.Content, foreignName)
	}
	return false
}

// foreignName says whether a value names a schema by a URI that leads out of its file.
func foreignName(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && uriLike(n.Value) && !strings.HasPrefix(n.Value, "#")
}

// uriLike says whether the name of a schema in a discriminator is a URI and not the name of a component.
func uriLike(name string) bool {
	return strings.ContainsAny(name, "#/") || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") || strings.HasSuffix(name, ".json")
}
