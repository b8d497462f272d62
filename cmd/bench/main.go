// Command bench measures the stand-in beside a bare net/http handler that returns a constant of the same size: CPU a
// request, requests a second and latency, for the usual requests, with our own petstore and with large documents
// that others wrote; and how long a start takes, how much memory it holds, and whether more items cost more time.
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
	flags.StringVar(&s.out, "out", "docs/benchmarks.md", "Markdown file to write; empty or with --only: standard output")
	flags.StringVar(&s.only, "only", "", "only these parts, with commas: petstore, stripe, github (the cases), start, share, growth, memory")
	flags.IntVar(&s.rounds, "rounds", 5, "rounds of each server; medians are taken")
	flags.IntVar(&s.connections, "connections", 16, "keep-alive connections")
	flags.IntVar(&s.many, "many", 1_000_000, "requests before the memory is looked at")
	seconds := flags.Float64("seconds", 1.5, "length of a round")
	items := flags.String("items", "1000,100000", "sizes of a collection")
	if err := flags.Parse(arguments); err != nil {
		return s, err
	}
	if s.rounds < 1 || s.connections < 1 || s.many < 1 || *seconds <= 0 {
		return s, errors.New("--rounds, --connections, --many and --seconds take numbers above 0")
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
	f := &figures{settings: s, machine: machine()}
	for i := range subjects {
		if err := s.measure(ctx, self, folder, &subjects[i], f); err != nil {
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
		if err := s.cases(ctx, self, sub, document, f); err != nil {
			return err
		}
	}
	if sub.file == "" && s.wants("share") {
		if f.share, err = s.authenticate(ctx, sub, document); err != nil {
			return err
		}
		progress("authentication costs %.0f %% of a read", 100*f.share.part())
	}
	if sub.filtered != "" && s.wants("growth") {
		f.growth, err = s.grow(ctx, sub, document)
	}
	return err
}

func (s settings) cases(ctx context.Context, self string, sub *subject, document string, f *figures) error {
	p, err := launch(ctx, s.understudy, serveArguments(document)...)
	if err != nil {
		return err
	}
	defer p.stop()
	scenes, err := sub.scenes(ctx, p)
	if err != nil {
		return err
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
