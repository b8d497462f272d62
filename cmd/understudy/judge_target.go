package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/scenarios"
)

// A place is where a contract is served.
type place struct {
	url     string
	control string // address of the stand-in's management API; empty: it is none, or nobody said
	token   string
	beside  bool // nobody named it: it was told from the place of the document's first source
}

// places are all places that the user named, or that a stand-in of our own has.
type places struct {
	named          map[string]string // by contract or source: --target NAME=URL
	plain          string            // --target URL
	control, token string
	ready          *readiness     // of --ready-file
	inputs         map[string]any // of workflows: where stand-ins that the run started listen besides, by the names of the inputs
}

// placesOf reads the flags that say where deployments are.
func (p *process) placesOf(j *judging) (*places, error) {
	w := &places{named: map[string]string{}, inputs: map[string]any{}, control: j.control, token: j.controlToken}
	for _, text := range j.targets {
		name, address, ok := strings.Cut(text, "=")
		if !ok || strings.ContainsAny(name, ":/") {
			name, address = "", text
		}
		if _, err := scenarios.ParseTarget(address); err != nil {
			return nil, fmt.Errorf("--target: %w", err)
		}
		switch {
		case name == "" && w.plain != "":
			return nil, errors.New("--target: only one can stand without a name; write --target NAME=URL for the others")
		case name == "":
			w.plain = address
		default:
			w.named[name] = address
		}
	}
	if j.readyFile != "" {
		data, err := os.ReadFile(j.readyFile)
		if err != nil {
			return nil, fmt.Errorf("read the ready file: %w; it is written once serve --ready-file answers", err)
		}
		w.ready = &readiness{}
		if err := json.Unmarshal(data, w.ready); err != nil {
			return nil, fmt.Errorf("read the ready file %s: %w", j.readyFile, err)
		}
		if len(w.ready.Contracts) == 0 { // or a file of something else would lead to our own stand-in being judged, and found well
			return nil, fmt.Errorf("read the ready file %s: it names no contract; give the file that serve --ready-file wrote", j.readyFile)
		}
		if w.control == "" && w.ready.Control != nil {
			w.control, w.token = w.ready.Control.URL, cmp.Or(w.token, w.ready.Control.Token)
		}
	}
	w.token = cmp.Or(w.token, p.getenv("UNDERSTUDY_CONTROL_TOKEN"))
	if w.control != "" && !strings.Contains(w.control, "://") {
		w.control = "http://" + w.control
	}
	return w, nil
}

// of gives the place of a contract, under its own name or that of the source that leads to it. known is false where nobody said.
func (w *places) of(ctx context.Context, contract, source string) (at place, known bool, err error) {
	at = place{control: w.control, token: w.token}
	for _, name := range []string{source, contract} {
		if address := w.named[name]; address != "" && name != "" {
			at.url = address
			return at, true, nil
		}
	}
	if w.plain != "" {
		at.url = w.plain
		return at, true, nil
	}
	if w.ready != nil {
		var list []servedContract
		for _, c := range w.ready.Contracts {
			list = append(list, servedContract{c.Name, c.BaseURL})
		}
		if c, ok := servedAs(list, contract); ok {
			at.url = c.BaseURL
			return at, true, nil
		}
	}
	if w.control == "" {
		return at, false, nil
	}
	list, err := listContracts(ctx, w.control, w.token)
	if err != nil {
		return at, false, err
	}
	if c, ok := servedAs(list, contract); ok {
		at.url = c.BaseURL
		return at, true, nil
	}
	return at, false, nil
}

// servedAs finds a contract among those that a stand-in serves: by its name, or the only one there is, where neither is one of the
// built-in contracts. The same document has another name when it was given in another way.
func servedAs(list []servedContract, name string) (servedContract, bool) {
	for _, c := range list {
		if c.Name == name {
			return c, true
		}
	}
	known := contracts.Builtins()
	if len(list) == 1 && !slices.Contains(known, name) && !slices.Contains(known, list[0].Name) {
		return list[0], true
	}
	return servedContract{}, false
}

// A servedContract is what the management API says of a contract.
type servedContract struct {
	Name    string `json:"name"`
	BaseURL string `json:"base_url"`
}

func listContracts(ctx context.Context, address, token string) ([]servedContract, error) {
	control, err := scenarios.NewControl(address, token, "", nil)
	if err != nil {
		return nil, fmt.Errorf("--control: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, controlPatience)
	defer cancel()
	var list struct{ Contracts []servedContract }
	if err := control.Do(ctx, "GET", "//contracts", nil, &list); err != nil {
		return nil, fmt.Errorf("--control: %w", err)
	}
	return list.Contracts, nil
}

// manages gives the management API for a contract; nil where there is none.
func (at place) manages(ctx context.Context, contract *contracts.Contract, sandbox string) (*scenarios.Control, error) {
	if at.control == "" {
		if sandbox != "" {
			return nil, errors.New("--sandbox: say where the stand-in's management API is, with --control or --ready-file")
		}
		return nil, nil
	}
	list, err := listContracts(ctx, at.control, at.token)
	if err != nil {
		return nil, err
	}
	served, ok := servedAs(list, contract.Name)
	if !ok {
		var names []string
		for _, c := range list {
			names = append(names, c.Name)
		}
		return nil, fmt.Errorf("--control: the stand-in at %s does not serve %s; it serves %s", at.control, contract.Name, strings.Join(names, ", "))
	}
	control, err := scenarios.NewControl(at.control, at.token, served.Name, nil)
	if err == nil {
		control.Sandbox = sandbox
	}
	return control, err
}

// errToldBefore stands for an error that another source has told already.
var errToldBefore = errors.New("it was told before")

// reachable says what is wrong where nobody listens at the target, once for each.
func (c *court) reachable(ctx context.Context, d *scenarios.Deployment) error {
	port := d.URL.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[d.URL.Scheme]
	}
	address := net.JoinHostPort(d.URL.Hostname(), port)
	if slices.Contains(c.silent, address) {
		return errToldBefore
	}
	dialer := net.Dialer{Timeout: 10 * time.Second}
	connection, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		c.silent = append(c.silent, address)
		return fmt.Errorf("the target %s cannot be reached: %w", d.URL.Redacted(), rootOf(err))
	}
	return connection.Close()
}

func rootOf(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err
	}
	return err
}
