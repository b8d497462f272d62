package main

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/scenarios"
	"understudy/scenarios/scan"
)

// The sample has two trees: a clean one, and one with a plant for each rule. Names, hosts and keys are filled in for a contract, so
// that nothing that looks like a key stands in the files themselves.
//
//go:embed demo_sample
var demoSample embed.FS

// plantedKeys is how many keys the trees can name: {{KEY_1}} to {{KEY_6}}.
const plantedKeys = 6

// scanSample scans the two trees for each built-in contract. What the clean one shows counts where the same rule has found what was
// planted for it in the other; where it has not, its test is skipped with that reason.
func (p *process) scanSample(ctx context.Context) (*scenarios.Result, error) {
	run, err := scenarios.New(scenarios.Options{Tool: scenarios.Tool{Name: "understudy", Version: version()}, Command: "scan", Seed: 1, Clock: machineClock{}})
	if err != nil {
		return nil, err
	}
	var suites []scenarios.Suite
	for _, name := range contracts.Builtins() {
		suite, err := scanSampleOf(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("scan the sample of %s: %w", name, err)
		}
		suites = append(suites, suite)
	}
	if err := attribute(suites); err != nil {
		return nil, err
	}
	return run.Result(suites), nil
}

func scanSampleOf(ctx context.Context, name string) (scenarios.Suite, error) {
	contract, err := contracts.Load(ctx, name, contracts.Options{})
	if err != nil {
		return scenarios.Suite{}, err
	}
	words, coins, err := sampleWords(ctx, contract)
	if err != nil {
		return scenarios.Suite{}, err
	}
	clean, err := scanTree(ctx, contract, "clean", words, coins)
	if err != nil {
		return scenarios.Suite{}, err
	}
	planted, err := scanTree(ctx, contract, "planted", words, coins)
	if err != nil {
		return scenarios.Suite{}, err
	}
	clean.Name = "sample source of a client of " + contract.Title
	for i := range clean.Tests {
		t := &clean.Tests[i]
		found := slices.ContainsFunc(planted.Tests, func(o scenarios.Test) bool { return o.Check == t.Check && len(o.Findings) > 0 })
		if t.Outcome == scenarios.Passed && !found {
			t.Outcome, t.Reason = scenarios.Skipped, "the sample has nothing planted for it that was found, so that finding nothing says nothing"
		}
	}
	return clean, nil
}

// sampleWords are what the trees are filled in with: the contract's own names, and keys that a stand-in issues.
func sampleWords(ctx context.Context, c *contracts.Contract) (*strings.Replacer, []scan.Coin, error) {
	pairs := []string{"{{TITLE}}", c.Title + " (" + c.Name + ")", "{{COMMIT}}", "\x01", "{{PAYMENT}}", "sk_" + "live_" + fmt.Sprintf("%x", sha256.Sum256([]byte("payments")))[:24]}
	var coins []scan.Coin
	for n := range plantedKeys + 1 { // the first are the coins
		server, err := mock.New(ctx, mock.Options{Contract: c, Seed: 1, Secret: sha256.Sum256([]byte("sample " + strconv.Itoa(n)))})
		if err != nil {
			return nil, nil, err
		}
		server.Stop()
		key := false
		for _, line := range server.Ready() {
			switch {
			case !line.Secret:
			case n == 0:
				coins = append(coins, scan.Coin{Name: line.Env, Contract: c.Name, Text: line.Value})
			case line.Class != "" && !key:
				key = true
				pairs = append(pairs, "{{KEY_"+strconv.Itoa(n)+"}}", line.Value)
			}
		}
	}
	at := slices.IndexFunc(c.Behaviour.Credentials, func(o contracts.CredentialBehaviour) bool { return o.Env != "" })
	if at < 0 || len(coins) == 0 || len(c.Servers) == 0 {
		return nil, nil, errors.New("the contract has no credential with a name, or no server")
	}
	header, scheme := "Authorization", "Bearer "
	class := c.Behaviour.Credentials[at]
	for _, s := range c.Security {
		if s.Key == class.Scheme && s.Type == "apiKey" && s.In == "header" {
			header, scheme = s.Name, ""
		}
	}
	hook, event := "PAYMENTS_WEBHOOK_SECRET", "payment"
	for _, s := range c.EventSecrets() {
		hook = s.Name
	}
	for _, e := range c.Events() {
		event = e.Name
	}
	host := c.Servers[0].URL
	pairs = append(pairs,
		"{{KEY_NAME}}", class.Env, "{{HEADER}}", header, "{{SCHEME}}", scheme, "{{HOST}}", host, "{{PLAIN_HOST}}", strings.Replace(host, "https:", "http:", 1),
		"{{HOOK_NAME}}", hook, "{{HOOK}}", "whsec_"+base64.StdEncoding.EncodeToString([]byte("a secret of webhooks, 32 bytes l")), "{{EVENT}}", event,
		"{{COIN_BASE64}}", base64.StdEncoding.EncodeToString([]byte("user:"+coins[0].Text)))
	return strings.NewReplacer(pairs...), coins, nil
}

// scanTree writes one of the trees into a folder of its own, scans that, and takes it away again.
func scanTree(ctx context.Context, c *contracts.Contract, tree string, words *strings.Replacer, coins []scan.Coin) (suite scenarios.Suite, err error) {
	folder, err := os.MkdirTemp("", "understudy-sample-")
	if err != nil {
		return suite, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	history, tracked := "", map[string]bool{}
	err = fs.WalkDir(demoSample, path.Join("demo_sample", tree), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := demoSample.ReadFile(name)
		if err != nil {
			return err
		}
		text := words.Replace(string(data))
		file := strings.TrimPrefix(name, path.Join("demo_sample", tree)+"/")
		switch file {
		case "history.log":
			history = text
			return nil
		case "env", "gitignore": // their names begin with a dot, which keeps files out of programs
			file = "." + file
		}
		for folder := file; folder != "."; folder = path.Dir(folder) {
			tracked[folder] = true
		}
		target := filepath.Join(folder, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			return err
		}
		return os.WriteFile(target, []byte(text), 0o600)
	})
	if err != nil {
		return suite, err
	}
	r, err := scan.Scan(ctx, scan.Options{
		Contracts: []*contracts.Contract{c}, Chosen: true, Coins: coins, Now: time.Now(),
		Roots:     []scan.Root{{FS: os.DirFS(folder), Versioned: true, Tracked: tracked}},
		Histories: []scan.History{{Log: strings.NewReader(history)}},
	})
	if err != nil {
		return suite, err
	}
	if len(r.Suites) != 1 {
		return suite, fmt.Errorf("%d suites came of one contract", len(r.Suites))
	}
	return r.Suites[0], nil
}
