package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"understudy/contracts"
	"understudy/mock"

	"github.com/fsnotify/fsnotify"
)

// settle is how long files must be quiet before a contract is loaded again: editors write in several steps.
const settle = 100 * time.Millisecond

// watch loads a contract again when one of its files changes. A document that cannot be loaded leaves the old contract
// in service and is reported.
func (h *house) watch(ctx context.Context, s *serving, options mock.Options) (stop func(), err error) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch the contracts: %w", err)
	}
	if err := h.watchFolders(watcher, s); err != nil {
		watcher.Close()
		return nil, err
	}
	go func() {
		timer := time.NewTimer(0)
		<-timer.C
		changed := map[string]bool{}
		for {
			select {
			case event, ok := <-watcher.Events:
				if !ok {
					return
				}
				changed[filepath.Clean(event.Name)] = true
				timer.Reset(settle)
			case err, ok := <-watcher.Errors:
				if !ok {
					return
				}
				options.Logger.Error("watch", "error", err)
			case <-timer.C:
				h.reload(ctx, s, options, changed)
				changed = map[string]bool{}
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { watcher.Close() }, nil
}

// watchFolders watches the folders of all files, since editors replace files rather than change them.
func (h *house) watchFolders(watcher *fsnotify.Watcher, s *serving) error {
	folders := map[string]bool{}
	for _, st := range h.stands {
		for _, f := range h.files(st, s) {
			folders[filepath.Dir(f)] = true
		}
	}
	for folder := range folders {
		if err := watcher.Add(folder); err != nil {
			return fmt.Errorf("watch %s: %w", folder, err)
		}
	}
	return nil
}

// files are the files on the disk that a contract was made of.
func (h *house) files(st *stand, s *serving) []string {
	var list []string
	if !slices.Contains(contracts.Builtins(), st.source) {
		list = append(list, st.contract.Files...)
	}
	list = append(list, s.overlays...)
	return slices.DeleteFunc(list, func(f string) bool { return len(f) > 4 && f[:4] == "http" })
}

func (h *house) reload(ctx context.Context, s *serving, options mock.Options, changed map[string]bool) {
	for _, st := range h.stands {
		if !slices.ContainsFunc(h.files(st, s), func(f string) bool { return changed[filepath.Clean(f)] }) {
			continue
		}
		boxes := len(st.handler.server().Sandboxes().List())
		if err := h.reloadOne(ctx, s, options, st); err != nil {
			options.Logger.Error("the contract was not loaded again; the old one is served", "contract", st.contract.Name, "error", err)
			continue
		}
		options.Logger.Log(ctx, slog.LevelWarn, "the contract was loaded again; its state begins anew", "contract", st.contract.Name, "dropped_sandboxes", boxes)
	}
}

func (h *house) reloadOne(ctx context.Context, s *serving, options mock.Options, st *stand) error {
	l := s.loading
	list, err := l.load(ctx, []string{st.source})
	if err != nil {
		return err
	}
	list[0].Name = st.contract.Name
	seeds, err := readSeedFile(s.seedFile)
	if err != nil {
		return err
	}
	server, err := s.newServer(ctx, options, list[0], seeds.of(st.contract.Name, len(h.stands) == 1))
	if err != nil {
		return err
	}
	st.handler.current.Swap(server).Stop()
	return nil
}
