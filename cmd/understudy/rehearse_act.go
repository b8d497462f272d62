package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"understudy/scenarios/rehearsal"
)

// An act is one run of the command.
type act struct {
	name   string // for people: "rate-limit", "without trouble"
	drills []rehearsal.Drill
}

// chooseActs turns --drill into runs.
func (v *rehearsing) chooseActs() ([]act, error) {
	var list []act
	var problems []error
	add := func(name string) {
		if slices.ContainsFunc(list, func(a act) bool { return a.name == name }) {
			return
		}
		if name == withoutTrouble {
			list = append(list, act{name: name})
			return
		}
		d, err := rehearsal.FindDrill(name)
		if err != nil {
			problems = append(problems, fmt.Errorf("--drill: %w", err))
			return
		}
		list = append(list, act{name: name, drills: []rehearsal.Drill{d}})
	}
	for _, name := range v.drills {
		switch name {
		case "none":
			add(withoutTrouble)
		case "all":
			add(withoutTrouble)
			for _, d := range drillNames() {
				add(d)
			}
		default:
			add(name)
		}
	}
	if v.together && len(list) == 0 {
		problems = append(problems, errors.New("--together is for drills: name them with --drill"))
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	if len(list) == 0 {
		return []act{{name: withoutTrouble}}, nil
	}
	if !v.together {
		return list, nil
	}
	var one act
	var names []string
	for _, a := range list {
		if len(a.drills) > 0 {
			names = append(names, a.name)
		}
		one.drills = append(one.drills, a.drills...)
	}
	one.name = strings.Join(names, " and ")
	return []act{one}, nil
}

// withoutTrouble is the name of a run without a drill.
const withoutTrouble = "without trouble"

// readPlan reads --plan and holds it against the contracts.
func (r *rehearsalRun) readPlan() error {
	if r.flags.plan == "" {
		return nil
	}
	f, err := os.Open(r.flags.plan)
	if err != nil {
		return fmt.Errorf("--plan: %w", err)
	}
	defer f.Close()
	if r.plan, err = rehearsal.Read(f, r.flags.plan); err != nil {
		return err
	}
	for i := range r.acts {
		if r.acts[i].name == withoutTrouble { // but for that of the plan
			r.acts[i].name = cmp.Or(r.plan.Title, "by "+filepath.Base(r.flags.plan))
		}
	}
	return r.plan.Check(r.contracts)
}

// listDrills tells what each drill does with some contracts.
func (p *process) listDrills(ctx context.Context, v *rehearsing, sources []string) error {
	list, err := v.load(ctx, sources)
	if err != nil {
		return err
	}
	for _, c := range list {
		if len(list) > 1 {
			fmt.Fprintf(p.out, "%s\n\n", c.Name)
		}
		for _, d := range rehearsal.Drills() {
			plan := d.For(c)
			fmt.Fprintf(p.out, "%s: %s\n", d.Name, d.Title)
			if plan.Idle != "" {
				fmt.Fprintf(p.out, "  nothing to do: %s\n", plan.Idle)
			}
			for _, text := range plan.Tell() {
				fmt.Fprintf(p.out, "  - %s\n", text)
			}
			if plan.MayFail {
				fmt.Fprintln(p.out, "  A command that does everything right may fail under it.")
			}
			fmt.Fprintln(p.out)
		}
	}
	return nil
}
