package rehearsal_test

import (
	"os"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/scenarios/rehearsal"
)

// TestDocs: the plan that the manual shows can be carried out, what it prints is what the plan tells, and every drill, action and
// trigger is explained.
func TestDocs(t *testing.T) {
	data, err := os.ReadFile("../../docs/rehearse.md")
	if err != nil {
		t.Fatal(err)
	}
	manual := string(data)
	_, rest, ok := strings.Cut(manual, "```yaml\n")
	text, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("the manual shows no plan")
	}
	plan, err := rehearsal.Read(strings.NewReader(text), "rehearse.md")
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.Check([]*contracts.Contract{load(t, "ecoevents")}); err != nil {
		t.Error(err)
	}
	for _, line := range plan.Tell() {
		if !strings.Contains(manual, "understudy: "+line+" (") {
			t.Errorf("the manual does not show: %s", line)
		}
	}
	words := []string{"at: start", "after: 2s", "every: 10s", "{call: 3,", "status: 401", "{delivery: 2,", "mayFail"}
	for _, action := range []string{"fault", "outage", "clock", "tokens", "expire", "revoke", "refuse", "deliveries", "forge", "limit", "event"} {
		words = append(words, "`"+action+": ")
	}
	for _, d := range rehearsal.Drills() {
		words = append(words, "| `"+d.Name+"` |")
	}
	for _, word := range words {
		if !strings.Contains(manual, word) {
			t.Errorf("the manual does not explain %s", word)
		}
	}
}
