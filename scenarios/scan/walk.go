package scan

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

// ownIgnore is the ignore file that only this scan reads.
const ownIgnore = ".understudyignore"

// packed are endings of files in which no text can be found as it is written.
var packed = []string{
	".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".ico", ".bmp", ".tif", ".tiff", ".mp3", ".mp4", ".m4a", ".ogg", ".webm", ".mov", ".avi", ".flac", ".wav",
	".woff", ".woff2", ".ttf", ".otf", ".eot", ".zip", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".br", ".jar", ".war", ".whl", ".pdf", ".docx", ".xlsx", ".pptx",
}

// A task is one file that is to be read.
type task struct {
	root    *Root
	name    string
	private bool // it is ignored, and only looked at for what keeps files of variables apart
}

// root looks at all files of a root, several at once.
func (s *scanner) root(ctx context.Context, r *Root) error {
	tasks := make(chan task, 64)
	var readers sync.WaitGroup
	for range s.options.Jobs {
		readers.Go(func() {
			for t := range tasks {
				if ctx.Err() == nil {
					s.file(t)
				}
			}
		})
	}
	err := s.walk(ctx, r, tasks)
	close(tasks)
	readers.Wait()
	if err == nil {
		err = ctx.Err()
	}
	return err
}

// walk finds the files of a root.
func (s *scanner) walk(ctx context.Context, r *Root, tasks chan<- task) error {
	if r.Files != nil {
		for _, name := range r.Files {
			tasks <- task{root: r, name: name}
		}
		return nil
	}
	entries, err := fs.ReadDir(r.FS, ".")
	if err != nil {
		return fmt.Errorf("scan %s: %w", displayed(r, "."), err)
	}
	var git, own ignores
	for _, a := range r.Above {
		list := readIgnore("", a.Text)
		list.above = a.Path
		git = append(git, list)
	}
	return s.folder(ctx, r, "", entries, git, own, tasks)
}

// folder goes through one folder. git and own are the ignore files of the folders above.
func (s *scanner) folder(ctx context.Context, r *Root, folder string, entries []fs.DirEntry, git, own ignores, tasks chan<- task) error {
	git, own = slices.Clip(git), slices.Clip(own)
	for _, e := range entries {
		if name := e.Name(); (name == ".gitignore" || name == ownIgnore) && e.Type().IsRegular() {
			text, err := fs.ReadFile(r.FS, path.Join(folder, name))
			if err != nil {
				s.skip("files that cannot be read")
				continue
			}
			if list := readIgnore(folder, text); name == ownIgnore {
				own = append(own, list)
				s.own[r.Name] = append(s.own[r.Name], list)
			} else if r.Use == AsTree {
				git = append(git, list)
			}
		}
	}
	for _, e := range entries {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		name := path.Join(folder, e.Name())
		tracked := r.Tracked[name]
		ignored := r.Use == AsTree && !tracked && git.has(name, e.IsDir())
		switch {
		case own.has(name, e.IsDir()):
			s.skip("files and folders that " + ownIgnore + " names")
		case e.IsDir() && (ignored || slices.Contains([]string{".git", ".hg", ".svn"}, e.Name())):
		case e.IsDir():
			below, err := fs.ReadDir(r.FS, name)
			if err != nil {
				s.skip("folders that cannot be read")
				continue
			}
			if err := s.folder(ctx, r, name, below, git, own, tasks); err != nil {
				return err
			}
		case e.Type()&fs.ModeSymlink != 0:
			s.skip("symbolic links, which are not followed")
		case !e.Type().IsRegular() || r.Except[name]:
		case ignored && !isEnvFile(e.Name()):
		default:
			tasks <- task{root: r, name: name, private: isEnvFile(e.Name()) && (ignored || !r.Versioned && !tracked)}
		}
	}
	return nil
}

// file reads one file.
func (s *scanner) file(t task) {
	if slices.Contains(packed, strings.ToLower(path.Ext(t.name))) {
		s.skip("packed files: archives, pictures, fonts")
		return
	}
	if s.again(displayed(t.root, t.name)) {
		return
	}
	file, err := t.root.FS.Open(t.name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) { // it went away meanwhile
			s.skip("files that cannot be read")
		}
		return
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		s.skip("files that cannot be read")
		return
	}
	if info.Size() > s.options.MaxFile {
		s.skip(fmt.Sprintf("files of more than %d MiB", s.options.MaxFile>>20))
		return
	}
	u := &unit{path: displayed(t.root, t.name), root: t.root, private: t.private, tracked: t.root.Tracked[t.name], changed: info.ModTime()}
	if err := s.read(u, file); err != nil {
		s.skip("files that cannot be read")
	}
	s.progress()
}

// again says that a file was looked at before, and keeps that it was now.
func (s *scanner) again(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.done[name]
	s.done[name] = true
	return before
}

// displayed is a path as findings show it.
func displayed(r *Root, name string) string { return path.Join(r.Name, name) }

// progress tells how far the scan has come.
func (s *scanner) progress() {
	if s.options.Progress == nil {
		return
	}
	s.mu.Lock()
	p := Progress{Files: s.looked.files, Commits: s.looked.commits, Bytes: s.looked.bytes, Findings: len(s.hits)}
	s.mu.Unlock()
	s.options.Progress(p)
}
