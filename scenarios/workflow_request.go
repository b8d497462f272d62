package scenarios

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/contracts/schema"
	"understudy/scenarios/arazzo"
)

// operation finds the operation that a step names, and where it is served.
func (e *execution) operation(r *arazzo.Reference) (*Deployment, *contracts.Operation, error) {
	var sources []*arazzo.Source
	for _, s := range e.script.Document.Sources {
		if s.Type != "arazzo" && (r.Source == "" || r.Source == s.Name) {
			sources = append(sources, s)
		}
	}
	if len(sources) == 0 {
		return nil, nil, fmt.Errorf("%s: there is no source %s", r.At, r.Source)
	}
	var first error
	for _, s := range sources {
		d, err := e.player.bind(e.script, s)
		if err != nil {
			if first == nil {
				first = err
			}
			continue
		}
		o, err := meant(d.Contract, r)
		if err != nil {
			return nil, nil, err
		}
		if o != nil {
			return d, o, nil
		}
	}
	if errors.Is(first, ErrNeedsControl) {
		return nil, nil, &errSkip{needsControl}
	}
	if first != nil {
		return nil, nil, first
	}
	return nil, nil, fmt.Errorf("%s: there is no operation %s in the source %s", r.At, cmp.Or(r.ID, r.Pointer), sources[0].Name)
}

// meant finds the operation of a contract that a reference names; nil where there is none. A pointer that leads to a path only
// is taken where that path has one operation.
func meant(c *contracts.Contract, r *arazzo.Reference) (*contracts.Operation, error) {
	pointer, err := url.PathUnescape(r.Pointer) // it is the fragment of a URL
	if err != nil {
		pointer = r.Pointer
	}
	var below []*contracts.Operation
	for _, o := range c.Operations {
		path := "/paths/" + schema.EscapeToken(o.Path)
		switch method := path + "/" + strings.ToLower(o.Method); {
		case r.Pointer == "" && o.ID == r.ID, r.Pointer != "" && (pointer == method || r.Pointer == method):
			return o, nil
		case r.Pointer != "" && (pointer == path || r.Pointer == path):
			below = append(below, o)
		}
	}
	switch len(below) {
	case 0:
		return nil, nil
	case 1:
		return below[0], nil
	}
	return nil, fmt.Errorf("%s: the path of %s has %d operations; add the method: %s/%s", r.At, r.Pointer, len(below), r.Pointer, strings.ToLower(below[0].Method))
}

// callOperation carries out a step that calls an operation.
func (e *execution) callOperation(ctx context.Context, s *arazzo.Step, record *Step) error {
	d, o, err := e.operation(s.Operation)
	if err != nil {
		return err
	}
	record.Operation, e.deployment = o.ID, d
	q, err := e.prepare(ctx, d, o, s)
	if err != nil {
		return err
	}
	actor, err := e.actor(d, o, s, q.own)
	if err != nil {
		return err
	}
	// With a stand-in the workflow says when time passes; its Retry-After goes by a clock that waiting does not move.
	send := Request{HTTP: q.http, Operation: o, Actor: actor, Test: e.course.test.ID, Purpose: e.workflow.ID + " / " + s.ID, Hasty: d.Control != nil}
	if expectsInvalid(e.expectations(s)) {
		send.Intent = check.Invalid
	}
	reply, err := d.Send(ctx, send)
	if err != nil {
		return err
	}
	e.player.learn(reply.Learned())
	record.Exchange = reply.Number
	record.Findings = e.expect(s, reply.Findings)
	e.request, e.response = requestMessage(q, reply.Exchange), responseMessage(reply.Exchange)
	e.lastRequest, e.lastResponse = e.request, e.response
	if reply.Exchange.Status == 0 {
		return &errTransport{reply.Error}
	}
	return nil
}

// A prepared request, with what its parameters were.
type prepared struct {
	http *http.Request
	path map[string]string
	body any
	has  bool
	own  bool // it carries a credential that the step itself gives
}

// prepare makes the request of a step.
func (e *execution) prepare(ctx context.Context, d *Deployment, o *contracts.Operation, s *arazzo.Step) (*prepared, error) {
	args := o.NewArguments()
	var extra []*arazzo.Parameter
	values := map[*arazzo.Parameter]any{}
	q := &prepared{path: map[string]string{}}
	for _, p := range s.EffectiveParameters() {
		v, err := p.Value.Evaluate(e)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s: the parameter %s: %s", p.At, p.Name, e.show(err.Error()))
		case v.Absent && p.In == "path":
			return nil, fmt.Errorf("%s: the path parameter %s has no value: %s", p.At, p.Name, v.Reason)
		case v.Absent:
			continue
		case p.In == "path" && !strings.Contains(o.Path, "{"+p.Name+"}"):
			return nil, fmt.Errorf("%s: the operation's path has no parameter %s: it is %s", p.At, p.Name, o.Path)
		}
		values[p] = v.Any
		if p.In == "path" {
			q.path[p.Name] = textOf(v.Any)
		}
		if !reserved(p) && args.Set(p.In, p.Name, v.Any) {
			continue
		}
		extra = append(extra, p)
	}
	body, err := e.body(o, s, q)
	if err != nil {
		return nil, err
	}
	r, err := o.NewRequest(ctx, d.URL.String(), args, body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.At, err)
	}
	for _, p := range extra {
		if err := addParameter(r, p, values[p]); err != nil {
			return nil, err
		}
	}
	if r.Header.Get("Accept") == "" {
		r.Header.Set("Accept", acceptOf(o))
	}
	if err := sendable(r.Header, s); err != nil {
		return nil, err
	}
	q.http, q.own = r, ownCredential(r, o)
	return q, nil
}

// ownCredential says that a step's request carries a credential of its own: Authorization, or where an API key goes.
func ownCredential(r *http.Request, o *contracts.Operation) bool {
	if r.Header["Authorization"] != nil {
		return true
	}
	query := r.URL.Query()
	for _, alternative := range o.Security {
		for _, q := range alternative {
			if p := (&contracts.Parameter{In: q.Scheme.In, Name: q.Scheme.Name}); q.Scheme.Type == "apiKey" && sends(p, r.Header, query) {
				return true
			}
		}
	}
	return false
}

// sendable refuses what no header can hold (RFC 9110, 5.5): the client would refuse it too, and it would look like the target's fault.
func sendable(h http.Header, s *arazzo.Step) error {
	for name, values := range h {
		for _, v := range values {
			if strings.ContainsFunc(v, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
				return fmt.Errorf("%s: the value of the header %s holds a line break or control character", s.At, name)
			}
		}
	}
	return nil
}

// reserved says that OpenAPI passes a declared parameter over, since HTTP itself has a place for it.
func reserved(p *arazzo.Parameter) bool {
	return p.In == "header" && slices.ContainsFunc([]string{"Accept", "Content-Type", "Authorization"}, func(name string) bool { return strings.EqualFold(name, p.Name) })
}

// acceptOf are the media types that the operation's answers may have.
func acceptOf(o *contracts.Operation) string {
	var names []string
	for _, r := range o.Responses {
		for _, m := range r.Content {
			if name, _, _ := strings.Cut(m.Name, ";"); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return "*/*"
	}
	return strings.Join(names, ", ")
}

// addParameter adds what the operation does not declare.
func addParameter(r *http.Request, p *arazzo.Parameter, v any) error {
	text := textOf(v)
	switch p.In {
	case "header":
		r.Header[http.CanonicalHeaderKey(p.Name)] = []string{text}
		if strings.EqualFold(p.Name, "Host") {
			r.Host = text
		}
	case "query":
		for _, pair := range queryPairs(p.Name, v) {
			if r.URL.RawQuery != "" {
				pair = r.URL.RawQuery + "&" + pair
			}
			r.URL.RawQuery = pair
		}
	case "querystring":
		r.URL.RawQuery = strings.TrimPrefix(text, "?")
	case "cookie":
		pair := p.Name + "=" + text
		if line := r.Header.Get("Cookie"); line != "" {
			pair = line + "; " + pair
		}
		r.Header.Set("Cookie", pair)
	default:
		return fmt.Errorf("%s: a parameter in %q cannot be sent", p.At, p.In)
	}
	return nil
}

// queryPairs writes what the operation does not declare as OpenAPI does by default: an array as one pair for each item, an object as
// one for each member.
func queryPairs(name string, v any) []string {
	escape := func(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
	var pairs []string
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			pairs = append(pairs, escape(name)+"="+escape(textOf(item)))
		}
	case map[string]any:
		for _, member := range slices.Sorted(maps.Keys(v)) {
			pairs = append(pairs, escape(member)+"="+escape(textOf(v[member])))
		}
	default:
		pairs = []string{escape(name) + "=" + escape(textOf(v))}
	}
	return pairs
}

// textOf writes a value as it stands in a header or a query.
func textOf(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return string(schema.AppendJSON(nil, v, nil))
}

// body makes the body of a step's request.
func (e *execution) body(o *contracts.Operation, s *arazzo.Step, q *prepared) (*contracts.Body, error) {
	if s.RequestBody == nil {
		return nil, nil
	}
	name := s.RequestBody.ContentType
	var media *contracts.MediaType
	var base any
	if o.Body != nil {
		media = contracts.MatchMedia(name, o.Body.Content)
		if media == nil && name == "" && len(o.Body.Content) > 0 {
			media = preferred(o.Body.Content)
		}
	}
	if media != nil && len(media.Examples) > 0 {
		base = media.Examples[0].Value
	}
	if media == nil {
		if name == "" {
			name = "application/json"
		}
		media = &contracts.MediaType{Name: name}
	}
	rendered, err := s.RequestBody.Render(e, media.Name, base)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: the request body: %w", s.RequestBody.At, err)
	case rendered.Absent:
		return nil, nil
	}
	q.body, q.has = rendered.Value, true
	body := &contracts.Body{Media: media, ContentType: name, Present: true}
	if text, ok := rendered.Value.(string); ok && rendered.Text {
		body.Raw = []byte(text)
		if body.ContentType == "" {
			body.ContentType = media.Name
		}
		return body, nil
	}
	body.Value = rendered.Value
	return body, nil
}

// preferred is JSON where there is some, else what the document names first.
func preferred(content []*contracts.MediaType) *contracts.MediaType {
	for _, m := range content {
		if strings.Contains(m.Name, "json") {
			return m
		}
	}
	return content[0]
}

// actor is whose credential a step's request carries.
func (e *execution) actor(d *Deployment, o *contracts.Operation, s *arazzo.Step, own bool) (*Actor, error) {
	name := s.Extension.Actor
	for i := len(e.actors) - 1; i >= 0 && name == ""; i-- {
		name = e.actors[i]
	}
	switch {
	case own || name == "none":
		return nil, nil
	case name == "":
		return d.Roster.Default(o), nil
	}
	if a := d.Roster.Actor(name); a != nil {
		return a, nil
	}
	return nil, &errSkip{fmt.Sprintf("there is no actor %s among the credentials (--credentials)", name)}
}

// expectations are what document, workflow and step expect.
func (e *execution) expectations(s *arazzo.Step) []arazzo.Expectation {
	return slices.Concat(e.script.Document.Extension.Expect, e.workflow.Extension.Expect, s.Extension.Expect)
}

func expectsInvalid(list []arazzo.Expectation) bool {
	return slices.ContainsFunc(list, func(x arazzo.Expectation) bool { return strings.HasPrefix(x.Check, "NEG-") || x.Check == "CTY-005" })
}

// expect marks the findings that the workflow expects.
func (e *execution) expect(s *arazzo.Step, findings []check.Finding) []check.Finding {
	for i := range findings {
		for _, x := range e.expectations(s) {
			if x.Check == findings[i].Check {
				reason := x.Reason
				if reason == "" {
					reason = "the workflow expects it"
				}
				findings[i].Known = &check.Known{Reason: reason, Expect: true}
			}
		}
	}
	return findings
}
