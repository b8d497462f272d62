package grade

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"understudy/contracts/check"
	"understudy/contracts/schema"
)

// keyHeader gives the header in which the operation of a call takes an idempotency key, "" where it takes none.
func keyHeader(rec *Recording, c *Call) (header string, required bool) {
	if c.Operation == nil {
		return "", false
	}
	return rec.Contract.IdempotencyKey(c.Operation)
}

// givenKey reads an idempotency key: a structured-field String, or bare text as Stripe takes it.
func givenKey(c *Call, header string) string {
	text := strings.TrimSpace(c.RequestHeader.Get(header))
	if len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"' {
		return text[1 : len(text)-1]
	}
	return text
}

// mayHaveWorked says that the client cannot know whether a call was carried out.
func mayHaveWorked(o outcome) bool { return o == broken || o == failed || o == unavailable }

// A repetition is a repeat of a call to an operation that takes a key, and the attempt before it.
type repetition struct {
	before, call *Call
	header       string
	sure         check.Certainty
}

// repetitions finds the repeats that a key was made for.
func repetitions(rec *Recording, t *Trial) []repetition {
	var list []repetition
	for _, c := range t.view.chains {
		header, _ := keyHeader(rec, c.first().call)
		if header == "" {
			continue
		}
		for i := 1; i < len(c.attempts); i++ {
			a := &c.attempts[i]
			if !mayHaveWorked(c.attempts[i-1].meaning) {
				continue
			}
			sure := check.Likely
			if c.sure(a) {
				sure = check.Certain
			}
			list = append(list, repetition{c.attempts[i-1].call, a.call, header, sure})
		}
	}
	return list
}

func judgeKeyOnRepeat(rec *Recording, t *Trial) {
	for _, r := range repetitions(rec, t) {
		t.Exercised(r.call, r.before)
		which := ""
		switch without := [2]bool{givenKey(r.before, r.header) == "", givenKey(r.call, r.header) == ""}; without {
		case [2]bool{true, true}:
			which = "neither attempt carried"
		case [2]bool{true, false}:
			which = "the first attempt did not carry"
		case [2]bool{false, true}:
			which = "the repeat did not carry"
		default:
			continue
		}
		t.breaks(finding{
			message: fmt.Sprintf("%s %s was repeated without knowing whether it had been carried out; %s an idempotency key.", r.call.Method, told(r.call), which),
			want:    "the header " + r.header + " in both attempts", got: which + " it", where: "request header " + r.header, keyword: "no key", sure: r.sure,
			at: check.PlaceOf(r.call.Operation.At),
		}, r.call, r.before)
	}
}

func judgeKeyed(rec *Recording, t *Trial) {
	offered := false
	for _, o := range rec.Contract.Operations {
		if header, _ := rec.Contract.IdempotencyKey(o); header != "" {
			offered = true
			break
		}
	}
	if !offered {
		t.NotExercised("no operation of the contract takes an idempotency key")
		return
	}
	for _, c := range rec.Calls {
		header, required := keyHeader(rec, c)
		if header == "" || inbound(c) {
			continue
		}
		t.Exercised(c)
		if givenKey(c, header) != "" {
			continue
		}
		f := finding{
			message: fmt.Sprintf("%s %s takes an idempotency key, and a call carried none: it cannot be repeated safely.", c.Method, told(c)),
			want:    "the header " + header, got: "none", where: "request header " + header, keyword: "none", at: check.PlaceOf(c.Operation.At),
		}
		if required {
			f.level, f.message = check.Failure, fmt.Sprintf("%s %s requires an idempotency key, and a call carried none.", c.Method, told(c))
		}
		t.breaks(f, c)
	}
}

func judgeSameKey(rec *Recording, t *Trial) {
	for _, r := range repetitions(rec, t) {
		before, now := givenKey(r.before, r.header), givenKey(r.call, r.header)
		if before == "" || now == "" {
			continue
		}
		t.Exercised(r.call, r.before)
		if before != now {
			t.breaks(finding{
				message: fmt.Sprintf("The repeat of %s %s carried another idempotency key than the attempt before: for the API it is another order.", r.call.Method, told(r.call)),
				want:    "the same key", got: "a new one", where: "request header " + r.header, keyword: "new key", sure: r.sure,
			}, r.call, r.before)
		}
	}
}

func judgeKeyReused(rec *Recording, t *Trial) {
	type use struct{ who, key string }
	first := map[use]*Call{}
	for _, c := range rec.Calls {
		header, _ := keyHeader(rec, c)
		if header == "" || givenKey(c, header) == "" {
			continue
		}
		u := use{owner(c), givenKey(c, header)}
		earlier := first[u]
		if len(first) > 0 {
			t.Exercised(c)
		}
		if earlier == nil {
			first[u] = c
			continue
		}
		f := finding{where: "request header " + header, want: "another key for another order", got: "the key of an earlier one"}
		switch difference := differs(earlier, c); {
		case difference != "":
			f.keyword = "another " + difference
			f.message = fmt.Sprintf("The idempotency key of an earlier call was used for %s %s with another %s.", c.Method, told(c), difference)
		case c.Repeated && earlier.Status/100 == 2 && !cutOff(earlier) && after(c, earlier):
			f.keyword, f.level, f.sure = "again", check.Warning, check.Likely
			f.message = fmt.Sprintf("%s %s was sent again with a key whose order had been carried out and answered. If a new order was meant, it was not made.", c.Method, told(c))
		default:
			continue
		}
		t.breaks(f, c, earlier)
	}
}

// owner is whose keys are told apart: those of an account, or of what the call showed.
func owner(c *Call) string {
	if c.Account != "" {
		return c.Account
	}
	return holder(c)
}

// differs says in what the orders of two calls differ; "" where they are the same.
func differs(a, b *Call) string {
	switch {
	case a.Operation != b.Operation || a.Method != b.Method:
		return "operation"
	case pathOf(a) != pathOf(b) || !sameQuery(a, b):
		return "address"
	case !sameBody(a, b):
		return "body"
	}
	return ""
}

func sameQuery(a, b *Call) bool {
	compare := func(x, y pair) int {
		if n := strings.Compare(x.name, y.name); n != 0 {
			return n
		}
		return strings.Compare(x.value, y.value)
	}
	return slices.Equal(slices.SortedFunc(slices.Values(query(a)), compare), slices.SortedFunc(slices.Values(query(b)), compare))
}

// sameBody says that two bodies mean the same: byte for byte, or as JSON.
func sameBody(a, b *Call) bool {
	x, y := content(a), content(b)
	if string(x) == string(y) {
		return true
	}
	v, err := schema.ParseJSON(x)
	if err != nil {
		return false
	}
	w, err := schema.ParseJSON(y)
	return err == nil && schema.Equal(v, w)
}

// shortestKey is how many characters an idempotency key has at least that is not to be met by chance: half a UUID.
const shortestKey = 16

var numeric = regexp.MustCompile(`^[0-9]+$`)

func judgeKeyStrength(rec *Recording, t *Trial) {
	for _, c := range rec.Calls {
		header, _ := keyHeader(rec, c)
		key := ""
		if header != "" {
			key = givenKey(c, header)
		}
		if key == "" {
			continue
		}
		t.Exercised(c)
		f := finding{where: "request header " + header, want: "a random UUID", sure: check.Likely}
		switch {
		case numeric.MatchString(key):
			f.keyword, f.got, f.message = "digits", "digits alone", "An idempotency key is a number: counters and clocks of two processes collide."
		case len(key) < shortestKey:
			f.keyword, f.got = "short", countOf(len(key), "character")
			f.message = fmt.Sprintf("An idempotency key has %s: two of them may meet by chance.", f.got)
		default:
			continue
		}
		t.breaks(f, c)
	}
}

func judgeDoubled(rec *Recording, t *Trial) {
	for _, c := range rec.Calls {
		if effectful(c) && c.Effect && (cutOff(c) || c.Status >= 500) {
			t.Exercised(c)
		}
	}
	for _, c := range t.view.chains {
		var done *Call // had its effect, of which the client does not know
		for i := range c.attempts {
			call := c.attempts[i].call
			if !effectful(call) || !call.Effect || call.Repeated {
				continue
			}
			if done == nil {
				if mayHaveWorked(c.attempts[i].meaning) {
					done = call
				}
				continue
			}
			t.breaks(finding{
				message: fmt.Sprintf("%s %s had been carried out, its answer did not come, and the repeat was carried out as well.", call.Method, told(call)),
				want:    "one effect", got: "two", where: "request", keyword: "doubled",
			}, call, done)
		}
	}
}

// effectful says that doing a call twice is not the same as doing it once (RFC 9110, 9.2.2), and that it is about more than a session.
func effectful(c *Call) bool {
	if c.Method != http.MethodPost && c.Method != http.MethodPatch || inbound(c) {
		return false
	}
	return c.Operation == nil || !c.Operation.Behaviour.Read && c.Operation.Behaviour.Session == ""
}
