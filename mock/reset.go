package mock

import (
	"context"
	"errors"
	"fmt"

	"understudy/mock/store"
)

// Reset takes state, credentials, logins, counters of limits, endpoints and deliveries of webhooks, faults and modules back to what they were at the start. The journal stays.
func (s *Server) Reset(ctx context.Context) error {
	if err := s.resources.Reset(ctx); err != nil {
		return err
	}
	if err := s.credentials.Reset(ctx); err != nil {
		return err
	}
	if err := s.forgetAnswers(ctx); err != nil {
		return err
	}
	if err := s.limits.Reset(ctx); err != nil {
		return err
	}
	if err := s.resetWebhooks(ctx); err != nil {
		return err
	}
	s.resetModules(nil)
	s.muted.copy(nil)
	s.realtime.Reset()
	if err := s.faults.reset(); err != nil {
		return err
	}
	if s.identity != nil {
		if err := s.identity.Reset(ctx); err != nil {
			return err
		}
	}
	return errors.Join(s.returnToOrigin(ctx), s.tellReturn(ctx))
}

// returnToOrigin gives a sandbox back what it began with: the snapshot that it was forked from, and the credential that leads
// to it. For the server itself that is what the resets of its parts come to.
func (s *Server) returnToOrigin(ctx context.Context) error {
	memory, ok := s.options.Store.(store.World)
	if !ok || s.origin == nil {
		return nil
	}
	state, err := s.withShare(ctx, s.origin)
	if err != nil {
		return err
	}
	if err := memory.Restore(ctx, state); err != nil {
		return fmt.Errorf("return the sandbox to its snapshot: %w", err)
	}
	s.resources.Restored()
	if err := s.webhooks.Restored(ctx); err != nil {
		return fmt.Errorf("take up the deliveries of the snapshot: %w", err)
	}
	return s.limits.Load(ctx)
}
