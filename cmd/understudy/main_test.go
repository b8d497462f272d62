package main

import (
	"bytes"
	"testing"
)

// TestCommandFor: a command line finds the same subcommand whether all were made or only the one.
func TestCommandFor(t *testing.T) {
	p := &process{out: &bytes.Buffer{}, err: &bytes.Buffer{}, getenv: func(string) string { return "" }}
	all := p.rootCommand().Commands()
	if len(all) != len(p.subcommands()) {
		t.Errorf("%d commands, %d in the table", len(all), len(p.subcommands()))
	}
	for _, s := range p.subcommands() {
		if name := s.make().Name(); name != s.name {
			t.Errorf("the command %s stands in the table as %s", name, s.name)
		}
		one := p.commandFor([]string{s.name, "--help"})
		if len(one.Commands()) != 1 {
			t.Errorf("%s: %d commands were made", s.name, len(one.Commands()))
		}
		found, _, err := one.Find([]string{s.name})
		if err != nil || found.CommandPath() != "understudy "+s.name {
			t.Errorf("%s: found %v, %v", s.name, found, err)
		}
	}
	for _, line := range [][]string{nil, {"--help"}, {"help", "serve"}, {"serv"}, {"__complete", "ser"}} {
		if n := len(p.commandFor(line).Commands()); n < len(p.subcommands()) {
			t.Errorf("%q: only %d commands were made", line, n)
		}
	}
}
