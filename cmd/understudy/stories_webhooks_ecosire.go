package main

import "fmt"

// storyEpoch is when stories begin, in Unix seconds.
const storyEpoch = "1772442000"

// stripeTypes are the events of ECOSIRE that are signed like Stripe's, with the kind of object that each is about and the row
// that names it.
var stripeTypes = []struct{ name, object, row string }{
	{"invoice.paid", "invoice", "ECOSIRE-57"},
	{"customer.subscription.deleted", "subscription", "ECOSIRE-58"},
	{"customer.subscription.updated", "subscription", "ECOSIRE-59"},
	{"charge.refunded", "charge", "ECOSIRE-60"},
	{"payment_intent.payment_failed", "payment_intent", "ECOSIRE-61"},
}

// endpoint registers an address of the inbox, for events of a pattern.
func endpoint(tells, address, events string, proves ...string) step {
	return step{
		tells: tells, to: management, method: "POST", path: "/endpoints", body: fmt.Sprintf(`{"url":"{inbox}%s","events":[%q]}`, address, events),
		status: 201, proves: proves, keep: kept{"endpoint": "/id"}, wants: seen{"/enabled": true, "/events/0": events},
	}
}

// tell sends an event by hand, with further members of the request.
func tell(tells, event, members string, deliveries int, proves ...string) step {
	return step{
		tells: tells, to: management, method: "POST", path: "/events", body: fmt.Sprintf(`{"type":%q%s}`, event, members), status: 201, proves: proves,
		keep: kept{"event": "/event/id"}, wants: seen{"/event/type": event, "/deliveries": entries(deliveries)},
	}
}

// heard waits until so many requests have come to an address of the inbox. The places of wants are those of the answer.
func heard(tells, address string, count int, wants seen, proves ...string) step {
	all := seen{"/arrived": true, "/requests": entries(count)}
	for place, want := range wants {
		all[place] = want
	}
	return step{
		tells: tells, to: management, method: "POST", path: "/inbox/wait", body: fmt.Sprintf(`{"address":%q,"count":%d,"within":"20s"}`, address, count),
		status: 200, proves: proves, wants: all,
	}
}

// The places of what came first to an address of the inbox.
const (
	cameBody    = "/requests/0/request/body/text"
	cameStripe  = "/requests/0/request/headers/Stripe-Signature/0"
	cameLicence = "/requests/0/request/headers/X-License-Signature/0"
	verdictGood = "/requests/0/verdict/good"
)

// ecosireWebhookStories are about the eight events, what is in them and how they are signed.
func ecosireWebhookStories() []story {
	return []story{
		{
			contract: "ecosire", tells: "who hears of it: eight events, two families of signatures",
			steps: append(ecosireLicenceSteps(), ecosireStripeSteps()...),
		},
		{
			contract: "ecosire", tells: "a checkout is paid: an order and licences, once",
			steps: ecosireCheckoutSteps(),
		},
		{
			contract: "ecosire", tells: "examples, a command, and signatures that are checked",
			steps: ecosirePageOfEvents(),
		},
	}
}

func ecosireLicenceSteps() []step {
	return []step{
		{
			tells: "the events", to: management, method: "GET", path: "/events", status: 200, proves: []string{"ECOSIRE-51"},
			wants: seen{
				"/events": entries(8), "/events/0/type": "checkout.session.completed", "/events/1/type": "invoice.paid", "/events/2/type": "customer.subscription.deleted",
				"/events/3/type": "customer.subscription.updated", "/events/4/type": "charge.refunded", "/events/5/type": "payment_intent.payment_failed",
				"/events/6/type": "license.validated", "/events/7/type": "license.activated",
			},
		},
		{
			tells: "an endpoint for all of them, with its secrets under their names", to: management, method: "POST", path: "/endpoints", body: `{"url":"{inbox}/all"}`,
			status: 201, proves: []string{"ECOSIRE-50", "ECOSIRE-65", "ECOSIRE-67"}, keep: kept{"all": "/id"},
			wants: seen{
				"/events": same(`["*"]`), "/secrets": entries(2), "/secrets/0/name": "ECOSIRE_LICENSE_SECRET", "/secrets/0/text": all{"{ECOSIRE_LICENSE_SECRET}", other("{STRIPE_WEBHOOK_SECRET}")},
				"/secrets/1/name": "STRIPE_WEBHOOK_SECRET", "/secrets/1/text": all{"{STRIPE_WEBHOOK_SECRET}", like(`^whsec_`)},
			},
		},
		endpoint("and one for licences", "/licences", "license.*", "ECOSIRE-50"),
		{
			tells: "a licence is activated", method: "POST", path: "/licenses/activate", body: `{"key":"ECO-AAAA-BBBB-CCCC","domain":"shop.example"}`, status: 200,
			proves: []string{"ECOSIRE-63"}, wants: seen{"/activated": true},
		},
		{
			tells: "its event came at once, signed, without Stripe's header", to: management, method: "POST", path: "/inbox/wait",
			body: `{"address":"/licences","within":"20s"}`, status: 200, keep: kept{"body": cameBody, "activated": "json " + cameBody + " /id"},
			proves: []string{"ECOSIRE-49", "ECOSIRE-63", "ECOSIRE-66", "ECOSIRE-68", "ECOSIRE-G06", "ECOSIRE-G07"},
			wants: seen{
				"/requests": entries(1), "/requests/0/at": "2026-03-02T09:00:00Z", "/requests/0/request/method": "POST", verdictGood: true,
				"/requests/0/verdict/secret": "ECOSIRE_LICENSE_SECRET", cameLicence: like(`^[0-9a-f]{64}$`), cameStripe: absent,
				"json " + cameBody + " ": entries(5), "json " + cameBody + " /type": "license.activated", "json " + cameBody + " /object": "event",
				"json " + cameBody + " /data/object/key": "ECO-AAAA-BBBB-CCCC", "json " + cameBody + " /data/object/object": "license", "json " + cameBody + " /data/object": entries(9),
			},
		},
		{
			tells: "the delivery is over at the instant at which it was caused", to: management, method: "POST", path: "/deliveries/wait",
			body: `{"event":"{activated}","within":"20s"}`, status: 200, proves: []string{"ECOSIRE-49"},
			wants: seen{"/arrived": true, "/delivery/created_at": "2026-03-02T09:00:00Z", "/delivery/ended_at": "2026-03-02T09:00:00Z", "/delivery/attempts": 1},
		},
		heard("computed again: HMAC-SHA256 in lower-case hex over the bytes that came, with the licence secret alone", "/licences", 1, seen{
			cameLicence: all{sealed{"{ECOSIRE_LICENSE_SECRET}", "{body}"}, like(`^[0-9a-f]{64}$`)},
		}, "ECOSIRE-67", "ECOSIRE-68", "ECOSIRE-G06", "COMMON-08"),
		{
			tells: "with the other secret it is not believed", to: management, method: "POST", path: "/events/verify", proves: []string{"ECOSIRE-67"},
			body:   `{"scheme":"hmac-hex","header":"X-License-Signature","env":"STRIPE_WEBHOOK_SECRET","body":"x","headers":{"X-License-Signature":"` + fmt.Sprintf("%064d", 0) + `"}}`,
			status: 200, wants: seen{"/valid": false, "/reason": "mismatch"},
		},
		{
			tells: "a licence is validated", method: "POST", path: "/licenses/validate", body: `{"key":"ECO-AAAA-BBBB-CCCC"}`, status: 200, proves: []string{"ECOSIRE-62"},
			wants: seen{"/valid": true},
		},
		heard("its event", "/licences", 2, seen{
			"/requests/1/verdict/good": true, "json /requests/1/request/body/text /type": "license.validated", "/requests/1/request/headers/Stripe-Signature": absent,
		}, "ECOSIRE-62", "ECOSIRE-66"),
		{
			tells: "one that has expired is not good, and nobody is told", method: "POST", path: "/licenses/validate", body: `{"key":"ECO-P4RD-6WTN-8HVC"}`, status: 200,
			wants: seen{"/valid": false},
		},
		heard("both came to the one endpoint, and to the other", "/all", 2, seen{"/requests/1/verdict/good": true}, "ECOSIRE-50"),
	}
}

func ecosireStripeSteps() []step {
	var list []step
	for i, event := range stripeTypes {
		n := fmt.Sprint(i)
		list = append(list,
			tell(event.name, event.name, "", 1, event.row, "ECOSIRE-50"),
			step{
				tells: "it came, signed like Stripe's", to: management, method: "POST", path: "/inbox/wait", body: fmt.Sprintf(`{"address":"/all","text":%q,"within":"20s"}`, event.name),
				status: 200, proves: []string{event.row, "ECOSIRE-64", "ECOSIRE-66", "ECOSIRE-G08"}, keep: kept{"body" + n: cameBody},
				wants: seen{
					"/requests": entries(1), verdictGood: true, "/requests/0/verdict/secret": "STRIPE_WEBHOOK_SECRET", cameStripe: like(`^t=` + storyEpoch + `,v1=[0-9a-f]{64}$`),
					cameLicence: absent, "json " + cameBody + " ": entries(5), "json " + cameBody + " /object": "event", "json " + cameBody + " /type": event.name,
					"json " + cameBody + " /data/object/object": event.object, "json " + cameBody + " /created": like(`^\d+$`),
				},
			},
			step{
				tells: "computed again: HMAC-SHA256 over t, a dot and the bytes that came, keyed with the whole text of the secret", to: management, method: "POST", path: "/inbox/wait",
				body: fmt.Sprintf(`{"address":"/all","text":%q}`, event.name), status: 200, proves: []string{"ECOSIRE-64", "ECOSIRE-65", "COMMON-08"},
				wants: seen{cameStripe: sealed{"{STRIPE_WEBHOOK_SECRET}", storyEpoch + ".{body" + n + "}"}},
			},
		)
	}
	return append(list,
		step{
			tells: "the header as it was written", to: management, method: "POST", path: "/deliveries/wait", body: `{"event":"{event}","within":"20s"}`, status: 200,
			proves: []string{"ECOSIRE-X09"}, keep: kept{"delivery": "/delivery/id"}, wants: seen{"/arrived": true},
		},
		step{
			tells: "is in lower case", to: management, method: "GET", path: "/deliveries/{delivery}", status: 200, proves: []string{"ECOSIRE-X09"},
			wants: seen{"/attempts/0/request/headers/stripe-signature/0": like(`^t=`), "/attempts/0/request/headers/Stripe-Signature": absent},
		},
		tell("the sixth one", "checkout.session.completed", `,"to":"{all}"`, 1, "ECOSIRE-52"),
		step{
			tells: "it came once", to: management, method: "POST", path: "/inbox/wait", body: `{"text":"checkout.session.completed","within":"20s"}`, status: 200,
			proves: []string{"ECOSIRE-52", "ECOSIRE-64"}, wants: seen{"/requests": entries(1), verdictGood: true, "/requests/0/address": "/all"},
		},
	)
}

// documentedCheckout is what stands below data in body A of the documentation.
const documentedCheckout = `{"object":{"id":"cs_live_abc123","object":"checkout.session","customer_email":"customer@example.com","amount_total":24900,"currency":"usd",` +
	`"mode":"payment","payment_status":"paid","metadata":{"userId":"usr_01HXYZ","productIds":"[\"prd_01HODOOCRM\"]"}}}`

func ecosireCheckoutSteps() []step {
	orders := func(tells string, count int) step {
		return step{tells: tells, method: "GET", path: "/orders?limit=100", status: 200, proves: []string{"ECOSIRE-53"}, wants: seen{"/data": entries(count)}}
	}
	licences := func(tells string, count int) step {
		return step{tells: tells, method: "GET", path: "/licenses?limit=100", status: 200, proves: []string{"ECOSIRE-53"}, wants: seen{"/data": entries(count)}}
	}
	twoProducts := `,"id":"evt_1TwoProducts","data":{"/data/object/metadata/productIds":"[\"prd_01HODOOCRM\",\"prd_01HODOOINV\"]"}`
	return []step{
		endpoint("an endpoint", "/shop", "checkout.*", "ECOSIRE-52"),
		orders("three orders", 3),
		licences("three licences", 3),
		tell("somebody pays", "checkout.session.completed", "", 1, "ECOSIRE-52", "ECOSIRE-53"),
		heard("the documented body, to the member", "/shop", 1, seen{
			verdictGood: true, "json " + cameBody + " ": entries(5), "json " + cameBody + " /id": all{"{event}", like(`^evt_`)}, "json " + cameBody + " /object": "event",
			"json " + cameBody + " /type": "checkout.session.completed", "json " + cameBody + " /created": 1772442000, "json " + cameBody + " /data": same(documentedCheckout),
			"json " + cameBody + " /data/object/amount_total": 24900, "json " + cameBody + " /data/object/currency": "usd", "json " + cameBody + " /data/object/mode": "payment",
			"json " + cameBody + " /data/object/payment_status": "paid", "json " + cameBody + " /data/object/metadata/productIds": `["prd_01HODOOCRM"]`,
			"json " + cameBody + " /data/object/metadata/userId": like(`^usr_`),
		}, "ECOSIRE-52", "ECOSIRE-54", "ECOSIRE-55", "ECOSIRE-56"),
		heard("the list of products is a string that holds a list, and nothing of Stripe's stands there that is not documented", "/shop", 1, seen{
			"json json " + cameBody + " /data/object/metadata/productIds ": same(`["prd_01HODOOCRM"]`), "json " + cameBody + " /api_version": absent,
			"json " + cameBody + " /livemode": absent, "json " + cameBody + " /pending_webhooks": absent, "json " + cameBody + " /request": absent,
		}, "ECOSIRE-56", "ECOSIRE-X11"),
		orders("one order more", 4),
		licences("one licence more", 4),
		{
			tells: "delivered again", to: management, method: "POST", path: "/told-events/{event}/replay", body: "{}", status: 201, proves: []string{"ECOSIRE-53"},
			wants: seen{"/deliveries": entries(1), "/deliveries/0/event": "{event}"},
		},
		heard("the same event id", "/shop", 2, seen{"json /requests/1/request/body/text /id": "{event}"}, "ECOSIRE-53"),
		orders("no order more", 4),
		tell("somebody pays for two products", "checkout.session.completed", twoProducts, 1, "ECOSIRE-53"),
		orders("one order more", 5),
		licences("two licences more", 6),
		tell("told again by that id", "checkout.session.completed", twoProducts, 1, "ECOSIRE-53"),
		orders("no order more", 5),
		licences("no licence more", 6),
	}
}

func ecosirePageOfEvents() []step {
	list := []step{}
	for _, name := range []string{"checkout.session.completed", "license.activated"} {
		list = append(list, step{
			tells: "an example of " + name, to: management, method: "GET", path: "/events/" + name, status: 200, proves: []string{"ECOSIRE-71"},
			wants: seen{"/payload/type": name, "/payload/data/object/object": like(`.`), "/basis": "documented", "/secret": like(`_SECRET$`)},
		})
	}
	return append(list,
		step{
			tells: "a delivery as a command", to: management, method: "GET", path: "/events/invoice.paid/curl?url={inbox|form}%2Fcurl", status: 200, proves: []string{"ECOSIRE-71"},
			wants: seen{"/command": all{has("curl "), has("stripe-signature: t=" + storyEpoch + ",v1="), has("{inbox}/curl"), has(`invoice.paid`)}},
		},
		step{
			tells: "sign a body", to: management, method: "POST", path: "/events/sign", body: `{"type":"invoice.paid","body":"{\"id\":\"evt_1\"}"}`, status: 200,
			proves: []string{"ECOSIRE-71"}, keep: kept{"signature": "/headers/stripe-signature/0"},
			wants: seen{"/headers/stripe-signature/0": sealed{"{STRIPE_WEBHOOK_SECRET}", storyEpoch + `.{"id":"evt_1"}`}},
		},
		step{
			tells: "the signature is good", to: management, method: "POST", path: "/events/verify", status: 200, proves: []string{"ECOSIRE-71", "COMMON-08"},
			body: `{"type":"invoice.paid","body":"{\"id\":\"evt_1\"}","headers":{"stripe-signature":"{signature}"}}`, wants: seen{"/valid": true, "/secret": "STRIPE_WEBHOOK_SECRET"},
		},
		step{
			tells: "of the same JSON in other bytes it is not", to: management, method: "POST", path: "/events/verify", status: 200, proves: []string{"ECOSIRE-71", "COMMON-08"},
			body: `{"type":"invoice.paid","body":"{\"id\": \"evt_1\"}","headers":{"stripe-signature":"{signature}"}}`, wants: seen{"/valid": false, "/reason": "mismatch"},
		},
		step{
			tells: "nor is it five minutes and a second later", to: management, method: "POST", path: "/events/verify", status: 200, proves: []string{"ECOSIRE-71"},
			body:  `{"type":"invoice.paid","body":"{\"id\":\"evt_1\"}","at":"2026-03-02T09:05:01Z","headers":{"stripe-signature":"{signature}"}}`,
			wants: seen{"/valid": false, "/reason": "too-old"},
		},
	)
}
