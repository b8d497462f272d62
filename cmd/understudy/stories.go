package main

import "time"

// A story is a walk through one fresh stand-in, told step by step. Stories are data: the demo prints some of them, and
// all of them together prove requirements (see requirements.go).
type story struct {
	contract string
	tells    string
	setting  setting
	steps    []step
}

// A setting is how a story's stand-in differs from one that enforces credentials in clear and has ready ones.
type setting struct {
	noCredentials bool // nothing is good from the start
	tls           bool // it also listens for TLS
	httpsOnly     bool // what comes in clear is refused, where the contract says so
	limits        bool // limits are enforced; else nobody counts
	twice         bool // after it, it is walked again from the start, and the bytes must be the same

	document string        // an OpenAPI document to stand in for, instead of a built-in one
	overlay  string        // an Overlay document that is put on it
	made     func() string // makes the document, where it is too long to be written down
}

// A step is one request and what must come. In path, headers, body and wants, {name} is what an earlier step kept, or a
// credential that exists from the start by the name of its environment line; {name|base64}, {name|form} and {name|cut}
// are the same in base64, percent-encoded for a form, and without its last character.
type step struct {
	tells   string
	proves  []string      // ids of requirements; every one of them must be looked at by status and wants
	advance time.Duration // moves the stand-in's clock before the request

	to           addressee
	method, path string
	as           string // whose credential: empty for the ready one, nobody, or the name of one that was kept
	headers      head
	body         string
	blob         int    // so many bytes stand in the body for {blob}
	contentType  string // empty: application/json where there is a body
	accept       string

	status int
	wants  seen
	keep   kept
	breaks bool // no whole answer comes: the connection ends before; status is what came of it, 0 for nothing

	talk    *talk    // it is said over a WebSocket connection
	signed  bool     // it is signed as the realtime application's own server does
	crowd   *crowd   // the request is sent many times at once
	series  *series  // it is sent many times, one after another
	traffic *traffic // others go on while it is answered
	tour    *tour    // it is not one request, but one to each operation
}

type (
	// head are headers, with their names as they are sent.
	head map[string]string
	// kept says what is remembered of an answer: name → place.
	kept map[string]string
	// seen says what must stand in an answer: place → text, number, truth, nil for null, or one of the expectations of
	// walk_judge.go. Places are those of answer.at.
	seen map[string]any
)

// nobody sends no credential.
const nobody = "nobody"

// An addressee is where a request goes.
type addressee int

const (
	theAPI     addressee = iota // the API; paths begin behind its base path
	atRoot                      // the stand-in's own root, where identity providers answer
	management                  // the management API; paths begin behind the contract
	overTLS                     // the API, over TLS
	wherever                    // the path is a whole URL of the stand-in, taken from an answer
)

// A crowd sends a step's request many times.
type crowd struct {
	times, atOnce int
	answers       map[int]int // status → how many must have it
	distinct      string      // place at which no two answers may have the same
}

// A series sends a step's request many times, one after another, while the clock moves on. The last answer is the step's.
type series struct {
	times   int
	apart   time.Duration // the clock is moved so far before each but the first
	every   int           // after so many it is moved by pause instead; 0: never
	pause   time.Duration
	paths   []string    // in turn, instead of the step's path
	answers map[int]int // status → how many must have it; nil: all have the step's
	counts  string      // name of the header that falls by one with each request that passes, and stays with each that is answered 429
	each    seen        // what must stand in every answer
}

// Traffic are requests with several credentials that go on before, while and after a step's own request is answered.
type traffic struct {
	as     []string
	path   string // of a GET
	times  int    // requests with each
	status int    // that all of them must have
}

// A talk goes over a connection to the realtime endpoint, which is opened where there is none of that name yet. The step's
// status is 101, or the close code with which the connection ends (1006: without one); the answer's body is the list of messages
// that came, with their data taken out of its string.
type talk struct {
	socket string   // name of the connection
	says   []string // what the client sends
	hears  int      // how many messages come
	closed bool     // then it ends
}

// A tour sends one request to each operation. Those in open must not be refused with 401 or 403, or fail; all others must
// be answered as the step says.
type tour struct {
	only   []string // operationIds; empty: all
	except []string
	open   []string // "*": all
}

// demoStories are those that the demo prints: short, one for each built-in contract.
func demoStories() []*story {
	return []*story{ecosireDemo(), echowinDemo(), ecoeventsDemo(), eckospaceDemo()}
}

// allStories are those of the demo and those that only prove. They are functions and no variables, so that a process which
// tells no story does not spend its start on making them.
func allStories() []*story {
	list := demoStories()
	for _, tell := range []func() []story{
		ecosireStories, ecosireKeyStories, ecosireUsageStories, ecosireErrorStories, ecosireProviderStories,
		ecosireLimitStories, ecosireDayStories, ecosireFaultStories, ecosirePageStories,
		echowinStories, echowinLimitStories, ecoeventsStories, ecoeventsTokenStories, ecoeventsRuleStories, ecoeventsLimitStories,
		eckospaceStories, eckospaceLimitStories, eckospaceFaultStories, eckospaceAreaStories, commonStories,
		ecosireWebhookStories, ecosireDeliveryStories, ecoeventsWebhookStories, eckospaceWebhookStories, eckospaceInboundStories, eckospaceRealtimeStories,
		documentStories,
	} {
		more := tell()
		for i := range more {
			list = append(list, &more[i])
		}
	}
	return list
}
