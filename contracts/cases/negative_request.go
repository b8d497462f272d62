package cases

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// missingParameters is NEG-001. One with a default is left alone: that it may not be missing is a slip of the document more
// often than not.
func (w *workshop) missingParameters() []trial {
	var list []trial
	for _, s := range w.subjects {
		if s.parameter == nil || !s.parameter.Required || s.in == "path" || s.schema != nil && hasDefault(s.schema) {
			continue
		}
		list = append(list, func() (Case, bool) {
			c := w.base.Clone()
			c.Arguments.Unset(s.in, s.name)
			c.Fault = Fault{In: s.in, Name: s.name, Keyword: "required", At: s.parameter.At}
			return w.broken(c, "NEG-001", s.label+" is missing")
		})
	}
	return list
}

// broken finishes an invalid case whose fault is known.
func (w *workshop) broken(c Case, check, name string) (Case, bool) {
	c.Check, c.Name, c.Valid = check, name, false
	if c.Certainty == "" {
		c.Certainty = Certain
	}
	return c, w.Holds(c)
}

// duplicates is NEG-013: a query parameter that takes one value is sent with two, which differ. Neither OpenAPI nor RFC 3986
// says that the server must mind.
func (w *workshop) duplicates() []trial {
	var list []trial
	for _, s := range w.subjects {
		if s.in != "query" || structured(s) || s.schema == nil || s.schema.Always {
			continue
		}
		list = append(list, func() (Case, bool) {
			first, err := w.argument(s, 0)
			if err != nil {
				return Case{}, false
			}
			c := w.base.Clone()
			c.set(s, first)
			for try := 1; try < 4 && c.Query == ""; try++ {
				if second, err := w.argument(s, try); err == nil && !schema.Equal(first, second) {
					c.Query = url.QueryEscape(s.name) + "=" + url.QueryEscape(text(second))
				}
			}
			if c.Query == "" {
				return c, false
			}
			c.Convention, c.Certainty, c.Doubt = true, Likely, "one of the two values may be taken"
			c.Fault = Fault{In: "query", Name: s.name, Keyword: "repeated", At: s.parameter.At}
			return w.broken(c, "NEG-013", s.label+" is there twice")
		})
	}
	return list
}

// text writes a scalar as a parameter shows it.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return string(schema.AppendJSON(nil, v, nil))
}

// malformed is NEG-010: content that is not what its type says. A form has no content that is malformed to everybody.
func (w *workshop) malformed() []trial {
	var list []trial
	for _, s := range w.bodies() {
		list = append(list, func() (Case, bool) {
			v, err := w.make(s, schema.Absent)
			if err != nil {
				return Case{}, false
			}
			contentType, raw, err := contracts.EncodeBody(s.media, v)
			if err != nil {
				return Case{}, false
			}
			switch {
			case contracts.JSONMedia(s.media.Name):
				raw = unclosed(raw)
			case strings.HasSuffix(mediaName(contentType), "xml"):
				raw = raw[:bytes.LastIndexByte(raw, '<')] // the end tag of the root
			case strings.HasPrefix(contentType, "multipart/"):
				raw = []byte("this text has no boundary in it\r\n")
			default:
				return Case{}, false
			}
			c := w.base.Clone()
			c.Body = &contracts.Body{Media: s.media, ContentType: contentType, Raw: raw, Present: true}
			c.Fault = Fault{In: "body", Keyword: "malformed", At: s.media.At}
			return w.broken(c, "NEG-010", "body is malformed "+s.media.Name)
		})
	}
	return list
}

// unclosed takes the end from a JSON text, such that no reader guesses what was meant.
func unclosed(raw []byte) []byte {
	if len(raw) > 2 && (raw[len(raw)-1] == '}' || raw[len(raw)-1] == ']') {
		return raw[:len(raw)-1]
	}
	return []byte(`{"unclosed": `)
}

func mediaName(contentType string) string {
	name, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(name))
}

// emptyBodies is NEG-011: nothing where a body is required.
func (w *workshop) emptyBodies() []trial {
	o := w.operation
	if o.Body == nil || !o.Body.Required || len(o.Body.Content) == 0 {
		return nil
	}
	return []trial{func() (Case, bool) {
		c := w.base.Clone()
		c.Body = &contracts.Body{ContentType: o.Body.Content[0].Name, Raw: []byte{}}
		if bodies := w.bodies(); len(bodies) > 0 {
			c.Body.ContentType = bodies[0].media.Name
		}
		if strings.ContainsAny(c.Body.ContentType, "*") || strings.HasPrefix(c.Body.ContentType, "multipart/") {
			c.Body = nil
		}
		c.Fault = Fault{In: "body", Keyword: "required", At: o.Body.At}
		return w.broken(c, "NEG-011", "body is empty")
	}}
}

// strange is a media type that no contract declares.
const strange = "application/vnd.undeclared"

// undeclaredMedia is CTY-005: content of a type that the operation does not list.
func (w *workshop) undeclaredMedia() []trial {
	bodies := w.bodies()
	if len(bodies) == 0 {
		return nil
	}
	return []trial{func() (Case, bool) {
		v, err := w.make(bodies[0], schema.Absent)
		if err != nil {
			return Case{}, false
		}
		_, raw, err := contracts.EncodeBody(bodies[0].media, v)
		if err != nil || len(raw) == 0 {
			return Case{}, false
		}
		c := w.base.Clone()
		c.Body = &contracts.Body{ContentType: strange, Raw: raw, Present: true}
		c.Convention, c.Certainty, c.Doubt = true, Likely, "the content may be read as what it is"
		c.Fault = Fault{In: "content-type", Keyword: "mediaType", At: w.operation.Body.At}
		return w.broken(c, "CTY-005", "body comes as the undeclared "+strange)
	}}
}

// accepts is CTY-006: a client that takes none of the documented types. To answer in a documented type all the same is
// allowed (RFC 9110, 15.5.7).
func (w *workshop) accepts() []trial {
	if w.contract.Behaviour.Accept == "ignore" || !unsatisfiable(w.operation, strange) {
		return nil
	}
	return []trial{func() (Case, bool) {
		c := w.base.Clone()
		c.Header = http.Header{"Accept": {strange}}
		c.Convention, c.Certainty, c.Doubt = true, Likely, "a documented type may be sent all the same"
		c.Fault = Fault{In: "accept", Keyword: "accept", At: goodAnswer(w.operation)}
		return w.broken(c, "CTY-006", "accept takes none of the documented types")
	}}
}

// goodAnswer is where the first answer with content is described.
func goodAnswer(o *contracts.Operation) schema.Location {
	if i := slices.IndexFunc(o.Responses, func(r *contracts.Response) bool { return good(o, r) && len(r.Content) > 0 }); i >= 0 {
		return o.Responses[i].At
	}
	return o.At
}

// good says whether an answer is for requests that were carried out; default is where no other is.
func good(o *contracts.Operation, r *contracts.Response) bool {
	success := func(r *contracts.Response) bool { return r.Code >= 200 && r.Code < 300 || r.Status == "2XX" }
	if r.Code == 0 && r.Status == "default" {
		return !slices.ContainsFunc(o.Responses, success)
	}
	return success(r)
}

// unsatisfiable says whether none of the documented good answers can be given in a type that the Accept header takes.
func unsatisfiable(o *contracts.Operation, accept string) bool {
	found := false
	for _, r := range o.Responses {
		if !good(o, r) {
			continue
		}
		if len(r.Content) == 0 {
			return false // an answer without content meets every Accept
		}
		if _, ok := contracts.Negotiate(accept, r.Content); ok {
			return false
		}
		found = true
	}
	return found
}
