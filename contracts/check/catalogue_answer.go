package check

// What every answer must be: its status, its content, its headers.

var statusChecks = []Check{
	{
		ID: "STS-001", Title: "The status is documented", Basis: ByContract, Norm: "responses", Level: Failure, Mode: Passive,
		Doc: "Clients branch on statuses, and generated ones know no others than the document's. A status counts as documented where it " +
			"stands itself, as a range (4XX) or as default. What HTTP gives by itself after a bad request (404, 405, 429 and the like) is only noted.",
		Advice: "Document the status at this operation, or answer with one that is documented.",
	},
	{
		ID: "STS-002", Title: "The server does not fail", Basis: ByContract, Norm: "responses; RFC 9110, 15.6", Level: Failure, Mode: Passive,
		OWASP: []string{"API8:2023"},
		Doc: "A status of 500 and above says that the server itself has erred: no request, however wrong, should bring that about. One that " +
			"the document lists is a warning, since it was foreseen; default does not count as foreseen.",
		Advice: "Look for the exception in the server's log, and refuse the request with a 4xx where the request is at fault.",
	},
	{
		ID: "STS-003", Title: "The answer arrives whole", Basis: ByNorm, Norm: "RFC 9112, 6.3 and 8", Level: Failure, Mode: Passive,
		Doc: "An answer that never comes, breaks off, or has another length than it announced cannot be told from one that is right but short. " +
			"Clients retry it, and a write then happens twice.",
		Advice: "Check time-outs and proxies between client and server, and that Content-Length is that of the body.",
	},
	{
		ID: "STS-004", Title: "The status fits the method and the content", Basis: ByNorm, Norm: "RFC 9110, 15", Level: Failure, Mode: Passive,
		Doc: "Some statuses only make sense with certain methods or content: 204, 205 and 304 have no content, 304 answers a conditional GET or HEAD, " +
			"206 a request for a range. Caches and clients act on it, whatever the server meant. What the document itself asks for is not held against the deployment.",
		Advice: "Answer with the status that says what happened: 200 with content, 204 without.",
	},
}

var contentChecks = []Check{
	{
		ID: "CTY-001", Title: "Content has a media type", Basis: ByContract, Norm: "responses.content; RFC 9110, 8.3", Level: Failure, Mode: Passive,
		Doc: "Without Content-Type a client has to guess what the bytes are, and browsers do. Where the document describes the content, the type is a part of " +
			"the promise; where it does not, a missing type is a warning, since RFC 9110 only says SHOULD.",
		Advice: "Send Content-Type with every answer that has content.",
	},
	{
		ID: "CTY-002", Title: "The media type is documented", Basis: ByContract, Norm: "responses.content", Level: Failure, Mode: Passive,
		Doc: "A client picks its decoder by the media type; one that the document does not name has none. Ranges such as application/* and parameters " +
			"such as charset are honoured. An answer for which the document describes no content at all is only noted.",
		Advice: "Send one of the documented types, or document this one.",
	},
	{
		ID: "CTY-003", Title: "Content-Type can be read", Basis: ByNorm, Norm: "RFC 9110, 8.3 and 5.3", Level: Failure, Mode: Passive,
		Doc:    "The field holds exactly one media type with its parameters. One that cannot be read, or that is sent several times with different values, is taken differently by every client.",
		Advice: "Send one Content-Type such as \"application/json\".",
	},
	{
		ID: "CTY-004", Title: "Content is what its media type says", Basis: ByNorm, Norm: "RFC 9110, 8.3; RFC 8259", Level: Failure, Mode: Passive,
		Doc: "Content that is announced as JSON or XML and is not, or is announced as compressed and is not, fails in every client. It is usually an error page of a " +
			"proxy or text printed before the answer. Content that was cut off by the examiner is not judged.",
		Advice: "Look at the first bytes of the answer: something before the application may have written it.",
	},
	{
		ID: "CTY-005", Title: "A request of an undocumented type is refused with 415", Basis: ByConvention, Norm: "RFC 9110, 15.5.16", Level: Warning, Mode: Generated,
		Doc:    "A server that reads any type as if it were the documented one can be made to read a form as JSON, which defeats a browser's protection against requests forged by other sites.",
		Advice: "Refuse what is not documented with 415 and Accept.",
	},
	{
		ID: "CTY-006", Title: "A wish for another type gives 406 or a documented type", Basis: ByConvention, Norm: "RFC 9110, 12.5.1 and 15.5.7", Level: Warning, Mode: Generated,
		Doc:    "Where a client accepts none of the documented types, the server either says so or sends a documented one all the same. An undocumented type or a failure is neither.",
		Advice: "Answer with 406, or ignore Accept.",
	},
}

var schemaChecks = []Check{
	{
		ID: "SCH-001", Title: "The response body matches its schema", Basis: ByContract, Norm: "responses.content.schema", Level: Failure, Mode: Passive,
		Doc: "The schema is what clients are written and generated from: a missing member or another type breaks them. Schemas are judged in the direction of " +
			"an answer, so that readOnly and writeOnly, nullable of 3.0, ranges of statuses and default are honoured.",
		Advice: "Correct the answer, or the schema where the answer is what is meant.",
	},
	{
		ID: "SCH-002", Title: "There are no undeclared members", Basis: ByConvention, Norm: "schema.properties", Level: Note, Mode: Passive, OWASP: []string{"API3:2023"},
		Doc: "Only with strict examination. A schema that says nothing of additionalProperties allows every member; one that nobody declared is still often an " +
			"internal one that got out. Nothing is noted where the schema lists no members or speaks of further ones.",
		Advice: "Declare the member, leave it out, or write additionalProperties.",
	},
	{
		ID: "SCH-003", Title: "writeOnly members are not returned", Basis: ByContract, Norm: "schema.writeOnly", Level: Failure, Mode: Passive, OWASP: []string{"API3:2023"},
		Doc: "Documents mark passwords and secrets as writeOnly. One that comes back has been stored readably and " +
			"now stands in logs, caches and browsers.",
		Advice: "Leave the member out of the answer.",
	},
	{
		ID: "SCH-004", Title: "Formats and discriminators hold", Basis: ByContract, Norm: "schema.format, schema.discriminator", Level: Failure, Mode: Passive,
		Doc: "Clients parse a date-time into a date and an int32 into 32 bits, and they choose a class by the discriminator. Formats that OpenAPI defines itself (int32, int64, date, date-time) " +
			"are failures; those that are only annotations, and a discriminator whose value names another schema than the content fits, are warnings.",
		Advice: "Write the value in the declared format, and the name of the schema that the content has.",
	},
	{
		ID: "SCH-005", Title: "Each item of a stream matches its schema", Basis: ByContract, Norm: "responses.content.itemSchema", Level: Failure, Mode: Passive,
		Doc: "JSON lines, JSON text sequences and server-sent events are read one by one; one bad item ends many clients' loops. Of a stream that the examiner cut off, the " +
			"items that came whole are judged.",
		Advice: "Correct the item, or the schema where the item is what is meant.",
	},
}

var headerChecks = []Check{
	{
		ID: "HDR-001", Title: "Required response headers are there", Basis: ByContract, Norm: "responses.headers.required", Level: Failure, Mode: Passive,
		Doc:    "A header that the document calls required is relied on: for paging, for limits, for the place of what was created. Answers to HEAD are not judged, since they may leave headers out.",
		Advice: "Send the header, or do not call it required.",
	},
	{
		ID: "HDR-002", Title: "Response headers match their schemas", Basis: ByContract, Norm: "responses.headers.schema", Level: Failure, Mode: Passive,
		Doc:    "A documented header is decoded by the style simple and judged by its schema, as clients do. Headers that hold lists may come on several lines.",
		Advice: "Write the value as its schema says.",
	},
	{
		ID: "HDR-003", Title: "Location leads to a documented operation", Basis: ByNorm, Norm: "RFC 9110, 10.2.2", Level: Failure, Mode: Sequence,
		Doc:    "After 201 and 202 the header names what was created, or where its state can be asked. A client follows it without knowing the paths.",
		Advice: "Send the URL under which the thing can be read, with the base path that clients see.",
	},
	{
		ID: "HDR-004", Title: "Deprecated operations announce their end", Basis: ByConvention, Norm: "RFC 9745, 2; RFC 8594, 3", Level: Note, Mode: Passive, OWASP: []string{"API9:2023"},
		Doc: "A client that runs learns of deprecation only by the headers Deprecation and Sunset. Their absence is noted where the document calls the operation deprecated; a date that " +
			"cannot be read, a sunset before the deprecation, and life after the sunset are warnings.",
		Advice: "Send Deprecation: @seconds and, where the end is known, Sunset with an HTTP date.",
	},
	{
		ID: "HDR-005", Title: "Validators are honoured", Basis: ByNorm, Norm: "RFC 9110, 13.1.1, 13.1.2 and 13.2.2", Level: Failure, Mode: Sequence,
		Doc:    "An ETag that was sent must do its work where the document declares it: If-None-Match with it gives 304, If-Match with an old one gives 412. Otherwise the second writer overwrites the first without knowing.",
		Advice: "Compare the validators before the method is carried out.",
	},
}
