package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
)

// pages lists the Markdown files of the house.
func pages(t *testing.T) []string {
	t.Helper()
	files := []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "clients/README.md"}
	for _, folder := range []string{"docs", "examples"} {
		err := filepath.WalkDir(filepath.Join("../..", folder), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(path, ".md") {
				name, _ := filepath.Rel("../..", path)
				files = append(files, filepath.ToSlash(name))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// TestDocumentation runs every command of the documentation, page by page, and holds what it prints against what the page
// shows. What is not run says why in the page itself.
func TestDocumentation(t *testing.T) {
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("the commands of the documentation need %s: %v", tool, err)
		}
	}
	for _, file := range pages(t) {
		p := readPage(t, file)
		list := p.commands(t)
		if len(list) == 0 {
			continue
		}
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			needsSpecs(t, list)
			p.run(t, list)
		})
	}
}

// run carries a page out in a folder of its own.
func (p *page) run(t *testing.T, list []command) {
	folder, out, home := t.TempDir(), t.TempDir(), t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("testdata/documentation")); err != nil {
		t.Fatal(err)
	}
	program, err := built()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(folder, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(program, "understudy"), filepath.Join(folder, "bin", "understudy")); err != nil {
		t.Fatal(err)
	}
	port := freePorts(t)
	script := filepath.Join(out, "script")
	if err := os.WriteFile(script, []byte(p.script(list, out, port)), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	shell := exec.CommandContext(ctx, "bash", script)
	shell.Dir = folder
	shell.WaitDelay = 5 * time.Second
	shell.Env = []string{
		"PATH=" + builtPath(t), "HOME=" + home, "TMPDIR=" + home, "LANG=C.UTF-8",
		// Nobody is called but this machine.
		"HTTP_PROXY=http://127.0.0.1:9", "HTTPS_PROXY=http://127.0.0.1:9", "http_proxy=http://127.0.0.1:9", "NO_PROXY=127.0.0.1,localhost", "no_proxy=127.0.0.1,localhost",
		"UNDERSTUDY_LISTEN=127.0.0.1:" + port("4010"), "UNDERSTUDY_CONTROL_URL=http://127.0.0.1:" + port("4011"),
		"SPECS=" + os.Getenv("SPECS"), // for hidden commands only
	}
	if said, err := shell.CombinedOutput(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Errorf("%s: the shell: %v\n%s", p.file, err, said)
	}
	for i, c := range list {
		text, _ := os.ReadFile(filepath.Join(out, strconv.Itoa(i)))
		printed := string(text)
		shown := printed[:min(len(printed), 4000)]
		status, err := os.ReadFile(filepath.Join(out, strconv.Itoa(i)+".status"))
		if err != nil {
			t.Fatalf("%s:%d: it never ended, or was never reached: %s\nit printed\n%s", p.file, c.line, c.text, shown)
		}
		if got := strings.TrimSpace(string(status)); got != strconv.Itoa(c.exit) {
			t.Errorf("%s:%d: the exit status is %s and not %d: %s\nit printed\n%s", p.file, c.line, got, c.exit, c.text, shown)
		}
		if missing := misses(c.want, printed); missing != "" {
			t.Errorf("%s:%d: %s\nprints no line like\n%s\nwhere the page shows it, but\n%s", p.file, c.line, c.text, missing, shown)
		}
	}
}

// freePorts stands free ports in for those of the documentation: 4010 to 4019 are neighbours there and here.
func freePorts(t *testing.T) func(string) string {
	t.Helper()
	given := map[string]string{}
	for range 100 {
		var open []net.Listener
		first := 0
		for i := range 10 {
			l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(max(first+i, 0))))
			if err != nil {
				break
			}
			open = append(open, l)
			if i == 0 {
				first = l.Addr().(*net.TCPAddr).Port
			}
		}
		for _, l := range open {
			l.Close()
		}
		if len(open) == 10 {
			for i := range 10 {
				given[strconv.Itoa(4010+i)] = strconv.Itoa(first + i)
			}
			break
		}
	}
	if len(given) == 0 {
		t.Fatal("there are no ten free ports in a row")
	}
	return func(port string) string {
		if given[port] == "" {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			given[port] = strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
		}
		return given[port]
	}
}

// misses gives the first of the lines that are wanted which does not follow in what was printed; "" where all do.
func misses(want []string, printed string) string {
	lines := strings.Split(printed, "\n")
	for _, w := range want {
		if strings.Trim(w, "… \t") == "" {
			continue
		}
		like := lineLike(w)
		at := slices.IndexFunc(lines, like.MatchString)
		if at < 0 {
			return w
		}
		lines = lines[at+1:]
	}
	return ""
}

var (
	invented = regexp.MustCompile(`[\p{L}\d_*-]*\d[\p{L}\d_*-]*|\s*…\s*|\s+`)
	letters  = regexp.MustCompile(`\p{L}`)
)

// lineLike is an expression for lines that say the same as one of the documentation: with other numbers, other invented
// words, other blanks, and anything for an ellipsis.
func lineLike(line string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`^\s*`)
	line = strings.TrimSpace(line)
	for at := 0; at < len(line); {
		m := invented.FindStringIndex(line[at:])
		if m == nil {
			b.WriteString(regexp.QuoteMeta(line[at:]))
			break
		}
		b.WriteString(regexp.QuoteMeta(line[at : at+m[0]]))
		switch found := line[at+m[0] : at+m[1]]; {
		case strings.Contains(found, "…"):
			b.WriteString(`.*`)
		case strings.TrimSpace(found) == "":
			b.WriteString(`\s+`)
		case len(found) >= 10 && letters.MatchString(found):
			b.WriteString(`[\p{L}\d_*-]+`) // an id, a key or an instant's date
		default:
			for _, r := range found {
				if unicode.IsDigit(r) {
					b.WriteString(`\d+`)
				} else {
					b.WriteString(regexp.QuoteMeta(string(r)))
				}
			}
		}
		at += m[1]
	}
	text := strings.ReplaceAll(b.String(), `\d+\d+`, `\d+`)
	for strings.Contains(text, `\d+\d+`) {
		text = strings.ReplaceAll(text, `\d+\d+`, `\d+`)
	}
	return regexp.MustCompile(text + `\s*$`)
}

// TestLineLike: what counts as the same line.
func TestLineLike(t *testing.T) {
	for _, c := range []struct {
		line, printed string
		like          bool
	}{
		{"control  http://127.0.0.1:4011", "control http://127.0.0.1:39121", true},
		{"  A_KEY=ek_live_fx81afuktovsndd8t8c2", "  A_KEY=ek_live_0000aaaa1111bbbb2222", true},
		{"  A_KEY=ek_live_fx81afuktovsndd8t8c2", "  B_KEY=ek_live_0000aaaa1111bbbb2222", false},
		{`{"data":[{"id":"evt_7k2m9p4q1r","name":"Nordic", …`, `{"data":[{"id":"evt_111111111a","name":"Nordic", "x": 1}]}`, true},
		{`{"data":[{"id":"evt_7k2m9p4q1r","name":"Nordic", …`, `{"data":[{"id":"evt_111111111a","name":"Other", "x": 1}]}`, false},
		{"PASSED  14 tests passed.", "PASSED  7 tests passed.", true},
		{"PASSED  14 tests passed.", "FAILED  7 tests passed.", false},
		{"HTTP/1.1 401 Unauthorized", "HTTP/1.1 401 Unauthorized\r", true},
	} {
		if got := lineLike(c.line).MatchString(c.printed); got != c.like {
			t.Errorf("%q and %q: %v", c.line, c.printed, got)
		}
	}
}

// displayed are the languages of blocks that are no commands.
var displayed = []string{"text", "yaml", "json", "toml", "ini", "xml", "html", "js", "ts", "go", "python", "java", "dockerfile", "diff", "http", "sql", "make", "mermaid"}

// TestBlocks: each block says its language, so that none with commands is passed over.
func TestBlocks(t *testing.T) {
	run, excused := 0, 0
	for _, file := range pages(t) {
		for _, b := range readPage(t, file).blocks {
			switch {
			case b.runs():
				run++
			case b.reason != "":
				excused++
			case !slices.Contains(displayed, b.language):
				t.Errorf("%s:%d: the language %q is not known: sh and console are run, and others are %s", file, b.line, b.language, strings.Join(displayed, ", "))
			}
			for i, line := range b.text {
				if b.language == "text" && strings.HasPrefix(line, "$ ") {
					t.Errorf("%s:%d: a command in a block of text; make it console", file, b.line+i+1)
				}
			}
		}
	}
	t.Logf("%d blocks are run and %d say why not", run, excused)
	if run < 10 || excused > run {
		t.Errorf("%d blocks are run and %d are not", run, excused)
	}
}

var (
	mdLink  = regexp.MustCompile(`\]\(([^()\s]+)(?:\s+"[^"]*")?\)`)
	heading = regexp.MustCompile(`^#{1,6}\s+(.*?)\s*#*$`)
	named   = regexp.MustCompile(`(?:id|name)="([^"]+)"`)
	inCode  = regexp.MustCompile("`[^`]*`")
)

// TestLinks: each link between files leads somewhere, anchors included.
func TestLinks(t *testing.T) {
	anchors := map[string]map[string]bool{}
	found := 0
	for _, file := range pages(t) {
		p := readPage(t, file)
		for i, line := range p.prose() {
			for _, m := range mdLink.FindAllStringSubmatch(inCode.ReplaceAllString(line, "``"), -1) {
				if found++; strings.Contains(m[1], "://") {
					continue
				}
				if err := follow(t, anchors, file, m[1]); err != nil {
					t.Errorf("%s:%d: %s: %v", file, i+1, m[1], err)
				}
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d links", found)
	}
}

// prose gives the lines that are not in blocks; those are empty.
func (p *page) prose() []string {
	lines := slices.Clone(p.lines)
	for _, b := range p.blocks {
		for i := b.line - 1; i <= b.line+len(b.text) && i < len(lines); i++ {
			lines[i] = ""
		}
	}
	return lines
}

func follow(t *testing.T, anchors map[string]map[string]bool, from, link string) error {
	path, anchor, _ := strings.Cut(link, "#")
	target := from
	if path != "" {
		target = filepath.ToSlash(filepath.Join(filepath.Dir(from), path))
	}
	if strings.HasPrefix(target, "../") {
		return errors.New("it leads out of the repository")
	}
	if _, err := os.Stat(filepath.Join("../..", target)); err != nil {
		return errors.New("there is no such file")
	}
	if anchor == "" || !strings.HasSuffix(target, ".md") {
		return nil
	}
	if anchors[target] == nil {
		anchors[target] = readPage(t, target).anchors()
	}
	if !anchors[target][anchor] {
		return fmt.Errorf("%s has no heading %q", target, anchor)
	}
	return nil
}

// anchors are the names of headings, as GitHub makes them, and of elements.
func (p *page) anchors() map[string]bool {
	names := map[string]bool{}
	for _, line := range p.prose() {
		for _, m := range named.FindAllStringSubmatch(line, -1) {
			names[m[1]] = true
		}
		m := heading.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		text := mdText.ReplaceAllString(m[1], "$1")
		name := strings.Map(func(r rune) rune {
			switch {
			case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
				return unicode.ToLower(r)
			case r == ' ':
				return '-'
			}
			return -1
		}, text)
		for n, one := 0, name; ; n++ {
			if n > 0 {
				one = fmt.Sprintf("%s-%d", name, n)
			}
			if !names[one] {
				names[one] = true
				break
			}
		}
	}
	return names
}

var mdText = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
