package scan

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const (
	windowSize = 4 << 20  // bytes of a file that are looked at at once
	overlap    = 16 << 10 // bytes of a window without a line's end that the next one looks at again
	headSize   = 8000     // bytes by which git, too, tells binary from text
)

// read looks at all of a file, window by window, so that its size costs no memory. UTF-16 is read as text.
func (s *scanner) read(u *unit, file io.Reader) error {
	head := make([]byte, headSize)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	head = head[:n]
	rest := io.MultiReader(bytes.NewReader(head), file)
	if order, wide := utf16Of(head); wide {
		decoder := unicode.UTF16(order, unicode.UseBOM).NewDecoder()
		if plain, err := decoder.Bytes(head[:len(head)&^1]); err == nil {
			head = plain
		}
		rest = transform.NewReader(rest, unicode.UTF16(order, unicode.UseBOM).NewDecoder())
	}
	u.binary = bytes.IndexByte(head, 0) >= 0
	u.place = placeOf(u.path, head)
	if u.root != nil {
		u.place = given(u.root.Use, u.place)
	}
	s.count(u)
	return s.windows(u, rest)
}

// given puts what the user said of a folder in front of what its files look like.
func given(use Use, p place) place {
	switch use {
	case AsBundle:
		p.kind, p.why, p.test = browser, "", false
	case AsLogs:
		p.kind, p.why, p.test = logFile, "", false
	}
	return p
}

// windows hands a file on in windows that end with a line where they can.
func (s *scanner) windows(u *unit, file io.Reader) error {
	buffer := s.buffers.Get().(*[]byte)
	defer s.buffers.Put(buffer)
	if cap(*buffer) < windowSize {
		*buffer = make([]byte, windowSize)
	}
	text := (*buffer)[:windowSize]
	kept := 0
	line, before, offset := 1, 0, int64(0)
	for {
		n, err := io.ReadFull(file, text[kept:])
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return err
		}
		part := text[:kept+n]
		w := *u
		w.line, w.before, w.offset = line, before, offset
		if !last {
			w.limit = len(part) - overlap
			if end := bytes.LastIndexByte(part, '\n'); end >= len(part)/2 {
				w.limit = end + 1
				part = part[:end+1]
			}
		}
		s.look(&w, part)
		if last {
			return nil
		}
		done := text[:w.limit]
		if lines := bytes.Count(done, []byte{'\n'}); lines > 0 {
			line, before = line+lines, 0
			done = done[bytes.LastIndexByte(done, '\n')+1:]
		}
		before += utf8.RuneCount(done)
		offset += int64(w.limit)
		kept = copy(text, text[w.limit:])
	}
}

// utf16Of tells UTF-16 by its mark, or by the zeros that stand in every other byte of text in Latin letters.
func utf16Of(head []byte) (unicode.Endianness, bool) {
	switch {
	case len(head) < 2:
		return unicode.LittleEndian, false
	case head[0] == 0xff && head[1] == 0xfe:
		return unicode.LittleEndian, true
	case head[0] == 0xfe && head[1] == 0xff:
		return unicode.BigEndian, true
	}
	var zeros [2]int
	n := min(len(head), 512) &^ 1
	for i := range n {
		if head[i] == 0 {
			zeros[i%2]++
		}
	}
	half := n / 2
	switch {
	case half >= 8 && zeros[1]*10 >= half*9 && zeros[0]*10 <= half:
		return unicode.LittleEndian, true
	case half >= 8 && zeros[0]*10 >= half*9 && zeros[1]*10 <= half:
		return unicode.BigEndian, true
	}
	return unicode.LittleEndian, false
}

// count counts a file for the rules that need ones of its kind.
func (s *scanner) count(u *unit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looked.files++
	switch u.place.kind {
	case browser:
		s.looked.browser++
	case logFile:
		s.looked.logs++
	case envFile:
		if u.root != nil && u.root.Versioned {
			s.looked.variables++
		}
	default:
		s.looked.source++
	}
	if u.place.test && u.place.kind != logFile {
		s.looked.tests++
	}
}
