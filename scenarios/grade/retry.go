package grade

import "understudy/contracts/check"

const (
	retryPractice = "AWS, Timeouts, retries and backoff with jitter; Google SRE, Addressing cascading failures"
	backOff       = `delay := time.Second
for attempt := 1; ; attempt++ {
    answer, err := send()
    if !mayPassLater(answer, err) || attempt == 5 {
        return answer, err
    }
    pause := max(retryAfter(answer), delay/2+rand.N(delay/2)) // jitter
    if err := sleep(ctx, pause); err != nil {
        return nil, err
    }
    delay = min(2*delay, 30*time.Second)
}`
)

// The rules about repeating calls that failed. What counts as a repeat is said with chain.
var retryRules = []Rule{
	{
		ID: "RTY-001", Title: "A call that failed is not repeated at once", Basis: check.ByNorm, Norm: "RFC 6585, 4; RFC 9110, 9.2.2 and 15.6.4", Level: check.Failure,
		Doc: "A service that refuses calls because it has too many gets more of them from a client that repeats without a pause. " +
			"Many such clients keep an overload alive after its cause is gone, and a limit that counts refused calls never opens for them.",
		Needs: "a failed call that the client repeats", Drill: "flaky-network",
		Decides: "A pause under 50 ms is none: no timer made it. After 429 or 503 it breaks the rule where the answer asked for a wait, or where it happens twice (pauses drawn at random may be short once). " +
			"After other failures the first repeat may come at once, as it does when an idle connection was closed; the second may not.",
		Advice:  "Pause before every repeat: as long as Retry-After asks, else a second or so that doubles each time.",
		Example: backOff,
		judge:   judgePause,
	},
	{
		ID: "RTY-002", Title: "A repeat waits as long as Retry-After asks", Basis: check.ByNorm, Norm: "RFC 9110, 10.2.3; RFC 6585, 4", Level: check.Failure,
		Doc: "Retry-After is the one thing that the client cannot know by itself: when the service will take the call. " +
			"Who comes back earlier is refused again, and with some vendors the time begins anew.",
		Needs: "an answer with Retry-After (429, 503 or another failure) whose call the client repeats", Drill: "rate-limit",
		Decides: "From the end of the answer to the beginning of the same call after it, at least the seconds that were asked for pass, 250 ms less at most; for a date 1.1 s less at most, " +
			"since it has whole seconds and two clocks read it. A client that gives up is not judged.",
		Advice: "Read Retry-After in both forms, seconds and HTTP date, and let it override the own schedule when it is longer.",
		Example: `if seconds, err := strconv.Atoi(value); err == nil {
    return time.Duration(seconds) * time.Second
}
if at, err := http.ParseTime(value); err == nil {
    return at.Sub(now) + time.Second // it has whole seconds
}`,
		judge: judgeRetryAfter,
	},
	{
		ID: "RTY-003", Title: "Without Retry-After, a repeat waits for the limit's reset", Basis: check.ByContract, Norm: "limitHeaders; draft-ietf-httpapi-ratelimit-headers", Level: check.Failure,
		Doc: "Some vendors send no Retry-After and tell the end of the window in a header of their own. " +
			"A client that reads only Retry-After comes back too early, again and again until the window is over.",
		Needs: "a refusal by a limit without Retry-After, whose headers tell that nothing is left and when the limit resets, and whose call the client repeats",
		Decides: "The same call is not made before the end of the window that is used up, 250 ms less at most where the header has seconds from now, 1.1 s where it has an instant. " +
			"Where several windows are used up, the last one counts; one with requests left asks for nothing.",
		Advice: "Fall back to the reset header where there is no Retry-After; check whether it holds seconds from now or an instant.",
		Example: `HTTP/1.1 429 Too Many Requests
X-RateLimit-Remaining: 0
X-RateLimit-Reset: 1772452860   → wait until then`,
		judge: judgeReset,
	},
	{
		ID: "RTY-004", Title: "The pauses between attempts grow", Basis: check.ByConvention, Norm: retryPractice, Level: check.Warning,
		Doc: "A short outage is over after one short pause; a long one is not, and then each further attempt at the same interval is load without use. " +
			"Growing pauses cost the client little and give the service room to recover.",
		Needs: "three attempts at one call whose answers ask for no wait", Drill: "outage",
		Decides: "Over two or more pauses of one call, they are not all alike (within a fifth), and of three or more the last is longer than the first. Pauses of 20 s and above may stay as they are, and those that the service asked for do not count.",
		Advice:  "Double the pause with each attempt, up to a bound of half a minute or so.",
		Example: backOff,
		judge:   judgeGrowth,
	},
	{
		ID: "RTY-005", Title: "The pauses are spread by chance", Basis: check.ByConvention, Norm: retryPractice, Level: check.Warning,
		Doc: "Clients that failed at the same moment, and wait equally long, come back at the same moment and fail together again. " +
			"A part of the pause that is drawn at random takes such waves apart.",
		Needs: "four pauses before repeats that no answer asked for", Drill: "outage",
		Decides: "Pauses at the same place in different calls (before the first repeat, before the second …), or an evenly spaced or exactly doubling row of four, differ by more than 5 ms and 1 %. " +
			"One that is alike to that degree everywhere was computed, not drawn.",
		Advice:  "Draw each pause at random between half of it and the whole.",
		Example: "pause := delay/2 + rand.N(delay/2)",
		judge:   judgeJitter,
	},
	{
		ID: "RTY-006", Title: "Attempts are bounded", Basis: check.ByNorm, Norm: "RFC 9110, 9.2.2", Level: check.Failure,
		Doc: "A client that never gives up holds its own callers and resources for as long as the trouble lasts, and hides it from everybody who could act. " +
			"The norm asks that a repeat that failed is not repeated by itself again; a few times with growing pauses are common practice.",
		Needs: "a call that goes on failing until the client gives up", Drill: "outage",
		Decides: "More than ten attempts at one call break the rule, unless the pauses have reached half a minute by then. Up to ten, with the end seen, keep it.",
		Advice:  "Give up after three to five attempts, or a total time, and report the failure.",
		Example: "if attempt == 5 {\n    return fmt.Errorf(\"list events: gave up after %d attempts: %w\", attempt, err)\n}",
		judge:   judgeBound,
	},
	{
		ID: "RTY-007", Title: "What cannot succeed is not repeated", Basis: check.ByNorm, Norm: "RFC 9110, 15.5 and 15.5.4", Level: check.Failure,
		Doc: "A request that is wrong, not allowed or not found gets the same answer the next time. Repeating it costs quota and time, hides the fault, " +
			"and repeated refusals of a credential look like an attack.",
		Needs: "a call that is refused for good: 400, 401, 403, 404, 409, 410, 413, 415, 422 and the like", Drill: "permission",
		Decides: "Three or more equal calls, nothing else between them and each within a minute of the refusal before, break the rule; one repeat is only noted, since two tests may send the same wrong request. " +
			"A new credential makes it another call. Waiting for something to appear (404 to GET), a conflict that may be over (409) and logins are warnings; a repeat that succeeds was not hopeless.",
		Advice: "Repeat only 408, 425, 429, 500, 502, 503, 504 and broken connections; report every other failure to the caller.",
		Example: `func mayPassLater(status int) bool {
    switch status {
    case 408, 425, 429, 500, 502, 503, 504:
        return true
    }
    return false
}`,
		judge: judgeHopeless,
	},
	{
		ID: "RTY-008", Title: "A write whose fate is not known is not simply repeated", Basis: check.ByNorm, Norm: "RFC 9110, 9.2.2", Level: check.Failure,
		Doc: "When the connection breaks or the server fails, the write may have happened. Sending it again makes the second order, the second payment, the second mail. " +
			"A key that names the intent lets the server answer the repeat from the first.",
		Needs: "a POST or PATCH that breaks off, or fails with 500, 502 or 504", Drill: "flaky-network",
		Decides: "The same POST or PATCH again, directly after such a failure, without an idempotency key and without a precondition, breaks the rule, whether or not the first had an effect. " +
			"429 and 503 refuse before anything happens, unless the recording shows an effect. PUT and DELETE may be repeated, and so may a POST that the contract marks as reading, and a login.",
		Advice: "Send the same idempotency key with every attempt at one intent; where the API has none, look whether the first took effect before sending it again.",
		Example: `POST /api/orders
Idempotency-Key: 5f0c2c9e-…   one per intent, the same in every attempt`,
		judge: judgeUnsafe,
	},
	{
		ID: "RTY-009", Title: "A call that failed for the moment is tried again", Basis: check.ByConvention, Norm: retryPractice, Level: check.Warning,
		Doc:   "Connections break and services are busy for seconds every day. An integration that gives up on the first such failure passes each of them on to its users.",
		Needs: "a call that may safely be repeated and that breaks off, or is refused with 429, 502, 503 or 504 and no wait over a minute", Drill: "flaky-network",
		Decides: "The call is made again within a minute, or within the wait that was asked for and a minute more. Where the trouble was ordered, no repeat is a warning; else it is only noted, since a program may have its reasons.",
		Advice:  "Try again a few times, with growing pauses.",
		Example: backOff,
		judge:   judgeTriedAgain,
	},
}
