package mock

import (
	"slices"

	"understudy/contracts"
)

// A stage is one thing that a request goes through. It returns nil to let the request pass, a problem to end it,
// or answers it itself.
type stage struct {
	name string
	run  func(*call) *Problem
}

// stages is what a request goes through, in order. Those that have nothing to do for the contract are left out.
func (s *Server) stages() []stage {
	all := []struct {
		stage
		needed bool
	}{
		{stage{"transport", s.transport}, true},                    // is TLS asked for
		{stage{"provide", s.provide}, s.identity != nil},           // is it for the identity provider
		{stage{"connect", s.connect}, s.realtime != nil},           // is it for the WebSocket endpoint, or its HTTP API
		{stage{"match", s.match}, true},                            // which operation of the contract, which path values: or 404, 405
		{stage{"authenticate", s.authenticate}, s.asks()},          // who is calling: or 401
		{stage{"verify", s.verify}, s.verifies()},                  // who has sent this webhook: or what the contract says of bad signatures
		{stage{"admit", s.admit}, s.counts()},                      // is there quota left: or 429
		{stage{"permit", s.permit}, s.asks()},                      // may they: or 403
		{stage{"receive", s.receive}, true},                        // is the body whole and small enough: or 400, 408, 413
		{stage{"validate", s.validate}, true},                      // parameters and body keep the contract: or 400, 415, 422
		{stage{"negotiate", s.negotiate}, true},                    // is there an answer that the client takes: or 406; a preferred answer
		{stage{"idempotency", s.idempotency}, s.has(s.idempotent)}, // is it a repeat: the first one's answer, or 400, 409, 422
		{stage{"disturb", s.disturb}, true},                        // trouble that was ordered: a delay, another answer, none at all
		{stage{"session", s.session}, s.has(sessionOperation)},     // logins, tokens and API keys: or 401, 404
		{stage{"sign", s.sign}, s.has(s.signsChannels)},            // subscriptions to private channels: or 403
		{stage{"act", s.act}, true},                                // create, read, change, delete, list: or 404, 409, 412
		{stage{"example", s.example}, true},                        // what has no state: from examples, then from the schema
	}
	var list []stage
	for _, one := range all {
		if one.needed {
			list = append(list, one.stage)
		}
	}
	return reorder(list, s.contract.Behaviour.Order)
}

// asks says that some operation asks for a credential, and that somebody looks.
func (s *Server) asks() bool {
	return s.options.Auth != Ignore && s.has(func(o *contracts.Operation) bool { return len(o.Security) > 0 })
}

// verifies says that some operation takes webhooks of others, and that somebody looks.
func (s *Server) verifies() bool { return s.options.Auth != Ignore && s.has(receivesWebhooks) }

func (s *Server) has(which func(*contracts.Operation) bool) bool {
	return slices.ContainsFunc(s.contract.Operations, which)
}

// The verdicts of stages.
const (
	passed    = "passed"
	refused   = "refused"
	answered  = "answered"
	observed  = "observed"
	disturbed = "disturbed"
	failed    = "failed"
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
	if c.faults != nil {
		c.tellFaults()
	}
	trail := s.trails[c.stage]
	if verdict == answered && len(c.observed) == 0 {
		c.trace.Stages = slices.Clip(trail)
		return
	}
	if verdict == refused && len(c.observed) == 0 && len(note) <= longestCode {
		c.trace.Stages = s.refusedTrail(c.stage, note)
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
		if !seen || n.Verdict == refused || n.Verdict == failed {
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

// A refusal is the stage that refused a request and the code of the problem: there are few of them, and requests share
// their notes.
type refusal struct {
	stage int
	code  string
}

// longestCode is how long a code may be to be remembered. Ours are shorter.
const longestCode = 64

// refusedTrail gives the notes of a request that a stage refused and that no other one had to say anything of.
func (s *Server) refusedTrail(stage int, code string) []StageNote {
	key := refusal{stage, code}
	if known, ok := s.ready.Load(key); ok {
		return known.([]StageNote)
	}
	trail := slices.Clone(s.trails[stage])
	trail[stage].Verdict, trail[stage].Note = refused, code
	known, _ := s.ready.LoadOrStore(key, slices.Clip(trail))
	return known.([]StageNote)
}
