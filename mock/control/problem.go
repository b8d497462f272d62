package control

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"understudy/contracts/schema"
)

// A Problem is a refusal in the form of RFC 9457.
type Problem struct {
	Type   string `json:"type"` // "about:blank": the status says what kind it is
	Title  string `json:"title"`
	Status int    `json:"status"`
	Code   string `json:"code"`   // our word for the reason, stable
	Detail string `json:"detail"` // what happened and what to send instead
	// Violations are the ways in which a value breaks its schema.
	Violations []Violation `json:"violations,omitempty"`

	header http.Header
}

// A Violation is one way in which a value, a request or an answer breaks the contract.
type Violation struct {
	In      string `json:"in"` // "path", "query", "header", "cookie", "body", "status", "content-type"
	Name    string `json:"name,omitempty"`
	Pointer string `json:"pointer,omitempty"` // into the value
	Keyword string `json:"keyword,omitempty"`
	Want    string `json:"want"`
	Got     string `json:"got"`
	At      *Place `json:"at,omitempty"`
}

// A Place is where something stands in a document.
type Place struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"` // 0: unknown
	Pointer string `json:"pointer,omitempty"`
}

func placeOf(at schema.Location) *Place {
	if at == (schema.Location{}) {
		return nil
	}
	return &Place{File: at.File, Line: at.Line, Pointer: at.Pointer}
}

func problem(status int, code, detail string, args ...any) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: fmt.Sprintf(detail, args...)}
}

func internalError() *Problem {
	return problem(http.StatusInternalServerError, "internal_error", "The stand-in failed; its log holds the cause.")
}

func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

func (p *Problem) write(w http.ResponseWriter) {
	for name, values := range p.header {
		w.Header()[name] = values
	}
	w.Header().Del("Content-Disposition")
	_ = send(w, p.Status, "application/problem+json", p)
}

// send writes a value as JSON. An error says that it has no JSON form; nothing was sent then.
func send(w http.ResponseWriter, status int, mediaType string, value any) error {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	sendBytes(w, status, mediaType, body.Bytes())
	return nil
}

func sendBytes(w http.ResponseWriter, status int, mediaType string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the caller is gone: nobody to tell
}

// answer sends a good answer.
func (c *call) answer(value any) error {
	return send(c.response, http.StatusOK, "application/json", value)
}
