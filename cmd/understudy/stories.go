package main

// The stories of the demo. They use what the vendors document, and say so where they use what is assumed.
var stories = []story{
	{
		contract: "ecosire", tells: "Contacts with unique e-mail addresses; errors in the documented body, all failing fields at once.",
		steps: []step{
			{
				tells: "Create a contact.", method: "POST", path: "/contacts", status: 201, keep: map[string]string{"id": "/id"},
				body:  `{"firstName":"Ada","lastName":"Lovelace","email":"ada@analytical.example","type":"lead"}`,
				wants: map[string]string{"/email": "ada@analytical.example"},
			},
			{tells: "Read it again.", method: "GET", path: "/contacts/{id}", status: 200, wants: map[string]string{"/firstName": "Ada"}},
			{tells: "The same address twice is a conflict.", method: "POST", path: "/contacts", status: 409,
				body: `{"firstName":"Augusta","lastName":"King","email":"ada@analytical.example","type":"lead"}`},
			{tells: "Change one member.", method: "PATCH", path: "/contacts/{id}", body: `{"lastName":"King"}`, status: 200, wants: map[string]string{"/lastName": "King", "/firstName": "Ada"}},
			{tells: "A login that breaks two rules gets both, in the documented words.", method: "POST", path: "/auth/login", status: 422,
				body: `{"email":"nobody","password":"short"}`, wants: map[string]string{"/details/0/message": "Invalid email address", "/details/1/message": "Must be at least 8 characters"}},
			{tells: "Delete it.", method: "DELETE", path: "/contacts/{id}", status: 204},
			{tells: "It is gone.", method: "GET", path: "/contacts/{id}", status: 404, wants: map[string]string{"/statusCode": "404"}},
			{tells: "The same refusal for a client that prefers RFC 9457.", method: "GET", path: "/contacts/{id}", accept: "application/problem+json, application/json;q=0.5", status: 404, wants: map[string]string{"/title": "Not Found"}},
		},
	},
	{
		contract: "echowin", tells: "Every error is one object with one text.",
		steps: []step{
			{tells: "List the contacts, two a page.", method: "GET", path: "/contacts?limit=2", status: 200, wants: map[string]string{"/pagination/limit": "2"}},
			{tells: "Create one.", method: "POST", path: "/contacts", body: `{"firstName":"Grace","lastName":"Hopper","phone":"+12025550143"}`, status: 201, keep: map[string]string{"id": "/id"}},
			{tells: "Find it by name.", method: "GET", path: "/contacts?search=hopper", status: 200, wants: map[string]string{"/pagination/totalCount": "1"}},
			{tells: "Delete it.", method: "DELETE", path: "/contacts/{id}", status: 204},
			{tells: "Nothing there any more, in the vendor's shape.", method: "GET", path: "/contacts/{id}", status: 404},
		},
	},
	{
		contract: "ecoevents", tells: "Events with nested members; the clock and the ids are the stand-in's.",
		steps: []step{
			{
				tells: "Create an event.", method: "POST", path: "/v1/events", status: 201, keep: map[string]string{"id": "/id"},
				body: `{"name":"Repair Café","format":"in_person","startsAt":"2027-03-05T10:00:00Z","endsAt":"2027-03-05T16:00:00Z","timezone":"Europe/Berlin",` +
					`"venue":{"name":"Kesselhaus","address":"Knaackstraße 97","city":"Berlin","country":"DE"},"capacity":120}`,
			},
			{tells: "Read it.", method: "GET", path: "/v1/events/{id}", status: 200, wants: map[string]string{"/venue/city": "Berlin", "/capacity": "120"}},
			{tells: "A merge patch reaches into it.", method: "PATCH", path: "/v1/events/{id}", body: `{"capacity":80}`, status: 200, wants: map[string]string{"/capacity": "80", "/name": "Repair Café"}},
			{tells: "A bad body is refused with every violation.", method: "POST", path: "/v1/events", body: `{"name":"","capacity":-1}`, status: 400},
			{tells: "Delete it.", method: "DELETE", path: "/v1/events/{id}", status: 204},
			{tells: "And it is gone.", method: "GET", path: "/v1/events/{id}", status: 404},
		},
	},
	{
		contract: "eckospace", tells: "Translations by locale, uploads, errors as Laravel words them.",
		steps: []step{
			{tells: "The documented request.", method: "GET", path: "/api/translations/app?locale=en", accept: "application/json", status: 200},
			{tells: "An unknown locale.", method: "GET", path: "/api/translations/app?locale=xx", accept: "application/json", status: 422},
			{
				tells: "Upload a document.", method: "POST", path: "/api/post/editor/media/document/upload", status: 201, contentType: "multipart/form-data; boundary=cut", keep: map[string]string{"id": "/id"},
				body: "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"notes.txt\"\r\nContent-Type: text/plain\r\n\r\nbyte for byte\r\n--cut--\r\n",
			},
			{tells: "It comes back as it was.", method: "GET", path: "/api/post/editor/media/document/{id}", accept: "*/*", status: 200},
			{tells: "Without a file it is refused, field by field.", method: "POST", path: "/api/post/editor/media/document/upload", status: 422, contentType: "multipart/form-data; boundary=cut", body: "--cut--\r\n"},
			{tells: "A route that does not exist.", method: "GET", path: "/api/nothing", accept: "application/json", status: 404},
		},
	},
}
