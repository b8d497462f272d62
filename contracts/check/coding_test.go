package check

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"runtime"
	"testing"
)

func TestUncoded(t *testing.T) {
	pack := func(w io.WriteCloser, to *bytes.Buffer, text []byte) []byte {
		t.Helper()
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return bytes.Clone(to.Bytes())
	}
	zip := func(text []byte) []byte {
		var to bytes.Buffer
		return pack(gzip.NewWriter(&to), &to, text)
	}
	deflate := func(text []byte) []byte {
		var to bytes.Buffer
		return pack(zlib.NewWriter(&to), &to, text)
	}
	short, odd := []byte(`{"name":"Rex"}`), bytes.Repeat([]byte("rex,"), 1<<20+77)
	full := make([]byte, maxContent)
	part := zip(full[:maxContent/16]) // what is packed in parts is unpacked as one, and packing is slow
	for _, row := range []struct {
		name  string
		raw   []byte
		lines []string
		want  []byte
		err   error
	}{
		{"no coding", short, nil, short, nil},
		{"gzip", zip(short), []string{"gzip"}, short, nil},
		{"over many pieces", zip(odd), []string{"gzip"}, odd, nil},
		{"as much as is looked at", bytes.Repeat(part, 16), []string{"gzip"}, full, nil},
		{"one byte more", append(bytes.Repeat(part, 16), zip(full[:1])...), []string{"gzip"}, nil, errTooLarge},
		{"two codings", zip(deflate(short)), []string{"deflate, gzip"}, short, nil},
		{"two lines", zip(deflate(short)), []string{"deflate", "GZIP"}, short, nil},
		{"decoded already", short, []string{"gzip"}, short, nil},
		{"cut off", zip(odd)[:2000], []string{"gzip"}, nil, io.ErrUnexpectedEOF},
		{"one nobody knows", short, []string{"zstd"}, nil, errUnknownCoding},
		{"too many", short, []string{"gzip,gzip,gzip,gzip"}, nil, errUnknownCoding},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := uncoded(row.raw, row.lines)
			if !errors.Is(err, row.err) || !bytes.Equal(got, row.want) {
				t.Errorf("got %d bytes, %v; want %d bytes, %v", len(got), err, len(row.want), row.err)
			}
		})
	}
	t.Run("a bomb costs its limit once", func(t *testing.T) {
		bomb := bytes.Repeat(part, 64)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := uncoded(bomb, []string{"gzip"})
		runtime.ReadMemStats(&after)
		if spent := after.TotalAlloc - before.TotalAlloc; !errors.Is(err, errTooLarge) || spent > 3*maxContent/2 {
			t.Errorf("%v after %d MiB", err, spent>>20)
		}
	})
}
