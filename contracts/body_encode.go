package contracts

import (
	"fmt"
	"strings"

	"understudy/contracts/schema"
)

// EncodeBody writes a value as a media type asks, and gives the Content-Type to send with it. It is the inverse
// of MediaType.Decode: JSON, forms and multipart by the Encoding Objects, XML by the schema's XML Objects,
// sequences from lists, text and bytes from a string or []byte. A media range is written as its most usual type.
func EncodeBody(m *MediaType, value any) (contentType string, raw []byte, err error) {
	contentType = concreteName(m.Name, "application/json")
	switch kind := kindOf(contentType); kind {
	case jsonKind:
		raw = schema.AppendJSON(nil, value, m.Schema)
	case formKind:
		raw, err = m.encodeForm(value)
	case multipartKind:
		contentType, raw, err = m.encodeMultipart(value)
	case xmlKind:
		raw, err = encodeXML(m.Schema, value)
	case linesKind, sequenceKind, eventKind:
		if text, ok := value.(string); ok && m.Item == nil { // the document describes the stream as one text
			return contentType, []byte(text), nil
		}
		raw, err = encodeSequence(kind, m.Item, value)
	default:
		if bytes, ok := value.([]byte); ok {
			return contentType, bytes, nil
		}
		raw = []byte(plainText(value))
	}
	if err != nil {
		return "", nil, fmt.Errorf("encode %s: %w", m.Name, err)
	}
	return contentType, raw, nil
}

// concreteName gives a type that a media range holds.
func concreteName(name, fallback string) string {
	switch {
	case name == "*/*" || name == "*":
		return fallback
	case !strings.Contains(name, "/*"):
		return name
	case strings.HasPrefix(name, "application/"):
		return "application/json"
	case strings.HasPrefix(name, "text/"):
		return "text/plain"
	case strings.HasPrefix(name, "multipart/"):
		return "multipart/form-data"
	case strings.HasPrefix(name, "image/"):
		return "image/png"
	case strings.HasPrefix(name, "audio/"):
		return "audio/mpeg"
	case strings.HasPrefix(name, "video/"):
		return "video/mp4"
	}
	return "application/octet-stream"
}
