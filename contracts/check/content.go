package check

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"understudy/contracts"
)

// content judges the content of an answer: that it has a media type (CTY-001) which can be read (CTY-003) and is documented
// (CTY-002, ERR-001), that it is of that type (CTY-004), and that it fits its schema (SCH).
func (p *pass) content() {
	if p.bodyless() || p.broken {
		return
	}
	lines := p.x.ResponseHeader["Content-Type"]
	if len(p.x.ResponseBody) == 0 {
		p.contentMissing()
		return
	}
	media := p.typed(lines)
	if p.x.Status == 206 {
		return // a part of something
	}
	var err error
	if p.text, err = uncoded(p.x.ResponseBody, p.x.ResponseHeader["Content-Encoding"]); err != nil {
		p.text = nil
		if !p.about.Truncated && !errors.Is(err, errUnknownCoding) && !errors.Is(err, errTooLarge) {
			p.report("CTY-004", Finding{
				Message: fmt.Sprintf("%s sent content that is not %s: %v.", p.label(), cut(p.header("Content-Encoding"), 40), err),
				Want:    cut(p.header("Content-Encoding"), 40), Got: err.Error(), Where: "response body", Norm: "RFC 9110, 8.4.1", Keyword: "coding",
			})
		}
		return
	}
	p.textOK = true
	p.read(media)
}

// typed judges Content-Type and gives the description of the content; nil where the document has none.
func (p *pass) typed(lines []string) *contracts.MediaType {
	var described []*contracts.MediaType
	if p.response != nil {
		described = p.response.Content
	}
	if len(lines) == 0 || strings.TrimSpace(lines[0]) == "" {
		return p.untyped(described)
	}
	p.contentType = lines[0]
	if fault := typeFault(lines); fault != "" {
		p.report("CTY-003", Finding{
			Message: fmt.Sprintf("%s sent a Content-Type that cannot be read: %s.", p.label(), fault),
			Want:    "one media type", Got: strings.Join(lines, " | "), Where: "response header Content-Type", Keyword: "syntax",
		})
		if len(lines) > 1 {
			return nil
		}
	}
	media := contracts.MatchMedia(p.contentType, described)
	switch {
	case media != nil || p.response == nil:
	case len(described) == 0:
		p.undescribed()
	default:
		p.otherType(described)
	}
	return media
}

// untyped tells of content without a media type; where only one is documented, the content is read as that.
func (p *pass) untyped(described []*contracts.MediaType) *contracts.MediaType {
	f := Finding{
		Message: fmt.Sprintf("%s sent %d bytes of content and no Content-Type.", p.label(), len(p.x.ResponseBody)),
		Want:    "Content-Type", Got: "no such header", Where: "response header Content-Type", At: p.responsePlace(),
	}
	if len(described) == 0 {
		f.Level, f.Basis = Warning, ByNorm
		p.report("CTY-001", f)
		return nil
	}
	f.Want = "Content-Type: " + mediaNames(described)
	p.report("CTY-001", p.doubt(f))
	if len(described) > 1 || strings.Contains(described[0].Name, "*") {
		return nil
	}
	p.contentType = described[0].Name
	return described[0]
}

// undescribed tells of content for which the document describes none. A refusal may well have some.
func (p *pass) undescribed() {
	if p.x.Status >= 400 {
		return
	}
	p.report("CTY-002", Finding{
		Message: fmt.Sprintf("%s sent content of the type %q with %s, for which the document describes none.", p.label(), cut(p.contentType, 80), statusText(p.x.Status)),
		Want:    "a description of the content", Got: p.contentType, Where: "response header Content-Type", At: p.responsePlace(),
		Level: Note, Keyword: "undescribed " + p.response.Status,
	})
}

func (p *pass) otherType(described []*contracts.MediaType) {
	name := bareType(p.contentType)
	f := Finding{
		Message: fmt.Sprintf("%s sent %q with %s; the document names %s.", p.label(), cut(p.contentType, 80), statusText(p.x.Status), mediaNames(described)),
		Want:    mediaNames(described), Got: p.contentType, Where: "response header Content-Type",
		At: below(p.responsePlace(), "content"), Keyword: name,
	}
	id := "CTY-002"
	if slices.ContainsFunc(described, func(m *contracts.MediaType) bool { return bareType(m.Name) == problemType }) && isJSON(name) {
		id = "ERR-001"
	}
	p.report(id, p.doubt(f))
}

// contentMissing tells of an answer without content where the document describes content that cannot be empty.
func (p *pass) contentMissing() {
	if p.response == nil || len(p.response.Content) == 0 || p.about.Truncated || p.x.Status/100 == 3 {
		return
	}
	if p.about.Intent == Unknown && p.header("Content-Length") != "0" {
		return // whoever wrote the exchange down may have left the content out
	}
	for _, m := range p.response.Content {
		if name := bareType(m.Name); m.Schema == nil || !isJSON(name) && !isXML(name) {
			return
		}
	}
	f := Finding{
		Message: fmt.Sprintf("%s was answered with %s and no content; the document describes %s, and nothing at all is neither JSON nor XML.",
			p.label(), statusText(p.x.Status), mediaNames(p.response.Content)),
		Want: mediaNames(p.response.Content), Got: "no content", Where: "response body", At: below(p.responsePlace(), "content"), Keyword: "empty",
	}
	if p.x.Status >= 400 {
		f.Level, f.Certainty = Warning, Likely // the front of a deployment may have answered
	}
	p.report("CTY-004", p.doubt(f))
}

// read takes the content apart and judges it.
func (p *pass) read(media *contracts.MediaType) {
	if p.contentType == "" {
		return
	}
	name := bareType(p.contentType)
	stream := isStream(name)
	if p.about.Truncated {
		if !stream {
			return
		}
		p.text = wholeItems(p.text, name)
	}
	described := media
	if media == nil {
		if !isJSON(name) && !isXML(name) {
			return
		}
		described = &contracts.MediaType{Name: p.contentType}
	}
	body, violations, err := described.Decode(p.contentType, p.text)
	if err != nil {
		p.malformed(name, err)
		return
	}
	p.value, p.decoded = body.Value, true
	if media == nil {
		p.whole = true
		return
	}
	before := len(p.found)
	for _, v := range violations {
		p.breach("SCH-001", media.Schema, body.Value, v.Violation, name)
	}
	p.match(media, body.Value, name, stream)
	p.whole = len(p.found) == before
}

// malformed tells of content that is not of its type, unless the limits of our own reader are what it breaks.
func (p *pass) malformed(name string, err error) {
	var bad *contracts.MalformedError
	if !errors.As(err, &bad) {
		return // a charset that we do not read
	}
	if isJSON(name) && utf8.Valid(p.text) && json.Valid(p.text) || isStream(name) && len(p.text) > maxContent/32 {
		return
	}
	f := Finding{
		Message: fmt.Sprintf("%s sent content that is not %s: %v.", p.label(), name, err),
		Want:    name, Got: beginning(p.text), Where: "response body", Keyword: "syntax",
	}
	if p.response != nil {
		f.At = p.responsePlace()
	}
	p.report("CTY-004", f)
}

// beginning shows how content starts: its first characters, never the whole of it.
func beginning(text []byte) string {
	const most = 40
	if len(text) > most {
		return strconv.Quote(cut(string(text[:most]), most)) + " and so on"
	}
	return strconv.Quote(cut(string(text[:len(text)/2]), most)) + " and so on"
}

// typeFault says what is wrong with Content-Type, or "".
func typeFault(lines []string) string {
	if len(lines) > 1 && slices.ContainsFunc(lines, func(l string) bool { return l != lines[0] }) {
		return fmt.Sprintf("it was sent %d times, with different values", len(lines))
	}
	switch lines[0] {
	case "application/json", "application/json; charset=utf-8", "application/problem+json":
		return ""
	}
	name, _, err := mime.ParseMediaType(lines[0])
	switch {
	case err != nil:
		return strings.TrimPrefix(err.Error(), "mime: ")
	case !strings.Contains(name, "/"):
		return "it has no subtype"
	}
	return ""
}
