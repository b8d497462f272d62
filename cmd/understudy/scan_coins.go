package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"understudy/scenarios"
	"understudy/scenarios/scan"
)

// coins gathers the credentials of this run, which must stand nowhere.
func (c *court) coins(ctx context.Context, v *scanning) (coins []scan.Coin, err error) {
	if v.readyFile != "" {
		if coins, err = readyCoins(v.readyFile); err != nil {
			return nil, err
		}
	}
	if v.control != "" {
		issued, err := c.issued(ctx, v)
		if err != nil {
			return nil, err
		}
		coins = append(coins, issued...)
	}
	for _, file := range v.canaries {
		more, err := readCanaries(file)
		if err != nil {
			return nil, fmt.Errorf("--canary: %w", err)
		}
		coins = append(coins, more...)
	}
	var distinct []scan.Coin
	for _, one := range coins {
		if !slices.ContainsFunc(distinct, func(o scan.Coin) bool { return o.Text == one.Text && o.Contract == one.Contract }) {
			distinct = append(distinct, one)
		}
	}
	return distinct, nil
}

// readyCoins reads the credentials of a ready file. Ids and addresses in it are no secrets.
func readyCoins(file string) (coins []scan.Coin, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the ready file: %w; it is written once serve --ready-file answers", err)
	}
	var ready readiness
	if err := json.Unmarshal(data, &ready); err != nil {
		return nil, fmt.Errorf("read the ready file %s: %w", file, err)
	}
	for _, one := range ready.Contracts {
		for _, name := range slices.Sorted(maps.Keys(one.Credentials)) {
			if secretEnv(name, one.Credentials[name]) {
				coins = append(coins, scan.Coin{Name: name, Contract: one.Name, Text: one.Credentials[name]})
			}
		}
	}
	if ready.Control != nil && ready.Control.Token != "" {
		coins = append(coins, scan.Coin{Name: "UNDERSTUDY_CONTROL_TOKEN", Text: ready.Control.Token})
	}
	return coins, nil
}

// secretEnv says that a line of the ready file is a secret: not an address, and not called an id or a public key.
func secretEnv(name, value string) bool {
	for _, end := range []string{"_ID", "_URL", "_APP_KEY", "_PUBLIC_KEY", "_HOST", "_EMAIL", "_USER", "_USERNAME"} {
		if strings.HasSuffix(name, end) {
			return false
		}
	}
	return !strings.Contains(value, "://")
}

// issued asks the management API for the credentials of the contracts that it serves.
func (c *court) issued(ctx context.Context, v *scanning) (coins []scan.Coin, err error) {
	address, token := v.control, v.controlToken
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	if token == "" {
		token = c.getenv("UNDERSTUDY_CONTROL_TOKEN")
	}
	served, err := listContracts(ctx, address, token)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, controlPatience)
	defer cancel()
	for _, one := range served {
		control, err := scenarios.NewControl(address, token, one.Name, nil)
		if err != nil {
			return nil, fmt.Errorf("--control: %w", err)
		}
		var answer struct {
			Credentials []struct {
				Env, Value string
				Secret     bool
			}
		}
		if err := control.Do(ctx, "GET", "/ready-credentials", nil, &answer); err != nil {
			return nil, fmt.Errorf("--control: %w", err)
		}
		for _, line := range answer.Credentials {
			if line.Secret {
				coins = append(coins, scan.Coin{Name: line.Env, Contract: one.Name, Text: line.Value})
			}
		}
	}
	return coins, nil
}

var canaryName = regexp.MustCompile(`\A[A-Za-z_][A-Za-z0-9_]{0,63}=`)

// readCanaries reads a file of texts, one a line: TEXT or NAME=TEXT. Empty lines and those that begin with # are passed over. An error
// tells the line and not its text.
func readCanaries(file string) (coins []scan.Coin, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(io.LimitReader(f, 8<<20))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		one := scan.Coin{Text: line}
		if name := canaryName.FindString(line); name != "" {
			one.Name, one.Text = strings.TrimSuffix(name, "="), strings.Trim(line[len(name):], `"'`)
		}
		if len(one.Text) < 8 {
			return nil, fmt.Errorf("%s:%d: the text has less than 8 characters, which stand everywhere by chance", file, n)
		}
		coins = append(coins, one)
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil, fmt.Errorf("%s: a line is longer than 64 KiB", file)
	}
	if len(coins) == 0 && lines.Err() == nil {
		return nil, fmt.Errorf("%s: there is no text in it", file)
	}
	return coins, lines.Err()
}
