package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dunglas/httpsfv"
)

// structured judges RateLimit and RateLimit-Policy as drafts of the IETF have them: lists of named items since -08, a
// dictionary in -07, and policies whose item is the quota before (RATE-001).
func (p *pass) structured() {
	policies := p.x.ResponseHeader["Ratelimit-Policy"]
	states := p.x.ResponseHeader["Ratelimit"]
	var quotas map[string]int64
	if len(policies) > 0 {
		var fault string
		if quotas, fault = readPolicies(policies); fault != "" {
			p.unreadable("RateLimit-Policy", strings.Join(policies, ", "), fault)
			quotas = nil
		}
	}
	if len(states) == 0 {
		return
	}
	left, fault := readStates(states)
	if fault != "" {
		p.unreadable("RateLimit", strings.Join(states, ", "), fault)
		return
	}
	for _, s := range left {
		p.compare(s, quotas)
	}
}

// A state is one item of RateLimit.
type state struct {
	name      string // empty in the dictionary of -07
	remaining int64
	limit     int64 // -1: not said
}

func (p *pass) compare(s state, quotas map[string]int64) {
	tell := func(keyword, message, want, got string) {
		p.report("RATE-001", Finding{Message: message, Want: want, Got: got, Where: "response header RateLimit", Keyword: keyword})
	}
	quota := s.limit
	if quotas != nil && s.name != "" {
		q, ok := quotas[s.name]
		if !ok {
			tell("unknown policy", fmt.Sprintf("%s shows what is left of the policy %q, which RateLimit-Policy does not have.", p.label(), cut(s.name, 60)),
				"a policy of RateLimit-Policy", strconv.Quote(cut(s.name, 60)))
			return
		}
		quota = q
	}
	if quota >= 0 && s.remaining > quota {
		tell("above limit ratelimit", fmt.Sprintf("%s says that %d of %d are left.", p.label(), s.remaining, quota),
			"at most "+strconv.FormatInt(quota, 10), strconv.FormatInt(s.remaining, 10))
	}
}

// readPolicies gives the quotas by name; those without a name are left out.
func readPolicies(lines []string) (quotas map[string]int64, fault string) {
	list, err := httpsfv.UnmarshalList(lines)
	if err != nil {
		return nil, "a structured field list (RFC 9651)"
	}
	quotas = map[string]int64{}
	for _, member := range list {
		item, ok := member.(httpsfv.Item)
		if !ok {
			return nil, "policies that are items"
		}
		if quota, ok := item.Value.(int64); ok { // before -08
			if quota < 0 {
				return nil, "a quota of 0 or more"
			}
			continue
		}
		name, ok := itemName(item.Value)
		if !ok {
			return nil, "policies with a name"
		}
		quota, there := natural(item.Params, "q")
		if !there || quota < 0 {
			return nil, "the parameter q, a whole number of 0 or more, for each policy"
		}
		if window, there := natural(item.Params, "w"); there && window <= 0 {
			return nil, "a window w of whole seconds above 0"
		}
		quotas[name] = quota
	}
	if len(list) == 0 {
		return nil, "at least one policy"
	}
	return quotas, ""
}

// readStates reads RateLimit.
func readStates(lines []string) (states []state, fault string) {
	list, err := httpsfv.UnmarshalList(lines)
	if err != nil || slices.ContainsFunc(list, bareToken) {
		if d, err := httpsfv.UnmarshalDictionary(lines); err == nil {
			if s, ok := dictionaryState(d); ok {
				return []state{s}, ""
			}
		}
		if err != nil {
			return nil, "a structured field list (RFC 9651)"
		}
	}
	for _, member := range list {
		item, ok := member.(httpsfv.Item)
		if !ok {
			return nil, "limits that are items"
		}
		name, ok := itemName(item.Value)
		if !ok {
			return nil, "limits with a name"
		}
		left, there := natural(item.Params, "r")
		if !there || left < 0 {
			return nil, "the parameter r, a whole number of 0 or more, for each limit"
		}
		if seconds, there := natural(item.Params, "t"); there && seconds < 0 {
			return nil, "seconds t of 0 or more"
		}
		states = append(states, state{name: name, remaining: left, limit: -1})
	}
	if len(states) == 0 {
		return nil, "at least one limit"
	}
	return states, ""
}

// bareToken says whether a list's member may be a key of a dictionary.
func bareToken(m httpsfv.Member) bool {
	item, ok := m.(httpsfv.Item)
	if !ok {
		return false
	}
	_, isToken := item.Value.(httpsfv.Token)
	return isToken && len(item.Params.Names()) == 0
}

func dictionaryState(d *httpsfv.Dictionary) (state, bool) {
	s := state{limit: -1, remaining: -1}
	for name, into := range map[string]*int64{"limit": &s.limit, "remaining": &s.remaining} {
		member, ok := d.Get(name)
		if !ok {
			continue
		}
		item, ok := member.(httpsfv.Item)
		if !ok {
			return s, false
		}
		n, ok := item.Value.(int64)
		if !ok || n < 0 {
			return s, false
		}
		*into = n
	}
	return s, s.remaining >= 0
}

// itemName reads a policy's name: a String, and of older senders a Token.
func itemName(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case httpsfv.Token:
		return string(v), true
	}
	return "", false
}

// natural reads an integer parameter; one of another type is there and below zero.
func natural(params *httpsfv.Params, name string) (n int64, there bool) {
	v, there := params.Get(name)
	if !there {
		return 0, false
	}
	n, ok := v.(int64)
	if !ok {
		return -1, true
	}
	return n, true
}
