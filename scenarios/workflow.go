package scenarios

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"understudy/scenarios/arazzo"
)

// A Script is one Arazzo document that is to be played.
type Script struct {
	Name     string // as reports show it, and as sources of other documents lead to it: "ecosire/login.arazzo.yaml"
	Document *arazzo.Document
	Files    fs.FS // the folder of the document, for tables of data; nil: it has none
	// Library says that the document is there only because others call its workflows: none of them is a test of its own.
	Library bool
}

// A Binder says which deployment serves a source of a script. An error ends the workflows that need the source as errored.
type Binder func(s *Script, source *arazzo.Source) (*Deployment, error)

// WorkflowOptions say what of the scripts is played, and with what.
type WorkflowOptions struct {
	Bind Binder
	// Inputs are given to every workflow whose schema of inputs names them, or that has none.
	Inputs map[string]any
	// Texts are inputs that came as text, from a command line: each becomes what the schema says, a number, a boolean or JSON
	// for objects and arrays, else it stays a string. They win over Inputs.
	Texts map[string]string
	Tags  []string // only workflows that have one of them, and what these depend on; empty: all
	Only  []string // only workflows with these ids, also those that others call; empty: all that no other calls
	Shard Shard
	// Jobs is how many workflows are played at once; 0: one. Those that depend on each other are played one behind the other, and so
	// are all on a stand-in whose clock can be moved: it is moved for all of them.
	Jobs int
	// MaxSteps bounds the steps of one test, loops included; 0: 1,000.
	MaxSteps int
	// Within is how long a step waits for a delivery when it does not say itself; 0: 10 s.
	Within time.Duration
	// CalledResponse lets a step that calls a workflow see the answer of that workflow's last step as its own. The
	// specification has none there, and some published documents ask for its status.
	CalledResponse bool
}

// A Shard is one of several parts of a run. The zero value is the whole.
type Shard struct{ Number, Of int } // Number begins with 1

// ParseShard reads "2/4".
func ParseShard(text string) (Shard, error) {
	if text == "" {
		return Shard{}, nil
	}
	number, of, ok := strings.Cut(text, "/")
	n, err1 := strconv.Atoi(number)
	m, err2 := strconv.Atoi(of)
	if !ok || err1 != nil || err2 != nil || n < 1 || m < 1 || n > m || m > 10_000 {
		return Shard{}, fmt.Errorf("the shard %q: want one like 2/4, the second of four", text)
	}
	return Shard{n, m}, nil
}

func (s Shard) String() string {
	if s.Of == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.Number, s.Of)
}

// Has says whether a test belongs to the shard, by its id: neither order nor other tests matter.
func (s Shard) Has(id string) bool {
	if s.Of <= 1 {
		return true
	}
	h := uint32(2166136261) // FNV-1a
	for i := range len(id) {
		h = (h ^ uint32(id[i])) * 16777619
	}
	return int(h%uint32(s.Of)) == s.Number-1
}

// Play carries out the workflows of scripts, in order, and gives a suite for each script that has some. An error means that the
// run was ended from outside; what was played until then is given all the same, and the rest is skipped with that reason.
func (r *Run) Play(ctx context.Context, scripts []*Script, o WorkflowOptions) ([]Suite, error) {
	if o.MaxSteps <= 0 {
		o.MaxSteps = 1000
	}
	if o.Within <= 0 {
		o.Within = defaultWithin
	}
	p := &player{
		run: r, root: ctx, options: o, scripts: scripts, finished: map[string]*finished{}, bound: map[string]*Deployment{}, times: map[*Script]*span{},
	}
	p.plan()
	p.playAll(ctx)
	p.close()
	var suites []Suite
	for _, s := range scripts {
		suite := Suite{Name: s.Name, Kind: "workflows", Source: s.Name}
		for _, one := range p.plans {
			if one.script == s {
				suite.Tests = append(suite.Tests, *one.result)
			}
		}
		if len(suite.Tests) == 0 {
			continue
		}
		if d := p.deployments(s); len(d) > 0 {
			suite.Contract = d[0].Contract.Name
		}
		suites = append(suites, suite)
	}
	return suites, p.over()
}

// A player is one Play.
type player struct {
	run     *Run
	root    context.Context // of the whole run: when it ends, somebody interrupted
	options WorkflowOptions
	scripts []*Script
	plans   []*planned   // in the order of the files
	groups  [][]*planned // of those that depend on each other

	mu       sync.Mutex
	finished map[string]*finished   // by script and workflow
	bound    map[string]*Deployment // by script and source
	times    map[*Script]*span
	learned  int // secrets that were hidden on the way
}

// A span is the time that a script may take.
type span struct {
	ctx    context.Context
	cancel context.CancelFunc
}

// finished is what a workflow that has run left behind for $workflows, and whether it did well with every row of its table.
type finished struct {
	inputs, outputs map[string]any
	passed          bool
}

// over says why nothing more is to be sent; nil: go on.
func (p *player) over() error {
	if err := p.root.Err(); err != nil {
		p.run.Stop("interrupted")
		return err
	}
	if why := p.run.Stopped(); why != "" {
		return errors.New(why)
	}
	return nil
}

// playAll plays every group, several at once where that was asked for.
func (p *player) playAll(ctx context.Context) {
	var workers sync.WaitGroup
	next := make(chan []*planned)
	jobs := max(1, p.options.Jobs)
	for _, s := range p.scripts {
		if slices.ContainsFunc(p.deployments(s), func(d *Deployment) bool { return d.Control != nil }) {
			jobs = 1
		}
	}
	for range jobs {
		workers.Go(func() {
			for group := range next {
				for _, one := range group {
					p.carryOut(ctx, one)
				}
			}
		})
	}
	for _, group := range p.groups {
		next <- group
	}
	close(next)
	workers.Wait()
}

// within is the context for a script's workflows: it ends when the document's own time is over.
func (p *player) within(ctx context.Context, s *Script) context.Context {
	if s.Document.Extension.Timeout <= 0 {
		return ctx
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.times[s] == nil {
		timed, cancel := context.WithTimeout(ctx, s.Document.Extension.Timeout)
		p.times[s] = &span{timed, cancel}
	}
	return p.times[s].ctx
}

func (p *player) close() {
	for _, s := range p.times {
		s.cancel()
	}
}

// skips says whether what bears such a word is left out.
func (p *player) skips(s *Script, skip *arazzo.Skip) bool {
	if skip == nil {
		return false
	}
	if skip.Unless != "control" {
		return true
	}
	for _, d := range p.deployments(s) {
		if d.Control != nil {
			return false
		}
	}
	return true
}

// reasonOf is why something is skipped.
func reasonOf(skip *arazzo.Skip) string {
	if skip.Reason == "" {
		return needsControl
	}
	return skip.Reason
}

// ErrNeedsControl is what a Binder says of the management API of a stand-in that nobody named: the steps that call it are skipped.
var ErrNeedsControl = errors.New(needsControl)

const needsControl = "it needs the management API of a stand-in (--control)"

// deployments are those of the script's sources that can be bound.
func (p *player) deployments(s *Script) []*Deployment {
	var list []*Deployment
	for _, source := range s.Document.Sources {
		if source.Type == "arazzo" {
			continue
		}
		if d, err := p.bind(s, source); err == nil && d != nil {
			list = append(list, d)
		}
	}
	return list
}

func (p *player) bind(s *Script, source *arazzo.Source) (*Deployment, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	name := key(s, source.Name)
	if d := p.bound[name]; d != nil {
		return d, nil
	}
	if p.options.Bind == nil {
		return nil, fmt.Errorf("%s: nobody said where the source %s is served", source.At, source.Name)
	}
	d, err := p.options.Bind(s, source)
	if err == nil && d == nil {
		err = fmt.Errorf("%s: the source %s is served nowhere", source.At, source.Name)
	}
	if err == nil {
		p.bound[name] = d
	}
	return d, err
}

func key(s *Script, name string) string { return s.Name + "\x00" + name }

// mostHidden bounds the secrets of exchanges that are hidden in all later ones, since each costs time in every exchange.
const mostHidden = 300

// learn hides in all that follows what was found to be secret in an exchange: a later step may send or show it where nothing
// tells that it is one.
func (p *player) learn(secrets []string) {
	p.mu.Lock()
	room := mostHidden - p.learned
	secrets = secrets[:min(room, len(secrets))]
	p.learned += len(secrets)
	p.mu.Unlock()
	if len(secrets) > 0 {
		p.run.Hide(secrets...)
	}
}
