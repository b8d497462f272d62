package grade

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bounds of HTTP archives.
const (
	mostArchive = 512 << 20 // bytes of one file
	mostEntries = 100_000   // of all files together
	mostHeaders = 1_000     // of one message
)

// An archive is an HTTP Archive 1.2 as browsers, proxies and test tools write it. Only what a recording needs is read; members that
// begin with an underscore are those of the recorders: Chrome's, Firefox's, Playwright's, and our own.
type archive struct {
	Log *struct {
		Creator harTool           `json:"creator"`
		Browser harTool           `json:"browser"`
		Pages   []json.RawMessage `json:"pages"`
		Entries []json.RawMessage `json:"entries"`
	} `json:"log"`
}

type harTool struct {
	Name string `json:"name"`
}

type harEntry struct {
	Started    string      `json:"startedDateTime"`
	Time       *float64    `json:"time"` // ms
	Request    *harRequest `json:"request"`
	Response   harResponse `json:"response"`
	Timings    harTimings  `json:"timings"`
	Connection harWord     `json:"connection"`
	FromCache  harWord     `json:"_fromCache"`  // Chrome: "memory", "disk"
	APIRequest bool        `json:"_apiRequest"` // Playwright: sent by the test, not by a page
	Understudy struct {
		Problem   string   `json:"problem"`
		Faults    []string `json:"faults"`
		Abandoned bool     `json:"abandoned"`
	} `json:"_understudy"`
}

type harRequest struct {
	Method  string      `json:"method"`
	URL     string      `json:"url"`
	Version string      `json:"httpVersion"`
	Headers []harHeader `json:"headers"`
	Post    *harPost    `json:"postData"`
	Size    float64     `json:"bodySize"` // -1: not known
}

type harPost struct {
	Type     string      `json:"mimeType"`
	Text     string      `json:"text"`
	Params   []harHeader `json:"params"`
	Encoding string      `json:"encoding"` // of Insomnia and others; the format has none
	Coding   string      `json:"_encoding"`
}

type harResponse struct {
	Status  int         `json:"status"`
	Version string      `json:"httpVersion"`
	Headers []harHeader `json:"headers"`
	Content struct {
		Size     float64 `json:"size"`
		Type     string  `json:"mimeType"`
		Text     string  `json:"text"`
		Encoding string  `json:"encoding"`
	} `json:"content"`
	Error   harWord `json:"_error"`       // Chrome: "net::ERR_CONNECTION_RESET"
	Failure harWord `json:"_failureText"` // Playwright: the same
}

type harHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// harTimings are what is left of an exchange's time where its sum is missing; -1 is what does not apply.
type harTimings struct {
	Blocked, DNS, Connect, Send, Wait, Receive float64
}

// A harWord is a text that some recorders write as a number, or as null.
type harWord string

func (w *harWord) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*w = harWord(text)
	} else if len(data) < 32 && data[0] != '{' && data[0] != '[' {
		*w = harWord(data)
	}
	return nil // what is neither says nothing
}

// readArchive reads a file, up to its bound.
func readArchive(name string, file io.Reader) (*archive, error) {
	data, err := io.ReadAll(io.LimitReader(file, mostArchive+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the archive %s: %w", name, err)
	case len(data) > mostArchive:
		return nil, fmt.Errorf("read the archive %s: it is longer than %d MiB; record less, or without the bodies of pages", name, mostArchive>>20)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	a := &archive{}
	if err := json.Unmarshal(data, a); err != nil {
		return nil, fmt.Errorf("read the archive %s: %s", name, whereInFile(data, err))
	}
	if a.Log == nil || a.Log.Entries == nil {
		return nil, fmt.Errorf("read the archive %s: it has no /log/entries: this is no HTTP archive (HAR 1.2)", name)
	}
	return a, nil
}

// whereInFile says what is wrong with a file of JSON, with line and column.
func whereInFile(data []byte, err error) string {
	offset := len(data)
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &kind):
		offset = int(kind.Offset)
	case errors.As(err, &syntax):
		offset = int(syntax.Offset)
	}
	before := data[:min(max(offset, 0), len(data))]
	line := 1 + bytes.Count(before, []byte("\n"))
	if errors.As(err, &syntax) {
		return fmt.Sprintf("line %d, column %d: %v", line, len(before)-bytes.LastIndexByte(before, '\n'), err)
	}
	return fmt.Sprintf("line %d, column %d: %s", line, len(before)-bytes.LastIndexByte(before, '\n'), wrongJSON(err))
}

// decode reads one entry.
func decodeEntry(data json.RawMessage) (*harEntry, error) {
	e := &harEntry{}
	if err := json.Unmarshal(data, e); err != nil {
		return nil, errors.New(wrongJSON(err))
	}
	switch {
	case e.Request == nil:
		return nil, errors.New("/request is missing")
	case e.Request.Method == "" || strings.Trim(e.Request.Method, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_") != "" || len(e.Request.Method) > 40:
		return nil, errors.New("/request/method is no method")
	case len(e.Request.Headers) > mostHeaders || len(e.Response.Headers) > mostHeaders:
		return nil, fmt.Errorf("it has more than %d headers", mostHeaders)
	case e.Response.Status < -1 || e.Response.Status > 999:
		return nil, fmt.Errorf("/response/status %d is no status", e.Response.Status)
	}
	e.Response.Status = max(e.Response.Status, 0) // Playwright writes -1 where there was no answer
	return e, nil
}

// layouts are how recorders write instants: RFC 3339, and ISO 8601 without the colon in the zone.
var layouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999"}

func (e *harEntry) begun() (time.Time, error) {
	for _, layout := range layouts {
		if at, err := time.Parse(layout, e.Started); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, errors.New("/startedDateTime is no instant of ISO 8601")
}

func (e *harEntry) took() time.Duration {
	if e.Time != nil && *e.Time > 0 && !math.IsNaN(*e.Time) {
		return milliseconds(*e.Time)
	}
	sum := 0.0
	for _, part := range []float64{e.Timings.Blocked, e.Timings.DNS, e.Timings.Connect, e.Timings.Send, e.Timings.Wait, e.Timings.Receive} {
		sum += max(part, 0) // DNS and connect stand for new connections only, and TLS is a part of connect
	}
	return milliseconds(sum)
}

// headersOf gives headers as Go has them. Pseudo-headers of HTTP/2 (RFC 9113, 8.3) say what stands in the URL as well.
func headersOf(list []harHeader) http.Header {
	h := http.Header{}
	for _, one := range list {
		name := textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(one.Name))
		switch {
		case name == "" || strings.HasPrefix(name, ":"):
		case strings.Contains(one.Value, "\n") && name == "Set-Cookie": // Chrome puts several into one
			h[name] = append(h[name], strings.Split(one.Value, "\n")...)
		case !slices.Contains(h[name], one.Value): // some write a header twice, as the page set it and as it was sent
			h[name] = append(h[name], one.Value)
		}
	}
	return h
}

// body gives the body of a request; known is false where the recorder left it out.
func (p *harPost) body() (data []byte, known bool, err error) {
	switch {
	case p == nil:
		return nil, true, nil
	case p.Text == "" && len(p.Params) > 0:
		if !strings.HasPrefix(strings.ToLower(p.Type), "application/x-www-form-urlencoded") {
			return nil, false, nil // parts of a multipart body, whose bytes nobody knows
		}
		var pairs []string
		for _, one := range p.Params {
			pairs = append(pairs, formText(one.Name)+"="+formText(one.Value))
		}
		return []byte(strings.Join(pairs, "&")), true, nil
	case p.Encoding == "base64" || p.Coding == "base64":
		data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(p.Text))
		if err != nil {
			return nil, false, errors.New("/request/postData/text is no base64")
		}
		return data, true, nil
	}
	return []byte(p.Text), true, nil
}

// formText encodes a name or value, unless the recorder has left it encoded.
func formText(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil && plain != text && url.QueryEscape(plain) == text {
		return text
	}
	return url.QueryEscape(text)
}

// body gives the body of an answer; known is false where the recorder left it out.
func (r *harResponse) body() (data []byte, known bool, err error) {
	c := &r.Content
	switch {
	case c.Text == "":
		return nil, c.Size <= 0, nil
	case strings.EqualFold(c.Encoding, "base64"):
		data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(c.Text))
		if err != nil {
			return nil, false, errors.New("/response/content/text is no base64")
		}
		return data, true, nil
	}
	return []byte(c.Text), true, nil
}

// protocol gives a version as it stands in requests: "HTTP/2.0" for "h2".
func protocol(version string) string {
	switch v := strings.ToUpper(strings.TrimSpace(version)); v {
	case "H2", "HTTP/2", "HTTP/2.0", "H2C":
		return "HTTP/2.0"
	case "H3", "HTTP/3", "HTTP/3.0", "HTTP/2+QUIC/99":
		return "HTTP/3.0"
	case "HTTP/1.0", "HTTP/1.1":
		return v
	}
	return ""
}

// portNumber gives the port of a URL, its scheme's where it names none.
func portNumber(scheme, host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		if _, err := strconv.Atoi(host[i+1:]); err == nil {
			return host[i+1:]
		}
	}
	if scheme == "https" {
		return "443"
	}
	return "80"
}

// understood gives the faults that our own archives tell of: "reset: the connection was reset before an answer".
func (e *harEntry) faults() []actedFault {
	var list []actedFault
	for _, text := range e.Understudy.Faults {
		kind, note, _ := strings.Cut(text, ": ")
		list = append(list, actedFault{Kind: kind, Note: note})
	}
	return slices.Clip(list)
}
