package rehearsal

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"understudy/contracts"

	"go.yaml.in/yaml/v4"
)

// Bounds of a plan.
const (
	mostBytes   = 256 << 10
	mostSteps   = 200
	mostActions = 20
	mostDepth   = 20
	mostNodes   = 20_000
	longestWait = 24 * time.Hour
	mostCount   = 1_000_000
)

// Read reads a plan, YAML or JSON. name is what messages call it. Errors name file and line, and every word that nobody knows.
func Read(r io.Reader, name string) (*Plan, error) {
	data, err := io.ReadAll(io.LimitReader(r, mostBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the plan %s: %w", name, err)
	case len(data) > mostBytes:
		return nil, fmt.Errorf("%s: the plan is larger than %d bytes", name, mostBytes)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if root.Kind == 0 || len(root.Content) == 0 {
		return nil, fmt.Errorf("%s: the plan is empty: write steps: and below it what happens when", name)
	}
	rd := &reader{plan: &Plan{File: name}}
	if nodes := 0; !rd.plain(root.Content[0], 0, &nodes) {
		return nil, errors.Join(rd.problems...)
	}
	rd.document(root.Content[0])
	if len(rd.problems) > 0 {
		return nil, errors.Join(rd.problems...)
	}
	return rd.plan, nil
}

// A reader reads one plan and collects what is wrong with it.
type reader struct {
	plan     *Plan
	problems []error
}

func (r *reader) fail(n *yaml.Node, format string, args ...any) {
	if len(r.problems) < 20 {
		r.problems = append(r.problems, fmt.Errorf("%s:%d: %s", r.plan.File, n.Line, fmt.Sprintf(format, args...)))
	}
}

// plain refuses what a plan needs not: aliases, by which a few bytes become many, and depth without end.
func (r *reader) plain(n *yaml.Node, depth int, nodes *int) bool {
	*nodes++
	switch {
	case n.Kind == yaml.AliasNode:
		r.fail(n, "a plan has no aliases: write it out")
		return false
	case depth > mostDepth || *nodes > mostNodes:
		r.fail(n, "the plan is nested too deeply, or too large")
		return false
	}
	for _, child := range n.Content {
		if !r.plain(child, depth+1, nodes) {
			return false
		}
	}
	return true
}

// A word is one member that an object may have, and what reads it.
type word struct {
	name string
	read func(*yaml.Node)
}

// members reads an object whose words are known.
func (r *reader) members(n *yaml.Node, what string, words ...word) bool {
	if n.Kind != yaml.MappingNode {
		r.fail(n, "%s must be an object", what)
		return false
	}
	before := len(r.problems)
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		known := false
		for _, w := range words {
			if w.name == key.Value && !seen[key.Value] {
				w.read(value)
				known = true
			}
		}
		switch {
		case seen[key.Value]:
			r.fail(key, "%q stands twice", cut(key.Value))
		case !known:
			r.fail(key, "%s", unknownWord(what, key.Value, words))
		}
		seen[key.Value] = true
	}
	return len(r.problems) == before
}

func unknownWord(what, name string, words []word) string {
	var known []string
	for _, w := range words {
		known = append(known, w.name)
	}
	text := fmt.Sprintf("%s has no word %q", what, cut(name))
	if near := contracts.Nearest(name, known); near != "" {
		return text + "; did you mean " + near + "?"
	}
	return text + "; it has " + strings.Join(known, ", ")
}

func cut(text string) string {
	if len(text) > 40 {
		return text[:40] + "…"
	}
	return text
}

func (r *reader) text(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || n.Value == "" || len(n.Value) > 1000 {
		r.fail(n, "%s must be a text of 1 to 1,000 bytes", what)
		return ""
	}
	if strings.ContainsFunc(n.Value, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		r.fail(n, "%s must have no control characters", what)
		return ""
	}
	return n.Value
}

// texts reads a list of texts, or one.
func (r *reader) texts(n *yaml.Node, what string) []string {
	if n.Kind == yaml.ScalarNode {
		return []string{r.text(n, what)}
	}
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 || len(n.Content) > 100 {
		r.fail(n, "%s must be a text, or a list of 1 to 100 texts", what)
		return nil
	}
	var list []string
	for _, item := range n.Content {
		list = append(list, r.text(item, what))
	}
	return list
}

func (r *reader) number(n *yaml.Node, what string, least, most int) int {
	v, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" || err != nil || v < least || v > most {
		r.fail(n, "%s must be a whole number from %d to %d", what, least, most)
		return least
	}
	return v
}

func (r *reader) truth(n *yaml.Node, what string) bool {
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" {
		r.fail(n, "%s must be true or false", what)
		return false
	}
	return strings.EqualFold(n.Value, "true")
}

// wait reads a length of time that passes on the machine.
func (r *reader) wait(n *yaml.Node, what string) time.Duration {
	d, err := time.ParseDuration(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || d <= 0 || d > longestWait {
		r.fail(n, "%s must be a length of time above 0 and up to 24h, such as 2s or 500ms", what)
		return time.Second
	}
	return d
}

var lengthOfTime = regexp.MustCompile(`^(?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:w|d|h|ms|us|µs|ns|m|s))+$`)

// length reads a length of time of the stand-in, which has days and weeks too.
func (r *reader) length(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode || len(n.Value) > 100 || !lengthOfTime.MatchString(n.Value) {
		r.fail(n, "%s must be a length of time such as 5s, 15m, 24h or 7d", what)
		return ""
	}
	return n.Value
}

// oneOf reads one of a few words.
func (r *reader) oneOf(n *yaml.Node, what string, known ...string) string {
	text := r.text(n, what)
	for _, k := range known {
		if text == k {
			return text
		}
	}
	if text != "" {
		r.fail(n, "%s is %q: write %s", what, cut(text), strings.Join(known, ", "))
	}
	return ""
}
