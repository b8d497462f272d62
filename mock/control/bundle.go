package control

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"understudy/mock"
)

// getBundle sends the recorded run of a world as a file.
func (h *Handler) getBundle(c *call) error {
	b, err := c.server.Bundle(c.Context(), h.options.Version)
	if errors.Is(err, mock.ErrNoBundle) {
		return problem(http.StatusConflict, "not_supported", "%s.", capital(err))
	}
	if err != nil {
		return err
	}
	c.attach(c.contract.name + ".bundle.jsonl")
	if c.Method == http.MethodHead {
		return nil
	}
	if b.Write(c.Context(), c.response) != nil {
		panic(http.ErrAbortHandler) // the caller must not take a part for the whole
	}
	return nil
}

// mostKept is how many bytes of a request to this API a bundle repeats.
const mostKept = 1 << 20

// recording runs a route that changes a world, and lets the world's bundle know of it.
func (c *call) recording(run func(*call) error) error {
	change := mock.BundleChange{
		At: c.server.Clock().Now(), Method: c.Method, Path: behindContract(c.URL.EscapedPath()), Query: withoutSandbox(c.URL.RawQuery),
		Media: c.Header.Get("Content-Type"),
	}
	body, answer := &keeper{}, &answerKeeper{ResponseWriter: c.response}
	c.Body = &teeBody{Reader: io.TeeReader(c.Body, body), Closer: c.Body}
	c.response = answer
	if err := run(c); err != nil {
		return err
	}
	change.Body, change.Status = body.kept.String(), answer.status
	c.server.Changed(change, answer.body.kept.Bytes(), !body.over)
	return nil
}

// behindContract is a path without that of the contract: "/keys" of "/contracts/petstore/keys".
func behindContract(path string) string {
	rest := strings.TrimPrefix(path, "/contracts/")
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return rest[i:]
	}
	return ""
}

// withoutSandbox is a query that does not say which world is meant.
func withoutSandbox(query string) string {
	parts := strings.Split(query, "&")
	kept := parts[:0]
	for _, part := range parts {
		name, _, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(name); err != nil || plain != sandboxParameter {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "&")
}

// A keeper keeps what is written to it, up to mostKept bytes.
type keeper struct {
	kept bytes.Buffer
	over bool // there was more
}

func (k *keeper) Write(data []byte) (int, error) {
	room := mostKept - k.kept.Len()
	if len(data) > room {
		k.over = true
	}
	k.kept.Write(data[:min(len(data), room)])
	return len(data), nil
}

// A teeBody is a request's body whose bytes are kept as they are read.
type teeBody struct {
	io.Reader
	io.Closer
}

// An answerKeeper keeps status and body of the answer that it passes on.
type answerKeeper struct {
	http.ResponseWriter
	status int
	body   keeper
}

func (w *answerKeeper) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *answerKeeper) Write(data []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	_, _ = w.body.Write(data) // it takes everything
	return w.ResponseWriter.Write(data)
}

// Unwrap is for http.ResponseController.
func (w *answerKeeper) Unwrap() http.ResponseWriter { return w.ResponseWriter }
