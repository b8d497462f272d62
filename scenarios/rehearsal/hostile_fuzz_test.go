package rehearsal_test

import (
	"strings"
	"testing"

	"understudy/scenarios/rehearsal"
)

// FuzzRead: any text is a plan or an error that names the file.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"plan: 1\nsteps:\n- at: 5s\n  fault: status 503\n", "steps: [{when: {operation: x, nth: 3}, clock: 1h}]", "steps: 7", "a: &a [*a, *a]", "steps: [{at: -1s}]", strings.Repeat("[", 3000), "\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		plan, err := rehearsal.Read(strings.NewReader(text), "plan.yaml")
		if (plan == nil) == (err == nil) {
			t.Fatalf("plan %v and error %v", plan, err)
		}
		if err != nil && !strings.Contains(err.Error(), "plan.yaml") {
			t.Errorf("the error does not say where: %v", err)
		}
	})
}
