package mock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"understudy/mock/store"
)

// Where several processes share the store, each sandbox has two worlds of its own there, what it holds and what it began with, and
// each snapshot has one; records in the server's own world name them. A process opens those of others when it hears of
// the record.

// A boxRecord says that there is a sandbox.
type boxRecord struct {
	Name     string        `json:"name"`
	Ready    bool          `json:"ready,omitempty"` // false: it is being made
	Snapshot string        `json:"snapshot"`
	Created  time.Time     `json:"created"`
	Used     time.Time     `json:"used"`
	Idle     time.Duration `json:"idle"`
	Seed     uint64        `json:"seed,omitempty"`
	Seeded   bool          `json:"seeded,omitempty"`
	At       time.Time     `json:"at,omitzero"`
	Frozen   bool          `json:"frozen,omitempty"`
	Keyed    bool          `json:"keyed,omitempty"`
	Hash     keyHash       `json:"hash"`
}

// A snapshotRecord says that there is a snapshot.
type snapshotRecord struct {
	Name    string    `json:"name"`
	Ready   bool      `json:"ready,omitempty"`
	TakenAt time.Time `json:"taken_at"`
	Of      string    `json:"of,omitempty"`
	World   string    `json:"world"` // name of its space
}

// The names of the spaces of sandboxes and snapshots.
func boxSpace(name string) string    { return "box~" + name }
func originSpace(name string) string { return "origin~" + name }

func (b *Sandboxes) shared() *Replica {
	if _, ok := b.main.options.Store.(store.Shared); !ok {
		return nil
	}
	return b.main.options.Replica
}

// share takes the snapshot of the start from whoever was first, or is the first.
func (b *Sandboxes) share(ctx context.Context) error {
	if b.shared() == nil {
		return nil
	}
	n := b.snapshots[firstSnapshot]
	known, err := b.main.shareRecord(ctx, keySnapshot+firstSnapshot)
	if err != nil {
		return err
	}
	if known == nil {
		return b.tellSnapshot(n)
	}
	return b.followSnapshot(ctx, known)
}

// claim takes the name of a sandbox, and gives the world that it is to have.
func (b *Sandboxes) claim(ctx context.Context, o SandboxOptions, from *Snapshot) (store.World, error) {
	r := b.shared()
	if r == nil {
		return from.memory.Fork(), nil
	}
	data, err := json.Marshal(boxRecord{Name: o.Name, Created: b.main.clock.Now()})
	if err != nil {
		return nil, err
	}
	err = b.main.options.Store.Update(ctx, func(tx store.Tx) error {
		key := b.main.shareKey(keyBox + o.Name)
		if _, err := tx.Get(key); err == nil {
			return ErrTaken
		}
		return tx.Put(key, data)
	})
	if err != nil {
		return nil, err
	}
	world, err := r.Space(ctx, boxSpace(o.Name))
	if err == nil {
		err = world.Restore(ctx, from.memory.Fork())
	}
	if err != nil {
		b.unclaim(o.Name)
		return nil, fmt.Errorf("make the world of the sandbox %s: %w", o.Name, err)
	}
	return world, nil
}

// unclaim gives the name of a sandbox back that was not made.
func (b *Sandboxes) unclaim(name string) {
	if b.shared() == nil {
		return
	}
	if err := b.dropRecord(keyBox+name, boxSpace(name), originSpace(name)); err != nil {
		b.main.logger.Error("the name of a sandbox that was not made stays taken", "contract", b.main.contract.Name, "sandbox", name, "error", err)
	}
}

// dropRecord removes a record and then the worlds that it names.
func (b *Sandboxes) dropRecord(record string, spaces ...string) error {
	ctx := context.Background()
	err := b.main.options.Store.Update(ctx, func(tx store.Tx) error { return tx.Delete(b.main.shareKey(record)) })
	if err != nil {
		return err
	}
	for _, name := range spaces {
		err = errors.Join(err, b.shared().Drop(ctx, name))
	}
	return err
}

// tell lets the others know of a sandbox that was made.
func (b *Sandboxes) tell(ctx context.Context, box *Sandbox, o SandboxOptions) error {
	r := b.shared()
	if r == nil {
		return nil
	}
	origin, err := r.Space(ctx, originSpace(box.Name))
	if err == nil {
		err = origin.Restore(ctx, box.server.origin)
	}
	if err == nil {
		err = origin.Close()
	}
	if err == nil {
		box.record = &boxRecord{
			Name: box.Name, Ready: true, Snapshot: box.Snapshot, Created: box.CreatedAt, Used: box.CreatedAt, Idle: box.Idle,
			Seed: o.Seed, Seeded: o.Seeded, At: o.At, Frozen: o.Frozen, Keyed: o.Keyed, Hash: box.hash,
		}
		err = b.putRecord(ctx, keyBox+box.Name, box.record)
	}
	if err == nil && b.main.sharing != nil && b.main.sharing.leads.Load() {
		err = box.server.webhooks.Lead(ctx)
	}
	if err != nil {
		return fmt.Errorf("let other processes know of the sandbox %s: %w", box.Name, err)
	}
	return nil
}

func (b *Sandboxes) putRecord(ctx context.Context, key string, value any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return b.main.putShareRecord(ctx, key, data)
}

// tellUse notes now and then that a sandbox is used, so that no other process drops it.
func (b *Sandboxes) tellUse(box *Sandbox, now time.Time) {
	if box.record == nil || box.Idle == 0 {
		return
	}
	b.mu.Lock()
	r := *box.record
	due := now.Sub(r.Used) > box.Idle/4
	if due {
		r.Used = now
		box.record = &r
	}
	b.mu.Unlock()
	if due {
		if err := b.putRecord(context.Background(), keyBox+box.Name, r); err != nil {
			b.main.logger.Warn("other processes do not know that a sandbox is used", "sandbox", box.Name, "error", err)
		}
	}
}

// usedElsewhere says whether another process has used a sandbox lately, as far as is known. It is called with the lock held.
func (b *Sandboxes) usedElsewhere(box *Sandbox) bool {
	if box.record == nil || !box.record.Used.After(box.UsedAt()) {
		return false
	}
	box.used.Store(box.record.Used.UnixNano())
	return b.main.clock.Now().Before(box.UsedAt().Add(box.Idle))
}

// untell lets the others know that a sandbox is gone, unless they said so. It is called with the lock held.
func (b *Sandboxes) untell(box *Sandbox) {
	if box.record == nil {
		return
	}
	box.server.leaveShare()
	known := box.record
	box.record = nil
	if shared, ok := box.server.options.Store.(store.Shared); ok {
		_ = shared.Retire() // one of the same name may be made before this one is closed
	}
	go func() {
		if known.Ready {
			b.unclaim(box.Name)
		}
		_ = box.server.options.Store.Close()
	}()
}

// tellSnapshot keeps a snapshot where the others find it.
func (b *Sandboxes) tellSnapshot(n *Snapshot) error {
	r, ctx := b.shared(), context.Background()
	if r == nil {
		return nil
	}
	record := snapshotRecord{Name: n.Name, TakenAt: n.TakenAt, Of: n.Of, Ready: true, World: "snapshot~" + n.Name}
	world, err := r.Space(ctx, record.World)
	if err == nil {
		err = errors.Join(world.Restore(ctx, n.memory), world.Close())
	}
	if err == nil {
		err = b.putRecord(ctx, keySnapshot+n.Name, record)
	}
	if err != nil {
		return fmt.Errorf("share the snapshot %s: %w", n.Name, err)
	}
	return nil
}

// untellSnapshot removes it for all.
func (b *Sandboxes) untellSnapshot(name string) error {
	if b.shared() == nil {
		return nil
	}
	return b.dropRecord(keySnapshot+name, "snapshot~"+name)
}

// follow opens what others made, and closes what they dropped.
func (b *Sandboxes) follow(ctx context.Context) error {
	if b.shared() == nil {
		return nil
	}
	boxes, snapshots := map[string][]byte{}, map[string][]byte{}
	err := b.main.options.Store.View(ctx, func(tx store.Tx) error {
		base := b.main.shareKey("")
		for key, value := range tx.Scan(base+keyBox, store.Scan{}) {
			boxes[strings.TrimPrefix(key, base+keyBox)] = value
		}
		for key, value := range tx.Scan(base+keySnapshot, store.Scan{}) {
			snapshots[strings.TrimPrefix(key, base+keySnapshot)] = value
		}
		return nil
	})
	if err != nil {
		return err
	}
	var errs []error
	for _, value := range snapshots {
		errs = append(errs, b.followSnapshot(ctx, value))
	}
	for _, value := range boxes {
		errs = append(errs, b.followBox(ctx, value))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for name, box := range b.boxes {
		if boxes[name] == nil && box.record != nil {
			gone := *box.record
			gone.Ready = false // nothing is to be dropped any more
			box.record = &gone
			b.remove(box, "another process dropped it")
		}
	}
	for name := range b.snapshots {
		if snapshots[name] == nil && name != firstSnapshot {
			delete(b.snapshots, name)
		}
	}
	return errors.Join(errs...)
}

func (b *Sandboxes) followSnapshot(ctx context.Context, value []byte) error {
	var r snapshotRecord
	if err := json.Unmarshal(value, &r); err != nil || !r.Ready {
		return err
	}
	b.mu.RLock()
	have := b.snapshots[r.Name]
	b.mu.RUnlock()
	if have != nil && have.TakenAt.Equal(r.TakenAt) {
		return nil
	}
	world, err := b.shared().Space(ctx, r.World)
	if err != nil {
		return fmt.Errorf("take over the snapshot %s: %w", r.Name, err)
	}
	n := &Snapshot{Name: r.Name, TakenAt: r.TakenAt, Of: r.Of, memory: world.Fork()}
	if err := world.Close(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.snapshots[r.Name] = n
	return nil
}

func (b *Sandboxes) followBox(ctx context.Context, value []byte) error {
	var r boxRecord
	if err := json.Unmarshal(value, &r); err != nil || !r.Ready {
		return err
	}
	b.mu.Lock()
	have := b.boxes[r.Name]
	if have != nil && have.record != nil && r.Used.After(have.record.Used) {
		have.record = &r
	}
	b.mu.Unlock()
	if have != nil && have.CreatedAt.Equal(r.Created) {
		return nil
	}
	world, err := b.shared().Space(ctx, boxSpace(r.Name))
	if err != nil {
		return fmt.Errorf("take over the sandbox %s: %w", r.Name, err)
	}
	server, err := b.main.fork(world, SandboxOptions{Name: r.Name, Snapshot: r.Snapshot, Seed: r.Seed, Seeded: r.Seeded, At: r.At, Frozen: r.Frozen, Keyed: r.Keyed}, true)
	if err != nil {
		return fmt.Errorf("take over the sandbox %s: %w", r.Name, err)
	}
	origin, err := b.shared().Space(ctx, originSpace(r.Name))
	if err != nil {
		return fmt.Errorf("take over the sandbox %s: %w", r.Name, err)
	}
	server.origin = origin.Fork()
	_ = origin.Close()
	box := &Sandbox{Name: r.Name, Snapshot: r.Snapshot, CreatedAt: r.Created, Idle: r.Idle, hash: r.Hash, server: server, record: &r}
	box.used.Store(r.Used.UnixNano())
	if b.main.sharing != nil && b.main.sharing.leads.Load() {
		if err := server.webhooks.Lead(ctx); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.boxes[r.Name] == nil {
		b.place(box)
	}
	return nil
}
