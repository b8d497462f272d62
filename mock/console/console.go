// Package console is the web console of a running stand-in: pages over the management API, embedded in the program.
//
// The pages are plain files that hold no data and load nothing from elsewhere; what they show they ask the management API
// for, like any other client of it. Strings of documents and requests are shown as text only: static/ui.js takes no HTML.
package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed static
var embedded embed.FS

// policy lets a page use the files beside it and talk to the management API that served it, and nothing else (Content
// Security Policy Level 3).
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// mediaTypes are those of the files, by their endings; a file with another ending is not served.
var mediaTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// An asset is one file as it is sent.
type asset struct {
	body      []byte
	mediaType string
	etag      string
}

// assets are the files by their paths, read when the first one is asked for.
var assets = sync.OnceValues(func() (map[string]*asset, error) {
	files, err := fs.Sub(embedded, "static")
	if err != nil {
		return nil, err
	}
	list := map[string]*asset{}
	err = fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		mediaType := mediaTypes[path.Ext(name)]
		if err != nil || entry.IsDir() || mediaType == "" {
			return err
		}
		body, err := fs.ReadFile(files, name)
		sum := sha256.Sum256(body)
		list[name] = &asset{body, mediaType, `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
		return err
	})
	return list, err
})

// Handler serves the pages. It is mounted at a path that ends in a slash, which the caller strips: "" and "index.html" are
// the page, other paths its files. Only GET and HEAD are answered.
func Handler() http.Handler { return http.HandlerFunc(serve) }

func serve(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Content-Security-Policy", policy)
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("Cross-Origin-Opener-Policy", "same-origin")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
	head.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		head.Set("Allow", "GET, HEAD")
		http.Error(w, "The console is read with GET.", http.StatusMethodNotAllowed)
		return
	}
	a, err := find(strings.TrimPrefix(r.URL.Path, "/"))
	if err != nil {
		http.Error(w, "The console has no such file; its page is /console/.", http.StatusNotFound)
		return
	}
	head.Set("Content-Type", a.mediaType)
	head.Set("ETag", a.etag)
	head.Set("Cache-Control", "no-cache") // kept, and asked for again with its ETag: another version may run tomorrow
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.body))
}

var errNoFile = errors.New("no such file")

func find(name string) (*asset, error) {
	if name == "" {
		name = "index.html"
	}
	list, err := assets()
	if err != nil {
		return nil, err
	}
	if a := list[name]; a != nil {
		return a, nil
	}
	return nil, errNoFile
}
