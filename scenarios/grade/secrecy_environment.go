package grade

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"understudy/contracts/check"
)

// production says that an environment is the one that counts.
func production(environment string) bool {
	switch strings.ToLower(environment) {
	case "production", "prod", "live":
		return true
	}
	return false
}

func judgeEnvironments(rec *Recording, t *Trial) {
	names := map[string]bool{}
	for i := range rec.Contract.Behaviour.Credentials {
		if e := rec.Contract.Behaviour.Credentials[i].Environment; e != "" {
			names[e] = true
		}
	}
	if len(names) < 2 {
		t.NotExercised("the contract has credentials of one environment only")
		return
	}
	shown := shownBy(rec)
	first := map[string]*Call{}
	calls := 0
	for _, c := range rec.Calls {
		e := environmentOf(rec, c, shown[c])
		if e == "" {
			continue
		}
		calls++
		if first[e] == nil {
			first[e] = c
		}
	}
	if calls < 2 {
		return
	}
	seen := slices.Sorted(maps.Keys(first))
	live := slices.IndexFunc(seen, production)
	t.Exercised(first[seen[0]])
	if live < 0 || len(seen) < 2 {
		return
	}
	others := slices.Delete(slices.Clone(seen), live, live+1)
	t.breaks(finding{
		message: fmt.Sprintf("The same run used credentials of %s and of %s. A test of both looks the same.", seen[live], strings.Join(others, " and ")),
		want:    "credentials of one environment", got: strings.Join(seen, ", "), where: "request credential", keyword: "mixed", whole: true, sure: check.Likely,
	}, first[seen[live]], first[others[0]])
}

// environmentOf gives the environment of the credential that a call showed, "" where it is not known.
func environmentOf(rec *Recording, c *Call, mark string) string {
	if mark == "" {
		return ""
	}
	for i := range rec.Grants {
		if g := &rec.Grants[i]; c.Credential != "" && g.Credential == c.Credential && g.Environment != "" {
			return g.Environment
		}
	}
	if class := classOf(rec, c, mark); class != nil {
		return class.Environment
	}
	return ""
}

func judgeRealKeys(rec *Recording, t *Trial) {
	if rec.Grants == nil {
		t.NotExercised("it is not the recording of a stand-in")
		return
	}
	shown := shownBy(rec)
	told := map[string]bool{}
	for _, c := range rec.Calls {
		mark := shown[c]
		if markPrefix(mark) == "" {
			continue
		}
		class := classOf(rec, c, mark)
		if class == nil || class.Environment != "" && !production(class.Environment) {
			continue
		}
		t.Exercised(c)
		if c.Problem != "credential_unknown" || told[mark] {
			continue
		}
		told[mark] = true
		t.breaks(finding{
			message: fmt.Sprintf("The credential %s has the form of a real one of the kind %s, and the stand-in never issued it. A test that shows a made-up one looks the same.", mark, class.Name),
			want:    "a credential of the stand-in", got: "one that it does not know", where: "request credential", keyword: "unknown", sure: check.Likely, whole: true,
		}, c)
	}
}
