package grade

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"understudy/contracts/check"
)

// aftermath is how long behind the answer to a delivery a call still counts as caused by it.
const aftermath = 5 * time.Second

func judgeDuplicates(rec *Recording, t *Trial) {
	first := map[string]*Message{} // that was taken, by event and receiver
	for i, m := range rec.Messages {
		if nobody(m) || !good(m) || m.EventID == "" {
			continue
		}
		key := m.EventID + " " + m.URL
		before := first[key]
		if before == nil {
			if taken(m) {
				first[key] = m
			}
			continue
		}
		t.ExercisedBy(m, before)
		if !taken(m) {
			t.breaksBy(finding{
				message: fmt.Sprintf("An event %s that had been taken was delivered again and answered with %s: it will be sent again and again.", orEvent(m), replyOf(m)),
				want:    "2xx", got: replyOf(m), where: "delivery " + m.Event, keyword: "duplicate refused",
			}, m, before)
			continue
		}
		if again := repeatedEffects(caused(rec, before), caused(rec, rec.Messages[i])); len(again) > 0 {
			f := finding{
				message: fmt.Sprintf("An event %s was delivered twice, and behind both the integration called %s %s with the same content. Work that happens at that moment anyway looks the same.",
					orEvent(m), again[0].Method, told(again[0])),
				want: "one effect", got: "the same calls twice", where: "delivery " + m.Event, keyword: "duplicate effect", sure: check.Likely,
			}
			f.witnesses = witnesses(nil, nil, []*Message{m, before})
			t.breaks(f, again...)
		}
	}
}

// caused gives the unsafe calls behind a delivery, up to the next delivery of another event.
func caused(rec *Recording, m *Message) []*Call {
	until := m.At.Add(m.Took + aftermath)
	for _, other := range rec.Messages {
		if other.EventID != m.EventID && other.At.After(m.At) && other.At.Before(until) {
			until = other.At
		}
	}
	var list []*Call
	for _, c := range rec.Calls {
		if c.Start.Before(m.At) || !c.Start.Before(until) || !effectful(c) && c.Method != http.MethodPut && c.Method != http.MethodDelete {
			continue
		}
		if c.Status/100 == 2 && !c.Repeated {
			list = append(list, c)
		}
	}
	return list
}

// repeatedEffects gives those of the later calls that repeat an earlier one.
func repeatedEffects(earlier, later []*Call) []*Call {
	var again []*Call
	for _, c := range later {
		if n := slices.IndexFunc(earlier, func(e *Call) bool { return e != c && sameRequest(e, c) }); n >= 0 {
			again = append(again, c, earlier[n])
		}
	}
	return again
}
