package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// commonName is what the rules for all contracts are called beside the contracts.
const commonName = "common"

// commonRules are what holds for each of the built-in contracts, whatever its vendor says.
var commonRules = []struct {
	id, text string
	missing  string // what no story shows
}{
	{"COMMON-01", "A credential of lifetime L issued at t is good in [t, t+L); one clock rules, and the same clock and requests give the same bytes.", ""},
	{"COMMON-02", "Names of headers, and the scheme word in Authorization, are compared without case.", ""},
	{"COMMON-03", "Counters are whole numbers, times are whole seconds rounded up, Retry-After is at least 1.", ""},
	{"COMMON-04", "Checks come in this order: TLS, route, method, credential, rate limit, permission, body, state.", ""},
	{"COMMON-05", "A request without credential to a protected route never changes state.", ""},
	{"COMMON-06", "Secrets never appear in full in logs, reports and errors.", "the program's log"},
	{"COMMON-07", "Keys are random in each run unless a seed is set; no key of a real account is needed.", "that keys are random without a seed, which the script tests show, and warnings of live keys"},
	{"COMMON-08", "Webhooks are signed over the bytes that are sent.", ""},
	{"COMMON-09", "Contracts are data: a fifth one needs no code.", ""},
}

// provenByRepetition are the ids that a story which is walked twice is about.
var provenByRepetition = []string{"COMMON-01", "COMMON-07"}

// compared says whether two walks of one story, on fresh stand-ins with the same seed and clock, came to the same bytes.
func compared(s *story, first, second []*outcome) proof {
	p := proof{
		By: byStory, Story: s.tells, Step: "The same story on a fresh stand-in with the same seed and clock gives the same bytes.", To: "api", Method: "*", Path: "each step again",
		As: "as each step says", At: storyBegins.Format("2006-01-02T15:04:05Z"), Requests: len(second), Checked: []string{"status and body of each answer are those of the first time"},
	}
	for i, o := range second {
		if p.Status = o.exchange.Status; i >= len(first) || o.exchange.Status != first[i].exchange.Status || !bytes.Equal(o.fingerprint(), first[i].fingerprint()) {
			p.Problem = fmt.Sprintf("step %d (%s) is answered otherwise the second time", i+1, o.step.tells)
			return p
		}
	}
	return p
}

// chapterTitles are what the APIs call themselves.
var chapterTitles = map[string]string{"ecosire": "ECOSIRE", "echowin": "echowin", "ecoevents": "EcoEvents", "eckospace": "EckoSpace"}

// chapterSections tell which of a contract's documented rows are about what: from, to. The last section takes decisions.
var chapterSections = map[string][]struct {
	name     string
	from, to int
}{
	"ecosire": {
		{"surface", 1, 14}, {"authentication", 15, 27}, {"keys, environments, usage", 28, 48}, {"webhooks", 49, 71}, {"errors", 72, 87}, {"limits", 88, 101},
	},
	"echowin": {{"authentication and keys", 1, 19}, {"errors", 20, 25}, {"limits", 26, 34}},
	"ecoevents": {
		{"methods and keys", 1, 12}, {"scopes", 13, 21}, {"tokens", 22, 30}, {"verification", 31, 36}, {"rules of use", 37, 52}, {"troubleshooting", 53, 65}, {"methods and keys", 66, 66},
	},
	"eckospace": {{"requests and credentials", 1, 12}, {"endpoints", 13, 22}, {"webhooks", 23, 26}, {"security", 27, 34}, {"limits", 35, 40}},
}

var rowNumber = regexp.MustCompile(`^[A-Z]+-(\d+)$`)

// sectionsOf gives a contract's sections, empty ones.
func sectionsOf(name string) []section {
	var list []section
	for _, s := range chapterSections[name] {
		holds := func(id string) bool {
			found := rowNumber.FindStringSubmatch(id)
			if found == nil {
				return false
			}
			n, err := strconv.Atoi(found[1])
			return err == nil && s.from <= n && n <= s.to
		}
		same := false
		for i := range list {
			if list[i].Name == s.name {
				before := list[i].holds
				list[i].holds, same = func(id string) bool { return before(id) || holds(id) }, true
			}
		}
		if !same {
			list = append(list, section{Name: s.name, holds: holds})
		}
	}
	rest := section{Name: "decisions", holds: func(string) bool { return true }}
	if name == commonName {
		rest.Name = "rules"
	}
	return append(list, rest)
}

// fingerprint is an answer's body without what is another one each time: the address of the stand-in, and what the journal knows of the
// machine's side of an exchange (connections, real times).
func (o *outcome) fingerprint() []byte {
	text := []byte(strings.ReplaceAll(string(o.raw), o.base, ""))
	if o.step.to != management || !strings.HasPrefix(o.step.path, "/journal") {
		return text
	}
	var page struct {
		Entries []map[string]any
	}
	if err := json.Unmarshal(text, &page); err != nil {
		return text
	}
	for _, entry := range page.Entries {
		delete(entry, "client")
	}
	entries, err := json.Marshal(page.Entries)
	if err != nil {
		return text
	}
	return entries
}
