package overlay

import (
	"fmt"

	"understudy/internal/jsonpath"

	"github.com/theory/jsonpath/spec"
)

// A path is a compiled RFC 9535 expression. The parser and the filters are those of theory/jsonpath; segments
// are walked here, on the nodes themselves, so that nothing but what a filter looks at is converted to plain
// values. docs/decisions/001-jsonpath.md says why.
type path struct {
	segments []*spec.Segment
	filters  map[*spec.FilterSelector]cost
}

// compilePath parses an expression.
func compilePath(text string) (*path, error) {
	if len(text) > maxExpression {
		return nil, fmt.Errorf("it is longer than %d bytes", maxExpression)
	}
	parsed, err := jsonpath.Parse(text, jsonpath.Options{Hyphens: true})
	if err != nil {
		return nil, err
	}
	p := &path{segments: parsed.Query().Segments(), filters: map[*spec.FilterSelector]cost{}}
	for _, segment := range p.segments {
		for _, selector := range segment.Selectors() {
			filter, ok := selector.(*spec.FilterSelector)
			if !ok {
				continue
			}
			c := costOf(filter.String())
			if err := c.check(); err != nil {
				return nil, err
			}
			p.filters[filter] = c
		}
	}
	return p, nil
}
