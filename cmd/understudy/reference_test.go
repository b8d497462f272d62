package main

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"understudy/contracts"
	"understudy/docs/schemas"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "write docs/reference anew")

// TestGoldenReference: the pages of docs/reference are what the code says.
func TestGoldenReference(t *testing.T) {
	for name, write := range map[string]func(*testing.T, *bytes.Buffer){
		"commands.md": commandPage, "management-api.md": managementPage, "environment.md": environmentPage, "schemas.md": schemaPage,
	} {
		t.Run(name, func(t *testing.T) {
			var want bytes.Buffer
			write(t, &want)
			file := filepath.Join("../../docs/reference", name)
			if *update {
				if err := os.WriteFile(file, want.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			got, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want.Bytes()) {
				t.Errorf("docs/reference/%s is not what the code says; run make golden and read the difference", name)
			}
		})
	}
}

// tableCell makes a text fit for a cell of a table.
func tableCell(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	return strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(text)
}

func commandPage(_ *testing.T, b *bytes.Buffer) {
	root := (&process{out: &bytes.Buffer{}, err: &bytes.Buffer{}, getenv: func(string) string { return "" }}).rootCommand()
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	b.WriteString("# Commands\n\nEvery command with its flags, as `--help` tells them. [Exit statuses](exit-status.md) and [environment variables](environment.md)\nhave pages of their own.\n\n")
	var list func(*cobra.Command)
	list = func(c *cobra.Command) {
		if c.Hidden || c.Name() == "help" {
			return
		}
		fmt.Fprintf(b, "- [`%s`](#%s): %s\n", c.CommandPath(), strings.ReplaceAll(c.CommandPath(), " ", "-"), c.Short)
		for _, child := range c.Commands() {
			list(child)
		}
	}
	list(root)
	writeCommand(b, root)
}

func writeCommand(b *bytes.Buffer, c *cobra.Command) {
	if c.Hidden || c.Name() == "help" {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n%s.\n\n```text\n%s\n```\n", c.CommandPath(), strings.TrimSuffix(c.Short, "."), c.UseLine())
	if long := strings.TrimSpace(c.Long); long != "" && !strings.HasPrefix(c.CommandPath(), "understudy completion") {
		fmt.Fprintf(b, "\n```text\n%s\n```\n", long)
	}
	if c.Example != "" {
		fmt.Fprintf(b, "\nExamples:\n\n```text\n%s\n```\n", strings.TrimRight(c.Example, "\n"))
	}
	writeFlags(b, "", c.NonInheritedFlags())
	writeFlags(b, "Flags of the commands above it: ", c.InheritedFlags())
	for _, child := range c.Commands() {
		writeCommand(b, child)
	}
}

// writeFlags writes a table of flags; those of other commands are only named.
func writeFlags(b *bytes.Buffer, named string, flags *pflag.FlagSet) {
	var names []string
	flags.VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && f.Name != "help" {
			names = append(names, f.Name)
		}
	})
	switch {
	case len(names) == 0:
		return
	case named != "":
		fmt.Fprintf(b, "\n%s`--%s`.\n", named, strings.Join(names, "`, `--"))
		return
	}
	b.WriteString("\n| flag | takes | default | |\n|---|---|---|---|\n")
	for _, name := range names {
		f := flags.Lookup(name)
		takes, usage := pflag.UnquoteUsage(f)
		standard := f.DefValue
		if slices.Contains([]string{"", "false", "[]", "0", "0s"}, standard) {
			standard = ""
		} else {
			standard = "`" + standard + "`"
		}
		fmt.Fprintf(b, "| `--%s` | %s | %s | %s |\n", f.Name, takes, standard, tableCell(usage))
	}
}

func managementPage(t *testing.T, b *bytes.Buffer) {
	api, err := contracts.Load(t.Context(), "control", contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(b, "# Management API\n\n%s\n\n", strings.TrimSpace(api.Description))
	b.WriteString("`understudy contracts print control` prints the whole document, with the schemas of bodies and answers;\n`understudy control` calls these operations ([commands.md](commands.md#understudy-control)).\n")
	groups := map[string][]*contracts.Operation{}
	var order []string
	for _, o := range api.Operations {
		group := "others"
		if len(o.Tags) > 0 {
			group = o.Tags[0]
		}
		if groups[group] == nil {
			order = append(order, group)
		}
		groups[group] = append(groups[group], o)
	}
	for _, group := range order {
		fmt.Fprintf(b, "\n## %s\n", group)
		for _, tag := range api.Tags {
			if tag.Name == group && tag.Description != "" {
				fmt.Fprintf(b, "\n%s\n", strings.TrimSpace(tag.Description))
			}
		}
		b.WriteString("\n| operation | | takes | answers |\n|---|---|---|---|\n")
		for _, o := range groups[group] {
			fmt.Fprintf(b, "| `%s %s` | %s | %s | %s |\n", o.Method, o.Path, tableCell(o.Summary), takenBy(o), answersOf(o))
		}
	}
}

func takenBy(o *contracts.Operation) string {
	var list []string
	for _, p := range o.Parameters {
		if p.In == "query" || p.In == "header" {
			name := "`" + p.Name + "`"
			if p.Required {
				name += "!"
			}
			list = append(list, name)
		}
	}
	if o.Body != nil {
		for _, m := range o.Body.Content {
			list = append(list, m.Name)
		}
	}
	return strings.Join(list, ", ")
}

func answersOf(o *contracts.Operation) string {
	var list []string
	for _, r := range o.Responses {
		list = append(list, r.Status)
	}
	return strings.Join(list, ", ")
}

// The environment variables that the command reads, and what each is for. One that is read and not named here fails the test.
var readVariables = map[string]string{
	"UNDERSTUDY_CONTROL_URL":   "address of the management API, for `control`; `--url` and `--ready-file` win",
	"UNDERSTUDY_CONTROL_TOKEN": "its token: for `control`, `check`, `run`, `grade` and `scan` the one to show, for `serve` the one to ask for; flags win",
	"UNDERSTUDY_LISTEN":        "`serve --listen`, where the flag is not given",
	"UNDERSTUDY_CONTROL":       "`serve --control`, where the flag is not given",
	"UNDERSTUDY_INPUT_":        "and the name of an input in capitals: an input of workflows, for `run`; `--input` wins",
	"UNDERSTUDY_STORE":         "`serve --store`, where the flag is not given",
	"NO_COLOR":                 "set to anything, nothing is coloured",
	"COLUMNS":                  "width of text for people, where standard output is no terminal that tells it",
	"GOGC":                     "the Go runtime's collector; set, the command leaves it alone",
	"GOMEMLIMIT":               "the Go runtime's bound of memory; set, the command leaves it alone",
	"SSL_CERT_FILE":            "certificates that are believed besides those of the system; `rehearse` hands it on with its own added",
	"SSL_CERT_DIR":             "folders with such certificates",
}

// The environment variables that rehearse sets for the command that it runs, besides those of the contracts.
var givenVariables = map[string]string{
	"UNDERSTUDY_CONTROL_URL":   "address of the management API of the stand-ins",
	"UNDERSTUDY_CONTROL_TOKEN": "its token",
	"UNDERSTUDY_REHEARSAL":     "name of the drill or plan",
	"NODE_EXTRA_CA_CERTS":      "where it serves over TLS, the file with the authority of its certificate; `SSL_CERT_FILE`, `CURL_CA_BUNDLE` and `REQUESTS_CA_BUNDLE` likewise",
}

var (
	readCall  = regexp.MustCompile(`(?:[gG]etenv|LookupEnv|lookup)\("([A-Z][A-Z0-9_]*)"`)
	givenCall = regexp.MustCompile(`w\.put\("([A-Z][A-Z0-9_]*)"`)
)

func environmentPage(t *testing.T, b *bytes.Buffer) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	read, given := map[string]bool{}, map[string]bool{}
	for _, variable := range serveVariables {
		read[variable] = true
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "demo_client") {
			continue // a client of the demonstration is given what the contracts name
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range readCall.FindAllSubmatch(text, -1) {
			read[string(m[1])] = true
		}
		for _, m := range givenCall.FindAllSubmatch(text, -1) {
			given[string(m[1])] = true
		}
	}
	sameNames(t, "readVariables", readVariables, read)
	sameNames(t, "givenVariables", givenVariables, given)
	b.WriteString("# Environment variables\n\nA flag wins over a variable. Texts of `--credentials` files may name any variable as `${NAME}`.\n\n| read | |\n|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(readVariables)) {
		fmt.Fprintf(b, "| `%s` | %s |\n", name, tableCell(readVariables[name]))
	}
	b.WriteString("\nWhat fetches documents, calls targets and talks to a container engine also reads the variables of Go's HTTP client\n(`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`) and of Docker (`DOCKER_HOST`);\n`serve` reads those of OpenTelemetry (`OTEL_…`), see [operations.md](../operations.md).\n\n")
	b.WriteString("`understudy rehearse` gives the command that it runs those of its contracts, and\n\n| given | |\n|---|---|\n")
	for _, name := range slices.Sorted(maps.Keys(givenVariables)) {
		fmt.Fprintf(b, "| `%s` | %s |\n", name, tableCell(givenVariables[name]))
	}
	b.WriteString("\nThe built-in contracts name these; `understudy serve` prints them with their values, and the ready file has them. A contract without\nnames of its own has its own in capitals before `_BASE_URL` and before what each credential is called.\n\n| contract | variables |\n|---|---|\n")
	for _, name := range contracts.Builtins() {
		c, err := contracts.Load(t.Context(), name, contracts.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, e := range c.Behaviour.EnvNames {
			list = append(list, e.Name)
		}
		for _, k := range c.Behaviour.Credentials {
			if k.Env != "" && !slices.Contains(list, k.Env) {
				list = append(list, k.Env)
			}
		}
		fmt.Fprintf(b, "| %s | `%s` |\n", name, strings.Join(list, "`, `"))
	}
}

// sameNames holds the names of a list against those that the code has.
func sameNames(t *testing.T, list string, told map[string]string, code map[string]bool) {
	t.Helper()
	for name := range code {
		if told[name] == "" {
			t.Errorf("the code has the variable %s; add it to %s", name, list)
		}
	}
	for name := range told {
		if !code[name] {
			t.Errorf("%s names the variable %s, which nothing reads or sets", list, name)
		}
	}
}

func schemaPage(_ *testing.T, b *bytes.Buffer) {
	b.WriteString("# JSON Schemas\n\n`understudy contracts schema NAME` prints one; `understudy contracts lint --as NAME FILE` holds a file against it and tells the lines.\n")
	b.WriteString("An editor with a YAML language server takes it in the first line of a file:\n\n```yaml\n# yaml-language-server: $schema=x-understudy.schema.json\n```\n\n")
	b.WriteString("or in its settings, as in VS Code:\n\n```json\n{\"yaml.schemas\": {\"x-understudy.schema.json\": \"*.overlay.yaml\", \"seed.schema.json\": \"seeds.yaml\"}}\n```\n\n")
	b.WriteString("| name | of | |\n|---|---|---|\n")
	for _, s := range schemas.Schemas {
		kind := "written"
		if s.Read {
			kind = "read"
		}
		fmt.Fprintf(b, "| [%s](../schemas/%s.schema.json) | %s | %s |\n", s.Name, s.Name, tableCell(s.For), kind)
	}
}

// findingCommands are the files whose commands may end with findings, and how docs/reference/exit-status.md calls them.
var findingCommands = map[string]string{
	"contract_lint.go": "`contracts lint`", "control_delivery.go": "`control delivery wait`", "control_event_sign.go": "`control event verify`",
	"control_inbox.go": "`control inbox wait`", "control_ready.go": "`control ready`", "demo.go": "`demo`", "judge_report.go": "`check`, `run`, `receiver`",
	"rehearse_judge.go": "`rehearse`", "replay.go": "`replay`", "report.go": "`report --compare`", "requirements.go": "`requirements`", "run_shelf.go": "`run --lint`",
}

// TestExitStatusPage: the page tells of each command that may end with findings, and of no other.
func TestExitStatusPage(t *testing.T) {
	text, err := os.ReadFile("../../docs/reference/exit-status.md")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	ends := regexp.MustCompile(`(return|=) errFindings\b`)
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		told := findingCommands[file]
		switch found := ends.Match(source) && !strings.HasSuffix(file, "_test.go"); {
		case found && told == "":
			t.Errorf("%s ends with findings; say in docs/reference/exit-status.md when, and enter it here", file)
		case !found && told != "":
			t.Errorf("%s ends with no findings any more", file)
		case found && !strings.Contains(string(text), told):
			t.Errorf("docs/reference/exit-status.md has no row for %s", told)
		}
	}
}
