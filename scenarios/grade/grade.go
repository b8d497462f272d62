// Package grade judges an integration: what a client did with an API, by the rules that the API's documents, the standards and
// good practice lay down for clients.
//
// It looks at recorded calls, wherever they come from: the journal of a stand-in, a bundle, an HTTP archive. A rule that the
// recording never put to the test says so, and names the drill that would.
package grade

import (
	"understudy/contracts/check"
)

// A Rule is one thing that a good client keeps to.
type Rule struct {
	ID    string // "RTY-001": never reused; requirements, reports and baselines refer to it
	Title string // what a client does, in one line: "A retry waits as long as Retry-After asks"
	Doc   string // why it matters, two to four sentences
	Basis check.Basis
	Norm  string      // the clause: "RFC 9110, 10.2.3"; for ByContract what of the contract says it; for ByConvention whose good practice it is
	Level check.Level // of its findings, unless a finding says otherwise
	// Needs is what a recording must hold to put the rule to the test, to be read behind "needs": "an answer 429 with Retry-After".
	Needs string
	// Decides says how the rule tells right from wrong, thresholds included, in one to three sentences.
	Decides string
	// Drill is the name of the drill that provokes what the rule needs; empty: ordinary calls do.
	Drill   string
	Advice  string // what the integration's author does about a finding, in one sentence
	Example string // a few lines of code or HTTP that keep the rule

	judge func(*Recording, *Trial)
}

// A Trial is one rule in front of one recording. Its judge tells what it saw.
type Trial struct {
	Rule Rule

	exercised int       // occasions on which the rule could have been broken
	why       string    // why there was none, where more can be said than Needs
	evidence  []witness // that shows the rule kept, the first few
	findings  []finding
	view      *view // what several rules work out of the recording
}

// A witness is a call, or a delivery to the integration, that shows something.
type witness struct {
	call    *Call
	message *Message
}

// A finding is one breach, before it is told in the words of reports.
type finding struct {
	level     check.Level // empty: the rule's
	basis     check.Basis // empty: the rule's
	norm      string      // empty: the rule's
	message   string
	want      string
	got       string
	where     string // "request header Authorization": free of random data
	keyword   string // tells findings at the same place apart
	sure      check.Certainty
	advice    string      // empty: the rule's
	at        check.Place // the sentence of the contract that is broken; empty: no single one is
	whole     bool        // it is about the integration as a whole: not about the operation of the deciding call
	witnesses []witness   // the deciding one first
	repeats   int         // how many more breaches were the same
}

// Exercised counts an occasion on which the rule was kept or broken, with the calls that show it.
func (t *Trial) Exercised(calls ...*Call) {
	t.exercised++
	t.evidence = witnesses(t.evidence, calls, nil)
}

// ExercisedBy counts an occasion that deliveries to the integration show.
func (t *Trial) ExercisedBy(messages ...*Message) {
	t.exercised++
	t.evidence = witnesses(t.evidence, nil, messages)
}

// mostEvidence is how many calls are named as evidence of a rule that was kept, or of one breach.
const mostEvidence = 8

// breaks keeps a breach, with the calls that show it, the deciding one first. It does not count an occasion: Exercised does.
func (t *Trial) breaks(f finding, calls ...*Call) {
	f.witnesses = witnesses(f.witnesses, calls, nil)
	t.findings = append(t.findings, f)
}

// breaksBy keeps a breach that deliveries to the integration show.
func (t *Trial) breaksBy(f finding, messages ...*Message) {
	f.witnesses = witnesses(f.witnesses, nil, messages)
	t.findings = append(t.findings, f)
}

func witnesses(list []witness, calls []*Call, messages []*Message) []witness {
	for _, c := range calls {
		if c != nil && len(list) < mostEvidence {
			list = append(list, witness{call: c})
		}
	}
	for _, m := range messages {
		if m != nil && len(list) < mostEvidence {
			list = append(list, witness{message: m})
		}
	}
	return list
}

// NotExercised says why the rule was not put to the test, where more can be said than what it needs: "the contract declares no
// scopes". No drill is then proposed: none would help.
func (t *Trial) NotExercised(why string) { t.why = why }

// Rules gives the catalogue, family by family.
func Rules() []Rule {
	list := make([]Rule, 0, len(catalogue))
	return append(list, catalogue...)
}

// FindRule gives the rule of an id.
func FindRule(id string) (Rule, bool) {
	for i := range catalogue {
		if catalogue[i].ID == id {
			return catalogue[i], true
		}
	}
	return Rule{}, false
}
