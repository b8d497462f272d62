package grade_test

import (
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/scenarios/grade"
)

func TestCredentialsInURLs(t *testing.T) {
	bare := func(url, lines string) told {
		return told{request: "GET " + url + lines, answer: "401"}
	}
	bearer := "\nAuthorization: Bearer " + live(1)
	holds(t, "KEY-001",
		ruleCase{name: "in the header", want: kept, calls: []told{get(0, "/v1/lamps", live(1), 200)}},
		ruleCase{name: "in the query", want: broken, says: "the credential kp_live_***", sure: check.Certain, calls: []told{bare("/v1/lamps?api_key="+live(1), "")}},
		ruleCase{name: "in the query as well", want: broken, calls: []told{bare("/v1/lamps?colour="+live(1)+"&key="+live(1), bearer)}},
		ruleCase{name: "in the path", want: broken, calls: []told{get(0, "/v1/lamps", live(1), 200), bare("/v1/keys/"+live(1)+"/lamps", "")}},
		ruleCase{name: "in the fragment", want: broken, calls: []told{bare("/v1/lamps#access_token="+access(1), "")}},
		ruleCase{name: "in front of the host", want: broken, calls: []told{bare("https://user:"+live(1)+"@keeper.example/v1/lamps", "")}},
		ruleCase{name: "in Referer", want: broken, calls: []told{get(0, "/v1/lamps", live(1), 200), bare("/v1/lamps", bearer+"\nReferer: https://app.example/?token="+live(1))}},
		ruleCase{name: "where the contract wants it", want: noted, says: "The contract wants the key in the query parameter map_key", calls: []told{bare("/v1/charts?map_key="+mark("kp_pub_", 1), "")}},
		ruleCase{name: "a declared segment", want: kept, calls: []told{get(0, "/v1/lamps/"+mark("", 5), live(1), 200)}},
		ruleCase{name: "a link that the API made", want: kept, calls: []told{
			{request: "GET /v1/lamps" + bearer, answer: "200\nContent-Type: application/json\n\n" + `{"url":"https://keeper.example/files/1?signature=` + mark("", 6) + `"}`},
			bare("/files/1?signature="+mark("", 6), ""),
		}},
		ruleCase{name: "a code of the code flow", want: idle, calls: []told{bare("/oauth/callback?code="+mark("", 6)+"&state=x", "")}},
		ruleCase{name: "an id token at the end of a session", want: kept, calls: []told{get(0, "/v1/lamps", access(1), 200), bare("/oauth/logout?id_token_hint="+mark("", 6), "")}},
		ruleCase{name: "no credential at all", want: idle, calls: []told{bare("/v1/lamps", "")}},
	)
}

func TestCredentialsElsewhere(t *testing.T) {
	call := func(url, lines string) func(*grade.Recording) {
		return func(rec *grade.Recording) {
			c := &grade.Call{Exchange: contracts.Exchange{Method: "GET", URL: url, RequestHeader: map[string][]string{}, Status: 200, Start: noon, Duration: second}}
			if lines != "" {
				c.RequestHeader["Authorization"] = []string{lines}
			}
			rec.Foreign = append(rec.Foreign, c)
		}
	}
	own := []told{get(0, "/v1/lamps", live(1), 200)}
	holds(t, "KEY-002",
		ruleCase{name: "the same key", want: broken, says: "was sent to weather.example", calls: own, change: call("https://weather.example/now", "Bearer "+live(1))},
		ruleCase{name: "in its query", want: broken, calls: own, change: call("https://weather.example/now?k="+live(1), "")},
		ruleCase{name: "another key", want: kept, calls: own, change: call("https://weather.example/now", "Bearer "+mark("wx_", 1))},
		ruleCase{name: "the identity provider", want: idle, calls: own, change: call("https://login.keeper.example/oauth/token", "Bearer "+live(1))},
		ruleCase{name: "the contract's own server", want: idle, calls: own, change: call("https://keeper.example/v1/lamps", "Bearer "+live(1))},
		ruleCase{name: "nothing is known of others", want: idle, says: "no calls to other hosts", calls: own},
	)
}

func TestCredentialsInClear(t *testing.T) {
	at := func(host string) func(*grade.Recording) { return func(rec *grade.Recording) { rec.Host = host } }
	own := []told{get(0, "/v1/lamps", live(1), 200)}
	holds(t, "KEY-003",
		ruleCase{name: "a public host", want: broken, says: "to keeper.example without TLS", calls: own, change: at("keeper.example")},
		ruleCase{name: "a public address", want: broken, calls: own, change: at("203.0.113.7:80")},
		ruleCase{name: "over TLS", want: kept, change: at("keeper.example"), calls: []told{with(get(0, "/v1/lamps", live(1), 200), func(c *grade.Call) { c.Secure = true })}},
		ruleCase{name: "an https URL", want: kept, change: at(""), calls: []told{get(0, "https://keeper.example/v1/lamps", live(1), 200)}},
		ruleCase{name: "the machine", want: idle, says: "the machine itself", calls: own, change: at("127.0.0.1:4010")},
		ruleCase{name: "the machine by name", want: idle, calls: own, change: at("localhost:4010")},
		ruleCase{name: "the machine, IPv6", want: idle, calls: own, change: at("[::1]:4010")},
		ruleCase{name: "a container", want: noted, sure: check.Likely, calls: own, change: at("understudy:4010")},
		ruleCase{name: "a private address", want: noted, calls: own, change: at("10.0.3.4:4010")},
		ruleCase{name: "without a credential", want: idle, change: at("keeper.example"), calls: []told{{request: "GET /v1/lamps", answer: "401"}}},
	)
}

func TestBrowsers(t *testing.T) {
	cross := "Sec-Fetch-Site: cross-site\nSec-Fetch-Mode: cors\nOrigin: https://app.example"
	key := func(lines string) []told { return []told{headed(get(0, "/v1/lamps", live(1), 200), lines)} }
	holds(t, "KEY-004",
		ruleCase{name: "cross-site", want: warned, sure: check.Certain, says: "Sec-Fetch-Site: cross-site", calls: key(cross)},
		ruleCase{name: "an older browser", want: warned, sure: check.Likely, calls: key("Origin: https://app.example\nUser-Agent: Mozilla/5.0 (X11)")},
		ruleCase{name: "a browser's recording", want: warned, sure: check.Certain, calls: key("User-Agent: x"), change: func(rec *grade.Recording) { rec.Browser = true }},
		ruleCase{name: "behind a proxy", want: warned, sure: check.Likely, says: "hands on its visitors' headers", calls: key(cross + "\nX-Forwarded-For: 203.0.113.9")},
		ruleCase{name: "Node", want: kept, calls: key("Sec-Fetch-Mode: cors\nUser-Agent: node")},
		ruleCase{name: "curl with an Origin", want: kept, calls: key("Origin: https://app.example\nUser-Agent: curl/8.5.0")},
		ruleCase{name: "the page on which operations are tried out", want: kept, calls: key("Sec-Fetch-Site: same-origin\nReferer: https://keeper.example/v1/docs")},
		ruleCase{name: "a test environment that plays a browser", want: kept, calls: key("Origin: http://localhost\nUser-Agent: Mozilla/5.0 (linux) AppleWebKit/537.36 jsdom/24.0")},
		ruleCase{name: "a token may", want: idle, calls: []told{headed(get(0, "/v1/lamps", access(1), 200), cross)}},
		ruleCase{name: "nothing is said", contract: "ecoevents", want: idle, says: "of no credential", calls: []told{headed(get(0, "/v1/events", mark("ek_live_", 1), 200), cross)}},
		ruleCase{name: "echowin", contract: "echowin", want: warned, calls: []told{{request: "GET /api/v1/contacts\nX-API-Key: " + mark("", 4) + "\n" + cross, answer: "200", change: func(c *grade.Call) { c.Class = "api-key" }}}},
		ruleCase{name: "echowin, from a HAR", contract: "echowin", want: warned, calls: []told{{request: "GET /api/v1/contacts\nX-API-Key: " + mark("", 4) + "\n" + cross, answer: "200"}}},
		ruleCase{name: "EckoSpace, a cookie is for browsers", contract: "eckospace", want: idle, calls: []told{{request: "GET /api/posts\nCookie: eckospace_session=" + mark("", 4) + "\n" + cross, answer: "200"}}},
	)
}

func TestCredentialPlaces(t *testing.T) {
	odd := func(line string, status int) told {
		return told{request: "GET /v1/lamps\n" + line, answer: fmt.Sprint(status)}
	}
	basic := base64.StdEncoding.EncodeToString([]byte("ada:" + live(1)))
	holds(t, "KEY-005",
		ruleCase{name: "as it should be", want: kept, calls: []told{get(0, "/v1/lamps", live(1), 200)}},
		ruleCase{name: "another header, always", want: broken, says: "the header X-Api-Key", calls: []told{odd("X-Api-Key: "+live(1), 401), odd("X-Api-Key: "+live(1), 401)}},
		ruleCase{name: "another header, once", want: warned, sure: check.Likely, says: "on purpose", calls: []told{get(0, "/v1/lamps", live(1), 200), odd("X-Api-Key: "+live(1), 401)}},
		ruleCase{name: "no word", want: broken, says: "without a word in front", calls: []told{odd("Authorization: "+live(1), 401), odd("Authorization: "+live(1), 401)}},
		ruleCase{name: "Basic", want: broken, says: "with the word basic", calls: []told{odd("Authorization: Basic "+basic, 401), odd("Authorization: Basic "+basic, 401)}},
		ruleCase{name: "another cookie", want: warned, calls: []told{get(0, "/v1/lamps", live(1), 200), odd("Cookie: k="+live(1), 401)}},
		ruleCase{name: "a cookie and a header", want: noted, says: "which of them counts", calls: []told{headed(get(0, "/v1/lamps", live(1), 200), "Cookie: keeper_session="+mark("", 5))}},
		ruleCase{name: "an application's own header", want: kept, calls: []told{headed(get(0, "/v1/lamps", live(1), 200), "X-Device-Token: "+mark("", 6)+"\nX-XSRF-TOKEN: "+mark("", 8))}},
		ruleCase{name: "other cookies", want: kept, calls: []told{headed(get(0, "/v1/lamps", live(1), 200), "Cookie: theme="+mark("", 5))}},
		ruleCase{name: "a client at the token endpoint", want: idle, calls: []told{headed(form(0, "grant_type=client_credentials", oauthToken(1)), "Authorization: Basic "+basic)}},
		ruleCase{name: "a webhook that the API takes", want: idle, calls: []told{{request: "POST /v1/inbox\nStripe-Signature: " + mark("", 9) + "\nContent-Type: application/json\n\n{}", answer: "200"}}},
		ruleCase{name: "ECOSIRE-20: the key in X-API-Key", contract: "ecosire", want: warned, calls: []told{
			get(0, "/api/contacts", mark("ecos_live_", 1), 200), {at: second, request: "GET /api/contacts\nX-API-Key: " + mark("ecos_live_", 1), answer: "401"},
		}},
	)
}

func TestCredentialsInTexts(t *testing.T) {
	holds(t, "KEY-006",
		ruleCase{name: "User-Agent", want: broken, says: "header User-Agent", calls: []told{headed(get(0, "/v1/lamps", live(1), 200), "User-Agent: sync/1 key="+live(1))}},
		ruleCase{name: "a request id", want: broken, calls: []told{headed(get(0, "/v1/lamps", live(1), 200), "X-Request-Id: "+live(1)+"-7")}},
		ruleCase{name: "a note", want: broken, says: "body /notes", calls: []told{post(0, "/v1/lamps", live(1), `{"name":"x","notes":"made with `+live(1)+`"}`, 201)}},
		ruleCase{name: "a whole note", want: broken, calls: []told{post(0, "/v1/lamps", live(1), `{"name":"x","notes":"`+live(1)+`"}`, 201)}},
		ruleCase{name: "a member for secrets", want: kept, calls: []told{post(0, "/v1/lamps", live(1), `{"name":"x","webhookSecret":"`+live(1)+`"}`, 201)}},
		ruleCase{name: "somebody else's secret", want: kept, calls: []told{post(0, "/v1/lamps", live(1), `{"name":"x","notes":"`+mark("", 4)+`"}`, 201)}},
		ruleCase{name: "a refresh with the token at hand", want: kept, calls: []told{{
			request: "POST /v1/refresh\nAuthorization: Bearer " + access(1) + "\nContent-Type: application/json\n\n" + `{"refreshToken":"` + renewing(1) + `","accessToken":"` + access(1) + `"}`, answer: tokens(2),
		}}},
		ruleCase{name: "no credential", want: idle, calls: []told{login(0, 1)}},
	)
}

func TestEnvironments(t *testing.T) {
	holds(t, "KEY-007",
		ruleCase{name: "both", want: warned, sure: check.Likely, says: "credentials of production and of sandbox", calls: []told{get(0, "/v1/lamps", live(1), 200), get(second, "/v1/lamps", trial(1), 200)}},
		ruleCase{name: "one", want: kept, calls: []told{get(0, "/v1/lamps", trial(1), 200), get(second, "/v1/lamps", trial(2), 200)}},
		ruleCase{name: "one call", want: idle, calls: []told{get(0, "/v1/lamps", trial(1), 200)}},
		ruleCase{
			name: "by what the stand-in knows", want: warned, change: standIn(grade.Grant{Credential: "a", Environment: "live"}, grade.Grant{Credential: "b", Environment: "staging"}),
			calls: []told{with(get(0, "/v1/lamps", access(1), 200), func(c *grade.Call) { c.Credential = "a" }), with(get(second, "/v1/lamps", access(2), 200), func(c *grade.Call) { c.Credential = "b" })},
		},
		ruleCase{name: "ECOEVENTS-45", contract: "ecoevents", want: warned, calls: []told{get(0, "/v1/events", mark("ek_live_", 1), 200), get(second, "/v1/events", mark("ek_test_", 1), 200)}},
		ruleCase{name: "one environment", contract: "echowin", want: idle, says: "of one environment only", calls: []told{get(0, "/api/v1/contacts", mark("", 1), 401)}},
		ruleCase{name: "staging and development cannot be told apart", contract: "ecosire", want: idle, calls: []told{get(0, "/api/contacts", mark("ecos_test_", 1), 200), get(second, "/api/contacts", mark("ecos_test_", 2), 200)}},
	)
}

func TestScopes(t *testing.T) {
	by := func(one told, id string) told { return with(one, func(c *grade.Call) { c.Credential = id }) }
	reads := many(10, func(i int) told { return by(get(time.Duration(i)*second, "/v1/lamps", live(1), 200), "k") })
	mixed := append(many(9, func(i int) told { return by(get(time.Duration(i)*second, "/v1/lamps", live(1), 200), "k") }), by(post(20*second, "/v1/lamps", live(1), `{"name":"x"}`, 201), "k"))
	grant := func(name string, scopes ...string) func(*grade.Recording) {
		return standIn(grade.Grant{Credential: "k", Name: name, Class: "key", Scopes: scopes})
	}
	holds(t, "KEY-008",
		ruleCase{name: "everything for a reader", want: warned, says: "which only read: lamps:read would do", calls: reads, change: grant("sync", "full")},
		ruleCase{name: "everything for a writer", want: noted, says: "lamps:read, lamps:write would do", calls: mixed, change: grant("sync", "full")},
		ruleCase{name: "one too many", want: noted, says: "none of which needed: logs:read", calls: reads, change: grant("sync", "lamps:read", "logs:read")},
		ruleCase{name: "exact", want: kept, calls: mixed, change: grant("sync", "lamps:read", "lamps:write")},
		ruleCase{name: "what the stand-in had ready", want: noted, says: "had ready", calls: reads, change: grant("Ready credential", "full")},
		ruleCase{name: "too few calls", want: idle, calls: reads[:9], change: grant("sync", "full")},
		ruleCase{name: "refused calls are no use", want: idle, change: grant("sync", "full"), calls: many(12, func(i int) told { return by(get(time.Duration(i)*second, "/v1/lamps", live(1), 403), "k") })},
		ruleCase{name: "not known", want: idle, says: "does not tell which scopes", calls: reads},
		ruleCase{
			name: "ECOEVENTS-21", contract: "ecoevents", want: warned, says: "events:read would do",
			calls:  many(10, func(i int) told { return by(get(time.Duration(i)*second, "/v1/events", mark("ek_live_", 1), 200), "k") }),
			change: standIn(grade.Grant{Credential: "k", Name: "report", Class: "api-key", Scopes: []string{"full_access"}}),
		},
		ruleCase{
			name: "ECOEVENTS: an operation that any key may call", contract: "ecoevents", want: warned, says: ": events:read would do",
			calls: append(many(9, func(i int) told { return by(get(time.Duration(i)*second, "/v1/events", mark("ek_live_", 1), 200), "k") }),
				by(get(20*second, "/v1/auth/verify", mark("ek_live_", 1), 200), "k")),
			change: standIn(grade.Grant{Credential: "k", Name: "report", Class: "api-key", Scopes: []string{"full_access"}}),
		},
		ruleCase{
			name: "echowin knows no scopes", contract: "echowin", want: idle,
			calls:  many(10, func(i int) told { return by(get(time.Duration(i)*second, "/api/v1/contacts", mark("", 1), 200), "k") }),
			change: standIn(grade.Grant{Credential: "k", Class: "api-key"}),
		},
		ruleCase{
			name: "a login has no narrower scope", contract: "ecoevents", want: kept,
			calls:  many(10, func(i int) told { return by(get(time.Duration(i)*second, "/v1/events", access(1), 200), "k") }),
			change: standIn(grade.Grant{Credential: "k", Class: "access-token", Scopes: []string{"full_access"}}),
		},
		ruleCase{
			name: "ECOSIRE: an admin key for reading", contract: "ecosire", want: warned, says: "read-only would do",
			calls: many(10, func(i int) told {
				return by(get(time.Duration(i)*second, "/api/contacts", mark("ecos_live_", 1), 200), "k")
			}),
			change: standIn(grade.Grant{Credential: "k", Name: "sync", Class: "api-key", Scopes: []string{"admin"}}),
		},
		ruleCase{
			name: "ECOSIRE: a read-only key", contract: "ecosire", want: kept,
			calls: many(10, func(i int) told {
				return by(get(time.Duration(i)*second, "/api/contacts", mark("ecos_live_", 1), 200), "k")
			}),
			change: standIn(grade.Grant{Credential: "k", Name: "sync", Class: "api-key", Scopes: []string{"read-only"}}),
		},
	)
	ask := form(0, "grant_type=client_credentials&client_id=c&scope=openid+lamps%3Aread+logs%3Aread", oauthToken(1))
	use := many(10, func(i int) told { return get(time.Duration(i+1)*second, "/v1/lamps", access(1), 200) })
	holds(t, "KEY-009",
		ruleCase{name: "more than needed", want: warned, says: "asked for logs:read, which none of its 10 calls", calls: append([]told{ask}, use...)},
		ruleCase{name: "as needed", want: kept, calls: append(append([]told{ask}, use...), get(20*second, "/v1/logs", access(1), 200))},
		ruleCase{name: "too few calls", want: idle, calls: append([]told{ask}, use[:5]...)},
		ruleCase{name: "no scopes at all", contract: "echowin", want: idle, says: "no operation of the contract", calls: []told{get(0, "/api/v1/contacts", mark("", 1), 401)}},
	)
}

func TestRealKeys(t *testing.T) {
	unknown := func(one told) told { return with(one, func(c *grade.Call) { c.Problem = "credential_unknown" }) }
	holds(t, "KEY-010",
		ruleCase{name: "never issued", want: noted, sure: check.Likely, calls: []told{unknown(get(0, "/v1/lamps", live(1), 401))}, change: standIn()},
		ruleCase{name: "the stand-in's own", want: kept, calls: []told{get(0, "/v1/lamps", live(1), 200)}, change: standIn()},
		ruleCase{name: "a key for tests", want: idle, calls: []told{unknown(get(0, "/v1/lamps", trial(1), 401))}, change: standIn()},
		ruleCase{name: "a real deployment", want: idle, says: "not the recording of a stand-in", calls: []told{unknown(get(0, "/v1/lamps", live(1), 401))}},
	)
}
