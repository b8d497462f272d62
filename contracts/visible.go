package contracts

// A View is a contract's operations but for some that are hidden, as if the document did not have them: other templates of
// the same path are found instead. It is read-only and safe for concurrent use.
type View struct {
	rest     Contract // only its router is used
	original map[*Operation]*Operation
}

// Hide gives a view without the operations that hidden names.
func (c *Contract) Hide(hidden func(*Operation) bool) *View {
	v := &View{original: map[*Operation]*Operation{}}
	var left []*Operation
	for _, o := range c.Operations {
		if hidden(o) {
			continue
		}
		// Copies: a router notes in an operation which others have the same shape, and these differ.
		one := *o
		one.alternates = nil
		v.original[&one] = o
		left = append(left, &one)
	}
	v.rest.router = newRouter(left, c.router.bases, func(_, _ *Operation) {})
	return v
}

// Match is Contract.Match among the operations that are not hidden.
func (v *View) Match(method, path string) Match {
	m := v.rest.Match(method, path)
	if m.Operation != nil {
		m.Operation = v.original[m.Operation]
	}
	return m
}
