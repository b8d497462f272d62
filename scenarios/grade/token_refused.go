package grade

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"understudy/contracts/check"
)

// shownBy gives, for each call, the credential that it shows where the contract looks for one; calls without one are not in it.
func shownBy(rec *Recording) map[*Call]string {
	p := placesOf(rec.Contract)
	shown := map[*Call]string{}
	for _, c := range rec.Calls {
		if mark := p.credential(c); mark != "" {
			shown[c] = mark
		}
	}
	return shown
}

// issuedBy gives, for each token, the request that brought it.
func issuedBy(requests []*tokenRequest) map[string]*tokenRequest {
	issued := map[string]*tokenRequest{}
	for _, q := range requests {
		for _, mark := range q.access {
			if issued[mark] == nil {
				issued[mark] = q
			}
		}
	}
	return issued
}

// A refusal is the first 401 to a credential that had been given or accepted before.
type refusal struct {
	mark  string
	first *Call
	later []*Call // that were sent behind it with the same credential
}

// refusals finds what became of credentials that were refused, in the order of the refusals.
func refusals(rec *Recording) []*refusal {
	shown, issued := shownBy(rec), issuedBy(tokenRequests(rec))
	worked := map[string]bool{}
	byMark := map[string]*refusal{}
	var list []*refusal
	for _, c := range rec.Calls {
		mark := shown[c]
		if mark == "" {
			continue
		}
		r := byMark[mark]
		switch {
		case r != nil && knowing(c, r.first):
			r.later = append(r.later, c)
		case r != nil:
		case c.Status == http.StatusUnauthorized && (worked[mark] || issued[mark] != nil):
			r = &refusal{mark: mark, first: c}
			byMark[mark] = r
			list = append(list, r)
		case c.Status > 0 && c.Status != http.StatusUnauthorized && c.Status < 500:
			worked[mark] = true
		}
	}
	return list
}

func judgeRefusedAgain(rec *Recording, t *Trial) {
	for _, r := range refusals(rec) {
		t.Exercised(r.first)
		var again []*Call
		same := false
		for _, c := range r.later {
			if c.Status != http.StatusUnauthorized {
				continue // it has come to be accepted: the refusal was not about the credential
			}
			again = append(again, c)
			same = same || sameRequest(c, r.first)
		}
		f := finding{
			message: fmt.Sprintf("The credential %s was refused with 401, and shown again in %s.", r.mark, countOf(len(again), "more call")),
			want:    "another credential, or no call", got: countOf(len(again), "more call") + " with the same one", where: "request credential",
		}
		switch {
		case same:
			f.keyword = "same request"
		case len(again) >= 2:
			f.keyword, f.level, f.sure = "other requests", check.Warning, check.Likely
			f.message += " A test that shows one bad credential to several operations looks the same."
		default:
			continue
		}
		t.breaks(f, append([]*Call{again[0], r.first}, again[1:]...)...)
	}
}

// sameRequest says that two calls ask for the same thing.
func sameRequest(a, b *Call) bool {
	return a.Method == b.Method && a.URL == b.URL && sameBody(a, b)
}

// countOf writes a number with its noun.
func countOf(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func judgeRenewal(rec *Recording, t *Trial) {
	requests := tokenRequests(rec)
	issued := issuedBy(requests)
	for _, r := range refusals(rec) {
		q := issued[r.mark]
		if q == nil || q.renew == "" && q.grant != clientGrant {
			continue
		}
		if slices.ContainsFunc(requests, func(other *tokenRequest) bool {
			return other != q && other.given && replaces(other, q) && !after(other.call, r.first)
		}) {
			continue // there was a newer one already: that it was not carried is another rule's matter
		}
		if slices.ContainsFunc(requests, func(other *tokenRequest) bool { return after(other.call, q.call) && replaces(other, q) }) {
			t.Exercised(r.first)
			continue
		}
		goesOn := rec.ExitCode != nil || slices.ContainsFunc(rec.Calls, func(c *Call) bool { return after(c, r.first) })
		if !goesOn {
			continue // nobody knows what the client would have done
		}
		t.Exercised(r.first)
		means := "a refresh token"
		if q.renew == "" {
			means = "the credentials that it had asked for it with"
		}
		t.breaks(finding{
			message: fmt.Sprintf("A token was refused with 401 and never renewed, although the client held %s. A program that ends there on purpose looks the same.", means),
			want:    "a request for a new token", got: "none", where: "request credential", keyword: "not renewed", sure: check.Likely,
		}, r.first, q.call)
	}
}

// replaces says that a token request asks for what takes the place of an earlier one's token.
func replaces(later, earlier *tokenRequest) bool {
	return later.origin == earlier || later.refresh != "" && later.refresh == earlier.renew ||
		later.identity == earlier.identity && (earlier.identity != "" || later.grant == earlier.grant)
}

func judgeAhead(rec *Recording, t *Trial) {
	if !rec.Wall {
		t.NotExercised("the recording's clock was not the client's, which therefore could not know when its tokens ended")
		return
	}
	shown := shownBy(rec)
	requests := tokenRequests(rec)
	for _, q := range requests {
		if !q.given || q.lifetime <= 0 {
			continue
		}
		ends := q.call.End().Add(q.lifetime)
		late := slices.IndexFunc(rec.Calls, func(c *Call) bool { return slices.Contains(q.access, shown[c]) && !c.Start.Before(ends) })
		if late >= 0 {
			c := rec.Calls[late]
			t.Exercised(c)
			t.breaks(finding{
				message: fmt.Sprintf("A token that was given for %s was shown %s after its end; the answer had told when that is.", q.lifetime, c.Start.Sub(ends).Round(time.Millisecond)),
				want:    "a new token before the old one ends", got: "a call with the old one", where: "request credential", keyword: "late", whole: true,
			}, c, q.call)
			continue
		}
		next := slices.IndexFunc(requests, func(other *tokenRequest) bool {
			return other != q && other.given && replaces(other, q) && after(other.call, q.call) && other.call.Start.Before(ends) && remaining(q, other.call.Start) < 0.5
		})
		if next >= 0 {
			t.Exercised(requests[next].call)
		}
	}
}

// remaining is the share of a token's life that is left at an instant.
func remaining(q *tokenRequest, at time.Time) float64 {
	return float64(q.call.End().Add(q.lifetime).Sub(at)) / float64(q.lifetime)
}

func judgeVainRenewal(rec *Recording, t *Trial) {
	shown, requests := shownBy(rec), tokenRequests(rec)
	issued := issuedBy(requests)
	told := map[*Call]bool{}
	for i, first := range rec.Calls {
		if first.Status != http.StatusUnauthorized || shown[first] == "" || told[first] {
			continue
		}
		repeat := nextRefused(rec.Calls[i+1:], first, shown, issued)
		if repeat == nil {
			continue
		}
		t.Exercised(first, repeat)
		told[repeat] = true
		third := nextRefused(rec.Calls[i+1:], repeat, shown, issued)
		if third == nil {
			continue
		}
		chain := []*Call{third, repeat, first}
		for c := third; c != nil; c = nextRefused(rec.Calls[i+1:], c, shown, issued) {
			told[c] = true
			if c != third {
				chain = append(chain, c)
			}
		}
		t.breaks(finding{
			message: fmt.Sprintf("The same request was refused with 401 %d times, each time with a token that had been renewed because of it.", len(chain)),
			want:    "one renewal and one repeat", got: countOf(len(chain)-1, "renewal"), where: "request credential", keyword: "renewed in vain",
		}, chain...)
	}
}

// nextRefused finds the repeat of a refused call with a token that was asked for in between, and that was refused as well.
func nextRefused(calls []*Call, c *Call, shown map[*Call]string, issued map[string]*tokenRequest) *Call {
	for _, other := range calls {
		if other.Status != http.StatusUnauthorized || !after(other, c) || shown[other] == shown[c] || !sameRequest(other, c) {
			continue
		}
		if q := issued[shown[other]]; q != nil && q.call.Index > c.Index {
			return other
		}
	}
	return nil
}
