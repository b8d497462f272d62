package conformance

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/scenarios"
)

// readsPlace says whether one of an operation's schemes looks at a place, so that a credential there is in the right one.
func readsPlace(o *contracts.Operation, in, name string) bool {
	return slices.ContainsFunc(o.Security, func(a contracts.Alternative) bool {
		return slices.ContainsFunc(a, func(q contracts.Requirement) bool {
			s := q.Scheme
			switch {
			case s.Type == "apiKey":
				return s.In == in && strings.EqualFold(s.Name, name)
			case s.Type == "mutualTLS":
				return false
			}
			return in == "header" && strings.EqualFold(name, "Authorization")
		})
	})
}

// wrongPlace is AUTH-008: the right text under another scheme, in another header, in a cookie.
func (t *trial) wrongPlace() {
	if !t.guarded() {
		return
	}
	o := t.operation()
	a, alternative := t.held(o)
	if a == nil {
		t.skip("there is no credential to show")
		return
	}
	q := alternative[0]
	text := textOf(a, q.Scheme.Key)
	places := map[string]func(*http.Request){}
	if !readsPlace(o, "header", "Authorization") {
		places["in Authorization"] = func(r *http.Request) { r.Header.Set("Authorization", text) }
	} else if q.Scheme.Type != "apiKey" && q.Scheme.Scheme != "basic" {
		places["under the scheme Basic"] = func(r *http.Request) { r.Header.Set("Authorization", "Basic "+text) }
	}
	if !readsPlace(o, "header", "X-Api-Key") {
		places["in X-API-Key"] = func(r *http.Request) { r.Header.Set("X-Api-Key", text) }
	}
	if name := orElse(q.Scheme.Name, "access_token"); !readsPlace(o, "cookie", name) && cookieable(text) {
		places["in a cookie"] = func(r *http.Request) { r.Header.Set("Cookie", name+"="+text) }
	}
	t.misplace("AUTH-008", a, alternative, places)
}

// misplace sends an actor's first credential where it does not belong, and the others of its alternative where they do.
func (t *trial) misplace(id string, a *scenarios.Actor, alternative contracts.Alternative, places map[string]func(*http.Request)) {
	if t.suffices(a, alternative[1:]) {
		return
	}
	rest := own(a, alternative[1:])
	for _, where := range slices.Sorted(maps.Keys(places)) {
		t.mark()
		answer := t.show(a.Name, id+": "+where, func(r *http.Request) { rest(r); places[where](r) })
		t.mustRefuse(answer, "a good credential "+where, "place "+where)
	}
	t.skip("every place that could be tried is declared")
}

func cookieable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`",;\`, r) })
}

// inURL is AUTH-016.
func (t *trial) inURL() {
	if !t.guarded() {
		return
	}
	o := t.operation()
	a, alternative := t.held(o)
	if a == nil {
		t.skip("there is no credential to show")
		return
	}
	q := alternative[0]
	text := textOf(a, q.Scheme.Key)
	places := map[string]func(*http.Request){}
	for _, name := range []string{q.Scheme.Name, "access_token", "api_key", "token"} {
		if name == "" || readsPlace(o, "query", name) || slices.ContainsFunc(o.Parameters, func(p *contracts.Parameter) bool { return p.Name == name }) {
			continue
		}
		places["in the query as "+name] = func(r *http.Request) {
			r.URL.RawQuery = strings.TrimPrefix(r.URL.RawQuery+"&"+url.QueryEscape(name)+"="+url.QueryEscape(text), "&")
		}
	}
	t.misplace("AUTH-016", a, alternative, places)
}
