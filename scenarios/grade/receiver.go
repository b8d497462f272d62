package grade

import "understudy/contracts/check"

// receiverRules are about the integration's own webhook endpoint, judged by how it answered deliveries.
var receiverRules = []Rule{
	{
		ID: "DLV-001", Title: "The receiver answers in time",
		Doc: "The sender waits for seconds, then takes the delivery for failed and sends it again. A receiver that does its work before it answers gets every event " +
			"several times.",
		Basis: check.ByContract, Norm: "x-understudy webhooks: timeout", Level: check.Failure,
		Needs:   "deliveries of webhooks",
		Decides: "Each delivery, but for those that were sent slowly on purpose, is answered within the sender's time limit.",
		Drill:   "webhook-attack",
		Advice:  "Check the signature, put the event into a queue, answer 2xx, and do the work afterwards.",
		Example: `queue.push(event)
res.sendStatus(204)`,
		judge: judgeInTime,
	},
	{
		ID: "DLV-002", Title: "A good delivery is answered with 2xx",
		Doc: "Every other answer is a failure for the sender: it tries again for days, and then switches the endpoint off. A redirect is not " +
			"followed.",
		Basis: check.ByNorm, Norm: "Standard Webhooks 1.0.0, deliveries", Level: check.Failure,
		Needs: "deliveries of webhooks with nothing wrong in them",
		Decides: "The last attempt of each good delivery is answered with 2xx. Where nothing listened at all it is a warning: the program may have ended " +
			"before.",
		Advice:  "Answer 2xx as soon as the event is safe, also to events that are of no interest.",
		Example: `if (!interesting(event.type)) return res.sendStatus(204)`,
		judge:   judgeTaken,
	},
	{
		ID: "DLV-003", Title: "A badly signed delivery is refused",
		Doc: "Whoever finds the endpoint's address can send to it. Only the signature tells the vendor's events from made-up ones: a receiver that takes the others hands out " +
			"goods that nobody paid.",
		Basis: check.ByNorm, Norm: "Standard Webhooks 1.0.0, verifying; OWASP API2:2023", Level: check.Failure,
		Needs: "a delivery whose signature was made bad on purpose",
		Decides: "An answer 2xx to a delivery whose signature is missing, wrong, or over another body is a failure; an answer 5xx, or none, is a " +
			"warning.",
		Drill:  "webhook-attack",
		Advice: "Verify over the raw bytes before parsing, with the vendor's library, and answer 401 or 400 where it fails.",
		Example: `app.post("/hooks", express.raw({ type: "*/*" }), (req, res) => {
  try { webhook.verify(req.body, req.headers) } catch { return res.sendStatus(401) }`,
		judge: judgeForged,
	},
	{
		ID: "DLV-004", Title: "A stale delivery is refused",
		Doc: "A delivery that somebody has recorded is signed as rightly tomorrow as today. The signed timestamp is there so that the receiver can refuse what is " +
			"too old.",
		Basis: check.ByNorm, Norm: "Standard Webhooks 1.0.0, verifying", Level: check.Failure,
		Needs:   "a delivery with a signed timestamp out of tolerance",
		Decides: "An answer 2xx to a timestamp out of the scheme's tolerance is a failure; an answer 5xx, or none, is a warning. Timestamps ahead that the scheme's own libraries accept may be.",
		Drill:   "webhook-attack",
		Advice:  "Refuse timestamps that are more than five minutes off, as the vendors' libraries do by default.",
		Example: `stripe.webhooks.constructEvent(body, signature, secret, 300)`,
		judge:   judgeStale,
	},
	{
		ID: "DLV-005", Title: "A duplicate is taken once and answered with 2xx",
		Doc: "Deliveries come at least once: a lost answer makes the sender try again. The second one of an event must be accepted, or it is sent for ever, and must have no second " +
			"effect.",
		Basis: check.ByNorm, Norm: "Standard Webhooks 1.0.0, idempotency", Level: check.Failure,
		Needs: "an event that was delivered again after it had been taken",
		Decides: "Each further delivery of an event that was taken is answered with 2xx. The same unsafe calls to the API behind both deliveries are a second effect; what the integration does elsewhere is " +
			"not seen.",
		Drill:   "webhook-attack",
		Advice:  "Keep the ids of the events that were taken, in the same transaction as their effect, and answer 2xx to those that are known.",
		Example: `INSERT INTO events (id) VALUES ($1) ON CONFLICT DO NOTHING   -- no row: taken before, answer 204`,
		judge:   judgeDuplicates,
	},
	{
		ID: "DLV-006", Title: "Events out of order are taken",
		Doc: "Events overtake each other. A receiver that expects \"created\" before \"changed\" refuses what is true, and is sent it again until it " +
			"gives up.",
		Basis: check.ByNorm, Norm: "Standard Webhooks 1.0.0, deliveries", Level: check.Failure,
		Needs:   "an event that was delivered behind a later one",
		Decides: "A delivery that comes behind one of a later event is answered with 2xx.",
		Drill:   "webhook-attack",
		Advice:  "Take each event for a sign that something changed, and read the present state from the API.",
		Example: `const order = await api.orders.get(event.data.id)   // what is true now, whatever came first`,
		judge:   judgeDisorder,
	},
	{
		ID: "DLV-007", Title: "An unknown event does no harm",
		Doc: "Vendors add events without asking. A receiver that fails on a name it does not know fails on the day on which the vendor adds " +
			"one.",
		Basis: check.ByNorm, Norm: "Standard Webhooks 1.0.0, event types", Level: check.Failure,
		Needs:   "a rightly signed delivery of an event that the contract does not know",
		Decides: "It is answered with 2xx. An answer 4xx is noted, since the sender tries it again; 5xx or none is a failure.",
		Drill:   "webhook-attack",
		Advice:  "Answer 2xx to events that are unknown, and do nothing.",
		Example: `default: // an event of a later version
	w.WriteHeader(http.StatusNoContent)`,
		judge: judgeUnknown,
	},
	{
		ID: "DLV-008", Title: "The receiver is reached over TLS, and nothing secret stands in its address",
		Doc: "Events hold what customers did and who they are. Over plain HTTP everybody on the way reads them, and can keep them from " +
			"arriving.",
		Basis: check.ByNorm, Norm: "Standard Webhooks 1.0.0, security; OWASP API8:2023", Level: check.Failure,
		Needs: "deliveries to an address that is not the machine itself",
		Decides: "An http address on a public host is a failure, one in a private network is noted. A user name or password in the address is a " +
			"warning.",
		Advice:  "Register an https address, and let the signature tell who sends.",
		Example: `https://hooks.example.com/ecoevents`,
		judge:   judgeReceiverAddress,
	},
	{
		ID: "DLV-009", Title: "A large delivery does no harm",
		Doc: "A receiver that reads whatever comes into memory can be brought down by one request, before it has looked at the " +
			"signature.",
		Basis: check.ByConvention, Norm: "OWASP API4:2023", Level: check.Warning,
		Needs:   "a delivery that was made very large on purpose",
		Decides: "It is answered with 2xx, or refused with 4xx such as 413; 5xx or no answer is a warning.",
		Drill:   "webhook-attack",
		Advice:  "Read no more than the vendor sends: a megabyte is plenty.",
		Example: `body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))`,
		judge:   judgeLarge,
	},
}
