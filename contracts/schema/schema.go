// Package schema judges a value against a JSON Schema and makes one up that fits.
//
// It reads the Schema Objects of OpenAPI 3.0 (with nullable and boolean exclusiveMinimum) and the
// JSON Schema 2020-12 of OpenAPI 3.1 and 3.2 into one compiled form, Schema, in which references are
// pointers. It knows nothing of HTTP, of operations or of files.
//
// Values are what a JSON decoder gives: nil, bool, string, json.Number, []any and map[string]any. Numbers
// may also be float64, int or int64. Values that this package makes hold json.Number only.
package schema

import (
	"math/big"
	"sync/atomic"

	"go.yaml.in/yaml/v4"
)

// Location says where something stands: in which file, at which line, under which JSON Pointer.
type Location struct {
	File    string // as the user named it; empty where there is no file
	Line    int    // 1 is the first line; 0 means unknown
	Pointer string // JSON Pointer of RFC 6901 within the file; empty is the whole document
}

// Dialect is the schema language in which a document writes its schemas.
type Dialect int

const (
	// OpenAPI30 is the Schema Object of OpenAPI 3.0: nullable, boolean exclusiveMinimum and
	// exclusiveMaximum, siblings of $ref ignored.
	OpenAPI30 Dialect = iota
	// JSONSchema202012 is the dialect of OpenAPI 3.1 and 3.2.
	JSONSchema202012
)

// Direction says on which way a value travels, since readOnly and writeOnly depend on it.
type Direction int

const (
	// Request values come from the client: a required readOnly property may be missing.
	Request Direction = iota
	// Response values come from the server: a required writeOnly property may be missing and is never sent.
	Response
)

// Types is a set of JSON types. The zero value means that any type will do.
type Types uint8

// The JSON types. Integer is held by every number without a fraction (1.0 is an integer).
const (
	Null Types = 1 << iota
	Boolean
	Integer
	Number
	String
	Array
	Object
)

// A Schema is one compiled schema. It is read-only after Compile and safe for concurrent use.
// The fields are exported for rooms that read a schema as a description (inference, explain); a nil
// or zero field means that the document does not say it.
type Schema struct {
	At   Location
	Name string // last segment of At.Pointer where the schema is a component ("Pet"), else empty

	// Always means that everything fits: the schema `true`, `{}`, or one that only has annotations.
	// Never is the schema `false`: nothing fits.
	Always, Never bool
	// Nullable means that null fits whatever else the schema says (nullable of OpenAPI 3.0). Where the
	// schema has a type, Types holds Null as well.
	Nullable    bool
	HasConst    bool
	HasDefault  bool
	UniqueItems bool
	Deprecated  bool
	ReadOnly    bool
	WriteOnly   bool

	Types  Types  // 0: any type
	access access // which of readOnly and writeOnly hold for a property with this schema, through Ref and AllOf
	format format // Format where it is one that is asserted
	uses   uses   // which kinds of keywords there are, so that the others need no look

	// Ref is the target of $ref. With OpenAPI30 nothing else is set beside it. Resolve follows it.
	Ref *Schema
	// DynamicRef is the initial target of $dynamicRef; dynamicAnchor is its name when the target
	// has a $dynamicAnchor, so that the outermost scope must be asked.
	DynamicRef    *Schema
	dynamicAnchor string

	Enum  []any
	Const any

	Minimum, Maximum, MultipleOf *Limit
	MinLength, MaxLength         *int
	Pattern                      string
	Format                       string
	ContentEncoding              string
	ContentMediaType             string

	Items            *Schema   // items after PrefixItems
	PrefixItems      []*Schema // 2020-12 prefixItems
	Contains         *Schema
	MinContains      *int
	MaxContains      *int
	MinItems         *int
	MaxItems         *int
	UnevaluatedItems *Schema

	Properties            []Property // in the order of the document
	Required              []string   // in the order of the document
	PatternProperties     []PatternProperty
	AdditionalProperties  *Schema // nil: anything
	PropertyNames         *Schema
	UnevaluatedProperties *Schema
	MinProperties         *int
	MaxProperties         *int
	DependentRequired     []Dependency
	DependentSchemas      []Property

	AllOf, AnyOf, OneOf []*Schema
	Not                 *Schema
	If, Then, Else      *Schema

	Discriminator *Discriminator

	Default  any
	Examples []any // example (OpenAPI 3.0) or examples (JSON Schema), in the order of the document

	Title       string
	Description string // kept to the first 400 bytes; for explain and pages, never for judging
	XML         *XML

	// Extension is the value of x-understudy on the schema, decoded by the room contracts; nil when absent.
	Extension *yaml.Node

	sorted      []int32              // indexes of Properties by name; nil where there are few of them
	order       *memberOrder         // how AppendJSON orders members; nil where Properties alone say it
	enumText    map[string]int       // the strings of a long Enum → index
	resource    *resource            // nil where no $dynamicRef can ask for it
	expression  *Pattern             // nil where Pattern is empty or cannot be read
	enumDigests map[uint64][]int32   // the other values of a long Enum: digest → indexes
	made        atomic.Pointer[plan] // what making values keeps about the schema, filled on first use
}

// A Property is a named subschema.
type Property struct {
	Name   string
	Schema *Schema
}

// A PatternProperty is a subschema for all names that match a regular expression.
type PatternProperty struct {
	Pattern    string
	Schema     *Schema
	expression *Pattern // nil where it cannot be read
}

// A Dependency says which properties must be there when Name is.
type Dependency struct {
	Name     string
	Required []string
}

// A Limit is a number from the document, exact.
type Limit struct {
	Text      string  // in JSON syntax
	Float     float64 // nearest float64
	Exact     *big.Rat
	Exclusive bool // for minimum and maximum

	whole   int64 // the value where isWhole
	isWhole bool  // it is an integer of at most 18 digits
}

// A Discriminator names the property whose value chooses among OneOf or AnyOf. It never changes what is valid.
type Discriminator struct {
	Property string
	Mapping  map[string]*Schema // value → schema; explicit mapping entries and implied component names
	Default  *Schema            // OpenAPI 3.2 defaultMapping
}

// XML is the XML Object of a schema.
type XML struct {
	Name, Namespace, Prefix string
	Attribute, Wrapped      bool
}

// Resolve follows Ref until it reaches a schema that says something itself. A chain that only leads to
// itself gives the schema it started with.
func (s *Schema) Resolve() *Schema {
	at := s
	for i := 0; at != nil && at.Ref != nil && i < 64; i++ {
		at = at.Ref
	}
	if at == nil {
		return s
	}
	return at
}

// Property gives the subschema of a property declared by this schema itself (not by AllOf), or nil.
func (s *Schema) Property(name string) *Schema {
	if i := s.indexOf(name); i >= 0 {
		return s.Properties[i].Schema
	}
	return nil
}

// indexOf gives the index of a property in Properties, or -1.
func (s *Schema) indexOf(name string) int { return find(s.Properties, s.sorted, name) }

// find gives the index of a name in list, or -1. Long lists come with an index and are searched by halves, short ones
// from the front: a map per schema would cost more memory than all else in a large document.
func find(list []Property, sorted []int32, name string) int {
	if sorted == nil {
		for i := range list {
			if list[i].Name == name {
				return i
			}
		}
		return -1
	}
	low, high := 0, len(sorted)
	for low < high {
		mid := int(uint(low+high) >> 1)
		if list[sorted[mid]].Name < name {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low < len(sorted) && list[sorted[low]].Name == name {
		return int(sorted[low])
	}
	return -1
}
