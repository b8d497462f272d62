package main

import (
	"fmt"
	"time"
)

// hostile are deliveries that a receiver must not believe, with the reason for which it must not.
var hostile = []struct{ kind, reason string }{
	{"unsigned", "missing"}, {"wrong-secret", "mismatch"}, {"changed-byte", "mismatch"}, {"stale-timestamp", "too-old"}, {"other-family", ""},
}

// ecosireDeliveryStories are about attempts, the rotation of secrets, and deliveries that are spoiled on command.
func ecosireDeliveryStories() []story {
	return []story{
		{contract: "ecosire", tells: "a receiver that fails for three days", steps: failingSteps()},
		{contract: "ecosire", tells: "secrets of webhooks are rotated", steps: rotationSteps()},
		{contract: "ecosire", tells: "deliveries that a receiver must refuse", steps: hostileSteps()},
	}
}

func failingSteps() []step {
	list := []step{
		endpoint("an endpoint", "/down", "invoice.paid"),
		{
			tells: "that fails", to: management, method: "PUT", path: "/inbox/answers", body: `{"address":"/down","answers":[{"status":500,"forever":true}]}`, status: 200,
			wants: seen{"/answers": 1},
		},
		tell("an invoice is paid", "invoice.paid", "", 1, "ECOSIRE-49", "ECOSIRE-G13"),
		heard("the first attempt is made at once", "/down", 1, seen{"/requests/0/at": "2026-03-02T09:00:00Z", "/requests/0/status": 500}, "ECOSIRE-49", "ECOSIRE-G13"),
	}
	at := storyBegins
	waits := []time.Duration{
		5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	}
	for i, wait := range waits {
		at = at.Add(wait)
		n := fmt.Sprint("/requests/", i+1)
		due := heard(fmt.Sprintf("attempt %d, %s later: the same event, signed anew", i+2, lengthText(wait)), "/down", i+2, seen{
			n + "/at": at.Format(time.RFC3339), n + "/verdict/good": true, "json " + n + "/request/body/text /id": "{event}",
			n + "/request/headers/Stripe-Signature/0": like(fmt.Sprintf(`^t=%d,v1=`, at.Unix())),
		}, "ECOSIRE-G13")
		due.advance = wait
		list = append(list, due)
	}
	return append(list,
		step{
			tells: "that was the last one", advance: 72 * time.Hour, to: management, method: "GET", path: "/deliveries?event={event}", status: 200, proves: []string{"ECOSIRE-G13"},
			keep: kept{"dead": "/deliveries/0/id"}, wants: seen{"/deliveries/0/state": "dead", "/deliveries/0/attempts": 10, "/deliveries/0/ended_at": at.Format(time.RFC3339)},
		},
		step{
			tells: "the receiver is well again", to: management, method: "PUT", path: "/inbox/answers", body: `{"address":"/down","answers":[{"status":201}]}`, status: 200,
			wants: seen{"/answers": 1},
		},
		step{
			tells: "do it again", to: management, method: "POST", path: "/deliveries/{dead}/replay", body: "{}", status: 201, wants: seen{"/replay_of": "{dead}", "/event": "{event}"},
		},
		step{
			tells: "any 2xx is success", to: management, method: "POST", path: "/deliveries/wait", body: `{"event":"{event}","within":"20s"}`, status: 200, proves: []string{"ECOSIRE-G13"},
			wants: seen{"/arrived": true, "/delivery/state": "delivered", "/delivery/status": 201},
		},
	)
}

func rotationSteps() []step {
	list := []step{endpoint("an endpoint", "/office", "*", "ECOSIRE-G16")}
	for _, name := range []string{"STRIPE_WEBHOOK_SECRET", "ECOSIRE_LICENSE_SECRET"} {
		list = append(list, step{
			tells: "replace " + name, to: management, method: "POST", path: "/endpoints/{endpoint}/rotate", body: fmt.Sprintf(`{"name":%q}`, name), status: 200, proves: []string{"ECOSIRE-G16"},
			keep:  kept{name + "_NEXT": map[string]string{"STRIPE_WEBHOOK_SECRET": "/secrets/1/text", "ECOSIRE_LICENSE_SECRET": "/secrets/0/text"}[name]},
			wants: seen{"text": all{has(`"expires_at":"2026-03-03T09:00:00Z"`), lacks("{" + name + "}")}},
		})
	}
	return append(list,
		tell("an invoice is paid", "invoice.paid", "", 1),
		step{
			tells: "two signatures, by the old secret and the new one", to: management, method: "POST", path: "/inbox/wait", body: `{"within":"20s"}`, status: 200, keep: kept{"body": cameBody},
			proves: []string{"ECOSIRE-G16"}, wants: seen{cameStripe: like(`^t=` + storyEpoch + `,v1=[0-9a-f]{64},v1=[0-9a-f]{64}$`), verdictGood: true},
		},
		heard("the last of them is the old one's", "/office", 1, seen{cameStripe: sealed{"{STRIPE_WEBHOOK_SECRET}", storyEpoch + ".{body}"}}, "ECOSIRE-G16"),
		tell("a licence is activated", "license.activated", "", 1),
		step{
			tells: "where one value fits, the new secret signs alone", to: management, method: "POST", path: "/inbox/wait", body: `{"text":"license.activated","within":"20s"}`, status: 200,
			keep: kept{"body": cameBody}, proves: []string{"ECOSIRE-G16"}, wants: seen{cameLicence: like(`^[0-9a-f]{64}$`), verdictGood: true},
		},
		step{
			tells: "computed again", to: management, method: "POST", path: "/inbox/wait", body: `{"text":"license.activated"}`, status: 200,
			proves: []string{"ECOSIRE-G16"}, wants: seen{cameLicence: sealed{"{ECOSIRE_LICENSE_SECRET_NEXT}", "{body}"}},
		},
		step{
			tells: "a day later", advance: 24 * time.Hour, to: management, method: "POST", path: "/events", body: `{"type":"charge.refunded"}`, status: 201,
			proves: []string{"ECOSIRE-G16"}, wants: seen{"/deliveries": entries(1)},
		},
		step{
			tells: "the new secret signs alone", to: management, method: "POST", path: "/inbox/wait", body: `{"text":"charge.refunded","within":"20s"}`, status: 200,
			proves: []string{"ECOSIRE-G16"}, wants: seen{cameStripe: like(`^t=\d+,v1=[0-9a-f]{64}$`), verdictGood: true},
		},
	)
}

func hostileSteps() []step {
	list := []step{
		endpoint("a receiver", "/strict", "*", "ECOSIRE-69", "ECOSIRE-70"),
		tell("a good one", "charge.refunded", `,"id":"evt_good"`, 1, "ECOSIRE-69"),
		heard("is believed", "/strict", 1, seen{verdictGood: true}, "ECOSIRE-69"),
		{
			tells: "the others it answers with 401", to: management, method: "PUT", path: "/inbox/answers", body: `{"address":"/strict","answers":[{"status":401,"forever":true}]}`,
			status: 200, wants: seen{"/answers": 1},
		},
	}
	for i, bad := range hostile {
		n := fmt.Sprint("/requests/", i+1)
		wants := seen{n + "/verdict/good": false, n + "/status": 401}
		if bad.reason != "" {
			wants[n+"/verdict/reason"] = bad.reason
		}
		list = append(list,
			tell(bad.kind, "charge.refunded", fmt.Sprintf(`,"misbehaviour":[{"kind":%q}]`, bad.kind), 1, "ECOSIRE-69"),
			heard("is not", "/strict", i+2, wants, "ECOSIRE-69", "ECOSIRE-70"),
			step{
				tells: "and was refused", to: management, method: "POST", path: "/deliveries/wait", body: `{"event":"{event}","state":"pending","within":"20s"}`, status: 200,
				proves: []string{"ECOSIRE-70"}, wants: seen{"/arrived": true, "/delivery/status": 401},
			},
		)
	}
	return list
}
