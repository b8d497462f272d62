package mock

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/bits"

	"understudy/contracts"
	"understudy/mock/store"
)

// Where several processes share the store, each tells the others of the exchanges that it answered, over a feed of its world, and
// keeps theirs beside its own: reading asks nobody. Nothing waits for the feed; what comes late comes later in the list of some processes
// than in that of others.
//
// An entry's ID is its number times idStride, and the number of the process that answered. Its number is greater than those
// of all entries that were known there: so IDs are the same everywhere, never equal, and mostly in the order of the list.

// idStride lies between two IDs that one process gives: exchange 12 of the third process is 1200003.
const idStride = 100_000

// mostNumbers bounds the number of an entry: IDs stay below 2^53, up to which readers of JSON take numbers as they are.
const mostNumbers = 90_000_000_000

// A journalShare is one process's part in a journal that several share.
type journalShare struct {
	journal  *Journal
	feed     store.Feed
	seal     *journalSeal
	mark     uint64 // of what this process writes
	contract *contracts.Contract
	logger   *slog.Logger

	// The rest is used with the journal's lock held.
	greatest uint64            // number of an entry that is known here
	origin   *origin           // of the entries that this process adds now; its epoch says how often the journal was cleared
	own      uint64            // entries that this process has added
	places   map[uint64]uint64 // by ID, of those held
	gone     uint64            // greatest ID that is not held any more
	newest   uint64            // ID of the entry that came last
	unfit    uint64            // what came and was no entry

	outbox
}

// keyCleared → how often the journal was cleared, 8 bytes.
const keyCleared = "cleared"

// shareJournal lets others share the server's journal, and reads what they have told so far.
func (s *Server) shareJournal(ctx context.Context) error {
	open := s.sharing.replica.Feed
	if open == nil {
		return nil
	}
	space := ""
	if s.sandbox != "" {
		space = boxSpace(s.sandbox)
	}
	seal, err := newJournalSeal(s.options.Secret, s.contract.Name, s.sandbox)
	if err != nil {
		return fmt.Errorf("share the journal: %w", err)
	}
	cleared, err := s.shareRecord(ctx, keyCleared)
	if err != nil {
		return fmt.Errorf("share the journal: %w", err)
	}
	limits := s.journal.limits
	feed, err := open(ctx, space, limits.Entries, min(limits.Bytes/4, mostFeedBytes))
	if err != nil {
		return fmt.Errorf("share the journal: %w", err)
	}
	replica := s.sharing.replica.Name
	h := &journalShare{
		journal: s.journal, feed: feed, seal: seal, mark: writerMark(replica, feed.Number()), contract: s.contract, logger: s.logger,
		origin: &origin{replica: replica, epoch: countOf(cleared)}, places: map[uint64]uint64{}, outbox: outbox{closing: make(chan struct{})},
	}
	s.journal.mu.Lock()
	s.journal.share = h
	s.journal.mu.Unlock()
	if err := feed.Watch(ctx, h.take); err != nil {
		return fmt.Errorf("share the journal: %w", err)
	}
	return nil
}

// countOf reads a record that counts.
func countOf(record []byte) uint64 {
	if len(record) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(record)
}

// countShared adds one to a record that counts, and gives what it says then.
func (s *Server) countShared(ctx context.Context, what string) (n uint64, err error) {
	key := s.shareKey(what)
	err = s.options.Store.Update(ctx, func(tx store.Tx) error {
		v, err := tx.Get(key)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		n = countOf(v) + 1
		return tx.Put(key, binary.BigEndian.AppendUint64(nil, n))
	})
	return n, err
}

// leaveJournal ends that others share the journal. What they have still to hear of is told as far as that goes at once.
func (s *Server) leaveJournal() {
	if h := s.journal.shared(); h != nil {
		h.leave()
	}
}

// settleJournals waits until other processes can hear of all that was answered here, in sandboxes too, or ctx ends. The journals were left before: so
// it does not wait for a store that is away.
func (s *Server) settleJournals(ctx context.Context) {
	worlds := []*Server{s}
	if s.sandboxes != nil {
		for _, box := range s.sandboxes.List() {
			worlds = append(worlds, box.server)
		}
	}
	for _, one := range worlds {
		if h := one.journal.shared(); h != nil {
			h.settle(ctx)
		}
	}
}

// shared gives the part in a journal that others share; nil: it is nobody else's.
func (j *Journal) shared() *journalShare {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.share
}

// Shared says whether several processes share the journal, so that it outlives this one.
func (j *Journal) Shared() bool { return j.shared() != nil }

// number gives an entry of this process its ID, and lets the others hear of it. It is called before the entry gets its place.
func (h *journalShare) number(e *Entry) {
	h.greatest++
	h.own++
	e.ID, e.origin = h.greatest*idStride+h.feed.Number()%idStride, h.origin
	h.known(e)
	h.post(e)
}

// known notes the entry that gets the newest place.
func (h *journalShare) known(e *Entry) {
	h.places[e.ID], h.newest = h.journal.newest, e.ID
}

// forget notes that an entry is not held any more.
func (h *journalShare) forget(e *Entry) {
	delete(h.places, e.ID)
	h.gone = max(h.gone, e.ID)
}

// behind is Journal.behind. Of an entry that is not known here those count as seen that have a smaller ID.
func (h *journalShare) behind(id uint64) uint64 {
	if place := h.places[id]; place > 0 {
		return place
	}
	j := h.journal
	for place := j.oldest; place <= j.newest; place++ {
		if e := j.at(place); e != nil && e.ID > id {
			return place - 1
		}
	}
	return j.newest
}

// drop forgets entries. Others stay at their places.
func (h *journalShare) drop(which func(*Entry) bool) (dropped int) {
	j := h.journal
	for place := j.oldest; place <= j.newest; place++ {
		if e := j.at(place); e != nil && which(e) {
			h.forget(e)
			j.stats.Bytes -= e.size
			j.ring[j.slot(place)] = nil
			dropped++
		}
	}
	for j.oldest <= j.newest && j.at(j.oldest) == nil {
		j.oldest++
	}
	return dropped
}

// tell adds to what is said of the journal.
func (h *journalShare) tell(s *JournalStats) {
	s.Held, s.Newest, s.Gone, s.Oldest = len(h.places), h.newest, h.gone, 0
	if e := h.journal.at(h.journal.oldest); e != nil {
		s.Oldest = e.ID
	}
	s.Waiting, s.Unshared = len(h.waiting)+h.underway, h.lost
}

// take keeps what others answered.
func (h *journalShare) take(texts [][]byte) {
	entries := make([]*Entry, 0, len(texts))
	unfit := 0
	var why error
	for _, text := range texts {
		if markOf(text) == h.mark {
			continue
		}
		e, err := h.entry(text)
		if err != nil {
			unfit, why = unfit+1, err
			continue
		}
		entries = append(entries, e)
	}
	j := h.journal
	j.mu.Lock()
	for _, e := range entries {
		h.greatest = max(h.greatest, e.ID/idStride)
		if e.origin.epoch >= h.origin.epoch && h.places[e.ID] == 0 { // what was told twice is one
			j.newest++
			h.known(e)
			j.put(e)
		}
	}
	before := h.unfit
	h.unfit += uint64(unfit)
	now := h.unfit
	j.mu.Unlock()
	if unfit > 0 && seldom(before, now) {
		h.logger.Warn("the shared journal holds what is no exchange of this stand-in; it is passed over", "passed_over", now, "error", why)
	}
}

// seldom says whether a count has become a digit longer, in the binary system: a log which is told of it then stays short.
func seldom(before, now uint64) bool { return bits.Len64(before) != bits.Len64(now) }

// clearJournal forgets all exchanges, in all processes.
func (s *Server) clearJournal(ctx context.Context) (int, error) {
	h := s.journal.shared()
	if h == nil {
		return s.journal.Clear(), nil
	}
	seen := h.feed.Place()
	n, err := s.countShared(ctx, keyCleared)
	if err != nil {
		return 0, fmt.Errorf("clear the journal of %s: %w", s.contract.Name, err)
	}
	cleared := h.cleared(n)
	if err := h.feed.Forget(ctx, seen); err != nil { // nobody takes it for what it was: it is of another epoch
		s.logger.Debug("what was cleared stays in Redis until there is more", "contract", s.contract.Name, "sandbox", s.sandbox, "error", err)
	}
	return cleared, nil
}

// cleared forgets what was recorded before the journal was cleared so often.
func (h *journalShare) cleared(n uint64) int {
	h.journal.mu.Lock()
	defer h.journal.mu.Unlock()
	h.origin = &origin{replica: h.origin.replica, epoch: n}
	h.unpost(func(e *Entry) bool { return e.origin.epoch < n })
	return h.drop(func(e *Entry) bool { return e.origin.epoch < n })
}

// followCleared forgets what was recorded before another process cleared the journal.
func (s *Server) followCleared(ctx context.Context) error {
	h := s.journal.shared()
	if h == nil {
		return nil
	}
	record, err := s.shareRecord(ctx, keyCleared)
	if err != nil {
		return err
	}
	n := countOf(record)
	if h.clearedSoOften(n) {
		return nil
	}
	s.run.mu.Lock()
	defer s.run.mu.Unlock()
	if !h.clearedSoOften(n) { // it was not this process that cleared it meanwhile
		h.cleared(n)
		s.run.restart(s, true)
	}
	return nil
}

func (h *journalShare) clearedSoOften(n uint64) bool {
	h.journal.mu.Lock()
	defer h.journal.mu.Unlock()
	return h.origin.epoch == n
}
