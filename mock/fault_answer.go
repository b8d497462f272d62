package mock

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// disturbAnswer changes an answer as the faults of its request want it. sent says that nothing is left to be sent.
func (s *Server) disturbAnswer(c *call, status int, body []byte) (changed []byte, sent bool) {
	d := c.faults
	if !d.ended {
		d.ended = true
		if !s.delay(c, true) || s.endBehind(c) {
			return nil, true
		}
	}
	h := c.response.Header()
	body = s.changeBody(c, status, body)
	if s.options.Reasons {
		h[FaultHeader] = []string{strings.Join(d.names, ", ")}
	}
	if d.wire == nil && d.pace == nil {
		return body, false
	}
	if len(body) == 0 || c.request.Method == http.MethodHead || status == http.StatusNoContent || status == http.StatusNotModified {
		for _, a := range []*acting{d.wire, d.pace} {
			if a != nil {
				d.vain(a, "the answer has no body")
			}
		}
		return body, false
	}
	s.deliver(c, status, body)
	return nil, true
}

// endBehind carries out a fault that decides the answer of a request which was carried out.
func (s *Server) endBehind(c *call) bool {
	d := c.faults
	if d.end == nil {
		return false
	}
	h := c.response.Header()
	clear(h)
	maps.Copy(h, d.header)
	if p := s.end(c); p != nil {
		s.refuse(c, p)
	}
	return true
}

// sendStatus answers with a status in the contract's shape, or with the body that was ordered.
func (s *Server) sendStatus(c *call, a *acting) *Problem {
	spec, status := &a.spec, http.StatusInternalServerError
	if n := len(spec.Status); n > 0 {
		status = spec.Status[a.draw.below(drawStatus, n)]
	}
	c.faults.tell(a, "status %d", status)
	given := http.Header{}
	for name, value := range spec.Headers {
		given.Set(name, cleanHeader(value))
	}
	if status == http.StatusUnauthorized && given.Get("WWW-Authenticate") == "" { // RFC 9110, 15.5.2, wants one
		if challenge := cmp.Or(s.contract.Behaviour.Challenge, `Bearer realm="`+s.contract.Name+`"`); challenge != "none" {
			given.Set("WWW-Authenticate", challenge)
		}
	}
	if spec.Body == nil && status >= 400 {
		s.refuse(c, &Problem{
			Status: status, Code: cmp.Or(spec.Code, codeFault), Header: given,
			Detail: cmp.Or(spec.Message, statusText(status), "Status "+strconv.Itoa(status)),
		})
		return nil
	}
	maps.Copy(c.response.Header(), given)
	if spec.Body == nil { // a good answer: as if it had been asked for by name
		c.prefer = preference{code: status}
		if p := s.negotiate(c); p != nil {
			return p
		}
		return s.example(c)
	}
	c.trace.Problem = spec.Code
	mediaType, body := givenBody(spec)
	c.response.Header()["Content-Type"] = []string{mediaType}
	c.answer(status, body)
	return nil
}

// givenBody is the body that a fault was ordered with: a text as it is, all else as JSON.
func givenBody(spec *contracts.FaultBehaviour) (mediaType string, body []byte) {
	if text, ok := spec.Body.(string); ok {
		return cmp.Or(spec.MediaType, "text/plain; charset=utf-8"), []byte(text)
	}
	return cmp.Or(spec.MediaType, "application/json"), schema.AppendJSON(nil, spec.Body, nil)
}

// changeBody makes the body wrong in the ways that were ordered.
func (s *Server) changeBody(c *call, status int, body []byte) []byte {
	d := c.faults
	if a := d.schema; a != nil {
		if broken, what := s.breakSchema(c, a, status, body); broken != nil {
			body, d.changed = broken, true
			d.tell(a, "%s", what)
		} else {
			d.vain(a, "nothing was broken: %s", what)
		}
		d.schema = nil
	}
	if a := d.json; a != nil {
		if broken := malformed(c.response.Header().Get("Content-Type"), body); broken != nil {
			body, d.changed = broken, true
			d.tell(a, "the body is no JSON")
		} else {
			d.vain(a, "the answer has no JSON that could be broken")
		}
		d.json = nil
	}
	if a := d.media; a != nil {
		h := c.response.Header()
		right, wrong := h.Get("Content-Type"), cmp.Or(a.spec.MediaType, "text/html; charset=utf-8")
		h["Content-Type"], d.changed, d.media = []string{wrong}, true, nil
		d.tell(a, "Content-Type: %s instead of %q", wrong, right)
	}
	return body
}

// malformed cuts JSON off before its end and puts a comma there, so that no parser takes it; nil where the body is no
// JSON.
func malformed(contentType string, body []byte) []byte {
	name, _, _ := strings.Cut(contentType, ";")
	if !contracts.JSONMedia(strings.TrimSpace(name)) || !json.Valid(body) {
		return nil
	}
	text := bytes.TrimRight(body, " \t\r\n")
	return append(slices.Clone(text[:len(text)-1]), ',')
}

// earlier is the journal's latest good answer to the same request of the same caller; nil where there is none. Only
// requests that read can be asked twice and mean the same.
func (c *call) earlier() *Entry {
	if c.request.Method != http.MethodGet && c.request.Method != http.MethodHead {
		return nil
	}
	url, accept := c.origin()+c.request.URL.RequestURI(), c.accept()
	acceptable := func(media string) bool {
		_, ok := contracts.Negotiate(accept, []*contracts.MediaType{{Name: media}})
		return media == "" || ok
	}
	return c.server.journal.latest(func(e *Entry) bool {
		return e.Operation == c.operation && e.Method == c.request.Method && e.URL == url && e.Status/100 == 2 && !e.ResponseCut &&
			acceptable(e.ResponseHeader.Get("Content-Type")) && sameCaller(e.Trace.Caller, c.trace.Caller)
	})
}

// sameCaller says that two requests come from the same user of the same account, perhaps with another token.
func sameCaller(a, b *Caller) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Account == b.Account && a.User == b.User && a.Environment == b.Environment && (a.User != "" || a.Credential == b.Credential)
}

// latest gives the newest entry that which names, as it is; nil where there is none.
func (j *Journal) latest(which func(*Entry) bool) *Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	for place := j.newest; place >= j.oldest && place > 0; place-- {
		if e := j.at(place); e != nil && which(e) {
			return e
		}
	}
	return nil
}

// sendEarlier answers as an earlier request was answered. What tells of the present stays: the date, limits, our own headers.
func (s *Server) sendEarlier(c *call, e *Entry) {
	c.faults.tell(c.faults.end, "the answer of exchange %d", e.ID)
	h := c.response.Header()
	for name, values := range e.ResponseHeader {
		if _, set := h[http.CanonicalHeaderKey(name)]; !set && len(values) > 0 && !strings.HasPrefix(name, "Understudy-") && !framing(http.CanonicalHeaderKey(name)) && !s.countedHeader(name) {
			h[http.CanonicalHeaderKey(name)] = slices.Clone(values)
		}
	}
	if media := e.ResponseHeader.Get("Content-Type"); media != "" {
		h["Content-Type"] = []string{media}
	}
	c.answer(e.Status, e.ResponseBody)
}
