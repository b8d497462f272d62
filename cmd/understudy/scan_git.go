package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"understudy/scenarios/scan"
)

// gitEnvironment keeps git from asking, from fetching and from writing. What the caller's environment says of another repository is
// left out: the folder decides.
func gitEnvironment() []string {
	var list []string
	for _, line := range os.Environ() {
		switch name, _, _ := strings.Cut(line, "="); name {
		case "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_CONFIG_PARAMETERS", "LC_ALL", "LANG":
		default:
			list = append(list, line)
		}
	}
	return append(list, "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "LC_ALL=C")
}

// git runs a short command of git in a folder and gives what it prints.
func git(ctx context.Context, folder string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", folder, "-c", "core.fsmonitor=false"}, args...)...)
	cmd.Env = gitEnvironment()
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		if text := firstLine(complaint.String()); text != "" {
			err = errors.New(text)
		}
		return "", fmt.Errorf("git %s: %w", args[0], err)
	}
	return out.String(), nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

// repository tells what git knows of a folder: which files are committed, what is ignored, and the history, where it is wanted.
func (g *ground) repository(ctx context.Context, name string, root *scan.Root) (versioned bool, err error) {
	absolute, err := filepath.Abs(name)
	if err == nil {
		absolute, err = filepath.EvalSymlinks(absolute)
	}
	if err != nil {
		return false, fmt.Errorf("scan: %w", err)
	}
	if !inRepository(absolute) {
		return false, nil
	}
	root.Versioned = true
	top, err := git(ctx, absolute, "rev-parse", "--show-toplevel")
	if err != nil {
		if g.flags.historySaid && g.flags.history || ctx.Err() != nil {
			return false, fmt.Errorf("--history: %w", withoutGit(err))
		}
		g.notes = append(g.notes, fmt.Sprintf("The history of %s was not looked at: %v.", name, withoutGit(err)))
		root.Above = above(topOf(absolute), absolute)
		return true, nil
	}
	top = strings.TrimSuffix(top, "\n")
	root.Above = append(g.globalIgnores(ctx, absolute, top), above(top, absolute)...)
	files, err := git(ctx, absolute, "ls-files", "-z")
	if err != nil {
		return false, fmt.Errorf("scan: %w", err)
	}
	root.Tracked = trackedSet(files)
	if g.flags.history {
		g.addHistory(ctx, name, absolute, absolute == top)
	}
	return true, nil
}

// withoutGit says what to do where git is not installed.
func withoutGit(err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		return errors.New("git is not installed: install it, or look at the tree alone with --history=false")
	}
	return err
}

// inRepository looks for .git in a folder and those above.
func inRepository(folder string) bool { return topOf(folder) != "" }

func topOf(folder string) string {
	for {
		if _, err := os.Lstat(filepath.Join(folder, ".git")); err == nil {
			return folder
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return ""
		}
		folder = parent
	}
}

// globalIgnores reads the ignore files that belong to the user and to the clone.
func (g *ground) globalIgnores(ctx context.Context, folder, top string) (list []scan.Above) {
	rest, err := filepath.Rel(top, folder)
	if err != nil {
		return nil
	}
	at := filepath.ToSlash(rest)
	if at == "." {
		at = ""
	}
	var files []string
	if file, err := git(ctx, folder, "config", "--path", "--get", "core.excludesFile"); err == nil {
		files = append(files, strings.TrimSuffix(file, "\n"))
	} else if home, err := os.UserConfigDir(); err == nil {
		files = append(files, filepath.Join(home, "git", "ignore"))
	}
	if file, err := git(ctx, folder, "rev-parse", "--git-path", "info/exclude"); err == nil {
		file = strings.TrimSuffix(file, "\n")
		if !filepath.IsAbs(file) {
			file = filepath.Join(folder, file)
		}
		files = append(files, file)
	}
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil {
			list = append(list, scan.Above{Path: at, Text: text})
		}
	}
	return list
}

// trackedSet are the files of a list that ends each with a zero, and the folders above them.
func trackedSet(files string) map[string]bool {
	set := map[string]bool{}
	for name := range strings.SplitSeq(files, "\x00") {
		for name != "" && name != "." && !set[name] {
			set[name] = true
			name = path.Dir(name)
		}
	}
	return set
}

// addHistory lets the scan read the history of a folder's repository.
func (g *ground) addHistory(ctx context.Context, name, folder string, whole bool) {
	args := append([]string{"-C", folder}, scan.LogArguments()...)
	if g.flags.since != "" {
		args = append(args, "--since="+g.flags.since)
	}
	if !whole {
		args = append(args, "--full-history", "--", ".")
	}
	log := &gitLog{ctx: ctx, args: args}
	g.logs = append(g.logs, log)
	g.histories = append(g.histories, scan.History{Name: shownPath(name), Log: log})
	if shallow, err := git(ctx, folder, "rev-parse", "--is-shallow-repository"); err == nil && strings.TrimSpace(shallow) == "true" {
		g.notes = append(g.notes, fmt.Sprintf("The clone %s is shallow: only a part of its history was looked at. In CI, fetch all of it (fetch-depth: 0).", name))
	}
}

// A gitLog is what a command of git prints. It is started with the first read; when it fails, the last read says so.
type gitLog struct {
	ctx       context.Context
	args      []string
	cmd       *exec.Cmd
	out       io.ReadCloser
	complaint bytes.Buffer
	done      error
}

func (l *gitLog) Read(into []byte) (int, error) {
	if l.done != nil {
		return 0, l.done
	}
	if l.cmd == nil {
		if err := l.start(); err != nil {
			l.done = err
			return 0, err
		}
	}
	n, err := l.out.Read(into)
	if err == nil {
		return n, nil
	}
	l.done = err
	if waited := l.cmd.Wait(); waited != nil && errors.Is(err, io.EOF) {
		l.done = fmt.Errorf("git log: %w", waited)
		if text := firstLine(l.complaint.String()); text != "" {
			l.done = fmt.Errorf("git log: %s", text)
		}
	}
	l.cmd = nil
	return n, l.done
}

func (l *gitLog) start() (err error) {
	cmd := exec.CommandContext(l.ctx, "git", l.args...)
	cmd.Env = gitEnvironment()
	cmd.Stderr = &l.complaint
	if l.out, err = cmd.StdoutPipe(); err != nil {
		return fmt.Errorf("git log: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("git log: %w", withoutGit(err))
	}
	l.cmd = cmd
	return nil
}

// close ends a command that was not read to its end.
func (l *gitLog) close() {
	if l.cmd != nil && l.cmd.Process != nil {
		_ = l.cmd.Process.Kill() // it may have ended by itself
		_ = l.cmd.Wait()
	}
}
