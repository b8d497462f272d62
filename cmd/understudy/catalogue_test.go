package main

import (
	"testing"

	"understudy/contracts/check"
	"understudy/scenarios/grade"
	"understudy/scenarios/scan"
)

// TestIDsOnce: an id names one rule, whichever catalogue it stands in; requirements, baselines and reports know it by nothing else.
func TestIDsOnce(t *testing.T) {
	where := map[string]string{}
	once := func(catalogue, id string) {
		if other := where[id]; other != "" {
			t.Errorf("%s stands in the catalogue of %s and in that of %s", id, other, catalogue)
		}
		where[id] = catalogue
	}
	for _, c := range check.Catalogue() {
		once("checks", c.ID)
	}
	for _, r := range grade.Rules() {
		once("rules for clients", r.ID)
	}
	for _, r := range scan.Rules() {
		once("scan rules", r.ID)
	}
	if len(where) < 200 {
		t.Errorf("only %d ids", len(where))
	}
}
