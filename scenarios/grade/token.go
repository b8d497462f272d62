package grade

import "understudy/contracts/check"

// tokenRules are about tokens: how a client gets them, renews them and lets them go.
var tokenRules = []Rule{
	{
		ID: "TOK-001", Title: "A credential that was refused is not shown again",
		Doc: "An API that has refused a credential with 401 refuses it the next time, too. A client that repeats the call with the same " +
			"token burns its quota, fills the logs of both sides and may be taken for an attack.",
		Basis: check.ByNorm, Norm: "RFC 9110, 15.5.2", Level: check.Failure,
		Needs: "an answer 401 to a token that was given or accepted before",
		Decides: "Calls that begin when the 401 had been answered must not carry the same credential. The same request again is a failure; other " +
			"requests with it are a warning from the second on, since tests may show one bad token to several operations.",
		Drill:  "token-expiry",
		Advice: "On 401 renew the token once and repeat the call once with the new one; where that is refused as well, stop and say so.",
		Example: `resp := call(token)
if resp.StatusCode == 401 {
	token = renew()    // one renewal
	resp = call(token) // one repeat
}`,
		judge: judgeRefusedAgain,
	},
	{
		ID: "TOK-002", Title: "A token that has run out is renewed",
		Doc: "Access tokens are short-lived so that a stolen one is worth little. A client that holds a refresh token, or its own credentials, " +
			"and gives up all the same makes its users log in again for no reason.",
		Basis: check.ByNorm, Norm: "RFC 6749, 1.5", Level: check.Failure,
		Needs: "an answer 401 to a token that came with a refresh token, or that the client had asked for with credentials of its own",
		Decides: "Behind the 401 the client asks for a new token before the recording ends. It is judged only where the client went on, or its " +
			"program had ended.",
		Drill:  "token-expiry",
		Advice: "Keep the refresh token with the access token, and call the refresh operation when a call is answered 401.",
		Example: `POST /auth/refresh
Content-Type: application/json

{"refreshToken": "…"}`,
		judge: judgeRenewal,
	},
	{
		ID: "TOK-003", Title: "A token is renewed before it runs out",
		Doc: "The answer that gives a token says how long it lives. A client that renews it a little earlier spares each of its users one " +
			"refused call, and the API one 401.",
		Basis: check.ByConvention, Norm: "RFC 6749, 5.1 (expires_in)", Level: check.Note,
		Needs: "a token whose answer told its lifetime, and a client that went on calling until it was over",
		Decides: "A call that begins when the lifetime is over shows that the client did not look at it. Only recordings by a real clock are " +
			"judged: a clock that was moved is not the client's.",
		Advice:  "Remember when the token ends, and renew it some seconds before: at nine tenths of its life, say.",
		Example: `renewAt = answeredAt.Add(time.Duration(answer.ExpiresIn) * time.Second * 9 / 10)`,
		judge:   judgeAhead,
	},
	{
		ID: "TOK-004", Title: "A token is renewed once, however many calls need it",
		Doc: "When a token runs out, all calls that are under way find out at the same time. If each of them renews it, a single-use refresh token " +
			"is shown several times; the API takes that for theft and ends the whole session.",
		Basis: check.ByNorm, Norm: "RFC 9700, 4.14.2", Level: check.Failure,
		Needs: "a renewal while two or more calls were under way or had been refused",
		Decides: "Two requests with one refresh token that overlap in time are a failure. Overlapping requests for tokens by one client's own " +
			"credentials, behind a token that had ended, are a warning: several processes look the same.",
		Drill:  "token-expiry",
		Advice: "Let the first caller renew and the others wait for its result: a mutex, a singleflight group, or one shared promise.",
		Example: `token, err, _ := group.Do("renew", func() (any, error) { // golang.org/x/sync/singleflight
	return renew(ctx)
})`,
		judge: judgeStampede,
	},
	{
		ID: "TOK-005", Title: "A refresh token that was used is not used again",
		Doc: "With rotation each refresh token works once and its answer brings the next one. The API cannot tell a client that kept the old one " +
			"from a thief: it revokes the grant, and the user is logged out everywhere.",
		Basis: check.ByNorm, Norm: "RFC 9700, 4.14.2", Level: check.Failure,
		Needs: "two renewals in a row, of which the first brought a new refresh token",
		Decides: "A refresh request that shows a token for which an earlier answer gave another one is a failure. A repeat because the " +
			"earlier answer was lost on its way is none.",
		Drill:  "token-expiry",
		Advice: "Store the refresh token of each answer in place of the old one, in the same step in which the access token is stored.",
		Example: `session.Access, session.Refresh = answer.AccessToken, answer.RefreshToken
save(session)`,
		judge: judgeUsedRefresh,
	},
	{
		ID: "TOK-006", Title: "Calls carry the newest token",
		Doc: "A client that renews its token and goes on with the old one has renewed it for nothing, and is refused soon after. Usually one part of the " +
			"program holds a copy of its own.",
		Basis: check.ByConvention, Norm: "one place for the token that all calls read", Level: check.Warning,
		Needs: "a renewal, and calls behind it",
		Decides: "Calls that begin more than a second behind the answer to a renewal carry its token; one with the older token is a warning, and a " +
			"failure where it was refused. Calls that were under way are let be.",
		Drill:   "token-expiry",
		Advice:  "Read the token at the moment of each call from the one place where renewals store it.",
		Example: `req.Header.Set("Authorization", "Bearer "+tokens.Current()) // in the transport, not where the client is made`,
		judge:   judgeNewest,
	},
	{
		ID: "TOK-007", Title: "A refresh token that was refused is let go",
		Doc: "A refresh token that was refused as invalid, expired or used will not become good again. A client that keeps trying is a client that never " +
			"tells its user to log in.",
		Basis: check.ByNorm, Norm: "RFC 6749, 5.2 (invalid_grant)", Level: check.Failure,
		Needs:   "a refresh request that was refused with 400, 401 or 403",
		Decides: "Behind the refusal the same refresh token must not be shown again. Answers 429 and 5xx are no refusals.",
		Drill:   "token-expiry",
		Advice:  "Drop the session when a renewal is refused, and log in again or ask the user to.",
		Example: `if err := refresh(ctx); errors.Is(err, errRefused) {
	session.Clear()
	return ErrLoginRequired
}`,
		judge: judgeRefusedRefresh,
	},
	{
		ID: "TOK-008", Title: "A renewal that does not help is not repeated",
		Doc: "Where the same call is refused with a token that is brand new, the token was not the reason. Renewing again and again " +
			"goes on for ever and uses up the quota of two operations.",
		Basis: check.ByNorm, Norm: "RFC 9110, 15.5.2", Level: check.Failure,
		Needs:   "a call that is answered 401 again with a token that was renewed because of it",
		Decides: "When the repeat with the new token is refused as well, no further renewal and repeat of that request may follow.",
		Drill:   "permission",
		Advice:  "Count the renewals of one call: after the first, hand the 401 to the caller.",
		Example: `for attempt := range 2 {
	resp = call(tokens.Current())
	if resp.StatusCode != 401 || attempt == 1 {
		break
	}
	renew()
}`,
		judge: judgeVainRenewal,
	},
	{
		ID: "TOK-009", Title: "Tokens are asked for no more often than needed",
		Doc: "A token is made to be used until it ends. A client that asks for one before each call doubles its requests, and meets the limits that vendors " +
			"put on logins first.",
		Basis: check.ByConvention, Norm: "tokens are kept until shortly before they end", Level: check.Warning,
		Needs: "a client that asks for a token by itself and makes three calls or more",
		Decides: "A request for a token is needless where the last one for the same client and user had more than a fifth of its life left and had not been " +
			"refused. Three or more needless ones, and at least half of all, are a warning: programs and tests that start anew look the same.",
		Advice: "Keep the token in memory with the time of its end, and share it between calls.",
		Example: `if cached.Valid() {
	return cached
}`,
		judge: judgeNeedless,
	},
	{
		ID: "TOK-010", Title: "The code flow uses PKCE with S256",
		Doc: "An authorization code travels through the browser. Without a code challenge whoever gets hold of it can redeem it; with the method plain " +
			"the challenge gives the verifier away.",
		Basis: check.ByNorm, Norm: "RFC 9700, 2.1.1; RFC 7636, 4.2", Level: check.Failure,
		Needs: "an authorization request with response_type=code",
		Decides: "Each authorization request has a code_challenge and the method S256. Without one it is a failure, and a warning where the same client " +
			"redeems codes with a secret of its own.",
		Advice: "Make a random verifier for each login, send its SHA-256 as code_challenge, and the verifier with the code.",
		Example: `verifier := oauth2.GenerateVerifier()
url := config.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier))`,
		judge: judgeChallenge,
	},
	{
		ID: "TOK-011", Title: "The code flow is tied to the user's session by a state of its own",
		Doc: "Without a value that only this login knows, an attacker can make a user's browser finish the attacker's login, and the user works in the " +
			"wrong account.",
		Basis: check.ByNorm, Norm: "RFC 9700, 4.7; RFC 6749, 10.12", Level: check.Failure,
		Needs: "an authorization request with response_type=code",
		Decides: "Each authorization request has a state of eight characters or more, another one for each login. Without one it is a failure, and a warning " +
			"where PKCE or a nonce is used, which can take its place.",
		Advice:  "Make a random state for each login, keep it in the user's session, and compare it when the browser comes back.",
		Example: `state := rand.Text() // kept in the session, compared in the callback`,
		judge:   judgeState,
	},
	{
		ID: "TOK-012", Title: "An authorization code is redeemed once",
		Doc: "A code is good for one token request. The second one is refused, and the API may revoke the tokens of the first, since a code that comes " +
			"twice was perhaps stolen.",
		Basis: check.ByNorm, Norm: "RFC 6749, 4.1.2", Level: check.Failure,
		Needs:   "a token request with an authorization code",
		Decides: "Two token requests must not show the same code, unless the answer to the first was lost.",
		Advice:  "Redeem the code in the callback once, then redirect the browser to an address without it, so that reloading does no harm.",
		Example: `http.Redirect(w, r, "/", http.StatusSeeOther) // behind the callback: the code leaves the address bar`,
		judge:   judgeCodeTwice,
	},
	{
		ID: "TOK-013", Title: "A device waits between its polls",
		Doc: "A device that waits for its user asks the token endpoint again and again. The answer says how long to wait in between; who does not is told " +
			"slow_down, and each of these makes the wait five seconds longer.",
		Basis: check.ByNorm, Norm: "RFC 8628, 3.5", Level: check.Failure,
		Needs: "two polls with the same device code, by a real clock",
		Decides: "Between two polls lie at least interval seconds (five where the answer says none), and five more behind each slow_down; a tenth of a second " +
			"is let pass.",
		Advice: "Wait interval seconds before each poll, and add five for good behind each slow_down.",
		Example: `if answer.Error == "slow_down" {
	interval += 5 * time.Second
}`,
		judge: judgePolls,
	},
	{
		ID: "TOK-014", Title: "A call that needs a credential carries one",
		Doc: "Operations that ask for a credential refuse who shows none. A client that logs in and forgets the token in some of its calls works " +
			"in one place and fails in another.",
		Basis: check.ByContract, Norm: "security", Level: check.Failure,
		Needs: "calls to operations that ask for a credential",
		Decides: "A call without a credential that was refused with 401 is a warning, since tests try it on purpose; three or more, if they are most of all " +
			"calls that need one, are a failure. Calls that passed are let be: their credential was not recorded.",
		Advice:  "Set the credential where all requests are made, not at each call.",
		Example: `const api = axios.create({ baseURL, headers: { Authorization: "Bearer " + token } })`,
		judge:   judgeBareCalls,
	},
	{
		ID: "TOK-015", Title: "The kind of credential fits the kind of client",
		Doc: "Keys live long and may do much: they are for servers. What runs in a browser or an app is read by its users, so vendors give such clients " +
			"tokens that end soon and stand for one user.",
		Basis: check.ByContract, Norm: "x-understudy credentials: browser", Level: check.Warning,
		Needs: "calls with a credential of a contract that says which credentials are for browsers",
		Decides: "A request that a browser sent, by its Sec-Fetch headers or Origin, must not carry a credential that the contract discourages there. A " +
			"server that hands on its visitors' headers looks the same.",
		Advice: "Log the user in from the browser and send the token of that login, or call the API from your server.",
		Example: `const { accessToken } = await login(email, password)
fetch(url, { headers: { Authorization: "Bearer " + accessToken } })`,
		judge: func(rec *Recording, t *Trial) { judgeBrowser(rec, t, "discourage") },
	},
}
