package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A page is a Markdown file as a reader with a shell goes through it. What the reader does not see, comments say:
//
//	<!-- not run: REASON -->     the next block is not run
//	<!-- exit: 1 -->             the last command of the next block ends with this status; all others with 0
//	<!-- file: NAME -->          the next block, of whatever language, is what stands in that file from here on
//	<!-- background -->          the commands of the next block go on while the page does
//	<!-- before: COMMANDS -->    run before the next block, on one line or on several; they are not judged but must succeed
//
// Blocks of sh hold commands, blocks of console commands behind "$ " and what they print. All of a page run in one shell in one
// folder, which begins with what is in testdata/documentation. "understudy serve" goes on until the page serves something
// else. Ports of 127.0.0.1 stand for free ones.
type page struct {
	file   string // as the repository has it: docs/guide.md
	lines  []string
	blocks []block
}

// A block is a fenced block with the comments before it.
type block struct {
	line     int // of the fence
	language string
	text     []string
	reason   string // why it is not run
	exit     int
	save     string // file that it is
	behind   bool   // in the background
	before   []string
}

var (
	fence   = regexp.MustCompile("^( {0,3})(```+)\\s*([^`\\s]*)")
	comment = regexp.MustCompile(`^<!--\s*(not run|exit|file|before|background)\b:?\s*(.*)$`)
)

func readPage(t *testing.T, file string) *page {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", file))
	if err != nil {
		t.Fatal(err)
	}
	p := &page{file: file, lines: strings.Split(string(text), "\n")}
	next := block{}
	for i := 0; i < len(p.lines); i++ {
		if m := comment.FindStringSubmatch(p.lines[i]); m != nil {
			said := []string{m[2]}
			for !strings.Contains(p.lines[i], "-->") && i+1 < len(p.lines) {
				i++
				said = append(said, p.lines[i])
			}
			before, _, _ := strings.Cut(strings.Join(said, "\n"), "-->")
			next.take(t, p, i+1, m[1], strings.TrimSpace(before))
			continue
		}
		m := fence.FindStringSubmatch(p.lines[i])
		if m == nil {
			if strings.TrimSpace(p.lines[i]) != "" {
				if next.reason != "" || next.save != "" || next.before != nil || next.exit != 0 || next.behind {
					t.Errorf("%s:%d: a comment about a block, and no block follows", p.file, i+1)
				}
				next = block{}
			}
			continue
		}
		next.line, next.language = i+1, m[3]
		for i++; i < len(p.lines) && strings.TrimSpace(p.lines[i]) != m[2]; i++ {
			next.text = append(next.text, strings.TrimPrefix(p.lines[i], m[1]))
		}
		if i == len(p.lines) {
			t.Errorf("%s:%d: the block never ends", p.file, next.line)
		}
		p.blocks = append(p.blocks, next)
		next = block{}
	}
	return p
}

func (b *block) take(t *testing.T, p *page, line int, word, said string) {
	var err error
	switch word {
	case "not run":
		b.reason = said
		if len(said) < 10 {
			t.Errorf("%s:%d: say why the block is not run", p.file, line)
		}
	case "exit":
		if b.exit, err = strconv.Atoi(said); err != nil {
			t.Errorf("%s:%d: %q is no exit status", p.file, line, said)
		}
	case "file":
		b.save = said
	case "background":
		b.behind = true
	case "before":
		b.before = append(b.before, strings.Split(said, "\n")...)
	}
}

func (b *block) runs() bool {
	return b.reason == "" && (b.language == "sh" || b.language == "console")
}

// A command is one that a reader types, with what it prints.
type command struct {
	line   int
	text   string
	want   []string // lines, in this order among others
	exit   int
	behind bool
	hidden bool // of a comment
}

// commands lists what a page runs, in order.
func (p *page) commands(t *testing.T) []command {
	t.Helper()
	var list []command
	for _, b := range p.blocks {
		list = append(list, split(t, p, b.line, b.before, true)...)
		if b.save != "" {
			text := fmt.Sprintf("mkdir -p \"$(dirname '%s')\" && cat > '%s' <<'UNDERSTUDY_END'\n%s\nUNDERSTUDY_END", b.save, b.save, strings.Join(b.text, "\n"))
			list = append(list, command{line: b.line, text: text, hidden: true})
		}
		if !b.runs() {
			continue
		}
		var own []command
		if b.language == "sh" {
			own = split(t, p, b.line, b.text, false)
		} else {
			own = typed(t, p, &b)
		}
		if len(own) == 0 {
			t.Errorf("%s:%d: there is no command in the block; is it text?", p.file, b.line)
			continue
		}
		for i := range own {
			own[i].behind = b.behind
		}
		own[len(own)-1].exit = b.exit
		list = append(list, own...)
	}
	return list
}

// split makes commands of lines: as many lines as the shell needs for one.
func split(t *testing.T, p *page, line int, lines []string, hidden bool) []command {
	t.Helper()
	var list []command
	text := ""
	for i, l := range lines {
		if text == "" && (strings.TrimSpace(l) == "" || strings.HasPrefix(strings.TrimSpace(l), "#")) {
			continue
		}
		if text += l + "\n"; complete(text) {
			list = append(list, command{line: line + i + 1, text: strings.TrimSuffix(text, "\n"), hidden: hidden})
			text = ""
		}
	}
	if text != "" {
		t.Errorf("%s:%d: the shell waits for the end of: %s", p.file, line, text)
	}
	return list
}

// typed reads a block of console.
func typed(t *testing.T, p *page, b *block) []command {
	t.Helper()
	var list []command
	for i := 0; i < len(b.text); i++ {
		text, isCommand := strings.CutPrefix(b.text[i], "$ ")
		if !isCommand {
			if len(list) == 0 {
				t.Errorf("%s:%d: a block of console begins with a command behind \"$ \"", p.file, b.line+i+1)
				return nil
			}
			list[len(list)-1].want = append(list[len(list)-1].want, b.text[i])
			continue
		}
		at := b.line + i + 1
		for text += "\n"; !complete(text) && i+1 < len(b.text); i++ {
			text += strings.TrimPrefix(b.text[i+1], "> ") + "\n"
		}
		list = append(list, command{line: at, text: strings.TrimSuffix(text, "\n")})
	}
	return list
}

// complete asks the shell whether a text is a whole command.
func complete(text string) bool {
	if strings.HasSuffix(text, "\\\n") {
		return false
	}
	c := exec.Command("bash", "-n", "-c", text)
	said, err := c.CombinedOutput()
	return err == nil && len(said) == 0 // of a text that lacks its end only a warning is given
}

var (
	serves   = regexp.MustCompile(`^((?:[A-Z_]+=\S+ )*(?:bin/)?understudy serve)\b([^|;]*)$`)
	loopback = regexp.MustCompile(`\b(127\.0\.0\.1|localhost):([0-9]{2,5})\b`)
)

// script writes the page as a shell script. What command n prints goes to the file n in out, its status to n.status.
func (p *page) script(list []command, out string, port func(string) string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "out='%s'\n", out)
	b.WriteString(`serving=
trap 'kill $(jobs -p) 2>/dev/null; wait 2>/dev/null' EXIT
ready() { # FILE PID: waits until the stand-in answers
  for _ in $(seq 600); do
    [ -s "$1" ] && return 0
    kill -0 "$2" 2>/dev/null || { wait "$2"; return; }
    sleep 0.1
  done
  echo 'it was never ready'; return 1
}
`)
	for i, c := range list {
		text := loopback.ReplaceAllStringFunc(c.text, func(found string) string {
			host, number, _ := strings.Cut(found, ":")
			return host + ":" + port(number)
		})
		if m := serves.FindStringSubmatch(text); m != nil {
			rest, further := strings.CutSuffix(strings.TrimSpace(m[2]), "&")
			if !further {
				b.WriteString("if [ -n \"$serving\" ]; then kill $serving 2>/dev/null; wait $serving 2>/dev/null; fi\n")
			}
			file := fmt.Sprintf(`"$out/%d.ready"`, i)
			if said := slices.Index(strings.Fields(rest), "--ready-file"); said >= 0 {
				file = `"` + strings.Fields(rest)[said+1] + `"`
			} else {
				rest += " --ready-file " + file
			}
			fmt.Fprintf(&b, "%s %s > \"$out/%d\" 2>&1 &\nstarted=$!\nready %s $started >> \"$out/%d\" 2>&1; echo $? > \"$out/%d.status\"\n", m[1], rest, i, file, i, i)
			if !further {
				b.WriteString("serving=$started\n")
			}
			continue
		}
		if c.behind {
			fmt.Fprintf(&b, "{ %s\n} > \"$out/%d\" 2>&1 < /dev/null &\necho 0 > \"$out/%d.status\"\n", text, i, i)
			continue
		}
		fmt.Fprintf(&b, "{ %s\n} > \"$out/%d\" 2>&1 < /dev/null; echo $? > \"$out/%d.status\"\n", text, i, i)
	}
	return b.String()
}
