package main

import (
	"fmt"
	"strings"
)

// A line is one figure beside its budget.
type line struct {
	what, value, budget string
	kept                bool
}

// Budgets that are not a document's own.
const (
	p99Budget    = 2.0
	flatBudget   = 1.3 // cost with the most items to that with the fewest
	manyBudget   = 1.3 // memory after many requests to that after the start, without the journal
	binaryBudget = 40_000_000
)

// lines are all figures that have a budget, in the order of the page.
func (f *figures) lines() []line {
	var list []line
	add := func(kept bool, what, value, budget string) { list = append(list, line{what, value, budget, kept}) }
	for _, c := range f.comparisons {
		name := c.subject + ", " + c.scene + ": "
		add(c.cpu <= c.budget.cpu, name+"CPU", fmt.Sprintf("%.2f × bare", c.cpu), fmt.Sprintf("≤ %.1f", c.budget.cpu))
		add(c.rate >= c.budget.rate, name+"requests a second", fmt.Sprintf("%.2f of bare", c.rate), fmt.Sprintf("≥ %.2f", c.budget.rate))
		add(c.p99 <= p99Budget, name+"p99", fmt.Sprintf("%.2f × bare", c.p99), fmt.Sprintf("≤ %.0f", p99Budget))
	}
	for _, s := range f.starts {
		add(s.ready <= s.budget, s.subject+": process start to first answer", milliseconds(s.ready), "≤ "+milliseconds(s.budget))
		add(s.resident <= s.residentBudget, s.subject+": resident memory after the start", mebibytes(s.resident), "≤ "+mebibytes(s.residentBudget))
		if s.many > 0 {
			add(s.residentAfter <= s.limit(), fmt.Sprintf("%s: resident memory after %d requests", s.subject, s.many), mebibytes(s.residentAfter), "≤ "+mebibytes(s.limit()))
		}
	}
	if f.share != nil {
		add(f.share.part() <= shareBudget, "authentication's part of a read", percent(f.share.part()), "≤ "+percent(shareBudget))
	}
	if g := f.growth; g != nil {
		last := len(g.items) - 1
		for i, name := range g.scenes {
			ratio := float64(g.cpu[i][last]) / float64(max(g.cpu[i][0], 1))
			add(ratio <= flatBudget, fmt.Sprintf("%s with %d items instead of %d: CPU", name, g.items[last], g.items[0]), fmt.Sprintf("%.2f ×", ratio), fmt.Sprintf("≤ %.1f", flatBudget))
		}
	}
	if k := f.fork; k != nil {
		add(k.took <= forkTime, fmt.Sprintf("fork of a snapshot with %d items: CPU", k.items), microseconds(k.took), "≤ "+microseconds(forkTime))
		add(k.bytes <= forkBytes, fmt.Sprintf("fork of a snapshot with %d items: memory", k.items), kibibytes(k.bytes), "≤ "+kibibytes(forkBytes))
	}
	if d := f.deliveries; d != nil {
		add(d.share >= deliveryBudget, "deliveries a second", percent(d.share)+" of a bare client's", "≥ "+percent(deliveryBudget))
	}
	if j := f.judge; j != nil {
		add(j.share >= judgeBudget, "judged exchanges a second", percent(j.share)+" of a bare client's", "≥ "+percent(judgeBudget))
	}
	if f.binary > 0 {
		add(f.binary <= binaryBudget, "the binary", megabytes(f.binary), "≤ "+megabytes(binaryBudget))
	}
	return list
}

// budgets is the table of all figures with budgets, with what is missed in plain words in front.
func (f *figures) budgets(b *strings.Builder) {
	list := f.lines()
	if len(list) == 0 {
		return
	}
	var missed []line
	for _, l := range list {
		if !l.kept {
			missed = append(missed, l)
		}
	}
	fmt.Fprintf(b, "\n## Budgets\n\n%d of %d are kept.", len(list)-len(missed), len(list))
	if len(missed) > 0 {
		b.WriteString(" Missed in this run:\n\n")
		for _, l := range missed {
			fmt.Fprintf(b, "- %s: %s, where the budget is %s.\n", l.what, l.value, l.budget)
		}
	} else {
		b.WriteString("\n")
	}
	b.WriteString("\n| what | measured | budget | |\n|---|--:|--:|---|\n")
	for _, l := range list {
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", l.what, mark(l.value, l.kept), l.budget, map[bool]string{true: "kept", false: "**missed**"}[l.kept])
	}
}

func (f *figures) clients(b *strings.Builder) {
	if f.deliveries == nil && f.judge == nil {
		return
	}
	b.WriteString("\n## Deliveries and the judge\n\nBoth send to a bare handler in another process and take turns with a bare client of `net/http` that sends the same. CPU is that of the sending process. " +
		"The share by CPU is what the rate would be with the machine for itself.\n\n" +
		"| | bare client: a second | CPU | ours: a second | CPU | share of the rate | share by CPU |\n|---|--:|--:|--:|--:|--:|--:|\n")
	for _, p := range []struct {
		name   string
		pace   *pace
		budget float64
	}{{"deliveries, signed, with store and record", f.deliveries, deliveryBudget}, {"exchanges with all passive checks", f.judge, judgeBudget}} {
		if p.pace != nil {
			fmt.Fprintf(b, "| %s | %.0f | %s | %.0f | %s | %s | %s |\n", p.name, p.pace.bareRate, microseconds(p.pace.bareCPU), p.pace.rate, microseconds(p.pace.cpu),
				mark(percent(p.pace.share), p.pace.share >= p.budget), percent(p.pace.cpuShare))
		}
	}
}

// repeat says how the page is made again.
func (f *figures) repeat(b *strings.Builder) {
	fmt.Fprintf(b, "\n## How to repeat it\n\n`make bench SPECS=FOLDER` measures all and writes this page; the folder holds the documents of others (`single/stripe-spec3.json`, `single/github-api-2026.json`). "+
		"`go run ./cmd/bench --only petstore,deliveries` prints parts of it; `--rounds`, `--seconds`, `--items` and `--many` make it longer or shorter. "+
		"The Go benchmarks of the single steps, with their allocations: `go test ./mock ./mock/resource ./mock/credential ./mock/webhook ./contracts ./contracts/schema -run '^$' -bench . -benchmem`.\n\n"+
		"`go run ./cmd/bench --soak 1h --rate half` runs a mixed load (reads, lists, writes, deletions, refused bodies, bad credentials, sandboxes that come and go, an event for each creation) at half of the largest rate, "+
		"which it measures before, looks at the process each minute, and fails when resident memory, heap, goroutines or open files grow.\n\n"+
		"Machines are shared and noisy: each ratio is the median of the ratios of rounds that were measured side by side, so that both sides meet the same noise. Absolute figures of another day or machine are not to be compared.\n")
}

func percent(part float64) string { return fmt.Sprintf("%.0f %%", 100*part) }
func kibibytes(n int64) string    { return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10)) }
func megabytes(n int64) string    { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
func (s *start) limit() int64     { return int64(manyBudget*float64(s.resident)) + s.journal }
