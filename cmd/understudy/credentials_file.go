package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"understudy/contracts"
	"understudy/scenarios"
	"understudy/scenarios/conformance"
)

// lookup gives an environment variable, and whether it is set to something.
func (p *process) lookup(name string) (string, bool) {
	value := p.getenv(name)
	return value, value != ""
}

// readCredentials reads the file of --credentials; nil where there is none.
func (p *process) readCredentials(name string) (*scenarios.RosterFile, error) {
	if name == "" {
		return nil, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read the credentials: %w", err)
	}
	defer f.Close()
	return scenarios.ReadRoster(f, name, p.lookup)
}

// rosterOf is who may call a contract: the actors of the user's file, those that the stand-in has ready or issues, and one with
// what the contract's environment variables hold.
func (c *court) rosterOf(ctx context.Context, contract *contracts.Contract, control *scenarios.Control) (*scenarios.Roster, []*scenarios.Grant, error) {
	roster := &scenarios.Roster{}
	var grants []*scenarios.Grant
	if c.roster != nil {
		actors, pending, err := c.roster.Actors(contract)
		if err != nil {
			return nil, nil, err
		}
		roster.Actors, grants = actors, pending
	}
	if control != nil && c.command != "check" { // whose credentials are issued for the checks
		actors, err := c.standInActors(ctx, contract, control)
		if err != nil {
			return nil, nil, err
		}
		roster.Actors = addActors(roster.Actors, actors...)
	} else if a, names := scenarios.EnvironmentActor(contract, c.lookup); a != nil && control == nil {
		roster.Actors = addActors(roster.Actors, a)
		c.run.Note("the actor default of " + contract.Name + " has the credentials of " + strings.Join(names, ", "))
	}
	if len(roster.Actors) == 0 && control == nil && asksForCredentials(contract) {
		c.run.Note("no credentials were given for " + contract.Name + ", and its operations ask for some (--credentials FILE)")
	}
	return roster, grants, nil
}

// mint lets the stand-in issue the credentials that the checks want: of several accounts and scopes, and ones that must be refused.
// What it has ready comes last.
func (c *court) mint(ctx context.Context, d *scenarios.Deployment) error {
	if d.Control == nil {
		return nil
	}
	if err := conformance.Mint(ctx, d); err != nil {
		return err
	}
	actors, err := c.standInActors(ctx, d.Contract, d.Control)
	if err != nil {
		return err
	}
	d.Roster.Actors = addActors(d.Roster.Actors, actors...)
	return nil
}

// addActors appends those whose names are not taken: the user's own go first.
func addActors(list []*scenarios.Actor, more ...*scenarios.Actor) []*scenarios.Actor {
	roster := scenarios.Roster{Actors: list}
	for _, a := range more {
		if roster.Actor(a.Name) == nil {
			roster.Actors = append(roster.Actors, a)
		}
	}
	return roster.Actors
}

// standInActors are the stand-in's ready credentials as the actor default, and one actor for each kind of token that is not ready
// but can be issued, by the name of the kind.
func (c *court) standInActors(ctx context.Context, contract *contracts.Contract, control *scenarios.Control) ([]*scenarios.Actor, error) {
	ready, err := control.Ready(ctx)
	if err != nil {
		return nil, fmt.Errorf("the stand-in's credentials: %w", err)
	}
	for _, line := range ready {
		if line.Secret {
			c.run.Hide(line.Value)
		}
	}
	var list []*scenarios.Actor
	a := scenarios.ReadyActor(contract, ready)
	if a != nil {
		list = append(list, a)
	}
	for i := range contract.Behaviour.Credentials {
		b := &contract.Behaviour.Credentials[i]
		if b.Scheme == "" || b.Kind != "jwt" && b.Kind != "opaque" || a != nil && a.Credentials[b.Scheme] != "" {
			continue
		}
		var token struct{ Text string }
		if err := control.Do(ctx, "POST", "/tokens", map[string]any{"class": b.Name}, &token); err != nil || token.Text == "" {
			continue // it cannot be issued by hand: its operations are called by whoever else can
		}
		c.run.Hide(token.Text)
		list = append(list, &scenarios.Actor{Name: b.Name, Credentials: map[string]string{b.Scheme: token.Text}})
	}
	return list, nil
}

func asksForCredentials(contract *contracts.Contract) bool {
	for _, o := range contract.Operations {
		if len(o.Security) > 0 && !o.Anonymous {
			return true
		}
	}
	return false
}
