package contracts

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"understudy/contracts/schema"
)

// A Body is the content of a request or an answer, decoded.
type Body struct {
	Media       *MediaType // the entry of content that describes it; nil where none does
	ContentType string     // as sent
	// Value is what the bytes mean: the usual JSON values for JSON, forms, multipart and XML; a list for types
	// that hold a sequence (JSON lines, events, multipart/mixed); a string, or what the schema makes of it, for
	// text; []byte for everything else.
	Value any
	// Present tells whether there was any content.
	Present bool
	// Undeclared tells that there was content although the operation describes none.
	Undeclared bool
	Parts      []Part // of a multipart body, all of them, in order
	Raw        []byte // the bytes as they came

	fits bool // reading it, Decode found that Value fits the schema of a request
}

// An UnsupportedMediaError means that a body came in a type or charset which the operation does not take
// (RFC 9110, 15.5.16: 415).
type UnsupportedMediaError struct {
	ContentType string
	Charset     string   // set where the type is right and the charset is not
	Accepted    []string // the types that would do, in the order of the document
}

func (e *UnsupportedMediaError) Error() string {
	switch {
	case e.Charset != "":
		return fmt.Sprintf("charset %q is not supported: send UTF-8", e.Charset)
	case e.ContentType == "":
		return "the body has no Content-Type: send one of " + strings.Join(e.Accepted, ", ")
	}
	return fmt.Sprintf("content type %q is not accepted: send one of %s", e.ContentType, strings.Join(e.Accepted, ", "))
}

// A MalformedError means that a body is not what its Content-Type says (400).
type MalformedError struct {
	ContentType  string
	Offset       int64 // bytes before the fault; -1 where it is not known
	Line, Column int   // of the fault, from 1; 0 where they are not known
	Err          error
}

func (e *MalformedError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("malformed %s at line %d, column %d: %v", mediaName(e.ContentType), e.Line, e.Column, e.Err)
	}
	return fmt.Sprintf("malformed %s: %v", mediaName(e.ContentType), e.Err)
}

func (e *MalformedError) Unwrap() error { return e.Err }

// Decode reads a request body. It gives an *UnsupportedMediaError or a *MalformedError where the bytes cannot
// be read at all; the violations are what is wrong with the way they are written (a missing body that is
// required, a form field given twice, a part of the wrong type). What is judged by the schema is left to
// Body.Validate. A nil RequestBody, that of an operation which declares none, reads nothing and sets Undeclared.
//
// A body without Content-Type is read as the only type that is declared, where that is not a range.
func (b *RequestBody) Decode(contentType string, raw []byte) (Body, []Violation, error) {
	body := Body{ContentType: contentType, Raw: raw, Present: len(raw) > 0}
	switch {
	case b == nil:
		body.Undeclared = body.Present
		return body, nil, nil
	case !body.Present:
		body.Media = MatchMedia(contentType, b.Content)
		if !b.Required {
			return body, nil, nil
		}
		v := Violation{In: "body"}
		v.Keyword, v.Want, v.Got, v.At = "required", "a body", "nothing", b.At
		return body, []Violation{v}, nil
	case len(b.Content) == 0:
		body.Value = raw
		return body, nil, nil
	}
	media := MatchMedia(contentType, b.Content)
	if contentType == "" && len(b.Content) == 1 && !strings.Contains(b.Content[0].Name, "*") {
		media = b.Content[0]
		contentType = media.Name
	}
	if media == nil {
		return body, nil, &UnsupportedMediaError{ContentType: contentType, Accepted: mediaNames(b.Content)}
	}
	return media.Decode(contentType, raw)
}

func mediaNames(content []*MediaType) []string {
	names := make([]string, len(content))
	for i, m := range content {
		names[i] = m.Name
	}
	return names
}

// Decode reads content of a given Content-Type by its description, as RequestBody.Decode does.
func (m *MediaType) Decode(contentType string, raw []byte) (Body, []Violation, error) {
	body := Body{Media: m, ContentType: contentType, Raw: raw, Present: len(raw) > 0}
	kind := kindOf(contentType)
	text, err := toUTF8(contentType, kind, raw)
	if err != nil {
		return body, nil, err
	}
	if (kind == linesKind || kind == sequenceKind || kind == eventKind) && m.oneText() {
		kind = textKind
	}
	var violations []Violation
	switch kind {
	case jsonKind:
		body.Value, err = schema.ParseJSON(text)
	case formKind:
		body.Value, body.fits, violations = m.decodeForm(text)
	case multipartKind:
		violations, err = m.decodeMultipart(&body)
	case xmlKind:
		body.Value, err = m.decodeXML(text)
	case linesKind:
		body.Value, err = decodeLines(text)
	case sequenceKind:
		body.Value, err = decodeSequence(text)
	case eventKind:
		body.Value = decodeEvents(text)
	case textKind:
		v := viewOf(m.Schema)
		body.Value = v.coerce(string(text), v.types())
	default:
		body.Value = raw
	}
	if err != nil {
		return body, nil, malformed(contentType, text, err)
	}
	return body, violations, nil
}

// oneText says that a document describes a stream of values as one text, as documents before OpenAPI 3.2 do.
func (m *MediaType) oneText() bool {
	return m.Item == nil && m.Schema != nil && m.Schema.Resolve().Types == schema.String
}

// Validate judges a decoded body by its schema: the direction is Request for what a client sends. A body of a
// type that this package does not take apart, described by a schema for a structure, is not judged.
func (b *Body) Validate(dir schema.Direction) []Violation {
	if b.Media == nil || !b.Present || b.fits && dir == schema.Request {
		return nil
	}
	value := b.Value
	if bytes, ok := value.([]byte); ok {
		if t := typesOf(b.Media.Schema); t != 0 && t&schema.String == 0 {
			return nil
		}
		value = string(bytes)
	}
	violations := judge(nil, b.Media.Schema, value, dir, "")
	items, ok := value.([]any)
	if b.Media.Item == nil || !ok {
		return violations
	}
	for i, item := range items {
		violations = judge(violations, b.Media.Item, item, dir, fmt.Sprintf("/%d", i))
	}
	return violations
}

func judge(violations []Violation, s *schema.Schema, value any, dir schema.Direction, at string) []Violation {
	if s == nil {
		return violations
	}
	found := s.Check(value, dir)
	violations = slices.Grow(violations, len(found))
	for _, v := range found {
		v.Pointer = at + v.Pointer
		violations = append(violations, Violation{In: "body", Violation: v})
	}
	return violations
}

// A mediaKind is a family of media types that are read in one way.
type mediaKind uint8

const (
	binaryKind mediaKind = iota
	textKind
	jsonKind
	formKind
	multipartKind
	xmlKind
	linesKind    // one JSON value a line
	sequenceKind // JSON values behind record separators (RFC 7464)
	eventKind    // server-sent events
)

func kindOf(contentType string) mediaKind {
	if contentType == "application/json" {
		return jsonKind
	}
	switch name := mediaName(contentType); {
	case name == "application/json" || name == "text/json" || strings.HasSuffix(name, "+json") || strings.HasPrefix(name, "application/json+") && name != "application/json+seq":
		return jsonKind
	case name == "application/x-www-form-urlencoded":
		return formKind
	case strings.HasPrefix(name, "multipart/"):
		return multipartKind
	case name == "application/xml" || name == "text/xml" || strings.HasSuffix(name, "+xml") && !strings.HasPrefix(name, "image/"):
		return xmlKind
	case name == "application/x-ndjson" || name == "application/jsonl" || name == "application/ndjson" || name == "application/x-jsonlines":
		return linesKind
	case name == "application/json-seq" || strings.HasSuffix(name, "+json-seq"):
		return sequenceKind
	case name == "text/event-stream":
		return eventKind
	case strings.HasPrefix(name, "text/"):
		return textKind
	}
	return binaryKind
}

var errNotUTF8 = errors.New("the text is not UTF-8")

// toUTF8 gives the text of a body in UTF-8, without a byte order mark. US-ASCII and Latin-1 are understood
// besides; any other charset is refused.
func toUTF8(contentType string, kind mediaKind, raw []byte) ([]byte, error) {
	if kind == binaryKind || kind == multipartKind {
		return raw, nil
	}
	charset := "utf-8"
	if strings.IndexByte(contentType, ';') >= 0 {
		if c, ok := mediaParameter(contentType, "charset"); ok {
			charset = strings.ToLower(c)
		}
	}
	switch charset {
	case "utf-8", "utf8", "us-ascii", "ascii", "":
	case "iso-8859-1", "latin1", "iso_8859-1", "l1":
		if kind == xmlKind && bytes.Contains(raw[:min(len(raw), 100)], []byte("encoding=")) {
			return raw, nil // the reader of XML converts by the document's own declaration
		}
		return fromLatin1(raw), nil
	default:
		return nil, &UnsupportedMediaError{ContentType: contentType, Charset: charset}
	}
	text := bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if kind != formKind && kind != xmlKind && !utf8.Valid(text) { // XML may name another encoding itself
		at := 0
		for at < len(text) {
			r, size := utf8.DecodeRune(text[at:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			at += size
		}
		return nil, malformed(contentType, text, &textError{at: int64(at), err: errNotUTF8})
	}
	return text, nil
}

// fromLatin1 gives a text of ISO 8859-1 in UTF-8.
func fromLatin1(raw []byte) []byte {
	text := make([]byte, 0, len(raw)+len(raw)/8)
	for _, b := range raw {
		text = utf8.AppendRune(text, rune(b))
	}
	return text
}

// A textError is a fault at a place in a text.
type textError struct {
	at  int64
	err error
}

func (e *textError) Error() string { return e.err.Error() }
func (e *textError) Unwrap() error { return e.err }
