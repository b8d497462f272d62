package cases

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// A reading is what a server that keeps the contract sees of a request.
type reading struct {
	arguments  contracts.Arguments
	body       contracts.Body
	violations []contracts.Violation
	err        error  // the body cannot be read at all
	wire       []byte // as it was sent
}

// host stands for a server that is never called.
const host = "http://server.example"

// longest is how long a request target or a header field may be; servers refuse longer ones for their length alone.
const longest = 4000

// largest is how long a body may be, for the same reason.
const largest = 256 << 10

// read writes a case as it goes over the wire and reads it back as a server does. The error says why the case is no good for
// either purpose: it cannot be written, leads to another operation, or has something that is changed on the way.
func (g *Generator) read(c *Case) (reading, error) {
	base := ""
	if len(c.Operation.Servers) > 0 {
		base = c.Operation.Servers[0].Base
	}
	sent, err := c.Request(context.Background(), host+base)
	if err != nil {
		return reading{}, err
	}
	if err := fragile(sent); err != nil {
		return reading{}, err
	}
	var b bytes.Buffer
	if err := sent.Write(&b); err != nil {
		return reading{}, fmt.Errorf("write the request: %w", err)
	}
	r := reading{wire: slices.Clone(b.Bytes())}
	got, err := http.ReadRequest(bufio.NewReaderSize(&b, 1024))
	if err != nil {
		return r, fmt.Errorf("read the request: %w", err)
	}
	raw, err := io.ReadAll(got.Body)
	if err != nil {
		return r, fmt.Errorf("read the request: %w", err)
	}
	m := g.contract.Match(got.Method, got.URL.EscapedPath())
	if m.Operation != c.Operation {
		return r, fmt.Errorf("the request leads to another operation: %s", got.URL.EscapedPath())
	}
	r.decode(g, c.Operation, got, m.Values, raw)
	return r, nil
}

func (r *reading) decode(g *Generator, o *contracts.Operation, got *http.Request, values []string, raw []byte) {
	arguments, violations := o.DecodeParameters(got, values)
	r.arguments = arguments
	for _, v := range violations {
		if !g.ofCredential(o, v) {
			r.violations = append(r.violations, v)
		}
	}
	body, violations, err := o.Body.Decode(got.Header.Get("Content-Type"), raw)
	r.body, r.err = body, err
	r.violations = append(r.violations, violations...)
	if err == nil {
		r.violations = append(r.violations, body.Validate(schema.Request)...)
	}
}

// ofCredential says whether a violation is about a credential that is put on later.
func (g *Generator) ofCredential(o *contracts.Operation, v contracts.Violation) bool {
	if v.In == "body" {
		return false
	}
	i := slices.IndexFunc(o.Parameters, func(p *contracts.Parameter) bool { return p.In == v.In && p.Name == v.Name })
	return i >= 0 && g.isCredential(o, o.Parameters[i])
}

// clean says whether the request keeps the contract.
func (r *reading) clean() bool {
	return r.err == nil && len(r.violations) == 0 && len(r.arguments.Undeclared) == 0 && !r.body.Undeclared
}

// reason is why the request is not clean.
func (r *reading) reason() error {
	switch {
	case r.err != nil:
		return r.err
	case len(r.violations) > 0:
		v := r.violations[0]
		return fmt.Errorf("%s: %s: wanted %s, got %s", strings.TrimSpace(v.In+" "+v.Name+" "+v.Pointer), v.Keyword, v.Want, v.Got)
	case len(r.arguments.Undeclared) > 0:
		return fmt.Errorf("the query has %q, which no parameter claims", r.arguments.Undeclared[0])
	}
	return errors.New("the operation takes no body")
}

// value gives what was read of a subject.
func (r *reading) value(s *subject) (any, bool) {
	if s.parameter != nil {
		return r.arguments.Get(s.in, s.name)
	}
	return r.body.Value, r.body.Present && r.body.Media == s.media
}

// fault gives the one thing that is wrong with the request; false where nothing is, or more than one.
func (r *reading) fault(o *contracts.Operation) (Fault, bool) {
	var unsupported *contracts.UnsupportedMediaError
	switch {
	case len(r.arguments.Undeclared) > 0 || r.body.Undeclared:
		return Fault{}, false
	case r.err != nil && len(r.violations) > 0:
		return Fault{}, false
	case errors.As(r.err, &unsupported):
		return Fault{In: "content-type", Keyword: "mediaType", At: o.Body.At}, true
	case r.err != nil:
		return Fault{In: "body", Keyword: "malformed", At: mediaAt(o, r.body.Media)}, true
	case len(r.violations) == 0:
		return Fault{}, false
	}
	first := r.faultOf(r.violations[0])
	for _, v := range r.violations[1:] {
		if f := r.faultOf(v); f.In != first.In || f.Name != first.Name || f.Pointer != first.Pointer || f.Keyword != first.Keyword {
			return first, false
		}
	}
	return first, true
}

func mediaAt(o *contracts.Operation, m *contracts.MediaType) schema.Location {
	if m != nil {
		return m.At
	}
	return o.Body.At
}

// faultOf translates a violation. What is missing is named by the place where it should be.
func (r *reading) faultOf(v contracts.Violation) Fault {
	f := Fault{In: v.In, Name: v.Name, Pointer: v.Pointer, Keyword: v.Keyword, At: v.At}
	if v.Keyword == "required" || v.Keyword == "dependentRequired" {
		_, there := r.arguments.Get(v.In, v.Name)
		if v.Limit != "" && (there || v.In == "body") {
			f.Pointer += "/" + schema.EscapeToken(v.Limit)
		}
	}
	return f
}

// fragile says what in a request does not arrive as it was sent, since clients, proxies and servers normalise it: dot
// segments and encoded slashes (RFC 3986, 6.2.2), empty header fields and white space around them, very long ones.
func fragile(r *http.Request) error {
	path := r.URL.EscapedPath()
	for segment := range strings.SplitSeq(path, "/") {
		plain, err := url.PathUnescape(segment)
		if err != nil || plain == "." || plain == ".." || strings.ContainsAny(plain, "/\\") || controls(plain) {
			return fmt.Errorf("the path segment %q is rewritten on the way", segment)
		}
	}
	if n := len(r.URL.RequestURI()); n > longest {
		return fmt.Errorf("a request target of %d bytes is too long for many servers", n)
	}
	if r.ContentLength > largest {
		return fmt.Errorf("a body of %d bytes is too long", r.ContentLength)
	}
	for name, values := range r.Header {
		for _, v := range values {
			if v == "" || v != strings.TrimSpace(v) || len(v) > longest || controls(v) || strings.IndexFunc(v, func(c rune) bool { return c > '~' }) >= 0 {
				return fmt.Errorf("the header field %s is rewritten on the way", name)
			}
		}
	}
	return nil
}

func controls(s string) bool {
	return strings.IndexFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f }) >= 0
}

// Holds says whether a case still is what it claims: valid, or invalid by the fault that it names and no other. It builds the
// request and reads it back.
func (g *Generator) Holds(c Case) bool {
	r, err := g.read(&c)
	if err != nil {
		return false
	}
	switch {
	case c.Valid:
		return r.clean()
	case c.Fault.Keyword == "readOnly":
		if !r.clean() || !r.body.Present {
			return false
		}
		_, there := schema.At(r.body.Value, c.Fault.Pointer)
		return there
	case c.Fault.Keyword == "accept":
		return r.clean() && unsatisfiable(c.Operation, c.Header.Get("Accept"))
	case c.Check == "NEG-014":
		return r.err == nil && r.within(c.Fault)
	}
	f, ok := r.fault(c.Operation)
	return ok && f.In == c.Fault.In && f.Name == c.Fault.Name && f.Pointer == c.Fault.Pointer && f.Keyword == c.Fault.Keyword
}

// within says whether everything that is wrong stands at a place or inside it.
func (r *reading) within(f Fault) bool {
	if len(r.violations) == 0 || len(r.arguments.Undeclared) > 0 {
		return false
	}
	for _, v := range r.violations {
		if v.In != f.In || v.Name != f.Name || v.Pointer != f.Pointer && !strings.HasPrefix(v.Pointer, f.Pointer+"/") {
			return false
		}
	}
	return true
}
