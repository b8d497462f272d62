package inference

import (
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// facts are what one operation's document says, before anything is concluded from it.
type facts struct {
	op    *contracts.Operation
	node  *node
	steps []step

	good      *contracts.Response  // the answer when all goes well; nil where none is declared
	media     *contracts.MediaType // its content of choice
	answer    *schema.Schema       // of that content when it is structured; nil for bytes, texts without a schema and empty answers
	binaryOut bool                 // the answer is bytes
	body      *schema.Schema       // of the request body's content of choice
	bodyType  *contracts.MediaType
	binaryIn  bool // the request body is, or holds, bytes
	query     []*contracts.Parameter

	list    *listing // how the answer can be read as a list; nil when it cannot
	binding *Binding
	origin  *Collection // where the path alone would put it, when its items are another collection's
}

// observe reads the facts of one operation.
func (in *inference) observe(o *contracts.Operation) *facts {
	f := &facts{op: o, binding: &Binding{Operation: o, Role: None}}
	f.node, f.steps = in.grow(o)
	f.node.facts = append(f.node.facts, f)
	for _, p := range o.Parameters {
		if p.In == "query" {
			f.query = append(f.query, p)
		}
	}
	f.good = goodResponse(o)
	if f.good != nil {
		f.media = chooseMedia(f.good.Content)
		if f.media != nil {
			f.answer, f.binaryOut = structured(f.media)
		}
	}
	if o.Body != nil {
		f.bodyType = chooseMedia(o.Body.Content)
		if f.bodyType != nil {
			f.body, f.binaryIn = structured(f.bodyType)
			if f.body != nil && strings.HasPrefix(f.bodyType.Name, "multipart/") {
				f.binaryIn = in.holdsBytes(f.body)
			}
		}
	}
	if f.answer != nil && o.Method != "DELETE" {
		f.list = in.listing(f.answer, f.node.noun(), 0)
	}
	return f
}

// noun is the label of the nearest literal at or above the node.
func (n *node) noun() string {
	for ; n != nil; n = n.parent {
		if n.label != "" {
			return n.label
		}
	}
	return ""
}

// preferred are the statuses of a good answer by method, the most fitting first.
func preferred(method string) []int {
	switch method {
	case "POST":
		return []int{201, 200, 202, 203, 204}
	case "PUT", "PATCH":
		return []int{200, 204, 201, 202, 203}
	case "DELETE":
		return []int{204, 200, 202}
	}
	return []int{200, 206, 203, 202, 204, 201}
}

// goodResponse chooses the answer of an operation when all goes well. DELETE and PUT with both an empty and
// a full answer take the first by the list of their method, so that the choice never depends on order.
func goodResponse(o *contracts.Operation) *contracts.Response {
	if want := o.Behaviour.Status; want != 0 {
		for _, r := range o.Responses {
			if r.Code == want {
				return r
			}
		}
	}
	for _, code := range preferred(o.Method) {
		for _, r := range o.Responses {
			if r.Code == code {
				return r
			}
		}
	}
	var byRange, redirect, byDefault *contracts.Response
	for _, r := range o.Responses {
		switch {
		case r.Code >= 200 && r.Code < 300:
			return r
		case strings.EqualFold(r.Status, "2XX") && byRange == nil:
			byRange = r
		case r.Code >= 300 && r.Code < 400 && redirect == nil:
			redirect = r
		case r.Status == "default" && byDefault == nil:
			byDefault = r
		}
	}
	for _, r := range [...]*contracts.Response{byRange, redirect, byDefault} {
		if r != nil {
			return r
		}
	}
	return nil
}

// chooseMedia takes JSON first, then JSON in other clothes, forms, texts, and what else there is.
func chooseMedia(content []*contracts.MediaType) *contracts.MediaType {
	var best *contracts.MediaType
	rank := 99
	for _, m := range content {
		if r := mediaRank(m.Name); r < rank {
			best, rank = m, r
		}
	}
	return best
}

func mediaRank(name string) int {
	name, params, _ := strings.Cut(strings.ToLower(name), ";")
	name = strings.TrimSpace(name)
	streams := strings.Contains(params, "stream")
	switch {
	case name == "application/json" && params == "":
		return 0
	case name == "application/json" && !streams:
		return 1
	case strings.HasSuffix(name, "+json") && !strings.Contains(name, "patch"):
		return 2
	case name == "*/*" || name == "application/*":
		return 3
	case name == "application/x-www-form-urlencoded":
		return 4
	case name == "multipart/form-data":
		return 5
	case strings.Contains(name, "patch+json"):
		return 6
	case strings.HasPrefix(name, "text/") && name != "text/event-stream":
		return 8
	case strings.HasSuffix(name, "/xml") || strings.HasSuffix(name, "+xml"):
		return 7
	case streams || name == "text/event-stream":
		return 20
	}
	return 9
}

// structured gives the schema of a content whose values have members or items, and says whether it is bytes.
func structured(m *contracts.MediaType) (s *schema.Schema, bytes bool) {
	name := strings.ToLower(m.Name)
	switch r := mediaRank(name); {
	case r <= 3 || r == 6:
		if r == 3 && m.Schema != nil && isBinary(m.Schema) {
			return nil, true
		}
		return m.Schema, false
	case r == 4 || r == 5 || r == 7:
		return m.Schema, false
	case strings.HasPrefix(name, "text/"):
		return nil, strings.HasPrefix(name, "text/csv") || m.Schema != nil && isBinary(m.Schema)
	}
	return nil, true
}

// isBinary says that a schema stands for bytes.
func isBinary(s *schema.Schema) bool {
	s = s.Resolve()
	return s.Types&schema.String != 0 && (s.Format == "binary" || s.Format == "byte" || s.ContentEncoding != "") ||
		s.ContentMediaType != "" && s.ContentMediaType != "application/json"
}

// holdsBytes says whether a multipart body has a part of bytes.
func (in *inference) holdsBytes(body *schema.Schema) bool {
	for _, m := range in.shapes.of(body).members {
		if m.schema == nil {
			continue
		}
		if isBinary(m.schema) {
			return true
		}
		if items := in.shapes.of(m.schema).items; items != nil && isBinary(items) {
			return true
		}
	}
	return false
}

// empty says that the good answer has no body.
func (f *facts) empty() bool { return f.media == nil }

// created says that the document announces something new.
func (f *facts) created() bool { return f.good != nil && (f.good.Code == 201 || f.good.Code == 202) }

// required says whether a query parameter must be sent.
func (f *facts) required() bool {
	for _, p := range f.query {
		if p.Required {
			return true
		}
	}
	return false
}

// nameAt gives the name that the operation's path has for an expression, or "".
func (f *facts) nameAt(n *node, i int) string {
	for _, s := range f.steps {
		if s.node != n {
			continue
		}
		if i == 0 {
			return s.name
		}
		i--
	}
	return ""
}
