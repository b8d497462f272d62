package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// An answer is what came for one request.
type answer struct {
	exchange contracts.Exchange
	decoded  bool // value was looked for
	value    any  // the body as JSON
	json     bool // it is JSON
}

// at gives what stands at a place of the answer:
//
//	/data/0/id             a JSON Pointer (RFC 6901) into the body; empty: the whole body
//	text                   the body as it came
//	header NAME            all values of a header, with commas between
//	cookie NAME            the value of a cookie that is set
//	attributes NAME        what follows the value of that cookie
//	location NAME          a parameter in the query of the header Location
//	json PLACE /data       a JSON Pointer into the JSON that the text at a place holds
//	jwt PLACE /claims/exp  a JSON Pointer into header and claims of the JWT (RFC 7519) at a place
func (a *answer) at(place string) (any, bool) {
	kind, rest, _ := strings.Cut(place, " ")
	switch kind {
	case "text":
		return string(a.exchange.ResponseBody), true
	case "header":
		values := a.exchange.ResponseHeader.Values(rest)
		return strings.Join(values, ", "), len(values) > 0
	case "cookie", "attributes":
		return a.cookie(kind, rest)
	case "location":
		target, err := url.Parse(a.exchange.ResponseHeader.Get("Location"))
		if err != nil || !target.Query().Has(rest) {
			return nil, false
		}
		return target.Query().Get(rest), true
	case "json":
		i := strings.LastIndexByte(rest, ' ')
		found, _ := a.at(rest[:max(i, 0)])
		text, _ := found.(string)
		var inner any
		if decodeJSON([]byte(text), &inner) != nil {
			return nil, false
		}
		return schema.At(inner, rest[i+1:])
	case "jwt":
		i := strings.LastIndexByte(rest, ' ')
		token, _ := a.at(rest[:max(i, 0)])
		text, _ := token.(string)
		parts, err := openToken(text)
		if err != nil {
			return nil, false
		}
		return schema.At(parts, rest[i+1:])
	}
	if value, ok := a.body(); ok {
		return schema.At(value, place)
	}
	return nil, false
}

// body is the body as JSON; numbers stay as they were written.
func (a *answer) body() (any, bool) {
	if !a.decoded {
		a.decoded = true
		a.json = decodeJSON(a.exchange.ResponseBody, &a.value) == nil
	}
	return a.value, a.json
}

func decodeJSON(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	return decoder.Decode(into)
}

func (a *answer) cookie(kind, name string) (any, bool) {
	for _, line := range a.exchange.ResponseHeader.Values("Set-Cookie") {
		value, ok := strings.CutPrefix(line, name+"=")
		if !ok {
			continue
		}
		text, attributes, _ := strings.Cut(value, ";")
		if kind == "cookie" {
			return text, text != ""
		}
		return strings.TrimSpace(attributes), true
	}
	return nil, false
}

// openToken takes a JWT in its compact form apart (RFC 7515, 7.1). Nothing is believed.
func openToken(text string) (map[string]any, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, fmt.Errorf("it has %d parts, not three", len(parts))
	}
	opened := map[string]any{}
	for i, name := range []string{"header", "claims"} {
		data, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			return nil, fmt.Errorf("its %s is not in base64url: %w", name, err)
		}
		var object map[string]any
		if err := decodeJSON(data, &object); err != nil {
			return nil, fmt.Errorf("its %s is not a JSON object: %w", name, err)
		}
		opened[name] = object
	}
	return opened, nil
}

// textOf is a value as text: strings as they are, numbers as they were written, the rest as JSON.
func textOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Sprint(value)
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// placeName is a place in words.
func placeName(place string) string {
	kind, rest, _ := strings.Cut(place, " ")
	switch {
	case place == "":
		return "the body"
	case kind == "text":
		return "the body"
	case kind == "attributes":
		return "the cookie " + rest + "'s attributes"
	case kind == "cookie":
		return "the cookie " + rest
	case kind == "location":
		return rest + " in Location"
	case kind == "json":
		i := strings.LastIndexByte(rest, ' ')
		return strings.TrimSpace(rest[i+1:] + " of the JSON at " + placeName(rest[:max(i, 0)]))
	case kind == "jwt":
		i := strings.LastIndexByte(rest, ' ')
		return rest[i+1:] + " of the JWT at " + placeName(rest[:max(i, 0)])
	case kind == "header":
		return rest
	}
	return place
}
