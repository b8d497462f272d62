package main

import "time"

const (
	missingKey   = `{"error":"Missing X-API-Key header"}`
	invalidKey   = `{"error":"Invalid API key"}`
	contactPhone = `{"firstName":"Grace","lastName":"Hopper","phone":"+12025550143"}`
)

// echowinStories are about one header, teams, and errors of one member.
func echowinStories() []story {
	return []story{
		{
			contract: "echowin", tells: "one header, for all operations",
			steps: []step{
				{
					tells: "as documented", method: "GET", path: "/contacts", as: nobody, headers: head{"X-API-Key": "{ECHOWIN_API_KEY}"}, status: 200,
					proves: []string{"ECHOWIN-01", "ECHOWIN-02", "ECHOWIN-03", "ECHOWIN-06"},
					wants:  seen{"/data": entries(4), "header Content-Type": has("application/json")},
				},
				{
					tells: "in lower case", method: "GET", path: "/contacts", as: nobody, headers: head{"x-api-key": "{ECHOWIN_API_KEY}"}, status: 200,
					proves: []string{"ECHOWIN-03", "COMMON-02"}, wants: seen{"/data": entries(4)},
				},
				{
					tells: "with no other header than this one", method: "GET", path: "/contacts", as: nobody,
					headers: head{"X-API-Key": "{ECHOWIN_API_KEY}", "User-Agent": ""}, status: 200, proves: []string{"ECHOWIN-07"},
					wants: seen{"/data": entries(4)},
				},
				{
					tells: "missing", method: "GET", path: "/contacts", as: nobody, status: 401,
					proves: []string{"ECHOWIN-20", "ECHOWIN-22", "ECHOWIN-24", "ECHOWIN-25", "ECHOWIN-G01"},
					wants:  seen{"": same(missingKey), "header WWW-Authenticate": absent, "header Content-Type": has("application/json")},
				},
				{
					tells: "empty, which is missing", method: "GET", path: "/contacts", as: nobody, headers: head{"X-API-Key": ""}, status: 401,
					proves: []string{"ECHOWIN-20", "ECHOWIN-25", "ECHOWIN-G02"}, wants: seen{"": same(missingKey)},
				},
				{
					tells: "for each operation", as: nobody, tour: &tour{}, status: 401, proves: []string{"ECHOWIN-04", "ECHOWIN-20"},
					wants: seen{"": same(missingKey)},
				},
				{
					tells: "a key as bearer token is ignored", method: "GET", path: "/contacts", as: nobody,
					headers: head{"Authorization": "Bearer {ECHOWIN_API_KEY}"}, status: 401, proves: []string{"ECHOWIN-02", "ECHOWIN-05"},
					wants: seen{"": same(missingKey)},
				},
				{
					tells: "so is one in the query", method: "GET", path: "/contacts?X-API-Key={ECHOWIN_API_KEY}&api_key={ECHOWIN_API_KEY}", as: nobody,
					status: 401, proves: []string{"ECHOWIN-05"}, wants: seen{"": same(missingKey)},
				},
				{
					tells: "and one in the body", method: "POST", path: "/contacts", as: nobody,
					body: `{"X-API-Key":"{ECHOWIN_API_KEY}","apiKey":"{ECHOWIN_API_KEY}"}`, status: 401, proves: []string{"ECHOWIN-05"},
					wants: seen{"": same(missingKey)},
				},
				{
					tells: "unknown, of the right form", method: "GET", path: "/contacts", as: nobody,
					headers: head{"X-API-Key": "ew_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}, status: 401,
					proves: []string{"ECHOWIN-21", "ECHOWIN-22", "ECHOWIN-25", "ECHOWIN-G01"}, wants: seen{"": same(invalidKey), "header WWW-Authenticate": absent},
				},
				{
					tells: "of no form at all", method: "GET", path: "/contacts", as: nobody, headers: head{"X-API-Key": "?!"}, status: 401,
					proves: []string{"ECHOWIN-21", "ECHOWIN-25", "ECHOWIN-X04"}, wants: seen{"": same(invalidKey)},
				},
				{tells: "no operation refuses a good key for lack of permission", tour: &tour{open: []string{"*"}}, proves: []string{"ECHOWIN-12"}},
				{
					tells: "pages of other origins are not let in", method: "GET", path: "/contacts", headers: head{"Origin": "https://shop.example"}, status: 200,
					proves: []string{"ECHOWIN-X01"}, wants: seen{"header Access-Control-Allow-Origin": absent},
				},
				{
					tells: "ten years later the key is good", advance: 10 * 365 * 24 * time.Hour, method: "GET", path: "/contacts", status: 200,
					proves: []string{"ECHOWIN-G08"}, wants: seen{"/data": like(`^\[`)},
				},
				{
					tells: "there is no route for webhooks", method: "GET", path: "/webhooks", status: 404, proves: []string{"ECHOWIN-G08"},
					wants: seen{"": entries(1)},
				},
			},
		},
		{
			contract: "echowin", tells: "errors are objects with one text",
			steps: []step{
				{
					tells: "404 of an id", method: "GET", path: "/contacts/9b2d7f1e-4c3a-4b8e-9a55-0d6c1f2e3a4b", status: 404, proves: []string{"ECHOWIN-24"},
					wants: seen{"": entries(1), "/error": like(`.`), "header Content-Type": has("application/json")},
				},
				{
					tells: "404 of a route", method: "GET", path: "/nothing", status: 404, proves: []string{"ECHOWIN-24"},
					wants: seen{"": entries(1), "/error": like(`.`), "header Content-Type": has("application/json")},
				},
				{
					tells: "405", method: "PUT", path: "/contacts", body: `{}`, status: 405, proves: []string{"ECHOWIN-24"},
					wants: seen{"": entries(1), "/error": like(`.`), "header Content-Type": has("application/json")},
				},
				{
					tells: "400", method: "POST", path: "/contacts", body: `{`, status: 400, proves: []string{"ECHOWIN-24"},
					wants: seen{"": entries(1), "/error": like(`.`), "header Content-Type": has("application/json")},
				},
				{
					tells: "400 of field rules", method: "POST", path: "/contacts", body: `{"phone":"none"}`, status: 400, proves: []string{"ECHOWIN-24"},
					wants: seen{"": entries(1), "/error": like(`.`)},
				},
				{
					tells: "500", method: "GET", path: "/contacts", headers: head{"Prefer": "code=500"}, status: 500, proves: []string{"ECHOWIN-24"},
					wants: seen{"": same(`{"error":"Internal server error"}`), "header Content-Type": has("application/json")},
				},
			},
		},
		{
			contract: "echowin", tells: "keys of a team: made, used by several, revoked",
			steps: []step{
				{
					tells: "make a second key of the first team", to: management, method: "POST", path: "/keys",
					body: `{"name":"Back office","environment":"staging"}`, status: 201, proves: []string{"ECHOWIN-08", "ECHOWIN-09", "ECHOWIN-19"},
					keep:  kept{"second": "/text", "id": "/id"},
					wants: seen{"/text": like(`^ew_[A-Za-z0-9]{32}$`), "/account": "team_brightside", "/environment": "staging", "/age_days": 0},
				},
				{
					tells: "it works at once", method: "GET", path: "/contacts", as: "second", status: 200, proves: []string{"ECHOWIN-09"},
					wants: seen{"/data": entries(4)},
				},
				{
					tells: "the list has it, without its text", to: management, method: "GET", path: "/keys", status: 200,
					proves: []string{"ECHOWIN-08", "ECHOWIN-19"},
					wants:  seen{"/total": 2, "/keys/1/name": "Back office", "/keys/1/environment": "staging", "text": lacks("{second}")},
				},
				{
					tells: "what the first key makes", method: "POST", path: "/contacts", body: contactPhone, status: 201, proves: []string{"ECHOWIN-13"},
					keep: kept{"contact": "/id"}, wants: seen{"/firstName": "Grace"},
				},
				{
					tells: "the second one reads", method: "GET", path: "/contacts/{contact}", as: "second", status: 200, proves: []string{"ECHOWIN-13"},
					wants: seen{"/id": "{contact}"},
				},
				{
					tells: "the portal has it", to: management, method: "GET", path: "/state/item?collection=/contacts&id={contact}&account=team_brightside",
					status: 200, proves: []string{"ECHOWIN-13"}, wants: seen{"text": has("Hopper")},
				},
				{tells: "the second one deletes it", method: "DELETE", path: "/contacts/{contact}", as: "second", status: 204, proves: []string{"ECHOWIN-13"}},
				{
					tells: "gone in the portal too", to: management, method: "GET", path: "/state/item?collection=/contacts&id={contact}&account=team_brightside",
					status: 404, proves: []string{"ECHOWIN-13"}, wants: seen{"text": lacks("Hopper")},
				},
				{
					tells: "a key of the other team", to: management, method: "POST", path: "/keys", body: `{"name":"Harbor","account":"team_harbor"}`, status: 201,
					keep: kept{"harbor": "/text"}, wants: seen{"/account": "team_harbor"},
				},
				{
					tells: "does not see the first team's contacts", method: "GET", path: "/contacts/6f1c2b1e-8f0a-4c55-9a57-3d2f0e9b7a11", as: "harbor",
					status: 404, proves: []string{"ECHOWIN-11"}, wants: seen{"": entries(1)},
				},
				{
					tells: "nor has them in its list", method: "GET", path: "/contacts", as: "harbor", status: 200, proves: []string{"ECHOWIN-11"},
					wants: seen{"/pagination/totalCount": 0, "text": lacks("Whitfield")},
				},
				{
					tells: "though they are there", method: "GET", path: "/contacts/6f1c2b1e-8f0a-4c55-9a57-3d2f0e9b7a11", status: 200,
					proves: []string{"ECHOWIN-11"}, wants: seen{"/lastName": "Whitfield"},
				},
				{
					tells: "91 days later the key's age is shown, with a warning", advance: 91 * 24 * time.Hour, to: management, method: "GET", path: "/keys/{id}",
					status: 200, proves: []string{"ECHOWIN-18"}, wants: seen{"/age_days": 91, "/warnings/0": has("91 days old")},
				},
				{
					tells: "rotating is making a new one", to: management, method: "POST", path: "/keys", body: `{"name":"Back office 2"}`, status: 201,
					proves: []string{"ECHOWIN-18", "ECHOWIN-X03"}, keep: kept{"third": "/text"}, wants: seen{"/text": other("{second}")},
				},
				{
					tells: "both work", method: "GET", path: "/contacts", as: "third", status: 200, proves: []string{"ECHOWIN-18", "ECHOWIN-X03"},
					wants: seen{"/data": entries(4)},
				},
				{
					tells: "and revoking the old one", to: management, method: "DELETE", path: "/keys/{id}?confirm=true", status: 200,
					proves: []string{"ECHOWIN-08", "ECHOWIN-18", "ECHOWIN-X03"}, wants: seen{"/key/state": "revoked"},
				},
				{
					tells: "which acts at once, in the words for any bad key", method: "GET", path: "/contacts", as: "second", status: 401,
					proves: []string{"ECHOWIN-08", "ECHOWIN-18", "ECHOWIN-21", "ECHOWIN-X03"}, wants: seen{"": same(invalidKey)},
				},
			},
		},
		{
			contract: "echowin", tells: "no two keys have the same text",
			steps: []step{
				{
					tells: "10,000 keys", to: management, method: "POST", path: "/keys", body: `{"name":"One of many"}`, status: 201,
					proves: []string{"ECHOWIN-10"}, crowd: &crowd{times: 10_000, atOnce: 8, answers: map[int]int{201: 10_000}, distinct: "/text"},
				},
				{
					tells: "their number is right", to: management, method: "GET", path: "/keys?limit=1", status: 200, proves: []string{"ECHOWIN-10"},
					wants: seen{"/total": 10_001},
				},
			},
		},
		{
			contract: "echowin", tells: "the list of contacts",
			steps: []step{
				{
					tells: "paged, in its envelope", method: "GET", path: "/contacts?limit=2&page=2", status: 200, proves: []string{"ECHOWIN-G07"},
					wants: seen{
						"": entries(4), "/data": entries(2), "/pagination": same(`{"page":2,"limit":2,"totalCount":4,"totalPages":2}`),
						"/customFieldSchemas": entries(1), "/availableTags": entries(3),
					},
				},
				{
					tells: "searched", method: "GET", path: "/contacts?search=salazar", status: 200, proves: []string{"ECHOWIN-G07"},
					wants: seen{"/pagination/totalCount": 1, "/data/0/lastName": "Salazar"},
				},
				{
					tells: "sorted", method: "GET", path: "/contacts?sortBy=firstName&sortOrder=desc", status: 200, proves: []string{"ECHOWIN-G07"},
					wants: seen{"/data/0/firstName": "Priya", "/data/3/firstName": "Grace"},
				},
				{
					tells: "filtered by tag", method: "GET", path: "/contacts?tagIds=tag_lead", status: 200, proves: []string{"ECHOWIN-G07"},
					wants: seen{"/pagination/totalCount": 1, "/data/0/firstName": "Hector"},
				},
				{
					tells: "a page of 20 where nothing is said, 100 at most", method: "GET", path: "/contacts?limit=101", status: 400,
					proves: []string{"ECHOWIN-G07"}, wants: seen{"": entries(1)},
				},
			},
		},
	}
}
