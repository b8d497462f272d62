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
