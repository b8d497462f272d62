package control

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"

	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/credential"
)

// A Happening is one thing that time brings about: a call that was due, the end of a credential, or that of a limit's window.
type Happening struct {
	At         time.Time `json:"at"`
	Kind       string    `json:"kind"`                 // "call", "expiry", "limit"
	What       string    `json:"what"`                 // for people: "key key_1a2b3c4d5e (CI) expired"
	Contract   string    `json:"contract,omitempty"`   // where several share the clock
	Credential string    `json:"credential,omitempty"` // id of the one that ran out
}

// A Moved is the answer to a change of a clock.
type Moved struct {
	Time
	Ran     []Happening `json:"ran"`     // everything that happened on the way, in order
	Omitted int         `json:"omitted"` // how many more there were
}

// A Waiting is what a clock will bring about.
type Waiting struct {
	Time
	Pending []Happening `json:"pending"` // the next one first
	Total   int         `json:"total"`
}

// mostHappenings bounds a list of what happened.
const mostHappenings = 10_000

// Instants that a clock can stand at: lifetimes behind the last one can still be written with four digits of a year.
var (
	firstInstant = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	lastInstant  = time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)
)

// A timed is a world that goes by a clock.
type timed struct {
	contract string // empty: there is only this one
	server   *mock.Server
}

// timedBy lists the worlds that go by a clock: a sandbox has one of its own, contracts share theirs.
func (h *Handler) timedBy(k clock.Clock, own *mock.Server) []timed {
	var list []timed
	for _, one := range h.contracts {
		if server := one.server(); server.Clock() == k {
			list = append(list, timed{one.name, server})
		}
	}
	switch {
	case own != nil && !slices.ContainsFunc(list, func(t timed) bool { return t.server == own }):
		return []timed{{"", own}}
	case len(list) == 1:
		list[0].contract = ""
	}
	return list
}

func (h *Handler) moveClock(c *call) error {
	return c.moveClock(h.options.Clock, h.timedBy(h.options.Clock, nil))
}

func (h *Handler) contractClock(c *call) error { return c.answer(timeOf(c.server.Clock())) }

func (h *Handler) moveContractClock(c *call) error {
	k := c.server.Clock()
	return c.moveClock(k, h.timedBy(k, c.server))
}

func (h *Handler) pending(c *call) error {
	return c.pending(h.options.Clock, h.timedBy(h.options.Clock, nil))
}

func (h *Handler) contractPending(c *call) error {
	k := c.server.Clock()
	return c.pending(k, h.timedBy(k, c.server))
}

// clockRequest is the body that changes a clock: exactly one of its members.
type clockRequest struct {
	Advance *string  `json:"advance"` // length of time: "24h", "7d"
	Set     *string  `json:"set"`     // instant of RFC 3339
	Freeze  *bool    `json:"freeze"`  // true
	Rate    *float64 `json:"rate"`    // seconds in a real one
}

func (c *call) moveClock(k clock.Clock, worlds []timed) error {
	var q clockRequest
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	if len(sent) != 1 {
		return problem(http.StatusBadRequest, "malformed_body", "Send exactly one of advance, set, freeze and rate.")
	}
	v, ok := k.(*clock.Virtual)
	if !ok {
		return problem(http.StatusConflict, "clock_fixed", "The stand-in goes by the machine's clock, which nobody can move.")
	}
	if q.Advance != nil || q.Set != nil {
		settleDeliveries(c.Context(), worlds)
	}
	before := v.Now()
	due, err := q.move(v, sent)
	if err != nil {
		return err
	}
	answer := Moved{Time: timeOf(v), Ran: []Happening{}}
	if q.Advance != nil || q.Set != nil {
		if answer.Ran, err = happenings(c.Context(), due, worlds, before, answer.Now, expired); err != nil {
			return err
		}
	}
	if n := len(answer.Ran); n > mostHappenings {
		answer.Ran, answer.Omitted = answer.Ran[:mostHappenings], n-mostHappenings
	}
	return c.answer(answer)
}

// settleDeliveries lets deliveries that are under way come to their end before time goes on, so that what follows from them
// is counted from the instant at which they began. A receiver that hangs holds it up as long as one attempt may take.
func settleDeliveries(ctx context.Context, worlds []timed) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer clock.Real{}.AfterFunc(longestSettling, cancel)()
	for _, one := range worlds {
		_ = one.server.Webhooks().Wait(ctx) // who cannot wait any longer moves the clock all the same
	}
}

// longestSettling is in real time.
const longestSettling = 20 * time.Second

// move carries the change out and gives the calls that were due. Errors are problems of the member that was sent.
func (q *clockRequest) move(v *clock.Virtual, sent members) (due []clock.Due, err error) {
	unfit := func(field, reason string) ([]clock.Due, error) {
		return nil, sent.misfit(&credential.RequestError{Field: field, Reason: reason})
	}
	switch {
	case q.Advance != nil:
		d, wrong := parseDuration(*q.Advance)
		switch {
		case wrong == errNegative:
			return unfit("advance", wrong.Error()+": to turn the clock back, send set with an instant")
		case wrong != nil:
			return unfit("advance", wrong.Error())
		case v.Now().Add(d).After(lastInstant):
			return unfit("advance", "leads behind the year 9000")
		}
		due, err = v.Advance(d)
	case q.Set != nil:
		at, wrong := time.Parse(time.RFC3339, *q.Set)
		if wrong != nil || at.Before(firstInstant) || at.After(lastInstant) {
			return unfit("set", "must be an instant from 1970 to 9000 such as 2026-01-31T12:00:00Z")
		}
		due, err = v.Set(at)
	case q.Freeze != nil:
		if !*q.Freeze {
			return unfit("freeze", "must be true: to let the clock go on, send rate with 1")
		}
		v.Freeze()
	case q.Rate != nil:
		if math.IsNaN(*q.Rate) || *q.Rate < 0 || *q.Rate > clock.MaxRate {
			return unfit("rate", fmt.Sprintf("must be a number from 0, which stands still, to %d; 1 is real time", clock.MaxRate))
		}
		err = v.Follow(*q.Rate)
	default:
		return nil, problem(http.StatusBadRequest, "malformed_body", "Send a value for the member: null is none.")
	}
	if err != nil {
		return nil, problem(http.StatusConflict, "clock_overrun", "%s.", capital(err))
	}
	return due, nil
}

// farAhead is how far pending looks for the ends of credentials.
const farAhead = 100 * 365 * 24 * time.Hour

func (c *call) pending(k clock.Clock, worlds []timed) error {
	limit, err := c.query.number("limit", defaultEntries, 1, mostHappenings)
	if err != nil {
		return err
	}
	answer := Waiting{Time: timeOf(k)}
	var due []clock.Due
	if v, ok := k.(*clock.Virtual); ok {
		due = v.Pending()
	}
	list, err := happenings(c.Context(), due, worlds, answer.Now, answer.Now.Add(farAhead), expires)
	if err != nil {
		return err
	}
	answer.Total = len(list)
	answer.Pending = list[:min(int(limit), len(list))]
	return c.answer(answer)
}

// happenings merges what was due with the credentials that run out, and the windows of limits that end, after from and not
// after to.
func happenings(ctx context.Context, due []clock.Due, worlds []timed, from, to time.Time, word func(*credential.Credential) string) ([]Happening, error) {
	list := []Happening{}
	for _, w := range worlds {
		endings, err := w.server.Credentials().Endings(ctx, from, to)
		if err != nil {
			return nil, err
		}
		for i := range endings {
			one := &endings[i].Credential
			list = append(list, Happening{
				At: endings[i].At.UTC(), Kind: "expiry", Contract: w.contract, Credential: one.ID, What: nameOf(one) + " " + word(one),
			})
		}
		for _, e := range w.server.Limits().Endings(from, to) {
			list = append(list, Happening{At: e.At.UTC(), Kind: "limit", Contract: w.contract, What: fmt.Sprintf(
				"limit %s is whole again for %s, which had used %d of %d", e.Counter.Limit, e.Counter.Subject, e.Counter.Used, e.Counter.Quota)})
		}
	}
	for _, d := range due {
		list = append(list, Happening{At: d.At.UTC(), Kind: "call", What: cmp.Or(d.Label, "a call without a name")})
	}
	slices.SortStableFunc(list, func(a, b Happening) int { return a.At.Compare(b.At) })
	return list, nil
}

// kindNames are what people call the kinds of credentials.
var kindNames = map[credential.Kind]string{
	credential.Key: "key", credential.JWT: "token", credential.Opaque: "token", credential.Refresh: "refresh token",
	credential.Password: "password", credential.Certificate: "certificate",
}

// nameOf names a credential for people: "key key_1a2b3c4d5e (CI)".
func nameOf(c *credential.Credential) string {
	text := cmp.Or(kindNames[c.Kind], string(c.Kind)) + " " + c.ID
	if c.Name != "" {
		text += " (" + c.Name + ")"
	}
	return text
}

func expired(c *credential.Credential) string { return "expired" + rotated(c) }
func expires(c *credential.Credential) string { return "expires" + rotated(c) }

// rotated says that a credential was good only until all had changed to its successor.
func rotated(c *credential.Credential) string {
	if c.Successor == "" {
		return ""
	}
	return "; " + c.Successor + " is its successor"
}
