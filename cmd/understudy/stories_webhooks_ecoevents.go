package main

import "time"

// ecoeventsWebhookStories are about what EcoEvents tells, by its own operations and by the dashboard.
func ecoeventsWebhookStories() []story {
	return []story{
		{
			contract: "ecoevents", tells: "webhooks are signed as Standard Webhooks prescribes",
			steps: []step{
				{
					tells: "the four events", to: management, method: "GET", path: "/events", status: 200, proves: []string{"ECOEVENTS-G12"},
					wants: seen{
						"/events": entries(4), "/events/0/signature": "standard-webhooks", "/events/0/basis": "assumed", "/events/0/requirement": "ECOEVENTS-G12",
						"/events/0/headers": same(`["webhook-signature","webhook-id","webhook-timestamp"]`), "/events/0/secret": "ECOEVENTS_WEBHOOK_SECRET",
						"/events/0/payload/type": like(`^event\.`),
					},
				},
				{
					tells: "an endpoint by the API's own operation, with its secret this once", method: "POST", path: "/v1/webhooks",
					body: `{"url":"https://hooks.example.com/in","events":["vendor.updated"]}`, status: 201, proves: []string{"ECOEVENTS-G12", "ECOEVENTS-X07"},
					keep: kept{"hook": "/id"}, wants: seen{"/id": like(`^wh_`), "/secret": like(`^whsec_[A-Za-z0-9+/]{32,}=*$`)},
				},
				{
					tells: "it is one of those that hear of events", to: management, method: "GET", path: "/endpoints", status: 200, proves: []string{"ECOEVENTS-X07"},
					wants: seen{"/endpoints": entries(1), "/endpoints/0/source": "operation", "/endpoints/0/url": "https://hooks.example.com/in", "/endpoints/0/events": same(`["vendor.updated"]`)},
				},
				endpoint("another one, by the dashboard", "/in", "event.*", "ECOEVENTS-G12"),
				{
					tells: "an event is created", method: "POST", path: "/v1/events", body: eventCafe, status: 201, proves: []string{"ECOEVENTS-G12"}, keep: kept{"id": "/id"},
					wants: seen{"/name": "Repair Café"},
				},
				heard("which is told, with id, time and signature in its headers", "/in", 1, seen{
					verdictGood: true, "/requests/0/verdict/signature": "standard-webhooks", "/requests/0/verdict/secret": "ECOEVENTS_WEBHOOK_SECRET",
					"/requests/0/request/headers/Webhook-Signature/0": like(`^v1,[A-Za-z0-9+/]{43}=$`), "/requests/0/request/headers/Webhook-Timestamp/0": storyEpoch,
					"/requests/0/request/headers/Webhook-Id/0": like(`^(msg|evt)_`), "json " + cameBody + " /type": "event.created",
					"json " + cameBody + " /timestamp": "2026-03-02T09:00:00Z", "json " + cameBody + " /data/id": "{id}", "json " + cameBody + " /data/name": "Repair Café",
				}, "ECOEVENTS-G12", "COMMON-08"),
				{
					tells: "a receiver that is away for a moment", to: management, method: "PUT", path: "/inbox/answers", body: `{"address":"/in","answers":[{"status":503}]}`, status: 200,
					wants: seen{"/answers": 1},
				},
				{tells: "the event is deleted", method: "DELETE", path: "/v1/events/{id}", status: 204, proves: []string{"ECOEVENTS-G12"}},
				heard("it is told", "/in", 2, seen{"json /requests/1/request/body/text /type": "event.deleted", "/requests/1/status": 503}, "ECOEVENTS-G12"),
				{
					tells: "and told again, by the same id with another time", advance: 5 * time.Second, to: management, method: "POST", path: "/inbox/wait",
					body: `{"address":"/in","count":3,"within":"20s"}`, status: 200, proves: []string{"ECOEVENTS-G12"},
					wants: seen{
						"/requests/2/verdict/good": true, "/requests/2/request/headers/Webhook-Timestamp/0": "1772442005", "/requests/2/status": 204,
						"json /requests/2/request/body/text /data/id": "{id}",
					},
				},
			},
		},
	}
}
