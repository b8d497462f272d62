package mocktest

import (
	"fmt"
	"testing"

	"understudy/mock"
	"understudy/mock/clock"
)

// Sandbox is a world of its own for a subtest, as this one was when it began: with state, credentials, limits, clock, faults,
// deliveries and journal that nobody else sees, at an address of its own. It costs some microseconds, whatever there is in it, so
// that each parallel subtest may have one. It ends with t.
func (s *StandIn) Sandbox(t testing.TB) *StandIn { t.Helper(); return s.SandboxFrom(t, "") }

// SandboxFrom is Sandbox, beginning with what Save has kept under a name.
func (s *StandIn) SandboxFrom(t testing.TB, snapshot string) *StandIn {
	t.Helper()
	boxes := s.server.Sandboxes()
	if boxes == nil {
		t.Fatal("mocktest: a sandbox has no sandboxes: make it of the stand-in that was started")
	}
	name := fmt.Sprintf("test-%d", s.boxes.Add(1))
	box, err := boxes.Create(t.Context(), mock.SandboxOptions{Name: name, Snapshot: snapshot, Idle: -1})
	if err != nil {
		t.Fatalf("mocktest: make a sandbox: %v", err)
	}
	t.Cleanup(func() { _ = boxes.Drop(name) })
	k, ok := box.Server().Clock().(*clock.Virtual)
	if !ok {
		t.Fatal("mocktest: the sandbox has no clock that can be moved")
	}
	return open(t, s.settings, box.Server(), k)
}

// Save keeps what the stand-in holds now under a name, for SandboxFrom and Restore.
func (s *StandIn) Save(snapshot string) {
	s.t.Helper()
	if _, err := s.snapshots().Save(snapshot, ""); err != nil {
		s.fail("save the snapshot "+snapshot, err)
	}
}

// Restore goes back to what Save has kept. The clock stays where it is.
func (s *StandIn) Restore(snapshot string) {
	s.t.Helper()
	if err := s.snapshots().Restore(s.t.Context(), snapshot, "", false); err != nil {
		s.fail("restore the snapshot "+snapshot, err)
	}
}

func (s *StandIn) snapshots() *mock.Sandboxes {
	s.t.Helper()
	kept := s.server.Sandboxes()
	if kept == nil {
		s.t.Fatal("mocktest: snapshots are taken of the stand-in that was started, not of its sandboxes")
	}
	return kept
}
