package mock

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
)

// SandboxHeader names the sandbox that a request is for.
const SandboxHeader = "Understudy-Sandbox"

// sandboxPrefix begins paths that name a sandbox: "/~sandbox/NAME/v1/pets".
const sandboxPrefix = "/~sandbox/"

// SandboxPath is what a path begins with to lead to a sandbox: "/~sandbox/NAME".
func SandboxPath(name string) string { return sandboxPrefix + name }

// BehindSandbox is a path without what leads to a sandbox: that of the contract.
func BehindSandbox(path string) string {
	if rest, ok := strings.CutPrefix(path, sandboxPrefix); ok {
		_, path, _ = strings.Cut(rest, "/")
		return "/" + path
	}
	return path
}

// Enter gives the world of a sandbox to somebody who uses it, as a request that names it would: the time until it is dropped
// begins anew, and where the server may make it by itself it does.
func (b *Sandboxes) Enter(ctx context.Context, name string) (*Server, error) {
	return b.named(ctx, name)
}

// lead finds the world that a request is for: by the header, else by the beginning of the path, the host's first label
// (NAME.localhost, NAME.sandbox.example.com) or a credential that leads there. The request comes back without the beginning of
// its path, which is given apart. The server is nil where a sandbox is named that is not there.
func (b *Sandboxes) lead(r *http.Request) (s *Server, q *http.Request, prefix string, err error) {
	if names := r.Header[SandboxHeader]; len(names) > 0 {
		s, err = b.named(r.Context(), names[0])
		return s, r, "", err
	}
	if rest, ok := strings.CutPrefix(r.URL.Path, sandboxPrefix); ok {
		name, path, _ := strings.Cut(rest, "/")
		if s, err = b.named(r.Context(), name); err != nil {
			return nil, r, "", err
		}
		return s, withPath(r, sandboxPrefix+name, "/"+path), sandboxPrefix + name, nil
	}
	if b.names.Load() == 0 {
		return b.main, r, "", nil
	}
	if name := hostLabel(r.Host); name != "" {
		switch box, err := b.Get(name); {
		case err == nil:
			return b.enter(box), r, "", nil
		case b.wasDropped(name): // another world in its place would be a surprise
			return nil, r, "", err
		}
	}
	return b.shown(r), r, "", nil
}

// wasDropped says that there was a sandbox of a name, as far as that is remembered.
func (b *Sandboxes) wasDropped(name string) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.dropped[name] != ""
}

// named gives a sandbox by its name, and makes it where the server may do so by itself.
func (b *Sandboxes) named(ctx context.Context, name string) (*Server, error) {
	box, err := b.Get(name)
	if err != nil && b.auto {
		box, err = b.Create(ctx, SandboxOptions{Name: name})
		if errors.Is(err, ErrTaken) { // by a request at the same time
			box, err = b.Get(name)
		}
	}
	if err != nil {
		return nil, err
	}
	return b.enter(box), nil
}

// enter notes that a sandbox is used.
func (b *Sandboxes) enter(box *Sandbox) *Server {
	now := b.main.clock.Now()
	box.used.Store(now.UnixNano())
	b.tellUse(box, now)
	return box.server
}

// shown gives the sandbox to which a credential leads, else the server itself.
func (b *Sandboxes) shown(r *http.Request) *Server {
	b.mu.RLock()
	keyed := len(b.keys) > 0
	b.mu.RUnlock()
	if !keyed {
		return b.main
	}
	for _, text := range b.main.credentials.Shown(r) {
		b.mu.RLock()
		box := b.keys[hashOfKey(text)]
		b.mu.RUnlock()
		if box != nil {
			return b.enter(box)
		}
	}
	return b.main
}

// hostLabel is the first label of a host of which a sandbox may be named; empty: of none.
func hostLabel(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	label, rest, ok := strings.Cut(host, ".")
	if !ok || rest != "localhost" && !strings.HasPrefix(rest, "sandbox.") {
		return ""
	}
	return label
}

// withPath is the request without the beginning of its path.
func withPath(r *http.Request, prefix, path string) *http.Request {
	q, u := *r, *r.URL
	u.Path = path
	if u.RawPath != "" {
		u.RawPath = strings.TrimPrefix(u.RawPath, prefix)
	}
	q.URL = &u
	q.RequestURI = strings.TrimPrefix(r.RequestURI, prefix)
	return &q
}

// sandboxProblem says that a request names a sandbox that is not there.
func sandboxProblem(err error) *Problem {
	if errors.Is(err, ErrNoSandbox) {
		return &Problem{Status: http.StatusNotFound, Code: codeNoSandbox, Detail: sentence(err.Error())}
	}
	return &Problem{Status: http.StatusBadRequest, Code: codeNoSandbox, Detail: "The sandbox cannot be made: " + sentence(err.Error())}
}
