package grade

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"understudy/contracts/check"
	"understudy/contracts/redact"
	"understudy/scenarios"
)

// A writer tells a judgement in the words of results.
type writer struct {
	rec      *Recording
	options  Options
	contract string
	started  time.Time
	first    int
	shown    []witness       // in the order of their numbers
	numbers  map[witness]int // exchange numbers
	marks    map[string]int  // marks of secrets, numbered as they are met
}

func newWriter(rec *Recording, o Options) *writer {
	w := &writer{rec: rec, options: o, first: max(o.First, 1), numbers: map[witness]int{}, marks: map[string]int{}}
	if rec.Contract != nil {
		w.contract = rec.Contract.Name
	}
	if len(rec.Calls) > 0 {
		w.started = rec.Calls[0].Start
	}
	return w
}

// number merges equal findings of each trial, then gives all witnesses that are left their numbers: calls in the order of the
// recording, calls to other hosts, deliveries.
func (w *writer) number(trials []*Trial) {
	seen := map[witness]bool{}
	add := func(list []witness) {
		for _, x := range list {
			if !seen[x] {
				seen[x] = true
				w.shown = append(w.shown, x)
			}
		}
	}
	for _, t := range trials {
		w.merge(t)
		add(t.evidence)
		for i := range t.findings {
			add(t.findings[i].witnesses)
		}
	}
	place := map[witness]int{}
	for i, c := range w.rec.Calls {
		place[witness{call: c}] = i
	}
	for i, c := range w.rec.Foreign {
		place[witness{call: c}] = len(w.rec.Calls) + i
	}
	for i, m := range w.rec.Messages {
		place[witness{message: m}] = len(w.rec.Calls) + len(w.rec.Foreign) + i
	}
	slices.SortStableFunc(w.shown, func(a, b witness) int { return cmp.Compare(place[a], place[b]) })
	for i, x := range w.shown {
		w.numbers[x] = w.first + i
	}
}

// merge makes one finding of those that have one fingerprint: the worst of them, with the number of the others.
func (w *writer) merge(t *Trial) {
	at := map[string]int{}
	var list []finding
	for i := range t.findings {
		f := t.findings[i]
		name := check.Fingerprint(w.outline(&t.Rule, &f))
		n, known := at[name]
		if !known {
			at[name] = len(list)
			list = append(list, f)
			continue
		}
		f.repeats = list[n].repeats + 1
		if rank(cmp.Or(f.level, t.Rule.Level)) > rank(cmp.Or(list[n].level, t.Rule.Level)) {
			list[n] = f
		} else {
			list[n].repeats = f.repeats
		}
	}
	t.findings = list
}

func rank(l check.Level) int {
	return slices.Index([]check.Level{check.Note, check.Warning, check.Failure}, l)
}

// outline is what a finding is about: all that its fingerprint is made of.
func (w *writer) outline(r *Rule, f *finding) check.Finding {
	told := check.Finding{Check: r.ID, Contract: w.contract, Where: f.where, At: f.at, Keyword: f.keyword}
	if len(f.witnesses) > 0 && f.witnesses[0].call != nil && !f.whole {
		c := f.witnesses[0].call
		told.Method = c.Method
		if c.Operation != nil {
			told.Operation, told.Path = c.Operation.ID, c.Operation.Path
		}
	}
	return told
}

// tell says a breach in the words of reports.
func (w *writer) tell(r *Rule, f *finding) check.Finding {
	told := w.outline(r, f)
	told.Fingerprint = check.Fingerprint(told)
	told.Title, told.Basis, told.Norm, told.Level = r.Title, cmp.Or(f.basis, r.Basis), cmp.Or(f.norm, r.Norm), cmp.Or(f.level, r.Level)
	told.Certainty, told.Advice, told.Repeats = cmp.Or(f.sure, check.Certain), cmp.Or(f.advice, r.Advice), f.repeats
	told.Message, told.Want, told.Got = w.show(f.message), w.show(f.want), w.show(f.got)
	if len(f.witnesses) > 0 {
		told.Exchange = w.numbers[f.witnesses[0]]
		if f.witnesses[0].call != nil {
			told.Curl = w.exchange(f.witnesses[0]).Curl
		}
	}
	return told
}

var marked = regexp.MustCompile(`secret~([a-z0-9_]{0,12})~[0-9a-f]{12}`)

// show makes marks readable: "ecos_live_***~2" is the second secret that the judgement shows. Their own digits are left out,
// since they are others for each recording.
func (w *writer) show(text string) string {
	if !strings.Contains(text, "secret~") || len(redact.Marks(text)) == 0 {
		return text
	}
	return marked.ReplaceAllStringFunc(text, func(mark string) string {
		n := w.marks[mark]
		if n == 0 {
			n = len(w.marks) + 1
			w.marks[mark] = n
		}
		return marked.FindStringSubmatch(mark)[1] + "***~" + strconv.Itoa(n)
	})
}

func (w *writer) exchanges() []*scenarios.Exchange {
	var list []*scenarios.Exchange
	for _, x := range w.shown {
		list = append(list, w.exchange(x))
	}
	return list
}

// exchange shows a witness as reports do.
func (w *writer) exchange(x witness) *scenarios.Exchange {
	e := &scenarios.Exchange{Number: w.numbers[x], Contract: w.contract}
	if m := x.message; m != nil {
		e.Operation, e.Method, e.URL, e.Status, e.Error = m.Event, http.MethodPost, w.show(m.URL), m.Status, w.show(m.Error)
		e.Started, e.Elapsed = m.At, m.Took
		e.Purpose = fmt.Sprintf("delivery of %s, attempt %d", cmp.Or(m.Event, "an event"), m.Attempt)
		if m.Trouble != "" {
			e.Purpose += ": " + m.Trouble
		}
		return e
	}
	c := x.call
	e.Method, e.URL, e.Proto, e.Status = c.Method, w.show(w.address(c)), c.Proto, c.Status
	e.Started, e.Elapsed, e.Actor = c.Start, c.Duration, w.show(c.Credential)
	e.Header, e.Response = w.header(c.RequestHeader), w.header(c.ResponseHeader)
	e.Body, e.Answer = w.payload(c.RequestBody), w.payload(c.ResponseBody)
	if c.Operation != nil {
		e.Operation = c.Operation.ID
	}
	if c.Fault != "" {
		e.Purpose = "trouble was ordered for this call: " + w.show(c.Fault)
	}
	switch {
	case c.Abandoned:
		e.Error = "the client left before the answer was complete"
	case c.Status == 0:
		e.Error = cmp.Or(w.show(c.Detail), "there was no answer")
	}
	e.Curl = scenarios.Curl(e)
	return e
}

// address is the whole URL of a call: recordings of a server hold only path and query.
func (w *writer) address(c *Call) string {
	if !strings.HasPrefix(c.URL, "/") || w.rec.Host == "" {
		return c.URL
	}
	if c.Secure {
		return "https://" + w.rec.Host + c.URL
	}
	return "http://" + w.rec.Host + c.URL
}

func (w *writer) header(h http.Header) http.Header {
	if len(h) == 0 {
		return nil
	}
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names) // marks are numbered as they are met
	shown := make(http.Header, len(h))
	for _, name := range names {
		for _, v := range h[name] {
			shown[name] = append(shown[name], w.show(v))
		}
	}
	return shown
}

func (w *writer) payload(body []byte) *scenarios.Payload {
	if len(body) == 0 {
		return nil
	}
	p := &scenarios.Payload{Size: len(body)}
	if !utf8.Valid(body) {
		limit := cmp.Or(max(w.options.KeepBody, 0), 4096)
		p.Cut = len(body) > limit
		p.Base64 = base64.StdEncoding.EncodeToString(body[:min(len(body), limit)])
		return p
	}
	p.Text, p.Cut = w.cut(w.show(string(body)))
	return p
}

// cut shortens a text to what is shown of a body, at a character.
func (w *writer) cut(text string) (string, bool) {
	limit := cmp.Or(max(w.options.KeepBody, 0), 4096)
	if len(text) <= limit {
		return text, false
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit], true
}
