package grade

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/scenarios"
)

// JournalOptions say what of a journal is read. The zero value reads all of it.
type JournalOptions struct {
	After  uint64    // entries up to this id are left out: those of before the integration began
	Drills []string  // that were carried out
	Ended  time.Time // when the recording ended, by the machine's time; zero: with the last call
}

// Bounds of what is asked of a management API at once, and in all.
const (
	journalPage    = 200
	mostCalls      = 100_000
	grantPage      = 200
	mostGrants     = 20_000
	deliveryPage   = 500
	mostDeliveries = 2_000
)

// FromJournal makes a recording of a running stand-in's journal. The stand-in puts marks in place of secrets; they never come here.
func FromJournal(ctx context.Context, control *scenarios.Control, contract *contracts.Contract, o JournalOptions) (*Recording, error) {
	rec := newRecording(contract, "journal of "+control.URL)
	rec.Drills, rec.Ended, rec.Wall = o.Drills, o.Ended, true
	j := &journalReader{control: control, rec: rec, operations: map[string]*contracts.Operation{}, classes: map[string]string{}}
	for _, op := range contract.Operations {
		j.operations[op.ID] = op
	}
	if err := j.grants(ctx); err != nil {
		return nil, err
	}
	if err := j.entries(ctx, o.After); err != nil {
		return nil, err
	}
	if err := j.deliveries(ctx); err != nil {
		return nil, err
	}
	rec.settle()
	return rec, nil
}

// A journalReader turns the answers of a management API into a recording.
type journalReader struct {
	control    *scenarios.Control
	rec        *Recording
	operations map[string]*contracts.Operation
	classes    map[string]string // of credentials, by id
	shifts     []shift
}

// A shift is how far the machine's time was from the stand-in's clock at an instant of the latter.
type shift struct {
	at time.Time
	by time.Duration
}

// journalEntry is an entry as GET /contracts/{contract}/journal?secrets=marked gives it.
type journalEntry struct {
	ID        uint64    `json:"id"`
	Start     time.Time `json:"start"`
	Duration  float64   `json:"duration_ms"`
	Operation string    `json:"operation"`
	Request   struct {
		Method  string       `json:"method"`
		URL     string       `json:"url"`
		Proto   string       `json:"proto"`
		Headers http.Header  `json:"headers"`
		Body    *journalBody `json:"body"`
	} `json:"request"`
	Response struct {
		Status  int          `json:"status"`
		Headers http.Header  `json:"headers"`
		Body    *journalBody `json:"body"`
	} `json:"response"`
	Trace struct {
		Problem    string             `json:"problem"`
		Detail     string             `json:"detail"`
		Source     string             `json:"source"`
		Violations []journalViolation `json:"violations"`
		Changes    []struct{}         `json:"changes"`
		Faults     []actedFault       `json:"faults"`
		Caller     *struct {
			Credential string   `json:"credential"`
			Account    string   `json:"account"`
			Scopes     []string `json:"scopes"`
		} `json:"caller"`
	} `json:"trace"`
	Client struct {
		Connection uint64     `json:"connection"`
		TLS        bool       `json:"tls"`
		Abandoned  bool       `json:"abandoned"`
		Start      *time.Time `json:"start"`
		Duration   *float64   `json:"duration_ms"`
	} `json:"client"`
}

type journalBody struct {
	Cut    bool   `json:"cut"`
	Text   string `json:"text"`
	Base64 string `json:"base64"`
}

func (b *journalBody) bytes() []byte {
	switch {
	case b == nil:
		return nil
	case b.Base64 != "":
		data, err := base64.StdEncoding.DecodeString(b.Base64)
		if err != nil {
			return nil
		}
		return data
	}
	return []byte(b.Text)
}

type journalViolation struct {
	In, Name, Pointer, Keyword, Want, Got string

	At struct {
		File    string
		Line    int
		Pointer string
	}
}

// entries reads the journal page by page, from its oldest entry on.
func (j *journalReader) entries(ctx context.Context, after uint64) error {
	limit, first := journalPage, true
	for len(j.rec.Calls) < mostCalls {
		var page struct {
			Entries []journalEntry `json:"entries"`
			Stats   struct {
				Seen uint64 `json:"seen"`
				Held int    `json:"held"`
				Gone uint64 `json:"gone"` // greatest id that is not held any more
			} `json:"stats"`
		}
		err := j.control.Do(ctx, http.MethodGet, fmt.Sprintf("/journal?secrets=marked&after=%d&limit=%d", after, limit), nil, &page)
		var refused *scenarios.ControlError
		switch {
		case err != nil && limit > 1 && !errors.As(err, &refused) && ctx.Err() == nil: // bodies may be larger than one answer can be
			limit = max(limit/8, 1)
			continue
		case err != nil:
			return fmt.Errorf("read the journal: %w", err)
		}
		// Ids that several processes give have gaps: no more can be lost than are gone.
		if lost := min(int64(page.Stats.Gone)-int64(after), int64(page.Stats.Seen)-int64(page.Stats.Held)); first && page.Stats.Held > 0 && lost > 0 {
			j.rec.Truncated = true
			j.rec.Gaps = append(j.rec.Gaps, fmt.Sprintf("the journal had dropped the first %d exchanges, or was cleared behind them", lost))
		}
		first = false
		for i := range page.Entries {
			j.add(&page.Entries[i])
			after = page.Entries[i].ID
		}
		if len(page.Entries) < limit {
			return nil
		}
	}
	j.rec.Gaps = append(j.rec.Gaps, fmt.Sprintf("only the first %d calls were read", mostCalls))
	return nil
}

// add makes a call of an entry.
func (j *journalReader) add(e *journalEntry) {
	c := &Call{ID: strconv.FormatUint(e.ID, 10), Secure: e.Client.TLS, Problem: e.Trace.Problem, Detail: e.Trace.Detail, Abandoned: e.Client.Abandoned}
	c.Operation, c.Method, c.URL, c.Proto = j.operations[e.Operation], e.Request.Method, withoutSandbox(e.Request.URL), e.Request.Proto
	c.RequestHeader, c.RequestBody = canonical(e.Request.Headers), e.Request.Body.bytes()
	c.Status, c.ResponseHeader, c.ResponseBody = e.Response.Status, canonical(e.Response.Headers), e.Response.Body.bytes()
	c.Start, c.Duration = e.Start, milliseconds(e.Duration)
	if e.Client.Start != nil && e.Client.Duration != nil {
		c.Start, c.Duration = *e.Client.Start, milliseconds(*e.Client.Duration)
		j.shifts = append(j.shifts, shift{e.Start, c.Start.Sub(e.Start)})
	}
	if preflight(&c.Exchange) {
		return
	}
	if e.Client.Connection > 0 {
		c.Connection = strconv.FormatUint(e.Client.Connection, 10)
	} else {
		j.rec.Gaps = append(j.rec.Gaps, "which calls shared a connection is not known")
	}
	c.Partial = e.Request.Body != nil && e.Request.Body.Cut
	for _, body := range []*journalBody{e.Request.Body, e.Response.Body} {
		if body != nil && body.Cut {
			j.rec.Gaps = append(j.rec.Gaps, "the ends of long bodies were cut off")
		}
	}
	if k := e.Trace.Caller; k != nil {
		c.Credential, c.Class, c.Account, c.Scopes = k.Credential, j.classes[k.Credential], k.Account, k.Scopes
	}
	for _, v := range e.Trace.Violations {
		told := contracts.Violation{In: v.In, Name: v.Name}
		told.Pointer, told.Keyword, told.Want, told.Got = v.Pointer, v.Keyword, v.Want, v.Got
		told.At = schema.Location{File: v.At.File, Line: v.At.Line, Pointer: v.At.Pointer}
		c.Violations = append(c.Violations, told)
	}
	c.Fault, c.Effect, c.Repeated = faultOf(e.Trace.Faults), len(e.Trace.Changes) > 0, e.Trace.Source == "idempotency"
	if _, host := hostAndScheme(e.Request.URL); j.rec.Host == "" {
		j.rec.Host = host
	}
	j.rec.Calls = append(j.rec.Calls, c)
}

// canonical gives headers by the names under which http.Header finds them: the journal spells them as they went over the wire.
func canonical(h http.Header) http.Header {
	list := make(http.Header, len(h))
	for name, values := range h {
		name = http.CanonicalHeaderKey(name)
		list[name] = append(list[name], values...)
	}
	return list
}

func milliseconds(ms float64) time.Duration {
	const most = float64(1000 * time.Hour / time.Millisecond)
	return time.Duration(max(0, min(ms, most)) * float64(time.Millisecond))
}

// grants reads which credentials exist. A stand-in without any, or one that is older than the operation, is no error.
func (j *journalReader) grants(ctx context.Context) error {
	for offset := 0; offset < mostGrants; offset += grantPage {
		var page struct {
			Total int `json:"total"`
			Keys  []struct {
				ID          string    `json:"id"`
				Name        string    `json:"name"`
				Class       string    `json:"class"`
				Environment string    `json:"environment"`
				Scopes      []string  `json:"scopes"`
				Created     time.Time `json:"created_at"`
				Expires     time.Time `json:"expires_at"`
			} `json:"keys"`
		}
		query := url.Values{"offset": {strconv.Itoa(offset)}, "limit": {strconv.Itoa(grantPage)}}
		err := j.control.Do(ctx, http.MethodGet, "/credentials?"+query.Encode(), nil, &page)
		var refused *scenarios.ControlError
		if errors.As(err, &refused) && refused.Status == http.StatusNotFound && strings.Contains(refused.Detail, "credential") {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read which credentials there are: %w", err)
		}
		for _, k := range page.Keys {
			j.classes[k.ID] = k.Class
			j.rec.Grants = append(j.rec.Grants, Grant{Credential: k.ID, Name: k.Name, Class: k.Class, Environment: k.Environment, Scopes: k.Scopes, Created: k.Created, Expires: k.Expires})
		}
		if offset+len(page.Keys) >= page.Total || len(page.Keys) == 0 {
			return nil
		}
	}
	return nil
}
