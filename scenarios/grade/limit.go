package grade

import "understudy/contracts/check"

const limitPractice = "IETF, RateLimit header fields for HTTP (draft); vendors' guides to rate limits"

// The rules about limits that the contract declares, or that answers tell of.
var limitRules = []Rule{
	{
		ID: "QTA-001", Title: "No more calls are open at once than the contract allows", Basis: check.ByContract, Norm: "limits of algorithm concurrency", Level: check.Failure,
		Doc:     "A limit on open requests is met by how a client is built, not by how fast it is: each further worker only collects refusals.",
		Needs:   "a declared limit on concurrent requests, and two calls under it that are open at the same time",
		Decides: "For each caller that the limit counts, the most calls open at one moment are compared with the limit. Calls that were refused at once count too: the client had them open.",
		Advice:  "Send through a pool or a semaphore that is no larger than the limit.",
		Example: "slots := make(chan struct{}, 4)\nslots <- struct{}{}\ndefer func() { <-slots }()",
		judge:   judgeConcurrency,
	},
	{
		ID: "QTA-002", Title: "Bursts stay within the declared limits", Basis: check.ByContract, Norm: "limits", Level: check.Warning,
		Doc:   "A client that knows the limit paces itself; one that does not uses up the quota of a minute in a second, and everything else that shares the key stands still for the rest of it.",
		Needs: "a burst that uses at least half of a limit that the contract declares", Drill: "",
		Decides: "The calls that each declared limit counts are added up as the limit does it (by the clock, over any such span, or as a bucket), those that were refused included. " +
			"More than the limit is a warning, more than twice the limit and twenty calls beyond it a failure.",
		Advice:  "Pace calls on the client's side, a little below the limit.",
		Example: "limiter := rate.NewLimiter(rate.Every(time.Minute/100), 10)\nif err := limiter.Wait(ctx); err != nil {\n    return err\n}",
		judge:   judgeBurst,
	},
	{
		ID: "QTA-003", Title: "Limits are rarely met", Basis: check.ByConvention, Norm: limitPractice, Level: check.Warning,
		Doc:     "A refusal now and then is what limits are for. When many calls are refused, the client steers by refusals, and each of them costs a round trip and a wait.",
		Needs:   "twenty calls under a limit, or one that a limit refused",
		Decides: "Refusals that were not ordered are counted. More than one in twenty, and three at least, is a warning; fewer are noted.",
		Advice:  "Pace calls, fetch larger pages, cache what does not change, or ask for a larger quota.",
		Example: "GET /contacts?limit=100   one call in place of five with limit=20",
		judge:   judgeHeadroom,
	},
	{
		ID: "QTA-004", Title: "After a refusal by a limit, nothing that it counts is sent until it opens", Basis: check.ByNorm, Norm: "RFC 6585, 4; RFC 9110, 10.2.3", Level: check.Failure,
		Doc:   "A limit counts a caller and not a call. Holding back the one call that was refused, while the others go on, collects refusals, and where refused calls count the limit never opens.",
		Needs: "a refusal by a limit that tells how long to wait, and calls of the same caller after it", Drill: "rate-limit",
		Decides: "Other calls of the same caller that the same limit counts, begun more than 100 ms after the refusal and before the time that it told, and refused as well: " +
			"one or two are a warning (they may have been on their way), three are a failure. Calls that passed are none of this limit's.",
		Advice:  "Share the moment of the next try among all callers that use the credential, and let each of them wait for it.",
		Example: "gate.CloseUntil(now.Add(retryAfter)) // every call of this credential waits at the gate",
		judge:   judgeHoldBack,
	},
	{
		ID: "QTA-005", Title: "A quota that is used up is waited out before it refuses", Basis: check.ByConvention, Norm: limitPractice, Level: check.Warning,
		Doc:     "An answer that says that nothing is left, and when the window ends, tells beforehand what the next call will get. A client that reads it needs no refusal.",
		Needs:   "an answer that succeeds and tells that nothing is left and when the limit resets, and a call of the same caller after it",
		Decides: "The next call of the same caller that the same limit counts is not sent, and refused, before the reset. 100 ms are left for calls that were on their way.",
		Advice:  "Read the remaining and reset headers of every answer, and pause when nothing is left.",
		Example: "if remaining == 0 {\n    gate.CloseUntil(reset)\n}",
		judge:   judgeUsedUp,
	},
	{
		ID: "QTA-006", Title: "Polling pauses between two looks", Basis: check.ByConvention, Norm: "RFC 9110, 10.2.3; " + limitPractice, Level: check.Warning,
		Doc:   "Who asks for the same thing again as soon as it has the answer uses a core, a connection and the quota to learn nothing new. Where the answer says when to look again, looking earlier is against its word.",
		Needs: "the same reading call five times in a row with nothing in between", Drill: "",
		Decides: "Ten looks in a row with pauses under 200 ms are a warning; tests may have shortened the pause. A look before the Retry-After of the answer before (as 202 often carries it) is a failure. " +
			"Health checks, and the same call from several places at once, are not judged.",
		Advice:  "Pause a second or more between looks, growing; better, let a webhook tell.",
		Example: "for !job.Done() {\n    pause = min(2*pause, 30*time.Second)\n    sleep(ctx, max(pause, retryAfter(answer)))\n    job, answer = get(job.ID)\n}",
		judge:   judgePolling,
	},
}
