package overlay_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"understudy/contracts/overlay"
)

// outside gives a path in a folder that is kept outside the repository: what the environment says, or fallback,
// relative to the module root.
func outside(t testing.TB, variable, fallback, name string) string {
	t.Helper()
	root := os.Getenv(variable)
	if root == "" {
		root = fallback
	}
	if !filepath.IsAbs(root) {
		root = filepath.Join("../..", root)
	}
	full := filepath.Join(root, name)
	if _, err := os.Stat(full); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is needed with CI=true: %v", variable, err)
		}
		t.Skipf("set %s to the folder that holds %s: %v", variable, name, err)
	}
	return full
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestCompliantSets applies the official overlays and compares the results as data.
func TestCompliantSets(t *testing.T) {
	sets, err := filepath.Glob(outside(t, "SUITES", "../shared/suites", "overlay/compliant-sets") + "/*")
	if err != nil || len(sets) < 8 {
		t.Fatalf("%d sets, want at least 8: %v", len(sets), err)
	}
	for _, set := range sets {
		t.Run(filepath.Base(set), func(t *testing.T) {
			d, err := overlay.Parse("overlay.yaml", read(t, filepath.Join(set, "overlay.yaml")))
			if err != nil {
				t.Fatal(err)
			}
			root := tree(t, string(read(t, filepath.Join(set, "openapi.yaml"))))
			applied := apply(t, root, d)
			if len(applied.Warnings) > 0 {
				t.Errorf("warnings: %v", applied.Warnings)
			}
			want := asJSON(t, tree(t, string(read(t, filepath.Join(set, "output.yaml")))))
			if got := asJSON(t, root); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// TestOfficialDocuments parses the documents with which the specification tests its own schema.
func TestOfficialDocuments(t *testing.T) {
	folder := outside(t, "SUITES", "../shared/suites", "overlay/tests")
	for version, least := range map[string]int{"v1.0": 32, "v1.1": 35} {
		files, err := filepath.Glob(filepath.Join(folder, version, "*", "*.yaml"))
		if err != nil || len(files) < least {
			t.Fatalf("%d documents of %s, want at least %d: %v", len(files), version, least, err)
		}
		for _, file := range files {
			pass := filepath.Base(filepath.Dir(file)) == "pass"
			t.Run(version+"/"+filepath.Base(filepath.Dir(file))+"/"+filepath.Base(file), func(t *testing.T) {
				d, err := overlay.Parse(filepath.Base(file), read(t, file))
				switch {
				case pass && err != nil:
					t.Error(err)
				case pass && !strings.HasPrefix("v"+d.Version, version):
					t.Errorf("version is %s", d.Version)
				case !pass && err == nil:
					t.Error("the document was accepted")
				case !pass:
					t.Log(err)
				}
			})
		}
	}
	later, err := filepath.Glob(filepath.Join(folder, "v1.2-dev/pass/*.yaml"))
	if err != nil || len(later) == 0 {
		t.Fatalf("no documents of v1.2-dev: %v", err)
	}
	for _, file := range later {
		if _, err := overlay.Parse(file, read(t, file)); err == nil || !strings.Contains(err.Error(), "only 1.0.x and 1.1.x are read") {
			t.Errorf("%s: error %v, want the version refused", filepath.Base(file), err)
		}
	}
}
