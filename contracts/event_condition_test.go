package contracts_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"understudy/contracts"
)

// TestEventConditions reads what an event asks for besides success, and refuses what cannot be asked.
func TestEventConditions(t *testing.T) {
	for _, c := range []struct{ when, want string }{
		{`{response./valid: "true"}`, ""},
		{`{item./status: {enum: [paid, sent]}, query.dry: "", header.X-Test: {prefix: a}, body./a/b: {minimum: "3"}}`, ""},
		{`{respons./valid: "true"}`, "is no place"},
		{`{valid: "true"}`, "is no place"},
		{`{response.valid: "true"}`, "is no JSON Pointer"},
		{`{item.status: paid}`, "is no JSON Pointer"},
		{`{response./valid: {pattern: "["}}`, "missing closing"},
		{`{response./valid: {minimum: many}}`, "is not a number"},
	} {
		document := "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {}\nx-understudy: {events: {a.b: {when: " + c.when + "}}}\n"
		k, err := contracts.Load(t.Context(), "openapi.yaml", contracts.Options{Files: fstest.MapFS{"openapi.yaml": {Data: []byte(document)}}})
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.when, err)
		case c.want == "":
			if e := k.Event("a.b"); e == nil || len(e.Behaviour.When) == 0 {
				t.Errorf("%s: the condition is not there", c.when)
			}
		case err == nil || !strings.Contains(err.Error(), c.want):
			t.Errorf("%s: %v, want %q", c.when, err, c.want)
		}
	}
}
