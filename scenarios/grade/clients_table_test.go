package grade_test

import "understudy/contracts/check"

// Trouble that the clients meet.
const (
	twice503    = "status=503;operations=listBuoys;times=2"
	always503   = "status=503;operations=listBuoys"
	wait429     = "status=429;operations=listBuoys;times=1;header.Retry-After=1"
	reset429    = "status=429;operations=listBuoys;times=1;header.RateLimit-Remaining=0;header.RateLimit-Reset=2"
	bare429     = "status=429;operations=listBuoys;after=2;times=1"
	always403   = "status=403;operations=listBuoys"
	always422   = "status=422;operations=createBooking"
	slowRefresh = "latency=150ms;operations=refresh"
	cutBefore   = "reset;operations=createBooking;times=1"
	cutBehind   = "drop;operations=createBooking;times=1"
	cutLists    = "reset;operations=listBookings;times=1"
	slowAnswers = "latency=10s;operations=listBuoys;after=3;times=1"
)

// scopesOf are those that the tasks need.
var scopesOf = map[string][]string{
	"list": {"bookings:read"}, "look": {"bookings:read"}, "create": {"bookings:write"}, "change": {"bookings:read", "bookings:write"},
	"remove": {"bookings:delete"}, "signal": {"bookings:write"}, "remind": {"bookings:write"}, "search": {"bookings:read"}, "charts": {"bookings:write"}, "receive": {"hooks:manage", "bookings:write"},
}

// fails and warns make what a row wants.
func fails(ids ...string) map[string]check.Level { return levels(check.Failure, ids) }
func warns(ids ...string) map[string]check.Level { return levels(check.Warning, ids) }
func notes(ids ...string) map[string]check.Level { return levels(check.Note, ids) }

func levels(level check.Level, ids []string) map[string]check.Level {
	m := map[string]check.Level{}
	for _, id := range ids {
		m[id] = level
	}
	return m
}

var clientTests = []clientTest{
	// These wait for half a minute: they begin first.
	{variant: "waits without chance", tasks: "buoys", faults: []string{always503}, broken: warns("RTY-005"), exact: true},
	{variant: "no time-out", tasks: "buoys", faults: []string{"latency=30500ms;operations=listBuoys;times=1"}, broken: warns("NET-001")},

	{variant: "good", tasks: "list look create change remove signal tides charts buoys", faults: []string{wait429, bare429, cutBehind, cutLists, "latency=60ms;operations=listTides"}},
	{variant: "good", tasks: "buoys berths", faults: []string{slowAnswers}},
	{variant: "good", tasks: "buoys", faults: []string{reset429}},
	{variant: "good", tasks: "session", faults: []string{"status=401;operations=refresh;times=1"}},
	{variant: "good", tasks: "sessions"},
	{variant: "good", tasks: "berths"},
	{variant: "good", tasks: "buoys", faults: []string{always503}},
	{variant: "good", tasks: "buoys", faults: []string{always403}},
	{variant: "good", tasks: "create", faults: []string{always422}},
	{variant: "good", tasks: "logins", faults: []string{"status=401;operations=listBuoys"}},
	{variant: "good", tasks: "receive", events: attack},

	{variant: "no back-off", tasks: "buoys", faults: []string{twice503}, broken: fails("RTY-001")},
	{variant: "Retry-After ignored", tasks: "buoys", faults: []string{wait429}, broken: fails("RTY-002")},
	{variant: "reset ignored", tasks: "buoys", faults: []string{reset429}, broken: fails("RTY-003")},
	{variant: "waits alike", tasks: "buoys", faults: []string{always503}, broken: warns("RTY-004"), exact: true},
	{variant: "attempts without end", tasks: "buoys", faults: []string{always503}, broken: fails("RTY-006")},
	{variant: "retries what is refused", tasks: "buoys", faults: []string{always403}, broken: fails("RTY-007"), also: []string{"END-002"}},
	{variant: "retries what is refused", tasks: "create", faults: []string{always422}, broken: fails("RTY-007")},
	{variant: "retries an unsafe call", tasks: "signal", faults: []string{"reset;operations=sendSignal;times=1"}, broken: fails("RTY-008")},
	{variant: "retries an unsafe call", tasks: "signal", faults: []string{"drop;operations=sendSignal;times=1"}, broken: fails("RTY-008", "IDM-006")},
	{variant: "gives up at once", tasks: "buoys", faults: []string{twice503}, broken: warns("RTY-009")},

	{variant: "too many at once", tasks: "tides", faults: []string{"latency=200ms;operations=listTides"}, broken: fails("QTA-001"), also: []string{"QTA-003"}},
	{variant: "burst", tasks: "berths", broken: warns("QTA-002")},
	{variant: "uses up", tasks: "berths", broken: warns("QTA-005"), also: []string{"QTA-002"}},
	{variant: "presses on", tasks: "berths", broken: fails("QTA-004"), also: []string{"QTA-002", "QTA-003", "QTA-005"}},
	{variant: "presses on", tasks: "berths", broken: warns("QTA-003"), also: []string{"QTA-002", "QTA-004", "QTA-005"}},
	{variant: "polls without a pause", tasks: "buoys", broken: warns("QTA-006")},
	{variant: "heavy work at once", tasks: "charts", faults: []string{"latency=200ms;operations=storeChart"}, broken: warns("USE-012")},

	{variant: "asks for the forbidden", tasks: "forbidden", faults: []string{always403}, broken: fails("END-002")},
	{variant: "goes on when refused", tasks: "look search", faults: []string{"status=401;operations=readBooking;after=6"}, broken: fails("END-001"), also: []string{"TOK-001"}},
	{variant: "loop without end", tasks: "remind", faults: []string{"status=503;operations=createReminder"}, broken: warns("END-003")},
	{variant: "silent", tasks: "buoys", faults: []string{always503}, broken: warns("END-004")},
	{variant: "many calls in an outage", tasks: "search", faults: []string{"status=503;operations=readBooking"}, broken: warns("END-005")},
	{variant: "runs in circles", tasks: "buoys", faults: []string{"status=307;operations=listBuoys;header.Location=/v1/buoys"}, broken: fails("END-006")},
	{variant: "value that is not there", tasks: "create", faults: []string{always422}, broken: warns("END-007")},

	{variant: "new connection for each call", tasks: "buoys list look", broken: warns("NET-002")},
	{variant: "ETag ignored", tasks: "look", broken: warns("NET-004")},
	{variant: "blind write", tasks: "change", broken: warns("NET-005")},

	{variant: "refused token once more", tasks: "session", broken: fails("TOK-001")},
	{variant: "ends with its token", tasks: "session", broken: fails("TOK-002")},
	{variant: "renews too late", tasks: "session", broken: notes("TOK-003")},
	{variant: "refresh stampede", tasks: "session", faults: []string{slowRefresh}, broken: fails("TOK-004")},
	{variant: "old refresh token", tasks: "sessions", broken: fails("TOK-005")},
	{variant: "copy of the token", tasks: "session", broken: warns("TOK-006")},
	{variant: "refused refresh once more", tasks: "session", faults: []string{"status=401;operations=refresh"}, broken: fails("TOK-007")},
	{variant: "renews for ever", tasks: "logins", faults: []string{"status=401;operations=listBuoys"}, broken: fails("TOK-008")},
	{variant: "token for each call", tasks: "logins", broken: warns("TOK-009")},
	{variant: "no credential", tasks: "list look change", broken: fails("TOK-014")},

	{variant: "key in the query", tasks: "list", broken: fails("KEY-001"), also: []string{"USE-002"}},
	{variant: "key in a browser", tasks: "list", broken: warns("KEY-004")},
	{variant: "key in another header", tasks: "list", broken: fails("KEY-005")},
	{variant: "key in the user agent", tasks: "list", broken: fails("KEY-006")},
	{variant: "keys of two environments", tasks: "list", broken: warns("KEY-007")},
	{variant: "good", tasks: "list look search", scopes: []string{"admin"}, broken: warns("KEY-008")},
	{variant: "key of somebody else", tasks: "list", broken: notes("KEY-010")},

	{variant: "no key on a repeat", tasks: "create", faults: []string{"status=503;operations=createBooking;times=1"}, broken: fails("IDM-001")},
	{variant: "no key on a repeat", tasks: "create", faults: []string{cutBehind}, broken: fails("IDM-001", "IDM-006", "RTY-008")},
	{variant: "fresh key for each attempt", tasks: "create", faults: []string{cutBefore}, broken: fails("IDM-003")},
	{variant: "one key for two intents", tasks: "create", broken: fails("IDM-004")},
	{variant: "keys that count", tasks: "create", broken: notes("IDM-005")},

	{variant: "undocumented route", tasks: "list list", broken: fails("USE-001")},
	{variant: "undocumented method", tasks: "list list", broken: fails("USE-001")},
	{variant: "undocumented parameter", tasks: "list", broken: warns("USE-002")},
	{variant: "misspelt member", tasks: "signal", broken: warns("USE-003")},
	{variant: "invalid body", tasks: "create create", broken: fails("USE-004")},
	{variant: "wrong content type", tasks: "create create", broken: fails("USE-005")},
	{variant: "wrong accept", tasks: "list list", broken: fails("USE-006"), also: []string{"USE-007"}},
	{variant: "any accept", tasks: "list", broken: warns("USE-007")},
	{variant: "first page only", tasks: "list", broken: warns("USE-008")},
	{variant: "guessed pages", tasks: "list", broken: warns("USE-009")},
	{variant: "deprecated operation", tasks: "list", broken: warns("USE-010")},
	{variant: "deprecated parameter", tasks: "list", broken: warns("USE-011")},

	{variant: "slow receiver", tasks: "receive", events: []string{"good"}, broken: fails("DLV-001"), also: []string{"DLV-002"}},
	{variant: "fails on every event", tasks: "receive", events: []string{"good"}, broken: fails("DLV-002")},
	{variant: "believes every signature", tasks: "receive", events: []string{"good", "wrong-secret"}, broken: fails("DLV-003")},
	{variant: "believes old messages", tasks: "receive", events: []string{"good", "stale-timestamp"}, broken: fails("DLV-004")},
	{variant: "duplicates are new", tasks: "receive", events: []string{"good", "duplicate"}, broken: fails("DLV-005")},
	{variant: "duplicates are errors", tasks: "receive", events: []string{"good", "duplicate"}, broken: fails("DLV-005")},
	{variant: "wants order", tasks: "receive", events: []string{"good", "out-of-order", "good"}, broken: fails("DLV-006"), also: []string{"DLV-002"}},
	{variant: "fails on unknown events", tasks: "receive", events: []string{"good", "unknown-event"}, broken: fails("DLV-007")},
	{variant: "fails on large events", tasks: "receive", events: []string{"good", "huge-body"}, broken: warns("DLV-009")},

	{node: true, variant: "good", tasks: "list create sessions", faults: []string{cutBehind, cutLists}},
	{node: true, variant: "no back-off", tasks: "list", faults: []string{"status=503;operations=listBookings;times=4"}, broken: fails("RTY-001"), also: []string{"RTY-004"}},
	{node: true, variant: "Retry-After ignored", tasks: "list", faults: []string{"status=429;operations=listBookings;times=1;header.Retry-After=1"}, broken: fails("RTY-002")},
	{node: true, variant: "refresh stampede", tasks: "session", faults: []string{slowRefresh}, broken: fails("TOK-004")},
	{node: true, variant: "no key on a repeat", tasks: "create", faults: []string{"status=503;operations=createBooking;times=1"}, broken: fails("IDM-001")},
	{node: true, variant: "key in the query", tasks: "list", broken: fails("KEY-001"), also: []string{"USE-002"}},
	{node: true, archive: true, variant: "good", tasks: "list create sessions elsewhere", faults: []string{cutBehind, cutLists}},
	{node: true, archive: true, variant: "key sent elsewhere", tasks: "list elsewhere", broken: fails("KEY-002")},
	{node: true, archive: true, variant: "no back-off", tasks: "list", faults: []string{"status=503;operations=listBookings;times=4"}, broken: fails("RTY-001"), also: []string{"RTY-004"}},
	{node: true, archive: true, variant: "refresh stampede", tasks: "session", faults: []string{slowRefresh}, broken: fails("TOK-004")},
	{node: true, variant: "first page only", tasks: "list", broken: warns("USE-008")},
}

// attack is all that may be wrong with events, and what is not.
var attack = []string{"good", "duplicate", "wrong-secret", "stale-timestamp", "unsigned", "changed-byte", "unknown-event", "huge-body", "out-of-order", "good"}

const (
	offMachine = "no call leaves the machine here"
	codeFlow   = "the quay has no identity provider"
	onlyNoted  = "it only notes what these clients do, or do not do, all the time"
)

// unplanted are rules that none of these clients breaks, and why. They have tests of their own.
var unplanted = map[string]string{
	"NET-003": offMachine, "KEY-003": offMachine, "DLV-008": offMachine,
	"TOK-010": codeFlow, "TOK-011": codeFlow, "TOK-012": codeFlow, "TOK-013": codeFlow, "KEY-009": codeFlow,
	"TOK-015": "the quay's key is forbidden in browsers, which is more than discouraged",
	"NET-006": "the quay says of no answer how long it may be kept", "NET-007": "the quay has no long answers",
	"NET-008": onlyNoted, "IDM-002": onlyNoted,
}

// unkept are rules that the clients that behave do not put to the test, and why.
var unkept = map[string]string{
	"NET-003": offMachine, "KEY-003": offMachine, "DLV-008": offMachine,
	"TOK-010": codeFlow, "TOK-011": codeFlow, "TOK-012": codeFlow, "TOK-013": codeFlow, "KEY-009": codeFlow,
	"TOK-015": "the quay's key is forbidden in browsers, which is more than discouraged",
	"NET-006": "the quay says of no answer how long it may be kept", "NET-007": "the quay has no long answers",
	"END-006": "they follow no redirects",
}
