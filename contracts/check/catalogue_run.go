package check

// Errors, inventory, and what is seen over a whole run.

var errorChecks = []Check{
	{
		ID: "ERR-001", Title: "Declared problem details are sent as such", Basis: ByContract, Norm: "responses.content; RFC 9457, 3", Level: Failure, Mode: Passive,
		Doc:    "Where the document announces application/problem+json, a client picks its decoder by that type. JSON under another type does not reach it.",
		Advice: "Send Content-Type: application/problem+json with problem details.",
	},
	{
		ID: "ERR-002", Title: "Problem details have members of the right type", Basis: ByNorm, Norm: "RFC 9457, 3.1", Level: Failure, Mode: Passive,
		Doc: "type and instance are URI references, title and detail texts, status is a number. A member of another type must be ignored by clients, so that what it says is lost. " +
			"What the document's schema already complains of is not told twice.",
		Advice: "Write the members as RFC 9457 has them; put the rest into members of your own.",
	},
	{
		ID: "ERR-003", Title: "The error names the status it came with", Basis: ByNorm, Norm: "RFC 9457, 3.1.2", Level: Failure, Mode: Passive,
		Doc:    "status in problem details must be that of the answer. Where another kind of error has such a member and it differs, that is a warning: a proxy may have changed the status.",
		Advice: "Fill the member from the status that is sent.",
	},
	{
		ID: "ERR-004", Title: "Errors have one shape", Basis: ByConvention, Norm: "RFC 9457, 1", Level: Warning, Mode: Passive,
		Doc: "A client has one place that reads errors. Shapes that the document describes are its own affair; others must be those that the rest of the API has. Errors of " +
			"OAuth have the shape of RFC 6749 and are left out. It is judged over the run.",
		Advice: "Let one place in the server write all errors, those of framework and proxy included.",
	},
	{
		ID: "ERR-005", Title: "Errors tell nothing of the inside", Basis: ByConvention, Norm: "RFC 9457, 5", Level: Warning, Mode: Passive, OWASP: []string{"API8:2023"},
		Doc:    "Stack traces, SQL, paths of files and names of internal hosts help whoever attacks and nobody else. Text that the request itself held is passed over.",
		Advice: "Log the detail under an id, and send the id.",
	},
	{
		ID: "ERR-006", Title: "Errors of validation name the field", Basis: ByConvention, Norm: "RFC 9457, 3", Level: Note, Mode: Passive,
		Doc:    "A refusal that says which member is wrong saves an hour. It is noted where the answer to a request with one wrong member names none of the operation's parameters and members.",
		Advice: "Name the parameter, or the member by a JSON Pointer.",
	},
}

var inventoryChecks = []Check{
	{
		ID: "INV-001", Title: "Declared operations are there", Basis: ByContract, Norm: "paths", Level: Failure, Mode: Passive, OWASP: []string{"API9:2023"},
		Doc: "An operation that answers 404, 405 or 501 to every valid request is documented but not deployed. It is judged over the run; a path whose ids may simply be " +
			"unknown is a warning, and none where the document foresees that answer.",
		Advice: "Deploy the operation, take it out of the document, or check the target's base path.",
	},
	{
		ID: "INV-002", Title: "Live routes are declared", Basis: ByContract, Norm: "paths", Level: Warning, Mode: Generated, OWASP: []string{"API9:2023"}, Planned: true,
		Doc:    "An operation that answers and that nobody documented is not tested, not protected by what is generated from the document, and forgotten.",
		Advice: "Document the route, or take it away.",
	},
	{
		ID: "INV-003", Title: "Retired versions do not answer", Basis: ByContract, Norm: "servers, paths", Level: Warning, Mode: Generated, OWASP: []string{"API9:2023"}, Planned: true,
		Doc:    "An old version that still answers keeps its old holes open.",
		Advice: "Take it away, or answer with 410.",
	},
}

func flow(id, title, doc string) Check {
	return Check{
		ID: id, Title: title, Basis: ByContract, Norm: "x-understudy in the workflow", Level: Failure, Mode: Sequence, OWASP: []string{"API6:2023"}, Planned: true, Doc: doc,
		Advice: "Keep the state of the flow in the server and judge each step by it.",
	}
}

var flowChecks = []Check{
	flow("FLOW-001", "A step cannot be skipped", "A later step that works without an earlier one goes round whatever that one was for: payment, confirmation, approval."),
	flow("FLOW-002", "A step cannot be repeated", "A step that counts once, such as a voucher or a refund, must not count twice."),
	flow("FLOW-003", "Steps cannot be reordered", "Steps whose order the workflow declares are refused in another."),
	flow("FLOW-004", "The actor cannot change midway", "A flow that one actor began must not be taken over by another."),
	flow("FLOW-005", "Values of another run are refused", "A token or id of one run must not serve in the next."),
	{
		ID: "UPS-001", Title: "Bad answers of an upstream do no harm", Basis: ByContract, Norm: "workflow", Level: Failure, Mode: Sequence, OWASP: []string{"API10:2023"}, Planned: true,
		Doc:    "Malformed, oversized, slow, redirecting or schema-breaking answers of what the product itself calls must not reach its own clients, nor stop it.",
		Advice: "Judge what comes from upstream as what comes from anybody.",
	},
}

func difference(id, title, doc string, level Level) Check {
	return Check{
		ID: id, Title: title, Basis: ByContract, Norm: "comparison of two results", Level: level, Mode: Sequence, Planned: true, Doc: doc,
		Advice: "Write into the document which of the two is meant.",
	}
}

var differenceChecks = []Check{
	difference("DRF-001", "Both answer with the same status", "The same request gives another status on the other deployment.", Failure),
	difference("DRF-002", "Both answer with the same shape", "The same request gives content of another shape.", Failure),
	difference("DRF-003", "Both send the same headers", "A header that matters to clients is there on one side only.", Failure),
	difference("DRF-004", "Both end in the same state", "What can be read afterwards differs.", Failure),
	difference("DRF-005", "They differ where the contract leaves it open", "The difference is allowed and worth knowing.", Note),
}

var runChecks = []Check{
	{
		ID: "PRF-001", Title: "Answers come within the limit", Basis: ByConvention, Norm: "limit given for the run", Level: Warning, Mode: Passive,
		Doc:    "An answer took longer than the user allowed. Nothing is judged without a limit.",
		Advice: "Look for what the operation waits for.",
	},
	{
		ID: "PRF-002", Title: "Percentiles stay within their limits", Basis: ByConvention, Norm: "limit given for the run", Level: Warning, Mode: Passive,
		Doc:    "Over all answers of the run the share that was given took longer than the user allowed. Times are kept with two per cent of precision. Nothing is judged without a limit, nor below twenty answers.",
		Advice: "Look at the slowest operations first.",
	},
	coverage("COV-001", "Every operation reached success", "An operation that never answered 2xx has not been examined, whatever else is green."),
	coverage("COV-002", "Most requests were authorised", "A run that was mostly refused for want of credentials says little."),
	coverage("COV-003", "Every documented status was seen", "A status that never came is a promise that nobody has looked at."),
	coverage("COV-004", "No check was skipped for want of data", "A check that could not be carried out is no check that passed."),
	{
		ID: "WFL-001", Title: "The criteria of the workflow hold", Basis: ByContract, Norm: "Arazzo 1.0.1, Criterion Object", Level: Failure, Mode: Sequence,
		Doc:    "A step's success criteria are what its author expects of the deployment, in the workflow's own words.",
		Advice: "Compare what came with the step's criteria; one of the two is wrong.",
	},
}

func coverage(id, title, doc string) Check {
	return Check{
		ID: id, Title: title, Basis: ByConvention, Norm: "the run", Level: Warning, Mode: Gate, Planned: true, Doc: doc,
		Advice: "Give credentials, seed data or examples to the run.",
	}
}
