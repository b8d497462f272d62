package resource

import "time"

// Opened is when the collections were made, on their clock: what answers invent beside the items lies near it. Forks have the
// instant of their origin.
func (r *Resources) Opened() time.Time { return r.started }
