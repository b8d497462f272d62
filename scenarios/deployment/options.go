// Package deployment starts a target from a container image for the length of a run, and gives back where it listens and what
// it printed.
//
// It needs a Docker engine, which the user's environment names as usual (DOCKER_HOST). The image is taken as it is on the
// machine, or pulled by the engine; nothing else reaches the network.
package deployment

import (
	"errors"
	"time"
)

// Options say what is started. Image and Port are required.
type Options struct {
	Image string
	Port  int               // on which the target listens inside the container
	Env   map[string]string // of the process
	Args  []string          // instead of the image's command; nil: the image's own
	// Ready is the path that answers below 500 once the target is ready: "/health"; empty: any answer of "/" will do. A
	// connection alone tells nothing, since the engine's own proxy takes it before the target listens, and after it died.
	Ready  string
	Within time.Duration // that it may take to become ready; 0: a minute
}

// ErrSlim is what Start gives in a build with the tag slim, which does without the library that talks to the engine.
var ErrSlim = errors.New("this build starts no containers")
