package container

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strconv"
	"time"

	"github.com/testcontainers/testcontainers-go"
)

// An Option says what the container stands in for. It is a testcontainers.ContainerCustomizer, so that it may stand among the
// library's own.
type Option func(*settings)

// Customize implements testcontainers.ContainerCustomizer. Run reads the option itself.
func (Option) Customize(*testcontainers.GenericContainerRequest) error { return nil }

// settings are what options come to.
type settings struct {
	errs      []error
	contracts []string // as the command names them
	flags     []string
	files     []testcontainers.ContainerFile
	within    time.Duration
}

// folder is where files lie in the container.
const folder = "/understudy.d"

// copied has a file or folder of this machine lie in the container, and gives its name there.
func (s *settings) copied(name string) string {
	if _, err := os.Stat(name); err != nil {
		s.errs = append(s.errs, err)
		return name
	}
	inside := path.Join(folder, strconv.Itoa(len(s.files)), shownName(name))
	s.files = append(s.files, testcontainers.ContainerFile{HostFilePath: name, ContainerFilePath: inside, FileMode: 0o555})
	return inside
}

// check says what is wrong with the options, all at once.
func (s *settings) check() error {
	if len(s.contracts) == 0 {
		s.errs = append(s.errs, errors.New("nothing is to be stood in for: add WithContract"))
	}
	return errors.Join(s.errs...)
}

// command is the command line in the container, behind its entry point.
func (s *settings) command(host string) []string {
	line := append([]string{"serve"}, s.contracts...)
	line = append(line, "--listen", fmt.Sprintf("0.0.0.0:%d", ContractPort), "--control", fmt.Sprintf("0.0.0.0:%d", ControlPort), "--control-host", host)
	return append(line, s.flags...)
}

// WithContract stands in for an API: a built-in contract by its name ("ecoevents"), or a file or folder of this machine, which is
// copied into the container. Each further one listens on a port of its own.
func WithContract(contract string) Option {
	return func(s *settings) {
		if _, err := os.Stat(contract); err == nil || path.Ext(contract) != "" || shownName(contract) != contract {
			contract = s.copied(contract)
		}
		s.contracts = append(s.contracts, contract)
	}
}

// WithOverlay puts Overlay documents on the contract that WithContract has named last.
func WithOverlay(files ...string) Option {
	return func(s *settings) {
		if len(s.contracts) == 0 {
			s.errs = append(s.errs, errors.New("WithOverlay is for the contract that WithContract has named before it"))
			return
		}
		for _, name := range files {
			s.flags = append(s.flags, "--overlay", s.overlaid(s.copied(name)))
		}
	}
}

// overlaid says which contract an overlay is for. Only names can be said on the command line; one document alone needs none.
func (s *settings) overlaid(file string) string {
	last := s.contracts[len(s.contracts)-1]
	if path.IsAbs(last) {
		if len(s.contracts) > 1 {
			s.errs = append(s.errs, fmt.Errorf("WithOverlay for %s: beside other contracts only built-in ones can have overlays", path.Base(last)))
		}
		return file
	}
	return last + "=" + file
}

// WithSeedFile lets the items of a file of this machine exist from the start.
func WithSeedFile(name string) Option {
	return func(s *settings) { s.flags = append(s.flags, "--seed-file", s.copied(name)) }
}

// WithSeed chooses all values that the stand-in makes up, credentials included.
func WithSeed(seed uint64) Option {
	return func(s *settings) { s.flags = append(s.flags, "--seed", strconv.FormatUint(seed, 10)) }
}

// WithClock lets the clock stand still at an instant until the management API moves it.
func WithClock(at time.Time) Option {
	return func(s *settings) { s.flags = append(s.flags, "--clock", at.UTC().Format(time.RFC3339)) }
}

// WithStore keeps the state elsewhere than in memory, as serve --store names it.
func WithStore(store string) Option {
	return func(s *settings) { s.flags = append(s.flags, "--store", store) }
}

// WithFlags gives further flags to serve: "--limits", "observe". See docs/guide.md for what there is.
func WithFlags(flags ...string) Option {
	flags = slices.Clone(flags)
	return func(s *settings) { s.flags = append(s.flags, flags...) }
}

// WithControlHosts are further names by which the management API is called, such as the container's in a network of its own.
func WithControlHosts(names ...string) Option {
	return func(s *settings) {
		for _, name := range names {
			s.flags = append(s.flags, "--control-host", name)
		}
	}
}

// WithControlToken is what the management API asks for. Without this option it is made up; see Container.ControlToken.
func WithControlToken(token string) Option {
	return func(s *settings) { s.flags = append(s.flags, "--control-token", token) }
}

// WithStartupWithin says how long the container may take until it answers. The default is a minute.
func WithStartupWithin(d time.Duration) Option { return func(s *settings) { s.within = d } }
