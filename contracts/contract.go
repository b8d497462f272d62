// Package contracts turns a vendor's documents into a compiled, read-only Contract.
//
// It loads an OpenAPI 3.0, 3.1 or 3.2 document with the files it refers to, puts Overlay documents on it,
// and compiles the result once into operations, a router, parameter and body decoders, schemas, security
// alternatives and behaviour. Nothing outside this package knows the document or the library that reads it.
package contracts

import (
	"understudy/contracts/schema"
)

// A Contract is one OpenAPI document with the overlays put on it, compiled. It is read-only and safe for
// concurrent use.
type Contract struct {
	Name        string // short name, for ports, journals and reports: "ecoevents", "petstore"
	Title       string // info.title
	Version     string // info.version
	Description string // info.description
	OpenAPI     string // "3.0.3"
	Files       []string
	Hash        string // hex SHA-256 over the document as loaded, overlays included

	Servers    []Server
	Operations []*Operation // in the order of the document
	Webhooks   []*Operation // OpenAPI 3.1 webhooks and 3.0 x-webhooks: Path is the webhook's name
	Schemas    []schema.Property
	Security   map[string]*SecurityScheme
	Tags       []Tag
	Behaviour  Behaviour

	// Warnings are faults of the document that do not keep it from being served: a reference that points
	// nowhere, an example that breaks its schema, a schema that nothing can fit.
	Warnings []Warning

	events   []*Event
	router   *router
	document func() []byte // the whole document as one JSON file, overlays applied
}

// A Warning is a fault of a document that was worked around.
type Warning struct {
	At      schema.Location
	Message string // what is wrong and how it is treated
}

// A Server is one entry of servers with its variables' defaults filled in.
type Server struct {
	URL         string // as in the document, defaults filled in: "https://api.example.com/v1"
	Base        string // its path without a trailing slash: "/v1"; empty for the root
	Description string
}

// A Tag is one entry of tags.
type Tag struct{ Name, Description string }

// An Operation is one method on one path.
type Operation struct {
	ID          string // operationId; made from method and path where the document has none: "get /pets/{id}"
	Method      string // upper case
	Path        string // template as in the document: "/pets/{id}"
	Summary     string
	Description string
	Tags        []string
	Deprecated  bool
	At          schema.Location

	Servers    []Server // the operation's own, the path's, or the contract's
	Parameters []*Parameter
	Body       *RequestBody // nil: no request body is declared
	Responses  []*Response  // in the order of the document
	Security   []Alternative
	Anonymous  bool // no security at all is asked for (no requirement, or an empty list)
	Callbacks  []*Callback
	Behaviour  OperationBehaviour

	Segments []Segment // of Path, without base path

	params     parameterPlan
	alternates []*Operation // of the same method, with a path template of the same shape
}

// A Segment is one part of a path between slashes.
type Segment struct {
	Literal string   // the text when the segment has no expression: "pets"
	Names   []string // the names of the expressions in it, in order: ["id"]; several in "{a}.{b}"
	Parts   []string // for a mix of text and expressions: the texts around the names, len(Names)+1 of them
}

// A Parameter is one Parameter Object.
type Parameter struct {
	Name       string
	In         string // "path", "query", "header", "cookie", "querystring"
	Required   bool
	Deprecated bool
	Style      string // always set
	Explode    bool
	// AllowReserved is kept for encoding; decoding always reads both forms.
	AllowReserved   bool
	AllowEmptyValue bool
	Schema          *schema.Schema // nil where Media is used, or nothing is said
	Media           *MediaType     // the single entry of content, when the parameter has content
	Examples        []Example
	Description     string
	At              schema.Location
}

// A RequestBody is one Request Body Object.
type RequestBody struct {
	Required    bool
	Description string
	Content     []*MediaType // in the order of the document
	At          schema.Location
}

// A MediaType is one entry of a content map.
type MediaType struct {
	Name     string         // key in the document: "application/json; charset=utf-8", "text/*"
	Schema   *schema.Schema // nil: anything
	Item     *schema.Schema // OpenAPI 3.2 itemSchema: each item of a sequential media type
	Examples []Example
	Encoding map[string]*Encoding // by property; nil when none
	At       schema.Location
}

// An Encoding is one Encoding Object, for a property of a form or multipart body.
type Encoding struct {
	ContentType   string // empty: by the schema, as OpenAPI says
	Style         string // empty: contentType decides, no style was given
	Explode       bool
	AllowReserved bool
	Headers       []*Header
}

// A Response is one entry of responses.
type Response struct {
	Status      string // "200", "4XX", "default"
	Code        int    // 200; 0 for ranges and default
	Description string
	Headers     []*Header
	Content     []*MediaType // in the order of the document
	Links       []*Link
	At          schema.Location
}

// A Header is one response or part header.
type Header struct {
	Name     string
	Required bool
	Schema   *schema.Schema
	Media    *MediaType
	Explode  bool
	Examples []Example
	At       schema.Location
}

// An Example is one example value of a parameter, body or response.
type Example struct {
	Name    string // key in examples; empty for the single example
	Summary string
	Value   any    // decoded; numbers are json.Number
	Raw     string // for text that is not JSON: serializedValue, or a string value of a non-JSON type
	At      schema.Location
}

// A Link is one Link Object: how a value of this answer is used in another operation.
type Link struct {
	Name         string
	OperationID  string
	OperationRef string
	Operation    *Operation        // the target, nil when it is in another document
	Parameters   map[string]string // "id" or "path.id" → runtime expression or constant
	Body         any
	At           schema.Location
}

// A Callback is one runtime expression with the operations that are called there.
type Callback struct {
	Name       string
	Expression string      // "{$request.body#/callbackUrl}"
	Address    *Expression // Expression, read; nil where it cannot be, of which a warning tells
	Operations []*Operation
	Events     []*Event // what each of the operations sends, in the same order
	At         schema.Location
}

// An Alternative is one set of security requirements, all of which must hold. An operation has a list of
// them and any one will do. The empty set means that anonymous requests are welcome.
type Alternative []Requirement

// A Requirement is one scheme with the scopes it must carry.
type Requirement struct {
	Scheme *SecurityScheme
	Scopes []string
}

// A SecurityScheme is one Security Scheme Object.
type SecurityScheme struct {
	Key          string // name in components.securitySchemes
	Type         string // apiKey, http, mutualTLS, oauth2, openIdConnect
	Name         string // apiKey: header, query or cookie name
	In           string // apiKey
	Scheme       string // http: lower case
	BearerFormat string
	OpenIDURL    string
	Flows        []Flow
	Description  string
	At           schema.Location
}

// A Flow is one OAuth flow.
type Flow struct {
	Kind                                              string // implicit, password, clientCredentials, authorizationCode, deviceAuthorization
	AuthorizationURL, TokenURL, RefreshURL, DeviceURL string
	Scopes                                            []Scope
}

// A Scope is a scope's name and what it allows.
type Scope struct{ Name, Description string }

// A Violation is one way in which a request or answer breaks the contract.
type Violation struct {
	In   string // "path", "query", "header", "cookie", "body", "status", "content-type"
	Name string // the parameter's or header's name; empty for a body
	schema.Violation
}

// Document gives the whole document as one JSON file, with overlays applied and other files' parts
// brought inside. The caller must not change it.
func (c *Contract) Document() []byte { return c.document() }
