package scan

import (
	"bytes"
	"fmt"
	"slices"
	"sync"

	"understudy/contracts"
	"understudy/contracts/redact"
)

// A scanner is one scan under way. After newScanner only what mu guards changes.
type scanner struct {
	options  Options
	targets  []target
	words    []word
	literals []literal
	machine  *automaton
	shared   map[string]bool // literals that several contracts have: they tell none of them
	examples [][]byte        // the contracts' documents
	redactor *redact.Redactor
	buffers  sync.Pool

	mu      sync.Mutex
	hits    []*hit
	traced  []bool // contracts that some file names
	looked  tally
	skipped map[string]int     // files by the reason why they were not looked at
	own     map[string]ignores // .understudyignore files, by name of the root
	done    map[string]bool    // files that were looked at, as they are displayed: roots may overlap
	spots   map[spot]*hit
}

// tally counts what was looked at, for the rules that need it.
type tally struct {
	files, source, browser, logs, tests, commits int
	variables                                    int // files of environment variables in repositories
	ignored, samples                             int // places that a comment lets pass; texts that nobody issues
	bytes                                        int64

	// By contract.
	named        []int // files that name it
	dated        []int // keys whose age can be told
	environments []int // whose configuration holds its keys
}

// spot is where hits of one secret are told once: a file, the secret, and the variable that holds it.
type spot struct {
	path, rule, text, variable string
	history                    bool
}

// A literal is one text that the automaton finds, and what it leads to.
type literal struct {
	what  what
	index int    // of targets or words
	whole string // of which the automaton knows the beginning
}

// what a literal leads to.
type what int

const (
	aForm   what = iota // a text of a target's form
	aBase64             // the same, in base64
	aHex                // in hexadecimal
	aToken              // a signed token
	aCoin               // a credential of this run
	aWord               // a name
)

// mostLiteral is how much of a literal the automaton knows; the rest is compared.
const mostLiteral = 20

func newScanner(o Options) (*scanner, error) {
	s := &scanner{
		options: o, shared: map[string]bool{}, traced: make([]bool, len(o.Contracts)), skipped: map[string]int{}, own: map[string]ignores{}, done: map[string]bool{}, spots: map[spot]*hit{},
		redactor: redact.New(o.Contracts[0]).Also(o.Contracts...),
	}
	n := len(o.Contracts)
	s.looked.named, s.looked.dated, s.looked.environments = make([]int, n), make([]int, n), make([]int, n)
	s.buffers.New = func() any { return new([]byte) }
	for i, c := range o.Contracts {
		targets, words := targetsOf(i, c)
		s.targets, s.words = append(s.targets, targets...), append(s.words, words...)
		s.examples = append(s.examples, c.Document())
	}
	s.examples = append(s.examples, o.Examples...)
	for _, text := range identifiers {
		s.words = append(s.words, word{contract: -1, text: text, use: identifier})
	}
	if err := s.coins(); err != nil {
		return nil, err
	}
	s.prepare()
	return s, nil
}

// coins adds the credentials of this run to what is looked for.
func (s *scanner) coins() error {
	if len(s.options.Coins) > mostCoins {
		return fmt.Errorf("scan: %d credentials of this run were given, and at most %d can be looked for", len(s.options.Coins), mostCoins)
	}
	var texts []string
	for _, c := range s.options.Coins {
		if len(c.Text) < leastCoin || len(c.Text) > mostText {
			s.skipped[fmt.Sprintf("credentials of this run that have less than %d bytes or more than %d", leastCoin, mostText)]++
			continue
		}
		texts = append(texts, c.Text)
		index := slices.IndexFunc(s.options.Contracts, func(k *contracts.Contract) bool { return k.Name == c.Contract })
		for _, form := range spellings(c.Text) {
			s.targets = append(s.targets, target{contract: index, class: coin, name: c.Name, text: c.Text, how: form.how})
			s.literals = append(s.literals, literal{what: aCoin, index: len(s.targets) - 1, whole: form.text})
		}
	}
	s.redactor = s.redactor.With(texts...)
	return nil
}

// prepare makes the automaton from all that is looked for.
func (s *scanner) prepare() {
	owners := map[string]int{}
	own := func(text string, contract int) {
		if before, known := owners[text]; known && before != contract {
			s.shared[text] = true
		}
		owners[text] = contract
	}
	tokens := false
	for i := range s.targets {
		t := &s.targets[i]
		switch {
		case t.class == coin:
		case t.class == token && !tokens:
			tokens = true
			s.literals = append(s.literals, literal{what: aToken, whole: "eyJ"})
		case t.form != nil:
			own(t.form.literal, t.contract)
			s.literals = append(s.literals, literal{what: aForm, index: i, whole: t.form.literal})
			if len(t.form.literal) < longLiteral {
				continue
			}
			for _, form := range base64Forms(t.form.literal, longLiteral) {
				s.literals = append(s.literals, literal{what: aBase64, index: i, whole: form})
			}
			for _, form := range spellings(t.form.literal) {
				if form.how == "in hexadecimal" && form.text[0] != '\\' {
					s.literals = append(s.literals, literal{what: aHex, index: i, whole: form.text})
				}
			}
		}
	}
	for i, w := range s.words {
		own(w.text, w.contract)
		s.literals = append(s.literals, literal{what: aWord, index: i, whole: w.text})
	}
	texts := make([]string, len(s.literals))
	for i := range s.literals {
		texts[i] = s.literals[i].whole[:min(len(s.literals[i].whole), mostLiteral)]
	}
	s.machine = newAutomaton(texts)
}

// example says that a text stands in one of the contracts: it is printed there for everybody.
func (s *scanner) example(text string) bool {
	return slices.ContainsFunc(s.examples, func(document []byte) bool { return bytes.Contains(document, []byte(text)) })
}

// skip counts a file that was not looked at.
func (s *scanner) skip(reason string) {
	s.mu.Lock()
	s.skipped[reason]++
	s.mu.Unlock()
}
