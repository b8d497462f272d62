package mock

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/mock/clock"
)

// sendValue encodes a value as a media type; without one it is JSON.
func (s *Server) sendValue(c *call, status int, media *contracts.MediaType, value any) *Problem {
	h := c.response.Header()
	if media == nil {
		if value == nil {
			s.leave(c, status, nil)
			return nil
		}
		h["Content-Type"] = []string{"application/json"}
		s.leave(c, status, schema.AppendJSON(nil, value, nil))
		return nil
	}
	contentType, body, err := contracts.EncodeBody(media, value)
	if err != nil {
		return internalProblem(fmt.Errorf("encode the answer of %s as %s: %w", c.operation.ID, media.Name, err))
	}
	h["Content-Type"] = []string{contentType}
	s.leave(c, status, body)
	return nil
}

// leave judges the answer where that is wanted, and sends it.
func (s *Server) leave(c *call, status int, body []byte) {
	if s.options.SelfCheck {
		c.showLimits(status)
		s.selfCheck(c, status, body)
	}
	c.answer(status, body)
}

// concreteType is the media type that is sent for a key of a content map, which may be a range.
func concreteType(name string) string {
	if strings.IndexByte(name, '*') < 0 {
		return name
	}
	base, _, _ := strings.Cut(name, ";")
	base = strings.TrimSpace(base)
	switch base {
	case "text/*":
		return "text/plain; charset=utf-8"
	case "image/*":
		return "image/png"
	case "audio/*":
		return "audio/mpeg"
	case "video/*":
		return "video/mp4"
	}
	if strings.HasPrefix(base, "application/") || strings.HasPrefix(base, "*/") {
		return "application/json"
	}
	return "application/octet-stream"
}

// contentLength is strconv.Itoa, kept beside its one use.
func contentLength(n int) string { return strconv.Itoa(n) }

// A headerLine is a documented header with the value that is sent when nothing better is known.
type headerLine struct {
	name     string
	value    []string
	volatile bool // not required, and sent only where the client asked to see this answer
}

// documentedHeaders adds the headers that the contract documents for an answer and that no stage has set.
// Headers that count or postpone are left to those who know the number, unless the contract requires them or the
// client asked for this very answer.
func (s *Server) documentedHeaders(c *call, r *contracts.Response) {
	if r == nil || len(r.Headers) == 0 && !redirects(r.Code) {
		return
	}
	lines, ok := s.ready.Load(r)
	if c.seed != nil {
		lines = s.prepareHeaders(r, *c.seed)
	} else if !ok {
		lines, _ = s.ready.LoadOrStore(r, s.prepareHeaders(r, s.options.Seed))
	}
	h := c.response.Header()
	for _, line := range lines.([]headerLine) {
		if line.volatile && c.prefer.code == 0 {
			continue
		}
		if _, set := h[line.name]; !set {
			h[line.name] = line.value
		}
	}
}

func (s *Server) prepareHeaders(r *contracts.Response, seed uint64) []headerLine {
	var lines []headerLine
	for _, d := range r.Headers {
		name := textproto.CanonicalMIMEHeaderKey(d.Name)
		if framing(name) || s.countedHeader(name) {
			continue
		}
		value, err := s.headerValue(d, seed)
		if err != nil {
			s.logger.Warn("no value fits a documented header", "contract", s.contract.Name, "header", d.Name, "line", d.At.Line, "error", err)
			continue
		}
		leads := name == "Location" && redirects(r.Code)
		if leads && len(d.Examples) == 0 && d.Media == nil && (d.Schema == nil || len(d.Schema.Resolve().Examples) == 0 && d.Schema.Valid(home, schema.Response)) {
			value = home
		}
		lines = append(lines, headerLine{name: name, value: []string{value}, volatile: !d.Required && volatile(name) && !leads})
	}
	if redirects(r.Code) && !documents(r, "Location") {
		lines = append(lines, headerLine{name: "Location", value: []string{home}})
	}
	return lines
}

// home is where a redirection leads of which the document does not say where: a page on another host is none of the stand-in's.
const home = "/"

// redirects says that a status sends clients to the place that Location names (RFC 9110, 15.4.2 to 15.4.4, 15.4.8, 15.4.9).
func redirects(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// framing says that a header describes the message as it goes over the wire: a made-up one would break it.
func framing(name string) bool {
	switch name {
	case "Content-Length", "Content-Type", "Content-Encoding", "Content-Range", "Transfer-Encoding", "Connection", "Keep-Alive",
		"Trailer", "Upgrade", "Date":
		return true
	}
	return false
}

// volatile says that a header's value is nothing that can be made up in advance.
func volatile(name string) bool {
	switch name {
	case "Location", "Etag", "Link", "Retry-After", "Set-Cookie", "Www-Authenticate", "Last-Modified", "Deprecation", "Sunset":
		return true
	}
	return strings.Contains(strings.ToLower(name), "ratelimit") || strings.Contains(strings.ToLower(name), "rate-limit")
}

// headerValue makes a header's value. Its dates lie near the server's start and not near the present instant, since the value
// is kept: which request, or which sandbox, is the first one must not matter.
func (s *Server) headerValue(d *contracts.Header, seed uint64) (string, error) {
	described := d.Schema
	if described == nil && d.Media != nil {
		described = d.Media.Schema
	}
	var value any = "value"
	if len(d.Examples) > 0 && (described == nil || described.Valid(d.Examples[0].Value, schema.Response)) {
		value = d.Examples[0].Value
	} else if described != nil {
		maker := s.maker()
		maker.Seed, maker.Now = seed, s.run.opened
		made, err := maker.Make(described, "header "+d.Name, schema.Absent)
		if err != nil {
			return "", err
		}
		value = made
	}
	if d.Media != nil {
		return string(schema.AppendJSON(nil, value, described)), nil
	}
	return headerText(value, d.Explode), nil
}

// headerText writes a value in the style simple, the only one that headers have.
func headerText(value any, explode bool) string {
	switch v := value.(type) {
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			parts[i] = textOf(item)
		}
		return strings.Join(parts, ",")
	case map[string]any:
		var parts []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if explode {
				parts = append(parts, name+"="+textOf(v[name]))
			} else {
				parts = append(parts, name, textOf(v[name]))
			}
		}
		return strings.Join(parts, ",")
	}
	return cleanHeader(textOf(value))
}

// cleanHeader takes out what may not stand in a field value (RFC 9110, 5.5).
func cleanHeader(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}

// textOf writes a scalar as a header, a template or a condition shows it; structures become JSON.
func textOf(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	}
	return string(schema.AppendJSON(nil, value, nil))
}

// documents says whether an answer declares a header.
func documents(r *contracts.Response, name string) bool {
	if r == nil {
		return false
	}
	for _, h := range r.Headers {
		if strings.EqualFold(h.Name, name) {
			return true
		}
	}
	return false
}

// refuse renders a problem in the contract's shape and sends it.
func (s *Server) refuse(c *call, p *Problem) {
	c.trace.Problem = p.Code
	c.trace.Detail = p.Detail
	if p.Cause != nil {
		if cause := p.Cause.Error(); !strings.Contains(p.Detail, cause) {
			c.trace.Detail += " (" + cause + ")"
		}
		if p.Status >= 500 {
			level := slog.LevelError
			if ctx := c.request.Context(); errors.Is(p.Cause, context.Canceled) && ctx.Err() != nil {
				level = slog.LevelDebug // whoever asked did not wait for the answer: nothing of ours failed
			}
			s.logger.Log(context.WithoutCancel(c.request.Context()), level, "answered with a failure", "contract", s.contract.Name, "path", c.loggedPath(), "code", p.Code, "error", p.Cause)
		}
	}
	if len(c.trace.Violations) == 0 {
		c.trace.Violations = p.Violations
	}
	c.trace.Source = "problem"
	h := c.response.Header()
	for name := range h { // an answer may have been begun
		if name != "Date" && name != "Vary" && !strings.HasPrefix(name, "Access-Control-") {
			delete(h, name)
		}
	}
	for name, values := range p.Header {
		h[name] = values
	}
	if s.options.Reasons {
		h.Set("Understudy-Reason", cleanHeader(p.Code+": "+p.Detail))
	}
	contentType, body := s.shapes.render(s, c, p)
	if contentType != "" {
		h["Content-Type"] = []string{contentType}
	}
	s.leave(c, p.Status, body)
}

// record writes the exchange into the journal and one line into the log.
func (s *Server) record(c *call) {
	s.tellTransitions(c)
	r := c.request
	now, wall := clock.Both(s.clock)
	if d := c.faults; d != nil && !d.cutWall.IsZero() {
		now, wall = d.cutNow, d.cutWall
	}
	entry := &Entry{
		Exchange: contracts.Exchange{
			Operation: c.operation, Method: r.Method, URL: c.url(), Proto: r.Proto,
			RequestHeader: r.Header, RequestBody: c.raw,
			Status: c.status, ResponseHeader: c.response.Header(), ResponseBody: c.sent,
			Start: c.now, Duration: now.Sub(c.now),
		},
		RequestSize: int(c.size), ResponseSize: c.sentSize, RequestCut: c.tooLarge, ResponseCut: c.sentSize > 0,
		Trace: c.trace, From: r.RemoteAddr, Connection: connectionOf(r, s.connections), Wall: c.wall, Took: wall.Sub(c.wall), Abandoned: c.left,
	}
	id := s.journal.Add(entry)
	s.used(c, id)
	s.told(c, entry)
}

// statusText is the phrase of a status as vendors write it in bodies; 422 keeps the words of RFC 4918,
// which nearly all of them still send.
func statusText(status int) string {
	if status == http.StatusUnprocessableEntity {
		return "Unprocessable Entity"
	}
	return http.StatusText(status)
}

// A spelledName is a header's name as Go spells it, and as the contract does.
type spelledName struct{ plain, documented string }

// spellings are the headers whose names Go would write otherwise than the contract's document or their RFC.
func spellings(k *contracts.Contract) []spelledName {
	list := []spelledName{{"Www-Authenticate", "WWW-Authenticate"}, {"Etag", "ETag"}}
	for _, o := range k.Operations {
		for _, r := range o.Responses {
			for _, d := range r.Headers {
				plain := textproto.CanonicalMIMEHeaderKey(d.Name)
				if plain != d.Name && !slices.ContainsFunc(list, func(n spelledName) bool { return n.plain == plain }) {
					list = append(list, spelledName{plain, d.Name})
				}
			}
		}
	}
	return list
}
