package grade

import "understudy/contracts/check"

// The rules about connections, time and what HTTP itself offers.
var transportRules = []Rule{
	{
		ID: "NET-001", Title: "No call waits without end", Basis: check.ByConvention, Norm: "AWS, Timeouts, retries and backoff with jitter", Level: check.Warning,
		Doc: "A service that takes the call and never answers is the worst kind of outage: without a time-out each such call holds a worker, and soon all of them wait. " +
			"Several well-known HTTP clients have no time-out unless they are given one.",
		Needs: "a call whose answer takes longer than the client waits, or 30 s and more", Drill: "flaky-network",
		Decides: "A client that leaves before the answer is complete has a time-out; over two minutes it is noted as long. One that waits 30 s or more for the beginning of an answer, or for one that is held back on purpose, is a warning. " +
			"Uploads, downloads and streams of events are not judged.",
		Advice:  "Give every call a time-out: a few seconds to connect, ten to thirty for the answer.",
		Example: "client := &http.Client{Timeout: 15 * time.Second}\n\nawait fetch(url, { signal: AbortSignal.timeout(15_000) })",
		judge:   judgeTimeout,
	},
	{
		ID: "NET-002", Title: "Connections are used again", Basis: check.ByNorm, Norm: "RFC 9112, 9.3", Level: check.Warning,
		Doc: "A connection of its own for each call costs two to three round trips and a handshake each time, and many at once use up ports and the service's patience. " +
			"Usually the body of an answer was not read to its end, or a client is made for each call.",
		Needs: "ten calls, each begun within 5 s after the answer to the one before, on connections that stayed open",
		Decides: "Of ten or more such pairs, nine in ten use a new connection although the one before was not closed by the answer, an error or the client's leaving. " +
			"Calls that are open at the same time need connections of their own and are not counted. Only likely: each call may come from a process of its own.",
		Advice:  "Make one client and keep it; read every body to its end and close it.",
		Example: "defer answer.Body.Close()\n_, err = io.Copy(io.Discard, answer.Body)",
		judge:   judgeReuse,
	},
	{
		ID: "NET-003", Title: "Calls to other machines go over TLS", Basis: check.ByNorm, Norm: "RFC 9110, 17.1; RFC 9325, 3.2", Level: check.Failure,
		Doc:     "What is sent in clear is read and changed by everybody on the way, the credential first of all.",
		Needs:   "calls to a host that is not this machine",
		Decides: "No call goes over plain HTTP, unless the host is a loopback address or localhost. Redirects from http to https do not help: the first request was already seen.",
		Advice:  "Write https:// in the base URL, and refuse others when the configuration is read.",
		Example: "if base.Scheme != \"https\" && !isLoopback(base.Hostname()) {\n    return fmt.Errorf(\"%s: use https\", base.Redacted())\n}",
		judge:   judgeSecure,
	},
	{
		ID: "NET-004", Title: "What was read before is asked for with its validator", Basis: check.ByNorm, Norm: "RFC 9110, 13.1", Level: check.Warning,
		Doc:   "An answer with an ETag or Last-Modified can be asked for again with the words \"if it has changed\": the service answers 304 without a body, and many vendors do not count it.",
		Needs: "the same resource read again after an answer with ETag or Last-Modified",
		Decides: "Three or more reads of one URL that send neither If-None-Match nor If-Modified-Since and get the same validator again are a warning: each brought what the client had already. " +
			"Answers that must not be stored are not counted. Fewer are noted.",
		Advice:  "Keep the validator with the answer, and send it along the next time.",
		Example: "GET /contacts/7\nIf-None-Match: \"33a64df5\"\n\n304 Not Modified",
		judge:   judgeConditional,
	},
	{
		ID: "NET-005", Title: "Changes name the version that they were made from", Basis: check.ByContract, Norm: "parameters: If-Match; RFC 9110, 13.1.1", Level: check.Warning,
		Doc:     "Two callers that read the same version and write it back one after the other lose the first one's change. If-Match lets the service refuse the second.",
		Needs:   "a PUT, PATCH or DELETE of an operation that declares If-Match, after an answer with an ETag of the same resource",
		Decides: "The request carries If-Match or If-Unmodified-Since.",
		Advice:  "Send the ETag of what was read as If-Match, and read anew when the answer is 412.",
		Example: "PUT /posts/7\nIf-Match: \"33a64df5\"",
		judge:   judgePrecondition,
	},
	{
		ID: "NET-006", Title: "What may be kept is kept", Basis: check.ByNorm, Norm: "RFC 9111, 4.2", Level: check.Note,
		Doc:     "max-age says how long an answer can be used again without asking. Asking all the same costs time and quota; it is no mistake, and so it is only noted.",
		Needs:   "an answer with Cache-Control: max-age, and the same call by the same caller after it",
		Decides: "The same GET within max-age, without no-cache in the request and without a write in between, is noted.",
		Advice:  "Put a cache in front of calls that are read often.",
		Example: "Cache-Control: private, max-age=300   → no call for five minutes",
		judge:   judgeFresh,
	},
	{
		ID: "NET-007", Title: "Large answers may come compressed", Basis: check.ByNorm, Norm: "RFC 9110, 12.5.3", Level: check.Note,
		Doc:     "Text shrinks to a fifth and less. A client that does not offer a coding gets every byte.",
		Needs:   "an answer of 16 KiB and more of text",
		Decides: "The request has Accept-Encoding with something other than identity; where it has not, this is noted. Reading a range is left out.",
		Advice:  "Let the HTTP library offer gzip, which most do unless the header is set by hand.",
		Example: "Accept-Encoding: gzip",
		judge:   judgeCompressed,
	},
	{
		ID: "NET-008", Title: "The client says who it is", Basis: check.ByNorm, Norm: "RFC 9110, 10.1.5", Level: check.Note,
		Doc:     "A name and a version in User-Agent let the vendor find the cause of trouble, and warn before a change instead of blocking. A library's default name says nothing of whose program it is.",
		Needs:   "calls that no browser made",
		Decides: "A call without User-Agent is a warning, since clients should send it; one with the default name of an HTTP library is noted.",
		Advice:  "Set name, version and a contact.",
		Example: "User-Agent: ledger-sync/1.4 (+https://example.com/contact)",
		judge:   judgeAgent,
	},
}
