package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/control"

	"github.com/spf13/cobra"
)

// maxBundle is the size in bytes of a bundle's file.
const maxBundle = 2 << 30

// shownSteps is how many differing steps are printed unless the user wants all.
const shownSteps = 20

// replaying are the flags of replay.
type replaying struct {
	*process
	loading
	contract, out string
	all           bool
}

func (p *process) replayCommand() *cobra.Command {
	r := &replaying{process: p}
	cmd := &cobra.Command{
		Use: "replay FILE", Short: "Run a recorded run once more and compare every answer, to the byte", Args: cobra.ExactArgs(1),
		Long: `Replay brings up the world of a bundle (understudy control bundle) inside this process, moves the clock to
the instant of each request, sends it, and compares status, headers and body with what was answered then.
Nothing is opened and nothing is sent over the network.

Exit status: 0 when all answers are the recorded ones, 1 when some are not, 2 when it could not run.`,
		Example: `  understudy replay run.bundle.jsonl
  understudy replay run.bundle.jsonl --contract openapi.yaml
  understudy replay run.bundle.jsonl --out again.bundle.jsonl && cmp run.bundle.jsonl again.bundle.jsonl`,
		RunE: func(cmd *cobra.Command, args []string) error { return r.run(cmd.Context(), args[0]) },
	}
	r.loading.flags(cmd.Flags())
	cmd.Flags().StringVar(&r.contract, "contract", "", "another version of the contract, in place of the one in the bundle")
	cmd.Flags().StringVar(&r.out, "out", "", "write a bundle with the answers of this run")
	cmd.Flags().BoolVar(&r.all, "all", false, fmt.Sprintf("print all steps that differ, not the first %d", shownSteps))
	return cmd
}

func (r *replaying) run(ctx context.Context, name string) error {
	bundle, err := readBundle(ctx, name)
	if err != nil {
		return err
	}
	r.bundleNotes(&bundle.Head)
	contract, err := r.contractOf(ctx, bundle)
	if err != nil {
		return err
	}
	manage := func(server *mock.Server) http.Handler {
		if digest := server.Digest(); digest != bundle.Head.Digest {
			fmt.Fprintf(r.err, "note: the contract is another one than the recorded one (%.12s, recorded with %.12s)\n", digest, bundle.Head.Digest)
		}
		h := control.New(control.Options{Clock: server.Clock(), Version: version(), Seed: server.Seed()})
		h.Add(contract.Name, "http://127.0.0.1", func() *mock.Server { return server })
		return h
	}
	replay, err := bundle.Replay(ctx, mock.ReplayOptions{Contract: contract, Manage: manage})
	if err != nil {
		return fmt.Errorf("replay %s: %w", name, err)
	}
	if r.out != "" {
		if err := writeBundle(ctx, r.out, replay.Bundle()); err != nil {
			return err
		}
	}
	return r.report(bundle, replay)
}

func readBundle(ctx context.Context, name string) (*mock.Bundle, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read the bundle: %w", err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Size() > maxBundle {
		return nil, fmt.Errorf("read the bundle %s: it is larger than %d MiB", name, maxBundle>>20)
	}
	bundle, err := mock.ReadBundle(ctx, file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return bundle, nil
}

// contractOf compiles the contract that the user named, else the one in the bundle.
func (r *replaying) contractOf(ctx context.Context, bundle *mock.Bundle) (*contracts.Contract, error) {
	if r.contract == "" {
		if len(r.overlays) > 0 {
			return nil, fmt.Errorf("--overlay goes with --contract: the contract in the bundle has its overlays")
		}
		return contracts.Load(ctx, documentName, contracts.Options{Name: bundle.Head.Contract, Files: documentFolder(bundle.Document)})
	}
	list, err := r.load(ctx, []string{r.contract})
	if err != nil {
		return nil, err
	}
	if list[0].Name != bundle.Head.Contract {
		fmt.Fprintf(r.err, "note: the bundle is of the contract %s; %s takes its place\n", oneLine(bundle.Head.Contract), oneLine(list[0].Name))
		list[0].Name = bundle.Head.Contract // what is stored stands under that name
	}
	return list[0], nil
}

func writeBundle(ctx context.Context, name string, bundle *mock.Bundle) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("write the bundle: %w", err)
	}
	if info, statErr := file.Stat(); statErr == nil && info.Mode().IsRegular() {
		err = file.Chmod(0o600) // it may have stood there for everybody to read
	}
	if err == nil {
		err = bundle.Write(ctx, file)
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return err
}

// report prints what differs, and a last line that says it all.
func (r *replaying) report(bundle *mock.Bundle, replay *mock.Replay) error {
	exchanges, changes, differing := 0, 0, 0
	for i := range replay.Steps {
		one := &replay.Steps[i]
		if one.Step.Exchange != nil {
			exchanges++
		} else {
			changes++
		}
		if len(one.Differences) == 0 {
			continue
		}
		if differing++; differing <= shownSteps || r.all {
			r.step(i+1, one)
		}
	}
	what := fmt.Sprintf("%d exchanges", exchanges)
	if changes > 0 {
		what += fmt.Sprintf(" and %d changes over the management API", changes)
	}
	if differing == 0 {
		_, err := fmt.Fprintf(r.process.out, "%s replayed: every answer is the recorded one\n", what)
		return err
	}
	if differing > shownSteps && !r.all {
		fmt.Fprintf(r.process.out, "%d more steps differ; --all shows them\n", differing-shownSteps)
	}
	verb := "differ"
	if differing == 1 {
		verb = "differs"
	}
	fmt.Fprintf(r.process.out, "%s replayed: %d %s\n", what, differing, verb)
	if now := version(); now != bundle.Head.Program {
		fmt.Fprintf(r.err, "note: recorded by version %s, replayed by %s\n", oneLine(bundle.Head.Program), now)
	}
	return errFindings
}

// step prints one step that differs.
func (r *replaying) step(number int, one *mock.Replayed) {
	method, target := "", ""
	if x := one.Step.Exchange; x != nil {
		method, target = x.Method, x.URL
	} else {
		method, target = one.Step.Change.Method, "management API "+one.Step.Change.Path
	}
	fmt.Fprintf(r.process.out, "step %d  %s  %s %s\n", number, one.Step.At().UTC().Format("2006-01-02T15:04:05.999Z"), oneLine(method), shortened(oneLine(target), 120))
	for _, d := range one.Differences {
		fmt.Fprintf(r.process.out, "  %s\n    recorded  %s\n    now       %s\n", oneLine(d.Part), oneLine(d.Want), oneLine(d.Got))
	}
}

// documentName is what the one file of a documentFolder is called.
const documentName = "openapi.json"

// A documentFolder is a folder with one document in it.
type documentFolder []byte

// Open is fs.FS's.
func (d documentFolder) Open(name string) (fs.File, error) {
	if name != documentName {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &documentFile{bytes.NewReader(d)}, nil
}

// A documentFile is the open document, and what is known of it.
type documentFile struct{ *bytes.Reader }

// What an fs.File and its fs.FileInfo say.
func (f *documentFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *documentFile) Close() error               { return nil }
func (f *documentFile) Name() string               { return documentName }
func (f *documentFile) Mode() fs.FileMode          { return 0o400 }
func (f *documentFile) ModTime() time.Time         { return time.Time{} }
func (f *documentFile) IsDir() bool                { return false }
func (f *documentFile) Sys() any                   { return nil }
