package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// The stream that Export writes is JSON, a value a line: a header, a record for each key in the order of the keys'
// bytes, and a trailer with their number, which shows that nothing is missing. A value that is JSON without line
// breaks stands as it is in "json"; any other is base64 in "bytes". A key that is not UTF-8 is base64 in "keyBytes".
const (
	dumpFormat  = "understudy-store"
	dumpVersion = 1
	maxLine     = 256 << 20 // bytes of one line that Import takes
)

type dumpHeader struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
}

type dumpLine struct {
	Key      string          `json:"key,omitempty"`
	KeyBytes []byte          `json:"keyBytes,omitempty"`
	JSON     json.RawMessage `json:"json,omitempty"`
	Bytes    []byte          `json:"bytes,omitempty"`
	Records  *int            `json:"records,omitempty"` // in the trailer only
}

// Export writes all records of s, as they are at one moment, as a stream of JSON lines. The same records give the
// same bytes, whatever the kind of s.
func Export(ctx context.Context, s Store, w io.Writer) error {
	return s.View(ctx, func(tx Tx) error {
		out := bufio.NewWriterSize(w, 64<<10)
		fmt.Fprintf(out, "{\"format\":%q,\"version\":%d}\n", dumpFormat, dumpVersion)
		records := 0
		for key, value := range tx.Scan("", Scan{}) {
			if err := errors.Join(ctx.Err(), writeRecord(out, key, value)); err != nil {
				return fmt.Errorf("export record %q: %w", key, err)
			}
			records++
		}
		fmt.Fprintf(out, "{\"records\":%d}\n", records)
		if err := out.Flush(); err != nil {
			return fmt.Errorf("export the store: %w", err)
		}
		return nil
	})
}

// writeRecord does not use the encoder for values: that would change their bytes.
func writeRecord(out *bufio.Writer, key string, value []byte) error {
	name, text := `{"key":`, any(key)
	if !utf8.ValidString(key) {
		name, text = `{"keyBytes":`, []byte(key)
	}
	encoded, err := json.Marshal(text)
	if err != nil {
		return err
	}
	out.WriteString(name)
	out.Write(encoded)
	if standsAlone(value) {
		out.WriteString(`,"json":`)
		out.Write(value)
	} else {
		out.WriteString(`,"bytes":`)
		if encoded, err = json.Marshal(value); err != nil {
			return err
		}
		out.Write(encoded)
	}
	_, err = out.WriteString("}\n")
	return err
}

// standsAlone says that value comes back byte for byte when it is written into a line of JSON.
func standsAlone(value []byte) bool {
	return len(value) > 0 && !bytes.ContainsAny(value, "\r\n") && len(bytes.TrimSpace(value)) == len(value) && json.Valid(value)
}

// Import replaces all records of s by those of a stream that Export wrote. When it gives an error nothing has
// changed.
func Import(ctx context.Context, s Store, r io.Reader) error {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, 64<<10), maxLine)
	records, err := readRecords(ctx, in)
	if err != nil {
		return fmt.Errorf("import into the store: %w", err)
	}
	return s.Update(ctx, func(tx Tx) error {
		for key := range tx.Scan("", Scan{}) {
			if err := tx.Delete(key); err != nil {
				return fmt.Errorf("import: remove %q: %w", key, err)
			}
		}
		for _, record := range records {
			if err := tx.Put(record.key, record.value); err != nil {
				return fmt.Errorf("import: put %q: %w", record.key, err)
			}
		}
		return nil
	})
}

type record struct {
	key   string
	value []byte
}

func readRecords(ctx context.Context, in *bufio.Scanner) ([]record, error) {
	var header dumpHeader
	if !in.Scan() {
		return nil, errors.Join(in.Err(), errors.New("line 1: the stream is empty; want what an export wrote"))
	}
	if err := json.Unmarshal(in.Bytes(), &header); err != nil || header.Format != dumpFormat {
		return nil, fmt.Errorf("line 1: this is no export of a store; want a header with \"format\":%q", dumpFormat)
	}
	if header.Version != dumpVersion {
		return nil, fmt.Errorf("line 1: version %d of the format is not known; want %d", header.Version, dumpVersion)
	}
	var records []record
	for line := 2; in.Scan(); line++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var l dumpLine
		if err := json.Unmarshal(in.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		if l.Records != nil {
			if *l.Records != len(records) || in.Scan() {
				return nil, fmt.Errorf("line %d: the trailer counts %d records after %d, or is not the last line", line, *l.Records, len(records))
			}
			return records, in.Err()
		}
		key := l.Key
		if len(l.KeyBytes) > 0 {
			key = string(l.KeyBytes)
		}
		if err := CheckKey(key); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		value := []byte(l.JSON)
		if l.JSON == nil {
			value = l.Bytes
		}
		records = append(records, record{key, value})
	}
	return nil, errors.Join(in.Err(), fmt.Errorf("the stream ends after %d records without a trailer; it is cut off", len(records)))
}
