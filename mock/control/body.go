package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"understudy/mock/credential"
)

// maxRequest is the size in bytes of a body that asks for a credential, a user and the like.
const maxRequest = 1 << 20

// registry is where the contract's credentials are.
func (c *call) registry() *credential.Registry { return c.server.Credentials() }

// body reads a JSON body of at most so many bytes.
func (c *call) body(limit int64) ([]byte, error) {
	mediaType, _, err := mime.ParseMediaType(c.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return nil, problem(http.StatusUnsupportedMediaType, "unsupported_media_type", "Send JSON, with Content-Type: application/json.")
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.response, c.Body, limit))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, problem(http.StatusRequestEntityTooLarge, "body_too_large", "The body is larger than %d bytes.", large.Limit)
	}
	if err != nil {
		return nil, problem(http.StatusBadRequest, "malformed_body", "The body cannot be read: %v.", err)
	}
	return body, nil
}

// created answers that something is new.
func (c *call) created(value any) error {
	return send(c.response, http.StatusCreated, "application/json", value)
}

// members are those of a JSON object that came as a body, as they were written.
type members map[string]json.RawMessage

// read reads the body, an object, into a struct. A member that the struct does not have is refused: it would be a
// wish that nobody fulfils. Values that are refused are not repeated, for they may be secrets.
func (c *call) read(into any) (members, error) { return c.readUpTo(maxRequest, into) }

// readUpTo is read with another bound in bytes.
func (c *call) readUpTo(limit int64, into any) (members, error) {
	body, err := c.body(limit)
	if err != nil {
		return nil, err
	}
	var sent members
	if err := json.Unmarshal(body, &sent); err != nil || sent == nil {
		return nil, malformedBody(err, "a JSON object")
	}
	known := memberNames(reflect.TypeOf(into).Elem())
	for name := range sent {
		if !slices.Contains(known, name) {
			return nil, problem(http.StatusBadRequest, "malformed_body", "There is no member %.100q here. Known are: %s.", name, strings.Join(known, ", "))
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	decoder.DisallowUnknownFields() // in what is nested
	if err := decoder.Decode(into); err != nil {
		return nil, malformedBody(err, "what its document says")
	}
	return sent, nil
}

func malformedBody(err error, want string) *Problem {
	var wrong *json.UnmarshalTypeError
	if errors.Is(err, errNoInstant) {
		return problem(http.StatusBadRequest, "malformed_body", "The body's member expires_at is no instant such as 2026-01-31T12:00:00Z, and not null.")
	}
	if err != nil {
		if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
			return problem(http.StatusBadRequest, "malformed_body", "There is no member %.100s here.", name)
		}
	}
	if errors.As(err, &wrong) && wrong.Field != "" {
		return problem(http.StatusBadRequest, "malformed_body", "The body's member %.100s is not %s.", wrong.Field, kindOf(wrong.Type))
	}
	return problem(http.StatusBadRequest, "malformed_body", "The body is not %s.", want)
}

// kindOf says in the words of JSON what a Go type reads.
func kindOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return kindOf(t.Elem())
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "an array"
	case reflect.Map:
		return "an object"
	}
	return "what its document says"
}

// memberNames lists the members of a struct's JSON form, those of embedded structs among them.
func memberNames(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		field := t.Field(i)
		tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case tag == "-":
		case tag != "":
			names = append(names, tag)
		case field.Anonymous:
			names = append(names, memberNames(field.Type)...)
		}
	}
	return names
}

// A moment is an instant that may be missing, or null, which is never.
type moment struct {
	given bool
	at    time.Time
}

// UnmarshalJSON reads an instant of RFC 3339, or null.
func (m *moment) UnmarshalJSON(text []byte) error {
	m.given = true
	if string(text) == "null" {
		return nil
	}
	var at string
	if err := json.Unmarshal(text, &at); err != nil {
		return errNoInstant
	}
	parsed, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return errNoInstant
	}
	m.at = parsed
	return nil
}

var errNoInstant = errors.New("no instant")

// denied translates what the registry refused; other errors stay what they are. noun is what the path names; id is
// repeated, unless it is empty.
func (sent members) denied(err error, noun, id string) error {
	var request *credential.RequestError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &request):
		return sent.misfit(request)
	case errors.Is(err, credential.ErrNotFound) && id == "":
		return problem(http.StatusNotFound, noun+"_not_found", "There is no %s with this id.", noun)
	case errors.Is(err, credential.ErrNotFound):
		return problem(http.StatusNotFound, noun+"_not_found", "There is no %s %.100q.", noun, id)
	}
	return err
}

// misfit is the problem of one member; where no body was sent, it is that of the request.
func (sent members) misfit(e *credential.RequestError) *Problem {
	reason, field := strings.TrimSuffix(e.Reason, "."), memberName(e.Field)
	if sent == nil {
		return problem(http.StatusUnprocessableEntity, "request_does_not_fit", "It was refused: %s.", reason)
	}
	p := problem(http.StatusUnprocessableEntity, "request_does_not_fit", "%s: %s.", field, reason)
	v := Violation{In: "body", Want: reason, Got: "nothing"}
	if field != "" {
		v.Pointer = "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(field) // RFC 6901, 3
	}
	if value, ok := sent[field]; ok {
		v.Got = described(field, value)
	}
	p.Violations = []Violation{v}
	return p
}

// memberName is the name that a field has in this API's JSON: expires_at of expiresAt.
func memberName(field string) string {
	var name strings.Builder
	for i, c := range field {
		if c >= 'A' && c <= 'Z' {
			if i > 0 {
				name.WriteByte('_')
			}
			c += 'a' - 'A'
		}
		name.WriteRune(c)
	}
	return name.String()
}

// described shows a value that was sent, but for secrets, of which it says what they are.
func described(name string, value json.RawMessage) string {
	switch name {
	case "text", "password", "token", "keys":
		return "a value that is not shown"
	}
	var short bytes.Buffer
	if json.Compact(&short, value) != nil {
		return "no JSON"
	}
	if text := []rune(short.String()); len(text) > 80 {
		return string(text[:79]) + "…"
	}
	return short.String()
}
