package mock

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"understudy/mock/clock"
	"understudy/mock/store"
)

// A Snapshot is a world at one moment: what the store held. It costs nothing until its origin changes.
type Snapshot struct {
	Name    string
	TakenAt time.Time // on the clock of the world that it was taken of
	Of      string    // the sandbox that it was taken of; empty: the server itself

	memory *store.Memory
}

// Records is how many records a snapshot holds.
func (n *Snapshot) Records(ctx context.Context) (count int, err error) {
	err = n.memory.View(ctx, func(tx store.Tx) error {
		count, err = tx.Count("")
		return err
	})
	return count, err
}

// world gives the server that a sandbox's name means; empty: the main one.
func (b *Sandboxes) world(sandbox string) (*Server, error) {
	if sandbox == "" {
		return b.main, nil
	}
	box, err := b.Get(sandbox)
	if err != nil {
		return nil, err
	}
	return box.server, nil
}

// Save keeps what a sandbox (empty: the server itself) holds now under a name. A snapshot of that name is replaced, but
// for the one of the start.
func (b *Sandboxes) Save(name, sandbox string) (*Snapshot, error) {
	if !sandboxName.MatchString(name) {
		return nil, ErrBadName
	}
	if name == firstSnapshot {
		return nil, fmt.Errorf("%w: %q is how the server started", ErrTaken, name)
	}
	s, err := b.world(sandbox)
	if err != nil {
		return nil, err
	}
	memory, ok := s.options.Store.(store.World)
	if !ok {
		return nil, ErrNotMemory
	}
	if err := s.limits.Save(context.Background()); err != nil { // into memory: nothing to wait for
		return nil, err
	}
	return b.keep(&Snapshot{Name: name, TakenAt: s.clock.Now(), Of: sandbox, memory: memory.Fork()})
}

func (b *Sandboxes) keep(n *Snapshot) (*Snapshot, error) {
	b.mu.RLock()
	tooMany := b.snapshots[n.Name] == nil && len(b.snapshots) >= mostSnapshots
	b.mu.RUnlock()
	if tooMany {
		return nil, fmt.Errorf("%w: %d snapshots", ErrTooMany, mostSnapshots)
	}
	if err := b.tellSnapshot(n); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.snapshots[n.Name] = n
	return n, nil
}

// Restore takes a sandbox (empty: the server itself) back to a snapshot. With clock its time is set back too.
func (b *Sandboxes) Restore(ctx context.Context, name, sandbox string, withClock bool) error {
	n, err := b.Snapshot(name)
	if err != nil {
		return err
	}
	s, err := b.world(sandbox)
	if err != nil {
		return err
	}
	memory, ok := s.options.Store.(store.World)
	if !ok {
		return ErrNotMemory
	}
	// First the clock: by a later one, what the snapshot holds would be changed by the time that is taken back.
	if k, ok := s.clock.(*clock.Virtual); ok && withClock {
		if _, err := k.Set(n.TakenAt); err != nil {
			return fmt.Errorf("set the clock to the snapshot's: %w", err)
		}
	}
	state, err := s.withShare(ctx, n.memory)
	if err != nil {
		return err
	}
	if err := memory.Restore(ctx, state); err != nil {
		return fmt.Errorf("restore the snapshot %s: %w", name, err)
	}
	s.resources.Restored()
	if err := s.webhooks.Restored(ctx); err != nil {
		return fmt.Errorf("take up the deliveries of the snapshot %s: %w", name, err)
	}
	return errors.Join(s.limits.Load(ctx), s.tellReturn(ctx))
}

// Snapshot gives the snapshot of a name.
func (b *Sandboxes) Snapshot(name string) (*Snapshot, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if n := b.snapshots[name]; n != nil {
		return n, nil
	}
	return nil, fmt.Errorf("%w %.70q", ErrNoSnapshot, name)
}

// Snapshots lists the snapshots in the order of their names.
func (b *Sandboxes) Snapshots() []*Snapshot {
	b.mu.RLock()
	defer b.mu.RUnlock()
	list := make([]*Snapshot, 0, len(b.snapshots))
	for _, n := range b.snapshots {
		list = append(list, n)
	}
	slices.SortFunc(list, func(x, y *Snapshot) int { return strings.Compare(x.Name, y.Name) })
	return list
}

// Forget removes a snapshot. That of the start stays.
func (b *Sandboxes) Forget(name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case name == firstSnapshot:
		return fmt.Errorf("%w: %q is how the server started, and stays", ErrTaken, name)
	case b.snapshots[name] == nil:
		return fmt.Errorf("%w %.70q", ErrNoSnapshot, name)
	}
	delete(b.snapshots, name)
	return b.untellSnapshot(name)
}

// The file of a snapshot is a line of JSON that says what it is, and the records of the store (store.Export).
const (
	snapshotFormat  = "understudy-snapshot"
	snapshotVersion = 1
	longestHead     = 64 << 10 // bytes
)

type snapshotHead struct {
	Format   string    `json:"format"`
	Version  int       `json:"version"`
	Name     string    `json:"name"`
	Contract string    `json:"contract"`
	Digest   string    `json:"contract_digest"` // of the document with its overlays
	TakenAt  time.Time `json:"taken_at"`
}

// Export writes a snapshot as one file. It holds no text of a credential, but its hashes.
func (b *Sandboxes) Export(ctx context.Context, name string, w io.Writer) error {
	n, err := b.Snapshot(name)
	if err != nil {
		return err
	}
	head, err := json.Marshal(snapshotHead{Format: snapshotFormat, Version: snapshotVersion, Name: n.Name, Contract: b.main.contract.Name, Digest: b.main.Digest(), TakenAt: n.TakenAt})
	if err != nil {
		return err
	}
	if _, err := w.Write(append(head, '\n')); err != nil {
		return fmt.Errorf("export the snapshot %s: %w", name, err)
	}
	return store.Export(ctx, n.memory, w)
}

// Import takes the file of a snapshot and keeps it under a name (empty: its own). One that was made for another version of
// the contract is refused unless force is set.
func (b *Sandboxes) Import(ctx context.Context, name string, r io.Reader, force bool) (*Snapshot, error) {
	in := bufio.NewReaderSize(r, longestHead)
	line, err := in.ReadSlice('\n')
	if err != nil {
		return nil, fmt.Errorf("read the snapshot: its first line is missing or too long")
	}
	var head snapshotHead
	if err := json.Unmarshal(line, &head); err != nil || head.Format != snapshotFormat {
		return nil, fmt.Errorf("read the snapshot: it is no file that an export wrote")
	}
	switch {
	case head.Version != snapshotVersion:
		return nil, fmt.Errorf("read the snapshot: its version is %d, known is %d", head.Version, snapshotVersion)
	case head.Contract != b.main.contract.Name:
		return nil, fmt.Errorf("read the snapshot: it is one of the contract %q, not of %q", head.Contract, b.main.contract.Name)
	case head.Digest != b.main.Digest() && !force:
		return nil, fmt.Errorf("read the snapshot: it was taken with another version of %s; import it by force to use it all the same", head.Contract)
	}
	if name == "" {
		name = head.Name
	}
	if name == firstSnapshot || !sandboxName.MatchString(name) {
		return nil, ErrBadName
	}
	memory := store.NewMemory()
	if err := store.Import(ctx, memory, in); err != nil {
		return nil, fmt.Errorf("read the snapshot: %w", err)
	}
	return b.keep(&Snapshot{Name: name, TakenAt: head.TakenAt, memory: memory})
}
