package mock

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"iter"
	"sync"

	"understudy/contracts/redact"
)

// Entries are the exchanges of a journal as readers may see them, none with a secret in it.
type Entries interface {
	Get(id uint64) (*Entry, bool)
	List(q Query) []*Entry
	Follow(ctx context.Context, after uint64) iter.Seq2[*Entry, uint64]
}

// A MarkedJournal shows a journal's entries with marks in place of secrets (redact.Marker), equal ones where the secrets are equal:
// for those who judge what became of a credential without knowing it. It is safe for concurrent use.
type MarkedJournal struct {
	journal *Journal
	marking *redact.Marking

	mu      sync.Mutex
	learned uint64 // place of the latest entry whose secrets are known in all others
}

var _, _ Entries = (*Journal)(nil), (*MarkedJournal)(nil)

// Marked gives the journal with marks. They are equal in all stand-ins that take their credentials from one secret.
func (s *Server) Marked() *MarkedJournal { return s.marked }

// newMarked gives the journal with marks that only the secret's owner can make.
func newMarked(j *Journal, r *redact.Redactor, secret [32]byte) *MarkedJournal {
	mac := hmac.New(sha256.New, secret[:])
	mac.Write([]byte("marks in journals"))
	return &MarkedJournal{journal: j, marking: r.Marking(redact.NewMarker(mac.Sum(nil)))}
}

// Get gives the entry with an ID; false when the journal does not hold it.
func (m *MarkedJournal) Get(id uint64) (*Entry, bool) {
	m.learn()
	e := m.journal.get(id)
	if e == nil {
		return nil, false
	}
	return m.show(e), true
}

// List gives the entries that q asks for, the newest last.
func (m *MarkedJournal) List(q Query) []*Entry {
	m.learn()
	found := m.journal.list(q)
	for i, e := range found {
		found[i] = m.show(e)
	}
	return found
}

// Follow is the journal's Follow. What only a later entry shows to be a secret stands in an earlier one as it came.
func (m *MarkedJournal) Follow(ctx context.Context, after uint64) iter.Seq2[*Entry, uint64] {
	return func(yield func(*Entry, uint64) bool) {
		for e, missed := range m.journal.follow(ctx, after) {
			m.learn()
			if !yield(m.show(e), missed) {
				return
			}
		}
	}
}

func (m *MarkedJournal) show(e *Entry) *Entry {
	clean, work := m.marking.Exchange(&e.Exchange)
	return e.without(clean, work)
}

// learn looks for secrets in the entries that came since it did so last.
func (m *MarkedJournal) learn() {
	m.mu.Lock()
	defer m.mu.Unlock()
	list, last := m.journal.since(m.learned)
	for _, e := range list {
		m.marking.Learn(&e.Exchange)
	}
	m.learned = last
}
