// Package scan looks for what must not stand in a user's files: credentials of a contract in source, in code for browsers, in the history
// of a repository, in logs and in URLs, and what lets them get there.
//
// It knows credentials by the formats that the contract declares, by the names that it has for them, and, for those issued in
// a run, by their own text. It reads what it is handed and runs nothing. No secret leaves it: findings show the documented
// prefix and the last four characters at most.
package scan

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"time"

	"understudy/contracts"
	"understudy/scenarios"
)

// Options say what is looked at and for what. Contracts and Roots are required.
type Options struct {
	Contracts []*contracts.Contract
	// Chosen says that the user named the contracts. Otherwise those that no file names are passed over: nobody uses them here.
	Chosen bool

	Roots     []Root
	Histories []History
	Coins     []Coin   // credentials of this run
	Examples  [][]byte // texts whose credentials are no secrets, besides the contracts' documents

	Only, Skip []string      // rules, as Select reads them
	Now        time.Time     // that ages of keys are told by; zero: they are not told
	MaxAge     time.Duration // of keys; 0: 90 days
	MaxFile    int64         // bytes of a file; larger ones are passed over and counted; 0: 1 GiB
	Jobs       int           // files that are read at once; 0: 2
	Progress   func(Progress)
}

// A Use says what a root was given as.
type Use int

// The uses of roots.
const (
	AsTree   Use = iota // source: ignore files hold
	AsBundle            // built for browsers: all of it is looked at
	AsLogs              // logs: all of it is looked at
)

// A Root is one folder that is looked at.
type Root struct {
	Name string // that stands before the paths of its files in findings; empty: nothing
	FS   fs.FS
	Use  Use
	// Files are the only ones that are looked at, whatever ignore files say; nil: all.
	Files []string
	// Versioned says that the folder is part of a repository, so that what no ignore file names is committed some day.
	Versioned bool
	// Tracked are the files that are committed, and all folders above them; they are looked at whatever ignore files say. nil: not
	// known.
	Tracked map[string]bool
	Above   []Above         // ignore files of folders above
	Except  map[string]bool // files that are passed over without being counted
}

// Above is an ignore file from above a root.
type Above struct {
	Path string // of the root, from the folder of the file: "services/api"; empty: the root itself
	Text []byte
}

// A History is what a repository held before, as `git log -p` tells it with the arguments LogArguments.
type History struct {
	Name string // that stands before the paths of its files, as in Root
	Log  io.Reader
}

// A Coin is a credential that was issued in this run.
type Coin struct {
	Name     string // "ECOEVENTS_API_KEY"; empty: it has none
	Contract string // its name; empty: not known
	Text     string
}

// Progress is how far a scan has come.
type Progress struct {
	Files, Commits int
	Bytes          int64
	Findings       int
}

// A Report is what a scan came to.
type Report struct {
	Suites  []scenarios.Suite
	Notes   []string // what a reader must know: files that were passed over
	Files   int
	Commits int
	Bytes   int64
}

const (
	defaultAge  = 90 * 24 * time.Hour
	defaultFile = 1 << 30
	leastCoin   = 8    // bytes: shorter texts stand everywhere by chance
	mostCoins   = 2000 // that are looked for
	mostText    = 4096 // bytes of one
)

// Scan looks at everything once for all contracts. An error means that nothing could be judged; what cannot be read is counted and
// told in the notes. A context that ends gives its error.
func Scan(ctx context.Context, o Options) (*Report, error) {
	if len(o.Contracts) == 0 || len(o.Roots) == 0 {
		return nil, errors.New("scan: a contract and something to look at are needed")
	}
	rules, err := Select(o.Only, o.Skip)
	if err != nil {
		return nil, err
	}
	if o.MaxAge <= 0 {
		o.MaxAge = defaultAge
	}
	if o.MaxFile <= 0 {
		o.MaxFile = defaultFile
	}
	if o.Jobs <= 0 {
		o.Jobs = 2
	}
	s, err := newScanner(o)
	if err != nil {
		return nil, err
	}
	for _, given := range []bool{true, false} { // what was named as a bundle or a log is one, although it stands in a tree as well
		for i := range o.Roots {
			if r := &o.Roots[i]; (r.Use != AsTree) == given {
				if err := s.root(ctx, r); err != nil {
					return nil, err
				}
			}
		}
	}
	for _, h := range o.Histories {
		if err := s.history(ctx, h); err != nil {
			return nil, err
		}
	}
	return s.report(rules), nil
}
