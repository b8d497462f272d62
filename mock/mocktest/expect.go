package mocktest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/mock/clock"

	"github.com/gavv/httpexpect/v2"
)

// Expect calls the stand-in with httpexpect. Paths are those of the document, behind its server's base. Every answer is also
// held against the contract, by the rules that understudy check goes by: one that breaks it fails the test, whatever
// else was expected. Answers that a fault has spoiled do: expect those with Unchecked.
func (s *StandIn) Expect(modes ...Mode) *httpexpect.Expect {
	transport := s.transport(modes)
	if s.settings.checked && !slices.Contains(modes, Unchecked) {
		transport = &checking{s, transport}
	}
	return httpexpect.WithConfig(httpexpect.Config{
		TestName: s.t.Name(), BaseURL: s.url, Context: s.t.Context(),
		Client:           &http.Client{Transport: transport, Jar: httpexpect.NewCookieJar(), CheckRedirect: stay},
		AssertionHandler: &httpexpect.DefaultAssertionHandler{Formatter: &httpexpect.DefaultFormatter{}, Reporter: &reporter{s.t}},
	})
}

// stay shows a redirect to the test, which is an answer like any other.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// A reporter ends the test at the first expectation that is not met: what follows from it would only hide it.
type reporter struct{ t testing.TB }

// Errorf implements httpexpect.Reporter.
func (r *reporter) Errorf(message string, args ...any) {
	r.t.Helper()
	r.t.Fatalf(message, args...)
}

// mostChecked bounds an answer that is read to be checked, in bytes. A longer one is passed on without.
const mostChecked = 64 << 20

// A checking transport holds answers against the contract.
type checking struct {
	api  *StandIn
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (c *checking) RoundTrip(r *http.Request) (*http.Response, error) {
	sent, err := readRequest(r)
	if err != nil {
		return nil, err
	}
	begin := clock.Real{}.Now()
	answer, err := c.next.RoundTrip(r)
	if err != nil || answer.StatusCode == http.StatusSwitchingProtocols || endless(answer) {
		return answer, err
	}
	got, err := io.ReadAll(io.LimitReader(answer.Body, mostChecked+1))
	if err != nil || len(got) > mostChecked { // the reader of the body shall meet the error itself
		answer.Body = rest{io.MultiReader(bytes.NewReader(got), failing{err}, answer.Body), answer.Body}
		return answer, nil
	}
	_ = answer.Body.Close()
	answer.Body = io.NopCloser(bytes.NewReader(got))
	c.judge(&contracts.Exchange{
		Operation: c.api.operation(r.Method, r.URL.String()),
		Method:    r.Method, URL: r.URL.String(), Proto: answer.Proto, RequestHeader: r.Header.Clone(), RequestBody: sent,
		Status: answer.StatusCode, ResponseHeader: answer.Header.Clone(), ResponseBody: got,
		Start: begin, Duration: clock.Real{}.Now().Sub(begin),
	})
	return answer, nil
}

// readRequest reads a request's body, which is then there again.
func readRequest(r *http.Request) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	sent, err := io.ReadAll(r.Body)
	if err = errors.Join(err, r.Body.Close()); err != nil {
		return nil, fmt.Errorf("read the request's body: %w", err)
	}
	r.Body = io.NopCloser(bytes.NewReader(sent))
	return sent, nil
}

// endless says whether an answer goes on as long as somebody listens.
func endless(answer *http.Response) bool {
	media, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	return media == "text/event-stream"
}

// A rest is what was read of a body already, then what is left of it.
type rest struct {
	io.Reader
	io.Closer
}

// A failing reader gives an error where there was one, else the end.
type failing struct{ err error }

// Read implements io.Reader.
func (f failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}

// judge reports what an exchange breaks. What is bad style only is not reported: see understudy check.
func (c *checking) judge(x *contracts.Exchange) {
	examination, err := c.api.checks()
	if err != nil {
		c.api.t.Fatalf("mocktest: WithoutChecks: %v", err)
	}
	for _, f := range examination.Examine(x, check.About{}) {
		if f.Level == check.Failure && f.Basis != check.ByConvention {
			c.api.t.Errorf("%s", c.api.hide(describe(f, x)))
		}
	}
}

// describe is a finding for people.
func describe(f check.Finding, x *contracts.Exchange) string {
	var b strings.Builder
	line := func(word, text string) {
		if text != "" {
			fmt.Fprintf(&b, "\n    %-7s %s", word, strings.ReplaceAll(clip(text), "\n", "\n            "))
		}
	}
	fmt.Fprintf(&b, "%sthe answer breaks the contract: %s %s", caller(), f.Check, f.Title)
	line("to", fmt.Sprintf("%s %s -> %d", x.Method, x.URL, x.Status))
	line("what", f.Message)
	line("where", f.Where)
	line("wanted", f.Want)
	line("got", f.Got)
	if f.At.File != "" {
		line("by", fmt.Sprintf("%s:%d %s", f.At.File, f.At.Line, f.At.Pointer))
	} else {
		line("by", f.Norm)
	}
	line("", fmt.Sprintf("where this is meant: Expect(mocktest.Unchecked), or for all Start(…, mocktest.WithoutChecks(%q))", f.Check))
	return b.String()
}

// mostShown bounds a text in a message, in bytes.
const mostShown = 600

// clip cuts a text that is too long to be read.
func clip(text string) string {
	if len(text) <= mostShown {
		return text
	}
	return strings.ToValidUTF8(text[:mostShown], "") + "…"
}

// caller is the line of the test that is running, which stands above httpexpect's: "calendar_test.go:42: ".
func caller() string {
	var frames [64]uintptr
	stack := runtime.CallersFrames(frames[:runtime.Callers(2, frames[:])])
	for {
		frame, more := stack.Next()
		if strings.HasSuffix(frame.File, "_test.go") {
			return fmt.Sprintf("%s:%d: ", filepath.Base(frame.File), frame.Line)
		}
		if !more {
			return ""
		}
	}
}

// hide takes secrets out of what is written into the output of a test.
func (s *StandIn) hide(text string) string {
	var secrets []string
	for _, ready := range s.server.Ready() {
		if ready.Secret {
			secrets = append(secrets, ready.Value)
		}
	}
	return s.server.Redactor().With(secrets...).Text(text)
}
