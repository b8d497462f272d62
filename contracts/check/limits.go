package check

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A budget is what one family of headers says of one limit. Numbers that are not said are -1.
type budget struct {
	family    string // how the headers begin: "X-Ratelimit"
	suffix    string // of several limits side by side: "-hour"
	limit     int64
	remaining int64
	used      int64
	reset     time.Duration // from the answer, or since 1970 where absolute
	resets    bool
	absolute  bool
}

// families are the beginnings of headers in which vendors show limits. RateLimit-* is what drafts up to -06 of the IETF have.
var families = []string{"X-Ratelimit-", "X-Rate-Limit-", "Ratelimit-"}

// limits judges the headers that show limits (RATE-001).
func (p *pass) limits() {
	if !p.e.selected.Has("RATE-001") {
		return
	}
	budgets := p.budgets(p.unreadable)
	for i := range budgets {
		p.agree(&budgets[i])
	}
	p.structured()
}

func (p *pass) unreadable(header, value, want string) {
	p.report("RATE-001", Finding{
		Message: fmt.Sprintf("%s sent a %s that cannot be read: %q.", p.label(), header, cut(value, 80)),
		Want:    want, Got: value, Where: "response header " + header, Keyword: "syntax " + strings.ToLower(header),
	})
}

// budgets reads the families of headers, sorted; bad is called with what cannot be read.
func (p *pass) budgets(bad func(header, value, want string)) []budget {
	var names []string
	for name := range p.x.ResponseHeader {
		if name[:min(len(name), 1)] == "X" || name[:min(len(name), 1)] == "R" {
			for _, family := range families {
				if strings.HasPrefix(name, family) && name != "Ratelimit-Policy" && len(names) < 60 {
					names = append(names, name)
				}
			}
		}
	}
	if names == nil {
		return nil
	}
	slices.Sort(names)
	var list []budget
	for _, name := range names {
		family, role, suffix := headerRole(name)
		if role == "" {
			continue
		}
		i := slices.IndexFunc(list, func(b budget) bool { return b.family == family && b.suffix == suffix })
		if i < 0 {
			list = append(list, budget{family: family, suffix: suffix, limit: -1, remaining: -1, used: -1})
			i = len(list) - 1
		}
		value := strings.TrimSpace(strings.Join(p.x.ResponseHeader[name], ", "))
		if want := list[i].read(role, value); want != "" && bad != nil {
			bad(name, value, want)
		}
	}
	return list
}

// headerRole takes a header's name apart: what it says, and of which of several limits.
func headerRole(name string) (family, role, suffix string) {
	for _, f := range families {
		rest, ok := strings.CutPrefix(name, f)
		if !ok {
			continue
		}
		word, suffix, _ := strings.Cut(rest, "-")
		switch word {
		case "Limit", "Remaining", "Reset", "Used":
			if strings.EqualFold(suffix, "after") { // seconds, beside a reset that is an instant
				return "", "", ""
			}
			return f, word, suffix
		}
	}
	return "", "", ""
}

// read notes one header; it gives what would have been readable where the value is not.
func (b *budget) read(role, value string) string {
	if role == "Reset" {
		return b.readReset(value)
	}
	text := value
	if role == "Limit" { // drafts put the policies behind it: "100, 100;w=60"
		if i := strings.IndexAny(text, ",;"); i >= 0 {
			text = strings.TrimSpace(text[:i])
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return "a whole number of 0 or more"
	}
	switch role {
	case "Limit":
		b.limit = n
	case "Remaining":
		b.remaining = n
	case "Used":
		b.used = n
	}
	return ""
}

// readReset reads the forms that vendors give to the end of a window: seconds from now, an instant in seconds or milliseconds
// since 1970, a date, or a duration such as 6m0s.
func (b *budget) readReset(value string) string {
	if n, err := strconv.ParseFloat(value, 64); err == nil && n >= 0 && n < 1e15 {
		b.resets = true
		switch {
		case n >= 1e12:
			b.reset, b.absolute = time.Duration(n)*time.Millisecond, true
		case n >= 1e9:
			b.reset, b.absolute = time.Duration(n)*time.Second, true
		default:
			b.reset = time.Duration(n * float64(time.Second))
		}
		return ""
	}
	if d, err := time.ParseDuration(value); err == nil && d >= 0 {
		b.reset, b.resets = d, true
		return ""
	}
	for _, read := range []func(string) (time.Time, error){http.ParseTime, func(s string) (time.Time, error) { return time.Parse(time.RFC3339, s) }} {
		if at, err := read(value); err == nil && at.Year() >= 1970 && at.Year() < 2200 {
			b.reset, b.absolute, b.resets = time.Duration(at.Unix())*time.Second, true, true
			return ""
		}
	}
	return "seconds from now, an instant, or a date"
}

// header is the full name of one of the budget's headers.
func (b *budget) header(role string) string {
	if b.suffix != "" {
		return b.family + role + "-" + b.suffix
	}
	return b.family + role
}

// agree judges whether the numbers of one budget fit each other and the contract.
func (p *pass) agree(b *budget) {
	tell := func(role, keyword, message, want string, got int64) *Finding {
		return &Finding{
			Message: message, Want: want, Got: strconv.FormatInt(got, 10), Where: "response header " + b.header(role),
			Keyword: keyword + " " + strings.ToLower(b.header(role)),
		}
	}
	for _, part := range []struct {
		role string
		n    int64
	}{{"Remaining", b.remaining}, {"Used", b.used}} {
		if b.limit >= 0 && part.n > b.limit && (part.role != "Used" || p.x.Status < 400) {
			p.report("RATE-001", *tell(part.role, "above limit",
				fmt.Sprintf("%s says that %d of %d requests are %s.", p.label(), part.n, b.limit, map[string]string{"Remaining": "left", "Used": "used"}[part.role]),
				"at most "+strconv.FormatInt(b.limit, 10), part.n))
		}
	}
	if b.limit >= 0 {
		p.statedLimit(b, tell)
	}
}

// statedLimit compares the limit that is shown with those that the contract states.
func (p *pass) statedLimit(b *budget, tell func(role, keyword, message, want string, got int64) *Finding) {
	stated := p.e.contract.Behaviour.Limits
	if len(stated) == 0 || p.operation == nil {
		return
	}
	var known []string
	for i := range stated {
		if int64(stated[i].Limit) == b.limit || int64(stated[i].Capacity()) == b.limit {
			return
		}
		known = append(known, strconv.Itoa(stated[i].Limit))
	}
	slices.Sort(known)
	f := tell("Limit", "other limit", fmt.Sprintf("%s shows a limit of %d; the contract states %s.", p.label(), b.limit, strings.Join(slices.Compact(known), ", ")),
		"one of "+strings.Join(slices.Compact(known), ", "), b.limit)
	f.Basis, f.Certainty, f.At = ByContract, Likely, PlaceOf(stated[0].At)
	p.report("RATE-001", *f)
}

// retryAfter judges Retry-After on 429 and 503, and that the 429 is documented (RATE-004).
func (p *pass) retryAfter() {
	status := p.x.Status
	if status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
		return
	}
	lines := p.x.ResponseHeader["Retry-After"]
	if len(lines) > 0 {
		if _, err := strconv.ParseUint(lines[0], 10, 32); err != nil {
			if _, err := http.ParseTime(lines[0]); err != nil {
				p.report("RATE-004", Finding{
					Message: fmt.Sprintf("%s sent a Retry-After that is neither seconds nor an HTTP date: %q.", p.label(), cut(lines[0], 80)),
					Basis:   ByNorm, Norm: "RFC 9110, 10.2.3", Level: Failure, Want: "seconds or an HTTP date", Got: lines[0],
					Where: "response header Retry-After", Keyword: "syntax",
				})
			}
		}
	}
	if status != http.StatusTooManyRequests {
		return
	}
	if len(lines) == 0 && !p.silentRefusals() {
		p.report("RATE-004", Finding{
			Message: fmt.Sprintf("%s was refused with 429 and no Retry-After: the client has to guess when to come back.", p.label()),
			Want:    "Retry-After", Got: "no such header", Where: "response header Retry-After", Keyword: "missing",
		})
	}
	if p.operation != nil && p.response == nil && len(p.operation.Responses) > 0 {
		p.report("RATE-004", Finding{
			Message: fmt.Sprintf("%s was refused with 429, which the document does not have (it has %s).", p.label(), documented(p.operation)),
			Want:    "a documented 429", Got: "429", Where: "status", Keyword: "undocumented", Level: Note, Norm: "RFC 6585, 4",
		})
	}
}

// silentRefusals says that the contract states refusals without Retry-After.
func (p *pass) silentRefusals() bool {
	h := p.e.contract.Behaviour.LimitHeaders
	if h == nil {
		return false
	}
	if h.RetryAfter != nil {
		return !*h.RetryAfter
	}
	return h.Profile == "github" || h.Profile == "twitter"
}
