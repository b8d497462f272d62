package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"understudy/scenarios"
	"understudy/scenarios/grade"
	"understudy/scenarios/rehearsal"
)

// A show is one run of the command with what was seen of it.
type show struct {
	act        act
	exit       exit
	accounts   []rehearsal.Account // in the order of the contracts, those without steps left out
	mayFail    bool                // a command that does everything right may have failed
	recordings []*grade.Recording  // in the order of the contracts
	targets    []scenarios.Target
}

// failed says that the command failed where it should not: one that never ends, or crashes, does so nowhere.
func (s *show) failed() bool { return s.exit.status != 0 && !(s.mayFail && s.exit.own) }

// perform carries one run out: stand-ins, plan, command, recordings.
func (r *rehearsalRun) perform(ctx context.Context, number int) (*show, error) {
	s := &show{act: r.acts[number]}
	sc, err := r.set(ctx)
	if err != nil {
		return nil, err
	}
	defer sc.close()
	receivers, err := r.receivers()
	if err != nil {
		return nil, err
	}
	secrets, err := sc.deliverTo(ctx, receivers)
	if err != nil {
		return nil, err
	}
	w, err := r.dress(sc, s.act.name, receivers, secrets)
	if err != nil {
		return nil, err
	}
	r.run.Hide(w.hidden...)
	courses, err := r.begin(ctx, s, sc)
	if err != nil {
		return nil, err
	}
	r.tellBegin(number, courses)
	f := performer{program: r.program, args: r.command, environ: w.environ(), out: r.commandOutput(), err: r.err, within: r.flags.within, grace: r.flags.grace}
	s.exit, err = f.perform(r.stop)
	ended := time.Now().UTC()
	if err != nil {
		return nil, err
	}
	sc.stopDeliveries(ctx)
	for _, c := range courses {
		account, err := c.End(ctx)
		if err != nil {
			return nil, err
		}
		s.accounts = append(s.accounts, account)
	}
	if err := r.record(ctx, s, sc, ended); err != nil {
		return nil, err
	}
	r.tellEnd(s)
	return s, nil
}

// commandOutput is where the command's output goes: to ours, unless a report for programs does.
func (r *rehearsalRun) commandOutput() io.Writer {
	for _, o := range r.outputs {
		if o.path == "-" && o.format != "text" {
			return r.err
		}
	}
	return r.out
}

// begin begins the plan and the drills of a run, for each contract.
func (r *rehearsalRun) begin(ctx context.Context, s *show, sc *scene) ([]*rehearsal.Course, error) {
	var courses []*rehearsal.Course
	for i, st := range sc.stands {
		var plans []*rehearsal.Plan
		for _, d := range s.act.drills {
			plan := d.For(st.contract)
			if plan.Idle != "" {
				r.run.Note(fmt.Sprintf("%s: the drill %s has nothing to do: %s", st.contract.Name, d.Name, plan.Idle))
				continue
			}
			plans = append(plans, plan)
		}
		if r.plan != nil {
			plans = append(plans, r.plan.For(st.contract.Name))
		}
		plan := rehearsal.Join(plans...)
		if len(plan.Steps) == 0 {
			continue
		}
		s.mayFail = s.mayFail || plan.MayFail
		c, err := rehearsal.Begin(ctx, plan, rehearsal.Stage{Contract: st.contract, Control: sc.controls[i], Clock: machineClock{}})
		if err != nil {
			return nil, err
		}
		courses = append(courses, c)
	}
	return courses, nil
}

// deliverTo registers the command's receivers for all events. It gives the secrets that were made for them, by name.
func (sc *scene) deliverTo(ctx context.Context, receivers map[string]string) (map[string]string, error) {
	secrets := map[string]string{}
	for i, st := range sc.stands {
		address := receivers[st.contract.Name]
		if address == "" {
			continue
		}
		var made struct {
			Secrets []struct{ Name, Text string }
		}
		err := sc.controls[i].Do(ctx, http.MethodPost, "/endpoints", map[string]any{"url": address, "description": "The receiver of the command under rehearsal"}, &made)
		if err != nil {
			return nil, fmt.Errorf("--webhook-url: %w", err)
		}
		for _, secret := range made.Secrets {
			if secret.Text != "" && secret.Name != "" {
				secrets[secret.Name] = secret.Text
			}
		}
	}
	return secrets, nil
}

// stopDeliveries lets nothing more go to receivers that have ended with the command.
func (sc *scene) stopDeliveries(ctx context.Context) {
	for _, control := range sc.controls {
		var list struct {
			Endpoints []struct {
				ID      string
				Enabled bool
			}
		}
		if control.Do(ctx, http.MethodGet, "/endpoints", nil, &list) != nil {
			continue // it tells of no events
		}
		for _, e := range list.Endpoints {
			if e.Enabled {
				_ = control.Do(ctx, http.MethodPatch, "/endpoints/"+url.PathEscape(e.ID), map[string]any{"enabled": false}, nil) // what goes out all the same is left out of the recording
			}
		}
	}
}

// record reads what the command did.
func (r *rehearsalRun) record(ctx context.Context, s *show, sc *scene, ended time.Time) error {
	for i, st := range sc.stands {
		rec, err := grade.FromJournal(ctx, sc.controls[i], st.contract, grade.JournalOptions{Drills: r.carriedOut(st.contract.Name), Ended: ended})
		if err != nil {
			return fmt.Errorf("what the command did: %w", err)
		}
		rec.Source, rec.ExitCode = "rehearsal "+s.act.name, &s.exit.status
		rec.Messages = slices.DeleteFunc(rec.Messages, func(m *grade.Message) bool {
			return m.Status == 0 && m.At.Add(m.Took).After(ended) || m.At.After(ended) // nobody was there any more
		})
		s.recordings = append(s.recordings, rec)
		s.targets = append(s.targets, scenarios.Target{
			Contract: st.contract.Name, Title: st.contract.Title, Version: st.contract.Version, Hash: st.contract.Hash, URL: st.baseURL(), Control: sc.control.URL(),
		})
	}
	return nil
}

// carriedOut names the drills of all runs that have something to do for a contract: a rule that none of them put to the test is not
// told to ask for one of them.
func (r *rehearsalRun) carriedOut(contract string) []string {
	list := []string{}
	for _, a := range r.acts {
		for _, d := range a.drills {
			for _, c := range r.contracts {
				if c.Name == contract && d.For(c).Idle == "" {
					list = append(list, d.Name)
				}
			}
		}
	}
	return list
}

// tellBegin says what run begins, where there is anything to say.
func (r *rehearsalRun) tellBegin(number int, courses []*rehearsal.Course) {
	if r.flags.quiet {
		return
	}
	a := &r.acts[number]
	if len(r.acts) > 1 || len(a.drills) > 0 {
		fmt.Fprintf(r.err, "understudy: run %d of %d: %s\n", number+1, len(r.acts), a.name)
	}
	for _, c := range courses {
		for _, text := range c.Plan().Tell() {
			fmt.Fprintf(r.err, "understudy: - %s\n", text)
		}
	}
}

// tellEnd says how the command ended, and what of the trouble it met.
func (r *rehearsalRun) tellEnd(s *show) {
	where := ""
	if len(r.acts) > 1 || len(s.act.drills) > 0 {
		where = s.act.name + ": "
	}
	tell := func(format string, args ...any) {
		text := where + fmt.Sprintf(format, args...)
		r.run.Note(text)
		if !r.flags.quiet {
			fmt.Fprintln(r.err, "understudy: "+text)
		}
	}
	switch {
	case s.exit.status != 0 && !s.failed():
		tell("the command %s, as one may under this", s.exit.how)
	case s.exit.status != 0:
		tell("the command %s", s.exit.how)
	}
	for i := range s.accounts {
		for _, step := range s.accounts[i].Steps {
			tell("%s (%s)", step.Says, step.Tells)
		}
	}
}

// leftOut says which runs were not carried out.
func (r *rehearsalRun) leftOut(rest []act) {
	if len(rest) == 0 {
		return
	}
	var names []string
	for _, a := range rest {
		names = append(names, a.name)
	}
	why := "the command had failed; --keep-going goes on"
	if r.stop.asked() {
		why = "the rehearsal was interrupted"
	}
	text := fmt.Sprintf("not carried out: %s (%s)", strings.Join(names, ", "), why)
	r.run.Note(text)
	if !r.flags.quiet {
		fmt.Fprintln(r.err, "understudy: "+text)
	}
}

// errStatus ends a command with a status of its own. There is nothing to be printed: it was told.
type errStatus int

func (e errStatus) Error() string { return fmt.Sprintf("exit status %d", int(e)) }
