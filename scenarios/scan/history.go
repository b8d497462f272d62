package scan

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// LogArguments are the arguments of git, behind `git -C FOLDER`, whose output History.Log takes. What a repository's own configuration
// could change, or run, is switched off.
func LogArguments() []string {
	return []string{
		"-c", "core.quotePath=false", "-c", "core.fsmonitor=false", "-c", "log.showSignature=false", "-c", "log.showRoot=true", "-c", "diff.orderFile=/dev/null",
		"-c", "diff.interHunkContext=0", "-c", "diff.suppressBlankEmpty=false", "-c", "core.attributesFile=/dev/null", "-c", "log.follow=false",
		"--no-pager", "log", "--all", "--patch", "--unified=0", "--cc", "--find-renames", "--no-color", "--no-ext-diff", "--no-textconv", "--no-notes", "--submodule=short",
		"--src-prefix=a/", "--dst-prefix=b/", "--relative", "--encoding=UTF-8", "--format=%x01%H %aI%n%w(0,1,1)%B%w(0,0,0)",
	}
}

// A commit is where something of a history was added.
type commit struct {
	hash string
	when time.Time
}

// short is as much of a hash as people read.
func (c *commit) short() string { return c.hash[:min(12, len(c.hash))] }

const (
	mostLine  = 16 << 20 // bytes of one line of a history; the rest is passed over
	mostBlock = 4 << 20  // bytes of added lines that are looked at at once
)

// A chronicle is the reading of one history.
type chronicle struct {
	scanner *scanner
	history History
	commit  *commit
	path    string // of the file whose difference is read; empty: the commit's message
	parents int    // signs in front of each line of a difference
	line    int    // number of the next line of the new file
	start   int    // of the first line in block
	block   []byte // added lines that follow each other
	cut     bool
}

// history reads what a repository held before.
func (s *scanner) history(ctx context.Context, h History) error {
	c := &chronicle{scanner: s, history: h}
	r := bufio.NewReaderSize(h.Log, 256<<10)
	for n := 0; ; n++ {
		line, err := c.next(r)
		if len(line) > 0 {
			c.take(line)
		}
		if err != nil {
			c.flush()
			if errors.Is(err, io.EOF) {
				break
			}
			return fmt.Errorf("scan the history of %s: %w", h.Name, err)
		}
		if n%1024 == 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			s.progress()
		}
	}
	if c.cut {
		s.skip("lines of the history of more than 16 MiB, of which the rest")
	}
	return nil
}

// next reads a line, without more of it than mostLine.
func (c *chronicle) next(r *bufio.Reader) ([]byte, error) {
	line, err := r.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	long := bytes.Clone(line)
	for errors.Is(err, bufio.ErrBufferFull) {
		line, err = r.ReadSlice('\n')
		if len(long) < mostLine {
			long = append(long, line...)
		} else {
			c.cut = true
		}
	}
	return long, err
}

// take reads one line of the log.
func (c *chronicle) take(line []byte) {
	text := bytes.TrimSuffix(line, []byte{'\n'})
	switch {
	case line[0] == 1:
		c.flush()
		hash, date, _ := strings.Cut(string(text[1:]), " ")
		when, _ := time.Parse(time.RFC3339, date)
		c.commit, c.path, c.parents, c.line = &commit{hash: hash, when: when}, "", 0, 1
		c.scanner.mu.Lock()
		c.scanner.looked.commits++
		c.scanner.mu.Unlock()
	case c.commit == nil:
	case bytes.HasPrefix(line, []byte("diff --")):
		c.flush()
		c.path, c.parents = "", -1
	case c.parents < 0 && bytes.HasPrefix(line, []byte("+++ ")):
		c.path = newName(string(text[4:]))
	case bytes.HasPrefix(line, []byte("@@")):
		c.flush()
		c.parents, c.line = hunk(text)
	case c.path == "" && c.parents == 0: // of the message
		c.add(append(bytes.TrimPrefix(text, []byte{' '}), '\n'))
	case c.parents > 0 && len(text) >= c.parents && c.path != "":
		signs := text[:c.parents]
		if bytes.IndexByte(signs, '-') >= 0 || signs[0] == '\\' {
			return
		}
		if bytes.IndexByte(signs, '+') >= 0 {
			c.add(line[c.parents:])
			return
		}
		c.flush()
		c.line++
	}
}

// add puts a line to those that were added.
func (c *chronicle) add(line []byte) {
	if len(c.block) == 0 {
		c.start = c.line
	}
	c.block = append(c.block, line...)
	c.line++
	if len(c.block) >= mostBlock {
		c.flush()
	}
}

// flush looks at the lines that were added.
func (c *chronicle) flush() {
	if len(c.block) == 0 {
		return
	}
	u := &unit{path: c.history.Name, commit: c.commit, line: c.start, tracked: true, message: c.path == ""}
	if c.path != "" {
		if c.scanner.own[c.history.Name].covers(c.path) {
			c.block = c.block[:0]
			return
		}
		u.path = displayed(&Root{Name: c.history.Name}, c.path)
		u.place = placeOf(u.path, c.block[:min(len(c.block), headSize)])
	}
	c.scanner.look(u, c.block)
	c.block = c.block[:0]
}

// hunk reads "@@ -1,2 +3,4 @@", or with more parents "@@@ -1 -2 +3 @@@".
func hunk(text []byte) (parents, line int) {
	parents = -1
	for parents+1 < len(text) && text[parents+1] == '@' {
		parents++
	}
	_, at, _ := strings.Cut(string(text), "+")
	at, _, _ = strings.Cut(at, " ")
	at, _, _ = strings.Cut(at, ",")
	line, err := strconv.Atoi(at)
	if err != nil || parents < 1 {
		return max(parents, 1), 1
	}
	return parents, line
}

// newName reads the name behind "+++ ": quoted as C does where it holds signs, followed by a tab where it holds blanks. A file that was
// taken away has none.
func newName(text string) string {
	text = strings.TrimSuffix(text, "\t")
	if strings.HasPrefix(text, `"`) {
		if plain, err := strconv.Unquote(text); err == nil {
			text = plain
		}
	}
	name, ok := strings.CutPrefix(text, "b/")
	if !ok {
		return ""
	}
	return name
}
