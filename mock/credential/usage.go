package credential

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"understudy/contracts"
)

// A Usage is how a credential was used.
type Usage struct {
	Requests     uint64    `json:"requests"`
	Errors       uint64    `json:"errors"` // answers with a status of 400 or more
	ClientErrors uint64    `json:"client_errors"`
	ServerErrors uint64    `json:"server_errors"`
	Limited      uint64    `json:"limited"`    // answers 429
	Refused      uint64    `json:"refused"`    // answers 401 and 403
	ErrorRate    float64   `json:"error_rate"` // Errors ÷ Requests; 0 before the first
	DayRequests  uint64    `json:"day_requests"`
	DayErrors    uint64    `json:"day_errors"`
	DayErrorRate float64   `json:"day_error_rate"` // of the last 24 hours, by the hour: this one and the 23 before it
	LastUsed     time.Time `json:"last_used,omitzero"`
	Addresses    []string  `json:"addresses,omitempty"`   // the ten that requests came from most lately, the latest first
	ScopesUsed   []string  `json:"scopes_used,omitempty"` // those of its scopes that an operation asked for, sorted
}

// A Use is one answered request.
type Use struct {
	Credential string // id of what was shown, also where it was refused; empty: nothing known was shown
	Name       string // of the credential
	Account    string // whom it stands for; empty: nobody
	User       string
	Audited    bool     // the credential's class has Audit: the request is written down
	Scopes     []string // of the credential; those that the operation asks for count as used
	Operation  *contracts.Operation
	Method     string
	Path       string
	Status     int
	Address    string    // without port
	Request    uint64    // its id in the journal
	Reason     string    // code of what refused it; empty: nothing did
	At         time.Time // zero: now
}

// Bounds of what is counted.
const (
	mostCounted   = 100_000 // credentials; the one that was used least recently is dropped for the next
	mostAddresses = 10
	mostAddress   = 64 // bytes of one that are kept
	usageShards   = 64
)

// Usage gives how a credential was used; zero before the first use.
func (r *Registry) Usage(id string) Usage { return r.usage.of(id, r.clock.Now()) }

// Used counts a request and, where the class asks for it, writes it down for audit.
func (r *Registry) Used(u Use) {
	if u.At.IsZero() {
		u.At = r.clock.Now()
	}
	if u.Credential != "" {
		r.usage.count(&u)
	}
	if u.Audited {
		r.note(AuditEntry{
			At: u.At, Kind: "request", Credential: u.Credential, Name: u.Name, Account: u.Account, User: u.User,
			Method: u.Method, Path: u.Path, Status: u.Status, Result: u.Reason, Address: u.Address, Request: u.Request,
		})
	}
}

// A usageBook counts the uses of credentials. It is safe for concurrent use; its zero value is empty.
type usageBook struct {
	shards [usageShards]usageShard
	held   atomic.Int64  // counters in all shards
	turn   atomic.Uint64 // rises with each use

	mu      sync.Mutex // taken before a shard's
	victims []victim   // the least recently used, the oldest first, as they were when they were looked for
}

// A usageShard holds the counters of some credentials.
type usageShard struct {
	mu       sync.Mutex
	counters map[string]*counter
}

// A victim is a credential that is dropped next, unless it has been used again.
type victim struct {
	id   string
	turn uint64
}

// A counter is what is known of one credential.
type counter struct {
	id   string
	turn uint64 // of the last use

	requests, clientErrors, serverErrors, limited, refused uint64

	last      time.Time // of the use that was counted last
	latest    time.Time // the latest of all: it is another one where a slow request is counted behind a later one
	hours     [24]hourCount
	addresses []string // the latest first
	scopes    []string
}

// An hourCount is what happened in one hour, counted from 1970.
type hourCount struct {
	hour             int32
	requests, errors uint32
}

// shard gives the shard of a credential, by FNV-1a.
func (b *usageBook) shard(id string) *usageShard {
	h := uint32(2166136261)
	for i := range len(id) {
		h = (h ^ uint32(id[i])) * 16777619
	}
	return &b.shards[(h^h>>16)%usageShards]
}

func (b *usageBook) count(u *Use) {
	s := b.shard(u.Credential)
	s.mu.Lock()
	c := s.counters[u.Credential]
	fresh := c == nil
	if fresh {
		if s.counters == nil {
			s.counters = map[string]*counter{}
		}
		c = &counter{id: strings.Clone(u.Credential)}
		s.counters[c.id] = c
		b.held.Add(1)
	}
	c.turn = b.turn.Add(1)
	c.count(u)
	s.mu.Unlock()
	if fresh && b.held.Load() > mostCounted {
		b.drop()
	}
}

// drop forgets the credentials that were used least recently, until no more are held than may be. Those are found for many
// drops at once: whatever is used meanwhile gets a later turn than all of them, so their order stays right.
func (b *usageBook) drop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for b.held.Load() > mostCounted {
		if len(b.victims) == 0 {
			b.findVictims()
		}
		v := b.victims[0]
		b.victims = b.victims[1:]
		s := b.shard(v.id)
		s.mu.Lock()
		if c := s.counters[v.id]; c != nil && c.turn == v.turn {
			delete(s.counters, v.id)
			b.held.Add(-1)
		}
		s.mu.Unlock()
	}
}

// findVictims looks for the tenth that was used least recently. There is one: more are held than may be, and only the holder
// of the lock drops any.
func (b *usageBook) findVictims() {
	all := make([]victim, 0, mostCounted+usageShards)
	for i := range b.shards {
		s := &b.shards[i]
		s.mu.Lock()
		for id, c := range s.counters {
			all = append(all, victim{id, c.turn})
		}
		s.mu.Unlock()
	}
	slices.SortFunc(all, func(x, y victim) int { return cmp.Compare(x.turn, y.turn) })
	b.victims = slices.Clone(all[:len(all)/10])
}

func (b *usageBook) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.victims = nil
	for i := range b.shards {
		s := &b.shards[i]
		s.mu.Lock()
		b.held.Add(-int64(len(s.counters)))
		s.counters = nil
		s.mu.Unlock()
	}
}

// of gives a credential's usage, seen at an instant.
func (b *usageBook) of(id string, now time.Time) Usage {
	s := b.shard(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counters[id]
	if c == nil {
		return Usage{}
	}
	u := Usage{
		Requests: c.requests, ClientErrors: c.clientErrors, ServerErrors: c.serverErrors, Errors: c.clientErrors + c.serverErrors,
		Limited: c.limited, Refused: c.refused, LastUsed: c.latest,
		Addresses: slices.Clone(c.addresses), ScopesUsed: slices.Sorted(slices.Values(c.scopes)),
	}
	if u.LastUsed.After(now) { // the clock was turned back since
		u.LastUsed = c.last
	}
	u.LastUsed = u.LastUsed.UTC().Round(0)
	this := hourOf(now)
	for _, h := range c.hours {
		if h.hour <= this && h.hour > this-int32(len(c.hours)) {
			u.DayRequests += uint64(h.requests)
			u.DayErrors += uint64(h.errors)
		}
	}
	u.ErrorRate, u.DayErrorRate = share(u.Errors, u.Requests), share(u.DayErrors, u.DayRequests)
	return u
}

func share(part, whole uint64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

func (c *counter) count(u *Use) {
	c.requests++
	failed := uint32(0)
	switch {
	case u.Status >= 500:
		c.serverErrors++
		failed = 1
	case u.Status >= 400:
		c.clientErrors++
		failed = 1
	}
	switch u.Status {
	case 401, 403:
		c.refused++
	case 429:
		c.limited++
	}
	c.last = u.At
	if u.At.After(c.latest) {
		c.latest = u.At
	}
	hour := hourOf(u.At)
	n := int32(len(c.hours))
	h := &c.hours[(hour%n+n)%n]
	if h.hour != hour {
		*h = hourCount{hour: hour}
	}
	h.requests++
	h.errors += failed
	c.from(u.Address)
	c.asked(u)
}

// hourOf counts hours from 1970, downwards before it.
func hourOf(t time.Time) int32 {
	seconds := t.Unix()
	hour := seconds / 3600
	if seconds%3600 < 0 {
		hour--
	}
	return int32(hour)
}

// from moves an address to the front of those that requests came from.
func (c *counter) from(address string) {
	if address == "" || len(c.addresses) > 0 && c.addresses[0] == address {
		return
	}
	if len(address) > mostAddress {
		address = shorten(address, mostAddress)
	}
	i := slices.Index(c.addresses, address)
	if i >= 0 {
		address = c.addresses[i]
	} else {
		address = strings.Clone(address)
		if len(c.addresses) < mostAddresses {
			c.addresses = append(c.addresses, "")
		}
		i = len(c.addresses) - 1
	}
	copy(c.addresses[1:i+1], c.addresses[:i])
	c.addresses[0] = address
}

// asked notes those of the credential's scopes that the operation asks for: by the document's security, or by
// x-understudy. Their number is bounded by the contract's.
func (c *counter) asked(u *Use) {
	if u.Operation == nil || len(u.Scopes) == 0 {
		return
	}
	c.askedFor(u.Operation.Behaviour.Scopes, u.Scopes)
	for _, alternative := range u.Operation.Security {
		for i := range alternative {
			c.askedFor(alternative[i].Scopes, u.Scopes)
		}
	}
}

func (c *counter) askedFor(asked, held []string) {
	for _, scope := range asked {
		if slices.Contains(held, scope) && !slices.Contains(c.scopes, scope) {
			c.scopes = append(c.scopes, scope)
		}
	}
}
