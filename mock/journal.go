package mock

import (
	"bytes"
	"net/http"
	"slices"
	"sync"
	"time"

	"understudy/contracts"
	"understudy/contracts/redact"
)

// An Entry is one exchange in the journal and how its answer came about. The journal's entries are not changed
// after they were added.
type Entry struct {
	ID uint64 // 1 is the first since the server started; given by Journal.Add
	contracts.Exchange
	// RequestSize and ResponseSize are the bytes that the bodies had; zero when Add is called: as long as the body is.
	// RequestCut and ResponseCut say that the journal has cut the body off.
	RequestSize, ResponseSize int
	RequestCut, ResponseCut   bool
	Trace                     Trace
	From                      string // address of the client, with its port where it is known

	Connection uint64 // number of the connection among those that the server met, from 1; 0: not known
	Abandoned  bool   // the client went away before the answer was complete

	Wall time.Time     // when the request came by the machine's time, whatever the server's clock shows
	Took time.Duration // until the answer was sent, by the machine's time

	size     int
	redacted bool
}

// A Trace says how an answer came about.
type Trace struct {
	Operation  string                // id of the operation; empty when the request matched none
	Stages     []StageNote           // what the request went through, in order
	Problem    string                // code of the problem that ended the request early; empty when none did
	Detail     string                // the real reason, whatever the answer's shape lets through
	Violations []contracts.Violation // of the request, or with self-check of the answer
	Changes    []Change              // what changed in the state, in order
	Caller     *Caller               // who sent it; nil when nobody is known
	Events     []Emitted             // what was told to others because of it, in order
	Source     string                // where the answer's body came from: "state", "example", "schema", "problem" ...
	Faults     []Acted               // faults that were ordered and acted on the exchange, in order
}

// An Acted fault is one that acted on an exchange.
type Acted struct {
	Name string // under which it was ordered; empty: the request itself asked for it
	Kind string // "status", "reset", "latency" …
	Note string // what happened: "status 503", "the connection was reset before an answer"
	Vain bool   // it changed nothing: there was no body to break, or the clock stands still
}

// A StageNote is one stage's verdict on a request.
type StageNote struct {
	Name    string // of the stage
	Verdict string // "passed", "refused", "answered", "disturbed": by a fault that was ordered, "failed": a bug; or "observed": it would have been refused, were the stage enforced
	Note    string // why; empty when there is nothing to say
}

// A Change is one change of the state.
type Change struct {
	Kind string // "create", "update", "delete" ...
	Key  string // what was changed: "/pets/12"
}

// JournalLimits bound a journal. Zero values are the defaults.
type JournalLimits struct {
	Entries int // at most so many entries; 0: 10,000
	Bytes   int // at most so many bytes of bodies, headers and notes, about; 0: 64 MiB
	Body    int // a body's bytes behind this many are cut off; 0: 1 MiB
}

// JournalStats is what a journal holds and has dropped.
type JournalStats struct {
	Seen    uint64 // entries added since the start
	Held    int
	Bytes   int    // of those held
	Dropped uint64 // entries that made room for others; cleared ones are not counted
	Cut     uint64 // entries of which a body was cut
	Oldest  uint64 // ID of the oldest entry held; 0 when none is
	Newest  uint64 // ID given last; 0 when none was
}

// A Journal keeps the latest exchanges, bounded in number and bytes. Its readers get redacted entries and never
// hold up Add. It is safe for concurrent use. Make it with NewJournal.
type Journal struct {
	limits   JournalLimits
	redactor *redact.Redactor

	mu      sync.Mutex
	ring    []*Entry // a power of two long, so that an entry's place follows from its ID
	oldest  uint64   // ID of the oldest entry held; newest+1 when none is
	newest  uint64
	stats   JournalStats
	changed chan struct{} // closed by the next Add; nil while nobody follows
}

// entryOverhead is about what an entry costs beside its texts.
const entryOverhead = 512

// NewJournal gives an empty journal whose readers see what r lets through; nil is redact.New(nil).
func NewJournal(limits JournalLimits, r *redact.Redactor) *Journal {
	if limits.Entries <= 0 {
		limits.Entries = 10_000
	}
	if limits.Bytes <= 0 {
		limits.Bytes = 64 << 20
	}
	if limits.Body <= 0 {
		limits.Body = 1 << 20
	}
	if r == nil {
		r = redact.New(nil)
	}
	return &Journal{limits: limits, redactor: r, ring: make([]*Entry, 64), oldest: 1}
}

// Add puts an entry at the end, gives it its ID and drops the oldest ones where a limit asks for it. The journal owns e
// and all that it refers to from then on: nobody may change it. An entry that is larger than the whole journal is
// dropped at once.
func (j *Journal) Add(e *Entry) (id uint64) {
	e.RequestSize, e.ResponseSize = max(e.RequestSize, len(e.RequestBody)), max(e.ResponseSize, len(e.ResponseBody))
	cut := j.cut(&e.RequestBody, &e.RequestCut)
	cut = j.cut(&e.ResponseBody, &e.ResponseCut) || cut
	e.size = e.weigh()

	j.mu.Lock()
	defer j.mu.Unlock()
	if cut {
		j.stats.Cut++
	}
	j.newest++
	e.ID = j.newest
	if j.held() > len(j.ring) {
		j.grow()
	}
	j.ring[j.place(e.ID)] = e
	j.stats.Bytes += e.size
	for j.held() > j.limits.Entries || j.stats.Bytes > j.limits.Bytes {
		j.dropOldest()
		j.stats.Dropped++
	}
	if j.changed != nil {
		close(j.changed)
		j.changed = nil
	}
	return e.ID
}

// cut shortens a body that is too long. It copies, since a slice would keep all of the body in memory.
func (j *Journal) cut(body *[]byte, mark *bool) bool {
	if len(*body) <= j.limits.Body {
		return false
	}
	*body, *mark = bytes.Clone((*body)[:j.limits.Body]), true
	return true
}

// weigh is about what the entry holds in bytes.
func (e *Entry) weigh() int {
	size := entryOverhead + len(e.URL) + len(e.RequestBody) + len(e.ResponseBody) + len(e.Trace.Detail)
	for _, h := range []http.Header{e.RequestHeader, e.ResponseHeader} {
		for name, values := range h {
			size += len(name) + 40
			for _, v := range values {
				size += len(v) + 16
			}
		}
	}
	for i := range e.Trace.Stages {
		size += 48 + len(e.Trace.Stages[i].Note)
	}
	for i := range e.Trace.Changes {
		size += 32 + len(e.Trace.Changes[i].Key)
	}
	for i := range e.Trace.Events {
		size += 96 + len(e.Trace.Events[i].Name) + len(e.Trace.Events[i].Error)
	}
	for i := range e.Trace.Faults {
		size += 48 + len(e.Trace.Faults[i].Note)
	}
	for i := range e.Trace.Violations {
		v := &e.Trace.Violations[i]
		size += 160 + len(v.Pointer) + len(v.Want) + len(v.Got)
	}
	return size
}

func (j *Journal) held() int { return int(j.newest + 1 - j.oldest) }

func (j *Journal) place(id uint64) int { return int(id & uint64(len(j.ring)-1)) }

func (j *Journal) grow() {
	ring := make([]*Entry, 2*len(j.ring))
	for id := j.oldest; id < j.newest; id++ {
		ring[id&uint64(len(ring)-1)] = j.ring[j.place(id)]
	}
	j.ring = ring
}

func (j *Journal) dropOldest() {
	at := j.place(j.oldest)
	j.stats.Bytes -= j.ring[at].size
	j.ring[at] = nil
	j.oldest++
}

// Get gives the entry with an ID, redacted; false when the journal does not hold it.
func (j *Journal) Get(id uint64) (*Entry, bool) {
	j.mu.Lock()
	e := j.at(id)
	j.mu.Unlock()
	if e == nil {
		return nil, false
	}
	return e.Redacted(j.redactor), true
}

func (j *Journal) at(id uint64) *Entry {
	if id < j.oldest || id > j.newest {
		return nil
	}
	return j.ring[j.place(id)]
}

// List gives the entries that q asks for, redacted, the newest last.
func (j *Journal) List(q Query) []*Entry {
	found := j.list(q)
	for i, e := range found {
		found[i] = e.Redacted(j.redactor)
	}
	return found
}

// list gives the entries that q asks for as they are.
func (j *Journal) list(q Query) []*Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	found := []*Entry{} // a list of none is a list, in JSON too
	if q.After > 0 || q.Oldest {
		for id := max(j.oldest, q.After+1); id > q.After && id <= j.newest && (q.Limit <= 0 || len(found) < q.Limit); id++ {
			if e := j.at(id); q.matches(e) {
				found = append(found, e)
			}
		}
	} else {
		for id := j.newest; id >= j.oldest && (q.Limit <= 0 || len(found) < q.Limit); id-- {
			if e := j.at(id); q.matches(e) {
				found = append(found, e)
			}
		}
		slices.Reverse(found)
	}
	return found
}

// Clear drops all entries and says how many they were. IDs go on.
func (j *Journal) Clear() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	held := j.held()
	clear(j.ring)
	j.oldest, j.stats.Bytes = j.newest+1, 0
	return held
}

// Stats says what the journal holds and has dropped.
func (j *Journal) Stats() JournalStats {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.stats
	s.Seen, s.Newest, s.Held = j.newest, j.newest, j.held()
	if s.Held > 0 {
		s.Oldest = j.oldest
	}
	return s
}
