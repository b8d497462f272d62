package reports

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"understudy/scenarios"
)

// JUnit XML has no standard. What is written here is what GitLab, Jenkins and those that follow them read alike: the message is
// repeated in the content because GitLab shows only that; groups are made by classname, whose last dot splits package and
// class in Jenkins; pairs of classname and name are unique because GitLab drops the second; output belongs to test cases.
type junitSuites struct {
	XMLName xml.Name `xml:"testsuites"`
	Name    string   `xml:"name,attr"`
	junitCounts
	Suites []junitSuite `xml:"testsuite"`
}

type junitCounts struct {
	Tests     int    `xml:"tests,attr"`
	Failures  int    `xml:"failures,attr"`
	Errors    int    `xml:"errors,attr"`
	Skipped   int    `xml:"skipped,attr"`
	Time      string `xml:"time,attr"`
	Timestamp string `xml:"timestamp,attr"`
}

type junitSuite struct {
	Name string `xml:"name,attr"`
	junitCounts
	Hostname   string          `xml:"hostname,attr,omitempty"`
	Properties []junitProperty `xml:"properties>property,omitempty"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name      string        `xml:"name,attr"`
	Classname string        `xml:"classname,attr"`
	File      string        `xml:"file,attr,omitempty"`
	Line      int           `xml:"line,attr,omitempty"`
	Time      string        `xml:"time,attr"`
	Failure   *junitFailure `xml:"failure"`
	Error     *junitFailure `xml:"error"`
	Skipped   *junitSkipped `xml:"skipped"`
	Out       *junitText    `xml:"system-out"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

type junitText struct {
	Text string `xml:",chardata"`
}

// junitMost is how many bytes a file may have: GitLab reads 30 MB.
const junitMost = 29_000_000

// A junitDetail is how much is told; a file that becomes too large is written again with less.
type junitDetail struct {
	body    int  // bytes of each body in system-out; 0: no exchanges
	text    int  // bytes of a failure's text
	passing bool // passed tests are there
}

var junitDetails = []junitDetail{{8 << 10, 32 << 10, true}, {1 << 10, 8 << 10, true}, {0, 2 << 10, true}, {0, 300, false}}

func writeJUnit(o Options, w io.Writer, r *scenarios.Result) error {
	s := look(r)
	var b bytes.Buffer
	for i, d := range junitDetails {
		b.Reset()
		b.WriteString(xml.Header)
		e := xml.NewEncoder(&b)
		e.Indent("", "  ")
		if err := e.Encode(junit(o, s, d)); err != nil {
			return err
		}
		b.WriteByte('\n')
		if readable(&b); b.Len() <= junitMost {
			break
		}
		if i == len(junitDetails)-1 {
			return fmt.Errorf("%d failures do not fit into the %d bytes that CI systems read", s.counts.Failed+s.counts.Errored, junitMost)
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

// readable puts line ends and apostrophes back, which the encoder refers to by number everywhere. No attribute holds either: its
// values are one line, between double quotes.
func readable(b *bytes.Buffer) {
	text := bytes.ReplaceAll(b.Bytes(), []byte("&#xA;"), []byte("\n"))
	text = bytes.ReplaceAll(text, []byte("&#39;"), []byte("'"))
	b.Reset()
	b.Write(text)
}

func junit(o Options, s *survey, d junitDetail) *junitSuites {
	all := &junitSuites{Name: oneLine(joined(" ", s.Tool.Name, s.Command))}
	names := map[string]int{}
	for i := range s.Suites {
		all.add(junitOfSuite(o, s, &s.Suites[i], d, names))
	}
	if run := junitOfRun(s); len(run.Cases) > 0 {
		all.add(run)
	}
	all.Time, all.Timestamp = seconds(s.Elapsed), stamp(s.Started)
	return all
}

func (all *junitSuites) add(s junitSuite) {
	all.Tests += s.Tests
	all.Failures += s.Failures
	all.Errors += s.Errors
	all.Skipped += s.Skipped
	all.Suites = append(all.Suites, s)
}

func junitOfSuite(o Options, s *survey, suite *scenarios.Suite, d junitDetail, names map[string]int) junitSuite {
	x := junitSuite{Name: oneLine(suite.Name), Properties: junitProperties(s, suite)}
	for _, t := range s.Targets {
		if t.Contract == suite.Contract {
			x.Hostname = oneLine(environment(&scenarios.Result{Targets: []scenarios.Target{t}}))
		}
	}
	var spent time.Duration
	first := s.Started
	left := 0
	for i := range suite.Tests {
		t := &suite.Tests[i]
		spent += t.Elapsed
		if i == 0 && !t.Started.IsZero() {
			first = t.Started
		}
		if t.Outcome == scenarios.Passed && !d.passing {
			left++
			continue
		}
		c := junitOfTest(o, s, suite, t, d)
		// The same pair once more would be dropped by GitLab.
		key := c.Classname + "\x00" + c.Name
		names[key]++
		for n := names[key]; n > 1; n++ {
			numbered := fmt.Sprintf("%s (%d)", c.Name, n)
			if names[c.Classname+"\x00"+numbered] == 0 {
				c.Name = numbered
				names[c.Classname+"\x00"+numbered]++
				break
			}
		}
		x.count(&c)
	}
	if left > 0 {
		x.Properties = append(x.Properties, junitProperty{"passed tests left out", fmt.Sprint(left)})
	}
	x.Time, x.Timestamp = seconds(spent), stamp(first)
	return x
}

func (x *junitSuite) count(c *junitCase) {
	x.Tests++
	switch {
	case c.Failure != nil:
		x.Failures++
	case c.Error != nil:
		x.Errors++
	case c.Skipped != nil:
		x.Skipped++
	}
	x.Cases = append(x.Cases, *c)
}

func junitProperties(s *survey, suite *scenarios.Suite) []junitProperty {
	var list []junitProperty
	add := func(name, value string) {
		if value != "" {
			list = append(list, junitProperty{oneLine(name), oneLine(value)})
		}
	}
	add("tool", joined(" ", s.Tool.Name, s.Tool.Version))
	add("command", s.Command)
	add("seed", fmt.Sprint(s.Seed))
	add("shard", s.Shard)
	add("source", suite.Source)
	for _, t := range s.Targets {
		if t.Contract == suite.Contract {
			add("contract", label(t))
			add("contract hash", t.Hash)
			add("target", t.URL)
		}
	}
	if suite.Kind == rules {
		k := s.card(suite)
		add("score", k.sentence())
		add("drills carried out", strings.Join(k.score.Drills, ", "))
	}
	if s.Coverage != nil {
		for _, d := range s.Coverage.Dimensions {
			if d.Contract == suite.Contract {
				add("coverage "+d.Name, fmt.Sprintf("%d/%d", d.Covered, d.Total))
			}
		}
	}
	for _, n := range s.Notes {
		add("note", n)
	}
	return list
}

// junitOfRun tells what no test of the run says: gates, a run that ended early, one in which nothing was examined.
func junitOfRun(s *survey) junitSuite {
	x := junitSuite{Name: "run", junitCounts: junitCounts{Time: "0.000", Timestamp: stamp(s.Ended)}}
	add := func(name, wrong string) {
		c := junitCase{Name: oneLine(name), Classname: "conformance.run." + className(s.Command), Time: "0.000"}
		if wrong != "" {
			c.Failure = &junitFailure{Message: oneLine(wrong), Type: "run", Text: xmlText(wrong)}
		}
		x.count(&c)
	}
	for _, g := range s.Gates {
		wrong := ""
		if !g.Passed {
			wrong = fmt.Sprintf("%s: %s %% were reached, %s %% are required", g.Name, figure(g.Got), figure(g.Want))
		}
		add("GATE "+g.Name, wrong)
	}
	if v := s.verdict(); v.word == "stopped" || v.word == "empty" {
		add("RUN completed", v.sentence)
	}
	return x
}

// className makes one part of a classname: a dot of it would be taken for a group.
func className(s string) string {
	s = strings.ReplaceAll(oneLine(s), ".", "·")
	if s = strings.TrimSpace(s); s == "" {
		return "other"
	}
	return s
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", max(d, 0).Seconds()) }

// stamp is ISO 8601 without a zone, in UTC, as Jenkins's schema has it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05") }

// xmlText keeps line ends and makes visible what XML 1.0 (2.2) does not allow and what a console would act on.
func xmlText(s string) string {
	if plain(s) {
		return s
	}
	return strings.Join(visibleLines(s), "\n")
}
