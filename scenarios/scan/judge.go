package scan

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"understudy/contracts/check"
)

// A verdict is a hit with the rule that it breaks.
type verdict struct {
	rule     string
	contract int
	hit      *hit
	level    check.Level // empty: the rule's
	message  string
	want     string
	certain  string // the other explanation; empty: there is none
	keyword  string // besides the secret's own
}

// ruleFor gives the rule that a hit breaks. Empty: none, as with a key in a private file of variables.
func ruleFor(h *hit) (rule string, level check.Level) {
	u := h.unit
	switch {
	case h.rule != "":
		return h.rule, ""
	case u.private && h.class == credential && h.live && u.place.test:
		return liveInTest, check.Warning
	case u.private:
		return "", ""
	case h.class == coin:
		return issuedHere, ""
	case h.class == webhook:
		return hookSecret, ""
	case h.class == payment:
		return paymentSecret, ""
	case u.commit != nil:
		return inHistory, ""
	case u.place.kind == logFile:
		return inLog, ""
	case u.place.kind == envFile && u.tracked:
		return inEnvFile, check.Failure
	case u.place.kind == envFile:
		return inEnvFile, check.Warning
	case h.live && u.place.test:
		return liveInTest, check.Failure
	case u.place.kind == browser:
		return inBrowser, ""
	case h.inURL:
		return inAddress, ""
	}
	return inSource, ""
}

// judge makes verdicts of hits.
func (s *scanner) judge() []verdict {
	inTree := map[string]bool{} // secrets that still stand somewhere
	oldest := map[string]*hit{} // where the history has a secret first
	for _, h := range s.hits {
		switch {
		case h.rule != "":
		case h.unit.commit == nil:
			inTree[h.text] = true
		case oldest[h.text] == nil || h.earlier(oldest[h.text]):
			oldest[h.text] = h
		}
	}
	var list []verdict
	for _, h := range s.hits {
		for _, c := range s.contractsOf(h) {
			rule, level := ruleFor(h)
			if rule != "" && (h.unit.commit == nil || !inTree[h.text]) {
				v := verdict{rule: rule, contract: c, hit: h, level: level, certain: h.likely}
				switch {
				case rule == inBrowser && h.unit.place.why != "":
					v.certain = "the file is taken for code for browsers since " + h.unit.place.why
				case rule == inClear && h.unit.place.test:
					v.level, v.certain = check.Warning, "a test may call the API without TLS on purpose"
				}
				v.tell()
				list = append(list, v)
			}
		}
	}
	list = append(list, s.ages(oldest)...)
	list = append(list, s.sharing()...)
	slices.SortStableFunc(list, func(a, b verdict) int {
		return cmp.Or(cmp.Compare(a.contract, b.contract), strings.Compare(a.rule, b.rule), strings.Compare(a.hit.unit.path, b.hit.unit.path),
			cmp.Compare(a.hit.line, b.hit.line), cmp.Compare(a.hit.column, b.hit.column), strings.Compare(a.hit.text, b.hit.text))
	})
	return list
}

// contractsOf says whose a hit is. Where several contracts have secrets of the form, those that the file names, or else any
// file, come first. A credential of the run that is nobody's in particular is told with the first contract.
func (s *scanner) contractsOf(h *hit) []int {
	if len(h.contracts) == 0 {
		return []int{0}
	}
	if len(h.contracts) == 1 {
		return h.contracts
	}
	for _, named := range []func(int) bool{
		func(c int) bool { return slices.Contains(h.naming, c) },
		func(c int) bool { return s.traced[c] },
	} {
		if list := slices.DeleteFunc(slices.Clone(h.contracts), func(c int) bool { return !named(c) }); len(list) > 0 {
			return list
		}
	}
	return h.contracts
}

// ages finds keys that are older than they should be.
func (s *scanner) ages(oldest map[string]*hit) (list []verdict) {
	if s.options.Now.IsZero() {
		return nil
	}
	told := map[string]bool{}
	for _, h := range s.keys() {
		since, certain := time.Time{}, ""
		if first := oldest[h.text]; first != nil {
			since = first.unit.commit.when
		} else if h.unit.private && h.unit.place.kind == envFile {
			since, certain = h.unit.changed, "the file's date may have been set by hand"
		}
		if since.IsZero() {
			continue
		}
		for _, c := range s.contractsOf(h) {
			s.looked.dated[c]++
		}
		age := s.options.Now.Sub(since)
		if age <= s.options.MaxAge || told[h.text] {
			continue
		}
		told[h.text] = true
		for _, c := range s.contractsOf(h) {
			v := verdict{rule: tooOld, contract: c, hit: h, certain: certain}
			v.message = "The " + secretName(h) + " " + mask(&h.find) + " in " + h.at() + " is at least " + days(age) + " old: " + origin(oldest[h.text], h) + "."
			v.want = "keys younger than " + days(s.options.MaxAge)
			list = append(list, v)
		}
	}
	return list
}

// keys are the hits of the tree that are keys of contracts.
func (s *scanner) keys() (list []*hit) {
	for _, h := range s.hits {
		if h.rule == "" && h.unit.commit == nil && (h.class == credential || h.class == payment || h.class == webhook) && h.unit.place.kind != logFile {
			list = append(list, h)
		}
	}
	return list
}

// sharing finds keys that the configuration of several environments has.
func (s *scanner) sharing() (list []verdict) {
	type user struct {
		environment string
		hit         *hit
	}
	users := map[string][]user{}
	var order []string
	seen := make([]map[string]bool, len(s.options.Contracts))
	for _, h := range s.keys() {
		environment := h.environment()
		if environment == "" || h.class == webhook && h.variable == "" {
			continue
		}
		for _, c := range s.contractsOf(h) {
			if seen[c] == nil {
				seen[c] = map[string]bool{}
			}
			seen[c][environment] = true
		}
		if users[h.text] == nil {
			order = append(order, h.text)
		}
		users[h.text] = append(users[h.text], user{environment, h})
	}
	for c := range seen {
		s.looked.environments[c] = len(seen[c])
	}
	for _, text := range order {
		all := users[text]
		slices.SortFunc(all, func(a, b user) int {
			return cmp.Or(strings.Compare(a.hit.unit.path, b.hit.unit.path), cmp.Compare(a.hit.line, b.hit.line))
		})
		first := all[0]
		at := slices.IndexFunc(all, func(u user) bool { return u.environment != first.environment })
		if at < 0 {
			continue
		}
		h := all[at].hit
		for _, c := range s.contractsOf(h) {
			v := verdict{rule: shared, contract: c, hit: h, keyword: first.environment + " and " + all[at].environment}
			v.message = "The " + secretName(h) + " " + mask(&h.find) + " is used by " + first.environment + " (" + first.hit.at() + ") and by " + all[at].environment + " (" + h.at() + ")."
			v.want = "a key for each environment"
			list = append(list, v)
		}
	}
	return list
}

// environment is the one that a key is configured for: by its variable's name, or by the file's.
func (h *hit) environment() string {
	if found := environmentWord().FindStringSubmatch(strings.ReplaceAll(h.variable, "_", " ")); found != nil {
		return environments[strings.ToLower(found[1])]
	}
	return h.unit.place.environment
}
