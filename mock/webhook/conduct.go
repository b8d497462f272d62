package webhook

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"understudy/contracts"
)

// A conduct is how the vendor's deliveries are made, as the contract says it.
type conduct struct {
	plan        plan
	timeout     time.Duration
	jitter      float64 // share by which a wait may be longer
	ordered     bool
	concurrency int
	headers     []header
	userAgent   string
	apiVersion  string
}

type header struct{ name, value string }

// A plan is a schedule of attempts: the wait before each of them.
type plan struct {
	name    string // as reasons tell it
	waits   []time.Duration
	breaker *Breaker
}

// Bounds of what an endpoint may ask for.
const (
	mostConcurrency = 64
	mostWaits       = 100
	longestWait     = 31 * 24 * time.Hour
	longestTimeout  = 5 * time.Minute
)

// newConduct reads how the contract's events are delivered.
func newConduct(c *contracts.Contract) conduct {
	p := c.DeliveryPolicy()
	made := conduct{
		plan: plan{name: "of the contract", waits: p.Schedule}, timeout: p.Timeout, jitter: p.Jitter, ordered: p.Ordered, concurrency: p.Concurrency,
		userAgent: p.UserAgent, apiVersion: p.APIVersion,
	}
	if b := c.Behaviour.Webhooks; b == nil || b.Schedule == nil || b.Schedule == "" {
		made.plan.name = contracts.StandardSchedule
	} else if name, ok := b.Schedule.(string); ok {
		made.plan.name = name
	}
	for name, value := range p.Headers {
		made.headers = append(made.headers, header{name, value})
	}
	slices.SortFunc(made.headers, func(a, b header) int { return strings.Compare(a.name, b.name) })
	return made
}

// plainText leaves out what may not stand in a header.
func plainText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
}

func namedPlan(name string) (plan, error) {
	waits, ok := contracts.Schedule(name)
	if !ok {
		return plan{}, fmt.Errorf("schedule %.60q is not known", name)
	}
	return plan{name: name, waits: waits}, nil
}

func ownPlan(waits []time.Duration) (plan, error) {
	if len(waits) == 0 || len(waits) > mostWaits {
		return plan{}, fmt.Errorf("a schedule has 1 to %d waits", mostWaits)
	}
	for _, d := range waits {
		if d < 0 || d > longestWait {
			return plan{}, fmt.Errorf("the wait %s of a schedule: want 0 to %s", d, longestWait)
		}
	}
	return plan{name: "of its own", waits: waits}, nil
}

// with gives the conduct towards an endpoint that wants some of it otherwise. What was checked when the endpoint was
// registered is not checked again.
func (c conduct) with(m Manner) conduct {
	if len(m.Waits) > 0 {
		c.plan = plan{name: "of the endpoint", waits: m.Waits}
	} else if m.Schedule != "" {
		if named, err := namedPlan(m.Schedule); err == nil {
			c.plan = named
		}
	}
	if m.Breaker != nil {
		c.plan.breaker = m.Breaker
	}
	if m.Timeout > 0 {
		c.timeout = m.Timeout
	}
	if m.Ordered != nil {
		c.ordered = *m.Ordered
	}
	if m.Concurrency > 0 {
		c.concurrency = m.Concurrency
	}
	if c.ordered {
		c.concurrency = 1
	}
	return c
}

// check says what is wrong with a manner.
func (m *Manner) check() error {
	wrong := func(field, format string, a ...any) error {
		return &RequestError{Field: "delivery/" + field, Reason: fmt.Sprintf(format, a...)}
	}
	if _, err := namedPlan(m.Schedule); m.Schedule != "" && err != nil {
		return wrong("schedule", "is not known: %.60q", m.Schedule)
	}
	if len(m.Waits) > 0 {
		if _, err := ownPlan(m.Waits); err != nil {
			return wrong("waits", "cannot be: %v", err)
		}
	}
	if m.Timeout < 0 || m.Timeout > longestTimeout {
		return wrong("timeout", "must be from 0 to %s", longestTimeout)
	}
	if m.Concurrency < 0 || m.Concurrency > mostConcurrency {
		return wrong("concurrency", "must be from 0 to %d", mostConcurrency)
	}
	if b := m.Breaker; b != nil && (b.Failures < 0 || b.Within < 0 || b.Pause < 0) {
		return wrong("breaker", "must have no negative members")
	}
	return nil
}
