package main

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// A releasePlan is what the tests look at in .goreleaser.yaml. goreleaser itself looks at the rest: make release-check.
type releasePlan struct {
	Version int
	Builds  []struct {
		Main, Binary        string
		Flags, Ldflags, Env []string
		Goos, Goarch        []string
		ModTimestamp        string `yaml:"mod_timestamp"`
	}
	Archives []struct {
		NameTemplate string `yaml:"name_template"`
		Files        []struct{ Src string }
	}
	Checksum struct {
		NameTemplate string `yaml:"name_template"`
		Algorithm    string
	}
	Sboms []struct {
		Cmd       string
		Args      []string
		Artifacts string
	}
}

func readPlan(t *testing.T) releasePlan {
	t.Helper()
	text, err := os.ReadFile("../../.goreleaser.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var plan releasePlan
	if err := yaml.Unmarshal(text, &plan); err != nil {
		t.Fatal(err)
	}
	if plan.Version != 2 || len(plan.Builds) != 1 || len(plan.Archives) != 1 || len(plan.Sboms) != 1 {
		t.Fatalf("the plan is %+v", plan)
	}
	return plan
}

// TestReleasePlan: what a release is made for, under which names, and by which flags, is the same in all places that say so.
func TestReleasePlan(t *testing.T) {
	plan := readPlan(t)
	build := plan.Builds[0]
	var platforms []string
	for _, system := range build.Goos {
		for _, machine := range build.Goarch {
			platforms = append(platforms, system+"/"+machine)
		}
	}
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^PLATFORMS := (.*)$`).FindSubmatch(makefile)
	if m == nil || strings.Join(platforms, " ") != string(m[1]) {
		t.Errorf("released are %v, and make cross compiles for %s", platforms, m)
	}
	if !slices.Contains(build.Env, "CGO_ENABLED=0") || build.ModTimestamp == "" {
		t.Errorf("the build is %+v", build)
	}
	for _, f := range plan.Archives[0].Files {
		if _, err := os.Stat(filepath.Join("../..", f.Src)); err != nil {
			t.Errorf("the archive holds %s: %v", f.Src, err)
		}
	}
	for _, file := range []string{"LICENSE", "README.md"} {
		if !slices.ContainsFunc(plan.Archives[0].Files, func(f struct{ Src string }) bool { return f.Src == file }) {
			t.Errorf("the archive does not hold %s", file)
		}
	}
	install, err := os.ReadFile("../../ci/install.sh")
	if err != nil {
		t.Fatal(err)
	}
	name := strings.NewReplacer("{{ .ProjectName }}", "understudy", "{{ .Version }}", "${version}", "{{ .Os }}", "${os}", "{{ .Arch }}", "${arch}").Replace(plan.Archives[0].NameTemplate)
	if !bytes.Contains(install, []byte("archive="+name+".tar.gz")) || !bytes.Contains(install, []byte(plan.Checksum.NameTemplate)) {
		t.Errorf("ci/install.sh fetches something else than %s and %s", name, plan.Checksum.NameTemplate)
	}
	root := (&process{out: &bytes.Buffer{}, err: &bytes.Buffer{}, getenv: func(string) string { return "" }}).rootCommand()
	args := plan.Sboms[0].Args
	here := exec.CommandContext(t.Context(), "go", "list", args[1])
	here.Dir = "../../docs" // as in dist, a folder of the module that holds no package of it
	if said, err := here.CombinedOutput(); err != nil || args[0] != "run" {
		t.Errorf("go %s %s: %v\n%s", args[0], args[1], err, said)
	}
	command, flags, err := root.Find(args[2:])
	if err != nil || command.Name() != "version" || command.ParseFlags(flags) != nil {
		t.Errorf("bills are written by %v: %v", args, err)
	}
}

// TestReproducible builds the binary of a release in two folders: the bytes are the same, and the bill is of these bytes.
func TestReproducible(t *testing.T) {
	t.Parallel()
	build := readPlan(t).Builds[0]
	args := append([]string{"build"}, build.Flags...)
	for _, flags := range build.Ldflags {
		args = append(args, "-ldflags", strings.ReplaceAll(flags, "{{ .Version }}", "1.2.3"))
	}
	var files []string
	for _, folder := range []string{"one", "another folder/of another length"} {
		sources := filepath.Join(t.TempDir(), folder)
		copySources(t, sources)
		file := filepath.Join(t.TempDir(), "understudy")
		command := exec.CommandContext(t.Context(), "go", append(args, "-o", file, build.Main)...)
		command.Dir = sources
		command.Env = append(os.Environ(), build.Env...)
		if said, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, said)
		}
		files = append(files, file)
	}
	one, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	another, err := os.ReadFile(files[1])
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one, another) {
		t.Fatalf("two folders give binaries of %d and %d bytes that differ", len(one), len(another))
	}
	if home, err := os.UserHomeDir(); err == nil && len(home) > 4 && bytes.Contains(one, []byte(home+"/")) {
		t.Errorf("the binary holds the folder %s", home)
	}
	said, err := exec.CommandContext(t.Context(), files[0], "version").Output()
	if want := fmt.Sprintf("understudy 1.2.3 %s %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH); err != nil || string(said) != want {
		t.Errorf("it calls itself %q, %v, want %q", said, err, want)
	}
	checkBill(t, files[0], one)
}

// checkBill holds the bill of a binary, which another one writes, against the binary.
func checkBill(t *testing.T, file string, content []byte) {
	t.Helper()
	var b bytes.Buffer
	if err := writeBill(&b, file, "1.2.3"); err != nil {
		t.Fatal(err)
	}
	own, err := exec.CommandContext(t.Context(), file, "version", "--sbom").Output()
	if err != nil || string(own) != b.String() {
		t.Errorf("the binary writes another bill of itself: %v", err)
	}
	var bom bill
	d := json.NewDecoder(&b)
	d.DisallowUnknownFields()
	if err := d.Decode(&bom); err != nil {
		t.Fatal(err)
	}
	subject := bom.Metadata.Component
	if bom.Format != "CycloneDX" || bom.SpecVersion != "1.6" || subject.Version != "1.2.3" || subject.PURL != "pkg:golang/understudy@1.2.3" ||
		subject.Hashes[0].Content != fmt.Sprintf("%x", sha256.Sum256(content)) {
		t.Errorf("the bill is of %+v", subject)
	}
	if !regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(bom.SerialNumber) {
		t.Errorf("the serial number is %s", bom.SerialNumber)
	}
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	refs := map[string]bool{}
	for _, p := range bom.Components {
		if refs[p.Ref] {
			t.Errorf("%s stands there twice", p.Ref)
		}
		refs[p.Ref] = true
	}
	for _, m := range info.Deps {
		if !slices.ContainsFunc(bom.Components, func(p billPart) bool { return p.Name == m.Path && p.Version == m.Version }) {
			t.Errorf("the bill lacks %s %s", m.Path, m.Version)
		}
	}
	if len(bom.Components) != len(info.Deps)+1 || len(info.Deps) < 20 {
		t.Errorf("%d parts of %d modules and the standard library", len(bom.Components), len(info.Deps))
	}
	if len(bom.Dependencies) != 1 || len(bom.Dependencies[0].On) != len(bom.Components) || bom.Dependencies[0].Ref != subject.Ref {
		t.Errorf("the dependencies are %+v", bom.Dependencies)
	}
	for _, ref := range bom.Dependencies[0].On {
		if !refs[ref] {
			t.Errorf("the dependency %s is no part", ref)
		}
	}
}

func TestModuleURL(t *testing.T) {
	for _, c := range []struct{ path, version, want string }{
		{"github.com/spf13/cobra", "v1.10.2", "pkg:golang/github.com/spf13/cobra@v1.10.2"},
		{"github.com/stripe/stripe-go/v82", "v82.5.1", "pkg:golang/github.com/stripe/stripe-go/v82@v82.5.1"},
		{"github.com/docker/docker", "v28.0.0+incompatible", "pkg:golang/github.com/docker/docker@v28.0.0%2Bincompatible"},
		{"understudy", "", "pkg:golang/understudy"},
	} {
		if got := moduleURL(c.path, c.version); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.path, c.version, got, c.want)
		}
	}
}

// copySources copies what a build needs, without what belongs to the checkout.
func copySources(t *testing.T, to string) {
	t.Helper()
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel("../..", path)
		if err != nil {
			return err
		}
		base := d.Name()
		if d.IsDir() {
			if name != "." && (strings.HasPrefix(base, ".") || slices.Contains([]string{"bin", "out", "node_modules", "clients", "testdata", "fixtures"}, base)) {
				return filepath.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		}
		if !d.Type().IsRegular() || strings.HasSuffix(base, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), text, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}
