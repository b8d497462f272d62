package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"understudy/scenarios/scan"
)

// A ground is all that one scan looks at.
type ground struct {
	*process
	flags     *scanning
	roots     []scan.Root
	histories []scan.History
	notes     []string
	except    []string // files that hold the credentials which are looked for, by absolute path
	opened    []*os.Root
	logs      []*gitLog
}

func (g *ground) close() {
	for _, l := range g.logs {
		l.close()
	}
	for _, r := range g.opened {
		r.Close()
	}
}

// stake opens everything that the user named.
func (g *ground) stake(ctx context.Context, paths []string) error {
	for _, file := range append([]string{g.flags.readyFile}, g.flags.canaries...) {
		if absolute, err := filepath.Abs(file); file != "" && err == nil {
			g.except = append(g.except, absolute)
		}
	}
	repositories := 0
	for _, name := range paths {
		versioned, err := g.path(ctx, name)
		if err != nil {
			return err
		}
		if versioned {
			repositories++
		}
	}
	if g.flags.historySaid && g.flags.history && repositories == 0 {
		return fmt.Errorf("--history: %s is in no git repository; leave the flag out, or name the repository's folder", strings.Join(paths, ", "))
	}
	for _, name := range g.flags.bundles {
		info, err := os.Stat(name)
		if err != nil {
			return fmt.Errorf("--bundle: %w; build it first", err)
		}
		if !info.IsDir() {
			return fmt.Errorf("--bundle %s: it is no folder", name)
		}
		if err := g.open(name, &scan.Root{Use: scan.AsBundle}); err != nil {
			return err
		}
	}
	for _, pattern := range g.flags.logs {
		if err := g.logFiles(pattern); err != nil {
			return err
		}
	}
	return nil
}

// path opens one PATH: a folder, in a repository or not, or a file.
func (g *ground) path(ctx context.Context, name string) (versioned bool, err error) {
	info, err := os.Stat(name)
	if err != nil {
		return false, fmt.Errorf("scan: %w", err)
	}
	if !info.IsDir() {
		root := &scan.Root{Files: []string{filepath.Base(name)}}
		return false, g.open(filepath.Dir(name), root)
	}
	root := &scan.Root{}
	versioned, err = g.repository(ctx, name, root)
	if err != nil {
		return false, err
	}
	return versioned, g.open(name, root)
}

// open adds a folder. Nothing that leads out of it is followed.
func (g *ground) open(name string, root *scan.Root) error {
	opened, err := os.OpenRoot(name)
	if err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	g.opened = append(g.opened, opened)
	root.FS, root.Name = opened.FS(), shownPath(name)
	absolute, err := filepath.Abs(name)
	if err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	root.Except = map[string]bool{}
	for _, file := range g.except {
		if rest, err := filepath.Rel(absolute, file); err == nil {
			root.Except[filepath.ToSlash(rest)] = true
		}
	}
	g.roots = append(g.roots, *root)
	return nil
}

// shownPath is how a folder stands before its files in findings: nothing for the current one.
func shownPath(name string) string {
	if clean := filepath.ToSlash(filepath.Clean(name)); clean != "." {
		return clean
	}
	return ""
}

// logFiles adds the files that a pattern names.
func (g *ground) logFiles(pattern string) error {
	folder, rest := ".", filepath.ToSlash(filepath.Clean(pattern))
	if filepath.IsAbs(pattern) {
		folder, rest = "/", strings.TrimPrefix(rest, "/")
	}
	for {
		first, behind, ok := strings.Cut(rest, "/")
		if !ok || strings.ContainsAny(first, `*?[`) {
			break
		}
		folder, rest = filepath.Join(folder, first), behind
	}
	expr, err := globExpression(rest)
	if err != nil {
		return fmt.Errorf("--logs %s: %w", pattern, err)
	}
	var files []string
	err = fs.WalkDir(os.DirFS(folder), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && name == ".":
			return err
		case err != nil:
			return nil
		case d.IsDir() && !strings.Contains(rest, "**") && strings.Count(name, "/") >= strings.Count(rest, "/") && name != ".":
			return fs.SkipDir
		case d.Type().IsRegular() && expr.MatchString(name):
			files = append(files, name)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("--logs %s: %w", pattern, err)
	}
	if len(files) == 0 {
		return fmt.Errorf("--logs %s: no file is called like that", pattern)
	}
	return g.open(folder, &scan.Root{Use: scan.AsLogs, Files: files})
}

// globExpression makes an expression of a path with * for a part of a name and ** for any folders.
func globExpression(pattern string) (*regexp.Regexp, error) {
	var b strings.Builder
	b.WriteString(`\A`)
	parts := strings.Split(pattern, "/")
	for i, part := range parts {
		switch {
		case part == "**" && i == len(parts)-1:
			b.WriteString(`.+`)
			continue
		case part == "**":
			b.WriteString(`(?:[^/]+/)*`)
			continue
		}
		if _, err := path.Match(part, ""); err != nil {
			return nil, errors.New("the pattern is malformed")
		}
		for _, c := range part {
			switch c {
			case '*':
				b.WriteString(`[^/]*`)
			case '?':
				b.WriteString(`[^/]`)
			case '[', ']', '-':
				b.WriteRune(c)
			default:
				b.WriteString(regexp.QuoteMeta(string(c)))
			}
		}
		if i < len(parts)-1 {
			b.WriteByte('/')
		}
	}
	return regexp.Compile(b.String() + `\z`)
}

// throttled calls what it is given, at most once in a time.
func throttled(every time.Duration) func(func()) {
	var mu sync.Mutex
	var last time.Time
	return func(f func()) {
		mu.Lock()
		defer mu.Unlock()
		if now := time.Now(); now.Sub(last) >= every {
			last = now
			f()
		}
	}
}

// above reads the ignore files from the top of a repository down to a folder's parent, farthest first.
func above(top, folder string) (list []scan.Above) {
	rest, err := filepath.Rel(top, folder)
	if err != nil || rest == "." || strings.HasPrefix(rest, "..") {
		return nil
	}
	parts := strings.Split(filepath.ToSlash(rest), "/")
	for i := range parts {
		file := filepath.Join(slices.Concat([]string{top}, parts[:i], []string{".gitignore"})...)
		if text, err := os.ReadFile(file); err == nil {
			list = append(list, scan.Above{Path: strings.Join(parts[i:], "/"), Text: text})
		}
	}
	return list
}
