package scan

import (
	"path"
	"strings"
)

// An ignoreList is what one ignore file says, in the language of gitignore(5).
type ignoreList struct {
	base  string // folder of the file, from the root; "": the root itself
	above string // where the root stands below the file's folder, when the file is from above the root
	rules []ignoreRule
}

type ignoreRule struct {
	parts    []string // of the pattern, between slashes; "**" for any number of folders
	anchored bool     // it is matched from the file's folder on, and not at any depth
	folder   bool     // it is for folders only
	negated  bool
}

const mostIgnoreRules = 10_000

// readIgnore reads an ignore file.
func readIgnore(base string, text []byte) *ignoreList {
	list := &ignoreList{base: base}
	for line := range strings.SplitSeq(strings.TrimPrefix(string(text), "\ufeff"), "\n") {
		if r, ok := readIgnoreRule(strings.TrimSuffix(line, "\r")); ok && len(list.rules) < mostIgnoreRules {
			list.rules = append(list.rules, r)
		}
	}
	return list
}

func readIgnoreRule(line string) (r ignoreRule, ok bool) {
	if strings.HasPrefix(line, "#") {
		return r, false
	}
	line = trimBlanks(line)
	if rest, negated := strings.CutPrefix(line, "!"); negated {
		line, r.negated = rest, true
	}
	if rest, folder := strings.CutSuffix(line, "/"); folder {
		line, r.folder = rest, true
	}
	r.anchored = strings.Contains(line, "/")
	line = strings.TrimPrefix(line, "/")
	if line == "" {
		return r, false
	}
	r.parts = strings.Split(line, "/")
	return r, true
}

// trimBlanks takes blanks off the end, unless a backslash keeps them.
func trimBlanks(line string) string {
	for strings.HasSuffix(line, " ") {
		rest := line[:len(line)-1]
		slashes := len(rest) - len(strings.TrimRight(rest, `\`))
		if slashes%2 == 1 {
			return line
		}
		line = rest
	}
	return line
}

// says gives what the list says of a file or folder: the last rule that matches decides. known is false where none does.
func (l *ignoreList) says(name string, folder bool) (ignored, known bool) {
	if l.base != "" {
		rest, below := strings.CutPrefix(name, l.base+"/")
		if !below {
			return false, false
		}
		name = rest
	}
	if l.above != "" {
		name = l.above + "/" + name
	}
	parts := strings.Split(name, "/")
	for i := len(l.rules) - 1; i >= 0; i-- {
		r := &l.rules[i]
		if r.folder && !folder {
			continue
		}
		if r.anchored && matchParts(r.parts, parts) || !r.anchored && matchName(r.parts[0], parts[len(parts)-1]) {
			return !r.negated, true
		}
	}
	return false, false
}

// matchParts matches a pattern with slashes. A "**" stands for any number of folders, at the end for everything inside. What it costs grows
// with the product of both lengths.
func matchParts(pattern, parts []string) bool {
	// rest[j] says whether the pattern from i on matches the parts from j on.
	rest := make([]bool, len(parts)+1)
	rest[len(parts)] = true
	for i := len(pattern) - 1; i >= 0; i-- {
		next := make([]bool, len(parts)+1)
		for j := len(parts); j >= 0; j-- {
			switch {
			case pattern[i] == "**" && i == len(pattern)-1:
				next[j] = j < len(parts)
			case pattern[i] == "**":
				next[j] = rest[j] || j < len(parts) && next[j+1]
			case j < len(parts):
				next[j] = rest[j+1] && matchName(pattern[i], parts[j])
			}
		}
		rest = next
	}
	return rest[0]
}

// matchName matches a pattern without slashes against a name, as fnmatch(3) does. A malformed pattern matches nothing.
func matchName(pattern, name string) bool {
	if !strings.ContainsAny(pattern, `*?[\`) {
		return pattern == name
	}
	for strings.Contains(pattern, "**") {
		pattern = strings.ReplaceAll(pattern, "**", "*")
	}
	ok, err := path.Match(goPattern(pattern), name)
	return err == nil && ok
}

// goPattern writes what fnmatch reads in another way than path.Match: [!a] and classes such as [[:digit:]].
func goPattern(pattern string) string {
	if !strings.Contains(pattern, "[") {
		return pattern
	}
	for name, class := range map[string]string{
		"[:digit:]": "0-9", "[:lower:]": "a-z", "[:upper:]": "A-Z", "[:alpha:]": "a-zA-Z", "[:alnum:]": "a-zA-Z0-9", "[:xdigit:]": "0-9a-fA-F", "[:space:]": " \t", "[:blank:]": " \t",
	} {
		pattern = strings.ReplaceAll(pattern, name, class)
	}
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\' && i+1 < len(pattern):
			b.WriteString(pattern[i : i+2])
			i++
		case c == '[' && i+1 < len(pattern) && (pattern[i+1] == '!' || pattern[i+1] == '^'):
			b.WriteString("[^")
			i++
			i = firstOfClass(&b, pattern, i)
		case c == '[':
			b.WriteByte(c)
			i = firstOfClass(&b, pattern, i)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// firstOfClass escapes a bracket or hyphen that stands first in a class, where it means itself.
func firstOfClass(b *strings.Builder, pattern string, i int) int {
	if i+1 < len(pattern) && (pattern[i+1] == ']' || pattern[i+1] == '-') {
		b.WriteByte('\\')
		b.WriteByte(pattern[i+1])
		return i + 1
	}
	return i
}

// ignores are the lists that hold for a folder, from the farthest to the nearest.
type ignores []*ignoreList

// has says whether the nearest list that knows a file or folder has it ignored.
func (g ignores) has(name string, folder bool) bool {
	for i := len(g) - 1; i >= 0; i-- {
		if ignored, known := g[i].says(name, folder); known {
			return ignored
		}
	}
	return false
}

// covers says whether a file, or a folder above it, is ignored.
func (g ignores) covers(name string) bool {
	for i, c := range name {
		if c == '/' && g.has(name[:i], true) {
			return true
		}
	}
	return g.has(name, false)
}
