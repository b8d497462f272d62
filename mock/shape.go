package mock

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// shapes knows what errors of a contract look like: as the operation documents them, else as the behaviour's
// templates say, else as the contract's other operations document the same status, else as the operation documents other
// errors, else as most errors are documented, else RFC 9457.
type shapes struct {
	templates []contracts.ErrorTemplate
	common    map[int]*contracts.MediaType                  // status → the body that most operations document for it
	own       map[*contracts.Operation]*contracts.MediaType // the most usual one of those that an operation documents itself
	usual     *contracts.MediaType                          // the one that most operations document for any error
}

// A shapeKey is what makes two error bodies the same.
type shapeKey struct {
	schema *schema.Schema
	name   string
}

// A shapeCount is how often a body is documented; media is where it is documented first.
type shapeCount struct {
	media *contracts.MediaType
	times int
}

func newShapes(k *contracts.Contract) *shapes {
	sh := &shapes{templates: k.Behaviour.Errors, common: map[int]*contracts.MediaType{}, own: map[*contracts.Operation]*contracts.MediaType{}}
	counts := map[int]map[shapeKey]*shapeCount{}
	for _, o := range k.Operations {
		for _, r := range o.Responses {
			m := jsonMedia(r.Content)
			if m == nil || m.Schema == nil || !isError(o, r) {
				continue
			}
			key := shapeKey{m.Schema.Resolve(), m.Name}
			for _, status := range []int{r.Code, 0} {
				if counts[status] == nil {
					counts[status] = map[shapeKey]*shapeCount{}
				}
				if counts[status][key] == nil {
					counts[status][key] = &shapeCount{media: m}
				}
				counts[status][key].times++
				if r.Code == 0 {
					break
				}
			}
		}
	}
	for status, list := range counts {
		sh.common[status] = mostFrequent(list)
	}
	sh.usual = sh.common[0]
	for _, o := range k.Operations {
		most := 0
		for _, r := range o.Responses {
			m := jsonMedia(r.Content)
			if m == nil || m.Schema == nil || !isError(o, r) {
				continue
			}
			if n := counts[0][shapeKey{m.Schema.Resolve(), m.Name}].times; n > most {
				sh.own[o], most = m, n
			}
		}
	}
	return sh
}

// isError says whether a documented answer is that of a failure. A default beside a good answer is, as nearly all
// documents use it, though OpenAPI does not say so.
func isError(o *contracts.Operation, r *contracts.Response) bool {
	switch {
	case r.Code != 0:
		return r.Code >= 400
	case r.Status != "default":
		return r.Status == "4XX" || r.Status == "5XX"
	}
	return slices.ContainsFunc(o.Responses, func(other *contracts.Response) bool {
		return other.Code >= 200 && other.Code < 400 || other.Status == "2XX"
	})
}

// mostFrequent breaks ties by the place in the document, so that the choice does not depend on map order.
func mostFrequent(counts map[shapeKey]*shapeCount) *contracts.MediaType {
	var best *shapeCount
	for _, c := range counts {
		if best == nil || c.times > best.times || c.times == best.times && earlier(c.media.At, best.media.At) {
			best = c
		}
	}
	return best.media
}

func earlier(a, b schema.Location) bool {
	if a.Line != b.Line {
		return a.Line < b.Line
	}
	return a.Pointer < b.Pointer
}

func jsonMedia(content []*contracts.MediaType) *contracts.MediaType {
	for _, m := range content {
		if contracts.JSONMedia(m.Name) {
			return m
		}
	}
	return nil
}

// render gives a problem's media type and body.
func (sh *shapes) render(s *Server, c *call, p *Problem) (contentType string, body []byte) {
	var documented *contracts.MediaType
	var response *contracts.Response
	if c.operation != nil {
		if response = c.operation.Response(p.Status); response != nil {
			documented = sh.pick(c, response)
			s.documentedHeaders(c, response)
		}
	}
	if t := sh.template(p, c, response); t != nil {
		if response != nil && len(response.Content) > 0 {
			documented = contracts.MatchMedia(templateMedia(t), response.Content)
		}
		return sh.fromTemplate(s, c, p, t, documented)
	}
	if documented != nil {
		if contentType, body, ok := sh.fromMedia(s, c, p, documented); ok {
			return contentType, body
		}
	}
	if documented == nil { // for this status, or no more of it than that it exists
		for _, m := range [...]*contracts.MediaType{sh.common[p.Status], sh.own[c.operation], sh.usual} {
			if m == nil {
				continue
			}
			if contentType, body, ok := sh.borrowed(s, c, p, m); ok {
				return contentType, body
			}
		}
	}
	return "application/problem+json", schema.AppendJSON(nil, problemDetails(s, p), nil)
}

// pick chooses the media type of a documented error: what the client accepts, else JSON, else the first.
func (sh *shapes) pick(c *call, r *contracts.Response) *contracts.MediaType {
	if len(r.Content) == 0 {
		return nil
	}
	if accept := c.accept(); accept != "" {
		if m, ok := contracts.Negotiate(accept, r.Content); ok {
			return m
		}
	}
	if m := jsonMedia(r.Content); m != nil {
		return m
	}
	return r.Content[0]
}

// template finds the template for a problem. Of several in different media types the client's Accept chooses, as for any
// answer; where it takes none of them, the first one is given. Where the operation documents what the status carries,
// only templates of such a type will do.
func (sh *shapes) template(p *Problem, c *call, documented *contracts.Response) *contracts.ErrorTemplate {
	var suited []*contracts.ErrorTemplate
	var offered []*contracts.MediaType
	for i := range sh.templates {
		t := &sh.templates[i]
		if t.Code != "" && t.Code != p.Code || len(t.Status) > 0 && !slices.ContainsFunc(t.Status, func(s string) bool { return statusFits(s, p.Status) }) {
			continue
		}
		media := templateMedia(t)
		if slices.ContainsFunc(offered, func(m *contracts.MediaType) bool { return m.Name == media }) {
			continue // an earlier template of this type goes first
		}
		if documented != nil && len(documented.Content) > 0 && contracts.MatchMedia(media, documented.Content) == nil {
			continue
		}
		suited, offered = append(suited, t), append(offered, &contracts.MediaType{Name: media})
	}
	if len(suited) == 0 {
		return nil
	}
	if m, ok := contracts.Negotiate(c.accept(), offered); ok {
		return suited[slices.Index(offered, m)]
	}
	return suited[0]
}

func templateMedia(t *contracts.ErrorTemplate) string { return cmp.Or(t.MediaType, "application/json") }

func statusFits(pattern string, status int) bool {
	switch {
	case pattern == "default":
		return true
	case strings.HasSuffix(pattern, "XX"):
		return int(pattern[0]-'0') == status/100
	}
	return pattern == strconv.Itoa(status)
}

// fromTemplate fills a template. Where the operation documents the status, the result keeps its schema.
func (sh *shapes) fromTemplate(s *Server, c *call, p *Problem, t *contracts.ErrorTemplate, documented *contracts.MediaType) (string, []byte) {
	h := c.response.Header()
	for name, value := range t.Headers {
		h.Set(name, cleanHeader(s.fillText(value, c, p))) // the vendor's own words go before ours
	}
	if t.Message != "" {
		told := *p
		told.Detail = s.fillText(t.Message, c, p)
		p = &told
	}
	contentType := templateMedia(t)
	if t.Body == nil {
		return "", nil
	}
	value := s.fillValue(t.Body, c, p)
	if text, ok := value.(string); ok && !contracts.JSONMedia(contentType) {
		return contentType, []byte(text)
	}
	if documented != nil && documented.Schema != nil && contracts.JSONMedia(documented.Name) && !documented.Schema.Valid(value, schema.Response) {
		if made, err := c.maker().Make(documented.Schema, p.Code, value); err == nil {
			value = made
		}
	}
	return contentType, schema.AppendJSON(nil, value, sh.orderOf(p.Status, contentType, documented))
}

// orderOf gives the schema by which the members of an error are put in order: that of the answer, or of its like elsewhere.
func (sh *shapes) orderOf(status int, contentType string, documented *contracts.MediaType) *schema.Schema {
	for _, m := range []*contracts.MediaType{documented, sh.common[status], sh.usual} {
		if m != nil && m.Name == contentType {
			return m.Schema
		}
	}
	return nil
}

// fromMedia makes a documented error body that says what happened, as far as its schema has room for it.
func (sh *shapes) fromMedia(s *Server, c *call, p *Problem, m *contracts.MediaType) (string, []byte, bool) {
	if !contracts.JSONMedia(m.Name) {
		if strings.HasPrefix(m.Name, "text/plain") || strings.HasPrefix(m.Name, "text/*") {
			return concreteType(m.Name), []byte(p.Detail), true
		}
		value, err := s.inventValue(c, m, p.Code, schema.Absent)
		if err != nil {
			return "", nil, false
		}
		contentType, body, err := contracts.EncodeBody(m, value)
		return contentType, body, err == nil
	}
	if m.Schema == nil {
		return concreteType(m.Name), schema.AppendJSON(nil, problemDetails(s, p), nil), true
	}
	value, err := s.errorValue(c, p, m)
	if err != nil {
		return "", nil, false
	}
	return concreteType(m.Name), schema.AppendJSON(errorRoom(p), value, m.Schema), true
}

// errorRoom is room for an error's body, about as much as it needs.
func errorRoom(p *Problem) []byte { return make([]byte, 0, 256+3*len(p.Detail)) }

// errorValue is a problem as a schema has room for it.
func (s *Server) errorValue(c *call, p *Problem, m *contracts.MediaType) (any, error) {
	value := s.errorWish(p, m)
	if m.Schema.Valid(value, schema.Response) {
		return value, nil // there is nothing to be made up beside it
	}
	maker := c.maker()
	maker.Optional = schema.RequiredOnly
	return maker.Make(m.Schema, p.Code, value)
}

// borrowed is fromMedia for a body that is documented for another answer. Where its schema says a status, as that of the other
// answer, ours is said all the same.
func (sh *shapes) borrowed(s *Server, c *call, p *Problem, m *contracts.MediaType) (string, []byte, bool) {
	if m.Schema == nil || !contracts.JSONMedia(m.Name) {
		return sh.fromMedia(s, c, p, m)
	}
	value, err := s.errorValue(c, p, m)
	if err != nil {
		return "", nil, false
	}
	value = restate(value, p.Status)
	return concreteType(m.Name), schema.AppendJSON(errorRoom(p), value, m.Schema), true
}

// restate gives an error with a status where it says another one. What it is given may be an example of the document's, which stays
// as it is.
func restate(value any, status int) any {
	object, ok := value.(map[string]any)
	if !ok {
		return value
	}
	told := make(map[string]any, len(object))
	for name, v := range object {
		switch inner := v.(type) {
		case json.Number:
			if word := wordOf(name); word == "status" || word == "statuscode" {
				v = json.Number(strconv.Itoa(status))
			}
		case map[string]any:
			v = restate(inner, status)
		}
		told[name] = v
	}
	return told
}

// problemDetails is a problem as RFC 9457 has it; violations are an extension member as its section 3 shows.
func problemDetails(s *Server, p *Problem) map[string]any {
	details := map[string]any{
		"type": "about:blank", "title": http.StatusText(p.Status), "status": p.Status, "detail": p.Detail, "code": p.Code,
	}
	if len(p.Violations) > 0 {
		errors := make([]any, len(p.Violations))
		for i, v := range p.Violations {
			told := map[string]any{"in": v.In, "field": fieldName(v), "detail": s.violationText(v), "want": v.Want, "got": v.Got}
			if v.In == "body" {
				told["pointer"] = "#" + v.Pointer
			}
			errors[i] = told
		}
		details["errors"] = errors
	}
	return details
}
