package grade_test

import (
	"fmt"
	"testing"
	"time"

	"understudy/contracts/check"
	"understudy/scenarios/grade"
)

func TestRefusedCredentials(t *testing.T) {
	holds(t, "TOK-001",
		ruleCase{name: "the same request with the same token", want: broken, says: "shown again in 2 more calls", sure: check.Certain, findings: 1, calls: []told{
			login(0, 1), get(second, "/v1/lamps", access(1), 401), get(2*second, "/v1/lamps", access(1), 401), get(3*second, "/v1/lamps", access(1), 401),
		}},
		ruleCase{name: "renewed and repeated once", want: kept, calls: []told{
			login(0, 1), get(second, "/v1/lamps", access(1), 401), renew(2*second, 1, 2), get(3*second, "/v1/lamps", access(2), 200),
		}},
		ruleCase{name: "calls that were under way", want: kept, calls: []told{
			login(0, 1), lasting(get(second, "/v1/lamps", access(1), 401), second), lasting(get(second+100*time.Millisecond, "/v1/lamps", access(1), 401), second),
		}},
		ruleCase{name: "two operations of a test with one bad token", want: warned, sure: check.Likely, calls: []told{
			login(0, 1), get(second, "/v1/lamps", access(1), 401), get(2*second, "/v1/logs", access(1), 401), get(3*second, "/v1/fog", access(1), 401),
		}},
		ruleCase{name: "another one that could not know", want: kept, calls: []told{
			login(0, 1), on("a", get(second, "/v1/lamps", access(1), 401)), on("b", get(second+11*time.Millisecond, "/v1/lamps", access(1), 401)),
		}},
		ruleCase{name: "one other call", want: kept, calls: []told{
			login(0, 1), get(second, "/v1/lamps", access(1), 401), get(2*second, "/v1/logs", access(1), 401),
		}},
		ruleCase{name: "a key that worked and was revoked", want: broken, calls: []told{
			get(0, "/v1/lamps", live(1), 200), get(second, "/v1/lamps", live(1), 401), get(2*second, "/v1/lamps", live(1), 401),
		}},
		ruleCase{name: "accepted at the second try", want: kept, calls: []told{
			login(0, 1), get(second, "/v1/lamps", access(1), 401), get(2*second, "/v1/lamps", access(1), 200),
		}},
		ruleCase{name: "a made-up token of a test", want: idle, says: "--drill token-expiry", calls: []told{
			get(0, "/v1/lamps", access(9), 401), get(second, "/v1/lamps", access(9), 401),
		}},
	)
}

func TestRenewal(t *testing.T) {
	zero := 0
	ended := func(rec *grade.Recording) { rec.ExitCode = &zero }
	holds(t, "TOK-002",
		ruleCase{name: "given up", want: broken, says: "the client held a refresh token", sure: check.Likely, change: ended, calls: []told{login(0, 1), get(second, "/v1/lamps", access(1), 401)}},
		ruleCase{name: "given up, client credentials", want: broken, says: "the credentials that it had asked for it with", calls: []told{
			form(0, "grant_type=client_credentials&client_id=c", oauthToken(1)), get(second, "/v1/lamps", access(1), 401), get(2*second, "/v1/logs", access(1), 401),
		}},
		ruleCase{name: "renewed", want: kept, change: ended, calls: []told{login(0, 1), get(second, "/v1/lamps", access(1), 401), renew(2*second, 1, 2)}},
		ruleCase{name: "asked for another one", want: kept, calls: []told{
			form(0, "grant_type=client_credentials&client_id=c", oauthToken(1)), get(second, "/v1/lamps", access(1), 401), form(2*second, "grant_type=client_credentials&client_id=c", oauthToken(2)),
		}},
		ruleCase{name: "logged in again", want: kept, calls: []told{login(0, 1), get(second, "/v1/lamps", access(1), 401), login(2*second, 2)}},
		ruleCase{name: "the recording ends there", want: idle, calls: []told{login(0, 1), get(second, "/v1/lamps", access(1), 401)}},
		ruleCase{name: "a newer token was there", want: idle, change: ended, calls: []told{login(0, 1), renew(second, 1, 2), get(5*second, "/v1/lamps", access(1), 401)}},
		ruleCase{name: "a key cannot be renewed", want: idle, change: ended, calls: []told{get(0, "/v1/lamps", live(1), 200), get(second, "/v1/lamps", live(1), 401)}},
	)
	holds(t, "TOK-003",
		ruleCase{name: "after its end", want: noted, says: "was shown 10s after its end", calls: []told{login(0, 1), get(3600*second+10*second+10*time.Millisecond, "/v1/lamps", access(1), 401)}},
		ruleCase{name: "before its end", want: kept, calls: []told{login(0, 1), renew(3500*second, 1, 2), get(3700*second, "/v1/lamps", access(2), 200)}},
		ruleCase{name: "too short to tell", want: idle, calls: []told{login(0, 1), get(second, "/v1/lamps", access(1), 200)}},
		ruleCase{
			name: "a clock that was moved", want: idle, says: "could not know", change: func(rec *grade.Recording) { rec.Wall = false },
			calls: []told{login(0, 1), get(4000*second, "/v1/lamps", access(1), 401)},
		},
	)
}

func TestStampede(t *testing.T) {
	slow := 500 * time.Millisecond
	three := func(token string, at time.Duration) []told {
		return []told{lasting(get(at, "/v1/lamps", token, 401), slow), lasting(get(at, "/v1/logs", token, 401), slow), lasting(get(at, "/v1/fog", token, 401), slow)}
	}
	plain := func(at time.Duration, n int) told {
		return lasting(form(at, "grant_type=client_credentials&client_id=c&client_secret="+mark("", 1), oauthToken(n)), slow)
	}
	refused := func(at time.Duration, with int) told {
		one := renew(at, with, 0)
		one.answer = "401"
		return lasting(one, slow)
	}
	holds(t, "TOK-004",
		ruleCase{
			name: "each renews", want: broken, says: "3 requests with the same refresh token", sure: check.Certain, findings: 1,
			calls: append(append([]told{login(0, 1)}, three(access(1), second)...), lasting(renew(2*second, 1, 2), slow), refused(2*second, 1), refused(2*second, 1)),
		},
		ruleCase{name: "one renews for all", want: kept, calls: append(append([]told{login(0, 1)}, three(access(1), second)...), renew(2*second, 1, 2), get(3*second, "/v1/lamps", access(2), 200))},
		ruleCase{name: "each renews, within a millisecond", want: broken, says: "2 requests with the same refresh token", calls: []told{
			login(0, 1), on("a", get(second, "/v1/lamps", access(1), 401)), on("b", get(second, "/v1/logs", access(1), 401)),
			on("a", renew(2*second, 1, 2)), on("b", refused(2*second+11*time.Millisecond, 1)),
		}},
		ruleCase{name: "one call at a time", want: idle, calls: []told{login(0, 1), get(second, "/v1/lamps", access(1), 401), renew(2*second, 1, 2), get(3*second, "/v1/lamps", access(2), 200)}},
		ruleCase{name: "a repeat after a lost answer", want: idle, calls: []told{
			login(0, 1), get(second, "/v1/lamps", access(1), 401),
			with(lasting(renew(2*second, 1, 2), 30*second), func(c *grade.Call) { c.Abandoned = true }), renew(5*second, 1, 3),
		}},
		ruleCase{
			name: "client credentials", want: warned, sure: check.Likely, says: "Several processes",
			calls: append(append([]told{plain(0, 1)}, three(access(1), second)...), plain(2*second, 2), plain(2*second, 3)),
		},
		ruleCase{name: "tests that log in at the same time", want: idle, calls: []told{lasting(login(0, 1), slow), lasting(login(0, 2), slow), lasting(login(0, 3), slow), get(second, "/v1/lamps", access(1), 200)}},
	)
}

func TestRefreshTokens(t *testing.T) {
	refused := func(at time.Duration, with, status int) told {
		one := renew(at, with, 0)
		one.answer = fmt.Sprint(status)
		return one
	}
	holds(t, "TOK-005",
		ruleCase{name: "used twice", want: broken, says: "kr_***", calls: []told{login(0, 1), renew(second, 1, 2), refused(2*second, 1, 401)}},
		ruleCase{name: "the newest one", want: kept, calls: []told{login(0, 1), renew(second, 1, 2), renew(2*second, 2, 3)}},
		ruleCase{name: "a lost answer", want: idle, calls: []told{login(0, 1), with(renew(second, 1, 2), func(c *grade.Call) { c.Fault = "drop" }), refused(2*second, 1, 401)}},
		ruleCase{name: "no rotation", want: idle, calls: []told{login(0, 1), renew(second, 1, 1), renew(2*second, 1, 1)}},
		ruleCase{name: "one renewal", want: idle, says: "token-expiry", calls: []told{login(0, 1), renew(second, 1, 2)}},
		ruleCase{name: "OAuth, snake case", want: broken, calls: []told{
			form(0, "grant_type=refresh_token&refresh_token="+renewing(1), "200\nContent-Type: application/json\n\n"+fmt.Sprintf(`{"access_token":%q,"refresh_token":%q}`, access(1), renewing(2))),
			form(second, "grant_type=refresh_token&refresh_token="+renewing(1), "400"),
		}},
		ruleCase{name: "at the same time is another rule's matter", want: idle, calls: []told{login(0, 1), lasting(renew(second, 1, 2), second), lasting(refused(second, 1, 401), second)}},
	)
	holds(t, "TOK-007",
		ruleCase{name: "tried again", want: broken, says: "refused with 401", sure: check.Certain, calls: []told{login(0, 1), refused(second, 1, 401), refused(2*second, 1, 401)}},
		ruleCase{name: "logged in again", want: kept, calls: []told{login(0, 1), refused(second, 1, 400), login(2*second, 2)}},
		ruleCase{name: "503 is no refusal", want: idle, calls: []told{login(0, 1), refused(second, 1, 503), renew(2*second, 1, 2)}},
		ruleCase{name: "a made-up one in two tests", want: warned, sure: check.Likely, calls: []told{refused(0, 9, 401), refused(10*second, 9, 401)}},
		ruleCase{name: "none refused", want: idle, calls: []told{login(0, 1), renew(second, 1, 2)}},
	)
}

func TestNewestToken(t *testing.T) {
	holds(t, "TOK-006",
		ruleCase{name: "the old one much later", want: warned, calls: []told{login(0, 1), renew(second, 1, 2), get(5*second, "/v1/lamps", access(1), 200)}},
		ruleCase{name: "and refused", want: broken, says: "was refused", calls: []told{login(0, 1), renew(second, 1, 2), get(5*second, "/v1/lamps", access(1), 401)}},
		ruleCase{name: "the new one", want: kept, calls: []told{login(0, 1), renew(second, 1, 2), get(5*second, "/v1/lamps", access(2), 200)}},
		ruleCase{name: "within a second", want: kept, calls: []told{login(0, 1), renew(second, 1, 2), get(second+500*time.Millisecond, "/v1/lamps", access(1), 200), get(3*second, "/v1/lamps", access(2), 200)}},
		ruleCase{name: "another session", want: kept, calls: []told{login(0, 1), login(0, 5), renew(second, 1, 2), get(5*second, "/v1/lamps", access(2), 200), get(6*second, "/v1/lamps", access(5), 200)}},
		ruleCase{name: "a second login ends no session", want: idle, calls: []told{login(0, 1), login(second, 2), get(5*second, "/v1/lamps", access(1), 200)}},
		ruleCase{
			name: "a clock that stands still: back to the old one", want: warned, change: func(rec *grade.Recording) { rec.Wall = false },
			calls: []told{login(0, 1), renew(second, 1, 2), get(second+10*time.Millisecond, "/v1/lamps", access(2), 200), get(second+20*time.Millisecond, "/v1/lamps", access(1), 200)},
		},
		ruleCase{
			name: "a clock that stands still: under way", want: idle, change: func(rec *grade.Recording) { rec.Wall = false },
			calls: []told{login(0, 1), renew(second, 1, 2), get(second+10*time.Millisecond, "/v1/lamps", access(1), 200)},
		},
	)
}

func TestVainRenewals(t *testing.T) {
	holds(t, "TOK-008",
		ruleCase{name: "round and round", want: broken, says: "refused with 401 3 times", findings: 1, calls: []told{
			login(0, 1), get(second, "/v1/lamps", access(1), 401), renew(2*second, 1, 2), get(3*second, "/v1/lamps", access(2), 401), renew(4*second, 2, 3), get(5*second, "/v1/lamps", access(3), 401),
		}},
		ruleCase{name: "one renewal, one repeat", want: kept, calls: []told{
			login(0, 1), get(second, "/v1/lamps", access(1), 401), renew(2*second, 1, 2), get(3*second, "/v1/lamps", access(2), 401),
		}},
		ruleCase{name: "it helped", want: idle, says: "--drill permission", calls: []told{
			login(0, 1), get(second, "/v1/lamps", access(1), 401), renew(2*second, 1, 2), get(3*second, "/v1/lamps", access(2), 200),
		}},
	)
}

func TestNeedlessTokens(t *testing.T) {
	perCall := func(i int) []told {
		at := time.Duration(i) * 10 * second
		return []told{form(at, "grant_type=client_credentials&client_id=c&client_secret="+mark("", 1), oauthToken(i)), get(at+second, "/v1/lamps", access(i), 200)}
	}
	var each, once, due []told
	for i := range 5 {
		each = append(each, perCall(i)...)
		once = append(once, get(time.Duration(i+1)*second, "/v1/lamps", access(0), 200))
		at := time.Duration(i) * 3500 * second
		due = append(due, form(at, "grant_type=client_credentials&client_id=c", oauthToken(i)), get(at+second, "/v1/lamps", access(i), 200), get(at+2*second, "/v1/logs", access(i), 200))
	}
	var users []told
	for i := range 5 {
		one := login(time.Duration(i)*second, i)
		one.request = fmt.Sprintf("POST /v1/login\nContent-Type: application/json\n\n"+`{"email":"user%d@keeper.example","password":%q}`, i, mark("", 0xb100+i))
		users = append(users, one, get(time.Duration(i)*second+100*time.Millisecond, "/v1/lamps", access(i), 200))
	}
	holds(t, "TOK-009",
		ruleCase{name: "one for each call", want: warned, says: "5 requests for tokens were made for 5 calls; 4 of them while", sure: check.Likely, calls: each},
		ruleCase{name: "one for all", want: kept, calls: append([]told{form(0, "grant_type=client_credentials&client_id=c", oauthToken(0))}, once...)},
		ruleCase{name: "when the last one ends", want: kept, calls: due},
		ruleCase{name: "one for each of five users", want: idle, calls: users},
		ruleCase{name: "two calls", want: idle, calls: each[:4]},
	)
}

func TestAuthorizationRequests(t *testing.T) {
	authorize := func(at time.Duration, parameters string) told {
		return told{at: at, request: "GET /oauth/authorize?response_type=code&client_id=web&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&" + parameters, answer: "302\nLocation: https://app.example/cb?code=x"}
	}
	const challenge = "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
	redeem := form(second, "grant_type=authorization_code&client_id=web&client_secret="+mark("", 3)+"&code=c1", oauthToken(1))
	holds(t, "TOK-010",
		ruleCase{name: "S256", want: kept, calls: []told{authorize(0, "state=abcdefghij&"+challenge)}},
		ruleCase{name: "none", want: broken, says: "has no code challenge", calls: []told{authorize(0, "state=abcdefghij")}},
		ruleCase{name: "none, with a secret", want: warned, says: "recommended", calls: []told{authorize(0, "state=abcdefghij"), redeem}},
		ruleCase{name: "plain", want: broken, says: "plain", calls: []told{authorize(0, "state=abcdefghij&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")}},
		ruleCase{name: "no flow", want: idle, calls: []told{login(0, 1)}},
		ruleCase{name: "the API's own login at another provider", want: idle, calls: []told{
			{request: "GET /v1/fog", answer: "302\nLocation: https://keeper.example/oauth/authorize?response_type=code&client_id=api&state=1"},
			{at: second, request: "GET /oauth/authorize?response_type=code&client_id=api&state=1", answer: "200"},
		}},
	)
	holds(t, "TOK-011",
		ruleCase{name: "its own state each", want: kept, calls: []told{authorize(0, "state=abcdefghij&"+challenge), authorize(second, "state=klmnopqrst&"+challenge)}},
		ruleCase{name: "none at all", want: broken, calls: []told{authorize(0, "scope=openid")}},
		ruleCase{name: "PKCE instead", want: warned, says: "can take its place", calls: []told{authorize(0, challenge)}},
		ruleCase{name: "short", want: warned, says: "3 characters", calls: []told{authorize(0, "state=abc&"+challenge)}},
		ruleCase{name: "always the same", want: warned, says: "same state", calls: []told{authorize(0, "state=abcdefghij&code_challenge=a"), authorize(second, "state=abcdefghij&code_challenge=b")}},
		ruleCase{name: "the page of the login again", want: kept, calls: []told{authorize(0, "state=abcdefghij&"+challenge), authorize(second, "state=abcdefghij&"+challenge)}},
	)
	holds(t, "TOK-012",
		ruleCase{name: "once", want: kept, calls: []told{redeem}},
		ruleCase{name: "twice", want: broken, calls: []told{redeem, form(2*second, "grant_type=authorization_code&client_id=web&code=c1", "400")}},
		ruleCase{name: "behind a lost answer", want: kept, calls: []told{with(redeem, func(c *grade.Call) { c.Status = 0 }), form(2*second, "grant_type=authorization_code&client_id=web&code=c1", "400")}},
		ruleCase{name: "no code", want: idle, calls: []told{login(0, 1)}},
	)
}

func TestDevicePolls(t *testing.T) {
	begin := told{request: "POST /oauth/device\nContent-Type: application/x-www-form-urlencoded\n\nclient_id=tv", answer: "200\nContent-Type: application/json\n\n" + `{"device_code":"d1","user_code":"AB","interval":2}`}
	poll := func(at time.Duration, answer string) told {
		return form(at, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=d1&client_id=tv", "400\nContent-Type: application/json\n\n"+`{"error":"`+answer+`"}`)
	}
	holds(t, "TOK-013",
		ruleCase{name: "waits", want: kept, calls: []told{begin, poll(2*second, "authorization_pending"), poll(4010*time.Millisecond, "authorization_pending")}},
		ruleCase{name: "does not wait", want: broken, says: "was to wait 2s", calls: []told{begin, poll(2*second, "authorization_pending"), poll(3*second, "authorization_pending")}},
		ruleCase{name: "slow_down makes it longer", want: broken, says: "was to wait 7s", calls: []told{begin, poll(2*second, "slow_down"), poll(5*second, "authorization_pending")}},
		ruleCase{name: "one poll", want: idle, calls: []told{begin, poll(2*second, "authorization_pending")}},
		ruleCase{name: "a clock that was moved", want: idle, change: func(rec *grade.Recording) { rec.Wall = false }, calls: []told{begin, poll(2*second, "authorization_pending"), poll(2*second, "authorization_pending")}},
	)
}

func TestBareCalls(t *testing.T) {
	bare := func(at time.Duration, status int) told {
		return told{at: at, request: "GET /v1/lamps", answer: fmt.Sprint(status)}
	}
	holds(t, "TOK-014",
		ruleCase{name: "each call", want: broken, sure: check.Certain, calls: []told{bare(0, 401), bare(second, 401), bare(2*second, 401)}},
		ruleCase{name: "one of a test", want: warned, sure: check.Likely, says: "A test of the refusal", calls: []told{get(0, "/v1/lamps", live(1), 200), bare(second, 401), get(2*second, "/v1/logs", live(1), 200)}},
		ruleCase{name: "none", want: kept, calls: []told{login(0, 1), get(second, "/v1/lamps", access(1), 200)}},
		ruleCase{name: "credentials that were not recorded", want: idle, calls: []told{bare(0, 200), bare(second, 200)}},
		ruleCase{name: "a cookie", want: kept, calls: []told{{request: "GET /v1/lamps\nCookie: keeper_session=" + mark("", 7), answer: "200"}}},
		ruleCase{name: "open operations", want: idle, calls: []told{login(0, 1)}},
	)
}

func TestKindOfCredential(t *testing.T) {
	page := "Origin: https://app.example\nSec-Fetch-Site: cross-site\nSec-Fetch-Mode: cors\nSec-Fetch-Dest: empty\nUser-Agent: Mozilla/5.0"
	key := func(lines string) []told {
		return []told{{request: "GET /v1/events\nAuthorization: Bearer " + mark("ek_live_", 1) + "\n" + lines, answer: "200"}}
	}
	holds(t, "TOK-015",
		ruleCase{name: "a key in a browser", contract: "ecoevents", want: warned, sure: check.Certain, says: "ek_live_***", calls: key(page)},
		ruleCase{name: "a token in a browser", contract: "ecoevents", want: kept, calls: []told{{request: "GET /v1/events\nAuthorization: Bearer " + mark("", 2) + "\n" + page, answer: "200", change: func(c *grade.Call) { c.Class = "access-token" }}}},
		ruleCase{name: "a key on a server", contract: "ecoevents", want: kept, calls: key("User-Agent: Go-http-client/1.1")},
		ruleCase{name: "Node's fetch", contract: "ecoevents", want: kept, calls: key("User-Agent: node\nSec-Fetch-Mode: cors")},
		ruleCase{name: "nothing is said", contract: "ecosire", want: idle, says: "recommends no kind", calls: []told{{request: "GET /api/contacts\nAuthorization: Bearer " + mark("ecos_live_", 1), answer: "200"}}},
	)
}
