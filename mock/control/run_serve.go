package control

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"

	"understudy/mock/clock"
	"understudy/mock/credential"
)

// runEvery is the real time between two events of a run that is followed, at least.
const runEvery = 100 * time.Millisecond

// Suites is the answer of GET /contracts/{contract}/suites.
type Suites struct {
	Suites []Suite `json:"suites"`
}

// Runs is the answer of GET /contracts/{contract}/runs.
type Runs struct {
	Runs []Run `json:"runs"` // the newest first
}

// runRequest is the body of POST /contracts/{contract}/runs.
type runRequest struct {
	Suite  string  `json:"suite"`
	Target string  `json:"target"`
	Seed   *uint64 `json:"seed"`
}

// suitesOf lists what a contract can be judged by.
func (h *Handler) suitesOf(contract string) []Suite {
	if h.runs.judge == nil {
		return []Suite{}
	}
	return append([]Suite{}, h.runs.judge.Suites(contract)...)
}

func (h *Handler) listSuites(c *call) error { return c.answer(Suites{h.suitesOf(c.contract.name)}) }

func (h *Handler) listRuns(c *call) error {
	answer := Runs{h.runs.of(c.contract.name)}
	for i := range answer.Runs {
		answer.Runs[i].Findings = nil
		h.lead(&answer.Runs[i])
	}
	return c.answer(answer)
}

func (h *Handler) startRun(c *call) error {
	q := runRequest{Target: FreshTarget}
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	suites := h.suitesOf(c.contract.name)
	at := slices.IndexFunc(suites, func(s Suite) bool { return s.Name == q.Suite })
	if at < 0 {
		return sent.misfit(&credential.RequestError{Field: "suite", Reason: "must be one of those that GET " + c.contract.path("/suites") + " lists"})
	}
	if q.Target != FreshTarget && q.Target != WorldTarget {
		return sent.misfit(&credential.RequestError{Field: "target", Reason: "must be " + FreshTarget + " or " + WorldTarget})
	}
	order := RunOrder{Contract: c.contract.name, Suite: q.Suite, Target: q.Target, Seed: 1}
	if q.Target == WorldTarget {
		order.Sandbox = c.sandbox
	}
	if q.Seed != nil {
		order.Seed = *q.Seed
	}
	r := h.runs.start(order, suites[at].Title)
	if r == nil {
		return problem(http.StatusConflict, "conflict", "Another run is under way. Wait for its end, or stop it.")
	}
	run, _ := h.runs.look(r)
	return c.created(run)
}

// runOf finds the run that the path names.
func (h *Handler) runOf(c *call) (*running, error) {
	if r := h.runs.find(c.contract.name, c.PathValue("run")); r != nil {
		return r, nil
	}
	return nil, problem(http.StatusNotFound, "run_not_found", "There is no run %.100q; the latest %d are kept.", c.PathValue("run"), keptRuns)
}

func (h *Handler) getRun(c *call) error {
	r, err := h.runOf(c)
	if err != nil {
		return err
	}
	run, _ := h.runs.look(r)
	h.lead(&run)
	return c.answer(run)
}

// stopRun ends a run that is under way; what was examined until then is its result.
func (h *Handler) stopRun(c *call) error {
	r, err := h.runOf(c)
	if err != nil {
		return err
	}
	r.cancel()
	run, _ := h.runs.look(r)
	h.lead(&run)
	return c.answer(run)
}

// followRun sends a run whenever it has changed, until it is over.
func (h *Handler) followRun(c *call) error {
	r, err := h.runOf(c)
	if err != nil {
		return err
	}
	s := &stream{c.response, http.NewResponseController(c.response)}
	_ = s.control.SetReadDeadline(time.Time{}) // the server's read time-out would end the stream
	c.response.Header().Set("Content-Type", "text/event-stream")
	c.response.Header().Set("X-Accel-Buffering", "no")
	c.response.WriteHeader(http.StatusOK)
	if c.Method == http.MethodHead {
		return nil
	}
	for {
		run, changed := h.runs.look(r)
		h.lead(&run)
		if s.event(0, "run", run) != nil || run.State != runRunning {
			return nil
		}
		if !h.pause(c, runEvery, nil) || !h.pause(c, h.options.Pulse, changed) {
			return nil
		}
	}
}

// pause waits for a time, or less where wake ends it. false: the caller or the process is gone.
func (h *Handler) pause(c *call, d time.Duration, wake <-chan struct{}) bool {
	over := make(chan struct{})
	defer clock.Real{}.AfterFunc(d, func() { close(over) })()
	select {
	case <-over:
		return true
	case <-wake:
		return true
	case <-c.Context().Done():
		return false
	case <-h.closing:
		return false
	}
}

// reportMedia are the forms of a report that are given, and their media types.
var reportMedia = map[string]string{
	"html": "text/html; charset=utf-8", "json": "application/json", "junit": "application/xml", "markdown": "text/markdown; charset=utf-8", "text": "text/plain; charset=utf-8",
}

// reportPolicy keeps the page of a report apart: it has an origin of its own, so that nothing in it can read this API's token.
const reportPolicy = "sandbox allow-scripts allow-popups allow-downloads; frame-ancestors 'none'"

func (h *Handler) getRunReport(c *call) error {
	format, err := c.query.choice("format", "html", "json", "junit", "markdown", "text")
	if err != nil {
		return err
	}
	r, err := h.runOf(c)
	if err != nil {
		return err
	}
	h.runs.mu.Lock()
	write := r.report
	h.runs.mu.Unlock()
	if write == nil {
		return problem(http.StatusNotFound, "report_not_found", "The run %s has no report yet, or came to no result.", c.PathValue("run"))
	}
	var text bytes.Buffer
	known, err := write(&text, format)
	if err != nil {
		return err
	}
	if !known {
		return problem(http.StatusNotFound, "report_not_found", "There is no report in the form %s.", format)
	}
	if format == "html" {
		c.response.Header().Set("Content-Security-Policy", reportPolicy)
	}
	sendBytes(c.response, http.StatusOK, reportMedia[format], text.Bytes())
	return nil
}

// path is that of an operation on the contract.
func (k *served) path(rest string) string { return "/contracts/" + k.name + rest }

// lead puts the address of its report into a run that has one. A browser opens it without a header for the token, so that the
// address holds what is good for this one report: a code made from the token and the path.
func (h *Handler) lead(run *Run) {
	if run.Tests == nil {
		return
	}
	run.Report = "/contracts/" + run.Contract + "/runs/" + run.ID + "/report"
	if h.options.Token != "" {
		run.Report += "?pass=" + h.passFor(run.Report)
	}
}

// passFor is the code for a path.
func (h *Handler) passFor(path string) string {
	mac := hmac.New(sha256.New, []byte(h.options.Token))
	mac.Write([]byte("understudy report " + path))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// passes says that a request for a report carries its code.
func (h *Handler) passes(r *http.Request) bool {
	if r.Method != http.MethodGet || !strings.HasPrefix(r.URL.Path, "/contracts/") || !strings.HasSuffix(r.URL.Path, "/report") {
		return false
	}
	return hmac.Equal([]byte(r.URL.Query().Get("pass")), []byte(h.passFor(r.URL.Path)))
}
