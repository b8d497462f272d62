package mock

import (
	"strconv"
	"strings"
	"time"

	"understudy/contracts/redact"
)

// A Query chooses entries. Zero fields choose all.
type Query struct {
	After      uint64 // only entries behind this ID
	Limit      int    // at most so many: the first ones behind After, the latest ones without After
	Oldest     bool   // the first ones, also where After is 0
	Operation  string // its id
	Method     string // upper case
	PathPrefix string // of the URL's path, as sent
	Status     string // "404" or "4xx"
	Problem    string // code of the problem; "*" any problem
	Since      time.Time
	Until      time.Time // before this instant
}

func (q *Query) matches(e *Entry) bool {
	return (q.Operation == "" || e.Trace.Operation == q.Operation) &&
		(q.Method == "" || e.Method == q.Method) &&
		(q.PathPrefix == "" || hasPathPrefix(e.URL, q.PathPrefix)) &&
		(q.Status == "" || hasStatus(e.Status, q.Status)) &&
		(q.Problem == "" || e.Trace.Problem == q.Problem || q.Problem == "*" && e.Trace.Problem != "") &&
		(q.Since.IsZero() || !e.Start.Before(q.Since)) &&
		(q.Until.IsZero() || e.Start.Before(q.Until))
}

// Matches says whether the query chooses an entry, however many it has chosen before.
func (q *Query) Matches(e *Entry) bool { return e.ID > q.After && q.matches(e) }

// hasStatus says whether status fits pattern: "404", or "4xx" in either case.
func hasStatus(status int, pattern string) bool {
	if class, rest := pattern[:1], pattern[1:]; strings.EqualFold(rest, "xx") {
		return class == strconv.Itoa(status/100)
	}
	return pattern == strconv.Itoa(status)
}

// hasPathPrefix says whether the path of a URL, which may be absolute, begins with prefix.
func hasPathPrefix(url, prefix string) bool {
	start, end := redact.PathOf(url)
	return strings.HasPrefix(url[start:end], prefix)
}
