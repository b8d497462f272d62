package main

import (
	"fmt"
	"sort"
	"strings"
)

// wanted is the share of operations whose answers have to keep their documents.
const wanted = 0.995

func totals(results []result) (operations, valid int) {
	for _, r := range results {
		operations += r.Operations
		valid += r.Valid
	}
	return operations, valid
}

func goodEnough(results []result) bool {
	operations, valid := totals(results)
	return operations > 0 && float64(valid) >= wanted*float64(operations)
}

// head tells what the columns are.
const head = `# Real documents

Made by ` + "`make corpus SPECS=DIR`" + `; do not edit. Each document is loaded and judged twice.

By others: it is served (seed 1, ` + "`--state invent`" + `, credentials enforced, a clock that stands still), every operation is called once
with a generated valid request, and each answer is judged by libopenapi-validator with formats asserted; where that cannot judge (an
answer without content, a schema that it cannot compile) our own checks do. *Role* counts the operations with a place in the inferred
state. *Start* is from the file to a server that answers, *memory* what the process holds then; both are of one run on a shared
two-core machine.

By our own judge: a fresh stand-in (` + "`--state strict`" + `) is put to all generated checks that ` + "`understudy check`" + ` makes from the
document, over HTTP, with credentials from its management API. *Cases* is how many valid requests an operation gets at most, and how many
invalid ones: documents with more than 300 operations get fewer of each operation. *Findings* are failures / warnings: each is a fault
of the stand-in or a false alarm of the judge, unless it is listed below with its explanation.

| document | OpenAPI | operations | role | answers that keep it | with a good status | warnings | start, ms | memory, MiB | cases | requests | tests passed | findings |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
`

// table writes the results as Markdown: one row a document, then every miss and every finding.
func table(results []result) string {
	var b strings.Builder
	b.WriteString(head)
	var requests, passed, findings int
	for i := range results {
		r := &results[i]
		if r.Error != "" {
			fmt.Fprintf(&b, "| %s | | refused | | | | | | | | | | |\n", r.File)
			continue
		}
		failures, warnings := r.Checks.levels()
		requests, passed, findings = requests+r.Checks.Requests, passed+r.Checks.Passed, findings+failures+warnings
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %d | %d | %d | %.0f | %.0f | %d | %d | %d | %d / %d |\n", r.File, r.Version, r.Operations, r.Roles, r.Valid, r.Success,
			r.Warnings, r.LoadMS, r.RSSMiB, r.Checks.Cases, r.Checks.Requests, r.Checks.Passed, failures, warnings)
	}
	operations, valid := totals(results)
	fmt.Fprintf(&b, "\n**%d documents, %d operations, %d answers keep their documents: %.2f %%.**\n", len(results), operations, valid, 100*float64(valid)/float64(max(operations, 1)))
	fmt.Fprintf(&b, "\n**Our own judge sent %d requests; %d tests passed, %d findings.**\n", requests, passed, findings)
	refused(&b, results)
	misses(&b, results)
	findingList(&b, results)
	return b.String()
}

// findingList writes each finding with what explains it, and which documents were not judged to the end.
func findingList(b *strings.Builder, results []result) {
	first := true
	for _, r := range results {
		for _, f := range r.Checks.Findings {
			if first {
				b.WriteString("\n## Findings of our own judge\n\n| document | check | level | operation | what it says | explanation |\n|---|---|---|---|---|---|\n")
				first = false
			}
			why := f.Why
			if why == "" {
				why = "**none**"
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", r.File, f.Check, f.Level, f.Operation, cell(f.Message), cell(why))
		}
	}
	first = true
	for _, r := range results {
		text := r.Checks.Error
		if r.Checks.Stopped != "" {
			text = "not all was tried: " + r.Checks.Stopped
		}
		if text == "" {
			continue
		}
		if first {
			b.WriteString("\n## Documents that our own judge did not finish\n\n")
			first = false
		}
		fmt.Fprintf(b, "- %s: %s\n", r.File, cell(text))
	}
}

func refused(b *strings.Builder, results []result) {
	first := true
	for _, r := range results {
		if r.Error == "" {
			continue
		}
		if first {
			b.WriteString("\n## Refused documents\n\n")
			first = false
		}
		fmt.Fprintf(b, "- %s: %s\n", r.File, cell(r.Error))
	}
	first = true
	for _, r := range results {
		if r.Judge == "" {
			continue
		}
		if first {
			b.WriteString("\n## Documents that the independent judge cannot read\n\nOur own checks judged them.\n\n")
			first = false
		}
		fmt.Fprintf(b, "- %s: %s\n", r.File, cell(r.Judge))
	}
}

func misses(b *strings.Builder, results []result) {
	first := true
	for _, r := range results {
		sort.Slice(r.Misses, func(i, j int) bool { return r.Misses[i].Operation < r.Misses[j].Operation })
		for _, m := range r.Misses {
			if first {
				b.WriteString("\n## Misses\n\n| document | operation | status | why |\n|---|---|---|---|\n")
				first = false
			}
			fmt.Fprintf(b, "| %s | %s | %d | %s |\n", r.File, m.Operation, m.Status, cell(m.Reason))
		}
	}
}

func cell(text string) string {
	return strings.ReplaceAll(shorten(text), "|", "\\|")
}
