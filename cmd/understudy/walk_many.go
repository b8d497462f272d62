package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"understudy/contracts"
)

// gather sends a step's request many times at once and counts what comes.
func (w *walk) gather(ctx context.Context, st *step, o *outcome) error {
	answers := make([]*answer, st.crowd.times)
	errs := make([]error, st.crowd.atOnce)
	var next atomic.Int64
	var workers sync.WaitGroup
	for worker := range errs {
		workers.Go(func() {
			for errs[worker] == nil {
				i := int(next.Add(1)) - 1
				if i >= len(answers) {
					return
				}
				answers[i], errs[worker] = w.send(ctx, st, nil)
			}
		})
	}
	workers.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	o.requests = len(answers)
	o.exchange = w.shown(answers[len(answers)-1])
	o.checked = append(o.checked, fmt.Sprintf("%d at once, by status: %s", st.crowd.times, counted(st.crowd.answers)))
	statuses := map[int]int{}
	for _, a := range answers {
		statuses[a.exchange.Status]++
	}
	if !maps.Equal(statuses, st.crowd.answers) {
		o.problem = fmt.Sprintf("the answers are by status %s, not %s", counted(statuses), counted(st.crowd.answers))
		return nil
	}
	if st.crowd.distinct == "" {
		return nil
	}
	known := map[string]bool{}
	for _, a := range answers {
		value, ok := a.at(st.crowd.distinct)
		text := textOf(value)
		if !ok || known[text] {
			o.problem = "two answers have the same at " + placeName(st.crowd.distinct)
			return nil
		}
		known[text] = true
	}
	o.checked = append(o.checked, "no two have the same "+placeName(st.crowd.distinct))
	return nil
}

// counted is "1 × 200, 19 × 401".
func counted(statuses map[int]int) string {
	var parts []string
	for _, status := range slices.Sorted(maps.Keys(statuses)) {
		parts = append(parts, fmt.Sprintf("%d × %d", statuses[status], status))
	}
	return strings.Join(parts, ", ")
}

// askInTraffic sends a step's request while others go on: a third of them is answered before, the others go on meanwhile
// and afterwards.
func (w *walk) askInTraffic(ctx context.Context, st *step, o *outcome) error {
	t := st.traffic
	total := len(t.as) * t.times
	begun, errs := make(chan struct{}), make([]error, len(t.as))
	var answered atomic.Int64
	wrong := make([]string, len(t.as))
	var workers sync.WaitGroup
	for i, name := range t.as {
		workers.Go(func() {
			for range t.times {
				a, err := w.send(ctx, &step{method: "GET", path: t.path, as: name}, nil)
				if err == nil && a.exchange.Status != t.status {
					wrong[i] = fmt.Sprintf("GET %s with {%s} is answered %d, not %d", t.path, name, a.exchange.Status, t.status)
				}
				if errs[i] = err; err != nil {
					return
				}
				if answered.Add(1) == int64(total/3) {
					close(begun)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { workers.Wait(); close(done) }()
	select {
	case <-begun:
	case <-done: // not one of three was answered
	}
	a, err := w.send(ctx, st, nil)
	<-done // what is kept is read by the others
	for i := range t.as {
		if err == nil {
			err = errs[i]
		}
	}
	if err != nil {
		return err
	}
	w.settle(ctx, st, a, o)
	for _, problem := range wrong {
		if o.problem == "" {
			o.problem = problem
		}
	}
	o.requests += total
	o.checked = append(o.checked, fmt.Sprintf("%d × GET %s with {%s} meanwhile: all %d", total, t.path, strings.Join(t.as, "}, {"), t.status))
	return nil
}

// makeTour sends one request to each operation of the contract.
func (w *walk) makeTour(ctx context.Context, st *step, o *outcome) error {
	o.requests = 0
	opened, refused := 0, 0
	for _, operation := range w.contract.Operations {
		if len(st.tour.only) > 0 && !slices.Contains(st.tour.only, operation.ID) || slices.Contains(st.tour.except, operation.ID) {
			continue
		}
		visit := *st
		visit.method, visit.path = operation.Method, examplePath(operation)
		if operation.Body != nil {
			visit.body = "{}"
		}
		a, err := w.send(ctx, &visit, operation)
		if err != nil {
			return err
		}
		o.requests++
		if slices.Contains(st.tour.open, operation.ID) || slices.Contains(st.tour.open, "*") {
			if status := a.exchange.Status; o.problem == "" && (status == 401 || status == 403 || status >= 500) {
				o.problem = fmt.Sprintf("%s %s is answered %d", operation.Method, operation.Path, status)
			}
			opened++
		} else {
			problem := w.judge(&visit, a)
			if problem != "" && o.problem == "" {
				o.problem = operation.Method + " " + operation.Path + ": " + problem
			}
			o.exchange = w.shown(a)
			refused++
		}
		if o.exchange.Method == "" {
			o.exchange = w.shown(a)
		}
	}
	if opened > 0 {
		o.checked = append(o.checked, fmt.Sprintf("%d operations answer neither 401 nor 403 nor 5xx", opened))
	}
	if refused > 0 {
		o.checked = append(o.checked, fmt.Sprintf("%d operations: %s", refused, strings.Join(st.words(), ", ")))
	}
	if o.requests == 0 {
		o.problem = "the tour visits no operation"
	}
	return nil
}

// examplePath is an operation's path with the examples that its parameters have.
func examplePath(o *contracts.Operation) string {
	path := o.Path
	for _, p := range o.Parameters {
		if p.In == "path" {
			path = strings.ReplaceAll(path, "{"+p.Name+"}", exampleOf(p))
		}
	}
	return path
}

func exampleOf(p *contracts.Parameter) string {
	for _, e := range p.Examples {
		if text := textOf(e.Value); text != "" {
			return text
		}
	}
	if p.Schema != nil {
		if of := p.Schema.Resolve(); len(of.Examples) > 0 {
			return textOf(of.Examples[0])
		}
	}
	return "1"
}
