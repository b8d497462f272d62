package main

import "time"

// A manner is what a client does otherwise than it should. The zero value is the client that behaves.
type manner struct {
	// behind a failure
	noWait       bool          // comes back at once
	flat         time.Duration // comes back always after about this long
	exact        bool          // no part of its waits is chance
	ignoreAsked  bool          // takes no notice of Retry-After
	ignoreReset  bool          // takes no notice of when a limit resets
	attempts     int           // 0: five
	longer       time.Duration // the first wait; 0: 200 ms
	growth       float64       // of waits from one to the next; 0: two
	retryRefused bool          // repeats what was refused for good: 403, 422
	noKeys       bool          // sends no idempotency keys
	repeatsAll   bool          // repeats unsafe calls without a key
	givesUp      bool          // repeats nothing
	deaf         bool          // goes on with the next call although everything fails
	silent       bool          // ends as if nothing had failed
	redirects    bool          // follows wherever it is sent
	absent       bool          // goes on with a value that is not there

	// on the wire
	noTimeout     bool
	newConnection bool // for each call

	// with credentials
	tokenPerCall   bool // logs in for each call
	stampede       bool // whoever finds the token at its end renews it
	oldRefresh     bool // keeps the first refresh token
	copied         bool // half of the callers keep a copy of the first token; it is renewed early
	neverRenew     bool // ends when its token has
	stubborn       bool // repeats a call with the token that was refused, before it renews it
	lateRenewal    bool // does not look at when its token ends
	renewRefused   bool // answers every 401 by a renewal
	retriesRefresh bool // shows a refresh token again that was refused
	bare           bool // sends no credential
	keyInQuery     bool
	keyInOther     bool // sends the key in a header of its own besides
	keyInAgent     bool // names itself by its key
	testKey        bool // uses the key for tests besides
	strangerKey    bool // has a key that somebody else issued
	browser        bool // calls as a page does

	// with intents
	freshKey bool // another idempotency key for each attempt
	sameKey  bool // one idempotency key for different bookings
	shortKey bool // idempotency keys that count from one

	// with the contract
	undocumentedRoute     bool
	undocumentedParameter bool
	deprecatedParameter   bool
	misspeltMember        bool
	undocumentedMethod    bool
	wrongType             bool // sends a form where JSON is wanted
	wrongAccept           bool
	anyAccept             bool // takes what comes
	guessedPages          bool // makes cursors up
	firstPageOnly         bool
	smallPages            bool
	deprecated            bool
	invalidBody           bool
	ignoreETag            bool
	blindWrite            bool // writes over what somebody else may have changed

	// with limits
	burst    bool // sends more than the window has room for, at once
	usesUp   bool // goes on when nothing is left
	presses  bool // goes on with other calls when one was refused
	parallel bool // more at once than is allowed
	polls    bool // looks again as soon as it has the answer

	// as a receiver
	slowReceiver bool
	believesAll  bool // takes what is badly signed
	forgetful    bool // takes a duplicate for a new event
	refusesTwice bool // answers a duplicate with an error
	trustsOld    bool // does not look at how old a message is
	failing      bool // answers 500 to what it has verified
	wantsOrder   bool // refuses an event that is older than another
	knowsAll     bool // fails on events that it does not know
	swallows     bool // fails on what is large
}
