package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"text/tabwriter"
	"time"

	"understudy/contracts"
	"understudy/scenarios"
)

// rehearseClients begins a rehearsal of a good client of each built-in API, under every drill: this program plays the client, in a
// process of its own, as a user's own command would. What it gives waits for their ends, and says whether no rule was broken.
func (p *process) rehearseClients(ctx context.Context, out string) func() ([]*scenarios.Result, bool, error) {
	names := contracts.Builtins()
	results, kept, problems := make([]*scenarios.Result, len(names)), make([]bool, len(names)), make([]error, len(names))
	program, err := ownProgram()
	if err != nil {
		return func() ([]*scenarios.Result, bool, error) { return nil, false, err }
	}
	// Windows of limits begin with the minute: one that is soon over is waited for in little time.
	begins := time.Now().UTC().Truncate(time.Minute).Add(50 * time.Second).Format(time.RFC3339)
	var rehearsals sync.WaitGroup
	for i, name := range names {
		rehearsals.Go(func() {
			results[i], kept[i], problems[i] = p.judgeBy(ctx, out, name+".rehearse", "rehearse",
				[]string{name, "--drill", "all", "--keep-going", "--clock", begins, "--", program, "demo-client", name})
		})
	}
	return func() ([]*scenarios.Result, bool, error) {
		rehearsals.Wait()
		good := true
		for _, k := range kept {
			good = good && k
		}
		return results, good, errors.Join(problems...)
	}
}

// ownProgram is the path of this program, by the name under which it was called.
func ownProgram() (string, error) {
	path, err := exec.LookPath(os.Args[0])
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	return filepath.Abs(path)
}

// tellClients tells how the clients kept the rules.
func (p *process) tellClients(rehearsed []*scenarios.Result) error {
	fmt.Fprint(p.out, "\nA good client of each API under all drills (understudy rehearse), held against the rules for clients:\n\n")
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "  API\tcalls\trules kept\tbroken\twarned\tnot put to the test")
	for _, r := range rehearsed {
		for _, s := range r.Scores {
			fmt.Fprintf(w, "  %s\t%d\t%d of %d\t%d\t%d\t%d\n", s.Contract, r.Requests, s.Kept, s.Exercised(), s.Broken, s.Warned, s.NotExercised)
		}
	}
	return w.Flush()
}
