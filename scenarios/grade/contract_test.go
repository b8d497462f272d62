package grade_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/contracts/schema"
	"understudy/scenarios/grade"
)

func TestRoutes(t *testing.T) {
	call := func(at time.Duration, line string, status int) told {
		return told{at: at, request: line + "\nAuthorization: Bearer " + live(1), answer: fmt.Sprint(status)}
	}
	holds(t, "USE-001",
		ruleCase{name: "documented", want: kept, calls: []told{call(0, "GET /v1/lamps", 200), call(second, "GET /v1/lamps/7", 200), call(2*second, "HEAD /v1/lamps", 200)}},
		ruleCase{name: "unknown, twice", want: broken, says: "GET /v1/lights is not an operation", sure: check.Certain, findings: 1, calls: []told{call(0, "GET /v1/lights", 404), call(second, "GET /v1/lights", 404)}},
		ruleCase{name: "unknown, once", want: warned, sure: check.Likely, says: "on purpose", calls: []told{call(0, "GET /v1/lights", 404)}},
		ruleCase{name: "unknown but answered", want: warned, sure: check.Certain, says: "nobody has promised", calls: []told{call(0, "GET /v1/tides", 200), call(second, "GET /v1/tides", 200)}},
		ruleCase{name: "ids are no routes of their own", want: broken, findings: 1, calls: []told{call(0, "GET /v1/lights/17", 404), call(second, "GET /v1/lights/18", 404)}},
		ruleCase{name: "a slip", want: warned, says: "Perhaps /lamps is meant", calls: []told{call(0, "GET /v1/lamp", 404)}},
		ruleCase{name: "no base path", want: warned, says: "with the base path /v1 in front", calls: []told{call(0, "GET /lamps", 404)}},
		ruleCase{name: "the base path twice", want: warned, says: "Perhaps /v1/lamps, with the base path once", calls: []told{call(0, "GET /v1/v1/lamps", 404)}},
		ruleCase{name: "the method", want: broken, says: "documented for GET, HEAD, POST", calls: []told{call(0, "PATCH /v1/lamps", 405), call(second, "PATCH /v1/lamps", 405)}},
		ruleCase{name: "pages, probes and preflights", want: idle, calls: []told{
			call(0, "GET /", 404), call(0, "GET /favicon.ico", 404), call(0, "GET /v1/docs", 200), call(0, "GET /v1/openapi.json", 200), call(0, "OPTIONS /v1/elsewhere", 204), call(0, "GET /v1", 404),
		}},
		ruleCase{name: "the identity provider", want: idle, calls: []told{
			call(0, "GET /oauth/authorize?response_type=code&client_id=x", 302), form(0, "grant_type=client_credentials", oauthToken(1)),
			{request: "GET /.well-known/openid-configuration", answer: "200\nContent-Type: application/json\n\n" + `{"jwks_uri":"https://keeper.example/keys","userinfo_endpoint":"https://keeper.example/me"}`},
			call(second, "GET /keys", 200), call(second, "GET /me", 200), call(second, "GET /keys", 404),
		}},
		ruleCase{name: "no provider, no exception", contract: "ecoevents", want: broken, calls: []told{
			{request: "POST /oauth/token\nContent-Type: application/x-www-form-urlencoded\n\ngrant_type=client_credentials", answer: "404"},
			{at: second, request: "POST /oauth/token\nContent-Type: application/x-www-form-urlencoded\n\ngrant_type=client_credentials", answer: "404"},
		}},
		ruleCase{name: "a socket", contract: "eckospace", want: idle, calls: []told{call(0, "GET /app/key1?protocol=7", 101)}},
		ruleCase{name: "ECOSIRE-09", contract: "ecosire", want: kept, calls: []told{call(0, "GET /api/contacts?page=1", 200)}},
	)
}

func TestQueries(t *testing.T) {
	holds(t, "USE-002",
		ruleCase{name: "declared", want: kept, calls: []told{get(0, "/v1/lamps?page=2&limit=10&colour=red", live(1), 200)}},
		ruleCase{name: "a slip", want: warned, says: "Perhaps colour is meant", sure: check.Certain, calls: []told{get(0, "/v1/lamps?color=red", live(1), 200)}},
		ruleCase{name: "not declared", want: warned, says: `no query parameter "per_page"`, calls: []told{get(0, "/v1/lamps?per_page=10", live(1), 200)}},
		ruleCase{name: "what tools add", want: kept, calls: []told{get(0, "/v1/lamps?_=17&__code=200&utm_source=x", live(1), 200)}},
		ruleCase{name: "the key of a scheme", want: kept, calls: []told{{request: "GET /v1/charts?map_key=" + mark("kp_pub_", 1), answer: "200"}}},
		ruleCase{name: "no query", want: idle, calls: []told{get(0, "/v1/lamps", live(1), 200)}},
		ruleCase{name: "another route", want: idle, calls: []told{get(0, "/v1/unknown?x=1", live(1), 404)}},
	)
}

func TestMembers(t *testing.T) {
	holds(t, "USE-003",
		ruleCase{name: "declared", want: kept, calls: []told{light(0, "", `{"name":"a","colour":"red"}`, 201)}},
		ruleCase{name: "not declared", want: noted, says: "no member /height", sure: check.Likely, calls: []told{light(0, "", `{"name":"a","height":3}`, 201)}},
		ruleCase{name: "a slip", want: warned, says: "Perhaps colour is meant", calls: []told{light(0, "", `{"name":"a","color":"red"}`, 201)}},
		ruleCase{name: "nearly a member that is there", want: noted, calls: []told{light(0, "", `{"name":"a","name2":"b"}`, 201)}},
		ruleCase{name: "an object that says it is open", want: kept, calls: []told{light(0, "", `{"name":"a","position":{"lat":1,"lon":2}}`, 201)}},
		ruleCase{name: "no schema speaks of it", want: idle, calls: []told{get(0, "/v1/lamps", live(1), 200)}},
		ruleCase{name: "refused ones are the schema's matter", want: kept, calls: []told{post(0, "/v1/signals", live(1), `{"text":"x","extra":1}`, 422)}},
	)
}

func TestSchemas(t *testing.T) {
	bad := `{"name":"a","colour":"green"}`
	holds(t, "USE-004",
		ruleCase{name: "kept", want: kept, calls: []told{light(0, "", lamp, 201), light(second, "", lamp, 201)}},
		ruleCase{name: "never right", want: broken, says: "each of 2 times", sure: check.Certain, findings: 1, calls: []told{light(0, "", bad, 422), light(second, "", bad, 422)}},
		ruleCase{name: "mostly wrong", want: broken, says: "3 of 4 times", calls: []told{light(0, "", bad, 422), light(1*second, "", bad, 422), light(2*second, "", bad, 422), light(3*second, "", lamp, 201)}},
		ruleCase{name: "one test of the refusal", want: warned, sure: check.Likely, says: "on purpose", calls: []told{light(0, "", bad, 422), light(second, "", lamp, 201), light(2*second, "", lamp, 201)}},
		ruleCase{name: "one call", want: warned, says: "once", calls: []told{light(0, "", bad, 422)}},
		ruleCase{name: "a table of refusals, each another", want: warned, findings: 4, calls: []told{
			light(0, "", `{}`, 422), light(1*second, "", `{"name":""}`, 422), light(2*second, "", `{"name":7}`, 422), light(3*second, "", bad, 422), light(4*second, "", lamp, 201),
		}},
		ruleCase{name: "no JSON", want: broken, says: "one that cannot", calls: []told{light(0, "", `{"name":`, 400), light(second, "", `{"name":`, 400)}},
		ruleCase{name: "a parameter", want: broken, says: "request query limit", calls: []told{get(0, "/v1/lamps?limit=500", live(1), 422), get(second, "/v1/lamps?limit=500", live(1), 422)}},
		ruleCase{name: "as the recorder saw it", want: broken, says: "at least 24 characters", calls: many(2, func(i int) told {
			return with(light(time.Duration(i)*second, "", lamp, 422), func(c *grade.Call) {
				c.Violations = []contracts.Violation{{In: "header", Name: "X-Code", Violation: schema.Violation{Keyword: "minLength", Want: "at least 24 characters", Got: "3 characters"}}}
			})
		})},
		ruleCase{name: "a mark is no value", contract: "ecoevents", want: kept, calls: many(2, func(i int) told {
			return told{at: time.Duration(i) * second, request: "POST /v1/auth/refresh\nContent-Type: application/json\n\n" + `{"refreshToken":"` + mark("rt_", i) + `"}`, answer: "200"}
		})},
		ruleCase{name: "a body that was cut", want: kept, calls: many(2, func(i int) told {
			return headed(light(time.Duration(i)*second, "", `{"name":"`, 201), "Content-Length: 90000")
		})},
		ruleCase{name: "no documented operation", want: idle, calls: []told{get(0, "/v1/unknown", live(1), 404)}},
	)
}

func TestMediaTypes(t *testing.T) {
	typed := func(at time.Duration, kind string, status int) told {
		return told{at: at, request: "POST /v1/lamps\nAuthorization: Bearer " + live(1) + "\n" + kind + "\n\nname=a", answer: fmt.Sprint(status)}
	}
	const urlencoded = "Content-Type: application/x-www-form-urlencoded"
	holds(t, "USE-005",
		ruleCase{name: "documented", want: kept, calls: []told{light(0, "", lamp, 201), headed(light(0, "", lamp, 201), "X-A: b")}},
		ruleCase{name: "with a charset", want: kept, calls: []told{{request: "POST /v1/lamps\nContent-Type: application/json; charset=utf-8\n\n" + lamp, answer: "201"}}},
		ruleCase{name: "always a form", want: broken, says: "of the type application/x-www-form-urlencoded", calls: []told{typed(0, urlencoded, 415), typed(second, urlencoded, 415)}},
		ruleCase{name: "one test", want: warned, sure: check.Likely, calls: []told{typed(0, urlencoded, 415), light(second, "", lamp, 201)}},
		ruleCase{name: "none", want: warned, says: "without Content-Type", calls: []told{typed(0, "X-A: b", 415)}},
		ruleCase{name: "a body that nobody reads", want: warned, says: "takes no body", calls: []told{{request: "GET /v1/lamps\nContent-Type: application/json\n\n{}", answer: "200"}}},
		ruleCase{name: "no body", want: idle, calls: []told{get(0, "/v1/lamps", live(1), 200)}},
	)
	accepting := func(at time.Duration, path, accept string, status int) told {
		return told{at: at, request: "GET " + path + "\nAuthorization: Bearer " + live(1) + accept, answer: fmt.Sprint(status)}
	}
	holds(t, "USE-006",
		ruleCase{name: "documented", want: kept, calls: []told{accepting(0, "/v1/lamps", "\nAccept: application/json, text/html;q=0.5", 200)}},
		ruleCase{name: "anything", want: kept, calls: []told{accepting(0, "/v1/lamps", "\nAccept: */*", 200)}},
		ruleCase{name: "never readable", want: broken, says: "takes only application/xml", calls: []told{accepting(0, "/v1/lamps", "\nAccept: application/xml", 406), accepting(second, "/v1/lamps", "\nAccept: application/xml", 406)}},
		ruleCase{name: "one test", want: warned, sure: check.Likely, calls: []told{accepting(0, "/v1/lamps", "\nAccept: application/xml", 406), accepting(second, "/v1/lamps", "\nAccept: application/json", 200)}},
		ruleCase{name: "no Accept", want: idle, calls: []told{accepting(0, "/v1/lamps", "", 200)}},
	)
	holds(t, "USE-007",
		ruleCase{name: "named", want: kept, calls: []told{accepting(0, "/v1/lamps", "\nAccept: text/html, application/json;q=0.9", 200)}},
		ruleCase{name: "absent", want: warned, says: "has none", findings: 1, calls: []told{accepting(0, "/v1/lamps", "", 200), accepting(0, "/v1/logs", "", 200)}},
		ruleCase{name: "a range", want: warned, says: "has */*", calls: []told{accepting(0, "/v1/lamps", "\nAccept: */*", 200)}},
		ruleCase{name: "an answer of another type", want: idle, calls: []told{{request: "GET /v1/charts?map_key=" + mark("kp_pub_", 1), answer: "200"}}},
		ruleCase{name: "ECKOSPACE-05", contract: "eckospace", want: warned, calls: []told{{request: "GET /api/translations/app?locale=en\nAuthorization: Bearer " + mark("", 1), answer: "200"}}},
		ruleCase{name: "ECKOSPACE-05, kept", contract: "eckospace", want: kept, calls: []told{{request: "GET /api/translations/app?locale=en\nAccept: application/json\nAuthorization: Bearer " + mark("", 1), answer: "200"}}},
		ruleCase{name: "others ask for nothing", contract: "ecoevents", want: idle, says: "no Accept in particular", calls: []told{get(0, "/v1/events", mark("ek_live_", 1), 200)}},
	)
}

// numbered is a call for a page by its number, with an answer that tells how many there are.
func numbered(at time.Duration, query string, page, of int) told {
	one := get(at, "/v1/lamps"+query, live(1), 200)
	one.answer = "200\nContent-Type: application/json\n\n" + fmt.Sprintf(`{"data":[{"id":"%d"}],"meta":{"page":%d,"totalPages":%d,"total":%d}}`, page, page, of, 20*of)
	return one
}

// logged is a call for a page by cursor.
func logged(at time.Duration, query, next string) told {
	one := get(at, "/v1/logs"+query, live(1), 200)
	if next = fmt.Sprintf("%q", next); next == `""` {
		next = "null"
	}
	one.answer = "200\nContent-Type: application/json\n\n" + `{"data":[{"id":"a"}],"nextCursor":` + next + `}`
	return one
}

func TestPagesAreRead(t *testing.T) {
	holds(t, "USE-008",
		ruleCase{name: "to the end by number", want: kept, calls: []told{numbered(0, "", 1, 2), numbered(second, "?page=2", 2, 2)}},
		ruleCase{name: "the first only", want: warned, says: "was read for 1 page,", sure: check.Likely, calls: []told{numbered(0, "", 1, 2)}},
		ruleCase{name: "half of it", want: warned, says: "2 pages", calls: []told{numbered(0, "", 1, 3), numbered(second, "?page=2", 2, 3)}},
		ruleCase{name: "to the end by cursor", want: kept, calls: []told{logged(0, "", "c1"), logged(second, "?cursor=c1", "c2"), logged(2*second, "?cursor=c2", "")}},
		ruleCase{name: "the first only by cursor", want: warned, calls: []told{logged(0, "?limit=100", "c1")}},
		ruleCase{name: "the first few were wanted", want: idle, calls: []told{logged(0, "?limit=5", "c1")}},
		ruleCase{name: "all on one page", want: idle, says: "needs an answer that holds a page", calls: []told{logged(0, "", ""), numbered(second, "", 1, 1)}},
		ruleCase{name: "the next page was an error", want: idle, calls: []told{logged(0, "", "c1"), get(second, "/v1/logs?cursor=c1", live(1), 503)}},
		ruleCase{name: "another filter is another list", want: warned, findings: 1, calls: []told{
			numbered(0, "", 1, 2), numbered(second, "?page=2", 2, 2), numbered(2*second, "?colour=red", 1, 2),
		}},
		ruleCase{name: "read twice, once to the end", want: kept, calls: []told{numbered(0, "", 1, 2), numbered(second, "?page=2", 2, 2), numbered(2*second, "", 1, 2)}},
		ruleCase{name: "ECOEVENTS", contract: "ecoevents", want: warned, calls: []told{{
			request: "GET /v1/events\nAuthorization: Bearer " + mark("ek_live_", 1), answer: "200\nContent-Type: application/json\n\n" + `{"data":[{"id":"evt_7k2m9p4q1r"}],"pagination":{"nextCursor":"c","hasMore":true,"limit":20}}`,
		}}},
		ruleCase{name: "EckoSpace, by link", contract: "eckospace", want: warned, calls: []told{{
			request: "GET /api/posts\nAuthorization: Bearer " + mark("", 1), answer: "200\nContent-Type: application/json\n\n" + `{"data":[{"id":1}],"links":{"next":"https://eckospace.example/api/posts?page=2"},"meta":{"last_page":2,"total":16}}`,
		}}},
	)
}

func TestPagesAreNotGuessed(t *testing.T) {
	holds(t, "USE-009",
		ruleCase{name: "the cursor of an answer", want: kept, calls: []told{logged(0, "", "c1/=="), logged(second, "?cursor=c1%2F%3D%3D", "")}},
		ruleCase{name: "a cursor of its own", want: warned, sure: check.Likely, says: "no answer had given", calls: []told{logged(0, "", "c1"), logged(second, "?cursor=2", "c2")}},
		ruleCase{name: "a digit of a date is no cursor", want: warned, calls: []told{
			{request: "GET /v1/fog\nAuthorization: Bearer " + live(1), answer: "200\nContent-Type: application/json\n\n" + `{"at":"2026-02-22T12:22:22Z","n":22.2}`}, logged(second, "?cursor=2", ""),
		}},
		ruleCase{name: "the cursor of a link", want: kept, calls: []told{
			{request: "GET /v1/fog\nAuthorization: Bearer " + live(1), answer: "200\nLink: </v1/logs?cursor=a%3D&limit=20>; rel=next"}, logged(second, "?cursor=a%3D", ""),
		}},
		ruleCase{name: "the oldest calls are missing", want: kept, calls: []told{logged(second, "?cursor=2", "c2")}, change: func(rec *grade.Recording) { rec.Truncated = true }},
		ruleCase{name: "behind the end", want: warned, sure: check.Certain, says: "no further page", calls: []told{numbered(0, "", 1, 2), numbered(second, "?page=2", 2, 2), numbered(2*second, "?page=3", 3, 2)}},
		ruleCase{name: "in order", want: kept, calls: []told{numbered(0, "?page=1", 1, 2), numbered(second, "?page=2", 2, 2)}},
		ruleCase{name: "a later page first", want: noted, says: "A link to that page", calls: []told{numbered(0, "?page=3", 3, 5)}},
		ruleCase{name: "first pages only", want: idle, calls: []told{numbered(0, "", 1, 2)}},
	)
}

func TestDeprecatedParts(t *testing.T) {
	fog := func(lines string) told {
		return told{request: "GET /v1/fog\nAuthorization: Bearer " + live(1), answer: "200" + lines}
	}
	holds(t, "USE-010",
		ruleCase{name: "a deprecated operation", want: warned, says: "GET /fog is deprecated by the contract", calls: []told{fog("")}},
		ruleCase{name: "others", want: kept, calls: []told{get(0, "/v1/lamps", live(1), 200)}},
		ruleCase{name: "past its end", want: broken, says: "was to end on 31 October 2025", calls: []told{fog("\nDeprecation: @1688169599\nSunset: Fri, 31 Oct 2025 23:59:59 GMT")}},
		ruleCase{name: "an answer that says so", contract: "ecosire", want: warned, says: "The answer of GET /contacts says", calls: []told{{request: "GET /api/contacts", answer: "200\nDeprecation: @1688169599"}}},
		ruleCase{name: "nothing is deprecated", contract: "ecosire", want: idle, says: "no deprecated operation", calls: []told{{request: "GET /api/contacts", answer: "200"}}},
	)
	holds(t, "USE-011",
		ruleCase{name: "a deprecated parameter", want: warned, says: "query parameter tint", calls: []told{get(0, "/v1/lamps?tint=red", live(1), 200)}},
		ruleCase{name: "a deprecated member", want: warned, says: "the member brightness", calls: []told{light(0, "", `{"name":"a","brightness":3}`, 201)}},
		ruleCase{name: "neither", want: kept, calls: []told{get(0, "/v1/lamps", live(1), 200), light(0, "", lamp, 201)}},
		ruleCase{name: "none there", want: idle, calls: []told{get(0, "/v1/logs", live(1), 200)}},
	)
}

func TestUploads(t *testing.T) {
	upload := func(at, took time.Duration) told {
		return told{at: at, took: took, request: "POST /v1/charts\nAuthorization: Bearer " + live(1) + "\nContent-Type: application/octet-stream\n\nbytes", answer: "201"}
	}
	all := func(n int, gap time.Duration) []told {
		return many(n, func(i int) told { return upload(time.Duration(i)*gap, second) })
	}
	holds(t, "USE-012",
		ruleCase{name: "all at once", want: warned, says: "5 uploads were under way", findings: 1, calls: all(5, 10*time.Millisecond)},
		ruleCase{name: "one after the other", want: kept, calls: all(5, second)},
		ruleCase{name: "two at a time", want: kept, calls: all(5, second/2)},
		ruleCase{name: "too few to tell", want: idle, calls: all(2, 0)},
		ruleCase{name: "a clock that stands still", want: idle, says: "no upload took any time", calls: many(5, func(int) told {
			return with(upload(0, 0), func(c *grade.Call) { c.Duration = 0 })
		})},
		ruleCase{name: "ECKOSPACE-34", contract: "eckospace", want: warned, says: "4 at a time", calls: many(6, func(int) told {
			return told{took: second, request: "POST /api/post/editor/media/document/upload\nAuthorization: Bearer " + mark("", 1) + "\nContent-Type: multipart/form-data; boundary=b\n\n--b--", answer: "201"}
		})},
		ruleCase{name: "nothing is said", contract: "ecosire", want: idle, says: "nothing of uploads", calls: []told{{request: "GET /api/contacts", answer: "200"}}},
	)
}

// TestHostileRecordings: what a recording holds may be anything; no rule takes for ever or breaks down.
func TestHostileRecordings(t *testing.T) {
	contract, err := contracts.Load(t.Context(), "testdata/keeper.yaml", contracts.Options{})
	if err != nil {
		t.Fatal(err)
	}
	deep := strings.Repeat(`{"position":`, 400) + "1" + strings.Repeat("}", 400)
	var calls []told
	for i := range 100 {
		at := time.Duration(i) * time.Millisecond
		calls = append(calls,
			light(at, "k", deep, 422), logged(at, fmt.Sprintf("?cursor=%d&%s", i, strings.Repeat("a=b&", 40)), fmt.Sprint(i)),
			get(at, "/v1/lamps?"+strings.Repeat(mark("", i)+"&", 20), live(i%7), 401), renew(at, i%3, i),
			told{at: at, request: "POST /v1/lamps\nContent-Type: multipart/form-data\nCookie: ;;=;\nAuthorization: Basic !!\n\n\xff\xfe", answer: "500"},
			told{at: at, request: "POST /oauth/token\nContent-Type: application/x-www-form-urlencoded\n\n" + strings.Repeat("grant_type=x&", 30), answer: "200\nContent-Type: application/json\n\n[[["},
		)
	}
	rec := record(t, contract, calls...)
	rec.Messages = append(rec.Messages, &grade.Message{}, &grade.Message{URL: "%zz", Trouble: "???", Status: 99, Took: -second})
	rec.Foreign = append(rec.Foreign, &grade.Call{})
	rec.Grants = append(rec.Grants, grade.Grant{})
	for _, c := range rec.Calls[:20] {
		c.URL, c.RequestHeader, c.ResponseHeader, c.Duration = "::%", nil, nil, -second
	}
	first := grade.Grade(rec, grade.Options{})
	again := grade.Grade(rec, grade.Options{})
	if fmt.Sprintf("%+v", first.Suite) != fmt.Sprintf("%+v", again.Suite) {
		t.Error("the same recording was judged in two ways")
	}
}
