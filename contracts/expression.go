package contracts

import (
	"encoding/json"
	"fmt"
	"strings"
)

// An Expression is one runtime expression of OpenAPI ("$request.body#/id"), or a text with some of them in braces
// ("https://example.com/{$request.body#/id}"), as keys of callbacks and values of links hold them. It is read-only and
// safe for concurrent use. (OpenAPI 3.0.4, 3.1.2 and 3.2.0, Runtime Expressions.)
type Expression struct {
	text  string
	bare  bool // the whole text is one expression, whose value keeps its type
	parts []expressionPart
}

// An expressionPart is a constant text, or a source whose value stands in its place.
type expressionPart struct {
	constant string
	source   expressionSource // sourceNone: constant
	response bool             // of the response, not of the request
	name     string           // of a header, query or path parameter; JSON Pointer of a body
	text     string           // as written: "$request.body#/id"
}

type expressionSource int

const (
	sourceNone expressionSource = iota
	sourceURL
	sourceMethod
	sourceStatus
	sourceHeader
	sourceQuery
	sourcePath
	sourceBody
)

// maxExpression bounds the length of an expression in bytes.
const maxExpression = 8 << 10

// ParseExpression reads a text. One that begins with a dollar sign is a single expression; in any other, each "{$" begins
// an expression that ends with the next "}". A text without either is a constant. The error says what cannot be read and
// what would be right.
func ParseExpression(text string) (*Expression, error) {
	if len(text) > maxExpression {
		return nil, fmt.Errorf("the expression has %d bytes; no more than %d are read", len(text), maxExpression)
	}
	e := &Expression{text: text}
	if strings.HasPrefix(text, "$") {
		part, err := parseSource(text)
		e.bare, e.parts = true, []expressionPart{part}
		return e, err
	}
	rest := text
	for {
		before, after, found := strings.Cut(rest, "{$")
		if before != "" {
			e.parts = append(e.parts, expressionPart{constant: before})
		}
		if !found {
			return e, nil
		}
		inside, behind, closed := strings.Cut(after, "}")
		if !closed {
			return nil, fmt.Errorf("the expression {$%s has no closing brace", brief(after))
		}
		part, err := parseSource("$" + inside)
		if err != nil {
			return nil, err
		}
		e.parts = append(e.parts, part)
		rest = behind
	}
}

// String gives the expression as it was written.
func (e *Expression) String() string { return e.text }

// Constant says that nothing in the text depends on an exchange.
func (e *Expression) Constant() bool {
	for _, p := range e.parts {
		if p.source != sourceNone {
			return false
		}
	}
	return true
}

// Response says that a part of the response is needed, so that the expression cannot be evaluated before there is one.
func (e *Expression) Response() bool {
	for _, p := range e.parts {
		if p.response || p.source == sourceStatus {
			return true
		}
	}
	return false
}

// parseSource reads one expression, from its dollar sign to its end.
func parseSource(text string) (expressionPart, error) {
	part := expressionPart{text: text}
	switch text {
	case "$url":
		part.source = sourceURL
		return part, nil
	case "$method":
		part.source = sourceMethod
		return part, nil
	case "$statusCode":
		part.source = sourceStatus
		return part, nil
	}
	rest, ok := strings.CutPrefix(text, "$request.")
	if !ok {
		if rest, ok = strings.CutPrefix(text, "$response."); !ok {
			return part, unknownExpression(text)
		}
		part.response = true
	}
	return part, part.reference(rest)
}

// reference reads what stands behind "$request." and "$response.".
func (p *expressionPart) reference(rest string) error {
	if pointer, ok := strings.CutPrefix(rest, "body"); ok {
		return p.body(pointer)
	}
	place, name, _ := strings.Cut(rest, ".")
	switch {
	case place == "header":
		p.source = sourceHeader
		if name == "" || strings.ContainsFunc(name, func(r rune) bool { return !isTokenRune(r) }) {
			return fmt.Errorf("the expression %s does not name a header behind \"header.\"", brief(p.text))
		}
		p.name = name
		return nil
	case p.response && (place == "query" || place == "path"):
		return fmt.Errorf("the expression %s asks for the %s of a response, which has none; use $request.%s", brief(p.text), place, brief(rest))
	case place == "query":
		p.source = sourceQuery
	case place == "path":
		p.source = sourcePath
	default:
		return unknownExpression(p.text)
	}
	if name == "" {
		return fmt.Errorf("the expression %s does not name a parameter behind %q", brief(p.text), place+".")
	}
	// A name is made of characters of a JSON string, escapes included.
	if err := json.Unmarshal([]byte(`"`+name+`"`), &p.name); err != nil {
		return fmt.Errorf("the expression %s names a parameter with characters that a JSON string must escape", brief(p.text))
	}
	return nil
}

func (p *expressionPart) body(pointer string) error {
	p.source = sourceBody
	if pointer == "" || pointer == "#" {
		return nil
	}
	pointer, ok := strings.CutPrefix(pointer, "#")
	if !ok {
		return fmt.Errorf("the expression %s cannot be read; a part of a body is written body#/name", brief(p.text))
	}
	if err := checkPointer(pointer); err != nil {
		return fmt.Errorf("the expression %s: %w", brief(p.text), err)
	}
	p.name = pointer
	return nil
}

// checkPointer refuses what is not a JSON Pointer (RFC 6901, 3).
func checkPointer(pointer string) error {
	if pointer != "" && pointer[0] != '/' {
		return fmt.Errorf("%q is not a JSON Pointer; begin it with a slash", brief(pointer))
	}
	for i := range len(pointer) {
		if pointer[i] == '~' && (i+1 == len(pointer) || pointer[i+1] != '0' && pointer[i+1] != '1') {
			return fmt.Errorf("%q is not a JSON Pointer; write a tilde as ~0", brief(pointer))
		}
	}
	return nil
}

func unknownExpression(text string) error {
	advice := "use $url, $method, $statusCode, $request. or $response. with header.NAME, query.NAME, path.NAME or body#/POINTER"
	for _, word := range []string{"$url", "$method", "$statusCode"} {
		if strings.HasPrefix(text, word) {
			advice = "put it into braces where other text stands beside it: {" + word + "}"
		}
	}
	return fmt.Errorf("the expression %s cannot be read; %s", brief(text), advice)
}

// isTokenRune is tchar of RFC 9110, 5.6.2.
func isTokenRune(r rune) bool {
	switch {
	case r >= '0' && r <= '9', r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
		return true
	}
	return r < 0x80 && strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}
