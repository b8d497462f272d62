package grade_test

import (
	"cmp"
	"context"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/contracts/check"
	"understudy/scenarios"
	"understudy/scenarios/grade"
)

// A clientTest is one client, what it does, what is in its way, and what the rules must say of it.
type clientTest struct {
	variant string
	node    bool
	archive bool     // it is judged by the HTTP archive that it writes, and not by the stand-in's journal
	tasks   string   // divided by blanks
	faults  []string // as the command line takes them
	scopes  []string // of the key; empty: those that the tasks need
	events  []string // kinds of misbehaviour, "good" is none: one event each
	drills  []string // that were carried out, as the recording tells
	// broken are the rules that it breaks, with the worst level of their findings. No other may be.
	broken map[string]check.Level
	// exact is set where the rule looks at pauses to the millisecond: a machine that is busy stretches them, and then it is tried again.
	exact bool
	// also are rules that the planted misbehaviour cannot be had without. They may be broken.
	also []string
}

// TestClients runs every client against a stand-in, and has its recording graded.
func TestClients(t *testing.T) {
	tried := &coverage{exercised: map[string]bool{}}
	t.Cleanup(func() { tried.compare(t) })
	for i := range clientTests {
		test := &clientTests[i]
		name := "go/" + test.variant
		if test.node {
			name = "node/" + test.variant
		}
		if test.archive {
			name += "/archive"
		}
		name += "/" + test.tasks
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath("node"); test.node && err != nil && os.Getenv("CI") == "" {
				t.Log("there is no node here: nothing was tried")
				return
			}
			judgement := test.grade(t)
			for tries := 1; test.exact && tries < 3 && !test.found(judgement); tries++ {
				judgement = test.grade(t)
			}
			tried.add(test, judgement)
			broken := worst(judgement)
			for _, id := range slices.Sorted(maps.Keys(broken)) {
				if broken[id] != check.Note && test.broken[id] == "" && !slices.Contains(test.also, id) {
					t.Errorf("%s is broken, too:\n%s", id, said(judgement, id))
				}
			}
			for _, id := range slices.Sorted(maps.Keys(test.broken)) {
				if broken[id] != test.broken[id] {
					t.Errorf("%s is %s, want %s\n%s", id, cmp.Or(broken[id], "kept"), test.broken[id], said(judgement, id))
				}
			}
		})
	}
}

// found says that a client's misbehaviour was.
func (test *clientTest) found(j grade.Judgement) bool {
	broken := worst(j)
	for id, level := range test.broken {
		if broken[id] != level {
			return false
		}
	}
	return true
}

// worst gives the worst level of each rule's findings.
func worst(j grade.Judgement) map[string]check.Level {
	order := []check.Level{"", check.Note, check.Warning, check.Failure}
	broken := map[string]check.Level{}
	for _, one := range j.Suite.Tests {
		for _, f := range one.Findings {
			if slices.Index(order, f.Level) > slices.Index(order, broken[one.Check]) {
				broken[one.Check] = f.Level
			}
		}
	}
	return broken
}

// grade runs a client and judges it.
func (test *clientTest) grade(t *testing.T) grade.Judgement {
	t.Helper()
	scopes := test.scopes
	if scopes == nil {
		for task := range strings.FieldsSeq(test.tasks) {
			scopes = append(scopes, scopesOf[task]...)
		}
		scopes = append(scopes, "bookings:read") // a key has one at least
		slices.Sort(scopes)
		scopes = slices.Compact(scopes)
	}
	q := openQuay(t, scopes...)
	q.faults(test.faults)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	archive := ""
	if test.archive {
		archive = filepath.Join(t.TempDir(), "client.har")
	}
	status := q.run(ctx, test, archive)
	return grade.Grade(q.recording(ctx, test, status, archive), grade.Options{})
}

// said gives what a judgement has to say of a rule.
func said(j grade.Judgement, id string) string {
	var lines []string
	for _, one := range j.Suite.Tests {
		if one.Check != id {
			continue
		}
		lines = append(lines, string(one.Outcome)+" "+one.Reason)
		for _, f := range one.Findings {
			lines = append(lines, "  "+string(f.Level)+" "+f.Where+": "+f.Message+"; want "+f.Want+", got "+f.Got)
		}
	}
	return strings.Join(lines, "\n")
}

// A coverage gathers which rules the clients that behave put to the test: a rule without is one that a good client was never seen to keep.
type coverage struct {
	mu        sync.Mutex
	good      int
	exercised map[string]bool
}

func (x *coverage) add(test *clientTest, j grade.Judgement) {
	if len(test.broken) > 0 {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.good++
	for _, one := range j.Suite.Tests {
		if one.Outcome != scenarios.Skipped {
			x.exercised[one.Check] = true
		}
	}
}

func (x *coverage) compare(t *testing.T) {
	good := 0
	for i := range clientTests {
		if len(clientTests[i].broken) == 0 {
			good++
		}
	}
	if x.good < good {
		return // only some of the clients were run
	}
	for _, rule := range grade.Rules() {
		if reason := unkept[rule.ID]; x.exercised[rule.ID] == (reason != "") {
			t.Errorf("%s: put to the test by clients that behave: %v; %q", rule.ID, x.exercised[rule.ID], reason)
		}
	}
}

// TestPlants asks for a client that breaks each rule.
func TestPlants(t *testing.T) {
	planted := map[string]bool{}
	for i := range clientTests {
		for id := range clientTests[i].broken {
			planted[id] = true
			if _, known := grade.FindRule(id); !known {
				t.Errorf("%s: there is no rule %s", clientTests[i].variant, id)
			}
		}
		for _, id := range clientTests[i].also {
			if _, known := grade.FindRule(id); !known {
				t.Errorf("%s: there is no rule %s", clientTests[i].variant, id)
			}
		}
	}
	for _, rule := range grade.Rules() {
		if reason := unplanted[rule.ID]; planted[rule.ID] == (reason != "") {
			t.Errorf("%s: planted: %v; %q", rule.ID, planted[rule.ID], reason)
		}
	}
}
