package grade

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/redact"
)

// Bounds of a bundle's file. A line holds one exchange, or the contract's document.
const (
	longestBundleLine = 256 << 20
	mostBundleLines   = 1_000_000
)

// A bundle is the recorded run of a stand-in, in a file of JSON values, a value a line:
//
//	{"format":"understudy-bundle","version":1,"contract":…,"contract_digest":…,"clock":{…},"whole":…,"notes":[…]}
//	{"document":…}
//	…                        the records of the store with which the run began
//	{"records":…}            the last of them
//	{"exchange":{…}}         what happened, in order: an exchange, or
//	{"change":{…}}           a change that the management API made
//	{"steps":12}             the number of the lines since the records
//
// Only the head, the exchanges and the end are read here. The stand-in's own credentials stand in the exchanges as they were.
type bundleHead struct {
	Format   string `json:"format"`
	Version  int    `json:"version"`
	Contract string `json:"contract"`
	Digest   string `json:"contract_digest"`
	Clock    struct {
		Rate float64 `json:"rate"`
	} `json:"clock"`
	Whole bool     `json:"whole"`
	Notes []string `json:"notes"`
}

// bundleLine is one of the lines behind the document.
type bundleLine struct {
	Records  json.RawMessage `json:"records"`
	Exchange *bundleExchange `json:"exchange"`
	Change   *struct{}       `json:"change"`
	Steps    *int            `json:"steps"`
}

type bundleExchange struct {
	ID         uint64        `json:"id"`
	At         time.Time     `json:"at"`
	Method     string        `json:"method"`
	URL        string        `json:"url"`
	Proto      string        `json:"proto"`
	Request    bundleMessage `json:"request"`
	Status     int           `json:"status"`
	Answer     bundleMessage `json:"answer"`
	Connection uint64        `json:"connection"`
	Abandoned  bool          `json:"abandoned"`
	Repeated   bool          `json:"repeated"`
	Changed    bool          `json:"changed"`
	Problem    string        `json:"problem"`
	Faults     []actedFault  `json:"faults"`
	Wall       *time.Time    `json:"wall"`
	Took       float64       `json:"took_ms"`
}

type bundleMessage struct {
	Headers http.Header `json:"headers"`
	Text    string      `json:"text"`
	Base64  []byte      `json:"base64"`
	Size    int         `json:"size"` // where only the beginning is there
}

func (m *bundleMessage) body() []byte {
	if m.Base64 != nil {
		return m.Base64
	}
	return []byte(m.Text)
}

// FromBundle makes a recording of a bundle's file. name is the file's, for errors and reports. The marks in it are made with the
// key, so that recordings that are read with one key can be compared.
func FromBundle(name string, file io.Reader, contract *contracts.Contract, key []byte) (*Recording, error) {
	b := &bundleReader{name: name, in: bufio.NewReaderSize(file, 64<<10), rec: newRecording(contract, name), clean: redact.New(contract)}
	if err := b.head(contract); err != nil {
		return nil, err
	}
	if err := b.steps(contract); err != nil {
		return nil, err
	}
	markAll(b.rec, b.clean.Marking(redact.NewMarker(key)))
	if !b.still {
		b.rec.Wall = true
	} else if len(b.rec.Calls) > 0 {
		b.rec.Gaps = append(b.rec.Gaps, "the stand-in's clock stood still: how long the client waited is not known")
	}
	b.rec.settle()
	return b.rec, nil
}

type bundleReader struct {
	name  string
	in    *bufio.Reader
	line  int // number of the line read last, from 1
	rec   *Recording
	clean *redact.Redactor
	still bool // an exchange does not say when it came by the machine's time
}

func (b *bundleReader) fail(format string, values ...any) error {
	return fmt.Errorf("read the bundle %s: line %d: %w", b.name, b.line, fmt.Errorf(format, values...))
}

// next gives the next line; io.EOF behind the last.
func (b *bundleReader) next() ([]byte, error) {
	var line []byte
	b.line++
	if b.line > mostBundleLines {
		return nil, b.fail("a bundle has at most %d lines", mostBundleLines)
	}
	for {
		part, err := b.in.ReadSlice('\n')
		if len(line)+len(part) > longestBundleLine {
			return nil, b.fail("it is longer than %d MiB", longestBundleLine>>20)
		}
		line = append(line, part...)
		switch {
		case err == nil:
			return line, nil
		case errors.Is(err, io.EOF) && len(line) > 0:
			return nil, b.fail("the file is cut off here")
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, b.fail("%w", err)
		}
	}
}

func (b *bundleReader) head(contract *contracts.Contract) error {
	var head bundleHead
	line, err := b.next()
	if err == nil {
		err = json.Unmarshal(line, &head)
	}
	switch {
	case err != nil || head.Format != "understudy-bundle":
		return b.fail("this is no head of a bundle; want a file that `understudy control bundle` wrote")
	case head.Version != 1:
		return b.fail("its version is %d, known is 1", head.Version)
	case head.Contract != contract.Name && head.Digest != digest(contract):
		return b.fail("it was recorded over the contract %s; grade that, and not %s", head.Contract, contract.Name)
	case head.Digest != digest(contract):
		b.rec.Gaps = append(b.rec.Gaps, "the contract is another than the recorded run was of: it has changed since")
	}
	if !head.Whole {
		b.rec.Truncated = true
		b.rec.Gaps = append(b.rec.Gaps, head.Notes...)
	}
	if _, err := b.next(); err != nil { // the document: the contract was given
		return b.fail("the contract's document is missing")
	}
	return nil
}

func digest(c *contracts.Contract) string {
	sum := sha256.Sum256(c.Document())
	return hex.EncodeToString(sum[:])
}

func (b *bundleReader) steps(contract *contracts.Contract) error {
	count, behind := 0, false // behind the records
	for {
		text, err := b.next()
		if errors.Is(err, io.EOF) {
			return b.fail("the file is cut off here, behind %d steps", count)
		}
		if err != nil {
			return err
		}
		if !behind && !bytes.HasPrefix(text, []byte(`{"records":`)) {
			continue // one of the store's records
		}
		var line bundleLine
		if err := json.Unmarshal(text, &line); err != nil {
			return b.fail("it is no step: %s", wrongJSON(err))
		}
		switch {
		case !behind:
			behind = true
		case line.Steps != nil && *line.Steps != count:
			return b.fail("%d steps are announced and %d are there", *line.Steps, count)
		case line.Steps != nil:
			return nil
		case line.Exchange == nil && line.Change == nil:
			return b.fail("it is no step: it has neither exchange nor change")
		case line.Exchange != nil && len(b.rec.Calls) < mostCalls:
			b.add(line.Exchange, contract)
			fallthrough
		default:
			count++
		}
	}
}

// add makes a call of an exchange, with its secrets still in it.
func (b *bundleReader) add(x *bundleExchange, contract *contracts.Contract) {
	c := &Call{ID: strconv.FormatUint(x.ID, 10), Problem: x.Problem, Abandoned: x.Abandoned, Effect: x.Changed, Repeated: x.Repeated, Fault: faultOf(x.Faults)}
	scheme, host := hostAndScheme(x.URL)
	c.Method, c.URL, c.Proto, c.Secure = x.Method, withoutSandbox(x.URL), x.Proto, scheme == "https"
	c.RequestHeader, c.RequestBody = x.Request.Headers, x.Request.body()
	c.Status, c.ResponseHeader, c.ResponseBody = x.Status, x.Answer.Headers, x.Answer.body()
	c.Start = x.At
	if x.Wall != nil {
		c.Start, c.Duration = *x.Wall, milliseconds(x.Took)
	} else {
		b.still = true
	}
	if x.Connection > 0 {
		c.Connection = strconv.FormatUint(x.Connection, 10)
	} else {
		b.rec.Gaps = append(b.rec.Gaps, "which calls shared a connection is not known")
	}
	if x.Request.Size > 0 || x.Answer.Size > 0 {
		b.rec.Gaps = append(b.rec.Gaps, "the ends of long bodies were cut off")
	}
	start, end := redact.PathOf(c.URL)
	match := contract.Match(c.Method, c.URL[start:end])
	c.Operation = match.Operation
	if preflight(&c.Exchange) {
		return
	}
	if c.Partial = x.Request.Size > 0; !c.Partial {
		c.Violations = judged(b.clean, &c.Exchange, match.Values)
	}
	if b.rec.Host == "" {
		b.rec.Host = host
	}
	b.rec.Calls = append(b.rec.Calls, c)
}

// markAll puts marks in place of all secrets of a recording that was made of plain exchanges.
func markAll(rec *Recording, marking *redact.Marking) {
	for _, list := range [][]*Call{rec.Calls, rec.Foreign} {
		for _, c := range list {
			marking.Learn(&c.Exchange)
		}
	}
	for _, list := range [][]*Call{rec.Calls, rec.Foreign} {
		for _, c := range list {
			clean, work := marking.Exchange(&c.Exchange)
			c.Exchange = clean
			c.Detail = work.Note(c.Detail)
			c.Violations = work.Violations(c.Violations)
		}
	}
}

// wrongJSON says what is wrong with JSON, in one line and without what stood there.
func wrongJSON(err error) string {
	var kind *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &kind):
		value, _, _ := strings.Cut(kind.Value, " ") // of a number, its digits stand behind
		return fmt.Sprintf("/%s may not be a %s", strings.ReplaceAll(kind.Field, ".", "/"), value)
	case errors.As(err, &syntax):
		return fmt.Sprintf("byte %d: %v", syntax.Offset, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "it ends in the middle"
	}
	return err.Error()
}
