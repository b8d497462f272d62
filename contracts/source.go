package contracts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Options say how a document is loaded.
type Options struct {
	Name     string   // short name of the contract; empty: the behaviour's, else made from the file's name
	Overlays []string // Overlay documents to put on the document, in order
	// AllowRefs are the hosts from which references to http(s) URLs may be fetched: "example.com" for the usual
	// ports, "localhost:8080" for another one. None: references never reach the network.
	AllowRefs []string
	Limits    Limits
	Client    *http.Client // nil: one with time-outs; used only for what the user named
	Files     fs.FS        // for built-in documents: read from here instead of the disk
}

// A folder is the sandbox that the files of one document are read from. Names are slash separated and
// relative to it. Its open never leaves it, by whatever name or symbolic link.
type folder interface {
	open(name string) (fs.File, error)
	close() error
}

// diskFolder is a folder on the disk; os.Root holds it shut.
type diskFolder struct{ root *os.Root }

func (d diskFolder) open(name string) (fs.File, error) {
	// A pipe or a device would block or never end, so look before opening.
	stat, err := d.root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !stat.Mode().IsRegular() {
		return nil, errNotRegular
	}
	return d.root.Open(name)
}

func (d diskFolder) close() error { return d.root.Close() }

// fsFolder is a folder in an fs.FS.
type fsFolder struct{ files fs.FS }

func (f fsFolder) open(name string) (fs.File, error) {
	file, err := f.files.Open(name)
	if err != nil {
		return nil, err
	}
	if stat, err := file.Stat(); err != nil || !stat.Mode().IsRegular() {
		file.Close()
		return nil, errors.Join(err, errNotRegular)
	}
	return file, nil
}

func (f fsFolder) close() error { return nil }

var errNotRegular = errors.New("it is not a regular file")

// A source is what the user named, taken apart: where the document's files are read from.
type source struct {
	folder folder // nil where the document came from a URL
	prefix string // put before a file's name in the folder to show it as the user would name it
	root   string // name of the root document in the folder, or its URL
}

// shown gives a file's name as the user would write it.
func (s *source) shown(name string) string {
	if s.prefix == "" || isURL(name) {
		return name
	}
	return filepath.Join(s.prefix, filepath.FromSlash(name))
}

// openSource finds what the user named. The caller closes the folder.
func openSource(name string, o Options, limits Limits) (*source, error) {
	if isURL(name) {
		return &source{root: name}, nil
	}
	if o.Files != nil {
		return openBuiltin(name, o.Files, limits)
	}
	stat, err := os.Stat(name)
	if err != nil {
		return nil, &DocumentError{At: at(name), Message: "the document cannot be read: " + reason(err), Advice: "give a file, a folder or an http(s) URL"}
	}
	if !stat.IsDir() {
		return openFile(name)
	}
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, &DocumentError{At: at(name), Message: "the folder cannot be read: " + reason(err)}
	}
	found, err := findRoot(root.FS(), ".", name, limits)
	if err != nil {
		root.Close()
		return nil, err
	}
	return &source{folder: diskFolder{root}, prefix: name, root: found}, nil
}

// openFile takes the folder of the file as the sandbox. The file itself was named by the user and may be
// a symbolic link to anywhere, or a pipe.
func openFile(name string) (*source, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, &DocumentError{At: at(name), Message: "the document cannot be read: " + reason(err)}
	}
	defer file.Close()
	dir, base := filepath.Split(name)
	if dir == "" {
		dir = "."
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, &DocumentError{At: at(name), Message: "the folder of the document cannot be read: " + reason(err)}
	}
	return &source{folder: namedFile{diskFolder{root}, base, name}, prefix: dir, root: base}, nil
}

// namedFile is a folder in which one file was named by the user and is opened as such.
type namedFile struct {
	diskFolder
	base string
	name string
}

func (n namedFile) open(name string) (fs.File, error) {
	if name == n.base {
		return os.Open(n.name)
	}
	return n.diskFolder.open(name)
}

func openBuiltin(name string, files fs.FS, limits Limits) (*source, error) {
	clean := path.Clean(filepath.ToSlash(name))
	if !fs.ValidPath(clean) {
		return nil, &DocumentError{At: at(name), Message: "the name of a built-in document must be a plain relative path"}
	}
	stat, err := fs.Stat(files, clean)
	if err != nil {
		return nil, &DocumentError{At: at(name), Message: "the built-in document cannot be read: " + reason(err)}
	}
	dir, root := clean, ""
	if stat.IsDir() {
		if root, err = findRoot(files, clean, name, limits); err != nil {
			return nil, err
		}
		root = strings.TrimPrefix(strings.TrimPrefix(root, clean), "/")
	} else {
		dir, root = path.Dir(clean), path.Base(clean)
	}
	sub, err := fs.Sub(files, dir)
	if err != nil {
		return nil, &DocumentError{At: at(name), Message: "the built-in document cannot be read: " + reason(err)}
	}
	prefix := dir
	if dir == "." {
		prefix = ""
	}
	return &source{folder: fsFolder{sub}, prefix: prefix, root: root}, nil
}

// read gives a file of the folder, bounded.
func (s *source) read(name string, limits Limits) ([]byte, error) {
	file, err := s.folder.open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	size := int64(0)
	if stat, err := file.Stat(); err == nil {
		size = stat.Size()
	}
	return readBounded(file, size, limits.Bytes)
}

// errTooLarge says that a file is larger than its limit.
type errTooLarge struct{ limit int64 }

func (e errTooLarge) Error() string { return fmt.Sprintf("it is larger than %s", bytesText(e.limit)) }

// readBounded reads at most limit bytes; size is what is expected, 0 where it is not known.
func readBounded(r io.Reader, size, limit int64) ([]byte, error) {
	if size > limit {
		return nil, errTooLarge{limit}
	}
	data := make([]byte, 0, max(size, 512)+1)
	for {
		n, err := r.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if int64(len(data)) > limit {
			return nil, errTooLarge{limit}
		}
		if err == io.EOF {
			return data, nil
		}
		if err != nil {
			return nil, err
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
}

func bytesText(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

func isURL(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://")
}

// reason gives the cause of a file or network error without the name, which stands before it already.
func reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	var urlErr *url.Error
	if errors.As(err, &urlErr) {
		return urlErr.Err.Error()
	}
	if errors.Is(err, context.Canceled) {
		return "the loading was cancelled"
	}
	return err.Error()
}
