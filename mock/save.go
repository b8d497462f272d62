package mock

import "context"

// Save writes what is counted in memory into the store, where that is another one than memory: the counters of limits. State,
// credentials, events and deliveries are in the store at all times.
func (s *Server) Save(ctx context.Context) error { return s.limits.Save(ctx) }
