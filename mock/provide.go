package mock

import (
	"bytes"
	"io"
	"net/http"
)

// provide lets the identity provider answer what is addressed to it: the document's own authorization and token URLs, and
// the paths of the vendor's provider.
func (s *Server) provide(c *call) *Problem {
	if s.identity == nil || !s.identity.Owns(c.request.Method, c.path) {
		return nil
	}
	c.trace.Source = "identity"
	c.read(maxProviderBody)
	if c.tooLarge {
		return &Problem{Status: http.StatusRequestEntityTooLarge, Code: codeTooLarge, Detail: "The body is too large for the identity provider.", Header: http.Header{"Connection": {"close"}}}
	}
	r := c.request.Clone(c.request.Context())
	r.Body = io.NopCloser(bytes.NewReader(c.raw))
	w := &copyingWriter{ResponseWriter: c.response}
	c.answered = true
	s.identity.ServeHTTP(w, r)
	if w.status == 0 {
		w.status = http.StatusOK
	}
	c.status, c.sent = w.status, w.body
	return nil
}

// maxProviderBody bounds what is sent to the identity provider, in bytes.
const maxProviderBody = 64 << 10

// A copyingWriter keeps what it sends, for the journal.
type copyingWriter struct {
	http.ResponseWriter
	status int
	body   []byte
}

func (w *copyingWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *copyingWriter) Write(data []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	w.body = append(w.body, data...)
	return w.ResponseWriter.Write(data)
}

// Unwrap is for http.ResponseController.
func (w *copyingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
