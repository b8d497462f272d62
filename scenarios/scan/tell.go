package scan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"understudy/contracts/check"
)

// tell puts a verdict into words.
func (v *verdict) tell() {
	h := v.hit
	what := secretName(h) + " " + mask(&h.find)
	if h.how != "" {
		what += ", " + h.how + ","
	}
	at := h.at()
	switch v.rule {
	case logged:
		v.message, v.want = fmt.Sprintf("A log statement in %s takes %s.", at, h.text), "nothing that holds a credential"
	case published:
		v.message, v.want = fmt.Sprintf("%s in %s is named so that build tools put its value into the code for browsers.", h.text, at), "a name without the prefix, read on the server only"
	case inClear:
		v.message, v.want = fmt.Sprintf("%s is addressed without TLS in %s.", h.subject(), at), "https: or wss:"
	case inHistory:
		v.message, v.want = fmt.Sprintf("A %s was committed in %s. It is gone from the tree, and stays in every clone.", what, at), "no credential in any commit"
	case inEnvFile:
		v.message, v.want = fmt.Sprintf("%s holds the %s and is committed.", at, what), "the file in .gitignore, and not in the repository"
		if !h.unit.tracked {
			v.message = fmt.Sprintf("%s holds the %s, and no .gitignore names the file.", at, what)
		}
	case liveInTest:
		v.message, v.want = fmt.Sprintf("The live %s stands in %s, which is for %s.", what, at, purpose(h)), "a test key, or a stand-in"
	case inAddress:
		v.message, v.want = fmt.Sprintf("A %s is part of a URL in %s.", what, at), "the credential in a header"
		if h.rule != "" {
			v.message = fmt.Sprintf("The variable %s is put into the query of a URL in %s.", h.text, at)
		}
	case issuedHere:
		v.message, v.want = fmt.Sprintf("The %s, issued in this run, stands in %s.", what, at), "nowhere but where the run keeps it"
	default:
		v.message, v.want = fmt.Sprintf("A %s stands in %s.", what, at), "no secret in files that others read"
	}
	if v.certain != "" {
		v.message += " This is likely, not certain: " + v.certain + "."
	}
}

// subject is what a URL without TLS leads to.
func (h *hit) subject() string {
	if h.variable != "" {
		return "The value of " + h.variable
	}
	return h.text
}

// secretName is what kind of secret a hit is, for people.
func secretName(h *hit) string {
	switch {
	case h.class == coin && h.name != "":
		return "credential " + h.name
	case h.class == coin:
		return "credential"
	case h.class == credential && h.name != "":
		return "credential (" + h.name + ")"
	case h.name == "":
		return "credential"
	}
	return h.name
}

func purpose(h *hit) string {
	if e := h.unit.place.environment; e == "development" || e == "test" {
		return e
	}
	return "tests"
}

// at is where a hit stands: "src/app.js:12:18", of a history with its commit and day.
func (h *hit) at() string {
	if h.unit.binary {
		return fmt.Sprintf("%s (byte %d)", h.unit.path, h.column)
	}
	at := fmt.Sprintf("%s:%d:%d", h.unit.path, h.line, h.column)
	if c := h.unit.commit; c != nil {
		if h.unit.message {
			at = "its message"
		}
		return fmt.Sprintf("%s of %s (%s)", c.short(), c.when.Format(time.DateOnly), at)
	}
	return at
}

// origin says by what the age of a key is known.
func origin(first, h *hit) string {
	if first != nil {
		return "it was committed in " + first.at()
	}
	return h.unit.path + " was changed on " + h.unit.changed.UTC().Format(time.DateOnly) + " for the last time"
}

func days(d time.Duration) string {
	if n := int(d / (24 * time.Hour)); n != 1 {
		return fmt.Sprintf("%d days", n)
	}
	return "1 day"
}

// finding makes a finding of a verdict.
func (s *scanner) finding(v *verdict, r Rule) check.Finding {
	h := v.hit
	f := check.Finding{
		Check: r.ID, Title: r.Title, Basis: r.Basis, Norm: r.Norm, Level: r.Level, Certainty: check.Certain, Contract: s.options.Contracts[v.contract].Name,
		Message: v.message, Want: v.want, Got: h.shown(), Where: "file " + h.unit.path, Advice: r.Advice, At: check.Place{File: h.unit.path, Line: h.line},
	}
	if h.repeats > 0 {
		f.Message += fmt.Sprintf(" It stands %s.", again(h))
	}
	if v.level != "" {
		f.Level = v.level
	}
	if v.certain != "" {
		f.Certainty = check.Likely
	}
	if h.unit.commit != nil {
		f.Where = "history, file " + h.unit.path
		if h.unit.message {
			f.Where, f.At = "history, a commit message", check.Place{}
		}
	}
	// The same text in the same file is the same finding, wherever it stands there. Four digits of a hash tell secrets apart and tell
	// nothing of them.
	sum := sha256.Sum256([]byte(h.text))
	f.Keyword = strings.TrimSpace(v.keyword + " " + h.name + " " + hex.EncodeToString(sum[:2]))
	f.Fingerprint = check.Fingerprint(f)
	return f
}

// again says where else the same stands.
func again(h *hit) string {
	where := "in the file"
	if h.unit.commit != nil {
		where = "in the history"
	}
	if h.repeats == 1 {
		return where + " once more"
	}
	return fmt.Sprintf("%s %d times more", where, h.repeats)
}

// shown is the line of a hit without its secrets.
func (h *hit) shown() string {
	if h.unit.binary {
		return mask(&h.find)
	}
	return h.excerpt
}
