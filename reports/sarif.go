package reports

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"

	"understudy/contracts/check"
	"understudy/scenarios"
)

// The parts of SARIF 2.1.0 that are written. All of its objects are closed; what is ours goes into property bags.
type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool struct {
		Driver sarifDriver `json:"driver"`
	} `json:"tool"`
	Automation  sarifAutomation   `json:"automationDetails"`
	Invocations []sarifInvocation `json:"invocations"`
	ColumnKind  string            `json:"columnKind"`
	Results     []sarifResult     `json:"results"` // empty: it was looked for, and nothing was found (3.14.23)
	Properties  map[string]any    `json:"properties,omitempty"`
}

type sarifDriver struct {
	Name            string      `json:"name"`
	Version         string      `json:"version,omitempty"`
	SemanticVersion string      `json:"semanticVersion,omitempty"`
	Rules           []sarifRule `json:"rules"`
}

type sarifAutomation struct {
	ID string `json:"id"`
}

type sarifInvocation struct {
	Successful    bool                `json:"executionSuccessful"`
	ExitCode      int                 `json:"exitCode"`
	Description   string              `json:"exitCodeDescription,omitempty"`
	Start         string              `json:"startTimeUtc,omitempty"`
	End           string              `json:"endTimeUtc,omitempty"`
	Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
}

type sarifNotification struct {
	Level   string    `json:"level"`
	Message sarifText `json:"message"`
}

type sarifText struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifResult struct {
	RuleID       string             `json:"ruleId"`
	RuleIndex    int                `json:"ruleIndex"`
	Level        string             `json:"level"`
	Message      sarifText          `json:"message"`
	Locations    []sarifLocation    `json:"locations"`
	Fingerprints map[string]string  `json:"partialFingerprints"`
	Occurrences  int                `json:"occurrenceCount,omitempty"`
	Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	Properties   map[string]any     `json:"properties,omitempty"`
}

type sarifLocation struct {
	Physical sarifPhysical  `json:"physicalLocation"`
	Logical  []sarifLogical `json:"logicalLocations,omitempty"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine int `json:"startLine"`
}

type sarifLogical struct {
	Name string `json:"fullyQualifiedName"`
	Kind string `json:"kind"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Status        string `json:"status"`
	Justification string `json:"justification,omitempty"`
}

// What GitHub takes: results of a run, and bytes of the file after gzip (10 MB, less what another compressor may need more).
const (
	sarifResults = 25_000
	sarifMost    = 9_500_000
	sarifText1   = 4 << 10 // bytes of one message
)

func writeSARIF(o Options, w io.Writer, r *scenarios.Result) error {
	s := look(r)
	for most := sarifResults; ; most /= 2 {
		data, err := json.MarshalIndent(sarif(o, s, most), "", "  ")
		if err != nil {
			return err
		}
		if len(data) > sarifMost && most > 1 && compressed(data) > sarifMost {
			continue
		}
		_, err = w.Write(append(data, '\n'))
		return err
	}
}

func compressed(data []byte) int {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(data) // a buffer takes all
	_ = z.Close()
	return b.Len()
}

func sarif(o Options, s *survey, most int) *sarifLog {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: s.Tool.Name, Version: s.Tool.Version, SemanticVersion: semantic(s.Tool.Version)}
	if run.Tool.Driver.Name == "" {
		run.Tool.Driver.Name = "understudy"
	}
	run.Automation.ID = o.Category
	if o.Category == "" {
		run.Automation.ID = category(s.Result)
	}
	rules := ruleBook{o: o, index: map[string]int{}, list: []sarifRule{}}
	all := append(s.broken(), s.findings...)
	for i, f := range all {
		if i == most {
			break
		}
		run.Results = append(run.Results, sarifOf(o, f, rules.of(f.Finding)))
	}
	run.Tool.Driver.Rules = rules.list
	run.Invocations = []sarifInvocation{invocation(s, max(len(all)-most, 0))}
	run.Properties = map[string]any{"seed": fmt.Sprint(s.Seed), "command": s.Command, "tests": s.counts.Tests, "requests": s.Requests}
	if len(s.cards()) > 0 {
		run.Properties["scores"], run.Properties["verdicts"] = s.Scores, sarifVerdicts(s)
	}
	return &sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}}
}

// A sarifVerdict is what became of a rule for clients. Code scanning takes every result for an alert, so that rules which were kept,
// or never put to the test, stand in the run's property bag.
type sarifVerdict struct {
	Rule     string            `json:"ruleId"`
	Contract string            `json:"contract"`
	Outcome  scenarios.Outcome `json:"outcome"`
	Reason   string            `json:"reason,omitempty"`
}

func sarifVerdicts(s *survey) []sarifVerdict {
	var list []sarifVerdict
	for _, k := range s.cards() {
		for _, t := range allOf(k.suite) {
			list = append(list, sarifVerdict{t.Check, k.suite.Contract, t.Outcome, visible(cut(t.Reason, 1000))})
		}
	}
	return list
}

// category names what is compared from run to run: GitHub takes what stands before the last slash.
func category(r *scenarios.Result) string {
	var contracts []string
	for _, t := range r.Targets {
		contracts = append(contracts, t.Contract)
	}
	id := joined("/", "understudy", r.Command, strings.Join(contracts, "+"), environment(r)) + "/"
	if r.Shard != "" {
		id += "shard-" + strings.ReplaceAll(r.Shard, "/", "-of-") + "/"
	}
	return visible(id)
}

// semantic gives a version only where it is one (SARIF 3.19.12).
func semantic(version string) string {
	v := strings.TrimPrefix(version, "v")
	core, _, _ := strings.Cut(v, "-")
	core, _, _ = strings.Cut(core, "+")
	parts := strings.Split(core, ".")
	if len(parts) != 3 {
		return ""
	}
	for _, p := range parts {
		if p == "" || strings.Trim(p, "0123456789") != "" {
			return ""
		}
	}
	return v
}

func sarifOf(o Options, f finding, rule int) sarifResult {
	x := sarifResult{
		RuleID: f.Check, RuleIndex: rule, Level: sarifLevel(f.Level), Message: sarifText{Text: cut(sarifMessage(f), sarifText1)},
		Locations:    []sarifLocation{sarifPlace(o, f)},
		Fingerprints: map[string]string{"primaryLocationLineHash": identityText(f.Finding)},
		Properties:   map[string]any{"basis": f.Basis, "certainty": f.Certainty, "test": f.test.ID},
	}
	if f.times > 1 {
		x.Occurrences = f.times
	}
	for name, value := range map[string]string{"norm": f.Norm, "where": f.Where, "curl": cut(f.Curl, sarifText1), "pointer": f.At.Pointer} {
		if value != "" {
			x.Properties[name] = visible(value)
		}
	}
	if k := f.Known; k != nil && !k.Expired {
		until := ""
		if k.Until != "" {
			until = "until " + k.Until
		}
		x.Suppressions = []sarifSuppression{{Kind: "external", Status: "accepted", Justification: visible(joined(", ", k.Reason, until))}}
	}
	return x
}

// identityText is the fingerprint, or what stands for it as text.
func identityText(f *check.Finding) string {
	return visible(strings.ReplaceAll(identity(f), "\x00", "|"))
}

func sarifLevel(l check.Level) string {
	switch l {
	case check.Failure:
		return "error"
	case check.Warning:
		return "warning"
	}
	return "note"
}

func sarifMessage(f finding) string {
	lines := []string{joined(": ", operation(f.Finding), f.Message)}
	for _, more := range []struct{ name, value string }{
		{"Where", f.Where}, {"Wanted", f.Want}, {"Got", f.Got}, {"Known", knownReason(f.Finding)}, {"Repeat with", f.Curl},
	} {
		if more.value != "" {
			lines = append(lines, more.name+": "+cut(more.value, 1000))
		}
	}
	return strings.Join(visibleLines(strings.Join(lines, "\n")), "\n")
}

func knownReason(f *check.Finding) string {
	if f.Known == nil {
		return ""
	}
	return joined(": ", knownWord(f), f.Known.Reason)
}

func sarifPlace(o Options, f finding) sarifLocation {
	at := f.where()
	var l sarifLocation
	l.Physical.Artifact.URI = uri(o.path(at.File), f.Contract)
	if at.Line > 0 {
		l.Physical.Region = &sarifRegion{at.Line}
	}
	if name := operation(f.Finding); name != "" {
		l.Logical = []sarifLogical{{visible(joined(" ", f.Contract, name)), "function"}}
	}
	return l
}

// uri makes a reference (RFC 3986, 4.1) of a path. A result must have a place, so that one of which no file is known gets the
// name of the contract.
func uri(path, contract string) string {
	if path == "" {
		path = contract
	}
	if path == "" {
		path = "contract"
	}
	if strings.HasPrefix(path, "http://") || strings.HasPrefix(path, "https://") {
		if u, err := url.Parse(path); err == nil {
			return u.String()
		}
	}
	return (&url.URL{Path: path}).String()
}

// invocation tells how the run ended. A run that could not look at all is not successful; findings are no failure of the tool.
func invocation(s *survey, left int) sarifInvocation {
	v := s.verdict()
	x := sarifInvocation{Successful: v.word == "passed" || v.word == "failed" && s.Stopped == "", Description: visible(v.sentence)}
	if v.word != "passed" {
		x.ExitCode = 1
	}
	const utc = "2006-01-02T15:04:05.000Z"
	if !s.Started.IsZero() {
		x.Start = s.Started.UTC().Format(utc)
	}
	if !s.Ended.IsZero() {
		x.End = s.Ended.UTC().Format(utc)
	}
	tell := func(level, text string) {
		x.Notifications = append(x.Notifications, sarifNotification{level, sarifText{Text: visible(cut(text, sarifText1))}})
	}
	eachTest(s.Result, func(_ *scenarios.Suite, t *scenarios.Test) {
		if t.Outcome == scenarios.Errored && len(x.Notifications) < 100 {
			tell("error", joined(": ", t.ID, t.Reason))
		}
	})
	for _, g := range s.Gates {
		if !g.Passed {
			tell("error", fmt.Sprintf("gate %s: %s %% were reached, %s %% are required", g.Name, figure(g.Got), figure(g.Want)))
		}
	}
	for _, n := range s.Notes {
		tell("note", n)
	}
	if left > 0 {
		tell("warning", fmt.Sprintf("%d findings do not fit into what code scanning takes; they stand in the other formats", left))
	}
	return x
}
