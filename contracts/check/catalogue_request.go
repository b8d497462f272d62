package check

// What is sent to find out whether the deployment takes what the document allows and refuses what it forbids.

func positive(id, title, doc string) Check {
	return Check{
		ID: id, Title: title, Doc: doc, Basis: ByContract, Norm: "parameters, requestBody", Level: Failure, Mode: Generated,
		Advice: "Accept the request, or write the rule that it breaks into the document.",
	}
}

var positiveChecks = []Check{
	positive("POS-001", "Documented examples are accepted",
		"Examples are what people copy first. One that is refused is wrong, or the deployment has a rule that the document does not tell."),
	positive("POS-002", "A minimal request is accepted",
		"A request with nothing but what is required keeps the contract. A refusal means that something else is required, too."),
	positive("POS-003", "A request with everything is accepted",
		"All declared parameters and properties at once keep the contract, unless the document says that some exclude others."),
	positive("POS-004", "Values at their bounds are accepted",
		"The smallest and largest number, the shortest and longest text and list are allowed where the schema says so. Servers often bound more tightly than they say."),
	positive("POS-005", "Each enum value and each alternative is accepted",
		"Every value of an enum and every branch of oneOf and anyOf is a promise of its own; the rarely used ones break first."),
	positive("POS-006", "Each parameter is read in its style",
		"A parameter's style and explode say how lists and objects are written. A deployment that reads them otherwise takes a list for one value, without any error."),
}

func negative(id, title, doc string) Check {
	return Check{
		ID: id, Title: title, Doc: doc + " The request is judged as it goes over the wire before it counts as wrong.",
		Basis: ByContract, Norm: "parameters, requestBody; RFC 9110, 15.5.1", Level: Failure, Mode: Generated,
		Advice: "Refuse the request with a documented 4xx, or widen the document.",
	}
}

var negativeChecks = []Check{
	negative("NEG-001", "A missing required parameter is refused",
		"What is required and not there must not be made up: a filter that is left out shows everything."),
	negative("NEG-002", "A missing required property is refused",
		"A thing that is stored without a required property breaks whoever reads it by the same schema."),
	negative("NEG-003", "A value of the wrong type is refused",
		"A server that takes a text for a number converts it somewhere, and not as the client thinks."),
	negative("NEG-004", "A value outside its enum is refused",
		"A state that nobody knows reaches code that has no branch for it."),
	negative("NEG-005", "A number outside its bounds is refused",
		"Negative amounts and pages beyond all bounds are where errors cost money. Multiples count as bounds."),
	negative("NEG-006", "A text that is too short or too long is refused",
		"A length that is not checked ends in the database, as a failure or cut off."),
	negative("NEG-007", "A text against its pattern or format is refused",
		"Patterns and formats keep ids, addresses and dates readable for everybody who comes after. Only formats that can be decided are tried."),
	negative("NEG-008", "A list of the wrong size, or with repeated items, is refused",
		"A list without its least item, beyond its most, or with two equal items where they must differ breaks the schema."),
	negative("NEG-009", "An undeclared property is refused where it is forbidden",
		"Only where additionalProperties or unevaluatedProperties is false. A misspelt name that is silently dropped looks like success."),
	negative("NEG-010", "Malformed content is refused",
		"Content that is not of its media type must give 400 rather than a failure or a thing made of half a request."),
	negative("NEG-011", "Missing content is refused where it is required",
		"requestBody.required means that nothing is not enough."),
	negative("NEG-012", "Null is refused where it is not allowed",
		"Null is a value of its own: where the schema does not name it, it is as wrong as any other type."),
	negative("NEG-013", "A parameter given twice is refused",
		"Two values for one parameter are read differently by a proxy and the server behind it, which lets one of them pass unseen. Lists are not tried."),
	negative("NEG-014", "A value that fits no alternative, or too many, is refused",
		"oneOf asks for exactly one branch. A server that takes the first one that fits reads something else than was meant."),
	negative("NEG-015", "A readOnly property that is sent does no harm",
		"OpenAPI lets a server refuse it or pass it over. It must not take it; whether it did is seen when the thing is read again."),
	{
		ID: "NEG-020", Title: "A refused write leaves no trace", Basis: ByContract, Norm: "RFC 9110, 15.5", Level: Failure, Mode: Sequence,
		Doc:    "After a 4xx the thing must be as it was. What is stored before it is judged stays behind, half filled, under an id that the client never learns.",
		Advice: "Judge the whole request before anything is stored, or do both in one transaction.",
	},
}
