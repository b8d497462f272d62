package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"understudy/contracts"
)

// load reads a story's contract: a built-in one, or the documents that the story itself has, which are put into files as
// users have them.
func (s *story) load(ctx context.Context) (_ *contracts.Contract, err error) {
	document := s.setting.document
	if s.setting.made != nil {
		document = s.setting.made()
	}
	if document+s.setting.overlay == "" {
		return contracts.Load(ctx, s.contract, contracts.Options{})
	}
	folder, err := os.MkdirTemp("", "understudy-story-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for a story's documents: %w", err)
	}
	defer func() {
		if gone := os.RemoveAll(folder); err == nil && gone != nil {
			err = fmt.Errorf("remove a story's documents: %w", gone)
		}
	}()
	source, overlays := s.contract, []string(nil)
	for _, file := range []struct{ name, text string }{{s.contract + ".yaml", document}, {"behaviour.overlay.yaml", s.setting.overlay}} {
		if file.text == "" {
			continue
		}
		path := filepath.Join(folder, file.name)
		if err := os.WriteFile(path, []byte(file.text), 0o600); err != nil {
			return nil, fmt.Errorf("write a story's documents: %w", err)
		}
		if file.text == document {
			source = path
		} else {
			overlays = append(overlays, path)
		}
	}
	return contracts.Load(ctx, source, contracts.Options{Name: s.contract, Overlays: overlays})
}
