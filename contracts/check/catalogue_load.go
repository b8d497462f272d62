package check

// Limits, load, deliveries and time.

func rate(id, title, norm, doc, advice string, mode Mode) Check {
	return Check{
		ID: id, Title: title, Basis: ByConvention, Norm: norm, Level: Warning, Mode: mode, OWASP: []string{"API4:2023"}, Doc: doc, Advice: advice,
	}
}

const rateDraft = "draft-ietf-httpapi-ratelimit-headers-10"

var rateChecks = []Check{
	rate("RATE-001", "Advertised limits can be read and agree", rateDraft+", 3 and 4",
		"RateLimit, RateLimit-Policy, RateLimit-* and X-RateLimit-* steer how fast clients go. Values must be readable, the rest must not exceed the limit, and a limit that the contract states must be the one that is shown.",
		"Write whole numbers, and take all headers from the same counter.", Passive),
	rate("RATE-002", "What remains falls", rateDraft+", 4",
		"Within one window of one limit every counted request leaves less. A number that stands still is made up, or counts something else. It is judged over the run, per operation and credential, on answers that succeeded.",
		"Show the counter that refuses requests.", Passive),
	rate("RATE-003", "The limit is enforced within its budget", rateDraft+", 7; RFC 6585, 4",
		"As many requests as are advertised pass, and not many more. Windows that follow the clock let twice as many through around a boundary, which is no finding.",
		"Count before the request is carried out, in one place for all servers.", Disruptive),
	rate("RATE-004", "A 429 tells when to come back", "RFC 6585, 4; RFC 9110, 10.2.3",
		"The status is documented and the answer carries Retry-After, in seconds or as an HTTP date; one that cannot be read is a failure. Nothing is said where the contract states that there is none.",
		"Send Retry-After with whole seconds, and document 429.", Passive),
	rate("RATE-005", "The service recovers when it promised", "RFC 9110, 10.2.3",
		"A request after Retry-After or reset passes, one before does not.",
		"Compute both from the moment at which the limit really opens.", Disruptive),
	rate("RATE-006", "Limits are kept per credential", rateDraft+", 3",
		"One caller's requests do not use up another's, where the contract says that limits count per credential.",
		"Put the caller into the counter's key.", Disruptive),
	rate("RATE-007", "Anonymous traffic is limited", "OWASP API4",
		"Operations that anybody may call, logins above all, answer 429 at some point.",
		"Count by address where there is no credential.", Disruptive),
}

func load(id, title, norm, doc, advice string) Check {
	return Check{
		ID: id, Title: title, Basis: ByConvention, Norm: norm, Level: Warning, Mode: Disruptive, OWASP: []string{"API4:2023"}, Doc: doc, Advice: advice,
	}
}

var loadChecks = []Check{
	load("LIM-001", "Page sizes are bounded", "parameters.schema.maximum",
		"A page size above the maximum is cut to it or refused.", "Bound the page size in the server, too."),
	load("LIM-002", "Oversized content is refused", "RFC 9110, 15.5.14",
		"Content far beyond anything the schema allows gives 413 or another 4xx rather than a failure or a long wait.", "Bound the content that is read."),
	load("LIM-003", "Deep and long content is answered in time", "RFC 8259, 9",
		"Deeply nested or very long content is refused or answered within the time that other requests take, not in minutes.", "Bound depth and number of items while parsing."),
}

func hook(id, title, norm, doc, advice string, basis Basis) Check {
	level := Failure
	if basis == ByConvention {
		level = Warning
	}
	return Check{ID: id, Title: title, Basis: basis, Norm: norm, Level: level, Mode: Disruptive, Doc: doc, Advice: advice}
}

var hookChecks = []Check{
	hook("HOOK-001", "The delivery arrives in time", "webhooks, callbacks",
		"After what causes the event, a delivery reaches the registered endpoint within the time that was given.",
		"Look at the queue between the event and its delivery.", ByContract),
	hook("HOOK-002", "The delivery matches the document", "webhooks.requestBody, callbacks",
		"Content and headers of the delivery keep the schema of the webhook or callback.",
		"Make the payload from the documented schema.", ByContract),
	hook("HOOK-003", "The signature verifies", "x-understudy events.signature",
		"The receiver's only proof of who sent the delivery must hold over the bytes as they came.",
		"Sign the bytes that are sent, not the object they were made from.", ByContract),
	hook("HOOK-004", "The timestamp is fresh", "Standard Webhooks, Verifying webhook authenticity",
		"A signed timestamp far from now is refused by receivers, retries included: each attempt has its own.",
		"Sign at the moment of sending.", ByContract),
	hook("HOOK-005", "Retries carry the same id", "Standard Webhooks, Webhook headers",
		"The id of the event is how a receiver knows that it has seen it. It must not change from one attempt to the next.",
		"Make the id when the event happens, not when it is sent.", ByConvention),
	hook("HOOK-006", "Failed deliveries are tried again, later and later", "Standard Webhooks, Deliverability and reliability",
		"After a 5xx or a time-out there is another attempt, and the pauses grow.",
		"Retry with growing pauses.", ByConvention),
	hook("HOOK-007", "Deliveries stop after success and after 410", "Standard Webhooks, Deliverability and reliability",
		"What was received is not sent again; an endpoint that says it is gone is left alone.",
		"Mark the delivery as done on any 2xx, and the endpoint as off on 410.", ByConvention),
	hook("HOOK-008", "Rotation signs with both secrets", "Standard Webhooks, Secret rotation",
		"While a secret is replaced, deliveries verify with the old one and the new one.",
		"Send a signature for each secret that is valid.", ByConvention),
	{
		ID: "HOOK-009", Title: "Private endpoints are refused", Basis: ByConvention, Norm: "Standard Webhooks, Server side request forgery", Level: Warning, Mode: Disruptive, Planned: true,
		OWASP:  []string{"API7:2023"},
		Doc:    "An endpoint with a loopback, private or link-local address makes the sender call inside its own network.",
		Advice: "Refuse such addresses when the endpoint is registered, and again after its name is resolved.",
	},
}
