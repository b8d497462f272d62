package check

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"strings"
)

// Limits on taking content out of its codings: beyond them it is not judged.
const (
	maxContent = 32 << 20 // bytes
	maxCodings = 3
)

var (
	errUnknownCoding = errors.New("a content coding that is not understood")
	errTooLarge      = errors.New("more content than is looked at")
)

// uncoded gives content without its codings (RFC 9110, 8.4). Content that does not begin as its coding does is taken for
// content that somebody on the way has decoded already: clients do, and leave the header. The error is errUnknownCoding or
// errTooLarge where nothing can be said, and otherwise what is wrong with the bytes.
func uncoded(raw []byte, lines []string) ([]byte, error) {
	if len(lines) == 0 || len(raw) == 0 {
		return raw, nil
	}
	codings := strings.Split(strings.ToLower(strings.Join(lines, ",")), ",")
	if len(codings) > maxCodings {
		return nil, errUnknownCoding
	}
	for i := len(codings) - 1; i >= 0; i-- { // the last one was put on last
		var err error
		if raw, err = uncode(raw, strings.TrimSpace(codings[i])); err != nil {
			return nil, err
		}
	}
	return raw, nil
}

func uncode(raw []byte, coding string) ([]byte, error) {
	switch coding {
	case "", "identity":
		return raw, nil
	case "gzip", "x-gzip":
		if !bytes.HasPrefix(raw, []byte{0x1f, 0x8b}) {
			return raw, nil
		}
		r, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			return nil, err
		}
		return bounded(r)
	case "deflate":
		if r, err := zlib.NewReader(bytes.NewReader(raw)); err == nil {
			return bounded(r)
		}
		// Some servers leave out the frame of RFC 1950; what is not even that has been decoded already.
		if text, err := bounded(flate.NewReader(bytes.NewReader(raw))); err == nil {
			return text, nil
		}
		return raw, nil
	}
	return nil, errUnknownCoding
}

// bounded reads in pieces that are put together at the end, so that content which is too large costs its limit once.
func bounded(r io.Reader) ([]byte, error) {
	var pieces [][]byte
	piece := make([]byte, 0, 4<<10)
	for size := 0; ; {
		if len(piece) == cap(piece) {
			pieces = append(pieces, piece)
			piece = make([]byte, 0, min(2*cap(piece), 1<<20))
		}
		n, err := r.Read(piece[len(piece):cap(piece)])
		piece = piece[:len(piece)+n]
		if size += n; size > maxContent {
			return nil, errTooLarge
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return bytes.Join(append(pieces, piece), nil), err
		}
	}
}
