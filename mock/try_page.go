package mock

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"time"

	"understudy/internal/hypertext"

	"github.com/swaggest/swgui/v5/static"
)

//go:embed try_page.html try_redirect.html
var tryFiles embed.FS

var tryPages = sync.OnceValues(func() (*hypertext.Set, error) { return hypertext.Parse(tryFiles, "try_page.html") })

// tryRedirect is the page to which an authorization server sends the browser back. It is our own: that of Swagger UI loads a
// script which swgui does not bring.
const tryRedirect = "oauth2-redirect.html"

// tryAssets are the files which the page loads from the same origin, those of Swagger UI and ours, and their media types.
var tryAssets = map[string]string{
	"swagger-ui.css":                  "text/css; charset=utf-8",
	"swagger-ui-bundle.js":            "text/javascript; charset=utf-8",
	"swagger-ui-standalone-preset.js": "text/javascript; charset=utf-8",
	"favicon-32x32.png":               "image/png",
	"favicon-16x16.png":               "image/png",
	tryRedirect:                       "text/html; charset=utf-8",
}

// TryPage is a page that lists the operations of the description at the given path and sends them. It loads
// nothing from other hosts.
func TryPage(title, description, path string) http.Handler {
	path = strings.TrimSuffix(path, "/")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "The page is read with GET.", http.StatusMethodNotAllowed)
			return
		}
		if asset := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, path), "/"); asset != "" {
			serveTryAsset(w, r, asset)
			return
		}
		text, err := tryPage(title, description, path)
		if err != nil {
			http.Error(w, "The page cannot be made: "+err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(text))
	})
}

// trySettings are those of Swagger UI.
type trySettings struct {
	URL         string  `json:"url"`
	Node        string  `json:"dom_id"`
	Validator   *string `json:"validatorUrl"` // null: the default asks a foreign host to judge the document
	TryItOut    bool    `json:"tryItOutEnabled"`
	Duration    bool    `json:"displayRequestDuration"`
	DeepLinking bool    `json:"deepLinking"`
	Extensions  bool    `json:"showExtensions"`
	Common      bool    `json:"showCommonExtensions"`
	Models      int     `json:"defaultModelsExpandDepth"` // -1: schemas are shown where they are used only
}

// tryOlder lets Swagger UI, which knows no OpenAPI 3.2, read such a description as one of 3.1. It passes over what is new.
const tryOlder = `  responseInterceptor: (response) => {
    if (response.url.endsWith(window.ui.getConfigs().url) && typeof response.text === 'string') {
      response.text = response.text.replace(/("openapi"\s*:\s*")3\.2\.\d+"/, '$13.1.1"')
    }
    return response
  },
`

func tryPage(title, description, path string) ([]byte, error) {
	pages, err := tryPages()
	if err != nil {
		return nil, err
	}
	// Marshal escapes < > and &, so that no name ends the script.
	settings, err := json.MarshalIndent(trySettings{URL: description, Node: "#swagger-ui", TryItOut: true, Duration: true, DeepLinking: true, Extensions: true, Common: true, Models: -1}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the settings of the page: %w", err)
	}
	redirect, err := json.Marshal(path + "/" + tryRedirect)
	if err != nil {
		return nil, fmt.Errorf("write the address to come back to: %w", err)
	}
	var b bytes.Buffer
	err = pages.Fill(&b, "try_page.html", struct {
		Title, Style, Bundle, Small, Large string
		Start                              hypertext.HTML
	}{
		title, path + "/swagger-ui.css", path + "/swagger-ui-bundle.js", path + "/favicon-16x16.png", path + "/favicon-32x32.png",
		hypertext.HTML("<script>\nwindow.ui = SwaggerUIBundle({ ..." + string(settings) + ",\n" +
			"  oauth2RedirectUrl: new URL(" + string(redirect) + ", location).href,\n" + tryOlder + "})\n" +
			"window.ui.initOAuth({ usePkceWithAuthorizationCodeGrant: true })\n</script>"),
	})
	return b.Bytes(), err
}

// serveTryAsset sends a file as it lies in the program, compressed, to whoever takes that.
func serveTryAsset(w http.ResponseWriter, r *http.Request, name string) {
	head := w.Header()
	mediaType, known := tryAssets[name]
	if !known {
		http.NotFound(w, r)
		return
	}
	body, packed, err := tryAsset(name, acceptsGzip(r.Header))
	if err != nil {
		http.Error(w, "The file cannot be read: "+err.Error(), http.StatusInternalServerError)
		return
	}
	sum := sha256.Sum256(body)
	head.Set("Content-Type", mediaType)
	head.Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:12])+`"`)
	head.Add("Vary", "Accept-Encoding")
	if packed {
		head.Set("Content-Encoding", "gzip")
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// tryAsset reads a file; packed says whether it comes compressed by gzip.
func tryAsset(name string, gzipped bool) (body []byte, packed bool, err error) {
	if name == tryRedirect {
		body, err = tryFiles.ReadFile("try_redirect.html")
		return body, false, err
	}
	body, err = static.FS.ReadFile(name + ".gz")
	if errors.Is(err, fs.ErrNotExist) {
		body, err = static.FS.ReadFile(name)
		return body, false, err
	}
	if err != nil || gzipped {
		return body, err == nil, err
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, false, err
	}
	body, err = io.ReadAll(unpacked)
	return body, false, err
}

// acceptsGzip says whether an answer may be compressed (RFC 9110, 12.5.3).
func acceptsGzip(header http.Header) bool {
	for _, one := range strings.Split(strings.Join(header.Values("Accept-Encoding"), ","), ",") {
		name, weight, _ := strings.Cut(one, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			weight = strings.ReplaceAll(strings.ToLower(weight), " ", "")
			return strings.Trim(strings.TrimPrefix(weight, "q="), "0.") != "" || weight == ""
		}
	}
	return false
}
