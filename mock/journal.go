package mock

import (
	"bytes"
	"net/http"
	"sync"
	"time"

	"understudy/contracts"
	"understudy/contracts/redact"
)

// An Entry is one exchange in the journal and how its answer came about. The journal's entries are not changed
// after they were added.
type Entry struct {
	ID uint64 // 1 is the first since the server started, where no others share the journal; given by Journal.Add
	contracts.Exchange
	// RequestSize and ResponseSize are the bytes that the bodies had; zero when Add is called: as long as the body is.
	// RequestCut and ResponseCut say that the journal has cut the body off.
	RequestSize, ResponseSize int
	RequestCut, ResponseCut   bool
	Abandoned                 bool // the client went away before the answer was complete
	redacted                  bool
	Trace                     Trace
	From                      string // address of the client, with its port where it is known

	Connection uint64 // number of the connection among those that the server met, from 1; 0: not known

	Wall time.Time     // when the request came by the machine's time, whatever the server's clock shows
	Took time.Duration // until the answer was sent, by the machine's time

	size   int
	origin *origin // nil: no others share the journal
}

// An origin says where an entry of a shared journal comes from. Those of one process have it in common.
type origin struct {
	replica   string
	elsewhere bool
	epoch     uint64 // how often the journal had been cleared
}

// Replica is the name of the process that answered; empty where no others share the journal.
func (e *Entry) Replica() string {
	if e.origin == nil {
		return ""
	}
	return e.origin.replica
}

// Elsewhere says that another process answered.
func (e *Entry) Elsewhere() bool { return e.origin != nil && e.origin.elsewhere }

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
	Gone    uint64 // greatest ID that is not held any more; 0 when all are

	// Where others share the journal, Seen counts their entries too, as far as they came here.
	Waiting  int    // entries of this process that the others have still to hear of
	Unshared uint64 // entries of this process that they will never hear of
}

// A Journal keeps the latest exchanges, bounded in number and bytes. Its readers get redacted entries and never
// hold up Add. It is safe for concurrent use. Make it with NewJournal.
//
// Each entry has a place, from 1 on in the order in which entries came here. It is the entry's ID, unless the journal is shared with
// other processes.
type Journal struct {
	limits   JournalLimits
	redactor *redact.Redactor

	mu      sync.Mutex
	ring    []*Entry      // a power of two long, so that an entry is found by its place
	oldest  uint64        // place of the oldest entry held; newest+1 when none is
	newest  uint64        // place of the entry that came last
	share   *journalShare // nil: this process has it for itself
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
	if j.share == nil {
		e.ID = j.newest
	} else {
		j.share.number(e)
	}
	j.put(e)
	return e.ID
}

// put keeps an entry at the newest place. It is called with the lock held.
func (j *Journal) put(e *Entry) {
	if j.held() > len(j.ring) {
		j.grow()
	}
	j.ring[j.slot(j.newest)] = e
	j.stats.Bytes += e.size
	for j.held() > j.limits.Entries || j.stats.Bytes > j.limits.Bytes {
		j.dropOldest()
	}
	if j.changed != nil {
		close(j.changed)
		j.changed = nil
	}
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

// held is how many places are between the oldest and the newest one.
func (j *Journal) held() int { return int(j.newest + 1 - j.oldest) }

// slot is where in the ring a place is.
func (j *Journal) slot(place uint64) int { return int(place & uint64(len(j.ring)-1)) }

func (j *Journal) grow() {
	ring := make([]*Entry, 2*len(j.ring))
	for place := j.oldest; place < j.newest; place++ {
		ring[place&uint64(len(ring)-1)] = j.ring[j.slot(place)]
	}
	j.ring = ring
}

func (j *Journal) dropOldest() {
	if at := j.slot(j.oldest); j.ring[at] != nil { // a shared journal may have cleared it between others
		if j.share != nil {
			j.share.forget(j.ring[at])
		}
		j.stats.Bytes -= j.ring[at].size
		j.ring[at] = nil
		j.stats.Dropped++
	}
	j.oldest++
}

// Clear drops all entries and says how many they were. IDs go on.
func (j *Journal) Clear() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.share != nil {
		return j.share.drop(func(*Entry) bool { return true })
	}
	held := j.held()
	clear(j.ring)
	j.oldest, j.stats.Bytes = j.newest+1, 0
	return held
}
