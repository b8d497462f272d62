package scan

import "understudy/contracts/check"

// The rules by number. Ids are never reused and never renumbered.
const (
	inSource      = "SCN-001"
	inBrowser     = "SCN-002"
	inHistory     = "SCN-003"
	inLog         = "SCN-004"
	inAddress     = "SCN-005"
	inEnvFile     = "SCN-006"
	issuedHere    = "SCN-007"
	shared        = "SCN-008"
	liveInTest    = "SCN-009"
	hookSecret    = "SCN-010"
	paymentSecret = "SCN-011"
	inClear       = "SCN-012"
	tooOld        = "SCN-013"
	logged        = "SCN-014"
	published     = "SCN-015"
)

// What the rules rest on.
const (
	hardCoded  = "CWE-798 (use of hard-coded credentials)"
	safeguard  = "RFC 6750, 5.3 (safeguard bearer tokens)"
	noPageURL  = "RFC 6750, 5.3 (don't pass bearer tokens in page URLs)"
	alwaysTLS  = "RFC 6750, 5.3 (always use TLS)"
	noLogs     = "CWE-532 (insertion of sensitive information into a log file)"
	configured = "The Twelve-Factor App, III"
)

const whatCounts = "What counts is a text of the format that the contract gives its credentials, or one behind a name that the contract uses for them. " +
	"Texts of the contract itself, and texts that nobody would issue (YOUR_API_KEY, xxxx, 0123456789abcdef), do not."

var catalogue = []Rule{
	{
		ID: inSource, Title: "No credential stands in source", Basis: check.ByNorm, Norm: hardCoded, Level: check.Failure,
		Doc: "Who can read the source can call the API in your name: colleagues who left, contractors, whoever finds the laptop. A key in source is " +
			"also the same everywhere and cannot be changed without a release.",
		Needs: "source files", Decides: whatCounts,
		Advice:  "Revoke the key, issue another one, and read it from the environment or a secrets manager.",
		Example: "const key = process.env.ECOEVENTS_API_KEY; // set where it runs",
	},
	{
		ID: inBrowser, Title: "No credential stands in code for browsers", Basis: check.ByNorm, Norm: safeguard, Level: check.Failure,
		Doc:     "What a browser gets, every visitor can read, source maps included. Minifying hides nothing.",
		Needs:   "code for browsers: pages, bundles, source maps, components; --bundle names a built bundle",
		Decides: whatCounts + " A file is for browsers when it was given as a bundle, is a page, says \"use client\", or is a component file; its folder or name only make it likely, and the finding says which.",
		Advice:  "Revoke the key, and let the browser call your own server, which adds the key.",
		Example: "await fetch(\"/api/events\") // your server calls the API",
	},
	{
		ID: inHistory, Title: "No credential stands in the history of the repository", Basis: check.ByNorm, Norm: hardCoded, Level: check.Failure,
		Doc: "Taking a key out of a file leaves it in every clone. The finding names the oldest commit that added it; what still stands in the tree is told by the " +
			"other rules.",
		Needs: "the history of a git repository", Decides: whatCounts + " All branches and tags are looked at, commit messages too. What git takes for binary is not.",
		Advice:  "Revoke the key: rewriting the history does not reach clones and caches.",
		Example: "understudy control key revoke KEY  # and at the vendor: Dashboard, API keys, Revoke",
	},
	{
		ID: inLog, Title: "No credential stands in logs", Basis: check.ByNorm, Norm: noLogs, Level: check.Failure,
		Doc:   "Logs are copied to more places than anybody remembers, kept for years, and read by people who may not call the API. Recorded traffic counts as a log.",
		Needs: "log files; --logs names them", Decides: whatCounts,
		Advice:  "Revoke the key, and take the value out of what is logged: log the key's name or its last four characters.",
		Example: "log.info(\"events listed\", { key: \"…\" + key.slice(-4) })",
	},
	{
		ID: inAddress, Title: "No credential stands in a URL", Basis: check.ByNorm, Norm: noPageURL, Level: check.Failure,
		Doc:   "URLs are written into the logs of every server and proxy on the way, into browser histories, and into the Referer of the next request.",
		Needs: "source files", Decides: whatCounts + " It stands in a URL behind ://, before the @ of the host, or in a query. A variable of that name that is put into a query makes it likely.",
		Advice:  "Send the credential in the header that the contract names.",
		Example: "GET /v1/events\nAuthorization: Bearer $ECOEVENTS_API_KEY",
	},
	{
		ID: inEnvFile, Title: "No file of environment variables with credentials is committed", Basis: check.ByConvention, Norm: configured, Level: check.Warning,
		Doc:   "A .env file is where a key belongs on a developer's machine, as long as it stays there. Committed, it is source. One that no ignore file names is committed with the next git add.",
		Needs: "a repository with a .env file that holds a credential", Decides: "Committed files of that name are failures. Files that are not committed and that no .gitignore names are warnings. Ignored ones are fine. Names that end in example, sample, template or dist are source.",
		Advice:  "Revoke the key if the file is committed, take the file out of the repository (git rm --cached), and name it in .gitignore.",
		Example: ".env\n.env.*\n!.env.example",
	},
	{
		ID: issuedHere, Title: "Credentials of this run stand nowhere", Basis: check.ByNorm, Norm: noLogs, Level: check.Failure,
		Doc:   "What a stand-in issued for a run can have come into a file only by what ran meanwhile. That makes it a marked coin: where it turns up, real keys will turn up too.",
		Needs: "credentials of the run: --ready-file, --control or --canary", Decides: "The texts themselves are looked for in every file, also percent-encoded, escaped as in JSON, in hexadecimal and in base64, at each of its three places.",
		Advice:  "Find what wrote the file, and let it leave the credential out.",
		Example: "log.error(\"call failed\", { status: response.status }) // not the request's headers",
	},
	{
		ID: shared, Title: "Each environment has a key of its own", Basis: check.ByConvention, Norm: "CIS Controls v8, 16.8 (separate production and non-production systems)", Level: check.Warning,
		Doc:   "A key that staging and production share lets a mistake in one burn the other's limits and data, and cannot be revoked for one alone.",
		Needs: "keys in the configuration of two environments", Decides: "The same key text stands in files, or behind variables, whose names say two environments: .env.staging and .env.production, ECOSIRE_API_KEY and ECOSIRE_STAGING_API_KEY.",
		Advice:  "Issue a key for each environment, with the scopes that it needs.",
		Example: "# .env.staging has the test key, .env.production the live one",
	},
	{
		ID: liveInTest, Title: "Tests and development use test keys", Basis: check.ByContract, Norm: "x-understudy credentials.environment", Level: check.Warning,
		Doc:   "A live key in a test calls production each time the test runs, on every machine that runs it. It is judged where the contract has both kinds of keys.",
		Needs: "test or development files, and a contract that tells live keys from test keys", Decides: "The key has the format of a live one, and the file's name or folder says test or development. In committed files it is a failure, in private ones a warning.",
		Advice:  "Revoke the live key if it was committed, and use a test key, or a stand-in.",
		Example: "ECOEVENTS_API_KEY=$ECOEVENTS_TEST_API_KEY npm test",
	},
	{
		ID: hookSecret, Title: "No webhook secret stands in source, bundles or logs", Basis: check.ByNorm, Norm: hardCoded, Level: check.Failure,
		Doc:   "Who has the secret can send your receiver what the vendor never said: a payment that nobody made.",
		Needs: "source files, and a contract with webhooks", Decides: "A text that begins with whsec_ where the contract's webhooks have such secrets, or one behind the name that the contract has for its secret. History, bundles and logs count.",
		Advice:  "Rotate the secret, and read it from the environment.",
		Example: "stripe.webhooks.constructEvent(body, signature, process.env.STRIPE_WEBHOOK_SECRET)",
	},
	{
		ID: paymentSecret, Title: "No payment credential stands in source, bundles or logs", Basis: check.ByNorm, Norm: hardCoded, Level: check.Failure,
		Doc:   "A secret key of the payment provider moves money. It is looked for where the contract takes payments through Stripe.",
		Needs: "source files, and a contract that takes payments", Decides: "A text sk_live_, rk_live_, sk_test_ or rk_test_ with ten letters and digits or more. Publishable keys (pk_) are meant to be public. History, bundles and logs count.",
		Advice:  "Roll the key in the provider's dashboard, and read it from the environment.",
		Example: "const stripe = new Stripe(process.env.STRIPE_SECRET_KEY)",
	},
	{
		ID: inClear, Title: "The API is called over TLS", Basis: check.ByNorm, Norm: alwaysTLS, Level: check.Failure,
		Doc:   "Over plain HTTP everybody on the way reads the credential. A redirect to HTTPS comes too late: the key was sent already.",
		Needs: "files that name one of the contract's hosts", Decides: "A URL with http: or ws: and a host of the contract's servers, or such a URL as the value of the contract's variable for it. Loopback addresses, private networks and names without a dot are fine, and so are texts for people.",
		Advice:  "Write https: or wss:.",
		Example: "ECOEVENTS_BASE_URL=https://api.ecoevents.com",
	},
	{
		ID: tooOld, Title: "Keys are younger than 90 days", Basis: check.ByConvention, Norm: "the vendors' advice to rotate keys, 90 days unless --max-age says otherwise", Level: check.Warning,
		Doc:   "Nobody knows where a key has been that was never changed. Rotation also shows that it can be done on the day when it must.",
		Needs: "keys whose age can be told: by the history, or by the date of a .env file", Decides: "A key of the tree is as old as the oldest commit that has it; one in a private .env file at least as old as the file's last change, which makes it likely.",
		Advice:  "Issue a new key, put it in place, and revoke the old one.",
		Example: "understudy control key rotate KEY",
	},
	{
		ID: logged, Title: "Log statements leave credentials out", Basis: check.ByConvention, Norm: noLogs, Level: check.Warning,
		Doc:   "A line that logs the key is found before it runs. It is told from the names alone, so that a finding is likely, not certain: the value may be masked on the way.",
		Needs: "source files that name the contract", Decides: "A call that logs or prints takes a variable of the contract's credentials, the Authorization header, or a variable named like a key, in a file that names the contract. Names inside messages do not count.",
		Advice:  "Log the credential's name, or its last four characters.",
		Example: "logger.debug({ status }, \"events listed\")",
	},
	{
		ID: published, Title: "No build puts a credential's variable into the bundle", Basis: check.ByConvention, Norm: safeguard, Level: check.Warning,
		Doc:   "Build tools copy variables with certain prefixes into the code for browsers: NEXT_PUBLIC_, VITE_, REACT_APP_ and the like. A key behind such a name is public after the next build.",
		Needs: "source files that name the contract", Decides: "The contract's name for a credential or secret stands behind one of these prefixes, outside of texts for people.",
		Advice:  "Take the prefix off, and read the variable on the server only.",
		Example: "ECOEVENTS_API_KEY=…  # not NEXT_PUBLIC_ECOEVENTS_API_KEY",
	},
}
