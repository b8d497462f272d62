package grade

import (
	"fmt"
	"slices"
	"strings"

	"understudy/contracts/check"
)

// An authorization is a request that sends a user to log in for a code (RFC 6749, 4.1.1).
type authorization struct {
	call                            *Call
	client, state, nonce, challenge string
	method                          string // of the challenge; empty: plain (RFC 7636, 4.3)
	confidential                    bool   // the client redeems its codes with a secret
}

// authorizations finds the authorization requests that the integration made up: not those to which the API itself sent the browser,
// and each once, although its pages may carry the same parameters on.
func authorizations(rec *Recording) []*authorization {
	confidential := map[string]bool{}
	for _, q := range tokenRequests(rec) {
		client, _, _ := strings.Cut(q.identity, " ")
		if q.sent.text("clientsecret") != "" || q.sent.text("clientassertion") != "" || q.call.RequestHeader.Get("Authorization") != "" {
			confidential[client] = true
		}
	}
	var list []*authorization
	seen := map[string]bool{}
	for i, c := range rec.Calls {
		sent := members{}
		for _, p := range query(c) {
			sent.add(p.name, p.value)
		}
		if sent.text("responsetype") == "" && c.Method == "POST" {
			sent = membersOf(c.RequestHeader, c.RequestBody) // pushed (RFC 9126), or a form
		}
		if !slices.Contains(strings.Fields(sent.text("responsetype")), "code") || sent.text("clientid") == "" {
			continue
		}
		a := &authorization{
			call: c, client: sent.text("clientid"), state: sent.text("state"), nonce: sent.text("nonce"),
			challenge: sent.text("codechallenge"), method: sent.text("codechallengemethod"),
		}
		a.confidential = confidential[a.client]
		key := strings.Join([]string{a.client, a.state, a.nonce, a.challenge, sent.text("redirecturi")}, " ")
		if seen[key] || sentThere(rec.Calls[:i], c) {
			continue
		}
		seen[key] = true
		list = append(list, a)
	}
	return list
}

// sentThere says that an earlier answer of the API redirected to the address of a call.
func sentThere(earlier []*Call, c *Call) bool {
	return slices.ContainsFunc(earlier, func(other *Call) bool {
		location := other.ResponseHeader.Get("Location")
		return location != "" && (location == c.URL || strings.HasSuffix(location, c.URL))
	})
}

func judgeChallenge(rec *Recording, t *Trial) {
	for _, a := range authorizations(rec) {
		t.Exercised(a.call)
		f := finding{where: "request query code_challenge", want: "code_challenge and code_challenge_method=S256"}
		switch {
		case a.challenge == "":
			f.keyword, f.got, f.message = "no challenge", "no code_challenge", "An authorization request for a code has no code challenge."
			if a.confidential {
				f.level = check.Warning
				f.message += " The client has a secret of its own, for which it is recommended and not demanded."
			}
		case a.method != "S256":
			f.keyword, f.where, f.got = "plain", "request query code_challenge_method", "the method plain"
			f.message = "An authorization request shows its code verifier as it is: the challenge's method is plain."
		default:
			continue
		}
		t.breaks(f, a.call)
	}
}

// shortestState is how many characters a state has at least that nobody is to guess.
const shortestState = 8

func judgeState(rec *Recording, t *Trial) {
	byState := map[string]*authorization{}
	for _, a := range authorizations(rec) {
		t.Exercised(a.call)
		f := finding{where: "request query state", want: "a random state, another one for each login"}
		other := byState[a.state]
		switch {
		case a.state == "":
			f.keyword, f.got, f.message = "no state", "no state", "An authorization request has no state."
			if a.challenge != "" || a.nonce != "" {
				f.level = check.Warning
				f.message += " PKCE or a nonce can take its place, where the provider is known to check it."
			}
		case len(a.state) < shortestState:
			f.keyword, f.level, f.got = "short", check.Warning, countOf(len(a.state), "character")
			f.message = fmt.Sprintf("The state of an authorization request has %s: it can be guessed.", countOf(len(a.state), "character"))
		case other != nil:
			f.keyword, f.level, f.got = "repeated", check.Warning, "the same state in two logins"
			f.message = "Two logins have the same state: it does not tie either to its session."
			t.breaks(f, a.call, other.call)
			continue
		default:
			byState[a.state] = a
			continue
		}
		t.breaks(f, a.call)
	}
}

func judgeCodeTwice(rec *Recording, t *Trial) {
	first := map[string]*tokenRequest{}
	for _, q := range tokenRequests(rec) {
		code := q.sent.text("code")
		if q.grant != codeGrant || code == "" {
			continue
		}
		t.Exercised(q.call)
		earlier := first[code]
		if earlier == nil || earlier.lost {
			first[code] = q
			continue
		}
		t.breaks(finding{
			message: "An authorization code was sent to the token endpoint a second time.",
			want:    "one token request for each code", got: "a second one", where: "request body code", keyword: "code",
		}, q.call, earlier.call)
	}
}
