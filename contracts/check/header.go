package check

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
)

// headers judges the documented headers: whether the required ones are there (HDR-001) and what they hold (HDR-002).
func (p *pass) headers() {
	if p.response == nil {
		return
	}
	for _, d := range p.response.Headers {
		key := http.CanonicalHeaderKey(d.Name)
		if key == "Content-Type" {
			continue // OpenAPI says that it is to be ignored (Response Object, headers)
		}
		lines := p.x.ResponseHeader[key]
		switch {
		case len(lines) > 0:
			p.headerValue(d, key, lines)
		case d.Required && p.x.Method != http.MethodHead: // RFC 9110, 9.3.2: HEAD may leave out what only content gives
			p.report("HDR-001", p.doubt(Finding{
				Message: fmt.Sprintf("%s was answered with %s and no header %s, which the document requires.", p.label(), statusText(p.x.Status), d.Name),
				Want:    "the header " + d.Name, Got: "no such header", Where: "response header " + d.Name, At: PlaceOf(d.At), Keyword: "required",
			}))
		}
	}
}

// httpDates are fields whose form HTTP prescribes, whatever format a document gives them.
var httpDates = []string{"Date", "Expires", "Last-Modified", "Retry-After", "Sunset"}

// headerValue decodes a header by its description and judges it.
func (p *pass) headerValue(d *contracts.Header, key string, lines []string) {
	if anyText(d) {
		return
	}
	joined := lines
	if len(lines) > 1 {
		if key == "Set-Cookie" { // the one field whose lines cannot be put together (RFC 9110, 5.3)
			joined = lines[:1]
		} else {
			joined = []string{strings.Join(lines, ", ")}
		}
	}
	_, violations := d.Decode(http.Header{key: joined})
	for _, v := range violations {
		if v.Keyword == "format" && (looseFormats[v.Limit] || slices.Contains(httpDates, key)) {
			continue
		}
		place := PlaceOf(v.At)
		if place == (Place{}) {
			place = PlaceOf(d.At)
		}
		f := Finding{
			Want: v.Want, Got: v.Got, Where: "response header " + d.Name + p.e.normal(d.Schema, nil, v.Pointer), At: place,
			Keyword: strings.ToLower(d.Name) + " " + keywordOf(v.Violation),
			Message: fmt.Sprintf("The header %s that %s sent with %s breaks its schema: wanted %s, got %s.",
				d.Name, p.label(), statusText(p.x.Status), cut(v.Want, maxShown), cut(v.Got, maxShown)),
		}
		if v.Keyword == "format" && !firmFormats[v.Limit] || len(lines) > 1 {
			f.Level, f.Certainty = Warning, Likely
		}
		p.report("HDR-002", p.doubt(f))
	}
}

// anyText says that every text fits a header, so that it need not be decoded.
func anyText(d *contracts.Header) bool {
	if d.Media != nil {
		return false
	}
	s := d.Schema
	if s == nil || s.Always {
		return true
	}
	return s.Types == schema.String && s.Format == "" && s.Pattern == "" && s.MinLength == nil && s.MaxLength == nil && s.Enum == nil &&
		!s.HasConst && s.Ref == nil && s.AllOf == nil && s.AnyOf == nil && s.OneOf == nil && s.Not == nil && s.If == nil
}

// allow judges Allow on a 405: that it is there (MTH-002) and agrees with the document (MTH-003).
func (p *pass) allow() {
	if p.x.Status != http.StatusMethodNotAllowed {
		return
	}
	match := Locate(p.e.contract, p.x, p.e.options.Targets...)
	p.pathOf(match)
	lines, there := p.x.ResponseHeader["Allow"]
	if !there {
		p.report("MTH-002", Finding{
			Message: fmt.Sprintf("%s was refused with 405 and no Allow: the client is not told which methods there are.", cut(p.x.Method, 40)+" "+p.path()),
			Want:    "Allow", Got: "no such header", Where: "response header Allow",
		})
		return
	}
	p.allowed(match, lines)
}

// allowed compares the methods of Allow with those of the document.
func (p *pass) allowed(match contracts.Match, lines []string) {
	var named []string
	for method := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		if method = strings.TrimSpace(method); method != "" && len(named) < 50 {
			named = append(named, method)
		}
	}
	tell := func(keyword, message, want string, level Level, certainty Certainty) {
		p.report("MTH-003", Finding{
			Message: message, Want: want, Got: strings.Join(named, ", "), Where: "response header Allow", Keyword: keyword, Level: level, Certainty: certainty,
		})
	}
	if slices.Contains(named, p.x.Method) {
		tell("refused", fmt.Sprintf("%s %s was refused with 405, and Allow names that very method.", cut(p.x.Method, 40), p.path()),
			"Allow without "+cut(p.x.Method, 40), Failure, Certain)
	}
	declared := match.Allow
	if match.Operation != nil { // the refused method is declared itself: the others are found by one that is not
		declared = nil
	}
	if declared == nil {
		return
	}
	for _, method := range declared {
		if method != http.MethodHead && method != http.MethodOptions && !slices.Contains(named, method) {
			tell("without "+method, fmt.Sprintf("Allow of %s leaves out %s, which the document declares.", p.path(), method),
				"Allow with "+method, Warning, Likely)
		}
	}
	for _, method := range named {
		if !slices.Contains(declared, method) && method != p.x.Method && method != http.MethodTrace {
			tell("with "+cut(strconv.Quote(method), 40), fmt.Sprintf("Allow of %s names %s, which the document does not declare.", p.path(), cut(method, 40)),
				"only "+strings.Join(declared, ", "), Note, Certain)
		}
	}
}
