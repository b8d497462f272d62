package check

// What a user's own endpoint for webhooks is held to. The judge plays the vendor: it sends good deliveries and hostile ones.

func receiver(id, title string, basis Basis, norm, doc, advice string) Check {
	level := Failure
	if basis == ByConvention {
		level = Warning
	}
	return Check{ID: id, Title: title, Basis: basis, Norm: norm, Level: level, Mode: Sequence, Doc: doc, Advice: advice}
}

// forged is a check of a delivery that nobody but the vendor could have signed, and that the vendor has not signed.
func forged(id, title, doc, advice string) Check {
	c := receiver(id, title, ByContract, "x-understudy events.signature, webhooks.parameters", doc, advice)
	c.OWASP = []string{"API2:2023"}
	return c
}

const (
	noFailure     = "RFC 9110, 15.6"
	anyOrder      = "Standard Webhooks, Deliverability and reliability"
	idempotency   = "Standard Webhooks, Webhook headers"
	ofTheReceiver = "Refuse with a 4xx what cannot be worked on, and look for the exception in the receiver's log."
)

var receiverChecks = []Check{
	receiver("RCV-001", "A good delivery is accepted", ByContract, "webhooks.responses",
		"A delivery that keeps the contract and is rightly signed must be answered with a 2xx: any other status is a failed delivery for the sender, which repeats it and in the end switches the endpoint off.",
		"Compare the secret with the one that the deliveries are signed with, and verify the bytes of the body as they came."),
	receiver("RCV-002", "The answer comes in time", ByContract, "x-understudy webhooks.timeout",
		"A sender waits for the answer for seconds. One that comes later counts as none: the delivery is repeated although it was worked on.",
		"Answer as soon as the delivery is verified and stored, and work on it afterwards."),
	forged("RCV-003", "A delivery without a signature is refused",
		"Whoever knows the address can send to it. A delivery whose signature is missing or empty proves nothing about its sender.",
		"Refuse the delivery when the signature's header is missing, before anything else looks at it."),
	forged("RCV-004", "A signature of another secret is refused",
		"The secret is all that tells the vendor from anybody else. A signature that was made with a secret of the attacker's, or with the one of another family of events, must not be believed.",
		"Compute the signature with the endpoint's own secret and compare it in constant time."),
	forged("RCV-005", "A changed body is refused",
		"A signature holds for the bytes that it was made of. One that was made of another body, or of this one before a byte of it was changed, must not be believed.",
		"Compute the signature of the body that came, and compare all of it."),
	forged("RCV-006", "The bytes are verified as they came",
		"A receiver that parses JSON and verifies what it writes again accepts bodies that nobody has signed and refuses good ones as soon as the sender writes numbers, blanks or escapes in another way.",
		"Read the raw body before any parser, and verify that."),
	forged("RCV-007", "An old timestamp is refused",
		"The signed timestamp bounds how long a delivery that somebody has recorded can be played again. It is judged where the scheme signs one.",
		"Compare the timestamp with the time of the machine and refuse what is older than the tolerance, which is usually five minutes."),
	forged("RCV-008", "A timestamp far ahead is refused",
		"A delivery that is dated ahead can be played again until then. Standard Webhooks and Slack ask for the refusal; Stripe's own libraries accept any such timestamp, and nothing is said about it there.",
		"Refuse what is further ahead than the tolerance."),
	receiver("RCV-009", "One right signature among several is enough", ByContract, "x-understudy events.signature",
		"While a secret is rotated, deliveries carry a signature for the old one and one for the new one, in any order. A receiver that looks at the first only loses deliveries then.",
		"Compare with every signature of the header."),
	forged("RCV-010", "A scheme that proves nothing is refused",
		"The header names schemes besides the signatures. A receiver that believes one of test mode, a retired one or the word none can be talked out of verification.",
		"Look at the schemes that the vendor prescribes, and at no others."),
	forged("RCV-011", "A very long signature is refused",
		"A header of many kilobytes in which nothing is right must be refused without a failure and without a long wait.",
		"Bound how many signatures of a header are compared, and compare in constant time."),
	forged("RCV-012", "A signature of another family is refused",
		"Where a vendor signs its families of events in different ways, the kind of event decides which signature counts. A receiver that takes whichever header is there lets the secret of one family speak for the other.",
		"Choose the verification by the address or by the kind of event, never by the header that is there."),
	{
		ID: "RCV-013", Title: "Refusals have the documented status", Basis: ByContract, Norm: "webhooks.responses", Level: Warning, Mode: Sequence,
		Doc:    "Where the document says with which status an unverified delivery is refused, the vendor's dashboards and alerts look for that one.",
		Advice: "Answer with the documented status.",
	},
	receiver("RCV-014", "What is refused has no effect", ByContract, "x-understudy events.signature",
		"A receiver that works first and verifies afterwards refuses what it has done already. It is judged where an address tells what the receiver has done.",
		"Verify before anything is stored, queued or sent on."),
	receiver("RCV-015", "A delivery that comes again takes effect once", ByNorm, idempotency,
		"Deliveries come at least once: after a lost answer the sender repeats them, and whoever has recorded one can. The id is the same each time, and what has been done for it must not be done again, not even when both come at the same moment. It is judged where an address tells what the receiver has done.",
		"Store the id in the same transaction as the effect, with a unique index, and answer a known one with 2xx."),
	receiver("RCV-016", "A known id with another body has no effect", ByConvention, idempotency,
		"An id that was worked on stands for one event. Another body under it is a mistake of the sender, or somebody who has the secret.",
		"Look for the id before the content."),
	receiver("RCV-017", "Deliveries are taken in any order", ByNorm, anyOrder,
		"Repeated deliveries overtake others, so that an event may come before an earlier one. Both must be answered with 2xx.",
		"Compare the times of the events with what is stored, and ignore what is out of date with a 2xx."),
	receiver("RCV-018", "Unknown events do no harm", ByNorm, noFailure,
		"Vendors add kinds of events. One that is rightly signed and unknown is ignored with a 2xx or refused with a 4xx, and never an error of the receiver.",
		"Give the choice by the kind of event a branch for all others that does nothing."),
	receiver("RCV-019", "Unexpected events have no effect", ByConvention, "the receiver's own rules",
		"What nobody expects, by its kind or shape, should change nothing. It is judged where an address tells what the receiver has done.",
		"Work on the kinds that are known, and on those only when their members are there."),
	receiver("RCV-020", "Content of another shape or type does no harm", ByNorm, noFailure,
		"A signed body that is empty, no JSON, JSON of another shape, or sent under another content type is accepted or refused, and never an error of the receiver.", ofTheReceiver),
	receiver("RCV-021", "Compressed content does no harm", ByNorm, noFailure+"; 15.5.16",
		"Content in a coding that the receiver does not know is refused, best with 415; one that it knows is verified in the form in which it came.", ofTheReceiver),
	receiver("RCV-022", "Large content does no harm", ByNorm, noFailure+"; 15.5.14",
		"A signed body of a megabyte is accepted, or refused with 413 or another 4xx, in time. To close the connection is allowed.",
		"Bound the body that is read, and answer 413 above."),
	receiver("RCV-023", "A slow sender does no harm", ByNorm, noFailure,
		"A body that comes in small pieces is waited for, or refused with 408, without a failure.",
		"Read the body whole under a time limit of its own."),
	receiver("RCV-024", "Other methods do no harm", ByNorm, noFailure+"; 15.5.6",
		"Scanners and health checks ask with GET and HEAD. These are answered, best with 405, and never an error of the receiver.", ofTheReceiver),
	receiver("RCV-025", "A broken connection does no harm", ByNorm, noFailure,
		"A connection that breaks in the middle of a body ends that delivery and nothing else: the next one must be taken.",
		"Treat a body that ends early as refused, and give back what the request held."),
	receiver("RCV-026", "Deliveries at once are all taken", ByNorm, anyOrder,
		"After an outage the sender delivers what has piled up. Ten at a time are no burden, and each of them must be answered with 2xx in time.",
		"Answer when the delivery is stored, and keep locks and connections for no longer than that."),
	receiver("RCV-027", "The receiver stays up", ByNorm, noFailure,
		"After all that was sent, a good delivery is still taken.",
		"Look for what has ended or blocked the receiver, in the order of the trials."),
}
