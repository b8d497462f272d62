package grade

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"understudy/contracts/check"
)

const (
	loopPause    = 10 * time.Second
	mostFailures = 20
	outageBegins = 5  // failures in a row
	outageCalls  = 30 // until it counts as a storm
	mostHops     = 10
)

// judgeLoop counts failures of one method and URL in a row (END-003).
func judgeLoop(rec *Recording, t *Trial) {
	rows := runs[target]{}
	told := map[target]bool{}
	for _, c := range rec.Calls {
		if probe(c) || c.Method == "OPTIONS" {
			continue
		}
		key := target{holder(c), c.Method + " " + c.URL}
		if t.view.meaning(c) == fine {
			delete(rows, key)
			continue
		}
		n := rows.of(key).add(c, loopPause)
		if n == 3 {
			t.Exercised(rows[key].calls...)
		}
		if n > mostFailures && !told[key] {
			told[key] = true
			t.breaks(finding{
				message: fmt.Sprintf("%s failed more than %d times in a row within %s, and was called again. A job that runs every few seconds looks like this, too.", label(c), mostFailures, span(c.End().Sub(rows[key].calls[0].Start))),
				want:    "an end", got: "the same call again", where: "number of calls", keyword: "loop", sure: check.Likely,
			}, rows[key].backwards()...)
		}
	}
}

// judgeSilence compares how a command ended with what it had met (END-004).
func judgeSilence(rec *Recording, t *Trial) {
	if rec.ExitCode == nil {
		t.NotExercised("no command was rehearsed: how it ended is not known")
		return
	}
	if len(rec.Calls) == 0 {
		return
	}
	latest := rec.Calls[0]
	for _, c := range rec.Calls {
		if c.Start.After(latest.Start) {
			latest = c
		}
	}
	for _, c := range t.view.chains {
		last := c.last()
		if last.meaning == fine || last.call.Fault == "" {
			continue
		}
		t.Exercised(last.call)
		if last.call == latest && *rec.ExitCode == 0 {
			t.breaks(finding{
				message: fmt.Sprintf("%s was %s, as was ordered; nothing followed, and the command ended with 0. A test may expect the failure.", label(last.call), answered(last.call)),
				want:    "an exit status other than 0", got: "0", where: "exit status", keyword: "silent end", sure: check.Likely,
			}, last.call)
		}
	}
}

// judgeOutage counts calls while everything fails (END-005).
func judgeOutage(rec *Recording, t *Trial) {
	var row []*Call
	end := func() {
		if len(row) < outageBegins {
			return
		}
		t.Exercised(row...)
		took := row[len(row)-1].End().Sub(row[0].Start)
		if len(row) <= outageCalls || took >= time.Duration(len(row))*time.Second {
			return
		}
		t.breaks(finding{
			message: fmt.Sprintf("While every call failed, %d calls were made within %s, for %d different things. They may come from several users of one program.", len(row), span(took), wishes(row)),
			want:    fmt.Sprintf("at most %d, or one a second", outageCalls), got: fmt.Sprintf("%d", len(row)), where: "number of calls", keyword: "outage", whole: true, sure: check.Likely,
		}, row...)
	}
	for _, c := range t.view.traffic.calls {
		if probe(c) || c.Method == "OPTIONS" || renews(c) {
			continue
		}
		switch t.view.meaning(c) {
		case unavailable, failed, broken:
			row = append(row, c)
		default:
			end()
			row = nil
		}
	}
	end()
}

// wishes is how many different intents calls have.
func wishes(calls []*Call) int {
	seen := map[intent]bool{}
	for _, c := range calls {
		seen[intentOf(c)] = true
	}
	return len(seen)
}

// judgeRedirects follows redirects as the client did (END-006).
func judgeRedirects(rec *Recording, t *Trial) {
	type trail struct {
		calls []*Call
		seen  map[string]int
	}
	awaited := map[string]*trail{} // by the address that was told, of each holder
	told := map[*trail]bool{}
	for _, c := range rec.Calls {
		at := absolute(rec, c)
		way := awaited[at]
		if way != nil && c.Start.Sub(way.calls[len(way.calls)-1].End()) > loopPause {
			way = nil
		}
		if way != nil {
			delete(awaited, at)
			t.Exercised(way.calls[len(way.calls)-1], c)
		} else {
			way = &trail{seen: map[string]int{}}
		}
		way.calls = append(way.calls, c)
		way.seen[c.Method+" "+at]++
		if (len(way.calls)-1 > mostHops || way.seen[c.Method+" "+at] >= 3) && !told[way] {
			told[way] = true
			t.breaks(finding{
				message: fmt.Sprintf("%d redirects were followed one after the other, over %d addresses.", len(way.calls)-1, len(way.seen)),
				want:    "an end", got: "the next redirect followed", where: "response header Location", keyword: "redirects",
			}, (&run{calls: way.calls}).backwards()...)
		}
		location := c.ResponseHeader.Get("Location")
		if c.Status/100 != 3 || location == "" {
			continue
		}
		if base, err := url.Parse(at); err == nil {
			if next, err := base.Parse(location); err == nil {
				next.Fragment = ""
				awaited[next.String()] = way
			}
		}
	}
}

// absolute is the whole URL of a call.
func absolute(rec *Recording, c *Call) string {
	if !strings.HasPrefix(c.URL, "/") {
		return c.URL
	}
	scheme := "http://"
	if c.Secure {
		scheme = "https://"
	}
	return scheme + cmp.Or(c.RequestHeader.Get("Host"), rec.Host) + c.URL
}

var absent = []string{"undefined", "null", "nan", "none", "nil", "<nil>", "[object object]", "%!s(<nil>)", "%!d(<nil>)", "<null>"}

// missing gives the value in a URL that stands for nothing.
func missing(address string) string {
	path, query, _ := strings.Cut(address, "?")
	if i := strings.Index(path, "://"); i >= 0 {
		path = path[i+3:]
	}
	for segment := range strings.SplitSeq(path, "/") {
		if value, err := url.PathUnescape(segment); err == nil && stands(value) {
			return value
		}
	}
	for pair := range strings.SplitSeq(query, "&") {
		_, text, _ := strings.Cut(pair, "=")
		if value, err := url.QueryUnescape(text); err == nil && stands(value) && !slices.Contains([]string{"null", "none", "nil", "nan"}, strings.ToLower(value)) {
			return value // null and none may be words of a query
		}
	}
	return ""
}

func stands(value string) bool {
	return slices.Contains(absent, strings.ToLower(value)) || len(value) > 2 && len(value) < 60 && value[0] == '{' && value[len(value)-1] == '}' && !strings.ContainsAny(value, `":,`)
}

// judgeAbsent looks for calls that were filled in with nothing (END-007).
func judgeAbsent(rec *Recording, t *Trial) {
	var failure *Call
	for _, c := range rec.Calls {
		filled := strings.Contains(c.URL, "?") || c.Operation != nil && strings.Contains(c.Operation.Path, "{")
		if value := missing(c.URL); value != "" {
			t.Exercised(c)
			f := finding{
				message: fmt.Sprintf("A call of %s %s was sent with the value %.40s. Somebody may have chosen it as a name.", c.Method, label(c)[len(c.Method)+1:], value),
				want:    "a value", got: value, where: "URL", keyword: "absent value", sure: check.Likely,
			}
			if failure != nil {
				f.message += fmt.Sprintf(" Before it, %s was %s.", label(failure), answered(failure))
			}
			t.breaks(f, c, failure)
		} else if filled && failure != nil {
			t.Exercised(failure, c)
		}
		if t.view.meaning(c) != fine {
			failure = c
		}
	}
}
