package contracts

import (
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // days begin where the contract says, on every machine

	"understudy/contracts/schema"
)

// A Plan is a tier of the vendor with its own limits.
type Plan struct {
	Limits      []string `yaml:"limits"` // that count the callers of this plan only; several plans may name one
	Description string   `yaml:"description"`
}

// LimitBehaviour is one limit.
type LimitBehaviour struct {
	Name      string `yaml:"name"`      // unique; letters, digits, "-", "_" and "."
	Algorithm string `yaml:"algorithm"` // fixed-window (default), sliding-log, sliding-counter, token-bucket, gcra, concurrency
	Limit     int    `yaml:"limit"`     // requests in a window, or open at the same time
	Window    string `yaml:"window"`    // Go duration, or of a fixed window "day" or "month"; none with concurrency
	Burst     int    `yaml:"burst"`     // token-bucket and gcra: requests at once after a pause; 0: limit
	// Per says whose requests are counted together: credential (default), account, user, address, route, all, or
	// several of them with a comma: "credential, route". Credentials that came from one another count as one; who showed
	// none is counted by address. Requests of nobody are not counted by account or user.
	Per      string   `yaml:"per"`
	Align    string   `yaml:"align"`    // of a fixed window: clock (default), or first-request: it opens with the first request after the last one closed
	Timezone string   `yaml:"timezone"` // where days and months begin: "+02:00" or a name such as Europe/Berlin; empty: UTC
	Routes   []string `yaml:"routes"`   // operation ids; empty: all operations, but by credential, account or user only those that take a credential
	Plan     string   `yaml:"plan"`     // only callers whose account has this plan are counted
	Replaces []string `yaml:"replaces"` // limits that do not count a request which this one counts
	// CountRefused lets refused requests count too, so that who does not wait stays out.
	CountRefused bool `yaml:"countRefused"`

	At schema.Location `yaml:"-"`
}

// LimitHeaders says how limits are shown.
type LimitHeaders struct {
	Profile string            `yaml:"profile"` // epoch (default), delta, ietf, ietf-06, ietf-07, github, laravel, nestjs, twitter, none
	Names   map[string]string `yaml:"names"`   // headers that are called otherwise than in the profile, by role: limit, remaining, reset, used, resource, ratelimit, policy
	Window  string            `yaml:"window"`  // name of the limit that the headers describe; empty: the one with the fewest left
	On      string            `yaml:"on"`      // all, counted (default), refused: on which answers they stand
	// RetryAfter says whether refusals carry Retry-After; absent: as the profile does, which is yes but for github and
	// twitter. RetryAfterForm is "seconds" (default) or "date" (RFC 9110, 10.2.3).
	RetryAfter     *bool  `yaml:"retryAfter"`
	RetryAfterForm string `yaml:"retryAfterForm"`
	Status         int    `yaml:"status"` // of a refusal; 0: 429

	At schema.Location `yaml:"-"`
}

// Subjects lists what a limit counts by: "credential" where the contract says nothing.
func (l *LimitBehaviour) Subjects() []string {
	if l.Per == "" {
		return []string{"credential"}
	}
	var list []string
	for word := range strings.SplitSeq(l.Per, ",") {
		list = append(list, strings.TrimSpace(word))
	}
	return list
}

// Calendar says whether the window is a day or a month, whose lengths differ.
func (l *LimitBehaviour) Calendar() bool { return l.Window == "day" || l.Window == "month" }

// Zone is where the limit's days and months begin.
func (l *LimitBehaviour) Zone() (*time.Location, error) {
	if !zoneOffset().MatchString(l.Timezone) {
		return time.LoadLocation(l.Timezone) // "" is UTC
	}
	at, err := time.Parse("-07:00", l.Timezone)
	if err != nil {
		return nil, err
	}
	_, seconds := at.Zone()
	return time.FixedZone(l.Timezone, seconds), nil
}

// Capacity is the most that a limit lets pass at once.
func (l *LimitBehaviour) Capacity() int {
	if l.Burst > 0 {
		return l.Burst
	}
	return l.Limit
}

// LimitsOf lists the limits that count an operation's requests of callers of a plan, in the contract's order; the plan
// is empty for callers without one.
//
// An operation that names limits is counted by exactly those. Else it is counted by the limits whose routes name it, and
// by those without routes: of these, limits by credential, account or user leave out operations that take no credential
// (unless no operation of the contract takes one). A limit that a plan has counts the callers of that plan only. Last, a
// limit that another one of the list replaces is left out.
func (k *Contract) LimitsOf(o *Operation, plan string) []*LimitBehaviour {
	var list []*LimitBehaviour
	replaced := map[string]bool{}
	for i := range k.Behaviour.Limits {
		l := &k.Behaviour.Limits[i]
		if !k.counts(l, o) || !k.Behaviour.boundTo(l, plan) {
			continue
		}
		list = append(list, l)
		for _, name := range l.Replaces {
			replaced[name] = true
		}
	}
	return slices.DeleteFunc(list, func(l *LimitBehaviour) bool { return replaced[l.Name] })
}

func (k *Contract) counts(l *LimitBehaviour, o *Operation) bool {
	switch {
	case len(o.Behaviour.Limit) > 0:
		return slices.Contains(o.Behaviour.Limit, l.Name)
	case len(l.Routes) > 0:
		return slices.Contains(l.Routes, o.ID)
	case !slices.ContainsFunc(l.Subjects(), personal):
		return true
	}
	return !o.Anonymous || !slices.ContainsFunc(k.Operations, func(other *Operation) bool { return !other.Anonymous })
}

// personal says that a subject is known by a credential.
func personal(subject string) bool {
	return subject == "credential" || subject == "account" || subject == "user"
}

// boundTo says whether a limit counts callers of a plan.
func (b *Behaviour) boundTo(l *LimitBehaviour, plan string) bool {
	free := l.Plan == ""
	for name, p := range b.Plans {
		if slices.Contains(p.Limits, l.Name) {
			if name == plan {
				return true
			}
			free = false
		}
	}
	return free || l.Plan != "" && l.Plan == plan
}

func (b *Behaviour) hasLimit(name string) bool {
	return slices.ContainsFunc(b.Limits, func(l LimitBehaviour) bool { return l.Name == name })
}

// Emission is what one request costs in a token-bucket or gcra, and what a nanosecond gives back, in the coarsest unit
// in which both are whole numbers: cost/gain is the time between two requests of a steady flow.
func (l *LimitBehaviour) Emission() (cost, gain int64) {
	d, err := time.ParseDuration(l.Window)
	if err != nil || d <= 0 || l.Limit <= 0 {
		return 1, 1
	}
	a, b := int64(d), int64(l.Limit)
	for b != 0 {
		a, b = b, a%b
	}
	return int64(d) / a, int64(l.Limit) / a
}
