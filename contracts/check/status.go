package check

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts"
)

// status judges whether the status is documented (STS-001) and whether the server failed (STS-002).
//
// OpenAPI does not ask a document to list every status, but the successes and the known errors. So a request that keeps the
// contract must get a documented one, and every success must be documented; how a bad request is refused is a warning, and a
// note where HTTP gives the status by itself or the document says nothing of refusals.
func (p *pass) status() {
	if p.operation == nil {
		return
	}
	if p.x.Status >= 500 && p.x.Status <= 599 {
		p.failed()
		return
	}
	if p.response != nil || len(p.operation.Responses) == 0 || p.expectedByHTTP() {
		return
	}
	level, certainty, why := p.undocumented()
	if level == "" {
		return
	}
	want := documented(p.operation)
	f := Finding{
		Message: fmt.Sprintf("%s was answered with %s, which the contract does not document (it documents %s).%s", p.label(), statusText(p.x.Status), want, why),
		Want:    "a documented status: " + want, Got: strconv.Itoa(p.x.Status), Where: "status",
		Keyword: strconv.Itoa(p.x.Status), Level: level, Certainty: certainty,
	}
	if p.absence() {
		p.e.withhold(p, "STS-001", f) // it may show that the operation is not there at all: INV-001 tells at the end
		return
	}
	p.report("STS-001", f)
}

// expectedByHTTP says that the request itself asked for this status, by a condition or a range (RFC 9110, 13 and 14): a
// document need not list it.
func (p *pass) expectedByHTTP() bool {
	h := p.x.RequestHeader
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return len(h[name]) > 0 })
	}
	switch p.x.Status {
	case http.StatusNotModified:
		return has("If-None-Match", "If-Modified-Since")
	case http.StatusPartialContent, http.StatusRequestedRangeNotSatisfiable:
		return has("Range")
	case http.StatusPreconditionFailed:
		return has("If-Match", "If-None-Match", "If-Unmodified-Since", "If-Modified-Since")
	case http.StatusExpectationFailed:
		return has("Expect")
	case http.StatusTooManyRequests:
		return true // RATE-004 tells
	}
	return false
}

// undocumented says how bad a status is that the document does not have, and what else may explain it.
func (p *pass) undocumented() (Level, Certainty, string) {
	status := p.x.Status
	if status < 400 || status > 499 {
		return Failure, Certain, ""
	}
	switch p.about.Intent {
	case Valid:
		switch {
		case status == http.StatusUnauthorized || status == http.StatusForbidden:
			return Warning, Likely, " The credential may have been too weak or too old."
		case (status == http.StatusNotFound || status == http.StatusGone) && strings.Contains(p.operation.Path, "{"):
			return Warning, Likely, " The path may have named something that is not there."
		case status == http.StatusRequestTimeout:
			return Note, Likely, " The connection may have been slow."
		}
		return Failure, Certain, ""
	case Unknown:
		if slices.Contains(givenByHTTP, status) {
			return Note, Likely, " It is not known whether the request kept the contract."
		}
		return Warning, Likely, " It is not known whether the request kept the contract."
	}
	switch {
	case slices.Contains(givenByHTTP, status):
		return Note, Certain, " HTTP gives it by itself for such a request."
	case !refuses(p.operation):
		return Note, Certain, " The document does not say how requests are refused."
	}
	return Warning, Certain, ""
}

// givenByHTTP are the refusals that servers and proxies give before an application is asked.
var givenByHTTP = []int{
	http.StatusUnauthorized, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusRequestTimeout,
	http.StatusLengthRequired, http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong, http.StatusUnsupportedMediaType,
	http.StatusMisdirectedRequest, http.StatusUpgradeRequired, http.StatusTooManyRequests, http.StatusRequestHeaderFieldsTooLarge,
}

// refuses says whether an operation documents any refusal.
func refuses(o *contracts.Operation) bool {
	return slices.ContainsFunc(o.Responses, func(r *contracts.Response) bool {
		return r.Status == "default" || r.Status != "" && r.Status[0] == '4'
	})
}

// failed judges a status of 500 and above.
func (p *pass) failed() {
	f := Finding{
		Message: fmt.Sprintf("%s made the server fail: it answered with %s.", p.label(), statusText(p.x.Status)),
		Want:    "no status of 500 and above", Got: strconv.Itoa(p.x.Status), Where: "status", Keyword: strconv.Itoa(p.x.Status),
	}
	if r := p.response; r != nil && r.Status != "default" {
		if p.about.Intent == Unknown {
			return // it is not known whether somebody asked for it
		}
		f.Level, f.Certainty, f.At = Warning, Likely, PlaceOf(r.At)
		f.Message += " The document foresees it; somebody may have brought it about on purpose."
	}
	if p.absence() && p.response == nil {
		p.e.withhold(p, "STS-002", f)
		return
	}
	p.report("STS-002", f)
}

// absence says that the answer may mean that the operation does not exist: it is judged over the run.
func (p *pass) absence() bool {
	if p.about.Intent != Valid || !p.e.selected.Has("INV-001") {
		return false
	}
	switch p.x.Status {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return true
	}
	return false
}

// statusText is a status with its phrase: "404 Not Found".
func statusText(code int) string {
	if phrase := http.StatusText(code); phrase != "" {
		return strconv.Itoa(code) + " " + phrase
	}
	return strconv.Itoa(code)
}

// documented lists the statuses of an operation.
func documented(o *contracts.Operation) string {
	var list []string
	for _, r := range o.Responses {
		list = append(list, r.Status)
	}
	return cut(strings.Join(list, ", "), maxShown-30)
}
