package scenarios

import (
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"understudy/contracts/check"
	"understudy/contracts/redact"
)

// kept is an exchange that the result may show. Most are forgotten unseen, so it is made presentable when somebody asks.
type kept struct {
	show   func() (*Exchange, *redact.Work) // its secrets hidden; made once
	wanted bool                             // by a finding, a step or a failed test
}

// record gives the exchange a number and keeps it.
func (r *Run) record(d *Deployment, q *Request, reply *Reply) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.number++
	reply.Number = r.number
	e := Exchange{Number: r.number, Test: q.Test, Contract: d.Contract.Name, Intent: q.Intent, Purpose: q.Purpose}
	if q.Actor != nil {
		e.Actor = q.Actor.Name
	}
	reply.show = sync.OnceValues(func() (*Exchange, *redact.Work) { return r.present(d, e, reply) })
	r.exchanges[e.Number] = &kept{show: reply.show, wanted: r.options.KeepAll}
}

// present puts an exchange together as reports show it, by all secrets that are known by now.
func (r *Run) present(d *Deployment, e Exchange, reply *Reply) (*Exchange, *redact.Work) {
	x := reply.Exchange
	clean, work := d.Redactor().Trace(x)
	e.Method, e.URL, e.Proto, e.Header, e.Status, e.Error = clean.Method, clean.URL, clean.Proto, clean.RequestHeader, clean.Status, d.Redactor().Text(reply.Error)
	e.Response, e.Started, e.Elapsed = clean.ResponseHeader, clean.Start, clean.Duration
	e.Body, e.Answer = r.payload(clean.RequestBody), r.payload(clean.ResponseBody)
	if x.Operation != nil {
		e.Operation = x.Operation.ID
	}
	if reply.Cut && e.Answer != nil {
		e.Answer.Cut = true
	}
	e.Curl = Curl(&e)
	return &e, work
}

func (r *Run) payload(body []byte) *Payload {
	if len(body) == 0 {
		return nil
	}
	p := &Payload{Size: len(body)}
	if len(body) > r.options.KeepBody {
		body, p.Cut = body[:r.options.KeepBody], true
		for n := 0; n < utf8.UTFMax && !utf8.Valid(body); n++ { // not in the middle of a character
			body = body[:len(body)-1]
		}
	}
	if utf8.Valid(body) {
		p.Text = string(body)
	} else {
		p.Base64 = base64.StdEncoding.EncodeToString(body)
	}
	return p
}

// Keep lets the result show exchanges.
func (r *Run) Keep(numbers ...int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range numbers {
		if k := r.exchanges[n]; k != nil {
			k.wanted = true
		}
	}
}

// Forget drops exchanges that no test wants to show, so that long runs do not hold all of them.
func (r *Run) Forget(numbers ...int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, n := range numbers {
		if k := r.exchanges[n]; k != nil && !k.wanted {
			delete(r.exchanges, n)
		}
	}
}

// Exchange gives what the result shows of an exchange; nil where it is not kept.
func (r *Run) Exchange(number int) *Exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k := r.exchanges[number]; k != nil {
		e, _ := k.show()
		return e
	}
	return nil
}

// Clean hides secrets in findings, gives them their curl command and fingerprints, and keeps their exchanges.
func (d *Deployment) Clean(findings []check.Finding) []check.Finding {
	redactor := d.Redactor()
	for i := range findings {
		f := &findings[i]
		f.Message, f.Got, f.Want = redactor.Text(f.Message), redactor.Text(f.Got), redactor.Text(f.Want)
		if again := d.run.again(f.Exchange); again != nil { // what only the exchange as a whole shows to be a secret
			f.Message, f.Got, f.Want = again(f.Message), again(f.Got), again(f.Want)
		}
		if f.Contract == "" {
			f.Contract = d.Contract.Name
		}
		if f.Fingerprint == "" {
			f.Fingerprint = check.Fingerprint(*f)
		}
		if e := d.run.Exchange(f.Exchange); e != nil {
			d.run.Keep(f.Exchange)
			if f.Curl == "" {
				f.Curl = e.Curl
			}
		}
	}
	return findings
}

// again gives what hides the secrets of a kept exchange in texts about it; nil where there is none.
func (r *Run) again(number int) func(string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if k := r.exchanges[number]; k != nil {
		_, work := k.show()
		return work.Again
	}
	return nil
}

// Curl writes an exchange's request as a command for a POSIX shell. What was hidden stays hidden.
func Curl(e *Exchange) string {
	var b strings.Builder
	b.WriteString("curl -i")
	if e.Method != http.MethodGet || e.Body != nil {
		b.WriteString(" -X " + quoted(e.Method))
	}
	b.WriteString(" " + quoted(e.URL))
	for _, name := range slices.Sorted(maps.Keys(e.Header)) {
		if name == "User-Agent" || name == "Content-Length" {
			continue
		}
		for _, v := range e.Header[name] {
			if v == "" {
				b.WriteString(" -H " + quoted(name+";"))
				continue
			}
			b.WriteString(" -H " + quoted(name+": "+v))
		}
	}
	switch {
	case e.Body == nil:
	case e.Body.Cut:
		b.WriteString(" --data-binary @body # the body is too long to be shown")
	case e.Body.Base64 != "":
		b.WriteString(" --data-binary @<(echo " + e.Body.Base64 + " | base64 -d)")
	default:
		b.WriteString(" --data-binary " + quoted(e.Body.Text))
	}
	return b.String()
}

// quoted puts a text in single quotes for a shell, unless it needs none.
func quoted(text string) string {
	if text != "" && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,") == "" {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// Result ends the run and puts its result together. Suites keep their order.
func (r *Run) Result(suites []Suite) *Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	ended := r.options.Clock.Now()
	result := &Result{
		Version: 1, Tool: r.options.Tool, Command: r.options.Command, Seed: r.options.Seed, Started: r.started, Ended: ended, Elapsed: ended.Sub(r.started),
		Stopped: r.Stopped(), Suites: suites, Notes: r.notes, Requests: int(r.sent.Load()),
	}
	for _, d := range r.deployed {
		t := Target{Contract: d.Contract.Name, Title: d.Contract.Title, Version: d.Contract.Version, Hash: d.Contract.Hash, URL: d.URL.Redacted(), Log: d.Redactor().Text(d.Log)}
		if d.Control != nil {
			t.Control = d.Control.URL
		}
		result.Targets = append(result.Targets, t)
	}
	for _, n := range slices.Sorted(maps.Keys(r.exchanges)) {
		if k := r.exchanges[n]; k.wanted {
			e, _ := k.show()
			result.Exchanges = append(result.Exchanges, e)
		}
	}
	return result
}
