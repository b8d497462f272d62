package credential

import (
	"strings"
	"sync"
	"time"
)

// An AuditEntry is one request with a credential that is audited, one try to log in or to refresh, or one change of a
// credential.
type AuditEntry struct {
	ID         uint64    `json:"id"` // rises by one, from 1
	At         time.Time `json:"at"`
	Kind       string    `json:"kind"` // request, login, refresh, logout, create, change, rotate, revoke
	Credential string    `json:"credential,omitempty"`
	Name       string    `json:"name,omitempty"` // of the credential
	Account    string    `json:"account,omitempty"`
	User       string    `json:"user,omitempty"`
	Method     string    `json:"method,omitempty"`
	Path       string    `json:"path,omitempty"` // without query
	Status     int       `json:"status,omitempty"`
	Result     string    `json:"result"` // ok, or the code of the refusal
	Address    string    `json:"address,omitempty"`
	Request    uint64    `json:"request,omitempty"` // id in the journal
}

// Bounds of the log. Texts of requests are cut, so that nobody fills the memory by asking for long paths.
const (
	mostAudited  = 100_000 // entries; the oldest are dropped
	auditPart    = 1000    // entries that are made room for at once
	mostPath     = 512     // bytes of a path
	mostMethod   = 32
	mostResult   = 64
	mostAuditKey = 200 // bytes of ids and names
)

// Audit gives the entries behind an id, the oldest first, at most limit (0: all), and how many older ones were dropped to
// keep the log bounded: those with the ids 1 to dropped.
func (r *Registry) Audit(after uint64, limit int) (entries []AuditEntry, dropped uint64) {
	return r.audit.list(after, limit)
}

// Note writes down what happened outside of the registry, as at the identity provider. Its id is the log's, its time is now
// where it has none. Callers give ids and names only, never a text that is secret.
func (r *Registry) Note(e AuditEntry) { r.note(e) }

// note is Note. No query comes in with the path. It must not be called within a transaction, which may still fail.
func (r *Registry) note(e AuditEntry) {
	if e.At.IsZero() {
		e.At = r.clock.Now()
	}
	e.At = e.At.UTC().Round(0)
	if e.Result == "" {
		e.Result = "ok"
	}
	// What comes from a request is cloned: a part of a request's line would keep the whole line, query included.
	path, _, _ := strings.Cut(e.Path, "?")
	path, _, _ = strings.Cut(path, "#")
	e.Path = strings.Clone(shorten(path, mostPath))
	e.Method = methodWord(e.Method)
	e.Address = strings.Clone(shorten(e.Address, mostAddress))
	e.Result = shorten(e.Result, mostResult)
	for _, text := range []*string{&e.Credential, &e.Name, &e.Account, &e.User} {
		*text = shorten(*text, mostAuditKey)
	}
	r.audit.append(e)
}

// methodWord gives a method without a request's line behind it.
func methodWord(method string) string {
	switch method {
	case "GET":
		return "GET"
	case "POST":
		return "POST"
	case "PUT":
		return "PUT"
	case "PATCH":
		return "PATCH"
	case "DELETE":
		return "DELETE"
	case "HEAD":
		return "HEAD"
	case "OPTIONS":
		return "OPTIONS"
	}
	return strings.Clone(shorten(method, mostMethod))
}

// An auditBook is a log that forgets its oldest entries. It is safe for concurrent use; its zero value is empty.
type auditBook struct {
	mu    sync.RWMutex
	parts [mostAudited / auditPart]*[auditPart]AuditEntry // entry id-1 is in part (id-1)/auditPart, round and round
	last  uint64                                          // id of the newest entry
}

func (b *auditBook) at(id uint64) *AuditEntry {
	i := (id - 1) % mostAudited
	return &b.parts[i/auditPart][i%auditPart]
}

func (b *auditBook) append(e AuditEntry) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last++
	e.ID = b.last
	if part := &b.parts[(e.ID-1)%mostAudited/auditPart]; *part == nil {
		*part = new([auditPart]AuditEntry)
	}
	*b.at(e.ID) = e
}

func (b *auditBook) list(after uint64, limit int) ([]AuditEntry, uint64) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	dropped := uint64(0)
	if b.last > mostAudited {
		dropped = b.last - mostAudited
	}
	first := max(after, dropped)
	if first >= b.last {
		return []AuditEntry{}, dropped
	}
	n := b.last - first
	if limit > 0 {
		n = min(n, uint64(limit))
	}
	entries := make([]AuditEntry, n)
	for i := range entries {
		entries[i] = *b.at(first + 1 + uint64(i))
	}
	return entries, dropped
}

func (b *auditBook) reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.parts[:])
	b.last = 0
}
