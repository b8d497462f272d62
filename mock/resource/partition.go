package resource

import (
	"fmt"
	"maps"
	"slices"

	"understudy/contracts/inference"
)

// partOf is the part of a world that a partition looks at.
func partOf(p inference.Partition, world World) World {
	var seen World
	if p.Account {
		seen.Account = world.Account
	}
	if p.Environment {
		seen.Environment = world.Environment
	}
	return seen
}

// beyond says whether a partition separates what another one does not.
func beyond(p, other inference.Partition) bool {
	return p.Account && !other.Account || p.Environment && !other.Environment
}

// checkPartitions refuses words that separate nothing: data of two customers would then lie in one heap.
func checkPartitions(m *inference.Model) error {
	if m.Contract == nil {
		return nil
	}
	resources := m.Contract.Behaviour.Resources
	for _, path := range slices.Sorted(maps.Keys(resources)) {
		word := resources[path].Partition
		p, unknown := inference.ParsePartition(word)
		switch {
		case unknown != "":
			return fmt.Errorf("%s: x-understudy: resources: %s: partition: %q separates nothing; write account, environment or both", m.Contract.Behaviour.At, path, unknown)
		case word != "" && !p.Separates():
			return fmt.Errorf("%s: x-understudy: resources: %s: partition: it names nothing; write account, environment or both", m.Contract.Behaviour.At, path)
		}
	}
	return nil
}
