package grade

import (
	"net/http"
	"slices"
	"sort"
	"strings"
	"time"
)

// Traffic is what went over the wire around a call, for telling a loop that repeats a call from a program that makes it again
// later.
type traffic struct {
	calls []*Call              // by start
	ends  []time.Time          // the latest end among the calls up to each
	first map[string]time.Time // when each connection was used first
	last  map[string]time.Time // and last
}

func newTraffic(calls []*Call) *traffic {
	t := &traffic{calls: slices.Clone(calls), first: map[string]time.Time{}, last: map[string]time.Time{}}
	slices.SortStableFunc(t.calls, func(a, b *Call) int { return a.Start.Compare(b.Start) })
	var end time.Time
	for _, c := range t.calls {
		if c.End().After(end) && c.Duration < streaming {
			end = c.End()
		}
		t.ends = append(t.ends, end)
		if _, used := t.first[c.Connection]; !used {
			t.first[c.Connection] = c.Start
		}
		t.last[c.Connection] = c.Start
	}
	return t
}

// mostBetween bounds how many calls between two are looked at.
const mostBetween = 200

// streaming is how long a call takes that is a stream of events rather than a question: it says nothing of whether the client does
// several things at once.
const streaming = 10 * time.Second

// between counts what was sent between a failure and the same call after it. There is nothing when code goes round a loop; a login,
// or the renewal of a token, may be part of the loop. Other calls are in the way, unless the client shows that it does several
// things at once: then they may be another's.
func (t *traffic) between(failure, again *Call) (n int, concurrent bool) {
	from := sort.Search(len(t.calls), func(i int) bool { return t.calls[i].Start.After(failure.Start) })
	for i := from; i < len(t.calls) && i < from+mostBetween; i++ {
		c := t.calls[i]
		if c == again || !c.Start.Before(again.Start) {
			break
		}
		if c == failure || c.Method == http.MethodOptions || renews(c) || probe(c) {
			continue
		}
		n++
		concurrent = concurrent || c.Start.Before(failure.End()) || c.End().After(again.Start) || i > from && t.ends[i-1].After(c.Start)
	}
	return n, concurrent
}

// apart says that a call is of somebody who did the same at the same time and not the repeat of an earlier one: it came within a
// moment of that one's answer, on another connection, and both connections were in use together. On a machine's own loopback such calls
// rarely overlap. A loop that opens a connection for each attempt leaves the earlier one behind for good.
func (t *traffic) apart(earlier, c *Call) bool {
	if cutOff(earlier) { // its connection is gone: the repeat has to come on another one
		return false
	}
	if earlier.Connection == "" || c.Connection == "" || earlier.Connection == c.Connection || c.Start.Sub(earlier.End()) >= noPause {
		return false
	}
	end := earlier.End()
	if cutOff(earlier) {
		end = earlier.Start // the client may have noticed the end of a broken connection before the recorder, and opened another
	}
	return t.first[c.Connection].Before(end) || t.last[earlier.Connection].After(c.Start)
}

// renews says that a call gets or renews a credential.
func renews(c *Call) bool {
	if o := c.Operation; o != nil && o.Behaviour.Session != "" {
		return o.Behaviour.Session != "logout"
	}
	path, _, _ := strings.Cut(c.URL, "?")
	return c.Method == http.MethodPost && (strings.HasSuffix(path, "/token") || strings.HasSuffix(path, "/login") || strings.HasSuffix(path, "/refresh"))
}
