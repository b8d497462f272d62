package receiver_test

import (
	"context"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/scenarios"
	"understudy/scenarios/receiver"
)

// A wallClock is the machine's: receivers that others wrote read no other. It waits for a share of the time only.
type wallClock struct{ share time.Duration }

func (wallClock) Now() time.Time { return time.Now() }

func (c wallClock) Wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d / max(c.share, 1))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func contractOf(t testing.TB, name string) *contracts.Contract {
	t.Helper()
	if c, ok := loaded.Load(name); ok {
		return c.(*contracts.Contract)
	}
	c, err := contracts.Load(t.Context(), name, contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	loaded.Store(name, c)
	return c
}

var loaded sync.Map // name → *contracts.Contract, which is read-only

// subjects are the contracts, with the kind of receiver that takes their deliveries.
var subjects = []struct{ contract, kind string }{
	{"ecosire", "ecosire"}, {"ecoevents", "standard"}, {"eckospace", "standard"}, {"testdata/plain.yaml", "github"},
}

func judge(t *testing.T, o receiver.Options) *scenarios.Result {
	t.Helper()
	if o.Clock == nil {
		o.Clock = wallClock{10}
	}
	o.Seed, o.Tool = 7, scenarios.Tool{Name: "understudy", Version: "test"}
	if o.Secrets == nil {
		o.Secrets = secrets
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	result, err := receiver.Judge(t.Context(), o)
	if err != nil {
		t.Error(err)
		return &scenarios.Result{Suites: []scenarios.Suite{{}}}
	}
	return result
}

// found lists the checks that complain, each once.
func found(r *scenarios.Result) string {
	var ids []string
	for _, test := range r.Suites[0].Tests {
		for _, f := range test.Findings {
			if !slices.Contains(ids, strings.TrimPrefix(f.Check, "RCV-")) {
				ids = append(ids, strings.TrimPrefix(f.Check, "RCV-"))
			}
		}
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

// planted is the table of faults: what is found with a probe, for each of the subjects; "-" where a subject cannot have the
// fault.
var planted = []struct {
	name   string
	faults faults
	want   [4]string
	silent string // what of it is not found without a probe
}{
	{"correct", faults{}, [4]string{}, ""},
	{"correct, content type not read", faults{ignoresType: true}, [4]string{}, ""},
	{"no verification", faults{trusting: "all"}, [4]string{"003 004 005 006 007 010 011 012", "003 004 005 006 007 008 010 011 012", "003 004 005 006 007 008 010 011 012", "003 004 005 006 010 011 012"}, ""},
	{"verifies only the first family", faults{trusting: "license"}, [4]string{"003 004 005 006 010 011 012", "-", "-", "-"}, ""},
	{"an empty signature will do", faults{empty: true}, [4]string{"003 012", "003", "003", "003"}, ""},
	{"any secret will do", faults{anySecret: true}, [4]string{"004 005 006 011", "004 005 006 011", "004 005 006 011", "004 005 006"}, ""},
	{"verifies re-serialised JSON", faults{rewritten: true}, [4]string{"006", "006", "006", "006"}, ""},
	{"accepts stale", faults{ageless: true}, [4]string{"007", "007 008", "007 008", "-"}, ""},
	{"accepts timestamps ahead", faults{onlyPast: true}, [4]string{"", "008", "008", "-"}, ""},
	{"looks at the first signature only", faults{firstOnly: true}, [4]string{"009", "009", "009", "-"}, ""},
	{"believes v0", faults{anyScheme: true}, [4]string{"010", "010", "010", "-"}, ""},
	{"fails on a long header", faults{patient: true}, [4]string{"011", "011", "011", "011"}, ""},
	{"chooses by the header", faults{byHeader: true}, [4]string{"012", "-", "-", "-"}, ""},
	{"answers 400", faults{refuse: 400}, [4]string{"013", "", "", ""}, ""},
	{"answers 302", faults{refuse: 302}, [4]string{"003 004 005 006 007 010 011 012 020", "003 004 005 006 007 008 010 011 012", "003 004 005 006 007 008 010 011 012", "003 004 005 006 010 011 012"}, ""},
	{"works before it verifies", faults{works: true, forgetful: true}, [4]string{"014 015 016 019 026", "014 015 016 019 026", "014 015 016 019 026", "014 015 016 019 026"}, "014 015 016 019 026"},
	{"no replay protection", faults{forgetful: true}, [4]string{"015 016", "015 016", "015 016", "015 016"}, "015 016"},
	{"stores the id too late", faults{racy: true}, [4]string{"015", "015", "015", "015"}, "015"},
	{"knows ids together with bodies", faults{byContent: true}, [4]string{"016", "016", "016", "016"}, "016"},
	{"refuses late events", faults{orderly: true}, [4]string{"017", "017", "017", "-"}, ""},
	{"fails on unknown events", faults{unknown: 500}, [4]string{"018", "018", "018", "018"}, ""},
	{"drops the connection on unknown events", faults{unknown: -1}, [4]string{"018", "018", "018", "018"}, ""},
	{"works on unknown events", faults{worksOnAll: true}, [4]string{"019", "019", "019", "019"}, "019"},
	{"fails on other shapes", faults{fragile: true}, [4]string{"020", "020", "020", "020"}, ""},
	{"fails on codings", faults{noCoding: true}, [4]string{"021", "021", "021", "021"}, ""},
	{"fails on large bodies", faults{small: true}, [4]string{"022", "022", "022", "022"}, ""},
	{"fails on slow bodies", faults{hasty: true}, [4]string{"023", "023", "023", "023"}, ""},
	{"fails on GET", faults{noMethods: true}, [4]string{"024", "024", "024", "024"}, ""},
	{"upset by a broken connection", faults{sour: true}, [4]string{"025", "025", "025", "025"}, ""},
	{"one at a time", faults{few: true}, [4]string{"026", "026", "026", "026"}, ""},
	{"too slow", faults{slow: 450 * time.Millisecond}, [4]string{"002", "002", "002", "002"}, ""},
	{"refuses everything", faults{closed: true}, [4]string{"001", "001", "001", "001"}, ""},
}

// TestPlantedFaults finds exactly the planted faults, and nothing in correct receivers, for both families of ECOSIRE, Standard
// Webhooks, and a plain document in GitHub's style; with a probe where that makes a difference, and without.
func TestPlantedFaults(t *testing.T) {
	covered := map[string]bool{"RCV-027": true} // by TestReceiverThatEnds
	work := newCrew()
	for n, p := range planted {
		for i, subject := range subjects {
			if p.want[i] == "-" {
				continue
			}
			for id := range strings.FieldsSeq(p.want[i]) {
				covered["RCV-"+id] = true
			}
			if raced && (n+i)%8 != 0 {
				continue
			}
			c := contractOf(t, subject.contract)
			for _, probed := range []bool{true, false} {
				// What a probe shows no more of is tried without one, but for receivers that are correct or believe all.
				if both := i != 0 && p.silent != "" || p.name == "correct"; !both && probed != (p.silent != "" || p.faults.trusting != "") {
					continue
				}
				want := p.want[i]
				if !probed {
					want = without(want, p.silent)
				}
				name := p.name + "/" + c.Name
				work.add(func() { plantedFault(t, name, c, subject.kind, p.faults, probed, want) })
			}
		}
	}
	work.wait()
	for _, c := range check.Catalogue() {
		if strings.HasPrefix(c.ID, "RCV-") && !covered[c.ID] {
			t.Errorf("no fault is planted for %s", c.ID)
		}
	}
}

func plantedFault(t *testing.T, name string, c *contracts.Contract, kind string, f faults, probed bool, want string) {
	server := httptest.NewServer(newShop(kind, f))
	defer server.Close()
	o := receiver.Options{Contract: c, URL: server.URL + "/hook"}
	if probed {
		o.Probe = server.URL + "/processed"
	}
	if f.slow > 0 {
		o.Timeout = 300 * time.Millisecond
	}
	result := judge(t, o)
	if got := found(result); got != want {
		t.Errorf("%s, probe %v: found %q, want %q\n%s", name, probed, got, want, complaints(result))
	}
	// Statuses of refusals and effects of what nobody expects are warnings.
	if clean := without(want, "013 016 019") == ""; result.Clean() != clean {
		t.Errorf("%s, probe %v: clean is %v", name, probed, !clean)
	}
}

// without takes words away.
func without(words, others string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(words), func(w string) bool { return slices.Contains(strings.Fields(others), w) }), " ")
}

// A crew judges several receivers at a time: most of the time is waiting.
type crew struct {
	group sync.WaitGroup
	slots chan struct{}
}

func newCrew() *crew { return &crew{slots: make(chan struct{}, 20)} }

func (c *crew) add(f func()) {
	c.group.Go(func() {
		c.slots <- struct{}{}
		defer func() { <-c.slots }()
		f()
	})
}

func (c *crew) wait() { c.group.Wait() }

func complaints(r *scenarios.Result) string {
	var b strings.Builder
	for _, test := range r.Suites[0].Tests {
		if test.Outcome != scenarios.Passed {
			b.WriteString(string(test.Outcome) + " " + test.ID + ": " + test.Reason + "\n")
		}
		for _, f := range test.Findings {
			b.WriteString("  " + f.Check + " " + f.Message + "\n")
		}
	}
	return b.String()
}
