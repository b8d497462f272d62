package mock

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"understudy/mock/clock"
	"understudy/mock/credential"
	"understudy/mock/store"
)

// Bounds of sandboxes.
const (
	mostSandboxes  = 10_000
	mostSnapshots  = 1_000
	mostTombstones = 1_000
	defaultIdle    = time.Hour
	sandboxEntries = 1_000   // of a sandbox's journal
	sandboxBytes   = 8 << 20 // of a sandbox's journal
)

// firstSnapshot is what was there when the server started.
const firstSnapshot = "start"

// What callers of Sandboxes decide on.
var (
	ErrNoSandbox  = errors.New("there is no such sandbox")
	ErrNoSnapshot = errors.New("there is no such snapshot")
	ErrTaken      = errors.New("the name is taken")
	ErrBadName    = errors.New("a name has 1 to 63 letters, digits, dots, hyphens and underscores, and begins with a letter or digit")
	ErrTooMany    = errors.New("there are too many")
	ErrNotMemory  = errors.New("sandboxes need the memory store and a clock that can be moved")
)

// A Sandbox is one isolated world inside a server: its own state, credentials, counters, clock, seed, faults and journal.
type Sandbox struct {
	Name      string
	Snapshot  string // that it was forked from
	CreatedAt time.Time
	Idle      time.Duration // how long nobody may use it until it is dropped, by real time or the server's clock; 0: it stays
	Key       string        // text of a credential that leads here; empty: none was asked for

	hash   keyHash    // of Key; zero: there is none
	record *boxRecord // where several processes share the store; replaced with the lock held
	server *Server
	used   atomic.Int64 // Unix nanoseconds of the last use, on the server's clock
	stop   func() bool  // keeps it from being dropped for idleness; nil: nothing waits to do so
}

// Server gives what answers in the sandbox.
func (b *Sandbox) Server() *Server { return b.server }

// UsedAt is when it was used last, on the server's clock.
func (b *Sandbox) UsedAt() time.Time { return time.Unix(0, b.used.Load()).UTC() }

// SandboxOptions say what a sandbox is like. The zero value is a fork of how the server started.
type SandboxOptions struct {
	Name     string
	Snapshot string        // empty: "start"
	Seed     uint64        // of its invented values; used where Seeded is set, else the server's
	Seeded   bool          //
	At       time.Time     // where its clock stands; zero: where the server's does
	Frozen   bool          // its clock stands still until it is moved; false: it goes as the server's
	Idle     time.Duration // 0: an hour; negative: it is never dropped
	// Keyed makes a credential in the sandbox that leads to it: requests that show it need no header. Such a sandbox
	// issues other texts than the others.
	Keyed bool
}

// Sandboxes are the sandboxes and snapshots of one server.
type Sandboxes struct {
	main *Server
	auto bool // one that a request names is made when it is not there

	names atomic.Int64 // how many sandboxes there are and are known to have been, to be looked at without the lock

	mu        sync.RWMutex
	boxes     map[string]*Sandbox
	keys      map[keyHash]*Sandbox // by the digest of the credential that leads there
	snapshots map[string]*Snapshot
	dropped   map[string]string // name → why it is not there any more; the latest only
	graves    []string          // their names, the oldest first
}

// A keyHash is the digest of a credential's text.
type keyHash [sha256.Size]byte

func hashOfKey(text string) keyHash { return sha256.Sum256([]byte(text)) }

func newSandboxes(ctx context.Context, s *Server) (*Sandboxes, error) {
	b := &Sandboxes{main: s, auto: s.options.AutoSandboxes, boxes: map[string]*Sandbox{}, keys: map[keyHash]*Sandbox{}, snapshots: map[string]*Snapshot{}, dropped: map[string]string{}}
	if memory, ok := s.options.Store.(store.World); ok {
		b.snapshots[firstSnapshot] = &Snapshot{Name: firstSnapshot, TakenAt: s.clock.Now(), memory: memory.Fork()}
	}
	return b, b.share(ctx)
}

var sandboxName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

// Create makes a sandbox as a fork of a snapshot: nothing is copied until somebody changes it.
func (b *Sandboxes) Create(ctx context.Context, o SandboxOptions) (*Sandbox, error) {
	if !sandboxName.MatchString(o.Name) {
		return nil, ErrBadName
	}
	if o.Snapshot == "" {
		o.Snapshot = firstSnapshot
	}
	b.mu.RLock()
	snapshot, taken, n := b.snapshots[o.Snapshot], b.boxes[o.Name] != nil, len(b.boxes)
	b.mu.RUnlock()
	switch {
	case taken:
		return nil, ErrTaken
	case snapshot == nil && o.Snapshot == firstSnapshot:
		return nil, ErrNotMemory
	case snapshot == nil:
		return nil, fmt.Errorf("%w %.70q", ErrNoSnapshot, o.Snapshot)
	case n >= mostSandboxes:
		return nil, fmt.Errorf("%w: %d sandboxes", ErrTooMany, n)
	}
	world, err := b.claim(ctx, o, snapshot)
	if err != nil {
		return nil, err
	}
	made := false
	defer func() {
		if !made {
			b.unclaim(o.Name)
		}
	}()
	server, err := b.main.fork(world, o, false)
	if err != nil {
		return nil, err
	}
	box := &Sandbox{Name: o.Name, Snapshot: o.Snapshot, CreatedAt: b.main.clock.Now(), Idle: o.Idle, server: server}
	if o.Idle == 0 {
		box.Idle = defaultIdle
	} else if o.Idle < 0 {
		box.Idle = 0
	}
	box.used.Store(box.CreatedAt.UnixNano())
	if o.Keyed {
		issued, err := server.credentials.CreateKey(ctx, credential.KeyRequest{Name: "sandbox " + o.Name})
		if err != nil {
			return nil, fmt.Errorf("make the credential of the sandbox: %w", err)
		}
		box.Key, box.hash = issued.Text, hashOfKey(issued.Text)
	}
	server.origin = server.options.Store.(store.World).Fork()
	if err := b.tell(ctx, box, o); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.boxes[o.Name] != nil {
		return nil, ErrTaken
	}
	made = true
	b.place(box)
	return box, nil
}

// place lets a sandbox be found. It is called with the lock held.
func (b *Sandboxes) place(box *Sandbox) {
	b.boxes[box.Name] = box
	if box.hash != (keyHash{}) {
		b.keys[box.hash] = box
	}
	delete(b.dropped, box.Name)
	b.names.Store(int64(len(b.boxes) + len(b.dropped)))
	b.watch(box)
}

// watch drops a sandbox when it was idle for too long. It is called with the lock held.
func (b *Sandboxes) watch(box *Sandbox) {
	if box.Idle == 0 {
		return
	}
	k := b.main.clock
	left := box.UsedAt().Add(box.Idle).Sub(k.Now())
	box.stop = clock.Schedule(k, left, "drop the sandbox "+box.Name+" unless it was used", func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.boxes[box.Name] != box {
			return
		}
		if k.Now().Before(box.UsedAt().Add(box.Idle)) || b.usedElsewhere(box) {
			b.watch(box)
			return
		}
		b.remove(box, fmt.Sprintf("it was dropped at %s because nobody had used it for %s", k.Now().UTC().Format(time.RFC3339), box.Idle))
		b.main.logger.Info("a sandbox was dropped", "contract", b.main.contract.Name, "sandbox", box.Name, "idle", box.Idle)
	})
}

// remove is called with the lock held.
func (b *Sandboxes) remove(box *Sandbox, why string) {
	delete(b.boxes, box.Name)
	delete(b.keys, box.hash)
	if box.stop != nil {
		box.stop() // what waits would hold all of the sandbox in memory
	}
	if v, ok := box.server.clock.(*clock.Virtual); ok {
		v.OnMove(nil)
		v.Freeze() // nothing that waits in it happens any more
	}
	box.server.realtime.Close()
	box.server.webhooks.Stop()
	b.untell(box)
	b.dropped[box.Name] = why
	b.graves = append(b.graves, box.Name)
	if len(b.graves) > mostTombstones {
		delete(b.dropped, b.graves[0])
		b.graves = slices.Delete(b.graves, 0, 1)
	}
	b.names.Store(int64(len(b.boxes) + len(b.dropped)))
}

// Drop removes a sandbox.
func (b *Sandboxes) Drop(name string) error {
	b.mu.RLock()
	box := b.boxes[name]
	b.mu.RUnlock()
	if box != nil && b.shared() != nil { // all know before it is answered
		if err := b.dropRecord(keyBox+name, boxSpace(name), originSpace(name)); err != nil {
			return fmt.Errorf("drop the sandbox %s: %w", name, err)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case box == nil:
		return b.missing(name)
	case b.boxes[name] == box:
		if box.record != nil {
			gone := *box.record
			gone.Ready = false // nothing is left to be dropped
			box.record = &gone
		}
		b.remove(box, "it was dropped")
	}
	return nil
}

// missing says that there is no sandbox of a name, and why where that is known. It is called with the lock held.
func (b *Sandboxes) missing(name string) error {
	if why := b.dropped[name]; why != "" {
		return fmt.Errorf("%w %q: %s", ErrNoSandbox, name, why)
	}
	return fmt.Errorf("%w %.70q", ErrNoSandbox, name)
}

// Get gives the sandbox of a name.
func (b *Sandboxes) Get(name string) (*Sandbox, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if box := b.boxes[name]; box != nil {
		return box, nil
	}
	return nil, b.missing(name)
}

// List gives the sandboxes in the order of their names.
func (b *Sandboxes) List() []*Sandbox {
	b.mu.RLock()
	defer b.mu.RUnlock()
	list := make([]*Sandbox, 0, len(b.boxes))
	for _, box := range b.boxes {
		list = append(list, box)
	}
	slices.SortFunc(list, func(x, y *Sandbox) int { return strings.Compare(x.Name, y.Name) })
	return list
}

// fork is the server over another store. What was prepared about the contract is shared.
func (s *Server) fork(memory store.World, o SandboxOptions, joined bool) (*Server, error) {
	main, ok := s.clock.(*clock.Virtual)
	if !ok {
		return nil, ErrNotMemory
	}
	k := main.Fork()
	if o.Frozen {
		k.Freeze()
	}
	if !o.At.IsZero() {
		if _, err := k.Set(o.At); err != nil {
			return nil, err
		}
	}
	f := &Server{
		contract: s.contract, clock: k, options: s.options, logger: s.logger, redactor: s.redactor, corsRule: s.corsRule, ownPageRule: s.ownPageRule, shapes: s.shapes,
		spelling: s.spelling, model: s.model, trails: s.trails, ready: s.ready, connections: new(atomic.Uint64),
	}
	f.options.Store, f.options.Clock = memory, k
	if o.Seeded {
		f.options.Seed = o.Seed
		f.ready = &sync.Map{}
	}
	var secret [32]byte
	if o.Keyed || o.Seeded {
		secret = derivedSecret(s.options.Secret, o)
	}
	f.options.Journal = JournalLimits{Entries: min(s.journal.limits.Entries, sandboxEntries), Bytes: min(s.journal.limits.Bytes, sandboxBytes), Body: s.journal.limits.Body}
	f.journal = NewJournal(f.options.Journal, s.redactor)
	f.marked = newMarked(f.journal, s.redactor, s.options.Secret)
	f.credentials = s.credentials.Fork(memory, k, secret)
	f.identity = s.identity.Fork(f.credentials)
	if err := f.forkWebhooks(s, memory, secret, joined); err != nil {
		return nil, err
	}
	f.resources = s.resources.Fork(memory, k, f.options.Seed)
	f.watchTransitions()
	f.limits = s.limits.Fork(memory, k)
	if err := f.orderFaults(s); err != nil {
		return nil, err
	}
	f.realtime = s.realtime.Fork(k, f.options.Seed, [32]byte{})
	f.resetModules(s)
	f.muted.copy(&s.muted)
	f.pages = f.ownPages()
	f.statusPages()
	f.order = f.stages()
	f.ids = s.ids
	f.startRecord(s.run.opened, &BundleSandbox{Name: o.Name, Seed: o.Seed, Seeded: o.Seeded, Keyed: o.Keyed}, s.options.Seed)
	f.sandbox = o.Name
	if err := f.openShare(context.Background()); err != nil {
		return nil, err
	}
	f.shareCourse(k)
	return f, nil
}

// derivedSecret is where a sandbox with a seed or a key of its own takes its texts from.
func derivedSecret(secret [32]byte, o SandboxOptions) [32]byte {
	mac := hmac.New(sha256.New, secret[:])
	if o.Keyed {
		mac.Write([]byte("sandbox " + o.Name))
	} else {
		fmt.Fprintf(mac, "seed %d", o.Seed)
	}
	return [32]byte(mac.Sum(nil))
}
