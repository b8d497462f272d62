package mocktest

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"testing/fstest"

	"understudy/contracts"
	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

// compiled are the contracts that tests of this process have started, by everything that they are made of. They are
// read-only, so that tests may share them.
var compiled sync.Map // [sha256.Size]byte → *contracts.Contract

// loadSource loads a built-in contract, a file or a folder. What other files than the one named belong to it is only known
// afterwards, so that only built-in ones and single files are remembered.
func loadSource(ctx context.Context, source string, s *settings) (*contracts.Contract, error) {
	text := []byte(nil)
	if !slices.Contains(contracts.Builtins(), source) {
		info, err := os.Stat(source)
		if err != nil {
			return nil, fmt.Errorf("the contract %s is neither built in (%v) nor a file: %w", source, contracts.Builtins(), err)
		}
		if info.Mode().IsRegular() {
			if text, err = os.ReadFile(source); err != nil {
				return nil, fmt.Errorf("read the contract: %w", err)
			}
		}
	}
	return s.remembered(source, text, func() (*contracts.Contract, error) {
		o, done, err := s.overlaid()
		if err != nil {
			return nil, err
		}
		defer done()
		return contracts.Load(ctx, source, o)
	})
}

// loadDocument loads a document that is held in memory.
func loadDocument(ctx context.Context, document []byte, s *settings) (*contracts.Contract, error) {
	return s.remembered("", document, func() (*contracts.Contract, error) {
		o, done, err := s.overlaid()
		if err != nil {
			return nil, err
		}
		defer done()
		o.Files = fstest.MapFS{"openapi.yaml": {Data: document}}
		return contracts.Load(ctx, "openapi.yaml", o)
	})
}

// overlaid are the options of loading, with the overlays that the test holds itself in files. done removes those.
func (s *settings) overlaid() (o contracts.Options, done func(), err error) {
	o = s.load
	o.Overlays = slices.Clone(o.Overlays)
	var written []string
	done = func() {
		for _, name := range written {
			_ = os.Remove(name)
		}
	}
	for i, name := range o.Overlays {
		if name != "" {
			continue
		}
		file, err := os.CreateTemp("", "overlay-*.yaml")
		if err != nil {
			return o, done, fmt.Errorf("write the overlay: %w", err)
		}
		o.Overlays[i], written = file.Name(), append(written, file.Name())
		_, err = io.WriteString(file, s.texts[i])
		if err = errors.Join(err, file.Close()); err != nil {
			done()
			return o, func() {}, fmt.Errorf("write the overlay: %w", err)
		}
	}
	return o, done, nil
}

// remembered loads a contract unless an equal one was loaded before.
func (s *settings) remembered(source string, text []byte, load func() (*contracts.Contract, error)) (*contracts.Contract, error) {
	digest := sha256.New()
	for _, part := range append([]string{source, string(text), s.load.Name}, s.texts...) {
		fmt.Fprintf(digest, "%d %s", len(part), part)
	}
	key := [sha256.Size]byte(digest.Sum(nil))
	if known, ok := compiled.Load(key); ok {
		return known.(*contracts.Contract), nil
	}
	c, err := load()
	if err != nil {
		return nil, err
	}
	// A file that belongs to it and was not read above may change under the eyes of the tests.
	if source == "" || text != nil && len(c.Files) <= 1+len(s.texts) || slices.Contains(contracts.Builtins(), source) {
		compiled.Store(key, c)
	}
	return c, nil
}

// decodeFile reads a YAML or JSON file that holds a mapping.
func decodeFile(name string) (map[string]any, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the seed file: %w", err)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, fmt.Errorf("read the seed file %s: %w", name, err)
	}
	if root.Kind != yaml.DocumentNode || len(root.Content) == 0 {
		return nil, fmt.Errorf("the seed file %s is empty; write resources: {PATH: [ITEM…]}", name)
	}
	value, err := schema.Decode(root.Content[0])
	if err != nil {
		return nil, fmt.Errorf("read the seed file %s: %w", name, err)
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the seed file %s is not a mapping; write resources: {PATH: [ITEM…]}", name)
	}
	return object, nil
}

// plain is a value as the stand-in keeps it: what a JSON object says, with numbers as they are written.
func plain(value any) (map[string]any, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	parsed, err := schema.ParseJSON(data)
	if err != nil {
		return nil, err
	}
	object, ok := parsed.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("an item is a JSON object, and this is %.60s", data)
	}
	return object, nil
}
