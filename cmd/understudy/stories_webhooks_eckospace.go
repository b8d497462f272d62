package main

import (
	"fmt"
	"strings"
)

// eckospaceWebhookStories are about the four families of events that EckoSpace tells.
func eckospaceWebhookStories() []story {
	return []story{
		{contract: "eckospace", tells: "signed webhooks of four families, each of which can be off", steps: familySteps()},
	}
}

func familySteps() []step {
	list := []step{
		{
			tells: "four families", to: management, method: "GET", path: "/event-families", status: 200, proves: []string{"ECKOSPACE-23", "ECKOSPACE-G05"},
			wants: seen{
				"/families": entries(4), "/families/0/name": "business", "/families/1/name": "moderation", "/families/2/name": "payment", "/families/3/name": "wallet",
				"text": lacks(`"on":false`),
			},
		},
		endpoint("an endpoint for all of them", "/app", "*", "ECKOSPACE-23"),
	}
	for i, family := range []string{"payment", "wallet", "moderation", "business"} {
		event := family + ".updated"
		n := fmt.Sprint("/requests/", i)
		list = append(list,
			tell(event, event, "", 1, "ECKOSPACE-23", "ECKOSPACE-G05", "ECKOSPACE-X02"),
			heard("it comes, with a good signature", "/app", i+1, seen{
				n + "/verdict/good": true, n + "/verdict/signature": "standard-webhooks", n + "/verdict/secret": "ECKOSPACE_WEBHOOK_SECRET",
				n + "/request/headers/Webhook-Id/0": like(`.`), n + "/request/headers/Webhook-Timestamp/0": storyEpoch, n + "/request/headers/Webhook-Signature/0": like(`^v1,`),
				"json " + n + "/request/body/text /type": event,
			}, "ECKOSPACE-23", "ECKOSPACE-G05", "ECKOSPACE-X02"),
			step{
				tells: "switch " + family + " off", to: management, method: "PUT", path: "/event-families/" + family, body: `{"on":false}`, status: 200,
				proves: []string{"ECKOSPACE-23"}, wants: seen{"/on": false, "/events": same(fmt.Sprintf(`[%q]`, event))},
			},
			step{
				tells: "it is silent", to: management, method: "POST", path: "/events", body: fmt.Sprintf(`{"type":%q}`, event), status: 409,
				proves: []string{"ECKOSPACE-23"}, wants: seen{"/code": "family_off"},
			},
		)
	}
	return append(list,
		step{
			tells: "no more came than the four", to: management, method: "GET", path: "/inbox", status: 200, proves: []string{"ECKOSPACE-23"}, wants: seen{"/requests": entries(4)},
		},
		step{
			tells: "switch payment on", to: management, method: "PUT", path: "/event-families/payment", body: `{"on":true}`, status: 200, proves: []string{"ECKOSPACE-23"},
			wants: seen{"/on": true},
		},
		tell("a delivery of an event that nobody knows, rightly signed", "payment.updated", `,"misbehaviour":[{"kind":"unknown-event"}]`, 1, "ECKOSPACE-25"),
		heard("its signature is good, its name is new", "/app", 5, seen{
			"/requests/4/verdict/good": true, "json /requests/4/request/body/text /type": other("payment.updated"),
		}, "ECKOSPACE-25"),
		tell("a body of another shape, signed as it is", "payment.updated", `,"payload":{"unexpected":true},"force":true`, 1, "ECKOSPACE-25"),
		heard("it came so", "/app", 6, seen{"/requests/5/verdict/good": true, "/requests/5/request/body/text": `{"unexpected":true}`}, "ECKOSPACE-25"),
		tell("one that is not signed", "payment.updated", `,"misbehaviour":[{"kind":"unsigned"}]`, 1, "ECKOSPACE-24"),
		heard("it came so, too", "/app", 7, seen{"/requests/6/verdict/good": false, "/requests/6/verdict/reason": "missing"}, "ECKOSPACE-24"),
	)
}

const (
	stripeRoute    = "/payment/stripe/webhook"
	stripePaid     = `{"id":"evt_1QEckoPaid","object":"event","type":"payment_intent.succeeded","created":1772442000,"data":{"object":{"id":"pi_1QEckoPaid","amount":4500}}}`
	stripeOther    = `{"id":"evt_1QEckoLate","object":"event","type":"payment_intent.succeeded","created":1772442000,"data":{"object":{"id":"pi_1QEckoLate","amount":4500}}}`
	badSignature   = `{"message":"Invalid signature."}`
	stripeSignedAs = "/headers/Stripe-Signature/0"
)

// eckospaceInboundStories are about the route on which EckoSpace takes Stripe's events.
func eckospaceInboundStories() []story {
	return []story{
		{contract: "eckospace", tells: "Stripe's events come in, signed", steps: inboundSteps()},
	}
}

// inText writes a text as it stands inside a JSON string.
func inText(text string) string { return strings.ReplaceAll(text, `"`, `\"`) }

func inboundSteps() []step {
	sign := func(tells, more, name string) step {
		return step{
			tells: tells, to: management, method: "POST", path: "/events/sign", body: fmt.Sprintf(`{"scheme":"stripe","body":"%s"%s}`, inText(stripePaid), more), status: 200,
			keep: kept{name: stripeSignedAs}, wants: seen{stripeSignedAs: like(`^t=\d+,v\d=`)},
		}
	}
	deliver := func(tells, body, signature string, status int, wants seen, proves ...string) step {
		st := step{
			tells: tells, method: "POST", path: stripeRoute, as: nobody, body: body, status: status, wants: wants, proves: proves,
		}
		if signature != "" {
			st.headers = head{"Stripe-Signature": signature}
		}
		return st
	}
	refused := func(tells, body, signature string) step {
		return deliver(tells, body, signature, 403, seen{"": same(badSignature)}, "ECKOSPACE-15", "ECKOSPACE-24", "ECKOSPACE-G08")
	}
	return []step{
		{
			tells: "it is the one route that takes others' webhooks", to: management, method: "GET", path: "/inbound", status: 200, proves: []string{"ECKOSPACE-15", "ECKOSPACE-X02"},
			wants: seen{
				"/operations": entries(1), "/operations/0/path": stripeRoute, "/operations/0/signature": "stripe", "/operations/0/secret": "STRIPE_WEBHOOK_SECRET",
				"/secrets/0/own": true, "/received": entries(0),
			},
		},
		sign("sign an event as Stripe does", "", "good"),
		refused("unsigned", stripePaid, ""),
		refused("altered on the way", stripeOther, "{good}"),
		sign("sign one with a secret that nobody gave away", `,"secret":"whsec_8f14e45fceea167a5a36dedd4bea2543"`, "wrong"),
		refused("with the wrong secret", stripePaid, "{wrong}"),
		sign("sign one that is old", `,"at":"2026-03-02T08:54:59Z"`, "stale"),
		refused("stale by a second", stripePaid, "{stale}"),
		{
			tells: "a bearer token is no signature", method: "POST", path: stripeRoute, as: "ECKOSPACE_TOKEN", body: stripePaid, status: 403, proves: []string{"ECKOSPACE-15", "ECKOSPACE-24"},
			headers: head{"Authorization": "Bearer {ECKOSPACE_TOKEN}"}, wants: seen{"": same(badSignature)},
		},
		deliver("the good one: no token, no cookie, no CSRF token", stripePaid, "{good}", 200, seen{"/received": true}, "ECKOSPACE-15", "ECKOSPACE-X02"),
		deliver("again: it is answered as before", stripePaid, "{good}", 200, seen{"/received": true}, "ECKOSPACE-15"),
		{
			tells: "and had no second effect; the refused ones had none", to: management, method: "GET", path: "/inbound", status: 200,
			proves: []string{"ECKOSPACE-15", "ECKOSPACE-24"},
			wants: seen{
				"/received": entries(7), "/received/0/problem": "signature_invalid", "/received/4/problem": "signature_invalid", "/received/5/status": 200, "/received/5/note": absent,
				"/received/6/status": 200, "/received/6/note": has("taken before"),
			},
		},
	}
}
