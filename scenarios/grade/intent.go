package grade

import "understudy/contracts/check"

// intentRules are about unsafe calls: that what is wanted once happens once.
var intentRules = []Rule{
	{
		ID: "IDM-001", Title: "A repeated unsafe call carries the idempotency key that the contract takes",
		Doc: "When an answer is lost the client cannot know whether its order was carried out. With a key the API recognises the repeat and gives the first " +
			"answer again; without one it carries the order out twice.",
		Basis: check.ByContract, Norm: "the Idempotency-Key of the operation; draft-ietf-httpapi-idempotency-key-header, 2", Level: check.Failure,
		Needs: "a repeat of an unsafe call, to an operation that takes a key, behind an answer 5xx or none",
		Decides: "The first attempt and each repeat carry the key's header. Repeats behind 429 or another refusal are let be: nothing had been carried " +
			"out.",
		Drill:  "flaky-network",
		Advice: "Make a key when the order is made, before the first attempt, and send it with every attempt.",
		Example: `POST /payments
Idempotency-Key: 7f9c1f5e-5a0b-4bb5-9c53-7f9be2f0a2a1`,
		judge: judgeKeyOnRepeat,
	},
	{
		ID: "IDM-002", Title: "Unsafe calls carry an idempotency key from the first attempt on",
		Doc: "Only a call that carried a key from the start can be repeated safely. Who adds it when something has gone wrong is too late: the API has not seen the " +
			"first attempt's.",
		Basis: check.ByContract, Norm: "the Idempotency-Key of the operation", Level: check.Note,
		Needs:   "calls to operations that take an idempotency key",
		Decides: "Each unsafe call to such an operation carries the header; those without are noted, and a failure where the contract requires it.",
		Advice:  "Let the client library set a new key for each order by itself.",
		Example: `headers: { "Idempotency-Key": crypto.randomUUID() }`,
		judge:   judgeKeyed,
	},
	{
		ID: "IDM-003", Title: "All attempts of one order carry the same key",
		Doc: "The API recognises a repeat by its key alone. A key that is made anew in each attempt turns every repeat into a new order, which is what it was " +
			"to prevent.",
		Basis: check.ByNorm, Norm: "draft-ietf-httpapi-idempotency-key-header, 2.2", Level: check.Failure,
		Needs:   "a repeat of an unsafe call of which both attempts carry a key",
		Decides: "An attempt that repeats the same request behind a failure carries the key of the first attempt.",
		Drill:   "flaky-network",
		Advice:  "Make the key outside of the loop that repeats.",
		Example: `key := uuid.NewString()
for attempt := range 5 {
	err = post(order, key)`,
		judge: judgeSameKey,
	},
	{
		ID: "IDM-004", Title: "A key is never used for another order",
		Doc: "The second order with a known key is taken for a repeat: the API gives the answer of the first one and carries nothing out, or refuses it. Orders " +
			"get lost silently.",
		Basis: check.ByNorm, Norm: "draft-ietf-httpapi-idempotency-key-header, 2.2 and 2.7", Level: check.Failure,
		Needs: "two calls or more with idempotency keys",
		Decides: "Two calls of one account with one key and another operation, address or body are a failure. The same order once more, behind an answer that " +
			"told that it was carried out, is a warning.",
		Advice:  "Make a new key for each order; do not derive it from what two orders may share, such as the user or the day.",
		Example: `key := uuid.NewString() // for each order, stored with it`,
		judge:   judgeKeyReused,
	},
	{
		ID: "IDM-005", Title: "Idempotency keys cannot be guessed and do not collide",
		Doc: "Keys of two processes that count from one are the same, and then two orders are taken for one. A random UUID makes that as good as " +
			"impossible.",
		Basis: check.ByNorm, Norm: "draft-ietf-httpapi-idempotency-key-header, 2.2", Level: check.Note,
		Needs:   "calls with idempotency keys",
		Decides: "Keys that are shorter than 16 characters, or made of digits alone, are noted. A key from the order's own number, which may be meant, looks the same.",
		Advice:  "Use a random UUID (version 4 or 7).",
		Example: `crypto.randomUUID()`,
		judge:   judgeKeyStrength,
	},
	{
		ID: "IDM-006", Title: "A repeat has no second effect",
		Doc: "A connection that breaks behind the effect and before the answer is where doubled orders come from: the client repeats in good faith, and " +
			"the customer pays twice.",
		Basis: check.ByNorm, Norm: "RFC 9110, 9.2.2", Level: check.Failure,
		Needs: "an unsafe call that had its effect and whose answer was lost or an error",
		Decides: "The same call once more, that changes the state again, is a failure. A repeat that the API answered from its record, or a client that looks first " +
			"whether the order exists, keeps the rule.",
		Drill:  "flaky-network",
		Advice: "Send an idempotency key; where the API takes none, look for the order before sending it again.",
		Example: `found, err := api.FindByReference(ref) // behind a lost answer
if found == nil {
	api.Create(order)
}`,
		judge: judgeDoubled,
	},
}
