package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v4"
)

// A ciJob is a folder with a contract, a suite, and the files that a CI system gives to a step.
type ciJob struct {
	folder, output, summary string
	target                  string // a stand-in that keeps the contract
	broken                  string // one that does not
}

// newJob starts two stand-ins: of the contract, and of one whose books have lost their titles.
func newJob(t *testing.T) *ciJob {
	t.Helper()
	j := &ciJob{folder: t.TempDir()}
	if err := os.CopyFS(j.folder, os.DirFS("testdata/documentation")); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(j.folder, "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	at := strings.LastIndex(string(good), "title: {type: string, minLength: 1, maxLength: 200}")
	worse := string(good[:at]) + "title: {type: string, const: ''}" + string(good[at:])[strings.Index(string(good[at:]), "}")+1:]
	worse = strings.Replace(worse, "required: [id, title]", "required: [id]", 1)
	if err := os.WriteFile(filepath.Join(other, "openapi.yaml"), []byte(worse), 0o600); err != nil {
		t.Fatal(err)
	}
	j.output, j.summary = filepath.Join(t.TempDir(), "output"), filepath.Join(t.TempDir(), "summary")
	j.target, j.broken = startForCI(t, filepath.Join(j.folder, "openapi.yaml")), startForCI(t, filepath.Join(other, "openapi.yaml"))
	return j
}

func startForCI(t *testing.T, contract string) string {
	t.Helper()
	p := &process{out: &bytes.Buffer{}, err: &bytes.Buffer{}, getenv: func(string) string { return "" }}
	var s serving
	s.flags(pflag.NewFlagSet("serve", pflag.ContinueOnError))
	s.listen, s.noControl, s.quiet = "127.0.0.1:0", true, true
	options, err := p.settings(&s)
	if err != nil {
		t.Fatal(err)
	}
	house, err := p.open(t.Context(), &s, options, []string{contract})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(house.close)
	return house.stands[0].baseURL()
}

// step runs a shell script as a step does and gives its exit status and what it printed.
func (j *ciJob) step(t *testing.T, script string, variables ...string) (int, string) {
	t.Helper()
	for _, file := range []string{j.output, j.summary} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.CommandContext(t.Context(), "bash", script)
	c.Dir = j.folder
	c.Env = append([]string{"PATH=" + builtPath(t), "HOME=" + j.folder, "GITHUB_OUTPUT=" + j.output, "GITHUB_STEP_SUMMARY=" + j.summary}, variables...)
	said, err := c.CombinedOutput()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), string(said)
}

func (j *ciJob) read(t *testing.T, file string) string {
	t.Helper()
	if !filepath.IsAbs(file) {
		file = filepath.Join(j.folder, file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func judgeScript(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../ci/judge.sh")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestActionJudges: the step of the GitHub action against a deployment that is good, one that is not, and none.
func TestActionJudges(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	for _, c := range []struct {
		name      string
		status    int
		outputs   string // files that are told of
		summary   string
		variables []string
	}{
		{"check clean", 0, "html json junit markdown sarif", "44 tests passed", []string{"UNDERSTUDY_CONTRACT=openapi.yaml", "UNDERSTUDY_TARGET=" + j.target}},
		{"check with findings", 1, "html json junit markdown sarif", "SCH-001", []string{"UNDERSTUDY_CONTRACT=openapi.yaml", "UNDERSTUDY_TARGET=" + j.broken}},
		{"check cannot run", 2, "", "could not run", []string{"UNDERSTUDY_CONTRACT=missing.yaml", "UNDERSTUDY_TARGET=" + j.target}},
		{"nobody answers", 2, "", "", []string{"UNDERSTUDY_CONTRACT=openapi.yaml", "UNDERSTUDY_TARGET=http://127.0.0.1:1"}},
		{"run clean", 0, "junit markdown", "1 test passed", []string{"UNDERSTUDY_COMMAND=run", "UNDERSTUDY_SUITES=suites", "UNDERSTUDY_TARGET=" + j.target, "UNDERSTUDY_REPORTS=junit, junit"}},
		{"run with findings", 1, "junit markdown", "failed", []string{"UNDERSTUDY_COMMAND=run", "UNDERSTUDY_SUITES=suites\n", "UNDERSTUDY_TARGET=" + j.broken, "UNDERSTUDY_REPORTS=junit"}},
		{"gate not met", 1, "html json junit markdown sarif", "", []string{"UNDERSTUDY_CONTRACT=openapi.yaml", "UNDERSTUDY_TARGET=" + j.target, "UNDERSTUDY_ARGS=--only=SEC", "UNDERSTUDY_REQUIRE=operations=100"}},
		{"no summary", 0, "sarif", "", []string{"UNDERSTUDY_CONTRACT=openapi.yaml", "UNDERSTUDY_TARGET=" + j.target, "UNDERSTUDY_REPORTS=sarif", "UNDERSTUDY_SUMMARY=false", "UNDERSTUDY_FOLDER=other reports"}},
		{"no subject", 2, "", "", nil},
		{"no such command", 2, "", "", []string{"UNDERSTUDY_COMMAND=serve"}},
		{"no such format", 2, "", "", []string{"UNDERSTUDY_CONTRACT=openapi.yaml", "UNDERSTUDY_REPORTS=pdf"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, said := j.step(t, judgeScript(t), c.variables...)
			if status != c.status {
				t.Fatalf("the exit status is %d, want %d\n%s", status, c.status, said)
			}
			told := map[string]string{}
			for line := range strings.Lines(j.read(t, j.output)) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
				told[name] = value
			}
			if c.outputs != "" || c.status < 2 {
				if told["exit-status"] != fmt.Sprint(c.status) {
					t.Errorf("the output exit-status is %q", told["exit-status"])
				}
			}
			var files []string
			for name, file := range told {
				if name != "exit-status" && name != "folder" {
					files = append(files, name)
					if j.read(t, file) == "" {
						t.Errorf("%s is empty", file)
					}
				}
			}
			if slices.Sort(files); strings.Join(files, " ") != c.outputs && c.status < 2 {
				t.Errorf("the outputs are %v, want %s", files, c.outputs)
			}
			if file := told["junit"]; file != "" {
				if err := xml.Unmarshal([]byte(j.read(t, file)), new(struct{})); err != nil {
					t.Errorf("%s: %v", file, err)
				}
			}
			if !strings.Contains(j.read(t, j.summary), c.summary) {
				t.Errorf("the summary has no %q:\n%s", c.summary, j.read(t, j.summary))
			}
			if c.name == "no summary" && j.read(t, j.summary) != "" {
				t.Error("a summary was written")
			}
		})
	}
}

// TestActionHostileInputs: inputs come from whoever opens a pull request. They are texts, never commands, flags or outputs.
func TestActionHostileInputs(t *testing.T) {
	t.Parallel()
	j := newJob(t)
	hostile := []string{
		"$(touch pwned)", "`touch pwned`", "; touch pwned", "x\" ; touch pwned ; \"", "'; touch pwned; '", "--help", "-", "--report=html=/tmp/pwned", "x\nexit-status=0\njunit=/etc/passwd", "*", "a b", "&& touch pwned", "| touch pwned", "> pwned", "${HOME}", "%0aexit-status=0", "\\",
	}
	for _, name := range []string{"COMMAND", "CONTRACT", "SUITES", "TARGET", "BASELINE", "CREDENTIALS", "OVERLAYS", "REQUIRE", "REPORTS", "FOLDER", "ARGS", "SUMMARY"} {
		for _, text := range hostile {
			if name == "SUMMARY" || name == "ARGS" && strings.HasPrefix(text, "-") || name == "FOLDER" && !strings.ContainsAny(text, "\n-") {
				continue // those are good
			}
			variables := []string{"UNDERSTUDY_CONTRACT=openapi.yaml", "UNDERSTUDY_TARGET=" + j.target, "UNDERSTUDY_ARGS=--list"}
			if name == "SUITES" {
				variables = append(variables, "UNDERSTUDY_COMMAND=run")
			}
			status, said := j.step(t, judgeScript(t), append(variables, "UNDERSTUDY_"+name+"="+text)...)
			if _, err := os.Stat(filepath.Join(j.folder, "pwned")); err == nil {
				t.Fatalf("%s=%q was carried out", name, text)
			}
			if status != 0 && status != 2 {
				t.Errorf("%s=%q: the exit status is %d\n%s", name, text, status, said)
			}
			for line := range strings.Lines(j.read(t, j.output)) {
				if strings.Contains(line, "/etc/passwd") || strings.Contains(line, "exit-status=0") && status != 0 {
					t.Errorf("%s=%q wrote the output %q", name, text, line)
				}
			}
			if strings.Contains(said, "Usage:") {
				t.Errorf("%s=%q was taken for a flag:\n%s", name, text, said)
			}
		}
	}
}

// TestAction: no input is ever part of a script, every one is handed on, and no action of others is called.
func TestAction(t *testing.T) {
	text, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var action struct {
		Inputs  map[string]struct{ Description, Default string }
		Outputs map[string]struct{ Description, Value string }
		Runs    struct {
			Using string
			Steps []struct {
				ID, Shell, Run, Uses string
				Env                  map[string]string
			}
		}
	}
	if err := yaml.Unmarshal(text, &action); err != nil {
		t.Fatal(err)
	}
	used, given := map[string]bool{}, map[string]bool{}
	for _, s := range action.Runs.Steps {
		if s.Uses != "" || s.Shell != "bash" {
			t.Errorf("the step %q calls %q in %q", s.Run, s.Uses, s.Shell)
		}
		if strings.Contains(s.Run, "${{") || !regexp.MustCompile(`^"\$GITHUB_ACTION_PATH/ci/[a-z]+\.sh"$`).MatchString(s.Run) {
			t.Errorf("the step runs %s, which must be a file of ours and hold no expression", s.Run)
		}
		script, err := os.ReadFile("../../ci/" + strings.Trim(filepath.Base(s.Run), `"`))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range s.Env {
			given[name] = true
			if !bytes.Contains(script, []byte(name)) {
				t.Errorf("nothing reads %s", name)
			}
			for _, m := range regexp.MustCompile(`inputs\.([a-z-]+)`).FindAllStringSubmatch(value, -1) {
				used[m[1]] = true
				if _, ok := action.Inputs[m[1]]; !ok {
					t.Errorf("%s takes the input %s, which there is not", name, m[1])
				}
			}
		}
		for _, name := range regexp.MustCompile(`\bUNDERSTUDY_[A-Z]+\b`).FindAllString(string(script), -1) {
			if !given[name] {
				t.Errorf("the script reads %s, which the action does not give", name)
			}
		}
	}
	for name, input := range action.Inputs {
		if !used[name] || input.Description == "" {
			t.Errorf("the input %s is used by nothing or not described", name)
		}
	}
	judge, err := os.ReadFile("../../ci/judge.sh")
	if err != nil {
		t.Fatal(err)
	}
	for name, output := range action.Outputs {
		if output.Description == "" || output.Value != "${{ steps.judge.outputs."+name+" }}" || !bytes.Contains(judge, []byte(name)) {
			t.Errorf("the output %s is %+v", name, output)
		}
	}
}

// TestGitLabTemplate runs the script of the template as it stands there.
func TestGitLabTemplate(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../ci/gitlab.yml")
	if err != nil {
		t.Fatal(err)
	}
	var template map[string]struct {
		Variables map[string]string
		Script    []string
		Artifacts struct {
			When    string
			Reports map[string]string
		}
	}
	if err := yaml.Unmarshal(text, &template); err != nil {
		t.Fatal(err)
	}
	job := template[".understudy"]
	if len(job.Script) != 1 || job.Artifacts.When != "always" || strings.Contains(job.Script[0], "$CI_COMMIT") {
		t.Fatalf("the job is %+v", job)
	}
	j := newJob(t)
	script := filepath.Join(t.TempDir(), "script")
	// A runner of GitLab puts this before the lines of a job.
	if err := os.WriteFile(script, []byte("set -eo pipefail\n"+job.Script[0]), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(t *testing.T, want int, variables ...string) string {
		t.Helper()
		var all []string
		for name, value := range job.Variables {
			all = append(all, name+"="+value)
		}
		status, said := j.step(t, script, append(all, variables...)...)
		if status != want {
			t.Errorf("the exit status is %d, want %d\n%s", status, want, said)
		}
		return said
	}
	run(t, 0, "UNDERSTUDY_CONTRACT=openapi.yaml", "UNDERSTUDY_TARGET="+j.target)
	for _, file := range []string{job.Artifacts.Reports["junit"], "understudy-reports/report.md", "understudy-reports/report.html", "understudy-reports/result.json"} {
		if j.read(t, file) == "" {
			t.Errorf("%s is empty", file)
		}
	}
	run(t, 1, "UNDERSTUDY_CONTRACT=openapi.yaml", "UNDERSTUDY_TARGET="+j.broken)
	run(t, 0, "UNDERSTUDY_COMMAND=run", "UNDERSTUDY_SUITES=suites suites/books.arazzo.yaml", "UNDERSTUDY_TARGET="+j.target, "UNDERSTUDY_ARGS=--jobs=2 --seed=7")
	run(t, 2, "UNDERSTUDY_CONTRACT=missing.yaml", "UNDERSTUDY_TARGET="+j.target)
	run(t, 2, "UNDERSTUDY_COMMAND=serve")
	for _, name := range []string{"COMMAND", "CONTRACT", "TARGET", "BASELINE", "ARGS"} {
		for _, text := range []string{"$(touch pwned)", "; touch pwned", "`touch pwned`", "' ; touch pwned '"} {
			_, _ = j.step(t, script, append(slices.Collect(func(yield func(string) bool) {
				for n, v := range job.Variables {
					if !yield(n + "=" + v) {
						return
					}
				}
			}), "UNDERSTUDY_CONTRACT=openapi.yaml", "UNDERSTUDY_TARGET="+j.target, "UNDERSTUDY_"+name+"="+text)...)
			if _, err := os.Stat(filepath.Join(j.folder, "pwned")); err == nil {
				t.Fatalf("%s=%q was carried out", name, text)
			}
		}
	}
}
