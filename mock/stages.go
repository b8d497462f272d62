package mock

import "slices"

// A stage is one thing that a request goes through. It returns nil to let the request pass, a problem to end it,
// or answers it itself.
type stage struct {
	name string
	run  func(*call) *Problem
}

// stages is what a request goes through, in order.
func (s *Server) stages() []stage {
	return []stage{
		{"transport", s.transport}, // is TLS asked for
		{"match", s.match},         // which operation of the contract, which path values: or 404, 405
		{"receive", s.receive},     // is the body whole and small enough: or 400, 408, 413
		{"validate", s.validate},   // parameters and body keep the contract: or 400, 415, 422
		{"negotiate", s.negotiate}, // is there an answer that the client takes: or 406; a preferred answer
		{"act", s.act},             // create, read, change, delete, list: or 404, 409, 412
		{"example", s.example},     // what has no state: from examples, then from the schema
	}
}

// The verdicts of stages.
const (
	passed   = "passed"
	refused  = "refused"
	answered = "answered"
	observed = "observed"
	failed   = "failed"
)

// makeTrails prepares the stage notes of ordinary requests, by the stage that answered: all the others were passed.
func makeTrails(order []stage) [][]StageNote {
	trails := make([][]StageNote, len(order))
	for last := range order {
		for _, s := range order[:last+1] {
			trails[last] = append(trails[last], StageNote{Name: s.name, Verdict: passed})
		}
		trails[last][last].Verdict = answered
	}
	return trails
}

// conclude writes down which stages the request went through and what the last one came to. The notes of ordinary
// requests are shared and must not be changed.
func (s *Server) conclude(c *call, verdict, note string) {
	trail := s.trails[c.stage]
	if verdict == answered && len(c.observed) == 0 {
		c.trace.Stages = slices.Clip(trail)
		return
	}
	list := make([]StageNote, 0, len(trail)+len(c.observed))
	for i, n := range trail {
		if i == c.stage {
			n.Verdict, n.Note = verdict, note
		}
		seen := false
		for _, o := range c.observed {
			if o.Name == n.Name {
				list, seen = append(list, o), true
			}
		}
		if !seen || n.Verdict != passed {
			list = append(list, n)
		}
	}
	for _, o := range c.observed {
		if !slices.ContainsFunc(trail, func(n StageNote) bool { return n.Name == o.Name }) {
			list = append(list, o)
		}
	}
	c.trace.Stages = list
}
