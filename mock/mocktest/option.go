package mocktest

import (
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/resource"
	"understudy/mock/store"
)

// An Option says how a stand-in is to be. Without any it follows real time, keeps its state in memory and enforces everything
// that its contract says.
type Option func(*settings)

// settings are what options come to.
type settings struct {
	err      error
	load     contracts.Options
	texts    []string // overlays that the test holds itself
	options  mock.Options
	at       time.Time
	frozen   bool
	items    map[string][]any
	seeds    []string // seed files
	tls      bool
	checked  bool
	skipped  []string
	level    *slog.Level
	changes  []func(*mock.Options)
	keptLast int // exchanges that are logged when a test has failed
	patience time.Duration
}

func settle(options []Option) *settings {
	s := &settings{items: map[string][]any{}, checked: true, keptLast: 10, patience: 10 * time.Second}
	s.options.Seed = 1
	for _, o := range options {
		o(s)
	}
	return s
}

// serverOptions are the options of the stand-in of a contract.
func (s *settings) serverOptions(c *contracts.Contract) (mock.Options, error) {
	o := s.options
	o.Secret = secretOf(o.Seed)
	o.Seeds = map[string][]any{}
	for _, name := range s.seeds {
		items, err := readSeeds(name, c.Name)
		if err != nil {
			return o, err
		}
		for path, list := range items {
			o.Seeds[path] = append(o.Seeds[path], list...)
		}
	}
	for path, list := range s.items {
		o.Seeds[path] = append(o.Seeds[path], list...)
	}
	return o, nil
}

// WithName calls the contract by another name than its file's, in variables and messages.
func WithName(name string) Option { return func(s *settings) { s.load.Name = name } }

// WithOverlay puts Overlay documents on the contract, in order.
func WithOverlay(files ...string) Option {
	return func(s *settings) {
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil && s.err == nil {
				s.err = fmt.Errorf("read the overlay: %w", err)
			}
			s.load.Overlays, s.texts = append(s.load.Overlays, name), append(s.texts, string(text))
		}
	}
}

// WithOverlayText puts an Overlay document in YAML or JSON on the contract that the test holds itself.
func WithOverlayText(text string) Option {
	return func(s *settings) { s.load.Overlays, s.texts = append(s.load.Overlays, ""), append(s.texts, text) }
}

// WithSeed chooses all values that the stand-in makes up, credentials included. The default is 1.
func WithSeed(seed uint64) Option { return func(s *settings) { s.options.Seed = seed } }

// WithItems lets items exist from the start, besides those of the contract: maps, or anything that becomes a JSON object.
// The collection is its path as in the document ("/v1/events").
func WithItems(collection string, items ...any) Option {
	return func(s *settings) {
		for _, item := range items {
			value, err := plain(item)
			if err != nil && s.err == nil {
				s.err = fmt.Errorf("an item of %s: %w", collection, err)
			}
			s.items[collection] = append(s.items[collection], value)
		}
	}
}

// WithSeedFile lets the items of a seed file exist from the start, one that understudy serve --seed-file takes as well.
func WithSeedFile(name string) Option { return func(s *settings) { s.seeds = append(s.seeds, name) } }

// WithClock lets the clock stand still at an instant until Advance moves it. Without this option it follows real time, which
// code under test that has no other clock goes by.
func WithClock(at time.Time) Option { return func(s *settings) { s.at, s.frozen = at, true } }

// WithClockFrom lets the clock begin at an instant and go on with real time from there.
func WithClockFrom(at time.Time) Option { return func(s *settings) { s.at, s.frozen = at, false } }

// WithStore keeps the state in a store that the test opens and closes. Sandboxes need the default, which is memory.
func WithStore(kept store.Store) Option { return func(s *settings) { s.options.Store = kept } }

// WithState says what becomes of requests for items that do not exist: resource.Strict (the default) answers as documented,
// resource.Invent makes them up from their ids, resource.Off knows examples only.
func WithState(mode resource.Mode) Option { return func(s *settings) { s.options.State = mode } }

// WithAuth says whether credentials are asked for: mock.Enforce (the default), mock.Observe or mock.Ignore.
func WithAuth(e mock.Enforcement) Option { return func(s *settings) { s.options.Auth = e } }

// WithLimits says whether the contract's limits hold: mock.Enforce (the default), mock.Observe or mock.Ignore.
func WithLimits(e mock.Enforcement) Option { return func(s *settings) { s.options.Limits = e } }

// WithValidation says whether requests that break the contract are refused: mock.Enforce (the default), mock.Observe or
// mock.Ignore.
func WithValidation(e mock.Enforcement) Option { return func(s *settings) { s.options.Validate = e } }

// WithTLS serves over TLS, with a certificate that Client and Expect believe and CertPool gives to others.
func WithTLS() Option { return func(s *settings) { s.tls = true } }

// WithoutChecks keeps Expect from holding answers against the contract; with ids of checks ("SCH-001") or families ("SCH")
// these alone are left out. See docs/checks.md for what there is.
func WithoutChecks(ids ...string) Option {
	return func(s *settings) {
		s.skipped = append(s.skipped, ids...)
		s.checked = s.checked && len(ids) > 0
	}
}

// WithLog writes the stand-in's own log, from a level on, into the output of the test.
func WithLog(level slog.Level) Option { return func(s *settings) { s.level = &level } }

// WithExchangesShown says how many exchanges are logged when a test has failed, the latest ones; 0: none. The default is 10.
func WithExchangesShown(n int) Option { return func(s *settings) { s.keptLast = n } }

// WithPatience says how long, in real time, the test waits for what sockets and other goroutines bring about, deliveries mostly.
// The default is ten seconds.
func WithPatience(d time.Duration) Option { return func(s *settings) { s.patience = d } }

// WithOptions changes any of the server's options, after all others.
func WithOptions(change func(*mock.Options)) Option {
	return func(s *settings) { s.changes = append(s.changes, change) }
}

// readSeeds gives the items of a seed file that are meant for a contract.
func readSeeds(name, contract string) (map[string][]any, error) {
	root, err := decodeFile(name)
	if err != nil {
		return nil, err
	}
	items := map[string][]any{}
	take := func(value any, where string) error {
		lists, ok := value.(map[string]any)
		if !ok {
			return fmt.Errorf("the seed file %s: %s is not a mapping from collections to lists of items", name, where)
		}
		for path, list := range lists {
			if items[path], ok = list.([]any); !ok {
				return fmt.Errorf("the seed file %s: %s.%s is not a list of items", name, where, path)
			}
		}
		return nil
	}
	for _, word := range slices.Sorted(maps.Keys(root)) {
		switch word {
		case "resources":
			err = take(root[word], word)
		case "contracts":
			of, ok := root[word].(map[string]any)
			if !ok {
				return nil, fmt.Errorf("the seed file %s: contracts is not a mapping", name)
			}
			one, ok := of[contract].(map[string]any)
			if ok {
				err = take(one["resources"], "contracts."+contract+".resources")
			}
		default:
			err = fmt.Errorf("the seed file %s: unknown word %q; known are resources and contracts", name, word)
		}
		if err != nil {
			return nil, err
		}
	}
	return items, nil
}
