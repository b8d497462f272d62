package check

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// match judges decoded content by its schema and by that of its items.
func (p *pass) match(media *contracts.MediaType, value any, name string, stream bool) {
	if bytes, ok := value.([]byte); ok { // a type that is not taken apart
		if !utf8.Valid(bytes) {
			return
		}
		value = string(bytes)
	}
	if s := media.Schema; s != nil && !p.inexpressible(s, value, stream) {
		p.judge("SCH-001", s, value, "", name)
	}
	items, ok := value.([]any)
	if media.Item == nil || !ok || !stream && !strings.HasPrefix(name, "multipart/") {
		return
	}
	for i, item := range items {
		if len(p.found) >= maxFindings {
			return
		}
		p.judge("SCH-005", media.Item, item, "/"+strconv.Itoa(i), name)
	}
}

// inexpressible says that content has no known way to be what the schema describes: an object in text/html, a structure in a
// vendor's own type, a stream that is not described as a list. The contract leaves open how that is written.
func (p *pass) inexpressible(s *schema.Schema, value any, stream bool) bool {
	if stream {
		return typesOf(s, 0)&schema.Array == 0
	}
	if _, isText := value.(string); !isText || isJSON(bareType(p.contentType)) {
		return false
	}
	types := typesOf(s, 0)
	return types != 0 && types&schema.String == 0 && types&(schema.Array|schema.Object) != 0
}

// typesOf gives the types of a schema as far as it says so itself, through references and alternatives; 0: any.
func typesOf(s *schema.Schema, depth int) schema.Types {
	if s = s.Resolve(); s.Types != 0 || depth > 8 {
		return s.Types
	}
	if len(s.Properties) > 0 {
		return schema.Object
	}
	for _, part := range s.AllOf {
		if t := typesOf(part, depth+1); t != 0 {
			return t
		}
	}
	var union schema.Types
	for _, branches := range [][]*schema.Schema{s.AnyOf, s.OneOf} {
		for _, b := range branches {
			t := typesOf(b, depth+1)
			if t == 0 {
				return 0
			}
			union |= t
		}
	}
	return union
}

// judge holds a value against a schema; at is where the value stands in the content.
func (p *pass) judge(id string, s *schema.Schema, value any, at, name string) {
	if s.Valid(value, schema.Response) {
		p.look(s, value, at)
		return
	}
	for _, v := range s.Check(value, schema.Response) {
		v.Pointer = at + v.Pointer
		p.breach(id, s, value, v, name)
	}
}

// formats of OpenAPI itself, which clients rely on. The others are annotations, and many servers know them loosely.
var firmFormats = map[string]bool{"int32": true, "int64": true, "date": true, "date-time": true}

// looseFormats are those whose rules implementations do not agree on: breaking them is no finding.
var looseFormats = map[string]bool{
	"regex": true, "idn-email": true, "idn-hostname": true, "iri": true, "iri-reference": true, "uri-reference": true,
	"uri-template": true, "duration": true, "time": true, "json-pointer": true, "relative-json-pointer": true, "float": true, "double": true,
}

// breach makes a finding of a violation of a schema. The id is that of a violation of no special kind.
func (p *pass) breach(id string, s *schema.Schema, value any, v schema.Violation, name string) {
	root, inner := "", v.Pointer
	if id == "SCH-005" {
		_, rest, more := strings.Cut(strings.TrimPrefix(v.Pointer, "/"), "/")
		root, inner = "/*", ""
		if more {
			inner = "/" + rest
		}
	}
	f := Finding{
		Want: v.Want, Got: v.Got, Where: bodyPlace(root + p.e.normal(s, value, inner)), At: PlaceOf(v.At), Keyword: keywordOf(v),
	}
	switch {
	case v.Keyword == "writeOnly":
		id = "SCH-003"
	case v.Keyword == "format" && looseFormats[v.Limit]:
		return
	case v.Keyword == "format":
		id = "SCH-004"
		if !firmFormats[v.Limit] {
			f.Level, f.Certainty = Warning, Likely
		}
	case v.Keyword == "discriminator" || v.Keyword == "contentEncoding":
		id = "SCH-004"
	case v.Keyword == "":
		f.Certainty = Likely // it could not be judged to its end
	}
	if !isJSON(name) && !isStream(name) && f.Certainty == "" {
		f.Certainty = Likely // how forms, XML and text are written leaves room
	}
	where := v.Pointer
	if where == "" {
		where = "the whole"
	}
	f.Message = fmt.Sprintf("The content that %s sent with %s breaks its schema at %s: wanted %s, got %s.",
		p.label(), statusText(p.x.Status), cut(where, 120), cut(f.Want, maxShown), cut(f.Got, maxShown))
	p.report(id, p.doubt(f))
}

// keywordOf tells violations at one place of the document apart: members that are missing or too many by their names.
func keywordOf(v schema.Violation) string {
	switch v.Keyword {
	case "required", "dependentRequired":
		return v.Keyword + " " + cut(v.Limit, 80)
	case "additionalProperties", "unevaluatedProperties":
		if namelike(v.Limit) {
			return v.Keyword + " " + v.Limit
		}
	}
	return v.Keyword
}

// bodyPlace is Finding.Where for a place in the content.
func bodyPlace(pointer string) string {
	if pointer == "" {
		return "response body"
	}
	return "response body " + pointer
}
