package grade

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts"
	"understudy/contracts/redact"
)

// An Archive is a file to read.
type Archive struct {
	Name string // for errors and reports
	File io.Reader
}

// HAROptions say how archives are read.
type HAROptions struct {
	Key     []byte   // marks are made with it; those of one key can be compared
	Targets []string // where the API is served, as URLs; empty: found out
	Browser bool     // it was recorded in a browser, although the archives do not say so
}

// FromHAR makes a recording of HTTP archives (HAR 1.2). Their secrets are replaced by marks; none is left in the recording.
//
// The API's calls are those to one of the targets; where none is given, those to a server of the contract, or to the host to which
// most requests went that the contract knows. Of other calls only what shows a secret of the API's is kept.
func FromHAR(files []Archive, contract *contracts.Contract, o HAROptions) (*Recording, error) {
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
	}
	h := &harReader{rec: newRecording(contract, strings.Join(names, ", ")), clean: redact.New(contract)}
	h.rec.Wall, h.rec.Browser = true, o.Browser
	for i, f := range files {
		if err := h.file(i, f); err != nil {
			return nil, err
		}
	}
	if err := h.divide(o.Targets); err != nil {
		return nil, err
	}
	h.connections()
	for _, c := range h.rec.Calls {
		if !c.Partial {
			c.Violations = judged(h.clean, &c.Exchange, h.values[c])
		}
	}
	markAll(h.rec, h.clean.Marking(redact.NewMarker(o.Key)))
	h.rec.settle()
	h.withoutCredentials()
	h.foreign()
	return h.rec, nil
}

// A harReader turns archives into a recording.
type harReader struct {
	rec     *Recording
	clean   *redact.Redactor
	all     []*Call
	entries int
	values  map[*Call][]string // of the path's expressions
	pages   bool               // a browser wrote one of the files
	sent    int                // calls that a test sent beside a browser's
	cached  int                // answers that came from a cache, and not over the network
}

// file reads one archive.
func (h *harReader) file(number int, f Archive) error {
	a, err := readArchive(f.Name, f.File)
	if err != nil {
		return err
	}
	h.pages = h.pages || len(a.Log.Pages) > 0 || a.Log.Browser.Name != ""
	if h.entries += len(a.Log.Entries); h.entries > mostEntries {
		return fmt.Errorf("read the archive %s: there are more than %d entries; record less, or grade the files one by one", f.Name, mostEntries)
	}
	for i, raw := range a.Log.Entries {
		e, err := decodeEntry(raw)
		if err == nil {
			err = h.add(number, i, e)
		}
		if err != nil {
			return fmt.Errorf("read the archive %s: /log/entries/%d: %w", f.Name, i, err)
		}
		a.Log.Entries[i] = nil
	}
	return nil
}

// add makes a call of an entry, with its secrets still in it.
func (h *harReader) add(file, number int, e *harEntry) error {
	u, err := url.Parse(e.Request.URL)
	if err != nil {
		return errors.New("/request/url is no URL") // its text may hold a secret
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" { // data:, blob:, chrome-extension:, ws:
		return nil
	}
	if e.FromCache != "" && e.FromCache != "null" && e.FromCache != "false" {
		h.cached++
		return nil
	}
	c := &Call{ID: strconv.Itoa(number + 1), Secure: u.Scheme == "https", Problem: e.Understudy.Problem, Fault: faultOf(e.faults())}
	if file > 0 {
		c.ID = fmt.Sprintf("%d of file %d", number+1, file+1)
	}
	if c.Start, err = e.begun(); err != nil {
		return err
	}
	c.Method, c.URL, c.Duration = strings.ToUpper(e.Request.Method), withoutSandbox(e.Request.URL), e.took()
	c.URL, _, _ = strings.Cut(c.URL, "#") // browsers keep the fragment to themselves
	c.Proto = cmp.Or(protocol(e.Response.Version), protocol(e.Request.Version))
	c.RequestHeader, c.ResponseHeader, c.Status = headersOf(e.Request.Headers), headersOf(e.Response.Headers), e.Response.Status
	whole, known := false, false
	if c.RequestBody, whole, err = e.Request.Post.body(); err != nil {
		return err
	}
	if c.ResponseBody, known, err = e.Response.body(); err != nil {
		return err
	}
	if length := c.RequestHeader.Get("Content-Length"); !whole || len(c.RequestBody) == 0 && (length != "" && length != "0" || e.Request.Size > 0) {
		h.rec.Gaps = append(h.rec.Gaps, "bodies of requests were not recorded")
		c.Partial = true
	}
	if !known && c.Status != 0 {
		h.rec.Gaps = append(h.rec.Gaps, "bodies of answers were not recorded")
	}
	if p := e.Request.Post; p != nil && p.Type != "" && c.RequestHeader.Get("Content-Type") == "" && len(c.RequestBody) > 0 {
		c.RequestHeader.Set("Content-Type", p.Type)
	}
	c.broken(e)
	if word := strings.TrimSpace(string(e.Connection)); word != "" && word != "0" && word != "null" && word != "-1" {
		c.Connection = fmt.Sprintf("%d/%s", file+1, word)
	}
	c.Effect = c.Status/100 == 2 && !slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace}, c.Method)
	c.Repeated = c.ResponseHeader.Get("Idempotency-Replayed") == "true" || c.ResponseHeader.Get("Idempotent-Replayed") == "true"
	if e.APIRequest {
		h.sent++
	}
	h.all = append(h.all, c)
	return nil
}

// broken reads why there was no answer. Chrome says ERR_ABORTED where the page gave up, or was left.
func (c *Call) broken(e *harEntry) {
	word := string(cmp.Or(e.Response.Error, e.Response.Failure))
	if word == "null" {
		word = ""
	}
	c.Abandoned = e.Understudy.Abandoned || strings.Contains(word, "ERR_ABORTED")
	if c.Status == 0 || word != "" {
		c.Detail = cmp.Or(word, "the archive tells of no answer")
	}
	if c.Status == 0 {
		c.ResponseHeader, c.ResponseBody = nil, nil
	}
}

func put[K comparable, V any](m map[K]V, key K, value V) map[K]V {
	if m == nil {
		m = map[K]V{}
	}
	m[key] = value
	return m
}

// connections leaves out what is no connection's name: Firefox writes the server's port.
func (h *harReader) connections() {
	ports := true
	for _, c := range h.rec.Calls {
		_, word, _ := strings.Cut(c.Connection, "/")
		scheme, host := hostAndScheme(c.URL)
		ports = ports && (word == "" || word == portNumber(scheme, host))
	}
	for _, c := range h.rec.Calls {
		if ports {
			c.Connection = ""
		}
		if c.Connection == "" {
			h.rec.Gaps = append(h.rec.Gaps, "which calls shared a connection is not known")
		}
	}
}

// withoutCredentials says that a recorder has taken the credentials out, as browsers do unless they are told otherwise.
func (h *harReader) withoutCredentials() {
	asked, shown := 0, 0
	for _, c := range h.rec.Calls {
		if c.Operation != nil && len(c.Operation.Security) > 0 && c.Status/100 == 2 {
			asked++
			if len(showings(c)) > 0 {
				shown++
			}
		}
	}
	if asked > 0 && shown == 0 {
		h.rec.Gaps = append(h.rec.Gaps, "the archive has no credentials: whoever wrote it took them out; export it with sensitive data to have their rules judged")
	}
	if h.cached > 0 {
		h.rec.Gaps = append(h.rec.Gaps, fmt.Sprintf("answers that a cache gave are left out (%d)", h.cached))
	}
	slices.Sort(h.rec.Gaps)
	h.rec.Gaps = slices.Compact(h.rec.Gaps)
}

// foreign keeps of calls to other hosts where they went, and what shows a secret of the API's. Calls without one are kept as a
// host and a scheme.
func (h *harReader) foreign() {
	own := map[string]bool{}
	for _, c := range h.rec.Calls {
		for _, s := range showings(c) {
			own[s.mark] = true
		}
		for _, mark := range redact.Marks(string(c.ResponseBody)) {
			own[mark] = true
		}
	}
	shows := func(text string) bool {
		return slices.ContainsFunc(redact.Marks(text), func(mark string) bool { return own[mark] })
	}
	for _, c := range h.rec.Foreign {
		c.ResponseHeader, c.ResponseBody, c.Detail = nil, nil, ""
		if start, _ := redact.PathOf(c.URL); !shows(c.URL) {
			scheme, host := hostAndScheme(c.URL[:start])
			c.URL = scheme + "://" + host + "/"
		}
		if !shows(string(c.RequestBody)) {
			c.RequestBody = nil
		}
		maps.DeleteFunc(c.RequestHeader, func(name string, values []string) bool {
			return name != "Content-Type" && !shows(strings.Join(values, "\n"))
		})
	}
}
