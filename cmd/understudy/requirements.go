package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"understudy/contracts"

	"github.com/spf13/cobra"
)

// proving are the flags of requirements.
type proving struct {
	format, out string
	kinds, ids  []string
	results     []string // files of saved results
	uncovered   bool
}

func (p *process) requirementsCommand() *cobra.Command {
	var q proving
	cmd := &cobra.Command{
		Use: "requirements [CONTRACT…]", Short: "List what the vendors document, and which exchange proves it",
		Example: `  understudy requirements
  understudy requirements ecosire --kind S,P
  understudy requirements --ids ECOSIRE-32,ECOEVENTS-62 --format json
  understudy requirements ecoevents --uncovered
  understudy requirements ecosire --results out/ecosire.run.json
  understudy requirements --format markdown --out requirements.md`,
		Long: `Requirements starts a fresh stand-in for each of its stories, walks it over real sockets, and lists the rows of the
built-in contracts' requirements: proven (with the exchange that shows it), partly (what is missing is said), failed, or
not covered by a story; results of run and check that were saved as JSON count as well (--results). Rows that no vendor
documents, decisions of ours, are marked as assumed. The contract "common"
holds the rules for all of them.

As JSON: contracts[] with name, title, counts, sections[] and requirements[]; each of these with id, text, kind[], basis
(documented, assumed or rule), state, missing, and proofs[]: story, step, to, method, path, as, at (the stand-in's
clock), requests, status, checked[] and problem.

Exit status: 0 when no proof fails, 1 when one does, 2 when it could not run.`,
		RunE: func(cmd *cobra.Command, args []string) error { return p.requirements(cmd.Context(), &q, args) },
	}
	f := cmd.Flags()
	f.StringVar(&q.format, "format", "text", "text, markdown or json")
	f.StringSliceVar(&q.kinds, "kind", nil, "only rows of these kinds: S server, P management, W webhook, R receiver, C client, D document, N information")
	f.StringSliceVar(&q.ids, "ids", nil, "only these rows")
	f.StringArrayVar(&q.results, "results", nil, "saved result of run or check whose proofs count too (repeatable)")
	f.BoolVar(&q.uncovered, "uncovered", false, "list only the rows that no story covers")
	f.StringVar(&q.out, "out", "", "file to write to instead of standard output")
	return cmd
}

func (p *process) requirements(ctx context.Context, q *proving, names []string) error {
	write, ok := ledgerFormats[q.format]
	if !ok {
		return fmt.Errorf("--format %s: use text, markdown or json", q.format)
	}
	l, err := readLedger(names)
	if err != nil {
		return err
	}
	if err := l.choose(q); err != nil {
		return err
	}
	if err := l.prove(ctx, allStories()); err != nil {
		return err
	}
	if err := l.enterResults(q.results); err != nil {
		return err
	}
	l.settle(q.uncovered)
	if q.out == "" {
		err = write(p.out, l)
	} else {
		var text strings.Builder
		if err = write(&text, l); err == nil {
			err = os.WriteFile(q.out, []byte(text.String()), 0o644)
		}
	}
	if err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
	if l.failed() {
		return errFindings
	}
	return nil
}

// ledgerFormats are the forms of the list.
var ledgerFormats = map[string]func(io.Writer, *ledger) error{
	"text": writeLedgerText, "markdown": writeLedgerMarkdown, "json": writeLedgerJSON,
}

// prove walks the stories that may say something about a row of the ledger.
func (l *ledger) prove(ctx context.Context, stories []*story) error {
	loaded := map[string]*contracts.Contract{}
	for _, s := range stories {
		if !slices.ContainsFunc(s.claims(), l.has) {
			continue
		}
		contract := loaded[s.contract]
		if contract == nil || s.setting.document+s.setting.overlay != "" {
			var err error
			if contract, err = s.load(ctx); err != nil {
				return err
			}
		}
		if s.setting.document+s.setting.overlay == "" {
			loaded[s.contract] = contract
		}
		if err := l.walk(ctx, s, contract); err != nil {
			return fmt.Errorf("the story %q of %s: %w", s.tells, s.contract, err)
		}
	}
	return nil
}

// claims are the ids that a story's steps want to prove.
func (s *story) claims() []string {
	var ids []string
	for i := range s.steps {
		ids = append(ids, s.steps[i].proves...)
	}
	if s.setting.twice {
		ids = append(ids, provenByRepetition...)
	}
	return ids
}

// walk walks one story and enters what its steps prove.
func (l *ledger) walk(ctx context.Context, s *story, c *contracts.Contract) error {
	first, err := l.follow(ctx, s, c)
	if err != nil {
		return err
	}
	for _, o := range first {
		l.enter(o.step.proves, proofOf(s, o))
	}
	if !s.setting.twice {
		return nil
	}
	second, err := l.follow(ctx, s, c)
	if err != nil {
		return err
	}
	l.enter(provenByRepetition, compared(s, first, second))
	return nil
}

// follow takes all steps of a story on a fresh stand-in.
func (l *ledger) follow(ctx context.Context, s *story, c *contracts.Contract) ([]*outcome, error) {
	w, err := begin(ctx, s, c)
	defer w.close()
	if err != nil {
		return nil, err
	}
	var list []*outcome
	broken := ""
	for i := range s.steps {
		st := &s.steps[i]
		if broken != "" { // what comes behind a step that was not as told stands on sand
			list = append(list, &outcome{step: st, at: w.clock.Now(), problem: "not reached, for an earlier step was not as told: " + broken})
			continue
		}
		o, err := w.take(ctx, st)
		if err != nil {
			return nil, err
		}
		if o.problem != "" && len(st.keep) > 0 {
			broken = st.tells
		}
		o.base = w.origins[atRoot]
		list = append(list, o)
	}
	return list, nil
}
