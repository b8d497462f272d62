package store

import "context"

// Restore makes the store hold what another one holds now, and nothing else. It copies nothing, and the other one goes its
// own way. An Update under way is finished before.
func (m *Memory) Restore(ctx context.Context, from *Memory) error {
	select {
	case <-m.write:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { m.write <- struct{}{} }()
	if err := m.usable(ctx); err != nil {
		return err
	}
	m.root.Store(from.root.Load())
	return nil
}

// Load fills an empty store with the records that f puts, in the order of their keys where that can be had: it is cheapest then.
// Nobody else may use the store meanwhile. Put keeps the value.
func (m *Memory) Load(f func(put func(key string, value []byte)) error) error {
	t := tree{owner: new(owner)}
	err := f(func(key string, value []byte) {
		if value == nil {
			value = []byte{}
		}
		t.put(key, value)
	})
	if err != nil {
		return err
	}
	m.root.Store(&snapshot{t.root})
	return nil
}
