package main

import (
	"fmt"
	"maps"
	"os"
	"slices"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

const (
	maxSeedFile   = 256 << 20 // bytes of a seed file: a million items of some size
	largeSeedFile = 1 << 20   // bytes from which a seed file is first read as JSON
)

// A seedFile holds items that exist from the start: for one contract {resources: {PATH: [item…]}}, for several
// {contracts: {NAME: {resources: …}}}.
type seedFile struct {
	name      string
	resources map[string][]any            // without a contract's name
	contracts map[string]map[string][]any // by contract
	used      map[string]bool
}

// readSeedFile reads a seed file, YAML or JSON; the empty name is no file.
func readSeedFile(name string) (*seedFile, error) {
	s := &seedFile{name: name, used: map[string]bool{}}
	if name == "" {
		return s, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return nil, fmt.Errorf("read the seed file: %w", err)
	}
	if info.Size() > maxSeedFile {
		return nil, fmt.Errorf("read the seed file %s: it is larger than %d MiB", name, maxSeedFile>>20)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the seed file: %w", err)
	}
	if len(data) > largeSeedFile {
		// Programs write such files, as JSON. A tree of YAML nodes takes twenty times the memory of the text.
		if value, err := schema.ParseJSON(data); err == nil {
			return s, s.take(value)
		}
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, fmt.Errorf("read the seed file %s: %w", name, err)
	}
	if root.Kind != yaml.DocumentNode || len(root.Content) == 0 {
		return nil, fmt.Errorf("read the seed file %s: it is empty; write resources: {PATH: [ITEM…]}", name)
	}
	value, err := schema.Decode(root.Content[0])
	if err != nil {
		return nil, fmt.Errorf("read the seed file %s: %w", name, err)
	}
	return s, s.take(value)
}

func (s *seedFile) take(value any) error {
	object, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("read the seed file %s: it is not a mapping; write resources: {PATH: [ITEM…]}", s.name)
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		var err error
		switch key {
		case "resources":
			s.resources, err = s.items(object[key], "resources")
		case "$schema": // for editors
		case "contracts":
			err = s.takeContracts(object[key])
		default:
			err = fmt.Errorf("read the seed file %s: unknown word %q; known are resources and contracts", s.name, key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *seedFile) takeContracts(value any) error {
	object, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("read the seed file %s: contracts is not a mapping", s.name)
	}
	s.contracts = map[string]map[string][]any{}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		one, ok := object[name].(map[string]any)
		if !ok || len(one) != 1 || one["resources"] == nil {
			return fmt.Errorf("read the seed file %s: contracts.%s takes resources and nothing else", s.name, name)
		}
		items, err := s.items(one["resources"], "contracts."+name+".resources")
		if err != nil {
			return err
		}
		s.contracts[name] = items
	}
	return nil
}

func (s *seedFile) items(value any, where string) (map[string][]any, error) {
	object, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("read the seed file %s: %s is not a mapping from collections to lists of items", s.name, where)
	}
	items := map[string][]any{}
	for name, list := range object {
		if items[name], ok = list.([]any); !ok {
			return nil, fmt.Errorf("read the seed file %s: %s.%s is not a list of items", s.name, where, name)
		}
	}
	return items, nil
}

// of gives the items for one contract; those without a contract's name are for the only one.
func (s *seedFile) of(name string, only bool) map[string][]any {
	items := map[string][]any{}
	if only {
		maps.Copy(items, s.resources)
		s.used[""] = true
	}
	maps.Copy(items, s.contracts[name])
	s.used[name] = true
	return items
}

// unused complains about items for contracts that are not served.
func (s *seedFile) unused(h *house) error {
	if len(s.resources) > 0 && !s.used[""] {
		return fmt.Errorf("the seed file %s: several contracts are served; write contracts: {%s: {resources: …}}", s.name, h.stands[0].contract.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(s.contracts)) {
		if !s.used[name] {
			return fmt.Errorf("the seed file %s names the contract %q, which is not served", s.name, name)
		}
	}
	return nil
}
