package arazzo_test

import (
	"strings"
	"testing"

	"understudy/scenarios/arazzo"
)

// TestGuide: the example of the guide is read without a warning, and the guide names every word of x-understudy that is
// taken, and no other.
func TestGuide(t *testing.T) {
	guide := string(readFile(t, "../../docs/arazzo.md"))
	_, example, found := strings.Cut(guide, "```yaml\n")
	example, _, closed := strings.Cut(example, "```")
	if !found || !closed {
		t.Fatal("the guide has no example")
	}
	d, err := arazzo.Parse("guide.yaml", []byte(example), arazzo.Options{Strict: true})
	if err != nil || len(d.Warnings) > 0 {
		t.Errorf("%v, warnings %v", err, d.Warnings)
	}
	_, table, _ := strings.Cut(guide, "## x-understudy\n")
	documented := map[string]bool{}
	for line := range strings.Lines(table) {
		if word, ok := strings.CutPrefix(line, "| `"); ok {
			word, rest, _ := strings.Cut(word, "`")
			documented[word] = true
			for place, indent := range map[string]string{"document": "", "workflow": "    ", "step": "        "} {
				on := strings.Contains(strings.Split(rest, "|")[1], place)
				taken := wordTaken(word, place, indent)
				if on != taken {
					t.Errorf("%s on %s: the guide says %v, Parse %v", word, place, on, taken)
				}
			}
		}
	}
	if len(documented) != 12 {
		t.Errorf("%d words in the guide", len(documented))
	}
}

// wordTaken says whether a word has a place there, whatever its value.
func wordTaken(word, place, indent string) bool {
	body := "workflows:\n  - workflowId: w\n    steps:\n      - stepId: s\n        operationId: op\n"
	_, err := arazzo.Parse("w.yaml", []byte(head+body+indent+"x-understudy: {"+word+": {wrong: 1}}\n"), arazzo.Options{})
	return err == nil || !strings.Contains(err.Error(), "has no place on") && !strings.Contains(err.Error(), "has no field \""+word+"\"")
}

// TestDecisions: every question that a vector answers is in the decision, in the same words.
func TestDecisions(t *testing.T) {
	decision := string(readFile(t, "../../docs/decisions/006-arazzo-ambiguities.md"))
	asked := map[string]bool{}
	for _, file := range []string{"expressions.json", "criteria.json", "bodies.json", "documents.json"} {
		v := vectors(t, file)
		for _, name := range []string{"vectors", "templates"} {
			if v[name] == nil {
				continue
			}
			for _, entry := range list(v[name]) {
				if question := text(entry["question"]); question != "" {
					asked[question] = true
				}
			}
		}
	}
	if len(asked) < 20 {
		t.Errorf("only %d questions", len(asked))
	}
	for question := range asked {
		if !strings.Contains(decision, "| "+question+" |") {
			t.Errorf("the decision does not answer %q", question)
		}
	}
}
