package mock

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"understudy/mock/store"
)

// The file of a bundle is JSON, a value a line: the head, the contract's document, the records of the store with which the
// run began (the stream of store.Export, as it is), one line for each step, and a last line with their number, by which a
// file that was cut off is known. Lines can be read and written one by one, searched and compared with the usual tools;
// an archive of several files could not.
const longestLine = 256 << 20 // bytes of one line

type bundleDocument struct {
	Document json.RawMessage `json:"document"`
}

type bundleEnd struct {
	Steps *int `json:"steps,omitempty"`
}

// Write writes the bundle as one file. Equal runs give equal bytes.
func (b *Bundle) Write(ctx context.Context, w io.Writer) error {
	out := bufio.NewWriterSize(w, 64<<10)
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	err := errors.Join(lines.Encode(&b.Head), lines.Encode(bundleDocument{b.Document}), store.Export(ctx, b.start, out))
	if err != nil {
		return fmt.Errorf("write the bundle: %w", err)
	}
	for i := range b.Steps {
		if err := errors.Join(ctx.Err(), lines.Encode(&b.Steps[i])); err != nil {
			return fmt.Errorf("write step %d of the bundle: %w", i+1, err)
		}
	}
	n := len(b.Steps)
	if err := errors.Join(lines.Encode(bundleEnd{&n}), out.Flush()); err != nil {
		return fmt.Errorf("write the bundle: %w", err)
	}
	return nil
}

// ReadBundle reads the file of a bundle.
func ReadBundle(ctx context.Context, r io.Reader) (*Bundle, error) {
	in := &lineReader{in: bufio.NewReaderSize(r, 64<<10)}
	b := &Bundle{start: store.NewMemory()}
	if err := in.decode(&b.Head); err != nil || b.Head.Format != bundleFormat {
		return nil, fmt.Errorf("read the bundle: line 1 is no head of a bundle; want a file that `understudy control bundle` wrote")
	}
	if b.Head.Version != bundleVersion {
		return nil, fmt.Errorf("read the bundle: its version is %d, known is %d", b.Head.Version, bundleVersion)
	}
	if secret, err := hex.DecodeString(b.Head.Secret); err != nil || len(secret) != 32 {
		return nil, fmt.Errorf("read the bundle: its secret is not 64 hexadecimal digits")
	}
	var document bundleDocument
	if err := in.decode(&document); err != nil || len(document.Document) == 0 {
		return nil, fmt.Errorf("read the bundle: line 2 is not the contract's document")
	}
	b.Document = document.Document
	if err := store.Import(ctx, b.start, in); err != nil {
		return nil, fmt.Errorf("read the bundle's snapshot: %w", err)
	}
	for {
		line, err := in.line()
		if err != nil {
			return nil, fmt.Errorf("read the bundle: it is cut off behind %d steps", len(b.Steps))
		}
		var end bundleEnd
		if json.Unmarshal(line, &end) == nil && end.Steps != nil {
			if *end.Steps != len(b.Steps) {
				return nil, fmt.Errorf("read the bundle: %d steps are announced and %d are there", *end.Steps, len(b.Steps))
			}
			return b, ctx.Err()
		}
		var step BundleStep
		if err := json.Unmarshal(line, &step); err != nil || (step.Exchange == nil) == (step.Change == nil) {
			return nil, fmt.Errorf("read the bundle: line %d is no step", in.number)
		}
		b.Steps = append(b.Steps, step)
	}
}

// A lineReader reads lines. As an io.Reader it gives those of a store's export, and ends behind the last of them.
type lineReader struct {
	in     *bufio.Reader
	number int // of the line read last, from 1
	rest   []byte
	over   bool // the last line of the export was given
}

func (l *lineReader) line() ([]byte, error) {
	var line []byte
	for {
		part, err := l.in.ReadSlice('\n')
		if len(line)+len(part) > longestLine {
			return nil, fmt.Errorf("line %d is longer than %d MiB", l.number+1, longestLine>>20)
		}
		line = append(line, part...)
		if err == nil {
			l.number++
			return line, nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
	}
}

func (l *lineReader) decode(into any) error {
	line, err := l.line()
	if err != nil {
		return err
	}
	return json.Unmarshal(line, into)
}

// exportEnd begins the last line of a store's export.
var exportEnd = []byte(`{"records":`)

// Read is io.Reader's.
func (l *lineReader) Read(p []byte) (int, error) {
	if len(l.rest) == 0 {
		if l.over {
			return 0, io.EOF
		}
		line, err := l.line()
		if err != nil {
			return 0, err
		}
		l.rest, l.over = line, bytes.HasPrefix(line, exportEnd)
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}
