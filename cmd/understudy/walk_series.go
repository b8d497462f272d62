package main

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
)

// repeat sends a step's request many times, one after another. The clock moves on in between.
func (w *walk) repeat(ctx context.Context, st *step, o *outcome) error {
	s := st.series
	o.requests = 0
	statuses := map[int]int{}
	var left *int64
	for i := range s.times {
		if i > 0 {
			move := s.apart
			if s.every > 0 && i%s.every == 0 {
				move = s.pause
			}
			if err := w.advance(ctx, move); err != nil {
				return err
			}
		}
		one := *st
		if len(s.paths) > 0 {
			one.path = s.paths[i%len(s.paths)]
		}
		a, err := w.send(ctx, &one, nil)
		if err != nil {
			return err
		}
		o.requests++
		statuses[a.exchange.Status]++
		problem := w.look(s.each, a)
		if s.counts != "" && problem == "" {
			problem = falls(a, s.counts, &left)
		}
		if problem != "" && o.problem == "" {
			o.problem = fmt.Sprintf("request %d: %s", i+1, problem)
		}
		if i == s.times-1 {
			o.at = w.clock.Now()
			o.checked = s.words(st)
			w.settle(ctx, st, a, o)
		}
	}
	if wanted := s.wanted(st); !maps.Equal(statuses, wanted) {
		o.problem = fmt.Sprintf("the answers are by status %s, not %s", counted(statuses), counted(wanted))
	}
	return nil
}

// falls holds the number in a header against the one before: one less where the request passed, the same where it was
// limited.
func falls(a *answer, header string, left **int64) string {
	text := a.exchange.ResponseHeader.Get(header)
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return fmt.Sprintf("%s is %q, not a whole number", header, text)
	}
	if *left != nil {
		want := **left
		if a.exchange.Status != http.StatusTooManyRequests {
			want--
		}
		if n != want {
			return fmt.Sprintf("%s is %d, not %d", header, n, want)
		}
	}
	*left = &n
	return ""
}

// wanted are the answers by their status.
func (s *series) wanted(st *step) map[int]int {
	if s.answers == nil {
		return map[int]int{st.status: s.times}
	}
	return s.answers
}

// words say what a series looks at.
func (s *series) words(st *step) []string {
	wanted := s.wanted(st)
	list := []string{fmt.Sprintf("%d one after another, by status: %s", s.times, counted(wanted))}
	if s.apart > 0 {
		list[0] = fmt.Sprintf("%d, %s apart, by status: %s", s.times, s.apart, counted(wanted))
	}
	if len(s.paths) > 0 {
		list = append(list, "spread over "+strings.Join(s.paths, " and "))
	}
	if s.counts != "" {
		list = append(list, s.counts+" falls by one with each that passes, and not with others")
	}
	for _, words := range s.each.words() {
		list = append(list, "each: "+words)
	}
	return append(list, "the last:")
}

// askInVain sends a step's request, on a connection of its own so that no client repeats it, and wants the connection to
// end before the answer is whole.
func (w *walk) askInVain(ctx context.Context, st *step, o *outcome) error {
	request, err := w.request(ctx, st)
	if err != nil {
		return err
	}
	if err := w.authorize(request, st, nil); err != nil {
		return err
	}
	alone := w.client.Transport.(*http.Transport).Clone()
	alone.DisableKeepAlives = true
	a := w.before(st, request)
	response, broken := alone.RoundTrip(request)
	if broken == nil {
		broken = a.read(response)
		_ = response.Body.Close() // what was to be read was
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	o.exchange, o.checked = w.shown(a), []string{"the connection ends before the answer is whole"}
	switch {
	case broken == nil:
		o.problem = fmt.Sprintf("the answer is whole, with status %d", a.exchange.Status)
	case a.exchange.Status != st.status:
		o.problem = fmt.Sprintf("before the connection ends the status is %d, not %d", a.exchange.Status, st.status)
	}
	return nil
}
