package reports_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"understudy/reports"
	"understudy/scenarios"
)

var ansi = regexp.MustCompile("\x1b\\[[0-9]+m")

// TestTextWidth: no line is wider than the terminal, but for words of a command that cannot be broken.
func TestTextWidth(t *testing.T) {
	for _, width := range []int{0, 64, 72, 120} {
		text := string(written(t, reports.Options{Width: width}, "text", sample()))
		most := width
		if width == 0 {
			most = 80
		}
		for _, line := range strings.Split(text, "\n") {
			if n := utf8.RuneCountInString(line); n > most && !strings.Contains(line, "'") {
				t.Errorf("%d columns, not %d: %s", n, most, line)
			}
			if strings.TrimRight(line, " ") != line {
				t.Errorf("blanks at the end of %q", line)
			}
		}
	}
}

func TestTextColour(t *testing.T) {
	plain := written(t, reports.Options{}, "text", sample())
	colour := written(t, reports.Options{Colour: true}, "text", sample())
	if !bytes.Contains(colour, []byte("\x1b[31m")) {
		t.Error("there is no red")
	}
	if got := ansi.ReplaceAll(colour, nil); !bytes.Equal(got, plain) {
		t.Error("without its colours the text is another")
	}
}

func TestTextVerdict(t *testing.T) {
	test := func(o scenarios.Outcome) scenarios.Test { return scenarios.Test{ID: string(o), Outcome: o} }
	for name, c := range map[string]struct {
		result scenarios.Result
		want   string
	}{
		"nothing":           {scenarios.Result{}, "NOT A PASS  Nothing was examined: this is not a pass."},
		"all skipped":       {scenarios.Result{Suites: []scenarios.Suite{{Tests: []scenarios.Test{test(scenarios.Skipped)}}}}, "NOT A PASS"},
		"passed":            {scenarios.Result{Suites: []scenarios.Suite{{Tests: []scenarios.Test{test(scenarios.Passed)}}}}, "PASSED  1 test passed."},
		"known only":        {scenarios.Result{Suites: []scenarios.Suite{{Tests: []scenarios.Test{test(scenarios.Known)}}}}, "PASSED  1 test passed, 1 as known."},
		"errored":           {scenarios.Result{Suites: []scenarios.Suite{{Tests: []scenarios.Test{test(scenarios.Errored)}}}}, "FAILED  1 test could not be carried out."},
		"stopped":           {scenarios.Result{Stopped: "interrupted", Suites: []scenarios.Suite{{Tests: []scenarios.Test{test(scenarios.Passed)}}}}, "STOPPED  The run ended before its end (interrupted): this is not a pass."},
		"failed and gate":   {scenarios.Result{Gates: []scenarios.Gate{{Name: "operations", Want: 100, Got: 99.99}}, Suites: []scenarios.Suite{{Tests: []scenarios.Test{test(scenarios.Failed)}}}}, "FAILED  1 test failed and the gate operations was missed."},
		"not quite a gate":  {scenarios.Result{Gates: []scenarios.Gate{{Name: "operations", Want: 100, Got: 99.99}}}, "operations: 99.9 % of 100 % wanted"},
		"stopped and wrong": {scenarios.Result{Stopped: "interrupted", Suites: []scenarios.Suite{{Tests: []scenarios.Test{test(scenarios.Failed)}}}}, "and the run was stopped early"},
	} {
		t.Run(name, func(t *testing.T) {
			text := string(written(t, reports.Options{}, "text", &c.result))
			if !strings.Contains(strings.Join(strings.Fields(text), " "), strings.Join(strings.Fields(c.want), " ")) {
				t.Errorf("want %q in\n%s", c.want, text)
			}
			if passed := strings.Contains(text, "PASSED"); passed != c.result.Clean() {
				t.Errorf("the text says passed: %v, the result is clean: %v", passed, c.result.Clean())
			}
		})
	}
}

// TestHostileTexts: whatever a deployment sends, no report sends control characters to a terminal, and no line of those that
// end in a log is a command of a CI system.
func TestHostileTexts(t *testing.T) {
	logged := map[string]bool{"text": true, "github": true, "markdown": true, "junit": true}
	rapid.Check(t, func(rt *rapid.T) {
		r := anyResult().Draw(rt, "result")
		for _, f := range reports.Formats() {
			data := written(t, reports.Options{}, f.Name, r)
			if !utf8.Valid(data) {
				rt.Fatalf("%s is no UTF-8", f.Name)
			}
			for _, c := range string(data) {
				if c != '\n' && c < 0x20 || logged[f.Name] && (unicode.IsControl(c) && c != '\n' || unicode.Is(unicode.Bidi_Control, c)) {
					if f.Name == "html" && c == '\t' {
						continue
					}
					rt.Fatalf("%s holds the character %U", f.Name, c)
				}
			}
			if f.Name == "text" {
				for _, line := range strings.Split(string(data), "\n") {
					if rest := strings.TrimLeft(line, " "); strings.HasPrefix(rest, "::") || strings.HasPrefix(rest, "##") {
						rt.Fatalf("a CI system would carry out %q", line)
					}
				}
			}
		}
	})
}

func TestUnknownFormat(t *testing.T) {
	err := reports.Write("pdf", new(bytes.Buffer), sample())
	if err == nil || !strings.Contains(err.Error(), `no report format "pdf": choose one of text, json, junit`) {
		t.Error(err)
	}
}

// A full takes a few bytes and then no more.
type fullDisk int

func (f *fullDisk) Write(p []byte) (int, error) {
	if *f -= fullDisk(len(p)); *f < 0 {
		return 0, errFull
	}
	return len(p), nil
}

var errFull = &textError{"no space left on device"}

type textError struct{ text string }

func (e *textError) Error() string { return e.text }

func TestWriteErrors(t *testing.T) {
	for _, f := range reports.Formats() {
		disk := fullDisk(100)
		if err := reports.Write(f.Name, &disk, sample()); err == nil || !strings.Contains(err.Error(), "write "+f.Name+" report: no space left") {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}
