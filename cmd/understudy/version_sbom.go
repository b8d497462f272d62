package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
)

// A bill is a bill of materials in CycloneDX 1.6 (ECMA-424): which modules a binary was built from. It is read from the
// binary itself, where the Go linker wrote it, so that it is right for each platform. There is no time and nothing random in
// it: the same binary has the same bill.
type bill struct {
	Format       string        `json:"bomFormat"`
	SpecVersion  string        `json:"specVersion"`
	SerialNumber string        `json:"serialNumber"`
	Version      int           `json:"version"`
	Metadata     billMetadata  `json:"metadata"`
	Components   []billPart    `json:"components"`
	Dependencies []billDepends `json:"dependencies"`
}

type billMetadata struct {
	Component billPart `json:"component"`
}

type billPart struct {
	Type       string         `json:"type"`
	Ref        string         `json:"bom-ref"`
	Name       string         `json:"name"`
	Version    string         `json:"version"`
	PURL       string         `json:"purl,omitempty"`
	Hashes     []billHash     `json:"hashes,omitempty"`
	Licenses   []billLicense  `json:"licenses,omitempty"`
	Properties []billProperty `json:"properties,omitempty"`
}

type billHash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type billLicense struct {
	License struct {
		ID string `json:"id"`
	} `json:"license"`
}

type billProperty struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type billDepends struct {
	Ref string   `json:"ref"`
	On  []string `json:"dependsOn"`
}

// writeBill writes the bill of a binary; the empty name is that of the running one.
func writeBill(w io.Writer, file, release string) error {
	if file == "" {
		own, err := os.Executable()
		if err != nil {
			return err
		}
		file = own
	}
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		return fmt.Errorf("%s tells of no modules: %w", file, err)
	}
	digest, err := digestOf(file)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(billOf(info, release, digest))
}

func digestOf(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Base(file), err)
	}
	return h.Sum(nil), nil
}

func billOf(info *debug.BuildInfo, release string, digest []byte) bill {
	if release == "" {
		release = info.Main.Version
	}
	subject := billPart{
		Type: "application", Ref: moduleURL(info.Main.Path, release), Name: "understudy", Version: release, PURL: moduleURL(info.Main.Path, release),
		Hashes: []billHash{{"SHA-256", hex.EncodeToString(digest)}}, Licenses: make([]billLicense, 1),
	}
	subject.Licenses[0].License.ID = "Apache-2.0"
	for _, s := range info.Settings {
		if slices.Contains([]string{"GOOS", "GOARCH", "CGO_ENABLED", "-trimpath", "vcs.revision"}, s.Key) {
			subject.Properties = append(subject.Properties, billProperty{"go:build:" + strings.TrimPrefix(s.Key, "-"), s.Value})
		}
	}
	language := strings.TrimPrefix(info.GoVersion, "go")
	parts := []billPart{{Type: "library", Ref: moduleURL("std", language), Name: "std", Version: language, PURL: moduleURL("std", language)}}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		part := billPart{Type: "library", Ref: moduleURL(m.Path, m.Version), Name: m.Path, Version: m.Version, PURL: moduleURL(m.Path, m.Version)}
		if m.Sum != "" {
			part.Properties = []billProperty{{"go:sum", m.Sum}} // a digest of the module's files, not of one file
		}
		parts = append(parts, part)
	}
	slices.SortFunc(parts, func(a, b billPart) int { return strings.Compare(a.Ref, b.Ref) })
	on := make([]string, len(parts))
	for i, p := range parts {
		on[i] = p.Ref
	}
	return bill{
		Format: "CycloneDX", SpecVersion: "1.6", SerialNumber: serialOf(digest), Version: 1,
		Metadata: billMetadata{subject}, Components: parts, Dependencies: []billDepends{{subject.Ref, on}},
	}
}

// moduleURL is the package URL of a Go module (purl, type golang): each segment of the path is escaped.
func moduleURL(path, version string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		segments[i] = url.PathEscape(s)
	}
	text := "pkg:golang/" + strings.Join(segments, "/")
	if version != "" {
		text += "@" + strings.ReplaceAll(url.PathEscape(version), "+", "%2B")
	}
	return text
}

// serialOf makes a UUID of a digest (RFC 9562, version 8), so that another binary has another bill.
func serialOf(digest []byte) string {
	u := slices.Clone(digest[:16])
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
