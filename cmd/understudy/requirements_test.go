package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
)

// TestStories walks all stories. Whatever was not as told is a failure.
func TestStories(t *testing.T) {
	if testing.Short() {
		t.Skip("it makes 10,000 keys and as many requests over sockets")
	}
	l, err := readLedger(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.prove(t.Context(), allStories()); err != nil {
		t.Fatal(err)
	}
	l.settle(false)
	for _, c := range l.Chapters {
		for _, r := range c.Rows {
			if r.State == rowFailed {
				t.Errorf("%s: %s", r.ID, strings.Join(r.evidence(), "; "))
			}
		}
	}
}

// TestClaims holds the stories against the rows: each id exists, and no step claims one without looking at more than a
// status, but where the status is all there is to see.
func TestClaims(t *testing.T) {
	l, err := readLedger(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range allStories() {
		for _, id := range s.claims() {
			if !l.has(id) {
				t.Errorf("%s, %q: there is no row %s", s.contract, s.tells, id)
			}
			if prefix, _, _ := strings.Cut(id, "-"); prefix != "COMMON" && !strings.EqualFold(prefix, s.contract) {
				t.Errorf("%s, %q claims %s of another contract", s.contract, s.tells, id)
			}
		}
		for i := range s.steps {
			st := &s.steps[i]
			looked := len(st.wants) > 0 || st.tour != nil || st.crowd != nil || st.breaks || st.status == 204
			if len(st.proves) > 0 && !looked {
				t.Errorf("%s, %q, %q proves %v by its status alone", s.contract, s.tells, st.tells, st.proves)
			}
		}
	}
}

// TestBrokenProof has a story tell what is not so: its rows fail, and so does what comes behind a step that kept nothing.
func TestBrokenProof(t *testing.T) {
	wrong := story{contract: "echowin", tells: "a wrong story", steps: []step{
		{tells: "right", method: "GET", path: "/contacts", status: 200, proves: []string{"ECHOWIN-06"}, wants: seen{"/data": entries(4)}},
		{tells: "wrong status", method: "GET", path: "/contacts", as: nobody, status: 200, proves: []string{"ECHOWIN-01"}, wants: seen{"/data": entries(4)}},
		{tells: "wrong text", method: "GET", path: "/contacts", as: nobody, status: 401, proves: []string{"ECHOWIN-20"}, wants: seen{"/error": "Other"}},
		{tells: "a refused tour", as: nobody, proves: []string{"ECHOWIN-12"}, tour: &tour{open: []string{"*"}}},
		{tells: "a wrong crowd", method: "GET", path: "/contacts", status: 200, proves: []string{"ECHOWIN-10"}, crowd: &crowd{times: 4, atOnce: 2, answers: map[int]int{200: 4}, distinct: "/pagination/page"}},
		{tells: "a crowd of other answers", method: "GET", path: "/contacts", proves: []string{"ECHOWIN-22"}, crowd: &crowd{times: 4, atOnce: 2, answers: map[int]int{200: 3, 401: 1}}},
		{
			tells: "refused traffic", method: "GET", path: "/contacts", status: 200, proves: []string{"ECHOWIN-13"}, wants: seen{"/data": entries(4)},
			traffic: &traffic{as: []string{"ECHOWIN_API_KEY"}, path: "/contacts", times: 4, status: 401},
		},
		{tells: "a series of other answers", method: "GET", path: "/contacts", status: 200, proves: []string{"ECHOWIN-26"}, series: &series{times: 3, answers: map[int]int{200: 2, 429: 1}}},
		{tells: "a series in which one answer is otherwise", method: "GET", path: "/contacts", status: 200, proves: []string{"ECHOWIN-27"}, series: &series{times: 2, paths: []string{"/contacts?limit=1", "/contacts"}, each: seen{"/data": entries(1)}}},
		{tells: "a number that does not fall", method: "GET", path: "/contacts", status: 200, proves: []string{"ECHOWIN-31"}, series: &series{times: 2, counts: "Content-Length"}},
		{tells: "no number", method: "GET", path: "/contacts", status: 200, proves: []string{"ECHOWIN-30"}, series: &series{times: 1, counts: "X-RateLimit-Remaining"}},
		{tells: "the last of a series", method: "GET", path: "/contacts", status: 200, proves: []string{"ECHOWIN-32"}, series: &series{times: 2}, wants: seen{"/data": entries(5)}},
		{tells: "a whole answer", method: "GET", path: "/contacts", status: 200, breaks: true, proves: []string{"ECHOWIN-33"}},
		{tells: "order no answer", to: management, method: "POST", path: "/faults", body: `{"kind":"reset","times":1}`, status: 201},
		{tells: "an answer that begins", method: "GET", path: "/contacts", status: 200, breaks: true, proves: []string{"ECHOWIN-29"}},
		{tells: "a good series", method: "GET", path: "/contacts", status: 200, proves: []string{"ECHOWIN-28"}, series: &series{times: 3, apart: time.Second, every: 2, pause: time.Minute}},
		{tells: "nothing to keep", method: "GET", path: "/contacts", status: 200, proves: []string{"ECHOWIN-05"}, wants: seen{"/data": entries(4)}, keep: kept{"x": "/nothing"}},
		{tells: "behind it", method: "GET", path: "/contacts", status: 200, proves: []string{"ECHOWIN-07"}, wants: seen{"/data": entries(4)}},
	}}
	l, err := readLedger([]string{"echowin"})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.prove(t.Context(), []*story{&wrong}); err != nil {
		t.Fatal(err)
	}
	l.settle(false)
	for id, want := range map[string]string{
		"ECHOWIN-06": rowProven, "ECHOWIN-01": rowFailed, "ECHOWIN-20": rowFailed, "ECHOWIN-12": rowFailed, "ECHOWIN-10": rowFailed, "ECHOWIN-22": rowFailed,
		"ECHOWIN-13": rowFailed, "ECHOWIN-05": rowFailed, "ECHOWIN-07": rowFailed, "ECHOWIN-02": rowUncovered,
		"ECHOWIN-26": rowFailed, "ECHOWIN-27": rowFailed, "ECHOWIN-31": rowFailed, "ECHOWIN-30": rowFailed, "ECHOWIN-32": rowFailed, "ECHOWIN-33": rowFailed,
		"ECHOWIN-29": rowFailed, "ECHOWIN-28": rowProven,
	} {
		if got := l.rows[id].State; got != want {
			t.Errorf("%s is %s, want %s", id, got, want)
		}
	}
	if !l.failed() {
		t.Error("the ledger does not fail")
	}
}

// TestAwayFromTheStandIn never follows an answer to another host.
func TestAwayFromTheStandIn(t *testing.T) {
	contract, err := contracts.Load(t.Context(), "echowin", contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := begin(t.Context(), &story{contract: "echowin"}, contract)
	t.Cleanup(w.close)
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range []step{
		{to: wherever, method: "GET", path: "http://elsewhere.example/", as: nobody},
		{to: wherever, method: "GET", path: w.origins[atRoot] + ".elsewhere.example/", as: nobody},
		{method: "GET", path: "/contacts", as: "never kept"},
	} {
		if _, err := w.take(context.Background(), &st); err == nil {
			t.Errorf("%s as %s was sent", st.path, st.as)
		}
	}
}

// TestStoryLoad reads documents that stand in a story, and says what is wrong with those that cannot be read.
func TestStoryLoad(t *testing.T) {
	for _, c := range []struct {
		story      story
		operations int // 0: it fails
	}{
		{story{contract: "ferries", setting: setting{document: ferryDocument}}, 4},
		{story{contract: "ferries", setting: setting{document: ferryDocument, overlay: ferryBehaviour}}, 4},
		{story{contract: "ferries", setting: setting{document: "openapi: 3.1.0\ninfo: ["}}, 0},
		{story{contract: "ferries", setting: setting{document: ferryDocument, overlay: "overlay: 1.1.0"}}, 0},
		{story{contract: "eckospace", setting: setting{overlay: eckospaceMore}}, 37},
	} {
		loaded, err := c.story.load(t.Context())
		switch {
		case c.operations == 0:
			if err == nil {
				t.Errorf("%s was loaded: %.40q, %.40q", c.story.contract, c.story.setting.document, c.story.setting.overlay)
			}
		case err != nil:
			t.Error(err)
		case len(loaded.Operations) != c.operations || loaded.Name != c.story.contract:
			t.Errorf("%s has %d operations, want %d of %s", loaded.Name, len(loaded.Operations), c.operations, c.story.contract)
		}
	}
}

// TestClockOverrun does not let a story go on at another instant than it tells.
func TestClockOverrun(t *testing.T) {
	contract, err := contracts.Load(t.Context(), "echowin", contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := begin(t.Context(), &story{contract: "echowin"}, contract)
	t.Cleanup(w.close)
	if err != nil {
		t.Fatal(err)
	}
	var before time.Time
	for range 30 { // of 292 years each
		before = w.clock.Now()
		if _, err = w.take(t.Context(), &step{method: "GET", path: "/contacts", advance: 1<<63 - 1}); err != nil {
			break
		}
	}
	if err == nil || !w.clock.Now().Equal(before) {
		t.Errorf("the clock shows %s, before it was %s, error %v", w.clock.Now(), before, err)
	}
}
