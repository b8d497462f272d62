package resource

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func (p Partition) separates() bool { return p != Partition{} }

// of is the part of a world that the partition looks at.
func (p Partition) of(world World) World {
	var seen World
	if p.Account {
		seen.Account = world.Account
	}
	if p.Environment {
		seen.Environment = world.Environment
	}
	return seen
}

// beyond says whether the partition separates what another one does not.
func (p Partition) beyond(other Partition) bool {
	return p.Account && !other.Account || p.Environment && !other.Environment
}

// parsePartition reads the word partition of a collection's behaviour: names with commas or blanks between them, in any
// order. It gives the first name that it does not know.
func parsePartition(text string) (p Partition, unknown string) {
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

// checkPartitions refuses words that separate nothing: data of two customers would then lie in one heap.
func checkPartitions(m *Model) error {
	if m.Contract == nil {
		return nil
	}
	resources := m.Contract.Behaviour.Resources
	for _, path := range slices.Sorted(maps.Keys(resources)) {
		word := resources[path].Partition
		p, unknown := parsePartition(word)
		switch {
		case unknown != "":
			return fmt.Errorf("%s: x-understudy: resources: %s: partition: %q separates nothing; write account, environment or both", m.Contract.Behaviour.At, path, unknown)
		case word != "" && !p.separates():
			return fmt.Errorf("%s: x-understudy: resources: %s: partition: it names nothing; write account, environment or both", m.Contract.Behaviour.At, path)
		}
	}
	return nil
}

// partition gives the collections without a word about what separates them that of the collection they are nested in: a
// child lies where its parent does.
func (in *inference) partition() {
	const deepest = 64
	for _, c := range in.sets {
		for up, depth := c, 0; up != nil && depth < deepest; up, depth = outer(up), depth+1 {
			if up.Partition.separates() {
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
