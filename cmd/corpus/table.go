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

// table writes the results as Markdown: one row a document, then every miss.
func table(results []result) string {
	var b strings.Builder
	b.WriteString(`# Real documents

Made by ` + "`make corpus SPECS=DIR`" + `; do not edit. Each document is loaded and served (seed 1, ` + "`--state invent`" + `, credentials enforced, a clock that
stands still). Every operation is called once with a generated valid request, and each answer is judged by
libopenapi-validator with formats asserted; where that cannot judge (an answer without content, a schema that it cannot
compile) our own checks do. *Role* counts the operations with a place in the inferred state. *Start* is from the file to a
server that answers, *memory* what the process holds then; both are of one run on a shared two-core machine.

| document | OpenAPI | operations | role | answers that keep it | with a good status | warnings | start, ms | memory, MiB |
|---|---|---|---|---|---|---|---|---|
`)
	for _, r := range results {
		if r.Error != "" {
			fmt.Fprintf(&b, "| %s | | refused | | | | | | |\n", r.File)
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %d | %d | %d | %.0f | %.0f |\n", r.File, r.Version, r.Operations, r.Roles, r.Valid, r.Success, r.Warnings, r.LoadMS, r.RSSMiB)
	}
	operations, valid := totals(results)
	fmt.Fprintf(&b, "\n**%d documents, %d operations, %d answers keep their documents: %.2f %%.**\n", len(results), operations, valid, 100*float64(valid)/float64(max(operations, 1)))
	refused(&b, results)
	misses(&b, results)
	return b.String()
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
