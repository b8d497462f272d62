package mock

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"sync"
	"time"

	"understudy/mock/store"
)

// Bounds of what is kept of the management API's changes.
const (
	mostChanges     = 10_000
	mostChangeBytes = 16 << 20
	mostTexts       = 100_000 // digests of credentials that went over the management API
)

// A run is what a bundle is made of besides the journal: the world as it was when its journal began, and what the management
// API changed since.
type run struct {
	mu     sync.Mutex
	start  *store.Memory // nil: the store is another one, and nothing can be recorded
	opened time.Time     // when the server was made
	begin  time.Time
	after  uint64 // number of the last exchange before it, among those that this process answered
	later  bool   // it began when the journal was cleared, not with the world
	seed   uint64 // of the server, whatever the sandbox has
	box    *BundleSandbox

	changes []keptChange
	bytes   int
	lost    int // changes that could not be kept

	given  map[[32]byte]bool // digests of credentials that somebody brought along
	issued map[[32]byte]bool // digests of credentials that the management API made
}

type keptChange struct {
	BundleChange
	after uint64 // number of the exchange before it
}

// startRecord begins the recording of a new world; opened is when its server was made.
func (s *Server) startRecord(opened time.Time, box *BundleSandbox, seed uint64) {
	s.run = &run{opened: opened, box: box, seed: seed, given: map[[32]byte]bool{}, issued: map[[32]byte]bool{}}
	s.run.restart(s, false)
}

// restart lets the run begin with what the store holds now.
func (r *run) restart(s *Server, later bool) {
	r.start = nil
	if memory, ok := s.options.Store.(store.World); ok {
		if err := s.limits.Save(context.Background()); err != nil { // into memory: nothing to wait for
			s.logger.Error("the counters of limits are not in the bundle", "contract", s.contract.Name, "error", err)
		}
		r.start = memory.Fork()
	}
	r.begin, r.after, r.later = s.clock.Now(), s.journal.own(), later
	r.changes, r.bytes, r.lost = nil, 0, 0
	s.requests.Store(0) // ids of requests begin anew, as in a replay
}

// ClearJournal forgets all exchanges, those of other processes that share the journal too, and says how many they were. A bundle
// begins anew with what the world holds now.
func (s *Server) ClearJournal(ctx context.Context) (int, error) {
	s.run.mu.Lock()
	defer s.run.mu.Unlock()
	n, err := s.clearJournal(ctx)
	if err != nil {
		return 0, err
	}
	s.run.restart(s, true)
	return n, nil
}

// StartOver is Reset and ClearJournal in one: the world is as it was at the start, and so is its record.
func (s *Server) StartOver(ctx context.Context) (cleared int, err error) {
	if err := s.Reset(ctx); err != nil {
		return 0, err
	}
	s.run.mu.Lock()
	defer s.run.mu.Unlock()
	n, err := s.clearJournal(ctx)
	if err != nil {
		return 0, err
	}
	s.run.restart(s, false)
	return n, nil
}

// Changed notes that the management API has changed the world, so that a bundle can repeat it. answer is what it said:
// credentials in it are the stand-in's own. A body that is left out (whole is false) makes the bundle incomplete.
func (s *Server) Changed(change BundleChange, answer []byte, whole bool) {
	r := s.run
	r.mu.Lock()
	defer r.mu.Unlock()
	learnTexts(r.given, []byte(change.Body))
	learnTexts(r.issued, answer)
	size := len(change.Body) + len(change.Query) + 200
	if !whole || len(r.changes) >= mostChanges || r.bytes+size > mostChangeBytes {
		r.lost++
		return
	}
	r.bytes += size
	r.changes = append(r.changes, keptChange{change, s.journal.own()})
}

// revealing are the members in which the management API takes and shows the texts of credentials.
var revealing = []string{"text", "password", "secret", "token", "key"}

// learnTexts notes the digests of the credentials that a JSON object of the management API holds.
func learnTexts(known map[[32]byte]bool, body []byte) {
	var object map[string]any
	if len(body) == 0 || json.Unmarshal(body, &object) != nil {
		return
	}
	for len(known) < mostTexts {
		for _, name := range revealing {
			if text, ok := object[name].(string); ok && text != "" {
				known[sha256.Sum256([]byte(text))] = true
			}
		}
		inner, ok := object["key"].(map[string]any) // of a rotation
		if !ok {
			return
		}
		object = inner
	}
}
