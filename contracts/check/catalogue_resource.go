package check

// Methods, paths, and what becomes of the things behind them.

var methodChecks = []Check{
	{
		ID: "MTH-001", Title: "An undeclared method gives 405", Basis: ByNorm, Norm: "RFC 9110, 15.5.6", Level: Warning, Mode: Generated,
		Doc:    "A path that exists says of a method it does not have that it does not have it. 404 sends the client looking for the wrong fault, and success means that there is an operation nobody documented.",
		Advice: "Answer with 405 and Allow.",
	},
	{
		ID: "MTH-002", Title: "405 carries Allow", Basis: ByNorm, Norm: "RFC 9110, 15.5.6", Level: Failure, Mode: Passive,
		Doc:    "The header is a MUST: it is the only part of the answer that tells the client what it may do instead. It may be empty.",
		Advice: "Send Allow with the methods of the path.",
	},
	{
		ID: "MTH-003", Title: "Allow agrees with the document", Basis: ByNorm, Norm: "RFC 9110, 10.2.1", Level: Warning, Mode: Passive,
		Doc:    "A method that the document declares and Allow leaves out is not there, or the header is wrong; one that only Allow knows is not documented. Naming the very method that is refused contradicts itself and is a failure.",
		Advice: "Make Allow from the same routes that answer.",
	},
	{
		ID: "MTH-004", Title: "HEAD answers as GET does", Basis: ByNorm, Norm: "RFC 9110, 9.3.2", Level: Warning, Mode: Generated,
		Doc:    "The status is the same and there is no content. Monitoring and caches rely on it.",
		Advice: "Let HEAD run GET's handler and drop the content.",
	},
	{
		ID: "MTH-005", Title: "An unknown path gives 404", Basis: ByNorm, Norm: "RFC 9110, 15.5.5", Level: Warning, Mode: Generated,
		Doc:    "A path that nobody declared must not succeed: a page for every path hides spelling mistakes from clients.",
		Advice: "Answer with 404 in the API's error shape.",
	},
	{
		ID: "MTH-006", Title: "TRACE is off", Basis: ByNorm, Norm: "RFC 9110, 9.3.8", Level: Warning, Mode: Generated, OWASP: []string{"API8:2023"},
		Doc:    "TRACE sends back the request, with whatever a proxy has added to it, credentials among them.",
		Advice: "Switch it off in the web server.",
	},
}

func resource(id, title, norm, doc, advice string) Check {
	return Check{
		ID: id, Title: title, Basis: ByContract, Norm: norm, Level: Failure, Mode: Sequence, Doc: doc, Advice: advice,
	}
}

var resourceChecks = []Check{
	resource("RES-001", "What was deleted is gone", "RFC 9110, 9.3.5 and 15.5.5",
		"A thing that was deleted with success and can still be read was not deleted. An answer that tells of an archived thing is no finding where the document says so.",
		"Delete it, or document the state that it then has."),
	resource("RES-002", "What was created can be read", "RFC 9110, 15.3.2",
		"After 201 the thing is there, with what was sent. Where the document lets creation take its time (202), it is not judged.",
		"Answer 201 when the thing can be read, else 202."),
	resource("RES-003", "An update can be seen", "RFC 9110, 9.3.4; RFC 5789, 2",
		"After an update with success reading gives the new values; members that the server sets itself are left out of account.",
		"Store the change before answering, and drop cached copies."),
	resource("RES-004", "Repeating PUT or DELETE changes nothing more", "RFC 9110, 9.2.2",
		"Both are idempotent: a client that got no answer sends them again. The second answer may differ, the state must not.",
		"Make the second request find what the first one left."),
	resource("RES-005", "A child is not there after its parent's deletion", "RFC 9110, 15.5.5",
		"A path below a thing that is gone must not lead to something that can still be read or changed.",
		"Delete the children, refuse the deletion with 409, or answer with 404 below it."),
	resource("RES-006", "Safe methods change nothing", "RFC 9110, 9.2.1",
		"GET, HEAD and OPTIONS are sent by crawlers, previews and caches. What they change, nobody asked for; counters and times of last access are not judged.",
		"Move the change to POST, PUT, PATCH or DELETE."),
	resource("RES-007", "Paging is complete, stable, and shows nothing twice", "RFC 9110, 9.2.1; RFC 8288, 3.3",
		"All pages together hold each thing exactly once, in the same order each time.",
		"Sort by something that is unique, such as the id, beside what the client asked for."),
	resource("RES-008", "Links lead somewhere", "responses.links",
		"A link of the document, filled in from an answer, gives a request that the linked operation accepts.",
		"Correct the link's expression, or what the answer holds."),
	resource("RES-009", "Idempotency-Key repeats the answer", "draft-ietf-httpapi-idempotency-key-header-06, 2.6",
		"Where the header is declared, the same key with the same request gives the same answer and no second thing; the same key with another request is refused.",
		"Keep the first answer with its key and a digest of the request."),
	resource("RES-010", "PUT replaces the whole", "RFC 9110, 9.3.4",
		"What is left out of the representation is gone afterwards. A PUT that keeps it is a PATCH under another name; what the server sets itself is left out of account.",
		"Replace the whole, or declare PATCH."),
	resource("RES-011", "A merge patch is carried out as such", "RFC 7396, 2",
		"With application/merge-patch+json null removes a member, members that are left out stay, and lists are replaced as a whole.",
		"Apply the patch by the algorithm of RFC 7396."),
	{
		ID: "PRP-001", Title: "readOnly and undeclared properties cannot be set", Basis: ByContract, Norm: "schema.readOnly", Level: Failure, Mode: Sequence, OWASP: []string{"API3:2023"},
		Doc:    "A server that copies a request into its record lets anybody set role, owner or balance. The property is sent with a value of our own and looked for when the thing is read again.",
		Advice: "Copy only the members that a client may set.",
	},
}
