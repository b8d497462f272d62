package webhook

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"understudy/contracts"
	"understudy/contracts/signature"
)

// A CurlRequest is a delivery to be made by hand.
type CurlRequest struct {
	URL     string           // where to; only its form is judged, the address is the caller's own business
	Event   *contracts.Event // for the scheme, the media type and the method
	ID      string           // of the event; part of what some schemes sign
	Payload []byte
	Secrets []string    // valid now, the newest first
	At      time.Time   // of the signature; receivers refuse it when it is some minutes old
	Headers http.Header // besides
}

// Curl gives a command for a POSIX shell that makes a delivery, signed over the very bytes that the command sends. Nothing in
// it is interpreted by the shell or by curl but what is meant to be, and no control character of the payload reaches a
// terminal.
func Curl(r CurlRequest) (string, error) {
	if _, err := (Policy{Private: true}).Check(r.URL); err != nil {
		return "", err
	}
	contentType, method := r.Event.ContentType(), http.MethodPost
	if r.Event.Operation != nil && r.Event.Operation.Method != "" {
		method = r.Event.Operation.Method
	}
	m := signature.Message{ID: r.ID, At: r.At, URL: r.URL, Body: r.Payload, ContentType: contentType}
	signed, err := r.Event.Scheme.Sign(m, r.Secrets...)
	if err != nil {
		return "", fmt.Errorf("sign the command for %s: %w", r.Event.Name, err)
	}
	head, data := carried(r.Payload)
	var b strings.Builder
	b.WriteString(head + "curl --globoff --request " + quoted(method) + " --url " + quoted(r.Event.Scheme.Address(m)))
	b.WriteString(" \\\n  --header " + quoted("Content-Type: "+contentType))
	for _, headers := range []http.Header{r.Headers, signed} {
		if err := writeHeaders(&b, headers); err != nil {
			return "", err
		}
	}
	b.WriteString(" \\\n  " + data)
	return b.String(), nil
}

func writeHeaders(b *strings.Builder, h http.Header) error {
	var names []string
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range h[name] {
			if reason := wrongHeader(name, value); reason != "" {
				return &RequestError{Field: fmt.Sprintf("headers/%.60q", name), Reason: reason}
			}
			line := name + ": " + value
			if value == "" {
				line = name + ";" // how curl is told to send a header without a value
			}
			b.WriteString(" \\\n  --header " + quoted(line))
		}
	}
	return nil
}

// quoted writes a text for a POSIX shell, in single quotes.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// longestArgument is how much of a payload goes into an argument: systems bound one to 128 KiB.
const longestArgument = 64 << 10

// carried gives how a payload comes to curl: as an argument where it is printable and short, else through a pipe from printf,
// which is part of the shell and takes any length and any byte.
func carried(payload []byte) (head, data string) {
	if printable(payload) {
		if len(payload) <= longestArgument {
			return "", "--data-raw " + quoted(string(payload))
		}
		return "printf '%s' " + quoted(string(payload)) + " | ", "--data-binary @-"
	}
	var b strings.Builder
	for i, c := range payload {
		switch {
		case c == '%':
			b.WriteString("%%")
		case c == '\\':
			b.WriteString(`\\`)
		case c == '\'':
			b.WriteString(`'\''`)
		case c < ' ' && c != '\n' || c > '~' || c == '-' && i == 0: // printf would take it for an option
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	return "printf '" + b.String() + "' | ", "--data-binary @-"
}

// printable says that a text can be shown on a terminal as it is.
func printable(payload []byte) bool {
	if !utf8.Valid(payload) {
		return false
	}
	for _, r := range string(payload) {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return false
		}
	}
	return true
}
