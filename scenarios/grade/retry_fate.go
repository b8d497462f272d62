package grade

import (
	"fmt"
	"net/http"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/contracts/inference"
)

// judgeHopeless looks for repeats of what is refused for good (RTY-007).
func judgeHopeless(rec *Recording, t *Trial) {
	for _, c := range t.view.chains {
		start := -1
		for i := range c.attempts {
			if c.attempts[i].meaning == refused && start < 0 {
				start = i
			}
		}
		if start < 0 {
			continue
		}
		t.Exercised(c.attempts[start].call)
		if c.parallel || c.last().meaning == fine && !ordered(c.attempts[start].call, "status") { // it was not hopeless
			continue
		}
		row := c.attempts[start:]
		n := 0
		for i := 1; i < len(row); i++ {
			if row[i-1].meaning == refused && row[i].direct && !unaware(row[i].call, row[0].call) {
				n++
			}
		}
		if n == 0 {
			continue
		}
		first := row[0].call
		f := finding{
			message: fmt.Sprintf("%s was %s, and the very same call was made again %s.", label(first), answered(first), times(n)),
			want:    "no repeat without a change", got: fmt.Sprintf("%d of them", n), where: "the call", keyword: fmt.Sprintf("repeat after %d", first.Status),
		}
		switch {
		case n == 1:
			f.level, f.sure = check.Note, check.Likely
			f.message += " Two tests that send the same wrong request look like this, too."
		case first.Status == http.StatusNotFound && safe(first), first.Status == http.StatusConflict:
			f.level, f.sure = check.Warning, check.Likely
			f.message += " It may have waited for something to appear or to be over."
		case first.Status == http.StatusUnauthorized && renews(first):
			f.level, f.sure = check.Warning, check.Likely
			f.message += " Tests of what wrong logins lead to look like this, too."
		}
		t.breaks(f, (&chain{attempts: row}).calls()...)
	}
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}

// safe says that a method asks for no change (RFC 9110, 9.2.1).
func safe(c *Call) bool {
	return c.Method == http.MethodGet || c.Method == http.MethodHead || c.Method == http.MethodOptions
}

// repeatable says that making the call twice has the effect of making it once: by its method (RFC 9110, 9.2.2), by what the
// contract says of it, or by a precondition.
func (v *view) repeatable(c *Call) bool {
	switch {
	case c.Method != http.MethodPost && c.Method != http.MethodPatch:
		return true
	case renews(c), c.RequestHeader.Get("If-Match") != "", c.RequestHeader.Get("If-None-Match") != "", c.RequestHeader.Get("If-Unmodified-Since") != "":
		return true
	}
	return c.Operation != nil && (c.Operation.Behaviour.Read || v.reads(c.Operation))
}

// reads says that an operation that is a POST only reads.
func (v *view) reads(o *contracts.Operation) bool {
	if v.rec.Model == nil {
		return false
	}
	b := v.rec.Model.Binding(o)
	return b != nil && (b.Role == inference.List || b.Role == inference.Read || b.Role == inference.Download)
}

// judgeUnsafe looks for writes that are repeated although they may have happened (RTY-008).
func judgeUnsafe(rec *Recording, t *Trial) {
	for _, c := range t.view.chains {
		first := c.first().call
		if t.view.repeatable(first) {
			continue
		}
		for i := range c.attempts {
			a := &c.attempts[i]
			if !ambiguous(a) {
				continue
			}
			repeated := i+1 < len(c.attempts) && c.sure(&c.attempts[i+1])
			if !repeated || t.view.protected(a.call, c.attempts[i+1].call) {
				if repeated || t.view.over(c) {
					t.Exercised(a.call)
				}
				continue
			}
			again := &c.attempts[i+1]
			t.Exercised(a.call, again.call)
			t.breaks(t.view.doubled(rec, a.call, again.call), again.call, a.call)
		}
	}
}

// ambiguous says that after an attempt its client does not know whether there was an effect.
func ambiguous(a *attempt) bool {
	switch a.meaning {
	case broken:
		return true
	case failed:
		return a.call.Status != http.StatusInsufficientStorage && a.call.Status != http.StatusLoopDetected
	case unavailable, later, limited:
		return a.call.Effect
	}
	return false
}

// protected says that the server can tell a repeat from a new intent. Whether the key is the same is another rule's matter.
func (v *view) protected(first, again *Call) bool {
	if again.Repeated || keyed(first) && keyed(again) {
		return true
	}
	if again.Operation == nil || v.rec.Contract == nil {
		return false
	}
	name, _ := v.rec.Contract.IdempotencyKey(again.Operation)
	return name != "" && first.RequestHeader.Get(name) != "" && again.RequestHeader.Get(name) != ""
}

// doubled tells of a write that was sent again.
func (v *view) doubled(rec *Recording, first, again *Call) finding {
	f := finding{
		message: fmt.Sprintf("%s was %s, and the same call was sent again after %s without anything by which the server could know it as a repeat.",
			label(first), answered(first), span(max(again.Start.Sub(first.End()), 0))),
		want: "an idempotency key, or a look at what became of the first", got: "the same write again", where: "request header Idempotency-Key", keyword: "unprotected repeat",
	}
	switch {
	case first.Effect && again.Effect:
		f.message += " Both had their effect: it happened twice."
	case first.Effect:
		f.message += " The first had had its effect."
	}
	if again.Operation != nil && rec.Contract != nil {
		if name, _ := rec.Contract.IdempotencyKey(again.Operation); name == "" {
			f.advice = "Look whether the first attempt took effect before sending it again: the contract has no idempotency key for this operation."
		} else if name != "Idempotency-Key" {
			f.where = "request header " + name
		}
	}
	return f
}

// mostPatience is the wait beyond which giving up is as good as waiting.
const mostPatience = time.Minute

// judgeTriedAgain looks for calls that were given up at their first failure (RTY-009).
func judgeTriedAgain(_ *Recording, t *Trial) {
	for _, c := range t.view.chains {
		first := c.first()
		status := first.call.Status
		gone := first.meaning == broken && !first.call.Abandoned
		busy := first.meaning == limited || first.meaning == unavailable || status == http.StatusBadGateway || status == http.StatusGatewayTimeout
		if !gone && !busy || c.parallel || !t.view.repeatable(first.call) && !keyed(first.call) {
			continue
		}
		if w, asked := t.view.told(first.call); asked && w.long > mostPatience {
			continue
		}
		if len(c.attempts) > 1 {
			t.Exercised(first.call, c.attempts[1].call)
			continue
		}
		if !t.view.over(c) {
			continue
		}
		t.Exercised(first.call)
		f := finding{
			message: fmt.Sprintf("%s was %s and was not made again. A later run may take it up.", label(first.call), answered(first.call)),
			want:    "another attempt", got: "none", where: "number of attempts", keyword: "no repeat", sure: check.Likely,
		}
		if first.call.Fault == "" {
			f.level = check.Note
			f.message += " The program may have its reasons, too: nobody ordered the trouble."
		}
		t.breaks(f, first.call)
	}
}
