//go:build slim

package deployment

import "context"

// A Deployment is a target that runs in a container; there is none in this build.
type Deployment struct {
	URL string // where the target is reached
}

// Start gives ErrSlim.
func Start(context.Context, Options) (*Deployment, error) { return nil, ErrSlim }

// Log is empty.
func (*Deployment) Log(context.Context) string { return "" }

// Stop does nothing.
func (*Deployment) Stop(context.Context) error { return nil }
