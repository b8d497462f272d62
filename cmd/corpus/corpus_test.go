package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/contracts"
)

// TestConform: the checks are carried out on a stand-in of our own, and nothing is told of.
func TestConform(t *testing.T) {
	c, err := contracts.Load(t.Context(), filepath.Join("..", "bench", "testdata", "petstore.yaml"), contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := conform(t.Context(), c)
	if r.Error != "" || r.Stopped != "" || len(r.Findings) > 0 || r.Requests < 100 || r.Passed < 20 {
		t.Errorf("%+v", r)
	}
}

// TestExplanations: a row explains findings of its document, check and operations, and no others; rows for nothing are told.
func TestExplanations(t *testing.T) {
	file := filepath.Join(t.TempDir(), "misses.md")
	text := `# Explained

| document | operations | why |
|---|---|---|
| shop | GET / | no finding of ours |

| document | check | operations | why |
|---|---|---|---|
| shop | POS-002 | GET /a, POST /b | it says so |
| shop | ERR-004 | all | so be it |
| shop | RES-001 | all | long gone |
| bank | RES-001 | all | not judged today |
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := explanations(file)
	if err != nil || len(list) != 4 {
		t.Fatalf("%d rows, %v", len(list), err)
	}
	r := conformity{Findings: []finding{
		{Check: "POS-002", Operation: "POST /b"}, {Check: "ERR-004"}, {Check: "POS-002", Operation: "GET /c"}, {Check: "NEG-001", Operation: "GET /a"},
	}}
	if n := r.explain("single/shop.yaml", list); n != 2 || r.Findings[0].Why != "it says so" || r.Findings[1].Why != "so be it" || r.Findings[2].Why+r.Findings[3].Why != "" {
		t.Errorf("%d unexplained: %+v", n, r.Findings)
	}
	if gone := idle(list, []result{{File: "single/shop.yaml"}}); len(gone) != 1 || !strings.Contains(gone[0], "long gone") {
		t.Errorf("explain nothing: %q", gone)
	}
	for _, bad := range []string{"| shop | POS-002 | all |", "| shop | POS-002 | all | |", "| | POS-002 | all | why |"} {
		if err := os.WriteFile(file, []byte(bad+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := explanations(file); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}
