package contracts

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts/schema"
)

// An UnresolvedError says that an exchange has no value for an expression.
type UnresolvedError struct {
	Expression string // the one in question: "$request.body#/callbackUrl"
	Reason     string // "the body has nothing at /callbackUrl"
}

func (e *UnresolvedError) Error() string {
	return fmt.Sprintf("%s has no value: %s", brief(e.Expression), e.Reason)
}

// Evaluate gives the value that the expression has after an exchange. A single expression keeps the type of what it points
// at, as a JSON decoder gives it: $statusCode is a json.Number, headers and parameters are strings. A text with expressions
// in braces, and a constant, give a string. path holds the values of the path's parameters, decoded. A value that is not
// there is an *UnresolvedError, never an empty text.
func (e *Expression) Evaluate(x *Exchange, path map[string]string) (any, error) {
	if e.bare {
		return e.parts[0].value(x, path)
	}
	return e.Text(x, path)
}

// Text gives the same as a text, for an address to call: numbers as they are written, objects and lists as JSON.
func (e *Expression) Text(x *Exchange, path map[string]string) (string, error) {
	var b strings.Builder
	for i := range e.parts {
		p := &e.parts[i]
		if p.source == sourceNone {
			b.WriteString(p.constant)
			continue
		}
		v, err := p.value(x, path)
		if err != nil {
			return "", err
		}
		b.WriteString(valueText(v))
	}
	return b.String(), nil
}

func valueText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return string(v)
	case bool:
		return strconv.FormatBool(v)
	}
	return string(schema.AppendJSON(nil, v, nil))
}

func (p *expressionPart) value(x *Exchange, path map[string]string) (any, error) {
	switch p.source {
	case sourceURL:
		if x.URL != "" {
			return x.URL, nil
		}
		return nil, p.missing("the exchange has no URL")
	case sourceMethod:
		if x.Method != "" {
			return x.Method, nil
		}
		return nil, p.missing("the exchange has no method")
	case sourceStatus:
		if x.Status != 0 {
			return json.Number(strconv.Itoa(x.Status)), nil
		}
		return nil, p.missing("there is no response yet")
	case sourceHeader:
		return p.header(x)
	case sourceQuery:
		return p.query(x)
	case sourcePath:
		if v, ok := path[p.name]; ok {
			return v, nil
		}
		return nil, p.missing("the path has no parameter " + strconv.Quote(p.name))
	}
	return p.bodyValue(x)
}

func (p *expressionPart) missing(reason string) error {
	return &UnresolvedError{Expression: p.text, Reason: reason}
}

// header joins the lines of a header, whatever the spelling of its name (RFC 9110, 5.3).
func (p *expressionPart) header(x *Exchange) (any, error) {
	h, whose := x.RequestHeader, "request"
	if p.response {
		h, whose = x.ResponseHeader, "response"
	}
	if lines := h[http.CanonicalHeaderKey(p.name)]; len(lines) > 0 {
		return strings.Join(lines, ", "), nil
	}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if len(h[name]) > 0 && strings.EqualFold(name, p.name) {
			return strings.Join(h[name], ", "), nil
		}
	}
	return nil, p.missing("the " + whose + " has no header " + p.name)
}

// query takes the first value of a parameter. What else in the query cannot be read does not matter.
func (p *expressionPart) query(x *Exchange) (any, error) {
	_, query, _ := strings.Cut(x.URL, "?")
	query, _, _ = strings.Cut(query, "#")
	for pair := range strings.SplitSeq(query, "&") {
		name, v, _ := strings.Cut(pair, "=")
		if name, err := url.QueryUnescape(name); err != nil || name != p.name {
			continue
		}
		if v, err := url.QueryUnescape(v); err == nil {
			return v, nil
		}
	}
	return nil, p.missing("the query has no parameter " + strconv.Quote(p.name))
}

func (p *expressionPart) bodyValue(x *Exchange) (any, error) {
	raw, whose := x.RequestBody, "request"
	if p.response {
		raw, whose = x.ResponseBody, "response"
	}
	if len(raw) == 0 {
		return nil, p.missing("the " + whose + " has no body")
	}
	body, ok := decodedBody(x, p.response)
	switch {
	case ok:
	case p.name == "":
		return string(raw), nil
	default:
		return nil, p.missing("the body of the " + whose + " cannot be read as JSON")
	}
	if v, there := schema.At(body, p.name); there {
		return v, nil
	}
	return nil, p.missing("the body of the " + whose + " has nothing at " + brief(p.name))
}

// decodedBody gives the value of a body: JSON as it stands, else as the operation's media type reads it (forms).
func decodedBody(x *Exchange, response bool) (any, bool) {
	raw, h := x.RequestBody, x.RequestHeader
	if response {
		raw, h = x.ResponseBody, x.ResponseHeader
	}
	if v, err := schema.ParseJSON(raw); err == nil {
		return v, true
	}
	contentType := h.Get("Content-Type")
	var media *MediaType
	switch o := x.Operation; {
	case o == nil || contentType == "":
	case response:
		if r := o.Response(x.Status); r != nil {
			media = MatchMedia(contentType, r.Content)
		}
	case o.Body != nil:
		media = MatchMedia(contentType, o.Body.Content)
	}
	if media == nil {
		return nil, false
	}
	body, _, err := media.Decode(contentType, raw)
	if err != nil {
		return nil, false
	}
	switch body.Value.(type) {
	case nil, string, []byte:
		return nil, false
	}
	return body.Value, true
}
