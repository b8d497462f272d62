// Command understudy stands in for third-party APIs: it serves any OpenAPI contract as a stateful mock.
//
// This is the only package that reads flags, the environment and the clock of the machine, and the only one
// that ends the process. One file holds one subcommand.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit statuses: 0 clean, 1 findings, 2 could not run.
const (
	exitFindings = 1
	exitFailure  = 2
)

// errFindings ends a command that ran and found something to complain about.
var errFindings = errors.New("findings")

// A process is what a command sees of the world, so that a whole command runs inside a test.
type process struct {
	out, err io.Writer
	getenv   func(string) string
	terminal bool // err is a terminal that people look at
	colour   bool // out is one
	audience *audience
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := &process{out: os.Stdout, err: os.Stderr, getenv: os.Getenv, terminal: isTerminal(os.Stderr), colour: isTerminal(os.Stdout)}
	status := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(status)
}

// run carries one command line out and gives the exit status.
func (p *process) run(ctx context.Context, args []string) int {
	root := p.commandFor(args)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFindings):
		return exitFindings
	}
	if leftOut(err) {
		status, whole := p.whole(ctx, args)
		if whole == nil {
			return status
		}
		err = whole
	}
	var status errStatus // of a command that was rehearsed, and was told of
	if errors.As(err, &status) {
		return int(status)
	}
	fmt.Fprintln(p.err, "understudy: "+printable(strings.TrimSpace(miscounted(cmd, err).Error()), "\n\t"))
	return exitFailure
}

// miscounted says what a command takes where cobra only says that it got too few or too many words.
func miscounted(cmd *cobra.Command, err error) error {
	if cmd == nil || !strings.Contains(err.Error(), " arg(s), ") {
		return err
	}
	given := "nothing comes"
	switch n := cmd.Flags().NArg(); n {
	case 0:
	case 1:
		given = "one word comes"
	default:
		given = fmt.Sprintf("%d words come", n)
	}
	return fmt.Errorf("%s behind %q; write %s", given, cmd.CommandPath(), strings.TrimSuffix(cmd.UseLine(), " [flags]"))
}

// A subcommand is what makes the command of a name.
type subcommand struct {
	name string
	make func() *cobra.Command
}

// subcommands are all of them.
func (p *process) subcommands() []subcommand {
	return []subcommand{
		{"serve", p.serveCommand},
		{"explain", p.explainCommand},
		{"contracts", p.contractsCommand},
		{"control", p.controlCommand},
		{"replay", p.replayCommand},
		{"demo", p.demoCommand},
		{"demo-client", p.demoClientCommand},
		{"requirements", p.requirementsCommand},
		{"check", p.checkCommand},
		{"run", p.runCommand},
		{"report", p.reportCommand},
		{"receiver", p.receiverCommand},
		{"rehearse", p.rehearseCommand},
		{"grade", p.gradeCommand},
		{"scan", p.scanCommand},
		{"version", p.versionCommand},
	}
}

// commandFor is the command with the one subcommand that a command line begins with, since to make them all, with their
// flags and texts, takes a tenth of the start; with all where it begins with none.
func (p *process) commandFor(args []string) *cobra.Command {
	for _, s := range p.subcommands() {
		if len(args) > 0 && args[0] == s.name {
			root := p.bareCommand()
			root.AddCommand(s.make())
			return root
		}
	}
	return p.rootCommand()
}

// rootCommand is the command with all subcommands.
func (p *process) rootCommand() *cobra.Command {
	root := p.bareCommand()
	for _, s := range p.subcommands() {
		root.AddCommand(s.make())
	}
	groupCommands(root, rootGroups)
	return root
}

func (p *process) bareCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "understudy",
		Short: "Stand in for a third-party API, from its contract, with state",
		Long: `Understudy stands in for a third-party API. Give it the API's contract (an OpenAPI
document, plus Overlay documents for behaviour that OpenAPI cannot say) and it serves
that API on the contract's own paths, with state.`,
		Example: `  understudy serve ecoevents
  understudy serve openapi.yaml --listen 127.0.0.1:8080
  understudy explain openapi.yaml
  understudy control journal
  understudy check openapi.yaml --target http://127.0.0.1:8080
  understudy rehearse ecoevents -- make integration-test`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetOut(p.out)
	root.SetErr(p.err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w\nsee: %s --help", err, cmd.CommandPath())
	})
	return root
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
