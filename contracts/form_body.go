package contracts

import (
	"strings"

	"understudy/contracts/schema"
)

// decodeForm reads an application/x-www-form-urlencoded body. Names with brackets span a tree; a property whose
// Encoding Object names a style is read by it. fits says that the value was found to fit the schema.
func (m *MediaType) decodeForm(text []byte) (value any, fits bool, violations []Violation) {
	form := formReaders.Get().(*formReader)
	form.in, form.encoding = "body", m.Encoding
	defer form.release()
	root := form.node()
	query := string(text)
	for query != "" && form.fields <= maxFormFields {
		part := query
		if i := strings.IndexByte(query, '&'); i >= 0 {
			part, query = query[:i], query[i+1:]
		} else {
			query = ""
		}
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		plain, err := unescape(name, true)
		if err != nil {
			form.report("encoding", "percent-encoding by RFC 3986", shorten(name), "")
			continue
		}
		form.add(root, plain, false, leaf{raw: value, encoded: true, plus: true})
	}
	return form.finish(root, m.Schema)
}

// finish makes the value of a form that was read. Where a text could be several things and the choice made
// first does not fit the schema as a whole, texts are left as texts. fits says that the value was found to fit the schema.
func (f *formReader) finish(root *formNode, s *schema.Schema) (value any, fits bool, violations []Violation) {
	v := viewOf(s)
	f.gatherSpread(root, v)
	reported := len(f.violations)
	value = f.object(root, v)
	if s == nil || len(f.violations) > 0 {
		return value, false, f.violations
	}
	if s.Valid(value, schema.Request) {
		return value, true, nil
	}
	f.text = true
	second := f.object(root, v)
	if len(f.violations) == reported && s.Valid(second, schema.Request) {
		return second, true, nil
	}
	f.violations = f.violations[:reported]
	return value, false, f.violations
}

// object makes the value of a whole form: always an object, whose members may have encodings of their own.
func (f *formReader) object(root *formNode, v view) any {
	object := make(map[string]any, len(root.members))
	for _, m := range root.members {
		property, _ := v.property(m.name)
		f.path = append(f.path[:0], m.name)
		if e := f.encoding[m.name]; e != nil && e.styled() && len(m.node.members) == 0 && len(m.node.leaves) == 1 {
			if value, ok := f.styledValue(e, m.name, property, &m.node.leaves[0]); ok {
				object[m.name] = value
			}
			continue
		}
		object[m.name] = f.value(m.node, property)
	}
	f.path = f.path[:0]
	return object
}

// styled tells whether a property is written in one text by a style, like a parameter that is not exploded.
// The exploded styles are what the tree of names reads anyway.
func (e *Encoding) styled() bool {
	switch e.Style {
	case "form":
		return !e.Explode
	case "spaceDelimited", "pipeDelimited":
		return true
	}
	return false
}

func (f *formReader) styledValue(e *Encoding, name string, property view, l *leaf) (any, bool) {
	c := encodingCodec(e, name, property)
	raw := l.raw
	if l.part != nil { // nothing is percent-encoded inside form-data
		raw, c.verbatim = string(l.part.Bytes), true
	}
	value, fault := c.decode(raw)
	if fault != nil {
		f.report(fault.Keyword, fault.Want, fault.Got, fault.Limit)
		return nil, false
	}
	return value, true
}

// encodingCodec reads and writes a property of a form as if it were a query parameter.
func encodingCodec(e *Encoding, name string, property view) codec {
	p := &Parameter{Name: name, In: "query", Style: e.Style, Explode: e.Explode, AllowReserved: e.AllowReserved}
	if len(property) > 0 {
		p.Schema = property[0]
	}
	return newCodec(p)
}

// gatherSpread moves the members of an exploded object from the top of a form to the property that they are
// members of.
func (f *formReader) gatherSpread(root *formNode, v view) {
	for name, e := range f.encoding {
		if e.Style != "form" || !e.Explode || root.find(name) != nil {
			continue
		}
		property, ok := v.property(name)
		if !ok || shapeOf(property.types()) != record {
			continue
		}
		gathered := &formNode{}
		kept := root.members[:0]
		for _, m := range root.members {
			_, taken := v.property(m.name)
			_, wanted := property.property(m.name)
			if wanted && !taken {
				gathered.members = append(gathered.members, m)
			} else {
				kept = append(kept, m)
			}
		}
		if len(gathered.members) == 0 {
			continue
		}
		root.members = append(kept, formMember{name, gathered})
		root.index, gathered.index = nil, nil
	}
}
