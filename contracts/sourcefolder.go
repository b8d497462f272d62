package contracts

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// rootNames are the usual names of a root document, the first one found is taken.
var rootNames = []string{"openapi.yaml", "openapi.yml", "openapi.json"}

const (
	maxFolderDepth = 8
	maxFolderFiles = 20_000
	rootPeek       = 64 << 10 // how much of a file is read to see whether it is a root document
)

// rootMember finds the member openapi or swagger at the start of a line or of an object.
var rootMember = lazily(`(?m)(^|^\s*\{\s*|^\s*)["']?(openapi|swagger)["']?\s*:\s*["']?[0-9]`)

// findRoot finds the root document in a folder: one with a usual name in the folder itself, else the only file
// in it, or else below it, that has an openapi member.
func findRoot(files fs.FS, dir, shown string, limits Limits) (string, error) {
	for _, name := range rootNames {
		name = path.Join(dir, name)
		if stat, err := fs.Stat(files, name); err == nil && stat.Mode().IsRegular() {
			return name, nil
		}
	}
	byDepth := map[int][]string{}
	seen := 0
	err := fs.WalkDir(files, dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return nil // a folder that cannot be read holds no document
		}
		if seen++; seen > maxFolderFiles {
			return &DocumentError{At: at(shown), Message: fmt.Sprintf("the folder holds more than %d files", maxFolderFiles), Advice: "name the root document itself"}
		}
		depth := strings.Count(strings.TrimPrefix(strings.TrimPrefix(name, dir), "/"), "/")
		if entry.IsDir() {
			if depth >= maxFolderDepth || name != dir && strings.HasPrefix(entry.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		}
		if looksLikeRoot(files, name, entry) {
			byDepth[depth] = append(byDepth[depth], name)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	for depth := range maxFolderDepth + 1 {
		switch found := byDepth[depth]; {
		case len(found) == 1:
			return found[0], nil
		case len(found) > 1:
			slices.Sort(found)
			if len(found) > maxProblems {
				found = append(found[:maxProblems], "…")
			}
			return "", &DocumentError{
				At: at(shown), Message: "the folder holds several OpenAPI documents: " + strings.Join(found, ", "),
				Advice: "name one of them",
			}
		}
	}
	return "", &DocumentError{
		At: at(shown), Message: "the folder holds no OpenAPI document",
		Advice: "name the file, or call it openapi.yaml",
	}
}

func looksLikeRoot(files fs.FS, name string, entry fs.DirEntry) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".yaml", ".yml", ".json":
	default:
		return false
	}
	if !entry.Type().IsRegular() {
		return false
	}
	file, err := files.Open(name)
	if err != nil {
		return false
	}
	defer file.Close()
	head := make([]byte, rootPeek)
	n := 0
	for n < len(head) {
		more, err := file.Read(head[n:])
		n += more
		if err != nil {
			break
		}
	}
	return rootMember().Match(head[:n])
}
