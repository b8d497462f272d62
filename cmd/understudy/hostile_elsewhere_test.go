package main

// hostileIntroduction begins docs/hostile.md.
const hostileIntroduction = `# What hostile input comes to

Everything that reaches Understudy from outside has a bound, and an answer that says what came. This page is written from the tables of the
tests: each row is a case that a test sends, with what the test wants to come back and what it lets it cost. Memory is what is allocated
in all, not what is held at a time. Who the attackers are, and what does not hold, stands in [security.md](security.md).
`

// hostileElsewhere are rows about tests that are older than this table, or that need more than a table.
var hostileElsewhere = []hostileRow{
	{"Documents", "aliases that stand for ten others each, also through merge keys", "“more than 2000000 keys and values once its aliases are expanded”", "at most 500 MiB allocated; aliases are counted before they are expanded", "contracts", "TestBombsAreRefused", "billion laughs"},
	{"Documents", "200,000 levels of JSON or YAML", "“nested more than 512 levels deep”, with line and pointer", "the reader stops there", "contracts", "TestBombsAreRefused", "deep JSON objects"},
	{"Documents", "three million values or lines", "“more than 2000000 …”, before they are read", "at most 500 MiB allocated", "contracts", "TestBombsAreRefused", "many values"},
	{"Documents", "a file beyond 64 MiB, files beyond 256 MiB together, 10,001 files, a million references", "an error that names the limit", "the limit", "contracts", "TestLimitsOnFilesAndReferences", "too many files"},
	{"Documents", "UTF-16, UTF-32, Latin-1, NUL, gzip, zip", "UTF-16 is read; the others are refused with line and advice", "the file", "contracts", "TestEncodings", "Latin-1"},
	{"Documents", "a `$ref` out of the folder: `..`, `%2e%2e`, an absolute path, `file:`, a symbolic link", "a warning; the reference leads nowhere and nothing is read", "no file is opened", "contracts", "TestReferencesStayInTheFolder", "%2e%2e/secret.yaml"},
	{"Documents", "a `$ref` to a pipe or a device", "“not a regular file”", "it is not opened", "contracts", "TestReferencesStayInTheFolder", "not a regular file"},
	{"Documents", "a `$ref` to http(s), such as a metadata address; a redirection to one", "“references to … are not allowed” unless `--allow-refs` names the host", "no request", "contracts", "TestRemoteReferences", "are not allowed"},
	{"Documents", "references that lead only to themselves", "a warning with the line", "each reference is followed once", "contracts", "TestReferenceLoops", "leads only to itself"},
	{"Documents", "files that refer to the next one twice, 40 deep", "“larger than …” when they would be written as one", "the limit on bytes", "contracts", "TestBundleFanIsBounded", ""},
	{"Documents", "schemas with 600 levels, loops through `$dynamicRef`, `minLength: 1e300`", "judged, or “cannot be judged within the limits on depth and work”", "four million steps a value", "contracts/schema", "TestHostileSchemas", "$dynamicAnchor"},
	{"Documents", "patterns that backtrack: `(a+)+`, `(a|aa)+`, look-behind", "matched within 500,000 steps; what takes more is not refused", "linear where RE2 can do it", "contracts/schema", "TestPatternsEnd", "(?<=(a|b)*c)d"},
	{"Overlays", "copies that double 40 times", "an error with file, line and action", "two million nodes", "contracts/overlay", "TestExplosions", "copy doubles"},
	{"Overlays", "aliases in the overlay or in its target that stand for ten others each", "“too many nodes”", "they are counted before they are expanded", "contracts/overlay", "TestExplosions", "alias bomb expanded"},
	{"Overlays", "`$..*` and filters in filters over everything", "“it visits too many nodes”", "50 million steps, estimated before a filter runs", "contracts/overlay", "TestExpensiveExpressions", "nested filters"},
	{"Overlays", "an alias in itself; 2,000 levels", "an error with file and line", "500 levels", "contracts/overlay", "TestExplosions", "alias in itself"},
	{"Overlays", "50 mistakes", "the first 20 of them", "20 lines", "contracts/overlay", "TestManyProblems", ""},
	{"Workflows", "aliases, 100,000 levels, 300,000 lines, YAML tags, other encodings", "an error with file and line", "200,000 values, 100 levels, 10 MiB", "scenarios/arazzo", "TestHostileDocuments", "alias bomb"},
	{"Workflows", "JSONPath and XPath criteria that visit everything over and over", "“too many steps”", "20 million steps", "scenarios/arazzo", "TestHostileContexts", "filters in filters"},
	{"Workflows", "regular expressions that backtrack; XML with entities", "“too many steps”; “not XML”", "500,000 steps", "scenarios/arazzo", "TestHostileContexts", "backtracking"},
	{"Workflows", "steps that go to themselves, workflows that call each other, a million retries without a wait", "the test is an error that names `--max-steps`, or “20 deep”", "1,000 steps by default", "scenarios", "TestWorkflowLoops", "retryLimit: 1000000"},
	{"Files that commands are given", "a recording of calls with broken URLs, deep bodies, times that run backwards", "judged, the same each time", "linear", "scenarios/grade", "TestHostileRecordings", ""},
	{"Files that commands are given", "results whose texts hold terminal codes, script elements, commands for CI systems", "every report shows them as text", "the result's length", "reports", "TestHostileTexts", ""},
	{"Files that commands are given", "source text that looks like the beginning of a thousand secrets", "scanned", "at most some times what plain text costs", "scenarios/scan", "TestHostileText", ""},
	{"Files that commands are given", "a git repository whose configuration names programs to run", "they are not run", "nothing", "scenarios/scan", "TestHostileConfiguration", "textconv"},
	{"Requests to the stand-in", "a body that ends early, chunks that are none", "400, and the connection is closed", "what came", "mock", "TestBrokenBodies", "truncated chunk"},
	{"Requests to the stand-in", "ids with NUL, dots, slashes, 200,000 bytes", "stored and found under that very name, or 400", "what came", "mock/resource", "TestHostileNames", "%2e%2e%2f"},
	{"Requests to the stand-in", "methods, paths and addresses of 100 KB, for the audit of keys", "512 bytes of each are kept", "512 bytes", "mock/credential", "TestAuditOfHostileRequests", ""},
	{"Requests to the stand-in", "a callback address that is private, metadata, no URL, or holds a password", "nothing is sent; the journal says why, without the password", "nothing", "mock", "TestHostileCallbacks", "169.254.169.254"},
	{"Connections to the stand-in", "a body that stops in the middle", "408 when the time is over", "a goroutine", "mock", "TestSlowBody", ""},
	{"Connections to the stand-in", "work on the clock that orders itself anew, for ever", "an error after a fixed number", "that number", "mock/clock", "TestEndlessCallbacksAreCut", ""},
	{"WebSocket connections", "frames that are not JSON, deep, of the wrong kind, binary, not UTF-8", "an error of the protocol; 1007 closes the connection", "10,000 bytes", "mock/realtime", "TestHostileFrames", "deep JSON"},
	{"WebSocket connections", "a message that is too large, also in endless fragments", "1009 closes the connection", "the largest message", "mock/realtime", "TestMessageSize", ""},
	{"WebSocket connections", "a client that never reads", "its connection is cut; others get their messages", "the queue of one connection", "mock/realtime", "TestSlowReaderIsCut", ""},
	{"WebSocket connections", "more connections and channels than there may be", "4100", "the bound", "mock/realtime", "TestBoundsOfAHub", ""},
	{"The identity provider", "a `redirect_uri` that is nearly a registered one: another path, port, case, user part, backslash, `javascript:`", "a page with 400; nothing is redirected", "a page", "mock/credential/identity", "TestAuthorizeShowsWhatMustNotBeSent", "user before the host"},
	{"The identity provider", "names, states and hints with script elements", "shown as text on every page", "a page", "mock/credential/identity", "TestPagesEscape", ""},
	{"The identity provider", "a login form from another site, another browser, another page, or sent twice", "403 or 400", "a page", "mock/credential/identity", "TestLoginForgeries", "from another site"},
	{"The identity provider", "the same for logout and the device page", "403 or 400", "a page", "mock/credential/identity", "TestLogoutForgeries", ""},
	{"The identity provider", "a token endpoint asked with two parameters of one name, two clients, no client", "400 or 401 as RFC 6749 has it", "64 KiB of a form", "mock/credential/identity", "TestTokenRefusals", ""},
	{"The identity provider", "tokens that are forged, deep, huge, of another algorithm", "401", "the token", "mock/credential/jose", "FuzzParse", ""},
	{"The management API", "a page that reached it under another name (DNS rebinding), or from another origin (CSRF)", "403 `foreign_host` or `foreign_origin`", "the head of the request", "mock/control", "TestForeignCallersAreRefused", "foreign_origin"},
	{"The management API", "a guess of the token: its beginning, more than it, in the query", "401, compared in constant time", "the head of the request", "mock/control", "TestToken", "beginning of it"},
	{"Receivers of deliveries", "an address that is private, link-local or metadata, also mapped into IPv6 or behind a name", "refused when it is registered, and again when the connection is made", "no connection", "mock/webhook", "TestLiteralAddresses", "metadata"},
	{"Receivers of deliveries", "a name that resolves to another address the second time (DNS rebinding)", "the address that was judged is the one that is connected to", "no connection", "mock/webhook", "TestNewConnectionsAreJudgedAnew", ""},
	{"Receivers of deliveries", "a receiver that never answers, for 50,000 events", "20,000 wait, the rest is given up with a reason", "no goroutine and no connection for what waits", "mock/webhook", "TestReceiverThatHangs", ""},
	{"Targets that are judged", "an endless body, no answer, a wrong length", "a reply that says so", "8 MiB of a body, 30 seconds by default", "scenarios", "TestHostileTargets", "endless body"},
	{"Targets that are judged", "a webhook endpoint under judgement that never ends, hangs or redirects", "a finding", "64 KiB of an answer", "scenarios/receiver", "TestHostileReceivers", ""},
}
