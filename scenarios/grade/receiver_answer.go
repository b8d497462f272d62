package grade

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"understudy/contracts/check"
	"understudy/contracts/signature"
)

// What is wrong with a delivery, as its sender names it. Besides these, each way to spoil a signature is one.
const (
	badSignature = "bad-signature"
	duplicated   = "duplicate"
	disordered   = "out-of-order"
	unknownName  = "unknown-event"
	hugeBody     = "huge-body"
	slowSender   = "slow-sender"
)

// troubles lists what was wrong with a delivery on purpose.
func troubles(m *Message) []string {
	return strings.FieldsFunc(m.Trouble, func(r rune) bool { return r == ',' || r == ' ' || r == ';' })
}

func troubled(m *Message, what string) bool { return slices.Contains(troubles(m), what) }

func taken(m *Message) bool { return m.Status/100 == 2 }

// replyOf tells of an answer, or why there was none.
func replyOf(m *Message) string {
	if m.Status == 0 {
		return cmp.Or(m.Error, "no answer")
	}
	return fmt.Sprintf("status %d", m.Status)
}

// nobody says that nothing listened where a delivery was sent to: the program had ended, or had not begun. Nothing is known then of
// what it would have answered.
func nobody(m *Message) bool { return m.Status == 0 && strings.Contains(m.Error, "connection refused") }

// good says that nothing in a delivery keeps a receiver from taking it: it is as it should be, or only comes twice, late or behind a
// later one.
func good(m *Message) bool {
	return !slices.ContainsFunc(troubles(m), func(what string) bool {
		return what != duplicated && what != disordered && what != "delayed" && what != string(signature.SecondRight)
	})
}

func judgeInTime(rec *Recording, t *Trial) {
	for _, m := range rec.Messages {
		if m.TimeLimit <= 0 || troubled(m, slowSender) {
			continue
		}
		late := m.Took > m.TimeLimit || m.Status == 0 && m.Took >= m.TimeLimit
		if m.Status == 0 && !late {
			continue // nothing listened: that is no answer that came late
		}
		t.ExercisedBy(m)
		if late {
			t.breaksBy(finding{
				message: fmt.Sprintf("A delivery of %s was not answered within %s.", orEvent(m), m.TimeLimit), want: "an answer within " + m.TimeLimit.String(),
				got: replyOf(m) + " after " + m.Took.Round(time.Millisecond).String(), where: "delivery " + m.Event, keyword: "late",
			}, m)
		}
	}
}

func orEvent(m *Message) string { return cmp.Or(m.Event, "an event") }

func judgeTaken(rec *Recording, t *Trial) {
	last := map[string]*Message{}
	heard, once := map[string]bool{}, map[string]bool{}
	var order []string
	for _, m := range rec.Messages {
		if !good(m) {
			continue
		}
		key := cmp.Or(m.Delivery, m.EventID+" "+m.URL)
		if last[key] == nil {
			order = append(order, key)
		}
		last[key] = m
		heard[key] = heard[key] || m.Status != 0
		once[m.EventID+" "+m.URL] = once[m.EventID+" "+m.URL] || taken(m)
	}
	for _, key := range order {
		m := last[key]
		t.ExercisedBy(m)
		if taken(m) || once[m.EventID+" "+m.URL] { // what becomes of a second copy is another rule's matter
			continue
		}
		f := finding{
			message: fmt.Sprintf("A good delivery of %s was answered with %s, and never with 2xx.", orEvent(m), replyOf(m)), want: "2xx", got: replyOf(m),
			where: "delivery " + m.Event, keyword: fmt.Sprintf("%dXX", m.Status/100),
		}
		switch {
		case !heard[key] && m.Took < m.TimeLimit:
			f.level, f.sure, f.keyword = check.Warning, check.Likely, "nobody"
			f.message = fmt.Sprintf("Nothing took a delivery of %s: %s. A program that had ended looks the same.", orEvent(m), replyOf(m))
		case m.Status/100 == 3:
			f.advice = "Register the address to which the receiver redirects: senders follow none."
		}
		t.breaksBy(f, m)
	}
}

// refusable says whether a correct receiver refuses a delivery for its signature, and whether its age is the reason.
func refusable(rec *Recording, m *Message) (refuse, age bool) {
	event := rec.Contract.Event(m.Event)
	for _, what := range troubles(m) {
		spoiled := signature.Spoiling(what)
		if what == badSignature {
			return true, false
		}
		if !slices.Contains(signature.Spoilings(), spoiled) || event != nil && event.Scheme.Accepts(spoiled) || spoiled == signature.SecondRight {
			continue
		}
		return true, spoiled == signature.StaleTimestamp || spoiled == signature.FutureTimestamp
	}
	return false, false
}

func judgeForged(rec *Recording, t *Trial) { judgeRefusals(rec, t, false) }

func judgeStale(rec *Recording, t *Trial) { judgeRefusals(rec, t, true) }

// judgeRefusals looks at deliveries that are to be refused, for their age or for another fault of their signature.
func judgeRefusals(rec *Recording, t *Trial, old bool) {
	for _, m := range rec.Messages {
		refuse, age := refusable(rec, m)
		if !refuse || age != old || nobody(m) {
			continue
		}
		t.ExercisedBy(m)
		f := finding{want: "a refusal: 401 or another 4xx", got: replyOf(m), where: "delivery " + m.Event, keyword: m.Trouble}
		switch {
		case taken(m):
			f.message = fmt.Sprintf("A delivery of %s with a bad signature (%s) was accepted.", orEvent(m), m.Trouble)
		case m.Status/100 == 4:
			continue
		default:
			f.level = check.Warning
			f.message = fmt.Sprintf("A delivery of %s with a bad signature (%s) was not refused but met a fault: %s.", orEvent(m), m.Trouble, replyOf(m))
		}
		t.breaksBy(f, m)
	}
}

func judgeDisorder(rec *Recording, t *Trial) {
	latest := map[string]int{} // by receiver: the sequence of the latest event that came
	for _, m := range rec.Messages {
		behind := m.Sequence > 0 && m.Sequence < latest[m.URL] && m.Attempt <= 1
		latest[m.URL] = max(latest[m.URL], m.Sequence)
		if nobody(m) || !good(m) || !behind && !troubled(m, disordered) || !behind && m.Sequence > 0 {
			continue
		}
		t.ExercisedBy(m)
		if !taken(m) {
			t.breaksBy(finding{
				message: fmt.Sprintf("A delivery of %s came behind that of a later event and was answered with %s.", orEvent(m), replyOf(m)), want: "2xx", got: replyOf(m),
				where: "delivery " + m.Event, keyword: "disorder",
			}, m)
		}
	}
}

func judgeUnknown(rec *Recording, t *Trial) {
	judgeOdd(rec, t, unknownName, func(m *Message, f *finding) bool {
		f.message = fmt.Sprintf("An event of a name that the contract does not know was answered with %s.", replyOf(m))
		if m.Status/100 == 4 {
			f.level = check.Note
			f.message += " The sender tries it again."
			return true
		}
		return !taken(m)
	})
}

func judgeLarge(rec *Recording, t *Trial) {
	judgeOdd(rec, t, hugeBody, func(m *Message, f *finding) bool {
		f.message = fmt.Sprintf("A very large delivery was answered with %s.", replyOf(m))
		return m.Status/100 != 2 && m.Status/100 != 4
	})
}

// judgeOdd looks at deliveries with one kind of trouble; wrong says whether the answer is a breach, and how it is told.
func judgeOdd(rec *Recording, t *Trial, what string, wrong func(*Message, *finding) bool) {
	for _, m := range rec.Messages {
		if !troubled(m, what) || nobody(m) {
			continue
		}
		t.ExercisedBy(m)
		f := finding{want: "2xx", got: replyOf(m), where: "delivery " + what, keyword: what}
		if wrong(m, &f) {
			t.breaksBy(f, m)
		}
	}
}

func judgeReceiverAddress(rec *Recording, t *Trial) {
	if len(rec.Messages) > 0 {
		t.NotExercised("deliveries went to the machine itself, where nothing travels")
	}
	told := map[string]bool{}
	for _, m := range rec.Messages {
		u, err := url.Parse(m.URL)
		if err != nil || u.Host == "" || told[m.URL] {
			continue
		}
		told[m.URL] = true
		where := reachOf(u.Host)
		f := finding{want: "https", got: u.Scheme, where: "address of the receiver", keyword: "http"}
		if u.User != nil {
			t.ExercisedBy(m)
			t.breaksBy(finding{
				message: "The receiver's address holds a user name or password, which senders show in their dashboards.", want: "an address without user information", got: "user information",
				where: "address of the receiver", keyword: "user", level: check.Warning,
			}, m)
		}
		if where == machine {
			continue
		}
		t.ExercisedBy(m)
		if u.Scheme == "https" {
			continue
		}
		f.message = fmt.Sprintf("Deliveries go to %s without TLS.", u.Host)
		if where == private {
			f.level, f.sure = check.Note, check.Likely
			f.message += " A network of containers on one machine looks the same."
		}
		t.breaksBy(f, m)
	}
}
