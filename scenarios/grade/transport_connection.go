package grade

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"understudy/contracts/check"
	"understudy/contracts/inference"
	"understudy/scenarios"
)

const (
	endless     = 30 * time.Second // nobody waits so long on purpose
	longTimeout = 2 * time.Minute
	keepAlive   = 5 * time.Second // servers keep idle connections at least so long
	fewestPairs = 10
	interrupted = 250 * time.Millisecond // before the end of the recording: the program ended
)

// long says that a call takes its time by its nature.
func (v *view) long(c *Call) bool {
	kind := strings.ToLower(c.ResponseHeader.Get("Content-Type"))
	if strings.HasPrefix(kind, "text/event-stream") || c.Status == http.StatusSwitchingProtocols || len(c.RequestBody)+len(c.ResponseBody) >= 1<<20 {
		return true
	}
	if c.Operation == nil || v.rec.Model == nil {
		return false
	}
	b := v.rec.Model.Binding(c.Operation)
	return b != nil && (b.Role == inference.Upload || b.Role == inference.Download)
}

// judgeTimeout looks at calls that took long (NET-001).
func judgeTimeout(rec *Recording, t *Trial) {
	if !rec.Wall {
		t.NotExercised(virtual)
		return
	}
	for _, c := range rec.Calls {
		if t.view.long(c) {
			continue
		}
		switch {
		case c.Abandoned && c.Duration >= longTimeout:
			t.Exercised(c)
			t.breaks(finding{
				level: check.Note, message: fmt.Sprintf("%s was given up after %s only.", label(c), span(c.Duration)),
				want: "a time-out of half a minute or less", got: span(c.Duration), where: "duration", keyword: "long",
			}, c)
		case c.Abandoned && c.Duration >= time.Second && t.view.ended.Sub(c.End()) > interrupted: // else it may have been stopped, not timed out
			t.Exercised(c)
		case !c.Abandoned && c.Duration >= endless:
			t.Exercised(c)
			t.breaks(finding{
				message: fmt.Sprintf("%s was still waited for after %s. A time-out may be set, and be longer.", label(c), span(c.Duration)),
				want:    "a time-out", got: "none within " + span(c.Duration), where: "duration", keyword: "none", sure: check.Likely,
			}, c)
		}
	}
}

// judgeReuse compares connections of calls that came one after another (NET-002).
func judgeReuse(rec *Recording, t *Trial) {
	known := 0
	for _, c := range rec.Calls {
		if c.Connection != "" {
			known++
		}
	}
	if known == 0 {
		if len(rec.Calls) > 0 {
			t.NotExercised("the recording does not tell connections")
		}
		return
	}
	calls := t.view.traffic.calls
	pairs, fresh := 0, 0
	var shown, new []*Call
	var end time.Time
	met := map[string]bool{} // connections: a pool gives out any of them
	for i, c := range calls {
		if i > 0 && succeeds(calls[i-1], c, end) {
			pairs++
			shown = append(shown, c)
			if !met[c.Connection] {
				fresh++
				new = append(new, c)
			}
		}
		met[c.Connection] = true
		if c.End().After(end) {
			end = c.End()
		}
	}
	if pairs < fewestPairs {
		return
	}
	t.Exercised(shown...)
	if 10*fresh < 9*pairs {
		return
	}
	t.breaks(finding{
		message: fmt.Sprintf("Of %d calls that followed another directly, %d came on a new connection although the one before was still open. Programs that make one call and end do so, too.", pairs, fresh),
		want:    "the connection that is open", got: "a new one each time", where: "connection", keyword: "reuse", whole: true, sure: check.Likely,
	}, new...)
}

// succeeds says that a call could have used the connection of the one before it. end is when the last of all earlier ones ended.
func succeeds(before, c *Call, end time.Time) bool {
	switch {
	case before.Connection == "", c.Connection == "", before.Abandoned, cutOff(before), end.After(c.Start), c.Start.Sub(before.End()) > keepAlive:
		return false
	case before.Proto == "HTTP/1.0", before.Status == http.StatusSwitchingProtocols:
		return false
	}
	return !closes(before.ResponseHeader) || closes(before.RequestHeader) // a client that asks for it has chosen it
}

// closes says that a message ends its connection (RFC 9112, 9.6).
func closes(h http.Header) bool {
	for _, line := range h["Connection"] {
		for word := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(word), "close") {
				return true
			}
		}
	}
	return false
}

// judgeSecure looks for calls in clear (NET-003).
func judgeSecure(rec *Recording, t *Trial) {
	local := 0
	for _, c := range rec.Calls {
		host, secure := rec.Host, c.Secure
		if u, err := url.Parse(c.URL); err == nil && u.Host != "" {
			host, secure = u.Host, c.Secure || u.Scheme == "https" || u.Scheme == "wss"
		}
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if host == "" || scenarios.IsLoopback(strings.Trim(host, "[]")) {
			local++
			continue
		}
		t.Exercised(c)
		if !secure {
			t.breaks(finding{
				message: fmt.Sprintf("%s was sent to %s in clear.", label(c), host),
				want:    "https", got: "http", where: "URL", keyword: "in clear", whole: true,
			}, c)
		}
	}
	if local > 0 && t.exercised == 0 {
		t.NotExercised("every call went to this machine, where nobody listens on the way")
	}
}

// agents are the names that HTTP libraries give themselves.
var agents = []string{
	"go-http-client/", "node", "node-fetch", "undici", "axios/", "got ", "got/", "superagent", "python-requests/", "python-urllib/", "python-httpx/", "aiohttp/", "python/",
	"java/", "java-http-client/", "okhttp/", "apache-httpclient/", "reactor-netty/", "ruby", "faraday", "rest-client/", "guzzlehttp/", "php", "curl/", "wget/", "dart/", "reqwest/", "ureq/", "hyper/",
	"deno/", "bun/", "powershell", "mozilla/4.0 (compatible; esri)", "libwww-perl/", "insomnia/", "postmanruntime/",
}

// judgeAgent looks at User-Agent (NET-008).
func judgeAgent(rec *Recording, t *Trial) {
	if rec.Browser {
		t.NotExercised("the recording was made in a browser, which names itself")
		return
	}
	for _, c := range rec.Calls {
		t.Exercised(c)
		agent := strings.TrimSpace(c.RequestHeader.Get("User-Agent"))
		f := finding{want: "the integration's name and version", where: "request header User-Agent", whole: true}
		switch name := strings.ToLower(agent); {
		case agent == "":
			f.level, f.keyword, f.got = check.Warning, "missing", "no such header"
			f.message = fmt.Sprintf("%s was sent without User-Agent.", label(c))
			t.breaks(f, c)
		case library(name):
			f.keyword, f.got = "library", agent
			f.message = fmt.Sprintf("User-Agent is %.60q, the default of an HTTP library.", agent)
			t.breaks(f, c)
		}
	}
}

// library says that an agent is the default of a library, with nothing of its own in front or behind.
func library(name string) bool {
	for _, agent := range agents {
		if rest, ok := strings.CutPrefix(name, agent); ok && !strings.Contains(strings.TrimSpace(rest), " ") {
			return true
		}
	}
	return false
}
