package contracts

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/contracts/schema"
)

// write puts files below a folder of their own.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const secret = "type: string\ndescription: secret\n"

func TestReferencesStayInTheFolder(t *testing.T) {
	dir := write(t, map[string]string{
		"secret.yaml":        secret,
		"api/openapi.yaml":   "openapi: 3.1.0\n",
		"api/inside.yaml":    "type: integer\n",
		"api/sub/other.yaml": "type: integer\n",
	})
	api := filepath.Join(dir, "api")
	links := map[string]string{
		"leaving.yaml":  "../secret.yaml",
		"absolute.yaml": filepath.Join(dir, "secret.yaml"),
		"out":           "..",
		"staying.yaml":  "inside.yaml",
	}
	for name, to := range links {
		if err := os.Symlink(to, filepath.Join(api, name)); err != nil {
			t.Skipf("this system has no symbolic links: %v", err)
		}
	}
	if err := os.Mkdir(filepath.Join(api, "folder.yaml"), 0o755); err != nil {
		t.Fatal(err)
	}
	d, err := readDocument(t.Context(), filepath.Join(api, "openapi.yaml"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	for _, test := range []struct{ ref, want string }{
		{"inside.yaml", ""},
		{"./sub/../inside.yaml#/type", ""},
		{"sub/other.yaml", ""},
		{"staying.yaml", ""},
		{"../secret.yaml", "leads out of the document's folder"},
		{"sub/../../secret.yaml", "leads out of the document's folder"},
		{"%2e%2e/secret.yaml", "leads out of the document's folder"},
		{filepath.Join(dir, "secret.yaml"), "leads out of the document's folder"},
		{`..\secret.yaml`, "leads out of the document's folder"},
		{"leaving.yaml", "path escapes from parent"},
		{"absolute.yaml", "path escapes from parent"},
		{"out/secret.yaml", "path escapes from parent"},
		{"folder.yaml", "not a regular file"},
		{"missing.yaml", "no such file"},
		{"file://" + filepath.Join(dir, "secret.yaml"), "references to file: are not followed"},
		{"ftp://127.0.0.1/secret.yaml", "references to ftp: are not followed"},
		{"//127.0.0.1/secret.yaml", "references to 127.0.0.1:443 are not allowed"},
		{"inside.yaml%00", ""},
	} {
		n, _, err := d.resolve(schema.Location{File: d.file}, test.ref)
		switch {
		case test.ref == "inside.yaml%00":
			if err == nil {
				t.Errorf("%s was followed", test.ref)
			}
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", test.ref, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: node %v, error %v; want %s", test.ref, n, err, test.want)
		}
	}
}

// A folder is the sandbox when the user names the folder, so a document in it may refer to what lies beside it.
func TestNamedFolderIsTheSandbox(t *testing.T) {
	dir := write(t, map[string]string{
		"spec/v1/acme.yaml": "openapi: 3.1.0\n",
		"shared/pet.yaml":   "type: object\n",
		"shared/sub/x.yaml": "type: string\n",
	})
	d, err := readDocument(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	_, at, err := d.resolve(schema.Location{File: d.file}, "../../shared/pet.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "shared", "pet.yaml"); at.File != want {
		t.Errorf("file is %s, want %s", at.File, want)
	}
	if _, _, err := d.resolve(at, "sub/x.yaml"); err != nil {
		t.Errorf("relative to the file that it stands in: %v", err)
	}
}

func TestRemoteReferences(t *testing.T) {
	asked := 0
	foreign := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer foreign.Close()
	mux := http.NewServeMux()
	hits := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { hits++; mux.ServeHTTP(w, r) }))
	defer server.Close()
	content := map[string]string{
		"/openapi.yaml":  "openapi: 3.1.0\n",
		"/pet.yaml":      "properties: {toy: {$ref: 'sub/toy.json#/Toy'}}\n",
		"/sub/toy.json":  `{"Toy": {"type": "string"}}`,
		"/large.yaml":    strings.Repeat("# x\n", 1000),
		"/openapi2.yaml": "openapi: 3.1.0\n",
	}
	for name, text := range content {
		mux.HandleFunc("GET "+name, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(text)) })
	}
	mux.HandleFunc("GET /away", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, foreign.URL+"/x", http.StatusFound) })
	mux.HandleFunc("GET /near", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/pet.yaml", http.StatusFound) })
	mux.HandleFunc("GET /round", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/round", http.StatusFound) })
	host := strings.TrimPrefix(server.URL, "http://")
	dir := write(t, map[string]string{"openapi.yaml": "openapi: 3.1.0\n"})

	local := func(o Options) *document {
		o.Limits.Bytes = 1000
		d, err := readDocument(t.Context(), dir, o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(d.close)
		return d
	}
	_, _, err := local(Options{}).resolve(schema.Location{}, server.URL+"/pet.yaml")
	if want := "references to " + host + " are not allowed; --allow-refs " + host + " would allow them"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if hits > 0 {
		t.Errorf("the server was asked %d times without leave", hits)
	}

	d := local(Options{AllowRefs: []string{host}})
	_, at, err := d.resolve(schema.Location{}, server.URL+"/pet.yaml#/properties/toy")
	if err != nil {
		t.Fatal(err)
	}
	if _, at, err = d.resolve(at, "sub/toy.json#/Toy"); err != nil || at.File != server.URL+"/sub/toy.json" || at.Pointer != "/Toy" {
		t.Errorf("relative to a URL: %v, %v", at, err)
	}
	for ref, want := range map[string]string{
		"/near": "", "/away": "is not an allowed host", "/round": "more than 5 redirects",
		"/missing": "the server answers 404", "/large.yaml": "larger than 1000 bytes",
	} {
		if _, _, err := d.resolve(schema.Location{}, server.URL+ref); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", ref, err, want)
		}
	}
	if _, _, err := d.resolve(schema.Location{File: server.URL + "/pet.yaml"}, "file://"+filepath.Join(dir, "openapi.yaml")); err == nil {
		t.Error("a document on the network read a file")
	}
	if asked > 0 {
		t.Errorf("a redirect reached a foreign host %d times", asked)
	}

	// What the user typed is fetched, what it refers to is not.
	typed, err := readDocument(t.Context(), server.URL+"/openapi.yaml", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := typed.resolve(schema.Location{File: typed.file}, "pet.yaml"); err == nil || !strings.Contains(err.Error(), "are not allowed") {
		t.Errorf("a reference of a document from a URL: %v", err)
	}
	if _, err := readDocument(t.Context(), server.URL+"/away", Options{}); err == nil || asked > 0 {
		t.Errorf("the typed URL was redirected to a foreign host: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := readDocument(ctx, server.URL+"/openapi2.yaml", Options{}); err == nil {
		t.Error("a cancelled context did not stop the reading")
	}
}

func TestAllowedHosts(t *testing.T) {
	for entry, want := range map[string]string{
		"example.com":              "example.com:80 example.com:443",
		"Example.com:8080":         "example.com:8080",
		"https://example.com/path": "example.com:80 example.com:443",
		"[::1]:8080":               "[::1]:8080",
		"::1":                      "[::1]:80 [::1]:443",
	} {
		if got := strings.Join(allowedHosts(entry), " "); got != want {
			t.Errorf("%s: got %s, want %s", entry, got, want)
		}
	}
}
