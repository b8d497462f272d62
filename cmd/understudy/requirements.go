package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
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
		Use: "requirements [CONTRACT…]", Short: "List what the vendors document, and what proves it",
		Example: `  understudy requirements
  understudy requirements ecosire --kind S,P
  understudy requirements --ids ECOSIRE-32,ECOEVENTS-62 --format json
  understudy requirements ecoevents --uncovered
  understudy requirements ecosire --results out/ecosire.run.json --results out/ecosire.grade.json
  understudy requirements --out requirements.html`,
		Long: `Requirements starts a fresh stand-in for each of its stories, walks it over real sockets, and lists the rows of the
built-in contracts' requirements, each with what shows it: the exchange of a story, a workflow or its step, a generated
check, a rule for clients, a scan. Results that run, check, receiver, rehearse, grade and scan saved as JSON count as
well (--results). Rows that no vendor documents, decisions of ours, are marked as assumed. The contract "common" holds
the rules for all of them.

A row is proven when each of its kinds is shown: the server's side (S, P, W) by a story, a workflow or the checks that the
row names, a receiver (R) by deliveries to it, a client (C) by the rules that it names, each put to the test and kept,
and sources (D) by its scans. It is partly proven when something is shown and something is missing, which is said; failed
when something was not as told; not shown when nothing looked at it, with the reason.

As HTML it is one page that loads nothing, with filters; the schema of the JSON form is
docs/schemas/requirements.schema.json. Without --format the form follows from the name of --out.

Exit status: 0 when no proof fails, 1 when one does, 2 when it could not run.`,
		RunE: func(cmd *cobra.Command, args []string) error { return p.requirements(cmd.Context(), &q, args) },
	}
	f := cmd.Flags()
	f.StringVar(&q.format, "format", "", "text, markdown, json or html (default: by the name of --out, else text)")
	f.StringSliceVar(&q.kinds, "kind", nil, "only rows of these kinds: S server, P management, W webhook, R receiver, C client, D document, N information")
	f.StringSliceVar(&q.ids, "ids", nil, "only these rows")
	f.StringArrayVar(&q.results, "results", nil, "saved result whose proofs count too (repeatable)")
	f.BoolVar(&q.uncovered, "uncovered", false, "list only the rows that nothing shows")
	f.StringVar(&q.out, "out", "", "file to write to instead of standard output")
	return cmd
}

// ledgerFormat is the form that a name of a file asks for.
func ledgerFormat(out string) string {
	switch strings.ToLower(filepath.Ext(out)) {
	case ".html", ".htm":
		return "html"
	case ".md", ".markdown":
		return "markdown"
	case ".json":
		return "json"
	}
	return "text"
}

func (p *process) requirements(ctx context.Context, q *proving, names []string) error {
	write, ok := ledgerFormats[cmp.Or(q.format, ledgerFormat(q.out))]
	if !ok {
		return fmt.Errorf("--format %s: use text, markdown, json or html", q.format)
	}
	l, err := readLedger(names)
	if err != nil {
		return err
	}
	l.width = p.width()
	if err := l.choose(q); err != nil {
		return err
	}
	if err := l.enterResults(q.results); err != nil { // a file that cannot be read is told before the stories are walked
		return err
	}
	if err := l.prove(ctx, allStories()); err != nil {
		return err
	}
	l.settle(q.uncovered)
	if q.out == "" {
		err = write(p.out, l)
	} else {
		err = writeFile(q.out, func(w io.Writer) error { return write(w, l) })
	}
	if err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
	if l.failed() {
		return errFindings
	}
	return nil
}

// prove walks the stories that may say something about a row of the ledger.
func (l *ledger) prove(ctx context.Context, stories []*story) error {
	loaded := map[string]*contracts.Contract{}
	for _, s := range stories {
		if !slices.ContainsFunc(s.claims(), l.has) {
			continue
		}
		contract := loaded[s.contract]
		builtin := s.setting.document+s.setting.overlay == "" && s.setting.made == nil
		if contract == nil || !builtin {
			var err error
			if contract, err = s.load(ctx); err != nil {
				return err
			}
		}
		if builtin {
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
