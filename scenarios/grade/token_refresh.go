package grade

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"understudy/contracts/check"
)

// byRefresh gathers the requests that show one refresh token, in the order in which each token was first shown.
func byRefresh(requests []*tokenRequest) [][]*tokenRequest {
	at := map[string]int{}
	var groups [][]*tokenRequest
	for _, q := range requests {
		if q.grant != refreshGrant || q.refresh == "" {
			continue
		}
		n, known := at[q.refresh]
		if !known {
			n = len(groups)
			at[q.refresh] = n
			groups = append(groups, nil)
		}
		groups[n] = append(groups[n], q)
	}
	return groups
}

func judgeStampede(rec *Recording, t *Trial) {
	requests := tokenRequests(rec)
	shown := shownBy(rec)
	for _, group := range byRefresh(requests) {
		crowd := crowdAt(rec, shown, group[0])
		together := jointly(group)
		if len(crowd) < 2 && len(together) < 2 {
			continue
		}
		t.Exercised(append(callsOf(group), crowd...)...)
		if len(together) >= 2 {
			t.breaks(finding{
				message: fmt.Sprintf("%d requests with the same refresh token were under way at the same time.", len(together)),
				want:    "one renewal, for which the other calls wait", got: countOf(len(together), "renewal") + " at once", where: "request body refresh token", keyword: "refresh",
			}, callsOf(together)...)
		}
	}
	for _, group := range byIdentity(requests) {
		judgeStampedeOf(rec, t, group, shown)
	}
}

// judgeStampedeOf looks at tokens that are renewed with a client's own credentials, or by logging in again: behind one that had
// ended or was refused.
func judgeStampedeOf(rec *Recording, t *Trial, group []*tokenRequest, shown map[*Call]string) {
	for i := 1; i < len(group); i++ {
		old := group[i-1]
		ended := old.given && after(group[i].call, old.call) && spent(rec, old, group[i].call, shown)
		if !ended {
			continue
		}
		together := jointly(group[i:])
		if crowd := crowdOf(rec, shown, group[i].call, old.access); len(crowd) < 2 && len(together) < 2 {
			continue
		}
		t.Exercised(group[i].call)
		if len(together) >= 2 {
			t.breaks(finding{
				message: fmt.Sprintf("%d requests for a token of the same client and user were under way at the same time, behind one that had ended. Several processes look the same.", len(together)),
				want:    "one request, for which the other calls wait", got: countOf(len(together), "request") + " at once", where: "token request", keyword: "own credentials",
				level: check.Warning, sure: check.Likely,
			}, callsOf(together)...)
		}
		return
	}
}

// spent says that a token had ended or been refused when another was asked for.
func spent(rec *Recording, q *tokenRequest, by *Call, shown map[*Call]string) bool {
	if ends := q.ends(rec.Contract); !ends.IsZero() && !by.Start.Before(ends) {
		return true
	}
	return slices.ContainsFunc(rec.Calls, func(c *Call) bool {
		return c.Status == http.StatusUnauthorized && slices.Contains(q.access, shown[c]) && c.Index < by.Index
	})
}

// byIdentity gathers the requests for tokens of one client and user that show no refresh token; those that name nobody are left out.
func byIdentity(requests []*tokenRequest) [][]*tokenRequest {
	at := map[string]int{}
	var groups [][]*tokenRequest
	for _, q := range requests {
		if q.grant != clientGrant && q.grant != loginGrant && q.grant != "password" || q.identity == "" {
			continue
		}
		key := q.grant + " " + q.identity
		n, known := at[key]
		if !known {
			n = len(groups)
			at[key] = n
			groups = append(groups, nil)
		}
		groups[n] = append(groups[n], q)
	}
	return groups
}

// jointly gives the requests of a group that were under way at the same time as its first one. One that the client had
// given up, or that was never answered, may be repeated.
func jointly(group []*tokenRequest) []*tokenRequest {
	list := group[:1:1]
	for _, q := range group[1:] {
		if first := group[0].call; !knowing(q.call, first) && !first.Abandoned && first.Status != 0 {
			list = append(list, q)
		}
	}
	return list
}

func callsOf(list []*tokenRequest) []*Call {
	calls := make([]*Call, len(list))
	for i, q := range list {
		calls[i] = q.call
	}
	return calls
}

// crowdAt gives calls that needed the token of a renewal at the same time.
func crowdAt(rec *Recording, shown map[*Call]string, q *tokenRequest) []*Call {
	marks := slices.Clone(q.access)
	if q.origin != nil {
		marks = append(marks, q.origin.access...)
	}
	return crowdOf(rec, shown, q.call, marks)
}

// crowdOf gives calls with one of the tokens that were refused before a renewal was over, or that overlap near it: at least two, or none.
func crowdOf(rec *Recording, shown map[*Call]string, renewal *Call, marks []string) []*Call {
	var near, refused []*Call
	from, to := renewal.Start.Add(-time.Second), renewal.End().Add(time.Second)
	for _, c := range rec.Calls {
		if c == renewal || !slices.Contains(marks, shown[c]) || c.Start.After(to) || c.End().Before(from) {
			continue
		}
		near = append(near, c)
		if c.Status == http.StatusUnauthorized && !c.Start.After(renewal.End()) {
			refused = append(refused, c)
		}
	}
	if len(refused) >= 2 {
		return refused
	}
	for i, a := range near {
		for _, b := range near[i+1:] {
			if overlap(a, b) {
				return []*Call{a, b}
			}
		}
	}
	return nil
}

func judgeUsedRefresh(rec *Recording, t *Trial) {
	requests := tokenRequests(rec)
	for _, group := range byRefresh(requests) {
		n := slices.IndexFunc(group, func(q *tokenRequest) bool { return q.given && q.renew != "" && q.renew != q.refresh })
		if n < 0 || group[n].lost {
			continue // it was not exchanged for another one, or the client cannot know that it was
		}
		used := group[n]
		for _, q := range requests {
			if q.grant == refreshGrant && q.refresh == used.renew {
				t.Exercised(q.call)
				break
			}
		}
		for _, q := range group[n+1:] {
			if !knowing(q.call, used.call) {
				continue // at the same time: a stampede, and another rule's matter
			}
			t.Exercised(q.call)
			t.breaks(finding{
				message: fmt.Sprintf("The refresh token %s had been exchanged for a new one and was used again.", used.refresh),
				want:    "the refresh token of the latest answer", got: "the one before", where: "request body refresh token", keyword: "used",
			}, q.call, used.call)
		}
	}
}

func judgeRefusedRefresh(rec *Recording, t *Trial) {
	requests := tokenRequests(rec)
	known := map[string]bool{}
	for _, q := range requests {
		known[q.renew] = true
	}
	for _, group := range byRefresh(requests) {
		n := slices.IndexFunc(group, func(q *tokenRequest) bool { return refusesRefresh(q.call.Status) && !q.lost })
		if n < 0 {
			continue
		}
		refused := group[n]
		t.Exercised(refused.call)
		again := slices.DeleteFunc(slices.Clone(group[n+1:]), func(q *tokenRequest) bool {
			return !knowing(q.call, refused.call) || unaware(q.call, group[0].call)
		})
		if len(again) == 0 {
			continue
		}
		f := finding{
			message: fmt.Sprintf("The refresh token %s was refused with %d and shown again in %s.", refused.refresh, refused.call.Status, countOf(len(again), "more request")),
			want:    "a new login, or an end", got: countOf(len(again), "more request") + " with it", where: "request body refresh token", keyword: "refused",
		}
		if !known[refused.refresh] && len(again) < 2 {
			f.level, f.sure = check.Warning, check.Likely
			f.message += " A test that shows one bad token twice looks the same."
		}
		t.breaks(f, append(callsOf(again), refused.call)...)
	}
}

func refusesRefresh(status int) bool {
	return status == http.StatusBadRequest || status == http.StatusUnauthorized || status == http.StatusForbidden
}

// settled is how long a client may take to have a new token in all its parts.
const settled = time.Second

func judgeNewest(rec *Recording, t *Trial) {
	shown := shownBy(rec)
	for _, q := range tokenRequests(rec) {
		if q.grant != refreshGrant || q.origin == nil || !q.given || q.lost || slices.Equal(q.access, q.origin.access) {
			continue
		}
		var fresh *Call
		for _, c := range rec.Calls {
			if !after(c, q.call) {
				continue
			}
			if slices.Contains(q.access, shown[c]) {
				if fresh == nil {
					fresh = c
					t.Exercised(c)
				}
				continue
			}
			if !slices.Contains(q.origin.access, shown[c]) || slices.Contains(q.access, shown[c]) {
				continue
			}
			// By a clock that stands still only a call behind one with the new token shows that the client went back.
			if late := c.Start.Sub(q.call.End()) > settled; !late && (rec.Wall || fresh == nil || !after(c, fresh)) {
				continue
			}
			t.Exercised(c)
			f := finding{
				message: "A token had been renewed, and a later call still carried the old one.",
				want:    "the token of the renewal", got: "the one before it", where: "request credential", keyword: "old token",
			}
			if c.Status == http.StatusUnauthorized {
				f.level, f.message = check.Failure, "A token had been renewed, and a later call still carried the old one and was refused."
			}
			t.breaks(f, c, q.call)
		}
	}
}
