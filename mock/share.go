package mock

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"understudy/contracts"
	"understudy/mock/clock"
	"understudy/mock/store"
)

// A store that several processes share (store.Shared) holds state, credentials, counters and deliveries at all times. What the
// management API sets besides, and servers hold in memory, stands in one record there, the settings; each process
// follows it. Keys are "share/" + contract's name + NUL and one of these.
const (
	keySettings = "settings" // → settings
	keyReturned = "returned" // → how often the state was put back to another one, 8 bytes
	keyCourse   = "course"   // → clock.Course of a sandbox
	keyHits     = "hit\x00"  // + name of a fault, NUL, instant of its order → how many requests it was for, 8 bytes
	keyClaim    = "claim\x00"
	keyBox      = "box\x00" // + name of a sandbox → boxRecord
	keySnapshot = "snapshot\x00"
)

// A Replica is this process among several over one store.
type Replica struct {
	Name   string // that no other process ever has
	Number uint64 // likewise; below 65,536
	// Space opens a world beside the server's own, of a sandbox or a snapshot, under a name; Drop removes it.
	Space func(ctx context.Context, name string) (store.World, error)
	Drop  func(ctx context.Context, name string) error
	// Feed opens the feed over which a world's journal is shared, which keeps so many entries and bytes; the name is empty for the
	// server's own world, else as for Space, and Drop removes it. nil: each process has a journal for itself.
	Feed func(ctx context.Context, name string, entries, bytes int) (store.Feed, error)
}

// sharing is a server's part in a store that several processes share.
type sharing struct {
	store   store.Shared
	replica *Replica
	stop    func()

	mu       sync.Mutex
	settings []byte // as they are known here
	returned []byte
	course   []byte

	working sync.Mutex    // held while what is to be done is done
	tasks   atomic.Uint32 // what is to be done
	doing   atomic.Uint32 // what somebody is doing of it
	wake    chan struct{} // holds one token at most
	closed  chan struct{}
	once    sync.Once
	leads   atomic.Bool
}

// The tasks of those who follow others.
const (
	taskDue      = 1 << iota // the clock may have something else to change next
	taskSettings             // somebody set something
	taskReturned             // the state was put back to another one
	taskCourse               // the clock was moved
	taskBoxes                // sandboxes came or went
	taskCleared              // the journal was cleared
)

// settings are what the management API sets and servers hold in memory.
type settings struct {
	Modules []string                 `json:"modules_off,omitempty"`
	Muted   []string                 `json:"families_off,omitempty"`
	Lives   map[string]time.Duration `json:"lifetimes,omitempty"`
	Faults  []settingsFault          `json:"faults"`
}

type settingsFault struct {
	contracts.FaultBehaviour
	Given   bool      `json:"given,omitempty"`
	Ordered time.Time `json:"ordered"`
}

func (s *Server) shareKey(what string) string { return "share/" + s.contract.Name + "\x00" + what }

// openShare makes the server one of several over its store, where that is such a store.
func (s *Server) openShare(ctx context.Context) error {
	shared, ok := s.options.Store.(store.Shared)
	if !ok {
		return nil
	}
	if s.options.Replica == nil {
		return errors.New("a store that several processes share needs to know which of them this is")
	}
	h := &sharing{store: shared, replica: s.options.Replica, wake: make(chan struct{}, 1), closed: make(chan struct{})}
	s.sharing = h
	h.stop = shared.Watch(s.hear)
	if err := s.shareJournal(ctx); err != nil {
		s.leaveShare()
		return err
	}
	h.tasks.Or(taskSettings | taskBoxes | taskCourse)
	s.work(ctx)
	go func() {
		for {
			select {
			case <-h.wake:
				s.work(context.Background())
			case <-h.closed:
				return
			}
		}
	}()
	return nil
}

// leaveShare ends it.
func (s *Server) leaveShare() {
	if h := s.sharing; h != nil {
		h.once.Do(func() {
			h.stop()
			close(h.closed)
			s.leaveJournal()
		})
	}
}

// hear notes what others did that concerns more than the store. It is called with the store's lock held.
func (s *Server) hear(changes []store.Change) {
	h, base, todo := s.sharing, s.shareKey(""), uint32(0)
	for _, c := range changes {
		rest, ours := strings.CutPrefix(c.Key, base)
		switch {
		case !ours:
			if strings.HasPrefix(c.Key, "resource/") && strings.Contains(c.Key, "\x01t") {
				todo |= taskDue
			}
		case rest == keySettings:
			todo |= taskSettings
		case rest == keyReturned:
			todo |= taskReturned
		case rest == keyCourse:
			todo |= taskCourse
		case rest == keyCleared:
			todo |= taskCleared
		case strings.HasPrefix(rest, keyBox), strings.HasPrefix(rest, keySnapshot):
			todo |= taskBoxes
		}
	}
	if todo == 0 {
		return
	}
	h.tasks.Or(todo)
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// work does what is to be done.
func (s *Server) work(ctx context.Context) {
	h := s.sharing
	h.working.Lock()
	defer h.working.Unlock()
	h.doing.Store(h.tasks.Load()) // so that it is seen all the time that something is to be done
	todo := h.tasks.Swap(0)
	h.doing.Store(todo)
	defer h.doing.Store(0)
	var errs []error
	if todo&taskReturned != 0 {
		errs = append(errs, s.followReturn(ctx))
	}
	if todo&taskCourse != 0 {
		errs = append(errs, s.followCourse(ctx))
	}
	if todo&taskCleared != 0 {
		errs = append(errs, s.followCleared(ctx))
	}
	if todo&taskSettings != 0 {
		errs = append(errs, s.followSettings(ctx))
	}
	if todo&taskBoxes != 0 && s.sandboxes != nil {
		errs = append(errs, s.sandboxes.follow(ctx))
	}
	if todo&taskDue != 0 {
		errs = append(errs, s.resources.Awaken(ctx))
	}
	if err := errors.Join(errs...); err != nil {
		s.logger.Error("what another process did is not known yet", "contract", s.contract.Name, "error", err)
	}
}

// shareRecord reads a record of the sharing; nil: there is none.
func (s *Server) shareRecord(ctx context.Context, what string) (value []byte, err error) {
	err = s.options.Store.View(ctx, func(tx store.Tx) error {
		v, err := tx.Get(s.shareKey(what))
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		value = v
		return err
	})
	return value, err
}

func (s *Server) putShareRecord(ctx context.Context, what string, value []byte) error {
	return s.options.Store.Update(ctx, func(tx store.Tx) error { return tx.Put(s.shareKey(what), value) })
}

// attend lets a request see all that was answered before it came, whichever process answered.
func (s *Server) attend(r **http.Request) *Problem {
	h := s.sharing
	if h == nil {
		return nil
	}
	was := (*r).Context()
	ctx, err := h.store.Refresh(was)
	if err != nil {
		return internalProblem(err)
	}
	if ctx != was {
		*r = (*r).WithContext(ctx)
	}
	if h.tasks.Load()|h.doing.Load() != 0 {
		s.work(ctx)
	}
	return nil
}

// Attend is for those who use the server otherwise than by a request: what other processes have set is set here too when it
// returns.
func (s *Server) Attend(ctx context.Context) error {
	h := s.sharing
	if h == nil {
		return nil
	}
	ctx, err := h.store.Refresh(ctx)
	if err == nil && h.tasks.Load()|h.doing.Load() != 0 {
		s.work(ctx)
	}
	return err
}

// withShare is a state to which the server is to be put back, with the records of the sharing as they are now.
func (s *Server) withShare(ctx context.Context, state *store.Memory) (*store.Memory, error) {
	if s.sharing == nil {
		return state, nil
	}
	state = state.Fork()
	return state, s.options.Store.View(ctx, func(now store.Tx) error {
		return state.Update(ctx, func(tx store.Tx) error {
			for key := range tx.Scan(s.shareKey(""), store.Scan{}) {
				if err := tx.Delete(key); err != nil {
					return err
				}
			}
			for key, value := range now.Scan(s.shareKey(""), store.Scan{}) {
				if err := tx.Put(key, value); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// awayProblem says that the store cannot be reached.
func awayProblem(cause error) *Problem {
	return &Problem{
		Status: http.StatusServiceUnavailable, Code: codeStoreAway, Detail: "The place where state is kept cannot be reached; try again.", Cause: cause,
		Header: http.Header{"Retry-After": {"1"}},
	}
}

// Publish lets the other processes over the server's store know what the management API has set.
func (s *Server) Publish(ctx context.Context) error {
	h := s.sharing
	if h == nil {
		return nil
	}
	data, err := json.Marshal(s.currentSettings())
	if err != nil {
		return fmt.Errorf("share the settings of %s: %w", s.contract.Name, err)
	}
	h.mu.Lock()
	same := bytes.Equal(data, h.settings)
	h.mu.Unlock()
	if same {
		return nil
	}
	if err := s.putShareRecord(ctx, keySettings, data); err != nil {
		return fmt.Errorf("share the settings of %s: %w", s.contract.Name, err)
	}
	h.mu.Lock()
	h.settings = data
	h.mu.Unlock()
	return nil
}

func (s *Server) currentSettings() settings {
	var now settings
	s.modules.mu.Lock()
	now.Modules = slices.Sorted(maps.Keys(s.modules.off))
	s.modules.mu.Unlock()
	s.muted.mu.Lock()
	now.Muted = slices.Sorted(maps.Keys(s.muted.off))
	s.muted.mu.Unlock()
	now.Lives = s.credentials.Lives()
	now.Faults = []settingsFault{}
	for _, f := range *s.faults.list.Load() {
		now.Faults = append(now.Faults, settingsFault{f.spec, f.given, f.ordered})
	}
	return now
}

// followSettings sets what another process has set.
func (s *Server) followSettings(ctx context.Context) error {
	h := s.sharing
	data, err := s.shareRecord(ctx, keySettings)
	h.mu.Lock()
	known := bytes.Equal(data, h.settings)
	h.mu.Unlock()
	if err != nil || data == nil || known {
		return err
	}
	var want settings
	if err := json.Unmarshal(data, &want); err != nil {
		return fmt.Errorf("read the settings: %w", err)
	}
	off := map[string]bool{}
	for _, name := range want.Modules {
		off[name] = true
	}
	s.modules.mu.Lock()
	s.hide(off)
	s.modules.mu.Unlock()
	muted := map[string]bool{}
	for _, name := range want.Muted {
		muted[name] = true
	}
	s.muted.mu.Lock()
	s.muted.off = muted
	s.muted.mu.Unlock()
	s.credentials.SetLives(want.Lives)
	if err := s.faults.replace(want.Faults); err != nil {
		return err
	}
	h.mu.Lock()
	h.settings = data
	h.mu.Unlock()
	return nil
}

// tellReturn lets the others know that the state was put back to another one.
func (s *Server) tellReturn(ctx context.Context) error {
	h := s.sharing
	if h == nil {
		return nil
	}
	var now []byte
	err := s.options.Store.Update(ctx, func(tx store.Tx) error {
		n := uint64(0)
		if v, err := tx.Get(s.shareKey(keyReturned)); err == nil && len(v) == 8 {
			n = binary.BigEndian.Uint64(v)
		}
		h.mu.Lock()
		if len(h.returned) == 8 {
			n = max(n, binary.BigEndian.Uint64(h.returned)) // what it was put back to may be older
		}
		h.mu.Unlock()
		now = binary.BigEndian.AppendUint64(nil, n+1)
		return tx.Put(s.shareKey(keyReturned), now)
	})
	if err == nil {
		h.mu.Lock()
		h.returned = now
		h.mu.Unlock()
		err = s.Publish(ctx)
	}
	return err
}

// followReturn forgets what was remembered of a state that another process has put away.
func (s *Server) followReturn(ctx context.Context) error {
	h := s.sharing
	data, err := s.shareRecord(ctx, keyReturned)
	h.mu.Lock()
	known := bytes.Equal(data, h.returned)
	h.returned = data
	h.mu.Unlock()
	if err != nil || known {
		return err
	}
	s.resources.Restored()
	return s.webhooks.Restored(ctx)
}

// shareCourse lets a sandbox's clock go alike in all processes. The server's own is shared by whoever made it.
func (s *Server) shareCourse(k *clock.Virtual) {
	if s.sharing == nil {
		return
	}
	k.OnMove(func(c clock.Course) {
		data, err := json.Marshal(c)
		if err == nil {
			s.sharing.mu.Lock()
			s.sharing.course = data
			s.sharing.mu.Unlock()
			err = s.putShareRecord(context.Background(), keyCourse, data)
		}
		if err != nil {
			s.logger.Error("the other processes do not know of the clock's move", "contract", s.contract.Name, "sandbox", s.sandbox, "error", err)
		}
	})
}

func (s *Server) followCourse(ctx context.Context) error {
	k, ok := s.clock.(*clock.Virtual)
	if !ok || s.sandbox == "" {
		return nil
	}
	h := s.sharing
	data, err := s.shareRecord(ctx, keyCourse)
	h.mu.Lock()
	known := bytes.Equal(data, h.course)
	h.course = data
	h.mu.Unlock()
	if err != nil || known || data == nil {
		return err
	}
	var c clock.Course
	if err := json.Unmarshal(data, &c); err != nil {
		return fmt.Errorf("read the clock of the sandbox %s: %w", s.sandbox, err)
	}
	return k.Adopt(c)
}

// replace sets the faults that another process ordered. Those that are known keep what they came to here.
func (f *Faults) replace(want []settingsFault) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	known := *f.list.Load()
	list := []*fault{}
	for _, w := range want {
		if have := find(known, w.Name); have != nil && have.ordered.Equal(w.Ordered) {
			list = append(list, have)
			continue
		}
		one, err := f.prepareAt(w.FaultBehaviour, w.Ordered)
		if err != nil {
			return fmt.Errorf("take over the fault %s of another process: %w", w.Name, err)
		}
		one.given = w.Given
		list = append(list, one)
	}
	f.list.Store(&list)
	return nil
}

// counted gives the number of a request among all that a fault was for, over all processes.
func (s *Server) counted(o *fault) (uint64, error) {
	n, err := s.countShared(context.Background(), keyHits+o.spec.Name+"\x00"+o.ordered.Format(time.RFC3339Nano))
	if err != nil {
		return 0, err
	}
	return n - 1, nil
}

// Lead lets this process send the deliveries of the server and of its sandboxes, or no longer. It is for stores that several
// processes share; exactly one of them is to send.
func (s *Server) Lead(ctx context.Context, leads bool) error {
	if s.sharing == nil {
		return nil
	}
	s.sharing.leads.Store(leads)
	act := func(one *Server) error {
		if leads {
			return one.webhooks.Lead(ctx)
		}
		return one.webhooks.Yield(ctx)
	}
	err := act(s)
	if s.sandboxes != nil {
		for _, box := range s.sandboxes.List() {
			err = errors.Join(err, act(box.server))
		}
	}
	return err
}

// Leads says whether this process sends the deliveries.
func (s *Server) Leads() bool { return s.webhooks.Leads() }
