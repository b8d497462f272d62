package receiver

import (
	"fmt"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/signature"
)

// A family is the events that are signed in one way with one secret: a receiver verifies all of them or none.
type family struct {
	label  string // of the signature's header, lower case; "unsigned" where nothing is signed
	scheme signature.Scheme
	name   string // of the secret, as the environment has it
	secret string
	events []*contracts.Event // that are tried

	taken    map[string]bool  // events whose good delivery was accepted in time
	witness  *contracts.Event // the first of them; nil: there is none yet
	late     int              // good deliveries that were not answered in time
	trouble  string           // why its good deliveries were not accepted
	refusals []refusal
	accepted int     // forged deliveries
	watched  bool    // before was read
	before   reading // the probe, before the first forged delivery
}

// A refusal is the answer to a hostile delivery that was refused as it should be.
type refusal struct {
	status, number int
	sent           string
}

// signed says whether deliveries of the family can be told from forged ones.
func (f *family) signed() bool { return f.scheme.Kind.NeedsSecret() }

// gather sorts the events that are wanted into families and gives each its secret.
func (s *session) gather() error {
	all := s.options.Contract.Events()
	if len(all) == 0 {
		return fmt.Errorf("the contract %s has no webhooks that could be delivered", s.options.Contract.Name)
	}
	wanted, err := choose(all, s.options.Events)
	if err != nil {
		return err
	}
	s.whole = len(wanted) == len(all)
	var missing []string
	for _, f := range sortFamilies(all) {
		f.secret = s.options.Secrets[f.name]
		known := !f.signed() || f.secret != ""
		if known && f.signed() {
			if err := signature.CheckSecret(f.scheme.Kind, f.secret); err != nil {
				return fmt.Errorf("the secret %s: %w", f.name, err)
			}
		}
		f.events = slices.DeleteFunc(f.events, func(e *contracts.Event) bool { return !slices.Contains(wanted, e) })
		switch {
		case len(f.events) == 0 && known && f.signed():
			s.lent = append(s.lent, f)
		case len(f.events) == 0:
		case known:
			s.families = append(s.families, f)
		case !slices.Contains(missing, f.name):
			missing = append(missing, f.name)
		}
	}
	if missing != nil {
		return fmt.Errorf("the secret %s is missing: deliveries are signed with it; name the environment variable that holds it with --secret-env %s=VARIABLE, "+
			"or choose other events with --event", strings.Join(missing, " and "), missing[0])
	}
	return nil
}

// choose gives the events that one of the patterns fits.
func choose(all []*contracts.Event, patterns []string) ([]*contracts.Event, error) {
	if len(patterns) == 0 {
		return all, nil
	}
	var wanted []*contracts.Event
	for _, p := range patterns {
		before := len(wanted)
		var names []string
		fitting := false
		for _, e := range all {
			names = append(names, e.Name)
			if !fits(p, e.Name) {
				continue
			}
			fitting = true
			if !slices.Contains(wanted, e) {
				wanted = append(wanted, e)
			}
		}
		if !fitting && len(wanted) == before {
			return nil, fmt.Errorf("there is no event %q; there are %s", p, strings.Join(names[:min(len(names), 20)], ", "))
		}
	}
	return wanted, nil
}

// fits says whether a pattern fits a name: * stands for any text, also none.
func fits(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	last := len(parts) - 1
	if last == 0 {
		return pattern == name
	}
	if !strings.HasPrefix(name, parts[0]) {
		return false
	}
	name = name[len(parts[0]):]
	for _, part := range parts[1:last] {
		i := strings.Index(name, part)
		if i < 0 {
			return false
		}
		name = name[i+len(part):]
	}
	return strings.HasSuffix(name, parts[last])
}

// sortFamilies puts events together that are signed alike, in the order of the first event of each.
func sortFamilies(events []*contracts.Event) []*family {
	var list []*family
	for _, e := range events {
		i := slices.IndexFunc(list, func(f *family) bool { return f.scheme == e.Scheme && f.name == e.Secret })
		if i < 0 {
			i = len(list)
			list = append(list, &family{label: labelOf(e.Scheme, list), scheme: e.Scheme, name: e.Secret, taken: map[string]bool{}})
		}
		list[i].events = append(list[i].events, e)
	}
	return list
}

// labelOf names a family by the header that its signature stands in; further ones of that header get a number.
func labelOf(s signature.Scheme, others []*family) string {
	label := "unsigned"
	if names := s.HeaderNames(); len(names) > 0 {
		label = strings.ToLower(names[0])
	}
	same := 1
	for _, f := range others {
		if f.label == label || strings.HasPrefix(f.label, label+"-") {
			same++
		}
	}
	if same > 1 {
		return fmt.Sprintf("%s-%d", label, same)
	}
	return label
}

// others gives the families whose signatures could be mistaken for those of f.
func (s *session) others(f *family) []*family {
	var list []*family
	for _, other := range slices.Concat(s.families, s.lent) {
		if other != f && other.signed() && other.secret != f.secret {
			list = append(list, other)
		}
	}
	return list
}
