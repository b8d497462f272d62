package mock

import (
	"bufio"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"understudy/contracts/redact"
)

// WriteHAR writes entries as an HTTP Archive 1.2, which browsers and proxies open. Secrets are hidden by r. An entry's
// trace stands in the member _understudy. Sizes are those of the bodies as they were sent; -1 where nobody knows.
func WriteHAR(w io.Writer, entries []*Entry, r *redact.Redactor) error {
	if r == nil { // made once, not for each entry
		r = redact.New(nil)
	}
	out := bufio.NewWriter(w)
	creator, err := json.Marshal(harCreator{"understudy", version()})
	if err != nil {
		return fmt.Errorf("write HAR: %w", err)
	}
	fmt.Fprintf(out, `{"log":{"version":"1.2","creator":%s,"entries":[`, creator)
	for i, e := range entries {
		text, err := json.Marshal(newHAREntry(e.Redacted(r)))
		if err != nil {
			return fmt.Errorf("write HAR: entry %d: %w", e.ID, err)
		}
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteByte('\n')
		out.Write(text)
	}
	out.WriteString("\n]}}\n")
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write HAR: %w", err)
	}
	return nil
}

// version is the program's, as its build knows it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

type harCreator struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type harPair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type harEntry struct {
	Started  string      `json:"startedDateTime"`
	Time     float64     `json:"time"` // milliseconds
	Request  harRequest  `json:"request"`
	Response harResponse `json:"response"`
	Cache    struct{}    `json:"cache"`
	Timings  harTimings  `json:"timings"`
	Conn     string      `json:"connection,omitempty"`
	Comment  string      `json:"comment,omitempty"`
	Trace    harTrace    `json:"_understudy"`
}

// harTrace is the trace as far as a reader of the archive needs it.
type harTrace struct {
	ID        uint64   `json:"id"`
	Operation string   `json:"operation,omitempty"`
	Source    string   `json:"source,omitempty"`
	Problem   string   `json:"problem,omitempty"`
	Detail    string   `json:"detail,omitempty"`
	Stages    []string `json:"stages,omitempty"`  // "validate: refused: …"
	Changes   []string `json:"changes,omitempty"` // "create /pets/12"
	Faults    []string `json:"faults,omitempty"`  // "reset: the connection was reset before an answer"
	Abandoned bool     `json:"abandoned,omitempty"`
	Replica   string   `json:"replica,omitempty"` // the process that answered, where several share the journal
}

type harRequest struct {
	Method      string       `json:"method"`
	URL         string       `json:"url"`
	HTTPVersion string       `json:"httpVersion"`
	Cookies     []harPair    `json:"cookies"`
	Headers     []harPair    `json:"headers"`
	Query       []harPair    `json:"queryString"`
	PostData    *harPostData `json:"postData,omitempty"`
	HeadersSize int          `json:"headersSize"`
	BodySize    int          `json:"bodySize"`
}

type harPostData struct {
	MimeType string `json:"mimeType"`
	Text     string `json:"text"`
	Encoding string `json:"_encoding,omitempty"` // HAR has none for requests
	Comment  string `json:"comment,omitempty"`
}

type harResponse struct {
	Status      int        `json:"status"`
	StatusText  string     `json:"statusText"`
	HTTPVersion string     `json:"httpVersion"`
	Cookies     []harPair  `json:"cookies"`
	Headers     []harPair  `json:"headers"`
	Content     harContent `json:"content"`
	RedirectURL string     `json:"redirectURL"`
	HeadersSize int        `json:"headersSize"`
	BodySize    int        `json:"bodySize"`
}

type harContent struct {
	Size     int    `json:"size"`
	MimeType string `json:"mimeType"`
	Text     string `json:"text,omitempty"`
	Encoding string `json:"encoding,omitempty"`
	Comment  string `json:"comment,omitempty"`
}

type harTimings struct {
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

func newHAREntry(e *Entry) harEntry {
	took := max(0, float64(e.Duration)/float64(time.Millisecond))
	entry := harEntry{
		Started: e.Start.UTC().Format("2006-01-02T15:04:05.000000Z07:00"),
		Time:    took,
		Request: harRequest{
			Method: e.Method, URL: absolute(e), HTTPVersion: cmp.Or(e.Proto, "HTTP/1.1"),
			Cookies: harCookies((&http.Request{Header: e.RequestHeader}).Cookies()),
			Headers: harHeaders(e.RequestHeader), Query: harQuery(e.URL),
			HeadersSize: -1, BodySize: e.RequestSize,
		},
		Response: harResponse{
			Status: e.Status, StatusText: http.StatusText(e.Status), HTTPVersion: cmp.Or(e.Proto, "HTTP/1.1"),
			Cookies: harCookies((&http.Response{Header: e.ResponseHeader}).Cookies()),
			Headers: harHeaders(e.ResponseHeader), RedirectURL: e.ResponseHeader.Get("Location"),
			HeadersSize: -1, BodySize: e.ResponseSize,
		},
		Timings: harTimings{Wait: took},
		Trace:   newHARTrace(e),
	}
	if e.Connection > 0 {
		entry.Conn = strconv.FormatUint(e.Connection, 10)
	}
	content := &entry.Response.Content
	content.Size, content.MimeType = e.ResponseSize, cmp.Or(e.ResponseHeader.Get("Content-Type"), "x-unknown")
	content.Text, content.Encoding = harText(e.ResponseBody)
	content.Comment = cutComment(e.ResponseCut, e.ResponseSize)
	if len(e.RequestBody) > 0 {
		data := &harPostData{MimeType: cmp.Or(e.RequestHeader.Get("Content-Type"), "application/octet-stream")}
		data.Text, data.Encoding = harText(e.RequestBody)
		data.Comment = cutComment(e.RequestCut, e.RequestSize)
		entry.Request.PostData = data
	}
	return entry
}

func newHARTrace(e *Entry) harTrace {
	t := harTrace{ID: e.ID, Operation: e.Trace.Operation, Source: e.Trace.Source, Problem: e.Trace.Problem, Detail: e.Trace.Detail}
	for _, s := range e.Trace.Stages {
		t.Stages = append(t.Stages, strings.TrimSuffix(s.Name+": "+s.Verdict+": "+s.Note, ": "))
	}
	for _, c := range e.Trace.Changes {
		t.Changes = append(t.Changes, c.Kind+" "+c.Key)
	}
	for _, f := range e.Trace.Faults {
		t.Faults = append(t.Faults, strings.TrimSuffix(f.Kind+": "+f.Note, ": "))
	}
	t.Abandoned, t.Replica = e.Abandoned, e.Replica()
	return t
}

func cutComment(cut bool, size int) string {
	if !cut {
		return ""
	}
	return fmt.Sprintf("cut off; the body had %d bytes", size)
}

// harText gives a body as text, or as base64 with the name of that encoding.
func harText(body []byte) (text, encoding string) {
	if utf8.Valid(body) {
		return string(body), ""
	}
	return base64.StdEncoding.EncodeToString(body), "base64"
}

// absolute is the URL with scheme and host, which HAR asks for. A server's own URLs have none: the Host header
// tells it when it was kept.
func absolute(e *Entry) string {
	if start, _ := redact.PathOf(e.URL); start > 0 {
		return e.URL
	}
	return "http://" + cmp.Or(e.RequestHeader.Get("Host"), "localhost") + e.URL
}

func harHeaders(h http.Header) []harPair {
	pairs := []harPair{}
	for name, values := range h {
		for _, v := range values {
			pairs = append(pairs, harPair{name, v})
		}
	}
	slices.SortStableFunc(pairs, func(a, b harPair) int { return strings.Compare(a.Name, b.Name) })
	return pairs
}

func harCookies(cookies []*http.Cookie) []harPair {
	pairs := []harPair{}
	for _, c := range cookies {
		pairs = append(pairs, harPair{c.Name, c.Value})
	}
	return pairs
}

// harQuery keeps the parameters' order, which url.ParseQuery does not.
func harQuery(text string) []harPair {
	pairs := []harPair{}
	_, end := redact.PathOf(text)
	query, _, _ := strings.Cut(text[end:], "#")
	for part := range strings.SplitSeq(strings.TrimPrefix(query, "?"), "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		pairs = append(pairs, harPair{unescaped(name), unescaped(value)})
	}
	return pairs
}

func unescaped(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}
