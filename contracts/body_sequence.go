package contracts

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"understudy/contracts/schema"
)

// A sequence of more values than this is refused.
const maxItems = 1_000_000

var errTooManyItems = fmt.Errorf("more than %d values", maxItems)

// malformed says where in a text the fault is, as far as the error tells.
func malformed(contentType string, text []byte, err error) error {
	var unsupported *UnsupportedMediaError
	var known *MalformedError
	if errors.As(err, &unsupported) || errors.As(err, &known) {
		return err
	}
	e := &MalformedError{ContentType: contentType, Offset: -1, Err: err}
	var syntax *schema.SyntaxError
	var at *textError
	switch {
	case errors.As(err, &at):
		e.Offset, e.Err = at.at, at.err
	case errors.As(err, &syntax):
		e.Offset, e.Err = int64(syntax.Offset), errors.New(syntax.Message)
	}
	if e.Offset >= 0 {
		e.Offset = min(e.Offset, int64(len(text)))
		before := text[:e.Offset]
		e.Line = bytes.Count(before, []byte("\n")) + 1
		e.Column = len(before) - bytes.LastIndexByte(before, '\n')
	}
	return e
}

// shifted moves a fault found in a part of a text to its place in the whole.
func shifted(err error, by int) error {
	var syntax *schema.SyntaxError
	if errors.As(err, &syntax) {
		return &textError{at: int64(by + syntax.Offset), err: errors.New(syntax.Message)}
	}
	return &textError{at: int64(by), err: err}
}

// decodeLines reads one JSON value a line; empty lines are passed over.
func decodeLines(text []byte) (any, error) { return decodeParts(text, '\n') }

// decodeSequence reads JSON values that each begin with a record separator (RFC 7464).
func decodeSequence(text []byte) (any, error) { return decodeParts(text, 0x1e) }

func decodeParts(text []byte, separator byte) (any, error) {
	values := []any{}
	for start := 0; start < len(text); {
		end := len(text)
		if i := bytes.IndexByte(text[start:], separator); i >= 0 {
			end = start + i
		}
		if part := text[start:end]; len(bytes.TrimSpace(part)) > 0 {
			if len(values) >= maxItems {
				return nil, &textError{at: int64(start), err: errTooManyItems}
			}
			value, err := schema.ParseJSON(part)
			if err != nil {
				return nil, shifted(err, start)
			}
			values = append(values, value)
		}
		start = end + 1
	}
	return values, nil
}

// decodeEvents reads server-sent events by the rules of the HTML standard, 9.2.6. Each becomes an object with
// the fields that it has: data, event, id, and retry as a number. Comments are passed over.
func decodeEvents(text []byte) any {
	events := []any{}
	event := map[string]any{}
	flush := func() {
		if len(event) > 0 {
			events = append(events, event)
			event = map[string]any{}
		}
	}
	lines := strings.ReplaceAll(strings.ReplaceAll(string(text), "\r\n", "\n"), "\r", "\n")
	var data strings.Builder
	for line := range strings.SplitSeq(lines, "\n") {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "":
			if _, ok := event["data"]; ok {
				event["data"] = data.String()
			}
			data.Reset()
			flush()
		case name == "data":
			if _, ok := event["data"]; ok {
				data.WriteByte('\n')
			}
			event["data"] = ""
			data.WriteString(value)
		case name == "event" || name == "id":
			event[name] = value
		case name == "retry" && value != "" && digits(value, 0) == len(value) && isNumber(value):
			event[name] = json.Number(value)
		}
	}
	return events // what is left without an empty line behind it is not an event
}

// encodeSequence writes a list in one of the sequential types.
func encodeSequence(kind mediaKind, item *schema.Schema, value any) ([]byte, error) {
	items, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("a sequence needs a list, not %T", value)
	}
	var dst []byte
	for i, v := range items {
		switch kind {
		case eventKind:
			event, ok := v.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("event %d is not an object but %T", i, v)
			}
			dst = appendEvent(dst, event)
			continue
		case sequenceKind:
			dst = append(dst, 0x1e)
		}
		dst = append(schema.AppendJSON(dst, v, item), '\n')
	}
	return dst, nil
}

func appendEvent(dst []byte, event map[string]any) []byte {
	oneLine := strings.NewReplacer("\r", " ", "\n", " ")
	for _, name := range [...]string{"id", "event", "retry"} {
		if v, ok := event[name]; ok {
			dst = fmt.Appendf(dst, "%s: %s\n", name, oneLine.Replace(plainText(v)))
		}
	}
	if v, ok := event["data"]; ok {
		text, isText := v.(string)
		if !isText {
			text = string(schema.AppendJSON(nil, v, nil))
		}
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
		for line := range strings.SplitSeq(text, "\n") {
			dst = fmt.Appendf(dst, "data: %s\n", line)
		}
	}
	return append(dst, '\n')
}
