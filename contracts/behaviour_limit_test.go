package contracts_test

import (
	"os"
	"strings"
	"testing"

	"understudy/contracts"
)

// TestLimitWords: what makes no sense of a limit is refused with advice.
func TestLimitWords(t *testing.T) {
	const good = "name: one, limit: 5, window: 1m"
	for _, c := range []struct{ words, want string }{
		{"limits: [{" + good + "}]", ""},
		{"limits: [{name: one, limit: 5, window: month, timezone: Europe/Berlin, per: 'account, route', countRefused: true}]", ""},
		{"limits: [{name: one, limit: 5, algorithm: concurrency}]", ""},
		{"limits: [{name: one, limit: 1000000, window: 24h, algorithm: gcra, burst: 1000000}]", ""},
		{"limits: [{limit: 5, window: 1m}]", `limits[0]: the name "" is taken, or is not one`},
		{"limits: [{name: 'a b', limit: 5, window: 1m}]", `the name "a b"`},
		{"limits: [{" + good + "}, {" + good + "}]", `limits[1]: the name "one" is taken`},
		{"limits: [{" + good + ", algorithm: leaky}]", `algorithm cannot be "leaky"`},
		{"limits: [{" + good + ", per: key}]", `per cannot be "key"`},
		{"limits: [{" + good + ", per: 'account,'}]", `per cannot be "account,"`},
		{"limits: [{" + good + ", align: day}]", `align cannot be "day"`},
		{"limits: [{" + good + ", algorithm: gcra, align: clock}]", "only fixed windows are aligned"},
		{"limits: [{name: one, window: 1m}]", "0 requests cannot be counted"},
		{"limits: [{name: one, limit: -5, window: 1m}]", "-5 requests cannot be counted"},
		{"limits: [{name: one, limit: 5}]", `the window "" is not a duration`},
		{"limits: [{name: one, limit: 5, window: -1m}]", `the window "-1m" is of no use`},
		{"limits: [{name: one, limit: 5, window: 100000h}]", "is of no use"},
		{"limits: [{name: one, limit: 5, window: week}]", `the window "week" is not a duration`},
		{"limits: [{name: one, limit: 5, window: day, algorithm: gcra}]", "is one of the calendar"},
		{"limits: [{name: one, limit: 5, window: day, align: first-request}]", "is one of the calendar"},
		{"limits: [{" + good + ", algorithm: concurrency}]", "has no window"},
		{"limits: [{" + good + ", timezone: Europe/Berlin}]", "a timezone says where days begin"},
		{"limits: [{name: one, limit: 5, window: day, timezone: Mars/Base}]", `there is no timezone "Mars/Base"`},
		{"limits: [{name: one, limit: 5, window: day, timezone: Local}]", `there is no timezone "Local"`},
		{"limits: [{" + good + ", burst: 3}]", "only token-bucket and gcra have a burst"},
		{"limits: [{" + good + ", algorithm: gcra, burst: -3}]", "the burst cannot be -3"},
		{"limits: [{name: one, limit: 999999937, window: 87000h, algorithm: gcra}]", "too large to be counted exactly"},
		{"limits: [{name: one, limit: 1, window: 80000h, algorithm: gcra, burst: 2}]", "more than ten years to fill"},
		{"limits: [{" + good + ", routes: [nowhere]}]", `there is no operation "nowhere"`},
		{"plans: {free: {}}\n  limits: [{" + good + ", plan: gold}]", `there is no plan "gold"`},
		{"plans: {free: {limits: [two]}}\n  limits: [{" + good + "}]", `plan "free" names the limit "two"`},
		{"limits: [{" + good + ", replaces: [one]}]", `it cannot replace "one"`},
		{"limits: [{" + good + ", replaces: [two]}]", `it cannot replace "two"`},
		{"limits: [{" + good + ", per: account, weight: 3}]", `unknown word "weight"`},
		{"order: [admit, authenticate, permit]", ""},
		{"order: [validate, match]", "the place of validate cannot be chosen"},
		{"order: [admit, admit]", "order names admit twice"},
		{"order: [permit, authenticate]", "permit cannot come before authenticate"},
		{"limitHeaders: {profile: stripe}", `profile cannot be "stripe"`},
		{"limitHeaders: {on: never}", `on cannot be "never"`},
		{"limitHeaders: {names: {left: X}}", `names cannot be "left"`},
		{"limitHeaders: {names: {limit: 'X Y'}}", `"X Y" is no name of a header`},
		{"limitHeaders: {window: hour}", `the limit "hour" is not defined`},
		{"limitHeaders: {status: 200}", "the status of a refusal cannot be 200"},
		{"limitHeaders: {retryAfterForm: both}", `retryAfterForm cannot be "both"`},
		{"limits: [{name: one, limit: 2, window: 1m}]", "weighs 3 and never passes"},
	} {
		file := t.TempDir() + "/openapi.yaml"
		text := "openapi: 3.1.0\ninfo: {title: A, version: '1'}\npaths: {/a: {get: {operationId: a, x-understudy: {weight: 3}, responses: {}}}}\nx-understudy:\n  " + c.words + "\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := contracts.Load(t.Context(), file, contracts.Options{})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %s", c.words, err, c.want)
		}
	}
}
