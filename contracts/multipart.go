package contracts

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"understudy/contracts/schema"
)

// A multipart body of more parts than this is malformed to us.
const maxParts = 1000

// A Part is one part of a multipart body.
type Part struct {
	Name        string // of the form field; empty in multipart/mixed
	FileName    string // last element of the path that the client gave; empty where the part is no file
	ContentType string // as sent; empty where the part has none
	Header      http.Header
	Bytes       []byte // after Content-Transfer-Encoding
}

// decodeMultipart reads a multipart body into its parts and, by the schema, into a value: an object of the
// fields of multipart/form-data, a list of the parts of any other kind.
func (m *MediaType) decodeMultipart(body *Body) ([]Violation, error) {
	boundary, ok := mediaParameter(body.ContentType, "boundary")
	if !ok || boundary == "" || len(boundary) > 70 {
		return nil, errors.New("the Content-Type has no boundary of 1 to 70 characters")
	}
	parts, err := readParts(boundary, body.Raw)
	if err != nil {
		return nil, err
	}
	body.Parts = parts
	form := newFormReader("body", "")
	form.encoding = m.Encoding
	named := mediaName(body.ContentType) == "multipart/form-data"
	for i := range parts {
		named = named || parts[i].Name != ""
	}
	if !named {
		body.Value = form.sequence(parts, m)
		return form.violations, nil
	}
	root := form.node()
	for i := range parts {
		if parts[i].Name == "" {
			form.report("name", "a part with a name", "part "+strconv.Itoa(i+1)+" without one", "")
			continue
		}
		form.add(root, parts[i].Name, false, leaf{part: &parts[i]})
	}
	var violations []Violation
	body.Value, _, violations = form.finish(root, m.Schema)
	return violations, nil
}

func readParts(boundary string, raw []byte) ([]Part, error) {
	reader := multipart.NewReader(bytes.NewReader(raw), boundary)
	var parts []Part
	for {
		p, err := reader.NextPart()
		if err == io.EOF {
			return parts, nil
		}
		if err != nil {
			return nil, fmt.Errorf("part %d: %w", len(parts)+1, err)
		}
		if len(parts) >= maxParts {
			return nil, fmt.Errorf("more than %d parts", maxParts)
		}
		content, err := io.ReadAll(p)
		if err != nil {
			return nil, fmt.Errorf("part %d: %w", len(parts)+1, err)
		}
		part := Part{FileName: p.FileName(), ContentType: p.Header.Get("Content-Type"), Header: http.Header(p.Header), Bytes: content}
		if _, parameters, err := mime.ParseMediaType(p.Header.Get("Content-Disposition")); err == nil {
			part.Name = parameters["name"]
		}
		if strings.EqualFold(part.Header.Get("Content-Transfer-Encoding"), "base64") {
			decoded, err := base64.StdEncoding.DecodeString(string(bytes.Join(bytes.Fields(content), nil)))
			if err != nil {
				return nil, fmt.Errorf("part %d: Content-Transfer-Encoding is base64: %w", len(parts)+1, err)
			}
			part.Bytes = decoded
		}
		parts = append(parts, part)
	}
}

// sequence makes a list of parts without names.
func (f *formReader) sequence(parts []Part, m *MediaType) any {
	whole := viewOf(m.Schema)
	values := make([]any, len(parts))
	for i := range parts {
		item := viewOf(m.Item)
		if item == nil {
			item = whole.item(i)
		}
		f.path = append(f.path[:0], strconv.Itoa(i))
		values[i] = f.partValue(&parts[i], item, item.types())
	}
	return values
}

// partValue makes the value of one part: JSON where the part says so, or where only a structure will do; bytes
// as a string for files; else text, read by the schema.
func (f *formReader) partValue(p *Part, v view, types schema.Types) any {
	declared := ""
	if len(f.path) > 0 {
		if e := f.encoding[f.path[0]]; e != nil {
			f.checkPart(p, e)
			declared = e.ContentType
		}
	}
	contentType := p.ContentType
	if contentType == "" && !strings.ContainsAny(declared, ",*") {
		contentType = declared
	}
	structured := types&(schema.Array|schema.Object) != 0
	file := !structured && types != 0 && (p.FileName != "" || isBinary(v))
	switch kind := kindOf(contentType); {
	case file:
		return string(p.Bytes)
	case kind == jsonKind || structured && contentType == "":
		value, err := schema.ParseJSON(p.Bytes)
		if err == nil {
			return value
		}
		if kind == jsonKind {
			f.report("contentType", "JSON", "a malformed text: "+err.Error(), "application/json")
			return string(p.Bytes)
		}
	case kind == xmlKind && structured:
		if value, err := decodeXMLValue(p.Bytes, v); err == nil {
			return value
		}
		f.report("contentType", "XML", "a malformed text", "application/xml")
	}
	if p.FileName != "" || !utf8.Valid(p.Bytes) {
		return string(p.Bytes)
	}
	if f.text && types&schema.String != 0 {
		return string(p.Bytes)
	}
	return v.coerce(string(p.Bytes), types)
}

func isBinary(v view) bool {
	found := false
	v.each(func(s *schema.Schema) {
		found = found || s.Format == "binary" || s.ContentMediaType != "" && s.ContentEncoding == ""
	})
	return found
}

// checkPart judges a part's own Content-Type and headers by the Encoding Object.
func (f *formReader) checkPart(p *Part, e *Encoding) {
	if e.ContentType != "" && p.ContentType != "" && e.Style == "" {
		accepted := false
		name := mediaName(p.ContentType)
		for declared := range strings.SplitSeq(e.ContentType, ",") {
			accepted = accepted || mediaRank(strings.TrimSpace(declared), name, p.ContentType) > 0
		}
		if !accepted {
			f.report("contentType", e.ContentType, shorten(p.ContentType), e.ContentType)
		}
	}
	for _, h := range e.Headers {
		if strings.EqualFold(h.Name, "Content-Type") {
			continue
		}
		_, violations := h.Decode(p.Header)
		for _, v := range violations {
			f.report(v.Keyword, "header "+h.Name+": "+v.Want, v.Got, v.Limit)
		}
	}
}
