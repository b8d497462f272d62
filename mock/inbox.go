package mock

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"understudy/contracts/signature"
	"understudy/mock/clock"
)

// Bounds of an inbox.
const (
	inboxEntries = 1000     // requests that are kept; the oldest go
	inboxBytes   = 16 << 20 // of bodies and headers that are kept, about
	inboxBody    = 1 << 20  // bytes of one body; the rest is cut off, and the request cannot be verified
	inboxNames   = 1000     // addresses with answers of their own
	inboxAnswers = 10_000   // of one address
)

// An Inbox receives deliveries in place of a server of the user's own: it keeps what came, says whether the signature is
// good, and answers as it was told to. It is safe for concurrent use.
//
// It is the other side of the wire and not a part of the stand-in's world: snapshots do not hold it, and a reset leaves it
// alone until somebody clears it.
type Inbox struct {
	clock clock.Clock
	keys  func() []InboxKey

	mu      sync.Mutex
	list    []*Received // the oldest first
	bytes   int
	newest  uint64
	dropped uint64
	scripts map[string]*inboxScript // by address
	changed chan struct{}           // closed by the next request; nil while nobody waits
}

// An InboxKey is a secret with which deliveries may be signed, and how.
type InboxKey struct {
	Name    string // of the secret, as the environment has it: "STRIPE_WEBHOOK_SECRET"; or of the endpoint that has its own
	Scheme  signature.Scheme
	Secrets []string // that are good now, the newest first
}

// A Received is one request that came to an inbox.
type Received struct {
	ID      uint64 // 1 is the first
	At      time.Time
	Address string // path behind the inbox: "/orders"
	Method  string
	URL     string // as sent: path and query
	Host    string
	Header  http.Header
	Body    []byte
	Size    int64 // bytes that the body had, where they are known
	Cut     bool  // the body's end is missing
	Status  int   // of the answer

	Verdict InboxVerdict

	weight int
}

// An InboxVerdict says whether a delivery is believed. Its zero value is one that is not signed.
type InboxVerdict struct {
	Good   bool
	Key    string           // name of the secret that fits; empty: none does
	Kind   signature.Kind   // by which it is signed; empty: there is no header of any kind that the stand-in knows
	Reason signature.Reason // why it is not believed; empty where it is
	Detail string
}

// An InboxAnswer is what an address of the inbox answers. Its zero value is 204, once.
type InboxAnswer struct {
	Status  int // 0: 204
	Header  http.Header
	Body    []byte
	Delay   time.Duration // before the answer, on the server's clock; one that stands still lets it be without end
	Real    bool          // the delay is real time
	Cut     bool          // the connection is cut in place of an answer
	Times   int           // how many requests get it; 0: one
	Forever bool          // all further ones do
}

type inboxScript struct {
	answers []InboxAnswer
	given   int // how many requests got the first of them
}

// An InboxQuery chooses requests. The zero value takes all.
type InboxQuery struct {
	Address string // empty: any
	After   uint64 // only those with a higher id
	Text    string // that stands in the body or in a header's value
	Good    *bool  // only those whose signature is good, or not
	Limit   int    // the latest so many; 0: all
}

func newInbox(k clock.Clock, keys func() []InboxKey) *Inbox {
	return &Inbox{clock: k, keys: keys, scripts: map[string]*inboxScript{}}
}

// List gives the requests that q asks for, the oldest first. They must not be changed.
func (b *Inbox) List(q InboxQuery) []*Received {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.find(q)
}

// find is called with the lock held.
func (b *Inbox) find(q InboxQuery) []*Received {
	list := []*Received{}
	for _, r := range b.list {
		if q.matches(r) {
			list = append(list, r)
		}
	}
	if q.Limit > 0 && len(list) > q.Limit {
		list = list[len(list)-q.Limit:]
	}
	return list
}

func (q *InboxQuery) matches(r *Received) bool {
	return r.ID > q.After && (q.Address == "" || r.Address == cleanAddress(q.Address)) &&
		(q.Good == nil || *q.Good == r.Verdict.Good) && (q.Text == "" || r.holds(q.Text))
}

func (r *Received) holds(text string) bool {
	if strings.Contains(string(r.Body), text) {
		return true
	}
	for _, values := range r.Header {
		if slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, text) }) {
			return true
		}
	}
	return false
}

// Wait gives the requests that q asks for as soon as there are at least so many; fewer where ctx ends first, with its error.
func (b *Inbox) Wait(ctx context.Context, q InboxQuery, least int) ([]*Received, error) {
	limit := q.Limit
	q.Limit = 0
	for {
		b.mu.Lock()
		list := b.find(q)
		if b.changed == nil {
			b.changed = make(chan struct{})
		}
		changed := b.changed
		b.mu.Unlock()
		enough := len(list) >= max(least, 1)
		if limit > 0 && len(list) > limit {
			list = list[len(list)-limit:]
		}
		if enough {
			return list, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return list, ctx.Err()
		}
	}
}

// Clear forgets all requests and, with scripts, what was to be answered. It says how many requests there were; ids go on.
func (b *Inbox) Clear(scripts bool) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(b.list)
	b.list, b.bytes = nil, 0
	if scripts {
		clear(b.scripts)
	}
	return n
}

// Dropped is how many requests made room for others.
func (b *Inbox) Dropped() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.dropped
}

// Script says what an address answers, request by request; behind the last answer it is 204 again. Answers that were
// scripted before and not given yet are replaced. The error is ErrTooMany.
func (b *Inbox) Script(address string, answers ...InboxAnswer) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	address = cleanAddress(address)
	switch {
	case len(answers) == 0:
		delete(b.scripts, address)
		return nil
	case len(answers) > inboxAnswers || b.scripts[address] == nil && len(b.scripts) >= inboxNames:
		return ErrTooMany
	}
	b.scripts[address] = &inboxScript{answers: slices.Clone(answers)}
	return nil
}

// next takes the answer for the next request to an address. It is called with the lock held.
func (b *Inbox) next(address string) InboxAnswer {
	script := b.scripts[address]
	if script == nil {
		return InboxAnswer{}
	}
	answer := script.answers[0]
	if script.given++; !answer.Forever && script.given >= max(answer.Times, 1) {
		script.answers, script.given = script.answers[1:], 0
	}
	if len(script.answers) == 0 {
		delete(b.scripts, address)
	}
	return answer
}

// cleanAddress writes an address with one slash before it.
func cleanAddress(path string) string { return "/" + strings.Trim(path, "/") }
