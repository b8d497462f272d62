package check

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
)

// registered are the statuses of IANA's registry of HTTP status codes.
var registered = []int{
	100, 101, 102, 103, 104,
	200, 201, 202, 203, 204, 205, 206, 207, 208, 226,
	300, 301, 302, 303, 304, 305, 307, 308,
	400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 423, 424, 425, 426, 428, 429, 431, 451,
	500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511,
}

// fitting judges whether the status fits the method and the content (STS-004). What the document lists by its number is not
// held against the deployment, unless HTTP forbids it outright.
func (p *pass) fitting() {
	status, method := p.x.Status, p.x.Method
	switch {
	case status < 100 || status > 599:
		p.misfit("range", "RFC 9110, 15", Failure, "a status from 100 to 599", strconv.Itoa(status),
			fmt.Sprintf("%s was answered with %d, which is no HTTP status.", p.label(), status))
		return
	case status < 200:
		p.misfit("interim", "RFC 9110, 15.2", Failure, "a final status", strconv.Itoa(status),
			fmt.Sprintf("%s ended with %s, which only announces another answer.", p.label(), statusText(status)))
		return
	}
	p.fittingContent()
	p.fittingRequest()
	if p.declared() {
		return
	}
	switch {
	case status == http.StatusCreated && slices.Contains([]string{"GET", "HEAD", "DELETE", "OPTIONS", "TRACE"}, method):
		p.misfit("created", "RFC 9110, 15.3.2", Warning, "201 for a method that creates", method,
			fmt.Sprintf("%s was answered with 201 Created, but %s creates nothing.", p.label(), method))
	case !slices.Contains(registered, status):
		p.misfit("unregistered", "RFC 9110, 15 and 16.2", Note, "a registered status", strconv.Itoa(status),
			fmt.Sprintf("%s was answered with %d, which is not registered: clients take it for %d.", p.label(), status, status/100*100))
	}
}

// declared says that the document lists the status by its number.
func (p *pass) declared() bool { return p.response != nil && p.response.Code == p.x.Status }

// fittingContent judges answers that must not have content.
func (p *pass) fittingContent() {
	norm := ""
	switch {
	case p.x.Status == http.StatusNoContent:
		norm = "RFC 9110, 15.3.5"
	case p.x.Status == http.StatusResetContent:
		norm = "RFC 9110, 15.3.6"
	case p.x.Status == http.StatusNotModified:
		norm = "RFC 9110, 15.4.5"
	case p.x.Method == http.MethodHead:
		norm = "RFC 9110, 9.3.2"
	default:
		return
	}
	size := len(p.x.ResponseBody)
	if size == 0 && p.x.Status == http.StatusNoContent { // Go's client does not even read it
		size, _ = strconv.Atoi(p.header("Content-Length"))
	}
	if size > 0 {
		what := statusText(p.x.Status)
		if p.x.Method == http.MethodHead {
			what = "The answer to HEAD"
		}
		p.misfit("content", norm, Failure, "no content", strconv.Itoa(size)+" bytes",
			fmt.Sprintf("%s must not have content; %s has %d bytes of it.", what, p.label(), size))
	}
}

// fittingRequest judges statuses that answer only certain requests.
func (p *pass) fittingRequest() {
	h := p.x.RequestHeader
	switch p.x.Status {
	case http.StatusNotModified:
		if p.x.Method != http.MethodGet && p.x.Method != http.MethodHead {
			p.misfit("not-modified", "RFC 9110, 15.4.5 and 13.1.2", Failure, "304 for GET and HEAD only", cut(p.x.Method, 40),
				fmt.Sprintf("%s was answered with 304 Not Modified, which only GET and HEAD may get; a failed condition gives 412.", p.label()))
		} else if len(h["If-None-Match"]) == 0 && len(h["If-Modified-Since"]) == 0 && p.about.Intent != Unknown {
			p.misfit("unconditional", "RFC 9110, 15.4.5", Failure, "304 for a conditional request only", "a request without a condition",
				fmt.Sprintf("%s was answered with 304 Not Modified although the request had no condition: the client has nothing that could be unmodified.", p.label()))
		}
	case http.StatusPartialContent:
		if len(h["Range"]) == 0 && p.about.Intent != Unknown {
			p.misfit("partial", "RFC 9110, 15.3.7", Failure, "206 for a request with Range only", "a request without Range",
				fmt.Sprintf("%s was answered with 206 Partial Content although no part was asked for.", p.label()))
		}
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		if len(p.x.ResponseHeader["Location"]) == 0 {
			p.misfit("location", "RFC 9110, 15.4", Warning, "Location", "no such header",
				fmt.Sprintf("%s was answered with %s and no Location: nobody can follow.", p.label(), statusText(p.x.Status)))
		}
	}
}

func (p *pass) misfit(keyword, norm string, level Level, want, got, message string) {
	p.report("STS-004", Finding{
		Message: message, Want: want, Got: got, Where: "status", Norm: norm, Level: level, Keyword: keyword + " " + strconv.Itoa(p.x.Status),
	})
}
