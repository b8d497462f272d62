package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// figures are the whole run.
type figures struct {
	settings
	machine     string
	comparisons []*comparison
	starts      []*start
	growth      *growth
	share       *share
	fork        *forking
	deliveries  *pace
	judge       *pace
	binary      int64    // bytes; 0: not measured
	missing     []string // documents that were not there
}

// markdown is the page docs/performance.md.
func (f *figures) markdown() string {
	var b strings.Builder
	b.WriteString("# Performance\n\nWritten by `make bench`; do not edit by hand.\n\n")
	fmt.Fprintf(&b, "%s. Medians of %d alternating rounds of %s, %d keep-alive connections, no pipelining. Credentials (a JWT), a limit that counts each request, validation, state and journal are on, the log of requests is off. "+
		"The bare handler is a `net/http` server in a process of its own that sends the stand-in's own answer, headers and body, as a constant. "+
		"CPU is user and system time of the server's process over the requests that it served; the load generator's is counted apart.\n", f.machine, f.rounds, f.duration, f.connections)
	if len(f.missing) > 0 {
		fmt.Fprintf(&b, "\nNot measured, since the folder of real documents is not there: %s.\n", strings.Join(f.missing, ", "))
	}
	f.budgets(&b)
	f.requests(&b)
	f.begins(&b)
	f.shares(&b)
	f.grows(&b)
	f.forks(&b)
	f.clients(&b)
	f.repeat(&b)
	return b.String()
}

func (f *figures) requests(b *strings.Builder) {
	if len(f.comparisons) == 0 {
		return
	}
	b.WriteString("\n## Requests\n\nEach ratio is the median of the ratios of neighbouring rounds. p99 is kept within 2 × the bare handler's.\n\n" +
		"| document | request | bytes | CPU: bare | ours | ratio | budget | requests/s: bare | ours | share | budget | p99: bare | ours | ratio | generator's CPU |\n" +
		"|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, c := range f.comparisons {
		fmt.Fprintf(b, "| %s | %s | %d | %s | %s | %s | ≤ %.1f | %.0f | %.0f | %s | ≥ %.2f | %s | %s | %s | %s |\n", c.subject, c.scene, c.size,
			microseconds(c.bare.cpu), microseconds(c.ours.cpu), verdict(c.cpu, c.cpu <= c.budget.cpu), c.budget.cpu,
			c.bare.rate, c.ours.rate, verdict(c.rate, c.rate >= c.budget.rate), c.budget.rate,
			microseconds(c.bare.p99), microseconds(c.ours.p99), verdict(c.p99, c.p99 <= 2), microseconds(c.generator))
	}
}

func (f *figures) begins(b *strings.Builder) {
	if len(f.starts) == 0 {
		return
	}
	b.WriteString("\n## Start and memory\n\nFrom the start of the process to its first answer; resident memory behind it (VmRSS), and at most until then (VmHWM).\n\n" +
		"| document | first answer | budget | resident | budget | at most |\n|---|--:|--:|--:|--:|--:|\n")
	for _, s := range f.starts {
		fmt.Fprintf(b, "| %s | %s | ≤ %s | %s | ≤ %s | %s |\n", s.subject, mark(milliseconds(s.ready), s.ready <= s.budget), milliseconds(s.budget),
			mark(mebibytes(s.resident), s.resident <= s.residentBudget), mebibytes(s.residentBudget), mebibytes(s.peak))
	}
	for _, s := range f.starts {
		if s.many == 0 {
			continue
		}
		limit := s.limit()
		fmt.Fprintf(b, "\nAfter %d requests (%s, GET one) the process holds %s; 1.3 × of the start and the journal's bound are %s.\n",
			s.many, s.subject, mark(mebibytes(s.residentAfter), s.residentAfter <= limit), mebibytes(limit))
	}
}

func (f *figures) shares(b *strings.Builder) {
	if f.share == nil {
		return
	}
	fmt.Fprintf(b, "\n## Authentication\n\nCPU of the server for one read of petstore: %s with a JWT that is enforced, %s with credentials off: %s of the request (budget: ≤ %.0f %%).\n",
		microseconds(f.share.with), microseconds(f.share.without), mark(fmt.Sprintf("%.0f %%", 100*f.share.part()), f.share.part() <= shareBudget), 100*shareBudget)
}

func (f *figures) grows(b *strings.Builder) {
	g := f.growth
	if g == nil {
		return
	}
	b.WriteString("\n## Items in a collection\n\nCPU of the server for a request, with petstore; flat is the aim. The processes are measured in turn.\n\n| request |")
	for _, n := range g.items {
		fmt.Fprintf(b, " %d items |", n)
	}
	b.WriteString(" last to first |\n|---|" + strings.Repeat("--:|", len(g.items)+1) + "\n")
	for i, name := range g.scenes {
		fmt.Fprintf(b, "| %s |", name)
		for _, cost := range g.cpu[i] {
			fmt.Fprintf(b, " %s |", microseconds(cost))
		}
		fmt.Fprintf(b, " %.2f |\n", float64(g.cpu[i][len(g.items)-1])/float64(max(g.cpu[i][0], 1)))
	}
	b.WriteString("| resident memory |")
	for _, n := range g.resident {
		fmt.Fprintf(b, " %s |", mebibytes(n))
	}
	b.WriteString(" |\n")
}

func (f *figures) forks(b *strings.Builder) {
	if k := f.fork; k != nil {
		fmt.Fprintf(b, "\n## Sandboxes\n\nA sandbox made of a snapshot with %d items takes %s of CPU and holds %s.\n", k.items,
			mark(microseconds(k.took), k.took <= forkTime), mark(kibibytes(k.bytes), k.bytes <= forkBytes))
	}
}

// verdict is a ratio, bold where the budget is broken.
func verdict(ratio float64, kept bool) string { return mark(fmt.Sprintf("%.2f", ratio), kept) }

func mark(text string, kept bool) string {
	if kept {
		return text
	}
	return "**" + text + "**"
}

func microseconds(d time.Duration) string { return fmt.Sprintf("%.1f µs", float64(d)/1e3) }
func milliseconds(d time.Duration) string { return fmt.Sprintf("%.0f ms", float64(d)/1e6) }
func mebibytes(n int64) string            { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// machine says where the figures come from.
func machine() string {
	model := runtime.GOARCH
	if data, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(data)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	text := fmt.Sprintf("%d × %s, %s, %s", runtime.NumCPU(), model, runtime.GOOS, runtime.Version())
	if data, err := os.ReadFile("/proc/loadavg"); err == nil {
		if load, _, ok := strings.Cut(string(data), " "); ok {
			text += ", load before the run " + load
		}
	}
	return text
}
