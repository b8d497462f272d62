package mock

import (
	"context"
	"slices"
	"time"
)

// Bounds of what a process keeps and sends to let others hear of its exchanges.
const (
	mostWaiting      = 10_000   // entries that wait
	mostWaitingBytes = 16 << 20 // of them, about
	mostFeedBytes    = 16 << 20 // that a feed keeps; a quarter of the journal's where that is less
	sentAtOnce       = 64       // entries
	sentBytes        = 1 << 20  // of them, but for the last one
)

// How long one try to send may take, and what lies between two of them.
const (
	sendPatience = 5 * time.Second
	firstPause   = 50 * time.Millisecond
	longestPause = time.Second
)

// An outbox holds the entries of which the others have still to hear. It is used with the journal's lock held.
type outbox struct {
	waiting  []*Entry
	bytes    int
	underway int // entries that are being sent
	sending  bool
	sent     chan struct{} // closed when nothing waits any more; nil: nothing ever did
	lost     uint64        // entries of which the others will never hear
	logged   uint64        // of them, that the log knows of
	closed   bool
	closing  chan struct{}
}

// post lets the others hear of an entry as soon as that can be. What there is no room for they never hear of.
func (h *journalShare) post(e *Entry) {
	size := weighShared(e)
	if len(h.waiting) >= mostWaiting || h.bytes+size > mostWaitingBytes {
		h.lost++
		return
	}
	h.waiting, h.bytes = append(h.waiting, e), h.bytes+size
	if !h.sending {
		h.sending, h.sent = true, make(chan struct{})
		go h.send()
	}
}

// unpost takes entries out that nobody is to hear of any more.
func (h *journalShare) unpost(which func(*Entry) bool) {
	h.waiting = slices.DeleteFunc(h.waiting, which)
	h.bytes = 0
	for _, e := range h.waiting {
		h.bytes += weighShared(e)
	}
}

// send sends what waits until nothing does. It is the only one that does so at a time.
func (h *journalShare) send() {
	for {
		batch := h.batch()
		if len(batch) == 0 {
			return
		}
		texts, unfit := h.texts(batch)
		arrived := h.deliver(texts)
		h.journal.mu.Lock()
		h.underway = 0
		h.lost += uint64(unfit)
		if !arrived {
			h.lost += uint64(len(texts) + len(h.waiting))
			h.waiting, h.bytes = nil, 0
		}
		before, now := h.logged, h.lost
		h.logged = now
		h.journal.mu.Unlock()
		if seldom(before, now) {
			h.logger.Warn("other processes will not know of some exchanges: the store was away for too long, or they are too large", "exchanges", now)
		}
	}
}

// batch takes the entries that are sent next; none: nothing waits, and the caller is not the one who sends any more.
func (h *journalShare) batch() []*Entry {
	h.journal.mu.Lock()
	defer h.journal.mu.Unlock()
	n, size := 0, 0
	for n < len(h.waiting) && n < sentAtOnce && size < sentBytes {
		size += weighShared(h.waiting[n])
		n++
	}
	batch := slices.Clone(h.waiting[:n])
	clear(h.waiting[:n]) // the journal decides how long they stay
	h.waiting, h.bytes, h.underway = h.waiting[n:], h.bytes-size, n
	if n == 0 {
		h.waiting, h.sending = nil, false
		close(h.sent)
	}
	return batch
}

// deliver sends texts, again and again until they have arrived; false: they have not, and the server has ended.
func (h *journalShare) deliver(texts [][]byte) bool {
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		ctx, cancel := context.WithTimeout(context.Background(), sendPatience)
		err := h.feed.Append(ctx, texts)
		cancel()
		if err == nil {
			return true
		}
		wait := time.NewTimer(pause)
		select {
		case <-wait.C:
		case <-h.closing:
			wait.Stop()
			return false
		}
	}
}

// leave hears of no others any more, and tries nothing twice.
func (h *journalShare) leave() {
	h.journal.mu.Lock()
	again := h.closed
	h.closed = true
	h.journal.mu.Unlock()
	if !again {
		close(h.closing)
		_ = h.feed.Close()
	}
}

// settle waits until the others can hear of all that was answered here.
func (h *journalShare) settle(ctx context.Context) {
	h.journal.mu.Lock()
	sent := h.sent
	h.journal.mu.Unlock()
	if sent == nil {
		return
	}
	select {
	case <-sent:
	case <-ctx.Done():
	}
}
