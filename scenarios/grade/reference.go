package grade

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// familyTitles says what the rules of a family are about.
var familyTitles = map[string]string{
	"RTY": "repeating calls that failed", "QTA": "limits and bursts", "END": "coming to an end with errors", "NET": "connections, time and caching",
	"TOK": "tokens and their renewal", "KEY": "keeping credentials secret", "IDM": "intents and their keys", "USE": "using the contract", "DLV": "receiving webhooks",
}

const referenceHead = `# Rules for clients

What an integration is held to by ` + "`understudy rehearse` and `understudy grade`" + `. Ids never change and are never reused: reports, baselines and
requirements refer to them. ` + "`--only` and `--skip`" + ` take ids (` + "`RTY-001`" + `) and families (` + "`RTY`" + `).

A rule is *passed*, *failed*, passed with *warnings* or notes, or *not exercised*: what a recording never put to the test is reported as such, with
what it would take and the drill that brings it about. The score is the share of the exercised rules that were kept.

*Basis*: the contract says so, a norm says so, or it is a convention. *Level* is that of its findings, unless one of them says otherwise: a failure
fails a run, a warning is shown (and fails a run that is strict), a note tells what is left open. A finding is *certain*, or *likely* where another
explanation is possible, which it then names.

## What counts as a repeat

A call repeats another when it has the same method, URL, content (the boundary of a multipart body aside) and credential, begins after the answer to a
failed one, and no later than a minute after it: after the wait that the answer asked for and a minute more, or after four times the pause before,
where these are longer. Each failure has at most one repeat. What was refused for good (most of 4xx) is repeated only by a call with nothing else between the two but logins
and renewals of tokens, so that two tests that send the same wrong request are told from a loop. After failures that may pass, calls of other
sorts may lie between; the finding is then likely only, unless the client is seen to do several things at once. Health checks and OPTIONS are left out.

This page is written from the catalogue by a test.
`

// Reference writes the catalogue as Markdown, as docs/rules.md has it.
func Reference(w io.Writer) error {
	var b bytes.Buffer
	b.WriteString(referenceHead)
	last := ""
	for _, r := range Rules() {
		if name := family(r.ID); name != last {
			last = name
			fmt.Fprintf(&b, "\n## %s: %s\n", name, familyTitles[name])
		}
		fmt.Fprintf(&b, "\n### %s %s\n\n%s: %s · %s", r.ID, r.Title, r.Basis, r.Norm, r.Level)
		if r.Drill != "" {
			fmt.Fprintf(&b, " · drill `%s`", r.Drill)
		}
		fmt.Fprintf(&b, "\n\n%s\n\nNeeds %s.\n\n%s\n\nWhat to do: %s\n", escaped(r.Doc), escaped(r.Needs), escaped(r.Decides), escaped(r.Advice))
		if r.Example != "" {
			fmt.Fprintf(&b, "\n```text\n%s\n```\n", strings.TrimRight(r.Example, "\n"))
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

// escaped keeps Markdown from reading parts of a sentence as markup.
func escaped(text string) string {
	return strings.NewReplacer("<", "\\<", "*", "\\*", "[", "\\[").Replace(text)
}
