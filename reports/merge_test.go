package reports_test

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"understudy/contracts/check"
	"understudy/reports"
	"understudy/scenarios"
)

// shards splits the sample into two runs over half of its tests, numbered from 1 each.
func shards() []*scenarios.Result {
	var parts []*scenarios.Result
	for n := range 2 {
		r := sample()
		r.Shard, r.Requests = []string{"1/2", "2/2"}[n], 0
		kept := map[int]int{}
		renumber := func(number int) int {
			if number == 0 {
				return 0
			}
			if kept[number] == 0 {
				kept[number] = len(kept) + 1
			}
			return kept[number]
		}
		for i := range r.Suites {
			var half []scenarios.Test
			for j, t := range r.Suites[i].Tests {
				if j%2 != n {
					continue
				}
				for k := range t.Exchanges {
					t.Exchanges[k] = renumber(t.Exchanges[k])
				}
				for k := range t.Findings {
					t.Findings[k].Exchange = renumber(t.Findings[k].Exchange)
				}
				var walk func(steps []scenarios.Step)
				walk = func(steps []scenarios.Step) {
					for k := range steps {
						steps[k].Exchange = renumber(steps[k].Exchange)
						walk(steps[k].Steps)
					}
				}
				walk(t.Steps)
				half = append(half, t)
			}
			r.Suites[i].Tests = half
		}
		var exchanges []*scenarios.Exchange
		for _, e := range r.Exchanges {
			if kept[e.Number] > 0 {
				e.Number = kept[e.Number]
				exchanges = append(exchanges, e)
				r.Requests++
			}
		}
		r.Exchanges = exchanges
		parts = append(parts, r)
	}
	first, second := parts[0], parts[1]
	first.Coverage.Dimensions[1].Covered, first.Coverage.Dimensions[1].Gaps = 7, first.Coverage.Dimensions[1].Gaps[:2]
	second.Coverage.Dimensions[1].Covered, second.Coverage.Dimensions[1].Gaps = 6, second.Coverage.Dimensions[1].Gaps[1:]
	first.Coverage.Dimensions[3].Covered, first.Coverage.Dimensions[3].Gaps = 5, first.Coverage.Dimensions[3].Gaps[:1] // the assumed one is covered here
	first.Coverage.Dimensions[3].Assumed.Covered = 2
	first.Gates[0].Name, second.Gates[0].Name = "statuses", "statuses"
	second.Baseline.Gone = append(second.Baseline.Gone, scenarios.Absent{Fingerprint: "only here"})
	return parts
}

func TestMerge(t *testing.T) {
	parts := shards()
	before := [][]byte{written(t, reports.Options{}, "json", parts[0]), written(t, reports.Options{}, "json", parts[1])}
	all, err := reports.Merge(parts)
	if err != nil {
		t.Fatal(err)
	}
	for i := range parts {
		if !bytes.Equal(written(t, reports.Options{}, "json", parts[i]), before[i]) {
			t.Errorf("the result %d was changed", i)
		}
	}
	whole := sample()
	if all.Count() != whole.Count() {
		t.Errorf("counted %+v, want %+v", all.Count(), whole.Count())
	}
	if len(all.Suites) != 2 || len(all.Targets) != 1 || len(all.Notes) != 2 || all.Command != "check" || all.Shard != "" {
		t.Errorf("%d suites, %d targets, notes %q, command %s", len(all.Suites), len(all.Targets), all.Notes, all.Command)
	}
	// Every reference leads to the exchange that it led to.
	urls := map[int]string{}
	for _, e := range all.Exchanges {
		if urls[e.Number] != "" {
			t.Errorf("two exchanges have the number %d", e.Number)
		}
		urls[e.Number] = e.Method + " " + e.URL
	}
	original := map[string][]string{}
	for _, e := range whole.Exchanges {
		original[e.Test] = append(original[e.Test], e.Method+" "+e.URL)
	}
	for _, s := range all.Suites {
		for _, test := range s.Tests {
			var got []string
			for _, n := range test.Exchanges {
				got = append(got, urls[n])
			}
			if !slices.Equal(got, original[test.ID]) {
				t.Errorf("%s refers to %q, want %q", test.ID, got, original[test.ID])
			}
		}
	}
	steps := all.Suites[0].Tests[slices.IndexFunc(all.Suites[0].Tests, func(t scenarios.Test) bool { return t.ID == "petstore/adopt/refund" })].Steps[0].Steps
	if urls[steps[1].Exchange] != "POST https://staging.example.com/v1/pets/pet_8Kq/refund" {
		t.Errorf("a step of a called workflow refers to %q", urls[steps[1].Exchange])
	}
	statuses, requirements := all.Coverage.Dimensions[1], all.Coverage.Dimensions[3]
	if statuses.Covered != 8 || len(statuses.Gaps) != 1 || statuses.Gaps[0].Name != "getPet 404" {
		t.Errorf("statuses: %+v", statuses)
	}
	if requirements.Covered != 5 || requirements.Documented != (scenarios.Share{Covered: 3, Total: 4}) || requirements.Assumed != (scenarios.Share{Covered: 2, Total: 2}) {
		t.Errorf("requirements: %+v", requirements)
	}
	if g := all.Gates[0]; g.Passed || g.Got < 88.8 || g.Got > 88.9 {
		t.Errorf("the gate was not judged anew: %+v", g)
	}
	if b := all.Baseline; b.Known != 2 || b.New != 6 || len(b.Gone) != 1 || len(b.Expired) != 1 {
		t.Errorf("baseline: %+v", b)
	}
	if _, err := reports.Read(bytes.NewReader(written(t, reports.Options{}, "json", all))); err != nil {
		t.Error(err)
	}
}

func TestMergeErrors(t *testing.T) {
	if _, err := reports.Merge(nil); err == nil {
		t.Error("nothing was merged")
	}
	if _, err := reports.Merge([]*scenarios.Result{sample(), sample()}); err == nil || !strings.Contains(err.Error(), "petstore/adopt/read-back is in result 1 and in result 2") {
		t.Errorf("the same run twice: %v", err)
	}
	other := later()
	other.Targets[0].Hash = "other"
	if _, err := reports.Merge([]*scenarios.Result{sample(), other}); err == nil || !strings.Contains(err.Error(), "another state of the contract petstore") {
		t.Errorf("another contract: %v", err)
	}
	part := shards()[:1]
	all, err := reports.Merge(part)
	if err != nil || !slices.Contains(all.Notes, "shard 2/2 is missing") {
		t.Errorf("a missing shard: %v, %q", err, all.Notes)
	}
}

func TestCompare(t *testing.T) {
	c := reports.Compare(sample(), later())
	prints := func(list []check.Finding) []string {
		var out []string
		for _, f := range list {
			out = append(out, f.Fingerprint[15:])
		}
		slices.Sort(out)
		return out
	}
	for name, got := range map[string]struct{ got, want []string }{
		"new": {prints(c.New), []string{"9"}}, "fixed": {prints(c.Fixed), []string{"1"}}, "still": {prints(c.Still), []string{"3", "7", "8"}}, "unseen": {prints(c.Unseen), []string{"2", "6"}},
	} {
		if !slices.Equal(got.got, got.want) {
			t.Errorf("%s: %v, want %v", name, got.got, got.want)
		}
	}
	if !c.Worse() || len(c.Changed) != 4 || c.Coverage[0].New.Covered != 5 || c.Coverage[0].Old.Covered != 4 {
		t.Errorf("%+v", c)
	}
	same := reports.Compare(sample(), sample())
	if same.Worse() || len(same.New)+len(same.Fixed)+len(same.Unseen)+len(same.Changed) > 0 {
		t.Errorf("a result differs from itself: %+v", same)
	}
	back := reports.Compare(later(), sample())
	if !reflect.DeepEqual(prints(back.Fixed), []string{"9"}) {
		t.Errorf("the other way round %v is fixed", prints(back.Fixed))
	}
	if err := c.Write("html", new(bytes.Buffer), reports.Options{}); err == nil {
		t.Error("an unknown format was written")
	}
}
