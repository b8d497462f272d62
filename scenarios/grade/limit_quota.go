package grade

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A quota is what the headers of one answer say of limits, each window for itself.
type quota []window

// A window is one limit as an answer shows it. Numbers that are not said are -1.
type window struct {
	name      string // of the headers' family and suffix, for telling several apart
	limit     int64
	remaining int64
	reset     time.Duration // from the answer
	resets    bool
	instant   bool // reset was told as an instant: it is exact to the second at best
}

// quotaFamilies are the beginnings of headers in which vendors show limits.
var quotaFamilies = []string{"X-Ratelimit-", "X-Rate-Limit-", "Ratelimit-"}

// mostQuotaHeaders bounds what is read of one answer.
const mostQuotaHeaders = 40

// quota reads the limit headers of an answer: by the names of the contract, else by those that are in use.
func (v *view) quota(c *Call) quota {
	var q quota
	at := func(name string) *window {
		i := slices.IndexFunc(q, func(w window) bool { return w.name == name })
		if i < 0 {
			q = append(q, window{name: name, limit: -1, remaining: -1})
			i = len(q) - 1
		}
		return &q[i]
	}
	read := 0
	for _, name := range v.quotaHeaders(c.ResponseHeader) {
		family, role, suffix := v.quotaHeader(name)
		if read >= mostQuotaHeaders {
			break
		}
		read++
		at(family+suffix).read(c, role, strings.TrimSpace(c.ResponseHeader.Get(name)))
	}
	for _, line := range c.ResponseHeader["Ratelimit"] {
		q = append(q, structuredQuota(line)...)
	}
	return q
}

// quotaHeaders lists the headers that show limits, sorted.
func (v *view) quotaHeaders(h http.Header) []string {
	var names []string
	for name := range h {
		if _, role, _ := v.quotaHeader(name); role != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// quotaHeader takes the name of a header apart: which family it is of, what it says, and of which window.
func (v *view) quotaHeader(name string) (family, role, suffix string) {
	if role, ok := v.quotaNames[http.CanonicalHeaderKey(name)]; ok {
		return "contract", role, ""
	}
	for _, f := range quotaFamilies {
		rest, ok := strings.CutPrefix(http.CanonicalHeaderKey(name), f)
		if !ok {
			continue
		}
		word, suffix, _ := strings.Cut(rest, "-")
		switch role := strings.ToLower(word); role {
		case "limit", "remaining", "reset":
			return f, role, suffix
		}
	}
	return "", "", ""
}

func (w *window) read(c *Call, role, value string) {
	if role == "reset" {
		w.readReset(c, value)
		return
	}
	if i := strings.IndexAny(value, ",;"); i >= 0 { // drafts put the policies behind it: "100, 100;w=60"
		value = strings.TrimSpace(value[:i])
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 {
		return
	}
	if role == "limit" {
		w.limit = n
	} else {
		w.remaining = n
	}
}

// readReset reads the end of a window: seconds from now, an instant in seconds or milliseconds since 1970, or a date.
func (w *window) readReset(c *Call, value string) {
	n, err := strconv.ParseFloat(value, 64)
	switch {
	case err == nil && n >= 0 && n < 1e9:
		w.reset, w.resets = time.Duration(n*float64(time.Second)), true
	case err == nil && n >= 1e12 && n < 1e14:
		w.until(c, time.UnixMilli(int64(n)))
	case err == nil && n >= 1e9 && n < 1e11:
		w.until(c, time.Unix(int64(n), 0))
	case err != nil:
		if at, err := http.ParseTime(value); err == nil {
			w.until(c, at)
		} else if at, err := time.Parse(time.RFC3339, value); err == nil {
			w.until(c, at)
		} else if d, err := time.ParseDuration(value); err == nil && d >= 0 {
			w.reset, w.resets = d, true
		}
	}
}

func (w *window) until(c *Call, at time.Time) {
	w.reset, w.resets, w.instant = max(at.Sub(answeredAt(c)), 0), true, true
}

// structuredQuota reads the field RateLimit of the IETF's draft 07 and later: `"default";r=0;t=12`.
func structuredQuota(line string) quota {
	var q quota
	for item := range strings.SplitSeq(line, ",") {
		name, rest, _ := strings.Cut(item, ";")
		w := window{name: strings.Trim(strings.TrimSpace(name), `"`), limit: -1, remaining: -1}
		for parameter := range strings.SplitSeq(rest, ";") {
			key, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
			n, err := strconv.ParseInt(value, 10, 32)
			if err != nil || n < 0 {
				continue
			}
			switch key {
			case "r":
				w.remaining = n
			case "t":
				w.reset, w.resets = time.Duration(n)*time.Second, true
			}
		}
		if len(q) < mostQuotaHeaders && (w.remaining >= 0 || w.resets) {
			q = append(q, w)
		}
	}
	return q
}

// left is the fewest requests that any window has left.
func (q quota) left() (int64, bool) {
	least, known := int64(0), false
	for _, w := range q {
		if w.remaining >= 0 && (!known || w.remaining < least) {
			least, known = w.remaining, true
		}
	}
	return least, known
}

// opens is how long it takes until requests pass again: until the last of the windows that are used up ends, or, where no
// window says what is left, until the first one ends.
func (q quota) opens() (wait, bool) {
	var found *window
	used := false
	for i := range q {
		w := &q[i]
		switch {
		case !w.resets:
		case w.remaining == 0:
			if !used || w.reset > found.reset {
				found, used = w, true
			}
		case w.remaining < 0 && !used && (found == nil || w.reset < found.reset):
			found = w
		}
	}
	if found == nil {
		return wait{}, false
	}
	slack := secondsSlack
	if found.instant {
		slack = instantSlack
	}
	return wait{found.reset, "the limit's reset", slack}, true
}
