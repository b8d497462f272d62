package main

import "github.com/spf13/cobra"

// A commandGroup is a heading in the help of a command with many others below it.
type commandGroup struct {
	title string
	names []string
}

// The commands of understudy, in the order in which people come to need them.
var rootGroups = []commandGroup{
	{"Stand in for an API:", []string{"serve", "control", "replay", "demo"}},
	{"Judge a deployment, a receiver, your own code:", []string{"check", "run", "receiver", "rehearse", "grade", "scan", "report", "requirements"}},
	{"Know a contract:", []string{"explain", "contracts"}},
	{"The program:", []string{"version", "help", "completion"}},
}

// The commands of understudy control, as the pages of the console are grouped.
var controlGroups = []commandGroup{
	{"Watch:", []string{"status", "ready", "contracts", "journal", "audit", "openapi"}},
	{"World:", []string{"state", "reset", "snapshot", "sandbox", "clock", "bundle"}},
	{"Access:", []string{"key", "token", "user", "client", "account", "signing-key", "limit"}},
	{"Events:", []string{"event", "endpoint", "delivery", "inbox", "inbound", "realtime"}},
	{"Trouble:", []string{"fault", "misbehaviour", "module"}},
}

// groupCommands puts the commands below parent under headings. One that no heading names stands behind them.
func groupCommands(parent *cobra.Command, groups []commandGroup) {
	headings := map[string]string{}
	for _, g := range groups {
		parent.AddGroup(&cobra.Group{ID: g.title, Title: g.title})
		for _, name := range g.names {
			headings[name] = g.title
		}
	}
	for _, c := range parent.Commands() {
		c.GroupID = headings[c.Name()]
	}
	if heading := headings["help"]; heading != "" {
		parent.SetHelpCommandGroupID(heading)
		parent.SetCompletionCommandGroupID(heading)
	}
}
