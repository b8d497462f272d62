package check

// Who may do what, and how the deployment says no.

func authentication(id, title, norm, doc string) Check {
	return Check{
		ID: id, Title: title, Basis: ByContract, Norm: norm, Level: Failure, Mode: Generated, OWASP: []string{"API2:2023"}, Doc: doc,
		Advice: "Refuse the request with 401 before anything else looks at it.",
	}
}

func alternative(id, title, doc, advice string) Check {
	return Check{
		ID: id, Title: title, Basis: ByContract, Norm: "security", Level: Failure, Mode: Generated, OWASP: []string{"API2:2023"}, Doc: doc, Advice: advice,
	}
}

var authenticationChecks = []Check{
	authentication("AUTH-001", "A missing credential is refused", "security; RFC 9110, 15.5.2",
		"An operation that asks for a credential must not answer without one. Operations whose security is optional are left out."),
	authentication("AUTH-002", "A malformed credential is refused", "security; RFC 9110, 11.6.2",
		"A header of the wrong form must give 401 or 400 rather than success or a failure of the parser."),
	authentication("AUTH-003", "An unknown credential is refused", "security; RFC 9110, 15.5.2",
		"A credential that is well formed and that nobody issued proves nothing."),
	authentication("AUTH-004", "An expired credential is refused", "security; RFC 6750, 3.1; RFC 7519, 4.1.4",
		"Expiry bounds what a stolen credential is worth, if anybody looks at it."),
	authentication("AUTH-005", "A revoked credential is refused", "security; RFC 6750, 3.1; RFC 7009, 2.2",
		"After revocation the credential must stop to work, at the latest when the documented delay is over."),
	authentication("AUTH-006", "A tampered signature is refused", "security; RFC 8725, 3.1 and 3.2; RFC 7515, 5.2",
		"A token whose claims were changed, whose signature was cut off, or whose algorithm is none must not be taken for the real one."),
	authentication("AUTH-007", "A token for somebody else is refused", "security; RFC 8725, 3.8 and 3.9",
		"Issuer and audience say who made a token and for whom. A server that does not look takes tokens of every other service of the same issuer."),
	authentication("AUTH-008", "A credential in the wrong place is refused", "security",
		"The right value under another scheme, or in query instead of header, is not what the document asks for."),
	{
		ID: "AUTH-010", Title: "401 carries WWW-Authenticate", Basis: ByNorm, Norm: "RFC 9110, 11.6.1 and 15.5.2", Level: Failure, Mode: Passive,
		Doc:    "The header is a MUST, with at least one challenge: it says which kind of credential is wanted. Nothing is said where the contract states that the vendor sends none.",
		Advice: "Send WWW-Authenticate: Bearer realm=\"…\", or the challenge of the declared scheme.",
	},
	alternative("AUTH-011", "Each alternative works alone",
		"security lists alternatives; each of them suffices by itself. Clients choose one and cannot know that only another works.",
		"Accept each alternative, or take it out of the document."),
	alternative("AUTH-012", "Every part of a combination is needed",
		"Several schemes in one requirement must all be there. A deployment that is content with one of them has lost the other.",
		"Check every scheme of the requirement."),
	alternative("AUTH-013", "Optional security works without a credential",
		"An empty requirement among the alternatives welcomes anonymous requests.",
		"Answer without a credential, or take {} out of security."),
	{
		ID: "AUTH-014", Title: "401 is for the unknown, 403 for the known", Basis: ByNorm, Norm: "RFC 9110, 15.5.2 and 15.5.4", Level: Warning, Mode: Generated, OWASP: []string{"API2:2023"},
		Doc:    "401 makes a client obtain a new credential; 403 tells it that none will help. Mixed up, clients log in again and again, or never.",
		Advice: "Answer 401 where the credential is missing or bad, 403 where it is good and not enough.",
	},
	{
		ID: "AUTH-015", Title: "Authentication comes before validation", Basis: ByConvention, Norm: "RFC 9110, 15.5.2", Level: Warning, Mode: Generated, OWASP: []string{"API2:2023"},
		Doc:    "A stranger who gets 400 or 422 instead of 401 learns what a good request looks like, and reaches the parser.",
		Advice: "Judge the credential before the content is read.",
	},
	{
		ID: "AUTH-016", Title: "No credential is taken from the URL unless declared", Basis: ByNorm, Norm: "RFC 6750, 2.3 and 5.3; RFC 9110, 17.9", Level: Failure, Mode: Generated, OWASP: []string{"API2:2023"},
		Doc:    "URLs stand in logs, histories and Referer headers. A credential is taken from there only where the document declares it in query.",
		Advice: "Read credentials from where the document puts them only.",
	},
}

func authorisation(id, title, norm, doc, owasp string) Check {
	return Check{
		ID: id, Title: title, Basis: ByContract, Norm: norm, Level: Failure, Mode: Sequence, OWASP: []string{owasp}, Doc: doc,
		Advice: "Decide on the thing and the caller together, on every path that leads to it.",
	}
}

var authorisationChecks = []Check{
	authorisation("AUZ-001", "A missing scope is refused", "security scopes; RFC 6750, 3.1",
		"A credential without the scopes that the operation asks for gets 403, for OAuth with insufficient_scope.", "API5:2023"),
	authorisation("AUZ-002", "A lesser role is refused", "declared expectation",
		"Where the owner of the API says which role may use an operation, an actor with another one is refused.", "API5:2023"),
	authorisation("AUZ-003", "Another tenant cannot read", "declared expectation",
		"What one tenant created, an actor of another one cannot read. Only where the owner says that tenants are apart: reading may be meant.", "API1:2023"),
	authorisation("AUZ-004", "Another tenant cannot change or delete", "declared expectation",
		"The same for writing; whether it happened is seen by the owner's eyes, not by the answer.", "API1:2023"),
	authorisation("AUZ-005", "Lists show no foreign things", "declared expectation",
		"What cannot be read by its id must not stand in a list, either.", "API1:2023"),
	{
		ID: "AUZ-006", Title: "Refusals do not tell what exists", Basis: ByConvention, Norm: "RFC 9110, 15.5.4", Level: Warning, Mode: Sequence, OWASP: []string{"API1:2023"},
		Doc:    "403 for a foreign thing and 404 for one that is not there tell a stranger which ids exist.",
		Advice: "Answer 404 in both cases, or say in the document that existence is no secret.",
	},
	authorisation("AUZ-007", "Nobody in particular cannot write", "declared expectation",
		"A write without a credential succeeds although the owner says that there are no anonymous writes.", "API2:2023"),
}

var securityChecks = []Check{
	{
		ID: "SEC-001", Title: "Credentials travel over HTTPS only", Basis: ByNorm, Norm: "RFC 6750, 5.3; RFC 9110, 17.16.1", Level: Warning, Mode: Passive, OWASP: []string{"API8:2023"},
		Doc:    "An operation that answers a credential over plain HTTP invites clients to send it readably. Targets on the same machine are left out.",
		Advice: "Serve HTTPS only; a redirect comes too late, since the credential has been sent.",
	},
	{
		ID: "SEC-002", Title: "CORS does not trust every origin with credentials", Basis: ByConvention, Norm: "Fetch standard, 3.2", Level: Warning, Mode: Generated, OWASP: []string{"API8:2023"},
		Doc:    "A server that echoes any Origin and allows credentials lets every site act in the name of whoever visits it.",
		Advice: "Compare Origin with a list, or do not allow credentials.",
	},
	{
		ID: "SEC-003", Title: "Headers do not tell versions of software", Basis: ByConvention, Norm: "RFC 9110, 10.2.4", Level: Warning, Mode: Passive, OWASP: []string{"API8:2023"},
		Doc:    "Server, X-Powered-By and the like with a version tell an attacker which known hole to try. RFC 9110 advises against needless detail.",
		Advice: "Take the version out of the header, or the header out of the answer.",
	},
	{
		ID: "SEC-004", Title: "Authenticated answers are not left to shared caches", Basis: ByConvention, Norm: "RFC 9111, 3.5 and 5.2.2", Level: Warning, Mode: Passive, OWASP: []string{"API8:2023"},
		Doc: "public and s-maxage allow a shared cache to hand one customer's answer to the next, even though a credential was sent. Where nothing is said of caching it is noted, since caches " +
			"only hold back for Authorization, not for keys in other headers. Tokens themselves must come with no-store (RFC 6749, 5.1).",
		Advice: "Send Cache-Control: no-store, or private where the client may keep it.",
	},
	{
		ID: "SEC-005", Title: "Injected text does no harm", Basis: ByConvention, Norm: "RFC 9110, 17.4", Level: Warning, Mode: Generated, OWASP: []string{"API8:2023"},
		Doc:    "Quotes, markup and control characters in valid places must not bring about a failure, nor come back where they would be carried out. That the request succeeds is no finding.",
		Advice: "Pass values to the database as parameters, and encode on the way out.",
	},
	{
		ID: "SEC-006", Title: "URLs from requests are not fetched", Basis: ByConvention, Norm: "OWASP API7", Level: Warning, Mode: Disruptive, OWASP: []string{"API7:2023"}, Planned: true,
		Doc:    "A server that fetches a URL of a request can be sent to places only it can reach. The URL of a listener of our own is sent, and it is seen whether anybody comes.",
		Advice: "Fetch only from hosts on a list, and never from private addresses.",
	},
}
