package grade

import (
	"fmt"

	"understudy/contracts/check"
)

// virtual is why waits cannot be judged.
const virtual = "the recording's times are of a clock that was moved or stood still: how long the client waited cannot be told"

// A pause is what lies between an attempt and the one before.
type pause struct {
	chain  *chain
	n      int // the attempt behind it: 1 is the first repeat
	before *attempt
	after  *attempt
}

// pauses gives every pause whose length is known.
func (v *view) pauses() []pause {
	var list []pause
	for _, c := range v.chains {
		for n := 1; n < len(c.attempts); n++ {
			if a := &c.attempts[n]; !a.blurred {
				list = append(list, pause{c, n, &c.attempts[n-1], a})
			}
		}
	}
	return list
}

// judgePause looks for repeats without any pause (RTY-001).
func judgePause(rec *Recording, t *Trial) {
	if !rec.Wall {
		t.NotExercised(virtual)
		return
	}
	hasty := map[*chain]int{}
	var doubtful []pause
	total := 0
	for _, p := range t.view.pauses() {
		if !p.before.meaning.transient() || !p.chain.sure(p.after) {
			continue
		}
		t.Exercised(p.before.call, p.after.call)
		told := p.after.asked && p.after.told.long > 0
		if p.after.gap >= noPause || p.after.asked && !told {
			continue
		}
		hasty[p.chain]++
		busy := p.before.meaning == limited || p.before.meaning == unavailable
		if busy {
			total++
		}
		switch {
		case busy && told, busy && total >= 2, hasty[p.chain] >= 2:
			t.breaks(hastyFinding(p), p.after.call, p.before.call)
		case busy:
			doubtful = append(doubtful, p)
		}
	}
	if total == 1 && len(t.findings) == 0 {
		for _, p := range doubtful {
			f := hastyFinding(p)
			f.level, f.sure = check.Warning, check.Likely
			f.message += " It was the only such repeat: a pause drawn at random may be as short as that."
			t.breaks(f, p.after.call, p.before.call)
		}
	}
}

func hastyFinding(p pause) finding {
	return finding{
		message: fmt.Sprintf("%s was %s, and the same call came again after %s.", label(p.before.call), answered(p.before.call), span(p.after.gap)),
		want:    "a pause", got: span(p.after.gap), where: "time between attempts", keyword: "at once",
	}
}

// judgeRetryAfter compares pauses with Retry-After (RTY-002).
func judgeRetryAfter(rec *Recording, t *Trial) { judgeWait(rec, t, true) }

// judgeReset compares pauses with the reset of a limit (RTY-003).
func judgeReset(rec *Recording, t *Trial) { judgeWait(rec, t, false) }

func judgeWait(rec *Recording, t *Trial, header bool) {
	if !rec.Wall {
		t.NotExercised(virtual)
		return
	}
	for _, p := range t.view.pauses() {
		a := p.after
		if _, has := retryAfter(p.before.call); !a.asked || has != header || a.told.long <= 0 {
			continue
		}
		t.Exercised(p.before.call, a.call)
		if a.gap >= a.told.long-a.told.slack {
			continue
		}
		f := finding{
			message: fmt.Sprintf("%s was %s and asked by %s for a wait of %s; the same call came again after %s.",
				label(p.before.call), answered(p.before.call), a.told.source, span(a.told.long), span(a.gap)),
			want: "no attempt for " + span(a.told.long), got: "one after " + span(a.gap), where: "response header Retry-After", keyword: "too early",
		}
		if !header {
			f.where = "response headers of the limit"
		}
		if !p.chain.sure(a) {
			f.level, f.sure = check.Warning, check.Likely
			f.message += " Other calls were made in between or at the same time: it may be another caller's."
		}
		t.breaks(f, a.call, p.before.call)
	}
}
