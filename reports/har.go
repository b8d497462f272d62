package reports

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"understudy/contracts/check"
	"understudy/scenarios"
)

// The parts of HAR 1.2 that an exchange has. Members that begin with an underscore are ours, as its section "Custom fields"
// lets one add.
type harLog struct {
	Log struct {
		Version string     `json:"version"`
		Creator harCreator `json:"creator"`
		Entries []harEntry `json:"entries"`
		Comment string     `json:"comment,omitempty"`
	} `json:"log"`
}

type harCreator struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type harEntry struct {
	Started  string      `json:"startedDateTime"`
	Time     float64     `json:"time"` // ms
	Request  harRequest  `json:"request"`
	Response harResponse `json:"response"`
	Cache    struct{}    `json:"cache"`
	Timings  harTimings  `json:"timings"`

	Number    int          `json:"_number"`
	Test      string       `json:"_test,omitempty"`
	Contract  string       `json:"_contract,omitempty"`
	Operation string       `json:"_operation,omitempty"`
	Actor     string       `json:"_actor,omitempty"`
	Intent    check.Intent `json:"_intent,omitempty"`
	Purpose   string       `json:"_purpose,omitempty"`
	Error     string       `json:"_error,omitempty"`
	Curl      string       `json:"_curl,omitempty"`
	Findings  []harFinding `json:"_findings,omitempty"`
}

type harFinding struct {
	Check       string      `json:"check"`
	Level       check.Level `json:"level"`
	Message     string      `json:"message"`
	Where       string      `json:"where,omitempty"`
	Fingerprint string      `json:"fingerprint"`
	Known       bool        `json:"known,omitempty"`
}

type harRequest struct {
	Method      string      `json:"method"`
	URL         string      `json:"url"`
	Version     string      `json:"httpVersion"`
	Cookies     []harCookie `json:"cookies"`
	Headers     []harPair   `json:"headers"`
	Query       []harPair   `json:"queryString"`
	Post        *harPost    `json:"postData,omitempty"`
	HeadersSize int         `json:"headersSize"`
	BodySize    int         `json:"bodySize"`
}

type harResponse struct {
	Status      int         `json:"status"`
	Text        string      `json:"statusText"`
	Version     string      `json:"httpVersion"`
	Cookies     []harCookie `json:"cookies"`
	Headers     []harPair   `json:"headers"`
	Content     harContent  `json:"content"`
	Redirect    string      `json:"redirectURL"`
	HeadersSize int         `json:"headersSize"`
	BodySize    int         `json:"bodySize"`
}

type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type harCookie struct {
	Name     string `json:"name"`
	Value    string `json:"value"`
	Path     string `json:"path,omitempty"`
	Domain   string `json:"domain,omitempty"`
	Expires  string `json:"expires,omitempty"`
	HTTPOnly bool   `json:"httpOnly,omitempty"`
	Secure   bool   `json:"secure,omitempty"`
}

type harPost struct {
	Type     string    `json:"mimeType"`
	Params   []harPair `json:"params"`
	Text     string    `json:"text"`
	Encoding string    `json:"_encoding,omitempty"`
	Comment  string    `json:"comment,omitempty"`
}

type harContent struct {
	Size     int    `json:"size"`
	Type     string `json:"mimeType"`
	Text     string `json:"text,omitempty"`
	Encoding string `json:"encoding,omitempty"`
	Comment  string `json:"comment,omitempty"`
}

type harTimings struct {
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

func writeHAR(_ Options, w io.Writer, r *scenarios.Result) error {
	found := map[int][]harFinding{}
	for _, f := range look(r).findings {
		found[f.Exchange] = append(found[f.Exchange], harFinding{f.Check, f.Level, f.Message, f.Where, f.Fingerprint, known(f.Finding)})
	}
	var log harLog
	log.Log.Version = "1.2"
	log.Log.Creator = harCreator{r.Tool.Name, r.Tool.Version}
	log.Log.Entries = make([]harEntry, 0, len(r.Exchanges))
	for _, e := range r.Exchanges {
		entry := harOf(e)
		entry.Findings = found[e.Number]
		log.Log.Entries = append(log.Log.Entries, entry)
	}
	return encode(w, &log)
}

func harOf(e *scenarios.Exchange) harEntry {
	ms := float64(e.Elapsed) / float64(time.Millisecond)
	version := e.Proto
	if version == "" {
		version = "HTTP/1.1"
	}
	x := harEntry{
		Started: e.Started.Format("2006-01-02T15:04:05.000Z07:00"), Time: ms, Timings: harTimings{Wait: ms},
		Number: e.Number, Test: e.Test, Contract: e.Contract, Operation: e.Operation, Actor: e.Actor, Intent: e.Intent,
		Purpose: e.Purpose, Error: e.Error, Curl: e.Curl,
	}
	x.Request = harRequest{
		Method: e.Method, URL: e.URL, Version: version, Headers: harHeaders(e.Header), Cookies: []harCookie{}, Query: harQuery(e.URL),
		HeadersSize: -1, Post: harBody(e),
	}
	for _, c := range (&http.Request{Header: e.Header}).Cookies() {
		x.Request.Cookies = append(x.Request.Cookies, harCookie{Name: c.Name, Value: c.Value})
	}
	if e.Body != nil {
		x.Request.BodySize = e.Body.Size
	}
	x.Response = harResponse{
		Status: e.Status, Text: http.StatusText(e.Status), Version: version, Headers: harHeaders(e.Response), Cookies: []harCookie{},
		Redirect: e.Response.Get("Location"), HeadersSize: -1, BodySize: -1,
		Content: harContent{Type: mediaType(e.Response)},
	}
	for _, c := range (&http.Response{Header: e.Response}).Cookies() {
		cookie := harCookie{Name: c.Name, Value: c.Value, Path: c.Path, Domain: c.Domain, HTTPOnly: c.HttpOnly, Secure: c.Secure}
		if !c.Expires.IsZero() {
			cookie.Expires = c.Expires.UTC().Format(time.RFC3339)
		}
		x.Response.Cookies = append(x.Response.Cookies, cookie)
	}
	if p := e.Answer; p != nil {
		x.Response.BodySize, x.Response.Content.Size = p.Size, p.Size
		x.Response.Content.Text, x.Response.Content.Comment = p.Text, cutComment(p)
		if p.Text == "" && p.Base64 != "" {
			x.Response.Content.Text, x.Response.Content.Encoding = p.Base64, "base64"
		}
	}
	return x
}

func harBody(e *scenarios.Exchange) *harPost {
	p := e.Body
	if p == nil {
		return nil
	}
	post := &harPost{Type: mediaType(e.Header), Params: []harPair{}, Text: p.Text, Comment: cutComment(p)}
	if p.Text == "" && p.Base64 != "" {
		post.Text, post.Encoding = p.Base64, "base64"
	}
	return post
}

func cutComment(p *scenarios.Payload) string {
	if p.Cut {
		return "only the beginning of the body is kept"
	}
	return ""
}

func mediaType(h http.Header) string {
	if t := h.Get("Content-Type"); t != "" {
		return t
	}
	return "x-unknown"
}

func harHeaders(h http.Header) []harPair {
	pairs := []harPair{}
	for _, name := range sortedNames(h) {
		for _, v := range h[name] {
			pairs = append(pairs, harPair{name, v})
		}
	}
	return pairs
}

// harQuery keeps the order of the pairs, and what cannot be decoded as it stands.
func harQuery(address string) []harPair {
	pairs := []harPair{}
	_, query, _ := strings.Cut(address, "?")
	query, _, _ = strings.Cut(query, "#")
	decode := func(s string) string {
		if d, err := url.QueryUnescape(s); err == nil {
			return d
		}
		return s
	}
	for pair := range strings.SplitSeq(query, "&") {
		if pair != "" {
			name, value, _ := strings.Cut(pair, "=")
			pairs = append(pairs, harPair{decode(name), decode(value)})
		}
	}
	return pairs
}
