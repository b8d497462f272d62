package quota

import (
	"cmp"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"time"

	"understudy/contracts"
)

// On which answers headers stand.
const (
	onAll     = "all"
	onCounted = "counted"
	onRefused = "refused"
)

// A profile is a vendor's way to show a limit. An empty name is a header that it does not have.
type profile struct {
	names      map[string]string // by role
	delta      bool              // reset is a number of seconds from now, not an instant
	late       bool              // reset stands on refusals only
	retryAfter bool              // unless the contract says otherwise
	write      func(*headers, *Verdict, http.Header, bool)
}

var xRateLimit = map[string]string{"limit": "X-RateLimit-Limit", "remaining": "X-RateLimit-Remaining", "reset": "X-RateLimit-Reset"}

var profiles = map[string]profile{
	"epoch":   {names: xRateLimit, retryAfter: true, write: (*headers).writeOne},
	"delta":   {names: xRateLimit, delta: true, retryAfter: true, write: (*headers).writeOne},
	"laravel": {names: xRateLimit, late: true, retryAfter: true, write: (*headers).writeOne},
	"nestjs":  {names: xRateLimit, delta: true, retryAfter: true, write: (*headers).writeEach},
	"github": {names: map[string]string{
		"limit": "x-ratelimit-limit", "remaining": "x-ratelimit-remaining", "reset": "x-ratelimit-reset",
		"used": "x-ratelimit-used", "resource": "x-ratelimit-resource",
	}, write: (*headers).writeOne},
	"twitter": {names: map[string]string{
		"limit": "x-rate-limit-limit", "remaining": "x-rate-limit-remaining", "reset": "x-rate-limit-reset",
	}, write: (*headers).writeOne},
	"ietf": {names: map[string]string{"ratelimit": "RateLimit", "policy": "RateLimit-Policy"}, retryAfter: true, write: (*headers).writeItems},
	"ietf-07": {names: map[string]string{"ratelimit": "RateLimit", "policy": "RateLimit-Policy"},
		delta: true, retryAfter: true, write: (*headers).writeDictionary},
	"ietf-06": {names: map[string]string{
		"limit": "RateLimit-Limit", "remaining": "RateLimit-Remaining", "reset": "RateLimit-Reset", "policy": "RateLimit-Policy",
	}, delta: true, retryAfter: true, write: (*headers).writeOne},
	"none": {retryAfter: true, write: func(*headers, *Verdict, http.Header, bool) {}},
}

// headers is how a contract shows its limits.
type headers struct {
	profile
	window     string
	on         string
	retryAfter bool
	asDate     bool
	status     int

	spelled []string // all names, as they go over the wire
	// The names as Go spells them; empty: there is no such header.
	limit, remaining, reset, used, resource, ratelimit, policy string
}

func newHeaders(b *contracts.LimitHeaders, policies []*policy) *headers {
	if b == nil {
		b = &contracts.LimitHeaders{Profile: "none"}
	}
	h := &headers{
		profile: profiles[cmp.Or(b.Profile, "epoch")], window: b.Window, on: cmp.Or(b.On, onCounted),
		asDate: b.RetryAfterForm == "date", status: cmp.Or(b.Status, http.StatusTooManyRequests),
	}
	h.retryAfter = h.profile.retryAfter
	if b.RetryAfter != nil {
		h.retryAfter = *b.RetryAfter
	}
	for role, into := range map[string]*string{
		"limit": &h.limit, "remaining": &h.remaining, "reset": &h.reset, "used": &h.used, "resource": &h.resource,
		"ratelimit": &h.ratelimit, "policy": &h.policy,
	} {
		name := cmp.Or(b.Names[role], h.names[role])
		if name == "" || b.Profile == "none" {
			continue
		}
		*into = textproto.CanonicalMIMEHeaderKey(name)
		h.spelled = append(h.spelled, name)
		if b.Profile == "nestjs" && b.Window == "" {
			for _, p := range policies {
				h.spelled = append(h.spelled, name+suffix(p))
			}
		}
	}
	if b.Profile == "nestjs" && b.Window == "" {
		for _, p := range policies {
			h.spelled = append(h.spelled, "Retry-After"+suffix(p))
		}
	}
	slices.Sort(h.spelled)
	return h
}

// HeaderNames lists the names of the headers that show limits, as they go over the wire.
func (l *Limits) HeaderNames() []string {
	if l == nil {
		return nil
	}
	return l.tariff.headers.spelled
}

// WriteHeaders adds the headers that tell what is left to an answer with a status. An answer with the status of refusals
// is one, whoever gave it. Names are spelled as Go does; HeaderNames has the contract's spelling.
func (v *Verdict) WriteHeaders(to http.Header, status int) {
	if v == nil || len(v.readings) == 0 {
		return
	}
	h := v.limits.tariff.headers
	refusing := v.refused && status == h.status || status == http.StatusTooManyRequests
	switch h.on {
	case onCounted:
		if !v.counted {
			return
		}
	case onRefused:
		if !refusing {
			return
		}
	}
	h.write(h, v, to, refusing)
	if _, told := to["Retry-After"]; refusing && h.retryAfter && (v.refused || !told) {
		h.writeRetryAfter(v, to)
	}
}

// writeRetryAfter tells how long to wait (RFC 9110, 10.2.3): until the request would pass, and where it was refused for
// another reason, until there is more.
func (h *headers) writeRetryAfter(v *Verdict, to http.Header) {
	wait := v.binding().wait
	if wait == 0 {
		wait = v.described().level.reset - v.now
	}
	text := strconv.FormatInt(seconds(wait), 10)
	if h.asDate {
		text = instant(epoch(v.now+wait) * int64(time.Second)).Format(http.TimeFormat)
	}
	to["Retry-After"] = []string{text}
}

// writeOne describes one limit in headers of their own. They share one text and one array, since every answer has them.
func (h *headers) writeOne(v *Verdict, to http.Header, refusing bool) {
	r := v.described()
	var room [96]byte
	text := strconv.AppendInt(room[:0], r.level.remaining, 10)
	first := len(text)
	text = strconv.AppendInt(text, h.resetOf(v, r), 10)
	second := len(text)
	if h.used != "" {
		text = strconv.AppendInt(text, min(r.level.used, r.policy.capacity), 10)
	}
	whole := string(text)
	n := 0
	put := func(name, value string) {
		if name == "" {
			return
		}
		if n == len(v.values) {
			to[name] = []string{value}
			return
		}
		v.values[n] = value
		to[name] = v.values[n : n+1 : n+1]
		n++
	}
	put(h.limit, r.policy.capacityText)
	put(h.remaining, whole[:first])
	if !h.late || refusing {
		put(h.reset, whole[first:second])
	}
	put(h.used, whole[second:])
	put(h.resource, r.policy.Name)
	if h.policy != "" {
		put(h.policy, h.policies(v, false))
	}
}

func (h *headers) resetOf(v *Verdict, r *reading) int64 {
	if h.delta {
		return ceil(max(0, r.level.reset-v.now), int64(time.Second))
	}
	return epoch(r.level.reset)
}

// writeEach describes every limit in headers of its own, with the limit's name behind theirs unless it is "default"; a
// refusal has Retry-After in that form only. Where the contract names the limit to be described, it is shown alone.
func (h *headers) writeEach(v *Verdict, to http.Header, refusing bool) {
	for i := range v.readings {
		r, end := &v.readings[i], suffix(v.readings[i].policy)
		if h.window != "" {
			r, end = v.described(), ""
		}
		if refusing && v.refused {
			if r.wait > 0 && h.retryAfter && end != "" {
				to[textproto.CanonicalMIMEHeaderKey("Retry-After"+end)] = []string{strconv.FormatInt(seconds(r.wait), 10)}
			}
			continue
		}
		for name, value := range map[string]string{
			h.limit: r.policy.capacityText, h.remaining: strconv.FormatInt(r.level.remaining, 10), h.reset: strconv.FormatInt(h.resetOf(v, r), 10),
		} {
			to[textproto.CanonicalMIMEHeaderKey(name+end)] = []string{value}
		}
		if h.window != "" {
			return
		}
	}
}

func suffix(p *policy) string {
	if p.Name == "default" {
		return ""
	}
	return "-" + p.Name
}
