package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestInstall: the step that brings the binary: one that is there, a release, and what must not be installed.
func TestInstall(t *testing.T) {
	t.Parallel()
	understudy, err := exec.LookPath("understudy")
	if err != nil {
		t.Fatal(err)
	}
	// A release whose binary is a script: what is tested is which one is installed.
	name := fmt.Sprintf("understudy_1.2.3_%s_%s.tar.gz", runtime.GOOS, runtime.GOARCH)
	archive := tarOf(t, "understudy", "#!/bin/sh\necho understudy 1.2.3\n")
	files := map[string][]byte{
		"/good/v1.2.3/" + name: archive, "/good/v1.2.3/checksums.txt": fmt.Appendf(nil, "%x  other.tar.gz\n%x  %s\n", sha256.Sum256(nil), sha256.Sum256(archive), name),
		"/bad/v1.2.3/" + name: archive, "/bad/v1.2.3/checksums.txt": fmt.Appendf(nil, "%x  %s\n", sha256.Sum256(nil), name),
		"/none/v1.2.3/" + name: archive, "/none/v1.2.3/checksums.txt": fmt.Appendf(nil, "%x  other.tar.gz\n", sha256.Sum256(archive)),
	}
	releases := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if files[r.URL.Path] == nil {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(files[r.URL.Path])
	}))
	defer releases.Close()
	script, err := filepath.Abs("../../ci/install.sh")
	if err != nil {
		t.Fatal(err)
	}
	system := "/usr/local/bin:/usr/bin:/bin"
	for _, c := range []struct {
		name, path, version, from string
		status                    int
		want                      string
	}{
		{"there already", filepath.Dir(understudy) + ":" + system, "", "", 0, "understudy development"},
		{"release", system, "1.2.3", releases.URL + "/good", 0, "understudy 1.2.3"},
		{"release over what is there", filepath.Dir(understudy) + ":" + system, "v1.2.3", releases.URL + "/good", 0, "understudy 1.2.3"},
		{"wrong checksum", system, "1.2.3", releases.URL + "/bad", 2, "nothing was installed"},
		{"no checksum", system, "1.2.3", releases.URL + "/none", 2, "does not name"},
		{"no such release", system, "9.9.9", releases.URL + "/good", 2, "cannot be fetched"},
		{"no version", system, "1.2.3/../../x", releases.URL + "/good", 2, "looks like 1.2.3"},
		{"version of lines", system, "1.2.3\n$(touch pwned)", releases.URL + "/good", 2, "looks like 1.2.3"},
		{"nothing at all", system, "", "", 2, "there are no sources"},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			paths, bin := filepath.Join(folder, "path"), filepath.Join(folder, "bin")
			command := exec.CommandContext(t.Context(), "bash", script)
			command.Dir = folder
			command.Env = []string{"PATH=" + c.path, "UNDERSTUDY_VERSION=" + c.version, "UNDERSTUDY_RELEASES=" + c.from, "UNDERSTUDY_BIN=" + bin, "GITHUB_PATH=" + paths, "NO_PROXY=127.0.0.1"}
			said, _ := command.CombinedOutput()
			if status := command.ProcessState.ExitCode(); status != c.status || !strings.Contains(string(said), c.want) {
				t.Errorf("the exit status is %d, want %d and %q:\n%s", status, c.status, c.want, said)
			}
			_, missing := os.Stat(filepath.Join(bin, "understudy"))
			added, _ := os.ReadFile(paths)
			if installed := c.status == 0 && c.version != ""; installed != (missing == nil) || installed != (strings.TrimSpace(string(added)) == bin) {
				t.Errorf("installed: %v, and the path has %q", missing == nil, added)
			}
			if _, err := os.Stat(filepath.Join(folder, "pwned")); err == nil {
				t.Error("the version was carried out")
			}
		})
	}
}

func tarOf(t *testing.T, name, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	packed := gzip.NewWriter(&b)
	files := tar.NewWriter(packed)
	if err := files.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(text))}); err != nil {
		t.Fatal(err)
	}
	if _, err := files.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(files.Close(), packed.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
