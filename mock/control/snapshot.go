package control

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"understudy/mock"
)

// maxSnapshot is the size in bytes of a snapshot's file.
const maxSnapshot = 1 << 30

// linesMedia is the media type of snapshots and bundles: JSON, a value a line.
const linesMedia = "application/x-ndjson"

// A Snapshot is what a world held at one moment.
type Snapshot struct {
	Name    string    `json:"name"`
	TakenAt time.Time `json:"taken_at"`     // on the clock of the world that it was taken of
	Of      string    `json:"of,omitempty"` // sandbox that it was taken of; empty: the server itself, or a file
	Records int       `json:"records"`
}

// Snapshots is the answer of GET /contracts/{contract}/snapshots.
type Snapshots struct {
	Snapshots []Snapshot `json:"snapshots"` // in the order of their names
}

func (c *call) snapshotOf(n *mock.Snapshot) (Snapshot, error) {
	count, err := n.Records(c.Context())
	return Snapshot{Name: n.Name, TakenAt: n.TakenAt.UTC(), Of: n.Of, Records: count}, err
}

func listSnapshots(c *call) error {
	answer := Snapshots{Snapshots: []Snapshot{}}
	for _, n := range c.boxes().Snapshots() {
		one, err := c.snapshotOf(n)
		if err != nil {
			return err
		}
		answer.Snapshots = append(answer.Snapshots, one)
	}
	return c.answer(answer)
}

// boxes are the contract's sandboxes and snapshots, whichever world the request means.
func (c *call) boxes() *mock.Sandboxes { return c.contract.server().Sandboxes() }

func saveSnapshot(c *call) error {
	name := c.PathValue("snapshot")
	_, missing := c.boxes().Snapshot(name)
	saved, err := c.boxes().Save(name, c.sandbox)
	if err != nil {
		return sandboxRefusal(err, name)
	}
	answer, err := c.snapshotOf(saved)
	if err != nil {
		return err
	}
	if missing != nil {
		return c.created(answer)
	}
	return c.answer(answer)
}

func forgetSnapshot(c *call) error {
	name := c.PathValue("snapshot")
	if err := c.boxes().Forget(name); err != nil {
		return sandboxRefusal(err, name)
	}
	c.response.WriteHeader(http.StatusNoContent)
	return nil
}

// restoreRequest is the body of POST …/restore, which may be missing.
type restoreRequest struct {
	Clock bool `json:"clock"` // the world's clock is set back too
}

func restoreSnapshot(c *call) error {
	var q restoreRequest
	if c.ContentLength != 0 {
		if _, err := c.read(&q); err != nil {
			return err
		}
	}
	name := c.PathValue("snapshot")
	if err := c.boxes().Restore(c.Context(), name, c.sandbox, q.Clock); err != nil {
		return sandboxRefusal(err, name)
	}
	return listCollections(c)
}

// exportSnapshot sends a snapshot's file as it is written: a failure behind its beginning cuts the answer off.
func exportSnapshot(c *call) error {
	name := c.PathValue("snapshot")
	if _, err := c.boxes().Snapshot(name); err != nil {
		return sandboxRefusal(err, name)
	}
	c.attach(name + ".snapshot.jsonl")
	if c.Method == http.MethodHead {
		return nil
	}
	if c.boxes().Export(c.Context(), name, c.response) != nil {
		panic(http.ErrAbortHandler) // the caller must not take a part for the whole
	}
	return nil
}

// attach begins an answer that is kept as a file.
func (c *call) attach(name string) {
	h := c.response.Header()
	h.Set("Content-Type", linesMedia)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	c.response.WriteHeader(http.StatusOK)
}

func importSnapshot(c *call) error {
	mediaType, _, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || mediaType != linesMedia {
		return problem(http.StatusUnsupportedMediaType, "unsupported_media_type", "Send the file of a snapshot, with Content-Type: %s.", linesMedia)
	}
	force, err := c.query.truth("force", false)
	if err != nil {
		return err
	}
	body := &watchedReader{in: http.MaxBytesReader(c.response, c.Body, maxSnapshot)}
	name := c.query["name"]
	taken, err := c.boxes().Import(c.Context(), name, body, force)
	var large *http.MaxBytesError
	switch {
	case errors.As(body.failed, &large):
		return problem(http.StatusRequestEntityTooLarge, "body_too_large", "The body is larger than %d bytes.", large.Limit)
	case errors.Is(err, mock.ErrBadName), errors.Is(err, mock.ErrTooMany):
		return sandboxRefusal(err, name)
	case err != nil:
		return problem(http.StatusUnprocessableEntity, "snapshot_does_not_fit", "%s.", capital(err))
	}
	answer, err := c.snapshotOf(taken)
	if err != nil {
		return err
	}
	return c.created(answer)
}

// A watchedReader keeps the error that ended the reading.
type watchedReader struct {
	in     io.Reader
	failed error
}

func (r *watchedReader) Read(p []byte) (int, error) {
	n, err := r.in.Read(p)
	if err != nil && err != io.EOF {
		r.failed = err
	}
	return n, err
}
