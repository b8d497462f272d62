package main

// The areas of EckoSpace that its page names without routes, as a user's own description adds them.
const eckospaceMore = `overlay: 1.1.0
info: {title: Routes that this installation has, version: 1.0.0}
actions:
  - target: $.paths
    update:
      /api/posts/{post}/reactions:
        parameters: [{name: post, in: path, required: true, schema: {type: integer}}]
        get:
          operationId: listReactions
          responses: {"200": {description: All of them., content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Reaction"}}}}}}
        post:
          operationId: react
          requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Reaction"}}}}
          responses: {"201": {description: The reaction., content: {application/json: {schema: {$ref: "#/components/schemas/Reaction"}}}}}
      /api/reports:
        get:
          operationId: listReports
          responses: {"200": {description: All of them., content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Report"}}}}}}
        post:
          operationId: report
          requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Report"}}}}
          responses: {"201": {description: The report., content: {application/json: {schema: {$ref: "#/components/schemas/Report"}}}}}
      /api/saved-items:
        get:
          operationId: listSaved
          responses: {"200": {description: All of them., content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Saved"}}}}}}
        post:
          operationId: saveItem
          requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Saved"}}}}
          responses: {"201": {description: What was saved., content: {application/json: {schema: {$ref: "#/components/schemas/Saved"}}}}}
      /api/listings/{listing}/contacts:
        parameters: [{name: listing, in: path, required: true, schema: {type: integer}}]
        get:
          operationId: listContactRequests
          responses: {"200": {description: All of them., content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/ContactRequest"}}}}}}
        post:
          operationId: contactSeller
          requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/ContactRequest"}}}}
          responses: {"201": {description: It was sent., content: {application/json: {schema: {$ref: "#/components/schemas/ContactRequest"}}}}}
  - target: $.components.schemas
    update:
      Reaction: {type: object, required: [kind], properties: {id: {type: integer, readOnly: true}, kind: {enum: [like, thanks]}}}
      Report: {type: object, required: [post_id, reason], properties: {id: {type: integer, readOnly: true}, post_id: {type: integer}, reason: {type: string}}}
      Saved: {type: object, required: [listing_id], properties: {id: {type: integer, readOnly: true}, listing_id: {type: integer}}}
      ContactRequest: {type: object, required: [text], properties: {id: {type: integer, readOnly: true}, text: {type: string}}}
`

const jobModerator = `{"title":"Moderator","company":"EckoSpace","description":"Keep it kind.","employment_type":"part_time","location":"Remote"}`

// eckospaceAreaStories are about what the page names in one word each, about its host, and about TLS.
func eckospaceAreaStories() []story {
	return []story{
		{
			contract: "eckospace", tells: "posts and media: from the first draft to a report", setting: setting{overlay: eckospaceMore},
			steps: []step{
				{
					tells: "write a post", method: "POST", path: "/api/posts", body: postAda, status: 201, proves: []string{"ECKOSPACE-17"}, keep: kept{"post": "/data/id"},
					wants: seen{"/data/title": "Toolbox", "/data/visibility": "public", "/data/reactions_count": 0, "header Location": has("/api/posts/{post}")},
				},
				{
					tells: "change it", method: "PUT", path: "/api/posts/{post}", body: `{"title":"Tool library","body":"Closed in May.","visibility":"followers"}`, status: 200,
					proves: []string{"ECKOSPACE-17"}, wants: seen{"/data/body": "Closed in May.", "/data/visibility": "followers"},
				},
				{
					tells: "discover it by its words", method: "GET", path: "/api/posts?search=May", status: 200, proves: []string{"ECKOSPACE-17"},
					wants: seen{"/data": entries(1), "/data/0/id": "{post}"},
				},
				{
					tells: "and by who may see it", method: "GET", path: "/api/posts?visibility=followers", status: 200, proves: []string{"ECKOSPACE-17"},
					wants: seen{"/data": entries(2), "/data/0/id": "{post}"},
				},
				{
					tells: "upload something for it", method: "POST", path: "/api/post/editor/media/document/upload", contentType: cutMedia, body: documentUpload, status: 201,
					proves: []string{"ECKOSPACE-17"}, keep: kept{"file": "/id"}, wants: seen{"/name": "notes.txt", "/size": 13},
				},
				{
					tells: "and read it", method: "GET", path: "/api/post/editor/media/document/{file}", accept: "*/*", status: 200, proves: []string{"ECKOSPACE-17"},
					wants: seen{"text": "byte for byte"},
				},
				{
					tells: "bookmark it", method: "POST", path: "/api/bookmarks", body: `{"post_id":{post}}`, status: 201, proves: []string{"ECKOSPACE-17"},
					keep: kept{"bookmark": "/data/id"}, wants: seen{"/data/post_id": like(`^{post}$`)},
				},
				{
					tells: "once only", method: "POST", path: "/api/bookmarks", body: `{"post_id":{post}}`, status: 409, proves: []string{"ECKOSPACE-17"},
					wants: seen{"/message": like(`.`)},
				},
				{tells: "and no more", method: "DELETE", path: "/api/bookmarks/{bookmark}", status: 204, proves: []string{"ECKOSPACE-17"}},
				{
					tells: "react to it, by a route of the user's own description", method: "POST", path: "/api/posts/{post}/reactions", body: `{"kind":"thanks"}`, status: 201,
					proves: []string{"ECKOSPACE-17"}, keep: kept{"reaction": "/id"}, wants: seen{"/kind": "thanks", "/id": like(`^\d+$`)},
				},
				{
					tells: "the reaction is there", method: "GET", path: "/api/posts/{post}/reactions", status: 200, proves: []string{"ECKOSPACE-17"},
					wants: seen{"": entries(1), "/0/kind": "thanks"},
				},
				{
					tells: "and at this post only", method: "GET", path: "/api/posts/101/reactions", status: 200, proves: []string{"ECKOSPACE-17"}, wants: seen{"": entries(0)},
				},
				{
					tells: "report it", method: "POST", path: "/api/reports", body: `{"post_id":{post},"reason":"It is spam."}`, status: 201, proves: []string{"ECKOSPACE-17"},
					wants: seen{"/reason": "It is spam.", "/id": like(`^\d+$`)},
				},
				{
					tells: "the report is there", method: "GET", path: "/api/reports", status: 200, proves: []string{"ECKOSPACE-17"},
					wants: seen{"": entries(1), "/0/reason": "It is spam."},
				},
				{
					tells: "somebody is told of a mention", method: "GET", path: "/api/notifications", status: 200, proves: []string{"ECKOSPACE-17"},
					wants: seen{"text": has(`"type":"mention"`)},
				},
				{tells: "delete the post", method: "DELETE", path: "/api/posts/{post}", status: 204, proves: []string{"ECKOSPACE-17"}},
				{tells: "it is gone", method: "GET", path: "/api/posts/{post}", status: 404, proves: []string{"ECKOSPACE-17"}, wants: seen{"/message": like(routeUnknown)}},
			},
		},
		{
			contract: "eckospace", tells: "marketplace and jobs: listed, saved, asked about, approved", setting: setting{overlay: eckospaceMore},
			steps: []step{
				{
					tells: "offer something", method: "POST", path: "/api/listings", body: listingTrailer, status: 201, proves: []string{"ECKOSPACE-20"},
					keep: kept{"listing": "/data/id"}, wants: seen{"/data/status": "published", "/data/price_cents": 18500},
				},
				{
					tells: "find it by category", method: "GET", path: "/api/listings?category=vehicles", status: 200, proves: []string{"ECKOSPACE-20"},
					wants: seen{"/data": entries(1), "/data/0/id": "{listing}"},
				},
				{
					tells: "save it, by a route of the user's own description", method: "POST", path: "/api/saved-items", body: `{"listing_id":{listing}}`, status: 201,
					proves: []string{"ECKOSPACE-20"}, wants: seen{"/listing_id": like(`^{listing}$`)},
				},
				{
					tells: "it is saved", method: "GET", path: "/api/saved-items", status: 200, proves: []string{"ECKOSPACE-20"}, wants: seen{"": entries(1)},
				},
				{
					tells: "ask the seller", method: "POST", path: "/api/listings/{listing}/contacts", body: `{"text":"Is it still there?"}`, status: 201,
					proves: []string{"ECKOSPACE-20"}, wants: seen{"/text": "Is it still there?"},
				},
				{
					tells: "the question is at this listing", method: "GET", path: "/api/listings/{listing}/contacts", status: 200, proves: []string{"ECKOSPACE-20"},
					wants: seen{"": entries(1)},
				},
				{
					tells: "and at no other", method: "GET", path: "/api/listings/201/contacts", status: 200, proves: []string{"ECKOSPACE-20"}, wants: seen{"": entries(0)},
				},
				{
					tells: "post a job: it waits for approval", method: "POST", path: "/api/jobs", body: jobModerator, status: 201, proves: []string{"ECKOSPACE-20"},
					keep: kept{"job": "/data/id"}, wants: seen{"/data/status": "pending"},
				},
				{
					tells: "it is not among the approved ones", method: "GET", path: "/api/jobs?status=approved", status: 200, proves: []string{"ECKOSPACE-20"},
					wants: seen{"text": lacks(`"title":"Moderator"`)},
				},
				{
					tells: "approve it", method: "POST", path: "/api/jobs/{job}/approve", status: 200, proves: []string{"ECKOSPACE-20"}, wants: seen{"/data/status": "approved"},
				},
				{
					tells: "once", method: "POST", path: "/api/jobs/{job}/approve", status: 409, proves: []string{"ECKOSPACE-20"}, wants: seen{"/message": like(`.`)},
				},
				{
					tells: "now it is among them", method: "GET", path: "/api/jobs?status=approved", status: 200, proves: []string{"ECKOSPACE-20"},
					wants: seen{"text": has(`"title":"Moderator"`)},
				},
				{
					tells: "sell what was offered", method: "DELETE", path: "/api/listings/{listing}", status: 204, proves: []string{"ECKOSPACE-20"},
				},
				{tells: "it is gone", method: "GET", path: "/api/listings/{listing}", status: 404, proves: []string{"ECKOSPACE-20"}, wants: seen{"/message": like(`.`)}},
			},
		},
		{
			contract: "eckospace", tells: "the host is a setting, and TLS is offered", setting: setting{tls: true},
			steps: []step{
				{
					tells: "it stands in at an address of its own", to: management, method: "GET", path: "", status: 200, proves: []string{"ECKOSPACE-G01"},
					wants: seen{"/base_url": like(`^http://127\.0\.0\.1:\d+$`)},
				},
				{
					tells: "the description puts it first", to: management, method: "GET", path: "/openapi.json", status: 200,
					proves: []string{"ECKOSPACE-G01"}, wants: seen{"/servers/0/url": like(`^http://127\.0\.0\.1:\d+$`), "/servers/1/url": "https://eckospace.example"},
				},
				{
					tells: "in clear", method: "GET", path: "/api/posts", status: 200, proves: []string{"ECKOSPACE-30"}, wants: seen{"/data": entries(3)},
				},
				{
					tells: "over TLS", to: overTLS, method: "GET", path: "/api/posts", status: 200, proves: []string{"ECKOSPACE-30"}, wants: seen{"/data": entries(3)},
				},
				{
					tells: "the journal notes which came in clear", to: management, method: "GET", path: "/journal?operation=listPosts", status: 200,
					proves: []string{"ECKOSPACE-30"}, wants: seen{"/entries": entries(2), "/entries/0/client/tls": false, "/entries/1/client/tls": true},
				},
			},
		},
		{
			contract: "eckospace", tells: "10 MB and no more",
			steps: []step{
				{
					tells: "10 MiB", method: "POST", path: "/api/post/editor/media/document/upload", contentType: cutMedia, body: largeUpload, blob: 10 << 20,
					status: 201, proves: []string{"ECKOSPACE-G09"}, wants: seen{"": entries(5), "/size": 10 << 20},
				},
				{
					tells: "one byte more than 10 MiB", method: "POST", path: "/api/post/editor/media/document/upload", contentType: cutMedia, body: largeUpload, blob: 10<<20 + 1,
					status: 422, proves: []string{"ECKOSPACE-G09"}, wants: seen{"/message": has("file")},
				},
			},
		},
	}
}

const largeUpload = "--cut\r\nContent-Disposition: form-data; name=\"file\"; filename=\"large.txt\"\r\nContent-Type: text/plain\r\n\r\n{blob}\r\n--cut--\r\n"
