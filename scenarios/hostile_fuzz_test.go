package scenarios_test

import (
	"strings"
	"testing"

	"understudy/scenarios"
)

// FuzzRoster: any text is a list of actors or an error that names the file, and no error shows a credential.
func FuzzRoster(f *testing.F) {
	for _, seed := range []string{
		"actors:\n- name: alice\n  credentials: {key: hidden-text}\n", `{"actors":[{"name":"a","credentials":{"k":"env:X"}}]}`, "actors: 7", "a: &a [*a]", "actors: [{name: a, credentials: {key: [hidden-text]}}]", "\xff", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := scenarios.ReadRoster(strings.NewReader(text), "actors.yaml", func(name string) (string, bool) { return "from-" + name, true })
		if err != nil && !strings.Contains(err.Error(), "actors.yaml") {
			t.Errorf("the error does not say where: %v", err)
		}
	})
}

// FuzzRequirements: the same for requirements.
func FuzzRequirements(f *testing.F) {
	f.Add([]byte("requirements: [{id: A-01, kind: S, text: x}]"))
	f.Add([]byte("- id: A\n"))
	f.Add([]byte("a: &a {<<: *a}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := scenarios.ReadRequirements("r.yaml", data); err != nil && !strings.Contains(err.Error(), "r.yaml") {
			t.Errorf("the error does not say where: %v", err)
		}
	})
}
