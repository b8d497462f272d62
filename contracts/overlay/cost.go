package overlay

import (
	"errors"
	"strings"

	"understudy/internal/jsonpath"
)

// A cost says what makes a filter expensive. Filters are evaluated by the library, which knows no limits, so
// they are judged before.
type cost struct {
	wide        bool // looks at more than singular paths below the candidate
	root        bool // looks at the document's root
	wideRoot    int  // queries from the root that may select many nodes
	nested      int  // filters within the filter
	descendants int  // ".."
	lists       int  // commas: selector lists and function arguments
}

// check refuses filters whose cost could grow with a power of the document's size.
func (c cost) check() error {
	switch {
	case c.nested > 3:
		return errors.New("filters are nested more than 3 deep within a filter")
	case c.descendants > 2:
		return errors.New("a filter has more than two descendant segments (\"..\")")
	case c.lists > 12:
		return errors.New("a filter has more than 12 commas")
	}
	return nil
}

// steps estimates the nodes visited for one candidate, given the sizes of its subtree and of the document.
func (c cost) steps(candidate, root float64) float64 {
	steps := 1.0
	if c.wide {
		steps = candidate
	}
	for range c.wideRoot {
		if c.nested > 0 {
			steps *= root
		} else {
			steps += root
		}
	}
	for range c.descendants {
		steps *= 8 // a typical depth: nodes are reached once for each ancestor
	}
	if c.wide || c.wideRoot > 0 {
		for range c.lists {
			steps *= 2
		}
	}
	return steps
}

// costOf reads a filter in the library's normal form: names in brackets and double quotes, no blanks around
// selectors.
func costOf(filter string) cost {
	var c cost
	bare := jsonpath.Syntax(filter)
	c.nested = strings.Count(bare, "?") - 1
	c.descendants = strings.Count(bare, "..")
	c.lists = strings.Count(bare, ",")
	c.root = strings.Contains(bare, "$")
	c.wide = c.nested > 0 || c.descendants > 0 || strings.ContainsAny(bare, "*:") || c.lists > 0 || comparesNodes(bare)
	for rest := bare; ; {
		_, after, found := strings.Cut(rest, "$")
		if !found {
			return c
		}
		if !singular(after) {
			c.wideRoot++
		}
		rest = after
	}
}

// comparesNodes says whether whole subtrees may be compared: an equality between two paths.
func comparesNodes(bare string) bool {
	return strings.Count(bare, "@")+strings.Count(bare, "$") > 1 && strings.Contains(bare, "=")
}

// singular says whether the brackets at the beginning of text hold one name or index each.
func singular(text string) bool {
	for strings.HasPrefix(text, "[") {
		inside, after, _ := strings.Cut(text[1:], "]")
		if inside != `""` && strings.Trim(inside, "-0123456789") != "" {
			return false
		}
		text = after
	}
	return !strings.HasPrefix(text, "..")
}
