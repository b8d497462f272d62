package grade

import "understudy/contracts/check"

// The rules about how an integration comes to an end with errors.
var endingRules = []Rule{
	{
		ID: "END-001", Title: "A credential that is refused is not used on and on", Basis: check.ByNorm, Norm: "RFC 9110, 15.5.2", Level: check.Failure,
		Doc: "A 401 says that this credential is not accepted, and the next call with it gets the same. " +
			"Going on fills the service's logs with what looks like guessing, and addresses and accounts are blocked for it.",
		Needs: "a call with a credential that is answered 401", Drill: "permission",
		Decides: "Three refusals by one operation of a credential that had been accepted, or five of one that never was, without a success in between and each within a minute of the one before, break the rule. " +
			"Five over several operations, after the credential had been accepted, are a warning: tests of a revoked key look alike. Logins and token requests are not counted.",
		Advice: "After a 401 renew the credential once; if that fails, stop and tell somebody.",
		Example: `if status == http.StatusUnauthorized && !renewed {
    token, renewed = renew(ctx), true
    continue
}
return fmt.Errorf("the API refuses the credential: %w", errStop)`,
		judge: judgeUnauthorized,
	},
	{
		ID: "END-002", Title: "What is forbidden is not asked for again and again", Basis: check.ByNorm, Norm: "RFC 9110, 15.5.4", Level: check.Failure,
		Doc:   "A 403 says that the credential is known and may not do this. Only somebody who grants a permission changes that, and he has to hear of it.",
		Needs: "a call that is answered 403", Drill: "permission",
		Decides: "Three refusals of the same call (method, URL, content, credential), whatever else is sent between them, without a success and each within a minute of the one before, break the rule. " +
			"Ten of one operation for different things are a warning. A 403 by which a limit refuses is none of these.",
		Advice:  "Treat 403 as final: report which permission is missing, and stop the job.",
		Example: "case http.StatusForbidden:\n    return fmt.Errorf(\"%s: the key lacks a permission: %s\", operation, problem.Detail)",
		judge:   judgeForbidden,
	},
	{
		ID: "END-003", Title: "There is no loop without end", Basis: check.ByConvention, Norm: retryPractice, Level: check.Warning,
		Doc: "A loop that only success can leave runs for ever when success does not come: after a change of the API, with a wrong setting, in an outage of hours. " +
			"It is found by its bill.",
		Needs: "a call that fails three times in a row", Drill: "outage",
		Decides: "More than twenty failures in a row of one method and URL by one caller, whatever the content, with less than ten seconds between them. Health checks are not counted.",
		Advice:  "Give every loop a bound besides success: attempts, time, or the context of its caller.",
		Example: "ctx, cancel := context.WithTimeout(ctx, time.Minute)\ndefer cancel()\nfor ctx.Err() == nil {",
		judge:   judgeLoop,
	},
	{
		ID: "END-004", Title: "A failure is not passed over in silence", Basis: check.ByConvention, Norm: "POSIX.1-2024, 2.8.2 Exit Status for Commands", Level: check.Warning,
		Doc:   "A program whose last call failed, and which then ends as if all were well, leaves work undone that nobody knows of.",
		Needs: "a rehearsed command, and trouble ordered for a call that it does not get over", Drill: "outage",
		Decides: "Where trouble was ordered, no repeat succeeded and no other call followed, the command ends with another status than 0. " +
			"Always likely only: a test may expect the failure.",
		Advice:  "Carry the error up to main and end with a status other than 0.",
		Example: "if err := run(ctx); err != nil {\n    fmt.Fprintln(os.Stderr, err)\n    os.Exit(1)\n}",
		judge:   judgeSilence,
	},
	{
		ID: "END-005", Title: "An outage is met with few calls", Basis: check.ByConvention, Norm: retryPractice, Level: check.Warning,
		Doc:   "While everything fails, each further call is load without use. Retries at several layers multiply: three times three times three is twenty-seven calls for one click.",
		Needs: "five calls in a row that fail with 5xx or break off, nothing in between that succeeds", Drill: "outage",
		Decides: "More than thirty calls until the first success or the end, at more than one a second on average, are a warning.",
		Advice:  "Retry at one layer only, share a budget for retries, and open a circuit breaker after a few failures.",
		Example: "if breaker.Open() {\n    return errUnavailable // no call is sent for the next 30 s\n}",
		judge:   judgeOutage,
	},
	{
		ID: "END-006", Title: "Redirects are not followed without end", Basis: check.ByNorm, Norm: "RFC 9110, 15.4", Level: check.Failure,
		Doc:     "Two addresses that point to each other keep a client busy for ever that follows wherever it is sent. The norm asks clients to notice such circles.",
		Needs:   "a redirect that the client follows",
		Decides: "Following more than ten redirects in a row, or coming to the same address for the third time, breaks the rule.",
		Advice:  "Bound the number of redirects, as HTTP libraries do unless they are told otherwise.",
		Example: "client.CheckRedirect = func(q *http.Request, via []*http.Request) error {\n    if len(via) >= 10 {\n        return errors.New(\"too many redirects\")\n    }\n    return nil\n}",
		judge:   judgeRedirects,
	},
	{
		ID: "END-007", Title: "No call is built from a value that is not there", Basis: check.ByConvention, Norm: "good practice of error handling", Level: check.Warning,
		Doc:   "A path with undefined, null or an unfilled {id} in it comes from an answer that was an error, or lacked a member, and was used all the same. The next call then asks for something that nobody meant.",
		Needs: "a failed call, and calls with values in their path or query after it", Drill: "outage",
		Decides: "A segment of the path, or a value of the query, is undefined, null, NaN, None, <nil>, [object Object] or a template's {name}. " +
			"Calls without a failure before them are judged only where such a value is seen.",
		Advice:  "Look at the status before the body, and check that what is used next is there.",
		Example: "if (!answer.ok) throw new Error(`create: ${answer.status}`);\nconst { id } = await answer.json();\nif (!id) throw new Error('create: no id');",
		judge:   judgeAbsent,
	},
}
