package main

import "time"

// The realtime endpoint of EckoSpace.
const (
	socketPath = "/app/{ECKOSPACE_REALTIME_KEY}?protocol=7&client=js&version=8.4.0"
	appEvents  = "/apps/{ECKOSPACE_REALTIME_ID}/events"
)

// over is a step on a connection: what is said, and how many messages come.
func over(tells, socket string, says []string, hears int, wants seen, proves ...string) step {
	return step{
		tells: tells, path: socketPath, method: "GET", as: nobody, talk: &talk{socket: socket, says: says, hears: hears}, status: 101, wants: wants, proves: proves,
	}
}

// eckospaceRealtimeStories are about chat and notifications in real time.
func eckospaceRealtimeStories() []story {
	return []story{
		{
			contract: "eckospace", tells: "real-time state over a WebSocket, in Reverb's protocol",
			steps: []step{
				over("connect", "ines", nil, 1, seen{
					"/0/event": "pusher:connection_established", "/0/data/socket_id": like(`^\d+\.\d+$`), "/0/data/activity_timeout": 30,
				}, "ECKOSPACE-18", "ECKOSPACE-G12"),
				over("join a public channel", "ines", []string{`{"event":"pusher:subscribe","data":{"channel":"news"}}`}, 1, seen{
					"/0/event": "pusher_internal:subscription_succeeded", "/0/channel": "news",
				}, "ECKOSPACE-18"),
				{
					tells: "the application's server tells something", method: "POST", path: appEvents, as: nobody, signed: true, status: 200, proves: []string{"ECKOSPACE-18", "ECKOSPACE-G12"},
					body: `{"name":"post.created","channels":["news"],"data":"{\"id\":7}"}`, wants: seen{"": same(`{}`)},
				},
				over("it is shown", "ines", nil, 1, seen{"/0/event": "post.created", "/0/channel": "news", "/0/data": same(`{"id":7}`)}, "ECKOSPACE-18"),
				{
					tells: "without a signature nothing is told", method: "POST", path: appEvents, as: nobody, status: 401, proves: []string{"ECKOSPACE-G12"},
					body: `{"name":"post.created","channels":["news"],"data":"{}"}`, wants: seen{"text": like(`.`)},
				},
				{
					tells: "nor what has more than 10,000 bytes", method: "POST", path: appEvents, as: nobody, signed: true, status: 413, proves: []string{"ECKOSPACE-G12"},
					body: `{"name":"post.created","channels":["news"],"data":"{blob}"}`, blob: 10_001, wants: seen{"text": like(`.`)},
				},
				over("ask whether it is there", "ines", []string{`{"event":"pusher:ping","data":{}}`}, 1, seen{"/0/event": "pusher:pong"}, "ECKOSPACE-18"),
				{
					tells: "after a minute of silence", advance: 61 * time.Second, to: management, method: "GET", path: "/realtime", status: 200, proves: []string{"ECKOSPACE-18"},
					wants: seen{"/connections": entries(1), "/connections/0/channels": same(`["news"]`)},
				},
				over("it is asked itself", "ines", []string{`{"event":"pusher:pong","data":{}}`}, 1, seen{"/0/event": "pusher:ping"}, "ECKOSPACE-18", "ECKOSPACE-G12"),
			},
		},
		{
			contract: "eckospace", tells: "private channels, and events of the same source as webhooks",
			steps: []step{
				{
					tells: "the way to Google", method: "GET", path: "/social-login/redirect/google", as: nobody, status: 302,
					keep: kept{"google": "header Location", "browser": "cookie understudy_login_attempt"}, wants: seen{"location state": like(`.`)},
				},
				{
					tells: "and back", to: wherever, method: "GET", path: "{google}", as: nobody, status: 302, keep: kept{"back": "header Location"}, wants: seen{"location code": like(`.`)},
				},
				{
					tells: "a session", to: wherever, method: "GET", path: "{back}", as: nobody, headers: head{"Cookie": "understudy_login_attempt={browser}"}, status: 302,
					keep: kept{"session": "cookie eckospace_session", "csrf": "cookie XSRF-TOKEN"}, wants: seen{"cookie eckospace_session": like(`.`)},
				},
				{
					tells: "connect", path: socketPath, method: "GET", as: nobody, talk: &talk{socket: "bram", hears: 1}, status: 101, keep: kept{"socket": "/0/data/socket_id"},
					proves: []string{"ECKOSPACE-18"}, wants: seen{"/0/event": "pusher:connection_established"},
				},
				over("a private channel needs a signature", "bram", []string{`{"event":"pusher:subscribe","data":{"channel":"private-events","auth":"guessed:00"}}`}, 1, seen{
					"/0/event": "pusher:error", "/0/data/code": 4009,
				}, "ECKOSPACE-18"),
				{
					tells: "which nobody gets without a session", method: "POST", path: "/broadcasting/auth", as: nobody, body: `{"socket_id":"{socket}","channel_name":"private-events"}`,
					accept: "application/json", status: 401, proves: []string{"ECKOSPACE-18", "ECKOSPACE-G12"}, wants: unauthenticated,
				},
				{
					tells: "and with one everybody", method: "POST", path: "/broadcasting/auth", as: nobody, body: `{"socket_id":"{socket}","channel_name":"private-events"}`,
					headers: head{"Cookie": "eckospace_session={session}; XSRF-TOKEN={csrf}", "X-XSRF-TOKEN": "{csrf}"}, accept: "application/json", status: 200, keep: kept{"auth": "/auth"},
					proves: []string{"ECKOSPACE-18", "ECKOSPACE-G12"}, wants: seen{"/auth": like(`^{ECKOSPACE_REALTIME_KEY}:[0-9a-f]{64}$`)},
				},
				over("join it", "bram", []string{`{"event":"pusher:subscribe","data":{"channel":"private-events","auth":"{auth}"}}`}, 1, seen{
					"/0/event": "pusher_internal:subscription_succeeded", "/0/channel": "private-events",
				}, "ECKOSPACE-18"),
				endpoint("an endpoint hears of events, too", "/app", "*"),
				tell("a payment changes", "payment.updated", "", 1),
				over("it is shown", "bram", nil, 1, seen{"/0/event": "payment.updated", "/0/channel": "private-events", "/0/data/type": "payment.updated"}, "ECKOSPACE-18"),
				heard("and delivered", "/app", 1, seen{verdictGood: true}),
			},
		},
		{
			contract: "eckospace", tells: "a connection that is cut, a server that is away, a module that is off",
			steps: []step{
				over("connect", "ines", nil, 1, seen{"/0/event": "pusher:connection_established"}, "ECKOSPACE-19"),
				{
					tells: "tell it to come back at once", to: management, method: "POST", path: "/realtime/disconnect", body: `{"code":4200}`, status: 200, proves: []string{"ECKOSPACE-19"},
					wants: seen{"/ended": 1},
				},
				{
					tells: "the connection ends", path: socketPath, method: "GET", as: nobody, talk: &talk{socket: "ines", closed: true}, status: 4200, proves: []string{"ECKOSPACE-19"},
					wants: seen{"": entries(0)},
				},
				over("it comes back", "ines", nil, 1, seen{"/0/event": "pusher:connection_established"}, "ECKOSPACE-19"),
				{
					tells: "let nobody in for half a minute", to: management, method: "POST", path: "/realtime/refuse", body: `{"for":"30s"}`, status: 200, proves: []string{"ECKOSPACE-19"},
					wants: seen{"/until": "2026-03-02T09:00:30Z"},
				},
				{
					tells: "cut it without a word", to: management, method: "POST", path: "/realtime/disconnect", body: `{}`, status: 200, proves: []string{"ECKOSPACE-19"}, wants: seen{"/ended": 1},
				},
				{
					tells: "the connection ends", path: socketPath, method: "GET", as: nobody, talk: &talk{socket: "ines", closed: true}, status: noCloseCode, proves: []string{"ECKOSPACE-19"},
					wants: seen{"": entries(0)},
				},
				{
					tells: "it is not let in", path: socketPath, method: "GET", as: nobody, talk: &talk{socket: "ines"}, status: 503, proves: []string{"ECKOSPACE-19"},
					wants: seen{"header Retry-After": "30"},
				},
				{
					tells: "until the time is over", advance: 30 * time.Second, path: socketPath, method: "GET", as: nobody, talk: &talk{socket: "ines", hears: 1}, status: 101,
					proves: []string{"ECKOSPACE-19"}, wants: seen{"/0/event": "pusher:connection_established"},
				},
				{
					tells: "switch the module off", to: management, method: "PUT", path: "/modules/chat-notifications", body: `{"on":false}`, status: 200, proves: []string{"ECKOSPACE-18"},
					wants: seen{"/on": false},
				},
				{
					tells: "there is no endpoint", path: socketPath, method: "GET", as: nobody, talk: &talk{socket: "bram"}, status: 404, proves: []string{"ECKOSPACE-18"}, wants: seen{"text": lacks("pusher")},
				},
				{
					tells: "and the rest works", method: "GET", path: "/api/posts", status: 200, proves: []string{"ECKOSPACE-18"}, wants: seen{"/data": entries(3)},
				},
			},
		},
	}
}
