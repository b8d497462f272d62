package grade

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/check"
)

// enoughCalls is how many good calls show what a credential is used for.
const enoughCalls = 10

// readyName is what stand-ins call the credentials that they have ready at the start: nobody chose their scopes.
const readyName = "Ready credential"

// scopesOf gives the scopes that an operation names: those of x-understudy, of which one will do, and those of its security
// requirements.
func scopesOf(o *contracts.Operation) []string {
	list := slices.Clone(o.Behaviour.Scopes)
	for _, a := range o.Security {
		for _, r := range a {
			for _, s := range r.Scopes {
				if !slices.Contains(list, s) {
					list = append(list, s)
				}
			}
		}
	}
	return list
}

// needs says how much an operation asks for, in the words of allows: read, write or all.
func needs(o *contracts.Operation) string {
	switch {
	case o.Behaviour.Admin:
		return "all"
	case o.Behaviour.Read || o.Method == http.MethodGet || o.Method == http.MethodHead || o.Method == http.MethodOptions:
		return "read"
	}
	return "write"
}

var widths = []string{"", "read", "write", "all"}

func width(word string) int { return max(slices.Index(widths, word), 0) }

// permits says that a scope is enough for an operation: the operation names it, or it allows as much. A scope of which the class
// says nothing permits what no administrator is needed for.
func permits(class *contracts.CredentialBehaviour, scope string, o *contracts.Operation) bool {
	named := scopesOf(o)
	if slices.Contains(named, scope) {
		return true
	}
	if class == nil {
		return false
	}
	word, spoken := class.Allows[scope]
	switch {
	case len(named) > 0:
		return word == "all"
	case spoken:
		return width(word) >= width(needs(o))
	}
	return !o.Behaviour.Admin
}

// needsScope says that an operation needs some scope in particular: it names one, or each scope of the class says how far it goes.
func needsScope(class *contracts.CredentialBehaviour, o *contracts.Operation) bool {
	if len(scopesOf(o)) > 0 || class == nil {
		return len(scopesOf(o)) > 0
	}
	return len(class.Scopes) > 0 && !slices.ContainsFunc(class.Scopes, func(s string) bool { _, spoken := class.Allows[s]; return !spoken })
}

// meaningful says that a scope opens something: some operation names it, or the class says what it allows.
func meaningful(rec *Recording, class *contracts.CredentialBehaviour, scope string) bool {
	if class != nil && class.Allows[scope] != "" {
		return true
	}
	return slices.ContainsFunc(rec.Contract.Operations, func(o *contracts.Operation) bool { return slices.Contains(scopesOf(o), scope) })
}

func judgeScopes(rec *Recording, t *Trial) {
	if rec.Grants == nil {
		t.NotExercised("the recording does not tell which scopes the credentials had")
		return
	}
	for i := range rec.Grants {
		g := &rec.Grants[i]
		var class *contracts.CredentialBehaviour
		for k := range rec.Contract.Behaviour.Credentials {
			if c := &rec.Contract.Behaviour.Credentials[k]; c.Name == g.Class {
				class = c
			}
		}
		calls := goodCalls(rec, func(c *Call) bool { return c.Credential == g.Credential })
		granted := slices.DeleteFunc(slices.Clone(g.Scopes), func(s string) bool { return !meaningful(rec, class, s) })
		if len(granted) == 0 || len(calls) < enoughCalls {
			continue
		}
		t.Exercised(calls[0], calls[len(calls)-1])
		judgeGrant(t, g, granted, class, calls)
	}
}

// goodCalls gives the calls to operations that fit and were not refused.
func goodCalls(rec *Recording, fits func(*Call) bool) []*Call {
	var list []*Call
	for _, c := range rec.Calls {
		if c.Operation != nil && !preflight(&c.Exchange) && c.Status >= 200 && c.Status < 400 && fits(c) {
			list = append(list, c)
		}
	}
	return list
}

func judgeGrant(t *Trial, g *Grant, granted []string, class *contracts.CredentialBehaviour, calls []*Call) {
	used := usedScopes(class, granted, calls)
	var unused []string
	for _, s := range granted {
		if !slices.Contains(used, s) {
			unused = append(unused, s)
		}
	}
	wide := slices.DeleteFunc(slices.Clone(used), func(s string) bool { return class == nil || width(class.Allows[s]) < width("write") })
	enough := leastScopes(class, calls)
	if len(wide) > 0 && (len(enough) == 0 || slices.ContainsFunc(wide, func(s string) bool { return slices.Contains(enough, s) })) {
		wide = nil // nothing narrower would do
	}
	if len(unused) == 0 && len(wide) == 0 {
		return
	}
	f := finding{
		where: "scopes of " + className(class, g), keyword: "unused " + strings.Join(unused, " "), whole: true, level: check.Note,
		got: "granted " + strings.Join(g.Scopes, ", "), want: "what the calls need",
	}
	name := g.Name
	if name == "" {
		name = g.Credential
	}
	switch {
	case len(wide) > 0:
		f.want, f.keyword = strings.Join(enough, ", "), "wide "+strings.Join(wide, " ")
		f.message = fmt.Sprintf("The credential %s has the scope %s; for its %d calls %s would do.", name, strings.Join(wide, ", "), len(calls), strings.Join(enough, ", "))
		onlyReads := !slices.ContainsFunc(calls, func(c *Call) bool { return needs(c.Operation) != "read" })
		if onlyReads {
			f.level = check.Warning
			f.message = fmt.Sprintf("The credential %s has the scope %s and was used in %d calls, which only read: %s would do.", name, strings.Join(wide, ", "), len(calls), strings.Join(enough, ", "))
		}
	default:
		f.message = fmt.Sprintf("The credential %s was used in %d calls, none of which needed: %s.", name, len(calls), strings.Join(unused, ", "))
	}
	if g.Name == readyName {
		f.level = check.Note
		f.message += " It is one that the stand-in had ready; what counts is the one of production."
	}
	t.breaks(f, calls[len(calls)-1])
}

func className(class *contracts.CredentialBehaviour, g *Grant) string {
	if class != nil {
		return class.Name
	}
	if g.Class != "" {
		return g.Class
	}
	return "credential"
}

// usedScopes gives those of the granted scopes that some call needed: of several that permit a call the one that allows least.
func usedScopes(class *contracts.CredentialBehaviour, granted []string, calls []*Call) []string {
	used := map[string]bool{}
	for _, c := range calls {
		if s := narrowest(class, granted, c.Operation); s != "" && needsScope(class, c.Operation) {
			used[s] = true
		}
	}
	return slices.Sorted(maps.Keys(used))
}

// leastScopes gives the narrowest scopes of a class that permit all calls; none where one of them has none.
func leastScopes(class *contracts.CredentialBehaviour, calls []*Call) []string {
	if class == nil {
		return nil
	}
	least := map[string]bool{}
	for _, c := range calls {
		if !needsScope(class, c.Operation) {
			continue // any will do
		}
		s := narrowest(class, class.Scopes, c.Operation)
		if s == "" {
			return nil
		}
		least[s] = true
	}
	return slices.Sorted(maps.Keys(least))
}

// narrowest gives the scope that permits an operation and little else: one of which nothing is said but that the operation names it,
// else the one that allows least.
func narrowest(class *contracts.CredentialBehaviour, among []string, o *contracts.Operation) string {
	best, least := "", len(widths)
	for _, s := range among {
		if !permits(class, s, o) {
			continue
		}
		w := 0
		if class != nil {
			w = width(class.Allows[s])
		}
		if w < least {
			best, least = s, w
		}
	}
	return best
}

// oidcScopes are those of OpenID Connect (Core, 5.4 and 11), which stand for no operation.
var oidcScopes = []string{"openid", "profile", "email", "address", "phone", "offline_access"}

func judgeRequestedScopes(rec *Recording, t *Trial) {
	declared := map[string]bool{}
	for _, o := range rec.Contract.Operations {
		for _, s := range scopesOf(o) {
			declared[s] = true
		}
	}
	if len(declared) == 0 {
		t.NotExercised("no operation of the contract asks for a scope")
		return
	}
	asked := map[string]*Call{}
	note := func(c *Call, scopes []string) {
		for _, s := range scopes {
			if declared[s] && !slices.Contains(oidcScopes, s) && asked[s] == nil {
				asked[s] = c
			}
		}
	}
	for _, q := range tokenRequests(rec) {
		note(q.call, q.scopes)
	}
	for _, a := range authorizations(rec) {
		scope, _ := queryValue(a.call, "scope")
		note(a.call, strings.Fields(scope))
	}
	shown := shownBy(rec)
	calls := goodCalls(rec, func(c *Call) bool { return shown[c] != "" })
	if len(asked) == 0 || len(calls) < enoughCalls {
		return
	}
	names := slices.Sorted(maps.Keys(asked))
	t.Exercised(asked[names[0]])
	var unused []string
	var by *Call
	for _, s := range names {
		if !slices.ContainsFunc(calls, func(c *Call) bool { return slices.Contains(scopesOf(c.Operation), s) }) {
			unused, by = append(unused, s), asked[s]
		}
	}
	if len(unused) > 0 {
		t.breaks(finding{
			message: fmt.Sprintf("The client asked for %s, which none of its %d calls needed.", strings.Join(unused, ", "), len(calls)),
			want:    "the scopes that calls need", got: strings.Join(unused, ", ") + " as well", where: "token request scope", keyword: strings.Join(unused, " "), whole: true,
		}, by)
	}
}
