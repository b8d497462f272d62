package inference

import (
	"slices"
	"strings"
)

// ParsePartition reads the word partition of a collection's behaviour: names with commas or blanks between them, in any
// order. It gives the first name that it does not know.
func ParsePartition(text string) (p Partition, unknown string) {
	for name := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' }) {
		switch {
		case name == "account":
			p.Account = true
		case name == "environment":
			p.Environment = true
		case unknown == "":
			unknown = name
		}
	}
	return p, unknown
}

// partition gives the collections without a word about what separates them that of the collection they are nested in: a
// child lies where its parent does.
func (in *inference) partition() {
	const deepest = 64
	for _, c := range in.sets {
		for up, depth := c, 0; up != nil && depth < deepest; up, depth = outer(up), depth+1 {
			if up.Partition.Separates() {
				c.Partition = up.Partition
				break
			}
		}
	}
}

// outer is the collection in which another one is nested: its parent, else the last one that its path names.
func outer(c *Collection) *Collection {
	if c.Parent != nil {
		return c.Parent
	}
	for _, p := range slices.Backward(c.Scope) {
		if p.Collection != nil && p.Collection != c {
			return p.Collection
		}
	}
	return nil
}
