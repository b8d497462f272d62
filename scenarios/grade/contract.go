package grade

import "understudy/contracts/check"

// contractRules are about what the contract says of requests: routes, parameters, bodies, types, pages, what is deprecated.
var contractRules = []Rule{
	{
		ID: "USE-001", Title: "Only documented routes are called",
		Doc: "A route that the contract does not name may change or vanish at any time, and a stand-in or a new version does not have it. Often it is only a slip in " +
			"the base path.",
		Basis: check.ByContract, Norm: "paths", Level: check.Failure,
		Needs: "calls",
		Decides: "A call whose method and path match no operation is a warning when it came once, since tests try it, or when it was answered with success; " +
			"from the second time on it is a failure. The identity provider, sockets, pages and preflights of the host are let be.",
		Advice:  "Compare path and method with the contract, base path included; the finding names what is nearest.",
		Example: `GET /v1/events   # not: GET /events, GET /v1/event`,
		judge:   judgeRoutes,
	},
	{
		ID: "USE-002", Title: "Only documented query parameters are sent",
		Doc: "Most servers pass over parameters that they do not know, so a slip in a name goes unnoticed: the filter does not filter, and the program works on " +
			"all items.",
		Basis: check.ByContract, Norm: "parameters", Level: check.Warning,
		Needs:   "calls with a query to documented operations",
		Decides: "A name in the query that no parameter of the operation claims is a warning. What tools add (names that begin with two underscores or utm_) is let be.",
		Advice:  "Correct the name, or leave the parameter out.",
		Example: `GET /contacts?limit=50   # not: ?per_page=50, where limit is declared`,
		judge:   judgeQuery,
	},
	{
		ID: "USE-003", Title: "Only declared members are sent in bodies",
		Doc: "A member that the schema does not declare is passed over by most servers: what the client wanted to say is not said. Another version of the API may " +
			"give it a meaning that nobody expected.",
		Basis: check.ByContract, Norm: "requestBody.content.schema", Level: check.Note,
		Needs: "calls with a body that a schema describes",
		Decides: "A member that the schema does not declare, where it says nothing of further ones, is noted; where a declared member of nearly that name is missing, it " +
			"is a warning. Where the schema refuses further members, the request breaks it, which is another rule's matter.",
		Advice:  "Correct the name, or send only what the schema declares.",
		Example: `{"firstName": "Ada"}   # not: {"firstname": "Ada"}`,
		judge:   judgeMembers,
	},
	{
		ID: "USE-004", Title: "Requests keep the contract's schemas",
		Doc: "A request that breaks its schema is refused, or worse: taken by a server that checks less than it promises, until it checks " +
			"more.",
		Basis: check.ByContract, Norm: "parameters, requestBody", Level: check.Failure,
		Needs: "calls to documented operations",
		Decides: "Each way to break an operation's schema is a failure when all calls to it (two or more) do so, or three and most of them. Less often it is a warning: tests send bad " +
			"requests on purpose.",
		Advice:  "Correct the request at the place that the finding names; generated clients and types keep it right.",
		Example: `openapi-generator-cli generate -i openapi.yaml -g typescript-fetch -o api`,
		judge:   judgeSchema,
	},
	{
		ID: "USE-005", Title: "Bodies are of a documented media type",
		Doc: "The server reads a body by its Content-Type. Under another one it is refused with 415, or read as something else; curl and some clients send " +
			"application/x-www-form-urlencoded unless they are told otherwise.",
		Basis: check.ByContract, Norm: "requestBody.content; RFC 9110, 8.3", Level: check.Failure,
		Needs: "calls with a body to documented operations",
		Decides: "A Content-Type that the operation does not list is a failure when all calls with a body (two or more) have it, or three and most; less often a warning. A body without " +
			"Content-Type, or where none is declared, is a warning.",
		Advice:  "Set Content-Type to the documented type, which client libraries do when they are given the value and not the text.",
		Example: `curl -X POST -H "Content-Type: application/json" -d '{"name":"Ada"}' ...`,
		judge:   judgeContentType,
	},
	{
		ID: "USE-006", Title: "Accept lets a documented answer pass",
		Doc: "A client that takes none of the types that the operation can answer in is refused with 406, or gets a type that it said it cannot " +
			"read.",
		Basis: check.ByNorm, Norm: "RFC 9110, 12.5.1", Level: check.Failure,
		Needs: "calls with Accept to operations whose answers have content",
		Decides: "An Accept that admits no type of the operation's good answers is a failure when all calls to it (two or more) send it, or three and most; less often it is a warning. " +
			"Calls without Accept take everything.",
		Advice:  "Name the type that the client reads, or leave Accept out.",
		Example: `Accept: application/json`,
		judge:   judgeAccept,
	},
	{
		ID: "USE-007", Title: "Requests name the media type in Accept that the vendor asks for",
		Doc: "Frameworks choose by Accept whether an error is told in JSON or as a page. The vendor makes it part of every request, so that the client can read " +
			"what went wrong.",
		Basis: check.ByContract, Norm: "x-understudy clients: accept", Level: check.Warning,
		Needs:   "calls to operations that answer in the type that the contract wants to be asked for",
		Decides: "Each such call names the type in Accept; a range such as */* does not name it.",
		Advice:  "Set Accept where all requests are made.",
		Example: `Accept: application/json`,
		judge:   judgeVendorAccept,
	},
	{
		ID: "USE-008", Title: "Lists are read to their end",
		Doc: "A list comes in pages. A client that reads the first one and takes it for all works until there is one item more than fits; then it loses items " +
			"without a sign.",
		Basis: check.ByContract, Norm: "the paging of the operation", Level: check.Warning,
		Needs: "an answer that holds a page and says that there is another one",
		Decides: "Of calls for the same list, one reaches an answer without a next page. Lists for which a page smaller than usual was asked are let be: who wants the first few gets " +
			"them; so are those whose next page was an error. A client that wants the first page only looks the same.",
		Advice: "Follow the next page as the answer names it until there is none.",
		Example: `for cursor := ""; ; {
	page := list(cursor)
	use(page.Data)
	if cursor = page.Pagination.NextCursor; cursor == "" {
		break
	}
}`,
		judge: judgePagesRead,
	},
	{
		ID: "USE-009", Title: "No page is guessed",
		Doc: "Cursors are the server's own: one that is made up, or computed, works by chance. Pages behind the last one that was announced are requests for " +
			"nothing.",
		Basis: check.ByContract, Norm: "the paging of the operation", Level: check.Warning,
		Needs: "calls for a page that is not the first",
		Decides: "A cursor that no answer of the recording gave, and a page behind the one that an answer had called the last, are warnings; a later page that nobody had announced is " +
			"noted. A place that was kept from an earlier run looks like a guess.",
		Advice:  "Take the next page from the answer, and stop when it names none.",
		Example: `url = answer.links.next   # not: page += 1 until the list is empty`,
		judge:   judgePagesGuessed,
	},
	{
		ID: "USE-010", Title: "No deprecated operation is called",
		Doc: "A deprecated operation will be taken away. Who calls it today has a failure tomorrow, on a day that the vendor " +
			"chooses.",
		Basis: check.ByContract, Norm: "deprecated; RFC 9745; RFC 8594", Level: check.Warning,
		Needs: "calls to an API that has deprecated operations, or says so in its answers",
		Decides: "A call to an operation that the contract calls deprecated, or whose answer says so (Deprecation, Sunset), is a warning; behind the date of Sunset it is a " +
			"failure.",
		Advice:  "Move to the operation that the contract's description names in its place.",
		Example: `Sunset: Sat, 31 Oct 2026 23:59:59 GMT   # on an answer: when it will be gone`,
		judge:   judgeDeprecated,
	},
	{
		ID: "USE-011", Title: "No deprecated parameter or member is sent",
		Doc: "Parts of a request can be deprecated while the operation stays. They are taken away with less noise than whole " +
			"operations.",
		Basis: check.ByContract, Norm: "deprecated of parameters and schemas", Level: check.Warning,
		Needs:   "calls to operations with a deprecated parameter or member",
		Decides: "A parameter or member of the body that the contract calls deprecated is sent.",
		Advice:  "Send what the contract's description names in its place.",
		Example: `?sort=-created_at   # where order_by is deprecated`,
		judge:   judgeDeprecatedParts,
	},
	{
		ID: "USE-012", Title: "Heavy work goes through a queue",
		Doc: "Uploads are heavy for both sides. A client that starts all of them at once slows down everybody, meets limits first, and loses the whole batch when it " +
			"fails; a queue with a few workers takes as long and does no harm.",
		Basis: check.ByContract, Norm: "x-understudy clients: uploads", Level: check.Warning,
		Needs:   "more uploads than the contract wants to see at the same time",
		Decides: "More uploads under way at the same time than the contract's number is a warning. By a clock that stands still nothing is under way at the same time.",
		Advice:  "Put uploads into a queue, and let a few workers take them from it.",
		Example: `queue := make(chan File)
for range 4 {
	go upload(queue)
}`,
		judge: judgeUploads,
	},
}
