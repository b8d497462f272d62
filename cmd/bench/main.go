// Command bench measures the stand-in beside a bare net/http handler that returns the same answer: CPU a request, requests
// a second and latency, for the usual requests, with our own petstore and with large documents that others wrote; how long
// a start takes, how much memory it holds, and whether more items cost more time; what a sandbox costs; and how fast
// deliveries and the judge are beside a bare client. It holds each figure against its budget and writes docs/performance.md.
//
// With --soak it runs a mixed load for a long time instead and says whether what the process holds stays flat.
//
// All figures are ratios, or medians, of alternating rounds in one run: machines are shared and noisy. It reads the
// servers' times from /proc, so it runs on Linux only.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// settings are the flags.
type settings struct {
	specs, understudy, out, only string
	rounds, connections, many    int
	duration                     time.Duration
	items                        []int
	soakFor, every               time.Duration // soakFor 0: no soak
	rate                         float64       // of the soak; 0: half of the largest
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if len(os.Args) > 1 && os.Args[1] == "bare" {
		err = serveBare(ctx, os.Args[2:])
	} else {
		err = run(ctx, os.Args[1:])
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(2)
	}
}

func parse(arguments []string) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&s.specs, "specs", "", "folder with real documents; without it only our own petstore is measured")
	flags.StringVar(&s.understudy, "understudy", "bin/understudy", "the binary to measure")
	flags.StringVar(&s.out, "out", "docs/performance.md", "Markdown file to write; empty or with --only: standard output")
	flags.StringVar(&s.only, "only", "", "only these parts, with commas: petstore, stripe, github (the cases), start, memory, share, growth, fork, deliveries, judge, size")
	flags.IntVar(&s.rounds, "rounds", 7, "rounds of each server; medians are taken")
	flags.IntVar(&s.connections, "connections", 16, "keep-alive connections")
	flags.IntVar(&s.many, "many", 1_000_000, "requests before the memory is looked at")
	seconds := flags.Float64("seconds", 1, "length of a round")
	items := flags.String("items", "1000,1000000", "sizes of a collection")
	flags.DurationVar(&s.soakFor, "soak", 0, "run a mixed load for so long, and nothing else")
	rate := flags.String("rate", "half", "requests a second of the soak; half: of the largest rate, which is measured before")
	flags.DurationVar(&s.every, "every", time.Minute, "time between two looks at the process during the soak")
	if err := flags.Parse(arguments); err != nil {
		return s, err
	}
	if s.rounds < 1 || s.connections < 1 || s.many < 1 || *seconds <= 0 {
		return s, errors.New("--rounds, --connections, --many and --seconds take numbers above 0")
	}
	if *rate != "half" {
		var err error
		if s.rate, err = strconv.ParseFloat(*rate, 64); err != nil || s.rate <= 0 {
			return s, fmt.Errorf("--rate %s: give a number above 0, or half", *rate)
		}
	}
	if s.soakFor < 0 || s.every <= 0 {
		return s, errors.New("--soak and --every take times such as 1h and 30s")
	}
	s.duration = time.Duration(*seconds * float64(time.Second))
	for text := range strings.SplitSeq(*items, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1000 {
			return s, fmt.Errorf("--items %s: give whole numbers from 1000 on, with commas", *items)
		}
		s.items = append(s.items, n)
	}
	if s.only != "" {
		s.out = ""
	}
	if _, err := os.Stat(s.understudy); err != nil {
		return s, fmt.Errorf("--understudy: %w; make build makes it", err)
	}
	return s, nil
}

// wants says whether a part was asked for.
func (s settings) wants(part string) bool {
	if s.only == "" {
		return true
	}
	for name := range strings.SplitSeq(s.only, ",") {
		if strings.EqualFold(name, part) {
			return true
		}
	}
	return false
}

func run(ctx context.Context, arguments []string) error {
	s, err := parse(arguments)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find our own program: %w", err)
	}
	folder, err := os.MkdirTemp("", "understudy-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if s.soakFor > 0 {
		return s.soak(ctx, folder)
	}
	f := &figures{settings: s, machine: machine()}
	for i := range subjects {
		if err := s.measure(ctx, self, folder, &subjects[i], f); err != nil {
			return err
		}
	}
	if s.wants("deliveries") {
		if f.deliveries, err = s.deliver(ctx, self, folder); err != nil {
			return err
		}
		progress("deliveries: %.0f %% of a bare client's rate, %.0f %% by CPU", 100*f.deliveries.share, 100*f.deliveries.cpuShare)
	}
	if s.wants("size") {
		if f.binary, err = size(s.understudy); err != nil {
			return err
		}
	}
	text := f.markdown()
	if s.out == "" {
		fmt.Print(text)
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(s.out), 0o755); err != nil {
		return err
	}
	return os.WriteFile(s.out, []byte(text), 0o644)
}

// measure does everything that is wanted with one document.
func (s settings) measure(ctx context.Context, self, folder string, sub *subject, f *figures) error {
	document, err := sub.document(s.specs, folder)
	if errors.Is(err, errNoDocument) {
		f.missing = append(f.missing, sub.name)
		return nil
	}
	if err != nil {
		return err
	}
	if s.wants("start") || s.wants("memory") {
		st, err := s.begin(ctx, sub, document)
		if err != nil {
			return err
		}
		progress("%s starts in %s with %s", sub.name, milliseconds(st.ready), mebibytes(st.resident))
		if s.wants("memory") && sub.file == "" {
			if err := s.last(ctx, sub, document, st); err != nil {
				return err
			}
		}
		f.starts = append(f.starts, st)
	}
	if s.wants(sub.name) {
		if err := s.cases(ctx, self, folder, sub, document, f); err != nil {
			return err
		}
	}
	if sub.file == "" && s.wants("share") {
		if f.share, err = s.authenticate(ctx, sub, document); err != nil {
			return err
		}
		progress("authentication costs %.0f %% of a read", 100*f.share.part())
	}
	if sub.file == "" && s.wants("fork") {
		if f.fork, err = s.fork(ctx, sub, document); err != nil {
			return err
		}
		progress("a fork of %d items takes %s and %d bytes", f.fork.items, microseconds(f.fork.took), f.fork.bytes)
	}
	if sub.file == "" && s.wants("judge") {
		if f.judge, err = s.judgeSubject(ctx, self, sub, document); err != nil {
			return err
		}
		progress("the judge: %.0f %% of a bare client's rate, %.0f %% by CPU", 100*f.judge.share, 100*f.judge.cpuShare)
	}
	if sub.filtered != "" && s.wants("growth") {
		f.growth, err = s.grow(ctx, sub, document)
	}
	return err
}

// judgeSubject lets the judge look at the answers that the stand-in gives for a document.
func (s settings) judgeSubject(ctx context.Context, self string, sub *subject, document string) (*pace, error) {
	p, err := launch(ctx, s.understudy, serveArguments(document)...)
	if err != nil {
		return nil, err
	}
	defer p.stop()
	if a, err := p.ask(ctx, sub.create, ""); err != nil || a.status != 201 {
		return nil, fmt.Errorf("create an item: %v, %v", a, err)
	}
	path := strings.ReplaceAll(sub.item, "%s", "1")
	a, err := p.ask(ctx, call{method: "GET", path: path}, "")
	if err != nil || a.status != 200 {
		return nil, fmt.Errorf("read an item: %v, %v", a, err)
	}
	return s.judge(ctx, self, sub, document, a, p.base+path)
}

// size is the number of bytes of a file.
func size(name string) (int64, error) {
	info, err := os.Stat(name)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (s settings) cases(ctx context.Context, self, folder string, sub *subject, document string, f *figures) error {
	arguments, err := sub.arguments(document, folder)
	if err != nil {
		return err
	}
	p, err := launch(ctx, s.understudy, arguments...)
	if err != nil {
		return err
	}
	defer p.stop()
	scenes, err := sub.scenes(ctx, p)
	if err != nil {
		return err
	}
	if p.authorization == "" {
		return fmt.Errorf("%s shows no credential: not everything is on", sub.name)
	}
	for _, sc := range scenes {
		c, err := s.compare(ctx, self, sub.name, p, sc)
		if err != nil {
			return err
		}
		progress("%-8s %-12s CPU × %.2f (%s beside %s), rate × %.2f, p99 × %.2f", sub.name, sc.name, c.cpu, microseconds(c.ours.cpu), microseconds(c.bare.cpu), c.rate, c.p99)
		f.comparisons = append(f.comparisons, c)
	}
	return nil
}

func progress(format string, values ...any) { fmt.Fprintf(os.Stderr, format+"\n", values...) }
