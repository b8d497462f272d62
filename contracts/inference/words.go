package inference

import (
	"strings"
	"unicode"
)

// fold brings a name to the form in which names are compared: lower case, letters and digits only, so that
// petId, pet_id and Pet-ID are one name.
func fold(name string) string {
	plain := true
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			plain = false
			break
		}
	}
	if plain {
		return name
	}
	var b strings.Builder
	b.Grow(len(name))
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// words splits a name at separators and at changes from lower to upper case, and gives the words folded.
func words(name string) []string {
	var out []string
	start := -1
	var last rune
	for i, r := range name {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r)
		border := letter && start >= 0 && unicode.IsUpper(r) && unicode.IsLower(last)
		if start >= 0 && (!letter || border) {
			out = append(out, strings.ToLower(name[start:i]))
			start = -1
		}
		if letter && start < 0 {
			start = i
		}
		last = r
	}
	if start >= 0 {
		out = append(out, strings.ToLower(name[start:]))
	}
	return out
}

// irregular are the plurals that no ending shows.
var irregular = map[string]string{
	"people": "person", "children": "child", "men": "man", "women": "woman", "indices": "index",
	"vertices": "vertex", "matrices": "matrix", "criteria": "criterion", "media": "medium",
}

// sameNoun says whether two folded names are one noun in singular or plural.
func sameNoun(a, b string) bool {
	if a == b {
		return a != ""
	}
	return pluralOf(a, b) || pluralOf(b, a)
}

// pluralOf says whether many is the plural of one; both are folded.
func pluralOf(many, one string) bool {
	switch {
	case one == "" || len(many) < len(one):
		return irregular[many] == one && one != ""
	case many == one+"s" || many == one+"es":
		return true
	case strings.HasSuffix(one, "y") && many == one[:len(one)-1]+"ies":
		return true
	}
	return irregular[many] == one
}

// Singular gives the likely singular of a label, for texts that people read.
func Singular(label string) string {
	low := strings.ToLower(label)
	switch {
	case irregular[low] != "":
		return irregular[low]
	case strings.HasSuffix(low, "ies") && len(low) > 4:
		return label[:len(label)-3] + "y"
	case strings.HasSuffix(low, "sses") || strings.HasSuffix(low, "xes") || strings.HasSuffix(low, "ches"):
		return label[:len(label)-2]
	case strings.HasSuffix(low, "ss") || strings.HasSuffix(low, "us") || strings.HasSuffix(low, "is"):
		return label
	case strings.HasSuffix(low, "s") && len(low) > 2:
		return label[:len(label)-1]
	}
	return label
}

// participles gives the folded past participles that a verb may have: cancel gives canceled and cancelled.
func participles(verb string) []string {
	if len(verb) < 3 {
		return nil
	}
	out := []string{verb + "ed"}
	last := verb[len(verb)-1]
	switch {
	case last == 'e':
		out = []string{verb + "d"}
	case last == 'y':
		out = append(out, verb[:len(verb)-1]+"ied")
	case strings.IndexByte("aeiou", last) < 0:
		out = append(out, verb+string(last)+"ed")
	}
	if p := strongVerbs[verb]; p != "" {
		out = append(out, p)
	}
	return out
}

// strongVerbs are verbs of APIs whose participle no rule gives.
var strongVerbs = map[string]string{
	"send": "sent", "pay": "paid", "hide": "hidden", "freeze": "frozen", "unfreeze": "unfrozen", "read": "read",
	"submit": "submitted", "run": "running", "start": "started", "draw": "drawn", "withdraw": "withdrawn",
	"lock": "locked", "void": "voided", "resume": "running", "hold": "held", "put": "put", "sell": "sold",
}
