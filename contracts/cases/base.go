package cases

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// reserved are request header fields to which HTTP itself, or an intermediary, gives a meaning (RFC 9110; RFC 7239, 7240,
// 6265). A made-up value would change what is asked, and a faulty one is dropped or answered by somebody else on the way.
var reserved = map[string]bool{
	"Accept": true, "Accept-Charset": true, "Accept-Encoding": true, "Accept-Language": true, "Authorization": true,
	"Cache-Control": true, "Connection": true, "Content-Encoding": true, "Content-Language": true, "Content-Length": true,
	"Content-Location": true, "Content-Range": true, "Content-Type": true, "Cookie": true, "Date": true, "Expect": true,
	"Forwarded": true, "From": true, "Host": true, "If-Match": true, "If-Modified-Since": true, "If-None-Match": true,
	"If-Range": true, "If-Unmodified-Since": true, "Keep-Alive": true, "Max-Forwards": true, "Origin": true, "Pragma": true,
	"Prefer": true, "Proxy-Authorization": true, "Proxy-Connection": true, "Range": true, "Referer": true, "Te": true,
	"Trailer": true, "Transfer-Encoding": true, "Upgrade": true, "User-Agent": true, "Via": true, "X-Forwarded-For": true,
	"X-Forwarded-Host": true, "X-Forwarded-Proto": true, "X-Http-Method-Override": true,
}

func reservedHeader(name string) bool { return reserved[http.CanonicalHeaderKey(name)] }

// isCredential says whether a parameter is the place of a credential, which whoever sends the request puts there: of the
// operation's own security schemes, or of another one of the contract where the operation can do without the parameter.
func (g *Generator) isCredential(o *contracts.Operation, p *contracts.Parameter) bool {
	sets := func(s *contracts.SecurityScheme) bool {
		return s.Type == "apiKey" && s.In == p.In && (s.Name == p.Name || p.In == "header" && strings.EqualFold(s.Name, p.Name))
	}
	for _, alternative := range o.Security {
		for _, r := range alternative {
			if sets(r.Scheme) {
				return true
			}
		}
	}
	if p.Required {
		return false
	}
	for _, s := range g.contract.Security {
		if sets(s) {
			return true
		}
	}
	return false
}

// makeBase finds a valid request with no more than is required. Values that do not do (a path value that leads to another
// operation, an example that breaks its schema) are made anew a few times.
func (w *workshop) makeBase() error {
	o := w.operation
	var first error
	for try := range 4 {
		c := Case{Operation: o, Arguments: o.NewArguments(), Valid: true, Certainty: Certain}
		err := w.fillRequired(&c, try)
		if err == nil {
			var r reading
			if r, err = w.read(&c); err == nil && !r.clean() {
				err = r.reason()
			}
		}
		if err == nil {
			w.base = c
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
}

func (w *workshop) fillRequired(c *Case, try int) error {
	for _, p := range c.Operation.Parameters {
		if !p.Required || w.isCredential(c.Operation, p) || strings.EqualFold(p.Name, "Host") {
			continue
		}
		v, err := w.argument(subjectOf(p), try)
		if err != nil {
			return fmt.Errorf("the %s parameter %s: %w", p.In, p.Name, err)
		}
		c.Arguments.Set(p.In, p.Name, v)
	}
	if c.Operation.Body == nil || !c.Operation.Body.Required {
		return nil
	}
	bodies := w.bodies()
	if len(bodies) == 0 {
		if c.Operation.Method != http.MethodTrace && len(c.Operation.Body.Content) == 0 {
			c.Body = &contracts.Body{Raw: []byte("content"), ContentType: "application/octet-stream"}
		}
		return nil
	}
	var first error
	for _, s := range bodies {
		v, err := w.make(s, schema.Absent)
		if err == nil {
			c.set(s, v)
			return nil
		}
		if first == nil {
			first = fmt.Errorf("the body: %w", err)
		}
	}
	return first
}

// bodies lists the subjects that are bodies.
func (w *workshop) bodies() []*subject {
	var list []*subject
	for _, s := range w.subjects {
		if s.in == "body" {
			list = append(list, s)
		}
	}
	return list
}

// argument gives a usual value of a parameter: what the user knows, then a documented example, then one made up. Each try
// is another value.
func (w *workshop) argument(s *subject, try int) (any, error) {
	p := s.parameter
	if w.options.Values != nil && try == 0 {
		if v, ok := w.options.Values(w.operation, p); ok && (s.schema == nil || s.schema.Valid(v, schema.Request)) {
			return v, nil
		}
	}
	if try < 2 {
		for _, e := range p.Examples {
			if e.Raw == "" && e.Value != nil && (s.schema == nil || s.schema.Valid(e.Value, schema.Request)) {
				return e.Value, nil
			}
		}
	}
	if s.schema == nil || s.schema.Always {
		return "value" + strings.Repeat("s", try), nil
	}
	maker := w.maker
	maker.Examples = try < 2
	if p.In == "path" || try >= 3 {
		maker.Optional = schema.AllOptional // an object without members leaves no segment
	}
	v, err := maker.Make(s.schema, w.key(s)+tried(try), nil)
	if err != nil {
		return nil, err
	}
	if v == "" && s.schema.Valid("value", schema.Request) {
		v = "value" // an empty value leaves no segment, and no header
	}
	return v, nil
}

func tried(n int) string {
	if n == 0 {
		return ""
	}
	return "#" + strconv.Itoa(n)
}

// key names what a value is for, as schema.Maker takes it.
func (w *workshop) key(s *subject) string {
	return w.operation.Method + " " + w.operation.Path + " " + s.label
}

// make makes a value of a subject that holds what is wished.
func (w *workshop) make(s *subject, want any) (any, error) {
	if s.in == "body" && w.options.Wish != nil {
		if known := w.options.Wish(w.operation, s.media); known != nil {
			want = under(known, want)
		}
	}
	switch {
	case s.sequence:
		list, ok := want.([]any)
		if !ok {
			list = []any{schema.Absent}
		}
		made := make([]any, len(list))
		for i := range list {
			v, err := w.maker.Make(s.schema, w.key(s)+tried(i), list[i])
			if err != nil {
				return nil, err
			}
			made[i] = v
		}
		return made, nil
	case s.schema == nil && s.media != nil && contracts.JSONMedia(s.media.Name):
		return map[string]any{}, nil
	case s.schema == nil:
		return "value", nil
	}
	v, err := w.maker.Make(s.schema, w.key(s), want)
	if err == nil && s.in == "body" && s.textual() {
		v = w.solid(s, v)
	}
	if err == nil && v == nil && s.in == "body" && !s.textual() {
		err = errors.New("only null was made up") // a body of null is not what anybody means
	}
	return v, err
}

// under puts what is wished in general behind what is wished for a case: members of objects that the case says nothing
// about.
func under(known, want any) any {
	switch want := want.(type) {
	case map[string]any:
		more, ok := known.(map[string]any)
		if !ok {
			return want
		}
		both := make(map[string]any, len(want)+len(more))
		for name, v := range more {
			both[name] = v
		}
		for name, v := range want {
			if k, there := more[name]; there {
				v = under(k, v)
			}
			both[name] = v
		}
		return both
	case []any, string, bool:
		return want
	}
	if want == schema.Absent || want == nil {
		return known
	}
	return want
}

// set gives a subject its value.
func (c *Case) set(s *subject, v any) {
	if s.parameter != nil {
		c.Arguments.Set(s.in, s.name, v)
		return
	}
	c.Body = &contracts.Body{Media: s.media, Value: v, Present: true}
}

// get gives a subject's value.
func (c *Case) get(s *subject) (any, bool) {
	if s.parameter != nil {
		return c.Arguments.Get(s.in, s.name)
	}
	if c.Body == nil || c.Body.Media != s.media || c.Body.Raw != nil {
		return nil, false
	}
	return c.Body.Value, true
}
