package grade

import "understudy/contracts/check"

// secrecyRules are about credentials and where they must not go.
var secrecyRules = []Rule{
	{
		ID: "KEY-001", Title: "No credential stands in a URL",
		Doc: "URLs are written down wherever a request passes: in the logs of servers and proxies, in the browser's history, in the Referer of the next " +
			"request. A credential in one is known to all who may read those.",
		Basis: check.ByNorm, Norm: "RFC 6750, 2.3 and 5.3; RFC 9110, 17.9", Level: check.Failure,
		Needs: "calls with a credential",
		Decides: "A secret in the path, query, fragment or user information of a URL, or in Referer, is a failure, but for parameters that the contract " +
			"declares there. Where the contract itself wants the key in the query, it is noted.",
		Advice:  "Send the credential in the header that the contract names.",
		Example: `curl -H "Authorization: Bearer $API_KEY" https://api.example.com/v1/orders`,
		judge:   judgeInURL,
	},
	{
		ID: "KEY-002", Title: "A credential is sent to its own API only",
		Doc: "Who receives a credential can use it. It leaks to other hosts by clients that set the header for all their requests, and by " +
			"redirects that are followed with all headers.",
		Basis: check.ByNorm, Norm: "RFC 6750, 5.2; RFC 9110, 15.4", Level: check.Failure,
		Needs: "a recording that holds calls to other hosts, beside calls with a credential",
		Decides: "A secret that is a credential of the API must not occur in a call to another host. Hosts that the contract names for its servers and its " +
			"identity provider are its own.",
		Advice: "Make a client of its own for each API, and drop Authorization when a redirect leads to another host.",
		Example: `const billing = axios.create({ baseURL: BILLING_URL, headers: { Authorization: ... } }) // not axios.defaults
const weather = axios.create({ baseURL: WEATHER_URL })`,
		judge: judgeElsewhere,
	},
	{
		ID: "KEY-003", Title: "Credentials travel over TLS",
		Doc: "Over plain HTTP everybody on the way reads the credential and can use it as long as it is good. That the API redirects to https does " +
			"not help: by then the credential has been sent.",
		Basis: check.ByNorm, Norm: "RFC 6750, 5.3", Level: check.Failure,
		Needs: "calls with a credential that leave the machine",
		Decides: "A credential in a call without TLS to a public host is a failure. Hosts of a private network are noted; the machine itself is not judged, " +
			"since stand-ins are reached so.",
		Advice:  "Configure the base URL with https, and refuse to start with another one outside of tests.",
		Example: `API_BASE_URL=https://api.example.com`,
		judge:   judgeInClear,
	},
	{
		ID: "KEY-004", Title: "Credentials for servers stay out of browsers",
		Doc: "Everything that code in a browser knows, its user can read: a key in a page is a published key. The vendor says that this credential is for " +
			"servers.",
		Basis: check.ByContract, Norm: "x-understudy credentials: browser", Level: check.Warning,
		Needs: "calls with a credential that the contract keeps out of browsers",
		Decides: "A request that a browser sent, by its Sec-Fetch headers or Origin, must not carry such a credential. Sec-Fetch-Mode alone does not tell: " +
			"servers send it as well. A server that hands on its visitors' headers looks the same.",
		Advice: "Let the page call your own server, and keep the key there.",
		Example: `app.get("/bff/orders", async (req, res) => {   // on the server
  const answer = await fetch(API + "/orders", { headers: { "X-API-Key": process.env.API_KEY } })
  res.json(await answer.json())
})`,
		judge: func(rec *Recording, t *Trial) { judgeBrowser(rec, t, "forbid") },
	},
	{
		ID: "KEY-005", Title: "A credential stands where its scheme says",
		Doc: "A key in another header, or without the word in front of it, is no credential for the API, but it is one for everybody who reads that " +
			"header: tools that hide Authorization do not know it.",
		Basis: check.ByContract, Norm: "components.securitySchemes", Level: check.Failure,
		Needs: "calls with a credential",
		Decides: "A credential in a header or cookie of which no security scheme and no parameter speaks is a failure when it happens three times or whenever " +
			"the client tried; once or twice is a warning, since tests do so on purpose. A cookie and a header at the same time are noted.",
		Advice:  "Look up name, place and form in the contract's security schemes.",
		Example: `Authorization: Bearer ek_live_...   # not: X-API-Key, not: Authorization: ek_live_...`,
		judge:   judgePlace,
	},
	{
		ID: "KEY-006", Title: "No credential stands in texts that are kept",
		Doc: "User agents, request ids and the contents of resources are written down and shown to others. A credential there is out of sight until " +
			"somebody exports the data.",
		Basis: check.ByNorm, Norm: "RFC 6750, 5.3 (safeguard bearer tokens)", Level: check.Failure,
		Needs: "calls with a credential",
		Decides: "A credential with which the client authenticates must not occur in User-Agent, request ids, tracing headers, or in the body of an operation, but for " +
			"members that are made for credentials.",
		Advice:  "Name the program and its version in User-Agent, and send only the members that the operation declares.",
		Example: `User-Agent: acme-sync/1.4`,
		judge:   judgeKept,
	},
	{
		ID: "KEY-007", Title: "Credentials of different environments are not mixed",
		Doc: "Keys for tests work on data that nobody misses. A program that holds a production key beside them will one day delete the " +
			"wrong data.",
		Basis: check.ByContract, Norm: "x-understudy credentials: environment", Level: check.Warning,
		Needs: "two calls or more with credentials whose environment is known, of a contract with several environments",
		Decides: "One recording that holds calls with a production credential and calls with one of another environment is a warning: a test of both looks the " +
			"same.",
		Advice:  "Give each deployment the credentials of its environment only, under the same variable.",
		Example: `API_KEY=ek_test_...   # in .env.development; the live key only where production runs`,
		judge:   judgeEnvironments,
	},
	{
		ID: "KEY-008", Title: "A credential has no more scopes than are used",
		Doc: "What a stolen credential can do is what it was granted. A reader that holds write or full access turns a small leak into a " +
			"large one.",
		Basis: check.ByConvention, Norm: "RFC 9700, 2.3; OWASP API5:2023", Level: check.Warning,
		Needs: "ten good calls or more with one credential whose scopes are known",
		Decides: "Of each credential the scopes are listed that no call needed. One that permits everything, or everything that writes, and was used where narrower " +
			"ones would do for reading, is a warning; the rest is noted, and so is a key that the stand-in had ready, whose scopes nobody chose.",
		Advice:  "Create a key with the scopes that the finding names, and use it in place of the wide one.",
		Example: `understudy control key create --scopes events:read`,
		judge:   judgeScopes,
	},
	{
		ID: "KEY-009", Title: "A client asks for no more scopes than it uses",
		Doc: "Users are shown the scopes that a client asks for, and tokens carry them from then on. What is not needed frightens the first and endangers the " +
			"second.",
		Basis: check.ByNorm, Norm: "RFC 9700, 2.3; RFC 6749, 3.3", Level: check.Warning,
		Needs: "a request for scopes of the API, and ten good calls or more",
		Decides: "Scopes that operations of the contract ask for, that were requested, and that no call needed. Scopes of OpenID Connect are not " +
			"looked at.",
		Advice:  "Request the scopes that the calls need, and the others when the user first comes to what needs them.",
		Example: `scope=contacts.read`,
		judge:   judgeRequestedScopes,
	},
	{
		ID: "KEY-010", Title: "No real credential is shown to a stand-in",
		Doc: "A stand-in needs no key of a real account and issues its own. A credential of the right form that it never issued was perhaps copied from " +
			"production into a test's configuration.",
		Basis: check.ByConvention, Norm: "no key of a real account is ever needed", Level: check.Note,
		Needs: "a recording of a stand-in, with calls that show a credential of production",
		Decides: "A credential with the prefix of production that the stand-in did not know is noted. Tests that show a made-up one on purpose look " +
			"the same.",
		Advice:  "Look where the value comes from, and replace a real one by the stand-in's; if it was real and stood in the source, revoke it.",
		Example: `understudy rehearse ecoevents -- npm test   # hands the stand-in's keys over in the environment`,
		judge:   judgeRealKeys,
	},
}
