package mock

import (
	"net/textproto"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/mock/credential"
	"understudy/mock/quota"
)

// codeLimited is the code of requests that a limit refuses.
const codeLimited = "limit_exceeded"

// admit counts the request by the contract's limits and refuses it when one of them is used up.
func (s *Server) admit(c *call) *Problem {
	verdict, err := s.limits.Ask(c.request.Context(), quota.Ask{Operation: c.operation, Subject: s.subject(c)})
	if err != nil {
		return internalProblem(err)
	}
	c.verdict = verdict
	refusal := c.verdict.Refused()
	switch {
	case refusal == nil:
		return nil
	case s.options.Limits == Enforce:
		return &Problem{Status: refusal.Status, Code: codeLimited, Detail: refusal.Detail}
	}
	s.observe(c, "admit", codeLimited, refusal.Detail, 0)
	return nil
}

// subject says for whom the request is counted: for its caller; where nobody was believed, be it that it is too early for
// that or that credentials are observed only, for whom the credential that it shows was issued to.
func (s *Server) subject(c *call) quota.Subject {
	subject := quota.Subject{Address: address(c.request)}
	caller, shown := c.caller, c.shown
	if caller == nil && shown == "" && s.asks() {
		early, refusal, err := s.credentials.Authenticate(c.request.Context(), c.operation, c.request)
		switch {
		case err != nil: // the stage that asks in earnest will meet it again
		case refusal != nil:
			shown = refusal.Credential
		default:
			caller = early
		}
	}
	switch {
	case caller != nil:
		describeSubject(&subject, caller.Credential)
		if caller.User != nil {
			subject.User = caller.User.ID
		}
		if caller.Account != nil {
			subject.Account, subject.Plan = caller.Account.ID, caller.Account.Plan
		}
	case shown != "":
		s.subjectShown(c, &subject, shown)
	}
	return subject
}

// subjectShown tells whose a credential is that is not good, or not asked for yet.
func (s *Server) subjectShown(c *call, subject *quota.Subject, id string) {
	k, err := s.credentials.Credential(c.request.Context(), id)
	if err != nil {
		return
	}
	describeSubject(subject, &k)
	if account, err := s.credentials.Account(c.request.Context(), k.Account); err == nil {
		subject.Plan = account.Plan
	}
}

func describeSubject(subject *quota.Subject, k *credential.Credential) {
	if k == nil {
		return
	}
	subject.Credential, subject.Account, subject.User = k.Family, k.Account, k.User
	if subject.Credential == "" {
		subject.Credential = k.ID
	}
}

// counts says that the contract declares limits and somebody counts.
func (s *Server) counts() bool {
	return s.options.Limits != Ignore && len(s.contract.Behaviour.Limits) > 0
}

// showLimits adds the headers that tell what is left. They belong to every answer, whichever stage gave it.
func (c *call) showLimits(status int) {
	if !c.server.counts() || c.trace.Source == "options" {
		return
	}
	v := c.verdict
	if v == nil {
		v = c.server.limits.Nobody(c.operation)
	}
	v.WriteHeaders(c.response.Header(), status)
}

// countedHeader says that a documented header is for the counters to fill: no example of it is sent.
func (s *Server) countedHeader(name string) bool {
	if len(s.contract.Behaviour.Limits) == 0 {
		return false
	}
	lower := strings.ToLower(name)
	return strings.Contains(lower, "ratelimit") || strings.Contains(lower, "rate-limit") ||
		slices.ContainsFunc(s.limits.HeaderNames(), func(known string) bool { return strings.EqualFold(known, name) })
}

// spellLimits adds the spelling of the headers that show limits; the contract's own word for them goes before its document.
func spellLimits(list []spelledName, names []string) []spelledName {
	for _, name := range names {
		plain := textproto.CanonicalMIMEHeaderKey(name)
		list = slices.DeleteFunc(list, func(n spelledName) bool { return n.plain == plain })
		if plain != name {
			list = append(list, spelledName{plain, name})
		}
	}
	return list
}

// exposeLimits lets pages of every origin read the headers that show limits.
func exposeLimits(rule *contracts.CORS, names []string) {
	for _, name := range names {
		if !slices.ContainsFunc(rule.Expose, func(known string) bool { return strings.EqualFold(known, name) }) {
			rule.Expose = append(rule.Expose, name)
		}
	}
}

// Limits gives what is left for whom, to be looked at and changed from outside; nil where the contract declares no limits.
func (s *Server) Limits() *quota.Limits { return s.limits }

// movable are the stages whose order a contract may choose.
var movable = []string{"authenticate", "admit", "permit"}

// reorder puts stages into the order of a contract's word order: they share the places that they had.
func reorder(list []stage, order []string) []stage {
	var places []int
	var chosen []stage
	for _, name := range order {
		i := slices.IndexFunc(list, func(s stage) bool { return s.name == name })
		if i >= 0 && slices.Contains(movable, name) && !slices.Contains(places, i) {
			places, chosen = append(places, i), append(chosen, list[i])
		}
	}
	slices.Sort(places)
	for i, place := range places {
		list[place] = chosen[i]
	}
	return list
}
