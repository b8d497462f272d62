package contracts

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"understudy/contracts/schema"
)

// encodeMultipart writes a multipart body: the members of an object as form fields, or a list as parts without
// names. A value may be a Part, which is sent as it is. The boundary is derived from the content, so that the
// same value always gives the same bytes.
func (m *MediaType) encodeMultipart(value any) (contentType string, raw []byte, err error) {
	var parts []Part
	switch value := value.(type) {
	case map[string]any:
		v := viewOf(m.Schema)
		for _, name := range orderedNames(v, value) {
			property, _ := v.property(name)
			own, err := encodeParts(m.Encoding[name], name, value[name], property)
			if err != nil {
				return "", nil, fmt.Errorf("encode part %s: %w", name, err)
			}
			parts = append(parts, own...)
		}
	case []any:
		for i, item := range value {
			v := viewOf(m.Item)
			if v == nil {
				v = viewOf(m.Schema).item(i)
			}
			parts = append(parts, encodePart(nil, "", item, v))
		}
	default:
		return "", nil, fmt.Errorf("a multipart body needs an object or a list, not %T", value)
	}
	name := concreteName(m.Name, "multipart/form-data")
	boundary := boundaryOf(parts)
	return name + "; boundary=" + boundary, writeParts(parts, boundary), nil
}

// encodeParts gives the parts of one field: one for each item of a list, unless the encoding says otherwise.
func encodeParts(e *Encoding, name string, value any, property view) ([]Part, error) {
	if e != nil && e.Style != "" && isStructure(value) {
		pairs, err := encodeStyled(e, name, value, property)
		parts := make([]Part, len(pairs))
		for i, p := range pairs {
			key, text, _ := strings.Cut(p, "=")
			parts[i] = Part{Name: key, Bytes: []byte(text)}
		}
		return parts, err
	}
	values, isList := value.([]any)
	if !isList || e != nil && kindOf(e.ContentType) == jsonKind {
		return []Part{encodePart(e, name, value, property)}, nil
	}
	parts := make([]Part, len(values))
	for i, item := range values {
		parts[i] = encodePart(e, name, item, property.item(i))
	}
	return parts, nil
}

// encodeStyled writes a field by a style; nothing is percent-encoded inside form-data.
func encodeStyled(e *Encoding, name string, value any, property view) ([]string, error) {
	if e.Style == "deepObject" {
		plain := func(name, text string) string { return name + "=" + text }
		return deepPairs(nil, plain, name, value, property, 0)
	}
	c := encodingCodec(e, name, property)
	c.verbatim = true
	return c.encodePairs(value)
}

func encodePart(e *Encoding, name string, value any, v view) Part {
	switch value := value.(type) {
	case Part:
		if value.Name == "" {
			value.Name = name
		}
		return value
	case *Part:
		return encodePart(e, name, *value, v)
	}
	p := Part{Name: name}
	if e != nil && e.Style == "" {
		first, _, _ := strings.Cut(e.ContentType, ",")
		p.ContentType = concreteName(strings.TrimSpace(first), "")
	}
	_, isBytes := value.([]byte)
	switch {
	case isBytes || isBinary(v):
		p.FileName = name
		if p.FileName == "" {
			p.FileName = "file"
		}
		if p.ContentType == "" {
			p.ContentType = "application/octet-stream"
		}
		p.Bytes = []byte(plainText(value))
	case isStructure(value) || kindOf(p.ContentType) == jsonKind:
		if kindOf(p.ContentType) != jsonKind {
			p.ContentType = "application/json"
		}
		p.Bytes = schema.AppendJSON(nil, value, v.first())
	default:
		p.Bytes = []byte(plainText(value))
	}
	return p
}

// boundaryOf derives a boundary that no part contains.
func boundaryOf(parts []Part) string {
	hash := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(hash, "%q %q %q %d ", p.Name, p.FileName, p.ContentType, len(p.Bytes))
		hash.Write(p.Bytes)
	}
	for {
		boundary := hex.EncodeToString(hash.Sum(nil))[:40]
		inside := func(p Part) bool { return bytes.Contains(p.Bytes, []byte(boundary)) }
		if !slices.ContainsFunc(parts, inside) {
			return boundary
		}
		hash.Write([]byte(boundary))
	}
}

var dispositionEscaper = strings.NewReplacer("\r", "%0D", "\n", "%0A", `"`, "%22")

// writeParts writes parts by RFC 7578; names are escaped as browsers do.
func writeParts(parts []Part, boundary string) []byte {
	var b bytes.Buffer
	for _, p := range parts {
		b.WriteString("--" + boundary + "\r\n")
		if p.Name != "" {
			fmt.Fprintf(&b, `Content-Disposition: form-data; name="%s"`, dispositionEscaper.Replace(p.Name))
			if p.FileName != "" {
				fmt.Fprintf(&b, `; filename="%s"`, dispositionEscaper.Replace(p.FileName))
			}
			b.WriteString("\r\n")
		}
		if p.ContentType != "" {
			b.WriteString("Content-Type: " + p.ContentType + "\r\n")
		}
		header := p.Header.Clone()
		for _, own := range [...]string{"Content-Disposition", "Content-Type", "Content-Transfer-Encoding"} {
			header.Del(own)
		}
		writeHeader(&b, header)
		b.WriteString("\r\n")
		b.Write(p.Bytes)
		b.WriteString("\r\n")
	}
	b.WriteString("--" + boundary + "--\r\n")
	return b.Bytes()
}

func writeHeader(b *bytes.Buffer, header http.Header) {
	if len(header) > 0 {
		header.Write(b) // sorted by name; writes to a buffer cannot fail
	}
}
